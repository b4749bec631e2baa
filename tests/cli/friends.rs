//! `strata friend`, and who may ask when an account is busy.

use serde_json::Value;

use super::Home;

fn home() -> Home {
    let home = Home::new();
    for name in ["alice", "bob"] {
        home.ok(&["user", "add", name]);
    }
    home
}

/// The names of the layers that stand in an account's home.
fn layers(home: &Home, user: &str) -> Vec<String> {
    let listed: Vec<Value> =
        serde_json::from_str(&home.ok(&["layer", "list", user, "--json"])).unwrap();
    let names = listed.iter().map(|it| it["layer"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

#[test]
fn friends_follow_each_other_at_first() {
    let home = home();
    let made = home.ok(&["friend", "add", "alice", "bob"]);
    assert_eq!(made, "alice and bob are friends\n");
    let again = home.ok(&["friend", "add", "bob", "alice"]);
    assert_eq!(again, "bob and alice are friends already\n");
    let listed = home.ok(&["friend", "list", "bob"]);
    assert!(
        listed.contains("alice") && listed.contains("friend"),
        "{listed}"
    );

    home.ok(&["friend", "remove", "bob", "alice"]);
    assert!(
        home.fails(&["friend", "remove", "bob", "alice"])
            .contains("bob and alice are not friends")
    );
    assert!(!home.ok(&["friend", "list", "bob"]).contains("alice"));
    for arguments in [["friend", "follow"], ["friend", "unfollow"]] {
        let [noun, verb] = arguments;
        let refused = home.fails(&[noun, verb, "alice", "bob"]);
        assert!(refused.contains("alice"), "{refused}");
    }
    assert!(home.fails(&["friend", "add", "bob", "bob"]).contains("two"));
    assert!(
        home.fails(&["friend", "add", "bob", "carol"])
            .contains("no account carol")
    );
}

#[test]
fn a_friends_calendar_stands_in_the_home_until_it_is_unfollowed() {
    let home = home();
    home.ok(&["friend", "add", "alice", "bob"]);
    let follows = |user| home.ok(&["friend", "list", user]).contains("followed");
    assert!(follows("alice") && follows("bob"));
    home.ok(&["friend", "unfollow", "alice", "bob"]);
    assert!(!follows("alice") && follows("bob"));
    assert!(
        home.fails(&["friend", "unfollow", "alice", "bob"])
            .contains("does not follow")
    );
    assert_eq!(
        home.ok(&["friend", "follow", "alice", "bob"]),
        "alice follows bob\n"
    );
    assert_eq!(
        home.ok(&["friend", "follow", "alice", "bob"]),
        "alice follows bob already\n"
    );
    home.ok(&["friend", "remove", "alice", "bob"]);
    assert_eq!(
        (layers(&home, "alice").len(), layers(&home, "bob").len()),
        (2, 2)
    );
}

#[test]
fn who_is_gone_or_blocked_leaves_every_home() {
    let home = home();
    home.ok(&["user", "add", "carol"]);
    home.ok(&["friend", "add", "alice", "bob"]);
    home.ok(&["friend", "add", "alice", "carol"]);
    assert_eq!(
        home.ok(&["friend", "block", "bob", "alice"]),
        "bob has blocked alice\n"
    );
    assert!(home.ok(&["friend", "list", "bob"]).contains("blocked"));
    assert!(
        !home.ok(&["friend", "list", "alice"]).contains("bob"),
        "she is not told"
    );
    assert!(
        home.fails(&["friend", "add", "alice", "bob"])
            .contains("bob has blocked alice")
    );
    assert_eq!(layers(&home, "bob").len(), 2);
    home.ok(&["friend", "unblock", "bob", "alice"]);
    assert!(
        home.fails(&["friend", "unblock", "bob", "alice"])
            .contains("has not blocked")
    );
    home.ok(&["user", "delete", "carol", "--yes"]);
    assert_eq!(layers(&home, "alice"), ["personal", "tasks"]);
}

#[test]
fn an_account_says_who_may_ask_when_it_is_busy() {
    let home = home();
    home.ok(&[
        "user",
        "set",
        "alice",
        "free_busy_to=everyone",
        "display_name=Alice L.",
    ]);
    assert!(home.ok(&["user", "list"]).contains("Alice L."));
    for wrong in [
        "free_busy_to=some",
        "free_busy_to",
        "colour=red",
        "display_name= ",
        "email=nobody",
        "email=a@b,c d@e",
    ] {
        let refused = home.run(&["user", "set", "alice", wrong]);
        assert_eq!(refused.status.code(), Some(2), "{wrong}");
    }
    home.ok(&["user", "set", "alice", "email=a@example.org, b@example.org"]);
    assert!(
        home.ok(&["user", "list"])
            .contains("a@example.org, b@example.org")
    );
    assert!(
        home.fails(&["user", "set", "bob", "email=B@example.org"])
            .contains("another account")
    );
    home.ok(&["user", "set", "alice", "email="]);
    home.ok(&["user", "set", "bob", "email=B@example.org"]);
    assert!(
        home.fails(&["user", "set", "carol", "free_busy_to=nobody"])
            .contains("no account carol")
    );
}
