//! The command line as scripts see it: exit codes, what stands on standard output and error, and the README as typed.

#[path = "cli/availability.rs"]
mod availability;
#[path = "cli/feeds.rs"]
mod feeds;
#[path = "cli/friends.rs"]
mod friends;
#[path = "cli/layers.rs"]
mod layers;
#[path = "cli/tokens.rs"]
mod tokens;
#[path = "cli/trash.rs"]
mod trash;
#[path = "cli/views.rs"]
mod views;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_strata");

/// A folder with a configuration that makes hashing cheap.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = "[auth]\nmemory = 64\niterations = 1\n[store]\nsynchronous = \"normal\"\n";
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_clear();
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed; its standard output.
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// Runs a command that must fail with 1 and one line; that line.
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        assert!(error.starts_with("strata: "), "{error}");
        error
    }

    fn serve(&self) -> Server {
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        let address = loop {
            let line = lines.next().expect("the server ended").unwrap();
            if let Some(address) = line.strip_prefix("strata listening on http://") {
                break address.to_owned();
            }
            said.push(line);
        };
        Server {
            child,
            address,
            said,
        }
    }
}

struct Server {
    child: Child,
    address: String,
    /// What stood on standard output before the line with the address.
    said: Vec<String>,
}

impl Server {
    fn status(&self, user: &str, password: &str) -> u16 {
        let output = Command::new("curl")
            .args([
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-X",
                "PROPFIND",
                "-H",
                "Depth: 0",
            ])
            .args([
                "-u",
                &format!("{user}:{password}"),
                &format!("http://{}/dav/", self.address),
            ])
            .output()
            .unwrap();
        text(&output.stdout).parse().unwrap()
    }

    /// SIGTERM; the exit code.
    fn stop(mut self) -> Option<i32> {
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What stands in the first column below the head of a table.
fn first_id(table: &str) -> String {
    let line = table.lines().nth(1).expect("a row");
    line.split_whitespace().next().unwrap().to_owned()
}

fn password_in(output: &str) -> String {
    let line = output
        .lines()
        .find_map(|line| line.strip_prefix("password: "));
    line.expect("a password is printed").to_owned()
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    let home = Home::new();
    for arguments in [
        &["nonsense"][..],
        &["user"],
        &["user", "add"],
        &["user", "delete", "alice"],
        &["--listen"],
    ] {
        assert_eq!(home.run(arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(home.ok(&["--help"]).contains("app-password"));
    assert!(home.ok(&["--version"]).starts_with("strata "));
    assert!(home.ok(&["completions", "bash"]).contains("app-password"));
}

#[test]
fn a_mistake_in_the_configuration_is_one_line() {
    let home = Home::new();
    std::fs::write(home.path().join("config.toml"), "[server]\nlissen = 1\n").unwrap();
    assert!(
        home.fails(&["serve"])
            .contains("config.toml: server.lissen: unknown key")
    );
    assert!(home.fails(&["user", "list"]).contains("server.lissen"));
    let output = home.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("WRONG  config.toml: server.lissen: unknown key"));
    assert!(
        home.fails(&["--config", "nowhere.toml", "serve"])
            .contains("nowhere.toml")
    );
}

#[test]
fn accounts_come_and_go() {
    let home = Home::new();
    let added = home.ok(&[
        "user",
        "add",
        "alice",
        "--email",
        "alice@example.org",
        "--admin",
    ]);
    assert_eq!(password_in(&added).len(), 23);
    assert!(home.fails(&["user", "add", "alice"]).contains("already"));
    assert!(
        home.fails(&["user", "add", "bob", "--email", "alice@example.org"])
            .contains("belongs to the account alice")
    );
    assert!(
        home.fails(&["user", "add", "a/b"])
            .contains("a name holds no slash")
    );
    assert!(
        home.fails(&["user", "passwd", "nobody"])
            .contains("there is no account nobody")
    );
    let listed: serde_json::Value =
        serde_json::from_str(&home.ok(&["user", "list", "--json"])).unwrap();
    assert_eq!(listed[0]["name"], "alice");
    assert_eq!(listed[0]["admin"], true);
    home.ok(&["user", "disable", "alice"]);
    assert!(home.ok(&["user", "list"]).contains("disabled"));
    home.ok(&["user", "enable", "alice"]);
    home.ok(&["user", "delete", "alice", "--yes"]);
    assert_eq!(home.ok(&["user", "list", "--json"]).trim(), "[]");
}

#[test]
fn groups_have_members() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    home.ok(&["group", "add", "family", "--display-name", "The family"]);
    assert!(home.fails(&["group", "add", "family"]).contains("already"));
    home.ok(&["group", "member", "add", "family", "alice"]);
    assert!(
        home.fails(&["group", "member", "add", "club", "alice"])
            .contains("no group club")
    );
    let listed = home.ok(&["group", "list"]);
    assert!(
        listed.contains("The family") && listed.contains("alice"),
        "{listed}"
    );
    home.ok(&["group", "member", "remove", "family", "alice"]);
    assert!(
        home.fails(&["group", "member", "remove", "family", "alice"])
            .contains("not a member")
    );
}

#[test]
fn the_first_start_makes_an_administrator_once() {
    let home = Home::new();
    let server = home.serve();
    let [line] = &server.said[..] else {
        panic!("{:?}", server.said)
    };
    let password = line
        .split_once("password ")
        .unwrap()
        .1
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    assert_ne!(server.status("admin", &password), 401);
    assert_eq!(server.status("admin", "guess"), 401);
    assert_eq!(server.stop(), Some(0));
    let again = home.serve();
    assert!(again.said.is_empty(), "{:?}", again.said);
    assert_ne!(again.status("admin", &password), 401);
}

#[test]
fn a_running_server_notices_what_a_command_changes() {
    let home = Home::new();
    home.with_input(
        &["user", "add", "alice", "--password-stdin"],
        "wonderland\n",
    );
    let server = home.serve();
    assert!(server.said.is_empty());
    assert_ne!(server.status("alice", "wonderland"), 401);
    assert!(
        home.with_input(
            &["user", "passwd", "alice", "--password-stdin"],
            "looking glass\n"
        )
        .status
        .success()
    );
    assert_eq!(server.status("alice", "wonderland"), 401);
    assert_ne!(server.status("alice", "looking glass"), 401);

    let secret = password_in(&home.ok(&[
        "app-password",
        "add",
        "alice",
        "--label",
        "phone",
        "--layer",
        "personal",
    ]));
    assert_ne!(server.status("alice", &secret), 401);
    assert!(
        home.ok(&["app-password", "list", "alice"])
            .contains("phone")
    );
    let id = first_id(&home.ok(&["app-password", "list", "alice"]));
    home.ok(&["app-password", "revoke", "alice", &id]);
    assert_eq!(server.status("alice", &secret), 401);
    assert!(
        home.fails(&["app-password", "revoke", "alice", &id])
            .contains(&format!("no app password {id}"))
    );
    assert!(
        home.fails(&[
            "app-password",
            "add",
            "alice",
            "--label",
            "x",
            "--layer",
            "no"
        ])
        .contains("no layer no")
    );

    home.ok(&["user", "disable", "alice"]);
    assert_eq!(server.status("alice", "looking glass"), 401);
}

#[test]
fn a_backup_is_a_database_of_its_own() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    home.ok(&["backup", "copy.db"]);
    assert!(
        home.fails(&["backup", "copy.db"])
            .contains("is there already")
    );
    std::fs::create_dir(home.path().join("other")).unwrap();
    std::fs::rename(
        home.path().join("copy.db"),
        home.path().join("other/strata.db"),
    )
    .unwrap();
    assert!(
        home.ok(&["--data", "other", "user", "list"])
            .contains("alice")
    );
}

const FILE: &str = "BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//somewhere//else//EN\r
METHOD:PUBLISH\r
BEGIN:VTIMEZONE\r
TZID:Home\r
BEGIN:STANDARD\r
DTSTART:19700101T000000\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0100\r
END:STANDARD\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
UID:one\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Home:20260102T100000\r
X-ODD;X-P=\"a:b\":kept as it is, fol\r
 ded here\r
SUMMARY:One\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:two\r
SEQUENCE:3\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Home:20260103T100000\r
SUMMARY:Two\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:broken\r
DTSTAMP:20260101T000000Z\r
DTSTART:someday\r
END:VEVENT\r
BEGIN:VTODO\r
UID:todo\r
DTSTAMP:20260101T000000Z\r
END:VTODO\r
END:VCALENDAR\r
";

/// Runs an import; its exit code, the summary, the rejections.
fn import(home: &Home, file: &str) -> (Option<i32>, String, String) {
    std::fs::write(home.path().join("in.ics"), file).unwrap();
    let output = home.run(&["import", "alice", "personal", "in.ics"]);
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn an_import_reports_every_object_and_can_be_repeated() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    let (code, summary, rejected) = import(&home, FILE);
    assert_eq!(code, Some(1), "{rejected}");
    assert_eq!(summary, "2 created, 0 updated, 0 unchanged, 2 rejected\n");
    assert!(
        rejected.contains("rejected: in.ics: line 28: broken: DTSTART"),
        "{rejected}"
    );
    assert!(
        rejected.contains("line 33: todo: this calendar does not take VTODO"),
        "{rejected}"
    );
    assert!(
        rejected.ends_with("strata: 2 of 4 objects were rejected\n"),
        "{rejected}"
    );

    let newer = FILE
        .replace("SUMMARY:One", "SUMMARY:One more")
        .replace("SEQUENCE:3", "SEQUENCE:2");
    let (_, summary, _) = import(&home, &newer);
    assert_eq!(
        summary,
        "0 created, 1 updated, 0 unchanged, 1 kept because what is there is newer, 2 rejected\n"
    );
    let (_, summary, _) = import(&home, &newer.replace("SEQUENCE:2", "SEQUENCE:3"));
    assert_eq!(summary, "0 created, 0 updated, 2 unchanged, 2 rejected\n");

    assert!(
        home.fails(&["import", "alice", "work", "in.ics"])
            .contains("alice has no layer work")
    );
    assert!(
        home.fails(&["export", "nobody", "personal"])
            .contains("there is no account nobody")
    );
    let missing = home.run(&["import", "alice", "personal", "nowhere.ics"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).starts_with("strata: nowhere.ics: "));
}

#[test]
fn what_is_exported_is_what_was_imported() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    home.ok(&["user", "add", "bob"]);
    import(&home, FILE);
    home.ok(&["export", "alice", "personal", "-o", "first.ics"]);
    home.ok(&["import", "bob", "personal", "first.ics"]);
    home.ok(&["export", "bob", "personal", "--output", "second.ics"]);
    let first = std::fs::read_to_string(home.path().join("first.ics")).unwrap();
    assert_eq!(
        first,
        std::fs::read_to_string(home.path().join("second.ics")).unwrap()
    );
    assert_eq!(first, home.ok(&["export", "bob", "personal"]));
    let kept = FILE.split("BEGIN:VEVENT").nth(1).unwrap();
    assert!(first.contains(kept), "{first}");
    assert_eq!(first.matches("BEGIN:VTIMEZONE").count(), 1, "{first}");
    assert!(!first.contains("METHOD"), "{first}");
    assert_eq!(
        home.ok(&["import", "alice", "personal", "second.ics"]),
        "0 created, 0 updated, 2 unchanged, 0 rejected\n"
    );
}

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

#[test]
fn the_examples_of_the_readme_work_as_typed() {
    let home = Home::new();
    let server = home.serve();
    let out = as_typed(&home, &server, include_str!("../README.md"));
    for expected in ["/dav/principals/users/alice/", "SUMMARY:Tea", "sync-token"] {
        assert!(out.contains(expected), "{expected} is missing\n{out}");
    }
}

/// Runs every block of a page's shell commands, one after the other; what they print.
fn as_typed(home: &Home, server: &Server, page: &str) -> String {
    let mut script = String::from("set -eu\n");
    for block in page.split("```sh\n").skip(1) {
        script.push_str(block.split("```").next().unwrap());
    }
    let script = script.replace("127.0.0.1:5232", &server.address);
    let path = format!(
        "{}:{}",
        Path::new(BINARY).parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(home.path())
        .env("PATH", path)
        .output()
        .unwrap();
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{error}\n{out}");
    out
}

#[test]
fn output_that_nobody_reads_is_no_failure() {
    let home = Home::new();
    let mut child = home
        .command(&["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut error = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut error)
        .unwrap();
    let _ = child.wait().unwrap();
    assert!(!error.contains("RUST_BACKTRACE"), "{error}");
}
