//! The tokens that an account's programs hold: made, listed, withdrawn, and what they are good for.

use super::{Access, Refusal, Result};
use crate::model::{ApiToken, ApiTokenId, Instant, Scope, Scopes, User};
use crate::privacy::Device;
use crate::store::accounts;
use crate::store::api_tokens::{self, NewApiToken};

/// Bytes of a token's label.
pub const MAX_LABEL: usize = 200;
/// Tokens that an account can have.
const MOST: usize = 200;

/// What a token may be called.
///
/// # Errors
/// [`Refusal::BadValue`].
pub fn check_label(label: &str) -> std::result::Result<(), Refusal> {
    let fits = !label.trim().is_empty() && label.len() <= MAX_LABEL;
    if fits && !label.chars().any(char::is_control) {
        return Ok(());
    }
    let why = format!("a label has between 1 and {MAX_LABEL} bytes and no control characters");
    Err(Refusal::BadValue(why))
}

impl Access<'_, '_> {
    /// # Errors
    /// [`Refusal::OutOfScope`] unless the credential is good for it; what is for administrators needs an account that is
    /// one besides.
    pub fn demand(&mut self, scope: Scope) -> Result<()> {
        let device = self.device()?;
        if self.holds(device, scope) {
            Ok(())
        } else {
            Err(Refusal::OutOfScope(scope).into())
        }
    }

    fn holds(&self, device: &Device, scope: Scope) -> bool {
        let admin = self.me.as_ref().is_some_and(|me| me.admin);
        let allowed = match scope {
            Scope::Read | Scope::Write => true,
            Scope::Admin => admin,
            // A token that was made for it is enough: it was an administrator's to give, or whoever sits at the machine
            // gave it to an account that administers nothing.
            Scope::Platform => admin || device.token.is_some(),
        };
        allowed && device.scopes().contains(scope)
    }

    /// What the credential is good for now.
    pub fn scopes(&mut self) -> Result<Scopes> {
        let device = self.device()?;
        let held = Scope::ALL.into_iter().filter(|it| self.holds(device, *it));
        Ok(Scopes::of(held))
    }

    /// The tokens of the account, by id.
    pub fn api_tokens(&mut self) -> Result<Vec<ApiToken>> {
        let me = self.token_keeper()?;
        Ok(api_tokens::of_user(self.tx, me.id)?)
    }

    /// Makes a token. What it is good for, the credential that makes it is good for too, and it lasts no longer than that.
    ///
    /// # Errors
    /// [`Refusal::OutOfScope`], [`Refusal::BadValue`], [`Refusal::TooMany`].
    pub fn create_api_token(
        &mut self,
        label: &str,
        scopes: Scopes,
        expires: Option<Instant>,
        secret_hash: &[u8; 32],
    ) -> Result<ApiToken> {
        let me = self.token_keeper()?;
        check_label(label)?;
        for scope in scopes.iter() {
            self.demand(scope)?;
        }
        if scopes.is_empty() {
            return Err(Refusal::BadValue("a token is good for something".to_owned()).into());
        }
        if expires.is_some_and(|expires| expires <= self.now) {
            return Err(Refusal::BadValue("the end of a token lies ahead".to_owned()).into());
        }
        let stand = api_tokens::of_user(self.tx, me.id)?;
        if stand.len() >= MOST {
            return Err(Refusal::TooMany(MOST as u64).into());
        }
        let expires = expires.into_iter().chain(self.own_end(&stand)?).min();
        let device = self.device()?;
        let new = NewApiToken {
            user: me.id,
            label,
            secret_hash,
            scopes,
            created: self.now,
            expires,
            by_token: device.token.map(|token| token.id),
            by_password: device.app_password,
        };
        let id = api_tokens::add(self.tx, &new)?;
        Ok(ApiToken {
            id,
            user: me.id,
            label: label.to_owned(),
            scopes,
            created: self.now,
            last_used: None,
            expires,
        })
    }

    /// Withdraws one of the account's tokens: it ends at once.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn revoke_api_token(&mut self, id: ApiTokenId) -> Result<()> {
        let me = self.token_keeper()?;
        if api_tokens::revoke(self.tx, me.id, id)? {
            Ok(())
        } else {
            Err(Refusal::NotFound.into())
        }
    }

    /// When the credential that asks is over.
    fn own_end(&mut self, tokens: &[ApiToken]) -> Result<Option<Instant>> {
        let device = self.device()?;
        if let Some(held) = device.token {
            let own = tokens.iter().find(|token| token.id == held.id);
            return Ok(own.and_then(|token| token.expires));
        }
        let passwords = match device.app_password {
            Some(_) => accounts::app_passwords(self.tx, device.user)?,
            None => Vec::new(),
        };
        let own = passwords
            .iter()
            .find(|it| Some(it.id) == device.app_password);
        Ok(own.and_then(|password| password.expires))
    }

    /// A device that was let see single layers makes no tokens, which would see more, and does not see those of others.
    fn token_keeper(&mut self) -> Result<User> {
        self.demand(Scope::Write)?;
        self.acting()
    }
}
