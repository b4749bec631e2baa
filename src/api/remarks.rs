//! Comments and reactions in shared views (E-084 to E-089, E-148 to E-152).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::call::Call;
use super::cursor::Paging;
use super::items::address::Address;
use super::problem::{Problem, Result};
use super::routes::{CANONICAL, Route, delete, get, post};
use super::time;
use super::views::id_of;
use crate::calendar::{About, Access, Emotion, Refusal, Remark};
use crate::model::ViewId;

pub fn routes() -> Vec<Route> {
    vec![
        get(
            "/shared/{view}/comments",
            "The comments about a day or an item of a view; those about an item that the account does not see are not there",
            comments,
        )
        .query::<AboutQuery>()
        .paged()
        .answers_page::<Comment>(),
        post("/shared/{view}/comments", "Comment on a day or an item", comment)
            .reads::<NewComment>()
            .answers::<Comment>(201)
            .repeatable(),
        delete(
            "/shared/{view}/comments/{comment}",
            "Take a comment back: its author, or the view's owner",
            remove_comment,
        )
        .answers_nothing(),
        get("/shared/{view}/reactions", "The reactions to an item", reactions)
            .query::<ItemQuery>()
            .answers_page::<Reaction>(),
        post(
            "/shared/{view}/reactions",
            "React to an item, with one of each emoji; 200 where the account has done so before",
            react,
        )
        .reads::<NewReaction>()
        .answers::<Reaction>(201)
        .answers::<Reaction>(200)
        .repeatable(),
        delete(
            "/shared/{view}/reactions/{reaction}",
            "Take a reaction of one's own back",
            remove_reaction,
        )
        .answers_nothing(),
    ]
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AboutQuery {
    /// A day, `2026-11-21`; either this or `itemId`
    #[param(format = Date)]
    date: Option<String>,
    /// An item of the view
    item_id: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ItemQuery {
    /// An item of the view
    item_id: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Comment {
    id: String,
    view_id: String,
    /// Who wrote it.
    user_id: String,
    user_name: String,
    #[schema(format = Date)]
    item_date: String,
    item_id: Option<String>,
    /// Plain text, as it was written: who shows it escapes it.
    content: String,
    #[schema(format = DateTime)]
    created_at: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Reaction {
    id: String,
    view_id: String,
    user_id: String,
    user_name: String,
    item_id: String,
    /// The emoji itself, whatever it was called.
    emoji: String,
    #[schema(format = DateTime)]
    created_at: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewComment {
    #[schema(format = Date)]
    item_date: String,
    item_id: Option<String>,
    #[schema(min_length = 1, max_length = 4000)]
    content: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewReaction {
    item_id: String,
    /// One emoji, or the shortcode of one.
    #[schema(min_length = 1, max_length = 64, example = ":tada:")]
    emoji: String,
}

impl Comment {
    fn of(view: &str, layer: &str, remark: Remark) -> Self {
        Self {
            view_id: view.to_owned(),
            id: remark.id,
            user_id: remark.author.name,
            user_name: remark.author.display_name,
            item_date: remark.date,
            item_id: remark.item.map(|name| id_in(layer, name)),
            content: remark.content,
            created_at: time::rfc3339(remark.created),
        }
    }
}

impl Reaction {
    fn of(view: &str, layer: &str, emotion: Emotion) -> Self {
        Self {
            view_id: view.to_owned(),
            id: emotion.id,
            user_id: emotion.author.name,
            user_name: emotion.author.display_name,
            item_id: id_in(layer, emotion.item),
            emoji: emotion.emoji,
            created_at: time::rfc3339(emotion.created),
        }
    }
}

/// The id that an item of a view has.
fn id_in(layer: &str, name: String) -> String {
    let address = Address {
        home: None,
        layer: layer.to_owned(),
        name,
        at: None,
    };
    address.to_string()
}

/// The name that an item has in the view, by its id or by that of one of its occurrences.
fn item_of(layer: &str, id: &str) -> Result<String> {
    let address = Address::parse(id).filter(|it| it.home.is_none() && it.layer == layer);
    Ok(address.ok_or(Refusal::NotFound)?.name)
}

/// Where the view stands in the home of the account.
fn layer_of(access: &mut Access, view: ViewId) -> Result<String> {
    Ok(access.view_layer(view)?)
}

fn comments(call: &Call) -> Result<Answer> {
    let (asked, paging) = call.filtered::<AboutQuery, String>()?;
    let Paging { limit, after } = paging;
    let view = id_of(call)?;
    let (shown, next) = call.read(|access| {
        let layer = layer_of(access, view)?;
        let item = match &asked.item_id {
            Some(id) => Some(item_of(&layer, id)?),
            None => None,
        };
        let about = match (&asked.date, &item) {
            (Some(date), None) => About::Day(date),
            (None, Some(name)) => About::Item(name),
            _ => return Err(Problem::malformed("either date or itemId").into()),
        };
        let found = access.comments(view, about, after.as_deref(), limit)?;
        let shown = found
            .remarks
            .into_iter()
            .map(|it| Comment::of(call.path("view"), &layer, it));
        Ok((shown.collect::<Vec<_>>(), found.next))
    })?;
    let next = next.and_then(|next| call.cursor(&next));
    Answer::page(&shown, next)
}

fn comment(call: &Call) -> Result<Answer> {
    let new: NewComment = call.body()?;
    let view = id_of(call)?;
    call.create(|access| {
        let layer = layer_of(access, view)?;
        let item = match &new.item_id {
            Some(id) => Some(item_of(&layer, id)?),
            None => None,
        };
        let made = access.comment(view, &new.item_date, item.as_deref(), &new.content)?;
        let shown = Comment::of(call.path("view"), &layer, made);
        let location = format!(
            "{CANONICAL}/shared/{}/comments/{}",
            call.path("view"),
            shown.id
        );
        Answer::created(location, &shown)
    })
}

fn remove_comment(call: &Call) -> Result<Answer> {
    let view = id_of(call)?;
    call.write(|access| Ok(access.remove_comment(view, call.path("comment"))?))?;
    Ok(Answer::nothing())
}

fn reactions(call: &Call) -> Result<Answer> {
    let asked: ItemQuery = call.query()?;
    let view = id_of(call)?;
    let shown = call.read(|access| {
        let layer = layer_of(access, view)?;
        let item = item_of(&layer, &asked.item_id)?;
        let found = access.reactions(view, &item)?.into_iter();
        Ok(found
            .map(|it| Reaction::of(call.path("view"), &layer, it))
            .collect::<Vec<_>>())
    })?;
    Answer::page(&shown, None)
}

fn react(call: &Call) -> Result<Answer> {
    let new: NewReaction = call.body()?;
    let view = id_of(call)?;
    call.create(|access| {
        let layer = layer_of(access, view)?;
        let item = item_of(&layer, &new.item_id)?;
        let (made, is_new) = access.react(view, &item, &new.emoji)?;
        let shown = Reaction::of(call.path("view"), &layer, made);
        if !is_new {
            return Answer::of(&shown);
        }
        let location = format!(
            "{CANONICAL}/shared/{}/reactions/{}",
            call.path("view"),
            shown.id
        );
        Answer::created(location, &shown)
    })
}

fn remove_reaction(call: &Call) -> Result<Answer> {
    let view = id_of(call)?;
    call.write(|access| Ok(access.remove_reaction(view, call.path("reaction"))?))?;
    Ok(Answer::nothing())
}
