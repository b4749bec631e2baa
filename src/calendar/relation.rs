//! What a viewer is to the owner of a layer, and by what right.

use std::collections::HashMap;

use super::{Access, Result};
use crate::model::{Fact, FreeBusyTo, Layer, Right, User, UserId};
use crate::privacy::Viewer;
use crate::privacy::rules::Relation;
use crate::store::Tx;
use crate::store::relations::{self, Ties};
use crate::store::shares::{self, Grant};

/// What joins a viewer to the owner of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tie {
    pub relation: Relation,
    /// May the viewer write items?
    pub writes: bool,
    /// Of what makes the relation; 0 where nothing had to be made.
    pub fact: i64,
}

/// What this transaction has found out about its viewer and the owners that it met.
pub(super) type Bonds = HashMap<UserId, Bond>;

#[derive(Clone, Debug, Default)]
pub(super) struct Bond {
    ties: Ties,
    grants: Vec<Grant>,
}

/// The right to read in a layer, and what it rests on.
#[derive(Clone, Copy)]
struct Reading {
    writes: bool,
    fact: Fact,
}

impl Tie {
    fn plain(relation: Relation) -> Self {
        Self {
            relation,
            writes: false,
            fact: 0,
        }
    }
}

impl Bond {
    fn read(tx: &mut Tx, viewer: UserId, owner: UserId) -> Result<Self> {
        Ok(Self {
            ties: relations::ties(tx, viewer, owner)?,
            grants: shares::granted(tx, owner, Some(viewer))?,
        })
    }

    /// Does the owner let the viewer know of them?
    fn opens(&self) -> bool {
        let ties = &self.ties;
        !ties.blocked && (ties.friends.is_some() || ties.proxy.is_some() || !self.grants.is_empty())
    }

    /// A delegate before a friend before anybody else; where one of the two has blocked the other, nothing else counts.
    fn tie(&self, layer: Option<&Layer>) -> Tie {
        if self.ties.blocked {
            return Tie::plain(Relation::Account);
        }
        if let Some(reading) = self.reading(layer) {
            return Tie {
                relation: Relation::Delegate,
                writes: reading.writes,
                fact: reading.fact.0,
            };
        }
        match self.ties.friends {
            Some(fact) => Tie {
                relation: Relation::Friend,
                writes: false,
                fact: fact.0,
            },
            None => Tie::plain(Relation::Account),
        }
    }

    /// As one who acts for the owner, or by a share. Of equal rights the older, so that a further one changes nothing for
    /// who holds a token.
    fn reading(&self, layer: Option<&Layer>) -> Option<Reading> {
        let proxy = self.ties.proxy.map(|proxy| Reading {
            writes: proxy.write,
            fact: proxy.fact,
        });
        let share = self
            .grant(layer)
            .filter(|grant| grant.right >= Right::Read)
            .map(|grant| Reading {
                writes: grant.right == Right::ReadWrite,
                fact: grant.fact,
            });
        proxy
            .into_iter()
            .chain(share)
            .max_by_key(|it| (it.writes, std::cmp::Reverse(it.fact)))
    }

    fn grant(&self, layer: Option<&Layer>) -> Option<Grant> {
        match layer {
            Some(layer) => shares::strongest(&self.grants, layer.id),
            None => shares::strongest_of_home(&self.grants),
        }
    }

    fn was_given(&self, layer: &Layer) -> bool {
        let names = |grant: &Grant| grant.layer == Some(layer.id);
        !self.ties.blocked && self.grants.iter().any(names)
    }

    fn may_ask_free_busy(&self, layer: Option<&Layer>) -> bool {
        if self.ties.blocked {
            return false;
        }
        let by_setting = match self.ties.free_busy_to {
            FreeBusyTo::Nobody => false,
            FreeBusyTo::Friends => self.ties.friends.is_some(),
            FreeBusyTo::Everyone => true,
        };
        by_setting || self.ties.proxy.is_some() || self.grant(layer).is_some()
    }
}

impl Access<'_, '_> {
    /// What the viewer is to an owner in every layer of theirs.
    pub(super) fn relation(&mut self, owner: &User) -> Result<Relation> {
        Ok(self.tied(owner, None)?.relation)
    }

    /// What the viewer is to the owner of a layer.
    pub(super) fn tie(&mut self, owner: &User, layer: &Layer) -> Result<Tie> {
        self.tied(owner, Some(layer))
    }

    fn tied(&mut self, owner: &User, layer: Option<&Layer>) -> Result<Tie> {
        Ok(match self.viewer {
            Viewer::Anyone => Tie::plain(Relation::Anonymous),
            Viewer::User(device) if device.user == owner.id => Tie::plain(Relation::Owner),
            Viewer::User(_) => self.bond(owner.id)?.tie(layer),
        })
    }

    /// May the viewer know when the owner is busy: in a layer, or, without one, at all? A share of any right says so for its
    /// layers, the owner's setting for every one of them.
    pub fn may_ask_free_busy(&mut self, owner: &User, layer: Option<&Layer>) -> Result<bool> {
        Ok(match self.viewer {
            Viewer::Anyone => false,
            Viewer::User(device) if device.user == owner.id => true,
            Viewer::User(_) => self.bond(owner.id)?.may_ask_free_busy(layer),
        })
    }

    /// Has the owner given the viewer the right to ask in this very layer? Then they know that it is there.
    pub(super) fn was_given_free_busy(&mut self, owner: &User, layer: &Layer) -> Result<bool> {
        if !matches!(self.viewer, Viewer::User(device) if device.user != owner.id) {
            return Ok(false);
        }
        Ok(self.bond(owner.id)?.was_given(layer))
    }

    /// Has the other opened anything to the viewer, or has the viewer named the other in a share or a delegation? What is for
    /// a group or for everybody names nobody: it would tell who there is.
    pub(super) fn is_tied_to(&mut self, other: UserId) -> Result<bool> {
        let me = self.device()?.user;
        if self.bond(other)?.opens() {
            return Ok(true);
        }
        Ok(relations::has_named(self.tx, me, other)?)
    }

    /// Does an accepted friendship stand between the two?
    pub(super) fn is_friend_of(&mut self, owner: UserId) -> Result<bool> {
        let ties = self.bond(owner)?.ties;
        Ok(ties.friends.is_some() && !ties.blocked)
    }

    /// What has been found out before something changed is to be asked anew.
    pub(super) fn forget_bonds(&mut self) {
        self.bonds.clear();
    }

    fn bond(&mut self, owner: UserId) -> Result<&Bond> {
        let viewer = self.device()?.user;
        if !self.bonds.contains_key(&owner) {
            let bond = Bond::read(self.tx, viewer, owner)?;
            self.bonds.insert(owner, bond);
        }
        Ok(self.bonds.entry(owner).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ShareId;
    use crate::store::relations::Proxy;

    fn grant(right: Right, fact: i64) -> Grant {
        Grant {
            id: ShareId(fact),
            layer: None,
            right,
            fact: Fact(fact),
        }
    }

    fn bond(friends: Option<i64>, proxy: Option<(bool, i64)>, grants: &[Grant]) -> Bond {
        Bond {
            ties: Ties {
                friends: friends.map(Fact),
                proxy: proxy.map(|(write, fact)| Proxy {
                    write,
                    fact: Fact(fact),
                }),
                ..Ties::default()
            },
            grants: grants.to_vec(),
        }
    }

    #[test]
    fn a_delegate_before_a_friend_before_an_account() {
        let read = grant(Right::Read, 5);
        let cases = [
            (bond(None, None, &[]), (Relation::Account, false, 0)),
            (bond(Some(3), None, &[]), (Relation::Friend, false, 3)),
            (bond(Some(3), None, &[read]), (Relation::Delegate, false, 5)),
            (
                bond(None, Some((true, 7)), &[read]),
                (Relation::Delegate, true, 7),
            ),
            (
                bond(None, Some((false, 7)), &[read]),
                (Relation::Delegate, false, 5),
            ),
            (
                bond(None, Some((false, 4)), &[grant(Right::ReadWrite, 9)]),
                (Relation::Delegate, true, 9),
            ),
            (
                bond(Some(3), None, &[grant(Right::FreeBusy, 5)]),
                (Relation::Friend, false, 3),
            ),
            (
                bond(None, None, &[grant(Right::FreeBusy, 5)]),
                (Relation::Account, false, 0),
            ),
        ];
        for (bond, (relation, writes, fact)) in cases {
            let expected = Tie {
                relation,
                writes,
                fact,
            };
            assert_eq!(bond.tie(None), expected, "{bond:?}");
            let mut blocked = bond.clone();
            blocked.ties.blocked = true;
            assert_eq!(blocked.tie(None), Tie::plain(Relation::Account));
            assert!(!blocked.may_ask_free_busy(None));
        }
    }

    #[test]
    fn free_busy_is_for_whom_the_owner_says_and_every_share() {
        let ask = |to, mut bond: Bond| {
            bond.ties.free_busy_to = to;
            bond.may_ask_free_busy(None)
        };
        let stranger = || bond(None, None, &[]);
        let friend = || bond(Some(1), None, &[]);
        let sharee = || bond(None, None, &[grant(Right::FreeBusy, 1)]);
        let delegate = || bond(None, Some((false, 1)), &[]);
        for (to, allowed) in [
            (FreeBusyTo::Nobody, [false, false, true, true]),
            (FreeBusyTo::Friends, [false, true, true, true]),
            (FreeBusyTo::Everyone, [true; 4]),
        ] {
            let told = [stranger(), friend(), sharee(), delegate()].map(|bond| ask(to, bond));
            assert_eq!(told, allowed, "{to:?}");
        }
    }
}
