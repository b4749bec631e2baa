//! What somebody keeps for themselves on an object of another's: alarms, acknowledgements, TRANSP and COLOR. It is cut out of
//! what they send, span by span, kept apart, and laid on the object again when they read it.

use std::collections::HashMap;

use bytes::Bytes;

use super::component::{Component, Part, Property};
use super::object::Object;

/// Which alarms an object has for a reader who has said nothing of their own about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ringing {
    #[default]
    None,
    /// Those of the object, without what its owner has acknowledged.
    Owners,
    /// The reader's default alarms.
    Own(Defaults),
}

impl Ringing {
    /// Tells two of them apart.
    pub fn told(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Owners => "owner".to_owned(),
            Self::Own(it) => format!(
                "own\0{}\0{}\0{}\0{}",
                it.event, it.event_date, it.todo, it.todo_date
            ),
        }
    }
}

/// Bare VALARMs (draft-daboo-caldav-extensions section 4): of events and to-dos, with a time and of a whole day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    pub event: String,
    pub event_date: String,
    pub todo: String,
    pub todo_date: String,
}

/// What can be one's own, each kept apart from the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Facet {
    Alarms,
    Acknowledged,
    Transparency,
    Color,
}

const FACETS: [(Facet, &str); 4] = [
    (Facet::Alarms, "ALARMS"),
    (Facet::Acknowledged, "ACKNOWLEDGED"),
    (Facet::Transparency, "TRANSP"),
    (Facet::Color, "COLOR"),
];

/// Names in a kept overlay what of a component is its reader's, be it that nothing is to be there.
const OWN: &str = "X-OWN";

/// What has alarms, a TRANSP or a COLOR.
const BEARERS: [&str; 3] = ["VEVENT", "VTODO", "VJOURNAL"];

/// Every client says these anew when it writes; alone they are no change.
const RESTATED: [&str; 5] = [
    "DTSTAMP",
    "LAST-MODIFIED",
    "SEQUENCE",
    "PRODID",
    "X-MOZ-GENERATION",
];

/// The component and its RECURRENCE-ID.
type Key = (String, String);

/// One facet of a component: its lines as they stand, and what they say.
#[derive(Clone, Default)]
struct Lines {
    raw: Vec<u8>,
    said: Vec<String>,
}

type Own = [Lines; FACETS.len()];

/// The object as a reader sees it who keeps `own`.
pub fn put_on(object: &Object, own: Option<&Object>, ringing: &Ringing) -> Bytes {
    let mut kept = HashMap::new();
    for component in own.iter().flat_map(|own| bearers(own)) {
        let of = own.map_or(&[][..], |own| own.text());
        kept.insert(
            key(&component),
            (facets_of(&component), facets(of, &component)),
        );
    }
    rewrite(object, |component, there| {
        let mut worn = shown(object, component, there, ringing);
        if let Some((which, own)) = kept.get(&key(component)) {
            for (index, (_, name)) in FACETS.iter().enumerate() {
                if which.iter().any(|it| it == name)
                    && let (Some(worn), Some(own)) = (worn.get_mut(index), own.get(index))
                {
                    *worn = own.clone();
                }
            }
        }
        worn
    })
}

/// What a reader has of their own in the object that they send, beside what they would be shown of `stored` without it.
pub fn own(sent: &Object, stored: &Object, ringing: &Ringing) -> Option<Bytes> {
    let mut without = HashMap::new();
    for component in bearers(stored) {
        let there = facets(stored.text(), &component);
        let shown = shown(stored, &component, &there, ringing);
        without.insert(key(&component), shown);
    }
    let mut out = Vec::new();
    for component in bearers(sent) {
        let mine = facets(sent.text(), &component);
        let shown = without.remove(&key(&component)).unwrap_or_default();
        let own = FACETS
            .iter()
            .zip(mine.iter().zip(&shown))
            .filter(|(_, (mine, shown))| mine.said != shown.said);
        let (names, lines): (Vec<_>, Vec<_>) =
            own.map(|((_, name), (mine, _))| (*name, mine)).unzip();
        if names.is_empty() {
            continue;
        }
        out.extend_from_slice(format!("BEGIN:{}\r\n", component.name()).as_bytes());
        if let Some(id) = component.property("RECURRENCE-ID") {
            out.extend_from_slice(sent.text().get(id.span()).unwrap_or_default());
        }
        out.extend_from_slice(format!("{OWN}:{}\r\n", names.join(",")).as_bytes());
        // Properties stand before alarms.
        for line in lines.iter().rev() {
            out.extend_from_slice(&line.raw);
        }
        out.extend_from_slice(format!("END:{}\r\n", component.name()).as_bytes());
    }
    (!out.is_empty()).then(|| {
        [b"BEGIN:VCALENDAR\r\n", out.as_slice(), b"END:VCALENDAR\r\n"]
            .concat()
            .into()
    })
}

/// The object that a writer sends, with what is its owner's own in `stored` in place of what is the writer's. Of what is
/// new, only what is for all to see stays; a new exception of a series has what the series has.
pub fn restore(sent: &Object, stored: Option<&Object>) -> Bytes {
    let mut owners = HashMap::new();
    if let Some(stored) = stored {
        for component in bearers(stored) {
            owners.insert(key(&component), facets(stored.text(), &component));
        }
    }
    rewrite(sent, |component, there| {
        let key = key(component);
        if let Some(owners) = owners.get(&key) {
            return owners.clone();
        }
        let none = Lines::default;
        match owners.get(&(key.0, String::new())).cloned() {
            Some([alarms, _, transparency, color]) => [alarms, none(), transparency, color],
            None => {
                let [_, _, transparency, color] = there.clone();
                [none(), none(), transparency, color]
            }
        }
    })
}

/// Do two objects say the same but for what is anybody's own?
pub fn same(one: &Object, other: &Object) -> bool {
    let said = |object: &Object| {
        let mut said: Vec<String> = object
            .calendar()
            .parts()
            .filter_map(|part| match part {
                Part::Property(property) => shared_line(&property),
                Part::Component(component) if component.is("VTIMEZONE") => None,
                Part::Component(component) => Some(shared(&component)),
            })
            .collect();
        said.sort_unstable();
        said
    };
    said(one) == said(other)
}

/// Do two objects say the same, to everybody? What clients restate is no other word.
pub fn same_whole(one: &Object, other: &Object) -> bool {
    let restated = |property: &Property<'_>| RESTATED.iter().any(|name| property.is(name));
    said_but(&one.calendar(), restated) == said_but(&other.calendar(), restated)
}

fn shared(component: &Component<'_>) -> String {
    let bears = is_bearer(component);
    let mut said: Vec<String> = component
        .parts()
        .filter(|part| !bears || facet(part).is_none())
        .filter_map(|part| match part {
            Part::Property(property) => shared_line(&property),
            Part::Component(inner) => Some(said_of(&inner)),
        })
        .collect();
    said.sort_unstable();
    format!("{}\n{}\n", component.name(), said.join("\n"))
}

fn shared_line(property: &Property<'_>) -> Option<String> {
    let restated = RESTATED.iter().any(|name| property.is(name));
    (!restated).then(|| line(property))
}

/// What a component has without an overlay.
fn shown(object: &Object, component: &Component<'_>, there: &Own, ringing: &Ringing) -> Own {
    let [_, _, transparency, color] = there.clone();
    let alarms = match ringing {
        Ringing::None => Lines::default(),
        Ringing::Owners => unacknowledged(object.text(), component),
        Ringing::Own(defaults) => defaults.of(component),
    };
    [alarms, Lines::default(), transparency, color]
}

/// The alarms of a component without what says that somebody has seen them.
fn unacknowledged(text: &[u8], component: &Component<'_>) -> Lines {
    let mut lines = Lines::default();
    for alarm in component.children().filter(|it| it.is("VALARM")) {
        let mut at = alarm.span().start;
        for property in alarm.properties().filter(is_acknowledgement) {
            let span = property.span();
            lines
                .raw
                .extend_from_slice(text.get(at..span.start).unwrap_or_default());
            at = span.end;
        }
        lines
            .raw
            .extend_from_slice(text.get(at..alarm.span().end).unwrap_or_default());
        lines.said.push(said_but(&alarm, is_acknowledgement));
    }
    lines.said.sort_unstable();
    lines
}

impl Defaults {
    fn of(&self, component: &Component<'_>) -> Lines {
        let is_date = |property: Option<Property<'_>>| {
            property.is_none_or(|it| it.value().trim().len() == "YYYYMMDD".len())
        };
        let alarms = if component.is("VEVENT") {
            match is_date(component.property("DTSTART")) {
                true => &self.event_date,
                false => &self.event,
            }
        } else if component.is("VTODO") {
            match is_date(component.property("DTSTART").or(component.property("DUE"))) {
                true => &self.todo_date,
                false => &self.todo,
            }
        } else {
            return Lines::default();
        };
        let around = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            alarms.trim()
        );
        let Ok(object) = Object::parse(&Bytes::from(around)) else {
            return Lines::default();
        };
        let mut lines = Lines::default();
        for alarm in object.components().flat_map(|it| it.children()) {
            // No alarm at all, as Apple's clients say it.
            let none = alarm
                .property("ACTION")
                .is_none_or(|it| it.value().trim().eq_ignore_ascii_case("NONE"));
            if alarm.is("VALARM") && !none {
                lines
                    .raw
                    .extend_from_slice(object.text().get(alarm.span()).unwrap_or_default());
                lines.said.push(said_of(&alarm));
            }
        }
        lines.said.sort_unstable();
        lines
    }
}

/// Writes the object with other facets. What comes out as it was stays where it is; else properties come first, alarms last.
fn rewrite(object: &Object, wear: impl Fn(&Component<'_>, &Own) -> Own) -> Bytes {
    let text = object.text();
    let mut out = Vec::with_capacity(text.len() + 128);
    let mut copied = 0;
    for component in bearers(object) {
        let there = facets(text, &component);
        let worn = wear(&component, &there);
        let changes = |index: usize| {
            let raw = |own: &Own| own.get(index).map(|it| it.raw.clone());
            raw(&worn) != raw(&there)
        };
        let begin = component.begin_span().end;
        out.extend_from_slice(text.get(copied..begin).unwrap_or_default());
        copied = begin;
        for (index, lines) in worn.iter().enumerate().skip(1) {
            if changes(index) {
                out.extend_from_slice(&lines.raw);
            }
        }
        for part in component.parts() {
            if facet(&part).is_some_and(|facet| changes(facet as usize)) {
                let span = span(&part);
                out.extend_from_slice(text.get(copied..span.start).unwrap_or_default());
                copied = span.end;
            }
        }
        if changes(Facet::Alarms as usize) {
            let end = component.end_span().start;
            out.extend_from_slice(text.get(copied..end).unwrap_or_default());
            copied = end;
            out.extend(worn.first().iter().flat_map(|alarms| &alarms.raw));
        }
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
    out.into()
}

fn bearers(object: &Object) -> impl Iterator<Item = Component<'_>> {
    object.components().filter(is_bearer)
}

fn is_bearer(component: &Component<'_>) -> bool {
    BEARERS.iter().any(|name| component.is(name))
}

fn key(component: &Component<'_>) -> Key {
    let id = component.property("RECURRENCE-ID");
    let id = id.map(|id| line(&id)).unwrap_or_default();
    (component.name(), id)
}

fn facets(text: &[u8], component: &Component<'_>) -> Own {
    let mut own = Own::default();
    for part in component.parts() {
        let Some(facet) = facet(&part) else { continue };
        let Some(lines) = own.get_mut(facet as usize) else {
            continue;
        };
        lines
            .raw
            .extend_from_slice(text.get(span(&part)).unwrap_or_default());
        let said = match &part {
            Part::Property(property) => line(property),
            Part::Component(alarm) => said_of(alarm),
        };
        // What is not said is opaque (RFC 5545 section 3.8.2.7).
        if !said.eq_ignore_ascii_case("TRANSP:OPAQUE") {
            lines.said.push(said);
        }
    }
    for lines in &mut own {
        lines.said.sort_unstable();
    }
    own
}

/// Which facets of a component an overlay holds.
fn facets_of(component: &Component<'_>) -> Vec<String> {
    let names = component.property(OWN).map(|it| it.value().into_owned());
    let names = names.unwrap_or_default();
    names.split(',').map(str::to_owned).collect()
}

fn facet(part: &Part<'_>) -> Option<Facet> {
    match part {
        Part::Component(component) => component.is("VALARM").then_some(Facet::Alarms),
        Part::Property(property) if property.is("TRANSP") => Some(Facet::Transparency),
        Part::Property(property) if property.is("COLOR") => Some(Facet::Color),
        Part::Property(property) => is_acknowledgement(property).then_some(Facet::Acknowledged),
    }
}

/// RFC 9074 section 6.1, and what Mozilla's clients say instead.
fn is_acknowledgement(property: &Property<'_>) -> bool {
    let name = property.name();
    let is_snooze = name
        .get(..SNOOZE.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(SNOOZE));
    is_snooze || property.is("X-MOZ-LASTACK") || property.is("ACKNOWLEDGED")
}

const SNOOZE: &str = "X-MOZ-SNOOZE";

fn span(part: &Part<'_>) -> std::ops::Range<usize> {
    match part {
        Part::Property(property) => property.span(),
        Part::Component(component) => component.span(),
    }
}

/// A component without its folds, its lines in one order.
fn said_of(component: &Component<'_>) -> String {
    said_but(component, |_| false)
}

fn said_but(component: &Component<'_>, left_out: fn(&Property<'_>) -> bool) -> String {
    let mut said: Vec<String> = component
        .parts()
        .filter_map(|part| match part {
            Part::Property(property) => (!left_out(&property)).then(|| line(&property)),
            Part::Component(inner) => Some(said_but(&inner, left_out)),
        })
        .collect();
    said.sort_unstable();
    format!("{}\n{}\n", component.name(), said.join("\n"))
}

fn line(property: &Property<'_>) -> String {
    format!(
        "{}{}:{}",
        property.name().to_ascii_uppercase(),
        property.raw_parameters(),
        property.value()
    )
}

#[cfg(test)]
mod tests;
