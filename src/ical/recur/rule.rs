//! RRULE as a value (RFC 5545 section 3.3.10, RFC 7529): read leniently, bounded, every list a sorted set.
//! Nothing here knows DTSTART; `series.rs` fills in what a rule leaves to it.

use super::calendar::{Scale, Skip};
use crate::ical::time::Written;

/// Longest rule text that is read; an honest one with every list full stays below it.
const LONGEST: usize = 8 * 1024;

/// Why a rule is refused, as a sentence for the person whose client sent it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    #[error("the recurrence rule is longer than {LONGEST} characters")]
    TooLong,
    #[error("the recurrence rule has no FREQ")]
    NoFrequency,
    #[error("the recurrence rule has a part that is not NAME=VALUE: {0}")]
    Shape(String),
    #[error("the recurrence rule has {0} twice")]
    Twice(String),
    #[error("the recurrence rule has a part that this server does not know: {0}")]
    Unknown(String),
    #[error("the recurrence rule says {part}={value}, which is not a value of {part}")]
    Value { part: &'static str, value: String },
    /// RFC 7529 section 10 (`CALDAV:supported-rscale`).
    #[error("this server does not know the calendar system {0}")]
    Scale(String),
    #[error("a series of whole days cannot recur within a day")]
    WithinDay,
    #[error("the series starts outside the years 1 to 9999")]
    Start,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
    Minutely,
    Secondly,
}

/// UNTIL as it was written; the caller turns UTC into the wall clock of the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The last day, as its midnight in naive seconds.
    Date(i64),
    Local(i64),
    Utc(i64),
}

/// Numbers counted from the start (1, 2, …) and from the end (-1, -2, …), up to 63 each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub forward: u64,
    pub backward: u64,
}

impl Numbers {
    pub fn only(number: u8) -> Self {
        Self {
            forward: 1 << number.min(63),
            backward: 0,
        }
    }

    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Is none of them, from either side, among the first `most`?
    fn are_beyond(self, most: u8) -> bool {
        members(self.forward | self.backward)
            .next()
            .is_some_and(|smallest| smallest > most)
    }

    /// Is the `number`th of `count` meant?
    pub fn contains(self, number: u8, count: u8) -> bool {
        let back = count.saturating_sub(number).saturating_add(1);
        has(self.forward, number) || has(self.backward, back)
    }
}

/// Does a set of small numbers hold this one?
pub(super) fn has(set: u64, number: u8) -> bool {
    number < 64 && set & (1 << number) != 0
}

/// The numbers of a set, ascending.
pub(super) fn members(set: u64) -> impl Iterator<Item = u8> {
    (0..64u8).filter(move |number| has(set, *number))
}

/// BYDAY: plain weekdays as a set (Monday is 0), numbered ones as a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Weekdays {
    pub plain: u64,
    pub numbered: Vec<(i16, u8)>,
}

impl Weekdays {
    pub fn is_empty(&self) -> bool {
        self.plain == 0 && self.numbered.is_empty()
    }
}

/// BYMONTH: regular months and leap months (RFC 7529 section 4.2: `5L`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Months {
    pub regular: u64,
    pub leap: u64,
}

impl Months {
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub fn contains(self, number: u8, leap: bool) -> bool {
        has(if leap { self.leap } else { self.regular }, number)
    }
}

/// A recurrence rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub frequency: Frequency,
    pub interval: u32,
    pub count: Option<u64>,
    pub until: Option<Until>,
    pub(super) week_start: u8,
    pub(super) seconds: u64,
    pub(super) minutes: u64,
    pub(super) hours: u64,
    pub(super) weekdays: Weekdays,
    pub(super) month_days: Numbers,
    pub(super) year_days: Vec<i16>,
    pub(super) weeks: Numbers,
    pub(super) months: Months,
    /// BYMONTH was not written but taken from the start: numbered weekdays still count in the year.
    pub(super) month_implied: bool,
    pub(super) positions: Vec<i32>,
    pub(super) scale: Scale,
    pub(super) skip: Skip,
    /// It names only dates that never come: what is left of the series is its start.
    pub(super) never: bool,
}

impl Rule {
    pub(super) fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            week_start: 0,
            seconds: 0,
            minutes: 0,
            hours: 0,
            weekdays: Weekdays::default(),
            month_days: Numbers::default(),
            year_days: Vec::new(),
            weeks: Numbers::default(),
            months: Months::default(),
            month_implied: false,
            positions: Vec::new(),
            scale: Scale::Gregorian,
            skip: Skip::Omit,
            never: false,
        }
    }

    /// Reads the value of an RRULE. Case, order, empty and `X-` parts do not matter.
    pub fn parse(text: &str) -> Result<Self, BadRule> {
        if text.len() > LONGEST {
            return Err(BadRule::TooLong);
        }
        let mut rule = Self::every(Frequency::Yearly);
        let mut seen: Vec<String> = Vec::new();
        for part in text
            .trim()
            .split(';')
            .filter(|part| !part.trim().is_empty())
        {
            let (name, value) = part
                .split_once('=')
                .filter(|(_, value)| !value.contains('='))
                .ok_or_else(|| BadRule::Shape(part.to_owned()))?;
            let name = name.trim().to_ascii_uppercase();
            if seen.contains(&name) {
                return Err(BadRule::Twice(name));
            }
            rule.read(&name, &value.trim().to_ascii_uppercase())?;
            seen.push(name);
        }
        if !seen.iter().any(|name| name == "FREQ") {
            return Err(BadRule::NoFrequency);
        }
        rule.settle();
        Ok(rule)
    }

    fn read(&mut self, name: &str, value: &str) -> Result<(), BadRule> {
        match name {
            "FREQ" => self.frequency = frequency(value)?,
            "INTERVAL" => self.interval = whole("INTERVAL", value)?.min(u32::MAX.into()) as u32,
            "COUNT" => self.count = Some(whole("COUNT", value)?),
            "UNTIL" => self.until = Some(until(value)?),
            "WKST" => self.week_start = weekday("WKST", value)?,
            // 60 is a leap second, which no clock here has: the last second of the minute.
            "BYSECOND" => self.seconds = small("BYSECOND", value, 60, |second| second.min(59))?,
            "BYMINUTE" => self.minutes = small("BYMINUTE", value, 59, |minute| minute)?,
            "BYHOUR" => self.hours = small("BYHOUR", value, 23, |hour| hour)?,
            "BYDAY" => self.weekdays = weekdays(value)?,
            "BYMONTHDAY" => self.month_days = numbers("BYMONTHDAY", value, 31)?,
            "BYYEARDAY" => self.year_days = signed("BYYEARDAY", value, 385)?,
            "BYWEEKNO" => self.weeks = numbers("BYWEEKNO", value, 55)?,
            "BYMONTH" => self.months = months(value)?,
            "BYSETPOS" => self.positions = signed("BYSETPOS", value, i32::MAX)?,
            "RSCALE" => {
                self.scale = Scale::named(value).ok_or_else(|| BadRule::Scale(value.to_owned()))?;
            }
            "SKIP" => self.skip = Skip::named(value).ok_or_else(|| bad("SKIP", value))?,
            extension if extension.starts_with("X-") => {}
            unknown => return Err(BadRule::Unknown(unknown.to_owned())),
        }
        Ok(())
    }

    /// What only the whole rule can tell.
    fn settle(&mut self) {
        let in_months = self.frequency == Frequency::Monthly
            || self.frequency == Frequency::Yearly && !self.months.is_empty();
        // "The BYDAY rule part MUST NOT be specified with a numeric value" here: the number is let go, the day stays.
        if self.frequency > Frequency::Monthly || !self.weeks.is_empty() {
            for (_, day) in std::mem::take(&mut self.weekdays.numbered) {
                self.weekdays.plain |= 1 << day;
            }
        }
        let most = if in_months { 5 } else { 55 };
        let given = !self.weekdays.is_empty();
        self.weekdays
            .numbered
            .retain(|(number, _)| number.unsigned_abs() <= most);
        self.never = given && self.weekdays.is_empty() || self.is_beyond_the_calendar();
    }

    /// 30 February and its like: a part names only what no year of the Gregorian calendar has.
    pub(super) fn is_beyond_the_calendar(&self) -> bool {
        if self.scale != Scale::Gregorian || self.skip != Skip::Omit {
            return false;
        }
        let months = if self.months.is_empty() {
            u64::MAX
        } else {
            self.months.regular
        };
        let lengths = members(months).filter_map(|month| match month {
            2 => Some(29),
            4 | 6 | 9 | 11 => Some(30),
            1..=12 => Some(31),
            _ => None,
        });
        let year_days = self.year_days.iter().map(|day| day.unsigned_abs());
        lengths
            .max()
            .is_none_or(|longest| self.month_days.are_beyond(longest))
            || self.weeks.are_beyond(53)
            || year_days.min().is_some_and(|smallest| smallest > 366)
    }
}

fn bad(part: &'static str, value: &str) -> BadRule {
    BadRule::Value {
        part,
        value: value.chars().take(40).collect(),
    }
}

fn frequency(value: &str) -> Result<Frequency, BadRule> {
    Ok(match value {
        "YEARLY" => Frequency::Yearly,
        "MONTHLY" => Frequency::Monthly,
        "WEEKLY" => Frequency::Weekly,
        "DAILY" => Frequency::Daily,
        "HOURLY" => Frequency::Hourly,
        "MINUTELY" => Frequency::Minutely,
        "SECONDLY" => Frequency::Secondly,
        other => return Err(bad("FREQ", other)),
    })
}

/// A positive number; one beyond all reckoning is as good as the greatest.
fn whole(part: &'static str, value: &str) -> Result<u64, BadRule> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<u64>() {
        Ok(number) if number > 0 && digits => Ok(number),
        Err(_) if digits => Ok(u64::MAX),
        _ => Err(bad(part, value)),
    }
}

fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim)
}

fn small(part: &'static str, value: &str, most: u8, meant: fn(u8) -> u8) -> Result<u64, BadRule> {
    items(value).try_fold(0, |set, item| match item.parse::<u8>() {
        Ok(number) if number <= most => Ok(set | 1 << meant(number)),
        _ => Err(bad(part, item)),
    })
}

fn numbers(part: &'static str, value: &str, most: i32) -> Result<Numbers, BadRule> {
    let list: Vec<i32> = signed(part, value, most)?;
    let mut numbers = Numbers::default();
    for number in list {
        let bit = 1 << number.unsigned_abs().min(63);
        if number > 0 {
            numbers.forward |= bit;
        } else {
            numbers.backward |= bit;
        }
    }
    Ok(numbers)
}

/// Numbers other than 0, up to `most` on either side, sorted, each once.
fn signed<N: TryFrom<i32> + Ord>(
    part: &'static str,
    value: &str,
    most: i32,
) -> Result<Vec<N>, BadRule> {
    let mut list = items(value)
        .map(|item| {
            item.parse::<i32>()
                .ok()
                .filter(|number| *number != 0 && number.unsigned_abs() <= most.unsigned_abs())
                .and_then(|number| N::try_from(number).ok())
                .ok_or_else(|| bad(part, item))
        })
        .collect::<Result<Vec<N>, BadRule>>()?;
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

fn weekday(part: &'static str, value: &str) -> Result<u8, BadRule> {
    ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        .iter()
        .position(|name| *name == value)
        .map(|index| index as u8)
        .ok_or_else(|| bad(part, value))
}

fn weekdays(value: &str) -> Result<Weekdays, BadRule> {
    let mut days = Weekdays::default();
    for item in items(value) {
        let cut = item.len().saturating_sub(2);
        let (number, name) = item
            .split_at_checked(cut)
            .ok_or_else(|| bad("BYDAY", item))?;
        let day = weekday("BYDAY", name)?;
        if number.is_empty() {
            days.plain |= 1 << day;
            continue;
        }
        match number.parse::<i16>() {
            // Not in the grammar, yet written: it names no day.
            Ok(0) => {}
            Ok(number) if number.unsigned_abs() <= 366 => days.numbered.push((number, day)),
            _ => return Err(bad("BYDAY", item)),
        }
    }
    days.numbered.sort_unstable();
    days.numbered.dedup();
    Ok(days)
}

fn months(value: &str) -> Result<Months, BadRule> {
    let mut months = Months::default();
    for item in items(value) {
        let (number, leap) = match item.strip_suffix('L') {
            Some(number) => (number, true),
            None => (item, false),
        };
        match number.parse::<u8>() {
            Ok(number @ 1..=13) if leap => months.leap |= 1 << number,
            Ok(number @ 1..=13) => months.regular |= 1 << number,
            _ => return Err(bad("BYMONTH", item)),
        }
    }
    Ok(months)
}

fn until(value: &str) -> Result<Until, BadRule> {
    match Written::parse(value) {
        Some(Written::Date(day)) => Ok(Until::Date(day)),
        Some(Written::Local(wall)) => Ok(Until::Local(wall)),
        Some(Written::Utc(instant)) => Ok(Until::Utc(instant)),
        None => Err(bad("UNTIL", value)),
    }
}
