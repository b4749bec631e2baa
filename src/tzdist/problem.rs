//! What went wrong, as JSON "problem details" with the error names of RFC 7808 section 10.4.

use serde_json::json;

use crate::http::{HeaderValue, Reply, StatusCode, header};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    Action,
    Method,
    ChangedSince,
    Unknown,
    Format,
    Start,
    End,
    Pattern,
}

impl Problem {
    fn row(self) -> (StatusCode, &'static str, &'static str) {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Action => (
                StatusCode::NOT_FOUND,
                "invalid-action",
                "There is no such action",
            ),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "invalid-action",
                "Actions are asked for with GET",
            ),
            Self::ChangedSince => (
                bad,
                "invalid-changedsince",
                "changedsince stands at most once",
            ),
            Self::Unknown => (
                StatusCode::NOT_FOUND,
                "tzid-not-found",
                "No time zone has this identifier",
            ),
            Self::Format => (
                StatusCode::NOT_ACCEPTABLE,
                "invalid-format",
                "Time zones are text/calendar or application/calendar+json",
            ),
            Self::Start => (
                bad,
                "invalid-start",
                "start is one UTC date-time like 2026-01-01T00:00:00Z",
            ),
            Self::End => (
                bad,
                "invalid-end",
                "end is one UTC date-time like 2027-01-01T00:00:00Z, after start",
            ),
            Self::Pattern => (
                bad,
                "invalid-pattern",
                "pattern is one name, with * at most at its ends",
            ),
        }
    }

    pub fn into_reply(self) -> Reply {
        let (status, name, title) = self.row();
        let body = json!({
            "type": format!("urn:ietf:params:tzdist:error:{name}"),
            "title": title,
            "status": status.as_u16(),
        });
        Reply::new(status)
            .with(header::CONTENT_LANGUAGE, HeaderValue::from_static("en"))
            .content("application/problem+json; charset=utf-8", body.to_string())
    }
}
