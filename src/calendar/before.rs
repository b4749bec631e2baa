//! What was known of an item before it is written: what its owner had said of who may see it stays with it, and nobody else
//! shows it to more people.

use super::collection::Part;
use super::history::as_item;
use super::{Access, Privilege, Refusal, Result};
use crate::model::{Face, Item, Kept, Marks, Visibility};
use crate::privacy::{Relation, VisibleItem, rules};
use crate::store::history;
use crate::store::items::LayerWriter;

/// What an item was in the layers that it comes from, the one that it is written to first.
#[derive(Clone, Default)]
pub(super) struct Before(Vec<(Visibility, Face)>);

impl Before {
    /// The item as it stands in a layer.
    pub fn and(mut self, part: Part, item: Option<&Item>) -> Self {
        let face = item.and_then(|item| item.face);
        self.0
            .extend(face.map(|face| (part.layer.visibility, face)));
        self
    }

    /// What stays with the item, unless its text says otherwise.
    pub fn kept(&self) -> Kept {
        let said = self.0.iter().map(|(_, face)| face.kept);
        said.reduce(|first, next| next.merge(first))
            .unwrap_or_default()
    }

    /// # Errors
    /// [`Refusal::Forbidden`] for anybody but the owner, when more people would see it than before, or than what is new.
    pub fn check(&self, part: Part, face: &Face) -> Result<()> {
        if part.lens.relation() == Relation::Owner {
            return Ok(());
        }
        let to = face.marks;
        let widens = |(layer, face): &(Visibility, Face)| {
            rules::widens(face.marks, to)
                || rules::shows_more((*layer, face.marks), (part.layer.visibility, to))
        };
        let refused = match self.0.as_slice() {
            [] => rules::widens(Marks::default(), to),
            before => before.iter().any(widens),
        };
        match refused {
            true => Err(Refusal::Forbidden {
                needs: Privilege::WriteProperties,
            }
            .into()),
            false => Ok(()),
        }
    }
}

impl Access<'_, '_> {
    /// The item of a UID as it last was in a layer where it stands no longer, for whoever acts for its owner and could see all
    /// of it: who deletes it and writes it anew has not been given it.
    pub(super) fn last_seen(&mut self, part: Part, uid: &str) -> Result<Option<Item>> {
        if part.lens.relation() == Relation::Owner {
            return Ok(None);
        }
        LayerWriter::open(self.tx, part.layer.id)?.ok_or(Refusal::NoParent)?;
        let last = history::of_uid(self.tx, part.layer.id, uid, 1)?;
        let last = last.first().map(|it| as_item(it, it.name.clone()));
        let was_whole = |item: &Item| {
            let seen = part.lens.disclose(item.clone());
            seen.is_some_and(|it: VisibleItem| it.is_whole())
        };
        Ok(last.filter(was_whole))
    }
}
