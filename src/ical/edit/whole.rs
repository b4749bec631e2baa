//! A whole series: its master changes, and what names occurrences (RECURRENCE-ID, EXDATE, RDATE, UNTIL) moves with its start.
//! Exceptions keep what was changed in them; what they left as the series had it follows the series.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::super::recur::{Budget, Occurrence};
use super::super::time::{DAY, Time, When};
use super::super::{Component, Object};
use super::facts::{EVENT, Facts, Master, Override};
use super::following;
use super::moment::Moment;
use super::one;
use super::rule::{Moved, Parts, ending, last_before, moved};
use super::sheet::{Block, Exchange, Sheet};
use super::writing::Pen;
use super::{Changes, Stamp, Unfit};

/// How the start of a series moves, and every occurrence with it.
struct Move<'f, 'o> {
    facts: &'f Facts<'o>,
    old: &'f Moment,
    new: Moment,
    /// Where the occurrences do not all move alike: from one wall clock to the other.
    each: BTreeMap<i64, i64>,
}

/// Lengths by the clock.
#[derive(Clone, Copy)]
struct Lengths {
    old: i64,
    new: i64,
}

/// `carried` names the exception that what follows `at` has come to follow.
pub(super) fn edit(
    facts: &Facts<'_>,
    at: Option<i64>,
    carried: Option<i64>,
    changes: &Changes,
    stamp: &Stamp,
) -> Result<Bytes, Unfit> {
    let found = at.map(|id| facts.named(id)).transpose()?;
    let pen = Pen::of(facts);
    let mut sheet = Sheet::of(facts.object);
    let Some(master) = &facts.master else {
        return without_series(facts, sheet, at, changes, pen, stamp);
    };
    let (new, length) = placed(facts, master, found.as_ref(), changes);
    let old_rules = rules_of(master);
    let (rules, how) = new_rules(&old_rules, master, &new, changes)?;
    let moving = Move::of(facts, master, new, how, &old_rules, &rules)?;
    let lengths = Lengths {
        old: facts.length(&master.component),
        new: length,
    };
    let block = sheet
        .block_mut(master.component.index())
        .ok_or(Unfit::NoSeries)?;
    let rules = ended(facts, &moving, &old_rules, rules, changes)?;
    write_rules(block, &old_rules, &rules, pen);
    if changes.timing.is_some() {
        moving.write_dates(block, master, pen)?;
        pen.times(block, &moving.new, lengths.new, facts.zone);
    }
    pen.changes(block, &changes.lines);
    let significant = changes.timing.is_some()
        || changes.rule.is_some()
        || changes.until.is_some()
        || changes.lines.iter().any(super::Change::is_significant);
    pen.stamp(block, stamp, significant);
    if let Some(None) = &changes.rule {
        single(&mut sheet, master);
    }
    if changes.timing.is_some() {
        moving.overrides(&mut sheet, lengths, pen);
        pen.zone(&mut sheet, &moving.new);
    }
    touched(facts, &mut sheet, at, changes, pen, stamp);
    if let Some(own) = leading(facts, at, carried) {
        let seen = found.as_ref().and_then(|found| found.time.as_ref());
        let asked = following::as_asked(facts, own, seen, changes);
        if let Some(block) = sheet.block_mut(own.component.index()) {
            one::apply(facts, block, &asked, pen, stamp);
        }
    }
    match changes.rule {
        Some(Some(_)) => fitting(facts, &sheet, pen),
        _ => Ok(sheet.text()),
    }
}

/// Of occurrences alone every one takes what is named; when they take place is theirs.
fn without_series(
    facts: &Facts<'_>,
    mut sheet: Sheet,
    at: Option<i64>,
    changes: &Changes,
    pen: Pen,
    stamp: &Stamp,
) -> Result<Bytes, Unfit> {
    if changes.rule.is_some() || changes.until.is_some() {
        return Err(Unfit::NoSeries);
    }
    if changes.timing.is_some() && (at.is_none() || facts.overrides.len() > 1) {
        return Err(Unfit::NoSeries);
    }
    for block in sheet.blocks_mut(EVENT) {
        one::apply(facts, block, changes, pen, stamp);
    }
    if let Some(timing) = &changes.timing {
        pen.zone(&mut sheet, &timing.start);
    }
    Ok(sheet.text())
}

/// Where the series starts from now on, and how long an occurrence lasts by the clock.
fn placed(
    facts: &Facts<'_>,
    master: &Master<'_>,
    found: Option<&Occurrence>,
    changes: &Changes,
) -> (Moment, i64) {
    let old = &master.start;
    let Some(timing) = &changes.timing else {
        return (old.clone(), facts.length(&master.component));
    };
    let seen = found.and_then(|found| found.time.as_ref());
    let seen = seen.map_or(old.time.wall, |time| time.wall);
    let asked = &timing.start;
    let wall = match asked.is_date() {
        true => day(old.time.wall) + day(asked.time.wall) - day(seen),
        false => old.time.wall + asked.time.wall - seen,
    };
    (asked.at(wall), timing.end - asked.time.wall)
}

fn day(wall: i64) -> i64 {
    wall.div_euclid(DAY) * DAY
}

fn rules_of(master: &Master<'_>) -> Vec<String> {
    let rules = master.component.properties_named("RRULE");
    rules
        .filter(|rule| rule.has_value())
        .map(|rule| rule.value().trim().to_owned())
        .collect()
}

/// The rules from now on, but for where they end.
fn new_rules(
    old: &[String],
    master: &Master<'_>,
    new: &Moment,
    changes: &Changes,
) -> Result<(Vec<Parts>, Moved), Unfit> {
    match &changes.rule {
        Some(None) => return Ok((Vec::new(), Moved::Alike)),
        Some(Some(rule)) => return Ok((vec![Parts::of(rule)], Moved::Alike)),
        None => {}
    }
    let mut how = Moved::Alike;
    let mut rules = Vec::new();
    for rule in old {
        let (from, to) = (master.start.time.wall, new.time.wall);
        let to_date = new.is_date() && !master.start.is_date();
        let (parts, own) = moved(&Parts::of(rule), from, to, to_date)?;
        if own == Moved::EachItsOwn {
            how = own;
        }
        rules.push(parts);
    }
    Ok((rules, how))
}

/// UNTIL of each rule: as the edit says, or where it was, seen from the new start.
fn ended(
    facts: &Facts<'_>,
    moving: &Move<'_, '_>,
    old: &[String],
    rules: Vec<Parts>,
    changes: &Changes,
) -> Result<Vec<String>, Unfit> {
    let mut ended = Vec::new();
    for (at, parts) in rules.into_iter().enumerate() {
        let new = match (changes.until, &changes.rule) {
            (Some(_), _) | (None, Some(_)) => {
                ending(parts, changes.until, &moving.new, facts.zone)?
            }
            (None, None) => match old.get(at).filter(|_| parts.has("UNTIL") && moving.moves()) {
                Some(old) => moving.until(facts, old, parts)?,
                None => parts,
            },
        };
        // What cannot be read is refused before it is kept.
        let text = new.text();
        super::super::recur::series(&text, &moving.new.time, facts.zone)?;
        ended.push(text);
    }
    Ok(ended)
}

fn write_rules(block: &mut Block, old: &[String], rules: &[String], pen: Pen) {
    if old == rules {
        return;
    }
    let mut next = rules.iter();
    block.exchange(|line| match line.name.as_str() {
        "RRULE" => match next.next() {
            Some(rule) if *rule == line.value() => Exchange::Keep,
            Some(rule) => Exchange::For(pen.line("RRULE", &line.parameters_without(&[]), rule)),
            None => Exchange::Drop,
        },
        _ => Exchange::Keep,
    });
    for rule in next {
        let behind = if block.has("DTEND") {
            "DTEND"
        } else {
            "DTSTART"
        };
        block.insert_after(behind, pen.line("RRULE", "", rule));
    }
}

/// No series any more.
fn single(sheet: &mut Sheet, master: &Master<'_>) {
    let index = Some(master.component.index());
    sheet.retain(|block| block.name != EVENT || block.index == index);
    for block in sheet.blocks_mut(EVENT) {
        for name in one::SERIES {
            block.remove(name);
        }
    }
}

/// The exception on which the edit was made takes it as well.
fn touched(
    facts: &Facts<'_>,
    sheet: &mut Sheet,
    at: Option<i64>,
    changes: &Changes,
    pen: Pen,
    stamp: &Stamp,
) {
    let Some(id) = at else { return };
    let own: Vec<usize> = facts
        .overrides_of(id)
        .map(|it| it.component.index())
        .collect();
    for index in own {
        if let Some(block) = sheet.block_mut(index) {
            one::apply(facts, block, changes, pen, stamp);
        }
    }
}

/// The exception for all that follow that the occurrence of the edit goes by, if it is not its own.
fn leading<'f, 'o>(
    facts: &'f Facts<'o>,
    at: Option<i64>,
    carried: Option<i64>,
) -> Option<&'f Override<'o>> {
    let at = at?;
    if carried.is_none() && facts.overrides_of(at).next().is_some() {
        return None;
    }
    let own = facts.followed(carried.unwrap_or(at).max(at))?;
    (own.instant != at).then_some(own)
}

/// Exceptions of occurrences that the new rule does not have any more go.
fn fitting(facts: &Facts<'_>, sheet: &Sheet, pen: Pen) -> Result<Bytes, Unfit> {
    let text = sheet.text();
    if facts.overrides.is_empty() {
        return Ok(text);
    }
    let object = Object::parse(&text)?;
    let new = Facts::of(&object, facts.zone)?;
    let mut orphans = Vec::new();
    let mut sheet = Sheet::of(&object);
    for own in &new.overrides {
        if new.expansion.has(own.instant, &mut Budget::default())? {
            continue;
        }
        orphans.push(own.component.index());
        if own.following
            && let Some((_, block)) = new.carried(own, own.instant, &sheet, pen)?
        {
            sheet.add(block);
        }
    }
    sheet.retain(|block| !block.index.is_some_and(|index| orphans.contains(&index)));
    Ok(sheet.text())
}

impl<'f, 'o> Move<'f, 'o> {
    fn of(
        facts: &'f Facts<'o>,
        master: &'f Master<'o>,
        new: Moment,
        how: Moved,
        old_rules: &[String],
        rules: &[Parts],
    ) -> Result<Self, Unfit> {
        let mut moving = Self {
            facts,
            old: &master.start,
            new,
            each: BTreeMap::new(),
        };
        if how == Moved::EachItsOwn {
            for (old, new) in old_rules.iter().zip(rules) {
                moving.each_of(master, &Parts::of(old), new)?;
            }
        }
        Ok(moving)
    }

    fn moves(&self) -> bool {
        self.old.time.wall != self.new.time.wall || !self.old.is_beside(&self.new)
    }

    /// The n-th occurrence becomes the n-th, as far as anything is said of single ones.
    fn each_of(&mut self, master: &Master<'_>, old: &Parts, new: &Parts) -> Result<(), Unfit> {
        let facts = self.facts;
        let budget = &mut Budget::default();
        let olds = facts.series(&old.clone().endless().text())?;
        let new = new.clone().endless().text();
        let news = super::super::recur::series(&new, &self.new.time, facts.zone)?;
        let named = ["EXDATE", "RDATE"].into_iter().flat_map(|name| {
            let all = master.component.properties_named(name);
            all.flat_map(|it| facts.zones.times(&it).unwrap_or_default())
        });
        let mut last = named
            .map(|when| facts.aligned(when.start()).wall)
            .chain(facts.overrides.iter().map(|it| it.id.wall))
            .max()
            .unwrap_or(i64::MIN);
        if old.has("UNTIL") {
            let end = facts.series(&old.text())?.last(budget)?;
            last = last.max(end.unwrap_or(i64::MIN));
        }
        let mut from = olds.within(olds.start(), last);
        let mut to = news.within(news.start(), i64::MAX);
        while let (Some(old), Some(new)) = (from.next(budget)?, to.next(budget)?) {
            self.each.insert(old, new);
        }
        Ok(())
    }

    /// What names an occurrence from now on; `id` is in the form of the old start.
    fn id(&self, id: &Time) -> Moment {
        if let Some(wall) = self.each.get(&id.wall) {
            return self.new.at(*wall);
        }
        let (from, to) = (self.old.time.wall, self.new.time.wall);
        let wall = match self.new.is_date() {
            true => day(to) + day(id.wall) - day(from),
            false => to + id.wall - from,
        };
        self.new.at(wall)
    }

    /// The last occurrence stays the last.
    fn until(&self, facts: &Facts<'_>, old: &str, parts: Parts) -> Result<Parts, Unfit> {
        let series = facts.series(old)?;
        let budget = &mut Budget::default();
        let Some(end) = series.last(budget)? else {
            return Ok(parts);
        };
        let last = last_before(&series, end.saturating_add(1), budget)?;
        let last = self.old.time.at(last.unwrap_or(self.old.time.wall));
        let wall = self.id(&last).time.wall;
        Ok(parts.until(self.new.until(wall)))
    }

    /// RDATE and EXDATE.
    fn write_dates(&self, block: &mut Block, master: &Master<'_>, pen: Pen) -> Result<(), Unfit> {
        if !self.moves() {
            return Ok(());
        }
        for name in ["RDATE", "EXDATE"] {
            let all: Vec<_> = master.component.properties_named(name).collect();
            let mut all = all.iter();
            block.exchange(|line| {
                if line.name != name {
                    return Exchange::Keep;
                }
                let times = all.next().and_then(|it| self.facts.zones.times(it).ok());
                let Some(times) = times.filter(|times| !times.is_empty()) else {
                    return Exchange::Keep;
                };
                let value: Vec<String> = times.iter().map(|when| self.date(when)).collect();
                let periods = times.iter().any(|it| !matches!(it, When::Time(_)));
                let kind = match periods && !self.new.is_date() {
                    true => ";VALUE=PERIOD".to_owned() + &self.new.parameters(),
                    false => self.new.parameters(),
                };
                let parameters = kind + &line.parameters_without(&["TZID", "VALUE"]);
                Exchange::For(pen.line(name, &parameters, &value.join(",")))
            });
        }
        Ok(())
    }

    fn date(&self, when: &When) -> String {
        let facts = self.facts;
        let start = self.id(&facts.aligned(when.start()));
        if start.is_date() {
            return start.value();
        }
        let length = match when {
            When::Time(_) => return start.value(),
            When::Lasting(_, length) => length.write(),
            When::Period(from, to) => {
                let seconds = to.instant(facts.zone) - from.instant(facts.zone);
                super::super::time::Duration { days: 0, seconds }.write()
            }
        };
        format!("{}/{length}", start.value())
    }

    /// What an exception overrides from now on, and when it takes place, if that is as the series had it.
    fn overrides(&self, sheet: &mut Sheet, lengths: Lengths, pen: Pen) {
        let facts = self.facts;
        for own in &facts.overrides {
            let id = self.id(&own.id);
            let (moved, length) = self.place(&own.component, own.instant, lengths);
            let Some(block) = sheet.block_mut(own.component.index()) else {
                continue;
            };
            if self.moves() {
                pen.moment(block, "RECURRENCE-ID", &id);
            }
            if !moved && (self.moves() || length != facts.length(&own.component)) {
                pen.times(block, &id, length, facts.zone);
            }
        }
    }

    /// Was it moved away from where the series had it? And how long is it to be?
    fn place(&self, component: &Component<'_>, id: i64, lengths: Lengths) -> (bool, i64) {
        let facts = self.facts;
        let start = facts.moment(component, "DTSTART");
        let moved = start.is_some_and(|start| start.time.instant(facts.zone) != id);
        let own = facts.length(component);
        let length = if own == lengths.old { lengths.new } else { own };
        (moved, length)
    }
}
