//! Years, months and days as numbers: what a calendar system must tell the engine (RFC 7529 section 3).
//! A day is counted from 1970-01-01, a wall clock in seconds from that midnight, and neither knows a zone.

use super::rscale;

/// What becomes of a date that a month or a year does not have (RFC 7529 section 4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Skip {
    #[default]
    Omit,
    Backward,
    Forward,
}

impl Skip {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "OMIT" => Self::Omit,
            "BACKWARD" => Self::Backward,
            "FORWARD" => Self::Forward,
            _ => return None,
        })
    }
}

/// A calendar system by its CLDR name (RFC 7529 section 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    #[default]
    Gregorian,
    Other(rscale::System),
}

/// What `CALDAV:supported-rscale-set` tells (RFC 7529 section 10.1).
pub fn supported_scales() -> impl Iterator<Item = &'static str> {
    std::iter::once("GREGORIAN").chain(rscale::SYSTEMS.iter().map(|(name, _)| *name))
}

impl Scale {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "GREGORIAN" | "GREGORY" => Some(Self::Gregorian),
            other => rscale::named(other).map(Self::Other),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gregorian => "GREGORIAN",
            Self::Other(system) => rscale::name(system),
        }
    }

    /// The year with this number in the system's own count.
    pub(super) fn year(self, number: i32) -> Option<Year> {
        match self {
            Self::Gregorian => gregorian(number),
            Self::Other(system) => rscale::year(system, number),
        }
    }

    /// The number of the year that holds a day.
    pub(super) fn year_of(self, day: i64) -> i32 {
        match self {
            Self::Gregorian => civil(day).0,
            Self::Other(system) => rscale::year_of(system, day),
        }
    }

    /// Months in every year, where all years have the same.
    pub(super) fn months_a_year(self) -> Option<i64> {
        match self {
            Self::Gregorian => Some(12),
            Self::Other(_) => None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Month {
    pub number: u8,
    pub leap: bool,
    pub first: i64,
    pub length: u8,
}

/// A year laid out in months.
#[derive(Clone, Copy, Debug)]
pub(super) struct Year {
    pub number: i32,
    pub first: i64,
    pub length: u16,
    months: [Month; 13],
    count: u8,
}

impl Year {
    /// A year from the lengths of its months; `None` when there are none or too many.
    pub fn of(
        number: i32,
        first: i64,
        parts: impl Iterator<Item = (u8, bool, u8)>,
    ) -> Option<Self> {
        let mut year = Self {
            number,
            first,
            length: 0,
            months: [Month::default(); 13],
            count: 0,
        };
        for (month, leap, length) in parts {
            *year.months.get_mut(usize::from(year.count))? = Month {
                number: month,
                leap,
                first: first + i64::from(year.length),
                length,
            };
            year.length += u16::from(length);
            year.count += 1;
        }
        (year.count > 0).then_some(year)
    }

    pub fn months(&self) -> &[Month] {
        self.months
            .get(..usize::from(self.count))
            .unwrap_or_default()
    }

    pub fn end(&self) -> i64 {
        self.first + i64::from(self.length)
    }

    pub fn holds(&self, day: i64) -> bool {
        (self.first..self.end()).contains(&day)
    }

    pub fn month_of(&self, day: i64) -> Option<&Month> {
        self.months().iter().rev().find(|month| month.first <= day)
    }

    /// The day on which week 1 begins: the first week with four of its days in the year (RFC 5545, BYWEEKNO).
    pub fn first_week(&self, week_start: u8) -> i64 {
        first_week(self.first, week_start)
    }

    pub fn weeks(&self, week_start: u8) -> u8 {
        let days = first_week(self.end(), week_start) - self.first_week(week_start);
        (days / 7).clamp(0, 60) as u8
    }
}

fn first_week(first_of_year: i64, week_start: u8) -> i64 {
    let into = i64::from((weekday(first_of_year) + 7 - week_start) % 7);
    if into <= 3 {
        first_of_year - into
    } else {
        first_of_year + 7 - into
    }
}

/// Monday is 0.
pub(super) fn weekday(day: i64) -> u8 {
    (day + 3).rem_euclid(7) as u8
}

fn gregorian(number: i32) -> Option<Year> {
    if !(0..=10_000).contains(&number) {
        return None;
    }
    let leap = is_leap(number);
    let lengths = [
        31,
        if leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let parts = (1..)
        .zip(lengths)
        .map(|(month, length)| (month, false, length));
    Year::of(number, days_from(i64::from(number), 1, 1), parts)
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The day of a Gregorian date; years begin in March here, so that the leap day comes last.
pub(super) fn days_from(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The Gregorian date of a day: year, month, day.
pub(super) fn civil(day: i64) -> (i32, u8, u8) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year + i64::from(month <= 2);
    (year as i32, month as u8, day as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        assert_eq!(days_from(1970, 1, 1), 0);
        assert_eq!(civil(-719_162), (1, 1, 1));
        for day in (-719_162..2_932_896).step_by(13) {
            let (year, month, date) = civil(day);
            assert_eq!(days_from(year.into(), month.into(), date.into()), day);
        }
    }

    #[test]
    fn weeks_are_counted_as_iso_8601_does() {
        let weeks = |year| gregorian(year).unwrap().weeks(0);
        assert_eq!(
            [2015, 2019, 2020, 2021, 2026].map(weeks),
            [53, 52, 53, 52, 53]
        );
        assert_eq!(
            gregorian(2014).unwrap().first_week(0),
            days_from(2013, 12, 30)
        );
        assert_eq!(
            gregorian(2014).unwrap().first_week(6),
            days_from(2013, 12, 29)
        );
    }
}
