//! A store of its own for each test, on either engine, and what every story starts from.

use bytes::Bytes;
use strata::model::*;
use strata::store::items::{LayerWriter, NewItem};
use strata::store::{Result, Store, Tx, accounts, layers};

use crate::postgres_server;
use crate::support;
pub use crate::support::settings;

pub const NOW: Instant = 1_800_000_000;

pub struct House {
    pub store: Store,
    pub data: tempfile::TempDir,
    pub url: String,
}

impl House {
    pub fn sqlite() -> Self {
        Self::at("sqlite:strata.db".to_owned())
    }

    pub fn postgres() -> Self {
        Self::at(postgres_server::database())
    }

    fn at(url: String) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let store = support::open(&url, data.path());
        Self { store, data, url }
    }

    pub fn reopen(&self) -> Result<Store> {
        Store::open(&settings(&self.url, self.data.path()))
    }

    pub fn user(&self, name: &str) -> User {
        let made = self
            .store
            .write(|tx| accounts::create(tx, &new_user(name, &[])));
        made.expect("the write succeeds").expect("the name is free")
    }

    /// An account's first layer.
    pub fn layer(&self, owner: &str) -> Layer {
        let owner = self.user(owner).id;
        let made = self
            .store
            .write(|tx| layers::create(tx, &new_layer(owner, "work")));
        made.expect("the write succeeds").expect("the name is free")
    }

    pub fn put(&self, layer: LayerId, name: &str, text: &str) -> Result<(bool, i64)> {
        self.store.write(|tx| put(tx, layer, name, text))
    }
}

pub fn new_user<'a>(name: &'a str, addresses: &'a [String]) -> accounts::NewUser<'a> {
    accounts::NewUser {
        name,
        display_name: name,
        addresses,
        kind: UserKind::Individual,
        admin: false,
        password_hash: "$argon2id$",
        now: NOW,
    }
}

pub fn new_layer(owner: UserId, name: &str) -> layers::NewLayer {
    layers::NewLayer {
        display_name: format!("The {name}"),
        color: Some("#FF0000".to_owned()),
        ..layers::NewLayer::named(owner, name, NOW)
    }
}

pub fn new_item<'a>(name: &'a str, text: &'a Bytes) -> NewItem<'a> {
    NewItem {
        face: Face::default(),
        stirs: &[],
        name,
        uid: name,
        component: Component::Event,
        tag: std::str::from_utf8(text).expect("tests write text"),
        text,
        span: Span {
            first: Some(NOW),
            last: Some(NOW + 3600),
        },
        occurrences: &UNKNOWN,
        now: NOW,
    }
}

/// Nothing is indexed: the text is to be asked.
pub static UNKNOWN: Occurrences = Occurrences {
    known_from: 0,
    known_until: 0,
    rows: Vec::new(),
};

/// Writes an item whose UID is its name and whose tag is its text.
pub fn put(tx: &mut Tx, layer: LayerId, name: &str, text: &str) -> Result<(bool, i64)> {
    let text = Bytes::copy_from_slice(text.as_bytes());
    writer(tx, layer)?.put(&new_item(name, &text))
}

pub fn delete(tx: &mut Tx, layer: LayerId, name: &str, now: Instant) -> Result<bool> {
    writer(tx, layer)?.delete(name, &[], now)
}

pub fn writer<'t, 'c>(tx: &'t mut Tx<'c>, layer: LayerId) -> Result<LayerWriter<'t, 'c>> {
    Ok(LayerWriter::open(tx, layer)?.expect("the layer stands"))
}
