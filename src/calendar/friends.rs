//! Friends: asked for, accepted, declined, followed, blocked. Who has been blocked is told nothing, and finds nobody.

use std::collections::HashSet;

use super::{Access, Home, Privilege, Refusal, Result, palette};
use crate::model::{
    FreeBusyTo, Friendship, FriendshipState, Instant, LayerKind, Mount, ShareId, User, UserId,
    ViewId,
};
use crate::store::layers::{self, NewLayer};
use crate::store::{self, Tx, accounts, handed, relations, shares, views};

/// Friends, and those who have been asked or have asked, that an account can have.
const MOST: usize = 2_000;

/// What stands between an account and another.
#[derive(Clone, Debug)]
pub struct Acquaintance {
    pub user: User,
    pub state: FriendshipState,
    /// When it was accepted, or else asked for.
    pub at: Instant,
    /// Does the friend's calendar stand in the account's home?
    pub follows: bool,
}

/// Friends of an account, and those who have asked or been asked, by id.
pub fn acquaintances(tx: &mut Tx, of: UserId) -> store::Result<Vec<Acquaintance>> {
    let followed: HashSet<UserId> = layers::of_owner(tx, of)?
        .into_iter()
        .filter_map(|layer| match layer.mount {
            Some(Mount::Friend(friend)) => Some(friend),
            _ => None,
        })
        .collect();
    let mut found = Vec::new();
    for Friendship { other, state, at } in relations::friendships(tx, of)? {
        if let Some(user) = accounts::by_id(tx, other)? {
            found.push(Acquaintance {
                follows: followed.contains(&user.id),
                user,
                state,
                at,
            });
        }
    }
    Ok(found)
}

/// Two accounts are friends from now on, and follow each other. `false`: they were friends already.
pub fn befriend(tx: &mut Tx, by: &User, other: &User, now: Instant) -> store::Result<bool> {
    if !relations::befriend(tx, by.id, other.id, now)? {
        return Ok(false);
    }
    follow(tx, by, other, now)?;
    follow(tx, other, by, now)?;
    Ok(true)
}

/// Ends a friendship, or an asking for one, and what followed from it. `false`: there was none.
pub fn unfriend(tx: &mut Tx, one: &User, other: &User, now: Instant) -> store::Result<bool> {
    let ended = relations::part(tx, one.id, other.id)?;
    tidy(tx, one.id, now)?;
    tidy(tx, other.id, now)?;
    Ok(ended)
}

/// Ends everything between the two for as long as the block stands. `false`: it stood already.
pub fn block(tx: &mut Tx, blocker: &User, blocked: &User, now: Instant) -> store::Result<bool> {
    let added = relations::block(tx, blocker.id, blocked.id, now)?;
    tidy(tx, blocker.id, now)?;
    tidy(tx, blocked.id, now)?;
    Ok(added)
}

/// Puts a friend's calendar into the follower's home. `false`: it stands there.
pub fn follow(tx: &mut Tx, follower: &User, followed: &User, now: Instant) -> store::Result<bool> {
    let mount = Mount::Friend(followed.id);
    let home = layers::of_owner(tx, follower.id)?;
    if home.iter().any(|layer| layer.mount == Some(mount)) {
        return Ok(false);
    }
    let others = home.iter().filter(|layer| layer.mount.is_some()).count();
    let mut name = format!("friend-{}", followed.name);
    if home.iter().any(|layer| layer.name == name) {
        name = format!("{name}-{}", followed.id.0);
    }
    let row = NewLayer {
        kind: LayerKind::View,
        display_name: followed.display_name.clone(),
        color: Some(palette::color(others).to_owned()),
        // A friend's time is not the follower's.
        transparent: true,
        mount: Some(mount),
        ..NewLayer::named(follower.id, &name, now)
    };
    Ok(layers::create(tx, &row)?.is_some())
}

/// Takes a friend's calendar out of the follower's home. `false`: it does not stand there.
pub fn unfollow(
    tx: &mut Tx,
    follower: &User,
    followed: &User,
    now: Instant,
) -> store::Result<bool> {
    let rows = layers::mounting(tx, Mount::Friend(followed.id))?;
    let own = rows.iter().find(|layer| layer.owner == follower.id);
    if let Some(layer) = own {
        layers::delete(tx, layer.id, now)?;
    }
    Ok(own.is_some())
}

/// The homes in which something of an account stands: to be tidied when the account is gone.
pub fn homes_showing(tx: &mut Tx, user: UserId) -> store::Result<Vec<UserId>> {
    let mut mounts = vec![Mount::Friend(user)];
    let shared = shares::of_owner(tx, user)?;
    mounts.extend(shared.iter().map(|share| Mount::Share(share.id)));
    let owned = views::owned(tx, user)?;
    mounts.extend(owned.iter().map(|view| Mount::View(view.id)));
    let mut homes = HashSet::new();
    for mount in mounts {
        let rows = layers::mounting(tx, mount)?;
        homes.extend(rows.iter().map(|layer| layer.owner));
    }
    Ok(homes.into_iter().collect())
}

/// Takes out of a home what its owner may no longer see: the home's sync tells the devices.
pub fn tidy(tx: &mut Tx, home: UserId, now: Instant) -> store::Result<()> {
    let rows = layers::of_owner(tx, home)?;
    let mounted = |wanted: fn(&Mount) -> bool| {
        let mounts = rows.iter().filter_map(|layer| layer.mount.as_ref());
        mounts.into_iter().any(wanted)
    };
    let mut friends = HashSet::new();
    if mounted(|mount| matches!(mount, Mount::Friend(_))) {
        let accepted = relations::friendships(tx, home)?;
        friends.extend(accepted.iter().filter(is_accepted).map(|it| it.other));
    }
    let mut open: HashSet<ShareId> = HashSet::new();
    if mounted(|mount| matches!(mount, Mount::Share(_))) {
        let reaching = shares::reaching(tx, home)?;
        open.extend(reaching.iter().filter(|it| it.opens()).map(|it| it.id));
    }
    let mut accepted: HashSet<ViewId> = HashSet::new();
    if mounted(|mount| matches!(mount, Mount::View(_))) {
        accepted.extend(views::accepted(tx, home)?);
    }
    let mut has_some = false;
    if mounted(|mount| matches!(mount, Mount::Handed(_))) {
        has_some = take_back_from(tx, home)?;
    }
    for layer in &rows {
        let stays = match layer.mount {
            Some(Mount::Handed(_)) => has_some,
            Some(Mount::Friend(friend)) => friends.contains(&friend),
            Some(Mount::Share(share)) => open.contains(&share),
            Some(Mount::View(view)) => accepted.contains(&view),
            None => true,
        };
        if !stays {
            layers::delete(tx, layer.id, now)?;
        }
    }
    Ok(())
}

/// Takes back what was handed over by those who are no friends any more. `false`: nothing is left.
fn take_back_from(tx: &mut Tx, home: UserId) -> store::Result<bool> {
    let accepted = relations::friendships(tx, home)?;
    let accepted = accepted.iter().filter(is_accepted);
    let friends: HashSet<UserId> = accepted.map(|it| it.other).collect();
    let mut left = false;
    for (_, it) in handed::to(tx, home)? {
        if friends.contains(&it.owner) {
            left = true;
        } else {
            handed::part(tx, it.owner, home)?;
        }
    }
    Ok(left)
}

fn is_accepted(friendship: &&Friendship) -> bool {
    friendship.state == FriendshipState::Accepted
}

impl Access<'_, '_> {
    /// Friends, and those who have asked or been asked, by id.
    pub fn acquaintances(&mut self) -> Result<Vec<Acquaintance>> {
        let me = self.device()?.user;
        Ok(acquaintances(self.tx, me)?)
    }

    /// Accepted friends, by id.
    pub fn friends(&mut self) -> Result<Vec<User>> {
        let me = self.device()?.user;
        Ok(relations::friends(self.tx, me)?)
    }

    /// Whom the account has blocked, by id.
    pub fn blocked(&mut self) -> Result<Vec<User>> {
        let me = self.device()?.user;
        Ok(relations::blocked_by(self.tx, me)?)
    }

    /// Asks somebody to be a friend; where they have asked already, that is an agreement.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who does not exist as for who has blocked the asker; [`Refusal::Exists`] when they have
    /// been asked or are friends; [`Refusal::TooMany`].
    pub fn ask_friend(&mut self, name: &str) -> Result<FriendshipState> {
        let (me, other) = self.meet(name)?;
        match self.state(&me, &other)? {
            Some(FriendshipState::AskedByOther) => {
                self.accept_friend(name)?;
                return Ok(FriendshipState::Accepted);
            }
            Some(_) => return Err(Refusal::Exists.into()),
            None => {}
        }
        for user in [&me, &other] {
            if relations::friendships(self.tx, user.id)?.len() >= MOST {
                return Err(Refusal::TooMany(MOST as u64).into());
            }
        }
        // Who is wanted back has been forgiven.
        relations::unblock(self.tx, me.id, other.id)?;
        relations::ask(self.tx, me.id, other.id, self.now)?;
        self.forget_bonds();
        Ok(FriendshipState::AskedByMe)
    }

    /// # Errors
    /// [`Refusal::NotFound`]: they have not asked.
    pub fn accept_friend(&mut self, name: &str) -> Result<()> {
        let (me, other) = self.asked_by(name)?;
        befriend(self.tx, &me, &other, self.now)?;
        self.forget_bonds();
        Ok(())
    }

    /// Whoever asked is told nothing, and may ask again.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: they have not asked.
    pub fn decline_friend(&mut self, name: &str) -> Result<()> {
        let (me, other) = self.asked_by(name)?;
        relations::part(self.tx, me.id, other.id)?;
        Ok(())
    }

    /// Ends a friendship, or takes an asking back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: there is neither.
    pub fn remove_friend(&mut self, name: &str) -> Result<()> {
        let (me, other) = self.meet(name)?;
        match self.state(&me, &other)? {
            Some(FriendshipState::Accepted | FriendshipState::AskedByMe) => {
                unfriend(self.tx, &me, &other, self.now)?;
                self.forget_bonds();
                Ok(())
            }
            Some(FriendshipState::AskedByOther) | None => Err(Refusal::NotFound.into()),
        }
    }

    /// Ends everything with somebody and keeps it ended; they are told nothing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Exists`] when it stands already.
    pub fn block(&mut self, name: &str) -> Result<()> {
        let (me, other) = self.meet(name)?;
        let added = block(self.tx, &me, &other, self.now)?;
        self.forget_bonds();
        added.then_some(()).ok_or_else(|| Refusal::Exists.into())
    }

    /// # Errors
    /// [`Refusal::NotFound`]: they are not blocked.
    pub fn unblock(&mut self, name: &str) -> Result<()> {
        let me = self.acting()?;
        let blocked = relations::blocked_by(self.tx, me.id)?;
        let other = blocked.iter().find(|user| user.name == name);
        let other = other.ok_or(Refusal::NotFound)?;
        relations::unblock(self.tx, me.id, other.id)?;
        self.forget_bonds();
        Ok(())
    }

    /// Has a friend's calendar stand in the account's home again.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: no friend; [`Refusal::Exists`]: it stands there.
    pub fn follow(&mut self, name: &str) -> Result<()> {
        let (me, other) = self.meet(name)?;
        if self.state(&me, &other)? != Some(FriendshipState::Accepted) {
            return Err(Refusal::NotFound.into());
        }
        follow(self.tx, &me, &other, self.now)?
            .then_some(())
            .ok_or_else(|| Refusal::Exists.into())
    }

    /// Takes a friend's calendar out of the account's home; they stay friends.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: it does not stand there.
    pub fn unfollow(&mut self, name: &str) -> Result<()> {
        let (me, other) = self.meet(name)?;
        unfollow(self.tx, &me, &other, self.now)?
            .then_some(())
            .ok_or_else(|| Refusal::NotFound.into())
    }

    /// Who may ask when the owner of a home is busy, for the owner to know.
    pub fn free_busy_to(&mut self, of: &Home) -> Result<Option<FreeBusyTo>> {
        if !self.is_me(&of.owner) {
            return Ok(None);
        }
        Ok(Some(relations::free_busy_to(self.tx, of.owner.id)?))
    }

    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn set_free_busy_to(&mut self, of: &Home, to: FreeBusyTo) -> Result<()> {
        let me = self.acting()?;
        if me.id != of.owner.id {
            return Err(Refusal::Forbidden {
                needs: Privilege::WriteProperties,
            }
            .into());
        }
        Ok(relations::set_free_busy_to(self.tx, me.id, to)?)
    }

    /// The account, on a device that may act for it: to whom it is open is no matter of single layers.
    pub(super) fn acting(&mut self) -> Result<User> {
        let device = self.device()?;
        if device.read_only || device.layers.is_some() {
            return Err(Refusal::Forbidden {
                needs: Privilege::Write,
            }
            .into());
        }
        self.me()
    }

    /// The account and another that it may know of.
    fn meet(&mut self, name: &str) -> Result<(User, User)> {
        let me = self.acting()?;
        let other = self.principal(name)?;
        if other.id == me.id {
            let why = "everybody is their own friend already";
            return Err(Refusal::BadValue(why.to_owned()).into());
        }
        Ok((me, other))
    }

    fn asked_by(&mut self, name: &str) -> Result<(User, User)> {
        let (me, other) = self.meet(name)?;
        match self.state(&me, &other)? {
            Some(FriendshipState::AskedByOther) => Ok((me, other)),
            _ => Err(Refusal::NotFound.into()),
        }
    }

    fn state(&mut self, me: &User, other: &User) -> Result<Option<FriendshipState>> {
        let found = relations::friendship(self.tx, me.id, other.id)?;
        Ok(found.map(|friendship| friendship.state))
    }
}
