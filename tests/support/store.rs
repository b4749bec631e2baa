//! A store, and accounts in it.
#![allow(dead_code, reason = "every test takes what it needs")]

use std::path::Path;

use strata::model::{User, UserKind};
use strata::store::accounts::{self, NewUser};
use strata::store::{Settings, Store, Synchronous};

/// What is kept of everybody's password.
pub const HASH: &str = "hash-of-a-password";

pub fn settings(url: &str, data: &Path) -> Settings {
    Settings {
        url: url.to_owned(),
        data: data.to_owned(),
        synchronous: Synchronous::Normal,
        readers: 8,
        sync_horizon_days: 30,
    }
}

pub fn open(url: &str, data: &Path) -> Store {
    Store::open(&settings(url, data)).expect("the store opens")
}

/// Somebody with an address at example.com.
pub fn account(store: &Store, name: &str, admin: bool) -> User {
    let new = NewUser {
        name,
        display_name: name,
        addresses: &[format!("{name}@example.com")],
        kind: UserKind::Individual,
        admin,
        password_hash: HASH,
        now: 0,
    };
    let made = store.write(|tx| accounts::create(tx, &new));
    made.expect("the write succeeds").expect("the name is free")
}

pub fn user(store: &Store, name: &str) -> User {
    let user = store.read(|tx| accounts::by_name(tx, name));
    user.expect("the store answers").expect("an account")
}
