//! When alarms ring (RFC 5545 sections 3.6.6 and 3.8.6): TRIGGER, absolute or relative to each occurrence, and REPEAT.

use std::ops::ControlFlow;

use super::matching::Question;
use crate::ical::alarm::{Trigger, moved};
use crate::ical::recur::{Budget, Expansion, Range};
use crate::ical::time::Duration;
use crate::ical::{Component, TooMany, Zone};

/// What a VALARM says of time.
struct Alarm {
    trigger: Trigger,
    /// "the number of times the alarm should be repeated, after the initial trigger", and the time between.
    repeat: i64,
    every: i64,
}

impl Alarm {
    fn read(component: &Component<'_>) -> Option<Self> {
        let trigger = Trigger::read(component)?;
        let number = |name: &str| component.property(name)?.value().trim().parse::<i64>().ok();
        let every = component
            .property("DURATION")
            .and_then(|every| Duration::parse(&every.value()));
        let every = every.map_or(0, |every| {
            every
                .days
                .saturating_mul(86_400)
                .saturating_add(every.seconds)
        });
        Some(Self {
            trigger,
            repeat: if every > 0 {
                number("REPEAT").unwrap_or(0).max(0)
            } else {
                0
            },
            every,
        })
    }

    /// How long after its first ring it rings for the last time.
    fn lasts(&self) -> i64 {
        self.repeat.saturating_mul(self.every)
    }

    /// Does it ring in the range, when it rings first at this moment?
    fn rings_in(&self, first: i64, range: Range) -> bool {
        if first >= range.start {
            return first < range.end;
        }
        if self.every == 0 {
            return false;
        }
        let missing = range.start.saturating_sub(first);
        let times = missing / self.every + i64::from(missing % self.every != 0);
        times <= self.repeat && first.saturating_add(times.saturating_mul(self.every)) < range.end
    }
}

/// Does one of the alarms of a component ring in the range?
pub(super) fn any_rings<'a>(
    question: &mut Question<'a, '_>,
    alarms: &[Component<'a>],
    range: Range,
) -> Result<bool, TooMany> {
    let Some(owner) = alarms.first().and_then(Component::parent) else {
        return Ok(false);
    };
    for component in alarms {
        question.budget.spend(1)?;
        let Some(alarm) = Alarm::read(component) else {
            continue;
        };
        let rings = match &alarm.trigger {
            Trigger::At(first) => alarm.rings_in(*first, range),
            Trigger::AfterStart(after) | Trigger::AfterEnd(after) => {
                let expansion = question.expansion(&owner)?;
                let sought = Sought {
                    alarm: &alarm,
                    after: *after,
                    owner: owner.index(),
                    range,
                };
                sought.rings(&expansion, question.reading.zone, question.budget)?
            }
        };
        if rings {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A relative alarm, and the range in which it should ring.
struct Sought<'s> {
    alarm: &'s Alarm,
    after: Duration,
    owner: usize,
    range: Range,
}

impl Sought<'_> {
    /// Occurrences are looked for where one could make the alarm ring in the range.
    fn rings(
        &self,
        expansion: &Expansion<'_>,
        zone: &Zone,
        budget: &mut Budget,
    ) -> Result<bool, TooMany> {
        let Self {
            alarm,
            after,
            range,
            ..
        } = self;
        let offset = after
            .days
            .saturating_mul(86_400)
            .saturating_add(after.seconds);
        // Nominal days may be some hours longer or shorter; an occurrence that ends where a range begins must be seen.
        let slack = if after.days == 0 { 1 } else { 86_400 };
        let reach = Range {
            start: range
                .start
                .saturating_sub(offset)
                .saturating_sub(alarm.lasts())
                .saturating_sub(slack),
            end: range.end.saturating_sub(offset).saturating_add(slack),
        };
        let mut found = false;
        expansion.visit_one(self.owner, reach, budget, &mut |occurrence| {
            let anchor = match alarm.trigger {
                Trigger::AfterEnd(_) => occurrence
                    .ending
                    .as_ref()
                    .map(|ending| (ending, occurrence.end)),
                _ => occurrence
                    .time
                    .as_ref()
                    .map(|time| (time, occurrence.start)),
            };
            found = anchor.is_some_and(|(time, instant)| {
                alarm.rings_in(moved(time, instant, *after, zone), *range)
            });
            if found {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        Ok(found)
    }
}
