//! What is asked of others and what they answer, as values; who carries them stands in the socket room.

use bytes::Bytes;

use super::Address;
use crate::http::{HeaderMap, Method, StatusCode};

/// One request to somebody else.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub method: Method,
    pub to: Address,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Is it asked again where a redirect leads? What carries something of ours is not.
    pub follows: bool,
    /// Bytes of the answer, as sent and after inflation.
    pub at_most: u64,
}

impl Outgoing {
    /// A question that any answer of up to so many bytes will do for.
    pub fn get(to: Address, at_most: u64) -> Self {
        Self {
            method: Method::GET,
            to,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            follows: true,
            at_most,
        }
    }
}

/// A whole answer: what it lacks makes it a [`Failure`].
#[derive(Clone, Debug)]
pub struct Incoming {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Inflated.
    pub body: Bytes,
}

/// Why there is no answer, in words that hold nothing of the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("the host has no address")]
    NoHost,
    #[error("the host stands in a network that this server does not call")]
    Private,
    #[error("port {0} is none that this server calls")]
    Port(u16),
    #[error("this calendar comes from here; it is not taken in again")]
    Own,
    #[error("no connection: {0}")]
    Connect(String),
    #[error("no secure connection: {0}")]
    Tls(String),
    #[error("no whole answer within {0} seconds")]
    Slow(u64),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    #[error("the answer broke off")]
    Broken,
    #[error("the answer is not HTTP")]
    Garbled,
    #[error("the answer is packed in a way that was not asked for")]
    Coding,
    #[error("more than {0} redirects")]
    Redirects(usize),
    #[error("a redirect leads to no address: {0}")]
    Location(#[from] super::BadAddress),
    #[error("a redirect leads from https to http")]
    Downgrade,
    #[error("the server is stopping")]
    Stopping,
}

/// Carries requests. Blocks until the whole answer is there.
pub trait Net: Send + Sync {
    /// # Errors
    /// [`Failure`]; never after more than the time that is set for it.
    fn send(&self, request: &Outgoing) -> Result<Incoming, Failure>;
}
