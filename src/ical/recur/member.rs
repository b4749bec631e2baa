//! One component as recurrence sees it: when it starts, how long it lasts, and which window it touches
//! (RFC 4791 section 9.9).

use super::reading::Reading;
use crate::ical::time::{DAY, Duration, Form, Time, When};
use crate::ical::{Component, Window, Zone};

/// A window with its open sides filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub start: i64,
    pub end: i64,
}

impl From<Window> for Range {
    fn from(window: Window) -> Self {
        Self {
            start: window.start.unwrap_or(i64::MIN),
            end: window.end.unwrap_or(i64::MAX),
        }
    }
}

/// How long an occurrence lasts (RFC 5545 section 3.8.5.3): "the same exact duration" where DTEND or DUE says it, "the
/// same nominal duration" where DURATION does. Between two dates lie days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Exact(i64),
    Nominal(Duration),
}

impl Length {
    pub const NONE: Self = Self::Exact(0);

    fn between(start: &Time, end: &Time, zone: &Zone) -> Self {
        if start.is_date() && end.is_date() {
            let days = (end.wall - start.wall).div_euclid(DAY);
            return Self::Nominal(Duration { days, seconds: 0 });
        }
        Self::Exact(end.instant(zone) - start.instant(zone))
    }

    /// The end of an occurrence that starts so; never before its start.
    pub fn end(self, start: &Time, zone: &Zone) -> i64 {
        let from = start.instant(zone);
        let to = match self {
            Self::Exact(seconds) => from.saturating_add(seconds),
            Self::Nominal(duration) => start.plus(duration, zone),
        };
        to.max(from)
    }

    /// The end as a value of the form of the start.
    pub fn ending(self, start: &Time, zone: &Zone) -> Time {
        match (self, &start.form) {
            (Self::Nominal(duration), Form::Date) => {
                start.at(start.wall + duration.days.max(0) * DAY)
            }
            _ => start.at_instant(self.end(start, zone), zone),
        }
    }

    /// No occurrence lasts longer; a day may have a few hours more.
    pub fn at_most(self) -> i64 {
        match self {
            Self::Exact(seconds) => seconds.max(0),
            Self::Nominal(duration) if duration.days > 0 => duration
                .days
                .saturating_mul(DAY)
                .saturating_add(duration.seconds)
                .saturating_add(DAY),
            Self::Nominal(duration) => duration.seconds.max(0),
        }
    }
}

/// Which row of the tables of RFC 4791 section 9.9 decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// VEVENT, VJOURNAL and AVAILABLE, all rows.
    Event,
    StartAndDuration,
    StartAndDue,
    Start,
    Due,
    CompletedAndCreated,
    Completed,
    Created,
    Undated,
}

impl Row {
    pub fn touches(self, from: i64, to: i64, range: Range) -> bool {
        let Range { start, end } = range;
        match self {
            Self::Event if to > from => start < to && end > from,
            Self::Event | Self::Start => start <= from && end > from,
            Self::StartAndDuration => start <= to && (end > from || end >= to),
            Self::StartAndDue => (start < to || start <= from) && (end > from || end >= to),
            Self::Due => start < to && end >= to,
            Self::CompletedAndCreated => {
                (start <= from || start <= to) && (end >= from || end >= to)
            }
            Self::Completed => start <= from && end >= from,
            Self::Created => end > from,
            Self::Undated => true,
        }
    }
}

/// One component: a master, or what overrides one of its occurrences.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    pub component: Component<'a>,
    /// DTSTART, or DUE of a to-do without; `None`: no date at all.
    pub start: Option<Time>,
    pub length: Length,
    pub row: Row,
    pub recurrence_id: Option<Time>,
    /// RANGE=THISANDFUTURE.
    pub following: bool,
    /// Of two overrides of one occurrence the one with the higher SEQUENCE, then the later DTSTAMP, holds.
    pub rank: (i64, i64, usize),
    /// For the rows without a date: COMPLETED and CREATED.
    pub undated: (i64, i64),
}

impl<'a> Member<'a> {
    /// `None`: a VEVENT or AVAILABLE that says nothing of time, a VJOURNAL without DTSTART.
    pub fn read(component: Component<'a>, reading: &Reading<'_>) -> Option<Self> {
        let recurrence_id = reading.time(&component, "RECURRENCE-ID");
        let following = recurrence_id.is_some()
            && component
                .property("RECURRENCE-ID")
                .and_then(|id| {
                    id.parameter("RANGE")
                        .map(|range| range.eq_ignore_ascii_case("THISANDFUTURE"))
                })
                .unwrap_or(false);
        let (sequence, stamp) = match &recurrence_id {
            None => (0, 0),
            Some(_) => (
                reading.number(&component, "SEQUENCE").unwrap_or(0),
                reading
                    .time(&component, "DTSTAMP")
                    .map_or(0, |stamp| stamp.instant(reading.zone)),
            ),
        };
        let mut member = Self {
            component,
            start: reading.time(&component, "DTSTART"),
            length: Length::NONE,
            row: Row::Event,
            recurrence_id,
            following,
            rank: (sequence, stamp, component.index()),
            undated: (0, 0),
        };
        if component.is("VTODO") {
            member.read_to_do(reading);
        } else {
            member.read_event(reading)?;
        }
        Some(member)
    }

    /// The end of an event: DTEND, DURATION, a day for a date, else nothing.
    fn read_event(&mut self, reading: &Reading<'_>) -> Option<()> {
        if self.start.is_none() {
            self.start = Some(self.recurrence_id.clone()?);
        }
        let start = self.start.as_ref()?;
        let by_default = if start.is_date() {
            Length::Nominal(Duration::DAY)
        } else {
            Length::NONE
        };
        let component = &self.component;
        self.length = if component.is("VJOURNAL") {
            by_default
        } else if let Some(end) = reading.time(component, "DTEND") {
            match Length::between(start, &end.beside(start), reading.zone) {
                // An end that is not later is none.
                length if length.at_most() == 0 => by_default,
                length => length,
            }
        } else {
            reading
                .duration(component)
                .map_or(by_default, Length::Nominal)
        };
        Some(())
    }

    fn read_to_do(&mut self, reading: &Reading<'_>) {
        let component = &self.component;
        let due = reading.time(component, "DUE");
        if self.start.is_none() && due.is_none() {
            // What an override does not say is as the series has it.
            self.start = self.recurrence_id.clone();
        }
        let duration = reading.duration(component);
        match (&self.start, due) {
            (Some(start), Some(due)) => {
                self.length = Length::between(start, &due.beside(start), reading.zone);
                self.row = Row::StartAndDue;
            }
            (Some(_), None) => {
                self.length = duration.map_or(Length::NONE, Length::Nominal);
                self.row = if duration.is_some() {
                    Row::StartAndDuration
                } else {
                    Row::Start
                };
            }
            (None, Some(due)) => {
                self.start = Some(due);
                self.row = Row::Due;
            }
            (None, None) => self.read_undated(reading),
        }
    }

    fn read_undated(&mut self, reading: &Reading<'_>) {
        let moment = |name| {
            reading
                .time(&self.component, name)
                .map(|time| time.instant(reading.zone))
        };
        (self.row, self.undated) = match (moment("COMPLETED"), moment("CREATED")) {
            (Some(completed), Some(created)) => (Row::CompletedAndCreated, (completed, created)),
            (Some(completed), None) => (Row::Completed, (completed, completed)),
            (None, Some(created)) => (Row::Created, (created, i64::MAX)),
            (None, None) => (Row::Undated, (i64::MIN, i64::MAX)),
        };
    }
}

/// A value of RDATE, EXDATE or RECURRENCE-ID in the form of the series, where clients mix forms: a date names the
/// occurrence of that day, a local time without zone is meant in the zone of the series.
pub(crate) fn aligned(time: &Time, start: &Time, zone: &Zone) -> Time {
    match (&time.form, &start.form) {
        (Form::Date, Form::Date) => time.clone(),
        (Form::Date, _) => start.at(time.wall + start.wall.rem_euclid(DAY)),
        (_, Form::Date) => start.at(time.wall.div_euclid(DAY) * DAY),
        (Form::Floating, _) => start.at(time.wall),
        _ => start.at_instant(time.instant(zone), zone),
    }
}

/// The length that a PERIOD of RDATE gives its occurrence.
pub(super) fn own_length(when: &When, zone: &Zone) -> Option<Length> {
    match when {
        When::Time(_) => None,
        When::Period(start, end) => Some(Length::between(start, end, zone)),
        When::Lasting(_, duration) => Some(Length::Nominal(*duration)),
    }
}
