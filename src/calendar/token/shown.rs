//! The sync token of a collection that shows layers of others: how far each of them had come for those who see the same. It is
//! sealed, so that its holder cannot tell how many layers there are, and how often they change.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::PREFIX;
use crate::calendar::collection::{Collection, Source};
use crate::model::{Class, LayerId};

/// `urn:strata:sync:` and what it says, sealed for this viewer at this address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownToken {
    pub parts: BTreeMap<LayerId, PartMark>,
}

/// How far one of the layers had come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartMark {
    /// A number of the class's own changes.
    pub number: i64,
    /// While a first sync of it is not finished: the item that the walk has reached.
    pub reached: Option<i64>,
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
            reached: Some(reached),
            ..Self::of(source)
        }
    }

    /// Which of the numbers that are mostly not there follow.
    fn flags(&self) -> u64 {
        u64::from(self.reached.is_some())
            | u64::from(self.base.is_some()) << 1
            | u64::from(self.overlay > 0) << 2
    }
}

/// The form of what is sealed: another one is no token.
const FORM: u8 = 1;

const FINGERPRINT: usize = 16;

/// Octets of what is sealed, at the least: of a collection that shows one layer, and of a view, where some forty of them fit in.
/// It grows by doubling, so that the length tells next to nothing.
const ONE: usize = 48;
const MANY: usize = 192;

/// A token of more is not ours.
const MOST: usize = 1 << 18;

impl ShownToken {
    pub fn of(collection: &Collection) -> Self {
        let parts = collection.sources().iter();
        Self {
            parts: parts
                .map(|source| (source.layer.id, PartMark::of(source)))
                .collect(),
        }
    }

    /// For the viewer whom the collection is shown to: equal states have equal tokens.
    pub fn seal(&self, of: &Collection) -> String {
        let plain = padded(self.to_bytes(&self.eyes(of)), of.is_view());
        let sealed = of.names().map(|names| names.seal_bytes(&plain));
        format!(
            "{PREFIX}{}",
            URL_SAFE_NO_PAD.encode(sealed.unwrap_or_default())
        )
    }

    /// The reverse of [`ShownToken::seal`]. `None`: it was given to somebody else or for something else, or one of its layers is
    /// no longer seen with the same eyes.
    pub fn open(of: &Collection, text: &str) -> Option<Self> {
        let sealed = text.strip_prefix(PREFIX).filter(|it| it.len() <= MOST)?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let plain = of.names()?.open_bytes(&sealed)?;
        let (token, eyes) = Self::from_bytes(&plain)?;
        (eyes == token.eyes(of)).then_some(token)
    }

    /// Whose eyes its layers were seen with, under which rules, by what right and in which dress: where one of them is another,
    /// nothing that was seen before is the base of anything.
    fn eyes(&self, of: &Collection) -> [u8; FINGERPRINT] {
        let mut hasher = blake3::Hasher::new();
        let seen = |source: &&Source| self.parts.contains_key(&source.layer.id);
        for source in of.sources().iter().filter(seen) {
            fingerprint(source, &mut hasher);
        }
        let mut eyes = [0; FINGERPRINT];
        hasher.finalize_xof().fill(&mut eyes);
        eyes
    }

    fn to_bytes(&self, eyes: &[u8; FINGERPRINT]) -> Vec<u8> {
        let mut bytes = vec![FORM];
        bytes.extend(eyes);
        write(&mut bytes, self.parts.len() as u64);
        let mut last = 0;
        for (layer, mark) in &self.parts {
            write(&mut bytes, layer.0.abs_diff(last));
            last = layer.0;
            write(&mut bytes, mark.number.unsigned_abs() << 3 | mark.flags());
            let rare = [
                mark.reached,
                mark.base,
                Some(mark.overlay).filter(|it| *it > 0),
            ];
            for number in rare.into_iter().flatten() {
                write(&mut bytes, number.unsigned_abs());
            }
        }
        bytes
    }

    fn from_bytes(mut bytes: &[u8]) -> Option<(Self, [u8; FINGERPRINT])> {
        let ([FORM], rest) = bytes.split_first_chunk::<1>()? else {
            return None;
        };
        let (eyes, rest) = rest.split_first_chunk()?;
        bytes = rest;
        let mut token = Self::default();
        let mut last = 0;
        for _ in 0..read(&mut bytes)? {
            last = i64::checked_add_unsigned(last, read(&mut bytes)?)?;
            let head = read(&mut bytes)?;
            let mut rare = |flag: u64| match head & flag {
                0 => Some(None),
                _ => Some(Some(i64::try_from(read(&mut bytes)?).ok()?)),
            };
            let mark = PartMark {
                number: i64::try_from(head >> 3).ok()?,
                reached: rare(1)?,
                base: rare(2)?,
                overlay: rare(4)?.unwrap_or(0),
            };
            token.parts.insert(LayerId(last), mark);
        }
        Some((token, *eyes))
    }
}

fn fingerprint(source: &Source, hasher: &mut blake3::Hasher) {
    let livery = source.lens.livery();
    let numbers = [
        source.layer.id.0,
        source.layer.epoch,
        source.layer.rules,
        source.class.map_or(0, Class::code),
        source.fact,
        i64::from(source.lens.included().bits()),
    ];
    for number in numbers {
        hasher.update(&number.to_le_bytes());
    }
    let ringing = source.lens.sharee().map(|it| it.ringing.told());
    let words = [
        source.lens.label(),
        &livery.prefix,
        livery.color.unwrap_or_default(),
        ringing.as_deref().unwrap_or_default(),
    ];
    for word in words {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
}

fn padded(mut bytes: Vec<u8>, many: bool) -> Vec<u8> {
    let mut length = if many { MANY } else { ONE };
    while length < bytes.len() {
        length *= 2;
    }
    bytes.resize(length, 0);
    bytes
}

/// Seven bits in an octet, the lowest first; the eighth says that more follow.
fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// The reverse of [`write`].
fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..10 {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f).checked_shl(place * 7)?;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const EYES: [u8; FINGERPRINT] = [7; FINGERPRINT];

    fn token(layers: impl Iterator<Item = i64>) -> ShownToken {
        let mark = |layer: i64| PartMark {
            number: 40_000 + layer % 1_000,
            ..PartMark::default()
        };
        ShownToken {
            parts: layers.map(|layer| (LayerId(layer), mark(layer))).collect(),
        }
    }

    #[test]
    fn it_reads_back() {
        let mut token = token([1, 20, 30, i64::MAX].into_iter());
        let marks = [
            (Some(1), None, 0),
            (None, Some(0), 18),
            (Some(i64::MAX), Some(300), 1 << 40),
        ];
        for (mark, (reached, base, overlay)) in token.parts.values_mut().zip(marks) {
            (mark.reached, mark.base, mark.overlay) = (reached, base, overlay);
        }
        for token in [token, ShownToken::default()] {
            let bytes = padded(token.to_bytes(&EYES), true);
            assert_eq!(ShownToken::from_bytes(&bytes), Some((token, EYES)));
        }
    }

    #[test]
    fn what_was_cut_off_is_no_token() {
        let bytes = token(1..9).to_bytes(&EYES);
        for length in 0..bytes.len() {
            assert_eq!(ShownToken::from_bytes(&bytes[..length]), None, "{length}");
        }
        assert_eq!(ShownToken::from_bytes(&[0xff; 400]), None);
        let endless = [&[FORM][..], &EYES, &[0xff; 30]].concat();
        assert_eq!(ShownToken::from_bytes(&endless), None);
    }

    #[test]
    fn its_length_does_not_tell_how_many_layers_there_are() {
        let length = |layers| padded(token(0..layers).to_bytes(&EYES), true).len();
        assert_eq!((length(0), length(1), length(40)), (MANY, MANY, MANY));
        assert_eq!((length(45), length(80)), (2 * MANY, 2 * MANY));
        assert!(length(100) <= 4 * MANY);
        assert_eq!(padded(token(0..1).to_bytes(&EYES), false).len(), ONE);
    }
}
