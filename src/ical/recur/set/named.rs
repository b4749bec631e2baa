//! Single occurrences of a set, by the instant that their RECURRENCE-ID names.

use std::ops::ControlFlow;

use super::Set;
use super::visit::CLOCK_CHANGE;
use crate::ical::TooMany;
use crate::ical::recur::member::Range;
use crate::ical::recur::{Budget, Occurrence};
use crate::ical::time::{Form, Time};

impl Set<'_> {
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

    pub(super) fn wall(&self, start: &Time, instant: i64, slack: i64) -> i64 {
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
}
