//! Items, read. The only way to change one is the layer writer.

use bytes::Bytes;

use super::engine::Row;
use super::{Error, Result, Tx, history, occurrences};
use crate::model::*;

mod writer;
pub use writer::{Ended, LayerWriter, NewItem};

/// Does the question need the text, or only what stands in the index?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Index,
    Text,
}

/// Which items a question may be about; an index answers it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    pub component: Option<Component>,
    /// Items that touch `[start, end)` for certain or possibly.
    pub window: Option<(Instant, Instant)>,
}

/// The columns that [`item`] reads.
macro_rules! columns {
    () => {
        "i.id, i.layer, i.name, i.uid, i.component, i.tag, i.size, i.first_at, i.last_at, i.number, i.created, i.modified, i.face"
    };
}
pub(super) use columns;

/// One statement, without and with the text.
macro_rules! items {
    ($rest:literal) => {
        (
            concat!("SELECT ", columns!(), " FROM items i ", $rest),
            concat!(
                "SELECT ",
                columns!(),
                ", t.body FROM items i LEFT JOIN texts t ON t.item = i.id ",
                $rest
            ),
        )
    };
}

pub(super) const BY_NAME: (&str, &str) = items!("WHERE i.layer = ?1 AND i.name = ?2");
pub(super) const BY_ID: (&str, &str) = items!("WHERE i.id = ?1");
pub(super) const BY_UID: (&str, &str) = items!("WHERE i.layer = ?1 AND i.uid = ?2");
pub(super) const OF_UID: (&str, &str) =
    items!("WHERE i.layer = ?1 AND i.uid >= ?2 AND i.uid < ?3 ORDER BY i.uid");
pub(super) const WHOLE: (&str, &str) = items!("WHERE i.layer = ?1 ORDER BY i.number");
pub(super) const OF_COMPONENT: (&str, &str) =
    items!("WHERE i.layer = ?1 AND i.component = ?2 ORDER BY i.number");

/// In an order that no later change has a part in.
pub(super) const BY_AGE: (&str, &str) =
    items!("WHERE i.layer = ?1 AND i.id > ?2 ORDER BY i.id LIMIT ?3");
pub(super) const OF_COMPONENT_BY_AGE: (&str, &str) =
    items!("WHERE i.layer = ?1 AND i.id > ?2 AND i.component = ?4 ORDER BY i.id LIMIT ?3");

impl Need {
    /// How many columns [`item`] reads.
    pub(super) fn columns(self) -> usize {
        match self {
            Self::Index => 13,
            Self::Text => 14,
        }
    }

    pub(super) fn of(self, (index, text): (&'static str, &'static str)) -> &'static str {
        match self {
            Self::Index => index,
            Self::Text => text,
        }
    }
}

pub fn find(tx: &mut Tx, layer: LayerId, name: &str, need: Need) -> Result<Option<Item>> {
    tx.first(need.of(BY_NAME), &[layer.0.into(), name.into()], |row| {
        item(row, need)
    })
}

pub fn by_id(tx: &mut Tx, id: ItemId, need: Need) -> Result<Option<Item>> {
    tx.first(need.of(BY_ID), &[id.0.into()], |row| item(row, need))
}

pub fn by_uid(tx: &mut Tx, layer: LayerId, uid: &str, need: Need) -> Result<Option<Item>> {
    tx.first(need.of(BY_UID), &[layer.0.into(), uid.into()], |row| {
        item(row, need)
    })
}

/// Who wrote what stands.
pub fn writer(tx: &mut Tx, item: ItemId) -> Result<Option<history::Author>> {
    let writer = tx.first(
        "SELECT written_by, written_with FROM items WHERE id = ?1",
        &[item.0.into()],
        |row| history::author(row, 0),
    )?;
    Ok(writer.flatten())
}

/// Visits items one by one; memory does not grow with the answer. A whole layer comes in the order of its change
/// numbers, a part of it component by component.
pub fn each<E: From<Error>>(
    tx: &mut Tx,
    layer: LayerId,
    scope: Scope,
    need: Need,
    visit: &mut dyn FnMut(Item) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    if scope.component.is_none() && scope.window.is_none() {
        return tx.rows(need.of(WHOLE), &[layer.0.into()], |row| {
            visit(item(row, need)?)
        });
    }
    for component in Component::ALL {
        if scope.component.is_some_and(|wanted| wanted != component) {
            continue;
        }
        match scope.window {
            Some(window) => {
                occurrences::touching(tx, layer, component, window, need, &mut |item, _| {
                    visit(item)
                })?
            }
            None => tx.rows(
                need.of(OF_COMPONENT),
                &[layer.0.into(), component.name().into()],
                |row| visit(item(row, need)?),
            )?,
        }
    }
    Ok(())
}

/// Visits items in the order in which they came to be, at most `at_most` that are younger than `after`. In which order an
/// owner has edited them since is nobody else's business.
pub fn by_age<E: From<Error>>(
    tx: &mut Tx,
    (layer, component): (LayerId, Option<Component>),
    after: ItemId,
    at_most: usize,
    need: Need,
    visit: &mut dyn FnMut(Item) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let mut args = vec![layer.0.into(), after.0.into(), at_most.into()];
    let sql = match component {
        Some(component) => {
            args.push(component.name().into());
            OF_COMPONENT_BY_AGE
        }
        None => BY_AGE,
    };
    tx.rows(need.of(sql), &args, |row| visit(item(row, need)?))
}

/// How many items a layer has; a running sum.
pub fn count(tx: &mut Tx, layer: LayerId) -> Result<u64> {
    let items = tx.first(
        "SELECT items FROM layers WHERE id = ?1",
        &[layer.0.into()],
        |row| row.size(0),
    )?;
    Ok(items.unwrap_or(0))
}

/// Bytes of all texts of a layer; a running sum.
pub fn size(tx: &mut Tx, layer: LayerId) -> Result<u64> {
    let bytes = tx.first(
        "SELECT bytes FROM layers WHERE id = ?1",
        &[layer.0.into()],
        |row| row.size(0),
    )?;
    Ok(bytes.unwrap_or(0))
}

pub(super) fn item(row: &Row, need: Need) -> Result<Item> {
    Ok(Item {
        id: ItemId(row.int(0)?),
        layer: LayerId(row.int(1)?),
        name: row.string(2)?,
        uid: row.string(3)?,
        component: row.word(4, Component::named)?,
        tag: row.string(5)?,
        size: row.size(6)?,
        span: Span {
            first: Some(row.int(7)?).filter(|first| *first != Instant::MIN),
            last: Some(row.int(8)?).filter(|last| *last != Instant::MAX),
        },
        number: row.int(9)?,
        created: row.int(10)?,
        modified: row.int(11)?,
        face: row.opt_blob(12)?.and_then(Face::from_bytes),
        text: match need {
            Need::Index => None,
            // What a platform shows has no text here: an empty one, until it is asked for.
            Need::Text => Some(Bytes::copy_from_slice(
                row.opt_blob(13)?.unwrap_or_default(),
            )),
        },
    })
}
