//! One connection from its first byte to its last: TLS, HTTP/1.1 or HTTP/2, and the clock that runs against it.
//!
//! hyper bounds a request head on HTTP/1.1 alone and only once it has seen a byte, so a clock of ours runs beside it.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::exchange::{self, Shared};
use super::socket::{self, Socket};
use super::tls::Tls;
use crate::config;

/// What a connection knows of itself. Never who asks: that is decided by each request alone.
pub struct Line {
    pub peer: IpAddr,
    pub local: SocketAddr,
    pub secure: bool,
    opened: Instant,
    /// Requests whose reply has not begun.
    busy: AtomicU32,
    /// Requests so far, and when something last happened, in milliseconds since `opened`.
    requests: AtomicU64,
    last: AtomicU64,
    /// A request was refused before its body had been read.
    refused: AtomicBool,
}

impl Line {
    /// A request is being worked on until the guard is dropped.
    pub fn request_begins(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Relaxed);
        self.requests.fetch_add(1, Relaxed);
        Busy(Arc::clone(self))
    }

    /// Something happened: the clock starts anew.
    pub fn touch(&self) {
        let millis = self.opened.elapsed().as_millis();
        self.last
            .store(u64::try_from(millis).unwrap_or(u64::MAX), Relaxed);
    }

    /// The body of a request stays unread, so the connection must close behind the reply.
    pub fn refuse(&self) {
        self.refused.store(true, Relaxed);
    }

    /// When the connection has been silent for too long; `None` while a request is being worked on.
    fn silent_at(&self, idle: Duration) -> Option<Instant> {
        let last = Duration::from_millis(self.last.load(Relaxed));
        (self.busy.load(Relaxed) == 0).then(|| self.opened + last + idle)
    }
}

pub struct Busy(Arc<Line>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Relaxed);
        self.0.touch();
    }
}

pub async fn serve(
    shared: Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Arc<Tls>>,
    stopped: watch::Receiver<()>,
) {
    let Ok(local) = stream.local_addr() else {
        return;
    };
    let _counted = shared.metrics.connection();
    let stream = Arc::new(stream);
    let line = Arc::new(Line {
        peer: peer.ip().to_canonical(),
        local,
        secure: tls.is_some(),
        opened: Instant::now(),
        busy: AtomicU32::new(0),
        requests: AtomicU64::new(0),
        last: AtomicU64::new(0),
        refused: AtomicBool::new(false),
    });
    let settings = &shared.config.server;
    let socket = Socket::new(Arc::clone(&stream), settings.write_timeout);
    match tls {
        None => converse(&shared, socket, &line, stopped).await,
        Some(tls) => match timeout(settings.header_timeout, tls.acceptor.accept(socket)).await {
            Ok(Ok(socket)) => converse(&shared, socket, &line, stopped).await,
            Ok(Err(error)) => tracing::debug!("TLS with {}: {error}", line.peer),
            Err(_) => tracing::debug!("TLS with {}: no handshake in time", line.peer),
        },
    }
    if line.refused.load(Relaxed) {
        socket::linger(&stream).await;
    }
}

async fn converse<S>(
    shared: &Arc<Shared>,
    socket: S,
    line: &Arc<Line>,
    mut stopped: watch::Receiver<()>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let settings = &shared.config.server;
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (shared, line) = (Arc::clone(shared), Arc::clone(line));
        async move { Ok::<_, Infallible>(exchange::exchange(shared, line, request).await) }
    });
    let connection = shared
        .protocol
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = std::pin::pin!(connection);
    let mut clock = std::pin::pin!(sleep_until(line.opened + settings.header_timeout));
    let (mut draining, mut closing) = (false, false);
    loop {
        tokio::select! {
            biased;
            outcome = connection.as_mut() => {
                if let Err(error) = outcome {
                    tracing::debug!("connection with {}: {error}", line.peer);
                    if is_unreadable(error.as_ref()) {
                        line.refuse();
                    }
                }
                return;
            }
            _ = stopped.changed(), if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
            () = clock.as_mut() => {
                if closing || line.requests.load(Relaxed) == 0 {
                    return;
                }
                let now = Instant::now();
                match line.silent_at(settings.idle_timeout) {
                    None => clock.as_mut().reset(now + settings.idle_timeout),
                    Some(then) if then > now => clock.as_mut().reset(then),
                    Some(_) => {
                        closing = true;
                        connection.as_mut().graceful_shutdown();
                        clock.as_mut().reset(now + settings.write_timeout);
                    }
                }
            }
        }
    }
}

/// hyper has refused a head by itself, and may have left some of it unread.
fn is_unreadable(error: &(dyn std::error::Error + 'static)) -> bool {
    error
        .downcast_ref::<hyper::Error>()
        .is_some_and(hyper::Error::is_parse)
}

/// The protocol settings that all connections share. Not `pipeline_flush`: with it hyper closes without writing its last
/// reply when the client has sent more than that reply answers.
pub fn protocol(settings: &config::Server) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.idle_timeout)
        .max_buf_size(settings.max_head);
    let head = u32::try_from(settings.max_head).unwrap_or(u32::MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(64)
        .max_header_list_size(head)
        .keep_alive_interval(Some(settings.idle_timeout / 2))
        .keep_alive_timeout(settings.idle_timeout / 2);
    if settings.http2 {
        builder
    } else {
        builder.http1_only()
    }
}
