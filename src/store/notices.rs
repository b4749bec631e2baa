//! What an account is to be told when it looks.

use super::{Result, Tx, drawn};
use crate::model::{Instant, NoticeId, UserId};

/// Something that an account is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: i64,
    pub at: Instant,
    pub kind: String,
    pub text: String,
    pub seen: Option<Instant>,
}

pub fn notify(tx: &mut Tx, user: UserId, kind: &str, text: &str, now: Instant) -> Result<NoticeId> {
    let id = tx.first(
        "INSERT INTO notices (user_id, at, kind, text) VALUES (?1, ?2, ?3, ?4) RETURNING id",
        &[user.0.into(), now.into(), kind.into(), text.into()],
        |row| row.int(0),
    )?;
    Ok(NoticeId(drawn(id)?))
}

/// What it says to the account.
pub fn text(tx: &mut Tx, user: UserId, id: NoticeId) -> Result<Option<String>> {
    tx.first(
        "SELECT text FROM notices WHERE id = ?1 AND user_id = ?2",
        &[id.0.into(), user.0.into()],
        |row| row.string(0),
    )
}

/// Latest first, at most `at_most`.
pub fn of_user(tx: &mut Tx, user: UserId, at_most: i64) -> Result<Vec<Notice>> {
    tx.list(
        "SELECT id, at, kind, text, seen FROM notices WHERE user_id = ?1 ORDER BY at DESC, id DESC LIMIT ?2",
        &[user.0.into(), at_most.into()],
        |row| {
            Ok(Notice {
                id: row.int(0)?,
                at: row.int(1)?,
                kind: row.string(2)?,
                text: row.string(3)?,
                seen: row.opt_int(4)?,
            })
        },
    )
}

pub fn seen(tx: &mut Tx, user: UserId, now: Instant) -> Result<()> {
    tx.run(
        "UPDATE notices SET seen = ?2 WHERE user_id = ?1 AND seen IS NULL",
        &[user.0.into(), now.into()],
    )?;
    Ok(())
}

pub fn sweep(tx: &mut Tx, before: Instant) -> Result<()> {
    tx.run("DELETE FROM notices WHERE at < ?1", &[before.into()])?;
    Ok(())
}
