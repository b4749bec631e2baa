//! What sync needs of the items of a system layer, and nothing else of them: names, tags, numbers, marks and hashes. No text of
//! theirs is kept, no time, and no history.

use super::items::LayerWriter;
use super::{Result, Tx, audiences};
use crate::model::*;

/// An item that a platform shows from now on, or shows otherwise.
pub struct Shown<'a> {
    /// Of one that stands in the ledger.
    pub stands: Option<ItemId>,
    pub name: &'a str,
    pub uid: &'a str,
    pub tag: &'a str,
    pub size: u64,
    pub face: &'a Face,
    /// For whom it is a change.
    pub stirs: Vec<Stir>,
}

/// One that it no longer shows.
pub struct Struck<'a> {
    pub id: ItemId,
    pub name: &'a str,
    pub stirs: Vec<Stir>,
}

impl LayerWriter<'_, '_> {
    /// Takes down what has become of a layer's items; answers the layer's number from then on.
    pub fn take_down(&mut self, shown: &[Shown], struck: &[Struck], now: Instant) -> Result<i64> {
        let new = shown.iter().filter(|it| it.stands.is_none()).count();
        let changes = as_number(shown.len() + struck.len());
        let items = as_number(new) - as_number(struck.len());
        let mut number = self.draw_several(changes, items)?;
        let layer = self.layer().id;
        let stirs = struck.iter().map(|it| &it.stirs);
        let stirs = stirs.chain(shown.iter().map(|it| &it.stirs)).flatten();
        let drawn = audiences::draw(self.tx, layer, stirs)?;
        let has_tombstones = self.tx.first(
            "SELECT 1 FROM tombstones WHERE layer = ?1 LIMIT 1",
            &[layer.0.into()],
            |row| row.int(0),
        )?;
        let mut taking = Taking {
            layer,
            now,
            drawn,
            has_tombstones: has_tombstones.is_some(),
        };
        for item in struck {
            number += 1;
            taking.strike(self.tx, item, number)?;
        }
        taking.has_tombstones |= !struck.is_empty();
        for item in shown {
            number += 1;
            match item.stands {
                Some(id) => taking.change(self.tx, id, item, number)?,
                None => taking.enter(self.tx, item, number)?,
            }
        }
        Ok(number)
    }
}

/// What is the same for all that is taken down at once.
struct Taking {
    layer: LayerId,
    now: Instant,
    drawn: audiences::Drawn,
    /// Did any name stand there that is gone?
    has_tombstones: bool,
}

fn as_number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Taking {
    fn enter(&mut self, tx: &mut Tx, item: &Shown, number: i64) -> Result<()> {
        let id = super::drawn(tx.first(
            "INSERT INTO items (layer, name, uid, component, tag, size, first_at, last_at, number, created, modified, face)
             VALUES (?1, ?2, ?3, 'VEVENT', ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10) RETURNING id",
            &[
                self.layer.0.into(),
                item.name.into(),
                item.uid.into(),
                item.tag.into(),
                i64::try_from(item.size).unwrap_or(i64::MAX).into(),
                Instant::MIN.into(),
                Instant::MAX.into(),
                number.into(),
                self.now.into(),
                item.face.to_bytes().as_slice().into(),
            ],
            |row| row.int(0),
        )?)?;
        self.note(tx, (ItemId(id), item.name), &item.stirs)?;
        if self.has_tombstones {
            tx.run(
                "DELETE FROM tombstones WHERE layer = ?1 AND name = ?2",
                &[self.layer.0.into(), item.name.into()],
            )?;
        }
        Ok(())
    }

    fn change(&mut self, tx: &mut Tx, id: ItemId, item: &Shown, number: i64) -> Result<()> {
        tx.run(
            "UPDATE items SET tag = ?2, size = ?3, number = ?4, modified = ?5, face = ?6 WHERE id = ?1",
            &[
                id.0.into(),
                item.tag.into(),
                i64::try_from(item.size).unwrap_or(i64::MAX).into(),
                number.into(),
                self.now.into(),
                item.face.to_bytes().as_slice().into(),
            ],
        )?;
        self.note(tx, (id, item.name), &item.stirs)
    }

    fn strike(&mut self, tx: &mut Tx, item: &Struck, number: i64) -> Result<()> {
        self.note(tx, (item.id, item.name), &item.stirs)?;
        tx.run(
            "DELETE FROM properties WHERE subject = 'item' AND subject_id = ?1",
            &[item.id.0.into()],
        )?;
        tx.run("DELETE FROM items WHERE id = ?1", &[item.id.0.into()])?;
        tx.run(
            "INSERT INTO tombstones (layer, name, number, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (layer, name) DO UPDATE SET number = excluded.number, at = excluded.at",
            &[
                self.layer.0.into(),
                item.name.into(),
                number.into(),
                self.now.into(),
            ],
        )?;
        Ok(())
    }

    fn note(&mut self, tx: &mut Tx, of: (ItemId, &str), stirs: &[Stir]) -> Result<()> {
        audiences::note_as(tx, self.layer, of, stirs, &mut self.drawn, self.now)
    }
}
