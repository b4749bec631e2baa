//! Alarms, told when they ring: one piece of work for each account that has any.

use super::{Kind, Outcome};
use crate::calendar::Calendars;
use crate::model::{Instant, UserId};
use crate::store::jobs::Job;
use crate::store::outbox::REMIND;

/// Looks when the alarms of an account ring.
pub struct Reminders {
    pub calendars: Calendars,
}

impl Kind for Reminders {
    fn name(&self) -> &'static str {
        REMIND
    }

    fn run(&self, job: &Job, now: Instant) -> Outcome {
        match self.calendars.remind(UserId(job.subject), now) {
            Ok(Some(next)) => Outcome::Again(next),
            Ok(None) => Outcome::Done,
            Err(error) => {
                tracing::error!(%error, "an account was not told of its alarms");
                Outcome::Failed { not_before: None }
            }
        }
    }

    fn patience(&self) -> (Instant, Instant) {
        (5, 600)
    }
}
