//! Friends: asked, accepted, declined, followed; and whom the account has blocked, who is told nothing (E-009).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, tag_of};
use super::call::Call;
use super::problem::Result;
use super::routes::{Route, delete, get, post, put};
use super::time;
use super::users::User;
use crate::calendar::{self, Access, Acquaintance, Refusal};
use crate::model::FriendshipState;

pub fn routes() -> Vec<Route> {
    vec![
        get(
            "/friends",
            "Friends, those whom the account has asked, and those who have asked it",
            list,
        )
        .paged()
        .answers_page::<Friend>(),
        post(
            "/friends",
            "Ask somebody to be a friend; where they have asked already, that accepts",
            ask,
        )
        .reads::<NewFriend>()
        .answers::<Friend>(201)
        .repeatable(),
        get("/friends/{user}", "One of them", show).answers::<Friend>(200),
        post("/friends/{user}/accept", "Accept who has asked", accept).answers::<Friend>(200),
        post(
            "/friends/{user}/decline",
            "Decline; whoever asked is told nothing",
            decline,
        )
        .answers_nothing(),
        delete(
            "/friends/{user}",
            "End a friendship, or take the asking back",
            remove,
        )
        .answers_nothing()
        .conditional(),
        put(
            "/friends/{user}/follow",
            "Have a friend's calendar stand among the account's layers",
            follow,
        )
        .answers_nothing(),
        delete(
            "/friends/{user}/follow",
            "Take a friend's calendar out of the account's layers",
            unfollow,
        )
        .answers_nothing(),
        get("/blocked", "Whom the account has blocked", blocked)
            .paged()
            .answers_page::<User>(),
        put(
            "/blocked/{user}",
            "End everything with somebody, and keep it ended; they are told nothing",
            block,
        )
        .answers_nothing(),
        delete("/blocked/{user}", "Forgive", unblock).answers_nothing(),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum FriendState {
    Friends,
    AskedByMe,
    AskedByOther,
}

impl From<FriendshipState> for FriendState {
    fn from(state: FriendshipState) -> Self {
        match state {
            FriendshipState::Accepted => Self::Friends,
            FriendshipState::AskedByMe => Self::AskedByMe,
            FriendshipState::AskedByOther => Self::AskedByOther,
        }
    }
}

/// What stands between the account and somebody else.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Friend {
    user_id: String,
    display_name: String,
    state: FriendState,
    /// When it was accepted, or else asked for.
    #[schema(format = DateTime)]
    since: String,
    /// Does the friend's calendar stand among the account's layers?
    follows: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewFriend {
    #[schema(min_length = 1, max_length = 2048)]
    user_id: String,
}

impl Friend {
    fn of(other: &Acquaintance) -> Self {
        Self {
            user_id: other.user.name.clone(),
            display_name: other.user.display_name.clone(),
            state: other.state.into(),
            since: time::rfc3339(other.at),
            follows: other.follows,
        }
    }
}

fn find(access: &mut Access, name: &str) -> Result<Friend> {
    let all = access.acquaintances()?;
    let found = all.iter().find(|other| other.user.name == name);
    Ok(found.map(Friend::of).ok_or(Refusal::NotFound)?)
}

fn list(call: &Call) -> Result<Answer> {
    let paging = call.paging::<String>()?;
    let mut friends: Vec<Friend> = call.read(|access| {
        let all = access.acquaintances()?;
        Ok(all.iter().map(Friend::of).collect())
    })?;
    friends.retain(|it| paging.after.as_ref().is_none_or(|last| it.user_id > *last));
    friends.sort_by(|one, other| one.user_id.cmp(&other.user_id));
    call.page(paging.limit, &friends, |it| it.user_id.clone())
}

fn show(call: &Call) -> Result<Answer> {
    Answer::of(&call.read(|access| find(access, call.path("user")))?)
}

fn ask(call: &Call) -> Result<Answer> {
    let new: NewFriend = call.body()?;
    call.create(|access| {
        access.ask_friend(&new.user_id)?;
        let friend = find(access, &new.user_id)?;
        Answer::created(call.at("/friends", &friend.user_id), &friend)
    })
}

fn accept(call: &Call) -> Result<Answer> {
    let friend = call.write(|access| {
        access.accept_friend(call.path("user"))?;
        find(access, call.path("user"))
    })?;
    Answer::of(&friend)
}

fn decline(call: &Call) -> Result<Answer> {
    done(call, |access| access.decline_friend(call.path("user")))
}

fn remove(call: &Call) -> Result<Answer> {
    call.write(|access| {
        call.still(&tag_of(&find(access, call.path("user"))?)?)?;
        Ok(access.remove_friend(call.path("user"))?)
    })?;
    Ok(Answer::nothing())
}

fn follow(call: &Call) -> Result<Answer> {
    done(call, |access| already(access.follow(call.path("user"))))
}

fn unfollow(call: &Call) -> Result<Answer> {
    done(call, |access| access.unfollow(call.path("user")))
}

fn blocked(call: &Call) -> Result<Answer> {
    let paging = call.paging::<String>()?;
    let blocked = call.read(|access| Ok(access.blocked()?))?;
    let mut shown: Vec<User> = blocked.iter().map(User::of).collect();
    shown.retain(|it| paging.after.as_ref().is_none_or(|last| it.user_id > *last));
    shown.sort_by(|one, other| one.user_id.cmp(&other.user_id));
    call.page(paging.limit, &shown, |it| it.user_id.clone())
}

fn block(call: &Call) -> Result<Answer> {
    done(call, |access| already(access.block(call.path("user"))))
}

fn unblock(call: &Call) -> Result<Answer> {
    done(call, |access| access.unblock(call.path("user")))
}

fn done(call: &Call, work: impl Fn(&mut Access) -> calendar::Result<()>) -> Result<Answer> {
    call.write(|access| Ok(work(access)?))?;
    Ok(Answer::nothing())
}

/// What PUT asks for stands, whether it stood before or not (RFC 9110 section 9.3.4).
fn already(done: calendar::Result<()>) -> calendar::Result<()> {
    match done {
        Err(calendar::Error::Refused(Refusal::Exists)) => Ok(()),
        done => done,
    }
}
