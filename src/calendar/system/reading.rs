//! Rows of a platform's database as records. One that cannot be understood is none, for one bad row is no reason to show nothing;
//! words of it are told nowhere.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::calendar::{MAX_DATE, MIN_DATE};
use crate::ical::Zone;
use crate::ical::time::{DAY, midnight};
use crate::model::{Instant, Record, RecordStatus};
use crate::store::foreign::{Cell, Cells};

/// The fields that a row can have, in the order in which they are asked for.
pub(super) const FIELDS: [&str; 12] = [
    "id",
    "start",
    "end",
    "all_day",
    "zone",
    "title",
    "description",
    "location",
    "url",
    "status",
    "sensitive",
    "updated",
];

/// Octets of the platform's own name of a record.
pub(super) const MAX_ID: usize = 200;
/// Characters of a title, a place and an address; of a description.
pub(super) const MAX_LINE: usize = 2_000;
pub(super) const MAX_DESCRIPTION: usize = 32_000;

/// Seconds from here on are milliseconds: no calendar goes that far.
const MILLISECONDS: i64 = 100_000_000_000;

pub(super) struct Reader {
    zone: Zone,
}

/// A moment as a platform writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    At(Instant),
    /// The midnight of a date, as if it were in UTC.
    Date(Instant),
}

impl Reader {
    /// `None`: there is no such zone.
    pub fn new(zone: &str) -> Option<Self> {
        Zone::named(zone).map(|zone| Self { zone })
    }

    /// Reads the rows of one answer.
    pub fn start(&self) -> impl Fn(Cells) -> Option<Record> {
        let zones = Zones::default();
        move |row| self.record(&zones, row)
    }

    fn record(&self, zones: &Zones, row: Cells) -> Option<Record> {
        let row: [Cell; FIELDS.len()] = row.try_into().ok()?;
        let [
            id,
            start,
            end,
            all_day,
            zone,
            title,
            description,
            location,
            url,
            status,
            sensitive,
            updated,
        ] = row;
        let zone = text(zone);
        let named = match &zone {
            Some(name) => Some(zones.named(name)?),
            None => None,
        };
        let clock = named.as_ref().unwrap_or(&self.zone);
        let (start, end) = (moment(&start, clock)?, moment(&end, clock));
        let times = times(start, end, flag(&all_day), clock)?;
        let id = text(id).filter(|id| id.len() <= MAX_ID)?;
        let record = Record {
            id,
            start: times.start,
            end: times.end,
            all_day: times.all_day,
            zone: named.as_ref().and_then(Zone::id).map(str::to_owned),
            title: line(title)?,
            description: cut(text(description), MAX_DESCRIPTION)?,
            location: line(location)?,
            url: line(url)?,
            status: text(status)
                .and_then(|status| RecordStatus::named(&status))
                .unwrap_or_default(),
            sensitive: flag(&sensitive),
            updated: match moment(&updated, clock) {
                Some(Moment::At(at) | Moment::Date(at)) => Some(at),
                None => None,
            },
        };
        Some(record.without_words())
    }
}

/// Zones by name, each looked up once.
#[derive(Default)]
struct Zones(RefCell<HashMap<String, Option<Zone>>>);

impl Zones {
    fn named(&self, name: &str) -> Option<Zone> {
        let mut zones = self.0.borrow_mut();
        if let Some(zone) = zones.get(name) {
            return zone.clone();
        }
        let zone = Zone::named(name);
        zones.insert(name.to_owned(), zone.clone());
        zone
    }
}

/// When a record takes place, as its two ends say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub start: Instant,
    pub end: Instant,
    pub all_day: bool,
}

/// `None`: it ends before it begins, or lies where no calendar goes. Without an end it has no length, or is one day long.
pub(super) fn times(
    start: Moment,
    end: Option<Moment>,
    all_day: bool,
    zone: &Zone,
) -> Option<Times> {
    let all_day = all_day || matches!(start, Moment::Date(_));
    let times = if all_day {
        let start = start.midnight(zone);
        let end = match end {
            Some(end) => end.midnight_after(zone).max(start + DAY),
            None => start + DAY,
        };
        Times {
            start,
            end,
            all_day,
        }
    } else {
        let start = start.instant(zone);
        Times {
            start,
            end: end.map_or(start, |end| end.instant(zone)),
            all_day,
        }
    };
    let lies_within = times.start >= MIN_DATE.1 && times.end <= MAX_DATE.1;
    let begins_first = match (all_day, end) {
        (true, Some(end)) => end.midnight_after(zone) >= times.start,
        _ => times.end >= times.start,
    };
    (lies_within && begins_first).then_some(times)
}

impl Moment {
    pub fn instant(self, zone: &Zone) -> Instant {
        match self {
            Self::At(at) => at,
            Self::Date(midnight) => zone.to_utc(midnight),
        }
    }

    fn midnight(self, zone: &Zone) -> Instant {
        let wall = match self {
            Self::At(at) => zone.to_wall(at),
            Self::Date(midnight) => midnight,
        };
        wall.div_euclid(DAY) * DAY
    }

    /// The midnight that it lies on or before.
    fn midnight_after(self, zone: &Zone) -> Instant {
        match self {
            Self::At(at) => (zone.to_wall(at) + DAY - 1).div_euclid(DAY) * DAY,
            Self::Date(midnight) => midnight,
        }
    }
}

/// Seconds or milliseconds since 1970, or a text as ISO 8601 and the databases write it.
pub(super) fn moment(cell: &Cell, zone: &Zone) -> Option<Moment> {
    match cell {
        Cell::Null => None,
        Cell::Int(number) => Some(Moment::At(seconds(*number))),
        Cell::Real(number) => fraction(*number),
        Cell::Text(text) => {
            let text = text.trim();
            match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(number), _) => Some(Moment::At(seconds(number))),
                // As PostgreSQL writes an epoch of its own.
                (Err(_), Ok(number)) => fraction(number),
                (Err(_), Err(_)) => written(text, zone),
            }
        }
    }
}

fn fraction(number: f64) -> Option<Moment> {
    let fits = number.is_finite() && number.abs() < 1e15;
    fits.then(|| Moment::At(seconds(number.floor() as i64)))
}

fn seconds(number: i64) -> Instant {
    if number.unsigned_abs() >= MILLISECONDS.unsigned_abs() {
        number.div_euclid(1000)
    } else {
        number
    }
}

/// `2026-11-21`, `2026-11-21T10:00:00Z`, `2026-11-21 10:00:00.5+01`; one without an offset is by the clock of `zone`.
pub(super) fn written(text: &str, zone: &Zone) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let mut part = |length| number(parts.next()?, length);
    let day = midnight(part(4)?, part(2)?, part(2)?)?;
    if rest.is_empty() {
        return Some(Moment::Date(day));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let ends = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.' || c == ','));
    let (clock, offset) = rest.split_at(ends.unwrap_or(rest.len()));
    let wall = day + clock_time(clock)?;
    match offset.trim() {
        "" => Some(Moment::At(zone.to_utc(wall))),
        "Z" | "z" => Some(Moment::At(wall)),
        offset => Some(Moment::At(wall - offset_of(offset)?)),
    }
}

fn clock_time(text: &str) -> Option<i64> {
    // A part of a second is nothing that a calendar can say.
    let whole = text.split(['.', ',']).next()?;
    let mut parts = whole.split(':');
    let hours = number(parts.next()?, 2)?;
    let minutes = number(parts.next()?, 2)?;
    let seconds = match parts.next() {
        Some(seconds) => number(seconds, 2)?.min(59),
        None => 0,
    };
    let stands = parts.next().is_none() && hours <= 24 && minutes < 60;
    (stands && (hours < 24 || minutes + seconds == 0))
        .then(|| hours * 3600 + minutes * 60 + seconds)
}

/// `+01`, `+01:00`, `-0330`.
fn offset_of(text: &str) -> Option<i64> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    let (hours, minutes) = match digits.len() {
        2 => (number(&digits, 2)?, 0),
        4 => (number(digits.get(..2)?, 2)?, number(digits.get(2..)?, 2)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn number(text: &str, length: usize) -> Option<i64> {
    let digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn text(cell: Cell) -> Option<String> {
    let text = match cell {
        Cell::Null => return None,
        Cell::Int(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => clean(&text),
    };
    (!text.is_empty()).then_some(text)
}

/// Without what no calendar can hold: control characters other than line ends and tabs.
pub(super) fn clean(text: &str) -> String {
    let plain = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    text.replace("\r\n", "\n")
        .chars()
        .filter(plain)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The outer `None`: longer than it may be.
#[allow(
    clippy::option_option,
    reason = "nothing is something else than too much"
)]
fn cut(text: Option<String>, at_most: usize) -> Option<Option<String>> {
    match text {
        Some(text) if text.chars().count() > at_most => None,
        text => Some(text),
    }
}

#[allow(
    clippy::option_option,
    reason = "nothing is something else than too much"
)]
fn line(cell: Cell) -> Option<Option<String>> {
    cut(text(cell), MAX_LINE)
}

fn flag(cell: &Cell) -> bool {
    match cell {
        Cell::Null => false,
        Cell::Int(number) => *number != 0,
        Cell::Real(number) => *number != 0.0,
        Cell::Text(text) => {
            let no = ["", "0", "f", "false", "n", "no", "off"];
            !no.contains(&text.trim().to_ascii_lowercase().as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Zone {
        Zone::named("Europe/Berlin").expect("a zone")
    }

    #[test]
    fn moments_in_every_spelling() {
        let ten = 1_795_255_200; // 2026-11-21T10:00:00Z
        let at = |text: &str| moment(&Cell::Text(text.to_owned()), &berlin());
        for text in [
            "2026-11-21T10:00:00Z",
            "2026-11-21 10:00:00+00",
            "2026-11-21 11:00:00",
            "2026-11-21T11:00",
            "2026-11-21T11:00:00.250+01:00",
            "2026-11-21 06:30:00-0330",
            "1795255200",
            "1795255200000",
            "1795255200.000000",
            "1795255200000.5",
        ] {
            assert_eq!(at(text), Some(Moment::At(ten)), "{text}");
        }
        assert_eq!(moment(&Cell::Int(ten), &berlin()), Some(Moment::At(ten)));
        assert_eq!(
            moment(&Cell::Real(1.795_255_200_000_5e12), &berlin()),
            Some(Moment::At(ten))
        );
        assert_eq!(at("2026-11-21"), Some(Moment::Date(ten - 36_000)));
        for text in [
            "",
            "tomorrow",
            "2026-13-01",
            "2026-02-30",
            "2026-11-21T25:00",
            "2026-11-21T10:00:00+1",
            "2026-11-21X10:00",
            "21.11.2026",
            "infinity",
            "-infinity",
            "NaN",
            "1e300",
            "ä026-11-21",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn whole_days_follow_the_clock() {
        let (utc, day) = (Zone::utc(), 86_400);
        let date = |days| Moment::Date(days * day);
        let whole = |start, end| {
            Some(Times {
                start: start * day,
                end: end * day,
                all_day: true,
            })
        };
        assert_eq!(times(date(5), None, false, &utc), whole(5, 6));
        assert_eq!(times(date(5), Some(date(5)), false, &utc), whole(5, 6));
        assert_eq!(times(date(5), Some(date(7)), false, &utc), whole(5, 7));
        assert_eq!(times(date(5), Some(date(4)), false, &utc), None);
        // From midnight in Berlin to the last second of the day there.
        let start = Moment::At(5 * day - 3600);
        let end = Some(Moment::At(6 * day - 3601));
        assert_eq!(times(start, end, true, &berlin()), whole(5, 6));
        assert_eq!(
            times(Moment::At(10), Some(Moment::At(9)), false, &utc),
            None
        );
        for far in [i64::MIN, i64::MAX] {
            let far = moment(&Cell::Int(far), &utc).expect("a moment");
            for (zone, all_day) in [(&utc, true), (&utc, false), (&berlin(), true)] {
                assert_eq!(times(far, None, all_day, zone), None);
                assert_eq!(times(date(5), Some(far), all_day, zone), None);
            }
        }
    }

    #[test]
    fn a_bad_row_is_no_record() {
        let reader = Reader::new("UTC").expect("a zone");
        let row = |id: &str, start: Cell, title: &str, sensitive: i64| {
            let mut cells = vec![Cell::Null; FIELDS.len()];
            cells[0] = Cell::Text(id.to_owned());
            cells[1] = start;
            cells[5] = Cell::Text(title.to_owned());
            cells[10] = Cell::Int(sensitive);
            cells
        };
        let rows = [
            row("a", Cell::Int(0), "one\u{0}\r\ntwo", 0),
            row("b", Cell::Null, "no start", 0),
            row("c", Cell::Int(9), &"x".repeat(MAX_LINE + 1), 0),
            row("d", Cell::Int(9), "secret", 1),
        ];
        let records: Vec<_> = rows.into_iter().filter_map(reader.start()).collect();
        let told: Vec<_> = records
            .iter()
            .map(|it| (it.id.as_str(), it.title.as_deref()))
            .collect();
        assert_eq!(told, [("a", Some("one\ntwo")), ("d", None)]);
    }
}
