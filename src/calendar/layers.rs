//! Making, changing and removing layers.

use std::collections::HashMap;

use super::write::check_name;
use super::{Access, Collection, DeadPatch, Home, Privilege, Refusal, Result, Transfer, index};
use crate::ical::Zone;
use crate::model::{
    Alarms, Component, Components, Instant, Layer, LayerId, LayerKind, Mount, Visibility,
};
use crate::privacy::{Act, Lens, Relation};
use crate::store::items::{self, LayerWriter, Need};
use crate::store::layers::{self, NewLayer};
use crate::store::properties::{self, Subject};
use crate::store::{handed, shares, trash};

/// What MKCALENDAR and PROPPATCH may set of a layer; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct LayerPatch {
    pub display_name: Option<String>,
    pub color: Option<Option<String>>,
    pub order: Option<Option<i64>>,
    pub description: Option<Option<String>>,
    /// iCalendar text with one VTIMEZONE; `timezone_id` follows it (RFC 7809 section 5.2).
    pub timezone: Option<Option<String>>,
    /// An IANA name; `timezone` follows it.
    pub timezone_id: Option<Option<String>>,
    /// Only when the layer is made (RFC 4791 section 5.2.3).
    pub components: Option<Components>,
    pub transparent: Option<bool>,
    pub visibility: Option<Visibility>,
    pub enabled: Option<bool>,
    /// Of the items that somebody has shared.
    pub alarms: Option<Alarms>,
    /// How its texts were written, with their languages.
    pub languages: Vec<DeadPatch>,
    pub dead: Vec<DeadPatch>,
}

/// Names in a home that are not a user's to give: collections that this server keeps there itself.
const RESERVED: [&str; 4] = ["inbox", "outbox", "notifications", "trash"];
const RESERVED_PREFIXES: [&str; 2] = ["friend-", "view-"];

/// Characters of a name or a description that a client may set.
pub const MAX_TEXT: usize = 10_000;

/// Bytes of a time zone's text: every listing of the home reads it. Whole histories of zones take less than half.
pub const MAX_TIMEZONE: usize = 64 << 10;

impl Access<'_, '_> {
    /// Makes a layer (RFC 4791 section 5.3.1).
    ///
    /// # Errors
    /// [`Refusal::Exists`], [`Refusal::BadLocation`], [`Refusal::BadValue`], [`Refusal::TooMany`], [`Refusal::Forbidden`].
    pub fn create_layer(
        &mut self,
        home: &Home,
        name: &str,
        patch: &LayerPatch,
    ) -> Result<Collection> {
        let new = NewLayer {
            components: patch.components.unwrap_or(Components::USUAL),
            ..NewLayer::named(home.owner.id, name, self.now)
        };
        self.make_layer(home, &new, patch)
    }

    pub(super) fn make_layer(
        &mut self,
        home: &Home,
        new: &NewLayer,
        patch: &LayerPatch,
    ) -> Result<Collection> {
        let collection = self.insert_layer(home, new)?;
        if !patch.changes_nothing() {
            chooses_alarms(&collection, patch)?;
            let mut layer = collection.layer.clone();
            patch.apply(&mut layer)?;
            layers::update(self.tx, &layer)?;
            self.apply_dead(Subject::Layer(layer.id), &patch.kept())?;
        }
        self.collection(&home.owner.name, &new.name)
    }

    pub(super) fn insert_layer(&mut self, home: &Home, new: &NewLayer) -> Result<Collection> {
        if !home.may_create_layers() {
            return Err(Refusal::Forbidden {
                needs: Privilege::Bind,
            }
            .into());
        }
        check_name(&new.name)?;
        check_free_of_ours(&new.name)?;
        self.check_count(home.layers.iter().map(|it| &it.layer), new.mount)?;
        let layer = layers::create(self.tx, new)?.ok_or(Refusal::Exists)?;
        let lens = Lens::owner(home.standing.clone(), &layer, &self.limits.privacy);
        Ok(Collection::own(home.owner.clone(), layer, lens))
    }

    /// Is there room in a home for one more of a sort? What others show in it takes none from its owner's own.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub(super) fn check_count<'l>(
        &self,
        home: impl Iterator<Item = &'l Layer>,
        mount: Option<Mount>,
    ) -> Result<()> {
        let sort = |mount: Option<Mount>| mount.as_ref().map(std::mem::discriminant);
        let held = home.filter(|it| sort(it.mount) == sort(mount)).count() as u64;
        let most = self.limits.max_layers;
        match held < most {
            true => Ok(()),
            false => Err(Refusal::TooMany(most).into()),
        }
    }

    /// Changes a layer's properties, live and dead, all or none.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::BadValue`].
    pub fn patch_layer(&mut self, collection: &Collection, patch: &LayerPatch) -> Result<()> {
        if !collection.may(Act::WriteProperties) {
            return Err(Refusal::Forbidden {
                needs: Privilege::WriteProperties,
            }
            .into());
        }
        // Who sees it, for what its owner uses it and what its floating times mean is the owner's alone to say.
        let owners = patch.visibility.is_some()
            || patch.enabled.is_some()
            || patch.transparent.is_some()
            || patch.timezone.is_some()
            || patch.timezone_id.is_some();
        if owners && collection.relation() != Relation::Owner {
            let needs = Privilege::WriteAcl;
            return Err(Refusal::Forbidden { needs }.into());
        }
        // What clients keep there nobody but the owner reads, and default alarms ring on the owner's devices.
        if !patch.dead.is_empty() && collection.relation() != Relation::Owner {
            let needs = Privilege::WriteProperties;
            return Err(Refusal::Forbidden { needs }.into());
        }
        if patch
            .components
            .is_some_and(|components| components != collection.layer.components)
        {
            return Err(Refusal::BadValue(
                "the components of a calendar are chosen when it is made".to_owned(),
            )
            .into());
        }
        if patch.visibility.is_some() && collection.layer.mount.is_some() {
            let why = "who sees it is for those to say whose items it shows".to_owned();
            return Err(Refusal::BadValue(why).into());
        }
        chooses_alarms(collection, patch)?;
        // Under its lock: others may change another property at the same time.
        let writer = LayerWriter::open(self.tx, collection.layer.id)?.ok_or(Refusal::NotFound)?;
        let mut layer = writer.layer().clone();
        patch.apply(&mut layer)?;
        layers::update(self.tx, &layer)?;
        layers::touch(self.tx, layer.id, self.now)?;
        // What it shows of others stands in their index, where their zone has it.
        if !collection.is_shown() && (patch.timezone.is_some() || patch.timezone_id.is_some()) {
            self.reindex(&collection.with_row(layer.clone()))?;
        }
        self.apply_dead(Subject::Layer(layer.id), &patch.kept())
    }

    /// When the layers in the account's home were changed last in what they are called and how they look.
    pub fn layer_times(&mut self) -> Result<HashMap<LayerId, Instant>> {
        let me = self.device()?.user;
        Ok(layers::times(self.tx, me)?.into_iter().collect())
    }

    /// Floating and all-day times stand in the index where the layer's zone has them; in another zone they stand elsewhere.
    pub(super) fn reindex(&mut self, of: &Collection) -> Result<()> {
        // Of what a platform shows nothing stands there.
        if of.layer.system.is_some() {
            return Ok(());
        }
        let zone = of.zone();
        for name in self.names(of)? {
            let item =
                items::find(self.tx, of.layer.id, &name, Need::Text)?.ok_or(Refusal::NotFound)?;
            index::rewrite(self.tx, &item, &zone, self.limits.horizon, self.now)?;
        }
        Ok(())
    }

    /// Puts a layer into the trash with everything in it. One that only shows what is somebody else's is left for good.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::DefaultNeeded`] for the only calendar that takes events (RFC 6638 section 9.2).
    pub fn delete_layer(&mut self, collection: &Collection) -> Result<()> {
        if !collection.may(Act::Delete) {
            return Err(Refusal::Forbidden {
                needs: Privilege::Unbind,
            }
            .into());
        }
        let layer = &collection.layer;
        if let Some(Mount::View(view)) = layer.mount {
            return self.leave_view(view);
        }
        if let Some(Mount::Handed(user)) = layer.mount {
            handed::clear(self.tx, user)?;
        }
        if layer.mount.is_some() {
            if let Some(Mount::Share(share)) = layer.mount {
                self.leave(share)?;
            }
            return Ok(layers::delete(self.tx, layer.id, self.now)?);
        }
        let takes_events = |layer: &Layer| {
            layer.kind == LayerKind::User
                && layer.mount.is_none()
                && layer.components.contains(Component::Event)
        };
        if takes_events(layer) {
            let others = layers::of_owner(self.tx, layer.owner)?;
            if !others
                .iter()
                .any(|it| it.id != layer.id && takes_events(it))
            {
                return Err(Refusal::DefaultNeeded.into());
            }
        }
        self.end_shares(layer)?;
        trash::discard(self.tx, layer.id, self.now)?;
        self.brake_layer(&collection.owner, layer)?;
        self.trim(layer.owner)
    }

    /// Nobody goes on seeing what was deleted, and nobody sees it again when it comes back but by a new share.
    pub(super) fn end_shares(&mut self, layer: &Layer) -> Result<()> {
        for share in shares::of_layer(self.tx, layer.id)? {
            self.withdraw(layer, &share)?;
        }
        Ok(())
    }

    /// Gives a layer another name in its home; items, tokens and history stay (MOVE, RFC 4918 section 9.9).
    ///
    /// # Errors
    /// [`Refusal::Exists`], [`Refusal::BadLocation`], [`Refusal::Forbidden`].
    pub fn rename_layer(&mut self, collection: &Collection, new_name: &str) -> Result<()> {
        if !collection.may(Act::Delete) {
            return Err(Refusal::Forbidden {
                needs: Privilege::Unbind,
            }
            .into());
        }
        check_name(new_name)?;
        check_free_of_ours(new_name)?;
        if !layers::rename(self.tx, collection.layer.id, new_name, self.now)? {
            return Err(Refusal::Exists.into());
        }
        Ok(())
    }

    /// A new layer with the properties of another and, when asked, its items (COPY, RFC 4918 section 9.8.3).
    ///
    /// # Errors
    /// As [`Access::create_layer`], and [`Refusal::OverQuota`].
    pub fn copy_layer(
        &mut self,
        from: &Collection,
        new_name: &str,
        with_items: bool,
    ) -> Result<Collection> {
        let home = self.home(&from.owner.name)?;
        let layer = &from.layer;
        let new = NewLayer::like(layer, new_name, self.now);
        let into = self.insert_layer(&home, &new)?;
        properties::copy(
            self.tx,
            Subject::Layer(layer.id),
            Subject::Layer(into.layer.id),
        )?;
        if with_items {
            self.copy_items(from, &into)?;
        }
        self.collection(&home.owner.name, new_name)
    }

    fn copy_items(&mut self, from: &Collection, into: &Collection) -> Result<()> {
        let mut size = 0;
        // How much others have is not the viewer's business: of what they show, each item is asked for by itself.
        for part in from.parts().filter(|_| !from.is_shown()) {
            size += items::size(self.tx, part.layer.id)?;
        }
        if self
            .quota(&into.owner)?
            .1
            .is_some_and(|available| size > available)
        {
            return Err(Refusal::OverQuota.into());
        }
        for name in self.names(from)? {
            let transfer = Transfer {
                from,
                name: &name,
                into,
                new_name: &name,
                overwrite: false,
                moving: false,
            };
            self.transfer(transfer, &|_| true)?;
        }
        Ok(())
    }
}

/// Whose alarms items have is a choice of those with whom they are shared.
fn chooses_alarms(collection: &Collection, patch: &LayerPatch) -> Result<()> {
    if patch.alarms.is_some() && collection.shared_from().is_none() {
        return Err(Refusal::NotShared.into());
    }
    Ok(())
}

impl LayerPatch {
    fn changes_nothing(&self) -> bool {
        self.display_name.is_none()
            && self.color.is_none()
            && self.order.is_none()
            && self.description.is_none()
            && self.timezone.is_none()
            && self.timezone_id.is_none()
            && self.transparent.is_none()
            && self.visibility.is_none()
            && self.enabled.is_none()
            && self.alarms.is_none()
            && self.languages.is_empty()
            && self.dead.is_empty()
    }

    fn kept(&self) -> Vec<DeadPatch> {
        [self.languages.as_slice(), &self.dead].concat()
    }

    fn apply(&self, layer: &mut Layer) -> Result<()> {
        for text in [
            self.display_name.as_ref(),
            self.description.as_ref().and_then(Option::as_ref),
        ]
        .into_iter()
        .flatten()
        {
            if text.chars().count() > MAX_TEXT {
                return Err(
                    Refusal::BadValue(format!("a text of at most {MAX_TEXT} characters")).into(),
                );
            }
        }
        set(&mut layer.display_name, self.display_name.as_ref());
        set(&mut layer.color, self.color.as_ref());
        set(&mut layer.order, self.order.as_ref());
        set(&mut layer.description, self.description.as_ref());
        set(&mut layer.transparent, self.transparent.as_ref());
        set(&mut layer.visibility, self.visibility.as_ref());
        set(&mut layer.enabled, self.enabled.as_ref());
        set(&mut layer.alarms, self.alarms.as_ref());
        self.apply_timezone(layer)
    }

    /// The name is the TZID of the text, always (RFC 7809 section 3.1.5). A client that sends both is believed by the
    /// name, which outlives the rules in the text.
    fn apply_timezone(&self, layer: &mut Layer) -> Result<()> {
        if let Some(timezone) = &self.timezone {
            layer.timezone_id = match timezone {
                Some(text) if text.len() > MAX_TIMEZONE => {
                    let most = format!("a time zone of at most {MAX_TIMEZONE} bytes");
                    return Err(Refusal::BadValue(most).into());
                }
                Some(text) => {
                    let (tzid, _) = Zone::named_in(text.as_bytes()).map_err(Refusal::from)?;
                    Some(tzid)
                }
                None => None,
            };
            layer.timezone.clone_from(timezone);
        }
        match &self.timezone_id {
            Some(Some(id)) if layer.timezone_id.as_ref() != Some(id) => {
                let zone = Zone::named(id).ok_or_else(|| {
                    Refusal::BadValue(format!("{id} is no time zone that this server knows"))
                })?;
                layer.timezone = Some(zone.to_icalendar());
                layer.timezone_id = zone.id().map(str::to_owned);
            }
            Some(None) if self.timezone.as_ref().is_none_or(Option::is_none) => {
                (layer.timezone, layer.timezone_id) = (None, None);
            }
            _ => {}
        }
        Ok(())
    }
}

fn set<T: Clone>(field: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}

/// [`Refusal::BadLocation`] for a name that this server keeps for itself.
pub(super) fn check_free_of_ours(name: &str) -> Result<()> {
    let reserved = RESERVED.contains(&name)
        || RESERVED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix));
    if reserved {
        Err(Refusal::BadLocation.into())
    } else {
        Ok(())
    }
}
