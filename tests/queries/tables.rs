//! The tables of RFC 4791 section 9.9, row by row.

use strata::ical::Zone;
use strata::ical::filter::CompFilter;

use super::{calendar, comp, object, window};

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
