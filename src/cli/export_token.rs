//! `strata export-token`: links that show an account's layers to whoever holds them, for Google, Outlook, Apple and the like.

use std::io::{self, Write};

use clap::{Args, Subcommand};

use super::choice::chosen;
use super::{credential, house, link, table};
use crate::auth::FeedSecret;
use crate::calendar::{self, Access, Calendars, Refusal};
use crate::config::Config;
use crate::model::{Audience, Export, LayerId, Reach, Sort, Sorts, Terms};
use crate::privacy::Handles;

#[derive(Subcommand)]
pub enum Command {
    /// Make a link and show it once
    Add(Add),
    /// List the links of an account
    List {
        user: String,
        #[arg(long)]
        json: bool,
    },
    /// End a link at once
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
    /// What the calendar is called where it is subscribed to
    #[arg(long, value_name = "S")]
    label: String,
    /// As whom the holder of the link reads: owner, friends, everyone, busy
    #[arg(long, value_name = "WHO", default_value = "busy", value_parser = audience)]
    audience: Audience,
    /// Only this layer (may be given several times) [default: all that are enabled]
    #[arg(long = "layer", value_name = "LAYER")]
    layers: Vec<String>,
    /// Only this type (may be given several times): event, time-block, reminder [default: all]
    #[arg(long = "type", value_name = "TYPE", value_parser = sort)]
    types: Vec<Sort>,
    /// Months before today
    #[arg(long, value_name = "N", default_value_t = Reach::default().back)]
    months_back: u16,
    /// Months after today
    #[arg(long, value_name = "N", default_value_t = Reach::default().ahead)]
    months_ahead: u16,
    /// All of it, whenever it takes place
    #[arg(long, conflicts_with_all = ["months_back", "months_ahead"])]
    all: bool,
    /// Show the link as a QR code too
    #[arg(long)]
    qr: bool,
}

fn audience(word: &str) -> Result<Audience, String> {
    Audience::named(word).ok_or_else(|| "one of owner, friends, everyone, busy".to_owned())
}

fn sort(word: &str) -> Result<Sort, String> {
    Sort::named(word).ok_or_else(|| "one of event, time-block, reminder".to_owned())
}

impl Command {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let calendars = house::calendars(config, house::store(config)?)?;
        match self {
            Self::Add(add) => add.run(config, &calendars),
            Self::List { user, json } => list(&calendars, &user, json),
            Self::Revoke { user, id } => revoke(&calendars, &user, &id),
        }
    }
}

impl Add {
    fn run(self, config: &Config, calendars: &Calendars) -> anyhow::Result<()> {
        let secret = FeedSecret::new()?;
        let viewer = house::acting(calendars.store(), &self.user)?;
        let export = calendars.write(&viewer, |access| {
            let terms = self.terms(access)?;
            Ok::<_, anyhow::Error>(access.add_export(&secret.hash, &terms)?)
        })?;
        let link = link::of(config, &self.user, &secret);
        let id = calendars.handles().of(export.id);
        credential::made("export token", &id, &self.user, ("link", &link))?;
        link::show_otherwise(&link, self.qr)
    }

    fn terms(&self, access: &mut Access) -> anyhow::Result<Terms> {
        Ok(Terms {
            label: self.label.clone(),
            audience: self.audience,
            layers: self.layer_ids(access)?,
            sorts: match self.types.is_empty() {
                true => Sorts::ALL,
                false => Sorts::of(self.types.iter().copied()),
            },
            reach: (!self.all).then_some(Reach {
                back: self.months_back,
                ahead: self.months_ahead,
            }),
        })
    }

    /// `None`: all layers that are enabled, also those to come.
    fn layer_ids(&self, access: &mut Access) -> anyhow::Result<Option<Vec<LayerId>>> {
        if self.layers.is_empty() {
            return Ok(None);
        }
        let mut ids = Vec::new();
        for name in &self.layers {
            ids.push(house::collection(access, &self.user, name)?.layer.id);
        }
        Ok(Some(ids))
    }
}

fn list(calendars: &Calendars, user: &str, json: bool) -> anyhow::Result<()> {
    let viewer = house::acting(calendars.store(), user)?;
    let rows = calendars.read(&viewer, |access| {
        let home = access.home(user)?;
        let name = |id: &LayerId| {
            let found = home.layers.iter().find(|it| it.layer.id == *id);
            found.map(|it| it.layer.name.clone())
        };
        let rows = access.exports()?.into_iter().map(|export| {
            let layers = export.terms.layers.as_ref();
            let layers = layers.map(|ids| ids.iter().filter_map(name).collect::<Vec<_>>());
            (export, layers)
        });
        Ok::<_, calendar::Error>(rows.collect::<Vec<_>>())
    })?;
    let handles = calendars.handles();
    if json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(export, layers)| as_json(handles, export, layers.as_deref()))
            .collect();
        return Ok(writeln!(
            io::stdout(),
            "{}",
            serde_json::to_string_pretty(&rows)?
        )?);
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|(export, layers)| row(handles, export, layers.as_deref()))
        .collect();
    Ok(table::print(
        [
            "ID",
            "LABEL",
            "AUDIENCE",
            "LAYERS",
            "TYPES",
            "REACH",
            "CREATED",
            "LAST USED",
        ],
        &rows,
    )?)
}

fn types(export: &Export) -> Vec<String> {
    let sorts = export.terms.sorts.iter();
    sorts.map(|sort| sort.name().to_ascii_lowercase()).collect()
}

fn row(handles: Handles, export: &Export, layers: Option<&[String]>) -> [String; 8] {
    let reach = match export.terms.reach {
        Some(Reach { back, ahead }) => format!("-{back} to +{ahead} months"),
        None => "all".to_owned(),
    };
    [
        handles.of(export.id),
        export.terms.label.clone(),
        export.terms.audience.word().to_owned(),
        layers.map_or_else(|| "all".to_owned(), |names| names.join(",")),
        types(export).join(","),
        reach,
        table::moment(Some(export.created)),
        table::moment(export.last_used),
    ]
}

fn as_json(handles: Handles, export: &Export, layers: Option<&[String]>) -> serde_json::Value {
    serde_json::json!({
        "id": handles.of(export.id),
        "label": export.terms.label,
        "audience": export.terms.audience.word(),
        "layers": layers,
        "types": types(export),
        "months_back": export.terms.reach.map(|it| it.back),
        "months_ahead": export.terms.reach.map(|it| it.ahead),
        "created": export.created,
        "last_used": export.last_used,
    })
}

fn revoke(calendars: &Calendars, user: &str, id: &str) -> anyhow::Result<()> {
    let viewer = house::acting(calendars.store(), user)?;
    let handles = calendars.handles();
    let revoke = |access: &mut Access| {
        let all = access.exports()?;
        let found = chosen(&all, id, |it| handles.of(it.id), |it| &it.terms.label);
        access.revoke_export(found.ok_or(Refusal::NotFound)?.id)
    };
    let revoked = calendars.write(&viewer, |access| match revoke(access) {
        Ok(()) => Ok(true),
        Err(calendar::Error::Refused(Refusal::NotFound)) => Ok(false),
        Err(error) => Err(error),
    })?;
    credential::revoked("export token", id, user, revoked)
}
