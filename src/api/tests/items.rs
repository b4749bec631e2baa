//! Items, from outside: made, read, changed and taken out over JSON, and what CalDAV clients see of it.

mod agenda;
mod audience;
mod edges;
mod exceptions;
mod scopes;
mod taken_out;

use serde_json::Value;

use super::world::{Said, World, request, said};
use crate::dav::{self, Dav};
use crate::privacy::Viewer;

const ITEMS: &str = "/api/v1/calendar/items";
const LAYERS: &str = "/api/v1/calendar/layers";

impl World {
    /// With a layer of events of alice's at the address `work`, and her clock in Oslo.
    fn at_work() -> Self {
        let world = Self::new();
        let kind = [("content-type", "application/xml")];
        world
            .dav(
                &world.alice,
                "MKCALENDAR /dav/calendars/alice/work/",
                &kind,
                "",
            )
            .is(201);
        let zone = r##"{"name":"Work","timeZone":"Europe/Oslo","color":"#1890ff"}"##;
        world.alice(&format!("PATCH {LAYERS}/work"), zone).is(200);
        world
    }

    fn dav(&self, viewer: &Viewer, line: &str, headers: &[(&str, &str)], body: &str) -> Said {
        let dav = Dav {
            calendars: self.api.calendars.clone(),
            settings: dav::Settings::default(),
        };
        said(dav::handle(&dav, viewer, &request(line, headers, body)))
    }

    fn put(&self, name: &str, text: &str) {
        let headers = [("content-type", "text/calendar")];
        let line = format!("PUT /dav/calendars/alice/work/{name}");
        self.dav(&self.alice, &line, &headers, text).is(201);
    }

    fn ics(&self, name: &str) -> String {
        let line = format!("GET /dav/calendars/alice/work/{name}");
        self.dav(&self.alice, &line, &[], "").is(200).body
    }

    /// The names of what stands in alice's layer.
    fn names(&self) -> Vec<String> {
        let line = "PROPFIND /dav/calendars/alice/work/";
        let body = self
            .dav(&self.alice, line, &[("depth", "1")], "")
            .is(207)
            .body;
        let hrefs = body.split("<D:href>/dav/calendars/alice/work/").skip(1);
        let names = hrefs.filter_map(|rest| rest.split('<').next());
        names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn make(&self, body: &str) -> Value {
        self.alice(&format!("POST {ITEMS}"), body).is(201).json()
    }

    fn change(&self, id: &Value, body: &str) -> Said {
        self.alice(&format!("PATCH {ITEMS}/{}", text(id)), body)
    }

    /// The items of a range, as alice sees them.
    fn range(&self, start: &str, end: &str) -> Vec<Value> {
        let line = format!("GET {ITEMS}?start={start}&end={end}");
        let page = self.alice(&line, "").is(200).json();
        page["items"].as_array().unwrap().clone()
    }
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

/// Of each item one field.
fn all<'v>(items: &'v [Value], field: &str) -> Vec<&'v str> {
    items
        .iter()
        .map(|item| item[field].as_str().unwrap_or(""))
        .collect()
}

/// What changes with the clock, or with chance, as words that do not.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive("\r\n") {
        let name = line.split(':').next().unwrap();
        let stamped = ["DTSTAMP", "LAST-MODIFIED", "CREATED"].contains(&name);
        match stamped && !line.contains("2020") {
            true => out += &format!("{name}:NOW\r\n"),
            false => out += line,
        }
    }
    let is_uuid = |word: &str| {
        let hex = word
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        word.len() == 36 && word.matches('-').count() == 4 && hex
    };
    let words: Vec<String> = out
        .split_inclusive([':', '\r'])
        .map(|word| {
            let bare = word.trim_end_matches(['\r', ':']);
            match is_uuid(bare) {
                true => word.replace(bare, "UUID"),
                false => word.to_owned(),
            }
        })
        .collect();
    words.concat()
}

// E-132, E-028 to E-041, E-046, E-048: what is sent stands in iCalendar, and comes back as it was sent.
#[test]
fn an_event_is_made() {
    let world = World::at_work();
    let made = world
        .alice(
            &format!("POST {ITEMS}"),
            r#"{"layerId":"work","title":"Lunch, with; Bob","description":"One\nTwo","date":"2026-07-01","startTime":"12:00",
            "endTime":"13:30","location":"Café","url":"https://example.org/a?b=c","color":"tomato","visibility":"PUBLIC",
            "busyStatus":"TENTATIVE","showDetailsTo":"EVERYONE"}"#,
        )
        .is(201);
    let item = made.json();
    assert_eq!(
        made.header("location"),
        format!("{ITEMS}/{}", text(&item["id"]))
    );
    assert_eq!(made.header("etag"), text(&item["etag"]));
    for (field, value) in [
        ("userId", "alice"),
        ("layerId", "work"),
        ("title", "Lunch, with; Bob"),
        ("description", "One\nTwo"),
        ("date", "2026-07-01"),
        ("startTime", "12:00"),
        ("endTime", "13:30"),
        ("start", "2026-07-01T12:00:00+02:00"),
        ("end", "2026-07-01T13:30:00+02:00"),
        // K-17: made without a zone it has that of its layer.
        ("timeZone", "Europe/Oslo"),
        ("itemType", "EVENT"),
        ("location", "Café"),
        ("url", "https://example.org/a?b=c"),
        ("color", "tomato"),
        ("visibility", "PUBLIC"),
        ("busyStatus", "TENTATIVE"),
        ("showDetailsTo", "EVERYONE"),
        ("sourceType", "MANUAL"), // E-051
    ] {
        assert_eq!(item[field], value, "{field}");
    }
    for field in ["recurrenceRule", "seriesId", "recurrenceId", "sourceId"] {
        assert!(item[field].is_null(), "{field}");
    }
    assert_eq!(item["layer"]["name"], "Work");
    assert_eq!(item["layer"]["color"], "#1890ff");
    assert_eq!(item["editable"], true);
    assert_eq!(item["redacted"], false);
    let names = world.names();
    let ics = steady(&world.ics(&names[0]));
    let (zone, event) = ics.split_once("BEGIN:VEVENT\r\n").unwrap();
    assert!(
        zone.contains("BEGIN:VTIMEZONE\r\nTZID:Europe/Oslo\r\n"),
        "{zone}"
    );
    assert_eq!(
        event,
        "UID:UUID\r\nDTSTAMP:NOW\r\nCREATED:NOW\r\nLAST-MODIFIED:NOW\r\n\
         DTSTART;TZID=Europe/Oslo:20260701T120000\r\nDTEND;TZID=Europe/Oslo:20260701T133000\r\n\
         SUMMARY:Lunch\\, with\\; Bob\r\nDESCRIPTION:One\\nTwo\r\nLOCATION:Café\r\nURL:https://example.org/a?b=c\r\n\
         COLOR:tomato\r\nX-STRATA-VISIBILITY:PUBLIC\r\nX-STRATA-DETAILS-TO:EVERYONE\r\nTRANSP:OPAQUE\r\n\
         STATUS:TENTATIVE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
}

// E-036, E-039, E-041: the other sorts, and what holds when nothing is said.
#[test]
fn time_blocks_and_reminders_are_made() {
    let world = World::at_work();
    let block = world.make(
        r#"{"layerId":"work","title":"Focus","itemType":"TIME_BLOCK","start":"2026-07-01T22:00:00+02:00","end":"2026-07-02T01:00:00+02:00"}"#,
    );
    assert_eq!(block["itemType"], "TIME_BLOCK");
    assert_eq!(block["busyStatus"], "BUSY"); // E-040
    assert_eq!(block["showDetailsTo"], "FRIENDS"); // E-041
    assert!(block["visibility"].is_null());
    assert_eq!(
        (text(&block["date"]), text(&block["endTime"])),
        ("2026-07-01", "01:00")
    );
    let reminder = world.make(
        r#"{"layerId":"work","title":"Call","itemType":"REMINDER","date":"2026-07-01","startTime":"09:00","timeZone":"America/New_York"}"#,
    );
    assert_eq!(reminder["itemType"], "REMINDER");
    assert_eq!(reminder["busyStatus"], "FREE");
    assert_eq!(reminder["start"], reminder["end"]);
    assert_eq!(reminder["timeZone"], "America/New_York");
    let texts: Vec<String> = world.names().iter().map(|name| world.ics(name)).collect();
    let of = |title: &str| texts.iter().find(|it| it.contains(title)).unwrap();
    assert!(of("Focus").contains("X-STRATA-TYPE:TIME-BLOCK\r\n"));
    let reminder = of("Call");
    assert!(
        reminder.contains("X-STRATA-TYPE:REMINDER\r\n")
            && reminder.contains("TRANSP:TRANSPARENT\r\n")
    );
    assert!(reminder.contains(
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:PT0S\r\nDESCRIPTION:Call\r\nEND:VALARM\r\n"
    ));
    assert!(!reminder.contains("DTEND"));
    // E-035: whole days, their end the day after the last.
    let days =
        world.make(r#"{"layerId":"work","date":"2026-07-01","isAllDay":true,"title":"Fair"}"#);
    assert_eq!(
        (text(&days["start"]), text(&days["end"])),
        ("2026-07-01", "2026-07-02")
    );
    assert!(days["timeZone"].is_null() && days.get("startTime").is_none());
    let longer = world
        .change(&days["id"], r#"{"end":"2026-07-04"}"#)
        .is(200)
        .json();
    assert_eq!(
        (text(&longer["start"]), text(&longer["end"])),
        ("2026-07-01", "2026-07-04")
    );
    let floating =
        world.make(r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","timeZone":null}"#);
    assert_eq!(floating["start"], "2026-07-01T08:00:00");
    assert!(floating["timeZone"].is_null());
}

// E-133: what is not named stays byte for byte.
#[test]
fn a_change_touches_what_it_names() {
    let world = World::at_work();
    let before = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Else//EN\r\nX-ODD:  kept\r\nBEGIN:VEVENT\r\nUID:one\r\n\
        DTSTAMP:20200101T000000Z\r\nDTSTART:20260701T100000Z\r\nDTEND:20260701T110000Z\r\nSUMMARY;LANGUAGE=en:Lunch\r\n\
        DESCRIPTION:a long description that somebody else folded in a way th\r\n at is theirs\r\n\
        ATTENDEE;PARTSTAT=ACCEPTED;X-NUM-GUESTS=0:mailto:bob@example.org\r\nX-STRATA-VISIBILITY:PRIVATE\r\n\
        BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nX-WR-ALARMUID:7\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    world.put("one.ics", before);
    let item = world.range("2026-07-01", "2026-07-02").remove(0);
    assert_eq!(item["visibility"], "PRIVATE");
    let changed = world
        .change(&item["id"], r#"{"title":"Dinner","startTime":"18:00"}"#)
        .is(200)
        .json();
    assert_eq!(
        (text(&changed["startTime"]), text(&changed["endTime"])),
        ("18:00", "19:00")
    );
    assert_eq!(changed["id"], item["id"]);
    let expected = before
        .replace("20200101T000000Z", "NOW\r\nLAST-MODIFIED:NOW\r\nSEQUENCE:1")
        .replace("20260701T10", "20260701T18")
        .replace("20260701T11", "20260701T19")
        .replace("en:Lunch", "en:Dinner");
    assert_eq!(steady(&world.ics("one.ics")), expected);
    // null takes away, also what is kept beside the text.
    let open = world
        .change(
            &item["id"],
            r#"{"visibility":null,"description":null,"title":""}"#,
        )
        .is(200)
        .json();
    assert!(
        open["visibility"].is_null() && open["description"].is_null() && open["title"].is_null()
    );
    let text = world.ics("one.ics");
    assert!(
        !text.contains("VISIBILITY") && !text.contains("DESCRIPTION") && !text.contains("SUMMARY")
    );
    // Nothing named, nothing changed.
    let same = world.change(&item["id"], "{}").is(200);
    assert_eq!(same.header("etag"), self::text(&open["etag"]));
    assert_eq!(world.ics("one.ics"), text);
}

#[test]
fn whoever_changes_what_has_changed_is_told() {
    let world = World::at_work();
    let item =
        world.make(r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","title":"a"}"#);
    let one = format!("{ITEMS}/{}", text(&item["id"]));
    let tag = text(&item["etag"]).to_owned();
    let patch = |tag: &str, body: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        world.ask(&world.alice, &format!("PATCH {one}"), &headers, body)
    };
    let renamed = patch(&tag, r#"{"title":"b"}"#).is(200);
    patch(&tag, r#"{"title":"c"}"#).fails(412, "changed");
    let stale = [("if-match", tag.as_str())];
    world
        .ask(&world.alice, &format!("DELETE {one}"), &stale, "")
        .fails(412, "changed");
    let known = [("if-none-match", renamed.header("etag"))];
    world
        .ask(&world.alice, &format!("GET {one}"), &known, "")
        .is(304);
    let fresh = [("if-match", renamed.header("etag"))];
    // E-134.
    world
        .ask(&world.alice, &format!("DELETE {one}"), &fresh, "")
        .is(204);
    let gone = world
        .alice(&format!("GET {one}"), "")
        .fails(404, "not-found");
    let never = world
        .alice(&format!("GET {ITEMS}/never"), "")
        .fails(404, "not-found");
    assert_eq!(gone.body, never.body);
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "k"),
    ];
    let body = r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00"}"#;
    let post = || {
        world
            .ask(&world.alice, &format!("POST {ITEMS}"), &headers, body)
            .is(201)
    };
    assert_eq!(post().body, post().body);
    assert_eq!(world.names().len(), 1);
}

#[test]
fn what_cannot_be_is_said() {
    let world = World::at_work();
    for body in [
        r#"{"title":"no layer","date":"2026-07-01","isAllDay":true}"#,
        r#"{"layerId":"work","title":"no time"}"#,
        r#"{"layerId":"work","date":"2026-02-30","isAllDay":true}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"24:00"}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","start":"2026-07-01"}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","isAllDay":true}"#,
        r#"{"layerId":"work","start":"2026-07-01T08:00:00Z","end":"2026-07-01T07:00:00Z"}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","timeZone":"Middle/Earth"}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","url":"no url"}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","color":"like rain"}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","title":"a\u0007"}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","recurrenceEnd":"2026-08-01"}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","recurrenceRule":{"frequency":"DAILY","daysOfWeek":[1]}}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","recurrenceRule":{"frequency":"WEEKLY","daysOfWeek":[8]}}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","recurrenceRule":{"frequency":"MONTHLY","interval":0}}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","recurrenceRule":{"rrule":"FREQ=NEVER"}}"#,
        r#"{"layerId":"work","date":"2026-07-01","startTime":"08:00","recurrenceRule":{"rrule":"FREQ=DAILY;COUNT=2"},"recurrenceEnd":"2026-08-01"}"#,
    ] {
        let said = world.alice(&format!("POST {ITEMS}"), body);
        assert!(matches!(said.status, 422), "{}: {body}", said.status);
    }
    for body in [
        "",
        "[1]",
        r#"{"layerId":"work","unknown":1}"#,
        r#"{"layerId":"work","itemType":"PARTY"}"#,
        r#"{"layerId":"work","recurrenceRule":{"frequency":"DAILY","rrule":"x"}}"#,
    ] {
        world
            .alice(&format!("POST {ITEMS}"), body)
            .fails(400, "malformed-request");
    }
    world
        .alice(
            &format!("POST {ITEMS}"),
            r#"{"layerId":"none","date":"2026-07-01","isAllDay":true}"#,
        )
        .fails(404, "not-found");
    for query in [
        "",
        "?start=2026-07-01",
        "?start=2026-07-01&end=soon",
        "?start=2026-07-02&end=2026-07-02",
        "?start=2026-07-01&end=2026-07-02&limit=0",
        "?start=2026-07-01&end=2026-07-02&cursor=x",
    ] {
        assert_eq!(
            world.alice(&format!("GET {ITEMS}{query}"), "").status,
            400,
            "{query}"
        );
    }
}

// E-099 to E-103, K-18, K-19: rules in a few words and as text.
#[test]
fn rules_are_said_in_two_ways() {
    let world = World::at_work();
    for (rule, rrule, days) in [
        (
            r#"{"frequency":"WEEKLY","daysOfWeek":[1,3,5]}"#,
            "FREQ=WEEKLY;BYDAY=MO,WE,FR", // E-100
            "2026-07-01",
        ),
        (
            r#"{"frequency":"WEEKLY","daysOfWeek":[7]}"#,
            "FREQ=WEEKLY;BYDAY=SU",
            "2026-07-05",
        ),
        (
            r#"{"frequency":"BIWEEKLY","daysOfWeek":[2,4]}"#,
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=MO", // E-102
            "2026-07-02",
        ),
        (
            r#"{"frequency":"BIWEEKLY","interval":2}"#,
            "FREQ=WEEKLY;INTERVAL=4",
            "2026-07-01",
        ),
        (
            r#"{"frequency":"MONTHLY","dayOfMonth":15}"#,
            "FREQ=MONTHLY;BYMONTHDAY=15", // E-101
            "2026-07-15",
        ),
        (
            r#"{"frequency":"MONTHLY","interval":3}"#,
            "FREQ=MONTHLY;INTERVAL=3", // E-103
            "2026-07-01",
        ),
        (r#"{"frequency":"DAILY"}"#, "FREQ=DAILY", "2026-07-01"),
        (
            r#"{"rrule":"FREQ=YEARLY;BYDAY=1WE;BYMONTH=7"}"#,
            "FREQ=YEARLY;BYDAY=1WE;BYMONTH=7",
            "2026-07-01",
        ),
    ] {
        let body = format!(
            r#"{{"layerId":"work","title":"x","date":"2026-07-01","startTime":"08:00","recurrenceRule":{rule},"recurrenceEnd":"2027-01-31"}}"#
        );
        let made = world.make(&body);
        assert_eq!(made["date"], days, "{rule}");
        // E-043: the last day, in UTC by the clock of the series.
        assert_eq!(made["recurrenceEnd"], "2027-01-31");
        let id = text(&made["id"]).to_owned();
        let name = world.names().remove(0);
        assert!(
            world
                .ics(&name)
                .contains(&format!("RRULE:{rrule};UNTIL=20270131T225959Z\r\n")),
            "{rrule}"
        );
        let back = &made["recurrenceRule"];
        if back.get("rrule").is_some() {
            assert_eq!(back["rrule"], format!("{rrule};UNTIL=20270131T225959Z"));
        } else {
            // What comes back means the same.
            let again = format!(r#"{{"recurrenceRule":{back}}}"#);
            world.change(&made["id"], &again).is(200);
            assert!(
                world
                    .ics(&name)
                    .contains(&format!("RRULE:{rrule};UNTIL=20270131T225959Z\r\n")),
                "{rrule}"
            );
        }
        let endless = world
            .change(&made["id"], r#"{"recurrenceEnd":null}"#)
            .is(200)
            .json();
        assert!(endless["recurrenceEnd"].is_null());
        let single = world
            .change(&made["id"], r#"{"recurrenceRule":null}"#)
            .is(200)
            .json();
        assert!(single["recurrenceRule"].is_null() && single["seriesId"].is_null());
        world.alice(&format!("DELETE {ITEMS}/{id}"), "").is(204);
    }
}
