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
use crate::model::{FreeBusyTo, UserKind, Visibility};

pub static PROPERTIES: &[Property] = &[
    Property::new(
        CALENDARSERVER,
        "getctag",
        Kinds::LAYER.and(Kinds::HOME),
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
    Property::new(STRATA, "visibility", Kinds::LAYER, visibility).set(Kinds::LAYER, set_visibility),
    Property::new(STRATA, "kind", Kinds::LAYER, kind),
    Property::new(STRATA, "free-busy-to", Kinds::HOME, free_busy_to)
        .needs(Needs::FREE_BUSY_TO)
        .set(Kinds::HOME, set_free_busy_to),
    Property::new(STRATA, "enabled", Kinds::LAYER, enabled).set(Kinds::LAYER, set_enabled),
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

fn order(here: &Here, out: &mut Writer) -> Told {
    let Some(order) = here.resource.layer().and_then(|it| it.layer.order) else {
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
    let visibility = |it: &Collection| it.layer.visibility.word();
    Told::text(out, here.resource.layer().map(visibility))
}

/// Removing it makes the layer as private as it was when it was made.
fn set_visibility(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    patch.layer.visibility = Some(match value {
        None => Visibility::Private,
        Some(value) => Visibility::named(&value.text())
            .ok_or_else(|| conflict("visibility is private, friends or public"))?,
    });
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

fn kind(here: &Here, out: &mut Writer) -> Told {
    let kind = |it: &Collection| it.layer.kind.name();
    Told::text(out, here.resource.layer().map(kind))
}

fn enabled(here: &Here, out: &mut Writer) -> Told {
    Told::text(
        out,
        here.resource
            .layer()
            .map(|it| if it.layer.enabled { "true" } else { "false" }),
    )
}

fn set_enabled(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    patch.layer.enabled = Some(match value.map(Element::text).as_deref().map(str::trim) {
        None | Some("true" | "1") => true,
        Some("false" | "0") => false,
        Some(_) => return Err(conflict("enabled is true or false")),
    });
    Ok(())
}
