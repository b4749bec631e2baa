//! Items, windows, and what changed since a number.

use bytes::Bytes;
use strata::model::*;
use strata::store::changes::{self, Change};
use strata::store::items::{self, Need, NewItem, Scope};
use strata::store::occurrences::{self, Certainty};
use strata::store::{Error, Result, Store};

use crate::house::{House, NOW, UNKNOWN, delete, new_item, put, writer};
use crate::stories::stories;

/// `+name` for what was written and `-name` for what is gone, each with its number.
fn since(
    store: &Store,
    layer: LayerId,
    after: i64,
    live_only: bool,
    at_most: usize,
) -> Vec<(String, i64)> {
    let mut seen = Vec::new();
    store
        .read(|tx| {
            changes::since(
                tx,
                layer,
                after,
                live_only,
                at_most,
                Need::Text,
                &mut |change| {
                    seen.push(match change {
                        Change::Written(item) => {
                            assert!(item.text.is_some());
                            (format!("+{}", item.name), item.number)
                        }
                        Change::Gone { name, number } => (format!("-{name}"), number),
                    });
                    Result::Ok(())
                },
            )
        })
        .expect("the read succeeds");
    seen
}

fn names(store: &Store, layer: LayerId, scope: Scope) -> Vec<String> {
    let mut names = Vec::new();
    store
        .read(|tx| {
            items::each(tx, layer, scope, Need::Index, &mut |item| {
                names.push(item.name);
                Result::Ok(())
            })
        })
        .expect("the read succeeds");
    names
}

fn changes_of(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs
        .iter()
        .map(|(name, number)| ((*name).to_owned(), *number))
        .collect()
}

stories! {
    fn a_text_comes_back_byte_for_byte(house: &House) {
        let layer = house.layer("alice");
        let plain = Bytes::from_static(b"x");
        let text = Bytes::from_static(b"BEGIN\r\n\xff\x00\xc3 end\n");
        house.store.write(|tx| {
            let new = NewItem { text: &text, tag: "tag", uid: "uid", ..new_item("ü%2F.ics", &plain) };
            assert_eq!(writer(tx, layer.id)?.put(&new)?, (true, 1));
            Result::Ok(())
        }).unwrap();
        let item = house.store.read(|tx| items::find(tx, layer.id, "ü%2F.ics", Need::Text)).unwrap().unwrap();
        assert_eq!(item.text.as_ref(), Some(&text));
        assert_eq!((item.size, item.tag.as_str(), item.uid.as_str()), (text.len() as u64, "tag", "uid"));
        assert_eq!((item.created, item.modified, item.number), (NOW, NOW, 1));
        assert_eq!(item.span, Span { first: Some(NOW), last: Some(NOW + 3600) });
        let by_uid = house.store.read(|tx| items::by_uid(tx, layer.id, "uid", Need::Index)).unwrap().unwrap();
        assert_eq!((by_uid.id, by_uid.text), (item.id, None));
        assert!(house.store.read(|tx| items::find(tx, layer.id, "Ü%2F.ics", Need::Index)).unwrap().is_none());
    }

    fn a_new_text_keeps_id_and_creation(house: &House) {
        let layer = house.layer("alice");
        house.put(layer.id, "a.ics", "one").unwrap();
        let old = house.store.read(|tx| items::find(tx, layer.id, "a.ics", Need::Index)).unwrap().unwrap();
        let text = Bytes::from_static(b"two");
        let later = NewItem {
            now: NOW + 60,
            uid: "other",
            component: Component::Todo,
            span: Span { first: None, last: None },
            ..new_item("a.ics", &text)
        };
        house.store.write(|tx| {
            let mut writer = writer(tx, layer.id)?;
            assert_eq!(writer.count(), 1);
            assert_eq!(writer.put(&later)?, (false, 2));
            assert_eq!((writer.layer().number, writer.count()), (2, 1));
            assert_eq!(writer.of_uid("other")?[0].name, "a.ics");
            assert!(writer.of_uid("a.ics")?.is_empty());
            Result::Ok(())
        }).unwrap();
        let new = house.store.read(|tx| items::find(tx, layer.id, "a.ics", Need::Text)).unwrap().unwrap();
        assert_eq!((new.id, new.created, new.modified), (old.id, NOW, NOW + 60));
        assert_eq!((new.component, new.span), (Component::Todo, Span { first: None, last: None }));
        assert_eq!(new.text.unwrap(), "two");
    }

    fn a_window_finds_all_that_touches_it(house: &House) {
        let layer = house.layer("alice");
        let text = Bytes::from_static(b"x");
        let spans = [
            ("before", Component::Event, Some(0), Some(99)),
            ("until", Component::Event, Some(0), Some(100)),
            ("inside", Component::Event, Some(150), Some(150)),
            ("task", Component::Todo, Some(150), Some(160)),
            ("around", Component::Event, None, None),
            ("at the end", Component::Event, Some(200), Some(300)),
            ("after", Component::Event, Some(201), Some(300)),
            ("endless", Component::Event, Some(50), None),
        ];
        house.store.write(|tx| {
            let mut writer = writer(tx, layer.id)?;
            for (name, component, first, last) in spans {
                writer.put(&NewItem { component, span: Span { first, last }, ..new_item(name, &text) })?;
            }
            Result::Ok(())
        }).unwrap();
        let mut scope = Scope { component: Some(Component::Event), window: Some((100, 200)) };
        let mut found = names(&house.store, layer.id, scope);
        found.sort();
        assert_eq!(found, ["around", "endless", "inside", "until"]);
        scope.component = None;
        assert_eq!(names(&house.store, layer.id, scope).len(), 5);
        scope = Scope { component: Some(Component::Todo), window: None };
        assert_eq!(names(&house.store, layer.id, scope), ["task"]);
        let all: Vec<_> = spans.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names(&house.store, layer.id, Scope::default()), all);
    }

    fn occurrences_answer_for_the_part_of_time_they_are_known_in(house: &House) {
        let layer = house.layer("alice");
        let text = Bytes::from_static(b"x");
        let row = |start, end| Occurrence { start, end, bar: Bar::Busy };
        let known = |known_from, known_until, rows| Occurrences { known_from, known_until, rows };
        let (min, max, week) = (Instant::MIN, Instant::MAX, 7 * 86_400);
        let all = [
            ("whole", known(min, max, vec![row(150, 160)])),
            ("elsewhere", known(min, max, vec![row(10, 20), row(500, 510)])),
            ("long", known(min, max, vec![row(-2 * week, 101)])),
            ("series", known(0, 300, vec![row(120, 130), row(250, 260)])),
            ("series elsewhere", known(0, 300, vec![row(250, 260)])),
            ("ends too soon", known(0, 150, vec![row(10, 20)])),
            ("too many", UNKNOWN.clone()),
        ];
        house.store.write(|tx| {
            let mut writer = writer(tx, layer.id)?;
            for (name, occurrences) in &all {
                let span = Span { first: Some(0), last: None };
                writer.put(&NewItem { span, occurrences, ..new_item(name, &text) })?;
            }
            Result::Ok(())
        }).unwrap();
        let touching = |window| {
            let mut found = Vec::new();
            house.store.read(|tx| {
                occurrences::touching(tx, layer.id, Component::Event, window, Need::Index, &mut |item, certainty| {
                    found.push((item.name, certainty == Certainty::Certain));
                    Result::Ok(())
                })
            }).unwrap();
            found.sort();
            found.into_iter().map(|(name, certain)| if certain { name } else { format!("{name}?") }).collect::<Vec<_>>()
        };
        assert_eq!(touching((100, 200)), ["ends too soon?", "long", "series", "too many?", "whole"]);
        // Rewritten: what is no longer an occurrence is found no more.
        let item = house.store.read(|tx| items::find(tx, layer.id, "series", Need::Index)).unwrap().unwrap();
        let moved = known(0, 300, vec![row(290, 299)]);
        house.store.write(|tx| occurrences::rewrite(tx, layer.id, item.id, Component::Event, &moved)).unwrap();
        assert_eq!(touching((100, 200)), ["ends too soon?", "long", "too many?", "whole"]);
        let short = house.store.read(|tx| occurrences::falling_short(tx, 301, 10)).unwrap();
        let short: Vec<_> = short.into_iter().map(|item| item.name).collect();
        assert_eq!(short, ["ends too soon", "series", "series elsewhere"]);
        assert!(house.store.write(|tx| delete(tx, layer.id, "whole", NOW)).unwrap());
        assert_eq!(touching((100, 200)), ["ends too soon?", "long", "too many?"]);
    }

    fn a_visitor_can_stop(house: &House) {
        let layer = house.layer("alice");
        for name in ["a", "b", "c"] {
            house.put(layer.id, name, "x").unwrap();
        }
        let mut seen = 0;
        let stopped: Result<()> = house.store.read(|tx| {
            items::each(tx, layer.id, Scope::default(), Need::Text, &mut |_| {
                seen += 1;
                if seen == 2 { Err(Error::Busy("enough".to_owned())) } else { Ok(()) }
            })
        });
        assert!(matches!(stopped, Err(Error::Busy(_))));
        assert_eq!(seen, 2);
        assert_eq!(names(&house.store, layer.id, Scope::default()).len(), 3);
    }

    fn changes_come_in_the_order_of_their_numbers(house: &House) {
        let layer = house.layer("alice");
        for name in ["a", "b", "c"] {
            house.put(layer.id, name, "x").unwrap();
        }
        assert!(house.store.write(|tx| delete(tx, layer.id, "b", NOW)).unwrap());
        assert!(!house.store.write(|tx| delete(tx, layer.id, "b", NOW)).unwrap());
        assert_eq!(house.put(layer.id, "a", "y").unwrap(), (false, 5));
        let all = [("+c", 3), ("-b", 4), ("+a", 5)];
        assert_eq!(since(&house.store, layer.id, 0, false, 99), changes_of(&all));
        assert_eq!(since(&house.store, layer.id, 3, false, 99), changes_of(&all[1..]));
        assert_eq!(since(&house.store, layer.id, 0, false, 2), changes_of(&all[..2]));
        assert_eq!(since(&house.store, layer.id, 5, false, 99), []);
        assert_eq!(since(&house.store, layer.id, 0, true, 99), changes_of(&[("+c", 3), ("+a", 5)]));
        // A name that lives again is not gone; gone again, it is so once.
        assert_eq!(house.put(layer.id, "b", "z").unwrap(), (true, 6));
        assert_eq!(since(&house.store, layer.id, 3, false, 99), changes_of(&[("+a", 5), ("+b", 6)]));
        house.store.write(|tx| delete(tx, layer.id, "b", NOW)).unwrap();
        assert_eq!(since(&house.store, layer.id, 0, false, 99), changes_of(&[("+c", 3), ("+a", 5), ("-b", 7)]));
    }

    fn a_sweep_moves_the_horizon(house: &House) {
        let layer = house.layer("alice");
        for name in ["a", "b", "c"] {
            house.put(layer.id, name, "x").unwrap();
        }
        for (name, now) in [("a", NOW), ("b", NOW + 10), ("c", NOW + 20)] {
            house.store.write(|tx| delete(tx, layer.id, name, now)).unwrap();
        }
        let horizon = || house.store.read(|tx| changes::horizon(tx, layer.id)).unwrap();
        assert_eq!(horizon(), 0);
        // The house remembers 30 days.
        let later = NOW + 20 + 30 * 86_400;
        assert_eq!(house.store.sweep(later).unwrap(), 2);
        assert_eq!(horizon(), 5);
        assert_eq!(since(&house.store, layer.id, 0, false, 99), changes_of(&[("-c", 6)]));
        assert_eq!(house.store.sweep(later).unwrap(), 0);
        assert_eq!(horizon(), 5);
    }

    fn a_moved_item_keeps_its_age(house: &House) {
        let layer = house.layer("alice");
        let text = Bytes::from_static(b"x");
        house.store.write(|tx| writer(tx, layer.id)?.put_as_of(&new_item("a", &text), NOW - 99)).unwrap();
        let item = house.store.read(|tx| items::find(tx, layer.id, "a", Need::Index)).unwrap().unwrap();
        assert_eq!((item.created, item.modified), (NOW - 99, NOW));
    }

    fn a_snapshot_refuses_a_write(house: &House) {
        let layer = house.layer("alice");
        let refused = house.store.read(|tx| put(tx, layer.id, "a", "x"));
        assert!(matches!(refused, Err(Error::Fault(_))), "{refused:?}");
        assert_eq!(house.put(layer.id, "a", "x").unwrap(), (true, 1));
    }

    fn a_uid_stands_once_in_a_layer(house: &House) {
        let layer = house.layer("alice");
        house.put(layer.id, "a", "x").unwrap();
        let text = Bytes::from_static(b"y");
        let same = NewItem { uid: "a", ..new_item("b", &text) };
        let refused = house.store.write(|tx| writer(tx, layer.id)?.put(&same));
        assert!(matches!(refused, Err(Error::Fault(_))), "{refused:?}");
        // Nothing of it stays, not even when the work takes no notice of the failure.
        let ignored = house.store.write(|tx| {
            let _ = writer(tx, layer.id)?.put(&same);
            Err::<(), _>(Error::Busy("given up".to_owned()))
        });
        assert!(ignored.is_err());
        assert_eq!(names(&house.store, layer.id, Scope::default()), ["a"]);
        assert_eq!(house.put(layer.id, "c", "z").unwrap(), (true, 2));
    }

    fn what_was_written_survives_opening_again(house: &House) {
        let layer = house.layer("alice");
        house.put(layer.id, "a", "x").unwrap();
        let again = house.reopen().unwrap();
        assert_eq!(names(&again, layer.id, Scope::default()), ["a"]);
        assert_eq!(again.write(|tx| put(tx, layer.id, "b", "y")).unwrap(), (true, 2));
        assert_eq!(names(&house.store, layer.id, Scope::default()), ["a", "b"]);
    }
}
