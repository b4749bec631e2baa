use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::ical::recur::{Bounds, Budget, occurrences};
use crate::ical::time::{DAY, HOUR};
use crate::ical::{Window, check};

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

/// One occurrence: its RECURRENCE-ID, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    id: i64,
    start: i64,
    end: i64,
    title: String,
    is_override: bool,
}

fn seen(objects: &[&Object]) -> Vec<Seen> {
    let window = Window {
        start: None,
        end: Some(wall("20270401T000000")),
    };
    let bounds = Bounds {
        window,
        at_most: 5_000,
    };
    let mut all = Vec::new();
    for object in objects {
        let budget = &mut Budget::of(10_000_000);
        for it in occurrences(object, &bounds, &berlin(), budget).expect("occurrences") {
            let component = object.component(it.component);
            let title = component
                .property("SUMMARY")
                .map(|it| it.text().into_owned());
            all.push(Seen {
                id: it
                    .recurrence_id
                    .map_or(it.start, |id| id.instant(&berlin())),
                start: it.start,
                end: it.end,
                title: title.unwrap_or_default(),
                is_override: component.property("RECURRENCE-ID").is_some(),
            });
        }
    }
    all.sort();
    all
}

/// The clock that a series is written on, its rule, and what was done to single occurrences.
#[derive(Clone, Debug)]
struct Case {
    form: usize,
    rule: String,
    end: usize,
    excluded: Vec<usize>,
    changed: Vec<(usize, bool)>,
    added: bool,
    picked: usize,
}

fn case() -> impl Strategy<Value = Case> {
    let rule = prop_oneof![
        (1..4).prop_map(|interval| format!("FREQ=DAILY;INTERVAL={interval}")),
        (
            1..3,
            prop::sample::subsequence(vec!["MO", "WE", "TH", "SU"], 1..4)
        )
            .prop_map(|(interval, days)| format!(
                "FREQ=WEEKLY;INTERVAL={interval};BYDAY={}",
                days.join(",")
            )),
        Just("FREQ=WEEKLY".to_owned()),
        Just("FREQ=MONTHLY".to_owned()),
        Just("FREQ=MONTHLY;BYMONTHDAY=8".to_owned()),
        Just("FREQ=MONTHLY;BYDAY=2TH".to_owned()),
        Just("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,2".to_owned()),
        Just("FREQ=YEARLY".to_owned()),
    ];
    (
        0..5_usize,
        rule,
        0..3_usize,
        prop::collection::vec(0..20_usize, 0..3),
        prop::collection::vec((0..20_usize, any::<bool>()), 0..3),
        any::<bool>(),
        0..20_usize,
    )
        .prop_map(|(form, rule, end, excluded, changed, added, picked)| Case {
            form,
            rule,
            end,
            excluded,
            changed,
            added,
            picked,
        })
}

impl Case {
    fn start(&self) -> Moment {
        // A Thursday.
        let start = wall("20260108T093000");
        match self.form {
            0 => Moment::date(start),
            1 => Moment::floating(start),
            2 => Moment::utc(start),
            3 => Moment::zoned(start, "America/New_York").expect("a zone"),
            _ => Moment::zoned(start, "Europe/Berlin").expect("a zone"),
        }
    }

    fn object(&self) -> Object {
        let start = self.start();
        let whole = start.is_date();
        let line = |name: &str, moment: &Moment| {
            format!("{name}{}:{}", moment.parameters(), moment.value())
        };
        let end = start.at(start.time.wall + if whole { 2 * DAY } else { HOUR });
        let limit = match self.end {
            0 => String::new(),
            1 => ";COUNT=17".to_owned(),
            _ => format!(";UNTIL={}", start.until(wall("20260903T093000"))),
        };
        let mut master = format!(
            "{}\n{}\nRRULE:{}{limit}\nSUMMARY:all\nDTSTAMP:20260101T000000Z",
            line("DTSTART", &start),
            line("DTEND", &end),
            self.rule
        );
        if self.added {
            let added = start.at(start.time.wall + 33 * DAY);
            master += &format!("\n{}", line("RDATE", &added));
        }
        let plain = calendar(&[&master]);
        let all = seen(&[&plain]);
        let pick = |at: usize| all.get(at % all.len()).expect("an occurrence").id;
        let moment = |id: i64| start.at_instant(id, &berlin());
        let mut gone = Vec::new();
        for at in &self.excluded {
            // Something is left, and the first stays.
            if at % all.len() > 0 {
                gone.push(pick(*at));
                master += &format!("\n{}", line("EXDATE", &moment(pick(*at))));
            }
        }
        let mut events = vec![master];
        let mut done = Vec::new();
        for (at, moves) in &self.changed {
            let id = pick(*at);
            if gone.contains(&id) || done.contains(&id) {
                continue;
            }
            done.push(id);
            let id = moment(id);
            let by = if *moves { 3 * DAY } else { 0 };
            let begins = id.at(id.time.wall + by);
            let ends = begins.at(begins.time.wall + if whole { 2 * DAY } else { HOUR });
            events.push(format!(
                "{}\n{}\n{}\nSUMMARY:own",
                line("RECURRENCE-ID", &id),
                line("DTSTART", &begins),
                line("DTEND", &ends)
            ));
        }
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        calendar(&events)
    }
}

/// What names an occurrence over the wire.
fn written(case: &Case, id: i64) -> Option<Written> {
    let moment = case.start().at_instant(id, &berlin());
    Some(match case.form {
        0 => Written::Date(moment.time.wall),
        1 => Written::Local(moment.time.wall),
        _ => Written::Utc(id),
    })
}

fn valid(objects: &[&Object]) {
    for object in objects {
        check(object, &berlin()).expect("a calendar object");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn one_is_changed_and_no_other(case in case()) {
        let before = case.object();
        let mut expected = seen(&[&before]);
        let at = case.picked % expected.len();
        let id = expected[at].id;
        let after = edit(&before, &berlin(), written(&case, id), Scope::This, &titled("new"), &stamp());
        let after = object(&text(&after.expect("an edit").object));
        expected[at].title = "new".to_owned();
        expected[at].is_override = true;
        prop_assert_eq!(seen(&[&after]), expected.clone());
        valid(&[&after]);
        // And it is taken out again.
        let left = remove(&after, &berlin(), written(&case, id), Scope::This, &stamp()).expect("a removal");
        expected.remove(at);
        match left {
            Some(left) => prop_assert_eq!(seen(&[&object(&text(&left))]), expected),
            None => prop_assert!(expected.is_empty()),
        }
    }

    #[test]
    fn a_cut_loses_and_doubles_none(case in case()) {
        let before = case.object();
        let mut expected = seen(&[&before]);
        let at = case.picked % expected.len();
        let id = expected[at].id;
        let after = edit(&before, &berlin(), written(&case, id), Scope::ThisAndFuture, &titled("new"), &stamp());
        let after = after.expect("an edit");
        let (old, new) = (object(&text(&after.object)), after.rest.as_ref().map(|rest| object(&text(rest))));
        let objects: Vec<&Object> = [Some(&old), new.as_ref()].into_iter().flatten().collect();
        let first = expected.iter().map(|it| it.id).min() == Some(id);
        prop_assert_eq!(new.is_none(), first);
        for it in &mut expected {
            if it.id == id || it.id >= id && !it.is_override {
                it.title = "new".to_owned();
            }
        }
        prop_assert_eq!(seen(&objects), expected.clone());
        valid(&objects);
        let left = remove(&before, &berlin(), written(&case, id), Scope::ThisAndFuture, &stamp()).expect("a removal");
        let kept: Vec<Seen> = seen(&[&before]).into_iter().filter(|it| it.id < id).collect();
        match left {
            Some(left) => prop_assert_eq!(seen(&[&object(&text(&left))]), kept),
            None => prop_assert!(kept.is_empty()),
        }
    }

    #[test]
    fn all_and_future_move_alike(case in case(), hours in 1..5_i64, days in 0..3_i64, future in any::<bool>()) {
        let before = case.object();
        let all = seen(&[&before]);
        let id = all[case.picked % all.len()].id;
        let (by, length) = match case.form {
            0 => (days * DAY, 2 * DAY),
            _ => (days * DAY + hours * HOUR, HOUR),
        };
        // On an exception that was moved it is not the series' own time that is seen.
        let seen_at = all[case.picked % all.len()].start;
        let start = case.start().at_instant(seen_at, &berlin());
        let start = start.at(start.time.wall + by);
        let changes = Changes {
            timing: Some(Timing { end: start.time.wall + length, start }),
            ..Changes::default()
        };
        let scope = if future { Scope::ThisAndFuture } else { Scope::All };
        let after = match edit(&before, &berlin(), written(&case, id), scope, &changes, &stamp()) {
            Ok(after) => after,
            Err(Unfit::RuleNamesDays) => {
                prop_assert!(days > 0 && case.rule.contains("BYSETPOS"));
                return Ok(());
            }
            Err(other) => return Err(TestCaseError::fail(format!("{other}"))),
        };
        let (old, new) = (object(&text(&after.object)), after.rest.as_ref().map(|rest| object(&text(rest))));
        let objects: Vec<&Object> = [Some(&old), new.as_ref()].into_iter().flatten().collect();
        valid(&objects);
        // Months have different lengths: there the n-th becomes the n-th.
        let alike = days == 0 || !(case.rule.contains("MONTHLY") || case.rule.contains("YEARLY"));
        let found = seen(&objects);
        if case.end > 0 && alike {
            prop_assert_eq!(found.len(), all.len());
        }
        let shift = |instant: i64| {
            let moment = case.start().at_instant(instant, &berlin());
            let wall = moment.time.wall + by;
            moment.at(wall).time.instant(&berlin())
        };
        if alike {
            let horizon = wall("20270301T000000");
            let mut expected: Vec<(i64, String)> = all.iter().map(|it| {
                let touched = !future || it.id >= id;
                let stays = it.is_override && it.start != it.id && it.id != id;
                let start = if touched && !stays { shift(it.start) } else { it.start };
                (start, it.title.clone())
            }).filter(|it| it.0 < horizon).collect();
            expected.sort();
            let mut starts: Vec<(i64, String)> = found.iter()
                .map(|it| (it.start, it.title.clone()))
                .filter(|it| it.0 < horizon)
                .collect();
            starts.sort();
            prop_assert_eq!(starts, expected);
        }
    }
}
