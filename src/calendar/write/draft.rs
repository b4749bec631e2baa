//! What a client sent, read and found valid before any lock is taken, and what others will see of it.

use bytes::Bytes;

use crate::calendar::before::Before;
use crate::calendar::collection::Part;
use crate::calendar::{Collection, Limits, Privilege, Refusal, face, index, now};
use crate::ical::{self, Object};
use crate::model::{Component, Face, Instant, Item, Kept, Occurrences, Span, Stir};
use crate::privacy::{self, Setting, marks};
use crate::store::items::NewItem;

/// What four digits of a year can say: `min-date-time` and `max-date-time` (RFC 4791 sections 5.2.6 and 5.2.7).
pub const MIN_DATE: (&str, Instant) = ("00010101T000000Z", -62_135_596_800);
pub const MAX_DATE: (&str, Instant) = ("99991231T235959Z", 253_402_300_799);

/// Octets of a UID that the indexes of both engines can hold; RFC 7986 section 5.3 recommends 36.
const MAX_UID: usize = 2_000;

/// A calendar object resource that has been read and found valid, before any lock is taken.
pub struct Draft {
    pub(in crate::calendar) object: Object,
    pub(in crate::calendar) tag: String,
    uid: String,
    component: Component,
    span: Span,
    occurrences: Occurrences,
    /// What the text says of who may see it.
    pub(super) kept: Kept,
    /// What it comes from, of which its owner has said who may see it.
    pub(super) inherits: Option<Before>,
    /// It stood before: who brings it back loses nothing.
    pub(in crate::calendar) restores: bool,
    /// What it has no longer stands in another item by now.
    pub(in crate::calendar) parts: bool,
}

impl Draft {
    /// Reads what a client sent for a layer (RFC 4791 section 5.3.2.1).
    ///
    /// # Errors
    /// The refusal that names the first precondition which the text does not meet.
    pub fn read(
        text: &Bytes,
        into: &Collection,
        limits: &Limits,
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
        limits: &Limits,
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
            inherits: None,
            restores: false,
            parts: false,
            uid: checked.uid,
            component,
            span,
            occurrences: index::occurrences(object, component, span, &zone, limits.horizon, now()),
            object: object.clone(),
        })
    }

    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// The same with what its owner had set of who may see it, unless the text says otherwise.
    #[must_use]
    pub(in crate::calendar) fn keeping(mut self, kept: Kept) -> Self {
        self.kept = kept.merge(self.kept);
        self
    }

    /// The same as a part of what was one item before, with what is said of who may see this part.
    #[must_use]
    pub(in crate::calendar) fn inheriting(mut self, from: Before, kept: Kept) -> Self {
        self.kept = kept;
        self.inherits = Some(from);
        self
    }

    #[must_use]
    pub(in crate::calendar) fn restoring(mut self) -> Self {
        self.restores = true;
        self
    }

    pub(in crate::calendar) fn size(&self) -> u64 {
        self.object.text().len() as u64
    }

    pub(in crate::calendar) fn as_new<'d>(
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
    pub(in crate::calendar) fn seen(
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
pub(in crate::calendar) struct Seen {
    pub face: Face,
    pub stirs: Vec<Stir>,
}

pub(in crate::calendar) fn state(item: &Item) -> Option<privacy::State<'_>> {
    Some((item.face.as_ref()?, &item.tag))
}

/// The entity tag names the bytes: equal bytes have equal tags, on every machine.
pub(in crate::calendar) fn tag_of(text: &[u8]) -> String {
    blake3::hash(text).to_hex()[..32].to_owned()
}
