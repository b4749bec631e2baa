//! What the tests share: a whole server, someone to ask it, and a reading of its answers by meaning.
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::io::Read;

pub mod conversation;
pub mod load;
pub mod meaning;
pub mod process;
pub mod rewrite;
pub mod wire;
pub mod xml;

/// One request, as a test says it.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub method: String,
    /// The request target, as it goes over the wire.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Ask {
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            ..Self::default()
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", media_type)
    }

    pub fn xml(self, body: &str) -> Self {
        self.body(
            "application/xml; charset=utf-8",
            conversation::with_namespaces(body),
        )
    }

    pub fn icalendar(self, body: impl Into<Vec<u8>>) -> Self {
        self.body("text/calendar; charset=utf-8", body)
    }
}

/// One answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All lines of one name as one (RFC 9110 section 5.3).
    pub fn combined(&self, name: &str) -> Option<String> {
        let lines: Vec<&str> = self
            .headers
            .iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    }

    /// The body, unpacked if it is compressed.
    pub fn text(&self) -> String {
        let mut plain = Vec::new();
        if self.header("content-encoding") == Some("gzip") {
            flate2::read::GzDecoder::new(self.body.as_slice())
                .read_to_end(&mut plain)
                .expect("a gzip body");
        } else {
            plain.clone_from(&self.body);
        }
        String::from_utf8_lossy(&plain).into_owned()
    }
}

/// A small event, with the line ends that iCalendar wants.
pub fn event(uid: &str, summary: &str) -> String {
    conversation::object(
        "VEVENT",
        uid,
        &[
            ("DTSTART", "20260601T100000Z"),
            ("DURATION", "PT1H"),
            ("SUMMARY", summary),
        ],
    )
    .replace('\n', "\r\n")
}
