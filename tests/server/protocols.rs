//! HTTP/2 in cleartext and over TLS, certificates that change.

use std::path::Path;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::harness::*;

async fn two_requests_over_h2(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    scheme: &str,
) {
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = |method: &str, path: &str, user: &str| {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{scheme}://localhost{path}"));
        if let Some((name, value)) = user.trim().split_once(": ") {
            request = request.header(name, value);
        }
        request
            .body(Full::new(bytes::Bytes::from("hello")))
            .unwrap()
    };
    let both = [
        request("PUT", "/dav/x", ALICE),
        request("REPORT", "/dav/y", BOB),
    ]
    .map(|one| sender.send_request(one));
    for (reply, expected) in both
        .into_iter()
        .zip(["user=1 PUT /dav/x", "user=2 REPORT /dav/y"])
    {
        let reply = reply.await.unwrap();
        assert_eq!(reply.status(), 200);
        let body = reply.into_body().collect().await.unwrap().to_bytes();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(text.starts_with(expected), "{text}");
        assert!(
            text.ends_with(&format!(
                "body=hello client=127.0.0.1 at={scheme}://localhost"
            )),
            "{text}"
        );
    }
    let refused = sender
        .send_request(request("PROPFIND", "/dav/", ""))
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    let head = sender
        .send_request(request("HEAD", "/dav/item.ics", ALICE))
        .await
        .unwrap();
    assert_eq!(head.headers()["content-length"], "4000");
    assert!(
        head.into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cleartext_http_2_by_prior_knowledge() {
    let server = start("").await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    two_requests_over_h2(stream, "http").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_can_be_switched_off() {
    let server = start("http2 = false").await;
    let mut client = server.connect().await;
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert!(!client.closed().await.contains(&0));
}

/// A certificate of its own authority, written to the two files.
fn certificate(folder: &Path) -> rustls_pki_types::CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

fn settings(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "tls_certificate = \"{folder}/cert.pem\"\ntls_key = \"{folder}/key.pem\"\nheader_timeout = 0.5"
    )
}

async fn connect(
    server: &Server,
    trusted: &rustls_pki_types::CertificateDer<'static>,
    versions: &[&'static rustls::SupportedProtocolVersion],
    alpn: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    let stream = TcpStream::connect(server.address).await?;
    TlsConnector::from(Arc::new(config))
        .connect("localhost".try_into().unwrap(), stream)
        .await
}

const BOTH: &[&rustls::SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];

#[tokio::test(flavor = "multi_thread")]
async fn tls_1_2_and_1_3_with_either_protocol() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = certificate(folder.path());
    let server = start(&settings(folder.path())).await;
    for version in BOTH {
        let stream = connect(&server, &trusted, &[*version], "http/1.1")
            .await
            .unwrap();
        let mut client = Client::new(stream);
        client.send(get("/dav/x", ALICE)).await;
        let answer = client.answer().await;
        assert!(answer.text().ends_with("at=https://a"), "{}", answer.text());
    }
    let stream = connect(&server, &trusted, BOTH, "h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    two_requests_over_h2(stream, "https").await;
    let mut silent = server.connect().await;
    assert!(silent.closed().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_taken_up_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let old = certificate(folder.path());
    let server = start(&settings(folder.path())).await;
    connect(&server, &old, BOTH, "h2").await.unwrap();
    let new = certificate(folder.path());
    hang_up();
    while connect(&server, &new, BOTH, "h2").await.is_err() {}
    std::fs::write(folder.path().join("cert.pem"), "broken").unwrap();
    hang_up();
    connect(&server, &new, BOTH, "h2").await.unwrap();
}

fn hang_up() {
    let us = std::process::id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-HUP", &us])
        .status();
    assert!(sent.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_used_is_named() {
    use strata::config::Config;
    use strata::server::{Listeners, serve};
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    std::fs::write(folder.path().join("key.pem"), "broken").unwrap();
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n{}",
        settings(folder.path())
    );
    let config = Config::parse(&text).unwrap();
    let listeners = Listeners::open(&config).unwrap();
    let fake = Arc::new(Fake {
        gate: Arc::default(),
    });
    let error = serve(Arc::new(config), fake, listeners, async {})
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("server.tls_key: ") && error.contains("key.pem"),
        "{error}"
    );
}
