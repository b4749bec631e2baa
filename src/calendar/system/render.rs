//! A record as an item: one text for one state of it, under a name that tells nothing of it.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use super::Kind;
use crate::ical::Zone;
use crate::ical::plain::Plain;
use crate::model::{Bar, Details, LiveItem, Record, RecordStatus};
use crate::privacy::marks;

/// What it comes from: the kind and the platform's own name of it.
pub const RECORD: &str = "X-STRATA-RECORD";

/// Of a record that says nothing of when it was changed.
const NO_STAMP: i64 = 946_684_800;

#[derive(Clone)]
pub(super) struct Rendered {
    /// The name in the layer.
    pub name: Arc<str>,
    pub item: Arc<LiveItem>,
}

/// What stands after the UID in a name.
const SUFFIX: &str = ".ics";

/// The UID in the name of an item.
pub(super) fn uid(name: &str) -> &str {
    name.strip_suffix(SUFFIX).unwrap_or(name)
}

/// Renders the records of one kind.
pub(super) struct Renderer<'r> {
    kind: &'r Kind,
    key: &'r [u8; 32],
    zones: HashMap<String, Option<Zone>>,
}

impl<'r> Renderer<'r> {
    pub fn new(kind: &'r Kind, key: &'r [u8; 32]) -> Self {
        Self {
            kind,
            key,
            zones: HashMap::new(),
        }
    }

    pub fn render(&mut self, record: &Record) -> Rendered {
        let uid = self.uid(&record.id);
        if let Some(name) = &record.zone
            && !self.zones.contains_key(name)
        {
            self.zones.insert(name.clone(), Zone::named(name));
        }
        let zone = record
            .zone
            .as_ref()
            .and_then(|it| self.zones.get(it)?.as_ref());
        let text = text(self.kind, record, &uid, zone);
        let text = Bytes::from(text);
        Rendered {
            name: format!("{uid}{SUFFIX}").into(),
            item: Arc::new(LiveItem {
                tag: blake3::hash(&text).to_hex()[..32].to_owned(),
                text,
                start: record.start,
                end: record.end,
                all_day: record.all_day,
                bar: bar(self.kind, record),
            }),
        }
    }

    /// The platform's names of its records may tell something of them; this one does not, and stays.
    fn uid(&self, id: &str) -> String {
        let kind = self.kind.kind.as_str();
        let mut hasher = blake3::Hasher::new_keyed(self.key);
        hasher.update(b"the name of a record");
        hasher.update(&(kind.len() as u64).to_le_bytes());
        hasher.update(kind.as_bytes());
        hasher.update(id.as_bytes());
        hasher.finalize().to_hex()[..32].to_owned()
    }
}

fn bar(kind: &Kind, record: &Record) -> Bar {
    match record.status.bar() {
        _ if record.end <= record.start => Bar::Free,
        Bar::Cancelled => Bar::Cancelled,
        _ if !kind.busy => Bar::Free,
        bar => bar,
    }
}

fn text(kind: &Kind, record: &Record, uid: &str, zone: Option<&Zone>) -> String {
    let source = format!("{}/{}", kind.kind.as_str(), record.id);
    let mut own = Vec::new();
    if record.sensitive {
        own.push((marks::SENSITIVE, "TRUE"));
    } else {
        own.push((RECORD, source.as_str()));
    }
    if kind.details != Details::default() {
        own.push((marks::DETAILS, kind.details.name()));
    }
    let title = record.title.as_deref().filter(|_| !record.sensitive);
    let words = |words: &'_ Option<String>| {
        let words = words.clone();
        words.filter(|_| !record.sensitive)
    };
    let (description, location, url) = (
        words(&record.description),
        words(&record.location),
        words(&record.url),
    );
    let plain = Plain {
        uid,
        stamp: record.updated.unwrap_or(NO_STAMP),
        modified: record.updated,
        start: record.start,
        end: record.end,
        all_day: record.all_day,
        zone,
        summary: title.unwrap_or(&kind.label),
        description: description.as_deref(),
        location: location.as_deref(),
        url: url.as_deref(),
        status: match record.status {
            RecordStatus::Confirmed => None,
            RecordStatus::Tentative => Some("TENTATIVE"),
            RecordStatus::Cancelled => Some("CANCELLED"),
        },
        free: !kind.busy,
        own: &own,
    };
    plain.to_text()
}
