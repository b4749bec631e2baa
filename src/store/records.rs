//! Records that a platform has written: each belongs to an account, or to everybody.

use super::engine::Row;
use super::{Result, Tx};
use crate::model::*;

macro_rules! records {
    ($rest:literal) => {
        concat!(
            "SELECT record, start_at, end_at, all_day, zone, title, description, location, url, status, sensitive, \
             updated, owner FROM records ",
            $rest
        )
    };
}

/// A record, and whose it is; `None`: everybody's.
pub type Owned = (Record, Option<UserId>);

/// How often the records of a kind have changed: as long as it stays, so do they.
pub fn number(tx: &mut Tx, kind: &SystemKind) -> Result<i64> {
    let number = tx.first(
        "SELECT number FROM record_kinds WHERE kind = ?1",
        &[kind.as_str().into()],
        |row| row.int(0),
    )?;
    Ok(number.unwrap_or(0))
}

/// What an account is to see of a kind, at most so many.
pub fn of_user(
    tx: &mut Tx,
    kind: &SystemKind,
    owner: UserId,
    at_most: usize,
) -> Result<Vec<Record>> {
    tx.list(
        records!("WHERE kind = ?1 AND (owner = ?2 OR owner IS NULL) ORDER BY record LIMIT ?3"),
        &[
            kind.as_str().into(),
            owner.0.into(),
            i64::try_from(at_most).unwrap_or(i64::MAX).into(),
        ],
        |row| Ok(record(row)?.0),
    )
}

pub fn find(tx: &mut Tx, kind: &SystemKind, id: &str) -> Result<Option<Owned>> {
    tx.first(
        records!("WHERE kind = ?1 AND record = ?2"),
        &[kind.as_str().into(), id.into()],
        record,
    )
}

/// How many records of a kind an account has, or everybody.
pub fn count(tx: &mut Tx, kind: &SystemKind, owner: Option<UserId>) -> Result<u64> {
    let count = match owner {
        Some(owner) => tx.first(
            "SELECT COUNT(*) FROM records WHERE kind = ?1 AND owner = ?2",
            &[kind.as_str().into(), owner.0.into()],
            |row| row.size(0),
        )?,
        None => tx.first(
            "SELECT COUNT(*) FROM records WHERE kind = ?1 AND owner IS NULL",
            &[kind.as_str().into()],
            |row| row.size(0),
        )?,
    };
    Ok(count.unwrap_or(0))
}

/// Writes a record whole. `true`: it is new.
pub fn put(
    tx: &mut Tx,
    kind: &SystemKind,
    new: &Record,
    owner: Option<UserId>,
    now: Instant,
) -> Result<bool> {
    let is_new = find(tx, kind, &new.id)?.is_none();
    tx.run(
        "INSERT INTO records (kind, record, owner, start_at, end_at, all_day, zone, title, description, location, url,
                              status, sensitive, updated)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (kind, record) DO UPDATE SET owner = excluded.owner, start_at = excluded.start_at,
             end_at = excluded.end_at, all_day = excluded.all_day, zone = excluded.zone, title = excluded.title,
             description = excluded.description, location = excluded.location, url = excluded.url,
             status = excluded.status, sensitive = excluded.sensitive, updated = excluded.updated",
        &[
            kind.as_str().into(),
            (&new.id).into(),
            owner.map(|owner| owner.0).into(),
            new.start.into(),
            new.end.into(),
            new.all_day.into(),
            new.zone.as_deref().into(),
            new.title.as_deref().into(),
            new.description.as_deref().into(),
            new.location.as_deref().into(),
            new.url.as_deref().into(),
            new.status.name().into(),
            new.sensitive.into(),
            new.updated.unwrap_or(now).into(),
        ],
    )?;
    changed(tx, kind)?;
    Ok(is_new)
}

/// `false`: there was none.
pub fn delete(tx: &mut Tx, kind: &SystemKind, id: &str) -> Result<bool> {
    let gone = tx.run(
        "DELETE FROM records WHERE kind = ?1 AND record = ?2",
        &[kind.as_str().into(), id.into()],
    )?;
    if gone > 0 {
        changed(tx, kind)?;
    }
    Ok(gone > 0)
}

fn changed(tx: &mut Tx, kind: &SystemKind) -> Result<()> {
    tx.run(
        "INSERT INTO record_kinds (kind, number) VALUES (?1, 1)
         ON CONFLICT (kind) DO UPDATE SET number = record_kinds.number + 1",
        &[kind.as_str().into()],
    )?;
    Ok(())
}

fn record(row: &Row) -> Result<Owned> {
    let record = Record {
        id: row.string(0)?,
        start: row.int(1)?,
        end: row.int(2)?,
        all_day: row.flag(3)?,
        zone: row.opt_string(4)?,
        title: row.opt_string(5)?,
        description: row.opt_string(6)?,
        location: row.opt_string(7)?,
        url: row.opt_string(8)?,
        status: row.word(9, RecordStatus::named)?,
        sensitive: row.flag(10)?,
        updated: Some(row.int(11)?),
    };
    Ok((record, row.opt_int(12)?.map(UserId)))
}
