//! What changed since a client last looked (RFC 6578): in one layer, and in a home.

use super::token::{HomeToken, LayerToken, Mark};
use super::{Access, Collection, Error, Home, Need, Refusal};
use crate::privacy::VisibleItem;
use crate::store::{self, changes};

pub enum Change {
    Written(VisibleItem),
    /// The name of an item that is no longer there for this viewer.
    Gone(String),
}

pub enum HomeChange {
    Written(Box<Collection>),
    /// The name of a layer that is no longer there for this viewer.
    Gone(String),
}

/// How far the answer went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    pub token: String,
    /// There is more: ask again with the token (RFC 6578 section 3.6).
    pub truncated: bool,
}

impl Access<'_, '_> {
    /// Visits what changed in a layer since a token (`None`: everything there is), oldest change first, at most `at_most`.
    ///
    /// # Errors
    /// [`Refusal::TokenExpired`] for a token that is foreign, from the future, or from before the sweep of tombstones.
    pub fn since<E: From<Error> + From<store::Error>>(
        &mut self,
        of: &Collection,
        token: Option<&str>,
        at_most: usize,
        need: Need,
        visit: &mut dyn FnMut(Change) -> std::result::Result<(), E>,
    ) -> std::result::Result<Synced, E> {
        let after = match token {
            Some(text) => self.resume(of, text)?,
            None => 0,
        };
        let (mut left, mut reached, mut truncated) = (at_most, after, false);
        let one_more = at_most.saturating_add(1);
        changes::since(
            self.tx,
            of.layer.id,
            after,
            token.is_none(),
            one_more,
            need,
            &mut |change| {
                if left == 0 {
                    truncated = true;
                    return Ok(());
                }
                left -= 1;
                match change {
                    changes::Change::Written(item) => {
                        reached = item.number;
                        match of.lens.disclose(item) {
                            Some(item) => visit(Change::Written(item)),
                            None => Ok(()),
                        }
                    }
                    changes::Change::Gone { name, number } => {
                        reached = number;
                        visit(Change::Gone(name))
                    }
                }
            },
        )?;
        let number = if truncated { reached } else { of.layer.number };
        let token = LayerToken {
            number,
            ..LayerToken::of(&of.layer)
        }
        .to_string();
        Ok(Synced { token, truncated })
    }

    /// The number that a token stands at, when it can still be answered from.
    fn resume(&mut self, of: &Collection, text: &str) -> super::Result<i64> {
        let now = LayerToken::of(&of.layer);
        let token = LayerToken::parse(text)
            .filter(|token| {
                token.layer == now.layer && token.epoch == now.epoch && token.number <= now.number
            })
            .ok_or(Refusal::TokenExpired)?;
        if token.number < changes::horizon(self.tx, of.layer.id)? {
            return Err(Refusal::TokenExpired.into());
        }
        Ok(token.number)
    }

    /// Visits the layers of a home that came, changed or went since a token (`None`: all there are).
    ///
    /// # Errors
    /// [`Refusal::TokenExpired`] for a token that is not of this home.
    pub fn home_since<E: From<Error> + From<store::Error>>(
        &mut self,
        of: &Home,
        token: Option<&str>,
        at_most: usize,
        visit: &mut dyn FnMut(HomeChange) -> std::result::Result<(), E>,
    ) -> std::result::Result<Synced, E> {
        let mut seen = match token {
            Some(text) => HomeToken::parse(text)
                .filter(|it| it.owner == of.owner.id)
                .ok_or(Error::from(Refusal::TokenExpired))?,
            None => HomeToken {
                owner: of.owner.id,
                marks: Default::default(),
            },
        };
        let mut left = at_most;
        for (layer, name) in self.vanished(of, &seen)? {
            if left == 0 {
                return Ok(Synced {
                    token: seen.to_string(),
                    truncated: true,
                });
            }
            left -= 1;
            if !of.layers.iter().any(|it| it.layer.id == layer) {
                seen.marks.remove(&layer);
            }
            visit(HomeChange::Gone(name))?;
        }
        let here: Vec<_> = of
            .layers
            .iter()
            .filter(|it| seen.marks.get(&it.layer.id) != Some(&Mark::of(&it.layer)))
            .collect();
        for collection in here {
            if left == 0 {
                return Ok(Synced {
                    token: seen.to_string(),
                    truncated: true,
                });
            }
            left -= 1;
            seen.marks
                .insert(collection.layer.id, Mark::of(&collection.layer));
            visit(HomeChange::Written(Box::new(collection.clone())))?;
        }
        seen.marks
            .retain(|layer, _| of.layers.iter().any(|it| it.layer.id == *layer));
        Ok(Synced {
            token: seen.to_string(),
            truncated: false,
        })
    }

    /// Names under which the token's holder may know a layer that no longer stands there: deleted, or renamed since.
    fn vanished(
        &mut self,
        of: &Home,
        seen: &HomeToken,
    ) -> super::Result<Vec<(crate::model::LayerId, String)>> {
        let changed = |layer| {
            let mark = of
                .layers
                .iter()
                .find(|it| it.layer.id == layer)
                .map(|it| Mark::of(&it.layer));
            seen.marks
                .get(&layer)
                .is_some_and(|known| Some(*known) != mark)
        };
        let mut names = store::layers::gone(self.tx, of.owner.id)?;
        // A layer that is gone, and its name forgotten: the token is from before the horizon.
        let here = |layer| of.layers.iter().any(|it| it.layer.id == layer);
        if seen
            .marks
            .keys()
            .any(|known| !here(*known) && !names.iter().any(|(gone, _)| gone == known))
        {
            return Err(Refusal::TokenExpired.into());
        }
        names.retain(|(layer, name)| {
            changed(*layer) && !of.layers.iter().any(|it| it.layer.name == *name)
        });
        Ok(names)
    }
}
