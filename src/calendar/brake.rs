//! The brake on mass losses: when one device deletes, moves away or overwrites an unusual share of a layer in a short
//! while, what went stays restorable for longer, and the owner is told.

use super::notifications::Telling;
use super::write::Draft;
use super::{Access, Answer, Result};
use crate::ical::{Object, overlay};
use crate::model::{About, Instant, Item, Layer, Message, Right, User};
use crate::store::brake::{self, Doing, Held, Losses};
use crate::store::history::{self, Author};
use crate::store::items::LayerWriter;
use crate::store::{notices, trash};

pub(super) use crate::store::brake::Loss;

/// Mass losses of one layer that are held at once, and layers of one account: a client that fills and empties a layer
/// again and again must not fill the disk.
const MOST_HELD: i64 = 10;

/// The kinds of the notices about them.
pub const MASS_DELETION: &str = "mass-deletion";
pub const MASS_OVERWRITE: &str = "mass-overwrite";

/// What the owner is told of.
enum Lost<'l> {
    Items(Loss, &'l Losses),
    Layer(u64),
}

impl Access<'_, '_> {
    fn author(&self) -> Result<Author> {
        let device = self.device()?;
        Ok(Author {
            user: device.user,
            app_password: device.app_password,
        })
    }

    /// Is it a loss that what stands there is about to be overwritten? Not where it says the same after that, nor where the
    /// device that acts wrote it just now: an item that is edited again and again is lost but once.
    pub(super) fn loses(
        &self,
    ) -> Result<impl Fn(&mut LayerWriter, Option<&Item>, &Draft) -> Result<bool> + use<>> {
        let author = self.author()?;
        let keep = self.limits.retention;
        let since = self.now.saturating_sub(keep.window());
        Ok(
            move |writer: &mut LayerWriter, there: Option<&Item>, draft: &Draft| {
                let few = writer.count() < u64::from(keep.brake_items);
                let Some(there) = there.filter(|_| !few && !draft.restores) else {
                    return Ok(false);
                };
                let (stands, by) = writer.written(there.id)?;
                if there.modified >= since && by == Some(author) {
                    return Ok(false);
                }
                let text = stands.and_then(|item| item.text);
                let stands = text.and_then(|text| Object::parse(&text).ok());
                Ok(!stands.is_some_and(|stands| overlay::same_whole(&stands, &draft.object)))
            },
        )
    }

    /// To be called after an item has gone from a layer that held `stood` items before, or has been overwritten there.
    pub(super) fn brake(&mut self, owner: &User, of: &Layer, loss: Loss, stood: u64) -> Result<()> {
        let author = self.author()?;
        let doing = Doing {
            layer: of.id,
            author,
            loss,
        };
        let Some(run) = self.count(doing, stood, 1)? else {
            return Ok(());
        };
        let held_until = self.held_until();
        if let Some(brake) = run.brake {
            return Ok(brake::extend(self.tx, brake, self.now, held_until)?);
        }
        if self.is_mass(&run) && self.hold(doing, &run)? {
            self.tell((owner, of), author, &Lost::Items(loss, &run))?;
        }
        Ok(())
    }

    /// To be called after a layer has gone into the trash: with all that stood in it.
    pub(super) fn brake_layer(&mut self, owner: &User, gone: &Layer) -> Result<()> {
        let Some(discarded) = trash::find(self.tx, gone.id)?.filter(|it| it.items > 0) else {
            return Ok(());
        };
        let author = self.author()?;
        let doing = Doing {
            layer: gone.id,
            author,
            loss: Loss::Gone,
        };
        let items = discarded.items;
        let Some(run) = self.count(doing, items, items)? else {
            return Ok(());
        };
        let held_until = self.held_until();
        match run.brake {
            Some(brake) => brake::extend(self.tx, brake, self.now, held_until)?,
            None if self.is_mass(&run) => self.hold(doing, &run).map(drop)?,
            None => return Ok(()),
        }
        if trash::hold(self.tx, &discarded, held_until, MOST_HELD)? {
            self.tell((owner, gone), author, &Lost::Layer(items))?;
        }
        Ok(())
    }

    fn count(&mut self, doing: Doing, stood: u64, items: u64) -> Result<Option<Losses>> {
        let window = self.limits.retention.window();
        Ok(brake::count(
            self.tx,
            doing,
            (stood, items),
            window,
            self.now,
        )?)
    }

    fn is_mass(&self, run: &Losses) -> bool {
        let keep = &self.limits.retention;
        keep.is_mass_loss(run.items, run.stood)
    }

    fn held_until(&self) -> Instant {
        self.now.saturating_add(self.limits.retention.held())
    }

    fn hold(&mut self, doing: Doing, run: &Losses) -> Result<bool> {
        let held = Held {
            // What went just before counting began anew belongs to it.
            began: run.began.saturating_sub(self.limits.retention.window()),
            // An item that is overwritten twice in one run is held as it stood before, not between.
            since: match doing.loss {
                Loss::Gone => run.began,
                Loss::Overwritten => run.began.saturating_sub(1),
            },
            ended: self.now,
            until: self.held_until(),
        };
        Ok(brake::hold(self.tx, doing, held, MOST_HELD)?)
    }

    fn tell(&mut self, (owner, of): (&User, &Layer), author: Author, lost: &Lost) -> Result<()> {
        let (user, label) = history::names(self.tx, author)?;
        let user = user.unwrap_or_default();
        let who = match label {
            Some(label) => format!("the device \"{label}\" of {user}"),
            None => format!("{user}, signed in with the account's own password,"),
        };
        let until = jiff::Timestamp::from_second(self.held_until())
            .map_or_else(|_| String::new(), |it| it.strftime("%Y-%m-%d").to_string());
        let layer = &of.name;
        let (kind, text) = match lost {
            Lost::Items(Loss::Gone, Losses { items, stood, .. }) => (
                MASS_DELETION,
                format!(
                    "{who} has deleted or moved away {items} of the {stood} items of the layer {layer} in a short \
                     while, and may go on; what it deletes there is kept until {until}"
                ),
            ),
            Lost::Items(Loss::Overwritten, Losses { items, stood, .. }) => (
                MASS_OVERWRITE,
                format!(
                    "{who} has overwritten {items} of the {stood} items of the layer {layer} in a short while, and \
                     may go on; what stood there before is kept until {until}"
                ),
            ),
            Lost::Layer(items) => (
                MASS_DELETION,
                format!(
                    "{who} has deleted the layer {layer} with the {items} items that stood in it; it is kept until \
                     {until}"
                ),
            ),
        };
        tracing::warn!(user = %owner.name, layer = %layer, by = %user, kind, "mass loss: what goes is held");
        let notice = notices::notify(self.tx, owner.id, kind, &text, self.now)?;
        self.notify(&Telling {
            user: owner.id,
            other: owner.id,
            about: About::Notice(notice),
            layer: of,
            message: Message::Lost,
            right: Right::Read,
            words: Answer {
                comment: Some(&text),
                ..Answer::default()
            },
        })?;
        self.tell_of_loss(owner, notice)
    }

    /// Is the device that asks in the middle of a mass loss of this layer? What it does there is then not to be told to
    /// attendees until somebody has confirmed it, or time has passed.
    pub fn is_braked(&mut self, of: &Layer) -> Result<bool> {
        let author = self.author()?;
        let since = self.now.saturating_sub(self.limits.retention.window());
        Ok(brake::is_on(self.tx, of.id, author, since)?)
    }
}
