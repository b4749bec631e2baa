//! Days, times and moments in JSON: `2026-11-21`, `09:00`, RFC 3339. A wall clock counts its own seconds from 1970.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use crate::calendar::{Instance, Moment, Point};
use crate::model::Instant;

const DAY: i64 = 86_400;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// `2026-11-21T17:57:00Z`.
pub fn rfc3339(moment: Instant) -> String {
    Timestamp::from_second(moment).map_or_else(|_| String::new(), |it| it.to_string())
}

/// The reverse, with any offset; parts of a second are left out.
pub fn parse(text: &str) -> Option<Instant> {
    let moment: Timestamp = text.parse().ok()?;
    Some(moment.as_second())
}

fn civil(wall: i64) -> Option<DateTime> {
    EPOCH.checked_add(SignedDuration::from_secs(wall)).ok()
}

/// The last day of all lies beyond the instants of jiff, which fit every offset.
fn wall(at: DateTime) -> i64 {
    at.duration_since(EPOCH).as_secs()
}

/// A day as its midnight.
pub fn day(text: &str) -> Option<i64> {
    let exact = text.len() == "2026-11-21".len();
    let date: Date = text.parse().ok().filter(|_| exact)?;
    Some(wall(date.to_datetime(Time::midnight())))
}

/// `HH:MM` or `HH:MM:SS` as seconds after midnight.
pub fn of_day(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &str, most: i64| -> Option<i64> {
        let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|it| plain && *it <= most)
    };
    match parts[..] {
        [hour, minute] => Some(number(hour, 23)? * 3600 + number(minute, 59)? * 60),
        [hour, minute, second] => {
            Some(number(hour, 23)? * 3600 + number(minute, 59)? * 60 + number(second, 59)?)
        }
        _ => None,
    }
}

/// `HH:MM`; `24:00` is the day's end.
pub fn end_of_part(text: &str) -> Option<i64> {
    match text {
        "24:00" => Some(DAY),
        _ => of_day(text).filter(|_| text.len() == "09:00".len()),
    }
}

/// A day, a local time (`2026-11-21T09:00:00`), or a moment with its offset (RFC 3339).
pub fn point(text: &str) -> Option<Point> {
    if let Some(day) = day(text) {
        return Some(Point::Day(day));
    }
    if text.len() > 40 || !matches!(text.as_bytes().get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    if let Some(moment) = parse(text) {
        return Some(Point::Instant(moment));
    }
    let local: DateTime = text
        .parse()
        .ok()
        .filter(|_| !text.contains(['[', 'Z', 'z', '+']))?;
    Some(Point::Local(wall(local)))
}

pub fn date(wall: i64) -> String {
    civil(wall).map_or_else(String::new, |at| at.date().to_string())
}

/// `HH:MM`.
pub fn clock(wall: i64) -> String {
    let minutes = wall.rem_euclid(DAY) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Start and end: days, local times, or RFC 3339 with the offset of their zone.
pub fn points(of: &Instance) -> (String, String) {
    let told = |moment: &Moment, instant: Instant| {
        let at = |wall| civil(wall).map_or_else(String::new, |at| format!("{at}"));
        match moment.offset() {
            _ if moment.is_date() => date(moment.time.wall),
            None => at(moment.time.wall),
            Some(0) => format!("{}Z", at(instant)),
            // A time that the clocks skip is told as the one that it is read as. RFC 3339 knows no seconds of an offset.
            Some(offset) => {
                let offset = offset / 60 * 60;
                let (sign, length) = match offset < 0 {
                    true => ('-', -offset),
                    false => ('+', offset),
                };
                let (hours, minutes) = (length / 3600, length / 60 % 60);
                format!("{}{sign}{hours:02}:{minutes:02}", at(instant + offset))
            }
        }
    };
    (told(&of.start, of.starts), told(&of.end, of.ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read_in_one_way() {
        assert_eq!(day("1970-01-02"), Some(DAY));
        assert_eq!(of_day("09:30"), Some(34_200));
        assert_eq!(of_day("09:30:05"), Some(34_205));
        assert_eq!(point("1970-01-02"), Some(Point::Day(DAY)));
        assert_eq!(point("1970-01-01T01:00:00+01:00"), Some(Point::Instant(0)));
        assert_eq!(point("1970-01-01T00:00:00Z"), Some(Point::Instant(0)));
        assert_eq!(point("1970-01-01T01:00:00"), Some(Point::Local(3600)));
        for bad in [
            "",
            "x",
            "2026-02-30",
            "20260101",
            "2026-11-21T09:00[Europe/Oslo]",
        ] {
            assert_eq!(day(bad), None, "{bad}");
            if bad != "20260101" {
                assert_eq!(point(bad), None, "{bad}");
            }
        }
        for bad in ["", "9:00", "24:00", "09:60", "09:00:00:00", "+9:00", "09:0"] {
            assert_eq!(of_day(bad), None, "{bad}");
        }
        assert_eq!(end_of_part("09:30"), Some(34_200));
        assert_eq!(end_of_part("24:00"), Some(DAY));
        for bad in ["09:30:05", "24:01", "25:00", "9:30", "x"] {
            assert_eq!(end_of_part(bad), None, "{bad}");
        }
        assert_eq!(
            (date(DAY).as_str(), clock(DAY + 34_205).as_str()),
            ("1970-01-02", "09:30")
        );
    }
}
