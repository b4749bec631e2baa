//! One request and its reply: head, sender, route, body, the room below, and back.
//!
//! Who asks is decided here, from this request's own headers; nothing of it outlives the request.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use http::request::Parts;
use hyper::Response;
use hyper::body::Incoming;
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto;
use tokio::sync::Semaphore;
use tokio::task::{block_in_place, spawn_blocking};

use super::body::Arriving;
use super::connection::{self, Line};
use super::metrics::Metrics;
use super::pace::{Pace, QUEUE, come_back, perform};
use super::proxy::{self, Provenance};
use super::record::Record;
use super::reply::{self, Asked, Outgoing};
use super::route::{self, Route};
use super::{Application, Room, SignIn, body, compress};
use crate::config::{self, Config};
use crate::http::{
    Body, HeaderMap, HeaderName, HeaderValue, Method, Reply, Request, StatusCode, header,
};
use crate::privacy::Viewer;

/// What every request shares.
pub struct Shared {
    pub config: Arc<Config>,
    pub metrics: Arc<Metrics>,
    pub protocol: auto::Builder<TokioExecutor>,
    pub(super) application: Arc<dyn Application>,
    /// Long reads at once: they leave database readers to the short ones.
    pub(super) long_reads: Semaphore,
    /// Other blocking work at once; writers wait here for the commit that they share.
    pub(super) blocking: Semaphore,
    /// Of this process, in the ids of its requests.
    pub(super) start: u32,
    pub(super) requests: AtomicU32,
}

/// Blocking work at once. Each waits in a thread of its own, most of them for one and the same commit.
const BLOCKING: usize = 128;

impl Shared {
    pub fn new(
        config: Arc<Config>,
        application: Arc<dyn Application>,
    ) -> Result<Self, super::Error> {
        let start = getrandom::u32().map_err(|error| std::io::Error::other(error.to_string()))?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let readers = match config.store.readers {
            0 => (2 * cores).max(4),
            readers => readers,
        };
        let workers = if config.server.threads > 0 {
            config.server.threads
        } else {
            cores
        };
        Ok(Self {
            protocol: connection::protocol(&config.server),
            metrics: Arc::new(Metrics::new()),
            application,
            long_reads: Semaphore::new(readers.saturating_sub(workers).max(1)),
            blocking: Semaphore::new(BLOCKING),
            start,
            requests: AtomicU32::new(0),
            config,
        })
    }
}

/// Answers a request. Never fails: whatever goes wrong is a reply.
pub async fn exchange(
    shared: Arc<Shared>,
    line: Arc<Line>,
    request: hyper::Request<Incoming>,
) -> Response<Outgoing> {
    let busy = line.request_begins();
    let (head, incoming) = request.into_parts();
    let mut arriving = Arriving::from(incoming);
    let asked = Asked {
        head_only: head.method == Method::HEAD,
        gzip: compress::wants_gzip(&head.headers),
        http1: head.version <= http::Version::HTTP_11,
    };
    let waits = head.headers.contains_key(header::EXPECT);
    let mut record = Record::new(&shared, head.method.clone(), line.peer);
    let mut reply = answer(&shared, &line, head, &mut arriving, &mut record).await;
    if !body::drain(&mut arriving, waits).await && asked.http1 {
        reply
            .headers
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
        line.refuse();
    }
    drop(busy);
    reply::send(reply, asked, line, record)
}

async fn answer(
    shared: &Arc<Shared>,
    line: &Line,
    head: Parts,
    arriving: &mut Arriving,
    record: &mut Record,
) -> Reply {
    let from = match whence(shared, line, &head) {
        Ok(from) => from,
        Err(refusal) => return *refusal,
    };
    let path = route::below(head.uri.path(), &from.origin.base_path).to_owned();
    record.concerns(&path, from.client);
    match Route::of(&head.method, &path) {
        Route::Dav => signed_in(shared, Room::Dav, head, path, from, arriving, record).await,
        Route::Api => {
            let reply = signed_in(shared, Room::Api, head, path, from, arriving, record).await;
            in_words_of(shared, Room::Api, reply)
        }
        Route::Page => {
            let page = |room: &dyn Application, asked: &Request| room.page(asked);
            open(shared, Pace::AtOnce, page, (head, path, from), record).await
        }
        Route::WellKnown => moved(&from),
        Route::TimeZones | Route::WellKnownTimeZones => {
            // Public, but made with some work: it waits among the blocking ones.
            let zones = |room: &dyn Application, asked: &Request| room.time_zones(asked);
            open(shared, Pace::Blocking, zones, (head, path, from), record).await
        }
        Route::Feed => {
            // Whoever holds the link needs no other credentials, and gives none away.
            let feed = |room: &dyn Application, asked: &Request| room.feed(asked);
            open(shared, Pace::LongRead, feed, (head, path, from), record).await
        }
        Route::Server if head.method == Method::OPTIONS => Reply::new(StatusCode::OK),
        Route::FilesProbe => Reply::new(StatusCode::OK)
            .with(
                HeaderName::from_static("dav"),
                HeaderValue::from_static("1"),
            )
            .with(header::ALLOW, HeaderValue::from_static("OPTIONS")),
        Route::Server | Route::Nowhere => text(StatusCode::NOT_FOUND, "There is nothing here.\n"),
        route @ (Route::Health | Route::Ready | Route::Metrics) => {
            state(shared, route, &head.method, &from).await
        }
    }
}

/// Where the client believes the server to be, and who it is.
fn whence(shared: &Shared, line: &Line, head: &Parts) -> Result<Provenance, Box<Reply>> {
    let named = match route::check(head) {
        Ok("") => line.local.to_string(),
        Ok(authority) => authority.to_owned(),
        Err(bad) => {
            let reply = text(bad.status(), format!("{bad}\n"));
            return Err(Box::new(match Route::of(&head.method, head.uri.path()) {
                Route::Api => in_words_of(shared, Room::Api, reply),
                _ => reply,
            }));
        }
    };
    Ok(proxy::provenance(
        &shared.config,
        &head.headers,
        line.peer,
        line.secure,
        &named,
    ))
}

/// What the server says of itself, to whoever operates it.
async fn state(shared: &Arc<Shared>, route: Route, method: &Method, from: &Provenance) -> Reply {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n")
            .with(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    match route {
        Route::Ready => ready(shared).await,
        Route::Metrics => metrics(shared, from),
        _ => text(StatusCode::OK, "alive\n"),
    }
}

/// Path only, so that neither scheme nor port can be wrong (RFC 6764 section 5, RFC 9110 section 10.2.2).
fn moved(from: &Provenance) -> Reply {
    let target = format!("{}/dav/", from.origin.base_path);
    let reply = text(
        StatusCode::MOVED_PERMANENTLY,
        format!("Calendars are at {target}\n"),
    );
    match HeaderValue::try_from(target) {
        Ok(target) => reply.with(header::LOCATION, target),
        Err(_) => text(StatusCode::BAD_REQUEST, "The base path is no path.\n"),
    }
}

async fn ready(shared: &Arc<Shared>) -> Reply {
    let application = Arc::clone(&shared.application);
    match spawn_blocking(move || application.is_ready()).await {
        Ok(true) => text(StatusCode::OK, "ready\n"),
        _ => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "The store cannot be read.\n",
        ),
    }
}

/// For the configured networks alone. A request that some unknown proxy handed on comes from nobody knows where.
fn metrics(shared: &Shared, from: &Provenance) -> Reply {
    if from.relayed || !config::within(&shared.config.metrics.allow, from.client) {
        return text(
            StatusCode::FORBIDDEN,
            "Not from this address: see [metrics] allow.\n",
        );
    }
    let counters = shared.application.store_counters();
    Reply::new(StatusCode::OK).content(
        "text/plain; version=0.0.4; charset=utf-8",
        shared.metrics.text(counters),
    )
}

/// What needs no credentials of its own.
async fn open(
    shared: &Arc<Shared>,
    pace: Pace,
    answer: fn(&dyn Application, &Request) -> Reply,
    (head, path, from): (Parts, String, Provenance),
    record: &Record,
) -> Reply {
    let request = whole(head, path, from, record);
    let (application, id) = (Arc::clone(&shared.application), record.id.clone());
    let work = move || guarded(&id, || answer(&*application, &request));
    perform(shared, pace, work).await
}

async fn signed_in(
    shared: &Arc<Shared>,
    room: Room,
    mut head: Parts,
    path: String,
    from: Provenance,
    arriving: &mut Arriving,
    record: &mut Record,
) -> Reply {
    let (viewer, recalled) =
        match shared
            .application
            .recall(room, &head.headers, from.client, from.secure)
        {
            Some(Ok(viewer)) => (viewer, true),
            Some(Err(refusal)) => return *refusal,
            None => match verify(shared, room, &mut head.headers, &from).await {
                Ok(viewer) => (viewer, false),
                Err(refusal) => return *refusal,
            },
        };
    match viewer {
        Viewer::Anyone if room == Room::Dav && !shared.config.privacy.anonymous => {
            return shared.application.challenge();
        }
        Viewer::Anyone => {}
        Viewer::User(_) => record.asked_by(&head.headers),
    }
    let secure = from.secure;
    let mut request = whole(head, path, from, record);
    if let Err(refusal) = receive(shared, room, &viewer, &mut request, arriving).await {
        return *refusal;
    }
    let pace = Pace::of(shared, room, &request);
    let (application, id) = (Arc::clone(&shared.application), record.id.clone());
    let work = move || {
        guarded(&id, || {
            let reply = application.answer(room, &viewer, &request);
            let is_stale = recalled && reply.status == StatusCode::UNAUTHORIZED;
            if !is_stale || viewer == Viewer::Anyone {
                return reply;
            }
            match block_in_place(|| {
                application.verify(room, &request.headers, request.client, secure)
            }) {
                Ok(viewer) => application.answer(room, &viewer, &request),
                Err(refusal) => *refusal,
            }
        })
    };
    perform(shared, pace, work).await
}

/// Takes the request's body in, once its head has been found worth it.
async fn receive(
    shared: &Shared,
    room: Room,
    viewer: &Viewer,
    request: &mut Request,
    arriving: &mut Arriving,
) -> Result<(), Box<Reply>> {
    let at_most = shared.application.accepts(room, viewer, request)?;
    match body::read(arriving, &request.headers, at_most, &shared.config.server).await {
        Ok(body) => request.body = body,
        Err(body::Refused::TooLarge) => {
            return Err(Box::new(shared.application.too_large(room, request)));
        }
        Err(refused) => {
            let mut reply = text(refused.status(), format!("{refused}\n"));
            if refused == body::Refused::Encoding {
                let understood = HeaderValue::from_static("gzip, deflate");
                reply.headers.insert(header::ACCEPT_ENCODING, understood);
            }
            return Err(Box::new(reply));
        }
    }
    Ok(())
}

async fn verify(
    shared: &Arc<Shared>,
    room: Room,
    headers: &mut HeaderMap,
    from: &Provenance,
) -> SignIn {
    let places = shared.blocking.acquire();
    let Ok(Ok(_place)) = tokio::time::timeout(QUEUE, places).await else {
        return Err(Box::new(come_back()));
    };
    let application = Arc::clone(&shared.application);
    let (client, secure) = (from.client, from.secure);
    let theirs = std::mem::take(headers);
    let verified = spawn_blocking(move || {
        let verify = || application.verify(room, &theirs, client, secure);
        let outcome = catch_unwind(AssertUnwindSafe(verify));
        (theirs, outcome)
    });
    let Ok((theirs, Ok(outcome))) = verified.await else {
        let failed = text(StatusCode::INTERNAL_SERVER_ERROR, "The server failed.\n");
        return Err(Box::new(failed));
    };
    *headers = theirs;
    outcome
}

/// A panic below harms this request alone, and tells nothing but where to look in the log.
fn guarded(id: &str, work: impl FnOnce() -> Reply) -> Reply {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        tracing::error!(id, "a request failed");
        let about =
            format!("The server failed. The operator finds the reason under request {id}.\n");
        text(StatusCode::INTERNAL_SERVER_ERROR, about)
    })
}

/// The request without its body.
fn whole(mut head: Parts, path: String, from: Provenance, record: &Record) -> Request {
    // What the target names goes before `Host` (RFC 9112 section 3.2.2), and HTTP/2 has only that.
    let authority = head
        .uri
        .authority()
        .map(|it| HeaderValue::try_from(it.as_str()));
    if let Some(Ok(authority)) = authority {
        head.headers.insert(header::HOST, authority);
    }
    Request {
        id: record.id.clone(),
        method: head.method,
        path,
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body: bytes::Bytes::new(),
        origin: from.origin,
        client: from.client,
    }
}

/// What this room had to say itself, as the room that was asked would say it.
fn in_words_of(shared: &Shared, room: Room, reply: Reply) -> Reply {
    let plain = |value: &HeaderValue| value.as_bytes().starts_with(b"text/plain");
    match &reply.body {
        Body::Bytes(said) if reply.headers.get(header::CONTENT_TYPE).is_some_and(plain) => {
            let sentence = String::from_utf8_lossy(said).into_owned();
            let mut told = shared.application.told(room, reply.status, sentence);
            let kept = [header::RETRY_AFTER, header::ACCEPT_ENCODING];
            for (name, value) in kept
                .iter()
                .filter_map(|it| Some((it, reply.headers.get(it)?)))
            {
                told.headers.insert(name, value.clone());
            }
            told
        }
        _ => reply,
    }
}

pub(super) fn text(status: StatusCode, sentence: impl Into<String>) -> Reply {
    Reply::new(status).content("text/plain; charset=utf-8", sentence.into())
}
