//! The mail addresses of accounts, which are also how calendars name people (RFC 6638 section 2.4.1): each is one account's.

use super::{Result, Tx, accounts};
use crate::model::UserId;

/// Takes the place of those that the account had, the preferred one first. `false`: one of them is another account's, and
/// nothing was changed.
pub fn set(tx: &mut Tx, user: UserId, addresses: &[String]) -> Result<bool> {
    for address in addresses {
        if accounts::by_address(tx, address)?.is_some_and(|other| other.id != user) {
            return Ok(false);
        }
    }
    tx.run("DELETE FROM addresses WHERE user_id = ?1", &[user.0.into()])?;
    for (place, address) in (0i64..).zip(addresses) {
        tx.run(
            "INSERT INTO addresses (user_id, place, address, folded) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
            &[
                user.0.into(),
                place.into(),
                address.into(),
                (&address.to_ascii_lowercase()).into(),
            ],
        )?;
    }
    Ok(true)
}
