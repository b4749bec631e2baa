//! What the link of a shared view gives away: every combination of layer and item, and whose items are in it at all (E-066,
//! E-067).

use std::collections::BTreeMap;

use strata::calendar::{self, Access};
use strata::model::{Included, Includes, Link, ViewId};

use crate::house::{House, Said};
use crate::model::{self, ACCOUNT, FRIEND, OWNER, Sight};
use crate::published::{by_uid, sight};
use crate::tour::Tour;

impl House {
    fn acts<T>(&self, who: &str, work: impl FnMut(&mut Access) -> calendar::Result<T>) -> T {
        let done: calendar::Result<T> = self.calendars().write(&self.viewer(who), work);
        done.unwrap()
    }

    /// The view of that name in which somebody is.
    fn view(&self, who: &str, layer: &str) -> ViewId {
        self.acts(who, |access| {
            for (view, _) in access.views()? {
                if access.view_layer(view.id)? == layer {
                    return Ok(view.id);
                }
            }
            panic!("{who} has no {layer}")
        })
    }

    fn open(&self, owner: &str, view: ViewId, secret: u8) -> Link {
        self.acts(owner, |access| {
            access.open_view(view, &[secret; 32])?;
            Ok(Link::View(access.view_link(view)?.unwrap().id))
        })
    }

    fn agree(&self, who: &str, view: ViewId, open: bool) {
        self.acts(who, |access| access.set_view_open(view, open));
    }

    fn shown(&self, link: Link) -> Said {
        self.fetch_link(link, &[]).is(200)
    }

    fn make_public(&self, who: &str, layer: &str) {
        let path = format!("/dav/calendars/{who}/{layer}/");
        let body = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>\
                    <S:visibility>public</S:visibility></D:prop></D:set></D:propertyupdate>";
        self.ask(who, "PROPPATCH", &path, &[], body).is(207);
    }

    fn writes_event(&self, who: &str, name: &str, lines: &str) {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{name}\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART:{}\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n",
            soon()
        );
        let path = format!("/dav/calendars/{who}/calendar/{name}.ics");
        let said = self.ask(who, "PUT", &path, &[], &text);
        assert!([201, 204].contains(&said.status), "{}", said.body);
    }
}

/// A time that such a feed reaches.
fn soon() -> String {
    let day = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .saturating_add(jiff::Span::new().days(7));
    day.strftime("%Y%m%dT100000Z").to_string()
}

/// Strangers see what everybody who has an account would see, each item marked with whose it is, under a name of its own.
fn walk(layer: &'static str) {
    let mut tour = Tour::of(layer, 37);
    let view = tour.house.view(OWNER, "view-1");
    let link = tour.house.open(OWNER, view, 1);
    let said = tour.house.shown(link);
    let stream = said.body.replace("\r\n ", "");
    let marked = stream.replace("\r\nSUMMARY:alice: ", "\r\nSUMMARY:");
    let mut found = BTreeMap::new();
    for (uid, text) in by_uid(&marked) {
        let number = model::number(&text);
        let once = found.insert(number, sight(&text)).is_none();
        tour.unless(once, || format!("{uid} is a second {number}"));
        let own = uid == tour.cases[number].uid();
        tour.unless(!own, || format!("the UID {uid}"));
        for word in ["X-STRATA", "BEGIN:VALARM", "RELATED-TO"] {
            tour.unless(!text.contains(word), || text.clone());
        }
    }
    for case in tour.cases.clone() {
        let expected = case.published(layer, "everyone");
        let seen = found.get(&case.number).copied().unwrap_or(Sight::Nothing);
        tour.unless(seen == expected, || {
            format!("strangers see {seen:?}: {case:?} {expected:?}")
        });
    }
    for (kind, number) in model::secrets(&stream) {
        let whole = tour.cases[number].published(layer, "everyone") == Sight::Whole;
        let hidden = matches!(kind, 'I' | 'J' | 'K' | 'N' | 'P' | 'U' | 'V' | 'W' | 'Y');
        tour.unless(whole && !hidden, || {
            format!("strangers are told {}", model::secret(kind, number))
        });
    }
    assert!(tour.faults.is_empty(), "{}", tour.faults.join("\n\n"));
    assert!(
        !found.is_empty(),
        "some items say that they are for everybody"
    );
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

/// Alice, who owns a view, and anna, who joined it when it was its members' alone. Both have something for everybody.
fn house() -> (House, ViewId) {
    let house = House::of(&[OWNER, ACCOUNT, FRIEND], calendar::Limits::default());
    for who in [OWNER, ACCOUNT] {
        let path = format!("/dav/calendars/{who}/calendar/");
        house.ask(who, "MKCALENDAR", &path, &[], "").is(201);
        house.make_public(who, "calendar");
        for (name, lines) in [
            ("open", "X-STRATA-DETAILS-TO:EVERYONE\r\nSUMMARY:Fair\r\n"),
            ("bar", "SUMMARY:Surgery\r\n"),
            (
                "friends",
                "X-STRATA-VISIBILITY:FRIENDS\r\nSUMMARY:Party\r\n",
            ),
            (
                "sensitive",
                "X-STRATA-DETAILS-TO:EVERYONE\r\nX-STRATA-SENSITIVE:TRUE\r\nSUMMARY:Therapy\r\n",
            ),
        ] {
            house.writes_event(who, &format!("{who}-{name}"), lines);
        }
    }
    let layer = house.bring_together(OWNER, &[ACCOUNT, FRIEND]);
    let view = house.view(OWNER, &layer);
    (house, view)
}

/// How many items of somebody a stream holds.
fn of(stream: &str, who: &str) -> usize {
    stream.matches(&format!("SUMMARY:{who}: ")).count()
}

/// Who joined a view of its members is in its link when they say so, no sooner and no longer.
#[test]
fn a_member_is_in_the_link_by_their_own_word() {
    let (house, view) = house();
    let link = house.open(OWNER, view, 1);
    let before = house.shown(link);
    assert_eq!(of(&before.body, OWNER), 3, "{}", before.body);
    assert_eq!(of(&before.body, ACCOUNT), 0);
    let has_secrets = |body: &str| {
        ["Surgery", "Party", "Therapy"]
            .iter()
            .any(|it| body.contains(it))
    };
    assert!(before.body.contains("SUMMARY:alice: Fair") && !has_secrets(&before.body));
    // What a member who has not agreed does is no change in it.
    house.writes_event(
        ACCOUNT,
        "anna-more",
        "X-STRATA-DETAILS-TO:EVERYONE\r\nSUMMARY:More\r\n",
    );
    assert_eq!(house.shown(link).header("etag"), before.header("etag"));

    house.agree(ACCOUNT, view, true);
    let with = house.shown(link).body;
    assert_eq!(of(&with, ACCOUNT), 4, "{with}");
    assert!(with.contains("SUMMARY:anna: Fair") && !has_secrets(&with));
    // Consent to sorts counts besides: what is for everybody is `personal-public`.
    let only = |sorts: &[Included]| {
        let sorts = Includes::of(sorts.iter().cloned());
        house.acts(ACCOUNT, |access| access.set_view_consent(view, &sorts));
        of(&house.shown(link).body, ACCOUNT)
    };
    assert_eq!(only(&[Included::Personal, Included::PersonalFriends]), 0);
    assert_eq!(only(&[Included::PersonalPublic]), 4);
    house.agree(ACCOUNT, view, false);
    assert_eq!(house.shown(link).body, before.body);

    // Who leaves and comes back begins anew.
    house.agree(ACCOUNT, view, true);
    house.acts(ACCOUNT, |access| access.leave_view(view));
    assert_eq!(of(&house.shown(link).body, ACCOUNT), 0);
    house.acts(OWNER, |access| access.invite_to_view(view, ACCOUNT));
    house.acts(ACCOUNT, |access| access.accept_view(view, None));
    assert_eq!(of(&house.shown(link).body, ACCOUNT), 0);
}

/// Its owner alone makes it and ends it; what it opened is not there any more.
#[test]
fn a_link_is_the_owners_to_make_and_to_end() {
    let (house, view) = house();
    let opens = |who: &str| {
        let done: calendar::Result<()> = house.calendars().write(&house.viewer(who), |access| {
            access.open_view(view, &[9; 32])
        });
        done.is_ok()
    };
    assert!(!opens(ACCOUNT) && !opens(FRIEND));
    let link = house.open(OWNER, view, 1);
    assert!(!opens(OWNER), "one link at a time");
    let names = |link| {
        let body = house.shown(link).body;
        let names = by_uid(&body).into_keys().map(str::to_owned);
        names.collect::<Vec<_>>()
    };
    let first = names(link);
    assert!(house.acts(OWNER, |access| access.close_view(view)));
    house.fetch_link(link, &[]).is(404);
    let next = house.open(OWNER, view, 3);
    assert!(
        names(next).iter().all(|name| !first.contains(name)),
        "nothing joins one link to the next"
    );
    house.acts(OWNER, |access| access.delete_view(view));
    house.fetch_link(next, &[]).is(404);
}
