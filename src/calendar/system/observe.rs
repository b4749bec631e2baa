//! A look at a source: what it shows now, and what of that is another thing than the ledger says.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::cache::Kept;
use super::render;
use super::shown::Shown as Now;
use super::source::{Asking, Found, Version};
use super::{Kind, MOST_LOOKS, Sight, Sights};
use crate::calendar::{Calendars, face, now};
use crate::ical::Object;
use crate::model::{
    Component, Components, Face, Instant, Item, Layer, LayerKind, Live, LiveItem, LiveItems, User,
    UserId,
};
use crate::privacy::{self, marks};
use crate::store::items::{self, LayerWriter, Need, Scope};
use crate::store::layers::{self, NewLayer};
use crate::store::ledger::{Shown, Struck};
use crate::store::{self, Result as StoreResult, accounts, outbox};

/// How long one waits for others who look at the same layer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tries to take down what was seen, while others do the same.
const TRIES: usize = 5;

/// So many items of a ledger are looked up one by one; for more it is read whole.
const FEW: usize = 100;

impl Calendars {
    /// Looks at everything that a request has met and not seen yet.
    pub(in crate::calendar) fn look(&self, sights: &mut Sights, round: usize) -> StoreResult<()> {
        for user in std::mem::take(&mut sights.homes) {
            self.ensure(user)?;
        }
        for layer in std::mem::take(&mut sights.wanted) {
            let sight = match round < MOST_LOOKS {
                true => self.sight(&layer)?,
                false => Sight::Down,
            };
            sights.seen.insert(layer.id, sight);
        }
        Ok(())
    }

    /// Makes the layers that an account has not got yet (E-011). What others make meanwhile is theirs to have made.
    pub(in crate::calendar) fn ensure(&self, user: UserId) -> StoreResult<()> {
        if self.system.is_empty() || self.system.is_ensured(user) {
            return Ok(());
        }
        let missing = |have: &[(crate::model::SystemKind, bool)]| {
            let kinds = self.system.kinds();
            kinds
                .filter(|it| have.iter().all(|(kind, _)| *kind != it.kind))
                .collect::<Vec<_>>()
        };
        let have = self.store.read(|tx| layers::system_kinds(tx, user))?;
        if !missing(&have).is_empty() {
            let made_at = now();
            self.store.write(|tx| {
                if accounts::by_id(tx, user)?.is_none() {
                    return Ok(());
                }
                let have = layers::system_kinds(tx, user)?;
                for kind in missing(&have) {
                    make(tx, user, kind, made_at)?;
                }
                Ok::<_, store::Error>(())
            })?;
        }
        let ensured = self.system.ensured.lock();
        ensured.unwrap_or_else(PoisonError::into_inner).insert(user);
        Ok(())
    }

    fn sight(&self, wanted: &Layer) -> StoreResult<Sight> {
        let kind = wanted.system.as_ref();
        let Some(kind) = kind.and_then(|kind| self.system.kind(kind)) else {
            return Ok(Sight::Down);
        };
        let turns = &self.system.turns;
        let turn = usize::try_from(wanted.id.0).unwrap_or(0) % turns.len();
        let Some(_turn) = turns.get(turn).and_then(|turn| turn.take(PATIENCE)) else {
            return Ok(Sight::Down);
        };
        for _ in 0..TRIES {
            let there = self.store.read(|tx| {
                let layer = layers::by_id(tx, wanted.id)?;
                let owner = accounts::by_id(tx, wanted.owner)?;
                Ok::<_, store::Error>(layer.zip(owner))
            })?;
            let Some((layer, owner)) = there else {
                return Ok(Sight::Down);
            };
            if let Some(sight) = self.look_once(kind, &layer, &owner)? {
                return Ok(sight);
            }
        }
        Ok(Sight::Down)
    }

    /// `None`: somebody else has taken down another state meanwhile.
    fn look_once(&self, kind: &Kind, layer: &Layer, owner: &User) -> StoreResult<Option<Sight>> {
        let kept = self.system.cache.find(layer.id);
        let stands = kept.as_ref().filter(|kept| kept.number == layer.number);
        let asking = Asking {
            store: &self.store,
            kind,
            user: owner,
            version: stands.and_then(Kept::version),
            before: kept.as_ref().map(|kept| &*kept.shown),
        };
        let (version, shown) = match kind.origin.ask(asking) {
            Ok(Found::Same) => return Ok(stands.map(|kept| Sight::Live(kept.live()))),
            Ok(Found::Shown(version, shown)) => (version, shown),
            Err(why) => {
                let kind = kind.kind.as_str();
                tracing::warn!(kind, %why, "a source of records cannot be asked");
                return Ok(Some(Sight::Down));
            }
        };
        let before = stands.map(|kept| &*kept.shown.items);
        let difference = self.difference(layer, &shown, before)?;
        let Some(number) = self.note(kind, layer, &difference)? else {
            return Ok(None);
        };
        Ok(Some(Sight::Live(self.keep(
            kind,
            layer,
            number,
            (version, shown),
        ))))
    }

    fn keep(
        &self,
        kind: &Kind,
        layer: &Layer,
        number: i64,
        (version, shown): (Version, Arc<Now>),
    ) -> Arc<Live> {
        let live = Arc::new(Live {
            number,
            items: shown.items.clone(),
        });
        let kept = Kept::new(&live, version, (shown, kind.origin.is_common()));
        self.system.cache.keep(layer.id, kept);
        live
    }

    /// `before` is what the ledger stands for, where that is known; else it is read.
    fn difference<'d>(
        &self,
        layer: &Layer,
        shown: &'d Now,
        before: Option<&LiveItems>,
    ) -> StoreResult<Difference<'d>> {
        let mut ledger = HashMap::new();
        let names = before.map(|before| apart(before, &shown.items));
        match names.filter(|names| names.len() <= FEW) {
            Some(names) => self.store.read(|tx| {
                ledger.clear();
                for name in &names {
                    if let Some(item) = items::find(tx, layer.id, name, Need::Index)? {
                        ledger.insert(item.name.clone(), item);
                    }
                }
                let changed = names.iter().filter_map(|it| shown.items.get_key_value(*it));
                Ok::<_, store::Error>(Difference::between(
                    changed,
                    std::mem::take(&mut ledger),
                    now(),
                ))
            }),
            None => {
                self.store.read(|tx| {
                    ledger.clear();
                    let scope = Scope::default();
                    items::each(tx, layer.id, scope, Need::Index, &mut |item| {
                        ledger.insert(item.name.clone(), item);
                        Ok::<_, store::Error>(())
                    })
                })?;
                Ok(Difference::between(shown.items.iter(), ledger, now()))
            }
        }
    }

    /// Writes a difference to the ledger; answers the layer's number from then on. `None`: it is no longer the ledger that it
    /// was found against.
    fn note(
        &self,
        kind: &Kind,
        layer: &Layer,
        difference: &Difference,
    ) -> StoreResult<Option<i64>> {
        if difference.is_none() {
            return Ok(Some(layer.number));
        }
        let setting = self.system.setting(layer, &self.limits.privacy);
        let number = self.store.write(|tx| {
            let Some(mut writer) = LayerWriter::open(tx, layer.id)? else {
                return Ok(None);
            };
            let stands = writer.layer().clone();
            if stands.number != layer.number {
                return Ok(None);
            }
            let (shown, struck) = difference.stirring(&stands, &setting);
            let number = writer.take_down(&shown, &struck, difference.at)?;
            Ok::<_, store::Error>(Some(number))
        })?;
        tracing::debug!(
            kind = kind.kind.as_str(),
            shown = difference.shown.len(),
            gone = difference.gone.len(),
            "what a source shows has changed"
        );
        Ok(number)
    }
}

/// Names under which something else stands than before, or nothing.
fn apart<'n>(before: &'n LiveItems, is: &'n LiveItems) -> Vec<&'n str> {
    let differs = |(name, item): &(&Arc<str>, &Arc<LiveItem>)| {
        let before = before.get(*name);
        before.is_none_or(|before| !Arc::ptr_eq(before, item) && before.tag != item.tag)
    };
    let changed = is.iter().filter(differs).map(|(name, _)| &**name);
    let gone = before.keys().filter(|name| !is.contains_key(*name));
    changed.chain(gone.map(|name| &**name)).collect()
}

/// What has changed since the ledger was written.
struct Difference<'d> {
    shown: Vec<(&'d str, &'d LiveItem, Face, Option<Item>)>,
    gone: Vec<Item>,
    at: Instant,
}

impl<'d> Difference<'d> {
    /// Of those items, beside those of the ledger.
    fn between(
        shown: impl Iterator<Item = (&'d Arc<str>, &'d Arc<LiveItem>)>,
        mut ledger: HashMap<String, Item>,
        at: Instant,
    ) -> Self {
        let mut changed = Vec::new();
        for (name, item) in shown {
            let stands = ledger.remove(&**name);
            if stands.as_ref().is_some_and(|it| it.tag == item.tag) {
                continue;
            }
            let before = stands.as_ref().and_then(|item| item.face);
            // What this house has written itself, it can read.
            if let Ok(object) = Object::parse(&item.text) {
                let kept = marks::kept(&object);
                let mut face = face::face(&object, kept, before.as_ref(), at);
                face.marks.platform = true;
                changed.push((&**name, &**item, face, stands));
            }
        }
        // In an order that tells nothing and is always the same.
        changed.sort_unstable_by_key(|(name, ..)| *name);
        Self {
            shown: changed,
            gone: ledger.into_values().collect(),
            at,
        }
    }

    fn is_none(&self) -> bool {
        self.shown.is_empty() && self.gone.is_empty()
    }

    /// With those for whom each is a change.
    fn stirring(
        &self,
        layer: &Layer,
        setting: &privacy::Setting,
    ) -> (Vec<Shown<'_>>, Vec<Struck<'_>>) {
        let was = |item: &'_ Item| item.face.map(|face| (face, item.tag.clone()));
        let stirs = |was: Option<(Face, String)>, is: Option<(&Face, &str)>| {
            let was = was.as_ref().map(|(face, tag)| (face, tag.as_str()));
            privacy::stirs(layer, setting, was, is)
        };
        let shown = self.shown.iter().map(|(name, item, face, stands)| Shown {
            stands: stands.as_ref().map(|item| item.id),
            name,
            uid: render::uid(name),
            tag: &item.tag,
            size: item.text.len() as u64,
            face,
            stirs: stirs(
                stands.as_ref().and_then(was),
                Some((face, item.tag.as_str())),
            ),
        });
        let struck = self.gone.iter().map(|item| Struck {
            id: item.id,
            name: &item.name,
            stirs: stirs(was(item), None),
        });
        (shown.collect(), struck.collect())
    }
}

/// A layer of one kind. Where the name is taken in a home, it gets another.
fn make(tx: &mut store::Tx, owner: UserId, kind: &Kind, now: Instant) -> StoreResult<()> {
    let plain = kind.kind.segment();
    let names = (1..10).map(|count| match count {
        1 => plain.clone(),
        count => format!("{plain}-{count}"),
    });
    for name in names {
        let new = NewLayer {
            kind: LayerKind::System,
            display_name: kind.title.clone(),
            color: Some(kind.color.clone()),
            visibility: kind.visibility,
            components: Components::of([Component::Event]),
            transparent: !kind.busy,
            system: Some(kind.kind.clone()),
            ..NewLayer::named(owner, &name, now)
        };
        if layers::create(tx, &new)?.is_some() {
            return outbox::wake(tx, owner, now);
        }
        // Somebody else was here first.
        let have = layers::system_kinds(tx, owner)?;
        if have.iter().any(|(own, _)| *own == kind.kind) {
            return Ok(());
        }
    }
    Ok(())
}
