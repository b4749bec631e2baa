//! A series cut in two: what was ends before an occurrence, what follows is a series of its own that begins with it. Every
//! date and every exception goes to the half that it belongs to.

use bytes::Bytes;

use super::super::recur::{Bounds, Budget, occurrences};
use super::super::time::{DAY, Time, When, write_date_time};
use super::super::{Object, Window};
use super::facts::{EVENT, Facts};
use super::rule::{Parts, count_before, first_from, last_before};
use super::sheet::{Block, Exchange, Sheet};
use super::writing::{Pen, items};
use super::{Stamp, Unfit};

/// The two halves of a series, each an object.
pub(super) struct Halves {
    pub object: Bytes,
    pub rest: Bytes,
    /// The occurrence of the rest onto which an exception for all that follow moved.
    pub carried: Option<i64>,
}

/// Where a series is cut: everything from here on is the rest.
struct Cut<'f, 'o> {
    facts: &'f Facts<'o>,
    pen: Pen,
    id: i64,
    /// On the clock of the series.
    wall: i64,
}

/// One rule on both sides.
#[derive(Default)]
struct Ruled {
    before: Option<String>,
    after: Option<String>,
    /// The first occurrence of the rest.
    first: Option<i64>,
}

pub(super) fn split(facts: &Facts<'_>, id: i64, stamp: &Stamp) -> Result<Halves, Unfit> {
    let cut = Cut::of(facts, id)?;
    let rules = cut.rules()?;
    let mut before = Sheet::of(facts.object);
    let mut after = before.clone();
    cut.keep_before(&mut before, &rules, stamp, true)?;
    let carried = cut.keep_after(&mut after, &rules, stamp)?;
    let halves = Halves {
        object: before.text(),
        rest: after.text(),
        carried,
    };
    cut.check(&halves)?;
    Ok(halves)
}

/// The first half alone.
pub(super) fn cut(facts: &Facts<'_>, id: i64, stamp: &Stamp) -> Result<Bytes, Unfit> {
    let cut = Cut::of(facts, id)?;
    let mut before = Sheet::of(facts.object);
    cut.keep_before(&mut before, &cut.rules()?, stamp, false)?;
    Ok(before.text())
}

impl<'f, 'o> Cut<'f, 'o> {
    fn of(facts: &'f Facts<'o>, id: i64) -> Result<Self, Unfit> {
        let master = facts.master()?;
        let own = facts.named(id)?.recurrence_id;
        let own = own.unwrap_or_else(|| master.start.time.clone());
        Ok(Self {
            facts,
            pen: Pen::of(facts),
            id,
            wall: facts.aligned(&own).wall,
        })
    }

    fn rules(&self) -> Result<Vec<Ruled>, Unfit> {
        let master = self.facts.master()?;
        let rules = master.component.properties_named("RRULE");
        rules
            .map(|rule| match rule.has_value() {
                true => self.rule(&rule.value()),
                false => Ok(Ruled::default()),
            })
            .collect()
    }

    fn rule(&self, text: &str) -> Result<Ruled, Unfit> {
        let start = &self.facts.master()?.start;
        let series = self.facts.series(text)?;
        let budget = &mut Budget::default();
        let Some(first) = first_from(&series, self.wall, budget)? else {
            // It has come to its end before.
            return Ok(Ruled {
                before: Some(text.to_owned()),
                ..Ruled::default()
            });
        };
        let parts = Parts::of(text);
        let last = last_before(&series, self.wall, budget)?;
        let mut after = parts.clone();
        if let Some(count) = parts.get("COUNT").and_then(|it| it.parse::<u64>().ok()) {
            let passed = count_before(&series, self.wall, budget)?;
            after.set("COUNT", count.saturating_sub(passed).max(1).to_string());
        }
        Ok(Ruled {
            before: last.map(|last| parts.until(start.until(last)).text()),
            after: Some(after.text()),
            first: Some(first),
        })
    }

    fn keep_before(
        &self,
        sheet: &mut Sheet,
        rules: &[Ruled],
        stamp: &Stamp,
        linked: bool,
    ) -> Result<(), Unfit> {
        let facts = self.facts;
        self.retain(sheet, |instant| instant < self.id);
        let master = facts.master()?.component.index();
        let block = sheet.block_mut(master).ok_or(Unfit::NoSeries)?;
        self.write_rules(block, rules.iter().map(|rule| &rule.before));
        self.write_dates(block, |instant| instant < self.id)?;
        if linked {
            block.retain(|line| !is_related(line, "NEXT"));
            let line = self
                .pen
                .line("RELATED-TO", ";RELTYPE=NEXT", &escaped(&stamp.uid));
            block.append(line);
        }
        self.pen.stamp(block, stamp, true);
        Ok(())
    }

    /// Answers the occurrence onto which an exception for all that follow moved.
    fn keep_after(
        &self,
        sheet: &mut Sheet,
        rules: &[Ruled],
        stamp: &Stamp,
    ) -> Result<Option<i64>, Unfit> {
        let facts = self.facts;
        let master = facts.master()?;
        let carried = self.carry(sheet)?;
        self.retain(sheet, |instant| instant >= self.id);
        let ruled = rules.iter().filter_map(|rule| rule.first).min();
        let dates = self.added()?;
        let first = match (ruled, dates.first()) {
            (Some(first), _) => master.start.time.at(first),
            (None, Some(date)) => date.start().clone(),
            (None, None) => master.start.time.at(self.wall),
        };
        let first = facts.aligned(&first);
        let from = first.instant(facts.zone);
        let block = sheet
            .block_mut(master.component.index())
            .ok_or(Unfit::NoSeries)?;
        self.write_rules(block, rules.iter().map(|rule| &rule.after));
        self.write_dates(block, |instant| {
            instant >= self.id && (ruled.is_some() || instant != from)
        })?;
        let own = dates.first().filter(|_| ruled.is_none());
        self.move_start(block, &first, own)?;
        block.retain(|line| !is_related(line, "X-SPLIT-OF"));
        let uid = master.component.property("UID");
        let uid = uid.map(|uid| uid.value().into_owned()).unwrap_or_default();
        block.append(self.pen.line("RELATED-TO", ";RELTYPE=X-SPLIT-OF", &uid));
        block.remove("SEQUENCE");
        if block.has("CREATED") {
            let now = write_date_time(stamp.now) + "Z";
            block.set(self.pen.line("CREATED", "", &now));
        }
        self.pen.stamp(block, stamp, false);
        for block in sheet.blocks_mut(EVENT) {
            block.set(self.pen.line("UID", "", &escaped(&stamp.uid)));
        }
        Ok(carried)
    }

    /// What an earlier exception says of all that follow it says of the rest.
    fn carry(&self, sheet: &mut Sheet) -> Result<Option<i64>, Unfit> {
        let facts = self.facts;
        let Some(own) = facts.followed(self.id).filter(|it| it.instant < self.id) else {
            return Ok(None);
        };
        let Some((id, block)) = facts.carried(own, self.id, sheet, self.pen)? else {
            return Ok(None);
        };
        sheet.add(block);
        Ok(Some(id))
    }

    /// Overrides of one side.
    fn retain(&self, sheet: &mut Sheet, wanted: impl Fn(i64) -> bool) {
        let overrides = &self.facts.overrides;
        sheet.retain(|block| {
            let own = overrides
                .iter()
                .find(|it| block.index == Some(it.component.index()));
            own.is_none_or(|own| wanted(own.instant))
        });
    }

    fn write_rules<'r>(&self, block: &mut Block, rules: impl Iterator<Item = &'r Option<String>>) {
        let mut rules = rules;
        block.exchange(|line| {
            if line.name != "RRULE" {
                return Exchange::Keep;
            }
            match rules.next().and_then(Option::as_ref) {
                Some(rule) if *rule == line.value() => Exchange::Keep,
                Some(rule) => {
                    let parameters = line.parameters_without(&[]);
                    Exchange::For(self.pen.line("RRULE", &parameters, rule))
                }
                None => Exchange::Drop,
            }
        });
    }

    /// RDATE and EXDATE of one side; lines of which nothing goes stay as they are.
    fn write_dates(&self, block: &mut Block, wanted: impl Fn(i64) -> bool) -> Result<(), Unfit> {
        let facts = self.facts;
        for name in ["RDATE", "EXDATE"] {
            let component = facts.master()?.component;
            let properties: Vec<_> = component.properties_named(name).collect();
            let mut all = properties.iter();
            block.exchange(|line| {
                if line.name != name {
                    return Exchange::Keep;
                }
                let times = all.next().and_then(|it| facts.zones.times(it).ok());
                let Some(times) = times.filter(|times| !times.is_empty()) else {
                    return Exchange::Keep;
                };
                let keeps = |at: usize| {
                    let time = times.get(at).map(|it| facts.aligned(it.start()));
                    time.is_none_or(|time| wanted(time.instant(facts.zone)))
                };
                if (0..times.len()).all(keeps) {
                    return Exchange::Keep;
                }
                match items(line, keeps) {
                    Some(items) => {
                        let parameters = line.parameters_without(&[]);
                        Exchange::For(self.pen.line(name, &parameters, &items))
                    }
                    None => Exchange::Drop,
                }
            });
        }
        Ok(())
    }

    /// The RDATEs of the rest, by time.
    fn added(&self) -> Result<Vec<When>, Unfit> {
        let facts = self.facts;
        let instant = |when: &When| facts.aligned(when.start()).instant(facts.zone);
        let mut added = Vec::new();
        for property in facts.master()?.component.properties_named("RDATE") {
            added.extend(facts.zones.times(&property).unwrap_or_default());
        }
        added.retain(|when| instant(when) >= self.id);
        added.sort_by_key(instant);
        Ok(added)
    }

    /// DTSTART, and the same length from there on.
    fn move_start(&self, block: &mut Block, first: &Time, own: Option<&When>) -> Result<(), Unfit> {
        let facts = self.facts;
        let (zone, master) = (facts.zone, facts.master()?);
        let start = master.start.at(first.wall);
        self.pen.moment(block, "DTSTART", &start);
        let begins = start.time.instant(zone);
        let ends = own.and_then(|own| match own {
            When::Time(_) => None,
            When::Period(_, end) => Some(end.instant(zone)),
            When::Lasting(from, length) => Some(from.plus(*length, zone)),
        });
        if let Some(ends) = ends {
            block.remove("DURATION");
            let end = start.at_instant(ends.max(begins), zone);
            self.pen.moment(block, "DTEND", &end);
            return Ok(());
        }
        let Some(end) = facts.moment(&master.component, "DTEND") else {
            return Ok(());
        };
        let beside = end.time.clone().beside(&master.start.time);
        let end = match end.is_date() && start.is_date() {
            true => end.at(start.time.wall + (end.time.wall - master.start.time.wall)),
            false => {
                let lasts = beside.instant(zone) - master.start.time.instant(zone);
                end.at_instant(begins.saturating_add(lasts), zone)
            }
        };
        self.pen.moment(block, "DTEND", &end);
        Ok(())
    }

    /// Both halves together are what was: some rules count on more of their start than can be handed on.
    fn check(&self, halves: &Halves) -> Result<(), Unfit> {
        let around = |days: i64, at_most: usize| {
            let window = Window {
                start: Some(self.id.saturating_sub(days * DAY)),
                end: Some(self.id.saturating_add(3 * days * DAY)),
            };
            let bounds = Bounds { window, at_most };
            let all = |object: &Object| {
                let budget = &mut Budget::default();
                let found = occurrences(object, &bounds, self.facts.zone, budget);
                found.map(|found| found.into_iter().map(|it| (it.start, it.end)))
            };
            let (one, two) = (Object::parse(&halves.object)?, Object::parse(&halves.rest)?);
            let mut both: Vec<_> = all(&one)?.chain(all(&two)?).collect();
            both.sort_unstable();
            let mut were: Vec<_> = all(self.facts.object)?.collect();
            were.sort_unstable();
            Ok::<_, Unfit>(both == were)
        };
        let same = match around(400, 5_000) {
            Err(Unfit::TooMany) => around(3, 5_000),
            other => other,
        };
        match same? {
            true => Ok(()),
            false => Err(Unfit::Indivisible),
        }
    }
}

fn is_related(line: &super::sheet::Line, how: &str) -> bool {
    line.name == "RELATED-TO"
        && line
            .parameter("RELTYPE")
            .is_some_and(|it| it.eq_ignore_ascii_case(how))
}

fn escaped(text: &str) -> String {
    super::super::value::escape(text).into_owned()
}
