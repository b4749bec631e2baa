//! `strata check`: it looks without touching, and the doctor says what a proxy does wrong.

use std::io::{Read, Write};

use super::{Home, text};

#[test]
fn check_upgrades_nothing() {
    let home = Home::new();
    home.ok(&["user", "list"]);
    let database = home.path().join("data/strata.db");
    let conn = rusqlite::Connection::open(&database).unwrap();
    let newest: i64 = version(&conn);
    conn.execute("UPDATE versions SET version = 1", []).unwrap();
    let output = home.ok(&["check"]);
    let told = format!("is of version 1; this strata brings it to {newest}");
    assert!(output.contains(&told), "{output}");
    assert_eq!(version(&conn), 1);
}

fn version(conn: &rusqlite::Connection) -> i64 {
    conn.query_row("SELECT version FROM versions", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn check_looks_and_the_doctor_asks() {
    let home = Home::new();
    let output = home.ok(&["check"]);
    assert!(
        output.contains("there is no database sqlite:strata.db yet"),
        "{output}"
    );
    assert!(!home.path().join("data").join("strata.db").exists());
    let server = home.serve();
    let output = home.ok(&["check"]);
    assert!(
        output.contains("the database sqlite:strata.db opens, 1 accounts"),
        "{output}"
    );
    let output = home.ok(&["check", "--url", &format!("http://{}", server.address)]);
    assert!(
        output.contains("without a password answers 401 with a Basic challenge"),
        "{output}"
    );
    assert!(
        output.contains("leads to") && !output.contains("WRONG"),
        "{output}"
    );
    let elsewhere = home.run(&["check", "--url", "http://127.0.0.1:1"]);
    assert_eq!(elsewhere.status.code(), Some(1));
    assert!(home.fails(&["check", "--url", "ftp://a"]).contains("--url"));
}

/// A badly set up proxy: answers every request by its method and path alone. Ends with the process.
fn proxy(answer: fn(&str) -> &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                head.extend(byte);
            }
            let line = text(&head).lines().next().unwrap_or_default().to_owned();
            let _ = stream.write_all(answer(&line).as_bytes());
        }
    });
    address
}

#[test]
fn the_doctor_names_what_a_proxy_does_wrong() {
    let home = Home::new();
    let ask = |answer| {
        let output = home.run(&["check", "--url", &format!("http://{}/cal", proxy(answer))]);
        assert_eq!(output.status.code(), Some(1));
        text(&output.stdout)
    };
    let scheme = ask(|line| match line.split(' ').nth(1) {
        Some("/.well-known/caldav") => {
            "HTTP/1.1 301 Moved\r\nLocation: http://inside:5232/cal/dav/\r\n\r\n"
        }
        Some("/cal/dav/") => "HTTP/1.1 403 Forbidden\r\n\r\nno passwords over unencrypted HTTP",
        _ => {
            "HTTP/1.1 200 OK\r\n\r\n<title>Strata</title><code class=\"copy\">http://inside:5232/cal/</code>"
        }
    });
    for expected in [
        "WRONG  PROPFIND /.well-known/caldav leads to http://inside:5232/cal/dav/",
        "The server believes that the client came by unencrypted http.",
        "WRONG  the server does not know that people call it",
        "nginx   location /cal/ {",
        "base_path = \"/cal\"",
    ] {
        assert!(
            scheme.contains(expected),
            "{expected} is missing:\n{scheme}"
        );
    }
    let methods = ask(|line| match line.starts_with("GET ") {
        true => "HTTP/1.1 404 Not Found\r\n\r\n",
        false => "HTTP/1.1 405 Method Not Allowed\r\n\r\n",
    });
    assert!(
        methods.contains("location = /.well-known/caldav { return 301 /cal/dav/; }"),
        "{methods}"
    );
    assert!(
        methods.contains("lets only web browsers' methods through"),
        "{methods}"
    );
    let stripped = ask(|_| "HTTP/1.1 401 Unauthorized\r\n\r\n");
    assert!(
        stripped.contains("The WWW-Authenticate header with the Basic challenge is missing"),
        "{stripped}"
    );
    let garbage = ask(|_| "SSH-2.0-OpenSSH\r\n");
    assert!(garbage.contains("the answer is not HTTP"), "{garbage}");
}
