//! Components and properties of an [`Object`](super::Object), as views over its text. Names compare without case.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::ParseError;
use super::line::Line;
use super::object::{Node, Tree, error_at};
use super::value::{self, Parameter};

/// One component.
#[derive(Clone, Copy)]
pub struct Component<'a> {
    text: &'a [u8],
    tree: &'a Tree,
    index: u32,
}

impl<'a> Component<'a> {
    pub(super) fn new(text: &'a [u8], tree: &'a Tree, index: u32) -> Self {
        Self { text, tree, index }
    }

    fn node(&self) -> Option<&'a Node> {
        self.tree.nodes.get(self.index as usize)
    }

    /// Its place among all components of the object, parents before children.
    pub fn index(&self) -> usize {
        self.index as usize
    }

    /// In upper case.
    pub fn name(&self) -> String {
        self.node()
            .map(|node| self.tree.node_name(self.text, node))
            .unwrap_or_default()
    }

    pub fn is(&self, name: &str) -> bool {
        self.begin()
            .is_some_and(|line| line.value(self.text).trim().eq_ignore_ascii_case(name))
    }

    /// From BEGIN to behind the line end of END, in the object's bytes.
    pub fn span(&self) -> Range<usize> {
        let start = self.begin().map_or(0, |line| line.start as usize);
        let end = self.end().map_or(start, |line| line.end as usize);
        start..end
    }

    /// The line of BEGIN, with its line end.
    pub fn begin_span(&self) -> Range<usize> {
        self.begin()
            .map_or(0..0, |line| line.start as usize..line.end as usize)
    }

    /// The line of END, with its line end.
    pub fn end_span(&self) -> Range<usize> {
        self.end()
            .map_or(0..0, |line| line.start as usize..line.end as usize)
    }

    fn begin(&self) -> Option<&'a Line> {
        self.tree.lines.get(self.node()?.begin as usize)
    }

    fn end(&self) -> Option<&'a Line> {
        self.tree.lines.get(self.node()?.end as usize)
    }

    pub fn parent(&self) -> Option<Self> {
        Some(Self {
            index: self.node()?.parent?,
            ..*self
        })
    }

    pub fn children(&self) -> impl Iterator<Item = Component<'a>> + use<'a> {
        let this = *self;
        let last = self.node().map_or(0, |node| node.next);
        let mut at = self.index + 1;
        std::iter::from_fn(move || {
            let child = Self { index: at, ..this };
            at = child.node().filter(|_| at < last)?.next;
            Some(child)
        })
    }

    /// Its own properties, in the order of the text.
    pub fn properties(&self) -> impl Iterator<Item = Property<'a>> + use<'a> {
        let (text, tree) = (self.text, self.tree);
        let (mut at, end, mut child) = self
            .node()
            .map_or((0, 0, 0), |node| (node.begin + 1, node.end, self.index + 1));
        std::iter::from_fn(move || {
            while let Some(node) = tree
                .nodes
                .get(child as usize)
                .filter(|node| node.begin == at && at < end)
            {
                (at, child) = (node.end + 1, node.next);
            }
            let line = tree.lines.get(at as usize).filter(|_| at < end)?;
            at += 1;
            Some(Property { text, line })
        })
    }

    /// The first property of a name.
    pub fn property(&self, name: &str) -> Option<Property<'a>> {
        self.properties_named(name).next()
    }

    pub fn properties_named<'n>(
        &self,
        name: &'n str,
    ) -> impl Iterator<Item = Property<'a>> + use<'a, 'n> {
        self.properties().filter(move |property| property.is(name))
    }

    /// Properties and children in the order of the text.
    pub fn parts(&self) -> impl Iterator<Item = Part<'a>> + use<'a> {
        let mut properties = self.properties().peekable();
        let mut children = self.children().peekable();
        std::iter::from_fn(move || {
            let property_first = match (properties.peek(), children.peek()) {
                (Some(property), Some(child)) => property.span().start < child.span().start,
                (Some(_), None) => true,
                (None, _) => false,
            };
            if property_first {
                properties.next().map(Part::Property)
            } else {
                children.next().map(Part::Component)
            }
        })
    }

    /// Its stored text from BEGIN to END, folds and all.
    pub fn raw(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.text.get(self.span()).unwrap_or_default())
    }

    /// The physical line it begins on, from 1.
    pub fn line(&self) -> usize {
        self.error("").line
    }

    /// What is wrong with this component, with the line on which it begins.
    pub fn error(&self, reason: impl Into<String>) -> ParseError {
        error_at(self.text, self.span().start, reason.into())
    }
}

impl fmt::Debug for Component<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}", self.name(), self.span())
    }
}

/// What stands in a component.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    Property(Property<'a>),
    Component(Component<'a>),
}

/// One property.
#[derive(Clone, Copy)]
pub struct Property<'a> {
    text: &'a [u8],
    line: &'a Line,
}

impl<'a> Property<'a> {
    /// As it is written.
    pub fn name(&self) -> Cow<'a, str> {
        self.line.name(self.text)
    }

    pub fn is(&self, name: &str) -> bool {
        self.line.is_named(self.text, name)
    }

    /// Unfolded, escapes as they are written.
    pub fn value(&self) -> Cow<'a, str> {
        self.line.value(self.text)
    }

    /// The value as TEXT, without escapes.
    pub fn text(&self) -> Cow<'a, str> {
        value::unescape(self.value())
    }

    /// Is there anything but white space in its value? Empty properties are sent for none at all.
    pub fn has_value(&self) -> bool {
        self.line.has_value(self.text)
    }

    /// The parameters as they are written, unfolded; [`value::parameters`] splits them.
    pub fn raw_parameters(&self) -> Cow<'a, str> {
        self.line.parameters(self.text)
    }

    /// The first parameter of a name: its value without quotes and RFC 6868 escapes.
    pub fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        fn find<'p>(text: &'p str, name: &str) -> Option<Parameter<'p>> {
            value::parameters(text).find(|parameter| parameter.name.eq_ignore_ascii_case(name))
        }
        if !self.line.has_parameters() {
            return None;
        }
        match self.raw_parameters() {
            Cow::Borrowed(text) => find(text, name).map(|parameter| parameter.value()),
            Cow::Owned(text) => {
                find(&text, name).map(|parameter| Cow::Owned(parameter.value().into_owned()))
            }
        }
    }

    /// The line with its folds and its line end, in the object's bytes.
    pub fn span(&self) -> Range<usize> {
        self.line.start as usize..self.line.end as usize
    }

    /// The bytes before the value, colon included, folds and all; `None` when a fold stands among them.
    pub fn head_span(&self) -> Option<Range<usize>> {
        self.line
            .value_start()
            .map(|end| self.line.start as usize..end)
    }

    /// The line end alone; empty where the text breaks off.
    pub fn line_end_span(&self) -> Range<usize> {
        self.line.stop()..self.line.end as usize
    }

    /// The physical line it begins on, from 1.
    pub fn line(&self) -> usize {
        self.error("").line
    }

    pub fn error(&self, reason: impl Into<String>) -> ParseError {
        error_at(self.text, self.line.start as usize, reason.into())
    }
}

impl fmt::Debug for Property<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(self.line.raw(self.text)))
    }
}
