use super::*;

fn pieces(text: &str) -> Vec<Result<Piece, ParseError>> {
    split(&Bytes::copy_from_slice(text.as_bytes())).collect()
}

#[test]
fn one_object_is_stored_as_it_is() {
    let text = "\u{feff}BEGIN:VCALENDAR\nX-WR-CALNAME:x\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:1\nEND:VEVENT\nEND:VCALENDAR";
    let all = pieces(text);
    let [Ok(piece)] = all.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!(
        (
            piece.object.text().as_ref(),
            piece.uid.as_deref(),
            piece.line
        ),
        (text.as_bytes(), Some("1"), 3)
    );
}

#[test]
fn a_feed_becomes_objects_with_their_zones() {
    let text = "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:PUBLISH\nX-WR-CALNAME:x\nBEGIN:VTIMEZONE\nTZID:A\nEND:VTIMEZONE\n\
        BEGIN:VEVENT\nUID:1\nDTSTART;TZID=A:20260101T100000\nEND:VEVENT\nBEGIN:VTODO\nUID:1\nEND:VTODO\n\
        BEGIN:VEVENT\nUID:2\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:1\nEND:VEVENT\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n\
        BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:3\nEND:VEVENT\nEND:VCALENDAR";
    let all: Vec<_> = pieces(text)
        .into_iter()
        .map(|piece| piece.expect("a piece"))
        .collect();
    let uids: Vec<_> = all
        .iter()
        .map(|piece| (piece.uid.as_deref(), piece.line))
        .collect();
    assert_eq!(
        uids,
        [
            (Some("1"), 8),
            (Some("1"), 12),
            (Some("2"), 15),
            (None, 22),
            (Some("3"), 26)
        ]
    );
    let first = String::from_utf8_lossy(all[0].object.text()).replace("\r\n", "\n");
    assert_eq!(
        first,
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:A\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=A:20260101T100000\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:1\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    assert!(
        all.iter()
            .all(|piece| Object::parse(piece.object.text()).is_ok())
    );
}

/// Found by fuzzing: what is said of the calendar must not make its objects unreadable.
#[test]
fn every_piece_is_an_object() {
    let latin = b"BEGIN:VCALENDAR\nPRODID:f\xfcr\nVERSION:2.0\0\nCALSCALE:GREGORIAN\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\nx";
    let all: Vec<_> = split(&Bytes::from_static(latin)).collect();
    let refused = all.iter().filter_map(|piece| piece.as_ref().err());
    assert_eq!(
        refused.map(|error| error.line).collect::<Vec<_>>(),
        [2, 3, 9]
    );
    let text = all
        .into_iter()
        .find_map(Result::ok)
        .expect("a piece")
        .object
        .text()
        .clone();
    let object = Object::parse(&text).expect("an object");
    assert!(
        object.calendar().property("CALSCALE").is_some()
            && object.calendar().property("PRODID").is_none()
    );
    let (begin, end) = ("BEGIN:VEVENT\n".repeat(2), "END:VEVENT\n".repeat(2));
    let deep = format!(
        "{begin}{}{}{end}",
        "BEGIN:X\n".repeat(14),
        "END:X\n".repeat(14)
    );
    let deep = format!("BEGIN:VTODO\n{deep}END:VTODO\n");
    assert!(pieces(&deep).iter().all(Result::is_err), "{deep}");
}

#[test]
fn broken_parts_are_refused_alone() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nlost text\nEND:VEVENT\nBEGIN:VEVENT\nUID:3\n\
        BEGIN:VEVENT\nUID:4\nBEGIN:VALARM\nEND:VEVENT\nBEGIN:VEVENT\nUID:5\nEND:VEVENT\nEND:VCALENDAR\nEND:VTODO";
    let all: Vec<_> = pieces(text)
        .into_iter()
        .map(|piece| piece.map(|piece| piece.uid).map_err(|error| error.line))
        .collect();
    assert_eq!(
        all,
        [
            Ok(Some("1".to_owned())),
            Err(7),
            Err(9),
            Err(14),
            Ok(Some("5".to_owned())),
            Err(19)
        ]
    );
    let reply = "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR";
    assert!(
        matches!(pieces(reply).as_slice(), [Err(error)] if error.reason.contains("REPLY") && error.line == 3)
    );
    assert!(matches!(
        pieces("BEGIN:VEVENT\nUID:1\nEND:VEVENT").as_slice(),
        [Ok(_)]
    ));
    assert!(matches!(pieces("hello").as_slice(), [Err(_)]));
    assert!(pieces("").is_empty());
}
