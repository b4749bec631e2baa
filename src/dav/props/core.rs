//! Properties of RFC 4918, RFC 3253, RFC 4331, RFC 5397, RFC 5842, RFC 5995 and RFC 6578.

use super::{Here, Keeps, Needs, Patch, Property, Told, all, data};
use crate::calendar::{MAX_TEXT, Side, told_token};
use crate::dav::error::{Error, PROTECTED, RESOURCE_TYPE, Result};
use crate::dav::exchange::XML_TYPE;
use crate::dav::method;
use crate::dav::name::{CALDAV, DAV, Name};
use crate::dav::path::circle_name;
use crate::dav::report;
use crate::dav::resource::{Kinds, Resource, layer_tag};
use crate::dav::sharing;
use crate::dav::urn;
use crate::dav::writer::{Tag, Writer};
use crate::dav::xml::Element;
use crate::http::{StatusCode, http_date};
use crate::model::{Circle, Instant};
use crate::privacy::VisibleItem;

const STORED: Kinds = Kinds::OBJECT.and(Kinds::LAYER);
const READ: Kinds = STORED.and(Kinds::NOTIFICATION);
const DATED: Kinds = READ.and(Kinds::HOME).and(Kinds::USER);
const NAMED: Kinds = Kinds::LAYER.and(Kinds::HOME).and(Kinds::PRINCIPAL);
const TITLED: Kinds = NAMED.and(Kinds::TRASH).and(Kinds::DELETED_LAYER);
const SYNCED: Kinds = Kinds::LAYER.and(Kinds::HOME);

pub static PROPERTIES: &[Property] = &[
    Property::new(DAV, "resourcetype", Kinds::ALL, resource_type)
        .in_allprop()
        .needs(Needs::SIDE)
        .set(Kinds::LAYER, set_resource_type),
    Property::new(DAV, "displayname", TITLED, display_name)
        .in_allprop()
        .set(Kinds::LAYER.and(Kinds::USER), set_display_name)
        .keeps(Keeps::Language),
    Property::new(DAV, "creationdate", DATED, creation_date).in_allprop(),
    Property::new(DAV, "getlastmodified", Kinds::OBJECT, last_modified).in_allprop(),
    Property::new(DAV, "getcontenttype", READ, content_type).in_allprop(),
    Property::new(DAV, "getcontentlength", Kinds::OBJECT, content_length).in_allprop(),
    Property::new(DAV, "getetag", READ, entity_tag).in_allprop(),
    Property::new(DAV, "sync-token", SYNCED.and(Kinds::NOTIFICATIONS), token),
    Property::new(DAV, "supported-report-set", Kinds::ALL, supported_reports),
    Property::new(DAV, "supported-method-set", Kinds::ALL, supported_methods),
    Property::new(
        DAV,
        "supported-live-property-set",
        Kinds::ALL,
        supported_properties,
    ),
    Property::new(DAV, "current-user-principal", Kinds::ALL, current_user).needs(Needs::ME),
    Property::new(DAV, "quota-used-bytes", SYNCED, quota_used).needs(Needs::QUOTA),
    Property::new(DAV, "quota-available-bytes", SYNCED, quota_available).needs(Needs::QUOTA),
    Property::new(DAV, "add-member", Kinds::LAYER, add_member),
    Property::new(DAV, "resource-id", NAMED, resource_id),
];

fn resource_type(here: &Here, out: &mut Writer) -> Told {
    out.raw(match here.resource {
        Resource::Item(..) | Resource::Notification(..) => "",
        Resource::Trash(_, lying) if lying.former().is_some() => "",
        // Shared by the viewer, or with them (caldav-sharing section 5.2.1).
        Resource::Layer(_) => match here.facts.side {
            None => "<D:collection/><C:calendar/>",
            Some(Side::Sharer) => "<D:collection/><C:calendar/><CS:shared-owner/>",
            Some(Side::Sharee) => "<D:collection/><C:calendar/><CS:shared/>",
        },
        Resource::Notifications(..) => "<D:collection/><CS:notification/><D:notifications/>",
        Resource::User(_) | Resource::Group(_) | Resource::Circle(_, Circle::Friends) => {
            "<D:collection/><D:principal/>"
        }
        Resource::Circle(_, Circle::Proxies { write: false }) => {
            "<D:collection/><D:principal/><CS:calendar-proxy-read/>"
        }
        Resource::Circle(_, Circle::Proxies { write: true }) => {
            "<D:collection/><D:principal/><CS:calendar-proxy-write/>"
        }
        // No calendar, so that clients do not take it for one.
        Resource::Home(_) | Resource::Folder(_) | Resource::Trash(..) => "<D:collection/>",
    });
    Told::Found
}

/// A calendar is the one kind of collection that can be made (RFC 5689 section 3.3). A subscription, which Apple asks
/// for so, is not turned into an ordinary calendar.
fn set_resource_type(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let allowed = [Name::new(DAV, "collection"), Name::new(CALDAV, "calendar")];
    match value {
        Some(value)
            if patch.creating
                && value
                    .elements()
                    .all(|element| allowed.contains(&element.name)) =>
        {
            Ok(())
        }
        _ if patch.creating => Err(Error::unmet(
            RESOURCE_TYPE,
            "only calendars can be made here",
        )),
        _ => Err(Error::unmet(
            PROTECTED,
            "the type of a resource does not change",
        )),
    }
}

fn display_name(here: &Here, out: &mut Writer) -> Told {
    let name = match here.resource {
        Resource::Layer(collection) => &collection.layer.display_name,
        Resource::User(user) => &user.display_name,
        Resource::Group(group) => &group.display_name,
        Resource::Circle(_, circle) => circle_name(circle),
        Resource::Home(home) => &home.owner.display_name,
        Resource::Trash(_, lying) => return Told::text(out, lying.title()),
        Resource::Item(..)
        | Resource::Folder(_)
        | Resource::Notifications(..)
        | Resource::Notification(..) => return Told::Missing,
    };
    Told::text(out, Some(name))
}

/// Removing the name of a calendar leaves an empty one: Tasks.org fails on a calendar without.
fn set_display_name(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let name = value
        .map(|value| value.text().into_owned())
        .unwrap_or_default();
    short_enough(&name)?;
    patch.display_name = Some(name.clone());
    patch.layer.display_name = Some(name);
    Ok(())
}

/// Refused with the property that it belongs to, before the calendar would refuse the whole.
pub fn short_enough(text: &str) -> Result<()> {
    if text.chars().count() > MAX_TEXT {
        let why = format!("a text has at most {MAX_TEXT} characters");
        return Err(Error::plain(StatusCode::CONFLICT, why));
    }
    Ok(())
}

fn creation_date(here: &Here, out: &mut Writer) -> Told {
    let created: Instant = match here.resource {
        Resource::Item(_, item) => item.created(),
        Resource::Trash(_, lying) => match lying.former() {
            Some(former) => former.item.created(),
            None => return Told::Missing,
        },
        Resource::Notification(_, told) => told.at(),
        Resource::User(user) if here.asker.viewer.user() == Some(user.id) => user.created,
        Resource::Layer(collection) if here.resource.is_own() => collection.layer.created,
        Resource::Home(home) if here.resource.is_own() => home.owner.created,
        // Since when somebody is here is nobody else's business.
        Resource::User(_) | Resource::Layer(_) | Resource::Home(_) => return Told::Missing,
        Resource::Circle(..)
        | Resource::Group(_)
        | Resource::Folder(_)
        | Resource::Notifications(..) => return Told::Missing,
    };
    match jiff::Timestamp::from_second(created) {
        Ok(moment) => {
            out.number(moment);
            Told::Found
        }
        Err(_) => Told::Missing,
    }
}

fn last_modified(here: &Here, out: &mut Writer) -> Told {
    Told::text(
        out,
        here.resource
            .item()
            .map(|item| http_date(item.modified()))
            .as_deref(),
    )
}

fn content_type(here: &Here, out: &mut Writer) -> Told {
    out.raw(match here.resource {
        Resource::Layer(_) => data::STREAM,
        Resource::Notification(..) => XML_TYPE,
        other => match other.item() {
            Some(item) => data::media_type(item.component()),
            None => return Told::Missing,
        },
    });
    Told::Found
}

fn content_length(here: &Here, out: &mut Writer) -> Told {
    let Some(size) = here.resource.item().and_then(VisibleItem::size) else {
        return Told::Missing;
    };
    out.number(size);
    Told::Found
}

fn entity_tag(here: &Here, out: &mut Writer) -> Told {
    match here.resource {
        Resource::Layer(collection) => out.text(&layer_tag(collection).to_string()),
        Resource::Notification(_, told) => out.text(&sharing::tag(told).to_string()),
        other => match other.item() {
            Some(item) => out.raw("\"").text(item.tag()).raw("\""),
            None => return Told::Missing,
        },
    };
    Told::Found
}

/// RFC 6578 section 4. The ctag of CalendarServer is the same text.
pub fn token(here: &Here, out: &mut Writer) -> Told {
    let token = match here.resource {
        Resource::Layer(collection) => collection.token(),
        Resource::Home(home) => home.token(),
        Resource::Notifications(of, told) => told_token(of, told),
        _ => return Told::Missing,
    };
    Told::text(out, Some(&token))
}

/// RFC 3253 section 3.1.5.
fn supported_reports(here: &Here, out: &mut Writer) -> Told {
    for report in report::REPORTS
        .iter()
        .filter(|report| report.on.has(here.resource.kind()))
    {
        out.raw("<D:supported-report><D:report>")
            .raw(&Tag::of(&report.name).empty);
        out.raw("</D:report></D:supported-report>");
    }
    Told::Found
}

/// RFC 3253 section 3.1.3.
fn supported_methods(here: &Here, out: &mut Writer) -> Told {
    for method in method::METHODS
        .iter()
        .filter(|method| method.on.has(here.resource.kind()))
    {
        out.raw("<D:supported-method name=\"")
            .raw(method.name)
            .raw("\"/>");
    }
    Told::Found
}

/// RFC 3253 section 3.1.4.
fn supported_properties(here: &Here, out: &mut Writer) -> Told {
    let kind = here.resource.kind();
    for property in all().filter(|property| property.on.has(kind) && !property.only_in_reports) {
        out.raw("<D:supported-live-property><D:prop>")
            .raw(&Tag::of(&property.name).empty);
        out.raw("</D:prop></D:supported-live-property>");
    }
    Told::Found
}

/// RFC 5397 section 3.
fn current_user(here: &Here, out: &mut Writer) -> Told {
    match &here.asker.me {
        Some(me) => out.href(&here.asker.hrefs.user(&me.name)),
        None => out.raw("<D:unauthenticated/>"),
    };
    Told::Found
}

/// RFC 4331 section 4.
fn quota_used(here: &Here, out: &mut Writer) -> Told {
    let Some((used, _)) = here.facts.quota else {
        return Told::Missing;
    };
    out.number(used);
    Told::Found
}

/// RFC 4331 section 3: not there when there is no limit.
fn quota_available(here: &Here, out: &mut Writer) -> Told {
    let Some((_, Some(available))) = here.facts.quota else {
        return Told::Missing;
    };
    out.number(available);
    Told::Found
}

/// RFC 5995 section 3.2.
fn add_member(here: &Here, out: &mut Writer) -> Told {
    let Some(collection) = here.resource.layer() else {
        return Told::Missing;
    };
    out.href(
        &here
            .asker
            .hrefs
            .layer(&collection.owner.name, &collection.layer.name),
    );
    Told::Found
}

/// RFC 5842 section 3.1: a name that outlives every rename, drawn from what the resource was born with.
fn resource_id(here: &Here, out: &mut Writer) -> Told {
    let birth = match here.resource {
        Resource::Layer(collection) => {
            out.href(&urn::of_layer(collection.layer.birth()));
            return Told::Found;
        }
        Resource::Home(home) => format!("home {} {}", home.owner.id.0, home.owner.created),
        Resource::User(user) => format!("user {} {}", user.id.0, user.created),
        Resource::Group(group) => format!("group {}", group.id.0),
        Resource::Circle(owner, circle) => {
            format!("{} {} {}", circle_name(circle), owner.id.0, owner.created)
        }
        Resource::Item(..)
        | Resource::Trash(..)
        | Resource::Folder(_)
        | Resource::Notifications(..)
        | Resource::Notification(..) => return Told::Missing,
    };
    out.href(&urn::of(&birth));
    Told::Found
}
