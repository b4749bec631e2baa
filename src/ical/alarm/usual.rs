//! What rings for an item that says nothing of alarms (draft-daboo-caldav-extensions section 4): its owner's default alarms.

use bytes::Bytes;

use super::Trigger;
use crate::ical::time::Duration;
use crate::ical::{Component, Object};

/// By whether the item has a time, or takes a whole day.
#[derive(Clone, Debug, Default)]
pub struct Usual {
    timed: Vec<Trigger>,
    dated: Vec<Trigger>,
}

impl Usual {
    /// Texts of bare VALARMs.
    pub fn of(timed: &str, dated: &str) -> Self {
        Self {
            timed: triggers(timed),
            dated: triggers(dated),
        }
    }

    /// So many minutes before a time; of a whole day those of `days`.
    #[must_use]
    pub fn minutes(minutes: u32, days: &Self) -> Self {
        Self {
            timed: vec![after(-60 * i64::from(minutes))],
            dated: days.dated.clone(),
        }
    }

    /// At a time, and in the morning of a whole day: what is to be thought of.
    pub fn in_time(minutes: u32) -> Self {
        const NINE: i64 = 9 * 3600;
        Self {
            timed: vec![after(-60 * i64::from(minutes))],
            dated: vec![after(NINE - 60 * i64::from(minutes))],
        }
    }

    pub fn is_none(&self) -> bool {
        self.timed.is_empty() && self.dated.is_empty()
    }

    /// Those of a component, as an event or a to-do begins, or is due.
    pub(super) fn of_component(&self, component: &Component<'_>) -> &[Trigger] {
        let begins = component.property("DTSTART");
        let begins = begins.or_else(|| component.property("DUE"));
        let is_date = begins.is_none_or(|it| it.value().trim().len() == "YYYYMMDD".len());
        match is_date {
            true => &self.dated,
            false => &self.timed,
        }
    }
}

fn after(seconds: i64) -> Trigger {
    Trigger::AfterStart(Duration { days: 0, seconds })
}

fn triggers(alarms: &str) -> Vec<Trigger> {
    if alarms.trim().is_empty() {
        return Vec::new();
    }
    let around = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        alarms.trim()
    );
    let Ok(object) = Object::parse(&Bytes::from(around)) else {
        return Vec::new();
    };
    let all = object.components().flat_map(|it| it.children());
    let ringing = all.filter(|it| it.is("VALARM") && super::is_for_people(it));
    ringing
        .map(|alarm| Trigger::read(&alarm).unwrap_or(super::USUAL))
        .collect()
}
