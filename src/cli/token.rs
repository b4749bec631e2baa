//! `strata token`: what programs show at the JSON API.

use anyhow::bail;
use clap::{Args, Subcommand};

use super::choice::chosen;
use super::credential::{self, End};
use super::{house, table};
use crate::auth;
use crate::calendar::check_label;
use crate::config::Config;
use crate::model::{ApiToken, Scope, Scopes};
use crate::privacy::Handles;
use crate::store::Store;
use crate::store::api_tokens::{self, NewApiToken};

#[derive(Subcommand)]
pub enum Command {
    /// Make a token for a program and show it once
    Add(Add),
    /// List the tokens of an account
    List { user: String },
    /// Withdraw a token at once
    Revoke {
        user: String,
        /// Its id, or its label
        #[arg(value_name = "TOKEN")]
        id: String,
    },
}

#[derive(Args)]
pub struct Add {
    user: String,
    /// What it is good for: read, write, platform, admin (may be given several times)
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scope)]
    scopes: Vec<Scope>,
    /// What it is for
    #[arg(long, value_name = "S", default_value = "made on the command line")]
    label: String,
    #[command(flatten)]
    end: End,
}

fn scope(word: &str) -> Result<Scope, String> {
    let known = || Scope::ALL.map(Scope::word).join(", ");
    Scope::named(word).ok_or_else(|| format!("it is one of {}", known()))
}

impl Command {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = house::store(config)?;
        match self {
            Self::Add(add) => add.run(&store),
            Self::List { user } => list(&store, &user),
            Self::Revoke { user, id } => revoke(&store, &user, &id),
        }
    }
}

impl Add {
    fn run(self, store: &Store) -> anyhow::Result<()> {
        let expires = self.end.moment()?;
        check_label(&self.label)?;
        let scopes = Scopes::of(self.scopes);
        let (token, secret_hash) = auth::new_token()?;
        let id = store.write(|tx| {
            let user = house::user(tx, &self.user)?;
            if scopes.contains(Scope::Admin) && !user.admin {
                bail!("{} is no administrator", user.name);
            }
            let new = NewApiToken {
                user: user.id,
                label: &self.label,
                secret_hash: &secret_hash,
                scopes,
                created: house::now(),
                expires,
                by_token: None,
                by_password: None,
            };
            Ok(api_tokens::add(tx, &new)?)
        })?;
        Ok(credential::made(
            "token",
            &Handles::new(store.names_key()).of(id),
            &self.user,
            ("token", &token),
        )?)
    }
}

fn list(store: &Store, name: &str) -> anyhow::Result<()> {
    let tokens = store.read(|tx| {
        let user = house::user(tx, name)?;
        api_tokens::of_user(tx, user.id).map_err(anyhow::Error::from)
    })?;
    let handles = Handles::new(store.names_key());
    let rows: Vec<_> = tokens.iter().map(|token| row(handles, token)).collect();
    let head = ["ID", "LABEL", "SCOPES", "CREATED", "LAST USED", "EXPIRES"];
    Ok(table::print(head, &rows)?)
}

fn row(handles: Handles, token: &ApiToken) -> [String; 6] {
    [
        handles.of(token.id),
        token.label.clone(),
        token.scopes.to_text(),
        table::moment(Some(token.created)),
        table::moment(token.last_used),
        table::moment(token.expires),
    ]
}

fn revoke(store: &Store, name: &str, id: &str) -> anyhow::Result<()> {
    let handles = Handles::new(store.names_key());
    let revoked = store.write(|tx| {
        let user = house::user(tx, name)?;
        let tokens = api_tokens::of_user(tx, user.id)?;
        match chosen(&tokens, id, |it| handles.of(it.id), |it| &it.label) {
            Some(token) => api_tokens::revoke(tx, user.id, token.id).map_err(anyhow::Error::from),
            None => Ok(false),
        }
    })?;
    credential::revoked("token", id, name, revoked)
}
