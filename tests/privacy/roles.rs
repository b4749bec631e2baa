//! A role-based view shows what the platform keeps and no layer of a person's own: whatever it is said to include, whatever those layers
//! are called and however open they are (E-065, E-069, E-070).

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use strata::calendar::system::{Kind, Origin, RecordDraft, System};
use strata::calendar::{self, Limits, Refusal, ViewDraft, ViewPatch};
use strata::model::{Details, Included, Includes, SystemKind, ViewId, Visibility};
use strata::store::views;

use crate::house::House;

/// What the platform keeps here; one of the names that are known anywhere is left out.
const KINDS: [&str; 5] = [
    "shifts",
    "tickets",
    "public_events",
    "interviews",
    "follow_ups",
];

/// As a person may call a calendar of their own.
const NAMES: [&str; 11] = [
    "shifts-own",
    "tickets-2",
    "polls",
    "public-events-2",
    "interviews-2",
    "follow-ups-2",
    "personal",
    "personal-public",
    "external",
    "system",
    "kept",
];

const MAKER: &str = "anna";

fn house() -> (House, ViewId) {
    let house = House::of(&["alice", "fred", MAKER], Limits::default());
    let kind = |name: &str| Kind {
        kind: SystemKind::named(name).unwrap(),
        title: format!("My {name}"),
        color: "#1890ff".to_owned(),
        label: "Busy".into(),
        visibility: Visibility::Public,
        details: Details::Everyone,
        remind: None,
        busy: true,
        origin: Origin::Records,
    };
    let house = house.keeping(System::new(KINDS.map(kind)));
    house.sql("UPDATE users SET admin = 1 WHERE name = 'anna'");
    house.company("alice", "staff");
    let store = house.store();
    let fred = house.user("fred").id;
    let joined = store.write(|tx| {
        let group = strata::store::accounts::group_by_name(tx, "staff")?.unwrap();
        strata::store::accounts::add_member(tx, group.id, fred)
    });
    joined.unwrap();
    for kind in KINDS {
        for who in ["alice", "fred"] {
            let draft = RecordDraft {
                id: format!("{kind} {who}"),
                owner: Some(who.to_owned()),
                start: "2026-12-01T10:00:00Z".to_owned(),
                title: Some(format!("kept {kind}")),
                ..RecordDraft::default()
            };
            let done: calendar::Result<bool> =
                house.calendars().write(&house.viewer(MAKER), |access| {
                    access.put_record(kind, &draft)
                });
            assert!(done.unwrap());
        }
    }
    for who in ["alice", "fred"] {
        for name in NAMES {
            own(&house, who, name);
        }
    }
    // Feeds of others are no more the platform's than one's own calendars are.
    house.sql("UPDATE layers SET kind = 'external' WHERE name = 'external' AND owner = 1");
    let draft = ViewDraft {
        name: "Staff".into(),
        groups: vec!["staff".to_owned()],
        ..ViewDraft::default()
    };
    let made: calendar::Result<ViewId> = house
        .calendars()
        .write(&house.viewer(MAKER), |access| access.create_view(&draft));
    (house, made.unwrap())
}

/// A calendar of somebody's own with an event, both open to everybody.
fn own(house: &House, who: &str, name: &str) {
    let path = format!("/dav/calendars/{who}/{name}/");
    house.ask(who, "MKCALENDAR", &path, &[], "").is(201);
    let open = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>\
                <S:visibility>PUBLIC</S:visibility></D:prop></D:set></D:propertyupdate>";
    house.ask(who, "PROPPATCH", &path, &[], open).is(207);
    for sort in ["EVENT", "TIME-BLOCK", "REMINDER"] {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{name}-{sort}\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART:20261201T100000Z\r\nDTEND:20261201T110000Z\r\nSUMMARY:own {name}\r\nX-STRATA-TYPE:{sort}\r\n\
             X-STRATA-VISIBILITY:PUBLIC\r\nX-STRATA-DETAILS-TO:EVERYONE\r\nX-STRATA-RECORD:shifts/1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        house
            .ask(who, "PUT", &format!("{path}{sort}.ics"), &[], &text)
            .is(201);
    }
}

fn kind(name: &str) -> Included {
    Included::of_kind(&SystemKind::named(name).unwrap()).unwrap()
}

/// Whatever stands in the database, even what nobody can have written.
fn write(house: &House, view: ViewId, includes: &Includes) {
    let written = house.store().write(|tx| {
        let mut row = views::by_id(tx, view)?.unwrap();
        row.includes = includes.clone();
        views::update(tx, &row)
    });
    written.unwrap();
}

#[test]
fn no_personal_layer_comes_into_it() {
    let (house, view) = house();
    let path = format!("/dav/calendars/anna/view-{}/", view.0);
    let handle = house.calendars().handles().of(view);
    let mut words: Vec<String> = Included::NAMED
        .iter()
        .map(|it| it.word().into_owned())
        .collect();
    words.extend(["interviews", "follow-ups", "nothing-kept"].map(str::to_owned));
    let count = words.len();
    let includes = (
        subsequence(words, 0..=count),
        select(vec!["", "system", "kept", "shifts-own"]),
    );
    let mut runner = TestRunner::new(Config::with_cases(192));
    let kept = runner.run(&includes, |(mut words, name)| {
        words.extend(Some(name.to_owned()).filter(|it| !it.is_empty()));
        let includes = Includes::from_text(&words.join(",")).unwrap();
        write(&house, view, &includes);
        let target = format!("shared/{handle}/items?start=2026-11-01&end=2027-01-01&limit=1000");
        let streamed = house.ask(MAKER, "GET", &path, &[], "").is(200).body;
        let told = house.json(MAKER, "GET", &target, "").is(200).body;
        for body in [&streamed, &told] {
            prop_assert!(!body.contains("own "), "{words:?}: {body}");
            for name in KINDS {
                let expected = if includes.contains(&kind(name)) { 2 } else { 0 };
                let shown = body.matches(&format!("kept {name}")).count();
                prop_assert_eq!(shown, expected, "{} of {:?}", name, words);
            }
        }
        // What is shown is all there is: no bar of a block either.
        let kinds = KINDS
            .iter()
            .filter(|name| includes.contains(&kind(name)))
            .count();
        prop_assert_eq!(streamed.matches("BEGIN:VEVENT").count(), 2 * kinds);
        Ok(())
    });
    kept.unwrap();
}

#[test]
fn what_is_asked_for_is_checked() {
    let (house, view) = house();
    let set = |words: &str| {
        let patch = ViewPatch {
            includes: Includes::from_text(words),
            ..ViewPatch::default()
        };
        assert!(patch.includes.is_some(), "{words}");
        let done: calendar::Result<()> = house.calendars().write(&house.viewer(MAKER), |access| {
            access.change_view(view, &patch)
        });
        done
    };
    for words in [
        "interviews",
        "follow_ups,shifts",
        "follow-ups",
        "polls",
        "public_events,public-events",
        "",
    ] {
        set(words).unwrap();
    }
    for words in [
        "interview",
        "personal",
        "personal-public",
        "external",
        "shifts,personal-friends",
        "shifts,activities",
    ] {
        let refused = set(words).unwrap_err();
        assert!(refused.to_string().contains("layers"), "{words}: {refused}");
    }
    let path = format!("admin/shared/{}", house.calendars().handles().of(view));
    let json = |words: &str| {
        house.json(
            MAKER,
            "PATCH",
            &path,
            &format!("{{\"includedLayerTypes\":{words}}}"),
        )
    };
    let said = json(r#"["shifts","follow-ups"]"#).is(200);
    assert!(
        said.body
            .contains(r#""includedLayerTypes":["shifts","follow-ups"]"#),
        "{}",
        said.body
    );
    for words in [r#"["activities"]"#, r#"["Follow ups"]"#, r#"["personal"]"#] {
        let said = json(words).is(422);
        assert!(said.body.contains("invalid-value"), "{}", said.body);
    }
    // A view of people takes any kind too, for which nobody has to consent.
    let draft = ViewDraft {
        name: "Team".into(),
        includes: Includes::from_text("interviews"),
        ..ViewDraft::default()
    };
    let made: calendar::Result<ViewId> = house
        .calendars()
        .write(&house.viewer("alice"), |access| access.create_view(&draft));
    made.unwrap();
    let path = "/dav/calendars/alice/view-1/";
    let said = house.ask("alice", "GET", path, &[], "").is(200);
    assert_eq!(
        (
            said.body.matches("kept interviews").count(),
            said.body.matches("BEGIN:VEVENT").count()
        ),
        (1, 1)
    );
    let unknown = ViewDraft {
        includes: Includes::from_text("secrets"),
        ..draft
    };
    let refused: calendar::Result<ViewId> =
        house.calendars().write(&house.viewer("alice"), |access| {
            access.create_view(&unknown)
        });
    assert!(matches!(
        refused,
        Err(calendar::Error::Refused(Refusal::BadValue(_)))
    ));
}
