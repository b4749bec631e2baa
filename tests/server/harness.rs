//! A server on a free port with a small application behind it, and a client that speaks in raw bytes.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use strata::config::Config;
use strata::http::{HeaderMap, HeaderValue, Reply, Request, Spool, StatusCode, header};
use strata::model::UserId;
use strata::privacy::{Device, Viewer};
use strata::server::{Application, Listeners, Room, SignIn, serve};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub const ALICE: &str = "Authorization: Basic YWxpY2U6eA==\r\n";
pub const BOB: &str = "Authorization: Basic Ym9iOng=\r\n";
/// Nobody remembers her password: she must be verified.
pub const CAROL: &str = "Authorization: Basic Y2Fyb2w6eA==\r\n";
pub const MALLORY: &str = "Authorization: Basic bWFsbG9yeTp4\r\n";

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// Holds a request until it is opened.
#[derive(Default)]
pub struct Gate {
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.0 += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| !state.1).unwrap());
    }

    pub fn wait_for_someone(&self) {
        let state = self.state.lock().unwrap();
        drop(
            self.changed
                .wait_while(state, |state| state.0 == 0)
                .unwrap(),
        );
    }

    pub fn open(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

pub struct Fake {
    pub gate: Arc<Gate>,
}

fn user(id: i64, epoch: i64) -> Viewer {
    Viewer::User(Device::of_account(UserId(id), epoch))
}

impl Fake {
    fn refuse() -> Reply {
        Reply::new(StatusCode::UNAUTHORIZED)
            .with(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"x\""),
            )
            .content("text/plain", "sign in".to_owned())
    }
}

impl Application for Fake {
    fn recall(&self, _: Room, headers: &HeaderMap, _: IpAddr, _: bool) -> Option<SignIn> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Some(Ok(Viewer::Anyone));
        };
        match value.to_str().unwrap_or_default() {
            "Basic YWxpY2U6eA==" => Some(Ok(user(1, 0))),
            "Basic Ym9iOng=" => Some(Ok(user(2, 0))),
            "Basic Y2Fyb2w6eA==" => None,
            _ => Some(Err(Self::refuse().into())),
        }
    }

    fn verify(&self, _: Room, headers: &HeaderMap, _: IpAddr, _: bool) -> SignIn {
        match headers[header::AUTHORIZATION].to_str().unwrap_or_default() {
            "Basic YWxpY2U6eA==" => Ok(user(1, 1)),
            "Basic Y2Fyb2w6eA==" => Ok(user(3, 1)),
            _ => Err(Self::refuse().into()),
        }
    }

    fn challenge(&self) -> Reply {
        Self::refuse()
    }

    fn accepts(&self, _: Room, _: &Viewer, request: &Request) -> Result<u64, Box<Reply>> {
        if request.path == "/dav/nowhere/" {
            return Err(Reply::new(StatusCode::CONFLICT).into());
        }
        Ok(if request.method == "PUT" {
            u64::MAX
        } else {
            1000
        })
    }

    fn refresh(&self) {}

    fn daily(&self) {}

    fn too_large(&self, _: Room, request: &Request) -> Reply {
        let about = format!("{} is too large", request.method);
        Reply::new(StatusCode::PAYLOAD_TOO_LARGE).content("text/plain", about)
    }

    fn told(&self, _: Room, status: StatusCode, sentence: String) -> Reply {
        Reply::new(status).content("text/plain; charset=utf-8", sentence)
    }

    fn feed(&self, _: &Request) -> Reply {
        Reply::new(StatusCode::NOT_FOUND)
    }

    fn answer(&self, _: Room, viewer: &Viewer, request: &Request) -> Reply {
        let device = match viewer {
            Viewer::User(device) => device.clone(),
            _ => return Self::refuse(),
        };
        let xml = |length: usize| {
            Reply::new(StatusCode::MULTI_STATUS)
                .content("application/xml; charset=utf-8", "<a/>".repeat(length / 4))
        };
        match request.path.as_str() {
            "/dav/panic" => panic!("as asked"),
            "/dav/stale" if device.epoch == 0 => Self::refuse(),
            "/dav/wait" => {
                self.gate.pass();
                Reply::new(StatusCode::CREATED)
            }
            "/dav/xml/small" => xml(4000),
            "/dav/xml/large" => xml(4_000_000),
            "/dav/file" => file(24 << 20),
            "/dav/empty" => Reply::new(StatusCode::NO_CONTENT),
            "/dav/item.ics" => Reply::new(StatusCode::OK)
                .with(header::ETAG, HeaderValue::from_static("\"tag\""))
                .content("text/calendar", "x".repeat(4000)),
            _ => Reply::new(StatusCode::OK).content("text/plain", describe(&device, request)),
        }
    }

    fn page(&self, request: &Request) -> Reply {
        Reply::new(StatusCode::OK).content("text/html", format!("page {}", request.path))
    }

    fn time_zones(&self, request: &Request) -> Reply {
        strata::tzdist::handle(request)
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn is_local(&self) -> bool {
        true
    }

    fn store_counters(&self) -> (u64, u64) {
        (5, 2)
    }
}

fn file(length: usize) -> Reply {
    use std::io::Write;
    let mut spool = Spool::new(u64::MAX);
    let piece = vec![b'z'; 1 << 20];
    for _ in 0..length >> 20 {
        spool.write_all(&piece).unwrap();
    }
    Reply::new(StatusCode::OK).content("application/octet-stream", spool.into_body().unwrap())
}

fn describe(device: &Device, request: &Request) -> String {
    let origin = &request.origin;
    format!(
        "user={} {} {} query={} body={} client={} at={}://{}{}",
        device.user.0,
        request.method,
        request.path,
        request.query.as_deref().unwrap_or("-"),
        String::from_utf8_lossy(&request.body[..request.body.len().min(40)]),
        request.client,
        origin.scheme,
        origin.authority,
        origin.base_path,
    )
}

pub struct Server {
    pub address: SocketAddr,
    pub gate: Arc<Gate>,
    stop: Option<oneshot::Sender<()>>,
    done: JoinHandle<()>,
}

/// Settings are lines of the section `[server]`.
pub async fn start(settings: &str) -> Server {
    start_with(&format!("[server]\n{settings}")).await
}

pub async fn start_with(text: &str) -> Server {
    let mut config = Config::parse(text).unwrap();
    config.server.listen = vec!["127.0.0.1:0".parse().unwrap()];
    let listeners = Listeners::open(&config).unwrap();
    let address = listeners.addresses()[0];
    let (stop, stopped) = oneshot::channel();
    let gate = Arc::new(Gate::default());
    let application = Arc::new(Fake {
        gate: Arc::clone(&gate),
    });
    let done = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        serve(Arc::new(config), application, listeners, stopped)
            .await
            .unwrap();
    });
    Server {
        address,
        gate,
        stop: Some(stop),
        done,
    }
}

impl Server {
    pub async fn connect(&self) -> Client<TcpStream> {
        Client::new(TcpStream::connect(self.address).await.unwrap())
    }

    /// One request on a connection of its own.
    pub async fn ask(&self, request: &str) -> Answer {
        let mut client = self.connect().await;
        client.send(request).await;
        client.answer().await
    }

    pub fn stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    pub async fn stopped(self) {
        timeout(PATIENCE, self.done).await.unwrap().unwrap();
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// The client's end of one connection.
pub struct Client<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    pub async fn send(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Sends as much as the other side takes.
    pub async fn try_send(&mut self, bytes: &[u8]) {
        let _ = timeout(PATIENCE, self.stream.write_all(bytes))
            .await
            .unwrap();
    }

    async fn fill(&mut self) -> usize {
        let read = self.stream.read_buf(&mut self.buffer);
        timeout(PATIENCE, read)
            .await
            .expect("an answer in time")
            .unwrap_or(0)
    }

    pub async fn line(&mut self) -> String {
        while !self.buffer.windows(2).any(|two| two == b"\r\n") {
            assert!(self.fill().await > 0, "closed");
        }
        let end = self
            .buffer
            .windows(2)
            .position(|two| two == b"\r\n")
            .unwrap();
        let line = String::from_utf8(self.buffer[..end].to_vec()).unwrap();
        self.buffer.drain(..end + 2);
        line
    }

    pub async fn answer(&mut self) -> Answer {
        self.answer_to(false).await
    }

    pub async fn answer_to(&mut self, is_head: bool) -> Answer {
        let mut head = self.line().await;
        loop {
            let line = self.line().await;
            if line.is_empty() {
                break;
            }
            head = format!("{head}\n{line}");
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer {
            status,
            head,
            body: Vec::new(),
        };
        if is_head || status < 200 || status == 204 || status == 304 {
            return answer;
        }
        answer.body = match answer.header("content-length") {
            Some(length) => self.take(length.parse().unwrap()).await,
            None => self.chunks().await,
        };
        answer
    }

    async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line().await, 16).unwrap();
            body.extend(self.take(length).await);
            assert_eq!(self.line().await, "");
            if length == 0 {
                return body;
            }
        }
    }

    async fn take(&mut self, length: usize) -> Vec<u8> {
        while self.buffer.len() < length {
            assert!(self.fill().await > 0, "closed in a body");
        }
        self.buffer.drain(..length).collect()
    }

    /// Waits for the server to close; what came before is returned.
    pub async fn closed(&mut self) -> Vec<u8> {
        while self.fill().await > 0 {}
        std::mem::take(&mut self.buffer)
    }
}

pub fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n{headers}\r\n")
}

pub fn put(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("PUT {path} HTTP/1.1\r\nHost: a\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}
