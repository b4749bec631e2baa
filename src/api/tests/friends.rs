//! Friends, blocks and who may know of whom, from outside (E-009).

use super::world::World;
use crate::calendar::Limits;
use crate::model::Scope;

const FRIENDS: &str = "/api/v1/calendar/friends";
const BLOCKED: &str = "/api/v1/calendar/blocked";
const USERS: &str = "/api/v1/calendar/users";

fn states(said: &super::world::Said) -> Vec<(String, String)> {
    let list = said.json();
    let word = |it: &serde_json::Value| it.as_str().unwrap().to_owned();
    let friends = list["items"].as_array().unwrap().iter();
    friends
        .map(|it| (word(&it["userId"]), word(&it["state"])))
        .collect()
}

fn befriend(world: &World) {
    world
        .alice(&format!("POST {FRIENDS}"), r#"{"userId":"bob"}"#)
        .is(201);
    world
        .bob(&format!("POST {FRIENDS}/alice/accept"), "")
        .is(200);
}

#[test]
fn a_friend_is_asked_and_accepts() {
    let world = World::new();
    let asked = world
        .alice(&format!("POST {FRIENDS}"), r#"{"userId":"bob"}"#)
        .is(201);
    assert_eq!(asked.json()["state"], "ASKED_BY_ME");
    assert_eq!(asked.header("location"), format!("{FRIENDS}/bob"));
    world
        .alice(&format!("POST {FRIENDS}"), r#"{"userId":"bob"}"#)
        .fails(409, "exists");
    let of_bob = world.bob(&format!("GET {FRIENDS}"), "").is(200);
    assert_eq!(states(&of_bob), [("alice".into(), "ASKED_BY_OTHER".into())]);
    // Only who was asked can answer.
    world
        .alice(&format!("POST {FRIENDS}/bob/accept"), "")
        .fails(404, "not-found");
    let accepted = world
        .bob(&format!("POST {FRIENDS}/alice/accept"), "")
        .is(200)
        .json();
    assert_eq!(accepted["state"], "FRIENDS");
    assert_eq!(accepted["follows"], true);
    // A friend's calendar stands among the layers, and can be taken out and put back.
    let layers = world.alice("GET /api/v1/calendar/layers", "").is(200);
    assert!(
        layers.body.contains("\"id\":\"friend-bob\""),
        "{}",
        layers.body
    );
    assert!(layers.body.contains("\"layerType\":\"VIEW\""));
    world
        .alice(&format!("DELETE {FRIENDS}/bob/follow"), "")
        .is(204);
    world
        .alice("GET /api/v1/calendar/layers/friend-bob", "")
        .fails(404, "not-found");
    world
        .alice(&format!("PUT {FRIENDS}/bob/follow"), "")
        .is(204);
    world
        .alice(&format!("PUT {FRIENDS}/bob/follow"), "")
        .is(204);
    world.alice(&format!("DELETE {FRIENDS}/bob"), "").is(204);
    assert!(states(&world.bob(&format!("GET {FRIENDS}"), "")).is_empty());
}

#[test]
fn two_who_ask_each_other_are_friends_and_one_who_declines_is_silent() {
    let world = World::new();
    world
        .alice(&format!("POST {FRIENDS}"), r#"{"userId":"bob"}"#)
        .is(201);
    let made = world
        .bob(&format!("POST {FRIENDS}"), r#"{"userId":"alice"}"#)
        .is(201)
        .json();
    assert_eq!(made["state"], "FRIENDS");
    world.alice(&format!("DELETE {FRIENDS}/bob"), "").is(204);
    world
        .alice(&format!("POST {FRIENDS}"), r#"{"userId":"bob"}"#)
        .is(201);
    world
        .bob(&format!("POST {FRIENDS}/alice/decline"), "")
        .is(204);
    assert!(states(&world.alice(&format!("GET {FRIENDS}"), "")).is_empty());
    world
        .alice(&format!("POST {FRIENDS}"), r#"{"userId":"alice"}"#)
        .fails(422, "invalid-value");
}

#[test]
fn who_is_blocked_finds_nobody() {
    let world = World::new();
    befriend(&world);
    world.alice(&format!("PUT {BLOCKED}/bob"), "").is(204);
    world.alice(&format!("PUT {BLOCKED}/bob"), "").is(204);
    let blocked = world.alice(&format!("GET {BLOCKED}"), "").is(200).json();
    assert_eq!(blocked["items"][0]["userId"], "bob");
    assert!(states(&world.bob(&format!("GET {FRIENDS}"), "")).is_empty());
    // Whoever blocks is not there, exactly like who never was.
    let ask = |name: &str| {
        let body = format!(r#"{{"userId":"{name}"}}"#);
        world
            .bob(&format!("POST {FRIENDS}"), &body)
            .fails(404, "not-found")
            .body
    };
    assert_eq!(ask("alice"), ask("nobody"));
    let show = |name: &str| {
        world
            .bob(&format!("GET {USERS}/{name}"), "")
            .fails(404, "not-found")
            .body
    };
    assert_eq!(show("alice"), show("nobody"));
    assert!(
        !world
            .bob(&format!("GET {USERS}"), "")
            .body
            .contains("alice")
    );
    world.alice(&format!("DELETE {BLOCKED}/bob"), "").is(204);
    world
        .alice(&format!("DELETE {BLOCKED}/bob"), "")
        .fails(404, "not-found");
    world.bob(&format!("GET {USERS}/alice"), "").is(200);
}

#[test]
fn a_reader_changes_nothing_between_people() {
    let world = World::new();
    let reader = world.token(&world.alice, &[Scope::Read]);
    let refused = |line: String, body: &str| {
        world
            .json(&reader, &line, body)
            .fails(403, "insufficient-scope");
    };
    refused(format!("POST {FRIENDS}"), r#"{"userId":"bob"}"#);
    refused(format!("PUT {BLOCKED}/bob"), "");
    refused(format!("DELETE {FRIENDS}/bob"), "");
    world.json(&reader, &format!("GET {FRIENDS}"), "").is(200);
    let platform = world.token(&world.alice, &[Scope::Platform]);
    for path in [
        FRIENDS,
        BLOCKED,
        USERS,
        "/api/v1/calendar/me",
        "/api/v1/calendar/preferences",
    ] {
        world
            .json(&platform, &format!("GET {path}"), "")
            .fails(403, "insufficient-scope");
    }
}

#[test]
fn a_closed_directory_shows_nobody_else() {
    let world = World::with(Limits {
        directory: false,
        ..Limits::default()
    });
    let users = world.alice(&format!("GET {USERS}"), "").is(200).json();
    assert_eq!(users["items"].as_array().unwrap().len(), 1);
    assert_eq!(users["items"][0]["userId"], "alice");
    world
        .alice(&format!("GET {USERS}/bob"), "")
        .fails(404, "not-found");
    world
        .alice(&format!("POST {FRIENDS}"), r#"{"userId":"bob"}"#)
        .fails(404, "not-found");
}

#[test]
fn users_are_found_by_part_of_their_names() {
    let world = World::new();
    let names = |query: &str| {
        let said = world
            .alice(&format!("GET {USERS}{query}"), "")
            .is(200)
            .json();
        let items = said["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|it| it["userId"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["alice", "bob", "root"]);
    assert_eq!(names("?q=LIC"), ["alice"]);
    assert_eq!(names("?q=nobody"), Vec::<String>::new());
    let me = world
        .json(&world.root, "GET /api/v1/calendar/me", "")
        .is(200)
        .json();
    assert_eq!(me["isAdmin"], true);
    assert_eq!(
        me["scopes"],
        serde_json::json!(["read", "write", "platform", "admin"])
    );
    let me = world.alice("GET /api/v1/calendar/me", "").json();
    assert_eq!(me["scopes"], serde_json::json!(["read", "write"]));
}
