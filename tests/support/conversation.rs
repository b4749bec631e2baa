//! A conversation: a file of readable exchanges, who asks what and what must come back.
//!
//! ```text
//! # What this is about, and where it is specified.
//! config: limits.max_resource_size = 2000
//!
//! ## alice puts an event
//! alice> PUT /dav/calendars/alice/personal/one.ics
//! If-None-Match: *
//!
//! [event uid=one summary=Lunch]
//! < 201
//! ETag: "{one}"
//! ```
//! `account: dora = dora@example.com` adds an account under a nickname, `device: phone = alice --read-only` an app password; `do: restart` and `do: user disable bob` happen
//! between exchanges. `(40 times:text:)` in a body is written out, and `Content-Encoding: gzip` compresses what is sent.
//! `nobody` has no credentials, `stranger` wrong ones. Headers that are named must be there; `-` means that one must not.
//! Without an expected body none is looked at; `(empty)` wants none. Namespace prefixes D, C, CS, I and S need no
//! declaration, and in answers `<at href>`, `<ok>`, `<missing>` and `<gone href/>` stand for the usual responses.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::meaning::{self, Names};
use super::{Answer, Ask, xml};

pub struct Conversation {
    pub config: String,
    /// Nickname and name of accounts beyond the usual ones.
    pub accounts: Vec<(String, String)>,
    /// Nickname and account of devices with an app password of their own, with its options.
    pub devices: Vec<(String, String)>,
    pub exchanges: Vec<Exchange>,
}

pub struct Exchange {
    pub title: String,
    /// What happens first: `restart`, or a command line of the program.
    pub acts: Vec<String>,
    pub who: String,
    pub ask: Ask,
    pub expected: Expected,
    /// Lines of the file, from the status line to the end of the expected body.
    pub lines: std::ops::Range<usize>,
}

#[derive(Clone, Debug, Default)]
pub struct Expected {
    pub status: u16,
    /// `None`: it must not be there.
    pub headers: Vec<(String, Option<String>)>,
    pub body: Option<String>,
}

pub const PREFIXES: &[(&str, &str)] = &[
    ("D", "DAV:"),
    ("C", "urn:ietf:params:xml:ns:caldav"),
    ("CS", "http://calendarserver.org/ns/"),
    ("I", "http://apple.com/ns/ical/"),
    ("S", "urn:strata:dav"),
];

pub fn read(path: &Path) -> Conversation {
    let text = std::fs::read_to_string(path).expect("a readable conversation");
    let lines: Vec<&str> = text.lines().collect();
    let mut conversation = Conversation {
        config: String::new(),
        accounts: Vec::new(),
        devices: Vec::new(),
        exchanges: Vec::new(),
    };
    let mut title = String::new();
    let mut acts = Vec::new();
    let mut at = 0;
    let mut settings: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    while at < lines.len() {
        let line = lines[at];
        if let Some(setting) = line.strip_prefix("config: ") {
            let (section, rest) = setting
                .split_once('.')
                .expect("config: section.key = value");
            settings.entry(section).or_default().push(rest);
        } else if let Some(account) = line.strip_prefix("account: ") {
            let (nickname, name) = account.split_once(" = ").expect("account: nickname = name");
            conversation
                .accounts
                .push((nickname.to_owned(), name.to_owned()));
        } else if let Some(device) = line.strip_prefix("device: ") {
            let (nickname, account) = device
                .split_once(" = ")
                .expect("device: nickname = account");
            conversation
                .devices
                .push((nickname.to_owned(), account.to_owned()));
        } else if let Some(act) = line.strip_prefix("do: ") {
            acts.push(act.to_owned());
        } else if let Some(heading) = line.strip_prefix("## ") {
            title = heading.to_owned();
        } else if let Some((who, method, target)) = request_line(line) {
            let (mut exchange, next) = exchange(path, &lines, at, (&title, who, method, target));
            exchange.acts = std::mem::take(&mut acts);
            conversation.exchanges.push(exchange);
            at = next;
            continue;
        } else if !line.is_empty() && !line.starts_with('#') {
            panic!(
                "{}:{}: neither a request nor a comment: {line}",
                path.display(),
                at + 1
            );
        }
        at += 1;
    }
    for (section, keys) in settings {
        conversation
            .config
            .push_str(&format!("[{section}]\n{}\n", keys.join("\n")));
    }
    assert!(
        !conversation.exchanges.is_empty(),
        "{}: nobody says anything",
        path.display()
    );
    conversation
}

/// `alice> PROPFIND /dav/`
fn request_line(line: &str) -> Option<(&str, &str, &str)> {
    let (who, rest) = line.split_once("> ")?;
    let (method, target) = rest.trim_start().split_once(' ')?;
    let named = !who.is_empty() && who.chars().all(|c| c.is_ascii_lowercase());
    let asked = !method.is_empty() && method.chars().all(|c| c.is_ascii_uppercase());
    (named && asked).then_some((who, method, target.trim()))
}

fn status_line(line: &str) -> Option<u16> {
    let code = line.strip_prefix("< ")?;
    (code.len() == 3).then(|| code.parse().ok()).flatten()
}

type Opening<'l> = (&'l str, &'l str, &'l str, &'l str);

fn exchange(
    path: &Path,
    lines: &[&str],
    at: usize,
    (title, who, method, target): Opening,
) -> (Exchange, usize) {
    let ends = |line: &str| {
        line.starts_with("## ")
            || line.starts_with("do: ")
            || request_line(line).is_some()
            || status_line(line).is_some()
    };
    let (headers, body, answer) = part(lines, at + 1, ends);
    let mut ask = Ask::new(method, target);
    ask.headers = headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    ask.body = request_body(&body).into_bytes();
    if !ask.body.is_empty()
        && !ask
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        let kind = if body.trim_start().starts_with('<') {
            "application/xml; charset=utf-8"
        } else {
            "text/calendar; charset=utf-8"
        };
        ask.headers
            .push(("Content-Type".to_owned(), kind.to_owned()));
    }
    let status = lines
        .get(answer)
        .and_then(|line| status_line(line))
        .unwrap_or_else(|| {
            panic!("{}:{}: the request has no answer", path.display(), at + 1);
        });
    let (headers, body, next) = part(lines, answer + 1, ends);
    let expected = Expected {
        status,
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), (value != "-").then(|| value.to_owned())))
            .collect(),
        body: (!body.is_empty()).then(|| body.to_owned()),
    };
    let made = Exchange {
        title: title.to_owned(),
        acts: Vec::new(),
        who: who.to_owned(),
        ask,
        expected,
        lines: answer..next,
    };
    (made, next)
}

/// Headers and a body, up to the line where something else begins.
fn part<'l>(
    lines: &[&'l str],
    from: usize,
    ends: impl Fn(&str) -> bool,
) -> (Vec<(&'l str, &'l str)>, String, usize) {
    let mut at = from;
    let mut headers = Vec::new();
    while let Some((name, value)) = lines.get(at).and_then(|line| header(line)) {
        headers.push((name, value));
        at += 1;
    }
    let end = (at..lines.len())
        .find(|line| ends(lines[*line]))
        .unwrap_or(lines.len());
    let body = lines[at..end].join("\n").trim_matches('\n').to_owned();
    (headers, body, end)
}

fn header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let named = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let looks = value.is_empty() && name.contains('-') || value.starts_with(' ');
    (named && looks).then_some((name, value.trim()))
}

fn request_body(body: &str) -> String {
    let spelled = repeated(&spell_objects(body));
    if spelled.trim_start().starts_with("BEGIN:") {
        return spelled.trim_end().replace('\n', "\r\n") + "\r\n";
    }
    with_namespaces(&spelled)
}

/// `(40 times:text:)`, written out; `#` in the text is the number.
fn repeated(text: &str) -> String {
    let Some((before, rest)) = text.split_once(" times:") else {
        return text.to_owned();
    };
    let open = before.rfind('(').expect("(40 times: text)");
    let count: usize = before[open + 1..].parse().expect("how often");
    let (what, after) = rest.split_once(":)").expect("(40 times:text:)");
    let mut out = before[..open].to_owned();
    for number in 1..=count {
        out.push_str(&what.replace('#', &number.to_string()));
    }
    out + &repeated(after)
}

/// `[event uid=a summary="Two words" start=20260601T100000Z RRULE=FREQ=DAILY]` and `[task …]`, written out.
fn spell_objects(text: &str) -> String {
    let mut spelled = String::new();
    let mut rest = text;
    while let Some(at) = ["[event ", "[task "]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min()
    {
        let Some(length) = rest[at..].find(']') else {
            break;
        };
        spelled.push_str(&rest[..at]);
        spelled.push_str(&spell_object(&rest[at + 1..at + length]));
        rest = &rest[at + length + 1..];
    }
    spelled + rest
}

fn spell_object(short: &str) -> String {
    let (kind, rest) = short.split_once(' ').expect("a kind and its fields");
    let mut uid = "uid".to_owned();
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut rest = rest.trim();
    while let Some((key, after)) = rest.split_once('=') {
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').expect("a closing quote"),
            None => after.split_once(' ').unwrap_or((after, "")),
        };
        match key {
            "uid" => value.clone_into(&mut uid),
            "start" if value.contains('T') => {
                lines.push(("DTSTART".into(), value.into()));
                lines.push(("DURATION".into(), "PT1H".into()));
            }
            "start" => lines.push(("DTSTART;VALUE=DATE".into(), value.into())),
            "summary" => lines.push(("SUMMARY".into(), value.into())),
            other => lines.push((other.replace('~', "="), value.into())),
        }
        rest = next.trim();
    }
    if kind == "event" && !lines.iter().any(|(name, _)| name.starts_with("DTSTART")) {
        lines.insert(0, ("DTSTART".into(), "20260601T100000Z".into()));
        lines.insert(1, ("DURATION".into(), "PT1H".into()));
    }
    let component = if kind == "event" { "VEVENT" } else { "VTODO" };
    let lines: Vec<_> = lines
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    object(component, &uid, &lines)
}

/// One component in its VCALENDAR, with bare line feeds.
pub fn object(component: &str, uid: &str, lines: &[(&str, &str)]) -> String {
    let mut text = format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Strata//Conversations//EN\nBEGIN:{component}\nUID:{uid}\nDTSTAMP:20260101T000000Z\n"
    );
    for (name, value) in lines {
        text.push_str(&format!("{name}:{value}\n"));
    }
    text + &format!("END:{component}\nEND:VCALENDAR\n")
}

/// Declares the usual prefixes at the root, as far as they are used and not declared.
pub fn with_namespaces(body: &str) -> String {
    let Some(root) = root_name_end(body) else {
        return body.to_owned();
    };
    let mut declared = String::new();
    for (prefix, namespace) in PREFIXES {
        let used = [
            format!("<{prefix}:"),
            format!("</{prefix}:"),
            format!(" {prefix}:"),
        ]
        .iter()
        .any(|mark| body.contains(mark));
        if used && !body.contains(&format!("xmlns:{prefix}=")) {
            declared.push_str(&format!(" xmlns:{prefix}=\"{namespace}\""));
        }
    }
    format!("{}{declared}{}", &body[..root], &body[root..])
}

fn root_name_end(body: &str) -> Option<usize> {
    let at = body
        .match_indices('<')
        .map(|(at, _)| at)
        .find(|at| body[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic()))?;
    let name = &body[at + 1..];
    Some(at + 1 + name.find(|c: char| c.is_whitespace() || c == '>' || c == '/')?)
}

/// The shorthands of expected multistatus bodies, written out.
fn spell_responses(body: &str) -> String {
    let mut spelled = body
        .replace(
            "<ok>",
            "<D:propstat><D:status>HTTP/1.1 200 OK</D:status><D:prop>",
        )
        .replace("</ok>", "</D:prop></D:propstat>")
        .replace(
            "<ok/>",
            "<D:propstat><D:status>HTTP/1.1 200 OK</D:status><D:prop/></D:propstat>",
        )
        .replace(
            "<missing>",
            "<D:propstat><D:status>HTTP/1.1 404 Not Found</D:status><D:prop>",
        )
        .replace("</missing>", "</D:prop></D:propstat>")
        .replace("</at>", "</D:response>");
    while let Some(at) = spelled.find("<at href=\"") {
        spelled = replace_tag(
            &spelled,
            at,
            "<at href=\"",
            "\">",
            "<D:response><D:href>",
            "</D:href>",
        );
    }
    while let Some(at) = spelled.find("<gone href=\"") {
        spelled = replace_tag(
            &spelled,
            at,
            "<gone href=\"",
            "\"/>",
            "<D:response><D:href>",
            "</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>",
        );
    }
    spelled
}

fn replace_tag(
    text: &str,
    at: usize,
    open: &str,
    close: &str,
    before: &str,
    after: &str,
) -> String {
    let inside = &text[at + open.len()..];
    let end = inside
        .find(close)
        .unwrap_or_else(|| panic!("{open} without {close}"));
    format!(
        "{}{before}{}{after}{}",
        &text[..at],
        &inside[..end],
        &inside[end + close.len()..]
    )
}

impl Exchange {
    /// The request with everything filled in that has been named before.
    pub fn request(&self, names: &Names) -> Ask {
        let mut ask = self.ask.clone();
        ask.target = meaning::fill(&ask.target, names);
        for (_, value) in &mut ask.headers {
            *value = meaning::fill(value, names);
        }
        ask.body = meaning::fill(&String::from_utf8_lossy(&ask.body), names).into_bytes();
        if ask
            .headers
            .iter()
            .any(|(name, value)| name == "Content-Encoding" && value == "gzip")
        {
            let mut packed = GzEncoder::new(Vec::new(), Compression::best());
            packed.write_all(&ask.body).expect("memory");
            ask.body = packed.finish().expect("memory");
        }
        ask
    }

    /// Is it what was expected? Says what is not.
    pub fn check(&self, answer: &Answer, names: &mut Names) -> Result<(), String> {
        if answer.status != self.expected.status {
            return Err(format!(
                "expected {}, got {}",
                self.expected.status, answer.status
            ));
        }
        for (name, value) in &self.expected.headers {
            match (value, answer.combined(name)) {
                (None, None) => {}
                (None, Some(got)) => {
                    return Err(format!("there should be no {name}, and it is {got:?}"));
                }
                (Some(_), None) => return Err(format!("there is no {name}")),
                (Some(pattern), Some(got)) => {
                    meaning::text(pattern, &got, names).map_err(|why| format!("{name}: {why}"))?
                }
            }
        }
        let Some(body) = &self.expected.body else {
            return Ok(());
        };
        if body == "(empty)" {
            return if answer.body.is_empty() {
                Ok(())
            } else {
                Err("there should be no body".to_owned())
            };
        }
        let body = spell_objects(body);
        if !body.starts_with('<') {
            return meaning::text(&body, &answer.text(), names);
        }
        let expected = xml::parse(&with_namespaces(&spell_responses(&body)))
            .map_err(|why| format!("the expected body: {why}"))?;
        let actual =
            xml::parse(&answer.text()).map_err(|why| format!("the body is not XML: {why}"))?;
        meaning::element(&expected, &actual, names)
    }
}
