//! A shared view's link: what its members show to everyone, for whoever holds it. Who joined a view joined its members; that
//! strangers see something too is for each of them to agree to.

use crate::calendar::exports::{Feed, Outlet};
use crate::calendar::{Access, Refusal, Result};
use crate::model::{
    Audience, Sorts, ViewId, ViewLink, ViewLinkId, ViewMember, ViewMode, Visibility,
};
use crate::privacy::{Lens, Pseudonyms, Publication};
use crate::store::{accounts, view_links, views};

/// What everybody sees who knows of a layer.
const EVERYONE: Publication = Publication {
    audience: Audience::Everyone,
    sorts: Sorts::ALL,
};

impl Access<'_, '_> {
    /// Is a view open to whoever holds its link? For who is in it or invited.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn view_link(&mut self, id: ViewId) -> Result<Option<ViewLink>> {
        self.view(id)?;
        Ok(view_links::of_view(self.tx, id)?)
    }

    /// Lets a link show a view; `hash` is what is kept of its secret.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`] for who does not own the view, [`Refusal::Exists`] where there is a link.
    pub fn open_view(&mut self, id: ViewId, hash: &[u8; 32]) -> Result<()> {
        self.own_view(id)?;
        view_links::create(self.tx, id, hash, self.now)?.ok_or(Refusal::Exists)?;
        Ok(())
    }

    /// Ends a view's link at once. Answers whether there was one.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`].
    pub fn close_view(&mut self, id: ViewId) -> Result<bool> {
        self.own_view(id)?;
        Ok(view_links::remove(self.tx, id)?)
    }

    /// May the view's link show what the account shows to everyone? It holds for links to come too.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who is not in it.
    pub fn set_view_open(&mut self, id: ViewId, open: bool) -> Result<()> {
        let member = self.membership(id)?;
        let member = ViewMember { open, ..member };
        Ok(views::set_member(self.tx, id, &member)?)
    }

    /// What the holder of a view's link reads.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the link, the view or its owner's account has ended since.
    pub(in crate::calendar) fn feed_of_view(&mut self, id: ViewLinkId) -> Result<Feed> {
        let link = view_links::by_id(self.tx, id)?.ok_or(Refusal::NotFound)?;
        let view = views::by_id(self.tx, link.view)?.ok_or(Refusal::NotFound)?;
        let owner = accounts::by_id(self.tx, view.owner)?;
        owner.filter(|it| !it.disabled).ok_or(Refusal::NotFound)?;
        let members = views::members(self.tx, view.id)?;
        let shown = match view.mode {
            ViewMode::Manual => views::of_members(self.tx, view.id)?,
            ViewMode::RoleBased => views::of_roles(self.tx, view.id)?,
        };
        if view.mode == ViewMode::RoleBased {
            shown.people.iter().for_each(|it| self.expect_layers(it.id));
        }
        let agrees = |member: &ViewMember| member.open || member.user == view.owner;
        let mut people = self.people(&view, &members, shown.people);
        people.retain(|id, person| {
            let member = members.iter().find(|it| it.user == *id);
            let is_open = view.mode == ViewMode::RoleBased || member.is_some_and(agrees);
            is_open && !person.user.disabled
        });
        let names = Pseudonyms::of_view_link(self.names_key, id);
        let mut outlets = Vec::new();
        for layer in shown.layers {
            let Some(person) = people.get(&layer.owner) else {
                continue;
            };
            let included = super::included(&person.includes, &layer);
            let Some(included) = included.filter(|it| it.contains(Visibility::Public)) else {
                continue;
            };
            let setting = self.system.setting(&layer, &self.limits.privacy);
            let lens = Lens::feed(EVERYONE, &layer, names.clone(), &setting)
                .among(person.livery.clone(), included);
            let lens = self.with_texts(lens, &layer);
            outlets.push(Outlet {
                owner: person.user.clone(),
                layer,
                lens,
            });
        }
        self.settle()?;
        Ok(Feed::of_view(view.name, link.created, outlets))
    }
}
