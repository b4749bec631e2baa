//! The rules for one viewer on one layer, reached in one way.

mod renderings;

use std::collections::HashSet;
use std::sync::Arc;

use super::audience::class;
use super::{Disclosure, Door, Pseudonyms, Relation, Standing, Viewer, VisibleItem, rules};
use crate::ical::mask::Outline;
use crate::ical::overlay::Ringing;
use crate::model::{
    Audience, Class, Details, Face, Item, ItemId, Layer, LayerId, LayerKind, Live, Marks, Overlay,
    Sort, Sorts, UserId, Visibilities, Visibility,
};

/// What someone wants to do to a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Read,
    WriteItems,
    WriteProperties,
    Delete,
}

/// How a server has set its rules.
#[derive(Clone, Debug)]
pub struct Setting {
    /// May those read public layers who have not said who they are?
    pub anonymous: bool,
    /// What stands in place of every word of a sensitive item.
    pub label: Arc<str>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            anonymous: false,
            label: BUSY.into(),
        }
    }
}

/// How items are marked where those of several people come together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Livery {
    /// Before every summary.
    pub prefix: String,
    /// A name of CSS (RFC 7986 section 5.9).
    pub color: Option<&'static str>,
}

/// Where the texts of a layer's items come from.
#[derive(Clone, Debug, Default)]
pub enum Texts {
    /// They come with the items.
    #[default]
    Kept,
    /// From how the layer stands at this moment.
    Live(Arc<Live>),
    /// They should, and cannot be had.
    OutOfReach,
}

/// What stands in place of every word of an item that is busy and no more.
pub(super) const BUSY: &str = "Busy";

/// What a viewer sees of one layer's items and may do to them.
#[derive(Clone, Debug)]
pub struct Lens {
    standing: Standing,
    door: Door,
    layer: LayerId,
    visibility: Visibility,
    kind: LayerKind,
    /// The owner lets this viewer write items.
    shared_to_write: bool,
    setting: Setting,
    /// `None`: for the owner, who sees everything under its own name.
    names: Option<Pseudonyms>,
    /// Of what a view shows.
    livery: Livery,
    /// Items of other visibilities a view leaves out.
    included: Visibilities,
    /// Where the viewer keeps alarms and the like of their own.
    sharee: Option<Arc<Sharee>>,
    /// Read by whoever holds a feed's link.
    publication: Option<Publication>,
    /// `None`: all items, as the rules have it.
    only: Option<Arc<HashSet<ItemId>>>,
    texts: Texts,
}

/// What a feed lets its link's holder see.
#[derive(Clone, Copy, Debug)]
pub struct Publication {
    pub audience: Audience,
    pub sorts: Sorts,
}

/// A viewer who keeps something of their own on items that are shared with them.
#[derive(Clone, Debug)]
pub struct Sharee {
    pub user: UserId,
    pub ringing: Ringing,
}

impl Lens {
    /// An owner's, on what stands in their own home.
    pub fn owner(standing: Standing, layer: &Layer, setting: &Setting) -> Self {
        Self {
            standing,
            door: Door::Layer,
            layer: layer.id,
            visibility: layer.visibility,
            kind: layer.kind,
            shared_to_write: false,
            setting: setting.clone(),
            names: None,
            livery: Livery::default(),
            included: Visibilities::ALL,
            sharee: None,
            publication: None,
            only: None,
            texts: Texts::Kept,
        }
    }

    /// The same of a layer whose items have their texts from elsewhere.
    #[must_use]
    pub fn reading(self, texts: Texts) -> Self {
        Self { texts, ..self }
    }

    /// How a layer stands whose items are nowhere kept.
    pub fn live(&self) -> Option<&Live> {
        match &self.texts {
            Texts::Live(live) => Some(live),
            Texts::Kept | Texts::OutOfReach => None,
        }
    }

    pub fn is_out_of_reach(&self) -> bool {
        matches!(self.texts, Texts::OutOfReach)
    }

    /// The item with its text, where the question asked for it. `None`: it cannot be had.
    pub fn with_text(&self, item: Item) -> Option<Item> {
        if item.text.is_none() {
            return Some(item);
        }
        match &self.texts {
            Texts::Kept => Some(item),
            Texts::Live(live) => {
                let text = live.items.get(item.name.as_str())?.text.clone();
                Some(Item {
                    text: Some(text),
                    ..item
                })
            }
            Texts::OutOfReach => None,
        }
    }

    /// Anybody else's. `names` are those of the address at which the layer is read.
    pub fn other(
        standing: Standing,
        door: Door,
        layer: &Layer,
        shared_to_write: bool,
        names: Pseudonyms,
        setting: &Setting,
    ) -> Self {
        Self {
            door,
            shared_to_write,
            names: Some(names),
            ..Self::owner(standing, layer, setting)
        }
    }

    /// That of whoever holds a feed's link. `names` are those of the feed.
    pub fn feed(
        publication: Publication,
        layer: &Layer,
        names: Pseudonyms,
        setting: &Setting,
    ) -> Self {
        let standing = Standing::new(&Viewer::Anyone, layer.owner, Relation::Anonymous);
        Self {
            publication: Some(publication),
            ..Self::other(standing, Door::View, layer, false, names, setting)
        }
    }

    /// The same where several people's items come together.
    #[must_use]
    pub fn among(self, livery: Livery, included: Visibilities) -> Self {
        Self {
            livery,
            included,
            ..self
        }
    }

    /// The same on these items alone.
    #[must_use]
    pub fn on(self, items: HashSet<ItemId>) -> Self {
        Self {
            only: Some(Arc::new(items)),
            ..self
        }
    }

    /// Is an item one of those that it is about?
    pub fn covers(&self, item: ItemId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&item))
    }

    /// The same for somebody who keeps alarms and the like of their own.
    #[must_use]
    pub fn laid(self, sharee: Sharee) -> Self {
        Self {
            sharee: Some(Arc::new(sharee)),
            ..self
        }
    }

    pub fn sharee(&self) -> Option<&Sharee> {
        self.sharee.as_deref()
    }

    /// May the viewer's device write what is the viewer's alone?
    pub fn may_write_own(&self) -> bool {
        self.sharee.is_some() && self.standing.may_write()
    }

    pub fn livery(&self) -> &Livery {
        &self.livery
    }

    pub fn included(&self) -> Visibilities {
        self.included
    }

    pub fn relation(&self) -> Relation {
        self.standing.relation()
    }

    pub fn door(&self) -> Door {
        self.door
    }

    /// What stands in place of every word of a sensitive item.
    pub fn label(&self) -> &str {
        &self.setting.label
    }

    pub fn names(&self) -> Option<&Pseudonyms> {
        self.names.as_ref()
    }

    /// Those who see the same; `None`: the owner.
    pub fn class(&self) -> Option<Class> {
        class(self.relation(), self.door, self.included)
    }

    /// May the layer be known to exist, as a collection of its own? What is wider than its layer is reached through
    /// views alone.
    pub fn admits(&self) -> bool {
        match self.relation() {
            Relation::Owner => self.standing.reaches(self.layer),
            Relation::Delegate => true,
            Relation::Friend => self.visibility >= Visibility::Friends,
            Relation::Account => self.visibility == Visibility::Public,
            Relation::Anonymous => self.visibility == Visibility::Public && self.setting.anonymous,
        }
    }

    /// What the device may do stands above what the relation allows; only layers of users hold items that clients write.
    pub fn may(&self, act: Act) -> bool {
        let own = self.standing.is_owner();
        self.admits()
            && match act {
                Act::Read => true,
                Act::WriteItems => {
                    self.standing.may_write()
                        && self.door == Door::Layer
                        && self.kind == LayerKind::User
                        && (own || self.shared_to_write)
                }
                Act::WriteProperties => {
                    self.standing.may_write()
                        && (own || self.kind == LayerKind::User && self.shared_to_write)
                }
                // What the platform puts there is not its user's to take away.
                Act::Delete => self.standing.may_create_layers() && self.kind != LayerKind::System,
            }
    }

    /// The item as the viewer may see it; `None`: it is not there for them.
    pub fn disclose(&self, item: Item) -> Option<VisibleItem> {
        self.disclose_with(item, None)
    }

    /// The same with what the viewer keeps of their own on it.
    pub fn disclose_with(&self, item: Item, own: Option<&Overlay>) -> Option<VisibleItem> {
        if !self.covers(item.id) {
            return None;
        }
        let item = self.with_text(item)?;
        if let Some(publication) = self.publication {
            return self.published(item, publication);
        }
        if self.standing.is_owner() && !is_kept_from_its_owner(&item) {
            let is_there = self.standing.reaches(item.layer) && self.brings_along(&item);
            return is_there.then(|| self.whole(item)).flatten();
        }
        let face = item.face?;
        match self.disclosure(&face) {
            Disclosure::Hidden => None,
            Disclosure::Full => match (&self.sharee, &self.names) {
                (Some(sharee), Some(names)) => self.overlaid(item, own, sharee, names),
                _ => self.whole(item),
            },
            Disclosure::Busy => self.masked(item, face.busy?, BUSY, false),
            Disclosure::Generic => self.masked(item, face.generic?, &self.setting.label, true),
        }
    }

    /// Does a feed show anything at all of a layer whose items are as open as the layer? Those of a platform are.
    pub fn publishes(&self) -> bool {
        self.publication.is_some_and(|publication| {
            let marks = Marks {
                outline: Outline::Bar,
                details: Details::Everyone,
                ..Marks::default()
            };
            publication.sorts.contains(Sort::Event)
                && rules::published(publication.audience, self.visibility, marks)
                    != Disclosure::Hidden
        })
    }

    fn published(&self, item: Item, publication: Publication) -> Option<VisibleItem> {
        let Publication { audience, sorts } = publication;
        let face = item.face.filter(|face| sorts.contains(face.marks.sort))?;
        if !self
            .included
            .contains(face.marks.effective(self.visibility))
        {
            return None;
        }
        match rules::published(audience, self.visibility, face.marks) {
            Disclosure::Hidden => None,
            Disclosure::Full if audience == Audience::Owner => self.sent_out(item),
            Disclosure::Full => self.whole(item),
            Disclosure::Busy => self.masked(item, face.busy?, BUSY, false),
            Disclosure::Generic => self.masked(item, face.generic?, &self.setting.label, true),
        }
    }

    /// Does the owner of an item bring it into a view? Where others see its bar alone, they see which it is.
    fn brings_along(&self, item: &Item) -> bool {
        self.door == Door::Layer
            || item.face.is_none_or(|face| {
                self.included
                    .contains(face.marks.effective(self.visibility))
                    || rules::bar_alone(Relation::Friend, self.door, &face.marks)
                        != Disclosure::Hidden
            })
    }

    fn disclosure(&self, face: &Face) -> Disclosure {
        rules::included(
            self.included,
            self.relation(),
            self.door,
            self.visibility,
            face.marks,
            self.setting.anonymous,
        )
    }
}

/// Between the layer and the name of an item of the viewer's own; no pseudonym holds it.
const OWN: char = '-';

const SUFFIX: &str = ".ics";

/// The pseudonym in a name, if there is one.
pub(crate) fn pseudonym(name: &str) -> Option<&str> {
    name.strip_suffix(SUFFIX)
}

pub(crate) fn pseudonymous(pseudonym: &str) -> String {
    format!("{pseudonym}{SUFFIX}")
}

/// Records of the platform that are sensitive leave it as their label alone.
fn is_kept_from_its_owner(item: &Item) -> bool {
    item.face
        .is_some_and(|face| face.marks.platform && face.marks.sensitive)
}
