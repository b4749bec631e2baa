//! `[system.KIND]`: what a platform keeps of its own and shows in its users' calendars. A kind is there when its section is.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::kinds;
use super::privacy::is_plain;

/// One kind, as it is written; a blank text is filled from what the kind's name says, or the defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SystemKind {
    pub enabled: bool,
    pub name: String,
    pub color: String,
    pub label: String,
    pub visibility: String,
    pub details: String,
    pub busy: Option<bool>,
    pub remind: String,
    pub source: Source,
    pub url: SourceUrl,
    pub sql: String,
    pub user: UserIs,
    pub zone: String,
    #[serde(with = "kinds::seconds")]
    pub timeout: Duration,
    pub max_rows: usize,
    pub columns: BTreeMap<String, String>,
}

impl Default for SystemKind {
    fn default() -> Self {
        Self {
            enabled: true,
            name: String::new(),
            color: String::new(),
            label: String::new(),
            visibility: String::new(),
            details: String::new(),
            busy: None,
            remind: String::new(),
            source: Source::Records,
            url: SourceUrl::default(),
            sql: String::new(),
            user: UserIs::Name,
            zone: "UTC".to_owned(),
            timeout: Duration::from_secs(5),
            max_rows: 10_000,
            columns: BTreeMap::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Records,
    Query,
}

/// What stands for `:user`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserIs {
    Name,
    Email,
}

/// It may hold a password, so it prints without one.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceUrl(String);

impl SourceUrl {
    /// The whole address, with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SourceUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.split(':').next().unwrap_or_default();
        write!(out, "{scheme}:…")
    }
}

/// What a kind is when its section says no more.
struct Usual {
    kind: &'static str,
    name: &'static str,
    color: &'static str,
    label: &'static str,
    visibility: &'static str,
    details: &'static str,
    busy: bool,
}

const fn usual(kind: &'static str, name: &'static str, color: &'static str) -> Usual {
    Usual {
        kind,
        name,
        color,
        label: "Busy",
        visibility: "private",
        details: "friends",
        busy: true,
    }
}

/// The kinds that have a name and a colour of their own here; any other may be named as well.
const USUAL: [Usual; 8] = [
    usual("shifts", "My Shifts", "#1890ff"),
    usual("tickets", "My Tickets", "#722ed1"),
    Usual {
        busy: false,
        ..usual("polls", "My Polls", "#fa8c16")
    },
    Usual {
        visibility: "public",
        details: "everyone",
        busy: false,
        ..usual("public_events", "Public Events", "#13c2c2")
    },
    Usual {
        label: "Assignment follow-up",
        ..usual("activities", "My Activities", "#52c41a")
    },
    usual("interviews", "My Interviews", "#eb2f96"),
    Usual {
        label: "Follow-up",
        ..usual("follow_ups", "My Follow-ups", "#a0d911")
    },
    Usual {
        label: "Reminder",
        busy: false,
        ..usual("reminders", "My Reminders", "#faad14")
    },
];

const OTHER: Usual = usual("", "", "#8c8c8c");

const VISIBILITIES: [&str; 3] = ["private", "friends", "public"];
const DETAILS: [&str; 3] = ["nobody", "friends", "everyone"];

impl SystemKind {
    /// The same with what its name says where its section says nothing.
    #[must_use]
    pub fn filled(&self, kind: &str) -> Self {
        let usual = USUAL.iter().find(|it| it.kind == kind).unwrap_or(&OTHER);
        let or = |own: &str, usual: &str| match own {
            "" => usual.to_owned(),
            own => own.to_owned(),
        };
        let called = match usual.name {
            "" => titled(kind),
            name => name.to_owned(),
        };
        Self {
            name: or(&self.name, &called),
            color: or(&self.color, usual.color),
            label: or(&self.label, usual.label),
            visibility: or(&self.visibility, usual.visibility),
            details: or(&self.details, usual.details),
            busy: Some(self.busy.unwrap_or(usual.busy)),
            ..self.clone()
        }
    }

    /// Minutes before a record that its owner is reminded of it; `None`: they are not.
    pub fn minutes_before(&self) -> Option<u32> {
        let (number, unit) = self
            .remind
            .split_at_checked(self.remind.len().checked_sub(1)?)?;
        let unit = match unit {
            "m" => 1,
            "h" => 60,
            "d" => 1_440,
            _ => return None,
        };
        let minutes = number.parse::<u32>().ok()?.checked_mul(unit)?;
        (minutes <= 40_320).then_some(minutes)
    }

    /// What is wrong with it, and where.
    pub fn mistake(&self, kind: &str) -> Option<(&'static str, String)> {
        let filled = self.filled(kind);
        let is_query = self.source == Source::Query;
        let url = self.url.expose();
        let reachable = url.starts_with("sqlite:")
            || url.starts_with("postgres://")
            || url.starts_with("postgresql://");
        let color = filled.color.strip_prefix('#').unwrap_or_default();
        let rules = [
            (
                "name",
                is_line(&filled.name),
                "must be one line of 1 to 100 characters",
            ),
            (
                "color",
                color.len() == 6 && color.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "must be #RRGGBB",
            ),
            (
                "label",
                is_plain(&filled.label),
                "must be 1 to 60 letters, digits, spaces, '-' or '.'",
            ),
            (
                "visibility",
                VISIBILITIES.contains(&filled.visibility.as_str()),
                "must be private, friends or public",
            ),
            (
                "details",
                DETAILS.contains(&filled.details.as_str()),
                "must be nobody, friends or everyone",
            ),
            (
                "remind",
                self.remind.is_empty() || self.minutes_before().is_some(),
                "must be a time such as 15m, 2h or 1d, four weeks at most",
            ),
            (
                "url",
                !is_query || reachable,
                "must be sqlite:PATH or postgres://…",
            ),
            (
                "sql",
                !is_query || !self.sql.trim().is_empty(),
                "must be a SELECT",
            ),
            (
                "source",
                is_query || (url.is_empty() && self.sql.is_empty()),
                "must be \"query\" beside url and sql",
            ),
            (
                "timeout",
                (0.01..=60.0).contains(&self.timeout.as_secs_f64()),
                "must be between 0.01 and 60 seconds",
            ),
            (
                "max_rows",
                (1..=50_000).contains(&self.max_rows),
                "must be between 1 and 50000",
            ),
        ];
        rules
            .into_iter()
            .find(|(_, holds, _)| !holds)
            .map(|(key, _, why)| (key, why.to_owned()))
    }
}

/// What views call layers that are no platform's.
const TAKEN: [&str; 4] = [
    "personal",
    "personal_public",
    "personal_friends",
    "external",
];

/// Lower-case letters, digits and underscores, a letter first.
pub(super) fn is_kind(name: &str) -> bool {
    !TAKEN.contains(&name)
        && name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_line(text: &str) -> bool {
    (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// `site_visits` is called "Site visits".
fn titled(kind: &str) -> String {
    let words = kind.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn complaint(text: &str) -> String {
        Config::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_kind_is_there_when_it_is_named() {
        assert!(Config::parse("").unwrap().system.is_empty());
        let config = Config::parse(
            "[system.shifts]\n[system.public_events]\nname = \"Events\"\n[system.site_visits]\nenabled = false",
        )
        .unwrap();
        let filled = |kind: &str| config.system[kind].filled(kind);
        let shifts = filled("shifts");
        assert_eq!(
            (
                shifts.name.as_str(),
                shifts.visibility.as_str(),
                shifts.busy
            ),
            ("My Shifts", "private", Some(true))
        );
        let events = filled("public_events");
        assert_eq!((events.name.as_str(), events.busy), ("Events", Some(false)));
        assert_eq!(filled("site_visits").name, "Site visits");
        assert!(!config.system["site_visits"].enabled);
    }

    #[test]
    fn a_mistake_names_its_key() {
        let cases = [
            ("[system.Shifts]", "system.Shifts: "),
            ("[system.personal]", "system.personal: "),
            ("[system.external]", "system.external: "),
            ("[system]\nshifts = 1", "system.shifts: "),
            (
                "[system.shifts]\ncolour = \"x\"",
                "system.shifts.colour: unknown key",
            ),
            (
                "[system.shifts]\ncolor = \"red\"",
                "system.shifts.color: must be #RRGGBB",
            ),
            (
                "[system.shifts]\nsource = \"query\"",
                "system.shifts.url: must be sqlite:PATH",
            ),
            (
                "[system.shifts]\nurl = \"sqlite:x\"",
                "system.shifts.source: must be",
            ),
            (
                "[system.shifts]\nremind = \"soon\"",
                "system.shifts.remind: must be a time",
            ),
            (
                "[system.shifts]\nremind = \"29d\"",
                "system.shifts.remind: must be a time",
            ),
            (
                "[system.shifts]\nmax_rows = 0",
                "system.shifts.max_rows: must be",
            ),
            (
                "[system.shifts]\ntimeout = \"x\"",
                "system.shifts.timeout: ",
            ),
        ];
        for (text, expected) in cases {
            let complaint = complaint(text);
            assert!(complaint.contains(expected), "{text:?}: {complaint}");
            assert!(!complaint.contains('\n'), "{complaint}");
        }
    }

    #[test]
    fn a_password_does_not_print() {
        let text = "[system.shifts]\nsource = \"query\"\nsql = \"SELECT 1\"\nurl = \"postgres://u:hunter2@h/x\"";
        let config = Config::parse(text).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        assert_eq!(
            config.system["shifts"].url.expose(),
            "postgres://u:hunter2@h/x"
        );
    }
}
