//! Names under which layers stood: a home's sync tells that they are gone.

use crate::model::*;
use crate::store::{Result, Tx};

/// A name under which a layer no longer stands: it was deleted, or renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerName {
    pub layer: LayerId,
    pub name: String,
    /// The layer's `number + revision` from which on it no longer had the name.
    pub changes: i64,
}

/// The former names of an owner's layers, by layer.
pub fn gone(tx: &mut Tx, owner: UserId) -> Result<Vec<FormerName>> {
    tx.list(
        "SELECT layer, name, changes FROM gone_layers WHERE owner = ?1 ORDER BY layer, name",
        &[owner.0.into()],
        |row| {
            Ok(FormerName {
                layer: LayerId(row.int(0)?),
                name: row.string(1)?,
                changes: row.int(2)?,
            })
        },
    )
}

pub(in crate::store) fn remember(tx: &mut Tx, layer: &Layer, now: Instant) -> Result<()> {
    tx.run(
        "INSERT INTO gone_layers (owner, layer, name, at, changes) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (owner, layer, name) DO UPDATE SET at = excluded.at, changes = excluded.changes",
        &[
            layer.owner.0.into(),
            layer.id.0.into(),
            (&layer.name).into(),
            now.into(),
            (layer.number + layer.revision + 1).into(),
        ],
    )?;
    Ok(())
}

/// The name stands again.
pub(super) fn forget(tx: &mut Tx, layer: &Layer, name: &str) -> Result<()> {
    tx.run(
        "DELETE FROM gone_layers WHERE owner = ?1 AND layer = ?2 AND name = ?3",
        &[layer.owner.0.into(), layer.id.0.into(), name.into()],
    )?;
    Ok(())
}
