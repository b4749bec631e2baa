//! What a feed's link gives away: every combination of audience, layer and item, and a link's whole life.

use std::collections::BTreeMap;

use strata::calendar::{self, LayerPatch};
use strata::export;
use strata::http::{Body, HeaderMap, HeaderName, HeaderValue, Method, Origin, Request};
use strata::model::{Audience, Export, LayerId, Link, Reach, Sort, Sorts, Terms};

use crate::house::{House, Said};
use crate::model::{self, OWNER, Sight};
use crate::tour::{Tour, between};

const AUDIENCES: [&str; 4] = ["owner", "friends", "everyone", "busy"];

fn terms(audience: &str) -> Terms {
    Terms {
        label: "Published".into(),
        audience: Audience::named(audience).unwrap(),
        layers: None,
        sorts: Sorts::ALL,
        reach: None,
    }
}

impl House {
    pub fn publish(&self, terms: &Terms) -> Export {
        let hash: [u8; 32] = *blake3::hash(format!("{terms:?}").as_bytes()).as_bytes();
        let made: calendar::Result<Export> =
            self.calendars().write(&self.viewer(OWNER), |access| {
                access.add_export(&hash, terms)
            });
        made.unwrap()
    }

    pub fn fetch(&self, export: &Export, headers: &[(&str, &str)]) -> Said {
        self.fetch_link(Link::Layers(export.id), headers)
    }

    pub fn fetch_link(&self, link: Link, headers: &[(&str, &str)]) -> Said {
        let mut fields = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            fields.insert(name, HeaderValue::from_str(value).unwrap());
        }
        let request = Request {
            id: "test".into(),
            method: Method::GET,
            path: "/feed/alice/token.ics".into(),
            query: None,
            headers: fields,
            body: bytes::Bytes::new(),
            origin: Origin {
                scheme: "https",
                authority: "cal.example.com".into(),
                base_path: String::new(),
            },
            client: [127, 0, 0, 1].into(),
        };
        let reply = export::handle(self.calendars(), link, &request, 64 << 20);
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

    fn layer_id(&self, name: &str) -> LayerId {
        let found: calendar::Result<LayerId> =
            self.calendars().read(&self.viewer(OWNER), |access| {
                Ok(access.collection(OWNER, name)?.layer.id)
            });
        found.unwrap()
    }

    fn write(&self, layer: &str, name: &str, lines: &str) {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{name}\r\n\
             DTSTAMP:20260101T000000Z\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let path = format!("/dav/calendars/alice/{layer}/{name}.ics");
        let said = self.ask(OWNER, "PUT", &path, &[], &text);
        assert!([201, 204].contains(&said.status), "{}", said.body);
    }
}

/// The events of a stream by their UID, each with its overrides.
pub fn by_uid(stream: &str) -> BTreeMap<&str, String> {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    for event in stream.split("BEGIN:VEVENT").skip(1) {
        let uid = between(event, "\r\nUID:", "\r\n").unwrap();
        let text = found.entry(uid).or_default();
        text.push_str("BEGIN:VEVENT");
        text.push_str(event.split_once("END:VEVENT").unwrap().0);
    }
    found
}

pub fn sight(text: &str) -> Sight {
    match between(text, "\r\nSUMMARY:", "\r\n") {
        Some("Busy") => Sight::Busy,
        Some(model::LABEL) => Sight::Generic,
        _ => Sight::Whole,
    }
}

fn walk(layer: &'static str) {
    let mut tour = Tour::of(layer, 37);
    let mut count = 0;
    for audience in AUDIENCES {
        let only = vec![tour.house.layer_id("calendar")];
        let export = tour.house.publish(&Terms {
            layers: Some(only),
            ..terms(audience)
        });
        let said = tour.house.fetch(&export, &[]).is(200);
        let stream = said.body.replace("\r\n ", "");
        let mut found = BTreeMap::new();
        for (uid, text) in by_uid(&stream) {
            let number = model::number(&text);
            let sight = sight(&text);
            tour.unless(found.insert(number, sight).is_none(), || {
                format!("{audience}: {uid} is a second {number}")
            });
            let own = uid == tour.cases[number].uid();
            let expected = sight == Sight::Whole && audience == "owner";
            tour.unless(own == expected, || format!("{audience}: the UID {uid}"));
            tour.unless(!text.contains("X-STRATA"), || format!("{audience}: {text}"));
        }
        for case in tour.cases.clone() {
            let expected = case.published(layer, audience);
            let seen = found.get(&case.number).copied().unwrap_or(Sight::Nothing);
            tour.unless(seen == expected, || {
                format!("{audience} see {seen:?}: {case:?} {expected:?}")
            });
            count += 1;
        }
        for (kind, number) in model::secrets(&stream) {
            let whole = tour.cases[number].published(layer, audience) == Sight::Whole;
            let may_know = match kind {
                'I' | 'J' | 'K' | 'N' | 'P' | 'W' | 'Y' => false,
                'U' | 'V' => whole && audience == "owner",
                _ => whole,
            };
            tour.unless(may_know, || {
                format!("{audience} are told {}", model::secret(kind, number))
            });
        }
        for stamp in model::STAMPS.iter().filter(|_| audience == "busy") {
            tour.unless(!stream.contains(stamp), || format!("busy tells {stamp}"));
        }
    }
    assert!(tour.faults.is_empty(), "{}", tour.faults.join("\n\n"));
    println!("{layer} layer: {count} combinations of a feed");
    assert_eq!(count, AUDIENCES.len() * tour.cases.len());
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

fn house() -> House {
    let house = House::of(&["alice", "fred"], calendar::Limits::default());
    for layer in ["calendar", "gym"] {
        house
            .ask(
                OWNER,
                "MKCALENDAR",
                &format!("/dav/calendars/alice/{layer}/"),
                &[],
                "",
            )
            .is(201);
    }
    house
}

/// E-092: a feed that names no layers shows those that are switched on; one that names some shows these, as long as they
/// are there.
#[test]
fn a_feed_shows_the_layers_that_it_names() {
    let house = house();
    house.write(
        "calendar",
        "one",
        "DTSTART:20260105T100000Z\r\nSUMMARY:One\r\n",
    );
    house.write("gym", "two", "DTSTART:20260106T100000Z\r\nSUMMARY:Two\r\n");
    let every = house.publish(&terms("owner"));
    let gym = house.publish(&Terms {
        layers: Some(vec![house.layer_id("gym")]),
        audience: Audience::Busy,
        ..terms("owner")
    });
    assert_eq!(by_uid(&house.fetch(&every, &[]).is(200).body).len(), 2);
    let switch = |enabled| {
        let done: calendar::Result<()> = house.calendars().write(&house.viewer(OWNER), |access| {
            let of = access.collection(OWNER, "gym")?;
            let patch = LayerPatch {
                enabled: Some(enabled),
                ..LayerPatch::default()
            };
            access.patch_layer(&of, &patch)
        });
        done.unwrap();
    };
    switch(false);
    assert_eq!(by_uid(&house.fetch(&every, &[]).is(200).body).len(), 1);
    let named = house.fetch(&gym, &[]).is(200).body;
    assert_eq!(by_uid(&named).len(), 1, "{named}");
    house
        .ask(OWNER, "DELETE", "/dav/calendars/alice/gym/", &[], "")
        .is(204);
    // K-42: its links show nothing of it at once, and it lies in the trash with all that was in it.
    let named = house.fetch(&gym, &[]).is(200).body;
    assert!(!named.contains("VEVENT"), "{named}");
    let trash = house.ask(
        OWNER,
        "PROPFIND",
        "/dav/calendars/alice/trash/",
        &[("depth", "1")],
        "",
    );
    assert!(trash.is(207).body.contains("/trash/L"));
}

/// An edit that the audience does not see is none: the same tag, and 304 to who has it.
#[test]
fn a_hidden_edit_changes_no_tag() {
    let house = house();
    let when = "DTSTART:20260105T100000Z\r\n";
    house.write("calendar", "one", &format!("{when}SUMMARY:One\r\n"));
    let busy = house.publish(&terms("busy"));
    let own = house.publish(&terms("owner"));
    let tag = |export: &Export| house.fetch(export, &[]).is(200).header("etag").to_owned();
    let (before, before_own) = (tag(&busy), tag(&own));
    house.write(
        "calendar",
        "one",
        &format!("{when}SUMMARY:Another word\r\n"),
    );
    assert_eq!(tag(&busy), before);
    assert_ne!(tag(&own), before_own);
    let known = house.fetch(&busy, &[("if-none-match", &before)]).is(304);
    assert_eq!(known.header("etag"), before);
    assert_eq!(known.header("cache-control"), "private, no-cache");
    assert!(known.body.is_empty());
    house.write(
        "calendar",
        "one",
        "DTSTART:20260105T110000Z\r\nSUMMARY:Another word\r\n",
    );
    assert_ne!(tag(&busy), before);
}

/// E-208, A-16: what is far away is left out, series stay series, and the head says how often to come back.
#[test]
fn a_feed_reaches_as_far_as_it_is_asked_to() {
    let house = house();
    let now = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let day = |months: i32| {
        let day = now.saturating_add(jiff::Span::new().months(months));
        day.strftime("%Y%m%d").to_string()
    };
    for (name, months) in [("past", -3), ("soon", 1), ("later", 5)] {
        let line = format!("DTSTART;VALUE=DATE:{}\r\nSUMMARY:{name}\r\n", day(months));
        house.write("calendar", name, &line);
    }
    let series = format!(
        "DTSTART:{}T090000Z\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:series\r\n",
        day(-24)
    );
    house.write("calendar", "series", &series);
    let near = house.publish(&Terms {
        reach: Some(Reach::default()),
        ..terms("owner")
    });
    let body = house.fetch(&near, &[]).is(200).body;
    assert_eq!(
        by_uid(&body).keys().copied().collect::<Vec<_>>(),
        ["series", "soon"]
    );
    assert_eq!(body.matches("RRULE:FREQ=WEEKLY").count(), 1);
    for line in [
        "METHOD:PUBLISH",
        "NAME:Published",
        "X-WR-CALNAME:Published",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ] {
        assert!(body.contains(&format!("\r\n{line}\r\n")), "{line}\n{body}");
    }
    let all = house.publish(&terms("friends"));
    assert!(by_uid(&house.fetch(&all, &[]).is(200).body).is_empty());
}

/// E-091, A-05, K-22: the types that the owner has chosen, of the layers that the owner has chosen.
#[test]
fn a_feed_shows_the_types_that_it_names() {
    let house = house();
    for (name, sort) in [
        ("event", "EVENT"),
        ("block", "TIME-BLOCK"),
        ("reminder", "REMINDER"),
    ] {
        house.write(
            "calendar",
            name,
            &format!("DTSTART:20260105T100000Z\r\nX-STRATA-TYPE:{sort}\r\nSUMMARY:{name}\r\n"),
        );
    }
    let blocks = house.publish(&Terms {
        sorts: Sorts::of([Sort::TimeBlock, Sort::Reminder]),
        ..terms("owner")
    });
    let body = house.fetch(&blocks, &[]).is(200).body;
    assert_eq!(
        by_uid(&body).keys().copied().collect::<Vec<_>>(),
        ["block", "reminder"]
    );
    // K-22: where both are said, what both let through.
    let elsewhere = house.publish(&Terms {
        sorts: Sorts::of([Sort::TimeBlock, Sort::Reminder]),
        layers: Some(vec![house.layer_id("gym")]),
        ..terms("owner")
    });
    assert!(by_uid(&house.fetch(&elsewhere, &[]).is(200).body).is_empty());
}
