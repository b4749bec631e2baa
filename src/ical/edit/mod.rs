//! Edits of an event and its series: of one occurrence, of one and all that follow, of all. What an edit does not name
//! stays byte for byte. A series is cut in two as RFC 5545 has it: UNTIL on what was, and a new UID for what will be.

mod facts;
mod following;
mod moment;
mod new;
mod one;
mod rule;
mod sheet;
mod split;
mod taken;
mod whole;
mod writing;

use bytes::Bytes;

pub use moment::Moment;
pub use new::create;
pub(super) use rule::Parts;
pub use taken::{TakenOut, alone, put_back, taken_out};

use self::facts::Facts;
use super::recur::BadRule;
use super::time::Written;
use super::{Object, ParseError, TooMany, Zone};

/// How much of a series an edit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    This,
    ThisAndFuture,
    All,
}

/// What an edit names. What it does not name stays.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// When the occurrence that the edit is made on is to take place; the others move by as much.
    pub timing: Option<Timing>,
    /// Another rule, or none any more.
    pub rule: Option<Option<String>>,
    /// The last day of the series, as a midnight on its clock, or no end.
    pub until: Option<Option<i64>>,
    pub lines: Vec<Change>,
}

/// Both on one clock.
#[derive(Clone, Debug)]
pub struct Timing {
    pub start: Moment,
    /// Not before the start; of whole days the day after the last.
    pub end: i64,
}

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A TEXT value. Empty: the property goes.
    Text(&'static str, String),
    /// A value that is written as it is.
    Raw(&'static str, String),
    Remove(&'static str),
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.timing.is_none()
            && self.rule.is_none()
            && self.until.is_none()
            && self.lines.is_empty()
    }
}

/// What a new event rings with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub trigger: &'static str,
    pub words: String,
}

/// What an edit says of itself.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// UTC seconds.
    pub now: i64,
    /// Of the second half, should the series be cut in two.
    pub uid: String,
}

/// What is to stand in place of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    pub object: Bytes,
    /// The rest of the series, a new object under [`Stamp::uid`].
    pub rest: Option<Bytes>,
}

/// Why an edit cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("the series has no such occurrence")]
    NoInstance,
    #[error("there is no series here, only occurrences of one that is elsewhere")]
    NoSeries,
    #[error("one occurrence has no recurrence rule of its own")]
    RuleOfOne,
    #[error(
        "the recurrence rule names days or times that do not follow from its start; say the new rule too"
    )]
    RuleNamesDays,
    #[error("this series cannot be cut in two without changing it")]
    Indivisible,
    #[error("it ends before it begins")]
    Backwards,
    #[error(transparent)]
    Rule(#[from] BadRule),
    #[error("more occurrences than this server will compute")]
    TooMany,
    #[error(transparent)]
    Text(#[from] ParseError),
}

impl From<TooMany> for Unfit {
    fn from(TooMany: TooMany) -> Self {
        Self::TooMany
    }
}

/// Edits an event. `at` names the occurrence that the edit is made on, by its RECURRENCE-ID; without it the edit is made on
/// the first. `zone` is where floating times and dates are looked at.
pub fn edit(
    object: &Object,
    zone: &Zone,
    at: Option<Written>,
    scope: Scope,
    changes: &Changes,
    stamp: &Stamp,
) -> Result<Edited, Unfit> {
    let timing = changes.timing.as_ref();
    if timing.is_some_and(|timing| timing.end < timing.start.time.wall) {
        return Err(Unfit::Backwards);
    }
    let facts = Facts::of(object, zone)?;
    let id = at.map(|at| facts.instant(at));
    let alone = |object| Edited { object, rest: None };
    if !facts.recurs() || scope == Scope::All {
        return whole::edit(&facts, id, None, changes, stamp).map(alone);
    }
    let id = id.ok_or(Unfit::NoInstance)?;
    if scope == Scope::This {
        return one::edit(&facts, id, changes, stamp).map(alone);
    }
    facts.named(id)?;
    if facts.master.is_some() && !facts.has_before(id)? {
        return whole::edit(&facts, Some(id), None, changes, stamp).map(alone);
    }
    let halves = split::split(&facts, id, stamp)?;
    let rest = Object::parse(&halves.rest)?;
    let carried = halves.carried;
    let rest = whole::edit(&Facts::of(&rest, zone)?, Some(id), carried, changes, stamp)?;
    Ok(Edited {
        object: halves.object,
        rest: Some(rest),
    })
}

/// Takes occurrences out of a series. `None`: nothing is left of it.
pub fn remove(
    object: &Object,
    zone: &Zone,
    at: Option<Written>,
    scope: Scope,
    stamp: &Stamp,
) -> Result<Option<Bytes>, Unfit> {
    if scope == Scope::All {
        return Ok(None);
    }
    let facts = Facts::of(object, zone)?;
    let id = at.map(|at| facts.instant(at));
    if !facts.recurs() {
        if let Some(id) = id {
            facts.named(id)?;
        }
        return Ok(None);
    }
    let id = id.ok_or(Unfit::NoInstance)?;
    facts.named(id)?;
    let left = match scope {
        Scope::This => one::remove(&facts, id, stamp)?,
        _ if facts.master.is_some() && !facts.has_before(id)? => None,
        _ => Some(split::cut(&facts, id, stamp)?),
    };
    let Some(left) = left else {
        return Ok(None);
    };
    let object = Object::parse(&left)?;
    let any = Facts::of(&object, zone)?.has_any()?;
    Ok(any.then_some(left))
}

#[cfg(test)]
mod tests;
