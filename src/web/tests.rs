use bytes::Bytes;

use super::*;
use crate::http::{Body, HeaderMap, Origin};

fn get(method: Method, target: &str, authority: &str) -> Reply {
    let (path, query) = target
        .split_once('?')
        .map_or((target, None), |(path, query)| (path, Some(query)));
    handle(&Request {
        id: "1".into(),
        method,
        path: path.into(),
        query: query.map(str::to_owned),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        origin: Origin {
            scheme: "https",
            authority: authority.into(),
            base_path: "/cal".into(),
        },
        client: [127, 0, 0, 1].into(),
    })
}

fn text(reply: &Reply) -> &str {
    let Body::Bytes(bytes) = &reply.body else {
        panic!("no body in memory")
    };
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn the_page_names_the_address_that_the_client_used() {
    let reply = get(Method::GET, "/", "cal.example.org");
    assert_eq!(reply.status, StatusCode::OK);
    let page = text(&reply);
    assert!(page.contains("https://cal.example.org/cal/"));
    assert!(page.contains("href=\"davx5://cal.example.org/cal/dav/\""));
    assert!(page.contains("<svg class=\"qr\""));
    assert!(!page.contains("<script") && !page.contains("style=\""));
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    assert!(
        reply.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
}

#[test]
fn a_hostile_host_stays_text() {
    let reply = get(Method::GET, "/", "\"><script>alert(1)</script>");
    assert!(!text(&reply).contains("<script"));
}

#[test]
fn the_profile_takes_a_user_from_the_form() {
    let reply = get(
        Method::GET,
        "/strata.mobileconfig?user=alice%40example.org+",
        "cal.example.org",
    );
    assert_eq!(reply.headers[header::CONTENT_TYPE], profile::MEDIA_TYPE);
    assert!(text(&reply).contains("<key>CalDAVUsername</key><string>alice@example.org</string>"));
    let empty = get(Method::GET, "/strata.mobileconfig?user=", "cal.example.org");
    assert!(!text(&empty).contains("CalDAVUsername"));
    let long = format!("/strata.mobileconfig?user={}", "a".repeat(300));
    assert_eq!(
        get(Method::GET, &long, "cal.example.org").status,
        StatusCode::BAD_REQUEST
    );
}

#[test]
fn other_methods_and_paths_are_refused_in_words() {
    let reply = get(Method::POST, "/", "cal.example.org");
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.headers[header::ALLOW], "GET, HEAD");
    assert_eq!(
        get(Method::GET, "/nowhere", "cal.example.org").status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        get(Method::GET, "/style.css", "cal.example.org").headers[header::CONTENT_TYPE],
        "text/css; charset=utf-8"
    );
}
