//! Links that show an account's layers: what is kept of them, and what goes with what.

use strata::model::*;
use strata::store::{Result, Tx, accounts, exports, layers};

use crate::house::{House, NOW};
use crate::stories::stories;

fn does<T>(house: &House, work: impl FnMut(&mut Tx) -> Result<T>) -> T {
    house.store.write(work).expect("the write succeeds")
}

stories! {
    fn a_link_is_found_by_the_hash_of_its_secret(house: &House) {
        let layer = house.layer("alice");
        let terms = Terms {
            label: "Work".into(),
            audience: Audience::Friends,
            layers: Some(vec![layer.id]),
            sorts: Sorts::of([Sort::Event]),
            reach: Some(Reach { back: 2, ahead: 5 }),
        };
        let id = does(house, |tx| exports::create(tx, layer.owner, &[1; 32], &terms, NOW));
        let found = does(house, |tx| exports::by_hash(tx, &[1; 32])).unwrap();
        let export = Export { id, owner: layer.owner, terms: terms.clone(), created: NOW, last_used: None };
        assert_eq!(found, export);
        assert_eq!(does(house, |tx| exports::by_hash(tx, &[2; 32])), None);
        does(house, |tx| exports::used(tx, id, NOW + 9));
        let open = Terms { layers: None, reach: None, sorts: Sorts::ALL, audience: Audience::Busy, ..terms };
        assert!(does(house, |tx| exports::update(tx, id, &open)));
        let again = Export { terms: open, last_used: Some(NOW + 9), ..export };
        assert_eq!(does(house, |tx| exports::of(tx, layer.owner)), [again]);
        assert_eq!(does(house, |tx| exports::count(tx, layer.owner)), 1);
        assert!(does(house, |tx| exports::revoke(tx, id)));
        assert!(!does(house, |tx| exports::revoke(tx, id)));
        assert_eq!(does(house, |tx| exports::by_id(tx, id)), None);
    }

    fn a_link_to_a_layer_that_is_gone_shows_no_other(house: &House) {
        let layer = house.layer("alice");
        let terms = Terms {
            label: "Work".into(),
            audience: Audience::Owner,
            layers: Some(vec![layer.id]),
            sorts: Sorts::ALL,
            reach: None,
        };
        let id = does(house, |tx| exports::create(tx, layer.owner, &[1; 32], &terms, NOW));
        does(house, |tx| layers::delete(tx, layer.id, NOW));
        let found = does(house, |tx| exports::by_id(tx, id)).unwrap();
        assert_eq!(found.terms.layers, Some(vec![]));
        does(house, |tx| accounts::delete(tx, layer.owner));
        assert_eq!(does(house, |tx| exports::by_hash(tx, &[1; 32])), None);
    }
}
