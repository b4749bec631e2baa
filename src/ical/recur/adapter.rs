//! The `rrule` crate as the finder of days, and the only place that names it and its time type. It is asked for the
//! days of one month or one year at a time, as a wall clock in UTC: docs/decisions/recurrence.md says why.

use chrono::{DateTime, Month, Weekday};
use rrule::{NWeekday, RRule, RRuleSet, Tz, Unvalidated};

use super::calendar::{Scale, Skip, civil, days_from};
use super::rule::{Frequency, Rule, Weekdays, has, members};
use crate::ical::time::DAY;

/// With this INTERVAL the second period lies beyond the years that the crate knows: it expands one and ends, rather
/// than search on for up to 100,000 empty ones.
const ONLY_ONE: u16 = u16::MAX;

const WEEKDAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// The days that a rule names, as the crate finds them. INTERVAL, COUNT, UNTIL, BYSETPOS and the times of day are left
/// to the walk, so that no answer is longer than a year has days.
#[derive(Clone, Debug)]
pub(super) struct Adapter {
    rule: RRule,
    whole_years: bool,
    months: u64,
}

/// The days named from `first` to before `end`, ascending.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub first: i64,
    pub end: i64,
    pub days: Vec<i64>,
    /// What the question cost, in steps of a budget.
    pub cost: u64,
}

impl Adapter {
    /// `None`: a rule whose days the crate does not know or gets wrong. The rule has nothing implicit left.
    pub fn of(rule: &Rule) -> Option<Self> {
        let numbered = !rule.weekdays.numbered.is_empty();
        let ours = rule.scale != Scale::Gregorian
            || rule.skip != Skip::Omit
            || rule.frequency >= Frequency::Hourly
            || !rule.weeks.is_empty()
            || !rule.year_days.is_empty() && rule.frequency != Frequency::Yearly
            || rule.month_implied && numbered
            || rule.months.leap != 0;
        if ours {
            return None;
        }
        // DAILY and WEEKLY rules name the days of a month that MONTHLY names with the same parts, and so do the months
        // that BYMONTH gives a YEARLY rule (the table of RFC 5545 section 3.3.10).
        let whole_years = rule.frequency == Frequency::Yearly
            && (rule.months.is_empty() || !rule.year_days.is_empty());
        let (period, weeks) = match whole_years {
            true => (rrule::Frequency::Yearly, 53),
            false => (rrule::Frequency::Monthly, 5),
        };
        let rule_of_days = RRule::<Unvalidated>::new(period)
            .interval(ONLY_ONE)
            .by_month(&months(rule.months.regular)?)
            .by_month_day(month_days(rule))
            .by_year_day(rule.year_days.clone())
            .by_weekday(weekdays(rule, weeks))
            .by_hour(vec![0])
            .by_minute(vec![0])
            .by_second(vec![0]);
        Some(Self {
            // What the crate refuses, such as -5FR, it cannot be asked.
            rule: rule_of_days.validate(midnight(0)?).ok()?,
            whole_years,
            months: rule.months.regular,
        })
    }

    /// The days named in the month or the year that holds this day.
    pub fn ask(&self, day: i64) -> Answer {
        let (year, month, _) = civil(day);
        let (year, month) = (i64::from(year), i64::from(month));
        let (first, end) = match self.whole_years {
            true => (days_from(year, 1, 1), days_from(year + 1, 1, 1)),
            false => (
                days_from(year, month, 1),
                days_from(year + month / 12, month % 12 + 1, 1),
            ),
        };
        // A month that BYMONTH rules out need not be asked about.
        let idle = !self.whole_years && self.months != 0 && !has(self.months, month as u8);
        let Some(anchor) = midnight(first).filter(|_| !idle) else {
            let (days, cost) = (Vec::new(), 0);
            return Answer {
                first,
                end,
                days,
                cost,
            };
        };
        let set = RRuleSet::new(anchor).limit().rrule(self.rule.clone());
        let found = set.into_iter().map(|found| found.timestamp());
        Answer {
            first,
            end,
            days: found.map(|moment| moment.div_euclid(DAY)).collect(),
            cost: if self.whole_years { 40 } else { 20 },
        }
    }
}

fn midnight(day: i64) -> Option<DateTime<Tz>> {
    let moment = DateTime::from_timestamp(day.checked_mul(DAY)?, 0)?;
    Some(moment.with_timezone(&Tz::UTC))
}

fn months(set: u64) -> Option<Vec<Month>> {
    members(set)
        .map(|number| Month::try_from(number).ok())
        .collect()
}

fn month_days(rule: &Rule) -> Vec<i8> {
    let backward = members(rule.month_days.backward).map(|number| -(number as i8));
    members(rule.month_days.forward)
        .map(|number| number as i8)
        .chain(backward)
        .collect()
}

/// The crate finds nothing where plain weekdays stand beside numbered ones: there they are numbered too.
fn weekdays(rule: &Rule, weeks: i16) -> Vec<NWeekday> {
    let Weekdays { plain, numbered } = &rule.weekdays;
    let nothing = rule.month_days.is_empty() && rule.year_days.is_empty() && numbered.is_empty();
    let plain = match *plain {
        0 if nothing => 0b111_1111,
        set => set,
    };
    let named = |number: Option<i16>, day: u8| {
        let day = WEEKDAYS.get(usize::from(day)).copied();
        day.map(|day| NWeekday::new(number, day))
    };
    if numbered.is_empty() {
        return members(plain).filter_map(|day| named(None, day)).collect();
    }
    let every = members(plain).flat_map(|day| (1..=weeks).map(move |number| (number, day)));
    every
        .chain(numbered.iter().copied())
        .filter_map(|(number, day)| named(Some(number), day))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::days::{Days, complete};
    use super::super::rule::Numbers;
    use super::*;

    fn named(text: &str, start: i64) -> Option<Rule> {
        let mut rule = Rule::parse(text).ok()?;
        complete(&mut rule, start)?;
        Some(rule)
    }

    /// The days of some months or years, each period by itself.
    fn found(rule: &Rule, adapter: Option<&Adapter>, year: i64) -> Vec<i64> {
        let mut days = Days::new(rule, adapter);
        let mut all = Vec::new();
        for number in year..year + 3 {
            let Some(year) = days.year(number) else {
                continue;
            };
            match rule.frequency {
                Frequency::Yearly => {
                    days.yearly(&year);
                    all.extend(&days.found);
                }
                Frequency::Monthly => {
                    for month in year.months() {
                        days.monthly(&year, month);
                        all.extend(&days.found);
                    }
                }
                Frequency::Weekly => {
                    for first in (year.first..year.end()).step_by(7) {
                        days.weekly(first);
                        all.extend(&days.found);
                    }
                }
                _ => {
                    for day in year.first..year.end() {
                        days.daily(day);
                        all.extend(&days.found);
                    }
                }
            }
        }
        all
    }

    fn list(name: &str, all: &std::collections::BTreeSet<String>) -> String {
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        match all.is_empty() {
            true => String::new(),
            false => format!(";{name}={}", all.join(",")),
        }
    }

    fn some(
        item: impl Strategy<Value = String> + 'static,
    ) -> impl Strategy<Value = std::collections::BTreeSet<String>> {
        prop_oneof![
            Just(Default::default()),
            prop::collection::btree_set(item, 1..4)
        ]
    }

    fn signed(most: i64) -> impl Strategy<Value = String> {
        (1..=most, any::<bool>())
            .prop_map(|(number, back)| format!("{}{number}", if back { "-" } else { "" }))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_crate_and_our_own_finder_name_the_same_days(
            frequency in prop::sample::select(vec!["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]),
            months in some((1..=12u8).prop_map(|month| month.to_string())),
            month_days in some(signed(31)),
            year_days in some(signed(366)),
            weekdays in some((prop_oneof![Just(String::new()), signed(53), signed(5)], prop::sample::select(vec!["MO", "WE", "FR", "SU"]))
                .prop_map(|(number, name)| number + name)),
            start in -10_000i64..30_000,
            year in 1900i64..2100,
        ) {
            let text = format!("FREQ={frequency}{}{}{}{}", list("BYMONTH", &months), list("BYMONTHDAY", &month_days),
                list("BYYEARDAY", &year_days), list("BYDAY", &weekdays));
            if let Some(rule) = named(&text, start) && let Some(adapter) = Adapter::of(&rule) {
                prop_assert_eq!(found(&rule, Some(&adapter), year), found(&rule, None, year), "{}", text);
            }
        }
    }

    #[test]
    fn the_crate_is_asked_wherever_it_is_right() {
        for text in [
            "FREQ=DAILY",
            "FREQ=DAILY;BYMONTH=1;BYDAY=MO",
            "FREQ=WEEKLY;BYDAY=MO,WE",
            "FREQ=MONTHLY;BYDAY=1FR,MO",
            "FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=1",
            "FREQ=YEARLY",
            "FREQ=YEARLY;BYDAY=20MO",
            "FREQ=YEARLY;BYYEARDAY=-1,100;BYMONTH=12",
            "RSCALE=GREGORIAN;SKIP=OMIT;FREQ=YEARLY",
        ] {
            let rule = named(text, 10_000).expect("a rule");
            assert!(Adapter::of(&rule).is_some(), "{text}");
        }
        for text in [
            "FREQ=HOURLY",
            "FREQ=YEARLY;BYWEEKNO=20",
            "FREQ=MONTHLY;BYDAY=-5FR",
            "FREQ=MONTHLY;BYYEARDAY=100",
            "FREQ=YEARLY;BYMONTHDAY=1;BYDAY=20MO",
            "RSCALE=HEBREW;FREQ=YEARLY",
            "RSCALE=GREGORIAN;SKIP=FORWARD;FREQ=MONTHLY;BYMONTHDAY=31",
        ] {
            let rule = named(text, 10_000).expect("a rule");
            assert!(Adapter::of(&rule).is_none(), "{text}");
        }
    }

    #[test]
    fn a_question_ends_with_its_period_though_nothing_is_there() {
        let mut rule = named("FREQ=MONTHLY;BYMONTHDAY=31", 0).expect("a rule");
        rule.month_days = Numbers::only(31);
        let adapter = Adapter::of(&rule).expect("one for the crate");
        for (year, month) in [(1, 2), (2026, 4), (9999, 2)] {
            assert!(adapter.ask(days_from(year, month, 5)).days.is_empty());
        }
        assert_eq!(
            adapter.ask(days_from(9999, 12, 5)).days,
            [days_from(9999, 12, 31)]
        );
    }

    /// Faults of the crate for which rules stay with us; when it is cured they can go to it.
    #[test]
    fn the_crate_is_still_wrong_about_week_52_at_new_year() {
        let anchor = midnight(days_from(2022, 1, 1)).expect("a moment");
        let rule = RRule::<Unvalidated>::new(rrule::Frequency::Yearly)
            .by_week_no(vec![52])
            .by_weekday(WEEKDAYS.map(NWeekday::Every).to_vec());
        let set = RRuleSet::new(anchor).rrule(rule.validate(anchor).expect("a rule"));
        assert_ne!(set.into_iter().next(), Some(anchor));
    }
}
