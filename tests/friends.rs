//! What accounts do about each other, each for itself: ask, accept, decline, end, block, follow, delegate.

#[path = "support/house.rs"]
mod house;

use strata::calendar::{Access, Error, Limits, Member, Refusal, Result};
use strata::model::*;
use strata::privacy::{Device, Viewer};
use strata::store::accounts;

use house::House;

impl House {
    /// `other state follows?` of everybody that an account has to do with.
    fn acquaintances(&self, of: &str) -> Vec<String> {
        let known = self.does(of, |access| access.acquaintances()).unwrap();
        let line = |it: &strata::calendar::Acquaintance| {
            let follows = if it.follows { " followed" } else { "" };
            format!("{} {:?}{follows}", it.user.name, it.state)
        };
        known.iter().map(line).collect()
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(done: Result<T>) -> Refusal {
    match done {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_friend_is_asked_and_accepts() {
    let world = House::of(&["alice", "bob", "carol"], Limits::default());
    let asked = world.does("alice", |access| access.ask_friend("bob"));
    assert_eq!(asked.unwrap(), FriendshipState::AskedByMe);
    assert_eq!(world.acquaintances("alice"), ["bob AskedByMe"]);
    assert_eq!(world.acquaintances("bob"), ["alice AskedByOther"]);
    let again = world.does("alice", |access| access.ask_friend("bob"));
    assert_eq!(refused(again), Refusal::Exists);
    let own = world.does("alice", |access| access.accept_friend("bob"));
    assert_eq!(
        refused(own),
        Refusal::NotFound,
        "nobody accepts for another"
    );

    world
        .does("bob", |access| access.accept_friend("alice"))
        .unwrap();
    assert_eq!(world.acquaintances("alice"), ["bob Accepted followed"]);
    assert_eq!(world.acquaintances("bob"), ["alice Accepted followed"]);
    let friends = world.does("bob", |access| access.friends()).unwrap();
    assert_eq!(friends[0].name, "alice");

    world
        .does("bob", |access| access.unfollow("alice"))
        .unwrap();
    assert_eq!(world.acquaintances("bob"), ["alice Accepted"]);
    let twice = world.does("bob", |access| access.unfollow("alice"));
    assert_eq!(refused(twice), Refusal::NotFound);
    world.does("bob", |access| access.follow("alice")).unwrap();
    let twice = world.does("bob", |access| access.follow("alice"));
    assert_eq!(refused(twice), Refusal::Exists);

    world
        .does("alice", |access| access.remove_friend("bob"))
        .unwrap();
    assert!(world.acquaintances("bob").is_empty());
    let stranger = world.does("bob", |access| access.follow("alice"));
    assert_eq!(refused(stranger), Refusal::NotFound);
}

#[test]
fn two_who_ask_each_other_are_friends() {
    let world = House::of(&["alice", "bob", "carol"], Limits::default());
    world
        .does("alice", |access| access.ask_friend("bob"))
        .unwrap();
    let back = world.does("bob", |access| access.ask_friend("alice"));
    assert_eq!(back.unwrap(), FriendshipState::Accepted);
    assert_eq!(world.acquaintances("alice"), ["bob Accepted followed"]);
}

#[test]
fn an_asking_is_declined_or_taken_back() {
    let world = House::of(&["alice", "bob", "carol"], Limits::default());
    for (by, end) in [("bob", true), ("alice", false)] {
        world
            .does("alice", |access| access.ask_friend("bob"))
            .unwrap();
        let wrong = match end {
            true => world.does("alice", |access| access.decline_friend("bob")),
            false => world.does("bob", |access| access.remove_friend("alice")),
        };
        assert_eq!(refused(wrong), Refusal::NotFound);
        let other = if by == "bob" { "alice" } else { "bob" };
        let done = match end {
            true => world.does(by, |access| access.decline_friend(other)),
            false => world.does(by, |access| access.remove_friend(other)),
        };
        done.unwrap();
        assert!(world.acquaintances("alice").is_empty());
    }
}

/// Who does not exist, who has blocked the asker, and who is disabled look the same.
#[test]
fn a_block_looks_like_nobody() {
    let world = House::of(&["alice", "bob", "carol"], Limits::default());
    world
        .does("alice", |access| access.ask_friend("bob"))
        .unwrap();
    world.does("bob", |access| access.block("alice")).unwrap();
    assert!(world.acquaintances("alice").is_empty());
    assert!(world.acquaintances("bob").is_empty());
    let twice = world.does("bob", |access| access.block("alice"));
    assert_eq!(refused(twice), Refusal::Exists);
    let store = world.calendars.store();
    let carol = world.device("carol").user;
    store
        .write(|tx| accounts::set_disabled(tx, carol, true))
        .unwrap();
    type Act = fn(&mut Access, &str) -> Result<()>;
    let acts: [Act; 6] = [
        |access, name| access.ask_friend(name).map(drop),
        |access, name| access.accept_friend(name),
        |access, name| access.remove_friend(name),
        |access, name| access.block(name),
        |access, name| access.follow(name),
        |access, name| access.principal(name).map(drop),
    ];
    for act in acts {
        for name in ["bob", "nobody", "carol"] {
            let done = world.does("alice", |access| act(access, name));
            assert_eq!(refused(done), Refusal::NotFound, "{name}");
        }
    }
    let listed = world.does("alice", |access| access.principals()).unwrap();
    assert_eq!(listed.len(), 1);
    let blocked = world.does("bob", |access| access.blocked()).unwrap();
    assert_eq!(blocked[0].name, "alice");

    // Who asks somebody that they had blocked has changed their mind.
    world
        .does("bob", |access| access.ask_friend("alice"))
        .unwrap();
    assert_eq!(world.acquaintances("alice"), ["bob AskedByOther"]);
    let none = world.does("bob", |access| access.unblock("alice"));
    assert_eq!(refused(none), Refusal::NotFound);
}

#[test]
fn nobody_befriends_themselves_and_no_narrow_device_acts() {
    let world = House::of(&["alice", "bob", "carol"], Limits::default());
    let own = world.does("alice", |access| access.ask_friend("alice"));
    assert!(matches!(refused(own), Refusal::BadValue(_)));
    let plain = world.device("alice");
    let narrow = [
        Device {
            read_only: true,
            ..plain.clone()
        },
        Device {
            layers: Some(vec![LayerId(1)]),
            ..plain
        },
    ];
    for device in narrow.map(Viewer::User) {
        for name in ["bob", "nobody"] {
            let asked: Result<_> = world
                .calendars
                .write(&device, |access| access.ask_friend(name));
            assert!(matches!(refused(asked), Refusal::Forbidden { .. }));
        }
    }
    let anyone: Result<_> = world
        .calendars
        .write(&Viewer::Anyone, |access| access.ask_friend("bob"));
    assert_eq!(refused(anyone), Refusal::Unauthenticated);
}

/// Where the directory is closed, those are known who have opened something, and nobody else.
#[test]
fn a_closed_directory_shows_who_has_opened_something() {
    let world = House::of(
        &["alice", "bob", "carol"],
        Limits {
            directory: false,
            ..Limits::default()
        },
    );
    let sees = |who: &str, name: &str| {
        let seen = world.does(who, |access| access.principal(name));
        seen.is_ok()
    };
    assert!(!sees("alice", "bob"));
    let asked = world.does("alice", |access| access.ask_friend("bob"));
    assert_eq!(refused(asked), Refusal::NotFound);
    let of = |name: &str| {
        let store = world.calendars.store();
        store
            .read(|tx| accounts::by_name(tx, name))
            .unwrap()
            .unwrap()
    };
    let (alice, bob) = (of("alice"), of("bob"));
    let store = world.calendars.store();
    store
        .write(|tx| strata::calendar::befriend(tx, &alice, &bob, 1))
        .unwrap();
    assert!(sees("alice", "bob") && sees("bob", "alice") && !sees("carol", "bob"));
    let members = [Member::User("bob".to_owned())];
    let done = world.does("alice", |access| access.set_proxies(&alice, true, &members));
    done.unwrap();
    world
        .does("alice", |access| access.remove_friend("bob"))
        .unwrap();
    assert!(
        sees("bob", "alice") && sees("alice", "bob"),
        "he acts for her"
    );
    let done = world.does("alice", |access| access.set_proxies(&alice, true, &[]));
    done.unwrap();
    assert!(!sees("bob", "alice") && !sees("alice", "bob"));
}

#[test]
fn a_home_holds_only_so_many_delegates() {
    let world = House::of(&["alice", "bob", "carol"], Limits::default());
    let alice = world.does("alice", |access| access.me()).unwrap();
    let many = vec![Member::User("bob".to_owned()); 201];
    let done = world.does("alice", |access| access.set_proxies(&alice, true, &many));
    assert_eq!(refused(done), Refusal::TooMany(200));
    let done = world.does("bob", |access| access.set_proxies(&alice, true, &[]));
    assert!(matches!(refused(done), Refusal::Forbidden { .. }));
}
