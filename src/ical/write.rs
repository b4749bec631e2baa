//! The one writer of calendar text that the server makes itself: escapes, quotes and folds (RFC 5545 section 3.1).

use super::value::{encode_parameter, escape};

/// "Lines of text SHOULD NOT be longer than 75 octets, excluding the line break."
pub(super) const WIDTH: usize = 75;

/// Collects content lines.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
}

impl Writer {
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a VCALENDAR of our own making.
    pub fn calendar(&mut self) -> &mut Self {
        self.begin("VCALENDAR")
            .raw("VERSION", "2.0")
            .raw("PRODID", "-//Strata//Strata//EN")
    }

    pub fn begin(&mut self, component: &str) -> &mut Self {
        self.raw("BEGIN", component)
    }

    pub fn end(&mut self, component: &str) -> &mut Self {
        self.raw("END", component)
    }

    /// A value of a type that has no escapes: dates, durations, numbers, rules.
    pub fn raw(&mut self, name: &str, value: &str) -> &mut Self {
        self.with(name, &[], value)
    }

    /// A TEXT value.
    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.with(name, &[], &escape(value))
    }

    /// A value as it is to be written, with parameters. A line end in it would be another line: it is left out.
    pub fn with(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) -> &mut Self {
        let mut line = String::with_capacity(name.len() + value.len() + 1);
        line.push_str(name);
        for (name, value) in parameters {
            line.push(';');
            line.push_str(name);
            line.push('=');
            line.push_str(&encode_parameter(value));
        }
        line.push(':');
        line.extend(
            value
                .chars()
                .filter(|character| !matches!(character, '\r' | '\n')),
        );
        fold_into(&mut self.out, &line);
        self
    }

    /// Whole lines that were written elsewhere.
    pub fn lines(&mut self, lines: &str) -> &mut Self {
        self.out.push_str(lines);
        self
    }

    pub fn finish(self) -> String {
        self.out
    }
}

/// Writes one line, folded on character boundaries.
pub(super) fn fold_into(out: &mut String, line: &str) {
    let mut rest = line;
    let mut room = WIDTH;
    while rest.len() > room {
        let at = (0..=room)
            .rev()
            .find(|at| rest.is_char_boundary(*at))
            .unwrap_or(0);
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        out.push_str("\r\n ");
        rest = tail;
        room = WIDTH - 1;
    }
    out.push_str(rest);
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_at_75_octets_between_characters() {
        let mut writer = Writer::new();
        writer.text("SUMMARY", &"\u{e9}\u{1F600}".repeat(60));
        let text = writer.finish();
        assert!(text.split("\r\n").all(|line| line.len() <= 75));
        assert_eq!(
            text.replace("\r\n ", ""),
            format!("SUMMARY:{}\r\n", "\u{e9}\u{1F600}".repeat(60))
        );
    }

    #[test]
    fn nothing_can_become_a_second_line() {
        let mut writer = Writer::new();
        writer
            .text("SUMMARY", "x\nEND:VEVENT")
            .with("X", &[("CN", "a\nb:c")], "y\r\nEND:VEVENT");
        assert_eq!(
            writer.finish(),
            "SUMMARY:x\\nEND:VEVENT\r\nX;CN=\"a^nb:c\":yEND:VEVENT\r\n"
        );
    }
}
