//! `CALDAV:filter` read into a value (RFC 4791 section 9.7), with the tests and match types of RFC 6352 section 10.5,
//! which servers announce as `calendar-query-extended`.

use super::window;
use crate::dav::error::{COLLATION, Error, Result, SUPPORTED_FILTER, VALID_FILTER};
use crate::dav::name::{CALDAV, DAV, Name};
use crate::dav::xml::Element;
use crate::ical::Window;
use crate::ical::filter::{
    Collation, CompFilter, MatchKind, ParamFilter, PropFilter, Test, TextMatch,
};

const fn name(local: &'static str) -> Name {
    Name::new(CALDAV, local)
}

static COMP_FILTER: Name = name("comp-filter");
static PROP_FILTER: Name = name("prop-filter");
static PARAM_FILTER: Name = name("param-filter");
static TEXT_MATCH: Name = name("text-match");
static TIME_RANGE: Name = name("time-range");
static IS_NOT_DEFINED: Name = name("is-not-defined");
/// Of the drafts before RFC 4791; an element without children says the same.
static IS_DEFINED: Name = name("is-defined");

/// Reads `filter`, which holds one `comp-filter` for VCALENDAR.
pub fn read(filter: &Element) -> Result<CompFilter> {
    let mut inside = filter.children(&COMP_FILTER);
    let (Some(outer), None) = (inside.next(), inside.next()) else {
        return Err(invalid(
            "a filter holds one comp-filter (RFC 4791 section 9.7)",
        ));
    };
    let read = comp(outer)?;
    if read.name != "VCALENDAR" || read.is_not_defined || read.time_range.is_some() {
        return Err(invalid(
            "the outermost comp-filter is a plain one for VCALENDAR (RFC 4791 section 7.8)",
        ));
    }
    Ok(read)
}

fn invalid(why: &'static str) -> Error {
    Error::unmet(VALID_FILTER, why)
}

fn comp(element: &Element) -> Result<CompFilter> {
    known(
        element,
        &[
            &COMP_FILTER,
            &PROP_FILTER,
            &TIME_RANGE,
            &IS_NOT_DEFINED,
            &IS_DEFINED,
        ],
    )?;
    let filter = CompFilter {
        name: named(element)?,
        is_not_defined: element.child(&IS_NOT_DEFINED).is_some(),
        time_range: time_range(element)?,
        props: element
            .children(&PROP_FILTER)
            .map(prop)
            .collect::<Result<_>>()?,
        comps: element
            .children(&COMP_FILTER)
            .map(comp)
            .collect::<Result<_>>()?,
        test: test(element)?,
    };
    let alone = filter.time_range.is_none() && filter.props.is_empty() && filter.comps.is_empty();
    if filter.is_not_defined && !alone {
        return Err(invalid(
            "is-not-defined stands alone (RFC 4791 section 9.7.1)",
        ));
    }
    Ok(filter)
}

/// Properties whose values are times.
const TIMES: &[&str] = &[
    "ACKNOWLEDGED",
    "COMPLETED",
    "CREATED",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DUE",
    "EXDATE",
    "LAST-MODIFIED",
    "RDATE",
    "RECURRENCE-ID",
    "TRIGGER",
];

fn prop(element: &Element) -> Result<PropFilter> {
    known(
        element,
        &[
            &PARAM_FILTER,
            &TEXT_MATCH,
            &TIME_RANGE,
            &IS_NOT_DEFINED,
            &IS_DEFINED,
        ],
    )?;
    let filter = PropFilter {
        name: named(element)?,
        is_not_defined: element.child(&IS_NOT_DEFINED).is_some(),
        time_range: time_range(element)?,
        text: element
            .children(&TEXT_MATCH)
            .map(text)
            .collect::<Result<_>>()?,
        params: element
            .children(&PARAM_FILTER)
            .map(param)
            .collect::<Result<_>>()?,
        test: test(element)?,
    };
    let has_times = TIMES.contains(&filter.name.as_str()) || filter.name.starts_with("X-");
    if filter.time_range.is_some() && !has_times {
        return Err(Error::unmet(
            SUPPORTED_FILTER,
            "that property holds no time (RFC 4791 section 9.9)",
        ));
    }
    let alone = filter.time_range.is_none() && filter.text.is_empty() && filter.params.is_empty();
    if filter.is_not_defined && !alone {
        return Err(invalid(
            "is-not-defined stands alone (RFC 4791 section 9.7.2)",
        ));
    }
    Ok(filter)
}

fn param(element: &Element) -> Result<ParamFilter> {
    known(element, &[&TEXT_MATCH, &IS_NOT_DEFINED, &IS_DEFINED])?;
    let filter = ParamFilter {
        name: named(element)?,
        is_not_defined: element.child(&IS_NOT_DEFINED).is_some(),
        text: element.child(&TEXT_MATCH).map(text).transpose()?,
    };
    if filter.is_not_defined && filter.text.is_some() {
        return Err(invalid(
            "is-not-defined stands alone (RFC 4791 section 9.7.3)",
        ));
    }
    Ok(filter)
}

fn text(element: &Element) -> Result<TextMatch> {
    let collation = element
        .attribute("collation")
        .unwrap_or("i;ascii-casemap")
        .trim();
    let collation = match collation {
        "default" => Collation::default(),
        named => Collation::named(named).ok_or_else(|| {
            Error::unmet(
                COLLATION,
                "this server has no such collation (RFC 4791 section 7.5)",
            )
        })?,
    };
    let negate = match element.attribute("negate-condition").map(str::trim) {
        None | Some("no") => false,
        Some("yes") => true,
        Some(_) => return Err(invalid("negate-condition is yes or no")),
    };
    let kind = match element.attribute("match-type").map(str::trim) {
        None | Some("contains") => MatchKind::Contains,
        Some("equals") => MatchKind::Equals,
        Some("starts-with") => MatchKind::StartsWith,
        Some("ends-with") => MatchKind::EndsWith,
        Some(_) => {
            return Err(Error::unmet(
                SUPPORTED_FILTER,
                "this server has no such match type",
            ));
        }
    };
    Ok(TextMatch {
        text: element.text().into_owned(),
        collation,
        negate,
        kind,
    })
}

fn time_range(element: &Element) -> Result<Option<Window>> {
    element.child(&TIME_RANGE).map(window::open).transpose()
}

fn test(element: &Element) -> Result<Test> {
    match element.attribute("test").map(str::trim) {
        None | Some("allof") => Ok(Test::AllOf),
        Some("anyof") => Ok(Test::AnyOf),
        Some(_) => Err(invalid("test is allof or anyof")),
    }
}

fn named(element: &Element) -> Result<String> {
    element
        .attribute("name")
        .map(|name| name.trim().to_ascii_uppercase())
        .filter(|name| !name.is_empty())
        .ok_or_else(|| invalid("a filter has a name"))
}

/// What is not known here cannot be left out of a filter unnoticed; other namespaces may stand there (RFC 4918 section 17).
fn known(element: &Element, names: &[&Name]) -> Result<()> {
    let stranger = element.elements().any(|child| {
        (child.name.namespace == CALDAV || child.name.namespace == DAV)
            && !names.contains(&&child.name)
    });
    if stranger {
        return Err(Error::unmet(
            SUPPORTED_FILTER,
            "the filter holds an element that this server does not know",
        ));
    }
    Ok(())
}
