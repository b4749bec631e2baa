//! Occurrences that are taken out of a series lie in the trash one by one (E-107, E-108): from a calendar client or an app,
//! by an EXDATE or by the end of the series.

use super::collection::Part;
use super::series::new_uid;
use super::trash::Trash;
use super::write::{Draft, Written, tag_of};
use super::{Access, Collection, Need, Refusal, Result};
use crate::ical::{Object, edit};
use crate::model::{Component, Face, Instant, Item};
use crate::privacy::Act;
use crate::store::history::{self, Version};
use crate::store::items::{self, Ended, LayerWriter};
use crate::store::occurrence_history::TakenOut;

/// Keeps what an item that stands is about to lose.
pub(super) fn keep(
    writer: &mut LayerWriter,
    part: Part,
    there: &Item,
    draft: &Draft,
    now: Instant,
) -> Result<()> {
    if there.component != Component::Event || draft.parts || draft.restores {
        return Ok(());
    }
    let text = writer.written(there.id)?.0.and_then(|item| item.text);
    let Some(text) = text else { return Ok(()) };
    let Ok(stood) = Object::parse(&text) else {
        return Ok(());
    };
    for taken in edit::taken_out(&stood, &draft.object, &part.zone()) {
        let tag = tag_of(&taken.object);
        let taken = TakenOut {
            id: &taken.id,
            tag: &tag,
            text: &taken.object,
        };
        writer.keep_occurrence(there, &taken, now)?;
    }
    Ok(())
}

/// Which occurrence a version is, if it is one.
pub(super) fn named(version: &Version) -> Option<&str> {
    let (_, id) = version.uid.rsplit_once('\n')?;
    (version.why == Ended::Occurrence).then_some(id)
}

/// The UID under which its series is kept.
fn series(version: &Version) -> &str {
    version.uid.rsplit_once('\n').map_or("", |(uid, _)| uid)
}

impl Access<'_, '_> {
    /// Brings an occurrence back into its series, wherever in the home that stands by now; where it stands no more, as an
    /// event of its own. Answers where.
    ///
    /// # Errors
    /// [`Refusal::Exists`] when it is back already, and as [`Access::put`].
    pub(super) fn restore_occurrence(
        &mut self,
        trash: &Trash,
        version: &Version,
    ) -> Result<(String, String)> {
        let first = trash.layer(version).ok_or(Refusal::NotFound)?.clone();
        let others = trash.home.layers.iter();
        let others = others.filter(|it| it.is_own() && it.may(Act::WriteItems));
        let mut layers = vec![first.clone()];
        layers.extend(others.cloned());
        for into in layers {
            let there = items::by_uid(self.tx, into.layer.id, series(version), Need::Text)?;
            if let Some(there) = there {
                let name = there.name.clone();
                self.put_back(version, &into, there)?;
                history::purge(self.tx, version)?;
                return Ok((into.layer.name, name));
            }
        }
        let name = self.free_name(&first, &version.name)?;
        self.by_itself(version, (&first, &name), false)?;
        history::purge(self.tx, version)?;
        Ok((first.layer.name, name))
    }

    /// The same to a place of the viewer's choice: into the series if that is what stands there, else as an event of its own.
    pub(super) fn occurrence_to(
        &mut self,
        version: &Version,
        (into, name): (&Collection, &str),
        overwrite: bool,
        moving: bool,
    ) -> Result<Written> {
        let there = items::find(self.tx, into.layer.id, name, Need::Text)?;
        let written = match there {
            Some(there) if there.uid == series(version) && into.is_own() => {
                if !overwrite {
                    return Err(Refusal::Stale.into());
                }
                self.put_back(version, into, there)?
            }
            _ => self.by_itself(version, (into, name), overwrite)?,
        };
        if moving {
            history::purge(self.tx, version)?;
        }
        Ok(written)
    }

    fn put_back(&mut self, version: &Version, into: &Collection, there: Item) -> Result<Written> {
        let (text, taken) = (there.text.as_ref(), version.text.as_ref());
        let (Some(text), Some(taken)) = (text, taken) else {
            return Err(Refusal::NotFound.into());
        };
        let series = Object::parse(text).map_err(Refusal::from)?;
        let taken = Object::parse(taken).map_err(Refusal::from)?;
        let stamp = self.stamp(String::new());
        let text = edit::put_back(&series, &taken, &into.zone(), &stamp).map_err(Refusal::from)?;
        let text = text.ok_or(Refusal::Exists)?;
        let draft = Draft::read(&text, into, self.limits)?.restoring();
        self.put(into, &there.name, &draft, &|tag| {
            tag.is_some_and(|tag| tag.opaque == there.tag)
        })
    }

    fn by_itself(
        &mut self,
        version: &Version,
        (into, name): (&Collection, &str),
        overwrite: bool,
    ) -> Result<Written> {
        let taken = version.text.as_ref().ok_or(Refusal::NotFound)?;
        let taken = Object::parse(taken).map_err(Refusal::from)?;
        let text = edit::alone(&taken, &self.stamp(new_uid()?));
        let mut draft = Draft::read(&text, into, self.limits)?.restoring();
        let face = version.face.as_deref().and_then(Face::from_bytes);
        if let Some(face) = face.filter(|_| into.is_own()) {
            draft = draft.keeping(face.kept);
        }
        let free = |tag: Option<&_>| overwrite || tag.is_none();
        self.put(into, name, &draft, &free)
    }
}
