//! MKCALENDAR (RFC 4791 section 5.3.1) and extended MKCOL (RFC 5689). Both make calendars, whole or not at all; a plain
//! MKCOL in a home makes one too, for a home holds nothing else.

use super::proppatch::Instructions;
use crate::calendar::{Need, Refusal};
use crate::dav::error::{Error, LOCATION, MUST_BE_NULL, Result};
use crate::dav::exchange::{Exchange, XML_TYPE, found};
use crate::dav::method::not_allowed;
use crate::dav::multistatus::{Href, Multistatus, Propstats};
use crate::dav::name::{CALDAV, DAV, Name};
use crate::dav::path::{self, Target};
use crate::dav::resource::{Found, Kind};
use crate::dav::writer::Writer;
use crate::dav::xml::Element;
use crate::http::{HeaderValue, Reply, Request, StatusCode, header};

static MKCOL: Name = Name::new(DAV, "mkcol");
static MKCALENDAR: Name = Name::new(CALDAV, "mkcalendar");

pub fn collection(exchange: &Exchange) -> Result<Reply> {
    run(exchange, &MKCOL)
}

pub fn calendar(exchange: &Exchange) -> Result<Reply> {
    run(exchange, &MKCALENDAR)
}

fn run(exchange: &Exchange, expected: &Name) -> Result<Reply> {
    let body = body(exchange, expected)?;
    let Target::Layer { owner, layer } = &exchange.place.target else {
        return Err(elsewhere(exchange, expected)?);
    };
    let instructions = body
        .as_ref()
        .map(|root| Instructions::read(root, Kind::Layer, true))
        .transpose()?;
    let patch = instructions
        .as_ref()
        .map(|it| it.patch.layer.clone())
        .unwrap_or_default();
    exchange.write(|access| {
        let guard = exchange.guard(access)?;
        let home = found(access.home(owner))?.ok_or(Refusal::NoParent)?;
        let there = found(access.collection(owner, layer))?;
        guard.check_collection(there.as_ref())?;
        if there.is_some() {
            return Err(taken(expected, Kind::Layer));
        }
        if let Some(refused) = instructions.as_ref().and_then(Instructions::refused) {
            return Err(Error::Written(Box::new(refusal(
                exchange, expected, &refused,
            )?)));
        }
        match access.create_layer(&home, layer, &patch) {
            Err(crate::calendar::Error::Refused(Refusal::Exists)) => {
                Err(taken(expected, Kind::Layer))
            }
            other => other.map_err(|error| {
                let error = Error::from(error);
                match instructions.as_ref().and_then(|it| it.refused_for(&error)) {
                    Some(refused) => refusal(exchange, expected, &refused)
                        .map_or_else(|error| error, |reply| Error::Written(Box::new(reply))),
                    None => error,
                }
            }),
        }
    })?;
    let reply = Reply::new(StatusCode::CREATED)
        .with(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(exchange.preferred(reply, false))
}

/// A body that is not understood is 415, wherever it was sent (RFC 4918 section 9.3). Judged by content, as clients label
/// what they send with all sorts of types: a label only names the failure.
fn body(exchange: &Exchange, expected: &Name) -> Result<Option<Element>> {
    let body = exchange.xml().map_err(|error| {
        if is_labelled_xml(exchange.request) {
            error
        } else {
            Error::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body is not XML")
        }
    })?;
    if body.as_ref().is_some_and(|root| !root.is(expected)) {
        let why = "the body is not one that this method knows";
        return Err(Error::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    Ok(body)
}

fn is_labelled_xml(request: &Request) -> bool {
    request.header(header::CONTENT_TYPE).is_none_or(|value| {
        let media_type = value.split(';').next().unwrap_or_default().trim();
        media_type.to_ascii_lowercase().ends_with("xml")
    })
}

/// Something stands there already: 405 for MKCOL (RFC 4918 section 9.3.1), the precondition for MKCALENDAR (RFC 4791
/// section 5.3.1).
fn taken(expected: &Name, kind: Kind) -> Error {
    if *expected == MKCALENDAR {
        Error::unmet(MUST_BE_NULL, "something of that name stands there already")
    } else {
        not_allowed(kind)
    }
}

/// Calendars stand in homes and nowhere else: 405 where something stands, 409 where not even the parent does.
fn elsewhere(exchange: &Exchange, expected: &Name) -> Result<Error> {
    let target = &exchange.place.target;
    let kind = target.kind().unwrap_or(Kind::Item);
    let path = exchange.request.path.trim_end_matches('/');
    let parent = path::target(path.rfind('/').map_or("/", |at| &path[..at]))?;
    exchange.read(|access| {
        match Found::at(target, access, Need::Index) {
            Ok(_) => return Ok(taken(expected, kind)),
            Err(error) if !error.is_refusal(&Refusal::NotFound) => return Ok(error),
            Err(_) => {}
        }
        Ok(match Found::at(&parent, access, Need::Index) {
            Ok(Found::Item(..)) => Refusal::NoParent.into(),
            Ok(_) => Error::unmet(LOCATION, "calendars are made in a calendar home"),
            Err(error) if error.is_refusal(&Refusal::NotFound) => Refusal::NoParent.into(),
            Err(error) => error,
        })
    })
}

/// Nothing is made when a property cannot be set: 207 for MKCALENDAR (RFC 4791 section 5.3.1.1), `mkcol-response` with 403
/// for MKCOL (RFC 5689 section 3).
fn refusal(exchange: &Exchange, expected: &Name, refused: &Propstats) -> Result<Reply> {
    if *expected == MKCALENDAR {
        let mut out = Multistatus::open(Vec::new())?;
        out.response(Href::Path(&exchange.place.href), |answer| {
            answer.copy(refused);
            Ok::<_, Error>(())
        })?;
        return Ok(exchange.multistatus(out.close(None)?, false));
    }
    let mut out = Writer::default();
    out.root("D:mkcol-response");
    refused.write(&mut out);
    out.raw("</D:mkcol-response>");
    Ok(Reply::new(StatusCode::FORBIDDEN).content(XML_TYPE, out.into_string()))
}
