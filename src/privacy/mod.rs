//! Who may see what. A pure function of a relation, a layer and an item: no I/O, no SQL, no clock.
//!
//! [`Lens::disclose`] is the only maker of [`VisibleItem`], and a `VisibleItem` is the only form in which an item
//! leaves the `calendar` room.

mod audience;
mod lens;
pub mod marks;
mod pseudonym;
pub mod rules;
mod standing;
mod visible;

pub use audience::{State, stirs};
pub use lens::{Act, Lens, Livery, Publication, Setting, Sharee};
pub(crate) use lens::{pseudonym, pseudonymous};
pub use pseudonym::Pseudonyms;
pub use rules::{Disclosure, Door, Relation};
pub use standing::Standing;
pub use visible::VisibleItem;

use crate::model::{AppPasswordId, LayerId, UserId};

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

impl Viewer {
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(device) => Some(device.user),
            Self::Anyone => None,
        }
    }
}
