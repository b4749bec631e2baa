//! The write-ahead log, kept short: SQLite alone would let it grow for as long as some reader is always at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use super::{PATIENCE, Result};

/// How many pages of 4 KiB the log may hold.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// From here it is copied into the database file, as far as nobody is in the way.
    pub short: u32,
    /// From here readers are waited for, so that it can start again.
    pub long: u32,
}

/// 4 and 64 MiB.
pub(super) const BOUNDS: Bounds = Bounds {
    short: 1_000,
    long: 16_000,
};

/// How long writers stand still for that.
const WAIT: Duration = Duration::from_millis(500);

pub(super) struct Log {
    /// After the last commit; told by SQLite.
    pages: Arc<AtomicU32>,
    bounds: Bounds,
    due_at: u32,
    waits_at: u32,
}

impl Log {
    /// Takes the place of SQLite's own automatic checkpoints on the connection that writes.
    pub fn watch(conn: &mut Connection, bounds: Bounds) -> Result<Self> {
        let pages = Arc::new(AtomicU32::new(0));
        let told = Arc::clone(&pages);
        conn.pragma_update(None, "journal_size_limit", bounds.long * 4096)?;
        conn.wal_hook(Some(move |_: &mut _, pages: i32| {
            told.store(pages.unsigned_abs(), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self {
            pages,
            bounds,
            due_at: bounds.short,
            waits_at: bounds.long,
        })
    }

    pub fn is_due(&mut self) -> bool {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.bounds.short {
            // It has started again.
            self.due_at = self.bounds.short;
            self.waits_at = self.bounds.long;
        }
        pages >= self.due_at
    }

    /// What the log holds is committed either way: a checkpoint that fails is tried again later.
    pub fn checkpoint(&mut self, conn: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        self.due_at = pages.saturating_add(self.bounds.short);
        let done = if pages < self.waits_at {
            conn.execute_batch("PRAGMA wal_checkpoint(PASSIVE)")
        } else {
            self.waits_at = pages.saturating_add(self.bounds.long);
            conn.busy_timeout(WAIT)
                .and_then(|()| conn.execute_batch("PRAGMA wal_checkpoint(RESTART)"))
                .and_then(|()| conn.busy_timeout(PATIENCE))
        };
        if let Err(error) = done {
            tracing::warn!(%error, pages, "the write-ahead log could not be shortened");
        }
    }
}
