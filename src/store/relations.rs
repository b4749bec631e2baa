//! Friendships, blocks and delegates, and which number each relation was given.

use super::accounts::{several, users, users_columns};
use super::engine::Row;
use super::{Result, Tx};
use crate::model::*;

/// What two accounts are to each other, as far as it holds for all layers of the owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// They are friends, accepted.
    pub friends: Option<Fact>,
    /// One of them has blocked the other; then nothing else holds.
    pub blocked: bool,
    /// The viewer acts for the owner, itself or as a member of a group.
    pub proxy: Option<Proxy>,
    pub free_busy_to: FreeBusyTo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxy {
    pub write: bool,
    pub fact: Fact,
}

/// A row for each way in which the viewer acts for the owner, and one where there is none.
pub(super) const TIES: &str = "SELECT u.free_busy_to, f.fact, \
    (SELECT COUNT(*) FROM blocks WHERE blocker = ?1 AND blocked = ?2 OR blocker = ?2 AND blocked = ?1), \
    p.write, p.fact, m.fact \
    FROM users u \
    LEFT JOIN friendships f ON f.one = ?3 AND f.other = ?4 AND f.accepted IS NOT NULL \
    LEFT JOIN proxies p ON p.owner = u.id AND \
        (p.user_id = ?1 OR p.group_id IN (SELECT group_id FROM members WHERE user_id = ?1)) \
    LEFT JOIN members m ON m.group_id = p.group_id AND m.user_id = ?1 \
    WHERE u.id = ?2";

/// What `viewer` is to `owner`, in one statement. An account that is gone has no ties.
pub fn ties(tx: &mut Tx, viewer: UserId, owner: UserId) -> Result<Ties> {
    let (one, other) = pair(viewer, owner);
    let args = [viewer.0.into(), owner.0.into(), one.into(), other.into()];
    let mut ties = Ties::default();
    tx.rows(TIES, &args, |row| {
        ties.free_busy_to = row.word(0, FreeBusyTo::named)?;
        ties.friends = row.opt_int(1)?.map(Fact);
        ties.blocked = row.flag(2)?;
        if let Some(write) = row.opt_int(3)? {
            let found = Proxy {
                write: write != 0,
                fact: Fact(row.int(4)?).max(Fact(row.opt_int(5)?.unwrap_or(0))),
            };
            ties.proxy = Some(ties.proxy.map_or(found, |known| known.stronger(found)));
        }
        Result::Ok(())
    })?;
    if ties.blocked {
        (ties.friends, ties.proxy) = (None, None);
    }
    Ok(ties)
}

impl Proxy {
    /// Of two equal ones the older, so that a further one changes nothing for who holds a token.
    fn stronger(self, other: Self) -> Self {
        match (self.write, other.write) {
            (true, false) => self,
            (false, true) => other,
            _ if other.fact < self.fact => other,
            _ => self,
        }
    }
}

/// The next number of a relation.
pub(super) fn draw(tx: &mut Tx) -> Result<Fact> {
    let drawn = tx.first(
        "UPDATE facts SET last = last + 1 WHERE id = 1 RETURNING last",
        &[],
        |row| row.int(0),
    )?;
    super::drawn(drawn).map(Fact)
}

pub fn free_busy_to(tx: &mut Tx, user: UserId) -> Result<FreeBusyTo> {
    let found = tx.first(
        "SELECT free_busy_to FROM users WHERE id = ?1",
        &[user.0.into()],
        |row| row.word(0, FreeBusyTo::named),
    )?;
    Ok(found.unwrap_or(FreeBusyTo::Nobody))
}

pub fn set_free_busy_to(tx: &mut Tx, user: UserId, to: FreeBusyTo) -> Result<()> {
    tx.run(
        "UPDATE users SET free_busy_to = ?2 WHERE id = ?1",
        &[user.0.into(), to.word().into()],
    )?;
    Ok(())
}

/// `asker` would like to be a friend of `other`. `false`: one of them has asked already, or they are friends.
pub fn ask(tx: &mut Tx, asker: UserId, other: UserId, now: Instant) -> Result<bool> {
    let (one, two) = pair(asker, other);
    let asked = tx.run(
        "INSERT INTO friendships (one, other, asked_by, asked, fact) VALUES (?1, ?2, ?3, ?4, 0)
         ON CONFLICT DO NOTHING",
        &[one.into(), two.into(), asker.0.into(), now.into()],
    )?;
    Ok(asked > 0)
}

/// The two are friends from now on, whether one has asked or not. `false`: they were.
pub fn befriend(tx: &mut Tx, by: UserId, other: UserId, now: Instant) -> Result<bool> {
    ask(tx, by, other, now)?;
    let fact = draw(tx)?;
    let (one, two) = pair(by, other);
    let accepted = tx.run(
        "UPDATE friendships SET accepted = ?3, fact = ?4 WHERE one = ?1 AND other = ?2 AND accepted IS NULL",
        &[one.into(), two.into(), now.into(), fact.0.into()],
    )?;
    Ok(accepted > 0)
}

/// Ends a friendship, or an asking for one. `false`: there was neither.
pub fn part(tx: &mut Tx, a: UserId, b: UserId) -> Result<bool> {
    let (one, two) = pair(a, b);
    let parted = tx.run(
        "DELETE FROM friendships WHERE one = ?1 AND other = ?2",
        &[one.into(), two.into()],
    )?;
    Ok(parted > 0)
}

macro_rules! friendships {
    ($rest:literal) => {
        concat!(
            "SELECT CASE WHEN one = ?1 THEN other ELSE one END, asked_by, asked, accepted FROM friendships ",
            $rest
        )
    };
}

/// What stands between `me` and `other`.
pub fn friendship(tx: &mut Tx, me: UserId, other: UserId) -> Result<Option<Friendship>> {
    let (one, two) = pair(me, other);
    tx.first(
        friendships!("WHERE one = ?2 AND other = ?3 AND ?1 IN (one, other)"),
        &[me.0.into(), one.into(), two.into()],
        |row| seen_by(me, row),
    )
}

/// All that stands between `me` and others, by their ids.
pub fn friendships(tx: &mut Tx, me: UserId) -> Result<Vec<Friendship>> {
    tx.list(
        friendships!("WHERE one = ?1 OR other = ?1 ORDER BY 1"),
        &[me.0.into()],
        |row| seen_by(me, row),
    )
}

/// Accepted friends, by id.
pub fn friends(tx: &mut Tx, me: UserId) -> Result<Vec<User>> {
    several(
        tx,
        users!(
            "friendships f JOIN users u ON u.id = CASE WHEN f.one = ?1 THEN f.other ELSE f.one END
             LEFT JOIN addresses own ON own.user_id = u.id
             WHERE (f.one = ?1 OR f.other = ?1) AND f.accepted IS NOT NULL"
        ),
        &[me.0.into()],
    )
}

/// Ends everything between the two: friendship, shares and delegations, both ways. `false`: it was blocked already.
pub fn block(tx: &mut Tx, blocker: UserId, blocked: UserId, now: Instant) -> Result<bool> {
    let added = tx.run(
        "INSERT INTO blocks (blocker, blocked, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        &[blocker.0.into(), blocked.0.into(), now.into()],
    )?;
    part(tx, blocker, blocked)?;
    for sql in [
        "DELETE FROM shares WHERE owner = ?1 AND user_id = ?2 OR owner = ?2 AND user_id = ?1",
        "DELETE FROM proxies WHERE owner = ?1 AND user_id = ?2 OR owner = ?2 AND user_id = ?1",
    ] {
        tx.run(sql, &[blocker.0.into(), blocked.0.into()])?;
    }
    Ok(added > 0)
}

/// `false`: it was not blocked.
pub fn unblock(tx: &mut Tx, blocker: UserId, blocked: UserId) -> Result<bool> {
    let removed = tx.run(
        "DELETE FROM blocks WHERE blocker = ?1 AND blocked = ?2",
        &[blocker.0.into(), blocked.0.into()],
    )?;
    Ok(removed > 0)
}

/// Whom an account has blocked, by id.
pub fn blocked_by(tx: &mut Tx, blocker: UserId) -> Result<Vec<User>> {
    several(
        tx,
        users!(
            "blocks b JOIN users u ON u.id = b.blocked LEFT JOIN addresses own ON own.user_id = u.id
             WHERE b.blocker = ?1"
        ),
        &[blocker.0.into()],
    )
}

/// Who has blocked an account, by id: to it, they are not there.
pub fn blockers_of(tx: &mut Tx, blocked: UserId) -> Result<Vec<UserId>> {
    tx.list(
        "SELECT blocker FROM blocks WHERE blocked = ?1 ORDER BY blocker",
        &[blocked.0.into()],
        |row| row.int(0).map(UserId),
    )
}

/// Has `blocker` blocked `blocked`?
pub fn has_blocked(tx: &mut Tx, blocker: UserId, blocked: UserId) -> Result<bool> {
    let found = tx.first(
        "SELECT at FROM blocks WHERE blocker = ?1 AND blocked = ?2",
        &[blocker.0.into(), blocked.0.into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Does a share or a delegation of `owner` name `other`, themselves and not a group of theirs?
pub fn has_named(tx: &mut Tx, owner: UserId, other: UserId) -> Result<bool> {
    let found = tx.first(
        "SELECT id FROM shares WHERE owner = ?1 AND user_id = ?2
         UNION ALL SELECT id FROM proxies WHERE owner = ?1 AND user_id = ?2 LIMIT 1",
        &[owner.0.into(), other.0.into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Accounts that act for an owner, by id.
pub fn proxy_users(tx: &mut Tx, owner: UserId, write: bool) -> Result<Vec<User>> {
    several(
        tx,
        users!(
            "proxies p JOIN users u ON u.id = p.user_id LEFT JOIN addresses own ON own.user_id = u.id
             WHERE p.owner = ?1 AND p.write = ?2"
        ),
        &[owner.0.into(), write.into()],
    )
}

/// Groups whose members act for an owner, by id.
pub fn proxy_groups(tx: &mut Tx, owner: UserId, write: bool) -> Result<Vec<Group>> {
    tx.list(
        "SELECT g.id, g.name, g.display_name FROM proxies p JOIN groups g ON g.id = p.group_id
         WHERE p.owner = ?1 AND p.write = ?2 ORDER BY g.id",
        &[owner.0.into(), write.into()],
        super::accounts::group,
    )
}

/// Those for whom `delegate` acts, itself or as a member of a group, by id.
pub fn proxy_for(tx: &mut Tx, delegate: UserId, write: bool) -> Result<Vec<User>> {
    several(
        tx,
        users!(
            "users u LEFT JOIN addresses own ON own.user_id = u.id
             WHERE u.id IN (SELECT owner FROM proxies WHERE write = ?2 AND user_id = ?1
                 UNION SELECT p.owner FROM members m JOIN proxies p ON p.group_id = m.group_id
                 WHERE m.user_id = ?1 AND p.write = ?2)
             AND u.id <> ?1 AND NOT EXISTS (SELECT 1 FROM blocks b
                 WHERE b.blocker = u.id AND b.blocked = ?1 OR b.blocker = ?1 AND b.blocked = u.id)"
        ),
        &[delegate.0.into(), write.into()],
    )
}

/// Exactly these act for an owner from now on; who did before and still does keeps its number.
pub fn set_proxies(tx: &mut Tx, owner: UserId, write: bool, delegates: &[Grantee]) -> Result<()> {
    let stand = tx.list(
        "SELECT id, user_id, group_id FROM proxies WHERE owner = ?1 AND write = ?2",
        &[owner.0.into(), write.into()],
        |row| Ok((row.int(0)?, row.opt_int(1)?, row.opt_int(2)?)),
    )?;
    let key = |delegate: &Grantee| match delegate {
        Grantee::User(id) => Some((Some(id.0), None)),
        Grantee::Group(id) => Some((None, Some(id.0))),
        Grantee::Friends | Grantee::Authenticated | Grantee::All => None,
    };
    let wanted: Vec<_> = delegates.iter().filter_map(key).collect();
    for (id, user, group) in &stand {
        if !wanted.contains(&(*user, *group)) {
            tx.run("DELETE FROM proxies WHERE id = ?1", &[(*id).into()])?;
        }
    }
    for (user, group) in wanted {
        if stand.iter().any(|(_, u, g)| (*u, *g) == (user, group)) {
            continue;
        }
        let fact = draw(tx)?;
        super::layers::share_all(tx, owner)?;
        tx.run(
            "INSERT INTO proxies (owner, user_id, group_id, write, fact) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
            &[
                owner.0.into(),
                user.into(),
                group.into(),
                write.into(),
                fact.0.into(),
            ],
        )?;
    }
    Ok(())
}

fn seen_by(me: UserId, row: &Row) -> Result<Friendship> {
    let accepted = row.opt_int(3)?;
    let state = match accepted {
        Some(_) => FriendshipState::Accepted,
        None if row.int(1)? == me.0 => FriendshipState::AskedByMe,
        None => FriendshipState::AskedByOther,
    };
    Ok(Friendship {
        other: UserId(row.int(0)?),
        state,
        at: accepted.map_or_else(|| row.int(2), Ok)?,
    })
}

/// The two in the order in which their row has them.
pub(super) fn pair(a: UserId, b: UserId) -> (i64, i64) {
    (a.0.min(b.0), a.0.max(b.0))
}
