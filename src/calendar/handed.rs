//! One item handed to a friend: they read it as somebody with whom its calendar is shared would, and nothing else of that
//! calendar. All that was handed to an account stands in one calendar of its home.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::collection::Source;
use super::relation::Tie;
use super::{Access, Collection, Need, Privilege, Refusal, Result, palette};
use crate::model::{Handed, ItemId, Layer, LayerId, LayerKind, Mount, User, UserId};
use crate::privacy::{Door, Relation};
use crate::store::layers::NewLayer;
use crate::store::{accounts, handed, layers};

/// People to whom one item can be handed.
const MOST_PEOPLE: usize = 100;
/// Items that can be handed to one account.
const MOST_ITEMS: usize = 1_000;

/// Where it all stands.
const NAME: &str = "shared-with-me";
const DISPLAY_NAME: &str = "Shared with me";

impl Access<'_, '_> {
    /// Lets friends read one item of the account's own. Who has it already keeps it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an item that is not there and for who is no friend, [`Refusal::Forbidden`] for what is not the
    /// account's own, [`Refusal::TooMany`].
    pub fn hand_item(
        &mut self,
        of: &Collection,
        name: &str,
        friends: &[&str],
    ) -> Result<Vec<User>> {
        let (me, item) = self.own_item(of, name)?;
        let before: HashSet<UserId> = handed::of_item(self.tx, item)?.into_iter().collect();
        if before.len() + friends.len() > MOST_PEOPLE {
            return Err(Refusal::TooMany(MOST_PEOPLE as u64).into());
        }
        let mut new = Vec::new();
        for friend in friends {
            let to = self.principal(friend)?;
            if !self.is_friend_of(to.id)? {
                return Err(Refusal::NotFound.into());
            }
            let known = handed::to(self.tx, to.id)?;
            if known.len() >= MOST_ITEMS {
                return Err(Refusal::TooMany(MOST_ITEMS as u64).into());
            }
            let act = Handed {
                item,
                layer: of.layer.id,
                owner: me.id,
                to: to.id,
            };
            if handed::hand(self.tx, &act, self.now)?.is_some() {
                self.place(&to)?;
                self.tell_of_item(item, &me, &to)?;
                new.push(to);
            }
        }
        layers::share(self.tx, of.layer.id)?;
        Ok(new)
    }

    /// To whom one item of the account's own was handed.
    ///
    /// # Errors
    /// As [`Access::hand`].
    pub fn handed_to(&mut self, of: &Collection, name: &str) -> Result<Vec<User>> {
        let (_, item) = self.own_item(of, name)?;
        let mut found = Vec::new();
        for user in handed::of_item(self.tx, item)? {
            found.extend(accounts::by_id(self.tx, user)?);
        }
        Ok(found)
    }

    /// Takes an item back from somebody.
    ///
    /// # Errors
    /// As [`Access::hand`], and [`Refusal::NotFound`] for who does not have it.
    pub fn take_back_item(&mut self, of: &Collection, name: &str, from: &str) -> Result<()> {
        let (_, item) = self.own_item(of, name)?;
        let from = self.principal(from)?;
        if !handed::take_back(self.tx, item, from.id)? {
            return Err(Refusal::NotFound.into());
        }
        Ok(super::friends::tidy(self.tx, from.id, self.now)?)
    }

    fn own_item(&mut self, of: &Collection, name: &str) -> Result<(User, ItemId)> {
        let me = self.acting()?;
        let item = self.get(of, name, Need::Index)?.id();
        if !of.is_own() || of.layer.kind == LayerKind::System {
            let needs = Privilege::WriteAcl;
            return Err(Refusal::Forbidden { needs }.into());
        }
        Ok((me, item))
    }

    /// The calendar in which somebody finds what was handed to them.
    fn place(&mut self, to: &User) -> Result<()> {
        let home = layers::of_owner(self.tx, to.id)?;
        if home
            .iter()
            .any(|row| row.mount == Some(Mount::Handed(to.id)))
        {
            return Ok(());
        }
        let others = home.iter().filter(|row| row.mount.is_some()).count();
        let mut name = NAME.to_owned();
        if home.iter().any(|row| row.name == name) {
            name = format!("{name}-{}", self.now);
        }
        let row = NewLayer {
            kind: LayerKind::View,
            display_name: DISPLAY_NAME.to_owned(),
            color: Some(palette::color(others).to_owned()),
            // The time of others is not one's own.
            transparent: true,
            mount: Some(Mount::Handed(to.id)),
            ..NewLayer::named(to.id, &name, self.now)
        };
        layers::create(self.tx, &row)?.ok_or(Refusal::Exists)?;
        Ok(())
    }

    /// What the friends of the account that asks have handed to it.
    pub(super) fn handed_over(&mut self, row: &Layer) -> Result<Vec<Source>> {
        let me = self.device()?.user;
        let mut by_layer: BTreeMap<LayerId, (UserId, i64, HashSet<ItemId>)> = BTreeMap::new();
        for (fact, it) in handed::to(self.tx, me)? {
            let (_, facts, items) = by_layer
                .entry(it.layer)
                .or_insert_with(|| (it.owner, 0, HashSet::new()));
            // Any other set of them is another calendar.
            *facts = facts.wrapping_mul(1_000_003).wrapping_add(fact);
            items.insert(it.item);
        }
        let mut sources = Vec::new();
        for (layer, (owner, facts, items)) in by_layer {
            let owner = accounts::by_id(self.tx, owner)?.map(Arc::new);
            let layer = layers::by_id(self.tx, layer)?;
            let (Some(owner), Some(layer)) = (owner, layer) else {
                continue;
            };
            if self.is_friend_of(owner.id)? {
                sources.push(self.handed_of(&owner, layer, row, facts, items)?);
            }
        }
        Ok(sources)
    }

    fn handed_of(
        &mut self,
        owner: &Arc<User>,
        layer: Layer,
        row: &Layer,
        fact: i64,
        items: HashSet<ItemId>,
    ) -> Result<Source> {
        let id = layer.id;
        let tie = Tie {
            relation: Relation::Delegate,
            writes: false,
            fact,
        };
        let source = self.seen_as(tie, owner, layer, row, Door::View);
        // An item that is gone was taken back, which the fact tells.
        let number = match source.class {
            Some(class) => handed::number(self.tx, id, class, row.owner)?,
            None => 0,
        };
        Ok(Source {
            lens: source.lens.clone().on(items),
            number,
            ..source
        })
    }
}
