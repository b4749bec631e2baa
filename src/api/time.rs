//! Moments in JSON: RFC 3339, in UTC.

use crate::model::Instant;

/// `2026-11-21T17:57:00Z`.
pub fn rfc3339(moment: Instant) -> String {
    jiff::Timestamp::from_second(moment).map_or_else(|_| String::new(), |it| it.to_string())
}

/// The reverse, with any offset; parts of a second are left out.
pub fn parse(text: &str) -> Option<Instant> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(moment.as_second())
}
