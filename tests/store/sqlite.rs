//! What only the embedded engine promises: shared commits, a full disk that harms nothing, copies, refusals.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use strata::store::history;
use strata::store::items::{self, Need};
use strata::store::{Error, Result, Store, Tx};

use crate::house::{House, NOW, delete, put, settings};

type Work<'w> = Box<dyn FnMut(&mut Tx) -> Result<()> + Send + 'w>;

/// Runs `works` so that all of them wait while the first is at work: they fall into one batch.
fn in_one_batch(store: &Store, works: Vec<Work<'_>>) -> Vec<thread::Result<Result<()>>> {
    let behind = works.len() - 1;
    thread::scope(|scope| {
        let mut first = true;
        let threads: Vec<_> = works
            .into_iter()
            .map(|mut work| {
                let leads = std::mem::take(&mut first);
                let (entered, enter) = std::sync::mpsc::channel();
                let thread = scope.spawn(move || {
                    catch_unwind(AssertUnwindSafe(|| {
                        store.write(|tx| {
                            if leads {
                                entered.send(()).expect("somebody waits");
                                while store.counters().waiting < behind {
                                    thread::yield_now();
                                }
                            }
                            work(tx)
                        })
                    }))
                });
                if leads {
                    enter.recv().expect("the first is at work");
                }
                thread
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("panics are caught inside"))
            .collect()
    })
}

fn stands(store: &Store, layer: strata::model::LayerId, name: &str) -> bool {
    let found = store.read(|tx| items::find(tx, layer, name, Need::Text));
    found.expect("the read succeeds").is_some()
}

#[test]
fn writers_share_a_commit() {
    let house = House::sqlite();
    let layer = house.layer("alice").id;
    let before = house.store.counters();
    let works = (0..20)
        .map(|number| -> Work {
            Box::new(move |tx| put(tx, layer, &number.to_string(), "x").map(drop))
        })
        .collect();
    for done in in_one_batch(&house.store, works) {
        done.expect("no panic").expect("the write succeeds");
    }
    let after = house.store.counters();
    assert_eq!(after.writes - before.writes, 20);
    assert_eq!(after.commits - before.commits, 1);
    assert!((0..20).all(|number| stands(&house.store, layer, &number.to_string())));
}

#[test]
fn one_that_fails_or_panics_leaves_the_others_of_its_batch() {
    let house = House::sqlite();
    let layer = house.layer("alice").id;
    for leader in ["good", "bad", "panics"] {
        let before = house.store.counters().commits;
        let kinds = [leader, "good", "bad", "panics", "good", "panics", "bad"];
        let works = kinds
            .iter()
            .enumerate()
            .map(|(number, kind)| -> Work {
                Box::new(move |tx| {
                    put(tx, layer, &format!("{leader}-{number}"), "x")?;
                    match *kind {
                        "good" => Ok(()),
                        "bad" => Err(Error::Fault("on purpose".to_owned())),
                        _ => std::panic::resume_unwind(Box::new("on purpose")),
                    }
                })
            })
            .collect();
        let done = in_one_batch(&house.store, works);
        for (number, (kind, done)) in kinds.iter().zip(done).enumerate() {
            match *kind {
                "good" => assert!(matches!(done, Ok(Ok(())))),
                "bad" => assert!(matches!(done, Ok(Err(Error::Fault(_))))),
                _ => assert!(done.is_err()),
            }
            assert_eq!(
                stands(&house.store, layer, &format!("{leader}-{number}")),
                *kind == "good"
            );
        }
        assert_eq!(house.store.counters().commits - before, 1);
    }
}

#[test]
fn a_full_disk_harms_nothing() {
    let house = House::sqlite();
    let layer = house.layer("alice");
    let (layer, owner) = (layer.id, layer.owner);
    house.put(layer, "first", "x").unwrap();
    let text = "x".repeat(9000);
    house.put(layer, "deleted", &text.repeat(5)).unwrap();
    house
        .store
        .write(|tx| delete(tx, layer, "deleted", NOW))
        .unwrap();
    house.store.limit_pages(150).unwrap();
    let mut written = 0;
    let refused = loop {
        match house.put(layer, &written.to_string(), &text) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, Error::Full(_)), "{refused:?}");
    assert!(written > 0);
    // Several at once: each is either acknowledged and there, or told that the disk is full and is not.
    let done: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (house, text) = (&house, &text);
                let name = format!("late-{number}");
                scope.spawn(move || (house.put(layer, &name, text).is_ok(), name))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    for (acknowledged, name) in done {
        assert_eq!(stands(&house.store, layer, &name), acknowledged);
    }
    assert!((0..written).all(|number| stands(&house.store, layer, &number.to_string())));
    // What is deleted is kept, which takes room too: what cannot be kept stays where it is.
    let mut crumbs = 0..;
    while house
        .put(layer, &format!("crumb-{}", crumbs.next().unwrap()), "x")
        .is_ok()
    {}
    let gone = house.store.write(|tx| delete(tx, layer, "0", NOW));
    assert!(matches!(gone, Err(Error::Full(_))), "{gone:?}");
    assert!(stands(&house.store, layer, "0"));
    // Emptying the trash makes room.
    let emptied = house.store.write(|tx| history::empty(tx, owner));
    assert_eq!(emptied.unwrap(), 1);
    house.put(layer, "later", &text).unwrap();
    house.store.limit_pages(u32::MAX - 1).unwrap();
    house.put(layer, "much later", &text.repeat(100)).unwrap();
    check_integrity(&house.data.path().join("strata.db"));
}

#[test]
fn a_copy_is_made_while_others_write() {
    let house = House::sqlite();
    let layer = house.layer("alice").id;
    for number in 0..200 {
        house
            .put(layer, &format!("old-{number}"), &"x".repeat(5000))
            .unwrap();
    }
    let copy = house.data.path().join("copy.db");
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..200 {
                house.put(layer, &format!("new-{number}"), "y").unwrap();
            }
        });
        house.store.backup(&copy).unwrap();
        writer.join().unwrap();
    });
    assert!(
        house.store.backup(&copy).is_err(),
        "a copy is never overwritten"
    );
    check_integrity(&copy);
    let restored = Store::open(&settings("sqlite:copy.db", house.data.path())).unwrap();
    assert!((0..200).all(|number| stands(&restored, layer, &format!("old-{number}"))));
    let by_id = |store: &Store| {
        store
            .read(|tx| strata::store::layers::by_id(tx, layer))
            .unwrap()
            .unwrap()
    };
    let layer = by_id(&restored);
    // What is written to the copy is another history: no token of the original may fit.
    assert_ne!(layer.epoch, by_id(&house.store).epoch);
    assert!(layer.epoch >= 0);
    let count = restored.read(|tx| items::count(tx, layer.id)).unwrap();
    assert_eq!(count as i64, layer.number, "one state, not a mixture");
    assert!(!house.data.path().join("copy.db.unfinished").exists());
}

#[test]
fn a_newer_database_is_refused() {
    let house = House::sqlite();
    let path = house.data.path().join("strata.db");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute("UPDATE versions SET version = 99", [])
        .unwrap();
    let Err(Error::Fault(reason)) = house.reopen() else {
        panic!("a newer database was opened");
    };
    assert!(reason.contains("version 99"), "{reason}");
}

#[test]
fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::sqlite();
    house.user("alice");
    for name in ["strata.db", "strata.db-wal"] {
        let mode = std::fs::metadata(house.data.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_database_that_cannot_be_opened_is_named() {
    let Err(Error::Fault(reason)) =
        Store::open(&settings("sqlite:/nowhere/strata.db", "/".as_ref()))
    else {
        panic!("there is no such folder");
    };
    assert!(reason.contains("/nowhere/strata.db"), "{reason}");
    assert!(Store::open(&settings("mysql://x", "/".as_ref())).is_err());
}

fn check_integrity(path: &std::path::Path) {
    let conn = rusqlite::Connection::open(path).unwrap();
    let verdict: String = conn
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    let orphans: i64 = conn
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(orphans, 0);
}
