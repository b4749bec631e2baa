//! One at a time, and nobody waits for a turn longer than for an answer.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Turn {
    taken: Mutex<bool>,
    given_back: Condvar,
}

/// Ends when it is dropped.
#[derive(Debug)]
pub(super) struct Mine<'t>(&'t Turn);

impl Turn {
    /// `None`: others had it all the while.
    pub fn take(&self, patience: Duration) -> Option<Mine<'_>> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .given_back
            .wait_timeout_while(taken, patience, |taken| *taken);
        let (mut taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *taken {
            return None;
        }
        *taken = true;
        Some(Mine(self))
    }
}

impl Drop for Mine<'_> {
    fn drop(&mut self) {
        let taken = self.0.taken.lock();
        *taken.unwrap_or_else(PoisonError::into_inner) = false;
        self.0.given_back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_given_to_one_and_then_to_the_next() {
        let turn = Turn::default();
        let mine = turn.take(Duration::ZERO).expect("nobody has it");
        assert!(turn.take(Duration::ZERO).is_none());
        std::thread::scope(|scope| {
            let next = scope.spawn(|| turn.take(Duration::from_secs(60)).is_some());
            drop(mine);
            assert!(next.join().expect("an answer"));
        });
        assert!(turn.take(Duration::ZERO).is_some());
    }
}
