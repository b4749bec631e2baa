//! Shared views, from outside (E-061 to E-083, E-138 to E-145, E-153, E-163 to E-167).

use serde_json::{Value, json};

use super::world::{Said, World};
use crate::model::Scope;
use crate::privacy::Viewer;

const SHARED: &str = "/api/v1/calendar/shared";

fn made(world: &World, who: &Viewer) -> String {
    let view = world
        .json(who, &format!("POST {SHARED}"), r#"{"name":"Team"}"#)
        .is(201);
    view.json()["id"].as_str().unwrap().to_owned()
}

fn statuses(members: &Said) -> Vec<(String, String)> {
    let members = members.json();
    let text = |member: &Value, key: &str| member[key].as_str().unwrap().to_owned();
    let members = members["items"].as_array().unwrap().iter();
    members
        .map(|it| (text(it, "userId"), text(it, "status")))
        .collect()
}

/// E-139 to E-145, E-077, E-080.
#[test]
fn a_view_is_made_and_members_come_and_go() {
    let world = World::new();
    let id = made(&world, &world.alice);
    let one = format!("{SHARED}/{id}");
    world.bob(&format!("GET {one}"), "").fails(404, "not-found");
    let invited = world
        .alice(&format!("POST {one}/invite"), r#"{"userIds":["bob"]}"#)
        .is(200);
    let pair = |user: &str, status: &str| (user.to_owned(), status.to_owned());
    assert_eq!(
        statuses(&invited),
        [pair("alice", "ACCEPTED"), pair("bob", "INVITED")]
    );
    let listed = world.bob(&format!("GET {SHARED}"), "").is(200).json(); // E-138
    assert_eq!(listed["items"][0]["status"], "INVITED");
    assert!(listed["items"][0]["layerId"].is_null());
    let joined = world
        .bob(
            &format!("PATCH {one}/respond"),
            r#"{"status":"ACCEPTED","consent":["personal"]}"#,
        )
        .is(200)
        .json();
    assert_eq!(joined["layerId"], "view-1");
    assert_eq!(joined["consent"], json!(["personal"]));

    let members = world
        .alice(&format!("GET {one}/members"), "")
        .is(200)
        .json();
    assert_eq!(members["items"][0]["color"], "#1890ff"); // E-081
    assert_eq!(members["items"][1]["color"], "#52c41a"); // E-082
    let own = world
        .bob(
            &format!("PATCH {one}/members/bob"),
            r##"{"color":"#000000"}"##,
        )
        .is(200)
        .json(); // E-083
    assert_eq!(own["color"], "#000000");
    world
        .bob(
            &format!("PATCH {one}/members/alice"),
            r##"{"color":"#000000"}"##,
        )
        .fails(404, "not-found");
    world
        .bob(&format!("PATCH {one}"), r#"{"name":"Mine"}"#)
        .fails(403, "forbidden");
    world
        .bob(&format!("DELETE {one}"), "")
        .fails(403, "forbidden"); // E-141
    let renamed = world
        .alice(
            &format!("PATCH {one}"),
            r#"{"name":"Crew","includedLayerTypes":["personal"]}"#,
        )
        .is(200)
        .json();
    assert_eq!(
        (&renamed["name"], &renamed["includedLayerTypes"]),
        (&json!("Crew"), &json!(["personal"]))
    );
    world.bob(&format!("DELETE {one}/leave"), "").is(204); // E-144
    let left = world.alice(&format!("GET {one}/members"), "").is(200);
    assert_eq!(
        statuses(&left),
        [pair("alice", "ACCEPTED"), pair("bob", "LEFT")]
    );
    world.bob(&format!("GET {one}"), "").fails(404, "not-found");
    world.alice(&format!("DELETE {one}"), "").is(204);
    world
        .alice(&format!("GET {one}"), "")
        .fails(404, "not-found");
}

#[test]
fn an_invitation_can_be_declined_and_nobody_is_invited_by_half() {
    let world = World::new();
    let one = format!("{SHARED}/{}", made(&world, &world.alice));
    let both = r#"{"userIds":["bob","nobody"]}"#;
    world
        .alice(&format!("POST {one}/invite"), both)
        .fails(404, "not-found");
    world.bob(&format!("GET {one}"), "").fails(404, "not-found");
    world
        .alice(&format!("POST {one}/invite"), r#"{"userIds":["bob"]}"#)
        .is(200);
    world
        .alice(&format!("POST {one}/invite"), r#"{"userIds":["bob"]}"#)
        .fails(409, "exists");
    world
        .bob(&format!("PATCH {one}/respond"), r#"{"status":"DECLINED"}"#)
        .is(204);
    world
        .bob(&format!("PATCH {one}/respond"), r#"{"status":"ACCEPTED"}"#)
        .fails(404, "not-found");
    for body in [r#"{"userIds":[]}"#, r#"{"name":" "}"#] {
        let line = if body.contains("name") {
            format!("PATCH {one}")
        } else {
            format!("POST {one}/invite")
        };
        world.alice(&line, body).fails(422, "invalid-value");
    }
    let unknown = r#"{"includedLayerTypes":["secrets"]}"#;
    world
        .alice(&format!("PATCH {one}"), unknown)
        .fails(422, "invalid-value");
}

/// E-153, E-121 to E-124.
#[test]
fn when_all_members_are_free() {
    let world = World::new();
    let one = format!("{SHARED}/{}", made(&world, &world.alice));
    let range = "start=2026-11-23&end=2026-11-24";
    let free = world
        .alice(&format!("GET {one}/availability?{range}"), "")
        .is(200)
        .json();
    assert_eq!(
        free["free"],
        json!([{"start": "2026-11-23T09:00:00Z", "end": "2026-11-23T17:00:00Z"}])
    );
    let narrow = format!(
        "GET {one}/availability?{range}&dayStart=10:00&dayEnd=11:30&duration=60&weekdays=1"
    );
    let free = world.alice(&narrow, "").is(200).json();
    assert_eq!(
        free["free"],
        json!([{"start": "2026-11-23T10:00:00Z", "end": "2026-11-23T11:30:00Z"}])
    );
    let sunday = format!("GET {one}/availability?{range}&weekdays=0");
    assert_eq!(world.alice(&sunday, "").is(200).json()["free"], json!([]));
    for wrong in [
        "start=x&end=2026-11-24",
        "start=2026-11-24",
        "start=2026-11-23&end=2026-11-24&dayStart=9",
        "start=2026-11-23&end=2026-11-24&weekdays=8",
    ] {
        world
            .alice(&format!("GET {one}/availability?{wrong}"), "")
            .fails(400, "malformed-request");
    }
    let backwards = format!("GET {one}/availability?start=2026-11-24&end=2026-11-23");
    world.alice(&backwards, "").fails(422, "invalid-value");
    world
        .bob(&format!("GET {one}/availability?{range}"), "")
        .fails(404, "not-found");
}

/// E-163 to E-165, E-167: for administrators whose credential is made for it.
#[test]
fn views_of_groups_are_for_administrators() {
    let world = World::new();
    world
        .store
        .write(|tx| crate::store::accounts::create_group(tx, "mentors", ""))
        .unwrap();
    let admin = world.token(&world.root, &[Scope::Admin]);
    let body = r#"{"name":"All shifts","autoIncludeRoles":["mentors"]}"#;
    for path in [
        "/api/v1/calendar/admin/shared",
        "/api/admin/calendar/shared",
    ] {
        let post = format!("POST {path}");
        let view = world.json(&admin, &post, body).is(201).json();
        assert_eq!(view["viewType"], "ROLE_BASED");
        assert_eq!(view["autoIncludeRoles"], json!(["mentors"])); // E-064
        let one = format!("{path}/{}", view["id"].as_str().unwrap());
        let personal = r#"{"includedLayerTypes":["personal"]}"#;
        world
            .json(&admin, &format!("PATCH {one}"), personal)
            .fails(422, "invalid-value"); // E-070
        for who in [
            &world.token(&world.root, &[Scope::Write]),
            &world.token(&world.alice, &[Scope::Write]),
        ] {
            // E-072
            world
                .json(who, &post, body)
                .fails(403, "insufficient-scope");
            world
                .json(who, &format!("DELETE {one}"), "")
                .fails(403, "insufficient-scope");
        }
        world
            .json(&world.alice, &post, body)
            .fails(403, "insufficient-scope");
        world.json(&admin, &format!("DELETE {one}"), "").is(204);
    }
}
