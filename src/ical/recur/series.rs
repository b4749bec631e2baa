//! A rule with its start: the walk over its occurrences, wall clock in and wall clock out, from any moment on.
//! The cost follows the window asked for: periods before it are stepped over by arithmetic, not walked.

use super::Budget;
use super::adapter::Adapter;
use super::calendar::{Year, civil, weekday};
use super::days::{Days, complete};
use super::even::each_period;
use super::rule::{BadRule, Frequency, Rule, has};
use super::times::{Times, positions};
use crate::ical::TooMany;
use crate::ical::time::{DAY, FIRST, LAST};

/// A recurrence rule and the start that it counts from, in naive seconds of the series' own wall clock.
#[derive(Clone, Debug)]
pub struct Series {
    rule: Rule,
    start: i64,
    until: i64,
    times: Times,
    /// Where the crate is to find the days of the rule.
    adapter: Option<Adapter>,
    /// The number, or the first second, of the period that holds the start.
    base: i64,
    /// Occurrences in every period after the first, where COUNT needs it and all periods have the same number.
    each: Option<u64>,
}

impl Series {
    /// `until`: the last moment an occurrence may begin, on the same wall clock. DTSTART is always an occurrence, and
    /// counts as the first (RFC 5545 section 3.3.10, COUNT).
    pub fn new(
        rule: &Rule,
        start: i64,
        whole_days: bool,
        until: Option<i64>,
    ) -> Result<Self, BadRule> {
        let mut rule = rule.clone();
        if whole_days {
            if rule.frequency >= Frequency::Hourly {
                return Err(BadRule::WithinDay);
            }
            // "MUST be ignored if DTSTART is a DATE."
            (rule.hours, rule.minutes, rule.seconds) = (0, 0, 0);
        }
        if !(FIRST..=LAST).contains(&start) {
            return Err(BadRule::Start);
        }
        complete(&mut rule, start.div_euclid(DAY)).ok_or(BadRule::Start)?;
        let base = base(&rule, start).ok_or(BadRule::Start)?;
        let times = Times::of(&rule, start);
        let each = rule.count.and_then(|_| each_period(&rule, &times));
        // A series that must be counted through from its start is not for the crate, which takes ten times as long.
        let walked = rule.count.is_some() && each.is_none();
        Ok(Self {
            times,
            adapter: match walked || is_quick(&rule) {
                true => None,
                false => Adapter::of(&rule),
            },
            each,
            until: match rule.never {
                true => start,
                false => until.unwrap_or(LAST).min(LAST),
            },
            rule,
            start,
            base,
        })
    }

    /// The same, without the crate, which takes ten times as long as our own finder of days.
    pub(crate) fn by_ourselves(mut self) -> Self {
        self.adapter = None;
        self
    }

    pub fn start(&self) -> i64 {
        self.start
    }

    /// Has the series an end? COUNT or UNTIL say so.
    pub fn is_finite(&self) -> bool {
        self.rule.count.is_some() || self.until < LAST
    }

    /// The occurrences from `from` to `to`, both included, ascending.
    pub fn within(&self, from: i64, to: i64) -> Walk<'_> {
        Walk::new(self, from, to)
    }

    /// No occurrence begins later; `None`: the series never ends.
    pub fn last(&self, budget: &mut Budget) -> Result<Option<i64>, TooMany> {
        if self.rule.count.is_none() {
            return Ok((self.until < LAST).then_some(self.until.max(self.start)));
        }
        let mut walk = Walk::new(self, i64::MAX, LAST);
        walk.seek_last();
        while walk.next(budget)?.is_some() {}
        Ok(Some(walk.last))
    }

    fn unit(&self) -> i64 {
        match self.rule.frequency {
            Frequency::Hourly => 3600,
            Frequency::Minutely => 60,
            _ => 1,
        }
    }

    /// A period that is not after the one holding `moment`, in steps of INTERVAL from the start.
    fn period_before(&self, moment: i64) -> i64 {
        let moment = moment.clamp(FIRST, LAST);
        let day = moment.div_euclid(DAY);
        let passed = match self.rule.frequency {
            Frequency::Yearly => i64::from(self.rule.scale.year_of(day)) - self.base,
            Frequency::Monthly if self.rule.scale.months_a_year() == Some(12) => {
                let (year, month, _) = civil(day);
                i64::from(year) * 12 + i64::from(month) - 1 - self.base
            }
            // No month of any system is longer than 31 days.
            Frequency::Monthly => (day - self.base) / 31,
            Frequency::Weekly => (day - self.base) / 7,
            Frequency::Daily => day - self.base,
            _ => (moment - self.base) / self.unit(),
        };
        (passed / i64::from(self.rule.interval) - 1).max(0)
    }
}

/// Does a rule name its days within a month or a week by nothing but their place in it? They are found in a fraction of
/// the time that it takes to ask for them.
fn is_quick(rule: &Rule) -> bool {
    rule.frequency != Frequency::Yearly
        && rule.months.is_empty()
        && rule.year_days.is_empty()
        && rule.weeks.is_empty()
}

/// Where the periods of a rule are counted from.
fn base(rule: &Rule, start: i64) -> Option<i64> {
    let day = start.div_euclid(DAY);
    let mut days = Days::new(rule, None);
    Some(match rule.frequency {
        Frequency::Yearly if !rule.weeks.is_empty() => days.year_of_week(day)?.number.into(),
        Frequency::Yearly => rule.scale.year_of(day).into(),
        Frequency::Monthly if rule.scale.months_a_year() == Some(12) => {
            let (year, month, _) = civil(day);
            i64::from(year) * 12 + i64::from(month) - 1
        }
        Frequency::Monthly => {
            let year = days.year(rule.scale.year_of(day).into())?;
            year.month_of(day)?.first
        }
        Frequency::Weekly => day - i64::from((weekday(day) + 7 - rule.week_start) % 7),
        Frequency::Daily => day,
        Frequency::Hourly => start - start.rem_euclid(3600),
        Frequency::Minutely => start - start.rem_euclid(60),
        Frequency::Secondly => start,
    })
}

/// What is still to come of a series in a window.
#[derive(Debug)]
pub struct Walk<'s> {
    series: &'s Series,
    days: Days<'s>,
    from: i64,
    to: i64,
    /// Steps of INTERVAL to the period that is opened next.
    step: i64,
    /// The days (or the hour, minute, second) of the open period, as naive seconds.
    bases: Vec<i64>,
    chosen: Vec<usize>,
    index: usize,
    total: usize,
    start_given: bool,
    /// Occurrences so far, those before the window too; only kept right where COUNT needs it.
    counted: u64,
    last: i64,
    done: bool,
    /// For months of uneven years: a year, and how many months its first is from the base.
    at_year: Option<(Year, i64)>,
}

impl<'s> Walk<'s> {
    fn new(series: &'s Series, from: i64, to: i64) -> Self {
        let mut walk = Self {
            series,
            days: Days::new(&series.rule, series.adapter.as_ref()),
            from,
            to: to.min(series.until),
            step: 0,
            bases: Vec::new(),
            chosen: Vec::new(),
            index: 0,
            total: 0,
            start_given: from > series.start || to < series.start,
            counted: 1,
            last: series.start,
            done: false,
            at_year: None,
        };
        let step = series.period_before(from);
        if series.rule.count.is_none() {
            walk.step = step;
        } else if let Some(each) = series.each.filter(|_| step > 0) {
            walk.jump(step, each);
        }
        walk
    }

    /// Steps over periods that all have `each` occurrences.
    fn jump(&mut self, step: i64, each: u64) {
        let open_ended = std::mem::replace(&mut self.from, i64::MAX);
        let mut enough = Budget::of(1_000);
        if self.open(&mut enough) == Ok(true) {
            let between = each.saturating_mul(step.saturating_sub(1).max(0) as u64);
            self.counted = self.counted.saturating_add(between);
            self.step = step;
        } else {
            self.step = 0;
        }
        self.from = open_ended;
        (self.index, self.total) = (0, 0);
    }

    /// For a counted series: right before the period that holds its last occurrence, if that can be reckoned.
    fn seek_last(&mut self) {
        let (Some(count), Some(each)) = (self.series.rule.count, self.series.each) else {
            return;
        };
        (self.step, self.counted, self.last) = (0, 1, self.series.start);
        let farthest = self.series.period_before(LAST);
        let steps = i64::try_from(count / each)
            .unwrap_or(i64::MAX)
            .min(farthest);
        if steps > 2 {
            self.jump(steps - 1, each);
        }
    }

    /// The next occurrence; `TooMany` when the budget is used up before it is found.
    pub fn next(&mut self, budget: &mut Budget) -> Result<Option<i64>, TooMany> {
        if !self.start_given {
            self.start_given = true;
            budget.spend(1)?;
            return Ok(Some(self.series.start));
        }
        let count = self.series.rule.count.unwrap_or(u64::MAX);
        while !self.done {
            if self.counted >= count {
                self.done = true;
                break;
            }
            if self.index >= self.total {
                self.done = !self.open(budget)?;
                continue;
            }
            budget.spend(1)?;
            let moment = self.moment(self.index);
            self.index += 1;
            self.counted += 1;
            if moment > self.to {
                self.done = true;
                break;
            }
            self.last = moment;
            return Ok(Some(moment));
        }
        Ok(None)
    }

    fn moment(&self, index: usize) -> i64 {
        let times = self.series.times.len();
        let place = self.chosen.get(index).copied().unwrap_or(index);
        self.bases
            .get(place / times)
            .copied()
            .unwrap_or(i64::MAX / 2)
            + self.series.times.at(place % times)
    }

    /// The first index whose moment is not before `limit`.
    fn index_of(&self, limit: i64) -> usize {
        let (mut low, mut high) = (0, self.total);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.moment(middle) < limit {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Opens the next period and passes over what lies before the window. `false`: there is none.
    fn open(&mut self, budget: &mut Budget) -> Result<bool, TooMany> {
        budget.spend(1)?;
        let filled = self.fill(budget)?;
        budget.spend(std::mem::take(&mut self.days.owed))?;
        if !filled {
            return Ok(false);
        }
        self.step += 1;
        let all = self.bases.len() * self.series.times.len();
        budget.spend(self.bases.len() as u64 / 8)?;
        self.chosen.clear();
        self.total = all;
        if !self.series.rule.positions.is_empty() {
            self.chosen = positions(&self.series.rule.positions, all);
            self.total = self.chosen.len();
        }
        let fresh = self.index_of(self.last.saturating_add(1));
        self.index = self.index_of(self.from).max(fresh);
        let passed = (self.index - fresh) as u64;
        let left = self
            .series
            .rule
            .count
            .unwrap_or(0)
            .saturating_sub(self.counted);
        let used = passed.min(left);
        if used > 0 {
            self.last = self.moment(fresh + used as usize - 1);
            self.counted += used;
        }
        Ok(true)
    }

    fn fill(&mut self, budget: &mut Budget) -> Result<bool, TooMany> {
        let rule = &self.series.rule;
        if rule.frequency >= Frequency::Hourly {
            return self.fill_within_day(budget);
        }
        if !self.find_days(budget)? {
            return Ok(false);
        }
        self.bases.clear();
        self.bases
            .extend(self.days.found.iter().map(|day| day.saturating_mul(DAY)));
        Ok(true)
    }

    /// Finds the days of the period. `false`: it is past the window, or past all years.
    fn find_days(&mut self, budget: &mut Budget) -> Result<bool, TooMany> {
        let rule = &self.series.rule;
        let offset = self.step.saturating_mul(rule.interval.into());
        let number = self.series.base.saturating_add(offset);
        let to = self.to;
        // A week or a skipped day may begin some days before its period does.
        let past = |first: i64| first.saturating_sub(7).saturating_mul(DAY) > to;
        Ok(match rule.frequency {
            Frequency::Yearly => match self.days.year(number) {
                Some(year) if !past(year.first) => {
                    self.days.yearly(&year);
                    true
                }
                _ => false,
            },
            Frequency::Monthly => {
                let Some((year, index)) = self.month_at(number, offset, budget)? else {
                    return Ok(false);
                };
                match year.months().get(index) {
                    Some(month) if !past(month.first) => {
                        self.days.monthly(&year, month);
                        true
                    }
                    _ => false,
                }
            }
            Frequency::Weekly => {
                let first = self.series.base.saturating_add(offset.saturating_mul(7));
                let there = !past(first);
                if there {
                    self.days.weekly(first);
                }
                there
            }
            _ => {
                let there = !past(number);
                if there {
                    self.days.daily(number);
                }
                there
            }
        })
    }

    /// The month that is `offset` months after the base, as its year and its place there.
    fn month_at(
        &mut self,
        number: i64,
        offset: i64,
        budget: &mut Budget,
    ) -> Result<Option<(Year, usize)>, TooMany> {
        if self.series.rule.scale.months_a_year() == Some(12) {
            let year = self.days.year(number.div_euclid(12));
            return Ok(year.map(|year| (year, number.rem_euclid(12) as usize)));
        }
        if self.at_year.is_none() {
            let first = self.series.base;
            let year = self.days.year(self.series.rule.scale.year_of(first).into());
            self.at_year = year.map(|year| {
                let before = year.months().iter().filter(|month| month.first < first);
                (year, -(before.count() as i64))
            });
        }
        while let Some((year, from)) = self.at_year {
            let count = year.months().len() as i64;
            if offset < from + count {
                return Ok(Some((year, (offset - from).max(0) as usize)));
            }
            budget.spend(1)?;
            let next = self.days.year(i64::from(year.number) + 1);
            self.at_year = next.map(|next| (next, from + count));
        }
        Ok(None)
    }

    /// HOURLY, MINUTELY, SECONDLY: steps to the next tick that passes every limit, over idle months, days, hours and
    /// minutes at a stride.
    fn fill_within_day(&mut self, budget: &mut Budget) -> Result<bool, TooMany> {
        let rule = &self.series.rule;
        let stride = self.series.unit().saturating_mul(rule.interval.into());
        loop {
            let tick = self
                .series
                .base
                .saturating_add(self.step.saturating_mul(stride));
            if tick > self.to {
                return Ok(false);
            }
            let Some(resume) = self.idle_until(tick) else {
                self.bases.clear();
                self.bases.push(tick);
                return Ok(true);
            };
            budget.spend(1)?;
            let strides = (resume - self.series.base + stride - 1) / stride;
            self.step = strides.max(self.step + 1);
        }
    }

    /// The first moment after a tick that may pass, where the tick does not.
    fn idle_until(&mut self, tick: i64) -> Option<i64> {
        let rule = &self.series.rule;
        let day = tick.div_euclid(DAY);
        if let Some(next) = self.days.after_idle_month(day) {
            return Some(next * DAY);
        }
        if !self.days.passes(day) {
            return Some((day + 1) * DAY);
        }
        let clock = tick.rem_euclid(DAY);
        let out = |set: u64, value: i64| set != 0 && !has(set, value as u8);
        if out(rule.hours, clock / 3600) {
            return Some(tick - tick.rem_euclid(3600) + 3600);
        }
        if rule.frequency >= Frequency::Minutely && out(rule.minutes, clock / 60 % 60) {
            return Some(tick - tick.rem_euclid(60) + 60);
        }
        let secondly = rule.frequency == Frequency::Secondly;
        (secondly && out(rule.seconds, clock % 60)).then_some(tick + 1)
    }
}
