//! Tokens of programs, and the answers that are kept for them.

use strata::model::*;
use strata::store::answers::{self, Kept};
use strata::store::api_tokens::{self, NewApiToken};
use strata::store::{accounts, layers};

use crate::house::{House, NOW};
use crate::stories::stories;

fn token<'a>(user: UserId, hash: &'a [u8], by: Option<ApiTokenId>) -> NewApiToken<'a> {
    NewApiToken {
        user,
        label: "a script",
        secret_hash: hash,
        scopes: Scopes::of([Scope::Write]),
        created: NOW,
        expires: Some(NOW + 60),
        by_token: by,
        by_password: None,
    }
}

fn kept(request: u8) -> Kept {
    Kept {
        request: vec![request; 32],
        status: 201,
        location: Some("/x".to_owned()),
        tag: None,
        body: b"{}".to_vec(),
    }
}

stories! {
    fn a_token_stands_until_it_is_over_or_withdrawn(house: &House) {
        let (alice, bob) = (house.user("alice").id, house.user("bob").id);
        let id = house.store.write(|tx| api_tokens::add(tx, &token(alice, &[1; 32], None))).unwrap();
        let stands = |user, now| {
            let asking = house.store.read(|tx| api_tokens::asking(tx, user, id, now)).unwrap();
            asking.map(|(_, stands)| stands)
        };
        assert_eq!(stands(alice, NOW), Some(true));
        assert_eq!(stands(alice, NOW + 60), Some(false));
        assert_eq!(stands(bob, NOW), Some(false), "a token is its account's");
        let found = house.store.read(|tx| api_tokens::by_hash(tx, &[1; 32])).unwrap().unwrap();
        assert_eq!((found.id, found.user, found.last_used), (id, alice, None));
        assert!(found.scopes.contains(Scope::Read));
        house.store.write(|tx| api_tokens::touch(tx, id, NOW + 5)).unwrap();
        let listed = house.store.read(|tx| api_tokens::of_user(tx, alice)).unwrap();
        assert_eq!(listed[0].last_used, Some(NOW + 5));
        assert!(!house.store.write(|tx| api_tokens::revoke(tx, bob, id)).unwrap());
        assert!(house.store.write(|tx| api_tokens::revoke(tx, alice, id)).unwrap());
        assert_eq!(stands(alice, NOW), Some(false));
    }

    fn a_token_takes_with_it_what_it_has_made(house: &House) {
        let alice = house.user("alice").id;
        let first = house.store.write(|tx| api_tokens::add(tx, &token(alice, &[1; 32], None))).unwrap();
        let second = house.store.write(|tx| api_tokens::add(tx, &token(alice, &[2; 32], Some(first)))).unwrap();
        house.store.write(|tx| api_tokens::add(tx, &token(alice, &[3; 32], Some(second)))).unwrap();
        house.store.write(|tx| api_tokens::revoke(tx, alice, first)).unwrap();
        assert!(house.store.read(|tx| api_tokens::of_user(tx, alice)).unwrap().is_empty());
        house.store.write(|tx| api_tokens::add(tx, &token(alice, &[4; 32], None))).unwrap();
        house.store.write(|tx| accounts::delete(tx, alice)).unwrap();
        assert!(house.store.read(|tx| api_tokens::by_hash(tx, &[4; 32])).unwrap().is_none());
    }

    fn an_answer_stands_under_its_key_for_its_time(house: &House) {
        let (alice, bob) = (house.user("alice").id, house.user("bob").id);
        let keep = |user, answer: &Kept| {
            house.store.write(|tx| answers::keep(tx, user, &[7; 32], answer, NOW)).unwrap()
        };
        let find = |user, since| {
            house.store.read(|tx| answers::find(tx, user, &[7; 32], since)).unwrap()
        };
        assert!(keep(alice, &kept(1)));
        assert!(!keep(alice, &kept(2)), "the first one stays");
        assert_eq!(find(alice, NOW), Some(kept(1)));
        assert_eq!(find(alice, NOW + 1), None);
        assert_eq!(find(bob, NOW), None);
        assert!(keep(bob, &kept(3)));
        assert_eq!(house.store.read(|tx| answers::count(tx, alice)).unwrap(), 1);
        assert_eq!(house.store.write(|tx| answers::sweep(tx, NOW)).unwrap(), 0);
        assert_eq!(house.store.write(|tx| answers::sweep(tx, NOW + 1)).unwrap(), 2);
        assert_eq!(find(alice, 0), None);
    }

    fn a_layer_says_when_it_was_changed(house: &House) {
        let layer = house.layer("alice");
        let times = || house.store.read(|tx| layers::times(tx, layer.owner)).unwrap();
        assert_eq!(times(), [(layer.id, layer.created)]);
        house.store.write(|tx| layers::touch(tx, layer.id, NOW + 9)).unwrap();
        assert_eq!(times(), [(layer.id, NOW + 9)]);
    }
}
