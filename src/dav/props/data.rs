//! `CALDAV:calendar-data`: what part of an item a report asks for, and that part (RFC 4791 section 9.6).

use super::{Here, Told};
use crate::dav::error::{Error, MATCHES, MEDIA_TYPE, Result};
use crate::dav::name::{CALDAV, Name};
use crate::dav::report::window;
use crate::dav::writer::Writer;
use crate::dav::xml::Element;
use crate::ical::Object;
use crate::ical::shape::{CompShape, Comps, Props, Recurrence, Shape, shape, text};

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

/// What one `calendar-data` element asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub shape: Shape,
}

impl Wanted {
    pub fn read(element: &Element) -> Result<Self> {
        let media_type = element.attribute("content-type").unwrap_or("text/calendar");
        let version = element.attribute("version").unwrap_or("2.0");
        if !media_type.trim().eq_ignore_ascii_case("text/calendar") || version.trim() != "2.0" {
            return Err(Error::unmet(
                MEDIA_TYPE,
                "items are text/calendar, version 2.0",
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
                without_timezones: false,
            },
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
    let zone = here.zone.filter(|_| !wanted.shape.is_whole());
    let Some((zone, object)) = zone.and_then(|zone| Some((zone, Object::parse(bytes).ok()?)))
    else {
        out.text(&text(bytes));
        return Told::Found;
    };
    let at_most = usize::try_from(here.asker.limits.max_instances).unwrap_or(usize::MAX);
    match shape(&object, &wanted.shape, zone, at_most) {
        Ok(shaped) => {
            out.text(&text(&shaped));
            Told::Found
        }
        Err(_) => Told::Failed(MATCHES.status, MATCHES),
    }
}
