//! The calendar language (RFC 5545 and the pure half of RFC 4791): no I/O, no clock. (Seam sketch: bodies to be written.)
#![allow(unused)]

use bytes::Bytes;

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

/// One calendar object resource, text first: a tree of spans over the stored bytes.
pub struct Object {
    _text: Bytes,
}
impl Object {
    pub fn parse(text: &Bytes) -> Result<Self, ParseError> {
        todo!()
    }
    pub fn text(&self) -> &Bytes {
        todo!()
    }
}

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

pub mod filter {
    //! `CALDAV:filter` as values (RFC 4791 section 9.7 ff.).
    use super::*;
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Test {
        #[default]
        AllOf,
        AnyOf,
    }
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct CompFilter {
        pub name: String,
        pub is_not_defined: bool,
        pub time_range: Option<Window>,
        pub props: Vec<PropFilter>,
        pub comps: Vec<CompFilter>,
        pub test: Test,
    }
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PropFilter {
        pub name: String,
        pub is_not_defined: bool,
        pub time_range: Option<Window>,
        pub text: Vec<TextMatch>,
        pub params: Vec<ParamFilter>,
        pub test: Test,
    }
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ParamFilter {
        pub name: String,
        pub is_not_defined: bool,
        pub text: Option<TextMatch>,
    }
    #[derive(Clone, Debug, PartialEq)]
    pub struct TextMatch {
        pub text: String,
        pub collation: Collation,
        pub negate: bool,
        pub kind: MatchKind,
    }
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Collation {
        #[default]
        AsciiCasemap,
        Octet,
        UnicodeCasemap,
    }
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum MatchKind {
        #[default]
        Contains,
        Equals,
        StartsWith,
        EndsWith,
    }
    impl Collation {
        pub fn named(_name: &str) -> Option<Self> {
            todo!()
        }
    }
    impl CompFilter {
        /// The component and the window that every match must touch: what an index may narrow by.
        pub fn prefilter(&self) -> (Option<&str>, Window) {
            todo!()
        }
        /// Is the prefilter the whole filter, so that an index alone can answer it?
        pub fn is_prefilter_alone(&self) -> bool {
            todo!()
        }
        pub fn matches(&self, _object: &Object, _zone: &Zone) -> Result<bool, TooMany> {
            todo!()
        }
    }
}

pub mod shape {
    //! `CALDAV:calendar-data`: what part of an object a report asks for (RFC 4791 section 9.6).
    use super::*;
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Shape {
        pub comp: Option<CompShape>,
        pub recurrence: Option<Recurrence>,
        pub limit_freebusy: Option<Window>,
        /** RFC 7809: leave VTIMEZONEs of known zones out */
        pub without_timezones: bool,
    }
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct CompShape {
        pub name: String,
        pub props: Props,
        pub comps: Comps,
    }
    /// By name; the flag is `novalue`.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub enum Props {
        #[default]
        All,
        Some(Vec<(String, bool)>),
    }
    #[derive(Clone, Debug, Default, PartialEq)]
    pub enum Comps {
        #[default]
        All,
        Some(Vec<CompShape>),
    }
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Recurrence {
        Expand(Window),
        Limit(Window),
    }
    impl Shape {
        pub fn is_whole(&self) -> bool {
            self == &Self::default()
        }
    }
    /// The object as asked for: spans of the stored bytes copied or replaced. `at_most` instances.
    pub fn shape(
        _object: &Object,
        _shape: &Shape,
        _zone: &Zone,
        _at_most: usize,
    ) -> Result<Vec<u8>, TooMany> {
        todo!()
    }
    /// The stored bytes as text for XML: folds inside a character repaired, characters that XML 1.0 forbids dropped.
    pub fn text(_object_bytes: &[u8]) -> std::borrow::Cow<'_, str> {
        todo!()
    }
}

pub mod busy {
    //! Periods of busy time (RFC 4791 section 7.10).
    use super::*;
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Kind {
        Busy,
        Tentative,
        Unavailable,
    }
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Period {
        pub start: i64,
        pub end: i64,
        pub kind: Kind,
    }
    pub fn periods(
        _object: &Object,
        _start: i64,
        _end: i64,
        _zone: &Zone,
    ) -> Result<Vec<Period>, TooMany> {
        todo!()
    }
    /// Sorted, overlapping ones of a kind merged, clipped to the range.
    pub fn merge(_periods: Vec<Period>, _start: i64, _end: i64) -> Vec<Period> {
        todo!()
    }
    /// A VCALENDAR with one VFREEBUSY; the caller gives UID and stamp so that nothing here reads a clock.
    pub fn to_icalendar(
        _periods: &[Period],
        _start: i64,
        _end: i64,
        _uid: &str,
        _stamp: i64,
    ) -> String {
        todo!()
    }
}
