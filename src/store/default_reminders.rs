//! How long before it an account is reminded of what has no alarm of its own.

use super::{Result, Tx};
use crate::model::{Layer, UserId};

/// What an account has said: by the kind, minutes, or `None` for not at all.
pub fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<(String, Option<u32>)>> {
    tx.list(
        "SELECT kind, minutes FROM default_reminders WHERE user_id = ?1 ORDER BY kind",
        &[user.0.into()],
        |row| {
            let minutes = row.opt_int(1)?;
            Ok((
                row.string(0)?,
                minutes.and_then(|it| u32::try_from(it).ok()),
            ))
        },
    )
}

pub fn set(tx: &mut Tx, user: UserId, kind: &str, minutes: Option<u32>) -> Result<()> {
    tx.run(
        "INSERT INTO default_reminders (user_id, kind, minutes) VALUES (?1, ?2, ?3)
         ON CONFLICT (user_id, kind) DO UPDATE SET minutes = excluded.minutes",
        &[user.0.into(), kind.into(), minutes.map(i64::from).into()],
    )?;
    Ok(())
}

/// Could something without an alarm ring there by what its owner has said for such, here or on their devices?
pub fn may_ring(tx: &mut Tx, layer: &Layer) -> Result<bool> {
    let alarms = tx.first(
        "SELECT 1 FROM properties
         WHERE (subject = 'layer' AND subject_id = ?2 OR subject = 'home' AND subject_id = ?1)
            AND namespace = 'urn:ietf:params:xml:ns:caldav' AND name LIKE 'default-alarm-v%' LIMIT 1",
        &[layer.owner.0.into(), layer.id.0.into()],
        |_| Ok(()),
    )?;
    Ok(alarms.is_some())
}
