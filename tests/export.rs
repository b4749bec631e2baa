//! A feed's link over its whole life, with a real server: made on the command line, fetched by machines that give no
//! credentials, ended at once, and never written into a log.

#[path = "support/mod.rs"]
mod support;

use support::process::{self, Server};
use support::{Answer, Ask, event};

fn strata(server: &Server, arguments: &[&str]) -> (bool, String, String) {
    let mut command = process::strata(&server.folder);
    command.args(arguments);
    let done = process::run(command, "");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        done.status.success(),
        text(&done.stdout),
        text(&done.stderr),
    )
}

/// What a command prints behind a word.
fn said(out: &str, word: &str) -> String {
    let found = out.lines().find_map(|line| line.strip_prefix(word));
    found
        .unwrap_or_else(|| panic!("no {word} in {out}"))
        .to_owned()
}

/// A link's path.
fn link(server: &Server, arguments: &[&str]) -> String {
    let (done, out, error) = strata(server, &[&["export-token", "add"], arguments].concat());
    assert!(done, "{error}");
    let link = said(&out, "link: ");
    let (_, path) = link.split_once("/feed/").unwrap();
    assert_eq!(said(&out, "webcal: "), link.replace("http://", "webcal://"));
    format!("/feed/{path}")
}

fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let ask = Ask::new("GET", path);
    let ask = headers
        .iter()
        .fold(ask, |ask, (name, value)| ask.header(name, value));
    server.wire("nobody").ask(&ask).unwrap()
}

/// E-213, E-094, E-210: a token gives a valid calendar with those layers; revoked it gives 404.
#[test]
fn a_link_lives_until_it_is_revoked() {
    let server = Server::start("");
    let mut alice = server.wire("alice");
    let path = "/dav/calendars/alice/personal/one.ics";
    let put = Ask::new("PUT", path).icalendar(event("one", "Dentist"));
    assert_eq!(alice.ask(&put).unwrap().status, 201);
    let terms = [
        "alice",
        "--label",
        "Mine",
        "--audience",
        "owner",
        "--all",
        "--layer",
        "personal",
    ];
    let (own, busy) = (
        link(&server, &terms),
        link(&server, &["alice", "--label", "x", "--all"]),
    );

    let answer = get(&server, &own, &[]);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/calendar; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    assert!(answer.header("last-modified").is_some());
    assert_eq!(
        answer.header("content-disposition"),
        Some("inline; filename=\"calendar.ics\"")
    );
    assert_eq!(answer.header("x-robots-tag"), Some("noindex"));
    assert!(
        answer.text().contains("SUMMARY:Dentist\r\n"),
        "{}",
        answer.text()
    );
    assert!(get(&server, &busy, &[]).text().contains("SUMMARY:Busy\r\n"));
    assert!(!get(&server, &busy, &[]).text().contains("Dentist"));

    let tag = answer.header("etag").unwrap().to_owned();
    let packed = get(&server, &own, &[("Accept-Encoding", "gzip")]);
    assert_eq!(packed.text(), answer.text());
    assert_eq!(get(&server, &own, &[("If-None-Match", &tag)]).status, 304);
    let head = server.wire("nobody").ask(&Ask::new("HEAD", &own)).unwrap();
    assert_eq!((head.status, head.header("etag")), (200, Some(&*tag)));
    let post = server.wire("nobody").ask(&Ask::new("POST", &own)).unwrap();
    assert_eq!(
        (post.status, post.header("allow")),
        (405, Some("GET, HEAD"))
    );

    // The other addresses of the same feed.
    let token = own.strip_prefix("/feed/alice/").unwrap();
    let other = format!("/api/calendar/feed/alice/{token}");
    assert_eq!(get(&server, &other, &[]).text(), answer.text());
    let bare = token.strip_suffix(".ics").unwrap();
    let other = format!("/api/v1/users/alice/calendar.ics?token={bare}");
    assert_eq!(get(&server, &other, &[]).text(), answer.text());

    // What floating and all-day times mean is told with the owner's own words, and to nobody else.
    let zone = [
        "layer",
        "set",
        "alice",
        "personal",
        "timezone=Europe/Berlin",
    ];
    assert!(strata(&server, &zone).0);
    let named = get(&server, &own, &[("If-None-Match", &tag)]);
    assert_eq!(named.status, 200);
    assert!(named.text().contains("\r\nX-WR-TIMEZONE:Europe/Berlin\r\n"));
    assert!(!get(&server, &busy, &[]).text().contains("Berlin"));

    let (_, out, _) = strata(&server, &["export-token", "list", "alice"]);
    assert!(out.contains("Mine") && !out.contains(bare), "{out}");
    let line = out.lines().find(|line| line.contains("Mine")).unwrap();
    let id = line.split_whitespace().next().unwrap();
    let (done, ..) = strata(&server, &["export-token", "revoke", "alice", id]);
    assert!(done);
    for wrong in [id, "1"] {
        let (done, _, error) = strata(&server, &["export-token", "revoke", "alice", wrong]);
        let why = format!("alice has no export token {wrong}");
        assert!(!done && error.contains(&why), "{error}");
    }

    // What was withdrawn, what never was, what cannot be, and what is somebody else's: the same in every byte.
    let gone = get(&server, &own, &[]);
    assert_eq!(gone.status, 404);
    let somebody_elses = busy.replace("/alice/", "/bob/");
    for wrong in [
        "/feed/alice/x.ics",
        "/feed/alice/x",
        "/feed/nobody/x.ics",
        &somebody_elses,
    ] {
        let answer = get(&server, wrong, &[]);
        assert_eq!(
            (answer.status, answer.body),
            (404, gone.body.clone()),
            "{wrong}"
        );
    }
    assert_eq!(get(&server, &busy, &[]).status, 200);

    let log = server.log();
    let other = busy.rsplit('/').next().unwrap();
    assert!(log.contains("/feed/alice/…"), "{log}");
    assert!(
        !log.contains(bare) && !log.contains(other.trim_end_matches(".ics")),
        "{log}"
    );
}

/// A guesser is told to wait; whoever holds a link is not.
#[test]
fn wrong_addresses_are_counted() {
    let server = Server::start("");
    let right = link(&server, &["alice", "--label", "x"]);
    let statuses: Vec<u16> = (0..20)
        .map(|number| get(&server, &format!("/feed/alice/{number}.ics"), &[]).status)
        .collect();
    assert_eq!(statuses[..10], [404; 10]);
    assert_eq!(statuses.last(), Some(&429));
    let answer = get(&server, "/feed/alice/y.ics", &[]);
    assert!(answer.header("retry-after").is_some());
    assert_eq!(get(&server, &right, &[]).status, 200);
}

/// A link ends with its account's being disabled, and is refused for what is not the account's own.
#[test]
fn a_link_is_no_more_than_its_account() {
    let server = Server::start("");
    let path = link(&server, &["alice", "--label", "x"]);
    assert!(strata(&server, &["user", "disable", "alice"]).0);
    assert_eq!(get(&server, &path, &[]).status, 404);
    assert!(strata(&server, &["user", "enable", "alice"]).0);
    assert_eq!(get(&server, &path, &[]).status, 200);
    for wrong in [
        &["bob", "--label", "x", "--layer", "nowhere"][..],
        &["bob", "--label", ""],
        &["bob", "--label", "x", "--months-back", "9999"],
        &["nobody", "--label", "x"],
    ] {
        let (done, out, _) = strata(&server, &[&["export-token", "add"], wrong].concat());
        assert!(!done && out.is_empty(), "{wrong:?}: {out}");
    }
}

/// E-066, E-067: a shared view's link lives, and ends, as others do.
#[test]
fn a_view_has_a_link_while_its_owner_wants_one() {
    let server = Server::start("");
    assert!(strata(&server, &["view", "add", "alice", "Team"]).0);
    let mut alice = server.wire("alice");
    let path = "/dav/calendars/alice/personal/one.ics";
    let open = event("one", "Fair").replace(
        "END:VEVENT",
        "X-STRATA-VISIBILITY:PUBLIC\r\nX-STRATA-DETAILS-TO:EVERYONE\r\nEND:VEVENT",
    );
    let put = Ask::new("PUT", path).icalendar(open);
    assert_eq!(alice.ask(&put).unwrap().status, 201);
    assert!(!strata(&server, &["view", "publish", "bob", "Team"]).0);
    let (done, out, error) = strata(&server, &["view", "publish", "alice", "Team"]);
    assert!(done, "{error}");
    let url = said(&out, "link: ");
    assert_eq!(said(&out, "webcal: "), url.replace("http://", "webcal://"));
    let (_, path) = url.split_once("/feed/").unwrap();
    let path = format!("/feed/{path}");
    assert!(!strata(&server, &["view", "publish", "alice", "Team"]).0);
    let (_, listed, _) = strata(&server, &["view", "list", "alice"]);
    let token = path.rsplit('/').next().unwrap().trim_end_matches(".ics");
    assert!(
        listed.contains("public") && !listed.contains(token),
        "{listed}"
    );

    let answer = get(&server, &path, &[]);
    assert_eq!(answer.status, 200);
    let text = answer.text();
    assert!(text.contains(": Fair\r\n"), "{text}");
    assert!(
        text.contains("X-WR-CALNAME:Team\r\n") && !text.contains("X-STRATA"),
        "{text}"
    );
    let tag = answer.header("etag").unwrap().to_owned();
    assert_eq!(get(&server, &path, &[("If-None-Match", &tag)]).status, 304);
    assert_eq!(
        get(&server, &path.replace("/alice/", "/bob/"), &[]).status,
        404
    );

    assert!(strata(&server, &["view", "unpublish", "alice", "Team"]).0);
    assert!(!strata(&server, &["view", "unpublish", "alice", "Team"]).0);
    let gone = get(&server, &path, &[]);
    let never = get(&server, "/feed/alice/x.ics", &[]);
    assert_eq!((gone.status, gone.body), (404, never.body));
    assert!(!server.log().contains(token));
}
