//! The address of a source on its way into the store and out of it: sealed in between.

use super::{Address, BadAddress, Own};
use crate::calendar::{NewSource, Source};
use crate::secret::{Place, SealError, Vault};

/// Why an address cannot be subscribed to.
#[derive(Debug, thiserror::Error)]
pub enum NoSource {
    #[error(transparent)]
    Address(#[from] BadAddress),
    #[error("this calendar comes from here; it is not taken in again")]
    Own,
    #[error(transparent)]
    Seal(#[from] SealError),
}

const PURPOSE: &str = "addresses of sources";

fn place(digest: &[u8]) -> Place<'_> {
    Place {
        table: "sources",
        column: "address",
        row: digest,
    }
}

/// Reads and writes addresses of sources.
#[derive(Clone)]
pub struct Sources {
    pub vault: Vault,
    /// Where this server is found itself.
    pub own: Own,
}

impl Sources {
    /// What somebody typed, as the store may have it.
    ///
    /// # Errors
    /// [`NoSource`].
    pub fn sealed(&self, text: &str) -> Result<NewSource, NoSource> {
        let address = Address::parse(text)?;
        if self.own.has(&address) {
            return Err(NoSource::Own);
        }
        let whole = address.whole();
        let digest = self.vault.digest(PURPOSE, whole.as_bytes())?;
        Ok(NewSource {
            digest,
            address: self.vault.seal(whole.as_bytes(), place(&digest))?,
            shown: address.shown(),
        })
    }

    /// The reverse.
    ///
    /// # Errors
    /// [`SealError`]; [`SealError::Damaged`] also when no address was sealed there.
    pub fn opened(&self, source: &Source) -> Result<Address, SealError> {
        let opened = self.vault.open(&source.address, place(&source.digest))?;
        let text = opened.text().ok_or(SealError::Damaged)?;
        Address::parse(text).map_err(|_| SealError::Damaged)
    }
}
