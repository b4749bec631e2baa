//! Edits of events, and of one, some or all occurrences of a series: read, changed and written in one transaction.

use bytes::Bytes;

use super::before::Before;
use super::collection::Part;
use super::event::EventPatch;
use super::write::{Draft, Expect, Written, allow, expected};
use super::{Access, Collection, Need, Privilege, Refusal, Result};
use crate::ical::edit::{self, Stamp};
use crate::ical::instance::{Instance, Instances};
use crate::ical::overlay;
use crate::ical::time::Written as Occurrence;
use crate::ical::{Object, TooMany};
use crate::model::KeptPatch;
use crate::privacy::VisibleItem;
use crate::store::items::{self, LayerWriter};

pub use crate::ical::edit::Scope as SeriesScope;

/// What an edit is made on: an item, and of a series one occurrence by its RECURRENCE-ID.
#[derive(Clone, Copy)]
pub struct Target<'t> {
    pub of: &'t Collection,
    pub name: &'t str,
    pub at: Option<Occurrence>,
}

/// Where what was asked for stands after an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// Of the item: of the second half, where the series was cut in two.
    pub name: String,
    /// The occurrence, if there is still one to name.
    pub at: Option<Occurrence>,
}

impl Access<'_, '_> {
    /// Makes an event. Answers its name.
    ///
    /// # Errors
    /// [`Refusal::BadValue`], and as [`Access::put`].
    pub fn create_event(&mut self, into: &Collection, new: &EventPatch) -> Result<String> {
        allow(into, Privilege::Bind)?;
        let uid = new_uid()?;
        let zone = into.zone();
        let (changes, alarm) = new.created(&zone)?;
        let stamp = self.stamp(uid.clone());
        let text = edit::create(&changes, alarm.as_ref(), &zone, &stamp).map_err(Refusal::from)?;
        let name = format!("{uid}.ics");
        let draft = Draft::read(&text, into, self.limits)?;
        self.put(into, &name, &draft, &|there| there.is_none())?;
        Ok(name)
    }

    /// Changes an event, or occurrences of it.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] for what cannot be, [`Refusal::NotFound`] for an occurrence that is not there, and as
    /// [`Access::put`].
    pub fn edit_event(
        &mut self,
        target: Target,
        scope: SeriesScope,
        patch: &EventPatch,
        expect: Expect,
    ) -> Result<Edited> {
        let (item, object) = self.held(target, Privilege::WriteContent, expect)?;
        let zone = target.of.zone();
        let seen = seen(&object, target)?;
        let changes = patch.changes(&seen, &zone)?;
        let kept = patch.kept();
        let mut done = Edited {
            name: target.name.to_owned(),
            at: target.at.filter(|_| scope == SeriesScope::This),
        };
        if !changes.is_empty() {
            let stamp = self.stamp(new_uid()?);
            let edited = edit::edit(&object, &zone, target.at, scope, &changes, &stamp)
                .map_err(Refusal::from)?;
            self.write_over(target, &item, &edited.object, edited.rest.is_some())?;
            if let Some(rest) = edited.rest {
                done.name = format!("{}.ics", stamp.uid);
                let words = patch.words();
                self.write_rest(target.of, &item, (&done.name, &rest), &words)?;
                let object = Object::parse(&rest).map_err(Refusal::from)?;
                done.at = Instances::of(&object, &zone).first();
            }
        }
        if !kept.changes_nothing() {
            let item = self.get(target.of, &done.name, Need::Index)?;
            let of_one = scope == SeriesScope::This && target.at.is_some();
            self.take_back(target.of, &item, &kept, of_one.then_some(&object))?;
        }
        Ok(done)
    }

    /// Deletes an event, or takes occurrences out of it. Answers whether something of it is left.
    ///
    /// # Errors
    /// As [`Access::edit_event`] and [`Access::delete`].
    pub fn remove_event(
        &mut self,
        target: Target,
        scope: SeriesScope,
        expect: Expect,
    ) -> Result<bool> {
        let (item, object) = self.held(target, Privilege::Unbind, expect)?;
        let zone = target.of.zone();
        let stamp = self.stamp(String::new());
        let left = edit::remove(&object, &zone, target.at, scope, &stamp).map_err(Refusal::from)?;
        match &left {
            Some(text) => self.write_over(target, &item, text, false)?,
            None => self.delete(target.of, target.name, &|_| true)?,
        }
        Ok(left.is_some())
    }

    pub(super) fn stamp(&self, uid: String) -> Stamp {
        Stamp { now: self.now, uid }
    }

    /// What stands there, under the layer's lock, so that it is still there when it is written over.
    fn held(
        &mut self,
        target: Target,
        needs: Privilege,
        expect: Expect,
    ) -> Result<(VisibleItem, Object)> {
        let Target { of, name, .. } = target;
        if !of.is_view() {
            let part = of.parts().next().ok_or(Refusal::NotFound)?;
            LayerWriter::open(self.tx, part.layer.id)?.ok_or(Refusal::NotFound)?;
        }
        let item = self.get(of, name, Need::Text)?;
        expected(Some(&item), expect)?;
        if !item.is_whole() {
            return Err(Refusal::Forbidden { needs }.into());
        }
        allow(of, needs)?;
        let text = item.text().ok_or(Refusal::NotFound)?;
        let object = Object::parse(text).map_err(Refusal::from)?;
        Ok((item, object))
    }

    /// `parts`: what goes from here stands in the second half.
    fn write_over(
        &mut self,
        target: Target,
        item: &VisibleItem,
        text: &Bytes,
        parts: bool,
    ) -> Result<()> {
        let mut draft = Draft::read(text, target.of, self.limits)?;
        draft.parts = parts;
        let read = item.tag();
        let Written { .. } = self.put(target.of, target.name, &draft, &|there| {
            there.is_some_and(|there| there.opaque == read)
        })?;
        Ok(())
    }

    /// The second half of a series. Who may see it is as it was, but for the words of this very edit.
    fn write_rest(
        &mut self,
        into: &Collection,
        item: &VisibleItem,
        (name, text): (&str, &Bytes),
        words: &KeptPatch,
    ) -> Result<()> {
        let part = into.parts().next().ok_or(Refusal::NotFound)?;
        let stored = items::by_id(self.tx, item.id(), Need::Index)?;
        let kept = stored.as_ref().and_then(|it| it.face.as_ref());
        let kept = kept.map(|face| face.kept).unwrap_or_default();
        let from = Before::default().and(part, stored.as_ref());
        let inheriting = |draft: Draft| draft.inheriting(from, kept.patched(words));
        match part.lens.sharee() {
            None => {
                let draft = inheriting(Draft::read(text, into, self.limits)?);
                self.put_in(into, name, &draft, &|there| there.is_none())?;
            }
            Some(sharee) => {
                let sent = Object::parse(text).map_err(Refusal::from)?;
                let shared = inheriting(self.rest_for_all(part, item, &sent, into)?);
                self.put_in(into, name, &shared, &|there| there.is_none())?;
                self.keep(part, sharee, name, &sent, &shared.object)?;
            }
        }
        Ok(())
    }

    /// Without what is the sharee's own, with what is the owner's.
    fn rest_for_all(
        &mut self,
        part: Part,
        item: &VisibleItem,
        sent: &Object,
        into: &Collection,
    ) -> Result<Draft> {
        let owners = items::by_id(self.tx, item.id(), Need::Text)?
            .filter(|it| it.layer == part.layer.id)
            .and_then(|it| it.text)
            .ok_or(Refusal::NotFound)?;
        let owners = Object::parse(&owners).map_err(Refusal::from)?;
        let shared = overlay::restore(sent, Some(&owners));
        Ok(Draft::read(&shared, into, self.limits)?)
    }
}

/// The occurrence that is edited, or the event as a whole.
fn seen(object: &Object, target: Target) -> Result<Instance> {
    let zone = target.of.zone();
    let mut instances = Instances::of(object, &zone);
    let too_many = |TooMany| Refusal::BadValue(TooMany.to_string());
    let found = match target.at {
        Some(at) => instances.named(at).map_err(too_many)?,
        None => instances.whole(),
    };
    Ok(found.ok_or(Refusal::NotFound)?)
}

pub(super) fn new_uid() -> Result<String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(uuid(random))
}

/// "It is RECOMMENDED that [the UID] use a hex-encoded random UUID" (RFC 7986 section 5.3).
fn uuid(mut random: [u8; 16]) -> String {
    if let Some(byte) = random.get_mut(6) {
        *byte = *byte & 0x0f | 0x40;
    }
    if let Some(byte) = random.get_mut(8) {
        *byte = *byte & 0x3f | 0x80;
    }
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}
