//! What an object says of itself as a series: its start, its rules, what overrides it.

use std::ops::ControlFlow;

use super::super::component::{Component, Property};
use super::super::recur::{Budget, Expansion, Occurrence, Range, Reading, Series, aligned, series};
use super::super::time::{DAY, Duration, Form, Time, Written};
use super::super::{Object, Zone, Zones};
use super::Unfit;
use super::moment::Moment;

/// The component that series edits are about.
pub(super) const EVENT: &str = "VEVENT";

pub(super) struct Facts<'o> {
    pub object: &'o Object,
    /// Where floating times and dates are looked at.
    pub zone: &'o Zone,
    pub zones: Zones<'o>,
    reading: Reading<'o>,
    pub expansion: Expansion<'o>,
    pub master: Option<Master<'o>>,
    /// All of them, also those that another of the same occurrence hides.
    pub overrides: Vec<Override<'o>>,
}

pub(super) struct Master<'o> {
    pub component: Component<'o>,
    pub start: Moment,
}

pub(super) struct Override<'o> {
    pub component: Component<'o>,
    /// What it overrides, in the form of the series, and as an instant.
    pub id: Time,
    pub instant: i64,
    /// RANGE=THISANDFUTURE.
    pub following: bool,
}

impl<'o> Facts<'o> {
    pub fn of(object: &'o Object, zone: &'o Zone) -> Result<Self, Unfit> {
        let reading = Reading::new(object, zone);
        let zones = Zones::new(object, zone);
        let events = || object.components().filter(|it| it.is(EVENT));
        let expansion = Expansion::of(events(), &reading);
        let master = events().find(|it| it.property("RECURRENCE-ID").is_none());
        let master = master
            .map(|component| {
                let start = component.properties_named("DTSTART");
                let start = start
                    .filter(Property::has_value)
                    .find_map(|start| Moment::read(&start, &zones).ok());
                start.map(|start| Master { component, start })
            })
            .map(|master| master.ok_or(Unfit::NoSeries))
            .transpose()?;
        let mut facts = Self {
            object,
            zone,
            zones,
            reading,
            expansion,
            master,
            overrides: Vec::new(),
        };
        facts.overrides = events().filter_map(|it| facts.overriding(it)).collect();
        if facts.master.is_none() && facts.overrides.is_empty() {
            return Err(Unfit::NoSeries);
        }
        Ok(facts)
    }

    fn overriding(&self, component: Component<'o>) -> Option<Override<'o>> {
        let id = self.reading.time(&component, "RECURRENCE-ID")?;
        let id = self.aligned(&id);
        let range = component.property("RECURRENCE-ID")?.parameter("RANGE");
        Some(Override {
            component,
            instant: id.instant(self.zone),
            id,
            following: range.is_some_and(|it| it.eq_ignore_ascii_case("THISANDFUTURE")),
        })
    }

    /// In the form of the series.
    pub fn aligned(&self, time: &Time) -> Time {
        match &self.master {
            Some(master) => aligned(time, &master.start.time, self.zone),
            None => time.clone(),
        }
    }

    /// The instant of what names an occurrence.
    pub fn instant(&self, at: Written) -> i64 {
        let (wall, form) = match at {
            Written::Date(wall) => (wall, Form::Date),
            Written::Local(wall) => (wall, Form::Floating),
            Written::Utc(instant) => (instant, Form::Utc),
        };
        self.aligned(&Time { wall, form }).instant(self.zone)
    }

    pub fn named(&self, id: i64) -> Result<Occurrence, Unfit> {
        let found = self.expansion.named(id, &mut Budget::default())?;
        found.ok_or(Unfit::NoInstance)
    }

    /// Those that override one occurrence.
    pub fn overrides_of(&self, id: i64) -> impl Iterator<Item = &Override<'o>> {
        self.overrides.iter().filter(move |it| it.instant == id)
    }

    pub fn recurs(&self) -> bool {
        let recurs = |master: &Master<'o>| {
            ["RRULE", "RDATE"].iter().any(|name| {
                let mut all = master.component.properties_named(name);
                all.any(|property| property.has_value())
            })
        };
        !self.overrides.is_empty() || self.master.as_ref().is_some_and(recurs)
    }

    pub fn master(&self) -> Result<&Master<'o>, Unfit> {
        self.master.as_ref().ok_or(Unfit::NoSeries)
    }

    /// Has the series an occurrence before this one?
    pub fn has_before(&self, id: i64) -> Result<bool, Unfit> {
        if self.overrides.iter().any(|it| it.instant < id) {
            return Ok(true);
        }
        let until = Range {
            start: i64::MIN,
            end: id,
        };
        self.any(until, |occurrence| {
            let own = occurrence.recurrence_id.as_ref();
            own.is_some_and(|own| own.instant(self.zone) < id)
        })
    }

    /// Is anything left of it?
    pub fn has_any(&self) -> Result<bool, Unfit> {
        let always = Range {
            start: i64::MIN,
            end: i64::MAX,
        };
        self.any(always, |_| true)
    }

    fn any(&self, range: Range, wanted: impl Fn(&Occurrence) -> bool) -> Result<bool, Unfit> {
        let mut found = false;
        self.expansion.visit(
            range,
            &|_| true,
            &mut Budget::default(),
            &mut |occurrence| {
                found = wanted(&occurrence);
                match found {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            },
        )?;
        Ok(found)
    }

    /// A rule that counts from the start of this series.
    pub fn series(&self, rule: &str) -> Result<Series, Unfit> {
        Ok(series(rule, &self.master()?.start.time, self.zone)?)
    }

    pub fn moment(&self, component: &Component<'_>, name: &str) -> Option<Moment> {
        component
            .properties_named(name)
            .find_map(|property| Moment::read(&property, &self.zones).ok())
    }

    /// From start to end by the clock that both are written on.
    pub fn length(&self, component: &Component<'_>) -> i64 {
        let Some(start) = self.moment(component, "DTSTART") else {
            return 0;
        };
        let whole = if start.is_date() { DAY } else { 0 };
        if let Some(end) = self.moment(component, "DTEND") {
            let end = end.time.beside(&start.time);
            let length = match end.is_date() == start.is_date() {
                true => aligned(&end, &start.time, self.zone).wall - start.time.wall,
                false => end.instant(self.zone) - start.time.instant(self.zone),
            };
            return if length > 0 { length } else { whole };
        }
        let duration = component.property("DURATION");
        let duration = duration.and_then(|it| Duration::parse(&it.value()));
        duration.map_or(whole, |it| (it.days * DAY + it.seconds).max(whole))
    }
}
