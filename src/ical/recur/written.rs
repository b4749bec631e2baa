//! RRULE as text again: the parts that were understood, in one order and one spelling.

use std::fmt::{self, Display, Formatter};

use super::calendar::Skip;
use super::rule::{Frequency, Months, Numbers, Rule, Until, Weekdays, members};
use crate::ical::time::{write_date, write_date_time};

impl Display for Rule {
    /// What [`Rule::parse`] reads as the same rule.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // "SKIP MUST NOT be present unless the RSCALE rule part is" (RFC 7529 section 4.1).
        if self.scale != Default::default() || self.skip != Skip::Omit {
            write!(f, "RSCALE={};", self.scale.name())?;
        }
        write!(f, "FREQ={}", frequency(self.frequency))?;
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        if let Some(until) = &self.until {
            write!(f, ";UNTIL={}", written(until))?;
        }
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        list(f, "BYSECOND", members(self.seconds))?;
        list(f, "BYMINUTE", members(self.minutes))?;
        list(f, "BYHOUR", members(self.hours))?;
        // Its BYDAY named only weeks that no month or year has: without it the rule would come after all.
        if self.never && !self.is_beyond_the_calendar() {
            f.write_str(";BYDAY=366MO")?;
        }
        list(f, "BYDAY", weekdays(&self.weekdays))?;
        list(f, "BYMONTHDAY", numbers(self.month_days))?;
        list(f, "BYYEARDAY", self.year_days.iter())?;
        list(f, "BYWEEKNO", numbers(self.weeks))?;
        list(f, "BYMONTH", months(self.months))?;
        list(f, "BYSETPOS", self.positions.iter())?;
        if self.week_start != 0 {
            write!(f, ";WKST={}", weekday(self.week_start))?;
        }
        match self.skip {
            Skip::Omit => Ok(()),
            Skip::Backward => f.write_str(";SKIP=BACKWARD"),
            Skip::Forward => f.write_str(";SKIP=FORWARD"),
        }
    }
}

/// Nothing for an empty list.
fn list<T: Display>(
    f: &mut Formatter<'_>,
    name: &str,
    items: impl Iterator<Item = T>,
) -> fmt::Result {
    for (at, item) in items.enumerate() {
        match at {
            0 => write!(f, ";{name}={item}")?,
            _ => write!(f, ",{item}")?,
        }
    }
    Ok(())
}

fn frequency(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Yearly => "YEARLY",
        Frequency::Monthly => "MONTHLY",
        Frequency::Weekly => "WEEKLY",
        Frequency::Daily => "DAILY",
        Frequency::Hourly => "HOURLY",
        Frequency::Minutely => "MINUTELY",
        Frequency::Secondly => "SECONDLY",
    }
}

fn written(until: &Until) -> String {
    match until {
        Until::Date(day) => write_date(*day),
        Until::Local(wall) => write_date_time(*wall),
        Until::Utc(instant) => format!("{}Z", write_date_time(*instant)),
    }
}

fn weekday(day: u8) -> &'static str {
    ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        .get(usize::from(day))
        .copied()
        .unwrap_or("MO")
}

fn weekdays(days: &Weekdays) -> impl Iterator<Item = String> {
    let plain = members(days.plain).map(|day| weekday(day).to_owned());
    let numbered = days.numbered.iter();
    plain.chain(numbered.map(|(number, day)| format!("{number}{}", weekday(*day))))
}

fn numbers(numbers: Numbers) -> impl Iterator<Item = i16> {
    let backward = members(numbers.backward).map(|number| -i16::from(number));
    members(numbers.forward).map(i16::from).chain(backward)
}

fn months(months: Months) -> impl Iterator<Item = String> {
    let leap = members(months.leap).map(|number| format!("{number}L"));
    members(months.regular)
        .map(|number| number.to_string())
        .chain(leap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_is_read_as_the_same() {
        for (text, again) in [
            ("freq=daily; ;interval=01", "FREQ=DAILY"),
            (
                "COUNT=3;FREQ=WEEKLY;WKST=SU;BYDAY=fr,MO,FR",
                "FREQ=WEEKLY;COUNT=3;BYDAY=MO,FR;WKST=SU",
            ),
            (
                "FREQ=MONTHLY;BYDAY=-1FR,2MO,TU;BYSETPOS=-1,1",
                "FREQ=MONTHLY;BYDAY=TU,-1FR,2MO;BYSETPOS=-1,1",
            ),
            (
                "FREQ=YEARLY;BYMONTHDAY=-1,31,1;BYMONTH=12,2",
                "FREQ=YEARLY;BYMONTHDAY=1,31,-1;BYMONTH=2,12",
            ),
            (
                "FREQ=YEARLY;BYWEEKNO=-1,20;BYDAY=3MO",
                "FREQ=YEARLY;BYDAY=MO;BYWEEKNO=20,-1",
            ),
            (
                "FREQ=YEARLY;BYYEARDAY=200,-1",
                "FREQ=YEARLY;BYYEARDAY=-1,200",
            ),
            (
                "FREQ=HOURLY;BYHOUR=9,8;BYMINUTE=30;BYSECOND=60",
                "FREQ=HOURLY;BYSECOND=59;BYMINUTE=30;BYHOUR=8,9",
            ),
            ("FREQ=DAILY;UNTIL=20260101", "FREQ=DAILY;UNTIL=20260101"),
            (
                "FREQ=DAILY;UNTIL=20260101T100000",
                "FREQ=DAILY;UNTIL=20260101T100000",
            ),
            (
                "FREQ=DAILY;UNTIL=20260101T100000Z;COUNT=2",
                "FREQ=DAILY;COUNT=2;UNTIL=20260101T100000Z",
            ),
            (
                "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=5L,5;SKIP=FORWARD",
                "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=5,5L;SKIP=FORWARD",
            ),
            (
                "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD",
                "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD",
            ),
            (
                "RSCALE=islamic;FREQ=MONTHLY",
                "RSCALE=ISLAMIC-CIVIL;FREQ=MONTHLY",
            ),
            (
                "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
                "FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2",
            ),
            ("FREQ=MONTHLY;BYDAY=6MO,-7TU", "FREQ=MONTHLY;BYDAY=366MO"),
            (
                "FREQ=DAILY;X-SECRET=dentist;COUNT=99999999999999999999999",
                "FREQ=DAILY;COUNT=18446744073709551615",
            ),
        ] {
            let rule = Rule::parse(text).expect(text);
            assert_eq!(rule.to_string(), again, "{text}");
            assert_eq!(Rule::parse(again).as_ref(), Ok(&rule), "{text}");
        }
    }
}
