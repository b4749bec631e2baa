//! The text of a feed, read: which objects it offers, and what of it cannot be taken. A broken part does not take the rest
//! with it, but a text that is not all there is no feed at all.

use std::collections::HashMap;

use bytes::Bytes;

use crate::calendar::{Offered, Reading};
use crate::http::{HeaderMap, header};
use crate::ical::dress::{Alarms, Attire, dress};
use crate::ical::time::Duration;
use crate::ical::{self, Component, Object, Piece, likeness};
use crate::model::{Instant, RefusedItem};

/// Why a text is no feed. Nothing changes then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the answer is empty")]
    Empty,
    #[error("the answer is a web page, not a calendar")]
    Page,
    #[error("the answer is not a calendar: it does not begin with BEGIN:VCALENDAR")]
    Other,
    #[error("the calendar breaks off before its end")]
    Half,
    #[error("the calendar holds more than {0} events")]
    TooMany(u64),
    #[error("the calendar is larger than {0} bytes when each event brings its time zones")]
    TooLarge(u64),
}

/// Longest that a publisher may ask to be left alone.
const LONGEST_PAUSE: Instant = 7 * 86_400;

/// How much larger than the feed its objects may be, each with the time zones that it names.
const SPREAD: u64 = 5;

/// Reads a whole feed of so many objects at most.
///
/// # Errors
/// [`Unreadable`].
pub fn read(body: &Bytes, at_most: u64) -> Result<Reading, Unreadable> {
    is_whole(body)?;
    let mut reading = Reading::default();
    head(body, &mut reading);
    let mut gathered = Gathered::default();
    let most_bytes = (body.len() as u64).max(1 << 20) * SPREAD;
    for piece in ical::split(body) {
        match piece {
            Ok(piece) => gathered.add(&piece),
            Err(error) => {
                reading.unreadable += 1;
                reading.refused.push(RefusedItem {
                    line: error.line,
                    uid: None,
                    why: error.reason,
                });
            }
        }
        if gathered.groups.len() as u64 > at_most {
            return Err(Unreadable::TooMany(at_most));
        }
        if gathered.bytes > most_bytes || reading.refused.len() > MOST_REFUSED {
            return Err(Unreadable::TooLarge(most_bytes));
        }
    }
    for group in gathered.groups {
        group.offer(&mut reading);
    }
    Ok(reading)
}

/// Of a feed that is broken from top to bottom enough is known by then.
const MOST_REFUSED: usize = 10_000;

/// An answer that is not a calendar from its first line to its last was cut off, or is something else.
fn is_whole(body: &[u8]) -> Result<(), Unreadable> {
    let text = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let text = text.trim_ascii();
    let begins = |word: &[u8]| {
        let start = text.get(..word.len()).unwrap_or_default();
        start.eq_ignore_ascii_case(word)
    };
    match text.first() {
        None => return Err(Unreadable::Empty),
        Some(b'<') => return Err(Unreadable::Page),
        Some(_) if !begins(b"BEGIN:VCALENDAR") => return Err(Unreadable::Other),
        Some(_) => {}
    }
    let mut open = 0_i64;
    let mut last_ends = false;
    for line in text.split(|byte| matches!(byte, b'\r' | b'\n')) {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            continue;
        }
        last_ends = line.eq_ignore_ascii_case(b"END:VCALENDAR");
        open += i64::from(line.eq_ignore_ascii_case(b"BEGIN:VCALENDAR")) - i64::from(last_ends);
    }
    if open == 0 && last_ends {
        Ok(())
    } else {
        Err(Unreadable::Half)
    }
}

/// What the calendar says of itself before its first component.
fn head(body: &Bytes, reading: &mut Reading) {
    let mut at = 0;
    let mut begun = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let word = line.trim_ascii_start().get(..6).unwrap_or_default();
        if word.eq_ignore_ascii_case(b"BEGIN:") {
            begun += 1;
            if begun > 1 {
                break;
            }
        }
        at += line.len();
    }
    let mut text = body.get(..at).unwrap_or_default().to_vec();
    if begun > 1 {
        text.extend_from_slice(b"\r\nEND:VCALENDAR\r\n");
    }
    let Ok(object) = Object::parse(&text.into()) else {
        return;
    };
    let calendar = object.calendar();
    let said = |names: [&str; 2]| {
        let mut found = names.into_iter().filter_map(|name| calendar.property(name));
        found.find(|property| property.has_value())
    };
    let plain = |char: &char| !char.is_control();
    reading.name = said(["NAME", "X-WR-CALNAME"]).map(|name| {
        name.text()
            .trim()
            .chars()
            .filter(plain)
            .take(200)
            .collect::<String>()
    });
    reading.zone = calendar
        .property("X-WR-TIMEZONE")
        .map(|zone| zone.text().trim().to_owned());
    reading.pause = said(["REFRESH-INTERVAL", "X-PUBLISHED-TTL"])
        .and_then(|pause| Duration::parse(pause.value().trim()))
        .map(|pause| {
            pause
                .days
                .saturating_mul(86_400)
                .saturating_add(pause.seconds)
        })
        .filter(|seconds| *seconds > 0)
        .map(|seconds| seconds.min(LONGEST_PAUSE));
}

/// When an answer may be asked for again (RFC 9110 section 10.2.3): seconds from now.
pub fn retry_after(headers: &HeaderMap, now: Instant) -> Option<Instant> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<Instant>() {
        Ok(seconds) => seconds,
        Err(_) => crate::http::parse_http_date(text)?.saturating_sub(now),
    };
    (seconds > 0).then(|| seconds.min(86_400))
}

/// The groups in the order in which they first stand in the feed.
#[derive(Default)]
struct Gathered {
    groups: Vec<Group>,
    places: HashMap<String, usize>,
    bytes: u64,
}

/// What has one UID: one resource, however it is spread over the feed (RFC 4791 section 4.1).
struct Group {
    uid: String,
    component: String,
    line: usize,
    /// As it stands in the feed, while nothing had to be put together.
    whole: Option<Object>,
    /// VERSION and the like, and the time zones.
    frame: Vec<Vec<u8>>,
    parts: Vec<Part>,
    /// Where each occurrence stands among them.
    known: HashMap<String, usize>,
    refused: Vec<RefusedItem>,
}

/// One occurrence that stands by itself, or the series.
struct Part {
    recurrence: String,
    /// SEQUENCE and the last change: which of two is the newer.
    rank: (u64, String),
    likeness: Vec<u8>,
    text: Vec<u8>,
    line: usize,
}

impl Gathered {
    fn add(&mut self, piece: &Piece) {
        self.bytes += piece.object.text().len() as u64;
        let group = Group::of(piece);
        let Some(at) = self.places.get(&group.uid).copied() else {
            self.places.insert(group.uid.clone(), self.groups.len());
            return self.groups.push(group);
        };
        if let Some(there) = self.groups.get_mut(at) {
            there.merge(group);
        }
    }
}

impl Group {
    fn of(piece: &Piece) -> Self {
        let object = &piece.object;
        let is_part = |component: &Component| !component.is("VTIMEZONE");
        // Without a UID it is called after what it says, so that it is the same one the next time.
        let given = piece.uid.clone();
        let uid = given.unwrap_or_else(|| {
            let hash = blake3::Hash::from_bytes(likeness(object, false));
            format!("{}@feed.invalid", &hash.to_hex()[..32])
        });
        let mut group = Self {
            component: object
                .components()
                .find(is_part)
                .map(|it| it.name())
                .unwrap_or_default(),
            line: piece.line,
            frame: frame(object),
            parts: Vec::new(),
            known: HashMap::new(),
            refused: Vec::new(),
            whole: None,
            uid,
        };
        let components: Vec<_> = object.components().filter(is_part).collect();
        let count = components.len();
        for component in components {
            let part = Part::of(object, &component, piece, &group.uid);
            group.take(part);
        }
        let says_more = object
            .calendar()
            .properties()
            .any(|property| !FRAME.iter().any(|name| property.is(name)));
        if piece.uid.is_some() && group.parts.len() == count && !says_more {
            group.whole = Some(object.clone());
        }
        group
    }

    fn merge(&mut self, other: Self) {
        self.whole = None;
        if other.component != self.component {
            return self.refuse(other.line, "its UID belongs to something of another kind");
        }
        for line in other.frame {
            if !self.frame.contains(&line) {
                self.frame.push(line);
            }
        }
        self.refused.extend(other.refused);
        for part in other.parts {
            self.take(part);
        }
    }

    /// Of two for the same occurrence the newer counts, of two as new the later.
    fn take(&mut self, part: Part) {
        let next = self.parts.len();
        let at = *self.known.entry(part.recurrence.clone()).or_insert(next);
        let Some(there) = self.parts.get_mut(at) else {
            return self.parts.push(part);
        };
        let alike = there.likeness == part.likeness;
        let older = if part.rank >= there.rank {
            std::mem::replace(there, part)
        } else {
            part
        };
        if !alike {
            self.refuse(
                older.line,
                "the same item stands there again, and that one counts",
            );
        }
    }

    fn refuse(&mut self, line: usize, why: &str) {
        self.refused.push(RefusedItem {
            line,
            uid: Some(self.uid.clone()),
            why: why.to_owned(),
        });
    }

    fn offer(self, reading: &mut Reading) {
        reading.refused.extend(self.refused);
        let object = match self.whole {
            Some(object) => Ok(object),
            None => {
                let parts = self.parts.into_iter().map(|part| part.text);
                let lines = [b"BEGIN:VCALENDAR\r\n".to_vec()]
                    .into_iter()
                    .chain(self.frame);
                let mut text: Vec<u8> = lines.chain(parts).flatten().collect();
                text.extend_from_slice(b"END:VCALENDAR\r\n");
                Object::parse(&text.into())
            }
        };
        match object.and_then(without_our_words) {
            Ok(object) => reading.offered.push(Offered {
                uid: self.uid,
                object,
                line: self.line,
            }),
            Err(error) => reading.refused.push(RefusedItem {
                line: self.line,
                uid: Some(self.uid),
                why: error.reason,
            }),
        }
    }
}

/// Who may see an item is for its owner to say, never for whoever publishes it.
fn without_our_words(object: Object) -> Result<Object, ical::ParseError> {
    let is_ours = |component: &Component| {
        let mut properties = component.properties();
        properties.any(|it| it.name().to_ascii_uppercase().starts_with("X-STRATA-"))
    };
    let inside =
        |component: Component| is_ours(&component) || component.children().any(|it| is_ours(&it));
    if !object.components().any(inside) {
        return Ok(object);
    }
    let plain = Attire {
        uid: None,
        prefix: "",
        color: None,
        alarms: Alarms::Kept,
    };
    Object::parse(&dress(&object, &plain))
}

/// What a calendar says that its objects need.
const FRAME: [&str; 3] = ["VERSION", "PRODID", "CALSCALE"];

/// Its lines of [`FRAME`], then its time zones, each with a line end.
fn frame(object: &Object) -> Vec<Vec<u8>> {
    let properties = FRAME
        .iter()
        .filter_map(|name| object.calendar().property(name));
    let zones = object.components().filter(|it| it.is("VTIMEZONE"));
    properties
        .map(|property| property.span())
        .chain(zones.map(|zone| zone.span()))
        .map(|span| ended(object.text().get(span).unwrap_or_default()))
        .collect()
}

fn ended(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    if !text.ends_with(b"\n") {
        text.extend_from_slice(b"\r\n");
    }
    text
}

impl Part {
    fn of(object: &Object, component: &Component, piece: &Piece, uid: &str) -> Self {
        let value = |name: &str| {
            let property = component.property(name);
            property.map(|it| it.value().trim().to_owned())
        };
        let recurrence = component.property("RECURRENCE-ID").map(|it| {
            let zone = it.parameter("TZID").unwrap_or_default();
            format!("{zone};{}", it.value().trim())
        });
        let begin = component.begin_span();
        let whole = component.span();
        let slice = |span: std::ops::Range<usize>| object.text().get(span).unwrap_or_default();
        let mut text = ended(slice(begin.clone()));
        if piece.uid.is_none() {
            text.extend_from_slice(format!("UID:{uid}\r\n").as_bytes());
        }
        text.extend(ended(slice(begin.end..whole.end)));
        Self {
            recurrence: recurrence.unwrap_or_default(),
            rank: (
                value("SEQUENCE")
                    .and_then(|it| it.parse().ok())
                    .unwrap_or(0),
                value("LAST-MODIFIED")
                    .or_else(|| value("DTSTAMP"))
                    .unwrap_or_default(),
            ),
            likeness: stripped(component),
            text,
            line: piece.line,
        }
    }
}

/// What it says but for when it was written, to know a copy from a rival.
fn stripped(component: &Component) -> Vec<u8> {
    let mut lines: Vec<String> = component
        .properties()
        .filter(|it| {
            !["DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE"]
                .iter()
                .any(|name| it.is(name))
        })
        .map(|it| format!("{}{}:{}", it.name(), it.raw_parameters(), it.value()))
        .collect();
    lines.sort_unstable();
    blake3::hash(lines.join("\n").as_bytes())
        .as_bytes()
        .to_vec()
}

#[cfg(test)]
mod tests;
