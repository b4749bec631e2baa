//! Items as JSON: what stands in iCalendar, in the fields that apps know. Of what is redacted an allow-list is told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::address::Address;
use crate::api::answer::tag_of;
use crate::api::layers::Audience;
use crate::api::problem::Result;
use crate::api::time;
use crate::calendar::{self, Collection, Entry, Instance, Pace, SimpleRule};
use crate::http::EntityTag;
use crate::model::{Details, LayerKind, Sort, Visibility};
use crate::privacy::Act;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ItemType {
    Event,
    TimeBlock,
    Reminder,
}

/// How it takes up time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BusyStatus {
    Busy,
    Tentative,
    Free,
}

/// Who sees more of it than its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DetailsTo {
    Nobody,
    Friends,
    Everyone,
}

/// Where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SourceType {
    Manual,
    IcsFeed,
    System,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Frequency {
    Daily,
    Weekly,
    /// Every other week; an interval multiplies.
    Biweekly,
    Monthly,
}

/// How it recurs: in a few words, or as RFC 5545 has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Recurrence {
    Simple(SimpleRecurrence),
    Rule(RecurrenceText),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimpleRecurrence {
    pub frequency: Frequency,
    /// 0 is Sunday, and so is 7. With WEEKLY and BIWEEKLY
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 8, example = json!([1, 3, 5]))]
    pub days_of_week: Option<Vec<u8>>,
    /// With MONTHLY
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 31)]
    pub day_of_month: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    pub interval: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecurrenceText {
    /// The value of an RRULE
    #[schema(min_length = 6, max_length = 4000, example = "FREQ=YEARLY")]
    pub rrule: String,
}

/// The layer that it stands in, as it is painted.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LayerOfItem)]
pub struct LayerOfItem {
    pub name: String,
    pub color: Option<String>,
}

/// When it takes place.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Times {
    /// The day on which it begins, by its own clock.
    #[schema(format = Date)]
    pub date: String,
    /// `HH:MM` by its own clock; absent of whole days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub end_time: Option<String>,
    /// RFC 3339; a day of what takes whole days, a local time of what has no zone.
    pub start: String,
    /// The same; of whole days the day after the last.
    pub end: String,
    /// An IANA name; `null` of days and of what has no zone.
    pub time_zone: Option<String>,
    pub is_all_day: bool,
}

/// One item, or one occurrence of it, as the account may see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Item {
    Whole(Box<WholeItem>),
    Redacted(Box<RedactedItem>),
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WholeItem {
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    pub layer_id: String,
    pub title: Option<String>,
    pub description: Option<String>,
    #[serde(flatten)]
    pub times: Times,
    pub item_type: ItemType,
    pub location: Option<String>,
    pub url: Option<String>,
    /// Its own; `null`: as its layer has it.
    pub color: Option<String>,
    /// Its own; `null`: as its layer has it. For its owner to see.
    pub visibility: Option<Audience>,
    pub busy_status: BusyStatus,
    /// For its owner to see.
    pub show_details_to: Option<DetailsTo>,
    pub recurrence_rule: Option<Recurrence>,
    /// The last day of the series.
    #[schema(format = Date)]
    pub recurrence_end: Option<String>,
    /// The same for all occurrences of a series: its UID.
    pub series_id: Option<String>,
    /// Which occurrence it is.
    pub recurrence_id: Option<String>,
    /// It was changed apart from its series.
    pub is_exception: bool,
    pub source_type: SourceType,
    /// What it is called where it comes from.
    pub source_id: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
    pub layer: LayerOfItem,
    /// May it be changed with this credential?
    pub editable: bool,
    /// `false`: all of it is here.
    #[schema(schema_with = always::<false>)]
    pub redacted: bool,
    /// Changes with anything of the above; for `If-Match`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub etag: String,
}

/// What is told of an item whose details are not for the account: that somebody is busy, and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RedactedItem {
    pub id: String,
    pub user_id: String,
    pub layer_id: String,
    /// A label: nothing that was written by its owner.
    pub title: String,
    #[serde(flatten)]
    pub times: Times,
    pub busy_status: BusyStatus,
    pub layer: LayerOfItem,
    pub editable: bool,
    /// `true`.
    #[schema(schema_with = always::<true>)]
    pub redacted: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub etag: String,
}

/// By which of the two shapes it is, a reader of the document tells by this alone.
fn always<const VALUE: bool>() -> utoipa::openapi::Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::Boolean)
        .enum_values(Some([VALUE]))
        .build()
}

impl Item {
    /// `me` is the account that asks; `of` the collection that the entry stands in.
    pub fn of(me: &str, of: &Collection, entry: &Entry) -> Result<Self> {
        let mut item = match entry.item.is_in_full() {
            true => Self::Whole(Box::new(whole(me, of, entry))),
            false => Self::Redacted(Box::new(redacted(me, of, entry))),
        };
        // What it says may be the same while its series is another one: the resource's own tag tells.
        let tag = tag_of(&(&item, entry.item.tag()))?.to_string();
        match &mut item {
            Self::Whole(item) => item.etag = tag,
            Self::Redacted(item) => item.etag = tag,
        }
        Ok(item)
    }

    pub fn id(&self) -> &str {
        match self {
            Self::Whole(item) => &item.id,
            Self::Redacted(item) => &item.id,
        }
    }

    pub fn tag(&self) -> EntityTag {
        let tag = match self {
            Self::Whole(item) => &item.etag,
            Self::Redacted(item) => &item.etag,
        };
        EntityTag::strong(tag.trim_matches('"'))
    }
}

fn whole(me: &str, of: &Collection, entry: &Entry) -> WholeItem {
    let (item, instance) = (&entry.item, &entry.instance);
    let words = &instance.words;
    let (visibility, details) = item.audience();
    let owns = of.is_own();
    let recurs = instance.rule.is_some() || instance.id.is_some();
    let source_type = match entry.kind {
        LayerKind::External => SourceType::IcsFeed,
        LayerKind::System => SourceType::System,
        LayerKind::User | LayerKind::View => SourceType::Manual,
    };
    // Of an exception the stricter of its series' word and its own.
    let own = words.visibility.as_deref().and_then(Visibility::named);
    let own = own.filter(|_| instance.is_exception);
    WholeItem {
        id: Address::of(me, of, item.name(), instance.id).to_string(),
        user_id: entry.owner.to_string(),
        layer_id: of.layer.name.clone(),
        title: words.title.clone(),
        description: words.description.clone(),
        times: times(instance),
        item_type: item.sort().into(),
        location: words.location.clone(),
        url: words.url.clone(),
        color: words.color.clone(),
        visibility: visibility
            .into_iter()
            .chain(own)
            .min()
            .filter(|_| owns)
            .map(Into::into),
        busy_status: words.busy.into(),
        show_details_to: owns.then(|| details.into()),
        recurrence_rule: instance.rule.as_deref().map(recurrence),
        recurrence_end: instance.rule_end.map(time::date),
        series_id: recurs.then(|| item.uid().to_owned()),
        recurrence_id: instance.id.map(|id| id.to_string()),
        is_exception: instance.is_exception,
        source_type,
        source_id: (source_type != SourceType::Manual).then(|| item.uid().to_owned()),
        created_at: time::rfc3339(item.created()),
        updated_at: time::rfc3339(item.modified()),
        layer: layer(of),
        editable: of.may(Act::WriteItems) && item.is_whole(),
        redacted: false,
        etag: String::new(),
    }
}

/// The words of a redacted item are the server's own: its rendering holds no others.
fn redacted(me: &str, of: &Collection, entry: &Entry) -> RedactedItem {
    let (item, instance) = (&entry.item, &entry.instance);
    RedactedItem {
        id: Address::of(me, of, item.name(), instance.id).to_string(),
        user_id: entry.owner.to_string(),
        layer_id: of.layer.name.clone(),
        title: instance.words.title.clone().unwrap_or_default(),
        times: times(instance),
        busy_status: instance.words.busy.into(),
        layer: layer(of),
        editable: false,
        redacted: true,
        etag: String::new(),
    }
}

fn layer(of: &Collection) -> LayerOfItem {
    LayerOfItem {
        name: of.layer.display_name.clone(),
        color: of.layer.color.clone(),
    }
}

pub fn times(instance: &Instance) -> Times {
    let is_all_day = instance.start.is_date();
    let (start, end) = time::points(instance);
    let time = |wall: i64| (!is_all_day).then(|| time::clock(wall));
    Times {
        date: time::date(instance.start.time.wall),
        start_time: time(instance.start.time.wall),
        end_time: time(instance.end.time.wall),
        start,
        end,
        time_zone: instance.start.zone_name().map(str::to_owned),
        is_all_day,
    }
}

/// In a few words where they say all of it.
pub fn recurrence(rule: &str) -> Recurrence {
    match SimpleRule::of(rule) {
        Some(simple) => Recurrence::Simple(simple.into()),
        None => Recurrence::Rule(RecurrenceText {
            rrule: rule.to_owned(),
        }),
    }
}

impl From<SimpleRule> for SimpleRecurrence {
    fn from(rule: SimpleRule) -> Self {
        Self {
            frequency: match rule.pace {
                Pace::Daily => Frequency::Daily,
                Pace::Weekly => Frequency::Weekly,
                Pace::Biweekly => Frequency::Biweekly,
                Pace::Monthly => Frequency::Monthly,
            },
            days_of_week: Some(rule.weekdays).filter(|days| !days.is_empty()),
            day_of_month: rule.month_day,
            interval: Some(rule.interval),
        }
    }
}

impl From<SimpleRecurrence> for SimpleRule {
    fn from(rule: SimpleRecurrence) -> Self {
        let days = rule.days_of_week.unwrap_or_default();
        Self {
            pace: match rule.frequency {
                Frequency::Daily => Pace::Daily,
                Frequency::Weekly => Pace::Weekly,
                Frequency::Biweekly => Pace::Biweekly,
                Frequency::Monthly => Pace::Monthly,
            },
            interval: rule.interval.unwrap_or(1),
            // Whether weeks are counted from Sunday or from Monday, both call it Sunday (K-19).
            weekdays: days
                .into_iter()
                .map(|day| if day == 7 { 0 } else { day })
                .collect(),
            month_day: rule.day_of_month,
        }
    }
}

impl From<Sort> for ItemType {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Event => Self::Event,
            Sort::TimeBlock => Self::TimeBlock,
            Sort::Reminder => Self::Reminder,
        }
    }
}

impl From<ItemType> for Sort {
    fn from(kind: ItemType) -> Self {
        match kind {
            ItemType::Event => Self::Event,
            ItemType::TimeBlock => Self::TimeBlock,
            ItemType::Reminder => Self::Reminder,
        }
    }
}

impl From<calendar::Busy> for BusyStatus {
    fn from(busy: calendar::Busy) -> Self {
        match busy {
            calendar::Busy::Busy => Self::Busy,
            calendar::Busy::Tentative => Self::Tentative,
            calendar::Busy::Free => Self::Free,
        }
    }
}

impl From<BusyStatus> for calendar::Busy {
    fn from(status: BusyStatus) -> Self {
        match status {
            BusyStatus::Busy => Self::Busy,
            BusyStatus::Tentative => Self::Tentative,
            BusyStatus::Free => Self::Free,
        }
    }
}

impl From<Details> for DetailsTo {
    fn from(details: Details) -> Self {
        match details {
            Details::Nobody => Self::Nobody,
            Details::Friends => Self::Friends,
            Details::Everyone => Self::Everyone,
        }
    }
}

impl From<DetailsTo> for Details {
    fn from(details: DetailsTo) -> Self {
        match details {
            DetailsTo::Nobody => Self::Nobody,
            DetailsTo::Friends => Self::Friends,
            DetailsTo::Everyone => Self::Everyone,
        }
    }
}
