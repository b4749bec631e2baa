//! Layers: rows, and the names of those that are gone.
use super::{Result, Tx};
use crate::model::*;

#[derive(Clone, Debug)]
pub struct NewLayer {
    pub owner: UserId,
    pub name: String,
    pub kind: LayerKind,
    pub display_name: String,
    pub color: Option<String>,
    pub order: Option<i64>,
    pub visibility: Visibility,
    pub enabled: bool,
    pub description: Option<String>,
    pub timezone: Option<String>,
    pub timezone_id: Option<String>,
    pub components: Components,
    pub transparent: bool,
    pub now: Instant,
}
pub fn create(_tx: &mut Tx, _new: &NewLayer) -> Result<Option<Layer>> {
    todo!()
} // None: the name is taken
pub fn of_owner(_tx: &mut Tx, _owner: UserId) -> Result<Vec<Layer>> {
    todo!()
} // by order, then id
pub fn find(_tx: &mut Tx, _owner: UserId, _name: &str) -> Result<Option<Layer>> {
    todo!()
}
pub fn by_id(_tx: &mut Tx, _id: LayerId) -> Result<Option<Layer>> {
    todo!()
}
/// Writes every settable field of `layer` and raises `revision`; answers the new revision.
pub fn update(_tx: &mut Tx, _layer: &Layer) -> Result<i64> {
    todo!()
}
/// Items, dead properties, tombstones and the layer itself go; its name is remembered for the home's sync.
pub fn delete(_tx: &mut Tx, _layer: LayerId, _now: Instant) -> Result<()> {
    todo!()
}
/// The names of an owner's layers that are gone, by id.
pub fn gone(_tx: &mut Tx, _owner: UserId) -> Result<Vec<(LayerId, String)>> {
    todo!()
}
/// `(items, bytes)` of all layers of an owner, kept as running sums.
pub fn usage(_tx: &mut Tx, _owner: UserId) -> Result<(u64, u64)> {
    todo!()
}

/// Another name in the same home; the old one is remembered as gone and `revision` raised. `false`: the name is taken.
pub fn rename(_tx: &mut Tx, _layer: LayerId, _name: &str, _now: Instant) -> Result<bool> {
    todo!()
}
