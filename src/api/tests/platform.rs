//! What a platform shows its users, from outside: written by its own token, seen among their layers.

use serde_json::{Value, json};

use super::world::{API, World};
use crate::model::Scope;
use crate::privacy::Viewer;
use crate::store::{accounts, items, layers};

const RECORDS: &str = "/api/platform/records";
const RANGE: &str = "start=2026-12-01&end=2026-12-08";

fn kinds() -> World {
    World::with_kinds(&[
        ("shifts", "My Shifts"),
        ("tickets", "My Tickets"),
        ("polls", "My Polls"),
        ("public_events", "Public Events"),
    ])
}

/// One record of each kind for alice, the public one for everybody.
fn filled() -> World {
    let world = kinds();
    let platform = world.token(&world.root, &[Scope::Platform]);
    for (kind, hour, owner) in [
        ("shifts", 9, json!("alice")),
        ("tickets", 10, json!("alice")),
        ("polls", 11, json!("alice")),
        ("public_events", 12, Value::Null),
    ] {
        let record = json!({
            "userId": owner, "title": format!("About {kind}"),
            "start": format!("2026-12-01T{hour:02}:00:00Z"), "end": format!("2026-12-01T{:02}:00:00Z", hour + 1),
        });
        let line = format!("PUT {RECORDS}/{kind}/{kind}-1");
        world.json(&platform, &line, &record.to_string()).is(201);
    }
    world
}

fn seen(world: &World, who: &Viewer) -> Vec<Value> {
    let page = world.json(who, &format!("GET {API}/my?{RANGE}"), "");
    page.is(200).json()["items"].as_array().unwrap().clone()
}

#[test]
fn each_kind_is_a_layer_of_the_system() {
    let world = filled();
    let listed = world.alice(&format!("GET {API}/layers"), "").is(200).json(); // E-011
    let layers: Vec<&Value> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|layer| layer["layerType"] == "SYSTEM") // E-015
        .collect();
    let mut told: Vec<(&str, &str)> = layers
        .iter()
        .map(|it| {
            (
                it["systemType"].as_str().unwrap(),
                it["name"].as_str().unwrap(),
            )
        })
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("POLLS", "My Polls"),              // E-024
            ("PUBLIC_EVENTS", "Public Events"), // E-025
            ("SHIFTS", "My Shifts"),            // E-016, E-022
            ("TICKETS", "My Tickets"),          // E-023
        ]
    );
    for layer in layers {
        let line = format!("DELETE {API}/layers/{}", layer["id"].as_str().unwrap());
        world.alice(&line, "").fails(403, "forbidden"); // E-130
    }
    // Of a layer of one's own there is no system type (E-016).
    let own = world
        .alice(&format!("POST {API}/layers"), r#"{"name":"Own"}"#)
        .is(201)
        .json();
    assert!(own["systemType"].is_null());
}

// E-026, E-046, E-047: rows of the platform in the shape of items, none of which is kept.
#[test]
fn records_are_items_and_no_rows() {
    let world = filled();
    let items = seen(&world, &world.alice);
    let titles: Vec<&str> = items
        .iter()
        .map(|it| it["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        [
            "About shifts",
            "About tickets",
            "About polls",
            "About public_events"
        ]
    );
    for item in &items {
        assert_eq!(item["sourceType"], "SYSTEM");
        assert!(item["sourceId"].is_string());
        assert_eq!(item["editable"], false);
        let line = format!("PATCH {API}/items/{}", item["id"].as_str().unwrap());
        world
            .alice(&line, r#"{"title":"x"}"#)
            .fails(403, "forbidden");
    }
    assert_eq!(seen(&world, &world.bob).len(), 1);
    // E-027, E-049: an item of one's own is a row with its text, of the platform's there is none.
    let own = r#"{"layerId":"own","title":"Mine","date":"2026-12-02","isAllDay":true}"#;
    let layer = world
        .alice(&format!("POST {API}/layers"), r#"{"name":"Own"}"#)
        .is(201)
        .json();
    let own = own.replace("\"own\"", &layer["id"].to_string());
    world.alice(&format!("POST {API}/items"), &own).is(201);
    let texts = world.store.read(|tx| {
        let alice = accounts::by_name(tx, "alice")?.unwrap().id;
        let mut texts = Vec::new();
        for layer in layers::of_owner(tx, alice)? {
            let scope = items::Scope::default();
            items::each(tx, layer.id, scope, items::Need::Text, &mut |item| {
                texts.extend(item.text.filter(|text| !text.is_empty()));
                Ok::<_, crate::store::Error>(())
            })?;
        }
        Ok::<_, crate::store::Error>(texts)
    });
    let texts = texts.unwrap();
    assert_eq!(texts.len(), 1);
    assert!(String::from_utf8_lossy(&texts[0]).contains("SUMMARY:Mine"));
}

// E-163, E-164, E-166, E-069, K-32: an administrator's view of a group shows its shifts, tickets and polls.
#[test]
fn a_view_of_a_group_shows_what_the_platform_has() {
    let world = filled();
    world
        .store
        .write(|tx| {
            let group = accounts::create_group(tx, "mentors", "")?.unwrap();
            let alice = accounts::by_name(tx, "alice")?.unwrap().id;
            accounts::add_member(tx, group.id, alice)
        })
        .unwrap();
    let admin = world.token(&world.root, &[Scope::Admin]);
    let path = "/api/admin/calendar/shared";
    let body = r#"{"name":"Load","autoIncludeRoles":["mentors"]}"#;
    let view = world
        .json(&admin, &format!("POST {path}"), body)
        .is(201)
        .json();
    assert_eq!(
        view["includedLayerTypes"],
        json!(["shifts", "tickets", "polls"])
    ); // K-32
    let one = format!("{path}/{}", view["id"].as_str().unwrap());
    let items = |world: &World| {
        let page = world.json(&admin, &format!("GET {one}/items?{RANGE}"), "");
        page.is(200).json()["items"].as_array().unwrap().clone()
    };
    assert_eq!(items(&world).len(), 3); // E-166
    let fewer = r#"{"name":"Shifts","includedLayerTypes":["shifts"]}"#;
    let changed = world
        .json(&admin, &format!("PATCH {one}"), fewer)
        .is(200)
        .json(); // E-164
    assert_eq!(changed["name"], "Shifts");
    let left = items(&world);
    assert_eq!(left.len(), 1);
    // E-071, K-11: nobody is told, and E-190: who leaves the group is seen no more.
    let told = world.alice(&format!("GET {API}/notifications"), "").is(200);
    assert_eq!(told.json()["items"], json!([]));
}

// E-088: a reaction to what the platform shows.
#[test]
fn what_the_platform_shows_is_reacted_to() {
    let world = filled();
    let view = world
        .alice(&format!("POST {API}/shared"), r#"{"name":"Team"}"#)
        .is(201)
        .json();
    let one = format!("{API}/shared/{}", view["id"].as_str().unwrap());
    let page = world
        .alice(&format!("GET {one}/items?{RANGE}"), "")
        .is(200)
        .json();
    let shift = page["items"][0]["id"].clone();
    let body = json!({"itemId": shift, "emoji": "👍"}).to_string();
    let made = world
        .alice(&format!("POST {one}/reactions"), &body)
        .is(201)
        .json();
    assert_eq!(made["itemId"], shift);
    assert_eq!(made["viewId"], view["id"]);
}
