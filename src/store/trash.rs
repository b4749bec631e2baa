//! Layers that were deleted: whole, under a name that nobody can ask for, until they come back or their time is over.

use super::history::{self, Author};
use super::{Result, Tx, layers};
use crate::model::*;

/// A layer in the trash, with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discarded {
    pub id: LayerId,
    pub owner: UserId,
    /// The name that it had in its URL.
    pub name: String,
    pub display_name: String,
    pub components: Components,
    pub items: u64,
    /// Of the items that stand in it.
    pub bytes: u64,
    /// Of their earlier versions, and of items that had been deleted.
    pub kept: u64,
    pub at: Instant,
    pub remover: Option<Author>,
    /// It went in a mass loss, and is kept until then.
    pub held_until: Option<Instant>,
}

macro_rules! discarded {
    ($rest:literal) => {
        concat!(
            "SELECT id, owner, former_name, display_name, components, items, bytes, kept, deleted, deleted_by, \
             deleted_with, held_until FROM layers WHERE deleted IS NOT NULL AND ",
            $rest
        )
    };
}

fn row(row: &super::engine::Row) -> Result<Discarded> {
    Ok(Discarded {
        id: LayerId(row.int(0)?),
        owner: UserId(row.int(1)?),
        name: row.string(2)?,
        display_name: row.string(3)?,
        components: row.word(4, Components::from_text)?,
        items: row.size(5)?,
        bytes: row.size(6)?,
        kept: row.size(7)?,
        at: row.int(8)?,
        remover: history::author(row, 9)?,
        held_until: row.opt_int(11)?,
    })
}

/// Takes a layer out of its home: its name is free, and remembered for the home's sync. Everything in it stays with it.
pub fn discard(tx: &mut Tx, layer: LayerId, now: Instant) -> Result<()> {
    let Some(stands) = layers::lock(tx, layer)? else {
        return Ok(());
    };
    layers::remember(tx, &stands.layer, now)?;
    let (user, app_password) = tx.author();
    tx.run(
        "UPDATE layers SET former_name = name, name = ?2, deleted = ?3, deleted_by = ?4, deleted_with = ?5
         WHERE id = ?1",
        &[
            layer.0.into(),
            (&unspeakable(layer)).into(),
            now.into(),
            user.into(),
            app_password.into(),
        ],
    )?;
    Ok(())
}

/// No name in a URL holds a slash.
fn unspeakable(layer: LayerId) -> String {
    format!("/{}", layer.0)
}

/// What stands in the trash of an account, latest first.
pub fn of_owner(tx: &mut Tx, owner: UserId) -> Result<Vec<Discarded>> {
    tx.list(
        discarded!("owner = ?1 ORDER BY deleted DESC, id DESC"),
        &[owner.0.into()],
        row,
    )
}

pub fn find(tx: &mut Tx, layer: LayerId) -> Result<Option<Discarded>> {
    tx.first(discarded!("id = ?1"), &[layer.0.into()], row)
}

/// Those that were deleted before `before` and are not held, oldest first.
pub fn older(tx: &mut Tx, before: Instant) -> Result<Vec<Discarded>> {
    tx.list(
        discarded!("deleted < ?1 AND held_until IS NULL ORDER BY deleted, id"),
        &[before.into()],
        row,
    )
}

/// Puts a layer back into its home under a free name. Its epoch is a new one: who synced it before begins anew.
/// `false`: the name is taken.
pub fn restore(tx: &mut Tx, layer: &Discarded, name: &str) -> Result<bool> {
    if layers::find(tx, layer.owner, name)?.is_some() {
        return Ok(false);
    }
    tx.run(
        "UPDATE layers SET name = ?2, epoch = ?3, revision = revision + 1, rules = rules + 1,
                           deleted = NULL, deleted_by = NULL, deleted_with = NULL, former_name = NULL,
                           held_until = NULL
         WHERE id = ?1",
        &[layer.id.0.into(), name.into(), layers::random_epoch()?.into()],
    )?;
    tx.run(
        "DELETE FROM gone_layers WHERE owner = ?1 AND layer = ?2 AND name = ?3",
        &[layer.owner.0.into(), layer.id.0.into(), name.into()],
    )?;
    Ok(true)
}

/// Keeps a layer in the trash for longer. `false`: so many of the account are held that no other is.
pub fn hold(tx: &mut Tx, layer: &Discarded, until: Instant, at_most: i64) -> Result<bool> {
    let held = tx.run(
        "UPDATE layers SET held_until = ?2 WHERE id = ?1 AND deleted IS NOT NULL AND ?4 >
             (SELECT COUNT(*) FROM layers o WHERE o.owner = ?3 AND o.held_until IS NOT NULL)",
        &[
            layer.id.0.into(),
            until.into(),
            layer.owner.0.into(),
            at_most.into(),
        ],
    )?;
    Ok(held > 0)
}

/// For good, with everything in it.
pub fn purge(tx: &mut Tx, layer: LayerId) -> Result<()> {
    tx.run(
        "DELETE FROM layers WHERE id = ?1 AND deleted IS NOT NULL",
        &[layer.0.into()],
    )?;
    Ok(())
}
