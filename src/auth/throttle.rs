//! How long a guesser has to wait. A pair of account and network prefix that failed often waits longer each time; nobody is
//! ever locked out, and nothing here knows whether an account exists.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::memory::Memory;

/// How patient the server is with wrong passwords.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Guesses that cost nothing: a person mistypes.
    pub free: u32,
    /// The first wait; each further failure doubles it.
    pub first: Duration,
    pub longest: Duration,
    /// After so long without a failure the pair starts anew.
    pub forget: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            free: 10,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(300),
            forget: Duration::from_secs(900),
        }
    }
}

impl Patience {
    fn wait(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.free) {
            None | Some(0) => Duration::ZERO,
            Some(over) => self
                .first
                .saturating_mul(1 << (over - 1).min(30))
                .min(self.longest),
        }
    }
}

const REMEMBERED: usize = 8192;

/// The network a client comes from: an IPv4 /24, an IPv6 /56.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefix(u64);

impl Prefix {
    pub fn of(client: IpAddr) -> Self {
        match client.to_canonical() {
            IpAddr::V4(address) => Self(u64::from(u32::from(address) >> 8)),
            // The top bit keeps the two families apart: no global IPv4 prefix has it.
            IpAddr::V6(address) => Self((u128::from(address) >> 72) as u64 | 1 << 63),
        }
    }
}

struct Failures {
    count: u32,
    last: Instant,
}

/// Which account a failure counts for: a hash of its name, whether or not there is such an account.
pub type Account = [u8; 32];

pub struct Throttle {
    patience: Patience,
    failures: Memory<(Account, Prefix), Failures>,
}

impl Throttle {
    pub fn new(patience: Patience) -> Self {
        Self {
            patience,
            failures: Memory::new(REMEMBERED / 2),
        }
    }

    /// Counts an attempt as failed until [`Throttle::succeeded`] takes it back. `Err`: how long to wait before the next;
    /// what comes too early is not counted.
    pub fn attempt(
        &mut self,
        account: Account,
        from: Prefix,
        now: Instant,
    ) -> Result<(), Duration> {
        let key = (account, from);
        match self.failures.get(&key) {
            Some(failures)
                if now.saturating_duration_since(failures.last) < self.patience.forget =>
            {
                let since = now.saturating_duration_since(failures.last);
                let wait = self.patience.wait(failures.count).saturating_sub(since);
                if !wait.is_zero() {
                    return Err(wait);
                }
                failures.count = failures.count.saturating_add(1);
                failures.last = now;
            }
            _ => self.failures.insert(
                key,
                Failures {
                    count: 1,
                    last: now,
                },
            ),
        }
        Ok(())
    }

    /// Takes one attempt back. Earlier failures stay: someone else in the same network may be guessing.
    pub fn succeeded(&mut self, account: Account, from: Prefix) {
        if let Some(failures) = self.failures.get(&(account, from)) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Account = [1; 32];
    const BOB: Account = [2; 32];

    fn prefix(address: &str) -> Prefix {
        Prefix::of(address.parse().unwrap())
    }

    #[test]
    fn prefixes_are_24_and_56_bits() {
        assert_eq!(prefix("192.0.2.1"), prefix("192.0.2.255"));
        assert_ne!(prefix("192.0.2.1"), prefix("192.0.3.1"));
        assert_eq!(prefix("::ffff:192.0.2.1"), prefix("192.0.2.9"));
        assert_eq!(prefix("2001:db8:0:aa00::1"), prefix("2001:db8:0:aaff::2"));
        assert_ne!(prefix("2001:db8:0:aa00::1"), prefix("2001:db8:0:ab00::1"));
    }

    #[test]
    fn the_wait_grows_and_ends() {
        let from = prefix("192.0.2.1");
        let mut now = Instant::now();
        let mut throttle = Throttle::new(Patience::default());
        for _ in 0..=Patience::default().free {
            assert_eq!(throttle.attempt(ALICE, from, now), Ok(()));
        }
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(throttle.attempt(ALICE, from, now), Err(wait));
            assert_eq!(throttle.attempt(ALICE, from, now), Err(wait));
            now += wait;
            assert_eq!(throttle.attempt(ALICE, from, now), Ok(()));
        }
        now += Patience::default().forget;
        for _ in 0..=Patience::default().free {
            assert_eq!(throttle.attempt(ALICE, from, now), Ok(()));
        }
    }

    #[test]
    fn success_is_free_and_wipes_nothing() {
        let from = prefix("192.0.2.1");
        let now = Instant::now();
        let mut throttle = Throttle::new(Patience::default());
        for _ in 0..100 {
            assert_eq!(throttle.attempt(ALICE, from, now), Ok(()));
            throttle.succeeded(ALICE, from);
        }
        for _ in 0..=Patience::default().free {
            assert_eq!(throttle.attempt(ALICE, from, now), Ok(()));
        }
        assert!(throttle.attempt(ALICE, from, now).is_err());
    }

    #[test]
    fn others_do_not_wait() {
        let now = Instant::now();
        let mut throttle = Throttle::new(Patience::default());
        for _ in 0..50 {
            let _ = throttle.attempt(ALICE, prefix("192.0.2.1"), now);
        }
        assert!(throttle.attempt(ALICE, prefix("192.0.2.200"), now).is_err());
        assert!(throttle.attempt(ALICE, prefix("198.51.100.1"), now).is_ok());
        assert!(throttle.attempt(BOB, prefix("192.0.2.1"), now).is_ok());
    }
}
