//! `strata group`: groups of accounts, which are principals too.

use std::io::{self, Write};

use anyhow::{Context, bail};
use clap::Subcommand;

use super::{house, table, user};
use crate::calendar;
use crate::config::Config;
use crate::model::Group;
use crate::store::{Store, Tx, accounts};

#[derive(Subcommand)]
pub enum Command {
    /// Create a group
    Add {
        name: String,
        /// What people read [default: the name]
        #[arg(long, value_name = "S")]
        display_name: Option<String>,
    },
    /// List the groups and their members
    List,
    /// Who belongs to a group
    #[command(subcommand)]
    Member(Member),
}

#[derive(Subcommand)]
pub enum Member {
    /// Let an account join a group
    Add { group: String, user: String },
    /// Let an account leave a group
    Remove { group: String, user: String },
}

impl Command {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = house::store(config)?;
        match self {
            Self::Add { name, display_name } => add(&store, &name, display_name.as_deref()),
            Self::List => list(&store),
            Self::Member(member) => member.run(&store),
        }
    }
}

fn add(store: &Store, name: &str, display_name: Option<&str>) -> anyhow::Result<()> {
    user::check_name(name)?;
    let display_name = display_name.unwrap_or(name);
    let created = store
        .write(|tx| accounts::create_group(tx, name, display_name).map_err(anyhow::Error::from))?;
    if created.is_none() {
        bail!("there is a group {name} already");
    }
    Ok(writeln!(io::stdout(), "created the group {name}")?)
}

fn list(store: &Store) -> anyhow::Result<()> {
    let rows = store.read(|tx| {
        let groups = accounts::groups(tx)?;
        groups
            .into_iter()
            .map(|group| row(tx, group))
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    Ok(table::print(["NAME", "DISPLAY NAME", "MEMBERS"], &rows)?)
}

fn row(tx: &mut Tx, group: Group) -> anyhow::Result<[String; 3]> {
    let members = accounts::members(tx, group.id)?;
    let members: Vec<String> = members.into_iter().map(|member| member.name).collect();
    Ok([group.name, group.display_name, members.join(", ")])
}

impl Member {
    fn run(self, store: &Store) -> anyhow::Result<()> {
        let (group, user, joins) = match &self {
            Self::Add { group, user } => (group, user, true),
            Self::Remove { group, user } => (group, user, false),
        };
        let changed = store.write(|tx| {
            let member = house::user(tx, user)?;
            let group = accounts::group_by_name(tx, group)?
                .with_context(|| format!("there is no group {group}"))?;
            let changed = match joins {
                true => accounts::add_member(tx, group.id, member.id)?,
                false => accounts::remove_member(tx, group.id, member.id)?,
            };
            if !joins {
                // What was shared with the group alone is not theirs to see any more.
                calendar::tidy(tx, member.id, house::now())?;
            }
            anyhow::Ok(changed)
        })?;
        let mut out = io::stdout();
        match (joins, changed) {
            (true, true) => writeln!(out, "{user} joined {group}")?,
            (true, false) => writeln!(out, "{user} was a member of {group} already")?,
            (false, true) => writeln!(out, "{user} left {group}")?,
            (false, false) => bail!("{user} is not a member of {group}"),
        }
        Ok(())
    }
}
