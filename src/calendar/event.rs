//! What apps say of an event, and what it comes to in iCalendar: only what is named is touched.

use super::{Refusal, css};
use crate::ical::edit::{Alarm, Change, Changes, Moment, Timing, Unfit};
use crate::ical::instance::{Busy, Instance};
use crate::ical::simple::SimpleRule;
use crate::ical::{self, Zone};
use crate::model::{Details, Instant, KeptPatch, Sort, Visibility};
use crate::privacy::marks;

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// Characters of a title, a place or an address, and of a description.
const MAX_LINE: usize = 4_000;
const MAX_TEXT: usize = 100_000;

/// An event in an app's words. Absent: as it was; `Some(None)`: taken away.
#[derive(Clone, Debug, Default)]
pub struct EventPatch {
    pub title: Option<Option<String>>,
    pub description: Option<Option<String>>,
    pub location: Option<Option<String>>,
    pub url: Option<Option<String>>,
    /// `#RRGGBB`, or a name of CSS.
    pub color: Option<Option<String>>,
    pub sort: Option<Sort>,
    /// `Some(None)`: as the layer has it.
    pub visibility: Option<Option<Visibility>>,
    pub details: Option<Option<Details>>,
    pub busy: Option<Busy>,
    pub when: When,
    pub rule: Option<Option<Repeats>>,
    /// The last day of the series, as a midnight.
    pub rule_end: Option<Option<i64>>,
}

/// When it takes place, said in one of two ways: a day with times of the clock, or a start and an end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// `Some(None)`: no zone, the time of wherever one is.
    pub zone: Option<Option<String>>,
    pub all_day: Option<bool>,
    /// A midnight.
    pub date: Option<i64>,
    /// Seconds after midnight. An end before the start is on the next day.
    pub start_time: Option<i64>,
    pub end_time: Option<i64>,
    pub start: Option<Point>,
    pub end: Option<Point>,
}

/// A start or an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    Instant(Instant),
    /// By the clock of the event.
    Local(i64),
    /// A midnight.
    Day(i64),
}

impl Point {
    /// When that is by a clock.
    pub fn by(self, zone: &Zone) -> Instant {
        match self {
            Self::Instant(instant) => instant,
            Self::Local(wall) | Self::Day(wall) => zone.to_utc(wall),
        }
    }
}

/// How it recurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeats {
    Simply(SimpleRule),
    /// The value of an RRULE, with its end if it has one.
    Rule(String),
}

impl When {
    fn is_named(&self) -> bool {
        *self != Self::default()
    }
}

impl EventPatch {
    /// What it changes of an event, as seen on one occurrence of it.
    ///
    /// # Errors
    /// [`Refusal::BadValue`].
    pub(super) fn changes(&self, seen: &Instance, zone: &Zone) -> Result<Changes, Refusal> {
        let timing = match self.when.is_named() {
            true => Some(self.when.moved(seen, zone)?),
            false => None,
        };
        let (rule, until) = self.repeats(Some(seen))?;
        Ok(Changes {
            timing,
            rule,
            until,
            lines: self.lines()?,
        })
    }

    /// The same for one that is not there yet, and what it rings with.
    ///
    /// # Errors
    /// [`Refusal::BadValue`].
    pub(super) fn created(&self, zone: &Zone) -> Result<(Changes, Option<Alarm>), Refusal> {
        let reminder = self.sort == Some(Sort::Reminder);
        let mut timing = self.when.placed(reminder, zone)?;
        let (rule, until) = self.repeats(None)?;
        if let Some(Some(Repeats::Simply(simple))) = &self.rule {
            // What the rule does not name is no occurrence of it: the series begins with the first that it does.
            let day = timing.start.time.wall.div_euclid(DAY) * DAY;
            let by = simple.first(day) - day;
            timing.start = timing.start.at(timing.start.time.wall + by);
            timing.end += by;
        }
        let mut lines = self.lines()?;
        if reminder && self.busy.is_none() {
            lines.push(Change::Raw("TRANSP", "TRANSPARENT".to_owned()));
        }
        let title = self.title.clone().flatten();
        let alarm = reminder.then(|| Alarm {
            // Of a whole day in its morning.
            trigger: if timing.start.is_date() {
                "PT9H"
            } else {
                "PT0S"
            },
            words: title.unwrap_or_else(|| "Reminder".to_owned()),
        });
        let changes = Changes {
            timing: Some(timing),
            rule,
            until,
            lines,
        };
        Ok((changes, alarm))
    }

    /// What is kept beside the text: taking a word back is no word that a text could have.
    pub(super) fn kept(&self) -> KeptPatch {
        KeptPatch {
            visibility: (self.visibility == Some(None)).then_some(None),
            details: (self.details == Some(None)).then_some(None),
            ..KeptPatch::default()
        }
    }

    /// All that it says of who may see the event.
    pub(super) fn words(&self) -> KeptPatch {
        KeptPatch {
            visibility: self.visibility,
            details: self.details,
            sort: self.sort.map(Some),
            ..KeptPatch::default()
        }
    }

    fn lines(&self) -> Result<Vec<Change>, Refusal> {
        let mut lines = Vec::new();
        for (name, text, most) in [
            ("SUMMARY", &self.title, MAX_LINE),
            ("DESCRIPTION", &self.description, MAX_TEXT),
            ("LOCATION", &self.location, MAX_LINE),
        ] {
            if let Some(text) = text {
                let text = text.clone().unwrap_or_default();
                check_text(&text, most)?;
                lines.push(Change::Text(name, text));
            }
        }
        match &self.url {
            Some(Some(url)) => lines.push(Change::Raw("URL", checked_url(url)?)),
            Some(None) => lines.push(Change::Remove("URL")),
            None => {}
        }
        self.color_lines(&mut lines)?;
        self.mark_lines(&mut lines);
        Ok(lines)
    }

    /// COLOR takes names alone (RFC 7986 section 5.9): what has none is said in Apple's way too.
    fn color_lines(&self, lines: &mut Vec<Change>) -> Result<(), Refusal> {
        match &self.color {
            Some(Some(color)) => {
                let bad = || Refusal::BadValue("color is #RRGGBB or a name of CSS".to_owned());
                let named = css::nearest(color).ok_or_else(bad)?;
                lines.push(Change::Raw("COLOR", named.to_owned()));
                if color.starts_with('#') {
                    lines.push(Change::Raw("X-APPLE-CALENDAR-COLOR", color.clone()));
                }
            }
            Some(None) => lines.push(Change::Remove("COLOR")),
            None => {}
        }
        Ok(())
    }

    fn mark_lines(&self, lines: &mut Vec<Change>) {
        let mut mark = |name, word: Option<Option<&'static str>>| match word {
            Some(Some(word)) => lines.push(Change::Raw(name, word.to_owned())),
            Some(None) => lines.push(Change::Remove(name)),
            None => {}
        };
        mark(
            marks::VISIBILITY,
            self.visibility.map(|it| it.map(Visibility::name)),
        );
        mark(marks::DETAILS, self.details.map(|it| it.map(Details::name)));
        mark(marks::SORT, self.sort.map(|it| Some(it.name())));
        match self.busy {
            Some(Busy::Busy) => {
                mark("TRANSP", Some(Some("OPAQUE")));
                mark("STATUS", Some(Some("CONFIRMED")));
            }
            Some(Busy::Tentative) => {
                mark("TRANSP", Some(Some("OPAQUE")));
                mark("STATUS", Some(Some("TENTATIVE")));
            }
            Some(Busy::Free) => mark("TRANSP", Some(Some("TRANSPARENT"))),
            None => {}
        }
    }

    /// The rule without what `rule_end` says, and the last day.
    #[allow(clippy::type_complexity, reason = "absent, taken away, or given")]
    fn repeats(
        &self,
        seen: Option<&Instance>,
    ) -> Result<(Option<Option<String>>, Option<Option<i64>>), Refusal> {
        let bad = |why: &str| Refusal::BadValue(why.to_owned());
        let ruled = match &self.rule {
            None => seen.is_some_and(|seen| seen.rule.is_some()),
            Some(rule) => rule.is_some(),
        };
        if matches!(self.rule_end, Some(Some(_))) && !ruled {
            return Err(bad(
                "recurrenceEnd is the end of a recurrenceRule, and there is none",
            ));
        }
        let until = self.rule_end.filter(|_| ruled);
        match &self.rule {
            None => Ok((None, until)),
            Some(None) => Ok((Some(None), None)),
            Some(Some(Repeats::Simply(simple))) => {
                if !simple.is_sound() {
                    return Err(bad(
                        "daysOfWeek goes with WEEKLY and BIWEEKLY, dayOfMonth with MONTHLY",
                    ));
                }
                // Another rule ends when the one before did, unless it is said otherwise.
                let end = seen.and_then(|seen| seen.rule_end);
                let until = self.rule_end.or(end.map(Some));
                Ok((Some(Some(simple.rule())), until))
            }
            Some(Some(Repeats::Rule(text))) => {
                let rule = ical::recur::Rule::parse(text);
                let rule = rule.map_err(|bad| Refusal::BadValue(bad.to_string()))?;
                if until.is_some() && (rule.until.is_some() || rule.count.is_some()) {
                    return Err(bad("the rule has an end of its own beside recurrenceEnd"));
                }
                if rule.until.is_some() && rule.count.is_some() {
                    return Err(bad("a rule has UNTIL or COUNT, but not both"));
                }
                Ok((Some(Some(text.trim().to_owned())), until))
            }
        }
    }
}

fn check_text(text: &str, most: usize) -> Result<(), Refusal> {
    let is_control = |it: char| it.is_control() && !matches!(it, '\n' | '\r' | '\t');
    if text.chars().count() > most || text.chars().any(is_control) {
        let why = format!("a text of at most {most} characters without control characters");
        return Err(Refusal::BadValue(why));
    }
    Ok(())
}

fn checked_url(url: &str) -> Result<String, Refusal> {
    let has_scheme = url.split_once(':').is_some_and(|(scheme, rest)| {
        let mut letters = scheme.chars();
        letters.next().is_some_and(|it| it.is_ascii_alphabetic())
            && letters.all(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.'))
            && !rest.is_empty()
    });
    let is_plain = url
        .chars()
        .all(|it| !it.is_control() && !it.is_whitespace());
    if !has_scheme || !is_plain || url.len() > MAX_LINE {
        return Err(Refusal::BadValue("url is an absolute URI".to_owned()));
    }
    Ok(url.to_owned())
}

impl When {
    /// One way or the other, not both.
    fn check(&self) -> Result<(), Refusal> {
        let by_day = self.date.is_some() || self.start_time.is_some() || self.end_time.is_some();
        let by_points = self.start.is_some() || self.end.is_some();
        if by_day && by_points {
            return Err(bad(
                "date, startTime and endTime, or start and end, but not both",
            ));
        }
        if self.all_day == Some(true) && (self.start_time.is_some() || self.end_time.is_some()) {
            return Err(bad("what takes whole days has no startTime and no endTime"));
        }
        Ok(())
    }

    /// For an event that stands there: what is not named stays, and one that gets another start keeps its length.
    fn moved(&self, seen: &Instance, zone: &Zone) -> Result<Timing, Refusal> {
        self.check()?;
        let from = &seen.start;
        let all_day = self.all_day(from.is_date());
        let clock = self.clock(from, all_day, zone)?;
        let old_day = floor(from.time.wall);
        let length = seen.end.time.wall - from.time.wall;
        let (start, start_named) = match (self.start, self.date, self.start_time) {
            (Some(point), _, _) => (self.wall(point, &clock, zone)?, true),
            (None, None, None) => (from.time.wall, false),
            (None, date, time) => {
                let time = time.unwrap_or_else(|| from.time.wall.rem_euclid(DAY));
                (date.unwrap_or(old_day) + time, true)
            }
        };
        if from.is_date() && !all_day && self.start.is_none() && self.start_time.is_none() {
            return Err(bad("startTime says when it begins that took a whole day"));
        }
        let start = if all_day { floor(start) } else { start };
        let end = match (self.end, self.end_time) {
            (Some(point), _) => self.wall(point, &clock, zone)?,
            (None, Some(time)) => {
                let days = (floor(seen.end.time.wall) - old_day).max(0);
                let days = if from.is_date() { 0 } else { days };
                after(floor(start) + days + time, start)
            }
            (None, None) => match (from.is_date(), all_day) {
                (false, true) => floor(seen.end.time.wall - 1).max(old_day) + DAY - old_day + start,
                (true, false) => start + HOUR,
                _ if start_named => start + length,
                _ => seen.end.time.wall,
            },
        };
        timing(clock.at(start), end)
    }

    /// For one that is not there yet. A reminder takes no time, an event an hour, unless it is said otherwise.
    fn placed(&self, reminder: bool, zone: &Zone) -> Result<Timing, Refusal> {
        self.check()?;
        let is_day = matches!(self.start, Some(Point::Day(_)));
        let timeless = self.date.is_some() && self.start_time.is_none();
        let all_day = self.all_day(is_day || timeless);
        let clock = self.clock(&Moment::date(0), all_day, zone)?;
        let start = match (self.start, self.date) {
            (Some(point), _) => self.wall(point, &clock, zone)?,
            (None, Some(date)) => date + self.start_time.unwrap_or(0),
            (None, None) => return Err(bad("date or start says when it takes place")),
        };
        if self.start.is_none() && !all_day && self.start_time.is_none() {
            return Err(bad(
                "startTime says when it begins, or isAllDay that it takes the day",
            ));
        }
        let start = if all_day { floor(start) } else { start };
        let end = match (self.end, self.end_time) {
            (Some(point), _) => self.wall(point, &clock, zone)?,
            (None, Some(time)) => after(floor(start) + time, start),
            (None, None) if all_day => start + DAY,
            (None, None) if reminder => start,
            (None, None) => start + HOUR,
        };
        timing(clock.at(start), end)
    }

    fn all_day(&self, otherwise: bool) -> bool {
        let by_time = match self.start {
            Some(Point::Day(_)) => Some(true),
            Some(_) => Some(false),
            None => self.start_time.or(self.end_time).map(|_| false),
        };
        self.all_day.or(by_time).unwrap_or(otherwise)
    }

    /// The clock that it is written on. What was made without one has its user's (K-17).
    fn clock(&self, from: &Moment, all_day: bool, zone: &Zone) -> Result<Moment, Refusal> {
        let named = |name: &str| {
            let why = || Refusal::BadValue(format!("no time zone is called {name}"));
            Moment::zoned(0, name).ok_or_else(why)
        };
        match &self.zone {
            Some(Some(name)) => named(name).map(|clock| match all_day {
                true => Moment::date(0),
                false => clock,
            }),
            _ if all_day => Ok(Moment::date(0)),
            Some(None) => Ok(Moment::floating(0)),
            None if from.is_date() => match zone.id() {
                Some(id) => named(id),
                None => Ok(Moment::utc(0)),
            },
            None => Ok(from.at(0)),
        }
    }

    fn wall(&self, point: Point, clock: &Moment, zone: &Zone) -> Result<i64, Refusal> {
        match point {
            Point::Day(_) if !clock.is_date() => {
                Err(bad("a day is the start and end of what takes whole days"))
            }
            Point::Local(wall) | Point::Day(wall) => Ok(wall),
            Point::Instant(instant) => Ok(clock.at_instant(instant, zone).time.wall),
        }
    }
}

fn bad(why: &str) -> Refusal {
    Refusal::BadValue(why.to_owned())
}

fn floor(wall: i64) -> i64 {
    wall.div_euclid(DAY) * DAY
}

/// A time of the clock that is before the start is one of the next day.
fn after(end: i64, start: i64) -> i64 {
    if end < start { end + DAY } else { end }
}

fn timing(start: Moment, end: i64) -> Result<Timing, Refusal> {
    let end = if start.is_date() {
        floor(end).max(start.time.wall + DAY)
    } else {
        end
    };
    if end < start.time.wall {
        return Err(bad("it ends before it begins"));
    }
    let (first, last) = (super::MIN_DATE.1, super::MAX_DATE.1);
    if start.time.wall < first || end > last {
        return Err(bad("a time in the years 1 to 9999"));
    }
    Ok(Timing { start, end })
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::NoInstance => Self::NotFound,
            Unfit::Text(error) => error.into(),
            other => Self::BadValue(other.to_string()),
        }
    }
}
