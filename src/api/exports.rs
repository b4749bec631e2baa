//! Feeds that go out: links that show the account's layers to whoever holds them (E-090 to E-094, E-160 to E-162).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, tag_of};
use super::call::{Call, given, some};
use super::from_another_site;
use super::items::ItemType;
use super::problem::{Error, Problem, Result};
use super::routes::{CANONICAL, Route, delete, get, patch, post};
use super::time;
use crate::auth::FeedSecret;
use crate::calendar::{self, Access, Refusal};
use crate::http::{EntityTag, Method};
use crate::model::{self, ExportId, LayerId, Reach, Scope, Sort, Sorts};
use crate::privacy::Act;

pub fn routes() -> Vec<Route> {
    vec![
        get(
            "/export/tokens",
            "The links of the account, the oldest first",
            list,
        )
        .answers_page::<Export>(),
        post(
            "/export/tokens",
            "Make a link to the account's layers; it is shown this once",
            create,
        )
        .reads::<NewExport>()
        .answers::<CreatedExport>(201)
        .repeatable(),
        get(
            "/export/tokens/{export}",
            "One link, without its secret",
            show,
        )
        .answers::<Export>(200),
        patch(
            "/export/tokens/{export}",
            "Let a link show something else",
            change,
        )
        .reads::<ExportChange>()
        .answers::<Export>(200)
        .conditional(),
        delete("/export/tokens/{export}", "End a link at once", revoke)
            .answers_nothing()
            .conditional(),
        post(
            "/export/token",
            "Make the link named default; it is shown this once. 409 where there is one",
            create_default,
        )
        .answers::<CreatedExport>(201)
        .repeatable(),
        get(
            "/export/token",
            "The link named default, without its secret; who may write and has none is given one, and that is shown this once",
            show_default,
        )
        .answers::<Export>(200)
        .answers::<CreatedExport>(201),
        delete(
            "/export/token",
            "End the link named default",
            revoke_default,
        )
        .answers_nothing()
        .conditional(),
    ]
}

/// What the single link of E-160 is called.
const DEFAULT: &str = "default";

/// As whom the holder of a link reads.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = FeedAudience)]
enum Audience {
    Owner,
    Friends,
    Everyone,
    Busy,
}

/// A link that shows layers to whoever holds it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ExportToken)]
struct Export {
    id: String,
    user_id: String,
    /// What the calendar is called where it is subscribed to.
    label: String,
    audience: Audience,
    /// `null`: every layer of the account's own that is enabled.
    include_layers: Option<Vec<String>>,
    item_types: Vec<ItemType>,
    /// `null`: all of it, whenever it takes place.
    reach: Option<Months>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_used_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    etag: String,
}

/// How far around today a feed reaches.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = FeedReach)]
struct Months {
    #[schema(maximum = 1200)]
    months_back: u16,
    #[schema(maximum = 1200)]
    months_ahead: u16,
}

/// The link itself stands here once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreatedExportToken)]
struct CreatedExport {
    #[serde(flatten)]
    export: Export,
    /// For Google Calendar and Outlook. Shown this once; absent when the request was repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    url: Option<String>,
    /// The same, as Apple's programs open it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    webcal_url: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewExportToken)]
struct NewExport {
    #[schema(min_length = 1, max_length = 200, pattern = r"^[A-Za-z0-9][ -~]*$")]
    label: String,
    /// `busy` unless it is said otherwise.
    audience: Option<Audience>,
    #[schema(max_items = 250)]
    include_layers: Option<Vec<String>>,
    #[schema(min_items = 1, max_items = 3)]
    item_types: Option<Vec<ItemType>>,
    /// One month back and three ahead unless it is said otherwise; `null` is all of it.
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<Months>)]
    reach: Option<Option<Months>>,
}

/// What is not named stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ExportTokenChange)]
struct ExportChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    label: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    audience: Option<Audience>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<Vec<String>>, max_items = 250)]
    include_layers: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(min_items = 1, max_items = 3, nullable = false)]
    item_types: Option<Vec<ItemType>>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<Months>)]
    reach: Option<Option<Months>>,
}

impl From<model::Audience> for Audience {
    fn from(audience: model::Audience) -> Self {
        match audience {
            model::Audience::Owner => Self::Owner,
            model::Audience::Friends => Self::Friends,
            model::Audience::Everyone => Self::Everyone,
            model::Audience::Busy => Self::Busy,
        }
    }
}

impl From<Audience> for model::Audience {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Owner => Self::Owner,
            Audience::Friends => Self::Friends,
            Audience::Everyone => Self::Everyone,
            Audience::Busy => Self::Busy,
        }
    }
}

impl From<Reach> for Months {
    fn from(reach: Reach) -> Self {
        Self {
            months_back: reach.back,
            months_ahead: reach.ahead,
        }
    }
}

impl From<Months> for Reach {
    fn from(months: Months) -> Self {
        Self {
            back: months.months_back,
            ahead: months.months_ahead,
        }
    }
}

impl Export {
    fn of(access: &mut Access, export: &model::Export) -> Result<Self> {
        let terms = &export.terms;
        let mut shown = Self {
            id: access.handles().of(export.id),
            user_id: access.me()?.name,
            label: terms.label.clone(),
            audience: terms.audience.into(),
            include_layers: match &terms.layers {
                Some(ids) => Some(names(access, ids)?),
                None => None,
            },
            item_types: terms.sorts.iter().map(Into::into).collect(),
            reach: terms.reach.map(Into::into),
            created_at: time::rfc3339(export.created),
            last_used_at: None,
            etag: String::new(),
        };
        // When it was last fetched is no change of it.
        shown.etag = tag_of(&shown)?.to_string();
        shown.last_used_at = export.last_used.map(time::rfc3339);
        Ok(shown)
    }

    fn tag(&self) -> EntityTag {
        EntityTag::strong(self.etag.trim_matches('"'))
    }
}

/// The layers of a link that still stand in the account's home.
fn names(access: &mut Access, ids: &[LayerId]) -> Result<Vec<String>> {
    let me = access.me()?;
    let home = access.home(&me.name)?;
    let rows = home.layers.iter().map(|it| &it.layer);
    let named = rows.filter(|row| ids.contains(&row.id));
    Ok(named.map(|row| row.name.clone()).collect())
}

fn ids(access: &mut Access, names: &[String]) -> Result<Vec<LayerId>> {
    let me = access.me()?;
    let mut ids = Vec::new();
    for name in names {
        let found = access.collection(&me.name, name);
        let layer =
            found.map_err(|_| Problem::invalid("includeLayers names the account's own layers"))?;
        if !layer.is_own() || !layer.may(Act::Read) {
            return Err(Problem::invalid("includeLayers names the account's own layers").into());
        }
        ids.push(layer.layer.id);
    }
    Ok(ids)
}

fn sorts(types: &[ItemType]) -> Sorts {
    Sorts::of(types.iter().map(|it| Sort::from(*it)))
}

impl NewExport {
    fn terms(&self, access: &mut Access) -> Result<model::Terms> {
        Ok(model::Terms {
            label: self.label.clone(),
            audience: self.audience.map_or(model::Audience::Busy, Into::into),
            layers: match &self.include_layers {
                Some(names) => Some(ids(access, names)?),
                None => None,
            },
            sorts: self.item_types.as_deref().map_or(Sorts::ALL, sorts),
            reach: match self.reach {
                None => Some(Reach::default()),
                Some(reach) => reach.map(Into::into),
            },
        })
    }
}

/// An account has few of them: all stand on one page.
fn list(call: &Call) -> Result<Answer> {
    let shown = call.read(|access| {
        let exports = access.exports()?;
        let shown = exports.iter().map(|export| Export::of(access, export));
        shown.collect::<Result<Vec<_>>>()
    })?;
    Answer::page(&shown, None)
}

fn create(call: &Call) -> Result<Answer> {
    let new: NewExport = call.body()?;
    made(call, |access| new.terms(access))
}

fn create_default(call: &Call) -> Result<Answer> {
    made(call, |access| {
        if default(access).is_ok() {
            return Err(Refusal::Exists.into());
        }
        let new = NewExport {
            label: DEFAULT.to_owned(),
            audience: Some(Audience::Owner),
            include_layers: None,
            item_types: None,
            reach: None,
        };
        new.terms(access)
    })
}

fn made(call: &Call, terms: impl Fn(&mut Access) -> Result<model::Terms>) -> Result<Answer> {
    let secret = FeedSecret::new().map_err(|error| Error::Fault(error.to_string()))?;
    call.create(|access| {
        let terms = terms(access)?;
        let export = access.add_export(&secret.hash, &terms)?;
        let me = access.me()?;
        let url = call.feed_url(&me.name, &secret.shown);
        let webcal = Call::webcal_url(&url);
        let shown = Export::of(access, &export)?;
        let (location, tag) = (
            format!("{CANONICAL}/export/tokens/{}", shown.id),
            shown.tag(),
        );
        let mut shown = CreatedExport {
            export: shown,
            url: Some(url),
            webcal_url: webcal,
        };
        let answer = Answer::created(location, &shown)?.tagged(tag);
        (shown.url, shown.webcal_url) = (None, None);
        answer.repeated_as(&shown)
    })
}

fn id_of(call: &Call) -> Result<ExportId> {
    call.named("export")
}

fn default(access: &mut Access) -> Result<model::Export> {
    let found = access
        .exports()?
        .into_iter()
        .find(|it| it.terms.label == DEFAULT);
    Ok(found.ok_or(Refusal::NotFound)?)
}

fn answered(shown: &Export) -> Result<Answer> {
    Ok(Answer::of(shown)?.tagged(shown.tag()))
}

fn show(call: &Call) -> Result<Answer> {
    let id = id_of(call)?;
    answered(&call.read(|access| {
        let export = access.export(id)?;
        Export::of(access, &export)
    })?)
}

/// "Get or create" (E-160): for a program of the account's own, not for what a page of somebody else's makes a browser ask.
fn show_default(call: &Call) -> Result<Answer> {
    let found = call.read(|access| match default(access) {
        Ok(export) => Ok(Some(Export::of(access, &export)?)),
        Err(Error::Calendar(calendar::Error::Refused(Refusal::NotFound))) => Ok(None),
        Err(other) => Err(other),
    })?;
    let may_make = call.request.method == Method::GET
        && call.may(Scope::Write)
        && !from_another_site(call.viewer, call.request);
    match found {
        Some(shown) => answered(&shown),
        None if may_make => create_default(call),
        None => Err(Refusal::NotFound.into()),
    }
}

fn change(call: &Call) -> Result<Answer> {
    let change: ExportChange = call.body()?;
    let id = id_of(call)?;
    answered(&call.write(|access| {
        let stands = access.export(id)?;
        call.still(&Export::of(access, &stands)?.tag())?;
        let mut terms = stands.terms;
        if let Some(label) = &change.label {
            terms.label.clone_from(label);
        }
        if let Some(layers) = &change.include_layers {
            terms.layers = match layers {
                Some(names) => Some(ids(access, names)?),
                None => None,
            };
        }
        terms.audience = change.audience.map_or(terms.audience, Into::into);
        terms.sorts = change.item_types.as_deref().map_or(terms.sorts, sorts);
        terms.reach = match change.reach {
            None => terms.reach,
            Some(reach) => reach.map(Into::into),
        };
        let export = access.set_export(id, &terms)?;
        Export::of(access, &export)
    })?)
}

fn revoke(call: &Call) -> Result<Answer> {
    let id = id_of(call)?;
    call.write(|access| {
        let stands = access.export(id)?;
        call.still(&Export::of(access, &stands)?.tag())?;
        Ok(access.revoke_export(id)?)
    })?;
    Ok(Answer::nothing())
}

fn revoke_default(call: &Call) -> Result<Answer> {
    call.write(|access| {
        let stands = default(access)?;
        call.still(&Export::of(access, &stands)?.tag())?;
        Ok(access.revoke_export(stands.id)?)
    })?;
    Ok(Answer::nothing())
}
