//! Records that a platform writes itself: whose they are, and what of them is taken in.

use strata::calendar::system::{Origin, RecordDraft};
use strata::calendar::{Error, Refusal, Result};

use crate::house::{House, SHIFTS, WORDS, kind};
use crate::stories::stories;

fn draft(id: &str, owner: Option<&str>, start: &str, title: &str) -> RecordDraft {
    RecordDraft {
        id: id.to_owned(),
        owner: owner.map(str::to_owned),
        start: start.to_owned(),
        title: Some(title.to_owned()),
        ..RecordDraft::default()
    }
}

/// All of them or none.
fn put(house: &House, kind: &str, drafts: &[RecordDraft]) -> Result<Vec<bool>> {
    house.does("carol", |access| {
        drafts
            .iter()
            .map(|draft| access.put_record(kind, draft))
            .collect()
    })
}

fn written(house: &House) -> House {
    house.with(vec![
        kind("shifts", Origin::Records),
        kind("public_events", Origin::Records),
    ])
}

const EVENTS: &str = "/dav/calendars/bob/public-events/";

stories! {
    #[doc = "E-022, E-025, B-04: a record is in its owner's calendar, one without an owner in everybody's."]
    fn a_record_is_an_item(house: &House) {
        let house = written(house);
        let token = house.synced("alice", SHIFTS, "").is(207).token();
        let shift = RecordDraft {
            end: Some("2026-12-01T12:00:00".to_owned()),
            zone: Some("Europe/Berlin".to_owned()),
            ..draft("s/1", Some("alice"), "2026-12-01T10:00:00", "Bar shift")
        };
        assert_eq!(put(&house, "shifts", std::slice::from_ref(&shift)).expect("it is good"), [true]);
        assert_eq!(put(&house, "shifts", std::slice::from_ref(&shift)).expect("it is good"), [false]);
        put(&house, "public_events", &[draft("e", None, "2026-12-05", "Concert")]).expect("it is good");
        let told = house.synced("alice", SHIFTS, &token).is(207);
        assert_eq!(told.count("<D:getetag>"), 1);
        house.get("alice", SHIFTS).is(200).has("DTSTART;TZID=Europe/Berlin:20261201T100000").has("X-STRATA-RECORD:shifts/s/1");
        house.get("bob", "/dav/calendars/bob/shifts/").is(200).lacks("VEVENT");
        house.get("bob", EVENTS).is(200).has("SUMMARY:Concert");
        // What is written again as it stands is no change, whatever the clock says.
        put(&house, "shifts", &[shift]).expect("it is good");
        assert_eq!(house.synced("alice", SHIFTS, &told.token()).is(207).hrefs().len(), 0);

        let state = house.does("carol", |access| access.record("shifts", "s/1")).expect("it stands");
        assert_eq!((state.owner.as_deref(), state.record.title.as_deref()), (Some("alice"), Some("Bar shift")));
        // From one to another: gone here, there now.
        put(&house, "shifts", &[draft("s/1", Some("bob"), "2026-12-01T10:00:00Z", "Bar shift")]).expect("good");
        assert_eq!(house.synced("alice", SHIFTS, &told.token()).is(207).count("404 Not Found"), 1);
        house.get("bob", "/dav/calendars/bob/shifts/").is(200).has("Bar shift");
        let goes = |id: &str| house.does("carol", |access| access.delete_record("shifts", id)).expect("it may");
        assert_eq!((goes("s/1"), goes("never")), (true, false));
        house.get("bob", "/dav/calendars/bob/shifts/").is(200).lacks("VEVENT");
    }

    #[doc = "A batch is written whole or not at all; what is wrong is named."]
    fn what_is_no_record_is_refused(house: &House) {
        let house = written(house);
        let good = || draft("good", Some("alice"), "2026-12-01T10:00:00Z", "Good");
        let cases = [
            (RecordDraft { start: "soon".to_owned(), ..good() }, "start"),
            (RecordDraft { end: Some("2026-11-01T10:00:00Z".to_owned()), ..good() }, "end"),
            (RecordDraft { zone: Some("Mars/Base".to_owned()), ..good() }, "timeZone"),
            (RecordDraft { owner: Some("nobody".to_owned()), ..good() }, "owner"),
            (RecordDraft { id: String::new(), ..good() }, "id"),
            (RecordDraft { id: "x".repeat(300), ..good() }, "id"),
            (RecordDraft { title: Some("x".repeat(3_000)), ..good() }, "title"),
            (RecordDraft { description: Some("x".repeat(40_000)), ..good() }, "description"),
            (RecordDraft { updated: Some("never".to_owned()), ..good() }, "updated"),
            (RecordDraft { start: "9999-12-31T23:00:00Z".to_owned(), end: Some("9999-12-31T24:00:00Z".to_owned()), ..good() }, "end"),
        ];
        for (bad, field) in cases {
            let refused = put(&house, "shifts", &[good(), bad]);
            match refused {
                Err(Error::Refused(Refusal::BadValue(why))) => assert!(why.starts_with(field), "{why}"),
                other => panic!("{field}: {other:?}"),
            }
        }
        assert!(matches!(house.does("carol", |access| access.record("shifts", "good")), Err(Error::Refused(Refusal::NotFound))));
        for kind in ["tickets", "Shifts", "../shifts", ""] {
            assert!(matches!(put(&house, kind, &[good()]), Err(Error::Refused(Refusal::NotFound))), "{kind}");
        }
        // A kind that is read from the platform's own database is written there.
        let read = house.with(vec![kind("shifts", house.query(|_| {}))]);
        assert!(matches!(put(&read, "shifts", &[good()]), Err(Error::Refused(Refusal::NotFound))));
    }

    #[doc = "A-21, A-22: of a sensitive record no word is taken in."]
    fn sensitive_records_leave_their_words_outside(house: &House) {
        let house = written(house);
        let secret = RecordDraft {
            sensitive: true,
            description: Some(WORDS[1].to_owned()),
            location: Some(WORDS[2].to_owned()),
            url: Some(format!("https://example.org/{}", WORDS[3])),
            ..draft("s", Some("alice"), "2026-12-01T10:00:00Z", WORDS[0])
        };
        put(&house, "shifts", &[secret]).expect("it is good");
        let said = house.get("alice", SHIFTS).is(200).has("SUMMARY:On duty");
        let state = format!("{:?}", house.does("carol", |access| access.record("shifts", "s")).expect("it stands"));
        let files = std::fs::read_dir(house.data.path()).expect("the folder");
        let files: Vec<Vec<u8>> = files
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_file() && !path.to_string_lossy().contains("platform.db"))
            .map(|path| std::fs::read(path).expect("a file"))
            .collect();
        for word in WORDS {
            assert!(!said.body.contains(word) && !state.contains(word), "{word}");
            let holds = |bytes: &Vec<u8>| bytes.windows(word.len()).any(|part| part == word.as_bytes());
            assert!(!files.iter().any(holds), "{word}");
        }
    }
}
