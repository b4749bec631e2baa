//! API tokens of the account: list, make, withdraw.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::problem::{Error, Problem, Result};
use super::routes::{Route, delete, get, post};
use super::time;
use crate::auth;
use crate::model::{ApiToken, ApiTokenId, Scope, Scopes};

pub fn routes() -> Vec<Route> {
    vec![
        get("/tokens", "The API tokens of the account", list)
            .scope(Scope::Write)
            .answers_page::<Token>(),
        post(
            "/tokens",
            "Make an API token; it is shown this once and ends with the credential that made it",
            create,
        )
        .reads::<NewToken>()
        .answers::<CreatedToken>(201)
        .repeatable(),
        delete("/tokens/{token}", "Withdraw an API token at once", revoke).answers_nothing(),
    ]
}

/// What a token is good for: `write` includes `read`, `admin` includes both and needs an administrator's account,
/// `platform` keeps the platform's records and sees nothing of anybody's.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Scope)]
pub enum Word {
    Read,
    Write,
    Platform,
    Admin,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Token {
    id: String,
    label: String,
    scopes: Vec<Word>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewToken {
    /// What it is for, in the owner's words.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[A-Za-z0-9][ -~]*$")]
    label: String,
    /// No more than the credential that asks has itself.
    #[schema(min_items = 1, max_items = 4)]
    scopes: Vec<Word>,
    /// When it ends by itself.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CreatedToken {
    id: String,
    label: String,
    scopes: Vec<Word>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// For `Authorization: Bearer`. Shown this once; absent when the request was repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<String>,
}

impl Word {
    pub fn of(scope: Scope) -> Self {
        match scope {
            Scope::Read => Self::Read,
            Scope::Write => Self::Write,
            Scope::Platform => Self::Platform,
            Scope::Admin => Self::Admin,
        }
    }

    fn scope(self) -> Scope {
        match self {
            Self::Read => Scope::Read,
            Self::Write => Scope::Write,
            Self::Platform => Scope::Platform,
            Self::Admin => Scope::Admin,
        }
    }
}

impl Token {
    fn of(call: &Call, token: &ApiToken) -> Self {
        Self {
            id: call.handle(token.id),
            label: token.label.clone(),
            scopes: token.scopes.iter().map(Word::of).collect(),
            created_at: time::rfc3339(token.created),
            last_used_at: token.last_used.map(time::rfc3339),
            expires_at: token.expires.map(time::rfc3339),
        }
    }
}

/// An account has few of them: all stand on one page.
fn list(call: &Call) -> Result<Answer> {
    let tokens = call.read(|access| Ok(access.api_tokens()?))?;
    let shown: Vec<Token> = tokens.iter().map(|it| Token::of(call, it)).collect();
    Answer::page(&shown, None)
}

fn create(call: &Call) -> Result<Answer> {
    let new: NewToken = call.body()?;
    let expires = match &new.expires_at {
        Some(text) => Some(
            time::parse(text)
                .ok_or_else(|| Problem::invalid("expiresAt is a moment as RFC 3339 writes it"))?,
        ),
        None => None,
    };
    let scopes = Scopes::of(new.scopes.iter().map(|word| word.scope()));
    let (secret, hash) = auth::new_token().map_err(|error| Error::Fault(error.to_string()))?;
    call.create(|access| {
        let token = access.create_api_token(&new.label, scopes, expires, &hash)?;
        let mut shown = CreatedToken {
            id: call.handle(token.id),
            label: token.label,
            scopes: token.scopes.iter().map(Word::of).collect(),
            created_at: time::rfc3339(token.created),
            expires_at: token.expires.map(time::rfc3339),
            token: Some(secret.clone()),
        };
        let answer = Answer::created(call.at("/tokens", &shown.id), &shown)?;
        shown.token = None;
        answer.repeated_as(&shown)
    })
}

fn revoke(call: &Call) -> Result<Answer> {
    let id: ApiTokenId = call.named("token")?;
    call.write(|access| Ok(access.revoke_api_token(id)?))?;
    Ok(Answer::nothing())
}
