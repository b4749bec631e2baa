//! A [`Reply`] on its way out: lengths, compression, frames, and the one log line when the last byte has left.

use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::Response;

use super::compress::{self, Gzip};
use super::connection::Line;
use super::record::Record;
use crate::http::{Body, HeaderValue, Reply, StatusCode, header};

/// What of a request decides the form of its reply.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub head_only: bool,
    pub gzip: bool,
    /// HTTP/2 and later have no `Connection` header.
    pub http1: bool,
}

/// A larger body is compressed while it is sent, a smaller one at once, so that its length is known.
const AT_ONCE: u64 = 256 << 10;
const FRAME: usize = 64 << 10;

/// The body of a reply as hyper sends it.
pub struct Outgoing {
    source: Source,
    gzip: Option<Gzip>,
    /// Bytes to come, when that is known.
    left: Option<u64>,
    _record: Record,
    line: Arc<Line>,
}

enum Source {
    Done,
    Bytes(Bytes),
    File(File, u64),
}

impl From<Body> for Source {
    fn from(body: Body) -> Self {
        match body {
            Body::Empty => Self::Done,
            Body::Bytes(bytes) => Self::Bytes(bytes),
            Body::File(file, length) => Self::File(file, length),
        }
    }
}

impl Source {
    fn length(&self) -> u64 {
        match self {
            Self::Done => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }

    /// The next piece, at most `at_most` bytes; a file that ends too early is an error, for its length has been told.
    fn next(&mut self, at_most: usize) -> io::Result<Option<Bytes>> {
        match self {
            Self::Done => Ok(None),
            Self::Bytes(bytes) => {
                let piece = bytes.split_to(bytes.len().min(at_most));
                if bytes.is_empty() {
                    *self = Self::Done;
                }
                Ok((!piece.is_empty()).then_some(piece))
            }
            Self::File(file, left) => {
                let size = at_most.min(usize::try_from(*left).unwrap_or(usize::MAX));
                let mut piece = vec![0; size];
                file.read_exact(&mut piece)?;
                *left -= size as u64;
                if *left == 0 {
                    *self = Self::Done;
                }
                Ok((size > 0).then(|| piece.into()))
            }
        }
    }
}

/// The reply as it is sent; `record` is written when it has been.
pub fn send(
    mut reply: Reply,
    asked: Asked,
    line: Arc<Line>,
    mut record: Record,
) -> Response<Outgoing> {
    let mut source = Source::from(std::mem::take(&mut reply.body));
    let mut gzip = None;
    let length = source.length();
    if compress::is_compressible(&reply, length) {
        vary(&mut reply);
        if asked.gzip && !asked.head_only {
            let coding = HeaderValue::from_static("gzip");
            reply.headers.insert(header::CONTENT_ENCODING, coding);
            gzip = Some(Gzip::new());
        }
    }
    if let Some(packed) = at_once(&mut gzip, &mut source, length) {
        source = Source::Bytes(packed);
    }
    let left = gzip.is_none().then(|| source.length());
    if let (Some(left), true) = (left, may_have_length(reply.status)) {
        reply.headers.insert(header::CONTENT_LENGTH, left.into());
    }
    if asked.head_only || !may_have_length(reply.status) {
        source = Source::Done;
    }
    record.reply_begins(reply.status, left.unwrap_or(length));
    let left = if matches!(source, Source::Done) {
        Some(0)
    } else {
        left
    };
    let mut response = Response::new(Outgoing {
        source,
        gzip,
        left,
        _record: record,
        line,
    });
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

/// RFC 9110 section 8.6: neither an interim nor an empty-by-nature reply carries a length.
fn may_have_length(status: StatusCode) -> bool {
    !status.is_informational()
        && status != StatusCode::NO_CONTENT
        && status != StatusCode::NOT_MODIFIED
}

fn vary(reply: &mut Reply) {
    let name = HeaderValue::from_static("Accept-Encoding");
    reply.headers.append(header::VARY, name);
}

fn at_once(gzip: &mut Option<Gzip>, source: &mut Source, length: u64) -> Option<Bytes> {
    let Source::Bytes(plain) = source else {
        return None;
    };
    if length > AT_ONCE {
        return None;
    }
    let mut packed = gzip.as_mut()?.push(plain).ok()?.to_vec();
    packed.extend_from_slice(&gzip.as_mut()?.finish().ok()?);
    *gzip = None;
    Some(packed.into())
}

impl Outgoing {
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        let Some(gzip) = &mut self.gzip else {
            let at_most = if matches!(self.source, Source::File(..)) {
                FRAME
            } else {
                usize::MAX
            };
            let piece = self.source.next(at_most)?;
            let sent = piece.as_ref().map_or(0, |piece| piece.len() as u64);
            self.left = self.left.map(|left| left.saturating_sub(sent));
            return Ok(piece);
        };
        while let Some(plain) = self.source.next(FRAME)? {
            let packed = gzip.push(&plain)?;
            if !packed.is_empty() {
                return Ok(Some(packed));
            }
        }
        let rest = gzip.finish()?;
        self.gzip = None;
        self.left = Some(0);
        Ok((!rest.is_empty()).then_some(rest))
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.line.touch();
        Poll::Ready(self.next().map(|piece| piece.map(Frame::data)).transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.gzip.is_none() && matches!(self.source, Source::Done)
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
