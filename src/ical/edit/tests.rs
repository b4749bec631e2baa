mod random;

use super::*;
use crate::ical::check;
use crate::ical::time::DAY;
use bytes::Bytes;

/// 2026-11-21T12:00:00Z.
const NOW: i64 = 1_795_262_400;

fn stamp() -> Stamp {
    Stamp {
        now: NOW,
        uid: "new".to_owned(),
    }
}

fn object(text: &str) -> Object {
    Object::parse(&Bytes::copy_from_slice(text.as_bytes())).expect("an object")
}

/// A calendar of the lines of its events, `/` between them.
fn calendar(events: &[&str]) -> Object {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Else//EN\r\n");
    for event in events {
        text += "BEGIN:VEVENT\r\nUID:old\r\n";
        for line in event.lines() {
            text += &format!("{}\r\n", line.trim());
        }
        text += "END:VEVENT\r\n";
    }
    object(&(text + "END:VCALENDAR\r\n"))
}

fn at(text: &str) -> Option<Written> {
    Some(Written::parse(text).expect(text))
}

fn wall(text: &str) -> i64 {
    match Written::parse(text).expect(text) {
        Written::Date(wall) | Written::Local(wall) | Written::Utc(wall) => wall,
    }
}

fn titled(title: &str) -> Changes {
    Changes {
        lines: vec![Change::Text("SUMMARY", title.to_owned())],
        ..Changes::default()
    }
}

fn timed(start: Moment, minutes: i64) -> Changes {
    Changes {
        timing: Some(Timing {
            end: start.time.wall + minutes * 60,
            start,
        }),
        ..Changes::default()
    }
}

fn berlin() -> Zone {
    Zone::named("Europe/Berlin").expect("a zone")
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn edited(object: &Object, id: &str, scope: Scope, changes: &Changes) -> (String, Option<String>) {
    let edited = edit(object, &berlin(), at(id), scope, changes, &stamp()).expect("an edit");
    (text(&edited.object), edited.rest.as_ref().map(text))
}

fn removed(object: &Object, id: &str, scope: Scope) -> Option<String> {
    let left = remove(object, &berlin(), at(id), scope, &stamp()).expect("a removal");
    left.as_ref().map(text)
}

fn has(text: &str, lines: &[&str]) {
    let unfolded = text.replace("\r\n ", "");
    for line in lines {
        assert!(
            unfolded.contains(&format!("{line}\r\n")),
            "no {line} in\n{unfolded}"
        );
    }
}

fn lacks(text: &str, words: &[&str]) {
    for word in words {
        assert!(!text.contains(word), "{word} in\n{text}");
    }
}

const WEEKLY: &str = "DTSTAMP:20260101T000000Z
    DTSTART;TZID=Europe/Berlin:20260105T090000
    DTEND;TZID=Europe/Berlin:20260105T100000
    RRULE:FREQ=WEEKLY;BYDAY=MO
    SUMMARY;LANGUAGE=de:Runde
    X-UNKNOWN;A=\"b:c\":d
    ATTENDEE;CN=Bob:mailto:bob@example.org
    BEGIN:VALARM
    ACTION:DISPLAY
    TRIGGER:-PT15M
    END:VALARM";

// E-104: an exception.
#[test]
fn this_one_becomes_an_exception() {
    let series = calendar(&[WEEKLY]);
    let (after, rest) = edited(&series, "20260119T080000Z", Scope::This, &titled("Anders"));
    assert_eq!(rest, None);
    // The master stays byte for byte.
    let master = text(series.text());
    assert!(
        after.starts_with(master.trim_end_matches("END:VCALENDAR\r\n")),
        "{after}"
    );
    let own = &after[master.len() - "END:VCALENDAR\r\n".len()..];
    has(
        own,
        &[
            "RECURRENCE-ID;TZID=Europe/Berlin:20260119T090000",
            "DTSTART;TZID=Europe/Berlin:20260119T090000",
            "DTEND;TZID=Europe/Berlin:20260119T100000",
            "SUMMARY;LANGUAGE=de:Anders",
            "X-UNKNOWN;A=\"b:c\":d",
            "ATTENDEE;CN=Bob:mailto:bob@example.org",
            "TRIGGER:-PT15M",
            "DTSTAMP:20261121T120000Z",
            "LAST-MODIFIED:20261121T120000Z",
        ],
    );
    lacks(own, &["RRULE", "SEQUENCE"]);
    // A second edit changes the same exception.
    let start = Moment::zoned(wall("20260120T110000"), "Europe/Berlin").expect("a zone");
    let (again, _) = edited(
        &object(&after),
        "20260119T080000Z",
        Scope::This,
        &timed(start, 30),
    );
    has(
        &again,
        &[
            "DTSTART;TZID=Europe/Berlin:20260120T110000",
            "DTEND;TZID=Europe/Berlin:20260120T113000",
            "SUMMARY;LANGUAGE=de:Anders",
            "SEQUENCE:1",
        ],
    );
    assert_eq!(again.matches("RECURRENCE-ID").count(), 1);
}

// E-107: EXDATE, and the exception goes.
#[test]
fn this_one_is_taken_out() {
    let series = calendar(&[WEEKLY]);
    let (after, _) = edited(&series, "20260119T080000Z", Scope::This, &titled("Anders"));
    let left = removed(&object(&after), "20260119T080000Z", Scope::This).expect("a series");
    has(
        &left,
        &["EXDATE;TZID=Europe/Berlin:20260119T090000", "SEQUENCE:1"],
    );
    lacks(&left, &["RECURRENCE-ID", "Anders"]);
    let days = calendar(&["DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;COUNT=2"]);
    let left = removed(&days, "20260105", Scope::This).expect("a series");
    has(&left, &["EXDATE;VALUE=DATE:20260105"]);
    // The last one takes the object with it.
    assert_eq!(removed(&object(&left), "20260106", Scope::This), None);
}

// E-105, K-16: UNTIL on the old one, a new UID, both linked.
#[test]
fn this_and_future_is_a_series_of_its_own() {
    let series = calendar(&[
        WEEKLY,
        "RECURRENCE-ID;TZID=Europe/Berlin:20260112T090000\nDTSTART:20260112T120000Z\nSUMMARY:früher",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260202T090000\nDTSTART:20260202T120000Z\nSUMMARY:später",
    ]);
    let (old, new) = edited(
        &series,
        "20260126T080000Z",
        Scope::ThisAndFuture,
        &titled("Neu"),
    );
    let new = new.expect("a second series");
    has(
        &old,
        &[
            "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260119T080000Z",
            "RELATED-TO;RELTYPE=NEXT:new",
            "SUMMARY;LANGUAGE=de:Runde",
            "SUMMARY:früher",
        ],
    );
    lacks(&old, &["später", "Neu"]);
    has(
        &new,
        &[
            "UID:new",
            "DTSTART;TZID=Europe/Berlin:20260126T090000",
            "DTEND;TZID=Europe/Berlin:20260126T100000",
            "RRULE:FREQ=WEEKLY;BYDAY=MO",
            "RELATED-TO;RELTYPE=X-SPLIT-OF:old",
            "SUMMARY;LANGUAGE=de:Neu",
            "SUMMARY:später",
            "X-UNKNOWN;A=\"b:c\":d",
            "TRIGGER:-PT15M",
        ],
    );
    lacks(&new, &["früher", "UID:old", "NEXT"]);
    for half in [&old, &new] {
        check(&object(half), &berlin()).expect("a calendar object");
    }
}

// E-108: UNTIL, and what comes later goes.
#[test]
fn this_and_future_are_taken_out() {
    let series = calendar(&[
        "DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;COUNT=9\nEXDATE;VALUE=DATE:20260106,20260110",
        "RECURRENCE-ID;VALUE=DATE:20260111\nDTSTART;VALUE=DATE:20260111\nSUMMARY:x",
    ]);
    let left = removed(&series, "20260109", Scope::ThisAndFuture).expect("a series");
    has(
        &left,
        &[
            "RRULE:FREQ=DAILY;UNTIL=20260108",
            "EXDATE;VALUE=DATE:20260106",
        ],
    );
    lacks(&left, &["SUMMARY:x", "COUNT", "RELATED-TO"]);
    // From the first on it is all of them; one that was taken out before it does not count.
    assert_eq!(removed(&series, "20260105", Scope::ThisAndFuture), None);
    assert_eq!(removed(&series, "20260105", Scope::All), None);
}

#[test]
fn count_goes_to_both_halves() {
    let series = calendar(&[
        "DTSTART:20260105T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=9\nEXDATE:20260107T090000,20260111T090000",
    ]);
    let (old, new) = edited(
        &series,
        "20260109T090000",
        Scope::ThisAndFuture,
        &titled("x"),
    );
    has(
        &old,
        &[
            "RRULE:FREQ=DAILY;UNTIL=20260108T090000",
            "EXDATE:20260107T090000",
        ],
    );
    let new = new.expect("a second series");
    has(
        &new,
        &[
            "RRULE:FREQ=DAILY;COUNT=5",
            "EXDATE:20260111T090000",
            "DURATION:PT1H",
        ],
    );
}

// E-106: names of occurrences move with the start.
#[test]
fn all_move_with_their_exceptions() {
    let series = calendar(&[
        &format!("{WEEKLY}\nEXDATE;TZID=Europe/Berlin:20260119T090000").replace(
            "BYDAY=MO",
            "BYDAY=MO;UNTIL=20260330T070000Z",
        ),
        "RECURRENCE-ID;TZID=Europe/Berlin:20260126T090000\nDTSTART;TZID=Europe/Berlin:20260126T090000\n
         DTEND;TZID=Europe/Berlin:20260126T100000\nSUMMARY:nur anders",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260202T090000\nDTSTART;TZID=Europe/Berlin:20260204T170000\nSUMMARY:woanders",
    ]);
    // The third of March, a Tuesday, instead of Monday the second.
    let start = Moment::zoned(wall("20260303T103000"), "Europe/Berlin").expect("a zone");
    let (after, rest) = edited(&series, "20260302T080000Z", Scope::All, &timed(start, 90));
    assert_eq!(rest, None);
    has(
        &after,
        &[
            "DTSTART;TZID=Europe/Berlin:20260106T103000",
            "DTEND;TZID=Europe/Berlin:20260106T120000",
            "RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20260331T083000Z",
            "EXDATE;TZID=Europe/Berlin:20260120T103000",
            "RECURRENCE-ID;TZID=Europe/Berlin:20260127T103000",
            "DTSTART;TZID=Europe/Berlin:20260127T103000",
            "DTEND;TZID=Europe/Berlin:20260127T120000",
            "SUMMARY:nur anders",
            "RECURRENCE-ID;TZID=Europe/Berlin:20260203T103000",
            "DTSTART;TZID=Europe/Berlin:20260204T170000",
        ],
    );
}

#[test]
fn all_become_whole_days_and_change_zone() {
    let series = calendar(&[
        &format!("{WEEKLY}\nEXDATE;TZID=Europe/Berlin:20260119T090000")
            .replace("BYDAY=MO", "BYDAY=MO;UNTIL=20260330T070000Z"),
        "RECURRENCE-ID;TZID=Europe/Berlin:20260126T090000\nDTSTART;TZID=Europe/Berlin:20260126T090000\n
         DTEND;TZID=Europe/Berlin:20260126T100000\nSUMMARY:x",
    ]);
    let mut days = timed(Moment::date(wall("20260105")), 0);
    days.timing.as_mut().expect("a timing").end += DAY;
    let (after, _) = edited(&series, "20260105T080000Z", Scope::All, &days);
    has(
        &after,
        &[
            "DTSTART;VALUE=DATE:20260105",
            "DTEND;VALUE=DATE:20260106",
            "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260330",
            "EXDATE;VALUE=DATE:20260119",
            "RECURRENCE-ID;VALUE=DATE:20260126",
            "DTSTART;VALUE=DATE:20260126",
        ],
    );
    // And back again, elsewhere.
    let start = Moment::zoned(wall("20260112T090000"), "America/New_York").expect("a zone");
    let (again, _) = edited(&object(&after), "20260112", Scope::All, &timed(start, 45));
    has(
        &again,
        &[
            "BEGIN:VTIMEZONE",
            "TZID:America/New_York",
            "DTSTART;TZID=America/New_York:20260105T090000",
            "DTEND;TZID=America/New_York:20260105T094500",
            "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260330T130000Z",
            "EXDATE;TZID=America/New_York:20260119T090000",
            "RECURRENCE-ID;TZID=America/New_York:20260126T090000",
        ],
    );
}

#[test]
fn months_move_one_by_one() {
    let series = calendar(&[
        "DTSTART:20260112T090000Z\nRRULE:FREQ=MONTHLY;BYDAY=2MO;COUNT=5\nEXDATE:20260309T090000Z",
    ]);
    // The second Tuesday.
    let (after, _) = edited(
        &series,
        "20260112T090000Z",
        Scope::All,
        &timed(Moment::utc(wall("20260113T090000Z")), 0),
    );
    has(
        &after,
        &[
            "RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=5",
            "EXDATE:20260310T090000Z",
        ],
    );
    let last = calendar(&[
        "DTSTART:20260130T090000Z\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260529T090000Z",
    ]);
    let (after, _) = edited(
        &last,
        "20260130T090000Z",
        Scope::All,
        &timed(Moment::utc(wall("20260129T100000Z")), 0),
    );
    has(
        &after,
        &["RRULE:FREQ=MONTHLY;BYDAY=-1TH;UNTIL=20260528T100000Z"],
    );
    let days = calendar(&["DTSTART:20260115T090000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=15"]);
    let (after, _) = edited(
        &days,
        "20260315T090000Z",
        Scope::All,
        &timed(Moment::utc(wall("20260317T090000Z")), 0),
    );
    has(
        &after,
        &[
            "DTSTART:20260117T090000Z",
            "RRULE:FREQ=MONTHLY;BYMONTHDAY=17",
        ],
    );
    // What is named does not follow from the start.
    let both = calendar(&["DTSTART:20260115T090000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"]);
    let changes = timed(Moment::utc(wall("20260116T090000Z")), 0);
    let refused = edit(&both, &berlin(), None, Scope::All, &changes, &stamp());
    assert_eq!(refused, Err(Unfit::RuleNamesDays));
}

/// Found by the property tests below.
#[test]
fn every_other_week_begins_a_day_later() {
    let series = calendar(&["DTSTART;VALUE=DATE:20260108\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"]);
    let mut changes = timed(Moment::date(wall("20260109")), 0);
    changes.timing.as_mut().expect("a timing").end += DAY;
    let (after, _) = edited(&series, "20260108", Scope::All, &changes);
    has(&after, &["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=TU"]);
}

#[test]
fn a_rule_comes_changes_and_goes() {
    let one = calendar(&["DTSTART;TZID=Europe/Berlin:20260105T090000\nDURATION:PT1H\nSUMMARY:x"]);
    let ruled = |rule: Option<&str>, until: Option<&str>| Changes {
        rule: Some(rule.map(str::to_owned)),
        until: until.map(|until| Some(wall(until))),
        ..Changes::default()
    };
    let all = |object: &Object, changes: &Changes| {
        let edited = edit(object, &berlin(), None, Scope::All, changes, &stamp());
        text(&edited.expect("an edit").object)
    };
    let series = all(&one, &ruled(Some("FREQ=DAILY"), Some("20260110")));
    // E-043: the last day, in the right value type.
    has(&series, &["RRULE:FREQ=DAILY;UNTIL=20260110T225959Z"]);
    let with = edited(
        &object(&series),
        "20260107T080000Z",
        Scope::This,
        &titled("y"),
    )
    .0;
    let with = edited(
        &object(&with),
        "20260108T080000Z",
        Scope::This,
        &titled("z"),
    )
    .0;
    // Exceptions that the new rule has stay.
    let other = all(&object(&with), &ruled(Some("FREQ=DAILY;INTERVAL=2"), None));
    has(&other, &["RRULE:FREQ=DAILY;INTERVAL=2", "SUMMARY:y"]);
    lacks(&other, &["SUMMARY:z"]);
    let single = all(&object(&with), &ruled(None, None));
    lacks(&single, &["RRULE", "RECURRENCE-ID"]);
    let endless = Changes {
        until: Some(None),
        ..Changes::default()
    };
    has(&all(&object(&series), &endless), &["RRULE:FREQ=DAILY"]);
    let bad = edit(
        &one,
        &berlin(),
        None,
        Scope::All,
        &ruled(Some("FREQ=NEVER"), None),
        &stamp(),
    );
    assert!(matches!(bad, Err(Unfit::Rule(_))));
    let of_one = edit(
        &object(&series),
        &berlin(),
        at("20260107T080000Z"),
        Scope::This,
        &ruled(Some("FREQ=DAILY"), None),
        &stamp(),
    );
    assert_eq!(of_one, Err(Unfit::RuleOfOne));
}

#[test]
fn what_is_not_there_is_refused() {
    let series = calendar(&[WEEKLY]);
    for scope in [Scope::This, Scope::ThisAndFuture] {
        for id in ["20260120T080000Z", "20260104T080000Z"] {
            let refused = edit(&series, &berlin(), at(id), scope, &titled("x"), &stamp());
            assert_eq!(refused, Err(Unfit::NoInstance));
            assert_eq!(
                remove(&series, &berlin(), at(id), scope, &stamp()),
                Err(Unfit::NoInstance)
            );
        }
    }
    let alone = calendar(&["RECURRENCE-ID:20260105T090000Z\nDTSTART:20260105T100000Z\nSUMMARY:x"]);
    let left = edit(
        &alone,
        &berlin(),
        at("20260105T090000Z"),
        Scope::ThisAndFuture,
        &titled("y"),
        &stamp(),
    );
    assert_eq!(left, Err(Unfit::NoSeries));
    let (one, _) = edited(&alone, "20260105T090000Z", Scope::This, &titled("y"));
    has(&one, &["SUMMARY:y"]);
    assert_eq!(removed(&alone, "20260105T090000Z", Scope::This), None);
}

#[test]
fn line_ends_are_those_of_the_text() {
    let series = text(calendar(&[WEEKLY]).text());
    for end in ["\n", "\r"] {
        let series = object(&series.replace("\r\n", end));
        let (after, rest) = edited(
            &series,
            "20260119T080000Z",
            Scope::ThisAndFuture,
            &titled("x"),
        );
        for half in [Some(after), rest].into_iter().flatten() {
            assert!(
                !half.contains(if end == "\n" { '\r' } else { '\n' }),
                "{half:?}"
            );
            check(&object(&half), &berlin()).expect("a calendar object");
        }
    }
}
