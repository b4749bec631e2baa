use proptest::prelude::*;

use super::*;

const OWNERS: &str = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT1H\r\nDESCRIPTION:owner\r\n\
                      ACKNOWLEDGED:20260101T000000Z\r\nEND:VALARM\r\n";

fn alarm(who: &str, minutes: u8) -> String {
    format!(
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT{minutes}M\r\nDESCRIPTION:{who}\r\nEND:VALARM\r\n"
    )
}

fn event(id: &str, summary: &str, own: &str, alarms: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T090000Z\r\n{id}{own}SUMMARY:{summary}\r\n{alarms}END:VEVENT\r\n"
    )
}

fn object(events: &str) -> Object {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n");
    Object::parse(&text.into()).unwrap()
}

fn read(text: Bytes) -> Object {
    Object::parse(&text).unwrap()
}

fn words(object: &Object) -> String {
    String::from_utf8(object.text().to_vec()).unwrap()
}

const EXCEPTION: &str = "RECURRENCE-ID:20260112T090000Z\r\n";

#[test]
fn whose_alarms_a_reader_sees() {
    let stored = object(&event(
        "",
        "a",
        "X-MOZ-LASTACK:20260101T000000Z\r\n",
        OWNERS,
    ));
    let none = words(&read(put_on(&stored, None, &Ringing::None)));
    assert!(
        !none.contains("VALARM") && !none.contains("X-MOZ"),
        "{none}"
    );
    let owners = words(&read(put_on(&stored, None, &Ringing::Owners)));
    assert!(
        owners.contains("TRIGGER:-PT1H") && !owners.contains("ACKNOWLEDGED"),
        "{owners}"
    );
    let defaults = Defaults {
        event: alarm("default", 5),
        ..Defaults::default()
    };
    let own = words(&read(put_on(&stored, None, &Ringing::Own(defaults))));
    assert!(
        own.contains("DESCRIPTION:default") && !own.contains("DESCRIPTION:owner"),
        "{own}"
    );
}

#[test]
fn nothing_of_ones_own_needs_no_overlay() {
    let stored = object(&event("", "a", "TRANSP:TRANSPARENT\r\n", OWNERS));
    for ringing in [Ringing::None, Ringing::Owners] {
        let seen = read(put_on(&stored, None, &ringing));
        assert_eq!(own(&seen, &stored, &ringing), None);
        assert!(same(&seen, &stored));
    }
}

#[test]
fn a_taken_away_alarm_stays_away() {
    let stored = object(&event("", "a", "", OWNERS));
    let sent = object(&event("", "a", "", ""));
    let kept = read(own(&sent, &stored, &Ringing::Owners).unwrap());
    assert_eq!(put_on(&stored, Some(&kept), &Ringing::Owners), *sent.text());
}

#[test]
fn a_new_exception_has_what_the_series_has() {
    let stored = object(&event("", "a", "COLOR:red\r\n", OWNERS));
    let sent = object(
        &(event("", "a", "", &alarm("bob", 1)) + &event(EXCEPTION, "b", "", &alarm("bob", 2))),
    );
    let restored = words(&read(restore(&sent, Some(&stored))));
    assert_eq!(
        restored.matches("DESCRIPTION:owner").count(),
        2,
        "{restored}"
    );
    assert_eq!(restored.matches("COLOR:red").count(), 2);
    assert!(!restored.contains("bob"));
}

#[test]
fn what_clients_restate_is_no_change() {
    let stored = object(&event("", "a", "", OWNERS));
    let restated = words(&stored)
        .replace("DTSTAMP:2026", "DTSTAMP:2027")
        .replace("PRODID:x", "PRODID:y")
        .replace("SUMMARY:a", "SUMMARY\r\n :a");
    assert!(same(&stored, &read(restated.into())));
    assert!(!same(&stored, &object(&event("", "b", "", OWNERS))));
    assert!(!same(
        &stored,
        &object(&(event("", "a", "", "") + &event(EXCEPTION, "a", "", "")))
    ));
}

fn own_lines() -> impl Strategy<Value = (String, u8)> {
    let lines = prop::sample::subsequence(
        vec![
            "TRANSP:TRANSPARENT\r\n",
            "COLOR:blue\r\n",
            "X-MOZ-LASTACK:20260102T000000Z\r\n",
            "X-MOZ-SNOOZE-TIME:20260103T000000Z\r\n",
        ],
        0..=4,
    );
    (lines.prop_map(|lines| lines.concat()), 0..3u8)
}

fn alarms(who: &str, count: u8) -> String {
    (0..count).map(|minutes| alarm(who, minutes)).collect()
}

fn ringings() -> impl Strategy<Value = Ringing> {
    prop::sample::select(vec![Ringing::None, Ringing::Owners])
}

proptest! {
    /// What a sharee sends is what they read, and to others nothing of it shows.
    #[test]
    fn a_sharee_reads_what_they_sent(
        stored in prop::collection::vec(own_lines(), 2),
        sent in prop::collection::vec(own_lines(), 2),
        summary in prop::sample::select(vec!["a", "z"]),
        ringing in ringings(),
    ) {
        let make = |who: &str, summary: &str, of: &[(String, u8)]| {
            let ids = ["", EXCEPTION];
            let events: String = ids.iter().zip(of).map(|(id, (lines, count))| event(id, summary, lines, &alarms(who, *count))).collect();
            object(&events)
        };
        let owners = make("owner", "a", &stored);
        let bobs = make("bob", summary, &sent);
        prop_assert_eq!(same(&bobs, &owners), summary == "a");
        let restored = read(restore(&bobs, Some(&owners)));
        prop_assert!(!words(&restored).contains("DESCRIPTION:bob"));
        let kept = |object: &Object| bearers(object).map(|it| facets(object.text(), &it).map(|it| it.said)).collect::<Vec<_>>();
        prop_assert_eq!(kept(&restored), kept(&owners));
        prop_assert!(same(&restored, &bobs));
        let overlay = own(&bobs, &restored, &ringing).map(read);
        let seen = read(put_on(&restored, overlay.as_ref(), &ringing));
        prop_assert!(same(&seen, &bobs));
        prop_assert_eq!(kept(&seen), kept(&bobs));
        let carols = words(&read(put_on(&restored, None, &ringing)));
        prop_assert!(!carols.contains("DESCRIPTION:bob") && !carols.contains("X-MOZ"));
        // What was read and is sent again changes nothing.
        prop_assert_eq!(own(&seen, &restored, &ringing).map(read).map(|it| words(&it)).is_some(), overlay.is_some());
    }
}
