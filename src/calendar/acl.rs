//! Access rules of layers and homes (RFC 3744). They are stored where they mean just that: as shares, as the visibility of
//! a layer, and as the owner's word on who may ask when they are busy.

use super::{Access, Collection, Home, Privilege, Refusal, Result};
use crate::model::{
    Circle, FreeBusyTo, Grantee, Group, Mount, Right, Share, ShareId, User, Visibility,
};
use crate::privacy::Relation;
use crate::store::layers;
use crate::store::relations;
use crate::store::shares::{self, NewShare};

/// Rules that one resource can have (`DAV:limited-number-of-aces`).
pub const MAX_RULES: usize = 1_000;

/// What rules are of.
#[derive(Clone, Copy)]
pub enum Ruled<'r> {
    Home(&'r Home),
    Layer(&'r Collection),
}

/// To whom a rule applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    User(User),
    Group(Group),
    /// Of the owner.
    Circle(Circle),
    Authenticated,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The owner's to change here.
    Own,
    /// It follows from something else: an invitation, a delegation.
    Protected,
    /// It is a rule of the home.
    Inherited,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub who: Whom,
    pub right: Right,
    pub origin: Origin,
}

impl Ruled<'_> {
    pub fn owner(&self) -> &User {
        match self {
            Self::Home(home) => &home.owner,
            Self::Layer(collection) => &collection.owner,
        }
    }

    /// `DAV:read-acl`: with whom somebody shares is nobody else's business.
    fn may_read(&self) -> bool {
        match self {
            Self::Home(home) => home.is_own(),
            Self::Layer(collection) => collection.knows_rules(),
        }
    }

    fn may_write(&self) -> bool {
        match self {
            Self::Home(home) => home.may_create_layers(),
            Self::Layer(collection) => collection.may_share(),
        }
    }
}

impl Collection {
    /// Does the viewer know with whom it is shared? What stands in a home by a share has the rules of its owner.
    pub fn knows_rules(&self) -> bool {
        self.relation() == Relation::Owner && self.layer.mount.is_none()
    }
}

impl Whom {
    pub(super) fn grantee(&self) -> Option<Grantee> {
        Some(match self {
            Self::User(user) => Grantee::User(user.id),
            Self::Group(group) => Grantee::Group(group.id),
            Self::Circle(Circle::Friends) => Grantee::Friends,
            Self::Circle(Circle::Proxies { .. }) => return None,
            Self::Authenticated => Grantee::Authenticated,
            Self::All => Grantee::All,
        })
    }
}

impl Access<'_, '_> {
    /// Every rule that holds but that the owner may do everything; `None`: not for this viewer to know.
    pub fn access_rules(&mut self, of: Ruled) -> Result<Option<Vec<Rule>>> {
        if !of.may_read() {
            return Ok(None);
        }
        let mut rules = self.home_rules(of.owner())?;
        if let Ruled::Layer(collection) = of {
            for rule in &mut rules {
                rule.origin = Origin::Inherited;
            }
            let shares = shares::of_layer(self.tx, collection.layer.id)?;
            let mut own = self.named(shares)?;
            own.extend(self.shown_to(collection.layer.visibility));
            own.append(&mut rules);
            rules = own;
        }
        Ok(Some(rules))
    }

    fn home_rules(&mut self, owner: &User) -> Result<Vec<Rule>> {
        let shares = shares::of_home(self.tx, owner.id)?;
        let mut rules = self.named(shares)?;
        let ask = match relations::free_busy_to(self.tx, owner.id)? {
            FreeBusyTo::Nobody => None,
            FreeBusyTo::Friends => Some(Whom::Circle(Circle::Friends)),
            FreeBusyTo::Everyone => Some(Whom::Authenticated),
        };
        let ask = ask.filter(|who| rules.iter().all(|rule| rule.who != *who));
        rules.extend(ask.map(|who| Rule {
            who,
            right: Right::FreeBusy,
            origin: Origin::Own,
        }));
        rules.extend(
            [(false, Right::Read), (true, Right::ReadWrite)].map(|(write, right)| Rule {
                who: Whom::Circle(Circle::Proxies { write }),
                right,
                origin: Origin::Protected,
            }),
        );
        Ok(rules)
    }

    /// Shares that hold, as rules.
    fn named(&mut self, shares: Vec<Share>) -> Result<Vec<Rule>> {
        let mut rules = Vec::new();
        for share in shares.into_iter().filter(Share::holds) {
            let who = match share.grantee {
                Grantee::User(id) => crate::store::accounts::by_id(self.tx, id)?.map(Whom::User),
                Grantee::Group(id) => {
                    crate::store::accounts::group_by_id(self.tx, id)?.map(Whom::Group)
                }
                Grantee::Friends => Some(Whom::Circle(Circle::Friends)),
                Grantee::Authenticated => Some(Whom::Authenticated),
                Grantee::All => Some(Whom::All),
            };
            let origin = match share.invitation {
                None => Origin::Own,
                Some(_) => Origin::Protected,
            };
            rules.extend(who.map(|who| Rule {
                who,
                right: share.right,
                origin,
            }));
        }
        Ok(rules)
    }

    /// Visibility lets somebody read what is not marked as narrower; a share would show them that too.
    fn shown_to(&self, visibility: Visibility) -> Option<Rule> {
        let who = match visibility {
            Visibility::Private => return None,
            Visibility::Friends => Whom::Circle(Circle::Friends),
            Visibility::Public => self.public(),
        };
        Some(Rule {
            who,
            right: Right::Read,
            origin: Origin::Own,
        })
    }

    /// Who reads what is public on this server.
    fn public(&self) -> Whom {
        if self.limits.privacy.anonymous {
            Whom::All
        } else {
            Whom::Authenticated
        }
    }

    /// Exactly these are the rules that are the owner's to change (RFC 3744 section 8.1).
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NotAllowedPrincipal`], [`Refusal::RuleConflict`].
    pub fn set_access_rules(&mut self, of: Ruled, wanted: &[(Whom, Right)]) -> Result<()> {
        if !of.may_write() {
            let needs = Privilege::WriteAcl;
            return Err(Refusal::Forbidden { needs }.into());
        }
        for (who, _) in wanted {
            self.check_grantee(of.owner(), who)?;
        }
        let mut rest = wanted.to_vec();
        let (layer, stand) = match of {
            Ruled::Home(home) => {
                self.take_free_busy_to(home, &mut rest)?;
                (None, shares::of_home(self.tx, home.owner.id)?)
            }
            Ruled::Layer(collection) => {
                self.take_visibility(collection, &mut rest)?;
                let id = collection.layer.id;
                (Some(id), shares::of_layer(self.tx, id)?)
            }
        };
        let stand: Vec<_> = stand
            .into_iter()
            .filter(|it| it.invitation.is_none())
            .collect();
        let wanted: Vec<_> = rest
            .iter()
            .filter_map(|(who, right)| Some((who.grantee()?, *right)))
            .collect();
        for share in &stand {
            match wanted.iter().find(|(grantee, _)| *grantee == share.grantee) {
                None => self.end_share(share.id)?,
                Some((_, right)) if *right != share.right => self.change_right(share, *right)?,
                Some(_) => {}
            }
        }
        for (grantee, right) in wanted {
            if stand.iter().all(|share| share.grantee != grantee) {
                let new = NewShare {
                    owner: of.owner().id,
                    layer,
                    grantee,
                    right,
                    invitation: None,
                    summary: None,
                    now: self.now,
                };
                shares::create(self.tx, &new)?;
            }
        }
        self.forget_bonds();
        Ok(())
    }

    fn check_grantee(&mut self, owner: &User, who: &Whom) -> Result<()> {
        let refused = |why: &str| Err(Refusal::NotAllowedPrincipal(why.to_owned()).into());
        match who {
            Whom::All if !self.limits.privacy.anonymous => {
                refused("nobody reads here without signing in: grant it to DAV:authenticated")
            }
            Whom::Circle(Circle::Proxies { .. }) => {
                refused("who acts for somebody has its rights already")
            }
            Whom::User(user) if relations::has_blocked(self.tx, owner.id, user.id)? => {
                refused("they are blocked")
            }
            _ => Ok(()),
        }
    }

    /// What a setting of the account says in so many words is said by it.
    fn take_free_busy_to(&mut self, home: &Home, rest: &mut Vec<(Whom, Right)>) -> Result<()> {
        if rest.iter().any(|(who, _)| *who == Whom::All) {
            let why = "without signing in, single calendars are read, and no home";
            return Err(Refusal::NotAllowedPrincipal(why.to_owned()).into());
        }
        let mut take = |who: Whom| {
            let at = rest
                .iter()
                .position(|it| *it == (who.clone(), Right::FreeBusy));
            at.map(|at| rest.remove(at)).is_some()
        };
        let to = if take(Whom::Authenticated) {
            FreeBusyTo::Everyone
        } else if take(Whom::Circle(Circle::Friends)) {
            FreeBusyTo::Friends
        } else {
            FreeBusyTo::Nobody
        };
        if to != relations::free_busy_to(self.tx, home.owner.id)? {
            relations::set_free_busy_to(self.tx, home.owner.id, to)?;
        }
        Ok(())
    }

    /// Friends, or everybody, may read a layer when it is visible to them: more than one such rule, or everybody who has
    /// signed in where those who have not read the same, cannot be said.
    fn take_visibility(&mut self, of: &Collection, rest: &mut Vec<(Whom, Right)>) -> Result<()> {
        let friends = Whom::Circle(Circle::Friends);
        let crowd = [friends.clone(), Whom::Authenticated, Whom::All];
        let mut visibility = Visibility::Private;
        let mut kept = Vec::new();
        for (who, right) in rest.drain(..) {
            if !crowd.contains(&who) || right != Right::Read && who != Whom::All {
                kept.push((who, right));
                continue;
            }
            if right != Right::Read {
                let why = "those who have not signed in read, or do nothing";
                return Err(Refusal::RuleConflict(why.to_owned()).into());
            }
            let wanted = if who == friends {
                Visibility::Friends
            } else if who == self.public() {
                Visibility::Public
            } else {
                let why = "what everybody who has signed in reads here, everybody reads: grant it to DAV:all";
                return Err(Refusal::NotAllowedPrincipal(why.to_owned()).into());
            };
            if visibility != Visibility::Private {
                let why = "a calendar is visible to friends or to everybody, who are friends too: one rule says it";
                return Err(Refusal::RuleConflict(why.to_owned()).into());
            }
            visibility = wanted;
        }
        *rest = kept;
        if visibility != of.layer.visibility {
            let mut layer = of.layer.clone();
            layer.visibility = visibility;
            layers::update(self.tx, &layer)?;
        }
        Ok(())
    }

    fn change_right(&mut self, share: &Share, right: Right) -> Result<()> {
        let changed = Share {
            right,
            at: self.now,
            ..share.clone()
        };
        shares::update(self.tx, &changed)?;
        if !changed.opens() {
            self.unmount(share.id)?;
        }
        Ok(())
    }

    /// Takes a right away; what stood in somebody's home by it goes with it, as the home's sync tells.
    pub(super) fn end_share(&mut self, share: ShareId) -> Result<()> {
        self.unmount(share)?;
        shares::remove(self.tx, share)?;
        Ok(())
    }

    pub(super) fn unmount(&mut self, share: ShareId) -> Result<()> {
        for row in layers::mounting(self.tx, Mount::Share(share))? {
            layers::delete(self.tx, row.id, self.now)?;
        }
        Ok(())
    }
}
