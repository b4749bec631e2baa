//! Those who have not said who they are: nothing by default, what is public where the server says so.

use strata::calendar::Limits;
use strata::privacy::Setting;

use crate::house::{House, prop};

const NOBODY: &str = "nobody";
const OPEN: &str = "/dav/calendars/alice/open/";
const SHUT: &str = "/dav/calendars/alice/shut/";

fn house(anonymous: bool) -> House {
    let privacy = Setting {
        anonymous,
        ..Setting::default()
    };
    let house = House::of(
        &["alice"],
        Limits {
            privacy,
            ..Limits::default()
        },
    );
    for (layer, visibility) in [(OPEN, "public"), (SHUT, "friends")] {
        house.ask("alice", "MKCALENDAR", layer, &[], "").is(201);
        let body = format!(
            "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop><S:visibility>{visibility}\
             </S:visibility></D:prop></D:set></D:propertyupdate>"
        );
        house.ask("alice", "PROPPATCH", layer, &[], &body).is(207);
        for (name, details) in [("told.ics", "EVERYONE"), ("untold.ics", "FRIENDS")] {
            let event = format!(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{name}\r\nDTSTAMP:20260101T000000Z\r\n\
                 DTSTART:20260601T100000Z\r\nDURATION:PT1H\r\nSUMMARY:Word of {name}\r\nX-STRATA-DETAILS-TO:{details}\r\n\
                 END:VEVENT\r\nEND:VCALENDAR\r\n"
            );
            house
                .ask("alice", "PUT", &format!("{layer}{name}"), &[], &event)
                .is(201);
        }
    }
    house
}

#[test]
fn they_are_asked_for_a_name_by_default() {
    let house = house(false);
    for path in [
        OPEN,
        SHUT,
        "/dav/calendars/alice/",
        "/dav/calendars/nobody/",
        "/dav/",
    ] {
        for method in ["GET", "PROPFIND", "REPORT", "PUT", "DELETE"] {
            let said = house.ask(NOBODY, method, path, &[], "");
            assert!(
                matches!(said.status, 401 | 405),
                "{method} {path} {}",
                said.status
            );
        }
    }
}

#[test]
fn where_the_server_lets_them_they_read_what_is_public() {
    let house = house(true);
    let listing = house.listing(NOBODY, OPEN).unwrap();
    assert_eq!(listing.len(), 2);
    assert!(listing.contains_key("told.ics"), "{listing:?}");
    let told = house
        .ask(NOBODY, "GET", &format!("{OPEN}told.ics"), &[], "")
        .is(200);
    assert!(told.body.contains("Word of told.ics"));
    let masked = listing.keys().find(|name| *name != "told.ics").unwrap();
    let masked = house
        .ask(NOBODY, "GET", &format!("{OPEN}{masked}"), &[], "")
        .is(200);
    assert!(
        masked.body.contains("SUMMARY:Busy") && !masked.body.contains("Word"),
        "{}",
        masked.body
    );
    let home = house.ask(
        NOBODY,
        "PROPFIND",
        "/dav/calendars/alice/",
        &[("depth", "1")],
        &prop("<D:displayname/>"),
    );
    let home = home.is(207);
    assert!(
        home.body.contains(OPEN) && !home.body.contains(SHUT),
        "{}",
        home.body
    );
}

#[test]
fn everything_else_asks_them_for_a_name_whether_it_is_there_or_not() {
    let house = house(true);
    for path in [
        SHUT,
        "/dav/calendars/alice/none/",
        "/dav/calendars/bob/",
        &format!("{OPEN}untold.ics"),
        &format!("{OPEN}none.ics"),
        &format!("{SHUT}told.ics"),
    ] {
        for method in ["GET", "PROPFIND"] {
            let said = house.ask(NOBODY, method, path, &[], "");
            assert_eq!(said.status, 401, "{method} {path}: {}", said.body);
        }
    }
    for method in ["PUT", "DELETE", "PROPPATCH", "MOVE", "COPY"] {
        let said = house.ask(NOBODY, method, &format!("{OPEN}told.ics"), &[], "");
        assert_eq!(said.status, 401, "{method}: {}", said.body);
    }
    house
        .ask(NOBODY, "PROPFIND", "/dav/", &[("depth", "0")], "")
        .is(401);
}
