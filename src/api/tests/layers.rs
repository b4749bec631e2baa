//! Layers, from outside (E-127 to E-130, E-011 to E-020).

use super::world::World;
use crate::model::Scope;

const LAYERS: &str = "/api/v1/calendar/layers";

#[test]
fn a_layer_is_made_changed_and_deleted() {
    let world = World::new();
    let made = world
        .alice(
            &format!("POST {LAYERS}"),
            r##"{"name":"Gym","color":"#1890ff","visibility":"FRIENDS","sortOrder":3,"timeZone":"Europe/Oslo"}"##,
        )
        .is(201); // E-128
    let layer = made.json();
    let id = layer["id"].as_str().unwrap().to_owned();
    assert!(
        !id.contains("Gym"),
        "the display name never stands in the path (E-012)"
    );
    assert_eq!(made.header("location"), format!("{LAYERS}/{id}"));
    assert_eq!(layer["userId"], "alice"); // E-013
    assert_eq!(layer["name"], "Gym"); // E-014
    assert_eq!(layer["layerType"], "USER"); // E-015
    assert_eq!(layer["color"], "#1890ff"); // E-017
    assert_eq!(layer["visibility"], "FRIENDS"); // E-018
    assert_eq!(layer["isEnabled"], true); // E-019
    assert_eq!(layer["sortOrder"], 3); // E-020
    assert_eq!(layer["createdAt"], layer["updatedAt"]); // E-021
    assert_eq!(layer["editable"], true);
    assert_eq!(layer["url"], format!("/dav/calendars/alice/{id}/"));
    assert_eq!(made.header("etag"), layer["etag"].as_str().unwrap());

    let one = format!("{LAYERS}/{id}");
    let changed = world
        .alice(
            &format!("PATCH {one}"),
            r#"{"isEnabled":false,"color":null}"#,
        )
        .is(200)
        .json(); // E-129
    assert_eq!(changed["isEnabled"], false);
    assert!(changed["color"].is_null());
    assert_eq!(changed["name"], "Gym", "what is not named stays");
    world
        .alice(&format!("POST {LAYERS}"), r#"{"name":"Other"}"#)
        .is(201);
    world.alice(&format!("DELETE {one}"), "").is(204); // E-130
    world
        .alice(&format!("GET {one}"), "")
        .fails(404, "not-found");
}

#[test]
fn layers_are_private_unless_it_is_said_otherwise() {
    let world = World::new();
    let layer = world
        .alice(&format!("POST {LAYERS}"), r#"{"name":"Mine"}"#)
        .is(201)
        .json();
    assert_eq!(layer["visibility"], "PRIVATE"); // E-010
    // What is somebody else's is what never was.
    let id = layer["id"].as_str().unwrap();
    let hers = world
        .bob(&format!("GET {LAYERS}/{id}"), "")
        .fails(404, "not-found");
    let none = world
        .bob(&format!("GET {LAYERS}/none"), "")
        .fails(404, "not-found");
    assert_eq!(hers.body, none.body);
}

#[test]
fn whoever_changes_what_has_changed_is_told() {
    let world = World::new();
    let made = world
        .alice(&format!("POST {LAYERS}"), r#"{"name":"A"}"#)
        .is(201);
    let one = made.header("location").to_owned();
    let tag = made.header("etag").to_owned();
    let patch = |tag: &str, body: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        world.ask(&world.alice, &format!("PATCH {one}"), &headers, body)
    };
    let renamed = patch(&tag, r#"{"name":"B"}"#).is(200);
    patch(&tag, r#"{"name":"C"}"#).fails(412, "changed");
    patch(renamed.header("etag"), r#"{"name":"D"}"#).is(200);
    let stale = [("if-match", tag.as_str())];
    world
        .ask(&world.alice, &format!("DELETE {one}"), &stale, "")
        .fails(412, "changed");
    let known = world.alice(&format!("GET {one}"), "").is(200);
    let asked = [("if-none-match", known.header("etag"))];
    let unchanged = world
        .ask(&world.alice, &format!("GET {one}"), &asked, "")
        .is(304);
    assert!(unchanged.body.is_empty());
}

#[test]
fn a_list_is_read_in_pages_that_stay_put() {
    let world = World::new();
    for number in 0..7 {
        let body = format!(r#"{{"name":"L{number}","sortOrder":{number}}}"#);
        world.alice(&format!("POST {LAYERS}"), &body).is(201);
    }
    let mut names = Vec::new();
    let mut line = format!("GET {LAYERS}?limit=3");
    loop {
        let page = world.alice(&line, "").is(200).json();
        for layer in page["items"].as_array().unwrap() {
            names.push(layer["name"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["nextCursor"].as_str() else {
            break;
        };
        line = format!("GET {LAYERS}?limit=3&cursor={next}");
        // What comes before the page moves nothing.
        world
            .alice(
                &format!("POST {LAYERS}"),
                r#"{"name":"new","sortOrder":-5}"#,
            )
            .is(201);
    }
    assert_eq!(names, ["L0", "L1", "L2", "L3", "L4", "L5", "L6"]);
}

#[test]
fn a_cursor_of_somebody_else_is_refused() {
    let world = World::new();
    for viewer in [&world.alice, &world.bob] {
        for name in ["a", "b"] {
            let body = format!(r#"{{"name":"{name}"}}"#);
            world.json(viewer, &format!("POST {LAYERS}"), &body).is(201);
        }
    }
    let page = world.alice(&format!("GET {LAYERS}?limit=1"), "").json();
    let cursor = page["nextCursor"].as_str().unwrap();
    world
        .alice(&format!("GET {LAYERS}?cursor={cursor}"), "")
        .is(200);
    world
        .bob(&format!("GET {LAYERS}?cursor={cursor}"), "")
        .fails(400, "invalid-cursor");
    world
        .alice(&format!("GET {LAYERS}?cursor=x"), "")
        .fails(400, "invalid-cursor");
    for limit in ["0", "1001", "-1", "x"] {
        world
            .alice(&format!("GET {LAYERS}?limit={limit}"), "")
            .fails(400, "malformed-request");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let world = World::new();
    for (body, status, code) in [
        ("{}", 400, "malformed-request"),
        ("[]", 400, "malformed-request"),
        ("{", 400, "malformed-request"),
        (r#"{"name":"x","what":1}"#, 400, "malformed-request"),
        (r#"{"name":""}"#, 422, "invalid-value"),
        (r#"{"name":"x","color":"red"}"#, 422, "invalid-value"),
        (
            r#"{"name":"x","timeZone":"Nowhere/At all"}"#,
            422,
            "invalid-value",
        ),
    ] {
        world
            .alice(&format!("POST {LAYERS}"), body)
            .fails(status, code);
    }
    world
        .ask(
            &world.alice,
            &format!("POST {LAYERS}"),
            &[("content-type", "text/plain")],
            "{}",
        )
        .fails(415, "unsupported-media-type");
    let reader = world.token(&world.alice, &[Scope::Read]);
    world
        .json(&reader, &format!("POST {LAYERS}"), r#"{"name":"x"}"#)
        .fails(403, "insufficient-scope");
}
