//! Exceptions for all that follow (RANGE=THISANDFUTURE, RFC 5545 section 3.2.13). Where an edit takes their own occurrence
//! from them they move on to the next one that they speak for, so that all others stay as they were.

use std::ops::ControlFlow;

use super::super::recur::{Budget, Occurrence, Range};
use super::super::time::{DAY, Time};
use super::facts::{Facts, Override};
use super::moment::Moment;
use super::one;
use super::sheet::{Block, Sheet};
use super::writing::Pen;
use super::{Changes, Timing, Unfit};

/// Days that are looked through for the next occurrence, one span after the other.
const SPANS: [i64; 3] = [40, 800, 40_000];

impl<'o> Facts<'o> {
    /// What an occurrence follows, if it is not the occurrence's own exception.
    pub fn followed(&self, id: i64) -> Option<&Override<'o>> {
        let mut all: Vec<_> = self.overrides.iter().collect();
        all.retain(|it| it.following && it.instant <= id);
        all.into_iter().max_by_key(|it| it.instant)
    }

    /// The first occurrence from `from` on that such an exception speaks for, apart from its own.
    fn next_of(&self, own: &Override<'_>, from: i64) -> Result<Option<Occurrence>, Unfit> {
        let start = self.moment(&own.component, "DTSTART");
        let moved = start.map_or(0, |start| start.time.instant(self.zone) - own.instant);
        let first = from.saturating_add(moved).saturating_sub(2 * DAY);
        let (index, budget) = (own.component.index(), &mut Budget::default());
        for days in SPANS {
            let range = Range {
                start: first,
                end: first.saturating_add(days * DAY),
            };
            let mut next: Option<(i64, Occurrence)> = None;
            let wanted = |component| component == index;
            self.expansion.visit(range, &wanted, budget, &mut |found| {
                let id = found.recurrence_id.as_ref();
                let id = id.map(|id| id.instant(self.zone));
                let id = id.filter(|id| *id >= from && *id != own.instant);
                if let Some(id) = id
                    && next.as_ref().is_none_or(|(least, _)| id < *least)
                {
                    next = Some((id, found));
                }
                ControlFlow::Continue(())
            })?;
            if let Some((_, found)) = next {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The same exception on the next occurrence from `from` on, and which that is; `None`: it speaks for no other.
    pub fn carried(
        &self,
        own: &Override<'_>,
        from: i64,
        sheet: &Sheet,
        pen: Pen,
    ) -> Result<Option<(i64, Block)>, Unfit> {
        let Some(found) = self.next_of(own, from)? else {
            return Ok(None);
        };
        let Some(id) = &found.recurrence_id else {
            return Ok(None);
        };
        let mut block = one::overriding(self, &found, sheet, pen)?;
        let id = one::of(&self.master()?.start, id);
        let parameters = id.parameters() + ";RANGE=THISANDFUTURE";
        block.set(pen.line("RECURRENCE-ID", &parameters, &id.value()));
        Ok(Some((id.time.instant(self.zone), block)))
    }
}

/// The occurrence `id` is about to be written or to go by itself: what follows its exception keeps it.
pub(super) fn detach(facts: &Facts<'_>, id: i64, sheet: &mut Sheet, pen: Pen) -> Result<(), Unfit> {
    let own = facts.overrides_of(id).find(|it| it.following);
    // Of a series that is elsewhere nobody knows what follows.
    let (Some(own), Some(_)) = (own, &facts.master) else {
        return Ok(());
    };
    if let Some((_, block)) = facts.carried(own, id, sheet, pen)? {
        sheet.add(block);
    }
    if let Some(block) = sheet.block_mut(own.component.index()) {
        alone(block, pen);
    }
    Ok(())
}

/// For its own occurrence and no other.
pub(super) fn alone(block: &mut Block, pen: Pen) {
    let line = block.line("RECURRENCE-ID");
    let line = line.filter(|line| line.parameter("RANGE").is_some());
    let line = line.map(|line| {
        let parameters = line.parameters_without(&["RANGE"]);
        pen.line("RECURRENCE-ID", &parameters, &line.value())
    });
    if let Some(line) = line {
        block.set(line);
    }
}

/// What an edit that is made on one occurrence asks of the exception that it follows: the same words, and times as far
/// away from its own as they are from those that are seen.
pub(super) fn as_asked(
    facts: &Facts<'_>,
    own: &Override<'_>,
    seen: Option<&Time>,
    changes: &Changes,
) -> Changes {
    let timing = changes.timing.as_ref().and_then(|timing| {
        let start = facts.moment(&own.component, "DTSTART")?;
        let by = timing.start.time.wall - seen?.wall;
        let begins: Moment = timing.start.at(start.time.wall + by);
        let length = timing.end - timing.start.time.wall;
        Some(Timing {
            end: begins.time.wall + length,
            start: begins,
        })
    });
    Changes {
        timing,
        lines: changes.lines.clone(),
        ..Changes::default()
    }
}
