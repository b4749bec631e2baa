//! What the rules and the index need to know of an item to show it to others without reading its text.

use super::{Instant, Kept, Marks};
use crate::ical::mask::Measure;

/// A rendering without words, as it would be under a fixed UID, label and stamp: its hash changes when its times do, and
/// stays when only the words change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masked {
    pub hash: [u8; 16],
    /// Bytes of all but the lines that change with the viewer.
    pub size: u32,
    /// How often those lines stand in it.
    pub events: u32,
    /// When it last changed: what the rendering gives for every time at which an item was touched.
    pub at: Instant,
}

impl Masked {
    /// How long it is in any dress.
    pub fn measure(&self) -> Measure {
        Measure {
            bytes: self.size.into(),
            events: self.events.into(),
        }
    }

    /// The same rendering, whenever it was made?
    pub fn same(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Face {
    pub marks: Marks,
    pub kept: Kept,
    /// The times that it takes; `None`: it takes none.
    pub busy: Option<Masked>,
    /// For sensitive items: all its times, those that are free too.
    pub generic: Option<Masked>,
    /// With all its words, as views show it; `None`: not reckoned yet.
    pub dressed: Option<Masked>,
    /// Others know it by its pseudonym alone, however much of it they see: the name that it had is another item's.
    pub aside: bool,
}

/// Two numbers, then each rendering behind a byte that says whether it is there.
const BYTES: usize = 8 + 8 + 3 * MASKED;
const MASKED: usize = 1 + 16 + 4 + 4 + 8;

/// Behind the renderings.
const ASIDE: u8 = 1;

impl Face {
    /// For a column of the database.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend(self.marks.to_bits().to_le_bytes());
        bytes.extend(self.kept.to_bits().to_le_bytes());
        for masked in [&self.busy, &self.generic, &self.dressed] {
            match masked {
                Some(masked) => {
                    bytes.push(1);
                    bytes.extend(masked.hash);
                    bytes.extend(masked.size.to_le_bytes());
                    bytes.extend(masked.events.to_le_bytes());
                    bytes.extend(masked.at.to_le_bytes());
                }
                None => bytes.push(0),
            }
        }
        if self.aside {
            bytes.push(ASIDE);
        }
        bytes
    }

    /// The reverse of [`Face::to_bytes`]; `None` for what it never gives.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let face = Self {
            marks: Marks::from_bits(i64::from_le_bytes(take(&mut bytes)?))?,
            kept: Kept::from_bits(i64::from_le_bytes(take(&mut bytes)?))?,
            busy: masked(&mut bytes)?,
            generic: masked(&mut bytes)?,
            // Those of before end here.
            dressed: match bytes.is_empty() {
                true => None,
                false => masked(&mut bytes)?,
            },
            aside: match bytes {
                [ASIDE] => take::<1>(&mut bytes).is_some(),
                _ => false,
            },
        };
        bytes.is_empty().then_some(face)
    }
}

fn masked(bytes: &mut &[u8]) -> Option<Option<Masked>> {
    match take::<1>(bytes)? {
        [0] => Some(None),
        [1] => Some(Some(Masked {
            hash: take(bytes)?,
            size: u32::from_le_bytes(take(bytes)?),
            events: u32::from_le_bytes(take(bytes)?),
            at: i64::from_le_bytes(take(bytes)?),
        })),
        _ => None,
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_and_unpacked() {
        let masked = |byte| Masked {
            hash: [byte; 16],
            size: 300,
            events: 2,
            at: -5,
        };
        for (busy, generic) in [
            (None, None),
            (Some(1), None),
            (None, Some(2)),
            (Some(3), Some(4)),
        ] {
            let face = Face {
                marks: Marks::default(),
                kept: Kept::default(),
                busy: busy.map(masked),
                generic: generic.map(masked),
                dressed: busy.map(masked),
                aside: false,
            };
            let aside = Face {
                aside: true,
                ..face
            };
            assert_eq!(Face::from_bytes(&aside.to_bytes()), Some(aside));
            let bytes = face.to_bytes();
            assert_eq!(Face::from_bytes(&bytes), Some(face));
            assert_eq!(Face::from_bytes(&bytes[1..]), None);
            assert_eq!(Face::from_bytes(&[&bytes[..], &[0]].concat()), None);
        }
        assert_eq!(Face::from_bytes(&[]), None);
        let old = Face::default().to_bytes();
        assert_eq!(Face::from_bytes(&old[..18]), Some(Face::default()));
        assert_eq!(Face::from_bytes(&old[..17]), None);
    }
}
