//! What changed since a client last looked (RFC 6578): in one layer, and in a home.

mod shown;

use std::collections::{BTreeMap, BTreeSet};

use super::token::{HomeToken, LayerToken, Mark};
use super::{Access, Collection, Error, Home, Need, Refusal};
use crate::model::LayerId;
use crate::privacy::VisibleItem;
use crate::store::layers::FormerName;
use crate::store::{self, changes};

#[allow(
    clippy::large_enum_variant,
    reason = "handed on one by one: a box would be an allocation for each"
)]
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

/// The number of a change, and what this viewer is told of it.
fn told(of: &Collection, change: changes::Change) -> (i64, Option<Change>) {
    match change {
        changes::Change::Written(item) => {
            let number = item.number;
            (number, of.lens.disclose(item).map(Change::Written))
        }
        changes::Change::Gone { name, number } => (number, Some(Change::Gone(name))),
    }
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
        self.reachable(of)?;
        if of.is_shown() {
            return self.shown_since(of, token, at_most, need, visit);
        }
        let from = match token {
            Some(text) => self.resume(of, text)?,
            None => LayerToken {
                number: 0,
                start: Some(of.layer.number),
                ..LayerToken::of(&of.layer)
            },
        };
        let after = from.number;
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
                let (number, told) = told(of, change);
                reached = number;
                told.map_or(Ok(()), &mut *visit)
            },
        )?;
        let reached = LayerToken {
            number: reached,
            start: from.start.filter(|start| *start > reached),
            ..from
        };
        let token = if truncated {
            reached
        } else {
            LayerToken::of(&of.layer)
        };
        Ok(Synced {
            token: token.to_string(),
            truncated,
        })
    }

    /// A token, when it can still be answered from.
    fn resume(&mut self, of: &Collection, text: &str) -> super::Result<LayerToken> {
        let now = LayerToken::of(&of.layer);
        let token = LayerToken::parse(text)
            .filter(|token| {
                token.layer == now.layer
                    && token.epoch == now.epoch
                    && token.number.max(token.start.unwrap_or(0)) <= now.number
            })
            .ok_or(Refusal::TokenExpired)?;
        let knows_deletions_from = token.number.max(token.start.unwrap_or(0));
        if knows_deletions_from < changes::horizon(self.tx, of.layer.id)? {
            return Err(Refusal::TokenExpired.into());
        }
        Ok(token)
    }

    /// Visits the layers of a home that came, changed or went since a token (`None`: all there are).
    ///
    /// What there is to say of one layer is said together, even past `at_most`: a page ends between two layers.
    ///
    /// # Errors
    /// [`Refusal::TokenExpired`] for a token that is not of this home, or that names a layer which nobody remembers.
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
                marks: BTreeMap::new(),
            },
        };
        let former = self.former_names(of, &seen)?;
        let here: BTreeMap<LayerId, &Collection> =
            of.listed().map(|it| (it.layer.id, it)).collect();
        let layers: BTreeSet<LayerId> = seen.marks.keys().chain(here.keys()).copied().collect();
        let mut left = at_most;
        for layer in layers {
            let mark = here.get(&layer).map(|it| Mark::of(it, of.is_own()));
            if seen.marks.get(&layer) == mark.as_ref() {
                continue;
            }
            if left == 0 {
                return Ok(Synced {
                    token: seen.to_string(),
                    truncated: true,
                });
            }
            for name in former.iter().filter(|former| former.layer == layer) {
                left = left.saturating_sub(1);
                visit(HomeChange::Gone(name.name.clone()))?;
            }
            match (here.get(&layer), mark) {
                (Some(collection), Some(mark)) => {
                    left = left.saturating_sub(1);
                    seen.marks.insert(layer, mark);
                    visit(HomeChange::Written(Box::new((*collection).clone())))?;
                }
                _ => {
                    // It stands where it stood, but is no longer listed.
                    if let Some(unlisted) = of.layers.iter().find(|it| it.layer.id == layer) {
                        left = left.saturating_sub(1);
                        visit(HomeChange::Gone(unlisted.layer.name.clone()))?;
                    }
                    seen.marks.remove(&layer);
                }
            }
        }
        Ok(Synced {
            token: seen.to_string(),
            truncated: false,
        })
    }

    /// Names under which the token's holder may know a layer that no longer stands there. A mark of a layer that this
    /// viewer is not admitted to, or that nobody remembers, is no mark of theirs.
    fn former_names(&mut self, of: &Home, seen: &HomeToken) -> super::Result<Vec<FormerName>> {
        if !of.is_own() {
            return former_names_elsewhere(of, seen);
        }
        let mut names = store::layers::gone(self.tx, of.owner.id)?;
        let here = |layer| of.layers.iter().any(|it| it.layer.id == layer);
        let remembered = |layer| {
            here(layer) || (of.standing.reaches(layer) && names.iter().any(|it| it.layer == layer))
        };
        if !seen.marks.keys().all(|layer| remembered(*layer)) {
            return Err(Refusal::TokenExpired.into());
        }
        names.retain(|former| {
            let known = seen.marks.get(&former.layer);
            known.is_some_and(|known| known.changes < former.changes)
                && !of.layers.iter().any(|it| it.layer.name == former.name)
        });
        Ok(names)
    }
}

/// In another's home only what is there now is told: which names its layers had before is not for everybody, so whoever
/// knows one that is gone begins anew.
fn former_names_elsewhere(of: &Home, seen: &HomeToken) -> super::Result<Vec<FormerName>> {
    let stands = |layer: &LayerId, mark: &Mark| {
        let here = of.layers.iter().find(|it| it.layer.id == *layer);
        here.is_some_and(|it| Mark::of(it, false).epoch == mark.epoch)
    };
    if seen.marks.iter().all(|(layer, mark)| stands(layer, mark)) {
        Ok(Vec::new())
    } else {
        Err(Refusal::TokenExpired.into())
    }
}
