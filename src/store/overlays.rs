//! What sharees keep for themselves on items that are shared with them. Each sharee has a sequence of changes of their own in a
//! layer; its owner and others have no part in it.

use std::collections::HashMap;

use bytes::Bytes;

use super::engine::Row;
use super::items::Need;
use super::{Result, Tx};
use crate::model::*;

/// How far a sharee's own changes in a layer have come.
pub fn reach(tx: &mut Tx, user: UserId, layer: LayerId) -> Result<i64> {
    let number = tx.first(
        "SELECT number FROM overlay_numbers WHERE user_id = ?1 AND layer = ?2",
        &[user.0.into(), layer.0.into()],
        |row| row.int(0),
    )?;
    Ok(number.unwrap_or(0))
}

pub fn of(tx: &mut Tx, user: UserId, item: ItemId) -> Result<Option<Overlay>> {
    tx.first(
        "SELECT at, hash, body FROM overlays WHERE user_id = ?1 AND item = ?2",
        &[user.0.into(), item.0.into()],
        |row| {
            Ok(Overlay {
                body: Some(Bytes::copy_from_slice(row.blob(2)?)),
                ..index(row, 0)?
            })
        },
    )
}

/// What everybody keeps on an item, by sharee.
pub fn on(tx: &mut Tx, item: ItemId) -> Result<Vec<(UserId, Bytes)>> {
    tx.list(
        "SELECT user_id, body FROM overlays WHERE item = ?1 ORDER BY user_id",
        &[item.0.into()],
        |row| Ok((UserId(row.int(0)?), Bytes::copy_from_slice(row.blob(1)?))),
    )
}

/// Nothing is kept for a sharee in layers that do not stand in their home by a share.
pub fn forget_left(tx: &mut Tx, user: UserId) -> Result<()> {
    for sql in [
        "DELETE FROM overlays WHERE user_id = ?1 AND layer NOT IN (
             SELECT s.layer FROM layers m JOIN shares s ON s.id = m.mount_id
             WHERE m.owner = ?1 AND m.mount_kind = 'share' AND s.layer IS NOT NULL)",
        "DELETE FROM overlay_numbers WHERE user_id = ?1 AND layer NOT IN (
             SELECT s.layer FROM layers m JOIN shares s ON s.id = m.mount_id
             WHERE m.owner = ?1 AND m.mount_kind = 'share' AND s.layer IS NOT NULL)",
    ] {
        tx.run(sql, &[user.0.into()])?;
    }
    Ok(())
}

/// Everything of a sharee's in a layer; without the bodies, unless a text is asked for.
pub fn all(
    tx: &mut Tx,
    user: UserId,
    layer: LayerId,
    need: Need,
) -> Result<HashMap<ItemId, Overlay>> {
    let mut found = HashMap::new();
    let sql = match need {
        Need::Index => "SELECT item, at, hash FROM overlays WHERE user_id = ?1 AND layer = ?2",
        Need::Text => "SELECT item, at, hash, body FROM overlays WHERE user_id = ?1 AND layer = ?2",
    };
    tx.rows(sql, &[user.0.into(), layer.0.into()], |row| {
        let mut overlay = index(row, 1)?;
        if need == Need::Text {
            overlay.body = Some(Bytes::copy_from_slice(row.blob(3)?));
        }
        found.insert(ItemId(row.int(0)?), overlay);
        Result::Ok(())
    })?;
    Ok(found)
}

/// Bytes of everything that a sharee keeps in a layer.
pub fn bytes(tx: &mut Tx, user: UserId, layer: LayerId) -> Result<u64> {
    let bytes = tx.first(
        "SELECT CAST(COALESCE(SUM(LENGTH(body)), 0) AS BIGINT) FROM overlays WHERE user_id = ?1 AND layer = ?2",
        &[user.0.into(), layer.0.into()],
        |row| row.size(0),
    )?;
    Ok(bytes.unwrap_or(0))
}

/// The items on which something of a sharee's changed after a number, with its number, in the order of numbers.
pub fn since(
    tx: &mut Tx,
    (user, layer): (UserId, LayerId),
    after: i64,
    at_most: usize,
) -> Result<Vec<(ItemId, i64)>> {
    tx.list(
        "SELECT item, number FROM overlays WHERE user_id = ?1 AND layer = ?2 AND number > ?3 ORDER BY number LIMIT ?4",
        &[
            user.0.into(),
            layer.0.into(),
            after.into(),
            i64::try_from(at_most).unwrap_or(i64::MAX).into(),
        ],
        |row| Ok((ItemId(row.int(0)?), row.int(1)?)),
    )
}

/// Nothing (`body` is empty) is kept too, so that the sharee's other devices learn of it.
pub fn set(
    tx: &mut Tx,
    (user, layer, item): (UserId, LayerId, ItemId),
    body: &[u8],
    now: Instant,
) -> Result<()> {
    let number = super::drawn(tx.first(
        "INSERT INTO overlay_numbers (user_id, layer, number) VALUES (?1, ?2, 1)
         ON CONFLICT (user_id, layer) DO UPDATE SET number = overlay_numbers.number + 1 RETURNING number",
        &[user.0.into(), layer.0.into()],
        |row| row.int(0),
    )?)?;
    let hash = Overlay::hash_of(body);
    tx.run(
        "INSERT INTO overlays (user_id, layer, item, number, hash, body, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (user_id, item) DO UPDATE SET number = excluded.number, hash = excluded.hash,
             body = excluded.body, at = excluded.at",
        &[
            user.0.into(),
            layer.0.into(),
            item.0.into(),
            number.into(),
            hash.as_slice().into(),
            body.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

fn index(row: &Row, from: usize) -> Result<Overlay> {
    Ok(Overlay {
        at: row.int(from)?,
        hash: row.blob(from + 1)?.to_vec(),
        body: None,
    })
}
