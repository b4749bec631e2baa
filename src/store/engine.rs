//! What we ask of a database: three verbs, values going in, rows coming out. Two drivers stand behind them.
//!
//! SQL is a constant of this crate: the verbs take `&'static str`, so no text of a client can ever become part of it.

use super::{Error, Result, Tx, postgres, sqlite};

/// One argument of a statement, borrowed for the call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Int(value.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Blob(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row, alive while it is visited. A column of the wrong type is a fault that names the column.
pub(super) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r ::postgres::Row),
}

impl<'r> Row<'r> {
    pub fn int(&self, column: usize) -> Result<i64> {
        self.opt_int(column)?
            .ok_or_else(|| self.wrong(column, "a number"))
    }

    pub fn flag(&self, column: usize) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// A count: never negative.
    pub fn size(&self, column: usize) -> Result<u64> {
        u64::try_from(self.int(column)?).map_err(|_| self.wrong(column, "a count"))
    }

    pub fn text(&self, column: usize) -> Result<&'r str> {
        self.opt_text(column)?
            .ok_or_else(|| self.wrong(column, "text"))
    }

    pub fn blob(&self, column: usize) -> Result<&'r [u8]> {
        self.opt_blob(column)?
            .ok_or_else(|| self.wrong(column, "bytes"))
    }

    pub fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        match self {
            Self::Sqlite(row) => sqlite::int(row, column),
            Self::Postgres(row) => postgres::int(row, column),
        }
        .ok_or_else(|| self.wrong(column, "a number"))
    }

    pub fn opt_text(&self, column: usize) -> Result<Option<&'r str>> {
        match self {
            Self::Sqlite(row) => sqlite::text(row, column),
            Self::Postgres(row) => row.try_get(column).ok(),
        }
        .ok_or_else(|| self.wrong(column, "text"))
    }

    pub fn opt_blob(&self, column: usize) -> Result<Option<&'r [u8]>> {
        match self {
            Self::Sqlite(row) => sqlite::blob(row, column),
            Self::Postgres(row) => row.try_get(column).ok(),
        }
        .ok_or_else(|| self.wrong(column, "bytes"))
    }

    pub fn opt_string(&self, column: usize) -> Result<Option<String>> {
        Ok(self.opt_text(column)?.map(str::to_owned))
    }

    pub fn string(&self, column: usize) -> Result<String> {
        Ok(self.text(column)?.to_owned())
    }

    /// A text that stands for one of our own words.
    pub fn word<T>(&self, column: usize, read: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        read(self.text(column)?).ok_or_else(|| self.wrong(column, "a word of ours"))
    }

    fn wrong(&self, column: usize, wanted: &str) -> Error {
        let name = match self {
            Self::Sqlite(row) => row.as_ref().column_name(column).unwrap_or("?"),
            Self::Postgres(row) => row
                .columns()
                .get(column)
                .map_or("?", |column| column.name()),
        };
        Error::Fault(format!("column {name} does not hold {wanted}"))
    }
}

/// The connection that a transaction runs on.
pub(super) enum Conn<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c mut postgres::Session),
}

impl<'c> Tx<'c> {
    pub(super) fn on(conn: Conn<'c>) -> Self {
        Self { conn, author: None }
    }

    /// Runs a statement that answers nothing; how many rows it changed.
    pub(super) fn run(&mut self, sql: &'static str, args: &[Value]) -> Result<u64> {
        match &mut self.conn {
            Conn::Sqlite(conn) => sqlite::run(conn, sql, args),
            Conn::Postgres(session) => session.run(sql, args),
        }
    }

    /// Visits the rows of an answer one by one; memory does not grow with it.
    pub(super) fn rows<E: From<Error>>(
        &mut self,
        sql: &'static str,
        args: &[Value],
        visit: impl FnMut(&Row) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        match &mut self.conn {
            Conn::Sqlite(conn) => sqlite::rows(conn, sql, args, visit),
            Conn::Postgres(session) => session.rows(sql, args, visit),
        }
    }

    /// Runs several statements without arguments.
    pub(super) fn script(&mut self, sql: &str) -> Result<()> {
        match &mut self.conn {
            Conn::Sqlite(conn) => sqlite::script(conn, sql),
            Conn::Postgres(session) => session.script(sql),
        }
    }

    /// The first row of an answer, if it has one.
    pub(super) fn first<T>(
        &mut self,
        sql: &'static str,
        args: &[Value],
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut found = None;
        self.rows(sql, args, |row| {
            if found.is_none() {
                found = Some(read(row)?);
            }
            Result::Ok(())
        })?;
        Ok(found)
    }

    /// A short answer, whole.
    pub(super) fn list<T>(
        &mut self,
        sql: &'static str,
        args: &[Value],
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        self.rows(sql, args, |row| {
            found.push(read(row)?);
            Result::Ok(())
        })?;
        Ok(found)
    }
}
