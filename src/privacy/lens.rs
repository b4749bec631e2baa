//! The rules for one viewer on one layer, reached in one way.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;

use super::audience::class;
use super::visible::Stead;
use super::{Disclosure, Door, Pseudonyms, Relation, Standing, Viewer, VisibleItem, rules};
use crate::ical::Object;
use crate::ical::dress::{self, Alarms, Attire};
use crate::ical::mask::{self, Dress};
use crate::ical::overlay::{self, Ringing};
use crate::model::{
    Audience, Class, Face, Instant, Item, ItemId, Layer, LayerId, LayerKind, Masked, Overlay,
    Sorts, UserId, Visibilities, Visibility,
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
                (Some(sharee), Some(names)) => overlaid(item, own, sharee, names),
                _ => self.whole(item),
            },
            Disclosure::Busy => self.masked(item, face.busy?, BUSY, false),
            Disclosure::Generic => self.masked(item, face.generic?, &self.setting.label, true),
        }
    }

    fn published(&self, item: Item, publication: Publication) -> Option<VisibleItem> {
        let Publication { audience, sorts } = publication;
        let face = item.face.filter(|face| sorts.contains(face.marks.sort))?;
        match rules::published(audience, self.visibility, face.marks) {
            Disclosure::Hidden => None,
            Disclosure::Full if audience == Audience::Owner => self.sent_out(item),
            Disclosure::Full => self.whole(item),
            Disclosure::Busy => self.masked(item, face.busy?, BUSY, false),
            Disclosure::Generic => self.masked(item, face.generic?, &self.setting.label, true),
        }
    }

    /// The owner's own, without what the owner told the rules: under its own UID, so that a program that has it already knows
    /// it.
    fn sent_out(&self, item: Item) -> Option<VisibleItem> {
        let attire = Attire {
            uid: None,
            prefix: "",
            color: None,
            alarms: Alarms::Kept,
        };
        let text = match &item.text {
            Some(text) => Some(dress::dress(&Object::parse(text).ok()?, &attire)),
            None => None,
        };
        let stead = Stead {
            name: item.name.clone(),
            uid: item.said_uid().to_owned(),
            tag: self.tag(&[b"sent out", item.tag.as_bytes()], &item.name),
            size: text.as_ref().map(|text| text.len() as u64),
            in_full: true,
            laid: false,
            created: item.created,
            modified: item.modified,
        };
        Some(VisibleItem::instead(Item { text, ..item }, stead))
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

    /// Every word of it: as it was written, or dressed for a view.
    fn whole(&self, item: Item) -> Option<VisibleItem> {
        let Some(names) = self.names.as_ref().filter(|_| self.door == Door::View) else {
            return Some(VisibleItem::whole(item));
        };
        let uid = names.of(item.id);
        let text = match &item.text {
            Some(text) => Some(self.dressed(text, Some(&uid))?),
            None => None,
        };
        // What a view leaves out is no change to it.
        let dressed = item.face.and_then(|face| face.dressed);
        let of: &[u8] = match &dressed {
            Some(dressed) => &dressed.hash,
            None => item.tag.as_bytes(),
        };
        let known = dressed.filter(|_| !self.is_marked());
        let stead = Stead {
            name: self.name(&item),
            tag: self.tag(&[of], &uid),
            uid,
            size: match &text {
                Some(text) => Some(text.len() as u64),
                None => known.map(|dressed| u64::from(dressed.size)),
            },
            in_full: true,
            laid: false,
            created: item.created,
            modified: dressed.map_or(item.modified, |dressed| dressed.at),
        };
        Some(VisibleItem::instead(Item { text, ..item }, stead))
    }

    fn masked(
        &self,
        item: Item,
        masked: Masked,
        label: &str,
        with_free: bool,
    ) -> Option<VisibleItem> {
        let uid = self.uid(&item);
        let dress = Dress {
            uid: &uid,
            label,
            stamp: masked.at,
            with_free,
        };
        let text = match &item.text {
            Some(text) => {
                let text = mask::mask(&Object::parse(text).ok()?, &dress)?;
                Some(match self.is_marked() {
                    true => self.dressed(&text, None)?,
                    false => text,
                })
            }
            None => None,
        };
        let at = masked.at.to_le_bytes();
        let size = match (&text, self.is_marked()) {
            (Some(text), _) => Some(text.len() as u64),
            (None, true) => None,
            (None, false) => Some(masked.measure().size(&dress)),
        };
        let stead = Stead {
            name: self.name(&item),
            tag: self.tag(&[&masked.hash[..], &at, label.as_bytes()], &uid),
            uid,
            size,
            in_full: false,
            laid: false,
            created: masked.at,
            modified: masked.at,
        };
        Some(VisibleItem::instead(Item { text, ..item }, stead))
    }

    fn is_marked(&self) -> bool {
        self.livery != Livery::default()
    }

    fn dressed(&self, text: &Bytes, uid: Option<&str>) -> Option<Bytes> {
        let attire = Attire {
            uid,
            prefix: &self.livery.prefix,
            color: self.livery.color,
            alarms: Alarms::Without,
        };
        let object = Object::parse(text).ok()?;
        Some(dress::dress(&object, &attire))
    }

    /// What an item is called that is not shown as it stands.
    fn name(&self, item: &Item) -> String {
        match &self.names {
            Some(_) if self.standing.is_owner() => self.own_name(&item.name),
            Some(names) => pseudonymous(&names.of(item.id)),
            None => item.name.clone(),
        }
    }

    /// In a view the viewer's own items are called so that a name that is gone tells what to say of it.
    pub fn own_name(&self, name: &str) -> String {
        format!("{:x}{OWN}{name}", self.layer.0)
    }

    /// The reverse of [`Lens::own_name`]; `None` where the viewer's items are called what they are called.
    pub fn named_own<'n>(&self, name: &'n str) -> Option<&'n str> {
        if self.door != Door::View || !self.standing.is_owner() {
            return None;
        }
        let (layer, name) = name.split_once(OWN)?;
        (layer == format!("{:x}", self.layer.0)).then_some(name)
    }

    fn uid(&self, item: &Item) -> String {
        match &self.names {
            Some(names) => names.of(item.id),
            None => item.uid.clone(),
        }
    }

    /// Of what the text of an item comes from, and how it is dressed.
    fn tag(&self, of: &[&[u8]], uid: &str) -> String {
        let mut parts = of.to_vec();
        parts.push(uid.as_bytes());
        if self.is_marked() {
            parts.push(self.livery.prefix.as_bytes());
            parts.push(self.livery.color.unwrap_or_default().as_bytes());
        }
        tag_of(self.names.as_ref(), &parts)
    }
}

/// The item itself with what the viewer has of their own on it.
fn overlaid(
    item: Item,
    own: Option<&Overlay>,
    sharee: &Sharee,
    names: &Pseudonyms,
) -> Option<VisibleItem> {
    let text = match &item.text {
        Some(text) => {
            let own = own.and_then(|own| own.body.as_ref());
            let own = own.and_then(|own| Object::parse(own).ok());
            let object = Object::parse(text).ok()?;
            Some(overlay::put_on(&object, own.as_ref(), &sharee.ringing))
        }
        None => None,
    };
    let hash = own.map_or(&[][..], |own| &own.hash);
    let ringing = sharee.ringing.told();
    let stead = Stead {
        name: item.name.clone(),
        uid: item.said_uid().to_owned(),
        tag: names.tag(&[b"overlaid", item.tag.as_bytes(), hash, ringing.as_bytes()]),
        size: text.as_ref().map(|text| text.len() as u64),
        in_full: true,
        laid: true,
        created: item.created,
        modified: item.modified.max(own.map_or(Instant::MIN, |own| own.at)),
    };
    Some(VisibleItem::instead(Item { text, ..item }, stead))
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

fn tag_of(names: Option<&Pseudonyms>, parts: &[&[u8]]) -> String {
    match names {
        Some(names) => names.tag(parts),
        None => blake3::hash(&parts.concat()).to_hex()[..32].to_owned(),
    }
}
