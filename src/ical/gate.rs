//! The second reader: `icalendar::parser` behind a gate. It reads what is to be stored once more, so that nothing enters
//! that two programs would take for different objects; such texts are how a privacy filter is deceived.
//!
//! Raw, that parser is quadratic on bare LF, stops at a byte order mark and overflows the stack on nested BEGINs: it is
//! handed only texts that [`Object::parse`] took (so depth and lines are bounded), in CRLF, up to [`LARGEST`] bytes.

use std::borrow::Cow;

use icalendar::parser::{
    Component as Second, Property as SecondProperty, read_calendar_simple, unfold,
};
use memchr::memchr_iter;

use super::component::{Component, Property};
use super::line::BYTE_ORDER_MARK;
use super::shape::text;
use super::{Object, ParseError, value};

/// Larger texts are attachments; a second look at them would cost more than it could find.
pub const LARGEST: usize = 1 << 20;

/// What the second reader makes of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    Same,
    /// It reads nothing where we do: it is all or nothing, and knows none of the world's habits.
    Unreadable,
    /// It reads another object.
    Different(ParseError),
}

/// Reads the object again.
pub fn second_reading(object: &Object) -> Reading {
    let bytes = object.text();
    if bytes.len() > LARGEST {
        return Reading::Unreadable;
    }
    let prepared = prepared(bytes);
    let unfolded = match is_folded(prepared.as_bytes()) {
        true => Cow::Owned(unfold(&prepared)),
        false => prepared,
    };
    match read_calendar_simple(&unfolded).as_deref() {
        Ok([second]) => {
            compare(&object.calendar(), second).map_or_else(Reading::Different, |()| Reading::Same)
        }
        _ => Reading::Unreadable,
    }
}

/// Without its mark, with CRLF at every line end, and UTF-8 also where folds cut characters.
fn prepared(bytes: &[u8]) -> Cow<'_, str> {
    let text = text(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes));
    let raw = text.as_bytes();
    let bare = memchr_iter(b'\n', raw)
        .any(|at| at.checked_sub(1).and_then(|before| raw.get(before)) != Some(&b'\r'));
    if bare || !raw.ends_with(b"\n") {
        let lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
        return Cow::Owned(lines.collect::<Vec<_>>().join("\r\n") + "\r\n");
    }
    text
}

fn is_folded(text: &[u8]) -> bool {
    memchr_iter(b'\n', text).any(|at| matches!(text.get(at + 1), Some(b' ' | b'\t')))
}

/// Components, the names of their properties, and the values that identify an object and place it in time.
fn compare(first: &Component<'_>, second: &Second<'_>) -> Result<(), ParseError> {
    if !first.is(second.name.as_str().trim()) {
        return Err(first.error(format!(
            "this {} can also be read as {}",
            first.name(),
            second.name.as_str()
        )));
    }
    let mut own = first.properties();
    for other in &second.properties {
        match own.next() {
            Some(own) if is_same(&own, other) => {}
            Some(own) => {
                return Err(own.error(format!(
                    "this line can also be read as {}",
                    other.name.as_str()
                )));
            }
            None => {
                return Err(first.error(format!(
                    "a {} can also be read in here",
                    other.name.as_str()
                )));
            }
        }
    }
    if let Some(own) = own.next() {
        return Err(own.error(format!(
            "this {} can also be read as no property at all",
            own.name()
        )));
    }
    let mut children = first.children();
    for other in &second.components {
        let Some(child) = children.next() else {
            return Err(first.error(format!(
                "a {} can also be read in here",
                other.name.as_str()
            )));
        };
        compare(&child, other)?;
    }
    match children.next() {
        Some(child) => Err(child.error(format!("this {} can also be read as none", child.name()))),
        None => Ok(()),
    }
}

/// What decides which object it is, and when.
const DECIDING: [&str; 10] = [
    "UID",
    "RECURRENCE-ID",
    "DTSTART",
    "DTEND",
    "DUE",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "CLASS",
];

fn is_same(own: &Property<'_>, other: &SecondProperty<'_>) -> bool {
    if !own.is(other.name.as_str()) {
        return false;
    }
    let (name, other_value) = (other.name.as_str(), other.val.as_str());
    if !DECIDING.iter().any(|it| it.eq_ignore_ascii_case(name)) {
        return true;
    }
    let own_value = own.value();
    own_value == other_value || value::unescape(own_value) == other_value
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn reading(text: &str) -> Reading {
        second_reading(&Object::parse(&Bytes::copy_from_slice(text.as_bytes())).expect("an object"))
    }

    #[test]
    fn habits_of_the_world_do_not_divide_the_readers() {
        let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\\, b\r\nDTSTART;TZID=\"Europe/Berlin\":20260101T100000\r\n\
            SUMMARY:f\r\n old\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        for text in [
            event.to_owned(),
            event.replace("\r\n", "\n"),
            format!("\u{feff}{event}"),
            event.trim_end().to_owned(),
        ] {
            assert_eq!(reading(&text), Reading::Same, "{text:?}");
        }
    }

    #[test]
    fn many_bare_line_ends_take_no_time() {
        let lines = "X:1\n".repeat(200_000);
        assert_eq!(
            reading(&format!("BEGIN:VCALENDAR\n{lines}END:VCALENDAR\n")),
            Reading::Same
        );
    }
}
