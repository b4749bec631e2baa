//! `strata user`: accounts.

use std::io::{self, Read, Write};

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};

use super::setting::{self, Setting};
use super::{house, table};
use crate::calendar;
use crate::config::Config;
use crate::model::{Component, Components, User, UserKind};
use crate::secret::{self, Hasher};
use crate::store::accounts::{self, NewUser};
use crate::store::layers::{self, NewLayer};
use crate::store::{Store, Tx, outbox};

#[derive(Subcommand)]
pub enum Command {
    /// Create an account with the calendar `personal` and the task list `tasks`
    Add(Add),
    /// Set a new password: a random one, printed once, or the one on standard input
    Passwd {
        name: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the accounts
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Change an account: display_name, email (one or several, by commas), free_busy_to (nobody, friends or everyone),
    /// hide_disabled (true or false)
    Set {
        name: String,
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<Setting>,
    },
    /// Keep an account and its calendars, but let nobody sign in
    Disable { name: String },
    /// Let a disabled account sign in again
    Enable { name: String },
    /// Delete an account with all its calendars
    Delete {
        name: String,
        /// Yes, everything of it
        #[arg(long, required = true)]
        yes: bool,
    },
}

#[derive(clap::Args)]
pub struct Add {
    /// What signs in and stands in URLs
    name: String,
    /// What people read [default: the name]
    #[arg(long, value_name = "S")]
    display_name: Option<String>,
    /// A mail address, the preferred one first
    #[arg(long = "email", value_name = "A")]
    emails: Vec<String>,
    /// May administer the server
    #[arg(long)]
    admin: bool,
    #[arg(long, value_enum, default_value_t = Kind::Individual)]
    kind: Kind,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Individual,
    Room,
    Resource,
}

impl Command {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = house::store(config)?;
        match self {
            Self::Add(add) => add.run(config, &store),
            Self::Passwd {
                name,
                password_stdin,
            } => passwd(config, &store, &name, password_stdin),
            Self::List { json } => list(&store, json),
            Self::Set { name, settings } => setting::apply(&store, &name, &settings),
            Self::Disable { name } => set_disabled(&store, &name, true),
            Self::Enable { name } => set_disabled(&store, &name, false),
            Self::Delete { name, yes: _ } => delete(&store, &name),
        }
    }
}

impl Add {
    fn run(self, config: &Config, store: &Store) -> anyhow::Result<()> {
        check_name(&self.name)?;
        self.emails
            .iter()
            .try_for_each(|address| check_address(address))?;
        let password = Password::choose(self.password_stdin)?;
        let hash = Hasher::new(house::cost(config)).hash(password.text().as_bytes())?;
        let new = NewUser {
            name: &self.name,
            display_name: self.display_name.as_deref().unwrap_or(&self.name),
            addresses: &self.emails,
            kind: match self.kind {
                Kind::Individual => UserKind::Individual,
                Kind::Room => UserKind::Room,
                Kind::Resource => UserKind::Resource,
            },
            admin: self.admin,
            password_hash: &hash,
            now: house::now(),
        };
        let created = store.write(|tx| {
            for address in new.addresses {
                if let Some(other) = accounts::by_address(tx, address)? {
                    bail!("{address} belongs to the account {}", other.name);
                }
            }
            create(tx, &new)
        })?;
        if created.is_none() {
            bail!("there is an account {} already", self.name);
        }
        let mut out = io::stdout();
        writeln!(out, "created the account {}", self.name)?;
        Ok(password.show(&mut out)?)
    }
}

/// An account with its first layers; `None`: the name is taken. Apple's clients want events and tasks apart.
pub fn create(tx: &mut Tx, new: &NewUser) -> anyhow::Result<Option<User>> {
    let Some(user) = accounts::create(tx, new)? else {
        return Ok(None);
    };
    let layers = [
        ("personal", "Personal", "#1B6EC2FF", Component::Event),
        ("tasks", "Tasks", "#2E8B57FF", Component::Todo),
    ];
    for ((name, display_name, color, component), order) in layers.into_iter().zip(1..) {
        let layer = NewLayer {
            display_name: display_name.to_owned(),
            color: Some(color.to_owned()),
            order: Some(order),
            components: Components::of([component]),
            ..NewLayer::named(user.id, name, new.now)
        };
        layers::create(tx, &layer)?
            .with_context(|| format!("the layer {name} is there already"))?;
    }
    // From now on it is looked whether anything reminds them.
    outbox::wake(tx, user.id, new.now)?;
    Ok(Some(user))
}

fn passwd(config: &Config, store: &Store, name: &str, from_stdin: bool) -> anyhow::Result<()> {
    let user = store.read(|tx| house::user(tx, name))?;
    let password = Password::choose(from_stdin)?;
    let hash = Hasher::new(house::cost(config)).hash(password.text().as_bytes())?;
    store.write(|tx| accounts::set_password(tx, user.id, &hash).map_err(anyhow::Error::from))?;
    let mut out = io::stdout();
    writeln!(
        out,
        "{name} has a new password; remembered sign-ins with the old one ended"
    )?;
    Ok(password.show(&mut out)?)
}

fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    let users = store.read(|tx| accounts::all(tx).map_err(anyhow::Error::from))?;
    if json {
        let users: Vec<_> = users.iter().map(as_json).collect();
        return Ok(writeln!(
            io::stdout(),
            "{}",
            serde_json::to_string_pretty(&users)?
        )?);
    }
    let rows: Vec<[String; 5]> = users.iter().map(as_row).collect();
    Ok(table::print(
        ["NAME", "DISPLAY NAME", "ADDRESSES", "CREATED", "NOTES"],
        &rows,
    )?)
}

fn as_row(user: &User) -> [String; 5] {
    let notes = [
        (user.admin, "admin"),
        (user.disabled, "disabled"),
        (user.kind != UserKind::Individual, kind_name(user.kind)),
    ];
    let notes: Vec<&str> = notes
        .into_iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, note)| note)
        .collect();
    [
        user.name.clone(),
        user.display_name.clone(),
        user.addresses.join(", "),
        table::moment(Some(user.created)),
        notes.join(", "),
    ]
}

fn as_json(user: &User) -> serde_json::Value {
    serde_json::json!({
        "name": user.name,
        "display_name": user.display_name,
        "addresses": user.addresses,
        "kind": kind_name(user.kind),
        "admin": user.admin,
        "disabled": user.disabled,
        "created": user.created,
    })
}

fn kind_name(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Individual => "individual",
        UserKind::Room => "room",
        UserKind::Resource => "resource",
    }
}

fn set_disabled(store: &Store, name: &str, disabled: bool) -> anyhow::Result<()> {
    store.write(|tx| {
        let user = house::user(tx, name)?;
        accounts::set_disabled(tx, user.id, disabled).map_err(anyhow::Error::from)
    })?;
    let state = if disabled { "disabled" } else { "enabled" };
    Ok(writeln!(io::stdout(), "{state} the account {name}")?)
}

fn delete(store: &Store, name: &str) -> anyhow::Result<()> {
    store.write(|tx| {
        let user = house::user(tx, name)?;
        let homes = calendar::homes_showing(tx, user.id)?;
        accounts::delete(tx, user.id)?;
        for home in homes {
            calendar::tidy(tx, home, house::now())?;
        }
        anyhow::Ok(())
    })?;
    Ok(writeln!(
        io::stdout(),
        "deleted the account {name} and all its calendars"
    )?)
}

/// A name must pass through a URL and through Basic, where a colon ends it (RFC 7617 section 2).
pub fn check_name(name: &str) -> anyhow::Result<()> {
    let odd = |c: char| c.is_control() || matches!(c, '/' | ':' | '\\');
    if name.is_empty() || name.len() > 200 {
        bail!("a name has between 1 and 200 bytes");
    }
    if name == "." || name == ".." || name.trim() != name || name.contains(odd) {
        bail!(
            "a name holds no slash, backslash, colon or control character, and no space at its ends"
        );
    }
    Ok(())
}

pub fn check_address(address: &str) -> anyhow::Result<()> {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.contains(|c: char| c.is_control() || c.is_whitespace() || "<>,;\"".contains(c))
    };
    match address.rsplit_once('@') {
        Some((local, domain)) if plain(local) && plain(domain) && address.len() <= 254 => Ok(()),
        _ => bail!("{address} is not a mail address"),
    }
}

/// A password that somebody chose, or a random one to be shown once.
pub enum Password {
    Given(String),
    Random(String),
}

impl Password {
    const LONGEST: u64 = 1024;

    fn choose(from_stdin: bool) -> anyhow::Result<Self> {
        if !from_stdin {
            return Ok(Self::random()?);
        }
        let mut text = String::new();
        io::stdin()
            .take(Self::LONGEST + 2)
            .read_to_string(&mut text)
            .context("standard input")?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() || line.len() as u64 > Self::LONGEST || line.contains(char::is_control) {
            bail!(
                "standard input holds no password: one line of 1 to {} bytes",
                Self::LONGEST
            );
        }
        Ok(Self::Given(line.to_owned()))
    }

    pub fn random() -> secret::Result<Self> {
        secret::new_password().map(Self::Random)
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Given(text) | Self::Random(text) => text,
        }
    }

    fn show(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Given(_) => Ok(()),
            Self::Random(text) => writeln!(out, "password: {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_url_or_client_could_carry_are_refused() {
        for name in ["alice", "alice@example.org", "Ünal", "a b", "100%", "..."] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a:b",
            "a\\b",
            "a\nb",
            " a",
            "a ",
            &"a".repeat(201),
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn addresses_are_plain() {
        for address in ["alice@example.org", "a+b@localhost", "jörg@example.org"] {
            assert!(check_address(address).is_ok(), "{address}");
        }
        for address in [
            "alice",
            "@example.org",
            "alice@",
            "a b@c",
            "a@b\r\nRCPT",
            "<a@b>",
        ] {
            assert!(check_address(address).is_err(), "{address}");
        }
    }
}
