//! Before an owner's home: what a viewer is to the owner, and what their device may do.

use super::{Relation, Viewer};
use crate::model::{LayerId, UserId};

/// What a viewer is to an owner, whatever the layer, with the limits of the device that asks.
#[derive(Clone, Debug)]
pub struct Standing {
    relation: Relation,
    read_only: bool,
    layers: Option<Vec<LayerId>>,
}

impl Standing {
    /// `relation` is what a viewer who is not the owner is to them.
    pub fn new(viewer: &Viewer, owner: UserId, relation: Relation) -> Self {
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
                    relation
                },
                read_only: device.read_only,
                layers: device.layers.clone(),
            },
        }
    }

    pub fn relation(&self) -> Relation {
        self.relation
    }

    pub fn is_owner(&self) -> bool {
        self.relation == Relation::Owner
    }

    /// Does the device reach the row at all?
    pub fn reaches(&self, row: LayerId) -> bool {
        self.layers
            .as_ref()
            .is_none_or(|layers| layers.contains(&row))
    }

    /// May new layers be made in the home?
    pub fn may_create_layers(&self) -> bool {
        self.is_owner() && !self.read_only && self.layers.is_none()
    }

    /// May dead properties be set on the home itself?
    pub fn may_write_home(&self) -> bool {
        self.is_owner() && !self.read_only
    }

    pub fn may_write(&self) -> bool {
        !self.read_only
    }
}
