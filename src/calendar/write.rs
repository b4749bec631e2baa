//! Writing items: put, delete, copy, move. Everything that decides is asked again under the layer's lock.

use bytes::Bytes;

use super::{Access, Collection, Privilege, Property, Refusal, Result, index};
use crate::http::EntityTag;
use crate::ical::{self, Object};
use crate::model::{Component, Instant, Item, ItemId, Occurrences, Span};
use crate::privacy::Act;
use crate::store::history;
use crate::store::items::{self, Ended, LayerWriter, Need, NewItem};
use crate::store::properties::{self, Subject};

/// What a write asks of what stands there, evaluated under the layer's lock with the tag that this viewer sees.
/// `false` becomes [`Refusal::Stale`].
pub type Expect<'e> = &'e dyn Fn(Option<&EntityTag>) -> bool;

/// What a write left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub created: bool,
    pub tag: EntityTag,
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
    text: Bytes,
    tag: String,
    uid: String,
    component: Component,
    span: Span,
    occurrences: Occurrences,
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
        if text.len() as u64 > limits.max_resource_size {
            return Err(Refusal::TooLarge(limits.max_resource_size));
        }
        let object = Object::parse(text)?;
        let zone = into.zone();
        let checked = ical::check(&object, &zone)?;
        if checked.uid.len() > MAX_UID || checked.uid.contains('\0') {
            let reason = format!("a UID has at most {MAX_UID} octets, and none of them is NUL");
            return Err(Refusal::InvalidObject(reason));
        }
        let component = Component::named(checked.component)
            .filter(|component| into.layer.components.contains(*component))
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
            text: text.clone(),
            tag: tag_of(text),
            uid: checked.uid,
            component,
            span,
            occurrences: index::occurrences(
                &object,
                component,
                span,
                &zone,
                limits.horizon,
                super::now(),
            ),
        })
    }

    pub fn uid(&self) -> &str {
        &self.uid
    }

    pub(super) fn as_new<'d>(&'d self, name: &'d str, now: Instant) -> NewItem<'d> {
        NewItem {
            name,
            uid: &self.uid,
            component: self.component,
            tag: &self.tag,
            text: &self.text,
            span: self.span,
            occurrences: &self.occurrences,
            now,
        }
    }
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
        let room = self.room(&into.owner)?;
        let mut writer = LayerWriter::open(self.tx, into.layer.id)?.ok_or(Refusal::NoParent)?;
        let there = writer.find(name)?;
        // RFC 3744 appendix B: a new resource wants `bind` on its collection, one that stands there `write-content`.
        allow(
            into,
            if there.is_some() {
                Privilege::WriteContent
            } else {
                Privilege::Bind
            },
        )?;
        expected(into, there.as_ref(), expect)?;
        match writer.by_uid(&draft.uid)? {
            Some(other) if other.name != name => {
                return Err(Refusal::UidTaken { by: other.name }.into());
            }
            _ => {}
        }
        if there.as_ref().is_some_and(|there| there.uid != draft.uid) {
            return Err(Refusal::UidTaken {
                by: name.to_owned(),
            }
            .into());
        }
        if there.is_none() && writer.count() >= self.limits.max_items_per_layer {
            return Err(Refusal::TooMany(self.limits.max_items_per_layer).into());
        }
        fits(room, draft, there.as_ref())?;
        let tag = EntityTag::strong(&draft.tag);
        // Who puts what already stands there changes nothing, and no other client has anything to fetch.
        if there.is_some_and(|there| there.tag == draft.tag) {
            return Ok(Written {
                created: false,
                tag,
            });
        }
        let (created, _) = writer.put(&draft.as_new(name, self.now))?;
        Ok(Written { created, tag })
    }

    /// Deletes an item.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`], [`Refusal::Stale`].
    pub fn delete(&mut self, from: &Collection, name: &str, expect: Expect) -> Result<()> {
        let mut writer = LayerWriter::open(self.tx, from.layer.id)?.ok_or(Refusal::NotFound)?;
        let there = writer.find(name)?.ok_or(Refusal::NotFound)?;
        allow(from, Privilege::Unbind)?;
        expected(from, Some(&there), expect)?;
        writer.delete(name, self.now)?;
        Ok(())
    }

    /// Copies an item, dead properties included, to another name or layer (RFC 4918 section 9.8).
    ///
    /// # Errors
    /// As [`Access::put`]; [`Refusal::Stale`] for a taken name without `overwrite`.
    pub fn copy(
        &mut self,
        from: &Collection,
        name: &str,
        into: &Collection,
        new_name: &str,
        overwrite: bool,
        expect: Expect,
    ) -> Result<Written> {
        self.transfer(from, name, into, new_name, overwrite, expect, false)
    }

    /// Moves an item, dead properties included; its UID and its creation time stay (RFC 4918 section 9.9).
    ///
    /// # Errors
    /// As [`Access::copy`], and [`Refusal::Forbidden`] where the source may not be removed.
    pub fn r#move(
        &mut self,
        from: &Collection,
        name: &str,
        into: &Collection,
        new_name: &str,
        overwrite: bool,
        expect: Expect,
    ) -> Result<Written> {
        self.transfer(from, name, into, new_name, overwrite, expect, true)
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "two places, two conditions; `copy` and `move` are what others call"
    )]
    fn transfer(
        &mut self,
        from: &Collection,
        name: &str,
        into: &Collection,
        new_name: &str,
        overwrite: bool,
        expect: Expect,
        moving: bool,
    ) -> Result<Written> {
        let item =
            items::find(self.tx, from.layer.id, name, Need::Text)?.ok_or(Refusal::NotFound)?;
        expected(from, Some(&item), expect)?;
        if moving {
            allow(from, Privilege::Unbind)?;
        }
        allow(into, Privilege::Bind)?;
        check_name(new_name)?;
        let text = item.text.clone().ok_or(Refusal::NotFound)?;
        let draft = Draft::read(&text, into, self.limits)?;
        let dead = properties::of(self.tx, Subject::Item(item.id))?;
        self.lock_both(from, into)?;
        let replaced = self.clear_target(into, new_name, &item, overwrite, moving)?;
        if moving {
            let why = if from.owner.id == into.owner.id {
                Ended::Moved
            } else {
                Ended::Taken
            };
            LayerWriter::open(self.tx, from.layer.id)?
                .ok_or(Refusal::NotFound)?
                .remove(name, why, self.now)?;
        }
        let room = self.room(&into.owner)?;
        fits(room, &draft, None)?;
        let mut writer = LayerWriter::open(self.tx, into.layer.id)?.ok_or(Refusal::NoParent)?;
        if writer.count() >= self.limits.max_items_per_layer {
            return Err(Refusal::TooMany(self.limits.max_items_per_layer).into());
        }
        let created = if moving { item.created } else { self.now };
        writer.put_as_of(&draft.as_new(new_name, self.now), created)?;
        if moving && from.owner.id == into.owner.id {
            history::follow(self.tx, from.layer.id, into.layer.id, &draft.uid)?;
        }
        self.carry(&dead, into, new_name)?;
        Ok(Written {
            created: !replaced,
            tag: EntityTag::strong(&draft.tag),
        })
    }

    /// Two layers are always locked in the order of their ids, so that two moves in opposite directions cannot deadlock.
    fn lock_both(&mut self, from: &Collection, into: &Collection) -> Result<()> {
        let (a, b) = (
            from.layer.id.min(into.layer.id),
            from.layer.id.max(into.layer.id),
        );
        for layer in [a, b] {
            LayerWriter::open(self.tx, layer)?.ok_or(Refusal::NoParent)?;
        }
        Ok(())
    }

    /// Makes room for a copy: what stands under the new name goes, when it may, and a UID elsewhere is a conflict.
    fn clear_target(
        &mut self,
        into: &Collection,
        new_name: &str,
        item: &Item,
        overwrite: bool,
        moving: bool,
    ) -> Result<bool> {
        let mut writer = LayerWriter::open(self.tx, into.layer.id)?.ok_or(Refusal::NoParent)?;
        let there = writer.find(new_name)?;
        if there.is_some() && !overwrite {
            return Err(Refusal::Stale.into());
        }
        let leaves = |other: &Item| other.name == new_name || (moving && other.id == item.id);
        if let Some(other) = writer.by_uid(&item.uid)?.filter(|other| !leaves(other)) {
            return Err(Refusal::UidTaken { by: other.name }.into());
        }
        match there {
            Some(there) if there.uid == item.uid => {
                Ok(writer.remove(&there.name, Ended::Overwritten, self.now)?)
            }
            Some(there) => Ok(writer.delete(&there.name, self.now)?),
            None => Ok(false),
        }
    }

    fn carry(&mut self, dead: &[Property], into: &Collection, name: &str) -> Result<()> {
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

/// RFC 4331 section 6: what would pass the quota is refused. What is replaced makes room.
fn fits(room: Option<u64>, draft: &Draft, replaced: Option<&Item>) -> Result<()> {
    let needed = (draft.text.len() as u64).saturating_sub(replaced.map_or(0, |item| item.size));
    match room {
        Some(room) if needed > room => Err(Refusal::OverQuota.into()),
        _ => Ok(()),
    }
}

fn allow(collection: &Collection, needs: Privilege) -> Result<()> {
    if collection.may(Act::WriteItems) {
        Ok(())
    } else {
        Err(Refusal::Forbidden { needs }.into())
    }
}

fn expected(collection: &Collection, there: Option<&Item>, expect: Expect) -> Result<()> {
    let visible = there
        .cloned()
        .and_then(|item| collection.lens.disclose(item));
    let tag = visible.map(|item| EntityTag::strong(item.tag()));
    if expect(tag.as_ref()) {
        Ok(())
    } else {
        Err(Refusal::Stale.into())
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
