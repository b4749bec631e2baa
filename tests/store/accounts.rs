//! Accounts, app passwords and groups.

use strata::model::*;
use strata::store::accounts::{self, NewAppPassword, Standing};
use strata::store::{Result, layers};

use crate::house::{House, NOW, new_layer, new_user};
use crate::stories::stories;

fn app_password<'a>(user: UserId, hash: &'a [u8]) -> NewAppPassword<'a> {
    NewAppPassword {
        user,
        label: "phone",
        secret_hash: hash,
        created: NOW,
        expires: None,
        read_only: false,
        layers: None,
    }
}

stories! {
    fn names_are_taken_once(house: &House) {
        let addresses = ["Alice@Example.org".to_owned(), "al@example.org".to_owned()];
        let made = house.store.write(|tx| accounts::create(tx, &new_user("alice", &addresses)));
        let alice = made.unwrap().unwrap();
        assert_eq!(alice.addresses, addresses);
        let others: [(&str, &[String]); 3] = [
            ("alice", &[]),
            ("ALICE", &[]),
            ("bob", &["alice@example.ORG".to_owned()]),
        ];
        for (name, addresses) in others {
            let refused = house.store.write(|tx| accounts::create(tx, &new_user(name, addresses)));
            assert!(refused.unwrap().is_none(), "{name}");
        }
        house.store.read(|tx| {
            assert_eq!(accounts::by_name(tx, "alice")?.unwrap().id, alice.id);
            assert!(accounts::by_name(tx, "Alice")?.is_none());
            assert_eq!(accounts::by_address(tx, "alice@example.org")?.unwrap().id, alice.id);
            assert_eq!(accounts::by_id(tx, alice.id)?.unwrap().name, "alice");
            assert_eq!(accounts::all(tx)?.len(), 1);
            assert_eq!(accounts::all(tx)?[0].addresses, addresses);
            Result::Ok(())
        }).unwrap();
    }

    fn a_changed_credential_changes_the_epoch(house: &House) {
        let id = house.user("alice").id;
        let standing = |password, now| {
            house.store.read(|tx| accounts::standing(tx, id, password, now)).unwrap()
        };
        let fresh = Standing { epoch: 0, disabled: false, app_password_valid: true };
        assert_eq!(standing(None, NOW), Some(fresh));
        house.store.write(|tx| accounts::set_password(tx, id, "other")).unwrap();
        assert_eq!(standing(None, NOW), Some(Standing { epoch: 1, ..fresh }));
        house.store.write(|tx| accounts::set_disabled(tx, id, true)).unwrap();
        assert_eq!(standing(None, NOW), Some(Standing { epoch: 2, disabled: true, ..fresh }));
        let hash = house.store.read(|tx| accounts::password_hash(tx, id)).unwrap();
        assert_eq!(hash.as_deref(), Some("other"));
        house.store.write(|tx| accounts::set_display_name(tx, id, "Alice A.")).unwrap();
        let alice = house.store.read(|tx| accounts::by_id(tx, id)).unwrap().unwrap();
        assert_eq!((alice.display_name.as_str(), alice.epoch, alice.disabled), ("Alice A.", 2, true));
        assert_eq!(house.store.read(|tx| accounts::standing(tx, UserId(99), None, NOW)).unwrap(), None);
    }

    fn app_passwords_stand_until_they_expire_or_are_revoked(house: &House) {
        let layer = house.layer("alice");
        let (alice, bob) = (layer.owner, house.user("bob").id);
        let (plain, narrow) = house.store.write(|tx| {
            let plain = accounts::add_app_password(tx, &app_password(alice, b"one"))?;
            let narrow = accounts::add_app_password(tx, &NewAppPassword {
                expires: Some(NOW + 10),
                read_only: true,
                layers: Some(&[layer.id]),
                ..app_password(alice, b"two")
            })?;
            Result::Ok((plain, narrow))
        }).unwrap();
        let valid = |user, id, now| {
            let standing = house.store.read(|tx| accounts::standing(tx, user, Some(id), now));
            standing.unwrap().unwrap().app_password_valid
        };
        assert!(valid(alice, plain, NOW));
        assert!(!valid(bob, plain, NOW), "another account's app password");
        assert!(valid(alice, narrow, NOW + 9));
        assert!(!valid(alice, narrow, NOW + 10));

        house.store.write(|tx| accounts::touch_app_password(tx, narrow, NOW + 5)).unwrap();
        let found = house.store.read(|tx| accounts::app_password_by_hash(tx, alice, b"two")).unwrap().unwrap();
        assert_eq!((found.id, found.read_only, found.last_used), (narrow, true, Some(NOW + 5)));
        assert_eq!(found.layers, Some(vec![layer.id]));
        assert!(house.store.read(|tx| accounts::app_password_by_hash(tx, bob, b"two")).unwrap().is_none());

        assert!(!house.store.write(|tx| accounts::revoke_app_password(tx, bob, plain)).unwrap());
        assert!(house.store.write(|tx| accounts::revoke_app_password(tx, alice, plain)).unwrap());
        assert!(!valid(alice, plain, NOW));
        let alice = house.store.read(|tx| accounts::by_id(tx, alice)).unwrap().unwrap();
        assert_eq!(alice.epoch, 1);
        let left = house.store.read(|tx| accounts::app_passwords(tx, alice.id)).unwrap();
        assert_eq!(left.len(), 1);

        // A device that may see one layer sees none when that is gone, not all.
        house.store.write(|tx| layers::delete(tx, layer.id, NOW)).unwrap();
        let left = house.store.read(|tx| accounts::app_passwords(tx, alice.id)).unwrap();
        assert_eq!(left[0].layers, Some(vec![]));
    }

    fn groups_have_members(house: &House) {
        let (alice, bob) = (house.user("alice").id, house.user("bob").id);
        let group = house.store.write(|tx| accounts::create_group(tx, "choir", "The choir")).unwrap().unwrap();
        assert!(house.store.write(|tx| accounts::create_group(tx, "Choir", "")).unwrap().is_none());
        house.store.write(|tx| {
            assert!(accounts::add_member(tx, group.id, bob)?);
            assert!(accounts::add_member(tx, group.id, alice)?);
            assert!(!accounts::add_member(tx, group.id, alice)?);
            Result::Ok(())
        }).unwrap();
        house.store.read(|tx| {
            assert_eq!(accounts::group_by_name(tx, "choir")?.unwrap().display_name, "The choir");
            assert_eq!(accounts::groups(tx)?.len(), 1);
            assert_eq!(accounts::groups_of(tx, alice)?[0].id, group.id);
            let names: Vec<_> = accounts::members(tx, group.id)?.into_iter().map(|user| user.name).collect();
            assert_eq!(names, ["alice", "bob"]);
            Result::Ok(())
        }).unwrap();
        assert!(house.store.write(|tx| accounts::remove_member(tx, group.id, bob)).unwrap());
        assert!(!house.store.write(|tx| accounts::remove_member(tx, group.id, bob)).unwrap());
    }

    fn a_deleted_account_leaves_nothing_and_its_id_is_not_given_again(house: &House) {
        let layer = house.layer("alice");
        house.put(layer.id, "a.ics", "text").unwrap();
        house.store.write(|tx| accounts::delete(tx, layer.owner)).unwrap();
        assert!(house.store.read(|tx| layers::by_id(tx, layer.id)).unwrap().is_none());
        let again = house.user("alice");
        assert_ne!(again.id, layer.owner);
        let made = house.store.write(|tx| layers::create(tx, &new_layer(again.id, "work"))).unwrap().unwrap();
        assert_ne!(made.id, layer.id);
    }
}
