//! What a viewer may not know of is as what never was: the same status, headers and body, in the same time.

use std::time::{Duration, Instant};

use strata::calendar::Limits;

use crate::alike;
use crate::house::House;

const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:planted\r\nDTSTAMP:20260101T000000Z\r\n\
                     DTSTART:20260601T100000Z\r\nDURATION:PT1H\r\nSUMMARY:Planted\r\nCLASS:PRIVATE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Alice has a calendar that her friend Fred sees and one that he does not; Dan is nobody to her, and Eve has blocked him.
fn house(directory: bool) -> House {
    let limits = Limits {
        directory,
        ..Limits::default()
    };
    let house = House::of(&["alice", "fred", "dan", "eve"], limits);
    for owner in ["alice", "fred", "dan", "eve"] {
        house.layer(owner, "calendar", "private");
    }
    house.layer("alice", "open", "friends");
    house.layer("eve", "open", "friends");
    house.befriend("alice", "fred");
    house.befriend("eve", "dan");
    for layer in ["calendar", "open"] {
        let path = format!("/dav/calendars/alice/{layer}/planted.ics");
        house.ask("alice", "PUT", &path, &[], EVENT).is(201);
        house
            .ask(
                "alice",
                "PUT",
                &path.replace("planted", "gone"),
                &[],
                &EVENT.replace(":planted", ":gone"),
            )
            .is(201);
        house
            .ask("alice", "DELETE", &path.replace("planted", "gone"), &[], "")
            .is(204);
    }
    house.block("eve", "dan");
    house
}

/// What is there, and what never was.
type Pair = (&'static str, &'static str);

const UNKNOWN_TO_A_FRIEND: [Pair; 7] = [
    (
        "/dav/calendars/alice/calendar/",
        "/dav/calendars/alice/never/",
    ),
    (
        "/dav/calendars/alice/calendar/planted.ics",
        "/dav/calendars/alice/never/planted.ics",
    ),
    (
        "/dav/calendars/alice/open/planted.ics",
        "/dav/calendars/alice/open/never.ics",
    ),
    (
        "/dav/calendars/alice/open/gone.ics",
        "/dav/calendars/alice/open/never.ics",
    ),
    (
        "/dav/calendars/alice/trash/gone.ics",
        "/dav/calendars/alice/trash/never.ics",
    ),
    (
        "/dav/calendars/alice/notifications/x.xml",
        "/dav/calendars/alice/notifications/never.xml",
    ),
    (
        "/dav/calendars/alice/friend-fred/",
        "/dav/calendars/alice/friend-never/",
    ),
];

const UNKNOWN_TO_ANYBODY: [Pair; 8] = [
    ("/dav/calendars/alice/", "/dav/calendars/never/"),
    (
        "/dav/calendars/alice/calendar/",
        "/dav/calendars/never/calendar/",
    ),
    ("/dav/calendars/alice/open/", "/dav/calendars/never/open/"),
    (
        "/dav/calendars/alice/open/planted.ics",
        "/dav/calendars/never/open/planted.ics",
    ),
    ("/dav/calendars/alice/trash/", "/dav/calendars/never/trash/"),
    (
        "/dav/calendars/alice/notifications/",
        "/dav/calendars/never/notifications/",
    ),
    (
        "/dav/principals/users/alice/friends/",
        "/dav/principals/users/never/friends/",
    ),
    (
        "/dav/principals/users/alice/calendar-proxy-write/",
        "/dav/principals/users/never/calendar-proxy-write/",
    ),
];

const UNKNOWN_IN_A_CLOSED_DIRECTORY: [Pair; 2] = [
    (
        "/dav/principals/users/alice/",
        "/dav/principals/users/never/",
    ),
    (
        "/dav/principals/groups/company/",
        "/dav/principals/groups/never/",
    ),
];

/// Eve is there for everybody but Dan.
const UNKNOWN_TO_WHO_IS_BLOCKED: [Pair; 5] = [
    ("/dav/principals/users/eve/", "/dav/principals/users/never/"),
    ("/dav/calendars/eve/", "/dav/calendars/never/"),
    ("/dav/calendars/eve/open/", "/dav/calendars/never/open/"),
    (
        "/dav/principals/users/eve/friends/",
        "/dav/principals/users/never/friends/",
    ),
    (
        "/dav/calendars/dan/friend-eve/",
        "/dav/calendars/dan/friend-never/",
    ),
];

fn same(house: &House, viewer: &str, pairs: &[Pair]) {
    let mut faults = Vec::new();
    for pair in pairs {
        for (method, headers, body) in alike::questions(EVENT) {
            let headers: Vec<_> = headers
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            faults.extend(alike::difference(
                house, viewer, method, *pair, &headers, &body,
            ));
        }
    }
    assert!(faults.is_empty(), "{viewer}: {}", faults.join("\n\n"));
}

#[test]
fn for_a_friend() {
    same(&house(true), "fred", &UNKNOWN_TO_A_FRIEND);
}

#[test]
fn for_anybody_else() {
    let house = house(true);
    // An open directory tells that there is an account, and so does asking for its busy times.
    same(&house, "dan", &UNKNOWN_TO_ANYBODY[1..4]);
    same(&house, "nobody", &UNKNOWN_TO_ANYBODY);
}

#[test]
fn in_a_closed_directory() {
    let house = house(false);
    house.company("alice", "company");
    same(&house, "dan", &UNKNOWN_IN_A_CLOSED_DIRECTORY);
    same(&house, "dan", &UNKNOWN_TO_ANYBODY);
}

#[test]
fn for_who_has_been_blocked() {
    same(&house(true), "dan", &UNKNOWN_TO_WHO_IS_BLOCKED);
    same(&house(false), "dan", &UNKNOWN_TO_WHO_IS_BLOCKED);
}

/// A destination is no way to ask either.
#[test]
fn as_a_destination() {
    let house = house(true);
    house
        .ask(
            "fred",
            "PUT",
            "/dav/calendars/fred/calendar/own.ics",
            &[],
            &EVENT.replace(":planted", ":own"),
        )
        .is(201);
    for (there, never) in UNKNOWN_TO_A_FRIEND.into_iter().chain(UNKNOWN_TO_ANYBODY) {
        for method in ["COPY", "MOVE"] {
            for source in ["own.ics", ""] {
                for overwrite in ["T", "F"] {
                    let ask = |to| {
                        let headers = [("destination", to), ("overwrite", overwrite)];
                        house.ask(
                            "dan",
                            method,
                            &format!("/dav/calendars/dan/calendar/{source}"),
                            &headers,
                            "",
                        )
                    };
                    let (one, other) = (ask(there), ask(never));
                    assert_eq!(
                        one.status, other.status,
                        "{method} to {there}: {}{}",
                        one.body, other.body
                    );
                    assert_eq!(
                        one.body.replace(there, never),
                        other.body.replace(there, never),
                        "{method} to {there}"
                    );
                }
            }
        }
    }
}

/// And it takes as long: medians of many, with room for a machine that has other things to do.
#[test]
fn in_the_same_time() {
    let house = house(true);
    let pairs = [
        UNKNOWN_TO_A_FRIEND[0],
        UNKNOWN_TO_A_FRIEND[1],
        UNKNOWN_TO_A_FRIEND[2],
    ];
    for (there, never) in pairs {
        for method in ["GET", "DELETE"] {
            let time = |path: &str| {
                let start = Instant::now();
                house.ask("fred", method, path, &[], "").is(404);
                start.elapsed()
            };
            let (mut one, mut other): (Vec<Duration>, Vec<Duration>) =
                (0..100).map(|_| (time(there), time(never))).unzip();
            let median = |times: &mut Vec<Duration>| {
                times.sort();
                times[times.len() / 2]
            };
            let (one, other) = (median(&mut one), median(&mut other));
            let (less, more) = (one.min(other), one.max(other));
            assert!(
                more < less * 3 + Duration::from_millis(1),
                "{method} {there}: {one:?} and {other:?}"
            );
        }
    }
}
