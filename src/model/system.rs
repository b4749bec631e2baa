//! What a platform keeps of its own and shows in its users' calendars: kinds of records, and how they stand at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use super::{Bar, Instant};

/// A kind of a platform's records: lower-case letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SystemKind(String);

impl SystemKind {
    /// `None`: it is no name of a kind.
    pub fn named(name: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let stands = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.len() <= 40
            && name.bytes().all(plain);
        stands.then(|| Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of its calendars in a URL.
    pub fn segment(&self) -> String {
        self.0.replace('_', "-")
    }
}

/// Whether something takes place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RecordStatus {
    #[default]
    Confirmed,
    Tentative,
    Cancelled,
}

impl RecordStatus {
    pub const ALL: [Self; 3] = [Self::Confirmed, Self::Tentative, Self::Cancelled];

    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Tentative => "tentative",
            Self::Cancelled => "cancelled",
        }
    }

    /// In any case, as RFC 5545 section 3.8.1.11 has them, and as people also spell it.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let name = if name == "canceled" {
            "cancelled"
        } else {
            &name
        };
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    pub fn bar(self) -> Bar {
        match self {
            Self::Confirmed => Bar::Busy,
            Self::Tentative => Bar::Tentative,
            Self::Cancelled => Bar::Cancelled,
        }
    }
}

/// One thing that a platform knows of a user's time. Of a sensitive one no words are here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The platform's own name of it, unique within its kind.
    pub id: String,
    /// Of one that takes whole days: the midnights, as if they were in UTC.
    pub start: Instant,
    pub end: Instant,
    pub all_day: bool,
    /// An IANA name, for what clients show; `None`: UTC.
    pub zone: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub url: Option<String>,
    pub status: RecordStatus,
    pub sensitive: bool,
    /// When the platform last changed it, if it says so.
    pub updated: Option<Instant>,
}

impl Record {
    /// A sensitive record is its time and nothing else, from the first moment on.
    #[must_use]
    pub fn without_words(self) -> Self {
        if !self.sensitive {
            return self;
        }
        Self {
            title: None,
            description: None,
            location: None,
            url: None,
            ..self
        }
    }
}

/// A record as an item of a calendar.
#[derive(Clone, Debug)]
pub struct LiveItem {
    pub tag: String,
    pub text: Bytes,
    /// As in its record.
    pub start: Instant,
    pub end: Instant,
    pub all_day: bool,
    pub bar: Bar,
}

/// The furthest that a clock is from UTC, and a day.
const APART: Instant = 38 * 3600;

impl LiveItem {
    /// Does it touch `[start, end)`: for certain, or, of whole days, which begin when some clock says so, perhaps? `None`: no.
    pub fn touches(&self, (start, end): (Instant, Instant)) -> Option<bool> {
        let touches = |apart: Instant| {
            self.start.saturating_sub(apart) < end
                && self.end.max(self.start + 1).saturating_add(apart) > start
        };
        match self.all_day {
            false => touches(0).then_some(true),
            true => touches(APART).then_some(false),
        }
    }
}

/// By their names in the layer.
pub type LiveItems = HashMap<Arc<str>, Arc<LiveItem>>;

/// How a layer of the system stands at one moment: nothing of it is kept anywhere.
#[derive(Clone, Debug)]
pub struct Live {
    /// The layer's change number that stands for it.
    pub number: i64,
    /// Accounts that are shown the same share it.
    pub items: Arc<LiveItems>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kinds() {
        for name in ["shifts", "public_events", "a1"] {
            assert!(SystemKind::named(name).is_some(), "{name}");
        }
        for name in ["", "1a", "Shifts", "a-b", "a/b", "ä", &"a".repeat(41)] {
            assert!(SystemKind::named(name).is_none(), "{name}");
        }
        let kind = SystemKind::named("public_events").map(|kind| kind.segment());
        assert_eq!(kind.as_deref(), Some("public-events"));
    }

    #[test]
    fn status_in_any_spelling() {
        assert_eq!(
            RecordStatus::named(" Canceled "),
            Some(RecordStatus::Cancelled)
        );
        assert_eq!(
            RecordStatus::named("TENTATIVE"),
            Some(RecordStatus::Tentative)
        );
        assert_eq!(RecordStatus::named("open"), None);
    }
}
