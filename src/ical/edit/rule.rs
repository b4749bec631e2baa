//! The text of an RRULE, part by part: cut in two, given another end, moved with its start.

use super::super::Zone;
use super::super::recur::{Budget, Frequency, Rule, Series, Until};
use super::super::time::{DAY, FIRST, Form, HOUR, LAST, MINUTE, civil};
use super::Unfit;
use super::moment::Moment;

/// The parts of a rule in their order, names in upper case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts(Vec<(String, String)>);

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl Parts {
    pub fn of(text: &str) -> Self {
        let parts = text.trim().split(';').filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((name.trim().to_ascii_uppercase(), value.trim().to_owned()))
        });
        Self(parts.collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    pub fn set(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(own, _)| own == name) {
            Some((_, there)) => *there = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(own, _)| own != name);
    }

    /// Without COUNT and UNTIL.
    #[must_use]
    pub fn endless(mut self) -> Self {
        self.remove("COUNT");
        self.remove("UNTIL");
        self
    }

    #[must_use]
    pub fn until(self, until: String) -> Self {
        let mut parts = self.endless();
        parts.set("UNTIL", until);
        parts
    }

    pub fn text(&self) -> String {
        let parts: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        parts.join(";")
    }
}

/// A rule that ends before a day, as a midnight of its own clock, or has an end of its own that it keeps: in the form that
/// RFC 5545 section 3.3.10 asks for beside this start, in whatever form it was said.
///
/// # Errors
/// [`Unfit::Backwards`] for an end before the start, and what is wrong with the rule.
pub(super) fn ending(
    parts: Parts,
    until: Option<Option<i64>>,
    start: &Moment,
    zone: &Zone,
) -> Result<Parts, Unfit> {
    match until {
        None => fitting(parts, start, zone),
        Some(None) => Ok(parts.endless()),
        Some(Some(last)) if end_of(last) < start.time.wall => Err(Unfit::Backwards),
        Some(Some(last)) if start.is_date() => Ok(parts.until(start.until(last))),
        Some(Some(last)) => Ok(parts.until(start.until(end_of(last)))),
    }
}

fn fitting(mut parts: Parts, start: &Moment, zone: &Zone) -> Result<Parts, Unfit> {
    let wall = match (Rule::parse(&parts.text())?.until, &start.time.form) {
        (None, _)
        | (Some(Until::Date(_)), Form::Date)
        | (Some(Until::Local(_)), Form::Floating)
        | (Some(Until::Utc(_)), Form::Utc | Form::Zoned(_)) => return Ok(parts),
        (Some(Until::Date(day)), _) => end_of(day),
        (Some(Until::Local(wall)), _) => wall,
        (Some(Until::Utc(instant)), _) => start.at_instant(instant, zone).time.wall,
    };
    parts.set("UNTIL", start.until(wall));
    Ok(parts)
}

/// The last occurrence before a moment of the wall clock of the series.
pub(super) fn last_before(
    series: &Series,
    wall: i64,
    budget: &mut Budget,
) -> Result<Option<i64>, Unfit> {
    if wall <= series.start() {
        return Ok(None);
    }
    let mut back = HOUR;
    loop {
        let from = wall.saturating_sub(back).max(series.start()).max(FIRST);
        let mut walk = series.within(from, wall - 1);
        let mut last = None;
        while let Some(moment) = walk.next(budget)? {
            last = Some(moment);
        }
        if last.is_some() || from <= series.start() {
            return Ok(last);
        }
        back = back.saturating_mul(8);
    }
}

/// The first occurrence at or after a moment.
pub(super) fn first_from(
    series: &Series,
    wall: i64,
    budget: &mut Budget,
) -> Result<Option<i64>, Unfit> {
    Ok(series.within(wall, LAST).next(budget)?)
}

/// How many occurrences are before a moment.
pub(super) fn count_before(series: &Series, wall: i64, budget: &mut Budget) -> Result<u64, Unfit> {
    let mut walk = series.within(series.start(), wall - 1);
    let mut count = 0;
    while walk.next(budget)?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// How the occurrences of a rule move with their start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// All by the same time.
    Alike,
    /// One by one: months have different lengths.
    EachItsOwn,
}

/// The rule of a series whose start moves from one wall clock to another.
///
/// # Errors
/// [`Unfit::RuleNamesDays`]: what it names does not follow from the start, so it cannot be said what it is to name now.
pub(super) fn moved(
    parts: &Parts,
    from: i64,
    to: i64,
    to_date: bool,
) -> Result<(Parts, Moved), Unfit> {
    let rule = Rule::parse(&parts.text())?;
    let days = to.div_euclid(DAY) - from.div_euclid(DAY);
    let clock = to.rem_euclid(DAY) != from.rem_euclid(DAY);
    let names_clock = parts.has_any(&["BYHOUR", "BYMINUTE", "BYSECOND"]);
    let within_day = rule.frequency >= Frequency::Hourly;
    if (clock || to_date) && names_clock || to_date && within_day {
        return Err(Unfit::RuleNamesDays);
    }
    let names_days = parts.has_any(&[
        "BYDAY",
        "BYMONTHDAY",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYMONTH",
        "BYSETPOS",
    ]);
    if within_day {
        let stays = days == 0 && !clock && !to_date;
        return match stays || !names_days {
            true => Ok((parts.clone(), Moved::Alike)),
            false => Err(Unfit::RuleNamesDays),
        };
    }
    if days == 0 {
        return Ok((parts.clone(), Moved::Alike));
    }
    if parts.has_any(&["RSCALE", "SKIP", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"]) {
        return Err(Unfit::RuleNamesDays);
    }
    match rule.frequency {
        Frequency::Weekly => Ok((moved_weeks(parts, &rule, from, days)?, Moved::Alike)),
        Frequency::Monthly if !parts.has("BYMONTH") => {
            Ok((moved_months(parts, from, to)?, Moved::EachItsOwn))
        }
        Frequency::Yearly => Ok((moved_years(parts, from, to)?, Moved::EachItsOwn)),
        _ if !names_days => Ok((parts.clone(), Moved::Alike)),
        _ => Err(Unfit::RuleNamesDays),
    }
}

/// All days of the week go on by the same number, and with them the day on which weeks begin.
fn moved_weeks(parts: &Parts, rule: &Rule, from: i64, days: i64) -> Result<Parts, Unfit> {
    if parts.has_any(&["BYMONTH", "BYMONTHDAY"]) {
        return Err(Unfit::RuleNamesDays);
    }
    let mut parts = parts.clone();
    let Some(named) = parts.get("BYDAY") else {
        return Ok(parts);
    };
    let turned: Option<Vec<&str>> = named.split(',').map(|day| turned(day, days)).collect();
    let turned = turned.ok_or(Unfit::RuleNamesDays)?;
    let own_day = named.eq_ignore_ascii_case(Day::of(from).weekday);
    let begins = parts.get("WKST").unwrap_or("MO").to_owned();
    let value = turned.join(",");
    parts.set("BYDAY", value);
    if rule.interval > 1 && !own_day || parts.has("WKST") {
        let begins = self::turned(&begins, days).ok_or(Unfit::RuleNamesDays)?;
        parts.set("WKST", begins.to_owned());
    }
    Ok(parts)
}

/// The weekday some days later; a number before it has no meaning in weeks.
fn turned(day: &str, days: i64) -> Option<&'static str> {
    let day = day.trim();
    let name = day.get(day.len().checked_sub(2)?..)?;
    let at = WEEKDAYS
        .iter()
        .position(|other| other.eq_ignore_ascii_case(name))?;
    let turned = (i64::try_from(at).ok()? + days).rem_euclid(7);
    WEEKDAYS.get(usize::try_from(turned).ok()?).copied()
}

/// A day of the month by its number or as a weekday, where it is the start's.
fn moved_months(parts: &Parts, from: i64, to: i64) -> Result<Parts, Unfit> {
    let (old, new) = (Day::of(from), Day::of(to));
    let mut parts = parts.clone();
    let moved = match (parts.get("BYMONTHDAY"), parts.get("BYDAY")) {
        (None, None) => return Ok(parts),
        (Some(day), None) => ("BYMONTHDAY", old.renumbered(day, &new)),
        (None, Some(day)) => ("BYDAY", old.renamed(day, &new)),
        (Some(_), Some(_)) => return Err(Unfit::RuleNamesDays),
    };
    parts.set(moved.0, moved.1.ok_or(Unfit::RuleNamesDays)?);
    Ok(parts)
}

fn moved_years(parts: &Parts, from: i64, to: i64) -> Result<Parts, Unfit> {
    let (old, new) = (Day::of(from), Day::of(to));
    let Some(month) = parts.get("BYMONTH") else {
        return match parts.has_any(&["BYDAY", "BYMONTHDAY"]) {
            true => Err(Unfit::RuleNamesDays),
            false => Ok(parts.clone()),
        };
    };
    if month.trim().parse() != Ok(old.month) {
        return Err(Unfit::RuleNamesDays);
    }
    let mut moved = moved_months(parts, from, to)?;
    moved.set("BYMONTH", new.month.to_string());
    Ok(moved)
}

/// A day and its places in its month.
struct Day {
    month: i8,
    /// From the start of the month, and from its end.
    number: i8,
    back: i8,
    weekday: &'static str,
}

impl Day {
    fn of(wall: i64) -> Self {
        let at = civil(wall);
        let weekday = at.weekday().to_monday_zero_offset();
        Self {
            month: at.month(),
            number: at.day(),
            back: at.days_in_month() - at.day() + 1,
            weekday: WEEKDAYS
                .get(usize::from(weekday.unsigned_abs()))
                .copied()
                .unwrap_or("MO"),
        }
    }

    /// BYMONTHDAY of the new day, counted as that of this one was; `None`: it did not name this one alone.
    fn renumbered(&self, named: &str, new: &Self) -> Option<String> {
        let number: i8 = named.trim().parse().ok()?;
        match number {
            number if number == self.number => Some(new.number.to_string()),
            number if number == -self.back => Some(format!("-{}", new.back)),
            _ => None,
        }
    }

    /// The same of BYDAY: the second Monday, the last Friday. A fifth is the last: few months have one.
    fn renamed(&self, named: &str, new: &Self) -> Option<String> {
        let named = named.trim();
        let (number, name) = named.split_at_checked(named.len().checked_sub(2)?)?;
        let number: i8 = number.parse().ok()?;
        let week = |number: i8| (number - 1) / 7 + 1;
        let is_own = name.eq_ignore_ascii_case(self.weekday);
        if is_own && number == week(self.number) {
            let number = match week(new.number) {
                5 => -1,
                number => number,
            };
            Some(format!("{number}{}", new.weekday))
        } else if is_own && number == -week(self.back) {
            Some(format!("-{}{}", week(new.back), new.weekday))
        } else {
            None
        }
    }
}

/// The last moment of a day's wall clock.
pub(super) fn end_of(day: i64) -> i64 {
    day.div_euclid(DAY) * DAY + DAY - MINUTE + 59
}
