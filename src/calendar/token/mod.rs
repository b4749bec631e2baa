//! Sync tokens: how far a layer, or every layer of a home, had come when a client last looked.
//!
//! A token carries no right: what it names is read anew through the lens.

mod shown;
mod told;

use std::collections::BTreeMap;
use std::fmt;

pub use shown::{PartMark, ShownToken};
pub use told::ToldToken;

use super::{Collection, Home};
use crate::model::{Layer, LayerId, UserId};

const PREFIX: &str = "urn:strata:sync:";

/// `urn:strata:sync:LAYER.EPOCH.NUMBER`, all hexadecimal; `.START` behind it while a first sync is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerToken {
    pub layer: LayerId,
    pub epoch: i64,
    pub number: i64,
    /// The number at which a first sync that is not finished began. Its holder knows nothing that was deleted before,
    /// so the horizon of deletions counts from there.
    pub start: Option<i64>,
}

impl LayerToken {
    pub fn of(layer: &Layer) -> Self {
        Self {
            layer: layer.id,
            epoch: layer.epoch,
            number: layer.number,
            start: None,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.split('.').map(from_hex);
        let token = Self {
            layer: LayerId(parts.next()??),
            epoch: parts.next()??,
            number: parts.next()??,
            start: match parts.next() {
                Some(start) => Some(start?),
                None => None,
            },
        };
        parts.next().is_none().then_some(token)
    }
}

impl fmt::Display for LayerToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{PREFIX}{:x}.{:x}.{:x}",
            self.layer.0, self.epoch, self.number
        )?;
        match self.start {
            Some(start) => write!(out, ".{start:x}"),
            None => Ok(()),
        }
    }
}

/// `urn:strata:sync:home:OWNER` and `:LAYER.EPOCH.MARK` for every layer, all hexadecimal; `.SHOWN` behind it for a layer that
/// shows others.
///
/// The marks stand in the token itself, so that a home can hold layers of others without a counter that all of them
/// would have to raise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeToken {
    pub owner: UserId,
    pub marks: BTreeMap<LayerId, Mark>,
}

/// How far one layer of a home had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub epoch: i64,
    /// Changes to items and to properties together: both only grow, so the sum tells every state apart.
    pub changes: i64,
    /// A hash of what it shows of others.
    pub shown: Option<i64>,
}

impl Mark {
    /// In the home of the viewer, where the row is theirs even if its items are not; or in another's, where it is what the
    /// viewer can see that counts, and the owner's own counters are not for them.
    pub fn of(collection: &Collection, home_is_own: bool) -> Self {
        let layer = &collection.layer;
        let (epoch, changes) = if home_is_own {
            (layer.epoch, layer.number + layer.revision)
        } else {
            (hash(&format!("{}/{}", layer.epoch, layer.name)), 0)
        };
        Self {
            epoch,
            changes,
            shown: collection.is_shown().then(|| hash(&collection.state())),
        }
    }
}

fn hash(text: &str) -> i64 {
    let hash = blake3::hash(text.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(hash.as_bytes().first_chunk::<8>().unwrap_or(&[0; 8]));
    i64::from_le_bytes(first) & i64::MAX
}

/// More layers than any home holds: a longer token is not ours.
const MAX_MARKS: usize = 10_000;

impl HomeToken {
    pub fn of(home: &Home) -> Self {
        let marks = home
            .listed()
            .map(|it| (it.layer.id, Mark::of(it, home.is_own())))
            .collect();
        Self {
            owner: home.owner.id,
            marks,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text
            .strip_prefix(PREFIX)?
            .strip_prefix("home:")?
            .splitn(MAX_MARKS, ':');
        let owner = UserId(from_hex(parts.next()?)?);
        let marks = parts.map(Self::parse_mark).collect::<Option<_>>()?;
        Some(Self { owner, marks })
    }

    fn parse_mark(text: &str) -> Option<(LayerId, Mark)> {
        let mut parts = text.split('.').map(from_hex);
        let layer = LayerId(parts.next()??);
        let mark = Mark {
            epoch: parts.next()??,
            changes: parts.next()??,
            shown: match parts.next() {
                Some(shown) => Some(shown?),
                None => None,
            },
        };
        parts.next().is_none().then_some((layer, mark))
    }
}

impl fmt::Display for HomeToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{PREFIX}home:{:x}", self.owner.0)?;
        for (layer, mark) in &self.marks {
            write!(out, ":{:x}.{:x}.{:x}", layer.0, mark.epoch, mark.changes)?;
            if let Some(shown) = mark.shown {
                write!(out, ".{shown:x}")?;
            }
        }
        Ok(())
    }
}

/// Only what `{:x}` of a number that is not negative prints: one state has one token.
fn from_hex(text: &str) -> Option<i64> {
    let number = i64::from_str_radix(text, 16).ok()?;
    (number >= 0 && format!("{number:x}") == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_token_reads_back() {
        let token = LayerToken {
            layer: LayerId(17),
            epoch: 0xdead_beef,
            number: 42,
            start: None,
        };
        assert_eq!(LayerToken::parse(&token.to_string()), Some(token));
        let token = LayerToken {
            start: Some(99),
            ..token
        };
        assert_eq!(LayerToken::parse(&token.to_string()), Some(token));
    }

    #[test]
    fn a_home_token_reads_back() {
        let marks = [
            (
                LayerId(3),
                Mark {
                    epoch: 9,
                    changes: 1,
                    shown: None,
                },
            ),
            (
                LayerId(300),
                Mark {
                    epoch: 0,
                    changes: 77,
                    shown: Some(5),
                },
            ),
        ];
        let token = HomeToken {
            owner: UserId(5),
            marks: marks.into(),
        };
        assert_eq!(HomeToken::parse(&token.to_string()), Some(token));
        let empty = HomeToken {
            owner: UserId(5),
            marks: BTreeMap::new(),
        };
        assert_eq!(HomeToken::parse(&empty.to_string()), Some(empty));
    }

    #[test]
    fn foreign_tokens_are_no_tokens() {
        for text in [
            "",
            "urn:strata:sync:",
            "urn:strata:sync:1.2",
            "urn:strata:sync:1.2.3.4.5",
            "urn:strata:sync:1.2.3.",
            "urn:strata:sync:-1.2.3",
            "urn:strata:sync:+1.2.3",
            "urn:strata:sync:01.2.3",
            "urn:strata:sync:1.2.ffffffffffffffffffff",
            "urn:strata:sync:home:1",
            "http://sabre.io/ns/sync/12",
        ] {
            assert_eq!(LayerToken::parse(text), None, "{text}");
        }
        assert_eq!(HomeToken::parse("urn:strata:sync:1.2.3"), None);
        assert_eq!(HomeToken::parse("urn:strata:sync:home:1:2.3"), None);
    }
}
