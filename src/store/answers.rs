//! Answers to requests that may be sent again: each stands as long as its key does.

use super::{Result, Tx};
use crate::model::{Instant, UserId};

/// An answer as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// A hash of what was asked.
    pub request: Vec<u8>,
    pub status: u16,
    pub location: Option<String>,
    pub tag: Option<String>,
    pub body: Vec<u8>,
}

/// What stands under a key since `since` or later.
pub fn find(tx: &mut Tx, user: UserId, key: &[u8], since: Instant) -> Result<Option<Kept>> {
    tx.first(
        "SELECT request, status, location, tag, body FROM answers WHERE user_id = ?1 AND key = ?2 AND at >= ?3",
        &[user.0.into(), key.into(), since.into()],
        |row| {
            Ok(Kept {
                request: row.blob(0)?.to_vec(),
                status: u16::try_from(row.int(1)?).unwrap_or(500),
                location: row.opt_string(2)?,
                tag: row.opt_string(3)?,
                body: row.blob(4)?.to_vec(),
            })
        },
    )
}

/// Keeps an answer under a key. `false`: somebody else has kept one meanwhile.
pub fn keep(tx: &mut Tx, user: UserId, key: &[u8], answer: &Kept, now: Instant) -> Result<bool> {
    let kept = tx.run(
        "INSERT INTO answers (user_id, key, request, at, status, location, tag, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        &[
            user.0.into(),
            key.into(),
            answer.request.as_slice().into(),
            now.into(),
            i64::from(answer.status).into(),
            answer.location.as_deref().into(),
            answer.tag.as_deref().into(),
            answer.body.as_slice().into(),
        ],
    )?;
    Ok(kept > 0)
}

/// How many answers stand for an account.
pub fn count(tx: &mut Tx, user: UserId) -> Result<i64> {
    let counted = tx.first(
        "SELECT COUNT(*) FROM answers WHERE user_id = ?1",
        &[user.0.into()],
        |row| row.int(0),
    )?;
    Ok(counted.unwrap_or(0))
}

/// Forgets one that is older than its key lasts, or all that are.
pub fn sweep(tx: &mut Tx, before: Instant) -> Result<u64> {
    tx.run("DELETE FROM answers WHERE at < ?1", &[before.into()])
}
