//! `strata layer`: what it makes and changes is what clients find.

use std::process::Command;

use serde_json::{Value, json};

use super::{Home, Server, text};

impl Server {
    /// What alice reads with PROPFIND, Depth 1, of her home.
    fn listing(&self) -> String {
        let output = Command::new("curl")
            .args(["-s", "-X", "PROPFIND", "-H", "Depth: 1", "-u", "alice:pw"])
            .arg("--data")
            .arg(
                "<D:propfind xmlns:D='DAV:' xmlns:CS='http://calendarserver.org/ns/' \
                 xmlns:C='urn:ietf:params:xml:ns:caldav' xmlns:S='urn:strata:dav'><D:prop><D:displayname/>\
                 <S:visibility/><C:supported-calendar-component-set/><CS:getctag/></D:prop></D:propfind>",
            )
            .arg(format!("http://{}/dav/calendars/alice/", self.address))
            .output()
            .unwrap();
        text(&output.stdout)
    }
}

fn with_alice() -> Home {
    let home = Home::new();
    let made = home.with_input(&["user", "add", "alice", "--password-stdin"], "pw\n");
    assert!(made.status.success(), "{}", text(&made.stderr));
    home
}

fn layers(home: &Home) -> Vec<Value> {
    serde_json::from_str(&home.ok(&["layer", "list", "alice", "--json"])).unwrap()
}

fn layer(home: &Home, name: &str) -> Value {
    let found = layers(home).into_iter().find(|it| it["layer"] == name);
    found.expect("the layer is there")
}

#[test]
fn layers_come_change_and_go() {
    let home = with_alice();
    assert_eq!(layers(&home).len(), 2);
    home.ok(&[
        "layer",
        "add",
        "alice",
        "sport",
        "--name",
        "Sport & Spiel",
        "--components",
        "vevent,VTODO",
    ]);
    let made = layer(&home, "sport");
    assert_eq!(made["name"], "Sport & Spiel");
    assert_eq!(made["components"], json!(["VEVENT", "VTODO"]));
    assert_eq!(
        (&made["visibility"], &made["kind"]),
        (&json!("private"), &json!("user"))
    );
    assert_eq!(
        (&made["enabled"], &made["transparent"]),
        (&json!(true), &json!(false))
    );

    home.ok(&[
        "layer",
        "set",
        "alice",
        "sport",
        "name=Sport=Mord",
        "color=#ff8800",
        "order=-3",
        "visibility=friends",
        "enabled=false",
        "transparent=true",
        "timezone=europe/berlin",
        "description=Runs, walks",
    ]);
    let set = layer(&home, "sport");
    assert_eq!(set["name"], "Sport=Mord");
    assert_eq!(
        (&set["color"], &set["order"]),
        (&json!("#ff8800"), &json!(-3))
    );
    assert_eq!(
        (&set["visibility"], &set["enabled"], &set["transparent"]),
        (&json!("friends"), &json!(false), &json!(true))
    );
    assert_eq!(
        (&set["timezone"], &set["description"]),
        (&json!("Europe/Berlin"), &json!("Runs, walks"))
    );
    let table = home.ok(&["layer", "list", "alice"]);
    let row = table
        .lines()
        .find(|line| line.starts_with("sport"))
        .unwrap();
    assert!(row.contains("VEVENT,VTODO") && row.contains("disabled, transparent, Europe/Berlin"));

    let taken_away = ["color=", "order=", "timezone=", "description="];
    home.ok(&[&["layer", "set", "alice", "sport"], &taken_away[..]].concat());
    let set = layer(&home, "sport");
    for key in ["color", "order", "timezone", "description"] {
        assert_eq!(set[key], Value::Null, "{key}");
    }

    home.ok(&["layer", "remove", "alice", "sport"]);
    assert_eq!(layers(&home).len(), 2);
    assert!(
        home.fails(&["layer", "remove", "alice", "sport"])
            .contains("alice has no layer sport")
    );
}

/// RFC 6638 section 9.2: invitations have to go somewhere.
#[test]
fn what_is_removed_comes_back_and_the_only_calendar_stays() {
    let home = with_alice();
    home.fails(&["layer", "remove", "alice", "personal"]);
    assert_eq!(layers(&home).len(), 2);
    home.ok(&["layer", "add", "alice", "sport", "--components", "VEVENT"]);
    let said = home.ok(&["layer", "remove", "alice", "sport"]);
    assert!(said.contains("it stands in the trash"), "{said}");
    assert!(home.ok(&["trash", "list", "alice"]).contains("sport"));
}

#[test]
fn what_a_layer_cannot_be_is_refused() {
    let home = with_alice();
    for setting in [
        "colour=#ff8800",
        "color=red",
        "color=#12345g",
        "order=first",
        "visibility=mine",
        "enabled=yes",
        "timezone=Mars/Olympus",
        "name=",
        "name",
    ] {
        let output = home.run(&["layer", "set", "alice", "personal", setting]);
        assert_eq!(output.status.code(), Some(2), "{setting}");
    }
    assert_eq!(
        home.run(&["layer", "set", "alice", "personal"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        home.run(&["layer", "add", "alice", "x", "--components", "VALARM"])
            .status
            .code(),
        Some(2)
    );
    let taken = home.fails(&["layer", "add", "alice", "personal"]);
    assert!(taken.contains("a layer personal already"), "{taken}");
    assert!(
        home.fails(&["layer", "add", "alice", "inbox"])
            .contains("kept")
    );
    home.fails(&["layer", "add", "alice", "a/b"]);
    assert!(
        home.fails(&["layer", "list", "bob"])
            .contains("no account bob")
    );
    home.ok(&["user", "disable", "alice"]);
    assert!(
        home.fails(&["layer", "list", "alice"])
            .contains("the account alice is disabled")
    );
}

#[test]
fn clients_see_what_the_operator_changes() {
    let home = with_alice();
    let server = home.serve();
    let before = server.listing();
    home.ok(&["layer", "add", "alice", "sport", "--components", "VEVENT"]);
    let added = server.listing();
    assert!(added.contains("/dav/calendars/alice/sport/"), "{added}");
    let ctag = |listing: &str| {
        let (_, rest) = listing.split_once("<CS:getctag>").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    assert_ne!(ctag(&before), ctag(&added));
    home.ok(&[
        "layer",
        "set",
        "alice",
        "sport",
        "name=Running",
        "visibility=public",
    ]);
    let set = server.listing();
    assert!(set.contains("Running") && set.contains(">public<"), "{set}");
    assert_ne!(ctag(&added), ctag(&set));
    home.ok(&["layer", "remove", "alice", "sport"]);
    assert!(!server.listing().contains("sport"));
}

#[test]
fn calendars_that_are_switched_off_leave_the_listing_where_it_is_asked_for() {
    let home = with_alice();
    home.ok(&["layer", "set", "alice", "tasks", "enabled=false"]);
    let server = home.serve();
    assert!(server.listing().contains("/alice/tasks/"));
    home.ok(&["user", "set", "alice", "hide_disabled=true"]);
    assert!(!server.listing().contains("/alice/tasks/"));
    home.ok(&["user", "set", "alice", "hide_disabled=false"]);
    assert!(server.listing().contains("/alice/tasks/"));
    let wrong = home.run(&["user", "set", "alice", "hide_disabled=yes"]);
    assert_eq!(wrong.status.code(), Some(2));
}

/// E-025: an account chooses what of the platform's it shows.
#[test]
fn what_the_platform_keeps_is_shown_or_not() {
    let home = with_alice();
    let config = home.path().join("config.toml");
    let bare = std::fs::read_to_string(&config).unwrap();
    let kinds = "[system.polls]\n[system.follow_ups]\nname = \"Calls\"\n";
    std::fs::write(&config, format!("{bare}{kinds}")).unwrap();
    let shown = |text: &str| {
        let rows = text.lines().skip(1).map(|row| {
            let words: Vec<&str> = row.split_whitespace().collect();
            (words[0].to_owned(), words[words.len() - 1].to_owned())
        });
        rows.collect::<Vec<_>>()
    };
    let pair = |kind: &str, word: &str| (kind.to_owned(), word.to_owned());
    let all = home.ok(&["layer", "kinds", "alice"]);
    assert_eq!(shown(&all), [pair("follow_ups", "on"), pair("polls", "on")]);
    assert!(all.contains("Calls"), "{all}");
    assert!(home.ok(&["layer", "list", "alice"]).contains("follow-ups"));
    let less = home.ok(&["layer", "kinds", "alice", "follow-ups=off"]);
    assert_eq!(
        shown(&less),
        [pair("follow_ups", "off"), pair("polls", "on")]
    );
    assert!(!home.ok(&["layer", "list", "alice"]).contains("follow-ups"));
    let json = home.ok(&[
        "layer",
        "kinds",
        "alice",
        "follow_ups=on",
        "polls=off",
        "--json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json[0]["shown"], &json[1]["shown"]),
        (&true.into(), &false.into())
    );
    assert!(
        home.fails(&["layer", "kinds", "alice", "polls=on", "tickets=off"])
            .contains("no kind tickets")
    );
    // All of it or nothing.
    assert!(shown(&home.ok(&["layer", "kinds", "alice"])).contains(&pair("polls", "off")));
    assert_eq!(
        home.run(&["layer", "kinds", "alice", "polls=perhaps"])
            .status
            .code(),
        Some(2)
    );
}
