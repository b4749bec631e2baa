//! What a credential is good for, and when it ends.

use super::world::World;
use crate::api::routes::{Route, TABLE};
use crate::model::{Scope, Scopes, UserId};
use crate::privacy::Viewer;
use crate::store::{accounts, api_tokens};

const TOKENS: &str = "/api/v1/calendar/tokens";
const LAYERS: &str = "/api/v1/calendar/layers";

#[test]
fn a_token_is_shown_once_and_ends_at_once() {
    let world = World::new();
    let body = r#"{"label":"a script","scopes":["read"]}"#;
    let made = world.alice(&format!("POST {TOKENS}"), body).is(201).json();
    assert!(made["token"].as_str().unwrap().starts_with("strata_"));
    let list = world.alice(&format!("GET {TOKENS}"), "").is(200);
    assert!(!list.body.contains("strata_"), "{}", list.body);
    assert_eq!(list.json()["items"][0]["label"], "a script");
    let id = made["id"].as_str().unwrap();
    world
        .bob(&format!("DELETE {TOKENS}/{id}"), "")
        .fails(404, "not-found");
    world.alice(&format!("DELETE {TOKENS}/{id}"), "").is(204);
    world
        .alice(&format!("DELETE {TOKENS}/{id}"), "")
        .fails(404, "not-found");
}

#[test]
fn every_transaction_asks_whether_the_token_stands() {
    let world = World::new();
    let token = world.token(&world.alice, &[Scope::Write]);
    world.json(&token, &format!("GET {LAYERS}"), "").is(200);
    let (user, id) = held(&token);
    world
        .store
        .write(|tx| api_tokens::revoke(tx, user, id))
        .unwrap();
    world
        .json(&token, &format!("GET {LAYERS}"), "")
        .fails(401, "unauthenticated");

    let token = world.token(&world.alice, &[Scope::Write]);
    world
        .store
        .write(|tx| accounts::set_disabled(tx, user, true))
        .unwrap();
    world
        .json(&token, &format!("GET {LAYERS}"), "")
        .fails(401, "unauthenticated");
}

fn held(viewer: &Viewer) -> (UserId, crate::model::ApiTokenId) {
    match viewer {
        Viewer::User(device) => (device.user, device.token.unwrap().id),
        Viewer::Anyone => panic!("nobody has no tokens"),
    }
}

#[test]
fn a_scope_lets_do_what_it_says() {
    let world = World::new();
    let reader = world.token(&world.alice, &[Scope::Read]);
    let platform = world.token(&world.alice, &[Scope::Platform]);
    world.json(&reader, &format!("GET {LAYERS}"), "").is(200);
    world
        .json(&reader, &format!("GET {TOKENS}"), "")
        .fails(403, "insufficient-scope");
    let refused = world
        .json(&platform, &format!("GET {LAYERS}"), "")
        .fails(403, "insufficient-scope");
    assert!(
        refused
            .header("www-authenticate")
            .contains("scope=\"read\"")
    );
}

#[test]
fn a_token_makes_none_that_may_more_and_takes_with_it_those_that_it_made() {
    let world = World::new();
    let writer = world.token(&world.root, &[Scope::Write]);
    for scope in ["admin", "platform"] {
        let body = format!(r#"{{"label":"more","scopes":["{scope}"]}}"#);
        world
            .json(&writer, &format!("POST {TOKENS}"), &body)
            .fails(403, "insufficient-scope");
        // Alice is no administrator, whatever she shows.
        world
            .alice(&format!("POST {TOKENS}"), &body)
            .fails(403, "insufficient-scope");
        world
            .json(&world.root, &format!("POST {TOKENS}"), &body)
            .is(201);
    }
    let body = r#"{"label":"as much","scopes":["write"]}"#;
    world.json(&writer, &format!("POST {TOKENS}"), body).is(201);
    let count = || {
        let list = world
            .json(&world.root, &format!("GET {TOKENS}"), "")
            .is(200)
            .json();
        list["items"].as_array().unwrap().len()
    };
    assert_eq!(count(), 4);
    let (user, id) = held(&writer);
    world
        .store
        .write(|tx| api_tokens::revoke(tx, user, id))
        .unwrap();
    assert_eq!(count(), 2);
}

#[test]
fn what_an_end_lies_behind_is_refused() {
    let world = World::new();
    for end in ["2001-01-01T00:00:00Z", "soon"] {
        let body = format!(r#"{{"label":"x","scopes":["read"],"expiresAt":"{end}"}}"#);
        world
            .alice(&format!("POST {TOKENS}"), &body)
            .fails(422, "invalid-value");
    }
    let body = r#"{"label":"x","scopes":["read"],"expiresAt":"2101-01-01T00:00:00+01:00"}"#;
    let made = world.alice(&format!("POST {TOKENS}"), body).is(201).json();
    assert_eq!(made["expiresAt"], "2100-12-31T23:00:00Z");
}

/// Every route that there is, asked as one would ask it first.
fn every_route() -> impl Iterator<Item = (&'static Route, String)> {
    TABLE.routes.iter().flat_map(|route| {
        route.paths().map(move |path| {
            let segments = path
                .split('/')
                .map(|it| if it.starts_with('{') { "x" } else { it });
            let path = segments.collect::<Vec<_>>().join("/");
            (route, format!("{} {path}", route.method))
        })
    })
}

#[test]
fn no_route_does_more_than_a_credential_is_good_for() {
    let world = World::new();
    let held = Scope::ALL.map(|scope| {
        // An administrator's, so that nothing but the scope decides.
        (Scopes::of([scope]), world.token(&world.root, &[scope]))
    });
    let mut asked = 0;
    for (route, line) in every_route() {
        let Some(wanted) = route.scope else { continue };
        world
            .ask(&Viewer::Anyone, &line, &[], "")
            .fails(401, "unauthenticated");
        for (scopes, token) in &held {
            let said = world.json(token, &line, "{}");
            let refused = said.body.contains("insufficient-scope");
            assert_eq!(refused, !scopes.contains(wanted), "{line}: {}", said.body);
            asked += 1;
        }
    }
    assert!(asked > 100);
}

#[test]
fn no_route_answers_a_credential_that_has_ended() {
    let world = World::new();
    let token = world.token(&world.root, &[Scope::Admin, Scope::Platform]);
    let (user, id) = held(&token);
    world
        .store
        .write(|tx| api_tokens::revoke(tx, user, id))
        .unwrap();
    for (route, line) in every_route() {
        if route.scope.is_none() {
            continue;
        }
        world
            .json(&token, &line, "{}")
            .fails(401, "unauthenticated");
    }
}

#[test]
fn what_is_for_administrators_needs_one_whatever_is_shown() {
    let world = World::new();
    let token = world.token(&world.alice, &[Scope::Admin]);
    for (route, line) in every_route() {
        if route.scope == Some(Scope::Admin) {
            for viewer in [&token, &world.alice] {
                world
                    .json(viewer, &line, "{}")
                    .fails(403, "insufficient-scope");
            }
        }
    }
}
