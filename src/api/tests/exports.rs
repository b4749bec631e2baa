//! Feeds out, from outside (E-090 to E-093, E-160, E-161, K-44).

use super::world::World;
use crate::model::Scope;

const TOKENS: &str = "/api/v1/calendar/export/tokens";
const DEFAULT: &str = "/api/calendar/export/token";

#[test]
fn a_link_is_shown_once_changed_and_revoked() {
    let world = World::new();
    let layer = world
        .alice("POST /api/v1/calendar/layers", r#"{"name":"Gym"}"#)
        .is(201)
        .json();
    let layer = layer["id"].as_str().unwrap();
    let body = format!(
        r#"{{"label":"Work","audience":"friends","includeLayers":["{layer}"],"itemTypes":["EVENT"],"reach":null}}"#
    );
    let made = world.alice(&format!("POST {TOKENS}"), &body).is(201);
    let shown = made.json();
    let url = shown["url"].as_str().unwrap();
    assert!(url.starts_with("http://cal.example.com/feed/alice/") && url.ends_with(".ics"));
    assert_eq!(shown["webcalUrl"], url.replace("http://", "webcal://"));
    assert_eq!(shown["includeLayers"], serde_json::json!([layer])); // E-092
    assert!(shown["reach"].is_null());
    let one = made.header("location").to_owned();

    let again = world.alice(&format!("GET {one}"), "").is(200);
    assert!(again.json()["url"].is_null(), "{}", again.body); // K-21: shown once
    assert_eq!(again.header("etag"), made.header("etag"));
    let listed = world.alice(&format!("GET {TOKENS}"), "").is(200);
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), 1);
    assert!(!listed.body.contains("feed/"));

    let changed = world
        .alice(
            &format!("PATCH {one}"),
            r#"{"includeLayers":null,"reach":{"monthsBack":2,"monthsAhead":5}}"#,
        )
        .is(200)
        .json();
    assert!(changed["includeLayers"].is_null());
    assert_eq!(changed["reach"]["monthsAhead"], 5);
    assert_eq!(changed["label"], "Work");
    world
        .ask(
            &world.alice,
            &format!("DELETE {one}"),
            &[("if-match", "\"x\"")],
            "",
        )
        .fails(412, "changed");
    world.bob(&format!("GET {one}"), "").fails(404, "not-found");
    world
        .bob(&format!("DELETE {one}"), "")
        .fails(404, "not-found");
    world.alice(&format!("DELETE {one}"), "").is(204);
    world
        .alice(&format!("DELETE {one}"), "")
        .fails(404, "not-found");
}

#[test]
fn the_link_named_default_is_one() {
    let world = World::new();
    let get = format!("GET {DEFAULT}");
    // Who only looks makes nothing, and neither does a page of another site.
    let reader = world.token(&world.alice, &[Scope::Read]);
    world.json(&reader, &get, "").fails(404, "not-found");
    let elsewhere = [("sec-fetch-site", "cross-site")];
    world
        .ask(&world.alice, &get, &elsewhere, "")
        .fails(404, "not-found");
    world.alice(&format!("HEAD {DEFAULT}"), "").is(404);
    // E-160: get or create, K-44.
    let first = world.alice(&get, "").is(201).json();
    assert!(first["url"].as_str().unwrap().ends_with(".ics"));
    let again = world.alice(&get, "").is(200).json();
    assert_eq!(again["id"], first["id"]);
    assert!(again["url"].is_null());
    world.json(&reader, &get, "").is(200);
    world.alice(&format!("DELETE {DEFAULT}"), "").is(204); // E-161
    let made = world.alice(&format!("POST {DEFAULT}"), "").is(201).json();
    assert_eq!(made["audience"], "owner");
    assert_eq!(made["reach"]["monthsBack"], 1); // E-208
    world
        .alice(&format!("POST {DEFAULT}"), "")
        .fails(409, "exists");
    world.alice(&format!("GET {DEFAULT}"), "").is(200);
    world.alice(&format!("DELETE {DEFAULT}"), "").is(204);
    world
        .alice(&format!("DELETE {DEFAULT}"), "")
        .fails(404, "not-found");
}

#[test]
fn only_what_is_ones_own_is_let_out_and_only_by_who_may_write() {
    let world = World::new();
    let post = format!("POST {TOKENS}");
    for (body, code) in [
        (
            r#"{"label":"x","includeLayers":["nowhere"]}"#,
            "invalid-value",
        ),
        (r#"{"label":" "}"#, "invalid-value"),
        (r#"{"label":"x","itemTypes":[]}"#, "invalid-value"),
        (
            r#"{"label":"x","reach":{"monthsBack":9999,"monthsAhead":1}}"#,
            "invalid-value",
        ),
    ] {
        world.alice(&post, body).fails(422, code);
    }
    world
        .alice(&post, r#"{"label":"x","audience":"me"}"#)
        .fails(400, "malformed-request");
    let reader = world.token(&world.alice, &[Scope::Read]);
    world
        .json(&reader, &post, r#"{"label":"x"}"#)
        .fails(403, "insufficient-scope");
    let platform = world.token(&world.alice, &[Scope::Platform]);
    world
        .json(&platform, &format!("GET {TOKENS}"), "")
        .fails(403, "insufficient-scope");
}
