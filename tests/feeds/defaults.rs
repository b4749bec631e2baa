//! Reminders of what has no alarm of its own: as its owner is used to (A-07, B-20, E-119).

use strata::calendar::{Bearer, DeadPatch, PreferencesPatch, Property};
use strata::model::{Instant, User};
use strata::store::outbox;

use crate::house::{House, URL, answer, feed};
use crate::reminders::{MINUTE, event, stamp, told};
use crate::stories::stories;

const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";

/// An event of alice's without an alarm, with lines of its own.
fn put(house: &House, name: &str, start: Instant, rest: &str) {
    let text = event(start, rest).replace("UID:a", &format!("UID:{name}"));
    let (before, after) = text.rsplit_once("BEGIN:VALARM").unwrap();
    let (_, after) = after.rsplit_once("END:VALARM\r\n").unwrap();
    house.put("alice", &format!("{name}.ics"), &format!("{before}{after}"));
}

fn choose(house: &House, patch: &PreferencesPatch) {
    house
        .act("alice", |access, _| access.set_preferences(patch))
        .unwrap();
}

fn alarm(minutes: u32) -> PreferencesPatch {
    PreferencesPatch {
        alarm: Some(Some(minutes)),
        ..PreferencesPatch::default()
    }
}

fn of_kind(kind: &str, minutes: Option<u32>) -> PreferencesPatch {
    PreferencesPatch {
        reminders: vec![(kind.to_owned(), minutes)],
        ..PreferencesPatch::default()
    }
}

/// What a device sets on alice's calendar `own`, or on her home.
fn device(house: &House, on_layer: bool, name: &str, alarms: &str) {
    let property = Property {
        namespace: CALDAV.to_owned(),
        name: name.to_owned(),
        xml: format!("<C:{name} xmlns:C=\"{CALDAV}\">{alarms}</C:{name}>"),
        text: Some(alarms.to_owned()),
    };
    let set = house.act("alice", |access, home| {
        let patches = [DeadPatch::Set(property.clone())];
        match on_layer {
            true => {
                let layer = access.collection("alice", "own")?;
                access.patch_dead_properties(&Bearer::Layer(&layer), &patches)
            }
            false => access.patch_dead_properties(&Bearer::Home(home), &patches),
        }
    });
    set.unwrap();
}

fn count(house: &House) -> usize {
    told(house, "alice").len()
}

fn alice(house: &House) -> User {
    house.user("alice")
}

stories! {
    fn an_event_rings_by_the_default_alarm_of_its_owner(house: &House) {
        let start = house.now() + 40 * MINUTE;
        put(house, "a", start, "");
        house.pass(10 * MINUTE);
        choose(house, &alarm(20));
        house.pass(9 * MINUTE);
        assert_eq!(count(house), 0);
        house.pass(MINUTE);
        let notes = told(house, "alice");
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].item.as_ref().unwrap().title.as_deref(), Some("Tea"));
        // Once, whatever is restarted.
        let me = alice(house);
        house.store.write(|tx| outbox::set_reminded(tx, me.id, house.now() - 30 * MINUTE)).unwrap();
        house.calendars.remind(me.id, house.now()).unwrap();
        house.pass(30 * MINUTE);
        assert_eq!(count(house), 1);
        // What is written later is noticed too, and each occurrence rings.
        put(house, "b", house.now() + 30 * MINUTE, "RRULE:FREQ=DAILY;COUNT=2\r\n");
        for _ in 0..26 {
            house.pass(60 * MINUTE);
        }
        assert_eq!(count(house), 3);
        assert!(told(house, "bob").is_empty());
    }

    /// RFC 9074, and ACTION:NONE as Apple's clients write it.
    fn what_has_an_alarm_or_none_of_its_own_keeps_it(house: &House) {
        choose(house, &alarm(20));
        let start = house.now() + 60 * MINUTE;
        house.put("alice", "own.ics", &event(start, "").replace("UID:a", "UID:own"));
        let none = "BEGIN:VALARM\r\nX-APPLE-DEFAULT-ALARM:TRUE\r\nACTION:NONE\r\n\
                    TRIGGER;VALUE=DATE-TIME:19760401T005545Z\r\nEND:VALARM\r\n";
        put(house, "none", start, none);
        put(house, "over", start, "STATUS:CANCELLED\r\n");
        house.pass(44 * MINUTE);
        assert_eq!(count(house), 0, "not 20 minutes before");
        house.pass(MINUTE);
        assert_eq!(count(house), 1);
        house.pass(60 * MINUTE);
        assert_eq!(count(house), 1);
        // Off.
        let off = PreferencesPatch { alarm: Some(None), ..PreferencesPatch::default() };
        choose(house, &off);
        put(house, "quiet", house.now() + 30 * MINUTE, "");
        house.pass(60 * MINUTE);
        assert_eq!(count(house), 1);
    }

    /// draft-daboo-caldav-extensions section 4: the calendar's own before the home's, and an empty one is none.
    fn default_alarms_of_devices_count(house: &House) {
        let alarms = |trigger: &str| {
            format!("BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:{trigger}\r\nEND:VALARM\r\n")
        };
        put(house, "a", house.now() + 60 * MINUTE, "");
        device(house, false, "default-alarm-vevent-datetime", &alarms("-PT50M"));
        device(house, true, "default-alarm-vevent-datetime", &alarms("-PT20M"));
        house.pass(35 * MINUTE);
        assert_eq!(count(house), 0);
        house.pass(5 * MINUTE);
        assert_eq!(count(house), 1);
        device(house, true, "default-alarm-vevent-datetime", "");
        put(house, "b", house.now() + 60 * MINUTE, "");
        house.pass(60 * MINUTE);
        assert_eq!(count(house), 1);
        device(house, false, "default-alarm-vtodo-datetime", &alarms("-PT5M"));
        let due = house.now() + 15 * MINUTE;
        let task = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VTODO\r\nUID:t\r\nDTSTAMP:20260101T000000Z\r\n\
             SUMMARY:Post\r\nDUE:{}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
            stamp(due)
        );
        house.put("alice", "t.ics", &task);
        house.pass(10 * MINUTE);
        assert_eq!(count(house), 2);
    }

    /// E-036.
    fn time_blocks_and_reminders_have_defaults_of_their_own(house: &House) {
        choose(house, &alarm(50));
        let start = house.now() + 60 * MINUTE;
        put(house, "block", start, "X-STRATA-TYPE:TIME-BLOCK\r\n");
        put(house, "reminder", start, "X-STRATA-TYPE:REMINDER\r\n");
        house.pass(59 * MINUTE);
        assert_eq!(count(house), 0);
        house.pass(MINUTE);
        assert_eq!(count(house), 1, "a reminder rings in time");
        choose(house, &of_kind("TIME_BLOCK", Some(30)));
        choose(house, &of_kind("REMINDER", None));
        let chosen = house.act("alice", |access, _| access.preferences()).unwrap().reminders;
        assert_eq!(chosen, [("TIME_BLOCK".to_owned(), Some(30)), ("REMINDER".to_owned(), None)]);
        let start = house.now() + 60 * MINUTE;
        put(house, "block", start, "X-STRATA-TYPE:TIME-BLOCK\r\n");
        put(house, "reminder", start, "X-STRATA-TYPE:REMINDER\r\n");
        house.pass(30 * MINUTE);
        assert_eq!(count(house), 2);
        house.pass(60 * MINUTE);
        assert_eq!(count(house), 2);
        let refused = [("EVENT", Some(5)), ("shifts", Some(5)), ("TIME_BLOCK", Some(40_321))];
        for (kind, minutes) in refused {
            let patch = of_kind(kind, minutes);
            assert!(house.act("alice", |access, _| access.set_preferences(&patch)).is_err(), "{kind}");
        }
    }

    fn what_is_subscribed_to_rings_only_where_its_subscriber_says_so(house: &House) {
        choose(house, &alarm(20));
        let start = house.now() + 60 * MINUTE;
        let text = format!(
            "BEGIN:VEVENT\r\nUID:h\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{}\r\nDURATION:PT1H\r\nSUMMARY:Holiday\r\nEND:VEVENT\r\n",
            stamp(start)
        );
        house.world.say(URL, answer(200, &[], &feed("", [text])));
        house.subscribe("alice", URL);
        house.pass(0);
        house.pass(120 * MINUTE);
        assert_eq!(count(house), 0);
    }
}
