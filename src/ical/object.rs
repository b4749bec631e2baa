//! One calendar object resource, text first: the stored bytes and a flat tree of spans over them.
//! Reading is iterative and bounded in size, lines and depth; what cannot be understood is refused with its line.

use std::sync::Arc;

use bytes::Bytes;
use memchr::{memchr, memchr_iter};

use super::ParseError;
use super::component::Component;
use super::line::{Line, Lines};

/// Components inside components; alarms in events in a calendar take three.
pub const MAX_DEPTH: usize = 16;
/// Content lines of one object.
pub const MAX_LINES: usize = 1_000_000;
/// Bytes of one object; offsets are kept in 32 bits.
pub const MAX_SIZE: usize = 1 << 30;

/// One calendar object resource. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Object {
    text: Bytes,
    tree: Arc<Tree>,
}

/// The lines and components of a text, both in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub lines: Vec<Line>,
    pub nodes: Vec<Node>,
}

/// One component: the lines from its BEGIN to its END, and the nodes that stand inside of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub begin: u32,
    pub end: u32,
    pub parent: Option<u32>,
    /// The first node that is no descendant.
    pub next: u32,
}

impl Object {
    /// Reads one iCalendar object (RFC 5545 section 3.4): one VCALENDAR, and nothing beside it.
    pub fn parse(text: &Bytes) -> Result<Self, ParseError> {
        let tree = Tree::read(text, MAX_LINES)?;
        let roots: Vec<&Node> = tree.roots().collect();
        let Some(first) = roots.first() else {
            return Err(ParseError {
                line: 1,
                reason: "the text is empty; a calendar object is a VCALENDAR".to_owned(),
            });
        };
        for root in [first].into_iter().chain(roots.get(1)) {
            let name = tree.node_name(text, root);
            if !name.eq_ignore_ascii_case("VCALENDAR") {
                let reason = format!("a calendar object is a VCALENDAR, but here a {name} begins");
                return Err(tree.error(text, root.begin, reason));
            }
        }
        if let Some(second) = roots.get(1) {
            let reason = "a second VCALENDAR begins here; a calendar object is one".to_owned();
            return Err(tree.error(text, second.begin, reason));
        }
        Ok(Self {
            text: text.clone(),
            tree: Arc::new(tree),
        })
    }

    /// The stored bytes.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// The VCALENDAR.
    pub fn calendar(&self) -> Component<'_> {
        Component::new(&self.text, &self.tree, 0)
    }

    /// The component with this [`Component::index`].
    pub fn component(&self, index: usize) -> Component<'_> {
        Component::new(
            &self.text,
            &self.tree,
            u32::try_from(index).unwrap_or(u32::MAX),
        )
    }

    /// What stands directly in the VCALENDAR: events, to-dos, time zones, …
    pub fn components(&self) -> impl Iterator<Item = Component<'_>> {
        self.calendar().children()
    }
}

impl Tree {
    pub fn read(text: &[u8], max_lines: usize) -> Result<Self, ParseError> {
        if text.len() > MAX_SIZE {
            return Err(ParseError {
                line: 1,
                reason: format!("the text is larger than {MAX_SIZE} bytes"),
            });
        }
        if let Some(at) = memchr(0, text) {
            return Err(error_at(text, at, "this line holds a NUL octet".to_owned()));
        }
        let is_utf8 = std::str::from_utf8(text).is_ok();
        let mut tree = Self {
            lines: Vec::with_capacity(text.len() / 32),
            nodes: Vec::new(),
        };
        let mut open: Vec<u32> = Vec::new();
        for line in Lines::new(text) {
            let line = line.map_err(|bad| error_at(text, bad.at, bad.reason.to_owned()))?;
            let refuse = |reason: String| Err(error_at(text, line.start as usize, reason));
            if tree.lines.len() >= max_lines {
                return refuse(format!("the text has more than {max_lines} lines"));
            }
            // Folding may cut a character in two: only the unfolded line must be UTF-8 (RFC 5545 section 3.1).
            if !is_utf8 && std::str::from_utf8(&super::line::unfold(line.raw(text))).is_err() {
                return refuse("this line is not UTF-8".to_owned());
            }
            if let Err(reason) = tree.add(text, line, &mut open) {
                return refuse(reason);
            }
        }
        match open
            .last()
            .and_then(|index| tree.nodes.get(*index as usize))
        {
            None => Ok(tree),
            Some(node) => {
                let reason = format!(
                    "the {} that begins here has no END",
                    tree.node_name(text, node)
                );
                Err(tree.error(text, node.begin, reason))
            }
        }
    }

    /// One more line; `open` are the components that it stands in.
    fn add(&mut self, text: &[u8], line: Line, open: &mut Vec<u32>) -> Result<(), String> {
        let index = self.lines.len() as u32;
        if line.is_named(text, "BEGIN") {
            if open.len() >= MAX_DEPTH {
                return Err(format!("components are nested more than {MAX_DEPTH} deep"));
            }
            if line.value(text).trim().is_empty() {
                return Err("BEGIN without the name of a component".to_owned());
            }
            let next = self.nodes.len() as u32;
            self.nodes.push(Node {
                begin: index,
                end: index,
                parent: open.last().copied(),
                next: next + 1,
            });
            open.push(next);
        } else if line.is_named(text, "END") {
            let name = line.value(text);
            let Some(node) = open.pop() else {
                return Err(format!("END:{} without a BEGIN", name.trim()));
            };
            let after = self.nodes.len() as u32;
            if let Some(node) = self.nodes.get_mut(node as usize) {
                (node.end, node.next) = (index, after);
            }
            let begun = self
                .nodes
                .get(node as usize)
                .map(|node| self.node_name(text, node))
                .unwrap_or_default();
            if !begun.eq_ignore_ascii_case(name.trim()) {
                return Err(format!("END:{} where END:{begun} is due", name.trim()));
            }
        } else if open.is_empty() {
            let place = if self.nodes.is_empty() {
                "before BEGIN:VCALENDAR"
            } else {
                "after the end of the calendar"
            };
            return Err(format!("a property stands {place}"));
        }
        self.lines.push(line);
        Ok(())
    }

    pub fn roots(&self) -> impl Iterator<Item = &Node> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let node = self.nodes.get(at as usize)?;
            at = node.next;
            Some(node)
        })
    }

    pub fn node_name(&self, text: &[u8], node: &Node) -> String {
        self.lines
            .get(node.begin as usize)
            .map(|line| line.value(text).trim().to_ascii_uppercase())
            .unwrap_or_default()
    }

    pub fn error(&self, text: &[u8], line: u32, reason: String) -> ParseError {
        let at = self
            .lines
            .get(line as usize)
            .map_or(0, |line| line.start as usize);
        error_at(text, at, reason)
    }
}

/// Names the physical line, as an editor counts it.
pub(super) fn error_at(text: &[u8], at: usize, reason: String) -> ParseError {
    let before = text.get(..at).unwrap_or(text);
    let ends = memchr_iter(b'\n', before).count();
    let line = 1 + if ends == 0 {
        memchr_iter(b'\r', before).count()
    } else {
        ends
    };
    ParseError { line, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Object, ParseError> {
        Object::parse(&Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn components_properties_and_their_order() {
        let object = parse(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:1\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
             begin:vevent\r\nUID:1\r\nSUM\r\n MARY:a\\, b\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\ncategories:x\r\nCATEGORIES;X=1:y\r\nend:VEvent\r\nEND:VCALENDAR",
        )
        .expect("an object");
        let names: Vec<_> = object
            .components()
            .map(|component| component.name())
            .collect();
        assert_eq!(names, ["VTIMEZONE", "VEVENT"]);
        let event = object.components().nth(1).expect("an event");
        assert!(event.is("vevent"));
        let own: Vec<_> = event
            .properties()
            .map(|property| property.name().into_owned())
            .collect();
        assert_eq!(own, ["UID", "SUMMARY", "categories", "CATEGORIES"]);
        assert_eq!(event.property("summary").expect("a summary").text(), "a, b");
        let categories = event
            .properties_named("CATEGORIES")
            .map(|property| property.value().into_owned());
        assert_eq!(categories.collect::<Vec<_>>(), ["x", "y"]);
        let alarm = event.children().next().expect("an alarm");
        assert_eq!(
            alarm.parent().map(|parent| parent.name()).as_deref(),
            Some("VEVENT")
        );
        assert!(object.text()[alarm.span()].starts_with(b"BEGIN:VALARM\r\nACTION"));
        assert_eq!(event.property("UID").expect("a UID").line(), 10);
    }

    #[test]
    fn refusals_name_the_line() {
        for (text, line, reason) in [
            ("", 1, "empty"),
            ("BEGIN:VEVENT\nEND:VEVENT", 1, "VCALENDAR"),
            ("VERSION:2.0\nBEGIN:VCALENDAR\nEND:VCALENDAR", 1, "before"),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\nX:1", 3, "after"),
            (
                "BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR",
                3,
                "second",
            ),
            (
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR",
                3,
                "END:VEVENT is due",
            ),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", 2, "no END"),
            (
                "BEGIN:VCALENDAR\nX:a\n  b\nEND:VEVENT",
                4,
                "END:VCALENDAR is due",
            ),
            ("END:VCALENDAR", 1, "without a BEGIN"),
            (
                "BEGIN:VCALENDAR\nX:a\nfoo bar\nEND:VCALENDAR",
                3,
                "no colon",
            ),
            (
                "BEGIN:VCALENDAR\nBEGIN:\nEND:VCALENDAR",
                2,
                "without the name",
            ),
            ("BEGIN:VCALENDAR\nX:\0\nEND:VCALENDAR", 2, "NUL"),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.reason.contains(reason), "{text:?}: {error}");
        }
        let latin = Object::parse(&Bytes::from_static(
            b"BEGIN:VCALENDAR\r\nX:f\xfcr\r\nEND:VCALENDAR\r\n",
        ));
        assert_eq!(latin.expect_err("Latin-1").line, 2);
        assert!(
            Object::parse(&Bytes::from_static(
                b"BEGIN:VCALENDAR\r\nX:f\xc3\r\n \xbcr\r\nEND:VCALENDAR\r\n"
            ))
            .is_ok()
        );
    }

    #[test]
    fn depth_and_lines_are_bounded() {
        let nested = "BEGIN:VCALENDAR\r\n".repeat(20_000);
        assert!(
            parse(&nested)
                .expect_err("nesting")
                .reason
                .contains("nested")
        );
        let long = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR", "X:1\n".repeat(100_000));
        assert_eq!(
            parse(&long).expect("long").calendar().properties().count(),
            100_000
        );
        let endless = format!("BEGIN:VCALENDAR\nX:{}\nEND:VCALENDAR", "y".repeat(10 << 20));
        assert!(parse(&endless).is_ok());
        let monster = format!(
            "BEGIN:VCALENDAR\nX;Y=\"{}\":1\nEND:VCALENDAR",
            ":;,".repeat(1 << 20)
        );
        assert_eq!(
            parse(&monster)
                .expect("monster")
                .calendar()
                .property("X")
                .expect("X")
                .value(),
            "1"
        );
        assert!(
            Tree::read(long.as_bytes(), 1000)
                .expect_err("lines")
                .reason
                .contains("1000 lines")
        );
    }
}
