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
