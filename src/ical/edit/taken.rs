//! Occurrences that are no more: what a series has lost from one text to the next, each as an object of its own, and the
//! way back.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::super::recur::{Budget, Occurrence};
use super::super::time::{DAY, Form, Time, Written};
use super::super::{Object, Zone};
use super::facts::{EVENT, Facts};
use super::following;
use super::one::{self, SERIES};
use super::sheet::{Block, Entry, Exchange, Sheet};
use super::writing::{Pen, items};
use super::{Stamp, Unfit};

/// Occurrences that are told of one change: who loses more of them finds all in what the series was before.
const MOST: usize = 100;

/// One occurrence as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenOut {
    /// Its RECURRENCE-ID, in UTC where the series has a zone.
    pub id: String,
    pub object: Bytes,
}

/// What was there before and is excluded now, and exceptions that the series does not reach any more. Where the series has
/// another start all are named anew, and nothing can be told.
pub fn taken_out(old: &Object, new: &Object, zone: &Zone) -> Vec<TakenOut> {
    if said(old) == said(new) {
        return Vec::new();
    }
    let (Ok(old), Ok(new)) = (Facts::of(old, zone), Facts::of(new, zone)) else {
        return Vec::new();
    };
    lost(&old, &new).unwrap_or_default()
}

/// All that says which occurrences there are.
fn said(object: &Object) -> Vec<String> {
    let events = object.components().filter(|it| it.is(EVENT));
    let mut said: Vec<String> = Vec::new();
    for event in events {
        for name in SERIES {
            let all = event.properties_named(name);
            said.extend(all.map(|it| format!("{name}:{}", it.value())));
        }
    }
    said
}

fn lost(old: &Facts<'_>, new: &Facts<'_>) -> Result<Vec<TakenOut>, Unfit> {
    let moved = match (&old.master, &new.master) {
        (Some(old_one), Some(new_one)) => {
            let start = |facts: &Facts, start: &Time| (start.instant(facts.zone), start.is_date());
            start(old, &old_one.start.time) != start(new, &new_one.start.time)
        }
        (Some(_), None) => true,
        (None, _) => false,
    };
    if moved {
        return Ok(Vec::new());
    }
    let mut ids: BTreeSet<i64> = old.overrides.iter().map(|it| it.instant).collect();
    ids.extend(excluded(new).difference(&excluded(old)));
    let budget = &mut Budget::default();
    let mut lost = Vec::new();
    for id in ids {
        if new.expansion.named(id, budget)?.is_some() {
            continue;
        }
        let Some(found) = old.expansion.named(id, budget)? else {
            continue;
        };
        lost.extend(by_itself(old, id, &found)?);
        if lost.len() == MOST {
            break;
        }
    }
    Ok(lost)
}

fn excluded(facts: &Facts<'_>) -> BTreeSet<i64> {
    let Some(master) = &facts.master else {
        return BTreeSet::new();
    };
    let all = master.component.properties_named("EXDATE");
    all.flat_map(|it| facts.zones.times(&it).unwrap_or_default())
        .map(|when| facts.aligned(when.start()).instant(facts.zone))
        .collect()
}

/// The object with this occurrence alone.
fn by_itself(facts: &Facts<'_>, id: i64, found: &Occurrence) -> Result<Option<TakenOut>, Unfit> {
    let Some(named) = &found.recurrence_id else {
        return Ok(None);
    };
    let pen = Pen::of(facts);
    let mut sheet = Sheet::of(facts.object);
    let is_override = facts
        .overrides_of(id)
        .any(|it| it.component.index() == found.component);
    let block = match is_override {
        true => sheet.block_mut(found.component).map(|block| {
            following::alone(block, pen);
            block.clone()
        }),
        false => Some(one::overriding(facts, found, &sheet, pen)?),
    };
    let Some(block) = block else { return Ok(None) };
    sheet.retain(|block| block.name != EVENT);
    sheet.add(block);
    let id = match named.form {
        Form::Date => Written::Date(named.wall),
        Form::Floating => Written::Local(named.wall),
        Form::Utc | Form::Zoned(_) => Written::Utc(named.instant(facts.zone)),
    };
    Ok(Some(TakenOut {
        id: id.to_string(),
        object: sheet.text(),
    }))
}

/// The series with an occurrence that was taken out of it: as the series has it now, if that is what it was, else as an
/// exception. `None`: there is one by now.
pub fn put_back(
    series: &Object,
    taken: &Object,
    zone: &Zone,
    stamp: &Stamp,
) -> Result<Option<Bytes>, Unfit> {
    let (facts, own) = (Facts::of(series, zone)?, Facts::of(taken, zone)?);
    let own = own.overrides.first().ok_or(Unfit::NoInstance)?;
    let id = facts.aligned(&own.id).instant(zone);
    if facts.overrides_of(id).next().is_some() {
        return Ok(None);
    }
    let pen = Pen::of(&facts);
    let mut sheet = Sheet::of(series);
    admit(&facts, &mut sheet, id, stamp)?;
    let mut lost = Sheet::of(taken);
    let mut block = lost
        .block_mut(own.component.index())
        .ok_or(Unfit::NoInstance)?
        .anew();
    let bare = Object::parse(&sheet.text())?;
    let facts = Facts::of(&bare, zone)?;
    let mut sheet = Sheet::of(&bare);
    match facts.expansion.named(id, &mut Budget::default())? {
        Some(found) => {
            let plain = one::overriding(&facts, &found, &sheet, pen)?;
            if words(&plain) == words(&block) {
                return Ok(Some(sheet.text()));
            }
        }
        None => add(&facts, &mut sheet, &own.id, pen)?,
    }
    let uid = facts.object.components().find(|it| it.is(EVENT));
    let uid = uid.and_then(|it| it.property("UID").map(|uid| uid.value().into_owned()));
    block.set(pen.line("UID", "", &uid.unwrap_or_default()));
    pen.stamp(&mut block, stamp, true);
    sheet.add(block);
    zones(&mut sheet, &lost);
    Ok(Some(sheet.text()))
}

/// Excluded no more.
fn admit(facts: &Facts<'_>, sheet: &mut Sheet, id: i64, stamp: &Stamp) -> Result<(), Unfit> {
    let Some(master) = &facts.master else {
        return Ok(());
    };
    let pen = Pen::of(facts);
    let block = sheet
        .block_mut(master.component.index())
        .ok_or(Unfit::NoSeries)?;
    let properties: Vec<_> = master.component.properties_named("EXDATE").collect();
    let mut all = properties.iter();
    let day = |wall: i64| wall.div_euclid(DAY);
    let own = master.start.time.at_instant(id, facts.zone);
    let keeps = |time: &Time| match time.is_date() && !own.is_date() {
        true => day(time.wall) != day(own.wall),
        false => facts.aligned(time).instant(facts.zone) != id,
    };
    block.exchange(|line| {
        if line.name != "EXDATE" {
            return Exchange::Keep;
        }
        let times = all.next().and_then(|it| facts.zones.times(it).ok());
        let times = times.unwrap_or_default();
        if times.iter().all(|when| keeps(when.start())) {
            return Exchange::Keep;
        }
        match items(line, |at| times.get(at).is_none_or(|it| keeps(it.start()))) {
            Some(items) => {
                let parameters = line.parameters_without(&[]);
                Exchange::For(pen.line("EXDATE", &parameters, &items))
            }
            None => Exchange::Drop,
        }
    });
    pen.stamp(block, stamp, true);
    Ok(())
}

/// The rules do not reach it any more: it is one more by its date.
fn add(facts: &Facts<'_>, sheet: &mut Sheet, id: &Time, pen: Pen) -> Result<(), Unfit> {
    let Some(master) = &facts.master else {
        return Ok(());
    };
    let block = sheet
        .block_mut(master.component.index())
        .ok_or(Unfit::NoSeries)?;
    let moment = one::of(&master.start, &facts.aligned(id));
    let line = pen.line("RDATE", &moment.parameters(), &moment.value());
    let behind = ["RDATE", "RRULE"].into_iter().find(|name| block.has(name));
    block.insert_after(behind.unwrap_or("DTSTART"), line);
    Ok(())
}

/// What a component says, in any order, but for when it was written.
fn words(block: &Block) -> Vec<String> {
    const MARKS: [&str; 5] = ["UID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE"];
    let mut words: Vec<String> = Vec::new();
    for entry in &block.entries {
        match entry {
            Entry::Line(line) if MARKS.contains(&line.name.as_str()) => {}
            Entry::Line(line) => words.push(format!(
                "{}{}:{}",
                line.name,
                line.parameters_without(&[]),
                line.value()
            )),
            Entry::Block(block) => words.push(self::words(block).join("\n")),
        }
    }
    words.sort();
    words
}

/// The time zones that it brings.
fn zones(sheet: &mut Sheet, lost: &Sheet) {
    let name = |block: &Block| block.line("TZID").map(|line| line.text());
    for zone in lost.blocks("VTIMEZONE") {
        let is_there = sheet
            .blocks("VTIMEZONE")
            .any(|there| name(there) == name(zone));
        if !is_there {
            sheet.add_first(zone.anew());
        }
    }
}

/// An occurrence whose series is no more, as an event.
pub fn alone(taken: &Object, stamp: &Stamp) -> Bytes {
    let mut sheet = Sheet::of(taken);
    let pen = Pen::of_text(taken);
    for block in sheet.blocks_mut(EVENT) {
        for name in SERIES {
            block.remove(name);
        }
        block.set(pen.line("UID", "", &stamp.uid));
        pen.stamp(block, stamp, false);
    }
    sheet.text()
}
