//! Whether an object matches a filter: the conditions of each element on one component or property (RFC 4791
//! section 9.7). The cheap ones are asked first; recurrence is looked at only for components that pass them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::rc::Rc;

use super::{CompFilter, ParamFilter, PropFilter, Test, alarm};
use crate::ical::recur::{
    Budget, Expansion, Range, Reading, availability_touches, free_busy_touches,
};
use crate::ical::time::DAY;
use crate::ical::{Component, Object, Property, TooMany, Zone, value};

pub(super) fn matches(
    filter: &CompFilter,
    object: &Object,
    zone: &Zone,
    budget: &mut Budget,
) -> Result<bool, TooMany> {
    let calendar = object.calendar();
    if !calendar.is(filter.name.trim()) {
        return Ok(filter.is_not_defined);
    }
    if filter.is_not_defined {
        return Ok(false);
    }
    let reading = Reading::new(object, zone);
    let expansions = HashMap::new();
    let mut question = Question {
        reading,
        budget,
        expansions,
    };
    question.any_passes(filter, &[calendar])
}

/// One object being asked, with the work that this may take.
pub(super) struct Question<'a, 'b> {
    pub reading: Reading<'a>,
    pub budget: &'b mut Budget,
    /// By the place of the parent and the name of the components.
    expansions: HashMap<(usize, String), Rc<Expansion<'a>>>,
}

impl<'a> Question<'a, '_> {
    /// Does a component inside of this one satisfy the filter?
    fn within(&mut self, filter: &CompFilter, component: &Component<'a>) -> Result<bool, TooMany> {
        let named: Vec<Component<'a>> = component
            .children()
            .filter(|child| child.is(filter.name.trim()))
            .collect();
        if filter.is_not_defined {
            return Ok(named.is_empty());
        }
        self.any_passes(filter, &named)
    }

    /// Does one of the components satisfy every (or any) condition?
    fn any_passes(
        &mut self,
        filter: &CompFilter,
        named: &[Component<'a>],
    ) -> Result<bool, TooMany> {
        let mut candidates = Vec::new();
        for component in named {
            self.budget.spend(1)?;
            let others = self.others(filter, component)?;
            match (filter.time_range, filter.test) {
                (None, _) if others.unwrap_or(true) => return Ok(true),
                (Some(_), Test::AnyOf) if others == Some(true) => return Ok(true),
                (Some(_), Test::AnyOf) => candidates.push(*component),
                (Some(_), Test::AllOf) if others.unwrap_or(true) => candidates.push(*component),
                _ => {}
            }
        }
        match filter.time_range {
            Some(window) => self.touches(&candidates, window.into()),
            _ => Ok(false),
        }
    }

    /// The conditions that need no recurrence; `None`: there are none.
    fn others(
        &mut self,
        filter: &CompFilter,
        component: &Component<'a>,
    ) -> Result<Option<bool>, TooMany> {
        let mut verdict = Verdict::new(filter.test);
        for prop in &filter.props {
            if verdict.is_settled() {
                break;
            }
            let passes = self.property(prop, component)?;
            verdict.add(passes);
        }
        for comp in &filter.comps {
            if verdict.is_settled() {
                break;
            }
            let passes = self.within(comp, component)?;
            verdict.add(passes);
        }
        Ok(verdict.answer())
    }

    /// Does one of the candidates touch the range (section 9.9)?
    fn touches(&mut self, candidates: &[Component<'a>], range: Range) -> Result<bool, TooMany> {
        let Some(first) = candidates.first() else {
            return Ok(false);
        };
        let reading = &self.reading;
        if first.is("VFREEBUSY") {
            return Ok(candidates
                .iter()
                .any(|component| free_busy_touches(component, range, reading)));
        }
        if first.is("VAVAILABILITY") {
            return Ok(candidates
                .iter()
                .any(|component| availability_touches(component, range, reading)));
        }
        if first.is("VALARM") {
            return alarm::any_rings(self, candidates, range);
        }
        if !["VEVENT", "VTODO", "VJOURNAL", "AVAILABLE"]
            .iter()
            .any(|name| first.is(name))
        {
            return Ok(false);
        }
        let places: HashSet<usize> = candidates.iter().map(Component::index).collect();
        let wanted = |index: usize| places.contains(&index);
        let mut found = false;
        let expansion = self.expansion(first)?;
        expansion.visit(range, &wanted, self.budget, &mut |_| {
            found = true;
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// The recurrence sets of a component and of all beside it that bear its name; read once.
    pub fn expansion(&mut self, component: &Component<'a>) -> Result<Rc<Expansion<'a>>, TooMany> {
        let parent = component.parent();
        let key = (parent.map_or(0, |parent| parent.index()), component.name());
        if let Some(known) = self.expansions.get(&key) {
            return Ok(Rc::clone(known));
        }
        let siblings: Vec<Component<'a>> = match parent {
            Some(parent) => parent.children().filter(|child| child.is(&key.1)).collect(),
            None => vec![*component],
        };
        self.budget.spend(siblings.len() as u64)?;
        let expansion = Rc::new(Expansion::of(siblings.into_iter(), &self.reading));
        self.expansions.insert(key, Rc::clone(&expansion));
        Ok(expansion)
    }

    fn property(
        &mut self,
        filter: &PropFilter,
        component: &Component<'a>,
    ) -> Result<bool, TooMany> {
        let name = filter.name.trim();
        let mut named = component.properties_named(name).peekable();
        if filter.is_not_defined {
            return Ok(named.peek().is_none());
        }
        if named.peek().is_none() {
            return Ok(filter
                .time_range
                .is_some_and(|window| self.effective_end(name, component, window.into())));
        }
        for property in named {
            self.budget.spend(1)?;
            if self.property_passes(filter, &property) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn property_passes(&self, filter: &PropFilter, property: &Property<'a>) -> bool {
        let mut verdict = Verdict::new(filter.test);
        if let Some(window) = filter.time_range {
            verdict.add(self.property_touches(property, window.into()));
        }
        for text in &filter.text {
            verdict.add(text.accepts(values(property)));
        }
        for param in &filter.params {
            verdict.add(parameter_passes(param, property));
        }
        verdict.answer().unwrap_or(true)
    }

    /// "(start <= date-time) AND (end > date-time)"; a date lasts a day.
    fn property_touches(&self, property: &Property<'a>, range: Range) -> bool {
        self.reading.times(property).iter().any(|when| {
            let time = when.start();
            let from = time.instant(self.reading.zone);
            let last = if time.is_date() {
                from.saturating_add(DAY - 1)
            } else {
                from
            };
            range.start <= last && range.end > from
        })
    }

    /// "If DTEND is not present in a VEVENT, but DURATION is, then the test should instead operate on the 'effective'
    /// DTEND"; so with DUE (section 9.9).
    fn effective_end(&self, name: &str, component: &Component<'a>, range: Range) -> bool {
        let owner = if name.eq_ignore_ascii_case("DTEND") {
            "VEVENT"
        } else if name.eq_ignore_ascii_case("DUE") {
            "VTODO"
        } else {
            return false;
        };
        let end = || {
            let duration = self.reading.duration(component)?;
            Some(
                self.reading
                    .time(component, "DTSTART")?
                    .plus(duration, self.reading.zone),
            )
        };
        component.is(owner) && end().is_some_and(|end| range.start <= end && range.end > end)
    }
}

/// The whole value without escapes, and the items of a list each by itself.
fn values<'p>(property: &'p Property<'p>) -> impl Iterator<Item = Cow<'p, str>> {
    let lists = ["CATEGORIES", "RESOURCES"]
        .iter()
        .any(|name| property.is(name));
    let items: Vec<Cow<'p, str>> = if lists {
        let raw = property.value();
        let split = value::split(&raw, b',')
            .map(|item| value::unescape(Cow::Owned(item.trim().to_owned())));
        split.collect()
    } else {
        Vec::new()
    };
    std::iter::once(property.text()).chain(items)
}

fn parameter_passes(filter: &ParamFilter, property: &Property<'_>) -> bool {
    let raw = property.raw_parameters();
    let name = filter.name.trim();
    let mut named = value::parameters(&raw)
        .filter(|parameter| parameter.name.eq_ignore_ascii_case(name))
        .peekable();
    let there = named.peek().is_some();
    match &filter.text {
        _ if filter.is_not_defined => !there,
        None => there,
        Some(text) => there && text.accepts(named.flat_map(|parameter| parameter.values())),
    }
}

/// Conditions combined as `test` says.
struct Verdict {
    test: Test,
    asked: bool,
    passed: bool,
    failed: bool,
}

impl Verdict {
    fn new(test: Test) -> Self {
        Self {
            test,
            asked: false,
            passed: false,
            failed: false,
        }
    }

    fn add(&mut self, passes: bool) {
        self.asked = true;
        self.passed |= passes;
        self.failed |= !passes;
    }

    fn is_settled(&self) -> bool {
        match self.test {
            Test::AllOf => self.failed,
            Test::AnyOf => self.passed,
        }
    }

    fn answer(&self) -> Option<bool> {
        self.asked.then_some(match self.test {
            Test::AllOf => !self.failed,
            Test::AnyOf => self.passed,
        })
    }
}
