//! Mass losses: how many items a device takes from a layer or overwrites there in a short while, and what is held because
//! of it.

use super::history::Author;
use super::{Result, Tx};
use crate::model::{Instant, LayerId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BrakeId(pub i64);

/// What becomes of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loss {
    /// Deleted, or moved away.
    Gone,
    Overwritten,
}

impl Loss {
    fn word(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Overwritten => "overwritten",
        }
    }
}

/// Who does what to which layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Doing {
    pub layer: LayerId,
    pub author: Author,
    pub loss: Loss,
}

impl Doing {
    /// The layer, the account, the app password (0 for none: no key holds a NULL), and what is done.
    fn key(&self) -> (i64, i64, i64, &'static str) {
        let app_password = self.author.app_password.map_or(0, |id| id.0);
        (
            self.layer.0,
            self.author.user.0,
            app_password,
            self.loss.word(),
        )
    }
}

/// What one device has done of late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Losses {
    pub began: Instant,
    /// Items that the layer held when it began.
    pub stood: i64,
    pub items: i64,
    /// The mass loss that they have been found to be.
    pub brake: Option<BrakeId>,
}

/// Counts so many more items, of a layer that held `stood` before. Counting begins anew where the first one lies further
/// back than `window`; a mass loss that goes on stays the same one.
pub fn count(
    tx: &mut Tx,
    doing: Doing,
    (stood, items): (u64, u64),
    window: Instant,
    now: Instant,
) -> Result<Option<Losses>> {
    let (layer, user, app_password, kind) = doing.key();
    let number = |many| i64::try_from(many).unwrap_or(i64::MAX);
    tx.first(
        "INSERT INTO losses (layer, user_id, app_password, kind, began, latest, stood, items)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
         ON CONFLICT (layer, user_id, app_password, kind) DO UPDATE SET
             latest = excluded.latest,
             items = CASE WHEN losses.began < ?8 THEN excluded.items ELSE losses.items + excluded.items END,
             stood = CASE WHEN losses.began < ?8 THEN excluded.stood ELSE losses.stood END,
             brake = CASE WHEN losses.latest < ?8 THEN NULL ELSE losses.brake END,
             began = CASE WHEN losses.began < ?8 THEN excluded.began ELSE losses.began END
         RETURNING began, stood, items, brake",
        &[
            layer.into(),
            user.into(),
            app_password.into(),
            kind.into(),
            now.into(),
            number(stood).into(),
            number(items).into(),
            now.saturating_sub(window).into(),
        ],
        |row| {
            Ok(Losses {
                began: row.int(0)?,
                stood: row.int(1)?,
                items: row.int(2)?,
                brake: row.opt_int(3)?.map(BrakeId),
            })
        },
    )
}

/// From when to when a mass loss took place, and until when what it took is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// What went from here on belongs to it,
    pub began: Instant,
    /// but nothing that was only written later: a device that fills and empties a layer again and again fills no disk.
    pub since: Instant,
    pub ended: Instant,
    pub until: Instant,
}

/// Holds what a device has done to a layer, and what it goes on to do. `false`: so many mass losses of this layer are
/// held that no other is.
pub fn hold(tx: &mut Tx, doing: Doing, held: Held, at_most: i64) -> Result<bool> {
    let (layer, user, app_password, kind) = doing.key();
    let there = tx.first(
        "SELECT COUNT(*) FROM brakes WHERE layer = ?1",
        &[layer.into()],
        |row| row.int(0),
    )?;
    if there.is_some_and(|there| there >= at_most) {
        return Ok(false);
    }
    let brake = tx.first(
        "INSERT INTO brakes (layer, user_id, app_password, kind, began, since, ended, held_until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
        &[
            layer.into(),
            user.into(),
            app_password.into(),
            kind.into(),
            held.began.into(),
            held.since.into(),
            held.ended.into(),
            held.until.into(),
        ],
        |row| row.int(0),
    )?;
    tx.run(
        "UPDATE losses SET brake = ?5 WHERE layer = ?1 AND user_id = ?2 AND app_password = ?3 AND kind = ?4",
        &[
            layer.into(),
            user.into(),
            app_password.into(),
            kind.into(),
            super::drawn(brake)?.into(),
        ],
    )?;
    Ok(true)
}

/// The mass loss goes on.
pub fn extend(tx: &mut Tx, brake: BrakeId, now: Instant, held_until: Instant) -> Result<()> {
    tx.run(
        "UPDATE brakes SET ended = ?2, held_until = ?3 WHERE id = ?1",
        &[brake.0.into(), now.into(), held_until.into()],
    )?;
    Ok(())
}

/// Is a mass loss of this layer by this device under way? Then nobody is to be told yet of what it cancels.
pub fn is_on(tx: &mut Tx, layer: LayerId, author: Author, since: Instant) -> Result<bool> {
    let on = tx.first(
        "SELECT brake FROM losses WHERE layer = ?1 AND user_id = ?2 AND app_password = ?3
             AND latest >= ?4 AND brake IS NOT NULL LIMIT 1",
        &[
            layer.0.into(),
            author.user.0.into(),
            author.app_password.map_or(0, |id| id.0).into(),
            since.into(),
        ],
        |_| Ok(()),
    )?;
    Ok(on.is_some())
}

/// Lets go of what was held long enough, and forgets how much was lost before `before`.
pub fn sweep(tx: &mut Tx, before: Instant, now: Instant) -> Result<()> {
    tx.run("DELETE FROM brakes WHERE held_until < ?1", &[now.into()])?;
    tx.run(
        "UPDATE layers SET held_until = NULL WHERE held_until < ?1",
        &[now.into()],
    )?;
    tx.run("DELETE FROM losses WHERE latest < ?1", &[before.into()])?;
    Ok(())
}
