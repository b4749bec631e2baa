//! What the product does, for one viewer, in one transaction. (Seam sketch: bodies to be written.)
#![allow(unused)]

use bytes::Bytes;

use crate::http::EntityTag;
use crate::model::*;
use crate::privacy::{Lens, Viewer, VisibleItem};
pub use crate::store::items::{Need, Scope};
pub use crate::store::properties::Property;
use crate::store::{self, Store, Tx};

/// What a caller did wrong or may not do: part of the contract.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    #[error("there is no such resource")]
    NotFound,
    #[error("sign in first")]
    Unauthenticated,
    #[error("this account or device may not do that")]
    Forbidden { needs: Privilege },
    #[error("the resource has changed since")]
    Stale,
    #[error("another item of this calendar has the same UID: {by}")]
    UidTaken { by: String },
    #[error("the name is taken")]
    Exists,
    #[error("the collection does not exist")]
    NoParent,
    #[error("not iCalendar: line {line}: {reason}")]
    InvalidData { line: usize, reason: String },
    #[error("not a calendar object resource: {0}")]
    InvalidObject(String),
    #[error("this calendar does not take {0}")]
    UnsupportedComponent(&'static str),
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    #[error("more than {0} items, layers or occurrences")]
    TooMany(u64),
    #[error("earlier than {0}")]
    BeforeMinDate(&'static str),
    #[error("later than {0}")]
    AfterMaxDate(&'static str),
    #[error("the quota of this account is used up")]
    OverQuota,
    #[error("the sync token is unknown or too old")]
    TokenExpired,
    #[error("a calendar cannot stand there")]
    BadLocation,
    #[error("not a valid value: {0}")]
    BadValue(String),
}

/// The privileges that a refusal can name (RFC 3744 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    Read,
    Write,
    WriteContent,
    WriteProperties,
    Bind,
    Unbind,
    ReadFreeBusy,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The reply could not be written: its limit is reached, or the spill file's disk is full.
    #[error(transparent)]
    Reply(#[from] std::io::Error),
}
pub type Result<T> = std::result::Result<T, Error>;

/// Limits the operator sets (config.toml `[limits]`), also shown as properties.
#[derive(Clone, Debug)]
pub struct Limits {
    pub max_resource_size: u64,
    pub max_items_per_layer: u64,
    pub max_layers: u64,
    pub quota_bytes: Option<u64>,
    pub max_instances: u64,
    pub max_attendees: u64,
    /// May an account see the names of others (principal searches and principal URLs)?
    pub directory: bool,
}

#[derive(Clone)]
pub struct Calendars {
    pub store: Store,
    pub limits: std::sync::Arc<Limits>,
}

impl Calendars {
    /// Checks that the viewer's credential still stands, then runs `work` on one snapshot.
    pub fn read<T, E: From<Error>>(
        &self,
        viewer: &Viewer,
        work: impl FnMut(&mut Access) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        todo!()
    }
    pub fn write<T, E: From<Error>>(
        &self,
        viewer: &Viewer,
        work: impl FnMut(&mut Access) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        todo!()
    }
}

/// One viewer in one transaction.
pub struct Access<'a, 'c> {
    tx: &'a mut Tx<'c>,
    viewer: &'a Viewer,
    limits: &'a Limits,
}

/// A layer that this viewer is admitted to.
#[derive(Clone, Debug)]
pub struct Collection {
    pub owner: User,
    pub layer: Layer,
    lens: Lens,
}
impl Collection {
    pub fn may(&self, act: crate::privacy::Act) -> bool {
        self.lens.may(act, &self.layer)
    }
    /// Opaque; also the ctag. A URI (Evolution drops tokens without `:` or `/`).
    pub fn token(&self) -> String {
        todo!()
    }
}

/// An account's calendar home as this viewer sees it.
#[derive(Clone, Debug)]
pub struct Home {
    pub owner: User,
    pub layers: Vec<Collection>,
    lens: Lens,
}
impl Home {
    pub fn token(&self) -> String {
        todo!()
    }
    pub fn may_create_layers(&self) -> bool {
        self.lens.may_create_layers()
    }
}

/// What a write asks of what stands there, evaluated under the layer's lock with the tag that this viewer sees.
/// `Ok(false)` becomes [`Refusal::Stale`].
pub type Expect<'e> = &'e dyn Fn(Option<&EntityTag>) -> bool;

pub struct Written {
    pub created: bool,
    pub tag: EntityTag,
}

pub enum Change {
    Written(VisibleItem),
    Gone(String),
}
pub enum HomeChange {
    Written(Collection),
    Gone(String),
}
pub struct Synced {
    pub token: String,
    pub truncated: bool,
}

/// What MKCALENDAR and PROPPATCH may set of a layer; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct LayerPatch {
    pub display_name: Option<String>,
    pub color: Option<Option<String>>,
    pub order: Option<Option<i64>>,
    pub description: Option<Option<String>>,
    /// iCalendar text; checked, and `timezone_id` set from it.
    pub timezone: Option<Option<String>>,
    pub timezone_id: Option<Option<String>>,
    /// Only when the layer is made.
    pub components: Option<Components>,
    pub transparent: Option<bool>,
    pub visibility: Option<Visibility>,
    pub enabled: Option<bool>,
    pub dead: Vec<DeadPatch>,
}
#[derive(Clone, Debug)]
pub enum DeadPatch {
    Set(Property),
    Remove { namespace: String, name: String },
}

/// What dead properties hang on.
pub enum Bearer<'b> {
    Principal(&'b User),
    Home(&'b Home),
    Layer(&'b Collection),
    Item(&'b Collection, &'b VisibleItem),
}

impl Access<'_, '_> {
    pub fn viewer(&self) -> &Viewer {
        self.viewer
    }
    pub fn limits(&self) -> &Limits {
        self.limits
    }
    /// The account that asks; `Unauthenticated` for nobody.
    pub fn me(&mut self) -> Result<User> {
        todo!()
    }
    /// An account that this viewer may know of.
    pub fn principal(&mut self, name: &str) -> Result<User> {
        todo!()
    }
    pub fn principals(&mut self) -> Result<Vec<User>> {
        todo!()
    }
    pub fn group(&mut self, name: &str) -> Result<Group> {
        todo!()
    }
    pub fn groups(&mut self) -> Result<Vec<Group>> {
        todo!()
    }
    pub fn groups_of(&mut self, user: &User) -> Result<Vec<Group>> {
        todo!()
    }
    pub fn members(&mut self, group: &Group) -> Result<Vec<User>> {
        todo!()
    }

    pub fn home(&mut self, owner: &str) -> Result<Home> {
        todo!()
    }
    pub fn collection(&mut self, owner: &str, layer: &str) -> Result<Collection> {
        todo!()
    }
    /// `(used, available)` bytes (RFC 4331).
    pub fn quota(&mut self, owner: &User) -> Result<(u64, Option<u64>)> {
        todo!()
    }

    pub fn get(&mut self, of: &Collection, name: &str, need: Need) -> Result<VisibleItem> {
        todo!()
    }
    pub fn each<E: From<Error>>(
        &mut self,
        of: &Collection,
        scope: Scope,
        need: Need,
        visit: &mut dyn FnMut(VisibleItem) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        todo!()
    }
    /// Changes since a token (`None`: everything there is), at most `at_most`.
    pub fn since<E: From<Error>>(
        &mut self,
        of: &Collection,
        token: Option<&str>,
        at_most: usize,
        need: Need,
        visit: &mut dyn FnMut(Change) -> std::result::Result<(), E>,
    ) -> std::result::Result<Synced, E> {
        todo!()
    }
    pub fn home_since<E: From<Error>>(
        &mut self,
        of: &Home,
        token: Option<&str>,
        at_most: usize,
        visit: &mut dyn FnMut(HomeChange) -> std::result::Result<(), E>,
    ) -> std::result::Result<Synced, E> {
        todo!()
    }

    pub fn put(
        &mut self,
        into: &Collection,
        name: &str,
        text: &Bytes,
        expect: Expect,
    ) -> Result<Written> {
        todo!()
    }
    pub fn delete(&mut self, from: &Collection, name: &str, expect: Expect) -> Result<()> {
        todo!()
    }
    /// Dead properties go along; MOVE keeps the creation time. `overwrite` false and a taken name: `Stale`.
    pub fn copy(
        &mut self,
        from: &Collection,
        name: &str,
        into: &Collection,
        new_name: &str,
        overwrite: bool,
        expect: Expect,
    ) -> Result<Written> {
        todo!()
    }
    pub fn r#move(
        &mut self,
        from: &Collection,
        name: &str,
        into: &Collection,
        new_name: &str,
        overwrite: bool,
        expect: Expect,
    ) -> Result<Written> {
        todo!()
    }

    pub fn create_layer(
        &mut self,
        home: &Home,
        name: &str,
        patch: &LayerPatch,
    ) -> Result<Collection> {
        todo!()
    }
    pub fn patch_layer(&mut self, layer: &Collection, patch: &LayerPatch) -> Result<()> {
        todo!()
    }
    pub fn delete_layer(&mut self, layer: &Collection) -> Result<()> {
        todo!()
    }
    /// MOVE of a calendar inside its home, items and change history with it.
    pub fn rename_layer(&mut self, layer: &Collection, new_name: &str) -> Result<()> {
        todo!()
    }
    /// COPY of a calendar inside its home, with its items (Depth infinity) or empty (Depth 0).
    pub fn copy_layer(
        &mut self,
        layer: &Collection,
        new_name: &str,
        with_items: bool,
    ) -> Result<Collection> {
        todo!()
    }

    pub fn dead_properties(&mut self, of: &Bearer) -> Result<Vec<Property>> {
        todo!()
    }
    /// False lets a listing skip the question for every item.
    pub fn items_have_dead_properties(&mut self, of: &Collection) -> Result<bool> {
        todo!()
    }
    pub fn patch_dead_properties(&mut self, of: &Bearer, patches: &[DeadPatch]) -> Result<()> {
        todo!()
    }
    pub fn set_display_name(&mut self, of: &User, name: &str) -> Result<()> {
        todo!()
    }
}
