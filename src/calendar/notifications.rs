//! What an account is told of invitations to calendars and to shared views, and how it answers them; the same of who has
//! invited.

use std::collections::BTreeSet;

use super::token::ToldToken;
use super::{Access, Collection, Error, Home, Privilege, Refusal, Result, Synced};
use crate::model::{
    About, Instant, Layer, Message, Mount, Notification, Right, User, UserId, ViewId,
};
use crate::store::notifications::{self, NewNotification};
use crate::store::{self, accounts, layers};

/// What an account is told of an invitation.
#[derive(Clone, Debug)]
pub struct Told {
    pub notification: Notification,
    /// Who has invited, or has answered.
    pub other: User,
}

/// What somebody writes who answers an invitation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer<'a> {
    /// What it is to be called.
    pub summary: Option<&'a str>,
    pub comment: Option<&'a str>,
}

/// Something that is to be told.
pub(super) struct Telling<'t> {
    pub user: UserId,
    pub other: UserId,
    pub about: About,
    /// In the home of who has invited.
    pub layer: &'t Layer,
    pub message: Message,
    pub right: Right,
    pub words: Answer<'t>,
}

/// What came, and what went, of what an account is told.
pub enum ToldChange {
    Written(Box<Told>),
    Gone(i64),
}

impl Told {
    pub fn at(&self) -> Instant {
        self.notification.at
    }

    /// Does it ask for an answer?
    pub fn asks(&self) -> bool {
        self.notification.message == Message::Invited
    }
}

impl Access<'_, '_> {
    pub(super) fn notify(&mut self, telling: &Telling) -> Result<()> {
        let new = NewNotification {
            user: telling.user,
            about: telling.about,
            other: telling.other,
            layer: telling.layer,
            message: telling.message,
            right: telling.right,
            summary: telling.words.summary,
            comment: telling.words.comment,
            now: self.now,
        };
        Ok(notifications::tell(self.tx, &new)?)
    }

    /// Accepts an invitation: it stands in the home from now on, and is answered. Once more changes nothing.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::TooMany`]; [`Refusal::NotFound`]: there is no such invitation.
    pub fn accept_invitation(
        &mut self,
        home: &Home,
        to: About,
        answer: Answer,
    ) -> Result<Collection> {
        match to {
            About::Share(share) => {
                let collection = self.accept_share(home, share, answer)?;
                notifications::forget(self.tx, collection.owner.id, to)?;
                Ok(collection)
            }
            About::View(view) => {
                let me = self.answers_in(home)?;
                if self.view_row(view, me.id)?.is_none() {
                    self.accept_view(view, None)?;
                }
                let row = self.view_row(view, me.id)?.ok_or(Refusal::NotFound)?;
                self.collection(&me.name, &row.name)
            }
            About::Notice(_) => Err(Refusal::NotFound.into()),
        }
    }

    /// Declines an invitation, or leaves what was accepted.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`]: there is no such invitation.
    pub fn decline_invitation(&mut self, home: &Home, to: About, answer: Answer) -> Result<()> {
        let me = self.answers_in(home)?;
        match to {
            About::Share(share) => {
                self.decline_share(home, share, answer)?;
                Ok(notifications::forget(self.tx, me.id, to)?)
            }
            About::View(view) if self.view_row(view, me.id)?.is_some() => self.leave_view(view),
            About::View(view) => self.decline_view(view),
            About::Notice(_) => Err(Refusal::NotFound.into()),
        }
    }

    /// Invitations are answered in one's own home.
    fn answers_in(&mut self, home: &Home) -> Result<User> {
        let me = self.acting()?;
        if home.owner.id != me.id {
            let needs = Privilege::Bind;
            return Err(Refusal::Forbidden { needs }.into());
        }
        Ok(me)
    }

    /// Where a view stands in somebody's home.
    pub(super) fn view_row(&mut self, view: ViewId, user: UserId) -> Result<Option<Layer>> {
        let rows = layers::mounting(self.tx, Mount::View(view))?;
        Ok(rows.into_iter().find(|row| row.owner == user))
    }

    /// What the viewer is told, on a device that may know of all their calendars.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for anybody else's.
    pub fn notifications(&mut self, of: &str) -> Result<(User, Vec<Told>)> {
        let me = self.me()?;
        if me.name != of {
            return Err(Refusal::NotFound.into());
        }
        let mut told = Vec::new();
        if self.device()?.layers.is_none() {
            for notification in notifications::of_user(self.tx, me.id)? {
                if let Some(other) = accounts::by_id(self.tx, notification.other)? {
                    told.push(Told {
                        notification,
                        other,
                    });
                }
            }
        }
        Ok((me, told))
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn notification(&mut self, of: &str, id: Option<i64>) -> Result<(User, Told)> {
        let (me, told) = self.notifications(of)?;
        let one = told.into_iter().find(|it| Some(it.notification.id) == id);
        Ok((me, one.ok_or(Refusal::NotFound)?))
    }

    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::NotFound`].
    pub fn delete_notification(&mut self, of: &User, id: i64) -> Result<()> {
        let me = self.device()?;
        if me.user != of.id || me.read_only {
            let needs = Privilege::Unbind;
            return Err(Refusal::Forbidden { needs }.into());
        }
        let there = notifications::delete(self.tx, of.id, id)?;
        there.then_some(()).ok_or_else(|| Refusal::NotFound.into())
    }
}

/// The sync token of what an account is told (RFC 6578 section 4), which tells every state apart.
pub fn told_token(of: &User, told: &[Told]) -> String {
    ToldToken::of(of.id, told).to_string()
}

/// Visits what came and what went since a token (`None`: everything there is), at most `at_most`.
///
/// # Errors
/// [`Refusal::TokenExpired`] for a token that is somebody else's.
pub fn told_since<E: From<Error> + From<store::Error>>(
    (of, told): (&User, &[Told]),
    token: Option<&str>,
    at_most: usize,
    visit: &mut dyn FnMut(ToldChange) -> std::result::Result<(), E>,
) -> std::result::Result<Synced, E> {
    let mut seen = match token {
        Some(text) => ToldToken::parse(text)
            .filter(|it| it.owner == of.id)
            .ok_or(Error::from(Refusal::TokenExpired))?,
        None => ToldToken::of(of.id, &[]),
    };
    let here: BTreeSet<i64> = told.iter().map(|it| it.notification.id).collect();
    let gone: Vec<i64> = seen.ids.difference(&here).copied().collect();
    let came = told
        .iter()
        .filter(|it| !seen.ids.contains(&it.notification.id));
    let changes: Vec<ToldChange> = gone
        .into_iter()
        .map(ToldChange::Gone)
        .chain(came.map(|it| ToldChange::Written(Box::new(it.clone()))))
        .collect();
    let truncated = changes.len() > at_most;
    for change in changes.into_iter().take(at_most) {
        match &change {
            ToldChange::Gone(id) => seen.ids.remove(id),
            ToldChange::Written(told) => seen.ids.insert(told.notification.id),
        };
        visit(change)?;
    }
    Ok(Synced {
        token: seen.to_string(),
        truncated,
    })
}
