//! Writing items: put and delete. Everything that decides is asked again under the layer's lock.

use super::before::Before;
use super::brake::Loss;
use super::collection::Part;
use super::{Access, Collection, Need, Privilege, Refusal, Result, taken_out};
use crate::http::EntityTag;
use crate::model::{Face, Instant, Item};
use crate::privacy::{self, Act, Setting, VisibleItem};
use crate::store::items::LayerWriter;

mod draft;
mod target;
pub use draft::{Draft, MAX_DATE, MIN_DATE};
pub(super) use draft::{state, tag_of};
pub(super) use target::{Target, behind};

/// What a write asks of what stands there, evaluated under the layer's lock with the tag that this viewer sees.
/// `false` becomes [`Refusal::Stale`].
pub type Expect<'e> = &'e dyn Fn(Option<&EntityTag>) -> bool;

/// What a write left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub created: bool,
    /// `None`: what is read there is not what was written (RFC 9110 section 9.3.4).
    pub tag: Option<EntityTag>,
}

/// Octets of a resource name: what file systems of mirroring clients can hold.
const MAX_NAME: usize = 255;

impl Access<'_, '_> {
    /// Creates or replaces an item.
    ///
    /// # Errors
    /// Among others [`Refusal::Stale`] when `expect` says no, [`Refusal::UidTaken`] for a UID that stands under another
    /// name or when the item that stands here has another UID (RFC 4791 section 5.3.2.1).
    pub fn put(
        &mut self,
        into: &Collection,
        name: &str,
        draft: &Draft,
        expect: Expect,
    ) -> Result<Written> {
        check_name(name)?;
        let part = into.parts().next().ok_or(Refusal::NotFound)?;
        if let Some(sharee) = part.lens.sharee() {
            return self.put_by_sharee(into, sharee, name, draft, expect);
        }
        self.put_in(into, name, draft, expect)
    }

    /// What is kept is what is given, byte for byte.
    pub(super) fn put_in(
        &mut self,
        into: &Collection,
        name: &str,
        draft: &Draft,
        expect: Expect,
    ) -> Result<Written> {
        let part = into.parts().next().ok_or(Refusal::NotFound)?;
        let room = self.room(part.owner)?;
        let former = self.last_seen(part, draft.uid())?;
        let loses = self.loses()?;
        let mut writer = LayerWriter::open(self.tx, part.layer.id)?.ok_or(Refusal::NoParent)?;
        let there = Target::find(&mut writer, part, name)?;
        // RFC 3744 appendix B: a new resource wants `bind` on its collection, one that stands there `write-content`.
        let needs = if there.visible.is_some() {
            Privilege::WriteContent
        } else {
            Privilege::Bind
        };
        allow(into, needs)?;
        expected(there.visible.as_ref(), expect)?;
        let place = there.writable(needs)?;
        let there = place.taken();
        let uid = free_uid(&mut writer, part, name, draft, there)?;
        if there.is_none() && writer.count() >= self.limits.max_items_per_layer {
            return Err(Refusal::TooMany(self.limits.max_items_per_layer).into());
        }
        fits(room, draft, there)?;
        let before = Before::default().and(part, there.or(former.as_ref()));
        let tag = Some(EntityTag::strong(&draft.tag));
        if let Some(there) = there.filter(|there| there.tag == draft.tag) {
            let setting = &self.limits.privacy;
            say_anew(
                &mut writer,
                part,
                (there, &before),
                draft,
                (setting, self.now),
            )?;
            return Ok(Written {
                created: false,
                tag,
            });
        }
        let seen = draft.seen(part, &self.limits.privacy, (there, &before), self.now);
        let stood = draft.inherits.as_ref().unwrap_or(&before);
        stood.check(part, &seen.face)?;
        let is_loss = loses(&mut writer, there, draft)?;
        place.clear(&mut writer)?;
        let stood = writer.count();
        let name = there.map_or(name, |there| &there.name);
        if let Some(there) = there {
            taken_out::keep(&mut writer, part, there, draft, self.now)?;
        }
        let (created, _) = writer.put(&draft.as_new(name, &uid, &seen, self.now))?;
        if writer.history_passed(self.limits.retention.step()) {
            self.trim(part.layer.owner)?;
        }
        if is_loss {
            self.brake(part.owner, part.layer, Loss::Overwritten, stood)?;
        }
        Ok(Written { created, tag })
    }

    /// Deletes an item.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`], [`Refusal::Stale`].
    pub fn delete(&mut self, from: &Collection, name: &str, expect: Expect) -> Result<()> {
        if from.is_view() {
            self.get(from, name, Need::Index)?;
            let needs = Privilege::Unbind;
            return Err(Refusal::Forbidden { needs }.into());
        }
        let part = from.parts().next().ok_or(Refusal::NotFound)?;
        let mut writer = LayerWriter::open(self.tx, part.layer.id)?.ok_or(Refusal::NotFound)?;
        let there = Target::find(&mut writer, part, name)?;
        let visible = there.visible.as_ref().ok_or(Refusal::NotFound)?;
        allow(from, Privilege::Unbind)?;
        expected(Some(visible), expect)?;
        let place = there.writable(Privilege::Unbind)?;
        let there = place.taken().ok_or(Refusal::NotFound)?;
        let stirs = privacy::stirs(part.layer, &self.limits.privacy, state(there), None);
        let stood = writer.count();
        writer.delete(&there.name, &stirs, self.now)?;
        if writer.history_passed(self.limits.retention.step()) {
            self.trim(part.layer.owner)?;
        }
        self.brake(part.owner, part.layer, Loss::Gone, stood)
    }
}

/// Who puts what already stands there changes nothing, and no other client has anything to fetch. Only what it says of who
/// may see it counts again, as the owner may have said otherwise since.
fn say_anew(
    writer: &mut LayerWriter,
    part: Part,
    (there, before): (&Item, &Before),
    draft: &Draft,
    (setting, now): (&Setting, Instant),
) -> Result<()> {
    let says_anew = |face: Face| face.kept.merge(draft.kept) != face.kept;
    if there.face.is_some_and(says_anew) {
        let seen = draft.seen(part, setting, (Some(there), before), now);
        before.check(part, &seen.face)?;
        writer.set_face(there, &seen.face, &seen.stirs, now)?;
    }
    Ok(())
}

/// RFC 4331 section 6: what would pass the quota is refused. What is replaced makes room.
pub(super) fn fits(room: Option<u64>, draft: &Draft, replaced: Option<&Item>) -> Result<()> {
    let needed = draft
        .size()
        .saturating_sub(replaced.map_or(0, |item| item.size));
    match room {
        Some(room) if needed > room => Err(Refusal::OverQuota.into()),
        _ => Ok(()),
    }
}

pub(super) fn allow(collection: &Collection, needs: Privilege) -> Result<()> {
    if collection.may(Act::WriteItems) {
        Ok(())
    } else {
        Err(Refusal::Forbidden { needs }.into())
    }
}

pub(super) fn expected(there: Option<&VisibleItem>, expect: Expect) -> Result<()> {
    let tag = there.map(|item| EntityTag::strong(item.tag()));
    if expect(tag.as_ref()) {
        Ok(())
    } else {
        Err(Refusal::Stale.into())
    }
}

/// The UID under which a draft is kept. One that another item of the layer has is a conflict (RFC 4791 section 5.3.2.1),
/// but not with what the writer cannot see: that they would have to be told, so both are kept apart in silence. Who finds two of
/// them can write either.
pub(super) fn free_uid(
    writer: &mut LayerWriter,
    part: Part,
    name: &str,
    draft: &Draft,
    there: Option<&Item>,
) -> Result<String> {
    if let Some(there) = there.filter(|there| there.said_uid() == draft.uid()) {
        return Ok(there.uid.clone());
    }
    let others = writer.of_uid(draft.uid())?;
    conflict(part, &others)?;
    match (there, &others[..]) {
        (Some(_), _) => Err(Refusal::UidTaken {
            by: name.to_owned(),
        }
        .into()),
        (None, []) => Ok(draft.uid().to_owned()),
        (None, others) => {
            let mut apart = Item::told_apart(draft.uid(), name);
            while others.iter().any(|other| other.uid == apart) {
                apart.push('~');
            }
            Ok(apart)
        }
    }
}

/// Items with the UID of what is to be written: one that the writer sees refuses it.
pub(super) fn conflict(part: Part, others: &[Item]) -> Result<()> {
    let visible = others
        .iter()
        .filter_map(|other| part.lens.disclose(other.clone()))
        .find(VisibleItem::is_whole);
    match visible {
        Some(other) => Err(Refusal::UidTaken {
            by: other.name().to_owned(),
        }
        .into()),
        None => Ok(()),
    }
}

/// A name that can stand in a URL segment and in the file systems of clients that mirror calendars.
pub(super) fn check_name(name: &str) -> Result<()> {
    let bad = name.is_empty()
        || name == "."
        || name == ".."
        || name.len() > MAX_NAME
        || name.chars().any(|char| char == '/' || char == '\0');
    if bad {
        Err(
            Refusal::BadValue("a resource name of 1 to 255 octets without a slash".to_owned())
                .into(),
        )
    } else {
        Ok(())
    }
}
