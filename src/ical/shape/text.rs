//! Stored bytes as text for XML.

use std::borrow::Cow;

use super::super::line::unfold;

/// The stored bytes as text for XML: folds inside a character repaired, characters that XML 1.0 forbids dropped
/// (XML 1.0 section 2.2). Borrowed when there is nothing to do.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(_) => Cow::Owned(repaired(bytes)),
    };
    if !has_special(text.as_bytes()) || text.chars().all(is_xml) {
        return text;
    }
    Cow::Owned(
        text.chars()
            .filter(|character| is_xml(*character))
            .collect(),
    )
}

/// Is there a byte that may be part of what XML forbids? Looks at all of them, without a branch: the compiler takes
/// many at once.
fn has_special(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, byte| {
        let white = (*byte == b'\t') | (*byte == b'\n') | (*byte == b'\r');
        found | ((*byte < b' ') & !white) | (*byte == 0xef)
    })
}

fn is_xml(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Unfolds the lines that are not UTF-8 as they stand; a long line is still a line, and nothing else changes.
fn repaired(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    while !rest.is_empty() {
        let (line, after) = rest.split_at(logical_line(rest));
        match std::str::from_utf8(line) {
            Ok(line) => out.push_str(line),
            Err(_) => out.push_str(&String::from_utf8_lossy(&unfold(line))),
        }
        rest = after;
    }
    out
}

/// The length of the first line with its continuations and its line end.
fn logical_line(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(end) = memchr::memchr(b'\n', text.get(at..).unwrap_or_default()) {
        at += end + 1;
        if !matches!(text.get(at), Some(b' ' | b'\t')) {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_is_borrowed() {
        let clean = "SUMMARY:f\u{fc}r \u{1f600}\r\n dich\r\n\tX:1";
        assert!(matches!(text(clean.as_bytes()), Cow::Borrowed(same) if same == clean));
        let private = "X:\u{e000}\u{f8ff}";
        assert!(matches!(text(private.as_bytes()), Cow::Borrowed(_)));
    }

    #[test]
    fn what_xml_cannot_carry_is_repaired() {
        assert_eq!(
            text(b"A:1\r\nB:f\xc3\r\n \xbcr\r\nC:2\r\n d"),
            "A:1\r\nB:f\u{fc}r\r\nC:2\r\n d"
        );
        assert_eq!(text(b"A:\x01\x0b\x1f2\t\xef\xbf\xbf"), "A:2\t");
        assert_eq!(text("\u{feff}A:1".as_bytes()), "A:1");
    }
}
