//! What the times of a feed that name no time zone mean: those of the calendar, which its publisher may have named
//! (`X-WR-TIMEZONE`, as Google, Outlook and most others write it).

use super::super::collection::Collection;
use super::super::{Calendars, Result, index};
use super::Reading;
use crate::ical::Zone;
use crate::model::Instant;
use crate::store::items::{self, Need, Scope};
use crate::store::{self, layers};

impl Calendars {
    /// The layer with the time zone of its feed, where nobody has chosen one: its floating and all-day times are meant
    /// there (RFC 4791 section 5.2.2). Times in UTC, and those with a zone of their own, are what they are.
    pub(super) fn in_zone(
        &self,
        into: Collection,
        reading: &Reading,
        now: Instant,
    ) -> Result<Collection> {
        let zone = reading.zone.as_deref().and_then(Zone::named);
        let Some(zone) = zone.filter(|zone| zone.id().is_some()) else {
            return Ok(into);
        };
        let placed = self.store.write(|tx| {
            let Some(mut layer) = layers::by_id(tx, into.layer.id)? else {
                return Ok(None);
            };
            if layer.timezone.is_some() || layer.timezone_id.is_some() {
                return Ok(None);
            }
            layer.timezone = Some(zone.to_icalendar());
            layer.timezone_id = zone.id().map(str::to_owned);
            layers::update(tx, &layer)?;
            let mut names = Vec::new();
            let scope = Scope::default();
            items::each::<store::Error>(tx, layer.id, scope, Need::Index, &mut |item| {
                names.push(item.name);
                Ok(())
            })?;
            for name in names {
                if let Some(item) = items::find(tx, layer.id, &name, Need::Text)? {
                    index::rewrite(tx, &item, &zone, self.limits.horizon, now)?;
                }
            }
            Ok::<_, store::Error>(Some(layer))
        })?;
        Ok(match placed {
            Some(layer) => into.with_row(layer),
            None => into,
        })
    }
}
