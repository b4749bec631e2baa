//! What other servers have leaked, each as a test of its own: advisories by their number, complaints by where they were made.

use strata::calendar::Limits;
use strata::model::Right;

use crate::house::{House, prop};

pub const WORK: &str = "/dav/calendars/alice/work/";
pub const HOME: &str = "/dav/calendars/alice/";

/// Alice has a calendar for friends and one for herself; Bob is her friend, Carol reads and Walt writes what she shared, and
/// Dan is nobody to her.
pub fn house() -> House {
    with(Limits::default())
}

pub fn with(limits: Limits) -> House {
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

pub fn event(uid: &str, lines: &str) -> String {
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

    pub fn put(&self, path: &str, text: &str) {
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

    pub fn token(&self, who: &str, collection: &str) -> String {
        let said = self.ask(who, "REPORT", collection, &[], &sync("")).is(207);
        let (_, after) = said.body.rsplit_once("<D:sync-token>").unwrap();
        after.split_once('<').unwrap().0.to_owned()
    }
}

pub fn sync(token: &str) -> String {
    format!(
        "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>\
         <D:prop><D:getetag/></D:prop></D:sync-collection>"
    )
}

/// What an owner has said of one occurrence stays when a client that knows nothing of it writes the series back, until the
/// owner says otherwise or no occurrence stands apart any more.
#[test]
fn an_occurrence_stays_as_private_as_its_owner_made_it() {
    let house = house();
    let path = format!("{WORK}s.ics");
    let rule = "RRULE:FREQ=DAILY;COUNT=3\r\n";
    let series = |more: &str| {
        component(
            "s",
            "DTSTART:20260601T100000Z\r\n",
            &format!("{rule}{more}"),
        )
    };
    let moved = |lines: &str| {
        let when = "RECURRENCE-ID:20260602T100000Z\r\nDTSTART:20260602T150000Z\r\n";
        component("s", when, &format!("COMMENT:Planted\r\n{lines}"))
    };
    let busy = |house: &House| {
        let text = house.read("bob", WORK);
        assert!(
            text.contains("SUMMARY:Busy") && !text.contains("Planted"),
            "{text}"
        );
    };
    house.put(
        &path,
        &calendar(&(series("") + &moved("X-STRATA-DETAILS-TO:NOBODY\r\n"))),
    );
    busy(&house);
    // A client that drops what it does not know.
    house.put(&path, &calendar(&(series("") + &moved(""))));
    busy(&house);
    house.put(
        &path,
        &calendar(&(series("LOCATION:There\r\n") + &moved("CLASS:PUBLIC\r\n"))),
    );
    busy(&house);
    house.put(
        &path,
        &calendar(&(series("") + &moved("X-STRATA-DETAILS-TO:FRIENDS\r\n"))),
    );
    assert!(house.read("bob", WORK).contains("Planted"));
    house.put(
        &path,
        &calendar(&(series("") + &moved("X-STRATA-VISIBILITY:PRIVATE\r\n"))),
    );
    house.put(&path, &calendar(&(series("") + &moved(""))));
    assert_eq!(house.read("bob", WORK), "");
    house.put(&path, &calendar(&series("EXDATE:20260602T100000Z\r\n")));
    assert!(house.read("bob", WORK).contains("Planted"));
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
