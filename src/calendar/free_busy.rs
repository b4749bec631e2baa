//! Who may ask when somebody is busy, and which calendars count (RFC 4791 sections 6.1.1 and 7.10): times and kinds, no
//! text, and no hint of what fills them.

use std::sync::Arc;

use super::busy::Asked;
use super::{Access, Calendars, Collection, Need, Refusal, Result};
use crate::ical::Window;
use crate::ical::busy::Period;
use crate::ical::filter::CompFilter;
use crate::model::{Component, Instant, Layer, Mount, Right, User};
use crate::privacy::{Device, Door, Texts, Viewer};
use crate::store::{self, layers, shares};

/// What can be said of somebody's time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeOf {
    pub periods: Vec<Period>,
    /// Layers that cannot be asked just now, of those that the viewer may know of. While there is one, and while there is one that
    /// they may not know of, all the time is taken.
    pub away: Vec<Away>,
}

/// A layer that cannot be asked just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    pub owner: String,
    pub layer: String,
    pub name: String,
}

impl Calendars {
    /// An account's busy time as its owner is told it, for the operator of the server: also of one that is disabled, in
    /// whose name nothing else is done. No door leads here.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::TooManyOccurrences`].
    pub fn busy_for_operator(
        &self,
        of: &User,
        start: Instant,
        end: Instant,
    ) -> Result<Vec<Period>> {
        let viewer = Viewer::User(Device::of_account(of.id, of.epoch));
        let now = super::now();
        self.looking(&viewer, |sights| {
            self.store.read(|tx| {
                let me = store::accounts::by_id(tx, of.id)?.ok_or(Refusal::NotFound)?;
                let mut access = Access::of(tx, &viewer, Some(me.clone()), self, now, sights);
                let periods = access.free_busy(&me, start, end)?;
                Ok(periods.ok_or(Refusal::NotFound)?)
            })
        })
    }
}

impl Access<'_, '_> {
    /// When the owner of a home is busy, for whoever may ask.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for who may know of the account and not ask, [`Refusal::NotFound`] for anybody else;
    /// [`Refusal::TooManyOccurrences`].
    pub fn home_busy(&mut self, owner: &str, start: Instant, end: Instant) -> Result<Vec<Period>> {
        let of = self.somebody(owner)?;
        if let Some(periods) = self.free_busy(&of, start, end)? {
            return Ok(periods);
        }
        // Who sees anything of theirs knows of them, even where the directory is closed.
        if !is_there(self.principal(owner))? {
            self.home(owner)?;
        }
        let needs = super::Privilege::ReadFreeBusy;
        Err(Refusal::Forbidden { needs }.into())
    }

    /// When a calendar takes up time. Who may read it may ask too (RFC 4791 section 6.1.1), and learns what reading
    /// tells; who may ask for its owner's free-busy learns of all that is in it. A calendar that this viewer may not know
    /// of is not found, though its owner's home counts it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::TooManyOccurrences`].
    pub fn layer_busy(
        &mut self,
        owner: &str,
        layer: &str,
        start: Instant,
        end: Instant,
    ) -> Result<Vec<Period>> {
        match self.collection(owner, layer) {
            Err(super::Error::Refused(Refusal::NotFound)) => {
                let of = self.somebody(owner)?;
                let row = layers::find(self.tx, of.id, layer)?.ok_or(Refusal::NotFound)?;
                if !self.was_given_free_busy(&of, &row)? {
                    return Err(Refusal::NotFound.into());
                }
                Asked::new(start, end).count(self, &of, &row)?.done(self)
            }
            Ok(collection) if collection.is_own() => Asked::new(start, end)
                .of_account(&collection.owner)
                .count(self, &collection.owner, &collection.layer)?
                .done(self),
            Ok(collection) => self.shown_busy(&collection, start, end),
            Err(error) => Err(error),
        }
    }

    /// An account's busy time; `None`: this viewer may not ask.
    ///
    /// # Errors
    /// [`Refusal::TooManyOccurrences`]; [`Refusal::Unavailable`] while a calendar that the viewer sees cannot be asked.
    pub fn free_busy(
        &mut self,
        of: &User,
        start: Instant,
        end: Instant,
    ) -> Result<Option<Vec<Period>>> {
        match self.time_of(of, start, end)? {
            Some(time) if !time.away.is_empty() => Err(Refusal::Unavailable.into()),
            time => Ok(time.map(|time| time.periods)),
        }
    }

    /// What can be said of an account's time; `None`: this viewer may not ask. Every calendar of its own counts that is not
    /// transparent (RFC 6638 section 9.1), whoever may see it, and so does one that was shared with it, once it says so of that.
    /// Where one cannot be asked nobody is called free: all the time is BUSY-UNAVAILABLE, for who sees that calendar and for who
    /// does not, so that its state tells nobody that it is there.
    ///
    /// # Errors
    /// [`Refusal::TooManyOccurrences`].
    pub fn time_of(&mut self, of: &User, start: Instant, end: Instant) -> Result<Option<TimeOf>> {
        let of_account = self.may_ask_of(of, None)?;
        let (mut counted, mut may_ask) = (Vec::new(), of_account);
        for row in layers::of_owner(self.tx, of.id)? {
            let counts = !row.transparent && self.reaches(of, &row);
            if row.mount.is_some() {
                if of_account && counts {
                    counted.extend(self.shared_with(of, &row)?);
                }
            } else if of_account || self.may_ask_of(of, Some(&row))? {
                may_ask = true;
                counted.extend(counts.then(|| (of.clone(), row)));
            }
        }
        if !may_ask {
            return Ok(None);
        }
        let mut asked = Asked::new(start, end);
        if of_account {
            asked = asked.of_account(of);
        }
        for (_, layer) in &counted {
            self.texts(layer);
        }
        self.settle()?;
        let mut away = Vec::new();
        for (owner, layer) in counted {
            if !matches!(self.texts(&layer), Texts::OutOfReach) {
                asked = asked.count(self, &owner, &layer)?;
                continue;
            }
            asked = asked.unknown();
            if self.sees(&owner, &layer)? {
                away.push(Away {
                    owner: owner.name,
                    layer: layer.name,
                    name: layer.display_name,
                });
            }
        }
        let periods = asked.done(self)?;
        Ok(Some(TimeOf { periods, away }))
    }

    /// May this viewer know of a layer by itself?
    fn sees(&mut self, owner: &User, layer: &Layer) -> Result<bool> {
        if self.is_me(owner) {
            return Ok(true);
        }
        let owner = Arc::new(owner.clone());
        let source = self.sight(&owner, layer.clone(), layer, Door::Layer)?;
        Ok(source.lens.admits())
    }

    /// The calendar behind a share that stands in somebody's home, while it holds: they see when all of it takes place.
    fn shared_with(&mut self, of: &User, row: &Layer) -> Result<Option<(User, Layer)>> {
        let share = match row.mount {
            Some(Mount::Share(share)) => shares::by_id(self.tx, share)?,
            _ => None,
        };
        let Some((owner, layer)) = share.and_then(|it| Some((it.owner, it.layer?))) else {
            return Ok(None);
        };
        let grants = shares::granted(self.tx, owner, Some(of.id))?;
        let holds = shares::strongest(&grants, layer).is_some_and(|it| it.right >= Right::Read);
        let owner = store::accounts::by_id(self.tx, owner)?;
        let layer = layers::by_id(self.tx, layer)?;
        Ok(owner.zip(layer).filter(|_| holds))
    }

    /// What others show here: all of it where the viewer may ask them, else what reading tells. A view speaks of what it
    /// shows.
    fn shown_busy(&mut self, of: &Collection, start: Instant, end: Instant) -> Result<Vec<Period>> {
        let mut asked = Asked::new(start, end);
        let at_most = self.limits.max_instances;
        let window = Window {
            start: Some(start),
            end: Some(end),
        };
        self.reachable(of)?;
        for part in of.parts() {
            let is_asked = !of.is_view() && !part.layer.transparent;
            if is_asked && self.may_ask_of(part.owner, Some(part.layer))? {
                asked = asked.count(self, part.owner, part.layer)?;
                continue;
            }
            let zone = part.zone();
            self.query_part(part, &events(window), Need::Text, &mut |item| {
                asked.read(item.text(), &zone, at_most)
            })?;
        }
        asked.done(self)
    }

    /// A device that is let into a few layers of its owner asks nobody else.
    pub(super) fn may_ask_of(&mut self, of: &User, layer: Option<&Layer>) -> Result<bool> {
        let confined = matches!(self.viewer, Viewer::User(device) if device.layers.is_some());
        if !self.is_me(of) && (confined || of.disabled) {
            return Ok(false);
        }
        self.may_ask_free_busy(of, layer)
    }

    fn reaches(&self, of: &User, layer: &Layer) -> bool {
        match self.viewer {
            Viewer::User(device) if device.user == of.id => device
                .layers
                .as_ref()
                .is_none_or(|layers| layers.contains(&layer.id)),
            _ => true,
        }
    }

    fn somebody(&mut self, name: &str) -> Result<User> {
        self.device()?;
        Ok(store::accounts::by_name(self.tx, name)?.ok_or(Refusal::NotFound)?)
    }
}

fn is_there<T>(found: Result<T>) -> Result<bool> {
    match found {
        Ok(_) => Ok(true),
        Err(super::Error::Refused(Refusal::NotFound)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn events(window: Window) -> CompFilter {
    CompFilter {
        name: "VCALENDAR".to_owned(),
        comps: vec![CompFilter {
            name: Component::Event.name().to_owned(),
            time_range: Some(window),
            ..CompFilter::default()
        }],
        ..CompFilter::default()
    }
}
