//! Default alarms: what an owner's devices put on events and tasks that come without one (draft-daboo-caldav-extensions).
//! They are kept as properties and never put into an item here; reminders go by them.

use bytes::Bytes;

use super::Refusal;
use crate::ical::Object;

pub(super) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";

/// Bytes of one property.
const MAX_TEXT: usize = 64 << 10;
/// Lines that stand before the text when it is read as part of an event.
const BEFORE: usize = 2;

/// Is it called as default alarms are?
pub(super) fn is_default_alarm((namespace, name): (&str, &str)) -> bool {
    namespace == CALDAV && name.starts_with("default-alarm-v")
}

/// Is this what `CALDAV:default-alarm-vevent-datetime` and its like hold: bare VALARMs, or nothing for no alarm at all?
///
/// # Errors
/// The refusal that says what else it is.
pub fn check_default_alarms(text: &str) -> Result<(), Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(());
    }
    if text.len() > MAX_TEXT {
        return Err(Refusal::TooLarge(MAX_TEXT as u64));
    }
    let event =
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{text}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    let object = Object::parse(&Bytes::from(event)).map_err(|error| Refusal::InvalidData {
        line: error.line.saturating_sub(BEFORE),
        reason: error.reason,
    })?;
    let wrong = |reason: &str| Err(Refusal::InvalidObject(reason.to_owned()));
    let mut around = object.components();
    let (Some(event), None) = (around.next(), around.next()) else {
        return wrong("default alarms are VALARMs and nothing else");
    };
    let is_alarms = event.properties().next().is_none()
        && object.calendar().properties().next().is_none()
        && event.children().all(|child| child.is("VALARM"));
    if !is_alarms {
        return wrong("default alarms are VALARMs and nothing else");
    }
    let required = ["ACTION", "TRIGGER"];
    let has_all = event
        .children()
        .all(|alarm| required.iter().all(|name| alarm.property(name).is_some()));
    if !has_all {
        return wrong("a VALARM has an ACTION and a TRIGGER (RFC 5545 section 3.6.6)");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALARM: &str = "BEGIN:VALARM\r\nX-WR-ALARMUID:1\r\nUID:1\r\nTRIGGER:-PT15M\r\n\
                         ATTACH;VALUE=URI:Basso\r\nACTION:AUDIO\r\nEND:VALARM";

    #[test]
    fn alarms_and_nothing() {
        let two = format!("{ALARM}\r\n{ALARM}\r\n");
        let none = ALARM
            .replace("-PT15M", "19760401T005545Z")
            .replace("AUDIO", "NONE");
        for text in ["", " \r\n", ALARM, &two, &none, &ALARM.replace('\r', "")] {
            assert_eq!(check_default_alarms(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn everything_else() {
        let around = |text: &str| text.replace("{}", ALARM);
        for text in [
            "15 minutes before",
            "BEGIN:VALARM",
            "SUMMARY:x",
            &around("{}\r\nSUMMARY:x"),
            &around("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT"),
            &around("BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR"),
            &around("{}\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n{}"),
            &around("{}\r\nEND:VEVENT\r\nX-A:1\r\nBEGIN:VEVENT\r\n{}"),
            &around("{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{}"),
            &around("END:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{}"),
            &ALARM.replace("ACTION", "X-ACTION"),
            &ALARM.replace("TRIGGER", "X-TRIGGER"),
            &format!("{ALARM}{}", " ".repeat(MAX_TEXT) + ALARM),
        ] {
            assert!(check_default_alarms(text).is_err(), "{text}");
        }
    }
}
