//! Tokens of programs (RFC 6750), taken at the JSON API beside passwords.

use std::net::IpAddr;
use std::time::Instant;

use super::later::Note;
use super::throttle::Prefix;
use super::{
    Auth, Digest, Failed, LAST_USE_EVERY, Refused, StartError, locked, log_line, unix_now,
};
use crate::http::{HeaderMap, HeaderValue, header};
use crate::model::{ApiToken, HeldToken, User};
use crate::privacy::{Device, Viewer};
use crate::secret::{api_token_hash, new_api_token};
use crate::store::{self, accounts, api_tokens};

/// What a request shows, before it is known whose it is.
struct Shown {
    digest: Digest,
    /// `None`: no token is written like that.
    hash: Option<[u8; 32]>,
    client: IpAddr,
}

impl Auth {
    /// What a 401 carries where tokens are taken.
    pub fn token_challenge(&self) -> &HeaderValue {
        &self.0.token_challenge
    }

    /// As [`Auth::recall`], where tokens are taken too.
    pub fn recall_any(
        &self,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Option<Result<Viewer, Refused>> {
        match self.shown(headers, client, secure) {
            None => self.recall(headers, client, secure),
            Some(Ok(shown)) => self
                .remembered(&shown.digest)
                .map(|device| Ok(Viewer::User(device))),
            Some(Err(refused)) => Some(Err(refused)),
        }
    }

    /// As [`Auth::verify`], where tokens are taken too. Blocks.
    pub fn verify_any(
        &self,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Result<Viewer, Refused> {
        match self.shown(headers, client, secure) {
            None => self.verify(headers, client, secure),
            Some(shown) => self.sign_in_token(&shown?).map(Viewer::User),
        }
    }

    /// The token in a request's head; `None`: it shows something else, or nothing.
    fn shown(
        &self,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Option<Result<Shown, Refused>> {
        let value = headers.get(header::AUTHORIZATION)?.as_bytes();
        let (scheme, rest) = value.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"Bearer") || rest.first().is_some_and(|it| *it != b' ') {
            return None;
        }
        let token = rest.trim_ascii();
        Some(self.check_line(client, secure).map(|()| Shown {
            digest: self.0.key.digest(&[b"token", token]),
            hash: api_token_hash(token),
            client,
        }))
    }

    /// A token that is right never waits: it is looked up before failures are counted. The same wrong one again is a
    /// program that was not told of the new one, not a guess.
    fn sign_in_token(&self, shown: &Shown) -> Result<Device, Refused> {
        let now = unix_now();
        if let Some((user, token)) = self.find_token(shown)?
            && !user.disabled
            && token.expires.is_none_or(|expires| now < expires)
        {
            if token
                .last_used
                .is_none_or(|last| now - last >= LAST_USE_EVERY)
            {
                self.0.later.write(Note::UsedToken(token.id));
            }
            let held = HeldToken {
                id: token.id,
                scopes: token.scopes,
            };
            let device = Device::of_token(user.id, user.epoch, held);
            return Ok(self.remember(shown.digest, device));
        }
        self.forget(&shown.digest);
        if locked(&self.0.failed).get(&shown.digest).is_none() {
            let all_tokens = self.0.key.digest(&[b"tokens"]);
            let from = Prefix::of(shown.client);
            let counted = locked(&self.0.throttle).attempt(all_tokens, from, Instant::now());
            counted.map_err(|wait| {
                log(shown, "authentication throttled");
                Refused::Throttled(wait)
            })?;
            locked(&self.0.failed).insert(shown.digest, Failed(None));
        }
        log(shown, "authentication failed");
        Err(Refused::Token)
    }

    fn find_token(&self, shown: &Shown) -> store::Result<Option<(User, ApiToken)>> {
        let Some(hash) = shown.hash else {
            return Ok(None);
        };
        self.0.store.read(|tx| {
            let Some(token) = api_tokens::by_hash(tx, &hash)? else {
                return Ok(None);
            };
            Ok(accounts::by_id(tx, token.user)?.map(|user| (user, token)))
        })
    }
}

/// A new token, to be shown once, and what is kept of it.
///
/// # Errors
/// The system gives no random numbers.
pub fn new_token() -> crate::secret::Result<(String, [u8; 32])> {
    let token = new_api_token()?;
    let hash = api_token_hash(token.as_bytes())
        .ok_or(crate::secret::Error::Stored("a token that none can be"))?;
    Ok((token, hash))
}

/// Whose token it was meant to be is not known, and the token itself is never written.
fn log(shown: &Shown, what: &str) {
    tracing::warn!("{}", log_line(what, "(token)", shown.client));
}

/// RFC 6750 section 3.
pub fn challenge(realm: &str) -> Result<HeaderValue, StartError> {
    let realm = realm.replace(['\\', '"'], "");
    Ok(HeaderValue::from_str(&format!("Bearer realm=\"{realm}\""))?)
}
