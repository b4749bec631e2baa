//! Random rules against a slow model that asks of every single day whether the rule names it (RFC 5545 section
//! 3.3.10) and shares no code with the engine, and against the `rrule` crate walking whole rules where it is right.

use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;
use strata::ical::recur::{Budget, Rule, Series};

const DAY: i64 = 86_400;
const NAMES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

#[derive(Clone, Debug)]
struct Drawn {
    frequency: &'static str,
    interval: i64,
    week_start: usize,
    months: Vec<i8>,
    month_days: Vec<i64>,
    year_days: Vec<i64>,
    weeks: Vec<i64>,
    weekdays: Vec<(i64, usize)>,
    hours: Vec<i64>,
    positions: Vec<i64>,
    start: i64,
}

fn joined<T: ToString>(list: &[T]) -> String {
    list.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

impl Drawn {
    fn text(&self) -> String {
        let mut text = format!(
            "FREQ={};INTERVAL={};WKST={}",
            self.frequency, self.interval, NAMES[self.week_start]
        );
        let days: Vec<String> = self
            .weekdays
            .iter()
            .map(|(number, day)| match number {
                0 => NAMES[*day].to_owned(),
                number => format!("{number}{}", NAMES[*day]),
            })
            .collect();
        for (name, list) in [
            ("BYMONTH", joined(&self.months)),
            ("BYMONTHDAY", joined(&self.month_days)),
            ("BYYEARDAY", joined(&self.year_days)),
            ("BYWEEKNO", joined(&self.weeks)),
            ("BYDAY", days.join(",")),
            ("BYHOUR", joined(&self.hours)),
            ("BYSETPOS", joined(&self.positions)),
        ] {
            if !list.is_empty() {
                text += &format!(";{name}={list}");
            }
        }
        text
    }

    fn date_of(&self, day: i64) -> Date {
        date(1970, 1, 1) + jiff::Span::new().days(day)
    }

    fn start_date(&self) -> Date {
        self.date_of(self.start.div_euclid(DAY))
    }

    /// Year and number of the week that holds a day, and how many weeks that year has.
    fn week(&self, day: Date) -> (i64, i64, i64) {
        let first = |year: i16| {
            let fourth = date(year, 1, 4);
            fourth - jiff::Span::new().days(self.day_of_week(fourth))
        };
        let year = (day.year() - 1..=day.year() + 1)
            .rev()
            .find(|year| first(*year) <= day)
            .unwrap();
        let days = |from: Date, to: Date| i64::from((to - from).get_days());
        let number = days(first(year), day) / 7 + 1;
        (year.into(), number, days(first(year), first(year + 1)) / 7)
    }

    fn day_of_week(&self, day: Date) -> i64 {
        (i64::from(day.weekday().to_monday_zero_offset()) - self.week_start as i64).rem_euclid(7)
    }

    /// The period a day belongs to, counted so that consecutive periods have consecutive numbers.
    fn period(&self, day: Date) -> i64 {
        let number = (day - date(1970, 1, 1)).get_days();
        match self.frequency {
            "YEARLY" if !self.weeks.is_empty() => self.week(day).0,
            "YEARLY" => day.year().into(),
            "MONTHLY" => i64::from(day.year()) * 12 + i64::from(day.month()),
            "WEEKLY" => (i64::from(number) - self.day_of_week(day)).div_euclid(7),
            _ => number.into(),
        }
    }

    fn names(&self, day: Date) -> bool {
        let either = |list: &[i64], forward: i64, count: i64| {
            list.contains(&forward) || list.contains(&(forward - count - 1))
        };
        let start = self.start_date();
        let (of_month, of_year) = (i64::from(day.day()), i64::from(day.day_of_year()));
        let (in_month, in_year) = (
            i64::from(day.days_in_month()),
            i64::from(day.days_in_year()),
        );
        let (_, week, weeks) = self.week(day);
        let bare =
            self.month_days.is_empty() && self.year_days.is_empty() && self.weekdays.is_empty();
        let yearly = self.frequency == "YEARLY";
        let month_of_start = yearly
            && self.weeks.is_empty()
            && self.year_days.is_empty()
            && self.months.is_empty()
            && (bare || !self.month_days.is_empty());
        let day_of_start = bare && self.weeks.is_empty() && (yearly || self.frequency == "MONTHLY");
        let weekday_of_start =
            bare && (!self.weeks.is_empty() && yearly || self.frequency == "WEEKLY");
        let by_month = self.frequency == "MONTHLY" || !self.months.is_empty();
        let weekday = |(number, name): &(i64, usize)| {
            let (forward, count) = if by_month {
                (
                    (of_month - 1) / 7 + 1,
                    of_month + (in_month - of_month) / 7 * 7,
                )
            } else {
                ((of_year - 1) / 7 + 1, of_year + (in_year - of_year) / 7 * 7)
            };
            let count = (count - 1) / 7 + 1;
            usize::from(day.weekday().to_monday_zero_offset() as u8) == *name
                && (*number == 0 || *number == forward || *number == forward - count - 1)
        };
        (self.months.is_empty() || self.months.contains(&day.month()))
            && (self.month_days.is_empty() || either(&self.month_days, of_month, in_month))
            && (self.year_days.is_empty() || either(&self.year_days, of_year, in_year))
            && (self.weeks.is_empty() || either(&self.weeks, week, weeks))
            && (self.weekdays.is_empty() || self.weekdays.iter().any(weekday))
            && (!month_of_start || day.month() == start.month())
            && (!day_of_start || day.day() == start.day())
            && (!weekday_of_start || day.weekday() == start.weekday())
    }

    fn slow(&self, to: i64) -> Vec<i64> {
        let first = self.period(self.start_date());
        let (from_day, to_day) = (self.start.div_euclid(DAY) - 400, to.div_euclid(DAY) + 400);
        let clock = self.start.rem_euclid(DAY);
        let hours = if self.hours.is_empty() {
            vec![clock / 3600]
        } else {
            self.hours.clone()
        };
        let mut periods: std::collections::BTreeMap<i64, Vec<i64>> = Default::default();
        for number in from_day..to_day {
            let day = self.date_of(number);
            let period = self.period(day);
            if period >= first && (period - first) % self.interval == 0 && self.names(day) {
                let moments = hours
                    .iter()
                    .map(|hour| number * DAY + hour * 3600 + clock % 3600);
                periods.entry(period).or_default().extend(moments);
            }
        }
        let mut all = vec![self.start];
        for set in periods.values() {
            let count = set.len() as i64;
            all.extend(set.iter().enumerate().filter_map(|(index, moment)| {
                let forward = index as i64 + 1;
                let chosen = self.positions.is_empty()
                    || self.positions.contains(&forward)
                    || self.positions.contains(&(forward - count - 1));
                chosen.then_some(*moment)
            }));
        }
        all.retain(|moment| (self.start..=to).contains(moment));
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn fast(rule: &str, start: i64, from: i64, to: i64) -> Vec<i64> {
    let rule = Rule::parse(rule).unwrap();
    let series = Series::new(&rule, start, false, None).unwrap();
    let mut budget = Budget::default();
    let mut walk = series.within(from, to);
    let mut found = Vec::new();
    while let Some(moment) = walk.next(&mut budget).unwrap() {
        found.push(moment);
    }
    found
}

fn maybe<T: std::fmt::Debug + Clone + Ord + 'static>(
    item: impl Strategy<Value = T> + 'static,
    most: usize,
) -> BoxedStrategy<Vec<T>> {
    let list =
        prop::collection::btree_set(item, 1..=most).prop_map(|set| set.into_iter().collect());
    prop_oneof![2 => Just(Vec::new()), 1 => list].boxed()
}

fn signed(most: i64) -> impl Strategy<Value = i64> {
    (1..=most, any::<bool>()).prop_map(|(number, back)| if back { -number } else { number })
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let lists = (
        maybe(1..=12i8, 3),
        maybe(signed(31), 4),
        maybe(signed(366), 3),
        maybe(signed(53), 3),
        maybe((prop_oneof![2 => Just(0), 1 => signed(5)], 0..7usize), 4),
        maybe(0..24i64, 3),
        maybe(signed(4), 2),
    );
    let frequency = prop::sample::select(vec!["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]);
    let start = -1_000_000_000i64..2_500_000_000;
    (frequency, 1..5i64, 0..7usize, lists, start).prop_map(
        |(frequency, interval, week_start, lists, start)| {
            let (months, month_days, year_days, mut weeks, mut weekdays, mut hours, positions) =
                lists;
            if frequency != "YEARLY" {
                weeks.clear();
            }
            if !weeks.is_empty() || frequency == "WEEKLY" || frequency == "DAILY" {
                weekdays.iter_mut().for_each(|(number, _)| *number = 0);
            }
            hours.sort_unstable();
            Drawn {
                frequency,
                interval,
                week_start,
                months,
                month_days,
                year_days,
                weeks,
                weekdays,
                hours,
                positions,
                start,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_day_of_ten_years_is_named_by_both_or_neither(rule in drawn()) {
        let to = rule.start + 3653 * DAY;
        let text = rule.text();
        prop_assert_eq!(&fast(&text, rule.start, i64::MIN, to), &rule.slow(to), "{}", text);
    }

    #[test]
    fn a_window_shows_what_the_whole_shows_there(rule in drawn(), into in 0..3000i64, length in 1..400i64, count in 1..60u64) {
        let from = rule.start + into * DAY;
        let to = from + length * DAY;
        for text in [rule.text(), format!("{};COUNT={count}", rule.text())] {
            let mut whole = fast(&text, rule.start, i64::MIN, to);
            whole.retain(|moment| *moment >= from);
            prop_assert_eq!(fast(&text, rule.start, from, to), whole, "{}", text);
        }
    }

    #[test]
    fn the_rrule_crate_agrees_where_it_is_right(
        frequency in prop::sample::select(vec!["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]),
        interval in 1..5u16,
        days in prop::collection::btree_set(0..7usize, 1..4),
        start in 0i64..2_000_000_000,
    ) {
        let list: Vec<&str> = days.iter().map(|day| NAMES[*day]).collect();
        let text = format!("FREQ={frequency};INTERVAL={interval};BYDAY={}", list.join(","));
        let begin = chrono::DateTime::from_timestamp(start, 0).unwrap().with_timezone(&rrule::Tz::UTC);
        let theirs: rrule::RRule<rrule::Unvalidated> = text.parse().unwrap();
        let set = rrule::RRuleSet::new(begin).rrule(theirs.validate(begin).unwrap());
        let mut theirs: Vec<i64> = set.into_iter().take(50).map(|moment| moment.timestamp()).collect();
        if theirs[0] != start {
            theirs.insert(0, start);
        }
        let ours = fast(&text, start, i64::MIN, *theirs.last().unwrap());
        prop_assert_eq!(ours, theirs, "{}", text);
    }
}

#[test]
fn the_model_knows_its_weekdays() {
    assert_eq!(date(1970, 1, 1).weekday(), Weekday::Thursday);
}
