//! An event without its words: a new object with its times and nothing else, made from an allow-list. Every value is
//! written anew from what was read of it, so that nothing comes along which is not understood.

mod plan;
mod write;

use bytes::Bytes;

use self::plan::Plan;
use super::recur::Reading;
use super::value::escape;
use super::write::fold_into;
use super::{Object, Zone};

/// What can be shown of an object without its text, the least first.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dress<'d> {
    pub uid: &'d str,
    /// SUMMARY of every event.
    pub label: &'d str,
    /// DTSTAMP, in UTC seconds.
    pub stamp: i64,
    /// Shows what is FREE too, as such; else what takes time alone. What is CANCELLED is never shown: its STATUS would
    /// have to tell, and is left out.
    pub with_free: bool,
}

/// The times of an object's events; `None` when there is nothing that may be shown.
pub fn mask(object: &Object, dress: &Dress<'_>) -> Option<Bytes> {
    let utc = Zone::utc();
    let reading = Reading::new(object, &utc);
    let plan = Plan::of(object, &reading, dress.with_free)?;
    Some(write::rendering(&plan, &reading, dress).into())
}

/// Which renderings [`mask`] has of an object.
pub fn outline(object: &Object) -> Outline {
    let utc = Zone::utc();
    let reading = Reading::new(object, &utc);
    if Plan::of(object, &reading, false).is_some() {
        Outline::Bar
    } else if Plan::of(object, &reading, true).is_some() {
        Outline::Free
    } else {
        Outline::None
    }
}

/// How long a rendering is in any dress, so that a listing need not make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Bytes of all but the lines that the dress decides.
    pub bytes: u64,
    pub events: u64,
}

impl Measure {
    /// Of a rendering and the dress it has.
    pub fn of(rendering: &[u8], dress: &Dress<'_>) -> Self {
        let events = memchr::memmem::find_iter(rendering, b"BEGIN:VEVENT\r\n").count() as u64;
        let dressed = events * lines(dress);
        Self {
            bytes: (rendering.len() as u64).saturating_sub(dressed),
            events,
        }
    }

    /// Bytes of the rendering in this dress.
    pub fn size(&self, dress: &Dress<'_>) -> u64 {
        self.bytes + self.events * lines(dress)
    }
}

/// Bytes of UID and SUMMARY of one event.
fn lines(dress: &Dress<'_>) -> u64 {
    let mut out = String::new();
    fold_into(&mut out, &format!("UID:{}", escape(dress.uid)));
    fold_into(&mut out, &format!("SUMMARY:{}", escape(dress.label)));
    out.len() as u64
}

#[cfg(test)]
mod tests;
