//! A house of people, asked as the product's own rooms ask each other: no server and no protocol.
#![allow(dead_code, reason = "every test takes what it needs")]

use strata::calendar::{Access, Calendars, Limits, Result};
use strata::model::User;
use strata::privacy::{Device, Viewer};

#[path = "store.rs"]
pub mod store;

pub struct House {
    pub calendars: Calendars,
    pub folder: tempfile::TempDir,
}

impl House {
    /// Nobody knows anybody yet, and nobody has a layer.
    pub fn of(names: &[&str], limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = store::open("sqlite:strata.db", folder.path());
        for name in names {
            store::account(&store, name, false);
        }
        Self {
            calendars: Calendars::new(store, limits),
            folder,
        }
    }

    pub fn user(&self, name: &str) -> User {
        store::user(self.calendars.store(), name)
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
