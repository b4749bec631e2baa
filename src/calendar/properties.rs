//! Dead properties: what a client may set and this server does not interpret (RFC 4918 section 4).

use super::{Access, Collection, Home, Privilege, Property, Refusal, Result};
use crate::model::User;
use crate::privacy::{Act, Viewer, VisibleItem};
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
        // A principal's dead properties are its own business: another viewer sees the live ones alone.
        if let Bearer::Principal(user) = of
            && !self.is_me(user)
        {
            return Ok(Vec::new());
        }
        Ok(properties::of(self.tx, of.subject())?)
    }

    /// `false` lets a listing skip the question for every item.
    pub fn items_have_dead_properties(&mut self, of: &Collection) -> Result<bool> {
        Ok(properties::any_on_items(self.tx, of.layer.id)?)
    }

    /// Sets and removes, in the order given; the caller's transaction makes it all or nothing.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], and [`Refusal::TooMany`] or [`Refusal::OverQuota`] past what one resource may carry.
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
        for patch in patches {
            match patch {
                DeadPatch::Set(property) => properties::set(self.tx, subject, property)?,
                DeadPatch::Remove { namespace, name } => {
                    properties::remove(self.tx, subject, namespace, name)?
                }
            }
        }
        if patches
            .iter()
            .any(|patch| matches!(patch, DeadPatch::Set(_)))
        {
            let all = properties::of(self.tx, subject)?;
            if all.len() > MAX_COUNT {
                return Err(Refusal::TooMany(MAX_COUNT as u64).into());
            }
            if all.iter().map(|property| property.xml.len()).sum::<usize>() > MAX_BYTES {
                return Err(Refusal::OverQuota.into());
            }
        }
        Ok(())
    }

    fn may_patch(&self, of: &Bearer) -> bool {
        match of {
            Bearer::Principal(user) => {
                self.is_me(user) && matches!(self.viewer, Viewer::User(device) if !device.read_only)
            }
            Bearer::Home(home) => home.lens.may_write_home(),
            Bearer::Layer(collection) | Bearer::Item(collection, _) => {
                collection.may(Act::WriteProperties)
            }
        }
    }

    fn is_me(&self, user: &User) -> bool {
        matches!(self.viewer, Viewer::User(device) if device.user == user.id)
    }
}
