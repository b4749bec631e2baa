//! The sync token of what an account is told: the list of it. A notification never changes, and its number never comes back.

use std::collections::BTreeSet;
use std::fmt;

use super::{PREFIX, from_hex};
use crate::calendar::Told;
use crate::model::UserId;

/// `urn:strata:sync:told:OWNER`, and `.STEP` from each number to the next, all hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldToken {
    pub owner: UserId,
    pub ids: BTreeSet<i64>,
}

/// More than an account is told at once: a longer token is not ours.
const MOST: usize = 2_000;

impl ToldToken {
    pub fn of(owner: UserId, told: &[Told]) -> Self {
        Self {
            owner,
            ids: told.iter().map(|it| it.notification.id).collect(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.strip_prefix("told:")?.split('.');
        let owner = UserId(from_hex(parts.next()?)?);
        let (mut ids, mut id) = (BTreeSet::new(), 0_i64);
        for step in parts {
            id = id.checked_add(from_hex(step).filter(|step| *step > 0)?)?;
            ids.insert(id);
            if ids.len() > MOST {
                return None;
            }
        }
        Some(Self { owner, ids })
    }
}

impl fmt::Display for ToldToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{PREFIX}told:{:x}", self.owner.0)?;
        let mut last = 0;
        for id in &self.ids {
            write!(out, ".{:x}", id - last)?;
            last = *id;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written() {
        for ids in [vec![], vec![1], vec![3, 4, 500], vec![1, i64::MAX]] {
            let token = ToldToken {
                owner: UserId(7),
                ids: ids.into_iter().collect(),
            };
            assert_eq!(ToldToken::parse(&token.to_string()), Some(token));
        }
    }

    #[test]
    fn what_is_no_token_of_ours() {
        let long = format!("urn:strata:sync:told:7{}", ".1".repeat(MOST + 1));
        let far = format!("urn:strata:sync:told:7.{:x}.1", i64::MAX);
        for text in [
            "",
            "urn:strata:sync:7.1.2",
            "urn:strata:sync:told:",
            "urn:strata:sync:told:7.",
            "urn:strata:sync:told:7.0",
            "urn:strata:sync:told:7.-1",
            "urn:strata:sync:told:7.1.x",
            &long,
            &far,
        ] {
            assert_eq!(ToldToken::parse(text), None, "{text}");
        }
    }
}
