//! A request is a value, a reply is a value: what the socket room hands to the rooms below and takes back.
//!
//! Nothing here opens a socket or knows WebDAV. Entity tags and HTTP dates live here because every door needs them.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::net::IpAddr;

use bytes::Bytes;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;

/// Where the client believes the server to be, after trusted proxies have been heard (RFC 7239).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Host and port as the client wrote them, `localhost:5232`.
    pub authority: String,
    /// What every path written to the client begins with: empty, or `/cal` without a slash at the end.
    pub base_path: String,
}

/// One request, whole: head and body have been read within limits.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: String,
    pub method: Method,
    /// The path as the client wrote it, still percent-encoded, without the base path, scheme, host and query.
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub origin: Origin,
    /// The client's address as far as trusted proxies tell it.
    pub client: IpAddr,
}

impl Request {
    /// The value of a header that stands once, when it is visible ASCII.
    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The path below a base path, whatever the encoding of either (`%40` is `@`) and however often a slash is doubled; `None`:
/// it is not below.
pub fn below<'p>(path: &'p str, base: &str) -> Option<&'p str> {
    let mut rest = path;
    for wanted in base.split('/').filter(|segment| !segment.is_empty()) {
        let trimmed = rest.trim_start_matches('/');
        let (segment, after) = match trimmed.find('/') {
            Some(at) => trimmed.split_at(at),
            None => (trimmed, ""),
        };
        let (one, other) = (percent_decode_str(segment), percent_decode_str(wanted));
        if !one.eq(other) {
            return None;
        }
        rest = after;
    }
    Some(if rest.is_empty() { "/" } else { rest })
}

/// Which of the media types on offer a client likes best (RFC 9110 section 12.5.1), the first of equals; `None`: none.
/// Parameters of a range narrow nothing here.
pub fn negotiate<'o>(headers: &HeaderMap, offers: &[&'o str]) -> Option<&'o str> {
    let lines = headers.get_all(header::ACCEPT).into_iter();
    let ranges: Vec<(&str, f32)> = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().filter(|name| !name.is_empty())?;
            let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
            Some((
                name,
                weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)),
            ))
        })
        .collect();
    if ranges.is_empty() {
        return offers.first().copied();
    }
    let mut best: Option<(&str, f32)> = None;
    for offer in offers {
        let weight = weight(&ranges, offer);
        if weight > best.map_or(0.0, |(_, best)| best) {
            best = Some((offer, weight));
        }
    }
    best.map(|(offer, _)| offer)
}

/// What the most precise range says of a media type.
fn weight(ranges: &[(&str, f32)], offer: &str) -> f32 {
    let family = offer.split_once('/').map_or(offer, |(family, _)| family);
    let precision = |range: &str| match range.split_once('/') {
        _ if range.eq_ignore_ascii_case(offer) => Some(2),
        Some((own, "*")) if own.eq_ignore_ascii_case(family) => Some(1),
        Some(("*", "*")) => Some(0),
        _ => None,
    };
    ranges
        .iter()
        .filter_map(|(range, weight)| Some((precision(range)?, *weight)))
        .max_by_key(|(precision, _)| *precision)
        .map_or(0.0, |(_, weight)| weight)
}

/// What leaves: a status, headers, and a body that is in memory or in an unlinked temporary file.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
}

#[derive(Debug, Default)]
pub enum Body {
    #[default]
    Empty,
    Bytes(Bytes),
    /// A spilled body: the file stands at its beginning and holds this many bytes.
    File(File, u64),
}

impl Reply {
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Body::Empty,
        }
    }

    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// A body with its media type.
    #[must_use]
    pub fn content(mut self, media_type: &'static str, body: impl Into<Body>) -> Self {
        self.headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        self.body = body.into();
        self
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}

/// Collects a body: in memory at first, in an unlinked temporary file once it has outgrown `IN_MEMORY`.
///
/// The handlers only see a `Write`; the bytes leave after the database snapshot has been closed, so a client that
/// reads slowly holds neither a connection nor a snapshot.
#[derive(Debug)]
pub struct Spool {
    memory: Vec<u8>,
    file: Option<File>,
    written: u64,
    at_most: u64,
}

/// Bytes kept in memory before a body is spilled to a file.
pub const IN_MEMORY: usize = 4 << 20;

impl Spool {
    /// A body of at most `at_most` bytes; past that a write fails with [`io::ErrorKind::FileTooLarge`].
    pub fn new(at_most: u64) -> Self {
        Self {
            memory: Vec::new(),
            file: None,
            written: 0,
            at_most,
        }
    }

    /// How many bytes have been written.
    pub fn written(&self) -> u64 {
        self.written
    }

    pub fn into_body(self) -> io::Result<Body> {
        match self.file {
            None if self.memory.is_empty() => Ok(Body::Empty),
            None => Ok(Body::Bytes(self.memory.into())),
            Some(mut file) => {
                file.write_all(&self.memory)?;
                file.seek(SeekFrom::Start(0))?;
                Ok(Body::File(file, self.written))
            }
        }
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile()?);
        }
        if let Some(file) = &mut self.file {
            file.write_all(&self.memory)?;
        }
        self.memory.clear();
        Ok(())
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.written + bytes.len() as u64;
        if written > self.at_most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if self.memory.len() + bytes.len() > IN_MEMORY {
            self.spill()?;
        }
        self.memory.extend_from_slice(bytes);
        self.written = written;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An entity tag (RFC 9110 section 8.8.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag {
    pub weak: bool,
    /// What stands between the quotes.
    pub opaque: String,
}

impl EntityTag {
    pub fn strong(opaque: impl Into<String>) -> Self {
        Self {
            weak: false,
            opaque: opaque.into(),
        }
    }

    /// Strong comparison (RFC 9110 section 8.8.3.2), except that clients which lost the `W/` on the way are forgiven
    /// by whoever parsed the tag, not here.
    pub fn strongly_matches(&self, other: &Self) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    pub fn weakly_matches(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }

    /// One entity tag and what follows it. `\"` for a quote, and no quotes at all, are seen in the wild and taken.
    pub fn at_head_of(text: &str) -> Option<(Self, &str)> {
        let (weak, text) = match text.strip_prefix("W/").or_else(|| text.strip_prefix("w/")) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let found = if let Some(rest) = text.strip_prefix("\\\"") {
            rest.split_once("\\\"")?
        } else if let Some(rest) = text.strip_prefix('"') {
            rest.split_once('"')?
        } else {
            let end = text.find([',', ' ', '\t', ']']).unwrap_or(text.len());
            text.split_at(end)
        };
        let (opaque, rest) = found;
        let tag = Self {
            weak,
            opaque: opaque.to_owned(),
        };
        (!opaque.is_empty() || text.starts_with(['"', '\\'])).then_some((tag, rest))
    }
}

/// `If-Match` or `If-None-Match` (RFC 9110 section 13.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    Any,
    These(Vec<EntityTag>),
}

/// A header that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Tags {
    /// # Errors
    /// [`Malformed`].
    pub fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, Malformed> {
        let mut tags = Vec::new();
        let mut given = false;
        for value in headers.get_all(name) {
            given = true;
            let value = value.to_str().map_err(|_| Malformed)?.trim();
            if value == "*" {
                return Ok(Some(Self::Any));
            }
            let mut rest = value;
            while !rest.is_empty() {
                let (tag, after) = EntityTag::at_head_of(rest).ok_or(Malformed)?;
                tags.push(tag);
                rest = after.trim_start_matches([',', ' ', '\t']);
            }
        }
        Ok(given.then_some(Self::These(tags)))
    }

    /// Do they name what is there? Strong comparison is asked for `If-Match`, but a `W/` that a client or a proxy put
    /// before one of our strong tags is forgiven: we hand out no weak ones.
    pub fn name(&self, exists: bool, tag: Option<&EntityTag>) -> bool {
        match (self, tag) {
            (Self::Any, _) => exists,
            (Self::These(_), None) => false,
            (Self::These(tags), Some(tag)) => tags.iter().any(|one| one.weakly_matches(tag)),
        }
    }
}

/// Has the reader of GET or HEAD already what it would get (`If-None-Match`)? A header that cannot be read names nothing.
pub fn has_already(headers: &HeaderMap, tag: &EntityTag) -> bool {
    let known = Tags::read(headers, &header::IF_NONE_MATCH);
    matches!(known, Ok(Some(tags)) if tags.name(true, Some(tag)))
}

impl std::fmt::Display for EntityTag {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "{}\"{}\"",
            if self.weak { "W/" } else { "" },
            self.opaque
        )
    }
}

/// A date as HTTP writes it (RFC 9110 section 5.6.7), `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http_date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .ok()
        .and_then(|moment| {
            jiff::fmt::rfc2822::DateTimePrinter::new()
                .timestamp_to_rfc9110_string(&moment)
                .ok()
        })
        .unwrap_or_else(|| "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())
}

/// The reverse of [`http_date`]; what is not a date counts as not said.
pub fn parse_http_date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()
        .map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_has_is_known_by_its_tag() {
        let tag = EntityTag::strong("a,b");
        let has = |known: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(known));
            has_already(&headers, &tag)
        };
        for known in ["*", "\"a,b\"", "W/\"a,b\"", "\"x\", \"a,b\""] {
            assert!(has(known), "{known}");
        }
        for other in ["\"a\"", "\"x\", W/\"y\"", "\"a,b", ""] {
            assert!(!has(other), "{other}");
        }
        assert!(!has_already(&HeaderMap::new(), &tag));
    }

    #[test]
    fn media_types_are_negotiated() {
        let offers = ["text/calendar", "application/calendar+json"];
        let ask = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().expect("a value"));
            negotiate(&headers, &offers)
        };
        assert_eq!(negotiate(&HeaderMap::new(), &offers), Some(offers[0]));
        assert_eq!(ask(""), Some(offers[0]));
        assert_eq!(ask("*/*"), Some(offers[0]));
        assert_eq!(ask("application/calendar+json"), Some(offers[1]));
        assert_eq!(ask("application/*, text/*;q=0.5"), Some(offers[1]));
        assert_eq!(ask("*/*, text/calendar;q=0.1"), Some(offers[1]));
        assert_eq!(ask("TEXT/Calendar; charset=utf-8"), Some(offers[0]));
        assert_eq!(ask("text/calendar;q=0, text/html"), None);
        assert_eq!(ask("text/calendar;q=x"), None);
    }
}
