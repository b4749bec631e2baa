//! What went wrong, told in HTTP: one table from refusals to statuses and precondition elements, and nothing else.

use std::borrow::Cow;
use std::io;

use super::name::{CALDAV, DAV, prefix};
use super::path::BadPath;
use super::writer::Writer;
use super::xml::Malformed;
use crate::calendar::system::COME_BACK;
use crate::calendar::{self, Privilege, Refusal, StoreError};
use crate::http::{HeaderValue, Reply, Request, StatusCode, header};

/// A precondition or postcondition that a specification names, with the status that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Precondition {
    pub status: StatusCode,
    pub namespace: &'static str,
    pub local: &'static str,
}

const fn dav(status: StatusCode, local: &'static str) -> Precondition {
    Precondition {
        status,
        namespace: DAV,
        local,
    }
}

const fn caldav(status: StatusCode, local: &'static str) -> Precondition {
    Precondition {
        status,
        namespace: CALDAV,
        local,
    }
}

const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const CONFLICT: StatusCode = StatusCode::CONFLICT;
const FULL: StatusCode = StatusCode::INSUFFICIENT_STORAGE;

/// RFC 4918 section 9.1.1.
pub const FINITE_DEPTH: Precondition = dav(FORBIDDEN, "propfind-finite-depth");
/// RFC 4918 section 9.2.1.
pub const PROTECTED: Precondition = dav(FORBIDDEN, "cannot-modify-protected-property");
/// RFC 5689 section 3.3.
pub const RESOURCE_TYPE: Precondition = dav(FORBIDDEN, "valid-resourcetype");
/// RFC 4791 section 5.3.1.
pub const MUST_BE_NULL: Precondition = dav(FORBIDDEN, "resource-must-be-null");
/// RFC 3744 section 8.1.1, all of them.
pub const NO_ACE_CONFLICT: Precondition = dav(FORBIDDEN, "no-ace-conflict");
pub const NO_PROTECTED_ACE_CONFLICT: Precondition = dav(FORBIDDEN, "no-protected-ace-conflict");
pub const NO_INHERITED_ACE_CONFLICT: Precondition = dav(FORBIDDEN, "no-inherited-ace-conflict");
pub const LIMITED_NUMBER_OF_ACES: Precondition = dav(FORBIDDEN, "limited-number-of-aces");
pub const GRANT_ONLY: Precondition = dav(FORBIDDEN, "grant-only");
pub const NO_INVERT: Precondition = dav(FORBIDDEN, "no-invert");
pub const NOT_SUPPORTED_PRIVILEGE: Precondition = dav(FORBIDDEN, "not-supported-privilege");
pub const RECOGNIZED_PRINCIPAL: Precondition = dav(FORBIDDEN, "recognized-principal");
pub const ALLOWED_PRINCIPAL: Precondition = dav(FORBIDDEN, "allowed-principal");
/// RFC 3744 section 7.1.1, of one property.
pub const NEED_PRIVILEGES: Precondition = dav(FORBIDDEN, "need-privileges");
/// RFC 3253 section 3.6.
pub const SUPPORTED_REPORT: Precondition = dav(FORBIDDEN, "supported-report");
/// RFC 3744 section 8.1.1 and RFC 4791 section 7.8.
pub const MATCHES: Precondition = dav(FULL, "number-of-matches-within-limits");
/// RFC 6578 section 3.2.
pub const SYNC_TOKEN: Precondition = dav(FORBIDDEN, "valid-sync-token");
/// RFC 6578 section 3.3.
pub const SYNC_TRAVERSAL: Precondition = dav(FORBIDDEN, "sync-traversal-supported");
/// RFC 4331 section 6.
pub const QUOTA: Precondition = dav(FULL, "quota-not-exceeded");
/// RFC 4331 section 6.
pub const DISK: Precondition = dav(FULL, "sufficient-disk-space");
/// RFC 4791 section 5.3.1.
pub const LOCATION: Precondition = caldav(FORBIDDEN, "calendar-collection-location-ok");
/// RFC 6638 section 9.2 names it for the calendar that invitations go to.
const DEFAULT_NEEDED: Precondition = caldav(FORBIDDEN, "default-calendar-needed");
/// RFC 4791 section 5.3.2.1; 409 so that clients show a conflict, not a failure.
const NO_UID_CONFLICT: Precondition = caldav(CONFLICT, "no-uid-conflict");
pub const DATA: Precondition = caldav(FORBIDDEN, "valid-calendar-data");
const OBJECT: Precondition = caldav(FORBIDDEN, "valid-calendar-object-resource");
const COMPONENT: Precondition = caldav(FORBIDDEN, "supported-calendar-component");
/// RFC 7529 section 10.
const SCALE: Precondition = caldav(FORBIDDEN, "supported-rscale");
pub const MEDIA_TYPE: Precondition = caldav(FORBIDDEN, "supported-calendar-data");
pub const SIZE: Precondition = caldav(FORBIDDEN, "max-resource-size");
pub const INSTANCES: Precondition = caldav(FORBIDDEN, "max-instances");
const ATTENDEES: Precondition = caldav(FORBIDDEN, "max-attendees-per-instance");
const MIN_DATE: Precondition = caldav(FORBIDDEN, "min-date-time");
const MAX_DATE: Precondition = caldav(FORBIDDEN, "max-date-time");
/// RFC 4791 section 7.8.
pub const VALID_FILTER: Precondition = caldav(FORBIDDEN, "valid-filter");
pub const SUPPORTED_FILTER: Precondition = caldav(FORBIDDEN, "supported-filter");
pub const COLLATION: Precondition = caldav(FORBIDDEN, "supported-collation");
/// RFC 4791 section 9.6 and RFC 4791 section 5.2.2: a VTIMEZONE that can be read.
pub const TIMEZONE: Precondition = caldav(FORBIDDEN, "valid-calendar-data");
/// RFC 7809 section 5.1.
pub const TIMEZONE_ID: Precondition = caldav(FORBIDDEN, "valid-timezone");

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Calendar(#[from] calendar::Error),
    #[error("{why}")]
    Unmet {
        precondition: Precondition,
        why: Cow<'static, str>,
    },
    /// A failure for which no specification has an element.
    #[error("{why}")]
    Plain {
        status: StatusCode,
        why: Cow<'static, str>,
    },
    #[error("this resource does not take that method")]
    NotAllowed { allow: String },
    /// The item at `href` holds the UID (RFC 4791 section 5.3.2.1).
    #[error("another item of this calendar has the same UID")]
    UidTaken { href: String },
    #[error("the privilege {} is missing", privilege_name(*.privilege).1)]
    Needs { href: String, privilege: Privilege },
    /// A reply that a method has already written: a refusal with a multistatus of its own.
    #[error("refused")]
    Written(Box<Reply>),
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn unmet(precondition: Precondition, why: impl Into<Cow<'static, str>>) -> Self {
        Self::Unmet {
            precondition,
            why: why.into(),
        }
    }

    pub fn plain(status: StatusCode, why: impl Into<Cow<'static, str>>) -> Self {
        Self::Plain {
            status,
            why: why.into(),
        }
    }

    pub fn bad_request(why: impl Into<Cow<'static, str>>) -> Self {
        Self::plain(StatusCode::BAD_REQUEST, why)
    }

    /// Names the resource that a refusal is about, when the refusal only knows a name: `collection` is the href of the
    /// layer or home written to, `own` that of the resource itself.
    pub fn located(self, collection: &str, own: &str) -> Self {
        match self {
            Self::Calendar(calendar::Error::Refused(Refusal::UidTaken { by })) => {
                let mut href = Writer::default();
                href.raw(collection);
                super::path::encode(&mut href, &by);
                Self::UidTaken {
                    href: href.into_string(),
                }
            }
            Self::Calendar(calendar::Error::Refused(Refusal::Forbidden { needs })) => {
                let href = match needs {
                    Privilege::Bind | Privilege::Unbind => collection,
                    _ => own,
                };
                Self::Needs {
                    href: href.to_owned(),
                    privilege: needs,
                }
            }
            other => other,
        }
    }

    pub fn is_refusal(&self, refusal: &Refusal) -> bool {
        matches!(self, Self::Calendar(calendar::Error::Refused(this)) if this == refusal)
    }

    /// The status and, where a specification names one, the precondition.
    pub fn status(&self) -> (StatusCode, Option<Precondition>) {
        let named = |precondition: Precondition| (precondition.status, Some(precondition));
        match self {
            Self::Calendar(calendar::Error::Refused(refusal)) => refused(refusal),
            Self::Calendar(calendar::Error::Store(StoreError::Full(_))) => named(DISK),
            Self::Calendar(calendar::Error::Store(StoreError::Busy(_))) => {
                (StatusCode::SERVICE_UNAVAILABLE, None)
            }
            Self::Calendar(calendar::Error::Store(_)) => (StatusCode::INTERNAL_SERVER_ERROR, None),
            Self::Calendar(calendar::Error::Reply(error)) => match error.kind() {
                io::ErrorKind::FileTooLarge => named(MATCHES),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => named(DISK),
                _ => (StatusCode::INTERNAL_SERVER_ERROR, None),
            },
            Self::Unmet { precondition, .. } => named(*precondition),
            Self::Plain { status, .. } => (*status, None),
            Self::NotAllowed { .. } => (StatusCode::METHOD_NOT_ALLOWED, None),
            Self::UidTaken { .. } => named(NO_UID_CONFLICT),
            Self::Needs { .. } => named(dav(FORBIDDEN, "need-privileges")),
            Self::Written(reply) => (reply.status, None),
        }
    }

    /// The answer. Every one has a body (KIO reads an empty 412 as "does not exist"): the precondition's element with
    /// a sentence for people in a comment, or the sentence alone. A fault says nothing but the request's id.
    pub fn into_reply(self, request: &Request) -> Reply {
        if let Self::Written(reply) = self {
            return *reply;
        }
        let (status, precondition) = self.status();
        let fault = status == StatusCode::INTERNAL_SERVER_ERROR;
        let sentence = if fault {
            tracing::error!(request = %request.id, error = ?self, "a request failed");
            format!("the server failed; the request's id is {}", request.id)
        } else {
            self.to_string()
        };
        let reply = Reply::new(status);
        let reply = match precondition {
            Some(precondition) => reply.content(
                "application/xml; charset=utf-8",
                self.body(precondition, &sentence).into_string(),
            ),
            None => reply.content("text/plain; charset=utf-8", sentence + "\n"),
        };
        match &self {
            Self::NotAllowed { allow } => match HeaderValue::from_str(allow) {
                Ok(allow) => reply.with(header::ALLOW, allow),
                Err(_) => reply,
            },
            Self::Calendar(calendar::Error::Refused(Refusal::Unavailable)) => {
                reply.with(header::RETRY_AFTER, COME_BACK.into())
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                reply.with(header::RETRY_AFTER, HeaderValue::from_static("5"))
            }
            _ => reply,
        }
    }

    fn body(&self, precondition: Precondition, sentence: &str) -> Writer {
        let mut out = Writer::default();
        out.root("D:error");
        let tag = format!(
            "{}:{}",
            prefix(precondition.namespace).unwrap_or("D"),
            precondition.local
        );
        match self {
            Self::UidTaken { href } => {
                out.raw("<")
                    .raw(&tag)
                    .raw(">")
                    .href(href)
                    .raw("</")
                    .raw(&tag)
                    .raw(">");
            }
            Self::Needs { href, privilege } => {
                let (space, local) = privilege_name(*privilege);
                out.raw("<D:need-privileges><D:resource>")
                    .href(href)
                    .raw("<D:privilege><");
                out.raw(prefix(space).unwrap_or("D")).raw(":").raw(local);
                out.raw("/></D:privilege></D:resource></D:need-privileges>");
            }
            _ => {
                out.raw("<").raw(&tag).raw("/>");
            }
        }
        comment(&mut out, sentence);
        out.raw("</D:error>");
        out
    }
}

/// The one table: a refusal, its status, its element.
fn refused(refusal: &Refusal) -> (StatusCode, Option<Precondition>) {
    let named = |precondition: Precondition| (precondition.status, Some(precondition));
    match refusal {
        Refusal::NotFound => (StatusCode::NOT_FOUND, None),
        Refusal::Unauthenticated => (StatusCode::UNAUTHORIZED, None),
        Refusal::Forbidden { .. } => named(dav(FORBIDDEN, "need-privileges")),
        Refusal::OutOfScope(_) => (FORBIDDEN, None),
        Refusal::Stale => (StatusCode::PRECONDITION_FAILED, None),
        Refusal::UidTaken { .. } => named(NO_UID_CONFLICT),
        Refusal::Exists => (StatusCode::METHOD_NOT_ALLOWED, None),
        Refusal::NoParent => (CONFLICT, None),
        Refusal::InvalidData { .. } => named(DATA),
        Refusal::InvalidObject(_) => named(OBJECT),
        Refusal::UnsupportedComponent(_) => named(COMPONENT),
        Refusal::UnsupportedScale(_) => named(SCALE),
        Refusal::TooLarge(_) => named(SIZE),
        Refusal::TooMany(_) => named(QUOTA),
        Refusal::TooManyOccurrences(_) => named(MATCHES),
        // RFC 4918 section 9.2.1 has the status, and no element.
        Refusal::DeadPropertiesFull { .. } => (FULL, None),
        Refusal::TooManyAttendees(_) => named(ATTENDEES),
        Refusal::BeforeMinDate(_) => named(MIN_DATE),
        Refusal::AfterMaxDate(_) => named(MAX_DATE),
        Refusal::OverQuota => named(QUOTA),
        Refusal::TokenExpired => named(SYNC_TOKEN),
        Refusal::BadLocation => named(LOCATION),
        Refusal::DefaultNeeded => named(DEFAULT_NEEDED),
        Refusal::NotAllowedPrincipal(_) => named(ALLOWED_PRINCIPAL),
        Refusal::RuleConflict(_) => named(NO_ACE_CONFLICT),
        Refusal::NotShared => named(PROTECTED),
        Refusal::BadValue(_) | Refusal::KeyReused => (CONFLICT, None),
        Refusal::TooOften(_) => (StatusCode::TOO_MANY_REQUESTS, None),
        // RFC 9110 section 15.6.4: with Retry-After, and nothing that a client could take for an end of what it knows.
        Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, None),
    }
}

/// The element that names a privilege (RFC 3744 section 3, RFC 4791 section 6.1.1).
pub fn privilege_name(privilege: Privilege) -> (&'static str, &'static str) {
    match privilege {
        Privilege::Read => (DAV, "read"),
        Privilege::Write => (DAV, "write"),
        Privilege::WriteContent => (DAV, "write-content"),
        Privilege::WriteProperties => (DAV, "write-properties"),
        Privilege::Bind => (DAV, "bind"),
        Privilege::Unbind => (DAV, "unbind"),
        Privilege::ReadFreeBusy => (CALDAV, "read-free-busy"),
        Privilege::ReadAcl => (DAV, "read-acl"),
        Privilege::WriteAcl => (DAV, "write-acl"),
    }
}

/// A comment holds no `--` and does not end in `-` (XML 1.0 section 2.5).
fn comment(out: &mut Writer, sentence: &str) {
    let safe: String = sentence
        .chars()
        .map(|c| if c == '-' { '\u{2010}' } else { c })
        .collect();
    out.raw("<!-- ").text(&safe).raw(" -->");
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

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Calendar(error.into())
    }
}

impl From<Malformed> for Error {
    fn from(error: Malformed) -> Self {
        Self::bad_request(error.0)
    }
}

impl From<BadPath> for Error {
    fn from(error: BadPath) -> Self {
        let status = match error {
            BadPath::TooLong => StatusCode::URI_TOO_LONG,
            BadPath::Encoding | BadPath::Character | BadPath::Dots => StatusCode::BAD_REQUEST,
        };
        Self::plain(status, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::tests::{request, text};

    #[test]
    fn an_error_holds_its_element_and_a_safe_sentence() {
        let error = Error::from(Refusal::InvalidObject("--><x/> & -".into()));
        let reply = error.into_reply(&request("PUT", "/"));
        assert_eq!(reply.status, 403);
        let body = text(reply);
        assert!(
            body.contains("<C:valid-calendar-object-resource/><!-- "),
            "{body}"
        );
        assert!(
            super::super::xml::parse(body.as_bytes(), 10).is_ok(),
            "{body}"
        );
    }

    #[test]
    fn each_limit_has_its_own_name() {
        let told = |refusal: Refusal| text(Error::from(refusal).into_reply(&request("GET", "/")));
        assert!(
            told(Refusal::TooManyOccurrences(9)).contains("<D:number-of-matches-within-limits/>")
        );
        assert!(told(Refusal::TooMany(9)).contains("<D:quota-not-exceeded/>"));
    }

    #[test]
    fn a_uid_conflict_names_the_other_and_a_refusal_the_privilege() {
        let taken = Error::from(Refusal::UidTaken {
            by: "a b.ics".into(),
        })
        .located("/c/", "/c/x");
        let reply = taken.into_reply(&request("PUT", "/"));
        assert_eq!(reply.status, 409);
        assert!(
            text(reply)
                .contains("<C:no-uid-conflict><D:href>/c/a%20b.ics</D:href></C:no-uid-conflict>")
        );
        let needs = Error::from(Refusal::Forbidden {
            needs: Privilege::Bind,
        })
        .located("/c/", "/c/x");
        let body = text(needs.into_reply(&request("PUT", "/")));
        assert!(body.contains(
            "<D:need-privileges><D:resource><D:href>/c/</D:href><D:privilege><D:bind/></D:privilege></D:resource></D:need-privileges>"
        ), "{body}");
    }

    #[test]
    fn a_fault_says_nothing_but_its_id() {
        let error = Error::from(StoreError::Fault("password=x".into()));
        let reply = error.into_reply(&request("GET", "/"));
        assert_eq!(reply.status, 500);
        assert_eq!(text(reply), "the server failed; the request's id is test\n");
        let busy = Error::from(StoreError::Busy(String::new())).into_reply(&request("GET", "/"));
        assert_eq!(busy.status, 503);
        assert!(busy.headers.contains_key("retry-after"));
        assert_eq!(Error::from(StoreError::Full(String::new())).status().0, 507);
    }
}
