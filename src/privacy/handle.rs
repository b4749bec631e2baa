//! What a row is called outside: an id that tells neither how many others there are nor which of them came first.

use super::Pseudonyms;
use crate::model::{ApiTokenId, AppPasswordId, ExportId, FeedId, ViewId};

/// The number of a row, of one sort of things.
pub trait Numbered: Copy {
    /// Ids of different sorts have nothing in common.
    const SORT: &'static [u8];
    fn number(self) -> i64;
    fn numbered(number: i64) -> Self;
}

macro_rules! numbered {
    ($($id:ident $sort:literal),*) => {$(
        impl Numbered for $id {
            const SORT: &'static [u8] = $sort;

            fn number(self) -> i64 {
                self.0
            }

            fn numbered(number: i64) -> Self {
                Self(number)
            }
        }
    )*};
}

numbered!(
    ApiTokenId b"tokens",
    AppPasswordId b"devices",
    ExportId b"links",
    FeedId b"subscriptions",
    ViewId b"shared views"
);

/// Turns numbers of rows into ids and back, the same on every machine that shares the database.
#[derive(Clone, Copy, Debug)]
pub struct Handles<'k> {
    key: &'k [u8; 32],
}

impl<'k> Handles<'k> {
    pub fn new(key: &'k [u8; 32]) -> Self {
        Self { key }
    }

    pub fn of<T: Numbered>(self, id: T) -> String {
        Pseudonyms::of_sort(self.key, T::SORT).seal(id.number())
    }

    /// The reverse of [`Handles::of`]; `None` for what it never gives.
    pub fn read<T: Numbered>(self, handle: &str) -> Option<T> {
        Pseudonyms::of_sort(self.key, T::SORT)
            .open(handle)
            .map(T::numbered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_one_sort_and_one_server() {
        let (here, there) = (Handles::new(&[1; 32]), Handles::new(&[2; 32]));
        let id = here.of(ApiTokenId(7));
        assert_eq!(here.read(&id), Some(ApiTokenId(7)));
        assert_eq!(here.read::<AppPasswordId>(&id), None);
        assert_eq!(there.read::<ApiTokenId>(&id), None);
        assert_ne!(here.of(AppPasswordId(7)), id);
        for wrong in ["7", "", &id[1..], &format!("{id}0")] {
            assert_eq!(here.read::<ApiTokenId>(wrong), None, "{wrong}");
        }
    }
}
