//! The occurrences of an object in a window.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::Budget;
use super::member::Range;
use super::reading::Reading;
use super::set::{Place, Set};
use crate::ical::time::Time;
use crate::ical::{Component, Object, TooMany, Window, Zone};

/// One occurrence of an event, a to-do or a journal entry.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// The component it comes from, by [`Component::index`]: the master, or what overrides it.
    pub component: usize,
    /// UTC seconds.
    pub start: i64,
    pub end: i64,
    /// Where it starts and ends as values of the form of DTSTART (of DUE, where a to-do has that alone); `None`: a
    /// to-do without any date, which has the time between its CREATED and COMPLETED here.
    pub time: Option<Time>,
    pub ending: Option<Time>,
    /// `None`: the component does not recur.
    pub recurrence_id: Option<Time>,
}

/// How much of a series is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub window: Window,
    pub at_most: usize,
}

/// The recurrence sets of sibling components.
pub(crate) struct Expansion<'a> {
    sets: Vec<Set<'a>>,
    /// Which set a component belongs to.
    places: BTreeMap<usize, usize>,
}

impl<'a> Expansion<'a> {
    /// Components of one name and UID belong together.
    pub fn of<'r: 'a>(
        components: impl Iterator<Item = Component<'a>>,
        reading: &Reading<'r>,
    ) -> Self {
        let mut groups: BTreeMap<(String, String), Vec<Component<'a>>> = BTreeMap::new();
        for component in components {
            let uid = component
                .property("UID")
                .map(|uid| uid.value().trim().to_owned());
            let key = (component.name(), uid.unwrap_or_default());
            groups.entry(key).or_default().push(component);
        }
        let sets: Vec<Set<'a>> = groups
            .values()
            .flat_map(|group| Set::read(group, reading))
            .collect();
        let places = sets
            .iter()
            .enumerate()
            .flat_map(|(place, set)| set.components().map(move |index| (index, place)))
            .collect();
        Self { sets, places }
    }

    /// The components that count: a master and the overrides, with the instant of what they override, of each set.
    pub fn places(
        &self,
    ) -> impl Iterator<Item = (Option<Place<'a>>, impl Iterator<Item = (i64, Place<'a>)>)> {
        self.sets.iter().map(|set| (set.master(), set.overrides()))
    }

    /// The occurrence of this RECURRENCE-ID, as an instant.
    pub fn named(&self, id: i64, budget: &mut Budget) -> Result<Option<Occurrence>, TooMany> {
        for set in &self.sets {
            if let Some(found) = set.named(id, budget)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The occurrence of a component itself, be it taken out or not: of a master, its DTSTART.
    pub fn of_component(&self, component: usize, id: i64) -> Option<Occurrence> {
        let set = self.places.get(&component)?;
        self.sets.get(*set)?.of_component(component, id)
    }

    /// Is this instant one of a series, whether or not it was taken out or overridden?
    pub fn has(&self, id: i64, budget: &mut Budget) -> Result<bool, TooMany> {
        for set in &self.sets {
            if set.has(id, budget)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Shows the occurrences of one component alone.
    pub fn visit_one(
        &self,
        component: usize,
        range: Range,
        budget: &mut Budget,
        show: &mut dyn FnMut(Occurrence) -> ControlFlow<()>,
    ) -> Result<(), TooMany> {
        let place = self.places.get(&component);
        if let Some(set) = place.and_then(|place| self.sets.get(*place)) {
            let _ = set.visit(range, &|index| index == component, budget, show)?;
        }
        Ok(())
    }

    /// Shows what touches the range until `show` has seen enough; only components that are wanted are looked at.
    pub fn visit(
        &self,
        range: Range,
        wanted: &dyn Fn(usize) -> bool,
        budget: &mut Budget,
        show: &mut dyn FnMut(Occurrence) -> ControlFlow<()>,
    ) -> Result<(), TooMany> {
        for set in &self.sets {
            budget.spend(1)?;
            if set.visit(range, wanted, budget, show)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// All in the range, by start.
    pub fn within(
        &self,
        range: Range,
        at_most: usize,
        budget: &mut Budget,
    ) -> Result<Vec<Occurrence>, TooMany> {
        let mut found = Vec::new();
        let mut cut = false;
        self.visit(range, &|_| true, budget, &mut |occurrence| {
            cut = found.len() >= at_most;
            if cut {
                return ControlFlow::Break(());
            }
            found.push(occurrence);
            ControlFlow::Continue(())
        })?;
        if cut {
            return Err(TooMany);
        }
        found.sort_by_key(|occurrence: &Occurrence| {
            (occurrence.start, occurrence.end, occurrence.component)
        });
        Ok(found)
    }
}

/// The components that recurrence is about.
fn recurring(object: &Object) -> impl Iterator<Item = Component<'_>> {
    object.components().filter(|component| {
        ["VEVENT", "VTODO", "VJOURNAL"]
            .iter()
            .any(|name| component.is(name))
    })
}

/// The occurrences that touch the window (RFC 4791 section 9.9), by start. `zone` is where floating times and dates are
/// looked at. More than `at_most`, or more work than the budget has, is `TooMany`.
pub fn occurrences(
    object: &Object,
    bounds: &Bounds,
    zone: &Zone,
    budget: &mut Budget,
) -> Result<Vec<Occurrence>, TooMany> {
    let reading = Reading::new(object, zone);
    Expansion::of(recurring(object), &reading).within(bounds.window.into(), bounds.at_most, budget)
}
