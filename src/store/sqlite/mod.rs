//! The embedded engine: one file in WAL mode, one writer whose commits are shared, a fixed number of readers.

mod backup;
mod log;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, ffi};

use super::engine::{Conn, Row, Value};
use super::migrations::{self, Dialect};
use super::pool::Pool;
use super::{Counters, Error, Result, Settings, Synchronous, Tx};
use writer::Writers;

/// How long a connection waits for another process, and a read for a free reader.
const PATIENCE: Duration = Duration::from_secs(5);

/// Every statement of this room stays prepared.
const STATEMENTS: usize = 128;

const DIALECT: Dialect = Dialect {
    id: "INTEGER PRIMARY KEY AUTOINCREMENT",
    number: "INTEGER",
    bytes: "BLOB",
    table: "STRICT",
    keyed: "STRICT, WITHOUT ROWID",
    bytewise: "TEXT",
    has_versions: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'versions'",
};

pub(super) struct Sqlite {
    path: PathBuf,
    readers: Pool<Connection>,
    writers: Writers,
}

impl Sqlite {
    pub fn open(path: &Path, settings: &Settings) -> Result<Self> {
        create(path)?;
        let conn = connect(path)?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(
            None,
            "synchronous",
            match settings.synchronous {
                Synchronous::Full => "FULL",
                Synchronous::Normal => "NORMAL",
            },
        )?;
        migrate(&conn, path, migrations::ALL)?;
        Ok(Self {
            path: path.to_owned(),
            readers: Pool::new(settings.readers, PATIENCE),
            writers: Writers::new(conn)?,
        })
    }

    /// The version of a file, which is left as it is; `None`: there is no file.
    pub fn version(path: &Path) -> Result<Option<usize>> {
        if !path.exists() {
            return Ok(None);
        }
        let conn = connect_reader(path)?;
        let tx = &mut Tx::on(Conn::Sqlite(&conn));
        migrations::version(tx, &DIALECT, migrations::ALL).map(Some)
    }

    pub fn read<T, E: From<Error>>(
        &self,
        mut work: impl FnMut(&mut Tx) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let reader = self.readers.borrow(|| connect_reader(&self.path))?;
        run(&reader.conn, "BEGIN", &[])?;
        let done = work(&mut Tx::on(Conn::Sqlite(&reader.conn)));
        run(&reader.conn, "ROLLBACK", &[])?;
        reader.give_back();
        done
    }

    pub fn write<T, E: From<Error>>(
        &self,
        work: impl FnMut(&mut Tx) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.writers.write(work)
    }

    pub fn backup(&self, to: &Path) -> Result<()> {
        if to.exists() {
            return Err(Error::Fault(format!("{} stands already", to.display())));
        }
        backup::copy(&self.path, to)
    }

    pub fn counters(&self) -> Counters {
        self.writers.counters()
    }

    pub fn limit_pages(&self, pages: u32) -> Result<()> {
        self.writers.limit_pages(pages)
    }
}

/// Makes the file, if there is none, readable by nobody else; SQLite gives its companions the same mode.
fn create(path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Fault(format!(
            "cannot open the database {}: {error}",
            path.display()
        ))),
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(PATIENCE)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without it a join is planned anew whenever a bound value changes (sqlite3_prepare_v3, rule 3): 20 µs a row.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = FAST;
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;",
    )?;
    Ok(conn)
}

/// A connection on which every write fails.
fn connect_reader(path: &Path) -> Result<Connection> {
    let conn = connect(path)?;
    conn.pragma_update(None, "query_only", true)?;
    Ok(conn)
}

/// Brings the file to the newest version, all or nothing; an older one is copied beside itself first.
fn migrate(conn: &Connection, path: &Path, all: &[&str]) -> Result<()> {
    let stands = migrations::version(&mut Tx::on(Conn::Sqlite(conn)), &DIALECT, all)?;
    if stands == all.len() {
        return Ok(());
    }
    if stands > 0 {
        let mut copy = path.as_os_str().to_owned();
        copy.push(format!(".before-{}", all.len()));
        // A copy that stands was made by an upgrade that did not end; what has been written since is in the new one.
        backup::copy(path, Path::new(&copy))?;
    }
    script(conn, "BEGIN IMMEDIATE")?;
    let done = migrations::migrate(&mut Tx::on(Conn::Sqlite(conn)), &DIALECT, all)
        .and_then(|()| script(conn, "COMMIT"));
    if done.is_err() && !conn.is_autocommit() {
        script(conn, "ROLLBACK")?;
    }
    done
}

pub(super) fn run(conn: &Connection, sql: &str, args: &[Value]) -> Result<u64> {
    let mut statement = conn.prepare_cached(sql)?;
    let changed = statement.execute(rusqlite::params_from_iter(args))?;
    Ok(changed as u64)
}

pub(super) fn rows<E: From<Error>>(
    conn: &Connection,
    sql: &str,
    args: &[Value],
    mut visit: impl FnMut(&Row) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut statement = conn.prepare_cached(sql).map_err(Error::from)?;
    let mut rows = statement
        .query(rusqlite::params_from_iter(args))
        .map_err(Error::from)?;
    while let Some(row) = rows.next().map_err(Error::from)? {
        visit(&Row::Sqlite(row))?;
    }
    Ok(())
}

pub(super) fn script(conn: &Connection, sql: &str) -> Result<()> {
    Ok(conn.execute_batch(sql)?)
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(value) => ValueRef::Integer(value),
            Value::Text(value) => ValueRef::Text(value.as_bytes()),
            Value::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

/// `None`: the column holds something else.
pub(super) fn int(row: &rusqlite::Row, column: usize) -> Option<Option<i64>> {
    match row.get_ref(column).ok()? {
        ValueRef::Null => Some(None),
        ValueRef::Integer(value) => Some(Some(value)),
        _ => None,
    }
}

pub(super) fn text<'r>(row: &'r rusqlite::Row, column: usize) -> Option<Option<&'r str>> {
    match row.get_ref(column).ok()? {
        ValueRef::Null => Some(None),
        ValueRef::Text(value) => Some(Some(std::str::from_utf8(value).ok()?)),
        _ => None,
    }
}

pub(super) fn blob<'r>(row: &'r rusqlite::Row, column: usize) -> Option<Option<&'r [u8]>> {
    match row.get_ref(column).ok()? {
        ValueRef::Null => Some(None),
        ValueRef::Blob(value) => Some(Some(value)),
        _ => None,
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let Some(cause) = error.sqlite_error() else {
            return Self::Fault(error.to_string());
        };
        match (cause.code, cause.extended_code) {
            (ErrorCode::DiskFull, _)
            | (
                ErrorCode::SystemIoFailure,
                ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_TRUNCATE | ffi::SQLITE_IOERR_SHMSIZE,
            ) => Self::Full(error.to_string()),
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => {
                Self::Busy(error.to_string())
            }
            _ => Self::Fault(error.to_string()),
        }
    }
}
