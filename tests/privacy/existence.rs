//! What a viewer may not know of is as what never was: the same status, headers and body, in the same time.

use std::time::{Duration, Instant};

use strata::calendar::Limits;
use strata::model::Right;

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

/// Who may write finds every name free that they do not see, and what stands there in truth stays as it was.
#[test]
fn for_who_may_write() {
    let house = House::of(&["alice", "walt", "mia"], Limits::default());
    for owner in ["alice", "walt", "mia"] {
        house.layer(owner, "calendar", "private");
    }
    let planted = |name: &str, lines: &str| {
        EVENT
            .replace(":planted", &format!(":{name}"))
            .replace("CLASS:PRIVATE\r\n", lines)
    };
    let hidden = [
        ("busy", planted("busy", "CLASS:CONFIDENTIAL\r\n")),
        (
            "free",
            planted("free", "CLASS:PRIVATE\r\nTRANSP:TRANSPARENT\r\n"),
        ),
        ("vague", planted("vague", "X-STRATA-SENSITIVE:TRUE\r\n")),
        (
            "over",
            planted("over", "CLASS:PRIVATE\r\nSTATUS:CANCELLED\r\n"),
        ),
    ];
    const LAYER: &str = "/dav/calendars/alice/calendar/";
    for (name, text) in &hidden {
        let path = format!("{LAYER}{name}.ics");
        house.ask("alice", "PUT", &path, &[], text).is(201);
    }
    let mount = house.invite("alice", LAYER, "mia", "read-write");
    house.share("alice", "calendar", "walt", Right::ReadWrite);
    let seen = house.listing("walt", LAYER).unwrap();
    assert_eq!(seen.len(), 2);
    for (who, layer) in [("walt", LAYER), ("mia", &mount)] {
        for (name, text) in &hidden {
            // With a UID of one's own, and with the one that stands there.
            for uid in ["UID:another\r\n", &format!("UID:{name}\r\n")] {
                let text = planted("another", "").replace("UID:another\r\n", uid);
                let there = written(&house, who, layer, name, &text);
                let never = written(&house, who, layer, "never", &text);
                for (one, other) in there.iter().zip(&never) {
                    assert_eq!(one, other, "{who} at {name}");
                }
            }
            let found = house.listing("alice", LAYER).unwrap();
            let kept = found.keys().filter(|found| {
                let path = format!("{LAYER}{found}");
                house.ask("alice", "GET", &path, &[], "").body == *text
            });
            assert_eq!(kept.count(), 1, "{name}: {found:?}");
        }
    }
    assert_eq!(house.listing("walt", LAYER).unwrap(), seen);
    // Shown in full one day, it is somebody's to write, under a name that tells nothing of before.
    let found = house.listing("alice", LAYER).unwrap();
    let open = |name: &String| {
        let path = format!("{LAYER}{name}");
        let said = house.ask("alice", "GET", &path, &[], "");
        said.body.contains("UID:busy").then_some((path, said.body))
    };
    let (path, text) = found.keys().find_map(open).unwrap();
    let text = text.replace("CLASS:CONFIDENTIAL", "X-STRATA-DETAILS-TO:FRIENDS");
    house.ask("alice", "PUT", &path, &[], &text).is(204);
    for (who, layer) in [("walt", LAYER), ("mia", &mount)] {
        let whole = house.listing(who, layer).unwrap();
        let path = whole.keys().map(|name| format!("{layer}{name}"));
        let said = path.map(|path| (house.ask(who, "GET", &path, &[], "").is(200), path));
        let (said, path) = said
            .into_iter()
            .find(|(said, _)| said.body.contains("UID:busy"))
            .unwrap();
        assert_ne!(path, format!("{layer}busy.ics"));
        let changed = said
            .body
            .replace("SUMMARY:", &format!("SUMMARY:Moved by {who}, "));
        let tag = [("if-match", said.header("etag"))];
        house.ask(who, "PUT", &path, &tag, &changed).is(204);
        let again = house.ask(who, "GET", &path, &[], "").is(200);
        assert!(again.body.contains(&format!("Moved by {who}")));
        assert_eq!(
            again.header("etag"),
            house.listing(who, layer).unwrap()[path.strip_prefix(layer).unwrap()]
        );
    }
    let path = path.strip_prefix(LAYER).unwrap();
    assert_eq!(house.listing("alice", LAYER).unwrap().len(), 4);
    let text = house.ask("alice", "GET", &format!("{LAYER}{path}"), &[], "");
    assert!(text.is(200).body.contains("Moved by mia"));
}

/// What somebody who may write is answered at a name, from the first to the last time they write there.
fn written(house: &House, who: &str, layer: &str, name: &str, text: &str) -> Vec<String> {
    let path = format!("{layer}{name}.ics");
    let own = format!("/dav/calendars/{who}/calendar/own.ics");
    let put_own = || house.ask(who, "PUT", &own, &[], text).is(201);
    let mut told = Vec::new();
    let mut ask = |method: &str, at: &str, headers: &[(&str, &str)], body: &str| {
        let said = house.ask(who, method, at, headers, body);
        let mut headers: Vec<String> = said
            .headers
            .iter()
            .filter(|(name, _)| *name != "last-modified")
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        let answer = format!("{method}: {} {headers:?}\n{}", said.status, said.body);
        told.push(answer.replace(&path, "PATH"));
    };
    let named = crate::house::prop("<D:getetag/><D:displayname/><D:current-user-privilege-set/>");
    ask("PUT", &path, &[("if-match", "*")], text);
    ask("PUT", &path, &[], "no calendar");
    ask("PUT", &path, &[("if-none-match", "*")], text);
    ask("PUT", &path, &[("if-none-match", "*")], text);
    ask("GET", &path, &[], "");
    let third = format!("{layer}third.ics");
    ask("PUT", &third, &[], text);
    ask("COPY", &path, &[("destination", &third)], "");
    ask("PROPFIND", &path, &[("depth", "0")], &named);
    ask(
        "PUT",
        &path,
        &[("prefer", "return=representation")],
        &text.replace("Planted", "Other"),
    );
    ask("DELETE", &path, &[], "");
    ask("GET", &path, &[], "");
    for (method, overwrite) in [("COPY", "F"), ("COPY", "T"), ("MOVE", "F"), ("MOVE", "T")] {
        put_own();
        let headers = [("destination", path.as_str()), ("overwrite", overwrite)];
        ask(method, &own, &headers, "");
        ask("GET", &path, &[], "");
        ask("DELETE", &path, &[], "");
        house.ask(who, "DELETE", &own, &[], "");
    }
    told
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
