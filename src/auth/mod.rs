//! Credentials in, [`Viewer`] out, and nothing else.
//!
//! Basic comes with every request and argon2 is slow on purpose, so a verified credential is remembered for some minutes
//! under a keyed hash, together with the account's credential epoch; `calendar` compares the epoch in every transaction.

mod account;
mod basic;
mod bearer;
mod feed;
mod hashing;
mod later;
mod memory;
mod refused;
mod throttle;

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use self::account::Account;
use self::basic::Credentials;
use self::hashing::{Hashing, NoAnswer};
use self::later::{Later, Note};
use self::memory::Memory;
use self::throttle::{Prefix, Throttle};
use crate::http::{HeaderMap, HeaderValue, Reply, header};
use crate::model::UserId;
use crate::privacy::{Device, Viewer};
use crate::secret::{Cost, Key};
use crate::store::Store;

pub use self::bearer::new_token;
pub use self::feed::{FeedSecret, NoFeed};
pub use self::refused::Refused;
pub use self::throttle::Patience;

#[derive(Clone, Debug)]
pub struct Settings {
    /// What clients show when they ask for the password.
    pub realm: String,
    pub cost: Cost,
    /// For how long a verified credential needs no hash.
    pub remember: Duration,
    /// Hashes at once; the number of cores.
    pub threads: usize,
    /// Hashes that may wait; past that the answer is 503.
    pub queue: usize,
    /// Take passwords over unencrypted HTTP from other machines.
    pub allow_cleartext: bool,
    pub patience: Patience,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            realm: "Strata".to_owned(),
            cost: Cost::default(),
            remember: Duration::from_secs(300),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            queue: 64,
            allow_cleartext: false,
            patience: Patience::default(),
        }
    }
}

/// Credentials remembered at once, and as many that failed.
const REMEMBERED: usize = 10_000;
/// How old the last use of an app password may be before it is written again.
const LAST_USE_EVERY: i64 = 300;

/// Shared by every connection.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    store: Store,
    remember: Duration,
    allow_cleartext: bool,
    challenge: HeaderValue,
    /// The same where tokens are taken too.
    token_challenge: HeaderValue,
    key: Key,
    hashing: Hashing,
    later: Later,
    known: Mutex<Memory<Digest, Known>>,
    failed: Mutex<Memory<Digest, Failed>>,
    throttle: Mutex<Throttle>,
    /// Credentials that are being verified and counted.
    pending: Mutex<HashSet<Digest>>,
}

/// Names a user name and a password together.
type Digest = [u8; 32];

/// A credential that was right once.
struct Known {
    device: Device,
    until: Instant,
}

/// A credential that was wrong while the account stood at this epoch (`None`: while there was none).
#[derive(PartialEq, Eq)]
struct Failed(Option<(UserId, i64)>);

/// A request's credentials and where they come from.
struct Attempt {
    credentials: Credentials,
    digest: Digest,
    client: IpAddr,
    from: Prefix,
}

/// An attempt that counts as a failure until it is known to be none.
struct Turn<'a> {
    inner: &'a Inner,
    attempt: &'a Attempt,
    counted: throttle::Account,
}

impl Turn<'_> {
    fn give_back(&self) {
        locked(&self.inner.throttle).succeeded(self.counted, self.attempt.from);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        locked(&self.inner.pending).remove(&self.attempt.digest);
    }
}

impl Auth {
    pub fn start(store: Store, settings: Settings) -> Result<Self, StartError> {
        settings.cost.check()?;
        let later = Later::start(store.clone())?;
        let Settings {
            threads,
            queue,
            cost,
            ..
        } = settings;
        Ok(Self(Arc::new(Inner {
            hashing: Hashing::start(threads, queue, cost, &later)?,
            later,
            store,
            remember: settings.remember,
            allow_cleartext: settings.allow_cleartext,
            challenge: challenge(&settings.realm)?,
            token_challenge: bearer::challenge(&settings.realm)?,
            key: Key::new()?,
            known: Mutex::new(Memory::new(REMEMBERED / 2)),
            failed: Mutex::new(Memory::new(REMEMBERED / 2)),
            throttle: Mutex::new(Throttle::new(settings.patience)),
            pending: Mutex::new(HashSet::new()),
        })))
    }

    /// What every 401 carries in `WWW-Authenticate`: one realm everywhere.
    pub fn challenge(&self) -> &HeaderValue {
        &self.0.challenge
    }

    pub fn refuse_with(&self, refused: &Refused) -> Reply {
        refused.reply(&self.0.challenge)
    }

    /// The viewer, when that can be said at once: nobody signs in, the credential is remembered, or it may not be shown on
    /// this line at all. Takes microseconds and never blocks. `None`: call [`Auth::verify`] where blocking is allowed.
    pub fn recall(
        &self,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Option<Result<Viewer, Refused>> {
        match self.attempt(headers, client, secure) {
            Ok(None) => Some(Ok(Viewer::Anyone)),
            Ok(Some(attempt)) => self
                .remembered(&attempt.digest)
                .map(|device| Ok(Viewer::User(device))),
            Err(refused) => Some(Err(refused)),
        }
    }

    /// The viewer, asked of the store anew: also what to call when a recalled viewer turns out to be stale. Blocks.
    pub fn verify(
        &self,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Result<Viewer, Refused> {
        let Some(attempt) = self.attempt(headers, client, secure)? else {
            return Ok(Viewer::Anyone);
        };
        if let Some(device) = self.remembered(&attempt.digest)
            && account::stands(&self.0.store, &device, unix_now())?
        {
            return Ok(Viewer::User(device));
        }
        self.sign_in(&attempt).map(Viewer::User)
    }

    /// [`Auth::recall`], then [`Auth::verify`].
    pub fn viewer(
        &self,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Result<Viewer, Refused> {
        self.recall(headers, client, secure)
            .unwrap_or_else(|| self.verify(headers, client, secure))
    }

    fn attempt(
        &self,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Result<Option<Attempt>, Refused> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(None);
        };
        self.check_line(client, secure)?;
        let credentials = Credentials::parse(value.as_bytes()).ok_or(Refused::Unauthenticated)?;
        let parts = [credentials.user.as_bytes(), &credentials.password];
        Ok(Some(Attempt {
            digest: self.0.key.digest(&parts),
            from: Prefix::of(client),
            credentials,
            client,
        }))
    }

    /// No secret is taken over a line that others can read.
    fn check_line(&self, client: IpAddr, secure: bool) -> Result<(), Refused> {
        let private_line = secure || client.to_canonical().is_loopback();
        if private_line || self.0.allow_cleartext {
            Ok(())
        } else {
            Err(Refused::Cleartext)
        }
    }

    fn remembered(&self, digest: &Digest) -> Option<Device> {
        let mut known = locked(&self.0.known);
        let known = known.get(digest)?;
        (Instant::now() < known.until).then(|| known.device.clone())
    }

    fn sign_in(&self, attempt: &Attempt) -> Result<Device, Refused> {
        let account = Account::find(&self.0.store, &attempt.credentials)?;
        let now = unix_now();
        if let Some(account) = &account
            && let Some(device) = account.app_device(now)
        {
            self.note_last_use(account, now);
            return Ok(self.remember(attempt.digest, device));
        }
        let state = Failed(account.as_ref().map(|it| (it.user.id, it.user.epoch)));
        if locked(&self.0.failed).get(&attempt.digest) == Some(&mut Failed(state.0)) {
            // The same wrong password again is a device that was not told of the new one, not a guess.
            return Err(self.refuse(attempt));
        }
        let turn = self.take_turn(attempt, account.as_ref())?;
        let right = self.is_password(attempt, account.as_ref());
        if let (Some(turn), true) = (&turn, !matches!(right, Ok(false))) {
            turn.give_back();
        }
        match account {
            Some(account) if right? && !account.user.disabled => {
                Ok(self.remember(attempt.digest, account.device()))
            }
            _ => {
                locked(&self.0.failed).insert(attempt.digest, state);
                Err(self.refuse(attempt))
            }
        }
    }

    /// Guesses side by side are each counted; the same credential on many connections is one attempt, as when a client
    /// opens them all at once after a restart. A password that was right once, even if it is not any more, is no guess.
    fn take_turn<'a>(
        &'a self,
        attempt: &'a Attempt,
        account: Option<&Account>,
    ) -> Result<Option<Turn<'a>>, Refused> {
        if locked(&self.0.known).get(&attempt.digest).is_some() {
            return Ok(None);
        }
        let mut pending = locked(&self.0.pending);
        if pending.contains(&attempt.digest) {
            return Ok(None);
        }
        let counted = self.counted_as(attempt, account);
        locked(&self.0.throttle)
            .attempt(counted, attempt.from, Instant::now())
            .map_err(|wait| {
                log(attempt, "authentication throttled");
                Refused::Throttled(wait)
            })?;
        pending.insert(attempt.digest);
        Ok(Some(Turn {
            inner: &self.0,
            attempt,
            counted,
        }))
    }

    /// All names of one account are one account; a name without one counts for itself.
    fn counted_as(&self, attempt: &Attempt, account: Option<&Account>) -> throttle::Account {
        match account {
            Some(account) => self
                .0
                .key
                .digest(&[b"id", &account.user.id.0.to_le_bytes()]),
            None => {
                let name = attempt.credentials.decoded_user();
                self.0.key.digest(&[b"name", name.as_bytes()])
            }
        }
    }

    fn is_password(&self, attempt: &Attempt, account: Option<&Account>) -> Result<bool, Refused> {
        let stored = account.map(|account| account.password_hash.clone());
        let parts = [&attempt.digest, stored.as_deref().unwrap_or("").as_bytes()];
        let question = self.0.key.digest(&parts);
        self.0
            .hashing
            .verify(question, &attempt.credentials.password, stored)
            .map_err(|reason| match reason {
                NoAnswer::Busy => Refused::Busy,
                NoAnswer::Fault => Refused::Fault,
            })
    }

    fn remember(&self, digest: Digest, device: Device) -> Device {
        let known = Known {
            device: device.clone(),
            until: Instant::now() + self.0.remember,
        };
        locked(&self.0.known).insert(digest, known);
        device
    }

    fn forget(&self, digest: &Digest) {
        if let Some(known) = locked(&self.0.known).get(digest) {
            known.until = Instant::now();
        }
    }

    /// Forgets that the credential was right for now, and says so to whoever watches the log.
    fn refuse(&self, attempt: &Attempt) -> Refused {
        self.forget(&attempt.digest);
        log(attempt, "authentication failed");
        Refused::Unauthenticated
    }

    /// Off the request's path, and not at every request; when too many wait, the next use writes it.
    fn note_last_use(&self, account: &Account, now: i64) {
        if let Some(app) = &account.app_password
            && app
                .last_used
                .is_none_or(|last| now - last >= LAST_USE_EVERY)
        {
            self.0.later.write(Note::Used(app.id));
        }
    }
}

fn log(attempt: &Attempt, what: &str) {
    tracing::warn!(
        "{}",
        log_line(what, &attempt.credentials.user, attempt.client)
    );
}

/// One line for fail2ban; the name comes from a stranger, so it is quoted, cut, and its control characters are escaped.
fn log_line(what: &str, user: &str, client: IpAddr) -> String {
    let user: String = user.chars().take(128).collect();
    format!("{what} user={user:?} client={}", client.to_canonical())
}

/// Why nobody can sign in at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Secret(#[from] crate::secret::Error),
    #[error("the realm cannot stand in a header")]
    Realm(#[from] crate::http::header::InvalidHeaderValue),
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// A Basic challenge that asks for UTF-8 (RFC 7617 section 2.1).
fn challenge(realm: &str) -> Result<HeaderValue, StartError> {
    let realm = realm.replace(['\\', '"'], "");
    let challenge = format!("Basic realm=\"{realm}\", charset=\"UTF-8\"");
    Ok(HeaderValue::from_str(&challenge)?)
}

fn unix_now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}

/// A poisoned lock guards tables that are whole: no code under these locks leaves them half-written.
fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
