//! Layers: the calendars that stand in the account's home, its own and those that it follows (E-127 to E-130).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, tag_of};
use super::call::{Call, given, some};
use super::problem::{Error, Problem, Result};
use super::routes::{Route, delete, get, patch, post};
use super::time;
use crate::calendar::{Access, Collection, LayerPatch};
use crate::http::EntityTag;
use crate::model::{Instant, LayerId, LayerKind, Visibility};
use crate::privacy::Act;

pub fn routes() -> Vec<Route> {
    vec![
        get("/layers", "The layers of the account, in their order", list)
            .paged()
            .answers_page::<Layer>(),
        post("/layers", "Make a layer", create)
            .reads::<NewLayer>()
            .answers::<Layer>(201)
            .repeatable(),
        get("/layers/{layer}", "One layer", show).answers::<Layer>(200),
        patch("/layers/{layer}", "Change a layer; what is not named stays", change)
            .reads::<LayerChange>()
            .answers::<Layer>(200)
            .conditional(),
        delete(
            "/layers/{layer}",
            "Delete a layer with its items; its owner finds it in the trash. One that shows what is somebody else's is left",
            remove,
        )
        .answers_nothing()
        .conditional(),
    ]
}

/// Where a layer's items come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LayerType {
    User,
    System,
    External,
    View,
}

/// Who else knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Audience {
    Private,
    Friends,
    Public,
}

impl From<LayerKind> for LayerType {
    fn from(kind: LayerKind) -> Self {
        match kind {
            LayerKind::User => Self::User,
            LayerKind::System => Self::System,
            LayerKind::External => Self::External,
            LayerKind::View => Self::View,
        }
    }
}

impl From<Visibility> for Audience {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Private => Self::Private,
            Visibility::Friends => Self::Friends,
            Visibility::Public => Self::Public,
        }
    }
}

impl From<Audience> for Visibility {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Private => Self::Private,
            Audience::Friends => Self::Friends,
            Audience::Public => Self::Public,
        }
    }
}

/// One calendar of an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// The last segment of its CalDAV address.
    pub id: String,
    /// Whose it is: of one that was shared with the account, the sharer's name.
    pub user_id: String,
    pub name: String,
    pub description: Option<String>,
    pub layer_type: LayerType,
    /// The kind of a system layer.
    pub system_type: Option<String>,
    pub color: Option<String>,
    pub visibility: Audience,
    pub is_enabled: bool,
    pub sort_order: Option<i64>,
    /// An IANA name.
    pub time_zone: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When any of this was changed last; its items have times of their own.
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// May items be written to it with this credential?
    pub editable: bool,
    /// Where CalDAV clients find it, as a path.
    pub url: String,
    /// Changes with anything of the above; for `If-Match`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub etag: String,
}

type Times = HashMap<LayerId, Instant>;

impl Layer {
    fn of(call: &Call, collection: &Collection, times: &Times) -> Result<Self> {
        let row = &collection.layer;
        let updated = times.get(&row.id).copied().unwrap_or(row.created);
        let mut shown = Self {
            id: row.name.clone(),
            user_id: collection.sharer().name.clone(),
            name: row.display_name.clone(),
            description: row.description.clone(),
            layer_type: row.kind.into(),
            system_type: row
                .system
                .as_ref()
                .map(|kind| kind.as_str().to_ascii_uppercase()),
            color: row.color.clone(),
            visibility: row.visibility.into(),
            is_enabled: row.enabled,
            sort_order: row.order,
            time_zone: row.timezone_id.clone(),
            created_at: time::rfc3339(row.created),
            updated_at: time::rfc3339(updated),
            editable: collection.may(Act::WriteItems),
            url: call.dav_path(&["calendars", &collection.owner.name, &row.name]),
            etag: String::new(),
        };
        shown.etag = tag_of(&shown)?.to_string();
        Ok(shown)
    }

    fn tag(&self) -> EntityTag {
        EntityTag::strong(self.etag.trim_matches('"'))
    }

    /// Its place in the list.
    fn place(&self) -> (i64, String) {
        (self.sort_order.unwrap_or(i64::MAX), self.id.clone())
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewLayer {
    #[schema(min_length = 1, max_length = 1000)]
    name: String,
    #[schema(max_length = 10000)]
    description: Option<String>,
    /// `#RRGGBB` or `#RRGGBBAA`
    #[schema(pattern = "^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$", example = "#1890ff")]
    color: Option<String>,
    /// Private unless it is said otherwise.
    visibility: Option<Audience>,
    is_enabled: Option<bool>,
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    sort_order: Option<i32>,
    /// An IANA name, such as Europe/Oslo
    #[schema(min_length = 1, max_length = 200)]
    time_zone: Option<String>,
}

/// What is not named stays as it is; `null` takes it away.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LayerChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 1000, nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<String>, pattern = "^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$")]
    color: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    visibility: Option<Audience>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_enabled: Option<bool>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<i32>)]
    sort_order: Option<Option<i32>>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    time_zone: Option<Option<String>>,
}

impl From<NewLayer> for LayerPatch {
    fn from(new: NewLayer) -> Self {
        Self {
            display_name: Some(new.name),
            description: new.description.map(Some),
            color: new.color.map(Some),
            visibility: new.visibility.map(Into::into),
            enabled: new.is_enabled,
            order: new.sort_order.map(|order| Some(order.into())),
            timezone_id: new.time_zone.map(Some),
            ..Self::default()
        }
    }
}

impl From<LayerChange> for LayerPatch {
    fn from(change: LayerChange) -> Self {
        Self {
            display_name: change.name,
            description: change.description,
            color: change.color,
            visibility: change.visibility.map(Into::into),
            enabled: change.is_enabled,
            order: change.sort_order.map(|order| order.map(Into::into)),
            timezone_id: change.time_zone,
            ..Self::default()
        }
    }
}

/// What JSON says more narrowly than CalDAV does.
fn checked(patch: LayerPatch) -> Result<LayerPatch> {
    if let Some(name) = &patch.display_name
        && !(1..=1000).contains(&name.chars().count())
    {
        return Err(Problem::invalid("name has between 1 and 1000 characters").into());
    }
    if let Some(Some(color)) = &patch.color
        && !is_color(color)
    {
        return Err(Problem::invalid("color is #RRGGBB or #RRGGBBAA").into());
    }
    Ok(patch)
}

pub fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    matches!(digits.len(), 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// One of the layers in the account's own home, and how it is shown.
fn find(call: &Call, access: &mut Access) -> Result<(Collection, Layer)> {
    let me = access.me()?;
    let collection = access.collection(&me.name, call.path("layer"))?;
    let layer = Layer::of(call, &collection, &access.layer_times()?)?;
    Ok((collection, layer))
}

fn list(call: &Call) -> Result<Answer> {
    let paging = call.paging::<(i64, String)>()?;
    let mut layers = call.read(|access| {
        let me = access.me()?;
        let home = access.home(&me.name)?;
        let times = access.layer_times()?;
        let shown = home.layers.iter().map(|it| Layer::of(call, it, &times));
        shown.collect::<Result<Vec<_>>>()
    })?;
    layers.sort_by_cached_key(Layer::place);
    layers.retain(|layer| paging.after.as_ref().is_none_or(|key| layer.place() > *key));
    call.page(paging.limit, &layers, Layer::place)
}

fn show(call: &Call) -> Result<Answer> {
    let (_, layer) = call.read(|access| find(call, access))?;
    Ok(Answer::of(&layer)?.tagged(layer.tag()))
}

fn create(call: &Call) -> Result<Answer> {
    let patch = checked(call.body::<NewLayer>()?.into())?;
    let id = new_id()?;
    call.create(|access| {
        let me = access.me()?;
        let home = access.home(&me.name)?;
        let made = access.create_layer(&home, &id, &patch)?;
        let layer = Layer::of(call, &made, &access.layer_times()?)?;
        let answer = Answer::created(call.at("/layers", &layer.id), &layer)?;
        Ok(answer.tagged(layer.tag()))
    })
}

fn change(call: &Call) -> Result<Answer> {
    let patch = checked(call.body::<LayerChange>()?.into())?;
    let layer = call.write(|access| {
        let (stands, shown) = find(call, access)?;
        call.still(&shown.tag())?;
        access.patch_layer(&stands, &patch)?;
        Ok(find(call, access)?.1)
    })?;
    Ok(Answer::of(&layer)?.tagged(layer.tag()))
}

fn remove(call: &Call) -> Result<Answer> {
    call.write(|access| {
        let (stands, shown) = find(call, access)?;
        call.still(&shown.tag())?;
        Ok(access.delete_layer(&stands)?)
    })?;
    Ok(Answer::nothing())
}

/// An address that tells nothing and that nobody else has: what people call a layer changes.
fn new_id() -> Result<String> {
    let random = getrandom::u64().map_err(|error| Error::Fault(error.to_string()))?;
    Ok(format!("{random:016x}"))
}
