//! Calendars shared by invitation: invited, accepted, declined, left, taken back. What was accepted stands in the sharee's own
//! home, under a name and with properties of their own.

use super::layers::check_free_of_ours;
use super::notifications::{Answer, Telling};
use super::{Access, Collection, Home, Privilege, Refusal, Result};
use crate::model::{
    About, Grantee, Invitation, Layer, Message, Mount, Right, Share, ShareId, User,
};
use crate::store::layers::{self, NewLayer};
use crate::store::shares::{self, NewShare};
use crate::store::{accounts, relations};

/// Accounts that one calendar can be shared with by invitation.
const MOST: usize = 1_000;

/// Characters of a resource name that leave room for what tells it apart.
const NAME: usize = 100;

/// Whom an invitation is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invitee {
    /// By the name of the account.
    Name(String),
    Address(String),
}

/// What a sharer wants of one sharee.
#[derive(Clone, Debug)]
pub enum ShareChange {
    Set {
        right: Right,
        /// What the calendar is called; `None` leaves it as it is.
        summary: Option<Option<String>>,
        /// Words for the sharee, said once.
        comment: Option<String>,
    },
    Remove,
}

/// Somebody who has been invited.
#[derive(Clone, Debug)]
pub struct Sharee {
    pub user: User,
    pub right: Right,
    pub invitation: Invitation,
    pub summary: Option<String>,
}

/// On which side of a share by invitation a viewer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Sharer,
    Sharee,
}

/// With whom a calendar is shared, as far as the viewer may know.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// Who has shared it with the viewer.
    pub sharer: Option<User>,
    pub sharees: Vec<Sharee>,
}

impl Access<'_, '_> {
    /// With whom a calendar is shared by invitation; `None`: it is not, or not for this viewer to know. A sharee learns of no
    /// other.
    pub fn sharing(&mut self, of: &Collection) -> Result<Option<Sharing>> {
        if let Some(Mount::Share(id)) = of.layer.mount {
            let share = shares::by_id(self.tx, id)?;
            let sharees = self.sharees(share.into_iter().collect())?;
            let sharer = Some(of.sharer().clone());
            return Ok(Some(Sharing { sharer, sharees }));
        }
        // A layer that never was shared needs no asking.
        if !of.knows_rules() || !of.layer.shared {
            return Ok(None);
        }
        let shares = shares::of_layer(self.tx, of.layer.id)?;
        let sharees = self.sharees(shares)?;
        Ok((!sharees.is_empty()).then_some(Sharing {
            sharer: None,
            sharees,
        }))
    }

    /// On which side of it the viewer is, where [`Access::sharing`] has something to say: what every listing of a home asks.
    pub fn side(&mut self, of: &Collection) -> Result<Option<Side>> {
        if let Some(Mount::Share(_)) = of.layer.mount {
            return Ok(Some(Side::Sharee));
        }
        let shared =
            of.knows_rules() && of.layer.shared && shares::has_invitations(self.tx, of.layer.id)?;
        Ok(shared.then_some(Side::Sharer))
    }

    fn sharees(&mut self, shares: Vec<Share>) -> Result<Vec<Sharee>> {
        let mut sharees = Vec::new();
        for share in shares {
            if let (Grantee::User(id), Some(invitation)) = (share.grantee, share.invitation)
                && let Some(user) = accounts::by_id(self.tx, id)?
            {
                sharees.push(Sharee {
                    user,
                    right: share.right,
                    invitation,
                    summary: share.summary,
                });
            }
        }
        Ok(sharees)
    }

    /// Invites somebody, changes what they may do, or takes a calendar back from them, and tells them.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`] for who may not be known of as for who does not exist;
    /// [`Refusal::NotAllowedPrincipal`], [`Refusal::TooMany`].
    pub fn share(&mut self, of: &Collection, with: &Invitee, change: &ShareChange) -> Result<()> {
        if !of.may_share() {
            let needs = Privilege::WriteAcl;
            return Err(Refusal::Forbidden { needs }.into());
        }
        let user = self.invitee(with)?;
        let grantee = Grantee::User(user.id);
        let layer = &of.layer;
        let stands = shares::find(self.tx, layer.owner, Some(layer.id), grantee, true)?;
        match (change, stands) {
            (ShareChange::Remove, None) => return Err(Refusal::NotFound.into()),
            (ShareChange::Remove, Some(share)) => self.withdraw(layer, &share)?,
            (
                ShareChange::Set {
                    right,
                    summary,
                    comment,
                },
                stands,
            ) => {
                if user.id == layer.owner || relations::has_blocked(self.tx, layer.owner, user.id)?
                {
                    let why = "nobody shares with themselves, or with whom they have blocked";
                    return Err(Refusal::NotAllowedPrincipal(why.to_owned()).into());
                }
                let before = stands.as_ref().and_then(|share| share.summary.clone());
                let summary = summary.clone().unwrap_or(before);
                let said = (*right, summary, comment.as_deref());
                self.invite(layer, grantee, stands, said)?;
            }
        }
        self.forget_bonds();
        Ok(())
    }

    fn invitee(&mut self, with: &Invitee) -> Result<User> {
        match with {
            Invitee::Name(name) => self.principal(name),
            Invitee::Address(address) => {
                let user = accounts::by_address(self.tx, address)?;
                let name = user.ok_or(Refusal::NotFound)?.name;
                self.principal(&name)
            }
        }
    }

    fn invite(
        &mut self,
        layer: &Layer,
        grantee: Grantee,
        stands: Option<Share>,
        (right, summary, comment): (Right, Option<String>, Option<&str>),
    ) -> Result<()> {
        let share = match stands {
            Some(share) if is_accepted(&share) => {
                if (share.right, &share.summary) == (right, &summary) {
                    return Ok(());
                }
                Share {
                    right,
                    summary,
                    at: self.now,
                    ..share
                }
            }
            // Whoever has declined is asked again.
            Some(share) => Share {
                right,
                summary,
                invitation: Some(Invitation::Invited),
                at: self.now,
                ..share
            },
            None => {
                if shares::of_layer(self.tx, layer.id)?.len() >= MOST {
                    return Err(Refusal::TooMany(MOST as u64).into());
                }
                let new = NewShare {
                    owner: layer.owner,
                    layer: Some(layer.id),
                    grantee,
                    right,
                    invitation: Some(Invitation::Invited),
                    summary: summary.as_deref(),
                    now: self.now,
                };
                shares::create(self.tx, &new)?.ok_or(Refusal::Exists)?
            }
        };
        shares::update(self.tx, &share)?;
        layers::share(self.tx, layer.id)?;
        let message = match is_accepted(&share) {
            true => Message::Changed,
            false => Message::Invited,
        };
        self.tell_sharee(layer, &share, message, comment)
    }

    /// Takes a calendar back, and says so to whom had been invited.
    pub(super) fn withdraw(&mut self, layer: &Layer, share: &Share) -> Result<()> {
        if share.invitation.is_some() {
            self.tell_sharee(layer, share, Message::Withdrawn, None)?;
        }
        self.end_share(share.id)
    }

    /// Accepts an invitation: the calendar stands in the home from now on, and is answered.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::TooMany`]; [`Refusal::NotFound`]: there is no such invitation.
    pub(super) fn accept_share(
        &mut self,
        home: &Home,
        id: ShareId,
        answer: Answer,
    ) -> Result<Collection> {
        let (me, share, layer) = self.invitation(home, id)?;
        let answered = Share {
            invitation: Some(Invitation::Accepted),
            at: self.now,
            ..share
        };
        if share_changes(&answered, share.invitation) {
            shares::update(self.tx, &answered)?;
            self.tell_sharer(&layer, &answered, Message::Accepted, answer)?;
        }
        self.forget_bonds();
        let rows = layers::mounting(self.tx, Mount::Share(id))?;
        let name = match rows.into_iter().find(|row| row.owner == me.id) {
            Some(row) => row.name,
            None => self.mount(home, &layer, &answered, answer.summary)?,
        };
        self.collection(&me.name, &name)
    }

    /// Declines an invitation, or leaves what was shared.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`]: there is no such invitation.
    pub(super) fn decline_share(&mut self, home: &Home, id: ShareId, answer: Answer) -> Result<()> {
        let (_, share, layer) = self.invitation(home, id)?;
        self.unmount(id)?;
        self.declined(&layer, share, answer)?;
        self.forget_bonds();
        Ok(())
    }

    /// What stood in the viewer's home by a share is taken out of it; where it was an invitation, that is now declined.
    pub(super) fn leave(&mut self, id: ShareId) -> Result<()> {
        let me = self.device()?.user;
        let share = shares::by_id(self.tx, id)?;
        let Some(share) = share.filter(|it| it.grantee == Grantee::User(me)) else {
            return Ok(());
        };
        if let Some(layer) = self.layer_of(&share)?
            && is_accepted(&share)
        {
            self.declined(&layer, share, Answer::default())?;
        }
        Ok(())
    }

    fn declined(&mut self, layer: &Layer, share: Share, answer: Answer) -> Result<()> {
        let answered = Share {
            invitation: Some(Invitation::Declined),
            at: self.now,
            ..share
        };
        if share_changes(&answered, share.invitation) {
            shares::update(self.tx, &answered)?;
            self.tell_sharer(layer, &answered, Message::Declined, answer)?;
        }
        Ok(())
    }

    /// An invitation to the viewer, and the layer that it is about.
    fn invitation(&mut self, home: &Home, id: ShareId) -> Result<(User, Share, Layer)> {
        let me = self.acting()?;
        if home.owner.id != me.id {
            let needs = Privilege::Bind;
            return Err(Refusal::Forbidden { needs }.into());
        }
        let mine =
            |share: &Share| share.grantee == Grantee::User(me.id) && share.invitation.is_some();
        let share = shares::by_id(self.tx, id)?.filter(mine);
        let share = share.ok_or(Refusal::NotFound)?;
        let layer = self.layer_of(&share)?.ok_or(Refusal::NotFound)?;
        Ok((me, share, layer))
    }

    fn layer_of(&mut self, share: &Share) -> Result<Option<Layer>> {
        match share.layer {
            Some(layer) => Ok(layers::by_id(self.tx, layer)?),
            None => Ok(None),
        }
    }

    /// Its name is the layer's own where that is free, else with the sharer's: it never changes by itself.
    fn mount(
        &mut self,
        home: &Home,
        layer: &Layer,
        share: &Share,
        summary: Option<&str>,
    ) -> Result<String> {
        let mount = Some(Mount::Share(share.id));
        self.check_count(home.layers.iter().map(|it| &it.layer), mount)?;
        let sharer = accounts::by_id(self.tx, layer.owner)?.ok_or(Refusal::NotFound)?;
        let shown = summary.or(share.summary.as_deref()).map(str::trim);
        let shown = shown.filter(|it| !it.is_empty());
        let plain: String = layer.name.chars().take(NAME).collect();
        let owner: String = sharer.name.chars().take(NAME).collect();
        let names = std::iter::once(plain.clone())
            .filter(|name| check_free_of_ours(name).is_ok())
            .chain([
                format!("{plain}-{owner}"),
                format!("{plain}-{owner}-{}", share.id.0),
            ]);
        for name in names.filter(|name| name.len() <= 255) {
            let row = NewLayer {
                display_name: shown.unwrap_or(&layer.display_name).to_owned(),
                color: layer.color.clone(),
                description: layer.description.clone(),
                components: layer.components,
                // What others do is not the sharee's time before they say so.
                transparent: true,
                mount,
                ..NewLayer::named(home.owner.id, &name, self.now)
            };
            if layers::create(self.tx, &row)?.is_some() {
                return Ok(name);
            }
        }
        Err(Refusal::Exists.into())
    }

    fn tell_sharee(
        &mut self,
        layer: &Layer,
        share: &Share,
        message: Message,
        comment: Option<&str>,
    ) -> Result<()> {
        let Grantee::User(sharee) = share.grantee else {
            return Ok(());
        };
        let summary = share.summary.as_deref().or(Some(&layer.display_name));
        self.notify(&Telling {
            user: sharee,
            other: layer.owner,
            about: About::Share(share.id),
            layer,
            message,
            right: share.right,
            words: Answer { summary, comment },
        })
    }

    fn tell_sharer(
        &mut self,
        layer: &Layer,
        share: &Share,
        message: Message,
        words: Answer,
    ) -> Result<()> {
        self.notify(&Telling {
            user: layer.owner,
            other: self.device()?.user,
            about: About::Share(share.id),
            layer,
            message,
            right: share.right,
            words,
        })
    }
}

fn is_accepted(share: &Share) -> bool {
    share.invitation == Some(Invitation::Accepted)
}

fn share_changes(answered: &Share, before: Option<Invitation>) -> bool {
    answered.invitation != before
}
