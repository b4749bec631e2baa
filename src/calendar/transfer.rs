//! Copying and moving items (RFC 4918 sections 9.8 and 9.9): what a viewer takes along is what they see.

use bytes::Bytes;

use super::before::Before;
use super::brake::Loss;
use super::collection::Part;
use super::write::{
    Draft, Expect, Target, Written, allow, check_name, conflict, expected, fits, free_uid, state,
};
use super::{Access, Collection, Need, Privilege, Property, Refusal, Result};
use crate::http::EntityTag;
use crate::ical::{Object, dress};
use crate::model::{Item, ItemId, UserId};
use crate::privacy::{self, VisibleItem};
use crate::store::items::{self, Ended, LayerWriter};
use crate::store::properties::{self, Subject};
use crate::store::{history, overlays};

/// From one place to another.
#[derive(Clone, Copy)]
pub struct Transfer<'t> {
    pub from: &'t Collection,
    pub name: &'t str,
    pub into: &'t Collection,
    pub new_name: &'t str,
    /// What stands under the new name may go.
    pub overwrite: bool,
    /// The source is left without it.
    pub moving: bool,
}

/// What is taken along.
struct Load {
    item: VisibleItem,
    /// With its text, when it is the item itself and no rendering of it.
    stored: Option<Item>,
    dead: Vec<Property>,
    /// What sharees keep on it, where it stays with its owner.
    own: Vec<(UserId, Bytes)>,
}

impl Access<'_, '_> {
    /// Copies or moves an item. Where it stays with its owner, so do its dead properties and who may see it; its UID stays,
    /// and when it is moved, the time of its creation.
    ///
    /// # Errors
    /// As [`Access::put`]; [`Refusal::Stale`] for a taken name without `overwrite`; [`Refusal::Forbidden`] where the source may
    /// not be removed.
    pub fn transfer(&mut self, transfer: Transfer, expect: Expect) -> Result<Written> {
        let Transfer {
            from,
            into,
            new_name,
            moving,
            ..
        } = transfer;
        let source = self.load(&transfer, expect)?;
        allow(into, Privilege::Bind)?;
        check_name(new_name)?;
        let target = into.parts().next().ok_or(Refusal::NotFound)?;
        let text = source.item.text().ok_or(Refusal::NotFound)?;
        let mut draft = match stays_with_owner(from, into) {
            true => Draft::read(text, into, self.limits)?,
            // What its owner says of who may see it is no word of whoever has it now.
            false => {
                let object = Object::parse(text).map_err(Refusal::from)?;
                Draft::read(&dress::without_owners_words(&object), into, self.limits)?
            }
        };
        let sent = draft.object.clone();
        if let Some(shared) = self.taken_along(&transfer, &source.item, &sent)? {
            draft = shared;
        }
        self.lock_both(from, into)?;
        let replaced = self.clear_target(&transfer, &draft, &source)?;
        if moving {
            self.take_away(&transfer, &source)?;
        }
        let before = self.before(&transfer, &source, target, draft.uid())?;
        let room = self.room(target.owner)?;
        fits(room, &draft, None)?;
        let mut writer = LayerWriter::open(self.tx, target.layer.id)?.ok_or(Refusal::NoParent)?;
        if writer.count() >= self.limits.max_items_per_layer {
            return Err(Refusal::TooMany(self.limits.max_items_per_layer).into());
        }
        let uid = free_uid(&mut writer, target, new_name, &draft, None)?;
        let seen = draft.seen(target, &self.limits.privacy, (None, &before), self.now);
        before.check(target, &seen.face)?;
        let created = if moving {
            source.item.created()
        } else {
            self.now
        };
        writer.put_as_of(&draft.as_new(new_name, &uid, &seen, self.now), created)?;
        self.carry(&source.dead, target, new_name)?;
        self.carry_own(&source.own, target, new_name)?;
        let tag = match target.lens.sharee() {
            Some(sharee) => self.keep(target, sharee, new_name, &sent, &draft.object)?,
            None => Some(EntityTag::strong(&draft.tag)),
        };
        Ok(Written {
            created: !replaced,
            tag,
        })
    }

    /// What this viewer finds at the source.
    fn load(&mut self, transfer: &Transfer, expect: Expect) -> Result<Load> {
        let Transfer {
            from,
            name,
            into,
            moving,
            ..
        } = transfer;
        let item = self.get(from, name, Need::Text)?;
        expected(Some(&item), expect)?;
        if *moving {
            allow(from, Privilege::Unbind)?;
            if !item.is_whole() {
                let needs = Privilege::Unbind;
                return Err(Refusal::Forbidden { needs }.into());
            }
        }
        let stored = match item.is_whole() {
            true => items::by_id(self.tx, item.id(), Need::Index)?,
            false => None,
        };
        // They are the owner's business: nobody else has anything of them.
        let dead = match item.is_whole() && stays_with_owner(from, into) {
            true => properties::of(self.tx, Subject::Item(item.id()))?,
            false => Vec::new(),
        };
        let own = if *moving && stays_with_owner(from, into) {
            overlays::on(self.tx, item.id())?
        } else {
            Vec::new()
        };
        Ok(Load {
            item,
            stored,
            dead,
            own,
        })
    }

    /// What was there in place of what is put there now, and, where it stays with its owner, the item itself.
    fn before(
        &mut self,
        transfer: &Transfer,
        source: &Load,
        target: Part,
        uid: &str,
    ) -> Result<Before> {
        let Transfer { from, into, .. } = transfer;
        let former = self.last_seen(target, uid)?;
        let before = Before::default().and(target, former.as_ref());
        Ok(match from.parts().next() {
            Some(part) if stays_with_owner(from, into) => before.and(part, source.stored.as_ref()),
            _ => before,
        })
    }

    fn take_away(&mut self, transfer: &Transfer, source: &Load) -> Result<()> {
        let Transfer { from, into, .. } = transfer;
        let (Some(part), Some(target)) = (from.parts().next(), into.parts().next()) else {
            return Err(Refusal::NotFound.into());
        };
        let stays_with_owner = stays_with_owner(from, into);
        let why = if stays_with_owner {
            Ended::Moved
        } else {
            Ended::Taken
        };
        let stored = source.stored.as_ref().ok_or(Refusal::NotFound)?;
        let stirs = privacy::stirs(part.layer, &self.limits.privacy, state(stored), None);
        let mut writer = LayerWriter::open(self.tx, part.layer.id)?.ok_or(Refusal::NotFound)?;
        let stood = writer.count();
        writer.remove(&stored.name, why, &stirs, self.now)?;
        if stays_with_owner {
            history::follow(self.tx, part.layer.id, target.layer.id, &stored.uid)?;
        }
        // Another name in the same layer is no loss.
        if part.layer.id == target.layer.id {
            return Ok(());
        }
        self.brake(part.owner, part.layer, Loss::Gone, stood)
    }

    /// Two layers are always locked in the order of their ids, so that two moves in opposite directions cannot deadlock.
    fn lock_both(&mut self, from: &Collection, into: &Collection) -> Result<()> {
        let mut layers: Vec<_> = [from, into]
            .into_iter()
            .filter_map(|it| it.parts().next())
            .map(|part| part.layer.id)
            .collect();
        layers.sort_unstable();
        for layer in layers {
            LayerWriter::open(self.tx, layer)?.ok_or(Refusal::NoParent)?;
        }
        Ok(())
    }

    /// Makes room: what stands under the new name goes, when it may, and a UID elsewhere is a conflict.
    fn clear_target(&mut self, transfer: &Transfer, draft: &Draft, source: &Load) -> Result<bool> {
        let Transfer {
            into,
            new_name,
            overwrite,
            moving,
            ..
        } = *transfer;
        let part = into.parts().next().ok_or(Refusal::NotFound)?;
        let loses = self.loses()?;
        let mut writer = LayerWriter::open(self.tx, part.layer.id)?.ok_or(Refusal::NoParent)?;
        let there = Target::find(&mut writer, part, new_name)?;
        if there.visible.is_some() && !overwrite {
            return Err(Refusal::Stale.into());
        }
        let place = there.writable(Privilege::Bind)?;
        let there = place.taken();
        let leaves = |other: &Item| {
            there.is_some_and(|there| there.id == other.id)
                || (moving && other.id == source.item.id())
        };
        let mut others = writer.of_uid(draft.uid())?;
        others.retain(|other| !leaves(other));
        conflict(part, &others)?;
        place.clear(&mut writer)?;
        let Some(there) = there else {
            return Ok(false);
        };
        let why = if there.said_uid() == draft.uid() {
            Ended::Overwritten
        } else {
            Ended::Deleted
        };
        let loss = match why {
            Ended::Overwritten => {
                loses(&mut writer, Some(there), draft)?.then_some(Loss::Overwritten)
            }
            _ => Some(Loss::Gone),
        };
        let stirs = privacy::stirs(part.layer, &self.limits.privacy, state(there), None);
        let stood = writer.count();
        let replaced = writer.remove(&there.name, why, &stirs, self.now)?;
        if let Some(loss) = loss {
            self.brake(part.owner, part.layer, loss, stood)?;
        }
        Ok(replaced)
    }

    fn carry(&mut self, dead: &[Property], into: Part, name: &str) -> Result<()> {
        if dead.is_empty() {
            return Ok(());
        }
        let id: ItemId = items::find(self.tx, into.layer.id, name, Need::Index)?
            .ok_or(Refusal::NotFound)?
            .id;
        for property in dead {
            properties::set(self.tx, Subject::Item(id), property)?;
        }
        Ok(())
    }
}

/// Do the items of both belong to the same account?
fn stays_with_owner(from: &Collection, into: &Collection) -> bool {
    let owner = |of: &Collection| of.parts().next().map(|part| part.owner.id);
    owner(from) == owner(into)
}
