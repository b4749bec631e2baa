//! What a rendering shows: which components, and which occurrences of the series are left out.

use std::ops::ControlFlow;

use super::super::TooMany;
use super::super::busy::{kind_of, says};
use super::super::component::Component;
use super::super::object::Object;
use super::super::recur::{self, Budget, Expansion, Place, Range, Reading, Rule, Until, aligned};
use super::super::time::{DAY, Form, Time, When};

/// Occurrences that are left out of one series, beside what its own EXDATEs leave out.
const MOST: usize = 10_000;

/// The components that are shown.
pub(super) struct Plan<'o> {
    pub series: Option<Series<'o>>,
    /// By what they override.
    pub overrides: Vec<Shown<'o>>,
}

/// The master, and which of its occurrences are shown.
pub(super) struct Series<'o> {
    pub shown: Shown<'o>,
    pub rules: Vec<Rule>,
    pub added: Vec<When>,
    /// Beside its own EXDATEs.
    pub excluded: Vec<Time>,
}

pub(super) struct Shown<'o> {
    pub component: Component<'o>,
    pub start: Time,
    pub id: Option<Time>,
    pub following: bool,
}

/// From here on, until the next, occurrences of the series are as this component says.
struct Part {
    from: i64,
    component: usize,
    is_shown: bool,
    /// How far the component moves what it overrides.
    moved: i64,
}

impl<'o> Plan<'o> {
    /// `None`: nothing is to be shown, or what is left out is too much to name.
    pub fn of(object: &'o Object, reading: &Reading<'o>, with_free: bool) -> Option<Self> {
        let events = events(object)?;
        let is_shown = |component: &Component<'_>| match with_free {
            true => !says(component, "STATUS", "CANCELLED"),
            false => kind_of(component).is_some(),
        };
        if !events.iter().any(is_shown) {
            return None;
        }
        let expansion = Expansion::of(events.into_iter(), reading);
        let mut sets = expansion.places();
        let (master, overrides) = sets.next()?;
        // Two series under one UID would become another one.
        if sets.next().is_some() {
            return None;
        }
        let overrides: Vec<(i64, Place<'o>)> = overrides
            .map(|(instant, place)| (instant, as_written(place, master.as_ref(), reading)))
            .collect();
        let parts = parts(master.as_ref(), &overrides, reading, is_shown);
        let series = match master {
            Some(master) => {
                series(master, &overrides, &parts, &expansion, reading, is_shown).ok()?
            }
            None => None,
        };
        let overrides: Vec<Shown<'o>> = overrides
            .into_iter()
            .filter(|(_, place)| is_shown(&place.component))
            .filter_map(|(_, place)| Shown::of(place))
            .collect();
        (series.is_some() || !overrides.is_empty()).then_some(Self { series, overrides })
    }
}

impl<'o> Shown<'o> {
    fn of(place: Place<'o>) -> Option<Self> {
        Some(Self {
            component: place.component,
            start: place.start?,
            id: place.id,
            following: place.following,
        })
    }
}

/// The events of an object that holds nothing else.
fn events(object: &Object) -> Option<Vec<Component<'_>>> {
    let carried =
        |component: &Component<'_>| component.is("VTIMEZONE") || component.name().starts_with("X-");
    let parts = object.components().filter(|part| !carried(part));
    parts
        .map(|part| part.is("VEVENT").then_some(part))
        .collect()
}

/// A moment does not name a floating time before one knows where it is looked at: such an id stays as it is written.
fn as_written<'o>(
    mut place: Place<'o>,
    master: Option<&Place<'o>>,
    reading: &Reading<'_>,
) -> Place<'o> {
    let start = master.and_then(|master| master.start.as_ref());
    if start.is_some_and(|start| matches!(start.form, Form::Floating))
        && let Some(id) = reading.time(&place.component, "RECURRENCE-ID")
        && matches!(id.form, Form::Utc | Form::Zoned(_))
    {
        place.id = Some(id);
    }
    place
}

/// The series as RANGE=THISANDFUTURE divides it, by time.
fn parts(
    master: Option<&Place<'_>>,
    overrides: &[(i64, Place<'_>)],
    reading: &Reading<'_>,
    is_shown: impl Fn(&Component<'_>) -> bool,
) -> Vec<Part> {
    let Some(master) = master else {
        return Vec::new();
    };
    let mut parts = vec![Part {
        from: i64::MIN,
        component: master.component.index(),
        is_shown: is_shown(&master.component),
        moved: 0,
    }];
    for (instant, place) in overrides.iter().filter(|(_, place)| place.following) {
        let start = place.start.as_ref();
        parts.push(Part {
            from: *instant,
            component: place.component.index(),
            is_shown: is_shown(&place.component),
            moved: start.map_or(0, |start| start.instant(reading.zone) - instant),
        });
    }
    parts
}

/// What of a series is shown; `None`: no occurrence of it.
fn series<'o>(
    master: Place<'o>,
    overrides: &[(i64, Place<'o>)],
    parts: &[Part],
    expansion: &Expansion<'o>,
    reading: &Reading<'_>,
    is_shown: impl Fn(&Component<'_>) -> bool,
) -> Result<Option<Series<'o>>, TooMany> {
    let (Some(last), Some(shown)) = (
        parts.iter().rposition(|part| part.is_shown),
        Shown::of(master),
    ) else {
        return Ok(None);
    };
    let start = shown.start.instant(reading.zone);
    // From here on nothing is shown any more.
    let until = parts.get(last + 1).map_or(i64::MAX, |part| part.from);
    let mut budget = Budget::default();
    let rules = rules(&shown, until, reading, &mut budget)?;
    let added = added(&shown, until, reading);
    if rules.is_empty() && added.is_empty() {
        let part = parts.iter().rfind(|part| part.from <= start);
        let is_overridden = overrides.iter().any(|(instant, _)| *instant == start);
        if is_overridden || is_excluded(&shown, reading) || !part.is_some_and(|part| part.is_shown)
        {
            return Ok(None);
        }
    }
    let mut excluded: Vec<Time> = Vec::new();
    for pair in parts.windows(2).take(last) {
        if let [part, next] = pair
            && !part.is_shown
        {
            excluded.extend(within(part, next.from, expansion, reading, &mut budget)?);
            if excluded.len() > MOST {
                return Err(TooMany);
            }
        }
    }
    let hidden = overrides
        .iter()
        .filter(|(instant, place)| *instant <= until && !is_shown(&place.component));
    excluded.extend(hidden.filter_map(|(_, place)| place.id.clone()));
    if start >= until {
        excluded.push(shown.start.clone());
    }
    excluded.sort_by_key(|time| time.instant(reading.zone));
    excluded.dedup_by_key(|time| time.instant(reading.zone));
    Ok(Some(Series {
        shown,
        rules,
        added,
        excluded,
    }))
}

/// Does an EXDATE of its own name its start?
fn is_excluded(shown: &Shown<'_>, reading: &Reading<'_>) -> bool {
    let start = &shown.start;
    let excluded = reading.list(&shown.component, "EXDATE");
    excluded.iter().map(When::start).any(|time| {
        if time.is_date() {
            time.wall == start.wall.div_euclid(DAY) * DAY
        } else {
            let time = aligned(time, start, reading.zone);
            time.instant(reading.zone) == start.instant(reading.zone)
        }
    })
}

/// The rules that can be read, ended before an instant.
fn rules(
    shown: &Shown<'_>,
    until: i64,
    reading: &Reading<'_>,
    budget: &mut Budget,
) -> Result<Vec<Rule>, TooMany> {
    let start = &shown.start;
    let last = until.saturating_sub(1);
    let wall = start.at_instant(last, reading.zone).wall;
    let mut rules = Vec::new();
    for property in shown.component.properties_named("RRULE") {
        let value = property.value();
        let (Ok(mut rule), Ok(walk)) = (
            Rule::parse(&value),
            recur::series(&value, start, reading.zone),
        ) else {
            continue;
        };
        if until != i64::MAX {
            let own = walk.last(budget)?;
            if own.is_none_or(|own| own > last_second(start, wall)) {
                rule.count = None;
                rule.until = Some(match start.form {
                    Form::Date => Until::Date(wall),
                    Form::Floating => Until::Local(wall),
                    Form::Utc | Form::Zoned(_) => Until::Utc(last),
                });
            }
        }
        if until == i64::MAX || wall >= start.wall {
            rules.push(rule);
        }
    }
    Ok(rules)
}

/// A date stands for its whole day.
fn last_second(start: &Time, wall: i64) -> i64 {
    if start.is_date() {
        wall + DAY - 1
    } else {
        wall
    }
}

/// The RDATEs before an instant.
fn added(shown: &Shown<'_>, until: i64, reading: &Reading<'_>) -> Vec<When> {
    let mut added = reading.list(&shown.component, "RDATE");
    added.retain(|when| {
        aligned(when.start(), &shown.start, reading.zone).instant(reading.zone) < until
    });
    added
}

/// The occurrences of a part of the series that is followed by another, up to one more than [`MOST`].
fn within(
    part: &Part,
    end: i64,
    expansion: &Expansion<'_>,
    reading: &Reading<'_>,
    budget: &mut Budget,
) -> Result<Vec<Time>, TooMany> {
    let beyond =
        |instant: i64, slack: i64| instant.saturating_add(part.moved).saturating_add(slack);
    let range = Range {
        start: if part.from == i64::MIN {
            i64::MIN
        } else {
            beyond(part.from, -2 * DAY)
        },
        end: beyond(end, 2 * DAY),
    };
    let mut found = Vec::new();
    expansion.visit_one(part.component, range, budget, &mut |one| {
        found.extend(one.recurrence_id.filter(|id| {
            let instant = id.instant(reading.zone);
            part.from <= instant && instant < end
        }));
        match found.len() > MOST {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    Ok(found)
}
