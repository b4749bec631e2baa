//! Reminders (E-119, C-12): the alarms of an account's own events and tasks, told once each when they ring; what has none of
//! its own rings as is usual with its owner.

mod habits;
mod platform;

use super::{Calendars, Error, Need, Result, collection};
use crate::ical::alarm::{Ring, rings};
use crate::ical::recur::Budget;
use crate::ical::{Object, Zone};
use crate::model::{Component, Instant, Item, ItemId, Layer, LayerKind, NoteKind, User, UserId};
use crate::store::outbox::{self, NewNote};
use crate::store::{accounts, layers, occurrences};
pub(super) use habits::{Habits, SORTS};

use habits::LayerHabits;

const DAY: Instant = 86_400;
/// It is looked at least so often: calendars may have been switched on, and zones may have changed.
const LOOK_EVERY: Instant = 3_600;
/// What rang while no server ran is told so long after.
const GRACE: Instant = 3_600;
/// The same for an account of which nothing is known yet.
const FRESH: Instant = 60;
/// An alarm rings at most so long before its event, and so long after it.
const AHEAD: Instant = 29 * DAY;
const AFTER: Instant = 2 * DAY;
/// Rings of one item in one look.
const MOST: usize = 1_000;
/// What is told in one look: whoever has more read to them has a calendar of somebody's who wants to be a nuisance.
const MOST_AT_ONCE: usize = 200;

/// An alarm of an item that rings.
struct Due {
    item: ItemId,
    /// What the item is called, for as long as it is the same.
    called: String,
    ring: Ring,
}

/// What was found in one look.
struct Found {
    due: Vec<Due>,
    /// Something could not be looked at: what it would have said is still to be told.
    is_whole: bool,
    /// Seconds until it is to be looked again at the latest; `None`: as is usual.
    look_again: Option<Instant>,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            due: Vec::new(),
            is_whole: true,
            look_again: None,
        }
    }
}

impl Calendars {
    /// Tells an account of the alarms that have rung since it was looked last. Answers when it is to be looked next; `None`:
    /// there is no such account.
    ///
    /// # Errors
    /// The store's; then nothing was told.
    pub fn remind(&self, user: UserId, now: Instant) -> Result<Option<Instant>> {
        let Some(me) = self.store.read(|tx| accounts::by_id(tx, user))? else {
            return Ok(None);
        };
        let mark = self.store.read(|tx| outbox::reminded(tx, user))?;
        let from = match mark {
            0 => now - FRESH,
            mark => mark.clamp(now.saturating_sub(GRACE), now),
        };
        let found = match me.disabled {
            true => Found::default(),
            false => self.due(&me, (from, now + LOOK_EVERY))?,
        };
        let due = &found.due;
        let next = due.iter().map(|it| it.ring.at).filter(|at| *at > now).min();
        let latest = now + found.look_again.unwrap_or(LOOK_EVERY);
        let rang = due.partition_point(|it| it.ring.at <= now);
        let surplus = rang.saturating_sub(MOST_AT_ONCE);
        if surplus > 0 {
            tracing::warn!(
                surplus,
                "alarms of an account that are not told: too many rang at once"
            );
        }
        self.store.write(|tx| {
            for it in due.get(surplus..rang).unwrap_or_default() {
                let occurrence = it.ring.occurrence.map(|id| id.to_string());
                let moment = occurrence.as_deref().unwrap_or_default();
                let note = NewNote {
                    user,
                    kind: NoteKind::Reminder,
                    // What is moved to another time rings again.
                    once: &format!("ring {} {moment} {}", it.called, it.ring.at),
                    other: None,
                    view: None,
                    item: Some(it.item),
                    occurrence: occurrence.as_deref(),
                    notice: None,
                    now,
                };
                outbox::tell(tx, &note)?;
            }
            match found.is_whole {
                true => outbox::set_reminded(tx, user, now),
                false => outbox::set_reminded(tx, user, from),
            }
        })?;
        Ok(Some(next.map_or(latest, |next| next.min(latest))))
    }

    /// By time.
    fn due(&self, me: &User, range: (Instant, Instant)) -> Result<Found> {
        let mut own = Vec::new();
        let mut left = Budget::of(Budget::REQUEST);
        let habits = self.store.read(|tx| {
            own.clear();
            left = Budget::of(Budget::REQUEST);
            let habits = Habits::of(tx, me)?;
            for layer in layers::of_owner(tx, me.id)?
                .iter()
                .filter(|it| rings_at_all(it))
            {
                let usual = habits.in_layer(tx, layer)?;
                let zone = collection::zone_of(layer, me);
                let window = (range.0.saturating_sub(AFTER), range.1.saturating_add(AHEAD));
                for component in [Component::Event, Component::Todo] {
                    let visit = &mut |item: Item, _| {
                        own.extend(due_of(&item, &zone, &usual, range, &mut left));
                        Ok::<_, Error>(())
                    };
                    occurrences::touching(tx, layer.id, component, window, Need::Text, visit)?;
                }
            }
            Ok::<_, Error>(habits)
        })?;
        let mut found = self.due_of_platform(me, &habits, range)?;
        found.due.append(&mut own);
        found.due.sort_by_key(|it: &Due| it.ring.at);
        Ok(found)
    }
}

/// What others keep reminds them.
fn rings_at_all(layer: &Layer) -> bool {
    let is_own = matches!(layer.kind, LayerKind::User | LayerKind::External);
    is_own && layer.enabled && layer.mount.is_none()
}

/// No item takes more work than its share, and all together no more than a request may.
fn due_of(
    item: &Item,
    zone: &Zone,
    usual: &LayerHabits,
    range: (Instant, Instant),
    left: &mut Budget,
) -> Vec<Due> {
    let usual = usual.of(item);
    let text = item.text.as_ref();
    let text = text.filter(|text| !usual.is_none() || outbox::may_ring(text));
    let Some(object) = text.and_then(|text| Object::parse(text).ok()) else {
        return Vec::new();
    };
    let share = left.left().min(Budget::OBJECT);
    let mut budget = Budget::of(share);
    let rings = rings(&object, zone, usual, range, MOST, &mut budget);
    let _ = left.spend(share - budget.left());
    let Ok(rings) = rings else {
        tracing::warn!(item = item.name, "an item rings too often: it is left out");
        return Vec::new();
    };
    let due = |ring| Due {
        item: item.id,
        called: item.id.0.to_string(),
        ring,
    };
    rings.into_iter().map(due).collect()
}
