//! Many items as one iCalendar stream: their components one after another, every time zone once.

use std::collections::HashSet;
use std::io::{self, Write};

/// Writes one VCALENDAR. Items are copied line by line and never rewritten.
pub struct Merge<W: Write> {
    out: W,
    zones: HashSet<Vec<u8>>,
}

impl<W: Write> Merge<W> {
    pub fn open(mut out: W, name: &str) -> io::Result<Self> {
        out.write_all(
            b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Strata//Calendar//EN\r\nX-WR-CALNAME:",
        )?;
        out.write_all(fold(&escape(name)).as_bytes())?;
        out.write_all(b"\r\n")?;
        Ok(Self {
            out,
            zones: HashSet::new(),
        })
    }

    /// The components of one item. A zone is known by its TZID: the first definition stands for all.
    pub fn add(&mut self, text: &[u8]) -> io::Result<()> {
        let mut depth = 0_usize;
        let mut component: Vec<u8> = Vec::new();
        let mut zone: Option<Vec<u8>> = None;
        for line in text
            .split(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        {
            let begins = starts(line, b"BEGIN:");
            if begins {
                depth += 1;
                if depth == 2 {
                    zone = starts(line, b"BEGIN:VTIMEZONE").then(Vec::new);
                }
            }
            if depth >= 2 && !line.is_empty() {
                component.extend_from_slice(line);
                component.extend_from_slice(b"\r\n");
                if depth == 2 && starts(line, b"TZID") && zone.as_ref().is_some_and(Vec::is_empty) {
                    zone = Some(line.to_vec());
                }
            }
            if starts(line, b"END:") {
                if depth == 2 {
                    if zone.take().is_none_or(|zone| self.zones.insert(zone)) {
                        self.out.write_all(&component)?;
                    }
                    component.clear();
                }
                depth = depth.saturating_sub(1);
            }
        }
        Ok(())
    }

    pub fn close(mut self) -> io::Result<W> {
        self.out.write_all(b"END:VCALENDAR\r\n")?;
        Ok(self.out)
    }
}

fn starts(line: &[u8], prefix: &[u8]) -> bool {
    line.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// TEXT (RFC 5545 section 3.3.11).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// Lines of at most 75 octets (RFC 5545 section 3.1); the first has a name before it.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut left = 60_usize;
    for character in text.chars() {
        if character.len_utf8() > left {
            folded.push_str("\r\n ");
            left = 74;
        }
        left -= character.len_utf8();
        folded.push(character);
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_follow_each_other_and_zones_stand_once() {
        let mut merge = Merge::open(Vec::new(), "A, b").unwrap();
        let zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
        for uid in ["1", "2"] {
            let event = format!(
                "BEGIN:VEVENT\r\nUID:{uid}\r\nBEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT\r\n"
            );
            merge
                .add(
                    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zone}{event}END:VCALENDAR\r\n")
                        .as_bytes(),
                )
                .unwrap();
        }
        merge
            .add(b"begin:vcalendar\nbegin:vtodo\nUID:3\nend:vtodo\nend:vcalendar\n")
            .unwrap();
        let text = String::from_utf8(merge.close().unwrap()).unwrap();
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
        assert!(text.contains("X-WR-CALNAME:A\\, b\r\n"));
        assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 1);
        assert_eq!(text.matches("END:VEVENT").count(), 2);
        assert!(text.ends_with("begin:vtodo\r\nUID:3\r\nend:vtodo\r\nEND:VCALENDAR\r\n"));
        assert_eq!(text.matches("VERSION").count(), 1);
    }
}
