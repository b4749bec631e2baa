//! What other servers have let past their rules at another address, by another right, or with something that had been handed
//! out before: each as a test of its own.

use strata::calendar::Limits;
use strata::model::Right;

use crate::house::prop;
use crate::lessons::{HOME, WORK, event, house, sync, with};

fn multiget(hrefs: &[&str]) -> String {
    let hrefs: String = hrefs
        .iter()
        .map(|href| format!("<D:href>{href}</D:href>"))
        .collect();
    format!(
        "<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><D:getetag/>\
         <C:calendar-data/></D:prop>{hrefs}</C:calendar-multiget>"
    )
}

/// owncloud/core#26161, CVE-2026-45281, CVE-2013-0304, CVE-2013-2043: what the share hides stood open at another address.
#[test]
fn cve_2026_45281_no_other_address_leads_past_the_rules() {
    let house = house();
    house.put("/dav/calendars/alice/diary/d.ics", &event("d", ""));
    house.put(&format!("{WORK}h.ics"), &event("h", "CLASS:PRIVATE\r\n"));
    let aliases = |layer: &str, name: &str| {
        [
            format!("/dav/calendars/alice/{layer}/{name}"),
            format!("/dav/calendars/alice/{layer}/{name}/"),
            format!("//dav//calendars//alice//{layer}//{name}"),
            format!("/dav/calendars/%61lice/{layer}/{name}"),
            format!("/dav/calendars/alice/{layer}/{}", name.replace('.', "%2e")),
            format!("/dav/calendars/alice/{layer}/{name}?export"),
            format!("/dav/calendars/ALICE/{layer}/{name}"),
            format!("/dav/calendars/alice@example.com/{layer}/{name}"),
            format!("/dav/calendars/mailto:alice@example.com/{layer}/{name}"),
            format!("/dav/calendars/1/{layer}/{name}"),
            format!("/dav/principals/users/alice/{layer}/{name}"),
            format!("/dav/calendars/bob/friend-alice/{name}"),
            format!("/dav/calendars/bob/{layer}/{name}"),
            format!("/dav/calendars/bob/own/..%2f..%2falice/{layer}/{name}"),
            format!("/dav/calendars/alice/trash/{name}"),
        ]
    };
    for (layer, name) in [("diary", "d.ics"), ("work", "h.ics")] {
        for path in aliases(layer, name) {
            for who in ["bob", "dan", "nobody"] {
                for method in ["GET", "PROPFIND", "PUT", "DELETE", "PROPPATCH"] {
                    let said = house.ask(who, method, &path, &[], "");
                    assert!(said.status >= 400, "{who} {method} {path}: {}", said.status);
                    assert!(!said.body.contains("Planted"), "{who} {method} {path}");
                }
            }
        }
    }
    house
        .ask("alice", "GET", "/dav/calendars/alice/diary/d.ics", &[], "")
        .is(200);
    // Nor may anybody name themselves to act for another.
    let myself =
        "<D:group-member-set><D:href>/dav/principals/users/dan/</D:href></D:group-member-set>";
    let body = format!(
        "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>{myself}</D:prop></D:set></D:propertyupdate>"
    );
    for circle in ["calendar-proxy-write", "calendar-proxy-read", "friends"] {
        let path = format!("/dav/principals/users/alice/{circle}/");
        let said = house.ask("dan", "PROPPATCH", &path, &[], &body);
        assert!(
            said.status >= 400 || !said.body.contains("200 OK"),
            "{}",
            said.body
        );
    }
    assert_eq!(house.listing("dan", WORK), None);
}

/// GHSA of several servers; Stalwart#1768: the rights of a report were those of where it was sent, not of what it named.
#[test]
fn a_multiget_gets_nothing_from_elsewhere() {
    let house = house();
    house.put("/dav/calendars/alice/diary/d.ics", &event("d", ""));
    house.put(&format!("{WORK}h.ics"), &event("h", "CLASS:PRIVATE\r\n"));
    let hrefs = [
        "/dav/calendars/alice/diary/d.ics",
        "/dav/calendars/alice/work/h.ics",
        "http://cal.example.com/dav/calendars/alice/diary/d.ics",
        "http://other.example.com/dav/calendars/alice/work/h.ics",
        "/dav/calendars/bob/own/../../alice/diary/d.ics",
        "/dav/calendars/bob/own/%2e%2e/diary/d.ics",
        "d.ics",
        "../../alice/diary/d.ics",
        "//cal.example.com/dav/calendars/alice/diary/d.ics",
        "/dav/principals/users/alice/",
        "/dav/calendars/alice/diary/",
    ];
    for at in ["/dav/calendars/bob/own/", "/dav/calendars/bob/", WORK, HOME] {
        let said = house
            .ask("bob", "REPORT", at, &[], &multiget(&hrefs))
            .is(207);
        assert!(
            !said.body.contains("Planted") && !said.body.contains("200 OK"),
            "{at}: {}",
            said.body
        );
    }
}

/// Stalwart: the rights of the destination were not asked about by COPY and MOVE.
#[test]
fn nothing_is_copied_or_moved_into_the_homes_of_others() {
    let house = house();
    house
        .ask(
            "bob",
            "PUT",
            "/dav/calendars/bob/own/b.ics",
            &[],
            &event("b", ""),
        )
        .is(201);
    house.put("/dav/calendars/alice/diary/d.ics", &event("d", ""));
    house.put(&format!("{WORK}w.ics"), &event("w", ""));
    for method in ["COPY", "MOVE"] {
        for (to, status) in [
            ("/dav/calendars/alice/work/b.ics", 403),
            ("/dav/calendars/alice/work/w.ics", 403),
            ("/dav/calendars/alice/diary/b.ics", 409),
            ("/dav/calendars/alice/diary/d.ics", 409),
            ("/dav/calendars/alice/never/b.ics", 409),
            ("/dav/calendars/dan/own/b.ics", 409),
            ("/dav/calendars/nobody/own/b.ics", 409),
        ] {
            for overwrite in ["T", "F"] {
                let headers = [("destination", to), ("overwrite", overwrite)];
                let said = house.ask("bob", method, "/dav/calendars/bob/own/b.ics", &headers, "");
                let is_taken = said.status == 412 && to.ends_with("w.ics") && overwrite == "F";
                assert!(
                    said.status == status || is_taken,
                    "{method} {to}: {}",
                    said.status
                );
            }
        }
        for to in [
            "/dav/calendars/alice/new/",
            "/dav/calendars/alice/diary/",
            "/dav/calendars/dan/new/",
        ] {
            let said = house.ask(
                "bob",
                method,
                "/dav/calendars/bob/own/",
                &[("destination", to)],
                "",
            );
            assert!(
                matches!(said.status, 403 | 409),
                "{method} {to}: {}",
                said.status
            );
        }
        // Nor is anything taken out of them.
        let out = [("destination", "/dav/calendars/bob/own/taken.ics")];
        house
            .ask("bob", method, "/dav/calendars/alice/diary/d.ics", &out, "")
            .is(404);
    }
    house
        .ask(
            "bob",
            "MOVE",
            &format!("{WORK}w.ics"),
            &[("destination", "/dav/calendars/bob/own/w.ics")],
            "",
        )
        .is(403);
    house
        .ask("alice", "GET", "/dav/calendars/alice/diary/d.ics", &[], "")
        .is(200);
    house
        .ask("alice", "GET", &format!("{WORK}w.ics"), &[], "")
        .is(200);
}

/// CVE-2026-47081 and its family: what had been handed out outlived the right that it was handed out for.
#[test]
fn cve_2026_47081_a_token_ends_with_the_right() {
    let house = house();
    house.put(&format!("{WORK}w.ics"), &event("w", ""));
    let (bob, carol, alice) = (
        house.token("bob", WORK),
        house.token("carol", WORK),
        house.token("alice", WORK),
    );
    // Nobody else's token says anything to who shows it.
    for (who, foreign) in [
        ("bob", &carol),
        ("carol", &bob),
        ("bob", &alice),
        ("alice", &bob),
    ] {
        let said = house.ask(who, "REPORT", WORK, &[], &sync(foreign)).is(403);
        assert!(said.body.contains("valid-sync-token"), "{}", said.body);
    }
    house.unfriend("alice", "bob");
    house.unshare("alice", "work");
    for (who, token) in [("bob", &bob), ("carol", &carol)] {
        house.ask(who, "REPORT", WORK, &[], &sync(token)).is(404);
        house
            .ask(who, "GET", &format!("{WORK}w.ics"), &[], "")
            .is(404);
        let said = house.ask(who, "REPORT", "/dav/calendars/alice/", &[], &sync(token));
        assert_eq!(said.status, 404);
    }
    house.put(&format!("{WORK}meanwhile.ics"), &event("meanwhile", ""));
    house
        .ask("alice", "DELETE", &format!("{WORK}meanwhile.ics"), &[], "")
        .is(204);
    house.befriend("alice", "bob");
    house.share("alice", "work", "carol", Right::Read);
    for (who, token) in [("bob", &bob), ("carol", &carol)] {
        let said = house.ask(who, "REPORT", WORK, &[], &sync(token)).is(403);
        assert!(
            said.body.contains("valid-sync-token") && !said.body.contains("meanwhile"),
            "{}",
            said.body
        );
    }
}

/// How many layers somebody has, and how often they write, is in no token of anybody else's.
#[test]
fn a_token_tells_nothing_of_what_it_is_made_of() {
    let house = house();
    const VIEW: &str = "/dav/calendars/bob/friend-alice/";
    house.put(&format!("{WORK}w.ics"), &event("w", ""));
    let first = [house.token("bob", WORK), house.token("bob", VIEW)];
    for number in 0..12 {
        let layer = format!("more{number}");
        house.layer("alice", &layer, "friends");
        house.put(
            &format!("/dav/calendars/alice/{layer}/m.ics"),
            &event("m", ""),
        );
    }
    for _ in 0..130 {
        house.put(&format!("{WORK}w.ics"), &event("w", "SEQUENCE:1\r\n"));
        house.put(&format!("{WORK}w.ics"), &event("w", ""));
    }
    let then = [house.token("bob", WORK), house.token("bob", VIEW)];
    for (one, other) in first.iter().zip(&then) {
        assert_ne!(one, other);
        assert_eq!(one.len(), other.len());
        let (one, other) = (one.as_bytes(), other.as_bytes());
        let told = "urn:strata:sync:".len();
        let same = one[told..].iter().zip(&other[told..]);
        let same = same.filter(|(one, other)| one == other).count();
        assert!(same < one.len() / 4, "{same} of {}", one.len());
    }
    assert_eq!(house.token("bob", VIEW), then[1], "the same state");
    assert_ne!(house.token("carol", WORK), then[0]);
}

/// CVE-2026-45286 (nextcloud/calendar#8197): suggestions named people whom the directory would not.
#[test]
fn cve_2026_45286_the_directory_has_one_policy() {
    let house = with(Limits {
        directory: false,
        ..Limits::default()
    });
    let search = "<D:principal-property-search xmlns:D=\"DAV:\"><D:property-search><D:prop><D:displayname/></D:prop><D:match>a</D:match>\
                  </D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>";
    let words = "<CS:calendarserver-principal-search xmlns:CS=\"http://calendarserver.org/ns/\" xmlns:D=\"DAV:\">\
                 <CS:search-token>a</CS:search-token><D:prop><D:displayname/></D:prop></CS:calendarserver-principal-search>";
    for body in [search, words] {
        let said = house
            .ask("dan", "REPORT", "/dav/principals/", &[], body)
            .is(207);
        for other in ["alice", "bob", "carol", "walt"] {
            assert!(!said.body.contains(other), "{}", said.body);
        }
    }
    let listed = house
        .ask(
            "dan",
            "PROPFIND",
            "/dav/principals/users/",
            &[("depth", "1")],
            &prop("<D:displayname/>"),
        )
        .is(207);
    assert!(!listed.body.contains("alice"), "{}", listed.body);
    house
        .ask(
            "dan",
            "PROPFIND",
            "/dav/principals/users/alice/",
            &[("depth", "0")],
            "",
        )
        .is(404);
    // Who has been let in knows of her, and not with whom she keeps company.
    house.company("alice", "planted-group");
    let asked = prop(
        "<D:group-membership/><D:group-member-set/><CS:calendar-proxy-read-for/><CS:calendar-proxy-write-for/>",
    );
    let said = house
        .ask(
            "bob",
            "PROPFIND",
            "/dav/principals/users/alice/",
            &[("depth", "1")],
            &asked,
        )
        .is(207);
    assert!(!said.body.contains("planted"), "{}", said.body);
    let own = house
        .ask(
            "alice",
            "PROPFIND",
            "/dav/principals/users/alice/",
            &[("depth", "0")],
            &asked,
        )
        .is(207);
    assert!(own.body.contains("planted-group"), "{}", own.body);
}

/// CVE-2017-0894: what lets somebody in stood in a listing.
#[test]
fn cve_2017_0894_nothing_that_lets_anybody_in_is_listed() {
    let house = house();
    for path in [
        "/dav/",
        "/dav/principals/users/alice/",
        HOME,
        WORK,
        "/dav/principals/users/",
    ] {
        for body in [
            "<D:propfind xmlns:D=\"DAV:\"><D:allprop/></D:propfind>",
            &prop("<D:acl/><D:supported-live-property-set/>"),
        ] {
            let said = house
                .ask("alice", "PROPFIND", path, &[("depth", "1")], body)
                .is(207);
            assert!(!said.body.contains(crate::house::HASH), "{}", said.body);
        }
    }
}

/// A cache between served one viewer what another had fetched.
#[test]
fn no_cache_keeps_for_one_what_another_saw() {
    let house = house();
    house.put(&format!("{WORK}w.ics"), &event("w", ""));
    for who in ["alice", "bob"] {
        for path in [WORK, &format!("{WORK}w.ics"), HOME] {
            let said = house.ask(who, "GET", path, &[], "").is(200);
            assert_eq!(said.header("cache-control"), "private, no-cache", "{path}");
            let tag = said.header("etag").to_owned();
            if !tag.is_empty() {
                let again = house
                    .ask(who, "GET", path, &[("if-none-match", &tag)], "")
                    .is(304);
                assert_eq!(again.header("cache-control"), "private, no-cache", "{path}");
            }
        }
    }
    // One viewer's tag of a rendering is nobody else's.
    house.put(
        &format!("{WORK}c.ics"),
        &event("c", "CLASS:CONFIDENTIAL\r\n"),
    );
    let tag = |who| {
        let listing = house.listing(who, WORK).unwrap();
        listing
            .into_iter()
            .find(|(name, _)| name != "w.ics")
            .unwrap()
            .1
    };
    assert_ne!(tag("bob"), tag("carol"));
}

/// CVE-2019-18928: a request without a name inherited that of the one before.
#[test]
fn cve_2019_18928_who_asks_is_asked_every_time() {
    let house = house();
    house.put(&format!("{WORK}w.ics"), &event("w", ""));
    for _ in 0..3 {
        house
            .ask("alice", "GET", &format!("{WORK}w.ics"), &[], "")
            .is(200);
        house
            .ask("nobody", "GET", &format!("{WORK}w.ics"), &[], "")
            .is(401);
        house
            .ask("dan", "GET", &format!("{WORK}w.ics"), &[], "")
            .is(404);
    }
}

/// Who has been let in is not told who else has been.
#[test]
fn who_else_is_let_in_is_told_to_nobody() {
    let house = house();
    let rules = prop("<D:acl/><CS:invite/><D:current-user-privilege-set/><CS:shared-url/>");
    let told = |who: &str, path: &str| {
        let said = house.ask(who, "PROPFIND", path, &[("depth", "1")], &rules);
        said.is(207).body
    };
    assert!(told("alice", WORK).contains("walt"));
    let mount = house.invite("alice", WORK, "dan", "read");
    for (who, path) in [
        ("bob", WORK),
        ("carol", WORK),
        ("dan", WORK),
        ("dan", &mount),
        ("walt", WORK),
    ] {
        let said = told(who, path);
        for other in ["bob", "carol", "walt", "dan"] {
            let own = other == who || path.contains(other);
            assert!(
                own || !said.contains(other),
                "{who} is told of {other}: {said}"
            );
        }
    }
    let who = "<D:acl-principal-prop-set xmlns:D=\"DAV:\"><D:prop><D:displayname/></D:prop></D:acl-principal-prop-set>";
    let said = house.ask("bob", "REPORT", WORK, &[("depth", "0")], who);
    assert!(
        !said.body.contains("carol") && !said.body.contains("walt"),
        "{}",
        said.body
    );
}
