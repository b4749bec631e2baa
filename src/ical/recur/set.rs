//! The recurrence set of one UID (RFC 5545 sections 3.8.4.4 and 3.8.5): a master, its rules, what is added to and taken
//! from them, and what overrides them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;

use super::member::{Length, Member, Range, Row, aligned, own_length};
use super::reading::Reading;
use super::{BadRule, Budget, Occurrence, Rule, Series, Until};
use crate::ical::time::{DAY, Form, Time};
use crate::ical::{Component, TooMany, Zone};

/// Clocks are moved by no more than this, but for the few days on which a country crossed the date line.
const CLOCK_CHANGE: i64 = 2 * 3600;

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

type Visitor<'v> = &'v mut dyn FnMut(Occurrence) -> ControlFlow<()>;

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

    /// Shows what touches the range: overrides first, as they are finite, then the series, ascending.
    pub fn visit(
        &self,
        range: Range,
        wanted: &dyn Fn(usize) -> bool,
        budget: &mut Budget,
        show: Visitor<'_>,
    ) -> Result<ControlFlow<()>, TooMany> {
        for member in self.overrides.values() {
            budget.spend(1)?;
            if wanted(member.component.index()) && self.show_member(member, range, show).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        let Some(master) = &self.master else {
            return Ok(ControlFlow::Continue(()));
        };
        let following = self
            .following()
            .any(|(_, member)| wanted(member.component.index()));
        if !wanted(master.component.index()) && !following {
            return Ok(ControlFlow::Continue(()));
        }
        let Some(start) = &master.start else {
            return Ok(self.show_member(master, range, show));
        };
        self.visit_series(master, start, range, wanted, budget, show)
    }

    fn visit_series(
        &self,
        master: &Member<'a>,
        start: &Time,
        range: Range,
        wanted: &dyn Fn(usize) -> bool,
        budget: &mut Budget,
        show: Visitor<'_>,
    ) -> Result<ControlFlow<()>, TooMany> {
        let reach = self.reach(master, range);
        for (instant, added) in self.added.range(reach.start..=reach.end.max(reach.start)) {
            budget.spend(1)?;
            let own = added.length.unwrap_or(master.length);
            if self.is_shown_by_series(*instant, &added.time)
                && self
                    .show_one(master, &added.time, Some(own), range, wanted, show)
                    .is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        if self.rules.is_empty() {
            let instant = start.instant(self.zone);
            let hidden =
                self.added.contains_key(&instant) || !self.is_shown_by_series(instant, start);
            return Ok(match hidden {
                true => ControlFlow::Continue(()),
                false => self.show_one(master, start, None, range, wanted, show),
            });
        }
        let (from, to) = (
            self.wall(start, reach.start, -CLOCK_CHANGE),
            self.wall(start, reach.end, CLOCK_CHANGE),
        );
        let mut seen: HashSet<i64> = HashSet::new();
        for rule in &self.rules {
            let mut walk = rule.within(from, to);
            while let Some(wall) = walk.next(budget)? {
                let time = start.at(wall);
                let instant = time.instant(self.zone);
                // Rules may name the same moment, and a time that the clocks skip may land on another of its rule.
                let twice = self.added.contains_key(&instant) || seen.contains(&instant);
                if self.rules.len() > 1 || is_skipped(&time, instant) {
                    seen.insert(instant);
                }
                if !twice
                    && self.is_shown_by_series(instant, &time)
                    && self
                        .show_one(master, &time, None, range, wanted, show)
                        .is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The occurrence whose RECURRENCE-ID is this instant, wherever it was moved to; `None`: the series has none, or it was
    /// taken out.
    pub fn named(&self, id: i64, budget: &mut Budget) -> Result<Option<Occurrence>, TooMany> {
        let everywhere = Range {
            start: i64::MIN,
            end: i64::MAX,
        };
        let mut found = None;
        let mut take = |occurrence| {
            found = Some(occurrence);
            ControlFlow::Break(())
        };
        if let Some(member) = self.overrides.get(&id) {
            let _ = self.show_member(member, everywhere, &mut take);
            return Ok(found);
        }
        let at = self.master.as_ref().and_then(|master| {
            let start = master.start.as_ref()?;
            Some((master, start))
        });
        let Some((master, start)) = at else {
            return Ok(None);
        };
        let (time, own) = match self.added.get(&id) {
            Some(added) => (Some(added.time.clone()), added.length),
            None => (self.ruled(start, id, budget)?, None),
        };
        if let Some(time) = time.filter(|time| self.is_shown_by_series(id, time)) {
            let _ = self.show_one(master, &time, own, everywhere, &|_| true, &mut take);
        }
        Ok(found)
    }

    pub fn of_component(&self, component: usize, id: i64) -> Option<Occurrence> {
        let mut members = self.overrides.get(&id).into_iter().chain(&self.master);
        let member = members.find(|it| it.component.index() == component)?;
        let mut found = None;
        let everywhere = Range {
            start: i64::MIN,
            end: i64::MAX,
        };
        let _ = self.show_member(member, everywhere, &mut |occurrence| {
            found = Some(occurrence);
            ControlFlow::Break(())
        });
        found
    }

    /// Is this instant one of the series, whether or not it was taken out or overridden?
    pub fn has(&self, id: i64, budget: &mut Budget) -> Result<bool, TooMany> {
        let start = self.master.as_ref().and_then(|it| it.start.as_ref());
        Ok(match start {
            Some(start) => self.added.contains_key(&id) || self.ruled(start, id, budget)?.is_some(),
            None => false,
        })
    }

    /// The moment that the rules name, or DTSTART where there is none.
    fn ruled(&self, start: &Time, id: i64, budget: &mut Budget) -> Result<Option<Time>, TooMany> {
        if start.instant(self.zone) == id {
            return Ok(Some(start.clone()));
        }
        let (from, to) = (
            self.wall(start, id, -CLOCK_CHANGE),
            self.wall(start, id, CLOCK_CHANGE),
        );
        for rule in &self.rules {
            let mut walk = rule.within(from, to);
            while let Some(wall) = walk.next(budget)? {
                let time = start.at(wall);
                if time.instant(self.zone) == id {
                    return Ok(Some(time));
                }
            }
        }
        Ok(None)
    }

    fn wall(&self, start: &Time, instant: i64, slack: i64) -> i64 {
        if instant == i64::MIN || instant == i64::MAX {
            return instant;
        }
        let wall = match &start.form {
            Form::Utc => return instant,
            Form::Zoned(zone) => zone.to_wall(instant),
            Form::Date | Form::Floating => self.zone.to_wall(instant),
        };
        wall.saturating_add(slack)
    }

    /// Where occurrences may begin that touch the range: earlier by their length, and moved as THISANDFUTURE moves them.
    fn reach(&self, master: &Member<'a>, range: Range) -> Range {
        let added = self.added.values().filter_map(|added| added.length);
        let longest = added
            .chain([master.length])
            .map(Length::at_most)
            .max()
            .unwrap_or(0);
        let mut reach = Range {
            start: range.start.saturating_sub(longest),
            end: range.end,
        };
        for (id, member) in self.following() {
            let Some(start) = &member.start else { continue };
            let moved = start.instant(self.zone).saturating_sub(id);
            let length = member.length.at_most();
            let from = range.start.saturating_sub(length).saturating_sub(moved);
            reach.start = reach.start.min(from.saturating_sub(DAY));
            reach.end = reach
                .end
                .max(range.end.saturating_sub(moved).saturating_add(DAY));
        }
        reach
    }

    fn is_shown_by_series(&self, instant: i64, time: &Time) -> bool {
        let day = time.wall.div_euclid(DAY) * DAY;
        !self.excluded.contains(&instant)
            && !(self.excluded_days.contains(&day))
            && !self.overrides.contains_key(&instant)
    }

    /// An occurrence of the series, as the latest THISANDFUTURE before it says.
    fn show_one(
        &self,
        master: &Member<'a>,
        time: &Time,
        own: Option<Length>,
        range: Range,
        wanted: &dyn Fn(usize) -> bool,
        show: Visitor<'_>,
    ) -> ControlFlow<()> {
        let instant = time.instant(self.zone);
        let following = self
            .following
            .range(..=instant)
            .next_back()
            .and_then(|latest| self.overrides.get(latest));
        let id = self.recurs().then(|| time.clone());
        match following.and_then(|member| {
            Some((
                member,
                member.start.as_ref()?,
                member.recurrence_id.as_ref()?,
            ))
        }) {
            Some((member, start, from)) if wanted(member.component.index()) => {
                let moved = start.at(start.wall + (time.wall - from.wall));
                self.show(member, moved, member.length, id, range, show)
            }
            None if wanted(master.component.index()) => self.show(
                master,
                time.clone(),
                own.unwrap_or(master.length),
                id,
                range,
                show,
            ),
            _ => ControlFlow::Continue(()),
        }
    }

    /// A component by itself: an override, or what has no date at all.
    fn show_member(&self, member: &Member<'a>, range: Range, show: Visitor<'_>) -> ControlFlow<()> {
        let id = member.recurrence_id.clone();
        if let Some(start) = &member.start {
            return self.show(member, start.clone(), member.length, id, range, show);
        }
        let (first, second) = member.undated;
        if !member.row.touches(first, second, range) {
            return ControlFlow::Continue(());
        }
        show(Occurrence {
            component: member.component.index(),
            start: first.min(second),
            end: first.max(second),
            time: None,
            ending: None,
            recurrence_id: id,
        })
    }

    fn show(
        &self,
        member: &Member<'a>,
        time: Time,
        length: Length,
        recurrence_id: Option<Time>,
        range: Range,
        show: Visitor<'_>,
    ) -> ControlFlow<()> {
        let (start, end) = (time.instant(self.zone), length.end(&time, self.zone));
        let due_only = member.row == Row::Due;
        if !member
            .row
            .touches(start, if due_only { start } else { end }, range)
        {
            return ControlFlow::Continue(());
        }
        show(Occurrence {
            component: member.component.index(),
            start,
            end,
            ending: Some(length.ending(&time, self.zone)),
            time: Some(time),
            recurrence_id,
        })
    }
}

/// Do clocks skip this time? It is then read with the offset before the gap, and lands after it (RFC 5545 section 3.3.5).
fn is_skipped(time: &Time, instant: i64) -> bool {
    match &time.form {
        Form::Zoned(zone) => zone.to_wall(instant) != time.wall,
        _ => false,
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
