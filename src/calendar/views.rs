//! Collections in which layers of others come together: all that a friend lets through.

use std::collections::HashMap;
use std::sync::Arc;

use super::collection::Source;
use super::{Access, Result};
use crate::model::{Layer, LayerId, UserId};
use crate::privacy::Door;
use crate::store::{accounts, audiences, layers};

/// How far each class has come in each layer, and what it must have seen.
type Reaches = HashMap<(LayerId, i64), (i64, i64)>;

impl Access<'_, '_> {
    /// What a friend lets through to a viewer who follows them. `None`: they are no friends.
    pub(super) fn friend_view(
        &mut self,
        friend: UserId,
        row: &Layer,
    ) -> Result<Option<Vec<Source>>> {
        let Some(friend) = accounts::by_id(self.tx, friend)?.map(Arc::new) else {
            return Ok(None);
        };
        if !self.is_friend_of(friend.id)? {
            return Ok(None);
        }
        let reaches = audiences::reaches_of(self.tx, friend.id)?;
        let mut sources = Vec::new();
        for layer in layers::of_owner(self.tx, friend.id)? {
            if layer.mount.is_none() {
                let source = self.sight(&friend, layer, row, Door::View)?;
                sources.extend(standing(source, &reaches));
            }
        }
        sources.sort_by_key(|source| source.layer.id);
        Ok(Some(sources))
    }
}

/// A source with how far its class has come. `None`: nothing of the layer was ever there for the class, so that not even a
/// token tells of it.
pub(super) fn standing(source: Source, reaches: &Reaches) -> Option<Source> {
    let Some(class) = source.class else {
        return Some(source);
    };
    let reach = reaches.get(&(source.layer.id, class.code())).copied();
    let (number, horizon) = reach.unwrap_or_default();
    let source = Source {
        number,
        horizon,
        ..source
    };
    (number > 0 || source.lens.admits()).then_some(source)
}
