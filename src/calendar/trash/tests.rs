//! How long what was deleted stays, and how much of it.

use super::*;
use crate::calendar::{Calendars, Draft, LayerPatch, Limits, Retention, Transfer};
use crate::privacy::{Device, Viewer};
use crate::store::tests::Trial;

const DAY: Instant = 86_400;

struct House {
    calendars: Calendars,
    alice: Viewer,
    trial: Trial,
}

impl House {
    fn new(retention: Retention) -> Self {
        let trial = Trial::new();
        let alice = trial.account("alice");
        let limits = Limits {
            retention,
            ..Limits::default()
        };
        let house = Self {
            calendars: Calendars::new(trial.store.clone(), limits),
            alice: Viewer::User(Device::of_account(alice.id, alice.epoch)),
            trial,
        };
        for layer in ["work", "home"] {
            house.layer(layer);
        }
        house
    }

    fn layer(&self, name: &str) {
        self.act(|access| {
            let home = access.home("alice")?;
            access
                .create_layer(&home, name, &LayerPatch::default())
                .map(drop)
        });
    }

    fn act<T>(&self, work: impl Fn(&mut Access) -> Result<T>) -> T {
        self.calendars.write(&self.alice, work).unwrap()
    }

    /// One item of about so many bytes.
    fn put(&self, layer: &str, name: &str, words: &str, bytes: usize) {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{name}\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART:20260601T100000Z\r\nSUMMARY:{words}\r\nDESCRIPTION:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            "x".repeat(bytes)
        );
        let text = text.into();
        self.act(|access| {
            let into = access.collection("alice", layer)?;
            let draft = Draft::read(&text, &into, access.limits())?;
            access.put(&into, name, &draft, &|_| true).map(drop)
        });
    }

    fn delete(&self, layer: &str, name: &str) {
        self.act(|access| {
            let from = access.collection("alice", layer)?;
            access.delete(&from, name, &|_| true)
        });
    }

    fn delete_layer(&self, layer: &str) {
        self.act(|access| {
            let layer = access.collection("alice", layer)?;
            access.delete_layer(&layer)
        });
    }

    fn with_trash<T>(&self, work: impl Fn(&mut Access, &Trash) -> Result<T>) -> T {
        self.act(|access| {
            let trash = access.trash("alice")?;
            work(access, &trash)
        })
    }

    fn deleted(&self) -> Vec<Former> {
        self.with_trash(|access, trash| {
            let mut found = Vec::new();
            access.each_deleted(trash, Need::Text, &mut |item| {
                found.push(item);
                Ok::<_, Error>(())
            })?;
            Ok(found)
        })
    }

    fn layers(&self) -> Vec<String> {
        let layers = self.with_trash(|access, trash| access.deleted_layers(trash));
        layers.into_iter().map(|layer| layer.name).collect()
    }

    fn used(&self) -> u64 {
        let alice = self.with_trash(|_, trash| Ok(trash.owner().id));
        let store = self.calendars.store();
        store.read(|tx| history::usage(tx, alice)).unwrap()
    }
}

#[test]
fn what_is_deleted_goes_after_its_time_and_what_is_held_much_later() {
    let house = House::new(Retention::default());
    for number in 0..40 {
        house.put("work", &number.to_string(), "x", 10);
    }
    house.put("home", "one", "x", 10);
    house.put("home", "one", "y", 10);
    house.delete("home", "one");
    for number in 0..30 {
        house.delete("work", &number.to_string());
    }
    let held = house
        .deleted()
        .iter()
        .filter(|it| it.held_until.is_some())
        .count();
    assert_eq!((house.deleted().len(), held), (31, 30));
    let sweep = |days: Instant| {
        let then = crate::calendar::now() + days * DAY + 60;
        house.calendars.sweep_trash(then).unwrap()
    };
    assert_eq!(sweep(29), 0);
    assert_eq!(sweep(30), 2);
    assert_eq!(house.deleted().len(), 30);
    assert_eq!(sweep(179), 0);
    assert_eq!(sweep(180), 30);
    assert_eq!(house.used(), 0);
}

#[test]
fn few_deletions_and_a_small_share_are_no_mass_deletion() {
    let house = House::new(Retention::default());
    for number in 0..60 {
        house.put("work", &number.to_string(), "x", 10);
    }
    for number in 0..29 {
        house.delete("work", &number.to_string());
    }
    assert!(house.deleted().iter().all(|it| it.held_until.is_none()));
    house.delete("work", "29");
    assert!(house.deleted().iter().all(|it| it.held_until.is_some()));
    for number in 0..19 {
        house.put("home", &number.to_string(), "x", 10);
        house.delete("home", &number.to_string());
    }
    let held = house
        .deleted()
        .iter()
        .filter(|it| it.held_until.is_some())
        .count();
    assert_eq!(held, 30, "twenty are needed");
    let notices = house.with_trash(|access, trash| access.notices(trash));
    assert_eq!(notices.len(), 1);
}

/// Holds of what kind, and the notices in their order.
fn told(house: &House) -> Vec<String> {
    let notices = house.with_trash(|access, trash| access.notices(trash));
    notices.into_iter().rev().map(|it| it.text).collect()
}

fn fill(house: &House, layer: &str, words: &str, items: usize) {
    for number in 0..items {
        house.put(layer, &number.to_string(), words, 10);
    }
}

/// As if everything had been written an hour ago, by somebody else.
fn age(house: &House) {
    house
        .trial
        .sql("UPDATE items SET modified = modified - 3600, written_by = NULL");
}

#[test]
fn a_layer_that_goes_with_its_items_is_a_mass_deletion() {
    let house = House::new(Retention::default());
    fill(&house, "work", "x", 20);
    fill(&house, "home", "x", 19);
    house.layer("other");
    for layer in ["work", "home"] {
        house.delete_layer(layer);
    }
    let [text] = &told(&house)[..] else {
        panic!("{:?}", told(&house))
    };
    assert!(text.contains("the layer work with the 20 items"), "{text}");
    let sweep = |days: Instant| {
        let then = crate::calendar::now() + days * DAY + 60;
        house.calendars.sweep_trash(then).unwrap();
        house.layers()
    };
    assert_eq!(sweep(31), ["work"]);
    assert_eq!(sweep(179), ["work"]);
    assert!(sweep(211).is_empty());
}

#[test]
fn what_was_deleted_before_its_layer_counts_with_it() {
    let house = House::new(Retention::default());
    fill(&house, "work", "x", 25);
    for number in 0..15 {
        house.delete("work", &number.to_string());
    }
    assert!(told(&house).is_empty());
    house.delete_layer("work");
    assert!(
        told(&house)[0].contains("the 10 items"),
        "{:?}",
        told(&house)
    );
    let [layer] = &house.with_trash(|access, trash| access.deleted_layers(trash))[..] else {
        panic!("one layer")
    };
    assert!(layer.held_until.is_some());
    house.with_trash(|access, trash| access.restore_layer(trash, layer.id, None));
    assert!(house.deleted().iter().all(|it| it.held_until.is_some()));
}

#[test]
fn what_is_moved_away_counts_and_what_is_renamed_does_not() {
    let house = House::new(Retention::default());
    fill(&house, "work", "x", 30);
    let carry = |to: &str, new_name: &dyn Fn(usize) -> String, name: &dyn Fn(usize) -> String| {
        for number in 0..20 {
            house.act(|access| {
                let from = access.collection("alice", "work")?;
                let into = access.collection("alice", to)?;
                let transfer = Transfer {
                    from: &from,
                    name: &name(number),
                    into: &into,
                    new_name: &new_name(number),
                    overwrite: false,
                    moving: true,
                };
                access.transfer(transfer, &|_| true).map(drop)
            });
        }
    };
    let (old, new) = (
        |number: usize| number.to_string(),
        |number| format!("{number}-new"),
    );
    carry("work", &new, &old);
    assert!(told(&house).is_empty());
    let braked = |layer: &'static str| {
        house.act(|access| {
            let layer = access.collection("alice", layer)?.layer;
            access.is_braked(&layer)
        })
    };
    assert!(!braked("work"));
    carry("home", &new, &new);
    let [text] = &told(&house)[..] else {
        panic!("{:?}", told(&house))
    };
    assert!(
        text.contains("moved away 20 of the 30 items of the layer work"),
        "{text}"
    );
    assert!(braked("work") && !braked("home"));
}

#[test]
fn a_mass_overwrite_is_held_and_taken_back() {
    let house = House::new(Retention::default());
    fill(&house, "work", "right", 30);
    // Whoever wrote it just now may go on.
    fill(&house, "work", "right again", 30);
    age(&house);
    // What clients restate is no other word, and one item edited again and again is one.
    fill(&house, "work", "right again", 30);
    for edit in 0..25 {
        house.put("work", "0", &format!("edit {edit}"), 10);
    }
    assert!(told(&house).is_empty(), "{:?}", told(&house));
    fill(&house, "work", "wrong", 30);
    let [text] = &told(&house)[..] else {
        panic!("{:?}", told(&house))
    };
    assert!(
        text.contains("has overwritten 20 of the 30 items of the layer work"),
        "{text}"
    );
    house
        .calendars
        .sweep_trash(crate::calendar::now() + 100 * DAY)
        .unwrap();
    // It goes on, and one was put right by hand since.
    fill(&house, "work", "worse", 30);
    house
        .trial
        .sql("UPDATE items SET written_by = NULL WHERE name = '7'");
    let restored = house.with_trash(|access, trash| {
        let lost = access.lost(trash, Together::Held)?;
        access.restore_each(trash, &lost)
    });
    assert_eq!((restored.items, restored.refused), (29, Vec::new()));
    assert_eq!(told(&house).len(), 1, "who brings back loses nothing");
    let words = |name: &'static str| {
        let item = house.act(|access| {
            let work = access.collection("alice", "work")?;
            access.get(&work, name, Need::Text)
        });
        String::from_utf8_lossy(item.text().unwrap()).into_owned()
    };
    assert!(words("7").contains("SUMMARY:worse"));
    assert!(words("8").contains("SUMMARY:right again"), "{}", words("8"));
}

#[test]
fn what_takes_too_much_is_forgotten_oldest_first() {
    let most = 64 << 10;
    let house = House::new(Retention {
        max_bytes: most,
        ..Retention::default()
    });
    for number in 0..200 {
        house.put("work", "a", &number.to_string(), 1_000);
        assert!(house.used() <= most + most / 16 + 2_000, "{}", house.used());
    }
    assert!(house.used() > most / 2);
    let versions = house.act(|access| {
        let work = access.collection("alice", "work")?;
        access.versions(&work, "a")
    });
    assert!(
        versions.len() > 30 && versions.len() < 70,
        "{}",
        versions.len()
    );
    assert!(versions[1].id > versions.last().unwrap().id);
    // It is one sum over all layers of the account.
    for number in 0..200 {
        house.put("home", "a", &number.to_string(), 1_000);
    }
    house.calendars.sweep_trash(crate::calendar::now()).unwrap();
    assert!(house.used() <= most);
}

#[test]
fn the_layer_that_was_deleted_last_stays_whatever_it_takes() {
    let house = House::new(Retention {
        max_bytes: 10_000,
        ..Retention::default()
    });
    house.put("home", "x", "x", 10);
    for layer in ["one", "two"] {
        house.layer(layer);
        for number in 0..10 {
            house.put(layer, &number.to_string(), "x", 2_000);
        }
    }
    house.delete_layer("one");
    assert_eq!(house.layers(), ["one"]);
    house.delete_layer("two");
    house.calendars.sweep_trash(crate::calendar::now()).unwrap();
    assert_eq!(house.layers(), ["two"]);
    let then = crate::calendar::now() + 31 * DAY;
    house.calendars.sweep_trash(then).unwrap();
    assert!(house.layers().is_empty());
    assert_eq!(house.used(), 0);
}

#[test]
fn what_comes_back_is_as_it_was() {
    let house = House::new(Retention::default());
    house.put("work", "a.ics", "one", 10);
    let before = house.act(|access| {
        let work = access.collection("alice", "work")?;
        access.get(&work, "a.ics", Need::Text)
    });
    house.delete("work", "a.ics");
    let [lost] = &house.deleted()[..] else {
        panic!("one")
    };
    assert_eq!(
        (lost.item.tag(), lost.item.text()),
        (before.tag(), before.text())
    );
    let place = house.with_trash(|access, trash| access.restore(trash, lost.id));
    assert_eq!(place, ("work".to_owned(), "a.ics".to_owned()));
    let after = house.act(|access| {
        let work = access.collection("alice", "work")?;
        access.get(&work, "a.ics", Need::Text)
    });
    assert_eq!(
        (after.tag(), after.text(), after.created()),
        (before.tag(), before.text(), before.created())
    );
}
