//! What accounts are told, whatever way it reaches them.

use super::{Instant, ItemId, NoticeId, UserId, ViewId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoteKind {
    /// Somebody asks one to be in a shared view.
    ViewInvite,
    /// Somebody has come to one's view.
    ViewAccepted,
    /// A friend shows one an item.
    EventInvite,
    /// An alarm rings.
    Reminder,
    /// Much was deleted or overwritten at once.
    MassLoss,
}

impl NoteKind {
    pub const ALL: [Self; 5] = [
        Self::ViewInvite,
        Self::ViewAccepted,
        Self::EventInvite,
        Self::Reminder,
        Self::MassLoss,
    ];

    /// The word in the database and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::ViewInvite => "SHARED_VIEW_INVITE",
            Self::ViewAccepted => "SHARED_VIEW_ACCEPTED",
            Self::EventInvite => "CALENDAR_EVENT_INVITE",
            Self::Reminder => "CALENDAR_REMINDER",
            Self::MassLoss => "CALENDAR_MASS_LOSS",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoteKinds(u8);

impl NoteKinds {
    pub fn of(kinds: impl IntoIterator<Item = NoteKind>) -> Self {
        let bits = kinds.into_iter().map(|kind| 1 << kind as u8);
        Self(bits.fold(0, |all, bit: u8| all | bit))
    }

    pub fn contains(self, kind: NoteKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = NoteKind> {
        NoteKind::ALL
            .into_iter()
            .filter(move |kind| self.contains(*kind))
    }

    /// Those that are not in it.
    pub fn others(self) -> impl Iterator<Item = NoteKind> {
        NoteKind::ALL
            .into_iter()
            .filter(move |kind| !self.contains(*kind))
    }

    pub fn bits(self) -> u8 {
        self.0
    }

    /// Bits that stand for no kind are left out.
    pub fn of_bits(bits: i64) -> Self {
        Self::of(
            NoteKind::ALL
                .into_iter()
                .filter(|kind| bits >> *kind as u8 & 1 == 1),
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NoteId(pub i64);

/// One thing that an account is told. It holds no words: those are read with the rights of who reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub id: NoteId,
    /// What programs call it.
    pub name: String,
    pub user: UserId,
    pub kind: NoteKind,
    /// Whose doing it is.
    pub other: Option<UserId>,
    pub view: Option<ViewId>,
    pub item: Option<ItemId>,
    /// The RECURRENCE-ID of one occurrence of the item.
    pub occurrence: Option<String>,
    /// What says it, where nothing else does.
    pub notice: Option<NoticeId>,
    pub at: Instant,
    /// When it was read.
    pub seen: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_kept_as_bits() {
        let some = NoteKinds::of([NoteKind::Reminder, NoteKind::ViewInvite]);
        assert_eq!(NoteKinds::of_bits(i64::from(some.bits())), some);
        assert_eq!(NoteKinds::of_bits(-1), NoteKinds::of(NoteKind::ALL));
        assert!(some.contains(NoteKind::Reminder) && !some.contains(NoteKind::EventInvite));
        for kind in NoteKind::ALL {
            assert_eq!(NoteKind::named(kind.word()), Some(kind));
        }
    }
}
