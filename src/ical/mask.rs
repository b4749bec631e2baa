//! An event without its words: a new object with its times and nothing else, made from an allow-list.

use bytes::Bytes;

use super::Object;

/// What can be shown of an object without its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outline {
    /// Nothing: it is no event, or it is cancelled.
    None,
    /// An event that takes no time.
    Free,
    /// An event that takes time.
    Bar,
}

impl Outline {
    pub const ALL: [Self; 3] = [Self::None, Self::Free, Self::Bar];
}

/// What a rendering has in place of what it leaves out.
#[derive(Clone, Copy, Debug)]
pub struct Dress<'d> {
    pub uid: &'d str,
    /// SUMMARY of every event.
    pub label: &'d str,
    /// DTSTAMP, in UTC seconds.
    pub stamp: i64,
    /// Shows what is FREE too, as such; else only what takes time.
    pub with_free: bool,
}

/// The times of an object's events; `None` when there is nothing to show.
pub fn mask(object: &Object, dress: &Dress<'_>) -> Option<Bytes> {
    let _ = (object, dress);
    todo!()
}

pub fn outline(object: &Object) -> Outline {
    let _ = object;
    todo!()
}
