//! Viewers who see the same of every item.

/// What a class sees is decided by the rules alone, so that changes are noted once for all of its viewers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Those with whom the owner shared the layer, through whichever door.
    Delegate,
    Friend,
    /// Friends in a friend view or a shared view.
    FriendView,
    /// Anybody else.
    Public,
    /// Anybody else in a shared view.
    PublicView,
}

impl Class {
    pub const ALL: [Self; 5] = [
        Self::Delegate,
        Self::Friend,
        Self::FriendView,
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
