//! Occurrences that are said to be something apart from their series, and that again not (E-039, E-041, E-097).

use serde_json::Value;

use super::{ITEMS, World, all, text};
use crate::privacy::Viewer;

fn weekly(world: &World) -> Vec<Value> {
    world.make(
        r#"{"layerId":"work","title":"Round","date":"2026-07-01","startTime":"08:00","visibility":"FRIENDS",
        "recurrenceRule":{"frequency":"WEEKLY"}}"#,
    );
    world.range("2026-07-01", "2026-07-29")
}

fn seen(world: &World, viewer: &Viewer) -> usize {
    let line = "GET /api/v1/calendar/user/alice?start=2026-07-01&end=2026-07-29";
    let page = world.json(viewer, line, "").json();
    page["items"].as_array().map_or(0, Vec::len)
}

/// What is taken back of one occurrence is as its series has it, and the series keeps its own word (E-039, E-041).
#[test]
fn a_word_of_one_occurrence_is_taken_back() {
    let world = World::at_work();
    world.befriend("alice", "bob");
    let items = weekly(&world);
    assert_eq!(seen(&world, &world.bob), 4);
    let hidden = world
        .change(
            &items[1]["id"],
            r#"{"visibility":"PRIVATE","showDetailsTo":"NOBODY"}"#,
        )
        .is(200)
        .json();
    assert_eq!(hidden["visibility"], "PRIVATE");
    assert_eq!(seen(&world, &world.bob), 0);
    // A client that knows nothing of the word drops it; it counts all the same.
    let name = world.names().remove(0);
    let before = world.ics(&name);
    let dropped = before
        .replace("X-STRATA-VISIBILITY:PRIVATE\r\n", "")
        .replace("X-STRATA-DETAILS-TO:NOBODY\r\n", "");
    assert_ne!(dropped, before);
    let line = format!("PUT /dav/calendars/alice/work/{name}");
    let headers = [("content-type", "text/calendar")];
    world.dav(&world.alice, &line, &headers, &dropped).is(204);
    assert_eq!(seen(&world, &world.bob), 0);
    let open = world
        .change(
            &items[1]["id"],
            r#"{"visibility":null,"showDetailsTo":null}"#,
        )
        .is(200)
        .json();
    assert_eq!(open["visibility"], "FRIENDS");
    assert_eq!(open["showDetailsTo"], "FRIENDS");
    let after = world.range("2026-07-01", "2026-07-29");
    assert_eq!(all(&after, "visibility"), ["FRIENDS"; 4]);
    assert_eq!(seen(&world, &world.bob), 4);
}

/// What another occurrence has been told stays, in its text or kept beside it.
#[test]
fn a_word_of_another_occurrence_stays() {
    let world = World::at_work();
    world.befriend("alice", "bob");
    let items = weekly(&world);
    for at in [1, 2] {
        world
            .change(&items[at]["id"], r#"{"visibility":"PRIVATE"}"#)
            .is(200);
    }
    world
        .change(&items[1]["id"], r#"{"visibility":null}"#)
        .is(200);
    assert_eq!(seen(&world, &world.bob), 0);
    world
        .change(&items[2]["id"], r#"{"visibility":null}"#)
        .is(200);
    assert_eq!(seen(&world, &world.bob), 4);
    // Taken back of all, the word of one stays.
    world
        .change(&items[1]["id"], r#"{"visibility":"PRIVATE"}"#)
        .is(200);
    let whole = text(&items[0]["id"]).split('~').next().unwrap();
    let line = format!("PATCH {ITEMS}/{whole}");
    let layers = world.alice(&line, r#"{"visibility":null}"#).is(200).json();
    assert!(layers["visibility"].is_null());
    let after = world.range("2026-07-01", "2026-07-29");
    assert_eq!(all(&after, "visibility"), ["", "PRIVATE", "", ""]);
}

/// E-105: what a client says of all that follow (RANGE=THISANDFUTURE) is kept, edited and cut like all else.
#[test]
fn what_follows_an_exception_is_edited_as_it_is_seen() {
    let lines = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Else//EN\r\nBEGIN:VEVENT\r\nUID:one\r\n\
        DTSTAMP:20200101T000000Z\r\nDTSTART:20260701T080000Z\r\nDTEND:20260701T090000Z\r\nSUMMARY:Round\r\n\
        RRULE:FREQ=DAILY;COUNT=6\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTAMP:20200101T000000Z\r\n\
        RECURRENCE-ID;RANGE=THISANDFUTURE:20260703T080000Z\r\nDTSTART:20260703T100000Z\r\n\
        DTEND:20260703T110000Z\r\nSUMMARY:Late\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let fresh = || {
        let world = World::at_work();
        world.put("one.ics", lines);
        let items = world.range("2026-07-01", "2026-07-10");
        assert_eq!(
            all(&items, "title"),
            ["Round", "Round", "Late", "Late", "Late", "Late"]
        );
        (world, items)
    };
    // The exception itself is changed alone, and what follows stays late.
    let (world, items) = fresh();
    world.change(&items[2]["id"], r#"{"title":"Once"}"#).is(200);
    let after = world.range("2026-07-01", "2026-07-10");
    assert_eq!(
        all(&after, "title"),
        ["Round", "Round", "Once", "Late", "Late", "Late"]
    );
    assert_eq!(all(&after, "start"), all(&items, "start"));
    // It goes, and what follows stays.
    let line = format!("DELETE {ITEMS}/{}", text(&items[2]["id"]));
    world.alice(&line, "").is(204);
    let after = world.range("2026-07-01", "2026-07-10");
    assert_eq!(
        all(&after, "title"),
        ["Round", "Round", "Late", "Late", "Late"]
    );
    // A cut behind it: the second half is late as well, and takes the edit.
    let (world, items) = fresh();
    let line = format!("POST {ITEMS}/{}/series", text(&items[4]["id"]));
    let body = r#"{"scope":"this-and-future","changes":{"location":"Hall"}}"#;
    world.alice(&line, body).is(200);
    let after = world.range("2026-07-01", "2026-07-10");
    assert_eq!(all(&after, "title"), all(&items, "title"));
    assert_eq!(all(&after, "start"), all(&items, "start"));
    assert_eq!(all(&after, "location"), ["", "", "", "", "Hall", "Hall"]);
}
