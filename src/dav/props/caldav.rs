//! Properties of RFC 4791, RFC 6638 section 2.4 and 9.1, and RFC 7809 section 5.2.

use super::core::short_enough;
use super::{Here, Keeps, Needs, Patch, Property, Told, data};
use crate::calendar::{MAX_DATE, MAX_TIMEZONE, MIN_DATE, check_availability, check_default_alarms};
use crate::dav::error::{DATA, Error, PROTECTED, Result, TIMEZONE, TIMEZONE_ID};
use crate::dav::name::{CALDAV, Name};
use crate::dav::resource::{Kinds, Resource};
use crate::dav::writer::Writer;
use crate::dav::xml::Element;
use crate::http::StatusCode;
use crate::ical::Zone;
use crate::ical::recur::supported_scales;
use crate::model::{Component, Components, UserKind};

const LIMITED: Kinds = Kinds::LAYER.and(Kinds::HOME);

pub static PROPERTIES: &[Property] = &[
    Property::new(CALDAV, "calendar-home-set", Kinds::USER, home_set).needs(Needs::HOME),
    Property::new(
        CALDAV,
        "calendar-user-address-set",
        Kinds::PRINCIPAL,
        user_addresses,
    ),
    Property::new(CALDAV, "calendar-user-type", Kinds::PRINCIPAL, user_type),
    Property::new(CALDAV, "calendar-description", Kinds::LAYER, description)
        .set(Kinds::LAYER, set_description)
        .keeps(Keeps::Language),
    Property::new(CALDAV, "calendar-timezone", Kinds::LAYER, timezone)
        .set(Kinds::LAYER, set_timezone),
    Property::new(CALDAV, "calendar-timezone-id", Kinds::LAYER, timezone_id)
        .set(Kinds::LAYER, set_timezone_id),
    Property::new(
        CALDAV,
        "supported-calendar-component-set",
        Kinds::LAYER,
        components,
    )
    .set(Kinds::LAYER, set_components),
    Property::new(
        CALDAV,
        "supported-calendar-component-sets",
        Kinds::HOME,
        component_sets,
    ),
    Property::new(CALDAV, "supported-calendar-data", Kinds::LAYER, |_, out| {
        for media_type in data::MEDIA_TYPES {
            out.raw("<C:calendar-data content-type=\"").raw(media_type);
            out.raw("\" version=\"2.0\"/>");
        }
        Told::Found
    }),
    Property::new(CALDAV, "calendar-availability", Kinds::HOME, |here, out| {
        let text = here.facts.availability.as_deref().map(|text| {
            let text = bytes::Bytes::copy_from_slice(text.as_bytes());
            data::with_timezones(&text, here.asker.timezones)
        });
        let text = text.as_deref().map(String::from_utf8_lossy);
        Told::text(out, text.as_deref())
    })
    .needs(Needs::AVAILABILITY)
    .set(Kinds::HOME, set_availability),
    Property::new(CALDAV, "supported-rscale-set", LIMITED, scales),
    Property::new(CALDAV, "timezone-service-set", LIMITED, |here, out| {
        out.href(&here.asker.hrefs.time_zones());
        Told::Found
    }),
    Property::new(CALDAV, "supported-collation-set", LIMITED, collations),
    Property::new(CALDAV, "max-resource-size", LIMITED, |here, out| {
        number(out, here.asker.limits.max_resource_size)
    }),
    Property::new(CALDAV, "min-date-time", LIMITED, |_, out| {
        Told::text(out, Some(MIN_DATE.0))
    }),
    Property::new(CALDAV, "max-date-time", LIMITED, |_, out| {
        Told::text(out, Some(MAX_DATE.0))
    }),
    Property::new(
        CALDAV,
        "max-attendees-per-instance",
        LIMITED,
        |here, out| number(out, here.asker.limits.max_attendees),
    ),
    Property::new(
        CALDAV,
        "schedule-calendar-transp",
        Kinds::LAYER,
        transparency,
    )
    .set(Kinds::LAYER, set_transparency),
    default_alarms("default-alarm-vevent-datetime"),
    default_alarms("default-alarm-vevent-date"),
    default_alarms("default-alarm-vtodo-datetime"),
    default_alarms("default-alarm-vtodo-date"),
    Property::new(CALDAV, "calendar-data", Kinds::OBJECT, data::write)
        .needs(Needs::TEXT)
        .only_in_reports(),
];

/// draft-daboo-caldav-extensions: on a calendar, and on the home for all its calendars.
const fn default_alarms(local: &'static str) -> Property {
    Property::new(CALDAV, local, LIMITED, |_, _| Told::Missing)
        .set(LIMITED, set_default_alarms)
        .keeps(Keeps::Element)
}

fn set_default_alarms(_: &mut Patch, value: Option<&Element>) -> Result<()> {
    let Some(value) = value else { return Ok(()) };
    if value.elements().next().is_some() {
        return Err(Error::unmet(DATA, "default alarms are text"));
    }
    check_default_alarms(&value.text()).map_err(|refusal| Error::unmet(DATA, refusal.to_string()))
}

fn conflict(why: &'static str) -> Error {
    Error::plain(StatusCode::CONFLICT, why)
}

fn number(out: &mut Writer, number: u64) -> Told {
    out.number(number);
    Told::Found
}

/// One's own home, and one href: Apple and others take no second (RFC 4791 section 6.2.1).
fn home_set(here: &Here, out: &mut Writer) -> Told {
    match here.resource.user() {
        Some(user) if here.facts.knows_home => {
            out.href(&here.asker.hrefs.home(&user.name));
            Told::Found
        }
        _ => Told::Missing,
    }
}

/// RFC 6638 section 2.4.1. The preferred address stands first and, marked, last: of several, old clients take the last,
/// Thunderbird the first, Apple the marked one.
fn user_addresses(here: &Here, out: &mut Writer) -> Told {
    let hrefs = &here.asker.hrefs;
    match here.resource {
        Resource::User(user) => {
            for address in &user.addresses {
                out.href(&format!("mailto:{address}"));
            }
            out.href(&hrefs.user(&user.name));
            if let Some(preferred) = user.addresses.first() {
                out.raw("<D:href preferred=\"1\">mailto:")
                    .text(preferred)
                    .raw("</D:href>");
            }
        }
        Resource::Group(group) => {
            out.href(&hrefs.group(&group.name));
        }
        Resource::Circle(owner, circle) => {
            out.href(&hrefs.circle(&owner.name, circle));
        }
        _ => return Told::Missing,
    }
    Told::Found
}

/// RFC 6638 section 2.4.2.
fn user_type(here: &Here, out: &mut Writer) -> Told {
    let kind = match here.resource {
        Resource::Group(_) | Resource::Circle(..) => "GROUP",
        Resource::User(user) => match user.kind {
            UserKind::Individual => "INDIVIDUAL",
            UserKind::Room => "ROOM",
            UserKind::Resource => "RESOURCE",
        },
        _ => return Told::Missing,
    };
    Told::text(out, Some(kind))
}

fn description(here: &Here, out: &mut Writer) -> Told {
    Told::text(
        out,
        here.resource
            .layer()
            .and_then(|it| it.layer.description.as_deref()),
    )
}

fn set_description(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let text = value.map(|value| value.text().into_owned());
    short_enough(text.as_deref().unwrap_or_default())?;
    patch.layer.description = Some(text);
    Ok(())
}

fn timezone(here: &Here, out: &mut Writer) -> Told {
    Told::text(
        out,
        here.resource
            .layer()
            .and_then(|it| it.layer.timezone.as_deref()),
    )
}

/// RFC 4791 section 5.2.2: an iCalendar object with one VTIMEZONE. An empty value is none.
fn set_timezone(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let text = value
        .map(|value| value.text().into_owned())
        .filter(|text| !text.trim().is_empty());
    if let Some(text) = &text {
        if text.len() > MAX_TIMEZONE {
            return Err(Error::unmet(TIMEZONE, "the time zone is too long"));
        }
        Zone::from_icalendar(text.as_bytes())
            .map_err(|error| Error::unmet(TIMEZONE, error.to_string()))?;
    }
    patch.layer.timezone = Some(text);
    Ok(())
}

fn timezone_id(here: &Here, out: &mut Writer) -> Told {
    Told::text(
        out,
        here.resource
            .layer()
            .and_then(|it| it.layer.timezone_id.as_deref()),
    )
}

fn set_timezone_id(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let id = value
        .map(|value| value.text().trim().to_owned())
        .filter(|id| !id.is_empty());
    if id.as_ref().is_some_and(|id| Zone::named(id).is_none()) {
        return Err(Error::unmet(
            TIMEZONE_ID,
            "this server does not know that time zone",
        ));
    }
    patch.layer.timezone_id = Some(id);
    Ok(())
}

fn component(out: &mut Writer, component: Component) {
    out.raw("<C:comp name=\"").raw(component.name()).raw("\"/>");
}

fn components(here: &Here, out: &mut Writer) -> Told {
    let Some(collection) = here.resource.layer() else {
        return Told::Missing;
    };
    collection
        .layer
        .components
        .iter()
        .for_each(|it| component(out, it));
    Told::Found
}

/// Chosen when the calendar is made (RFC 4791 section 5.2.3). Names of components that no calendar of ours takes are
/// left out, as long as one remains.
fn set_components(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    static COMP: Name = Name::new(CALDAV, "comp");
    if !patch.creating {
        return Err(Error::unmet(
            PROTECTED,
            "the components of a calendar are chosen when it is made",
        ));
    }
    let named: Vec<_> = value
        .iter()
        .flat_map(|value| value.children(&COMP))
        .filter_map(|comp| comp.attribute("name").and_then(Component::named))
        .collect();
    if named.is_empty() {
        return Err(conflict("no component that a calendar takes is named"));
    }
    patch.layer.components = Some(Components::of(named));
    Ok(())
}

/// Which sets a new calendar can have (draft-daboo-caldav-extensions): each alone, or all together.
fn component_sets(_: &Here, out: &mut Writer) -> Told {
    let usual: Vec<_> = Components::USUAL.iter().collect();
    for set in usual.chunks(1).chain([usual.as_slice()]) {
        out.raw("<C:supported-calendar-component-set>");
        set.iter().for_each(|it| component(out, *it));
        out.raw("</C:supported-calendar-component-set>");
    }
    Told::Found
}

/// RFC 7953 section 7.2.4. There is no scheduling inbox to carry it, so the home does. An empty value is none.
fn set_availability(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let text = value
        .map(|value| value.text().into_owned())
        .filter(|text| !text.trim().is_empty());
    if let Some(text) = &text {
        check_availability(text).map_err(|refusal| Error::unmet(DATA, refusal.to_string()))?;
    }
    patch.availability = Some(text);
    Ok(())
}

/// RFC 7529 section 10.1.
fn scales(_: &Here, out: &mut Writer) -> Told {
    for name in supported_scales() {
        out.element("C:supported-rscale", name);
    }
    Told::Found
}

/// RFC 4791 section 7.5.1.
fn collations(_: &Here, out: &mut Writer) -> Told {
    for name in ["i;ascii-casemap", "i;octet", "i;unicode-casemap"] {
        out.element("C:supported-collation", name);
    }
    Told::Found
}

fn transparency(here: &Here, out: &mut Writer) -> Told {
    let Some(collection) = here.resource.layer() else {
        return Told::Missing;
    };
    out.raw(if collection.layer.transparent {
        "<C:transparent/>"
    } else {
        "<C:opaque/>"
    });
    Told::Found
}

/// RFC 6638 section 9.1: opaque unless it says otherwise.
fn set_transparency(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    static TRANSPARENT: Name = Name::new(CALDAV, "transparent");
    static OPAQUE: Name = Name::new(CALDAV, "opaque");
    patch.layer.transparent = Some(match value {
        None => false,
        Some(value) if value.child(&TRANSPARENT).is_some() => true,
        Some(value) if value.child(&OPAQUE).is_some() => false,
        Some(_) => return Err(conflict("a calendar is opaque or transparent")),
    });
    Ok(())
}
