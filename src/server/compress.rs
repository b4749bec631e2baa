//! Which replies are sent compressed (RFC 9110 section 12.5.3), and the compression of a body piece by piece.
//!
//! A reply with an entity tag never is: calendar clients compare tags strictly, and a tag names the bytes as stored.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::http::{HeaderMap, Reply, header};

/// Shorter bodies gain nothing.
const WORTHWHILE: u64 = 1024;

/// May this reply be compressed for a client that asks for it? Then it says `Vary: Accept-Encoding` either way.
pub fn is_compressible(reply: &Reply, length: u64) -> bool {
    reply.status.is_success()
        && length >= WORTHWHILE
        && !reply.headers.contains_key(header::ETAG)
        && !reply.headers.contains_key(header::CONTENT_ENCODING)
        && media_type(&reply.headers).is_some_and(is_text)
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(str::trim)
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || media_type.ends_with("+xml")
        || media_type.ends_with("+json")
        || matches!(media_type, "application/xml" | "application/json")
}

/// Does `Accept-Encoding` name gzip, or everything, with a weight above zero?
pub fn wants_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).into_iter();
    let codings = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    let mut any = false;
    for coding in codings {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let wanted = weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|q| q > 0.0));
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            return wanted;
        }
        any |= name == "*" && wanted;
    }
    any
}

/// Compresses what it is given piece by piece.
#[derive(Debug)]
pub struct Gzip(GzEncoder<Vec<u8>>);

impl Gzip {
    pub fn new() -> Self {
        Self(GzEncoder::new(Vec::new(), Compression::fast()))
    }

    /// Takes a piece and returns what has become ready, which may be nothing.
    pub fn push(&mut self, piece: &[u8]) -> io::Result<Bytes> {
        self.0.write_all(piece)?;
        Ok(std::mem::take(self.0.get_mut()).into())
    }

    /// What was still inside.
    pub fn finish(&mut self) -> io::Result<Bytes> {
        self.0.try_finish()?;
        Ok(std::mem::take(self.0.get_mut()).into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::http::{HeaderValue, StatusCode};

    fn asks(value: &'static str) -> bool {
        let headers =
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        wants_gzip(&headers)
    }

    #[test]
    fn accept_encoding_is_read_with_its_weights() {
        assert!(asks("gzip") && asks("deflate, GZIP;q=0.5") && asks("*") && asks("br, x-gzip"));
        assert!(
            !asks("gzip;q=0")
                && !asks("br")
                && !asks("")
                && !asks("*, gzip; q=0.0")
                && !asks("*;q=0")
        );
    }

    #[test]
    fn items_errors_and_trifles_stay_as_they_are() {
        let reply = |status, media_type| Reply::new(status).content(media_type, Vec::new());
        let xml = reply(StatusCode::MULTI_STATUS, "application/xml; charset=utf-8");
        assert!(is_compressible(&xml, 2000) && !is_compressible(&xml, 200));
        let item = reply(StatusCode::OK, "text/calendar");
        assert!(is_compressible(&item, 2000));
        let tagged = item.with(header::ETAG, HeaderValue::from_static("\"a\""));
        assert!(!is_compressible(&tagged, 2000));
        assert!(!is_compressible(
            &reply(StatusCode::NOT_FOUND, "text/plain"),
            2000
        ));
        assert!(!is_compressible(&reply(StatusCode::OK, "image/png"), 2000));
    }

    #[test]
    fn the_pieces_make_one_stream() {
        let mut gzip = Gzip::new();
        let mut packed = Vec::new();
        for _ in 0..100 {
            packed.extend_from_slice(&gzip.push(&[b'a'; 10_000]).unwrap());
        }
        packed.extend_from_slice(&gzip.finish().unwrap());
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_end(&mut plain)
            .unwrap();
        assert!(plain.len() == 1_000_000 && packed.len() < 20_000);
    }
}
