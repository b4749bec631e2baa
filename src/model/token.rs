//! Tokens for programs: what one may do, and for whom.

use super::{Instant, UserId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiTokenId(pub i64);

/// What a credential is good for at the JSON API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// To look at what the account sees.
    Read,
    /// To change it; whoever may write may read.
    Write,
    /// To keep the platform's records, and nothing that is anybody's own.
    Platform,
    /// What is for administrators, for an account that is one; with all that is the account's own.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Platform, Self::Admin];

    /// The word in the database, in JSON and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Platform => "platform",
            Self::Admin => "admin",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// What it holds besides itself.
    fn holds(self) -> &'static [Self] {
        match self {
            Self::Read => &[Self::Read],
            Self::Write => &[Self::Read, Self::Write],
            Self::Platform => &[Self::Platform],
            Self::Admin => &[Self::Read, Self::Write, Self::Admin],
        }
    }
}

/// A set of them, with what each holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let held = scopes.into_iter().flat_map(|scope| scope.holds());
        Self(held.fold(0, |bits, scope| bits | 1 << *scope as u8))
    }

    pub fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Does it hold everything that the other does?
    pub fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |scope| self.contains(*scope))
    }

    /// `read,write`, as the database keeps it.
    pub fn to_text(self) -> String {
        self.iter().map(Scope::word).collect::<Vec<_>>().join(",")
    }

    /// The reverse of [`Scopes::to_text`]; `None` names an unknown scope or nothing at all.
    pub fn from_text(text: &str) -> Option<Self> {
        let scopes = text.split(',').map(|word| Scope::named(word.trim()));
        let scopes = Self::of(scopes.collect::<Option<Vec<_>>>()?);
        (!scopes.is_empty()).then_some(scopes)
    }
}

/// The token that a request showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldToken {
    pub id: ApiTokenId,
    pub scopes: Scopes,
}

/// A token as its owner sees it in a list. The token itself is kept as a hash and shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: ApiTokenId,
    pub user: UserId,
    pub label: String,
    pub scopes: Scopes,
    pub created: Instant,
    pub last_used: Option<Instant>,
    pub expires: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_write_may_read_and_the_platform_sees_nobody() {
        let write = Scopes::of([Scope::Write]);
        assert!(write.contains(Scope::Read) && !write.contains(Scope::Admin));
        let platform = Scopes::of([Scope::Platform]);
        assert!(!platform.contains(Scope::Read) && !platform.contains(Scope::Write));
        assert!(Scopes::of([Scope::Admin]).covers(write));
        assert!(!Scopes::of([Scope::Admin]).covers(platform));
        assert!(!Scopes::of([Scope::Read]).covers(write));
        assert_eq!(write.to_text(), "read,write");
        assert_eq!(Scopes::from_text("write"), Some(write));
        assert_eq!(Scopes::from_text("write,root"), None);
        assert_eq!(Scopes::from_text(""), None);
    }
}
