//! Mass deletions: how many items a device deletes from a layer in a short while, and what is held because of it.

use super::history::Author;
use super::{Result, Tx};
use crate::model::{Instant, LayerId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BrakeId(pub i64);

/// What one device has deleted from a layer of late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletions {
    pub began: Instant,
    /// Items that the layer held when it began.
    pub stood: i64,
    pub items: i64,
    /// The mass deletion that they have been found to be.
    pub brake: Option<BrakeId>,
}

/// The account and the app password, 0 for none: no key holds a NULL.
fn key(author: Author) -> (i64, i64) {
    (author.user.0, author.app_password.map_or(0, |id| id.0))
}

/// Counts one deletion more, from a layer that held `stood` items before it. Counting begins anew where the first one
/// lies further back than `window`; a mass deletion that goes on stays the same one.
pub fn count(
    tx: &mut Tx,
    layer: LayerId,
    author: Author,
    stood: u64,
    window: Instant,
    now: Instant,
) -> Result<Option<Deletions>> {
    let (user, app_password) = key(author);
    tx.first(
        "INSERT INTO deletions (layer, user_id, app_password, began, latest, stood, items)
         VALUES (?1, ?2, ?3, ?4, ?4, ?5, 1)
         ON CONFLICT (layer, user_id, app_password) DO UPDATE SET
             latest = excluded.latest,
             items = CASE WHEN deletions.began < ?6 THEN 1 ELSE deletions.items + 1 END,
             stood = CASE WHEN deletions.began < ?6 THEN excluded.stood ELSE deletions.stood END,
             brake = CASE WHEN deletions.latest < ?6 THEN NULL ELSE deletions.brake END,
             began = CASE WHEN deletions.began < ?6 THEN excluded.began ELSE deletions.began END
         RETURNING began, stood, items, brake",
        &[
            layer.0.into(),
            user.into(),
            app_password.into(),
            now.into(),
            i64::try_from(stood).unwrap_or(i64::MAX).into(),
            now.saturating_sub(window).into(),
        ],
        |row| {
            Ok(Deletions {
                began: row.int(0)?,
                stood: row.int(1)?,
                items: row.int(2)?,
                brake: row.opt_int(3)?.map(BrakeId),
            })
        },
    )
}

/// Holds what a device has deleted from a layer since `began`, and what it goes on to delete. `false`: so many mass
/// deletions of this layer are held that no other is.
pub fn hold(
    tx: &mut Tx,
    layer: LayerId,
    author: Author,
    began: Instant,
    now: Instant,
    held_until: Instant,
    at_most: i64,
) -> Result<bool> {
    let (user, app_password) = key(author);
    let held = tx.first(
        "SELECT COUNT(*) FROM brakes WHERE layer = ?1",
        &[layer.0.into()],
        |row| row.int(0),
    )?;
    if held.is_some_and(|held| held >= at_most) {
        return Ok(false);
    }
    let brake = tx.first(
        "INSERT INTO brakes (layer, user_id, app_password, began, ended, held_until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        &[
            layer.0.into(),
            user.into(),
            app_password.into(),
            began.into(),
            now.into(),
            held_until.into(),
        ],
        |row| row.int(0),
    )?;
    tx.run(
        "UPDATE deletions SET brake = ?4 WHERE layer = ?1 AND user_id = ?2 AND app_password = ?3",
        &[
            layer.0.into(),
            user.into(),
            app_password.into(),
            super::drawn(brake)?.into(),
        ],
    )?;
    Ok(true)
}

/// The mass deletion goes on.
pub fn extend(tx: &mut Tx, brake: BrakeId, now: Instant, held_until: Instant) -> Result<()> {
    tx.run(
        "UPDATE brakes SET ended = ?2, held_until = ?3 WHERE id = ?1",
        &[brake.0.into(), now.into(), held_until.into()],
    )?;
    Ok(())
}

/// Is a mass deletion of this layer by this device under way? Then nobody is to be told yet of what it cancels.
pub fn is_on(tx: &mut Tx, layer: LayerId, author: Author, since: Instant) -> Result<bool> {
    let (user, app_password) = key(author);
    let on = tx.first(
        "SELECT brake FROM deletions WHERE layer = ?1 AND user_id = ?2 AND app_password = ?3
             AND latest >= ?4 AND brake IS NOT NULL",
        &[
            layer.0.into(),
            user.into(),
            app_password.into(),
            since.into(),
        ],
        |_| Ok(()),
    )?;
    Ok(on.is_some())
}

/// Lets go of what was held long enough, and forgets how many were deleted before `before`.
pub fn sweep(tx: &mut Tx, before: Instant, now: Instant) -> Result<()> {
    tx.run("DELETE FROM brakes WHERE held_until < ?1", &[now.into()])?;
    tx.run("DELETE FROM deletions WHERE latest < ?1", &[before.into()])?;
    Ok(())
}
