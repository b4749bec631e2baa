//! Local times that clocks skip: no occurrences of a rule, and not counted (RFC 5545 section 3.3.10).

use jiff::Timestamp;

use super::{Budget, Rule, Series};
use crate::ical::Zone;
use crate::ical::time::{Form, Time};

/// Gaps that a counted series is looked at for; a zone has one a year.
const GAPS: usize = 400;
/// Work to find where a counted series ends.
const ENDING: u64 = 20_000;

/// Does the clock of this time skip it? `instant` is what it is read as all the same.
pub(super) fn is_skipped(time: &Time, instant: i64) -> bool {
    match &time.form {
        Form::Zoned(zone) => zone.to_wall(instant) != time.wall,
        _ => false,
    }
}

/// A series whose COUNT is made up for the occurrences that fall into gaps.
pub(super) fn without_gaps(
    series: Series,
    rule: &Rule,
    start: &Time,
    until: Option<i64>,
) -> Series {
    let (Some(count), Form::Zoned(zone)) = (rule.count, &start.form) else {
        return series;
    };
    let build = |count| {
        let rule = Rule {
            count,
            ..rule.clone()
        };
        Series::new(&rule, start.wall, false, until).ok()
    };
    let Some(endless) = build(None) else {
        return series;
    };
    let (mut series, mut count) = (series, count);
    let mut last = series.last(&mut Budget::of(ENDING));
    for (from, to) in gaps(zone, start.wall) {
        if !matches!(last, Ok(Some(last)) if from <= last) {
            break;
        }
        let missing = occurrences_in(&endless, from.max(start.wall + 1), to);
        if missing == 0 {
            continue;
        }
        count = count.saturating_add(missing);
        if let Some(longer) = build(Some(count)) {
            series = longer;
            last = series.last(&mut Budget::of(ENDING));
        }
    }
    series
}

fn occurrences_in(series: &Series, from: i64, to: i64) -> u64 {
    let mut budget = Budget::of(ENDING);
    let mut walk = series.within(from, to);
    let mut count = 0;
    while let Ok(Some(_)) = walk.next(&mut budget) {
        count += 1;
    }
    count
}

/// The stretches of wall clock that a zone skips after a moment, both ends included.
fn gaps(zone: &Zone, wall: i64) -> impl Iterator<Item = (i64, i64)> {
    let begin = Timestamp::from_second(zone.to_utc(wall) - 1).ok();
    let changes = begin.and_then(|begin| Some(zone.known()?.following(begin)));
    changes
        .into_iter()
        .flatten()
        .take(2 * GAPS)
        .filter_map(|change| {
            let at = change.timestamp().as_second();
            let (before, after) = (zone.offset(at - 1), i64::from(change.offset().seconds()));
            (after > before).then_some((at + before, at + after - 1))
        })
}
