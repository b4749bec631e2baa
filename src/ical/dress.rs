//! An object as it is shown beside others: under another UID, its words marked, in a colour. Cut from the stored bytes span
//! by span, so that whatever is not touched stays as its writer wrote it.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::component::{Component, Part, Property};
use super::object::Object;
use super::value::escape;
use super::write::WIDTH;

/// What an object wears in place of what is its own. What owners tell the rules (`X-STRATA-…`) is always left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attire<'a> {
    /// Of every component. Under another one, references to UIDs of others lead nowhere and are left out, and of the
    /// calendar's own properties only those stay that say how it is to be read: a name or an address would tell where
    /// it comes from.
    pub uid: Option<&'a str>,
    /// Before the SUMMARY of every event, to-do and journal entry.
    pub prefix: &'a str,
    /// COLOR of every one of them (RFC 7986 section 5.9); `None` leaves it as it is.
    pub color: Option<&'a str>,
    pub alarms: Alarms,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarms {
    Kept,
    Without,
}

/// The object without what its owner tells the rules.
pub fn without_owners_words(object: &Object) -> Bytes {
    let attire = Attire {
        uid: None,
        prefix: "",
        color: None,
        alarms: Alarms::Kept,
    };
    dress(object, &attire)
}

/// What the calendar itself may say under another UID.
const OF_THE_CALENDAR: [&str; 3] = ["VERSION", "PRODID", "CALSCALE"];

/// What has a SUMMARY and a COLOR.
const WORDED: [&str; 3] = ["VEVENT", "VTODO", "VJOURNAL"];

const OWNERS_WORD: &[u8] = b"X-STRATA-";

/// The object in its attire.
pub fn dress(object: &Object, attire: &Attire<'_>) -> Bytes {
    let text = object.text();
    let mut tailor = Tailor {
        text,
        attire,
        out: Vec::with_capacity(text.len() + 128),
        copied: 0,
    };
    tailor.calendar(&object.calendar());
    tailor.finish().into()
}

struct Tailor<'t, 'a> {
    text: &'t [u8],
    attire: &'t Attire<'a>,
    out: Vec<u8>,
    /// The text up to here is copied or left out.
    copied: usize,
}

impl Tailor<'_, '_> {
    fn calendar(&mut self, calendar: &Component<'_>) {
        for part in calendar.parts() {
            match part {
                Part::Property(property) => {
                    let stays = self.attire.uid.is_none()
                        || OF_THE_CALENDAR.iter().any(|name| property.is(name));
                    if !stays || is_owners_word(&property) {
                        self.leave_out(property.span());
                    }
                }
                Part::Component(component) if component.is("VTIMEZONE") => {}
                Part::Component(component) => self.component(&component),
            }
        }
    }

    /// One that stands in the calendar itself.
    fn component(&mut self, component: &Component<'_>) {
        let worded = WORDED.iter().any(|name| component.is(name));
        self.insert(component, worded);
        let mut uid = self.attire.uid;
        for part in component.parts() {
            match part {
                Part::Component(inner) => self.inner(&inner),
                Part::Property(property) if is_owners_word(&property) => {
                    self.leave_out(property.span());
                }
                Part::Property(property) if property.is("UID") => {
                    if self.attire.uid.is_some() {
                        self.replace(property.span(), uid.take().map(line("UID")).as_deref());
                    }
                }
                Part::Property(property) if property.is("RELATED-TO") => {
                    if self.attire.uid.is_some() {
                        self.leave_out(property.span());
                    }
                }
                Part::Property(property) if worded && property.is("COLOR") => {
                    if self.attire.color.is_some() {
                        self.leave_out(property.span());
                    }
                }
                Part::Property(property) if worded && property.is("SUMMARY") => {
                    self.mark(&property);
                }
                Part::Property(_) => {}
            }
        }
    }

    /// What is to be there and is not, at the head of a component.
    fn insert(&mut self, component: &Component<'_>, worded: bool) {
        let begin = component.begin_span();
        let mut lines = Vec::new();
        if worded {
            lines.extend(self.attire.color.map(line("COLOR")));
        }
        if let Some(uid) = self.attire.uid
            && component.property("UID").is_none()
        {
            lines.push(line("UID")(uid));
        }
        if worded && !self.attire.prefix.is_empty() && component.property("SUMMARY").is_none() {
            lines.push(line("SUMMARY")(self.attire.prefix.trim_end()));
        }
        self.copy(begin.end);
        for line in lines {
            self.write(&line, begin.clone());
        }
    }

    /// What stands inside of a component, and keeps its own UID.
    fn inner(&mut self, component: &Component<'_>) {
        if component.is("VALARM") && self.attire.alarms == Alarms::Without {
            return self.leave_out(component.span());
        }
        for part in component.parts() {
            match part {
                Part::Component(inner) => self.inner(&inner),
                Part::Property(property) if is_owners_word(&property) => {
                    self.leave_out(property.span());
                }
                Part::Property(_) => {}
            }
        }
    }

    /// A SUMMARY with the prefix before its words.
    fn mark(&mut self, summary: &Property<'_>) {
        if self.attire.prefix.is_empty() {
            return;
        }
        let prefix = escape(self.attire.prefix);
        match summary.head_span() {
            // Its parameters are folded: written anew, unfolded.
            None => {
                let whole = format!(
                    "{}{}:{prefix}{}",
                    summary.name(),
                    summary.raw_parameters(),
                    summary.value()
                );
                self.replace(summary.span(), Some(&whole));
            }
            Some(head) => {
                self.copy(head.end);
                let ends = self.line_end(summary.span());
                let rest = self.text.get(head.end..summary.span().end);
                let first = rest.map_or(0, |rest| {
                    memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len())
                });
                let before = head.len();
                fold(&mut self.out, &prefix, before, &ends);
                // Only where the first line would grow too long: most need no fold.
                if before + prefix.len() + first > WIDTH {
                    self.out.extend_from_slice(&ends);
                    self.out.push(b' ');
                }
            }
        }
    }

    /// Copies the text up to an offset.
    fn copy(&mut self, to: usize) {
        let span = self.text.get(self.copied..to).unwrap_or_default();
        self.out.extend_from_slice(span);
        self.copied = self.copied.max(to);
    }

    fn leave_out(&mut self, span: Range<usize>) {
        self.replace(span, None);
    }

    /// A line in place of a span.
    fn replace(&mut self, span: Range<usize>, line: Option<&str>) {
        self.copy(span.start);
        if let Some(line) = line {
            self.write(line, span.clone());
        }
        self.copied = span.end;
    }

    /// A line that ends as the line at a span does.
    fn write(&mut self, line: &str, like: Range<usize>) {
        let ends = self.line_end(like);
        fold(&mut self.out, line, 0, &ends);
        self.out.extend_from_slice(&ends);
    }

    fn line_end(&self, span: Range<usize>) -> Cow<'static, [u8]> {
        let line = self.text.get(span).unwrap_or_default();
        let ends = line
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        match line.get(line.len() - ends..) {
            Some(ends) if !ends.is_empty() => Cow::Owned(ends.to_vec()),
            _ => Cow::Borrowed(b"\r\n"),
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.copy(self.text.len());
        self.out
    }
}

fn is_owners_word(property: &Property<'_>) -> bool {
    let name = property.name();
    let head = name.as_bytes().get(..OWNERS_WORD.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(OWNERS_WORD))
}

/// Writes a content line of a TEXT value.
fn line(name: &str) -> impl Fn(&str) -> String {
    move |value| format!("{name}:{}", escape(value))
}

/// Writes text behind `before` octets of its line, folded on character boundaries (RFC 5545 section 3.1).
fn fold(out: &mut Vec<u8>, text: &str, before: usize, ends: &[u8]) {
    let mut rest = text;
    let mut room = WIDTH.saturating_sub(before).max(1);
    while rest.len() > room {
        let at = (1..=room)
            .rev()
            .find(|at| rest.is_char_boundary(*at))
            .unwrap_or_else(|| rest.chars().next().map_or(rest.len(), char::len_utf8));
        let (head, tail) = rest.split_at(at);
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(ends);
        out.push(b' ');
        rest = tail;
        room = WIDTH - 1;
    }
    out.extend_from_slice(rest.as_bytes());
}

#[cfg(test)]
mod tests;
