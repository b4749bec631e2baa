//! Where a request is worked on: on the spot, or in a thread that may wait for the disk.

use std::time::Duration;

use tokio::task::spawn_blocking;

use super::Room;
use super::exchange::{Shared, text};
use crate::http::{HeaderValue, Reply, Request, StatusCode, header};

/// A request that finds no thread for this long is told to come back.
pub const QUEUE: Duration = Duration::from_secs(20);

/// How a request is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Microseconds: here and now.
    AtOnce,
    /// A read that may take milliseconds.
    LongRead,
    /// Waits for the disk or a network.
    Blocking,
}

impl Pace {
    pub fn of(shared: &Shared, room: Room, request: &Request) -> Self {
        if !shared.application.is_local() {
            return Self::Blocking;
        }
        if room == Room::Api {
            return match request.method.as_str() {
                "GET" | "HEAD" => Self::LongRead,
                _ => Self::Blocking,
            };
        }
        let is_layer = is_layer(&request.path);
        let depth_0 = request.header("depth") == Some("0");
        match request.method.as_str() {
            "OPTIONS" => Self::AtOnce,
            "GET" | "HEAD" if !is_layer => Self::AtOnce,
            "PROPFIND" if depth_0 => Self::AtOnce,
            "GET" | "HEAD" | "PROPFIND" | "REPORT" => Self::LongRead,
            _ => Self::Blocking,
        }
    }
}

/// A whole calendar: `/dav/calendars/OWNER/LAYER`, with or without a slash at its end.
fn is_layer(path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.next() == Some("dav") && segments.next() == Some("calendars") && segments.count() == 2
}

pub async fn perform(
    shared: &Shared,
    pace: Pace,
    work: impl FnOnce() -> Reply + Send + 'static,
) -> Reply {
    let places = match pace {
        Pace::AtOnce => return work(),
        Pace::LongRead => &shared.long_reads,
        Pace::Blocking => &shared.blocking,
    };
    let Ok(Ok(_place)) = tokio::time::timeout(QUEUE, places.acquire()).await else {
        return come_back();
    };
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|_| text(StatusCode::SERVICE_UNAVAILABLE, "The server is stopping.\n"))
}

pub fn come_back() -> Reply {
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too much to do just now.\n",
    )
    .with(header::RETRY_AFTER, HeaderValue::from_static("5"))
}

#[cfg(test)]
mod tests {
    use super::is_layer;

    #[test]
    fn a_whole_calendar_is_known_by_its_place() {
        for path in [
            "/dav/calendars/a/b",
            "/dav/calendars/a/b/",
            "//dav//calendars/a/b%20c//",
        ] {
            assert!(is_layer(path), "{path}");
        }
        for path in [
            "/dav/calendars/a/",
            "/dav/calendars/a/b/c.ics",
            "/dav/principals/a/b",
        ] {
            assert!(!is_layer(path), "{path}");
        }
    }
}
