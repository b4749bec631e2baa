//! What platforms keep and their users see: layers whose items are nowhere here. A request that meets one asks its source what
//! stands there at this moment, takes down what sync needs of it, and reads that.

mod cache;
mod choice;
mod observe;
mod platform;
mod reading;
mod render;
mod shown;
mod source;
#[cfg(test)]
mod tests;
mod turn;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

pub use choice::KindChoice;
pub use platform::{MAX_BATCH, RecordDraft, RecordState};
pub use source::{Origin, QueryTexts};

use super::{Access, Collection, Refusal, Result, StoreError};
use crate::model::{Details, Layer, LayerId, Live, SystemKind, UserId, Visibility};
use crate::privacy::{Setting, Texts};
use cache::Cache;
use turn::Turn;

/// One kind of a platform's records, as its operator has set it.
pub struct Kind {
    pub kind: SystemKind,
    /// What its calendars are called.
    pub title: String,
    pub color: String,
    /// In place of every word of a sensitive record.
    pub label: Arc<str>,
    /// Of a calendar that is made anew; its owner may change it.
    pub visibility: Visibility,
    /// Who sees more of a record than its time.
    pub details: Details,
    /// Does it take up its owner's time?
    pub busy: bool,
    /// Minutes before it that its owner is reminded, unless they say otherwise.
    pub remind: Option<u32>,
    pub origin: Origin,
}

/// All kinds that are switched on, and what is known of their sources for now.
#[derive(Default)]
pub struct System {
    kinds: BTreeMap<SystemKind, Kind>,
    /// Accounts that have a layer of each kind.
    ensured: Mutex<HashSet<UserId>>,
    cache: Cache,
    /// One looks at a layer's source at a time; the others then find what it found.
    turns: [Turn; 32],
}

impl System {
    pub fn new(kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self {
            kinds: kinds.into_iter().map(|it| (it.kind.clone(), it)).collect(),
            ..Self::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values()
    }

    pub(super) fn kind(&self, kind: &SystemKind) -> Option<&Kind> {
        self.kinds.get(kind)
    }

    fn is_ensured(&self, user: UserId) -> bool {
        let ensured = self.ensured.lock();
        ensured
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&user)
    }

    /// What stands in place of words in a layer.
    pub(super) fn setting(&self, layer: &Layer, usual: &Setting) -> Setting {
        let kind = layer.system.as_ref().and_then(|kind| self.kind(kind));
        match kind {
            Some(kind) => Setting {
                label: kind.label.clone(),
                ..usual.clone()
            },
            None => usual.clone(),
        }
    }
}

/// What one request has seen of layers of the system, and has still to look at.
#[derive(Default)]
pub(super) struct Sights {
    seen: HashMap<LayerId, Sight>,
    wanted: Vec<Layer>,
    /// Accounts that may not have their layers yet.
    homes: Vec<UserId>,
}

#[derive(Clone)]
enum Sight {
    Live(Arc<Live>),
    /// Its source cannot be asked.
    Down,
}

/// Seconds after which whoever found a source away may ask again.
pub const COME_BACK: u32 = 30;

/// Looks of one request that may find something else than the one before; then it is told to come back.
const MOST_LOOKS: usize = 20;

impl Sights {
    /// Is there anything that the work could not know?
    pub fn want(&self) -> bool {
        !self.wanted.is_empty() || !self.homes.is_empty()
    }

    /// How a layer stands, if it has been looked at and has not changed since.
    fn of(&mut self, layer: &Layer) -> Option<Sight> {
        let stands = match self.seen.get(&layer.id) {
            Some(Sight::Live(live)) => live.number == layer.number,
            Some(Sight::Down) => true,
            None => false,
        };
        if stands {
            return self.seen.get(&layer.id).cloned();
        }
        if !self.wanted.iter().any(|wanted| wanted.id == layer.id) {
            self.wanted.push(layer.clone());
        }
        None
    }
}

impl Access<'_, '_> {
    /// Where the texts of a layer's items come from.
    pub(super) fn texts(&mut self, layer: &Layer) -> Texts {
        if layer.system.is_none() {
            return Texts::Kept;
        }
        match self.sights.of(layer) {
            Some(Sight::Live(live)) => Texts::Live(live),
            Some(Sight::Down) | None => Texts::OutOfReach,
        }
    }

    /// How a layer of the system stands.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub(super) fn live(&mut self, layer: &Layer) -> Result<Arc<Live>> {
        match self.sights.of(layer) {
            Some(Sight::Live(live)) => Ok(live),
            Some(Sight::Down) | None => Err(Refusal::Unavailable.into()),
        }
    }

    /// Ends the work here when something has to be looked at first: it is then done anew.
    pub(super) fn settle(&self) -> Result<()> {
        if self.sights.want() {
            return Err(Refusal::Unavailable.into());
        }
        Ok(())
    }

    /// May its items be read?
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] while one of its sources cannot be asked: never less than the truth.
    pub(super) fn reachable(&self, of: &Collection) -> Result<()> {
        if of.parts().any(|part| part.lens.is_out_of_reach()) {
            return Err(Refusal::Unavailable.into());
        }
        Ok(())
    }

    /// Somebody whose layers are to be there though they have not looked yet.
    pub(super) fn expect_layers(&mut self, user: UserId) {
        if !self.system.is_empty() && !self.system.is_ensured(user) {
            self.sights.homes.push(user);
        }
    }
}

impl super::Calendars {
    /// With kinds of records that platforms keep.
    #[must_use]
    pub fn with_system(self, system: System) -> Self {
        Self {
            system: Arc::new(system),
            ..self
        }
    }

    pub fn system(&self) -> &System {
        &self.system
    }

    /// Does a read cost microseconds on this thread?
    pub fn is_local(&self) -> bool {
        self.store.is_local() && self.system.is_empty()
    }

    /// Layers of kinds that are switched off are seen by nobody from now on, and those of the others again.
    ///
    /// # Errors
    /// The store's.
    pub fn switch_kinds(&self) -> std::result::Result<(), StoreError> {
        let on: Vec<SystemKind> = self.system.kinds.keys().cloned().collect();
        self.store
            .write(|tx| crate::store::layers::switch_system(tx, &on))
    }
}
