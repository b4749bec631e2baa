//! The rooms below, opened and put together for the sockets.

use std::net::IpAddr;

use super::Application;
use crate::auth::{Auth, Refused};
use crate::calendar::Calendars;
use crate::http::{HeaderMap, Reply, Request, StatusCode, header};
use crate::model::UserId;
use crate::privacy::Viewer;
use crate::store::{self, Store};
use crate::web;

pub struct App {
    pub auth: Auth,
    pub store: Store,
    pub calendars: Calendars,
}

impl App {
    fn refuse(&self, refused: &Refused) -> Reply {
        self.auth.refuse_with(refused)
    }
}

impl Application for App {
    fn recall(
        &self,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Option<Result<Viewer, Reply>> {
        let recalled = self.auth.recall(headers, client, secure)?;
        Some(recalled.map_err(|refused| self.refuse(&refused)))
    }

    fn verify(&self, headers: &HeaderMap, client: IpAddr, secure: bool) -> Result<Viewer, Reply> {
        let verified = self.auth.verify(headers, client, secure);
        verified.map_err(|refused| self.refuse(&refused))
    }

    fn challenge(&self) -> Reply {
        let sentence = "Sign in with a user name and a password.\n".to_owned();
        Reply::new(StatusCode::UNAUTHORIZED)
            .with(header::WWW_AUTHENTICATE, self.auth.challenge().clone())
            .with(
                header::CACHE_CONTROL,
                http::HeaderValue::from_static("no-store"),
            )
            .content("text/plain; charset=utf-8", sentence)
    }

    fn dav(&self, _viewer: &Viewer, _request: &Request) -> Reply {
        let _ = &self.calendars;
        let mut reply = Reply::new(StatusCode::NOT_IMPLEMENTED);
        if reply.status == StatusCode::UNAUTHORIZED {
            let challenge = self.auth.challenge().clone();
            reply
                .headers
                .entry(header::WWW_AUTHENTICATE)
                .or_insert(challenge);
        }
        reply
    }

    fn page(&self, request: &Request) -> Reply {
        web::handle(request)
    }

    fn is_ready(&self) -> bool {
        let asked: store::Result<_> = self.store.read(|tx| store::accounts::by_id(tx, UserId(0)));
        asked.is_ok()
    }

    fn is_local(&self) -> bool {
        self.store.is_local()
    }

    fn store_counters(&self) -> (u64, u64) {
        let counters = self.store.counters();
        (counters.writes, counters.commits)
    }
}
