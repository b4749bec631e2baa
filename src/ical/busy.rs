//! Periods of busy time (RFC 4791 section 7.10, RFC 5545 section 3.6.4), and when somebody is there at all (RFC 7953).

use super::recur::{Budget, Expansion, Range, Reading, availability_end};
use super::time::{self, Duration};
use super::{Component, Object, TooMany, Writer, Zone};

/// Occurrences of one object that one answer is made from.
const MOST: usize = 10_000;

/// How time is taken up (RFC 5545 section 3.2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Busy,
    Tentative,
    Unavailable,
}

impl Kind {
    /// "BUSY > BUSY-UNAVAILABLE > BUSY-TENTATIVE" (RFC 7953 section 4): each covers those behind it.
    pub const ALL: [Self; 3] = [Self::Busy, Self::Unavailable, Self::Tentative];

    /// A value of FBTYPE (RFC 5545 section 3.2.9) or BUSYTYPE; `None`: free. Unknown ones are BUSY.
    fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_uppercase().as_str() {
            "FREE" => None,
            "BUSY-TENTATIVE" => Some(Self::Tentative),
            "BUSY-UNAVAILABLE" => Some(Self::Unavailable),
            _ => Some(Self::Busy),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Busy => "BUSY",
            Self::Tentative => "BUSY-TENTATIVE",
            Self::Unavailable => "BUSY-UNAVAILABLE",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub start: i64,
    pub end: i64,
    pub kind: Kind,
}

/// What an object's VEVENTs and VFREEBUSYs block between two instants; neither merged nor sorted.
pub fn periods(object: &Object, start: i64, end: i64, zone: &Zone) -> Result<Vec<Period>, TooMany> {
    let range = Range { start, end };
    let reading = Reading::new(object, zone);
    let mut budget = Budget::default();
    let mut found = events(object, range, &reading, &mut budget)?;
    for component in object
        .components()
        .filter(|component| component.is("VFREEBUSY"))
    {
        reported(&component, range, &reading, &mut found);
        if found.len() > MOST {
            return Err(TooMany);
        }
    }
    Ok(found)
}

fn events(
    object: &Object,
    range: Range,
    reading: &Reading<'_>,
    budget: &mut Budget,
) -> Result<Vec<Period>, TooMany> {
    let events: Vec<Component<'_>> = object
        .components()
        .filter(|component| component.is("VEVENT"))
        .collect();
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: std::collections::HashMap<usize, Kind> = events
        .iter()
        .filter_map(|event| Some((event.index(), kind_of(event)?)))
        .collect();
    let expansion = Expansion::of(events.into_iter(), reading);
    let mut found = Vec::new();
    for occurrence in expansion.within(range, MOST, budget)? {
        if let Some(kind) = kinds.get(&occurrence.component) {
            push(&mut found, occurrence.start, occurrence.end, *kind, range);
        }
    }
    Ok(found)
}

/// By TRANSP and STATUS (the table of RFC 4791 section 7.10); `None`: free.
pub(super) fn kind_of(event: &Component<'_>) -> Option<Kind> {
    if says(event, "TRANSP", "TRANSPARENT") || says(event, "STATUS", "CANCELLED") {
        None
    } else if says(event, "STATUS", "TENTATIVE") {
        Some(Kind::Tentative)
    } else {
        Some(Kind::Busy)
    }
}

/// Does its first property of this name have this value?
pub(super) fn says(event: &Component<'_>, name: &str, value: &str) -> bool {
    event
        .property(name)
        .is_some_and(|property| property.value().trim().eq_ignore_ascii_case(value))
}

/// The FREEBUSY periods of a VFREEBUSY.
fn reported(
    component: &Component<'_>,
    range: Range,
    reading: &Reading<'_>,
    found: &mut Vec<Period>,
) {
    for property in component.properties_named("FREEBUSY") {
        let kind = property
            .parameter("FBTYPE")
            .map_or(Some(Kind::Busy), |name| Kind::named(&name));
        let Some(kind) = kind else { continue };
        for (start, end) in reading
            .times(&property)
            .iter()
            .filter_map(|when| reading.period(when))
        {
            push(found, start, end, kind, range);
        }
    }
}

/// The part of a period that lies in the range.
fn push(found: &mut Vec<Period>, start: i64, end: i64, kind: Kind, range: Range) {
    let (start, end) = (start.max(range.start), end.min(range.end));
    if start < end {
        found.push(Period { start, end, kind });
    }
}

/// Sorted, overlapping and adjacent ones of a kind merged, clipped to the range.
pub fn merge(periods: Vec<Period>, start: i64, end: i64) -> Vec<Period> {
    let range = Range { start, end };
    let mut clipped = Vec::with_capacity(periods.len());
    for period in &periods {
        push(&mut clipped, period.start, period.end, period.kind, range);
    }
    // They come out of an index nearly in order, which this sort sees and the unstable one does not.
    clipped.sort_by_key(|period| period.start);
    let mut merged: Vec<Period> = Vec::with_capacity(clipped.len());
    let mut latest = [None; Kind::ALL.len()];
    for period in clipped {
        let latest = &mut latest[period.kind as usize];
        match latest.and_then(|at: usize| merged.get_mut(at)) {
            Some(open) if period.start <= open.end => open.end = open.end.max(period.end),
            _ => {
                *latest = Some(merged.len());
                merged.push(period);
            }
        }
    }
    merged.sort_unstable_by_key(|period| (period.start, period.end, period.kind));
    merged
}

/// One VAVAILABILITY in a range.
struct Availability {
    priority: i64,
    kind: Kind,
    start: i64,
    end: i64,
    available: Vec<(i64, i64)>,
}

impl Availability {
    fn read(
        component: &Component<'_>,
        range: Range,
        reading: &Reading<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Self>, TooMany> {
        let start = reading
            .instant(component, "DTSTART")
            .unwrap_or(i64::MIN)
            .max(range.start);
        let end = availability_end(component, reading)
            .unwrap_or(i64::MAX)
            .min(range.end);
        if start >= end {
            return Ok(None);
        }
        let available = component.children().filter(|child| child.is("AVAILABLE"));
        let within =
            Expansion::of(available, reading).within(Range { start, end }, MOST, budget)?;
        let busy_type = component.property("BUSYTYPE");
        Ok(Some(Self {
            // "an absence of a PRIORITY property or a value of 0 implies the lowest level"
            priority: reading
                .number(component, "PRIORITY")
                .filter(|priority| (1..=9).contains(priority))
                .unwrap_or(10),
            kind: busy_type
                .and_then(|name| Kind::named(&name.value()))
                .unwrap_or(Kind::Unavailable),
            start,
            end,
            available: within
                .iter()
                .map(|one| (one.start.max(start), one.end.min(end)))
                .collect(),
        }))
    }

    fn is_available(&self, start: i64, end: i64) -> bool {
        self.available
            .iter()
            .any(|(from, to)| *from <= start && end <= *to)
    }
}

/// When the VAVAILABILITYs of some objects say that nobody is there (RFC 7953 sections 4 and 5): of those that cover a
/// moment the ones of the highest priority decide, and among equals who is available anywhere is available.
pub fn unavailable<'o>(
    objects: impl IntoIterator<Item = &'o Object>,
    start: i64,
    end: i64,
    zone: &Zone,
) -> Result<Vec<Period>, TooMany> {
    let range = Range { start, end };
    let mut budget = Budget::default();
    let mut all = Vec::new();
    for object in objects {
        let reading = Reading::new(object, zone);
        for component in object
            .components()
            .filter(|component| component.is("VAVAILABILITY"))
        {
            all.extend(Availability::read(
                &component,
                range,
                &reading,
                &mut budget,
            )?);
        }
    }
    paint(&all, range, &mut budget)
}

/// Between any two moments at which something changes, one answer holds.
fn paint(all: &[Availability], range: Range, budget: &mut Budget) -> Result<Vec<Period>, TooMany> {
    let mut edges: Vec<i64> = Vec::new();
    for one in all {
        edges.extend([one.start, one.end]);
        edges.extend(one.available.iter().flat_map(|(from, to)| [*from, *to]));
    }
    edges.sort_unstable();
    edges.dedup();
    let mut found = Vec::new();
    for pair in edges.windows(2) {
        let &[from, to] = pair else { continue };
        let covering = || all.iter().filter(|one| one.start <= from && to <= one.end);
        let Some(priority) = covering().map(|one| one.priority).min() else {
            continue;
        };
        let deciding = || covering().filter(|one| one.priority == priority);
        budget.spend(
            all.iter()
                .map(|one| 1 + one.available.len() as u64 / 8)
                .sum(),
        )?;
        if deciding().any(|one| one.is_available(from, to)) {
            continue;
        }
        let covers = |kind: &Kind| deciding().any(|one| one.kind == *kind);
        if let Some(kind) = Kind::ALL.into_iter().find(covers) {
            found.push(Period {
                start: from,
                end: to,
                kind,
            });
        }
    }
    Ok(merge(found, range.start, range.end))
}

/// A VCALENDAR with one VFREEBUSY; the caller gives UID and stamp so that nothing here reads a clock.
pub fn to_icalendar(periods: &[Period], start: i64, end: i64, uid: &str, stamp: i64) -> String {
    let mut writer = Writer::new();
    writer.calendar().begin("VFREEBUSY");
    writer.text("UID", uid).raw("DTSTAMP", &utc(stamp));
    writer.raw("DTSTART", &utc(start)).raw("DTEND", &utc(end));
    for period in periods {
        let value = written(period);
        match period.kind {
            Kind::Busy => writer.raw("FREEBUSY", &value),
            kind => writer.with("FREEBUSY", &[("FBTYPE", kind.name())], &value),
        };
    }
    writer.end("VFREEBUSY").end("VCALENDAR");
    writer.finish()
}

fn utc(instant: i64) -> String {
    format!("{}Z", time::write_date_time(instant))
}

/// "The date and time values MUST be in a UTC time format" (RFC 5545 section 3.8.2.6), with a duration as in the
/// examples there.
fn written(period: &Period) -> String {
    let length = Duration {
        days: 0,
        seconds: period.end.saturating_sub(period.start).max(0),
    };
    format!("{}/{}", utc(period.start), length.write())
}
