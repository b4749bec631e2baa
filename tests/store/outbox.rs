//! What accounts are told: once each, the newest first, so much of it and for so long.

use strata::model::*;
use strata::store::outbox::{self, NewNote};
use strata::store::{Result, Tx};

use crate::house::{House, NOW};
use crate::stories::stories;

fn does<T>(house: &House, work: impl FnMut(&mut Tx) -> Result<T>) -> T {
    house.store.write(work).expect("the write succeeds")
}

fn tell(house: &House, user: UserId, once: &str, now: Instant) -> Option<NoteId> {
    let new = NewNote {
        user,
        kind: NoteKind::Reminder,
        once,
        other: None,
        view: None,
        item: None,
        occurrence: Some("20261121"),
        now,
    };
    does(house, |tx| outbox::tell(tx, &new))
}

fn told(house: &House, user: UserId, unread: bool) -> Vec<Note> {
    does(house, |tx| outbox::of_user(tx, user, unread, None, 5_000))
}

stories! {
    fn what_is_told_is_told_once(house: &House) {
        let user = house.layer("alice").owner;
        let first = tell(house, user, "a", NOW).unwrap();
        assert_eq!(tell(house, user, "a", NOW + 1), None);
        let second = tell(house, user, "b", NOW + 2).unwrap();
        let ids: Vec<_> = told(house, user, false).iter().map(|note| note.id).collect();
        assert_eq!(ids, [second, first]);
        let after = told(house, user, false)[0].clone();
        let rest = does(house, |tx| outbox::of_user(tx, user, false, Some(&(after.at, after.name.clone())), 9));
        assert_eq!(rest.len(), 1);
        assert_eq!((rest[0].id, rest[0].occurrence.as_deref()), (first, Some("20261121")));
        does(house, |tx| outbox::set_seen(tx, first, Some(NOW)));
        assert_eq!(told(house, user, true).len(), 1);
        assert_eq!(does(house, |tx| outbox::set_all_seen(tx, user, NOW + 1, NOW)), 0);
        assert_eq!(does(house, |tx| outbox::set_all_seen(tx, user, NOW + 2, NOW)), 1);
        assert!(told(house, user, true).is_empty());
        assert_eq!(does(house, |tx| outbox::sweep(tx, NOW + 1)), 1);
        assert_eq!(told(house, user, false)[0].id, second);
    }

    fn a_muted_kind_is_not_told(house: &House) {
        let user = house.layer("alice").owner;
        does(house, |tx| outbox::mute(tx, user, NoteKinds::of([NoteKind::Reminder])));
        assert_eq!(tell(house, user, "a", NOW), None);
        assert_eq!(does(house, |tx| outbox::muted(tx, user)), NoteKinds::of([NoteKind::Reminder]));
        does(house, |tx| outbox::mute(tx, user, NoteKinds::default()));
        assert!(tell(house, user, "a", NOW).is_some());
    }

    fn the_oldest_make_room(house: &House) {
        let user = house.layer("alice").owner;
        let bob = house.layer("bob").owner;
        tell(house, bob, "a", NOW);
        does(house, |tx| {
            for number in 0..1_003 {
                let new = NewNote {
                    user,
                    kind: NoteKind::Reminder,
                    once: &number.to_string(),
                    other: Some(bob),
                    view: None,
                    item: None,
                    occurrence: None,
                    now: NOW + number,
                };
                outbox::tell(tx, &new)?;
            }
            Ok(())
        });
        let notes = told(house, user, false);
        assert_eq!((notes.len(), notes[999].at), (1_000, NOW + 3));
        assert_eq!(told(house, bob, false).len(), 1);
    }
}
