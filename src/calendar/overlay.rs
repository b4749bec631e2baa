//! What sharees keep for themselves on items that are shared with them: alarms, acknowledgements, TRANSP and COLOR. Who may
//! read an item may write that, and it is no change for anybody else.

use std::collections::HashMap;

use bytes::Bytes;

use super::collection::{Part, Source};
use super::write::{Draft, Expect, Target, Written, allow, expected};
use super::{Access, Collection, Need, Privilege, Refusal, Result, Transfer};
use crate::http::EntityTag;
use crate::ical::Object;
use crate::ical::overlay::{self, Defaults, Ringing};
use crate::model::{Alarms, Grantee, Item, ItemId, Layer, Overlay, Share, UserId};
use crate::privacy::{Lens, Sharee, VisibleItem};
use crate::store::items::{self, LayerWriter};
use crate::store::properties::{self, Subject};
use crate::store::{self, Tx, overlays, shares};

/// Octets that a sharee keeps on one item: many times what alarms take.
const MAX_OWN: usize = 64 << 10;

/// The same of all items of a layer: a listing holds them in memory.
const MAX_OWN_OF_LAYER: u64 = 8 << 20;

const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";

/// Everything that a viewer keeps for themselves in a layer.
pub(super) struct Kept(HashMap<ItemId, Overlay>);

pub(super) fn all(tx: &mut Tx, part: Part, need: Need) -> store::Result<Kept> {
    Ok(Kept(match part.lens.sharee() {
        Some(sharee) => overlays::all(tx, sharee.user, part.layer.id, need)?,
        None => HashMap::new(),
    }))
}

impl Kept {
    pub fn disclose(&self, lens: &Lens, item: Item) -> Option<VisibleItem> {
        let own = self.0.get(&item.id);
        lens.disclose_with(item, own)
    }
}

impl Access<'_, '_> {
    /// A share that the viewer has taken up, with what they keep for themselves on its items.
    pub(super) fn with_own(&mut self, source: Source, row: &Layer) -> Result<Source> {
        let Some(user) = self.viewer.user() else {
            return Ok(source);
        };
        let ringing = match row.alarms {
            Alarms::None => Ringing::None,
            Alarms::Owners => Ringing::Owners,
            Alarms::Own => Ringing::Own(self.default_alarms(row)?),
        };
        Ok(Source {
            overlay: overlays::reach(self.tx, user, source.layer.id)?,
            lens: source.lens.clone().laid(Sharee { user, ringing }),
            ..source
        })
    }

    /// Those of the calendar in the sharee's home, else of the home.
    fn default_alarms(&mut self, row: &Layer) -> Result<Defaults> {
        let mut dead = properties::of(self.tx, Subject::Layer(row.id))?;
        dead.extend(properties::of(self.tx, Subject::Home(row.owner))?);
        let text = |name: &str| {
            let found = dead
                .iter()
                .find(|it| it.namespace == CALDAV && it.name == name);
            found.and_then(|it| it.text.clone()).unwrap_or_default()
        };
        Ok(Defaults {
            event: text("default-alarm-vevent-datetime"),
            event_date: text("default-alarm-vevent-date"),
            todo: text("default-alarm-vtodo-datetime"),
            todo_date: text("default-alarm-vtodo-date"),
        })
    }

    /// An item as the viewer may see it, with what is their own on it.
    pub(super) fn seen(&mut self, lens: &Lens, item: Option<Item>) -> Result<Option<VisibleItem>> {
        let Some(item) = item else { return Ok(None) };
        let own = match lens.sharee() {
            Some(sharee) => overlays::of(self.tx, sharee.user, item.id)?,
            None => None,
        };
        Ok(lens.disclose_with(item, own.as_ref()))
    }

    /// Keeps apart what is the sharee's own in what they send. The rest of it is written only when it says something else
    /// than what stands there, and what they could not see stands in it as before.
    pub(super) fn put_by_sharee(
        &mut self,
        into: &Collection,
        sharee: &Sharee,
        name: &str,
        draft: &Draft,
        expect: Expect,
    ) -> Result<Written> {
        let part = into.parts().next().ok_or(Refusal::NotFound)?;
        let mut writer = LayerWriter::open(self.tx, part.layer.id)?.ok_or(Refusal::NoParent)?;
        let there = Target::find(&mut writer, part, name)?;
        let needs = match there.visible.is_some() {
            true => Privilege::WriteContent,
            false => Privilege::Bind,
        };
        if !part.lens.may_write_own() || there.visible.is_none() {
            allow(into, needs)?;
        }
        expected(there.visible.as_ref(), expect)?;
        let place = there.writable(needs)?;
        let stored = match place.taken() {
            Some(item) => Some(self.object(part, item.id)?),
            None => None,
        };
        let created = stored.is_none();
        let shared = match stored {
            Some(stored) if overlay::same(&draft.object, &stored) => stored,
            stored => {
                allow(into, needs)?;
                let shared = overlay::restore(&draft.object, stored.as_ref());
                let mut shared = Draft::read(&shared, into, self.limits)?;
                shared.parts = draft.parts;
                self.put_in(into, name, &shared, &|_| true)?;
                shared.object
            }
        };
        let name = place.taken().map_or(name, |item| &item.name);
        let tag = self.keep(part, sharee, name, &draft.object, &shared)?;
        Ok(Written { created, tag })
    }

    /// What a transfer writes into a share: nothing of the sharee's own. What stays in the same layer stays what it is.
    /// `None`: it goes where all of it is kept together.
    pub(super) fn taken_along(
        &mut self,
        transfer: &Transfer,
        item: &VisibleItem,
        sent: &Object,
    ) -> Result<Option<Draft>> {
        let target = transfer.into.parts().next().ok_or(Refusal::NotFound)?;
        if target.lens.sharee().is_none() {
            return Ok(None);
        }
        let source = transfer.from.parts().next();
        let stays = item.is_whole() && source.is_some_and(|part| part.layer.id == target.layer.id);
        let text = match stays {
            true => self.object(target, item.id())?.text().clone(),
            false => overlay::restore(sent, None),
        };
        Ok(Some(Draft::read(&text, transfer.into, self.limits)?))
    }

    /// Keeps what is the sharee's own beside what was written, and answers the tag under which they read what they sent.
    pub(super) fn keep(
        &mut self,
        part: Part,
        sharee: &Sharee,
        name: &str,
        sent: &Object,
        shared: &Object,
    ) -> Result<Option<EntityTag>> {
        let item = items::find(self.tx, part.layer.id, name, Need::Text)?;
        let item = item.ok_or(Refusal::NotFound)?;
        let own = overlay::own(sent, shared, &sharee.ringing).unwrap_or_default();
        if own.len() > MAX_OWN {
            return Err(Refusal::TooLarge(MAX_OWN as u64).into());
        }
        let stands = overlays::of(self.tx, sharee.user, item.id)?;
        let stands = stands.and_then(|it| it.body).unwrap_or_default();
        if stands != own {
            let of = (sharee.user, part.layer.id, item.id);
            let bytes = overlays::bytes(self.tx, sharee.user, part.layer.id)?;
            if own.len() > stands.len() && bytes + own.len() as u64 > MAX_OWN_OF_LAYER {
                return Err(Refusal::OverQuota.into());
            }
            overlays::set(self.tx, of, &own, self.now)?;
        }
        let seen = self.seen(part.lens, Some(item))?;
        Ok(seen
            .filter(|seen| seen.text() == Some(sent.text()))
            .map(|seen| EntityTag::strong(seen.tag())))
    }

    /// What the sharees of an item keep on it, to be carried to where it is moved: for those who have a share of that calendar
    /// too, and have room there. Who moves it has had theirs written anew.
    pub(super) fn carry_own(
        &mut self,
        kept: &[(UserId, Bytes)],
        into: Part,
        name: &str,
    ) -> Result<()> {
        if kept.is_empty() {
            return Ok(());
        }
        let layer = into.layer.id;
        let item = items::find(self.tx, layer, name, Need::Index)?.ok_or(Refusal::NotFound)?;
        let mover = into.lens.sharee().map(|sharee| sharee.user);
        let shares = shares::of_layer(self.tx, layer)?;
        let takes_part = |user: UserId| {
            let its = |share: &&Share| share.grantee == Grantee::User(user);
            let mut own = shares.iter().filter(its);
            Some(user) != mover && own.any(|share| share.invitation.is_some() && share.opens())
        };
        for (user, own) in kept.iter().filter(|(user, _)| takes_part(*user)) {
            if overlays::bytes(self.tx, *user, layer)? + own.len() as u64 <= MAX_OWN_OF_LAYER {
                overlays::set(self.tx, (*user, layer, item.id), own, self.now)?;
            }
        }
        Ok(())
    }

    fn object(&mut self, part: Part, item: ItemId) -> Result<Object> {
        let item = items::by_id(self.tx, item, Need::Text)?;
        let item = item.and_then(|item| part.lens.with_text(item));
        let text: Bytes = item.and_then(|it| it.text).ok_or(Refusal::NotFound)?;
        Ok(Object::parse(&text).map_err(Refusal::from)?)
    }
}
