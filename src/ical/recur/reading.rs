//! Properties of an object's components as times, durations and numbers; one that cannot be read is not there.

use crate::ical::time::{Duration, Time, When};
use crate::ical::{Component, Object, Zone, Zones};

/// The zones of an object, and the zone in which floating times and dates are looked at.
pub(crate) struct Reading<'a> {
    zones: Zones<'a>,
    pub zone: &'a Zone,
}

impl<'a> Reading<'a> {
    pub fn new(object: &'a Object, zone: &'a Zone) -> Self {
        Self {
            zones: Zones::new(object, zone),
            zone,
        }
    }

    pub fn time(&self, component: &Component<'_>, name: &str) -> Option<Time> {
        component
            .properties_named(name)
            .find_map(|property| self.zones.time(&property).ok())
    }

    pub fn instant(&self, component: &Component<'_>, name: &str) -> Option<i64> {
        self.time(component, name)
            .map(|time| time.instant(self.zone))
    }

    /// All values of all properties of a name.
    pub fn list(&self, component: &Component<'_>, name: &str) -> Vec<When> {
        component
            .properties_named(name)
            .filter_map(|property| self.zones.times(&property).ok())
            .flatten()
            .collect()
    }

    pub fn times(&self, property: &crate::ical::Property<'_>) -> Vec<When> {
        self.zones.times(property).unwrap_or_default()
    }

    pub fn duration(&self, component: &Component<'_>) -> Option<Duration> {
        Duration::parse(&component.property("DURATION")?.value())
    }

    pub fn number(&self, component: &Component<'_>, name: &str) -> Option<i64> {
        component.property(name)?.value().trim().parse().ok()
    }

    /// A period as instants.
    pub fn period(&self, when: &When) -> Option<(i64, i64)> {
        let start = when.start().instant(self.zone);
        let end = match when {
            When::Time(_) => return None,
            When::Period(_, end) => end.instant(self.zone),
            When::Lasting(start, duration) => start.plus(*duration, self.zone),
        };
        (end > start).then_some((start, end))
    }
}
