//! What the account has chosen for itself. A further choice is a field here, in the patch, and in `calendar/preferences.rs`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, tag_of};
use super::call::{Call, some};
use super::problem::Result;
use super::routes::{Route, get, patch};
use crate::calendar::{self, PreferencesPatch};
use crate::model::FreeBusyTo;

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
    /// Minutes before an event with a time at which devices ring when it has no alarm of its own.
    default_alarm: Option<u32>,
    /// The same for an all-day event, before its day begins.
    default_all_day_alarm: Option<u32>,
}

/// What is not named stays as it is; `null` takes it away.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PreferencesChange {
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]+$"
    )]
    display_name: Option<String>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, example = "Europe/Oslo")]
    time_zone: Option<Option<String>>,
    free_busy_to: Option<Askers>,
    hide_disabled: Option<bool>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<u32>, maximum = 40320)]
    default_alarm: Option<Option<u32>>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<u32>, maximum = 40320)]
    default_all_day_alarm: Option<Option<u32>>,
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
        }
    }
}

impl From<PreferencesChange> for PreferencesPatch {
    fn from(change: PreferencesChange) -> Self {
        Self {
            display_name: change.display_name,
            timezone: change.time_zone,
            free_busy_to: change.free_busy_to.map(Into::into),
            hide_disabled: change.hide_disabled,
            alarm: change.default_alarm,
            all_day_alarm: change.default_all_day_alarm,
        }
    }
}

fn show(call: &Call) -> Result<Answer> {
    Answer::of(&call.read(|access| Ok(Preferences::from(access.preferences()?)))?)
}

fn change(call: &Call) -> Result<Answer> {
    let patch = call.body::<PreferencesChange>()?.into();
    let chosen = call.write(|access| {
        let stands = Preferences::from(access.preferences()?);
        call.still(&tag_of(&stands)?)?;
        access.set_preferences(&patch)?;
        Ok(Preferences::from(access.preferences()?))
    })?;
    Ok(Answer::of(&chosen)?.tagged(tag_of(&chosen)?))
}
