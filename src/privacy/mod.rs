//! Who may see what. A pure function of a relation, a layer and an item: no I/O, no SQL, no clock.
//!
//! [`Lens::disclose`] is the only maker of [`VisibleItem`], and a `VisibleItem` is the only form in which an item
//! leaves the `calendar` room.

pub mod marks;
pub mod rules;

use bytes::Bytes;

use crate::model::{AppPasswordId, Component, Instant, Item, Layer, LayerId, Span, UserId};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    User(Device),
    /// Nobody has said who they are.
    Anyone,
}

/// An account on one device: what the credential that it showed lets it do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub user: UserId,
    /// The credential epoch of the account when the credential was verified; checked again in every transaction.
    pub epoch: i64,
    pub app_password: Option<AppPasswordId>,
    pub read_only: bool,
    /// `None`: all layers.
    pub layers: Option<Vec<LayerId>>,
}

/// What a viewer is to an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Owner,
    Account,
    Anonymous,
}

/// What someone wants to do to a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Read,
    WriteItems,
    WriteProperties,
    Delete,
}

/// The rules for one viewer on one owner's layers.
#[derive(Clone, Debug)]
pub struct Lens {
    relation: Relation,
    read_only: bool,
    layers: Option<Vec<LayerId>>,
}

impl Lens {
    pub fn new(viewer: &Viewer, owner: UserId) -> Self {
        match viewer {
            Viewer::Anyone => Self {
                relation: Relation::Anonymous,
                read_only: true,
                layers: None,
            },
            Viewer::User(device) => Self {
                relation: if device.user == owner {
                    Relation::Owner
                } else {
                    Relation::Account
                },
                read_only: device.read_only,
                layers: device.layers.clone(),
            },
        }
    }

    pub fn relation(&self) -> Relation {
        self.relation
    }

    /// May the owner's calendar home be known to exist?
    pub fn admits_home(&self) -> bool {
        self.relation == Relation::Owner
    }

    /// May the layer be known to exist?
    pub fn admits(&self, layer: LayerId) -> bool {
        self.admits_home()
            && self
                .layers
                .as_ref()
                .is_none_or(|layers| layers.contains(&layer))
    }

    /// May new layers be made in the home?
    pub fn may_create_layers(&self) -> bool {
        self.admits_home() && !self.read_only && self.layers.is_none()
    }

    /// May dead properties be set on the home itself?
    pub fn may_write_home(&self) -> bool {
        self.admits_home() && !self.read_only
    }

    pub fn may(&self, act: Act, layer: &Layer) -> bool {
        self.admits(layer.id)
            && match act {
                Act::Read => true,
                Act::WriteItems | Act::WriteProperties => !self.read_only,
                Act::Delete => self.may_create_layers(),
            }
    }

    /// The item as the viewer may see it; `None`: it is not there for them.
    pub fn disclose(&self, item: Item) -> Option<VisibleItem> {
        self.admits(item.layer).then_some(VisibleItem { item })
    }
}

/// An item as one viewer may see it.
#[derive(Clone, Debug)]
pub struct VisibleItem {
    item: Item,
}

impl VisibleItem {
    pub fn name(&self) -> &str {
        &self.item.name
    }

    /// What stands between the quotes of the entity tag; it names the bytes of [`VisibleItem::text`].
    pub fn tag(&self) -> &str {
        &self.item.tag
    }

    pub fn uid(&self) -> &str {
        &self.item.uid
    }

    pub fn component(&self) -> Component {
        self.item.component
    }

    /// Bytes of the text.
    pub fn size(&self) -> u64 {
        self.item.size
    }

    pub fn span(&self) -> Span {
        self.item.span
    }

    pub fn created(&self) -> Instant {
        self.item.created
    }

    pub fn modified(&self) -> Instant {
        self.item.modified
    }

    /// The iCalendar text; `None` when the question did not ask for it.
    pub fn text(&self) -> Option<&Bytes> {
        self.item.text.as_ref()
    }

    /// Names the resource in dead-property tables; tells nothing to a client.
    pub(crate) fn id(&self) -> crate::model::ItemId {
        self.item.id
    }
}
