//! `strata serve`: opens the rooms and hands them to the server.

use std::io::{self, Write};
use std::sync::Arc;

use super::frugal;
use super::house;
use super::user::{self, Password};
use crate::api::Api;
use crate::config::Config;
use crate::model::UserKind;
use crate::secret::Hasher;
use crate::server::{self, App};
use crate::store::Store;
use crate::store::accounts::{self, NewUser};

pub fn run(config: Config) -> anyhow::Result<()> {
    frugal::load_anew();
    let _log = server::log::start(&config.log)?;
    let store = house::store(&config)?;
    welcome(&config, &store)?;
    let dav = house::dav(&config, store.clone())?;
    let client = house::client(&config);
    let mut api = Api::new(dav.calendars.clone());
    api.sources = Some(house::sources(&config, &client));
    let app = App {
        api,
        jobs: Arc::new(house::jobs(&config, store.clone(), client.clone())?),
        client,
        dav,
        auth: house::auth(&config, store.clone())?,
        store,
    };
    app.dav.calendars.switch_kinds()?;
    Ok(server::run(Arc::new(config), Arc::new(app))?)
}

/// The first start with an empty database makes the account `admin`.
fn welcome(config: &Config, store: &Store) -> anyhow::Result<()> {
    if !store.read(accounts::all)?.is_empty() {
        return Ok(());
    }
    let password = Password::random()?;
    let hash = Hasher::new(house::cost(config)).hash(password.text().as_bytes())?;
    let new = NewUser {
        name: "admin",
        display_name: "Administrator",
        addresses: &[],
        kind: UserKind::Individual,
        admin: true,
        password_hash: &hash,
        now: house::now(),
    };
    // Another process may have been faster.
    if store.write(|tx| user::create(tx, &new))?.is_some() {
        let mut out = io::stdout();
        writeln!(
            out,
            "created the account admin with the password {} (shown only now)",
            password.text()
        )?;
        out.flush()?;
    }
    Ok(())
}
