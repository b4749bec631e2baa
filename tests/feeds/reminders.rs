//! Reminders and the webhook, from outside (E-119, C-12): what rings is told once, whatever is restarted.

use strata::calendar::Noted;
use strata::connect::{Failure, Incoming};
use strata::http::{HeaderMap, StatusCode};
use strata::model::{Instant, NoteKind, NoteKinds};
use strata::store::{accounts, outbox};

use crate::house::{HOOK, House};
use crate::stories::stories;

pub const MINUTE: Instant = 60;

pub fn stamp(at: Instant) -> String {
    let at = jiff::Timestamp::from_second(at).unwrap();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

pub fn event(start: Instant, rest: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n\
         SUMMARY:Tea\r\nDTSTART:{}\r\nDTEND:{}\r\n{rest}BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\n\
         TRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        stamp(start),
        stamp(start + 3600)
    )
}

/// An event of alice's that begins at that moment.
pub fn put(house: &House, start: Instant, rest: &str) {
    house.put("alice", "a.ics", &event(start, rest));
}

pub fn told(house: &House, name: &str) -> Vec<Noted> {
    let told = house.act(name, |access, _| access.notes(false, None, 100));
    told.unwrap().notes
}

stories! {
    fn an_alarm_is_told_once(house: &House) {
        let start = house.now() + 60 * MINUTE;
        put(house, start, "");
        house.pass(44 * MINUTE);
        assert!(told(house, "alice").is_empty());
        house.pass(MINUTE);
        let notes = told(house, "alice");
        assert_eq!(notes.len(), 1);
        let note = &notes[0];
        assert_eq!(note.note.kind, NoteKind::Reminder);
        let item = note.item.as_ref().unwrap();
        assert_eq!(item.title.as_deref(), Some("Tea"));
        assert_eq!(item.instance.as_ref().unwrap().starts, start);
        // Whoever does the work again, and a server that starts anew, tells nothing again.
        let alice = house.store.read(|tx| accounts::by_name(tx, "alice")).unwrap().unwrap();
        house.store.write(|tx| outbox::set_reminded(tx, alice.id, house.now() - 30 * MINUTE)).unwrap();
        house.calendars.remind(alice.id, house.now()).unwrap();
        house.pass(5 * MINUTE);
        assert_eq!(told(house, "alice").len(), 1);
        assert!(told(house, "bob").is_empty());
        // What is moved to another time rings again.
        put(house, start + 60 * MINUTE, "");
        house.pass(60 * MINUTE);
        assert_eq!(told(house, "alice").len(), 2);
    }

    fn every_occurrence_rings(house: &House) {
        let start = house.now() + 60 * MINUTE;
        put(house, start, "RRULE:FREQ=DAILY;COUNT=3\r\n");
        house.pass(0);
        for _ in 0..4 * 24 {
            house.pass(60 * MINUTE);
        }
        let starts: Vec<_> = told(house, "alice")
            .iter()
            .map(|it| it.item.as_ref().unwrap().instance.as_ref().unwrap().starts)
            .collect();
        assert_eq!(starts, [2, 1, 0].map(|day| start + day * 86_400));
    }

    /// Thousands of alarms are nobody's, and keep no other writer waiting.
    fn no_calendar_rings_without_end(house: &House) {
        for item in 0..3 {
            let alarms: String = (0..400)
                .map(|at| {
                    let at = stamp(house.now() + MINUTE + item * 400 + at);
                    format!("BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER;VALUE=DATE-TIME:{at}\r\nEND:VALARM\r\n")
                })
                .collect();
            let text = event(house.now() + 120 * MINUTE, &alarms).replace("UID:a", &format!("UID:{item}"));
            house.put("alice", &format!("{item}.ics"), &text);
        }
        house.pass(0);
        house.pass(60 * MINUTE);
        let told = house.act("alice", |access, _| access.notes(false, None, 2_000)).unwrap().notes;
        assert_eq!(told.len(), 200);
        // The latest are.
        let last = told.iter().filter_map(|it| it.item.as_ref()).all(|it| it.item.name() == "2.ics");
        assert!(last);
    }

    fn what_was_deleted_or_muted_does_not_ring(house: &House) {
        put(house, house.now() + 20 * MINUTE, "");
        house.delete("alice", "a.ics");
        house.pass(10 * MINUTE);
        assert!(told(house, "alice").is_empty());
        let alice = house.store.read(|tx| accounts::by_name(tx, "alice")).unwrap().unwrap();
        let quiet = NoteKinds::of([NoteKind::Reminder]);
        house.store.write(|tx| outbox::mute(tx, alice.id, quiet)).unwrap();
        put(house, house.now() + 20 * MINUTE, "");
        house.pass(10 * MINUTE);
        assert!(told(house, "alice").is_empty());
    }

    fn the_webhook_is_called_until_it_has_it(house: &House) {
        let answer = |status| Incoming {
            status,
            headers: HeaderMap::new(),
            body: "".into(),
        };
        house.world.say(HOOK, Err(Failure::Slow(30)));
        put(house, house.now() + 20 * MINUTE, "");
        house.pass(5 * MINUTE);
        house.world.say(HOOK, Ok(answer(StatusCode::BAD_GATEWAY)));
        house.pass(MINUTE);
        let failed = house.world.asked().len();
        assert!(failed >= 2, "{failed}");
        house.world.say(HOOK, Ok(answer(StatusCode::NO_CONTENT)));
        house.pass(10 * MINUTE);
        let asked = house.world.asked();
        assert_eq!(asked.len(), failed + 1);
        let last = asked.last().unwrap();
        assert_eq!(last.method, "POST");
        assert!(!last.follows);
        let said: serde_json::Value = serde_json::from_slice(&last.body).unwrap();
        assert_eq!((&said["kind"], &said["userId"]), (&"CALENDAR_REMINDER".into(), &"alice".into()));
        assert!(!last.body.windows(3).any(|it| it == b"Tea"), "it carries no words");
        let signature = house.world.header("strata-signature").unwrap();
        let (time, tag) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let signed = [time.as_bytes(), b".", &last.body[..]].concat();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"a secret of the tests");
        let tag: Vec<u8> = (0..tag.len()).step_by(2).map(|at| u8::from_str_radix(&tag[at..at + 2], 16).unwrap()).collect();
        ring::hmac::verify(&key, &signed, &tag).unwrap();
        house.pass(120 * MINUTE);
        assert_eq!(house.world.asked().len(), failed + 1, "not again");
    }
}
