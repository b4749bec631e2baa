//! Single items that an owner has handed to somebody to read.

use super::{Result, Tx};
use crate::model::{Class, Handed, Instant, ItemId, LayerId, UserId};

/// `None`: this person has it already.
pub fn hand(tx: &mut Tx, new: &Handed, now: Instant) -> Result<Option<i64>> {
    tx.first(
        "INSERT INTO handed (item, layer, owner, user_id, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (item, user_id) DO NOTHING RETURNING id",
        &[
            new.item.0.into(),
            new.layer.0.into(),
            new.owner.0.into(),
            new.to.0.into(),
            now.into(),
        ],
        |row| row.int(0),
    )
}

/// All that was handed to an account, each with the fact of it, by layer and item.
pub fn to(tx: &mut Tx, user: UserId) -> Result<Vec<(i64, Handed)>> {
    tx.list(
        "SELECT id, item, layer, owner FROM handed WHERE user_id = ?1 ORDER BY layer, item",
        &[user.0.into()],
        |row| {
            let handed = Handed {
                item: ItemId(row.int(1)?),
                layer: LayerId(row.int(2)?),
                owner: UserId(row.int(3)?),
                to: user,
            };
            Ok((row.int(0)?, handed))
        },
    )
}

/// To whom an item was handed, by id.
pub fn of_item(tx: &mut Tx, item: ItemId) -> Result<Vec<UserId>> {
    tx.list(
        "SELECT user_id FROM handed WHERE item = ?1 ORDER BY user_id",
        &[item.0.into()],
        |row| row.int(0).map(UserId),
    )
}

/// `false`: this person did not have it.
pub fn take_back(tx: &mut Tx, item: ItemId, user: UserId) -> Result<bool> {
    let gone = tx.run(
        "DELETE FROM handed WHERE item = ?1 AND user_id = ?2",
        &[item.0.into(), user.0.into()],
    )?;
    Ok(gone > 0)
}

/// All that one account has handed to another.
pub fn part(tx: &mut Tx, owner: UserId, user: UserId) -> Result<()> {
    tx.run(
        "DELETE FROM handed WHERE user_id = ?2 AND owner = ?1",
        &[owner.0.into(), user.0.into()],
    )?;
    Ok(())
}

/// The account wants none of it.
pub fn clear(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.run("DELETE FROM handed WHERE user_id = ?1", &[user.0.into()])?;
    Ok(())
}

/// How far a class has come in those items of a layer that were handed to an account.
pub fn number(tx: &mut Tx, layer: LayerId, class: Class, user: UserId) -> Result<i64> {
    let number = tx.first(
        "SELECT COALESCE(MAX(a.number), 0) FROM handed h
         JOIN audiences a ON a.layer = h.layer AND a.class = ?2 AND a.item = h.item
         WHERE h.layer = ?1 AND h.user_id = ?3",
        &[layer.0.into(), class.code().into(), user.0.into()],
        |row| row.int(0),
    )?;
    Ok(number.unwrap_or_default())
}
