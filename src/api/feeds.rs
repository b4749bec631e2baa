//! Subscriptions: calendars of others in layers of the account's own (E-052 to E-060, E-155 to E-159).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, tag_of};
use super::call::{Call, given};
use super::layers::is_color;
use super::problem::{CONFLICT, Problem, Result};
use super::routes::{CANONICAL, Route, delete, get, patch, post};
use super::time;
use crate::calendar::{Access, FeedPatch, Home, LayerPatch, NewFeed, NewSource};
use crate::connect::NoSource;
use crate::http::{EntityTag, StatusCode};
use crate::model::{self, FeedId, FeedStatus, Pause};

pub fn routes() -> Vec<Route> {
    vec![
        get("/feeds", "The subscriptions of the account", list)
            .paged()
            .answers_page::<Feed>(),
        post(
            "/feeds",
            "Subscribe to a calendar of somebody else's; it is fetched soon after",
            create,
        )
        .reads::<NewSubscription>()
        .answers::<Feed>(201)
        .repeatable(),
        get("/feeds/{feed}", "One subscription, and how it fares", show).answers::<Feed>(200),
        patch(
            "/feeds/{feed}",
            "Change a subscription; what is not named stays",
            change,
        )
        .reads::<FeedChange>()
        .answers::<Feed>(200)
        .conditional(),
        delete(
            "/feeds/{feed}",
            "End a subscription; its layer goes with what is in it",
            remove,
        )
        .answers_nothing()
        .conditional(),
        post(
            "/feeds/{feed}/refresh",
            "Have a subscription fetched now, at most once a minute",
            refresh,
        )
        .answers::<Feed>(202),
    ]
}

/// How often it is fetched, if its publisher does not ask for less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefreshInterval {
    FifteenMin,
    Hourly,
    SixHour,
    Daily,
}

impl From<Pause> for RefreshInterval {
    fn from(pause: Pause) -> Self {
        match pause {
            Pause::QuarterHour => Self::FifteenMin,
            Pause::Hour => Self::Hourly,
            Pause::SixHours => Self::SixHour,
            Pause::Day => Self::Daily,
        }
    }
}

impl From<RefreshInterval> for Pause {
    fn from(interval: RefreshInterval) -> Self {
        match interval {
            RefreshInterval::FifteenMin => Self::QuarterHour,
            RefreshInterval::Hourly => Self::Hour,
            RefreshInterval::SixHour => Self::SixHours,
            RefreshInterval::Daily => Self::Day,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FetchStatus {
    Ok,
    Error,
    Pending,
}

impl From<FeedStatus> for FetchStatus {
    fn from(status: FeedStatus) -> Self {
        match status {
            FeedStatus::Pending => Self::Pending,
            FeedStatus::Ok => Self::Ok,
            FeedStatus::Error => Self::Error,
        }
    }
}

/// A subscription, and how it fares.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Feed {
    pub id: String,
    pub user_id: String,
    /// What people read; the layer's.
    pub name: String,
    /// Where it comes from, without what may be secret in it.
    pub url: String,
    /// The layer that it fills.
    pub layer_id: String,
    pub refresh_interval: RefreshInterval,
    #[schema(format = DateTime)]
    pub last_fetched_at: Option<String>,
    /// When it last went well.
    #[schema(format = DateTime)]
    pub last_succeeded_at: Option<String>,
    #[schema(format = DateTime)]
    pub next_fetch_at: Option<String>,
    pub last_status: FetchStatus,
    /// Why the last fetch did not go well.
    pub last_error: Option<String>,
    pub item_count: u64,
    /// Items of the last answer that could not be taken.
    pub refused_count: u64,
    /// The first of them.
    pub refused_items: Vec<RefusedItem>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// Changes with anything of the above; for `If-Match`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub etag: String,
}

/// An item that could not be taken.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusedItem {
    /// Where it stands in what was fetched, from 1.
    pub line: u64,
    pub uid: Option<String>,
    pub why: String,
}

impl Feed {
    fn of(call: &Call, home: &Home, feed: &model::Feed) -> Result<Self> {
        let moment = |at: Option<model::Instant>| at.map(time::rfc3339);
        let refused = feed.reasons.iter().map(|it| RefusedItem {
            line: it.line as u64,
            uid: it.uid.clone(),
            why: it.why.clone(),
        });
        let mut shown = Self {
            id: call.handle(feed.id),
            user_id: home.owner.name.clone(),
            name: feed.display_name.clone(),
            url: feed.shown.clone(),
            layer_id: feed.layer_name.clone(),
            refresh_interval: feed.pause.into(),
            last_fetched_at: moment(feed.tried),
            last_succeeded_at: moment(feed.succeeded),
            next_fetch_at: moment(feed.next),
            last_status: feed.status.into(),
            last_error: feed.error.clone(),
            item_count: feed.items,
            refused_count: feed.refused,
            refused_items: refused.collect(),
            created_at: time::rfc3339(feed.created),
            updated_at: time::rfc3339(feed.updated),
            etag: String::new(),
        };
        shown.etag = tag_of(&shown)?.to_string();
        Ok(shown)
    }

    fn tag(&self) -> EntityTag {
        EntityTag::strong(self.etag.trim_matches('"'))
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewSubscription {
    /// https, http or webcal
    #[schema(
        min_length = 1,
        max_length = 2000,
        example = "webcal://example.org/holidays.ics"
    )]
    url: String,
    /// What people read; else what the calendar calls itself
    #[schema(min_length = 1, max_length = 1000)]
    name: Option<String>,
    #[schema(pattern = "^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$", example = "#1890ff")]
    color: Option<String>,
    /// Hourly unless it is said otherwise.
    refresh_interval: Option<RefreshInterval>,
}

/// What is not named stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FeedChange {
    /// What stands in the layer stays until the new address has answered
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 2000, nullable = false)]
    url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 1000, nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(pattern = "^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$", nullable = false)]
    color: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    refresh_interval: Option<RefreshInterval>,
}

fn checked(name: Option<&String>, color: Option<&String>) -> Result<()> {
    if name.is_some_and(|name| !(1..=1000).contains(&name.chars().count())) {
        return Err(Problem::invalid("name has between 1 and 1000 characters").into());
    }
    if color.is_some_and(|color| !is_color(color)) {
        return Err(Problem::invalid("color is #RRGGBB or #RRGGBBAA").into());
    }
    Ok(())
}

/// The address as the store may have it.
fn source(call: &Call, url: &str) -> Result<NewSource> {
    let Some(sources) = &call.api.sources else {
        let why = "this server subscribes to nothing";
        return Err(Problem::new(&CONFLICT).saying(why).into());
    };
    sources.sealed(url).map_err(|error| match error {
        NoSource::Address(_) | NoSource::Own => Problem::invalid(error.to_string()).into(),
        NoSource::Seal(error) => super::problem::Error::Fault(error.to_string()),
    })
}

fn find(call: &Call, access: &mut Access) -> Result<(Home, model::Feed)> {
    let me = access.me()?;
    let home = access.home(&me.name)?;
    let id: FeedId = call.named("feed")?;
    let feed = access.subscription(&home, id)?;
    Ok((home, feed))
}

fn list(call: &Call) -> Result<Answer> {
    let paging = call.paging::<i64>()?;
    let shown = call.read(|access| {
        let me = access.me()?;
        let home = access.home(&me.name)?;
        let mut feeds = access.subscriptions(&home)?;
        feeds.retain(|feed| paging.after.is_none_or(|after| feed.id.0 > after));
        let shown = feeds
            .iter()
            .map(|feed| Ok((feed.id.0, Feed::of(call, &home, feed)?)));
        shown.collect::<Result<Vec<_>>>()
    })?;
    let (ids, feeds): (Vec<i64>, Vec<Feed>) = shown.into_iter().unzip();
    let last = ids
        .get(paging.limit.saturating_sub(1))
        .copied()
        .unwrap_or(0);
    call.page(paging.limit, &feeds, |_| last)
}

fn show(call: &Call) -> Result<Answer> {
    let feed = call.read(|access| {
        let (home, feed) = find(call, access)?;
        Feed::of(call, &home, &feed)
    })?;
    Ok(Answer::of(&feed)?.tagged(feed.tag()))
}

fn create(call: &Call) -> Result<Answer> {
    let asked: NewSubscription = call.body()?;
    checked(asked.name.as_ref(), asked.color.as_ref())?;
    let new = NewFeed {
        source: source(call, &asked.url)?,
        name: asked.name,
        color: asked.color,
        pause: asked
            .refresh_interval
            .map_or_else(Pause::default, Into::into),
    };
    call.create(|access| {
        let me = access.me()?;
        let home = access.home(&me.name)?;
        let feed = Feed::of(call, &home, &access.subscribe(&home, &new)?)?;
        let answer = Answer::created(format!("{CANONICAL}/feeds/{}", feed.id), &feed)?;
        Ok(answer.tagged(feed.tag()))
    })
}

fn change(call: &Call) -> Result<Answer> {
    let asked: FeedChange = call.body()?;
    checked(asked.name.as_ref(), asked.color.as_ref())?;
    let patch = FeedPatch {
        source: asked
            .url
            .as_deref()
            .map(|url| source(call, url))
            .transpose()?,
        pause: asked.refresh_interval.map(Into::into),
    };
    let layer = LayerPatch {
        display_name: asked.name,
        color: asked.color.map(Some),
        ..LayerPatch::default()
    };
    let looks = layer.display_name.is_some() || layer.color.is_some();
    let feed = call.write(|access| {
        let (home, feed) = find(call, access)?;
        call.still(&Feed::of(call, &home, &feed)?.tag())?;
        access.change_subscription(&home, feed.id, &patch)?;
        if looks {
            let collection = access.collection(&home.owner.name, &feed.layer_name)?;
            access.patch_layer(&collection, &layer)?;
        }
        let (home, feed) = find(call, access)?;
        Feed::of(call, &home, &feed)
    })?;
    Ok(Answer::of(&feed)?.tagged(feed.tag()))
}

fn remove(call: &Call) -> Result<Answer> {
    call.write(|access| {
        let (home, feed) = find(call, access)?;
        call.still(&Feed::of(call, &home, &feed)?.tag())?;
        Ok(access.unsubscribe(&home, feed.id)?)
    })?;
    Ok(Answer::nothing())
}

fn refresh(call: &Call) -> Result<Answer> {
    let feed = call.write(|access| {
        let (home, feed) = find(call, access)?;
        let feed = access.refresh_subscription(&home, feed.id)?;
        Feed::of(call, &home, &feed)
    })?;
    Answer::with(StatusCode::ACCEPTED, &feed)
}
