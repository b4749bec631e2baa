//! Pages for people: how to connect each client. No script, nothing from elsewhere, nothing that needs a password.

mod address;
mod guide;
mod html;
mod profile;
mod qr;

use percent_encoding::percent_decode_str;

use self::address::Address;
use crate::http::{HeaderValue, Method, Reply, Request, StatusCode, header};

const STYLE: &str = include_str!("style.css");
const HTML: &str = "text/html; charset=utf-8";
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Answers GET and HEAD of a page; the server leaves the body of a HEAD out.
pub fn handle(request: &Request) -> Reply {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return refuse(
            StatusCode::METHOD_NOT_ALLOWED,
            "Only GET and HEAD work here.",
        )
        .with(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    let address = Address::of(&request.origin);
    match request.path.trim_matches('/') {
        "" => page(guide::page(&address)),
        "style.css" => guard(Reply::new(StatusCode::OK))
            .with(
                header::CACHE_CONTROL,
                HeaderValue::from_static("public, max-age=3600"),
            )
            .content("text/css; charset=utf-8", STYLE.to_owned()),
        "strata.mobileconfig" => profile_for(&address, request.query.as_deref()),
        _ => refuse(StatusCode::NOT_FOUND, "There is nothing at this address."),
    }
}

fn page(html: String) -> Reply {
    private(Reply::new(StatusCode::OK)).content(HTML, html)
}

fn refuse(status: StatusCode, sentence: &'static str) -> Reply {
    private(Reply::new(status)).content(HTML, guide::notice(sentence))
}

/// The page names the address it was asked at, so no cache may give it to anyone else.
fn private(reply: Reply) -> Reply {
    guard(reply).with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

fn guard(reply: Reply) -> Reply {
    reply
        .with(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        )
        .with(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        )
        .with(
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        )
}

fn profile_for(address: &Address, query: Option<&str>) -> Reply {
    let user = query.and_then(|query| field(query, "user"));
    let user = match user.as_deref().map(str::trim) {
        Some(name) if name.len() > 255 || name.contains(char::is_control) => {
            return refuse(StatusCode::BAD_REQUEST, "That is not a user name.");
        }
        user => user.filter(|name| !name.is_empty()),
    };
    private(Reply::new(StatusCode::OK))
        .with(
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"strata.mobileconfig\""),
        )
        .content(profile::MEDIA_TYPE, profile::profile(address, user))
}

/// A field of a form sent by GET.
fn field(query: &str, name: &str) -> Option<String> {
    let pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name)?;
    let value = value.replace('+', " ");
    Some(percent_decode_str(&value).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests;
