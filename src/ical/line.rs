//! Content lines (RFC 5545 section 3.1): one scanner over the stored bytes, however they are folded and ended.
//! It yields where each line lies; names, parameters and values are borrowed from the text wherever nothing is folded.

use std::borrow::Cow;

use memchr::memchr;

/// Where one content line lies in the text, and where its name ends and its value begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub start: u32,
    /// Behind the line end.
    pub end: u32,
    /// Behind the last byte that is not part of the line end.
    stop: u32,
    name_end: u32,
    /// Behind the colon.
    value: u32,
    fold: Fold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fold {
    None,
    Value,
    /// A fold stands in the name or the parameters; the offsets then count in the unfolded line.
    Head,
}

/// The lines of a text, one after the other; blank ones are left out.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    /// What ends a line: LF, or CR in a text without a single LF (old Macintosh files).
    end: u8,
}

/// Why a line is none, and at which byte it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    pub at: usize,
    pub reason: &'static str,
}

pub(super) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl<'a> Lines<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        let at = if text.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len()
        } else {
            0
        };
        let end = if memchr(b'\n', text).is_none() && memchr(b'\r', text).is_some() {
            b'\r'
        } else {
            b'\n'
        };
        Self { text, at, end }
    }

    /// The physical line from `at`: where it stops and where the next begins.
    fn physical(&self, at: usize) -> (usize, usize) {
        let rest = self.text.get(at..).unwrap_or_default();
        let (length, next) = match memchr(self.end, rest) {
            Some(length) => (length, length + 1),
            None => (rest.len(), rest.len()),
        };
        let carriage_returns = rest
            .iter()
            .take(length)
            .rev()
            .take_while(|byte| **byte == b'\r')
            .count();
        (at + length - carriage_returns, at + next)
    }

    /// The whole line from `at` with its continuations: where it stops, where the next begins, whether it is folded.
    fn logical(&self, at: usize) -> (usize, usize, bool) {
        let (mut stop, mut next) = self.physical(at);
        let mut folded = false;
        while next > at && matches!(self.text.get(next), Some(b' ' | b'\t')) {
            folded = true;
            (stop, next) = self.physical(next);
        }
        (stop, next, folded)
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<Line, BadLine>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.text.len() {
            let start = self.at;
            let (stop, next, folded) = self.logical(start);
            self.at = next;
            let content = self.text.get(start..stop).unwrap_or_default();
            // A blank line, or the mark that DOS put at the end of files, is no content line.
            if content
                .iter()
                .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x1a))
            {
                continue;
            }
            return Some(
                self.line(start, stop, next, folded)
                    .map_err(|reason| BadLine { at: start, reason }),
            );
        }
        None
    }
}

impl Lines<'_> {
    fn line(
        &self,
        start: usize,
        stop: usize,
        next: usize,
        folded: bool,
    ) -> Result<Line, &'static str> {
        let content = self.text.get(start..stop).unwrap_or_default();
        let first_fold = if folded {
            memchr(self.end, content).unwrap_or(0)
        } else {
            content.len()
        };
        let head = content.get(..first_fold).unwrap_or_default();
        let (name_end, value, fold) = match split(head) {
            Ok((name_end, value)) => (
                start + name_end,
                start + value,
                if folded { Fold::Value } else { Fold::None },
            ),
            Err(reason) if !folded => return Err(reason),
            Err(_) => {
                let (name_end, value) = split(&unfold(content))?;
                (name_end, value, Fold::Head)
            }
        };
        // Texts past 4 GB are refused before they are scanned.
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Ok(Line {
            start: offset(start),
            end: offset(next),
            stop: offset(stop),
            name_end: offset(name_end),
            value: offset(value),
            fold,
        })
    }
}

/// Where the name ends and where the value begins: at the first colon outside of quotes.
fn split(content: &[u8]) -> Result<(usize, usize), &'static str> {
    let is_end = |byte: &u8| matches!(byte, b':' | b';');
    // Underscores and dots are seen in the wild; blanks, quotes and controls are prose that lost its escaping.
    let is_bad = |byte: &u8| *byte <= b' ' || matches!(byte, b'"' | 0x7f);
    let name_end = match content.iter().position(|byte| is_end(byte) || is_bad(byte)) {
        Some(at) if content.get(at).is_some_and(is_end) => at,
        found if found.is_some() && content.iter().any(is_end) => {
            return Err(
                "this is not a content line: its name holds a blank, a quote or a control character",
            );
        }
        _ => return Err("this is not a content line: no colon follows its name"),
    };
    if name_end == 0 {
        return Err("the name before the colon is missing");
    }
    if content.get(name_end) == Some(&b':') {
        return Ok((name_end, name_end + 1));
    }
    let mut quoted = false;
    for (at, byte) in content.iter().enumerate().skip(name_end) {
        match byte {
            b'"' => quoted = !quoted,
            b':' if !quoted => return Ok((name_end, at + 1)),
            _ => {}
        }
    }
    Err(if quoted {
        "a quoted parameter value is not closed"
    } else {
        "no colon follows the parameters"
    })
}

/// Takes the folds out (RFC 5545 section 3.1), also those that cut a character in two.
pub(super) fn unfold(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = fold_in(rest) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        let ends = after
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        rest = after.get(ends + 1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// Where the next line end that a blank or a tab follows begins.
fn fold_in(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'\r', b'\n', text.get(from..)?)?;
        let ends = text
            .get(at..)?
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        if matches!(text.get(at + ends), Some(b' ' | b'\t')) {
            return Some(at);
        }
        from = at + ends;
    }
}

impl Line {
    /// The line as it is stored, without its line end.
    pub fn raw<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        slice(text, self.start, self.stop)
    }

    pub fn name<'a>(&self, text: &'a [u8]) -> Cow<'a, str> {
        match self.fold {
            Fold::None | Fold::Value => string(slice(text, self.start, self.name_end)),
            Fold::Head => self.unfolded(text, 0, Some(self.name_end)),
        }
    }

    /// With the semicolon before the first; empty when there is none.
    pub fn parameters<'a>(&self, text: &'a [u8]) -> Cow<'a, str> {
        let end = self.value.saturating_sub(1);
        match self.fold {
            Fold::None | Fold::Value => string(slice(text, self.name_end, end)),
            Fold::Head => self.unfolded(text, self.name_end, Some(end)),
        }
    }

    pub fn value<'a>(&self, text: &'a [u8]) -> Cow<'a, str> {
        match self.fold {
            Fold::None => string(slice(text, self.value, self.stop)),
            Fold::Value => owned(unfold(slice(text, self.value, self.stop))),
            Fold::Head => self.unfolded(text, self.value, None),
        }
    }

    #[inline]
    pub fn is_named(&self, text: &[u8], name: &str) -> bool {
        match self.fold {
            Fold::None | Fold::Value => {
                (self.name_end - self.start) as usize == name.len()
                    && slice(text, self.start, self.name_end).eq_ignore_ascii_case(name.as_bytes())
            }
            Fold::Head => self.name(text).eq_ignore_ascii_case(name),
        }
    }

    pub fn has_parameters(&self) -> bool {
        self.name_end + 1 < self.value
    }

    /// Is there anything but white space in the value?
    pub fn has_value(&self, text: &[u8]) -> bool {
        let plain = self.fold != Fold::Head;
        plain
            && text
                .get(self.value as usize)
                .is_some_and(u8::is_ascii_graphic)
            || !self.value(text).trim().is_empty()
    }

    /// Where the value lies in the text, when name and parameters are not folded.
    pub fn value_start(&self) -> Option<usize> {
        (self.fold != Fold::Head).then_some(self.value as usize)
    }

    pub fn stop(&self) -> usize {
        self.stop as usize
    }

    fn unfolded(&self, text: &[u8], from: u32, to: Option<u32>) -> Cow<'static, str> {
        let whole = unfold(self.raw(text));
        let to = to.map_or(whole.len(), |to| to as usize);
        owned(whole.get(from as usize..to).unwrap_or_default().to_vec())
    }
}

fn slice(text: &[u8], from: u32, to: u32) -> &[u8] {
    text.get(from as usize..to as usize).unwrap_or_default()
}

/// Every line was seen to be UTF-8 when the object was read; nothing is lost here.
fn string(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

fn owned(bytes: Vec<u8>) -> Cow<'static, str> {
    Cow::Owned(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<(String, String, String)> {
        Lines::new(text)
            .map(|line| {
                let line = line.expect("a line");
                (
                    line.name(text).into_owned(),
                    line.parameters(text).into_owned(),
                    line.value(text).into_owned(),
                )
            })
            .collect()
    }

    fn one(text: &[u8]) -> (String, String, String) {
        let mut lines = read(text);
        assert_eq!(lines.len(), 1, "{}", text.escape_ascii());
        lines.remove(0)
    }

    fn three(name: &str, parameters: &str, value: &str) -> (String, String, String) {
        (name.to_owned(), parameters.to_owned(), value.to_owned())
    }

    #[test]
    fn line_ends_and_marks_do_not_matter() {
        for text in [
            "A:1\r\nB:2\r\n",
            "A:1\nB:2",
            "A:1\rB:2\r",
            "\u{feff}A:1\r\r\nB:2\n\n\n",
            "A:1\r\n\r\nB:2\r\n\u{1a}",
        ] {
            assert_eq!(
                read(text.as_bytes()),
                [three("A", "", "1"), three("B", "", "2")],
                "{text:?}"
            );
        }
    }

    #[test]
    fn folds_vanish_wherever_they_stand() {
        assert_eq!(
            one(b"DESCRIPTION:This is a lo\r\n ng description\r\n  that exists\r\n"),
            three("DESCRIPTION", "", "This is a long description that exists")
        );
        assert_eq!(
            one(b"SUM\n MARY;LANG\n\tUAGE=de:x"),
            three("SUMMARY", ";LANGUAGE=de", "x")
        );
        // Folded between the two bytes of the letter.
        assert_eq!(
            one(b"SUMMARY:f\xc3\r\n \xbcr"),
            three("SUMMARY", "", "f\u{fc}r")
        );
        assert_eq!(one(b"X:a\r\n \r\n b\r\n"), three("X", "", "ab"));
    }

    #[test]
    fn quotes_hide_colons_and_semicolons() {
        assert_eq!(
            one(b"ATTENDEE;DELEGATED-TO=\"mailto:a@x;y\";CN=B:mailto:c@x"),
            three(
                "ATTENDEE",
                ";DELEGATED-TO=\"mailto:a@x;y\";CN=B",
                "mailto:c@x"
            )
        );
    }

    #[test]
    fn what_is_no_line_says_why() {
        for (text, reason) in [
            ("HELLO", "no colon"),
            (":x", "is missing"),
            ("then we met: all", "blank"),
            ("A;B=\"c:d", "not closed"),
            ("A;B=c", "no colon"),
        ] {
            let error = Lines::new(text.as_bytes())
                .next()
                .and_then(Result::err)
                .expect("an error");
            assert!(error.reason.contains(reason), "{text}: {}", error.reason);
        }
    }
}
