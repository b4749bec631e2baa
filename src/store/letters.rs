//! What of the outbox goes out by mail: what was given to the mail server, and which kinds an account wants no mail of.

use super::{Result, Tx};
use crate::model::{Instant, NoteId, NoteKinds, UserId};

/// The kind of work that sends letters; its subject is what is told.
pub const LETTER: &str = "letter";

/// `None`: it was not given to the mail server, or is to be given once more.
pub fn mailed(tx: &mut Tx, id: NoteId) -> Result<Option<Instant>> {
    let found = tx.first(
        "SELECT mailed FROM outbox WHERE id = ?1",
        &[id.0.into()],
        |row| row.opt_int(0),
    )?;
    Ok(found.flatten())
}

/// Somebody gives it to the mail server now. `false`: somebody else has, or it is gone.
pub fn set_mailed(tx: &mut Tx, id: NoteId, now: Instant) -> Result<bool> {
    let changed = tx.run(
        "UPDATE outbox SET mailed = ?2 WHERE id = ?1 AND mailed IS NULL",
        &[id.0.into(), now.into()],
    )?;
    Ok(changed > 0)
}

/// The mail server did not take it, and said so.
pub fn unset_mailed(tx: &mut Tx, id: NoteId) -> Result<()> {
    tx.run(
        "UPDATE outbox SET mailed = NULL WHERE id = ?1",
        &[id.0.into()],
    )?;
    Ok(())
}

/// The kinds of which an account wants no mail.
pub fn unmailed(tx: &mut Tx, user: UserId) -> Result<NoteKinds> {
    let bits = tx.first(
        "SELECT unmailed FROM users WHERE id = ?1",
        &[user.0.into()],
        |row| row.int(0),
    )?;
    Ok(NoteKinds::of_bits(bits.unwrap_or_default()))
}

pub fn set_unmailed(tx: &mut Tx, user: UserId, kinds: NoteKinds) -> Result<()> {
    tx.run(
        "UPDATE users SET unmailed = ?2 WHERE id = ?1",
        &[user.0.into(), i64::from(kinds.bits()).into()],
    )?;
    Ok(())
}
