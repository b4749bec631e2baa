//! The house asked over the JSON API.

use serde_json::Value;
use strata::api::{self, Api};
use strata::http::{Body, HeaderMap, HeaderName, HeaderValue, Method, Origin, Request};

use crate::house::{House, Said};

const ROOT: &str = "/api/v1/calendar";

impl House {
    /// Of a path below the API's own.
    pub fn json(&self, who: &str, method: &str, target: &str, body: &str) -> Said {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let kind = HeaderName::from_static("content-type");
        let request = Request {
            id: "test".into(),
            method: Method::from_bytes(method.as_bytes()).expect("a method"),
            path: format!("{ROOT}/{path}"),
            query,
            headers: HeaderMap::from_iter([(kind, HeaderValue::from_static("application/json"))]),
            body: body.to_owned().into(),
            origin: Origin {
                scheme: "https",
                authority: "cal.example".into(),
                base_path: String::new(),
            },
            client: [127, 0, 0, 1].into(),
        };
        let api = Api::new(self.dav.calendars.clone());
        let reply = api::handle(&api, &self.viewer(who), &request);
        let body = match reply.body {
            Body::Empty => String::new(),
            Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).expect("text"),
            Body::File(..) => panic!("the body has been spilled"),
        };
        Said {
            status: reply.status.as_u16(),
            headers: reply.headers,
            body,
        }
    }
}

impl Said {
    #[track_caller]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// What is missing from an answer, as layers of whom.
    #[track_caller]
    pub fn missing(&self) -> Vec<String> {
        let value = self.value();
        let missing = value["unavailable"].as_array().cloned().unwrap_or_default();
        let told = missing.iter().map(|it| {
            assert!(
                it["retryAfter"].as_u64().is_some_and(|after| after > 0),
                "{it}"
            );
            assert!(
                it["name"].as_str().is_some_and(|name| !name.is_empty()),
                "{it}"
            );
            let text = |key: &str| it[key].as_str().expect("a text").to_owned();
            format!("{}/{}", text("userId"), text("layerId"))
        });
        told.collect()
    }

    #[track_caller]
    pub fn titles(&self) -> Vec<String> {
        let value = self.value();
        let items = value["items"].as_array().cloned().unwrap_or_default();
        let title = |it: &Value| it["title"].as_str().expect("a title").to_owned();
        items.iter().map(title).collect()
    }
}
