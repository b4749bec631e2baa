//! When somebody is there at all (RFC 7953): what an account says of itself, and what its calendars hold beside it.

use bytes::Bytes;

use super::{Access, Home, Privilege, Refusal, Result};
use crate::ical::busy::{self, Period};
use crate::ical::{self, Object, Zone};
use crate::model::{Component, Instant, Layer, User};
use crate::privacy::Viewer;
use crate::store::items::Need;
use crate::store::{self, occurrences};

/// VAVAILABILITYs that one answer is made from: "servers MUST limit the complexity" (section 8).
const MOST: usize = 1_000;
/// Bytes of the text of an account.
const MAX_TEXT: usize = 256 << 10;

/// Is this what `CALDAV:calendar-availability` holds: one VAVAILABILITY and its time zones (section 7.2.4)?
pub fn check_availability(text: &str) -> std::result::Result<(), Refusal> {
    if text.len() > MAX_TEXT {
        return Err(Refusal::TooLarge(MAX_TEXT as u64));
    }
    let object = read(text)?;
    let checked = ical::check(&object, &Zone::utc())?;
    let count = object
        .components()
        .filter(|component| component.is(Component::Availability.name()))
        .count();
    if checked.component != Component::Availability.name() || count != 1 {
        return Err(Refusal::InvalidObject(
            "an availability is one VAVAILABILITY, with time zones at most".to_owned(),
        ));
    }
    Ok(())
}

fn read(text: &str) -> std::result::Result<Object, Refusal> {
    Ok(Object::parse(&Bytes::copy_from_slice(
        text.trim_start().as_bytes(),
    ))?)
}

impl Access<'_, '_> {
    /// What the owner of a home says, for the owner alone: others learn of it as busy time.
    pub fn availability(&mut self, of: &Home) -> Result<Option<String>> {
        let is_own = matches!(self.viewer, Viewer::User(device) if device.user == of.owner.id);
        if !is_own {
            return Ok(None);
        }
        Ok(store::accounts::availability(self.tx, of.owner.id)?)
    }

    /// # Errors
    /// [`Refusal::Forbidden`], and those of [`check_availability`].
    pub fn set_availability(&mut self, of: &Home, text: Option<&str>) -> Result<()> {
        if !of.may_write_properties() {
            return Err(Refusal::Forbidden {
                needs: Privilege::WriteProperties,
            }
            .into());
        }
        text.map_or(Ok(()), check_availability)?;
        Ok(store::accounts::set_availability(
            self.tx,
            of.owner.id,
            text,
        )?)
    }

    /// When nobody is there, by what an account says and by the VAVAILABILITYs of some layers together (section 5).
    pub(super) fn unavailable(
        &mut self,
        account: Option<&User>,
        mut objects: Vec<Object>,
        zone: Option<Zone>,
        window: (Instant, Instant),
    ) -> Result<Vec<Period>> {
        if let Some(account) = account {
            let own = store::accounts::availability(self.tx, account.id)?;
            objects.extend(own.and_then(|text| read(&text).ok()));
        }
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        // "MUST be […] UTC time or […] local time and a time zone reference": the zone is for those that are neither.
        let own_zone = account
            .and_then(|account| account.timezone.as_deref())
            .and_then(Zone::named);
        let zone = zone.or(own_zone).unwrap_or_else(Zone::utc);
        let (start, end) = window;
        let at_most = self.limits.max_instances;
        let found = busy::unavailable(&objects, start, end, &zone);
        Ok(found.map_err(|_| Refusal::TooMany(at_most))?)
    }

    /// The VAVAILABILITYs that a layer holds.
    pub(super) fn availabilities(
        &mut self,
        of: &Layer,
        window: (Instant, Instant),
        objects: &mut Vec<Object>,
    ) -> Result<()> {
        let component = Component::Availability;
        if !of.components.contains(component) {
            return Ok(());
        }
        occurrences::touching(
            self.tx,
            of.id,
            component,
            window,
            Need::Text,
            &mut |item, _| {
                if objects.len() >= MOST {
                    return Err(Refusal::TooMany(MOST as u64).into());
                }
                objects.extend(item.text.and_then(|text| Object::parse(&text).ok()));
                Ok::<_, super::Error>(())
            },
        )
    }
}
