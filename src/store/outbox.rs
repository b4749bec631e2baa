//! What accounts are told: so much of it, for so long.

use super::engine::Row;
use super::letters::LETTER;
use super::{Error, Result, Tx, jobs};
use crate::model::{Instant, ItemId, Note, NoteId, NoteKind, NoteKinds, NoticeId, UserId, ViewId};

/// What one account has at most; the oldest go.
const MOST: i64 = 1_000;

/// The kind of work that tells an account of its alarms; its subject is the account.
pub const REMIND: &str = "remind";
/// The kind of work that calls the webhook; its subject is what is told.
pub const CALL: &str = "call";

/// What is to be told.
#[derive(Clone, Debug)]
pub struct NewNote<'a> {
    pub user: UserId,
    pub kind: NoteKind,
    /// What is told once.
    pub once: &'a str,
    pub other: Option<UserId>,
    pub view: Option<ViewId>,
    pub item: Option<ItemId>,
    pub occurrence: Option<&'a str>,
    pub notice: Option<NoticeId>,
    pub now: Instant,
}

/// Nothing is told of those with whom an account has nothing to do.
macro_rules! notes {
    ($where:literal, $rest:literal) => {
        concat!(
            "SELECT id, name, user_id, kind, other, view, item, occurrence, notice, at, seen FROM outbox WHERE ",
            $where,
            " AND NOT EXISTS (SELECT 1 FROM blocks b
                WHERE b.blocker = other AND b.blocked = user_id OR b.blocker = user_id AND b.blocked = other) ",
            $rest
        )
    };
}

/// `None`: the account is told it already, or does not want to be told of the kind.
pub fn tell(tx: &mut Tx, new: &NewNote) -> Result<Option<NoteId>> {
    if muted(tx, new.user)?.contains(new.kind) {
        return Ok(None);
    }
    let id = tx.first(
        "INSERT INTO outbox (name, user_id, kind, once, other, view, item, occurrence, at, notice)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (user_id, once) DO NOTHING RETURNING id",
        &[
            (&draw()?).into(),
            new.user.0.into(),
            new.kind.word().into(),
            new.once.into(),
            new.other.map(|it| it.0).into(),
            new.view.map(|it| it.0).into(),
            new.item.map(|it| it.0).into(),
            new.occurrence.into(),
            new.now.into(),
            new.notice.map(|it| it.0).into(),
        ],
        |row| row.int(0).map(NoteId),
    )?;
    if let Some(id) = id {
        jobs::want(tx, CALL, id.0, new.now)?;
        jobs::want(tx, LETTER, id.0, new.now)?;
        tx.run(
            "DELETE FROM outbox WHERE user_id = ?1
                AND id <= (SELECT id FROM outbox WHERE user_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            &[new.user.0.into(), MOST.into()],
        )?;
    }
    Ok(id)
}

/// It may be told again.
pub fn take_back(tx: &mut Tx, user: UserId, once: &str) -> Result<()> {
    tx.run(
        "DELETE FROM outbox WHERE user_id = ?1 AND once = ?2",
        &[user.0.into(), once.into()],
    )?;
    Ok(())
}

/// What an account was told, the newest first, from behind `after` on.
pub fn of_user(
    tx: &mut Tx,
    user: UserId,
    unread: bool,
    after: Option<&(Instant, String)>,
    at_most: usize,
) -> Result<Vec<Note>> {
    let (at, name) = after.map_or((Instant::MAX, ""), |(at, name)| (*at, name));
    tx.list(
        notes!(
            "user_id = ?1 AND (at < ?2 OR at = ?2 AND name < ?3) AND (seen IS NULL OR seen < ?4)",
            "ORDER BY at DESC, name DESC LIMIT ?5"
        ),
        &[
            user.0.into(),
            at.into(),
            name.into(),
            // Nothing was read before that.
            (if unread { 0 } else { Instant::MAX }).into(),
            i64::try_from(at_most).unwrap_or(i64::MAX).into(),
        ],
        note,
    )
}

/// One that [`of_user`] lists.
pub fn by_name(tx: &mut Tx, user: UserId, name: &str) -> Result<Option<Note>> {
    tx.first(
        notes!("user_id = ?1 AND name = ?2", ""),
        &[user.0.into(), name.into()],
        note,
    )
}

/// `None`: it is not read.
pub fn set_seen(tx: &mut Tx, id: NoteId, seen: Option<Instant>) -> Result<()> {
    tx.run(
        "UPDATE outbox SET seen = ?2 WHERE id = ?1",
        &[id.0.into(), seen.into()],
    )?;
    Ok(())
}

/// All that the account was told until `until`. Answers how many were not read before.
pub fn set_all_seen(tx: &mut Tx, user: UserId, until: Instant, now: Instant) -> Result<u64> {
    tx.run(
        "UPDATE outbox SET seen = ?3 WHERE user_id = ?1 AND seen IS NULL AND at <= ?2",
        &[user.0.into(), until.into(), now.into()],
    )
}

/// Forgets what was told before.
pub fn sweep(tx: &mut Tx, before: Instant) -> Result<u64> {
    tx.run("DELETE FROM outbox WHERE at < ?1", &[before.into()])
}

pub fn by_id(tx: &mut Tx, id: NoteId) -> Result<Option<Note>> {
    tx.first(notes!("id = ?1", ""), &[id.0.into()], note)
}

/// When the webhook had it.
pub fn called(tx: &mut Tx, id: NoteId) -> Result<Option<Instant>> {
    let found = tx.first(
        "SELECT called FROM outbox WHERE id = ?1",
        &[id.0.into()],
        |row| row.opt_int(0),
    )?;
    Ok(found.flatten())
}

pub fn set_called(tx: &mut Tx, id: NoteId, now: Instant) -> Result<()> {
    tx.run(
        "UPDATE outbox SET called = ?2 WHERE id = ?1",
        &[id.0.into(), now.into()],
    )?;
    Ok(())
}

/// Could the text of an item hold an alarm?
pub fn may_ring(text: &[u8]) -> bool {
    holds(text, b"VALARM")
}

/// Could it be of a sort that has a reminder of its own?
pub fn may_be_sorted(text: &[u8]) -> bool {
    holds(text, b"X-STRATA-TYPE")
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len())
        .any(|it| it.eq_ignore_ascii_case(word))
}

/// The alarms of an account are not what they were.
pub fn wake(tx: &mut Tx, user: UserId, now: Instant) -> Result<()> {
    jobs::want(tx, REMIND, user.0, now)
}

/// Until when the account was told of its alarms; 0: it never was.
pub fn reminded(tx: &mut Tx, user: UserId) -> Result<Instant> {
    let until = tx.first(
        "SELECT reminded FROM users WHERE id = ?1",
        &[user.0.into()],
        |row| row.int(0),
    )?;
    Ok(until.unwrap_or_default())
}

pub fn set_reminded(tx: &mut Tx, user: UserId, until: Instant) -> Result<()> {
    tx.run(
        "UPDATE users SET reminded = ?2 WHERE id = ?1",
        &[user.0.into(), until.into()],
    )?;
    Ok(())
}

/// The kinds that an account does not want to be told of.
pub fn muted(tx: &mut Tx, user: UserId) -> Result<NoteKinds> {
    let bits = tx.first(
        "SELECT muted FROM users WHERE id = ?1",
        &[user.0.into()],
        |row| row.int(0),
    )?;
    Ok(NoteKinds::of_bits(bits.unwrap_or_default()))
}

pub fn mute(tx: &mut Tx, user: UserId, kinds: NoteKinds) -> Result<()> {
    tx.run(
        "UPDATE users SET muted = ?2 WHERE id = ?1",
        &[user.0.into(), i64::from(kinds.bits()).into()],
    )?;
    Ok(())
}

fn draw() -> Result<String> {
    let mut bits = [0; 12];
    getrandom::fill(&mut bits)
        .map_err(|error| Error::Fault(format!("the system gives no random numbers: {error}")))?;
    Ok(bits.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn note(row: &Row) -> Result<Note> {
    Ok(Note {
        id: NoteId(row.int(0)?),
        name: row.string(1)?,
        user: UserId(row.int(2)?),
        kind: row.word(3, NoteKind::named)?,
        other: row.opt_int(4)?.map(UserId),
        view: row.opt_int(5)?.map(ViewId),
        item: row.opt_int(6)?.map(ItemId),
        occurrence: row.opt_string(7)?,
        notice: row.opt_int(8)?.map(NoticeId),
        at: row.int(9)?,
        seen: row.opt_int(10)?,
    })
}
