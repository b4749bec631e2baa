//! What an item was before: its versions, who wrote each and who ended it, and how one comes back.

use super::{Access, Collection, Draft, Refusal, Result, Written};
use crate::model::{Face, Instant, Item, ItemId, Span};
use crate::privacy::Relation;
use crate::store::history::{self, Author, Version, VersionId};
use crate::store::items::{self, Ended, Need};

/// Versions that one answer names.
const MOST: i64 = 10_000;

/// Names that are tried when an item's own is taken.
const TRIES: u32 = 100;

/// An account and one of its devices, as they are called, or were when they ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// `None`: the account is gone for so long that nobody remembers.
    pub account: Option<String>,
    /// The label of the app password; `None`: the account's own password.
    pub device: Option<String>,
}

/// A version of an item that stands no longer, or the one that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionInfo {
    /// `None`: it stands.
    pub id: Option<i64>,
    pub name: String,
    pub size: u64,
    pub written: Instant,
    pub writer: Option<Who>,
    /// When it ceased to stand, why, and by whom.
    pub ended: Option<(Instant, Ended, Option<Who>)>,
}

impl Access<'_, '_> {
    /// The versions of an item, latest first; the item may be deleted by now. For its owner alone.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when nothing ever stood there, or nobody remembers.
    pub fn versions(&mut self, of: &Collection, name: &str) -> Result<Vec<VersionInfo>> {
        let (stands, ended) = self.life(of, name)?;
        let mut versions = Vec::new();
        if let Some(item) = stands {
            versions.push(self.standing_version(item)?);
        }
        for version in ended {
            let info = VersionInfo {
                id: Some(version.id.0),
                writer: self.who(version.writer)?,
                ended: Some((version.at, version.why, self.who(version.remover)?)),
                name: version.name,
                size: version.size,
                written: version.written,
            };
            versions.push(info);
        }
        Ok(versions)
    }

    /// What stands of an item, and what stood before, latest first, without texts.
    pub(super) fn life(
        &mut self,
        of: &Collection,
        name: &str,
    ) -> Result<(Option<Item>, Vec<Version>)> {
        own(of)?;
        let layer = of.layer.id;
        let stands = items::find(self.tx, layer, name, Need::Index)?;
        let uid = match &stands {
            Some(item) => item.uid.clone(),
            None => history::last_uid(self.tx, layer, name)?.ok_or(Refusal::NotFound)?,
        };
        // It may stand under another name by now.
        let stands = match stands {
            None => items::by_uid(self.tx, layer, &uid, Need::Index)?,
            stands => stands,
        };
        let ended = history::of_uid(self.tx, layer, &uid, MOST)?;
        Ok((stands, ended))
    }

    fn standing_version(&mut self, item: Item) -> Result<VersionInfo> {
        let writer = items::writer(self.tx, item.id)?;
        Ok(VersionInfo {
            id: None,
            writer: self.who(writer)?,
            ended: None,
            name: item.name,
            size: item.size,
            written: item.modified,
        })
    }

    pub(super) fn who(&mut self, author: Option<Author>) -> Result<Option<Who>> {
        let Some(author) = author else {
            return Ok(None);
        };
        let (account, device) = history::names(self.tx, author)?;
        let gone = author
            .app_password
            .map(|id| format!("app password {}", id.0));
        Ok(Some(Who {
            account,
            device: device.or(gone),
        }))
    }

    /// Makes a version of an item the one that stands; the one that stood becomes history. An item that was deleted
    /// comes back, under its name when that is free. Answers the name.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for no version of this item, and as [`Access::put`].
    pub fn restore_version(&mut self, of: &Collection, name: &str, id: i64) -> Result<String> {
        let versions = self.versions(of, name)?;
        let known = versions.iter().any(|version| version.id == Some(id));
        let version = history::by_id(self.tx, VersionId(id), Need::Text)?
            .filter(|version| known && version.layer == of.layer.id)
            .ok_or(Refusal::NotFound)?;
        let stands = items::by_uid(self.tx, of.layer.id, &version.uid, Need::Index)?;
        let name = match stands {
            Some(item) => item.name,
            None => self.free_name(of, &version.name)?,
        };
        let stood = as_item(&version, version.name.clone());
        self.bring_back(stood, of, of, &name, &|_| true)?;
        Ok(name)
    }

    /// Writes what the viewer may see of what stood in `from`, in the viewer's name and by the rules of any other write.
    /// What its owner had set of who may see it comes back with it.
    pub(super) fn bring_back(
        &mut self,
        stored: Item,
        from: &Collection,
        into: &Collection,
        name: &str,
        expect: super::Expect,
    ) -> Result<(Written, ItemId)> {
        let kept = stored.face.map(|face| face.kept);
        let seen = from.lens.disclose(stored).ok_or(Refusal::NotFound)?;
        let text = seen.text().ok_or(Refusal::NotFound)?;
        let target = into.parts().next().ok_or(Refusal::NotFound)?;
        let mut draft = Draft::read(text, into, self.limits)?.restoring();
        if let Some(kept) = kept
            && seen.is_whole()
            && target.lens.relation() == Relation::Owner
        {
            draft = draft.keeping(kept);
        }
        let written = self.put(into, name, &draft, expect)?;
        let item = items::find(self.tx, target.layer.id, name, Need::Index)?;
        Ok((written, item.ok_or(Refusal::NotFound)?.id))
    }

    /// The name itself when nothing stands there, else one like it.
    pub(super) fn free_name(&mut self, of: &Collection, name: &str) -> Result<String> {
        let stem = name.strip_suffix(".ics").unwrap_or(name);
        // Room for what is added, cut between characters.
        let cut = (0..=stem.len().min(240))
            .rev()
            .find(|at| stem.is_char_boundary(*at))
            .unwrap_or(0);
        let mut candidate = name.to_owned();
        for number in 2..TRIES {
            if items::find(self.tx, of.layer.id, &candidate, Need::Index)?.is_none() {
                return Ok(candidate);
            }
            candidate = format!("{}-{number}.ics", stem.get(..cut).unwrap_or_default());
        }
        Err(Refusal::Exists.into())
    }
}

/// Only the owner looks into the past: it may hold what was never meant for those who see the present.
pub(super) fn own(of: &Collection) -> Result<()> {
    match of.relation() {
        Relation::Owner if of.layer.mount.is_none() => Ok(()),
        _ => Err(Refusal::NotFound.into()),
    }
}

/// A version as the item that it was, under another name.
pub(super) fn as_item(version: &Version, name: String) -> Item {
    Item {
        id: ItemId(0),
        layer: version.layer,
        name,
        uid: version.uid.clone(),
        component: version.component,
        tag: version.tag.clone(),
        size: version.size,
        span: Span {
            first: None,
            last: None,
        },
        number: 0,
        created: version.created,
        modified: version.written,
        face: version.face.as_deref().and_then(Face::from_bytes),
        text: version.text.clone(),
    }
}
