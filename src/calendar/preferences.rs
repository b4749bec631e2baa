//! What an account has chosen for itself: its name, its time zone, who may ask when it is busy, what its devices put on
//! events that come without an alarm.

use super::reminders::{Habits, SORTS};
use super::{Access, Property, Refusal, Result};
use crate::ical::Zone;
use crate::model::{FreeBusyTo, NoteKinds, SystemKind, User};
use crate::store::properties::{self, Subject};
use crate::store::{accounts, default_reminders, letters, outbox, relations};

/// Where the default alarms are kept: as devices set them on the home (draft-daboo-caldav-extensions).
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
const TIMED: &str = "default-alarm-vevent-datetime";
const ALL_DAY: &str = "default-alarm-vevent-date";

/// Minutes before an event that an alarm can be: four weeks.
pub const MAX_ALARM: u32 = 40_320;
/// Characters of an account's display name.
const MAX_NAME: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    pub display_name: String,
    /// An IANA name.
    pub timezone: Option<String>,
    pub free_busy_to: FreeBusyTo,
    /// Are calendars that are switched off left out of the home's listing?
    pub hide_disabled: bool,
    /// Minutes before an event with a time; `None`: no alarm, or one that is not put in minutes.
    pub alarm: Option<u32>,
    /// Minutes before the day of an all-day event begins.
    pub all_day_alarm: Option<u32>,
    /// Which kinds of the platform's records the account wants to see, of those that there are.
    pub kinds: Vec<(SystemKind, bool)>,
    /// Minutes before what has no alarm of its own that the account is reminded of it: by the sort of item, and by the kind of the
    /// platform's records.
    pub reminders: Vec<(String, Option<u32>)>,
    /// Of what the account is not told.
    pub muted: NoteKinds,
    /// Of what it is not told by mail.
    pub unmailed: NoteKinds,
    /// Where its mail goes.
    pub address: Option<String>,
}

/// `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct PreferencesPatch {
    pub display_name: Option<String>,
    pub timezone: Option<Option<String>>,
    pub free_busy_to: Option<FreeBusyTo>,
    pub hide_disabled: Option<bool>,
    pub alarm: Option<Option<u32>>,
    pub all_day_alarm: Option<Option<u32>>,
    /// Those that are not named stay as they are.
    pub kinds: Vec<(SystemKind, bool)>,
    /// Those that are not named stay as they are.
    pub reminders: Vec<(String, Option<u32>)>,
    pub muted: Option<NoteKinds>,
    pub unmailed: Option<NoteKinds>,
}

impl Access<'_, '_> {
    pub fn preferences(&mut self) -> Result<Preferences> {
        // What the transaction began with may have been changed in it.
        let me = self.device()?.user;
        let me = accounts::by_id(self.tx, me)?.ok_or(Refusal::Unauthenticated)?;
        let kept = properties::of(self.tx, Subject::Home(me.id))?;
        let alarm = |name: &str| {
            let found = kept
                .iter()
                .find(|it| it.namespace == CALDAV && it.name == name);
            found.and_then(|property| minutes(&property.xml))
        };
        Ok(Preferences {
            free_busy_to: relations::free_busy_to(self.tx, me.id)?,
            hide_disabled: accounts::hides_disabled(self.tx, me.id)?,
            alarm: alarm(TIMED),
            all_day_alarm: alarm(ALL_DAY),
            kinds: self
                .kinds()?
                .into_iter()
                .map(|it| (it.kind, it.wanted))
                .collect(),
            reminders: self.reminders(&me)?,
            muted: outbox::muted(self.tx, me.id)?,
            unmailed: letters::unmailed(self.tx, me.id)?,
            address: me.addresses.into_iter().next(),
            display_name: me.display_name,
            timezone: me.timezone,
        })
    }

    /// All of it, or nothing.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::BadValue`].
    pub fn set_preferences(&mut self, patch: &PreferencesPatch) -> Result<()> {
        let me = self.acting()?;
        if let Some(name) = &patch.display_name {
            let length = name.chars().count();
            if !(1..=MAX_NAME).contains(&length) || name.chars().any(char::is_control) {
                let why = format!("a name has between 1 and {MAX_NAME} characters");
                return Err(Refusal::BadValue(why).into());
            }
            self.set_display_name(&me, name)?;
        }
        if let Some(to) = patch.free_busy_to {
            relations::set_free_busy_to(self.tx, me.id, to)?;
        }
        if let Some(hides) = patch.hide_disabled {
            let home = self.home(&me.name)?;
            self.set_hides_disabled(&home, hides)?;
        }
        if let Some(kinds) = patch.muted {
            outbox::mute(self.tx, me.id, kinds)?;
        }
        if let Some(kinds) = patch.unmailed {
            letters::set_unmailed(self.tx, me.id, kinds)?;
        }
        if let Some(timezone) = &patch.timezone {
            self.set_timezone(&me, timezone.as_deref())?;
        }
        for (kind, wanted) in &patch.kinds {
            self.choose_kind(kind, *wanted)?;
        }
        for (kind, minutes) in &patch.reminders {
            self.set_reminder(&me, kind, *minutes)?;
        }
        outbox::wake(self.tx, me.id, self.now)?;
        for (name, alarm) in [(TIMED, patch.alarm), (ALL_DAY, patch.all_day_alarm)] {
            match alarm {
                Some(Some(minutes)) => self.set_alarm(&me, name, minutes)?,
                Some(None) => {
                    properties::remove(self.tx, Subject::Home(me.id), CALDAV, name)?;
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Where no calendar says otherwise, floating and all-day times of the account's items are meant there: they are
    /// reckoned anew.
    fn set_timezone(&mut self, me: &User, name: Option<&str>) -> Result<()> {
        let zone = match name {
            None => None,
            Some(name) => {
                let unknown =
                    || Refusal::BadValue(format!("{name} is no time zone that this server knows"));
                let zone = Zone::named(name).ok_or_else(unknown)?;
                Some(zone.id().unwrap_or(name).to_owned())
            }
        };
        if me.timezone == zone {
            return Ok(());
        }
        accounts::set_timezone(self.tx, me.id, zone.as_deref())?;
        outbox::wake(self.tx, me.id, self.now)?;
        self.me = accounts::by_id(self.tx, me.id)?;
        let home = self.home(&me.name)?;
        for collection in &home.layers {
            let own = &collection.layer;
            if !collection.is_shown() && own.timezone.is_none() && own.timezone_id.is_none() {
                self.reindex(collection)?;
            }
        }
        Ok(())
    }

    fn reminders(&mut self, me: &User) -> Result<Vec<(String, Option<u32>)>> {
        let habits = Habits::of(self.tx, me)?;
        let sorts = SORTS
            .into_iter()
            .map(|(sort, name, _)| (name.to_owned(), habits.of_sort(sort)));
        let kinds = self
            .system
            .kinds()
            .map(|it| (it.kind.as_str().to_owned(), habits.of_kind(it)));
        Ok(sorts.chain(kinds).collect())
    }

    fn set_reminder(&mut self, me: &User, kind: &str, minutes: Option<u32>) -> Result<()> {
        let is_sort = SORTS.iter().any(|(_, name, _)| *name == kind);
        if !is_sort && !self.system.kinds().any(|it| it.kind.as_str() == kind) {
            return Err(Refusal::BadValue(format!("there is nothing like {kind}")).into());
        }
        if minutes.is_some_and(|minutes| minutes > MAX_ALARM) {
            return Err(too_early().into());
        }
        Ok(default_reminders::set(self.tx, me.id, kind, minutes)?)
    }

    fn set_alarm(&mut self, me: &User, name: &str, minutes: u32) -> Result<()> {
        if minutes > MAX_ALARM {
            return Err(too_early().into());
        }
        let text = format!(
            "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Reminder\nTRIGGER:-PT{minutes}M\nEND:VALARM\n"
        );
        let property = Property {
            namespace: CALDAV.to_owned(),
            name: name.to_owned(),
            xml: format!("<C:{name} xmlns:C=\"{CALDAV}\">{text}</C:{name}>"),
            text: Some(text),
        };
        Ok(properties::set(self.tx, Subject::Home(me.id), &property)?)
    }
}

fn too_early() -> Refusal {
    Refusal::BadValue(format!("an alarm is at most {MAX_ALARM} minutes before"))
}

/// The trigger of the only alarm, when it is put in minutes before the start.
fn minutes(xml: &str) -> Option<u32> {
    let mut triggers = xml.split("TRIGGER:-PT").skip(1);
    let (trigger, another) = (triggers.next()?, triggers.next());
    let (number, rest) = trigger.split_at(trigger.find(|c: char| !c.is_ascii_digit())?);
    let alone = another.is_none() && xml.matches("BEGIN:VALARM").count() == 1;
    let number: u32 = number.parse().ok()?;
    match rest.chars().next()? {
        'M' if alone => Some(number),
        'H' if alone => number.checked_mul(60),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn an_alarm_is_read_where_it_is_put_in_minutes() {
        let alarm = |trigger: &str| format!("<x>BEGIN:VALARM\n{trigger}\nEND:VALARM</x>");
        assert_eq!(minutes(&alarm("TRIGGER:-PT15M")), Some(15));
        assert_eq!(minutes(&alarm("TRIGGER:-PT2H")), Some(120));
        assert_eq!(minutes(&alarm("TRIGGER:-P1D")), None);
        assert_eq!(minutes(&alarm("TRIGGER:PT15M")), None);
        assert_eq!(minutes(&alarm("TRIGGER:-PT")), None);
        let two = format!("{0}{0}", alarm("TRIGGER:-PT15M"));
        assert_eq!(minutes(&two), None);
        assert_eq!(minutes(""), None);
    }
}
