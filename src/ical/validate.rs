//! What a calendar object resource must be (RFC 4791 sections 4.1 and 5.3.2.1), and what the store keeps of it as index.
//!
//! Strict where objects could not be told apart or placed in time; liberal where the meaning is plain: PRODID, VERSION and
//! DTSTAMP may lack (calcurse), a UTC or local UNTIL, an EXDATE of the other type, DTEND beside DURATION (Outlook), empty
//! properties, two overrides of one RECURRENCE-ID (mixed clients; the highest SEQUENCE counts), TZID without VTIMEZONE.

use std::borrow::Cow;

use super::component::Component;
use super::gate::{Reading, second_reading};
use super::recur::{BadRule, Rule};
use super::span::{Reach, present, reach};
use super::time::Time;
use super::zones::Zones;
use super::{Object, ParseError, Zone};

/// What RFC 4791 section 4.1 asks of an object, and the index that the store keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub uid: String,
    /// VEVENT, VTODO, … in upper case.
    pub component: &'static str,
    /// Seconds since 1970; `None`: open.
    pub first: Option<i64>,
    pub last: Option<i64>,
    /// ATTENDEE lines of the component that has most (RFC 4791 section 5.2.9: per instance).
    pub attendees: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// METHOD, no UID, two UIDs, mixed components, two masters, … (`valid-calendar-object-resource`)
    #[error("{0}")]
    Object(String),
    /// The data itself is broken where it matters (DTSTART missing or unreadable, …) (`valid-calendar-data`)
    #[error(transparent)]
    Data(#[from] ParseError),
    /// RSCALE names a calendar system that is not known here (RFC 7529 section 10, `supported-rscale`)
    #[error("this server does not know the calendar system {0}")]
    Scale(String),
    /// A component that no calendar takes (`supported-calendar-component`)
    #[error("{0}")]
    Component(String),
}

/// What a calendar can hold.
pub const COMPONENTS: [&str; 5] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"];

/// `zone` resolves floating and all-day times for the index.
pub fn check(object: &Object, zone: &Zone) -> Result<Checked, Invalid> {
    let calendar = object.calendar();
    if let Some(version) =
        present(&calendar, "VERSION").filter(|version| version.value().trim() == "1.0")
    {
        return Err(version
            .error("this is vCalendar 1.0, not iCalendar 2.0")
            .into());
    }
    if let Some(method) = calendar.property("METHOD") {
        let reason = format!(
            "a stored calendar object has no METHOD, but this one has METHOD:{}",
            method.value().trim()
        );
        return Err(Invalid::Object(reason));
    }
    let (component, parts) = one_type(object)?;
    let uid = one_uid(&parts)?;
    one_master(&parts)?;
    if let Reading::Different(error) = second_reading(object) {
        return Err(error.into());
    }
    parts.iter().try_for_each(known_scales)?;
    let zones = Zones::new(object, zone);
    let mut all: Option<Reach> = None;
    for part in &parts {
        let own = place(part, component, &zones)?;
        all = Some(all.map_or(own, |all| all.union(own)));
    }
    let reach = following(
        &parts,
        all.unwrap_or(Reach {
            first: None,
            last: None,
        }),
        &zones,
    )?;
    let attendees = parts
        .iter()
        .map(|part| part.properties_named("ATTENDEE").count())
        .max()
        .unwrap_or(0);
    Ok(Checked {
        uid,
        component,
        first: reach.first,
        last: reach.last,
        attendees,
    })
}

/// "MUST NOT contain more than one type of calendar component […], with the exception of VTIMEZONE".
///
/// Experimental components beside them are carried along, as their X- asks for.
fn one_type(object: &Object) -> Result<(&'static str, Vec<Component<'_>>), Invalid> {
    let experimental = |component: &Component<'_>| component.name().starts_with("X-");
    let parts: Vec<_> = object
        .components()
        .filter(|component| !component.is("VTIMEZONE") && !experimental(component))
        .collect();
    let Some(first) = parts.first() else {
        return Err(Invalid::Object(
            "the calendar holds no event, to-do, journal or other component".to_owned(),
        ));
    };
    let name = first.name();
    if let Some(other) = parts.iter().find(|part| !part.is(&name)) {
        let reason = format!(
            "a calendar object holds components of one type, but here are {name} and {}",
            other.name()
        );
        return Err(Invalid::Object(reason));
    }
    match COMPONENTS.iter().find(|known| **known == name) {
        Some(known) => Ok((known, parts)),
        None => Err(Invalid::Component(name)),
    }
}

fn known_scales(part: &Component<'_>) -> Result<(), Invalid> {
    for rule in part.properties_named("RRULE") {
        if let Err(BadRule::Scale(name)) = Rule::parse(&rule.value()) {
            return Err(Invalid::Scale(name));
        }
    }
    part.children().try_for_each(|child| known_scales(&child))
}

/// "The same UID MUST be specified in all components".
fn one_uid(parts: &[Component<'_>]) -> Result<String, Invalid> {
    let mut uid: Option<Cow<'_, str>> = None;
    for part in parts {
        let mut own = part
            .properties_named("UID")
            .map(|uid| uid.text())
            .filter(|uid| !uid.trim().is_empty())
            .peekable();
        if own.peek().is_none() {
            return Err(Invalid::Object(format!(
                "line {}: this {} has no UID",
                part.line(),
                part.name()
            )));
        }
        for own in own {
            match &uid {
                None => uid = Some(own),
                Some(uid) if uid.trim() == own.trim() => {}
                Some(uid) => {
                    let reason = format!(
                        "a calendar object has one UID, but here are {} and {}",
                        uid.trim(),
                        own.trim()
                    );
                    return Err(Invalid::Object(reason));
                }
            }
        }
    }
    Ok(uid.unwrap_or_default().trim().to_owned())
}

/// Components of one UID are one recurrence set: one master, and overrides with RECURRENCE-ID.
fn one_master(parts: &[Component<'_>]) -> Result<(), Invalid> {
    let mut masters = parts
        .iter()
        .filter(|part| part.property("RECURRENCE-ID").is_none());
    match (masters.next(), masters.next()) {
        (Some(_), Some(second)) => {
            let (line, name) = (second.line(), second.name());
            Err(Invalid::Object(format!(
                "line {line}: a second {name} of the same UID has no RECURRENCE-ID either"
            )))
        }
        _ => Ok(()),
    }
}

fn place(part: &Component<'_>, component: &str, zones: &Zones<'_>) -> Result<Reach, ParseError> {
    // RFC 5545 section 3.6.1: "REQUIRED if the component appears in an iCalendar object that doesn't specify METHOD".
    if component == "VEVENT" && present(part, "DTSTART").is_none() {
        return Err(part.error("this VEVENT has no DTSTART"));
    }
    if let Some(id) = present(part, "RECURRENCE-ID") {
        zones.time(&id)?;
    }
    reach(part, zones)
}

/// An override for this and all that follow moves the rest of the series with it (RFC 5545 section 3.2.13).
fn following(
    parts: &[Component<'_>],
    mut all: Reach,
    zones: &Zones<'_>,
) -> Result<Reach, ParseError> {
    for part in parts {
        let Some(id) = present(part, "RECURRENCE-ID").filter(|id| id.parameter("RANGE").is_some())
        else {
            continue;
        };
        let instant = |time: Time| time.instant(zones.floating());
        let start = present(part, "DTSTART")
            .map(|start| zones.time(&start))
            .transpose()?
            .map(instant);
        let Some(start) = start else { continue };
        let shift = start - instant(zones.time(&id)?);
        let length = reach(part, zones)?
            .last
            .map_or(0, |last| last - start)
            .max(0);
        all.first = all.first.map(|first| first.saturating_add(shift.min(0)));
        all.last = all
            .last
            .map(|last| last.saturating_add(shift.max(0)).saturating_add(length));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn checked(lines: &str) -> Result<Checked, Invalid> {
        let text = format!(
            "BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\r\n",
            lines.replace('\n', "\r\n")
        );
        check(
            &Object::parse(&Bytes::from(text)).expect("an object"),
            &Zone::named("Europe/Berlin").expect("a zone"),
        )
    }

    fn instant(text: &str) -> i64 {
        jiff::Timestamp::from_second(0).expect("the epoch");
        match super::super::time::Written::parse(text) {
            Some(super::super::time::Written::Utc(utc)) => utc,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn refusals() {
        let event = "BEGIN:VEVENT\nUID:1\nDTSTART:20260101T100000Z\nEND:VEVENT";
        let second = event.replace("UID:1", "UID:2");
        for (lines, reason) in [
            (format!("METHOD:REQUEST\n{event}"), "METHOD:REQUEST"),
            (format!("VERSION:1.0\n{event}"), "vCalendar"),
            (String::from("X-WR-CALNAME:x"), "no event"),
            (format!("{event}\n{second}"), "1 and 2"),
            (format!("{event}\n{event}"), "RECURRENCE-ID either"),
            (
                format!("{event}\nBEGIN:VTODO\nUID:1\nEND:VTODO"),
                "VEVENT and VTODO",
            ),
            (event.replace("UID:1\n", ""), "no UID"),
            (event.replace("UID:1", "UID: "), "no UID"),
            (event.replace("UID:1", "UID:1\nUID:2"), "1 and 2"),
            (
                event.replace("DTSTART:20260101T100000Z\n", ""),
                "no DTSTART",
            ),
            (
                event.replace("20260101T100000Z", "1 May"),
                "DTSTART is not a date",
            ),
            (event.replace("UID:1", "UID:1\nRRULE:FREQ=NEVER"), "NEVER"),
            (
                event.replace("UID:1", "UID:1\nRDATE:yesterday"),
                "yesterday",
            ),
            (
                event.replace("UID:1", "UID:1\nEXDATE:yesterday"),
                "yesterday",
            ),
            (event.replace("UID:1", "UID:1\nDURATION:1h"), "DURATION"),
        ] {
            let invalid = checked(&lines).expect_err(&lines);
            assert!(invalid.to_string().contains(reason), "{lines}: {invalid}");
        }
        let poll = checked("BEGIN:VPOLL\nUID:1\nEND:VPOLL");
        assert_eq!(poll, Err(Invalid::Component("VPOLL".to_owned())));
    }

    #[test]
    fn spans() {
        let none: Option<(&str, &str)> = None;
        for (lines, span) in [
            (
                "DTSTART:20260101T100000Z",
                Some(("20260101T100000Z", "20260101T100001Z")),
            ),
            (
                "DTSTART:20260101T100000Z\nDTEND:20260101T110000Z",
                Some(("20260101T100000Z", "20260101T110000Z")),
            ),
            (
                "DTSTART:20260101T100000Z\nDTEND:\nDURATION:PT2H",
                Some(("20260101T100000Z", "20260101T120000Z")),
            ),
            (
                "DTSTART:20260101T100000Z\nDTEND:20260101T110000Z\nDURATION:PT0S",
                Some(("20260101T100000Z", "20260101T110000Z")),
            ),
            (
                "DTSTART:20260101T100000Z\nDTEND:20260101T090000Z",
                Some(("20260101T100000Z", "20260101T100001Z")),
            ),
            (
                "DTSTART;VALUE=DATE:20260101",
                Some(("20251231T230000Z", "20260101T230000Z")),
            ),
            (
                "DTSTART:20260701T100000",
                Some(("20260701T080000Z", "20260701T080001Z")),
            ),
            (
                "DTSTART;TZID=America/New_York:20260101T100000\nDURATION:PT1H",
                Some(("20260101T150000Z", "20260101T160000Z")),
            ),
            (
                "DTSTART:20260101T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3",
                Some(("20260101T100000Z", "20260103T110000Z")),
            ),
            (
                "DTSTART;TZID=Europe/Berlin:20260101T100000\nRRULE:FREQ=WEEKLY;UNTIL=20260709T080000Z",
                Some(("20260101T090000Z", "20260709T080001Z")),
            ),
            (
                "DTSTART:20260101T100000Z\nRDATE;VALUE=PERIOD:20250101T000000Z/PT1H,20270101T000000Z/PT5H",
                Some(("20250101T000000Z", "20270101T050000Z")),
            ),
            (
                "DTSTART:20260101T100000Z\nRRULE:\nEXDATE:",
                Some(("20260101T100000Z", "20260101T100001Z")),
            ),
        ] {
            let found = checked(&format!("BEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT")).expect(lines);
            let span = span.map(|(first, last)| (instant(first), instant(last)));
            assert_eq!(found.first.zip(found.last), span, "{lines}");
        }
        let endless =
            checked("BEGIN:VEVENT\nUID:1\nDTSTART:20260101T100000Z\nRRULE:FREQ=DAILY\nEND:VEVENT")
                .expect("valid");
        assert_eq!(
            (endless.first, endless.last),
            (Some(instant("20260101T100000Z")), None)
        );
        let open = checked("BEGIN:VTODO\nUID:1\nEND:VTODO").expect("valid");
        assert_eq!(open.first.zip(open.last), none.map(|_| (0, 0)));
    }

    #[test]
    fn overrides_widen_the_span() {
        let series = "BEGIN:VEVENT\nUID:1\nDTSTART:20260101T100000Z\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\n\
            BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260102T100000Z\nDTSTART:20251201T100000Z\nEND:VEVENT\n\
            BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260103T100000Z\nDTSTART:20260110T100000Z\nDURATION:PT2H\nEND:VEVENT";
        let found = checked(series).expect("valid");
        assert_eq!(found.first, Some(instant("20251201T100000Z")));
        let late = |last| last >= instant("20260110T120000Z");
        assert!(found.last.is_none_or(late));
    }

    /// The rows of the table in RFC 4791 section 9.9 for VTODO.
    #[test]
    fn to_dos() {
        for (lines, first, last) in [
            (
                "DTSTART:20260101T100000Z\nDURATION:PT1H",
                Some("20260101T100000Z"),
                Some("20260101T110001Z"),
            ),
            (
                "DTSTART:20260101T100000Z\nDUE:20260101T110000Z",
                Some("20260101T100000Z"),
                Some("20260101T110001Z"),
            ),
            (
                "DTSTART:20260101T100000Z",
                Some("20260101T100000Z"),
                Some("20260101T100001Z"),
            ),
            (
                "DUE:20260101T100000Z",
                Some("20260101T095959Z"),
                Some("20260101T100000Z"),
            ),
            (
                "COMPLETED:20260102T000000Z\nCREATED:20260101T000000Z",
                Some("20251231T235959Z"),
                Some("20260102T000001Z"),
            ),
            (
                "COMPLETED:20260102T000000Z",
                Some("20260101T235959Z"),
                Some("20260102T000001Z"),
            ),
            ("CREATED:20260101T000000Z", Some("20260101T000000Z"), None),
            ("SUMMARY:x", None, None),
        ] {
            let found = checked(&format!("BEGIN:VTODO\nUID:1\n{lines}\nEND:VTODO")).expect(lines);
            assert_eq!(
                (found.first, found.last),
                (first.map(instant), last.map(instant)),
                "{lines}"
            );
        }
    }
}
