//! Work that nobody waits for: claimed from the store, done on a blocking thread, put back for its next time.
//!
//! How to add a kind of work: (1) a file beside this one with a type that implements [`Kind`]; its name is what stands in
//! `jobs.kind`, and `jobs.subject` is the id of a row of its own. (2) Whoever makes such a row calls [`store::jobs::want`] in
//! the same transaction, so that there is never one without the other. (3) One line where the kinds are put together
//! (`cli/house.rs`). The loop that claims and runs stands in `server/work.rs`. Work may be begun twice: when a process dies
//! its claim ends after [`LEASE`]. What must not happen twice is noted in the store before it is done.

mod feed;
mod hook;
mod letter;
mod mail;
mod remind;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use feed::Feeds;
pub use hook::{Hook, Target};
pub use letter::{Desk, Link};
pub use mail::{Letters, Mailer};
pub use remind::Reminders;

use crate::model::Instant;
use crate::store::jobs::{self, Job};
use crate::store::{self, Store};

/// Seconds that a claim holds: far longer than any work may take.
pub const LEASE: Instant = 600;
/// Of a kind that this program does not know, a newer one may run beside it.
const UNKNOWN: Instant = 60;

/// What became of a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// For good.
    Done,
    /// It went well, and is due again then.
    Again(Instant),
    /// It is tried again later and later, but never before.
    Failed { not_before: Option<Instant> },
    /// It could not even be tried: that counts as nothing.
    Later(Instant),
}

/// One kind of work.
pub trait Kind: Send + Sync {
    /// What stands in `jobs.kind`.
    fn name(&self) -> &'static str;
    /// Does one piece of it. Blocks, for less than half of [`LEASE`].
    fn run(&self, job: &Job, now: Instant) -> Outcome;
    /// Seconds over which it is spread what had to wait while no server ran; 0: it is done at once.
    fn spread(&self) -> Instant {
        0
    }
    /// Seconds until it is tried again after its first failure, and at most.
    fn patience(&self) -> (Instant, Instant);
}

/// All kinds of work, and where it waits.
pub struct Jobs {
    store: Store,
    kinds: Vec<Box<dyn Kind>>,
}

impl Jobs {
    pub fn new(store: Store, kinds: Vec<Box<dyn Kind>>) -> Self {
        Self { store, kinds }
    }

    /// To be called once when a server starts.
    ///
    /// # Errors
    /// The store's.
    pub fn start(&self, now: Instant) -> store::Result<()> {
        self.store.write(|tx| {
            for kind in &self.kinds {
                jobs::spread(tx, kind.name(), now, kind.spread())?;
            }
            Ok(())
        })
    }

    /// Claims up to so much of what is due.
    ///
    /// # Errors
    /// The store's.
    pub fn claim(&self, at_most: usize, now: Instant) -> store::Result<Vec<Job>> {
        if at_most == 0 || !self.store.read(|tx| jobs::is_any_due(tx, now))? {
            return Ok(Vec::new());
        }
        self.store
            .write(|tx| jobs::claim(tx, now, now + LEASE, at_most))
    }

    /// Does what was claimed, and says when it is due again. What fails without an answer fails like anything else.
    pub fn run(&self, job: &Job, now: Instant) {
        let kind = self.kinds.iter().find(|kind| kind.name() == job.kind);
        let outcome = match kind {
            None => Outcome::Later(now + UNKNOWN),
            Some(kind) => {
                catch_unwind(AssertUnwindSafe(|| kind.run(job, now))).unwrap_or_else(|_| {
                    tracing::error!(kind = job.kind, subject = job.subject, "work ended early");
                    Outcome::Failed { not_before: None }
                })
            }
        };
        let patience = kind.map_or((UNKNOWN, UNKNOWN), |kind| kind.patience());
        let settled = self
            .store
            .write(|tx| settle(tx, job, outcome, patience, now));
        if let Err(error) = settled {
            // The claim ends by itself, and then it is tried again.
            tracing::error!(%error, kind = job.kind, "work was not put back");
        }
    }

    /// Does one piece of work now, whether it is due or not. `false`: somebody does it just now, or there is none.
    ///
    /// # Errors
    /// The store's.
    pub fn run_now(&self, kind: &str, subject: i64, now: Instant) -> store::Result<bool> {
        let job = self
            .store
            .write(|tx| jobs::claim_one(tx, (kind, subject), now, now + LEASE))?;
        if let Some(job) = &job {
            self.run(job, now);
        }
        Ok(job.is_some())
    }
}

fn settle(
    tx: &mut store::Tx,
    job: &Job,
    outcome: Outcome,
    patience: (Instant, Instant),
    now: Instant,
) -> store::Result<()> {
    match outcome {
        Outcome::Done => jobs::finish(tx, job),
        Outcome::Again(due) => jobs::put_back(tx, job, due, 0).map(drop),
        Outcome::Later(due) => jobs::put_back(tx, job, due, job.failures).map(drop),
        Outcome::Failed { not_before } => {
            let failures = job.failures.saturating_add(1);
            let due = now + back_off(failures, patience);
            jobs::put_back(tx, job, due.max(not_before.unwrap_or(due)), failures).map(drop)
        }
    }
}

/// Seconds after so many failures in a row: twice as many after each, up to the most, and some by chance.
pub fn back_off(failures: u32, (first, most): (Instant, Instant)) -> Instant {
    let doubled = failures.saturating_sub(1).min(30);
    let seconds = first.saturating_mul(1 << doubled).min(most);
    seconds + jitter(seconds / 10)
}

/// Up to so many seconds by chance, so that what began together does not stay together.
pub fn jitter(most: Instant) -> Instant {
    let chance = getrandom::u64().unwrap_or_default();
    match u64::try_from(most) {
        Ok(most) if most > 0 => (chance % (most + 1)).cast_signed(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_tried_later_and_later_with_a_bound() {
        let patience = (900, 86_400);
        for (failures, least) in [
            (1, 900),
            (2, 1800),
            (3, 3600),
            (8, 86_400),
            (u32::MAX, 86_400),
        ] {
            for _ in 0..100 {
                let seconds = back_off(failures, patience);
                assert!(
                    (least..=least + least / 10).contains(&seconds),
                    "{failures}: {seconds}"
                );
            }
        }
    }

    #[test]
    fn chance_stays_in_its_bounds_and_is_chance() {
        let drawn: std::collections::BTreeSet<_> = (0..200).map(|_| jitter(90)).collect();
        assert!(drawn.len() > 30 && drawn.iter().all(|it| (0..=90).contains(it)));
        assert_eq!((jitter(0), jitter(-5)), (0, 0));
    }
}
