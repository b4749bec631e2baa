//! `expand-property` (RFC 3253 section 3.8): properties, and the properties of what their hrefs lead to.

use crate::calendar::{Access, Need};
use crate::dav::error::{Error, Result};
use crate::dav::exchange::Exchange;
use crate::dav::multistatus::{Href, Multistatus, Propstats};
use crate::dav::name::{DAV, Name};
use crate::dav::path::{self, Reference};
use crate::dav::props::{Here, Question};
use crate::dav::resource::{Found, Resource};
use crate::dav::writer::Writer;
use crate::dav::xml::Element;
use crate::http::{Reply, Spool, StatusCode};

static PROPERTY: Name = Name::new(DAV, "property");

/// Hrefs that one report follows, how deep, and how many properties it names.
const MAX_FOLLOWED: usize = 1_000;
const MAX_LEVELS: usize = 4;
const MAX_PROPERTIES: usize = 64;

/// One `property` element and what it wants of its hrefs.
struct Wanted {
    name: Name,
    question: Question,
    inside: Vec<Wanted>,
}

pub fn run(exchange: &Exchange, root: &Element) -> Result<Reply> {
    let brief = exchange.preferences().minimal;
    let wanted = read(root, brief, MAX_LEVELS)?;
    if count(&wanted) > MAX_PROPERTIES {
        return Err(Error::bad_request("the report names too many properties"));
    }
    let body = exchange.read(|access| {
        let found = Found::at(&exchange.place.target, access, Need::Index)?;
        let mut out = Multistatus::open(Spool::new(exchange.dav.settings.max_reply))?;
        let mut left = MAX_FOLLOWED;
        out.response(Href::Path(&exchange.place.href), |propstats| {
            tell(
                exchange,
                access,
                &wanted,
                found.borrow(),
                propstats,
                &mut left,
            )
        })?;
        Ok(out.close(None)?.into_body()?)
    })?;
    Ok(exchange.multistatus(body, false))
}

fn read(element: &Element, brief: bool, levels: usize) -> Result<Vec<Wanted>> {
    if levels == 0 && element.child(&PROPERTY).is_some() {
        return Err(Error::bad_request(
            "properties are expanded a few levels deep at most",
        ));
    }
    element
        .children(&PROPERTY)
        .map(|property| {
            let local = property
                .attribute("name")
                .ok_or_else(|| Error::bad_request("a property has a name"))?;
            let name = Name::read(property.attribute("namespace").unwrap_or(DAV), local);
            let question = Question::of(name.clone(), brief)?;
            Ok(Wanted {
                question,
                name,
                inside: read(property, brief, levels.saturating_sub(1))?,
            })
        })
        .collect()
}

fn count(wanted: &[Wanted]) -> usize {
    wanted.iter().map(|one| 1 + count(&one.inside)).sum()
}

fn tell(
    exchange: &Exchange,
    access: &mut Access,
    wanted: &[Wanted],
    resource: Resource,
    out: &mut Propstats,
    left: &mut usize,
) -> Result<()> {
    for one in wanted {
        let asker = one.question.asker(access, exchange.request)?;
        let facts = one.question.facts(access, resource)?;
        let here = Here {
            resource,
            asker: &asker,
            facts: &facts,
            data: None,
            zone: None,
        };
        let mut answer = Propstats::default();
        one.question.answer(&here, &mut answer);
        out.add_failed(&answer);
        let is_live = crate::dav::props::lookup(&one.name).is_some();
        if one.inside.is_empty() || !is_live {
            out.found.raw(answer.found.as_str());
        } else {
            expand(
                exchange,
                access,
                &one.inside,
                answer.found.as_str(),
                &mut out.found,
                left,
            )?;
        }
    }
    Ok(())
}

/// Replaces every href of a value that this server has written by a response of what it leads to.
fn expand(
    exchange: &Exchange,
    access: &mut Access,
    inside: &[Wanted],
    value: &str,
    out: &mut Writer,
    left: &mut usize,
) -> Result<()> {
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("<D:href>") {
        out.raw(before);
        let (href, after) = after.split_once("</D:href>").unwrap_or((after, ""));
        rest = after;
        *left = left.checked_sub(1).ok_or_else(|| {
            Error::unmet(
                crate::dav::error::MATCHES,
                "more hrefs than one report follows",
            )
        })?;
        follow(exchange, access, inside, href, out, left)?;
    }
    out.raw(rest);
    Ok(())
}

fn follow(
    exchange: &Exchange,
    access: &mut Access,
    inside: &[Wanted],
    href: &str,
    out: &mut Writer,
    left: &mut usize,
) -> Result<()> {
    let plain = quick_xml::escape::unescape(href).unwrap_or_default();
    let found = match path::reference(&plain, exchange.request) {
        Reference::Here(path) if plain.starts_with('/') => match path::target(&path) {
            Ok(target) => there(Found::at(&target, access, Need::Index))?,
            Err(_) => None,
        },
        _ => None,
    };
    let Some(found) = found else {
        // A mailto: or urn: stays what it is.
        if plain.starts_with('/') {
            out.raw("<D:response><D:href>")
                .raw(href)
                .raw("</D:href><D:status>HTTP/1.1 404 Not Found</D:status>");
            out.raw("</D:response>");
        } else {
            out.raw("<D:href>").raw(href).raw("</D:href>");
        }
        return Ok(());
    };
    let mut propstats = Propstats::default();
    tell(
        exchange,
        access,
        inside,
        found.borrow(),
        &mut propstats,
        left,
    )?;
    out.raw("<D:response><D:href>").raw(href).raw("</D:href>");
    propstats.write(out);
    out.raw("</D:response>");
    Ok(())
}

/// Who has no name may not know of what has one.
fn there(result: Result<Found>) -> Result<Option<Found>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error)
            if matches!(
                error.status().0,
                StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
