//! One connection: its prepared statements, and what went wrong in its transaction.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::io;

use ::postgres::error::SqlState;
use ::postgres::fallible_iterator::FallibleIterator;
use ::postgres::types::private::BytesMut;
use ::postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use ::postgres::{Client, Statement};

use super::{Error, Result};
use crate::store::engine::{Row, Value};

pub(in crate::store) struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    failure: Option<Error>,
    lost: bool,
    conflict: bool,
}

impl Session {
    pub fn new(client: Client) -> Self {
        Self {
            client,
            statements: HashMap::new(),
            failure: None,
            lost: false,
            conflict: false,
        }
    }

    pub fn run(&mut self, sql: &'static str, args: &[Value]) -> Result<u64> {
        let statement = self.prepare(sql)?;
        let args = args.iter().map(|arg| arg as &(dyn ToSql + Sync));
        let done = self.client.execute(&statement, &args.collect::<Vec<_>>());
        done.map_err(|error| self.failed(&error))
    }

    pub fn rows<E: From<Error>>(
        &mut self,
        sql: &'static str,
        args: &[Value],
        mut visit: impl FnMut(&Row) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let statement = self.prepare(sql)?;
        stream(&mut self.client, &statement, args, &mut visit)
            .unwrap_or_else(|error| Err(E::from(self.failed(&error))))
    }

    pub fn script(&mut self, sql: &str) -> Result<()> {
        let done = self.client.batch_execute(sql);
        done.map_err(|error| self.failed(&error))
    }

    pub fn begin(&mut self, sql: &str) -> Result<()> {
        self.failure = None;
        self.conflict = false;
        self.script(sql)
    }

    pub fn commit(&mut self) -> Result<()> {
        let done = self.script("COMMIT");
        self.lost = done.is_err();
        done
    }

    /// A connection on which not even this succeeds is not used again; the server undoes what was open on it.
    pub fn undo(&mut self) {
        self.lost = self.script("ROLLBACK").is_err();
    }

    pub fn is_lost(&self) -> bool {
        self.lost || self.client.is_closed()
    }

    /// What the first statement that failed in this transaction said.
    pub fn failure(&self) -> Option<Error> {
        self.failure.clone()
    }

    /// Did another transaction get in the way of this one, so that it is worth trying again?
    pub fn had_conflict(&self) -> bool {
        self.conflict
    }

    fn prepare(&mut self, sql: &'static str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let prepared = self.client.prepare(&translate(sql));
        let statement = prepared.map_err(|error| self.failed(&error))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    fn failed(&mut self, error: &::postgres::Error) -> Error {
        self.conflict |= matches!(
            error.code(),
            Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED)
        );
        let error = explain(error);
        self.failure.get_or_insert_with(|| error.clone());
        error
    }
}

/// The inner result is the visitor's.
fn stream<E>(
    client: &mut Client,
    statement: &Statement,
    args: &[Value],
    visit: &mut dyn FnMut(&Row) -> std::result::Result<(), E>,
) -> std::result::Result<std::result::Result<(), E>, ::postgres::Error> {
    let mut rows = client.query_raw(statement, args.iter())?;
    while let Some(row) = rows.next()? {
        if let Err(error) = visit(&Row::Postgres(&row)) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// Parameters are numbered `?1` in our SQL and `$1` here; a row that SQLite locks by locking everything is locked by name.
fn translate(sql: &str) -> String {
    sql.replace('?', "$")
        .replace("/* FOR UPDATE */", "FOR UPDATE")
        .replace("/* FOR NO KEY UPDATE */", "FOR NO KEY UPDATE")
        .replace("/* FOR UPDATE SKIP LOCKED */", "FOR UPDATE SKIP LOCKED")
}

/// The server's message without its detail, which quotes values.
pub(in crate::store) fn explain(error: &::postgres::Error) -> Error {
    let Some(cause) = error.as_db_error() else {
        let chain = error
            .source()
            .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        // A certificate that does not hold is no reason to try again; a connection that broke is.
        let broke = error
            .source()
            .and_then(|source| source.downcast_ref::<io::Error>())
            .is_some_and(|source| source.kind() != io::ErrorKind::InvalidData);
        return if error.is_closed() || broke {
            Error::Busy(chain)
        } else {
            Error::Fault(chain)
        };
    };
    let code = cause.code();
    let text = format!("{} ({})", cause.message(), code.code());
    match code.code().get(..2) {
        _ if *code == SqlState::DISK_FULL => Error::Full(text),
        // Connections, resources, intervention by an operator, conflicts that did not end.
        Some("08" | "53" | "57" | "40") => Error::Busy(text),
        _ => Error::Fault(text),
    }
}

/// `None`: the column holds something else.
pub(in crate::store) fn int(row: &::postgres::Row, column: usize) -> Option<Option<i64>> {
    let kind = row.columns().get(column)?.type_();
    if *kind == Type::INT4 {
        let value: Option<i32> = row.try_get(column).ok()?;
        return Some(value.map(i64::from));
    }
    row.try_get(column).ok()
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match *self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(value) if *kind == Type::INT4 => i32::try_from(value)?.to_sql(kind, out),
            Value::Int(value) => value.to_sql(kind, out),
            Value::Text(value) => value.to_sql(kind, out),
            Value::Blob(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
