//! Reminders of what a platform shows: looked at as its owner would see it at this moment.

use std::collections::HashMap;

use super::{Due, Found, Habits, MOST};
use crate::calendar::{Access, Calendars, Error, Result, collection};
use crate::ical::Object;
use crate::ical::alarm::{Usual, rings};
use crate::ical::recur::Budget;
use crate::model::{Bar, Instant, ItemId, Layer, LiveItem, User};
use crate::privacy::{Device, Viewer};
use crate::store::items::{self, Need, Scope};
use crate::store::layers;

/// Nobody tells when a platform's own database changes: it is looked at so often.
const LOOK_EVERY: Instant = 300;
/// A source that cannot be asked is asked again so soon.
const TRY_AGAIN: Instant = 60;
/// Before and after a day it may be that day somewhere.
const DAYS: Instant = 2 * 86_400;

impl Calendars {
    /// What rings of the kinds of records of which an account wants to be reminded.
    pub(super) fn due_of_platform(
        &self,
        me: &User,
        habits: &Habits,
        range: (Instant, Instant),
    ) -> Result<Found> {
        let mut wanted = self.system().kinds().filter_map(|it| habits.of_kind(it));
        if wanted.next().is_none() {
            return Ok(Found::default());
        }
        let viewer = Viewer::User(Device::of_account(me.id, me.epoch));
        self.read(&viewer, |access| access.due_of_platform(me, habits, range))
    }
}

impl Access<'_, '_> {
    fn due_of_platform(
        &mut self,
        me: &User,
        habits: &Habits,
        range: (Instant, Instant),
    ) -> Result<Found> {
        let mut found = Found {
            look_again: Some(LOOK_EVERY),
            ..Found::default()
        };
        for layer in layers::of_owner(self.tx, me.id)? {
            let kind = layer.system.as_ref().filter(|_| layer.enabled);
            let Some(kind) = kind.and_then(|kind| self.system.kind(kind)) else {
                continue;
            };
            let Some(minutes) = habits.of_kind(kind) else {
                continue;
            };
            let usual = habits.usual_of_kind(kind);
            // The others are noted all the same, so that all are looked at together.
            let Ok(live) = self.live(&layer) else {
                found.look_again = Some(TRY_AGAIN);
                found.is_whole = false;
                continue;
            };
            let lead = Instant::from(minutes) * 60;
            let near = (range.0 + lead - DAYS, range.1 + lead + DAYS);
            let ringing = live.items.iter().filter(|(_, item)| {
                item.bar != Bar::Cancelled && (near.0..near.1).contains(&item.start)
            });
            let ringing: Vec<_> = ringing.collect();
            if ringing.is_empty() {
                continue;
            }
            let ids = self.rows_of(&layer)?;
            let zone = collection::zone_of(&layer, me);
            for (name, item) in ringing {
                if let Some(id) = ids.get(&**name) {
                    let due = of_record((*id, name, item), &zone, &usual, range);
                    found.due.extend(due);
                }
            }
        }
        Ok(found)
    }

    fn rows_of(&mut self, layer: &Layer) -> Result<HashMap<String, ItemId>> {
        let mut ids = HashMap::new();
        let scope = Scope::default();
        items::each(self.tx, layer.id, scope, Need::Index, &mut |item| {
            ids.insert(item.name, item.id);
            Ok::<_, Error>(())
        })?;
        Ok(ids)
    }
}

fn of_record(
    (id, name, item): (ItemId, &str, &LiveItem),
    zone: &crate::ical::Zone,
    usual: &Usual,
    range: (Instant, Instant),
) -> Vec<Due> {
    let Ok(object) = Object::parse(&item.text) else {
        return Vec::new();
    };
    let rings = rings(&object, zone, usual, range, MOST, &mut Budget::default());
    let due = |ring| Due {
        item: id,
        // Its row may go and come back with what the source says.
        called: format!("{name} of the platform"),
        ring,
    };
    rings.unwrap_or_default().into_iter().map(due).collect()
}
