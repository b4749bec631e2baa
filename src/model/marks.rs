//! What decides who sees an item and how much of it: what its owner has set, and what it comes to over all components.

use super::Visibility;
use crate::ical::mask::Outline;

/// Who sees more of an item than its time (`X-STRATA-DETAILS-TO`), the strictest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Details {
    Nobody,
    #[default]
    Friends,
    Everyone,
}

/// `X-STRATA-TYPE`, the strictest first: a reminder has no bar of its own, a time block shows its bar where an event
/// would not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    Reminder,
    #[default]
    Event,
    TimeBlock,
}

impl Details {
    pub const ALL: [Self; 3] = [Self::Nobody, Self::Friends, Self::Everyone];

    pub fn name(self) -> &'static str {
        match self {
            Self::Nobody => "NOBODY",
            Self::Friends => "FRIENDS",
            Self::Everyone => "EVERYONE",
        }
    }

    /// In any case; `None` for what is no value of `X-STRATA-DETAILS-TO`.
    pub fn named(name: &str) -> Option<Self> {
        one_of(&Self::ALL, name, Self::name)
    }
}

impl Sort {
    pub const ALL: [Self; 3] = [Self::Reminder, Self::Event, Self::TimeBlock];

    pub fn name(self) -> &'static str {
        match self {
            Self::Reminder => "REMINDER",
            Self::Event => "EVENT",
            Self::TimeBlock => "TIME-BLOCK",
        }
    }

    /// In any case; `None` for what is no value of `X-STRATA-TYPE`.
    pub fn named(name: &str) -> Option<Self> {
        one_of(&Self::ALL, name, Self::name)
    }
}

impl Visibility {
    pub const ALL: [Self; 3] = [Self::Private, Self::Friends, Self::Public];

    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "PRIVATE",
            Self::Friends => "FRIENDS",
            Self::Public => "PUBLIC",
        }
    }

    /// In any case; `None` for what is no value of `X-STRATA-VISIBILITY`.
    pub fn named(name: &str) -> Option<Self> {
        one_of(&Self::ALL, name, Self::name)
    }
}

fn one_of<T: Copy>(all: &[T], name: &str, own: fn(T) -> &'static str) -> Option<T> {
    let is_meant = |value: &&T| own(**value).eq_ignore_ascii_case(name.trim());
    all.iter().find(is_meant).copied()
}

/// What the owner has set, by the text of the master or by a property of the resource. It stays with the resource when
/// a client sends the text without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kept {
    pub visibility: Option<Visibility>,
    pub details: Option<Details>,
    pub sort: Option<Sort>,
    pub sensitive: Option<bool>,
    /// The same of its overrides; `None`: nothing was said.
    pub overrides: Option<Stricter>,
}

/// What the overrides of a series say of themselves, the strictest of it: it can only narrow what the master says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stricter {
    pub visibility: Option<Visibility>,
    pub details: Option<Details>,
    pub sort: Option<Sort>,
    pub sensitive: bool,
}

/// What an owner changes of it; `Some(None)` takes a word back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptPatch {
    pub visibility: Option<Option<Visibility>>,
    pub details: Option<Option<Details>>,
    pub sort: Option<Option<Sort>>,
    pub sensitive: Option<Option<bool>>,
}

impl KeptPatch {
    pub fn changes_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Kept {
    #[must_use]
    pub fn patched(self, patch: &KeptPatch) -> Self {
        Self {
            visibility: patch.visibility.unwrap_or(self.visibility),
            details: patch.details.unwrap_or(self.details),
            sort: patch.sort.unwrap_or(self.sort),
            sensitive: patch.sensitive.unwrap_or(self.sensitive),
            ..self
        }
    }

    /// After a text that says `new`: what it names is set, the rest stays as it was.
    #[must_use]
    pub fn merge(self, new: Self) -> Self {
        Self {
            visibility: new.visibility.or(self.visibility),
            details: new.details.or(self.details),
            sort: new.sort.or(self.sort),
            sensitive: new.sensitive.or(self.sensitive),
            overrides: new
                .overrides
                .or(self.overrides)
                .filter(|it| *it != Stricter::default()),
        }
    }

    /// For a column of the database.
    pub fn to_bits(self) -> i64 {
        let mut bits = Packer::default();
        bits.put(2, place(&Visibility::ALL, self.visibility));
        bits.put(2, place(&Details::ALL, self.details));
        bits.put(2, place(&Sort::ALL, self.sort));
        bits.put(2, place(&[false, true], self.sensitive));
        let overrides = self.overrides.unwrap_or_default();
        bits.put(2, place(&Visibility::ALL, overrides.visibility));
        bits.put(2, place(&Details::ALL, overrides.details));
        bits.put(2, place(&Sort::ALL, overrides.sort));
        bits.put(1, i64::from(overrides.sensitive));
        bits.done()
    }

    /// The reverse of [`Kept::to_bits`]; `None` for what it never gives.
    pub fn from_bits(bits: i64) -> Option<Self> {
        let mut bits = Unpacker::of(bits)?;
        let kept = Self {
            visibility: at(&Visibility::ALL, bits.take(2))?,
            details: at(&Details::ALL, bits.take(2))?,
            sort: at(&Sort::ALL, bits.take(2))?,
            sensitive: at(&[false, true], bits.take(2))?,
            overrides: None,
        };
        let overrides = Stricter {
            visibility: at(&Visibility::ALL, bits.take(2))?,
            details: at(&Details::ALL, bits.take(2))?,
            sort: at(&Sort::ALL, bits.take(2))?,
            sensitive: bits.take(1) == 1,
        };
        let kept = Self {
            overrides: Some(overrides).filter(|it| *it != Stricter::default()),
            ..kept
        };
        bits.is_empty().then_some(kept)
    }
}

/// What all components of an item together come to, the strictest of them: all that the rules ask of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marks {
    /// In place of the layer's; `None`: as the layer has it.
    pub visibility: Option<Visibility>,
    /// No wider than this, whatever the layer or [`Marks::visibility`] say: the strictest of the overrides.
    pub at_most: Visibility,
    /// The owner has said `PRIVATE`, rather than a client `CLASS:PRIVATE`: hides the bar of a time block too.
    pub explicitly_private: bool,
    pub details: Details,
    pub sort: Sort,
    pub sensitive: bool,
    /// A record of the platform, not written by the owner: what is sensitive of it is generic to the owner as well.
    pub platform: bool,
    /// What can be shown without the text.
    pub outline: Outline,
}

impl Default for Marks {
    /// An event that takes time and says nothing of who may see it.
    fn default() -> Self {
        Self {
            visibility: None,
            at_most: Visibility::Public,
            explicitly_private: false,
            details: Details::default(),
            sort: Sort::default(),
            sensitive: false,
            platform: false,
            outline: Outline::Bar,
        }
    }
}

impl Marks {
    /// In a layer of this visibility.
    pub fn effective(&self, layer: Visibility) -> Visibility {
        self.visibility.unwrap_or(layer).min(self.at_most)
    }

    /// For a column of the database.
    pub fn to_bits(self) -> i64 {
        let mut bits = Packer::default();
        bits.put(2, place(&Visibility::ALL, self.visibility));
        bits.put(2, place(&Visibility::ALL, Some(self.at_most)));
        bits.put(2, place(&Details::ALL, Some(self.details)));
        bits.put(2, place(&Sort::ALL, Some(self.sort)));
        bits.put(2, place(&Outline::ALL, Some(self.outline)));
        bits.put(1, i64::from(self.explicitly_private));
        bits.put(1, i64::from(self.sensitive));
        bits.put(1, i64::from(self.platform));
        bits.done()
    }

    /// The reverse of [`Marks::to_bits`]; `None` for what it never gives.
    pub fn from_bits(bits: i64) -> Option<Self> {
        let mut bits = Unpacker::of(bits)?;
        let marks = Self {
            visibility: at(&Visibility::ALL, bits.take(2))?,
            at_most: at(&Visibility::ALL, bits.take(2))??,
            details: at(&Details::ALL, bits.take(2))??,
            sort: at(&Sort::ALL, bits.take(2))??,
            outline: at(&Outline::ALL, bits.take(2))??,
            explicitly_private: bits.take(1) == 1,
            sensitive: bits.take(1) == 1,
            platform: bits.take(1) == 1,
        };
        bits.is_empty().then_some(marks)
    }
}

/// 0 for none, then the values in their order.
fn place<T: PartialEq>(all: &[T], value: Option<T>) -> i64 {
    let found = value.and_then(|value| all.iter().position(|one| *one == value));
    found.map_or(0, |at| at as i64 + 1)
}

/// The reverse of [`place`]; the outer `None`: no such place.
fn at<T: Copy>(all: &[T], place: i64) -> Option<Option<T>> {
    match usize::try_from(place).ok()?.checked_sub(1) {
        None => Some(None),
        Some(at) => all.get(at).copied().map(Some),
    }
}

/// Values side by side in one number, the first in the lowest bits.
#[derive(Default)]
struct Packer {
    bits: i64,
    used: u32,
}

impl Packer {
    fn put(&mut self, width: u32, value: i64) {
        self.bits |= value << self.used;
        self.used += width;
    }

    fn done(self) -> i64 {
        self.bits
    }
}

struct Unpacker(i64);

impl Unpacker {
    fn of(bits: i64) -> Option<Self> {
        (bits >= 0).then_some(Self(bits))
    }

    fn take(&mut self, width: u32) -> i64 {
        let value = self.0 & ((1 << width) - 1);
        self.0 >>= width;
        value
    }

    fn is_empty(&self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every number up to beyond the last that is given: it is read as nothing, or as what gives it again.
    #[test]
    fn packed_and_unpacked() {
        let (mut kept, mut marks) = (0, 0);
        for bits in (0..1 << 16).chain([-1, i64::MIN, i64::MAX, 1 << 40]) {
            if let Some(read) = Kept::from_bits(bits) {
                assert_eq!(read.to_bits(), bits);
                kept += 1;
            }
            if let Some(read) = Marks::from_bits(bits) {
                assert_eq!(read.to_bits(), bits);
                marks += 1;
            }
        }
        assert_eq!(kept, 4 * 4 * 4 * 3 * (4 * 4 * 4 * 2));
        assert_eq!(marks, 4 * 3 * 3 * 3 * 3 * 8);
        assert_eq!(Kept::default().to_bits(), 0);
    }

    #[test]
    fn a_text_without_a_property_leaves_it() {
        let old = Kept {
            visibility: Some(Visibility::Private),
            details: Some(Details::Nobody),
            ..Kept::default()
        };
        let new = Kept {
            details: Some(Details::Everyone),
            sensitive: Some(false),
            ..Kept::default()
        };
        let merged = Kept {
            visibility: Some(Visibility::Private),
            details: Some(Details::Everyone),
            sensitive: Some(false),
            ..Kept::default()
        };
        assert_eq!(old.merge(new), merged);
        assert_eq!(old.merge(Kept::default()), old);
    }

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!(Sort::named(" time-Block "), Some(Sort::TimeBlock));
        assert_eq!(Details::named("FRIEND"), None);
        assert_eq!(Visibility::named("public"), Some(Visibility::Public));
    }
}
