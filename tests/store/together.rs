//! Many at once: nothing is lost, nothing is won twice, and nobody's failure is another's.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bytes::Bytes;
use strata::model::*;
use strata::store::changes::{self, Change};
use strata::store::items::{self, Need, Scope};
use strata::store::{Error, Result, Store, layers};

use crate::house::{House, NOW, delete, new_item, new_layer, put, writer};
use crate::stories::stories;

/// What a client holds of a layer: names and numbers, and how far it has come.
#[derive(Default)]
struct Replica {
    items: BTreeMap<String, i64>,
    after: i64,
}

impl Replica {
    /// One sync, a few changes at a time.
    fn sync(&mut self, store: &Store, layer: LayerId) {
        let Self { items, after } = self;
        let start = *after;
        store
            .read(|tx| {
                changes::since(tx, layer, start, false, 7, Need::Index, &mut |change| {
                    let number = match change {
                        Change::Written(item) => {
                            items.insert(item.name, item.number);
                            item.number
                        }
                        Change::Gone { name, number } => {
                            items.remove(&name);
                            number
                        }
                    };
                    assert!(number > *after, "numbers only rise");
                    *after = number;
                    Result::Ok(())
                })
            })
            .expect("the read succeeds");
    }
}

fn listing(store: &Store, layer: LayerId) -> BTreeMap<String, i64> {
    let mut listing = BTreeMap::new();
    store
        .read(|tx| {
            items::each(tx, layer, Scope::default(), Need::Index, &mut |item| {
                listing.insert(item.name, item.number);
                Result::Ok(())
            })
        })
        .expect("the read succeeds");
    listing
}

const WRITERS: usize = 6;
const ROUNDS: usize = 60;

stories! {
    fn a_syncing_reader_misses_nothing(house: &House) {
        let layer = house.layer("alice").id;
        let store = &house.store;
        let running = AtomicUsize::new(WRITERS);
        let mut replica = Replica::default();
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let running = &running;
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        // Names are shared, so that writers create, replace and delete each other's items.
                        let name = format!("{}.ics", (round * 7 + writer) % 40);
                        let done = if round % 3 == 2 {
                            store.write(|tx| delete(tx, layer, &name, NOW)).map(drop)
                        } else {
                            store.write(|tx| put(tx, layer, &name, "text")).map(drop)
                        };
                        done.expect("the write succeeds");
                    }
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
            while running.load(Ordering::SeqCst) > 0 {
                replica.sync(store, layer);
            }
        });
        let number = store.read(|tx| layers::by_id(tx, layer)).unwrap().unwrap().number;
        while replica.after < number {
            let before = replica.after;
            replica.sync(store, layer);
            assert!(replica.after > before, "a change is missing");
        }
        assert_eq!(replica.items, listing(store, layer));
    }

    fn of_eight_that_compare_and_write_one_wins(house: &House) {
        let layer = house.layer("alice").id;
        house.put(layer, "a", "start").unwrap();
        let mut tag = "start".to_owned();
        for round in 0..20 {
            let wins = AtomicUsize::new(0);
            let (start, stands) = (Barrier::new(8), &tag);
            thread::scope(|scope| {
                for contender in 0..8 {
                    let (start, wins) = (&start, &wins);
                    scope.spawn(move || {
                        let text = Bytes::from(format!("{round}.{contender}"));
                        start.wait();
                        let won = house.store.write(|tx| {
                            let mut writer = writer(tx, layer)?;
                            if writer.find("a")?.is_none_or(|item| item.tag != *stands) {
                                return Result::Ok(false);
                            }
                            writer.put(&new_item("a", &text))?;
                            Ok(true)
                        });
                        wins.fetch_add(won.expect("the write succeeds").into(), Ordering::SeqCst);
                    });
                }
            });
            assert_eq!(wins.into_inner(), 1);
            tag = house.store.read(|tx| items::find(tx, layer, "a", Need::Index)).unwrap().unwrap().tag;
        }
    }

    fn of_eight_that_make_a_layer_one_wins(house: &House) {
        let owner = house.user("alice").id;
        let wins = AtomicUsize::new(0);
        let start = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let made = house.store.write(|tx| layers::create(tx, &new_layer(owner, "work")));
                    wins.fetch_add(made.expect("the write succeeds").is_some().into(), Ordering::SeqCst);
                });
            }
        });
        assert_eq!(wins.into_inner(), 1);
    }

    fn what_is_acknowledged_is_in_the_next_read(house: &House) {
        let layer = house.layer("alice").id;
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                scope.spawn(move || {
                    for round in 0..20 {
                        let name = format!("{writer}-{round}");
                        let (_, number) = house.put(layer, &name, "x").expect("the write succeeds");
                        let found = house.store.read(|tx| items::find(tx, layer, &name, Need::Index));
                        assert_eq!(found.unwrap().unwrap().number, number);
                    }
                });
            }
        });
        assert_eq!(listing(&house.store, layer).len(), WRITERS * 20);
    }

    fn a_failed_work_leaves_nothing(house: &House) {
        let layer = house.layer("alice").id;
        let failed: Result<()> = house.store.write(|tx| {
            put(tx, layer, "a", "x")?;
            Err(Error::Fault("on purpose".to_owned()))
        });
        assert!(failed.is_err());
        assert!(listing(&house.store, layer).is_empty());
        assert_eq!(house.put(layer, "a", "x").unwrap(), (true, 1));
    }

    fn a_panic_leaves_nothing_and_stops_nobody(house: &House) {
        let layer = house.layer("alice").id;
        for _ in 0..20 {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                house.store.write(|tx| -> Result<()> {
                    put(tx, layer, "a", "x")?;
                    std::panic::resume_unwind(Box::new("on purpose"))
                })
            }));
            assert!(panicked.is_err());
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                house.store.read(|tx| -> Result<()> {
                    items::count(tx, layer)?;
                    std::panic::resume_unwind(Box::new("on purpose"))
                })
            }));
            assert!(panicked.is_err());
        }
        assert!(listing(&house.store, layer).is_empty());
        assert_eq!(house.put(layer, "a", "x").unwrap(), (true, 1));
    }
}
