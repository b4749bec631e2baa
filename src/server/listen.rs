//! Listening sockets, from the configuration or from the service manager; accepting, and who may open how many.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::Error;
use super::connection;
use super::exchange::Shared;
use super::tls::Tls;
use crate::config::{self, Config};

const BACKLOG: i32 = 1024;

/// Sockets that are bound and listen.
#[derive(Debug)]
pub struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// Those of the service manager if it hands some over (sd_listen_fds(3)), else those of the configuration. Needs
    /// a runtime.
    pub fn open(config: &Config) -> Result<Self, Error> {
        let mut handed = Vec::new();
        let mut manager = listenfd::ListenFd::from_env();
        for index in 0..manager.len() {
            if let Some(listener) = manager
                .take_tcp_listener(index)
                .map_err(Error::Activation)?
            {
                handed.push(register(listener).map_err(Error::Activation)?);
            }
        }
        if !handed.is_empty() {
            return Ok(Self(handed));
        }
        let bound = config.server.listen.iter().map(|address| {
            bind(*address).map_err(|error| Error::Listen {
                address: *address,
                error,
            })
        });
        bound.collect::<Result<_, _>>().map(Self)
    }

    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.0
            .iter()
            .filter_map(|one| one.local_addr().ok())
            .collect()
    }

    /// `http://127.0.0.1:5232`, several with a comma between.
    pub fn describe(&self, secure: bool) -> String {
        let scheme = if secure { "https" } else { "http" };
        let all: Vec<String> = self
            .addresses()
            .iter()
            .map(|address| format!("{scheme}://{address}"))
            .collect();
        all.join(", ")
    }
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    register(socket.into())
}

fn register(listener: StdListener) -> std::io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Accepts until `stop`, then waits for the connections that are still open, but no longer than the configuration says.
pub async fn accept(
    shared: Arc<Shared>,
    listeners: Listeners,
    tls: Option<Arc<Tls>>,
    stop: impl Future<Output = ()> + Send,
) {
    let (stopping, stopped) = watch::channel(());
    let (open, mut all_closed) = mpsc::channel::<()>(1);
    let door = Arc::new(Door {
        places: Arc::new(Semaphore::new(shared.config.server.max_connections)),
        guests: Mutex::default(),
        shared: Arc::clone(&shared),
        tls,
        stopped,
        open,
    });
    let tasks: Vec<_> = listeners
        .0
        .into_iter()
        .map(|listener| tokio::spawn(Arc::clone(&door).listen(listener)))
        .collect();
    stop.await;
    for task in &tasks {
        task.abort();
    }
    for task in tasks {
        let _ = task.await;
    }
    drop(door);
    drop(stopping);
    let patience = shared.config.server.shutdown_timeout;
    if tokio::time::timeout(patience, all_closed.recv())
        .await
        .is_err()
    {
        tracing::warn!(
            "connections were still open after {} s",
            patience.as_secs_f64()
        );
    }
}

/// What every listener shares.
struct Door {
    places: Arc<Semaphore>,
    guests: Mutex<HashMap<IpAddr, usize>>,
    shared: Arc<Shared>,
    tls: Option<Arc<Tls>>,
    stopped: watch::Receiver<()>,
    /// Closes when the last connection has let go of its clone.
    open: mpsc::Sender<()>,
}

impl Door {
    async fn listen(self: Arc<Self>, listener: TcpListener) {
        loop {
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, peer)) => self.welcome(stream, peer, place),
                Err(error) => {
                    // Out of file descriptors, or the client is gone already: the next one may fare better.
                    tracing::warn!("a connection could not be accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn welcome(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        let Some(seat) = self.seat(peer.ip().to_canonical()) else {
            tracing::debug!("too many connections from {}", peer.ip());
            return;
        };
        let _ = stream.set_nodelay(true);
        let (shared, tls) = (Arc::clone(&self.shared), self.tls.clone());
        let (stopped, open) = (self.stopped.clone(), self.open.clone());
        tokio::spawn(async move {
            connection::serve(shared, stream, peer, tls, stopped).await;
            drop((seat, place, open));
        });
    }

    /// A place for one more connection of this address, if it may have one.
    fn seat(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let settings = &self.shared.config.server;
        if peer.is_loopback() || config::within(&settings.trusted_proxies, peer) {
            return Some(Seat(None));
        }
        let network = network(peer);
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let count = guests.entry(network).or_default();
        (*count < settings.max_connections_per_address).then(|| {
            *count += 1;
            Seat(Some((Arc::clone(self), network)))
        })
    }
}

/// An IPv6 household has a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

struct Seat(Option<(Arc<Door>, IpAddr)>);

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some((door, network)) = &self.0 {
            let mut guests = door.guests.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = guests.get_mut(network) {
                *count -= 1;
                if *count == 0 {
                    guests.remove(network);
                }
            }
        }
    }
}
