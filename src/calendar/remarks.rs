//! What members of a shared view say to each other about its days and items. Who reads a remark is asked about its item
//! every time: an item that becomes hidden takes its thread along.

use super::{Access, Collection, Need, Privilege, Refusal, Result};
use crate::model::{Comment, CommentId, ItemId, Reaction, ReactionId, User, ViewId};
use crate::privacy::Pseudonyms;
use crate::store::{accounts, remarks};

/// Characters of a comment.
const MAX_COMMENT: usize = 4_000;
/// Comments of one member in one view.
const MOST_COMMENTS: u64 = 10_000;
/// Reactions that an item can have.
const MOST_REACTIONS: usize = 1_000;
/// Bytes of what may name an emoji.
const MAX_EMOJI: usize = 64;

/// A comment as a member of its view reads it.
#[derive(Clone, Debug)]
pub struct Remark {
    /// Names it for this view's members; tells nothing else.
    pub id: String,
    pub author: User,
    pub date: String,
    /// The name of its item in the reader's view.
    pub item: Option<String>,
    pub content: String,
    pub created: i64,
}

/// A reaction as a member of its view reads it.
#[derive(Clone, Debug)]
pub struct Emotion {
    pub id: String,
    pub author: User,
    /// The name of its item in the reader's view.
    pub item: String,
    pub emoji: String,
    pub created: i64,
}

/// What a question for comments is about.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    /// `2026-11-21`.
    Day(&'a str),
    /// By its name in the reader's view.
    Item(&'a str),
}

/// A page of comments, and behind which one the next begins.
#[derive(Clone, Debug)]
pub struct Remarks {
    pub remarks: Vec<Remark>,
    pub next: Option<String>,
}

impl Access<'_, '_> {
    /// The comments about a day or an item, in the order in which they were made; those whose item this member does not see are
    /// not there, and neither a short page nor a further one tells of them.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who is no member of the view, and for an item that is not there; [`Refusal::BadValue`].
    pub fn comments(
        &mut self,
        view: ViewId,
        about: About,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Remarks> {
        let shown = self.shown_as(view)?;
        let after = match after {
            Some(after) => shown
                .read_id(after)
                .ok_or_else(|| bad("not a place in this list"))?,
            None => 0,
        };
        let (date, item) = match about {
            About::Day(date) => (day(date)?, None),
            About::Item(name) => (String::new(), Some(self.named_in(&shown, name)?)),
        };
        let mut after = CommentId(after);
        let mut told = Vec::new();
        loop {
            let one_more = at_most.saturating_add(1);
            let comments = match item {
                None => remarks::comments_of_day(self.tx, view, &date, after, one_more)?,
                Some(item) => remarks::comments_of_item(self.tx, view, item, after, one_more)?,
            };
            let is_end = comments.len() < one_more;
            for comment in comments {
                after = comment.id;
                told.extend(self.remark(&shown, comment)?);
            }
            if is_end || told.len() > at_most {
                break;
            }
        }
        let is_more = told.len() > at_most;
        told.truncate(at_most);
        let next = told.last().filter(|_| is_more).map(|it| it.id.clone());
        Ok(Remarks {
            remarks: told,
            next,
        })
    }

    /// Says something about a day of a view, or about an item on it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::BadValue`], [`Refusal::TooMany`], [`Refusal::Forbidden`] for a device that may only read.
    pub fn comment(
        &mut self,
        view: ViewId,
        date: &str,
        item: Option<&str>,
        content: &str,
    ) -> Result<Remark> {
        let me = self.acting()?;
        let shown = self.shown_as(view)?;
        let date = day(date)?;
        let item = item.map(|name| self.named_in(&shown, name)).transpose()?;
        check_content(content)?;
        if remarks::comments_by(self.tx, view, me.id)? >= MOST_COMMENTS {
            return Err(Refusal::TooMany(MOST_COMMENTS).into());
        }
        let new = Comment {
            id: CommentId(0),
            view,
            author: me.id,
            date,
            item,
            content: content.to_owned(),
            created: self.now,
        };
        let id = remarks::comment(self.tx, &new)?;
        let told = self.remark(&shown, Comment { id, ..new })?;
        Ok(told.ok_or(Refusal::NotFound)?)
    }

    /// Takes a comment back: its author, or the owner of the view.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for one that this member does not see, [`Refusal::Forbidden`] for somebody else's.
    pub fn remove_comment(&mut self, view: ViewId, id: &str) -> Result<()> {
        let me = self.acting()?;
        let shown = self.shown_as(view)?;
        let id = shown.read_id(id).ok_or(Refusal::NotFound)?;
        let found = remarks::comment_by_id(self.tx, CommentId(id))?;
        let comment = found
            .filter(|it| it.view == view)
            .ok_or(Refusal::NotFound)?;
        let (author, id) = (comment.author, comment.id);
        self.remark(&shown, comment)?.ok_or(Refusal::NotFound)?;
        if author != me.id && self.view(view)?.owner != me.id {
            let needs = Privilege::Unbind;
            return Err(Refusal::Forbidden { needs }.into());
        }
        remarks::remove_comment(self.tx, id)?;
        Ok(())
    }

    /// What the members feel about an item.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn reactions(&mut self, view: ViewId, item: &str) -> Result<Vec<Emotion>> {
        let shown = self.shown_as(view)?;
        let id = self.named_in(&shown, item)?;
        let mut told = Vec::new();
        for reaction in remarks::reactions_to(self.tx, view, id, MOST_REACTIONS)? {
            if let Some(author) = accounts::by_id(self.tx, reaction.author)? {
                told.push(emotion(&shown, reaction, author, item));
            }
        }
        Ok(told)
    }

    /// Reacts to an item, with one of each emoji. `false`: this member has done so before.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::BadValue`] for what is no emoji, [`Refusal::TooMany`], [`Refusal::Forbidden`].
    pub fn react(&mut self, view: ViewId, item: &str, emoji: &str) -> Result<(Emotion, bool)> {
        let me = self.acting()?;
        let shown = self.shown_as(view)?;
        let id = self.named_in(&shown, item)?;
        let emoji =
            emoji_of(emoji).ok_or_else(|| bad("neither an emoji nor the shortcode of one"))?;
        let known = remarks::reactions_to(self.tx, view, id, MOST_REACTIONS)?;
        let mine = |it: &&Reaction| it.author == me.id && it.emoji == emoji;
        if let Some(mine) = known.iter().find(mine) {
            return Ok((emotion(&shown, mine.clone(), me, item), false));
        }
        if known.len() >= MOST_REACTIONS {
            return Err(Refusal::TooMany(MOST_REACTIONS as u64).into());
        }
        let new = Reaction {
            id: ReactionId(0),
            view,
            author: me.id,
            item: id,
            emoji: emoji.to_owned(),
            created: self.now,
        };
        let id = remarks::react(self.tx, &new)?.ok_or(Refusal::Exists)?;
        Ok((emotion(&shown, Reaction { id, ..new }, me, item), true))
    }

    /// Takes a reaction of one's own back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for one that this member does not see, [`Refusal::Forbidden`] for somebody else's.
    pub fn remove_reaction(&mut self, view: ViewId, id: &str) -> Result<()> {
        let me = self.acting()?;
        let shown = self.shown_as(view)?;
        let id = shown.read_id(id).ok_or(Refusal::NotFound)?;
        let found = remarks::reaction_by_id(self.tx, ReactionId(id))?;
        let reaction = found
            .filter(|it| it.view == view)
            .ok_or(Refusal::NotFound)?;
        let seen = self.shown_item(&shown.collection, reaction.item, Need::Index)?;
        seen.ok_or(Refusal::NotFound)?;
        if reaction.author != me.id {
            let needs = Privilege::Unbind;
            return Err(Refusal::Forbidden { needs }.into());
        }
        remarks::remove_reaction(self.tx, reaction.id)?;
        Ok(())
    }

    /// The view as it stands in the home of the account that asks.
    fn shown_as(&mut self, view: ViewId) -> Result<ShownAs> {
        let me = self.me()?;
        let row = self.view_layer(view)?;
        Ok(ShownAs {
            collection: self.collection(&me.name, &row)?,
            names: Pseudonyms::of_view(self.names_key, view),
        })
    }

    /// The item that this member's view shows under a name.
    fn named_in(&mut self, shown: &ShownAs, name: &str) -> Result<ItemId> {
        Ok(self.get(&shown.collection, name, Need::Index)?.id())
    }

    /// `None`: this member does not see what it is about, or its author is gone.
    fn remark(&mut self, shown: &ShownAs, comment: Comment) -> Result<Option<Remark>> {
        let item = match comment.item {
            None => None,
            Some(id) => match self.shown_item(&shown.collection, id, Need::Index)? {
                Some(item) => Some(item.name().to_owned()),
                None => return Ok(None),
            },
        };
        let author = accounts::by_id(self.tx, comment.author)?;
        Ok(author.map(|author| Remark {
            id: shown.id(comment.id.0),
            author,
            date: comment.date,
            item,
            content: comment.content,
            created: comment.created,
        }))
    }
}

/// A view before one of its members, with the names of its remarks, which are the same for all of them.
struct ShownAs {
    collection: Collection,
    names: Pseudonyms,
}

impl ShownAs {
    fn id(&self, id: i64) -> String {
        self.names.seal(id)
    }

    fn read_id(&self, name: &str) -> Option<i64> {
        self.names.open(name)
    }
}

fn emotion(shown: &ShownAs, reaction: Reaction, author: User, item: &str) -> Emotion {
    Emotion {
        id: shown.id(reaction.id.0),
        author,
        item: item.to_owned(),
        emoji: reaction.emoji,
        created: reaction.created,
    }
}

fn bad(why: &str) -> Refusal {
    Refusal::BadValue(why.to_owned())
}

/// A day as it is kept, `2026-11-21`.
fn day(text: &str) -> Result<String> {
    let is_plain = text.len() == 10;
    let day = text.parse::<jiff::civil::Date>().ok().filter(|_| is_plain);
    Ok(day
        .ok_or_else(|| bad("not a date such as 2026-11-21"))?
        .to_string())
}

/// Plain text; what shows it escapes it.
fn check_content(content: &str) -> Result<()> {
    let fits = !content.trim().is_empty() && content.chars().count() <= MAX_COMMENT;
    let plain = |character: char| !character.is_control() || matches!(character, '\n' | '\t');
    if fits && content.chars().all(plain) {
        return Ok(());
    }
    Err(bad("a comment has between 1 and 4000 characters, none of them a control character").into())
}

/// The emoji that a text is, or that a shortcode such as `:tada:` stands for.
fn emoji_of(text: &str) -> Option<&'static str> {
    let text = Some(text).filter(|text| text.len() <= MAX_EMOJI)?;
    let code = text
        .strip_prefix(':')
        .and_then(|code| code.strip_suffix(':'));
    let emoji = match code {
        Some(code) => emojis::get_by_shortcode(code),
        None => emojis::get(text),
    };
    emoji.map(emojis::Emoji::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_one_or_the_name_of_one() {
        assert_eq!(emoji_of(":tada:"), emoji_of("🎉"));
        assert_eq!(emoji_of("🎉"), Some("🎉"));
        assert!(emoji_of("👍🏽").is_some() && emoji_of("👩‍🚀").is_some() && emoji_of("🇳🇴").is_some());
        for wrong in ["", ":", "::", ":no-such-thing:", "a", "🎉🎉", "🎉 ", "<b>"] {
            assert_eq!(emoji_of(wrong), None, "{wrong}");
        }
        assert_eq!(emoji_of(&"🎉".repeat(100)), None);
    }

    #[test]
    fn a_day_is_a_date_and_a_comment_plain_text() {
        assert_eq!(day("2026-11-21").unwrap(), "2026-11-21");
        for wrong in ["2026-02-30", "2026-11-21T00:00", "20261121", "", "today"] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
        assert!(check_content("Where?\n\tHere.").is_ok());
        let long = "x".repeat(MAX_COMMENT + 1);
        for wrong in ["", " \n", "a\u{0}b", "\u{1b}[31m", &long] {
            assert!(check_content(wrong).is_err(), "{wrong:?}");
        }
    }
}
