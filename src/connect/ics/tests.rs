use proptest::prelude::*;

use super::*;

fn event(uid: &str, more: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260601T100000Z\r\n{more}END:VEVENT\r\n"
    )
}

fn feed(head: &str, inside: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{head}{inside}END:VCALENDAR\r\n")
}

fn read_text(text: &str) -> Result<Reading, Unreadable> {
    read(&Bytes::copy_from_slice(text.as_bytes()), 1000)
}

fn reading(text: &str) -> Reading {
    read_text(text).unwrap()
}

// K-38
#[test]
fn what_is_not_a_whole_calendar_is_none() {
    let whole = feed("", &event("1", ""));
    for (text, why) in [
        ("", Unreadable::Empty),
        (" \r\n\r\n", Unreadable::Empty),
        ("<!DOCTYPE html><html>Sign in</html>", Unreadable::Page),
        ("404 not found", Unreadable::Other),
        ("BEGIN:VEVENT\r\nEND:VEVENT\r\n", Unreadable::Other),
        ("BEGIN:VCALENDAR\r\n", Unreadable::Half),
        (
            &format!("{whole}BEGIN:VCALENDAR\r\n{}", event("2", "")),
            Unreadable::Half,
        ),
    ] {
        assert_eq!(read_text(text).err(), Some(why), "{text}");
    }
    // Cut at any place at all.
    for length in 1..whole.trim_end().len() {
        let cut = whole.get(..length).unwrap();
        assert!(read_text(cut).is_err(), "{cut:?}");
    }
    for text in [
        whole.clone(),
        format!("\u{feff}{whole}\r\n\r\n"),
        whole.replace("\r\n", "\n"),
        whole.replace("\r\n", "\r"),
        whole.to_lowercase(),
    ] {
        assert_eq!(reading(&text).offered.len(), 1, "{text:?}");
    }
}

// E-055
#[test]
fn what_the_calendar_says_of_itself_is_heard() {
    let of = |head: &str| {
        let reading = reading(&feed(head, &event("1", "")));
        (reading.name, reading.pause)
    };
    assert_eq!(of(""), (None, None));
    assert_eq!(
        of("X-WR-CALNAME:US\\, holidays\r\nX-PUBLISHED-TTL:PT12H\r\n"),
        (Some("US, holidays".to_owned()), Some(43_200))
    );
    assert_eq!(
        of(
            "NAME:a\r\nX-WR-CALNAME:b\r\nREFRESH-INTERVAL;VALUE=DURATION:P1W\r\nX-PUBLISHED-TTL:PT1H\r\n"
        ),
        (Some("a".to_owned()), Some(7 * 86_400))
    );
    // What no header and no database could hold is no part of a name.
    assert_eq!(of("NAME:a\u{7}b\\nc\r\n").0.as_deref(), Some("abc"));
    assert_eq!(of("REFRESH-INTERVAL:P1000D\r\n").1, Some(LONGEST_PAUSE));
    assert_eq!(of("REFRESH-INTERVAL:-PT1H\r\n").1, None);
    assert_eq!(of("REFRESH-INTERVAL:often\r\n").1, None);
}

// K-39
#[test]
fn one_uid_is_one_resource_wherever_its_parts_stand() {
    let series = event("1", "RRULE:FREQ=DAILY;COUNT=5\r\nSUMMARY:all\r\n");
    let one = event("1", "RECURRENCE-ID:20260602T100000Z\r\nSUMMARY:one\r\n");
    let separate = format!(
        "{}{}",
        feed("", &format!("{series}{}", event("2", ""))),
        feed("", &one)
    );
    let together = feed("", &format!("{series}{one}{}", event("2", "")));
    for text in [separate, together] {
        let reading = reading(&text);
        let uids: Vec<_> = reading.offered.iter().map(|it| it.uid.as_str()).collect();
        assert_eq!((uids, reading.refused.len()), (vec!["1", "2"], 0));
        assert_eq!(reading.offered[0].object.components().count(), 2);
    }
}

#[test]
fn of_two_that_are_the_same_the_newer_counts_and_the_other_is_named() {
    let old = event("1", "SEQUENCE:1\r\nSUMMARY:old\r\n");
    let new = event("1", "SEQUENCE:2\r\nSUMMARY:new\r\n");
    for text in [
        feed("", &format!("{old}{new}")),
        feed("", &format!("{new}{old}")),
    ] {
        let reading = reading(&text);
        let text = String::from_utf8(reading.offered[0].object.text().to_vec()).unwrap();
        assert!(
            text.contains("SUMMARY:new") && !text.contains("old"),
            "{text}"
        );
        assert_eq!(reading.refused.len(), 1);
        assert_eq!(reading.refused[0].uid.as_deref(), Some("1"));
    }
    // A copy is no rival.
    let twice = reading(&feed("", &new.repeat(2)));
    assert_eq!((twice.offered.len(), twice.refused.len()), (1, 0));
    let task = new.replace("VEVENT", "VTODO");
    let mixed = reading(&feed("", &format!("{new}{task}")));
    assert_eq!((mixed.offered.len(), mixed.refused.len()), (1, 1));
}

#[test]
fn what_has_no_uid_is_called_after_what_it_says() {
    let bare =
        |summary: &str| event("1", &format!("SUMMARY:{summary}\r\n")).replace("UID:1\r\n", "");
    let uids = |text: &str| -> Vec<_> {
        let reading = reading(text);
        reading.offered.into_iter().map(|it| it.uid).collect()
    };
    let one = uids(&feed("", &format!("{}{}", bare("a"), bare("b"))));
    let other = uids(&feed(
        "",
        &format!("{}{}", bare("b"), bare("a").replace("20260101", "20270101")),
    ));
    assert_eq!(one.len(), 2);
    assert_eq!(
        one.iter().rev().collect::<Vec<_>>(),
        other.iter().collect::<Vec<_>>()
    );
    let reading = reading(&feed("", &bare("a")));
    let object = &reading.offered[0].object;
    let event = object.components().next().unwrap();
    assert_eq!(event.property("UID").unwrap().value(), one[0]);
}

#[test]
fn a_broken_part_does_not_take_the_rest_with_it() {
    let broken = "BEGIN:VEVENT\r\nUID:2\r\nthis is no line\r\nEND:VEVENT\r\n";
    let reading = reading(&feed(
        "",
        &format!("{}{broken}{}", event("1", ""), event("3", "")),
    ));
    assert_eq!((reading.offered.len(), reading.unreadable), (2, 1));
    assert!(
        reading.refused[0].why.contains("no colon"),
        "{:?}",
        reading.refused
    );
    assert!(reading.refused[0].line > 3);
}

#[test]
fn who_may_see_an_item_is_not_the_publishers_to_say() {
    let said = "SUMMARY:a\r\nX-STRATA-VISIBILITY:public\r\nx-strata-details-to:everyone\r\n";
    let reading = reading(&feed("", &event("1", said)));
    let text = String::from_utf8(reading.offered[0].object.text().to_vec()).unwrap();
    assert!(text.contains("SUMMARY:a"), "{text}");
    assert!(!text.to_uppercase().contains("X-STRATA"), "{text}");
}

// E-209, K-20
#[test]
fn number_and_size_are_bounded() {
    let many: String = (0..1001)
        .map(|number| event(&number.to_string(), ""))
        .collect();
    assert_eq!(
        read_text(&feed("", &many)).err(),
        Some(Unreadable::TooMany(1000))
    );
    let series: String = (0..2000)
        .map(|day| event("1", &format!("RECURRENCE-ID:2026{day:04}T100000Z\r\n")))
        .collect();
    assert_eq!(reading(&feed("", &series)).offered.len(), 1);
    // Time zones that every event drags along.
    let zone = |number: usize| {
        let history = format!("X-HISTORY:{}\r\n", "x".repeat(60_000));
        format!("BEGIN:VTIMEZONE\r\nTZID:{number}\r\n{history}END:VTIMEZONE\r\n")
    };
    let zones: String = (0..20).map(zone).collect();
    let named: String = (0..20)
        .map(|number| format!("EXDATE;TZID={number}:20260601T100000\r\n"))
        .collect();
    let events: String = (0..900)
        .map(|number| event(&number.to_string(), &named))
        .collect();
    let dragged = read_text(&feed("", &format!("{zones}{events}")));
    assert!(
        matches!(dragged, Err(Unreadable::TooLarge(_))),
        "{:?}",
        dragged.err()
    );
}

#[test]
fn when_to_come_back_is_heard_in_both_forms() {
    let of = |value: &'static str| {
        let value = crate::http::HeaderValue::from_static(value);
        retry_after(
            &HeaderMap::from_iter([(header::RETRY_AFTER, value)]),
            784_111_777,
        )
    };
    assert_eq!(of("120"), Some(120));
    assert_eq!(of("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
    assert_eq!(of("Sun, 06 Nov 1994 08:40:37 GMT"), None);
    assert_eq!(
        (of("-5"), of("soon"), of("999999999")),
        (None, None, Some(86_400))
    );
}

proptest! {
    /// Whatever order the events stand in and whenever they were stamped, the feed says the same.
    #[test]
    fn order_and_stamps_say_nothing(order in Just((0..20_usize).collect::<Vec<_>>()).prop_shuffle(), year in 2000..2030) {
        let said = |order: &[usize], year: i32| {
            let events: String = order.iter().map(|number| {
                event(&format!("u{number}"), &format!("SUMMARY:{number}\r\n"))
                    .replace("DTSTAMP:2026", &format!("DTSTAMP:{year}"))
            }).collect();
            let mut said: Vec<_> = reading(&feed("", &events)).offered.iter()
                .map(|it| (it.uid.clone(), likeness(&it.object, true))).collect();
            said.sort();
            said
        };
        let plain: Vec<usize> = (0..20).collect();
        prop_assert_eq!(said(&plain, 2026), said(&order, year));
    }

    /// No text ends the reader, and no reading holds more than it may.
    #[test]
    fn any_text_is_read_or_refused(text in "(BEGIN:VCALENDAR\r\n)?((BEGIN|END):(VEVENT|VTODO|VTIMEZONE|VCALENDAR)\r\n|UID:[ab]\r\n|TZID:x\r\n|[ -~]{0,12}\r\n){0,30}(END:VCALENDAR\r\n)?") {
        if let Ok(reading) = read(&Bytes::from(text), 3) {
            prop_assert!(reading.offered.len() <= 3);
        }
    }
}

/// Whatever has one UID is put together in a time that grows with it and no faster.
#[test]
fn a_series_of_very_many_exceptions_is_read() {
    let one = |number: u32| {
        let (day, second) = (number / 86_400 + 1, number % 86_400);
        let clock = format!(
            "{:02}{:02}{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60
        );
        format!(
            "BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:202601{day:02}T{clock}Z\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\n"
        )
    };
    let took = |count: u32| {
        let text = feed("", &(0..count).map(one).collect::<String>());
        let began = std::time::Instant::now();
        let reading = reading(&text);
        assert_eq!((reading.offered.len(), reading.refused.len()), (1, 0));
        began.elapsed()
    };
    let (some, many) = (took(5_000), took(40_000));
    assert!(many < some * 24, "{some:?}, {many:?}");
}
