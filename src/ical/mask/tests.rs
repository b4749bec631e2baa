use super::*;
use crate::ical::check;

const BUSY: Dress<'_> = Dress {
    uid: "u1",
    label: "Busy",
    stamp: 1_767_225_600,
    with_free: false,
};
const GENERIC: Dress<'_> = Dress {
    with_free: true,
    label: "Away",
    ..BUSY
};

fn object(lines: &str) -> Object {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}\r\nEND:VCALENDAR\r\n",
        lines.replace('\n', "\r\n")
    );
    Object::parse(&Bytes::from(text)).expect("an object")
}

/// The lines of a rendering in between those that are the same in all.
fn masked(lines: &str, dress: &Dress<'_>) -> Option<String> {
    let text = mask(&object(lines), dress)?;
    let again = Object::parse(&text).expect("a rendering is an object");
    check(&again, &Zone::utc()).expect("a rendering is a calendar object resource");
    assert_eq!(Measure::of(&text, dress).size(dress), text.len() as u64);
    let text = String::from_utf8(text.to_vec()).expect("text");
    let same = [
        "BEGIN:VCAL",
        "VERSION",
        "PRODID",
        "UID",
        "DTSTAMP",
        "SUMMARY",
        "CLASS",
        "END:",
    ];
    let kept = text
        .split_terminator("\r\n")
        .filter(|line| !same.iter().any(|same| line.starts_with(same)));
    Some(kept.collect::<Vec<_>>().join("\n"))
}

fn busy(lines: &str) -> Option<String> {
    masked(lines, &BUSY)
}

#[test]
fn nothing_but_the_times() {
    let text = "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nX-SECRET:1\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:secret\nDTSTAMP:20200101T000000Z\n\
        SUMMARY:Dentist\nDTSTART;TZID=Europe/Berlin;X-SECRET=1:20260105T100000\nDTEND;TZID=Europe/Berlin:20260105T110000\n\
        STATUS:CONFIRMED\nSEQUENCE:4\nORGANIZER:mailto:a@x\nBEGIN:VALARM\nACTION:DISPLAY\nEND:VALARM\nEND:VEVENT";
    let rendering = mask(&object(text), &BUSY).expect("a rendering");
    let rendering = std::str::from_utf8(&rendering).expect("text");
    let event = rendering.find("BEGIN:VEVENT").expect("an event");
    assert!(rendering.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Strata//Strata//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"));
    assert_eq!(
        &rendering[event..],
        "BEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20260105T100000\r\n\
         DTEND;TZID=Europe/Berlin:20260105T110000\r\nSUMMARY:Busy\r\nTRANSP:OPAQUE\r\nCLASS:CONFIDENTIAL\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    assert!(!rendering.contains("SECRET"));
}

/// What a person can name and describe in a zone of their own is not shown; its clock is.
#[test]
fn a_zone_of_ones_own_gets_a_number() {
    let text = "BEGIN:VTIMEZONE\nTZID:At my lover's\nTZURL:http://secret\nLAST-MODIFIED:20260101T000000Z\nBEGIN:STANDARD\n\
        DTSTART:19701025T030000\nTZOFFSETFROM:+0530\nTZOFFSETTO:+0430\nTZNAME:secret\nCOMMENT:secret\n\
        RRULE:FREQ=YEARLY;X-SECRET=1;BYDAY=-1SU;BYMONTH=10;UNTIL=20401028T003000\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:19700329T020000\n\
        RDATE:19710328T020000\nTZOFFSETFROM:+0430\nTZOFFSETTO:+0530\nEND:DAYLIGHT\nEND:VTIMEZONE\n\
        BEGIN:VTIMEZONE\nTZID:Unused\nBEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETTO:+0430\nEND:STANDARD\nEND:VTIMEZONE\n\
        BEGIN:VEVENT\nUID:1\nDTSTART;TZID=\"At my lover's\":20260105T100000\nDTEND;TZID=Nowhere:20260105T120000\nEND:VEVENT";
    let zone = "BEGIN:VTIMEZONE\nTZID:Zone-1\nBEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+0530\nTZOFFSETTO:+0430\n\
        RRULE:FREQ=YEARLY;UNTIL=20401027T190000Z;BYDAY=-1SU;BYMONTH=10\nBEGIN:DAYLIGHT\nDTSTART:19700329T020000\n\
        TZOFFSETFROM:+0430\nTZOFFSETTO:+0530\nRDATE:19710328T020000\n\
        BEGIN:VEVENT\nDTSTART;TZID=Zone-1:20260105T100000\nDTEND;TZID=Zone-1:20260105T120000\nTRANSP:OPAQUE";
    assert_eq!(busy(text).as_deref(), Some(zone));
}

#[test]
fn every_value_is_written_anew() {
    let text = "BEGIN:VEVENT\nUID:1\nDTSTART:20260105T1000\nDURATION:+P1W\nDTEND:\nrrule:count=3;freq=daily;X-A=secret\nRRULE:secret\n\
        RDATE;VALUE=PERIOD;X=secret:20260201T100000Z/PT90M,20260202T100000/20260202T110000\nRDATE:20260301,secret\n\
        EXDATE;TZID=secret:20260106T100000,20260107\nTRANSP:secret\nSTATUS:tentative\nEND:VEVENT";
    let event = "BEGIN:VEVENT\nDTSTART:20260105T100000\nDURATION:P7D\nRRULE:FREQ=DAILY;COUNT=3\n\
        RDATE;VALUE=PERIOD:20260201T100000Z/PT1H30M,20260202T100000/20260202T110000\n\
        EXDATE:20260106T100000\nEXDATE;VALUE=DATE:20260107\nTRANSP:OPAQUE\nSTATUS:TENTATIVE";
    assert_eq!(masked_unchecked(text).as_deref(), Some(event));
}

/// Of a text that no calendar would take.
fn masked_unchecked(lines: &str) -> Option<String> {
    let text = mask(&object(lines), &BUSY)?;
    let text = String::from_utf8(text.to_vec()).expect("text");
    let from = text.find("BEGIN:VEVENT")?;
    let same = ["UID", "DTSTAMP", "SUMMARY", "CLASS", "END:"];
    let kept = text[from..]
        .split_terminator("\r\n")
        .filter(|line| !same.iter().any(|same| line.starts_with(same)));
    Some(kept.collect::<Vec<_>>().join("\n"))
}

const SERIES: &str = "BEGIN:VEVENT\nUID:1\nDTSTART:20260105T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=9\nTRANSP:OPAQUE\nEND:VEVENT";

fn changed(id: &str, lines: &str) -> String {
    format!(
        "\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID{id}\nDTSTART:20260120T100000Z\n{lines}\nEND:VEVENT"
    )
}

#[test]
fn what_takes_no_time_is_left_out_of_the_series() {
    let busy_one =
        "BEGIN:VEVENT\nRECURRENCE-ID:20260106T100000Z\nDTSTART:20260120T100000Z\nTRANSP:OPAQUE";
    let series = "BEGIN:VEVENT\nDTSTART:20260105T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=9";
    let (free, cancelled) = ("TRANSP:TRANSPARENT", "STATUS:CANCELLED");
    for (overrides, rendering) in [
        (
            changed(":20260106T100000Z", "X:"),
            format!("{series}\nTRANSP:OPAQUE\n{busy_one}"),
        ),
        (
            changed(":20260106T100000Z", free),
            format!("{series}\nEXDATE:20260106T100000Z\nTRANSP:OPAQUE"),
        ),
        (
            changed(";VALUE=DATE:20260106", cancelled),
            format!("{series}\nEXDATE:20260106T100000Z\nTRANSP:OPAQUE"),
        ),
        // Of two for one occurrence the higher SEQUENCE counts.
        (
            changed(":20260106T100000Z", free) + &changed(":20260106T100000Z", "SEQUENCE:1"),
            format!("{series}\nTRANSP:OPAQUE\n{busy_one}"),
        ),
        (
            changed(":20260106T100000Z", "SEQUENCE:1\nTRANSP:TRANSPARENT")
                + &changed(":20260106T100000Z", "X:"),
            format!("{series}\nEXDATE:20260106T100000Z\nTRANSP:OPAQUE"),
        ),
        // This and all that follow.
        (
            changed(";RANGE=THISANDFUTURE:20260107T100000Z", free),
            format!(
                "{}\nEXDATE:20260107T100000Z\nTRANSP:OPAQUE",
                series.replace("COUNT=9", "UNTIL=20260107T095959Z")
            ),
        ),
        (
            changed(";RANGE=THISANDFUTURE:20260107T100000Z", free)
                + &changed(";RANGE=THISANDFUTURE:20260109T100000Z", "X:"),
            format!(
                "{series}\nEXDATE:20260107T100000Z,20260108T100000Z\nTRANSP:OPAQUE\n\
                 BEGIN:VEVENT\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260109T100000Z\nDTSTART:20260120T100000Z\nTRANSP:OPAQUE"
            ),
        ),
    ] {
        assert_eq!(
            busy(&(SERIES.to_owned() + &overrides)),
            Some(rendering),
            "{overrides}"
        );
        assert_eq!(
            outline(&object(&(SERIES.to_owned() + &overrides))),
            Outline::Bar
        );
    }
}

#[test]
fn a_free_series_shows_what_is_busy_of_it() {
    let busy_one = changed(":20260106T100000Z", "STATUS:TENTATIVE");
    let shown = "BEGIN:VEVENT\nRECURRENCE-ID:20260106T100000Z\nDTSTART:20260120T100000Z\nTRANSP:OPAQUE\nSTATUS:TENTATIVE";
    for (from, to) in [
        ("OPAQUE", "TRANSPARENT"),
        ("TRANSP:OPAQUE", "STATUS:CANCELLED"),
    ] {
        let series = SERIES.replace(from, to);
        assert_eq!(busy(&(series.clone() + &busy_one)).as_deref(), Some(shown));
        assert_eq!(busy(&series), None);
    }
    let free = SERIES.replace("OPAQUE", "TRANSPARENT");
    assert_eq!(outline(&object(&free)), Outline::Free);
    let generic = masked(&(free + &busy_one), &GENERIC).expect("a rendering");
    assert!(
        generic.contains("COUNT=9\nTRANSP:TRANSPARENT\nBEGIN:VEVENT"),
        "{generic}"
    );
    assert!(generic.ends_with("TRANSP:OPAQUE\nSTATUS:TENTATIVE"));
}

#[test]
fn what_has_no_bar() {
    let single = "BEGIN:VEVENT\nUID:1\nDTSTART:20260105T100000Z\nEND:VEVENT";
    assert_eq!(outline(&object(single)), Outline::Bar);
    let hidden = changed(":20260105T100000Z", "TRANSP:TRANSPARENT");
    assert_eq!(
        outline(&object(&(single.to_owned() + &hidden))),
        Outline::Free
    );
    for none in [
        single.replace("UID", "STATUS:CANCELLED\nUID"),
        single.replace("VEVENT", "VTODO"),
        single.replace("VEVENT", "VJOURNAL"),
        single.replace("VEVENT", "VFREEBUSY"),
        single.to_owned() + "\nBEGIN:VTODO\nUID:1\nEND:VTODO",
        single.to_owned() + "\n" + single,
        single.replace("UID:1", "UID:2") + "\n" + single,
    ] {
        assert_eq!(outline(&object(&none)), Outline::None, "{none}");
        assert_eq!(mask(&object(&none), &BUSY), None);
        assert_eq!(mask(&object(&none), &GENERIC), None);
    }
    let known = single.to_owned() + "\nBEGIN:X-NOTES\nSUMMARY:secret\nEND:X-NOTES";
    assert_eq!(busy(&known), busy(single));
}

#[test]
fn the_size_is_known_for_any_label() {
    let text = object(&(SERIES.to_owned() + &changed(":20260106T100000Z", "X:")));
    let rendering = mask(&text, &BUSY).expect("a rendering");
    let measure = Measure::of(&rendering, &BUSY);
    assert_eq!(measure.events, 2);
    for label in [
        "",
        "x",
        "a,b;c\nd\\",
        "\u{e9}\u{1F600}",
        "Assignment follow-up",
        &"long \u{e9} ".repeat(40),
    ] {
        for uid in ["1", &"f".repeat(90)] {
            let dress = Dress { label, uid, ..BUSY };
            let rendering = mask(&text, &dress).expect("a rendering");
            assert_eq!(measure.size(&dress), rendering.len() as u64, "{label}");
            assert_eq!(Measure::of(&rendering, &dress), measure);
        }
    }
}

/// However many changes of all that follows there are, the work is that of one object.
#[test]
fn what_would_take_too_long_is_not_shown() {
    let mut text = SERIES.replace("FREQ=DAILY;COUNT=9", "FREQ=SECONDLY");
    for day in 6..28 {
        let state = if day % 2 == 0 {
            "TRANSP:TRANSPARENT"
        } else {
            "X:"
        };
        text += &changed(
            &format!(";RANGE=THISANDFUTURE:202601{day:02}T100000Z"),
            state,
        );
    }
    assert_eq!(busy(&text), None);
    assert_eq!(outline(&object(&text)), Outline::Free);
}
