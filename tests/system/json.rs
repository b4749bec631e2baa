//! The house asked over the JSON API.

use serde_json::Value;
use strata::api::{self, Api};
use strata::http::HeaderValue;

use crate::house::{House, Said};
use crate::said::request;

const ROOT: &str = "/api/v1/calendar";

impl House {
    /// Of a path below the API's own.
    pub fn json(&self, who: &str, method: &str, target: &str, body: &str) -> Said {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let kind = HeaderValue::from_static("application/json");
        let mut request = request(method, &format!("{ROOT}/{path}"));
        request.query = query;
        request.headers.insert("content-type", kind);
        request.body = body.to_owned().into();
        let api = Api::new(self.dav.calendars.clone());
        api::handle(&api, &self.viewer(who), &request).into()
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
