//! One occurrence of an event, with what is said of it: how it is written, for those who do not read iCalendar.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::component::{Component, Property};
use super::edit::Moment;
use super::recur::{Budget, Expansion, Occurrence, Range, Reading, Until};
use super::time::{DAY, Form, Written};
use super::{Object, TooMany, Window, Zone, Zones};

/// When an event takes place once, and what it says there.
#[derive(Clone, Debug)]
pub struct Instance {
    /// As they are written; the end is on the clock of the start.
    pub start: Moment,
    pub end: Moment,
    /// UTC seconds.
    pub starts: i64,
    pub ends: i64,
    /// Its RECURRENCE-ID, in UTC where the series has a zone; `None`: the event does not recur.
    pub id: Option<Written>,
    /// A component of its own overrides the series.
    pub is_exception: bool,
    /// The rule of its series as text, and the last day of it, on the clock of the series.
    pub rule: Option<Arc<str>>,
    pub rule_end: Option<i64>,
    pub words: Arc<Words>,
}

/// What a component says beside its times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub title: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub url: Option<String>,
    /// `#RRGGBB`, or a name of CSS.
    pub color: Option<String>,
    pub busy: Busy,
    /// X-STRATA-TYPE, -VISIBILITY and -DETAILS-TO as they are written.
    pub sort: Option<String>,
    pub visibility: Option<String>,
    pub details: Option<String>,
}

/// How it takes up time. What is cancelled takes none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Busy {
    #[default]
    Busy,
    Tentative,
    Free,
}

/// The events of one object, read once for all questions.
pub struct Instances<'o> {
    object: &'o Object,
    zone: &'o Zone,
    zones: Zones<'o>,
    expansion: Expansion<'o>,
    rule: Option<Arc<str>>,
    rule_end: Option<i64>,
    words: HashMap<usize, Arc<Words>>,
}

const EVENT: &str = "VEVENT";

impl<'o> Instances<'o> {
    /// `zone` is where floating times and dates are looked at.
    pub fn of(object: &'o Object, zone: &'o Zone) -> Self {
        let reading = Reading::new(object, zone);
        let events = || object.components().filter(|it| it.is(EVENT));
        let mut this = Self {
            object,
            zone,
            zones: Zones::new(object, zone),
            expansion: Expansion::of(events(), &reading),
            rule: None,
            rule_end: None,
            words: HashMap::new(),
        };
        let master = events().find(|it| it.property("RECURRENCE-ID").is_none());
        if let Some(master) = master {
            let rule = master.properties_named("RRULE").find(Property::has_value);
            this.rule = rule.map(|rule| rule.value().trim().into());
            this.rule_end = this.end_of(&master);
        }
        this
    }

    /// The last day of the series: UNTIL on its own clock.
    fn end_of(&self, master: &Component<'o>) -> Option<i64> {
        let rule = super::recur::Rule::parse(self.rule.as_ref()?).ok()?;
        let start = self.moment(master)?;
        let wall = match rule.until? {
            Until::Date(wall) | Until::Local(wall) => wall,
            Until::Utc(instant) => start.at_instant(instant, self.zone).time.wall,
        };
        Some(wall.div_euclid(DAY) * DAY)
    }

    fn moment(&self, component: &Component<'o>) -> Option<Moment> {
        let mut starts = component.properties_named("DTSTART");
        starts.find_map(|it| Moment::read(&it, &self.zones).ok())
    }

    /// Those that touch the window, in no order.
    ///
    /// # Errors
    /// [`TooMany`]: more than `at_most`, or more work than the budget has.
    pub fn within(
        &mut self,
        window: Window,
        at_most: usize,
        budget: &mut Budget,
    ) -> Result<Vec<Instance>, TooMany> {
        let mut found = Vec::new();
        let mut cut = false;
        let range: Range = window.into();
        self.expansion.visit(range, &|_| true, budget, &mut |it| {
            cut = found.len() >= at_most;
            if cut {
                return ControlFlow::Break(());
            }
            found.push(it);
            ControlFlow::Continue(())
        })?;
        if cut {
            return Err(TooMany);
        }
        Ok(found
            .into_iter()
            .filter_map(|it| self.instance(it))
            .collect())
    }

    /// One by its RECURRENCE-ID. An event that does not recur has one under its start.
    pub fn named(&mut self, id: Written) -> Result<Option<Instance>, TooMany> {
        let instant = match id {
            Written::Utc(instant) => instant,
            Written::Date(wall) | Written::Local(wall) => self.zone.to_utc(wall),
        };
        let found = self.expansion.named(instant, &mut Budget::default())?;
        let found = found.and_then(|it| self.instance(it));
        Ok(found.filter(|it| it.id.is_none_or(|own| own == id)))
    }

    /// The event as a whole: as its master says, or of occurrences alone the first of them.
    pub fn whole(&mut self) -> Option<Instance> {
        let (master, mut overrides) = self.expansion.places().next()?;
        let place = match master {
            Some(master) => master,
            None => overrides.next()?.1,
        };
        drop(overrides);
        let id = match &place.id {
            Some(id) => id.instant(self.zone),
            None => place.start.as_ref()?.instant(self.zone),
        };
        let found = self.expansion.of_component(place.component.index(), id)?;
        let instance = self.instance(found)?;
        let id = instance.id.filter(|_| place.id.is_some());
        Some(Instance { id, ..instance })
    }

    /// What names the first occurrence of a series; `None`: there is no series, or its first was taken out.
    pub fn first(&mut self) -> Option<Written> {
        let start = self.whole()?.starts;
        let found = self.expansion.named(start, &mut Budget::default()).ok()??;
        self.instance(found)?.id
    }

    fn instance(&mut self, occurrence: Occurrence) -> Option<Instance> {
        let component = self.object.component(occurrence.component);
        let (time, ending) = (occurrence.time?, occurrence.ending?);
        let tzid = match time.form {
            Form::Floating | Form::Zoned(_) => self.moment(&component)?.tzid,
            Form::Date | Form::Utc => None,
        };
        let moment = |time| Moment {
            time,
            tzid: tzid.clone(),
        };
        let id = occurrence.recurrence_id.map(|id| match id.form {
            Form::Date => Written::Date(id.wall),
            Form::Floating => Written::Local(id.wall),
            Form::Utc | Form::Zoned(_) => Written::Utc(id.instant(self.zone)),
        });
        Some(Instance {
            starts: occurrence.start,
            ends: occurrence.end,
            id,
            is_exception: component.property("RECURRENCE-ID").is_some(),
            rule: self.rule.clone(),
            rule_end: self.rule_end,
            words: self.words_of(&component),
            start: moment(time),
            end: moment(ending),
        })
    }

    fn words_of(&mut self, component: &Component<'o>) -> Arc<Words> {
        let known = self.words.entry(component.index());
        known.or_insert_with(|| Arc::new(words(component))).clone()
    }
}

fn words(component: &Component<'_>) -> Words {
    let text = |name: &str| {
        let mut all = component.properties_named(name).filter(Property::has_value);
        all.next().map(|it| it.text().trim().to_owned())
    };
    let says = |name: &str, value: &str| {
        component
            .property(name)
            .is_some_and(|it| it.value().trim().eq_ignore_ascii_case(value))
    };
    let own_color = text("X-APPLE-CALENDAR-COLOR").filter(|it| it.starts_with('#'));
    Words {
        title: text("SUMMARY"),
        description: text("DESCRIPTION"),
        location: text("LOCATION"),
        url: component
            .property("URL")
            .map(|it| it.value().trim().to_owned()),
        color: own_color.or_else(|| text("COLOR")),
        busy: if says("STATUS", "CANCELLED") || says("TRANSP", "TRANSPARENT") {
            Busy::Free
        } else if says("STATUS", "TENTATIVE") {
            Busy::Tentative
        } else {
            Busy::Busy
        },
        sort: text("X-STRATA-TYPE"),
        visibility: text("X-STRATA-VISIBILITY"),
        details: text("X-STRATA-DETAILS-TO"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const TEXT: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Berlin:20260105T090000\r\n\
        DTEND;TZID=Europe/Berlin:20260105T100000\r\nRRULE:FREQ=WEEKLY;UNTIL=20260202T080000Z\r\nSUMMARY:a\\, b\r\n\
        TRANSP:TRANSPARENT\r\nCOLOR:red\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:1\r\n\
        RECURRENCE-ID;TZID=Europe/Berlin:20260112T090000\r\nDTSTART;TZID=America/New_York:20260113T090000\r\n\
        SUMMARY:c\r\nSTATUS:TENTATIVE\r\nX-APPLE-CALENDAR-COLOR:#123456\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn every_occurrence_says_its_own() {
        let object = Object::parse(&Bytes::from(TEXT)).expect("an object");
        let zone = Zone::utc();
        let mut instances = Instances::of(&object, &zone);
        let window = Window {
            start: None,
            end: None,
        };
        let budget = &mut Budget::default();
        let mut all = instances.within(window, 10, budget).expect("instances");
        all.sort_by_key(|it| it.starts);
        assert_eq!(all.len(), 5);
        assert_eq!(instances.within(window, 4, budget).err(), Some(TooMany));
        let (first, second) = (&all[0], &all[1]);
        assert_eq!(first.words.title.as_deref(), Some("a, b"));
        assert_eq!(first.words.busy, Busy::Free);
        assert_eq!(
            first
                .rule_end
                .map(super::super::time::write_date)
                .as_deref(),
            Some("20260202")
        );
        assert_eq!(first.id, Written::parse("20260105T080000Z"));
        assert!(!first.is_exception && second.is_exception);
        assert_eq!(second.id, Written::parse("20260112T080000Z"));
        assert_eq!(second.start.tzid.as_deref(), Some("America/New_York"));
        assert_eq!(second.words.color.as_deref(), Some("#123456"));
        assert_eq!(second.words.busy, Busy::Tentative);
        let again = instances
            .named(second.id.expect("an id"))
            .expect("work")
            .expect("one");
        assert_eq!(again.starts, second.starts);
        assert!(instances.named(Written::Utc(0)).expect("work").is_none());
        let whole = instances.whole().expect("the series");
        assert_eq!((whole.id, whole.starts), (None, first.starts));
    }
}
