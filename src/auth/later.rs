//! What a sign-in has the store write, off the request's path: a thread of its own, which ends with the last sender.

use std::sync::mpsc::{SyncSender, sync_channel};

use super::unix_now;
use crate::model::{ApiTokenId, AppPasswordId, Link};
use crate::store::{self, Store, accounts, api_tokens, exports, view_links};

/// Notes that may wait; past that the next sign-in writes what this one could not.
const WAITING: usize = 256;

pub enum Note {
    Used(AppPasswordId),
    Fetched(Link),
    UsedToken(ApiTokenId),
    /// The password stands, hashed anew at today's cost.
    Renewed {
        stored: String,
        renewed: String,
    },
}

#[derive(Clone)]
pub struct Later(SyncSender<Note>);

impl Later {
    pub fn start(store: Store) -> std::io::Result<Self> {
        let (sender, notes) = sync_channel(WAITING);
        std::thread::Builder::new()
            .name("later".into())
            .spawn(move || {
                for note in notes {
                    if let Err(error) = write(&store, &note) {
                        tracing::warn!("what a sign-in has changed was not written: {error}");
                    }
                }
            })?;
        Ok(Self(sender))
    }

    #[cfg(test)]
    pub fn nowhere() -> Self {
        Self(sync_channel(0).0)
    }

    pub fn write(&self, note: Note) {
        let _ = self.0.try_send(note);
    }
}

fn write(store: &Store, note: &Note) -> store::Result<()> {
    store.write(|tx| match note {
        Note::Used(app_password) => accounts::touch_app_password(tx, *app_password, unix_now()),
        Note::Fetched(Link::Layers(export)) => exports::used(tx, *export, unix_now()),
        Note::Fetched(Link::View(link)) => view_links::used(tx, *link, unix_now()),
        Note::UsedToken(token) => api_tokens::touch(tx, *token, unix_now()),
        Note::Renewed { stored, renewed } => accounts::renew_password_hash(tx, stored, renewed),
    })
}
