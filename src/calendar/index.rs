//! When an item takes place, for the index: all of it for one without a rule, a rolling part of time for a series.

use crate::ical::recur::{self, Bounds, Budget};
use crate::ical::{Object, Window, Zone};
use crate::model::{Bar, Component, Instant, Item, Occurrence, Occurrences, Span};
use crate::store::{self, Tx};

const DAY: Instant = 86_400;

/// The part of time, around today, that a series is indexed for. Questions beyond it are answered from the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// Seconds.
    pub behind: Instant,
    /// Seconds; the daily walk extends a series when a tenth of them has passed.
    pub ahead: Instant,
}

impl Default for Horizon {
    fn default() -> Self {
        Self::of_days(92, 366)
    }
}

impl Horizon {
    pub fn of_days(behind: u32, ahead: u32) -> Self {
        Self {
            behind: Instant::from(behind) * DAY,
            // At least a day, or the daily walk would never be done.
            ahead: Instant::from(ahead.max(1)) * DAY,
        }
    }

    /// A series whose rows end before this is to be extended.
    pub(super) fn renew(&self, now: Instant) -> Instant {
        now + self.ahead - self.ahead / 10
    }
}

/// A series with more occurrences around today is not indexed: its text is asked instead.
const AT_MOST: usize = 800;

/// A series with no more occurrences is indexed from its first on, to its last if it has one.
const FEW: usize = 500;

/// What the index is to know of an object. Only events have exact rows; for other components the rules of RFC 4791
/// section 9.9 look at more than a start and an end, so their one row says where they may be.
pub(super) fn occurrences(
    object: &Object,
    component: Component,
    span: Span,
    zone: &Zone,
    horizon: Horizon,
    now: Instant,
) -> Occurrences {
    if component != Component::Event || !recurs(object) {
        return whole(object, component, span, zone);
    }
    series(
        object,
        span,
        zone,
        (now - horizon.behind, now + horizon.ahead),
    )
}

/// The rows of a series over as much of time as few rows are enough for, and at least over what lies around today.
fn series(
    object: &Object,
    span: Span,
    zone: &Zone,
    (from, until): (Instant, Instant),
) -> Occurrences {
    let ends = span.last.is_some();
    let reaches = [
        (Instant::MIN, Instant::MAX, FEW),
        (Instant::MIN, until, FEW),
        (from, until, AT_MOST),
    ];
    let known = |(known_from, known_until, at_most)| {
        let window = Window {
            start: (known_from > Instant::MIN).then_some(known_from),
            end: (known_until < Instant::MAX).then_some(known_until),
        };
        rows(object, window, zone, at_most).map(|rows| Occurrences {
            known_from,
            known_until,
            rows,
        })
    };
    let mut reaches = reaches.into_iter().skip(usize::from(!ends));
    reaches.find_map(known).unwrap_or_default()
}

/// Indexes an item anew. One that cannot be read is left to its text, so that a walk over many goes on.
pub(super) fn rewrite(
    tx: &mut Tx,
    item: &Item,
    zone: &Zone,
    horizon: Horizon,
    now: Instant,
) -> store::Result<()> {
    let object = item.text.as_ref().and_then(|text| Object::parse(text).ok());
    let rows =
        object.map(|object| occurrences(&object, item.component, item.span, zone, horizon, now));
    let rows = rows.unwrap_or_default();
    store::occurrences::rewrite(tx, item.layer, item.id, item.component, &rows)
}

fn whole(object: &Object, component: Component, span: Span, zone: &Zone) -> Occurrences {
    let everywhere = Window {
        start: None,
        end: None,
    };
    let one = Occurrence {
        start: span.first.unwrap_or(Instant::MIN),
        end: span
            .last
            .map_or(Instant::MAX, |last| last.saturating_add(1)),
        bar: Bar::Busy,
    };
    let exact = (component == Component::Event)
        .then(|| rows(object, everywhere, zone, AT_MOST))
        .flatten();
    Occurrences {
        known_from: Instant::MIN,
        known_until: Instant::MAX,
        rows: exact.unwrap_or_else(|| vec![one]),
    }
}

fn rows(object: &Object, window: Window, zone: &Zone, at_most: usize) -> Option<Vec<Occurrence>> {
    let bounds = Bounds { window, at_most };
    let found = recur::occurrences(object, &bounds, zone, &mut Budget::of(Budget::OBJECT / 10));
    let bars: Vec<_> = object
        .components()
        .map(|it| (it.index(), bar(&it)))
        .collect();
    let bar_of = |component| {
        bars.iter()
            .find(|(index, _)| *index == component)
            .map_or(Bar::Busy, |(_, bar)| *bar)
    };
    let row = |it: recur::Occurrence| Occurrence {
        start: it.start,
        end: it.end.max(it.start + 1),
        // What takes no time blocks none, whatever it says.
        bar: if it.end > it.start {
            bar_of(it.component)
        } else {
            Bar::Free
        },
    };
    found.ok().map(|found| found.into_iter().map(row).collect())
}

fn recurs(object: &Object) -> bool {
    let parts = ["RRULE", "RDATE", "RECURRENCE-ID"];
    object
        .components()
        .any(|component| parts.iter().any(|name| component.property(name).is_some()))
}

fn bar(component: &crate::ical::Component) -> Bar {
    let says = |name: &str, value: &str| {
        component
            .property(name)
            .is_some_and(|property| property.value().trim().eq_ignore_ascii_case(value))
    };
    if says("STATUS", "CANCELLED") {
        Bar::Cancelled
    } else if says("TRANSP", "TRANSPARENT") {
        Bar::Free
    } else if says("STATUS", "TENTATIVE") {
        Bar::Tentative
    } else {
        Bar::Busy
    }
}
