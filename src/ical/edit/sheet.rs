//! An object as lines that can be exchanged one by one: what is not touched keeps its bytes, folds and all.

use std::borrow::Cow;

use bytes::Bytes;

use super::super::component::{Component, Part};
use super::super::line::Lines;
use super::super::write::fold_into;
use super::super::{Object, value};

/// A whole object.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub calendar: Block,
}

/// One component.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// In upper case.
    pub name: String,
    /// Its [`Component::index`] in the object that was read; `None`: it is new.
    pub index: Option<usize>,
    begin: Vec<u8>,
    pub entries: Vec<Entry>,
    end: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(super) enum Entry {
    Line(Line),
    Block(Block),
}

/// One content line with its folds and its line end.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// In upper case.
    pub name: String,
    raw: Vec<u8>,
}

/// What ends the lines of a text: new ones end as the others do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineEnd(&'static str);

impl LineEnd {
    pub fn of(text: &[u8]) -> Self {
        match memchr::memchr2(b'\r', b'\n', text) {
            Some(at) if text.get(at) == Some(&b'\n') => Self("\n"),
            // Old Macintosh files know no other; one line feed, and it would end all lines.
            Some(_) if memchr::memchr(b'\n', text).is_none() => Self("\r"),
            _ => Self("\r\n"),
        }
    }

    fn lines(self, text: &str) -> Vec<u8> {
        match self.0 {
            "\r\n" => text.as_bytes().to_vec(),
            other => text.replace("\r\n", other).into_bytes(),
        }
    }
}

impl Sheet {
    pub fn of(object: &Object) -> Self {
        let end = LineEnd::of(object.text());
        Self {
            calendar: Block::of(object.text(), &object.calendar(), end),
        }
    }

    /// The components of one name, as they stand in the calendar.
    pub fn blocks<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Block> {
        let blocks = self.calendar.entries.iter();
        blocks.filter_map(move |entry| match entry {
            Entry::Block(block) if block.name == name => Some(block),
            _ => None,
        })
    }

    pub fn blocks_mut<'s>(&'s mut self, name: &'s str) -> impl Iterator<Item = &'s mut Block> {
        let blocks = self.calendar.entries.iter_mut();
        blocks.filter_map(move |entry| match entry {
            Entry::Block(block) if block.name == name => Some(block),
            _ => None,
        })
    }

    pub fn block_mut(&mut self, index: usize) -> Option<&mut Block> {
        let mut blocks = self.calendar.entries.iter_mut();
        blocks.find_map(|entry| match entry {
            Entry::Block(block) if block.index == Some(index) => Some(block),
            _ => None,
        })
    }

    /// Keeps of the components directly in the calendar those that are wanted.
    pub fn retain(&mut self, wanted: impl Fn(&Block) -> bool) {
        self.calendar.entries.retain(|entry| match entry {
            Entry::Block(block) => wanted(block),
            Entry::Line(_) => true,
        });
    }

    /// Behind the last component of its name, or at the end.
    pub fn add(&mut self, block: Block) {
        let entries = &mut self.calendar.entries;
        let is_sibling =
            |entry: &Entry| matches!(entry, Entry::Block(other) if other.name == block.name);
        let at = entries
            .iter()
            .rposition(is_sibling)
            .map_or(entries.len(), |at| at + 1);
        entries.insert(at, Entry::Block(block));
    }

    /// Before all other components: a time zone.
    pub fn add_first(&mut self, block: Block) {
        let entries = &mut self.calendar.entries;
        let at = entries
            .iter()
            .position(|entry| matches!(entry, Entry::Block(_)))
            .unwrap_or(entries.len());
        entries.insert(at, Entry::Block(block));
    }

    pub fn text(&self) -> Bytes {
        let mut out = Vec::new();
        self.calendar.write(&mut out);
        out.into()
    }
}

impl Block {
    /// As deep as the reader lets objects be.
    pub fn of(text: &[u8], component: &Component<'_>, end: LineEnd) -> Self {
        let raw = |span| whole_line(text, span, end);
        let entries = component.parts().map(|part| match part {
            Part::Property(property) => Entry::Line(Line {
                name: property.name().to_ascii_uppercase(),
                raw: raw(property.span()),
            }),
            Part::Component(child) => Entry::Block(Self::of(text, &child, end)),
        });
        Self {
            name: component.name(),
            index: Some(component.index()),
            begin: raw(component.begin_span()),
            entries: entries.collect(),
            end: raw(component.end_span()),
        }
    }

    /// Of whole lines that were written elsewhere: `text` is one component.
    pub fn written(text: &str, end: LineEnd) -> Option<Self> {
        let wrapped = format!("BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n");
        let lines = end.lines(&wrapped);
        let object = Object::parse(&Bytes::from(lines)).ok()?;
        let component = object.components().next()?;
        let block = Self::of(object.text(), &component, end);
        Some(Self {
            index: None,
            ..block
        })
    }

    /// The same for another object.
    pub fn anew(&self) -> Self {
        Self {
            index: None,
            ..self.clone()
        }
    }

    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Line(line) => Some(line),
            Entry::Block(_) => None,
        })
    }

    pub fn line(&self, name: &str) -> Option<&Line> {
        self.lines().find(|line| line.name == name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.line(name).is_some()
    }

    pub fn remove(&mut self, name: &str) {
        self.retain(|line| line.name != name);
    }

    pub fn retain(&mut self, wanted: impl Fn(&Line) -> bool) {
        self.entries.retain(|entry| match entry {
            Entry::Line(line) => wanted(line),
            Entry::Block(_) => true,
        });
    }

    /// Exchanges lines for others, or for none.
    pub fn exchange(&mut self, mut with: impl FnMut(&Line) -> Exchange) {
        self.entries.retain_mut(|entry| match entry {
            Entry::Block(_) => true,
            Entry::Line(line) => match with(line) {
                Exchange::Keep => true,
                Exchange::Drop => false,
                Exchange::For(new) => {
                    *line = new;
                    true
                }
            },
        });
    }

    /// In place of the first line of its name; others of that name go.
    pub fn set(&mut self, line: Line) {
        let mut line = Some(line);
        let name = line
            .as_ref()
            .map(|line| line.name.clone())
            .unwrap_or_default();
        self.entries.retain_mut(|entry| match entry {
            Entry::Line(there) if there.name == name => match line.take() {
                Some(new) => {
                    *there = new;
                    true
                }
                None => false,
            },
            _ => true,
        });
        if let Some(line) = line {
            self.append(line);
        }
    }

    /// Behind the last property: properties stand before components (RFC 5545 section 3.6.1).
    pub fn append(&mut self, line: Line) {
        let at = self
            .entries
            .iter()
            .rposition(|entry| matches!(entry, Entry::Line(_)))
            .map_or(0, |at| at + 1);
        self.entries.insert(at, Entry::Line(line));
    }

    /// Behind another line, or behind the last property.
    pub fn set_after(&mut self, other: &str, line: Line) {
        if self.has(&line.name) {
            return self.set(line);
        }
        self.insert_after(other, line);
    }

    /// One more of its name.
    pub fn insert_after(&mut self, other: &str, line: Line) {
        let is_other = |entry: &Entry| matches!(entry, Entry::Line(there) if there.name == other);
        match self.entries.iter().rposition(is_other) {
            Some(at) => self.entries.insert(at + 1, Entry::Line(line)),
            None => self.append(line),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.begin);
        for entry in &self.entries {
            match entry {
                Entry::Line(line) => out.extend_from_slice(&line.raw),
                Entry::Block(block) => block.write(out),
            }
        }
        out.extend_from_slice(&self.end);
    }
}

/// What becomes of a line.
pub(super) enum Exchange {
    Keep,
    Drop,
    For(Line),
}

impl Line {
    /// `parameters` begin with their semicolon, or are empty; the value is written as it is, but for line ends.
    pub fn new(name: &str, parameters: &str, value: &str, end: LineEnd) -> Self {
        let mut line = [name, parameters, ":", value].concat();
        line.retain(|character| !matches!(character, '\r' | '\n'));
        let mut folded = String::with_capacity(line.len() + 8);
        fold_into(&mut folded, &line);
        Self {
            name: name.to_ascii_uppercase(),
            raw: end.lines(&folded),
        }
    }

    fn read<T>(&self, read: impl FnOnce(super::super::line::Line, &[u8]) -> T) -> Option<T> {
        let line = Lines::new(&self.raw).next()?.ok()?;
        Some(read(line, &self.raw))
    }

    /// Unfolded, escapes as they are written.
    pub fn value(&self) -> String {
        let value = self.read(|line, raw| line.value(raw).into_owned());
        value.unwrap_or_default()
    }

    /// As TEXT.
    pub fn text(&self) -> String {
        value::unescape(Cow::Owned(self.value())).into_owned()
    }

    /// The parameters as they are written, but for some.
    pub fn parameters_without(&self, names: &[&str]) -> String {
        let all = self.read(|line, raw| line.parameters(raw).into_owned());
        let all = all.unwrap_or_default();
        let goes = |name: &str| names.iter().any(|other| other.eq_ignore_ascii_case(name));
        let kept = value::parameters(&all).filter(|parameter| !goes(parameter.name));
        kept.map(|parameter| format!(";{}={}", parameter.name, parameter.raw))
            .collect()
    }

    pub fn parameter(&self, name: &str) -> Option<String> {
        let all = self.read(|line, raw| line.parameters(raw).into_owned())?;
        let found =
            value::parameters(&all).find(|parameter| parameter.name.eq_ignore_ascii_case(name));
        found.map(|parameter| parameter.value().into_owned())
    }
}

/// The last line of a text may lack its end.
fn whole_line(text: &[u8], span: std::ops::Range<usize>, end: LineEnd) -> Vec<u8> {
    let mut raw = text.get(span).unwrap_or_default().to_vec();
    if !raw.ends_with(b"\n") && !raw.ends_with(b"\r") {
        raw.extend_from_slice(end.0.as_bytes());
    }
    raw
}
