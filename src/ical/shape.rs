//! `CALDAV:calendar-data`: what part of an object a report asks for (RFC 4791 section 9.6), cut from the stored bytes.
//! Spans are copied or replaced; nothing is printed from a tree, so what is not touched stays as the client wrote it.

mod expand;
mod limit;
mod text;
mod zones;

use std::ops::Range;

use super::component::{Component, Part, Property};
use super::{Object, TooMany, Window, Zone, Zones, value, vtimezone, zone_data};

pub use text::text;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    pub comp: Option<CompShape>,
    pub recurrence: Option<Recurrence>,
    pub limit_freebusy: Option<Window>,
    pub timezones: Timezones,
}

/// Which VTIMEZONEs are part of the answer (RFC 7809 section 3.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timezones {
    #[default]
    AsStored,
    /// Those that the object refers to, whether it holds them or not.
    All,
    /// Only those that our own service does not know by that name.
    Unknown,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompShape {
    pub name: String,
    pub props: Props,
    pub comps: Comps,
}

/// By name; the flag is `novalue`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Props {
    #[default]
    All,
    Some(Vec<(String, bool)>),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Comps {
    #[default]
    All,
    Some(Vec<CompShape>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    Expand(Window),
    Limit(Window),
}

impl Shape {
    pub fn is_whole(&self) -> bool {
        self == &Self::default()
    }
}

impl CompShape {
    /// `None`: not asked for; else whether the value is.
    fn wants(&self, is: impl Fn(&str) -> bool) -> Option<bool> {
        match &self.props {
            Props::All => Some(true),
            Props::Some(wanted) => wanted
                .iter()
                .find(|(name, _)| is(name))
                .map(|(_, without_value)| !without_value),
        }
    }

    fn named(&self, name: &str) -> Option<bool> {
        self.wants(|wanted| wanted.eq_ignore_ascii_case(name))
    }

    fn property(&self, property: &Property<'_>) -> Option<bool> {
        self.wants(|wanted| property.is(wanted))
    }
}

/// What of a component is asked for.
#[derive(Clone, Copy)]
enum Asked<'s> {
    Whole,
    Nothing,
    Part(&'s CompShape),
}

impl<'s> Asked<'s> {
    fn child(self, child: &Component<'_>) -> Self {
        match self {
            Self::Whole => Self::Whole,
            Self::Nothing => Self::Nothing,
            Self::Part(CompShape {
                comps: Comps::All, ..
            }) => Self::Whole,
            Self::Part(CompShape {
                comps: Comps::Some(wanted),
                ..
            }) => wanted
                .iter()
                .find(|wanted| child.is(&wanted.name))
                .map_or(Self::Nothing, Self::Part),
        }
    }

    /// Is a component of that name, whole, among what is asked for?
    fn wants(self, name: &str) -> bool {
        match self {
            Self::Whole => true,
            Self::Nothing => false,
            Self::Part(shape) => match &shape.comps {
                Comps::All => true,
                Comps::Some(wanted) => wanted.iter().any(|it| it.name.eq_ignore_ascii_case(name)),
            },
        }
    }

    fn property(self, property: &Property<'_>) -> Option<bool> {
        match self {
            Self::Whole => Some(true),
            Self::Nothing => None,
            Self::Part(shape) => shape.property(property),
        }
    }
}

/// The object as asked for. More than `at_most` instances are [`TooMany`].
pub fn shape(
    object: &Object,
    shape: &Shape,
    zone: &Zone,
    at_most: usize,
) -> Result<Vec<u8>, TooMany> {
    let mut cut = Cut {
        text: object.text(),
        zones: Zones::new(object, zone),
        shape,
        out: Vec::new(),
    };
    cut.out.reserve(object.text().len());
    // The outermost comp is the VCALENDAR; a client that begins further in asks for nothing that can be understood.
    let asked = match &shape.comp {
        Some(comp) if comp.name.eq_ignore_ascii_case("VCALENDAR") => Asked::Part(comp),
        _ => Asked::Whole,
    };
    cut.calendar(object, asked, at_most)?;
    Ok(cut.out)
}

struct Cut<'o, 's> {
    text: &'o [u8],
    zones: Zones<'o>,
    shape: &'s Shape,
    out: Vec<u8>,
}

impl<'o> Cut<'o, '_> {
    fn calendar(
        &mut self,
        object: &'o Object,
        asked: Asked<'_>,
        at_most: usize,
    ) -> Result<(), TooMany> {
        let calendar = object.calendar();
        self.copy(calendar.begin_span());
        let originals = match self.shape.recurrence {
            Some(Recurrence::Limit(_)) => limit::Originals::of(object),
            _ => limit::Originals::default(),
        };
        let expanded = matches!(self.shape.recurrence, Some(Recurrence::Expand(_)));
        let mut supplied =
            expanded || self.shape.timezones != Timezones::All || !asked.wants("VTIMEZONE");
        for part in calendar.parts() {
            if matches!(part, Part::Component(_)) && !std::mem::replace(&mut supplied, true) {
                self.supply(object);
            }
            match part {
                Part::Property(property) => self.property(&property, asked),
                Part::Component(child) if self.is_wanted(&child, &originals) => {
                    self.component(&child, asked.child(&child))
                }
                Part::Component(_) => {}
            }
        }
        if let Some(Recurrence::Expand(window)) = self.shape.recurrence {
            self.expand(object, window, asked, at_most)?;
        }
        self.copy(calendar.end_span());
        Ok(())
    }

    fn supply(&mut self, object: &Object) {
        for (tzid, zone) in zones::missing(object) {
            self.copy(0..0);
            let written = vtimezone::component(&zone, &tzid);
            self.out.extend_from_slice(written.as_bytes());
        }
    }

    /// Expanded components come after; the time zones of expanded and of known times stay away.
    fn is_wanted(&self, child: &Component<'_>, originals: &limit::Originals<'o>) -> bool {
        let expanded = matches!(self.shape.recurrence, Some(Recurrence::Expand(_)));
        if child.is("VTIMEZONE") {
            let known = || {
                child
                    .property("TZID")
                    .is_some_and(|tzid| zone_data::is_known(&tzid.text()))
            };
            return !(expanded || self.shape.timezones == Timezones::Unknown && known());
        }
        match self.shape.recurrence {
            Some(Recurrence::Expand(_)) => !expand::expands(child),
            Some(Recurrence::Limit(window)) => originals.impacts(child, window, &self.zones),
            None => true,
        }
    }

    /// One component with what is asked of it; as deep as the reader lets objects be.
    fn component(&mut self, component: &Component<'o>, asked: Asked<'_>) {
        if matches!(asked, Asked::Nothing) {
            return;
        }
        self.copy(component.begin_span());
        for part in component.parts() {
            match part {
                Part::Property(property) if self.limits(component, &property) => {
                    self.limited(&property, asked);
                }
                Part::Property(property) => self.property(&property, asked),
                Part::Component(child) => self.component(&child, asked.child(&child)),
            }
        }
        self.copy(component.end_span());
    }

    fn property(&mut self, property: &Property<'_>, asked: Asked<'_>) {
        match asked.property(property) {
            None => {}
            Some(true) => self.copy(property.span()),
            // "just the iCalendar property name and any iCalendar parameters and a trailing ':'"
            Some(false) => match property.head_span() {
                Some(head) => {
                    self.copy(head);
                    self.end_line();
                }
                None => self.line(&format!(
                    "{}{}:",
                    property.name(),
                    property.raw_parameters()
                )),
            },
        }
    }

    /// A property with another value, and perhaps other parameters (which begin with their semicolon).
    fn replaced(
        &mut self,
        property: &Property<'_>,
        parameters: &str,
        value: &str,
        asked: Asked<'_>,
    ) {
        match asked.property(property) {
            None => {}
            Some(true) => self.line(&[&property.name(), parameters, ":", value].concat()),
            Some(false) => self.line(&[&property.name(), parameters, ":"].concat()),
        }
    }

    fn limits(&self, component: &Component<'_>, property: &Property<'_>) -> bool {
        self.shape.limit_freebusy.is_some() && component.is("VFREEBUSY") && property.is("FREEBUSY")
    }

    /// The periods of a FREEBUSY that touch the window (RFC 4791 section 9.6.7), none: no property.
    fn limited(&mut self, property: &Property<'_>, asked: Asked<'_>) {
        let window = self.shape.limit_freebusy.unwrap_or(Window {
            start: None,
            end: None,
        });
        let value = property.value();
        let periods = self.zones.times(property).unwrap_or_default();
        let items: Vec<&str> = value
            .split(',')
            .filter(|item| !item.trim().is_empty())
            .collect();
        if items.len() != periods.len() {
            // What cannot be read is left as it is.
            return self.property(property, asked);
        }
        let kept: Vec<&str> = items
            .into_iter()
            .zip(&periods)
            .filter(|(_, period)| {
                limit::touches(limit::period(period, self.zones.floating()), window)
            })
            .map(|(item, _)| item)
            .collect();
        if kept.len() == periods.len() {
            self.property(property, asked);
        } else if !kept.is_empty() {
            self.replaced(property, &property.raw_parameters(), &kept.join(","), asked);
        }
    }

    /// Stored bytes of whole lines; the last line of a text may lack its end.
    fn copy(&mut self, span: Range<usize>) {
        self.append(self.text.get(span).unwrap_or_default());
    }

    fn append(&mut self, lines: &[u8]) {
        if !self.out.is_empty() && !self.out.ends_with(b"\n") && !self.out.ends_with(b"\r") {
            self.end_line();
        }
        self.out.extend_from_slice(lines);
    }

    fn end_line(&mut self) {
        self.out.extend_from_slice(b"\r\n");
    }

    /// A line of our own, folded.
    fn line(&mut self, line: &str) {
        let mut folded = String::with_capacity(line.len() + 8);
        super::write::fold_into(&mut folded, line);
        self.copy(0..0);
        self.out.extend_from_slice(folded.as_bytes());
    }
}

/// The parameters as they are written, but for some.
fn parameters_without(property: &Property<'_>, names: &[&str]) -> String {
    let raw = property.raw_parameters();
    let goes = |name: &str| names.iter().any(|other| other.eq_ignore_ascii_case(name));
    let kept = value::parameters(&raw).filter(|parameter| !goes(parameter.name));
    kept.map(|parameter| format!(";{}={}", parameter.name, parameter.raw))
        .collect()
}

#[cfg(test)]
mod tests;
