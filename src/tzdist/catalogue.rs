//! Every zone with its other names and the entity tag of its data, made once for each state of the zone data and kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::pattern::Pattern;
use crate::ical::{Window, Zone, ZoneData, zone_data, zone_names};

/// Who publishes the data.
pub const PUBLISHER: &str = "IANA Time Zone Database";

const WHOLE: Window = Window {
    start: None,
    end: None,
};

/// Other names that zones had.
const LINKS: &str = include_str!("aliases.txt");

struct Listed {
    tag: String,
    /// In their order (section 3.7).
    aliases: Vec<String>,
}

pub struct Catalogue {
    data: Arc<ZoneData>,
    zones: BTreeMap<String, Listed>,
    /// Changes whenever anything that a list says does (section 4.1.4).
    token: String,
}

static KEPT: Mutex<Option<Arc<Catalogue>>> = Mutex::new(None);

impl Catalogue {
    /// Whoever asks while it is made waits for it.
    pub fn current() -> Arc<Self> {
        let data = zone_data();
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(catalogue) if catalogue.data == data => Arc::clone(catalogue),
            _ => Arc::clone(kept.insert(Arc::new(Self::of(data)))),
        }
    }

    fn of(data: Arc<ZoneData>) -> Self {
        let mut names: Vec<String> = zone_names().collect();
        names.sort_unstable();
        let mut zones = BTreeMap::new();
        let mut others: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for name in names {
            match zone_of(&name) {
                Some(zone) => others.entry(zone).or_default().push(name),
                None => {
                    if let Some(text) = text_as(&name, &name) {
                        let aliases = Vec::new();
                        let tag = tag(text.as_bytes());
                        zones.insert(name, Listed { tag, aliases });
                    }
                }
            }
        }
        for (zone, aliases) in others {
            if let Some(listed) = zones.get_mut(zone) {
                listed.aliases = aliases;
            }
        }
        let mut all = blake3::Hasher::new();
        all.update(data.version.as_bytes());
        all.update(&data.modified.to_be_bytes());
        for (name, listed) in &zones {
            all.update(name.as_bytes()).update(listed.tag.as_bytes());
            for alias in &listed.aliases {
                all.update(alias.as_bytes());
            }
        }
        let token = format!("{}-{}", data.version, short(all));
        Self { data, zones, token }
    }

    /// All zones, or none when nothing has changed since; a token that is not ours counts for nothing (section 5.2).
    pub fn list(&self, changed_since: Option<&str>) -> Value {
        let unchanged = changed_since == Some(self.token.as_str());
        self.told(|_| !unchanged)
    }

    pub fn find(&self, pattern: &Pattern) -> Value {
        self.told(|name| pattern.matches(name))
    }

    /// Section 6.2.
    fn told(&self, is_wanted: impl Fn(&str) -> bool) -> Value {
        let modified = super::action::date_time(self.data.modified);
        let is_told = |(name, listed): &(&String, &Listed)| {
            is_wanted(name) || listed.aliases.iter().any(|alias| is_wanted(alias))
        };
        let zones = self.zones.iter().filter(is_told);
        let zones: Vec<Value> = zones
            .map(|(name, listed)| {
                let mut zone = json!({
                    "tzid": name,
                    "etag": listed.tag,
                    "last-modified": modified,
                    "publisher": PUBLISHER,
                    "version": self.data.version,
                });
                if let (false, Some(zone)) = (listed.aliases.is_empty(), zone.as_object_mut()) {
                    zone.insert("aliases".to_owned(), json!(listed.aliases));
                }
                zone
            })
            .collect();
        json!({ "synctoken": self.token, "timezones": zones })
    }
}

/// The zone that a name is another name of. Data that tells the two apart is believed: then they are two zones.
fn zone_of(name: &str) -> Option<&'static str> {
    let mut links = LINKS.lines().filter_map(|line| line.split_once(' '));
    let (_, zone) = links.find(|(alias, _)| *alias == name)?;
    let is_same = text_as(zone, zone).is_some_and(|text| text_as(name, zone) == Some(text));
    is_same.then_some(zone)
}

/// The whole of a zone's data, as that of another name.
fn text_as(zone: &str, name: &str) -> Option<String> {
    Some(Zone::named(zone)?.to_icalendar_within(name, WHOLE))
}

/// What stands between the quotes of an entity tag: equal bytes, equal tag.
pub fn tag(bytes: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(bytes);
    short(hasher)
}

fn short(hasher: blake3::Hasher) -> String {
    hasher.finalize().to_hex().chars().take(32).collect()
}
