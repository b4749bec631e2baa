//! Moments in JSON: RFC 3339, in UTC.

use crate::calendar::Zone;
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

/// The same, or the beginning of a day such as `2026-11-21` on the clock of a zone.
pub fn moment(text: &str, zone: &Zone) -> Option<Instant> {
    if let Some(moment) = parse(text) {
        return Some(moment);
    }
    let day: jiff::civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
    let wall = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(zone.to_utc(wall.as_second()))
}
