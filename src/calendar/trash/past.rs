//! What the items of a home were before, as its trash shows it: layer by layer, item by item.

use super::{Former, Trash, number};
use crate::calendar::history::{as_item, own};
use crate::calendar::{Access, Collection, Error, Need, Refusal, Result, Written};
use crate::store::history::{self, Version, VersionId};

impl Trash {
    /// The names of the layers whose items the viewer may look into the past of.
    pub fn layers_with_past(&self) -> impl Iterator<Item = &str> {
        let layers = self.home.layers.iter().filter(|it| own(it).is_ok());
        layers.map(|it| it.layer.name.as_str())
    }

    fn layer_named(&self, name: &str) -> Result<&Collection> {
        let mut layers = self.home.layers.iter().filter(|it| own(it).is_ok());
        let layer = layers.find(|it| it.layer.name == name);
        Ok(layer.ok_or(Refusal::NotFound)?)
    }
}

impl Access<'_, '_> {
    /// The items of a layer that were something else before, or stood elsewhere: each by its name, or its last one.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn items_with_past(&mut self, trash: &Trash, layer: &str) -> Result<Vec<String>> {
        let layer = trash.layer_named(layer)?.layer.id;
        Ok(history::names_in(self.tx, layer)?)
    }

    /// Has an item a past?
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when nothing ever stood there, or nobody remembers.
    pub fn has_past(&mut self, trash: &Trash, (layer, item): (&str, &str)) -> Result<()> {
        let of = trash.layer_named(layer)?;
        self.life(of, item).map(drop)
    }

    /// Visits the versions of an item that stand no longer, latest first.
    ///
    /// # Errors
    /// As [`Access::has_past`], and the first that `visit` answers.
    pub fn each_past<E: From<Error> + From<crate::store::Error>>(
        &mut self,
        trash: &Trash,
        (layer, item): (&str, &str),
        need: Need,
        visit: &mut dyn FnMut(Former) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let of = trash.layer_named(layer)?;
        let (_, versions) = self.life(of, item)?;
        for version in versions {
            let version = match need {
                Need::Index => Some(version),
                Need::Text => history::by_id(self.tx, version.id, need)?,
            };
            let Some(version) = version else { continue };
            if let Some(former) = self.former(of, version)? {
                visit(former)?;
            }
        }
        Ok(())
    }

    /// One of the versions, by its name in the trash.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn past_version(
        &mut self,
        trash: &Trash,
        (layer, item): (&str, &str),
        name: &str,
        need: Need,
    ) -> Result<Former> {
        let of = trash.layer_named(layer)?;
        let version = self.version_of(of, item, name, need)?;
        Ok(self.former(of, version)?.ok_or(Refusal::NotFound)?)
    }

    fn version_of(
        &mut self,
        of: &Collection,
        item: &str,
        name: &str,
        need: Need,
    ) -> Result<Version> {
        let id = VersionId(number(name).ok_or(Refusal::NotFound)?);
        let (_, versions) = self.life(of, item)?;
        let known = versions.iter().any(|version| version.id == id);
        let version = history::by_id(self.tx, id, need)?.filter(|_| known);
        Ok(version.ok_or(Refusal::NotFound)?)
    }

    /// Writes an earlier version anew, over what the item is now or elsewhere.
    ///
    /// # Errors
    /// As [`Access::put`]; [`Refusal::Stale`] for a taken name without `overwrite`.
    pub fn copy_past_version(
        &mut self,
        trash: &Trash,
        (layer, item): (&str, &str),
        name: &str,
        (into, new_name): (&Collection, &str),
        overwrite: bool,
    ) -> Result<Written> {
        let of = trash.layer_named(layer)?;
        let version = self.version_of(of, item, name, Need::Text)?;
        let stood = as_item(&version, new_name.to_owned());
        let free = |tag: Option<&_>| overwrite || tag.is_none();
        let (written, _) = self.bring_back(stood, of, into, new_name, &free)?;
        Ok(written)
    }
}
