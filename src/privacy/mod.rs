//! Who may see what. A pure function of a relation, a layer and an item: no I/O, no SQL, no clock.
//!
//! [`Lens::disclose`] is the only maker of [`VisibleItem`], and a `VisibleItem` is the only form in which an item
//! leaves the `calendar` room.

mod audience;
mod handle;
mod lens;
pub mod marks;
mod pseudonym;
pub mod rules;
mod standing;
mod visible;

pub use audience::{State, stirs};
pub use handle::{Handles, Numbered};
pub use lens::{Act, Lens, Livery, Publication, Setting, Sharee, Texts};
pub(crate) use lens::{pseudonym, pseudonymous};
pub use pseudonym::Pseudonyms;
pub use rules::{Disclosure, Door, Relation};
pub use standing::Standing;
pub use visible::VisibleItem;

use crate::model::{AppPasswordId, HeldToken, LayerId, Scope, Scopes, UserId};

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
    /// A program's, which opens the JSON API alone.
    pub token: Option<HeldToken>,
    pub read_only: bool,
    /// `None`: all layers.
    pub layers: Option<Vec<LayerId>>,
}

impl Device {
    /// What an account's own password opens: everything.
    pub fn of_account(user: UserId, epoch: i64) -> Self {
        Self {
            user,
            epoch,
            app_password: None,
            token: None,
            read_only: false,
            layers: None,
        }
    }

    /// What a program that holds this token is let do. One that may not read reaches no layer at all, whatever it asks.
    pub fn of_token(user: UserId, epoch: i64, token: HeldToken) -> Self {
        Self {
            user,
            epoch,
            app_password: None,
            token: Some(token),
            read_only: !token.scopes.contains(Scope::Write),
            layers: (!token.scopes.contains(Scope::Read)).then(Vec::new),
        }
    }

    /// What the credential is good for. The account's own password opens everything that the account may do.
    pub fn scopes(&self) -> Scopes {
        match (&self.token, self.app_password, self.read_only) {
            (Some(token), _, _) => token.scopes,
            (None, _, true) => Scopes::of([Scope::Read]),
            (None, Some(_), false) => Scopes::of([Scope::Write]),
            (None, None, false) => Scopes::of(Scope::ALL),
        }
    }
}

impl Viewer {
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(device) => Some(device.user),
            Self::Anyone => None,
        }
    }
}
