//! What of a set touches a range: overrides by themselves, then the series with what was added and without what was taken out.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::Set;
use crate::ical::TooMany;
use crate::ical::recur::member::{Length, Member, Range, Row};
use crate::ical::recur::{Budget, Occurrence};
use crate::ical::time::{DAY, Form, Time};

/// Clocks are moved by no more than this, but for the few days on which a country crossed the date line.
pub(super) const CLOCK_CHANGE: i64 = 2 * 3600;

pub(super) type Visitor<'v> = &'v mut dyn FnMut(Occurrence) -> ControlFlow<()>;

impl<'a> Set<'a> {
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

    pub(super) fn is_shown_by_series(&self, instant: i64, time: &Time) -> bool {
        let day = time.wall.div_euclid(DAY) * DAY;
        !self.excluded.contains(&instant)
            && !(self.excluded_days.contains(&day))
            && !self.overrides.contains_key(&instant)
    }

    /// An occurrence of the series, as the latest THISANDFUTURE before it says.
    pub(super) fn show_one(
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
    pub(super) fn show_member(
        &self,
        member: &Member<'a>,
        range: Range,
        show: Visitor<'_>,
    ) -> ControlFlow<()> {
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
