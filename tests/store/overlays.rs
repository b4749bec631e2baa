//! What sharees keep on the items of others: apart from each other, in a sequence of their own, and for as long as they
//! have a share.

use bytes::Bytes;
use strata::calendar::{Access, Calendars, Draft, Error, Limits, Refusal};
use strata::model::*;
use strata::privacy::{Device, Viewer};
use strata::store::items::{self, Need};
use strata::store::shares::{self, NewShare};
use strata::store::{Result, Tx, accounts, layers, overlays};

use crate::house::{House, NOW, delete, new_layer, put};
use crate::stories::stories;

fn does<T>(house: &House, work: impl FnMut(&mut Tx) -> Result<T>) -> T {
    house.store.write(work).expect("the write succeeds")
}

fn item(house: &House, layer: LayerId, name: &str) -> ItemId {
    does(house, |tx| items::find(tx, layer, name, Need::Index))
        .expect("it is there")
        .id
}

/// Alice's layer with an item in it, and bob.
fn shared(house: &House) -> (Layer, ItemId, UserId) {
    let layer = house.layer("alice");
    house.put(layer.id, "one.ics", "one").expect("it is put");
    let bob = house.user("bob").id;
    (layer.clone(), item(house, layer.id, "one.ics"), bob)
}

/// An accepted invitation, standing in the sharee's home.
fn mount(house: &House, layer: &Layer, user: UserId) -> (Share, Layer) {
    does(house, |tx| {
        let share = shares::create(
            tx,
            &NewShare {
                owner: layer.owner,
                layer: Some(layer.id),
                grantee: Grantee::User(user),
                right: Right::Read,
                invitation: Some(Invitation::Accepted),
                summary: None,
                now: NOW,
            },
        )?
        .expect("it is the first");
        let row = layers::NewLayer {
            mount: Some(Mount::Share(share.id)),
            ..new_layer(user, &format!("mount-{}", share.id.0))
        };
        let row = layers::create(tx, &row)?.expect("the name is free");
        Ok((share, row))
    })
}

fn keep(house: &House, (user, layer, item): (UserId, LayerId, ItemId), body: &str) {
    does(house, |tx| {
        overlays::set(tx, (user, layer, item), body.as_bytes(), NOW)
    });
}

fn body(house: &House, user: UserId, item: ItemId) -> Option<Bytes> {
    does(house, |tx| overlays::of(tx, user, item))?.body
}

stories! {
    fn each_keeps_their_own(house: &House) {
        let (layer, item, bob) = shared(house);
        let carol = house.user("carol").id;
        assert_eq!(body(house, bob, item), None);
        keep(house, (bob, layer.id, item), "bob's");
        keep(house, (carol, layer.id, item), "carol's");
        keep(house, (bob, layer.id, item), "bob's own");
        assert_eq!(body(house, bob, item).as_deref(), Some(&b"bob's own"[..]));
        assert_eq!(body(house, carol, item).as_deref(), Some(&b"carol's"[..]));
        let on = does(house, |tx| overlays::on(tx, item));
        assert_eq!(on, [(bob, Bytes::from("bob's own")), (carol, Bytes::from("carol's"))]);
        let bytes = |user| does(house, |tx| overlays::bytes(tx, user, layer.id));
        assert_eq!((bytes(bob), bytes(carol)), (9, 7));
        for need in [Need::Index, Need::Text] {
            let all = does(house, |tx| overlays::all(tx, bob, layer.id, need));
            assert_eq!(all.len(), 1);
            assert_eq!(all[&item].hash, Overlay::hash_of(b"bob's own"));
            assert_eq!(all[&item].body.is_some(), need == Need::Text);
        }
    }

    fn each_has_a_sequence_of_changes(house: &House) {
        let (layer, one, bob) = shared(house);
        let carol = house.user("carol").id;
        house.put(layer.id, "two.ics", "two").unwrap();
        let two = item(house, layer.id, "two.ics");
        let reach = |user| does(house, |tx| overlays::reach(tx, user, layer.id));
        let since = |user, after, most| does(house, |tx| overlays::since(tx, (user, layer.id), after, most));
        let before = does(house, |tx| layers::by_id(tx, layer.id)).unwrap().number;
        assert_eq!((reach(bob), since(bob, 0, 10)), (0, vec![]));
        keep(house, (bob, layer.id, one), "1");
        keep(house, (carol, layer.id, one), "1");
        keep(house, (bob, layer.id, two), "2");
        // Nothing is a change too, and what changed again is told where it changed last.
        keep(house, (bob, layer.id, one), "");
        assert_eq!((reach(bob), reach(carol)), (3, 1));
        assert_eq!(since(bob, 0, 10), [(two, 2), (one, 3)]);
        assert_eq!(since(bob, 2, 10), [(one, 3)]);
        assert_eq!(since(bob, 0, 1), [(two, 2)]);
        assert_eq!(since(carol, 0, 10), [(one, 1)]);
        assert_eq!(body(house, bob, one), Some(Bytes::new()));
        let after = does(house, |tx| layers::by_id(tx, layer.id)).unwrap().number;
        assert_eq!(before, after, "for the owner nothing has changed");
    }

    fn what_is_kept_goes_with_the_item(house: &House) {
        let (layer, one, bob) = shared(house);
        keep(house, (bob, layer.id, one), "bob's");
        does(house, |tx| put(tx, layer.id, "one.ics", "one, written anew"));
        assert!(body(house, bob, one).is_some(), "it is the same item");
        does(house, |tx| delete(tx, layer.id, "one.ics", NOW));
        assert!(body(house, bob, one).is_none());
        assert_eq!(does(house, |tx| overlays::bytes(tx, bob, layer.id)), 0);
        assert_eq!(does(house, |tx| overlays::reach(tx, bob, layer.id)), 1, "numbers only rise");
    }

    fn who_leaves_leaves_nothing(house: &House) {
        let (layer, one, bob) = shared(house);
        let other = does(house, |tx| layers::create(tx, &new_layer(layer.owner, "other"))).unwrap();
        does(house, |tx| put(tx, other.id, "two.ics", "two"));
        let two = item(house, other.id, "two.ics");
        let (share, row) = mount(house, &layer, bob);
        let (_, stays) = mount(house, &other, bob);
        let carol = house.user("carol").id;
        mount(house, &layer, carol);
        for (user, layer, item) in [(bob, layer.id, one), (bob, other.id, two), (carol, layer.id, one)] {
            keep(house, (user, layer, item), "own");
        }
        // The share may go before where it stands, or after.
        does(house, |tx| shares::remove(tx, share.id));
        does(house, |tx| layers::delete(tx, row.id, NOW));
        assert_eq!(body(house, bob, one), None);
        assert_eq!(does(house, |tx| overlays::reach(tx, bob, layer.id)), 0);
        assert!(body(house, bob, two).is_some() && body(house, carol, one).is_some());
        does(house, |tx| layers::delete(tx, stays.id, NOW));
        assert_eq!(body(house, bob, two), None);
        assert!(body(house, carol, one).is_some());
        does(house, |tx| accounts::delete(tx, carol));
        assert!(does(house, |tx| overlays::on(tx, one)).is_empty());
    }

    /// 8 MiB of everything that a sharee keeps in one layer: who listens to a listing holds it in memory.
    fn there_is_a_bound_for_each_sharee_and_layer(house: &House) {
        let (layer, _, bob) = shared(house);
        let (_, row) = mount(house, &layer, bob);
        let calendars = Calendars::new(house.store.clone(), Limits::default());
        let owner = device(house, layer.owner);
        let sharee = device(house, bob);
        let put = |who: &Viewer, home: &str, layer: &str, name: &str, text: String| {
            calendars.write(who, |access: &mut Access| {
                let into = access.collection(home, layer)?;
                let draft = Draft::read(&Bytes::from(text.clone()), &into, access.limits())?;
                access.put(&into, name, &draft, &|_| true).map(|_| ())
            })
        };
        // 128 items of 64 KiB take all of it.
        for number in 0..130 {
            let name = format!("{number}.ics");
            put(&owner, "alice", "work", &name, event(&name, 0)).expect("the owner puts it");
            if number < 127 {
                let item = item(house, layer.id, &name);
                keep(house, (bob, layer.id, item), &"x".repeat(64 << 10));
            }
        }
        let own = |name: &str, alarm| put(&sharee, "bob", &row.name, name, event(name, alarm));
        own("127.ics", 40_000).expect("there is room");
        let full: std::result::Result<(), Error> = own("128.ics", 40_000);
        assert!(matches!(full, Err(Error::Refused(Refusal::OverQuota))), "{full:?}");
        own("129.ics", 20_000).expect("less of it fits");
        // What shrinks always goes, and makes room.
        own("0.ics", 10).expect("it is less than before");
        own("128.ics", 40_000).expect("there is room again");
        // One item has a bound of its own.
        let large: std::result::Result<(), Error> = own("1.ics", 70_000);
        assert!(matches!(large, Err(Error::Refused(Refusal::TooLarge(_)))), "{large:?}");
        // Somebody else has as much room.
        let carol = house.user("carol").id;
        let (_, hers) = mount(house, &layer, carol);
        put(&device(house, carol), "carol", &hers.name, "128.ics", event("128.ics", 40_000)).expect("she keeps nothing else");
    }
}

fn device(house: &House, user: UserId) -> Viewer {
    let user = does(house, |tx| accounts::by_id(tx, user)).expect("it is there");
    Viewer::User(Device {
        user: user.id,
        app_password: None,
        token: None,
        epoch: user.epoch,
        read_only: false,
        layers: None,
    })
}

/// With an alarm of about so many bytes, unless it is 0.
fn event(uid: &str, alarm: usize) -> String {
    let alarm = match alarm {
        0 => String::new(),
        bytes => format!(
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nDESCRIPTION:{}\r\nEND:VALARM\r\n",
            "x".repeat(bytes)
        ),
    };
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20260601T100000Z\r\nX-STRATA-DETAILS-TO:EVERYONE\r\nSUMMARY:Lunch\r\n{alarm}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}
