//! Recurrence (RFC 5545 sections 3.3.10 and 3.8.5, RFC 7529): rules, series, and the occurrences of an object.
//! Everything here is bounded by a [`Budget`] of work, never by time.

mod adapter;
mod blocks;
mod calendar;
mod days;
mod even;
mod member;
mod occurrences;
mod reading;
mod rscale;
mod rule;
mod series;
mod set;
mod times;
mod written;

pub(crate) use blocks::{availability_end, availability_touches, free_busy_touches};
pub use calendar::supported_scales;
pub(crate) use member::{Range, aligned};
pub(crate) use occurrences::Expansion;
pub use occurrences::{Bounds, Occurrence, occurrences};
pub(crate) use reading::Reading;
pub use rule::{BadRule, Frequency, Rule, Until};
pub use series::{Series, Walk};
pub(crate) use set::{Place, series};

use super::TooMany;

/// Work that may still be done, in steps of a tenth to a quarter of a microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    left: u64,
}

impl Budget {
    /// For one object in one query: some 50 milliseconds at worst.
    pub const OBJECT: u64 = 200_000;
    /// For all objects of one request: some two seconds at worst.
    pub const REQUEST: u64 = 50 * Self::OBJECT;

    pub fn of(steps: u64) -> Self {
        Self { left: steps }
    }

    pub fn left(&self) -> u64 {
        self.left
    }

    pub fn spend(&mut self, steps: u64) -> Result<(), TooMany> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(TooMany)
            }
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::of(Self::OBJECT)
    }
}
