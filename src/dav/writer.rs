//! XML out: bytes pushed one after another. Text is escaped by type, never by the caller.

use super::name::{Name, PREFIXES, prefix};

/// Collects one piece of XML.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    text: String,
}

/// Bytes of text that cannot be copied: markup, what XML forbids, and the first byte of U+FFFE and U+FFFF.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = byte != 0x09 && byte != 0x0a;
        byte += 1;
    }
    special[b'&' as usize] = true;
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[0xef] = true;
    special
};

/// Is CR, which a reader would turn into LF, all that cannot be copied? Looks at every byte, without a branch: the
/// compiler takes many at once.
fn is_plain(bytes: &[u8]) -> bool {
    !bytes.iter().fold(false, |found, byte| {
        let white = (*byte == b'\t') | (*byte == b'\n') | (*byte == b'\r');
        let markup = (*byte == b'&') | (*byte == b'<') | (*byte == b'>');
        found | ((*byte < b' ') & !white) | markup | (*byte == 0xef)
    })
}

impl Writer {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn into_string(self) -> String {
        self.text
    }

    pub fn len(&self) -> usize {
        self.text.len()
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub fn clear(&mut self) {
        self.text.clear();
    }

    /// Forgets everything after the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
    }

    /// Markup that is known to be well-formed.
    #[inline]
    pub fn raw(&mut self, markup: &str) -> &mut Self {
        self.text.push_str(markup);
        self
    }

    /// One character of markup.
    pub fn push(&mut self, character: char) -> &mut Self {
        self.text.push(character);
        self
    }

    /// Character data. What XML 1.0 forbids is left out; CR is written as a reference, so that CRLF survives.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.text.reserve(text.len() + text.len() / 8);
        // Most texts are lines of iCalendar with nothing to escape but their CR.
        let is_plain = is_plain(text.as_bytes());
        let mut from = 0;
        for at in memchr::memchr_iter(b'\r', text.as_bytes()) {
            self.line(text.get(from..at).unwrap_or_default(), is_plain);
            self.text.push_str("&#13;");
            from = at + 1;
        }
        self.line(text.get(from..).unwrap_or_default(), is_plain);
        self
    }

    /// Text without a CR.
    fn line(&mut self, line: &str, is_plain: bool) {
        let mut rest = line;
        while !is_plain && let Some(at) = rest.bytes().position(|byte| SPECIAL[byte as usize]) {
            let (plain, special) = rest.split_at(at);
            self.text.push_str(plain);
            let mut characters = special.chars();
            match characters.next() {
                Some('&') => self.text.push_str("&amp;"),
                Some('<') => self.text.push_str("&lt;"),
                Some('>') => self.text.push_str("&gt;"),
                Some(other) if super::xml::is_character(other) => self.text.push(other),
                Some(_) | None => {}
            }
            rest = characters.as_str();
        }
        self.text.push_str(rest);
    }

    /// An attribute's value, for between double quotes.
    pub fn attribute(&mut self, value: &str) -> &mut Self {
        for character in value.chars() {
            match character {
                '"' => self.text.push_str("&quot;"),
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '\t' => self.text.push_str("&#9;"),
                '\n' => self.text.push_str("&#10;"),
                '\r' => self.text.push_str("&#13;"),
                other if super::xml::is_character(other) => self.text.push(other),
                _ => {}
            }
        }
        self
    }

    pub fn number(&mut self, number: impl std::fmt::Display) -> &mut Self {
        use std::fmt::Write;
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{number}");
        self
    }

    pub fn element(&mut self, tag: &str, text: &str) -> &mut Self {
        self.raw("<").raw(tag).raw(">").text(text);
        self.raw("</").raw(tag).raw(">")
    }

    /// `<D:href>` around a path that is already a URI.
    pub fn href(&mut self, href: &str) -> &mut Self {
        self.element("D:href", href)
    }

    /// The start of a document: its root element with every prefix of ours declared.
    pub fn root(&mut self, tag: &str) -> &mut Self {
        self.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<")
            .raw(tag);
        for (prefix, namespace) in PREFIXES {
            self.raw(" xmlns:")
                .raw(prefix)
                .raw("=\"")
                .raw(namespace)
                .raw("\"");
        }
        self.raw(">")
    }
}

/// The tags of one element, written out once for a whole answer.
#[derive(Clone, Debug)]
pub struct Tag {
    pub open: String,
    pub close: String,
    pub empty: String,
}

impl Tag {
    pub fn of(name: &Name) -> Self {
        let mut start = Writer::default();
        let qualified = match (name.namespace.as_ref(), prefix(&name.namespace)) {
            ("", _) => {
                start.raw(&name.local);
                name.local.to_string()
            }
            (_, Some(prefix)) => {
                let qualified = format!("{prefix}:{}", name.local);
                start.raw(&qualified);
                qualified
            }
            (namespace, None) => {
                let qualified = format!("X:{}", name.local);
                start
                    .raw(&qualified)
                    .raw(" xmlns:X=\"")
                    .attribute(namespace)
                    .raw("\"");
                qualified
            }
        };
        Self {
            open: format!("<{}>", start.as_str()),
            close: format!("</{qualified}>"),
            empty: format!("<{}/>", start.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_forbidden_characters_are_left_out() {
        let cases = [
            ("plain", "plain"),
            ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
            ("BEGIN:VCALENDAR\r\n", "BEGIN:VCALENDAR&#13;\n"),
            ("a\u{0}b\u{8}c\u{b}\td", "abc\td"),
            ("\u{fffe}ｆ\u{ffff}漢", "ｆ漢"),
        ];
        for (text, written) in cases {
            assert_eq!(Writer::default().text(text).as_str(), written, "{text:?}");
        }
    }

    #[test]
    fn attributes_keep_their_white_space() {
        assert_eq!(
            Writer::default().attribute("\"a\"\t<&>\r\n").as_str(),
            "&quot;a&quot;&#9;&lt;&amp;&gt;&#13;&#10;"
        );
    }

    #[test]
    fn a_tag_declares_what_the_root_does_not() {
        let known = Tag::of(&Name::read("DAV:", "getetag"));
        assert_eq!(
            (known.open.as_str(), known.close.as_str()),
            ("<D:getetag>", "</D:getetag>")
        );
        assert_eq!(Tag::of(&Name::read("", "foo")).empty, "<foo/>");
        assert_eq!(
            Tag::of(&Name::read("urn:a&b", "foo")).empty,
            "<X:foo xmlns:X=\"urn:a&amp;b\"/>"
        );
    }
}
