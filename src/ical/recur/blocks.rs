//! VFREEBUSY and VAVAILABILITY as blocks of time: they do not recur, but lie somewhere.

use super::member::Range;
use super::reading::Reading;
use crate::ical::Component;

/// DTEND or DURATION (RFC 7953 section 3.1); `None`: for ever.
pub(crate) fn availability_end(component: &Component<'_>, reading: &Reading<'_>) -> Option<i64> {
    reading.instant(component, "DTEND").or_else(|| {
        let duration = reading.duration(component)?;
        Some(
            reading
                .time(component, "DTSTART")?
                .plus(duration, reading.zone),
        )
    })
}

/// Does a VFREEBUSY overlap the range (the table of RFC 4791 section 9.9)? "Any DURATION property is ignored."
pub(crate) fn free_busy_touches(
    component: &Component<'_>,
    range: Range,
    reading: &Reading<'_>,
) -> bool {
    let moment = |name| reading.instant(component, name);
    if let (Some(from), Some(to)) = (moment("DTSTART"), moment("DTEND")) {
        return range.start <= to && range.end > from;
    }
    reading
        .list(component, "FREEBUSY")
        .iter()
        .filter_map(|when| reading.period(when))
        .any(|(from, to)| range.start < to && range.end > from)
}

/// Does a VAVAILABILITY overlap the range (RFC 7953 section 7.2.2)? A missing side is open.
pub(crate) fn availability_touches(
    component: &Component<'_>,
    range: Range,
    reading: &Reading<'_>,
) -> bool {
    let from = reading.instant(component, "DTSTART").unwrap_or(i64::MIN);
    let to = availability_end(component, reading).unwrap_or(i64::MAX);
    range.start < to && range.end > from
}
