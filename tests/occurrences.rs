//! The occurrences of whole objects: overrides, exceptions, additions, zones (RFC 5545 sections 3.8.4.4 and 3.8.5).

#[path = "occurrences/corpus.rs"]
mod corpus;

use bytes::Bytes;
use strata::ical::recur::{Bounds, Budget, Occurrence, occurrences};
use strata::ical::time::{Written, write_date_time};
use strata::ical::{Object, TooMany, Window, Zone, check};

fn instant(text: &str) -> i64 {
    match Written::parse(text) {
        Some(Written::Utc(at) | Written::Local(at) | Written::Date(at)) => at,
        None => panic!("{text}"),
    }
}

fn parse(text: &str) -> Object {
    Object::parse(&Bytes::from(text.replace('\n', "\r\n"))).expect("an object")
}

/// Events that share a UID: each its lines.
fn series(events: &[&str]) -> Object {
    components("VEVENT", events)
}

fn components(name: &str, all: &[&str]) -> Object {
    let all: Vec<String> = all
        .iter()
        .map(|lines| {
            format!(
                "BEGIN:{name}\nUID:1\n{}\nEND:{name}",
                lines.replace(" | ", "\n")
            )
        })
        .collect();
    parse(&format!(
        "BEGIN:VCALENDAR\n{}\nEND:VCALENDAR\n",
        all.join("\n")
    ))
}

fn found(object: &Object, window: Window, zone: &Zone) -> Vec<Occurrence> {
    let bounds = Bounds {
        window,
        at_most: 1000,
    };
    occurrences(object, &bounds, zone, &mut Budget::default()).unwrap()
}

/// `start-end component`, in UTC; the component is counted among the events.
fn shown(object: &Object, from: &str, to: &str, zone: &str) -> Vec<String> {
    let window = Window {
        start: Some(instant(from)),
        end: Some(instant(to)),
    };
    let zone = Zone::named(zone).unwrap();
    let all = found(object, window, &zone);
    assert_indexed(object, &all, &zone, std::path::Path::new(from));
    let short = |at: i64| write_date_time(at)[4..13].to_owned();
    all.iter()
        .map(|one| format!("{}-{} {}", short(one.start), short(one.end), one.component))
        .collect()
}

const DAILY: &str = "DTSTART:20260101T100000Z | DTEND:20260101T110000Z | RRULE:FREQ=DAILY;COUNT=5";

#[test]
fn exceptions_and_additions() {
    let all = |lines: &str| {
        shown(
            &series(&[&format!("{DAILY} | {lines}")]),
            "20260101",
            "20260201",
            "UTC",
        )
    };
    assert_eq!(all("SUMMARY:x").len(), 5);
    assert_eq!(
        all("EXDATE:20260101T100000Z,20260105T100000Z").len(),
        3,
        "COUNT counts what EXDATE takes"
    );
    assert_eq!(
        all("EXDATE;VALUE=DATE:20260102").len(),
        4,
        "a date takes the occurrence of that day"
    );
    assert_eq!(
        all("EXDATE:20260102T100000").len(),
        4,
        "a local time is meant as the series is"
    );
    assert_eq!(
        all("EXDATE;TZID=Europe/Berlin:20260102T110000").len(),
        4,
        "instants are compared"
    );
    assert_eq!(all("EXDATE:20260102T100001Z").len(), 5);
    assert_eq!(all("EXDATE:nonsense").len(), 5);
    assert_eq!(
        all("RDATE:20260110T120000Z").last().unwrap(),
        "0110T1200-0110T1300 1"
    );
    assert_eq!(
        all("RDATE:20260103T100000Z").len(),
        5,
        "what the rule names is not named again"
    );
    let period = "RDATE;VALUE=PERIOD:20260110T120000Z/20260110T150000Z,20260111T120000Z/PT30M";
    assert_eq!(
        all(period)[5..],
        ["0110T1200-0110T1500 1", "0111T1200-0111T1230 1"]
    );
    assert_eq!(
        all("RDATE;VALUE=DATE:20260110").last().unwrap(),
        "0110T1000-0110T1100 1"
    );
    assert_eq!(
        all("RDATE:20260110T120000Z | EXDATE:20260110T120000Z").len(),
        5
    );
    let off = "DTSTART:20260101T100000Z | RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3";
    assert_eq!(
        shown(&series(&[off]), "20260101", "20270101", "UTC"),
        [
            "0101T1000-0101T1000 1",
            "0105T1000-0105T1000 1",
            "0112T1000-0112T1000 1"
        ]
    );
    let only_dates = "DTSTART:20260101T100000Z | RDATE:20260103T100000Z | EXDATE:20260101T100000Z";
    assert_eq!(
        shown(&series(&[only_dates]), "20260101", "20270101", "UTC"),
        ["0103T1000-0103T1000 1"]
    );
}

#[test]
fn overrides_move_into_and_out_of_the_window() {
    let moved =
        "RECURRENCE-ID:20260102T100000Z | DTSTART:20260301T100000Z | DTEND:20260301T103000Z";
    let object = series(&[DAILY, moved]);
    assert_eq!(shown(&object, "20260102", "20260103", "UTC"), [""; 0]);
    assert_eq!(
        shown(&object, "20260301", "20260302", "UTC"),
        ["0301T1000-0301T1030 2"]
    );
    assert_eq!(shown(&object, "20260101", "20260401", "UTC").len(), 5);
    let rules_inside = format!("{moved} | RRULE:FREQ=DAILY | EXDATE:20260301T100000Z");
    assert_eq!(
        shown(
            &series(&[DAILY, &rules_inside]),
            "20260301",
            "20260401",
            "UTC"
        ),
        ["0301T1000-0301T1030 2"]
    );
    let zoned = "RECURRENCE-ID;TZID=Europe/Berlin:20260102T110000 | DTSTART:20260102T120000Z";
    assert_eq!(
        shown(&series(&[DAILY, zoned]), "20260102", "20260103", "UTC"),
        ["0102T1200-0102T1200 2"]
    );
    let by_day = "RECURRENCE-ID;VALUE=DATE:20260102 | DTSTART:20260102T120000Z";
    assert_eq!(
        shown(&series(&[DAILY, by_day]), "20260102", "20260103", "UTC"),
        ["0102T1200-0102T1200 2"]
    );
}

#[test]
fn of_two_overrides_the_newer_holds() {
    let one = "RECURRENCE-ID:20260102T100000Z | DTSTART:20260102T130000Z | SEQUENCE:2 | DTSTAMP:20250101T000000Z";
    let two = "RECURRENCE-ID:20260102T100000Z | DTSTART:20260102T140000Z | SEQUENCE:1 | DTSTAMP:20260101T000000Z";
    let three = "RECURRENCE-ID:20260102T100000Z | DTSTART:20260102T150000Z | SEQUENCE:2 | DTSTAMP:20250201T000000Z";
    let object = series(&[DAILY, one, two, three]);
    assert_eq!(
        shown(&object, "20260102", "20260103", "UTC"),
        ["0102T1500-0102T1500 4"]
    );
}

#[test]
fn orphans_stand_alone() {
    let orphan = "RECURRENCE-ID:20260102T100000Z | DTSTART:20260102T130000Z | DURATION:PT1H";
    assert_eq!(
        shown(&series(&[orphan]), "20260101", "20270101", "UTC"),
        ["0102T1300-0102T1400 1"]
    );
    let outside = "RECURRENCE-ID:20300101T100000Z | DTSTART:20260102T130000Z";
    assert_eq!(
        shown(&series(&[DAILY, outside]), "20260101", "20270101", "UTC").len(),
        6
    );
}

#[test]
fn this_and_future_moves_the_rest() {
    let future = "RECURRENCE-ID;RANGE=THISANDFUTURE:20260103T100000Z | DTSTART:20260103T140000Z | DTEND:20260103T143000Z";
    let single =
        "RECURRENCE-ID:20260105T100000Z | DTSTART:20260105T080000Z | DTEND:20260105T090000Z";
    let object = series(&[DAILY, future, single]);
    assert_eq!(
        shown(&object, "20260101", "20270101", "UTC"),
        [
            "0101T1000-0101T1100 1",
            "0102T1000-0102T1100 1",
            "0103T1400-0103T1430 2",
            "0104T1400-0104T1430 2",
            "0105T0800-0105T0900 3"
        ]
    );
    let far = "RECURRENCE-ID;RANGE=THISANDFUTURE:20260103T100000Z | DTSTART:20260403T100000Z | DTEND:20260403T110000Z";
    let object = series(&[DAILY, far]);
    assert_eq!(
        shown(&object, "20260404", "20260405", "UTC"),
        ["0404T1000-0404T1100 2"]
    );
    assert_eq!(shown(&object, "20260103", "20260110", "UTC"), [""; 0]);
}

/// An occurrence whose local time the clocks skip or repeat is there and is counted; a date that does not exist is
/// neither (docs/decisions/recurrence.md).
#[test]
fn no_occurrence_is_lost_in_a_change_of_clocks() {
    let all = |lines: &str, zone: &str| shown(&series(&[lines]), "20170101", "20270101", zone);
    let berlin =
        "DTSTART;TZID=Europe/Berlin:20260328T023000 | DURATION:PT1H | RRULE:FREQ=DAILY;COUNT=3";
    assert_eq!(
        all(berlin, "UTC"),
        [
            "0328T0130-0328T0230 1",
            "0329T0130-0329T0230 1",
            "0330T0030-0330T0130 1"
        ]
    );
    let until =
        "DTSTART;TZID=Europe/Berlin:20260328T023000 | RRULE:FREQ=DAILY;UNTIL=20260329T013000Z";
    assert_eq!(
        all(until, "UTC"),
        ["0328T0130-0328T0130 1", "0329T0130-0329T0130 1"]
    );
    // An EXDATE takes it out as it is written in local time.
    let without = "DTSTART;TZID=Europe/Berlin:20260328T023000 | EXDATE;TZID=Europe/Berlin:20260329T023000 | RRULE:FREQ=DAILY;COUNT=3";
    assert_eq!(
        all(without, "UTC"),
        ["0328T0130-0328T0130 1", "0330T0030-0330T0030 1"]
    );
    let sao_paulo = "DTSTART;TZID=America/Sao_Paulo:20171014T000000 | RRULE:FREQ=DAILY;COUNT=3";
    assert_eq!(
        all(sao_paulo, "UTC"),
        [
            "1014T0300-1014T0300 1",
            "1015T0300-1015T0300 1",
            "1016T0200-1016T0200 1"
        ]
    );
    // Midnight comes twice in Havana on 3 November 2024: the first is meant, and there is only one.
    let havana = "DTSTART;TZID=America/Havana:20241102T000000 | RRULE:FREQ=DAILY;COUNT=3";
    assert_eq!(
        all(havana, "UTC"),
        [
            "1102T0400-1102T0400 1",
            "1103T0400-1103T0400 1",
            "1104T0500-1104T0500 1"
        ]
    );
    let days = "DTSTART;VALUE=DATE:20171014 | RRULE:FREQ=DAILY;COUNT=3";
    assert_eq!(
        all(days, "America/Sao_Paulo"),
        [
            "1014T0300-1015T0300 1",
            "1015T0300-1016T0200 1",
            "1016T0200-1017T0200 1"
        ]
    );
    // 02:00 lands on 03:00, which the rule names too: one moment is one occurrence.
    let hourly = "DTSTART;TZID=America/New_York:20260308T010000 | RRULE:FREQ=HOURLY;COUNT=4";
    assert_eq!(
        all(hourly, "UTC"),
        [
            "0308T0600-0308T0600 1",
            "0308T0700-0308T0700 1",
            "0308T0800-0308T0800 1"
        ]
    );
    let thirtieth = "DTSTART;VALUE=DATE:20260130 | RRULE:FREQ=MONTHLY;COUNT=3";
    assert_eq!(
        all(thirtieth, "UTC"),
        [
            "0130T0000-0131T0000 1",
            "0330T0000-0331T0000 1",
            "0430T0000-0501T0000 1"
        ]
    );
}

#[test]
fn clocks_that_change() {
    let nightly =
        "DTSTART;TZID=America/New_York:20260306T023000 | DURATION:PT1H | RRULE:FREQ=DAILY;COUNT=4";
    // 02:30 does not exist on 8 March: it is read with the offset before the gap (RFC 5545 sections 3.3.5 and 3.3.10).
    let days = shown(&series(&[nightly]), "20260301", "20260401", "UTC");
    assert_eq!(
        days,
        [
            "0306T0730-0306T0830 1",
            "0307T0730-0307T0830 1",
            "0308T0730-0308T0830 1",
            "0309T0630-0309T0730 1"
        ]
    );
    // A DTSTART there is read with the offset before the gap (section 3.3.5).
    let once = "DTSTART;TZID=America/New_York:20260308T023000";
    assert_eq!(
        shown(&series(&[once]), "20260301", "20260401", "UTC"),
        ["0308T0730-0308T0730 1"]
    );
    // Of a time that comes twice the first is meant.
    let twice = "DTSTART;TZID=America/New_York:20261101T013000 | DURATION:PT1H";
    assert_eq!(
        shown(&series(&[twice]), "20261101", "20261201", "UTC"),
        ["1101T0530-1101T0630 1"]
    );
    let nominal =
        "DTSTART;TZID=America/New_York:20260307T120000 | DURATION:P1D | RRULE:FREQ=DAILY;COUNT=2";
    assert_eq!(
        shown(&series(&[nominal]), "20260301", "20260401", "UTC")[0],
        "0307T1700-0308T1600 1"
    );
    let exact = "DTSTART;TZID=America/New_York:20260306T120000 | DTEND;TZID=America/New_York:20260307T120000 | RRULE:FREQ=DAILY;COUNT=2";
    assert_eq!(
        shown(&series(&[exact]), "20260301", "20260401", "UTC")[1],
        "0307T1700-0308T1700 1"
    );
    let sao_paulo = "DTSTART;TZID=America/Sao_Paulo:20171013T090000 | RRULE:FREQ=DAILY;COUNT=4";
    assert_eq!(
        shown(&series(&[sao_paulo]), "20171001", "20171101", "UTC").len(),
        4
    );
}

#[test]
fn whole_days_and_floating_times_follow_the_viewer() {
    let birthday = "DTSTART;VALUE=DATE:20260101 | RRULE:FREQ=YEARLY";
    let object = series(&[birthday]);
    assert_eq!(
        shown(&object, "20270101", "20270102", "Asia/Tokyo"),
        ["1231T1500-0101T1500 1"]
    );
    assert_eq!(
        shown(&object, "20270101T150000Z", "20270102", "Asia/Tokyo"),
        [""; 0]
    );
    let trip = "DTSTART;VALUE=DATE:20260328 | DTEND;VALUE=DATE:20260330";
    assert_eq!(
        shown(&series(&[trip]), "20260301", "20260401", "Europe/Berlin"),
        ["0327T2300-0329T2200 1"]
    );
    let floating =
        "DTSTART:20260701T090000 | DURATION:PT1H | RRULE:FREQ=DAILY;UNTIL=20260702T090000";
    assert_eq!(
        shown(
            &series(&[floating]),
            "20260701",
            "20260801",
            "Europe/Berlin"
        ),
        ["0701T0700-0701T0800 1", "0702T0700-0702T0800 1"]
    );
}

#[test]
fn until_in_every_form() {
    for (start, until, count) in [
        (
            "DTSTART;TZID=America/New_York:20260101T200000",
            "20260103T010000Z",
            2,
        ),
        (
            "DTSTART;TZID=America/New_York:20260101T200000",
            "20260103T005959Z",
            1,
        ),
        (
            "DTSTART;TZID=America/New_York:20260101T200000",
            "20260102",
            2,
        ),
        (
            "DTSTART;TZID=America/New_York:20260101T200000",
            "20260102T200000",
            2,
        ),
        ("DTSTART:20260101T200000Z", "20260102T195959Z", 1),
        ("DTSTART;VALUE=DATE:20260101", "20260103", 3),
        ("DTSTART;VALUE=DATE:20260101", "20260103T000000Z", 3),
    ] {
        let object = series(&[&format!("{start} | RRULE:FREQ=DAILY;UNTIL={until}")]);
        assert_eq!(
            shown(&object, "20260101", "20270101", "UTC").len(),
            count,
            "{start} {until}"
        );
    }
}

#[test]
fn to_dos_recur_too() {
    let due = components(
        "VTODO",
        &[
            "DUE:20260101T100000Z | RRULE:FREQ=WEEKLY;COUNT=3",
            "RECURRENCE-ID:20260108T100000Z | STATUS:COMPLETED",
        ],
    );
    let all = shown(&due, "20251201", "20270101", "UTC");
    assert_eq!(
        all,
        [
            "0101T1000-0101T1000 1",
            "0108T1000-0108T1000 2",
            "0115T1000-0115T1000 1"
        ]
    );
    assert_eq!(
        shown(
            &components("VTODO", &["SUMMARY:some day"]),
            "20260101",
            "20260102",
            "UTC"
        )
        .len(),
        1
    );
}

#[test]
fn each_occurrence_says_what_it_is() {
    let zone = Zone::utc();
    let object = series(&[
        "DTSTART;TZID=Europe/Berlin:20260101T100000 | DTEND;TZID=Europe/Berlin:20260101T110000 | RRULE:FREQ=DAILY;COUNT=2",
    ]);
    let window = Window {
        start: None,
        end: None,
    };
    let all = found(&object, window, &zone);
    let second = &all[1];
    assert_eq!(
        second.recurrence_id.as_ref().unwrap().wall,
        instant("20260102T100000")
    );
    assert_eq!(
        second.ending.as_ref().unwrap().wall,
        instant("20260102T110000")
    );
    let object = series(&["DTSTART:20260101T100000Z"]);
    let all = found(&object, window, &zone);
    assert!(all[0].recurrence_id.is_none());
}

#[test]
fn too_many_is_said_and_not_hidden() {
    let window = Window {
        start: None,
        end: None,
    };
    let ask = |lines: &str, at_most: usize| {
        let object = series(&[lines]);
        let mut budget = Budget::default();
        occurrences(
            &object,
            &Bounds { window, at_most },
            &Zone::utc(),
            &mut budget,
        )
        .map(|all| all.len())
    };
    assert_eq!(ask(DAILY, 5), Ok(5));
    assert_eq!(ask(DAILY, 4), Err(TooMany));
    assert_eq!(
        ask("DTSTART:20260101T100000Z | RRULE:FREQ=SECONDLY", 10_000),
        Err(TooMany)
    );
    assert_eq!(
        ask("DTSTART:20260101T100000Z | RRULE:FREQ=SECONDLY", usize::MAX),
        Err(TooMany)
    );
    let dates: Vec<String> = (0..10_000)
        .map(|n| write_date_time(instant("20260101") + n * 60) + "Z")
        .collect();
    let many = format!("DTSTART:20200101T000000Z | RDATE:{}", dates.join(","));
    assert_eq!(ask(&many, 20_000), Ok(10_001));
}

/// Ten thousand overrides of one series: work in proportion to them, in any window.
#[test]
fn many_overrides_are_no_stall() {
    let mut events = vec!["DTSTART:20200101T100000Z | RRULE:FREQ=DAILY".to_owned()];
    for n in 0..10_000i64 {
        let id = write_date_time(instant("20200101T100000") + n * 86_400);
        events.push(format!(
            "RECURRENCE-ID;RANGE=THISANDFUTURE:{id}Z | DTSTART:{id}Z"
        ));
    }
    let object = series(&events.iter().map(String::as_str).collect::<Vec<_>>());
    let mut budget = Budget::default();
    let window = Window {
        start: Some(instant("20260101")),
        end: Some(instant("20260201")),
    };
    let all = occurrences(
        &object,
        &Bounds {
            window,
            at_most: 100,
        },
        &Zone::utc(),
        &mut budget,
    )
    .unwrap();
    assert_eq!(all.len(), 31);
    assert!(Budget::OBJECT - budget.left() < 20_000);
}

/// The span that the index keeps leaves out no occurrence.
fn assert_indexed(object: &Object, all: &[Occurrence], zone: &Zone, path: &std::path::Path) {
    let Ok(checked) = check(object, zone) else {
        return;
    };
    for one in all.iter().filter(|one| one.time.is_some()) {
        let early = checked.first.is_none_or(|first| first <= one.start);
        let late = checked.last.is_none_or(|last| one.end <= last);
        assert!(
            early && late,
            "{}: {one:?} {:?} {:?}",
            path.display(),
            checked.first,
            checked.last
        );
    }
}
