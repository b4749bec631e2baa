//! `strata friend`: who is whose friend, and whose calendars stand in whose home.

use std::io::{self, Write};

use anyhow::bail;
use clap::Subcommand;

use super::{house, table};
use crate::calendar::{self, Acquaintance};
use crate::config::Config;
use crate::model::{FriendshipState, User};
use crate::store::{Store, Tx, relations};

#[derive(Subcommand)]
pub enum Command {
    /// Make two accounts friends at once; each one's calendar stands in the other's home
    Add { user: String, other: String },
    /// End a friendship, or an asking for one
    Remove { user: String, other: String },
    /// List an account's friends, and who has asked, been asked or been blocked
    List { user: String },
    /// Let a friend's calendar stand in the account's home
    Follow { user: String, other: String },
    /// Take a friend's calendar out of the account's home; they stay friends
    Unfollow { user: String, other: String },
    /// End everything between an account and another, which is told nothing, and keep it ended
    Block { user: String, other: String },
    /// End a block
    Unblock { user: String, other: String },
}

impl Command {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = house::store(config)?;
        match self {
            Self::Add { user, other } => act(&store, &user, &other, add),
            Self::Remove { user, other } => act(&store, &user, &other, remove),
            Self::List { user } => list(&store, &user),
            Self::Follow { user, other } => act(&store, &user, &other, follow),
            Self::Unfollow { user, other } => act(&store, &user, &other, unfollow),
            Self::Block { user, other } => act(&store, &user, &other, block),
            Self::Unblock { user, other } => act(&store, &user, &other, unblock),
        }
    }
}

/// Does something between two accounts, and prints what has come of it.
fn act(
    store: &Store,
    user: &str,
    other: &str,
    work: fn(&mut Tx, &User, &User) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    if user == other {
        bail!("it takes two accounts");
    }
    let done = store.write(|tx| {
        let (user, other) = (house::user(tx, user)?, house::user(tx, other)?);
        work(tx, &user, &other)
    })?;
    Ok(writeln!(io::stdout(), "{done}")?)
}

fn add(tx: &mut Tx, user: &User, other: &User) -> anyhow::Result<String> {
    for (blocker, blocked) in [(user, other), (other, user)] {
        if relations::has_blocked(tx, blocker.id, blocked.id)? {
            bail!("{} has blocked {}", blocker.name, blocked.name);
        }
    }
    let made = calendar::befriend(tx, user, other, house::now())?;
    let already = if made { "" } else { " already" };
    Ok(format!(
        "{} and {} are friends{already}",
        user.name, other.name
    ))
}

fn remove(tx: &mut Tx, user: &User, other: &User) -> anyhow::Result<String> {
    if !calendar::unfriend(tx, user, other, house::now())? {
        bail!("{} and {} are not friends", user.name, other.name);
    }
    Ok(format!(
        "{} and {} are not friends any more",
        user.name, other.name
    ))
}

fn follow(tx: &mut Tx, user: &User, other: &User) -> anyhow::Result<String> {
    let friends = relations::friends(tx, user.id)?;
    if !friends.iter().any(|friend| friend.id == other.id) {
        bail!("{} and {} are not friends", user.name, other.name);
    }
    let made = calendar::follow(tx, user, other, house::now())?;
    let already = if made { "" } else { " already" };
    Ok(format!("{} follows {}{already}", user.name, other.name))
}

fn unfollow(tx: &mut Tx, user: &User, other: &User) -> anyhow::Result<String> {
    if !calendar::unfollow(tx, user, other, house::now())? {
        bail!("{} does not follow {}", user.name, other.name);
    }
    Ok(format!(
        "{} does not follow {} any more",
        user.name, other.name
    ))
}

fn block(tx: &mut Tx, user: &User, other: &User) -> anyhow::Result<String> {
    let made = calendar::block(tx, user, other, house::now())?;
    let already = if made { "" } else { " already" };
    Ok(format!("{} has blocked {}{already}", user.name, other.name))
}

fn unblock(tx: &mut Tx, user: &User, other: &User) -> anyhow::Result<String> {
    if !relations::unblock(tx, user.id, other.id)? {
        bail!("{} has not blocked {}", user.name, other.name);
    }
    Ok(format!("{} has unblocked {}", user.name, other.name))
}

fn list(store: &Store, user: &str) -> anyhow::Result<()> {
    let rows = store.read(|tx| {
        let user = house::user(tx, user)?;
        let known = calendar::acquaintances(tx, user.id)?;
        let mut rows: Vec<_> = known.iter().map(row).collect();
        for blocked in relations::blocked_by(tx, user.id)? {
            rows.push([
                blocked.name,
                blocked.display_name,
                "blocked".to_owned(),
                "-".to_owned(),
            ]);
        }
        anyhow::Ok(rows)
    })?;
    Ok(table::print(
        ["NAME", "DISPLAY NAME", "STATE", "SINCE"],
        &rows,
    )?)
}

fn row(known: &Acquaintance) -> [String; 4] {
    let state = match known.state {
        FriendshipState::Accepted if known.follows => "friend, followed",
        FriendshipState::Accepted => "friend",
        FriendshipState::AskedByOther => "has asked",
        FriendshipState::AskedByMe => "has been asked",
    };
    [
        known.user.name.clone(),
        known.user.display_name.clone(),
        state.to_owned(),
        table::moment(Some(known.at)),
    ]
}
