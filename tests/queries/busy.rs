//! Free-busy over appendix B of RFC 4791, and the examples of RFC 7953.

use strata::ical::Zone;
use strata::ical::busy::{self, Kind, Period};

use super::{appendix_b, instant, object};

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
