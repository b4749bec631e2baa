//! All that a source shows at a moment, put together row by row: what was rendered before and is as it was is taken over.

use std::collections::HashMap;
use std::sync::Arc;

use super::render::{Rendered, Renderer};
use crate::ical::{ZoneData, zone_data};
use crate::model::{LiveItems, Record, RecordStatus};
use crate::store::foreign::Print;

pub(super) struct Shown {
    pub items: Arc<LiveItems>,
    /// What came of each row.
    rendered: HashMap<Print, Rendered>,
    /// By which clocks.
    zones: Arc<ZoneData>,
    /// Memory that it takes, roughly.
    pub bytes: usize,
}

/// What an item takes beside its name and its text.
const BESIDE: usize = 400;

/// One state of a source while it is read.
pub(super) struct Gathering<'g> {
    renderer: Renderer<'g>,
    before: Option<&'g Shown>,
    zones: Arc<ZoneData>,
    items: LiveItems,
    rendered: HashMap<Print, Rendered>,
    bytes: usize,
    left_out: usize,
}

impl<'g> Gathering<'g> {
    pub fn new(renderer: Renderer<'g>, before: Option<&'g Shown>) -> Self {
        let zones = zone_data();
        let before = before.filter(|before| before.zones == zones);
        let many = before.map_or(0, |before| before.items.len());
        Self {
            renderer,
            before,
            zones,
            items: LiveItems::with_capacity(many),
            rendered: HashMap::with_capacity(many),
            bytes: 0,
            left_out: 0,
        }
    }

    pub fn knows(&self, print: &Print) -> bool {
        self.before
            .is_some_and(|before| before.rendered.contains_key(print))
    }

    /// A row that is as it was.
    pub fn again(&mut self, print: Print) {
        match self.before.and_then(|before| before.rendered.get(&print)) {
            Some(rendered) => self.put(print, rendered.clone()),
            None => self.leave_out(),
        }
    }

    pub fn anew(&mut self, print: Print, record: &Record) {
        let rendered = self.renderer.render(record);
        self.put(print, rendered);
    }

    pub fn record(&mut self, record: &Record) {
        let print = print(record);
        match self.knows(&print) {
            true => self.again(print),
            false => self.anew(print, record),
        }
    }

    pub fn leave_out(&mut self) {
        self.left_out += 1;
    }

    /// The first of those that have one id stays.
    fn put(&mut self, print: Print, rendered: Rendered) {
        if self.items.contains_key(&rendered.name) {
            return self.leave_out();
        }
        self.bytes += rendered.name.len() + rendered.item.text.len() + BESIDE;
        self.items
            .insert(rendered.name.clone(), rendered.item.clone());
        self.rendered.insert(print, rendered);
    }

    pub fn done(self, kind: &str) -> Arc<Shown> {
        let left_out = self.left_out;
        if left_out > 0 {
            tracing::warn!(
                kind,
                left_out,
                "rows that are no records, or have the id of another"
            );
        }
        Arc::new(Shown {
            items: Arc::new(self.items),
            rendered: self.rendered,
            zones: self.zones,
            bytes: self.bytes,
        })
    }
}

/// No two records write the same.
fn print(record: &Record) -> Print {
    let mut out = Vec::with_capacity(512);
    let mut number = |number: i64| out.extend_from_slice(&number.to_le_bytes());
    number(record.start);
    number(record.end);
    number(i64::from(record.all_day) + 2 * i64::from(record.sensitive));
    number(match record.status {
        RecordStatus::Confirmed => 0,
        RecordStatus::Tentative => 1,
        RecordStatus::Cancelled => 2,
    });
    number(record.updated.unwrap_or(i64::MIN));
    let words = [
        &record.zone,
        &record.title,
        &record.description,
        &record.location,
        &record.url,
    ];
    for text in words
        .into_iter()
        .map(Option::as_deref)
        .chain([Some(record.id.as_str())])
    {
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(text.unwrap_or_default().as_bytes());
    }
    Print::of(&out)
}
