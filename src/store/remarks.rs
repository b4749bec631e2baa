//! Comments and reactions in shared views.

use super::engine::Row;
use super::{Result, Tx};
use crate::model::{Comment, CommentId, ItemId, Reaction, ReactionId, UserId, ViewId};

macro_rules! comments {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.view, c.user_id, c.date, c.item, c.content, c.created FROM comments c ",
            $rest
        )
    };
}

macro_rules! reactions {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.view, r.user_id, r.item, r.emoji, r.created FROM reactions r ",
            $rest
        )
    };
}

/// `new.id` does not count.
pub fn comment(tx: &mut Tx, new: &Comment) -> Result<CommentId> {
    let id = tx.first(
        "INSERT INTO comments (view, user_id, date, item, content, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        &[
            new.view.0.into(),
            new.author.0.into(),
            (&new.date).into(),
            new.item.map(|item| item.0).into(),
            (&new.content).into(),
            new.created.into(),
        ],
        |row| row.int(0),
    )?;
    super::drawn(id).map(CommentId)
}

pub fn comment_by_id(tx: &mut Tx, id: CommentId) -> Result<Option<Comment>> {
    tx.first(comments!("WHERE c.id = ?1"), &[id.0.into()], comment_row)
}

/// Those about a day, in the order in which they were made, from behind `after` on.
pub fn comments_of_day(
    tx: &mut Tx,
    view: ViewId,
    date: &str,
    after: CommentId,
    at_most: usize,
) -> Result<Vec<Comment>> {
    tx.list(
        comments!("WHERE c.view = ?1 AND c.date = ?2 AND c.id > ?3 ORDER BY c.id LIMIT ?4"),
        &[
            view.0.into(),
            date.into(),
            after.0.into(),
            limit(at_most).into(),
        ],
        comment_row,
    )
}

/// Those about an item.
pub fn comments_of_item(
    tx: &mut Tx,
    view: ViewId,
    item: ItemId,
    after: CommentId,
    at_most: usize,
) -> Result<Vec<Comment>> {
    tx.list(
        comments!("WHERE c.view = ?1 AND c.item = ?2 AND c.id > ?3 ORDER BY c.id LIMIT ?4"),
        &[
            view.0.into(),
            item.0.into(),
            after.0.into(),
            limit(at_most).into(),
        ],
        comment_row,
    )
}

/// How many an account has made in a view.
pub fn comments_by(tx: &mut Tx, view: ViewId, author: UserId) -> Result<u64> {
    let count = tx.first(
        "SELECT COUNT(*) FROM comments WHERE view = ?1 AND user_id = ?2",
        &[view.0.into(), author.0.into()],
        |row| row.size(0),
    )?;
    Ok(count.unwrap_or_default())
}

/// `false`: it is gone already.
pub fn remove_comment(tx: &mut Tx, id: CommentId) -> Result<bool> {
    Ok(tx.run("DELETE FROM comments WHERE id = ?1", &[id.0.into()])? > 0)
}

/// `new.id` does not count. `None`: this account has reacted to this item with this emoji before.
pub fn react(tx: &mut Tx, new: &Reaction) -> Result<Option<ReactionId>> {
    tx.first(
        "INSERT INTO reactions (view, user_id, item, emoji, created) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (view, item, user_id, emoji) DO NOTHING RETURNING id",
        &[
            new.view.0.into(),
            new.author.0.into(),
            new.item.0.into(),
            (&new.emoji).into(),
            new.created.into(),
        ],
        |row| row.int(0).map(ReactionId),
    )
}

pub fn reaction_by_id(tx: &mut Tx, id: ReactionId) -> Result<Option<Reaction>> {
    tx.first(reactions!("WHERE r.id = ?1"), &[id.0.into()], reaction_row)
}

/// Those to an item, in the order in which they were made.
pub fn reactions_to(
    tx: &mut Tx,
    view: ViewId,
    item: ItemId,
    at_most: usize,
) -> Result<Vec<Reaction>> {
    tx.list(
        reactions!("WHERE r.view = ?1 AND r.item = ?2 ORDER BY r.id LIMIT ?3"),
        &[view.0.into(), item.0.into(), limit(at_most).into()],
        reaction_row,
    )
}

/// `false`: it is gone already.
pub fn remove_reaction(tx: &mut Tx, id: ReactionId) -> Result<bool> {
    Ok(tx.run("DELETE FROM reactions WHERE id = ?1", &[id.0.into()])? > 0)
}

fn limit(at_most: usize) -> i64 {
    i64::try_from(at_most).unwrap_or(i64::MAX)
}

fn comment_row(row: &Row) -> Result<Comment> {
    Ok(Comment {
        id: CommentId(row.int(0)?),
        view: ViewId(row.int(1)?),
        author: UserId(row.int(2)?),
        date: row.string(3)?,
        item: row.opt_int(4)?.map(ItemId),
        content: row.string(5)?,
        created: row.int(6)?,
    })
}

fn reaction_row(row: &Row) -> Result<Reaction> {
    Ok(Reaction {
        id: ReactionId(row.int(0)?),
        view: ViewId(row.int(1)?),
        author: UserId(row.int(2)?),
        item: ItemId(row.int(3)?),
        emoji: row.string(4)?,
        created: row.int(5)?,
    })
}
