//! The rooms below, opened and put together for the sockets.

use std::net::IpAddr;

use super::{Application, SignIn};
use crate::auth::{Auth, Refused};
use crate::dav::{self, Dav};
use crate::export;
use crate::http::{HeaderMap, Reply, Request, StatusCode, header};
use crate::ical;
use crate::model::UserId;
use crate::privacy::Viewer;
use crate::store::{self, Store};
use crate::tzdist;
use crate::web;

pub struct App {
    pub auth: Auth,
    pub store: Store,
    pub dav: Dav,
}

impl App {
    /// Every 401 says how to sign in (RFC 9110 section 15.5.2).
    fn with_challenge(&self, mut reply: Reply) -> Reply {
        if reply.status == StatusCode::UNAUTHORIZED {
            let challenge = self.auth.challenge().clone();
            reply.headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        reply
    }

    fn refuse(&self, refused: &Refused) -> Box<Reply> {
        Box::new(self.auth.refuse_with(refused))
    }
}

impl Application for App {
    fn recall(&self, headers: &HeaderMap, client: IpAddr, secure: bool) -> Option<SignIn> {
        let recalled = self.auth.recall(headers, client, secure)?;
        Some(recalled.map_err(|refused| self.refuse(&refused)))
    }

    fn verify(&self, headers: &HeaderMap, client: IpAddr, secure: bool) -> SignIn {
        let verified = self.auth.verify(headers, client, secure);
        verified.map_err(|refused| self.refuse(&refused))
    }

    fn challenge(&self) -> Reply {
        self.auth.refuse_with(&Refused::Anonymous)
    }

    fn accepts(&self, viewer: &Viewer, request: &Request) -> Result<u64, Box<Reply>> {
        let accepted = dav::accepts(&self.dav, viewer, request);
        accepted.map_err(|reply| Box::new(self.with_challenge(*reply)))
    }

    fn too_large(&self, request: &Request) -> Reply {
        dav::too_large(&self.dav, request)
    }

    fn dav(&self, viewer: &Viewer, request: &Request) -> Reply {
        self.with_challenge(dav::handle(&self.dav, viewer, request))
    }

    fn feed(&self, request: &Request) -> Reply {
        let Some((user, token)) = export::address(&request.path, request.query.as_deref()) else {
            return self.auth.no_feed(request.client).reply(&request.id);
        };
        match self.auth.feed(&user, &token, request.client) {
            Ok(found) => {
                let at_most = self.dav.settings.max_reply;
                export::handle(&self.dav.calendars, found.id, request, at_most)
            }
            Err(none) => none.reply(&request.id),
        }
    }

    fn page(&self, request: &Request) -> Reply {
        web::handle(request)
    }

    fn time_zones(&self, request: &Request) -> Reply {
        tzdist::handle(request)
    }

    fn is_ready(&self) -> bool {
        let asked: store::Result<_> = self.store.read(|tx| store::accounts::by_id(tx, UserId(0)));
        asked.is_ok()
    }

    fn is_local(&self) -> bool {
        self.store.is_local()
    }

    fn refresh(&self) {
        let before = ical::zone_data();
        ical::reload_zones();
        let now = ical::zone_data();
        if before != now {
            tracing::info!("time zones are now of {now}, before of {before}");
            if let Err(error) = self.dav.calendars.follow_zone_data() {
                tracing::error!(%error, "times were not reckoned anew; it is tried again tomorrow");
            }
        }
    }

    fn daily(&self) {
        self.refresh();
        if let Err(error) = self.dav.calendars.daily() {
            tracing::error!(%error, "the daily round failed; it is tried again tomorrow");
        }
    }

    fn store_counters(&self) -> (u64, u64) {
        let counters = self.store.counters();
        (counters.writes, counters.commits)
    }
}
