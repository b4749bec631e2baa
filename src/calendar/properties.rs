//! Dead properties: what a client may set and this server does not interpret (RFC 4918 section 4).

use std::collections::HashMap;

use super::alarms::is_default_alarm;
use super::{Access, Collection, Home, Privilege, Property, Refusal, Result};
use crate::model::User;
use crate::privacy::{Act, Relation, Viewer, VisibleItem};
use crate::store::outbox;
use crate::store::properties::{self, Subject};

/// Dead properties that one resource may carry, and bytes of all of them together.
const MAX_COUNT: usize = 200;
const MAX_BYTES: usize = 1 << 20;

/// What dead properties hang on.
#[derive(Clone, Copy)]
pub enum Bearer<'b> {
    Principal(&'b User),
    Home(&'b Home),
    Layer(&'b Collection),
    Item(&'b Collection, &'b VisibleItem),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadPatch {
    Set(Property),
    Remove { namespace: String, name: String },
}

impl DeadPatch {
    /// Its namespace and name.
    fn called(&self) -> (&str, &str) {
        match self {
            Self::Set(Property {
                namespace, name, ..
            })
            | Self::Remove { namespace, name } => (namespace, name),
        }
    }
}

impl Bearer<'_> {
    fn subject(&self) -> Subject {
        match self {
            Self::Principal(user) => Subject::User(user.id),
            Self::Home(home) => Subject::Home(home.owner.id),
            Self::Layer(collection) => Subject::Layer(collection.layer.id),
            Self::Item(_, item) => Subject::Item(item.id()),
        }
    }
}

impl Access<'_, '_> {
    pub fn dead_properties(&mut self, of: &Bearer) -> Result<Vec<Property>> {
        // Dead properties are their owner's own business: another viewer sees the live ones alone.
        let own = match of {
            Bearer::Principal(user) => self.is_me(user),
            Bearer::Home(home) => home.is_own(),
            Bearer::Layer(collection) => collection.relation() == Relation::Owner,
            // And what hangs on an item belongs to who has the item.
            Bearer::Item(collection, _) => !collection.is_shown(),
        };
        if !own {
            return Ok(Vec::new());
        }
        Ok(properties::of(self.tx, of.subject())?)
    }

    /// `false` lets a listing skip the question for every item.
    pub fn items_have_dead_properties(&mut self, of: &Collection) -> Result<bool> {
        Ok(!of.is_shown() && properties::any_on_items(self.tx, of.layer.id)?)
    }

    /// Sets and removes, in the order given; the caller's transaction makes it all or nothing.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], and [`Refusal::DeadPropertiesFull`] past what one resource may carry.
    pub fn patch_dead_properties(&mut self, of: &Bearer, patches: &[DeadPatch]) -> Result<()> {
        if patches.is_empty() {
            return Ok(());
        }
        if !self.may_patch(of) {
            return Err(Refusal::Forbidden {
                needs: Privilege::WriteProperties,
            }
            .into());
        }
        self.apply_dead(of.subject(), patches)
    }

    pub(super) fn apply_dead(&mut self, subject: Subject, patches: &[DeadPatch]) -> Result<()> {
        self.check_room(subject, patches)?;
        let rings = |it: &DeadPatch| is_default_alarm(it.called());
        if let Some(me) = self.viewer.user().filter(|_| patches.iter().any(rings)) {
            outbox::wake(self.tx, me, self.now)?;
        }
        for patch in patches {
            match patch {
                DeadPatch::Set(property) => properties::set(self.tx, subject, property)?,
                DeadPatch::Remove { namespace, name } => {
                    properties::remove(self.tx, subject, namespace, name)?
                }
            }
        }
        Ok(())
    }

    /// Is there room for all that will stand there in the end? If not, the first that goes past it is to blame.
    fn check_room(&mut self, subject: Subject, patches: &[DeadPatch]) -> Result<()> {
        if !patches.iter().any(|it| matches!(it, DeadPatch::Set(_))) {
            return Ok(());
        }
        let mut sizes: HashMap<(String, String), usize> = properties::of(self.tx, subject)?
            .into_iter()
            .map(|it| ((it.namespace, it.name), it.xml.len()))
            .collect();
        let mut bytes: usize = sizes.values().sum();
        let mut culprit = None;
        for patch in patches {
            match patch {
                DeadPatch::Set(Property {
                    namespace,
                    name,
                    xml,
                    ..
                }) => {
                    let before = sizes.insert((namespace.clone(), name.clone()), xml.len());
                    bytes = bytes + xml.len() - before.unwrap_or(0);
                    if culprit.is_none() && (sizes.len() > MAX_COUNT || bytes > MAX_BYTES) {
                        culprit = Some((namespace.clone(), name.clone()));
                    }
                }
                DeadPatch::Remove { namespace, name } => {
                    let before = sizes.remove(&(namespace.clone(), name.clone()));
                    bytes -= before.unwrap_or(0);
                }
            }
        }
        match culprit {
            Some((namespace, name)) if sizes.len() > MAX_COUNT || bytes > MAX_BYTES => {
                Err(Refusal::DeadPropertiesFull { namespace, name }.into())
            }
            _ => Ok(()),
        }
    }

    fn may_patch(&self, of: &Bearer) -> bool {
        match of {
            Bearer::Principal(user) => {
                self.is_me(user) && matches!(self.viewer, Viewer::User(device) if !device.read_only)
            }
            Bearer::Home(home) => home.may_write_properties(),
            Bearer::Layer(collection) => collection.may(Act::WriteProperties),
            Bearer::Item(collection, _) => collection.is_own() && collection.may(Act::WriteItems),
        }
    }
}
