//! What takes place in a range of time: the occurrences of many layers, merged in the order of their starts, page by page.
//! The index says which items are worth reading; what comes out is what the viewer may see.

use std::collections::HashSet;
use std::sync::Arc;

use super::collection::Part;
use super::{Access, Collection, Error, Need, Refusal, Result, overlay, query};
use crate::ical::instance::{Instance, Instances};
use crate::ical::recur::Budget;
use crate::ical::time::Written;
use crate::ical::{Object, TooMany, Window, Zone};
use crate::model::{Component, Instant, ItemId, LayerKind, Mount};
use crate::privacy::VisibleItem;

const DAY: Instant = 86_400;

/// How much of time is looked at first: a page is seldom longer.
const STRETCH: Instant = 31 * DAY;

/// Occurrences of one item in one stretch.
const AT_MOST: usize = 2_000;

/// One occurrence of an event as its viewer may see it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which of the asked collections it stands in.
    pub of: usize,
    /// Whose it is, and where from.
    pub owner: Arc<str>,
    pub kind: LayerKind,
    pub item: Arc<VisibleItem>,
    pub instance: Instance,
}

/// Where an entry stands in the merged order: by its start, and where several begin together by what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub start: Instant,
    pub layer: String,
    pub item: String,
    /// The instant of its RECURRENCE-ID.
    pub id: Instant,
}

/// A range, and the page of it that is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// `[start, end)`.
    pub window: (Instant, Instant),
    pub after: Option<Place>,
    /// At least 1.
    pub limit: usize,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    /// One more than the limit where there is more.
    pub entries: Vec<Entry>,
    /// Items left out because they take place more often than the server will compute: collection and name.
    pub omitted: Vec<(usize, String)>,
    /// Collections of which something cannot be had just now, and is missing.
    pub away: Vec<usize>,
}

/// Where items are read from.
struct Source<'c> {
    of: usize,
    owner: Arc<str>,
    part: Part<'c>,
    zone: Zone,
    own: overlay::Kept,
}

/// What is known while a page is put together.
struct Walk {
    left: Budget,
    /// Items of which a page is filled many times over: a long stretch with more is cut before they are expanded.
    enough: usize,
    omitted: HashSet<ItemId>,
    agenda: Agenda,
}

/// One item that may take place in a stretch.
struct Candidate {
    source: usize,
    item: Arc<VisibleItem>,
}

impl Entry {
    pub fn place(&self, layers: &[Collection]) -> Place {
        let layer = layers.get(self.of).map(|it| it.layer.name.clone());
        Place {
            start: self.instance.starts,
            layer: layer.unwrap_or_default(),
            item: self.item.name().to_owned(),
            id: match self.instance.id {
                Some(Written::Utc(at) | Written::Local(at) | Written::Date(at)) => at,
                None => 0,
            },
        }
    }
}

impl Access<'_, '_> {
    /// The layers of the account that asks which come together in one agenda: those that are named, else its own, those that
    /// were shared with it and single items that were, as far as they are enabled. What views show stands in them for others to see, and comes
    /// only when it is named.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a name that is none.
    pub fn merged(&mut self, named: &[String]) -> Result<Vec<Collection>> {
        let me = self.me()?;
        let home = self.home(&me.name)?;
        if named.is_empty() {
            let view = |mount| matches!(mount, Some(Mount::Friend(_) | Mount::View(_)));
            let own = |it: &Collection| it.layer.enabled && !view(it.layer.mount);
            return Ok(home.layers.into_iter().filter(own).collect());
        }
        let mut found = Vec::new();
        for name in named {
            let layer = home.layers.iter().find(|it| it.layer.name == *name);
            let layer = layer.ok_or(Refusal::NotFound)?;
            let known = |it: &Collection| it.layer.name == *name;
            if !found.iter().any(known) {
                found.push(layer.clone());
            }
        }
        Ok(found)
    }

    /// What somebody lets the account that asks see: of a friend who is followed what the friend view shows, else the layers
    /// that are open. Who is nothing to the account and shows it nothing is like who does not exist.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn shown_by(&mut self, name: &str) -> Result<Vec<Collection>> {
        let me = self.me()?;
        if me.name == name {
            return self.merged(&[]);
        }
        // A friend's view shows more than their home, in which perhaps nothing is open.
        let them = crate::store::accounts::by_name(self.tx, name)?.ok_or(Refusal::NotFound)?;
        let follows = Some(Mount::Friend(them.id));
        let mut own = self.home(&me.name)?.layers.into_iter();
        match own.find(|it| it.layer.mount == follows) {
            Some(view) => Ok(vec![view]),
            None => Ok(self.home(name)?.layers),
        }
    }

    /// Whose clock the account that asks goes by.
    pub fn my_zone(&mut self) -> Result<Zone> {
        let me = self.me()?;
        let zone = me.timezone.as_deref().and_then(Zone::named);
        Ok(zone.unwrap_or_else(Zone::utc))
    }

    /// The events of some collections in a range, by start. `layers` are what [`Access::home`] and [`Access::collection`]
    /// gave. Nobody takes what is missing here for deleted, so what cannot be had is named and all the rest is there; of a
    /// layer of which the viewer sees nothing it is not said either.
    ///
    /// # Errors
    /// [`Refusal::TooManyOccurrences`] where a single day has more than the server will compute.
    pub fn agenda(&mut self, layers: &[Collection], question: &Question) -> Result<Agenda> {
        let (mut sources, mut away) = (Vec::new(), Vec::new());
        for (of, layer) in layers.iter().enumerate() {
            for part in layer.parts() {
                if part.lens.is_out_of_reach() {
                    away.push(of);
                    continue;
                }
                sources.push(Source {
                    of,
                    owner: part.owner.name.as_str().into(),
                    zone: part.zone(),
                    own: overlay::all(self.tx, part, Need::Text)?,
                    part,
                });
            }
        }
        away.dedup();
        let (start, end) = question.window;
        let mut walk = Walk {
            left: Budget::of(Budget::REQUEST),
            enough: 0,
            omitted: HashSet::new(),
            agenda: Agenda {
                away,
                ..Agenda::default()
            },
        };
        let resumed = question.after.as_ref().map(|place| place.start.max(start));
        let (mut at, mut width) = (resumed.unwrap_or(start), STRETCH);
        let mut first = question
            .after
            .as_ref()
            .is_none_or(|after| after.start < start);
        if first {
            at = start;
        }
        let mut may_grow = true;
        walk.enough = question.limit.saturating_mul(4).saturating_add(400);
        while at < end && walk.agenda.entries.len() <= question.limit {
            let until = at.saturating_add(width).min(end);
            let found = self.stretch(&sources, (at, until), first, width <= DAY, &mut walk)?;
            let Some(mut found) = found else {
                width = (width / 8).max(DAY);
                may_grow = false;
                continue;
            };
            if let Some(after) = &question.after {
                found.retain(|entry| entry.place(layers) > *after);
            }
            found.sort_by_cached_key(|entry| entry.place(layers));
            // Where little takes place more of time fits into a page.
            if found.len() < question.limit / 2 && (may_grow || found.is_empty()) {
                width = width.saturating_mul(4);
            }
            walk.agenda.entries.append(&mut found);
            (at, first) = (until, false);
        }
        walk.agenda
            .entries
            .truncate(question.limit.saturating_add(1));
        Ok(walk.agenda)
    }

    /// What begins in a stretch of time; in the first, also what began before and still goes on. `None`: it is too much
    /// at once.
    fn stretch(
        &mut self,
        sources: &[Source],
        (start, end): (Instant, Instant),
        first: bool,
        shortest: bool,
        walk: &mut Walk,
    ) -> Result<Option<Vec<Entry>>> {
        let mut found = Vec::new();
        let candidates = self.candidates(sources, (start, end))?;
        if candidates.len() > walk.enough && end.saturating_sub(start) > STRETCH {
            return Ok(None);
        }
        for candidate in candidates {
            let Some(source) = sources.get(candidate.source) else {
                continue;
            };
            let id = candidate.item.id();
            if walk.omitted.contains(&id) {
                continue;
            }
            match entries(source, &candidate.item, (start, end), &mut walk.left) {
                Ok(entries) => found.extend(
                    entries
                        .into_iter()
                        .filter(|it| it.instance.starts >= start || first),
                ),
                Err(TooMany) if walk.left.left() == 0 => {
                    return Err(self.too_many());
                }
                Err(TooMany) if !shortest => return Ok(None),
                Err(TooMany) => {
                    walk.omitted.insert(id);
                    let name = candidate.item.name().to_owned();
                    walk.agenda.omitted.push((source.of, name));
                }
            }
            if found.len() as u64 > self.limits.max_instances {
                return match shortest {
                    true => Err(self.too_many()),
                    false => Ok(None),
                };
            }
        }
        Ok(Some(found))
    }

    fn too_many(&self) -> Error {
        Refusal::TooManyOccurrences(self.limits.max_instances).into()
    }

    /// The items that the index names, as the viewer sees them.
    fn candidates(
        &mut self,
        sources: &[Source],
        window: (Instant, Instant),
    ) -> Result<Vec<Candidate>> {
        let mut found = Vec::new();
        for (at, source) in sources.iter().enumerate() {
            let part = source.part;
            let mut visit = |item, _| {
                if let Some(item) = source.own.disclose(part.lens, item) {
                    found.push(Candidate {
                        source: at,
                        item: Arc::new(item),
                    });
                }
                Ok::<_, Error>(())
            };
            query::touching(
                self.tx,
                part,
                Component::Event,
                window,
                Need::Text,
                &mut visit,
            )?;
        }
        Ok(found)
    }

    /// One event: the occurrence of this RECURRENCE-ID, or without one the event as a whole.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for what is no event.
    pub fn event(&mut self, of: &Collection, name: &str, at: Option<Written>) -> Result<Entry> {
        let item = self.get(of, name, Need::Text)?;
        if item.component() != Component::Event {
            return Err(Refusal::NotFound.into());
        }
        let part = of.parts().find(|part| part.layer.id == item.layer());
        let part = part.ok_or(Refusal::NotFound)?;
        let zone = part.zone();
        let object = item.text().and_then(|text| Object::parse(text).ok());
        let object = object.ok_or(Refusal::NotFound)?;
        let mut instances = Instances::of(&object, &zone);
        let instance = match at {
            Some(at) => instances.named(at).map_err(|TooMany| self.too_many())?,
            None => instances.whole(),
        };
        Ok(Entry {
            of: 0,
            owner: part.owner.name.as_str().into(),
            kind: part.layer.kind,
            instance: instance.ok_or(Refusal::NotFound)?,
            item: Arc::new(item),
        })
    }
}

fn entries(
    source: &Source,
    item: &Arc<VisibleItem>,
    (start, end): (Instant, Instant),
    left: &mut Budget,
) -> std::result::Result<Vec<Entry>, TooMany> {
    let object = item.text().and_then(|text| Object::parse(text).ok());
    let Some(object) = object else {
        // One object that cannot be read never fails the rest.
        tracing::warn!(
            item = item.name(),
            "an item that cannot be read is left out"
        );
        return Ok(Vec::new());
    };
    let window = Window {
        start: Some(start),
        end: Some(end),
    };
    let share = left.left().min(Budget::OBJECT);
    let mut budget = Budget::of(share);
    let found = Instances::of(&object, &source.zone).within(window, AT_MOST, &mut budget);
    let _ = left.spend(share - budget.left());
    let entry = |instance| Entry {
        of: source.of,
        owner: source.owner.clone(),
        kind: source.part.layer.kind,
        item: item.clone(),
        instance,
    };
    Ok(found?.into_iter().map(entry).collect())
}
