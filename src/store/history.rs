//! What items were before: every overwrite and deletion keeps the version that stood, with who wrote and who removed it.

use bytes::Bytes;

use super::engine::{Row, Value};
use super::items::{Ended, Need};
use super::{Result, Tx};
use crate::model::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(pub i64);

/// Who acts in a transaction; everything that it writes is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Author {
    pub user: UserId,
    /// `None`: the account's own password.
    pub app_password: Option<AppPasswordId>,
}

/// A version of an item that stands no longer.
#[derive(Clone, Debug)]
pub struct Version {
    pub id: VersionId,
    /// The layer that it goes with.
    pub layer: LayerId,
    /// Where it stood: in another layer, when the item was moved since.
    pub stood_in: LayerId,
    pub name: String,
    pub uid: String,
    pub component: Component,
    pub tag: String,
    pub size: u64,
    /// When the item came to be.
    pub created: Instant,
    /// When this version was written.
    pub written: Instant,
    pub writer: Option<Author>,
    pub why: Ended,
    /// The item stands nowhere where its owner could find it: it is in the trash.
    pub is_gone: bool,
    /// When it ceased to stand.
    pub at: Instant,
    pub remover: Option<Author>,
    /// It went in a mass loss, and is kept until then.
    pub held_until: Option<Instant>,
    /// What the privacy rules knew of it, packed.
    pub face: Option<Vec<u8>>,
    pub text: Option<Bytes>,
}

impl Tx<'_> {
    /// From here on everything in this transaction is written by `author`.
    pub fn act_as(&mut self, author: Author) {
        self.author = Some(author);
    }

    /// The account and the app password, as columns hold them.
    pub(super) fn author(&self) -> (Option<i64>, Option<i64>) {
        let author = self.author.as_ref();
        (
            author.map(|author| author.user.0),
            author.and_then(|author| author.app_password.map(|id| id.0)),
        )
    }
}

/// Two columns, from `column` on.
pub(super) fn author(row: &Row, column: usize) -> Result<Option<Author>> {
    let app_password = row.opt_int(column + 1)?.map(AppPasswordId);
    Ok(row.opt_int(column)?.map(|user| Author {
        user: UserId(user),
        app_password,
    }))
}

/// One row of an item that is about to go.
macro_rules! keep {
    ($rest:literal) => {
        concat!(
            "INSERT INTO history (layer, stood_in, name, uid, component, tag, size, created, written, written_by,
                                  written_with, why, gone, at, removed_by, removed_with, face, body)
             SELECT i.layer, i.layer, i.name, i.uid, i.component, i.tag, i.size, i.created, i.modified, i.written_by,
                    i.written_with, ?2, ?3, ?4, ?5, ?6, i.face, t.body
             FROM items i JOIN texts t ON t.item = i.id WHERE i.id = ?1",
            $rest
        )
    };
}

/// Keeps the version of an item that is about to be overwritten. Without RETURNING, for which SQLite makes a table.
pub(super) fn keep(tx: &mut Tx, item: i64, now: Instant) -> Result<()> {
    let (user, app_password) = tx.author();
    let args = row_of(item, Ended::Overwritten, now, user, app_password);
    tx.run(keep!(""), &args).map(drop)
}

/// Keeps the version of an item that is about to go; the id that the history gives it.
pub(super) fn keep_gone(tx: &mut Tx, item: i64, why: Ended, now: Instant) -> Result<i64> {
    let (user, app_password) = tx.author();
    let args = row_of(item, why, now, user, app_password);
    super::drawn(tx.first(keep!(" RETURNING id"), &args, |row| row.int(0))?)
}

fn row_of(
    item: i64,
    why: Ended,
    now: Instant,
    user: Option<i64>,
    app_password: Option<i64>,
) -> [Value<'static>; 6] {
    [
        item.into(),
        super::word_of(&WORDS, why).into(),
        matches!(why, Ended::Deleted | Ended::Taken).into(),
        now.into(),
        user.into(),
        app_password.into(),
    ]
}

/// An item was moved to another layer of the same account: what is known of its past goes with it.
pub fn follow(tx: &mut Tx, from: LayerId, into: LayerId, uid: &str) -> Result<()> {
    if from == into {
        return Ok(());
    }
    let bytes = tx.first(
        "SELECT CAST(SUM(size) AS BIGINT) FROM history WHERE layer = ?1 AND uid = ?2 AND gone = 0",
        &[from.0.into(), uid.into()],
        |row| row.opt_int(0),
    )?;
    let Some(bytes) = bytes.flatten() else {
        return Ok(());
    };
    tx.run(
        "UPDATE properties SET layer = ?2 WHERE subject = 'version'
             AND subject_id IN (SELECT id FROM history WHERE layer = ?1 AND uid = ?3 AND gone = 0)",
        &[from.0.into(), into.0.into(), uid.into()],
    )?;
    tx.run(
        "UPDATE history SET layer = ?2 WHERE layer = ?1 AND uid = ?3 AND gone = 0",
        &[from.0.into(), into.0.into(), uid.into()],
    )?;
    grow(tx, from, -bytes)?;
    grow(tx, into, bytes)
}

/// Keeps the running sum of what is kept.
pub(super) fn grow(tx: &mut Tx, layer: LayerId, bytes: i64) -> Result<()> {
    tx.run(
        "UPDATE layers SET kept = kept + ?2 WHERE id = ?1",
        &[layer.0.into(), bytes.into()],
    )?;
    Ok(())
}

/// The end of time for which a version `h` is held by the brake.
macro_rules! held {
    () => {
        "(SELECT MAX(b.held_until) FROM brakes b WHERE b.layer = h.stood_in
            AND b.kind = CASE h.why WHEN 'deleted' THEN 'gone' WHEN 'taken' THEN 'gone' ELSE h.why END
            AND b.user_id = h.removed_by AND b.app_password = COALESCE(h.removed_with, 0)
            AND h.at >= b.began AND h.at <= b.ended AND h.written <= COALESCE(b.since, b.ended))"
    };
}

macro_rules! columns {
    () => {
        concat!(
            "SELECT h.id, h.layer, h.stood_in, h.name, h.uid, h.component, h.tag, h.size, h.created, h.written, \
             h.written_by, h.written_with, h.why, h.at, h.removed_by, h.removed_with, h.face, h.gone, ",
            held!()
        )
    };
}

/// One statement, without and with the text.
macro_rules! versions {
    ($rest:literal) => {
        (
            concat!(columns!(), " FROM ", $rest),
            concat!(columns!(), ", h.body FROM ", $rest),
        )
    };
}

fn version(row: &Row, need: Need) -> Result<Version> {
    Ok(Version {
        id: VersionId(row.int(0)?),
        layer: LayerId(row.int(1)?),
        stood_in: LayerId(row.int(2)?),
        name: row.string(3)?,
        uid: row.string(4)?,
        component: row.word(5, Component::named)?,
        tag: row.string(6)?,
        size: row.size(7)?,
        created: row.int(8)?,
        written: row.int(9)?,
        writer: author(row, 10)?,
        why: row.word(12, |word| super::named(&WORDS, word))?,
        at: row.int(13)?,
        remover: author(row, 14)?,
        face: row.opt_blob(16)?.map(<[u8]>::to_vec),
        is_gone: row.flag(17)?,
        held_until: row.opt_int(18)?,
        text: match need {
            Need::Index => None,
            Need::Text => Some(Bytes::copy_from_slice(row.blob(19)?)),
        },
    })
}

pub(super) const OF_UID: (&str, &str) =
    versions!("history h WHERE h.layer = ?1 AND h.uid = ?2 ORDER BY h.id DESC LIMIT ?3");

/// What is known of the past of a UID in a layer, latest first, without texts, at most `at_most`.
pub fn of_uid(tx: &mut Tx, layer: LayerId, uid: &str, at_most: i64) -> Result<Vec<Version>> {
    tx.list(
        OF_UID.0,
        &[layer.0.into(), uid.into(), at_most.into()],
        |row| version(row, Need::Index),
    )
}

/// The UID that last stood under a name in a layer.
pub fn last_uid(tx: &mut Tx, layer: LayerId, name: &str) -> Result<Option<String>> {
    tx.first(
        "SELECT uid FROM history WHERE layer = ?1 AND name = ?2 AND why <> 'occurrence' ORDER BY id DESC LIMIT 1",
        &[layer.0.into(), name.into()],
        |row| row.string(0),
    )
}

/// The items of a layer of which more is known than what they are: each by its name, or the last that it had.
pub fn names_in(tx: &mut Tx, layer: LayerId) -> Result<Vec<String>> {
    tx.list(
        "SELECT DISTINCT COALESCE(i.name, h.name)
         FROM history h LEFT JOIN items i ON i.layer = h.layer AND i.uid = h.uid
         WHERE h.layer = ?1 AND h.why <> 'occurrence' AND (i.id IS NOT NULL OR NOT EXISTS (
             SELECT 1 FROM history n WHERE n.layer = h.layer AND n.uid = h.uid AND n.id > h.id))
         ORDER BY 1",
        &[layer.0.into()],
        |row| row.string(0),
    )
}

pub fn by_id(tx: &mut Tx, id: VersionId, need: Need) -> Result<Option<Version>> {
    let sql = versions!("history h WHERE h.id = ?1");
    tx.first(need.of(sql), &[id.0.into()], |row| version(row, need))
}

pub(super) const GONE: (&str, &str) = versions!(
    "layers l JOIN history h ON h.layer = l.id WHERE l.owner = ?1 AND l.deleted IS NULL AND h.gone = 1"
);

/// Visits the items that an account has lost from the layers in its home, layer by layer, oldest first in each.
pub fn gone<E: From<super::Error>>(
    tx: &mut Tx,
    owner: UserId,
    need: Need,
    visit: &mut dyn FnMut(Version) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    tx.rows(need.of(GONE), &[owner.0.into()], |row| {
        visit(version(row, need)?)
    })
}

const WRITTEN_OVER: (&str, &str) = versions!(
    "layers l JOIN history h ON h.layer = l.id WHERE l.owner = ?1 AND l.deleted IS NULL AND h.why = 'overwritten'
         AND EXISTS (SELECT 1 FROM brakes b WHERE b.layer = h.stood_in AND b.kind = 'overwritten')
     ORDER BY h.id DESC"
);

/// What stood before the mass overwrites of an account's layers, latest first.
pub fn held_overwritten(tx: &mut Tx, owner: UserId) -> Result<Vec<Version>> {
    let mut held = tx.list(WRITTEN_OVER.0, &[owner.0.into()], |row| {
        version(row, Need::Index)
    })?;
    held.retain(|version| version.held_until.is_some());
    Ok(held)
}

/// What was brought back is no longer in the trash: its dead properties and its day of birth are its own again.
pub fn revive(tx: &mut Tx, version: &Version, item: ItemId) -> Result<()> {
    tx.run(
        "UPDATE history SET gone = 0 WHERE id = ?1",
        &[version.id.0.into()],
    )?;
    // What it has by the same name, when it was written over something that stands, gives way.
    tx.run(
        "DELETE FROM properties WHERE subject = 'item' AND subject_id = ?2 AND EXISTS (
             SELECT 1 FROM properties p WHERE p.subject = 'version' AND p.subject_id = ?1
                AND p.namespace = properties.namespace AND p.name = properties.name)",
        &[version.id.0.into(), item.0.into()],
    )?;
    tx.run(
        "UPDATE properties SET subject = 'item', subject_id = ?2, layer = (SELECT layer FROM items WHERE id = ?2)
         WHERE subject = 'version' AND subject_id = ?1",
        &[version.id.0.into(), item.0.into()],
    )?;
    tx.run(
        "UPDATE items SET created = ?2 WHERE id = ?1 AND created > ?2",
        &[item.0.into(), version.created.into()],
    )?;
    Ok(())
}

/// For good.
pub fn purge(tx: &mut Tx, version: &Version) -> Result<()> {
    forget(tx, version.id.0, version.layer, version.size as i64)
}

/// Forgets all that is kept of an account's items, held or not; how many versions.
pub fn empty(tx: &mut Tx, owner: UserId) -> Result<u64> {
    for table in [
        "DELETE FROM properties WHERE subject = 'version' AND layer IN (SELECT id FROM layers WHERE owner = ?1)",
        "DELETE FROM brakes WHERE layer IN (SELECT id FROM layers WHERE owner = ?1)",
        "UPDATE losses SET brake = NULL WHERE layer IN (SELECT id FROM layers WHERE owner = ?1)",
        "UPDATE layers SET kept = 0 WHERE owner = ?1",
    ] {
        tx.run(table, &[owner.0.into()])?;
    }
    tx.run(
        "DELETE FROM history WHERE layer IN (SELECT id FROM layers WHERE owner = ?1)",
        &[owner.0.into()],
    )
}

fn forget(tx: &mut Tx, id: i64, layer: LayerId, size: i64) -> Result<()> {
    tx.run(
        "DELETE FROM properties WHERE subject = 'version' AND subject_id = ?1",
        &[id.into()],
    )?;
    if tx.run("DELETE FROM history WHERE id = ?1", &[id.into()])? > 0 {
        grow(tx, layer, -size)?;
    }
    Ok(())
}

/// How far a walk over the history has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Versions that were forgotten.
    pub forgotten: u64,
    /// Where to go on; `None`: the walk is over.
    pub next: Option<VersionId>,
}

/// Forgets what ceased to stand before `before` and is not held: looks at `at_most` versions after `after`. They are
/// numbered in the order in which they ceased, so that the walk ends soon.
pub fn sweep(tx: &mut Tx, before: Instant, after: VersionId, at_most: i64) -> Result<Swept> {
    let seen = tx.list(
        concat!(
            "SELECT h.id, h.layer, h.size, h.at, ",
            held!(),
            " FROM history h WHERE h.id > ?1 ORDER BY h.id LIMIT ?2"
        ),
        &[after.0.into(), at_most.into()],
        |row| {
            let old = row.int(3)? < before;
            let held = row.opt_int(4)?.is_some();
            Ok((row.int(0)?, LayerId(row.int(1)?), row.int(2)?, old, held))
        },
    )?;
    let mut swept = Swept::default();
    for (id, layer, size, old, held) in &seen {
        if *old && !held {
            forget(tx, *id, *layer, *size)?;
            swept.forgotten += 1;
        }
    }
    if seen.iter().any(|(.., old, _)| *old) && seen.len() as i64 == at_most {
        swept.next = seen.last().map(|(id, ..)| VersionId(*id));
    }
    Ok(swept)
}

/// Bytes of what is kept of an account: versions of items, and whole layers in the trash. Running sums.
pub fn usage(tx: &mut Tx, owner: UserId) -> Result<u64> {
    let mut bytes = 0u64;
    tx.rows(
        "SELECT kept + CASE WHEN deleted IS NULL THEN 0 ELSE bytes END FROM layers WHERE owner = ?1",
        &[owner.0.into()],
        |row| {
            bytes = bytes.saturating_add(row.size(0)?);
            Result::Ok(())
        },
    )?;
    Ok(bytes)
}

/// Forgets the oldest versions of an account that are not held, at most `at_most` and at least as many bytes as
/// `bytes` if there are; those that ceased to stand after `until` stay. Answers the bytes.
pub fn trim(tx: &mut Tx, owner: UserId, bytes: u64, until: Instant, at_most: i64) -> Result<u64> {
    let oldest = tx.list(
        concat!(
            "SELECT h.id, h.layer, h.size FROM history h
             WHERE h.layer IN (SELECT id FROM layers WHERE owner = ?1) AND h.at <= ?2 AND ",
            held!(),
            " IS NULL ORDER BY h.id LIMIT ?3"
        ),
        &[owner.0.into(), until.into(), at_most.into()],
        |row| Ok((row.int(0)?, LayerId(row.int(1)?), row.int(2)?)),
    )?;
    let mut freed = 0u64;
    for (id, layer, size) in oldest {
        if freed >= bytes {
            break;
        }
        forget(tx, id, layer, size)?;
        freed = freed.saturating_add(size.unsigned_abs());
    }
    Ok(freed)
}

/// Every account, and the bytes that are kept of it, where that is more than `bytes`.
pub fn owners_above(tx: &mut Tx, bytes: u64) -> Result<Vec<UserId>> {
    let most = i64::try_from(bytes).unwrap_or(i64::MAX);
    tx.list(
        "SELECT owner FROM layers GROUP BY owner
         HAVING CAST(SUM(kept + CASE WHEN deleted IS NULL THEN 0 ELSE bytes END) AS BIGINT) > ?1 ORDER BY owner",
        &[most.into()],
        |row| row.int(0).map(UserId),
    )
}

/// `(account, label of the app password)` as they are, or as they were when they ended.
pub fn names(tx: &mut Tx, author: Author) -> Result<(Option<String>, Option<String>)> {
    let user = tx.first(
        "SELECT name FROM users WHERE id = ?1 UNION ALL SELECT name FROM former_users WHERE id = ?1",
        &[author.user.0.into()],
        |row| row.string(0),
    )?;
    let Some(app_password) = author.app_password else {
        return Ok((user, None));
    };
    let label = tx.first(
        "SELECT label FROM app_passwords WHERE id = ?1
         UNION ALL SELECT label FROM former_app_passwords WHERE id = ?1",
        &[app_password.0.into()],
        |row| row.string(0),
    )?;
    Ok((user, label))
}

/// The names of an account and its app passwords outlive them here, before they end.
pub(super) fn remember_user(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.run(
        "INSERT INTO former_users (id, name) SELECT id, name FROM users WHERE id = ?1 ON CONFLICT DO NOTHING",
        &[user.0.into()],
    )?;
    tx.run(
        "INSERT INTO former_app_passwords (id, label) SELECT id, label FROM app_passwords WHERE user_id = ?1
         ON CONFLICT DO NOTHING",
        &[user.0.into()],
    )?;
    Ok(())
}

pub(super) fn remember_app_password(tx: &mut Tx, id: AppPasswordId) -> Result<()> {
    tx.run(
        "INSERT INTO former_app_passwords (id, label) SELECT id, label FROM app_passwords WHERE id = ?1
         ON CONFLICT DO NOTHING",
        &[id.0.into()],
    )?;
    Ok(())
}

/// Forgets the names of accounts and app passwords that ended before `before`: nothing that names them is kept so long.
pub fn forget_names(tx: &mut Tx, before: Instant, now: Instant) -> Result<()> {
    for (stamp, forget) in [
        (
            "UPDATE former_users SET ended = ?1 WHERE ended IS NULL",
            "DELETE FROM former_users WHERE ended < ?1",
        ),
        (
            "UPDATE former_app_passwords SET ended = ?1 WHERE ended IS NULL",
            "DELETE FROM former_app_passwords WHERE ended < ?1",
        ),
    ] {
        tx.run(forget, &[before.into()])?;
        tx.run(stamp, &[now.into()])?;
    }
    Ok(())
}

const WORDS: [(Ended, &str); 5] = [
    (Ended::Overwritten, "overwritten"),
    (Ended::Deleted, "deleted"),
    (Ended::Moved, "moved"),
    (Ended::Taken, "taken"),
    (Ended::Occurrence, "occurrence"),
];
