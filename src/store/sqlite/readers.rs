//! A fixed number of connections that can only read, lent out one request at a time.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rusqlite::Connection;

use super::{Error, PATIENCE, Result, connect, script};

pub(super) struct Readers {
    path: PathBuf,
    at_most: usize,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

/// The reader that came back last is lent first: its cache is warm.
struct Shelf {
    idle: Vec<Connection>,
    open: usize,
}

impl Readers {
    pub fn new(path: &Path, at_most: usize) -> Self {
        Self {
            path: path.to_owned(),
            at_most: at_most.max(1),
            shelf: Mutex::new(Shelf {
                idle: Vec::new(),
                open: 0,
            }),
            returned: Condvar::new(),
        }
    }

    /// Waits for a reader; opens one as long as there are fewer than allowed.
    pub fn borrow(&self) -> Result<Lent<'_>> {
        let deadline = Instant::now() + PATIENCE;
        let mut shelf = self.shelf();
        loop {
            if let Some(conn) = shelf.idle.pop() {
                return Ok(self.lend(conn));
            }
            if shelf.open < self.at_most {
                shelf.open += 1;
                drop(shelf);
                return self.open().inspect_err(|_| self.lost_one());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Busy(format!(
                    "all {} readers are taken",
                    self.at_most
                )));
            }
            shelf = self
                .returned
                .wait_timeout(shelf, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn open(&self) -> Result<Lent<'_>> {
        let conn = connect(&self.path)?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(self.lend(conn))
    }

    fn lend(&self, conn: Connection) -> Lent<'_> {
        Lent {
            conn: Some(conn),
            readers: self,
        }
    }

    fn take_back(&self, conn: Connection) {
        // A panic left its snapshot open.
        if conn.is_autocommit() || script(&conn, "ROLLBACK").is_ok() {
            self.shelf().idle.push(conn);
            self.returned.notify_one();
        } else {
            drop(conn);
            self.lost_one();
        }
    }

    fn lost_one(&self) {
        self.shelf().open -= 1;
        self.returned.notify_one();
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reader; goes back when dropped.
pub(super) struct Lent<'r> {
    conn: Option<Connection>,
    readers: &'r Readers,
}

impl Deref for Lent<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.conn {
            Some(conn) => conn,
            None => unreachable!("a reader is given back only when it is dropped"),
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            self.readers.take_back(conn);
        }
    }
}
