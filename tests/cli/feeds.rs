//! `strata feed`: a calendar of somebody else's comes in, is read-only to clients, and goes.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use serde_json::Value;

use super::{Home, text};

/// A server of somebody else's, which says the same to everybody.
fn outside(body: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut head = [0; 4096];
            let _ = socket.read(&mut head);
            let length = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
            let _ = socket.write_all(answer.as_bytes());
        }
    });
    port
}

fn calendar(events: usize) -> String {
    let events: String = (0..events)
        .map(|number| {
            format!(
                "BEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20260601\r\n\
                 SUMMARY:Holiday {number}\r\nEND:VEVENT\r\n"
            )
        })
        .collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nX-WR-CALNAME:Days off\r\n{events}END:VCALENDAR\r\n"
    )
}

fn with_alice(outbound: &str) -> Home {
    let home = Home::new();
    let file = home.path().join("config.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{config}{outbound}")).unwrap();
    let made = home.with_input(&["user", "add", "alice", "--password-stdin"], "pw\n");
    assert!(made.status.success(), "{}", text(&made.stderr));
    home
}

fn list(home: &Home) -> Value {
    serde_json::from_str(&home.ok(&["feed", "list", "alice", "--json"])).unwrap()
}

#[test]
fn a_calendar_of_somebody_elses_comes_in_and_goes() {
    let port = outside(calendar(317));
    let allow = format!("[outbound]\nallow = [\"127.0.0.1/32\"]\nports = [{port}]\n");
    let home = with_alice(&allow);
    let url = format!("http://me:hunter2@127.0.0.1:{port}/private-hunter2/days.ics?key=hunter2");
    let said = home.ok(&["feed", "add", "alice", &url, "--interval", "6h"]);
    let feed = &list(&home)[0];
    let id = feed["id"].as_str().unwrap();
    assert_eq!(
        said,
        format!("subscription {id}: 317 items in the layer 127-0-0-1\n")
    );
    assert_eq!(
        (&feed["status"], &feed["items"]),
        (&"ok".into(), &317.into())
    );
    assert_eq!(
        (&feed["interval"], &feed["name"]),
        (&"6h".into(), &"Days off".into())
    );
    let shown = home.ok(&["feed", "list", "alice"]);
    assert!(
        shown.contains("days.ics") && !shown.contains("hunter2"),
        "{shown}"
    );
    assert!(!list(&home).to_string().contains("hunter2"));
    assert!(home.ok(&["layer", "list", "alice"]).contains("external"));
    home.ok(&["feed", "refresh", "alice", "127-0-0-1"]);

    let server = home.serve();
    let put = |method: &str| {
        let layer = format!(
            "http://{}/dav/calendars/alice/127-0-0-1/new.ics",
            server.address
        );
        let output = Command::new("curl")
            .args(["-s", "-w", "%{http_code}", "-X", method, "-u", "alice:pw"])
            .args([
                "-H",
                "Content-Type: text/calendar",
                "--data-binary",
                &calendar(1),
                &layer,
            ])
            .output()
            .unwrap();
        text(&output.stdout)
    };
    let refused = put("PUT"); // E-050
    assert!(
        refused.ends_with("403") && refused.contains("need-privileges"),
        "{refused}"
    );
    assert!(server.stop().is_some());

    let said = home.ok(&["feed", "remove", "alice", id]);
    assert!(
        said.contains("the layer 127-0-0-1 of alice is gone"),
        "{said}"
    );
    assert_eq!(list(&home), Value::Array(Vec::new()));
    assert!(
        home.fails(&["feed", "remove", "alice", id])
            .contains(&format!("alice has no subscription {id}"))
    );
}

#[test]
fn what_must_not_be_called_is_not() {
    let port = outside(calendar(1));
    let home = with_alice(&format!("[outbound]\nports = [{port}]\n"));
    let url = format!("http://127.0.0.1:{port}/days.ics");
    let said = home.fails(&["feed", "add", "alice", &url]);
    assert!(
        said.contains("a network that this server does not call"),
        "{said}"
    );
    assert_eq!(list(&home)[0]["status"], "error");
    assert!(
        home.fails(&["feed", "add", "alice", "ftp://example.org/"])
            .contains("https://")
    );
}

#[test]
fn a_running_server_fetches_what_is_due() {
    let port = outside(calendar(3));
    let allow = format!("[outbound]\nallow = [\"127.0.0.1/32\"]\nports = [{port}]\n");
    let home = with_alice(&allow);
    let server = home.serve();
    let made = Command::new("curl")
        .args([
            "-s",
            "-u",
            "alice:pw",
            "-H",
            "Content-Type: application/json",
            "-d",
        ])
        .arg(format!(r#"{{"url":"http://127.0.0.1:{port}/days.ics"}}"#))
        .arg(format!("http://{}/api/v1/calendar/feeds", server.address))
        .output()
        .unwrap();
    assert!(
        text(&made.stdout).contains("PENDING"),
        "{}",
        text(&made.stdout)
    );
    // The server looks every two seconds; asking it takes a while each time.
    let is_ok = (0..2000).any(|_| list(&home)[0]["status"] == "ok");
    assert!(is_ok, "{}", list(&home));
    assert_eq!(server.stop(), Some(0));
}
