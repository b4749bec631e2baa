//! What changed in a layer after a number: live items, and tombstones kept as the newest state per name.

use super::items::{Need, columns, item};
use super::{Error, Result, Tx};
use crate::model::*;

#[allow(
    clippy::large_enum_variant,
    reason = "handed on one by one: a box would be an allocation for each"
)]
pub enum Change {
    Written(Item),
    Gone { name: String, number: i64 },
}

/// What lives, without and with the text.
pub(super) const LIVING: (&str, &str) = (
    concat!(
        "SELECT ",
        columns!(),
        " FROM items i WHERE i.layer = ?1 AND i.number > ?2 ORDER BY i.number LIMIT ?3"
    ),
    concat!(
        "SELECT ",
        columns!(),
        ", t.body FROM items i LEFT JOIN texts t ON t.item = i.id
          WHERE i.layer = ?1 AND i.number > ?2 ORDER BY i.number LIMIT ?3"
    ),
);

/// The same merged with what is gone: rows without an id.
pub(super) const ALL: (&str, &str) = (
    concat!(
        "SELECT ",
        columns!(),
        " FROM items i WHERE i.layer = ?1 AND i.number > ?2 UNION ALL
          SELECT NULL, layer, name, NULL, NULL, NULL, NULL, NULL, NULL, number, NULL, NULL, NULL
          FROM tombstones WHERE layer = ?1 AND number > ?2 ORDER BY 10 LIMIT ?3"
    ),
    concat!(
        "SELECT ",
        columns!(),
        ", t.body FROM items i LEFT JOIN texts t ON t.item = i.id WHERE i.layer = ?1 AND i.number > ?2 UNION ALL
          SELECT NULL, layer, name, NULL, NULL, NULL, NULL, NULL, NULL, number, NULL, NULL, NULL, NULL
          FROM tombstones WHERE layer = ?1 AND number > ?2 ORDER BY 10 LIMIT ?3"
    ),
);

/// In the order of numbers, at most `at_most`; `after` = 0 and `live_only` for a first sync.
pub fn since<E: From<Error>>(
    tx: &mut Tx,
    layer: LayerId,
    after: i64,
    live_only: bool,
    at_most: usize,
    need: Need,
    visit: &mut dyn FnMut(Change) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let sql = need.of(if live_only { LIVING } else { ALL });
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let args = [layer.0.into(), after.into(), at_most.into()];
    tx.rows(sql, &args, |row| {
        visit(if row.opt_int(0)?.is_some() {
            Change::Written(item(row, need)?)
        } else {
            Change::Gone {
                name: row.string(2)?,
                number: row.int(9)?,
            }
        })
    })
}

/// The smallest number a token may hold: tombstones at or below it have been swept.
pub fn horizon(tx: &mut Tx, layer: LayerId) -> Result<i64> {
    let horizon = tx.first(
        "SELECT horizon FROM layers WHERE id = ?1",
        &[layer.0.into()],
        |row| row.int(0),
    )?;
    Ok(horizon.unwrap_or(0))
}

/// Forgets tombstones written before `before`, and the names of layers deleted before it; answers how many tombstones.
pub fn sweep(tx: &mut Tx, before: Instant) -> Result<u64> {
    let swept = tx.list(
        "SELECT layer, MAX(number) FROM tombstones WHERE at < ?1 GROUP BY layer ORDER BY layer",
        &[before.into()],
        |row| Ok((row.int(0)?, row.int(1)?)),
    )?;
    let mut count = 0;
    for (layer, number) in swept {
        tx.run(
            "UPDATE layers SET horizon = ?2 WHERE id = ?1 AND horizon < ?2",
            &[layer.into(), number.into()],
        )?;
        count += tx.run(
            "DELETE FROM tombstones WHERE layer = ?1 AND at < ?2 AND number <= ?3",
            &[layer.into(), before.into(), number.into()],
        )?;
    }
    count += super::audiences::sweep(tx, before)?;
    tx.run(
        "DELETE FROM gone_layers WHERE at < ?1 AND layer NOT IN (SELECT id FROM layers)",
        &[before.into()],
    )?;
    Ok(count)
}
