//! Keys of this server: drawn when they are first needed, one for each purpose, and never shown.

use super::{Error, Result, Tx};

/// The key for a purpose; it goes with the data, so that a copy of the data gives the same names.
pub fn key(tx: &mut Tx, purpose: &str) -> Result<Option<[u8; 32]>> {
    tx.first(
        "SELECT key FROM secrets WHERE purpose = ?1",
        &[purpose.into()],
        |row| {
            let bytes = <[u8; 32]>::try_from(row.blob(0)?);
            bytes.map_err(|_| Error::Fault(format!("the key for {purpose} is damaged")))
        },
    )
}

/// The same, drawn when there is none yet.
pub fn key_or_new(tx: &mut Tx, purpose: &str) -> Result<[u8; 32]> {
    if let Some(key) = key(tx, purpose)? {
        return Ok(key);
    }
    let new: [u8; 32] = crate::secret::random().map_err(|error| Error::Fault(error.to_string()))?;
    tx.run(
        "INSERT INTO secrets (purpose, key) VALUES (?1, ?2) ON CONFLICT (purpose) DO NOTHING",
        &[purpose.into(), new.as_slice().into()],
    )?;
    key(tx, purpose)?.ok_or_else(|| Error::Fault(format!("no key for {purpose} was kept")))
}
