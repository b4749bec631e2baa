//! What a name stands for, in truth and for the viewer who writes, and where it may be written.

use crate::calendar::collection::Part;
use crate::calendar::{Privilege, Refusal, Result};
use crate::model::{Item, ItemId};
use crate::privacy::{VisibleItem, pseudonym};
use crate::store::items::LayerWriter;

/// What stands under a name, in truth and for this viewer.
pub(in crate::calendar) struct Target {
    /// What really has the name.
    holder: Option<Item>,
    /// What the viewer finds there, and the item behind it.
    pub visible: Option<VisibleItem>,
    stored: Option<Item>,
}

impl Target {
    pub fn find(writer: &mut LayerWriter, part: Part, name: &str) -> Result<Self> {
        let holder = writer.find(name)?;
        let mut found = Self::seen(writer, part, holder.clone(), name)?;
        if found.is_none()
            && let Some(id) = behind(part, name)
        {
            let item = writer.by_id(id)?;
            let item = item.filter(|item| item.layer == part.layer.id);
            found = Self::seen(writer, part, item, name)?;
        }
        let (visible, stored) = found.unzip();
        Ok(Self {
            holder,
            visible,
            stored,
        })
    }

    /// An item, when this viewer finds it under the name.
    fn seen(
        writer: &mut LayerWriter,
        part: Part,
        item: Option<Item>,
        name: &str,
    ) -> Result<Option<(VisibleItem, Item)>> {
        let Some(item) = item else { return Ok(None) };
        let own = match part.lens.sharee() {
            Some(sharee) => writer.overlay(sharee.user, item.id)?,
            None => None,
        };
        let visible = part.lens.disclose_with(item.clone(), own.as_ref());
        let visible = visible.filter(|visible| visible.name() == name);
        Ok(visible.map(|visible| (visible, item)))
    }

    /// What may be written over: a rendering is not; `needs` is what the refusal says.
    pub fn writable(self, needs: Privilege) -> Result<Place> {
        match (self.visible, self.stored) {
            (Some(visible), Some(stored)) if visible.is_whole() => Ok(Place::Taken(stored)),
            (None, _) => Ok(Place::Free {
                unseen: self.holder,
            }),
            _ => Err(Refusal::Forbidden { needs }.into()),
        }
    }
}

/// Where something may be written.
pub(in crate::calendar) enum Place {
    /// Over an item.
    Taken(Item),
    /// Nothing stands there for the writer. What does in truth has to give way, or who may not know of it would be told.
    Free { unseen: Option<Item> },
}

impl Place {
    pub fn taken(&self) -> Option<&Item> {
        match self {
            Self::Taken(item) => Some(item),
            Self::Free { .. } => None,
        }
    }

    /// Makes the name free in truth where it is free for the writer.
    pub fn clear(&self, writer: &mut LayerWriter) -> Result<()> {
        match self {
            Self::Free {
                unseen: Some(unseen),
            } => Ok(writer.set_aside(unseen)?),
            _ => Ok(()),
        }
    }
}

/// The item behind a pseudonym that this viewer may have been given.
pub(in crate::calendar) fn behind(part: Part, name: &str) -> Option<ItemId> {
    part.lens.names()?.item(pseudonym(name)?)
}
