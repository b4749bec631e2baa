//! When items take place: rows over a rolling part of time, an index that can be rebuilt from the texts at will.

use super::items::{Need, columns, item};
use super::{Error, Result, Tx};
use crate::model::{Bar, Component, Instant, Item, ItemId, LayerId, Occurrence, Occurrences};

/// Seconds up to which an occurrence is short: most are, and a window looks back no further for them.
pub(super) const SHORT: Instant = 7 * 86_400;

/// Is it certain that an item touches the window, or must its text be asked?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// An occurrence in the index does.
    Certain,
    /// The index does not reach as far as the window.
    Possible,
}

/// Items with an occurrence that begins before ?4 and ends after ?3, without and with the text.
macro_rules! touching {
    ($columns:expr, $join:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM items i ",
            $join,
            " WHERE i.id IN (
                 SELECT item FROM occurrences WHERE layer = ?1 AND component = ?2 AND long = 0
                    AND first_at > ?5 AND first_at < ?4 AND last_at > ?3
                 UNION ALL
                 SELECT item FROM occurrences WHERE layer = ?1 AND component = ?2 AND long = 1
                    AND first_at < ?4 AND last_at > ?3) ORDER BY i.id"
        )
    };
}
pub(super) const CERTAIN: (&str, &str) = (
    touching!(columns!(), ""),
    touching!(
        concat!(columns!(), ", t.body"),
        "JOIN texts t ON t.item = i.id"
    ),
);

/// The items whose rows do not cover a window: they end before it does, or begin after it.
macro_rules! uncovered {
    ($component:literal, $start:literal, $end:literal) => {
        concat!(
            "i.id IN (
                 SELECT id FROM items WHERE layer = ?1 AND component = ",
            $component,
            " AND known_until < ",
            $end,
            " AND known_until < 9223372036854775807
                 UNION ALL
                 SELECT id FROM items WHERE layer = ?1 AND component = ",
            $component,
            " AND known_from > ",
            $start,
            " AND known_from > -9223372036854775807)
             AND i.last_at >= ",
            $start,
            " AND i.first_at < ",
            $end
        )
    };
}

/// Items whose rows do not cover the window, and that may touch it all the same.
macro_rules! beyond {
    ($columns:expr, $join:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM items i ",
            $join,
            " WHERE ",
            uncovered!("?2", "?3", "?4"),
            " AND NOT EXISTS (SELECT 1 FROM occurrences o
                                WHERE o.item = i.id AND o.first_at < ?4 AND o.last_at > ?3) ORDER BY i.id"
        )
    };
}
pub(super) const POSSIBLE: (&str, &str) = (
    beyond!(columns!(), ""),
    beyond!(
        concat!(columns!(), ", t.body"),
        "JOIN texts t ON t.item = i.id"
    ),
);

/// Visits the items of one component that touch `[start, end)`, or may; each sort of them in an order that no edit changes.
pub fn touching<E: From<Error>>(
    tx: &mut Tx,
    layer: LayerId,
    component: Component,
    (start, end): (Instant, Instant),
    need: Need,
    visit: &mut dyn FnMut(Item, Certainty) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let args = [
        layer.0.into(),
        component.name().into(),
        start.into(),
        end.into(),
        start.saturating_sub(SHORT).into(),
    ];
    tx.rows(need.of(CERTAIN), &args, |row| {
        visit(item(row, need)?, Certainty::Certain)
    })?;
    tx.rows(need.of(POSSIBLE), &args[..4], |row| {
        visit(item(row, need)?, Certainty::Possible)
    })
}

/// What blocks time, by item.
pub(super) const ROWS: &str = "SELECT item, first_at, last_at, bar FROM occurrences
         WHERE layer = ?1 AND component = 'VEVENT' AND long = 0 AND first_at > ?4 AND first_at < ?3 AND last_at > ?2
     UNION ALL
     SELECT item, first_at, last_at, bar FROM occurrences
         WHERE layer = ?1 AND component = 'VEVENT' AND long = 1 AND first_at < ?3 AND last_at > ?2";

/// Visits the occurrences of events themselves, in no order.
pub fn each<E: From<Error>>(
    tx: &mut Tx,
    layer: LayerId,
    (start, end): (Instant, Instant),
    visit: &mut dyn FnMut(ItemId, Occurrence) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let args = [
        layer.0.into(),
        start.into(),
        end.into(),
        start.saturating_sub(SHORT).into(),
    ];
    tx.rows(ROWS, &args, |row| {
        let occurrence = Occurrence {
            start: row.int(1)?,
            end: row.int(2)?,
            bar: row.word(3, |word| super::named(&BARS, word))?,
        };
        visit(ItemId(row.int(0)?), occurrence)
    })
}

/// Events that may touch a window which their rows do not cover, whether or not a row is there.
pub(super) const UNCOVERED: &str = concat!(
    "SELECT ",
    columns!(),
    ", t.body FROM items i JOIN texts t ON t.item = i.id WHERE ",
    uncovered!("'VEVENT'", "?2", "?3")
);

/// Visits the events, with their texts, for which [`each`] is not the whole truth about a window.
pub fn uncovered<E: From<Error>>(
    tx: &mut Tx,
    layer: LayerId,
    (start, end): (Instant, Instant),
    visit: &mut dyn FnMut(Item) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let args = [layer.0.into(), start.into(), end.into()];
    tx.rows(UNCOVERED, &args, |row| visit(item(row, Need::Text)?))
}

/// Items whose rows end before `until`, a few at a time, with their texts: those that the daily walk extends.
pub fn falling_short(tx: &mut Tx, until: Instant, at_most: i64) -> Result<Vec<Item>> {
    tx.list(
        concat!(
            "SELECT ",
            columns!(),
            ", t.body FROM items i JOIN texts t ON t.item = i.id
             WHERE i.known_from < i.known_until AND i.known_until < 9223372036854775807 AND i.known_until < ?1
             ORDER BY i.known_until LIMIT ?2"
        ),
        &[until.into(), at_most.into()],
        |row| item(row, Need::Text),
    )
}

/// Writes an item's rows anew; its change number stays, as nothing that a client sees has changed.
pub fn rewrite(
    tx: &mut Tx,
    layer: LayerId,
    id: ItemId,
    component: Component,
    occurrences: &Occurrences,
) -> Result<()> {
    tx.run("DELETE FROM occurrences WHERE item = ?1", &[id.0.into()])?;
    tx.run(
        "UPDATE items SET known_from = ?2, known_until = ?3 WHERE id = ?1",
        &[
            id.0.into(),
            occurrences.known_from.into(),
            occurrences.known_until.into(),
        ],
    )?;
    insert(tx, layer, id, component, occurrences)
}

pub(super) fn insert(
    tx: &mut Tx,
    layer: LayerId,
    id: ItemId,
    component: Component,
    occurrences: &Occurrences,
) -> Result<()> {
    for row in &occurrences.rows {
        let long = row.end.saturating_sub(row.start) > SHORT;
        tx.run(
            "INSERT INTO occurrences (layer, component, long, first_at, item, last_at, bar)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (layer, component, long, first_at, item, bar) DO UPDATE
                SET last_at = excluded.last_at WHERE occurrences.last_at < excluded.last_at",
            &[
                layer.0.into(),
                component.name().into(),
                long.into(),
                row.start.into(),
                id.0.into(),
                row.end.into(),
                super::word_of(&BARS, row.bar).into(),
            ],
        )?;
    }
    Ok(())
}

const BARS: [(Bar, &str); 4] = [
    (Bar::Busy, "busy"),
    (Bar::Tentative, "tentative"),
    (Bar::Free, "free"),
    (Bar::Cancelled, "cancelled"),
];
