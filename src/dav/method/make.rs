//! MKCALENDAR (RFC 4791 section 5.3.1) and extended MKCOL (RFC 5689). Both make calendars, whole or not at all; a plain
//! MKCOL in a home makes one too, for a home holds nothing else.

use super::proppatch::Instructions;
use crate::calendar::Refusal;
use crate::dav::error::{Error, LOCATION, MUST_BE_NULL, Result};
use crate::dav::exchange::{Exchange, XML_TYPE, found};
use crate::dav::method::allow;
use crate::dav::multistatus::{Href, Multistatus, Propstats};
use crate::dav::name::{CALDAV, DAV, Name};
use crate::dav::path::Target;
use crate::dav::resource::{Found, Kind};
use crate::dav::writer::Writer;
use crate::http::{HeaderValue, Reply, StatusCode, header};

static MKCOL: Name = Name::new(DAV, "mkcol");
static MKCALENDAR: Name = Name::new(CALDAV, "mkcalendar");

pub fn collection(exchange: &Exchange) -> Result<Reply> {
    run(exchange, &MKCOL)
}

pub fn calendar(exchange: &Exchange) -> Result<Reply> {
    run(exchange, &MKCALENDAR)
}

fn run(exchange: &Exchange, expected: &Name) -> Result<Reply> {
    let Target::Layer { owner, layer } = &exchange.place.target else {
        return Err(elsewhere(exchange, expected)?);
    };
    let body = exchange.xml()?;
    // A body that is not understood is 415 (RFC 4918 section 9.3).
    if body.as_ref().is_some_and(|root| !root.is(expected)) {
        let why = "the body is not one that this method knows";
        return Err(Error::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    let instructions = body
        .as_ref()
        .map(|root| Instructions::read(root, Kind::Layer, true))
        .transpose()?;
    let refused = instructions.as_ref().and_then(Instructions::refused);
    let patch = instructions.map(|it| it.patch.layer).unwrap_or_default();
    exchange.write(|access| {
        let guard = exchange.guard(access)?;
        let home = found(access.home(owner))?.ok_or(Refusal::NoParent)?;
        let there = found(access.collection(owner, layer))?;
        guard.check_collection(there.as_ref())?;
        if there.is_some() {
            return Err(taken(expected));
        }
        if let Some(refused) = &refused {
            return Err(Error::Written(Box::new(refusal(
                exchange, expected, refused,
            )?)));
        }
        match access.create_layer(&home, layer, &patch) {
            Err(crate::calendar::Error::Refused(Refusal::Exists)) => Err(taken(expected)),
            other => Ok(other?),
        }
    })?;
    let reply = Reply::new(StatusCode::CREATED)
        .with(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(exchange.preferred(reply, false))
}

/// Something stands there already: 405 for MKCOL, the element for MKCALENDAR.
fn taken(expected: &Name) -> Error {
    if *expected == MKCALENDAR {
        Error::unmet(MUST_BE_NULL, "there is a calendar of that name already")
    } else {
        Error::NotAllowed {
            allow: allow(Kind::Layer),
        }
    }
}

/// Calendars stand in homes and nowhere else.
fn elsewhere(exchange: &Exchange, expected: &Name) -> Result<Error> {
    let target = &exchange.place.target;
    let kind = target.kind().unwrap_or(Kind::Item);
    exchange.read(|access| {
        if let Target::Item { owner, layer, .. } = target
            && found(access.collection(owner, layer))?.is_none()
        {
            return Ok(Refusal::NoParent.into());
        }
        Ok(
            match Found::at(target, access, crate::calendar::Need::Index) {
                Ok(_) if *expected == MKCOL => Error::NotAllowed { allow: allow(kind) },
                Ok(_) => Error::unmet(MUST_BE_NULL, "something stands there already"),
                Err(error) if error.is_refusal(&Refusal::NotFound) => {
                    Error::unmet(LOCATION, "calendars are made in a calendar home")
                }
                Err(error) => error,
            },
        )
    })
}

/// 207 for MKCALENDAR (RFC 4791 section 5.3.1.1), `mkcol-response` with 403 for MKCOL (RFC 5689 section 3).
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
