//! Filters over the calendar of RFC 4791 appendix B, with the answers that its section 7.8 prints.

#[path = "queries/busy.rs"]
mod busy;
#[path = "queries/tables.rs"]
mod tables;

use bytes::Bytes;
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
