//! The one way out: HTTP/1.1 to others, for feeds and webhooks. A host is resolved here, its addresses are checked, and the
//! checked address itself is called; nothing of the environment (proxies, netrc) has a say.

mod guard;

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::body;
use crate::config;
use crate::connect::{Address, Failure, Host, Incoming, Net, Outgoing, Own};
use crate::http::{HeaderMap, HeaderValue, StatusCode, header};
pub use guard::{allows, is_public};

type Later<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;
type Response = hyper::Response<hyper::body::Incoming>;

/// Addresses of one host that are tried at most.
const MOST_ADDRESSES: usize = 4;
/// Octets of an answer's head.
const MOST_HEAD: usize = 64 << 10;
const MOST_HEADERS: usize = 100;

/// Names and versions, so that whoever runs the other side knows who calls.
const AGENT: &str = concat!("strata/", env!("CARGO_PKG_VERSION"));

/// Who knows the addresses of a host.
pub trait Resolve: Send + Sync {
    fn resolve<'r>(&'r self, host: &'r str) -> Later<'r, io::Result<Vec<IpAddr>>>;
}

/// The system does.
struct System;

impl Resolve for System {
    fn resolve<'r>(&'r self, host: &'r str) -> Later<'r, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Calls others. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    settings: config::Outbound,
    own: Own,
    resolver: Arc<dyn Resolve>,
    /// Made at the first call that needs it.
    tls: Arc<OnceLock<Arc<ClientConfig>>>,
    roots: Option<Arc<RootCertStore>>,
    stopping: Arc<watch::Sender<bool>>,
}

impl Client {
    /// Trusts what this machine trusts, and asks its resolver.
    pub fn new(config: &config::Config) -> Self {
        let origin = config.server.public_url.clone().map(String::from);
        Self {
            settings: config.outbound.clone(),
            own: Own {
                origin,
                base_path: config.server.base_path.as_str().to_owned(),
            },
            resolver: Arc::new(System),
            tls: Arc::default(),
            roots: None,
            stopping: Arc::new(watch::Sender::new(false)),
        }
    }

    /// The same with another resolver.
    #[must_use]
    pub fn resolving(self, resolver: Arc<dyn Resolve>) -> Self {
        Self { resolver, ..self }
    }

    /// The same with other authorities than those of this machine.
    #[must_use]
    pub fn trusting(self, roots: RootCertStore) -> Self {
        Self {
            roots: Some(Arc::new(roots)),
            tls: Arc::default(),
            ..self
        }
    }

    /// Gives up every call, those of its clones too, and makes no more.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Ends when every call is given up.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// Where this server is found itself.
    pub fn own(&self) -> &Own {
        &self.own
    }

    async fn exchange(&self, request: &Outgoing) -> Result<Incoming, Failure> {
        let mut to = request.to.clone();
        for _ in 0..=self.settings.redirects {
            let (response, connection) = self.once(&to, request).await?;
            let Some(location) = redirect(&response).filter(|_| request.follows) else {
                let incoming = whole(response, request.at_most).await;
                drop(connection);
                return incoming;
            };
            let next = to.join(&location)?;
            if to.is_secure() && !next.is_secure() {
                return Err(Failure::Downgrade);
            }
            to = next;
        }
        Err(Failure::Redirects(self.settings.redirects))
    }

    /// One request on a connection of its own.
    async fn once(
        &self,
        to: &Address,
        request: &Outgoing,
    ) -> Result<(Response, Connection), Failure> {
        if self.own.has(to) {
            return Err(Failure::Own);
        }
        if !self.settings.ports.contains(&to.port()) {
            return Err(Failure::Port(to.port()));
        }
        let socket = self.connect(to).await?;
        let message = message(to, request)?;
        if !to.is_secure() {
            return send(socket, message).await;
        }
        let name = match to.host() {
            Host::Name(name) => ServerName::try_from(name.clone())
                .map_err(|error| Failure::Tls(error.to_string()))?,
            Host::Literal(address) => ServerName::from(*address),
        };
        let connector = TlsConnector::from(self.tls()?);
        let socket = connector
            .connect(name, socket)
            .await
            .map_err(|error| Failure::Tls(error.to_string()))?;
        send(socket, message).await
    }

    /// A connection to one of the host's addresses that may be called.
    async fn connect(&self, to: &Address) -> Result<TcpStream, Failure> {
        let known = match to.host() {
            Host::Literal(address) => vec![*address],
            Host::Name(name) => {
                let patience = self.settings.connect_timeout;
                match timeout(patience, self.resolver.resolve(name)).await {
                    Ok(Ok(known)) => known,
                    Ok(Err(_)) => return Err(Failure::NoHost),
                    Err(_) => return Err(Failure::Slow(patience.as_secs())),
                }
            }
        };
        if known.is_empty() {
            return Err(Failure::NoHost);
        }
        let mut outcome = Failure::Private;
        let allow = &self.settings.allow;
        let callable = known.into_iter().filter(|it| allows(*it, allow));
        for address in callable.take(MOST_ADDRESSES) {
            let address = SocketAddr::new(address.to_canonical(), to.port());
            match timeout(self.settings.connect_timeout, TcpStream::connect(address)).await {
                Ok(Ok(socket)) => return Ok(socket),
                Ok(Err(error)) => outcome = Failure::Connect(error.kind().to_string()),
                Err(_) => outcome = Failure::Slow(self.settings.connect_timeout.as_secs()),
            }
        }
        Err(outcome)
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, Failure> {
        if let Some(tls) = self.tls.get() {
            return Ok(Arc::clone(tls));
        }
        let roots = match &self.roots {
            Some(roots) => Arc::clone(roots),
            None => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                Arc::new(roots)
            }
        };
        let made = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::clone(self.tls.get_or_init(|| Arc::new(made))))
    }
}

impl Net for Client {
    /// To be called inside a runtime, but on a thread of it that may block.
    fn send(&self, request: &Outgoing) -> Result<Incoming, Failure> {
        let runtime = Handle::try_current().map_err(|_| Failure::Stopping)?;
        let patience = self.settings.timeout;
        runtime.block_on(async {
            tokio::select! {
                answered = timeout(patience, self.exchange(request)) => {
                    answered.unwrap_or(Err(Failure::Slow(patience.as_secs())))
                }
                () = self.stopped() => Err(Failure::Stopping),
            }
        })
    }
}

/// The request as it goes out. Credentials are those of the address alone.
fn message(to: &Address, request: &Outgoing) -> Result<hyper::Request<Full<Bytes>>, Failure> {
    let mut message = hyper::Request::new(Full::new(request.body.clone()));
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = to.target().parse().map_err(|_| Failure::Garbled)?;
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Failure::Garbled);
    let headers = message.headers_mut();
    *headers = request.headers.clone();
    headers.insert(header::HOST, value(&to.authority())?);
    headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if let Some(credentials) = to.credentials() {
        let mut basic = value(&format!("Basic {}", STANDARD.encode(credentials)))?;
        basic.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, basic);
    }
    Ok(message)
}

/// Ends with its owner.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn send(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    message: hyper::Request<Full<Bytes>>,
) -> Result<(Response, Connection), Failure> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_HEADERS)
        .handshake(TokioIo::new(socket))
        .await
        .map_err(|error| why(&error))?;
    let connection = Connection(tokio::spawn(async move {
        let _ = connection.await;
    }));
    let response = sender.send_request(message).await;
    Ok((response.map_err(|error| why(&error))?, connection))
}

fn why(error: &hyper::Error) -> Failure {
    if error.is_parse() || error.is_parse_too_large() {
        Failure::Garbled
    } else {
        Failure::Broken
    }
}

/// Where it leads, if it leads anywhere (RFC 9110 section 15.4).
fn redirect(response: &Response) -> Option<String> {
    let leads = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let location = response.headers().get(header::LOCATION)?;
    // Some write UTF-8 there, though the header is ASCII.
    leads.then(|| String::from_utf8_lossy(location.as_bytes()).into_owned())
}

/// The answer with its whole body: hyper refuses one that is shorter than it said or whose last chunk is missing.
async fn whole(response: Response, at_most: u64) -> Result<Incoming, Failure> {
    let (head, mut incoming) = response.into_parts();
    let mut raw = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|_| Failure::Broken)?;
        if let Ok(data) = frame.into_data() {
            if (raw.len() + data.len()) as u64 > at_most {
                return Err(Failure::TooLarge(at_most));
            }
            raw.extend_from_slice(&data);
        }
    }
    let body = unpacked(&head.headers, raw.freeze(), at_most).await?;
    Ok(Incoming {
        status: head.status,
        headers: head.headers,
        body,
    })
}

async fn unpacked(headers: &HeaderMap, raw: Bytes, at_most: u64) -> Result<Bytes, Failure> {
    let coding = match body::coding(headers) {
        Ok(Some(coding)) if !raw.is_empty() => coding,
        Ok(_) => return Ok(raw),
        Err(_) => return Err(Failure::Coding),
    };
    let inflated = tokio::task::spawn_blocking(move || body::inflate(coding, &raw, at_most)).await;
    match inflated {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(body::Refused::TooLarge)) => Err(Failure::TooLarge(at_most)),
        _ => Err(Failure::Broken),
    }
}
