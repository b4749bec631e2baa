//! An item: one calendar object resource, unredacted. Only `store`, `privacy` and `calendar` may name it.

use bytes::Bytes;

use super::{Component, Instant, LayerId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub i64);

/// From the start of the first occurrence to the end of the last, in UTC seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// `None`: as far back as can be asked.
    pub first: Option<Instant>,
    /// `None`: without end.
    pub last: Option<Instant>,
}

/// The text the client sent is the truth; every other field is an index over it.
#[derive(Clone, Debug)]
pub struct Item {
    pub id: ItemId,
    pub layer: LayerId,
    /// The last segment of the URL, decoded, as the client chose it.
    pub name: String,
    pub uid: String,
    pub component: Component,
    /// A hash of the text, what stands between the quotes of the entity tag.
    pub tag: String,
    /// Bytes of the text.
    pub size: u64,
    pub span: Span,
    /// The layer's change number when this state was written.
    pub number: i64,
    pub created: Instant,
    pub modified: Instant,
    /// What the client sent, byte for byte. `None` when the question did not ask for it.
    pub text: Option<Bytes>,
}
