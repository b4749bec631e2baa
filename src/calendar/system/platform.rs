//! Records that a platform writes: whose they are, and what of them is taken in.

use super::Origin;
use super::reading::{MAX_DESCRIPTION, MAX_ID, MAX_LINE, Moment, clean, times, written};
use super::source::MOST_RECORDS;
use crate::calendar::{Access, Error, Refusal, Result};
use crate::ical::Zone;
use crate::model::{Record, RecordStatus, SystemKind, UserId};
use crate::store::{Tx, accounts, outbox, records};

/// Records that one request may write.
pub const MAX_BATCH: usize = 1_000;

/// A record as a platform sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordDraft {
    pub id: String,
    /// The account's name; `None`: everybody.
    pub owner: Option<String>,
    /// RFC 3339, a date, or a time by the clock of `zone`.
    pub start: String,
    pub end: Option<String>,
    pub zone: Option<String>,
    pub all_day: bool,
    pub title: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub url: Option<String>,
    pub status: RecordStatus,
    pub sensitive: bool,
    pub updated: Option<String>,
}

/// A record as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordState {
    pub record: Record,
    /// The account's name; `None`: everybody.
    pub owner: Option<String>,
    /// Tells its states apart.
    pub tag: String,
}

/// A draft that has been read and found good.
struct Checked {
    record: Record,
    owner: Option<String>,
}

impl Access<'_, '_> {
    /// What a platform has written under a name. Who may know is asked before: a record is nobody's own.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a record, and for a kind that no platform writes.
    pub fn record(&mut self, kind: &str, id: &str) -> Result<RecordState> {
        let kind = self.written_kind(kind)?;
        state(self.tx, &kind, id)
    }

    /// Writes a record; `true`: it is new.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a kind, [`Refusal::BadValue`], [`Refusal::TooMany`].
    pub fn put_record(&mut self, kind: &str, draft: &RecordDraft) -> Result<bool> {
        let kind = self.written_kind(kind)?;
        let Checked { record, owner } = check(draft)?;
        let owner = match owner {
            Some(name) => Some(account(self.tx, &name)?),
            None => None,
        };
        let before = records::find(self.tx, &kind, &record.id)?;
        if before.as_ref().is_none_or(|(_, before)| *before != owner)
            && records::count(self.tx, &kind, owner)? >= MOST_RECORDS as u64
        {
            return Err(Refusal::TooMany(MOST_RECORDS as u64).into());
        }
        // Who writes what stands already changes nothing, and nobody has to look again.
        if let Some((stands, of)) = &before {
            let new = Record {
                updated: record.updated.or(stands.updated),
                ..record.clone()
            };
            if *of == owner && *stands == new {
                return Ok(false);
            }
        }
        if let Some(owner) = owner {
            outbox::wake(self.tx, owner, self.now)?;
        }
        Ok(records::put(self.tx, &kind, &record, owner, self.now)?)
    }

    /// Takes a record away; `false`: there was none.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a kind.
    pub fn delete_record(&mut self, kind: &str, id: &str) -> Result<bool> {
        let kind = self.written_kind(kind)?;
        Ok(records::delete(self.tx, &kind, id)?)
    }

    fn written_kind(&self, name: &str) -> Result<SystemKind> {
        let kind = SystemKind::named(name);
        let kind = kind.and_then(|kind| self.system.kind(&kind));
        let written = kind.filter(|kind| matches!(kind.origin, Origin::Records));
        Ok(written.ok_or(Refusal::NotFound)?.kind.clone())
    }
}

fn account(tx: &mut Tx, name: &str) -> Result<UserId> {
    let user = accounts::by_name(tx, name)?;
    let why = || Refusal::BadValue(format!("owner: there is no account {name}"));
    Ok(user.ok_or_else(why)?.id)
}

fn state(tx: &mut Tx, kind: &SystemKind, id: &str) -> Result<RecordState> {
    let (record, owner) = records::find(tx, kind, id)?.ok_or(Refusal::NotFound)?;
    let owner = match owner {
        Some(owner) => accounts::by_id(tx, owner)?.map(|user| user.name),
        None => None,
    };
    let tag = blake3::hash(format!("{record:?}{owner:?}").as_bytes()).to_hex()[..32].to_owned();
    Ok::<_, Error>(RecordState { record, owner, tag })
}

fn check(draft: &RecordDraft) -> std::result::Result<Checked, Refusal> {
    let bad = |why: &str| Refusal::BadValue(why.to_owned());
    if draft.id.is_empty() || draft.id.len() > MAX_ID || clean(&draft.id) != draft.id {
        let why = format!("id: 1 to {MAX_ID} octets without control characters");
        return Err(Refusal::BadValue(why));
    }
    let zone = draft.zone.as_deref().filter(|name| !name.is_empty());
    let zone = match zone {
        Some(name) => Some(Zone::named(name).ok_or_else(|| bad("timeZone: not known"))?),
        None => None,
    };
    let utc = Zone::utc();
    let clock = zone.as_ref().unwrap_or(&utc);
    let moment = |text: &String| written(text.trim(), clock);
    let start = moment(&draft.start).ok_or_else(|| bad("start: not a time"))?;
    let end = match &draft.end {
        Some(end) => Some(moment(end).ok_or_else(|| bad("end: not a time"))?),
        None => None,
    };
    let times = times(start, end, draft.all_day, clock)
        .ok_or_else(|| bad("end: before the start, or beyond what calendars can say"))?;
    let updated = match &draft.updated {
        Some(updated) => match moment(updated).ok_or_else(|| bad("updated: not a time"))? {
            Moment::At(at) | Moment::Date(at) => Some(at),
        },
        None => None,
    };
    let record = Record {
        id: draft.id.clone(),
        start: times.start,
        end: times.end,
        all_day: times.all_day,
        zone: zone.as_ref().and_then(Zone::id).map(str::to_owned),
        title: words("title", draft.title.as_ref(), MAX_LINE)?,
        description: words("description", draft.description.as_ref(), MAX_DESCRIPTION)?,
        location: words("location", draft.location.as_ref(), MAX_LINE)?,
        url: words("url", draft.url.as_ref(), MAX_LINE)?,
        status: draft.status,
        sensitive: draft.sensitive,
        updated,
    };
    Ok(Checked {
        record: record.without_words(),
        owner: draft.owner.clone(),
    })
}

fn words(
    field: &str,
    text: Option<&String>,
    at_most: usize,
) -> std::result::Result<Option<String>, Refusal> {
    let text = text.map(|text| clean(text));
    let text = text.filter(|text| !text.is_empty());
    if text
        .as_ref()
        .is_some_and(|text| text.chars().count() > at_most)
    {
        let why = format!("{field}: at most {at_most} characters");
        return Err(Refusal::BadValue(why));
    }
    Ok(text)
}
