//! What the JSON API tells: every combination of viewer, layer and event, in ranges and one by one.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use strata::api::{self, Api};
use strata::http::{Body, HeaderMap, HeaderName, HeaderValue, Method, Origin, Request};

use crate::house::{House, Said};
use crate::model::{self, ACCOUNT, Door, FRIEND, LABEL, OWNER, READER, Sight, WRITER};
use crate::tour::{Stand, Tour};

const ROOT: &str = "/api/v1/calendar";

/// All that takes place of what the tour has written.
const RANGE: &str = "start=2026-02-20&end=2026-04-01&limit=1000";

/// Of so many items one is asked for by its address.
const STRIDE: usize = 41;

/// Who asks where for all that they are let see.
const ASKED: [(&str, &str, Door); 7] = [
    (OWNER, "my?layers=calendar", Door::Layer),
    (READER, "items?layers=calendar-alice", Door::Layer),
    (WRITER, "user/alice?", Door::Layer),
    (FRIEND, "user/alice?", Door::View),
    (ACCOUNT, "user/alice?", Door::Layer),
    (FRIEND, "items?layers=view-1", Door::View),
    (ACCOUNT, "events?layers=view-1", Door::View),
];

impl House {
    /// JSON over the API.
    pub fn json(&self, who: &str, method: &str, target: &str, body: &str) -> Said {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let mut headers = HeaderMap::new();
        let kind = HeaderName::from_static("content-type");
        headers.insert(kind, HeaderValue::from_static("application/json"));
        let request = Request {
            id: "test".into(),
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            path: format!("{ROOT}/{path}"),
            query,
            headers,
            body: body.to_owned().into(),
            origin: Origin {
                scheme: "http",
                authority: "cal.example.com".into(),
                base_path: String::new(),
            },
            client: [127, 0, 0, 1].into(),
        };
        let api = Api::new(self.calendars().clone());
        let reply = api::handle(&api, &self.viewer(who), &request);
        let body = match reply.body {
            Body::Empty => String::new(),
            Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Body::File(mut file, _) => std::io::read_to_string(&mut file).unwrap(),
        };
        Said {
            status: reply.status.as_u16(),
            headers: reply.headers,
            body,
        }
    }
}

/// The item of an address without its occurrence.
fn item_of(id: &str) -> &str {
    id.split('~').next().unwrap()
}

fn sight(item: &Value) -> Sight {
    let title = item["title"].as_str().unwrap();
    match item["redacted"].as_bool().unwrap() {
        false => Sight::Whole,
        true if title.contains(LABEL) => Sight::Generic,
        true => Sight::Busy,
    }
}

/// Minutes since the first start there is.
fn minutes(item: &Value) -> usize {
    let start: jiff::Timestamp = item["start"].as_str().unwrap().parse().unwrap();
    let first: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    usize::try_from((start.as_second() - first.as_second()) / 60).unwrap()
}

impl Tour {
    /// No byte of an answer tells of an item what is not shown of it.
    fn searched(&mut self, at: Stand, text: &str) {
        for (kind, number) in model::secrets(text) {
            let may_know = match kind {
                'I' => at.door == Door::Layer && model::admits(self.layer, at.viewer),
                'K' | 'Y' | 'J' => false,
                'N' | 'U' if at.door == Door::View => at.viewer == OWNER,
                _ => self.sight(at, number) == Sight::Whole,
            };
            self.unless(may_know, || {
                let word = model::secret(kind, number);
                format!("{at:?} is told {word} by JSON")
            });
        }
    }

    /// All occurrences that are shown in a range, page by page.
    fn told(&mut self, at: Stand) -> Vec<Value> {
        let range = match at.path.starts_with("events") {
            true => "range=2026-02-20/2026-04-01&limit=1000",
            false => RANGE,
        };
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let target = format!("{}&{range}{cursor}", at.path).replace("?&", "?");
            let said = self.house.json(at.viewer, "GET", &target, "").is(200);
            self.searched(at, &said.body);
            let page: Value = serde_json::from_str(&said.body).unwrap();
            items.extend(page["items"].as_array().unwrap().clone());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    fn walk(&mut self, at: Stand) -> usize {
        let items = self.told(at);
        let mut all: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for item in &items {
            let id = item_of(item["id"].as_str().unwrap());
            all.entry(id).or_default().push(item);
            let decoded = URL_SAFE_NO_PAD.decode(id).unwrap();
            self.searched(at, &String::from_utf8(decoded).unwrap());
        }
        let mut found = BTreeMap::new();
        for occurrences in all.values() {
            let seen = sight(occurrences[0]);
            let alike = occurrences.iter().all(|it| sight(it) == seen);
            self.unless(alike, || format!("{at:?}: {:?}", occurrences[0]));
            // The first start tells the number.
            let first = occurrences.iter().map(|it| minutes(it)).min().unwrap();
            let number = first / 7;
            let twice = found.insert(number, seen).is_some();
            self.unless(!twice, || format!("{at:?}: two items {number}"));
        }
        let mut count = 0;
        for case in self.cases.clone() {
            let expected = match case.is_event() {
                true => self.sight(at, case.number),
                false => Sight::Nothing,
            };
            let seen = found.get(&case.number).copied().unwrap_or(Sight::Nothing);
            self.unless(seen == expected, || {
                format!("{at:?} sees {seen:?}: {case:?} {expected:?}")
            });
            count += 1;
        }
        for item in items.iter().step_by(STRIDE) {
            self.one(at, item);
        }
        count
    }

    /// By its address it is what the range told; what is redacted cannot be written.
    fn one(&mut self, at: Stand, item: &Value) {
        let id = item["id"].as_str().unwrap();
        let said = self
            .house
            .json(at.viewer, "GET", &format!("items/{id}"), "")
            .is(200);
        self.searched(at, &said.body);
        let same = serde_json::from_str::<Value>(&said.body).unwrap() == *item;
        self.unless(same, || format!("{at:?}: {item} {}", said.body));
        let may_write = item["editable"] == true;
        let expected = at.viewer == OWNER || at.viewer == WRITER && item["redacted"] == false;
        self.unless(may_write == expected, || format!("{at:?} may write {item}"));
        if may_write {
            return;
        }
        for (method, path, body) in [
            ("PATCH", format!("items/{id}"), r#"{"title":"x"}"#),
            ("DELETE", format!("items/{id}"), ""),
            ("DELETE", format!("items/{id}/series?scope=all"), ""),
            (
                "POST",
                format!("items/{id}/series"),
                r#"{"scope":"all","changes":{"title":"x"}}"#,
            ),
        ] {
            let said = self.house.json(at.viewer, method, &path, body).is(403);
            self.searched(at, &said.body);
        }
    }

    /// What is not to be known of is like what never was.
    fn refused(&mut self, viewer: &'static str) {
        let ask = |path: &str| self.house.json(viewer, "GET", path, "").is(404).body;
        let none = ask(&format!("user/nobody-there?{RANGE}"));
        assert_eq!(ask(&format!("user/alice?{RANGE}")), none);
        let address = |name: &str| URL_SAFE_NO_PAD.encode(format!("alice\0calendar\0{name}"));
        let never = ask(&format!("items/{}", address("never.ics")));
        for case in self.cases.iter().step_by(STRIDE) {
            assert_eq!(ask(&format!("items/{}", address(&case.name()))), never);
        }
    }
}

fn walk(layer: &'static str) {
    let mut tour = Tour::of(layer, 37);
    let mut count = 0;
    for (viewer, path, door) in ASKED {
        let at = Stand { viewer, path, door };
        if viewer == ACCOUNT && door == Door::Layer && !model::admits(layer, viewer) {
            tour.refused(viewer);
        } else {
            count += tour.walk(at);
        }
    }
    assert!(tour.faults.is_empty(), "{}", tour.faults.join("\n\n"));
    println!("{layer} layer: {count} combinations over JSON");
    let asked = ASKED.len() - usize::from(!model::admits(layer, ACCOUNT));
    assert_eq!(count, asked * tour.cases.len());
}

#[test]
fn every_combination_of_a_private_layer() {
    walk("private");
}

#[test]
fn every_combination_of_a_layer_for_friends() {
    walk("friends");
}

#[test]
fn every_combination_of_a_public_layer() {
    walk("public");
}

/// Who has not said who they are is told nothing, whatever is public.
#[test]
fn nobody_is_told_anything() {
    let house = House::of(&["alice"], strata::calendar::Limits::default());
    for path in ["items", "my", "user/alice", "events", "items/x"] {
        house.json(model::ANONYMOUS, "GET", path, "").is(401);
    }
}
