//! `strata app-password`: one secret a device.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::choice::chosen;
use super::credential::{self, End};
use super::{house, table};
use crate::config::Config;
use crate::model::{AppPassword, LayerId, User};
use crate::privacy::Handles;
use crate::secret;
use crate::store::accounts::{self, NewAppPassword};
use crate::store::{Store, Tx, layers};

#[derive(Subcommand)]
pub enum Command {
    /// Make a secret for one device and show it once
    Add(Add),
    /// List the devices of an account
    List { user: String },
    /// Withdraw a device's secret at once
    Revoke {
        user: String,
        /// Its id, or its label
        #[arg(value_name = "PASSWORD")]
        id: String,
    },
}

#[derive(Args)]
pub struct Add {
    user: String,
    /// Which device it is for
    #[arg(long, value_name = "S")]
    label: String,
    #[command(flatten)]
    end: End,
    /// The device may look and not change
    #[arg(long)]
    read_only: bool,
    /// The device sees only this layer (may be given several times)
    #[arg(long = "layer", value_name = "LAYER")]
    layers: Vec<String>,
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
        if self.label.trim().is_empty() || self.label.len() > 200 {
            bail!("--label has between 1 and 200 bytes");
        }
        let secret = secret::new_app_password()?;
        let secret_hash = secret::app_password_hash(secret.as_bytes());
        let id = store.write(|tx| {
            let user = house::user(tx, &self.user)?;
            let layers = self.layer_ids(tx, &user)?;
            let new = NewAppPassword {
                user: user.id,
                label: &self.label,
                secret_hash: &secret_hash,
                created: house::now(),
                expires,
                read_only: self.read_only,
                layers: layers.as_deref(),
            };
            accounts::add_app_password(tx, &new).map_err(anyhow::Error::from)
        })?;
        let handle = Handles::new(store.names_key()).of(id);
        let shown = ("password", secret.as_str());
        Ok(credential::made(
            "app password",
            &handle,
            &self.user,
            shown,
        )?)
    }

    /// `None`: all layers, also those to come.
    fn layer_ids(&self, tx: &mut Tx, user: &User) -> anyhow::Result<Option<Vec<LayerId>>> {
        if self.layers.is_empty() {
            return Ok(None);
        }
        let id = |name: &String| {
            let layer = layers::find(tx, user.id, name)?;
            layer
                .map(|layer| layer.id)
                .with_context(|| format!("{} has no layer {name}", user.name))
        };
        self.layers
            .iter()
            .map(id)
            .collect::<anyhow::Result<Vec<_>>>()
            .map(Some)
    }
}

fn list(store: &Store, name: &str) -> anyhow::Result<()> {
    let handles = Handles::new(store.names_key());
    let rows = store.read(|tx| {
        let user = house::user(tx, name)?;
        let passwords = accounts::app_passwords(tx, user.id)?;
        passwords
            .iter()
            .map(|it| row(tx, handles, it))
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    Ok(table::print(
        [
            "ID",
            "LABEL",
            "CREATED",
            "LAST USED",
            "EXPIRES",
            "MAY",
            "LAYERS",
        ],
        &rows,
    )?)
}

fn row(tx: &mut Tx, handles: Handles, password: &AppPassword) -> anyhow::Result<[String; 7]> {
    let layers = match &password.layers {
        None => "all".to_owned(),
        Some(ids) => {
            let names = ids
                .iter()
                .map(|id| layers::by_id(tx, *id))
                .collect::<Result<Vec<_>, _>>()?;
            names
                .into_iter()
                .flatten()
                .map(|layer| layer.name)
                .collect::<Vec<_>>()
                .join(",")
        }
    };
    let may = if password.read_only {
        "read"
    } else {
        "read, write"
    };
    Ok([
        handles.of(password.id),
        password.label.clone(),
        table::moment(Some(password.created)),
        table::moment(password.last_used),
        table::moment(password.expires),
        may.to_owned(),
        layers,
    ])
}

fn revoke(store: &Store, name: &str, id: &str) -> anyhow::Result<()> {
    let handles = Handles::new(store.names_key());
    let revoked = store.write(|tx| {
        let user = house::user(tx, name)?;
        let all = accounts::app_passwords(tx, user.id)?;
        let Some(password) = chosen(&all, id, |it| handles.of(it.id), |it| &it.label) else {
            return Ok(false);
        };
        accounts::revoke_app_password(tx, user.id, password.id).map_err(anyhow::Error::from)
    })?;
    credential::revoked("app password", id, name, revoked)
}
