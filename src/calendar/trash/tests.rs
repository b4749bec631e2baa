//! How long what was deleted stays, and how much of it.

use super::*;
use crate::calendar::{Calendars, Draft, LayerPatch, Limits, Retention};
use crate::model::UserKind;
use crate::privacy::{Device, Viewer};
use crate::store::accounts::{self, NewUser};
use crate::store::{Store, Synchronous};

const DAY: Instant = 86_400;

struct House {
    calendars: Calendars,
    alice: Viewer,
    _folder: tempfile::TempDir,
}

impl House {
    fn new(retention: Retention) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&crate::store::Settings {
            url: "sqlite:strata.db".into(),
            data: folder.path().to_owned(),
            synchronous: Synchronous::Normal,
            readers: 1,
            sync_horizon_days: 90,
        })
        .unwrap();
        let new = NewUser {
            name: "alice",
            display_name: "Alice",
            addresses: &[],
            kind: UserKind::Individual,
            admin: false,
            password_hash: "x",
            now: 0,
        };
        let made = store.write(|tx| accounts::create(tx, &new));
        let user = made.unwrap().unwrap();
        let limits = Limits {
            retention,
            ..Limits::default()
        };
        let house = Self {
            calendars: Calendars::new(store, limits),
            alice: Viewer::User(Device {
                user: user.id,
                epoch: user.epoch,
                app_password: None,
                token: None,
                read_only: false,
                layers: None,
            }),
            _folder: folder,
        };
        for layer in ["work", "home"] {
            house.act(|access| {
                let home = access.home("alice")?;
                access
                    .create_layer(&home, layer, &LayerPatch::default())
                    .map(drop)
            });
        }
        house
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
        house.act(|access| {
            let home = access.home("alice")?;
            access
                .create_layer(&home, layer, &LayerPatch::default())
                .map(drop)
        });
        for number in 0..20 {
            house.put(layer, &number.to_string(), "x", 1_000);
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
