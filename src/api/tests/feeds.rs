//! Subscriptions, from outside (E-052 to E-060, E-155 to E-159).

use super::world::World;
use crate::connect::{Own, Sources};
use crate::model::Scope;
use crate::secret::Vault;

const FEEDS: &str = "/api/v1/calendar/feeds";
const URL: &str = "https://me:hunter2@them.example/private-hunter2/basic.ics?key=hunter2";

fn world(folder: &tempfile::TempDir) -> World {
    let mut world = World::new();
    world.api.sources = Some(Sources {
        vault: Vault::at(folder.path().join("secret.key")),
        own: Own {
            origin: Some("https://cal.example.org".to_owned()),
            base_path: String::new(),
        },
    });
    world
}

#[test]
fn a_subscription_is_made_changed_asked_for_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&folder);
    let asked = format!(r##"{{"url":"{URL}","name":"Holidays","color":"#1890ff"}}"##);
    let made = world.alice(&format!("POST {FEEDS}"), &asked).is(201); // E-156
    let feed = made.json();
    let id = feed["id"].as_str().unwrap(); // E-052
    assert_eq!(made.header("location"), format!("{FEEDS}/{id}"));
    assert_eq!(
        (&feed["userId"], &feed["name"]),
        (&"alice".into(), &"Holidays".into())
    );
    assert_eq!(feed["url"], "https://them.example/…/basic.ics"); // E-053
    assert_eq!(feed["layerId"], "holidays"); // E-054
    assert_eq!(feed["refreshInterval"], "HOURLY"); // E-055
    assert_eq!(feed["lastStatus"], "PENDING"); // E-057
    assert!(feed["lastFetchedAt"].is_null() && feed["lastError"].is_null()); // E-056, E-058
    assert_eq!(
        (&feed["itemCount"], &feed["refusedCount"]),
        (&0.into(), &0.into())
    ); // E-059
    assert!(!made.body.contains("hunter2"));

    let layer = world
        .alice("GET /api/v1/calendar/layers/holidays", "")
        .is(200)
        .json();
    assert_eq!(
        (&layer["layerType"], &layer["editable"]),
        (&"EXTERNAL".into(), &false.into())
    );

    let one = format!("{FEEDS}/{id}");
    let listed = world.alice("GET /api/calendar/feeds", "").is(200).json(); // E-155
    assert_eq!(listed["items"][0]["id"], feed["id"]);
    let changed = world
        .alice(
            &format!("PATCH {one}"),
            r#"{"refreshInterval":"DAILY","name":"Days off"}"#,
        )
        .is(200)
        .json(); // E-157
    assert_eq!(
        (&changed["refreshInterval"], &changed["name"]),
        (&"DAILY".into(), &"Days off".into())
    );
    assert_eq!(changed["color"], serde_json::Value::Null);
    let refreshed = world.alice(&format!("POST {one}/refresh"), "").is(202); // E-159
    assert_eq!(refreshed.json()["id"], feed["id"]);
    let again = world
        .alice(&format!("POST {one}/refresh"), "")
        .fails(429, "too-many-requests");
    assert!(again.header("retry-after").parse::<u64>().unwrap() <= 60);
    world.alice(&format!("DELETE {one}"), "").is(204); // E-158
    world
        .alice(&format!("GET {one}"), "")
        .fails(404, "not-found");
    world
        .alice("GET /api/v1/calendar/layers/holidays", "")
        .fails(404, "not-found");
}

#[test]
fn what_cannot_be_subscribed_to_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&folder);
    let ask = |url: &str| world.alice(&format!("POST {FEEDS}"), &format!(r#"{{"url":"{url}"}}"#));
    for url in ["ftp://them.example/", "them.example", "https://127.1/", ""] {
        ask(url).fails(422, "invalid-value");
    }
    let own = ask("webcal://cal.example.org/feed/alice/x.ics").fails(422, "invalid-value"); // K-29
    assert!(own.body.contains("comes from here"));
    ask(URL).is(201);
    assert!(
        ask(URL)
            .fails(422, "invalid-value")
            .body
            .contains("already")
    );
    let body = format!(r#"{{"url":"{URL}","interval":"1h"}}"#);
    world
        .alice(&format!("POST {FEEDS}"), &body)
        .fails(400, "malformed-request");
    world
        .alice(&format!("GET {FEEDS}/x"), "")
        .fails(404, "not-found");
}

#[test]
fn subscriptions_are_their_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&folder);
    let feed = world
        .alice(&format!("POST {FEEDS}"), &format!(r#"{{"url":"{URL}"}}"#))
        .is(201)
        .json();
    let one = format!("{FEEDS}/{}", feed["id"].as_str().unwrap());
    for line in [
        format!("GET {one}"),
        format!("DELETE {one}"),
        format!("POST {one}/refresh"),
    ] {
        world
            .ask(&world.bob, &line, &[], "")
            .fails(404, "not-found");
    }
    let reader = world.token(&world.alice, &[Scope::Read]);
    world.ask(&reader, &format!("GET {one}"), &[], "").is(200);
    world
        .ask(&reader, &format!("DELETE {one}"), &[], "")
        .is(403);
}

#[test]
fn pages_of_subscriptions_do_not_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&folder);
    for number in 0..5 {
        let body = format!(r#"{{"url":"https://them.example/{number}.ics"}}"#);
        world.alice(&format!("POST {FEEDS}"), &body).is(201);
    }
    let (mut seen, mut next) = (Vec::new(), format!("GET {FEEDS}?limit=2"));
    loop {
        let page = world.alice(&next, "").is(200).json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["url"].to_string()),
        );
        match page["nextCursor"].as_str() {
            Some(cursor) => next = format!("GET {FEEDS}?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    seen.dedup();
    assert_eq!(seen.len(), 5);
}
