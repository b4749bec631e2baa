//! Collections in which layers of others come together: all that a friend lets through, and what the members of a shared
//! view bring into it.

mod acts;
mod public;

pub use acts::{ViewDraft, ViewPatch};

use std::collections::HashMap;
use std::sync::Arc;

use super::collection::Source;
use super::{Access, Refusal, Result, css, palette};
use crate::model::{
    Included, Includes, Layer, LayerId, LayerKind, MemberState, User, UserId, View, ViewId,
    ViewMember, ViewMode, Visibilities, Visibility,
};
use crate::privacy::{Door, Livery, Relation};
use crate::store::{accounts, audiences, layers, views};

/// How far each class has come in each layer, and what it must have seen.
type Reaches = HashMap<(LayerId, i64), (i64, i64)>;

impl Access<'_, '_> {
    /// What a friend lets through to a viewer who follows them. `None`: they are no friends.
    pub(super) fn friend_view(
        &mut self,
        friend: UserId,
        row: &Layer,
    ) -> Result<Option<Vec<Source>>> {
        let Some(friend) = accounts::by_id(self.tx, friend)?.map(Arc::new) else {
            return Ok(None);
        };
        if !self.is_friend_of(friend.id)? {
            return Ok(None);
        }
        let reaches = audiences::reaches_of(self.tx, friend.id)?;
        let mut sources = Vec::new();
        for layer in layers::of_owner(self.tx, friend.id)? {
            if layer.mount.is_none() {
                let source = self.sight(&friend, layer, row, Door::View)?;
                sources.extend(standing(source, &reaches));
            }
        }
        sources.sort_by_key(|source| source.layer.id);
        Ok(Some(sources))
    }
}

/// Somebody whose layers a shared view shows.
struct Person {
    user: Arc<User>,
    livery: Livery,
    /// What the view includes of theirs, as far as they consent.
    includes: Includes,
}

impl Access<'_, '_> {
    /// What the members of a shared view let through to one of them. `None`: the viewer is none.
    pub(super) fn shared_view(&mut self, id: ViewId, row: &Layer) -> Result<Option<Vec<Source>>> {
        let me = self.device()?.user;
        let Some(view) = views::by_id(self.tx, id)? else {
            return Ok(None);
        };
        let members = views::members(self.tx, id)?;
        let joined = |member: &ViewMember| member.state == MemberState::Accepted;
        if !members.iter().any(|it| it.user == me && joined(it)) {
            return Ok(None);
        }
        let shown = match view.mode {
            ViewMode::Manual => views::of_members(self.tx, id)?,
            ViewMode::RoleBased => views::of_roles(self.tx, id)?,
        };
        if view.mode == ViewMode::RoleBased {
            // Who has never looked is in it all the same.
            shown.people.iter().for_each(|it| self.expect_layers(it.id));
        }
        let people = self.people(&view, &members, shown.people);
        let mut sources = Vec::new();
        for layer in shown.layers {
            let Some(person) = people.get(&layer.owner) else {
                continue;
            };
            if let Some(included) = included(&person.includes, &layer) {
                let source = self.sight(&person.user, layer, row, Door::View)?;
                let source = wearing(source, person, included);
                sources.extend(source.and_then(|source| standing(source, &shown.reaches)));
            }
        }
        Ok(Some(sources))
    }

    /// How each of the people is marked, and what of theirs is included.
    fn people(
        &self,
        view: &View,
        members: &[ViewMember],
        people: Vec<User>,
    ) -> HashMap<UserId, Person> {
        let person = |(rank, user): (usize, User)| {
            let member = members.iter().find(|it| it.user == user.id);
            let place = member.and_then(|it| it.place);
            let place = match view.mode {
                ViewMode::Manual => place.and_then(|place| usize::try_from(place).ok()),
                ViewMode::RoleBased => Some(rank),
            };
            let own = member.and_then(|it| it.color.as_deref());
            let color = own.unwrap_or_else(|| palette::color(place.unwrap_or(rank)));
            let consents = |sort: &Included| {
                sort.is_system() || member.is_some_and(|it| it.consent.contains(sort))
            };
            let person = Person {
                livery: Livery {
                    prefix: self.limits.view_prefix.replace(NAME, &user.display_name),
                    color: css::nearest(color),
                },
                includes: view.includes.only(|sort| match view.mode {
                    ViewMode::Manual => consents(sort),
                    // Whatever was asked for.
                    ViewMode::RoleBased => sort.is_system(),
                }),
                user: Arc::new(user),
            };
            (person.user.id, person)
        };
        people.into_iter().enumerate().map(person).collect()
    }
}

impl Access<'_, '_> {
    /// Kinds that the platform does not keep are included in nothing new (E-065).
    ///
    /// # Errors
    /// [`Refusal::BadValue`].
    fn check_kinds(&self, includes: &Includes) -> Result<()> {
        let mut unknown = includes
            .kinds()
            .filter(|kind| self.system.kind(kind).is_none());
        let Some(unknown) = unknown.next() else {
            return Ok(());
        };
        let named = Included::NAMED.map(|sort| sort.word());
        let kinds = self.system.kinds().map(|kind| kind.kind.segment().into());
        let kinds = kinds.filter(|kind| !named.contains(kind));
        let all: Vec<_> = named.iter().cloned().chain(kinds).collect();
        let why = format!(
            "{} is none of the types of layers: {}",
            unknown.segment(),
            all.join(", ")
        );
        Err(Refusal::BadValue(why).into())
    }
}

/// What stands for a member's name in the configured prefix.
const NAME: &str = "{name}";

/// Items of which visibilities a view shows of a layer; `None`: of none.
fn included(includes: &Includes, layer: &Layer) -> Option<Visibilities> {
    let all = |is: bool| is.then_some(Visibilities::ALL);
    match layer.kind {
        LayerKind::System => {
            let sort = match &layer.system {
                Some(kind) => Included::of_kind(kind),
                None => Included::named(&layer.name).filter(Included::is_system),
            };
            all(sort.is_some_and(|sort| includes.contains(&sort)))
        }
        LayerKind::External => all(includes.contains(&Included::External)),
        LayerKind::User => Some(includes.visibilities()).filter(|some| !some.is_empty()),
        LayerKind::View => None,
    }
}

/// Each item belongs to one of the sorts, which may be seen by more people than its layer, or by fewer. `None`: of what is
/// included the viewer sees nothing, whatever the layer holds.
fn wearing(source: Source, person: &Person, included: Visibilities) -> Option<Source> {
    let lens = source.lens.clone().among(person.livery.clone(), included);
    let public_alone = matches!(lens.relation(), Relation::Account | Relation::Anonymous);
    (included.contains(Visibility::Public) || !public_alone).then(|| Source {
        class: lens.class(),
        lens,
        ..source
    })
}

/// A source with how far its class has come. `None`: nothing of the layer was ever there for the class, so that not even a
/// token tells of it.
pub(super) fn standing(source: Source, reaches: &Reaches) -> Option<Source> {
    let Some(class) = source.class else {
        // A device may reach fewer layers than the account.
        return source.lens.admits().then_some(source);
    };
    let reach = reaches.get(&(source.layer.id, class.code())).copied();
    let (number, horizon) = reach.unwrap_or_default();
    let source = Source {
        number,
        horizon,
        ..source
    };
    (number > 0 || source.lens.admits()).then_some(source)
}
