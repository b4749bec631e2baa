//! One item shown to friends, and nothing else of its layer (E-147).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::items::address::Address;
use super::problem::{Problem, Result};
use super::routes::{Route, delete, get, post};
use crate::calendar::{Access, Collection, Refusal};
use crate::model::User;

pub fn routes() -> Vec<Route> {
    vec![
        get("/items/{item}/share", "To whom an item was shown", list).answers_page::<Person>(),
        post(
            "/items/{item}/share",
            "Show an item to friends: they find it among what is shared with them, and nothing else of its layer",
            share,
        )
        .reads::<Friends>()
        .answers_page::<Person>(),
        delete("/items/{item}/share/{user}", "Take an item back from somebody", take_back)
            .answers_nothing(),
    ]
}

/// Names of friends.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ItemShare)]
struct Friends {
    #[schema(min_items = 1, max_items = 100)]
    user_ids: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ItemSharee)]
struct Person {
    user_id: String,
    name: String,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self {
            user_id: user.name,
            name: user.display_name,
        }
    }
}

/// The layer and the name of the item of the path, as a whole.
fn find(call: &Call, access: &mut Access) -> Result<(Collection, String)> {
    let address = Address::parse(call.path("item")).filter(|it| it.at.is_none());
    let address = address.ok_or(Refusal::NotFound)?;
    Ok((address.collection(access)?, address.name))
}

fn shown(access: &mut Access, of: &Collection, name: &str) -> Result<Vec<Person>> {
    let people = access.handed_to(of, name)?;
    Ok(people.into_iter().map(Person::from).collect())
}

fn list(call: &Call) -> Result<Answer> {
    let people = call.read(|access| {
        let (of, name) = find(call, access)?;
        shown(access, &of, &name)
    })?;
    Answer::page(&people, None)
}

fn share(call: &Call) -> Result<Answer> {
    let asked: Friends = call.body()?;
    if asked.user_ids.is_empty() {
        return Err(Problem::invalid("userIds names at least one friend").into());
    }
    let friends: Vec<&str> = asked.user_ids.iter().map(String::as_str).collect();
    let people = call.write(|access| {
        let (of, name) = find(call, access)?;
        access.hand_item(&of, &name, &friends)?;
        shown(access, &of, &name)
    })?;
    Answer::page(&people, None)
}

fn take_back(call: &Call) -> Result<Answer> {
    call.write(|access| {
        let (of, name) = find(call, access)?;
        Ok(access.take_back_item(&of, &name, call.path("user"))?)
    })?;
    Ok(Answer::nothing())
}
