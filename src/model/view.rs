//! A shared view: one calendar in which the layers of several people come together.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Instant, SystemKind, UserId, ViewId, ViewLinkId, Visibilities, Visibility};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub id: ViewId,
    pub owner: UserId,
    pub name: String,
    pub description: Option<String>,
    pub mode: ViewMode,
    pub includes: Includes,
    pub created: Instant,
    pub updated: Instant,
}

/// Whose layers it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewMode {
    /// Of those who have accepted an invitation.
    Manual,
    /// Of every account of some groups, whoever they are by then, and of these no layer but the system's.
    RoleBased,
}

/// A sort of layers that a view may include.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Included {
    Shifts,
    Tickets,
    Polls,
    PublicEvents,
    PersonalPublic,
    PersonalFriends,
    Personal,
    External,
    /// What the platform keeps of any other kind.
    Kind(SystemKind),
}

impl Included {
    /// Those that have a name whatever the platform keeps.
    pub const NAMED: [Self; 8] = [
        Self::Shifts,
        Self::Tickets,
        Self::Polls,
        Self::PublicEvents,
        Self::PersonalPublic,
        Self::PersonalFriends,
        Self::Personal,
        Self::External,
    ];

    /// The word in the database and on the command line; of the system's, the name of the layer.
    pub fn word(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Shifts => "shifts",
            Self::Tickets => "tickets",
            Self::Polls => "polls",
            Self::PublicEvents => "public-events",
            Self::PersonalPublic => "personal-public",
            Self::PersonalFriends => "personal-friends",
            Self::Personal => "personal",
            Self::External => "external",
            Self::Kind(kind) => return Cow::Owned(kind.segment()),
        })
    }

    /// A kind also in its own spelling. Whether the platform keeps anything of it is asked where it is written.
    pub fn named(word: &str) -> Option<Self> {
        let segment = word.replace('_', "-");
        let named = Self::NAMED.into_iter().find(|sort| sort.word() == segment);
        named.or_else(|| SystemKind::named(&segment.replace('-', "_")).map(Self::Kind))
    }

    /// Layers of a kind. `None`: its name is that of a sort that is no platform's.
    pub fn of_kind(kind: &SystemKind) -> Option<Self> {
        Self::named(&kind.segment()).filter(Self::is_system)
    }

    /// Is it filled by the system?
    pub fn is_system(&self) -> bool {
        matches!(
            self,
            Self::Shifts | Self::Tickets | Self::Polls | Self::PublicEvents | Self::Kind(_)
        )
    }
}

/// A set of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Includes {
    /// Of those that are named, by their places.
    named: u16,
    kinds: BTreeSet<SystemKind>,
}

impl Includes {
    pub fn of(sorts: impl IntoIterator<Item = Included>) -> Self {
        let mut set = Self::default();
        for sort in sorts {
            match (place(&sort), sort) {
                (Some(place), _) => set.named |= 1 << place,
                (None, Included::Kind(kind)) => {
                    set.kinds.insert(kind);
                }
                (None, _) => {}
            }
        }
        set
    }

    /// What a view of people shows when its maker says no more.
    pub fn usual() -> Self {
        let rare = [Included::Personal, Included::External];
        Self::of(
            Included::NAMED
                .into_iter()
                .filter(|sort| !rare.contains(sort)),
        )
    }

    /// The same for a role-based view.
    pub fn of_roles() -> Self {
        Self::of([Included::Shifts, Included::Tickets, Included::Polls])
    }

    pub fn contains(&self, sort: &Included) -> bool {
        match (place(sort), sort) {
            (Some(place), _) => self.named & (1 << place) != 0,
            (None, Included::Kind(kind)) => self.kinds.contains(kind),
            (None, _) => false,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Included> {
        let named = Included::NAMED
            .into_iter()
            .filter(|sort| self.contains(sort));
        named.chain(self.kinds().cloned().map(Included::Kind))
    }

    /// Kinds beside those that have a name anyway.
    pub fn kinds(&self) -> impl Iterator<Item = &SystemKind> {
        self.kinds.iter()
    }

    #[must_use]
    pub fn only(&self, keep: impl Fn(&Included) -> bool) -> Self {
        Self::of(self.iter().filter(keep))
    }

    /// Items of which visibilities belong to its personal sorts.
    pub fn visibilities(&self) -> Visibilities {
        [
            (Included::PersonalPublic, Visibility::Public),
            (Included::PersonalFriends, Visibility::Friends),
            (Included::Personal, Visibility::Private),
        ]
        .into_iter()
        .filter(|(sort, _)| self.contains(sort))
        .fold(Visibilities::default(), |set, (_, visibility)| {
            set.and(visibility)
        })
    }

    /// Words with commas between, as the database and the command line have them.
    pub fn to_text(&self) -> String {
        self.iter()
            .map(|sort| sort.word())
            .collect::<Vec<_>>()
            .join(",")
    }

    /// The reverse of [`Includes::to_text`]; `None`: a word that can be none.
    pub fn from_text(text: &str) -> Option<Self> {
        let words = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        Some(Self::of(
            words.map(Included::named).collect::<Option<Vec<_>>>()?,
        ))
    }
}

/// `None`: it has no name of its own.
fn place(sort: &Included) -> Option<usize> {
    Included::NAMED.iter().position(|named| named == sort)
}

/// How far somebody has come with a view. Only who has accepted sees it, and is seen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    Invited,
    Accepted,
    Declined,
    Left,
}

impl MemberState {
    pub const ALL: [Self; 4] = [Self::Invited, Self::Accepted, Self::Declined, Self::Left];

    pub fn word(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Left => "left",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewMember {
    pub user: UserId,
    pub state: MemberState,
    /// In the order of joining, which the colour comes from; kept by who leaves and comes back.
    pub place: Option<i64>,
    /// The member's own choice.
    pub color: Option<String>,
    /// To which of the personal and external layers, as far as the view includes them.
    pub consent: Includes,
    /// May the view's link show strangers what the member shows to everyone?
    pub open: bool,
    /// When the state last changed.
    pub at: Instant,
}

/// A link that shows a view to whoever holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewLink {
    pub id: ViewLinkId,
    pub view: ViewId,
    /// Of the view.
    pub owner: UserId,
    pub created: Instant,
    pub last_used: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        let kind = |name: &str| Included::Kind(SystemKind::named(name).expect("a kind"));
        for includes in [
            Includes::default(),
            Includes::usual(),
            Includes::of(Included::NAMED),
            Includes::of([kind("interviews"), kind("follow_ups"), Included::Shifts]),
        ] {
            assert_eq!(Includes::from_text(&includes.to_text()), Some(includes));
        }
        assert_eq!(Includes::from_text("shifts,Secrets"), None);
        let text = Includes::usual().to_text();
        assert_eq!(
            text,
            "shifts,tickets,polls,public-events,personal-public,personal-friends"
        );
        let both = Includes::from_text("follow_ups,follow-ups,public_events");
        assert_eq!(
            both.map(|it| it.to_text()).as_deref(),
            Some("public-events,follow-ups")
        );
    }

    #[test]
    fn a_kind_is_never_personal() {
        for name in [
            "personal",
            "personal_public",
            "personal_friends",
            "external",
        ] {
            let kind = SystemKind::named(name).expect("a kind");
            assert_eq!(Included::of_kind(&kind), None, "{name}");
        }
        for name in ["shifts", "public_events", "interviews"] {
            let kind = SystemKind::named(name).expect("a kind");
            assert!(
                Included::of_kind(&kind).is_some_and(|sort| sort.is_system()),
                "{name}"
            );
        }
    }
}
