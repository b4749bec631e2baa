//! Views of whole groups, for administrators: what the system keeps for every account of them (E-163 to E-167).

use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::{Call, given, some};
use super::items::{self, ItemPage, Range};
use super::problem::{Problem, Result};
use super::routes::{Route, delete, get, patch, post};
use super::view_links::ShareScope;
use super::views::{View, changed, includes_if, made, remove, shown};
use crate::calendar::{ViewDraft, ViewPatch};
use crate::model::{Scope, ViewMode};

pub fn routes() -> Vec<Route> {
    let with_alias = |route: Route| {
        let path = route.path.replace("/admin/", "/api/admin/calendar/");
        route.scope(Scope::Admin).alias(&path)
    };
    [
        get(
            "/admin/shared",
            "The views of groups that the account owns",
            list_of_groups,
        )
        .answers_page::<View>(),
        post("/admin/shared", "Make a view of groups", create_of_groups)
            .reads::<NewGroupView>()
            .answers::<View>(201)
            .repeatable(),
        patch(
            "/admin/shared/{view}",
            "Change a view of groups",
            change_of_groups,
        )
        .reads::<GroupViewChange>()
        .answers::<View>(200)
        .conditional(),
        get(
            "/admin/shared/{view}/items",
            "What the system keeps for the accounts of the groups in a range",
            items::of_view,
        )
        .query::<Range>()
        .paged()
        .answers::<ItemPage>(200),
        delete("/admin/shared/{view}", "End a view of groups", remove)
            .answers_nothing()
            .conditional(),
    ]
    .into_iter()
    .map(with_alias)
    .collect()
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewGroupView {
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    name: String,
    #[schema(max_length = 10000)]
    description: Option<String>,
    /// Names of groups.
    #[schema(min_items = 1, max_items = 100)]
    auto_include_roles: Vec<String>,
    included_layer_types: Option<Vec<String>>,
    share_scope: Option<ShareScope>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GroupViewChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S", nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    auto_include_roles: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    included_layer_types: Option<Vec<String>>,
    share_scope: Option<ShareScope>,
}

fn list_of_groups(call: &Call) -> Result<Answer> {
    let views = call.read(|access| {
        let me = access.me()?.id;
        shown(access, |view| {
            view.mode == ViewMode::RoleBased && view.owner == me
        })
    })?;
    Answer::page(&views, None)
}

fn create_of_groups(call: &Call) -> Result<Answer> {
    let new: NewGroupView = call.body()?;
    if new.auto_include_roles.is_empty() {
        return Err(Problem::invalid("autoIncludeRoles names at least one group").into());
    }
    made(
        call,
        new.share_scope,
        &ViewDraft {
            name: new.name,
            description: new.description,
            includes: includes_if(new.included_layer_types.as_deref())?,
            groups: new.auto_include_roles,
        },
    )
}

fn change_of_groups(call: &Call) -> Result<Answer> {
    let change: GroupViewChange = call.body()?;
    changed(
        call,
        change.share_scope,
        &ViewPatch {
            name: change.name,
            description: change.description,
            includes: includes_if(change.included_layer_types.as_deref())?,
            groups: change.auto_include_roles,
        },
    )
}
