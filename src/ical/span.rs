//! From when to when an object reaches: the index that narrows a time-range query (RFC 4791 section 9.9).
//!
//! A span never leaves out what the exact test would let in. All spans are half-open in whole seconds, so a moment `t`
//! is `[t, t + 1)`, and where the RFC says `end >= t` the span begins a second before `t`.

use super::ParseError;
use super::component::{Component, Property};
use super::recur::{Budget, aligned, series};
use super::time::{Duration, Form, HOUR, Time, When};
use super::zones::Zones;

/// `[first, last)`, either side open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    pub first: Option<i64>,
    pub last: Option<i64>,
}

impl Reach {
    const OPEN: Self = Self {
        first: None,
        last: None,
    };

    fn closed(first: i64, last: i64) -> Self {
        Self {
            first: Some(first),
            last: Some(last.max(first.saturating_add(1))),
        }
    }

    /// How long the component lasts, its recurrence left aside.
    pub fn length(component: &Component<'_>, zones: &Zones<'_>) -> Option<i64> {
        let own = Dates::read(component, zones)
            .and_then(|dates| dates.own(component, zones))
            .ok()?;
        Some(own.last? - own.first?)
    }

    pub fn union(self, other: Self) -> Self {
        Self {
            first: self
                .first
                .zip(other.first)
                .map(|(one, other)| one.min(other)),
            last: self.last.zip(other.last).map(|(one, other)| one.max(other)),
        }
    }
}

/// The span of one component with all of its own occurrences. Reads every date that recurrence depends on, so that what
/// is broken there is refused when it is written.
pub(super) fn reach(component: &Component<'_>, zones: &Zones<'_>) -> Result<Reach, ParseError> {
    let dates = Dates::read(component, zones)?;
    let own = dates.own(component, zones)?;
    dates.recurring(component, own, zones)
}

/// The dates of one component that place it in time.
struct Dates {
    start: Option<Time>,
    end: Option<Time>,
    due: Option<Time>,
    duration: Option<Duration>,
}

impl Dates {
    fn read(component: &Component<'_>, zones: &Zones<'_>) -> Result<Self, ParseError> {
        let time = |name: &str| {
            present(component, name)
                .map(|property| zones.time(&property))
                .transpose()
        };
        let duration =
            match present(component, "DURATION") {
                None => None,
                Some(property) => Some(Duration::parse(&property.value()).ok_or_else(|| {
                    property.error("this DURATION is not a duration like PT1H30M")
                })?),
            };
        let start = time("DTSTART")?;
        let beside = |end: Time| match &start {
            Some(start) => end.beside(start),
            None => end,
        };
        Ok(Self {
            end: time("DTEND")?.map(beside),
            due: time("DUE")?.map(beside),
            start,
            duration,
        })
    }

    /// The span of the component without its recurrence.
    fn own(&self, component: &Component<'_>, zones: &Zones<'_>) -> Result<Reach, ParseError> {
        Ok(match component.name().as_str() {
            "VEVENT" => self.event(zones),
            "VTODO" => self.to_do(component, zones)?,
            "VJOURNAL" => self.journal(zones),
            "VFREEBUSY" => self.free_busy(component, zones)?,
            "VAVAILABILITY" => self.availability(zones),
            _ => Reach::OPEN,
        })
    }

    /// Where both are written, as some clients do with `DURATION:PT0S`, DTEND counts.
    fn end(&self, start: &Time, zones: &Zones<'_>) -> Option<i64> {
        let end = self.end.as_ref().map(|end| end.instant(zones.floating()));
        end.or_else(|| {
            self.duration
                .map(|duration| start.plus(duration, zones.floating()))
        })
    }

    fn event(&self, zones: &Zones<'_>) -> Reach {
        let Some(start) = &self.start else {
            return Reach::OPEN;
        };
        let first = start.instant(zones.floating());
        let without_end = if start.is_date() {
            start.plus(Duration::DAY, zones.floating())
        } else {
            first
        };
        Reach::closed(first, self.end(start, zones).unwrap_or(without_end))
    }

    fn to_do(&self, component: &Component<'_>, zones: &Zones<'_>) -> Result<Reach, ParseError> {
        let instant = |time: &Time| time.instant(zones.floating());
        let due = self.due.as_ref().map(instant);
        if let Some(start) = &self.start {
            let first = instant(start);
            let end = due.or_else(|| {
                self.duration
                    .map(|duration| start.plus(duration, zones.floating()))
            });
            return Ok(end.map_or(Reach::closed(first, first), |end| {
                Reach::closed(first.min(end - 1), end + 1)
            }));
        }
        if let Some(due) = due {
            return Ok(Reach::closed(due - 1, due));
        }
        let stamp = |name: &str| -> Result<Option<i64>, ParseError> {
            let time = present(component, name)
                .map(|property| zones.time(&property))
                .transpose()?;
            Ok(time.as_ref().map(instant))
        };
        Ok(match (stamp("COMPLETED")?, stamp("CREATED")?) {
            (Some(one), Some(other)) => Reach::closed(one.min(other) - 1, one.max(other) + 1),
            (Some(completed), None) => Reach::closed(completed - 1, completed + 1),
            (None, Some(created)) => Reach {
                first: Some(created),
                last: None,
            },
            (None, None) => Reach::OPEN,
        })
    }

    fn journal(&self, zones: &Zones<'_>) -> Reach {
        let Some(start) = &self.start else {
            return Reach::OPEN;
        };
        let first = start.instant(zones.floating());
        Reach::closed(
            first,
            if start.is_date() {
                start.plus(Duration::DAY, zones.floating())
            } else {
                first
            },
        )
    }

    fn free_busy(&self, component: &Component<'_>, zones: &Zones<'_>) -> Result<Reach, ParseError> {
        if let (Some(start), Some(end)) = (&self.start, &self.end) {
            return Ok(Reach::closed(
                start.instant(zones.floating()),
                end.instant(zones.floating()) + 1,
            ));
        }
        let mut all: Option<Reach> = None;
        for property in component.properties_named("FREEBUSY") {
            for when in zones.times(&property)? {
                let reach = period(&when, 0, zones);
                all = Some(all.map_or(reach, |all| all.union(reach)));
            }
        }
        Ok(all.unwrap_or(Reach::OPEN))
    }

    /// Without DTSTART or an end it is available for ever on that side (RFC 7953 section 3.1).
    fn availability(&self, zones: &Zones<'_>) -> Reach {
        let Some(start) = &self.start else {
            return Reach {
                first: None,
                last: self.end.as_ref().map(|end| end.instant(zones.floating())),
            };
        };
        let first = start.instant(zones.floating());
        Reach {
            first: Some(first),
            last: self.end(start, zones).map(|end| end.max(first + 1)),
        }
    }

    /// Widened by RRULE, RDATE and THISANDFUTURE.
    fn recurring(
        &self,
        component: &Component<'_>,
        own: Reach,
        zones: &Zones<'_>,
    ) -> Result<Reach, ParseError> {
        let Some(anchor) = self.start.as_ref().or(self.due.as_ref()) else {
            return Ok(own);
        };
        let at = anchor.instant(zones.floating());
        let (before, after) = (
            own.first.map(|first| at - first),
            own.last.map(|last| last - at),
        );
        let shifted = |to: i64| Reach {
            first: before.map(|before| to - before),
            last: after.map(|after| to + after),
        };
        // Where the clock changes a day is some hours longer or shorter.
        let lasts = after.is_some_and(|after| after > 1);
        let slack = if lasts && !matches!(anchor.form, Form::Utc) {
            2 * HOUR
        } else {
            0
        };
        let mut all = own;
        for property in component
            .properties_named("RRULE")
            .filter(Property::has_value)
        {
            let last = last_start(&property, anchor, zones)?;
            all = all.union(last.map_or(Reach { last: None, ..own }, shifted));
            all.last = all.last.map(|last| last.saturating_add(slack));
        }
        for property in component.properties_named("RDATE") {
            for when in zones.times(&property)? {
                all = all.union(match when {
                    When::Time(time) => {
                        let time = aligned(&time, anchor, zones.floating());
                        let mut one = shifted(time.instant(zones.floating()));
                        one.last = one.last.map(|last| last.saturating_add(slack));
                        one
                    }
                    _ => period(&when, 0, zones),
                });
            }
        }
        let range = component.property("RECURRENCE-ID").and_then(|id| {
            id.parameter("RANGE")
                .map(|range| range.to_ascii_uppercase())
        });
        if range.as_deref() == Some("THISANDFUTURE") {
            // It moves the rest of a series that another component ends.
            all.last = None;
        }
        for property in component.properties_named("EXDATE") {
            zones.times(&property)?;
        }
        Ok(all)
    }
}

/// The instant at which the last occurrence begins; `None`: there is none, or it is too far to count.
fn last_start(
    property: &Property<'_>,
    anchor: &Time,
    zones: &Zones<'_>,
) -> Result<Option<i64>, ParseError> {
    let series = series(&property.value(), anchor, zones.floating())
        .map_err(|bad| property.error(bad.to_string()))?;
    let last = series.last(&mut Budget::default()).unwrap_or(None);
    Ok(last.map(|wall| anchor.at(wall).instant(zones.floating())))
}

fn period(when: &When, beyond: i64, zones: &Zones<'_>) -> Reach {
    let start = when.start();
    let end = match when {
        When::Time(time) => time.instant(zones.floating()),
        When::Period(_, end) => end.instant(zones.floating()),
        When::Lasting(start, duration) => start.plus(*duration, zones.floating()),
    };
    Reach::closed(start.instant(zones.floating()), end + beyond)
}

/// The first property of a name that has a value: empty ones are sent for none at all.
pub(super) fn present<'a>(component: &Component<'a>, name: &str) -> Option<Property<'a>> {
    component.properties_named(name).find(Property::has_value)
}
