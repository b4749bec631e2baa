//! E-147: one item handed to a friend, and nothing else of the calendar that it stands in.

use strata::calendar::{self, Limits, Privilege, Refusal};

use crate::house::{House, members};

const LAYER: &str = "/dav/calendars/alice/secret/";
const HANDED: &str = "/dav/calendars/fred/shared-with-me/";

fn event(uid: &str, summary: &str, more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20260601T100000Z\r\nDURATION:PT1H\r\nSUMMARY:{summary}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// Alice's secret calendar with three items, of which nobody knows anything.
fn house() -> House {
    let house = House::of(&["alice", "fred", "anna"], Limits::default());
    house.befriend("alice", "fred");
    house.layer("alice", "secret", "private");
    for name in ["one", "two", "three"] {
        house.write_item(name, &event(name, &format!("Word of {name}"), ""));
    }
    house
}

impl House {
    fn write_item(&self, name: &str, text: &str) {
        let said = self.ask("alice", "PUT", &format!("{LAYER}{name}.ics"), &[], text);
        assert!([201, 204].contains(&said.status), "{}", said.body);
    }

    fn hand(&self, who: &str, name: &str, to: &str) -> Result<usize, Refusal> {
        let done: calendar::Result<usize> = self.calendars().write(&self.viewer(who), |access| {
            let of = access.collection("alice", "secret")?;
            Ok(access.hand_item(&of, &format!("{name}.ics"), &[to])?.len())
        });
        refused(done)
    }

    fn take_back(&self, name: &str, from: &str) -> Result<(), Refusal> {
        let done = self.calendars().write(&self.viewer("alice"), |access| {
            let of = access.collection("alice", "secret")?;
            access.take_back_item(&of, &format!("{name}.ics"), from)
        });
        refused(done)
    }

    fn text_of_all(&self) -> String {
        self.ask("fred", "GET", HANDED, &[], "").is(200).body
    }

    /// Names that are new or changed since a token, and the next token; `None`: the token is no base of anything any more.
    fn since(&self, token: &str) -> Option<(Vec<(String, bool)>, String)> {
        let body = format!(
            "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>\
             <D:prop><D:getetag/></D:prop></D:sync-collection>"
        );
        let said = self.ask("fred", "REPORT", HANDED, &[], &body);
        if said.status == 403 {
            assert!(said.body.contains("valid-sync-token"), "{}", said.body);
            return None;
        }
        let list = said.is(207).xml();
        let found = members(&list, HANDED);
        let found = found.into_iter().map(|(name, tag)| (name, !tag.is_empty()));
        Some((found.collect(), list.text_of("sync-token").unwrap()))
    }
}

fn refused<T>(done: calendar::Result<T>) -> Result<T, Refusal> {
    done.map_err(|error| match error {
        calendar::Error::Refused(refusal) => refusal,
        other => panic!("{other}"),
    })
}

#[test]
fn a_friend_reads_what_was_handed_over_and_nothing_else() {
    let house = house();
    assert_eq!(house.listing("fred", HANDED), None);
    assert_eq!(house.hand("alice", "one", "fred"), Ok(1));
    assert_eq!(house.hand("alice", "one", "fred"), Ok(0));
    let text = house.text_of_all();
    assert!(text.contains("SUMMARY:Word of one\r\n"), "{text}");
    assert!(
        !text.contains("two") && !text.contains("three") && !text.contains("UID:one"),
        "{text}"
    );
    assert_eq!(house.listing("fred", LAYER), None);
    assert_eq!(
        house
            .listing("fred", "/dav/calendars/fred/friend-alice/")
            .unwrap_or_default()
            .len(),
        0
    );
    let name = house
        .listing("fred", HANDED)
        .unwrap()
        .into_keys()
        .next()
        .unwrap();
    let path = format!("{HANDED}{name}");
    assert!(
        house
            .ask("fred", "GET", &path, &[], "")
            .is(200)
            .body
            .contains("Word of one")
    );
    let said = house
        .ask("fred", "PUT", &path, &[], &event("one", "x", ""))
        .is(403);
    assert!(said.body.contains("need-privileges"), "{}", said.body);
    house.ask("fred", "DELETE", &path, &[], "").is(403);
    house.ask("anna", "GET", &path, &[], "").is(404);
    // Who sees no more of it in a shared calendar sees no more of it here.
    house.write_item(
        "one",
        &event("one", "Word of one", "X-STRATA-DETAILS-TO:NOBODY\r\n"),
    );
    let text = house.text_of_all();
    assert!(
        text.contains("SUMMARY:Busy\r\n") && !text.contains("Word"),
        "{text}"
    );
}

#[test]
fn an_edit_of_another_item_is_no_change() {
    let house = house();
    house.hand("alice", "one", "fred").unwrap();
    let (first, token) = house.since("").unwrap();
    assert_eq!(first.len(), 1);
    let ctag = house.ctag("fred", HANDED);
    house.write_item("two", &event("two", "Something else", ""));
    house.write_item("four", &event("four", "New", ""));
    house
        .ask("alice", "DELETE", &format!("{LAYER}three.ics"), &[], "")
        .is(204);
    assert_eq!(house.since(&token), Some((vec![], token.clone())));
    assert_eq!(house.ctag("fred", HANDED), ctag);
    house.write_item("one", &event("one", "Another word", ""));
    let (changed, next) = house.since(&token).unwrap();
    assert_eq!(changed, first);
    assert_eq!(house.since(&next), Some((vec![], next.clone())));
    house.write_item(
        "one",
        &event(
            "one",
            "Another word",
            "X-STRATA-DETAILS-TO:NOBODY\r\nTRANSP:TRANSPARENT\r\n",
        ),
    );
    let (gone, last) = house.since(&next).unwrap();
    assert_eq!(gone, [(first[0].0.clone(), false)]);
    house.hand("alice", "two", "fred").unwrap();
    assert_eq!(house.since(&last), None);
}

#[test]
fn it_ends_with_the_item_the_friendship_or_the_friends_wish() {
    let ends: [fn(&House); 5] = [
        |house| house.take_back("one", "fred").unwrap(),
        |house| house.unfriend("alice", "fred"),
        |house| house.block("alice", "fred"),
        |house| drop(house.ask("fred", "DELETE", HANDED, &[], "").is(204)),
        |house| {
            house
                .ask("alice", "DELETE", &format!("{LAYER}one.ics"), &[], "")
                .is(204);
        },
    ];
    for (number, end) in ends.iter().enumerate() {
        let house = house();
        house.hand("alice", "one", "fred").unwrap();
        end(&house);
        let left = house.listing("fred", HANDED);
        assert!(left.is_none_or(|left| left.is_empty()), "{number}");
        house.ask("fred", "GET", LAYER, &[], "").is(404);
        if number == 1 {
            house.befriend("alice", "fred");
            assert_eq!(house.listing("fred", HANDED), None);
        }
    }
}

#[test]
fn only_owners_hand_over_and_only_to_friends() {
    let house = house();
    assert_eq!(house.hand("alice", "one", "anna"), Err(Refusal::NotFound));
    assert_eq!(house.hand("alice", "one", "nobody"), Err(Refusal::NotFound));
    assert_eq!(
        house.hand("alice", "nothing", "fred"),
        Err(Refusal::NotFound)
    );
    assert_eq!(house.hand("fred", "one", "alice"), Err(Refusal::NotFound));
    assert_eq!(house.take_back("one", "fred"), Err(Refusal::NotFound));
    house.share("alice", "secret", "fred", strata::model::Right::ReadWrite);
    let needs = Privilege::WriteAcl;
    assert_eq!(
        house.hand("fred", "one", "alice"),
        Err(Refusal::Forbidden { needs })
    );
}
