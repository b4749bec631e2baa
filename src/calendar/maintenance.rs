//! What is done daily and for nobody in particular: every step is small, can be repeated, and may be cut short.

use super::{Calendars, Collection, Result, index};
use crate::model::{Instant, Item};
use crate::privacy::{Lens, Viewer};
use crate::store::{self, Tx, accounts, layers, occurrences};

/// Items that one transaction extends, so that no writer waits long behind it.
const AT_ONCE: i64 = 100;

impl Calendars {
    /// Forgets old deletions, and moves the occurrence index on.
    ///
    /// # Errors
    /// The store's; what was done until then stays done.
    pub fn daily(&self) -> Result<()> {
        // RFC 6578 section 3.4: a token from before is refused, never half-answered.
        let forgotten = self.store.sweep(super::now())?;
        let extended = self.extend_occurrences()?;
        tracing::info!(forgotten, extended, "daily round");
        Ok(())
    }

    /// Moves the horizon: series whose index ends too soon are indexed anew around today. Answers how many were.
    fn extend_occurrences(&self) -> Result<u64> {
        let mut extended = 0;
        loop {
            let now = super::now();
            let some = self.store.write(|tx| {
                let items = occurrences::falling_short(tx, now + index::RENEW, AT_ONCE)?;
                for item in &items {
                    extend(tx, item, now)?;
                }
                Ok::<_, store::Error>(items.len())
            })?;
            extended += some as u64;
            if some == 0 {
                return Ok(extended);
            }
        }
    }
}

/// Indexes one item anew, in its layer's zone.
fn extend(tx: &mut Tx, item: &Item, now: Instant) -> store::Result<()> {
    match collection_of(tx, item)? {
        Some(collection) => index::rewrite(tx, item, &collection.zone(), now),
        None => Ok(()),
    }
}

fn collection_of(tx: &mut Tx, item: &Item) -> store::Result<Option<Collection>> {
    let Some(layer) = layers::by_id(tx, item.layer)? else {
        return Ok(None);
    };
    let owner = accounts::by_id(tx, layer.owner)?;
    Ok(owner.map(|owner| Collection {
        lens: Lens::new(&Viewer::Anyone, owner.id),
        owner,
        layer,
    }))
}
