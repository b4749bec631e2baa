//! Names in place of names: stable for one viewer at one address, telling nothing, and read back by this server alone.

use crate::model::{ExportId, ItemId, LayerId, UserId, ViewId, ViewLinkId};

/// The names that one viewer is given in one collection.
#[derive(Clone, Debug)]
pub struct Pseudonyms {
    key: [u8; 32],
}

/// Hexadecimal digits of a pseudonym.
pub const LENGTH: usize = 32;

/// Octets before what is sealed.
const TAG: usize = 16;

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

    /// The names in what a shared view's link shows, for whoever holds it.
    pub fn of_view_link(key: &[u8; 32], link: ViewLinkId) -> Self {
        Self::of_purpose(key, b"open", link.0)
    }

    /// The names of what the members of a view say to each other, the same for all of them.
    pub fn of_view(key: &[u8; 32], view: ViewId) -> Self {
        Self::of_purpose(key, b"view", view.0)
    }

    /// Ids of one sort of things.
    pub(super) fn of_sort(key: &[u8; 32], sort: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key);
        hasher.update(b"ids of ").update(sort);
        Self {
            key: *hasher.finalize().as_bytes(),
        }
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

    /// Any other number that shall tell nothing.
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

    /// The same of more than a number. Equal bytes are sealed to equal ones; their length shows.
    pub fn seal_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let tag = self.whole_tag(bytes);
        let mut sealed = tag.to_vec();
        sealed.extend_from_slice(bytes);
        self.veil(&tag, sealed.get_mut(TAG..).unwrap_or_default());
        sealed
    }

    /// The reverse of [`Pseudonyms::seal_bytes`]; `None` for what it never gives.
    pub fn open_bytes(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (tag, hidden) = sealed.split_first_chunk::<TAG>()?;
        let mut bytes = hidden.to_vec();
        self.veil(tag, &mut bytes);
        (self.whole_tag(&bytes) == *tag).then_some(bytes)
    }

    fn whole_tag(&self, bytes: &[u8]) -> [u8; TAG] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(b"=");
        hasher.update(bytes);
        let mut tag = [0; TAG];
        hasher.finalize_xof().fill(&mut tag);
        tag
    }

    /// Adds a pad that is a keyed hash of the tag: a second time, it is gone.
    fn veil(&self, tag: &[u8; TAG], bytes: &mut [u8]) {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(b"*");
        hasher.update(tag);
        let mut pad = vec![0; bytes.len()];
        hasher.finalize_xof().fill(&mut pad);
        for (byte, pad) in bytes.iter_mut().zip(pad) {
            *byte ^= pad;
        }
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
    fn bytes_are_read_back_by_the_same_alone() {
        for length in [0, 1, 31, 192, 5_000] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let sealed = names(1, 1).seal_bytes(&bytes);
            assert_eq!(sealed, names(1, 1).seal_bytes(&bytes));
            assert_eq!(sealed.len(), TAG + bytes.len());
            assert_eq!(names(1, 1).open_bytes(&sealed), Some(bytes));
            assert_eq!(names(2, 1).open_bytes(&sealed), None);
            assert_eq!(names(1, 2).open_bytes(&sealed), None);
            let cut = &sealed[..sealed.len() - 1];
            assert_eq!(names(1, 1).open_bytes(cut), None);
            for at in [0, TAG - 1, sealed.len() - 1] {
                let mut forged = sealed.clone();
                forged[at] ^= 1;
                assert_eq!(names(1, 1).open_bytes(&forged), None);
            }
        }
        // Alike, and yet nothing of the one is found in the other.
        let (one, other) = (
            names(1, 1).seal_bytes(&[0; 64]),
            names(1, 1).seal_bytes(&[1; 64]),
        );
        let same = one
            .iter()
            .zip(&other)
            .filter(|(one, other)| one == other)
            .count();
        assert!(same < 16, "{same}");
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
