//! A house of people, asked as the product's own rooms ask each other: no server and no protocol.
#![allow(dead_code, reason = "every test takes what it needs")]

use strata::calendar::{Access, Calendars, Limits, Result};
use strata::model::{User, UserKind};
use strata::privacy::{Device, Viewer};
use strata::store::accounts::{self, NewUser};
use strata::store::{self, Store, Synchronous};

/// What is kept of everybody's password.
pub const HASH: &str = "hash-of-a-password";

pub struct House {
    pub calendars: Calendars,
    pub folder: tempfile::TempDir,
}

impl House {
    /// Nobody knows anybody yet, and nobody has a layer.
    pub fn of(names: &[&str], limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&store::Settings {
            url: "sqlite:strata.db".into(),
            data: folder.path().to_owned(),
            synchronous: Synchronous::Normal,
            readers: 2,
            sync_horizon_days: 90,
        })
        .unwrap();
        for name in names {
            let new = NewUser {
                name,
                display_name: name,
                addresses: &[format!("{name}@example.com")],
                kind: UserKind::Individual,
                admin: false,
                password_hash: HASH,
                now: 0,
            };
            let made = store.write(|tx| accounts::create(tx, &new));
            made.unwrap().unwrap();
        }
        Self {
            calendars: Calendars::new(store, limits),
            folder,
        }
    }

    pub fn user(&self, name: &str) -> User {
        let store = self.calendars.store();
        let user = store.read(|tx| accounts::by_name(tx, name));
        user.unwrap().unwrap()
    }

    pub fn device(&self, name: &str) -> Device {
        let user = self.user(name);
        Device::of_account(user.id, user.epoch)
    }

    pub fn does<T>(&self, who: &str, work: impl FnMut(&mut Access) -> Result<T>) -> Result<T> {
        let viewer = Viewer::User(self.device(who));
        self.calendars.write(&viewer, work)
    }
}
