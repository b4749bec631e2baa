//! A link, and behind it a calendar for whoever holds it: one iCalendar stream that other programs fetch again and again.
//!
//! `/feed/USER/TOKEN.ics`. Whom the token lets in has been found out by the time a request comes here.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::calendar::{self, Access, Calendars, Feed, Need, Refusal, StoreError};
use crate::http::{
    EntityTag, HeaderName, HeaderValue, Method, Reply, Request, Spool, StatusCode, has_already,
    header, http_date,
};
use crate::ical::{Heading, Merge, zone_data};
use crate::model::{Instant, Link};
use crate::privacy::Viewer;

/// How often subscribers are asked to come back (RFC 7986 section 5.7).
const REFRESH: &str = "PT1H";

const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";

/// The user and the token in the address of a feed, for every form that it has: `/feed/USER/TOKEN.ics`,
/// `/api/calendar/feed/USER/TOKEN.ics` and `/api/v1/users/USER/calendar.ics?token=TOKEN`.
pub fn address(path: &str, query: Option<&str>) -> Option<(String, String)> {
    let segments: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
    let (user, token) = match segments[..] {
        ["feed", user, file] | ["api", "calendar", "feed", user, file] => {
            (user, file.strip_suffix(".ics")?)
        }
        ["api", "v1", "users", user, "calendar.ics"] => {
            let mut pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
            (user, pairs.find(|(name, _)| *name == "token")?.1)
        }
        _ => return None,
    };
    let text = |part| {
        percent_decode_str(part)
            .decode_utf8()
            .ok()
            .map(Cow::into_owned)
    };
    Some((text(user)?, text(token)?))
}

/// Is a path one under which feeds are, whether or not there is this one?
pub fn is_feed(path: &str) -> bool {
    let mut segments = path.split('/').filter(|it| !it.is_empty());
    let mut next = || segments.next().unwrap_or_default();
    matches!(
        (next(), next(), next(), next(), next(), next()),
        ("feed", ..)
            | ("api", "calendar", "feed", ..)
            | ("api", "v1", "users", _, "calendar.ics", "")
    )
}

/// Answers a request for the feed that its token names.
pub fn handle(calendars: &Calendars, link: Link, request: &Request, at_most: u64) -> Reply {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        let allow = HeaderValue::from_static("GET, HEAD");
        return plain(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n")
            .with(header::ALLOW, allow);
    }
    let answered = calendars.read(&Viewer::Anyone, |access| {
        let feed = access.feed(link)?;
        answer(access, &feed, request, at_most)
    });
    answered.unwrap_or_else(|error| failed(&error, &request.id))
}

fn answer(
    access: &mut Access,
    feed: &Feed,
    request: &Request,
    at_most: u64,
) -> calendar::Result<Reply> {
    let state = State::of(access, feed)?;
    if has_already(&request.headers, &state.tag) {
        return Ok(state.stamp(Reply::new(StatusCode::NOT_MODIFIED)));
    }
    let heading = Heading {
        name: feed.name(),
        color: feed.color(),
        color_name: feed.color_name(),
        zone: feed.zone(),
        refresh: Some(REFRESH),
    };
    let mut merge = Merge::open(Spool::new(at_most), &heading)?;
    access.each_published(feed, Need::Text, &mut |item| {
        if let Some(text) = item.text() {
            merge.add(text)?;
        }
        Ok::<_, calendar::Error>(())
    })?;
    let body = merge.close()?.into_body()?;
    Ok(state.stamp(Reply::new(StatusCode::OK).content(MEDIA_TYPE, body)))
}

/// Which bytes a feed comes to, told without reading them: an edit that its audience does not see is none.
struct State {
    tag: EntityTag,
    modified: Instant,
}

impl State {
    fn of(access: &mut Access, feed: &Feed) -> calendar::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        let mut part = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        part(feed.name());
        part(feed.color().unwrap_or_default());
        part(feed.zone().unwrap_or_default());
        part(&zone_data().to_string());
        let mut modified = feed.since();
        access.each_published(feed, Need::Index, &mut |item| {
            part(item.tag());
            modified = modified.max(item.modified());
            Ok::<_, calendar::Error>(())
        })?;
        Ok(Self {
            tag: EntityTag::strong(&hasher.finalize().to_hex()[..32]),
            modified,
        })
    }

    /// Nobody between the subscriber and us may keep it for others.
    fn stamp(&self, reply: Reply) -> Reply {
        let reply = reply.with(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
        // No browser names a file after the secret, and no search engine lists it.
        let reply = reply
            .with(
                header::CONTENT_DISPOSITION,
                HeaderValue::from_static("inline; filename=\"calendar.ics\""),
            )
            .with(
                HeaderName::from_static("x-robots-tag"),
                HeaderValue::from_static("noindex"),
            );
        let stamps = [
            (header::ETAG, self.tag.to_string()),
            (header::LAST_MODIFIED, http_date(self.modified)),
        ];
        stamps
            .into_iter()
            .fold(reply, |reply, (name, value)| match value.try_into() {
                Ok(value) => reply.with(name, value),
                Err(_) => reply,
            })
    }
}

fn failed(error: &calendar::Error, id: &str) -> Reply {
    match error {
        // It has ended between the two questions.
        calendar::Error::Refused(Refusal::NotFound) => {
            plain(StatusCode::NOT_FOUND, "There is no such feed.\n")
        }
        calendar::Error::Refused(_) | calendar::Error::Store(StoreError::Busy(_)) => plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server is busy. Try again in a moment.\n",
        )
        .with(header::RETRY_AFTER, HeaderValue::from_static("60")),
        calendar::Error::Store(_) | calendar::Error::Reply(_) => {
            tracing::error!(id, %error, "a feed could not be made");
            let about = format!("The server failed; the request's id is {id}.\n");
            plain(StatusCode::INTERNAL_SERVER_ERROR, about)
        }
    }
}

fn plain(status: StatusCode, sentence: impl Into<String>) -> Reply {
    Reply::new(status)
        .with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .content("text/plain; charset=utf-8", sentence.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_user_and_a_token() {
        let found = Some(("alice@x".to_owned(), "a-b_c".to_owned()));
        for (path, query) in [
            ("/feed/alice%40x/a-b_c.ics", None),
            ("//feed/alice@x//a-b_c.ics", None),
            ("/api/calendar/feed/alice@x/a-b_c.ics", None),
            (
                "/api/v1/users/alice@x/calendar.ics",
                Some("x=y&token=a-b_c"),
            ),
        ] {
            assert_eq!(address(path, query), found, "{path}");
            assert!(is_feed(path), "{path}");
        }
        for path in [
            "/feed/alice/abc",
            "/feed//abc.ics",
            "/feed/alice/a/b.ics",
            "/feed/",
            "/api/v1/users/alice/calendar.ics",
            "/feed/alice/%ff.ics",
        ] {
            assert_eq!(address(path, None), None, "{path}");
            assert!(is_feed(path), "{path}");
        }
        for path in [
            "/feeds/a/b.ics",
            "/api/v1/users/alice",
            "/api/calendar/feeds",
            "/",
        ] {
            assert!(!is_feed(path), "{path}");
        }
    }
}
