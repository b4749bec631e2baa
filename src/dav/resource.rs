//! What stands at a target: the kinds of resources there are, and the resource itself as one viewer sees it.

use super::error::Result;
use super::path::Target;
use super::sharing;
use super::trash::Lying;
use crate::calendar::{Access, Collection, Former, Home, Need, Refusal, Told, Trash};
use crate::http::EntityTag;
use crate::model::{Circle, Group, User};
use crate::privacy::{Relation, VisibleItem};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Server,
    Root,
    Principals,
    Users,
    User,
    Groups,
    Group,
    Homes,
    Home,
    Layer,
    Item,
    /// The friends of an account.
    Friends,
    /// Who acts for an account.
    Proxies,
    /// The trash, and the folders of the past in it.
    Trash,
    /// An item in the trash.
    Deleted,
    DeletedLayer,
    /// An item of a deleted layer, or an earlier version of one.
    Former,
    /// What an account is told.
    Notifications,
    Notification,
}

pub fn circle_kind(circle: Circle) -> Kind {
    match circle {
        Circle::Friends => Kind::Friends,
        Circle::Proxies { .. } => Kind::Proxies,
    }
}

/// A set of kinds: the column of every table in this room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(0x7ffff);
    pub const LAYER: Self = Self::of(Kind::Layer);
    pub const ITEM: Self = Self::of(Kind::Item);
    pub const TRASH: Self = Self::of(Kind::Trash);
    pub const DELETED: Self = Self::of(Kind::Deleted);
    pub const DELETED_LAYER: Self = Self::of(Kind::DeletedLayer);
    pub const FORMER: Self = Self::of(Kind::Former);
    pub const IN_TRASH: Self = Self::TRASH
        .and(Self::DELETED)
        .and(Self::DELETED_LAYER)
        .and(Self::FORMER);
    /// What has a text.
    pub const OBJECT: Self = Self::ITEM.and(Self::DELETED).and(Self::FORMER);
    pub const HOME: Self = Self::of(Kind::Home);
    pub const USER: Self = Self::of(Kind::User);
    pub const GROUP: Self = Self::of(Kind::Group);
    pub const PROXIES: Self = Self::of(Kind::Proxies);
    pub const CIRCLES: Self = Self::PROXIES.and(Self::of(Kind::Friends));
    pub const PRINCIPAL: Self = Self::USER.and(Self::GROUP).and(Self::CIRCLES);
    /// Collections that only hold others.
    pub const FOLDERS: Self = Self::of(Kind::Server)
        .and(Self::of(Kind::Root))
        .and(Self::of(Kind::Principals))
        .and(Self::of(Kind::Users))
        .and(Self::of(Kind::Groups))
        .and(Self::of(Kind::Homes));
    /// Where principals are searched for.
    pub const PRINCIPAL_FOLDERS: Self = Self::of(Kind::Principals)
        .and(Self::of(Kind::Users))
        .and(Self::of(Kind::Groups));
    pub const NOTIFICATIONS: Self = Self::of(Kind::Notifications);
    pub const NOTIFICATION: Self = Self::of(Kind::Notification);
    /// What contains nothing.
    pub const LEAVES: Self = Self::OBJECT.and(Self::NOTIFICATION);
    pub const COLLECTIONS: Self = Self(Self::ALL.0 & !Self::LEAVES.0);

    pub const fn of(kind: Kind) -> Self {
        Self(1 << kind as u32)
    }

    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u32) != 0
    }
}

/// What was found at a target.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one a request")]
pub enum Found {
    Folder(Kind),
    User(User),
    Circle(User, Circle),
    Group(Group),
    Home(Home),
    Layer(Collection),
    Item(Collection, VisibleItem),
    Trash(Trash, Lying),
    Notifications(User, Vec<Told>),
    Notification(User, Told),
}

/// The tag of a calendar as one stream. Weak: two streams of one state may differ in their bytes.
pub fn layer_tag(collection: &Collection) -> EntityTag {
    EntityTag {
        weak: true,
        opaque: collection.state(),
    }
}

/// The same, borrowed: what properties are read from.
#[derive(Clone, Copy)]
pub enum Resource<'r> {
    Folder(Kind),
    User(&'r User),
    Circle(&'r User, Circle),
    Group(&'r Group),
    Home(&'r Home),
    Layer(&'r Collection),
    Item(&'r Collection, &'r VisibleItem),
    Trash(&'r Trash, &'r Lying),
    Notifications(&'r User, &'r [Told]),
    Notification(&'r User, &'r Told),
}

impl Found {
    /// Looks a target up. Folders are there for everyone who has signed in.
    pub fn at(target: &Target, access: &mut Access, need: Need) -> Result<Self> {
        Ok(match target {
            Target::Server => Self::Folder(Kind::Server),
            Target::Root => Self::Folder(Kind::Root),
            Target::Principals => Self::Folder(Kind::Principals),
            Target::Users => Self::Folder(Kind::Users),
            Target::Groups => Self::Folder(Kind::Groups),
            Target::Homes => Self::Folder(Kind::Homes),
            Target::User(name) => Self::User(access.principal(name)?),
            Target::Circle { owner, circle } => {
                Self::Circle(access.circle(owner, *circle)?, *circle)
            }
            Target::Group(name) => Self::Group(access.group(name)?),
            Target::Home(owner) => Self::Home(access.home(owner)?),
            Target::Layer { owner, layer } => Self::Layer(access.collection(owner, layer)?),
            Target::Item { owner, layer, name } => {
                let collection = access.collection(owner, layer)?;
                let item = access.get(&collection, name, need)?;
                Self::Item(collection, item)
            }
            Target::Trash { owner, place } => {
                let trash = access.trash(owner)?;
                let lying = Lying::at(access, &trash, place, need)?;
                Self::Trash(trash, lying)
            }
            Target::Notifications(owner) => {
                let (owner, told) = access.notifications(owner)?;
                Self::Notifications(owner, told)
            }
            Target::Notification { owner, name } => {
                let (owner, told) = access.notification(owner, sharing::numbered(name))?;
                Self::Notification(owner, told)
            }
            Target::Deep { .. } | Target::Nowhere => return Err(Refusal::NotFound.into()),
        })
    }

    pub fn borrow(&self) -> Resource<'_> {
        match self {
            Self::Folder(kind) => Resource::Folder(*kind),
            Self::User(user) => Resource::User(user),
            Self::Circle(owner, circle) => Resource::Circle(owner, *circle),
            Self::Group(group) => Resource::Group(group),
            Self::Home(home) => Resource::Home(home),
            Self::Layer(collection) => Resource::Layer(collection),
            Self::Item(collection, item) => Resource::Item(collection, item),
            Self::Trash(trash, lying) => Resource::Trash(trash, lying),
            Self::Notifications(owner, told) => Resource::Notifications(owner, told),
            Self::Notification(owner, told) => Resource::Notification(owner, told),
        }
    }
}

impl<'r> Resource<'r> {
    pub fn kind(self) -> Kind {
        match self {
            Self::Folder(kind) => kind,
            Self::User(_) => Kind::User,
            Self::Circle(_, circle) => circle_kind(circle),
            Self::Group(_) => Kind::Group,
            Self::Home(_) => Kind::Home,
            Self::Layer(_) => Kind::Layer,
            Self::Item(..) => Kind::Item,
            Self::Trash(_, lying) => lying.kind(),
            Self::Notifications(..) => Kind::Notifications,
            Self::Notification(..) => Kind::Notification,
        }
    }

    /// The layer itself, not that of an item.
    pub fn layer(self) -> Option<&'r Collection> {
        match self {
            Self::Layer(collection) => Some(collection),
            _ => None,
        }
    }

    pub fn item(self) -> Option<&'r VisibleItem> {
        match self {
            Self::Item(_, item) => Some(item),
            Self::Trash(..) => self.former().map(|former| &former.item),
            _ => None,
        }
    }

    /// What lies in the trash there.
    pub fn lying(self) -> Option<&'r Lying> {
        match self {
            Self::Trash(_, lying) => Some(lying),
            _ => None,
        }
    }

    pub fn former(self) -> Option<&'r Former> {
        self.lying().and_then(Lying::former)
    }

    pub fn user(self) -> Option<&'r User> {
        match self {
            Self::User(user) => Some(user),
            _ => None,
        }
    }

    /// Does it stand in the viewer's own home? What an owner sets for themselves is told to nobody else.
    pub fn is_own(self) -> bool {
        match self {
            Self::Home(home) => home.relation() == Relation::Owner,
            Self::Layer(collection) | Self::Item(collection, _) => {
                collection.relation() == Relation::Owner
            }
            Self::Trash(..) | Self::Notifications(..) | Self::Notification(..) => true,
            Self::Folder(_) | Self::User(_) | Self::Circle(..) | Self::Group(_) => false,
        }
    }

    /// Whose it is, where it is somebody's.
    pub fn owner(self) -> Option<&'r User> {
        match self {
            Self::User(user) | Self::Circle(user, _) => Some(user),
            Self::Home(home) => Some(&home.owner),
            Self::Layer(collection) | Self::Item(collection, _) => Some(&collection.owner),
            Self::Trash(trash, _) => Some(trash.owner()),
            Self::Notifications(user, _) | Self::Notification(user, _) => Some(user),
            Self::Folder(_) | Self::Group(_) => None,
        }
    }
}
