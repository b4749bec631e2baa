//! Edits and removals in three scopes, read back as CalDAV clients see them, and the reverse (E-097, E-098, E-104 to E-109,
//! E-135, E-136). What is expected stands in fixtures/series, byte for byte.

use std::path::Path;

use serde_json::Value;

use super::{ITEMS, World, all, steady, text};

const MONTH: (&str, &str) = ("2026-01-01", "2026-02-15");

/// A series with an exception, put by a CalDAV client.
fn series() -> (World, Vec<Value>) {
    let world = World::at_work();
    world.put("series.ics", &fixture("before"));
    let items = world.range(MONTH.0, MONTH.1);
    assert_eq!(
        all(&items, "date"),
        [
            "2026-01-05",
            "2026-01-12",
            "2026-01-20",
            "2026-01-26",
            "2026-02-02",
            "2026-02-09"
        ]
    );
    assert!(all(&items, "seriesId").iter().all(|id| *id == "series")); // E-044
    assert_eq!(items[2]["isException"], true); // E-045
    assert_eq!(items[2]["recurrenceId"], "20260119T080000Z");
    assert_eq!(items[1]["recurrenceRule"]["frequency"], "WEEKLY"); // E-042
    (world, items)
}

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/series/{name}.ics"))
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All that stands in the layer is the fixtures, in any order.
#[track_caller]
fn stands(world: &World, fixtures: &[&str]) {
    let mut found: Vec<String> = world
        .names()
        .iter()
        .map(|it| steady(&world.ics(it)))
        .collect();
    let mut expected: Vec<String> = fixtures.iter().map(|name| fixture(name)).collect();
    found.sort();
    expected.sort();
    assert_eq!(found.concat(), expected.concat());
}

fn edit(world: &World, item: &Value, scope: &str, changes: &str) -> Value {
    let line = format!("POST {ITEMS}/{}/series", text(&item["id"]));
    let body = format!(r#"{{"scope":"{scope}","changes":{changes}}}"#);
    world.alice(&line, &body).is(200).json()
}

fn remove(world: &World, item: &Value, scope: &str) {
    let line = format!("DELETE {ITEMS}/{}/series?scope={scope}", text(&item["id"]));
    world.alice(&line, "").is(204);
}

#[test]
fn this_one_is_changed() {
    let (world, items) = series();
    let changed = edit(
        &world,
        &items[3],
        "this",
        r#"{"title":"Other","startTime":"11:00"}"#,
    );
    assert_eq!(changed["id"], items[3]["id"]);
    assert_eq!(changed["isException"], true);
    assert_eq!(
        (text(&changed["startTime"]), text(&changed["endTime"])),
        ("11:00", "12:00")
    );
    stands(&world, &["this"]);
    // The same by the id alone.
    let (other, items) = series();
    other
        .change(&items[3]["id"], r#"{"title":"Other","startTime":"11:00"}"#)
        .is(200);
    stands(&other, &["this"]);
}

#[test]
fn this_one_and_all_that_follow_are_changed() {
    let (world, items) = series();
    let changed = edit(
        &world,
        &items[3],
        "this-and-future",
        r#"{"title":"Other","startTime":"11:00"}"#,
    );
    assert_ne!(changed["seriesId"], "series");
    assert_eq!(changed["date"], "2026-01-26");
    stands(&world, &["future-old", "future-new"]);
    let after = world.range(MONTH.0, MONTH.1);
    assert_eq!(
        all(&after, "title"),
        ["Round", "Round", "Elsewhere", "Other", "Other", "Other"]
    );
    // From the first on it is all of them.
    let (world, items) = series();
    edit(
        &world,
        &items[0],
        "this-and-future",
        r#"{"title":"Other","startTime":"11:00"}"#,
    );
    stands(&world, &["all"]);
}

// E-106: exceptions keep what is theirs.
#[test]
fn all_are_changed() {
    let (world, items) = series();
    let changed = edit(
        &world,
        &items[3],
        "all",
        r#"{"title":"Other","startTime":"11:00"}"#,
    );
    assert!(changed["recurrenceId"].is_null());
    stands(&world, &["all"]);
    let after = world.range(MONTH.0, MONTH.1);
    assert_eq!(
        all(&after, "title"),
        ["Other", "Other", "Elsewhere", "Other", "Other", "Other"]
    );
    assert_eq!(
        all(&after, "startTime"),
        ["11:00", "11:00", "15:00", "11:00", "11:00", "11:00"]
    );
}

#[test]
fn this_one_is_taken_out() {
    let (world, items) = series();
    remove(&world, &items[2], "this");
    stands(&world, &["without-this"]);
    let gone = format!("GET {ITEMS}/{}", text(&items[2]["id"]));
    world.alice(&gone, "").fails(404, "not-found");
}

#[test]
fn this_one_and_all_that_follow_are_taken_out() {
    let (world, items) = series();
    remove(&world, &items[2], "this-and-future");
    stands(&world, &["without-future"]);
    let after = world.range(MONTH.0, MONTH.1);
    assert_eq!(all(&after, "date"), ["2026-01-05", "2026-01-12"]);
}

#[test]
fn all_are_taken_out() {
    let (world, items) = series();
    remove(&world, &items[2], "all");
    stands(&world, &[]);
    // E-109, K-13: what was deleted is in the trash.
    let trash = "PROPFIND /dav/calendars/alice/trash/";
    let body = world
        .dav(&world.alice, trash, &[("depth", "1")], "")
        .is(207)
        .body;
    assert!(
        body.contains("/dav/calendars/alice/trash/1.ics") || body.matches("<D:href>").count() > 1,
        "{body}"
    );
}

#[test]
fn an_occurrence_is_named_in_the_body_too() {
    let (world, items) = series();
    let whole = text(&items[0]["id"]).split('~').next().unwrap().to_owned();
    let line = format!("POST {ITEMS}/{whole}/series");
    let body = r#"{"scope":"this","recurrenceId":"20260126T080000Z","changes":{"title":"Other","startTime":"11:00"}}"#;
    world.alice(&line, body).is(200);
    stands(&world, &["this"]);
    for body in [
        r#"{"scope":"this","changes":{"title":"x"}}"#,
        r#"{"scope":"this","recurrenceId":"20260127T080000Z","changes":{"title":"x"}}"#,
        r#"{"scope":"this","recurrenceId":"soon","changes":{"title":"x"}}"#,
    ] {
        world.alice(&line, body).fails(404, "not-found");
    }
    let rule =
        r#"{"scope":"this","recurrenceId":"20260126T080000Z","changes":{"recurrenceRule":null}}"#;
    world.alice(&line, rule).fails(422, "invalid-value");
    let other = format!("POST {ITEMS}/{}/series", text(&items[1]["id"]));
    let body = r#"{"scope":"this","recurrenceId":"20260126T080000Z","changes":{"title":"x"}}"#;
    world.alice(&other, body).fails(422, "invalid-value");
    world
        .alice(&format!("DELETE {ITEMS}/{whole}/series"), "")
        .fails(400, "malformed-request");
    let all = format!("{ITEMS}/{whole}~20260127T080000Z");
    world
        .alice(&format!("GET {all}"), "")
        .fails(404, "not-found");
}

/// The reverse: a CalDAV client makes an exception, takes one out, and cuts the series; over JSON it is just that.
#[test]
fn what_clients_do_is_seen() {
    for (files, titles) in [
        (
            &["this"][..],
            ["Round", "Round", "Elsewhere", "Other", "Round", "Round"].as_slice(),
        ),
        (
            &["future-old", "future-new"],
            &["Round", "Round", "Elsewhere", "Other", "Other", "Other"],
        ),
        (
            &["all"],
            &["Other", "Other", "Elsewhere", "Other", "Other", "Other"],
        ),
        (
            &["without-this"],
            &["Round", "Round", "Round", "Round", "Round"],
        ),
        (&["without-future"], &["Round", "Round"]),
    ] {
        let world = World::at_work();
        for name in files {
            let text = fixture(name).replace(":NOW", ":20260101T000000Z");
            world.put(&format!("{name}.ics"), &text);
        }
        let items = world.range(MONTH.0, MONTH.1);
        assert_eq!(all(&items, "title"), titles, "{files:?}");
    }
}
