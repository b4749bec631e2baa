//! `strata view`: what owners, members and administrators do to shared views.

use serde_json::Value;

use super::{Home, text};

fn home() -> Home {
    let home = Home::new();
    home.ok(&["user", "add", "alice", "--admin"]);
    for name in ["bob", "carol"] {
        home.ok(&["user", "add", name]);
    }
    home
}

fn json(home: &Home, arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&home.ok(arguments)).unwrap()
}

fn stands(home: &Home, user: &str) -> bool {
    let listed = json(home, &["layer", "list", user, "--json"]);
    listed.iter().any(|layer| layer["layer"] == "view-1")
}

#[test]
fn people_are_invited_come_and_go() {
    let home = home();
    let view = home.ok(&["view", "add", "bob", "Team"]);
    let id = view.trim_end();
    assert_eq!(id.len(), 32, "no row number: {id}");
    assert!(stands(&home, "bob"));
    home.ok(&["view", "invite", "bob", id, "alice", "carol"]);
    assert!(
        home.fails(&["view", "invite", "bob", id, "carol"])
            .contains("already")
    );
    assert!(!stands(&home, "carol"));
    home.ok(&[
        "view",
        "accept",
        "carol",
        id,
        "--consent",
        "personal,external",
    ]);
    home.ok(&["view", "decline", "alice", id]);
    assert!(stands(&home, "carol") && !stands(&home, "alice"));
    let members = json(&home, &["view", "members", "carol", id, "--json"]);
    let states: Vec<_> = members
        .iter()
        .map(|it| (it["user"].as_str().unwrap(), it["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        states,
        [
            ("bob", "accepted"),
            ("carol", "accepted"),
            ("alice", "declined")
        ]
    );
    assert_eq!(
        members[1]["consent"],
        serde_json::json!(["personal", "external"])
    );
    assert_eq!(members[1]["color"], "#52c41a");
    home.ok(&["view", "color", "carol", id, "tomato"]);
    home.ok(&["view", "consent", "carol", id, "personal-public"]);
    home.ok(&["view", "public-consent", "carol", id, "yes"]);
    let views = json(&home, &["view", "list", "carol", "--json"]);
    assert_eq!(
        (&views[0]["scope"], &views[0]["public_consent"]),
        (&"members".into(), &true.into())
    );
    assert_eq!(
        home.run(&["view", "public-consent", "carol", id, "maybe"])
            .status
            .code(),
        Some(2)
    );
    let members = home.ok(&["view", "members", "bob", id]);
    assert!(
        members.contains("tomato") && members.contains("personal-public"),
        "{members}"
    );
    // Only its owner changes it, and it is nothing to who has declined.
    for (user, why) in [("carol", "may not"), ("alice", "no such view")] {
        let refused = home.fails(&["view", "set", user, id, "name=Mine"]);
        assert!(refused.contains(why), "{refused}");
    }
    home.ok(&[
        "view",
        "set",
        "bob",
        id,
        "name=Crew",
        "include=shifts,personal",
    ]);
    assert!(home.ok(&["view", "list", "carol"]).contains("Crew"));
    assert!(
        home.fails(&["view", "leave", "bob", id])
            .contains("may not")
    );
    home.ok(&["view", "leave", "carol", id]);
    assert!(!stands(&home, "carol"));
    assert!(
        home.fails(&["view", "accept", "carol", id])
            .contains("no such")
    );
    home.ok(&["view", "invite", "bob", id, "carol"]);
    home.ok(&["view", "accept", "carol", id]);
    home.ok(&["view", "dismiss", "bob", id, "carol"]);
    assert!(!stands(&home, "carol"));
    home.ok(&["view", "remove", "bob", id]);
    assert!(!stands(&home, "bob"));
}

#[test]
fn a_view_of_groups_is_an_administrators() {
    let home = home();
    home.ok(&["group", "add", "mentors"]);
    home.ok(&["group", "member", "add", "mentors", "bob"]);
    let add = |user, rest: &[&str]| {
        let mut arguments = vec!["view", "add", user, "Mentors", "--group", "mentors"];
        arguments.extend(rest);
        home.run(&arguments)
    };
    assert_eq!(add("bob", &[]).status.code(), Some(1));
    assert_eq!(
        add("alice", &["--include", "personal"]).status.code(),
        Some(1)
    );
    assert_eq!(
        add("alice", &["--include", "Secrets"]).status.code(),
        Some(2)
    );
    // E-065: any kind that is kept here, and no other.
    let refused = add("alice", &["--include", "shifts,secrets"]);
    assert_eq!(refused.status.code(), Some(1));
    let why = text(&refused.stderr);
    assert!(why.contains("secrets") && why.contains("tickets"), "{why}");
    assert_eq!(add("alice", &[]).status.code(), Some(0));
    let views = json(&home, &["view", "list", "alice", "--json"]);
    assert_eq!(views[0]["mode"], "role-based");
    assert_eq!(
        views[0]["include"],
        serde_json::json!(["shifts", "tickets", "polls"])
    );
    // Who is included is told nothing.
    assert!(json(&home, &["view", "list", "bob", "--json"]).is_empty());
    assert!(!stands(&home, "bob"));
}

#[test]
fn with_its_owner_a_view_goes_from_every_home() {
    let home = home();
    let view = home.ok(&["view", "add", "bob", "Team"]);
    let id = view.trim_end();
    home.ok(&["view", "invite", "bob", id, "carol"]);
    home.ok(&["view", "accept", "carol", "Team"]);
    assert!(stands(&home, "carol"));
    home.ok(&["user", "delete", "bob", "--yes"]);
    assert!(!stands(&home, "carol"));
}
