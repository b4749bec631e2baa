//! The trash of an account, which is its owner's alone: deleted items, deleted layers with all that was in them, and
//! what the items that stand were before.

mod layers;
mod past;

use std::collections::HashSet;

pub use layers::DeletedLayer;

use super::history::{Who, as_item};
use super::{
    Access, Collection, Error, Expect, Home, Need, Privilege, Refusal, Result, Written, taken_out,
};
use crate::ical::Zone;
use crate::model::{Instant, User, UserId};
use crate::privacy::{Relation, VisibleItem};
use crate::store::history::{self, Version, VersionId};
use crate::store::items::{self, Ended};
use crate::store::notices::{self, Notice};
use crate::store::trash::{self, Discarded};

/// The trash of the account that asks.
#[derive(Clone, Debug)]
pub struct Trash {
    pub(super) home: Home,
    may_write: bool,
}

impl Trash {
    pub fn owner(&self) -> &User {
        &self.home.owner
    }

    /// May what is in it be brought back, or taken out for good?
    pub fn may_write(&self) -> bool {
        self.may_write
    }

    /// What floating times mean in a deleted item.
    pub fn zone(&self, former: &Former) -> Zone {
        let mut layers = self.home.layers.iter();
        let layer = layers.find(|it| it.layer.name == former.layer);
        layer.map_or_else(Zone::utc, Collection::zone)
    }

    /// The layer that a version goes with.
    pub(super) fn layer(&self, version: &Version) -> Option<&Collection> {
        self.home
            .layers
            .iter()
            .find(|it| it.layer.id == version.layer)
    }
}

/// An item that stands no longer, or a version of one.
#[derive(Clone, Debug)]
pub struct Former {
    /// Of the version; of an item of a deleted layer, its own.
    pub id: i64,
    /// Named and tagged as in the trash. A version's name there is its number, so that two of one name are told apart.
    pub item: VisibleItem,
    /// The layer where it stood, and its name there.
    pub layer: String,
    pub name: String,
    pub writer: Option<Who>,
    /// When it ceased to stand, by whom, and why.
    pub at: Instant,
    pub by: Option<Who>,
    pub why: Ended,
    /// It went in a mass loss, and is kept until then.
    pub held_until: Option<Instant>,
    /// It is one occurrence of an item, by its RECURRENCE-ID.
    pub occurrence: Option<String>,
}

/// What came back together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    pub items: u64,
    /// What could not come back: where it stood, and why.
    pub refused: Vec<(String, String)>,
}

/// Which of the trash is brought back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// What was deleted at or after.
    Since(Instant),
    /// What mass losses took: deleted, or overwritten.
    Held,
}

impl Access<'_, '_> {
    /// The trash of an account: there for its owner, on devices that reach all its layers.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for everybody else.
    pub fn trash(&mut self, owner: &str) -> Result<Trash> {
        let home = self.home(owner)?;
        let device = self.device()?;
        if home.relation() != Relation::Owner || device.layers.is_some() {
            return Err(Refusal::NotFound.into());
        }
        Ok(Trash {
            home,
            may_write: !device.read_only,
        })
    }

    /// One deleted item by its name in the trash.
    pub fn deleted(&mut self, trash: &Trash, name: &str, need: Need) -> Result<Former> {
        let version = self.version(trash, number(name).ok_or(Refusal::NotFound)?, need)?;
        let deleted = self.in_trash(trash, version)?;
        Ok(deleted.ok_or(Refusal::NotFound)?)
    }

    /// Visits the deleted items one by one; memory grows with their number, not with their texts.
    pub fn each_deleted<E: From<Error> + From<crate::store::Error>>(
        &mut self,
        trash: &Trash,
        need: Need,
        visit: &mut dyn FnMut(Former) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        for id in self.ids(trash, |_| true)? {
            let version = self.version(trash, id.0, need)?;
            if let Some(deleted) = self.in_trash(trash, version)? {
                visit(deleted)?;
            }
        }
        Ok(())
    }

    /// Latest first.
    fn ids(&mut self, trash: &Trash, wanted: impl Fn(&Version) -> bool) -> Result<Vec<VersionId>> {
        let mut ids = Vec::new();
        history::gone(self.tx, trash.owner().id, Need::Index, &mut |version| {
            if wanted(&version) {
                ids.push(version.id);
            }
            Ok::<_, Error>(())
        })?;
        ids.sort_unstable_by(|a, b| b.cmp(a));
        Ok(ids)
    }

    fn version(&mut self, trash: &Trash, id: i64, need: Need) -> Result<Version> {
        let version = history::by_id(self.tx, VersionId(id), need)?;
        let version = version.filter(|it| it.is_gone && trash.layer(it).is_some());
        Ok(version.ok_or(Refusal::NotFound)?)
    }

    fn in_trash(&mut self, trash: &Trash, version: Version) -> Result<Option<Former>> {
        match trash.layer(&version) {
            Some(collection) => self.former(collection, version),
            None => Ok(None),
        }
    }

    /// Through the owner's lens, as any item.
    fn former(&mut self, collection: &Collection, version: Version) -> Result<Option<Former>> {
        let item = as_item(&version, format!("{}.ics", version.id.0));
        let Some(item) = collection.lens.disclose(item) else {
            return Ok(None);
        };
        Ok(Some(Former {
            id: version.id.0,
            item,
            layer: collection.layer.name.clone(),
            writer: self.who(version.writer)?,
            occurrence: taken_out::named(&version).map(str::to_owned),
            by: self.who(version.remover)?,
            name: version.name,
            at: version.at,
            why: version.why,
            held_until: version.held_until,
        }))
    }

    /// Brings a deleted item back: to where it stood, or under a name like its own when that is taken. Answers where.
    ///
    /// # Errors
    /// [`Refusal::UidTaken`] when its UID stands under another name by now, and as [`Access::put`].
    pub fn restore(&mut self, trash: &Trash, id: i64) -> Result<(String, String)> {
        let version = self.version(trash, id, Need::Text)?;
        if version.why == Ended::Occurrence {
            return self.restore_occurrence(trash, &version);
        }
        let into = trash.layer(&version).ok_or(Refusal::NotFound)?.clone();
        let name = self.free_name(&into, &version.name)?;
        let stood = as_item(&version, name.clone());
        let (_, item) = self.bring_back(stood, &into, &into, &name, &|tag| tag.is_none())?;
        history::revive(self.tx, &version, item)?;
        Ok((into.layer.name, name))
    }

    /// The same into a layer and under a name of the viewer's choice (COPY and MOVE out of the trash). A copy leaves what
    /// it was made of in the trash.
    ///
    /// # Errors
    /// As [`Access::put`]; [`Refusal::Stale`] for a taken name without `overwrite`.
    pub fn restore_to(
        &mut self,
        trash: &Trash,
        name: &str,
        (into, new_name): (&Collection, &str),
        overwrite: bool,
        moving: bool,
    ) -> Result<Written> {
        let id = number(name).ok_or(Refusal::NotFound)?;
        let version = self.version(trash, id, Need::Text)?;
        if moving {
            may_write(trash, Privilege::Unbind)?;
        }
        if version.why == Ended::Occurrence {
            return self.occurrence_to(&version, (into, new_name), overwrite, moving);
        }
        let from = trash.layer(&version).ok_or(Refusal::NotFound)?;
        let free = |tag: Option<&_>| overwrite || tag.is_none();
        let stood = as_item(&version, new_name.to_owned());
        let (written, item) = self.bring_back(stood, from, into, new_name, &free)?;
        if moving {
            history::revive(self.tx, &version, item)?;
        }
        Ok(written)
    }

    /// What was deleted together, the latest version of each item: its number in the trash, and where it stood.
    pub fn lost(&mut self, trash: &Trash, which: Together) -> Result<Vec<(i64, String)>> {
        let ids = self.ids(trash, |version| match which {
            Together::Since(since) => version.at >= since,
            Together::Held => version.held_until.is_some(),
        })?;
        let (mut lost, mut seen) = (Vec::new(), HashSet::new());
        for id in ids {
            let version = self.version(trash, id.0, Need::Index)?;
            let from = trash.layer(&version).map(|it| it.layer.name.clone());
            if seen.insert((version.layer, version.uid)) {
                lost.push((
                    id.0,
                    format!("{}/{}", from.unwrap_or_default(), version.name),
                ));
            }
        }
        if which == Together::Held {
            self.written_over(trash, &mut |id, place| lost.push((id, place)))?;
        }
        Ok(lost)
    }

    /// What stood before a mass overwrite, where what the device wrote then still stands.
    fn written_over(&mut self, trash: &Trash, visit: &mut dyn FnMut(i64, String)) -> Result<()> {
        let mut seen = HashSet::new();
        for version in history::held_overwritten(self.tx, trash.owner().id)? {
            let Some(layer) = trash.layer(&version) else {
                continue;
            };
            if !seen.insert((version.layer, version.uid.clone())) {
                continue;
            }
            let Some(item) = items::by_uid(self.tx, version.layer, &version.uid, Need::Index)?
            else {
                continue;
            };
            if items::writer(self.tx, item.id)? == version.remover {
                visit(version.id.0, format!("{}/{}", layer.layer.name, item.name));
            }
        }
        Ok(())
    }

    /// Brings back what [`Access::lost`] named.
    fn restore_lost(&mut self, trash: &Trash, id: i64) -> Result<()> {
        let version = history::by_id(self.tx, VersionId(id), Need::Index)?;
        let version = version.ok_or(Refusal::NotFound)?;
        if version.is_gone {
            return self.restore(trash, id).map(drop);
        }
        let of = trash.layer(&version).ok_or(Refusal::NotFound)?;
        let stands = items::by_uid(self.tx, version.layer, &version.uid, Need::Index)?;
        let name = stands.ok_or(Refusal::NotFound)?.name;
        self.restore_version(of, &name, id).map(drop)
    }

    /// Brings back some of what [`Access::lost`] named; what cannot come back stays in the trash.
    ///
    /// # Errors
    /// The store's, and [`Refusal::Forbidden`].
    pub fn restore_each(&mut self, trash: &Trash, lost: &[(i64, String)]) -> Result<Restored> {
        may_write(trash, Privilege::Bind)?;
        let mut restored = Restored::default();
        for (id, place) in lost {
            match self.restore_lost(trash, *id) {
                Ok(()) => restored.items += 1,
                Err(Error::Refused(refusal)) => {
                    restored.refused.push((place.clone(), refusal.to_string()))
                }
                Err(error) => return Err(error),
            }
        }
        Ok(restored)
    }

    /// Takes a deleted item out of the trash for good.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`], [`Refusal::Stale`].
    pub fn purge(&mut self, trash: &Trash, name: &str, expect: Expect) -> Result<()> {
        let deleted = self.deleted(trash, name, Need::Index)?;
        may_write(trash, Privilege::Unbind)?;
        let tag = crate::http::EntityTag::strong(deleted.item.tag());
        if !expect(Some(&tag)) {
            return Err(Refusal::Stale.into());
        }
        let version = self.version(trash, deleted.id, Need::Index)?;
        Ok(history::purge(self.tx, &version)?)
    }

    /// Takes everything out of the trash for good, and forgets every version that is not the current one. Answers how
    /// many versions and layers there were.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn empty_trash(&mut self, trash: &Trash) -> Result<(u64, u64)> {
        may_write(trash, Privilege::Unbind)?;
        let owner = trash.owner().id;
        let layers = trash::of_owner(self.tx, owner)?;
        for layer in &layers {
            trash::purge(self.tx, layer.id)?;
        }
        let versions = history::empty(self.tx, owner)?;
        Ok((versions, layers.len() as u64))
    }

    /// What the owner is to be told, latest first; from now on it counts as told.
    pub fn notices(&mut self, trash: &Trash) -> Result<Vec<Notice>> {
        Ok(notices::of_user(self.tx, trash.owner().id, 100)?)
    }

    pub fn notices_seen(&mut self, trash: &Trash) -> Result<()> {
        Ok(notices::seen(self.tx, trash.owner().id, self.now)?)
    }

    /// Forgets the oldest of what is kept of an account where it takes too much, down to somewhat less than that.
    pub(super) fn trim(&mut self, owner: UserId) -> Result<()> {
        let most = self.limits.retention.max_bytes;
        Ok(trim(self.tx, owner, most).map(drop)?)
    }
}

/// What is kept at most, and what is left of it when it was trimmed; what is held stays, and so does the layer that was
/// deleted last. Answers whether something went.
pub(super) fn trim(
    tx: &mut crate::store::Tx,
    owner: UserId,
    most: u64,
) -> crate::store::Result<bool> {
    let used = history::usage(tx, owner)?;
    if used <= most {
        return Ok(false);
    }
    let mut over = used.saturating_sub(most - most / 16);
    let mut layers = trash::of_owner(tx, owner)?;
    if !layers.is_empty() {
        layers.remove(0);
    }
    layers.retain(|layer| layer.held_until.is_none());
    // Versions and layers go in the order in which they ceased to stand.
    let mut freed = 0;
    while over > 0 {
        let layer = layers.pop();
        let until = layer.as_ref().map_or(Instant::MAX, |layer| layer.at);
        let bytes = history::trim(tx, owner, over, until, AT_ONCE)?;
        over = over.saturating_sub(bytes);
        freed += bytes;
        match layer {
            Some(Discarded {
                id, bytes, kept, ..
            }) if over > 0 => {
                trash::purge(tx, id)?;
                over = over.saturating_sub(bytes + kept);
                freed += bytes + kept;
            }
            Some(_) => {}
            None => break,
        }
    }
    Ok(freed > 0)
}

/// Versions that one write forgets at most when it makes room: more than come in between two looks, whatever their size.
const AT_ONCE: i64 = 20_000;

fn may_write(trash: &Trash, needs: Privilege) -> Result<()> {
    if trash.may_write {
        Ok(())
    } else {
        Err(Refusal::Forbidden { needs }.into())
    }
}

/// Only the name that [`Deleted`] gives.
fn number(name: &str) -> Option<i64> {
    let digits = name.strip_suffix(".ics")?;
    let number = digits.parse::<i64>().ok()?;
    (number >= 0 && number.to_string() == digits).then_some(number)
}

#[cfg(test)]
mod tests;
