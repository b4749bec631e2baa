//! Names in place of names: stable for one viewer at one address, telling nothing, and read back by this server alone.

use crate::model::{ExportId, ItemId, LayerId, UserId, ViewId};

/// The names that one viewer is given in one collection.
#[derive(Clone, Debug)]
pub struct Pseudonyms {
    key: [u8; 32],
}

/// Hexadecimal digits of a pseudonym.
pub const LENGTH: usize = 32;

impl Pseudonyms {
    /// `key` is kept for this purpose alone; `row` and `epoch` say which collection, in which incarnation.
    pub fn new(key: &[u8; 32], viewer: Option<UserId>, row: LayerId, epoch: i64) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key);
        hasher.update(&viewer.map_or(0, |viewer| viewer.0).to_le_bytes());
        hasher.update(&row.0.to_le_bytes());
        hasher.update(&epoch.to_le_bytes());
        Self {
            key: *hasher.finalize().as_bytes(),
        }
    }

    /// The names in a feed, for whoever holds its link.
    pub fn of_feed(key: &[u8; 32], feed: ExportId) -> Self {
        Self::of_purpose(key, b"feed", feed.0)
    }

    /// The names of what the members of a view say to each other, the same for all of them.
    pub fn of_view(key: &[u8; 32], view: ViewId) -> Self {
        Self::of_purpose(key, b"view", view.0)
    }

    fn of_purpose(key: &[u8; 32], purpose: &[u8; 4], id: i64) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key);
        hasher.update(purpose);
        hasher.update(&id.to_le_bytes());
        Self {
            key: *hasher.finalize().as_bytes(),
        }
    }

    /// Encrypted so that equal items have equal names and nothing else can be read off them: half of the digits is a
    /// keyed hash of the id, the other half the id under a pad that is a keyed hash of the first.
    pub fn of(&self, item: ItemId) -> String {
        self.seal(item.0)
    }

    pub fn item(&self, pseudonym: &str) -> Option<ItemId> {
        self.open(pseudonym).map(ItemId)
    }

    /// Any number, for tokens that say how far something has come and shall not say it to their holder.
    pub fn seal(&self, number: i64) -> String {
        let tag = self.half(b'#', &number.to_le_bytes());
        let hidden = u64::from_le_bytes(number.to_le_bytes()) ^ self.half(b'+', &tag.to_le_bytes());
        format!("{tag:016x}{hidden:016x}")
    }

    /// The reverse of [`Pseudonyms::seal`]; `None` for what it never gives.
    pub fn open(&self, sealed: &str) -> Option<i64> {
        // Written in one way only: another would be a second name of the same thing.
        let canonical = sealed.len() == LENGTH
            && sealed
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if !canonical {
            return None;
        }
        let tag = u64::from_str_radix(sealed.get(..16)?, 16).ok()?;
        let hidden = u64::from_str_radix(sealed.get(16..)?, 16).ok()?;
        let number =
            i64::from_le_bytes((hidden ^ self.half(b'+', &tag.to_le_bytes())).to_le_bytes());
        (self.half(b'#', &number.to_le_bytes()) == tag).then_some(number)
    }

    /// An entity tag over parts, each with its length.
    pub fn tag(&self, parts: &[&[u8]]) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(b"tag");
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }

    fn half(&self, purpose: u8, bytes: &[u8; 8]) -> u64 {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&[purpose]);
        hasher.update(bytes);
        let mut half = [0; 8];
        hasher.finalize_xof().fill(&mut half);
        u64::from_le_bytes(half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(viewer: i64, row: i64) -> Pseudonyms {
        Pseudonyms::new(&[7; 32], Some(UserId(viewer)), LayerId(row), 1)
    }

    #[test]
    fn read_back_by_the_same_alone() {
        for id in [0, 1, 42, -1, i64::MAX, i64::MIN] {
            let name = names(1, 1).of(ItemId(id));
            assert_eq!(name.len(), LENGTH);
            assert_eq!(names(1, 1).item(&name), Some(ItemId(id)));
            assert_eq!(names(2, 1).item(&name), None);
            assert_eq!(names(1, 2).item(&name), None);
            assert_ne!(names(2, 1).of(ItemId(id)), name);
            assert_eq!(
                names(1, 1).item(&name.to_uppercase()).is_some(),
                name == name.to_uppercase()
            );
        }
    }

    #[test]
    fn what_was_never_given_is_nothing() {
        let names = names(1, 1);
        let name = names.of(ItemId(9));
        for wrong in [
            "",
            "x",
            &name[1..],
            &format!("{name}0"),
            &name.replace(&name[..1], "+"),
            "ä",
        ] {
            assert_eq!(names.item(wrong), None, "{wrong}");
        }
        let mut forged = name.clone().into_bytes();
        forged[31] = if forged[31] == b'0' { b'1' } else { b'0' };
        assert_eq!(names.item(std::str::from_utf8(&forged).unwrap()), None);
    }
}
