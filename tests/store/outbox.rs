//! What accounts are told: once each, the newest first, so much of it and for so long.

use strata::model::*;
use strata::store::outbox::{self, NewNote};
use strata::store::{Result, Tx, accounts, addresses, default_reminders, letters, notices};

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
        notice: None,
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
                    notice: None,
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

    fn one_gives_a_letter_away(house: &House) {
        let user = house.layer("alice").owner;
        let note = tell(house, user, "a", NOW).unwrap();
        assert_eq!(does(house, |tx| letters::mailed(tx, note)), None);
        assert!(does(house, |tx| letters::set_mailed(tx, note, NOW)));
        assert!(!does(house, |tx| letters::set_mailed(tx, note, NOW + 1)));
        assert_eq!(does(house, |tx| letters::mailed(tx, note)), Some(NOW));
        does(house, |tx| letters::unset_mailed(tx, note));
        assert!(does(house, |tx| letters::set_mailed(tx, note, NOW + 2)));
        assert!(!does(house, |tx| letters::set_mailed(tx, NoteId(note.0 + 1), NOW)), "it is gone");
        let quiet = NoteKinds::of([NoteKind::ViewInvite, NoteKind::MassLoss]);
        assert_eq!(does(house, |tx| letters::unmailed(tx, user)), NoteKinds::default());
        does(house, |tx| letters::set_unmailed(tx, user, quiet));
        assert_eq!(does(house, |tx| letters::unmailed(tx, user)), quiet);
        assert_eq!(does(house, |tx| outbox::muted(tx, user)), NoteKinds::default());
    }

    fn a_notice_is_its_accounts_own_and_takes_its_note_along(house: &House) {
        let user = house.layer("alice").owner;
        let bob = house.layer("bob").owner;
        let notice = does(house, |tx| notices::notify(tx, user, "mass-deletion", "much", NOW));
        assert_eq!(does(house, |tx| notices::text(tx, user, notice)).as_deref(), Some("much"));
        assert_eq!(does(house, |tx| notices::text(tx, bob, notice)), None);
        let new = NewNote {
            user,
            kind: NoteKind::MassLoss,
            once: "loss",
            other: None,
            view: None,
            item: None,
            occurrence: None,
            notice: Some(notice),
            now: NOW,
        };
        does(house, |tx| outbox::tell(tx, &new));
        assert_eq!(told(house, user, false)[0].notice, Some(notice));
        does(house, |tx| notices::sweep(tx, NOW + 1));
        assert!(told(house, user, false).is_empty());
    }

    fn default_reminders_are_the_last_that_were_said(house: &House) {
        let user = house.layer("alice").owner;
        assert!(does(house, |tx| default_reminders::of_user(tx, user)).is_empty());
        does(house, |tx| {
            default_reminders::set(tx, user, "shifts", Some(15))?;
            default_reminders::set(tx, user, "TIME_BLOCK", Some(30))?;
            default_reminders::set(tx, user, "TIME_BLOCK", None)
        });
        let said = does(house, |tx| default_reminders::of_user(tx, user));
        assert_eq!(said, [("TIME_BLOCK".to_owned(), None), ("shifts".to_owned(), Some(15))]);
    }

    fn an_address_is_one_accounts(house: &House) {
        let user = house.layer("alice").owner;
        let bob = house.layer("bob").owner;
        let list = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let of = |user| does(house, |tx| accounts::by_id(tx, user)).unwrap().addresses;
        assert!(does(house, |tx| addresses::set(tx, user, &list(&["b@example.org", "a@example.org"]))));
        assert_eq!(of(user), ["b@example.org", "a@example.org"]);
        let before = of(bob);
        assert!(!does(house, |tx| addresses::set(tx, bob, &list(&["c@example.org", "A@example.org"]))));
        assert_eq!(of(bob), before, "all of it or nothing");
        assert!(does(house, |tx| addresses::set(tx, user, &list(&["A@example.org", "a@example.org"]))));
        assert_eq!(of(user), ["A@example.org"]);
        assert!(does(house, |tx| addresses::set(tx, bob, &list(&["b@example.org"]))));
    }
}
