//! Items: events, time blocks and reminders, alone and in series (E-131 to E-137, E-154).

pub mod address;
mod input;
mod shape;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::address::{Address, occurrence};
use self::input::{ItemFields, Scope, SeriesEdit};
use self::shape::Item;
pub use self::shape::{ItemType, Times, times};
use super::answer::Answer;
use super::call::Call;
use super::cursor::Paging;
use super::problem::{Problem, Result};
use super::routes::{CANONICAL, Route, delete, get, patch, post};
use super::unavailable::Unavailable;
use super::{time, views};
use crate::calendar::{
    Access, Collection, Entry, EventPatch, OccurrenceId, Place, Point, Question, Refusal,
    SeriesScope, Target,
};
use crate::http::header;
use crate::model::Instant;

pub fn routes() -> Vec<Route> {
    vec![
        get(
            "/items",
            "What takes place in a range, of all enabled layers, occurrence by occurrence",
            list,
        )
        .query::<Listing>()
        .paged()
        .answers::<ItemPage>(200),
        post(
            "/items",
            "Make an event, a time block or a reminder",
            create,
        )
        .reads::<ItemFields>()
        .answers::<Item>(201)
        .repeatable(),
        get("/items/{item}", "One item, or one occurrence of it", show).answers::<Item>(200),
        patch(
            "/items/{item}",
            "Change an item; of a series all of it, or the occurrence that the id names",
            change,
        )
        .reads::<ItemFields>()
        .answers::<Item>(200)
        .conditional(),
        delete(
            "/items/{item}",
            "Delete an item; of a series all of it, or the occurrence that the id names",
            remove,
        )
        .answers_nothing()
        .conditional(),
        post(
            "/items/{item}/series",
            "Change one occurrence of a series, one and all that follow, or all",
            change_series,
        )
        .reads::<SeriesEdit>()
        .answers::<Item>(200)
        .conditional()
        .repeatable(),
        delete(
            "/items/{item}/series",
            "Take out one occurrence of a series, one and all that follow, or all",
            remove_series,
        )
        .query::<SeriesRemoval>()
        .answers_nothing()
        .conditional(),
        get(
            "/my",
            "What takes place in a range, of all enabled layers",
            list,
        )
        .query::<Listing>()
        .paged()
        .answers::<ItemPage>(200),
        get(
            "/user/{user}",
            "What somebody lets the account see of a range",
            of_user,
        )
        .query::<Range>()
        .paged()
        .answers::<ItemPage>(200),
        get(
            "/events",
            "What takes place in a range, as one parameter",
            events,
        )
        .query::<Events>()
        .paged()
        .answers::<ItemPage>(200)
        .alias("/v1/calendar/events"),
    ]
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Range {
    /// RFC 3339, or a day
    #[param(min_length = 10, max_length = 40, example = "2026-11-01")]
    start: String,
    /// The same, and later
    #[param(min_length = 10, max_length = 40, example = "2026-12-01")]
    end: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listing {
    /// RFC 3339, or a day
    #[param(min_length = 10, max_length = 40, example = "2026-11-01")]
    start: String,
    /// The same, and later
    #[param(min_length = 10, max_length = 40, example = "2026-12-01")]
    end: String,
    /// Of these layers alone, be they enabled or not
    #[serde(default)]
    #[param(max_items = 200)]
    layers: Vec<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Events {
    /// Start and end as in `/items`, with a solidus between them
    #[param(min_length = 21, max_length = 81, example = "2026-11-01/2026-12-01")]
    range: String,
    /// Of these layers alone, be they enabled or not
    #[serde(default)]
    #[param(max_items = 200)]
    layers: Vec<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SeriesRemoval {
    /// How much of the series goes
    #[param(inline)]
    scope: Scope,
    /// The occurrence that is meant, unless the id names it
    #[param(max_length = 16)]
    recurrence_id: Option<String>,
}

/// A page of items, in the order of their starts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemPage {
    items: Vec<Item>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// Items left out, as they take place more often than the server computes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    omitted: Vec<String>,
    /// Layers whose items are missing, as they cannot be had just now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unavailable: Vec<Unavailable>,
}

/// A place in the list, in a cursor.
type Key = (Instant, String, String, Instant);

fn list(call: &Call) -> Result<Answer> {
    let (asked, paging) = call.filtered::<Listing, Key>()?;
    page(call, &paging, (&asked.start, &asked.end), |access| {
        Ok(access.merged(&asked.layers)?)
    })
}

fn of_user(call: &Call) -> Result<Answer> {
    let (asked, paging) = call.filtered::<Range, Key>()?;
    page(call, &paging, (&asked.start, &asked.end), |access| {
        Ok(access.shown_by(call.path("user"))?)
    })
}

/// What takes place in a shared view (E-146, E-166).
pub fn of_view(call: &Call) -> Result<Answer> {
    let (asked, paging) = call.filtered::<Range, Key>()?;
    let view = views::id_of(call)?;
    page(call, &paging, (&asked.start, &asked.end), |access| {
        let me = access.me()?;
        let layer = access.view_layer(view)?;
        Ok(vec![access.collection(&me.name, &layer)?])
    })
}

fn events(call: &Call) -> Result<Answer> {
    let (asked, paging) = call.filtered::<Events, Key>()?;
    let range = asked
        .range
        .split_once('/')
        .ok_or_else(|| Problem::malformed("range is a start and an end with a solidus between"))?;
    page(call, &paging, range, |access| {
        Ok(access.merged(&asked.layers)?)
    })
}

fn page(
    call: &Call,
    paging: &Paging<Key>,
    range: (&str, &str),
    mut layers: impl FnMut(&mut Access) -> Result<Vec<Collection>>,
) -> Result<Answer> {
    let (start, end) = (bound("start", range.0)?, bound("end", range.1)?);
    let page = call.read(|access| {
        let me = access.me()?;
        let layers = layers(access)?;
        // Days and local times are those of the account that asks.
        let zone = access.my_zone()?;
        let window = (start.by(&zone), end.by(&zone));
        if window.0 >= window.1 {
            return Err(Problem::malformed("end is later than start").into());
        }
        let after = paging.after.clone();
        let question = Question {
            window,
            after: after.map(|(start, layer, item, id)| Place {
                start,
                layer,
                item,
                id,
            }),
            limit: paging.limit,
        };
        let agenda = access.agenda(&layers, &question)?;
        let key = |entry: &Entry| {
            let place = entry.place(&layers);
            (place.start, place.layer, place.item, place.id)
        };
        let next_cursor = call.next(paging.limit, &agenda.entries, key);
        let entries = agenda.entries.iter().take(paging.limit);
        let items = entries.filter_map(|entry| {
            let of = layers.get(entry.of)?;
            Some(Item::of(&me.name, of, entry))
        });
        let omitted = agenda.omitted.iter().filter_map(|(of, name)| {
            let of = layers.get(*of)?;
            Some(Address::of(&me.name, of, name, None).to_string())
        });
        Ok(ItemPage {
            items: items.collect::<Result<_>>()?,
            next_cursor,
            omitted: omitted.collect(),
            unavailable: agenda
                .away
                .iter()
                .filter_map(|of| layers.get(*of).map(Unavailable::from))
                .collect(),
        })
    })?;
    Answer::of(&page)
}

fn bound(name: &str, text: &str) -> Result<Point> {
    let wrong = || Problem::malformed(format!("{name} is a day or a moment of RFC 3339"));
    Ok(time::point(text).ok_or_else(wrong)?)
}

/// The item of the path.
fn addressed(call: &Call) -> Result<Address> {
    Ok(Address::parse(call.path("item")).ok_or(Refusal::NotFound)?)
}

fn read(access: &mut Access, address: &Address) -> Result<(Collection, Entry, Item)> {
    let me = access.me()?;
    let of = address.collection(access)?;
    let entry = access.event(&of, &address.name, address.at)?;
    // An item has one address: as a whole, or with an occurrence that it has.
    if entry.instance.id != address.at && address.at.is_some() {
        return Err(Refusal::NotFound.into());
    }
    let item = Item::of(&me.name, &of, &entry)?;
    Ok((of, entry, item))
}

fn show(call: &Call) -> Result<Answer> {
    let address = addressed(call)?;
    let item = call.read(|access| Ok(read(access, &address)?.2))?;
    Ok(Answer::of(&item)?.tagged(item.tag()))
}

fn create(call: &Call) -> Result<Answer> {
    let fields: ItemFields = call.body()?;
    let layer = fields.layer_id.clone();
    let layer = layer.ok_or_else(|| Problem::invalid("layerId says in which layer it stands"))?;
    let new = EventPatch::try_from(fields)?;
    call.create(|access| {
        let me = access.me()?;
        let into = access.collection(&me.name, &layer)?;
        let name = access.create_event(&into, &new)?;
        let address = Address::of(&me.name, &into, &name, None);
        let (_, _, item) = read(access, &address)?;
        let answer = Answer::created(format!("{CANONICAL}/items/{}", item.id()), &item)?;
        Ok(answer.tagged(item.tag()))
    })
}

/// Whole, unless the id names an occurrence.
fn scope_of(at: Option<OccurrenceId>) -> SeriesScope {
    match at {
        Some(_) => SeriesScope::This,
        None => SeriesScope::All,
    }
}

fn change(call: &Call) -> Result<Answer> {
    let address = addressed(call)?;
    let fields: ItemFields = call.body()?;
    let scope = scope_of(address.at);
    edit(call, &address, scope, fields)
}

fn change_series(call: &Call) -> Result<Answer> {
    let SeriesEdit {
        scope,
        recurrence_id,
        changes,
    } = call.body()?;
    let address = named(addressed(call)?, recurrence_id.as_deref())?;
    edit(call, &address, scope.into(), changes)
}

/// The occurrence that the body or the query names; the id may name the same.
fn named(address: Address, id: Option<&str>) -> Result<Address> {
    let Some(id) = id else {
        return Ok(address);
    };
    let at = occurrence(id).ok_or(Refusal::NotFound)?;
    if address.at.is_some_and(|own| own != at) {
        return Err(Problem::invalid("recurrenceId and the id name two occurrences").into());
    }
    Ok(address.at(Some(at)))
}

fn edit(call: &Call, address: &Address, scope: SeriesScope, fields: ItemFields) -> Result<Answer> {
    let layer = fields.layer_id.clone();
    if layer.is_some_and(|layer| layer != address.layer) {
        return Err(Problem::invalid("an item stays in its layer").into());
    }
    let patch = EventPatch::try_from(fields)?;
    let changed = |access: &mut Access| {
        let (of, entry, stands) = read(access, address)?;
        call.still(&stands.tag())?;
        let target = Target {
            of: &of,
            name: &address.name,
            at: address.at,
        };
        let unchanged = expected(call, &entry);
        let edited = access.edit_event(target, scope, &patch, &unchanged)?;
        let me = access.me()?;
        let after = Address::of(&me.name, &of, &edited.name, edited.at);
        let item = read(access, &after)?.2;
        Ok(Answer::of(&item)?.tagged(item.tag()))
    };
    // A series that is cut in two makes something new.
    match call.route.repeatable {
        true => call.create(changed),
        false => call.write(changed),
    }
}

/// What was read is what is changed, if the client cares.
fn expected(call: &Call, entry: &Entry) -> impl Fn(Option<&crate::http::EntityTag>) -> bool {
    let cares = call.request.header(header::IF_MATCH).is_some();
    let read = entry.item.tag().to_owned();
    move |there| !cares || there.is_some_and(|there| there.opaque == read)
}

fn remove(call: &Call) -> Result<Answer> {
    let address = addressed(call)?;
    take_out(call, &address, scope_of(address.at))
}

fn remove_series(call: &Call) -> Result<Answer> {
    let asked: SeriesRemoval = call.query()?;
    let address = named(addressed(call)?, asked.recurrence_id.as_deref())?;
    take_out(call, &address, asked.scope.into())
}

fn take_out(call: &Call, address: &Address, scope: SeriesScope) -> Result<Answer> {
    call.write(|access| {
        let (of, entry, stands) = read(access, address)?;
        call.still(&stands.tag())?;
        let target = Target {
            of: &of,
            name: &address.name,
            at: address.at,
        };
        let unchanged = expected(call, &entry);
        access.remove_event(target, scope, &unchanged)?;
        Ok(())
    })?;
    Ok(Answer::nothing())
}

/// The address of an item in somebody's home.
#[cfg(test)]
pub fn test_address(home: &str, layer: &str, name: &str) -> String {
    let address = Address {
        home: Some(home.to_owned()),
        layer: layer.to_owned(),
        name: name.to_owned(),
        at: None,
    };
    address.to_string()
}
