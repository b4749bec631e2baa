//! The times of a rule on each of its days, and the places that BYSETPOS chooses (RFC 5545 section 3.3.10).

use super::rule::{Frequency, Rule, members};
use crate::ical::time::DAY;

/// The times of day (or of the hour, the minute) of each day of a rule.
#[derive(Clone, Debug)]
pub(super) struct Times {
    hours: Vec<u8>,
    minutes: Vec<u8>,
    seconds: Vec<u8>,
}

impl Times {
    pub fn of(rule: &Rule, start: i64) -> Self {
        let clock = start.rem_euclid(DAY);
        let list = |set: u64, expands: bool, implied: i64| -> Vec<u8> {
            match (expands, set) {
                (false, _) => vec![0],
                (true, 0) => vec![implied as u8],
                (true, set) => members(set).collect(),
            }
        };
        let frequency = rule.frequency;
        Self {
            hours: list(rule.hours, frequency < Frequency::Hourly, clock / 3600),
            minutes: list(
                rule.minutes,
                frequency < Frequency::Minutely,
                clock / 60 % 60,
            ),
            seconds: list(rule.seconds, frequency < Frequency::Secondly, clock % 60),
        }
    }

    pub fn len(&self) -> usize {
        self.hours.len() * self.minutes.len() * self.seconds.len()
    }

    /// The `index`th time in seconds; the lists are never multiplied out.
    pub fn at(&self, index: usize) -> i64 {
        let (minutes, seconds) = (self.minutes.len(), self.seconds.len());
        let pick = |list: &[u8], index: usize| i64::from(list.get(index).copied().unwrap_or(0));
        pick(&self.hours, index / (minutes * seconds)) * 3600
            + pick(&self.minutes, index / seconds % minutes) * 60
            + pick(&self.seconds, index % seconds)
    }
}

/// BYSETPOS: the places chosen among `count`, ascending.
pub(super) fn positions(wanted: &[i32], count: usize) -> Vec<usize> {
    let mut places: Vec<usize> = wanted
        .iter()
        .filter_map(|place| {
            let distance = place.unsigned_abs() as usize;
            match *place > 0 {
                true => (distance <= count).then(|| distance - 1),
                false => count.checked_sub(distance),
            }
        })
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}
