//! The layer writer: every change of an item, with its number, its history and whom it stirs.

use bytes::Bytes;

use super::{Need, OF_UID, by_id, by_uid, find, item, writer};
use crate::model::*;
use crate::store::{
    Error, Result, Tx, audiences, default_reminders, drawn, history, layers, occurrences, outbox,
    overlays, reckoning,
};

/// Sorts right behind what [`Item::told_apart`] puts behind a UID.
const AFTER_TOLD_APART: char = '\u{b}';

/// What a put writes.
pub struct NewItem<'a> {
    pub name: &'a str,
    pub uid: &'a str,
    pub component: Component,
    pub tag: &'a str,
    pub text: &'a Bytes,
    pub span: Span,
    pub occurrences: &'a Occurrences,
    pub face: Face,
    /// For whom it is a change.
    pub stirs: &'a [Stir],
    pub now: Instant,
}

/// Why a version of an item stands no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Overwritten,
    Deleted,
    /// It stands in another place of the same account, and its history with it.
    Moved,
    /// It was moved to where its owner cannot bring it back from.
    Taken,
    /// It is one occurrence, and was taken out of its series.
    Occurrence,
}

/// The only way to change an item. Opening it locks the layer's row; every change draws the layer's next number.
///
/// Why the counter stands in that row and not in a sequence: a sequence hands out numbers in one order while transactions
/// commit in another, and a client that remembers the highest number it has seen skips what commits late.
pub struct LayerWriter<'t, 'c> {
    pub(in crate::store) tx: &'t mut Tx<'c>,
    pub(in crate::store) layer: Layer,
    items: u64,
    /// Bytes of history before the last act of this writer and after it.
    pub(in crate::store) kept: (i64, i64),
}

impl<'t, 'c> LayerWriter<'t, 'c> {
    /// `None`: there is no such layer.
    pub fn open(tx: &'t mut Tx<'c>, layer: LayerId) -> Result<Option<Self>> {
        let locked = layers::lock(tx, layer)?;
        Ok(locked.map(|locked| Self {
            tx,
            layer: locked.layer,
            items: locked.items,
            kept: (locked.kept, locked.kept),
        }))
    }

    /// How many items the layer holds; a running sum.
    pub fn count(&self) -> u64 {
        self.items
    }

    pub fn layer(&self) -> &Layer {
        &self.layer
    }

    /// Did the last act take the bytes of the layer's history past a multiple of `step`?
    pub fn history_passed(&self, step: u64) -> bool {
        let step = i64::try_from(step).unwrap_or(i64::MAX).max(1);
        let (before, after) = self.kept;
        before / step < after / step
    }

    /// Without the text.
    pub fn find(&mut self, name: &str) -> Result<Option<Item>> {
        find(self.tx, self.layer.id, name, Need::Index)
    }

    /// Without the text.
    pub fn by_id(&mut self, id: ItemId) -> Result<Option<Item>> {
        by_id(self.tx, id, Need::Index)
    }

    /// What is kept under a UID; without the text.
    pub fn by_uid(&mut self, uid: &str) -> Result<Option<Item>> {
        by_uid(self.tx, self.layer.id, uid, Need::Index)
    }

    /// All that say they have a UID, those too that are told apart by more than that; without the texts.
    pub fn of_uid(&mut self, uid: &str) -> Result<Vec<Item>> {
        let end = format!("{uid}{AFTER_TOLD_APART}");
        let of = [self.layer.id.0.into(), uid.into(), end.as_str().into()];
        let mut found = self.tx.list(OF_UID.0, &of, |row| item(row, Need::Index))?;
        found.retain(|item| item.said_uid() == uid);
        Ok(found)
    }

    /// With its text, and who wrote it.
    pub fn written(&mut self, id: ItemId) -> Result<(Option<Item>, Option<history::Author>)> {
        Ok((by_id(self.tx, id, Need::Text)?, writer(self.tx, id)?))
    }

    /// What a sharee keeps for themselves on an item.
    pub fn overlay(&mut self, user: UserId, item: ItemId) -> Result<Option<Overlay>> {
        overlays::of(self.tx, user, item)
    }

    /// Creates or replaces; a tombstone of the same name goes. `(created, number)`.
    pub fn put(&mut self, new: &NewItem) -> Result<(bool, i64)> {
        self.put_as_of(new, new.now)
    }

    /// The same of what comes from elsewhere and can be had from there again: the version that stood is not kept.
    pub fn refresh(&mut self, new: &NewItem) -> Result<()> {
        let size = new.text.len() as i64;
        match self.stands(new.name)? {
            Some((id, old_size)) => {
                let number = self.draw(0, size - old_size, 0)?;
                self.replace(id, new, number)
            }
            None => self.put(new).map(drop),
        }
    }

    /// The same for an item that is older than its place here, because it was moved.
    pub fn put_as_of(&mut self, new: &NewItem, created: Instant) -> Result<(bool, i64)> {
        let size = new.text.len() as i64;
        match self.stands(new.name)? {
            Some((id, old_size)) => {
                let number = self.draw(0, size - old_size, old_size)?;
                history::keep(self.tx, id, new.now)?;
                self.replace(id, new, number)?;
                Ok((false, number))
            }
            None => {
                let number = self.draw(1, size, 0)?;
                self.insert(new, created, number)?;
                Ok((true, number))
            }
        }
    }

    fn note(&mut self, id: ItemId, new: &NewItem) -> Result<()> {
        let rings = outbox::may_ring(new.text) || outbox::may_be_sorted(new.text);
        if rings || default_reminders::may_ring(self.tx, &self.layer)? {
            outbox::wake(self.tx, self.layer.owner, new.now)?;
        }
        audiences::note(self.tx, self.layer.id, (id, new.name), new.stirs, new.now)
    }

    /// What the rules say of an item is now another thing, though its text and its owner's view stay as they are.
    pub fn set_face(
        &mut self,
        item: &Item,
        face: &Face,
        stirs: &[Stir],
        now: Instant,
    ) -> Result<()> {
        reckoning::set_face(self.tx, item.id, face)?;
        audiences::note(self.tx, self.layer.id, (item.id, &item.name), stirs, now)
    }

    /// Gives an item another name, because somebody who may not know of it writes under the one that it has. Its owner finds it
    /// under the new one; for others nothing changes, now or later.
    pub fn set_aside(&mut self, item: &Item) -> Result<()> {
        let random =
            crate::secret::random::<16>().map_err(|error| Error::Fault(error.to_string()))?;
        let name = format!("{:032x}.ics", u128::from_le_bytes(random));
        let number = self.draw(0, 0, 0)?;
        self.tx.run(
            "UPDATE items SET name = ?2, number = ?3 WHERE id = ?1",
            &[item.id.0.into(), name.as_str().into(), number.into()],
        )?;
        if let Some(face) = item.face {
            let face = Face {
                aside: true,
                ..face
            };
            reckoning::set_face(self.tx, item.id, &face)?;
        }
        Ok(())
    }

    /// `false`: nothing stood there.
    pub fn delete(&mut self, name: &str, stirs: &[Stir], now: Instant) -> Result<bool> {
        self.remove(name, Ended::Deleted, stirs, now)
    }

    /// The same for another reason. What goes is kept as history, its dead properties with it.
    pub fn remove(&mut self, name: &str, why: Ended, stirs: &[Stir], now: Instant) -> Result<bool> {
        let Some((id, size)) = self.stands(name)? else {
            return Ok(false);
        };
        let number = self.draw(-1, -size, size)?;
        let version = history::keep_gone(self.tx, id, why, now)?;
        self.tx.run(
            "UPDATE properties SET subject = 'version', subject_id = ?2 WHERE subject = 'item' AND subject_id = ?1",
            &[id.into(), version.into()],
        )?;
        self.take_out((id, name), number, stirs, now)
    }

    /// The same of what comes from elsewhere: nothing of it is kept. `false`: nothing stood there.
    pub fn forget(&mut self, name: &str, stirs: &[Stir], now: Instant) -> Result<bool> {
        let Some((id, size)) = self.stands(name)? else {
            return Ok(false);
        };
        let number = self.draw(-1, -size, 0)?;
        self.tx.run(
            "DELETE FROM properties WHERE subject = 'item' AND subject_id = ?1",
            &[id.into()],
        )?;
        self.take_out((id, name), number, stirs, now)
    }

    fn take_out(
        &mut self,
        (id, name): (i64, &str),
        number: i64,
        stirs: &[Stir],
        now: Instant,
    ) -> Result<bool> {
        audiences::note(self.tx, self.layer.id, (ItemId(id), name), stirs, now)?;
        self.tx
            .run("DELETE FROM items WHERE id = ?1", &[id.into()])?;
        self.tx.run(
            "INSERT INTO tombstones (layer, name, number, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (layer, name) DO UPDATE SET number = excluded.number, at = excluded.at",
            &[
                self.layer.id.0.into(),
                name.into(),
                number.into(),
                now.into(),
            ],
        )?;
        Ok(true)
    }

    /// The id and size of what stands under a name.
    fn stands(&mut self, name: &str) -> Result<Option<(i64, i64)>> {
        self.tx.first(
            "SELECT id, size FROM items WHERE layer = ?1 AND name = ?2",
            &[self.layer.id.0.into(), name.into()],
            |row| Ok((row.int(0)?, row.int(1)?)),
        )
    }

    /// Draws the next number, and keeps the layer's sums; `kept` are the bytes that history takes.
    fn draw(&mut self, items: i64, bytes: i64, kept: i64) -> Result<i64> {
        // The row is locked and its number known: RETURNING, for which SQLite makes a table, would tell nothing new.
        let changed = self.tx.run(
            "UPDATE layers SET number = number + 1, items = items + ?2, bytes = bytes + ?3, kept = kept + ?4
             WHERE id = ?1",
            &[
                self.layer.id.0.into(),
                items.into(),
                bytes.into(),
                kept.into(),
            ],
        )?;
        self.layer.number = drawn((changed > 0).then_some(self.layer.number + 1))?;
        self.kept = (self.kept.1, self.kept.1 + kept);
        self.items = self.items.saturating_add_signed(items);
        Ok(self.layer.number)
    }

    /// Draws several numbers at once for what takes no room here; answers the one before the first of them.
    pub(in crate::store) fn draw_several(&mut self, changes: i64, items: i64) -> Result<i64> {
        let before = self.layer.number;
        let changed = self.tx.run(
            "UPDATE layers SET number = number + ?2, items = items + ?3 WHERE id = ?1",
            &[self.layer.id.0.into(), changes.into(), items.into()],
        )?;
        self.layer.number = drawn((changed > 0).then_some(before + changes))?;
        self.items = self.items.saturating_add_signed(items);
        Ok(before)
    }

    fn insert(&mut self, new: &NewItem, created: Instant, number: i64) -> Result<()> {
        let (user, app_password) = self.tx.author();
        let id = drawn(self.tx.first(
            "INSERT INTO items (layer, name, uid, component, tag, size, first_at, last_at, number, created, modified,
                                known_from, known_until, written_by, written_with, face)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) RETURNING id",
            &[
                self.layer.id.0.into(),
                new.name.into(),
                new.uid.into(),
                new.component.name().into(),
                new.tag.into(),
                (new.text.len() as i64).into(),
                new.span.first.unwrap_or(Instant::MIN).into(),
                new.span.last.unwrap_or(Instant::MAX).into(),
                number.into(),
                created.into(),
                new.now.into(),
                new.occurrences.known_from.into(),
                new.occurrences.known_until.into(),
                user.into(),
                app_password.into(),
                new.face.to_bytes().as_slice().into(),
            ],
            |row| row.int(0),
        )?)?;
        self.note(ItemId(id), new)?;
        self.tx.run(
            "INSERT INTO texts (item, body) VALUES (?1, ?2)",
            &[id.into(), new.text.as_ref().into()],
        )?;
        occurrences::insert(
            self.tx,
            self.layer.id,
            ItemId(id),
            new.component,
            new.occurrences,
        )?;
        self.tx.run(
            "DELETE FROM tombstones WHERE layer = ?1 AND name = ?2",
            &[self.layer.id.0.into(), new.name.into()],
        )?;
        Ok(())
    }

    fn replace(&mut self, id: i64, new: &NewItem, number: i64) -> Result<()> {
        let (user, app_password) = self.tx.author();
        self.tx.run(
            "UPDATE items SET uid = ?2, component = ?3, tag = ?4, size = ?5, first_at = ?6, last_at = ?7, number = ?8,
                              modified = ?9, written_by = ?10, written_with = ?11, face = ?12
             WHERE id = ?1",
            &[
                id.into(),
                new.uid.into(),
                new.component.name().into(),
                new.tag.into(),
                (new.text.len() as i64).into(),
                new.span.first.unwrap_or(Instant::MIN).into(),
                new.span.last.unwrap_or(Instant::MAX).into(),
                number.into(),
                new.now.into(),
                user.into(),
                app_password.into(),
                new.face.to_bytes().as_slice().into(),
            ],
        )?;
        self.note(ItemId(id), new)?;
        self.tx.run(
            "UPDATE texts SET body = ?2 WHERE item = ?1",
            &[id.into(), new.text.as_ref().into()],
        )?;
        occurrences::rewrite(
            self.tx,
            self.layer.id,
            ItemId(id),
            new.component,
            new.occurrences,
        )
    }
}
