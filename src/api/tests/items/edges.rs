//! Where times and series come to their edges.

use super::*;

fn series(world: &World, rest: &str) -> Said {
    let body = format!(
        r#"{{"layerId":"work","title":"S","date":"2026-07-01","startTime":"09:00","endTime":"10:00",{rest}}}"#
    );
    world.alice(&format!("POST {ITEMS}"), &body)
}

fn rule_of(world: &World, made: &Value) -> String {
    let name = format!("{}.ics", text(&made["seriesId"]));
    let ics = world.ics(&name);
    let event = ics.split("BEGIN:VEVENT").nth(1).unwrap();
    let rule = event.lines().find_map(|line| line.strip_prefix("RRULE:"));
    rule.unwrap().to_owned()
}

/// What an item says may be the same while the series is another one.
#[test]
fn who_has_not_seen_the_series_as_it_stands_does_not_change_it() {
    let world = World::at_work();
    let daily = r#""recurrenceRule":{"frequency":"DAILY"},"recurrenceEnd":"2026-07-10""#;
    for (at, scope) in [("", "all"), ("~20260702T070000Z", "this-and-future")] {
        let id = text(&series(&world, daily).is(201).json()["id"]).to_owned();
        let one = format!("{ITEMS}/{id}{at}");
        let seen = world.alice(&format!("GET {one}"), "").is(200);
        let other = format!("DELETE {ITEMS}/{id}~20260705T070000Z");
        world.alice(&other, "").is(204);
        let headers = [
            ("content-type", "application/json"),
            ("if-match", seen.header("etag")),
        ];
        let edit = format!(r#"{{"scope":"{scope}","changes":{{"title":"T"}}}}"#);
        let said = world.ask(&world.alice, &format!("POST {one}/series"), &headers, &edit);
        said.fails(412, "changed");
        let line = format!("DELETE {one}/series?scope={scope}");
        let said = world.ask(&world.alice, &line, &headers, "");
        said.fails(412, "changed");
    }
}

/// "If the DTSTART property is specified as a date with local time and time zone reference, then the UNTIL rule part MUST be
/// specified as a date with UTC time" (RFC 5545 section 3.3.10).
#[test]
fn the_end_of_a_rule_is_written_as_its_start_asks() {
    let world = World::at_work();
    let rule = |until: &str, rest: &str| {
        let said = series(
            &world,
            &format!(r#""recurrenceRule":{{"rrule":"FREQ=DAILY;UNTIL={until}"}}{rest}"#),
        );
        let made = said.is(201).json();
        assert_eq!(made["recurrenceEnd"], "2026-07-10", "{until} {rest}");
        rule_of(&world, &made)
    };
    let local = r#","timeZone":null"#;
    for (until, rest, written) in [
        ("20260710", "", "20260710T215959Z"),
        ("20260710T090000", "", "20260710T070000Z"),
        ("20260710T070000Z", "", "20260710T070000Z"),
        ("20260710", local, "20260710T235959"),
        ("20260710T090000", local, "20260710T090000"),
        ("20260710T070000Z", local, "20260710T090000"),
    ] {
        assert_eq!(rule(until, rest), format!("FREQ=DAILY;UNTIL={written}"));
    }
    for until in ["20260710", "20260710T090000", "20260710T070000Z"] {
        let body = format!(
            r#"{{"layerId":"work","date":"2026-07-01","recurrenceRule":{{"rrule":"FREQ=DAILY;UNTIL={until}"}}}}"#
        );
        let made = world.make(&body);
        assert_eq!(rule_of(&world, &made), "FREQ=DAILY;UNTIL=20260710");
    }
    let made = series(&world, r#""recurrenceRule":{"frequency":"DAILY"}"#);
    let made = made.is(201).json();
    let weekly = r#"{"recurrenceRule":{"rrule":"FREQ=WEEKLY;UNTIL=20260729"}}"#;
    let changed = world.change(&made["id"], weekly).is(200).json();
    assert_eq!(
        rule_of(&world, &changed),
        "FREQ=WEEKLY;UNTIL=20260729T215959Z"
    );
}

#[test]
fn a_series_that_ends_before_it_begins_is_refused() {
    let world = World::at_work();
    for rest in [
        r#""recurrenceRule":{"frequency":"DAILY"},"recurrenceEnd":"2026-06-30""#,
        r#""recurrenceRule":{"frequency":"DAILY"},"recurrenceEnd":"0000-01-01""#,
        // A Wednesday; the series begins on the Monday after.
        r#""recurrenceRule":{"frequency":"WEEKLY","daysOfWeek":[1]},"recurrenceEnd":"2026-07-05""#,
        r#""recurrenceRule":{"rrule":"FREQ=DAILY;COUNT=3;UNTIL=20260710"}"#,
    ] {
        series(&world, rest).fails(422, "invalid-value");
    }
    let last = r#""recurrenceRule":{"frequency":"DAILY"},"recurrenceEnd":"2026-07-01""#;
    let made = series(&world, last).is(201).json();
    let change = world.change(&made["id"], r#"{"recurrenceEnd":"2026-06-30"}"#);
    change.fails(422, "invalid-value");
    assert!(world.names().len() == 1);
}

/// RFC 5545 section 3.3.5: a local time that the clocks skip is read with the offset from before.
#[test]
fn a_time_that_the_clocks_skip_is_told_as_it_is_read() {
    let world = World::at_work();
    let body = r#"{"layerId":"work","title":"Night","date":"2026-03-28","startTime":"02:30","endTime":"03:30",
        "recurrenceRule":{"frequency":"DAILY"}}"#;
    world.make(body);
    let found = world.range("2026-03-29", "2026-03-30");
    assert_eq!(all(&found, "recurrenceId"), ["20260329T013000Z"]);
    assert_eq!(all(&found, "start"), ["2026-03-29T03:30:00+02:00"]);
    assert_eq!(all(&found, "end"), ["2026-03-29T04:30:00+02:00"]);
}
