//! The rooms below, opened and put together for the sockets.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::client::Client;
use super::{Application, Room, SignIn, Work};
use crate::api::{self, Api};
use crate::auth::{Auth, Refused};
use crate::dav::{self, Dav};
use crate::export;
use crate::http::{HeaderMap, Reply, Request, StatusCode, header};
use crate::ical;
use crate::jobs::Jobs;
use crate::model::{Instant, UserId};
use crate::privacy::Viewer;
use crate::store::{self, Store};
use crate::tzdist;
use crate::web;

pub struct App {
    pub auth: Auth,
    pub store: Store,
    pub dav: Dav,
    pub api: Api,
    pub jobs: Arc<Jobs>,
    pub client: Client,
}

impl App {
    /// Every 401 says how to sign in (RFC 9110 section 15.5.2): with a password, and at the API with a token too.
    fn with_challenge(&self, room: Room, mut reply: Reply) -> Reply {
        if reply.status == StatusCode::UNAUTHORIZED {
            let challenge = self.auth.challenge().clone();
            reply.headers.insert(header::WWW_AUTHENTICATE, challenge);
            if room == Room::Api {
                let challenge = self.auth.token_challenge().clone();
                reply.headers.append(header::WWW_AUTHENTICATE, challenge);
            }
        }
        reply
    }

    fn refuse(&self, room: Room, refused: &Refused) -> Box<Reply> {
        Box::new(match room {
            Room::Dav => self.auth.refuse_with(refused),
            Room::Api => self.with_challenge(room, api::refused(refused)),
        })
    }
}

impl Application for App {
    fn recall(
        &self,
        room: Room,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Option<SignIn> {
        let recalled = match room {
            Room::Dav => self.auth.recall(headers, client, secure),
            Room::Api => self.auth.recall_any(headers, client, secure),
        };
        Some(recalled?.map_err(|refused| self.refuse(room, &refused)))
    }

    fn verify(&self, room: Room, headers: &HeaderMap, client: IpAddr, secure: bool) -> SignIn {
        let verified = match room {
            Room::Dav => self.auth.verify(headers, client, secure),
            Room::Api => self.auth.verify_any(headers, client, secure),
        };
        verified.map_err(|refused| self.refuse(room, &refused))
    }

    fn challenge(&self) -> Reply {
        self.auth.refuse_with(&Refused::Anonymous)
    }

    fn accepts(&self, room: Room, viewer: &Viewer, request: &Request) -> Result<u64, Box<Reply>> {
        let accepted = match room {
            Room::Dav => dav::accepts(&self.dav, viewer, request),
            Room::Api => api::accepts(viewer, request),
        };
        accepted.map_err(|reply| Box::new(self.with_challenge(room, *reply)))
    }

    fn too_large(&self, room: Room, request: &Request) -> Reply {
        match room {
            Room::Dav => dav::too_large(&self.dav, request),
            Room::Api => api::too_large(),
        }
    }

    fn told(&self, room: Room, status: StatusCode, sentence: String) -> Reply {
        match room {
            Room::Dav => Reply::new(status).content("text/plain; charset=utf-8", sentence),
            Room::Api => api::told(status, &sentence),
        }
    }

    fn answer(&self, room: Room, viewer: &Viewer, request: &Request) -> Reply {
        let reply = match room {
            Room::Dav => dav::handle(&self.dav, viewer, request),
            Room::Api => api::handle(&self.api, viewer, request),
        };
        self.with_challenge(room, reply)
    }

    fn feed(&self, request: &Request) -> Reply {
        let Some((user, token)) = export::address(&request.path, request.query.as_deref()) else {
            return self.auth.no_feed(request.client).reply(&request.id);
        };
        match self.auth.feed(&user, &token, request.client) {
            Ok(link) => {
                let at_most = self.dav.settings.max_reply;
                export::handle(&self.dav.calendars, link, request, at_most)
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
        self.dav.calendars.is_local()
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

    fn begin_work(&self) {
        if let Err(error) = self.jobs.start(now()) {
            tracing::error!(%error, "what had to wait is not spread");
        }
    }

    fn claim(&self, at_most: usize) -> Vec<Work> {
        let claimed = self.jobs.claim(at_most, now()).unwrap_or_else(|error| {
            tracing::error!(%error, "it cannot be seen what is due");
            Vec::new()
        });
        let work = claimed.into_iter().map(|job| -> Work {
            let jobs = Arc::clone(&self.jobs);
            Box::new(move || jobs.run(&job, now()))
        });
        work.collect()
    }

    fn end_work(&self) {
        self.client.stop();
    }

    fn store_counters(&self) -> (u64, u64) {
        let counters = self.store.counters();
        (counters.writes, counters.commits)
    }
}

fn now() -> Instant {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs().cast_signed())
}
