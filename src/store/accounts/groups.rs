//! Groups and who is in them.

use super::{fold, several, users, users_columns};
use crate::model::*;
use crate::store::engine::Row;
use crate::store::{Result, Tx, relations};

/// `None`: the name is taken, perhaps in other ASCII case.
pub fn create_group(tx: &mut Tx, name: &str, display_name: &str) -> Result<Option<Group>> {
    tx.first(
        "INSERT INTO groups (name, folded_name, display_name) VALUES (?1, ?2, ?3)
         ON CONFLICT DO NOTHING RETURNING id, name, display_name",
        &[name.into(), (&fold(name)).into(), display_name.into()],
        group,
    )
}

pub fn group_by_name(tx: &mut Tx, name: &str) -> Result<Option<Group>> {
    tx.first(
        "SELECT id, name, display_name FROM groups WHERE name = ?1",
        &[name.into()],
        group,
    )
}

pub fn group_by_id(tx: &mut Tx, id: GroupId) -> Result<Option<Group>> {
    tx.first(
        "SELECT id, name, display_name FROM groups WHERE id = ?1",
        &[id.0.into()],
        group,
    )
}

/// Every group, by id.
pub fn groups(tx: &mut Tx) -> Result<Vec<Group>> {
    tx.list(
        "SELECT id, name, display_name FROM groups ORDER BY id",
        &[],
        group,
    )
}

pub fn groups_of(tx: &mut Tx, user: UserId) -> Result<Vec<Group>> {
    tx.list(
        "SELECT g.id, g.name, g.display_name FROM members m JOIN groups g ON g.id = m.group_id
         WHERE m.user_id = ?1 ORDER BY g.id",
        &[user.0.into()],
        group,
    )
}

pub fn members(tx: &mut Tx, group: GroupId) -> Result<Vec<User>> {
    several(
        tx,
        users!(
            "members m JOIN users u ON u.id = m.user_id LEFT JOIN addresses own ON own.user_id = u.id
             WHERE m.group_id = ?1"
        ),
        &[group.0.into()],
    )
}

/// `false`: the account is a member already.
pub fn add_member(tx: &mut Tx, group: GroupId, user: UserId) -> Result<bool> {
    let fact = relations::draw(tx)?;
    let added = tx.run(
        "INSERT INTO members (group_id, user_id, fact) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        &[group.0.into(), user.0.into(), fact.0.into()],
    )?;
    Ok(added > 0)
}

/// `false`: the account was no member.
pub fn remove_member(tx: &mut Tx, group: GroupId, user: UserId) -> Result<bool> {
    let removed = tx.run(
        "DELETE FROM members WHERE group_id = ?1 AND user_id = ?2",
        &[group.0.into(), user.0.into()],
    )?;
    Ok(removed > 0)
}

pub(in crate::store) fn group(row: &Row) -> Result<Group> {
    Ok(Group {
        id: GroupId(row.int(0)?),
        name: row.string(1)?,
        display_name: row.string(2)?,
    })
}
