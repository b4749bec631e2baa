//! What other servers have leaked, each as a test of its own: advisories by their number, complaints by where they were made.

use strata::calendar::Limits;
use strata::model::Right;

use crate::house::{House, prop};

const WORK: &str = "/dav/calendars/alice/work/";
const HOME: &str = "/dav/calendars/alice/";

/// Alice has a calendar for friends and one for herself; Bob is her friend, Carol reads and Walt writes what she shared, and
/// Dan is nobody to her.
fn house() -> House {
    with(Limits::default())
}

fn with(limits: Limits) -> House {
    let house = House::of(&["alice", "bob", "carol", "walt", "dan"], limits);
    house.layer("alice", "work", "friends");
    house.layer("alice", "diary", "private");
    for other in ["bob", "carol", "walt", "dan"] {
        house.layer(other, "own", "private");
    }
    house.befriend("alice", "bob");
    house.share("alice", "work", "carol", Right::Read);
    house.share("alice", "work", "walt", Right::ReadWrite);
    house
}

fn event(uid: &str, lines: &str) -> String {
    calendar(&component(uid, "DTSTART:20260601T100000Z\r\n", lines))
}

fn component(uid: &str, when: &str, lines: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:19890101T000000Z\r\n{when}DURATION:PT1H\r\nSUMMARY:Planted\r\n{lines}END:VEVENT\r\n"
    )
}

fn calendar(inside: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n{inside}END:VCALENDAR\r\n")
}

impl House {
    pub fn layer(&self, owner: &str, name: &str, visibility: &str) {
        let path = format!("/dav/calendars/{owner}/{name}/");
        self.ask(owner, "MKCALENDAR", &path, &[], "").is(201);
        self.set(
            owner,
            &path,
            &format!("<S:visibility>{visibility}</S:visibility>"),
        );
    }

    pub fn set(&self, who: &str, path: &str, props: &str) {
        let body = format!(
            "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>{props}</D:prop></D:set>\
             </D:propertyupdate>"
        );
        let said = self.ask(who, "PROPPATCH", path, &[], &body).is(207);
        assert!(said.body.contains("200 OK"), "{}", said.body);
    }

    fn put(&self, path: &str, text: &str) {
        let said = self.ask("alice", "PUT", path, &[], text);
        assert!(matches!(said.status, 201 | 204), "{}", said.body);
    }

    /// The names that a viewer finds in a collection.
    fn names(&self, who: &str, collection: &str) -> Vec<String> {
        let listing = self.listing(who, collection).unwrap_or_default();
        listing.into_keys().collect()
    }

    /// Everything that a viewer finds in a collection, in one text.
    fn read(&self, who: &str, collection: &str) -> String {
        let names = self.names(who, collection);
        let texts = names.iter().map(|name| {
            self.ask(who, "GET", &format!("{collection}{name}"), &[], "")
                .is(200)
                .body
        });
        texts.collect()
    }

    fn token(&self, who: &str, collection: &str) -> String {
        let said = self.ask(who, "REPORT", collection, &[], &sync("")).is(207);
        let (_, after) = said.body.rsplit_once("<D:sync-token>").unwrap();
        after.split_once('<').unwrap().0.to_owned()
    }
}

fn sync(token: &str) -> String {
    format!(
        "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>\
         <D:prop><D:getetag/></D:prop></D:sync-collection>"
    )
}

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

/// CVE-2024-37887, nextcloud/server#45041: an occurrence of a private series was shown in full to who may not know the series.
#[test]
fn cve_2024_37887_an_override_is_as_private_as_its_series() {
    for (class, shown) in [("PRIVATE", 0), ("CONFIDENTIAL", 1), ("X-OURS", 0)] {
        let house = house();
        let series = component(
            "s",
            "DTSTART:20260601T100000Z\r\n",
            &format!("RRULE:FREQ=DAILY;COUNT=3\r\nCLASS:{class}\r\n"),
        );
        let moved = "RECURRENCE-ID:20260602T100000Z\r\nDTSTART:20260602T150000Z\r\n";
        for lines in [
            "",
            "CLASS:PUBLIC\r\n",
            "X-STRATA-VISIBILITY:PUBLIC\r\nX-STRATA-DETAILS-TO:EVERYONE\r\n",
        ] {
            house.put(
                &format!("{WORK}s.ics"),
                &calendar(&format!("{series}{}", component("s", moved, lines))),
            );
            assert_eq!(house.names("bob", WORK).len(), shown, "{class}");
            for who in ["bob", "carol", "walt"] {
                let text = house.read(who, WORK) + &house.ask(who, "GET", WORK, &[], "").body;
                assert!(!text.contains("Planted"), "{who} {class} {lines}: {text}");
                let query = "<C:calendar-query xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><C:calendar-data>\
                     <C:expand start=\"20260602T000000Z\" end=\"20260603T000000Z\"/></C:calendar-data></D:prop><C:filter>\
                     <C:comp-filter name=\"VCALENDAR\"><C:comp-filter name=\"VEVENT\"><C:time-range start=\"20260602T140000Z\" \
                     end=\"20260602T160000Z\"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>";
                let said = house
                    .ask(who, "REPORT", WORK, &[("depth", "1")], query)
                    .is(207);
                assert!(
                    !said.body.contains("Planted"),
                    "{who} {class}: {}",
                    said.body
                );
            }
        }
    }
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

/// CVE-2016-6190: the real UID, and when somebody had worked on it, stood in the view of times alone.
#[test]
fn cve_2016_6190_uid_and_stamps_tell_nothing() {
    let house = house();
    let secret = "CREATED:19870101T000000Z\r\nLAST-MODIFIED:19880101T000000Z\r\nSEQUENCE:77\r\nCLASS:CONFIDENTIAL\r\n";
    house.put(
        &format!("{WORK}planted-name.ics"),
        &event("planted-uid", secret),
    );
    let look = |who| {
        let listing = house.listing(who, WORK).unwrap();
        let said = house.ask(
            who,
            "PROPFIND",
            WORK,
            &[("depth", "1")],
            "<D:propfind xmlns:D=\"DAV:\"><D:allprop/></D:propfind>",
        );
        (listing, house.read(who, WORK), said.is(207).body)
    };
    let (bob, carol) = (look("bob"), look("carol"));
    for (listing, text, properties) in [&bob, &carol] {
        for word in ["planted", "1987", "1988", "1989", "SEQUENCE", "alice@"] {
            assert!(!text.contains(word), "{text}");
            assert!(!properties.contains(word), "{properties}");
        }
        assert_eq!(listing.len(), 1);
    }
    assert_ne!(
        bob.0.keys().next(),
        carol.0.keys().next(),
        "two who compare notes learn nothing"
    );
    // An edit that nobody sees is no change, to the byte.
    house.put(
        &format!("{WORK}planted-name.ics"),
        &event("planted-uid", &format!("{secret}DESCRIPTION:more\r\n")),
    );
    assert_eq!(look("bob"), bob);
}

/// CVE-2016-6189: a list of what to leave out forgets what it has never heard of.
#[test]
fn cve_2016_6189_what_nobody_has_heard_of_is_left_out_too() {
    let house = house();
    let unheard = "NEWLY-REGISTERED;WITH=planted:planted\r\nX-OTHER:planted\r\nGEO:48.2;16.3\r\nPRIORITY:7\r\nSTRUCTURED-DATA;VALUE=TEXT:\
                   planted\r\nCONFERENCE;VALUE=URI:https://planted.example/\r\nIMAGE;VALUE=URI:https://planted.example/i\r\n\
                   RELATED-TO:planted\r\nREQUEST-STATUS:2.0;planted\r\nRESOURCES:planted\r\nCOLOR:red\r\nCLASS:CONFIDENTIAL\r\n\
                   BEGIN:PARTICIPANT\r\nUID:planted-p\r\nPARTICIPANT-TYPE:ACTIVE\r\nEND:PARTICIPANT\r\n\
                   BEGIN:X-COMPONENT\r\nX-INSIDE:planted\r\nEND:X-COMPONENT\r\n";
    house.put(&format!("{WORK}x.ics"), &event("x", unheard));
    for who in ["bob", "carol"] {
        let text = house.read(who, WORK);
        assert!(text.contains("SUMMARY:Busy"), "{text}");
        for word in [
            "planted",
            "48.2",
            "PRIORITY",
            "PARTICIPANT",
            "X-",
            "COLOR",
            "REGISTERED",
        ] {
            assert!(!text.contains(word), "{text}");
        }
    }
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

/// nextcloud/server#54533, nextcloud/calendar#7591: who may write saw all there is; and what they did not see, they lost.
#[test]
fn who_may_write_sees_no_more_and_loses_nothing() {
    let house = house();
    house.put(
        &format!("{WORK}secret.ics"),
        &event("secret", "CLASS:CONFIDENTIAL\r\nDESCRIPTION:planted\r\n"),
    );
    let before = house
        .ask("alice", "GET", &format!("{WORK}secret.ics"), &[], "")
        .is(200)
        .body;
    let seen = house.names("walt", WORK).remove(0);
    assert!(!seen.contains("secret"));
    let path = format!("{WORK}{seen}");
    let text = house.ask("walt", "GET", &path, &[], "").is(200).body;
    for (method, body) in [("PUT", text.as_str()), ("DELETE", ""), ("MOVE", "")] {
        let headers = [("destination", "/dav/calendars/walt/own/x.ics")];
        let said = house.ask("walt", method, &path, &headers, body).is(403);
        assert!(said.body.contains("need-privileges"), "{}", said.body);
    }
    // The UID that it really has is no conflict that they would be told of.
    house
        .ask(
            "walt",
            "PUT",
            &format!("{WORK}mine.ics"),
            &[],
            &event("secret", ""),
        )
        .is(201);
    assert_eq!(
        house
            .ask("alice", "GET", &format!("{WORK}secret.ics"), &[], "")
            .is(200)
            .body,
        before
    );
    // Nor may they open up what they see.
    house.put(&format!("{WORK}open.ics"), &event("open", ""));
    let wider = event(
        "open",
        "X-STRATA-DETAILS-TO:EVERYONE\r\nX-STRATA-VISIBILITY:PUBLIC\r\n",
    );
    house
        .ask("walt", "PUT", &format!("{WORK}open.ics"), &[], &wider)
        .is(403);
}

/// nextcloud/calendar#8076 and #4876: a blank made a public event invisible, and an author lost their own private one.
#[test]
fn class_is_read_as_it_is_meant() {
    let house = house();
    house.put(
        &format!("{WORK}blank.ics"),
        &event("blank", "CLASS: PUBLIC\r\n"),
    );
    house.put(
        &format!("{WORK}private.ics"),
        &event("private", "CLASS:PRIVATE\r\n"),
    );
    assert_eq!(house.names("bob", WORK), ["blank.ics"]);
    assert_eq!(house.names("alice", WORK), ["blank.ics", "private.ics"]);
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

/// How an owner arranges what is theirs, and how full it is, is no change to anybody else and told to nobody.
#[test]
fn what_an_owner_sets_for_themselves_is_told_to_nobody() {
    let house = with(Limits {
        quota_bytes: Some(1 << 20),
        ..Limits::default()
    });
    let look = |who: &str| {
        let mut seen = String::new();
        let own = "<D:quota-used-bytes/><D:quota-available-bytes/><D:getetag/><D:sync-token/><CS:getctag/><S:enabled/><S:visibility/>\
                   <D:creationdate/><A:calendar-order xmlns:A=\"http://apple.com/ns/ical/\"/><Z:note xmlns:Z=\"urn:zq\"/>";
        for path in [HOME, WORK] {
            for body in [
                prop(own),
                "<D:propfind xmlns:D=\"DAV:\"><D:allprop/></D:propfind>".to_owned(),
            ] {
                seen += &house
                    .ask(who, "PROPFIND", path, &[("depth", "1")], &body)
                    .is(207)
                    .body;
            }
        }
        seen
    };
    let before = ["bob", "carol", "walt"].map(look);
    house.set(
        "alice",
        WORK,
        "<A:calendar-order xmlns:A=\"http://apple.com/ns/ical/\">7</A:calendar-order>",
    );
    house.set(
        "alice",
        WORK,
        "<S:enabled>false</S:enabled><Z:note xmlns:Z=\"urn:zq\">planted</Z:note>",
    );
    house.set("alice", HOME, "<Z:note xmlns:Z=\"urn:zq\">planted</Z:note>");
    house.put("/dav/calendars/alice/diary/d.ics", &event("d", ""));
    house.put(
        &format!("{WORK}h.ics"),
        &event(
            "h",
            "CLASS:PRIVATE\r\nX-STRATA-DETAILS-TO:NOBODY\r\nTRANSP:TRANSPARENT\r\n",
        ),
    );
    assert_eq!(["bob", "carol", "walt"].map(look), before);
    assert!(
        !before.concat().contains("quota-used-bytes>"),
        "{}",
        before[0]
    );
}
