//! Why a request is not let in, and the reply that says so.

use std::time::Duration;

use crate::http::{HeaderValue, Reply, StatusCode, header};
use crate::store;

#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Nobody has said who they are where that is needed.
    #[error("Sign in with a user name and a password.")]
    Anonymous,
    /// Unknown account, wrong password, withdrawn or expired secret, unreadable credentials: one answer for all.
    #[error("The user name or the password is not right.")]
    Unauthenticated,
    /// Unknown, withdrawn or expired: one answer for all.
    #[error("The token is not right: it is unknown, withdrawn or over.")]
    Token,
    /// A password came over a line that others can read.
    #[error(
        "This server does not take passwords over unencrypted HTTP. Use the https:// address; if a proxy in front of \
         the server ends TLS, name it in [server] trusted_proxies."
    )]
    Cleartext,
    #[error("Too many wrong passwords from this network. Try again in {} seconds.", seconds(.0))]
    Throttled(Duration),
    #[error("Too many sign-ins at once. Try again in a moment.")]
    Busy,
    #[error("The server cannot check passwords just now.")]
    Fault,
    #[error("The server cannot reach its database just now.")]
    Store(#[from] store::Error),
}

/// A part of a second is a whole one for `Retry-After` (RFC 9110 section 10.2.3).
fn seconds(wait: &Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl Refused {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Anonymous | Self::Unauthenticated | Self::Token => StatusCode::UNAUTHORIZED,
            Self::Cleartext => StatusCode::FORBIDDEN,
            Self::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::Store(store::Error::Busy(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(store::Error::Full(_)) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Fault | Self::Store(store::Error::Fault(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The whole reply, with a sentence for a person: some clients show it, and some misread an empty refusal. A 401
    /// carries the challenge.
    pub fn reply(&self, challenge: &HeaderValue) -> Reply {
        let reply = Reply::new(self.status())
            .with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .content("text/plain; charset=utf-8", format!("{self}\n"));
        match self.retry_after() {
            _ if self.status() == StatusCode::UNAUTHORIZED => {
                reply.with(header::WWW_AUTHENTICATE, challenge.clone())
            }
            Some(seconds) => reply.with(header::RETRY_AFTER, seconds.into()),
            None => reply,
        }
    }

    /// Seconds after which it may be tried again.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Throttled(wait) => Some(seconds(wait)),
            _ => (self.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_says_what_to_do() {
        let challenge = HeaderValue::from_static("Basic realm=\"Strata\"");
        let wait = Refused::Throttled(Duration::from_millis(1500));
        assert_eq!(wait.reply(&challenge).headers[header::RETRY_AFTER], "2");
        assert!(wait.to_string().contains("2 seconds"));
        let unknown = Refused::Unauthenticated.reply(&challenge);
        assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
        assert_eq!(unknown.headers[header::WWW_AUTHENTICATE], challenge);
        assert_eq!(
            Refused::Busy.reply(&challenge).headers[header::RETRY_AFTER],
            "1"
        );
        assert_eq!(Refused::Cleartext.status(), StatusCode::FORBIDDEN);
    }
}
