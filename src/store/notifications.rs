//! What sharees and sharers are told of a share, until they have taken note of it.

use super::engine::Row;
use super::shares::RIGHTS;
use super::{Result, Tx};
use crate::model::*;

#[derive(Clone, Debug)]
pub struct NewNotification<'a> {
    pub user: UserId,
    pub share: ShareId,
    pub other: UserId,
    pub layer: &'a Layer,
    pub message: Message,
    pub right: Right,
    pub summary: Option<&'a str>,
    pub now: Instant,
}

/// Takes the place of what was said of the same share before.
pub fn tell(tx: &mut Tx, new: &NewNotification) -> Result<()> {
    forget(tx, new.user, new.share)?;
    tx.run(
        "INSERT INTO notifications (user_id, share, other, layer, message, access, summary, components, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        &[
            new.user.0.into(),
            new.share.0.into(),
            new.other.0.into(),
            (&new.layer.name).into(),
            super::word_of(&MESSAGES, new.message).into(),
            super::word_of(&RIGHTS, new.right).into(),
            new.summary.into(),
            (&new.layer.components.to_text()).into(),
            new.now.into(),
        ],
    )?;
    Ok(())
}

/// Of an account, but nothing from those with whom it has nothing to do; by id.
pub fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Notification>> {
    tx.list(
        "SELECT id, share, other, layer, message, access, summary, components, at FROM notifications
         WHERE user_id = ?1 AND NOT EXISTS (SELECT 1 FROM blocks b
             WHERE b.blocker = other AND b.blocked = ?1 OR b.blocker = ?1 AND b.blocked = other) ORDER BY id",
        &[user.0.into()],
        notification,
    )
}

/// `false`: it is gone already.
pub fn delete(tx: &mut Tx, user: UserId, id: i64) -> Result<bool> {
    let deleted = tx.run(
        "DELETE FROM notifications WHERE user_id = ?1 AND id = ?2",
        &[user.0.into(), id.into()],
    )?;
    Ok(deleted > 0)
}

/// Nothing is said to an account of a share any more.
pub fn forget(tx: &mut Tx, user: UserId, share: ShareId) -> Result<()> {
    tx.run(
        "DELETE FROM notifications WHERE user_id = ?1 AND share = ?2",
        &[user.0.into(), share.0.into()],
    )?;
    Ok(())
}

fn notification(row: &Row) -> Result<Notification> {
    Ok(Notification {
        id: row.int(0)?,
        share: ShareId(row.int(1)?),
        other: UserId(row.int(2)?),
        layer: row.string(3)?,
        message: row.word(4, |word| super::named(&MESSAGES, word))?,
        right: row.word(5, |word| super::named(&RIGHTS, word))?,
        summary: row.opt_string(6)?,
        components: row.word(7, Components::from_text)?,
        at: row.int(8)?,
    })
}

const MESSAGES: [(Message, &str); 5] = [
    (Message::Invited, "invited"),
    (Message::Changed, "changed"),
    (Message::Withdrawn, "withdrawn"),
    (Message::Accepted, "accepted"),
    (Message::Declined, "declined"),
];
