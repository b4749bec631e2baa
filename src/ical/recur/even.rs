//! How many occurrences each period of a rule has, where all have the same: what COUNT is stepped over by
//! (RFC 5545 section 3.3.10).

use super::calendar::{Scale, Skip};
use super::rule::{Frequency, Numbers, Rule, Weekdays, members};
use super::times::{Times, positions};

/// The least and the most that a period has.
type Bounds = (usize, usize);

/// Occurrences in every period after the first; `None`: not all have the same number. The rule has nothing implicit
/// left.
pub(super) fn each_period(rule: &Rule, times: &Times) -> Option<u64> {
    let (least, most) = days(rule)?;
    let (least, most) = (least * times.len(), most * times.len());
    let each = if rule.positions.is_empty() {
        (least == most).then_some(least)?
    } else if least == most {
        positions(&rule.positions, least).len()
    } else {
        // Places counted from both ends are there and apart in every period that is long enough for both.
        let farthest = |side: i32| rule.positions.iter().map(|place| place * side).max();
        let reach = farthest(1)?.max(0) as usize + farthest(-1)?.max(0) as usize;
        (reach <= least).then_some(rule.positions.len())?
    };
    (each > 0).then_some(each as u64)
}

fn days(rule: &Rule) -> Option<Bounds> {
    if !rule.year_days.is_empty() || !rule.weeks.is_empty() {
        return None;
    }
    if rule.frequency <= Frequency::Monthly {
        let plain = rule.scale == Scale::Gregorian && rule.skip == Skip::Omit;
        return plain.then(|| days_of_months(rule)).flatten();
    }
    if !rule.months.is_empty() || !rule.month_days.is_empty() {
        return None;
    }
    if rule.frequency == Frequency::Weekly {
        let days = rule.weekdays.plain.count_ones() as usize;
        return Some((days, days));
    }
    let limited = !rule.weekdays.is_empty()
        || rule.frequency >= Frequency::Hourly && rule.hours != 0
        || rule.frequency >= Frequency::Minutely && rule.minutes != 0
        || rule.frequency == Frequency::Secondly && rule.seconds != 0;
    (!limited).then_some((1, 1))
}

/// MONTHLY and YEARLY.
fn days_of_months(rule: &Rule) -> Option<Bounds> {
    match (rule.frequency, rule.months.is_empty()) {
        (Frequency::Monthly, true) => days_within(rule, 28, 31),
        (Frequency::Yearly, true) if rule.month_days.is_empty() => {
            weekdays_within(&rule.weekdays, 365, 366)
        }
        (Frequency::Yearly, false) if rule.months.leap == 0 => members(rule.months.regular)
            .map(|month| match month {
                2 => days_within(rule, 28, 29),
                4 | 6 | 9 | 11 => days_within(rule, 30, 30),
                _ => days_within(rule, 31, 31),
            })
            .try_fold((0, 0), |(least, most), month| {
                let (more, most_more) = month?;
                Some((least + more, most + most_more))
            }),
        _ => None,
    }
}

/// In months of so many days.
fn days_within(rule: &Rule, shortest: u16, longest: u16) -> Option<Bounds> {
    match (rule.month_days.is_empty(), rule.weekdays.is_empty()) {
        (false, true) => month_days_within(rule.month_days, shortest),
        (true, false) => weekdays_within(&rule.weekdays, shortest, longest),
        _ => None,
    }
}

fn month_days_within(wanted: Numbers, shortest: u16) -> Option<Bounds> {
    let list = match (wanted.forward, wanted.backward) {
        (list, 0) | (0, list) => list,
        // The same day may be meant from both ends.
        _ => return None,
    };
    let sure = members(list).filter(|day| u16::from(*day) <= shortest);
    Some((sure.count(), list.count_ones() as usize))
}

fn weekdays_within(wanted: &Weekdays, shortest: u16, longest: u16) -> Option<Bounds> {
    let plain = wanted.plain.count_ones() as usize;
    let (least, most) = (usize::from(shortest / 7), usize::from(longest.div_ceil(7)));
    let numbers = &wanted.numbered;
    let one_end = numbers.iter().all(|(number, _)| *number > 0)
        || numbers.iter().all(|(number, _)| *number < 0);
    match (plain, numbers.len()) {
        // All seven are every day.
        (7, 0) => Some((shortest.into(), longest.into())),
        (_, 0) => Some((plain * least, plain * most)),
        (0, count) if one_end => {
            let sure = numbers
                .iter()
                .filter(|(number, _)| usize::from(number.unsigned_abs()) <= least);
            Some((sure.count(), count))
        }
        _ => None,
    }
}
