//! A platform's own database, asked by one statement of its operator: read-only, with a time limit and a limit of rows, over one
//! connection that is kept.

mod postgres;
mod sql;
mod sqlite;

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
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

/// Tells rows apart: where two are equal, so are all their fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Print([u8; 16]);

impl Print {
    pub fn of(row: &[u8]) -> Self {
        let whole = blake3::hash(row);
        Self(*whole.as_bytes().first_chunk().unwrap_or(&[0; 16]))
    }
}

/// What who asks has from before.
#[derive(Clone, Copy)]
pub struct Have<'h> {
    pub version: Option<&'h Version>,
    /// Of a row that is known its print is answer enough.
    pub row: &'h dyn Fn(&Print) -> bool,
}

impl Have<'_> {
    pub const NOTHING: Self = Self {
        version: None,
        row: &|_| false,
    };
}

#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    Known(Print),
    New(Print, Cells),
}

pub enum Answer {
    /// What was known before still holds.
    Same,
    Rows {
        version: Version,
        rows: Vec<Row>,
    },
}

/// Bytes of one answer.
const MOST_BYTES: usize = 64 << 20;

/// Who has just waited in vain is not followed by others for this long.
const PAUSE: Duration = Duration::from_secs(2);

pub struct Foreign {
    asks_by_user: bool,
    /// How long one waits for others who are asking.
    patience: Duration,
    state: Mutex<State>,
    is_free: Condvar,
}

struct State {
    /// `None`: somebody is asking it.
    source: Option<Source>,
    /// Until when it is not tried again, and why.
    paused: Option<(Instant, Error)>,
}

impl State {
    /// Why it is not tried just now.
    fn pause(&self) -> Option<Error> {
        let paused = self.paused.as_ref();
        let paused = paused.filter(|(until, _)| Instant::now() < *until);
        paused.map(|(_, why)| why.clone())
    }
}

enum Source {
    Sqlite(Box<sqlite::Source>),
    Postgres(Box<postgres::Source>),
}

impl Foreign {
    /// Opens nothing yet.
    pub fn new(question: Question, data: &Path) -> Result<Self> {
        let asks_by_user = sql::asks_by_user(&question.sql);
        let patience = question.timeout;
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
            patience,
            state: Mutex::new(State {
                source: Some(source),
                paused: None,
            }),
            is_free: Condvar::new(),
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
    pub fn ask(&self, user: &str, have: Have) -> Result<Answer> {
        let mut turn = self.turn()?;
        let began = Instant::now();
        let answer = match &mut turn.source {
            Some(Source::Sqlite(source)) => source.ask(user, have),
            Some(Source::Postgres(source)) => source.ask(user, have),
            None => Err(Error::Busy("others are asking it".to_owned())),
        };
        let answer = answer.map_err(unreachable);
        // One who fails at once costs nobody any time.
        turn.paused = match &answer {
            Err(why) if began.elapsed() > PAUSE / 4 => Some((Instant::now() + PAUSE, why.clone())),
            _ => None,
        };
        answer
    }

    /// One asks at a time; who has waited for others as long as for an answer goes without.
    fn turn(&self) -> Result<Turn<'_>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |state: &mut State| state.source.is_none() && state.pause().is_none();
        let waited = self.is_free.wait_timeout_while(state, self.patience, waits);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = state.pause() {
            return Err(why);
        }
        match state.source.take() {
            Some(source) => Ok(Turn {
                of: self,
                source: Some(source),
                paused: None,
            }),
            None => Err(Error::Busy("others are asking it".to_owned())),
        }
    }
}

/// Somebody's turn to ask, which ends however it goes.
struct Turn<'f> {
    of: &'f Foreign,
    source: Option<Source>,
    paused: Option<(Instant, Error)>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.of.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.source = self.source.take();
        state.paused = self.paused.take();
        self.of.is_free.notify_all();
    }
}

/// Whatever is wrong with somebody else's database, it may be right again by the next time.
fn unreachable(error: Error) -> Error {
    match error {
        Error::Busy(why) | Error::Full(why) | Error::Fault(why) => Error::Busy(why),
    }
}

/// One field of a row as a driver holds it.
enum Field<'r> {
    Null,
    Int(i64),
    Real(f64),
    Text(Cow<'r, str>),
}

impl Field<'_> {
    /// No two rows of as many fields write the same.
    fn print(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(0),
            Self::Int(number) => {
                out.push(1);
                out.extend_from_slice(&number.to_le_bytes());
            }
            Self::Real(number) => {
                out.push(2);
                out.extend_from_slice(&number.to_bits().to_le_bytes());
            }
            Self::Text(text) => {
                out.push(3);
                out.extend_from_slice(&(text.len() as u64).to_le_bytes());
                out.extend_from_slice(text.as_bytes());
            }
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            _ => 0,
        }
    }

    fn into_cell(self) -> Cell {
        match self {
            Self::Null => Cell::Null,
            Self::Int(number) => Cell::Int(number),
            Self::Real(number) => Cell::Real(number),
            Self::Text(text) => Cell::Text(text.into_owned()),
        }
    }
}

/// Takes the rows of one answer in, as long as they are not too many.
struct Taken<'h> {
    rows: Vec<Row>,
    bytes: usize,
    max_rows: usize,
    have: Have<'h>,
    /// Of the row at hand.
    printed: Vec<u8>,
}

impl<'h> Taken<'h> {
    fn of(question: &Question, have: Have<'h>) -> Self {
        Self {
            rows: Vec::new(),
            bytes: 0,
            max_rows: question.max_rows,
            have,
            printed: Vec::new(),
        }
    }

    fn take(&mut self, row: Vec<Field>) -> Result<()> {
        self.bytes += row.iter().map(Field::bytes).sum::<usize>() + row.len() * size_of::<Cell>();
        if self.rows.len() >= self.max_rows {
            return Err(Error::Busy(format!("more than {} rows", self.max_rows)));
        }
        if self.bytes > MOST_BYTES {
            return Err(Error::Busy(format!("more than {MOST_BYTES} bytes")));
        }
        self.printed.clear();
        row.iter().for_each(|field| field.print(&mut self.printed));
        let print = Print::of(&self.printed);
        self.rows.push(match (self.have.row)(&print) {
            true => Row::Known(print),
            false => Row::New(print, row.into_iter().map(Field::into_cell).collect()),
        });
        Ok(())
    }
}
