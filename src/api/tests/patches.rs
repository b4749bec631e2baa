//! PATCH (RFC 7396): what is not named stays, `null` takes away, what is always there cannot be taken away, and what is not
//! known is refused.

use serde_json::{Value, json};

use super::world::{API, World};
use crate::model::Scope;
use crate::privacy::Viewer;

/// Something with its path, the fields that cannot be taken away, and those that can.
fn check(world: &World, who: &Viewer, path: &str, fixed: &[&str], loose: &[&str]) {
    let line = format!("PATCH {path}");
    let show = || {
        let mut shown = world.json(who, &format!("GET {path}"), "").is(200).json();
        // When it was changed is no word of the client's.
        for stamp in ["etag", "updatedAt"] {
            shown.as_object_mut().unwrap().remove(stamp);
        }
        shown
    };
    let before = show();
    world.json(who, &line, "{}").is(200);
    assert_eq!(show(), before, "{path}: nothing named, nothing changed");
    world
        .json(who, &line, r#"{"unheardOf":1}"#)
        .fails(400, "malformed-request");
    for field in fixed {
        let body = json!({ *field: null }).to_string();
        let said = world.json(who, &line, &body);
        assert_eq!(said.status, 400, "{path} {field}: {}", said.body);
        assert_eq!(show(), before, "{path} {field}");
    }
    for field in loose {
        let body = json!({ *field: null }).to_string();
        world.json(who, &line, &body).is(200);
        let after = show();
        assert!(after[*field].is_null(), "{path} {field}: {after}");
    }
    // Of the others none has changed.
    let after = show();
    for (field, value) in before.as_object().unwrap() {
        if !loose.contains(&field.as_str()) {
            assert_eq!(after[field], *value, "{path} {field}");
        }
    }
}

fn made(world: &World, who: &Viewer, path: &str, body: &Value) -> String {
    let line = format!("POST {API}{path}");
    let said = world.json(who, &line, &body.to_string()).is(201);
    said.header("location").to_owned()
}

#[test]
fn every_patch_merges() {
    let world = World::new();
    let alice = &world.alice;
    let layer = made(
        &world,
        alice,
        "/layers",
        &json!({"name": "Own", "description": "d", "color": "#1890ff", "sortOrder": 3, "timeZone": "Europe/Oslo"}),
    );
    check(
        &world,
        alice,
        &layer,
        &["name", "visibility", "isEnabled"],
        &["description", "color", "sortOrder", "timeZone"],
    );
    let id = layer.rsplit('/').next().unwrap();
    let item = made(
        &world,
        alice,
        "/items",
        &json!({
            "layerId": id, "title": "t", "description": "d", "location": "l", "url": "https://example.org/", "color": "red",
            "visibility": "PUBLIC", "start": "2026-12-01T10:00:00Z", "timeZone": "Europe/Oslo",
        }),
    );
    check(
        &world,
        alice,
        &item,
        &[
            "layerId",
            "date",
            "startTime",
            "endTime",
            "start",
            "end",
            "isAllDay",
            "itemType",
            "busyStatus",
        ],
        &[
            "title",
            "description",
            "location",
            "url",
            "color",
            "visibility",
        ],
    );
    let view = made(
        &world,
        alice,
        "/shared",
        &json!({"name": "v", "description": "d"}),
    );
    check(
        &world,
        alice,
        &view,
        &["name", "includedLayerTypes"],
        &["description"],
    );
    let link = made(
        &world,
        alice,
        "/export/tokens",
        &json!({"label": "l", "includeLayers": [id]}),
    );
    check(
        &world,
        alice,
        &link,
        &["label", "audience", "itemTypes"],
        &["includeLayers", "reach"],
    );
    let chosen = r#"{"timeZone":"Europe/Oslo","defaultAlarm":15,"defaultAllDayAlarm":60}"#;
    let preferences = format!("{API}/preferences");
    world.alice(&format!("PATCH {preferences}"), chosen).is(200);
    check(
        &world,
        alice,
        &preferences,
        &[
            "displayName",
            "freeBusyTo",
            "hideDisabled",
            "mutedNotifications",
            "systemKinds",
        ],
        &["timeZone", "defaultAlarm", "defaultAllDayAlarm"],
    );
}

/// Those whose things are told in lists alone.
#[test]
fn what_is_always_there_is_not_taken_away() {
    let world = World::new();
    let view = made(&world, &world.alice, "/shared", &json!({"name": "v"}));
    for (path, body) in [
        (format!("{view}/members/alice"), r#"{"consent":null}"#),
        (format!("{view}/members/alice"), r#"{"other":1}"#),
        (format!("{view}/respond"), r#"{"status":null}"#),
        (format!("{view}/respond"), r#"{"status":"MAYBE"}"#),
    ] {
        world
            .alice(&format!("PATCH {path}"), body)
            .fails(400, "malformed-request");
    }
    world
        .store
        .write(|tx| crate::store::accounts::create_group(tx, "mentors", ""))
        .unwrap();
    let admin = world.token(&world.root, &[Scope::Admin, Scope::Read]);
    let body = json!({"name": "All", "description": "d", "autoIncludeRoles": ["mentors"]});
    let line = format!("POST {API}/admin/shared");
    let view = world.json(&admin, &line, &body.to_string()).is(201).json();
    let one = format!("PATCH {API}/admin/shared/{}", view["id"].as_str().unwrap());
    for field in ["name", "autoIncludeRoles", "includedLayerTypes"] {
        let body = json!({ field: null }).to_string();
        world
            .json(&admin, &one, &body)
            .fails(400, "malformed-request");
    }
    let open = world.json(&admin, &one, r#"{"description":null}"#).is(200);
    assert!(open.json()["description"].is_null());
}
