//! Time zone data for everybody (RFC 7808), from the data that this server itself reckons with. Nobody signs in here:
//! all of it is public, and nothing of it depends on who asks.

mod action;
mod catalogue;
mod parameters;
mod pattern;
mod problem;

use crate::http::{HeaderValue, Method, Reply, Request, StatusCode, header};
use problem::Problem;

/// Below the base path.
pub const FOLDER: &str = "/tzdist";

/// Data changes within days of a law; secondary servers ask once an hour (RFC 7808 section 4.1.4).
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const JSON: &str = "application/json; charset=utf-8";

/// Answers a request for anything under [`FOLDER`], and for `/.well-known/timezone`; whoever sends the reply leaves the body out for HEAD.
pub fn handle(request: &Request) -> Reply {
    if segments(&request.path).next() == Some(".well-known") {
        return well_known(request);
    }
    let allow = HeaderValue::from_static("GET, HEAD, OPTIONS");
    match request.method {
        Method::GET | Method::HEAD => {
            let reply = action::answer(request).unwrap_or_else(Problem::into_reply);
            reply.with(header::CACHE_CONTROL, CACHE)
        }
        Method::OPTIONS => Reply::new(StatusCode::OK).with(header::ALLOW, allow),
        _ => Problem::Method.into_reply().with(header::ALLOW, allow),
    }
}

/// Empty segments count for nothing.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// `/.well-known/timezone` leads here, by path alone, so that neither scheme nor port can be wrong (section 4.2.1.3).
fn well_known(request: &Request) -> Reply {
    let target = format!("{}{FOLDER}", request.origin.base_path);
    match HeaderValue::try_from(target) {
        Ok(target) => Reply::new(StatusCode::MOVED_PERMANENTLY)
            .with(header::LOCATION, target)
            .with(header::CACHE_CONTROL, CACHE),
        Err(_) => Problem::Action.into_reply(),
    }
}

#[cfg(test)]
mod tests;
