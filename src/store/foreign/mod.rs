//! A platform's own database, asked by one statement of its operator: read-only, with a time limit and a limit of rows, over one
//! connection that is kept.

mod postgres;
mod sql;
mod sqlite;

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Error, Result};

/// What is asked for, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// `sqlite:PATH` (a relative path stands in the data folder) or `postgres://…`.
    pub url: String,
    /// One SELECT; `:user` stands for the account.
    pub sql: String,
    /// The columns that are wanted, in this order; one that the answer has not got is empty.
    pub columns: Vec<String>,
    pub timeout: Duration,
    pub max_rows: usize,
}

/// One field of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
}

pub type Cells = Vec<Cell>;

/// Tells states of a database apart: where two are equal, so is every answer that does not look at the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(String);

pub enum Answer {
    /// What was known before still holds.
    Same,
    Rows {
        version: Version,
        rows: Vec<Cells>,
    },
}

/// Bytes of one answer.
const MOST_BYTES: usize = 64 << 20;

/// Who has just waited in vain is not followed by others for this long.
const PAUSE: Duration = Duration::from_secs(2);

pub struct Foreign {
    asks_by_user: bool,
    state: Mutex<State>,
}

struct State {
    source: Source,
    /// Until when it is not tried again, and why.
    paused: Option<(Instant, Error)>,
}

enum Source {
    Sqlite(Box<sqlite::Source>),
    Postgres(Box<postgres::Source>),
}

impl Foreign {
    /// Opens nothing yet.
    pub fn new(question: Question, data: &Path) -> Result<Self> {
        let asks_by_user = sql::asks_by_user(&question.sql);
        let source = if let Some(path) = question.url.strip_prefix("sqlite:") {
            Source::Sqlite(Box::new(sqlite::Source::new(data.join(path), question)))
        } else if super::is_postgres(&question.url) {
            Source::Postgres(Box::new(postgres::Source::new(question)?))
        } else {
            let why = "a source is sqlite:PATH or postgres://…";
            return Err(Error::Fault(why.to_owned()));
        };
        Ok(Self {
            asks_by_user,
            state: Mutex::new(State {
                source,
                paused: None,
            }),
        })
    }

    /// Is the answer another for each account?
    pub fn asks_by_user(&self) -> bool {
        self.asks_by_user
    }

    /// What the database has for an account, unless it is still as it was at a version.
    ///
    /// # Errors
    /// [`Error::Busy`] where it cannot be reached, takes too long or has more to say than it may; never a part of the rows.
    pub fn ask(&self, user: &str, known: Option<&Version>) -> Result<Answer> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let began = Instant::now();
        if let Some((until, why)) = &state.paused
            && began < *until
        {
            return Err(why.clone());
        }
        let answer = match &mut state.source {
            Source::Sqlite(source) => source.ask(user, known),
            Source::Postgres(source) => source.ask(user, known),
        };
        let answer = answer.map_err(unreachable);
        // One who fails at once costs nobody any time.
        state.paused = match &answer {
            Err(why) if began.elapsed() > PAUSE / 4 => Some((Instant::now() + PAUSE, why.clone())),
            _ => None,
        };
        answer
    }
}

/// Whatever is wrong with somebody else's database, it may be right again by the next time.
fn unreachable(error: Error) -> Error {
    match error {
        Error::Busy(why) | Error::Full(why) | Error::Fault(why) => Error::Busy(why),
    }
}

/// Takes the rows of one answer in, as long as they are not too many.
struct Taken {
    rows: Vec<Cells>,
    bytes: usize,
    max_rows: usize,
}

impl Taken {
    fn of(question: &Question) -> Self {
        Self {
            rows: Vec::new(),
            bytes: 0,
            max_rows: question.max_rows,
        }
    }

    fn take(&mut self, row: Cells) -> Result<()> {
        let text = |cell: &Cell| match cell {
            Cell::Text(text) => text.len(),
            _ => 0,
        };
        self.bytes += row.iter().map(text).sum::<usize>() + row.len() * size_of::<Cell>();
        if self.rows.len() >= self.max_rows {
            return Err(Error::Busy(format!("more than {} rows", self.max_rows)));
        }
        if self.bytes > MOST_BYTES {
            return Err(Error::Busy(format!("more than {MOST_BYTES} bytes")));
        }
        self.rows.push(row);
        Ok(())
    }
}
