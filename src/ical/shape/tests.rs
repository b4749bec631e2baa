//! The examples of RFC 4791 section 7.8 over the data of its appendix B, and what they leave open.

use bytes::Bytes;

use super::*;
use crate::ical::time::Written;

fn object(text: &str) -> Object {
    Object::parse(&Bytes::from(text.replace('\n', "\r\n"))).expect("an object")
}

fn shaped(text: &str, wanted: &Shape) -> String {
    let zone = Zone::named("America/New_York").expect("a zone");
    let bytes = shape(&object(text), wanted, &zone, 1000).expect("few instances");
    String::from_utf8(bytes)
        .expect("text")
        .replace("\r\n", "\n")
}

fn utc(text: &str) -> Option<i64> {
    match Written::parse(text) {
        Some(Written::Utc(utc)) => Some(utc),
        other => panic!("{text}: {other:?}"),
    }
}

fn window(start: &str, end: &str) -> Window {
    Window {
        start: utc(start),
        end: utc(end),
    }
}

fn comp(name: &str, props: &[&str], comps: Vec<CompShape>) -> CompShape {
    let props = match props {
        [] => Props::All,
        names => Props::Some(
            names
                .iter()
                .map(|name| ((*name).to_owned(), false))
                .collect(),
        ),
    };
    let comps = if comps.is_empty() {
        Comps::All
    } else {
        Comps::Some(comps)
    };
    CompShape {
        name: name.to_owned(),
        props,
        comps,
    }
}

const TIMEZONE: &str = "BEGIN:VTIMEZONE
LAST-MODIFIED:20040110T032845Z
TZID:US/Eastern
BEGIN:DAYLIGHT
DTSTART:20000404T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4
TZNAME:EDT
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20001026T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:EST
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE
";

/// `abcd2.ics` of appendix B: daily for five days, the third moved to the afternoon.
fn abcd2() -> String {
    format!(
        "BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example Corp.//CalDAV Client//EN
{TIMEZONE}BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART;TZID=US/Eastern:20060102T120000
DURATION:PT1H
RRULE:FREQ=DAILY;COUNT=5
SUMMARY:Event #2
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART;TZID=US/Eastern:20060104T140000
DURATION:PT1H
RECURRENCE-ID;TZID=US/Eastern:20060104T120000
SUMMARY:Event #2 bis
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART;TZID=US/Eastern:20060106T140000
DURATION:PT1H
RECURRENCE-ID;TZID=US/Eastern:20060106T120000
SUMMARY:Event #2 bis bis
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
END:VCALENDAR
"
    )
}

#[test]
fn whole_is_the_stored_text() {
    assert!(Shape::default().is_whole());
    assert_eq!(shaped(&abcd2(), &Shape::default()), abcd2());
}

/// Section 7.8.1: partial retrieval of events by time range.
#[test]
fn partial_retrieval() {
    let event = comp(
        "VEVENT",
        &[
            "SUMMARY",
            "UID",
            "DTSTART",
            "DTEND",
            "DURATION",
            "RRULE",
            "RDATE",
            "EXRULE",
            "EXDATE",
            "RECURRENCE-ID",
        ],
        Vec::new(),
    );
    let wanted = Shape {
        comp: Some(comp(
            "VCALENDAR",
            &["VERSION"],
            vec![event, comp("VTIMEZONE", &[], Vec::new())],
        )),
        ..Shape::default()
    };
    let expected = abcd2()
        .replace("PRODID:-//Example Corp.//CalDAV Client//EN\n", "")
        .replace("DTSTAMP:20060206T001121Z\n", "");
    assert_eq!(shaped(&abcd2(), &wanted), expected);
}

/// Section 7.8.2: partial retrieval of recurring events.
#[test]
fn limited_recurrence_set() {
    let limit = Recurrence::Limit(window("20060103T000000Z", "20060105T000000Z"));
    let wanted = Shape {
        recurrence: Some(limit),
        ..Shape::default()
    };
    let answer = shaped(&abcd2(), &wanted);
    assert!(
        answer.contains("SUMMARY:Event #2\n") && answer.contains("SUMMARY:Event #2 bis\n"),
        "{answer}"
    );
    assert!(
        !answer.contains("bis bis") && answer.contains("VTIMEZONE"),
        "{answer}"
    );
    // The original time alone overlaps, then the current time alone.
    for (start, end) in [
        ("20060106T170000Z", "20060106T173000Z"),
        ("20060106T193000Z", "20060106T200000Z"),
    ] {
        let limit = Recurrence::Limit(window(start, end));
        let answer = shaped(
            &abcd2(),
            &Shape {
                recurrence: Some(limit),
                ..Shape::default()
            },
        );
        assert_eq!(answer.matches("RECURRENCE-ID").count(), 1, "{answer}");
        assert!(answer.contains("bis bis"), "{answer}");
    }
}

/// Section 7.8.3: expanded retrieval of recurring events.
#[test]
fn expanded() {
    let expand = Recurrence::Expand(window("20060103T000000Z", "20060105T000000Z"));
    let answer = shaped(
        &abcd2(),
        &Shape {
            recurrence: Some(expand),
            ..Shape::default()
        },
    );
    let expected = "BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example Corp.//CalDAV Client//EN
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART:20060103T170000Z
RECURRENCE-ID:20060103T170000Z
DURATION:PT1H
SUMMARY:Event #2
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART:20060104T190000Z
RECURRENCE-ID:20060104T170000Z
DURATION:PT1H
SUMMARY:Event #2 bis
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
END:VCALENDAR
";
    assert_eq!(answer, expected);
}

#[test]
fn expansion_keeps_dates_and_floating_times() {
    for (start, end, expected) in [
        (
            "DTSTART;VALUE=DATE:20060102",
            "DTEND;VALUE=DATE:20060103",
            "DTSTART;VALUE=DATE:20060103\nRECURRENCE-ID;VALUE=DATE:20060103\nDTEND;VALUE=DATE:20060104\n",
        ),
        (
            "DTSTART:20060102T120000",
            "DTEND:20060102T130000",
            "DTSTART:20060103T120000\nRECURRENCE-ID:20060103T120000\nDTEND:20060103T130000\n",
        ),
        (
            "DTSTART;X-A=\"b;c\";TZID=Asia/Tokyo:20060102T120000",
            "X-Z;TZID=Asia/Tokyo:20060102T120000",
            "DTSTART;X-A=\"b;c\":20060103T030000Z\nRECURRENCE-ID:20060103T030000Z\nX-Z:20060102T030000Z\n",
        ),
    ] {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n{start}\n{end}\nRRULE:FREQ=DAILY\nEXDATE:\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR"
        );
        let expand = Recurrence::Expand(window("20060103T020000Z", "20060103T180000Z"));
        let answer = shaped(
            &text,
            &Shape {
                recurrence: Some(expand),
                ..Shape::default()
            },
        );
        let event = answer.split("UID:1\n").last().unwrap_or_default();
        assert!(
            event.starts_with(&format!("{expected}BEGIN:VALARM")),
            "{answer}"
        );
    }
}

#[test]
fn expansion_is_bounded() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20060102T120000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR";
    let expand = Recurrence::Expand(window("20060101T000000Z", "20070101T000000Z"));
    let wanted = Shape {
        recurrence: Some(expand),
        ..Shape::default()
    };
    assert_eq!(
        shape(&object(text), &wanted, &Zone::utc(), 100),
        Err(TooMany)
    );
}

/// Section 7.8.4: partial retrieval of stored free busy components, over `abcd8.ics` of appendix B.
#[test]
fn limited_free_busy() {
    let text = "BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example Corp.//CalDAV Client//EN
BEGIN:VFREEBUSY
ORGANIZER;CN=\"Bernard Desruisseaux\":mailto:bernard@example.com
UID:76ef34-54a3d2@example.com
DTSTAMP:20050530T123421Z
DTSTART:20060101T000000Z
DTEND:20060108T000000Z
FREEBUSY:20050531T230000Z/20050601T010000Z
FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060102T100000Z/20060102T120000Z
FREEBUSY:20060103T100000Z/20060103T120000Z
FREEBUSY:20060104T100000Z/20060104T120000Z
FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20060105T100000Z/20060105T120000Z,20060102T110000Z/PT1H
FREEBUSY:20060106T100000Z/20060106T120000Z
END:VFREEBUSY
END:VCALENDAR
";
    let limit_freebusy = Some(window("20060102T000000Z", "20060103T000000Z"));
    let answer = shaped(
        text,
        &Shape {
            limit_freebusy,
            ..Shape::default()
        },
    );
    let left: Vec<_> = answer
        .lines()
        .filter(|line| line.starts_with("FREEBUSY"))
        .collect();
    assert_eq!(
        left,
        [
            "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060102T100000Z/20060102T120000Z",
            "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20060102T110000Z/PT1H"
        ]
    );
}

#[test]
fn values_and_known_zones_can_stay_away() {
    let event = CompShape {
        name: "vevent".to_owned(),
        props: Props::Some(vec![
            ("summary".to_owned(), true),
            ("dtstart".to_owned(), true),
        ]),
        comps: Comps::All,
    };
    let wanted = Shape {
        comp: Some(comp("VCALENDAR", &["VERSION"], vec![event])),
        ..Shape::default()
    };
    let answer = shaped(&abcd2(), &wanted);
    assert!(answer.starts_with("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nDTSTART;TZID=US/Eastern:\nSUMMARY:\nEND:VEVENT\n"), "{answer}");
    let without = Shape {
        timezones: Timezones::Unknown,
        ..Shape::default()
    };
    assert_eq!(shaped(&abcd2(), &without), abcd2().replace(TIMEZONE, ""));
    let private = abcd2().replace("US/Eastern", "Our Own");
    assert_eq!(shaped(&private, &without), private);
}

/// RFC 7809 section 3.1.3, both ways.
#[test]
fn time_zones_are_supplied_where_they_are_missing() {
    let all = Shape {
        timezones: Timezones::All,
        ..Shape::default()
    };
    assert_eq!(shaped(&abcd2(), &all), abcd2());
    let bare = abcd2().replace(TIMEZONE, "");
    let supplied = shaped(&bare, &all);
    assert!(
        supplied.contains("BEGIN:VTIMEZONE\nTZID:US/Eastern\n"),
        "{supplied}"
    );
    assert_eq!(supplied.matches("BEGIN:VTIMEZONE").count(), 1);
    let again = Shape {
        timezones: Timezones::Unknown,
        ..Shape::default()
    };
    assert_eq!(shaped(&supplied, &again), bare);
    // A name of another maker is none that our service knows, so its rules are always there.
    let windows = bare.replace("US/Eastern", "Eastern Standard Time");
    let supplied = shaped(&windows, &all);
    assert!(
        supplied.contains("TZID:Eastern Standard Time\n"),
        "{supplied}"
    );
    assert_eq!(shaped(&supplied, &again), supplied);
}

#[test]
fn no_escaped_newline_becomes_a_line() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=Asia/Tokyo:20060102T120000\nSUMMARY:x\\nEND:VEVENT\\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR";
    let expand = Recurrence::Expand(window("20060101T000000Z", "20070101T000000Z"));
    let answer = shaped(
        text,
        &Shape {
            recurrence: Some(expand),
            ..Shape::default()
        },
    );
    assert_eq!(
        answer
            .lines()
            .filter(|line| *line == "BEGIN:VEVENT")
            .count(),
        1,
        "{answer}"
    );
    assert!(answer.ends_with("END:VEVENT\nEND:VCALENDAR"));
}
