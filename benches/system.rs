//! What a layer of a platform's records costs those who sync it, asked of the DAV room without a socket:
//! `cargo bench --bench system`.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use strata::calendar::system::{Kind, Origin, QueryTexts, System};
use strata::calendar::{Calendars, Limits};
use strata::dav::{Dav, Settings, handle};
use strata::http::{Body, HeaderMap, Origin as Address, Request};
use strata::model::{Details, SystemKind, UserKind, Visibility};
use strata::privacy::{Device, Viewer};
use strata::store::accounts::{self, NewUser};
use strata::store::{self, Store, Synchronous};

const RECORDS: i64 = 5_000;
const SHIFTS: &str = "/dav/calendars/alice/shifts/";

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = Connection::open(folder.path().join("platform.db")).expect("a file");
    fill(&platform);
    let store = Store::open(&store::Settings {
        url: "sqlite:strata.db".into(),
        data: folder.path().to_owned(),
        synchronous: Synchronous::Full,
        readers: 2,
        sync_horizon_days: 90,
    })
    .expect("a store");
    let viewer = account(&store);
    let texts = QueryTexts {
        url: "sqlite:platform.db".to_owned(),
        sql: "SELECT id, begins AS start, ends, what, note AS description, place AS location, changed AS updated
              FROM shifts WHERE who = :user"
            .to_owned(),
        columns: vec![
            ("end".to_owned(), "ends".to_owned()),
            ("title".to_owned(), "what".to_owned()),
        ],
        by_address: false,
        zone: "Europe/Berlin".to_owned(),
        timeout: Duration::from_secs(5),
        max_rows: 10_000,
    };
    let kind = Kind {
        kind: SystemKind::named("shifts").expect("a kind"),
        title: "My Shifts".to_owned(),
        color: "#1890ff".to_owned(),
        label: "Busy".into(),
        visibility: Visibility::Friends,
        details: Details::Friends,
        busy: true,
        remind: None,
        origin: Origin::query(texts, folder.path()).expect("a query"),
    };
    let calendars = Calendars::new(store, Limits::default()).with_system(System::new([kind]));
    let dav = Dav {
        calendars,
        settings: Settings::default(),
    };

    let start = Instant::now();
    let first = sync(&dav, &viewer, "");
    println!("first sync of {RECORDS} records: {:?}", start.elapsed());
    assert_eq!(first.matches("<D:getetag>").count(), RECORDS as usize);
    let mut token = token_of(&first);
    report("sync without a change", 101, || {
        assert!(!sync(&dav, &viewer, &token).contains("<D:response>"));
    });
    let mut took = Vec::new();
    for round in 0..41 {
        let change = format!(
            "UPDATE shifts SET what = 'Round {round}' WHERE id = {}",
            round * 7
        );
        platform.execute_batch(&change).expect("a change");
        let start = Instant::now();
        let reply = sync(&dav, &viewer, &token);
        took.push(start.elapsed());
        assert_eq!(reply.matches("<D:getetag>").count(), 1);
        token = token_of(&reply);
    }
    println!("next sync after one UPDATE: {:?}", middle(took));
    let all = ask(&dav, &viewer, "REPORT", SHIFTS, &sync_body(""));
    let hrefs: Vec<&str> = all
        .split("<D:href>")
        .skip(1)
        .filter_map(|part| part.split('<').next())
        .collect();
    let some: String = hrefs
        .iter()
        .take(100)
        .map(|href| format!("<D:href>{href}</D:href>"))
        .collect();
    let multiget = format!(
        "<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><D:getetag/><C:calendar-data/>\
         </D:prop>{some}</C:calendar-multiget>"
    );
    report("multiget of 100", 101, || {
        ask(&dav, &viewer, "REPORT", SHIFTS, &multiget);
    });
    let query = "<C:calendar-query xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><D:getetag/></D:prop><C:filter>\
                 <C:comp-filter name=\"VCALENDAR\"><C:comp-filter name=\"VEVENT\">\
                 <C:time-range start=\"20270101T000000Z\" end=\"20270201T000000Z\"/></C:comp-filter></C:comp-filter></C:filter>\
                 </C:calendar-query>";
    report("query of a month", 101, || {
        ask(&dav, &viewer, "REPORT", SHIFTS, query);
    });
}

fn fill(platform: &Connection) {
    let schema = "PRAGMA journal_mode = WAL;
        CREATE TABLE shifts (id INTEGER PRIMARY KEY, who TEXT, begins TEXT, ends TEXT, what TEXT, note TEXT, place TEXT, changed TEXT);
        CREATE INDEX shifts_by_who ON shifts (who);";
    platform.execute_batch(schema).expect("a table");
    let tx = platform.unchecked_transaction().expect("a transaction");
    for number in 0..RECORDS {
        let (begins, ends) = (format!("{number} hours"), format!("{} hours", number + 2));
        tx.execute(
            "INSERT INTO shifts VALUES (?1, 'alice', datetime('2026-12-01', ?2), datetime('2026-12-01', ?3), 'Shift ' || ?1,
                'What there is to know of it: bring gloves, and be there ten minutes early.', 'Main hall', '2026-11-01T00:00:00Z')",
            rusqlite::params![number, begins, ends],
        )
        .expect("a row");
    }
    tx.commit().expect("rows");
}

fn account(store: &Store) -> Viewer {
    let new = NewUser {
        name: "alice",
        display_name: "Alice",
        addresses: &[],
        kind: UserKind::Individual,
        admin: false,
        password_hash: "x",
        now: 0,
    };
    let user = store.write(|tx| accounts::create(tx, &new));
    let user = user.expect("a write").expect("a free name");
    Viewer::User(Device {
        user: user.id,
        epoch: user.epoch,
        app_password: None,
        token: None,
        read_only: false,
        layers: None,
    })
}

fn sync(dav: &Dav, viewer: &Viewer, token: &str) -> String {
    ask(dav, viewer, "REPORT", SHIFTS, &sync_body(token))
}

fn sync_body(token: &str) -> String {
    format!(
        "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/>\
         </D:prop></D:sync-collection>"
    )
}

fn token_of(reply: &str) -> String {
    let last = reply.rsplit("<D:sync-token>").next().expect("a token");
    last.split("</").next().expect("a token").to_owned()
}

fn ask(dav: &Dav, viewer: &Viewer, method: &str, path: &str, body: &str) -> String {
    let mut headers = HeaderMap::new();
    let depth = if body.contains("sync-collection") {
        "0"
    } else {
        "1"
    };
    headers.insert("depth", depth.parse().expect("a value"));
    let request = Request {
        id: "bench".into(),
        method: method.parse().expect("a method"),
        path: path.into(),
        query: None,
        headers,
        body: body.to_owned().into(),
        origin: Address {
            scheme: "https",
            authority: "cal.example".into(),
            base_path: String::new(),
        },
        client: [127, 0, 0, 1].into(),
    };
    let reply = handle(dav, viewer, &request);
    assert_eq!(reply.status, 207);
    match reply.body {
        Body::Empty => String::new(),
        Body::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Body::File(mut file, _) => {
            use std::io::{Read, Seek};
            let mut text = String::new();
            file.rewind().expect("a file");
            file.read_to_string(&mut text).expect("a file");
            text
        }
    }
}

fn report(what: &str, rounds: usize, mut work: impl FnMut()) {
    let mut took = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        work();
        took.push(start.elapsed());
    }
    println!("{what}: {:?}", middle(took));
}

fn middle(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}
