//! Ranges: of all enabled layers, merged, in pages (E-131, E-137, C-44).

use serde_json::Value;

use super::{ITEMS, LAYERS, World, all, text};

fn event(uid: &str, start: &str, rule: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Else//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20200101T000000Z\r\n\
         DTSTART:{start}\r\nDURATION:PT1H\r\n{rule}SUMMARY:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn layer(world: &World, name: &str, enabled: bool) -> String {
    let body = format!(r#"{{"name":"{name}","isEnabled":{enabled},"timeZone":"Europe/Oslo"}}"#);
    let made = world.alice(&format!("POST {LAYERS}"), &body).is(201).json();
    text(&made["id"]).to_owned()
}

#[test]
fn all_enabled_layers_are_merged() {
    let world = World::at_work();
    let (gym, off) = (layer(&world, "Gym", true), layer(&world, "Off", false));
    for (layer, time) in [("work", "10:00"), (&gym, "09:00"), (&off, "08:00")] {
        let body = format!(
            r#"{{"layerId":"{layer}","title":"{layer}","date":"2026-07-01","startTime":"{time}"}}"#
        );
        world.make(&body);
    }
    world.put(
        "series.ics",
        &event("series", "20260630T113000Z", "RRULE:FREQ=DAILY\r\n"),
    );
    let items = world.range("2026-07-01", "2026-07-03");
    assert_eq!(all(&items, "title"), [&gym, "work", "series", "series"]);
    assert_eq!(items[0]["layer"]["name"], "Gym");
    // E-137: by name, be they enabled or not.
    let my = |query: &str| {
        let line = format!("GET /api/v1/calendar/my?start=2026-07-01&end=2026-07-02{query}");
        world.alice(&line, "").is(200).json()["items"].clone()
    };
    assert_eq!(
        all(my("").as_array().unwrap(), "title"),
        [&gym, "work", "series"]
    );
    let named = my(&format!("&layers={off},{gym}"));
    assert_eq!(all(named.as_array().unwrap(), "title"), [&off, &gym]);
    let line = "GET /api/v1/calendar/my?start=2026-07-01&end=2026-07-02&layers=none";
    world.alice(line, "").fails(404, "not-found");
    // C-44: one parameter, at the old address too.
    for path in [
        "/api/v1/calendar/events",
        "/v1/calendar/events",
        "/api/calendar/events",
    ] {
        let page = world
            .alice(&format!("GET {path}?range=2026-07-01/2026-07-03"), "")
            .is(200);
        assert_eq!(page.json()["items"].as_array().unwrap(), &items);
    }
    world
        .alice("GET /v1/calendar/events?range=2026-07-01", "")
        .is(400);
    // A moment with its offset; what goes on at the start of the range is part of it.
    let line = format!("GET {ITEMS}?start=2026-07-01T12:00:00Z&end=2026-07-01T12:00:01Z");
    let running = world.alice(&line, "").is(200).json();
    assert_eq!(
        all(running["items"].as_array().unwrap(), "title"),
        ["series"]
    );
}

#[test]
fn pages_stay_put() {
    let world = World::at_work();
    for number in 0..5 {
        let start = format!("202607{:02}T080000Z", 2 * number + 1);
        world.put(
            &format!("{number}.ics"),
            &event(&format!("e{number}"), &start, ""),
        );
    }
    world.put(
        "daily.ics",
        &event("daily", "20260620T080000Z", "RRULE:FREQ=DAILY\r\n"),
    );
    let whole = world.range("2026-07-01", "2026-09-01");
    assert_eq!(whole.len(), 67);
    let mut found: Vec<Value> = Vec::new();
    let line = format!("GET {ITEMS}?start=2026-07-01&end=2026-09-01&limit=7");
    let mut next = line.clone();
    let mut pages = 0;
    loop {
        let page = world.alice(&next, "").is(200).json();
        found.extend(page["items"].as_array().unwrap().clone());
        pages += 1;
        // What comes in before the page moves nothing.
        let name = format!("late{pages}.ics");
        world.put(&name, &event(&name, "20260701T070000Z", ""));
        match page["nextCursor"].as_str() {
            Some(cursor) => next = format!("{line}&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((found.len(), pages), (67, 10));
    assert_eq!(found, whole);
    // A cursor of another list, or of somebody else, is none.
    let cursor = next.rsplit('=').next().unwrap();
    let other = format!("GET {ITEMS}?start=2026-07-02&end=2026-09-01&limit=7&cursor={cursor}");
    world.alice(&other, "").fails(400, "invalid-cursor");
    world.bob(&next, "").fails(400, "invalid-cursor");
}

#[test]
fn what_takes_place_too_often_is_left_out_by_name() {
    let world = World::at_work();
    world.put(
        "flood.ics",
        &event("flood", "20260701T000000Z", "RRULE:FREQ=SECONDLY\r\n"),
    );
    world.put("one.ics", &event("one", "20260701T080000Z", ""));
    let line = format!("GET {ITEMS}?start=2026-07-01&end=2026-07-08");
    let page = world.alice(&line, "").is(200).json();
    assert_eq!(all(page["items"].as_array().unwrap(), "title"), ["one"]);
    assert_eq!(page["omitted"].as_array().unwrap().len(), 1);
}

/// A range of all the time there is, of little that takes place in it.
#[test]
fn the_widest_range_is_answered() {
    let world = World::at_work();
    world.put("first.ics", &event("first", "00010102T000000Z", ""));
    world.put(
        "yearly.ics",
        &event(
            "yearly",
            "19700101T000000Z",
            "RRULE:FREQ=YEARLY;COUNT=5\r\n",
        ),
    );
    world.put("last.ics", &event("last", "99981230T000000Z", ""));
    let items = world.range("0001-01-01", "9999-12-31");
    assert_eq!(items.len(), 7);
    assert_eq!(
        (text(&items[0]["title"]), text(&items[6]["title"])),
        ("first", "last")
    );
}
