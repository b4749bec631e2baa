//! App passwords: the secrets of single devices, and which layers each of them sees.

use crate::model::*;
use crate::store::engine::Row;
use crate::store::{Result, Tx, drawn, history};

pub struct NewAppPassword<'a> {
    pub user: UserId,
    pub label: &'a str,
    pub secret_hash: &'a [u8],
    pub created: Instant,
    pub expires: Option<Instant>,
    pub read_only: bool,
    /// `None`: all layers.
    pub layers: Option<&'a [LayerId]>,
}

pub fn add_app_password(tx: &mut Tx, new: &NewAppPassword) -> Result<AppPasswordId> {
    let id = tx.first(
        "INSERT INTO app_passwords (user_id, label, secret_hash, created, expires, read_only, all_layers)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        &[
            new.user.0.into(),
            new.label.into(),
            new.secret_hash.into(),
            new.created.into(),
            new.expires.into(),
            new.read_only.into(),
            new.layers.is_none().into(),
        ],
        |row| row.int(0),
    )?;
    let id = drawn(id)?;
    for layer in new.layers.unwrap_or_default() {
        tx.run(
            "INSERT INTO app_password_layers (app_password, layer) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            &[id.into(), layer.0.into()],
        )?;
    }
    Ok(AppPasswordId(id))
}

macro_rules! app_passwords {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, label, created, last_used, expires, read_only, all_layers FROM app_passwords ",
            $rest
        )
    };
}

/// The app password with this hash, expired or not.
pub fn app_password_by_hash(
    tx: &mut Tx,
    user: UserId,
    secret_hash: &[u8],
) -> Result<Option<AppPassword>> {
    let found = tx.list(
        app_passwords!("WHERE user_id = ?1 AND secret_hash = ?2"),
        &[user.0.into(), secret_hash.into()],
        app_password,
    )?;
    Ok(with_layers(tx, found)?.pop())
}

/// Every app password of an account, by id.
pub fn app_passwords(tx: &mut Tx, user: UserId) -> Result<Vec<AppPassword>> {
    let found = tx.list(
        app_passwords!("WHERE user_id = ?1 ORDER BY id"),
        &[user.0.into()],
        app_password,
    )?;
    with_layers(tx, found)
}

pub fn touch_app_password(tx: &mut Tx, id: AppPasswordId, now: Instant) -> Result<()> {
    tx.run(
        "UPDATE app_passwords SET last_used = ?2 WHERE id = ?1",
        &[id.0.into(), now.into()],
    )?;
    Ok(())
}

/// Remembered credentials become void. `false`: the account has no such app password.
pub fn revoke_app_password(tx: &mut Tx, user: UserId, id: AppPasswordId) -> Result<bool> {
    history::remember_app_password(tx, id)?;
    let gone = tx.run(
        "DELETE FROM app_passwords WHERE id = ?1 AND user_id = ?2",
        &[id.0.into(), user.0.into()],
    )?;
    if gone > 0 {
        tx.run(
            "UPDATE users SET epoch = epoch + 1 WHERE id = ?1",
            &[user.0.into()],
        )?;
    }
    Ok(gone > 0)
}

fn with_layers(tx: &mut Tx, mut found: Vec<AppPassword>) -> Result<Vec<AppPassword>> {
    for password in &mut found {
        if let Some(layers) = &mut password.layers {
            *layers = tx.list(
                "SELECT layer FROM app_password_layers WHERE app_password = ?1 ORDER BY layer",
                &[password.id.0.into()],
                |row| row.int(0).map(LayerId),
            )?;
        }
    }
    Ok(found)
}

fn app_password(row: &Row) -> Result<AppPassword> {
    Ok(AppPassword {
        id: AppPasswordId(row.int(0)?),
        user: UserId(row.int(1)?),
        label: row.string(2)?,
        created: row.int(3)?,
        last_used: row.opt_int(4)?,
        expires: row.opt_int(5)?,
        read_only: row.flag(6)?,
        layers: (!row.flag(7)?).then(Vec::new),
    })
}
