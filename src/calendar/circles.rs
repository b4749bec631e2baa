//! The groups that an account has around itself: its friends, and who acts for it (caldav-proxy section 5).

use super::{Access, Privilege, Refusal, Result};
use crate::model::{Circle, Grantee, Group, User};
use crate::privacy::Viewer;
use crate::privacy::rules::Relation;
use crate::store::relations;

/// Accounts and groups that may act for one account.
const MOST: usize = 200;

/// A principal by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    User(String),
    Group(String),
}

/// Who belongs to a circle.
#[derive(Clone, Debug, Default)]
pub struct Circled {
    pub users: Vec<User>,
    pub groups: Vec<Group>,
}

impl Access<'_, '_> {
    /// The account around which a circle is that this viewer may know of: its own, and those in which it acts for another.
    pub fn circle(&mut self, owner: &str, circle: Circle) -> Result<User> {
        let owner = self.principal(owner)?;
        let sees = self.circles_of(&owner)?.contains(&circle);
        sees.then_some(owner)
            .ok_or_else(|| Refusal::NotFound.into())
    }

    /// The circles of an account that this viewer may know of.
    pub fn circles_of(&mut self, owner: &User) -> Result<Vec<Circle>> {
        if self.is_me(owner) {
            return Ok(Circle::ALL.to_vec());
        }
        let mut known = Vec::new();
        for write in [false, true] {
            if self.acting_for(write)?.iter().any(|it| it.id == owner.id) {
                known.push(Circle::Proxies { write });
            }
        }
        Ok(known)
    }

    /// Who belongs to a circle, for the one whose circle it is.
    pub fn circled(&mut self, owner: &User, circle: Circle) -> Result<Option<Circled>> {
        if !self.is_me(owner) {
            return Ok(None);
        }
        Ok(Some(match circle {
            Circle::Friends => Circled {
                users: relations::friends(self.tx, owner.id)?,
                groups: Vec::new(),
            },
            Circle::Proxies { write } => Circled {
                users: relations::proxy_users(self.tx, owner.id, write)?,
                groups: relations::proxy_groups(self.tx, owner.id, write)?,
            },
        }))
    }

    /// For whom the viewer acts, itself or as a member of a group.
    pub fn acting_for(&mut self, write: bool) -> Result<Vec<User>> {
        let me = self.device()?.user;
        Ok(relations::proxy_for(self.tx, me, write)?)
    }

    /// Exactly these act for the account from now on (RFC 3744 section 4.3).
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::TooMany`], and [`Refusal::BadValue`] for whom the account may not know of.
    pub fn set_proxies(&mut self, owner: &User, write: bool, members: &[Member]) -> Result<()> {
        let me = self.acting()?;
        if me.id != owner.id {
            return Err(Refusal::Forbidden {
                needs: Privilege::WriteProperties,
            }
            .into());
        }
        if members.len() > MOST {
            return Err(Refusal::TooMany(MOST as u64).into());
        }
        let mut delegates = Vec::new();
        for member in members {
            delegates.push(match self.grantee(member) {
                Ok(Grantee::User(id)) if id == me.id => {
                    let why = "nobody acts for themselves";
                    return Err(Refusal::BadValue(why.to_owned()).into());
                }
                Err(super::Error::Refused(Refusal::NotFound)) => {
                    let why = "a member is no principal of this server";
                    return Err(Refusal::BadValue(why.to_owned()).into());
                }
                found => found?,
            });
        }
        relations::set_proxies(self.tx, owner.id, write, &delegates)?;
        self.forget_bonds();
        Ok(())
    }

    /// May the viewer know where an account's calendars are: its own, and those that it acts for?
    pub fn knows_home_of(&mut self, user: &User) -> Result<bool> {
        Ok(matches!(
            self.relation(user)?,
            Relation::Owner | Relation::Delegate
        ))
    }

    fn grantee(&mut self, member: &Member) -> Result<Grantee> {
        Ok(match member {
            Member::User(name) => Grantee::User(self.principal(name)?.id),
            Member::Group(name) => Grantee::Group(self.group(name)?.id),
        })
    }

    pub(super) fn is_me(&self, user: &User) -> bool {
        matches!(self.viewer, Viewer::User(device) if device.user == user.id)
    }
}
