//! `expand` (RFC 4791 section 9.6.5): each instance in a window as a component of its own, in UTC, cut from the lines of
//! the component that it comes from.

use super::super::component::{Component, Part, Property};
use super::super::recur::{Bounds, Budget, Occurrence, occurrences};
use super::super::span::{is_present, present};
use super::super::time::{Duration, Form, Time, When, write_date, write_date_time};
use super::super::{Object, TooMany, Window};
use super::{Asked, Cut, parameters_without};

/// Components that can recur, and so are expanded.
pub(super) fn expands(component: &Component<'_>) -> bool {
    ["VEVENT", "VTODO", "VJOURNAL"]
        .iter()
        .any(|name| component.is(name))
}

/// What an instance says in place of what its component says.
struct Instance<'c, 'o> {
    component: &'c Component<'o>,
    occurrence: &'c Occurrence,
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
        for occurrence in &instances {
            let component = object.component(occurrence.component);
            self.instance(
                &Instance {
                    component: &component,
                    occurrence,
                },
                asked.child(&component),
            );
        }
        Ok(())
    }

    fn instance(&mut self, instance: &Instance<'_, 'o>, asked: Asked<'_>) {
        if matches!(asked, Asked::Nothing) {
            return;
        }
        let component = instance.component;
        self.copy(component.begin_span());
        let anchor = ["DTSTART", "DUE"]
            .into_iter()
            .find_map(|name| present(component, name))
            .map(|found| found.span());
        let has_end = ["DTEND", "DUE", "DURATION"]
            .iter()
            .any(|name| present(component, name).is_some());
        for part in component.parts() {
            let property = match part {
                Part::Component(child) => {
                    self.in_utc(&child, asked.child(&child));
                    continue;
                }
                Part::Property(property) => property,
            };
            self.instance_property(instance, &property, asked);
            if anchor.as_ref() == Some(&property.span()) {
                self.recurrence_id(instance, asked);
                if !has_end {
                    self.added_end(instance, asked);
                }
            }
        }
        self.copy(component.end_span());
    }

    fn instance_property(
        &mut self,
        instance: &Instance<'_, 'o>,
        property: &Property<'o>,
        asked: Asked<'_>,
    ) {
        let is = |name: &str| property.is(name);
        let occurrence = instance.occurrence;
        if ["RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"]
            .iter()
            .any(|name| is(name))
            || !is_present(property)
        {
            return;
        }
        // A to-do with DUE alone begins there.
        let only_due = present(instance.component, "DTSTART").is_none();
        match (&occurrence.time, &occurrence.ending) {
            (Some(time), _) if is("DTSTART") || is("DUE") && only_due => {
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
    fn added_end(&mut self, instance: &Instance<'_, 'o>, asked: Asked<'_>) {
        if let (Some(time), Some(ending)) = (&instance.occurrence.time, &instance.occurrence.ending)
            && !time.is_date()
            && ending.wall > time.wall
            && !instance.component.is("VJOURNAL")
        {
            self.added(
                if instance.component.is("VTODO") {
                    "DUE"
                } else {
                    "DTEND"
                },
                ending,
                asked,
            );
        }
    }

    /// Which instance it is. The RFC asks for it on all but the initial one; there it does no harm, and clients
    /// keep the instances apart by it.
    fn recurrence_id(&mut self, instance: &Instance<'_, 'o>, asked: Asked<'_>) {
        if let Some(id) = &instance.occurrence.recurrence_id {
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
        self.line(&format!(
            "{name}{kind}:{}",
            if with_value { value.as_str() } else { "" }
        ));
    }

    fn time(&mut self, property: &Property<'_>, time: &Time, asked: Asked<'_>) {
        let (kind, value) = self.written(time);
        let kept = parameters_without(property, &["TZID", "VALUE"]);
        self.replaced(property, &format!("{kind}{kept}"), &value, asked);
    }

    /// "Date and local time with reference to time zone information MUST be converted into date with UTC time." Dates
    /// and floating times refer to none: they stay what they are.
    fn written(&self, time: &Time) -> (&'static str, String) {
        match time.form {
            Form::Date => (";VALUE=DATE", write_date(time.wall)),
            Form::Floating => ("", write_date_time(time.wall)),
            Form::Utc | Form::Zoned(_) => (
                "",
                format!("{}Z", write_date_time(time.instant(self.zones.floating()))),
            ),
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
