//! What people are told of invitations, and who has invited of the answers, until they have taken note of it.

use super::engine::Row;
use super::shares::RIGHTS;
use super::{Result, Tx};
use crate::model::*;

/// Those that an account has at once; older ones are left out.
const MOST: i64 = 1_000;

#[derive(Clone, Debug)]
pub struct NewNotification<'a> {
    pub user: UserId,
    pub about: About,
    pub other: UserId,
    pub layer: &'a Layer,
    pub message: Message,
    pub right: Right,
    pub summary: Option<&'a str>,
    pub comment: Option<&'a str>,
    pub now: Instant,
}

/// Takes the place of what was said of the same invitation, with the same other, before.
pub fn tell(tx: &mut Tx, new: &NewNotification) -> Result<()> {
    let (share, view) = columns(new.about);
    tx.run(
        "DELETE FROM notifications WHERE user_id = ?1 AND share = ?2 AND view = ?3 AND other = ?4",
        &[
            new.user.0.into(),
            share.into(),
            view.into(),
            new.other.0.into(),
        ],
    )?;
    tx.run(
        "INSERT INTO notifications
             (user_id, share, view, other, layer, source, epoch, message, access, summary, comment, components, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        &[
            new.user.0.into(),
            share.into(),
            view.into(),
            new.other.0.into(),
            (&new.layer.name).into(),
            new.layer.id.0.into(),
            new.layer.epoch.into(),
            super::word_of(&MESSAGES, new.message).into(),
            super::word_of(&RIGHTS, new.right).into(),
            new.summary.into(),
            new.comment.into(),
            (&new.layer.components.to_text()).into(),
            new.now.into(),
        ],
    )?;
    Ok(())
}

/// Of an account, but nothing from those with whom it has nothing to do; by id.
pub fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Notification>> {
    let mut found = tx.list(
        "SELECT id, share, view, other, layer, source, epoch, message, access, summary, comment, components, at
         FROM notifications WHERE user_id = ?1 AND NOT EXISTS (SELECT 1 FROM blocks b
             WHERE b.blocker = other AND b.blocked = ?1 OR b.blocker = ?1 AND b.blocked = other)
         ORDER BY id DESC LIMIT ?2",
        &[user.0.into(), MOST.into()],
        notification,
    )?;
    found.reverse();
    Ok(found)
}

/// `false`: it is gone already.
pub fn delete(tx: &mut Tx, user: UserId, id: i64) -> Result<bool> {
    let deleted = tx.run(
        "DELETE FROM notifications WHERE user_id = ?1 AND id = ?2",
        &[user.0.into(), id.into()],
    )?;
    Ok(deleted > 0)
}

/// Nothing is said to an account of an invitation any more.
pub fn forget(tx: &mut Tx, user: UserId, about: About) -> Result<()> {
    let (share, view) = columns(about);
    tx.run(
        "DELETE FROM notifications WHERE user_id = ?1 AND share = ?2 AND view = ?3",
        &[user.0.into(), share.into(), view.into()],
    )?;
    Ok(())
}

/// Forgets what was said of losses before.
pub fn sweep_losses(tx: &mut Tx, before: Instant) -> Result<u64> {
    tx.run(
        "DELETE FROM notifications WHERE view < 0 AND at < ?1",
        &[before.into()],
    )
}

/// No share and no view has the number 0, and none is negative.
fn columns(about: About) -> (i64, i64) {
    match about {
        About::Share(share) => (share.0, 0),
        About::View(view) => (0, view.0),
        About::Notice(notice) => (0, notice.0.saturating_neg()),
    }
}

fn notification(row: &Row) -> Result<Notification> {
    let about = match row.int(2)? {
        0 => About::Share(ShareId(row.int(1)?)),
        notice if notice < 0 => About::Notice(NoticeId(notice.saturating_neg())),
        view => About::View(ViewId(view)),
    };
    Ok(Notification {
        id: row.int(0)?,
        about,
        other: UserId(row.int(3)?),
        layer: row.string(4)?,
        birth: Birth {
            layer: LayerId(row.int(5)?),
            epoch: row.int(6)?,
        },
        message: row.word(7, |word| super::named(&MESSAGES, word))?,
        right: row.word(8, |word| super::named(&RIGHTS, word))?,
        summary: row.opt_string(9)?,
        comment: row.opt_string(10)?,
        components: row.word(11, Components::from_text)?,
        at: row.int(12)?,
    })
}

const MESSAGES: [(Message, &str); 6] = [
    (Message::Invited, "invited"),
    (Message::Changed, "changed"),
    (Message::Withdrawn, "withdrawn"),
    (Message::Accepted, "accepted"),
    (Message::Declined, "declined"),
    (Message::Lost, "lost"),
];
