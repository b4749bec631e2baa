//! A consistent copy of a database file while others write to it.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{Error, Result, connect, script};

/// Pages copied at a time.
const STEP: i32 = 256;

/// Copies under a temporary name, checks, and only then gives the copy its own name, in place of what stands there.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = Path::new(&unfinished);
    let copied = copy_and_check(from, unfinished)
        .and_then(|()| std::fs::rename(unfinished, to).map_err(|error| io_error(to, &error)));
    if copied.is_err() {
        // The error that is reported matters more than a file left behind.
        let _ = std::fs::remove_file(unfinished);
    }
    copied
}

fn copy_and_check(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        std::fs::remove_file(to).map_err(|error| io_error(to, &error))?;
    }
    super::create(to)?;
    let source = connect(from)?;
    // One snapshot for the whole copy: writers do not make it start again.
    script(&source, "BEGIN; SELECT count(*) FROM sqlite_schema")?;
    let mut target = Connection::open_with_flags(
        to,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    {
        let backup = Backup::new(&source, &mut target)?;
        while backup.step(STEP)? != StepResult::Done {}
    }
    script(&source, "ROLLBACK")?;
    begin_another_history(&target)?;
    // One file, without companions.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    let verdict: String = target.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Error::Fault(format!("the copy is damaged: {verdict}")));
    }
    Ok(())
}

/// What is written to the copy is another history: a token of the original must not fit (RFC 6578 section 3.2).
fn begin_another_history(copy: &Connection) -> Result<()> {
    let layers = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'layers'";
    let stand: i64 = copy.query_row(layers, [], |row| row.get(0))?;
    if stand > 0 {
        let epochs = "UPDATE layers SET epoch = random() & 9223372036854775807";
        script(copy, epochs)?;
    }
    Ok(())
}

fn io_error(path: &Path, error: &std::io::Error) -> Error {
    let text = format!("{}: {error}", path.display());
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::Full(text),
        _ => Error::Fault(text),
    }
}
