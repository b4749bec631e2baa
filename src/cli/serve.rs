//! `strata serve`: opens the rooms and hands them to the server.

use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::Arc;

use super::house;
use super::user::{self, Password};
use crate::auth::{Auth, Refused};
use crate::calendar::Calendars;
use crate::config::Config;
use crate::http::{HeaderMap, Reply, Request, StatusCode};
use crate::model::{UserId, UserKind};
use crate::privacy::Viewer;
use crate::secret::Hasher;
use crate::server::{self, Application};
use crate::store::Store;
use crate::store::accounts::{self, NewUser};
use crate::web;

pub fn run(config: Config) -> anyhow::Result<()> {
    let _log = server::log::start(&config.log)?;
    let store = house::store(&config)?;
    welcome(&config, &store)?;
    let rooms = Rooms {
        auth: house::auth(&config, store.clone())?,
        calendars: house::calendars(&config, store.clone()),
        store,
    };
    Ok(server::run(Arc::new(config), Arc::new(rooms))?)
}

/// The rooms that answer requests.
struct Rooms {
    auth: Auth,
    calendars: Calendars,
    store: Store,
}

impl Application for Rooms {
    fn recall(
        &self,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Option<Result<Viewer, Reply>> {
        let viewer = self.auth.recall(headers, client, secure)?;
        Some(viewer.map_err(|refused| self.auth.refuse_with(&refused)))
    }

    fn verify(&self, headers: &HeaderMap, client: IpAddr, secure: bool) -> Result<Viewer, Reply> {
        let viewer = self.auth.verify(headers, client, secure);
        viewer.map_err(|refused| self.auth.refuse_with(&refused))
    }

    fn challenge(&self) -> Reply {
        self.auth.refuse_with(&Refused::Unauthenticated)
    }

    fn dav(&self, viewer: &Viewer, request: &Request) -> Reply {
        let _ = (&self.calendars, viewer, request);
        Reply::new(StatusCode::NOT_IMPLEMENTED)
    }

    fn page(&self, request: &Request) -> Reply {
        web::handle(request)
    }

    fn is_ready(&self) -> bool {
        self.store.read(|tx| accounts::by_id(tx, UserId(0))).is_ok()
    }

    fn is_local(&self) -> bool {
        self.store.is_local()
    }

    fn store_counters(&self) -> (u64, u64) {
        let counters = self.store.counters();
        (counters.writes, counters.commits)
    }
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
