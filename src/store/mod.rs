//! SQL, once, for two engines. (Seam sketch: bodies to be written.)

pub mod accounts;
pub mod changes;
pub mod items;
pub mod layers;
pub mod properties;

/// What can go wrong with a database; none of it is the caller's business.
#[derive(Debug, thiserror::Error)]
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
    _conn: std::marker::PhantomData<&'c ()>,
}

#[derive(Clone)]
pub struct Store {}

impl Store {
    /// `sqlite:PATH` or `postgres://…`; migrates, after a backup copy beside an older SQLite file.
    pub fn open(_settings: &Settings) -> Result<Self> {
        todo!()
    }
    /// One snapshot; a write inside it fails.
    pub fn read<T, E: From<Error>>(
        &self,
        _work: impl FnMut(&mut Tx) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        todo!()
    }
    /// One transaction: all of it or, when `work` or the commit fails, nothing. May be run again after a conflict.
    pub fn write<T, E: From<Error>>(
        &self,
        _work: impl FnMut(&mut Tx) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        todo!()
    }
    /// Does a read cost microseconds on this thread (SQLite), or does it wait for a network (PostgreSQL)?
    pub fn is_local(&self) -> bool {
        todo!()
    }
    /// A consistent copy while serving (SQLite only).
    pub fn backup(&self, _to: &std::path::Path) -> Result<()> {
        todo!()
    }
}

pub struct Settings {
    pub url: String,
    pub data: std::path::PathBuf,
    /// SQLite: `FULL` or `NORMAL`.
    pub synchronous: Synchronous,
    pub readers: usize,
    pub sync_horizon_days: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Synchronous {
    #[default]
    Full,
    Normal,
}
