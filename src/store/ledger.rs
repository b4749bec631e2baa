//! What sync needs of the items of a system layer, and nothing else of them: names, tags, numbers, marks and hashes. No text of
//! theirs is kept, no time, and no history.

use super::items::LayerWriter;
use super::{Result, Tx, audiences};
use crate::model::*;

/// An item that a platform shows from now on, or shows otherwise.
pub struct Shown<'a> {
    /// Of one that stands in the ledger.
    pub stands: Option<ItemId>,
    pub name: &'a str,
    pub uid: &'a str,
    pub tag: &'a str,
    pub size: u64,
    pub face: &'a Face,
    /// For whom it is a change.
    pub stirs: Vec<Stir>,
}

/// One that it no longer shows.
pub struct Struck<'a> {
    pub id: ItemId,
    pub name: &'a str,
    pub stirs: Vec<Stir>,
}

impl LayerWriter<'_, '_> {
    /// Takes down what has become of a layer's items; answers the layer's number from then on.
    pub fn take_down(&mut self, shown: &[Shown], struck: &[Struck], now: Instant) -> Result<i64> {
        let new = shown.iter().filter(|it| it.stands.is_none()).count();
        let changes = as_number(shown.len() + struck.len());
        let items = as_number(new) - as_number(struck.len());
        let mut number = self.draw_several(changes, items)?;
        let layer = self.layer().id;
        for item in struck {
            number += 1;
            strike(self.tx, layer, item, number, now)?;
        }
        for item in shown {
            number += 1;
            match item.stands {
                Some(id) => change(self.tx, id, item, number, now)?,
                None => enter(self.tx, layer, item, number, now)?,
            }
        }
        Ok(number)
    }
}

fn as_number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn enter(tx: &mut Tx, layer: LayerId, item: &Shown, number: i64, now: Instant) -> Result<()> {
    let id = super::drawn(tx.first(
        "INSERT INTO items (layer, name, uid, component, tag, size, first_at, last_at, number, created, modified, face)
         VALUES (?1, ?2, ?3, 'VEVENT', ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10) RETURNING id",
        &[
            layer.0.into(),
            item.name.into(),
            item.uid.into(),
            item.tag.into(),
            i64::try_from(item.size).unwrap_or(i64::MAX).into(),
            Instant::MIN.into(),
            Instant::MAX.into(),
            number.into(),
            now.into(),
            item.face.to_bytes().as_slice().into(),
        ],
        |row| row.int(0),
    )?)?;
    audiences::note(tx, layer, (ItemId(id), item.name), &item.stirs, now)?;
    tx.run(
        "DELETE FROM tombstones WHERE layer = ?1 AND name = ?2",
        &[layer.0.into(), item.name.into()],
    )?;
    Ok(())
}

fn change(tx: &mut Tx, id: ItemId, item: &Shown, number: i64, now: Instant) -> Result<()> {
    let layer = tx.first(
        "UPDATE items SET tag = ?2, size = ?3, number = ?4, modified = ?5, face = ?6 WHERE id = ?1 RETURNING layer",
        &[
            id.0.into(),
            item.tag.into(),
            i64::try_from(item.size).unwrap_or(i64::MAX).into(),
            number.into(),
            now.into(),
            item.face.to_bytes().as_slice().into(),
        ],
        |row| row.int(0),
    )?;
    let layer = LayerId(super::drawn(layer)?);
    audiences::note(tx, layer, (id, item.name), &item.stirs, now)
}

fn strike(tx: &mut Tx, layer: LayerId, item: &Struck, number: i64, now: Instant) -> Result<()> {
    audiences::note(tx, layer, (item.id, item.name), &item.stirs, now)?;
    tx.run(
        "DELETE FROM properties WHERE subject = 'item' AND subject_id = ?1",
        &[item.id.0.into()],
    )?;
    tx.run("DELETE FROM items WHERE id = ?1", &[item.id.0.into()])?;
    tx.run(
        "INSERT INTO tombstones (layer, name, number, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (layer, name) DO UPDATE SET number = excluded.number, at = excluded.at",
        &[layer.0.into(), item.name.into(), number.into(), now.into()],
    )?;
    Ok(())
}
