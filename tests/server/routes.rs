//! Targets, base path, proxies, the fixed URLs.

use super::harness::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_well_known_url_leads_every_method_to_the_root_by_path_alone() {
    for (settings, target) in [("", "/dav/"), ("base_path = \"/cal\"", "/cal/dav/")] {
        let server = start(settings).await;
        for method in ["GET", "HEAD", "PROPFIND", "OPTIONS", "REPORT", "PUT"] {
            for path in ["/.well-known/caldav", "/.well-known/caldav/"] {
                let mut client = server.connect().await;
                client
                    .send(format!(
                        "{method} {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n"
                    ))
                    .await;
                let moved = client.answer_to(method == "HEAD").await;
                assert_eq!(
                    (moved.status, moved.header("location")),
                    (301, Some(target))
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fixed_urls_answer() {
    let server = start("").await;
    assert_eq!(server.ask(&get("/healthz", "")).await.status, 200);
    assert_eq!(server.ask(&get("/readyz", "")).await.status, 200);
    let post = server
        .ask("POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        .await;
    assert_eq!(
        (post.status, post.header("allow")),
        (405, Some("GET, HEAD"))
    );
    assert_eq!(server.ask(&get("/", "")).await.text(), "page /");
    let probe = server
        .ask("OPTIONS /remote.php/dav HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    assert_eq!((probe.status, probe.header("dav")), (200, Some("1")));
    assert_eq!(
        server
            .ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .status,
        200
    );
    for path in ["/", "/principals/"] {
        let anonymous = server
            .ask(&format!("PROPFIND {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
            .await;
        assert_eq!(anonymous.status, 401);
        let known = server
            .ask(&format!(
                "PROPFIND {path} HTTP/1.1\r\nHost: a\r\n{ALICE}\r\n"
            ))
            .await;
        assert_eq!(known.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_the_configured_networks() {
    let server = start("").await;
    let metrics = server.ask(&get("/metrics", "")).await;
    assert!(metrics.text().contains("strata_store_commits_total 2\n"));
    assert_eq!(
        server
            .ask(&get("/metrics", "X-Forwarded-For: 192.0.2.1\r\n"))
            .await
            .status,
        403
    );
    let server = start_with("[metrics]\nallow = [\"192.0.2.0/24\"]").await;
    assert_eq!(server.ask(&get("/metrics", "")).await.status, 403);
    let proxied =
        "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n[metrics]\nallow = [\"192.0.2.0/24\"]";
    let server = start_with(proxied).await;
    assert_eq!(
        server
            .ask(&get("/metrics", "X-Forwarded-For: 192.0.2.1\r\n"))
            .await
            .status,
        200
    );
    assert_eq!(
        server
            .ask(&get("/metrics", "X-Forwarded-For: 192.0.3.1\r\n"))
            .await
            .status,
        403
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_are_read_in_each_form() {
    let server = start("base_path = \"/c@l\"").await;
    for (target, path) in [
        ("/c@l/dav/a%20b", "/dav/a%20b"),
        ("/c%40l/dav/x", "/dav/x"),
        ("/dav/x", "/dav/x"),
        ("http://b.example:81/c@l/dav/x?y", "/dav/x"),
        ("//dav//x", "//dav//x"),
    ] {
        let answer = server.ask(&get(target, ALICE)).await;
        assert!(
            answer.text().contains(&format!(" {path} ")),
            "{target}: {}",
            answer.text()
        );
        assert!(answer.text().ends_with("/c@l"), "{}", answer.text());
    }
    let absolute = server.ask(&get("http://b.example:81/dav/", ALICE)).await;
    assert!(
        absolute.text().ends_with("at=http://b.example:81/c@l"),
        "{}",
        absolute.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_heads_are_refused() {
    let server = start("").await;
    for request in [
        "GET /dav/ HTTP/1.1\r\n\r\n",
        "GET /dav/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /dav/ HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /dav/a%00b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /dav/\u{e4} HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /dav/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET /dav/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        "GET /dav/ HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
    ] {
        assert_eq!(server.ask(request).await.status, 400, "{request:?}");
    }
    assert_eq!(
        server
            .ask("CONNECT b:80 HTTP/1.1\r\nHost: b:80\r\n\r\n")
            .await
            .status,
        501
    );
    let old = server
        .ask(&format!("GET /dav/ HTTP/1.0\r\n{ALICE}\r\n"))
        .await;
    assert!(
        old.text()
            .contains(&format!("at=http://{}", server.address)),
        "{}",
        old.text()
    );
}

/// RFC 9112 section 6.1: the transfer coding counts and the connection ends, so nothing can be smuggled behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_two_lengths_is_the_last_of_its_connection() {
    let server = start("").await;
    for order in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    ] {
        let mut client = server.connect().await;
        let next = get("/dav/smuggled", ALICE);
        client
            .send(format!(
                "PUT /dav/x HTTP/1.1\r\nHost: a\r\n{ALICE}{order}\r\n0\r\n\r\n{next}"
            ))
            .await;
        client.answer().await;
        assert!(client.closed().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_trusted_proxies_are_heard() {
    let said =
        "Forwarded: for=192.0.2.7;proto=https;host=cal.example\r\nX-Forwarded-Prefix: /p\r\n";
    let server = start("").await;
    let answer = server.ask(&get("/dav/", &format!("{ALICE}{said}"))).await;
    assert!(
        answer.text().ends_with("client=127.0.0.1 at=http://a"),
        "{}",
        answer.text()
    );
    let server = start("trusted_proxies = [\"127.0.0.0/8\"]").await;
    let answer = server.ask(&get("/p/dav/", &format!("{ALICE}{said}"))).await;
    assert!(answer.text().contains("GET /dav/ "), "{}", answer.text());
    assert!(
        answer
            .text()
            .ends_with("client=192.0.2.7 at=https://cal.example/p"),
        "{}",
        answer.text()
    );
    let moved = server.ask(&get("/.well-known/caldav", said)).await;
    assert_eq!(moved.header("location"), Some("/p/dav/"));
}
