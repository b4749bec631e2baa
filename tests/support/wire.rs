//! HTTP/1.1 over a plain socket: no client library that could repair, follow or hide anything.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::{Answer, Ask};

/// One connection, opened when it is needed and again when the server has closed it.
pub struct Wire {
    address: SocketAddr,
    credentials: Option<String>,
    stream: Option<BufReader<TcpStream>>,
}

impl Wire {
    pub fn new(address: SocketAddr, credentials: Option<(&str, &str)>) -> Self {
        Self {
            address,
            credentials: credentials.map(|(name, password)| basic(name, password)),
            stream: None,
        }
    }

    /// Asks on the open connection; on a new one if that had been closed in the meantime.
    pub fn ask(&mut self, ask: &Ask) -> io::Result<Answer> {
        let reused = self.stream.is_some();
        match self.exchange(ask) {
            Err(_) if reused => {
                self.stream = None;
                self.exchange(ask)
            }
            done => done,
        }
    }

    /// As [`Wire::ask`], but never twice: for a write whose first attempt may have arrived.
    pub fn ask_once(&mut self, ask: &Ask) -> io::Result<Answer> {
        self.exchange(ask)
    }

    fn exchange(&mut self, ask: &Ask) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(connect(self.address)?),
        };
        stream.get_mut().write_all(&self.request(ask))?;
        let (answer, open) = read_answer(&mut stream, ask.method == "HEAD")?;
        if open {
            self.stream = Some(stream);
        }
        Ok(answer)
    }

    fn request(&self, ask: &Ask) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", ask.method, ask.target);
        let names = |name: &str| {
            ask.headers
                .iter()
                .any(|(given, _)| given.eq_ignore_ascii_case(name))
        };
        if !names("host") {
            head.push_str(&format!("Host: {}\r\n", self.address));
        }
        if let (Some(credentials), false) = (&self.credentials, names("authorization")) {
            head.push_str(&format!("Authorization: {credentials}\r\n"));
        }
        if !names("transfer-encoding") && !names("content-length") {
            head.push_str(&format!("Content-Length: {}\r\n", ask.body.len()));
        }
        for (name, value) in &ask.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut request = head.into_bytes();
        request.extend_from_slice(&ask.body);
        request
    }
}

pub fn basic(name: &str, password: &str) -> String {
    format!(
        "Basic {}",
        BASE64_STANDARD.encode(format!("{name}:{password}"))
    )
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

/// The answer, and whether the connection stays open.
pub fn read_answer(stream: &mut impl BufRead, without_body: bool) -> io::Result<(Answer, bool)> {
    loop {
        let mut answer = read_head(stream)?;
        if (100..200).contains(&answer.status) {
            continue;
        }
        let open = !answer
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if without_body || matches!(answer.status, 204 | 304) {
            return Ok((answer, open));
        }
        if answer.header("transfer-encoding").is_some() {
            read_chunks(stream, &mut answer.body)?;
        } else if let Some(length) = answer.header("content-length") {
            let length = length
                .parse()
                .map_err(|_| io::Error::other("a bad Content-Length"))?;
            answer.body = vec![0; length];
            stream.read_exact(&mut answer.body)?;
        } else {
            stream.read_to_end(&mut answer.body)?;
            return Ok((answer, false));
        }
        return Ok((answer, open));
    }
}

fn read_head(stream: &mut impl BufRead) -> io::Result<Answer> {
    let first = read_line(stream)?;
    let status = first
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| io::Error::other(format!("no status line: {first:?}")))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| io::Error::other(format!("no header: {line:?}")))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok(Answer {
        status,
        headers,
        body: Vec::new(),
    })
}

fn read_chunks(stream: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let line = read_line(stream)?;
        let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)
            .map_err(|_| io::Error::other(format!("a bad chunk size: {line:?}")))?;
        let from = body.len();
        body.resize(from + size, 0);
        stream.read_exact(&mut body[from..])?;
        read_line(stream)?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
