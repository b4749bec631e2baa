//! What changed for others than the owner. A class of viewers shares one sequence of changes; what a class does not see draws no
//! number in it, so that a hidden edit is no change.

use std::collections::HashMap;

use super::items::{Need, columns, item};
use super::{Error, Result, Tx};
use crate::model::*;

/// An item that a class is to look at again.
#[derive(Debug)]
pub struct Stirred {
    pub id: ItemId,
    pub name: String,
    pub number: i64,
    /// The changes with which it ceased to be seen under its own name, and under its pseudonym; 0: it never did.
    pub whole_until: i64,
    pub masked_until: i64,
    /// As it stands now; `None`: it is gone.
    pub item: Option<Item>,
}

/// Draws the next number of each class and notes what it is to look at.
pub(super) fn note(
    tx: &mut Tx,
    layer: LayerId,
    of: (ItemId, &str),
    stirs: &[Stir],
    now: Instant,
) -> Result<()> {
    let mut drawn = draw(tx, layer, stirs.iter())?;
    note_as(tx, layer, of, stirs, &mut drawn, now)
}

/// By [`Class::code`], the number before the next that is to be used.
pub(super) type Drawn = HashMap<i64, i64>;

/// Draws the numbers of many changes at once.
pub(super) fn draw<'s>(
    tx: &mut Tx,
    layer: LayerId,
    stirs: impl Iterator<Item = &'s Stir>,
) -> Result<Drawn> {
    let mut counts = Drawn::new();
    for stir in stirs {
        *counts.entry(stir.class.code()).or_default() += 1;
    }
    for (class, count) in &mut counts {
        let number = super::drawn(tx.first(
            "INSERT INTO layer_audiences (layer, class, number) VALUES (?1, ?2, ?3)
             ON CONFLICT (layer, class) DO UPDATE SET number = layer_audiences.number + excluded.number RETURNING number",
            &[layer.0.into(), (*class).into(), (*count).into()],
            |row| row.int(0),
        )?)?;
        *count = number - *count;
    }
    Ok(counts)
}

/// The same with numbers that were drawn before.
pub(super) fn note_as(
    tx: &mut Tx,
    layer: LayerId,
    (item, name): (ItemId, &str),
    stirs: &[Stir],
    drawn: &mut Drawn,
    now: Instant,
) -> Result<()> {
    for stir in stirs {
        let next = drawn.entry(stir.class.code()).or_default();
        *next += 1;
        let number = *next;
        let left = |shown| {
            if stir.was == shown && stir.is != shown {
                number
            } else {
                0
            }
        };
        tx.run(
            "INSERT INTO audiences (layer, class, item, name, number, at, whole_until, masked_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (layer, class, item) DO UPDATE SET number = excluded.number, at = excluded.at,
                 whole_until = CASE WHEN excluded.whole_until = 0 THEN audiences.whole_until ELSE excluded.whole_until END,
                 masked_until = CASE WHEN excluded.masked_until = 0 THEN audiences.masked_until
                                     ELSE excluded.masked_until END",
            &[
                layer.0.into(),
                stir.class.code().into(),
                item.0.into(),
                name.into(),
                number.into(),
                now.into(),
                left(Shown::Whole).into(),
                left(Shown::Masked).into(),
            ],
        )?;
    }
    Ok(())
}

/// How far a class has come in a layer, and what it must have seen for its deletions to be known.
pub fn reach(tx: &mut Tx, layer: LayerId, class: Class) -> Result<(i64, i64)> {
    let reach = tx.first(
        "SELECT number, horizon FROM layer_audiences WHERE layer = ?1 AND class = ?2",
        &[layer.0.into(), class.code().into()],
        |row| Ok((row.int(0)?, row.int(1)?)),
    )?;
    Ok(reach.unwrap_or((0, 0)))
}

/// The same of every class in every layer of an owner, by layer and by [`Class::code`].
pub fn reaches_of(tx: &mut Tx, owner: UserId) -> Result<HashMap<(LayerId, i64), (i64, i64)>> {
    reaches(
        tx,
        "SELECT a.layer, a.class, a.number, a.horizon FROM layers l JOIN layer_audiences a ON a.layer = l.id
         WHERE l.owner = ?1",
        owner.0,
    )
}

pub(super) fn reaches(
    tx: &mut Tx,
    sql: &'static str,
    of: i64,
) -> Result<HashMap<(LayerId, i64), (i64, i64)>> {
    let mut found = HashMap::new();
    tx.rows(sql, &[of.into()], |row| {
        let key = (LayerId(row.int(0)?), row.int(1)?);
        found.insert(key, (row.int(2)?, row.int(3)?));
        Result::Ok(())
    })?;
    Ok(found)
}

pub(super) const SINCE: (&str, &str) = (
    concat!(
        "SELECT ",
        columns!(),
        ", a.item, a.name, a.number, a.whole_until, a.masked_until
         FROM audiences a LEFT JOIN items i ON i.id = a.item
         WHERE a.layer = ?1 AND a.class = ?2 AND a.number > ?3 ORDER BY a.number LIMIT ?4"
    ),
    concat!(
        "SELECT ",
        columns!(),
        ", t.body, a.item, a.name, a.number, a.whole_until, a.masked_until
         FROM audiences a LEFT JOIN items i ON i.id = a.item LEFT JOIN texts t ON t.item = i.id
         WHERE a.layer = ?1 AND a.class = ?2 AND a.number > ?3 ORDER BY a.number LIMIT ?4"
    ),
);

/// What a class is to look at after a number, in the order of numbers.
pub fn since<E: From<Error>>(
    tx: &mut Tx,
    (layer, class): (LayerId, Class),
    after: i64,
    at_most: usize,
    need: Need,
    visit: &mut dyn FnMut(Stirred) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let args = [
        layer.0.into(),
        class.code().into(),
        after.into(),
        i64::try_from(at_most).unwrap_or(i64::MAX).into(),
    ];
    let own = need.columns();
    tx.rows(need.of(SINCE), &args, |row| {
        let stands = row.opt_int(0)?.is_some();
        visit(Stirred {
            id: ItemId(row.int(own)?),
            name: row.string(own + 1)?,
            number: row.int(own + 2)?,
            whole_until: row.int(own + 3)?,
            masked_until: row.int(own + 4)?,
            item: if stands { Some(item(row, need)?) } else { None },
        })
    })
}

/// The rules have changed: what was noted under the old ones is the base of nothing.
pub(super) fn forget(tx: &mut Tx, layer: LayerId) -> Result<()> {
    tx.run("DELETE FROM audiences WHERE layer = ?1", &[layer.0.into()])?;
    Ok(())
}

/// What vanished before ?1.
macro_rules! vanished {
    () => {
        "at < ?1 AND NOT EXISTS (SELECT 1 FROM items i WHERE i.id = audiences.item)"
    };
}

/// Forgets what vanished before `before`; a class that had not come so far begins anew.
pub(super) fn sweep(tx: &mut Tx, before: Instant) -> Result<u64> {
    tx.run(
        concat!(
            "UPDATE layer_audiences SET horizon = (SELECT MAX(audiences.number) FROM audiences
                 WHERE audiences.layer = layer_audiences.layer AND audiences.class = layer_audiences.class AND ",
            vanished!(),
            ") WHERE EXISTS (SELECT 1 FROM audiences
                 WHERE audiences.layer = layer_audiences.layer AND audiences.class = layer_audiences.class
                     AND audiences.number > layer_audiences.horizon AND ",
            vanished!(),
            ")"
        ),
        &[before.into()],
    )?;
    tx.run(
        concat!("DELETE FROM audiences WHERE ", vanished!()),
        &[before.into()],
    )
}
