//! Links that show a shared view: one a view, found by the hash of its secret, gone with the view.

use strata::model::*;
use strata::store::{Result, Tx, view_links, views};

use crate::house::{House, NOW};
use crate::stories::stories;

fn does<T>(house: &House, work: impl FnMut(&mut Tx) -> Result<T>) -> T {
    house.store.write(work).expect("the write succeeds")
}

fn view(house: &House, owner: UserId) -> ViewId {
    let new = views::NewView {
        owner,
        name: "Team",
        description: None,
        mode: ViewMode::Manual,
        includes: Includes::usual(),
        now: NOW,
    };
    does(house, |tx| views::create(tx, &new))
}

stories! {
    fn a_view_has_one_link_until_it_is_removed(house: &House) {
        let alice = house.user("alice").id;
        let (team, crew) = (view(house, alice), view(house, alice));
        let id = does(house, |tx| view_links::create(tx, team, &[1; 32], NOW)).unwrap();
        assert_eq!(does(house, |tx| view_links::create(tx, team, &[2; 32], NOW)), None);
        does(house, |tx| view_links::create(tx, crew, &[3; 32], NOW)).unwrap();
        let link = ViewLink { id, view: team, owner: alice, created: NOW, last_used: None };
        assert_eq!(does(house, |tx| view_links::by_hash(tx, &[1; 32])), Some(link.clone()));
        assert_eq!(does(house, |tx| view_links::by_hash(tx, &[2; 32])), None);
        does(house, |tx| view_links::used(tx, id, NOW + 9));
        let used = ViewLink { last_used: Some(NOW + 9), ..link };
        assert_eq!(does(house, |tx| view_links::of_view(tx, team)), Some(used.clone()));
        assert_eq!(does(house, |tx| view_links::by_id(tx, id)), Some(used));
        assert!(does(house, |tx| view_links::remove(tx, team)));
        assert!(!does(house, |tx| view_links::remove(tx, team)));
        assert_eq!(does(house, |tx| view_links::by_id(tx, id)), None);
        let again = does(house, |tx| view_links::create(tx, team, &[1; 32], NOW)).unwrap();
        assert_ne!(again, id, "another link has other names for what it shows");
        does(house, |tx| views::delete(tx, team));
        assert_eq!(does(house, |tx| view_links::by_hash(tx, &[1; 32])), None);
        assert!(does(house, |tx| view_links::of_view(tx, crew)).is_some());
    }

    fn a_member_agrees_by_their_own_word(house: &House) {
        let (alice, bob) = (house.user("alice").id, house.user("bob").id);
        let team = view(house, alice);
        let member = ViewMember {
            user: bob,
            state: MemberState::Accepted,
            place: None,
            color: None,
            consent: Includes::default(),
            open: false,
            at: NOW,
        };
        for open in [false, true, false] {
            let member = ViewMember { open, ..member.clone() };
            does(house, |tx| views::set_member(tx, team, &member));
            assert_eq!(does(house, |tx| views::member(tx, team, bob)).unwrap().open, open);
        }
    }
}
