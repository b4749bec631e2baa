//! The door out: [`Access::get`], [`Access::each`] and the two kinds of `since` are where items are read for a viewer.

use super::{Access, Collection, Error, Need, Refusal, Result, Scope};
use crate::privacy::VisibleItem;
use crate::store;

impl Access<'_, '_> {
    /// One item; one that this viewer may not know of is not found.
    pub fn get(&mut self, of: &Collection, name: &str, need: Need) -> Result<VisibleItem> {
        let item = store::items::find(self.tx, of.layer.id, name, need)?;
        Ok(item
            .and_then(|item| of.lens.disclose(item))
            .ok_or(Refusal::NotFound)?)
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
        store::items::each(self.tx, of.layer.id, scope, need, &mut |item| match of
            .lens
            .disclose(item)
        {
            Some(item) => visit(item),
            None => Ok(()),
        })
    }
}
