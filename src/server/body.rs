//! Request bodies: read whole within limits of size and time, inflated within limits of size and ratio, or read away.

use std::io::Read;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout};

use crate::config;
use crate::http::{HeaderMap, StatusCode, header};

/// Why a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("The request body is larger than this server takes.")]
    TooLarge,
    #[error("The request body did not arrive in time.")]
    TooSlow,
    #[error("The request body broke off.")]
    Broken,
    #[error("The request body is not in the encoding that its Content-Encoding names.")]
    Garbled,
    #[error("Only gzip and deflate are understood as Content-Encoding.")]
    Encoding,
}

impl Refused {
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken | Self::Garbled => StatusCode::BAD_REQUEST,
            Self::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }
}

/// The content codings that are understood (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
}

/// A request's body as it arrives. Whether a chunked one has come to its end only its reader knows.
pub struct Arriving {
    incoming: Incoming,
    is_read: bool,
}

impl From<Incoming> for Arriving {
    fn from(incoming: Incoming) -> Self {
        Self {
            is_read: incoming.is_end_stream(),
            incoming,
        }
    }
}

/// The whole body, inflated; at most so many bytes of it.
pub async fn read(
    body: &mut Arriving,
    headers: &HeaderMap,
    at_most: u64,
    settings: &config::Server,
) -> Result<Bytes, Refused> {
    let at_most = at_most.min(settings.max_body);
    let coding = coding(headers)?;
    if body.is_read {
        return Ok(Bytes::new());
    }
    if body.incoming.size_hint().lower() > at_most {
        return Err(Refused::TooLarge);
    }
    let raw = collect(&mut body.incoming, at_most, settings).await?;
    body.is_read = true;
    let Some(coding) = coding else { return Ok(raw) };
    let inflated = tokio::task::spawn_blocking(move || inflate(coding, &raw, at_most)).await;
    inflated.unwrap_or(Err(Refused::Garbled))
}

pub(super) fn coding(headers: &HeaderMap) -> Result<Option<Coding>, Refused> {
    let mut lines = headers.get_all(header::CONTENT_ENCODING).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return if headers.contains_key(header::CONTENT_ENCODING) {
            Err(Refused::Encoding)
        } else {
            Ok(None)
        };
    };
    match line
        .to_str()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "identity" | "" => Ok(None),
        "gzip" | "x-gzip" => Ok(Some(Coding::Gzip)),
        "deflate" => Ok(Some(Coding::Deflate)),
        _ => Err(Refused::Encoding),
    }
}

async fn collect(
    incoming: &mut Incoming,
    at_most: u64,
    settings: &config::Server,
) -> Result<Bytes, Refused> {
    let end = Instant::now() + settings.body_timeout;
    let Some(first) = frame(incoming, settings.body_idle_timeout, end).await? else {
        return Ok(Bytes::new());
    };
    if incoming.is_end_stream() {
        return within(first.len(), at_most).map(|()| first);
    }
    let expected = usize::try_from(incoming.size_hint().lower()).unwrap_or(0);
    let mut whole = BytesMut::with_capacity(first.len() + expected);
    whole.extend_from_slice(&first);
    while let Some(next) = frame(incoming, settings.body_idle_timeout, end).await? {
        within(whole.len() + next.len(), at_most)?;
        whole.extend_from_slice(&next);
    }
    within(whole.len(), at_most).map(|()| whole.freeze())
}

fn within(length: usize, at_most: u64) -> Result<(), Refused> {
    if length as u64 > at_most {
        Err(Refused::TooLarge)
    } else {
        Ok(())
    }
}

/// The next piece of data; trailers are passed over.
async fn frame(
    incoming: &mut Incoming,
    idle: Duration,
    end: Instant,
) -> Result<Option<Bytes>, Refused> {
    loop {
        let patience = idle.min(end.saturating_duration_since(Instant::now()));
        match timeout(patience, incoming.frame()).await {
            Err(_) => return Err(Refused::TooSlow),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(Refused::Broken),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// Text shrinks to a twentieth at best; what claims more is a bomb. Small bodies may.
const MAX_RATIO: u64 = 100;
const RATIO_FREE: u64 = 1 << 20;

pub(super) fn inflate(coding: Coding, raw: &[u8], at_most: u64) -> Result<Bytes, Refused> {
    let at_most = at_most.min(RATIO_FREE.max(raw.len() as u64 * MAX_RATIO));
    match coding {
        Coding::Gzip => limited(MultiGzDecoder::new(raw), at_most),
        // RFC 9110 section 8.4.1.2 means zlib; some clients send the bare stream.
        Coding::Deflate => match limited(ZlibDecoder::new(raw), at_most) {
            Err(Refused::Garbled) => limited(DeflateDecoder::new(raw), at_most),
            outcome => outcome,
        },
    }
}

fn limited(decoder: impl Read, at_most: u64) -> Result<Bytes, Refused> {
    let mut whole = Vec::new();
    let read = decoder.take(at_most + 1).read_to_end(&mut whole);
    read.map_err(|_| Refused::Garbled)?;
    within(whole.len(), at_most).map(|()| whole.into())
}

/// How much of a refused request's body is read away so that the connection can go on.
const DRAIN: u64 = 64 << 10;
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// Reads away a body that nobody wants. False: it is too long, or the client waits to be told to send it
/// (RFC 9110 section 10.1.1), and the connection must be closed behind the reply.
pub async fn drain(body: &mut Arriving, waits: bool) -> bool {
    let incoming = &mut body.incoming;
    if body.is_read || incoming.is_end_stream() {
        return true;
    }
    if incoming.size_hint().lower() > DRAIN || waits {
        return false;
    }
    let all = async {
        let mut read = 0;
        while let Some(frame) = incoming.frame().await {
            let Ok(frame) = frame else { return false };
            read += frame.data_ref().map_or(0, |data| data.len() as u64);
            if read > DRAIN {
                return false;
            }
        }
        true
    };
    timeout(DRAIN_TIME, all).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_zlib_and_bare_deflate_are_read() {
        let plain = b"BEGIN:VCALENDAR\r\n";
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(plain).unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::best());
        bare.write_all(plain).unwrap();
        let cases = [
            (Coding::Gzip, gzip(plain)),
            (Coding::Deflate, zlib.finish().unwrap()),
            (Coding::Deflate, bare.finish().unwrap()),
        ];
        for (coding, raw) in cases {
            assert_eq!(inflate(coding, &raw, 100).unwrap(), &plain[..]);
            assert_eq!(inflate(coding, &raw, 10), Err(Refused::TooLarge));
        }
    }

    #[test]
    fn a_bomb_is_stopped_by_size_and_by_ratio() {
        let bomb = gzip(&vec![0; 30 << 20]);
        assert_eq!(
            inflate(Coding::Gzip, &bomb, 20 << 20),
            Err(Refused::TooLarge)
        );
        assert_eq!(
            inflate(Coding::Gzip, &bomb, u64::MAX / 2),
            Err(Refused::TooLarge)
        );
        assert_eq!(inflate(Coding::Gzip, b"plain", 100), Err(Refused::Garbled));
        assert_eq!(
            inflate(Coding::Gzip, &gzip(b"x")[..12], 100),
            Err(Refused::Garbled)
        );
    }

    #[test]
    fn other_codings_are_refused() {
        let headers = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONTENT_ENCODING, value.parse().unwrap());
            }
            headers
        };
        assert_eq!(coding(&headers(&[])), Ok(None));
        assert_eq!(coding(&headers(&["identity"])), Ok(None));
        assert_eq!(coding(&headers(&["GZIP"])), Ok(Some(Coding::Gzip)));
        assert_eq!(coding(&headers(&["br"])), Err(Refused::Encoding));
        assert_eq!(coding(&headers(&["gzip, gzip"])), Err(Refused::Encoding));
        assert_eq!(coding(&headers(&["gzip", "gzip"])), Err(Refused::Encoding));
    }
}
