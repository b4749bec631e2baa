//! A request made of the DAV room without sockets, and what it says.
#![allow(dead_code, reason = "every test takes what it needs")]

use std::io::{Read, Seek};

use strata::dav::{self, Dav};
use strata::http::{Body, HeaderMap, HeaderName, HeaderValue, Method, Origin, Reply, Request};
use strata::privacy::Viewer;

/// One answer, body and all.
#[derive(Clone, Debug)]
pub struct Said {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl From<Reply> for Said {
    fn from(reply: Reply) -> Self {
        Self {
            status: reply.status.as_u16(),
            headers: reply.headers,
            body: text(reply.body),
        }
    }
}

impl Said {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    #[track_caller]
    pub fn has(self, text: &str) -> Self {
        assert!(self.body.contains(text), "no {text} in\n{}", self.body);
        self
    }

    #[track_caller]
    pub fn lacks(self, text: &str) -> Self {
        assert!(!self.body.contains(text), "{text} in\n{}", self.body);
        self
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("a plain header"))
    }
}

pub fn ask(
    dav: &Dav,
    viewer: &Viewer,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> Said {
    let mut request = request(method, path);
    request.body = body.to_owned().into();
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a name");
        let value = HeaderValue::from_str(value).expect("a value");
        request.headers.append(name, value);
    }
    dav::handle(dav, viewer, &request).into()
}

pub fn request(method: &str, path: &str) -> Request {
    Request {
        id: "test".to_owned(),
        method: Method::from_bytes(method.as_bytes()).expect("a method"),
        path: path.to_owned(),
        query: None,
        headers: HeaderMap::new(),
        body: Default::default(),
        origin: Origin {
            scheme: "http",
            authority: "cal.example.com".to_owned(),
            base_path: String::new(),
        },
        client: [127, 0, 0, 1].into(),
    }
}

pub fn text(body: Body) -> String {
    match body {
        Body::Empty => String::new(),
        Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).expect("text"),
        Body::File(mut file, _) => {
            let mut text = String::new();
            file.rewind().expect("a file");
            file.read_to_string(&mut text).expect("text");
            text
        }
    }
}

/// The body of a PROPFIND for some properties, in the prefixes D, C, CS, I and S.
pub fn prop(names: &str) -> String {
    format!(
        "<D:propfind xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:CS=\"http://calendarserver.org/ns/\" \
         xmlns:I=\"http://apple.com/ns/ical/\" xmlns:S=\"urn:strata:dav\"><D:prop>{names}</D:prop></D:propfind>"
    )
}
