//! `strata token`, and what a token opens over a real socket: the JSON API alone, at once and no longer.

use std::process::Command;

use super::{Home, Server, text};

const LAYERS: &str = "/api/v1/calendar/layers";

fn token(home: &Home, user: &str, arguments: &[&str]) -> String {
    let added = home.ok(&[&["token", "add", user][..], arguments].concat());
    let line = added.lines().find_map(|line| line.strip_prefix("token: "));
    line.expect("a token is printed").to_owned()
}

/// The status, the head and the body of what curl is answered.
fn curl(server: &Server, arguments: &[&str], path: &str) -> (u16, String, String) {
    let output = Command::new("curl")
        .args(["-s", "-i"])
        .args(arguments)
        .arg(format!("http://{}{path}", server.address))
        .output()
        .unwrap();
    let said = text(&output.stdout);
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

#[test]
fn a_token_opens_the_api_alone_until_it_is_withdrawn() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    let added = home.ok(&[
        "token", "add", "alice", "--scope", "read", "--label", "a page",
    ]);
    let after = |word| added.lines().find_map(|line| line.strip_prefix(word));
    let read = bearer(after("token: ").unwrap());
    let id = after("created token ").unwrap().split(' ').next().unwrap();
    assert!(id.len() == 32, "no row number: {id}");
    let write = bearer(&token(&home, "alice", &["--scope", "write"]));
    let server = home.serve();

    let (status, head, body) = curl(&server, &["-H", &read], LAYERS);
    assert_eq!(status, 200, "{body}");
    assert!(head.contains("content-type: application/json; charset=utf-8"));
    assert!(body.contains("\"id\":\"personal\""), "{body}");
    assert_eq!(curl(&server, &["-H", &read], "/dav/").0, 401);

    let new = [
        "-H",
        "Content-Type: application/json",
        "-d",
        r#"{"name":"Gym"}"#,
    ];
    let (status, head, body) = curl(&server, &[&["-H", &read][..], &new].concat(), LAYERS);
    assert_eq!(status, 403);
    assert!(
        head.contains("content-type: application/problem+json"),
        "{head}"
    );
    assert!(body.contains("\"code\":\"insufficient-scope\""), "{body}");
    assert_eq!(
        curl(&server, &[&["-H", &write][..], &new].concat(), LAYERS).0,
        201
    );

    let listed = home.ok(&["token", "list", "alice"]);
    assert!(
        listed.contains("a page") && listed.contains("read,write") && listed.contains(id),
        "{listed}"
    );
    assert!(!listed.contains("strata_"), "{listed}");
    assert_eq!(
        home.ok(&["token", "revoke", "alice", id]),
        format!("revoked token {id} of alice\n")
    );
    let (status, head, _) = curl(&server, &["-H", &read], LAYERS);
    assert_eq!(status, 401);
    assert!(
        head.contains("www-authenticate: basic ") && head.contains("www-authenticate: bearer ")
    );
    assert!(
        home.fails(&["token", "revoke", "alice", id])
            .contains(&format!("alice has no token {id}"))
    );
    assert!(
        home.fails(&["token", "revoke", "alice", "1"])
            .contains("alice has no token 1")
    );

    assert_eq!(curl(&server, &["-H", &write], LAYERS).0, 200);
    home.ok(&["user", "disable", "alice"]);
    assert_eq!(curl(&server, &["-H", &write], LAYERS).0, 401);
    home.ok(&["user", "enable", "alice"]);
    assert_eq!(curl(&server, &["-H", &write], LAYERS).0, 200);
    home.ok(&["user", "delete", "alice", "--yes"]);
    assert_eq!(curl(&server, &["-H", &write], LAYERS).0, 401);
}

#[test]
fn wrong_tokens_are_slowed_down_and_right_ones_never_wait() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    let right = bearer(&token(&home, "alice", &["--scope", "read"]));
    let server = home.serve();
    let guess = |number: usize| bearer(&format!("strata_{number:043}"));
    let mut slowed = None;
    for number in 0..20 {
        let (status, head, _) = curl(&server, &["-H", &guess(number)], LAYERS);
        if status == 429 {
            slowed = Some(head);
            break;
        }
        assert_eq!(status, 401);
    }
    assert!(slowed.expect("a 429").contains("retry-after: "));
    assert_eq!(curl(&server, &["-H", &right], LAYERS).0, 200);
}

#[test]
fn what_no_token_can_be_good_for_is_refused() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    assert!(
        home.fails(&["token", "add", "alice", "--scope", "admin"])
            .contains("alice is no administrator")
    );
    let wrong = home.run(&["token", "add", "alice", "--scope", "everything"]);
    assert_eq!(wrong.status.code(), Some(2));
    let none = home.run(&["token", "add", "alice"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(
        home.fails(&["token", "add", "nobody", "--scope", "read"])
            .contains("no account nobody")
    );
}

#[test]
fn every_error_of_the_api_is_a_problem() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    let write = bearer(&token(&home, "alice", &["--scope", "write"]));
    let server = home.serve();
    let json = "Content-Type: application/json";
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(1 << 20));
    let file = home.path().join("large.json");
    std::fs::write(&file, large).unwrap();
    let large = format!("@{}", file.display());
    for (arguments, path, status) in [
        (vec![], LAYERS, 401),
        (vec!["-H", &write], "/api/v1/calendar/nothing", 404),
        (vec!["-H", &write, "-X", "DELETE"], LAYERS, 405),
        (vec!["-H", &write, "-H", json, "-d", "{"], LAYERS, 400),
        (vec!["-H", &write, "-d", "{}"], LAYERS, 415),
        (
            vec!["-H", &write, "-H", json, "--data-binary", &large],
            LAYERS,
            413,
        ),
        (
            vec![
                "-H",
                &write,
                "-H",
                json,
                "-H",
                "Content-Encoding: br",
                "-d",
                "{}",
            ],
            LAYERS,
            415,
        ),
    ] {
        let (told, head, body) = curl(
            &server,
            &[&arguments[..], &["-H", "Expect:"]].concat(),
            path,
        );
        assert_eq!(told, status, "{path} {body}");
        assert!(
            head.contains("content-type: application/problem+json"),
            "{head}"
        );
        assert!(body.contains("\"type\":\"urn:strata:problem:"), "{body}");
    }
    assert_eq!(curl(&server, &[], "/api/openapi.json").0, 200);
    // A password does as well as a token.
    let added = home.ok(&[
        "app-password",
        "add",
        "alice",
        "--label",
        "curl",
        "--read-only",
    ]);
    let secret = format!("alice:{}", super::password_in(&added));
    assert_eq!(curl(&server, &["-u", &secret], LAYERS).0, 200);
    let new = ["-u", &secret, "-H", json, "-d", r#"{"name":"x"}"#];
    assert_eq!(curl(&server, &new, LAYERS).0, 403);
}

#[test]
fn the_page_about_the_api_works_as_typed() {
    let home = Home::new();
    home.ok(&["user", "add", "alice"]);
    let server = home.serve();
    let said = super::as_typed(&home, &server, include_str!("../../docs/api.md"));
    for expected in [
        "\"scopes\":[\"read\",\"write\"]",
        "\"name\":\"Gym\"",
        "\"name\":\"Mine\"",
        "\"date\":\"2027-01-25\"",
        "\"title\":\"Late round\"",
    ] {
        assert!(said.contains(expected), "{expected} is missing\n{said}");
    }
    let choirs: Vec<&str> = said
        .split("{\"id\":")
        .filter(|it| it.contains("Choir"))
        .collect();
    assert_eq!(choirs.len(), 2);
    assert_eq!(choirs[0], choirs[1], "nothing is made twice");
}
