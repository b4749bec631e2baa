//! `strata availability`: E-123, E-124 and E-153 as the operator asks.

use serde_json::{Value, json};

use super::{Home, text};

fn event(uid: &str, start: &str, end: &str, more: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;TZID=Europe/Berlin:{start}\r\n\
         DTEND;TZID=Europe/Berlin:{end}\r\nSUMMARY:secret\r\n{more}END:VEVENT\r\n"
    )
}

/// alice and bob, and what they do in the week of 23 November 2026.
fn world() -> Home {
    let home = Home::new();
    for (name, events) in [
        (
            "alice",
            event("1", "20261123T100000", "20261123T113000", "")
                + &event(
                    "2",
                    "20261123T160000",
                    "20261123T180000",
                    "TRANSP:TRANSPARENT\r\n",
                ),
        ),
        (
            "bob",
            event(
                "3",
                "20261123T110000",
                "20261123T120000",
                "STATUS:TENTATIVE\r\n",
            ) + &event("4", "20261124T080000", "20261124T200000", ""),
        ),
    ] {
        let made = home.with_input(&["user", "add", name, "--password-stdin"], "pw\n");
        assert!(made.status.success(), "{}", text(&made.stderr));
        let calendar = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n{events}END:VCALENDAR\r\n"
        );
        std::fs::write(home.path().join("events.ics"), calendar).unwrap();
        home.ok(&["import", name, "personal", "events.ics"]);
    }
    home
}

const MONDAY_AND_TUESDAY: [&str; 10] = [
    "availability",
    "alice",
    "bob",
    "--from=2026-11-23",
    "--to=2026-11-24",
    "--day=09:00-17:00",
    "--weekdays=mon-fri",
    "--timezone=Europe/Berlin",
    "--min=30m",
    "--json",
];

fn asked(home: &Home, arguments: &[&str]) -> Value {
    let said = home.ok(arguments);
    assert!(!said.contains("secret"), "{said}");
    serde_json::from_str(&said).unwrap()
}

#[test]
fn slots_when_all_are_free_and_who_is_busy_when_not() {
    let home = world();
    let at = |day: &str, hour: &str| format!("2026-11-{day}T{hour}:00+01:00");
    let slot = |start: &str, end: &str| json!({ "start": at("23", start), "end": at("23", end) });
    let said = asked(&home, &MONDAY_AND_TUESDAY);
    assert_eq!(said["timezone"], "Europe/Berlin");
    assert_eq!(
        said["free"],
        json!([slot("09:00", "10:00"), slot("12:00", "17:00")])
    );
    let alice = json!({ "user": "alice", "type": "BUSY" });
    let bob = |kind: &str| json!({ "user": "bob", "type": kind });
    let block = |day, start, end, people: &[&Value]| json!({ "start": at(day, start), "end": at(day, end), "people": people });
    let tentative = bob("BUSY-TENTATIVE");
    assert_eq!(
        said["busy"],
        json!([
            block("23", "10:00", "11:00", &[&alice]),
            block("23", "11:00", "11:30", &[&alice, &tentative]),
            block("23", "11:30", "12:00", &[&tentative]),
            block("24", "09:00", "17:00", &[&bob("BUSY")]),
        ])
    );
    assert_eq!(said["unknown"], json!([]));
    let table = home.ok(&MONDAY_AND_TUESDAY[..9]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 7, "{table}");
    assert!(lines[1].starts_with("Mon 2026-11-23 09:00  Mon 2026-11-23 10:00  1h"));
    assert!(lines[3].ends_with("alice, bob (tentative)"), "{table}");
}

#[test]
fn calendars_that_say_nothing_of_time_and_disabled_ones() {
    let home = world();
    home.ok(&["layer", "set", "bob", "personal", "enabled=false"]);
    let said = asked(&home, &MONDAY_AND_TUESDAY);
    assert_eq!(said["busy"].as_array().unwrap().len(), 4, "{said}");
    home.ok(&["layer", "set", "bob", "personal", "transparent=true"]);
    let said = asked(&home, &MONDAY_AND_TUESDAY);
    assert_eq!(said["busy"].as_array().unwrap().len(), 1, "{said}");
}

#[test]
fn a_disabled_account_is_told_of_like_any_other() {
    let home = world();
    let before = asked(&home, &MONDAY_AND_TUESDAY);
    // What one says to others is not said to the operator, who sees the database anyway.
    home.ok(&["user", "set", "bob", "free_busy_to=nobody"]);
    home.ok(&["user", "disable", "bob"]);
    assert_eq!(asked(&home, &MONDAY_AND_TUESDAY), before);
    let why = home.fails(&["layer", "set", "bob", "personal", "enabled=false"]);
    assert!(
        why.contains("disabled"),
        "nothing else is done in their name: {why}"
    );
}

#[test]
fn moments_and_limits() {
    let home = world();
    let free = |from: &str, to: &str| {
        let said = asked(
            &home,
            &["availability", "bob", "--from", from, "--to", to, "--json"],
        );
        said["free"].clone()
    };
    // Without a time zone anywhere, times are UTC.
    assert_eq!(
        free("2026-11-24T05:00", "2026-11-24T08:30:00+01:00"),
        json!([{ "start": "2026-11-24T05:00:00+00:00", "end": "2026-11-24T07:00:00+00:00" }])
    );
    let ask = |from: &str, to: &str| {
        home.run(&["availability", "bob", "--from", from, "--to", to])
            .status
            .code()
    };
    assert_eq!(ask("2026-01-01", "2026-12-31"), Some(0));
    assert_eq!(ask("2026-01-01", "2027-12-31"), Some(1));
    assert_eq!(ask("2026-01-02", "2026-01-01"), Some(1));
    assert_eq!(ask("tomorrow", "2026-01-01"), Some(1));
    for wrong in [
        "--day=9-17",
        "--day=09:00-09:00",
        "--day=09:00-25:00",
        "--min=soon",
        "--min=-5m",
        "--weekdays=monday",
        "--weekdays=",
    ] {
        let output = home.run(&[&MONDAY_AND_TUESDAY[..5], &[wrong]].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
    let unknown = home.fails(&[&MONDAY_AND_TUESDAY[..5], &["--timezone=Mars"]].concat());
    assert!(unknown.contains("Mars is no time zone"), "{unknown}");
    assert!(
        home.fails(&[
            "availability",
            "carol",
            "--from=2026-11-23",
            "--to=2026-11-23"
        ])
        .contains("no account carol")
    );
}
