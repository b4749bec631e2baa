//! Questions about items: a filter answered from the index where it can be, and from the rendering where it must be.

use std::cell::Cell;

use super::collection::Part;
use super::{Access, Collection, Error, Need, Scope, overlay};
use crate::ical::filter::CompFilter;
use crate::ical::recur::Budget;
use crate::ical::{Object, TooMany, Window, Zone};
use crate::model::{Component, Instant, Item};
use crate::privacy::VisibleItem;
use crate::store::occurrences::{self, Certainty};
use crate::store::{self, Tx, items};

/// The furthest that two zones' clocks are apart: a floating time is indexed where its layer's zone has it.
const ZONES_APART: Instant = 26 * 3600;

impl Access<'_, '_> {
    /// Visits the items that a filter matches. It is asked of what this viewer may see, never of what is stored, so that
    /// a search is no oracle. `zone` is what the question itself says of floating times (RFC 4791 section 9.8).
    ///
    /// # Errors
    /// The store's, and the first one that `visit` answers, which ends the walk.
    pub fn query<E: From<Error> + From<store::Error>>(
        &mut self,
        of: &Collection,
        filter: &CompFilter,
        zone: Option<&Zone>,
        need: Need,
        visit: &mut dyn FnMut(VisibleItem) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        self.reachable(of)?;
        let left = Cell::new(Budget::REQUEST);
        for part in of.parts() {
            let own_zone = part.zone();
            let judge = Judge {
                filter,
                zone: zone.unwrap_or(&own_zone),
                left: &left,
            };
            self.query_in(part, &judge, zone.is_some(), need, visit)?;
        }
        Ok(())
    }

    /// The items of one part that a filter matches.
    pub(super) fn query_part<E: From<Error> + From<store::Error>>(
        &mut self,
        part: Part,
        filter: &CompFilter,
        need: Need,
        visit: &mut dyn FnMut(VisibleItem) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let judge = Judge {
            filter,
            zone: &part.zone(),
            left: &Cell::new(Budget::REQUEST),
        };
        self.query_in(part, &judge, false, need, visit)
    }

    fn query_in<E: From<Error> + From<store::Error>>(
        &mut self,
        part: Part,
        judge: &Judge,
        other_zone: bool,
        need: Need,
        visit: &mut dyn FnMut(VisibleItem) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let filter = judge.filter;
        let (component, window) = filter.prefilter();
        let component = match component.map(Component::named) {
            // A component that nothing stored is made of: only the whole filter knows what it means.
            Some(None) | None => None,
            Some(named) => named,
        };
        match (component, bounded(window, other_zone)) {
            (Some(component), Some(window)) => {
                let exact =
                    !other_zone && component == Component::Event && filter.is_prefilter_alone();
                self.query_window(part, component, window, need, exact, judge, visit)
            }
            _ if is_everything(filter, component) => {
                let scope = Scope {
                    component,
                    window: None,
                };
                self.each_in(part, scope, need, visit)
            }
            _ => {
                let scope = Scope {
                    component,
                    window: None,
                };
                self.each_in(part, scope, Need::Text, &mut |item| judge.pass(item, visit))
            }
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one question in its parts, asked from one place"
    )]
    fn query_window<E: From<Error> + From<store::Error>>(
        &mut self,
        part: Part,
        component: Component,
        window: (Instant, Instant),
        need: Need,
        exact: bool,
        judge: &Judge,
        visit: &mut dyn FnMut(VisibleItem) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut unsure = Vec::new();
        let read = if exact { need } else { Need::Text };
        let own = overlay::all(self.tx, part, read)?;
        touching(
            self.tx,
            part,
            component,
            window,
            read,
            &mut |item, certainty| {
                let Some(item) = own.disclose(part.lens, item) else {
                    return Ok(());
                };
                match certainty {
                    // The index knows when an item takes place, but not which of that its rendering shows.
                    Certainty::Certain if exact && item.is_in_full() => visit(item),
                    _ if item.text().is_some() => judge.pass(item, visit),
                    _ => {
                        unsure.push(item.name().to_owned());
                        Ok(())
                    }
                }
            },
        )?;
        for name in unsure {
            if let Some(item) = self.get_in(part, &name, Need::Text)? {
                judge.pass(item, visit)?;
            }
        }
        Ok(())
    }
}

/// The items of one component that touch a window, or may: from the index, or from how the layer stands at this moment.
pub(super) fn touching<E: From<Error> + From<store::Error>>(
    tx: &mut Tx,
    part: Part,
    component: Component,
    window: (Instant, Instant),
    need: Need,
    visit: &mut dyn FnMut(Item, Certainty) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let layer = part.layer.id;
    let Some(live) = part.lens.live() else {
        return occurrences::touching(tx, layer, component, window, need, visit);
    };
    let scope = Scope {
        component: Some(component),
        window: None,
    };
    items::each(tx, layer, scope, need, &mut |item| match live
        .items
        .get(item.name.as_str())
        .and_then(|it| it.touches(window))
    {
        Some(true) => visit(item, Certainty::Certain),
        Some(false) => visit(item, Certainty::Possible),
        None => Ok(()),
    })
}

/// The whole filter, for items that the index alone cannot answer for.
struct Judge<'f> {
    filter: &'f CompFilter,
    zone: &'f Zone,
    /// Steps of work that the items still to come may take together.
    left: &'f Cell<u64>,
}

impl Judge<'_> {
    fn pass<E: From<Error>>(
        &self,
        item: VisibleItem,
        visit: &mut dyn FnMut(VisibleItem) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let Some(object) = item.text().and_then(|text| Object::parse(text).ok()) else {
            // One object that cannot be read never fails a report; it is still listed and served to its owner.
            tracing::warn!(
                item = item.name(),
                "an item that cannot be read is left out of a query"
            );
            return Ok(());
        };
        // One that would take too much work to decide is shown: a client that hears nothing of it would delete it.
        match self.matches(&object) {
            Ok(false) => Ok(()),
            Ok(true) | Err(TooMany) => visit(item),
        }
    }

    /// No item takes more than its own share, and all together no more than the request may.
    fn matches(&self, object: &Object) -> Result<bool, TooMany> {
        let left = self.left.get();
        let share = left.min(Budget::OBJECT);
        let mut budget = Budget::of(share);
        let answer = self.filter.matches_within(object, self.zone, &mut budget);
        self.left.set(left - (share - budget.left()));
        answer
    }
}

/// The window in numbers, wider where the question brings a zone of its own; `None`: the filter has none.
fn bounded(window: Window, other_zone: bool) -> Option<(Instant, Instant)> {
    if window.start.is_none() && window.end.is_none() {
        return None;
    }
    let apart = if other_zone { ZONES_APART } else { 0 };
    let start = window
        .start
        .map_or(Instant::MIN, |start| start.saturating_sub(apart));
    let end = window
        .end
        .map_or(Instant::MAX, |end| end.saturating_add(apart));
    Some((start, end))
}

/// Does the filter ask for no more than a component, which the index knows?
fn is_everything(filter: &CompFilter, component: Option<Component>) -> bool {
    filter.is_prefilter_alone() && (component.is_some() || filter.comps.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn event(rule: &str) -> Object {
        let text = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:19700101T000000Z\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        Object::parse(&Bytes::from(text)).expect("an object")
    }

    #[test]
    fn one_item_spends_its_share_and_all_together_what_the_request_has() {
        let zone = Zone::utc();
        let window = Window {
            start: Some(1),
            end: None,
        };
        let filter = CompFilter {
            name: "VCALENDAR".to_owned(),
            comps: vec![CompFilter {
                name: "VEVENT".to_owned(),
                time_range: Some(window),
                ..CompFilter::default()
            }],
            ..CompFilter::default()
        };
        let judge = Judge {
            filter: &filter,
            zone: &zone,
            left: &Cell::new(2 * Budget::OBJECT),
        };
        let (endless, daily) = (
            event("FREQ=SECONDLY;INTERVAL=60;BYSECOND=30"),
            event("FREQ=DAILY"),
        );
        assert_eq!(judge.matches(&endless), Err(TooMany));
        assert_eq!(judge.matches(&daily), Ok(true));
        assert!((1..Budget::OBJECT).contains(&judge.left.get()));
        assert_eq!(judge.matches(&endless), Err(TooMany));
        assert_eq!(judge.left.get(), 0);
        assert_eq!(judge.matches(&daily), Err(TooMany));
    }
}
