//! A shared view: one calendar in which the layers of several people come together.

use super::{Instant, UserId, ViewId, Visibilities, Visibility};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Included {
    Shifts,
    Tickets,
    Polls,
    PublicEvents,
    PersonalPublic,
    PersonalFriends,
    Personal,
    External,
}

impl Included {
    pub const ALL: [Self; 8] = [
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
    pub fn word(self) -> &'static str {
        match self {
            Self::Shifts => "shifts",
            Self::Tickets => "tickets",
            Self::Polls => "polls",
            Self::PublicEvents => "public-events",
            Self::PersonalPublic => "personal-public",
            Self::PersonalFriends => "personal-friends",
            Self::Personal => "personal",
            Self::External => "external",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.word() == word)
    }

    /// Is it filled by the system?
    pub fn is_system(self) -> bool {
        matches!(
            self,
            Self::Shifts | Self::Tickets | Self::Polls | Self::PublicEvents
        )
    }
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Includes(u16);

impl Includes {
    pub fn of(sorts: impl IntoIterator<Item = Included>) -> Self {
        Self(
            sorts
                .into_iter()
                .fold(0, |bits, sort| bits | 1 << sort as u16),
        )
    }

    /// What a view of people shows when its maker says no more.
    pub fn usual() -> Self {
        let rare = [Included::Personal, Included::External];
        Self::of(
            Included::ALL
                .into_iter()
                .filter(|sort| !rare.contains(sort)),
        )
    }

    /// The same for a role-based view.
    pub fn of_roles() -> Self {
        Self::of([Included::Shifts, Included::Tickets, Included::Polls])
    }

    pub fn contains(self, sort: Included) -> bool {
        self.0 & (1 << sort as u16) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Included> {
        Included::ALL
            .into_iter()
            .filter(move |sort| self.contains(*sort))
    }

    #[must_use]
    pub fn only(self, keep: impl Fn(Included) -> bool) -> Self {
        Self::of(self.iter().filter(|sort| keep(*sort)))
    }

    /// Items of which visibilities belong to its personal sorts.
    pub fn visibilities(self) -> Visibilities {
        [
            (Included::PersonalPublic, Visibility::Public),
            (Included::PersonalFriends, Visibility::Friends),
            (Included::Personal, Visibility::Private),
        ]
        .into_iter()
        .filter(|(sort, _)| self.contains(*sort))
        .fold(Visibilities::default(), |set, (_, visibility)| {
            set.and(visibility)
        })
    }

    /// Words with commas between, as the database and the command line have them.
    pub fn to_text(self) -> String {
        self.iter()
            .map(Included::word)
            .collect::<Vec<_>>()
            .join(",")
    }

    /// The reverse of [`Includes::to_text`]; `None`: an unknown word.
    pub fn from_text(text: &str) -> Option<Self> {
        let words = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        Some(Self::of(
            words.map(Included::named).collect::<Option<Vec<_>>>()?,
        ))
    }
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
    /// When the state last changed.
    pub at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for includes in [
            Includes::default(),
            Includes::usual(),
            Includes::of(Included::ALL),
        ] {
            assert_eq!(Includes::from_text(&includes.to_text()), Some(includes));
        }
        assert_eq!(Includes::from_text("shifts,secrets"), None);
        let text = Includes::usual().to_text();
        assert_eq!(
            text,
            "shifts,tickets,polls,public-events,personal-public,personal-friends"
        );
    }
}
