//! What a viewer was let into: a layer, or a home with the layers that are there for this viewer.

use super::token::{HomeToken, LayerToken};
use super::{Access, Refusal, Result};
use crate::ical::Zone;
use crate::model::{Layer, User};
use crate::privacy::{Act, Lens, Relation};
use crate::store;

/// A layer that this viewer is admitted to.
#[derive(Clone, Debug)]
pub struct Collection {
    pub owner: User,
    pub layer: Layer,
    pub(super) lens: Lens,
}

impl Collection {
    pub fn may(&self, act: Act) -> bool {
        self.lens.may(act, &self.layer)
    }

    pub fn relation(&self) -> Relation {
        self.lens.relation()
    }

    /// The sync token of this state (RFC 6578 section 4); the ctag too. A URI, as Evolution drops other forms.
    pub fn token(&self) -> String {
        LayerToken::of(&self.layer).to_string()
    }

    /// What floating and all-day times mean here: the layer's time zone, else its owner's, else UTC
    /// (RFC 4791 section 5.2.2).
    pub fn zone(&self) -> Zone {
        let named = |name: &Option<String>| name.as_deref().and_then(Zone::named);
        named(&self.layer.timezone_id)
            .or_else(|| {
                self.layer
                    .timezone
                    .as_ref()
                    .and_then(|text| Zone::from_icalendar(text.as_bytes()).ok())
            })
            .or_else(|| named(&self.owner.timezone))
            .unwrap_or_else(Zone::utc)
    }
}

/// An account's calendar home as this viewer sees it.
#[derive(Clone, Debug)]
pub struct Home {
    pub owner: User,
    pub layers: Vec<Collection>,
    pub(super) lens: Lens,
}

impl Home {
    /// Changes whenever a layer comes, goes, or changes in its items or properties.
    pub fn token(&self) -> String {
        HomeToken::of(self).to_string()
    }

    pub fn may_create_layers(&self) -> bool {
        self.lens.may_create_layers()
    }

    pub fn may_write_properties(&self) -> bool {
        self.lens.may_write_home()
    }

    pub fn relation(&self) -> Relation {
        self.lens.relation()
    }
}

impl Access<'_, '_> {
    /// The calendar home of an account; one that this viewer may not know of is not found.
    pub fn home(&mut self, owner: &str) -> Result<Home> {
        let (owner, lens) = self.admitted(owner)?;
        let layers = store::layers::of_owner(self.tx, owner.id)?
            .into_iter()
            .filter(|layer| lens.admits(layer.id))
            .map(|layer| Collection {
                owner: owner.clone(),
                layer,
                lens: lens.clone(),
            })
            .collect();
        Ok(Home {
            owner,
            layers,
            lens,
        })
    }

    /// One layer of an account; one that this viewer may not know of is not found.
    pub fn collection(&mut self, owner: &str, layer: &str) -> Result<Collection> {
        let (owner, lens) = self.admitted(owner)?;
        let layer = store::layers::find(self.tx, owner.id, layer)?
            .filter(|layer| lens.admits(layer.id))
            .ok_or(Refusal::NotFound)?;
        Ok(Collection { owner, layer, lens })
    }

    fn admitted(&mut self, owner: &str) -> Result<(User, Lens)> {
        let me = self.me.as_ref().ok_or(Refusal::Unauthenticated)?;
        let owner = if me.name == owner {
            me.clone()
        } else {
            store::accounts::by_name(self.tx, owner)?.ok_or(Refusal::NotFound)?
        };
        let lens = Lens::new(self.viewer, owner.id);
        if !lens.admits_home() {
            return Err(Refusal::NotFound.into());
        }
        Ok((owner, lens))
    }
}
