//! What the account has chosen for itself. A further choice is a field here, in the patch, and in `calendar/preferences.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, tag_of};
use super::call::{Call, given, some};
use super::notifications::NotificationKind;
use super::problem::{Error, Result};
use super::routes::{Route, get, patch};
use crate::calendar::{self, PreferencesPatch, Refusal};
use crate::model::{FreeBusyTo, NoteKinds, SystemKind};

const UNKNOWN_KIND: &str = "systemKinds: there is no such kind";

pub fn routes() -> Vec<Route> {
    vec![
        get("/preferences", "What the account has chosen", show).answers::<Preferences>(200),
        patch(
            "/preferences",
            "Choose otherwise; what is not named stays",
            change,
        )
        .reads::<PreferencesChange>()
        .answers::<Preferences>(200)
        .conditional(),
    ]
}

/// Who may ask when the account is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Askers {
    Nobody,
    Friends,
    Everyone,
}

impl From<FreeBusyTo> for Askers {
    fn from(to: FreeBusyTo) -> Self {
        match to {
            FreeBusyTo::Nobody => Self::Nobody,
            FreeBusyTo::Friends => Self::Friends,
            FreeBusyTo::Everyone => Self::Everyone,
        }
    }
}

impl From<Askers> for FreeBusyTo {
    fn from(askers: Askers) -> Self {
        match askers {
            Askers::Nobody => Self::Nobody,
            Askers::Friends => Self::Friends,
            Askers::Everyone => Self::Everyone,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Preferences {
    display_name: String,
    /// An IANA name; items without a zone of their own are meant there.
    time_zone: Option<String>,
    free_busy_to: Askers,
    /// Are layers that are switched off left out of what CalDAV clients list?
    hide_disabled: bool,
    /// Minutes before an event with a time at which devices ring, and the account is reminded, when it has no alarm of its own.
    default_alarm: Option<u32>,
    /// The same for an all-day event, before its day begins.
    default_all_day_alarm: Option<u32>,
    /// Which kinds of the platform's records are shown, of those that there are.
    system_kinds: BTreeMap<String, bool>,
    /// Minutes before it that the account is reminded of what has no alarm of its own: of time blocks (`TIME_BLOCK`), of reminders
    /// (`REMINDER`), and of the platform's records, by their kind; `null`: it is not. Of events `defaultAlarm` says it.
    default_reminders: BTreeMap<String, Option<u32>>,
    /// Of what the account is not told.
    muted_notifications: Vec<NotificationKind>,
    /// Of what it is told by mail as well, where the server sends any; nothing that is muted.
    mailed_notifications: Vec<NotificationKind>,
    /// Where its mail goes; whoever keeps the server sets it.
    mail_address: Option<String>,
}

/// What is not named stays as it is; `null` takes it away.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PreferencesChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(
        min_length = 1,
        max_length = 1000,
        nullable = false,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]+$"
    )]
    display_name: Option<String>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, example = "Europe/Oslo")]
    time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    free_busy_to: Option<Askers>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    hide_disabled: Option<bool>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<u32>, maximum = 40320)]
    default_alarm: Option<Option<u32>>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<u32>, maximum = 40320)]
    default_all_day_alarm: Option<Option<u32>>,
    /// Kinds that are not named stay as they are.
    #[serde(default)]
    system_kinds: BTreeMap<String, bool>,
    /// Those that are not named stay as they are; `null`: not to be reminded.
    #[serde(default)]
    default_reminders: BTreeMap<String, Option<u32>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(max_items = 8, nullable = false)]
    muted_notifications: Option<Vec<NotificationKind>>,
    /// Kinds that are not named come by mail no longer.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_items = 8, nullable = false)]
    mailed_notifications: Option<Vec<NotificationKind>>,
}

impl From<calendar::Preferences> for Preferences {
    fn from(it: calendar::Preferences) -> Self {
        Self {
            display_name: it.display_name,
            time_zone: it.timezone,
            free_busy_to: it.free_busy_to.into(),
            hide_disabled: it.hide_disabled,
            default_alarm: it.alarm,
            default_all_day_alarm: it.all_day_alarm,
            system_kinds: it
                .kinds
                .into_iter()
                .map(|(kind, wanted)| (kind.as_str().to_owned(), wanted))
                .collect(),
            default_reminders: it.reminders.into_iter().collect(),
            muted_notifications: it.muted.iter().map(Into::into).collect(),
            mailed_notifications: it.unmailed.others().map(Into::into).collect(),
            mail_address: it.address,
        }
    }
}

impl TryFrom<PreferencesChange> for PreferencesPatch {
    type Error = Error;

    fn try_from(change: PreferencesChange) -> Result<Self> {
        let kind = |(name, wanted): (String, bool)| match SystemKind::named(&name) {
            Some(kind) => Ok((kind, wanted)),
            None => Err(Error::from(Refusal::BadValue(UNKNOWN_KIND.to_owned()))),
        };
        Ok(Self {
            kinds: change
                .system_kinds
                .into_iter()
                .map(kind)
                .collect::<Result<_>>()?,
            reminders: change.default_reminders.into_iter().collect(),
            display_name: change.display_name,
            timezone: change.time_zone,
            free_busy_to: change.free_busy_to.map(Into::into),
            hide_disabled: change.hide_disabled,
            alarm: change.default_alarm,
            all_day_alarm: change.default_all_day_alarm,
            muted: change
                .muted_notifications
                .map(|kinds| NoteKinds::of(kinds.into_iter().map(Into::into))),
            unmailed: change.mailed_notifications.map(|kinds| {
                let mailed = NoteKinds::of(kinds.into_iter().map(Into::into));
                NoteKinds::of(mailed.others())
            }),
        })
    }
}

fn show(call: &Call) -> Result<Answer> {
    Answer::of(&call.read(|access| Ok(Preferences::from(access.preferences()?)))?)
}

fn change(call: &Call) -> Result<Answer> {
    let patch: PreferencesPatch = call.body::<PreferencesChange>()?.try_into()?;
    let chosen = call.write(|access| {
        let stands = Preferences::from(access.preferences()?);
        call.still(&tag_of(&stands)?)?;
        access.set_preferences(&patch)?;
        Ok(Preferences::from(access.preferences()?))
    })?;
    Ok(Answer::of(&chosen)?.tagged(tag_of(&chosen)?))
}
