//! What must hold of calendar text, of the occurrences of an object, and of a VTIMEZONE.

use bytes::Bytes;
use strata::ical::busy;
use strata::ical::gate::second_reading;
use strata::ical::recur::{Bounds, Budget, Occurrence, occurrences};
use strata::ical::shape::{Recurrence, Shape, Timezones, shape, text};
use strata::ical::time::{DAY, FIRST, LAST};
use strata::ical::{Component, Object, Part, Window, Zone, check, jcal, split};

use super::Numbers;

const MAY: Window = Window {
    start: Some(1_777_593_600),
    end: Some(1_780_272_000),
};
const AT_MOST: usize = 2000;

fn berlin() -> Zone {
    Zone::named("Europe/Berlin").expect("a zone")
}

/// Reading, checking, shaping and splitting; what is made can be read again and is the same.
pub fn icalendar(data: &[u8]) {
    let (bytes, zone) = (Bytes::copy_from_slice(data), berlin());
    for piece in split(&bytes).flatten() {
        Object::parse(piece.object.text()).expect("a piece of a file is an object");
    }
    assert!(text(&bytes).len() <= 3 * bytes.len());
    let Ok(object) = Object::parse(&bytes) else {
        return;
    };
    let _ = check(&object, &zone);
    let _ = second_reading(&object);
    serde_json::from_str::<serde_json::Value>(&jcal(&object)).expect("jCal is JSON");
    inside(&object.calendar(), 0..bytes.len());
    let printed = reprinted(&object.calendar());
    same(&object, printed.as_bytes(), "reprinted");
    let whole = shape(&object, &Shape::default(), &zone, 1).expect("a whole object");
    same(&object, &whole, "whole");
    for (recurrence, timezones) in [
        (None, Timezones::Unknown),
        (None, Timezones::All),
        (Some(Recurrence::Expand(MAY)), Timezones::AsStored),
        (Some(Recurrence::Limit(MAY)), Timezones::All),
    ] {
        let wanted = Shape {
            recurrence,
            limit_freebusy: Some(MAY),
            timezones,
            ..Shape::default()
        };
        if let Ok(shaped) = shape(&object, &wanted, &zone, AT_MOST) {
            Object::parse(&shaped.into()).expect("what was shaped is an object");
        }
    }
}

/// Components and their lines lie within one another, in order, and cover no line twice.
fn inside(component: &Component<'_>, around: std::ops::Range<usize>) {
    let span = component.span();
    assert!(span.start >= around.start && span.end <= around.end && span.start < span.end);
    let mut at = component.begin_span().end;
    for part in component.parts() {
        let own = match part {
            Part::Property(property) => property.span(),
            Part::Component(child) => {
                inside(&child, span.clone());
                child.span()
            }
        };
        assert!(
            own.start >= at && own.end <= span.end,
            "{own:?} in {span:?}"
        );
        at = own.end;
    }
    assert!(at <= component.end_span().start);
}

/// The object without folds, in CRLF.
fn reprinted(component: &Component<'_>) -> String {
    let mut out = format!("BEGIN:{}\r\n", component.name());
    for part in component.parts() {
        match part {
            Part::Property(property) => {
                out += &property.name();
                out += &property.raw_parameters();
                out.push(':');
                out += &property.value();
                out += "\r\n";
            }
            Part::Component(child) => out += &reprinted(&child),
        }
    }
    out + &format!("END:{}\r\n", component.name())
}

/// The same components with the same properties.
fn same(object: &Object, other: &[u8], how: &str) {
    let other = Object::parse(&Bytes::copy_from_slice(other))
        .unwrap_or_else(|error| panic!("{how}: {error}"));
    assert_eq!(
        reprinted(&object.calendar()),
        reprinted(&other.calendar()),
        "{how}"
    );
}

/// Occurrences are in order, within their bounds and their window, and a window in a window shows what is in it.
pub fn expand(data: &[u8]) {
    let Ok(object) = Object::parse(&Bytes::copy_from_slice(data)) else {
        return;
    };
    let (zone, mut numbers) = (berlin(), Numbers::of(data));
    let open = Window {
        start: None,
        end: None,
    };
    let first = expanded(&object, open, 3, &zone).and_then(|all| Some(all.first()?.start));
    let start = first.unwrap_or(0).clamp(FIRST, LAST);
    let anywhere = numbers.between(-4_000_000_000, 8_000_000_000);
    for from in [start - DAY, anywhere, 1_777_593_600] {
        let wide = window(from, from + 400 * DAY);
        let all = expanded(&object, wide, AT_MOST, &zone);
        let middle = from + numbers.between(0, 390 * DAY);
        let narrow = window(middle, middle + numbers.between(1, 10 * DAY));
        let some = expanded(&object, narrow, AT_MOST, &zone);
        if let (Some(all), Some(some)) = (all, some) {
            assert_eq!(
                events(&object, &all, narrow),
                events(&object, &some, narrow)
            );
        }
        let (start, end) = (narrow.start.unwrap_or(0), narrow.end.unwrap_or(0));
        if let Ok(periods) = busy::periods(&object, start, end, &zone) {
            assert_merged(&busy::merge(periods, start, end), start, end);
        }
        if let Ok(periods) = busy::unavailable([&object], start, end, &zone) {
            assert_merged(&periods, start, end);
        }
    }
}

fn window(start: i64, end: i64) -> Window {
    Window {
        start: Some(start),
        end: Some(end),
    }
}

/// `None`: too many.
fn expanded(
    object: &Object,
    window: Window,
    at_most: usize,
    zone: &Zone,
) -> Option<Vec<Occurrence>> {
    let mut budget = Budget::default();
    let bounds = Bounds { window, at_most };
    let found = occurrences(object, &bounds, zone, &mut budget).ok()?;
    assert!(budget.left() <= Budget::OBJECT && found.len() <= at_most);
    assert!(found.is_sorted_by_key(|one| (one.start, one.end, one.component)));
    for one in &found {
        assert!(one.start <= one.end, "{one:?}");
        let component = object.component(one.component);
        assert!(["VEVENT", "VTODO", "VJOURNAL"].contains(&component.name().as_str()));
        let touches = window.end.is_none_or(|end| one.start <= end)
            && window.start.is_none_or(|start| one.end >= start);
        assert!(touches || one.time.is_none(), "{one:?} in {window:?}");
    }
    Some(found)
}

/// Of the events those that touch a window (RFC 4791 section 9.9): component, start and end.
fn events(object: &Object, all: &[Occurrence], window: Window) -> Vec<(usize, i64, i64)> {
    let (start, end) = (
        window.start.unwrap_or(i64::MIN),
        window.end.unwrap_or(i64::MAX),
    );
    let touches = |one: &&Occurrence| {
        let after = if one.end > one.start {
            one.end > start
        } else {
            one.start >= start
        };
        object.component(one.component).is("VEVENT") && one.start < end && after
    };
    let found = all.iter().filter(touches);
    found
        .map(|one| (one.component, one.start, one.end))
        .collect()
}

fn assert_merged(periods: &[busy::Period], start: i64, end: i64) {
    for period in periods {
        assert!(start <= period.start && period.start < period.end && period.end <= end);
    }
    assert!(periods.is_sorted_by_key(|period| period.start));
    let text = busy::to_icalendar(periods, start, end, "uid", start);
    Object::parse(&text.into()).expect("free-busy is an object");
}

/// Offsets are offsets at any moment, and a wall clock that stays as it is leads there and back.
pub fn vtimezone(data: &[u8]) {
    let Ok(zone) = Zone::from_icalendar(data) else {
        return;
    };
    let mut numbers = Numbers::of(data);
    let mut moments = vec![i64::MIN, FIRST, 0, LAST, i64::MAX];
    moments.extend((0..12).map(|_| numbers.between(-2_000_000_000, 6_000_000_000)));
    moments.extend((0..3).map(|_| numbers.between(FIRST, LAST)));
    let again = Zone::from_icalendar(zone.to_icalendar().as_bytes()).expect("written as it came");
    for moment in moments {
        let wall = zone.to_wall(moment);
        let offset = zone.offset(moment);
        assert!(offset.abs() < 2 * DAY, "{offset} at {moment}");
        assert_eq!(wall, moment.saturating_add(offset));
        let _ = zone.to_utc(moment);
        if zone.id().is_none() {
            assert_eq!(again.offset(moment), offset, "at {moment}");
        }
        let near = || (-120..=120).map(|hours| moment.saturating_add(hours * 3600));
        if (FIRST + 9 * DAY..LAST - 9 * DAY).contains(&moment)
            && near().all(|near| zone.offset(near) == offset)
        {
            assert_eq!(zone.to_utc(wall), moment, "{wall} by the wall");
        }
        if (FIRST..=LAST).contains(&wall) && (FIRST..=LAST).contains(&moment) {
            assert!(zone.to_utc(wall).abs_diff(moment) <= 4 * DAY as u64);
        }
    }
}
