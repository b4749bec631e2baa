//! Where everything is kept, and for how long what goes can come back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::check::{MORE, Rule};
use super::kinds::StoreUrl;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    pub data: PathBuf,
    pub url: StoreUrl,
    pub synchronous: Synchronous,
    /// 0: twice the cores, at least four.
    pub readers: usize,
    pub sync_horizon_days: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            url: StoreUrl::default(),
            synchronous: Synchronous::Full,
            readers: 0,
            sync_horizon_days: 365,
        }
    }
}

impl Store {
    /// The SQLite file; `None` when the database is PostgreSQL.
    pub fn path(&self) -> Option<PathBuf> {
        self.url.sqlite_path().map(|path| self.data.join(path))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    Full,
    Normal,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trash {
    pub days: u32,
    pub held_days: u32,
    pub max_bytes_per_account: u64,
    pub brake_items: u32,
    pub brake_share: f64,
    pub brake_minutes: u32,
}

impl Default for Trash {
    fn default() -> Self {
        Self {
            days: 30,
            held_days: 180,
            max_bytes_per_account: 256 << 20,
            brake_items: 20,
            brake_share: 0.5,
            brake_minutes: 10,
        }
    }
}

impl Trash {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![
            (
                "trash.brake_share",
                (0.0..=1.0).contains(&self.brake_share),
                "is between 0 and 1",
            ),
            ("trash.brake_items", self.brake_items > 0, MORE),
        ]
    }
}
