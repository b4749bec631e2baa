//! The layers of the system: which kinds there are at all, and which their owners want to see.

use super::former::{forget, remember};
use super::{layer, layers};
use crate::model::*;
use crate::store::{Result, Tx};

/// Why a layer of the system is not to be seen: bits of the column `hidden`.
const BY_ITS_OWNER: i64 = 1;
const FOR_ALL: i64 = 2;

/// The kinds of which an account has a layer, each with whether its owner wants to see it. Of kinds that are switched off
/// for all too.
pub fn system_kinds(tx: &mut Tx, owner: UserId) -> Result<Vec<(SystemKind, bool)>> {
    let rows = tx.list(
        "SELECT system_kind, hidden FROM layers WHERE owner = ?1 AND system_kind IS NOT NULL AND deleted IS NULL
         ORDER BY id",
        &[owner.0.into()],
        |row| Ok((row.string(0)?, row.int(1)?)),
    )?;
    let of = |(name, hidden): (String, i64)| {
        SystemKind::named(&name).map(|kind| (kind, hidden & BY_ITS_OWNER == 0))
    };
    Ok(rows.into_iter().filter_map(of).collect())
}

/// Does an account want to see a kind? Its home's sync is told when that changes. `false`: it has no layer of the kind.
pub fn want_system(
    tx: &mut Tx,
    owner: UserId,
    kind: &SystemKind,
    wants: bool,
    now: Instant,
) -> Result<bool> {
    let args = [owner.0.into(), kind.as_str().into()];
    let stands = tx.first(
        layers!("WHERE owner = ?1 AND system_kind = ?2 AND deleted IS NULL /* FOR UPDATE */"),
        &args,
        layer,
    )?;
    let Some(stands) = stands else {
        return Ok(false);
    };
    let hidden = tx.first(
        "SELECT hidden FROM layers WHERE id = ?1",
        &[stands.id.0.into()],
        |row| row.int(0),
    )?;
    let hidden = hidden.unwrap_or(0);
    if (hidden & BY_ITS_OWNER == 0) == wants {
        return Ok(true);
    }
    if wants {
        forget(tx, &stands, &stands.name)?;
    } else {
        remember(tx, &stands, now)?;
    }
    tx.run(
        "UPDATE layers SET hidden = ?2, revision = revision + 1 WHERE id = ?1",
        &[stands.id.0.into(), (hidden ^ BY_ITS_OWNER).into()],
    )?;
    Ok(true)
}

/// Which kinds are there at all: the layers of others are seen by nobody until their kind is there again.
pub fn switch_system(tx: &mut Tx, on: &[SystemKind]) -> Result<()> {
    let kinds = tx.list(
        "SELECT system_kind, MIN(hidden), MAX(hidden) FROM layers WHERE system_kind IS NOT NULL
         GROUP BY system_kind ORDER BY system_kind",
        &[],
        |row| Ok((row.string(0)?, row.int(1)?, row.int(2)?)),
    )?;
    for (kind, least, most) in kinds {
        let is_on = on.iter().any(|on| on.as_str() == kind);
        if is_on && most >= FOR_ALL {
            tx.run(
                "UPDATE layers SET hidden = hidden - 2, revision = revision + 1 WHERE system_kind = ?1 AND hidden >= 2",
                &[(&kind).into()],
            )?;
        } else if !is_on && least < FOR_ALL {
            tx.run(
                "UPDATE layers SET hidden = hidden + 2, revision = revision + 1 WHERE system_kind = ?1 AND hidden < 2",
                &[(&kind).into()],
            )?;
        }
    }
    Ok(())
}
