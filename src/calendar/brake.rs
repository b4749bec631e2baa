//! The mass-deletion brake: when one device deletes an unusual share of a layer in a short while, what it deleted stays
//! restorable for longer, and the owner is told.

use super::{Access, Result};
use crate::model::{Instant, Layer, User};
use crate::store::history::Author;
use crate::store::{brake, history, notices};

/// Mass deletions of one layer that are held at once: a client that fills and empties a layer again and again must not
/// fill the disk.
const MOST_HELD: i64 = 10;

/// The kind of a notice about a mass deletion.
pub const MASS_DELETION: &str = "mass-deletion";

impl Access<'_, '_> {
    /// To be called after an item has been deleted from a layer that held `stood` items before.
    pub(super) fn brake(&mut self, owner: &User, from: &Layer, stood: u64) -> Result<()> {
        let device = self.device()?;
        let author = Author {
            user: device.user,
            app_password: device.app_password,
        };
        let keep = &self.limits.retention;
        let (now, window, layer) = (self.now, keep.window(), from.id);
        let Some(run) = brake::count(self.tx, layer, author, stood, window, now)? else {
            return Ok(());
        };
        let held_until = now.saturating_add(keep.held());
        if let Some(brake) = run.brake {
            return Ok(brake::extend(self.tx, brake, now, held_until)?);
        }
        if !keep.is_mass_deletion(run.items, run.stood) {
            return Ok(());
        }
        // What went just before counting began anew belongs to it.
        let began = run.began.saturating_sub(window);
        if brake::hold(self.tx, layer, author, began, now, held_until, MOST_HELD)? {
            self.tell((owner, from), author, &run, held_until)?;
        }
        Ok(())
    }

    fn tell(
        &mut self,
        (owner, from): (&User, &Layer),
        author: Author,
        run: &brake::Deletions,
        held_until: Instant,
    ) -> Result<()> {
        let (user, label) = history::names(self.tx, author)?;
        let user = user.unwrap_or_default();
        let who = match label {
            Some(label) => format!("the device \"{label}\" of {user}"),
            None => format!("{user}, signed in with the account's own password,"),
        };
        let (items, stood, layer) = (run.items, run.stood, &from.name);
        let until = jiff::Timestamp::from_second(held_until)
            .map_or_else(|_| String::new(), |it| it.strftime("%Y-%m-%d").to_string());
        let text = format!(
            "{who} has deleted {items} of the {stood} items of the layer {layer} in a short while, and may go on; \
             what it deletes there is kept until {until}"
        );
        tracing::warn!(
            user = %owner.name, layer = %layer, by = %user, items, stood, "mass deletion: what goes is held"
        );
        Ok(notices::notify(
            self.tx,
            owner.id,
            MASS_DELETION,
            &text,
            self.now,
        )?)
    }

    /// Is the device that asks in the middle of a mass deletion of this layer? What it deletes is then not to be told to
    /// attendees until somebody has confirmed it, or time has passed.
    pub fn is_braked(&mut self, from: &Layer) -> Result<bool> {
        let device = self.device()?;
        let author = Author {
            user: device.user,
            app_password: device.app_password,
        };
        let since = self.now.saturating_sub(self.limits.retention.window());
        Ok(brake::is_on(self.tx, from.id, author, since)?)
    }
}
