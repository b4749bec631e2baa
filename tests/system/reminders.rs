//! Reminders of what a platform shows: by the default of its kind, once, and never lost because a source was away.

use std::fs;

use strata::calendar::PreferencesPatch;
use strata::calendar::system::Kind;
use strata::model::{Instant, NoteKind};

use crate::house::{House, WORDS, kind};
use crate::stories::stories;

/// 2026-12-01T09:00:00Z: alice's first shift.
const NINE: Instant = 1_796_115_600;
const MINUTE: Instant = 60;
const DAY: Instant = 86_400;

fn shifts(house: &House, remind: Option<u32>) -> House {
    let shifts = kind("shifts", house.query(|_| {}));
    house.with(vec![Kind { remind, ..shifts }])
}

/// Looks, as the work in the background does; when it wants to look next.
fn look(house: &House, who: &str, now: Instant) -> Instant {
    let user = house.user(who).id;
    let next = house.dav.calendars.remind(user, now);
    next.expect("it can be looked").expect("an account")
}

fn titles(house: &House, who: &str) -> Vec<String> {
    let told = house.does(who, |access| access.notes(false, None, 100));
    let told = told.expect("notes").notes;
    assert!(told.iter().all(|it| it.note.kind == NoteKind::Reminder));
    let titles = told.into_iter().map(|it| it.item.and_then(|it| it.title));
    titles.map(Option::unwrap_or_default).collect()
}

fn choose(house: &House, minutes: Option<u32>) {
    let patch = PreferencesPatch {
        reminders: vec![("shifts".to_owned(), minutes)],
        ..PreferencesPatch::default()
    };
    house
        .does("alice", |access| access.set_preferences(&patch))
        .expect("a choice");
}

stories! {
    fn a_record_rings_as_its_kind_says(house: &House) {
        let house = &shifts(house, Some(15));
        let ring = NINE - 15 * MINUTE;
        let next = look(house, "alice", ring - 10 * MINUTE);
        assert!(next <= ring - 5 * MINUTE, "the platform's own database tells nobody that it has changed");
        assert_eq!(look(house, "alice", ring - MINUTE), ring);
        assert!(titles(house, "alice").is_empty());
        look(house, "alice", ring);
        assert_eq!(titles(house, "alice"), ["Bar shift"]);
        assert!(titles(house, "bob").is_empty());
        look(house, "bob", ring);
        assert_eq!(titles(house, "bob"), ["Bobs own"]);
        // A server that starts anew tells nothing again.
        look(&shifts(house, Some(15)), "alice", ring + 5 * MINUTE);
        assert_eq!(titles(house, "alice"), ["Bar shift"]);
        // What is moved rings again, what is cancelled does not.
        house.platform_makes("UPDATE shifts SET begins = '2026-12-01T09:40:00Z', changed = '2026-12-01T08:50:00Z' WHERE id = 1");
        look(house, "alice", ring + 40 * MINUTE);
        assert_eq!(titles(house, "alice").len(), 2);
        house.platform_makes("UPDATE shifts SET begins = '2026-12-01T10:40:00Z', state = 'cancelled' WHERE id = 1");
        look(house, "alice", ring + 100 * MINUTE);
        assert_eq!(titles(house, "alice").len(), 2);
    }

    /// a reminder of a sensitive record says no more than its calendar does.
    fn a_sensitive_record_rings_without_words(house: &House) {
        let house = &shifts(house, Some(15));
        let ring = NINE + 2 * DAY + 9 * 60 * MINUTE - 15 * MINUTE;
        look(house, "alice", ring - MINUTE);
        look(house, "alice", ring);
        assert_eq!(titles(house, "alice"), ["On duty"]);
        let all = house.does("alice", |access| access.notes(false, None, 100)).expect("notes");
        let said = format!("{all:?}");
        for word in WORDS {
            assert!(!said.contains(word), "{word}");
        }
    }

    fn accounts_choose_otherwise(house: &House) {
        let house = &shifts(house, Some(15));
        choose(house, Some(60));
        look(house, "alice", NINE - 61 * MINUTE);
        look(house, "alice", NINE - 60 * MINUTE);
        assert_eq!(titles(house, "alice").len(), 1);
        choose(house, None);
        house.platform_makes("UPDATE shifts SET begins = '2026-12-01T12:00:00Z', ends = '2026-12-01T13:00:00Z' WHERE id = 1");
        for minutes in (100..200).step_by(5) {
            look(house, "alice", NINE + minutes * MINUTE);
        }
        assert_eq!(titles(house, "alice").len(), 1);
        // Where the kind does not say it, nobody is reminded who has not asked for it.
        let house = &shifts(house, None);
        look(house, "bob", NINE - 16 * MINUTE);
        look(house, "bob", NINE);
        assert!(titles(house, "bob").is_empty());
    }

    fn a_source_that_is_away_delays_and_loses_nothing(house: &House) {
        let house = &shifts(house, Some(15));
        let ring = NINE - 15 * MINUTE;
        look(house, "alice", ring - MINUTE);
        let (file, away) = (house.platform_file(), house.data.path().join("away.db"));
        fs::rename(&file, &away).expect("a file");
        let next = look(house, "alice", ring);
        assert!(next <= ring + MINUTE, "it is asked again soon");
        look(house, "alice", next);
        fs::rename(&away, &file).expect("a file");
        assert!(titles(house, "alice").is_empty());
        look(house, "alice", ring + 10 * MINUTE);
        assert_eq!(titles(house, "alice"), ["Bar shift"]);
        look(house, "alice", ring + 11 * MINUTE);
        assert_eq!(titles(house, "alice").len(), 1);
    }
}
