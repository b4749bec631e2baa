//! `CALDAV:calendar-data`: what part of an item a report asks for, and that part (RFC 4791 section 9.6).

use bytes::Bytes;

use super::{Here, Told};
use crate::dav::error::{Error, MATCHES, MEDIA_TYPE, Result};
use crate::dav::name::{CALDAV, Name};
use crate::dav::report::window;
use crate::dav::writer::Writer;
use crate::dav::xml::Element;
use crate::http::Request;
use crate::ical::shape::{CompShape, Comps, Props, Recurrence, Shape, Timezones, shape, text};
use crate::ical::{Object, Zone, jcal};
use crate::model::Component;

const fn name(local: &'static str) -> Name {
    Name::new(CALDAV, local)
}

static COMP: Name = name("comp");
static PROP: Name = name("prop");
static ALLPROP: Name = name("allprop");
static ALLCOMP: Name = name("allcomp");
static EXPAND: Name = name("expand");
static LIMIT_RECURRENCE: Name = name("limit-recurrence-set");
static LIMIT_FREEBUSY: Name = name("limit-freebusy-set");

pub const ICALENDAR: &str = "text/calendar";
pub const JCAL: &str = "application/calendar+json";
/// What an item can be read as (RFC 4791 section 5.2.4).
pub const MEDIA_TYPES: [&str; 2] = [ICALENDAR, JCAL];

/// The media type of a calendar, and of what a client has just sent.
pub const STREAM: &str = "text/calendar; charset=utf-8";

/// The media type of an item: GET and `getcontenttype` say the same (RFC 4918 section 15.5).
pub fn media_type(component: Component) -> &'static str {
    match component {
        Component::Event => "text/calendar; charset=utf-8; component=VEVENT",
        Component::Todo => "text/calendar; charset=utf-8; component=VTODO",
        Component::Journal => "text/calendar; charset=utf-8; component=VJOURNAL",
        Component::FreeBusy => "text/calendar; charset=utf-8; component=VFREEBUSY",
        Component::Availability => "text/calendar; charset=utf-8; component=VAVAILABILITY",
    }
}

/// What a request says of time zones (RFC 7809 section 7.1); other values say nothing.
pub fn timezones(request: &Request) -> Timezones {
    match request.header("caldav-timezones").map(str::trim) {
        Some("T" | "t") => Timezones::All,
        Some("F" | "f") => Timezones::Unknown,
        _ => Timezones::AsStored,
    }
}

/// A whole text with the time zones that a request asks for; one that cannot be read stays as it is.
pub fn with_timezones(text: &Bytes, timezones: Timezones) -> Bytes {
    if timezones == Timezones::AsStored {
        return text.clone();
    }
    let wanted = Shape {
        timezones,
        ..Shape::default()
    };
    let shaped = Object::parse(text).ok().and_then(|object| {
        let shaped = shape(&object, &wanted, &Zone::utc(), usize::MAX);
        shaped.ok()
    });
    shaped.map_or_else(|| text.clone(), Bytes::from)
}

/// What one `calendar-data` element asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub shape: Shape,
    /// As jCal (RFC 7265).
    pub is_json: bool,
}

impl Wanted {
    pub fn read(element: &Element) -> Result<Self> {
        let media_type = element.attribute("content-type").unwrap_or("text/calendar");
        let version = element.attribute("version").unwrap_or("2.0");
        let is = |name: &str| media_type.trim().eq_ignore_ascii_case(name);
        if !MEDIA_TYPES.into_iter().any(is) || version.trim() != "2.0" {
            return Err(Error::unmet(
                MEDIA_TYPE,
                "items are text/calendar or application/calendar+json, version 2.0",
            ));
        }
        let range = |name: &Name| element.child(name).map(window::closed).transpose();
        let recurrence = match (range(&EXPAND)?, range(&LIMIT_RECURRENCE)?) {
            (None, None) => None,
            (Some(window), None) => Some(Recurrence::Expand(window)),
            (None, Some(window)) => Some(Recurrence::Limit(window)),
            (Some(_), Some(_)) => {
                return Err(Error::bad_request(
                    "expand and limit-recurrence-set exclude each other",
                ));
            }
        };
        let comp = element.child(&COMP).map(comp).transpose()?;
        if comp.as_ref().is_some_and(|comp| comp.name != "VCALENDAR") {
            return Err(Error::bad_request("the outermost comp is VCALENDAR"));
        }
        Ok(Self {
            shape: Shape {
                comp: comp.filter(|comp| comp.props != Props::All || comp.comps != Comps::All),
                recurrence,
                limit_freebusy: range(&LIMIT_FREEBUSY)?,
                timezones: Timezones::AsStored,
            },
            is_json: is(JCAL),
        })
    }
}

/// An element without children asks for the whole component, as the example of RFC 4791 section 7.8.1 has it.
fn comp(element: &Element) -> Result<CompShape> {
    let named = |element: &Element| {
        element
            .attribute("name")
            .map(str::to_ascii_uppercase)
            .ok_or_else(|| Error::bad_request("comp and prop have a name (RFC 4791 section 9.6)"))
    };
    let all = element.elements().next().is_none();
    let props = if all || element.child(&ALLPROP).is_some() {
        Props::All
    } else {
        let prop = |prop: &Element| {
            let without_value = prop
                .attribute("novalue")
                .is_some_and(|value| value.trim() == "yes");
            Ok((named(prop)?, without_value))
        };
        Props::Some(element.children(&PROP).map(prop).collect::<Result<_>>()?)
    };
    let comps = if all || element.child(&ALLCOMP).is_some() {
        Comps::All
    } else {
        Comps::Some(element.children(&COMP).map(comp).collect::<Result<_>>()?)
    };
    Ok(CompShape {
        name: named(element)?,
        props,
        comps,
    })
}

/// An item whose text can no longer be read is given as it was stored: one bad object spoils no report.
pub fn write(here: &Here, out: &mut Writer) -> Told {
    let (Some(bytes), Some(wanted)) =
        (here.resource.item().and_then(|item| item.text()), here.data)
    else {
        return Told::Missing;
    };
    let timezones = here.asker.timezones;
    let is_whole = wanted.shape.is_whole() && timezones == Timezones::AsStored;
    let object = if is_whole && !wanted.is_json {
        None
    } else {
        Object::parse(bytes).ok()
    };
    let Some(object) = object else {
        if wanted.is_json {
            return Told::Missing;
        }
        out.text(&text(bytes));
        return Told::Found;
    };
    if is_whole {
        out.text(&jcal(&object));
        return Told::Found;
    }
    let at_most = usize::try_from(here.asker.limits.max_instances).unwrap_or(usize::MAX);
    let asked = Shape {
        timezones,
        ..wanted.shape.clone()
    };
    let utc = Zone::utc();
    let Ok(shaped) = shape(&object, &asked, here.zone.unwrap_or(&utc), at_most) else {
        return Told::Failed(MATCHES.status, MATCHES);
    };
    if !wanted.is_json {
        out.text(&text(&shaped));
        return Told::Found;
    }
    match Object::parse(&shaped.into()) {
        Ok(object) => {
            out.text(&jcal(&object));
            Told::Found
        }
        Err(_) => Told::Missing,
    }
}
