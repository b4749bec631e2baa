//! From a request target to the room that answers: target forms (RFC 9112 section 3.2), the base path, the few fixed URLs.

use http::request::Parts;
use http::{Uri, Version};

use super::proxy::is_host;
use crate::export;
use crate::http::{self as ours, Method, StatusCode, header};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/dav/…`, and what clients ask of `/` and `/principals/` to find it.
    Dav,
    /// The JSON API.
    Api,
    /// The page for people.
    Page,
    /// What a link shows, `/feed/USER/TOKEN.ics`.
    Feed,
    /// `/.well-known/caldav` (RFC 6764 section 5).
    WellKnown,
    /// Time zone data for everybody (RFC 7808), and the way to it.
    TimeZones,
    WellKnownTimeZones,
    /// `OPTIONS *` (RFC 9110 section 9.3.7).
    Server,
    /// GNOME asks this path of every server for files; only a 200 with `DAV` lets it go on to calendars.
    FilesProbe,
    Health,
    Ready,
    Metrics,
    Nowhere,
}

impl Route {
    /// `path` has lost its base path. Only the first segments decide, and empty ones count for nothing.
    pub fn of(method: &Method, path: &str) -> Self {
        if export::is_feed(path) {
            return Self::Feed;
        }
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let is_dav_only = !matches!(*method, Method::GET | Method::HEAD);
        match (segments.next(), segments.next(), segments.next()) {
            (Some("dav"), _, _) => Self::Dav,
            (Some("api"), _, _) | (Some("v1"), Some("calendar"), _) => Self::Api,
            (None, None, None) if is_dav_only => Self::Dav,
            (None, None, None) => Self::Page,
            (Some("style.css" | "strata.mobileconfig"), None, None) => Self::Page,
            (Some("principals"), None, None) if is_dav_only => Self::Dav,
            (Some("*"), None, None) if path == "*" => Self::Server,
            (Some(".well-known"), Some("caldav"), None) => Self::WellKnown,
            (Some(".well-known"), Some("timezone"), None) => Self::WellKnownTimeZones,
            (Some("tzdist"), _, _) => Self::TimeZones,
            (Some("remote.php"), Some("dav" | "webdav"), None) if *method == Method::OPTIONS => {
                Self::FilesProbe
            }
            (Some("healthz"), None, None) => Self::Health,
            (Some("readyz"), None, None) => Self::Ready,
            (Some("metrics"), None, None) => Self::Metrics,
            _ => Self::Nowhere,
        }
    }
}

/// What is wrong with a request's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHead {
    #[error("A request names the host it is meant for, once.")]
    Host,
    #[error("The path holds bytes that must be percent-encoded.")]
    Path,
    #[error("This server is no proxy.")]
    Connect,
    #[error("Only chunked is understood as a transfer coding.")]
    TransferEncoding,
    #[error("Only 100-continue can be expected.")]
    Expectation,
}

impl BadHead {
    pub fn status(self) -> StatusCode {
        match self {
            Self::Host | Self::Path => StatusCode::BAD_REQUEST,
            Self::Connect | Self::TransferEncoding => StatusCode::NOT_IMPLEMENTED,
            Self::Expectation => StatusCode::EXPECTATION_FAILED,
        }
    }
}

/// Checks what hyper lets pass. Returns the authority that the request is meant for: an absolute target's
/// before `Host` (RFC 9112 section 3.2.2); empty from HTTP/1.0 without either.
pub fn check(head: &Parts) -> Result<&str, BadHead> {
    if head.method == Method::CONNECT {
        return Err(BadHead::Connect);
    }
    is_plain(&head.uri)?;
    let chunked = |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"chunked");
    if !head
        .headers
        .get_all(header::TRANSFER_ENCODING)
        .iter()
        .all(chunked)
    {
        return Err(BadHead::TransferEncoding);
    }
    let expected =
        |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    if !head.headers.get_all(header::EXPECT).iter().all(expected) {
        return Err(BadHead::Expectation);
    }
    host(head)
}

fn host(head: &Parts) -> Result<&str, BadHead> {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let (host, another) = (hosts.next(), hosts.next());
    let host = host
        .map(|host| host.to_str().map_err(|_| BadHead::Host))
        .transpose()?;
    let host = match (head.uri.authority(), host) {
        (_, _) if another.is_some() => return Err(BadHead::Host),
        (None, None) if head.version >= Version::HTTP_11 => return Err(BadHead::Host),
        (None, None) => return Ok(""),
        (Some(authority), _) => authority.as_str(),
        (None, Some(host)) => host,
    };
    if is_host(host) {
        Ok(host)
    } else {
        Err(BadHead::Host)
    }
}

fn is_plain(uri: &Uri) -> Result<(), BadHead> {
    let path = uri.path().as_bytes();
    let ascii = path.iter().all(|byte| (0x21..0x7f).contains(byte));
    let null = path.windows(3).any(|three| three == b"%00");
    let formed = path
        .first()
        .is_none_or(|first| *first == b'/' || path == b"*");
    if ascii && !null && formed {
        Ok(())
    } else {
        Err(BadHead::Path)
    }
}

/// The path below the base path. A proxy may have taken the base path off already: then the path stays as it is.
pub fn below<'p>(path: &'p str, base: &str) -> &'p str {
    ours::below(path, base).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(method: &str, target: &str, headers: &[(&'static str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn each_fixed_url_has_its_answer() {
        let get = |path| Route::of(&Method::GET, path);
        assert_eq!(get("/"), Route::Page);
        assert_eq!(get("//"), Route::Page);
        assert_eq!(get("/strata.mobileconfig"), Route::Page);
        assert_eq!(get("/dav"), Route::Dav);
        assert_eq!(get("//dav//calendars"), Route::Dav);
        assert_eq!(get("/.well-known/caldav"), Route::WellKnown);
        assert_eq!(get("/.well-known/caldav/"), Route::WellKnown);
        assert_eq!(get("/.well-known/carddav"), Route::Nowhere);
        assert_eq!(get("/.well-known/timezone"), Route::WellKnownTimeZones);
        assert_eq!(get("/api/v1/calendar/layers"), Route::Api);
        assert_eq!(get("/v1/calendar/events"), Route::Api);
        assert_eq!(get("/api"), Route::Api);
        assert_eq!(get("/apis"), Route::Nowhere);
        assert_eq!(get("/api/calendar/feeds"), Route::Api);
        assert_eq!(get("/tzdist/zones/Europe%2FBerlin"), Route::TimeZones);
        assert_eq!(get("/feed/alice/x.ics"), Route::Feed);
        assert_eq!(get("/feed/alice"), Route::Feed);
        assert_eq!(get("/api/calendar/feed/alice/x.ics"), Route::Feed); // E-162
        assert_eq!(get("/healthz"), Route::Health);
        assert_eq!(get("/healthz/x"), Route::Nowhere);
        assert_eq!(get("/davx"), Route::Nowhere);
        assert_eq!(get("/remote.php/dav"), Route::Nowhere);
        assert_eq!(get("/*"), Route::Nowhere);
        let propfind = Method::from_bytes(b"PROPFIND").unwrap();
        assert_eq!(Route::of(&propfind, "/"), Route::Dav);
        assert_eq!(Route::of(&propfind, "/principals/"), Route::Dav);
        assert_eq!(
            Route::of(&propfind, "/.well-known/caldav"),
            Route::WellKnown
        );
        assert_eq!(
            Route::of(&Method::OPTIONS, "/remote.php/dav/"),
            Route::FilesProbe
        );
        assert_eq!(Route::of(&Method::OPTIONS, "*"), Route::Server);
    }

    #[test]
    fn the_base_path_comes_off_once_whatever_its_encoding() {
        assert_eq!(below("/cal/dav/", "/cal"), "/dav/");
        assert_eq!(below("/cal", "/cal"), "/");
        assert_eq!(below("/cal/", "/cal"), "/");
        assert_eq!(below("/cal/cal/dav", "/cal"), "/cal/dav");
        assert_eq!(below("/calendar/dav", "/cal"), "/calendar/dav");
        assert_eq!(below("/dav/x", "/cal"), "/dav/x");
        assert_eq!(below("/a/b%40c/dav", "/a/b@c"), "/dav");
        assert_eq!(below("//a//b/dav", "/a/b"), "/dav");
        assert_eq!(below("/dav/", ""), "/dav/");
    }

    #[test]
    fn a_request_names_its_host_once() {
        assert_eq!(check(&head("GET", "/", &[("host", "a:80")])), Ok("a:80"));
        assert_eq!(check(&head("GET", "/", &[])), Err(BadHead::Host));
        assert_eq!(
            check(&head("GET", "/", &[("host", "")])),
            Err(BadHead::Host)
        );
        assert_eq!(
            check(&head("GET", "/", &[("host", "a"), ("host", "a")])),
            Err(BadHead::Host)
        );
        assert_eq!(
            check(&head("GET", "/", &[("host", "u@a")])),
            Err(BadHead::Host)
        );
        assert_eq!(
            check(&head("GET", "http://b:81/x", &[("host", "a")])),
            Ok("b:81")
        );
    }

    #[test]
    fn what_must_be_encoded_is_refused() {
        let host = [("host", "a")];
        assert_eq!(check(&head("GET", "/a%00b", &host)), Err(BadHead::Path));
        assert_eq!(check(&head("GET", "/a%2Fb", &host)), Ok("a"));
        let te = [("host", "a"), ("transfer-encoding", "gzip, chunked")];
        assert_eq!(
            check(&head("PUT", "/a", &te)),
            Err(BadHead::TransferEncoding)
        );
        let expect = [("host", "a"), ("expect", "a miracle")];
        assert_eq!(
            check(&head("PUT", "/a", &expect)),
            Err(BadHead::Expectation)
        );
        assert_eq!(
            check(&head("CONNECT", "a:80", &host)),
            Err(BadHead::Connect)
        );
    }
}
