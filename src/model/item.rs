//! An item: one calendar object resource, unredacted. Only `store`, `privacy` and `calendar` may name it.

use bytes::Bytes;

use super::{Component, Face, Instant, LayerId};

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
    /// Behind a line end, which no UID holds, may stand what tells it apart from an item that its writer could not see.
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
    /// `None`: not reckoned yet, and there for its owner alone.
    pub face: Option<Face>,
    /// What the client sent, byte for byte. `None` when the question did not ask for it.
    pub text: Option<Bytes>,
}

impl Item {
    /// The UID as the text has it.
    pub fn said_uid(&self) -> &str {
        self.uid.split('\n').next().unwrap_or_default()
    }

    /// The UID of a second item with the same one, which its writer could not know of.
    pub fn told_apart(uid: &str, name: &str) -> String {
        format!("{uid}\n{name}")
    }
}

/// How an occurrence takes up time (RFC 5545 sections 3.8.2.7 and 3.8.1.11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Bar {
    #[default]
    Busy,
    Tentative,
    /// `TRANSP:TRANSPARENT`.
    Free,
    Cancelled,
}

impl Bar {
    pub fn blocks(self) -> bool {
        matches!(self, Self::Busy | Self::Tentative)
    }
}

/// `[start, end)`; what takes no time is given one second, so that it touches the window it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub start: Instant,
    pub end: Instant,
    pub bar: Bar,
}

/// When an item takes place, as far as an index is to know: whole for one without a rule, a part of time for a series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occurrences {
    /// The part of time that `rows` is complete for; empty (both ends equal) when the text must be asked.
    pub known_from: Instant,
    pub known_until: Instant,
    pub rows: Vec<Occurrence>,
}
