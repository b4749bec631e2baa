//! As much of an HTTP/1.1 client as the set-up doctor needs: one request a connection, nothing followed, everything bounded.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{
    self, ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned,
};

use super::url::Url;

const TIMEOUT: Duration = Duration::from_secs(15);
const LARGEST: u64 = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the name cannot be resolved: {0}")]
    Name(io::Error),
    #[error("no connection to {0}: {1}")]
    Connect(SocketAddr, io::Error),
    #[error("{0}")]
    Tls(rustls::Error),
    #[error("the answer does not come through: {0}")]
    Io(io::Error),
    #[error("the answer is not HTTP: {0}")]
    Answer(&'static str),
}

/// What a TLS handshake told.
#[derive(Clone, Debug)]
pub struct Tls {
    pub version: Option<ProtocolVersion>,
    /// The server's own certificate, in DER.
    pub certificate: Option<Vec<u8>>,
}

pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
    pub tls: Option<Tls>,
}

impl Answer {
    /// All values of a header, joined as if it stood once (RFC 9110 section 5.3).
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// A user name and its password.
pub struct Credentials {
    pub user: String,
    pub password: String,
}

pub struct Client {
    tls: Arc<ClientConfig>,
}

impl Client {
    /// Trusts what this machine trusts.
    pub fn new() -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let tls =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots)
                .with_no_client_auth();
        Ok(Self { tls: Arc::new(tls) })
    }

    pub fn send(
        &self,
        method: &str,
        url: &Url,
        depth: Option<&str>,
        body: &str,
        credentials: Option<&Credentials>,
    ) -> Result<Answer, Error> {
        let request = request(method, url, depth, body, credentials);
        let socket = connect(url)?;
        if !url.secure {
            return exchange(socket, &request, None);
        }
        let (connection, socket) = self.handshake(url, socket)?;
        let tls = Tls {
            version: connection.protocol_version(),
            certificate: connection
                .peer_certificates()
                .and_then(|chain| chain.first())
                .map(|it| it.to_vec()),
        };
        exchange(StreamOwned::new(connection, socket), &request, Some(tls))
    }

    fn handshake(
        &self,
        url: &Url,
        mut socket: TcpStream,
    ) -> Result<(ClientConnection, TcpStream), Error> {
        let name =
            ServerName::try_from(url.host.trim_matches(['[', ']']).to_owned()).map_err(|_| {
                Error::Tls(rustls::Error::General(
                    "the name cannot stand in a certificate".into(),
                ))
            })?;
        let mut connection =
            ClientConnection::new(Arc::clone(&self.tls), name).map_err(Error::Tls)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut socket).map_err(unwrapped)?;
        }
        Ok((connection, socket))
    }
}

/// rustls hides its own errors in those of the socket.
fn unwrapped(error: io::Error) -> Error {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        Some(inner) => Error::Tls(inner.clone()),
        None => Error::Io(error),
    }
}

fn connect(url: &Url) -> Result<TcpStream, Error> {
    let host = url.host.trim_matches(['[', ']']);
    let addresses = (host, url.port).to_socket_addrs().map_err(Error::Name)?;
    let mut last = Error::Name(io::ErrorKind::NotFound.into());
    for address in addresses {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(socket) => {
                socket.set_read_timeout(Some(TIMEOUT)).map_err(Error::Io)?;
                socket.set_write_timeout(Some(TIMEOUT)).map_err(Error::Io)?;
                return Ok(socket);
            }
            Err(error) => last = Error::Connect(address, error),
        }
    }
    Err(last)
}

fn request(
    method: &str,
    url: &Url,
    depth: Option<&str>,
    body: &str,
    credentials: Option<&Credentials>,
) -> String {
    let mut head = format!(
        "{method} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: strata-check\r\nAccept: */*\r\nConnection: close\r\n",
        url.path,
        url.authority()
    );
    if let Some(depth) = depth {
        head.push_str(&format!("Depth: {depth}\r\n"));
    }
    if let Some(credentials) = credentials {
        let pair = format!("{}:{}", credentials.user, credentials.password);
        head.push_str(&format!(
            "Authorization: Basic {}\r\n",
            STANDARD.encode(pair)
        ));
    }
    if !body.is_empty() {
        head.push_str(&format!(
            "Content-Type: text/xml; charset=utf-8\r\nContent-Length: {}\r\n",
            body.len()
        ));
    }
    format!("{head}\r\n{body}")
}

fn exchange(
    mut stream: impl Read + Write,
    request: &str,
    tls: Option<Tls>,
) -> Result<Answer, Error> {
    stream.write_all(request.as_bytes()).map_err(unwrapped)?;
    stream.flush().map_err(unwrapped)?;
    let mut bytes = Vec::new();
    match stream.take(LARGEST).read_to_end(&mut bytes) {
        // Servers often close without TLS's own goodbye.
        Err(error) if bytes.is_empty() => Err(unwrapped(error)),
        _ => read(&bytes, tls),
    }
}

fn read(bytes: &[u8], tls: Option<Tls>) -> Result<Answer, Error> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or(Error::Answer("no end of the head"))?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .filter(|line| line.starts_with("HTTP/1."))
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .ok_or(Error::Answer("no status line"))?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let answer = Answer {
        status,
        headers,
        body: String::new(),
        tls,
    };
    let chunked = answer
        .header("transfer-encoding")
        .is_some_and(|coding| coding.contains("chunked"));
    let body = if chunked {
        unchunked(body)
    } else {
        body.to_owned()
    };
    Ok(Answer { body, ..answer })
}

/// The chunks put together (RFC 9112 section 7.1), as far as they came.
fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = size
            .split(';')
            .next()
            .and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
        let Some((chunk, next)) = size
            .filter(|size| *size > 0)
            .and_then(|size| after.split_at_checked(size))
        else {
            break;
        };
        body.push_str(chunk);
        rest = next.strip_prefix("\r\n").unwrap_or(next);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_both_framings() {
        let plain = read(
            b"HTTP/1.1 401 Unauthorized\r\nDAV: 1\r\ndav: 3\r\n\r\nno",
            None,
        )
        .unwrap();
        assert_eq!((plain.status, plain.body.as_str()), (401, "no"));
        assert_eq!(plain.header("Dav").as_deref(), Some("1, 3"));
        let chunked = b"HTTP/1.1 207 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";
        assert_eq!(read(chunked, None).unwrap().body, "abcde");
        let lying = b"HTTP/1.1 207 X\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc";
        assert_eq!(read(lying, None).unwrap().body, "");
        assert!(read(b"SSH-2.0-OpenSSH\r\n\r\n", None).is_err());
        assert!(read(b"HTTP/1.1 200 OK", None).is_err());
    }
}
