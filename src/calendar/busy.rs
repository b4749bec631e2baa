//! When an owner is busy (RFC 4791 section 7.10): times and kinds, no text, and no hint of what fills them.

use std::collections::HashSet;

use super::collection::Part;
use super::{Access, Collection, Refusal, Result};
use crate::ical::busy::{self, Kind, Period};
use crate::ical::{Object, Zone};
use crate::model::{Bar, Component, Instant, Item, Occurrence, User};
use crate::store::items::Need;
use crate::store::{self, occurrences};

/// Merge once so many have come together: memory follows the answer, not the calendar.
const TOGETHER: usize = 50_000;

impl Access<'_, '_> {
    /// The busy time of some of an owner's layers in `[start, end)`, merged; and the time at which the owner is not there
    /// at all (RFC 7953 section 5).
    ///
    /// # Errors
    /// [`Refusal::TooManyOccurrences`] where an item would take too much work: half a truth about someone's time is none.
    pub fn busy(
        &mut self,
        owner: &User,
        of: &[&Collection],
        start: Instant,
        end: Instant,
    ) -> Result<Vec<Period>> {
        let mut gathered = Gathered {
            window: (start, end),
            periods: self.unavailable(owner, of, (start, end))?,
            at_most: self.limits.max_instances,
        };
        for collection in of {
            for part in collection.parts() {
                self.busy_events(part, &mut gathered)?;
                self.busy_reports(part, &mut gathered)?;
            }
        }
        Ok(busy::merge(gathered.periods, start, end))
    }

    /// Events: from the index, and from their texts where the index does not reach.
    fn busy_events(&mut self, of: Part, gathered: &mut Gathered) -> Result<()> {
        let (zone, window) = (of.zone(), gathered.window);
        let mut asked = HashSet::new();
        occurrences::uncovered(self.tx, of.layer.id, window, &mut |item| {
            asked.insert(item.id);
            gathered.read(&item, &zone)
        })?;
        occurrences::each(self.tx, of.layer.id, window, &mut |item, occurrence| {
            if !asked.contains(&item) {
                gathered.add(occurrence);
            }
            Ok::<_, store::Error>(())
        })?;
        Ok(())
    }

    /// Busy time that others have reported, kept as VFREEBUSY.
    fn busy_reports(&mut self, of: Part, gathered: &mut Gathered) -> Result<()> {
        let (zone, window) = (of.zone(), gathered.window);
        let component = Component::FreeBusy;
        occurrences::touching(
            self.tx,
            of.layer.id,
            component,
            window,
            Need::Text,
            &mut |item, _| gathered.read(&item, &zone),
        )
    }
}

struct Gathered {
    window: (Instant, Instant),
    periods: Vec<Period>,
    at_most: u64,
}

impl Gathered {
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

    fn read(&mut self, item: &Item, zone: &Zone) -> Result<()> {
        // An item that cannot be read is busy at no time.
        let Some(object) = item.text.as_ref().and_then(|text| Object::parse(text).ok()) else {
            return Ok(());
        };
        let (start, end) = self.window;
        let found = busy::periods(&object, start, end, zone)
            .map_err(|_| Refusal::TooManyOccurrences(self.at_most))?;
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
