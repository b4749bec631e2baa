//! Viewers who see the same of every item.

/// What a class sees is decided by the rules alone, so that changes are noted once for all of its viewers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Those with whom the owner shared the layer.
    Delegate,
    /// The same in a shared view that includes everything.
    DelegateView,
    /// The same in one that leaves something out. What is left out counts too, as they may read it in the layer.
    DelegatePart,
    Friend,
    /// Friends in a friend view, or in a shared view that includes all that friends may see.
    FriendView,
    /// Friends in a shared view that of it includes what is public, or what is for friends, or no more than bars.
    FriendViewPublic,
    FriendViewFriends,
    FriendViewBars,
    /// Anybody else.
    Public,
    /// Anybody else in a shared view.
    PublicView,
}

impl Class {
    pub const ALL: [Self; 10] = [
        Self::Delegate,
        Self::DelegateView,
        Self::DelegatePart,
        Self::Friend,
        Self::FriendView,
        Self::FriendViewPublic,
        Self::FriendViewFriends,
        Self::FriendViewBars,
        Self::Public,
        Self::PublicView,
    ];

    /// For a column of the database: never to be renumbered.
    pub fn code(self) -> i64 {
        match self {
            Self::Delegate => 1,
            Self::Friend => 2,
            Self::FriendView => 3,
            Self::Public => 4,
            Self::PublicView => 5,
            Self::DelegateView => 6,
            Self::DelegatePart => 7,
            Self::FriendViewPublic => 8,
            Self::FriendViewFriends => 9,
            Self::FriendViewBars => 10,
        }
    }
}

/// How an item stands before a class of viewers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Not,
    /// Under a pseudonym.
    Masked,
    /// Under its own name.
    Whole,
}

/// What a change to an item is for one class that sees a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stir {
    pub class: Class,
    pub was: Shown,
    pub is: Shown,
}
