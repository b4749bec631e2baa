//! Keep-alive, pipelining, identity, unread bodies, `Expect`.

use super::harness::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_serves_many_requests_also_sent_ahead() {
    let server = start("").await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        client.send(get("/dav/one", ALICE)).await;
        assert!(
            client
                .answer()
                .await
                .text()
                .starts_with("user=1 GET /dav/one query=- ")
        );
    }
    let ahead = [
        get("/dav/a?x=1", ALICE),
        put("/dav/b", ALICE, "hello"),
        get("/dav/xml/small", ALICE),
        get("/dav/c", BOB),
    ];
    client.send(ahead.concat()).await;
    assert!(
        client
            .answer()
            .await
            .text()
            .starts_with("user=1 GET /dav/a query=x=1")
    );
    assert!(
        client
            .answer()
            .await
            .text()
            .starts_with("user=1 PUT /dav/b query=- body=hello")
    );
    assert_eq!(client.answer().await.status, 207);
    assert!(
        client
            .answer()
            .await
            .text()
            .starts_with("user=2 GET /dav/c")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_inherits_an_identity_from_the_request_before() {
    let server = start("").await;
    let mut client = server.connect().await;
    client
        .send(
            [
                get("/dav/", ALICE),
                get("/dav/", ""),
                get("/dav/", MALLORY),
                get("/dav/", CAROL),
                get("/dav/", ""),
            ]
            .concat(),
        )
        .await;
    assert_eq!(client.answer().await.status, 200);
    let refused = client.answer().await;
    assert_eq!(refused.status, 401);
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .starts_with("Basic")
    );
    assert_eq!(client.answer().await.status, 401);
    assert!(client.answer().await.text().starts_with("user=3"));
    assert_eq!(client.answer().await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remembered_credential_that_no_longer_stands_is_verified_anew() {
    let server = start("").await;
    assert!(
        server
            .ask(&get("/dav/stale", ALICE))
            .await
            .text()
            .starts_with("user=1")
    );
    assert_eq!(server.ask(&get("/dav/stale", BOB)).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_s_body_is_not_the_next_request() {
    let server = start("").await;
    let mut client = server.connect().await;
    let smuggled = get("/dav/smuggled", ALICE);
    client.send(put("/dav/x", "", &smuggled)).await;
    assert_eq!(client.answer().await.status, 401);
    client.send(format!("PUT /dav/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{smuggled}\r\n0\r\n\r\n", smuggled.len())).await;
    assert_eq!(client.answer().await.status, 401);
    client.send(get("/dav/next", ALICE)).await;
    assert!(client.answer().await.text().contains("GET /dav/next"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_large_body_closes_the_connection_and_the_answer_still_arrives() {
    let server = start("").await;
    let mut client = server.connect().await;
    let body = "GET /dav/smuggled HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50_000);
    client.try_send(put("/dav/x", "", &body).as_bytes()).await;
    let refused = client.answer().await;
    assert_eq!(
        (refused.status, refused.header("connection")),
        (401, Some("close"))
    );
    assert!(client.closed().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_told_to_go_on_only_after_it_has_signed_in() {
    let server = start("max_body = 5000").await;
    let head = |length: usize, headers: &str| {
        format!(
            "PUT /dav/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n{headers}\r\n"
        )
    };
    let mut client = server.connect().await;
    client.send(head(5, ALICE)).await;
    assert_eq!(client.answer().await.status, 100);
    client.send("hello").await;
    assert!(client.answer().await.text().contains("body=hello"));

    // A body of unknown length has been read to its end: the connection goes on.
    let chunked = head(5, ALICE).replace("Content-Length: 5", "Transfer-Encoding: chunked");
    client.send(chunked).await;
    assert_eq!(client.answer().await.status, 100);
    client.send("5\r\nhello\r\n0\r\n\r\n").await;
    let heard = client.answer().await;
    assert_eq!(heard.header("connection"), None);
    assert!(heard.text().contains("body=hello"));
    client.send(get("/dav/next", ALICE)).await;
    assert!(client.answer().await.text().contains("GET /dav/next"));

    for (request, status) in [
        (head(5, ""), 401),
        (head(6000, ALICE), 413),
        (head(5, ALICE).replace("/dav/x", "/dav/nowhere/"), 409),
    ] {
        let mut client = server.connect().await;
        client.send(request).await;
        let refused = client.answer().await;
        assert_eq!(
            (refused.status, refused.header("connection")),
            (status, Some("close"))
        );
        assert!(client.closed().await.is_empty());
    }
    let other = head(5, ALICE).replace("100-continue", "a-miracle");
    assert_eq!(server.ask(&other).await.status, 417);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_harms_one_request_alone() {
    let server = start("").await;
    let mut client = server.connect().await;
    for method in ["GET", "PUT", "PROPFIND"] {
        client
            .send(format!(
                "{method} /dav/panic HTTP/1.1\r\nHost: a\r\n{ALICE}\r\n"
            ))
            .await;
        let failed = client.answer().await;
        assert_eq!(failed.status, 500);
        assert!(failed.text().contains("request ") && !failed.text().contains("as asked"));
        client.send(get("/dav/next", ALICE)).await;
        assert_eq!(client.answer().await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_have_lengths_and_dates_and_head_has_no_body() {
    let server = start("").await;
    let mut client = server.connect().await;
    client
        .send(get("/dav/item.ics", ALICE).replace("GET", "HEAD"))
        .await;
    let head = client.answer_to(true).await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("4000"))
    );
    assert!(head.header("date").is_some());
    client
        .send(get("/dav/file", ALICE).replace("GET", "HEAD"))
        .await;
    assert_eq!(
        client.answer_to(true).await.header("content-length"),
        Some("25165824")
    );
    client.send(get("/dav/empty", ALICE)).await;
    let empty = client.answer().await;
    assert_eq!((empty.status, empty.header("content-length")), (204, None));
    client.send(get("/dav/file", ALICE)).await;
    let file = client.answer().await;
    assert_eq!(file.body.len(), 24 << 20);
    assert!(file.body.iter().all(|byte| *byte == b'z'));
    client.send(get("/nothing", "")).await;
    assert_eq!(client.answer().await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_are_compressed_items_are_not() {
    use std::io::Read;
    let server = start("").await;
    let gzip = format!("{ALICE}Accept-Encoding: deflate, gzip\r\n");
    for (path, length) in [("/dav/xml/small", 4000), ("/dav/xml/large", 4_000_000)] {
        let packed = server.ask(&get(path, &gzip)).await;
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert_eq!(packed.header("vary"), Some("Accept-Encoding"));
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&packed.body[..])
            .read_to_end(&mut plain)
            .unwrap();
        assert_eq!(plain.len(), length);
        let identity = server.ask(&get(path, ALICE)).await;
        assert_eq!(
            (identity.header("content-encoding"), identity.body.len()),
            (None, length)
        );
        assert_eq!(identity.header("vary"), Some("Accept-Encoding"));
    }
    let item = server.ask(&get("/dav/item.ics", &gzip)).await;
    assert_eq!(
        (item.header("content-encoding"), item.header("etag")),
        (None, Some("\"tag\""))
    );
}
