//! The calendar language (RFC 5545 and the pure half of RFC 4791): no I/O, no clock. (Seam sketch: bodies to be written.)
#![allow(unused)]

mod component;
mod line;
mod object;
pub mod value;
mod write;

pub use component::{Component, Part, Property};
pub use object::Object;
pub use write::Writer;

pub mod recur;

/// Why a text is not iCalendar: the line (from 1) and a sentence a person can use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ParseError {
    pub line: usize,
    pub reason: String,
}

/// A work budget or an instance limit was used up before the answer was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more occurrences than this server will compute")]
pub struct TooMany;

/// What RFC 4791 section 4.1 asks of an object, and the index that the store keeps.
pub struct Checked {
    pub uid: String,
    /** VEVENT, VTODO, … in upper case */
    pub component: &'static str,
    /** seconds since 1970; `None`: open */
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
    /// A component that no calendar takes (`supported-calendar-component`)
    #[error("{0}")]
    Component(String),
}
/// `zone` resolves floating and all-day times for the index.
pub fn check(object: &Object, zone: &Zone) -> Result<Checked, Invalid> {
    todo!()
}

/// A time zone with fresh data.
#[derive(Clone, Debug)]
pub struct Zone {
    _todo: (),
}
impl Zone {
    pub fn utc() -> Self {
        todo!()
    }
    /// An IANA name, a Windows name, a vendor-prefixed name.
    pub fn named(tzid: &str) -> Option<Self> {
        todo!()
    }
    /// The first VTIMEZONE of an iCalendar text (`CALDAV:calendar-timezone`): its TZID as a known name, else its own rules.
    pub fn from_icalendar(text: &[u8]) -> Result<Self, ParseError> {
        todo!()
    }
    /// The IANA name, where there is one.
    pub fn id(&self) -> Option<&str> {
        todo!()
    }
    /// An iCalendar text with one VTIMEZONE.
    pub fn to_icalendar(&self) -> String {
        todo!()
    }
}

/// `[start, end)` in UTC seconds, either side open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub start: Option<i64>,
    pub end: Option<i64>,
}

pub mod busy;
pub mod filter;
pub mod shape;
