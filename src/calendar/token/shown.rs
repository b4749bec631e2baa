//! The sync token of a collection that shows layers of others: how far each of them had come for those who see the same.

use std::collections::BTreeMap;
use std::fmt;

use super::{MAX_MARKS, PREFIX, from_hex};
use crate::calendar::collection::{Collection, Source};
use crate::model::{Class, LayerId};
use crate::privacy::Pseudonyms;

/// `urn:strata:sync:shown:ROW.EPOCH` and `:LAYER.NUMBER.FINGERPRINT` for every layer; `.SEALED` behind it while its first
/// sync is not finished, `.-BASE` while any other one is not, `.~NUMBER` of the viewer's own changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownToken {
    pub row: LayerId,
    pub epoch: i64,
    pub parts: BTreeMap<LayerId, PartMark>,
}

/// How far one of the layers had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartMark {
    /// A number of the class's own changes.
    pub number: i64,
    /// Whose eyes it was seen with, under which rules, by what right and in which dress: where one of them is another, nothing that was
    /// seen before is the base of anything.
    pub fingerprint: String,
    /// While a first sync of it is not finished: the item that the walk has reached, sealed, for its number is the
    /// server's own.
    pub reached: Option<String>,
    /// While the pages of a sync are not finished: the number with which it began. What its holder knows is of that time,
    /// whatever has come and gone since.
    pub base: Option<i64>,
    /// How far the viewer's own changes had come.
    pub overlay: i64,
}

impl PartMark {
    /// Everything there is has been told.
    pub fn of(source: &Source) -> Self {
        Self {
            number: source.number,
            fingerprint: fingerprint(source),
            reached: None,
            base: None,
            overlay: source.overlay,
        }
    }

    /// What changed since `base` has been told up to a number.
    pub fn between(source: &Source, base: i64, number: i64) -> Self {
        Self {
            number,
            base: Some(base),
            ..Self::of(source)
        }
    }

    /// The walk of a first sync has come to an item.
    pub fn at(source: &Source, start: i64, reached: i64) -> Self {
        Self {
            number: start,
            fingerprint: fingerprint(source),
            reached: source.lens.names().map(|names| names.seal(reached)),
            base: None,
            overlay: source.overlay,
        }
    }

    /// The item behind [`PartMark::reached`].
    pub fn reached(&self, names: &Pseudonyms) -> Option<i64> {
        self.reached
            .as_deref()
            .and_then(|sealed| names.open(sealed))
    }

    fn parse(text: &str) -> Option<(LayerId, Self)> {
        let mut parts = text.split('.');
        let layer = LayerId(from_hex(parts.next()?)?);
        let mut mark = Self {
            number: from_hex(parts.next()?)?,
            fingerprint: parts.next()?.to_owned(),
            reached: None,
            base: None,
            overlay: 0,
        };
        for part in parts {
            if let Some(own) = part.strip_prefix('~').filter(|_| mark.overlay == 0) {
                mark.overlay = from_hex(own)?;
            } else if mark.base.is_some() || mark.reached.is_some() {
                return None;
            } else if let Some(base) = part.strip_prefix('-') {
                mark.base = Some(from_hex(base)?);
            } else {
                mark.reached = Some(part.to_owned());
            }
        }
        Some((layer, mark))
    }
}

/// The names that a viewer is given depend on who they are and on the address; the rest is hashed with the same key.
pub fn fingerprint(source: &Source) -> String {
    let livery = source.lens.livery();
    let numbers = [
        source.layer.epoch,
        source.layer.rules,
        source.class.map_or(0, Class::code),
        source.fact,
        i64::from(source.lens.included().bits()),
    ]
    .map(i64::to_le_bytes);
    let mut parts: Vec<&[u8]> = numbers.iter().map(|part| part.as_slice()).collect();
    parts.push(source.lens.label().as_bytes());
    parts.push(livery.prefix.as_bytes());
    parts.push(livery.color.unwrap_or_default().as_bytes());
    let ringing = source.lens.sharee().map(|it| it.ringing.told());
    parts.extend(ringing.as_ref().map(|it| it.as_bytes()));
    let mut tag = source
        .lens
        .names()
        .map(|names| names.tag(&parts))
        .unwrap_or_default();
    tag.truncate(12);
    tag
}

impl ShownToken {
    pub fn of(collection: &Collection) -> Self {
        let parts = collection.sources().iter();
        Self {
            parts: parts
                .map(|source| (source.layer.id, PartMark::of(source)))
                .collect(),
            ..Self::nothing(collection)
        }
    }

    /// Before anything was told.
    pub fn nothing(collection: &Collection) -> Self {
        Self {
            row: collection.layer.id,
            epoch: collection.layer.epoch,
            parts: BTreeMap::new(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text
            .strip_prefix(PREFIX)?
            .strip_prefix("shown:")?
            .splitn(MAX_MARKS, ':');
        let (row, epoch) = parts.next()?.split_once('.')?;
        Some(Self {
            row: LayerId(from_hex(row)?),
            epoch: from_hex(epoch)?,
            parts: parts.map(PartMark::parse).collect::<Option<_>>()?,
        })
    }
}

impl fmt::Display for ShownToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{PREFIX}shown:{:x}.{:x}", self.row.0, self.epoch)?;
        for (layer, mark) in &self.parts {
            write!(out, ":{:x}.{:x}.{}", layer.0, mark.number, mark.fingerprint)?;
            if let Some(reached) = &mark.reached {
                write!(out, ".{reached}")?;
            }
            if let Some(base) = mark.base {
                write!(out, ".-{base:x}")?;
            }
            if mark.overlay > 0 {
                write!(out, ".~{:x}", mark.overlay)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back() {
        let mark = |reached: Option<&str>| PartMark {
            number: 12,
            fingerprint: "0123456789ab".to_owned(),
            reached: reached.map(str::to_owned),
            base: None,
            overlay: 0,
        };
        let between = PartMark {
            base: Some(10),
            ..mark(None)
        };
        let own = PartMark {
            overlay: 18,
            ..mark(Some("fe"))
        };
        let token = ShownToken {
            row: LayerId(3),
            epoch: 77,
            parts: [
                (LayerId(1), mark(None)),
                (LayerId(20), mark(Some("ff"))),
                (LayerId(30), between),
                (LayerId(31), own),
            ]
            .into(),
        };
        assert_eq!(ShownToken::parse(&token.to_string()), Some(token));
        for text in [
            "urn:strata:sync:shown:",
            "urn:strata:sync:shown:1",
            "urn:strata:sync:shown:1.2:3",
            "urn:strata:sync:1.2.3",
        ] {
            assert_eq!(ShownToken::parse(text), None, "{text}");
        }
    }
}
