//! Why a request was not done, as problem details (RFC 9457): one row a kind, one arm a refusal.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::system::COME_BACK;
use crate::calendar::{self, Refusal, StoreError};
use crate::http::{HeaderName, HeaderValue, Reply, StatusCode, header};

/// What every failure of a kind has in common.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    pub status: StatusCode,
    /// Stable: programs compare it. It ends the `type` too, `urn:strata:problem:CODE`.
    pub code: &'static str,
    pub title: &'static str,
}

const fn kind(status: StatusCode, code: &'static str, title: &'static str) -> Kind {
    Kind {
        status,
        code,
        title,
    }
}

pub const UNAUTHENTICATED: Kind = kind(
    StatusCode::UNAUTHORIZED,
    "unauthenticated",
    "Sign in with a token or a password",
);
pub const FORBIDDEN: Kind = kind(
    StatusCode::FORBIDDEN,
    "forbidden",
    "This account or device may not do that",
);
pub const OUT_OF_SCOPE: Kind = kind(
    StatusCode::FORBIDDEN,
    "insufficient-scope",
    "The credential was not made for that",
);
pub const CROSS_SITE: Kind = kind(
    StatusCode::FORBIDDEN,
    "cross-site",
    "Another site's page may not do that with a remembered password",
);
/// What one may not know of is told like what never was: nothing here says which.
pub const NOT_FOUND: Kind = kind(StatusCode::NOT_FOUND, "not-found", "There is nothing here");
pub const METHOD: Kind = kind(
    StatusCode::METHOD_NOT_ALLOWED,
    "method-not-allowed",
    "This resource does not take that method",
);
pub const MALFORMED: Kind = kind(
    StatusCode::BAD_REQUEST,
    "malformed-request",
    "The request cannot be read",
);
pub const CURSOR: Kind = kind(
    StatusCode::BAD_REQUEST,
    "invalid-cursor",
    "The cursor belongs to another list or is damaged",
);
pub const CHANGED: Kind = kind(
    StatusCode::PRECONDITION_FAILED,
    "changed",
    "It has changed since",
);
pub const TOO_LARGE: Kind = kind(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large");
pub const MEDIA_TYPE: Kind = kind(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "unsupported-media-type",
    "Only application/json is read",
);
pub const INVALID: Kind = kind(
    StatusCode::UNPROCESSABLE_ENTITY,
    "invalid-value",
    "A value that cannot be",
);
const INVALID_CALENDAR: Kind = kind(
    StatusCode::UNPROCESSABLE_ENTITY,
    "invalid-calendar-data",
    "Not valid iCalendar data",
);
const TOO_MANY_OCCURRENCES: Kind = kind(
    StatusCode::UNPROCESSABLE_ENTITY,
    "too-many-occurrences",
    "Too many occurrences",
);
const KEY_REUSED: Kind = kind(
    StatusCode::UNPROCESSABLE_ENTITY,
    "idempotency-key-reused",
    "The idempotency key stands for another request",
);
const NAME_RESERVED: Kind = kind(
    StatusCode::UNPROCESSABLE_ENTITY,
    "name-reserved",
    "That name cannot be given",
);
const EXISTS: Kind = kind(StatusCode::CONFLICT, "exists", "It is there already");
const UID_TAKEN: Kind = kind(
    StatusCode::CONFLICT,
    "uid-taken",
    "Another item has that UID",
);
const LIMIT: Kind = kind(StatusCode::CONFLICT, "limit-reached", "No more of them");
const QUOTA: Kind = kind(
    StatusCode::CONFLICT,
    "quota-exceeded",
    "The account's quota is used up",
);
const LAST_CALENDAR: Kind = kind(
    StatusCode::CONFLICT,
    "last-calendar",
    "The only calendar for events stays",
);
pub const CONFLICT: Kind = kind(
    StatusCode::CONFLICT,
    "conflict",
    "That does not fit what stands",
);
const EXPIRED: Kind = kind(StatusCode::GONE, "token-expired", "The sync token is over");
pub const THROTTLED: Kind = kind(
    StatusCode::TOO_MANY_REQUESTS,
    "too-many-requests",
    "Too many requests",
);
pub const BUSY: Kind = kind(
    StatusCode::SERVICE_UNAVAILABLE,
    "busy",
    "The server has too much to do just now",
);
const UNAVAILABLE: Kind = kind(
    StatusCode::SERVICE_UNAVAILABLE,
    "source-unavailable",
    "What is kept elsewhere cannot be reached just now",
);
const DISK: Kind = kind(
    StatusCode::INSUFFICIENT_STORAGE,
    "disk-full",
    "The server's disk is full",
);
pub const FAULT: Kind = kind(
    StatusCode::INTERNAL_SERVER_ERROR,
    "fault",
    "The server failed",
);
/// What the sockets refuse before anything has been read.
pub const HTTP: Kind = kind(
    StatusCode::BAD_REQUEST,
    "http",
    "The request was not understood",
);

/// The one table: a refusal and its kind.
fn refused(refusal: &Refusal) -> &'static Kind {
    match refusal {
        Refusal::NotFound => &NOT_FOUND,
        Refusal::Unauthenticated => &UNAUTHENTICATED,
        Refusal::Forbidden { .. } => &FORBIDDEN,
        Refusal::OutOfScope(_) => &OUT_OF_SCOPE,
        Refusal::Stale => &CHANGED,
        Refusal::UidTaken { .. } => &UID_TAKEN,
        Refusal::Exists => &EXISTS,
        Refusal::NoParent | Refusal::RuleConflict(_) => &CONFLICT,
        Refusal::InvalidData { .. }
        | Refusal::InvalidObject(_)
        | Refusal::UnsupportedComponent(_)
        | Refusal::UnsupportedScale(_) => &INVALID_CALENDAR,
        Refusal::TooLarge(_) => &TOO_LARGE,
        Refusal::TooMany(_) | Refusal::DeadPropertiesFull { .. } => &LIMIT,
        Refusal::TooManyOccurrences(_) => &TOO_MANY_OCCURRENCES,
        Refusal::TooManyAttendees(_)
        | Refusal::BeforeMinDate(_)
        | Refusal::AfterMaxDate(_)
        | Refusal::NotAllowedPrincipal(_)
        | Refusal::NotShared
        | Refusal::BadValue(_) => &INVALID,
        Refusal::OverQuota => &QUOTA,
        Refusal::TokenExpired => &EXPIRED,
        Refusal::BadLocation => &NAME_RESERVED,
        Refusal::DefaultNeeded => &LAST_CALENDAR,
        Refusal::KeyReused => &KEY_REUSED,
        Refusal::TooOften(_) => &THROTTLED,
        Refusal::Unavailable => &UNAVAILABLE,
    }
}

/// A failure that is about to be told.
#[derive(Debug, thiserror::Error)]
#[error("{}", .kind.title)]
pub struct Problem {
    pub kind: &'static Kind,
    /// For this one, in words; never the title again.
    pub detail: Option<Cow<'static, str>>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// What went wrong, as `application/problem+json` says it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct Details {
    /// `urn:strata:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The same for every problem of this type.
    title: &'static str,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Stable: what a program compares.
    code: &'static str,
    /// This one, in words for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
}

/// Letters of a detail: it may quote what a client sent.
const LONGEST: usize = 500;

impl Problem {
    pub fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            detail: None,
            headers: Vec::new(),
        }
    }

    #[must_use]
    pub fn saying(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub fn malformed(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(&MALFORMED).saying(why)
    }

    pub fn invalid(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(&INVALID).saying(why)
    }

    pub fn refused(refusal: &Refusal) -> Self {
        let kind = refused(refusal);
        let problem = Self::new(kind);
        if matches!(refusal, Refusal::NotFound | Refusal::Unauthenticated) {
            return problem;
        }
        let problem = problem.saying(refusal.to_string());
        match refusal {
            Refusal::TooOften(seconds) => problem.with(header::RETRY_AFTER, (*seconds).into()),
            Refusal::Unavailable => problem.with(header::RETRY_AFTER, COME_BACK.into()),
            Refusal::OutOfScope(scope) => {
                let challenge = format!(
                    "Bearer error=\"insufficient_scope\", scope=\"{}\"",
                    scope.word()
                );
                match HeaderValue::try_from(challenge) {
                    Ok(challenge) => problem.with(header::WWW_AUTHENTICATE, challenge),
                    Err(_) => problem,
                }
            }
            _ => problem,
        }
    }

    /// The whole reply with another status than the kind's, for what the sockets say.
    pub fn into_reply(self) -> Reply {
        let status = self.kind.status;
        self.reply_as(status)
    }

    pub fn reply_as(self, status: StatusCode) -> Reply {
        let details = Details {
            kind: format!("urn:strata:problem:{}", self.kind.code),
            title: self.kind.title,
            status: status.as_u16(),
            code: self.kind.code,
            detail: self
                .detail
                .map(|detail| detail.chars().take(LONGEST).collect()),
        };
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let mut reply = Reply::new(status).content("application/problem+json", body);
        for (name, value) in self.headers {
            reply.headers.append(name, value);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let soon = HeaderValue::from_static("5");
            reply.headers.entry(header::RETRY_AFTER).or_insert(soon);
        }
        reply
    }
}

/// Why a handler stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Calendar(#[from] calendar::Error),
    #[error(transparent)]
    Problem(#[from] Problem),
    /// Ours: it is logged, and the client learns the request's id.
    #[error("{0}")]
    Fault(String),
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// `id` is the request's.
    pub fn into_problem(self, id: &str) -> Problem {
        match self {
            Self::Problem(problem) => problem,
            Self::Calendar(calendar::Error::Refused(refusal)) => Problem::refused(&refusal),
            Self::Calendar(calendar::Error::Store(StoreError::Busy(_))) => Problem::new(&BUSY),
            Self::Calendar(calendar::Error::Store(StoreError::Full(_))) => Problem::new(&DISK),
            fault => {
                tracing::error!(request = %id, error = ?fault, "a request failed");
                Problem::new(&FAULT).saying(format!(
                    "The operator finds the reason in the log under request {id}."
                ))
            }
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Calendar(error.into())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Calendar(refusal.into())
    }
}
