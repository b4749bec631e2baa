//! What holds for every route: methods, aliases, repeated requests, the document.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{World, request, said};
use crate::api::routes::{Success, TABLE};
use crate::api::{accepts, document};
use crate::privacy::Viewer;

const LAYERS: &str = "/api/v1/calendar/layers";

#[test]
fn a_path_takes_its_methods() {
    let world = World::new();
    let refused = world
        .alice(&format!("PUT {LAYERS}"), "{}")
        .fails(405, "method-not-allowed");
    assert_eq!(refused.header("allow"), "GET, HEAD, OPTIONS, POST");
    let options = world.alice(&format!("OPTIONS {LAYERS}"), "").is(204);
    assert_eq!(options.header("allow"), "GET, HEAD, OPTIONS, POST");
    // A word of its own beside the ids of a list takes its own methods alone.
    let options = world.alice("OPTIONS /api/v1/calendar/notifications/read", "");
    assert_eq!(options.header("allow"), "OPTIONS, POST");
    world
        .alice("GET /api/v1/calendar/nothing", "")
        .fails(404, "not-found");
    world.alice("GET /api", "").fails(404, "not-found");
    world.alice(&format!("HEAD {LAYERS}"), "").is(200);
    world.alice("GET /api/calendar/layers", "").is(200); // E-127, as written
}

#[test]
fn who_says_nothing_learns_nothing() {
    let world = World::new();
    for path in [LAYERS, "/api/nothing", "/api/v1/calendar/layers/x"] {
        world
            .ask(&Viewer::Anyone, &format!("GET {path}"), &[], "")
            .fails(401, "unauthenticated");
    }
    world
        .ask(&Viewer::Anyone, "GET /api/openapi.json", &[], "")
        .is(200);
}

#[test]
fn a_large_body_is_refused_unread() {
    let world = World::new();
    let large = request(
        &format!("POST {LAYERS}"),
        &[("content-length", "1048577")],
        "",
    );
    let refused = *accepts(&world.alice, &large).unwrap_err();
    said(refused).fails(413, "too-large");
}

#[test]
fn another_sites_page_does_nothing_with_a_remembered_password() {
    let world = World::new();
    let headers = [
        ("content-type", "application/json"),
        ("sec-fetch-site", "cross-site"),
    ];
    let line = format!("POST {LAYERS}");
    world
        .ask(&world.alice, &line, &headers, r#"{"name":"x"}"#)
        .fails(403, "cross-site");
    world
        .ask(&world.alice, &format!("GET {LAYERS}"), &headers, "")
        .is(200);
}

#[test]
fn a_repeated_request_makes_nothing_twice() {
    let world = World::new();
    let post = |viewer: &Viewer, key: &str, body: &str| {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        world.ask(viewer, &format!("POST {LAYERS}"), &headers, body)
    };
    let first = post(&world.alice, "k", r#"{"name":"A"}"#).is(201);
    let again = post(&world.alice, "k", r#"{"name":"A"}"#).is(201);
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(first.header("etag"), again.header("etag"));
    post(&world.alice, "k", r#"{"name":"B"}"#).fails(422, "idempotency-key-reused");
    // A key is its account's own.
    post(&world.bob, "k", r#"{"name":"B"}"#).is(201);
    post(&world.alice, "another", r#"{"name":"A"}"#).is(201);
    // What was refused is tried anew.
    post(&world.alice, "wrong", r#"{"name":""}"#).is(422);
    post(&world.alice, "wrong", r#"{"name":"C"}"#).is(201);
    post(&world.alice, "", r#"{"name":"D"}"#).is(400);
    post(&world.alice, &"k".repeat(256), r#"{"name":"D"}"#).is(400);
    let layers = world.alice(&format!("GET {LAYERS}"), "").json();
    assert_eq!(layers["items"].as_array().unwrap().len(), 3);
}

#[test]
fn a_secret_is_not_kept_for_a_repeated_request() {
    let world = World::new();
    let post = || {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "t"),
        ];
        let body = r#"{"label":"x","scopes":["read"]}"#;
        world
            .ask(&world.alice, "POST /api/v1/calendar/tokens", &headers, body)
            .is(201)
            .json()
    };
    let (first, again) = (post(), post());
    assert_eq!(first["id"], again["id"]);
    assert!(first["token"].is_string() && again.get("token").is_none());
}

#[test]
fn the_document_and_the_table_are_one() {
    let document = &*document::DOCUMENT;
    assert_eq!(document["openapi"], "3.1.0");
    let mut told = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{name} stands twice");
            let alias = operation["deprecated"] == true;
            told.insert((method.to_uppercase(), path.clone(), alias));
        }
    }
    let mut stands = BTreeSet::new();
    for route in &TABLE.routes {
        assert!(!route.success.is_empty(), "{} answers nothing", route.path);
        for (number, path) in route.paths().enumerate() {
            stands.insert((route.method.to_string(), path, number > 0));
        }
    }
    assert_eq!(told, stands);
}

#[test]
fn a_name_of_the_document_stands_for_one_shape() {
    let mut known: BTreeMap<&str, serde_json::Value> = BTreeMap::new();
    let shapes = TABLE.routes.iter().flat_map(|route| {
        let told = route
            .success
            .iter()
            .filter_map(|(_, success)| match success {
                Success::One(shape) | Success::Page(shape) => Some(shape),
                Success::Nothing | Success::Any => None,
            });
        told.chain(&route.body)
    });
    for shape in shapes {
        let own = [(&shape.name, &shape.schema)].into_iter();
        for (name, schema) in own.chain(shape.named.iter().map(|(name, it)| (name, it))) {
            let schema = serde_json::to_value(schema).unwrap();
            let before = known.entry(name).or_insert_with(|| schema.clone());
            assert_eq!(*before, schema, "{name}");
        }
    }
}

/// What a program asks for twice, and what it says of a version that is none (RFC 9110 section 13.1.1).
#[test]
fn a_tag_of_what_has_none_is_stale() {
    let world = World::new();
    let line = "DELETE /api/v1/calendar/blocked/bob";
    let tagged = |tag| world.ask(&world.alice, line, &[("if-match", tag)], "");
    world.alice("PUT /api/v1/calendar/blocked/bob", "").is(204);
    tagged("\"x\"").fails(412, "changed");
    tagged("\"x").fails(400, "malformed-request");
    tagged("*").is(204);
}

/// If-Match is a list, and a proxy may have called one of our tags weak.
#[test]
fn tags_come_in_lists() {
    let world = World::new();
    let made = world
        .alice(&format!("POST {LAYERS}"), r#"{"name":"A"}"#)
        .is(201);
    let (one, tag) = (made.header("location").to_owned(), made.header("etag"));
    let patch = |tags: &str, name: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tags)];
        let body = format!(r#"{{"name":"{name}"}}"#);
        world.ask(&world.alice, &format!("PATCH {one}"), &headers, &body)
    };
    patch("\"x\", \"y\"", "B").fails(412, "changed");
    let weak = patch(&format!("\"x\", W/{tag}"), "B").is(200);
    patch("*", "C").is(200);
    patch(weak.header("etag"), "D").fails(412, "changed");
    patch("\"open", "D").fails(400, "malformed-request");
    let known = world.alice(&format!("GET {one}"), "").is(200);
    let tags = format!("\"x\", W/{}", known.header("etag"));
    let headers = [("if-none-match", tags.as_str())];
    for method in ["GET", "HEAD"] {
        world
            .ask(&world.alice, &format!("{method} {one}"), &headers, "")
            .is(304);
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn references(value: &serde_json::Value, found: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value.as_str()) {
                        ("$ref", Some(target)) => {
                            found.insert(target.to_owned());
                        }
                        _ => references(value, found),
                    }
                }
            }
            serde_json::Value::Array(values) => {
                values.iter().for_each(|value| references(value, found));
            }
            _ => {}
        }
    }
    let document = &*document::DOCUMENT;
    let mut found = BTreeSet::new();
    references(document, &mut found);
    assert!(found.len() > 3);
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
}

#[test]
fn the_same_request_on_many_lines_is_done_once() {
    let world = World::new();
    let post = || {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "k"),
        ];
        let body = r#"{"name":"A"}"#;
        world
            .ask(&world.alice, &format!("POST {LAYERS}"), &headers, body)
            .is(201)
            .body
    };
    let bodies: Vec<String> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(post)).collect();
        asked.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    let layers = world.alice(&format!("GET {LAYERS}"), "").json();
    assert_eq!(layers["items"].as_array().unwrap().len(), 1);
}

/// No text holds a NUL: half of the databases could not keep it.
#[test]
fn a_nul_is_no_part_of_a_text() {
    let world = World::new();
    for (line, body) in [
        ("POST /api/v1/calendar/layers", r#"{"name":"a\u0000b"}"#),
        (
            "POST /api/v1/calendar/shared",
            r#"{"name":"a","description":"\u0000"}"#,
        ),
        ("POST /api/v1/calendar/friends", r#"{"userId":"\\\u0000"}"#),
        (
            "POST /api/v1/calendar/items",
            r#"{"layerId":"\u0000","date":"2026-07-01"}"#,
        ),
    ] {
        world.alice(line, body).fails(400, "malformed-request");
    }
    let plain = r#"{"name":"a\\u0000b"}"#;
    let made = world.alice("POST /api/v1/calendar/layers", plain).is(201);
    assert_eq!(made.json()["name"], "a\\u0000b");
}
