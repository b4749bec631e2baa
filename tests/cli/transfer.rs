//! `strata import` and `strata export`: what comes in is what goes out.

use super::{Home, text};

const FILE: &str = "BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//somewhere//else//EN\r
METHOD:PUBLISH\r
BEGIN:VTIMEZONE\r
TZID:Home\r
BEGIN:STANDARD\r
DTSTART:19700101T000000\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0100\r
END:STANDARD\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
UID:one\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Home:20260102T100000\r
X-ODD;X-P=\"a:b\":kept as it is, fol\r
 ded here\r
SUMMARY:One\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:two\r
SEQUENCE:3\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Home:20260103T100000\r
SUMMARY:Two\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:broken\r
DTSTAMP:20260101T000000Z\r
DTSTART:someday\r
END:VEVENT\r
BEGIN:VTODO\r
UID:todo\r
DTSTAMP:20260101T000000Z\r
END:VTODO\r
END:VCALENDAR\r
";

/// Runs an import; its exit code, the summary, the rejections.
fn import(home: &Home, file: &str) -> (Option<i32>, String, String) {
    std::fs::write(home.path().join("in.ics"), file).unwrap();
    let output = home.run(&["import", "alice", "personal", "in.ics"]);
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn an_import_reports_every_object_and_can_be_repeated() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    let (code, summary, rejected) = import(&home, FILE);
    assert_eq!(code, Some(1), "{rejected}");
    assert_eq!(summary, "2 created, 0 updated, 0 unchanged, 2 rejected\n");
    assert!(
        rejected.contains("rejected: in.ics: line 28: broken: DTSTART"),
        "{rejected}"
    );
    assert!(
        rejected.contains("line 33: todo: this calendar does not take VTODO"),
        "{rejected}"
    );
    assert!(
        rejected.ends_with("strata: 2 of 4 objects were rejected\n"),
        "{rejected}"
    );

    let newer = FILE
        .replace("SUMMARY:One", "SUMMARY:One more")
        .replace("SEQUENCE:3", "SEQUENCE:2");
    let (_, summary, _) = import(&home, &newer);
    assert_eq!(
        summary,
        "0 created, 1 updated, 0 unchanged, 1 kept because what is there is newer, 2 rejected\n"
    );
    let (_, summary, _) = import(&home, &newer.replace("SEQUENCE:2", "SEQUENCE:3"));
    assert_eq!(summary, "0 created, 0 updated, 2 unchanged, 2 rejected\n");

    assert!(
        home.fails(&["import", "alice", "work", "in.ics"])
            .contains("alice has no layer work")
    );
    assert!(
        home.fails(&["export", "nobody", "personal"])
            .contains("there is no account nobody")
    );
    let missing = home.run(&["import", "alice", "personal", "nowhere.ics"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).starts_with("strata: nowhere.ics: "));
}

#[test]
fn what_is_exported_is_what_was_imported() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    home.ok(&["user", "add", "bob"]);
    import(&home, FILE);
    home.ok(&["export", "alice", "personal", "-o", "first.ics"]);
    home.ok(&["import", "bob", "personal", "first.ics"]);
    home.ok(&["export", "bob", "personal", "--output", "second.ics"]);
    let first = std::fs::read_to_string(home.path().join("first.ics")).unwrap();
    assert_eq!(
        first,
        std::fs::read_to_string(home.path().join("second.ics")).unwrap()
    );
    assert_eq!(first, home.ok(&["export", "bob", "personal"]));
    let kept = FILE.split("BEGIN:VEVENT").nth(1).unwrap();
    assert!(first.contains(kept), "{first}");
    assert_eq!(first.matches("BEGIN:VTIMEZONE").count(), 1, "{first}");
    assert!(!first.contains("METHOD"), "{first}");
    assert_eq!(
        home.ok(&["import", "alice", "personal", "second.ics"]),
        "0 created, 0 updated, 2 unchanged, 0 rejected\n"
    );
}
