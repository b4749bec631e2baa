//! `expand` (RFC 4791 section 9.6.5): each instance in a window as a component of its own, in UTC, cut from the lines of
//! the component that it comes from.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::component::{Component, Part, Property};
use super::super::recur::{Bounds, Budget, Occurrence, occurrences};
use super::super::span::present;
use super::super::time::{Duration, Form, Time, When, write_date, write_date_time};
use super::super::{Object, TooMany, Window};
use super::{Asked, Cut, parameters_without};

/// Components that can recur, and so are expanded.
pub(super) fn expands(component: &Component<'_>) -> bool {
    ["VEVENT", "VTODO", "VJOURNAL"]
        .iter()
        .any(|name| component.is(name))
}

/// What tells of the series, which an instance is no more.
const RECURRENCE: [&str; 5] = ["RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"];

/// What each instance says in its own way.
const PLACE: [&str; 4] = ["DTSTART", "DTEND", "DUE", "DURATION"];

/// A component as all of its instances show it.
struct Pattern<'o> {
    component: Component<'o>,
    /// What they have in common.
    lines: Vec<u8>,
    /// What each says in its own way, and how much of the lines stands before it.
    own: Vec<(usize, Property<'o>)>,
    /// The property that says where they begin.
    anchor: Option<Range<usize>>,
    /// A to-do with DUE alone begins there.
    only_due: bool,
    has_end: bool,
}

impl<'o> Cut<'o, '_> {
    /// The instances in the window by their start, in place of the components that recur.
    pub(super) fn expand(
        &mut self,
        object: &'o Object,
        window: Window,
        asked: Asked<'_>,
        at_most: usize,
    ) -> Result<(), TooMany> {
        let bounds = Bounds { window, at_most };
        let instances = occurrences(
            object,
            &bounds,
            self.zones.floating(),
            &mut Budget::default(),
        )?;
        let mut patterns = BTreeMap::new();
        for occurrence in &instances {
            let component = object.component(occurrence.component);
            let asked = asked.child(&component);
            if !matches!(asked, Asked::Nothing) {
                let pattern = patterns
                    .entry(component.index())
                    .or_insert_with(|| self.pattern(component, asked));
                self.instance(pattern, occurrence, asked);
            }
        }
        Ok(())
    }

    fn pattern(&mut self, component: Component<'o>, asked: Asked<'_>) -> Pattern<'o> {
        let mut own = Vec::new();
        let lines = Vec::with_capacity(component.span().len());
        let before = std::mem::replace(&mut self.out, lines);
        self.copy(component.begin_span());
        for part in component.parts() {
            let property = match part {
                Part::Component(child) => {
                    self.in_utc(&child, asked.child(&child));
                    continue;
                }
                Part::Property(property) => property,
            };
            let is_one_of = |names: &[&str]| names.iter().any(|name| property.is(name));
            if is_one_of(&RECURRENCE) || !property.has_value() {
                continue;
            }
            if is_one_of(&PLACE) {
                own.push((self.out.len(), property));
            } else {
                self.in_utc_property(&property, asked);
            }
        }
        self.copy(component.end_span());
        let start = present(&component, "DTSTART");
        let anchor = start.or_else(|| present(&component, "DUE"));
        Pattern {
            component,
            lines: std::mem::replace(&mut self.out, before),
            anchor: anchor.map(|found| found.span()),
            only_due: start.is_none(),
            has_end: own.iter().any(|(_, property)| !property.is("DTSTART")),
            own,
        }
    }

    fn instance(&mut self, pattern: &Pattern<'o>, occurrence: &Occurrence, asked: Asked<'_>) {
        let mut written = 0;
        for (before, property) in &pattern.own {
            self.append(pattern.lines.get(written..*before).unwrap_or_default());
            self.own_property(pattern, property, occurrence, asked);
            if pattern.anchor.as_ref() == Some(&property.span()) {
                self.recurrence_id(occurrence, asked);
                self.added_end(pattern, occurrence, asked);
            }
            written = *before;
        }
        self.append(pattern.lines.get(written..).unwrap_or_default());
    }

    fn own_property(
        &mut self,
        pattern: &Pattern<'o>,
        property: &Property<'o>,
        occurrence: &Occurrence,
        asked: Asked<'_>,
    ) {
        let is = |name: &str| property.is(name);
        match (&occurrence.time, &occurrence.ending) {
            (Some(time), _) if is("DTSTART") || is("DUE") && pattern.only_due => {
                self.time(property, time, asked)
            }
            (_, Some(ending)) if is("DTEND") || is("DUE") => self.time(property, ending, asked),
            (Some(time), Some(ending)) if is("DURATION") => {
                self.duration(property, time, ending, occurrence, asked)
            }
            _ => self.in_utc_property(property, asked),
        }
    }

    /// A period of an RDATE has a length of its own, which DTEND or DUE then tells.
    fn duration(
        &mut self,
        property: &Property<'o>,
        time: &Time,
        ending: &Time,
        occurrence: &Occurrence,
        asked: Asked<'_>,
    ) {
        let end = Duration::parse(&property.value())
            .map(|length| time.plus(length, self.zones.floating()));
        if end.is_none_or(|end| end == occurrence.end) {
            self.property(property, asked);
        } else {
            self.added("DTEND", ending, asked);
        }
    }

    /// Where the component has no end but the instance, a period of an RDATE, has.
    fn added_end(&mut self, pattern: &Pattern<'o>, occurrence: &Occurrence, asked: Asked<'_>) {
        if let (Some(time), Some(ending)) = (&occurrence.time, &occurrence.ending)
            && !pattern.has_end
            && !time.is_date()
            && ending.wall > time.wall
            && !pattern.component.is("VJOURNAL")
        {
            let to_do = pattern.component.is("VTODO");
            self.added(if to_do { "DUE" } else { "DTEND" }, ending, asked);
        }
    }

    /// Which instance it is. The RFC asks for it on all but the initial one; there it does no harm, and clients
    /// keep the instances apart by it.
    fn recurrence_id(&mut self, occurrence: &Occurrence, asked: Asked<'_>) {
        if let Some(id) = &occurrence.recurrence_id {
            self.added("RECURRENCE-ID", id, asked);
        }
    }

    fn added(&mut self, name: &str, time: &Time, asked: Asked<'_>) {
        let with_value = match asked {
            Asked::Part(shape) => match shape.named(name) {
                None => return,
                Some(with_value) => with_value,
            },
            _ => true,
        };
        let (kind, value) = self.written(time);
        let value = if with_value { value.as_str() } else { "" };
        self.line(&[name, kind, ":", value].concat());
    }

    fn time(&mut self, property: &Property<'_>, time: &Time, asked: Asked<'_>) {
        let (kind, value) = self.written(time);
        let kept = parameters_without(property, &["TZID", "VALUE"]);
        self.replaced(property, &[kind, &kept].concat(), &value, asked);
    }

    /// "Date and local time with reference to time zone information MUST be converted into date with UTC time." Dates
    /// and floating times refer to none: they stay what they are.
    fn written(&self, time: &Time) -> (&'static str, String) {
        match time.form {
            Form::Date => (";VALUE=DATE", write_date(time.wall)),
            Form::Floating => ("", write_date_time(time.wall)),
            Form::Utc | Form::Zoned(_) => {
                let instant = time.instant(self.zones.floating());
                ("", write_date_time(instant) + "Z")
            }
        }
    }

    /// A component inside of an instance: an alarm, a location, a participant.
    fn in_utc(&mut self, component: &Component<'o>, asked: Asked<'_>) {
        if matches!(asked, Asked::Nothing) {
            return;
        }
        self.copy(component.begin_span());
        for part in component.parts() {
            match part {
                Part::Property(property) => self.in_utc_property(&property, asked),
                Part::Component(child) => self.in_utc(&child, asked.child(&child)),
            }
        }
        self.copy(component.end_span());
    }

    /// Any other property: as it stands, unless it refers to a time zone.
    fn in_utc_property(&mut self, property: &Property<'_>, asked: Asked<'_>) {
        let refers = property.parameter("TZID").is_some();
        let times = if refers {
            self.zones.times(property).unwrap_or_default()
        } else {
            Vec::new()
        };
        if times.is_empty() {
            return self.property(property, asked);
        }
        let values: Vec<String> = times.iter().map(|when| self.written_when(when)).collect();
        self.replaced(
            property,
            &parameters_without(property, &["TZID"]),
            &values.join(","),
            asked,
        );
    }

    fn written_when(&self, when: &When) -> String {
        let start = self.written(when.start()).1;
        match when {
            When::Time(_) => start,
            When::Period(_, end) => format!("{start}/{}", self.written(end).1),
            When::Lasting(from, duration) => {
                let end = Time::utc(from.plus(*duration, self.zones.floating()));
                format!("{start}/{}", self.written(&end).1)
            }
        }
    }
}
