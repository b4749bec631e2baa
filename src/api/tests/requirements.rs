//! What the requirements name, row by row: paths, fields, words and defaults (E-011 to E-167). Rows that have a test of their own
//! are cited there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::world::{API, World};
use crate::api::document;
use crate::calendar::{Calendars, Horizon, Limits};
use crate::store::occurrences;

const ENDPOINTS: &str = include_str!("../../../fixtures/requirements/endpoints.txt");

fn fields(value: &Value) -> BTreeSet<&str> {
    let fields = value.as_object().expect("an object").keys();
    fields.map(String::as_str).collect()
}

#[track_caller]
fn has(value: &Value, wanted: &[&str]) {
    let found = fields(value);
    for field in wanted {
        assert!(found.contains(field), "no {field} in {value}");
    }
}

// K-04, E-127 to E-166: each path as it is written there, and the same below /api/v1/calendar/, by the same handler.
#[test]
fn every_path_is_answered_under_both_names() {
    let paths = &document::DOCUMENT["paths"];
    let mut rows = 0;
    for line in ENDPOINTS.lines().filter(|line| !line.starts_with('#')) {
        let [row, method, path] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let method = method.to_ascii_lowercase();
        let written = &paths[path][&method];
        assert_eq!(written["deprecated"], true, "{row}: {path}");
        let canonical = path
            .replace("/api/admin/calendar/", "/api/v1/calendar/admin/")
            .replace("/api/calendar/", "/api/v1/calendar/")
            .replace("/v1/calendar/events", "/api/v1/calendar/events")
            .replace("/api/api/", "/api/");
        let named = &paths[&canonical][&method];
        assert!(named["deprecated"].is_null(), "{row}: {canonical}");
        assert_eq!(named["summary"], written["summary"], "{row}");
        assert_eq!(named["x-scope"], written["x-scope"], "{row}");
        rows += 1;
    }
    assert_eq!(rows, 40);
}

/// The words of an enumeration of the document.
fn words(schema: &str) -> Vec<&str> {
    let schema = &document::DOCUMENT["components"]["schemas"][schema];
    let words = schema["enum"].as_array();
    let words = words.unwrap_or_else(|| panic!("no enumeration in {schema}"));
    words.iter().filter_map(Value::as_str).collect()
}

#[test]
fn enumerations_have_their_words() {
    for (schema, expected) in [
        ("LayerType", &["USER", "SYSTEM", "EXTERNAL", "VIEW"][..]), // E-015, and views beside
        ("Audience", &["PRIVATE", "FRIENDS", "PUBLIC"]),            // E-018, E-039
        ("ItemType", &["EVENT", "TIME_BLOCK", "REMINDER"]),         // E-036
        ("BusyStatus", &["BUSY", "TENTATIVE", "FREE"]),             // E-040
        ("DetailsTo", &["NOBODY", "FRIENDS", "EVERYONE"]),          // E-041
        ("SourceType", &["MANUAL", "ICS_FEED", "SYSTEM"]),          // E-046
        ("FetchStatus", &["OK", "ERROR", "PENDING"]),               // E-057
        (
            "RefreshInterval",
            &["FIFTEEN_MIN", "HOURLY", "SIX_HOUR", "DAILY"],
        ), // E-055
        ("ViewType", &["MANUAL", "ROLE_BASED"]),                    // E-063
        ("MemberStatus", &["INVITED", "ACCEPTED", "DECLINED", "LEFT"]), // E-077
        ("Frequency", &["DAILY", "WEEKLY", "BIWEEKLY", "MONTHLY"]), // E-099
        ("SeriesScope", &["this", "this-and-future", "all"]),       // E-135, E-136
    ] {
        let mut found = words(schema);
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{schema}");
    }
}

#[test]
fn layers_and_items_have_their_fields() {
    let world = World::new();
    let layer = world
        .alice(&format!("POST {API}/layers"), r#"{"name":"Own"}"#)
        .is(201)
        .json();
    has(
        &layer,
        &[
            "id",         // E-012
            "userId",     // E-013
            "name",       // E-014
            "layerType",  // E-015
            "systemType", // E-016
            "color",      // E-017
            "visibility", // E-018
            "isEnabled",  // E-019
            "sortOrder",  // E-020
            "createdAt",  // E-021
            "updatedAt",
        ],
    );
    let body = json!({"layerId": layer["id"], "start": "2026-12-01T10:00:00Z", "recurrenceRule": {"frequency": "DAILY"}});
    let item = world
        .alice(&format!("POST {API}/items"), &body.to_string())
        .is(201)
        .json();
    has(
        &item,
        &[
            "id",          // E-028
            "userId",      // E-029
            "layerId",     // E-030
            "title",       // E-031
            "description", // E-032
            "date",        // E-033
            "startTime",   // E-034
            "endTime",
            "isAllDay",       // E-035
            "itemType",       // E-036
            "location",       // E-037
            "color",          // E-038
            "visibility",     // E-039
            "busyStatus",     // E-040
            "showDetailsTo",  // E-041
            "recurrenceRule", // E-042
            "recurrenceEnd",  // E-043
            "seriesId",       // E-044
            "isException",    // E-045
            "sourceType",     // E-046
            "sourceId",       // E-047
            "createdAt",      // E-048
            "updatedAt",
        ],
    );
    assert_eq!(item["layerId"], layer["id"]); // E-030
    assert_eq!(item["isAllDay"], false); // E-035
    assert_eq!(item["busyStatus"], "BUSY"); // E-040
    assert_eq!(item["showDetailsTo"], "FRIENDS"); // E-041
    assert!(item["color"].is_null() && item["visibility"].is_null()); // E-038, E-039
}

#[test]
fn views_and_their_members_have_their_fields() {
    let world = World::new();
    let view = world
        .alice(
            &format!("POST {API}/shared"),
            r#"{"name":"Team","description":"Us"}"#,
        )
        .is(201)
        .json();
    has(
        &view,
        &[
            "id", // E-061
            "name",
            "description",
            "ownerId",          // E-062
            "viewType",         // E-063
            "autoIncludeRoles", // E-064
            "includedLayerTypes",
            "createdAt", // E-068
            "updatedAt",
        ],
    );
    assert_eq!(view["ownerId"], "alice"); // E-062
    assert_eq!(view["viewType"], "MANUAL"); // E-063
    assert_eq!(view["createdAt"], view["updatedAt"]); // E-068
    let one = format!("{API}/shared/{}", view["id"].as_str().unwrap());
    // E-142: one or several at once.
    let invited = world
        .alice(
            &format!("POST {one}/invite"),
            r#"{"userIds":["bob","root"]}"#,
        )
        .is(200)
        .json();
    let members = invited["items"].as_array().unwrap();
    assert_eq!(members.len(), 3);
    for member in members {
        has(
            member,
            &["id", "viewId", "userId", "status", "color", "joinedAt"],
        );
        assert_eq!(member["viewId"], view["id"]); // E-076
        let has_joined = member["status"] == "ACCEPTED";
        assert_eq!(member["joinedAt"].is_string(), has_joined); // E-079
        assert_eq!(member["color"].is_string(), has_joined); // E-078: from the palette, once it has joined
    }
    // E-075, E-143: who is asked declines, who is in leaves.
    world
        .bob(&format!("PATCH {one}/respond"), r#"{"status":"DECLINED"}"#)
        .is(204);
    let root = &world.root;
    world
        .json(
            root,
            &format!("PATCH {one}/respond"),
            r#"{"status":"ACCEPTED"}"#,
        )
        .is(200);
    world.json(root, &format!("DELETE {one}/leave"), "").is(204);
    let members = world
        .alice(&format!("GET {one}/members"), "")
        .is(200)
        .json();
    let statuses: Vec<&str> = members["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["ACCEPTED", "LEFT", "DECLINED"]);
    // E-140.
    let renamed = world
        .alice(&format!("PATCH {one}"), r#"{"description":null}"#)
        .is(200)
        .json();
    assert!(renamed["description"].is_null());
    assert_eq!(renamed["name"], "Team");
}

#[test]
fn remarks_have_their_fields() {
    let world = World::new();
    let view = world
        .alice(&format!("POST {API}/shared"), r#"{"name":"Team"}"#)
        .is(201)
        .json();
    let one = format!("{API}/shared/{}", view["id"].as_str().unwrap());
    let post = format!("POST {one}/comments");
    let said = r#"{"itemDate":"2026-12-01","content":"<b>Salad</b>"}"#;
    let comment = world.alice(&post, said).is(201).json();
    has(
        &comment,
        &[
            "id",
            "viewId",
            "userId",
            "itemDate",
            "itemId",
            "content",
            "createdAt",
        ],
    );
    assert_eq!(comment["viewId"], view["id"]); // E-084
    assert_eq!(comment["itemDate"], "2026-12-01"); // E-085
    assert!(comment["itemId"].is_null()); // E-086: it may be about the day
    assert_eq!(comment["content"], "<b>Salad</b>"); // E-087: plain text, as it was written
    for wrong in [
        r#"{"itemDate":"2026-02-30","content":"x"}"#, // E-085
        r#"{"itemDate":"tomorrow","content":"x"}"#,
        r#"{"itemDate":"2026-12-01","content":""}"#, // E-087
    ] {
        world.alice(&post, wrong).fails(422, "invalid-value");
    }
    let long = json!({"itemDate": "2026-12-01", "content": "x".repeat(4_001)});
    world
        .alice(&post, &long.to_string())
        .fails(422, "invalid-value"); // E-087
    // E-086: what the account does not see in the view is nothing to comment on.
    let unknown = crate::api::items::test_address("alice", "personal", "none.ics");
    let about = json!({"itemDate": "2026-12-01", "itemId": unknown, "content": "x"});
    world
        .alice(&post, &about.to_string())
        .fails(404, "not-found");
}

#[test]
fn links_have_their_fields() {
    let world = World::new();
    let made = world
        .alice(
            &format!("POST {API}/export/tokens"),
            r#"{"label":"For Google"}"#,
        )
        .is(201)
        .json();
    has(
        &made,
        &["id", "userId", "includeLayers", "createdAt", "label"],
    );
    assert_eq!(made["userId"], "alice"); // E-090
    assert!(made["includeLayers"].is_null()); // E-092: all that are enabled
}

// E-125: a slot that all have free becomes an event as it was told. Inviting the others to it is left to scheduling; meanwhile it
// is shown to them.
#[test]
fn a_free_slot_becomes_an_event() {
    let world = World::new();
    world.befriend("alice", "bob");
    let one = world.team();
    world.invite_bob(&one);
    world.bob_accepts(&one);
    let ask = format!(
        "GET {one}/availability?start=2026-12-01&end=2026-12-02&dayStart=10:00&dayEnd=12:00&duration=60"
    );
    let slot = world.alice(&ask, "").is(200).json()["free"][0].clone();
    let layer = world
        .alice(&format!("POST {API}/layers"), r#"{"name":"Own"}"#)
        .is(201)
        .json();
    let event = json!({"layerId": layer["id"], "title": "Meeting", "start": slot["start"], "end": slot["end"]});
    let made = world
        .alice(&format!("POST {API}/items"), &event.to_string())
        .is(201)
        .json();
    assert_eq!(
        (&made["start"], &made["end"]),
        (&slot["start"], &slot["end"])
    );
    let item = made["id"].as_str().unwrap();
    world
        .alice(
            &format!("POST {API}/items/{item}/share"),
            r#"{"userIds":["bob"]}"#,
        )
        .is(200);
    // K-36: an event takes up time as a block does.
    assert_eq!(made["itemType"], "EVENT");
    assert_eq!(world.alice(&ask, "").is(200).json()["free"], json!([]));
}

// E-095, E-096: the index of occurrences reaches three months ahead at least, and the daily round moves it on.
#[test]
fn the_index_of_occurrences_moves_on() {
    const AHEAD: i64 = 92 * 86_400;
    assert!(Horizon::default().ahead >= AHEAD);
    let near = Limits {
        horizon: Horizon::of_days(31, 31),
        ..Limits::default()
    };
    let world = World::with(near);
    let layer = world
        .alice(&format!("POST {API}/layers"), r#"{"name":"Own"}"#)
        .is(201)
        .json();
    let daily = json!({"layerId": layer["id"], "start": "2020-01-01T10:00:00Z", "recurrenceRule": {"frequency": "DAILY"}});
    world
        .alice(&format!("POST {API}/items"), &daily.to_string())
        .is(201);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let until = i64::try_from(now.as_secs()).unwrap() + AHEAD;
    let short = || {
        let found = world
            .store
            .read(|tx| occurrences::falling_short(tx, until, 10));
        found.unwrap().len()
    };
    assert_eq!(short(), 1);
    let far = Calendars::new(world.store.clone(), Limits::default());
    far.daily().unwrap();
    assert_eq!(short(), 0);
    far.daily().unwrap();
    assert_eq!(short(), 0);
}

// E-074: what is somebody's own is in a view only as far as they consent, and no longer than that.
#[test]
fn personal_layers_are_shown_with_consent() {
    let world = World::new();
    world.befriend("alice", "bob");
    let layer = world
        .bob(
            &format!("POST {API}/layers"),
            r#"{"name":"Own","visibility":"FRIENDS"}"#,
        )
        .is(201)
        .json();
    let item = json!({"layerId": layer["id"], "title": "Picnic", "start": "2026-12-01T10:00:00Z"});
    world
        .bob(&format!("POST {API}/items"), &item.to_string())
        .is(201);
    let view = world
        .alice(&format!("POST {API}/shared"), r#"{"name":"Team"}"#)
        .is(201)
        .json();
    assert_eq!(
        view["includedLayerTypes"],
        json!([
            "shifts",
            "tickets",
            "polls",
            "public-events",
            "personal-public",
            "personal-friends"
        ])
    ); // E-065
    let one = format!("{API}/shared/{}", view["id"].as_str().unwrap());
    world.invite_bob(&one);
    world
        .bob(
            &format!("PATCH {one}/respond"),
            r#"{"status":"ACCEPTED","consent":[]}"#,
        )
        .is(200);
    let seen = || {
        let page = world.alice(
            &format!("GET {one}/items?start=2026-12-01&end=2026-12-02"),
            "",
        );
        page.is(200).json()["items"].as_array().unwrap().len()
    };
    let consents = |to: &str| {
        let body = format!(r#"{{"consent":[{to}]}}"#);
        world
            .bob(&format!("PATCH {one}/members/bob"), &body)
            .is(200);
    };
    assert_eq!(seen(), 0);
    consents(r#""personal-friends""#);
    assert_eq!(seen(), 1);
    consents("");
    assert_eq!(seen(), 0);
}
