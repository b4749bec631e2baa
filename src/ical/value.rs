//! What stands in a content line: parameters (RFC 5545 section 3.2, RFC 6868), TEXT (3.3.11) and lists (3.1.1).

use std::borrow::Cow;

/// One parameter; the value as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'p> {
    pub name: &'p str,
    pub raw: &'p str,
}

impl<'p> Parameter<'p> {
    /// Its values, without quotes and with RFC 6868 undone.
    pub fn values(&self) -> impl Iterator<Item = Cow<'p, str>> + use<'p> {
        split_outside_quotes(self.raw, b',').map(decode)
    }

    /// All of its values as one text; what most parameters have.
    pub fn value(&self) -> Cow<'p, str> {
        let mut values = self.values();
        let first = values.next().unwrap_or_default();
        values.fold(first, |all, value| Cow::Owned(format!("{all},{value}")))
    }
}

/// The parameters of a line from the text between its name and its colon.
pub fn parameters(text: &str) -> impl Iterator<Item = Parameter<'_>> {
    split_outside_quotes(text.strip_prefix(';').unwrap_or(text), b';')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, raw) = part.split_once('=').unwrap_or((part, ""));
            Parameter { name, raw }
        })
}

/// The parts between a separator, which does not count inside of quotes.
fn split_outside_quotes(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest?;
        let mut quoted = false;
        let at = whole.bytes().position(|byte| {
            quoted ^= byte == b'"';
            byte == separator && !quoted
        });
        let (part, after) = match at {
            Some(at) => (whole.get(..at)?, whole.get(at + 1..)),
            None => (whole, None),
        };
        rest = after;
        Some(part)
    })
}

/// Takes the quotes off and undoes `^n`, `^'` and `^^` (RFC 6868 section 3.1).
fn decode(raw: &str) -> Cow<'_, str> {
    let bare = raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(raw);
    if !bare.contains('^') {
        return Cow::Borrowed(bare);
    }
    let mut out = String::with_capacity(bare.len());
    let mut characters = bare.chars().peekable();
    while let Some(character) = characters.next() {
        let decoded = match (character, characters.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            _ => {
                out.push(character);
                continue;
            }
        };
        characters.next();
        out.push(decoded);
    }
    Cow::Owned(out)
}

/// A parameter value as it must be written: RFC 6868, and quotes where `:`, `;` or `,` ask for them.
pub fn encode_parameter(value: &str) -> Cow<'_, str> {
    if !value.contains(['^', '"', '\n', '\r', ':', ';', ',']) {
        return Cow::Borrowed(value);
    }
    let quoted = value.contains([':', ';', ',']);
    let mut out = String::with_capacity(value.len() + 2);
    if quoted {
        out.push('"');
    }
    for character in value.chars() {
        match character {
            '^' => out.push_str("^^"),
            '"' => out.push_str("^'"),
            '\n' => out.push_str("^n"),
            '\r' => {}
            other => out.push(other),
        }
    }
    if quoted {
        out.push('"');
    }
    Cow::Owned(out)
}

/// A TEXT value without its escapes (RFC 5545 section 3.3.11).
///
/// `\"` and `\:` are no escapes, but widely sent as such; before anything else a backslash is a backslash
/// (Windows paths).
pub fn unescape(value: Cow<'_, str>) -> Cow<'_, str> {
    if !value.contains('\\') {
        return value;
    }
    let mut out = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        let meant = match (character, characters.peek()) {
            ('\\', Some('n' | 'N')) => '\n',
            ('\\', Some(escaped @ ('\\' | ',' | ';' | '"' | ':'))) => *escaped,
            _ => {
                out.push(character);
                continue;
            }
        };
        characters.next();
        out.push(meant);
    }
    Cow::Owned(out)
}

/// A text as a TEXT value.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['\\', ',', ';', '\n', '\r']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' | ',' | ';' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => {}
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

/// The items of a value between `separator`, which a backslash takes its meaning from.
pub fn split(value: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let whole = rest?;
        let mut escaped = false;
        let at = whole.bytes().position(|byte| {
            let found = byte == separator && !escaped;
            escaped = byte == b'\\' && !escaped;
            found
        });
        let (part, after) = match at {
            Some(at) => (whole.get(..at)?, whole.get(at + 1..)),
            None => (whole, None),
        };
        rest = after;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_keep_order_quotes_and_lists() {
        let all: Vec<_> =
            parameters(";MEMBER=\"mailto:a@x\",\"mailto:b;c\";CN=J^'R^'^n^^;X;ROLE=CHAIR")
                .collect();
        let names: Vec<_> = all.iter().map(|parameter| parameter.name).collect();
        assert_eq!(names, ["MEMBER", "CN", "X", "ROLE"]);
        assert_eq!(
            all[0].values().collect::<Vec<_>>(),
            ["mailto:a@x", "mailto:b;c"]
        );
        assert_eq!(all[1].value(), "J\"R\"\n^");
        assert_eq!(all[2].value(), "");
        assert_eq!(all[3].value(), "CHAIR");
    }

    /// The examples of RFC 6868 section 3.2, both ways.
    #[test]
    fn circumflex_encoding() {
        for (plain, written) in [
            ("George Herman \"Babe\" Ruth", "George Herman ^'Babe^' Ruth"),
            (
                "Pittsburgh Pirates\n115 Federal St\nPittsburgh, PA 15212",
                "\"Pittsburgh Pirates^n115 Federal St^nPittsburgh, PA 15212\"",
            ),
            ("a^b", "a^^b"),
        ] {
            assert_eq!(encode_parameter(plain), written);
            assert_eq!(decode(written), plain);
        }
        assert_eq!(decode("a^xb^"), "a^xb^");
    }

    /// The example of RFC 5545 section 3.3.11.
    #[test]
    fn text_escapes() {
        let written = "Project XYZ Final Review\\nConference Room - 3B\\nCome Prepared.";
        let plain = "Project XYZ Final Review\nConference Room - 3B\nCome Prepared.";
        assert_eq!(unescape(written.into()), plain);
        assert_eq!(escape(plain), written);
        assert_eq!(
            unescape("a\\;b\\,c\\\\n\\\"\\N C:\\dir\\".into()),
            "a;b,c\\n\"\n C:\\dir\\"
        );
        assert_eq!(unescape(escape("x\\n;,\r\n")), "x\\n;,\n");
    }

    #[test]
    fn lists_split_at_bare_separators() {
        assert_eq!(
            split("a\\,b,c\\\\,d,", b',').collect::<Vec<_>>(),
            ["a\\,b", "c\\\\", "d", ""]
        );
        assert_eq!(split("", b',').collect::<Vec<_>>(), [""]);
    }
}
