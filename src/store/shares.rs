//! Layers and homes that their owners have opened to others.

use super::engine::{Row, Value};
use super::relations::{draw, pair};
use super::{Result, Tx, layers};
use crate::model::*;

#[derive(Clone, Debug)]
pub struct NewShare<'a> {
    pub owner: UserId,
    /// `None`: every layer of the home.
    pub layer: Option<LayerId>,
    pub grantee: Grantee,
    pub right: Right,
    pub invitation: Option<Invitation>,
    pub summary: Option<&'a str>,
    pub now: Instant,
}

/// A share that holds for a viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: ShareId,
    /// `None`: every layer of the home.
    pub layer: Option<LayerId>,
    pub right: Right,
    /// The youngest of what it rests on: the share, the membership of a group, the friendship.
    pub fact: Fact,
}

macro_rules! columns {
    () => {
        "s.id, s.owner, s.layer, s.grantee, s.user_id, s.group_id, s.access, s.invitation, s.summary, s.alarms, \
         s.fact, s.at"
    };
}

/// With whom `?1` wants nothing to do, or they with it.
macro_rules! strangers {
    () => {
        "(SELECT blocker FROM blocks WHERE blocked = ?1 UNION ALL SELECT blocked FROM blocks WHERE blocker = ?1)"
    };
}

macro_rules! shares {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM shares s ", $rest)
    };
}

/// `None`: the grantee has a share of the same sort there already.
pub fn create(tx: &mut Tx, new: &NewShare) -> Result<Option<Share>> {
    let fact = draw(tx)?;
    let (word, user, group) = grantee_columns(new.grantee);
    let id = tx.first(
        "INSERT INTO shares (owner, layer, grantee, user_id, group_id, access, invitation, summary, alarms, fact, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'none', ?9, ?10) ON CONFLICT DO NOTHING RETURNING id",
        &[
            new.owner.0.into(),
            new.layer.map(|id| id.0).into(),
            word.into(),
            user,
            group,
            super::word_of(&RIGHTS, new.right).into(),
            super::word_of(&INVITATIONS, new.invitation).into(),
            new.summary.into(),
            fact.0.into(),
            new.now.into(),
        ],
        |row| row.int(0).map(ShareId),
    )?;
    let made = match id {
        Some(id) => by_id(tx, id)?,
        None => None,
    };
    if let Some(share) = &made {
        keep_account(tx, share)?;
    }
    Ok(made)
}

/// What somebody can read by a share is kept account of, so that they can sync it.
fn keep_account(tx: &mut Tx, share: &Share) -> Result<()> {
    match share.layer {
        _ if !share.opens() => Ok(()),
        Some(layer) => layers::share(tx, layer),
        None => layers::share_all(tx, share.owner),
    }
}

pub fn by_id(tx: &mut Tx, id: ShareId) -> Result<Option<Share>> {
    tx.first(shares!("WHERE s.id = ?1"), &[id.0.into()], share)
}

/// The share of one layer (`None`: of the home) for one grantee: what it was invited to, or what it was granted.
pub fn find(
    tx: &mut Tx,
    owner: UserId,
    layer: Option<LayerId>,
    grantee: Grantee,
    invited: bool,
) -> Result<Option<Share>> {
    let shares = match layer {
        Some(layer) => of_layer(tx, layer)?,
        None => of_home(tx, owner)?,
    };
    Ok(shares
        .into_iter()
        .find(|it| it.grantee == grantee && it.invitation.is_some() == invited))
}

/// Writes right, invitation, summary and alarms, with `share.at` as the time. Where it begins or ceases to let somebody
/// read, it becomes another fact. `false`: it is gone.
pub fn update(tx: &mut Tx, share: &Share) -> Result<bool> {
    let Some(stands) = by_id(tx, share.id)? else {
        return Ok(false);
    };
    let fact = if stands.opens() == share.opens() {
        stands.fact
    } else {
        draw(tx)?
    };
    let changed = tx.run(
        "UPDATE shares SET access = ?2, invitation = ?3, summary = ?4, alarms = ?5, fact = ?6, at = ?7 WHERE id = ?1",
        &[
            share.id.0.into(),
            super::word_of(&RIGHTS, share.right).into(),
            super::word_of(&INVITATIONS, share.invitation).into(),
            share.summary.as_deref().into(),
            share.alarms.word().into(),
            fact.0.into(),
            share.at.into(),
        ],
    )?;
    keep_account(tx, share)?;
    Ok(changed > 0)
}

/// `false`: it is gone already.
pub fn remove(tx: &mut Tx, id: ShareId) -> Result<bool> {
    Ok(tx.run("DELETE FROM shares WHERE id = ?1", &[id.0.into()])? > 0)
}

/// Every share of a layer, but not those of the home it stands in; by id.
pub fn of_layer(tx: &mut Tx, layer: LayerId) -> Result<Vec<Share>> {
    tx.list(
        shares!("WHERE s.layer = ?1 ORDER BY s.id"),
        &[layer.0.into()],
        share,
    )
}

/// Has anybody been invited to a layer?
pub fn has_invitations(tx: &mut Tx, layer: LayerId) -> Result<bool> {
    let found = tx.first(
        "SELECT id FROM shares WHERE layer = ?1 AND invitation <> 'none' LIMIT 1",
        &[layer.0.into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Every share of a whole home, by id.
pub fn of_home(tx: &mut Tx, owner: UserId) -> Result<Vec<Share>> {
    tx.list(
        shares!("WHERE s.owner = ?1 AND s.layer IS NULL ORDER BY s.id"),
        &[owner.0.into()],
        share,
    )
}

/// Every share that an owner has made, by id.
pub fn of_owner(tx: &mut Tx, owner: UserId) -> Result<Vec<Share>> {
    tx.list(
        shares!("WHERE s.owner = ?1 ORDER BY s.id"),
        &[owner.0.into()],
        share,
    )
}

/// Every share that reaches an account, whatever state an invitation is in: its own, its groups', its friends', and
/// everybody's; by id. What blocked and blockers have shared is not among them.
pub fn reaching(tx: &mut Tx, viewer: UserId) -> Result<Vec<Share>> {
    let mut found = tx.list(REACHING, &[viewer.0.into()], share)?;
    found.sort_by_key(|share| share.id);
    Ok(found)
}

/// The order of the friends' join is fixed: from the few friends to what they share.
pub(super) const REACHING: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM shares s WHERE s.user_id = ?1 AND s.owner NOT IN ",
    strangers!(),
    " UNION ALL SELECT ",
    columns!(),
    " FROM members m JOIN shares s ON s.group_id = m.group_id WHERE m.user_id = ?1 AND s.owner <> ?1 AND s.owner NOT IN ",
    strangers!(),
    " UNION ALL SELECT ",
    columns!(),
    " FROM friendships f CROSS JOIN shares s WHERE f.one = ?1 AND s.owner = f.other AND s.grantee = 'friends' \
      AND f.accepted IS NOT NULL UNION ALL SELECT ",
    columns!(),
    " FROM friendships f CROSS JOIN shares s WHERE f.other = ?1 AND s.owner = f.one AND s.grantee = 'friends' \
      AND f.accepted IS NOT NULL UNION ALL SELECT ",
    columns!(),
    " FROM shares s WHERE s.grantee IN ('authenticated', 'all') AND s.owner <> ?1 AND s.owner NOT IN ",
    strangers!()
);

/// What `viewer` (`None`: nobody who has signed in) has been granted of an owner's layers, in one statement: accepted
/// invitations and access rules, of single layers and of the home. Where one of the two has blocked the other, only what
/// is for all.
pub fn granted(tx: &mut Tx, owner: UserId, viewer: Option<UserId>) -> Result<Vec<Grant>> {
    // No account has this number.
    let viewer = viewer.unwrap_or(UserId(0));
    let (one, other) = pair(viewer, owner);
    let args = [viewer.0.into(), owner.0.into(), one.into(), other.into()];
    tx.list(GRANTED, &args, |row| {
        let fact = |column| Result::Ok(Fact(row.opt_int(column)?.unwrap_or(0)));
        Ok(Grant {
            id: ShareId(row.int(0)?),
            layer: row.opt_int(1)?.map(LayerId),
            right: row.word(2, |word| super::named(&RIGHTS, word))?,
            fact: fact(3)?.max(fact(4)?).max(fact(5)?),
        })
    })
}

pub(super) const GRANTED: &str = "SELECT s.id, s.layer, s.access, s.fact, m.fact, f.fact \
    FROM shares s \
    LEFT JOIN members m ON m.group_id = s.group_id AND m.user_id = ?1 \
    LEFT JOIN friendships f ON s.grantee = 'friends' AND f.one = ?3 AND f.other = ?4 AND f.accepted IS NOT NULL \
    WHERE s.owner = ?2 AND s.invitation IN ('none', 'accepted') AND (s.grantee = 'all' OR \
        (s.user_id = ?1 OR m.user_id IS NOT NULL OR f.one IS NOT NULL OR s.grantee = 'authenticated' AND ?1 > 0) \
        AND NOT EXISTS (SELECT 1 FROM blocks b \
            WHERE b.blocker = ?1 AND b.blocked = ?2 OR b.blocker = ?2 AND b.blocked = ?1))";

/// The strongest grant on a layer, or on its home, that reaches `viewer`.
pub fn of_layer_for(tx: &mut Tx, layer: &Layer, viewer: Option<UserId>) -> Result<Option<Grant>> {
    Ok(strongest(&granted(tx, layer.owner, viewer)?, layer.id))
}

/// Of [`granted`], the strongest that holds for a layer; of equal ones the oldest, so that a further one changes nothing
/// for who holds a token.
pub fn strongest(grants: &[Grant], layer: LayerId) -> Option<Grant> {
    best(
        grants
            .iter()
            .filter(|grant| grant.layer.is_none_or(|only| only == layer)),
    )
}

/// The same of those that hold for every layer.
pub fn strongest_of_home(grants: &[Grant]) -> Option<Grant> {
    best(grants.iter().filter(|grant| grant.layer.is_none()))
}

fn best<'g>(grants: impl Iterator<Item = &'g Grant>) -> Option<Grant> {
    grants
        .max_by_key(|grant| (grant.right, std::cmp::Reverse((grant.fact, grant.id))))
        .copied()
}

fn share(row: &Row) -> Result<Share> {
    let grantee = match (row.text(3)?, row.opt_int(4)?, row.opt_int(5)?) {
        ("user", Some(id), _) => Grantee::User(UserId(id)),
        ("group", _, Some(id)) => Grantee::Group(GroupId(id)),
        _ => row.word(3, |word| super::named(&GRANTEES, word))?,
    };
    Ok(Share {
        id: ShareId(row.int(0)?),
        owner: UserId(row.int(1)?),
        layer: row.opt_int(2)?.map(LayerId),
        grantee,
        right: row.word(6, |word| super::named(&RIGHTS, word))?,
        invitation: row.word(7, |word| super::named(&INVITATIONS, word))?,
        summary: row.opt_string(8)?,
        alarms: row.word(9, Alarms::named)?,
        fact: Fact(row.int(10)?),
        at: row.int(11)?,
    })
}

fn grantee_columns(grantee: Grantee) -> (&'static str, Value<'static>, Value<'static>) {
    match grantee {
        Grantee::User(id) => ("user", id.0.into(), Value::Null),
        Grantee::Group(id) => ("group", Value::Null, id.0.into()),
        other => (super::word_of(&GRANTEES, other), Value::Null, Value::Null),
    }
}

const GRANTEES: [(Grantee, &str); 3] = [
    (Grantee::Friends, "friends"),
    (Grantee::Authenticated, "authenticated"),
    (Grantee::All, "all"),
];

pub(super) const RIGHTS: [(Right, &str); 3] = [
    (Right::FreeBusy, "free-busy"),
    (Right::Read, "read"),
    (Right::ReadWrite, "read-write"),
];

const INVITATIONS: [(Option<Invitation>, &str); 4] = [
    (None, "none"),
    (Some(Invitation::Invited), "invited"),
    (Some(Invitation::Accepted), "accepted"),
    (Some(Invitation::Declined), "declined"),
];
