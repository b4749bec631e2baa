//! Work that waits for its time. Who claims a row does it; a claim ends by itself, so that nothing is lost with a process.

use super::{Error, Result, Tx};
use crate::model::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub i64);

/// A piece of work that this process has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    /// The row of the kind's own table that it is about.
    pub subject: i64,
    /// How often in a row it has failed.
    pub failures: u32,
    claim: i64,
}

/// There is to be such work at `due`, or earlier if it was to be done earlier. While somebody does it, it will be done
/// once more.
pub fn want(tx: &mut Tx, kind: &str, subject: i64, due: Instant) -> Result<()> {
    tx.run(
        "INSERT INTO jobs (kind, subject, due) VALUES (?1, ?2, ?3)
         ON CONFLICT (kind, subject) DO UPDATE SET
             wake = CASE WHEN jobs.claim IS NULL THEN NULL
                         WHEN jobs.wake < excluded.due THEN jobs.wake ELSE excluded.due END,
             due = CASE WHEN jobs.claim IS NULL AND excluded.due < jobs.due THEN excluded.due ELSE jobs.due END",
        &[kind.into(), subject.into(), due.into()],
    )?;
    Ok(())
}

/// Is there anything to claim? Cheaper than to claim nothing.
pub fn is_any_due(tx: &mut Tx, now: Instant) -> Result<bool> {
    let due = tx.first(
        "SELECT 1 FROM jobs WHERE due <= ?1 LIMIT 1",
        &[now.into()],
        |_| Ok(()),
    )?;
    Ok(due.is_some())
}

/// Claims what is due, the longest due first, until `until`. What others claim at the same time is passed over.
pub fn claim(tx: &mut Tx, now: Instant, until: Instant, at_most: usize) -> Result<Vec<Job>> {
    let claim = draw()?;
    tx.list(
        "WITH ready AS MATERIALIZED (
             SELECT id FROM jobs WHERE due <= ?1 ORDER BY due, id LIMIT ?2 /* FOR UPDATE SKIP LOCKED */)
         UPDATE jobs SET claim = ?3, due = ?4, wake = NULL WHERE id IN (SELECT id FROM ready)
         RETURNING id, kind, subject, failures",
        &[
            now.into(),
            i64::try_from(at_most).unwrap_or(i64::MAX).into(),
            claim.into(),
            until.into(),
        ],
        |row| {
            Ok(Job {
                id: JobId(row.int(0)?),
                kind: row.string(1)?,
                subject: row.int(2)?,
                failures: u32::try_from(row.int(3)?).unwrap_or(u32::MAX),
                claim,
            })
        },
    )
}

/// Claims one piece of work, due or not; `None`: there is none, or somebody does it just now.
pub fn claim_one(
    tx: &mut Tx,
    (kind, subject): (&str, i64),
    now: Instant,
    until: Instant,
) -> Result<Option<Job>> {
    let claim = draw()?;
    tx.first(
        "UPDATE jobs SET claim = ?3, due = ?5, wake = NULL
         WHERE kind = ?1 AND subject = ?2 AND (claim IS NULL OR due <= ?4) RETURNING id, failures",
        &[
            kind.into(),
            subject.into(),
            claim.into(),
            now.into(),
            until.into(),
        ],
        |row| {
            Ok(Job {
                id: JobId(row.int(0)?),
                kind: kind.to_owned(),
                subject,
                failures: u32::try_from(row.int(1)?).unwrap_or(u32::MAX),
                claim,
            })
        },
    )
}

/// Gives a claim back: the work is due again at `due`, or when it was asked for meanwhile. `false`: the claim had ended,
/// and whoever has it now says what becomes of it.
pub fn put_back(tx: &mut Tx, job: &Job, due: Instant, failures: u32) -> Result<bool> {
    let changed = tx.run(
        "UPDATE jobs SET claim = NULL, failures = ?3, wake = NULL,
                         due = CASE WHEN wake < ?4 THEN wake ELSE ?4 END
         WHERE id = ?1 AND claim = ?2",
        &[
            job.id.0.into(),
            job.claim.into(),
            i64::from(failures).into(),
            due.into(),
        ],
    )?;
    Ok(changed > 0)
}

/// The work is done for good, unless it was asked for again meanwhile.
pub fn finish(tx: &mut Tx, job: &Job) -> Result<()> {
    tx.run(
        "DELETE FROM jobs WHERE id = ?1 AND claim = ?2 AND wake IS NULL",
        &[job.id.0.into(), job.claim.into()],
    )?;
    put_back(tx, job, Instant::MAX, 0).map(drop)
}

/// Nobody wants it any more.
pub fn forget(tx: &mut Tx, kind: &str, subject: i64) -> Result<()> {
    tx.run(
        "DELETE FROM jobs WHERE kind = ?1 AND subject = ?2",
        &[kind.into(), subject.into()],
    )?;
    Ok(())
}

/// What of a kind has been due for a while is spread over so many seconds, so that a server that was away does not do all
/// of it at once.
pub fn spread(tx: &mut Tx, kind: &str, now: Instant, over: Instant) -> Result<u64> {
    if over <= 0 {
        return Ok(0);
    }
    tx.run(
        "UPDATE jobs SET due = ?2 + (id * 7919) % ?3 WHERE kind = ?1 AND claim IS NULL AND due < ?2",
        &[kind.into(), now.into(), over.into()],
    )
}

/// When it is due; `None`: there is no such work.
pub fn due(tx: &mut Tx, kind: &str, subject: i64) -> Result<Option<Instant>> {
    tx.first(
        "SELECT due FROM jobs WHERE kind = ?1 AND subject = ?2",
        &[kind.into(), subject.into()],
        |row| row.int(0),
    )
}

fn draw() -> Result<i64> {
    let bits = getrandom::u64()
        .map_err(|error| Error::Fault(format!("the system gives no random numbers: {error}")))?;
    Ok((bits >> 1) as i64)
}
