//! What is kept of items and layers that stand no longer.

use strata::model::*;
use strata::store::brake::{Doing, Held, Loss};
use strata::store::history::{self, Author, Version, VersionId};
use strata::store::items::{self, Ended, Need};
use strata::store::properties::{self, Property, Subject};
use strata::store::{Result, Store, accounts, brake, layers, notices, trash};

use crate::house::{House, NOW, delete, new_item, new_layer, put, writer};
use crate::stories::stories;

fn gone(store: &Store, owner: UserId, need: Need) -> Vec<Version> {
    let mut found = Vec::new();
    store
        .read(|tx| {
            history::gone(tx, owner, need, &mut |version| {
                found.push(version);
                Result::Ok(())
            })
        })
        .expect("the read succeeds");
    found
}

fn gone_from(layer: LayerId, author: Author) -> Doing {
    Doing {
        layer,
        author,
        loss: Loss::Gone,
    }
}

fn past(store: &Store, layer: LayerId, uid: &str) -> Vec<Version> {
    store
        .read(|tx| history::of_uid(tx, layer, uid, 100))
        .expect("the read succeeds")
}

fn app_password(house: &House, user: UserId, label: &str) -> AppPasswordId {
    let new = accounts::NewAppPassword {
        user,
        label,
        secret_hash: label.as_bytes(),
        created: NOW,
        expires: None,
        read_only: false,
        layers: None,
    };
    house
        .store
        .write(|tx| accounts::add_app_password(tx, &new))
        .expect("the write succeeds")
}

stories! {
    fn every_version_is_kept_with_who_wrote_and_who_ended_it(house: &House) {
        let layer = house.layer("alice");
        let (phone, laptop) = (app_password(house, layer.owner, "phone"), app_password(house, layer.owner, "laptop"));
        let by = |id| Author { user: layer.owner, app_password: id };
        let write = |author: Option<AppPasswordId>, text: &str, now: Instant| house.store.write(|tx| {
            tx.act_as(by(author));
            let text = bytes::Bytes::copy_from_slice(text.as_bytes());
            writer(tx, layer.id)?.put(&items::NewItem { now, ..new_item("a.ics", &text) })
        }).unwrap();
        write(Some(phone), "one", NOW);
        write(Some(laptop), "two", NOW + 1);
        write(None, "three!", NOW + 2);
        let living = house.store.read(|tx| items::find(tx, layer.id, "a.ics", Need::Index)).unwrap().unwrap();
        assert_eq!(house.store.read(|tx| items::writer(tx, living.id)).unwrap(), Some(by(None)));
        let versions = past(&house.store, layer.id, "a.ics");
        let told: Vec<_> = versions.iter().map(|it| (it.size, it.written, it.writer, it.at, it.remover, it.why, it.is_gone)).collect();
        assert_eq!(told, [
            (3, NOW + 1, Some(by(Some(laptop))), NOW + 2, Some(by(None)), Ended::Overwritten, false),
            (3, NOW, Some(by(Some(phone))), NOW + 1, Some(by(Some(laptop))), Ended::Overwritten, false),
        ]);
        assert!(gone(&house.store, layer.owner, Need::Index).is_empty());
        house.store.write(|tx| { tx.act_as(by(Some(phone))); delete(tx, layer.id, "a.ics", NOW + 3) }).unwrap();
        let [lost] = &gone(&house.store, layer.owner, Need::Text)[..] else { panic!("one is gone") };
        assert_eq!((lost.text.as_deref(), lost.why, lost.remover), (Some(&b"three!"[..]), Ended::Deleted, Some(by(Some(phone)))));
        assert_eq!(lost.created, NOW);
        assert_eq!(house.store.read(|tx| history::usage(tx, layer.owner)).unwrap(), 12);
        // The names of devices outlive them.
        let names = |author| house.store.read(|tx| history::names(tx, author)).unwrap();
        let phone_of_alice = (Some("alice".to_owned()), Some("phone".to_owned()));
        assert_eq!(names(by(Some(phone))), phone_of_alice);
        house.store.write(|tx| accounts::revoke_app_password(tx, layer.owner, phone)).unwrap();
        assert_eq!(names(by(Some(phone))), phone_of_alice);
        house.store.write(|tx| history::forget_names(tx, NOW, NOW)).unwrap();
        assert_eq!(names(by(Some(phone))), phone_of_alice, "seen for the first time");
        house.store.write(|tx| history::forget_names(tx, NOW + 1, NOW)).unwrap();
        assert_eq!(names(by(Some(phone))).1, None);
        let bob = house.user("bob").id;
        house.store.write(|tx| accounts::delete(tx, bob)).unwrap();
        assert_eq!(names(Author { user: bob, app_password: None }), (Some("bob".to_owned()), None));
    }

    fn the_same_uid_lives_again_after_a_deletion(house: &House) {
        let layer = house.layer("alice").id;
        house.put(layer, "a.ics", "one").unwrap();
        for _ in 0..3 {
            house.store.write(|tx| delete(tx, layer, "a.ics", NOW)).unwrap();
            assert!(house.put(layer, "a.ics", "one").unwrap().0, "a new one");
        }
        assert_eq!(past(&house.store, layer, "a.ics").len(), 3);
    }

    fn items_with_a_past_are_named_as_they_are_called(house: &House) {
        let layer = house.layer("alice").id;
        for (name, text) in [("a.ics", "one"), ("a.ics", "two"), ("a.ics", "three"), ("b.ics", "one"), ("c.ics", "one"), ("c.ics", "two")] {
            house.put(layer, name, text).unwrap();
        }
        let named = || house.store.read(|tx| history::names_in(tx, layer)).unwrap();
        assert_eq!(named(), ["a.ics", "c.ics"], "what was never anything else has no past");
        house.store.write(|tx| delete(tx, layer, "b.ics", NOW)).unwrap();
        assert_eq!(named(), ["a.ics", "b.ics", "c.ics"]);
        // Moved to another name: by that, with all that it was.
        house.store.write(|tx| {
            let text = bytes::Bytes::from_static(b"three");
            let mut writer = writer(tx, layer)?;
            writer.remove("a.ics", Ended::Moved, &[], NOW)?;
            writer.put(&items::NewItem { uid: "a.ics", ..new_item("z.ics", &text) })
        }).unwrap();
        assert_eq!(named(), ["b.ics", "c.ics", "z.ics"]);
    }

    fn dead_properties_come_back_with_their_item(house: &House) {
        let layer = house.layer("alice");
        let property = Property { namespace: "urn:x".into(), name: "p".into(), xml: "<p/>".into(), text: Some("p".into()) };
        let id = |name: &str| house.store.read(|tx| items::find(tx, layer.id, name, Need::Index)).unwrap().unwrap().id;
        house.put(layer.id, "a.ics", "one").unwrap();
        house.store.write(|tx| properties::set(tx, Subject::Item(id("a.ics")), &property)).unwrap();
        house.store.write(|tx| delete(tx, layer.id, "a.ics", NOW)).unwrap();
        assert!(!house.store.read(|tx| properties::any_on_items(tx, layer.id)).unwrap());
        let lost = gone(&house.store, layer.owner, Need::Index).remove(0);
        house.put(layer.id, "b.ics", "one").unwrap();
        house.store.write(|tx| history::revive(tx, &lost, id("b.ics"))).unwrap();
        assert_eq!(house.store.read(|tx| properties::of(tx, Subject::Item(id("b.ics")))).unwrap(), [property]);
        assert!(gone(&house.store, layer.owner, Need::Index).is_empty());
        assert_eq!(past(&house.store, layer.id, "a.ics").len(), 1, "it was deleted once, all the same");
    }

    fn history_goes_along_with_what_is_moved(house: &House) {
        let from = house.layer("alice");
        let into = house.store.write(|tx| layers::create(tx, &new_layer(from.owner, "home"))).unwrap().unwrap();
        house.put(from.id, "a.ics", "one").unwrap();
        house.put(from.id, "a.ics", "three").unwrap();
        house.put(from.id, "b.ics", "other").unwrap();
        house.put(from.id, "b.ics", "others").unwrap();
        house.store.write(|tx| {
            writer(tx, from.id)?.remove("a.ics", Ended::Moved, &[], NOW)?;
            put(tx, into.id, "a.ics", "three")?;
            history::follow(tx, from.id, into.id, "a.ics")
        }).unwrap();
        let told: Vec<_> = past(&house.store, into.id, "a.ics").iter().map(|it| (it.stood_in, it.why)).collect();
        assert_eq!(told, [(from.id, Ended::Moved), (from.id, Ended::Overwritten)]);
        assert!(past(&house.store, from.id, "a.ics").is_empty());
        assert_eq!(past(&house.store, from.id, "b.ics").len(), 1);
        assert!(gone(&house.store, from.owner, Need::Index).is_empty(), "it stands elsewhere");
        assert_eq!(house.store.read(|tx| history::usage(tx, from.owner)).unwrap(), 13);
        house.store.write(|tx| layers::delete(tx, from.id, NOW)).unwrap();
        assert_eq!(house.store.read(|tx| history::usage(tx, from.owner)).unwrap(), 8);
    }

    fn what_is_old_is_forgotten_and_what_is_held_is_not(house: &House) {
        let layer = house.layer("alice");
        let author = Author { user: layer.owner, app_password: None };
        for (name, day) in [("a", 1), ("b", 2), ("c", 3)] {
            house.put(layer.id, name, "text").unwrap();
            house.store.write(|tx| { tx.act_as(author); delete(tx, layer.id, name, NOW + day) }).unwrap();
        }
        house.store.write(|tx| {
            let doing = gone_from(layer.id, author);
            brake::count(tx, doing, (3, 1), 60, NOW + 2)?;
            brake::hold(tx, doing, Held { began: NOW + 2, since: NOW, ended: NOW + 2, until: NOW + 1000 }, 10)
        }).unwrap();
        let names = || gone(&house.store, layer.owner, Need::Index).iter().map(|it| (it.name.clone(), it.held_until)).collect::<Vec<_>>();
        let held = ("b".to_owned(), Some(NOW + 1000));
        assert_eq!(names(), [("a".to_owned(), None), held.clone(), ("c".to_owned(), None)]);
        let sweep = |before| {
            let (mut next, mut forgotten) = (Some(VersionId(0)), 0);
            while let Some(after) = next {
                let swept = house.store.write(|tx| history::sweep(tx, before, after, 1)).unwrap();
                forgotten += swept.forgotten;
                next = swept.next;
            }
            forgotten
        };
        assert_eq!(sweep(NOW + 1), 0);
        assert_eq!(sweep(NOW + 3), 1);
        assert_eq!(names(), [held.clone(), ("c".to_owned(), None)]);
        // Nor does it go when there is too much.
        assert_eq!(house.store.write(|tx| history::trim(tx, layer.owner, 1_000, Instant::MAX, 100)).unwrap(), 4);
        assert_eq!(names(), [held]);
        house.store.write(|tx| brake::sweep(tx, NOW, NOW + 1001)).unwrap();
        assert_eq!(sweep(NOW + 1001), 1);
        assert_eq!(house.store.read(|tx| history::usage(tx, layer.owner)).unwrap(), 0);
    }

    fn a_layer_in_the_trash_is_nowhere_else(house: &House) {
        let layer = house.layer("alice");
        house.put(layer.id, "a.ics", "text").unwrap();
        house.put(layer.id, "a.ics", "texts").unwrap();
        house.store.write(|tx| trash::discard(tx, layer.id, NOW)).unwrap();
        house.store.write(|tx| {
            assert!(layers::by_id(tx, layer.id)?.is_none());
            assert!(layers::find(tx, layer.owner, "work")?.is_none());
            assert!(layers::find(tx, layer.owner, &format!("/{}", layer.id.0))?.is_none());
            assert!(layers::of_owner(tx, layer.owner)?.is_empty());
            assert!(items::LayerWriter::open(tx, layer.id)?.is_none());
            assert_eq!(layers::usage(tx, layer.owner)?, (0, 0));
            assert_eq!(history::usage(tx, layer.owner)?, 9);
            assert_eq!(layers::gone(tx, layer.owner)?.len(), 1);
            Result::Ok(())
        }).unwrap();
        let again = house.store.write(|tx| layers::create(tx, &new_layer(layer.owner, "work"))).unwrap().unwrap();
        let lost = house.store.read(|tx| trash::of_owner(tx, layer.owner)).unwrap().remove(0);
        assert_eq!((lost.id, lost.name.as_str(), lost.items, lost.bytes, lost.kept), (layer.id, "work", 1, 5, 4));
        assert!(!house.store.write(|tx| trash::restore(tx, &lost, "work")).unwrap(), "the name is taken");
        assert!(house.store.write(|tx| trash::restore(tx, &lost, "work-2")).unwrap());
        let back = house.store.read(|tx| layers::find(tx, layer.owner, "work-2")).unwrap().unwrap();
        assert_eq!(back.id, layer.id);
        assert_ne!(back.epoch, layer.epoch, "old sync tokens are no more");
        assert!(house.store.read(|tx| items::find(tx, layer.id, "a.ics", Need::Text)).unwrap().is_some());
        house.store.write(|tx| trash::discard(tx, again.id, NOW)).unwrap();
        assert_eq!(house.store.read(|tx| trash::older(tx, NOW + 1)).unwrap().len(), 1);
        assert!(house.store.read(|tx| trash::older(tx, NOW)).unwrap().is_empty());
        house.store.write(|tx| { trash::purge(tx, again.id)?; trash::purge(tx, back.id) }).unwrap();
        assert!(house.store.read(|tx| trash::of_owner(tx, layer.owner)).unwrap().is_empty());
        assert!(house.store.read(|tx| layers::by_id(tx, back.id)).unwrap().is_some(), "only what is in the trash");
    }

    fn an_account_is_told_and_its_history_emptied(house: &House) {
        let (layer, other) = (house.layer("alice"), house.layer("bob"));
        for of in [layer.id, other.id] {
            house.put(of, "a", "one").unwrap();
            house.put(of, "a", "three").unwrap();
            house.store.write(|tx| delete(tx, of, "a", NOW)).unwrap();
        }
        assert_eq!(house.store.read(|tx| history::owners_above(tx, 7)).unwrap(), [layer.owner, other.owner]);
        assert!(house.store.read(|tx| history::owners_above(tx, 8)).unwrap().is_empty());
        assert_eq!(house.store.write(|tx| history::empty(tx, layer.owner)).unwrap(), 2);
        assert_eq!(house.store.read(|tx| history::owners_above(tx, 7)).unwrap(), [other.owner]);
        assert!(gone(&house.store, layer.owner, Need::Index).is_empty());
        assert_eq!(gone(&house.store, other.owner, Need::Index).len(), 1);
        house.store.write(|tx| notices::notify(tx, layer.owner, "kind", "first", NOW)).unwrap();
        house.store.write(|tx| notices::seen(tx, layer.owner, NOW + 1)).unwrap();
        house.store.write(|tx| notices::notify(tx, layer.owner, "kind", "second", NOW + 2)).unwrap();
        let told = house.store.read(|tx| notices::of_user(tx, layer.owner, 10)).unwrap();
        let told: Vec<_> = told.iter().map(|it| (it.text.as_str(), it.seen)).collect();
        assert_eq!(told, [("second", None), ("first", Some(NOW + 1))]);
        assert!(house.store.read(|tx| notices::of_user(tx, other.owner, 10)).unwrap().is_empty());
        house.store.write(|tx| notices::sweep(tx, NOW + 1)).unwrap();
        assert_eq!(house.store.read(|tx| notices::of_user(tx, layer.owner, 10)).unwrap().len(), 1);
    }

    fn deletions_are_counted_by_device_and_while(house: &House) {
        let layer = house.layer("alice");
        let author = Author { user: layer.owner, app_password: Some(AppPasswordId(7)) };
        let doing = gone_from(layer.id, author);
        let count = |stood, now| house.store.write(|tx| brake::count(tx, doing, (stood, 1), 60, now)).unwrap().unwrap();
        let first = count(10, NOW);
        assert_eq!((first.began, first.stood, first.items, first.brake), (NOW, 10, 1, None));
        let second = count(9, NOW + 60);
        assert_eq!((second.began, second.stood, second.items), (NOW, 10, 2));
        let held = Held { began: NOW, since: NOW, ended: NOW + 60, until: NOW + 999 };
        assert!(house.store.write(|tx| brake::hold(tx, doing, held, 1)).unwrap());
        assert!(!house.store.write(|tx| brake::hold(tx, doing, held, 1)).unwrap());
        let third = count(8, NOW + 61);
        assert_eq!((third.began, third.stood, third.items), (NOW + 61, 8, 1));
        assert!(third.brake.is_some(), "it goes on");
        assert!(house.store.read(|tx| brake::is_on(tx, layer.id, author, NOW)).unwrap());
        let fourth = count(7, NOW + 200);
        assert_eq!((fourth.items, fourth.brake), (1, None));
        let other = Author { app_password: None, ..author };
        let others = house.store.write(|tx| brake::count(tx, gone_from(layer.id, other), (6, 4), 60, NOW + 201)).unwrap().unwrap();
        assert_eq!(others.items, 4);
        // What is overwritten is counted for itself.
        let overwrites = Doing { loss: Loss::Overwritten, ..doing };
        let others = house.store.write(|tx| brake::count(tx, overwrites, (6, 1), 60, NOW + 201)).unwrap().unwrap();
        assert_eq!((others.items, others.brake), (1, None));
    }

    fn what_stood_before_a_mass_overwrite_is_held(house: &House) {
        let layer = house.layer("alice");
        let author = Author { user: layer.owner, app_password: None };
        let write = |name: &str, text: &'static str, now| house.store.write(|tx| {
            tx.act_as(author);
            let text = bytes::Bytes::from_static(text.as_bytes());
            writer(tx, layer.id)?.put(&items::NewItem { now, ..new_item(name, &text) })
        }).unwrap();
        write("a", "one", NOW);
        write("a", "two", NOW + 10);
        write("a", "three", NOW + 11);
        write("b", "one", NOW + 11);
        house.store.write(|tx| { tx.act_as(author); delete(tx, layer.id, "b", NOW + 12) }).unwrap();
        assert!(house.store.read(|tx| history::held_overwritten(tx, layer.owner)).unwrap().is_empty());
        let doing = Doing { loss: Loss::Overwritten, ..gone_from(layer.id, author) };
        let held = Held { began: NOW + 5, since: NOW + 9, ended: NOW + 12, until: NOW + 1000 };
        house.store.write(|tx| brake::hold(tx, doing, held, 10)).unwrap();
        let held = house.store.read(|tx| history::held_overwritten(tx, layer.owner)).unwrap();
        let held: Vec<_> = held.iter().map(|it| (it.name.as_str(), it.written, it.held_until)).collect();
        assert_eq!(held, [("a", NOW, Some(NOW + 1000))], "not what was written since, nor what was deleted");
        assert_eq!(gone(&house.store, layer.owner, Need::Index)[0].held_until, None);
        assert_eq!(house.store.write(|tx| history::trim(tx, layer.owner, 1_000, Instant::MAX, 100)).unwrap(), 6);
        assert_eq!(past(&house.store, layer.id, "a").len(), 1);
    }

    fn a_layer_is_held_in_the_trash(house: &House) {
        let (one, other) = (house.layer("alice"), house.layer("bob"));
        let second = house.store.write(|tx| layers::create(tx, &new_layer(one.owner, "home"))).unwrap().unwrap();
        for id in [one.id, second.id, other.id] {
            house.store.write(|tx| trash::discard(tx, id, NOW)).unwrap();
        }
        let find = |id| house.store.read(|tx| trash::find(tx, id)).unwrap().unwrap();
        let hold = |id| house.store.write(|tx| trash::hold(tx, &find(id), NOW + 100, 1)).unwrap();
        assert!(hold(one.id));
        assert!(!hold(second.id), "so many of this account are held");
        assert!(hold(other.id));
        assert_eq!(find(one.id).held_until, Some(NOW + 100));
        let older = || house.store.read(|tx| trash::older(tx, NOW + 1)).unwrap().len();
        assert_eq!(older(), 1);
        assert!(house.store.write(|tx| trash::restore(tx, &find(other.id), "back")).unwrap());
        house.store.write(|tx| trash::discard(tx, other.id, NOW)).unwrap();
        assert_eq!(find(other.id).held_until, None, "it came back");
        house.store.write(|tx| brake::sweep(tx, NOW, NOW + 101)).unwrap();
        assert_eq!(older(), 3);
    }
}
