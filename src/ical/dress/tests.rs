use super::*;
use crate::ical::{Zone, check};

const PLAIN: Attire<'_> = Attire {
    uid: None,
    prefix: "",
    color: None,
    alarms: Alarms::Kept,
};
const VIEW: Attire<'_> = Attire {
    uid: Some("u1"),
    prefix: "Bob: ",
    color: Some("orange"),
    alarms: Alarms::Without,
};

fn calendar(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{lines}END:VCALENDAR\r\n")
}

fn dressed(text: &str, attire: &Attire<'_>) -> String {
    let object = Object::parse(&Bytes::copy_from_slice(text.as_bytes())).expect("an object");
    let text = dress(&object, attire);
    Object::parse(&text).expect("still an object");
    String::from_utf8(text.to_vec()).expect("UTF-8")
}

#[test]
fn without_attire_not_a_byte_changes() {
    let text = calendar(
        "X-WR-CALNAME:a\r\nBEGIN:VEVENT\r\nUID:1\r\nSUM\r\n MARY:x\r\nRELATED-TO:2\r\nCOLOR:red\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\n\
         END:VALARM\r\nEND:VEVENT\r\n",
    );
    assert_eq!(dressed(&text, &PLAIN), text);
}

#[test]
fn every_component_is_dressed_and_the_rest_stays_as_it_was_written() {
    let zone = "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:1\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let folded = "DESCRIPTION;ALTREP=\"cid:a\r\n :b\":lo\r\n\tng\r\n";
    let text = calendar(&format!(
        "UID:calendar\r\nX-WR-CALNAME:My secret layer\r\nNAME:the same\r\n{zone}BEGIN:VEVENT\r\nUID:real@host\r\nDTSTART:20260101T100000Z\r\n\
         X-STRATA-VISIBILITY:PUBLIC\r\n{folded}SUMMARY;LANGUAGE=de:Zahnarzt\\, um zehn\r\nCOLOR:red\r\nRELATED-TO;RELTYPE=PARENT:other@host\r\n\
         BEGIN:VALARM\r\nUID:alarm\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID;X-A=1:real@host\r\n\
         RECURRENCE-ID:20260102T100000Z\r\nDTSTART:20260102T110000Z\r\nEND:VEVENT\r\n"
    ));
    let expected = calendar(&format!(
        "{zone}BEGIN:VEVENT\r\nCOLOR:orange\r\nUID:u1\r\nDTSTART:20260101T100000Z\r\n{folded}SUMMARY;LANGUAGE=de:Bob: Zahnarzt\\, um zehn\r\n\
         END:VEVENT\r\nBEGIN:VEVENT\r\nCOLOR:orange\r\nSUMMARY:Bob:\r\nUID:u1\r\nRECURRENCE-ID:20260102T100000Z\r\n\
         DTSTART:20260102T110000Z\r\nEND:VEVENT\r\n"
    ));
    assert_eq!(dressed(&text, &VIEW), expected);
}

#[test]
fn what_is_inside_of_a_component_keeps_its_uid_and_no_word_to_the_rules() {
    let text = calendar(
        "BEGIN:VTODO\r\nBEGIN:PARTICIPANT\r\nUID:p\r\nx-strata-details-to:NOBODY\r\nEND:PARTICIPANT\r\nEND:VTODO\r\n",
    );
    let expected = calendar(
        "BEGIN:VTODO\r\nCOLOR:orange\r\nUID:u1\r\nSUMMARY:Bob:\r\nBEGIN:PARTICIPANT\r\nUID:p\r\nEND:PARTICIPANT\r\nEND:VTODO\r\n",
    );
    assert_eq!(dressed(&text, &VIEW), expected);
}

#[test]
fn line_ends_of_any_kind_are_continued() {
    for ends in ["\n", "\r", "\r\n", "\r\r\n"] {
        let text =
            calendar("BEGIN:VJOURNAL\r\nSUMMARY:a\r\nEND:VJOURNAL\r\n").replace("\r\n", ends);
        let expected = calendar(
            "BEGIN:VJOURNAL\r\nCOLOR:orange\r\nUID:u1\r\nSUMMARY:Bob: a\r\nEND:VJOURNAL\r\n",
        );
        assert_eq!(dressed(&text, &VIEW), expected.replace("\r\n", ends));
    }
}

#[test]
fn a_marked_line_is_folded_where_it_grows_too_long() {
    let long = "x".repeat(60);
    let attire = Attire {
        prefix: "Die Abteilung f\u{fc}r \u{c4}rger; und: ",
        ..PLAIN
    };
    for summary in [
        format!("SUMMARY:{long}\r\n"),
        format!("SUMMARY:{long}\r\n {long}\r\n"),
        format!("SUMMARY;ALTREP=\"{long}\r\n {long}\":{long}\r\n"),
    ] {
        let text = calendar(&format!("BEGIN:VEVENT\r\n{summary}END:VEVENT\r\n"));
        let text = dressed(&text, &attire);
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        let object = Object::parse(&text.into()).expect("an object");
        let event = object.components().next().expect("an event");
        let summary = event.property("SUMMARY").expect("a summary");
        assert!(
            summary
                .text()
                .starts_with(&format!("{}{long}", attire.prefix))
        );
    }
}

#[test]
fn a_prefix_cannot_become_a_line() {
    let attire = Attire {
        prefix: "x\r\nEND:VEVENT\\",
        ..VIEW
    };
    let text = calendar(
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nSUMMARY:n\r\nEND:VEVENT\r\n",
    );
    let object = Object::parse(&dressed(&text, &attire).into()).expect("an object");
    check(&object, &Zone::utc()).expect("one event");
    let event = object.components().next().expect("an event");
    assert_eq!(
        event.property("SUMMARY").expect("a summary").text(),
        "x\nEND:VEVENT\\n"
    );
}
