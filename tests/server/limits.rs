//! Sizes, bombs, and clients that take their time.

use std::io::Write;

use super::harness::*;

const QUICK: &str = "header_timeout = 0.3\nidle_timeout = 0.4\nbody_idle_timeout = 0.3\nbody_timeout = 1\nwrite_timeout = 0.5\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_never_asks_is_closed() {
    let server = start(QUICK).await;
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for start in [
        "",
        "G",
        "GET /dav/ HTTP/1.1\r\nHost: a\r\nX-A: ",
        &preface[..9],
        preface,
    ] {
        let mut client = server.connect().await;
        client.send(start).await;
        client.closed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_asked_once_may_not_stay_silent() {
    let server = start(QUICK).await;
    for start in ["", "GET /dav/ HTTP/1.1\r\nX-A: "] {
        let mut client = server.connect().await;
        client.send(get("/dav/", ALICE)).await;
        assert_eq!(client.answer().await.status, 200);
        client.send(start).await;
        client.closed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stalls_or_drips_is_given_up() {
    let server = start(QUICK).await;
    let mut client = server.connect().await;
    client
        .send(put("/dav/x", ALICE, "0123456789").trim_end_matches("56789"))
        .await;
    let slow = client.answer().await;
    assert_eq!(
        (slow.status, slow.header("connection")),
        (408, Some("close"))
    );
    client.closed().await;
    let mut client = server.connect().await;
    let head = put("/dav/x", ALICE, "").replace("Content-Length: 0", "Content-Length: 100000");
    client.send(head).await;
    let dripping = async {
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(100));
        loop {
            ticks.tick().await;
            client.try_send(b"x").await;
            if let Ok(answer) = tokio::time::timeout(std::time::Duration::ZERO, client.line()).await
            {
                return answer;
            }
        }
    };
    assert!(dripping.await.contains(" 408 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_its_reply_is_cut_off() {
    let server = start(QUICK).await;
    let mut client = server.connect().await;
    client.send(get("/dav/file", ALICE)).await;
    client.line().await;
    // Nothing more is read until the server says that ours is the only connection besides the asking one, closed.
    let mut open = 2;
    while open > 1 {
        let metrics = server.ask(&get("/metrics", "")).await;
        let line = metrics
            .text()
            .lines()
            .find(|line| line.starts_with("strata_connections "));
        open = line.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    }
    assert!(client.closed().await.len() < 24 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_bounded() {
    let server = start("max_body = 5000").await;
    let large = "x".repeat(5001);
    let mut client = server.connect().await;
    client.send(put("/dav/x", ALICE, &large)).await;
    let refused = client.answer().await;
    assert_eq!(refused.status, 413);
    assert_eq!(refused.text(), "PUT is too large");
    client.send(put("/dav/x", ALICE, &large[..5000])).await;
    assert_eq!(client.answer().await.status, 200);
    let chunked =
        format!("REPORT /dav/ HTTP/1.1\r\nHost: a\r\n{ALICE}Transfer-Encoding: chunked\r\n\r\n");
    client
        .send(format!("{chunked}1389\r\n{large}\r\n0\r\n\r\n"))
        .await;
    assert_eq!(client.answer().await.status, 413);
    client.send(get("/dav/next", ALICE)).await;
    assert_eq!(client.answer().await.status, 200);
}

fn zipped(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_bodies_are_inflated_within_limits() {
    let server = start("").await;
    let mut client = server.connect().await;
    let mut send = async |body: &[u8], coding: &str| {
        let headers = format!(
            "{ALICE}Content-Encoding: {coding}\r\nContent-Length: {}\r\n",
            body.len()
        );
        client
            .send(format!("PUT /dav/x HTTP/1.1\r\nHost: a\r\n{headers}\r\n"))
            .await;
        client.send(body).await;
        client.answer().await
    };
    assert!(
        send(&zipped(b"hello"), "gzip")
            .await
            .text()
            .contains("body=hello")
    );
    assert_eq!(send(&zipped(&vec![0; 64 << 20]), "gzip").await.status, 413);
    assert_eq!(send(b"not gzip", "gzip").await.status, 400);
    let unknown = send(b"hello", "br").await;
    assert_eq!(
        (unknown.status, unknown.header("accept-encoding")),
        (415, Some("gzip, deflate"))
    );
    assert!(
        send(b"hello", "identity")
            .await
            .text()
            .contains("body=hello")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_are_bounded() {
    let server = start("max_head = 8192").await;
    let mut client = server.connect().await;
    client
        .try_send(get("/dav/", &format!("X-A: {}\r\n", "a".repeat(20_000))).as_bytes())
        .await;
    assert_eq!(client.answer().await.status, 431);
    let many: String = (0..200)
        .map(|number| format!("X-{number}: a\r\n"))
        .collect();
    assert_eq!(server.ask(&get("/dav/", &many)).await.status, 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_beyond_the_limit_waits_for_a_place() {
    let server = start("max_connections = 1").await;
    let mut first = server.connect().await;
    first.send(get("/dav/", ALICE)).await;
    assert_eq!(first.answer().await.status, 200);
    let mut second = server.connect().await;
    second.send(get("/dav/", ALICE)).await;
    let early = tokio::time::timeout(std::time::Duration::from_millis(200), second.line()).await;
    assert!(early.is_err());
    drop(first);
    assert!(second.line().await.contains(" 200 "));
}
