//! A file of many calendar objects as objects of one UID each, for import. One broken component does not take the rest
//! of the file with it; each that cannot be understood is refused with its line.

use std::collections::HashMap;
use std::ops::Range;

use bytes::Bytes;
use memchr::{memchr, memchr_iter};

use super::component::{Component, Part};
use super::line::{Line, Lines, unfold};
use super::object::{MAX_LINES, Tree};
use super::{Object, ParseError, value};

/// A VTIMEZONE larger than this is not copied to every object that names it; a zone's whole history takes about 20 KB.
const LARGEST_ZONE: usize = 64 << 10;

/// One object of a file.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Of the file's own bytes where it holds this object alone; else its components and the VTIMEZONEs they name in a
    /// VCALENDAR of their own.
    pub object: Object,
    /// `None`: its component has none.
    pub uid: Option<String>,
    /// The line of the file on which its first component begins, from 1.
    pub line: usize,
}

/// The objects of a file, in its order, and what is refused.
pub fn split(text: &Bytes) -> impl Iterator<Item = Result<Piece, ParseError>> + use<> {
    let whole = whole(text);
    let text = with_line_feeds(text);
    let parts = if whole.is_some() {
        None
    } else {
        Some(Splitter::read(&text))
    };
    let rest = parts.into_iter().flat_map(move |(calendars, found)| {
        let text = text.clone();
        found
            .into_iter()
            .map(move |found| found.and_then(|group| group.piece(&text, &calendars)))
    });
    whole.map(Ok).into_iter().chain(rest)
}

/// What is cut out of a text whose lines end in CR alone must still have lines beside others.
fn with_line_feeds(text: &Bytes) -> Bytes {
    if memchr(b'\n', text).is_some() || memchr(b'\r', text).is_none() {
        return text.clone();
    }
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\r').collect();
    lines.join(&b"\r\n"[..]).into()
}

/// A file that is an object already is stored byte for byte.
fn whole(text: &Bytes) -> Option<Piece> {
    let object = Object::parse(text).ok()?;
    if object.calendar().property("METHOD").is_some() {
        return None;
    }
    let mut parts = object
        .components()
        .filter(|component| !component.is("VTIMEZONE"));
    let first = parts.next()?;
    let uid = uid(&first)?;
    parts
        .all(|part| part.is(&first.name()) && self::uid(&part).as_ref() == Some(&uid))
        .then(|| Piece {
            line: first.line(),
            uid: Some(uid),
            object: object.clone(),
        })
}

fn uid(component: &Component<'_>) -> Option<String> {
    let uid = component.property("UID")?.text().trim().to_owned();
    (!uid.is_empty()).then_some(uid)
}

/// What a VCALENDAR says that its objects need.
#[derive(Default)]
struct Calendar {
    /// VERSION, PRODID and CALSCALE.
    head: Vec<Range<usize>>,
    zones: HashMap<String, Range<usize>>,
}

/// The components of one UID.
struct Group {
    calendar: usize,
    uid: Option<String>,
    line: usize,
    spans: Vec<Range<usize>>,
    zones: Vec<String>,
}

impl Group {
    /// Refused when it is no object for all that its components are: nested a level too deep, or too long.
    fn piece(self, text: &[u8], calendars: &[Calendar]) -> Result<Piece, ParseError> {
        let calendar = calendars.get(self.calendar);
        let zones = self
            .zones
            .iter()
            .filter_map(|tzid| calendar?.zones.get(tzid));
        let head = calendar.into_iter().flat_map(|calendar| &calendar.head);
        let mut out = b"BEGIN:VCALENDAR\r\n".to_vec();
        for span in head.chain(zones).chain(&self.spans) {
            out.extend_from_slice(text.get(span.clone()).unwrap_or_default());
            if !out.ends_with(b"\n") {
                out.extend_from_slice(b"\r\n");
            }
        }
        out.extend_from_slice(b"END:VCALENDAR\r\n");
        let line = self.line;
        let object = Object::parse(&out.into()).map_err(|error| ParseError { line, ..error })?;
        Ok(Piece {
            object,
            uid: self.uid,
            line,
        })
    }
}

/// May the line stand in an object?
fn is_text(raw: &[u8]) -> bool {
    memchr(0, raw).is_none() && std::str::from_utf8(&unfold(raw)).is_ok()
}

/// A component of the file while its lines are read.
struct Open {
    name: String,
    start: usize,
    line: usize,
    bad: Option<ParseError>,
}

struct Splitter<'t> {
    text: &'t [u8],
    calendars: Vec<Calendar>,
    /// METHODs whose messages hold no object to keep.
    refused_method: Option<String>,
    open: Option<Open>,
    found: Vec<Result<Group, ParseError>>,
    places: HashMap<(usize, String, String), usize>,
    /// The line number at an offset, counted on.
    counted: (usize, usize),
}

impl<'t> Splitter<'t> {
    fn read(text: &'t [u8]) -> (Vec<Calendar>, Vec<Result<Group, ParseError>>) {
        let mut splitter = Splitter {
            text,
            calendars: Vec::new(),
            refused_method: None,
            open: None,
            found: Vec::new(),
            places: HashMap::new(),
            counted: (0, 1),
        };
        for line in Lines::new(text) {
            match line {
                Ok(line) => splitter.line(&line),
                Err(bad) => {
                    let error = ParseError {
                        line: splitter.number(bad.at),
                        reason: bad.reason.to_owned(),
                    };
                    splitter.bad(error);
                }
            }
        }
        splitter.abandon();
        (splitter.calendars, splitter.found)
    }

    /// The line number of an offset; offsets only grow.
    fn number(&mut self, at: usize) -> usize {
        let (from, line) = self.counted;
        let ends = memchr_iter(b'\n', self.text.get(from..at).unwrap_or_default()).count();
        self.counted = (at.max(from), line + ends);
        self.counted.1
    }

    fn bad(&mut self, error: ParseError) {
        match &mut self.open {
            Some(open) => {
                open.bad.get_or_insert(error);
            }
            None => self.found.push(Err(error)),
        }
    }

    fn line(&mut self, line: &Line) {
        let begins = line.is_named(self.text, "BEGIN");
        if !begins && !line.is_named(self.text, "END") {
            return self.property(line);
        }
        let name = line.value(self.text).trim().to_ascii_uppercase();
        let at = line.start as usize;
        let is_open = self.open.as_ref().is_some_and(|open| open.name == name);
        match (begins, name.as_str()) {
            (true, "VCALENDAR") => {
                self.abandon();
                self.refused_method = None;
                self.calendars.push(Calendar::default());
            }
            (false, "VCALENDAR") => self.abandon(),
            (true, _) if is_open || self.open.is_none() => {
                self.abandon();
                let line = self.number(at);
                self.open = Some(Open {
                    name,
                    start: at,
                    line,
                    bad: None,
                });
            }
            (false, _) if is_open => self.close(line.end as usize),
            (false, _) if self.open.is_none() => {
                let line = self.number(at);
                self.bad(ParseError {
                    line,
                    reason: format!("END:{name} without a BEGIN"),
                });
            }
            _ => {}
        }
    }

    /// What is still open when something begins that cannot stand in it has no end of its own.
    fn abandon(&mut self) {
        if let Some(open) = self.open.take() {
            let reason = format!("the {} that begins here has no END", open.name);
            self.found.push(Err(open.bad.unwrap_or(ParseError {
                line: open.line,
                reason,
            })));
        }
    }

    fn property(&mut self, line: &Line) {
        if self.open.is_some() {
            return;
        }
        let span = line.start as usize..line.end as usize;
        let method = line
            .is_named(self.text, "METHOD")
            .then(|| line.value(self.text).trim().to_ascii_uppercase());
        let in_head = ["VERSION", "PRODID", "CALSCALE"]
            .iter()
            .any(|name| line.is_named(self.text, name));
        match (self.calendars.last_mut(), method) {
            (Some(_), None) if in_head && !is_text(line.raw(self.text)) => {
                let line = self.number(span.start);
                let reason = "this line is not UTF-8 without NUL".to_owned();
                self.bad(ParseError { line, reason });
            }
            (Some(calendar), None) if in_head => calendar.head.push(span),
            // What was published or asked for is an object; an answer to it or its withdrawal is none.
            (Some(_), Some(method)) if !matches!(method.as_str(), "PUBLISH" | "REQUEST") => {
                self.refused_method = Some(method);
            }
            (Some(_), _) => {}
            (None, _) => {
                let line = self.number(span.start);
                self.bad(ParseError {
                    line,
                    reason: "a property stands before BEGIN:VCALENDAR".to_owned(),
                });
            }
        }
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.open.take() else { return };
        match self.component(&open, open.start..end) {
            Ok(None) => {}
            Ok(Some((key, group))) => self.group(key, group),
            Err(error) => self.found.push(Err(error)),
        }
    }

    /// One component that has its END: a time zone of the calendar, or part of a group.
    fn component(
        &mut self,
        open: &Open,
        span: Range<usize>,
    ) -> Result<Option<(String, Group)>, ParseError> {
        if let Some(bad) = &open.bad {
            return Err(bad.clone());
        }
        let slice = self.text.get(span.clone()).unwrap_or_default();
        let tree = Tree::read(slice, MAX_LINES).map_err(|error| ParseError {
            line: open.line + error.line - 1,
            reason: error.reason,
        })?;
        let component = Component::new(slice, &tree, 0);
        if self.calendars.is_empty() {
            // Components without a VCALENDAR around them: their meaning is plain.
            self.calendars.push(Calendar::default());
        }
        let calendar = self.calendars.len() - 1;
        if open.name == "VTIMEZONE" {
            if let (Some(tzid), Some(last)) =
                (component.property("TZID"), self.calendars.last_mut())
                && span.len() <= LARGEST_ZONE
            {
                last.zones
                    .insert(tzid.value().trim().to_owned(), span.clone());
                last.zones.insert(tzid.text().trim().to_owned(), span);
            }
            return Ok(None);
        }
        if let Some(method) = &self.refused_method {
            return Err(ParseError {
                line: open.line,
                reason: format!("a message with METHOD:{method} is no object to keep"),
            });
        }
        let mut zones = Vec::new();
        named_zones(&component, &mut zones);
        let group = Group {
            calendar,
            uid: uid(&component),
            line: open.line,
            spans: vec![span],
            zones,
        };
        Ok(Some((open.name.clone(), group)))
    }

    fn group(&mut self, name: String, group: Group) {
        let Some(uid) = &group.uid else {
            return self.found.push(Ok(group));
        };
        let key = (group.calendar, name, uid.clone());
        let place = self.places.get(&key).copied();
        match place.and_then(|place| self.found.get_mut(place)) {
            Some(Ok(there)) => {
                there.spans.extend(group.spans);
                let new = group
                    .zones
                    .into_iter()
                    .filter(|zone| !there.zones.contains(zone))
                    .collect::<Vec<_>>();
                there.zones.extend(new);
                there.zones.truncate(MOST_ZONES);
            }
            _ => {
                self.places.insert(key, self.found.len());
                self.found.push(Ok(group));
            }
        }
    }
}

/// Most zones that an object may bring along.
const MOST_ZONES: usize = 64;

fn named_zones(component: &Component<'_>, zones: &mut Vec<String>) {
    for part in component.parts() {
        match part {
            Part::Component(child) => named_zones(&child, zones),
            Part::Property(property) => {
                let raw = property.raw_parameters();
                for tzid in value::parameters(&raw)
                    .filter(|parameter| parameter.name.eq_ignore_ascii_case("TZID"))
                {
                    let tzid = tzid.value().trim().to_owned();
                    if zones.len() < MOST_ZONES && !zones.contains(&tzid) {
                        zones.push(tzid);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
