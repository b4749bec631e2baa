//! Reading: events into a tree, with every limit and every rule of well-formedness that the event reader leaves to us.

use std::borrow::Cow;
use std::sync::Arc;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::QName;
use quick_xml::reader::Reader;

use super::{Attribute, Element, Malformed, Node, Scope};
use crate::dav::name::{Name, XML, XMLNS};

/// Levels of nesting that a request may have.
const MAX_DEPTH: usize = 64;
const MAX_ATTRIBUTES: usize = 64;
const MAX_BINDINGS: usize = 128;
const MAX_NAMESPACE: usize = 1024;

/// Reads a body; `None`: there is none. At most `at_most` elements.
pub fn parse(body: &[u8], at_most: usize) -> Result<Option<Element>, Malformed> {
    let text = decode(body)?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    if let Some(bad) = text.chars().find(|c| !is_character(*c)) {
        return Err(Malformed(format!(
            "the character U+{:04X} may not stand in XML",
            bad as u32
        )));
    }
    let mut parser = Parser {
        open: Vec::new(),
        root: None,
        elements: 0,
        at_most,
    };
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_comments = true;
    let mut at_start = true;
    loop {
        let event = reader
            .read_event()
            .map_err(|error| Malformed(format!("the body is not well-formed XML: {error}")))?;
        match event {
            Event::Eof => break,
            Event::Decl(_) if !at_start => {
                return Err(Malformed::because(
                    "an XML declaration stands only at the beginning",
                ));
            }
            event => parser.take(event)?,
        }
        at_start = false;
    }
    parser.finish().map(Some)
}

/// UTF-8, or UTF-16 with its byte order mark: what every XML processor reads (XML 1.0 section 4.3.3).
fn decode(body: &[u8]) -> Result<Cow<'_, str>, Malformed> {
    let wide = |big_endian: bool| {
        let units = body.get(2..).unwrap_or_default().chunks(2).map(|pair| {
            let pair = [
                pair.first().copied().unwrap_or_default(),
                pair.get(1).copied().unwrap_or_default(),
            ];
            if big_endian {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            }
        });
        char::decode_utf16(units)
            .collect::<Result<String, _>>()
            .map(Cow::Owned)
            .map_err(|_| Malformed::because("the body is not valid UTF-16"))
    };
    match body {
        [0xfe, 0xff, ..] => wide(true),
        [0xff, 0xfe, ..] => wide(false),
        body => std::str::from_utf8(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
            .map(Cow::Borrowed)
            .map_err(|_| Malformed::because("the body is not valid UTF-8")),
    }
}

/// `Char` of XML 1.0 section 2.2.
pub fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// `NCName` of Namespaces in XML 1.0 section 3.
fn is_name(name: &str) -> bool {
    let starts = |c: char| {
        matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
            | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
            | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
            | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
            | '\u{10000}'..='\u{effff}')
    };
    let continues = |c: char| {
        starts(c)
            || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}'
                | '\u{203f}'..='\u{2040}')
    };
    let mut characters = name.chars();
    characters.next().is_some_and(starts) && characters.all(continues)
}

fn split(name: QName<'_>) -> Result<(String, String), Malformed> {
    let name = name.0;
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    if !is_name(local) || !(prefix.is_empty() && !name.contains(':') || is_name(prefix)) {
        return Err(Malformed::because("a name is not a valid XML name"));
    }
    Ok((prefix.to_owned(), local.to_owned()))
}

struct Parser {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    at_most: usize,
}

impl Parser {
    fn take(&mut self, event: Event<'_>) -> Result<(), Malformed> {
        match event {
            Event::Start(start) => {
                let element = self.element(&start)?;
                self.open.push(element);
                Ok(())
            }
            Event::Empty(start) => {
                let element = self.element(&start)?;
                self.close(element)
            }
            Event::End(_) => match self.open.pop() {
                Some(element) => self.close(element),
                None => Err(Malformed::because("an end tag has no start tag")),
            },
            Event::Text(text) => {
                if text.contains("]]>") {
                    return Err(Malformed::because("]]> may not stand in text"));
                }
                self.text(&text.xml10_content())
            }
            Event::CData(data) => self.text(&data.xml10_content()),
            Event::GeneralRef(reference) => {
                let mut buffer = [0; 4];
                self.text(dereference(&reference)?.encode_utf8(&mut buffer))
            }
            Event::DocType(_) => Err(Malformed::because(
                "a document type declaration is not accepted",
            )),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::Eof => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Malformed> {
        match self.open.last_mut() {
            Some(element) => {
                if let Some(Node::Text(before)) = element.nodes.last_mut() {
                    before.push_str(text);
                } else {
                    element.nodes.push(Node::Text(text.to_owned()));
                }
                Ok(())
            }
            None if text.trim().is_empty() => Ok(()),
            None => Err(Malformed::because("text stands outside the root element")),
        }
    }

    fn close(&mut self, element: Element) -> Result<(), Malformed> {
        match self.open.last_mut() {
            Some(parent) => parent.nodes.push(Node::Element(element)),
            None if self.root.is_none() => self.root = Some(element),
            None => return Err(Malformed::because("there are two root elements")),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, Malformed> {
        if !self.open.is_empty() {
            return Err(Malformed::because("an element is not closed"));
        }
        self.root
            .ok_or_else(|| Malformed::because("there is no element"))
    }

    fn element(&mut self, start: &BytesStart<'_>) -> Result<Element, Malformed> {
        self.elements += 1;
        if self.elements > self.at_most {
            return Err(Malformed::because("the body holds too many elements"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Malformed::because("the elements are nested too deeply"));
        }
        let outer = self
            .open
            .last()
            .map(|element| Arc::clone(&element.scope))
            .unwrap_or_default();
        let (scope, plain) = scope(start, outer)?;
        let (declares, scope) = scope;
        let attributes = plain
            .into_iter()
            .map(|(prefix, local, value)| attribute(&scope, prefix, &local, value))
            .collect::<Result<Vec<_>, _>>()?;
        for (place, one) in attributes.iter().enumerate() {
            if attributes
                .iter()
                .skip(place + 1)
                .any(|a| a.name == one.name)
            {
                return Err(Malformed::because("an attribute stands twice"));
            }
        }
        let (prefix, local) = split(start.name())?;
        let namespace = scope.resolve(&prefix).ok_or_else(|| undeclared(&prefix))?;
        Ok(Element {
            name: Name::read(namespace, &local),
            prefix,
            attributes,
            nodes: Vec::new(),
            scope,
            declares,
        })
    }
}

fn undeclared(prefix: &str) -> Malformed {
    Malformed(format!("the prefix {prefix} is not declared"))
}

fn attribute(
    scope: &Scope,
    prefix: String,
    local: &str,
    value: String,
) -> Result<Attribute, Malformed> {
    let namespace = if prefix.is_empty() {
        ""
    } else {
        scope.resolve(&prefix).ok_or_else(|| undeclared(&prefix))?
    };
    Ok(Attribute {
        name: Name::read(namespace, local),
        prefix,
        value,
    })
}

/// Attributes that are not declarations: prefix, local name, value.
type Plain = Vec<(String, String, String)>;

/// The scope inside a start tag, with whether the tag itself made it, and the tag's other attributes.
fn scope(
    start: &BytesStart<'_>,
    outer: Arc<Scope>,
) -> Result<((bool, Arc<Scope>), Plain), Malformed> {
    let mut declared = Vec::new();
    let mut plain = Vec::new();
    let mut lang = None;
    for (count, attribute) in start.attributes().enumerate() {
        let attribute =
            attribute.map_err(|error| Malformed(format!("an attribute is malformed: {error}")))?;
        if count >= MAX_ATTRIBUTES {
            return Err(Malformed::because("an element has too many attributes"));
        }
        if attribute.value.contains('<') {
            return Err(Malformed::because("< may not stand in an attribute"));
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| Malformed(format!("an attribute is malformed: {error}")))?
            .into_owned();
        if !value.chars().all(is_character) {
            return Err(Malformed::because(
                "a character reference names no XML character",
            ));
        }
        let (prefix, local) = split(attribute.key)?;
        match (prefix.as_str(), local.as_str()) {
            ("", "xmlns") => declared.push(binding(String::new(), value)?),
            ("xmlns", _) => declared.push(binding(local, value)?),
            ("xml", "lang") => {
                lang = Some(value.clone());
                plain.push((prefix, local, value));
            }
            _ => plain.push((prefix, local, value)),
        }
    }
    if declared.is_empty() && lang.is_none() {
        return Ok(((false, outer), plain));
    }
    let bindings = outer.bindings + declared.len();
    if bindings > MAX_BINDINGS {
        return Err(Malformed::because("too many namespaces are declared"));
    }
    let scope = Scope {
        outer: Some(outer),
        declared,
        lang,
        bindings,
    };
    Ok(((true, Arc::new(scope)), plain))
}

fn binding(prefix: String, namespace: String) -> Result<(String, String), Malformed> {
    let reserved = prefix == "xmlns"
        || (prefix == "xml") != (namespace == XML)
        || namespace == XMLNS
        || (namespace.is_empty() && !prefix.is_empty());
    if reserved || namespace.len() > MAX_NAMESPACE {
        return Err(Malformed(format!(
            "the prefix {prefix} cannot be declared so"
        )));
    }
    Ok((prefix, namespace))
}

fn dereference(reference: &BytesRef<'_>) -> Result<char, Malformed> {
    let character = reference
        .resolve_char_ref()
        .map_err(|error| Malformed(format!("a character reference is malformed: {error}")))?;
    match character {
        Some(character) if is_character(character) => Ok(character),
        Some(_) => Err(Malformed::because(
            "a character reference names no XML character",
        )),
        None => match reference.as_ref() {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => Err(Malformed::because("an entity is not declared")),
        },
    }
}
