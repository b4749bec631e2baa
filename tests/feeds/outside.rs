//! Servers of others: each answers what a test tells it to, byte by byte, and remembers what it was asked.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{io, thread};

use strata::config::Config;
use strata::server::client::{Client, Resolve};

/// What is answered, byte by byte.
pub type Play = dyn FnMut(&Asked) -> Vec<u8> + Send;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub target: String,
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

pub struct Outside {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    over: Arc<AtomicBool>,
}

impl Outside {
    /// An empty answer is no answer: the connection stays open and silent.
    pub fn playing(play: impl FnMut(&Asked) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let outside = Self {
            address,
            asked: Arc::clone(&asked),
            over: Arc::clone(&over),
        };
        let play: Arc<Mutex<Box<Play>>> = Arc::new(Mutex::new(Box::new(play)));
        thread::spawn(move || {
            for socket in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (play, asked) = (Arc::clone(&play), Arc::clone(&asked));
                let socket = socket.unwrap();
                thread::spawn(move || serve(socket, &play, &asked));
            }
        });
        outside
    }

    pub fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::playing(move |_| answer.clone())
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut socket: TcpStream, play: &Mutex<Box<Play>>, asked: &Mutex<Vec<Asked>>) {
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut one = Asked {
        target,
        head,
        body: Vec::new(),
    };
    let length = one.header("content-length").and_then(|it| it.parse().ok());
    one.body = vec![0; length.unwrap_or(0)];
    if socket.read_exact(&mut one.body).is_err() {
        return;
    }
    asked.lock().unwrap().push(one.clone());
    let answer = (play.lock().unwrap())(&one);
    if answer.is_empty() {
        // Until the other side has had enough.
        let _ = socket.read(&mut byte);
        return;
    }
    let _ = socket.write_all(&answer);
}

/// A plain answer.
pub fn ok(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    status("200 OK", headers, body)
}

pub fn status(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

pub fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// Names that lead where a test says; a name may lead elsewhere each time it is asked for.
#[derive(Default)]
pub struct Names(Mutex<HashMap<String, Vec<Vec<IpAddr>>>>);

impl Names {
    pub fn of(names: &[(&str, &[&[&str]])]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|it| it.parse().unwrap()).collect();
        let names = names
            .iter()
            .map(|(name, answers)| ((*name).to_owned(), answers.iter().map(parse).collect()));
        Arc::new(Self(Mutex::new(names.collect())))
    }
}

impl Resolve for Names {
    fn resolve<'r>(
        &'r self,
        host: &'r str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'r>> {
        let mut names = self.0.lock().unwrap();
        let answers = names.get_mut(host);
        let answer = answers.map(|answers| match answers.len() {
            1 => answers[0].clone(),
            _ => answers.remove(0),
        });
        Box::pin(async move { answer.ok_or_else(|| io::ErrorKind::NotFound.into()) })
    }
}

/// A runtime with nothing in it but what clients need.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// May call this machine, on the ports of these servers.
pub fn lenient(outsides: &[&Outside]) -> Config {
    let mut config = Config::default();
    config.outbound.allow = vec!["127.0.0.1/32".parse().unwrap()];
    config.outbound.ports = outsides.iter().map(|outside| outside.port()).collect();
    config
}

pub fn client(config: &Config) -> Client {
    Client::new(config)
}
