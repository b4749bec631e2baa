//! Calendars of others that somebody subscribes to.

use super::{Instant, LayerId, UserId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeedId(pub i64);

/// One address, whoever subscribes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub i64);

/// How often a subscription is fetched, if its publisher does not ask for less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pause {
    QuarterHour,
    #[default]
    Hour,
    SixHours,
    Day,
}

impl Pause {
    pub const ALL: [Self; 4] = [Self::QuarterHour, Self::Hour, Self::SixHours, Self::Day];

    /// The word in the database and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::QuarterHour => "15m",
            Self::Hour => "1h",
            Self::SixHours => "6h",
            Self::Day => "1d",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pause| pause.word() == word)
    }

    pub fn seconds(self) -> Instant {
        match self {
            Self::QuarterHour => 900,
            Self::Hour => 3_600,
            Self::SixHours => 21_600,
            Self::Day => 86_400,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedStatus {
    /// Nothing has been fetched yet.
    Pending,
    Ok,
    Error,
}

impl FeedStatus {
    pub const ALL: [Self; 3] = [Self::Pending, Self::Ok, Self::Error];

    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// An item of a feed that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedItem {
    /// Of the feed's text, from 1.
    pub line: usize,
    pub uid: Option<String>,
    pub why: String,
}

/// A subscription, and how it fares.
#[derive(Clone, Debug)]
pub struct Feed {
    pub id: FeedId,
    pub owner: UserId,
    pub layer: LayerId,
    /// What stands in the layer's URL, and what people read.
    pub layer_name: String,
    pub display_name: String,
    pub source: SourceId,
    /// What of the address may be shown.
    pub shown: String,
    pub pause: Pause,
    pub status: FeedStatus,
    /// Why the last fetch failed.
    pub error: Option<String>,
    /// The version of the source that stands in the layer.
    pub version: i64,
    /// Names of items that the last answer lacked and that are doubted to be gone: they go if the next lacks them too.
    pub missing: Vec<String>,
    pub tried: Option<Instant>,
    pub succeeded: Option<Instant>,
    pub next: Option<Instant>,
    /// When its owner last asked for a fetch.
    pub asked: Option<Instant>,
    pub items: u64,
    pub refused: u64,
    /// The first of the refused.
    pub reasons: Vec<RefusedItem>,
    pub created: Instant,
    pub updated: Instant,
}
