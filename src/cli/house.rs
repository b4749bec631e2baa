//! Opens the rooms that a command needs from the settings.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::thread::available_parallelism;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};

use super::{post, system};
use crate::auth::{self, Auth};
use crate::calendar::{
    self, Access, Calendars, Collection, FeedLimits, Horizon, Limits, Refusal, Retention,
};
use crate::config::{self, Config, Directory};
use crate::connect::{Address, Sources};
use crate::dav::{self, Dav};
use crate::jobs::{self, Jobs};
use crate::model::User;
use crate::privacy::{Device, Setting, Viewer};
use crate::secret::{Cost, Vault};
use crate::server::client::Client;
use crate::store::{Settings, Standing, Store, Synchronous, Tx, accounts};

/// Opens the database, after making the data folder where it is missing, for this account of the machine alone.
pub fn store(config: &Config) -> anyhow::Result<Store> {
    if !config.store.data.exists() {
        // What cannot be made is reported with its key by the next line.
        let _ = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&config.store.data);
    }
    config.prepare_data_folder()?;
    Store::open(&settings(config)).with_context(|| format!("store.url: {}", config.store.url))
}

/// How the database stands, untouched; `None`: there is none yet.
pub fn standing(config: &Config) -> anyhow::Result<Option<Standing>> {
    Store::standing(&settings(config)).with_context(|| format!("store.url: {}", config.store.url))
}

fn settings(config: &Config) -> Settings {
    let readers = match config.store.readers {
        0 => (cores() * 2).max(4),
        readers => readers,
    };
    let synchronous = match config.store.synchronous {
        config::Synchronous::Full => Synchronous::Full,
        config::Synchronous::Normal => Synchronous::Normal,
    };
    Settings {
        url: config.store.url.expose().to_owned(),
        data: config.store.data.clone(),
        synchronous,
        readers,
        sync_horizon_days: config.store.sync_horizon_days,
    }
}

/// # Errors
/// What is wrong with a source of the platform's records, with its key.
pub fn calendars(config: &Config, store: Store) -> anyhow::Result<Calendars> {
    let limits = &config.limits;
    let calendars = Calendars::new(
        store,
        Limits {
            max_resource_size: limits.max_resource_size,
            max_items_per_layer: limits.max_items_per_layer,
            max_layers: limits.max_layers,
            quota_bytes: (limits.quota > 0).then_some(limits.quota),
            max_instances: limits.max_instances,
            max_attendees: limits.max_attendees,
            horizon: Horizon::of_days(limits.index_days_behind, limits.index_days_ahead),
            retention: Retention {
                days: config.trash.days,
                held_days: config.trash.held_days,
                max_bytes: config.trash.max_bytes_per_account,
                brake_items: config.trash.brake_items,
                brake_share: config.trash.brake_share,
                brake_minutes: config.trash.brake_minutes,
            },
            feeds: FeedLimits {
                max_bytes: config.feeds.max_bytes,
                max_events: config.feeds.max_events,
                max_per_account: config.feeds.max_per_account,
            },
            view_prefix: config.views.prefix.clone(),
            directory: config.privacy.directory == Directory::Accounts,
            privacy: Setting {
                anonymous: config.privacy.anonymous,
                label: config.privacy.label.as_str().into(),
            },
        },
    );
    Ok(calendars.with_system(system::system(config)?))
}

/// # Errors
/// As [`calendars`].
pub fn dav(config: &Config, store: Store) -> anyhow::Result<Dav> {
    let limits = &config.limits;
    Ok(Dav {
        calendars: calendars(config, store)?,
        settings: dav::Settings {
            max_reply: limits.max_reply,
            max_results: usize::try_from(limits.max_results).unwrap_or(usize::MAX),
            ..dav::Settings::default()
        },
    })
}

/// Who calls others.
pub fn client(config: &Config) -> Client {
    Client::new(config)
}

/// Who seals and opens the addresses of others.
pub fn sources(config: &Config, client: &Client) -> Sources {
    Sources {
        vault: vault(config),
        own: client.own().clone(),
    }
}

pub fn vault(config: &Config) -> Vault {
    let usual = || config.store.data.join("secret.key");
    Vault::at(config.secrets.key_file.clone().unwrap_or_else(usual))
}

/// All work that nobody waits for.
///
/// # Errors
/// As [`calendars`], and a webhook that cannot be called.
pub fn jobs(config: &Config, store: Store, client: Client) -> anyhow::Result<Jobs> {
    let feeds = jobs::Feeds {
        calendars: calendars(config, store.clone())?,
        sources: sources(config, &client),
        net: Box::new(client.clone()),
    };
    let reminders = jobs::Reminders {
        calendars: calendars(config, store.clone())?,
    };
    let hook = jobs::Hook {
        calendars: calendars(config, store.clone())?,
        to: webhook(config)?,
        net: Box::new(client.clone()),
    };
    let letters = jobs::Letters {
        calendars: calendars(config, store.clone())?,
        by: post::mailer(config, client)?,
    };
    let kinds: Vec<Box<dyn jobs::Kind>> = vec![
        Box::new(feeds),
        Box::new(reminders),
        Box::new(hook),
        Box::new(letters),
    ];
    Ok(Jobs::new(store, kinds))
}

fn webhook(config: &Config) -> anyhow::Result<Option<jobs::Target>> {
    let notify = &config.notify;
    let Some(url) = &notify.webhook_url else {
        return Ok(None);
    };
    let address = Address::parse(url.expose()).context("notify.webhook_url")?;
    match &notify.webhook_secret {
        Some(secret) if secret.expose().len() >= 16 => {
            Ok(Some(jobs::Target::new(address, secret.expose())))
        }
        _ => bail!("notify.webhook_secret: a webhook has a secret of at least 16 characters"),
    }
}

pub fn auth(config: &Config, store: Store) -> anyhow::Result<Auth> {
    let auth = &config.auth;
    let settings = auth::Settings {
        realm: auth.realm.clone(),
        cost: cost(config),
        remember: auth.cache,
        threads: if auth.hashing_threads == 0 {
            cores()
        } else {
            auth.hashing_threads
        },
        queue: auth.hashing_queue,
        allow_cleartext: config.server.allow_cleartext_auth,
        patience: auth::Patience {
            free: auth.free_failures,
            first: auth.throttle_base,
            longest: auth.throttle_max,
            forget: auth.throttle_forget,
        },
    };
    Auth::start(store, settings).context("[auth]")
}

pub fn cost(config: &Config) -> Cost {
    Cost {
        memory_kib: config.auth.memory,
        passes: config.auth.iterations,
        lanes: config.auth.parallelism,
    }
}

/// An account by the name on the command line.
pub fn user(tx: &mut Tx, name: &str) -> anyhow::Result<User> {
    match accounts::by_name(tx, name)? {
        Some(user) => Ok(user),
        None => bail!("there is no account {name}"),
    }
}

/// Whoever runs a command acts for the account as its owner.
pub fn viewer(user: &User) -> Viewer {
    Viewer::User(Device::of_account(user.id, user.epoch))
}

/// An account by its name, to act for it; nobody acts for one that is disabled.
pub fn acting(store: &Store, name: &str) -> anyhow::Result<Viewer> {
    let user = store.read(|tx| user(tx, name))?;
    if user.disabled {
        bail!("the account {name} is disabled");
    }
    Ok(viewer(&user))
}

/// A collection in somebody's home, by the names on the command line.
pub fn collection(access: &mut Access, user: &str, layer: &str) -> anyhow::Result<Collection> {
    match access.collection(user, layer) {
        Err(calendar::Error::Refused(Refusal::NotFound)) => bail!("{user} has no layer {layer}"),
        found => Ok(found?),
    }
}

pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}
