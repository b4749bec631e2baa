//! What is done daily and for nobody in particular: every step is small, can be repeated, and may be cut short.

use super::{Calendars, Horizon, Limits, Result, collection, face, index};
use crate::ical::{self, Object, Zone};
use crate::model::{Face, Instant, Item, ItemId, Span};
use crate::privacy::{self, marks};
use crate::store::history::{self, VersionId};
use crate::store::items::LayerWriter;
use crate::store::{
    self, Tx, accounts, brake, layers, notices, notifications, occurrences, outbox, reckoning,
    trash,
};

/// Items that one transaction extends, so that no writer waits long behind it.
const AT_ONCE: i64 = 100;

/// How long and how much is kept of what was deleted or overwritten (config.toml `[trash]`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retention {
    pub days: u32,
    /// The same for what a mass loss took.
    pub held_days: u32,
    /// Bytes of one account.
    pub max_bytes: u64,
    /// What one device deletes, moves away or overwrites of one layer is a mass loss: so many, and such a share of what
    /// stood there,
    pub brake_items: u32,
    pub brake_share: f64,
    /// within so many minutes.
    pub brake_minutes: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            days: 30,
            held_days: 180,
            max_bytes: 256 << 20,
            brake_items: 20,
            brake_share: 0.5,
            brake_minutes: 10,
        }
    }
}

impl Retention {
    /// Seconds.
    pub(super) fn window(&self) -> Instant {
        Instant::from(self.brake_minutes) * 60
    }

    /// Seconds.
    pub(super) fn held(&self) -> Instant {
        Instant::from(self.held_days) * DAY
    }

    pub(super) fn is_mass_loss(&self, items: i64, stood: i64) -> bool {
        items >= i64::from(self.brake_items) && items as f64 >= self.brake_share * stood as f64
    }

    /// Bytes after which it is looked again whether an account is above its most.
    pub(super) fn step(&self) -> u64 {
        self.max_bytes / 64
    }
}

const DAY: Instant = 86_400;
/// How long an account finds what it was told.
const TOLD: Instant = 90 * DAY;

impl Calendars {
    /// Forgets what has been kept long enough: layers and versions in the trash, what accounts take too much of, what
    /// they were told. Answers how many versions.
    ///
    /// # Errors
    /// The store's; what was done until then stays done.
    pub fn sweep_trash(&self, now: Instant) -> Result<u64> {
        let keep = self.limits.retention;
        let before = now.saturating_sub(Instant::from(keep.days) * DAY);
        let long_before = now.saturating_sub(keep.held().max(Instant::from(keep.days) * DAY));
        self.store.write(|tx| {
            brake::sweep(tx, now.saturating_sub(keep.window().max(DAY)), now)?;
            notices::sweep(tx, long_before)?;
            notifications::sweep_losses(tx, long_before)?;
            outbox::sweep(tx, now.saturating_sub(TOLD))?;
            history::forget_names(tx, long_before, now)
        })?;
        for layer in self.store.read(|tx| trash::older(tx, before))? {
            self.store.write(|tx| trash::purge(tx, layer.id))?;
        }
        let (mut next, mut forgotten) = (Some(VersionId(0)), 0);
        while let Some(after) = next {
            let swept = self
                .store
                .write(|tx| history::sweep(tx, before, after, AT_ONCE))?;
            forgotten += swept.forgotten;
            next = swept.next;
        }
        for owner in self
            .store
            .read(|tx| history::owners_above(tx, keep.max_bytes))?
        {
            while self
                .store
                .write(|tx| super::trash::trim(tx, owner, keep.max_bytes))?
            {}
        }
        Ok(forgotten)
    }

    /// Forgets old deletions and old versions, and moves the occurrence index on.
    ///
    /// # Errors
    /// The store's; what was done until then stays done.
    pub fn daily(&self) -> Result<()> {
        // RFC 6578 section 3.4: a token from before is refused, never half-answered.
        let forgotten = self.store.sweep(super::now())?;
        let swept = self.sweep_trash(super::now())?;
        let reckoned = self.follow_zone_data()?;
        let extended = self.extend_occurrences()?;
        tracing::info!(forgotten, swept, reckoned, extended, "daily round");
        Ok(())
    }

    /// Offsets change by law: with newer zone data the times of all items are reckoned anew. Answers of how many. Where
    /// several machines share a database, the newest data counts.
    ///
    /// # Errors
    /// The store's; then it begins again at the next call.
    pub fn follow_zone_data(&self) -> Result<u64> {
        let data = ical::zone_data();
        let stands = self.store.read(reckoning::zone_data)?;
        if stands.is_some_and(|stands| stands >= data.version) {
            return Ok(0);
        }
        let (mut last, mut reckoned) = (ItemId(0), 0);
        loop {
            let now = super::now();
            let some = self.store.write(|tx| {
                let items = reckoning::after(tx, last, AT_ONCE)?;
                for item in &items {
                    reckon(tx, item, &self.limits, now)?;
                }
                let next = items.last().map(|item| item.id);
                Ok::<_, store::Error>(next.map(|next| (next, items.len())))
            })?;
            let Some((next, count)) = some else { break };
            last = next;
            reckoned += count as u64;
        }
        self.store
            .write(|tx| reckoning::set_zone_data(tx, &data.version))?;
        Ok(reckoned)
    }

    /// Moves the horizon: series whose index ends too soon are indexed anew around today. Answers how many were.
    fn extend_occurrences(&self) -> Result<u64> {
        let horizon = self.limits.horizon;
        let mut extended = 0;
        loop {
            let now = super::now();
            let some = self.store.write(|tx| {
                let items = occurrences::falling_short(tx, horizon.renew(now), AT_ONCE)?;
                for item in &items {
                    extend(tx, item, horizon, now)?;
                }
                Ok::<_, store::Error>(items.len())
            })?;
            extended += some as u64;
            if some == 0 {
                return Ok(extended);
            }
        }
    }
}

/// Indexes one item anew, in its layer's zone.
fn extend(tx: &mut Tx, item: &Item, horizon: Horizon, now: Instant) -> store::Result<()> {
    match zone_of(tx, item)? {
        Some(zone) => index::rewrite(tx, item, &zone, horizon, now),
        None => Ok(()),
    }
}

/// An item's span, its index and what others see of it, by the zone data in use. One that cannot be read stays as it is.
fn reckon(tx: &mut Tx, item: &Item, limits: &Limits, now: Instant) -> store::Result<()> {
    let object = item.text.as_ref().and_then(|text| Object::parse(text).ok());
    let (Some(object), Some(zone)) = (object, zone_of(tx, item)?) else {
        return Ok(());
    };
    let Ok(checked) = ical::check(&object, &zone) else {
        return Ok(());
    };
    let span = Span {
        first: checked.first,
        last: checked.last,
    };
    reckoning::set_span(tx, item.id, span)?;
    match item.face {
        Some(face) => reface(tx, item, (&face, &object), limits, now)?,
        None => {
            let face = face::face(&object, marks::kept(&object), None, item.modified);
            reckoning::set_face(tx, item.id, &face)?;
        }
    }
    let item = Item {
        span,
        ..item.clone()
    };
    index::rewrite(tx, &item, &zone, limits.horizon, now)
}

/// A rendering writes out the time zones that it names: with other data it is another one, and a change to who sees it.
fn reface(
    tx: &mut Tx,
    item: &Item,
    (before, object): (&Face, &Object),
    limits: &Limits,
    now: Instant,
) -> store::Result<()> {
    let face = face::face(object, before.kept, Some(before), now);
    if face == *before {
        return Ok(());
    }
    let Some(mut writer) = LayerWriter::open(tx, item.layer)? else {
        return reckoning::set_face(tx, item.id, &face);
    };
    let states = [before, &face].map(|face| Some((face, item.tag.as_str())));
    let stirs = privacy::stirs(writer.layer(), &limits.privacy, states[0], states[1]);
    writer.set_face(item, &face, &stirs, now)
}

/// What floating times mean in an item's layer; `None`: the layer is gone.
fn zone_of(tx: &mut Tx, item: &Item) -> store::Result<Option<Zone>> {
    let Some(layer) = layers::by_id_or_discarded(tx, item.layer)? else {
        return Ok(None);
    };
    let owner = accounts::by_id(tx, layer.owner)?;
    Ok(owner.map(|owner| collection::zone_of(&layer, &owner)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::LayerPatch;
    use crate::model::{Class, Visibility};
    use crate::privacy::{Device, Viewer};
    use crate::store::audiences;
    use crate::store::items::{self, Need};
    use crate::store::tests::Trial;

    const TEXT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n\
        DTSTART;TZID=Europe/Berlin:20260601T100000\r\nDURATION:PT1H\r\nCLASS:CONFIDENTIAL\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn newer_zone_data_moves_every_item_once() {
        let trial = Trial::new();
        let (store, user) = (trial.store.clone(), trial.account("alice"));
        let viewer = Viewer::User(Device::of_account(user.id, user.epoch));
        let calendars = Calendars::new(store.clone(), Limits::default());
        let open = LayerPatch {
            visibility: Some(Visibility::Friends),
            ..LayerPatch::default()
        };
        let layer = calendars
            .write::<_, crate::calendar::Error>(&viewer, |access| {
                let home = access.home("alice")?;
                let collection = access.create_layer(&home, "work", &open)?;
                let draft = crate::calendar::Draft::read(
                    &bytes::Bytes::from_static(TEXT.as_bytes()),
                    &collection,
                    access.limits(),
                )?;
                access.put(&collection, "a.ics", &draft, &|_| true)?;
                Ok(collection.layer.id)
            })
            .unwrap();
        let find = || {
            let item = store.read(|tx| items::find(tx, layer, "a.ics", Need::Index));
            item.unwrap().unwrap()
        };
        let right = find();
        let face = right.face.unwrap();
        let friends = || {
            store
                .read(|tx| audiences::reach(tx, layer, Class::Friend))
                .unwrap()
        };
        let told = friends();
        store
            .write(|tx| {
                // As other data have it: the VTIMEZONE that is shown stands in the hash.
                let busy = face.busy.map(|busy| crate::model::Masked {
                    hash: [0; 16],
                    ..busy
                });
                reckoning::set_face(tx, right.id, &Face { busy, ..face })?;
                let old = Span {
                    first: right.span.first.map(|first| first - 3600),
                    last: right.span.last,
                };
                reckoning::set_span(tx, right.id, old)?;
                reckoning::set_zone_data(tx, "2000a")
            })
            .unwrap();
        assert_ne!(find().span, right.span);
        assert_eq!(calendars.follow_zone_data().unwrap(), 1);
        assert_eq!(find().span, right.span);
        assert_eq!(find().number, right.number);
        // Who sees no more than when it takes place sees a change; its owner does not.
        assert_eq!(
            find().face.unwrap().busy.unwrap().hash,
            face.busy.unwrap().hash
        );
        assert_eq!(friends().0, told.0 + 1);
        assert_eq!(calendars.follow_zone_data().unwrap(), 0);
        let again = || store.write(|tx| reckoning::set_zone_data(tx, "2000a"));
        again().unwrap();
        assert_eq!(calendars.follow_zone_data().unwrap(), 1);
        assert_eq!(friends().0, told.0 + 1);
    }
}
