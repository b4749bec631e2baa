//! How an item looks to a viewer who sees it in part, or in a dress, or with something of their own on it.

use bytes::Bytes;

use super::super::visible::Stead;
use super::super::{Door, Pseudonyms, VisibleItem};
use super::{Lens, Livery, OWN, Sharee, pseudonymous};
use crate::ical::Object;
use crate::ical::dress::{self, Alarms, Attire};
use crate::ical::mask::{self, Dress};
use crate::ical::overlay;
use crate::model::{Instant, Item, Masked, Overlay};

impl Lens {
    /// The owner's own, without what the owner told the rules: under its own UID, so that a program that has it already knows
    /// it.
    pub(super) fn sent_out(&self, item: Item) -> Option<VisibleItem> {
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

    /// Every word of it: as it was written, or dressed for a view.
    pub(super) fn whole(&self, item: Item) -> Option<VisibleItem> {
        let Some(names) = self.names.as_ref().filter(|_| self.door == Door::View) else {
            return Some(self.as_written(item));
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

    /// Byte for byte; under another name where its own is another item's.
    fn as_written(&self, item: Item) -> VisibleItem {
        let name = self.whole_name(&item);
        if name == item.name {
            return VisibleItem::whole(item);
        }
        let stead = Stead {
            name,
            uid: item.said_uid().to_owned(),
            tag: item.tag.clone(),
            size: Some(item.size),
            in_full: true,
            laid: true,
            created: item.created,
            modified: item.modified,
        };
        VisibleItem::instead(item, stead)
    }

    /// What an item is called that can be written over.
    fn whole_name(&self, item: &Item) -> String {
        match &self.names {
            Some(names) if item.face.is_some_and(|face| face.aside) => {
                pseudonymous(&names.of(item.id))
            }
            _ => item.name.clone(),
        }
    }

    /// The item itself with what the viewer has of their own on it.
    pub(super) fn overlaid(
        &self,
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
            name: self.whole_name(&item),
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

    pub(super) fn masked(
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

fn tag_of(names: Option<&Pseudonyms>, parts: &[&[u8]]) -> String {
    match names {
        Some(names) => names.tag(parts),
        None => blake3::hash(&parts.concat()).to_hex()[..32].to_owned(),
    }
}
