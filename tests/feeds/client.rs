//! The way out: what is called, what is not, and what counts as an answer.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use strata::config::Config;
use strata::connect::{Address, Failure, Incoming, Net, Outgoing};
use strata::http::{HeaderValue, StatusCode, header};

use crate::outside::{Names, Outside, client, gzip, lenient, ok, runtime, status};

const LARGEST: u64 = 1 << 20;

fn get(config: &Config, url: &str) -> Result<Incoming, Failure> {
    let runtime = runtime();
    let _inside = runtime.enter();
    client(config).send(&Outgoing::get(Address::parse(url).unwrap(), LARGEST))
}

fn failure(config: &Config, url: &str) -> Failure {
    get(config, url).expect_err(url)
}

#[test]
fn an_answer_comes_whole_and_inflated() {
    let text = "BEGIN:VCALENDAR\r\n".repeat(100);
    let packed = ok("Content-Encoding: gzip\r\n", gzip(text.as_bytes()));
    let outside = Outside::saying(packed);
    let answer = get(&lenient(&[&outside]), &outside.url("/a.ics?x=1")).unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, text);
    let asked = &outside.asked()[0];
    assert_eq!(asked.target, "/a.ics?x=1");
    assert_eq!(asked.header("host"), Some(&*outside.address.to_string()));
    assert_eq!(asked.header("accept-encoding"), Some("gzip"));
    assert!(asked.header("user-agent").unwrap().starts_with("strata/"));
    assert_eq!(asked.header("authorization"), None);
}

#[test]
fn nothing_but_the_public_internet_is_called() {
    let outside = Outside::saying(ok("", "secret"));
    let mut strict = Config::default();
    strict.outbound.ports.push(outside.port());
    let port = outside.port();
    for host in [
        "127.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "LOCALHOST.",
        "169.254.169.254",
        "[fd00:ec2::254]",
    ] {
        let url = format!("http://{host}:{port}/");
        assert_eq!(failure(&strict, &url), Failure::Private, "{url}");
    }
    assert!(outside.asked().is_empty());
}

#[test]
fn ports_are_those_of_the_settings() {
    let outside = Outside::saying(ok("", "x"));
    let mut config = lenient(&[&outside]);
    assert!(get(&config, &outside.url("/")).is_ok());
    config.outbound.ports = vec![80, 443];
    assert_eq!(
        failure(&config, &outside.url("/")),
        Failure::Port(outside.port())
    );
    assert_eq!(
        failure(&config, "https://example.org:22/"),
        Failure::Port(22)
    );
}

/// A name that leads to the public internet when it is looked at and to this machine when it is called would be called
/// by the address that was looked at.
#[test]
fn the_address_that_was_checked_is_the_one_that_is_called() {
    let outside = Outside::saying(ok("", "x"));
    let runtime = runtime();
    let _inside = runtime.enter();
    let ask = |names: &[(&str, &[&[&str]])], host: &str| {
        let client = client(&lenient(&[&outside])).resolving(Names::of(names));
        let url = format!("http://{host}:{}/", outside.port());
        client.send(&Outgoing::get(Address::parse(&url).unwrap(), LARGEST))
    };
    // Answers change from one question to the next: only the first is ever asked for.
    let names: &[(&str, &[&[&str]])] = &[("rebind.example", &[&["127.0.0.1"], &["127.0.0.2"]])];
    assert!(ask(names, "rebind.example").is_ok());
    let names: &[(&str, &[&[&str]])] = &[("rebind.example", &[&["127.0.0.2"], &["127.0.0.1"]])];
    assert_eq!(ask(names, "rebind.example").unwrap_err(), Failure::Private);
    // Of several addresses those that may be called are.
    let names: &[(&str, &[&[&str]])] = &[("both.example", &[&["10.0.0.1", "127.0.0.1"]])];
    assert!(ask(names, "both.example").is_ok());
    let names: &[(&str, &[&[&str]])] = &[("none.example", &[&[]])];
    assert_eq!(ask(names, "none.example").unwrap_err(), Failure::NoHost);
    assert_eq!(ask(names, "unknown.example").unwrap_err(), Failure::NoHost);
}

#[test]
fn redirects_are_followed_and_checked_one_by_one() {
    let there = Outside::saying(ok("", "there"));
    let target = there.url("/b.ics");
    for code in ["301 Moved", "302 Found", "303 See", "307 T", "308 P"] {
        let target = target.clone();
        let here = Outside::playing(move |_| status(code, &format!("Location: {target}\r\n"), ""));
        let config = lenient(&[&here, &there]);
        assert_eq!(
            get(&config, &here.url("/")).unwrap().body,
            "there",
            "{code}"
        );
        // Where the second port may not be called, no redirect leads there either.
        let config = lenient(&[&here]);
        let refused = failure(&config, &here.url("/"));
        assert_eq!(refused, Failure::Port(there.port()), "{code}");
    }
    for (location, why) in [
        (
            "http://169.254.169.254:PORT/latest/meta-data/",
            Failure::Private,
        ),
        ("http://127.0.0.2:PORT/", Failure::Private),
        ("http://[::1]:PORT/", Failure::Private),
        ("http://localtest.example:PORT/", Failure::NoHost),
        (
            "file:///etc/passwd",
            Failure::Location(strata::connect::BadAddress::Scheme),
        ),
        (
            "gopher://127.0.0.1:PORT/",
            Failure::Location(strata::connect::BadAddress::Scheme),
        ),
    ] {
        let here = Outside::playing(move |asked| {
            let port = asked.header("host").unwrap().rsplit(':').next().unwrap();
            let location = location.replace("PORT", port);
            status("302 Found", &format!("Location: {location}\r\n"), "")
        });
        let runtime = runtime();
        let _inside = runtime.enter();
        let client = client(&lenient(&[&here])).resolving(Names::of(&[]));
        let to = Address::parse(&here.url("/")).unwrap();
        let refused = client.send(&Outgoing::get(to, LARGEST)).unwrap_err();
        assert_eq!(refused, why, "{location}");
    }
}

#[test]
fn redirects_end() {
    let here = Outside::playing(|asked| {
        status("302 Found", &format!("Location: {}x\r\n", asked.target), "")
    });
    let config = lenient(&[&here]);
    assert_eq!(failure(&config, &here.url("/")), Failure::Redirects(5));
    assert_eq!(here.asked().len(), 6);
}

#[test]
fn what_is_not_to_be_followed_is_not() {
    let here = Outside::saying(status("302 Found", "Location: /b\r\n", "x"));
    let runtime = runtime();
    let _inside = runtime.enter();
    let request = Outgoing {
        follows: false,
        ..Outgoing::get(Address::parse(&here.url("/")).unwrap(), LARGEST)
    };
    let answer = client(&lenient(&[&here])).send(&request).unwrap();
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(here.asked().len(), 1);
}

#[test]
fn credentials_stay_with_their_host() {
    let there = Outside::saying(ok("", "there"));
    let target = there.url("/c");
    let here = Outside::playing(move |asked| match asked.target.as_str() {
        "/a" => status("302 Found", "Location: /b\r\n", ""),
        _ => status("302 Found", &format!("Location: {target}\r\n"), ""),
    });
    let config = lenient(&[&here, &there]);
    let url = here.url("/a").replace("http://", "http://me:hunter2@");
    assert_eq!(get(&config, &url).unwrap().body, "there");
    let basic = Some("Basic bWU6aHVudGVyMg==");
    let asked = here.asked();
    assert_eq!(asked.len(), 2);
    assert!(
        asked
            .iter()
            .all(|asked| asked.header("authorization") == basic)
    );
    assert_eq!(there.asked()[0].header("authorization"), None);
    assert!(!there.asked()[0].head.contains("hunter2"));
}

#[test]
fn what_is_not_whole_is_no_answer() {
    let packed = gzip(&b"BEGIN:VCALENDAR\r\n".repeat(1000));
    let half = &packed[..packed.len() / 2];
    for (answer, why) in [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nBEGIN".to_vec(),
            Failure::Broken,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nBEGIN\r\n".to_vec(),
            Failure::Broken,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Le".to_vec(), Failure::Broken),
        (
            b"SSH-2.0-OpenSSH_9.9\r\n\r\n\r\n".to_vec(),
            Failure::Garbled,
        ),
        (ok("Content-Encoding: gzip\r\n", half), Failure::Broken),
        (ok("Content-Encoding: gzip\r\n", "plain"), Failure::Broken),
        (ok("Content-Encoding: br\r\n", "x"), Failure::Coding),
    ] {
        let outside = Outside::saying(answer.clone());
        let refused = failure(&lenient(&[&outside]), &outside.url("/"));
        assert_eq!(refused, why, "{}", answer.escape_ascii());
    }
}

#[test]
fn size_is_bounded_on_the_wire_and_behind_it() {
    let large = "x".repeat(LARGEST as usize + 1);
    let bomb = gzip(&vec![b'x'; 64 << 20]);
    assert!(bomb.len() < 100_000);
    for answer in [
        ok("", &large),
        format!("HTTP/1.1 200 OK\r\n\r\n{large}").into_bytes(),
        ok("Content-Encoding: gzip\r\n", bomb),
    ] {
        let outside = Outside::saying(answer);
        let refused = failure(&lenient(&[&outside]), &outside.url("/"));
        assert_eq!(refused, Failure::TooLarge(LARGEST));
    }
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(1 << 20));
    let outside = Outside::saying(endless);
    let refused = failure(&lenient(&[&outside]), &outside.url("/"));
    assert!(
        matches!(refused, Failure::Garbled | Failure::Broken),
        "{refused}"
    );
}

#[test]
fn time_is_bounded() {
    for answer in [
        Vec::new(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx".to_vec(),
    ] {
        let silent = Outside::playing({
            let answer = answer.clone();
            move |_| answer.clone()
        });
        let mut config = lenient(&[&silent]);
        config.outbound.timeout = Duration::from_millis(300);
        let refused = failure(&config, &silent.url("/"));
        if answer.is_empty() {
            assert_eq!(refused, Failure::Slow(0));
        } else {
            // The other side hangs up instead.
            assert_eq!(refused, Failure::Broken);
        }
    }
}

#[test]
fn a_machine_that_listens_on_nothing_is_told_so() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let mut config = Config::default();
    config.outbound.allow = vec!["127.0.0.1/32".parse().unwrap()];
    config.outbound.ports = vec![gone.port()];
    let refused = failure(&config, &format!("http://{gone}/"));
    assert_eq!(refused, Failure::Connect("connection refused".to_owned()));
}

// K-29
#[test]
fn what_this_server_gives_out_is_not_taken_in_again() {
    let here = Outside::saying(status(
        "302 Found",
        "Location: https://cal.example.org/cal/feed/alice/abc.ics\r\n",
        "",
    ));
    let mut config = lenient(&[&here]);
    config.server.public_url = Some("https://cal.example.org".to_owned().try_into().unwrap());
    let direct = "webcal://cal.example.org/feed/alice/abc.ics";
    assert_eq!(failure(&config, direct), Failure::Own);
    config.outbound.ports.push(443);
    assert_eq!(failure(&config, &here.url("/")), Failure::Own);
}

/// A server with a certificate of its own making, which answers once.
fn secure(answer: Vec<u8>) -> (u16, tokio_rustls::rustls::RootCertStore) {
    use std::io::{Read, Write};
    use tokio_rustls::rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["cal.example".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let key = rustls_pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming().take(3) {
            let connection = ServerConnection::new(Arc::new(config.clone())).unwrap();
            let mut stream = StreamOwned::new(connection, socket.unwrap());
            let mut head = [0; 4096];
            if stream.read(&mut head).is_ok() {
                let _ = stream.write_all(&answer);
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (port, roots)
}

#[test]
fn https_wants_a_certificate_that_holds_and_never_falls_back() {
    let plain = Outside::saying(ok("", "plain"));
    let (port, roots) = secure(status(
        "302 Found",
        &format!("Location: {}\r\n", plain.url("/")),
        "",
    ));
    let mut config = lenient(&[&plain]);
    config.outbound.ports.push(port);
    let runtime = runtime();
    let _inside = runtime.enter();
    let names = || {
        Names::of(&[
            ("cal.example", &[&["127.0.0.1"]]),
            ("other.example", &[&["127.0.0.1"]]),
        ])
    };
    let ask = |client: &strata::server::client::Client, host: &str| {
        let url = format!("https://{host}:{port}/");
        client.send(&Outgoing::get(Address::parse(&url).unwrap(), LARGEST))
    };
    let trusting = client(&config).resolving(names()).trusting(roots);
    assert_eq!(
        ask(&trusting, "cal.example").unwrap_err(),
        Failure::Downgrade
    );
    let other = ask(&trusting, "other.example").unwrap_err();
    assert!(matches!(other, Failure::Tls(_)), "{other}");
    let strict = client(&config).resolving(names());
    let unknown = ask(&strict, "cal.example").unwrap_err();
    assert!(matches!(unknown, Failure::Tls(_)), "{unknown}");
    assert!(plain.asked().is_empty());
}

#[test]
fn what_a_request_carries_goes_along() {
    let outside = Outside::saying(status("304 Not Modified", "", ""));
    let runtime = runtime();
    let _inside = runtime.enter();
    let mut request = Outgoing::get(Address::parse(&outside.url("/")).unwrap(), LARGEST);
    let tag = HeaderValue::from_static("\"abc\"");
    request.headers.insert(header::IF_NONE_MATCH, tag);
    let answer = client(&lenient(&[&outside])).send(&request).unwrap();
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
    assert_eq!(outside.asked()[0].header("if-none-match"), Some("\"abc\""));
}
