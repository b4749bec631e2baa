//! Rules as apps say them: every day, every week on some days, every other week, every month on a day. RRULE is the truth; what
//! does not fit in here stays text.

use super::edit::Parts;
use super::recur::{Frequency, Rule};
use super::time::{DAY, civil};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Daily,
    Weekly,
    /// Every other week; an interval multiplies.
    Biweekly,
    Monthly,
}

/// A rule without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimpleRule {
    pub pace: Pace,
    /// At least 1.
    pub interval: u32,
    /// Sunday is 0. Empty: that of the start.
    pub weekdays: Vec<u8>,
    /// `None`: that of the start.
    pub month_day: Option<u8>,
}

const WEEKDAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/// No interval is longer.
pub const LONGEST: u32 = 1_000;

impl SimpleRule {
    /// `None`: the rule says more, or other things, than a simple one can.
    pub fn of(text: &str) -> Option<Self> {
        let rule = Rule::parse(text).ok()?;
        let parts = Parts::of(text);
        let known = ["FREQ", "INTERVAL", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY"];
        if !parts.names().all(|name| known.contains(&name)) || rule.interval > LONGEST {
            return None;
        }
        let weekdays = match parts.get("BYDAY") {
            Some(days) => numbered(days)?,
            None => Vec::new(),
        };
        let month_day = match parts.get("BYMONTHDAY") {
            Some(day) => Some(
                day.trim()
                    .parse()
                    .ok()
                    .filter(|day| (1..=31).contains(day))?,
            ),
            None => None,
        };
        let (pace, interval) = match (rule.frequency, rule.interval) {
            (Frequency::Daily, interval) => (Pace::Daily, interval),
            (Frequency::Weekly, 2) => (Pace::Biweekly, 1),
            (Frequency::Weekly, interval) => (Pace::Weekly, interval),
            (Frequency::Monthly, interval) => (Pace::Monthly, interval),
            _ => return None,
        };
        // Where weeks are left out it matters on which day they begin.
        let begins = parts.get("WKST").unwrap_or("MO");
        if rule.interval > 1 && weekdays.len() > 1 && !begins.eq_ignore_ascii_case("MO") {
            return None;
        }
        let simple = Self {
            pace,
            interval,
            weekdays,
            month_day,
        };
        simple.is_sound().then_some(simple)
    }

    /// Days of the week go with weeks, a day of the month with months.
    pub fn is_sound(&self) -> bool {
        let weekly = matches!(self.pace, Pace::Weekly | Pace::Biweekly);
        (1..=LONGEST).contains(&self.interval)
            && (weekly || self.weekdays.is_empty())
            && (self.pace == Pace::Monthly || self.month_day.is_none())
            && self.weekdays.iter().all(|day| *day < 7)
            && self.month_day.is_none_or(|day| (1..=31).contains(&day))
    }

    /// As RRULE without an end.
    pub fn rule(&self) -> String {
        let (frequency, times) = match self.pace {
            Pace::Daily => ("DAILY", 1),
            Pace::Weekly => ("WEEKLY", 1),
            Pace::Biweekly => ("WEEKLY", 2),
            Pace::Monthly => ("MONTHLY", 1),
        };
        let interval = self.interval.saturating_mul(times);
        let mut text = format!("FREQ={frequency}");
        if interval > 1 {
            text += &format!(";INTERVAL={interval}");
        }
        let days = self.days();
        if !days.is_empty() {
            text += &format!(";BYDAY={}", days.join(","));
        }
        if let Some(day) = self.month_day {
            text += &format!(";BYMONTHDAY={day}");
        }
        if interval > 1 && days.len() > 1 {
            text += ";WKST=MO";
        }
        text
    }

    /// From Monday on, each once.
    fn days(&self) -> Vec<&'static str> {
        let mut days: Vec<usize> = self.weekdays.iter().map(|day| usize::from(*day)).collect();
        days.sort_unstable_by_key(|day| (day + 6) % 7);
        days.dedup();
        days.into_iter()
            .filter_map(|day| WEEKDAYS.get(day).copied())
            .collect()
    }

    /// The first day that the rule names, from a day on. DTSTART "SHOULD be synchronized with the recurrence rule"
    /// (RFC 5545 section 3.8.5.3). Days are midnights.
    pub fn first(&self, from: i64) -> i64 {
        let names = |wall: i64| {
            let day = civil(wall);
            let weekday = day.weekday().to_sunday_zero_offset().unsigned_abs();
            let month_day = day.day().unsigned_abs();
            (self.weekdays.is_empty() || self.weekdays.contains(&weekday))
                && self.month_day.is_none_or(|named| named == month_day)
        };
        // Two months follow each other that both have 31 days; no day is farther away.
        (0..=62)
            .map(|days| from + days * DAY)
            .find(|wall| names(*wall))
            .unwrap_or(from)
    }
}

/// Plain weekdays as numbers, ascending.
fn numbered(days: &str) -> Option<Vec<u8>> {
    let mut numbers = days
        .split(',')
        .map(|day| {
            let at = WEEKDAYS
                .iter()
                .position(|name| name.eq_ignore_ascii_case(day.trim()));
            at.and_then(|at| u8::try_from(at).ok())
        })
        .collect::<Option<Vec<u8>>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::time::midnight;

    fn simple(pace: Pace, interval: u32, weekdays: &[u8], month_day: Option<u8>) -> SimpleRule {
        SimpleRule {
            pace,
            interval,
            weekdays: weekdays.to_vec(),
            month_day,
        }
    }

    // E-099 to E-103, K-18, K-19.
    #[test]
    fn simple_rules_are_rules() {
        for (rule, text) in [
            (simple(Pace::Daily, 1, &[], None), "FREQ=DAILY"),
            (simple(Pace::Daily, 3, &[], None), "FREQ=DAILY;INTERVAL=3"),
            (
                simple(Pace::Weekly, 1, &[1, 3, 5], None),
                "FREQ=WEEKLY;BYDAY=MO,WE,FR",
            ),
            (simple(Pace::Weekly, 1, &[0], None), "FREQ=WEEKLY;BYDAY=SU"),
            (
                simple(Pace::Biweekly, 1, &[2, 4], None),
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=MO",
            ),
            (
                simple(Pace::Weekly, 4, &[2], None),
                "FREQ=WEEKLY;INTERVAL=4;BYDAY=TU",
            ),
            (
                simple(Pace::Monthly, 3, &[], None),
                "FREQ=MONTHLY;INTERVAL=3",
            ),
            (
                simple(Pace::Monthly, 1, &[], Some(15)),
                "FREQ=MONTHLY;BYMONTHDAY=15",
            ),
        ] {
            assert_eq!(rule.rule(), text);
            assert_eq!(SimpleRule::of(text), Some(rule), "{text}");
        }
        // Every four weeks.
        assert_eq!(
            simple(Pace::Biweekly, 2, &[0, 1], None).rule(),
            "FREQ=WEEKLY;INTERVAL=4;BYDAY=MO,SU;WKST=MO"
        );
    }

    #[test]
    fn what_says_more_stays_text() {
        for text in [
            "FREQ=DAILY;COUNT=3",
            "FREQ=YEARLY",
            "FREQ=HOURLY",
            "FREQ=MONTHLY;BYDAY=2MO",
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "FREQ=MONTHLY;BYMONTHDAY=1,15",
            "FREQ=DAILY;BYDAY=MO",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
            "FREQ=WEEKLY;BYSETPOS=1;BYDAY=MO,TU",
            "FREQ=MONTHLY;RSCALE=CHINESE",
            "nonsense",
        ] {
            assert_eq!(SimpleRule::of(text), None, "{text}");
        }
        // Where all weeks count it does not matter when they begin, nor does an end.
        let weekly = SimpleRule::of("freq=weekly;wkst=su;byday=mo;until=20260101T000000Z");
        assert_eq!(weekly, Some(simple(Pace::Weekly, 1, &[1], None)));
    }

    #[test]
    fn it_begins_on_a_day_that_it_names() {
        // A Saturday.
        let day = midnight(2026, 11, 21).expect("a day");
        let after = |rule: SimpleRule| (rule.first(day) - day) / DAY;
        assert_eq!(after(simple(Pace::Weekly, 1, &[1, 3], None)), 2);
        assert_eq!(after(simple(Pace::Weekly, 1, &[6], None)), 0);
        assert_eq!(after(simple(Pace::Weekly, 1, &[], None)), 0);
        assert_eq!(after(simple(Pace::Monthly, 1, &[], Some(31))), 40);
        assert_eq!(after(simple(Pace::Monthly, 1, &[], Some(21))), 0);
    }
}
