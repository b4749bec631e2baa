//! The door out: [`Access::get`], [`Access::each`] and the two kinds of `since` are where items are read for a viewer.

use super::collection::Part;
use super::overlay;
use super::write::behind;
use super::{Access, Collection, Error, Need, Refusal, Result, Scope};
use crate::model::ItemId;
use crate::privacy::{VisibleItem, pseudonym};
use crate::store::{self, items};

impl Access<'_, '_> {
    /// One item; one that this viewer may not know of is not found.
    pub fn get(&mut self, of: &Collection, name: &str, need: Need) -> Result<VisibleItem> {
        if of.is_view() {
            return Ok(self.in_view(of, name, need)?.ok_or(Refusal::NotFound)?);
        }
        self.reachable(of)?;
        for part in of.parts() {
            if let Some(item) = self.get_in(part, name, need)? {
                return Ok(item);
            }
        }
        Err(Refusal::NotFound.into())
    }

    /// A name in a view says which item it means: it is looked up once, and then asked whether its layer is shown.
    fn in_view(&mut self, of: &Collection, name: &str, need: Need) -> Result<Option<VisibleItem>> {
        let mut sources = of.sources().iter();
        if let Some(source) = sources.find(|it| it.lens.named_own(name).is_some()) {
            is_at_hand(source.part())?;
            return self.get_in(source.part(), name, need);
        }
        // All of them give the same names.
        let names = of.sources().iter().find_map(|it| it.lens.names());
        let id = names.and_then(|names| names.item(pseudonym(name)?));
        let Some(id) = id else {
            return Ok(None);
        };
        let Some(item) = items::by_id(self.tx, id, need)? else {
            return Ok(None);
        };
        let Some(source) = of.sources().iter().find(|it| it.layer.id == item.layer) else {
            return Ok(None);
        };
        is_at_hand(source.part())?;
        let seen = source.lens.disclose(item);
        Ok(seen.filter(|item| item.name() == name))
    }

    /// What a view shows of an item; `None`: nothing.
    pub(super) fn shown_item(
        &mut self,
        of: &Collection,
        id: ItemId,
        need: Need,
    ) -> Result<Option<VisibleItem>> {
        let Some(item) = items::by_id(self.tx, id, need)? else {
            return Ok(None);
        };
        let source = of.sources().iter().find(|it| it.layer.id == item.layer);
        Ok(source.and_then(|source| source.lens.disclose(item)))
    }

    /// Under the name that this viewer knows it by.
    pub(super) fn get_in(
        &mut self,
        part: Part,
        name: &str,
        need: Need,
    ) -> Result<Option<VisibleItem>> {
        if let Some(name) = part.lens.named_own(name) {
            let item = items::find(self.tx, part.layer.id, name, need)?;
            return Ok(item.and_then(|item| part.lens.disclose(item)));
        }
        let item = items::find(self.tx, part.layer.id, name, need)?;
        let visible = self.seen(part.lens, item)?;
        if let Some(item) = visible.filter(|item| item.name() == name) {
            return Ok(Some(item));
        }
        let Some(id) = behind(part, name) else {
            return Ok(None);
        };
        let item = items::by_id(self.tx, id, need)?;
        let item = item.filter(|item| item.layer == part.layer.id);
        let visible = self.seen(part.lens, item)?;
        Ok(visible.filter(|item| item.name() == name))
    }

    /// Visits the items of a layer one by one; memory does not grow with the answer.
    ///
    /// # Errors
    /// The store's, and the first one that `visit` answers, which ends the walk.
    pub fn each<E: From<Error> + From<store::Error>>(
        &mut self,
        of: &Collection,
        scope: Scope,
        need: Need,
        visit: &mut dyn FnMut(VisibleItem) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        self.reachable(of)?;
        for part in of.parts() {
            self.each_in(part, scope, need, visit)?;
        }
        Ok(())
    }

    /// The names of all of them, for what cannot be done while walking.
    pub(super) fn names(&mut self, of: &Collection) -> Result<Vec<String>> {
        let mut names = Vec::new();
        self.each(of, Scope::default(), Need::Index, &mut |item| {
            names.push(item.name().to_owned());
            Ok::<_, Error>(())
        })?;
        Ok(names)
    }

    pub(super) fn each_in<E: From<Error> + From<store::Error>>(
        &mut self,
        part: Part,
        scope: Scope,
        need: Need,
        visit: &mut dyn FnMut(VisibleItem) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let own = overlay::all(self.tx, part, need)?;
        let visit = &mut |item| match own.disclose(part.lens, item) {
            Some(item) => visit(item),
            None => Ok(()),
        };
        let layer = part.layer.id;
        match (part.lens.class(), scope.window) {
            (Some(_), None) => {
                let of = (layer, scope.component);
                items::by_age(self.tx, of, ItemId(0), usize::MAX, need, visit)
            }
            _ => items::each(self.tx, layer, scope, need, visit),
        }
    }
}

/// # Errors
/// [`Refusal::Unavailable`] for a layer whose items cannot be had.
fn is_at_hand(part: Part) -> Result<()> {
    match part.lens.is_out_of_reach() {
        true => Err(Refusal::Unavailable.into()),
        false => Ok(()),
    }
}
