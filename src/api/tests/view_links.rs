//! Who may look at a shared view (E-066, E-067).

use serde_json::Value;

use super::world::World;
use crate::model::Scope;

const SHARED: &str = "/api/v1/calendar/shared";

fn made(world: &World, body: &str) -> Value {
    world.alice(&format!("POST {SHARED}"), body).is(201).json()
}

#[test]
fn a_view_is_its_members_until_its_owner_makes_it_public() {
    let world = World::new();
    let view = made(&world, r#"{"name":"Team"}"#);
    assert_eq!(view["shareScope"], "MEMBERS"); // E-066: off by default
    assert!(view["shareToken"].is_null() && view["shareUrl"].is_null());
    let one = format!("{SHARED}/{}", view["id"].as_str().unwrap());
    world.alice(&format!("POST {one}/invite"), r#"{"userIds":["bob"]}"#);
    let joined = world
        .bob(&format!("PATCH {one}/respond"), r#"{"status":"ACCEPTED"}"#)
        .is(200)
        .json();
    assert_eq!(joined["publicConsent"], false);
    // Its owner alone, and no token that may not write.
    let public = r#"{"shareScope":"PUBLIC"}"#;
    world
        .bob(&format!("PATCH {one}"), public)
        .fails(403, "forbidden");
    let reader = world.token(&world.alice, &[Scope::Read]);
    world
        .json(&reader, &format!("PATCH {one}"), public)
        .fails(403, "insufficient-scope");

    let opened = world.alice(&format!("PATCH {one}"), public).is(200);
    let shown = opened.json();
    let (token, url) = (
        shown["shareToken"].as_str().unwrap(), // E-067
        shown["shareUrl"].as_str().unwrap(),
    );
    assert_eq!(token.len(), 43, "256 bits");
    assert_eq!(
        url,
        format!("http://cal.example.com/feed/alice/{token}.ics")
    );
    assert_eq!(shown["shareWebcalUrl"], url.replace("http://", "webcal://"));
    // Once. Members are told that it is public, and not where.
    for said in [
        world.alice(&format!("GET {one}"), ""),
        world.bob(&format!("GET {one}"), ""),
        world.alice(&format!("PATCH {one}"), public),
        world.bob(&format!("GET {SHARED}"), ""),
    ] {
        assert!(
            said.body.contains(r#""shareScope":"PUBLIC""#),
            "{}",
            said.body
        );
        assert!(
            !said.body.contains(token) && !said.body.contains("feed/"),
            "{}",
            said.body
        );
    }
    assert_eq!(
        world.alice(&format!("GET {one}"), "").header("etag"),
        opened.header("etag")
    );
    let agreed = world.bob(
        &format!("PATCH {one}/members/bob"),
        r#"{"publicConsent":true}"#,
    );
    agreed.is(200);
    let mine = world.bob(&format!("GET {one}"), "").is(200).json();
    assert_eq!(mine["publicConsent"], true);

    world
        .alice(&format!("PATCH {one}"), r#"{"shareScope":"MEMBERS"}"#)
        .is(200);
    let closed = world.alice(&format!("GET {one}"), "").is(200).json();
    assert_eq!(closed["shareScope"], "MEMBERS");
    let again = world.alice(&format!("PATCH {one}"), public).is(200).json();
    assert_ne!(again["shareToken"], shown["shareToken"]);
}

#[test]
fn a_public_view_that_is_made_twice_shows_its_link_once() {
    let world = World::new();
    let ask = || {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "k"),
        ];
        let body = r#"{"name":"Team","shareScope":"PUBLIC"}"#;
        world.ask(&world.alice, &format!("POST {SHARED}"), &headers, body)
    };
    let first = ask().is(201).json();
    assert!(first["shareUrl"].as_str().unwrap().contains("/feed/alice/"));
    let again = ask().is(201).json();
    assert_eq!(again["id"], first["id"]);
    assert!(again["shareUrl"].is_null() && again["shareToken"].is_null());
    world
        .alice(
            &format!("POST {SHARED}"),
            r#"{"name":"Team","shareScope":"EVERYONE"}"#,
        )
        .fails(400, "malformed-request");
}
