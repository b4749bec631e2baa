//! Requests that may be sent again: what was answered is kept with what was done, in one transaction.

use super::{Access, Kept, Refusal, Result};
use crate::store::answers;

/// For how long the same key gets the same answer.
const LASTS: i64 = 86_400;
/// Answers that an account can have kept at once.
const MOST: i64 = 10_000;

/// How a repeated request is known.
#[derive(Clone, Copy, Debug)]
pub struct Repeat<'r> {
    /// A hash of the client's key and of its credential.
    pub key: &'r [u8; 32],
    /// A hash of all that is asked.
    pub request: &'r [u8; 32],
}

impl Access<'_, '_> {
    /// What the same request was answered before.
    ///
    /// # Errors
    /// [`Refusal::KeyReused`] when the key stands for another request.
    pub fn answered_before(&mut self, repeat: Repeat) -> Result<Option<Kept>> {
        let me = self.device()?.user;
        let found = answers::find(self.tx, me, repeat.key, self.now - LASTS)?;
        match found {
            Some(kept) if kept.request != repeat.request => Err(Refusal::KeyReused.into()),
            found => Ok(found),
        }
    }

    /// Keeps an answer for the next time.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn keep_answer(&mut self, repeat: Repeat, answer: Kept) -> Result<()> {
        let me = self.device()?.user;
        let before = self.now - LASTS;
        answers::sweep(self.tx, before)?;
        if answers::count(self.tx, me)? >= MOST {
            return Err(Refusal::TooMany(MOST.unsigned_abs()).into());
        }
        let answer = Kept {
            request: repeat.request.to_vec(),
            ..answer
        };
        if answers::keep(self.tx, me, repeat.key, &answer, self.now)? {
            return Ok(());
        }
        // The other one was first, on another machine: the transaction begins anew and finds its answer.
        Err(crate::store::Error::Busy("the same request is being answered".to_owned()).into())
    }
}
