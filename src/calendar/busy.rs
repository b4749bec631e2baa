//! When calendars take up time: out of the index, and out of the texts where it does not reach.

use std::collections::HashSet;

use bytes::Bytes;

use super::collection::zone_of;
use super::{Access, Refusal, Result};
use crate::ical::busy::{self, Kind, Period};
use crate::ical::{Object, Zone};
use crate::model::{Bar, Component, Instant, Layer, Live, Occurrence, User};
use crate::store::items::Need;
use crate::store::{self, occurrences};

/// Merge once so many have come together: memory follows the answer, not the calendar.
const TOGETHER: usize = 50_000;

/// One question for the busy time in `[start, end)`, and what has been found so far.
///
/// Where an item would take too much work, all of it is refused: half a truth about someone's time is none.
pub(super) struct Asked<'a> {
    window: (Instant, Instant),
    periods: Vec<Period>,
    /// Whose word counts on when they are there at all.
    account: Option<&'a User>,
    /// VAVAILABILITYs of the calendars.
    availabilities: Vec<Object>,
    zone: Option<Zone>,
}

impl<'a> Asked<'a> {
    pub fn new(start: Instant, end: Instant) -> Self {
        Self {
            window: (start, end),
            periods: Vec::new(),
            account: None,
            availabilities: Vec::new(),
            zone: None,
        }
    }

    /// What the account says of itself counts too (RFC 7953 section 5).
    pub fn of_account(self, account: &'a User) -> Self {
        Self {
            account: Some(account),
            ..self
        }
    }

    /// Counts all that a calendar holds.
    pub fn count(mut self, access: &mut Access, owner: &User, layer: &Layer) -> Result<Self> {
        let zone = zone_of(layer, owner);
        if layer.system.is_some() {
            self.records(&*access.live(layer)?, &zone);
            self.zone.get_or_insert(zone);
            return Ok(self);
        }
        self.events(access, layer, &zone)?;
        self.reports(access, layer, &zone)?;
        access.availabilities(layer, self.window, &mut self.availabilities)?;
        self.zone.get_or_insert(zone);
        Ok(self)
    }

    /// Of something that counts nothing can be known just now: that is no time to be called free.
    pub fn unknown(mut self) -> Self {
        let (start, end) = self.window;
        self.periods.push(Period {
            start,
            end,
            kind: Kind::Unavailable,
        });
        self
    }

    /// Merged, with the time at which nobody is there at all.
    pub fn done(mut self, access: &mut Access) -> Result<Vec<Period>> {
        let (start, end) = self.window;
        let unavailable =
            access.unavailable(self.account, self.availabilities, self.zone, self.window)?;
        self.periods.extend(unavailable);
        Ok(busy::merge(self.periods, start, end))
    }

    /// Events: from the index, and from their texts where the index does not reach.
    fn events(&mut self, access: &mut Access, layer: &Layer, zone: &Zone) -> Result<()> {
        let window = self.window;
        let at_most = access.limits.max_instances;
        let mut asked = HashSet::new();
        occurrences::uncovered(access.tx, layer.id, window, &mut |item| {
            asked.insert(item.id);
            self.read(item.text.as_ref(), zone, at_most)
        })?;
        occurrences::each(access.tx, layer.id, window, &mut |item, occurrence| {
            if !asked.contains(&item) {
                self.add(occurrence);
            }
            Ok::<_, store::Error>(())
        })?;
        Ok(())
    }

    /// What a platform shows.
    fn records(&mut self, live: &Live, zone: &Zone) {
        let (start, end) = self.window;
        let at = |midnight: Instant, all_day: bool| match all_day {
            true => zone.to_utc(midnight),
            false => midnight,
        };
        for item in live.items.values() {
            let occurrence = Occurrence {
                start: at(item.start, item.all_day),
                end: at(item.end, item.all_day),
                bar: item.bar,
            };
            if occurrence.start < end && occurrence.end > start {
                self.add(occurrence);
            }
        }
    }

    /// Busy time that others have reported, kept as VFREEBUSY.
    fn reports(&mut self, access: &mut Access, layer: &Layer, zone: &Zone) -> Result<()> {
        let at_most = access.limits.max_instances;
        let window = self.window;
        occurrences::touching(
            access.tx,
            layer.id,
            Component::FreeBusy,
            window,
            Need::Text,
            &mut |item, _| self.read(item.text.as_ref(), zone, at_most),
        )
    }

    fn add(&mut self, occurrence: Occurrence) {
        let kind = match occurrence.bar {
            Bar::Busy => Kind::Busy,
            Bar::Tentative => Kind::Tentative,
            Bar::Free | Bar::Cancelled => return,
        };
        let Occurrence { start, end, .. } = occurrence;
        self.periods.push(Period { start, end, kind });
        self.fold();
    }

    /// What one text takes up. One that cannot be read is busy at no time.
    pub fn read(&mut self, text: Option<&Bytes>, zone: &Zone, at_most: u64) -> Result<()> {
        let Some(object) = text.and_then(|text| Object::parse(text).ok()) else {
            return Ok(());
        };
        let (start, end) = self.window;
        let found = busy::periods(&object, start, end, zone)
            .map_err(|_| Refusal::TooManyOccurrences(at_most))?;
        self.periods.extend(found);
        self.fold();
        Ok(())
    }

    fn fold(&mut self) {
        if self.periods.len() > TOGETHER {
            let (start, end) = self.window;
            let periods = std::mem::take(&mut self.periods);
            self.periods = busy::merge(periods, start, end);
        }
    }
}
