//! The days of one period of a rule: which BY parts expand it and which limit it (RFC 5545 section 3.3.10, the table
//! on page 44; SKIP as RFC 7529 section 4.1 orders it). The rule has nothing implicit left: see `series.rs`.

use super::adapter::{Adapter, Answer};
use super::calendar::{Month, Skip, Year, weekday};
use super::rule::{Frequency, Rule, Weekdays, has, members};

/// The days of the period looked at, and the year table that was last needed.
#[derive(Debug)]
pub(super) struct Days<'r> {
    rule: &'r Rule,
    adapter: Option<&'r Adapter>,
    answer: Option<Answer>,
    year: Option<Year>,
    pub found: Vec<i64>,
    /// Steps that the questions to the crate have cost and that no budget has paid yet.
    pub owed: u64,
}

impl<'r> Days<'r> {
    pub fn new(rule: &'r Rule, adapter: Option<&'r Adapter>) -> Self {
        Self {
            rule,
            adapter,
            answer: None,
            year: None,
            found: Vec::new(),
            owed: 0,
        }
    }

    /// Takes the days from `first` to before `end` as the crate has them. `false`: this rule is not one for it.
    fn asked(&mut self, first: i64, end: i64) -> bool {
        self.found.clear();
        let Some(adapter) = self.adapter else {
            return false;
        };
        let mut day = first;
        while day < end {
            let held = self.answer.take();
            let mut answer = match held.filter(|held| (held.first..held.end).contains(&day)) {
                Some(held) => held,
                None => adapter.ask(day),
            };
            self.owed += std::mem::take(&mut answer.cost);
            let from = answer.days.partition_point(|found| *found < day);
            let wanted = answer.days.iter().skip(from).take_while(|day| **day < end);
            self.found.extend(wanted);
            day = answer.end;
            self.answer = Some(answer);
        }
        true
    }

    pub fn year(&mut self, number: i64) -> Option<Year> {
        let number = i32::try_from(number).ok()?;
        if self.year.is_none_or(|year| year.number != number) {
            self.year = self.rule.scale.year(number);
        }
        self.year.filter(|year| year.number == number)
    }

    fn year_holding(&mut self, day: i64) -> Option<Year> {
        match self.year {
            Some(year) if year.holds(day) => Some(year),
            _ => self.year(self.rule.scale.year_of(day).into()),
        }
    }

    pub fn daily(&mut self, day: i64) {
        if self.asked(day, day + 1) {
            return;
        }
        if self.passes(day) {
            self.found.push(day);
        }
    }

    pub fn weekly(&mut self, first: i64) {
        if self.asked(first, first + 7) {
            return;
        }
        for day in first..first + 7 {
            if self.passes(day) {
                self.found.push(day);
            }
        }
    }

    pub fn monthly(&mut self, year: &Year, month: &Month) {
        if self.asked(month.first, month.first + i64::from(month.length)) {
            return;
        }
        let rule = self.rule;
        if !rule.months.is_empty() && !rule.months.contains(month.number, month.leap) {
            return;
        }
        if rule.month_days.is_empty() && rule.weekdays.is_empty() {
            self.found
                .extend(month.first..month.first + i64::from(month.length));
        } else if rule.month_days.is_empty() {
            self.weekdays_of(month.first, month.length.into());
        } else {
            self.month_days_of(month);
            self.limit_weekdays(|_| Some((month.first, month.length.into())));
        }
        self.limit_year_days(year);
        self.limit_weeks();
        self.settle();
    }

    pub fn yearly(&mut self, year: &Year) {
        if self.asked(year.first, year.end()) {
            return;
        }
        let rule = self.rule;
        if !rule.weeks.is_empty() {
            return self.yearly_by_week(year);
        }
        let months = self.months_of(year);
        if !rule.month_days.is_empty() {
            for month in &months {
                self.month_days_of(month);
            }
            self.limit_year_days(year);
        } else if !rule.year_days.is_empty() {
            self.year_days_of(year);
            if !rule.months.is_empty() {
                self.found
                    .retain(|day| months.iter().any(|month| holds(month, *day)));
            }
        } else if !rule.months.is_empty() {
            for month in &months {
                self.weekdays_of(month.first, month.length.into());
            }
            return self.settle();
        } else {
            self.weekdays_of(year.first, year.length.into());
            return self.settle();
        }
        if rule.months.is_empty() || rule.month_implied {
            self.limit_weekdays(|_| Some((year.first, year.length.into())));
        } else {
            self.limit_weekdays(|day| {
                let month = months.iter().find(|month| holds(month, day))?;
                Some((month.first, month.length.into()))
            });
        }
        self.settle();
    }

    /// The weeks of a year, the days of which may lie in the year before or after; every other part limits them.
    fn yearly_by_week(&mut self, year: &Year) {
        let rule = self.rule;
        let count = year.weeks(rule.week_start);
        let first = year.first_week(rule.week_start);
        for week in (1..=count).filter(|week| rule.weeks.contains(*week, count)) {
            for day in 0..7 {
                let day = first + i64::from(week - 1) * 7 + day;
                if self.passes_but_weeks(day) {
                    self.found.push(day);
                }
            }
        }
    }

    /// Does a day satisfy every part that limits it?
    pub fn passes(&mut self, day: i64) -> bool {
        self.passes_but_weeks(day) && (self.rule.weeks.is_empty() || self.in_weeks(day))
    }

    fn passes_but_weeks(&mut self, day: i64) -> bool {
        let rule = self.rule;
        if !rule.weekdays.is_empty() && !has(rule.weekdays.plain, weekday(day)) {
            return false;
        }
        if rule.months.is_empty() && rule.month_days.is_empty() && rule.year_days.is_empty() {
            return true;
        }
        let Some(year) = self.year_holding(day) else {
            return false;
        };
        let Some(month) = year.month_of(day) else {
            return false;
        };
        let of_month = (day - month.first + 1) as u8;
        (rule.months.is_empty() || rule.months.contains(month.number, month.leap))
            && (rule.month_days.is_empty() || rule.month_days.contains(of_month, month.length))
            && (rule.year_days.is_empty() || is_year_day(&rule.year_days, &year, day))
    }

    fn in_weeks(&mut self, day: i64) -> bool {
        let start = self.rule.week_start;
        let Some(year) = self.year_of_week(day) else {
            return false;
        };
        let week = (day - year.first_week(start)) / 7 + 1;
        self.rule.weeks.contains(week as u8, year.weeks(start))
    }

    /// The year whose weeks hold a day.
    pub fn year_of_week(&mut self, day: i64) -> Option<Year> {
        let start = self.rule.week_start;
        let year = self.year_holding(day)?;
        let first = year.first_week(start);
        if day < first {
            self.year(i64::from(year.number) - 1)
        } else if day >= first + 7 * i64::from(year.weeks(start)) {
            self.year(i64::from(year.number) + 1)
        } else {
            Some(year)
        }
    }

    /// The first day after this one's month, where BYMONTH rules the month out.
    pub fn after_idle_month(&mut self, day: i64) -> Option<i64> {
        if self.rule.months.is_empty() {
            return None;
        }
        let year = self.year_holding(day)?;
        let month = year.month_of(day)?;
        let idle = !self.rule.months.contains(month.number, month.leap);
        idle.then(|| month.first + i64::from(month.length))
    }

    /// BYMONTH, and SKIP for months that the year does not have.
    fn months_of(&mut self, year: &Year) -> Vec<Month> {
        let rule = self.rule;
        let all = year.months();
        if rule.months.is_empty() {
            return all.to_vec();
        }
        let mut chosen = Vec::new();
        let wanted = members(rule.months.regular)
            .map(|number| (number, false))
            .chain(members(rule.months.leap).map(|number| (number, true)));
        for (number, leap) in wanted {
            let there = |month: &&Month| month.number == number && month.leap == leap;
            // A leap month follows the regular one of its number.
            let later = |month: &&Month| month.number > number;
            let found = match (all.iter().find(there), rule.skip) {
                (Some(month), _) => Some(*month),
                (None, Skip::Omit) => None,
                (None, Skip::Backward) => all
                    .iter()
                    .rev()
                    .find(|month| month.number <= number)
                    .copied(),
                (None, Skip::Forward) => all.iter().find(later).copied().or_else(|| {
                    let next = rule.scale.year(year.number + 1)?;
                    next.months().first().copied()
                }),
            };
            chosen.extend(found);
        }
        chosen.sort_unstable_by_key(|month| month.first);
        chosen.dedup_by_key(|month| month.first);
        chosen
    }

    /// BYMONTHDAY, and SKIP for days that the month does not have.
    fn month_days_of(&mut self, month: &Month) {
        let wanted = self.rule.month_days;
        let length = i64::from(month.length);
        for number in members(wanted.forward).map(i64::from) {
            let over = (month.first + length - 1, month.first + length);
            let day = month.first + number - 1;
            self.take(day, number <= length, over);
        }
        for number in members(wanted.backward).map(i64::from) {
            let over = (month.first - 1, month.first);
            let day = month.first + length - number;
            self.take(day, number <= length, over);
        }
    }

    fn year_days_of(&mut self, year: &Year) {
        for number in &self.rule.year_days {
            let number = i64::from(*number);
            let there = number.abs() <= i64::from(year.length);
            if number > 0 {
                self.take(year.first + number - 1, there, (year.end() - 1, year.end()));
            } else {
                self.take(year.end() + number, there, (year.first - 1, year.first));
            }
        }
    }

    /// A day that is there; else the one before or the one after, as SKIP says.
    fn take(&mut self, day: i64, there: bool, (before, after): (i64, i64)) {
        match self.rule.skip {
            _ if there => self.found.push(day),
            Skip::Omit => {}
            Skip::Backward => self.found.push(before),
            Skip::Forward => self.found.push(after),
        }
    }

    /// BYDAY as it expands a month or a year.
    fn weekdays_of(&mut self, first: i64, length: i64) {
        let from = weekday(first);
        for day in members(self.rule.weekdays.plain) {
            let offset = i64::from((day + 7 - from) % 7);
            self.found
                .extend((first + offset..first + length).step_by(7));
        }
        for (number, day) in &self.rule.weekdays.numbered {
            let number = i64::from(*number);
            let offset = i64::from((day + 7 - from) % 7);
            let count = (length - offset + 6) / 7;
            let index = if number > 0 {
                number - 1
            } else {
                count + number
            };
            if (0..count).contains(&index) {
                self.found.push(first + offset + index * 7);
            }
        }
    }

    /// BYDAY as it limits; `within` is the month or year that its numbers count in.
    fn limit_weekdays(&mut self, within: impl Fn(i64) -> Option<(i64, i64)>) {
        let wanted = &self.rule.weekdays;
        if !wanted.is_empty() {
            self.found
                .retain(|day| is_weekday(wanted, *day, within(*day)));
        }
    }

    fn limit_year_days(&mut self, year: &Year) {
        let wanted = &self.rule.year_days;
        if !wanted.is_empty() {
            self.found.retain(|day| is_year_day(wanted, year, *day));
        }
    }

    fn limit_weeks(&mut self) {
        if !self.rule.weeks.is_empty() {
            let mut found = std::mem::take(&mut self.found);
            found.retain(|day| self.in_weeks(*day));
            self.found = found;
        }
    }

    fn settle(&mut self) {
        self.found.sort_unstable();
        self.found.dedup();
    }
}

fn holds(month: &Month, day: i64) -> bool {
    (month.first..month.first + i64::from(month.length)).contains(&day)
}

fn is_year_day(wanted: &[i16], year: &Year, day: i64) -> bool {
    let forward = day - year.first + 1;
    let backward = day - year.end();
    wanted
        .iter()
        .any(|number| i64::from(*number) == forward || i64::from(*number) == backward)
}

fn is_weekday(wanted: &Weekdays, day: i64, within: Option<(i64, i64)>) -> bool {
    let name = weekday(day);
    if has(wanted.plain, name) {
        return true;
    }
    let Some((first, length)) = within else {
        return false;
    };
    let forward = (day - first) / 7 + 1;
    let backward = -((first + length - 1 - day) / 7 + 1);
    wanted.numbered.iter().any(|(number, of)| {
        *of == name && (i64::from(*number) == forward || i64::from(*number) == backward)
    })
}

/// What a rule leaves to DTSTART made explicit (RFC 5545 section 3.3.10: "Information, not contained in the rule,
/// necessary to determine the various recurrence instance start time and dates are derived from the Start Time").
/// A YEARLY rule with BYMONTHDAY alone keeps to the month of its start, as libical and ical.js read it.
pub(super) fn complete(rule: &mut Rule, day: i64) -> Option<()> {
    let year = rule.scale.year(rule.scale.year_of(day))?;
    let month = *year.month_of(day)?;
    let of_month = super::rule::Numbers::only((day - month.first + 1) as u8);
    let name = 1 << weekday(day);
    let no_days =
        rule.month_days.is_empty() && rule.year_days.is_empty() && rule.weekdays.is_empty();
    match rule.frequency {
        Frequency::Yearly if !rule.weeks.is_empty() && no_days => rule.weekdays.plain = name,
        Frequency::Yearly if !rule.weeks.is_empty() => {}
        Frequency::Yearly => {
            if no_days {
                rule.month_days = of_month;
            }
            let by_month_day = !rule.month_days.is_empty() && rule.year_days.is_empty();
            if by_month_day && rule.months.is_empty() {
                rule.month_implied = true;
                if month.leap {
                    rule.months.leap = 1 << month.number;
                } else {
                    rule.months.regular = 1 << month.number;
                }
            }
        }
        Frequency::Monthly if no_days && rule.weeks.is_empty() => rule.month_days = of_month,
        Frequency::Weekly if no_days && rule.weeks.is_empty() => rule.weekdays.plain = name,
        // Some weekdays of every week: the same days, and as many in each period.
        Frequency::Daily
            if rule.interval == 1 && !rule.weekdays.is_empty() && rule.positions.is_empty() =>
        {
            rule.frequency = Frequency::Weekly;
        }
        _ => {}
    }
    Some(())
}
