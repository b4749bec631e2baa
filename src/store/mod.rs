//! SQL, and nothing but: written once, for two engines.

pub mod accounts;
pub mod addresses;
pub mod answers;
pub mod api_tokens;
pub mod audiences;
pub mod brake;
pub mod changes;
pub mod default_reminders;
mod engine;
pub mod exports;
pub mod feeds;
pub mod foreign;
pub mod handed;
pub mod history;
pub mod items;
pub mod jobs;
pub mod layers;
pub mod ledger;
pub mod letters;
mod migrations;
pub mod notices;
pub mod notifications;
pub mod occurrence_history;
pub mod occurrences;
pub mod outbox;
pub mod overlays;
mod pool;
mod postgres;
pub mod properties;
pub mod reckoning;
pub mod records;
pub mod relations;
pub mod remarks;
pub mod secrets;
pub mod shares;
mod sqlite;
#[cfg(test)]
pub(crate) mod tests;
pub mod trash;
pub mod view_links;
pub mod views;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::Instant;

/// What can go wrong with a database; none of it is the caller's business.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The disk or the database's quota is full: 507.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The database cannot be had just now (locked, connection lost, queue full): 503.
    #[error("the database is busy: {0}")]
    Busy(String),
    #[error("{0}")]
    Fault(String),
}

pub type Result<T> = std::result::Result<T, Error>;

/// One transaction.
pub struct Tx<'c> {
    conn: engine::Conn<'c>,
    author: Option<history::Author>,
}

/// The purpose of the key behind [`Store::names_key`].
const NAMES: &str = "names for others";

/// The database. Clones are handles of the same one.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    names_key: [u8; 32],
    sync_horizon_days: u32,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<sqlite::Sqlite>),
    Postgres(Arc<postgres::Postgres>),
}

pub struct Settings {
    /// `sqlite:PATH` (a relative path stands in `data`) or `postgres://…`.
    pub url: String,
    pub data: PathBuf,
    /// SQLite: `FULL` or `NORMAL`.
    pub synchronous: Synchronous,
    /// How many snapshots can be read at once.
    pub readers: usize,
    /// How long a deletion is remembered: sync tokens that are older expire.
    pub sync_horizon_days: u32,
}

/// What an acknowledged write survives (SQLite): the power cord, or only the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Synchronous {
    #[default]
    Full,
    Normal,
}

/// The version of a database, and the one that this program brings it to when it opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub version: usize,
    pub newest: usize,
}

/// What the store has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Write transactions that have been acknowledged.
    pub writes: u64,
    /// Commits they needed: fewer than `writes` where concurrent writers shared one.
    pub commits: u64,
    /// Writers that wait for their turn just now (SQLite).
    pub waiting: usize,
}

impl Store {
    /// `sqlite:PATH` or `postgres://…`; migrates, after a backup copy beside an older SQLite file.
    pub fn open(settings: &Settings) -> Result<Self> {
        let engine = if let Some(path) = settings.url.strip_prefix("sqlite:") {
            let path = settings.data.join(path);
            Engine::Sqlite(Arc::new(sqlite::Sqlite::open(&path, settings)?))
        } else if is_postgres(&settings.url) {
            Engine::Postgres(Arc::new(postgres::Postgres::open(settings)?))
        } else {
            return Err(Error::Fault(
                "the store's url is neither sqlite:PATH nor postgres://…".to_owned(),
            ));
        };
        let mut store = Self {
            engine,
            names_key: [0; 32],
            sync_horizon_days: settings.sync_horizon_days,
        };
        store.names_key = match store.read(|tx| secrets::key(tx, NAMES))? {
            Some(key) => key,
            None => store.write(|tx| secrets::key_or_new(tx, NAMES))?,
        };
        Ok(store)
    }

    /// With what the names are made that others see in place of an item's own.
    pub fn names_key(&self) -> &[u8; 32] {
        &self.names_key
    }

    /// How the database stands, which is left as it is. `None`: there is none yet.
    pub fn standing(settings: &Settings) -> Result<Option<Standing>> {
        let version = if let Some(path) = settings.url.strip_prefix("sqlite:") {
            sqlite::Sqlite::version(&settings.data.join(path))?
        } else {
            Some(postgres::Postgres::version(settings)?)
        };
        let newest = migrations::ALL.len();
        Ok(version.map(|version| Standing { version, newest }))
    }

    /// One snapshot; a write inside it fails.
    pub fn read<T, E: From<Error>>(
        &self,
        work: impl FnMut(&mut Tx) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(work),
            Engine::Postgres(postgres) => postgres.read(work),
        }
    }

    /// One transaction: all of it or, when `work` or the commit fails, nothing. May be run again after a conflict.
    pub fn write<T, E: From<Error>>(
        &self,
        work: impl FnMut(&mut Tx) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(work),
            Engine::Postgres(postgres) => postgres.write(work),
        }
    }

    /// Does a read cost microseconds on this thread (SQLite), or does it wait for a network (PostgreSQL)?
    pub fn is_local(&self) -> bool {
        matches!(self.engine, Engine::Sqlite(_))
    }

    /// A consistent copy while serving (SQLite only). `to` must not stand yet; it appears when the copy is complete and
    /// has passed SQLite's integrity check.
    pub fn backup(&self, to: &Path) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.backup(to),
            Engine::Postgres(_) => Err(Error::Fault(
                "a PostgreSQL database is backed up with pg_dump, not by strata".to_owned(),
            )),
        }
    }

    /// Forgets the deletions that lie beyond the sync horizon; answers how many. To be called now and then.
    pub fn sweep(&self, now: Instant) -> Result<u64> {
        let horizon = Instant::from(self.sync_horizon_days) * 86_400;
        self.write(|tx| changes::sweep(tx, now.saturating_sub(horizon)))
    }

    pub fn counters(&self) -> Counters {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.counters(),
            Engine::Postgres(postgres) => postgres.counters(),
        }
    }

    /// Lets an SQLite file grow no larger than so many pages of 4 KiB: how tests fill a disk.
    #[doc(hidden)]
    pub fn limit_pages(&self, pages: u32) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.limit_pages(pages),
            Engine::Postgres(_) => Err(Error::Fault("PostgreSQL has no page limit".to_owned())),
        }
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// What `INSERT … RETURNING id` answered.
fn drawn(id: Option<i64>) -> Result<i64> {
    id.ok_or_else(|| Error::Fault("the database drew no id".to_owned()))
}

/// The word that the database keeps for `value`; every value stands in its table.
fn word_of<T: Copy + PartialEq>(words: &[(T, &'static str)], value: T) -> &'static str {
    words
        .iter()
        .find(|(known, _)| *known == value)
        .map_or("", |(_, word)| word)
}

fn named<T: Copy>(words: &[(T, &'static str)], word: &str) -> Option<T> {
    words
        .iter()
        .find(|(_, known)| *known == word)
        .map(|(value, _)| *value)
}
