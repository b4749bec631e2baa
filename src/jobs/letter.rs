//! The words of letters: plain text, one fact a line. Nothing that somebody else has written gets further than its place in
//! them: it is one line of printable characters, and the whole is encoded.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, SinglePart};
use lettre::{Address, Message};

use crate::calendar::{Instance, Letter, NotedItem};
use crate::model::{NoteKind, User, View};

/// Characters of a title, a name or a place that a letter repeats.
const MOST: usize = 200;

/// Gives the address of an item for people: whose home, which calendar, which name.
pub type Link = Box<dyn Fn(&str, &str, &str) -> String + Send + Sync>;

/// What all letters have in common.
pub struct Desk {
    pub from: Mailbox,
    /// Where this server is found, and how its items are; `None`: nobody knows.
    pub site: Option<(String, Link)>,
}

/// A letter's heading and its lines.
struct Words {
    subject: String,
    lines: Vec<String>,
}

/// # Errors
/// Why it cannot be sent to whom it is for.
pub fn write(desk: &Desk, letter: &Letter) -> Result<Message, String> {
    let note = &letter.noted.note;
    let words = words(desk, letter);
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", letter.to.name);
    let address = plain(&letter.address).ok_or_else(|| wrong(&"its address is none"))?;
    let to: Address = address.parse().map_err(|error| wrong(&error))?;
    let at = Duration::from_secs(u64::try_from(note.at).unwrap_or_default());
    let builder: MessageBuilder = Message::builder()
        .from(desk.from.clone())
        .to(Mailbox::new(Some(line(&letter.to.display_name)), to))
        .subject(words.subject)
        .date(SystemTime::UNIX_EPOCH + at)
        // The same whenever it is sent, so that whoever gets it twice sees it once.
        .message_id(Some(format!(
            "<{}@{}>",
            note.name,
            desk.from.email.domain()
        )))
        // RFC 3834 section 5: no holiday notices to this.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    let text = words.lines.join("\r\n");
    let part = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(text);
    builder.singlepart(part).map_err(|error| wrong(&error))
}

fn words(desk: &Desk, letter: &Letter) -> Words {
    let noted = &letter.noted;
    let to = &letter.to;
    let by = noted.other.as_ref().map_or("Somebody".to_owned(), who);
    let view = noted
        .view
        .as_ref()
        .map_or("a shared view".to_owned(), which);
    let title = noted
        .item
        .as_ref()
        .and_then(|it| it.title.as_deref())
        .map(line);
    let title = title.filter(|it| !it.is_empty());
    let quoted = title
        .as_ref()
        .map_or("an event".to_owned(), |it| format!("\"{it}\""));
    let (subject, first) = match noted.note.kind {
        NoteKind::ViewInvite => (
            format!("{by} invites you to {view}"),
            format!(
                "{by} invites you to {view}. Whoever is in it sees the calendars of all of them side by side, each as far as its \
                 owner allows. You can accept or decline in your calendar app."
            ),
        ),
        NoteKind::ViewAccepted => (
            format!("{by} has joined {view}"),
            format!("{by} has accepted your invitation and joined {view}."),
        ),
        NoteKind::EventInvite => (
            format!("{by} shows you {quoted}"),
            format!("{by} shows you {quoted}, which stands among your calendars from now on."),
        ),
        NoteKind::Reminder => (
            match &title {
                Some(title) => format!("Reminder: {title}"),
                None => "Reminder".to_owned(),
            },
            format!("This is to remind you of {quoted}."),
        ),
        NoteKind::MassLoss => (
            "Much has gone from your calendar at once".to_owned(),
            format!(
                "Much was deleted or overwritten in your calendar in a short while: {}. If that was not meant, it can be \
                 brought back.",
                clean(noted.message.as_deref().unwrap_or_default())
            ),
        ),
    };
    let mut lines = vec![format!("Hello {},", line(&to.display_name)), String::new()];
    lines.extend(wrapped(&first));
    if let Some(item) = &noted.item {
        lines.push(String::new());
        lines.extend(facts(item, to));
    }
    lines.push(String::new());
    lines.extend(link(desk, letter));
    lines.push("-- ".to_owned());
    let account = line(&to.name);
    let whence = match &desk.site {
        Some((site, _)) => {
            format!("You have this mail because of your account {account} at {site}.")
        }
        None => format!("You have this mail because of your calendar account {account}."),
    };
    lines.extend(wrapped(&whence));
    lines.extend(wrapped(
        "What you are told by mail is one of your preferences there.",
    ));
    Words { subject, lines }
}

/// Where it can be had.
fn link(desk: &Desk, letter: &Letter) -> Vec<String> {
    let Some((site, item_at)) = &desk.site else {
        return Vec::new();
    };
    let place = match &letter.noted.item {
        Some(it) => item_at(&it.of.owner.name, &it.of.layer.name, it.item.name()),
        None => format!("{site}/"),
    };
    vec![place, String::new()]
}

/// When and where.
fn facts(item: &NotedItem, reader: &User) -> Vec<String> {
    let mut facts = Vec::new();
    let mut fact = |name: &str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            facts.push(format!("{name:<10}{text}"));
        }
    };
    let instance = item.instance.as_ref();
    fact(
        "When:",
        instance.and_then(|it| when(it, reader.timezone.as_deref())),
    );
    let location = instance.and_then(|it| it.words.location.as_deref());
    fact("Where:", location.map(line));
    fact("Calendar:", Some(line(&item.of.layer.display_name)));
    facts
}

/// On the reader's own clock, where they have said which it is, else on that of the event.
fn when(instance: &Instance, zone: Option<&str>) -> Option<String> {
    const DAY: &str = "%A, %-d %B %Y";
    if instance.start.is_date() {
        let first = wall(instance.start.time.wall)?.date();
        let last = wall(instance.end.time.wall)?.date();
        let last = last.yesterday().ok().filter(|last| *last > first);
        let mut text = first.strftime(DAY).to_string();
        if let Some(last) = last {
            write!(text, " to {}", last.strftime(DAY)).ok()?;
        }
        return Some(text);
    }
    let own = zone.and_then(|name| Some((name, TimeZone::get(name).ok()?)));
    let (start, end, clock) = match (own, instance.start.zone_name()) {
        (Some((name, own)), Some(_)) => {
            let at = |second| Some(Timestamp::from_second(second).ok()?.to_zoned(own.clone()));
            let (start, end) = (at(instance.starts)?, at(instance.ends)?);
            (start.datetime(), end.datetime(), Some(name))
        }
        (_, name) => (
            wall(instance.start.time.wall)?,
            wall(instance.end.time.wall)?,
            name,
        ),
    };
    let mut text = start.strftime("%A, %-d %B %Y, %H:%M").to_string();
    if start.date() != end.date() {
        write!(text, " to {}", end.strftime("%A, %-d %B %Y, %H:%M")).ok()?;
    } else if start != end {
        write!(text, " to {}", end.strftime("%H:%M")).ok()?;
    }
    if let Some(clock) = clock {
        write!(text, " ({})", line(clock)).ok()?;
    }
    Some(text)
}

fn wall(seconds: i64) -> Option<DateTime> {
    let moment = Timestamp::from_second(seconds).ok()?;
    Some(TimeZone::UTC.to_datetime(moment))
}

fn who(user: &User) -> String {
    let name = line(&user.display_name);
    if name.is_empty() {
        line(&user.name)
    } else {
        name
    }
}

fn which(view: &View) -> String {
    format!("the shared view \"{}\"", line(&view.name))
}

/// One line of what somebody has written, no longer than a heading may be.
fn line(text: &str) -> String {
    let mut line = clean(text);
    if let Some((cut, _)) = line.char_indices().nth(MOST) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// No controls, nothing that turns the direction of the letters around, no end of spaces.
fn clean(text: &str) -> String {
    let is_odd = |c: char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
    };
    let spaced: String = text
        .chars()
        .map(|c| if is_odd(c) { ' ' } else { c })
        .collect();
    // Nor what a mail program would read as an encoded word (RFC 2047).
    let spaced = spaced.replace("=?", "= ?");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An address that is nothing but an address.
fn plain(address: &str) -> Option<&str> {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || "<>,;:\"()[]\\".contains(c);
    (!address.contains(is_odd) && address.len() <= 254).then_some(address)
}

/// Lines of at most 76 characters, as far as words allow.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let room = lines.last().map_or(0, |line| line.chars().count());
        if room > 0 && room + 1 + word.chars().count() > 76 {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_write_is_one_line() {
        assert_eq!(line("  Tea\r\nBcc: x@y \u{202e}now\0 "), "Tea Bcc: x@y now");
        assert_eq!(line("\r\n"), "");
        assert_eq!(line(&"é".repeat(1_000)).chars().count(), MOST + 1);
    }

    #[test]
    fn an_address_is_nothing_but_an_address() {
        assert!(plain("jörg@example.org").is_some());
        for address in [
            "a@b\r\nRSET",
            "a@b>",
            "<a@b",
            "a b@c",
            "\"a b\"@c",
            "a@[127.0.0.1]",
        ] {
            assert!(plain(address).is_none(), "{address}");
        }
    }

    #[test]
    fn lines_are_short_where_words_allow() {
        let long = "word ".repeat(100);
        assert!(wrapped(long.trim()).iter().all(|line| line.len() <= 76));
        assert_eq!(wrapped(long.trim()).join(" "), long.trim());
        assert_eq!(wrapped(&"x".repeat(100)), ["x".repeat(100)]);
        assert_eq!(wrapped(""), [""]);
    }
}
