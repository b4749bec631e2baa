//! An item as one viewer may see it: the only form in which one leaves the server.

use bytes::Bytes;

use crate::model::{Component, Details, Instant, Item, ItemId, Kept, LayerId, Sort, Visibility};

#[derive(Clone, Debug)]
pub struct VisibleItem {
    item: Item,
    stead: Option<Box<Stead>>,
}

/// What stands in place of what is the item's own.
#[derive(Clone, Debug)]
pub(super) struct Stead {
    pub name: String,
    pub uid: String,
    pub tag: String,
    /// `None`: only the text tells.
    pub size: Option<u64>,
    /// With all its words and all its times.
    pub in_full: bool,
    /// The item itself, but for what the viewer has of their own on it, or for its name.
    pub laid: bool,
    /// When the rendering was made, and when it last changed.
    pub created: Instant,
    pub modified: Instant,
}

impl VisibleItem {
    pub(super) fn whole(item: Item) -> Self {
        Self { item, stead: None }
    }

    /// `item.text` is the rendering already.
    pub(super) fn instead(item: Item, stead: Stead) -> Self {
        Self {
            item,
            stead: Some(Box::new(stead)),
        }
    }

    /// Seen as it was written, but for what is anybody's own on it: only such a one can be written over.
    pub fn is_whole(&self) -> bool {
        self.stead.as_ref().is_none_or(|it| it.laid)
    }

    /// Shown with all its words and times, under whatever name.
    pub fn is_in_full(&self) -> bool {
        self.stead.as_ref().is_none_or(|it| it.in_full)
    }

    pub fn name(&self) -> &str {
        self.stead.as_ref().map_or(&self.item.name, |it| &it.name)
    }

    /// What stands between the quotes of the entity tag; it names the bytes of [`VisibleItem::text`].
    pub fn tag(&self) -> &str {
        self.stead.as_ref().map_or(&self.item.tag, |it| &it.tag)
    }

    pub fn uid(&self) -> &str {
        self.stead
            .as_ref()
            .map_or(self.item.said_uid(), |it| &it.uid)
    }

    pub fn component(&self) -> Component {
        self.item.component
    }

    /// Bytes of the text; `None` where only the text tells, and the question did not ask for it.
    pub fn size(&self) -> Option<u64> {
        self.stead
            .as_ref()
            .map_or(Some(self.item.size), |it| it.size)
    }

    pub fn created(&self) -> Instant {
        self.stead
            .as_ref()
            .map_or(self.item.created, |it| it.created)
    }

    pub fn modified(&self) -> Instant {
        self.stead
            .as_ref()
            .map_or(self.item.modified, |it| it.modified)
    }

    /// What its owner has set of who may see it: for the owner alone to read.
    pub fn kept(&self) -> Kept {
        self.item.face.map(|face| face.kept).unwrap_or_default()
    }

    /// The iCalendar text; `None` when the question did not ask for it.
    pub fn text(&self) -> Option<&Bytes> {
        self.item.text.as_ref()
    }

    /// Of what sort it is, where all of it is shown.
    pub fn sort(&self) -> Sort {
        let shown = self.item.face.filter(|_| self.is_in_full());
        shown.map(|face| face.marks.sort).unwrap_or_default()
    }

    /// Who sees it in place of whom its layer is shown to, and who sees more of it than its time: for the owner alone to read.
    pub fn audience(&self) -> (Option<Visibility>, Details) {
        let marks = self.item.face.map(|face| face.marks).unwrap_or_default();
        (marks.visibility, marks.details)
    }

    pub(crate) fn layer(&self) -> LayerId {
        self.item.layer
    }

    /// Names the resource in tables; tells nothing to a client.
    pub(crate) fn id(&self) -> ItemId {
        self.item.id
    }
}
