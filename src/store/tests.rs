//! What unit tests of the rooms above start from: a store of their own, and accounts in it.

use super::accounts::{self, NewUser};
use super::{Settings, Store, Synchronous};
use crate::model::{User, UserKind};

pub struct Trial {
    pub store: Store,
    folder: tempfile::TempDir,
}

impl Trial {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Settings {
            url: "sqlite:strata.db".into(),
            data: folder.path().to_owned(),
            synchronous: Synchronous::Normal,
            readers: 2,
            sync_horizon_days: 90,
        })
        .unwrap();
        Self { store, folder }
    }

    /// `alice` is called Alice, and reached at alice@example.com.
    pub fn account(&self, name: &str) -> User {
        self.account_of(name, false, "x")
    }

    pub fn administrator(&self, name: &str) -> User {
        self.account_of(name, true, "x")
    }

    pub fn account_of(&self, name: &str, admin: bool, password_hash: &str) -> User {
        let (first, rest) = name.split_at(1);
        let display_name = format!("{}{rest}", first.to_uppercase());
        let new = NewUser {
            name,
            display_name: &display_name,
            addresses: &[format!("{name}@example.com")],
            kind: UserKind::Individual,
            admin,
            password_hash,
            now: 0,
        };
        let made = self.store.write(|tx| accounts::create(tx, &new));
        made.unwrap().unwrap()
    }

    /// What no door offers.
    pub fn sql(&self, sql: &str) {
        let file = self.folder.path().join("strata.db");
        let database = rusqlite::Connection::open(file).unwrap();
        assert!(database.execute(sql, []).unwrap() > 0, "{sql}");
    }

    /// The database itself.
    pub fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("strata.db")).unwrap()
    }
}
