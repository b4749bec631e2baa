//! A mail server (RFC 5321) that takes letters, or does with them what a test says, and that notices everything that is not
//! as it must be on the wire.
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where in a session something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Greeting,
    Auth,
    From,
    To,
    Data,
    /// After the text and the full stop behind it.
    End,
}

/// What is done with one session.
#[derive(Clone, Debug)]
pub enum Play {
    /// Everything is taken.
    Take,
    Answer(Stage, &'static str),
    HangUp(Stage),
    /// Nothing is said any more until the other side has had enough.
    Silence(Stage),
}

/// A letter that was taken, or at least arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub data: String,
    /// Over TLS?
    pub sealed: bool,
    /// As whom the sender has signed in.
    pub user: Option<(String, String)>,
}

#[derive(Default)]
struct State {
    plays: VecDeque<Play>,
    taken: Vec<Mail>,
    /// Texts that arrived, taken or not.
    arrived: Vec<Mail>,
    sessions: usize,
    lines: Vec<String>,
    /// What no mail server should be sent.
    odd: Vec<String>,
    over: bool,
}

pub struct MailServer {
    pub address: SocketAddr,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl MailServer {
    pub fn start() -> Self {
        Self::with(None)
    }

    /// Knows STARTTLS, and signing in behind it.
    pub fn with_tls(config: ServerConfig) -> Self {
        Self::with(Some(Arc::new(config)))
    }

    fn with(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            shared: Arc::default(),
        };
        let shared = Arc::clone(&server.shared);
        thread::spawn(move || {
            for socket in listener.incoming() {
                let mut state = shared.0.lock().unwrap();
                if state.over {
                    return;
                }
                state.sessions += 1;
                let play = state.plays.pop_front().unwrap_or(Play::Take);
                drop(state);
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                thread::spawn(move || {
                    let socket = socket.unwrap();
                    socket.set_read_timeout(Some(PATIENCE)).unwrap();
                    let _ = Session::new(socket, tls, play, shared).serve();
                });
            }
        });
        server
    }

    /// What is done with the next sessions; with those after them nothing special.
    pub fn play(&self, plays: impl IntoIterator<Item = Play>) {
        self.state().plays.extend(plays);
    }

    pub fn taken(&self) -> Vec<Mail> {
        self.state().taken.clone()
    }

    pub fn arrived(&self) -> Vec<Mail> {
        self.state().arrived.clone()
    }

    pub fn sessions(&self) -> usize {
        self.state().sessions
    }

    /// Every line that came, but texts.
    pub fn lines(&self) -> Vec<String> {
        self.state().lines.clone()
    }

    pub fn odd(&self) -> Vec<String> {
        self.state().odd.clone()
    }

    /// Waits until so many letters have arrived.
    pub fn wait_for(&self, letters: usize) -> Vec<Mail> {
        let (state, changed) = &*self.shared;
        let state = state.lock().unwrap();
        let (state, waited) = changed
            .wait_timeout_while(state, PATIENCE, |state| state.arrived.len() < letters)
            .unwrap();
        assert!(!waited.timed_out(), "{} letters", state.arrived.len());
        state.arrived.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        let state = self.shared.0.lock();
        state.unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.state().over = true;
        let _ = TcpStream::connect(self.address);
    }
}

trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

struct Session {
    wire: Box<dyn Wire>,
    /// To begin TLS on.
    socket: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    sealed: bool,
    user: Option<(String, String)>,
    play: Play,
    shared: Arc<(Mutex<State>, Condvar)>,
}

/// The session is over.
struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl Session {
    fn new(
        socket: TcpStream,
        tls: Option<Arc<ServerConfig>>,
        play: Play,
        shared: Arc<(Mutex<State>, Condvar)>,
    ) -> Self {
        Self {
            wire: Box::new(socket.try_clone().unwrap()),
            socket,
            tls,
            sealed: false,
            user: None,
            play,
            shared,
        }
    }

    fn serve(mut self) -> Result<(), Over> {
        self.at(Stage::Greeting, "220 mail.example.org ready")?;
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let line = self.line()?;
            let upper = line.to_ascii_uppercase();
            if upper.starts_with("EHLO ") {
                let more = match (&self.tls, self.sealed) {
                    (Some(_), false) => "250-STARTTLS\r\n",
                    (Some(_), true) => "250-AUTH PLAIN LOGIN\r\n",
                    (None, _) => "",
                };
                self.say(&format!("250-mail.example.org\r\n{more}250 8BITMIME"))?;
            } else if upper == "STARTTLS" && self.tls.is_some() && !self.sealed {
                self.say("220 go on")?;
                self.seal();
            } else if let Some(word) = line.strip_prefix("AUTH PLAIN ") {
                let word = String::from_utf8(STANDARD.decode(word).unwrap()).unwrap();
                let mut parts = word.split('\0').skip(1).map(str::to_owned);
                self.user = parts.next().zip(parts.next());
                self.at(Stage::Auth, "235 welcome")?;
            } else if upper.starts_with("MAIL FROM:<") {
                from = within(&line);
                self.at(Stage::From, "250 ok")?;
            } else if upper.starts_with("RCPT TO:<") {
                if self.at(Stage::To, "250 ok")? {
                    to.push(within(&line));
                }
            } else if upper == "DATA" {
                if !self.at(Stage::Data, "354 go on")? {
                    continue;
                }
                let data = self.text()?;
                let mail = Mail {
                    from: std::mem::take(&mut from),
                    to: std::mem::take(&mut to),
                    data,
                    sealed: self.sealed,
                    user: self.user.clone(),
                };
                self.arrived(mail)?;
            } else if upper == "QUIT" {
                return self.say("221 bye");
            } else if upper != "RSET" && upper != "NOOP" {
                self.shared.0.lock().unwrap().odd.push(line);
                self.say("500 what?")?;
            } else {
                self.say("250 ok")?;
            }
        }
    }

    /// Noted before it is answered, so that who has the answer finds it noted.
    fn arrived(&mut self, mail: Mail) -> Result<(), Over> {
        let is_taken = match &self.play {
            Play::Answer(Stage::End, answer) => answer.starts_with('2'),
            _ => true,
        };
        let mut state = self.shared.0.lock().unwrap();
        state.arrived.push(mail.clone());
        if is_taken {
            state.taken.push(mail);
        }
        drop(state);
        self.shared.1.notify_all();
        self.at(Stage::End, "250 taken").map(drop)
    }

    /// Answers as the test says, or as usual; was it well?
    fn at(&mut self, stage: Stage, usual: &str) -> Result<bool, Over> {
        match self.play.clone() {
            Play::Answer(at, answer) if at == stage => {
                self.say(answer)?;
                Ok(answer.starts_with(['2', '3']))
            }
            Play::HangUp(at) if at == stage => {
                let _ = self.socket.shutdown(std::net::Shutdown::Both);
                Err(Over)
            }
            Play::Silence(at) if at == stage => {
                let _ = self.wire.read(&mut [0; 64]);
                Err(Over)
            }
            _ => self.say(usual).map(|()| true),
        }
    }

    fn seal(&mut self) {
        let config = self.tls.clone().unwrap();
        let connection = ServerConnection::new(config).unwrap();
        let socket = self.socket.try_clone().unwrap();
        self.wire = Box::new(StreamOwned::new(connection, socket));
        self.sealed = true;
    }

    fn say(&mut self, line: &str) -> Result<(), Over> {
        self.wire.write_all(format!("{line}\r\n").as_bytes())?;
        Ok(self.wire.flush()?)
    }

    fn line(&mut self) -> Result<String, Over> {
        let line = self.octets(b"\r\n")?;
        let line = String::from_utf8_lossy(&line)
            .trim_end_matches("\r\n")
            .to_owned();
        let mut state = self.shared.0.lock().unwrap();
        if line.contains(['\r', '\n']) {
            state.odd.push(line.clone());
        }
        state.lines.push(line.clone());
        Ok(line)
    }

    /// Up to the full stop, without the points that were put before points (RFC 5321 section 4.5.2).
    fn text(&mut self) -> Result<String, Over> {
        let mut lines: Vec<String> = Vec::new();
        loop {
            let line = self.octets(b"\r\n")?;
            let line = String::from_utf8_lossy(&line[..line.len() - 2]).into_owned();
            if line == "." {
                return Ok(lines.join("\r\n"));
            }
            let is_odd = line.contains(['\r', '\n']) || line.len() > 998 || !line.is_ascii();
            if is_odd || (line.starts_with('.') && !line.starts_with("..")) {
                self.shared.0.lock().unwrap().odd.push(line.clone());
            }
            lines.push(line.strip_prefix('.').unwrap_or(&line).to_owned());
        }
    }

    fn octets(&mut self, until: &[u8]) -> Result<Vec<u8>, Over> {
        let mut octets = Vec::new();
        let mut byte = [0];
        while !octets.ends_with(until) {
            match self.wire.read(&mut byte) {
                Ok(1) if octets.len() < 1 << 20 => octets.push(byte[0]),
                _ => return Err(Over),
            }
        }
        Ok(octets)
    }
}

fn within(line: &str) -> String {
    let from = line.find('<').map_or(0, |at| at + 1);
    let to = line.find('>').unwrap_or(line.len());
    line[from..to].to_owned()
}

impl Mail {
    /// A header, unfolded and with its encoded words read (RFC 2047); nothing where there is none, all where there are several.
    pub fn header(&self, name: &str) -> String {
        let head = self.data.split("\r\n\r\n").next().unwrap();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let lines = unfolded.split("\r\n").filter_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| words(value.trim()))
        });
        lines.collect::<Vec<_>>().join(" | ")
    }

    /// The names of its headers.
    pub fn names(&self) -> Vec<String> {
        let head = self.data.split("\r\n\r\n").next().unwrap();
        let lines = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']));
        lines
            .filter_map(|line| Some(line.split_once(':')?.0.to_owned()))
            .collect()
    }

    /// Its text, read from quoted-printable (RFC 2045 section 6.7).
    pub fn text(&self) -> String {
        let (_, body) = self.data.split_once("\r\n\r\n").unwrap();
        let body = body.replace("=\r\n", "");
        let octets = escaped(&body, b'=');
        String::from_utf8(octets).unwrap()
    }
}

fn escaped(text: &str, escape: u8) -> Vec<u8> {
    let (bytes, mut octets, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == escape {
            octets.push(u8::from_str_radix(&text[at + 1..at + 3], 16).unwrap());
            at += 3;
        } else {
            octets.push(bytes[at]);
            at += 1;
        }
    }
    octets
}

fn words(value: &str) -> String {
    let mut read = String::new();
    let mut rest = value;
    let mut was_word = false;
    while let Some(at) = rest.find("=?") {
        let between = &rest[..at];
        if !(was_word && between.trim().is_empty()) {
            read.push_str(between);
        }
        let mut parts = rest[at + 2..].splitn(3, '?');
        let (Some(_), Some(coding), Some(more)) = (parts.next(), parts.next(), parts.next()) else {
            break;
        };
        let (text, after) = more.split_once("?=").unwrap();
        let octets = match coding {
            "b" | "B" => STANDARD.decode(text).unwrap(),
            _ => escaped(&text.replace('_', " "), b'='),
        };
        read.push_str(&String::from_utf8(octets).unwrap());
        rest = after;
        was_word = true;
    }
    read + rest
}
