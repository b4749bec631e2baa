//! With which time zone data the times of items were reckoned, and what a walk needs that reckons them anew.

use super::items::{Need, columns, item};
use super::{Result, Tx};
use crate::model::{Face, Instant, Item, ItemId, Span};

/// The version; `None`: it was never noted.
pub fn zone_data(tx: &mut Tx) -> Result<Option<String>> {
    tx.first("SELECT version FROM zone_data WHERE id = 1", &[], |row| {
        row.string(0)
    })
}

pub fn set_zone_data(tx: &mut Tx, version: &str) -> Result<()> {
    tx.run(
        "INSERT INTO zone_data (id, version) VALUES (1, ?1)
         ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        &[version.into()],
    )?;
    Ok(())
}

/// The next items of the whole store, with their texts.
pub fn after(tx: &mut Tx, last: ItemId, at_most: i64) -> Result<Vec<Item>> {
    tx.list(
        concat!(
            "SELECT ",
            columns!(),
            ", t.body FROM items i JOIN texts t ON t.item = i.id WHERE i.id > ?1 ORDER BY i.id LIMIT ?2"
        ),
        &[last.0.into(), at_most.into()],
        |row| item(row, Need::Text),
    )
}

/// What others may see of an item that was written before that was kept: nobody has seen it yet, so nothing changes for anyone.
pub fn set_face(tx: &mut Tx, id: ItemId, face: &Face) -> Result<()> {
    tx.run(
        "UPDATE items SET face = ?2 WHERE id = ?1",
        &[id.0.into(), face.to_bytes().as_slice().into()],
    )?;
    Ok(())
}

/// The change number stays, as nothing that a client sees has changed.
pub fn set_span(tx: &mut Tx, id: ItemId, span: Span) -> Result<()> {
    tx.run(
        "UPDATE items SET first_at = ?2, last_at = ?3 WHERE id = ?1",
        &[
            id.0.into(),
            span.first.unwrap_or(Instant::MIN).into(),
            span.last.unwrap_or(Instant::MAX).into(),
        ],
    )?;
    Ok(())
}
