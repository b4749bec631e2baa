//! What items were before: every overwrite and deletion keeps the version that stood, with who wrote and who removed it.

use super::items::Ended;
use super::{Result, Tx};
use crate::model::*;

/// Who acts in a transaction; everything that it writes is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    pub user: UserId,
    /// `None`: the account's own password.
    pub app_password: Option<AppPasswordId>,
}

impl Tx<'_> {
    /// From here on everything in this transaction is written by `author`.
    pub fn act_as(&mut self, author: Author) {
        self.author = Some(author);
    }

    /// The account and the app password, as columns hold them.
    pub(super) fn author(&self) -> (Option<i64>, Option<i64>) {
        let author = self.author.as_ref();
        (
            author.map(|author| author.user.0),
            author.and_then(|author| author.app_password.map(|id| id.0)),
        )
    }
}

/// Keeps the version of an item that is about to go; the id that the history gives it.
pub(super) fn keep(tx: &mut Tx, item: i64, why: Ended, now: Instant) -> Result<i64> {
    let (user, app_password) = tx.author();
    super::drawn(tx.first(
        "INSERT INTO history (layer, stood_in, name, uid, component, tag, size, created, written, written_by,
                              written_with, why, gone, at, removed_by, removed_with, face, body)
         SELECT i.layer, i.layer, i.name, i.uid, i.component, i.tag, i.size, i.created, i.modified, i.written_by,
                i.written_with, ?2, ?3, ?4, ?5, ?6, i.face, t.body
         FROM items i JOIN texts t ON t.item = i.id WHERE i.id = ?1 RETURNING id",
        &[
            item.into(),
            super::word_of(&WORDS, why).into(),
            matches!(why, Ended::Deleted | Ended::Taken).into(),
            now.into(),
            user.into(),
            app_password.into(),
        ],
        |row| row.int(0),
    )?)
}

/// An item was moved to another layer of the same account: what is known of its past goes with it.
pub fn follow(tx: &mut Tx, from: LayerId, into: LayerId, uid: &str) -> Result<()> {
    if from == into {
        return Ok(());
    }
    let bytes = tx.first(
        "SELECT CAST(SUM(size) AS BIGINT) FROM history WHERE layer = ?1 AND uid = ?2",
        &[from.0.into(), uid.into()],
        |row| row.opt_int(0),
    )?;
    let Some(bytes) = bytes.flatten() else {
        return Ok(());
    };
    tx.run(
        "UPDATE history SET layer = ?2 WHERE layer = ?1 AND uid = ?3",
        &[from.0.into(), into.0.into(), uid.into()],
    )?;
    for (layer, bytes) in [(from, -bytes), (into, bytes)] {
        tx.run(
            "UPDATE layers SET kept = kept + ?2 WHERE id = ?1",
            &[layer.0.into(), bytes.into()],
        )?;
    }
    tx.run(
        "UPDATE properties SET layer = ?1 WHERE subject = 'version'
             AND subject_id IN (SELECT id FROM history WHERE layer = ?1 AND uid = ?2)",
        &[into.0.into(), uid.into()],
    )?;
    Ok(())
}

const WORDS: [(Ended, &str); 4] = [
    (Ended::Overwritten, "overwritten"),
    (Ended::Deleted, "deleted"),
    (Ended::Moved, "moved"),
    (Ended::Taken, "taken"),
];
