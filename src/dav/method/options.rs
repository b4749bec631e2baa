//! OPTIONS (RFC 4918 section 9.1, RFC 9110 section 9.3.7): the same for everyone, whether anything stands there or not.

use crate::dav::error::Result;
use crate::dav::exchange::Exchange;
use crate::dav::method::allow;
use crate::dav::resource::Kind;
use crate::http::{HeaderValue, Reply, StatusCode, header};

/// 200, never 204: several clients take nothing else.
pub fn run(exchange: &Exchange) -> Result<Reply> {
    let kind = exchange.place.target.kind().unwrap_or(Kind::Item);
    let reply = Reply::new(StatusCode::OK);
    Ok(match HeaderValue::from_str(&allow(kind)) {
        Ok(methods) => reply.with(header::ALLOW, methods),
        Err(_) => reply,
    })
}
