//! Accounts and groups as principals: one directory with one policy.

use super::{Access, Home, Refusal, Result};
use crate::model::{Group, User, UserId};
use crate::store;

impl Access<'_, '_> {
    /// The account that asks.
    pub fn me(&mut self) -> Result<User> {
        Ok(self.me.clone().ok_or(Refusal::Unauthenticated)?)
    }

    /// Until the transaction ends no other one that asks for the same acts for the account: what was read stands.
    pub fn act_alone(&mut self) -> Result<()> {
        let me = self.device()?.user;
        Ok(store::accounts::alone(self.tx, me)?)
    }

    /// An account that this viewer may know of: itself, those that have opened something to it, and others where the
    /// directory is open. Whoever has blocked it is not there.
    pub fn principal(&mut self, name: &str) -> Result<User> {
        let me = self.device()?.user;
        let user = store::accounts::by_name(self.tx, name)?.ok_or(Refusal::NotFound)?;
        let known = user.id == me
            || (self.limits.directory && !user.disabled && !self.is_blocked_by(user.id)?)
            || self.is_tied_to(user.id)?;
        known
            .then_some(user)
            .ok_or_else(|| Refusal::NotFound.into())
    }

    /// All accounts that this viewer may know of by looking around.
    pub fn principals(&mut self) -> Result<Vec<User>> {
        if !self.limits.directory {
            return Ok(vec![self.me()?]);
        }
        let me = self.device()?.user;
        let mut users = store::accounts::all(self.tx)?;
        let blockers = store::relations::blockers_of(self.tx, me)?;
        users.retain(|user| user.id == me || (!user.disabled && !blockers.contains(&user.id)));
        Ok(users)
    }

    fn is_blocked_by(&mut self, other: UserId) -> Result<bool> {
        let me = self.device()?.user;
        Ok(store::relations::has_blocked(self.tx, other, me)?)
    }

    /// A group that this viewer may know of: one of their own, and others where the directory is open.
    pub fn group(&mut self, name: &str) -> Result<Group> {
        let device = self.device()?;
        let group = store::accounts::group_by_name(self.tx, name)?.ok_or(Refusal::NotFound)?;
        let known = self.limits.directory
            || store::accounts::groups_of(self.tx, device.user)?
                .iter()
                .any(|own| own.id == group.id);
        known
            .then_some(group)
            .ok_or_else(|| Refusal::NotFound.into())
    }

    /// All groups that this viewer may know of.
    pub fn groups(&mut self) -> Result<Vec<Group>> {
        let device = self.device()?;
        if self.limits.directory {
            Ok(store::accounts::groups(self.tx)?)
        } else {
            Ok(store::accounts::groups_of(self.tx, device.user)?)
        }
    }

    /// Those of an account's groups that this viewer may know of.
    pub fn groups_of(&mut self, user: &User) -> Result<Vec<Group>> {
        let known = self.groups()?;
        let mut groups = store::accounts::groups_of(self.tx, user.id)?;
        groups.retain(|group| known.iter().any(|it| it.id == group.id));
        Ok(groups)
    }

    pub fn members(&mut self, group: &Group) -> Result<Vec<User>> {
        let known = self.principals()?;
        let mut members = store::accounts::members(self.tx, group.id)?;
        members.retain(|member| known.iter().any(|user| user.id == member.id));
        Ok(members)
    }

    /// What an account is called; only it may say so.
    pub fn set_display_name(&mut self, of: &User, name: &str) -> Result<()> {
        let device = self.device()?;
        if device.user != of.id || device.read_only {
            return Err(Refusal::Forbidden {
                needs: super::Privilege::WriteProperties,
            }
            .into());
        }
        Ok(store::accounts::set_display_name(self.tx, of.id, name)?)
    }

    /// Are calendars that the owner has switched off left out of the home's listing? For the owner alone to know.
    pub fn hides_disabled(&mut self, of: &Home) -> Result<Option<bool>> {
        if !self.is_me(&of.owner) {
            return Ok(None);
        }
        Ok(Some(store::accounts::hides_disabled(self.tx, of.owner.id)?))
    }

    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn set_hides_disabled(&mut self, of: &Home, hides: bool) -> Result<()> {
        if !of.may_write_properties() {
            return Err(Refusal::Forbidden {
                needs: super::Privilege::WriteProperties,
            }
            .into());
        }
        Ok(store::accounts::set_hides_disabled(
            self.tx,
            of.owner.id,
            hides,
        )?)
    }

    /// Bytes that an account may still store; `None`: as many as it likes, and nothing is counted.
    pub(super) fn room(&mut self, owner: &User) -> Result<Option<u64>> {
        match self.limits.quota_bytes {
            Some(_) => Ok(self.quota(owner)?.1),
            None => Ok(None),
        }
    }

    /// `(used, available)` bytes of an account (RFC 4331 section 3); `None`: no quota is set.
    pub fn quota(&mut self, owner: &User) -> Result<(u64, Option<u64>)> {
        let (_, used) = store::layers::usage(self.tx, owner.id)?;
        Ok((
            used,
            self.limits
                .quota_bytes
                .map(|quota| quota.saturating_sub(used)),
        ))
    }
}
