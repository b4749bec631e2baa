//! A platform's SQLite file, as it stands under its name now: another file in its place is another database.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Instant;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Statement};

use super::{Answer, Error, Field, Have, Question, Result, Row, Taken, Version};

/// Steps of SQLite's machine between two looks at the clock.
const STEPS: std::ffi::c_int = 10_000;

pub(super) struct Source {
    path: PathBuf,
    question: Question,
    open: Option<Open>,
    /// How often it was opened.
    opened: u64,
}

struct Open {
    conn: Connection,
    /// Device and inode.
    file: (u64, u64),
}

impl Source {
    pub fn new(path: PathBuf, question: Question) -> Self {
        Self {
            path,
            question,
            open: None,
            opened: 0,
        }
    }

    pub fn ask(&mut self, user: &str, have: Have) -> Result<Answer> {
        let answer = self.answer(user, have);
        if answer.is_err() {
            self.open = None;
        }
        answer
    }

    fn answer(&mut self, user: &str, have: Have) -> Result<Answer> {
        self.reach()?;
        let Some(open) = &mut self.open else {
            return Err(Error::Busy("it is not open".to_owned()));
        };
        // Before the rows: what is committed meanwhile makes it another version, and is asked for again.
        let data: i64 = open
            .conn
            .query_row("PRAGMA data_version", [], |row| row.get(0))?;
        let version = Version(format!("{}:{data}", self.opened));
        if have.version == Some(&version) {
            return Ok(Answer::Same);
        }
        let deadline = Instant::now() + self.question.timeout;
        let is_late = move || Instant::now() > deadline;
        open.conn.progress_handler(STEPS, Some(is_late))?;
        let rows = rows(&open.conn, &self.question, user, have)?;
        Ok(Answer::Rows { version, rows })
    }

    /// Opens the file that stands there, unless it is open.
    fn reach(&mut self) -> Result<()> {
        let there = std::fs::metadata(&self.path).map_err(|error| {
            Error::Busy(format!("{} cannot be read: {error}", self.path.display()))
        })?;
        let file = (there.dev(), there.ino());
        if self.open.as_ref().is_some_and(|open| open.file == file) {
            return Ok(());
        }
        self.opened += 1;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.path, flags)?;
        conn.busy_timeout(self.question.timeout)?;
        conn.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
        self.open = Some(Open { conn, file });
        Ok(())
    }
}

fn rows(conn: &Connection, question: &Question, user: &str, have: Have) -> Result<Vec<Row>> {
    let mut statement = conn.prepare_cached(&question.sql)?;
    if !statement.readonly() || statement.column_count() == 0 {
        return Err(Error::Busy("the statement is no SELECT".to_owned()));
    }
    let places = places(&statement, question);
    match (
        statement.parameter_index(":user")?,
        statement.parameter_count(),
    ) {
        (Some(place), 1) => statement.raw_bind_parameter(place, user)?,
        (None, 0) => {}
        _ => {
            let why = "the statement has another parameter than :user";
            return Err(Error::Busy(why.to_owned()));
        }
    }
    let mut taken = Taken::of(question, have);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let field = |place: &Option<usize>| match place {
            Some(place) => field(row.get_ref(*place)?),
            None => Ok(Field::Null),
        };
        taken.take(places.iter().map(field).collect::<Result<_>>()?)?;
    }
    Ok(taken.rows)
}

/// Where the wanted columns stand in the answer.
fn places(statement: &Statement, question: &Question) -> Vec<Option<usize>> {
    let names: Vec<&str> = statement.column_names().collect();
    let place = |wanted: &String| {
        names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(wanted))
    };
    question.columns.iter().map(place).collect()
}

fn field(value: ValueRef) -> Result<Field> {
    Ok(match value {
        ValueRef::Null => Field::Null,
        ValueRef::Integer(number) => Field::Int(number),
        ValueRef::Real(number) => Field::Real(number),
        ValueRef::Text(text) => Field::Text(String::from_utf8_lossy(text)),
        ValueRef::Blob(_) => {
            return Err(Error::Busy("a column holds bytes".to_owned()));
        }
    })
}
