//! Sockets, TLS, limits, log, shutdown: the only async room. Below it everything is plain, blocking Rust.
//!
//! [`run`] starts the runtime and returns when the server has stopped; [`Application`] is all it knows of the rooms below.

mod app;
mod body;
pub mod client;
mod compress;
mod connection;
mod exchange;
mod listen;
pub mod log;
mod metrics;
mod notify;
mod pace;
mod proxy;
mod record;
mod reply;
mod route;
pub mod smtp;
mod socket;
mod tls;
mod work;

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::http::{HeaderMap, Reply, Request, StatusCode};
use crate::privacy::Viewer;
pub use app::App;
use exchange::Shared;
pub use listen::Listeners;

/// Who asks, or the reply that says why that cannot be known.
pub type SignIn = Result<Viewer, Box<Reply>>;

/// The rooms in which people sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Dav,
    Api,
}
/// A piece of work that nobody waits for. Blocks.
pub type Work = Box<dyn FnOnce() + Send>;

/// The rooms below as the sockets see them.
pub trait Application: Send + Sync + 'static {
    /// Who asks, when that can be said at once; `None`: ask [`Application::verify`] where blocking is allowed.
    fn recall(
        &self,
        room: Room,
        headers: &HeaderMap,
        client: IpAddr,
        secure: bool,
    ) -> Option<SignIn>;
    /// Who asks, by the store and an expensive hash. Blocks.
    fn verify(&self, room: Room, headers: &HeaderMap, client: IpAddr, secure: bool) -> SignIn;
    /// What someone who has not signed in is told, where signing in is needed.
    fn challenge(&self) -> Reply;
    /// How many bytes of body a request may have, by its head alone; or the reply that refuses it unread.
    fn accepts(&self, room: Room, viewer: &Viewer, request: &Request) -> Result<u64, Box<Reply>>;
    /// What is said to a body that is larger.
    fn too_large(&self, room: Room, request: &Request) -> Reply;
    /// What the sockets have to say, as it is said in a room.
    fn told(&self, room: Room, status: StatusCode, sentence: String) -> Reply;
    fn answer(&self, room: Room, viewer: &Viewer, request: &Request) -> Reply;
    /// What a link shows to whoever holds it.
    fn feed(&self, request: &Request) -> Reply;
    /// The page for people at `/`.
    fn page(&self, request: &Request) -> Reply;
    /// Time zone data for everybody.
    fn time_zones(&self, request: &Request) -> Reply;
    /// Can the store be read?
    fn is_ready(&self) -> bool;
    /// Does a read cost microseconds on this thread, or does it wait for a network?
    fn is_local(&self) -> bool;
    /// What is done at the start and then once a day. Blocks.
    fn daily(&self);
    /// Reads anew what was read at the start, but for the settings. Blocks.
    fn refresh(&self);
    /// Before the first [`Application::claim`]. Blocks.
    fn begin_work(&self) {}
    /// Takes up to so much of the work that is due, to be done where blocking is allowed. Blocks.
    fn claim(&self, _at_most: usize) -> Vec<Work> {
        Vec::new()
    }
    /// No more work is claimed, and what waits for others gives up.
    fn end_work(&self) {}
    /// Write transactions acknowledged and commits made since the start.
    fn store_counters(&self) -> (u64, u64);
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("server.listen: {address}: {error}")]
    Listen {
        address: SocketAddr,
        error: std::io::Error,
    },
    #[error("the socket handed over by the service manager cannot be used: {0}")]
    Activation(std::io::Error),
    #[error("server.tls_certificate: {0}")]
    Certificate(String),
    #[error("server.tls_key: {0}")]
    Key(String),
    #[error("cannot start: {0}")]
    Start(#[from] std::io::Error),
}

/// Serves until SIGTERM or SIGINT, then lets what is in flight finish.
pub fn run(config: Arc<Config>, application: Arc<dyn Application>) -> Result<(), Error> {
    let runtime = runtime(&config)?;
    let outcome = runtime.block_on(async {
        let listeners = Listeners::open(&config)?;
        let stop = signals()?;
        serve(config, application, listeners, stop).await
    });
    runtime.shutdown_background();
    outcome
}

fn runtime(config: &Config) -> Result<tokio::runtime::Runtime, Error> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if config.server.threads > 0 {
        builder.worker_threads(config.server.threads);
    }
    Ok(builder.thread_name("strata").enable_all().build()?)
}

/// The server itself: accepts on the listeners until `stop` ends, then drains.
pub async fn serve(
    config: Arc<Config>,
    application: Arc<dyn Application>,
    listeners: Listeners,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let tls = tls::Tls::load(&config.server)?;
    let shared = Arc::new(Shared::new(config, Arc::clone(&application))?);
    if let Some(tls) = &tls {
        let hangups = signal(SignalKind::hangup())?;
        tokio::spawn(Arc::clone(tls).keep_fresh(hangups));
    }
    let hangups = signal(SignalKind::hangup())?;
    println!("strata listening on {}", listeners.describe(tls.is_some()));
    notify::ready();
    let beside = [
        tokio::spawn(notify::watchdog()),
        tokio::spawn(daily(Arc::clone(&application))),
        tokio::spawn(refresh(Arc::clone(&application), hangups)),
    ];
    let (stopping, stopped) = watch::channel(false);
    let patience = shared.config.server.shutdown_timeout;
    let at_once = shared.config.outbound.at_once;
    let work = tokio::spawn(work::work(application, at_once, stopped));
    let stop = async move {
        stop.await;
        stopping.send_replace(true);
    };
    listen::accept(shared, listeners, tls, stop).await;
    beside.iter().for_each(JoinHandle::abort);
    if tokio::time::timeout(patience, work).await.is_err() {
        tracing::warn!("work went on after {} s", patience.as_secs_f64());
    }
    Ok(())
}

/// What was read at the start is read again at each SIGHUP.
async fn refresh(application: Arc<dyn Application>, mut hangups: Signal) {
    while hangups.recv().await.is_some() {
        let application = Arc::clone(&application);
        if let Err(error) = tokio::task::spawn_blocking(move || application.refresh()).await {
            tracing::error!(%error, "reading again ended early");
        }
    }
}

/// Once the server answers, and again every day.
async fn daily(application: Arc<dyn Application>) {
    let mut days = tokio::time::interval(Duration::from_secs(86_400));
    loop {
        days.tick().await;
        let application = Arc::clone(&application);
        if let Err(error) = tokio::task::spawn_blocking(move || application.daily()).await {
            tracing::error!(%error, "the daily round ended early");
        }
    }
}

/// Ends at the first SIGTERM or SIGINT; a second one ends the process.
fn signals() -> Result<impl Future<Output = ()> + Send + 'static, Error> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
        tracing::info!("stopping");
        notify::stopping();
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
            std::process::exit(1);
        });
    })
}
