//! Feeds that go out: what an account has let a link show, and as whom.

use super::{Instant, LayerId, Sort, UserId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExportId(pub i64);

/// The link of a shared view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ViewLinkId(pub i64);

/// What a secret in an address opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// Layers of an account, as it says.
    Layers(ExportId),
    /// A shared view, as everybody sees it.
    View(ViewLinkId),
}

/// As whom the holder of a link reads; ordered from the most to the least that is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Everything but the details of what is sensitive.
    Owner,
    Friends,
    Everyone,
    /// When the owner is busy, and nothing else.
    Busy,
}

impl Audience {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Friends, Self::Everyone, Self::Busy];

    /// The word in the database, on the command line and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Friends => "friends",
            Self::Everyone => "everyone",
            Self::Busy => "busy",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }
}

/// A set of [`Sort`]s of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sorts(u8);

impl Sorts {
    pub const ALL: Self = Self(0b111);

    pub fn of(sorts: impl IntoIterator<Item = Sort>) -> Self {
        Self(sorts.into_iter().fold(0, |bits, sort| bits | bit(sort)))
    }

    pub fn contains(self, sort: Sort) -> bool {
        self.0 & bit(sort) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Sort> {
        Sort::ALL.into_iter().filter(move |it| self.contains(*it))
    }

    /// For a column of the database.
    pub fn bits(self) -> i64 {
        self.0.into()
    }

    /// The reverse of [`Sorts::bits`]; `None` for what it never gives.
    pub fn from_bits(bits: i64) -> Option<Self> {
        let bits = u8::try_from(bits).ok()?;
        (bits & !Self::ALL.0 == 0).then_some(Self(bits))
    }
}

fn bit(sort: Sort) -> u8 {
    1 << sort as u8
}

/// How far around today a feed reaches, in months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reach {
    pub back: u16,
    pub ahead: u16,
}

impl Default for Reach {
    fn default() -> Self {
        Self { back: 1, ahead: 3 }
    }
}

/// What a link shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What it is called: in the owner's list, and at the subscriber's.
    pub label: String,
    pub audience: Audience,
    /// `None`: every layer of the owner's own that is switched on.
    pub layers: Option<Vec<LayerId>>,
    pub sorts: Sorts,
    /// `None`: all of it.
    pub reach: Option<Reach>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    pub id: ExportId,
    pub owner: UserId,
    pub terms: Terms,
    pub created: Instant,
    pub last_used: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_sorts_are_read_back() {
        for bits in 0..8 {
            let sorts = Sorts::from_bits(bits).unwrap();
            assert_eq!(sorts.bits(), bits);
            assert_eq!(Sorts::of(sorts.iter()), sorts);
        }
        assert_eq!(Sorts::from_bits(8), None);
        assert_eq!(Sorts::from_bits(-1), None);
        assert_eq!(Sorts::of(Sort::ALL), Sorts::ALL);
    }
}
