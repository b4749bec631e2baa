//! Links that show a shared view to whoever holds them, one a view at most. Of a link's secret there is a hash.

use super::engine::Row;
use super::{Result, Tx};
use crate::model::{Instant, UserId, ViewId, ViewLink, ViewLinkId};

macro_rules! links {
    ($rest:literal) => {
        concat!(
            "SELECT n.id, n.view, v.owner, n.created, n.last_used FROM view_links n JOIN views v ON v.id = n.view ",
            $rest
        )
    };
}

/// `None`: the view has one.
pub fn create(
    tx: &mut Tx,
    view: ViewId,
    token_hash: &[u8],
    now: Instant,
) -> Result<Option<ViewLinkId>> {
    tx.first(
        "INSERT INTO view_links (view, token_hash, created) VALUES (?1, ?2, ?3) ON CONFLICT (view) DO NOTHING
         RETURNING id",
        &[view.0.into(), token_hash.into(), now.into()],
        |row| row.int(0).map(ViewLinkId),
    )
}

/// What a secret opens.
pub fn by_hash(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<ViewLink>> {
    tx.first(
        links!("WHERE n.token_hash = ?1"),
        &[token_hash.into()],
        link,
    )
}

pub fn by_id(tx: &mut Tx, id: ViewLinkId) -> Result<Option<ViewLink>> {
    tx.first(links!("WHERE n.id = ?1"), &[id.0.into()], link)
}

pub fn of_view(tx: &mut Tx, view: ViewId) -> Result<Option<ViewLink>> {
    tx.first(links!("WHERE n.view = ?1"), &[view.0.into()], link)
}

/// `false`: there was none.
pub fn remove(tx: &mut Tx, view: ViewId) -> Result<bool> {
    let removed = tx.run("DELETE FROM view_links WHERE view = ?1", &[view.0.into()])?;
    Ok(removed > 0)
}

pub fn used(tx: &mut Tx, id: ViewLinkId, now: Instant) -> Result<()> {
    tx.run(
        "UPDATE view_links SET last_used = ?2 WHERE id = ?1",
        &[id.0.into(), now.into()],
    )?;
    Ok(())
}

fn link(row: &Row) -> Result<ViewLink> {
    Ok(ViewLink {
        id: ViewLinkId(row.int(0)?),
        view: ViewId(row.int(1)?),
        owner: UserId(row.int(2)?),
        created: row.int(3)?,
        last_used: row.opt_int(4)?,
    })
}
