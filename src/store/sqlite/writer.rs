//! The one connection that writes. Writers that come while another works share its commit.
//!
//! There is no writer thread. Each writer takes the lock and adds its work to the open transaction; whoever finds
//! nobody behind it commits for all, the others wait for that outcome without the lock. Under load one `fsync` so
//! carries many writes, and a lone writer pays for nothing but its own.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::log::{BOUNDS, Log};
use super::{Conn, Counters, Error, Result, Tx, run};

/// Works tried before a commit at most, so that the first of them is not kept waiting.
const TOGETHER: usize = 256;

/// Writers that may wait for their turn; one more is told that the database is busy.
const IN_LINE: usize = 1024;

pub(super) struct Writers {
    /// Writers that have yet to take the lock. Whoever sees one may leave the commit to it: it will come.
    waiting: AtomicUsize,
    writer: Mutex<Writer>,
    writes: AtomicU64,
    commits: AtomicU64,
}

/// The connection and the transaction that is open on it.
struct Writer {
    conn: Connection,
    log: Log,
    batch: Option<Batch>,
    /// The batch that ended under this lock; its members are woken once it is free.
    ended: Option<Arc<Outcome>>,
}

/// The writes that one commit will carry.
#[derive(Default)]
struct Batch {
    /// Works that ran in it, undone ones too.
    tried: usize,
    /// Works that it carries.
    writes: usize,
    outcome: Arc<Outcome>,
}

/// What became of a batch: set once, awaited by its members.
#[derive(Default)]
struct Outcome {
    result: Mutex<Option<Result<()>>>,
    settled: Condvar,
}

/// How a writer learns what became of its work.
enum Fate {
    /// The batch is committed or lost, or the work has failed by itself.
    Known(Result<()>),
    /// Somebody behind will commit.
    Open(Arc<Outcome>),
}

impl Writers {
    pub fn new(mut conn: Connection) -> Result<Self> {
        let log = Log::watch(&mut conn, BOUNDS)?;
        Ok(Self {
            waiting: AtomicUsize::new(0),
            writer: Mutex::new(Writer {
                conn,
                log,
                batch: None,
                ended: None,
            }),
            writes: AtomicU64::new(0),
            commits: AtomicU64::new(0),
        })
    }

    pub fn write<T, E: From<Error>>(
        &self,
        work: impl FnMut(&mut Tx) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut writer = self.turn()?;
        writer.begin()?;
        let mut work = work;
        let (done, kept) = writer.attempt(&mut work);
        let fate = self.settle(&mut writer, kept);
        self.release(writer);
        let value = match done {
            Ok(done) => done?,
            Err(panic) => resume_unwind(panic),
        };
        match fate {
            Fate::Known(result) => result,
            Fate::Open(outcome) => outcome.wait(),
        }?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        Ok(value)
    }

    pub fn counters(&self) -> Counters {
        Counters {
            writes: self.writes.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    pub fn limit_pages(&self, pages: u32) -> Result<()> {
        // Not in line: nobody may leave a commit to this one.
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.conn.pragma_update(None, "max_page_count", pages)?;
        Ok(())
    }

    /// Waits in line for the connection.
    fn turn(&self) -> Result<MutexGuard<'_, Writer>> {
        self.waiting
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |waiting| {
                (waiting < IN_LINE).then_some(waiting + 1)
            })
            .map_err(|_| Error::Busy(format!("{IN_LINE} writers are waiting")))?;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        Ok(writer)
    }

    /// Lets the next one in and wakes the members of a batch that has ended.
    fn release(&self, mut writer: MutexGuard<'_, Writer>) {
        let Some(outcome) = writer.ended.take() else {
            return;
        };
        let Writer { conn, log, .. } = &mut *writer;
        if log.is_due() {
            outcome.announce();
            log.checkpoint(conn);
        }
        drop(writer);
        outcome.announce();
    }

    /// Commits, if nobody comes behind or the batch is large enough.
    fn settle(&self, writer: &mut Writer, kept: Result<()>) -> Fate {
        let Some(batch) = &writer.batch else {
            return Fate::Known(kept);
        };
        let outcome = Arc::clone(&batch.outcome);
        if batch.tried < TOGETHER && self.waiting.load(Ordering::SeqCst) > 0 {
            return match kept {
                Ok(()) => Fate::Open(outcome),
                Err(error) => Fate::Known(Err(error)),
            };
        }
        self.commits.fetch_add(1, Ordering::Relaxed);
        let committed = writer.commit();
        Fate::Known(kept.and(committed))
    }
}

impl Writer {
    /// Opens a transaction unless the writer before left one open.
    fn begin(&mut self) -> Result<()> {
        if self.batch.is_none() {
            run(&self.conn, "BEGIN IMMEDIATE", &[])?;
            self.batch = Some(Batch::default());
        }
        Ok(())
    }

    /// Runs one work. A work that fails or panics is undone alone; the second answer says whether it is in the batch.
    fn attempt<T, E: From<Error>>(
        &mut self,
        work: &mut dyn FnMut(&mut Tx) -> std::result::Result<T, E>,
    ) -> (std::thread::Result<std::result::Result<T, E>>, Result<()>) {
        let mut alone = true;
        if let Some(batch) = &mut self.batch {
            alone = batch.writes == 0;
            batch.tried += 1;
        }
        if let Err(error) = self.mark(alone, "SAVEPOINT work") {
            return (Ok(Err(E::from(error.clone()))), Err(error));
        }
        let mut tx = Tx::on(Conn::Sqlite(&self.conn));
        let done = catch_unwind(AssertUnwindSafe(|| work(&mut tx)));
        let kept = if self.conn.is_autocommit() {
            // SQLite itself has given the whole transaction up.
            Err(self.lose(Error::Full("the transaction was rolled back".to_owned())))
        } else if matches!(done, Ok(Ok(_))) {
            self.keep(alone)
        } else {
            self.undo(alone)
        };
        (done, kept)
    }

    /// The first work of a batch needs no savepoint: with it the transaction goes.
    fn mark(&mut self, alone: bool, sql: &'static str) -> Result<()> {
        if alone {
            return Ok(());
        }
        run(&self.conn, sql, &[]).map(drop)
    }

    fn keep(&mut self, alone: bool) -> Result<()> {
        self.mark(alone, "RELEASE work")
            .map_err(|error| self.lose(error))?;
        if let Some(batch) = &mut self.batch {
            batch.writes += 1;
        }
        Ok(())
    }

    fn undo(&mut self, alone: bool) -> Result<()> {
        let undone = if alone {
            self.batch = None;
            run(&self.conn, "ROLLBACK", &[]).map(drop)
        } else {
            self.mark(false, "ROLLBACK TO work")
                .and_then(|()| self.mark(false, "RELEASE work"))
        };
        undone.map_err(|error| self.lose(error))?;
        Err(Error::Fault("the work was undone".to_owned()))
    }

    fn commit(&mut self) -> Result<()> {
        match run(&self.conn, "COMMIT", &[]) {
            Ok(_) => {
                if let Some(batch) = self.batch.take() {
                    self.end(batch, Ok(()));
                }
                Ok(())
            }
            Err(error) => Err(self.lose(error)),
        }
    }

    /// Gives the transaction up, with every work in it.
    fn lose(&mut self, error: Error) -> Error {
        if !self.conn.is_autocommit() {
            // Nothing is lost by a failure here: the next BEGIN will tell.
            let _ = run(&self.conn, "ROLLBACK", &[]);
        }
        if let Some(batch) = self.batch.take() {
            self.end(batch, Err(error.clone()));
        }
        error
    }

    fn end(&mut self, batch: Batch, result: Result<()>) {
        batch.outcome.set(result);
        self.ended = Some(batch.outcome);
    }
}

impl Outcome {
    fn set(&self, result: Result<()>) {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }

    fn announce(&self) {
        self.settled.notify_all();
    }

    fn wait(&self) -> Result<()> {
        let mut result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &*result {
                Some(result) => return result.clone(),
                None => {
                    result = self
                        .settled
                        .wait(result)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}
