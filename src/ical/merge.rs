//! Many items as one iCalendar stream: their components one after another, every time zone once.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use super::Writer;

/// What a stream says of itself before its items, as most programs read it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heading<'h> {
    pub name: &'h str,
    /// As calendar programs write it, `#RRGGBB`.
    pub color: Option<&'h str>,
    /// A name of CSS (RFC 7986 section 5.9).
    pub color_name: Option<&'h str>,
    /// What times mean that name no time zone.
    pub zone: Option<&'h str>,
    /// How often a subscriber is to come back (RFC 7986 section 5.7), an ISO 8601 duration: then it is a publication.
    pub refresh: Option<&'h str>,
}

/// Writes one VCALENDAR. Items are copied line by line, and rewritten only where two of them mean different time zones by
/// one name.
pub struct Merge<W: Write> {
    out: W,
    zones: Zones,
}

impl<W: Write> Merge<W> {
    pub fn open(mut out: W, heading: &Heading) -> io::Result<Self> {
        let mut head = Writer::new();
        head.calendar();
        if let Some(refresh) = heading.refresh {
            head.raw("CALSCALE", "GREGORIAN")
                .raw("METHOD", "PUBLISH")
                .text("NAME", heading.name)
                .with("REFRESH-INTERVAL", &[("VALUE", "DURATION")], refresh)
                .raw("X-PUBLISHED-TTL", refresh);
        }
        head.text("X-WR-CALNAME", heading.name);
        if let Some(zone) = heading.zone {
            head.raw("X-WR-TIMEZONE", zone);
        }
        if let Some(name) = heading.color_name {
            head.raw("COLOR", name);
        }
        if let Some(color) = heading.color {
            head.raw("X-APPLE-CALENDAR-COLOR", color);
        }
        out.write_all(head.finish().as_bytes())?;
        Ok(Self {
            out,
            zones: Zones::default(),
        })
    }

    /// The components of one item. A zone is known by its TZID and its definition (RFC 5545 section 3.6.5).
    pub fn add(&mut self, text: &[u8]) -> io::Result<()> {
        let components = components(text);
        let mut renamed: HashMap<Vec<u8>, String> = HashMap::new();
        let mut written = HashSet::new();
        for (at, component) in components.iter().enumerate() {
            let Some(name) = component.zone() else {
                continue;
            };
            let known = self.zones.know(name, component);
            if known.is_new {
                written.insert(at);
            }
            if !known.suffix.is_empty() {
                renamed.insert(unescape(name), known.suffix);
            }
        }
        for (at, component) in components.iter().enumerate() {
            let is_zone = component.zone().is_some();
            if is_zone && !written.contains(&at) {
                continue;
            }
            for line in &component.lines {
                let rewritten = if renamed.is_empty() {
                    None
                } else {
                    line.renamed(&renamed, is_zone)
                };
                match rewritten {
                    Some(text) => self.out.write_all(folded(&text).as_bytes())?,
                    None => line.physical().try_for_each(|it| {
                        self.out.write_all(it)?;
                        self.out.write_all(b"\r\n")
                    })?,
                }
            }
        }
        Ok(())
    }

    pub fn close(mut self) -> io::Result<W> {
        self.out.write_all(b"END:VCALENDAR\r\n")?;
        Ok(self.out)
    }
}

/// The time zones that have been written.
#[derive(Default)]
struct Zones {
    /// By name and hash of the definition: what was put behind the name.
    suffixes: HashMap<(Vec<u8>, blake3::Hash), String>,
    names: HashSet<Vec<u8>>,
    meanings: HashMap<Vec<u8>, usize>,
}

struct Known {
    is_new: bool,
    /// What is to be put behind the name, so that it means this definition alone.
    suffix: String,
}

impl Zones {
    fn know(&mut self, name: &[u8], component: &Component) -> Known {
        let mut hasher = blake3::Hasher::new();
        for line in component.lines.iter().flat_map(Line::physical) {
            hasher.update(line).update(b"\n");
        }
        let key = (name.to_vec(), hasher.finalize());
        if let Some(suffix) = self.suffixes.get(&key) {
            return Known {
                is_new: false,
                suffix: suffix.clone(),
            };
        }
        let meanings = self.meanings.entry(name.to_vec()).or_default();
        let suffix = loop {
            *meanings += 1;
            let suffix = match *meanings {
                1 => String::new(),
                number => format!("-{number}"),
            };
            if self.names.insert([name, suffix.as_bytes()].concat()) {
                break suffix;
            }
        };
        self.suffixes.insert(key, suffix.clone());
        Known {
            is_new: true,
            suffix,
        }
    }
}

/// A component directly below VCALENDAR, with everything in it.
#[derive(Default)]
struct Component<'t> {
    lines: Vec<Line<'t>>,
}

impl Component<'_> {
    /// The TZID of a time zone, as written.
    fn zone(&self) -> Option<&[u8]> {
        if !self.lines.first()?.is(b"BEGIN:VTIMEZONE") {
            return None;
        }
        let line = self.lines.iter().find(|line| line.has_name(b"TZID"))?;
        line.text.get(value(&line.text)?..)
    }
}

/// A line as it was written, and as it reads without its folds (RFC 5545 section 3.1).
struct Line<'t> {
    raw: &'t [u8],
    text: Cow<'t, [u8]>,
}

impl<'t> Line<'t> {
    fn physical(&self) -> impl Iterator<Item = &'t [u8]> + use<'t> {
        self.raw
            .split(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .filter(|line| !line.is_empty())
    }

    fn is(&self, wanted: &[u8]) -> bool {
        self.text.trim_ascii_end().eq_ignore_ascii_case(wanted)
    }

    fn has_name(&self, name: &[u8]) -> bool {
        let (start, rest) = self.text.split_at(name.len().min(self.text.len()));
        start.eq_ignore_ascii_case(name) && rest.first().is_some_and(|byte| b":;".contains(byte))
    }

    fn begins(&self) -> bool {
        self.has_name(b"BEGIN")
    }

    fn ends(&self) -> bool {
        self.has_name(b"END")
    }

    /// With its time zone's new name; `None`: it stays as it is.
    fn renamed(&self, renamed: &HashMap<Vec<u8>, String>, in_zone: bool) -> Option<Vec<u8>> {
        let colon = value(&self.text)?;
        if in_zone && self.has_name(b"TZID") {
            let suffix = renamed.get(&unescape(self.text.get(colon..)?))?;
            return Some([&*self.text, suffix.as_bytes()].concat());
        }
        let (start, end) = timezone(self.text.get(..colon)?)?;
        let suffix = renamed.get(self.text.get(start..end)?)?;
        let (before, after) = self.text.split_at(end);
        Some([before, suffix.as_bytes(), after].concat())
    }
}

/// The components of a VCALENDAR. Lines are known by what they say, wherever they are folded.
fn components(text: &[u8]) -> Vec<Component<'_>> {
    let (mut depth, mut found, mut component) = (0_usize, Vec::new(), Component::default());
    for line in lines(text) {
        let ends = line.ends();
        if line.begins() {
            depth += 1;
        }
        if depth >= 2 {
            component.lines.push(line);
        }
        if ends {
            if depth == 2 {
                found.push(std::mem::take(&mut component));
            }
            depth = depth.saturating_sub(1);
        }
    }
    found
}

fn lines(text: &[u8]) -> Vec<Line<'_>> {
    let mut lines: Vec<Line> = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for physical in text.split_inclusive(|byte| *byte == b'\n') {
        let start = end;
        end += physical.len();
        let bare = physical.strip_suffix(b"\n").unwrap_or(physical);
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        match (bare.split_first(), lines.last_mut()) {
            (None, _) => {}
            (Some((b' ' | b'\t', rest)), Some(line)) => {
                line.raw = text.get(begin..end).unwrap_or_default();
                line.text.to_mut().extend_from_slice(rest);
            }
            _ => {
                begin = start;
                lines.push(Line {
                    raw: physical,
                    text: Cow::Borrowed(bare),
                });
            }
        }
    }
    lines
}

/// Where a line's value begins: behind the first colon that no quotes hold.
fn value(line: &[u8]) -> Option<usize> {
    outside_quotes(line)
        .find(|(_, byte)| *byte == b':')
        .map(|(at, _)| at + 1)
}

/// The value of the TZID parameter, without its quotes, in what stands before a line's value.
fn timezone(head: &[u8]) -> Option<(usize, usize)> {
    let delimiters = || outside_quotes(head).filter(|(_, byte)| b";:".contains(byte));
    let name = b"TZID=";
    let start = delimiters().map(|(at, _)| at + 1).find(|at| {
        head.get(*at..at + name.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(name))
    })? + name.len();
    let (end, _) = delimiters().find(|(at, _)| *at >= start)?;
    let is_quoted = head.get(start) == Some(&b'"') && end > start + 1;
    Some(if is_quoted {
        (start + 1, end - 1)
    } else {
        (start, end)
    })
}

fn outside_quotes(line: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    let mut is_quoted = false;
    line.iter().copied().enumerate().filter(move |(_, byte)| {
        is_quoted ^= *byte == b'"';
        !is_quoted
    })
}

/// A TZID is text where it is defined, and a bare parameter where it is used.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut is_escaped = false;
    for byte in text {
        is_escaped = *byte == b'\\' && !is_escaped;
        if !is_escaped {
            plain.push(*byte);
        }
    }
    plain
}

/// A rewritten line, folded again at 75 octets (RFC 5545 section 3.1).
fn folded(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut folded = String::with_capacity(text.len() + 2);
    let mut left = 75;
    for character in text.chars() {
        if character.len_utf8() > left {
            folded.push_str("\r\n ");
            left = 74;
        }
        left -= character.len_utf8();
        folded.push(character);
    }
    folded + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_follow_each_other_and_zones_stand_once() {
        let mut merge = Merge::open(
            Vec::new(),
            &Heading {
                name: "A, b",
                color: Some("#ff0000"),
                ..Heading::default()
            },
        )
        .unwrap();
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
        assert!(text.contains("X-WR-CALNAME:A\\, b\r\nX-APPLE-CALENDAR-COLOR:#ff0000\r\n"));
        assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 1);
        assert_eq!(text.matches("END:VEVENT").count(), 2);
        assert!(text.ends_with("begin:vtodo\r\nUID:3\r\nend:vtodo\r\nEND:VCALENDAR\r\n"));
        assert_eq!(text.matches("VERSION").count(), 1);
    }

    fn merged(items: &[&str]) -> String {
        let mut merge = Merge::open(
            Vec::new(),
            &Heading {
                name: "x",
                ..Heading::default()
            },
        )
        .unwrap();
        for item in items {
            merge.add(item.as_bytes()).unwrap();
        }
        String::from_utf8(merge.close().unwrap()).unwrap()
    }

    #[test]
    fn folded_lines_are_known_for_what_they_say() {
        let item = "BEGIN:VCALENDAR\r\nBEGIN:VEV\r\n ENT\r\nUID:1\r\nEND:VE\r\n VENT\r\nEND:VCALEN\r\n DAR\r\n";
        let other = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nDESCRIPTION:x\r\n END:VTODO\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
        let text = merged(&[item, other]);
        let body = text.split_once("X-WR-CALNAME:x\r\n").unwrap().1;
        assert_eq!(
            body,
            "BEGIN:VEV\r\n ENT\r\nUID:1\r\nEND:VE\r\n VENT\r\nBEGIN:VTODO\r\nDESCRIPTION:x\r\n END:VTODO\r\n\
             END:VTODO\r\nEND:VCALENDAR\r\n"
        );
    }

    #[test]
    fn zones_of_one_name_and_two_meanings_stay_two() {
        let item = |uid: &str, offset: &str| {
            format!(
                "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART;X=\"a:b\";TZID=\"My, zone\":20260601T100000\r\n\
                 DTEND;TZID=\"My, \r\n zone\":20260601T110000\r\nEND:VEVENT\r\nBEGIN:VTIMEZONE\r\nTZID:My\\, zone\r\n\
                 BEGIN:STANDARD\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n"
            )
        };
        let text = merged(&[
            &item("1", "+0100"),
            &item("2", "+0200"),
            &item("3", "+0100"),
            &item("4", "+0200"),
        ]);
        assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 2, "{text}");
        assert_eq!(text.matches("TZID:My\\, zone\r\n").count(), 1, "{text}");
        assert_eq!(text.matches("TZID:My\\, zone-2\r\n").count(), 1, "{text}");
        let start = |name: &str| format!("DTSTART;X=\"a:b\";TZID=\"{name}\":20260601T100000\r\n");
        assert_eq!(text.matches(&start("My, zone")).count(), 2, "{text}");
        assert_eq!(text.matches(&start("My, zone-2")).count(), 2, "{text}");
        assert_eq!(
            text.matches("DTEND;TZID=\"My, zone-2\":2026").count(),
            2,
            "{text}"
        );
    }
}
