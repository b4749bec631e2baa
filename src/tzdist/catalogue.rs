//! Every zone with the entity tag of its data, made once for each state of the zone data and kept.

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

pub struct Catalogue {
    data: Arc<ZoneData>,
    /// Names and entity tags, by name.
    zones: Vec<(String, String)>,
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
        let mut zones: Vec<(String, String)> = zone_names()
            .filter_map(|name| {
                let text = Zone::named(&name)?.to_icalendar_within(&name, WHOLE);
                Some((name, tag(text.as_bytes())))
            })
            .collect();
        zones.sort_unstable();
        let mut all = blake3::Hasher::new();
        all.update(data.version.as_bytes());
        all.update(&data.modified.to_be_bytes());
        for (name, tag) in &zones {
            all.update(name.as_bytes()).update(tag.as_bytes());
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
        let zones = self.zones.iter().filter(|(name, _)| is_wanted(name));
        let zones: Vec<Value> = zones
            .map(|(name, tag)| {
                json!({
                    "tzid": name,
                    "etag": tag,
                    "last-modified": modified,
                    "publisher": PUBLISHER,
                    "version": self.data.version,
                })
            })
            .collect();
        json!({ "synctoken": self.token, "timezones": zones })
    }
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
