//! What changed in a layer after a number: live items, and tombstones kept as the newest state per name.
use super::items::Need;
use super::{Result, Tx};
use crate::model::*;

pub enum Change {
    Written(Item),
    Gone { name: String, number: i64 },
}
/// In the order of numbers, at most `at_most`; `after` = 0 and `live_only` for a first sync.
pub fn since<E: From<super::Error>>(
    _tx: &mut Tx,
    _layer: LayerId,
    _after: i64,
    _live_only: bool,
    _at_most: usize,
    _need: Need,
    _visit: &mut dyn FnMut(Change) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    todo!()
}
/// The smallest number a token may hold: tombstones at or below it have been swept.
pub fn horizon(_tx: &mut Tx, _layer: LayerId) -> Result<i64> {
    todo!()
}
/// Forgets tombstones written before `before`; answers how many.
pub fn sweep(_tx: &mut Tx, _before: Instant) -> Result<u64> {
    todo!()
}
