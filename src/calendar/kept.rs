//! What an owner says of who may see an item, set beside its text: clients drop properties that they do not know.

use super::{Access, Collection, Privilege, Refusal, Result, face, write};
use crate::ical::Object;
use crate::model::{Kept, KeptPatch};
use crate::privacy::{self, Act, VisibleItem, marks};
use crate::store::items::{self, LayerWriter, Need};

impl Access<'_, '_> {
    /// The text stays as it is, and so does what the owner sees of it; what others see follows.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]: it is the owner's alone to say.
    pub fn patch_kept(
        &mut self,
        of: &Collection,
        item: &VisibleItem,
        patch: &KeptPatch,
    ) -> Result<()> {
        self.set_kept(of, item, patch, &|kept, _| kept.patched(patch))
    }

    /// The same for words that are taken back by an edit: of one occurrence, where `before` is what stood before, else of
    /// all of them.
    ///
    /// # Errors
    /// As [`Access::patch_kept`].
    pub(super) fn take_back(
        &mut self,
        of: &Collection,
        item: &VisibleItem,
        patch: &KeptPatch,
        before: Option<&Object>,
    ) -> Result<()> {
        self.set_kept(of, item, patch, &|kept, after| {
            marks::taken_back(kept, patch, before, after)
        })
    }

    fn set_kept(
        &mut self,
        of: &Collection,
        item: &VisibleItem,
        patch: &KeptPatch,
        set: &dyn Fn(Kept, &Object) -> Kept,
    ) -> Result<()> {
        if patch.changes_nothing() {
            return Ok(());
        }
        if !of.is_own() || !of.may(Act::WriteItems) {
            let needs = Privilege::WriteProperties;
            return Err(Refusal::Forbidden { needs }.into());
        }
        let part = of.parts().next().ok_or(Refusal::NotFound)?;
        LayerWriter::open(self.tx, part.layer.id)?.ok_or(Refusal::NotFound)?;
        let there = items::by_id(self.tx, item.id(), Need::Text)?
            .filter(|there| there.layer == part.layer.id)
            .ok_or(Refusal::NotFound)?;
        let kept = there.face.map(|it| it.kept).unwrap_or_default();
        let text = there.text.as_ref().ok_or(Refusal::NotFound)?;
        let object = Object::parse(text).map_err(Refusal::from)?;
        let face = face::face(&object, set(kept, &object), there.face.as_ref(), self.now);
        let stirs = privacy::stirs(
            part.layer,
            &self.limits.privacy,
            write::state(&there),
            Some((&face, &there.tag)),
        );
        let mut writer = LayerWriter::open(self.tx, part.layer.id)?.ok_or(Refusal::NotFound)?;
        Ok(writer.set_face(&there, &face, &stirs, self.now)?)
    }
}
