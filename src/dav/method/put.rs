//! PUT of an item (RFC 4918 section 9.7, RFC 4791 section 5.3.2). What is stored is what was sent, byte for byte.

use crate::calendar::{Draft, Need, Refusal, Written};
use crate::dav::error::{Error, MEDIA_TYPE, Result};
use crate::dav::exchange::{Exchange, found, parent};
use crate::dav::path::Target;
use crate::dav::props::data;
use crate::http::{EntityTag, HeaderValue, Reply, Request, StatusCode, header};

pub fn run(exchange: &Exchange) -> Result<Reply> {
    let Target::Item { owner, layer, name } = &exchange.place.target else {
        return Err(Refusal::NotFound.into());
    };
    let request = exchange.request;
    // A partial PUT would be stored as if it were whole (RFC 9110 section 14.5).
    if request.headers.contains_key(header::CONTENT_RANGE) {
        return Err(Error::bad_request("Content-Range is not taken"));
    }
    let written = draft(exchange, owner, layer, Some(name)).and_then(|draft| {
        exchange.write(|access| {
            let collection = parent(access, owner, layer)?;
            let guard = exchange.guard(access)?;
            Ok(access.put(&collection, name, &draft, &|tag| guard.admits(tag))?)
        })
    });
    match written {
        Ok(written) => Ok(answer(exchange, &written)),
        Err(error)
            if error.is_refusal(&Refusal::Stale) && exchange.preferences().representation =>
        {
            stale(exchange, owner, layer, name)
        }
        Err(error) => Err(error),
    }
}

/// Reads and checks what was sent before any lock is taken; a condition that fails already is told first.
pub fn draft(exchange: &Exchange, owner: &str, layer: &str, name: Option<&str>) -> Result<Draft> {
    let body = &exchange.request.body;
    exchange.read(|access| {
        let collection = parent(access, owner, layer)?;
        if let Some(name) = name {
            let there = found(access.get(&collection, name, Need::Index))?;
            let tag = there.map(|item| EntityTag::strong(item.tag()));
            if !exchange.guard(access)?.admits(tag.as_ref()) {
                return Err(Refusal::Stale.into());
            }
        }
        Draft::read(body, &collection, access.limits()).map_err(|refusal| match refusal {
            Refusal::InvalidData { .. } if !is_calendar(exchange.request) => {
                Error::unmet(MEDIA_TYPE, "items are text/calendar")
            }
            other => other.into(),
        })
    })
}

/// Judged by content first, as clients label what they send with all sorts of types; this names the failure only.
fn is_calendar(request: &Request) -> bool {
    request.header(header::CONTENT_TYPE).is_none_or(|value| {
        let media_type = value
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        // jCal and xCal are calendars too, but not as they are stored here.
        media_type.contains("calendar") && !media_type.contains('+')
    })
}

/// 201 or 204 with the entity tag; with what was stored, when the client asked for it (RFC 8144 section 3.1).
pub fn answer(exchange: &Exchange, written: &Written) -> Reply {
    // What was sent is answered only where it is what is read.
    let representation = exchange.preferences().representation && written.tag.is_some();
    let status = match (written.created, representation) {
        (true, _) => StatusCode::CREATED,
        (false, true) => StatusCode::OK,
        (false, false) => StatusCode::NO_CONTENT,
    };
    let mut reply = Reply::new(status);
    if representation {
        reply = reply.content(data::STREAM, timed(exchange, &exchange.request.body));
        if let Ok(location) = HeaderValue::from_str(&exchange.place.href) {
            reply = reply.with(header::CONTENT_LOCATION, location);
        }
    }
    let reply = match &written.tag {
        Some(tag) => tagged(reply, tag),
        None => reply,
    };
    exchange.preferred(reply, false)
}

/// With the time zones that the request asks for (RFC 7809 section 3.1.3).
fn timed(exchange: &Exchange, text: &bytes::Bytes) -> bytes::Bytes {
    data::with_timezones(text, data::timezones(exchange.request))
}

pub fn tagged(reply: Reply, tag: &EntityTag) -> Reply {
    match HeaderValue::from_str(&tag.to_string()) {
        Ok(tag) => reply.with(header::ETAG, tag),
        Err(_) => reply,
    }
}

/// 412 with what stands there now (RFC 8144 section 3.2).
fn stale(exchange: &Exchange, owner: &str, layer: &str, name: &str) -> Result<Reply> {
    let item = exchange.read(|access| {
        let collection = access.collection(owner, layer)?;
        found(access.get(&collection, name, Need::Text))
    })?;
    let Some((item, text)) = item.and_then(|item| item.text().cloned().map(|text| (item, text)))
    else {
        return Err(Refusal::Stale.into());
    };
    let reply = Reply::new(StatusCode::PRECONDITION_FAILED)
        .content(data::media_type(item.component()), timed(exchange, &text));
    Ok(exchange.preferred(tagged(reply, &EntityTag::strong(item.tag())), false))
}
