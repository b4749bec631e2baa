//! Connections, lent out one transaction at a time.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ::postgres::Config;

use super::session::{Session, explain};
use super::{Error, Result, tls};

/// How long a transaction waits for a connection, and a connection for the server.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Pool {
    config: Config,
    tls: Option<tls::Connector>,
    at_most: usize,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

struct Shelf {
    idle: Vec<Session>,
    open: usize,
}

impl Pool {
    pub fn new(url: &str, at_most: usize) -> Result<Self> {
        let (mut config, tls) = tls::configure(url)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("strata");
        }
        Ok(Self {
            config,
            tls,
            at_most: at_most.max(1),
            shelf: Mutex::new(Shelf {
                idle: Vec::new(),
                open: 0,
            }),
            returned: Condvar::new(),
        })
    }

    /// A connection with an open transaction. One that died on the shelf is replaced: nothing had been sent on it.
    pub fn begin(&self, sql: &str) -> Result<Lent<'_>> {
        loop {
            let (mut lent, fresh) = self.borrow()?;
            match lent.begin(sql) {
                Ok(()) => return Ok(lent),
                Err(_) if !fresh && lent.is_lost() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The second answer: was the connection opened for this?
    fn borrow(&self) -> Result<(Lent<'_>, bool)> {
        let deadline = Instant::now() + PATIENCE;
        let mut shelf = self.shelf();
        loop {
            if let Some(session) = shelf.idle.pop() {
                return Ok((self.lend(session), false));
            }
            if shelf.open < self.at_most {
                shelf.open += 1;
                drop(shelf);
                let session = self.connect().inspect_err(|_| self.lost_one())?;
                return Ok((self.lend(session), true));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Busy(format!(
                    "all {} connections are taken",
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

    fn connect(&self) -> Result<Session> {
        let client = match &self.tls {
            Some(connector) => self.config.connect(connector.clone()),
            None => self.config.connect(::postgres::NoTls),
        };
        client.map(Session::new).map_err(|error| explain(&error))
    }

    fn lend(&self, session: Session) -> Lent<'_> {
        Lent {
            session: Some(session),
            pool: self,
        }
    }

    fn take_back(&self, session: Session) {
        // A transaction that is still open was left by a panic or a lost connection.
        if session.is_open() || session.is_lost() {
            drop(session);
            self.lost_one();
        } else {
            self.shelf().idle.push(session);
            self.returned.notify_one();
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

/// A connection; goes back when dropped.
pub(super) struct Lent<'p> {
    session: Option<Session>,
    pool: &'p Pool,
}

impl Deref for Lent<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        match &self.session {
            Some(session) => session,
            None => unreachable!("a connection is given back only when it is dropped"),
        }
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        match &mut self.session {
            Some(session) => session,
            None => unreachable!("a connection is given back only when it is dropped"),
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.pool.take_back(session);
        }
    }
}
