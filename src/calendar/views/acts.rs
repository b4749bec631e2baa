//! Shared views as their owners and members handle them: made, changed, invited to, accepted, left.

use crate::calendar::notifications::{Answer, Telling};
use crate::calendar::{Access, MAX_TEXT, Privilege, Refusal, Result, css, palette};
use crate::model::{
    About, Group, GroupId, Includes, LayerKind, MemberState, Message, Mount, Right, User, UserId,
    View, ViewId, ViewMember, ViewMode,
};
use crate::store::layers::{self, NewLayer};
use crate::store::{accounts, notifications, views};

/// Members that a view can have.
const MOST_MEMBERS: usize = 500;

/// Views that an account can own.
const MOST_VIEWS: usize = 200;

/// A view as its maker wants it.
#[derive(Clone, Debug, Default)]
pub struct ViewDraft {
    pub name: String,
    pub description: Option<String>,
    /// `None`: what is usual.
    pub includes: Option<Includes>,
    /// Names of groups: with any it is role-based.
    pub groups: Vec<String>,
}

/// What is to be another; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct ViewPatch {
    pub name: Option<String>,
    pub description: Option<Option<String>>,
    pub includes: Option<Includes>,
    pub groups: Option<Vec<String>>,
}

impl Access<'_, '_> {
    /// Views that the account is in, or is invited to, by id, each with what the account is in it.
    pub fn views(&mut self) -> Result<Vec<(View, ViewMember)>> {
        let me = self.device()?.user;
        let mut found = Vec::new();
        for view in views::reaching(self.tx, me)? {
            let member = views::member(self.tx, view.id, me)?;
            let stands =
                |it: &ViewMember| matches!(it.state, MemberState::Invited | MemberState::Accepted);
            found.extend(member.filter(stands).map(|member| (view, member)));
        }
        Ok(found)
    }

    /// Who is in a view, was invited or has gone, in the order of joining, each with the colour that it has there.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a view that the account has nothing to do with.
    pub fn view_members(&mut self, id: ViewId) -> Result<Vec<(User, ViewMember, String)>> {
        self.view(id)?;
        let mut found = Vec::new();
        for member in views::members(self.tx, id)? {
            if let Some(user) = accounts::by_id(self.tx, member.user)? {
                let place = member.place.and_then(|place| usize::try_from(place).ok());
                let own = member.color.clone();
                let color = own.or_else(|| place.map(|place| palette::color(place).to_owned()));
                found.push((user, member, color.unwrap_or_default()));
            }
        }
        Ok(found)
    }

    /// Of a role-based view.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn view_groups(&mut self, id: ViewId) -> Result<Vec<Group>> {
        self.view(id)?;
        Ok(views::groups(self.tx, id)?)
    }

    /// Makes a view with the account as its owner and first member. Role-based ones are for administrators to make.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`], [`Refusal::BadValue`], [`Refusal::NotFound`] for a group, [`Refusal::TooMany`].
    pub fn create_view(&mut self, draft: &ViewDraft) -> Result<ViewId> {
        let me = self.acting()?;
        if views::owned(self.tx, me.id)?.len() >= MOST_VIEWS {
            return Err(Refusal::TooMany(MOST_VIEWS as u64).into());
        }
        check_texts(Some(&draft.name), draft.description.as_deref())?;
        let groups = self.groups_named(&draft.groups)?;
        let (mode, usual) = match groups.is_empty() {
            true => (ViewMode::Manual, Includes::usual()),
            false => (ViewMode::RoleBased, Includes::of_roles()),
        };
        let includes = draft.includes.clone().unwrap_or(usual);
        self.check_kinds(&includes)?;
        may_include(&me, mode, &includes)?;
        let new = views::NewView {
            owner: me.id,
            name: &draft.name,
            description: draft.description.as_deref(),
            mode,
            includes: includes.clone(),
            now: self.now,
        };
        let id = views::create(self.tx, &new)?;
        views::set_groups(self.tx, id, &groups)?;
        self.join(id, &me, &includes)?;
        Ok(id)
    }

    /// # Errors
    /// [`Refusal::Forbidden`] for who does not own it; as [`Access::create_view`].
    pub fn change_view(&mut self, id: ViewId, patch: &ViewPatch) -> Result<()> {
        let (me, before) = self.own_view(id)?;
        let mut view = before.clone();
        let description = patch.description.as_ref().map(Option::as_deref);
        check_texts(patch.name.as_deref(), description.flatten())?;
        if let Some(name) = &patch.name {
            view.name.clone_from(name);
        }
        if let Some(description) = &patch.description {
            view.description.clone_from(description);
        }
        if let Some(includes) = &patch.includes {
            self.check_kinds(includes)?;
            view.includes.clone_from(includes);
        }
        may_include(&me, view.mode, &view.includes)?;
        if let Some(groups) = &patch.groups {
            let groups = self.groups_named(groups)?;
            if groups.is_empty() == (view.mode == ViewMode::RoleBased) {
                let why = "a view is of people or of groups, as it was made";
                return Err(Refusal::BadValue(why.to_owned()).into());
            }
            views::set_groups(self.tx, id, &groups)?;
        }
        view.updated = self.now;
        views::update(self.tx, &view)?;
        self.rename_rows(&before, &view)
    }

    /// Where a member has given it no name of their own it is called as its owner calls it.
    fn rename_rows(&mut self, before: &View, view: &View) -> Result<()> {
        for mut row in layers::mounting(self.tx, Mount::View(view.id))? {
            let (was, described) = (row.display_name.clone(), row.description.clone());
            if row.display_name == before.name {
                row.display_name.clone_from(&view.name);
            }
            if row.description == before.description {
                row.description.clone_from(&view.description);
            }
            if (was, described) != (row.display_name.clone(), row.description.clone()) {
                layers::update(self.tx, &row)?;
            }
        }
        Ok(())
    }

    /// Takes it away from all its members.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`].
    pub fn delete_view(&mut self, id: ViewId) -> Result<()> {
        let (me, view) = self.own_view(id)?;
        for member in views::members(self.tx, id)? {
            let knows = matches!(member.state, MemberState::Invited | MemberState::Accepted);
            if knows && member.user != me.id {
                self.tell_member(&view, member.user, Message::Withdrawn)?;
            }
        }
        for row in layers::mounting(self.tx, Mount::View(id))? {
            layers::delete(self.tx, row.id, self.now)?;
        }
        views::delete(self.tx, id)?;
        Ok(())
    }

    /// # Errors
    /// [`Refusal::NotFound`] for a view, and for an account that the owner may not know of; [`Refusal::Exists`] for who
    /// is invited or in it; [`Refusal::Forbidden`], [`Refusal::TooMany`].
    pub fn invite_to_view(&mut self, id: ViewId, name: &str) -> Result<()> {
        let (_, view) = self.own_view(id)?;
        let invited = self.principal(name)?;
        let members = views::members(self.tx, id)?;
        let known = members.iter().find(|it| it.user == invited.id);
        match known.map(|it| it.state) {
            Some(MemberState::Invited | MemberState::Accepted) => {
                return Err(Refusal::Exists.into());
            }
            None if members.len() >= MOST_MEMBERS => {
                return Err(Refusal::TooMany(MOST_MEMBERS as u64).into());
            }
            Some(MemberState::Declined | MemberState::Left) | None => {}
        }
        let member = ViewMember {
            user: invited.id,
            state: MemberState::Invited,
            place: known.and_then(|it| it.place),
            color: known.and_then(|it| it.color.clone()),
            consent: Includes::default(),
            open: false,
            at: self.now,
        };
        views::set_member(self.tx, id, &member)?;
        // Who sees a group's view by their role is told nothing of it (E-120).
        if view.mode == ViewMode::Manual {
            self.tell_of_invitation(&view, &invited)?;
        }
        self.tell_member(&view, invited.id, Message::Invited)
    }

    /// The view stands in the account's home from now on, and what it includes of the account's layers is seen in it.
    /// `consent`: of the personal and external ones; `None`: those that are open to others already.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who is not invited; [`Refusal::TooMany`].
    pub fn accept_view(&mut self, id: ViewId, consent: Option<&Includes>) -> Result<()> {
        let me = self.acting()?;
        self.invited(id, me.id)?;
        consent.map_or(Ok(()), |consent| self.check_kinds(consent))?;
        self.join(id, &me, consent.unwrap_or(&Includes::usual()))?;
        let view = self.view(id)?;
        if view.mode == ViewMode::Manual {
            self.tell_of_acceptance(&view, &me)?;
        }
        self.answered(id, &me, Message::Accepted)
    }

    /// # Errors
    /// [`Refusal::NotFound`] for who is not invited.
    pub fn decline_view(&mut self, id: ViewId) -> Result<()> {
        let me = self.acting()?;
        let member = self.invited(id, me.id)?;
        let member = ViewMember {
            state: MemberState::Declined,
            at: self.now,
            ..member
        };
        views::set_member(self.tx, id, &member)?;
        self.answered(id, &me, Message::Declined)
    }

    /// Its owner cannot leave a view, only end it: alone in it, that is the same.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], and [`Refusal::Forbidden`] for the owner while others are in it or invited.
    pub fn leave_view(&mut self, id: ViewId) -> Result<()> {
        let me = self.acting()?;
        let view = self.view(id)?;
        let members = views::members(self.tx, id)?;
        if view.owner == me.id {
            let others = members.iter().any(|it| {
                it.user != me.id && matches!(it.state, MemberState::Invited | MemberState::Accepted)
            });
            if others {
                let needs = Privilege::Unbind;
                return Err(Refusal::Forbidden { needs }.into());
            }
            return self.delete_view(id);
        }
        let member = members.into_iter().find(|it| it.user == me.id);
        let member = member.filter(|it| it.state == MemberState::Accepted);
        self.part(id, member.ok_or(Refusal::NotFound)?)?;
        self.answered(id, &me, Message::Declined)
    }

    /// Takes a member, or an invitation, back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`] for who does not own the view, and for the owner.
    pub fn dismiss_from_view(&mut self, id: ViewId, name: &str) -> Result<()> {
        let (me, view) = self.own_view(id)?;
        let user = accounts::by_name(self.tx, name)?.ok_or(Refusal::NotFound)?;
        if user.id == me.id {
            let needs = Privilege::Unbind;
            return Err(Refusal::Forbidden { needs }.into());
        }
        let member = views::member(self.tx, id, user.id)?.ok_or(Refusal::NotFound)?;
        if matches!(member.state, MemberState::Invited | MemberState::Accepted) {
            self.tell_member(&view, user.id, Message::Withdrawn)?;
        }
        self.part(id, member)
    }

    /// The colour that the account's items have in a view: `#RRGGBB`, or a name of CSS; `None`: the one of its place.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::BadValue`].
    pub fn set_view_color(&mut self, id: ViewId, color: Option<&str>) -> Result<()> {
        if color.is_some_and(|color| css::nearest(color).is_none()) {
            let why = "a colour is #RRGGBB or a name of CSS";
            return Err(Refusal::BadValue(why.to_owned()).into());
        }
        let member = self.membership(id)?;
        let member = ViewMember {
            color: color.map(str::to_ascii_lowercase),
            ..member
        };
        Ok(views::set_member(self.tx, id, &member)?)
    }

    /// Which of the account's personal and external layers a view may show, as far as it includes them.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn set_view_consent(&mut self, id: ViewId, consent: &Includes) -> Result<()> {
        let member = self.membership(id)?;
        self.check_kinds(consent)?;
        let consent = consent.clone();
        let member = ViewMember { consent, ..member };
        Ok(views::set_member(self.tx, id, &member)?)
    }

    /// The name of the layer that a view is in the home of the account that asks.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who is not in it.
    pub fn view_layer(&mut self, id: ViewId) -> Result<String> {
        let me = self.device()?.user;
        let rows = layers::mounting(self.tx, Mount::View(id))?;
        let row = rows.into_iter().find(|row| row.owner == me);
        Ok(row.ok_or(Refusal::NotFound)?.name)
    }

    /// Whose view it is, for who is in it or invited to it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn view_owner(&mut self, id: ViewId) -> Result<User> {
        let owner = self.view(id)?.owner;
        Ok(accounts::by_id(self.tx, owner)?.ok_or(Refusal::NotFound)?)
    }

    /// A view that the account is in or invited to.
    pub fn view(&mut self, id: ViewId) -> Result<View> {
        let me = self.device()?.user;
        let member = views::member(self.tx, id, me)?;
        let stands = member
            .is_some_and(|it| matches!(it.state, MemberState::Invited | MemberState::Accepted));
        let view = views::by_id(self.tx, id)?.filter(|_| stands);
        Ok(view.ok_or(Refusal::NotFound)?)
    }

    pub(super) fn own_view(&mut self, id: ViewId) -> Result<(User, View)> {
        let me = self.acting()?;
        let view = self.view(id)?;
        if view.owner == me.id {
            return Ok((me, view));
        }
        let needs = Privilege::Write;
        Err(Refusal::Forbidden { needs }.into())
    }

    pub(super) fn membership(&mut self, id: ViewId) -> Result<ViewMember> {
        let me = self.acting()?;
        let member = views::member(self.tx, id, me.id)?;
        let member = member.filter(|it| it.state == MemberState::Accepted);
        Ok(member.ok_or(Refusal::NotFound)?)
    }

    fn invited(&mut self, id: ViewId, user: UserId) -> Result<ViewMember> {
        let member = views::member(self.tx, id, user)?;
        let member = member.filter(|it| it.state == MemberState::Invited);
        Ok(member.ok_or(Refusal::NotFound)?)
    }

    fn groups_named(&mut self, names: &[String]) -> Result<Vec<GroupId>> {
        let mut groups = Vec::new();
        for name in names {
            groups.push(self.group(name)?.id);
        }
        Ok(groups)
    }

    /// Makes an account a member, and puts the view into its home.
    fn join(&mut self, id: ViewId, user: &User, consent: &Includes) -> Result<()> {
        let view = views::by_id(self.tx, id)?.ok_or(Refusal::NotFound)?;
        let known = views::member(self.tx, id, user.id)?;
        let member = ViewMember {
            user: user.id,
            state: MemberState::Accepted,
            place: known.as_ref().and_then(|it| it.place),
            color: known.and_then(|it| it.color),
            consent: consent.only(|sort| !sort.is_system()),
            open: false,
            at: self.now,
        };
        views::set_member(self.tx, id, &member)?;
        let home = layers::of_owner(self.tx, user.id)?;
        let mount = Some(Mount::View(id));
        self.check_count(home.iter(), mount)?;
        let others = home.iter().filter(|layer| layer.mount.is_some()).count();
        // Counted in this home alone: how many views others have is told to nobody.
        let is_free = |name: &String| !home.iter().any(|layer| layer.name == *name);
        let name = (1..=home.len() + 1)
            .map(|number| format!("view-{number}"))
            .find(is_free)
            .ok_or(Refusal::Exists)?;
        let row = NewLayer {
            kind: LayerKind::View,
            display_name: view.name,
            description: view.description,
            color: Some(palette::color(others).to_owned()),
            // The time of several people is not one's own.
            transparent: true,
            mount,
            ..NewLayer::named(user.id, &name, self.now)
        };
        layers::create(self.tx, &row)?.ok_or(Refusal::Exists)?;
        Ok(())
    }

    fn tell_member(&mut self, view: &View, member: UserId, message: Message) -> Result<()> {
        self.tell_of_view(view, (member, view.owner), message)
    }

    /// Its owner is told what an invitation came to, and it is no longer open.
    fn answered(&mut self, id: ViewId, by: &User, message: Message) -> Result<()> {
        notifications::forget(self.tx, by.id, About::View(id))?;
        match views::by_id(self.tx, id)? {
            Some(view) => self.tell_of_view(&view, (view.owner, by.id), message),
            None => Ok(()),
        }
    }

    /// A view is told of by where it stands in its owner's home.
    fn tell_of_view(
        &mut self,
        view: &View,
        (user, other): (UserId, UserId),
        message: Message,
    ) -> Result<()> {
        let Some(layer) = self.view_row(view.id, view.owner)? else {
            return Ok(());
        };
        self.notify(&Telling {
            user,
            other,
            about: About::View(view.id),
            layer: &layer,
            message,
            right: Right::Read,
            words: Answer {
                summary: Some(&view.name),
                comment: None,
            },
        })
    }

    /// Takes the view out of a member's home.
    fn part(&mut self, id: ViewId, member: ViewMember) -> Result<()> {
        for row in layers::mounting(self.tx, Mount::View(id))? {
            if row.owner == member.user {
                layers::delete(self.tx, row.id, self.now)?;
            }
        }
        let member = ViewMember {
            state: MemberState::Left,
            consent: Includes::default(),
            open: false,
            at: self.now,
            ..member
        };
        Ok(views::set_member(self.tx, id, &member)?)
    }
}

/// Of people's accounts by their roles only what the system keeps is shown, and by nobody but administrators.
fn may_include(me: &User, mode: ViewMode, includes: &Includes) -> Result<()> {
    if mode == ViewMode::Manual {
        return Ok(());
    }
    if !me.admin {
        let needs = Privilege::Write;
        return Err(Refusal::Forbidden { needs }.into());
    }
    if includes.iter().all(|sort| sort.is_system()) {
        return Ok(());
    }
    let why = "a view of groups includes no layers but the system's";
    Err(Refusal::BadValue(why.to_owned()).into())
}

fn check_texts(name: Option<&str>, description: Option<&str>) -> Result<()> {
    let long = |text: &str| text.chars().count() > MAX_TEXT;
    if name.is_some_and(|name| name.trim().is_empty() || long(name))
        || description.is_some_and(long)
    {
        let why = format!("a name, and texts of at most {MAX_TEXT} characters");
        return Err(Refusal::BadValue(why).into());
    }
    Ok(())
}
