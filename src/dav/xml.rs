//! XML in: one small, bounded tree of owned elements with their namespaces resolved. DTDs are refused.
//!
//! What comes out of here is well-formed and namespace-well-formed, so that an element can be stored and written back.

mod read;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use super::name::{Name, XML};
use super::writer::Writer;
pub use read::{is_character, parse};

/// Elements that any request but a multiget may have.
pub const MAX_ELEMENTS: usize = 10_000;

/// Why a body is not XML that we read; a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// The namespace declarations and the language that hold at an element.
#[derive(Debug, Default)]
struct Scope {
    outer: Option<Arc<Scope>>,
    /// `(prefix, namespace)`; the default namespace has an empty prefix.
    declared: Vec<(String, String)>,
    lang: Option<String>,
    bindings: usize,
}

impl Scope {
    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |scope| scope.outer.as_deref())
    }

    fn resolve(&self, prefix: &str) -> Option<&str> {
        if prefix == "xml" {
            return Some(XML);
        }
        self.chain()
            .flat_map(|scope| &scope.declared)
            .find(|(declared, _)| declared == prefix)
            .map(|(_, namespace)| namespace.as_str())
            .or(if prefix.is_empty() { Some("") } else { None })
    }
}

#[derive(Debug)]
pub struct Attribute {
    pub name: Name,
    prefix: String,
    pub value: String,
}

#[derive(Debug)]
pub enum Node {
    Element(Element),
    Text(String),
}

#[derive(Debug)]
pub struct Element {
    pub name: Name,
    prefix: String,
    pub attributes: Vec<Attribute>,
    pub nodes: Vec<Node>,
    scope: Arc<Scope>,
    /// Does `scope` belong to this element, or to one around it?
    declares: bool,
}

impl Element {
    pub fn is(&self, name: &Name) -> bool {
        self.name == *name
    }

    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub fn child(&self, name: &Name) -> Option<&Element> {
        self.elements().find(|element| element.is(name))
    }

    pub fn children<'e>(&'e self, name: &'e Name) -> impl Iterator<Item = &'e Element> {
        self.elements().filter(move |element| element.is(name))
    }

    /// The character data that stands directly in the element.
    pub fn text(&self) -> Cow<'_, str> {
        let mut texts = self.nodes.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        match (texts.next(), texts.next()) {
            (None, _) => Cow::Borrowed(""),
            (Some(one), None) => Cow::Borrowed(one),
            (Some(one), Some(two)) => {
                let mut text = format!("{one}{two}");
                texts.for_each(|more| text.push_str(more));
                Cow::Owned(text)
            }
        }
    }

    /// An attribute that has no namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.is("", local))
            .map(|attribute| attribute.value.as_str())
    }

    /// The language that holds at the element (XML 1.0 section 2.12).
    pub fn language(&self) -> Option<&str> {
        let language = self.scope.chain().find_map(|scope| scope.lang.as_deref());
        language.filter(|language| !language.is_empty())
    }

    /// The element as XML that stands alone: what it uses of the declarations around it, and the language that holds
    /// there, are written on it (RFC 4918 section 4.3).
    pub fn to_xml(&self) -> String {
        let mut inside = Writer::default();
        self.write_nodes(&mut inside);
        let mut attributes = Writer::default();
        self.write_attributes(&mut attributes);
        let used = |prefix: &str| {
            let mark = format!("{prefix}:");
            prefix.is_empty()
                || self.prefix == prefix
                || [&inside, &attributes]
                    .iter()
                    .any(|written| written.as_str().contains(&mark))
        };
        let mut out = Writer::default();
        out.raw("<").raw(&self.qualified());
        let mut seen: Vec<&str> = Vec::new();
        for (prefix, namespace) in self.scope.chain().flat_map(|scope| &scope.declared) {
            if !seen.contains(&prefix.as_str()) {
                seen.push(prefix);
                if used(prefix) && !(prefix.is_empty() && namespace.is_empty()) {
                    declaration(&mut out, prefix, namespace);
                }
            }
        }
        let has_lang = self.attributes.iter().any(|a| a.name.is(XML, "lang"));
        if let Some(lang) = self.language()
            && !has_lang
        {
            out.raw(" xml:lang=\"").attribute(lang).raw("\"");
        }
        out.raw(attributes.as_str()).raw(">");
        out.raw(inside.as_str());
        out.raw("</").raw(&self.qualified()).raw(">");
        out.into_string()
    }

    fn qualified(&self) -> Cow<'_, str> {
        qualified(&self.prefix, &self.name.local)
    }

    fn write_attributes(&self, out: &mut Writer) {
        for attribute in &self.attributes {
            out.raw(" ")
                .raw(&qualified(&attribute.prefix, &attribute.name.local))
                .raw("=\"")
                .attribute(&attribute.value)
                .raw("\"");
        }
    }

    fn write_nodes(&self, out: &mut Writer) {
        for node in &self.nodes {
            match node {
                Node::Text(text) => {
                    out.text(text);
                }
                Node::Element(element) => element.write(out),
            }
        }
    }

    fn write(&self, out: &mut Writer) {
        out.raw("<").raw(&self.qualified());
        if self.declares {
            for (prefix, namespace) in &self.scope.declared {
                declaration(out, prefix, namespace);
            }
        }
        self.write_attributes(out);
        if self.nodes.is_empty() {
            out.raw("/>");
            return;
        }
        out.raw(">");
        self.write_nodes(out);
        out.raw("</").raw(&self.qualified()).raw(">");
    }
}

fn declaration(out: &mut Writer, prefix: &str, namespace: &str) {
    out.raw(if prefix.is_empty() {
        " xmlns"
    } else {
        " xmlns:"
    });
    out.raw(prefix).raw("=\"").attribute(namespace).raw("\"");
}

fn qualified<'n>(prefix: &str, local: &'n str) -> Cow<'n, str> {
    if prefix.is_empty() {
        Cow::Borrowed(local)
    } else {
        Cow::Owned(format!("{prefix}:{local}"))
    }
}
