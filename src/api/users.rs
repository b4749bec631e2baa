//! Accounts: who asks, and whom it may know of, as far as the directory is open.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::call::Call;
use super::problem::{Problem, Result};
use super::routes::{Route, get};
use super::tokens::Word;
use crate::model;

pub fn routes() -> Vec<Route> {
    vec![
        get(
            "/me",
            "Who asks, and what the credential is good for",
            whoami,
        )
        .answers::<Me>(200),
        get(
            "/users",
            "Accounts that the account may know of: all where the directory is open, else itself alone",
            list,
        )
        .query::<Search>()
        .paged()
        .answers_page::<User>(),
        get("/users/{user}", "One of them", show).answers::<User>(200),
    ]
}

/// Somebody with an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub user_id: String,
    pub display_name: String,
}

impl User {
    pub fn of(user: &model::User) -> Self {
        Self {
            user_id: user.name.clone(),
            display_name: user.display_name.clone(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Me {
    user_id: String,
    display_name: String,
    addresses: Vec<String>,
    is_admin: bool,
    scopes: Vec<Word>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Part of the name or the display name, in any case
    #[param(min_length = 1, max_length = 100)]
    q: Option<String>,
}

fn whoami(call: &Call) -> Result<Answer> {
    let me = call.read(|access| {
        let me = access.me()?;
        Ok(Me {
            scopes: access.scopes()?.iter().map(Word::of).collect(),
            user_id: me.name,
            display_name: me.display_name,
            addresses: me.addresses,
            is_admin: me.admin,
        })
    })?;
    Answer::of(&me)
}

fn list(call: &Call) -> Result<Answer> {
    let (asked, paging) = call.filtered::<Search, String>()?;
    if asked
        .q
        .as_ref()
        .is_some_and(|it| it.is_empty() || it.chars().count() > 100)
    {
        return Err(Problem::malformed("q has between 1 and 100 characters").into());
    }
    let wanted = asked.q.map(|part| part.to_lowercase());
    let fits = |user: &model::User| {
        let holds = |text: &str, part: &String| text.to_lowercase().contains(part);
        wanted
            .as_ref()
            .is_none_or(|part| holds(&user.name, part) || holds(&user.display_name, part))
    };
    let known = call.read(|access| Ok(access.principals()?))?;
    let mut shown: Vec<User> = known.iter().filter(|it| fits(it)).map(User::of).collect();
    shown.retain(|it| paging.after.as_ref().is_none_or(|last| it.user_id > *last));
    shown.sort_by(|one, other| one.user_id.cmp(&other.user_id));
    call.page(paging.limit, &shown, |it| it.user_id.clone())
}

fn show(call: &Call) -> Result<Answer> {
    let user = call.read(|access| Ok(access.principal(call.path("user"))?))?;
    Answer::of(&User::of(&user))
}
