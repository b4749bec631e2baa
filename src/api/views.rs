//! Shared views: one calendar in which the layers of several people come together (E-061 to E-083, E-138 to E-146).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, tag_of};
use super::call::{Call, given, some};
use super::items::{self, ItemPage, Range};
use super::layers::is_color;
use super::problem::{Problem, Result};
use super::routes::{CANONICAL, Route, delete, get, patch, post};
use super::time;
use super::view_links::{ShareLink, ShareScope, Wish};
use crate::calendar::{Access, Refusal, ViewDraft, ViewPatch};
use crate::http::EntityTag;
use crate::model::{self, Included, Includes, MemberState, User, ViewId, ViewMember, ViewMode};

pub fn routes() -> Vec<Route> {
    vec![
        get(
            "/shared",
            "The views that the account is in or invited to",
            list,
        )
        .answers_page::<View>(),
        post(
            "/shared",
            "Make a view; the account is its first member",
            create,
        )
        .reads::<NewView>()
        .answers::<View>(201)
        .repeatable(),
        get("/shared/{view}", "One view", show).answers::<View>(200),
        patch("/shared/{view}", "Change a view: for its owner", change)
            .reads::<ViewChange>()
            .answers::<View>(200)
            .conditional(),
        delete(
            "/shared/{view}",
            "End a view for all its members: for its owner",
            remove,
        )
        .answers_nothing()
        .conditional(),
        post(
            "/shared/{view}/invite",
            "Ask accounts to be in a view: for its owner",
            invite,
        )
        .reads::<Invitation>()
        .answers_page::<Member>()
        .repeatable(),
        patch(
            "/shared/{view}/respond",
            "Accept or decline an invitation",
            respond,
        )
        .reads::<Reply>()
        .answers::<View>(200)
        .answers_nothing(),
        delete("/shared/{view}/leave", "Leave a view", leave).answers_nothing(),
        get(
            "/shared/{view}/members",
            "Who is in a view, was invited or has gone, each with the colour there",
            members,
        )
        .answers_page::<Member>(),
        patch(
            "/shared/{view}/members/{user}",
            "The colour and the consent of one's own in a view",
            change_member,
        )
        .reads::<MemberChange>()
        .answers::<Member>(200),
        delete(
            "/shared/{view}/members/{user}",
            "Take a member, or an invitation, back: for the view's owner",
            dismiss,
        )
        .answers_nothing(),
        get(
            "/shared/{view}/items",
            "What takes place in a view in a range, occurrence by occurrence",
            items::of_view,
        )
        .query::<Range>()
        .paged()
        .answers::<ItemPage>(200),
    ]
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ViewType {
    Manual,
    RoleBased,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum MemberStatus {
    Invited,
    Accepted,
    Declined,
    Left,
}

/// One calendar of several people.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SharedView)]
pub struct View {
    id: String,
    owner_id: String,
    name: String,
    description: Option<String>,
    view_type: ViewType,
    /// Of a view of groups: every account of these is in it.
    auto_include_roles: Vec<String>,
    /// Which layers of its members it shows, as far as each of them consents.
    included_layer_types: Vec<String>,
    /// What the account is in it.
    status: MemberStatus,
    /// Which of the account's own layers it may show.
    consent: Vec<String>,
    share_scope: ShareScope,
    /// May its link show strangers what the account shows to everyone? Its owner's items are shown in any case.
    public_consent: bool,
    #[serde(flatten)]
    link: ShareLink,
    /// Where it stands among the account's layers, once it has accepted.
    layer_id: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// When its name, its description or what it includes was changed last.
    #[schema(format = DateTime)]
    updated_at: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    etag: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SharedViewMember)]
struct Member {
    /// Of one account in a view: that of the account.
    id: String,
    view_id: String,
    user_id: String,
    name: String,
    status: MemberStatus,
    /// The colour of this member's items.
    color: Option<String>,
    /// When the status last changed.
    #[schema(format = DateTime)]
    since: String,
    /// When the account accepted; `null` of who is not in the view.
    #[schema(format = DateTime)]
    joined_at: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewSharedView)]
struct NewView {
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    name: String,
    #[schema(max_length = 10000)]
    description: Option<String>,
    /// `shifts`, `tickets`, `polls`, `public-events`, any other kind that the platform keeps, `personal-public`, `personal-friends`,
    /// `personal` and `external`; all of these names but the last two unless it is said otherwise.
    included_layer_types: Option<Vec<String>>,
    /// `MEMBERS` unless it is said otherwise; `PUBLIC` makes its link.
    share_scope: Option<ShareScope>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SharedViewChange)]
struct ViewChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S", nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    included_layer_types: Option<Vec<String>>,
    /// `PUBLIC` makes a link where there is none, `MEMBERS` ends it at once.
    share_scope: Option<ShareScope>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Invitation {
    #[schema(min_items = 1, max_items = 100)]
    user_ids: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Response {
    Accepted,
    Declined,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = InvitationResponse)]
struct Reply {
    status: Response,
    /// Which of the account's personal and external layers the view may show; those that are open to others already unless it is
    /// said otherwise.
    consent: Option<Vec<String>>,
    /// May the view's link show strangers what the account shows to everyone? Not unless it is said.
    public_consent: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SharedViewMemberChange)]
struct MemberChange {
    /// `null`: that of the place in the order of joining.
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<String>, pattern = "^#[0-9A-Fa-f]{6}$")]
    color: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    consent: Option<Vec<String>>,
    public_consent: Option<bool>,
}

impl From<MemberState> for MemberStatus {
    fn from(state: MemberState) -> Self {
        match state {
            MemberState::Invited => Self::Invited,
            MemberState::Accepted => Self::Accepted,
            MemberState::Declined => Self::Declined,
            MemberState::Left => Self::Left,
        }
    }
}

fn words(includes: &Includes) -> Vec<String> {
    includes.iter().map(|it| it.word().into_owned()).collect()
}

fn includes(words: &[String]) -> Result<Includes> {
    let known = words.iter().map(|word| Included::named(word));
    let known: Option<Vec<Included>> = known.collect();
    let known = known.ok_or_else(|| {
        let all = Included::NAMED.map(|it| it.word()).join(", ");
        Problem::invalid(format!(
            "a type of layer is a kind that is kept here, or one of {all}"
        ))
    })?;
    Ok(Includes::of(known))
}

pub fn includes_if(words: Option<&[String]>) -> Result<Option<Includes>> {
    words.map(includes).transpose()
}

impl View {
    fn of(access: &mut Access, view: &model::View, member: &ViewMember) -> Result<Self> {
        let owner = access.view_owner(view.id)?.name;
        let groups = match view.mode {
            ViewMode::Manual => Vec::new(),
            ViewMode::RoleBased => access.view_groups(view.id)?,
        };
        let mut shown = Self {
            id: access.handles().of(view.id),
            owner_id: owner,
            name: view.name.clone(),
            description: view.description.clone(),
            view_type: match view.mode {
                ViewMode::Manual => ViewType::Manual,
                ViewMode::RoleBased => ViewType::RoleBased,
            },
            auto_include_roles: groups.into_iter().map(|group| group.name).collect(),
            included_layer_types: words(&view.includes),
            status: member.state.into(),
            consent: words(&member.consent),
            share_scope: ShareScope::of(access, view.id)?,
            public_consent: member.open,
            link: ShareLink::default(),
            layer_id: match member.state {
                MemberState::Accepted => Some(access.view_layer(view.id)?),
                _ => None,
            },
            created_at: time::rfc3339(view.created),
            updated_at: time::rfc3339(view.updated),
            etag: String::new(),
        };
        shown.etag = tag_of(&shown)?.to_string();
        Ok(shown)
    }

    fn tag(&self) -> EntityTag {
        EntityTag::strong(self.etag.trim_matches('"'))
    }

    fn answer(&self) -> Result<Answer> {
        Ok(Answer::of(self)?.tagged(self.tag()))
    }
}

impl Member {
    fn of(view: &str, (user, member, color): (User, ViewMember, String)) -> Self {
        let since = time::rfc3339(member.at);
        let has_joined = member.state == MemberState::Accepted;
        Self {
            id: user.name.clone(),
            view_id: view.to_owned(),
            joined_at: has_joined.then(|| since.clone()),
            user_id: user.name,
            name: user.display_name,
            status: member.state.into(),
            color: Some(color).filter(|color| !color.is_empty()),
            since,
        }
    }
}

pub fn id_of(call: &Call) -> Result<ViewId> {
    call.named("view")
}

/// A view that the account is in or invited to.
fn find(access: &mut Access, id: ViewId) -> Result<View> {
    let found = access.views()?.into_iter().find(|(view, _)| view.id == id);
    let (view, member) = found.ok_or(Refusal::NotFound)?;
    View::of(access, &view, &member)
}

pub fn shown(access: &mut Access, wanted: impl Fn(&model::View) -> bool) -> Result<Vec<View>> {
    let views = access.views()?;
    let wanted = views.iter().filter(|(view, _)| wanted(view));
    wanted
        .map(|(view, member)| View::of(access, view, member))
        .collect()
}

/// An account is in few of them: all stand on one page.
fn list(call: &Call) -> Result<Answer> {
    let views = call.read(|access| shown(access, |_| true))?;
    Answer::page(&views, None)
}

fn show(call: &Call) -> Result<Answer> {
    let id = id_of(call)?;
    call.read(|access| find(access, id))?.answer()
}

fn create(call: &Call) -> Result<Answer> {
    let new: NewView = call.body()?;
    made(
        call,
        new.share_scope,
        &ViewDraft {
            name: new.name,
            description: new.description,
            includes: includes_if(new.included_layer_types.as_deref())?,
            groups: Vec::new(),
        },
    )
}

pub fn made(call: &Call, scope: Option<ShareScope>, draft: &ViewDraft) -> Result<Answer> {
    let wish = Wish::new(scope)?;
    call.create(|access| {
        let id = access.create_view(draft)?;
        let link = wish.grant(call, access, id)?;
        let mut view = find(access, id)?;
        let (location, tag) = (format!("{CANONICAL}/shared/{}", view.id), view.tag());
        view.link = link;
        let answer = Answer::created(location, &view)?.tagged(tag);
        view.link = ShareLink::default();
        answer.repeated_as(&view)
    })
}

fn change(call: &Call) -> Result<Answer> {
    let change: ViewChange = call.body()?;
    changed(
        call,
        change.share_scope,
        &ViewPatch {
            name: change.name,
            description: change.description,
            includes: includes_if(change.included_layer_types.as_deref())?,
            groups: None,
        },
    )
}

pub fn changed(call: &Call, scope: Option<ShareScope>, patch: &ViewPatch) -> Result<Answer> {
    let (id, wish) = (id_of(call)?, Wish::new(scope)?);
    let view = call.write(|access| {
        call.still(&find(access, id)?.tag())?;
        access.change_view(id, patch)?;
        let link = wish.grant(call, access, id)?;
        let view = find(access, id)?;
        Ok(View { link, ..view })
    })?;
    view.answer()
}

pub fn remove(call: &Call) -> Result<Answer> {
    let id = id_of(call)?;
    call.write(|access| {
        call.still(&find(access, id)?.tag())?;
        Ok(access.delete_view(id)?)
    })?;
    Ok(Answer::nothing())
}

/// All of them, or nobody.
fn invite(call: &Call) -> Result<Answer> {
    let asked: Invitation = call.body()?;
    let id = id_of(call)?;
    if asked.user_ids.is_empty() || asked.user_ids.len() > 100 {
        return Err(Problem::invalid("userIds names between 1 and 100 accounts").into());
    }
    call.create(|access| {
        for user in &asked.user_ids {
            access.invite_to_view(id, user)?;
        }
        listed(call, access, id)
    })
}

/// A view has few members: all stand on one page.
fn listed(call: &Call, access: &mut Access, id: ViewId) -> Result<Answer> {
    let members = access.view_members(id)?.into_iter();
    let shown: Vec<Member> = members
        .map(|it| Member::of(call.path("view"), it))
        .collect();
    Answer::page(&shown, None)
}

fn respond(call: &Call) -> Result<Answer> {
    let reply: Reply = call.body()?;
    let id = id_of(call)?;
    let consent = includes_if(reply.consent.as_deref())?;
    call.write(|access| {
        if reply.status == Response::Declined {
            access.decline_view(id)?;
            return Ok(Answer::nothing());
        }
        access.accept_view(id, consent.as_ref())?;
        if let Some(open) = reply.public_consent {
            access.set_view_open(id, open)?;
        }
        find(access, id)?.answer()
    })
}

fn leave(call: &Call) -> Result<Answer> {
    let id = id_of(call)?;
    call.write(|access| Ok(access.leave_view(id)?))?;
    Ok(Answer::nothing())
}

fn members(call: &Call) -> Result<Answer> {
    let id = id_of(call)?;
    call.read(|access| listed(call, access, id))
}

fn change_member(call: &Call) -> Result<Answer> {
    let change: MemberChange = call.body()?;
    let id = id_of(call)?;
    let color = change.color.as_ref().map(Option::as_deref);
    if color
        .flatten()
        .is_some_and(|color| !is_color(color) || color.len() != 7)
    {
        return Err(Problem::invalid("color is #RRGGBB").into());
    }
    let consent = includes_if(change.consent.as_deref())?;
    let member = call.write(|access| {
        access.view(id)?;
        if access.me()?.name != call.path("user") {
            return Err(Refusal::NotFound.into());
        }
        if let Some(color) = color {
            access.set_view_color(id, color)?;
        }
        if let Some(consent) = &consent {
            access.set_view_consent(id, consent)?;
        }
        if let Some(open) = change.public_consent {
            access.set_view_open(id, open)?;
        }
        let me = access.me()?.id;
        let found = access
            .view_members(id)?
            .into_iter()
            .find(|it| it.0.id == me);
        Ok(Member::of(
            call.path("view"),
            found.ok_or(Refusal::NotFound)?,
        ))
    })?;
    Answer::of(&member)
}

fn dismiss(call: &Call) -> Result<Answer> {
    let id = id_of(call)?;
    call.write(|access| Ok(access.dismiss_from_view(id, call.path("user"))?))?;
    Ok(Answer::nothing())
}
