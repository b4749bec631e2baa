//! The command line as scripts see it: exit codes, what stands on standard output and error, and the README as typed.

#[path = "cli/availability.rs"]
mod availability;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/feeds.rs"]
mod feeds;
#[path = "cli/friends.rs"]
mod friends;
#[path = "cli/house.rs"]
mod house;
#[path = "cli/layers.rs"]
mod layers;
#[path = "cli/tokens.rs"]
mod tokens;
#[path = "cli/transfer.rs"]
mod transfer;
#[path = "cli/trash.rs"]
mod trash;
#[path = "cli/views.rs"]
mod views;

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use house::{BINARY, Home, Server, first_id, password_in, text};

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
