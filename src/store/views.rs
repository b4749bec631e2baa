//! Shared views, their members, and in few statements all that one of them shows.

use std::collections::HashMap;

use super::accounts::{several, users, users_columns};
use super::engine::Row;
use super::{Result, Tx, audiences, layers};
use crate::model::*;

#[derive(Clone, Debug)]
pub struct NewView<'a> {
    pub owner: UserId,
    pub name: &'a str,
    pub description: Option<&'a str>,
    pub mode: ViewMode,
    pub includes: Includes,
    pub now: Instant,
}

macro_rules! views {
    ($rest:literal) => {
        concat!(
            "SELECT v.id, v.owner, v.name, v.description, v.mode, v.includes, v.created, v.updated FROM views v ",
            $rest
        )
    };
}

macro_rules! members {
    ($rest:literal) => {
        concat!(
            "SELECT m.user_id, m.state, m.place, m.color, m.consent, m.at, m.open FROM view_members m ",
            $rest
        )
    };
}

pub fn create(tx: &mut Tx, new: &NewView) -> Result<ViewId> {
    let id = tx.first(
        "INSERT INTO views (owner, name, description, mode, includes, created, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
         RETURNING id",
        &[
            new.owner.0.into(),
            new.name.into(),
            new.description.into(),
            super::word_of(&MODES, new.mode).into(),
            (&new.includes.to_text()).into(),
            new.now.into(),
        ],
        |row| row.int(0),
    )?;
    super::drawn(id).map(ViewId)
}

pub fn by_id(tx: &mut Tx, id: ViewId) -> Result<Option<View>> {
    tx.first(views!("WHERE v.id = ?1"), &[id.0.into()], view)
}

/// Writes name, description, what it includes, and when. `false`: it is gone.
pub fn update(tx: &mut Tx, view: &View) -> Result<bool> {
    let changed = tx.run(
        "UPDATE views SET name = ?2, description = ?3, includes = ?4, updated = ?5 WHERE id = ?1",
        &[
            view.id.0.into(),
            (&view.name).into(),
            view.description.as_deref().into(),
            (&view.includes.to_text()).into(),
            view.updated.into(),
        ],
    )?;
    Ok(changed > 0)
}

/// Its members and groups go with it; where it stands in homes is the caller's to clear.
pub fn delete(tx: &mut Tx, id: ViewId) -> Result<bool> {
    Ok(tx.run("DELETE FROM views WHERE id = ?1", &[id.0.into()])? > 0)
}

/// Those that an account owns, by id.
pub fn owned(tx: &mut Tx, owner: UserId) -> Result<Vec<View>> {
    tx.list(
        views!("WHERE v.owner = ?1 ORDER BY v.id"),
        &[owner.0.into()],
        view,
    )
}

/// Those that an account is or was invited to, its own among them, by id.
pub fn reaching(tx: &mut Tx, user: UserId) -> Result<Vec<View>> {
    tx.list(
        views!("JOIN view_members m ON m.view = v.id WHERE m.user_id = ?1 ORDER BY v.id"),
        &[user.0.into()],
        view,
    )
}

/// Those in which an account has accepted to be.
pub fn accepted(tx: &mut Tx, user: UserId) -> Result<Vec<ViewId>> {
    tx.list(
        "SELECT view FROM view_members WHERE user_id = ?1 AND state = 'accepted'",
        &[user.0.into()],
        |row| row.int(0).map(ViewId),
    )
}

/// Whatever their state, in the order of joining; who has not joined, by id behind them.
pub fn members(tx: &mut Tx, view: ViewId) -> Result<Vec<ViewMember>> {
    tx.list(
        members!("WHERE m.view = ?1 ORDER BY m.place IS NULL, m.place, m.user_id"),
        &[view.0.into()],
        member_row,
    )
}

pub fn member(tx: &mut Tx, view: ViewId, user: UserId) -> Result<Option<ViewMember>> {
    tx.first(
        members!("WHERE m.view = ?1 AND m.user_id = ?2"),
        &[view.0.into(), user.0.into()],
        member_row,
    )
}

/// Writes a member as it is to be; one that accepts for the first time is given the next place.
pub fn set_member(tx: &mut Tx, view: ViewId, member: &ViewMember) -> Result<()> {
    let place = match (member.state, member.place) {
        (MemberState::Accepted, None) => tx.first(
            "SELECT COALESCE(MAX(place) + 1, 0) FROM view_members WHERE view = ?1",
            &[view.0.into()],
            |row| row.int(0),
        )?,
        (_, place) => place,
    };
    tx.run(
        "INSERT INTO view_members (view, user_id, state, place, color, consent, at, open) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (view, user_id) DO UPDATE SET state = excluded.state, place = excluded.place,
             color = excluded.color, consent = excluded.consent, at = excluded.at, open = excluded.open",
        &[
            view.0.into(),
            member.user.0.into(),
            member.state.word().into(),
            place.into(),
            member.color.as_deref().into(),
            (&member.consent.to_text()).into(),
            member.at.into(),
            member.open.into(),
        ],
    )?;
    Ok(())
}

pub fn remove_member(tx: &mut Tx, view: ViewId, user: UserId) -> Result<bool> {
    let removed = tx.run(
        "DELETE FROM view_members WHERE view = ?1 AND user_id = ?2",
        &[view.0.into(), user.0.into()],
    )?;
    Ok(removed > 0)
}

/// Whose accounts a role-based view includes, by id.
pub fn groups(tx: &mut Tx, view: ViewId) -> Result<Vec<Group>> {
    tx.list(
        "SELECT g.id, g.name, g.display_name FROM view_groups v JOIN groups g ON g.id = v.group_id
         WHERE v.view = ?1 ORDER BY g.id",
        &[view.0.into()],
        super::accounts::group,
    )
}

pub fn set_groups(tx: &mut Tx, view: ViewId, groups: &[GroupId]) -> Result<()> {
    tx.run("DELETE FROM view_groups WHERE view = ?1", &[view.0.into()])?;
    for group in groups {
        tx.run(
            "INSERT INTO view_groups (view, group_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            &[view.0.into(), group.0.into()],
        )?;
    }
    Ok(())
}

/// All that a view shows before the rules are asked.
pub struct Shown {
    /// Whose layers they are.
    pub people: Vec<User>,
    /// By id.
    pub layers: Vec<Layer>,
    /// How far each class has come in each layer.
    pub reaches: HashMap<(LayerId, i64), (i64, i64)>,
}

/// What those have who accepted a view, in three statements.
pub fn of_members(tx: &mut Tx, view: ViewId) -> Result<Shown> {
    Ok(Shown {
        people: several(
            tx,
            users!(
                "view_members m JOIN users u ON u.id = m.user_id LEFT JOIN addresses own ON own.user_id = u.id
                 WHERE m.view = ?1 AND m.state = 'accepted'"
            ),
            &[view.0.into()],
        )?,
        layers: layers::of_members(tx, view)?,
        reaches: audiences::reaches(
            tx,
            "SELECT a.layer, a.class, a.number, a.horizon FROM view_members m
             JOIN layers l ON l.owner = m.user_id JOIN layer_audiences a ON a.layer = l.id
             WHERE m.view = ?1 AND m.state = 'accepted'",
            view.0,
        )?,
    })
}

/// What the system keeps for the accounts of a view's groups, in three statements.
pub fn of_roles(tx: &mut Tx, view: ViewId) -> Result<Shown> {
    Ok(Shown {
        people: several(
            tx,
            users!(
                "users u LEFT JOIN addresses own ON own.user_id = u.id
                 WHERE u.disabled = 0 AND u.id IN (SELECT m.user_id FROM view_groups g
                     JOIN members m ON m.group_id = g.group_id WHERE g.view = ?1)"
            ),
            &[view.0.into()],
        )?,
        layers: layers::of_roles(tx, view)?,
        reaches: audiences::reaches(
            tx,
            "SELECT a.layer, a.class, a.number, a.horizon FROM layers l JOIN layer_audiences a ON a.layer = l.id
             WHERE l.kind = 'system' AND l.owner IN (SELECT m.user_id FROM view_groups g
                 JOIN members m ON m.group_id = g.group_id WHERE g.view = ?1)",
            view.0,
        )?,
    })
}

fn view(row: &Row) -> Result<View> {
    Ok(View {
        id: ViewId(row.int(0)?),
        owner: UserId(row.int(1)?),
        name: row.string(2)?,
        description: row.opt_string(3)?,
        mode: row.word(4, |word| super::named(&MODES, word))?,
        includes: row.word(5, Includes::from_text)?,
        created: row.int(6)?,
        updated: row.int(7)?,
    })
}

fn member_row(row: &Row) -> Result<ViewMember> {
    Ok(ViewMember {
        user: UserId(row.int(0)?),
        state: row.word(1, MemberState::named)?,
        place: row.opt_int(2)?,
        color: row.opt_string(3)?,
        consent: row.word(4, Includes::from_text)?,
        at: row.int(5)?,
        open: row.flag(6)?,
    })
}

const MODES: [(ViewMode, &str); 2] = [
    (ViewMode::Manual, "manual"),
    (ViewMode::RoleBased, "role-based"),
];
