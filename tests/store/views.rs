//! Shared views: who is in them, in which order they came, and all that one shows at once.

use strata::model::*;
use strata::store::views::{self, NewView, Shown};
use strata::store::{Result, Tx, accounts, audiences, layers};

use crate::house::{House, NOW, new_layer};
use crate::stories::stories;

fn does<T>(house: &House, work: impl FnMut(&mut Tx) -> Result<T>) -> T {
    house.store.write(work).expect("the write succeeds")
}

fn new_view(owner: UserId, mode: ViewMode) -> NewView<'static> {
    NewView {
        owner,
        name: "Team",
        description: None,
        mode,
        includes: Includes::usual(),
        now: NOW,
    }
}

fn member(user: UserId, state: MemberState) -> ViewMember {
    ViewMember {
        user,
        state,
        place: None,
        color: None,
        consent: Includes::of([Included::Personal]),
        open: false,
        at: NOW,
    }
}

fn of_owners(shown: &Shown) -> Vec<UserId> {
    shown.layers.iter().map(|layer| layer.owner).collect()
}

stories! {
    fn a_member_keeps_the_place_of_the_first_joining(house: &House) {
        let people = ["alice", "bob", "carol"].map(|name| house.user(name).id);
        let [alice, bob, carol] = people;
        let id = does(house, |tx| views::create(tx, &new_view(alice, ViewMode::Manual)));
        let set = |user, state, place| {
            let member = ViewMember { place, ..member(user, state) };
            does(house, |tx| views::set_member(tx, id, &member));
        };
        let places = || -> Vec<_> {
            let members = does(house, |tx| views::members(tx, id));
            members.iter().map(|it| (it.user, it.place)).collect()
        };
        set(alice, MemberState::Accepted, None);
        set(carol, MemberState::Invited, None);
        set(bob, MemberState::Accepted, None);
        assert_eq!(places(), [(alice, Some(0)), (bob, Some(1)), (carol, None)]);
        set(carol, MemberState::Accepted, None);
        set(bob, MemberState::Left, Some(1));
        set(bob, MemberState::Accepted, Some(1));
        assert_eq!(places(), [(alice, Some(0)), (bob, Some(1)), (carol, Some(2))]);
        let found = does(house, |tx| views::member(tx, id, bob)).unwrap();
        assert_eq!(found, ViewMember { place: Some(1), ..member(bob, MemberState::Accepted) });
        assert_eq!(does(house, |tx| views::accepted(tx, bob)), [id]);
        assert_eq!(does(house, |tx| views::reaching(tx, bob))[0].name, "Team");
        let renamed = View { name: "Crew".to_owned(), includes: Includes::default(), ..does(house, |tx| views::by_id(tx, id)).unwrap() };
        assert!(does(house, |tx| views::update(tx, &renamed)));
        assert_eq!(does(house, |tx| views::owned(tx, alice)), [renamed]);
        assert!(does(house, |tx| views::remove_member(tx, id, bob)));
        assert!(does(house, |tx| views::delete(tx, id)));
        assert_eq!(does(house, |tx| views::members(tx, id)), []);
    }

    fn a_view_shows_the_layers_of_who_accepted(house: &House) {
        let (work, other) = (house.layer("alice"), house.layer("bob"));
        let (alice, bob) = (work.owner, other.owner);
        let id = does(house, |tx| views::create(tx, &new_view(alice, ViewMode::Manual)));
        does(house, |tx| views::set_member(tx, id, &member(alice, MemberState::Accepted)));
        does(house, |tx| views::set_member(tx, id, &member(bob, MemberState::Invited)));
        assert_eq!(of_owners(&does(house, |tx| views::of_members(tx, id))), [alice]);
        does(house, |tx| views::set_member(tx, id, &member(bob, MemberState::Accepted)));
        let mount = layers::NewLayer { mount: Some(Mount::View(id)), ..new_layer(bob, "view-1") };
        does(house, |tx| layers::create(tx, &mount));
        let shown = does(house, |tx| views::of_members(tx, id));
        assert_eq!(of_owners(&shown), [alice, bob]);
        assert_eq!(shown.people.len(), 2);
        assert!(shown.reaches.is_empty());
        for layer in &shown.layers {
            for class in Class::ALL {
                assert_eq!(does(house, |tx| audiences::reach(tx, layer.id, class)), (0, 0));
            }
        }
    }

    fn a_view_of_groups_shows_what_the_system_keeps(house: &House) {
        let (work, other) = (house.layer("alice"), house.layer("bob"));
        let id = does(house, |tx| views::create(tx, &new_view(work.owner, ViewMode::RoleBased)));
        let team = does(house, |tx| accounts::create_group(tx, "team", "")).unwrap();
        does(house, |tx| accounts::add_member(tx, team.id, other.owner));
        does(house, |tx| views::set_groups(tx, id, &[team.id]));
        assert_eq!(does(house, |tx| views::groups(tx, id))[0].name, "team");
        let system = layers::NewLayer { kind: LayerKind::System, ..new_layer(other.owner, "shifts") };
        let system = does(house, |tx| layers::create(tx, &system)).unwrap();
        let shown = does(house, |tx| views::of_roles(tx, id));
        assert_eq!(shown.layers.iter().map(|it| it.id).collect::<Vec<_>>(), [system.id]);
        does(house, |tx| accounts::set_disabled(tx, other.owner, true));
        assert!(does(house, |tx| views::of_roles(tx, id)).people.is_empty());
    }
}
