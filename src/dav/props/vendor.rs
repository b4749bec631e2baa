//! Properties that clients ask for and no RFC describes: CalendarServer's, Apple's, and our own.

use super::core::token;
use super::{Here, Needs, Patch, Property, Told};
use crate::calendar::Collection;
use crate::dav::error::{Error, Result};
use crate::dav::name::{APPLE, CALENDARSERVER, STRATA};
use crate::dav::resource::{Kinds, Resource};
use crate::dav::writer::Writer;
use crate::dav::xml::Element;
use crate::http::StatusCode;
use crate::model::{Alarms, Details, FreeBusyTo, Kept, Sort, UserKind, Visibility};

/// What says for itself who may see it.
const SEEN: Kinds = Kinds::LAYER.and(Kinds::ITEM);

pub static PROPERTIES: &[Property] = &[
    Property::new(
        CALENDARSERVER,
        "getctag",
        Kinds::LAYER.and(Kinds::HOME).and(Kinds::NOTIFICATIONS),
        token,
    ),
    Property::new(CALENDARSERVER, "email-address-set", Kinds::USER, addresses),
    Property::new(
        CALENDARSERVER,
        "calendar-proxy-read-for",
        Kinds::USER,
        |here, out| acting_for(here, false, out),
    )
    .needs(Needs::ACTING),
    Property::new(
        CALENDARSERVER,
        "calendar-proxy-write-for",
        Kinds::USER,
        |here, out| acting_for(here, true, out),
    )
    .needs(Needs::ACTING),
    Property::new(CALENDARSERVER, "record-type", Kinds::PRINCIPAL, record_type),
    Property::new(APPLE, "calendar-color", Kinds::LAYER, color).set(Kinds::LAYER, set_color),
    Property::new(APPLE, "calendar-order", Kinds::LAYER, order).set(Kinds::LAYER, set_order),
    Property::new(STRATA, "visibility", SEEN, visibility).set(SEEN, set_visibility),
    Property::new(STRATA, "details-to", Kinds::ITEM, |here, out| {
        said(here, out, |kept| kept.details.map(Details::name))
    })
    .set(Kinds::ITEM, set_details),
    Property::new(STRATA, "type", Kinds::ITEM, |here, out| {
        said(here, out, |kept| kept.sort.map(Sort::name))
    })
    .set(Kinds::ITEM, set_sort),
    Property::new(STRATA, "sensitive", Kinds::ITEM, |here, out| {
        let word = |it| if it { "TRUE" } else { "FALSE" };
        said(here, out, |kept| kept.sensitive.map(word))
    })
    .set(Kinds::ITEM, set_sensitive),
    Property::new(STRATA, "free-busy-to", Kinds::HOME, free_busy_to)
        .needs(Needs::FREE_BUSY_TO)
        .set(Kinds::HOME, set_free_busy_to),
    Property::new(STRATA, "enabled", Kinds::LAYER, enabled).set(Kinds::LAYER, set_enabled),
    Property::new(STRATA, "alarms", Kinds::LAYER, alarms).set(Kinds::LAYER, set_alarms),
    Property::new(STRATA, "hide-disabled", Kinds::HOME, hide_disabled)
        .needs(Needs::PREFERENCES)
        .set(Kinds::HOME, set_hide_disabled),
];

fn conflict(why: &'static str) -> Error {
    Error::plain(StatusCode::CONFLICT, why)
}

fn addresses(here: &Here, out: &mut Writer) -> Told {
    for address in here.resource.user().iter().flat_map(|user| &user.addresses) {
        out.element("CS:email-address", address);
    }
    Told::Found
}

/// For whom the account acts (caldav-proxy section 5.3), which is for it alone to know.
fn acting_for(here: &Here, write: bool, out: &mut Writer) -> Told {
    let Some(acting) = &here.facts.acting_for else {
        return Told::Missing;
    };
    for (owner, _) in acting.iter().filter(|(_, writes)| *writes == write) {
        out.href(&here.asker.hrefs.user(&owner.name));
    }
    Told::Found
}

fn record_type(here: &Here, out: &mut Writer) -> Told {
    let kind = match here.resource {
        Resource::Group(_) | Resource::Circle(..) => "groups",
        Resource::User(user) => match user.kind {
            UserKind::Individual => "users",
            UserKind::Room => "locations",
            UserKind::Resource => "resources",
        },
        _ => return Told::Missing,
    };
    Told::text(out, Some(kind))
}

fn color(here: &Here, out: &mut Writer) -> Told {
    Told::text(
        out,
        here.resource
            .layer()
            .and_then(|it| it.layer.color.as_deref()),
    )
}

/// The text as the client wrote it. Apple's `symbolic-color` attribute says the same in other words and is not kept.
fn set_color(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let color = value
        .map(|value| value.text().trim().to_owned())
        .filter(|color| !color.is_empty());
    if color.as_ref().is_some_and(|color| color.len() > 64) {
        return Err(conflict("a colour is #RRGGBB or #RRGGBBAA"));
    }
    patch.layer.color = Some(color);
    Ok(())
}

/// How an owner has arranged their layers, and for whom, is theirs to know.
fn own_layer<'h>(here: &Here<'h>) -> Option<&'h Collection> {
    here.resource.layer().filter(|_| here.resource.is_own())
}

fn order(here: &Here, out: &mut Writer) -> Told {
    let Some(order) = own_layer(here).and_then(|it| it.layer.order) else {
        return Told::Missing;
    };
    out.number(order);
    Told::Found
}

fn set_order(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    patch.layer.order = Some(match value.map(Element::text) {
        None => None,
        Some(text) if text.trim().is_empty() => None,
        Some(text) => Some(
            text.trim()
                .parse()
                .map_err(|_| conflict("an order is an integer"))?,
        ),
    });
    Ok(())
}

fn visibility(here: &Here, out: &mut Writer) -> Told {
    match here.resource.layer() {
        Some(_) => Told::text(out, own_layer(here).map(|it| it.layer.visibility.word())),
        None => said(here, out, |kept| kept.visibility.map(Visibility::name)),
    }
}

/// Removing it makes a layer as private as it was when it was made, and an item as visible as its layer.
fn set_visibility(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let why = "visibility is private, friends or public";
    let visibility = named(value, Visibility::named, why)?;
    patch.layer.visibility = Some(visibility.unwrap_or_default());
    patch.kept.visibility = Some(visibility);
    Ok(())
}

fn free_busy_to(here: &Here, out: &mut Writer) -> Told {
    Told::text(out, here.facts.free_busy_to.map(FreeBusyTo::word))
}

fn set_free_busy_to(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    patch.free_busy_to = Some(match value {
        None => FreeBusyTo::default(),
        Some(value) => FreeBusyTo::named(value.text().trim())
            .ok_or_else(|| conflict("free-busy-to is nobody, friends or everyone"))?,
    });
    Ok(())
}

/// What the owner has set of an item, in the words of its X-STRATA properties; nobody else learns of it.
fn said(here: &Here, out: &mut Writer, word: impl Fn(Kept) -> Option<&'static str>) -> Told {
    let kept = match here.resource {
        Resource::Item(collection, item) if collection.is_own() => word(item.kept()),
        _ => None,
    };
    Told::text(out, kept)
}

fn set_details(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let why = "details-to is NOBODY, FRIENDS or EVERYONE";
    patch.kept.details = Some(named(value, Details::named, why)?);
    Ok(())
}

fn set_sort(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let why = "type is EVENT, TIME-BLOCK or REMINDER";
    patch.kept.sort = Some(named(value, Sort::named, why)?);
    Ok(())
}

fn set_sensitive(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let boolean = |text: &str| match text.to_ascii_uppercase().as_str() {
        "TRUE" => Some(true),
        "FALSE" => Some(false),
        _ => None,
    };
    let why = "sensitive is TRUE or FALSE";
    patch.kept.sensitive = Some(named(value, boolean, why)?);
    Ok(())
}

/// One of a few words; no element takes the property away.
fn named<T>(
    value: Option<&Element>,
    named: impl Fn(&str) -> Option<T>,
    why: &'static str,
) -> Result<Option<T>> {
    let read = |value: &Element| named(value.text().trim()).ok_or_else(|| conflict(why));
    value.map(read).transpose()
}

/// The owner's own switch: it changes nothing for others.
fn enabled(here: &Here, out: &mut Writer) -> Told {
    Told::text(out, own_layer(here).map(|it| word(it.layer.enabled)))
}

fn set_enabled(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    patch.layer.enabled = Some(match value {
        None => true,
        Some(value) => truth(value)?,
    });
    Ok(())
}

/// The sharee's own choice of a calendar that was shared with them.
fn alarms(here: &Here, out: &mut Writer) -> Told {
    let shared = here
        .resource
        .layer()
        .filter(|it| it.shared_from().is_some());
    Told::text(out, shared.map(|it| it.layer.alarms.word()))
}

fn set_alarms(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let why = "alarms is none, owner or own";
    patch.layer.alarms = Some(named(value, Alarms::named, why)?.unwrap_or_default());
    Ok(())
}

fn hide_disabled(here: &Here, out: &mut Writer) -> Told {
    Told::text(out, here.facts.hides_disabled.map(word))
}

fn set_hide_disabled(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    patch.hide_disabled = Some(match value {
        None => false,
        Some(value) => truth(value)?,
    });
    Ok(())
}

fn word(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}

fn truth(value: &Element) -> Result<bool> {
    match value.text().trim() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(conflict("it is true or false")),
    }
}
