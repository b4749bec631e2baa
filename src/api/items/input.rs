//! What apps send of an item, and what it comes to.

use serde::Deserialize;
use utoipa::ToSchema;

use super::shape::{BusyStatus, DetailsTo, ItemType, Recurrence};
use crate::api::call::{given, some};
use crate::api::layers::Audience;
use crate::api::problem::{Problem, Result};
use crate::api::time;
use crate::calendar::{EventPatch, Repeats, SeriesScope, When};

/// How much of a series is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = SeriesScope)]
pub enum Scope {
    This,
    ThisAndFuture,
    All,
}

impl From<Scope> for SeriesScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::This => Self::This,
            Scope::ThisAndFuture => Self::ThisAndFuture,
            Scope::All => Self::All,
        }
    }
}

/// The fields of an item. When it takes place is said by `date`, `startTime` and `endTime`, or by `start` and `end`.
/// What is not named stays as it is; `null` takes it away. An item that is given another start keeps its length.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ItemFields {
    /// The layer of a new item; an item stays in its own
    #[serde(deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 255)]
    pub layer_id: Option<String>,
    #[serde(deserialize_with = "some")]
    #[schema(value_type = Option<String>, max_length = 4000)]
    title: Option<Option<String>>,
    #[serde(deserialize_with = "some")]
    #[schema(value_type = Option<String>, max_length = 100000)]
    description: Option<Option<String>>,
    /// The day on which it begins
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date, nullable = false)]
    date: Option<String>,
    /// `HH:MM` by the clock of `timeZone`
    #[serde(deserialize_with = "given")]
    #[schema(
        nullable = false,
        pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
    )]
    start_time: Option<String>,
    /// The same; a time before `startTime` is one of the next day
    #[serde(deserialize_with = "given")]
    #[schema(
        nullable = false,
        pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
    )]
    end_time: Option<String>,
    /// RFC 3339, a local time, or a day
    #[serde(deserialize_with = "given")]
    #[schema(nullable = false, max_length = 40)]
    start: Option<String>,
    /// The same; of whole days the day after the last
    #[serde(deserialize_with = "given")]
    #[schema(nullable = false, max_length = 40)]
    end: Option<String>,
    /// An IANA name; `null`: the time of wherever one is
    #[serde(deserialize_with = "some")]
    #[schema(value_type = Option<String>, max_length = 100)]
    time_zone: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    #[schema(nullable = false)]
    is_all_day: Option<bool>,
    #[serde(deserialize_with = "given")]
    #[schema(nullable = false)]
    item_type: Option<ItemType>,
    #[serde(deserialize_with = "some")]
    #[schema(value_type = Option<String>, max_length = 4000)]
    location: Option<Option<String>>,
    #[serde(deserialize_with = "some")]
    #[schema(value_type = Option<String>, max_length = 4000)]
    url: Option<Option<String>>,
    /// `#RRGGBB`, or a name of CSS
    #[serde(deserialize_with = "some")]
    #[schema(value_type = Option<String>, max_length = 40)]
    color: Option<Option<String>>,
    /// `null`: as its layer has it
    #[serde(deserialize_with = "some")]
    #[schema(value_type = Option<Audience>)]
    visibility: Option<Option<Audience>>,
    #[serde(deserialize_with = "given")]
    #[schema(nullable = false)]
    busy_status: Option<BusyStatus>,
    /// `null`: FRIENDS
    #[serde(deserialize_with = "some")]
    #[schema(value_type = Option<DetailsTo>)]
    show_details_to: Option<Option<DetailsTo>>,
    #[serde(deserialize_with = "some")]
    #[schema(value_type = Option<Recurrence>)]
    recurrence_rule: Option<Option<Recurrence>>,
    /// The last day of the series
    #[serde(deserialize_with = "some")]
    #[schema(value_type = Option<String>, format = Date)]
    recurrence_end: Option<Option<String>>,
}

/// An edit of a series.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeriesEdit {
    pub scope: Scope,
    /// The occurrence that the edit is made on, unless the id names it
    #[schema(nullable = false, max_length = 16)]
    pub recurrence_id: Option<String>,
    pub changes: ItemFields,
}

impl TryFrom<ItemFields> for EventPatch {
    type Error = crate::api::problem::Error;

    fn try_from(fields: ItemFields) -> Result<Self> {
        let end = fields.recurrence_end;
        let rule_end = match end {
            Some(Some(text)) => Some(Some(read("recurrenceEnd", &text, time::day)?)),
            Some(None) => Some(None),
            None => None,
        };
        let rule = fields.recurrence_rule.map(|rule| {
            rule.map(|rule| match rule {
                Recurrence::Simple(simple) => Repeats::Simply(simple.into()),
                Recurrence::Rule(text) => Repeats::Rule(text.rrule),
            })
        });
        Ok(Self {
            title: fields.title,
            description: fields.description,
            location: fields.location,
            url: fields.url,
            color: fields.color,
            sort: fields.item_type.map(Into::into),
            visibility: fields.visibility.map(|it| it.map(Into::into)),
            details: fields.show_details_to.map(|it| it.map(Into::into)),
            busy: fields.busy_status.map(Into::into),
            when: When {
                zone: fields.time_zone,
                all_day: fields.is_all_day,
                date: known("date", fields.date, time::day)?,
                start_time: known("startTime", fields.start_time, time::of_day)?,
                end_time: known("endTime", fields.end_time, time::of_day)?,
                start: known("start", fields.start, time::point)?,
                end: known("end", fields.end, time::point)?,
            },
            rule,
            rule_end,
        })
    }
}

fn known<T>(name: &str, text: Option<String>, parse: fn(&str) -> Option<T>) -> Result<Option<T>> {
    text.map(|text| read(name, &text, parse)).transpose()
}

fn read<T>(name: &str, text: &str, parse: fn(&str) -> Option<T>) -> Result<T> {
    let wrong = || Problem::invalid(format!("{name} is not written as it should be: {text}"));
    Ok(parse(text).ok_or_else(wrong)?)
}
