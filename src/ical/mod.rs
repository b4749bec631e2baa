//! The calendar language (RFC 5545 and the pure half of RFC 4791): same text in, same answer out. No clock, and no I/O but
//! the zone data of the system.

pub mod alarm;
pub mod busy;
mod component;
pub mod dress;
pub mod edit;
pub mod filter;
pub mod gate;
pub mod instance;
mod jcal;
mod leap;
mod likeness;
mod line;
pub mod mask;
mod merge;
mod object;
pub mod overlay;
pub mod plain;
pub mod recur;
mod rules;
pub mod shape;
pub mod simple;
mod span;
mod split;
pub mod time;
mod validate;
pub mod value;
mod vtimezone;
mod windows;
mod write;
mod zone;
mod zone_data;
mod zones;

pub use component::{Component, Part, Property};
pub use jcal::jcal;
pub use leap::{LeapSeconds, leap_seconds};
pub use likeness::likeness;
pub use merge::{Heading, Merge};
pub use object::Object;
pub use split::{Piece, split};
pub use validate::{COMPONENTS, Checked, Invalid, check};
pub use vtimezone::Observance;
pub use write::Writer;
pub use zone::Zone;
pub use zone_data::{ZoneData, reload_zones, zone_data, zone_name, zone_names};
pub use zones::Zones;

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

/// `[start, end)` in UTC seconds, either side open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub start: Option<i64>,
    pub end: Option<i64>,
}
