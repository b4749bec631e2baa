//! The recurrence set of one UID (RFC 5545 sections 3.8.4.4 and 3.8.5): a master, its rules, what is added to and taken
//! from them, and what overrides them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::member::{Length, Member, aligned, own_length};
use super::reading::Reading;
use super::{BadRule, Rule, Series, Until};
use crate::ical::time::{DAY, Form, Time};
use crate::ical::{Component, Zone};

mod named;
mod visit;

/// What an RDATE adds.
#[derive(Debug)]
struct Added {
    time: Time,
    length: Option<Length>,
}

/// A series of a master, or overrides whose master is not here.
#[derive(Debug)]
pub(super) struct Set<'a> {
    zone: &'a Zone,
    master: Option<Member<'a>>,
    rules: Vec<Series>,
    /// By instant.
    added: BTreeMap<i64, Added>,
    excluded: HashSet<i64>,
    excluded_days: HashSet<i64>,
    /// By the instant of what they override.
    overrides: BTreeMap<i64, Member<'a>>,
    /// The instants of those with RANGE=THISANDFUTURE.
    following: BTreeSet<i64>,
}

/// A component that counts in its set. Of two overrides of one occurrence only one does.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    pub component: Component<'a>,
    pub start: Option<Time>,
    /// The occurrence that it overrides, in the form of the series; `None`: the master.
    pub id: Option<Time>,
    /// RANGE=THISANDFUTURE.
    pub following: bool,
}

impl<'a> From<&Member<'a>> for Place<'a> {
    fn from(member: &Member<'a>) -> Self {
        Self {
            component: member.component,
            start: member.start.clone(),
            id: member.recurrence_id.clone(),
            following: member.following,
        }
    }
}

impl<'a> Set<'a> {
    /// `None` when no component of the group says anything of time.
    pub fn read<'r: 'a>(group: &[Component<'a>], reading: &Reading<'r>) -> Vec<Self> {
        let mut sets: Vec<Self> = Vec::new();
        let (masters, overriding): (Vec<_>, Vec<_>) = group
            .iter()
            .filter_map(|component| Member::read(*component, reading))
            .partition(|member| member.recurrence_id.is_none());
        for master in masters {
            sets.push(Self::of_master(master, reading));
        }
        if sets.is_empty() {
            sets.push(Self::empty(reading.zone));
        }
        if let Some(first) = sets.first_mut() {
            for member in overriding {
                first.overrule(member);
            }
        }
        sets
    }

    fn empty(zone: &'a Zone) -> Self {
        Self {
            zone,
            master: None,
            rules: Vec::new(),
            added: BTreeMap::new(),
            excluded: HashSet::new(),
            excluded_days: HashSet::new(),
            overrides: BTreeMap::new(),
            following: BTreeSet::new(),
        }
    }

    fn of_master<'r: 'a>(master: Member<'a>, reading: &Reading<'r>) -> Self {
        let mut set = Self::empty(reading.zone);
        if let Some(start) = master.start.clone() {
            set.read_dates(&master.component, &start, reading);
            set.rules = master
                .component
                .properties_named("RRULE")
                // A rule that cannot be read leaves the event where DTSTART has it.
                .filter_map(|property| series(&property.value(), &start, reading.zone).ok())
                .collect();
        }
        set.master = Some(master);
        set
    }

    fn read_dates(&mut self, component: &Component<'a>, start: &Time, reading: &Reading<'_>) {
        let zone = self.zone;
        for when in reading.list(component, "RDATE") {
            let time = aligned(when.start(), start, zone);
            let length = own_length(&when, zone);
            self.added
                .insert(time.instant(zone), Added { time, length });
        }
        for when in reading.list(component, "EXDATE") {
            let time = when.start();
            if time.is_date() && !start.is_date() {
                self.excluded_days.insert(time.wall);
            } else {
                self.excluded
                    .insert(aligned(time, start, zone).instant(zone));
            }
        }
    }

    fn overrule(&mut self, member: Member<'a>) {
        let Some(id) = &member.recurrence_id else {
            return;
        };
        let start = self
            .master
            .as_ref()
            .and_then(|master| master.start.as_ref());
        let id = start.map_or_else(|| id.clone(), |start| aligned(id, start, self.zone));
        let instant = id.instant(self.zone);
        let held = self.overrides.get(&instant).map(|held| held.rank);
        if held.is_none_or(|held| held < member.rank) {
            let member = Member {
                recurrence_id: Some(id),
                ..member
            };
            if member.following {
                self.following.insert(instant);
            } else {
                self.following.remove(&instant);
            }
            self.overrides.insert(instant, member);
        }
    }

    /// Overrides that reach beyond their own occurrence.
    fn following(&self) -> impl Iterator<Item = (i64, &Member<'a>)> {
        self.following
            .iter()
            .filter_map(|instant| Some((*instant, self.overrides.get(instant)?)))
    }

    /// The components that it is made of, by index.
    pub fn components(&self) -> impl Iterator<Item = usize> {
        let members = self.overrides.values().chain(&self.master);
        members.map(|member| member.component.index())
    }

    pub fn master(&self) -> Option<Place<'a>> {
        self.master.as_ref().map(Place::from)
    }

    /// With the instant of what they override, ascending.
    pub fn overrides(&self) -> impl Iterator<Item = (i64, Place<'a>)> {
        let overrides = self.overrides.iter();
        overrides.map(|(instant, member)| (*instant, Place::from(member)))
    }

    fn recurs(&self) -> bool {
        !self.rules.is_empty() || !self.added.is_empty() || !self.overrides.is_empty()
    }
}

/// The series of an RRULE that counts from this start; `zone` is where floating times are looked at.
pub(crate) fn series(rule: &str, start: &Time, zone: &Zone) -> Result<Series, BadRule> {
    let rule = Rule::parse(rule)?;
    let until = rule.until.map(|until| match (until, &start.form) {
        // Dates end with their day; a date as DTSTART and an UNTIL with a time name the day of that clock.
        (Until::Date(day), _) => day + DAY - 1,
        (Until::Local(wall), _) => wall,
        (Until::Utc(utc), Form::Utc | Form::Date) => utc,
        (Until::Utc(utc), Form::Floating) => zone.to_wall(utc),
        (Until::Utc(utc), Form::Zoned(own)) => own.to_wall(utc),
    });
    Series::new(&rule, start.wall, start.is_date(), until)
}
