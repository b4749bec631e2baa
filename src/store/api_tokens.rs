//! Tokens of programs.

use super::accounts::{asking_with, users_columns};
use super::engine::Row;
use super::{Result, Tx};
use crate::model::*;

pub struct NewApiToken<'a> {
    pub user: UserId,
    pub label: &'a str,
    pub secret_hash: &'a [u8],
    pub scopes: Scopes,
    pub created: Instant,
    pub expires: Option<Instant>,
    /// With what it is made: it ends with that.
    pub by_token: Option<ApiTokenId>,
    pub by_password: Option<AppPasswordId>,
}

macro_rules! api_tokens {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, label, scopes, created, last_used, expires FROM api_tokens ",
            $rest
        )
    };
}

pub fn add(tx: &mut Tx, new: &NewApiToken) -> Result<ApiTokenId> {
    let id = tx.first(
        "INSERT INTO api_tokens (user_id, label, secret_hash, scopes, created, expires, by_token, by_password)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
        &[
            new.user.0.into(),
            new.label.into(),
            new.secret_hash.into(),
            (&new.scopes.to_text()).into(),
            new.created.into(),
            new.expires.into(),
            new.by_token.map(|id| id.0).into(),
            new.by_password.map(|id| id.0).into(),
        ],
        |row| row.int(0),
    )?;
    super::drawn(id).map(ApiTokenId)
}

/// The token with this hash, expired or not.
pub fn by_hash(tx: &mut Tx, secret_hash: &[u8]) -> Result<Option<ApiToken>> {
    tx.first(
        api_tokens!("WHERE secret_hash = ?1"),
        &[secret_hash.into()],
        api_token,
    )
}

/// Every token of an account, by id.
pub fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<ApiToken>> {
    tx.list(
        api_tokens!("WHERE user_id = ?1 ORDER BY id"),
        &[user.0.into()],
        api_token,
    )
}

pub fn touch(tx: &mut Tx, id: ApiTokenId, now: Instant) -> Result<()> {
    tx.run(
        "UPDATE api_tokens SET last_used = ?2 WHERE id = ?1",
        &[id.0.into(), now.into()],
    )?;
    Ok(())
}

/// It ends at once: every transaction asks whether the token still stands. `false`: the account has no such token.
pub fn revoke(tx: &mut Tx, user: UserId, id: ApiTokenId) -> Result<bool> {
    let gone = tx.run(
        "DELETE FROM api_tokens WHERE id = ?1 AND user_id = ?2",
        &[id.0.into(), user.0.into()],
    )?;
    Ok(gone > 0)
}

/// The account that asks, whole, and whether its token still stands at `now`: what every transaction begins with.
pub fn asking(
    tx: &mut Tx,
    user: UserId,
    token: ApiTokenId,
    now: Instant,
) -> Result<Option<(User, bool)>> {
    asking_with(tx, ASKING, user, Some(token.0), now)
}

const ASKING: &str = concat!(
    users_columns!(),
    ", t.id, t.expires FROM users u LEFT JOIN addresses own ON own.user_id = u.id
     LEFT JOIN api_tokens t ON t.id = ?2 AND t.user_id = u.id WHERE u.id = ?1 ORDER BY own.place"
);

fn api_token(row: &Row) -> Result<ApiToken> {
    Ok(ApiToken {
        id: ApiTokenId(row.int(0)?),
        user: UserId(row.int(1)?),
        label: row.string(2)?,
        scopes: row.word(3, Scopes::from_text)?,
        created: row.int(4)?,
        last_used: row.opt_int(5)?,
        expires: row.opt_int(6)?,
    })
}
