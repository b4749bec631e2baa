//! Filters and free-busy over the calendar of RFC 4791 appendix B, with the answers that its section 7.8 prints, the
//! tables of section 9.9 row by row, and the examples of RFC 7953.

use bytes::Bytes;
use strata::ical::busy::{self, Kind, Period};
use strata::ical::filter::{
    Collation, CompFilter, MatchKind, ParamFilter, PropFilter, Test, TextMatch,
};
use strata::ical::{Object, Window, Zone, time::Written};

fn instant(text: &str) -> i64 {
    match Written::parse(text) {
        Some(Written::Utc(at) | Written::Local(at) | Written::Date(at)) => at,
        None => panic!("{text}"),
    }
}

fn window(start: &str, end: &str) -> Window {
    let side = |text: &str| (!text.is_empty()).then(|| instant(text));
    Window {
        start: side(start),
        end: side(end),
    }
}

fn object(lines: &str) -> Object {
    let text = format!("BEGIN:VCALENDAR\n{lines}\nEND:VCALENDAR\n").replace('\n', "\r\n");
    Object::parse(&Bytes::from(text)).expect("an object")
}

fn appendix_b() -> Vec<(String, Object)> {
    (1..=8)
        .map(|number| {
            let path = format!(
                "{}/fixtures/rfc4791/abcd{number}.ics",
                env!("CARGO_MANIFEST_DIR")
            );
            let object = Object::parse(&Bytes::from(std::fs::read(path).unwrap())).unwrap();
            (format!("abcd{number}"), object)
        })
        .collect()
}

fn comp(name: &str) -> CompFilter {
    CompFilter {
        name: name.to_owned(),
        ..CompFilter::default()
    }
}

fn calendar(inner: CompFilter) -> CompFilter {
    CompFilter {
        comps: vec![inner],
        ..comp("VCALENDAR")
    }
}

fn prop(name: &str) -> PropFilter {
    PropFilter {
        name: name.to_owned(),
        ..PropFilter::default()
    }
}

fn text(text: &str) -> TextMatch {
    TextMatch {
        text: text.to_owned(),
        collation: Collation::AsciiCasemap,
        negate: false,
        kind: MatchKind::Contains,
    }
}

fn answers(filter: &CompFilter) -> Vec<String> {
    let eastern = Zone::named("US/Eastern").unwrap();
    let all = appendix_b().into_iter();
    all.filter(|(_, object)| filter.matches(object, &eastern).unwrap())
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn the_queries_of_section_7_8() {
    let events_in_january = CompFilter {
        time_range: Some(window("20060104T000000Z", "20060105T000000Z")),
        ..comp("VEVENT")
    };
    assert_eq!(
        answers(&calendar(events_in_january)),
        ["abcd2", "abcd3"],
        "7.8.1"
    );
    let free_busy = CompFilter {
        time_range: Some(window("20060102T000000Z", "20060103T000000Z")),
        ..comp("VFREEBUSY")
    };
    assert_eq!(answers(&calendar(free_busy)), ["abcd8"], "7.8.4");
    let by_uid = CompFilter {
        props: vec![PropFilter {
            text: vec![TextMatch {
                collation: Collation::Octet,
                ..text("DC6C50A017428C5216A2F1CD@example.com")
            }],
            ..prop("UID")
        }],
        ..comp("VEVENT")
    };
    assert_eq!(answers(&calendar(by_uid)), ["abcd3"], "7.8.6");
    let needs_action = ParamFilter {
        name: "PARTSTAT".to_owned(),
        is_not_defined: false,
        text: Some(text("NEEDS-ACTION")),
    };
    let by_partstat = |address: &str| CompFilter {
        props: vec![PropFilter {
            text: vec![text(address)],
            params: vec![needs_action.clone()],
            ..prop("ATTENDEE")
        }],
        ..comp("VEVENT")
    };
    assert_eq!(
        answers(&calendar(by_partstat("mailto:lisa@example.com"))),
        ["abcd3"],
        "7.8.7"
    );
    let accepted: [&str; 0] = [];
    assert_eq!(
        answers(&calendar(by_partstat("mailto:cyrus@example.com"))),
        accepted
    );
    assert_eq!(
        answers(&calendar(comp("VEVENT"))),
        ["abcd1", "abcd2", "abcd3"],
        "7.8.8"
    );
    let pending = CompFilter {
        props: vec![
            PropFilter {
                is_not_defined: true,
                ..prop("COMPLETED")
            },
            PropFilter {
                text: vec![TextMatch {
                    negate: true,
                    ..text("CANCELLED")
                }],
                ..prop("STATUS")
            },
        ],
        ..comp("VTODO")
    };
    assert_eq!(answers(&calendar(pending)), ["abcd4", "abcd5"], "7.8.9");
    let unknown = CompFilter {
        props: vec![PropFilter {
            text: vec![text("ABC")],
            ..prop("X-ABC-GUID")
        }],
        ..comp("VEVENT")
    };
    assert_eq!(answers(&calendar(unknown)), accepted, "7.8.10");
}

/// Section 7.8.5 answers with a to-do that is due at noon, Eastern time; appendix B has dates instead.
#[test]
fn to_dos_by_alarm() {
    let alarm = CompFilter {
        time_range: Some(window("20060106T100000Z", "20060107T100000Z")),
        ..comp("VALARM")
    };
    let filter = calendar(CompFilter {
        comps: vec![alarm],
        ..comp("VTODO")
    });
    let due = |due: &str| {
        object(&format!(
            "BEGIN:VTODO\nUID:1\n{due}\nBEGIN:VALARM\nACTION:AUDIO\nTRIGGER;RELATED=START:-PT10M\nEND:VALARM\nEND:VTODO"
        ))
    };
    let utc = Zone::utc();
    assert!(
        filter
            .matches(&due("DUE;TZID=US/Eastern:20060106T120000"), &utc)
            .unwrap()
    );
    assert!(
        !filter
            .matches(&due("DUE;VALUE=DATE:20060106"), &utc)
            .unwrap()
    );
    assert!(
        filter
            .matches(&due("DUE;VALUE=DATE:20060107"), &utc)
            .unwrap()
    );
}

/// Asks whether one component touches a range, half an hour at a time.
fn touches(component: &str, lines: &str, start: &str, end: &str) -> bool {
    let filter = calendar(CompFilter {
        time_range: Some(window(start, end)),
        ..comp(component)
    });
    let object = object(&format!(
        "BEGIN:{component}\nUID:1\n{}\nEND:{component}",
        lines.replace(';', "\n")
    ));
    filter.matches(&object, &Zone::utc()).unwrap()
}

/// What each row of section 9.9 says of ranges that only just touch.
#[test]
fn the_tables_of_section_9_9() {
    let ten = "DTSTART:20260101T100000Z";
    for (component, lines, start, end, expected) in [
        (
            "VEVENT",
            "DTSTART:20260101T100000Z;DTEND:20260101T110000Z",
            "20260101T110000Z",
            "20260101T120000Z",
            false,
        ),
        (
            "VEVENT",
            "DTSTART:20260101T100000Z;DTEND:20260101T110000Z",
            "20260101T105959Z",
            "20260101T120000Z",
            true,
        ),
        (
            "VEVENT",
            "DTSTART:20260101T100000Z;DTEND:20260101T110000Z",
            "20260101T090000Z",
            "20260101T100000Z",
            false,
        ),
        (
            "VEVENT",
            "DTSTART:20260101T100000Z;DURATION:PT1H",
            "20260101T103000Z",
            "20260101T104000Z",
            true,
        ),
        (
            "VEVENT",
            "DTSTART:20260101T100000Z;DURATION:PT0S",
            "20260101T100000Z",
            "20260101T110000Z",
            true,
        ),
        ("VEVENT", ten, "20260101T100000Z", "20260101T110000Z", true),
        ("VEVENT", ten, "20260101T090000Z", "20260101T100000Z", false),
        (
            "VEVENT",
            "DTSTART:20260101",
            "20260101T235959Z",
            "20260103T000000Z",
            true,
        ),
        (
            "VEVENT",
            "DTSTART:20260101",
            "20260102T000000Z",
            "20260103T000000Z",
            false,
        ),
        (
            "VEVENT",
            "DTSTART:20260101;DTEND:20260101",
            "20260101T120000Z",
            "20260103T000000Z",
            true,
        ),
        ("VEVENT", ten, "20260101T090000Z", "", true),
        ("VEVENT", ten, "", "20260101T100000Z", false),
        (
            "VTODO",
            "DTSTART:20260101T100000Z;DURATION:PT1H",
            "20260101T110000Z",
            "20260101T120000Z",
            true,
        ),
        (
            "VTODO",
            "DTSTART:20260101T100000Z;DURATION:PT1H",
            "20260101T090000Z",
            "20260101T100000Z",
            false,
        ),
        (
            "VTODO",
            "DTSTART:20260101T100000Z;DUE:20260101T110000Z",
            "20260101T110000Z",
            "20260101T120000Z",
            false,
        ),
        (
            "VTODO",
            "DTSTART:20260101T100000Z;DUE:20260101T100000Z",
            "20260101T100000Z",
            "20260101T120000Z",
            true,
        ),
        (
            "VTODO",
            "DTSTART:20260101T100000Z;DUE:20260101T100000Z",
            "20260101T090000Z",
            "20260101T100000Z",
            true,
        ),
        ("VTODO", ten, "20260101T100000Z", "20260101T110000Z", true),
        ("VTODO", ten, "20260101T090000Z", "20260101T100000Z", false),
        (
            "VTODO",
            "DUE:20260101T100000Z",
            "20260101T100000Z",
            "20260101T110000Z",
            false,
        ),
        (
            "VTODO",
            "DUE:20260101T100000Z",
            "20260101T090000Z",
            "20260101T100000Z",
            true,
        ),
        (
            "VTODO",
            "COMPLETED:20260101T100000Z;CREATED:20260101T080000Z",
            "20260101T100000Z",
            "20260101T110000Z",
            true,
        ),
        (
            "VTODO",
            "COMPLETED:20260101T100000Z;CREATED:20260101T080000Z",
            "20260101T070000Z",
            "20260101T080000Z",
            true,
        ),
        (
            "VTODO",
            "COMPLETED:20260101T100000Z;CREATED:20260101T080000Z",
            "20260101T100001Z",
            "20260101T110000Z",
            false,
        ),
        (
            "VTODO",
            "COMPLETED:20260101T100000Z",
            "20260101T090000Z",
            "20260101T100000Z",
            true,
        ),
        (
            "VTODO",
            "COMPLETED:20260101T100000Z",
            "20260101T080000Z",
            "20260101T090000Z",
            false,
        ),
        (
            "VTODO",
            "CREATED:20260101T100000Z",
            "20260101T090000Z",
            "20260101T100000Z",
            false,
        ),
        (
            "VTODO",
            "CREATED:20260101T100000Z",
            "20300101T090000Z",
            "20300101T100000Z",
            true,
        ),
        (
            "VTODO",
            "SUMMARY:x",
            "20300101T090000Z",
            "20300101T100000Z",
            true,
        ),
        (
            "VJOURNAL",
            ten,
            "20260101T100000Z",
            "20260101T110000Z",
            true,
        ),
        (
            "VJOURNAL",
            ten,
            "20260101T100001Z",
            "20260101T110000Z",
            false,
        ),
        (
            "VJOURNAL",
            "DTSTART:20260101",
            "20260101T235959Z",
            "20260103T000000Z",
            true,
        ),
        (
            "VJOURNAL",
            "SUMMARY:x",
            "20260101T000000Z",
            "20260103T000000Z",
            false,
        ),
        (
            "VFREEBUSY",
            "DTSTART:20260101T100000Z;DTEND:20260101T110000Z",
            "20260101T110000Z",
            "20260101T120000Z",
            true,
        ),
        (
            "VFREEBUSY",
            "FREEBUSY:20260101T100000Z/PT1H",
            "20260101T110000Z",
            "20260101T120000Z",
            false,
        ),
        (
            "VFREEBUSY",
            "FREEBUSY:20260101T100000Z/PT1H",
            "20260101T105900Z",
            "20260101T120000Z",
            true,
        ),
        (
            "VFREEBUSY",
            "DURATION:PT1H",
            "20260101T105900Z",
            "20260101T120000Z",
            false,
        ),
        (
            "VAVAILABILITY",
            ten,
            "20360101T000000Z",
            "20360102T000000Z",
            true,
        ),
        (
            "VAVAILABILITY",
            "DTSTART:20260101T100000Z;DURATION:PT1H",
            "20260101T110000Z",
            "20260102T000000Z",
            false,
        ),
        (
            "VAVAILABILITY",
            "SUMMARY:x",
            "20360101T000000Z",
            "20360102T000000Z",
            true,
        ),
        (
            "VTIMEZONE",
            ten,
            "20260101T000000Z",
            "20260102T000000Z",
            false,
        ),
    ] {
        assert_eq!(
            touches(component, lines, start, end),
            expected,
            "{component} {lines} {start} {end}"
        );
    }
}

#[test]
fn alarms_ring_with_each_occurrence_and_again() {
    let rings = |alarm: &str, extra: &str, start: &str, end: &str| {
        let range = CompFilter {
            time_range: Some(window(start, end)),
            ..comp("VALARM")
        };
        let filter = calendar(CompFilter {
            comps: vec![range],
            ..comp("VEVENT")
        });
        let event = format!(
            "DTSTART:20260101T100000Z\nDTEND:20260101T110000Z\n{extra}BEGIN:VALARM\n{alarm}\nEND:VALARM"
        );
        let object = object(&format!("BEGIN:VEVENT\nUID:1\n{event}\nEND:VEVENT"));
        filter.matches(&object, &Zone::utc()).unwrap()
    };
    let daily = "RRULE:FREQ=DAILY\n";
    assert!(rings(
        "TRIGGER:-PT15M",
        "",
        "20260101T094500Z",
        "20260101T094501Z"
    ));
    assert!(!rings(
        "TRIGGER:-PT15M",
        "",
        "20260101T094501Z",
        "20260101T100000Z"
    ));
    assert!(rings(
        "TRIGGER:-PT15M",
        daily,
        "20560701T094500Z",
        "20560701T094501Z"
    ));
    assert!(rings(
        "TRIGGER;RELATED=END:PT5M",
        daily,
        "20560701T110500Z",
        "20560701T110600Z"
    ));
    assert!(rings(
        "TRIGGER;RELATED=END:PT0S",
        daily,
        "20560701T110000Z",
        "20560701T110001Z"
    ));
    assert!(rings(
        "TRIGGER;VALUE=DATE-TIME:20250101T000000Z",
        "",
        "20250101T000000Z",
        "20250101T000001Z"
    ));
    assert!(rings(
        "TRIGGER:-P7D",
        daily,
        "20251225T100000Z",
        "20251225T100001Z"
    ));
    let again = "TRIGGER:-PT15M\nREPEAT:3\nDURATION:PT10M";
    assert!(rings(again, "", "20260101T101500Z", "20260101T101501Z"));
    assert!(!rings(again, "", "20260101T101501Z", "20260101T103000Z"));
    assert!(rings(
        "TRIGGER:PT0S\nREPEAT:999999999999\nDURATION:PT1S",
        "",
        "20990101T000000Z",
        "20990101T000001Z"
    ));
    assert!(!rings(
        "TRIGGER:never",
        daily,
        "20260101T000000Z",
        "20270101T000000Z"
    ));
}

#[test]
fn conditions_combine() {
    let event = object(
        "BEGIN:VEVENT\nUID:1\nDTSTART:20260101T100000Z\nDURATION:PT1H\nSUMMARY:Tea\\, please\nCATEGORIES:Home,Work\nLAST-MODIFIED:20250101T000000Z\nEND:VEVENT",
    );
    let holds = |inner: CompFilter| calendar(inner).matches(&event, &Zone::utc()).unwrap();
    let with = |props: Vec<PropFilter>, test| CompFilter {
        props,
        test,
        ..comp("vevent")
    };
    let summary = |value: &str, kind| PropFilter {
        text: vec![TextMatch {
            kind,
            ..text(value)
        }],
        ..prop("Summary")
    };
    assert!(holds(with(
        vec![summary("tea, please", MatchKind::Equals)],
        Test::AllOf
    )));
    assert!(holds(with(
        vec![summary("coffee", MatchKind::Contains), prop("UID")],
        Test::AnyOf
    )));
    assert!(!holds(with(
        vec![summary("coffee", MatchKind::Contains), prop("UID")],
        Test::AllOf
    )));
    let category = PropFilter {
        text: vec![TextMatch {
            kind: MatchKind::Equals,
            ..text("work")
        }],
        ..prop("CATEGORIES")
    };
    assert!(holds(with(vec![category], Test::AllOf)));
    let modified = |start, end| PropFilter {
        time_range: Some(window(start, end)),
        ..prop("LAST-MODIFIED")
    };
    assert!(holds(with(
        vec![modified("20250101T000000Z", "20250102T000000Z")],
        Test::AllOf
    )));
    assert!(!holds(with(
        vec![modified("20250102T000000Z", "")],
        Test::AllOf
    )));
    let effective = |start, end| PropFilter {
        time_range: Some(window(start, end)),
        ..prop("DTEND")
    };
    assert!(holds(with(
        vec![effective("20260101T110000Z", "20260101T110001Z")],
        Test::AllOf
    )));
    assert!(!holds(with(
        vec![effective("20260101T100000Z", "20260101T110000Z")],
        Test::AllOf
    )));
    assert!(holds(CompFilter {
        is_not_defined: true,
        ..comp("VTODO")
    }));
    assert!(!holds(CompFilter {
        is_not_defined: true,
        ..comp("VEVENT")
    }));
    let no_alarm = CompFilter {
        is_not_defined: true,
        ..comp("VALARM")
    };
    assert!(holds(CompFilter {
        comps: vec![no_alarm],
        ..comp("VEVENT")
    }));
    let elsewhere = Some(window("20270101T000000Z", ""));
    assert!(!holds(CompFilter {
        time_range: elsewhere,
        props: vec![prop("UID")],
        ..comp("VEVENT")
    }));
    assert!(holds(CompFilter {
        time_range: elsewhere,
        props: vec![prop("UID")],
        test: Test::AnyOf,
        ..comp("VEVENT")
    }));
}

#[test]
fn a_prefilter_never_narrows_too_far() {
    let range = window("20260101T000000Z", "20260201T000000Z");
    let events = CompFilter {
        time_range: Some(range),
        ..comp("vevent")
    };
    let filter = calendar(events.clone());
    assert_eq!(filter.prefilter(), (Some("VEVENT"), range));
    assert!(filter.is_prefilter_alone());
    let open = Window {
        start: None,
        end: None,
    };
    let either = CompFilter {
        props: vec![prop("UID")],
        test: Test::AnyOf,
        ..events.clone()
    };
    assert_eq!(calendar(either.clone()).prefilter(), (Some("VEVENT"), open));
    assert!(!calendar(either).is_prefilter_alone());
    let two = CompFilter {
        comps: vec![events.clone(), comp("VTODO")],
        test: Test::AnyOf,
        ..comp("VCALENDAR")
    };
    assert_eq!(two.prefilter(), (None, open));
    let none = calendar(CompFilter {
        is_not_defined: true,
        ..comp("VEVENT")
    });
    assert_eq!(none.prefilter(), (None, open));
    assert!(!none.is_prefilter_alone());
    assert_eq!(comp("VCALENDAR").prefilter(), (None, open));
}

/// Section 7.10.1 answers from appendix B with two hours that do not include its VFREEBUSY; here that one counts too.
#[test]
fn free_busy_of_appendix_b() {
    let (start, end) = (instant("20060104T140000Z"), instant("20060105T220000Z"));
    let eastern = Zone::named("US/Eastern").unwrap();
    let mut all = Vec::new();
    for (_, object) in appendix_b() {
        all.extend(busy::periods(&object, start, end, &eastern).unwrap());
    }
    let text = busy::to_icalendar(
        &busy::merge(all, start, end),
        start,
        end,
        "1@example.com",
        instant("20050125T090000Z"),
    );
    let expected = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Strata//Strata//EN\nBEGIN:VFREEBUSY\nUID:1@example.com\n\
        DTSTAMP:20050125T090000Z\nDTSTART:20060104T140000Z\nDTEND:20060105T220000Z\n\
        FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060104T150000Z/PT1H\nFREEBUSY:20060104T190000Z/PT1H\n\
        FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20060105T100000Z/PT2H\nFREEBUSY:20060105T170000Z/PT1H\n\
        END:VFREEBUSY\nEND:VCALENDAR\n";
    assert_eq!(text.replace("\r\n", "\n"), expected);
}

#[test]
fn free_busy_knows_transparent_cancelled_and_tentative() {
    let at = |lines: &str| {
        let event = object(&format!(
            "BEGIN:VEVENT\nUID:1\nDTSTART:20260101T100000Z\nDURATION:PT1H30M5S\n{lines}\nEND:VEVENT"
        ));
        let (start, end) = (instant("20260101T000000Z"), instant("20260103T000000Z"));
        busy::merge(
            busy::periods(&event, start, end, &Zone::utc()).unwrap(),
            start,
            end,
        )
    };
    let kinds = |lines| {
        at(lines)
            .iter()
            .map(|period| period.kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds("SUMMARY:x"), [Kind::Busy]);
    assert_eq!(kinds("STATUS:tentative"), [Kind::Tentative]);
    assert!(kinds("STATUS:CANCELLED").is_empty() && kinds("TRANSP:TRANSPARENT").is_empty());
    assert_eq!(kinds("RRULE:FREQ=HOURLY;COUNT=3"), [Kind::Busy]);
    let cancelled_once = "RRULE:FREQ=DAILY;COUNT=2\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260102T100000Z\nDTSTART:20260102T100000Z\nDTEND:20260102T110000Z\nSTATUS:CANCELLED";
    assert_eq!(kinds(cancelled_once), [Kind::Busy]);
    let text = busy::to_icalendar(&at("SUMMARY:x"), 0, 1, "u", 0);
    assert!(text.contains("FREEBUSY:20260101T100000Z/PT1H30M5S\r\n"));
    let short = Period {
        start: 0,
        end: 3605,
        kind: Kind::Busy,
    };
    assert!(busy::to_icalendar(&[short], 0, 1, "u", 0).contains("/PT1H0M5S\r\n"));
}

/// The slots of two hours of RFC 7953 section 5.1, as letters.
fn slots(calendar: &str, day: &str) -> String {
    let montreal = Zone::named("America/Montreal").unwrap();
    let midnight = montreal.to_utc(instant(day));
    let end = midnight + 86_400;
    let object = object(calendar);
    let mut all = busy::unavailable([&object], midnight, end, &montreal).unwrap();
    all.extend(busy::periods(&object, midnight, end, &montreal).unwrap());
    let letter = |slot: i64| {
        let at = midnight + slot * 7200;
        let covering = all
            .iter()
            .filter(|period| period.start <= at && at + 7200 <= period.end);
        match covering.map(|period| period.kind).min() {
            None => 'F',
            Some(Kind::Busy) => 'B',
            Some(Kind::Tentative) => 'T',
            Some(Kind::Unavailable) => 'U',
        }
    };
    (0..12).map(letter).collect()
}

fn availability(zone: &str, range: &str, hours: (&str, &str)) -> String {
    let (from, to) = hours;
    format!(
        "BEGIN:VAVAILABILITY\nUID:{zone}\n{range}\nBEGIN:AVAILABLE\nUID:a\nDTSTART;TZID={zone}:20111002T{from}0000\n\
         DTEND;TZID={zone}:20111002T{to}0000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\nEND:AVAILABLE\nEND:VAVAILABILITY"
    )
}

/// The RFC calls 6 November 2011 a Monday; it was a Sunday, so the day after is asked for.
#[test]
fn the_examples_of_rfc_7953() {
    let meeting = |zone: &str, at: &str| {
        format!("BEGIN:VEVENT\nUID:m\nDTSTART;TZID={zone}:{at}\nDURATION:PT2H\nEND:VEVENT\n")
    };
    let base = availability(
        "America/Montreal",
        "DTSTART;TZID=America/Montreal:20111002T000000",
        ("08", "18"),
    );
    let simple = meeting("America/Montreal", "20111107T120000") + &base;
    assert_eq!(slots(&simple, "20111107"), "UUUUFFBFFUUU");
    let week = "DTSTART;TZID=America/Denver:20111023T000000\nDTEND;TZID=America/Denver:20111030T000000\nPRIORITY:1";
    let denver = availability("America/Denver", week, ("08", "18"));
    let further = meeting("America/Denver", "20111024T120000") + &base + "\n" + &denver;
    assert_eq!(slots(&further, "20111024"), "UUUUUFFBFFUU");
    assert_eq!(slots(&further, "20111107"), "UUUUFFFFFUUU");
    assert_eq!(slots(&(denver + "\n" + &base), "20110901"), "FFFFFFFFFFFF");
}
