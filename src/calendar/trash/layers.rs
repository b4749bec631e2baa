//! Deleted layers: what was in them, and back into the home as they were.

use super::{Former, Trash, may_write};
use crate::calendar::history::Who;
use crate::calendar::layers::check_free_of_ours;
use crate::calendar::write::check_name;
use crate::calendar::{
    Access, Collection, Ended, Error, Need, Privilege, Refusal, Result, Written,
};
use crate::model::{Instant, LayerId};
use crate::privacy::Lens;
use crate::store::items;
use crate::store::layers::{self, NewLayer};
use crate::store::properties::{self, Subject};
use crate::store::trash::{self, Discarded};

/// A layer that was deleted.
#[derive(Clone, Debug)]
pub struct DeletedLayer {
    pub id: i64,
    pub name: String,
    pub display_name: String,
    pub items: u64,
    pub bytes: u64,
    pub at: Instant,
    pub by: Option<Who>,
    /// It went in a mass loss, and is kept until then.
    pub held_until: Option<Instant>,
}

impl Access<'_, '_> {
    /// Latest first.
    pub fn deleted_layers(&mut self, trash: &Trash) -> Result<Vec<DeletedLayer>> {
        let layers = trash::of_owner(self.tx, trash.owner().id)?;
        layers
            .into_iter()
            .map(|layer| self.layer_told(layer))
            .collect()
    }

    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn deleted_layer(&mut self, trash: &Trash, id: i64) -> Result<DeletedLayer> {
        let layer = self.discarded(trash, id)?;
        self.layer_told(layer)
    }

    fn layer_told(&mut self, layer: Discarded) -> Result<DeletedLayer> {
        Ok(DeletedLayer {
            id: layer.id.0,
            by: self.who(layer.remover)?,
            name: layer.name,
            display_name: layer.display_name,
            items: layer.items,
            bytes: layer.bytes,
            at: layer.at,
            held_until: layer.held_until,
        })
    }

    fn discarded(&mut self, trash: &Trash, id: i64) -> Result<Discarded> {
        let layer = trash::find(self.tx, LayerId(id))?;
        let layer = layer.filter(|it| it.owner == trash.owner().id);
        Ok(layer.ok_or(Refusal::NotFound)?)
    }

    /// A deleted layer as the collection that it was to its owner.
    fn as_collection(&mut self, trash: &Trash, gone: &Discarded) -> Result<Collection> {
        let layer = layers::by_id_or_discarded(self.tx, gone.id)?;
        let mut layer = layer.ok_or(Refusal::NotFound)?;
        layer.name.clone_from(&gone.name);
        let lens = Lens::owner(trash.home.standing.clone(), &layer, &self.limits.privacy);
        Ok(Collection::own(trash.owner().clone(), layer, lens))
    }

    /// One item of a deleted layer, by the name that it had there.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn of_deleted_layer(
        &mut self,
        trash: &Trash,
        id: i64,
        name: &str,
        need: Need,
    ) -> Result<Former> {
        let gone = self.discarded(trash, id)?;
        let layer = self.as_collection(trash, &gone)?;
        self.stood_in(&gone, &layer, name, need)
    }

    fn stood_in(
        &mut self,
        gone: &Discarded,
        layer: &Collection,
        name: &str,
        need: Need,
    ) -> Result<Former> {
        let item = self.get(layer, name, need)?;
        let writer = items::writer(self.tx, item.id())?;
        Ok(Former {
            id: item.id().0,
            layer: gone.name.clone(),
            name: item.name().to_owned(),
            writer: self.who(writer)?,
            at: gone.at,
            by: self.who(gone.remover)?,
            why: Ended::Deleted,
            occurrence: None,
            held_until: gone.held_until,
            item,
        })
    }

    /// Visits the items of a deleted layer one by one; memory grows with their number, not with their texts.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], and the first that `visit` answers.
    pub fn each_of_deleted_layer<E: From<Error> + From<crate::store::Error>>(
        &mut self,
        trash: &Trash,
        id: i64,
        need: Need,
        visit: &mut dyn FnMut(Former) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let gone = self.discarded(trash, id)?;
        let layer = self.as_collection(trash, &gone)?;
        for name in self.names(&layer)? {
            visit(self.stood_in(&gone, &layer, &name, need)?)?;
        }
        Ok(())
    }

    /// Puts a deleted layer back under `name`, or under its old one. Answers the name.
    ///
    /// # Errors
    /// [`Refusal::Exists`] for a taken name, [`Refusal::TooMany`], [`Refusal::OverQuota`].
    pub fn restore_layer(&mut self, trash: &Trash, id: i64, name: Option<&str>) -> Result<String> {
        may_write(trash, Privilege::Bind)?;
        let layer = self.discarded(trash, id)?;
        let name = name.unwrap_or(&layer.name);
        check_name(name)?;
        check_free_of_ours(name)?;
        let home = layers::of_owner(self.tx, trash.owner().id)?;
        self.check_count(home.iter(), None)?;
        self.has_room(trash, &layer)?;
        if !trash::restore(self.tx, &layer, name)? {
            return Err(Refusal::Exists.into());
        }
        Ok(name.to_owned())
    }

    fn has_room(&mut self, trash: &Trash, layer: &Discarded) -> Result<()> {
        match self.room(trash.owner())? {
            Some(room) if layer.bytes > room => Err(Refusal::OverQuota.into()),
            _ => Ok(()),
        }
    }

    /// Makes a layer like a deleted one, with items like those that were in it; it stays in the trash.
    ///
    /// # Errors
    /// As [`Access::create_layer`], and [`Refusal::OverQuota`].
    pub fn copy_deleted_layer(&mut self, trash: &Trash, id: i64, name: &str) -> Result<()> {
        may_write(trash, Privilege::Bind)?;
        let gone = self.discarded(trash, id)?;
        let from = self.as_collection(trash, &gone)?;
        self.has_room(trash, &gone)?;
        let home = self.home(&trash.owner().name)?;
        let new = NewLayer::like(&from.layer, name, self.now);
        let into = self.insert_layer(&home, &new)?;
        properties::copy(
            self.tx,
            Subject::Layer(gone.id),
            Subject::Layer(into.layer.id),
        )?;
        for name in self.names(&from)? {
            self.copy_out(&from, &name, (&into, &name), true)?;
        }
        Ok(())
    }

    /// Makes an item like one of a deleted layer, which stays in the trash.
    ///
    /// # Errors
    /// As [`Access::put`]; [`Refusal::Stale`] for a taken name without `overwrite`.
    pub fn copy_from_deleted_layer(
        &mut self,
        trash: &Trash,
        id: i64,
        name: &str,
        to: (&Collection, &str),
        overwrite: bool,
    ) -> Result<Written> {
        let gone = self.discarded(trash, id)?;
        let from = self.as_collection(trash, &gone)?;
        self.copy_out(&from, name, to, overwrite)
    }

    fn copy_out(
        &mut self,
        from: &Collection,
        name: &str,
        (into, new_name): (&Collection, &str),
        overwrite: bool,
    ) -> Result<Written> {
        let stood = items::find(self.tx, from.layer.id, name, Need::Text)?;
        let stood = stood.ok_or(Refusal::NotFound)?;
        let dead = properties::of(self.tx, Subject::Item(stood.id))?;
        let free = |tag: Option<&_>| overwrite || tag.is_none();
        let (written, item) = self.bring_back(stood, from, into, new_name, &free)?;
        if into.is_own() {
            for property in &dead {
                properties::set(self.tx, Subject::Item(item), property)?;
            }
        }
        Ok(written)
    }

    /// Takes a deleted layer out of the trash for good.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`].
    pub fn purge_layer(&mut self, trash: &Trash, id: i64) -> Result<()> {
        let layer = self.discarded(trash, id)?;
        may_write(trash, Privilege::Unbind)?;
        Ok(trash::purge(self.tx, layer.id)?)
    }
}
