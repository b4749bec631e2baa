//! Friends, blocks, shares and delegates: what holds between two accounts, and which number it was given.

use strata::model::*;
use strata::store::notifications::{self, NewNotification};
use strata::store::relations::{self, Ties};
use strata::store::shares::{self, Grant, NewShare};
use strata::store::{Result, Tx, accounts, layers};

use crate::house::{House, NOW, new_layer};
use crate::stories::stories;

fn ties(house: &House, viewer: UserId, owner: UserId) -> Ties {
    house
        .store
        .read(|tx| relations::ties(tx, viewer, owner))
        .expect("the read succeeds")
}

fn granted(house: &House, layer: &Layer, viewer: Option<UserId>) -> Option<Grant> {
    house
        .store
        .read(|tx| shares::of_layer_for(tx, layer, viewer))
        .expect("the read succeeds")
}

fn right(house: &House, layer: &Layer, viewer: UserId) -> Option<Right> {
    granted(house, layer, Some(viewer)).map(|grant| grant.right)
}

fn new_share(layer: &Layer, grantee: Grantee, right: Right) -> NewShare<'static> {
    NewShare {
        owner: layer.owner,
        layer: Some(layer.id),
        grantee,
        right,
        invitation: None,
        summary: None,
        now: NOW,
    }
}

fn share(house: &House, new: &NewShare) -> Share {
    let made = house.store.write(|tx| shares::create(tx, new));
    made.expect("the write succeeds").expect("it is the first")
}

fn does<T>(house: &House, work: impl FnMut(&mut Tx) -> Result<T>) -> T {
    house.store.write(work).expect("the write succeeds")
}

stories! {
    fn a_friendship_is_asked_for_and_accepted(house: &House) {
        let (alice, bob) = (house.user("alice").id, house.user("bob").id);
        assert_eq!(ties(house, alice, bob), Ties::default());
        for (one, other) in [(alice, bob), (bob, alice)] {
            assert!(does(house, |tx| relations::ask(tx, one, other, NOW)));
            assert!(!does(house, |tx| relations::ask(tx, one, other, NOW)));
            assert!(!does(house, |tx| relations::ask(tx, other, one, NOW)));
            let state = |me, other| does(house, |tx| relations::friendship(tx, me, other)).unwrap().state;
            assert_eq!(state(one, other), FriendshipState::AskedByMe);
            assert_eq!(state(other, one), FriendshipState::AskedByOther);
            assert_eq!(ties(house, alice, bob).friends, None, "asking gives no right");

            assert!(does(house, |tx| relations::befriend(tx, other, one, NOW + 1)));
            assert!(!does(house, |tx| relations::befriend(tx, other, one, NOW + 2)));
            let seen = does(house, |tx| relations::friendships(tx, one));
            assert_eq!(seen, [Friendship { other, state: FriendshipState::Accepted, at: NOW + 1 }]);
            assert_eq!(does(house, |tx| relations::friends(tx, one))[0].id, other);
            assert!(does(house, |tx| relations::part(tx, one, other)));
            assert!(!does(house, |tx| relations::part(tx, one, other)));
        }
        assert!(does(house, |tx| relations::friends(tx, alice)).is_empty());
    }

    fn what_begins_again_is_another_fact(house: &House) {
        let layer = house.layer("alice");
        let (alice, bob) = (layer.owner, house.user("bob").id);
        let mut seen = Vec::new();
        for _ in 0..2 {
            does(house, |tx| relations::befriend(tx, alice, bob, NOW));
            let fact = ties(house, bob, alice).friends.unwrap();
            assert_eq!(ties(house, alice, bob).friends, Some(fact));
            seen.push(fact);
            does(house, |tx| relations::part(tx, alice, bob));

            does(house, |tx| relations::set_proxies(tx, alice, false, &[Grantee::User(bob)]));
            let fact = ties(house, bob, alice).proxy.unwrap().fact;
            does(house, |tx| relations::set_proxies(tx, alice, false, &[Grantee::User(bob)]));
            assert_eq!(ties(house, bob, alice).proxy.unwrap().fact, fact, "nothing has changed");
            seen.push(fact);
            does(house, |tx| relations::set_proxies(tx, alice, false, &[]));

            let made = share(house, &new_share(&layer, Grantee::User(bob), Right::Read));
            seen.push(granted(house, &layer, Some(bob)).unwrap().fact);
            does(house, |tx| shares::update(tx, &Share { right: Right::ReadWrite, ..made.clone() }));
            assert_eq!(granted(house, &layer, Some(bob)).unwrap().fact, made.fact, "what is seen has not changed");
            does(house, |tx| shares::update(tx, &Share { right: Right::FreeBusy, ..made.clone() }));
            does(house, |tx| shares::update(tx, &made));
            seen.push(granted(house, &layer, Some(bob)).unwrap().fact);
            assert!(does(house, |tx| shares::remove(tx, made.id)));
        }
        let group = does(house, |tx| accounts::create_group(tx, "choir", "")).unwrap();
        share(house, &new_share(&layer, Grantee::Group(group.id), Right::Read));
        for _ in 0..2 {
            does(house, |tx| accounts::add_member(tx, group.id, bob));
            seen.push(granted(house, &layer, Some(bob)).unwrap().fact);
            does(house, |tx| accounts::remove_member(tx, group.id, bob));
            assert_eq!(granted(house, &layer, Some(bob)), None);
        }
        assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
    }

    fn a_share_reaches_whom_it_names(house: &House) {
        let layer = house.layer("alice");
        let (bob, carol) = (house.user("bob").id, house.user("carol").id);
        let other = does(house, |tx| layers::create(tx, &new_layer(layer.owner, "other"))).unwrap();
        let group = does(house, |tx| accounts::create_group(tx, "choir", "")).unwrap();
        does(house, |tx| accounts::add_member(tx, group.id, carol));
        let reaches = |viewer: UserId| {
            let shares = house.store.read(|tx| shares::reaching(tx, viewer)).unwrap();
            shares.into_iter().map(|it| it.id).collect::<Vec<_>>()
        };
        let cases = [
            (Grantee::User(bob), [true, false]),
            (Grantee::Group(group.id), [false, true]),
            (Grantee::Friends, [true, false]),
            (Grantee::Authenticated, [true, true]),
            (Grantee::All, [true, true]),
        ];
        does(house, |tx| relations::befriend(tx, layer.owner, bob, NOW));
        for (grantee, reached) in cases {
            let made = share(house, &new_share(&layer, grantee, Right::Read));
            for (viewer, reached) in [bob, carol].into_iter().zip(reached) {
                assert_eq!(right(house, &layer, viewer).is_some(), reached, "{grantee:?}");
                assert_eq!(reaches(viewer), if reached { vec![made.id] } else { vec![] }, "{grantee:?}");
                assert_eq!(right(house, &other, viewer), None);
            }
            assert_eq!(granted(house, &layer, None).is_some(), grantee == Grantee::All);
            assert!(reaches(layer.owner).is_empty());
            does(house, |tx| shares::remove(tx, made.id));
        }
        let whole = NewShare { layer: None, ..new_share(&layer, Grantee::User(bob), Right::FreeBusy) };
        share(house, &whole);
        assert_eq!(right(house, &other, bob), Some(Right::FreeBusy));
        share(house, &new_share(&layer, Grantee::Friends, Right::ReadWrite));
        assert_eq!((right(house, &layer, bob), right(house, &other, bob)), (Some(Right::ReadWrite), Some(Right::FreeBusy)));
        assert_eq!(does(house, |tx| shares::of_owner(tx, layer.owner)).len(), 2);
        assert_eq!(does(house, |tx| shares::of_home(tx, layer.owner)).len(), 1);
    }

    fn an_invitation_gives_nothing_until_it_is_accepted(house: &House) {
        let layer = house.layer("alice");
        let bob = house.user("bob").id;
        let new = NewShare {
            invitation: Some(Invitation::Invited),
            summary: Some("Come & see"),
            ..new_share(&layer, Grantee::User(bob), Right::ReadWrite)
        };
        let invited = share(house, &new);
        assert_eq!((invited.summary.as_deref(), invited.alarms), (Some("Come & see"), Alarms::None));
        assert!(does(house, |tx| shares::create(tx, &new)).is_none(), "once");
        for (state, holds) in [(Invitation::Invited, false), (Invitation::Declined, false), (Invitation::Accepted, true)] {
            let share = Share { invitation: Some(state), alarms: Alarms::Owners, ..invited.clone() };
            assert!(does(house, |tx| shares::update(tx, &share)));
            assert_eq!(right(house, &layer, bob).is_some(), holds);
        }
        // A rule beside it, which is the weaker one.
        share(house, &new_share(&layer, Grantee::User(bob), Right::Read));
        assert_eq!(right(house, &layer, bob), Some(Right::ReadWrite));
        let find = |invited| does(house, |tx| shares::find(tx, layer.owner, Some(layer.id), Grantee::User(bob), invited));
        assert_eq!(find(true).unwrap().alarms, Alarms::Owners);
        assert!(does(house, |tx| shares::remove(tx, invited.id)));
        assert_eq!(right(house, &layer, bob), Some(Right::Read));
        assert!(find(true).is_none() && find(false).is_some());
    }

    fn the_newest_word_on_a_share_is_told_until_it_is_noted(house: &House) {
        let layer = house.layer("alice");
        let (alice, bob) = (layer.owner, house.user("bob").id);
        let invited = share(house, &NewShare {
            invitation: Some(Invitation::Invited),
            ..new_share(&layer, Grantee::User(bob), Right::Read)
        });
        assert!(does(house, |tx| shares::has_invitations(tx, layer.id)));
        let tell = |user, other, message| does(house, |tx| notifications::tell(tx, &NewNotification {
            user,
            about: About::Share(invited.id),
            other,
            layer: &layer,
            message,
            right: Right::ReadWrite,
            summary: Some("Ours & <yours>"),
            comment: Some("Have a look"),
            now: NOW,
        }));
        let told = |user| does(house, |tx| notifications::of_user(tx, user));
        tell(bob, alice, Message::Invited);
        tell(alice, bob, Message::Accepted);
        let first = told(bob).remove(0);
        assert_eq!((first.message, first.other, first.right), (Message::Invited, alice, Right::ReadWrite));
        assert_eq!((first.layer, first.components), (layer.name.clone(), layer.components));
        assert_eq!(first.summary.as_deref(), Some("Ours & <yours>"));
        assert_eq!(first.comment.as_deref(), Some("Have a look"));
        assert_eq!((first.about, first.birth), (About::Share(invited.id), layer.birth()));
        tell(bob, alice, Message::Withdrawn);
        let [newest] = &told(bob)[..] else { panic!("one") };
        assert!(newest.message == Message::Withdrawn && newest.id > first.id);
        assert!(!does(house, |tx| notifications::delete(tx, alice, newest.id)), "another's");
        does(house, |tx| relations::block(tx, alice, bob, NOW));
        assert!(told(alice).is_empty() && told(bob).is_empty());
        does(house, |tx| relations::unblock(tx, alice, bob));
        assert!(does(house, |tx| notifications::delete(tx, bob, newest.id)));
        does(house, |tx| notifications::forget(tx, alice, first.about));
        assert!(told(alice).is_empty() && told(bob).is_empty());

        // Of a view, each answer stands beside the others'.
        let carol = house.user("carol").id;
        let answer = |other, message| does(house, |tx| notifications::tell(tx, &NewNotification {
            user: alice,
            about: About::View(ViewId(invited.id.0)),
            other,
            layer: &layer,
            message,
            right: Right::Read,
            summary: None,
            comment: None,
            now: NOW,
        }));
        answer(bob, Message::Accepted);
        answer(carol, Message::Accepted);
        answer(bob, Message::Declined);
        let said: Vec<_> = told(alice).into_iter().map(|it| (it.other, it.message)).collect();
        assert_eq!(said, [(carol, Message::Accepted), (bob, Message::Declined)]);
        does(house, |tx| notifications::forget(tx, alice, About::Share(invited.id)));
        assert_eq!(told(alice).len(), 2, "the same number, but of a share");
        does(house, |tx| notifications::forget(tx, alice, About::View(ViewId(invited.id.0))));
        assert!(told(alice).is_empty());
    }

    fn what_others_read_is_kept_account_of(house: &House) {
        let layer = house.layer("alice");
        let (alice, bob) = (layer.owner, house.user("bob").id);
        let is_shared = |id| does(house, |tx| layers::by_id(tx, id)).unwrap().shared;
        let add = |name: &str| does(house, |tx| layers::create(tx, &new_layer(alice, name))).unwrap().id;
        let invited = share(house, &NewShare {
            invitation: Some(Invitation::Invited),
            ..new_share(&layer, Grantee::User(bob), Right::Read)
        });
        share(house, &new_share(&layer, Grantee::User(bob), Right::FreeBusy));
        assert!(!is_shared(layer.id) && !is_shared(add("one")));
        does(house, |tx| shares::update(tx, &Share { invitation: Some(Invitation::Accepted), ..invited.clone() }));
        assert!(is_shared(layer.id) && !is_shared(add("two")));
        does(house, |tx| relations::set_proxies(tx, alice, false, &[Grantee::User(bob)]));
        let two = does(house, |tx| layers::find(tx, alice, "two")).unwrap().id;
        assert!(is_shared(two) && is_shared(add("three")));
        does(house, |tx| relations::set_proxies(tx, alice, false, &[]));
        assert!(!is_shared(add("four")));
        share(house, &NewShare { layer: None, ..new_share(&layer, Grantee::Friends, Right::ReadWrite) });
        assert!(is_shared(add("five")));
    }

    fn a_block_ends_everything_both_ways(house: &House) {
        let layer = house.layer("alice");
        let (alice, bob) = (layer.owner, house.user("bob").id);
        let group = does(house, |tx| accounts::create_group(tx, "choir", "")).unwrap();
        does(house, |tx| accounts::add_member(tx, group.id, bob));
        let all = |grantee| share(house, &new_share(&layer, grantee, Right::Read));
        all(Grantee::User(bob));
        let for_group = all(Grantee::Group(group.id));
        all(Grantee::Authenticated);
        does(house, |tx| relations::befriend(tx, alice, bob, NOW));
        does(house, |tx| relations::set_proxies(tx, bob, true, &[Grantee::User(alice)]));
        does(house, |tx| relations::set_proxies(tx, alice, true, &[Grantee::Group(group.id)]));
        assert!(ties(house, bob, alice).proxy.unwrap().write);
        assert_eq!(does(house, |tx| relations::proxy_for(tx, bob, true))[0].id, alice);

        assert!(does(house, |tx| relations::block(tx, bob, alice, NOW)));
        assert!(!does(house, |tx| relations::block(tx, bob, alice, NOW)));
        let blocked = Ties { blocked: true, ..Ties::default() };
        assert_eq!((ties(house, alice, bob), ties(house, bob, alice)), (blocked, blocked));
        assert_eq!(right(house, &layer, bob), None);
        assert!(does(house, |tx| shares::reaching(tx, bob)).is_empty());
        assert!(does(house, |tx| relations::proxy_for(tx, bob, true)).is_empty());
        assert_eq!(does(house, |tx| relations::blockers_of(tx, alice)), [bob]);
        assert!(does(house, |tx| relations::blockers_of(tx, bob)).is_empty());
        assert_eq!(does(house, |tx| relations::blocked_by(tx, bob))[0].id, alice);
        assert!(does(house, |tx| relations::has_blocked(tx, bob, alice)));

        let for_all = all(Grantee::All);
        assert_eq!(granted(house, &layer, Some(bob)).unwrap().id, for_all.id, "what is for all is for all");
        does(house, |tx| shares::remove(tx, for_all.id));
        assert!(does(house, |tx| relations::unblock(tx, bob, alice)));
        assert!(!does(house, |tx| relations::unblock(tx, bob, alice)));
        assert_eq!(ties(house, bob, alice).friends, None, "what has ended does not begin again");
        assert_eq!(granted(house, &layer, Some(bob)).unwrap().id, for_group.id);
    }

    fn delegates_are_people_and_groups(house: &House) {
        let (alice, bob, carol) = (house.user("alice").id, house.user("bob").id, house.user("carol").id);
        let group = does(house, |tx| accounts::create_group(tx, "office", "")).unwrap();
        does(house, |tx| accounts::add_member(tx, group.id, carol));
        let both = [Grantee::User(bob), Grantee::Group(group.id), Grantee::User(bob)];
        does(house, |tx| relations::set_proxies(tx, alice, false, &both));
        does(house, |tx| relations::set_proxies(tx, alice, true, &[Grantee::User(bob)]));
        assert!(ties(house, bob, alice).proxy.unwrap().write);
        assert!(!ties(house, carol, alice).proxy.unwrap().write);
        assert_eq!(ties(house, alice, bob).proxy, None);
        house.store.read(|tx| {
            assert_eq!(relations::proxy_users(tx, alice, false)?.len(), 1);
            assert_eq!(relations::proxy_groups(tx, alice, false)?[0].id, group.id);
            assert!(relations::proxy_groups(tx, alice, true)?.is_empty());
            assert_eq!(relations::proxy_for(tx, bob, true)?[0].id, alice);
            assert_eq!(relations::proxy_for(tx, carol, false)?.len(), 1);
            assert!(relations::proxy_for(tx, carol, true)?.is_empty());
            Result::Ok(())
        }).unwrap();
        does(house, |tx| relations::set_proxies(tx, alice, false, &[Grantee::User(carol)]));
        assert!(does(house, |tx| relations::proxy_groups(tx, alice, false)).is_empty());
    }

    fn what_an_account_was_to_others_goes_with_it(house: &House) {
        let layer = house.layer("alice");
        let (alice, bob) = (layer.owner, house.user("bob").id);
        does(house, |tx| relations::befriend(tx, alice, bob, NOW));
        does(house, |tx| relations::set_free_busy_to(tx, alice, FreeBusyTo::Everyone));
        assert_eq!(ties(house, bob, alice).free_busy_to, FreeBusyTo::Everyone);
        assert_eq!(does(house, |tx| relations::free_busy_to(tx, bob)), FreeBusyTo::Friends);
        share(house, &new_share(&layer, Grantee::User(bob), Right::Read));
        does(house, |tx| relations::set_proxies(tx, alice, true, &[Grantee::User(bob)]));
        does(house, |tx| accounts::delete(tx, bob));
        assert!(does(house, |tx| shares::of_layer(tx, layer.id)).is_empty());
        assert!(does(house, |tx| relations::friendships(tx, alice)).is_empty());
        assert!(does(house, |tx| relations::proxy_users(tx, alice, true)).is_empty());

        let carol = house.user("carol").id;
        let made = share(house, &new_share(&layer, Grantee::User(carol), Right::Read));
        does(house, |tx| layers::delete(tx, layer.id, NOW));
        assert!(does(house, |tx| shares::by_id(tx, made.id)).is_none());
    }
}
