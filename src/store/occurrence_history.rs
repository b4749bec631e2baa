//! Occurrences that were taken out of a series: each lies in the trash by itself, though the item still stands.

use bytes::Bytes;

use super::items::LayerWriter;
use super::{Result, history};
use crate::model::{Instant, Item};

/// An occurrence that is about to go.
pub struct TakenOut<'t> {
    /// What tells it from the others of its series.
    pub id: &'t str,
    pub tag: &'t str,
    pub text: &'t Bytes,
}

impl LayerWriter<'_, '_> {
    /// Keeps one occurrence of an item that stands; to be called before the item is written over.
    pub fn keep_occurrence(&mut self, of: &Item, taken: &TakenOut, now: Instant) -> Result<()> {
        let (user, app_password) = self.tx.author();
        let size = taken.text.len() as i64;
        self.tx.run(
            "INSERT INTO history (layer, stood_in, name, uid, component, tag, size, created, written, written_by,
                                  written_with, why, gone, at, removed_by, removed_with, face, body)
             SELECT layer, layer, name, ?2, component, ?3, ?4, created, modified, written_by, written_with,
                    'occurrence', 1, ?5, ?6, ?7, face, ?8
             FROM items WHERE id = ?1",
            &[
                of.id.0.into(),
                Item::told_apart(&of.uid, taken.id).as_str().into(),
                taken.tag.into(),
                size.into(),
                now.into(),
                user.into(),
                app_password.into(),
                taken.text.as_ref().into(),
            ],
        )?;
        history::grow(self.tx, self.layer.id, size)?;
        self.kept.1 += size;
        Ok(())
    }
}
