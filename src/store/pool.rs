//! A fixed number of connections, lent out one transaction at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Error, Result};

pub(super) struct Pool<C> {
    at_most: usize,
    patience: Duration,
    shelf: Mutex<Shelf<C>>,
    freed: Condvar,
}

/// The connection that came back last is lent first: its cache is warm.
struct Shelf<C> {
    idle: Vec<C>,
    taken: usize,
}

impl<C> Pool<C> {
    pub fn new(at_most: usize, patience: Duration) -> Self {
        Self {
            at_most: at_most.max(1),
            patience,
            shelf: Mutex::new(Shelf {
                idle: Vec::new(),
                taken: 0,
            }),
            freed: Condvar::new(),
        }
    }

    /// Waits until fewer than allowed are taken; opens one when none is idle, without holding a lock.
    pub fn borrow(&self, open: impl FnOnce() -> Result<C>) -> Result<Lent<'_, C>> {
        let deadline = Instant::now() + self.patience;
        let mut shelf = self.shelf();
        while shelf.taken >= self.at_most {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Busy(format!(
                    "all {} connections are taken",
                    self.at_most
                )));
            }
            shelf = self
                .freed
                .wait_timeout(shelf, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        shelf.taken += 1;
        let idle = shelf.idle.pop();
        drop(shelf);
        let place = Place { pool: self };
        Ok(match idle {
            Some(conn) => Lent {
                conn,
                place,
                is_fresh: false,
            },
            None => Lent {
                conn: open()?,
                place,
                is_fresh: true,
            },
        })
    }

    /// Takes what is idle off the shelf.
    pub fn drain(&self) -> Vec<C> {
        std::mem::take(&mut self.shelf().idle)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<C>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lent connection. Dropped on the way, by an error or a panic, it is closed and its place is free again.
pub(super) struct Lent<'p, C> {
    pub conn: C,
    /// It was opened for this loan.
    pub is_fresh: bool,
    place: Place<'p, C>,
}

impl<C> Lent<'_, C> {
    /// Back on the shelf, for the next one.
    pub fn give_back(self) {
        let Self { conn, place, .. } = self;
        place.pool.shelf().idle.push(conn);
    }
}

/// The right to one of the connections.
struct Place<'p, C> {
    pool: &'p Pool<C>,
}

impl<C> Drop for Place<'_, C> {
    fn drop(&mut self) {
        self.pool.shelf().taken -= 1;
        self.pool.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> Pool<u8> {
        Pool::new(2, Duration::from_millis(1))
    }

    #[test]
    fn what_is_given_back_is_lent_again() {
        let pool = pool();
        let lent = pool.borrow(|| Ok(7)).expect("a place is free");
        assert!(lent.is_fresh);
        lent.give_back();
        let again = pool.borrow(|| Ok(8)).expect("a place is free");
        assert_eq!((again.conn, again.is_fresh), (7, false));
    }

    #[test]
    fn no_more_than_allowed_and_a_lost_one_frees_its_place() {
        let pool = pool();
        let first = pool.borrow(|| Ok(1)).expect("a place is free");
        let _second = pool.borrow(|| Ok(2)).expect("a place is free");
        assert!(matches!(pool.borrow(|| Ok(3)), Err(Error::Busy(_))));
        drop(first);
        assert!(pool.borrow(|| Ok(3)).is_ok());
    }

    #[test]
    fn a_connection_that_does_not_open_takes_no_place() {
        let pool = pool();
        for _ in 0..3 {
            let refused = pool.borrow(|| Err(Error::Fault("no".to_owned())));
            assert!(matches!(refused, Err(Error::Fault(_))));
        }
    }
}
