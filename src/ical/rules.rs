//! A VTIMEZONE evaluated with its own rules (RFC 5545 section 3.6.5), a year at a time and only when asked.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use super::component::Component;
use super::recur::{Budget, Rule, Series, Until};
use super::time::{DAY, FIRST, LAST, Written, parse_offset, write_date_time, write_offset};
use super::{ParseError, TooMany, Writer};

/// Sub-components and dates of one VTIMEZONE. The longest honest one, a zone's history since 1883, has about 250.
const MOST: usize = 10_000;
/// Work for one year of one VTIMEZONE.
const YEAR_BUDGET: u64 = 50_000;
/// Years kept once they have been evaluated.
const YEARS_KEPT: usize = 256;
/// Transitions are found in stretches of the mean year.
const YEAR: i64 = 31_557_600;

/// The rules of one VTIMEZONE.
pub struct Rules {
    tzid: String,
    /// The VTIMEZONE as it came.
    text: String,
    observances: Vec<Observance>,
    years: Mutex<HashMap<i64, Arc<Year>>>,
}

/// One STANDARD or DAYLIGHT: when it sets in by the clock before it, and the offsets on both sides.
#[derive(Debug)]
struct Observance {
    is_daylight: bool,
    from: i64,
    to: i64,
    start: i64,
    /// Ascending; DTSTART among them.
    dates: Vec<i64>,
    /// With the rules that they are made of, UNTIL in UTC.
    series: Vec<(Rule, Series)>,
}

/// What happens to the clock in one stretch: the offset it begins with, and each change with its instant.
#[derive(Debug)]
struct Year {
    offset: i64,
    changes: Vec<(i64, i64)>,
}

impl Rules {
    pub(super) fn read(zone: &Component<'_>) -> Result<Self, ParseError> {
        let tzid = zone
            .property("TZID")
            .map(|tzid| tzid.text().into_owned())
            .unwrap_or_default();
        let (mut observances, mut count) = (Vec::new(), 0);
        for part in zone
            .children()
            .filter(|part| part.is("STANDARD") || part.is("DAYLIGHT"))
        {
            let observance = Observance::read(&part)?;
            count += 1 + observance.dates.len() + observance.series.len();
            if count > MOST {
                return Err(part.error(format!("this time zone has more than {MOST} changes")));
            }
            observances.push(observance);
        }
        if observances.is_empty() {
            return Err(zone.error("this VTIMEZONE has neither STANDARD nor DAYLIGHT"));
        }
        Ok(Self {
            tzid,
            text: zone.raw().into_owned(),
            observances,
            years: Mutex::new(HashMap::new()),
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The same rules under another name, without a word of who wrote them.
    pub(super) fn to_icalendar(&self, tzid: &str) -> String {
        let mut out = Writer::new();
        out.begin("VTIMEZONE").text("TZID", tzid);
        for observance in &self.observances {
            observance.write(&mut out);
        }
        out.end("VTIMEZONE");
        out.finish()
    }

    pub(super) fn offset(&self, utc: i64) -> i64 {
        let utc = utc.clamp(FIRST, LAST);
        let year = self.year(utc.div_euclid(YEAR));
        year.changes
            .iter()
            .take_while(|(at, _)| *at <= utc)
            .last()
            .map_or(year.offset, |(_, offset)| *offset)
    }

    /// See [`super::Zone::to_utc`].
    pub(super) fn to_utc(&self, wall: i64) -> i64 {
        let wall = wall.clamp(FIRST, LAST);
        let (from, to) = (wall - 2 * DAY, wall + 2 * DAY);
        let mut offset = self.offset(from);
        for year in from.div_euclid(YEAR)..=to.div_euclid(YEAR) {
            let year = self.year(year);
            for (at, next) in year
                .changes
                .iter()
                .filter(|(at, _)| (from + 1..=to).contains(at))
            {
                // Before the change, or in the gap that it leaves: by the offset before it.
                if wall - offset < *at || wall - next < *at {
                    return wall - offset;
                }
                offset = *next;
            }
        }
        wall - offset
    }

    fn year(&self, number: i64) -> Arc<Year> {
        let mut years = self
            .years
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(year) = years.get(&number) {
            return Arc::clone(year);
        }
        if years.len() >= YEARS_KEPT {
            years.clear();
        }
        let year = Arc::new(self.evaluate(number.saturating_mul(YEAR)));
        years.insert(number, Arc::clone(&year));
        year
    }

    /// Rules that cost more than the budget set in no more; the clock stays as it was.
    fn evaluate(&self, start: i64) -> Year {
        let mut budget = Budget::of(YEAR_BUDGET);
        let mut changes = Vec::new();
        let mut before: Option<(i64, i64)> = None;
        for observance in &self.observances {
            if let Ok(Some(onset)) = observance.last_before(start, &mut budget) {
                before = before.max(Some((onset, observance.to)));
            }
            let _ = observance.onsets(
                start,
                start.saturating_add(YEAR - 1),
                &mut budget,
                &mut changes,
            );
        }
        changes.sort_unstable();
        let offset = before.map_or_else(|| self.earliest(), |(_, offset)| offset);
        Year { offset, changes }
    }

    /// Before its first onset a zone keeps what that one changes from.
    fn earliest(&self) -> i64 {
        self.observances
            .iter()
            .min_by_key(|observance| observance.dates.first())
            .map_or(0, |first| first.from)
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the VTIMEZONE {}", self.tzid)
    }
}

impl Observance {
    fn read(part: &Component<'_>) -> Result<Self, ParseError> {
        let offset = |name: &str| -> Result<Option<i64>, ParseError> {
            let Some(property) = part.property(name) else {
                return Ok(None);
            };
            let offset = parse_offset(&property.value());
            Ok(Some(offset.ok_or_else(|| {
                property.error(format!("this {name} is not an offset like -0500"))
            })?))
        };
        let to = offset("TZOFFSETTO")?
            .ok_or_else(|| part.error(format!("this {} has no TZOFFSETTO", part.name())))?;
        let from = offset("TZOFFSETFROM")?.unwrap_or(to);
        let start = part
            .property("DTSTART")
            .ok_or_else(|| part.error(format!("this {} has no DTSTART", part.name())))?;
        let first = onset(&start.value(), from)
            .ok_or_else(|| start.error("this DTSTART is not a local time"))?;
        let mut dates = vec![first];
        for list in part.properties_named("RDATE") {
            for date in list.value().split(',').take(MOST) {
                let date = date.split('/').next().unwrap_or_default();
                dates.push(
                    onset(date, from)
                        .ok_or_else(|| list.error("this RDATE is not a list of local times"))?,
                );
            }
        }
        dates.sort_unstable();
        let mut series: Vec<(Rule, Series)> = Vec::new();
        for property in part.properties_named("RRULE") {
            series.push(
                rule(&property.value(), first, from).map_err(|reason| property.error(reason))?,
            );
        }
        Ok(Self {
            is_daylight: part.is("DAYLIGHT"),
            from,
            to,
            start: first,
            dates,
            series,
        })
    }

    fn write(&self, out: &mut Writer) {
        let kind = if self.is_daylight {
            "DAYLIGHT"
        } else {
            "STANDARD"
        };
        out.begin(kind)
            .raw("DTSTART", &write_date_time(self.start))
            .raw("TZOFFSETFROM", &write_offset(self.from))
            .raw("TZOFFSETTO", &write_offset(self.to));
        for (rule, _) in &self.series {
            out.raw("RRULE", &rule.to_string());
        }
        for date in self.dates.iter().filter(|date| **date != self.start) {
            out.raw("RDATE", &write_date_time(*date));
        }
        out.end(kind);
    }

    /// Onsets between two instants, both included, as changes.
    fn onsets(
        &self,
        from: i64,
        to: i64,
        budget: &mut Budget,
        changes: &mut Vec<(i64, i64)>,
    ) -> Result<(), TooMany> {
        let (from, to) = (from.saturating_add(self.from), to.saturating_add(self.from));
        let first = self.dates.partition_point(|date| *date < from);
        for date in self
            .dates
            .iter()
            .skip(first)
            .take_while(|date| **date <= to)
        {
            changes.push((date - self.from, self.to));
        }
        for (_, series) in &self.series {
            let mut walk = series.within(from, to);
            while let Some(wall) = walk.next(budget)? {
                changes.push((wall - self.from, self.to));
            }
        }
        Ok(())
    }

    /// The last onset before an instant: looked for in ever longer stretches back from it.
    fn last_before(&self, utc: i64, budget: &mut Budget) -> Result<Option<i64>, TooMany> {
        let end = utc.saturating_add(self.from) - 1;
        let mut last = self.dates.iter().rev().find(|date| **date <= end).copied();
        for (_, series) in &self.series {
            let (mut to, mut length) = (end, YEAR + DAY);
            while to >= series.start() {
                let from = to.saturating_sub(length).max(FIRST);
                let mut walk = series.within(from, to);
                let mut found = None;
                while let Some(wall) = walk.next(budget)? {
                    found = Some(wall);
                }
                if found.is_some() {
                    last = last.max(found);
                    break;
                }
                (to, length) = (from - 1, length.saturating_mul(4));
            }
        }
        Ok(last.map(|wall| wall - self.from))
    }
}

/// An onset on the clock before it; UTC is wrong here (section 3.6.5), but what it means is plain.
fn onset(text: &str, from: i64) -> Option<i64> {
    Written::parse(text).map(|written| match written {
        Written::Date(wall) | Written::Local(wall) => wall,
        Written::Utc(utc) => utc + from,
    })
}

/// UNTIL is UTC here (section 3.6.5), but Thunderbird writes local time: on that clock it is the same last onset.
fn rule(text: &str, first: i64, from: i64) -> Result<(Rule, Series), String> {
    let mut rule = Rule::parse(text).map_err(|bad| bad.to_string())?;
    let until = rule.until.map(|until| match until {
        Until::Date(day) => day + DAY - 1,
        Until::Local(wall) => wall,
        Until::Utc(utc) => utc + from,
    });
    let series = Series::new(&rule, first, false, until).map_err(|bad| bad.to_string())?;
    rule.until = until.map(|wall| Until::Utc(wall - from));
    // Every object with a zone of its own asks for some years of it.
    Ok((rule, series.by_ourselves()))
}
