//! Accounts and their addresses; their app passwords and groups stand below.

use super::engine::{Row, Value};
use super::{Result, Tx, history};
use crate::model::*;

mod app_passwords;
mod groups;
pub use app_passwords::{
    NewAppPassword, add_app_password, app_password_by_hash, app_passwords, revoke_app_password,
    touch_app_password,
};
pub(super) use groups::group;
pub use groups::{
    add_member, create_group, group_by_id, group_by_name, groups, groups_of, members, remove_member,
};

pub struct NewUser<'a> {
    pub name: &'a str,
    pub display_name: &'a str,
    pub addresses: &'a [String],
    pub kind: UserKind,
    pub admin: bool,
    pub password_hash: &'a str,
    pub now: Instant,
}

/// What every request asks about the credential that it showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub epoch: i64,
    pub disabled: bool,
    pub app_password_valid: bool,
}

/// The columns that [`gather`] reads.
macro_rules! users_columns {
    () => {
        "SELECT u.id, u.name, u.display_name, u.kind, u.admin, u.disabled, u.timezone, u.epoch, u.created, own.address"
    };
}

/// Accounts with their addresses, a row an address, in one statement: every request asks for one of them.
macro_rules! users {
    ($from:literal) => {
        concat!(
            users_columns!(),
            " FROM ",
            $from,
            " ORDER BY u.id, own.place"
        )
    };
}

pub(super) use {users, users_columns};

/// `None`: the name is taken, perhaps in other ASCII case, or one of the addresses is.
pub fn create(tx: &mut Tx, new: &NewUser) -> Result<Option<User>> {
    for address in new.addresses {
        if by_address(tx, address)?.is_some() {
            return Ok(None);
        }
    }
    let id = tx.first(
        "INSERT INTO users (name, folded_name, display_name, kind, admin, created, password_hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING RETURNING id",
        &[
            new.name.into(),
            (&fold(new.name)).into(),
            new.display_name.into(),
            kind_word(new.kind).into(),
            new.admin.into(),
            new.now.into(),
            new.password_hash.into(),
        ],
        |row| row.int(0).map(UserId),
    )?;
    let Some(id) = id else { return Ok(None) };
    for (place, address) in (0i64..).zip(new.addresses) {
        tx.run(
            "INSERT INTO addresses (user_id, place, address, folded) VALUES (?1, ?2, ?3, ?4)",
            &[
                id.0.into(),
                place.into(),
                address.into(),
                (&fold(address)).into(),
            ],
        )?;
    }
    by_id(tx, id)
}

pub fn by_id(tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    one(
        tx,
        users!("users u LEFT JOIN addresses own ON own.user_id = u.id WHERE u.id = ?1"),
        id.0.into(),
    )
}

/// Keeps away whoever asks for the same of this account until the transaction ends, and nobody else.
pub fn alone(tx: &mut Tx, id: UserId) -> Result<()> {
    tx.first(
        "SELECT id FROM users WHERE id = ?1 /* FOR NO KEY UPDATE */",
        &[id.0.into()],
        |_| Ok(()),
    )?;
    Ok(())
}

/// The name exactly as it was given.
pub fn by_name(tx: &mut Tx, name: &str) -> Result<Option<User>> {
    one(
        tx,
        users!("users u LEFT JOIN addresses own ON own.user_id = u.id WHERE u.name = ?1"),
        name.into(),
    )
}

/// A mail address in any ASCII case.
pub fn by_address(tx: &mut Tx, address: &str) -> Result<Option<User>> {
    let folded = fold(address);
    one(
        tx,
        users!(
            "addresses a JOIN users u ON u.id = a.user_id JOIN addresses own ON own.user_id = u.id WHERE a.folded = ?1"
        ),
        (&folded).into(),
    )
}

/// Every account, by id.
pub fn all(tx: &mut Tx) -> Result<Vec<User>> {
    several(
        tx,
        users!("users u LEFT JOIN addresses own ON own.user_id = u.id"),
        &[],
    )
}

pub fn password_hash(tx: &mut Tx, id: UserId) -> Result<Option<String>> {
    tx.first(
        "SELECT password_hash FROM users WHERE id = ?1",
        &[id.0.into()],
        |row| row.string(0),
    )
}

/// Remembered credentials become void.
pub fn set_password(tx: &mut Tx, id: UserId, hash: &str) -> Result<()> {
    tx.run(
        "UPDATE users SET password_hash = ?2, epoch = epoch + 1 WHERE id = ?1",
        &[id.0.into(), hash.into()],
    )?;
    Ok(())
}

/// The same password under another hash; remembered credentials stay. Whoever set a new one meanwhile is not overruled.
pub fn renew_password_hash(tx: &mut Tx, stored: &str, renewed: &str) -> Result<()> {
    tx.run(
        "UPDATE users SET password_hash = ?2 WHERE password_hash = ?1",
        &[stored.into(), renewed.into()],
    )?;
    Ok(())
}

/// Remembered credentials become void.
pub fn set_disabled(tx: &mut Tx, id: UserId, disabled: bool) -> Result<()> {
    tx.run(
        "UPDATE users SET disabled = ?2, epoch = epoch + 1 WHERE id = ?1",
        &[id.0.into(), disabled.into()],
    )?;
    Ok(())
}

pub fn set_display_name(tx: &mut Tx, id: UserId, name: &str) -> Result<()> {
    tx.run(
        "UPDATE users SET display_name = ?2 WHERE id = ?1",
        &[id.0.into(), name.into()],
    )?;
    Ok(())
}

/// When the account says that it is there at all, as iCalendar text (RFC 7953).
pub fn availability(tx: &mut Tx, id: UserId) -> Result<Option<String>> {
    let found = tx.first(
        "SELECT availability FROM users WHERE id = ?1",
        &[id.0.into()],
        |row| row.opt_string(0),
    )?;
    Ok(found.flatten())
}

pub fn set_availability(tx: &mut Tx, id: UserId, text: Option<&str>) -> Result<()> {
    tx.run(
        "UPDATE users SET availability = ?2 WHERE id = ?1",
        &[id.0.into(), text.into()],
    )?;
    Ok(())
}

/// Are calendars that the account has switched off to be left out of its home's listing?
pub fn hides_disabled(tx: &mut Tx, id: UserId) -> Result<bool> {
    let found = tx.first(
        "SELECT hide_disabled FROM users WHERE id = ?1",
        &[id.0.into()],
        |row| row.flag(0),
    )?;
    Ok(found.unwrap_or(false))
}

pub fn set_hides_disabled(tx: &mut Tx, id: UserId, hides: bool) -> Result<()> {
    tx.run(
        "UPDATE users SET hide_disabled = ?2 WHERE id = ?1",
        &[id.0.into(), hides.into()],
    )?;
    Ok(())
}

/// An IANA name.
pub fn set_timezone(tx: &mut Tx, id: UserId, name: Option<&str>) -> Result<()> {
    tx.run(
        "UPDATE users SET timezone = ?2 WHERE id = ?1",
        &[id.0.into(), name.into()],
    )?;
    Ok(())
}

/// The account and everything that is its own.
pub fn delete(tx: &mut Tx, id: UserId) -> Result<()> {
    history::remember_user(tx, id)?;
    tx.run(
        "DELETE FROM properties WHERE subject IN ('user', 'home') AND subject_id = ?1",
        &[id.0.into()],
    )?;
    tx.run("DELETE FROM users WHERE id = ?1", &[id.0.into()])?;
    Ok(())
}

/// `(user's epoch, disabled, app password still valid at `now`)` in one indexed read: asked on every request.
pub fn standing(
    tx: &mut Tx,
    id: UserId,
    app_password: Option<AppPasswordId>,
    now: Instant,
) -> Result<Option<Standing>> {
    tx.first(
        STANDING,
        &[id.0.into(), app_password.map(|id| id.0).into()],
        |row| {
            let stands = row.opt_int(2)?.is_some();
            let expired = row.opt_int(3)?.is_some_and(|expires| expires <= now);
            Ok(Standing {
                epoch: row.int(0)?,
                disabled: row.flag(1)?,
                app_password_valid: app_password.is_none() || (stands && !expired),
            })
        },
    )
}

pub(super) const STANDING: &str = "SELECT u.epoch, u.disabled, p.id, p.expires FROM users u
     LEFT JOIN app_passwords p ON p.id = ?2 AND p.user_id = u.id WHERE u.id = ?1";

/// The account that asks, whole, and whether its app password still stands at `now`: what every transaction begins with.
pub fn asking(
    tx: &mut Tx,
    id: UserId,
    app_password: Option<AppPasswordId>,
    now: Instant,
) -> Result<Option<(User, bool)>> {
    asking_with(tx, ASKING, id, app_password.map(|id| id.0), now)
}

/// `sql` answers the account, then its secret's id and end.
pub(super) fn asking_with(
    tx: &mut Tx,
    sql: &'static str,
    id: UserId,
    secret: Option<i64>,
    now: Instant,
) -> Result<Option<(User, bool)>> {
    let (mut users, mut stands) = (Vec::new(), secret.is_none());
    tx.rows(sql, &[id.0.into(), secret.into()], |row| {
        gather(&mut users, row)?;
        if secret.is_some() {
            let expired = row.opt_int(11)?.is_some_and(|expires| expires <= now);
            stands = row.opt_int(10)?.is_some() && !expired;
        }
        Result::Ok(())
    })?;
    Ok(users.pop().map(|user| (user, stands)))
}

pub(super) const ASKING: &str = concat!(
    users_columns!(),
    ", p.id, p.expires FROM users u LEFT JOIN addresses own ON own.user_id = u.id
     LEFT JOIN app_passwords p ON p.id = ?2 AND p.user_id = u.id WHERE u.id = ?1 ORDER BY own.place"
);

fn one(tx: &mut Tx, sql: &'static str, key: Value) -> Result<Option<User>> {
    Ok(several(tx, sql, &[key])?.pop())
}

pub(super) fn several(tx: &mut Tx, sql: &'static str, args: &[Value]) -> Result<Vec<User>> {
    let mut users = Vec::new();
    tx.rows(sql, args, |row| gather(&mut users, row))?;
    Ok(users)
}

/// Rows of one account stand together.
fn gather(users: &mut Vec<User>, row: &Row) -> Result<()> {
    let id = UserId(row.int(0)?);
    if users.last().is_none_or(|last| last.id != id) {
        users.push(user(row)?);
    }
    if let (Some(address), Some(user)) = (row.opt_string(9)?, users.last_mut()) {
        user.addresses.push(address);
    }
    Ok(())
}

fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: UserId(row.int(0)?),
        name: row.string(1)?,
        display_name: row.string(2)?,
        addresses: Vec::new(),
        kind: row.word(3, kind_named)?,
        admin: row.flag(4)?,
        disabled: row.flag(5)?,
        timezone: row.opt_string(6)?,
        epoch: row.int(7)?,
        created: row.int(8)?,
    })
}

fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

const KINDS: [(UserKind, &str); 3] = [
    (UserKind::Individual, "individual"),
    (UserKind::Room, "room"),
    (UserKind::Resource, "resource"),
];

fn kind_word(kind: UserKind) -> &'static str {
    super::word_of(&KINDS, kind)
}

fn kind_named(word: &str) -> Option<UserKind> {
    super::named(&KINDS, word)
}
