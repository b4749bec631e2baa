//! What members of a shared view say to each other about a day or an item of it.

use super::{Instant, ItemId, UserId, ViewId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommentId(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReactionId(pub i64);

/// A few words about a day, or about an item that takes place on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub id: CommentId,
    pub view: ViewId,
    pub author: UserId,
    /// `2026-11-21`.
    pub date: String,
    pub item: Option<ItemId>,
    pub content: String,
    pub created: Instant,
}

/// One emoji of one member on one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    pub id: ReactionId,
    pub view: ViewId,
    pub author: UserId,
    pub item: ItemId,
    /// The emoji itself, whatever it was called.
    pub emoji: String,
    pub created: Instant,
}
