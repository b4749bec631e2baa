//! A calendar with one item for each combination of what can be said of one, and what everybody finds there.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use strata::calendar::Limits;
use strata::model::Right;
use strata::privacy::Setting;

use crate::house::{House, Said};
use crate::model::{
    self, ACCOUNT, Case, Door, LABEL, OWNER, PROXIES, READER, Sight, VIEWERS, WRITER, secret,
};

pub const HOME: &str = "/dav/calendars/alice/";
pub const CALENDAR: &str = "/dav/calendars/alice/calendar/";

/// Where the reader has it in her own home, beside one of that name.
pub const MOUNT: &str = "/dav/calendars/rita/calendar-alice/";

const MOUNTED: Stand = Stand {
    viewer: READER,
    path: MOUNT,
    door: Door::Layer,
};

/// Enough to see what is wrong.
const FAULTS: usize = 12;

/// Somebody before a collection.
#[derive(Clone, Copy)]
pub struct Stand {
    pub viewer: &'static str,
    pub path: &'static str,
    pub door: Door,
}

pub struct Tour {
    pub house: House,
    pub layer: &'static str,
    pub cases: Vec<Case>,
    /// Combinations that were held against the table: of doors that show all items, and of those that show one.
    pub counts: (usize, usize),
    /// All that leaked, or was not as the table says.
    pub faults: Vec<String>,
}

/// What a viewer finds of one item.
#[derive(Clone, Debug)]
pub struct Finding {
    pub name: String,
    pub tag: String,
    pub text: String,
    pub sight: Sight,
}

pub type Findings = BTreeMap<usize, Finding>;

impl fmt::Debug for Stand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at {}", self.viewer, self.path)
    }
}

impl Tour {
    /// Everybody and everything; every `stride`th item has a dead property.
    pub fn of(layer: &'static str, stride: usize) -> Self {
        let tour = Self {
            house: furnished(),
            layer,
            cases: model::cases(),
            counts: (0, 0),
            faults: Vec::new(),
        };
        for case in &tour.cases {
            let path = format!("{CALENDAR}{}", case.name());
            tour.house
                .ask(OWNER, "PUT", &path, &[], &case.text())
                .is(201);
        }
        tour.name(stride);
        tour.lay_over(stride);
        tour
    }

    /// The reader rings her own alarms, on some of the items that she sees.
    fn lay_over(&self, stride: usize) {
        for case in self.cases.iter().step_by(stride) {
            if !self.has_own_alarm(MOUNTED, case.number) {
                continue;
            }
            let path = format!("{MOUNT}{}", case.name());
            let text = self.house.ask(READER, "GET", &path, &[], "").is(200).body;
            let alarm = format!(
                "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT20M\r\nDESCRIPTION:{}\r\nEND:VALARM\r\nEND:VEVENT",
                secret('B', case.number)
            );
            let text = text.replace("END:VEVENT", &alarm);
            self.house.ask(READER, "PUT", &path, &[], &text).is(204);
        }
    }

    /// Has the viewer an alarm of their own there? Only the reader has, and only where the calendar stands in her home.
    pub fn has_own_alarm(&self, at: Stand, number: usize) -> bool {
        let case = &self.cases[number];
        at.path == MOUNT
            && number.is_multiple_of(crate::enumeration::STRIDE)
            && case.is_event()
            && self.sight(at, number) == Sight::Whole
    }

    /// Words of the owner's on the layer and on some of the items.
    fn name(&self, stride: usize) {
        let note = |word| format!("<Z:note xmlns:Z=\"urn:zq\">{word}</Z:note>");
        let calendar = format!(
            "<D:displayname>{}</D:displayname><C:calendar-description>{}</C:calendar-description>\
             <S:visibility>{}</S:visibility><A:calendar-order xmlns:A=\"http://apple.com/ns/ical/\">-77123</A:calendar-order>{}",
            secret('I', 0),
            secret('J', 0),
            self.layer,
            note(secret('K', 0))
        );
        self.patch(CALENDAR, &calendar);
        for case in self.cases.iter().step_by(stride) {
            let path = format!("{CALENDAR}{}", case.name());
            self.patch(&path, &note(secret('Y', case.number)));
        }
    }

    pub fn patch(&self, path: &str, props: &str) {
        let body = format!(
            "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:S=\"urn:strata:dav\">\
             <D:set><D:prop>{props}</D:prop></D:set></D:propertyupdate>"
        );
        let said = self.house.ask(OWNER, "PROPPATCH", path, &[], &body).is(207);
        assert!(!said.body.contains("HTTP/1.1 4"), "{}", said.body);
    }

    pub fn unless(&mut self, fine: bool, fault: impl FnOnce() -> String) {
        if !fine && self.faults.len() < FAULTS {
            self.faults.push(fault());
        }
    }

    pub fn sight(&self, at: Stand, number: usize) -> Sight {
        self.cases[number].sight(self.layer, at.viewer, at.door)
    }

    /// Asks, and looks at every byte of the answer.
    pub fn ask(
        &mut self,
        at: Stand,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Said {
        let said = self.house.ask(at.viewer, method, path, headers, body);
        for text in [&format!("{:?}", said.headers), &said.body] {
            for (kind, number) in model::secrets(text) {
                let may_know = match kind {
                    'I' | 'J' => at.door == Door::Layer && model::admits(self.layer, at.viewer),
                    'K' | 'Y' => at.viewer == OWNER,
                    'B' => self.has_own_alarm(at, number),
                    // Of the owner's alarms a sharee reads none, and nobody does in a view.
                    'V' if at.path == MOUNT || at.door == Door::View => false,
                    'N' | 'U' if at.door == Door::View => false,
                    _ => self.sight(at, number) == Sight::Whole,
                };
                let word = secret(kind, number);
                let case = self.cases[number];
                self.unless(may_know, || {
                    let around = around(text, &word);
                    format!("{at:?} is told {word} by {method} {body}: {case:?}\n{around}")
                });
            }
        }
        let orders = at.viewer != OWNER && said.body.contains(">-77123<");
        self.unless(!orders, || format!("{at:?} is told the order by {method}"));
        said
    }

    /// The items that a query tells, with their texts, held against the table: those that `asked` names of what is seen.
    pub fn queried(
        &mut self,
        at: Stand,
        filter: &str,
        props: &str,
        asked: &dyn Fn(&Case, Sight) -> bool,
    ) -> Findings {
        let body = format!(
            "<C:calendar-query xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop>{props}</D:prop>{filter}\
             </C:calendar-query>"
        );
        let said = self
            .ask(at, "REPORT", at.path, &[("depth", "1")], &body)
            .is(207);
        let found = self.findings(at, &said.body);
        for case in self.cases.clone() {
            let sight = self.sight(at, case.number);
            let expected = match asked(&case, sight) {
                true => sight,
                false => Sight::Nothing,
            };
            let told = found
                .get(&case.number)
                .map_or(Sight::Nothing, |it| it.sight);
            self.unless(told == expected, || {
                format!(
                    "{at:?}, {filter}: {told:?}, not {expected:?} of {case:?}\n{}",
                    case.text()
                )
            });
        }
        self.counts.0 += self.cases.len();
        found
    }

    pub fn findings(&mut self, at: Stand, multistatus: &str) -> Findings {
        let mut findings = Findings::new();
        for response in multistatus.split("<D:response>").skip(1) {
            let response = quick_xml::escape::unescape(response).unwrap();
            let data = between(&response, "<C:calendar-data>", "</C:calendar-data>");
            let (Some(href), Some(text)) = (between(&response, "<D:href>", "</D:href>"), data)
            else {
                self.unless(response.contains(at.path), || format!("{at:?}: {response}"));
                continue;
            };
            let name = href.strip_prefix(at.path).unwrap().to_owned();
            let (number, sight) = recognise(text);
            let clean = sight == Sight::Whole
                || (!name.contains("zq")
                    && !model::STAMPS.iter().any(|stamp| response.contains(stamp))
                    && is_bare(text));
            self.unless(clean, || format!("{at:?}: {response}"));
            let tag = between(&response, "<D:getetag>", "</D:getetag>").unwrap_or_default();
            let finding = Finding {
                name,
                tag: tag.to_owned(),
                text: text.to_owned(),
                sight,
            };
            let twice = findings.insert(number, finding).is_some();
            self.unless(!twice, || format!("{at:?} is told {number} twice"));
        }
        findings
    }
}

/// Which item it is, and how much of it.
pub fn recognise(text: &str) -> (usize, Sight) {
    if let Some((_, number)) = model::secrets(text).find(|(kind, _)| *kind == 'S') {
        return (number, Sight::Whole);
    }
    let sight = match text.contains(LABEL) {
        true => Sight::Generic,
        false => Sight::Busy,
    };
    (model::number(text), sight)
}

/// What a rendering may be made of, and nothing else.
fn is_bare(text: &str) -> bool {
    const ALLOWED: [&str; 20] = [
        "BEGIN",
        "END",
        "VERSION",
        "PRODID",
        "CALSCALE",
        "UID",
        "DTSTAMP",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "SUMMARY",
        "TRANSP",
        "STATUS",
        "CLASS",
        "TZID",
        "COLOR",
    ];
    let allowed = |line: &str| {
        let name = line.split([':', ';']).next().unwrap_or_default();
        ALLOWED.contains(&name) || name.starts_with("TZ")
    };
    text.lines().all(allowed)
}

/// A house with everybody in it, and the owner's calendar with what it is shared with.
fn furnished() -> House {
    let privacy = Setting {
        anonymous: true,
        label: Arc::from(LABEL),
    };
    let limits = Limits {
        privacy,
        quota_bytes: Some(1 << 30),
        ..Limits::default()
    };
    let people: Vec<_> = VIEWERS[..5].iter().chain(&PROXIES).copied().collect();
    let house = House::of(&people, limits);
    for viewer in &people {
        let own = format!("/dav/calendars/{viewer}/calendar/");
        house.ask(viewer, "MKCALENDAR", &own, &[], "").is(201);
    }
    house.befriend(OWNER, model::FRIEND);
    let mount = house.invite(OWNER, CALENDAR, model::READER, "read");
    assert_eq!(mount, MOUNT);
    for (proxy, kind) in PROXIES.iter().zip(["read", "write"]) {
        let path = format!("/dav/principals/users/{OWNER}/calendar-proxy-{kind}/");
        let member = format!("<D:href>/dav/principals/users/{proxy}/</D:href>");
        let body = format!(
            "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><D:group-member-set>{member}</D:group-member-set></D:prop></D:set>\
             </D:propertyupdate>"
        );
        let said = house.ask(OWNER, "PROPPATCH", &path, &[], &body).is(207);
        assert!(said.body.contains("200 OK"), "{}", said.body);
    }
    let view = house.bring_together(OWNER, &[model::FRIEND, ACCOUNT, READER]);
    assert_eq!(view, "view-1");
    house.share(OWNER, "calendar", WRITER, Right::ReadWrite);
    house
}

pub const DATA: &str = "<D:getetag/><C:calendar-data/>";

pub fn filter(component: &str, inside: &str) -> String {
    let inside = match component {
        "" => inside.to_owned(),
        name => format!("<C:comp-filter name=\"{name}\">{inside}</C:comp-filter>"),
    };
    format!("<C:filter><C:comp-filter name=\"VCALENDAR\">{inside}</C:comp-filter></C:filter>")
}

pub fn text_match(property: &str, word: &str) -> String {
    format!(
        "<C:prop-filter name=\"{property}\"><C:text-match collation=\"i;octet\">{word}</C:text-match></C:prop-filter>"
    )
}

pub fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

fn around<'t>(text: &'t str, word: &str) -> &'t str {
    let at = text.find(word).unwrap_or(0);
    text.get(at.saturating_sub(200)..(at + 200).min(text.len()))
        .unwrap_or(text)
}
