//! Accounts, groups, and the secrets that devices hold.

use super::{Instant, LayerId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppPasswordId(pub i64);

/// `CALDAV:calendar-user-type` (RFC 6638 section 2.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKind {
    Individual,
    Room,
    Resource,
}

/// An account. Its password hash is not here: only `auth` asks the store for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// The name that signs in and stands in URLs; any UTF-8 but control characters and `/`.
    pub name: String,
    pub display_name: String,
    /// Mail addresses, the preferred one first, without `mailto:`.
    pub addresses: Vec<String>,
    pub kind: UserKind,
    pub admin: bool,
    pub disabled: bool,
    /// An IANA zone name, if the account has chosen one.
    pub timezone: Option<String>,
    /// Grows when a credential of this account is changed or withdrawn; remembered credentials of an older epoch are void.
    pub epoch: i64,
    pub created: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub name: String,
    pub display_name: String,
}

/// One secret a device. The secret itself is kept as a hash and shown once.
#[derive(Clone, Debug)]
pub struct AppPassword {
    pub id: AppPasswordId,
    pub user: UserId,
    pub label: String,
    pub created: Instant,
    pub last_used: Option<Instant>,
    pub expires: Option<Instant>,
    pub read_only: bool,
    /// The layers that the device may see; `None` is all of them.
    pub layers: Option<Vec<LayerId>>,
}
