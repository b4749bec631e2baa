//! What an account chooses for itself, from outside.

use super::world::World;
use crate::store::properties::{self, Subject};

const PREFERENCES: &str = "/api/v1/calendar/preferences";

#[test]
fn choices_are_made_and_taken_back() {
    let world = World::new();
    let usual = world.alice(&format!("GET {PREFERENCES}"), "").is(200);
    assert_eq!(usual.json()["freeBusyTo"], "FRIENDS");
    assert!(usual.json()["timeZone"].is_null());
    let body = r#"{"displayName":"Alice L.","timeZone":"Europe/Oslo","freeBusyTo":"NOBODY","hideDisabled":true,
                   "defaultAlarm":15,"defaultAllDayAlarm":900}"#;
    let chosen = world.alice(&format!("PATCH {PREFERENCES}"), body).is(200);
    let again = world.alice(&format!("GET {PREFERENCES}"), "").is(200);
    assert_eq!(chosen.body, again.body);
    assert_eq!(chosen.header("etag"), again.header("etag"));
    let chosen = chosen.json();
    assert_eq!(chosen["displayName"], "Alice L.");
    assert_eq!(chosen["timeZone"], "Europe/Oslo");
    assert_eq!(chosen["freeBusyTo"], "NOBODY");
    assert_eq!(chosen["hideDisabled"], true);
    assert_eq!(chosen["defaultAlarm"], 15);
    assert_eq!(chosen["defaultAllDayAlarm"], 900);
    let back = world
        .alice(
            &format!("PATCH {PREFERENCES}"),
            r#"{"timeZone":null,"defaultAlarm":null}"#,
        )
        .is(200)
        .json();
    assert!(back["timeZone"].is_null() && back["defaultAlarm"].is_null());
    assert_eq!(back["defaultAllDayAlarm"], 900, "what is not named stays");
}

#[test]
fn devices_find_the_default_alarm_on_the_home() {
    let world = World::new();
    world
        .alice(&format!("PATCH {PREFERENCES}"), r#"{"defaultAlarm":30}"#)
        .is(200);
    let home = Subject::Home(world.alice.user().unwrap());
    let kept = world.store.read(|tx| properties::of(tx, home)).unwrap();
    assert_eq!(kept[0].name, "default-alarm-vevent-datetime");
    assert!(kept[0].xml.contains("TRIGGER:-PT30M"), "{}", kept[0].xml);
}

#[test]
fn what_cannot_be_chosen_is_refused() {
    let world = World::new();
    for body in [
        r#"{"timeZone":"Nowhere/At_all"}"#,
        r#"{"displayName":""}"#,
        r#"{"displayName":"a\u0001b"}"#,
        r#"{"defaultAlarm":40321}"#,
    ] {
        world
            .alice(&format!("PATCH {PREFERENCES}"), body)
            .fails(422, "invalid-value");
    }
    for body in [
        r#"{"freeBusyTo":"SOMEBODY"}"#,
        r#"{"defaultAlarm":-1}"#,
        r#"{"x":1}"#,
    ] {
        world
            .alice(&format!("PATCH {PREFERENCES}"), body)
            .fails(400, "malformed-request");
    }
    let stale = [("content-type", "application/json"), ("if-match", "\"x\"")];
    world
        .ask(&world.alice, &format!("PATCH {PREFERENCES}"), &stale, "{}")
        .fails(412, "changed");
}

#[test]
fn what_reminds_and_what_comes_by_mail_is_chosen() {
    let world = World::new();
    let patch = format!("PATCH {PREFERENCES}");
    let usual = world.alice(&format!("GET {PREFERENCES}"), "").is(200);
    let usual = usual.json();
    assert_eq!(
        usual["defaultReminders"],
        serde_json::json!({"REMINDER": 0, "TIME_BLOCK": null})
    );
    let all = usual["mailedNotifications"].as_array().unwrap();
    assert_eq!(all.len(), 5, "{all:?}");
    let body = r#"{"defaultReminders":{"TIME_BLOCK":30,"REMINDER":null},"mailedNotifications":["CALENDAR_REMINDER"]}"#;
    let chosen = world.alice(&patch, body).is(200).json();
    assert_eq!(
        chosen["defaultReminders"],
        serde_json::json!({"REMINDER": null, "TIME_BLOCK": 30})
    );
    assert_eq!(
        chosen["mailedNotifications"],
        serde_json::json!(["CALENDAR_REMINDER"])
    );
    let off = world.alice(&patch, r#"{"mailedNotifications":[]}"#);
    assert_eq!(
        off.is(200).json()["mailedNotifications"],
        serde_json::json!([])
    );
    for body in [
        r#"{"defaultReminders":{"EVENT":5}}"#,
        r#"{"defaultReminders":{"TIME_BLOCK":40321}}"#,
    ] {
        world.alice(&patch, body).fails(422, "invalid-value");
    }
    world
        .alice(&patch, r#"{"mailAddress":"eve@example.net"}"#)
        .fails(400, "malformed-request");
}
