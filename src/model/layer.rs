//! A layer: one calendar collection.

use super::{Alarms, Instant, SystemKind, UserId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub i64);

/// Where a layer's items come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    User,
    System,
    External,
    View,
}

/// A share that somebody has been given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShareId(pub i64);

/// A calendar in which several people's items come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ViewId(pub i64);

/// What a layer shows instead of items of its own. The row is its viewer's: name, colour and order are theirs to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mount {
    Share(ShareId),
    /// All that a friend lets through.
    Friend(UserId),
    View(ViewId),
    /// Single items that friends have handed to this account, which is the row's owner.
    Handed(UserId),
}

impl LayerKind {
    pub const ALL: [Self; 4] = [Self::User, Self::System, Self::External, Self::View];

    /// The word in the database, in properties and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
            Self::External => "external",
            Self::View => "view",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Ordered from the narrowest to the widest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Visibility {
    #[default]
    Private,
    Friends,
    Public,
}

impl Visibility {
    /// The word in the database, in a layer's property and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Friends => "friends",
            Self::Public => "public",
        }
    }
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Visibilities(u8);

impl Visibilities {
    pub const ALL: Self = Self(0b111);

    #[must_use]
    pub fn and(self, visibility: Visibility) -> Self {
        Self(self.0 | 1 << visibility as u8)
    }

    pub fn contains(self, visibility: Visibility) -> bool {
        self.0 & (1 << visibility as u8) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn bits(self) -> u8 {
        self.0
    }
}

/// What a calendar object resource is made of (RFC 4791 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Component {
    Event,
    Todo,
    Journal,
    FreeBusy,
    Availability,
}

impl Component {
    pub const ALL: [Self; 5] = [
        Self::Event,
        Self::Todo,
        Self::Journal,
        Self::FreeBusy,
        Self::Availability,
    ];

    /// The name in iCalendar.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "VEVENT",
            Self::Todo => "VTODO",
            Self::Journal => "VJOURNAL",
            Self::FreeBusy => "VFREEBUSY",
            Self::Availability => "VAVAILABILITY",
        }
    }

    /// Component names are case-insensitive (RFC 5545 section 1.2).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|component| component.name().eq_ignore_ascii_case(name))
    }
}

/// The set of `CALDAV:supported-calendar-component-set`, in the order of [`Component::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Components(u8);

impl Components {
    /// What a new collection takes when its maker names nothing.
    pub const USUAL: Self = Self(0b00111);

    pub fn of(components: impl IntoIterator<Item = Component>) -> Self {
        Self(
            components
                .into_iter()
                .fold(0, |bits, component| bits | 1 << component as u8),
        )
    }

    pub fn contains(self, component: Component) -> bool {
        self.0 & (1 << component as u8) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Component> {
        Component::ALL
            .into_iter()
            .filter(move |component| self.contains(*component))
    }

    /// `VEVENT,VTODO`, as the database and the command line write it.
    pub fn to_text(self) -> String {
        self.iter()
            .map(Component::name)
            .collect::<Vec<_>>()
            .join(",")
    }

    /// The reverse of [`Components::to_text`]; `None` names an unknown component or nothing at all.
    pub fn from_text(text: &str) -> Option<Self> {
        let components = text
            .split(',')
            .map(|name| Component::named(name.trim()))
            .collect::<Option<Vec<_>>>()?;
        (!components.is_empty()).then(|| Self::of(components))
    }
}

/// Tells a layer from all others there ever were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    pub layer: LayerId,
    pub epoch: i64,
}

#[derive(Clone, Debug)]
pub struct Layer {
    pub id: LayerId,
    pub owner: UserId,
    /// The name in the URL, chosen by its maker.
    pub name: String,
    pub kind: LayerKind,
    pub display_name: String,
    /// As the client wrote it, `#RRGGBB` or `#RRGGBBAA`.
    pub color: Option<String>,
    /// `calendar-order`.
    pub order: Option<i64>,
    pub visibility: Visibility,
    pub enabled: bool,
    pub description: Option<String>,
    /// `CALDAV:calendar-timezone`: iCalendar text with one VTIMEZONE, as the client wrote it.
    pub timezone: Option<String>,
    /// `CALDAV:calendar-timezone-id` (RFC 7809 section 5.2).
    pub timezone_id: Option<String>,
    pub components: Components,
    /// `CALDAV:schedule-calendar-transp` is `transparent` (RFC 6638 section 9.1).
    pub transparent: bool,
    pub created: Instant,
    /// The number of the last change to an item; the ctag and the sync token come from it.
    pub number: i64,
    /// Counts changes to the layer's own properties.
    pub revision: i64,
    /// What it shows instead of items of its own.
    pub mount: Option<Mount>,
    /// Which alarms its items have, where it shows what somebody has shared.
    pub alarms: Alarms,
    /// Of a layer of the system: what it shows.
    pub system: Option<SystemKind>,
    /// Counts changes to the rules by which others see the layer.
    pub rules: i64,
    /// Has it ever been shared? Then it is kept what delegates see.
    pub shared: bool,
    /// Drawn at random when the layer is made: a token of another incarnation under the same number is refused.
    pub epoch: i64,
}

impl Layer {
    pub fn birth(&self) -> Birth {
        Birth {
            layer: self.id,
            epoch: self.epoch,
        }
    }
}
