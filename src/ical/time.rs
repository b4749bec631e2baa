//! Dates, times, durations and periods (RFC 5545 sections 3.3.4 to 3.3.9), reckoned on a naive wall clock.
//!
//! A wall clock counts its own seconds from 1970-01-01T00:00:00; a [`Zone`] turns them into UTC seconds and back.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::Zone;

pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 3600;
pub const DAY: i64 = 86_400;
/// No iCalendar date lies outside of 0001-01-01 and 9999-12-31.
pub const FIRST: i64 = -62_135_596_800;
pub const LAST: i64 = 253_402_300_799;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A moment as a property gives it.
#[derive(Clone, Debug)]
pub struct Time {
    /// Seconds of the wall clock; of UTC for a UTC time; midnight for a date.
    pub wall: i64,
    pub form: Form,
}

/// The forms of RFC 5545 section 3.3.5, and DATE.
#[derive(Clone, Debug)]
pub enum Form {
    Date,
    /// Form 1: local time of whoever looks at it.
    Floating,
    /// Form 2.
    Utc,
    /// Form 3: local time with a reference to a zone.
    Zoned(Zone),
}

impl Time {
    pub fn utc(instant: i64) -> Self {
        Self {
            wall: instant,
            form: Form::Utc,
        }
    }

    pub fn is_date(&self) -> bool {
        matches!(self.form, Form::Date)
    }

    /// UTC seconds; `zone` is where floating times and dates are looked at.
    pub fn instant(&self, zone: &Zone) -> i64 {
        match &self.form {
            Form::Utc => self.wall,
            Form::Zoned(own) => own.to_utc(self.wall),
            Form::Date | Form::Floating => zone.to_utc(self.wall),
        }
    }

    /// The same form at another moment of the same clock.
    #[must_use]
    pub fn at(&self, wall: i64) -> Self {
        Self {
            wall,
            form: self.form.clone(),
        }
    }

    /// The moment of this form that is the given instant.
    #[must_use]
    pub fn at_instant(&self, instant: i64, zone: &Zone) -> Self {
        let wall = match &self.form {
            Form::Utc => instant,
            Form::Zoned(own) => own.to_wall(instant),
            Form::Floating => zone.to_wall(instant),
            Form::Date => zone.to_wall(instant).div_euclid(DAY) * DAY,
        };
        self.at(wall)
    }

    /// An end on the clock of its start: a local time beside one with a zone lacks its TZID, which "MUST" be there
    /// (RFC 5545 section 3.8.2.2).
    #[must_use]
    pub fn beside(self, start: &Self) -> Self {
        match (&self.form, &start.form) {
            (Form::Floating, Form::Zoned(_)) => start.at(self.wall),
            _ => self,
        }
    }

    /// As instants: days go by the clock, hours by time that passes (RFC 5545 section 3.3.6).
    pub fn plus(&self, duration: Duration, zone: &Zone) -> i64 {
        let day = self.at(self.wall.saturating_add(duration.days.saturating_mul(DAY)));
        day.instant(zone).saturating_add(duration.seconds)
    }
}

/// DURATION: nominal days (weeks are seven) and exact seconds, of one sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duration {
    pub days: i64,
    pub seconds: i64,
}

impl Duration {
    /// The greatest number that is read.
    const MOST: u64 = 999_999_999_999;

    pub const DAY: Self = Self {
        days: 1,
        seconds: 0,
    };

    /// `[+-]P(nW | nD[TnHnMnS] | TnHnMnS)`; parts may be mixed, as some clients write `P1WT1H`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (sign, rest) = match text.as_bytes().first()? {
            b'-' => (-1, text.get(1..)?),
            b'+' => (1, text.get(1..)?),
            _ => (1, text),
        };
        let mut rest = rest.strip_prefix(['P', 'p'])?;
        let (mut duration, mut in_time, mut parts) = (Self::default(), false, 0);
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(['T', 't']).filter(|_| !in_time) {
                (rest, in_time) = (after, true);
                continue;
            }
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            // Past a million years nothing is left to say.
            let number: i64 = rest
                .get(..digits)
                .filter(|digits| digits.len() <= 12)?
                .parse()
                .ok()?;
            let unit = rest.get(digits..)?.chars().next()?.to_ascii_uppercase();
            match (unit, in_time) {
                ('W', false) => duration.days += number * 7,
                ('D', false) => duration.days += number,
                ('H', true) => duration.seconds += number * HOUR,
                ('M', true) => duration.seconds += number * MINUTE,
                ('S', true) => duration.seconds += number,
                _ => return None,
            }
            rest = rest.get(digits + 1..)?;
            parts += 1;
        }
        // `P` and `PT` alone are sent for nothing at all.
        (parts <= 8).then_some(Self {
            days: sign * duration.days,
            seconds: sign * duration.seconds,
        })
    }

    /// Hours are followed by minutes, and only minutes by seconds (RFC 5545 section 3.3.6).
    pub fn write(&self) -> String {
        let (days, length) = (self.days.unsigned_abs(), self.seconds.unsigned_abs());
        let (hours, minutes, seconds) = (length / 3600, length / 60 % 60, length % 60);
        let mut text = String::from(if self.is_negative() { "-P" } else { "P" });
        if days > 0 {
            text += &format!("{}D", days.min(Self::MOST));
        }
        if length > 0 || days == 0 {
            text.push('T');
        }
        if hours > 0 {
            text += &format!("{}H", hours.min(Self::MOST));
        }
        if minutes > 0 || hours > 0 && seconds > 0 {
            text += &format!("{minutes}M");
        }
        if seconds > 0 || length == 0 && days == 0 {
            text += &format!("{seconds}S");
        }
        text
    }

    pub fn is_negative(&self) -> bool {
        self.days < 0 || self.seconds < 0
    }
}

/// One item of a value that may be a list: EXDATE, RDATE, FREEBUSY.
#[derive(Clone, Debug)]
pub enum When {
    Time(Time),
    /// A start and an explicit end (RFC 5545 section 3.3.9).
    Period(Time, Time),
    /// A start and a duration.
    Lasting(Time, Duration),
}

impl When {
    pub fn start(&self) -> &Time {
        match self {
            Self::Time(time) | Self::Period(time, _) | Self::Lasting(time, _) => time,
        }
    }
}

/// What a DATE or DATE-TIME says before any zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Date(i64),
    Local(i64),
    Utc(i64),
}

impl Written {
    /// `19970714`, `19970714T133000`, `19970714T133000Z`.
    ///
    /// The shape decides, not the VALUE parameter: clients forget it. A leap second is the second before it, as
    /// RFC 5545 section 3.3.12 asks of who knows none; `T1330` lacks its seconds in some clients.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().as_bytes();
        let day = midnight(
            number(text, 0..4)?,
            number(text, 4..6)?,
            number(text, 6..8)?,
        )?;
        if text.len() == 8 {
            return Some(Self::Date(day));
        }
        let (clock, utc) = match text.get(8..)?.split_last()? {
            (b'Z' | b'z', clock) => (clock, true),
            _ => (text.get(8..)?, false),
        };
        if !matches!(clock.first(), Some(b'T' | b't')) || !matches!(clock.len(), 5 | 7) {
            return None;
        }
        let (hour, minute) = (number(clock, 1..3)?, number(clock, 3..5)?);
        let second = if clock.len() == 7 {
            number(clock, 5..7)?
        } else {
            0
        };
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let wall = day + hour * HOUR + minute * MINUTE + second.min(59);
        Some(if utc {
            Self::Utc(wall)
        } else {
            Self::Local(wall)
        })
    }
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Date(wall) => f.write_str(&write_date(*wall)),
            Self::Local(wall) => f.write_str(&write_date_time(*wall)),
            Self::Utc(instant) => write!(f, "{}Z", write_date_time(*instant)),
        }
    }
}

fn number(text: &[u8], at: std::ops::Range<usize>) -> Option<i64> {
    text.get(at)?.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    })
}

/// UTC offset (RFC 5545 section 3.3.14); seconds and a missing sign are seen.
pub fn parse_offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    if !matches!(digits.len(), 4 | 6) {
        return None;
    }
    let seconds = if digits.len() == 6 {
        number(digits, 4..6)?
    } else {
        0
    };
    let offset = number(digits, 0..2)? * HOUR + number(digits, 2..4)? * MINUTE + seconds;
    (offset < 2 * DAY).then_some(if text.starts_with('-') {
        -offset
    } else {
        offset
    })
}

pub fn write_offset(offset: i64) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, rest) = (offset.abs() / HOUR, offset.abs() % HOUR);
    match rest % MINUTE {
        0 => format!("{sign}{hours:02}{:02}", rest / MINUTE),
        seconds => format!("{sign}{hours:02}{:02}{seconds:02}", rest / MINUTE),
    }
}

/// Midnight of a day of the calendar, on its wall clock.
pub fn midnight(year: i64, month: i64, day: i64) -> Option<i64> {
    let date = Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    let at = date.to_datetime(jiff::civil::Time::midnight());
    // The last day of all lies beyond the instants of jiff, which fit every offset.
    let wall = Offset::UTC.to_timestamp(at).map_or_else(
        |_| at.duration_since(EPOCH).as_secs(),
        |moment| moment.as_second(),
    );
    (FIRST..=LAST).contains(&wall).then_some(wall)
}

/// The wall clock's date and time; beyond the calendar's ends, its end.
pub(super) fn civil(wall: i64) -> DateTime {
    let wall = wall.clamp(FIRST, LAST);
    Timestamp::from_second(wall).map_or_else(
        |_| EPOCH.saturating_add(SignedDuration::from_secs(wall)),
        |moment| Offset::UTC.to_datetime(moment),
    )
}

pub fn write_date(wall: i64) -> String {
    date(civil(wall))
}

/// A local time; UTC puts a `Z` behind it.
pub fn write_date_time(wall: i64) -> String {
    let at = civil(wall);
    let mut out = date(at);
    out.push('T');
    for number in [at.hour(), at.minute(), at.second()] {
        two_digits(&mut out, number);
    }
    out
}

fn date(at: DateTime) -> String {
    let mut out = String::with_capacity("19970714T133000Z".len());
    // The calendar ends with the year 9999.
    two_digits(&mut out, (at.year() / 100) as i8);
    two_digits(&mut out, (at.year() % 100) as i8);
    two_digits(&mut out, at.month());
    two_digits(&mut out, at.day());
    out
}

/// An answer holds thousands of times: `format!` takes ten times as long.
fn two_digits(out: &mut String, number: i8) {
    let digit = |number: i8| char::from(b'0' + number.rem_euclid(10) as u8);
    out.push(digit(number / 10));
    out.push(digit(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_without_zone_has_that_of_its_start() {
        let berlin = Zone::named("Europe/Berlin").expect("a zone");
        let local = |wall, form| Time { wall, form };
        let start = local(0, Form::Zoned(berlin));
        let instant = |end: Time, start: &Time| end.beside(start).instant(&Zone::utc());
        assert_eq!(instant(local(HOUR, Form::Floating), &start), 0);
        assert_eq!(instant(local(HOUR, Form::Utc), &start), HOUR);
        assert_eq!(instant(local(DAY, Form::Date), &start), DAY);
        let floating = local(0, Form::Floating);
        assert_eq!(instant(local(HOUR, Form::Floating), &floating), HOUR);
    }

    /// Found by fuzzing: clients write the end of time for "without end".
    #[test]
    fn the_last_day_of_all() {
        assert_eq!(Written::parse("99991231T235959Z"), Some(Written::Utc(LAST)));
        assert_eq!(
            Written::parse("99991231"),
            Some(Written::Date(LAST + 1 - DAY))
        );
        assert_eq!(write_date_time(LAST), "99991231T235959");
        let zone = Zone::named("America/New_York").expect("a zone");
        assert_eq!(zone.to_utc(LAST - 6 * HOUR), LAST - HOUR);
        assert_eq!(zone.offset(LAST), -5 * HOUR);
    }

    #[test]
    fn dates_and_times() {
        assert_eq!(Written::parse("19970714"), Some(Written::Date(868_838_400)));
        assert_eq!(
            Written::parse("19970714T133000"),
            Some(Written::Local(868_887_000))
        );
        assert_eq!(
            Written::parse("19970714T173000Z"),
            Some(Written::Utc(868_901_400))
        );
        assert_eq!(
            Written::parse("19970630T235960Z"),
            Written::parse("19970630T235959Z")
        );
        assert_eq!(
            Written::parse("16010101T000000"),
            Some(Written::Local(-11_644_473_600))
        );
        for bad in [
            "",
            "1997",
            "19970732",
            "19970229",
            "19970714T",
            "19970714T250000",
            "19970714X120000",
            "19970714T1200000",
            "+9970714",
            "00000101",
            "1997-07-14",
        ] {
            assert_eq!(Written::parse(bad), None, "{bad}");
        }
        assert_eq!(write_date_time(868_887_000), "19970714T133000");
        assert_eq!(write_date(-62_135_596_800), "00010101");
    }

    #[test]
    fn durations() {
        for (text, days, seconds) in [
            ("P15DT5H0M20S", 15, 18_020),
            ("P7W", 49, 0),
            ("-PT15M", 0, -900),
            ("+P1D", 1, 0),
            ("PT0S", 0, 0),
            ("P1WT1H", 7, 3600),
            ("PT", 0, 0),
        ] {
            assert_eq!(
                Duration::parse(text),
                Some(Duration { days, seconds }),
                "{text}"
            );
        }
        for (text, again) in [
            ("P15DT5H0M20S", "P15DT5H0M20S"),
            ("P7W", "P49D"),
            ("-PT15M", "-PT15M"),
            ("PT0S", "PT0S"),
            ("P", "PT0S"),
            ("-P1DT3661S", "-P1DT1H1M1S"),
            ("P999999999999W", "P999999999999D"),
        ] {
            assert_eq!(Duration::parse(text).expect(text).write(), again);
        }
        for bad in [
            "",
            "15M",
            "PT15",
            "P15M",
            "PT1D",
            "P1DT1HT1M",
            "P99999999999999D",
            "P-1D",
        ] {
            assert_eq!(Duration::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn offsets() {
        for (text, offset) in [
            ("-0500", -18_000),
            ("+0100", 3600),
            ("-001736", -1056),
            ("0545", 20_700),
        ] {
            assert_eq!(parse_offset(text), Some(offset));
        }
        assert_eq!(write_offset(-18_000), "-0500");
        assert_eq!(write_offset(-1056), "-001736");
        assert_eq!(parse_offset("+1:00"), None);
    }
}
