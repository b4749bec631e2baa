//! One occurrence of a series: changed by a component that overrides it, taken out by an EXDATE (RFC 5545 sections 3.8.4.4
//! and 3.8.5.1).

use bytes::Bytes;

use super::super::recur::Occurrence;
use super::super::time::Time;
use super::facts::{EVENT, Facts};
use super::following;
use super::moment::Moment;
use super::sheet::{Block, Sheet};
use super::writing::Pen;
use super::{Changes, Stamp, Unfit};

/// What makes a series of a component.
pub(super) const SERIES: [&str; 5] = ["RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"];

pub(super) fn edit(
    facts: &Facts<'_>,
    id: i64,
    changes: &Changes,
    stamp: &Stamp,
) -> Result<Bytes, Unfit> {
    if changes.rule.is_some() || changes.until.is_some() {
        return Err(Unfit::RuleOfOne);
    }
    let found = facts.named(id)?;
    let pen = Pen::of(facts);
    let mut sheet = Sheet::of(facts.object);
    following::detach(facts, id, &mut sheet, pen)?;
    let is_override = facts
        .overrides_of(id)
        .any(|it| it.component.index() == found.component);
    let mut new = match is_override {
        true => None,
        false => Some(overriding(facts, &found, &sheet, pen)?),
    };
    let block = match &mut new {
        Some(block) => block,
        None => sheet.block_mut(found.component).ok_or(Unfit::NoInstance)?,
    };
    apply(facts, block, changes, pen, stamp);
    if let Some(block) = new {
        sheet.add(block);
    }
    if let Some(timing) = &changes.timing {
        pen.zone(&mut sheet, &timing.start);
    }
    Ok(sheet.text())
}

/// What an edit of one occurrence writes into its component.
pub(super) fn apply(
    facts: &Facts<'_>,
    block: &mut Block,
    changes: &Changes,
    pen: Pen,
    stamp: &Stamp,
) {
    if let Some(timing) = &changes.timing {
        let length = timing.end - timing.start.time.wall;
        pen.times(block, &timing.start, length, facts.zone);
    }
    pen.changes(block, &changes.lines);
    let status = changes.lines.iter().any(super::Change::is_significant);
    pen.stamp(block, stamp, changes.timing.is_some() || status);
}

/// A component like the one that the occurrence comes from, for this one alone.
pub(super) fn overriding(
    facts: &Facts<'_>,
    found: &Occurrence,
    sheet: &Sheet,
    pen: Pen,
) -> Result<Block, Unfit> {
    let (Some(time), Some(ending), Some(id)) = (&found.time, &found.ending, &found.recurrence_id)
    else {
        return Err(Unfit::NoInstance);
    };
    let source = facts.object.component(found.component);
    let mut block = sheet
        .blocks(EVENT)
        .find(|block| block.index == Some(found.component))
        .cloned()
        .ok_or(Unfit::NoInstance)?;
    block.index = None;
    for name in SERIES {
        block.remove(name);
    }
    let start = facts.moment(&source, "DTSTART").ok_or(Unfit::NoSeries)?;
    pen.moment(&mut block, "DTSTART", &of(&start, time));
    if let Some(end) = facts.moment(&source, "DTEND") {
        let end = match end.is_date() == start.is_date() {
            true => end.at_instant(found.end, facts.zone),
            false => of(&start, ending),
        };
        pen.moment(&mut block, "DTEND", &end);
    } else if found.end - found.start != lasts(facts, &source, time) {
        // A period of an RDATE.
        block.remove("DURATION");
        pen.moment(&mut block, "DTEND", &of(&start, ending));
    }
    let series = &facts.master()?.start;
    pen.moment(&mut block, "RECURRENCE-ID", &of(series, id));
    Ok(block)
}

/// How long the component says that an occurrence lasts which starts so.
fn lasts(facts: &Facts<'_>, source: &super::super::Component<'_>, start: &Time) -> i64 {
    let duration = source.property("DURATION");
    let duration = duration.and_then(|it| super::super::time::Duration::parse(&it.value()));
    let from = start.instant(facts.zone);
    match duration {
        Some(duration) => (start.plus(duration, facts.zone) - from).max(0),
        None if start.is_date() => start.plus(super::super::time::Duration::DAY, facts.zone) - from,
        None => 0,
    }
}

/// A time of the form of another, under the name that the other has for its zone.
pub(super) fn of(form: &Moment, time: &Time) -> Moment {
    Moment {
        time: time.clone(),
        tzid: form.tzid.clone(),
    }
}

/// `None`: it was the last that the object had.
pub(super) fn remove(facts: &Facts<'_>, id: i64, stamp: &Stamp) -> Result<Option<Bytes>, Unfit> {
    let pen = Pen::of(facts);
    let mut sheet = Sheet::of(facts.object);
    following::detach(facts, id, &mut sheet, pen)?;
    let gone: Vec<usize> = facts
        .overrides_of(id)
        .map(|it| it.component.index())
        .collect();
    sheet.retain(|block| !block.index.is_some_and(|index| gone.contains(&index)));
    let Some(master) = &facts.master else {
        let any = sheet.blocks(EVENT).next().is_some();
        return Ok(any.then(|| sheet.text()));
    };
    if facts
        .expansion
        .has(id, &mut super::super::recur::Budget::default())?
    {
        let moment = master.start.at_instant(id, facts.zone);
        let moment = match facts.named(id)?.recurrence_id {
            Some(own) => of(&master.start, &own),
            None => moment,
        };
        let block = sheet
            .block_mut(master.component.index())
            .ok_or(Unfit::NoSeries)?;
        let line = pen.line("EXDATE", &moment.parameters(), &moment.value());
        let behind = ["EXDATE", "RDATE", "RRULE"]
            .into_iter()
            .find(|name| block.has(name));
        block.insert_after(behind.unwrap_or("DTSTART"), line);
        pen.stamp(block, stamp, true);
    }
    Ok(Some(sheet.text()))
}
