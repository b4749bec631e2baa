//! The binary under a service manager: readiness, watchdog, stopping, and what it prints.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Ends the process when a test fails half-way.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

fn strata(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command
        .current_dir(folder)
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn the_service_manager_hears_of_start_life_and_end() {
    let folder = tempfile::tempdir().unwrap();
    let manager = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    manager
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let hear = || {
        let mut message = [0; 64];
        let length = manager.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..length]).into_owned()
    };
    let started = strata(folder.path())
        .env("NOTIFY_SOCKET", folder.path().join("notify"))
        .env("WATCHDOG_USEC", "100000")
        .spawn();
    let mut running = Running(started.unwrap());
    assert_eq!(hear(), "READY=1");
    assert_eq!(hear(), "WATCHDOG=1");
    assert_eq!(hear(), "WATCHDOG=1");
    signal(&running.0, "-TERM");
    while hear() != "STOPPING=1" {}
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn the_start_is_announced_on_standard_output_and_the_log_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = Running(
        strata(folder.path())
            .arg("--log-format=json")
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let mut line = lines.next().unwrap().unwrap();
    assert!(line.starts_with("created the account admin"), "{line}");
    line = lines.next().unwrap().unwrap();
    let address = line
        .strip_prefix("strata listening on http://")
        .unwrap()
        .to_owned();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let secret = "Basic YWRtaW46Z3Vlc3M=";
    let request = format!(
        "GET /dav/?secret=q HTTP/1.1\r\nHost: a\r\nAuthorization: {secret}\r\nConnection: close\r\n\r\n"
    );
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    signal(&running.0, "-INT");
    assert!(lines.next().is_none());
    let mut log = String::new();
    let mut errors = running.0.stderr.take().unwrap();
    std::io::Read::read_to_string(&mut errors, &mut log).unwrap();
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    let request = log
        .lines()
        .find(|line| line.contains("\"message\":\"request\""))
        .unwrap();
    let event: serde_json::Value = serde_json::from_str(request).unwrap();
    assert_eq!(
        (&event["method"], &event["path"], &event["status"]),
        (&"GET".into(), &"/dav/".into(), &401.into())
    );
    assert!(
        !log.contains("secret") && !log.contains("guess") && !log.contains("YWRtaW46"),
        "{log}"
    );
}

#[test]
fn a_mistake_in_the_configuration_is_one_line_and_exit_1() {
    let folder = tempfile::tempdir().unwrap();
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = busy.local_addr().unwrap().to_string();
    for (name, value, expected) in [
        ("STRATA__SERVER__PORT", "1", "server.port: unknown key"),
        ("STRATA__LOG__LEVEL", "a=b=c", "log.level: "),
        (
            "STRATA__SERVER__TLS_KEY",
            "k",
            "server.tls_certificate: is needed",
        ),
        (
            "STRATA__SERVER__BASE_PATH",
            "x",
            "server.base_path: must begin",
        ),
    ] {
        let output = strata(folder.path()).env(name, value).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(
            error.contains(expected) && error.lines().count() == 1,
            "{error}"
        );
    }
    let output = strata(folder.path())
        .args(["--listen", &taken])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "--listen stands twice");
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    let output = command
        .arg("--listen")
        .arg(&taken)
        .arg("--data")
        .arg(folder.path())
        .current_dir(folder.path())
        .output();
    let output = output.unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains(&format!("server.listen: {taken}: ")),
        "{error}"
    );
}
