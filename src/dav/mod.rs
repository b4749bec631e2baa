//! WebDAV and CalDAV. Nothing here decides; it translates.

mod acl;
pub mod condition;
pub mod error;
mod exchange;
mod method;
pub mod multistatus;
pub mod name;
pub mod path;
mod props;
mod report;
pub mod resource;
mod resource_sharing;
mod sharing;
#[cfg(test)]
mod tests;
pub mod trash;
mod urn;
pub mod writer;
pub mod xml;

use crate::calendar::{Calendars, Refusal};
use crate::http::{HeaderValue, Reply, Request, StatusCode, header};
use crate::privacy::Viewer;
use error::{Error, Result};
use exchange::{Exchange, found};
use path::Target;
pub use report::filter;
use resource::Kind;

/// What this server can do, as clients read it: `1` first, for Thunderbird throws the first away, and nothing that does
/// not work, for every word switches something on (RFC 4918 section 10.1).
pub const CLASSES: HeaderValue = HeaderValue::from_static(
    "1, 3, access-control, calendar-access, extended-mkcol, calendar-query-extended, calendar-no-timezone, calendar-availability, \
     calendar-proxy, calendarserver-sharing, resource-sharing, \
     calendarserver-principal-property-search, calendarserver-principal-search, calendarserver-home-sync",
);

/// Limits of the protocol; those of the calendars stand in [`crate::calendar::Limits`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of an XML request.
    pub max_xml: u64,
    /// Bytes of a reply.
    pub max_reply: u64,
    /// Resources in one answer, and hrefs in one multiget.
    pub max_results: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_xml: 10 << 20,
            max_reply: 1 << 30,
            max_results: 100_000,
        }
    }
}

/// The room: the calendars and how they are spoken of.
#[derive(Clone)]
pub struct Dav {
    pub calendars: Calendars,
    pub settings: Settings,
}

/// Answers a request for anything under `/dav/`, and PROPFIND, REPORT and OPTIONS of `/`. HEAD is answered as GET:
/// whoever sends the reply leaves its body out.
///
/// A 401 carries no challenge: whoever knows the realm adds it.
pub fn handle(dav: &Dav, viewer: &Viewer, request: &Request) -> Reply {
    let reply = answer(dav, viewer, request).unwrap_or_else(|error| error.into_reply(request));
    finish(reply)
}

/// Looks at the head alone, so that a request that cannot succeed is refused before its body is read; else how many
/// bytes of body the method takes.
///
/// # Errors
/// The reply to send.
pub fn accepts(
    dav: &Dav,
    viewer: &Viewer,
    request: &Request,
) -> std::result::Result<u64, Box<Reply>> {
    let refuse = |error: Error| Box::new(finish(error.into_reply(request)));
    let exchange = enter(dav, viewer, request).map_err(refuse)?;
    let limit = exchange.method.takes.limit(dav);
    let announced = request
        .header(header::CONTENT_LENGTH)
        .and_then(|length| length.trim().parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Box::new(too_large(dav, request)));
    }
    Ok(limit)
}

/// The answer to a body that is larger than [`accepts`] said (RFC 4791 section 5.3.2.1 for items).
pub fn too_large(dav: &Dav, request: &Request) -> Reply {
    let item = method::lookup(request.method.as_str())
        .is_some_and(|method| method.takes == method::Takes::Item);
    let error = if item {
        Refusal::TooLarge(dav.calendars.limits().max_resource_size).into()
    } else {
        Error::plain(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large")
    };
    finish(error.into_reply(request))
}

fn answer(dav: &Dav, viewer: &Viewer, request: &Request) -> Result<Reply> {
    let exchange = enter(dav, viewer, request)?;
    let reply = (exchange.method.run)(&exchange)
        .map_err(|error| asking_for_a_name(viewer, exchange.located(error)))?;
    if exchange.place.slash_added
        && reply.status.is_success()
        && let Ok(location) = HeaderValue::from_str(&exchange.place.href)
    {
        return Ok(reply.with(header::CONTENT_LOCATION, location));
    }
    Ok(reply)
}

/// Where the server lets people read who have not said who they are, they read calendars: everything else is asked by
/// clients that set themselves up, and have to be asked for a name.
fn anyone_may(dav: &Dav, method: &str, place: &path::Place) -> bool {
    let reads = matches!(method, "GET" | "HEAD" | "PROPFIND" | "REPORT");
    let calendars = matches!(
        place.target.kind(),
        Some(Kind::Home | Kind::Layer | Kind::Item)
    );
    method == "OPTIONS" || (dav.calendars.limits().privacy.anonymous && reads && calendars)
}

/// What somebody without a name cannot have, they may have with one: clients then ask for it.
fn asking_for_a_name(viewer: &Viewer, error: Error) -> Error {
    let (status, _) = error.status();
    let withheld = matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN);
    if *viewer == Viewer::Anyone && withheld {
        return Refusal::Unauthenticated.into();
    }
    error
}

/// What the head alone decides: the path, the method, and that somebody has signed in.
fn enter<'x>(dav: &'x Dav, viewer: &'x Viewer, request: &'x Request) -> Result<Exchange<'x>> {
    let place = path::Place::of(request)?;
    // No resource takes it, so it is not implemented, rather than not allowed (RFC 9110 section 15.6.2).
    let method = method::lookup(request.method.as_str()).ok_or(Error::plain(
        StatusCode::NOT_IMPLEMENTED,
        "this server does not take that method",
    ))?;
    if *viewer == Viewer::Anyone && !anyone_may(dav, method.name, &place) {
        return Err(Refusal::Unauthenticated.into());
    }
    let target = known(dav, viewer, place.target.clone())?;
    let place = place.leading_to(target);
    match place.target.kind() {
        Some(kind) if !method.on.has(kind) && !method.makes => {
            return Err(method::refused(method, kind, &place));
        }
        // RFC 4918 section 9.7.1: what would contain it is missing.
        None if method.name == "PUT" => return Err(Refusal::NoParent.into()),
        None if method.name != "OPTIONS" && !method.makes => return Err(Refusal::NotFound.into()),
        _ => {}
    }
    Ok(Exchange {
        dav,
        viewer,
        request,
        place,
        method,
    })
}

/// The trash is there for its owner alone: to everybody else its path is that of a calendar that never was.
fn known(dav: &Dav, viewer: &Viewer, target: Target) -> Result<Target> {
    let Some((owner, trash)) = target.in_trash() else {
        return Ok(target);
    };
    if *viewer == Viewer::Anyone {
        return Ok(target);
    }
    let is_there = dav.calendars.read(viewer, |access| {
        Ok::<_, Error>(found(access.trash(owner))?.is_some())
    })?;
    Ok(if is_there { trash } else { target })
}

/// What every answer carries. Clients look for `DAV` on PROPFIND answers too.
fn finish(mut reply: Reply) -> Reply {
    reply.headers.insert("dav", CLASSES);
    // What people wrote into their calendars is never run as a page.
    reply.headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    reply
}
