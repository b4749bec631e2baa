//! What a viewer was let into: a collection, or a home with the collections that are there for this viewer.

use std::sync::Arc;

use super::relation::Tie;
use super::token::{HomeToken, LayerToken, ShownToken};
use super::{Access, Refusal, Result};
use crate::ical::Zone;
use crate::model::{Class, Layer, Mount, ShareId, User};
use crate::privacy::{Act, Door, Lens, Pseudonyms, Relation, Standing};
use crate::store::{self, audiences, shares};

/// A collection that this viewer is admitted to.
#[derive(Clone, Debug)]
pub struct Collection {
    /// In whose home it stands.
    pub owner: User,
    /// The row that stands there: its name, colour and order.
    pub layer: Layer,
    pub(super) lens: Lens,
    /// Where its items come from when they are not the viewer's own.
    shown: Option<Shown>,
}

/// What a collection shows of others.
#[derive(Clone, Debug)]
struct Shown {
    sources: Arc<[Source]>,
    /// What this viewer calls things at this address.
    names: Pseudonyms,
}

/// A layer of somebody else's whose items a collection shows.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub owner: Arc<User>,
    pub layer: Layer,
    pub lens: Lens,
    /// Of those who see the same as this viewer; `None`: the layer is the viewer's own.
    pub class: Option<Class>,
    /// How far that class has come; of the viewer's own, the layer itself.
    pub number: i64,
    /// What vanished for it at or below has been forgotten.
    pub horizon: i64,
    /// What gives this viewer the right: another friendship, or another share, is another collection.
    pub fact: i64,
    /// How far the viewer's own changes have come, which nobody else sees.
    pub overlay: i64,
}

/// One layer that items are read from.
#[derive(Clone, Copy)]
pub(super) struct Part<'p> {
    pub owner: &'p User,
    pub layer: &'p Layer,
    pub lens: &'p Lens,
}

impl Collection {
    pub(super) fn own(owner: User, layer: Layer, lens: Lens) -> Self {
        Self {
            owner,
            layer,
            lens,
            shown: None,
        }
    }

    pub fn may(&self, act: Act) -> bool {
        match (&self.shown, act) {
            // Who reads it in their own home may rename it there, or leave it; its items are somebody else's.
            (Some(_), Act::WriteItems) if self.is_view() => false,
            (Some(shown), Act::WriteItems) => match &shown.sources[..] {
                [source] => source.lens.may(act),
                _ => false,
            },
            _ => self.lens.may(act),
        }
    }

    /// Whose calendar it is: of one that was shared with the viewer, the sharer's.
    pub fn sharer(&self) -> &User {
        self.shared_from().map_or(&self.owner, |(sharer, _)| sharer)
    }

    /// Of a calendar that was shared with the viewer: its sharer, and its name in their home.
    pub fn shared_from(&self) -> Option<(&User, &str)> {
        let source = self.sources().first()?;
        matches!(self.layer.mount, Some(Mount::Share(_)))
            .then_some((&source.owner, source.layer.name.as_str()))
    }

    /// The layer that it is: of one that was shared with the viewer, the sharer's.
    pub fn original(&self) -> &Layer {
        match (self.layer.mount, self.sources().first()) {
            (Some(Mount::Share(_)), Some(source)) => &source.layer,
            _ => &self.layer,
        }
    }

    /// May the viewer say who else sees it?
    pub fn may_share(&self) -> bool {
        self.layer.mount.is_none() && self.may(Act::Delete)
    }

    /// What the viewer is to the owner of the home.
    pub fn relation(&self) -> Relation {
        self.lens.relation()
    }

    /// The layers behind it.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let own = self.shown.is_none().then_some(Part {
            owner: &self.owner,
            layer: &self.layer,
            lens: &self.lens,
        });
        own.into_iter()
            .chain(self.sources().iter().map(Source::part))
    }

    /// The same after its row was changed.
    pub(super) fn with_row(&self, layer: Layer) -> Self {
        Self {
            layer,
            ..self.clone()
        }
    }

    pub(super) fn sources(&self) -> &[Source] {
        self.shown.as_ref().map_or(&[], |shown| &shown.sources)
    }

    /// What the viewer calls things that are somebody else's.
    pub(super) fn names(&self) -> Option<&Pseudonyms> {
        self.shown.as_ref().map(|shown| &shown.names)
    }

    /// Does it show what several layers let through?
    pub(super) fn is_view(&self) -> bool {
        matches!(
            self.layer.mount,
            Some(Mount::Friend(_) | Mount::View(_) | Mount::Handed(_))
        )
    }

    /// Are its items the viewer's own?
    pub fn is_own(&self) -> bool {
        self.shown.is_none() && self.relation() == Relation::Owner
    }

    /// Are its items somebody else's?
    pub(super) fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// The sync token of this state (RFC 6578 section 4); the ctag too. A URI, as Evolution drops other forms.
    pub fn token(&self) -> String {
        if self.is_shown() {
            ShownToken::of(self).seal(self)
        } else {
            LayerToken::of(&self.layer).to_string()
        }
    }

    /// Tells every state of its items and its properties apart.
    pub fn state(&self) -> String {
        let layer = &self.layer;
        if self.is_shown() {
            let state = format!("{}{}", self.token(), self.looks());
            blake3::hash(state.as_bytes()).to_hex()[..24].to_owned()
        } else {
            format!("{:x}.{:x}.{:x}", layer.epoch, layer.number, layer.revision)
        }
    }

    /// Tells every state of the properties that this viewer sees apart: what an owner sets for themselves is no change.
    fn looks(&self) -> String {
        let layer = &self.layer;
        match self.relation() {
            Relation::Owner => format!("{:x}", layer.revision),
            _ => format!(
                "{:?}",
                (
                    &layer.name,
                    &layer.display_name,
                    &layer.color,
                    &layer.description,
                    &layer.timezone,
                    &layer.timezone_id,
                    layer.transparent,
                )
            ),
        }
    }

    /// What floating and all-day times mean here: the layer's time zone, else its owner's, else UTC
    /// (RFC 4791 section 5.2.2).
    pub fn zone(&self) -> Zone {
        match self.parts().next() {
            Some(part) => part.zone(),
            None => zone_of(&self.layer, &self.owner),
        }
    }
}

impl Part<'_> {
    pub fn zone(&self) -> Zone {
        zone_of(self.layer, self.owner)
    }
}

pub(super) fn zone_of(layer: &Layer, owner: &User) -> Zone {
    let named = |name: &Option<String>| name.as_deref().and_then(Zone::named);
    named(&layer.timezone_id)
        .or_else(|| {
            layer
                .timezone
                .as_ref()
                .and_then(|text| Zone::from_icalendar(text.as_bytes()).ok())
        })
        .or_else(|| named(&owner.timezone))
        .unwrap_or_else(Zone::utc)
}

impl Source {
    pub fn part(&self) -> Part<'_> {
        Part {
            owner: &self.owner,
            layer: &self.layer,
            lens: &self.lens,
        }
    }
}

/// An account's calendar home as this viewer sees it.
#[derive(Clone, Debug)]
pub struct Home {
    pub owner: User,
    pub layers: Vec<Collection>,
    pub(super) standing: Standing,
    /// Those that are switched off are not listed, as the owner wants it.
    hides_disabled: bool,
    /// The viewer may ask when the owner is busy.
    tells_free_busy: bool,
}

impl Home {
    /// Changes whenever a layer comes, goes, or changes in its items or properties.
    pub fn token(&self) -> String {
        HomeToken::of(self).to_string()
    }

    /// What a listing of the home shows. What it does not show is still there, at its address and in free-busy.
    pub fn listed(&self) -> impl Iterator<Item = &Collection> {
        self.layers
            .iter()
            .filter(|it| it.layer.enabled || !self.hides_disabled)
    }

    /// Is it the viewer's?
    pub(super) fn is_own(&self) -> bool {
        self.standing.is_owner()
    }

    pub fn may_create_layers(&self) -> bool {
        self.standing.may_create_layers()
    }

    pub fn may_ask_free_busy(&self) -> bool {
        self.tells_free_busy
    }

    pub fn may_write_properties(&self) -> bool {
        self.standing.may_write_home()
    }

    pub fn relation(&self) -> Relation {
        self.standing.relation()
    }
}

impl Access<'_, '_> {
    /// The calendar home of an account; one that this viewer may not know of is not found.
    pub fn home(&mut self, owner: &str) -> Result<Home> {
        let owner = self.owner(owner)?;
        let standing = self.standing(&owner)?;
        let mut layers = Vec::new();
        for layer in store::layers::of_owner(self.tx, owner.id)? {
            layers.extend(self.let_in(&owner, &standing, layer)?);
        }
        self.settle()?;
        // In what order somebody has arranged their layers is theirs to know.
        if !standing.is_owner() {
            layers.sort_by_key(|it| it.layer.id);
        }
        // A home in which nothing is open is not there.
        if layers.is_empty() && !standing.is_owner() {
            return Err(Refusal::NotFound.into());
        }
        let hides_disabled = standing.is_owner()
            && layers.iter().any(|it| !it.layer.enabled)
            && store::accounts::hides_disabled(self.tx, owner.id)?;
        let tells_free_busy = self.may_ask_of(&owner, None)?;
        Ok(Home {
            owner,
            layers,
            standing,
            hides_disabled,
            tells_free_busy,
        })
    }

    /// One collection of a home; one that this viewer may not know of is not found.
    pub fn collection(&mut self, owner: &str, layer: &str) -> Result<Collection> {
        let owner = self.owner(owner)?;
        let standing = self.standing(&owner)?;
        let layer = store::layers::find(self.tx, owner.id, layer)?.ok_or(Refusal::NotFound)?;
        let collection = self.let_in(&owner, &standing, layer)?;
        self.settle()?;
        Ok(collection.ok_or(Refusal::NotFound)?)
    }

    /// Whose home is asked for.
    fn owner(&mut self, name: &str) -> Result<User> {
        match &self.me {
            Some(me) if me.name == name => Ok(me.clone()),
            Some(_) => {
                let owner = store::accounts::by_name(self.tx, name)?;
                Ok(owner.ok_or(Refusal::NotFound)?)
            }
            None if self.limits.privacy.anonymous => {
                let owner = store::accounts::by_name(self.tx, name)?;
                Ok(owner.ok_or(Refusal::NotFound)?)
            }
            None => Err(Refusal::Unauthenticated.into()),
        }
    }

    fn standing(&mut self, owner: &User) -> Result<Standing> {
        let relation = self.relation(owner)?;
        Ok(Standing::new(self.viewer, owner.id, relation))
    }

    /// What stands in a home, when this viewer is admitted to it.
    fn let_in(
        &mut self,
        owner: &User,
        standing: &Standing,
        layer: Layer,
    ) -> Result<Option<Collection>> {
        if !standing.reaches(layer.id) {
            return Ok(None);
        }
        if standing.is_owner() {
            let setting = self.system.setting(&layer, &self.limits.privacy);
            let lens = Lens::owner(standing.clone(), &layer, &setting);
            let lens = lens.reading(self.texts(&layer));
            let own = Collection::own(owner.clone(), layer, lens);
            return self.mounted(own);
        }
        // What somebody shows in their home of others is for nobody else.
        if layer.mount.is_some() {
            return Ok(None);
        }
        let sight = self.sight(&Arc::new(owner.clone()), layer.clone(), &layer, Door::Layer)?;
        // Of what is hidden nothing more is asked: that would take time that tells.
        if !sight.lens.admits() {
            return Ok(None);
        }
        let names = self.pseudonyms(&layer);
        Ok(self.reaching(sight)?.map(|source| Collection {
            owner: owner.clone(),
            layer,
            lens: source.lens.clone(),
            shown: Some(Shown {
                sources: [source].into(),
                names,
            }),
        }))
    }

    /// A row of the viewer's own with what it shows; `None`: what it showed is no longer theirs to see.
    fn mounted(&mut self, own: Collection) -> Result<Option<Collection>> {
        let Some(mount) = own.layer.mount else {
            return Ok(Some(own));
        };
        let sources = match mount {
            Mount::Share(share) => self.shared(share, &own.layer)?,
            Mount::Friend(friend) => self.friend_view(friend, &own.layer)?,
            Mount::View(view) => self.shared_view(view, &own.layer)?,
            Mount::Handed(_) => Some(self.handed_over(&own.layer)?),
        };
        let names = self.pseudonyms(&own.layer);
        Ok(sources.map(|sources| Collection {
            shown: Some(Shown {
                sources: sources.into(),
                names,
            }),
            ..own
        }))
    }

    /// What this viewer calls things at the address of a row.
    fn pseudonyms(&self, row: &Layer) -> Pseudonyms {
        Pseudonyms::new(self.names_key, self.viewer.user(), row.id, row.epoch)
    }

    /// What a share that this viewer has taken up lets them see.
    fn shared(&mut self, share: ShareId, row: &Layer) -> Result<Option<Vec<Source>>> {
        let Some(share) = shares::by_id(self.tx, share)? else {
            return Ok(None);
        };
        let owner = store::accounts::by_id(self.tx, share.owner)?;
        let layer = match share.layer {
            Some(layer) => store::layers::by_id(self.tx, layer)?,
            None => None,
        };
        let (Some(owner), Some(layer)) = (owner, layer) else {
            return Ok(None);
        };
        let sight = self.sight(&Arc::new(owner), layer, row, Door::Layer)?;
        if sight.lens.relation() != Relation::Delegate {
            return Ok(None);
        }
        match self.reaching(sight)? {
            Some(source) => Ok(Some(vec![self.with_own(source, row)?])),
            None => Ok(None),
        }
    }

    /// With how far the class of those who see the same has come. `None`: it is the viewer's own.
    fn reaching(&mut self, source: Source) -> Result<Option<Source>> {
        let Some(class) = source.class else {
            return Ok(None);
        };
        let (number, horizon) = audiences::reach(self.tx, source.layer.id, class)?;
        Ok(Some(Source {
            number,
            horizon,
            ..source
        }))
    }

    /// A layer of somebody's, read at the address of `row`, before it is asked how far its class has come.
    pub(super) fn sight(
        &mut self,
        owner: &Arc<User>,
        layer: Layer,
        row: &Layer,
        door: Door,
    ) -> Result<Source> {
        let tie = self.tie(owner, &layer)?;
        Ok(self.seen_as(tie, owner, layer, row, door))
    }

    /// A layer with the eyes of somebody, read at the address of `row`.
    pub(super) fn seen_as(
        &mut self,
        tie: Tie,
        owner: &Arc<User>,
        layer: Layer,
        row: &Layer,
        door: Door,
    ) -> Source {
        let names = self.pseudonyms(row);
        let standing = Standing::new(self.viewer, owner.id, tie.relation);
        let setting = self.system.setting(&layer, &self.limits.privacy);
        let mut lens = Lens::other(standing, door, &layer, tie.writes, names, &setting);
        // Nobody's source is asked for somebody who does not see what it shows.
        if lens.admits() {
            lens = lens.reading(self.texts(&layer));
        }
        Source {
            owner: owner.clone(),
            class: lens.class(),
            number: layer.number,
            horizon: 0,
            layer,
            lens,
            fact: tie.fact,
            overlay: 0,
        }
    }
}
