//! `limit-recurrence-set` (RFC 4791 section 9.6.6): the overrides that impact a window.

use std::collections::HashMap;

use super::super::component::Component;
use super::super::span::{Reach, present, reach};
use super::super::time::{Time, When};
use super::super::{Object, Window, Zone, Zones};

/// The masters of an object, by UID: how long what they override would have been.
#[derive(Default)]
pub(super) struct Originals<'o> {
    masters: HashMap<String, Component<'o>>,
}

impl<'o> Originals<'o> {
    pub fn of(object: &'o Object) -> Self {
        let masters = object
            .components()
            .filter(|component| component.property("RECURRENCE-ID").is_none());
        Self {
            masters: masters
                .filter_map(|master| Some((uid(&master)?, master)))
                .collect(),
        }
    }

    /// Does a component belong to the answer? Masters do; overrides whose current or original time overlaps do; those
    /// that also mean what follows do when anything before the end of the window is meant.
    pub fn impacts(&self, component: &Component<'_>, window: Window, zones: &Zones<'_>) -> bool {
        let Some(id) = present(component, "RECURRENCE-ID") else {
            return true;
        };
        let (Ok(original), Ok(own)) = (zones.time(&id), reach(component, zones)) else {
            return true;
        };
        let current = (own.first.unwrap_or(i64::MIN), own.last.unwrap_or(i64::MAX));
        let start = original.instant(zones.floating());
        if id.parameter("RANGE").is_some() {
            return window.end.is_none_or(|end| start.min(current.0) < end);
        }
        touches(current, window)
            || touches(
                (start, start + self.length(component, &original, zones)),
                window,
            )
    }

    fn length(&self, component: &Component<'_>, original: &Time, zones: &Zones<'_>) -> i64 {
        let at_least = if original.is_date() {
            super::super::time::DAY
        } else {
            1
        };
        let master = uid(component).and_then(|uid| self.masters.get(&uid));
        let length = master.and_then(|master| Reach::length(master, zones));
        length.unwrap_or(0).max(at_least)
    }
}

fn uid(component: &Component<'_>) -> Option<String> {
    component
        .property("UID")
        .map(|uid| uid.text().trim().to_owned())
}

pub(super) fn period(when: &When, zone: &Zone) -> (i64, i64) {
    let start = when.start().instant(zone);
    let end = match when {
        When::Time(_) => start,
        When::Period(_, end) => end.instant(zone),
        When::Lasting(start, duration) => start.plus(*duration, zone),
    };
    (start, end.max(start.saturating_add(1)))
}

pub(super) fn touches((start, end): (i64, i64), window: Window) -> bool {
    window.start.is_none_or(|from| from < end) && window.end.is_none_or(|to| start < to)
}
