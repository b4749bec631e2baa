//! The whole server on a platform's database, asked as clients ask: Thunderbird, DAVx5, and the platform itself.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::house::{WORDS, multiget, prop};
use crate::support::process::{Server, run, strata};
use crate::support::wire::Wire;
use crate::support::{Answer, Ask};

const RECORDS: usize = 5_000;
const HOME: &str = "/dav/calendars/alice/";
const SHIFTS: &str = "/dav/calendars/alice/shifts/";

const CONFIG: &str = "[system.shifts]\nsource = \"query\"\nurl = \"sqlite:platform.db\"\nlabel = \"On duty\"\n\
    sql = \"SELECT id, begins AS start, ends, what AS title, secret AS sensitive FROM shifts WHERE who = :user\"\n\
    columns = { end = \"ends\" }\n[system.public_events]\n[system.tickets]\nenabled = false\n";

fn platform(server: &Server) -> Connection {
    Connection::open(server.folder.join("data/platform.db")).expect("the platform's file")
}

fn filled() -> Server {
    let folder = Server::start("");
    let database = platform(&folder);
    let schema = "CREATE TABLE shifts (id INTEGER PRIMARY KEY, who TEXT, begins INTEGER, ends INTEGER, what TEXT, secret INTEGER)";
    database.execute_batch(schema).expect("a table");
    let tx = database.unchecked_transaction().expect("a transaction");
    for number in 0..RECORDS {
        let begins = 1_798_000_000 + number as i64 * 3_600;
        let what = format!("Shift {number}");
        tx.execute(
            "INSERT INTO shifts VALUES (?1, 'alice', ?2, ?3, ?4, 0)",
            rusqlite::params![number as i64, begins, begins + 1_800, what],
        )
        .expect("a row");
    }
    tx.execute(
        "UPDATE shifts SET what = ?1, secret = 1 WHERE id = 7",
        [WORDS[0]],
    )
    .expect("a sensitive row");
    tx.commit().expect("rows");
    let mut server = folder;
    server.terminate();
    server.start_again(CONFIG);
    server
}

fn ask(wire: &mut Wire, method: &str, target: &str, depth: &str, body: &str) -> Answer {
    let ask = Ask::new(method, target).header("Depth", depth).xml(body);
    wire.ask(&ask).expect("an answer")
}

/// Names and tags in an answer; of one that is gone, no tag.
fn tags(answer: &Answer) -> BTreeMap<String, Option<String>> {
    assert_eq!(answer.status, 207, "{}", answer.text());
    let text = answer.text();
    let responses = text.split("<D:response>").skip(1);
    let one = |part: &str| {
        let href = part.split("<D:href>").nth(1)?.split("</D:href>").next()?;
        let tag = part
            .split("<D:getetag>")
            .nth(1)
            .and_then(|rest| rest.split("</").next());
        href.ends_with(".ics")
            .then(|| (href.to_owned(), tag.map(str::to_owned)))
    };
    responses.filter_map(one).collect()
}

fn token(answer: &Answer) -> String {
    let text = answer.text();
    let last = text.rsplit("<D:sync-token>").next().expect("a token");
    last.split("</").next().expect("a token").to_owned()
}

/// Reads what is named, so many at a time, and gives the texts.
fn read(wire: &mut Wire, hrefs: &[String], at_once: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for some in hrefs.chunks(at_once) {
        let answer = ask(wire, "REPORT", SHIFTS, "1", &multiget(some));
        assert_eq!(answer.status, 207);
        let text = answer.text();
        let data = text.split("<C:calendar-data>").skip(1);
        texts.extend(data.map(|part| {
            part.split("</C:calendar-data>")
                .next()
                .unwrap_or_default()
                .to_owned()
        }));
    }
    texts
}

fn sync(wire: &mut Wire, token: &str) -> Answer {
    let body = format!(
        "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>\
         <D:prop><D:getcontenttype/><D:getetag/></D:prop></D:sync-collection>"
    );
    ask(wire, "REPORT", SHIFTS, "0", &body)
}

/// E-022, E-026: an UPDATE in the platform's table is in the next sync, and a removal is a removal.
#[test]
fn thunderbird_syncs_five_thousand_records() {
    let server = filled();
    let mut wire = server.wire("alice");
    let home =
        prop("<D:resourcetype/><D:displayname/><D:current-user-privilege-set/><I:calendar-color/>");
    let answer = ask(&mut wire, "PROPFIND", HOME, "1", &home);
    assert!(
        answer
            .text()
            .contains("<D:displayname>My Shifts</D:displayname>"),
        "{}",
        answer.text()
    );
    assert!(!answer.text().contains("tickets"));
    let opened = prop(
        "<D:resourcetype/><D:owner/><D:current-user-principal/><D:current-user-privilege-set/>\
                           <D:supported-report-set/><C:supported-calendar-component-set/><CS:getctag/>",
    );
    assert_eq!(ask(&mut wire, "PROPFIND", SHIFTS, "0", &opened).status, 207);
    assert_eq!(
        wire.ask(&Ask::new("OPTIONS", HOME))
            .expect("an answer")
            .status,
        200
    );
    let first = sync(&mut wire, "");
    let known = tags(&first);
    assert_eq!(known.len(), RECORDS);
    let hrefs: Vec<String> = known.keys().cloned().collect();
    let texts = read(&mut wire, &hrefs, 100);
    assert_eq!(texts.len(), RECORDS);
    assert_eq!(
        texts
            .iter()
            .filter(|text| text.contains("SUMMARY:On duty"))
            .count(),
        1
    );
    assert!(
        WORDS
            .iter()
            .all(|word| !texts.iter().any(|text| text.contains(word)))
    );

    let database = platform(&server);
    database
        .execute_batch("UPDATE shifts SET what = 'Another' WHERE id = 4711; DELETE FROM shifts WHERE id IN (1, 2)")
        .expect("the platform's statement");
    let next = sync(&mut wire, &token(&first));
    let told = tags(&next);
    assert_eq!(told.values().filter(|tag| tag.is_none()).count(), 2);
    let changed: Vec<String> = told
        .iter()
        .filter(|(_, tag)| tag.is_some())
        .map(|(href, _)| href.clone())
        .collect();
    let texts = read(&mut wire, &changed, 100);
    assert!(
        texts.len() == 1 && texts[0].contains("SUMMARY:Another"),
        "{texts:?}"
    );
    assert!(tags(&sync(&mut wire, &token(&next))).is_empty());

    // The file goes: this calendar says so, for itself alone. It comes back: nothing has happened.
    drop(database);
    let (file, aside) = (
        server.folder.join("data/platform.db"),
        server.folder.join("aside.db"),
    );
    std::fs::rename(&file, &aside).expect("the file goes");
    let answer = sync(&mut wire, &token(&next));
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some());
    assert_eq!(ask(&mut wire, "PROPFIND", HOME, "1", &home).status, 207);
    std::fs::rename(&aside, &file).expect("the file comes back");
    let answer = sync(&mut wire, &token(&next));
    assert!(tags(&answer).is_empty());
    assert_eq!(token(&answer), token(&next));
    for word in WORDS {
        assert!(!server.log().contains(word), "{word} in the log");
    }
}

/// Ten at a time, by entity tags and from some day on: what DAVx5 does with a limit of days.
#[test]
fn davx5_lists_and_fetches_by_ten() {
    let server = filled();
    let mut wire = server.wire("alice");
    let list = "<C:calendar-query xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><D:getetag/></D:prop><C:filter>\
                <C:comp-filter name=\"VCALENDAR\"><C:comp-filter name=\"VEVENT\"><C:time-range start=\"20270101T000000Z\"/>\
                </C:comp-filter></C:comp-filter></C:filter></C:calendar-query>";
    let state =
        prop("<C:max-resource-size/><C:supported-calendar-data/><CS:getctag/><D:sync-token/>");
    let before = ask(&mut wire, "PROPFIND", SHIFTS, "0", &state);
    let known = tags(&ask(&mut wire, "REPORT", SHIFTS, "1", list));
    assert!((4_000..RECORDS).contains(&known.len()), "{}", known.len());
    let hrefs: Vec<String> = known.keys().take(200).cloned().collect();
    assert_eq!(read(&mut wire, &hrefs, 10).len(), 200);
    assert_eq!(
        ask(&mut wire, "PROPFIND", SHIFTS, "0", &state).text(),
        before.text()
    );
    platform(&server)
        .execute_batch("UPDATE shifts SET ends = ends + 60 WHERE id = 4000; DELETE FROM shifts WHERE id = 4001")
        .expect("the platform's statement");
    assert_ne!(
        ask(&mut wire, "PROPFIND", SHIFTS, "0", &state).text(),
        before.text()
    );
    let now = tags(&ask(&mut wire, "REPORT", SHIFTS, "1", list));
    assert_eq!(now.len() + 1, known.len());
    let changed = now
        .iter()
        .filter(|(href, tag)| known.get(*href) != Some(*tag));
    assert_eq!(changed.count(), 1);
}

/// The platform's own door: one by one and many at once, for its token alone.
#[test]
fn the_platform_writes_records() {
    let server = filled();
    let made = run(
        {
            let mut command = strata(&server.folder);
            command.args(["token", "add", "carol", "--scope", "platform"]);
            command
        },
        "",
    );
    let said =
        String::from_utf8_lossy(&made.stdout).into_owned() + &String::from_utf8_lossy(&made.stderr);
    let token = said
        .split_whitespace()
        .find(|word| word.starts_with("strata_"))
        .expect("a token")
        .to_owned();
    let mut wire = Wire::new(server.address, None);
    let mut says = |method: &str, target: &str, body: &str| {
        let mut ask = Ask::new(method, target).header("Authorization", &format!("Bearer {token}"));
        if !body.is_empty() {
            ask = ask.body("application/json", body);
        }
        wire.ask(&ask).expect("an answer")
    };
    let one = "/api/platform/records/public_events/e1";
    let event = r#"{"start": "2026-12-05T20:00", "timeZone": "Europe/Oslo", "title": "Concert", "status": "TENTATIVE"}"#;
    let answer = says("PUT", one, event);
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("location"), Some(one));
    let tag = answer.header("etag").expect("a tag").to_owned();
    assert_eq!(says("PUT", one, event).status, 200);
    let answer = says("GET", one, "");
    assert!(
        answer.text().contains("\"start\":\"2026-12-05T19:00:00Z\"")
            && answer.header("etag") == Some(&tag)
    );
    let put: Vec<String> = (0..1_000)
        .map(|number| format!(r#"{{"kind": "public_events", "id": "b{number}", "record": {{"start": "2026-12-06", "title": "Day {number}"}}}}"#))
        .collect();
    let batch = |puts: &[String], gone: &str| {
        format!(r#"{{"put": [{}], "delete": [{gone}]}}"#, puts.join(","))
    };
    let gone = r#"{"kind": "public_events", "id": "e1"}"#;
    assert_eq!(
        says("POST", "/api/platform/records/batch", &batch(&put, gone)).status,
        422
    );
    let answer = says(
        "POST",
        "/api/platform/records/batch",
        &batch(&put[..999], gone),
    );
    assert_eq!(answer.text(), r#"{"created":999,"updated":0,"deleted":1}"#);
    assert_eq!(says("GET", one, "").status, 404);
    assert_eq!(
        says("DELETE", "/api/platform/records/public_events/b5", "").status,
        204
    );
    // One of them is wrong: none is written.
    let wrong = [
        put[1].replace("Day 1", "Other"),
        put[2].replace("2026-12-06", "soon"),
    ];
    assert_eq!(
        says("POST", "/api/platform/records/batch", &batch(&wrong, "")).status,
        422
    );
    for (method, target, body, status) in [
        ("GET", "/api/platform/records/public_events/never", "", 404),
        ("PUT", "/api/platform/records/tickets/1", event, 404),
        ("PUT", "/api/platform/records/shifts/1", event, 404),
        ("PUT", one, r#"{"start": "soon"}"#, 422),
        (
            "PUT",
            one,
            r#"{"start": "2026-12-05", "userId": "nobody"}"#,
            422,
        ),
        (
            "PUT",
            one,
            r#"{"start": "2026-12-05", "colour": "red"}"#,
            400,
        ),
        // It sees nothing of anybody's.
        ("GET", "/api/v1/calendar/layers", "", 403),
    ] {
        let answer = says(method, target, body);
        assert_eq!(
            answer.status,
            status,
            "{method} {target}: {}",
            answer.text()
        );
    }
    let mut bob = server.wire("bob");
    let events = "/dav/calendars/bob/public-events/";
    let text = bob.ask(&Ask::new("GET", events)).expect("an answer").text();
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 998);
    // Nobody else writes them, and who does not want the kind does not see it.
    let own = Ask::new("PUT", one).body("application/json", event);
    assert_eq!(bob.ask(&own).expect("an answer").status, 403);
    let preferences = "/api/v1/calendar/preferences";
    let unwanted = r#"{"systemKinds": {"public_events": false}}"#;
    let chosen = bob
        .ask(&Ask::new("PATCH", preferences).body("application/json", unwanted))
        .expect("an answer");
    assert!(
        chosen
            .text()
            .contains(r#""systemKinds":{"public_events":false,"shifts":true}"#),
        "{}",
        chosen.text()
    );
    assert_eq!(
        bob.ask(&Ask::new("GET", events)).expect("an answer").status,
        404
    );
    let unknown = r#"{"systemKinds": {"nonsense": false}}"#;
    let refused = bob
        .ask(&Ask::new("PATCH", preferences).body("application/json", unknown))
        .expect("an answer");
    assert_eq!(refused.status, 422, "{}", refused.text());
}
