//! Two at once, over JSON: a condition that two requests meet is met by one of them, and a repeated request is one.

use std::sync::Barrier;
use std::thread;

use serde_json::Value;
use strata::api::{self, Api};
use strata::http::{HeaderName, HeaderValue};

use crate::house::{House, Said};
use crate::said::request;
use crate::stories::stories;

const ROOT: &str = "/api/v1/calendar";

/// How often it is tried to get in each other's way.
const ROUNDS: usize = 12;

impl House {
    fn asked(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Said {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let mut request = request(method, &format!("{ROOT}{path}"));
        request.body = body.to_owned().into();
        let json = ("content-type", "application/json");
        for (name, value) in headers.iter().chain([&json]) {
            let name: HeaderName = name.parse().expect("a name");
            let value = HeaderValue::from_str(value).expect("a value");
            request.headers.insert(name, value);
        }
        let api = Api::new(self.dav.calendars.clone());
        api::handle(&api, &self.viewer("alice"), &request).into()
    }

    /// Each at the same moment.
    fn at_once(&self, asked: &[&(dyn Fn(&Self) -> Said + Sync)]) -> Vec<Said> {
        let barrier = Barrier::new(asked.len());
        thread::scope(|scope| {
            let asked = asked.iter().map(|ask| {
                scope.spawn(|| {
                    barrier.wait();
                    ask(self)
                })
            });
            let asked: Vec<_> = asked.collect();
            let said = asked.into_iter().map(|it| it.join());
            said.map(|it| it.expect("an answer")).collect()
        })
    }
}

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.body).expect("JSON")
}

stories! {
    /// Of two who have seen the same, one is told that the other was faster.
    fn nothing_is_overwritten_unseen(house: &House) {
        let layer = json(&house.asked("POST /layers", &[], r#"{"name":"Mine"}"#).is(201));
        let view = json(&house.asked("POST /shared", &[], r#"{"name":"Team"}"#).is(201));
        let link = json(&house.asked("POST /export/tokens", &[], r#"{"label":"Out"}"#).is(201));
        for (path, of, field) in [
            ("layers", &layer, "name"),
            ("shared", &view, "name"),
            ("export/tokens", &link, "label"),
        ] {
            let line = format!("PATCH /{path}/{}", of["id"].as_str().expect("an id"));
            let mut stands = of["etag"].as_str().expect("a tag").to_owned();
            for round in 0..ROUNDS {
                let one = |name: &str| {
                    let body = format!(r#"{{"{field}":"{name} {round}"}}"#);
                    let (line, stands) = (line.clone(), stands.clone());
                    move |house: &House| house.asked(&line, &[("if-match", &stands)], &body)
                };
                let said = house.at_once(&[&one("a"), &one("b")]);
                let mut told: Vec<u16> = said.iter().map(|it| it.status).collect();
                told.sort_unstable();
                assert_eq!(told, [200, 412], "{path}: {said:?}");
                let done = said.iter().find(|it| it.status == 200).expect("one");
                stands = json(done)["etag"].as_str().expect("a tag").to_owned();
            }
        }
    }

    /// Changes of different fields are both made.
    fn what_a_patch_does_not_name_stays(house: &House) {
        let layer = json(&house.asked("POST /layers", &[], r#"{"name":"Mine"}"#).is(201));
        let line = format!("PATCH /layers/{}", layer["id"].as_str().expect("an id"));
        for round in 0..ROUNDS {
            let patch = |body: String| {
                let line = line.clone();
                move |house: &House| house.asked(&line, &[], &body).is(200)
            };
            let (name, color) = (format!("Mine {round}"), format!("#0000{:02x}", round + 1));
            let named = patch(format!(r#"{{"name":"{name}"}}"#));
            let coloured = patch(format!(r#"{{"color":"{color}"}}"#));
            house.at_once(&[&named, &coloured]);
            let stands = json(&house.asked(&line.replace("PATCH", "GET"), &[], "").is(200));
            assert_eq!(stands["name"], name.as_str());
            assert_eq!(stands["color"], color.as_str());
        }
    }

    /// A request that is sent again while the first is under way is answered as that.
    fn a_repeated_request_is_one(house: &House) {
        for round in 0..ROUNDS {
            let key = format!("key {round}");
            let ask = |house: &House| {
                house.asked("POST /layers", &[("idempotency-key", &key)], r#"{"name":"Once"}"#)
            };
            let said = house.at_once(&[&ask, &ask, &ask]);
            let ids: Vec<Value> = said.into_iter().map(|it| json(&it.is(201))["id"].clone()).collect();
            assert_eq!(ids[0], ids[1]);
            assert_eq!(ids[0], ids[2]);
        }
        let all = json(&house.asked("GET /layers", &[], "").is(200));
        let made = all["items"].as_array().expect("a list").iter();
        assert_eq!(made.filter(|it| it["name"] == "Once").count(), ROUNDS);
    }
}
