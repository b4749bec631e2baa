//! What accounts are told, as it goes out by mail: in words that the account may read at that moment, and once.

use super::{Access, Calendars, Collection, Need, Noted, Result, StoreError};
use crate::model::{Instant, ItemId, NoteId, User};
use crate::privacy::{Device, Viewer};
use crate::store::{accounts, items, letters, outbox};

/// One letter.
#[derive(Debug)]
pub struct Letter {
    pub to: User,
    /// Their preferred address.
    pub address: String,
    pub noted: Noted,
}

impl Calendars {
    /// What a letter says now. `None`: there is nothing to send: it is gone, or hidden from its reader by now, or was read,
    /// or was sent; or the account has no address, or wants no mail of the kind.
    ///
    /// # Errors
    /// [`super::Refusal::Unavailable`] while what it speaks of cannot be looked at; the store's.
    pub fn letter(&self, id: NoteId) -> Result<Option<Letter>> {
        let to = self.store.read(|tx| {
            let mailed = letters::mailed(tx, id)?;
            match outbox::by_id(tx, id)?.filter(|_| mailed.is_none()) {
                Some(note) => accounts::by_id(tx, note.user),
                None => Ok::<_, StoreError>(None),
            }
        })?;
        let Some(to) = to.filter(|it| !it.disabled && !it.addresses.is_empty()) else {
            return Ok(None);
        };
        let viewer = Viewer::User(Device::of_account(to.id, to.epoch));
        self.read(&viewer, |access| access.letter(id))
    }

    /// Notes that it is being given to the mail server: nobody will do so again. `false`: somebody has already.
    ///
    /// # Errors
    /// The store's.
    pub fn mailing(&self, id: NoteId, now: Instant) -> Result<bool> {
        Ok(self.store.write(|tx| letters::set_mailed(tx, id, now))?)
    }

    /// The mail server has said that it did not take it: it may be given again.
    ///
    /// # Errors
    /// The store's.
    pub fn not_mailed(&self, id: NoteId) -> Result<()> {
        Ok(self.store.write(|tx| letters::unset_mailed(tx, id))?)
    }
}

impl Access<'_, '_> {
    fn letter(&mut self, id: NoteId) -> Result<Option<Letter>> {
        let to = self.me()?;
        let Some(note) = outbox::by_id(self.tx, id)? else {
            return Ok(None);
        };
        let muted = outbox::muted(self.tx, to.id)?.contains(note.kind);
        let is_quiet = muted || letters::unmailed(self.tx, to.id)?.contains(note.kind);
        if is_quiet || note.user != to.id || note.seen.is_some() {
            return Ok(None);
        }
        let home = match note.item {
            Some(_) => self.home(&to.name)?.layers,
            None => Vec::new(),
        };
        let item = note.item;
        let noted = self.noted(note, &home)?;
        // What cannot be looked at just now is not hidden.
        if let (None, Some(item)) = (&noted, item) {
            self.in_reach(&home, item)?;
        }
        let address = to.addresses.first().cloned();
        Ok(noted
            .zip(address)
            .map(|(noted, address)| Letter { to, address, noted }))
    }
    /// # Errors
    /// [`super::Refusal::Unavailable`].
    fn in_reach(&mut self, home: &[Collection], item: ItemId) -> Result<()> {
        let Some(item) = items::by_id(self.tx, item, Need::Index)? else {
            return Ok(());
        };
        let is_part = |of: &&Collection| of.parts().any(|part| part.layer.id == item.layer);
        match home.iter().find(is_part) {
            Some(of) => self.reachable(of),
            None => Ok(()),
        }
    }
}
