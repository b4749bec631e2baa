//! Requests for the tests of this room.

use crate::http::{HeaderMap, HeaderName, HeaderValue, Method, Origin, Request};

pub fn request(method: &str, path: &str) -> Request {
    Request {
        id: "test".into(),
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        path: path.into(),
        query: None,
        headers: HeaderMap::new(),
        body: bytes::Bytes::new(),
        origin: Origin {
            scheme: "http",
            authority: "cal.example.com".into(),
            base_path: String::new(),
        },
        client: [127, 0, 0, 1].into(),
    }
}

pub fn with(mut request: Request, headers: &[(&str, &str)]) -> Request {
    for (name, value) in headers {
        request.headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    request
}

/// A reply's body, which is small.
pub fn text(reply: crate::http::Reply) -> String {
    match reply.body {
        crate::http::Body::Empty => String::new(),
        crate::http::Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        crate::http::Body::File(..) => panic!("the body has been spilled"),
    }
}

mod access;
mod acl;
mod availability;
mod collections;
mod conditions;
mod delegates;
mod exactness;
mod feeds;
mod hostile;
mod items;
mod layers;
mod losses;
mod properties;
mod reports;
mod sharing;
mod timezones;
mod trash;
mod views;
mod world;
