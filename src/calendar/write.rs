//! Writing items: put and delete. Everything that decides is asked again under the layer's lock.

use bytes::Bytes;

use super::before::Before;
use super::brake::Loss;
use super::collection::Part;
use super::{Access, Collection, Need, Privilege, Refusal, Result, face, index};
use crate::http::EntityTag;
use crate::ical::{self, Object};
use crate::model::{Component, Face, Instant, Item, ItemId, Kept, Occurrences, Span, Stir};
use crate::privacy::{self, Act, Setting, VisibleItem, marks, pseudonym};
use crate::store::items::{LayerWriter, NewItem};

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

/// What four digits of a year can say: `min-date-time` and `max-date-time` (RFC 4791 sections 5.2.6 and 5.2.7).
pub const MIN_DATE: (&str, Instant) = ("00010101T000000Z", -62_135_596_800);
pub const MAX_DATE: (&str, Instant) = ("99991231T235959Z", 253_402_300_799);

/// Octets of a UID that the indexes of both engines can hold; RFC 7986 section 5.3 recommends 36.
const MAX_UID: usize = 2_000;

/// Octets of a resource name: what file systems of mirroring clients can hold.
const MAX_NAME: usize = 255;

/// A calendar object resource that has been read and found valid, before any lock is taken.
pub struct Draft {
    pub(super) object: Object,
    pub(super) tag: String,
    uid: String,
    component: Component,
    span: Span,
    occurrences: Occurrences,
    /// What the text says of who may see it.
    kept: Kept,
    /// Who may see it was said by its owner, of what it comes from.
    inherits: bool,
    /// It stood before: who brings it back loses nothing.
    pub(super) restores: bool,
}

impl Draft {
    /// Reads what a client sent for a layer (RFC 4791 section 5.3.2.1).
    ///
    /// # Errors
    /// The refusal that names the first precondition which the text does not meet.
    pub fn read(
        text: &Bytes,
        into: &Collection,
        limits: &super::Limits,
    ) -> std::result::Result<Self, Refusal> {
        // Nothing can be written there, whatever it is.
        if into.is_view() {
            let needs = Privilege::WriteContent;
            return Err(Refusal::Forbidden { needs });
        }
        if text.len() as u64 > limits.max_resource_size {
            return Err(Refusal::TooLarge(limits.max_resource_size));
        }
        Self::of(&Object::parse(text)?, into, limits)
    }

    /// The same of an object that has been read.
    ///
    /// # Errors
    /// As [`Draft::read`].
    pub fn of(
        object: &Object,
        into: &Collection,
        limits: &super::Limits,
    ) -> std::result::Result<Self, Refusal> {
        let text = object.text();
        if text.len() as u64 > limits.max_resource_size {
            return Err(Refusal::TooLarge(limits.max_resource_size));
        }
        let part = into.parts().next().ok_or(Refusal::NotFound)?;
        let zone = part.zone();
        let checked = ical::check(object, &zone)?;
        if checked.uid.len() > MAX_UID || checked.uid.contains('\0') {
            let reason = format!("a UID has at most {MAX_UID} octets, and none of them is NUL");
            return Err(Refusal::InvalidObject(reason));
        }
        let component = Component::named(checked.component)
            .filter(|component| part.layer.components.contains(*component))
            .ok_or_else(|| Refusal::UnsupportedComponent(checked.component.to_owned()))?;
        if checked.attendees as u64 > limits.max_attendees {
            return Err(Refusal::TooManyAttendees(limits.max_attendees));
        }
        if checked.first.is_some_and(|first| first < MIN_DATE.1) {
            return Err(Refusal::BeforeMinDate(MIN_DATE.0));
        }
        if checked.last.is_some_and(|last| last > MAX_DATE.1 + 1) {
            return Err(Refusal::AfterMaxDate(MAX_DATE.0));
        }
        let span = Span {
            first: checked.first,
            last: checked.last,
        };
        Ok(Self {
            tag: tag_of(text),
            kept: marks::kept(object),
            inherits: false,
            restores: false,
            uid: checked.uid,
            component,
            span,
            occurrences: index::occurrences(
                object,
                component,
                span,
                &zone,
                limits.horizon,
                super::now(),
            ),
            object: object.clone(),
        })
    }

    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// The same with what its owner had set of who may see it, unless the text says otherwise.
    #[must_use]
    pub(super) fn keeping(mut self, kept: Kept) -> Self {
        self.kept = kept.merge(self.kept);
        self
    }

    /// The same with what its owner had set of the item that it is a part of: whoever writes it widens nothing by that.
    #[must_use]
    pub(super) fn inheriting(mut self, kept: Kept) -> Self {
        self.kept = kept;
        self.inherits = true;
        self
    }

    #[must_use]
    pub(super) fn restoring(mut self) -> Self {
        self.restores = true;
        self
    }

    pub(super) fn size(&self) -> u64 {
        self.object.text().len() as u64
    }

    pub(super) fn as_new<'d>(
        &'d self,
        name: &'d str,
        uid: &'d str,
        seen: &'d Seen,
        now: Instant,
    ) -> NewItem<'d> {
        NewItem {
            name,
            uid,
            component: self.component,
            tag: &self.tag,
            text: self.object.text(),
            span: self.span,
            occurrences: &self.occurrences,
            face: seen.face,
            stirs: &seen.stirs,
            now,
        }
    }

    /// What others come to see of it in place of what stands there.
    pub(super) fn seen(
        &self,
        into: Part,
        setting: &Setting,
        (there, before): (Option<&Item>, &Before),
        now: Instant,
    ) -> Seen {
        let kept = before.kept().merge(self.kept);
        let stood = there.and_then(|there| there.face.as_ref());
        let face = face::face(&self.object, kept, stood, now);
        let was = there.and_then(state);
        let stirs = privacy::stirs(into.layer, setting, was, Some((&face, &self.tag)));
        Seen { face, stirs }
    }
}

/// What others see of an item, and for whom that is a change.
pub(super) struct Seen {
    pub face: Face,
    pub stirs: Vec<Stir>,
}

pub(super) fn state(item: &Item) -> Option<privacy::State<'_>> {
    Some((item.face.as_ref()?, &item.tag))
}

/// The entity tag names the bytes: equal bytes have equal tags, on every machine.
fn tag_of(text: &[u8]) -> String {
    blake3::hash(text).to_hex()[..32].to_owned()
}

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
        // Who puts what already stands there changes nothing, and no other client has anything to fetch. Only what it says
        // of who may see it counts again, as the owner may have said otherwise since.
        if let Some(there) = there.filter(|there| there.tag == draft.tag) {
            let says_anew = |face: Face| face.kept.merge(draft.kept) != face.kept;
            if there.face.is_some_and(says_anew) {
                let seen = draft.seen(part, &self.limits.privacy, (Some(there), &before), self.now);
                before.check(part, &seen.face)?;
                writer.set_face(there, &seen.face, &seen.stirs, self.now)?;
            }
            return Ok(Written {
                created: false,
                tag,
            });
        }
        let seen = draft.seen(part, &self.limits.privacy, (there, &before), self.now);
        if !draft.inherits {
            before.check(part, &seen.face)?;
        }
        let is_loss = loses(&mut writer, there, draft)?;
        place.clear(&mut writer)?;
        let stood = writer.count();
        let name = there.map_or(name, |there| &there.name);
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

/// What stands under a name, in truth and for this viewer.
pub(super) struct Target {
    /// What really has the name.
    holder: Option<Item>,
    /// What the viewer finds there, and the item behind it.
    pub visible: Option<VisibleItem>,
    stored: Option<Item>,
}

impl Target {
    pub fn find(writer: &mut LayerWriter, part: Part, name: &str) -> Result<Self> {
        let holder = writer.find(name)?;
        let mut found = Self::seen(writer, part, holder.clone(), name)?;
        if found.is_none()
            && let Some(id) = behind(part, name)
        {
            let item = writer.by_id(id)?;
            let item = item.filter(|item| item.layer == part.layer.id);
            found = Self::seen(writer, part, item, name)?;
        }
        let (visible, stored) = found.unzip();
        Ok(Self {
            holder,
            visible,
            stored,
        })
    }

    /// An item, when this viewer finds it under the name.
    fn seen(
        writer: &mut LayerWriter,
        part: Part,
        item: Option<Item>,
        name: &str,
    ) -> Result<Option<(VisibleItem, Item)>> {
        let Some(item) = item else { return Ok(None) };
        let own = match part.lens.sharee() {
            Some(sharee) => writer.overlay(sharee.user, item.id)?,
            None => None,
        };
        let visible = part.lens.disclose_with(item.clone(), own.as_ref());
        let visible = visible.filter(|visible| visible.name() == name);
        Ok(visible.map(|visible| (visible, item)))
    }

    /// What may be written over: a rendering is not; `needs` is what the refusal says.
    pub fn writable(self, needs: Privilege) -> Result<Place> {
        match (self.visible, self.stored) {
            (Some(visible), Some(stored)) if visible.is_whole() => Ok(Place::Taken(stored)),
            (None, _) => Ok(Place::Free {
                unseen: self.holder,
            }),
            _ => Err(Refusal::Forbidden { needs }.into()),
        }
    }
}

/// Where something may be written.
pub(super) enum Place {
    /// Over an item.
    Taken(Item),
    /// Nothing stands there for the writer. What does in truth has to give way, or who may not know of it would be told.
    Free { unseen: Option<Item> },
}

impl Place {
    pub fn taken(&self) -> Option<&Item> {
        match self {
            Self::Taken(item) => Some(item),
            Self::Free { .. } => None,
        }
    }

    /// Makes the name free in truth where it is free for the writer.
    pub fn clear(&self, writer: &mut LayerWriter) -> Result<()> {
        match self {
            Self::Free {
                unseen: Some(unseen),
            } => Ok(writer.set_aside(unseen)?),
            _ => Ok(()),
        }
    }
}

/// The item behind a pseudonym that this viewer may have been given.
pub(super) fn behind(part: Part, name: &str) -> Option<ItemId> {
    part.lens.names()?.item(pseudonym(name)?)
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
    if let Some(there) = there.filter(|there| there.said_uid() == draft.uid) {
        return Ok(there.uid.clone());
    }
    let others = writer.of_uid(&draft.uid)?;
    conflict(part, &others)?;
    match (there, &others[..]) {
        (Some(_), _) => Err(Refusal::UidTaken {
            by: name.to_owned(),
        }
        .into()),
        (None, []) => Ok(draft.uid.clone()),
        (None, others) => {
            let mut apart = Item::told_apart(&draft.uid, name);
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
