//! What can be wrong with a source: its collection says so, for itself alone, and nobody's events are deleted.

use std::fs;
use std::time::{Duration, Instant};

use crate::house::{House, SHIFTS, kind, multiget, query, texts};
use crate::postgres_server;
use crate::stories::stories;
use strata::calendar::system::{Origin, QueryTexts};
use strata::export;
use strata::http::{HeaderMap, Method, Origin as Address, Request};
use strata::model::{Audience, Link, Sorts, Terms, UserKind};
use strata::store::accounts::{self, NewUser};

/// What a test makes of a good statement.
type Change = Box<dyn Fn(&mut QueryTexts)>;

/// Each way to read items of the collection is told to come back.
fn is_away(house: &House, token: &str) {
    let everything = query("<C:comp-filter name=\"VEVENT\"/>");
    let item = format!("{SHIFTS}x.ics");
    let said = [
        house.get("alice", SHIFTS),
        house.get("alice", &item),
        house.listed("alice", SHIFTS, "1", "<D:getetag/>"),
        house.synced("alice", SHIFTS, token),
        house.report("alice", SHIFTS, &everything),
    ];
    for said in said {
        assert_eq!(said.status, 503, "{}", said.body);
        assert!(!said.header("retry-after").is_empty());
    }
    // Everything else is as it was.
    house
        .listed(
            "alice",
            "/dav/calendars/alice/",
            "1",
            "<D:sync-token/><CS:getctag/>",
        )
        .is(207)
        .has(SHIFTS)
        .has(token);
    house.get("alice", "/dav/calendars/alice/work/").is(200);
}

fn request(path: &str) -> Request {
    Request {
        id: "test".into(),
        method: Method::GET,
        path: path.into(),
        query: None,
        headers: HeaderMap::new(),
        body: bytes::Bytes::new(),
        origin: Address {
            scheme: "https",
            authority: "cal.example.com".into(),
            base_path: String::new(),
        },
        client: [127, 0, 0, 1].into(),
    }
}

stories! {
    #[doc = "The source is away, then back: tokens are good, and nothing was deleted."]
    fn a_source_goes_and_comes_back(house: &House) {
        house.ask("alice", "MKCALENDAR", "/dav/calendars/alice/work/", &[], "").is(201);
        let token = house.synced("alice", SHIFTS, "").is(207).token();
        let (file, aside) = (house.platform_file(), house.data.path().join("aside.db"));
        fs::rename(&file, &aside).expect("the file goes");
        is_away(house, &token);
        // Neither is a file that is none.
        fs::write(&file, "not a database at all").expect("another file");
        is_away(house, &token);
        fs::write(&file, "").expect("an empty file");
        is_away(house, &token);
        fs::rename(&aside, &file).expect("the file comes back");
        let same = house.synced("alice", SHIFTS, &token).is(207);
        assert_eq!((same.hrefs().len(), same.token()), (0, token));
        assert_eq!(house.get("alice", SHIFTS).is(200).count("BEGIN:VEVENT"), 3);
    }

    #[doc = "Who has no address sees nothing under it, not even what nobody has an address for."]
    fn who_has_no_address_has_nothing(house: &House) {
        house.platform_makes("UPDATE shifts SET who = '' WHERE id = 4; UPDATE shifts SET who = 'alice@example.com' WHERE id < 4");
        let by_address = house.query(|texts| texts.by_address = true);
        let house = house.with(vec![kind("shifts", by_address)]);
        let new = NewUser {
            name: "dora",
            display_name: "Dora",
            addresses: &[],
            kind: UserKind::Individual,
            admin: false,
            password_hash: "x",
            now: 0,
        };
        let store = house.dav.calendars.store();
        store.write(|tx| accounts::create(tx, &new)).expect("the write succeeds").expect("the name is free");
        for _ in 0..2 {
            assert_eq!(house.get("alice", SHIFTS).is(200).count("BEGIN:VEVENT"), 3);
            house.get("dora", "/dav/calendars/dora/shifts/").is(200).lacks("BEGIN:VEVENT");
        }
    }

    #[doc = "A home that is asked for items of several calendars answers of those that are there."]
    fn others_are_answered_beside_it(house: &House) {
        house.ask("alice", "MKCALENDAR", "/dav/calendars/alice/work/", &[], "").is(201);
        let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n\
                    DTSTART:20261201T100000Z\r\nSUMMARY:Mine\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        house.ask("alice", "PUT", "/dav/calendars/alice/work/a.ics", &[], text).is(201);
        let mut hrefs = house.listed("alice", SHIFTS, "1", "<D:getetag/>").hrefs();
        hrefs.push("/dav/calendars/alice/work/a.ics".to_owned());
        fs::remove_file(house.platform_file()).expect("the file goes");
        let said = house.report("alice", "/dav/calendars/alice/", &multiget(&hrefs)).is(207).has("SUMMARY:Mine");
        assert_eq!(said.count("503 Service Unavailable"), 3, "{}", said.body);
    }

    #[doc = "Half a truth about somebody's time is none."]
    fn free_busy_waits_for_it(house: &House) {
        house.get("alice", SHIFTS).is(200);
        fs::remove_file(house.platform_file()).expect("the file goes");
        let body = "<C:free-busy-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
                    <C:time-range start=\"20261201T000000Z\" end=\"20261205T000000Z\"/></C:free-busy-query>";
        house.report("alice", "/dav/calendars/alice/", body).is(503);
    }

    #[doc = "Never less than the truth: an answer that is too long, too slow or no answer is none at all."]
    fn a_bad_statement_shows_nothing(house: &House) {
        house.ask("alice", "MKCALENDAR", "/dav/calendars/alice/work/", &[], "").is(201);
        let token = house.synced("alice", SHIFTS, "").is(207).token();
        let slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id, 0 AS start FROM n WHERE i < 0";
        let cases: [(&str, Change); 6] = [
            ("more rows than it may have", Box::new(|texts| texts.max_rows = 2)),
            ("no such table", Box::new(|texts| texts.sql = "SELECT * FROM nothing".to_owned())),
            ("a write", Box::new(|texts| texts.sql = "DELETE FROM shifts".to_owned())),
            ("another parameter", Box::new(|texts| texts.sql = "SELECT :other AS id, 0 AS start".to_owned())),
            ("no SELECT", Box::new(|texts| texts.sql = "PRAGMA journal_mode = DELETE".to_owned())),
            ("too slow", Box::new(move |texts| {
                texts.sql = slow.to_owned();
                texts.timeout = Duration::from_millis(50);
            })),
        ];
        for (why, change) in cases {
            println!("{why}");
            is_away(&house.with(vec![kind("shifts", house.query(change))]), &token);
        }
        let good = house.with(vec![kind("shifts", house.query(|_| {}))]);
        assert_eq!(good.synced("alice", SHIFTS, &token).is(207).hrefs().len(), 0);
    }

    #[doc = "A view of several people waits for all of them, and what of others it shows stands by itself."]
    fn a_view_waits_for_its_sources(house: &House) {
        house.befriends("alice", "bob");
        let open = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>\
                    <S:visibility>FRIENDS</S:visibility></D:prop></D:set></D:propertyupdate>";
        house.ask("alice", "PROPPATCH", SHIFTS, &[], open).is(207);
        let home = house.listed("bob", "/dav/calendars/bob/", "1", "<D:displayname/>").is(207);
        let view = home.hrefs().into_iter().find(|href| href.contains("friend-")).expect("a friend view");
        let token = house.synced("bob", &view, "").is(207).token();
        fs::rename(house.platform_file(), house.data.path().join("aside.db")).expect("the file goes");
        house.synced("bob", &view, &token).is(503);
        fs::rename(house.data.path().join("aside.db"), house.platform_file()).expect("the file comes back");
        assert_eq!(house.synced("bob", &view, &token).is(207).hrefs().len(), 0);
    }

    #[doc = "A subscriber to a feed is told to come back, never that the feed is gone or its events are."]
    fn a_feed_waits_for_it(house: &House) {
        house.get("alice", SHIFTS).is(200);
        let terms = Terms {
            label: "All".into(),
            audience: Audience::Owner,
            layers: None,
            sorts: Sorts::ALL,
            reach: None,
        };
        let link = house.does("alice", |access| access.add_export(&[1; 32], &terms)).expect("a link");
        let fetch = || export::handle(&house.dav.calendars, Link::Layers(link.id), &request("/feed/alice/x.ics"), 1 << 20);
        assert_eq!(fetch().status, 200);
        fs::remove_file(house.platform_file()).expect("the file goes");
        let away = fetch();
        assert_eq!(away.status, 503);
        assert!(away.headers.contains_key("retry-after"));
    }

    #[doc = "A-17: the tables of a platform in PostgreSQL."]
    fn postgresql_is_a_source_too(house: &House) {
        let url = postgres_server::database();
        let config: postgres::Config = url.parse().expect("a URL");
        let platform = |sql: &str| {
            let mut client = config.connect(postgres::NoTls).expect("PostgreSQL answers");
            client.batch_execute(sql).expect("the platform's statement");
        };
        platform("CREATE TABLE shifts (id BIGINT PRIMARY KEY, who TEXT, begins TIMESTAMPTZ, ends TIMESTAMP, day DATE, what TEXT,
                                       secret BOOLEAN NOT NULL DEFAULT false, changed TIMESTAMPTZ);
                  INSERT INTO shifts VALUES
                      (1, 'alice@example.com', '2026-12-01 10:00:00+01', '2026-12-01 11:00:00', NULL, 'Bar shift', false, now()),
                      (2, 'alice@example.com', NULL, NULL, '2026-12-02', 'Door duty', false, NULL),
                      (3, 'alice@example.com', '2026-12-03 18:00:00Z', NULL, NULL, 'Call Quentin', true, NULL);");
        let source = |change: &dyn Fn(&mut QueryTexts)| {
            let mut texts = texts(&url);
            // What is asked by whom stands between comments, texts and casts.
            texts.sql = "-- the shifts of :user\nSELECT id, COALESCE(begins::text, day::text) AS start, ends AS \"END\", what,\n\
                         secret AS sensitive, changed AS updated FROM shifts WHERE who = :user AND what <> ':user' ; ".to_owned();
            texts.by_address = true;
            change(&mut texts);
            Origin::query(texts, house.data.path()).expect("a good query")
        };
        let house = house.with(vec![kind("shifts", source(&|_| {}))]);
        house.ask("alice", "MKCALENDAR", "/dav/calendars/alice/work/", &[], "").is(201);
        let said = house.get("alice", SHIFTS).is(200);
        let said = said.has("DTSTART:20261201T090000Z\r\nDTEND:20261201T110000Z\r\nSUMMARY:Bar shift");
        said.has("DTSTART;VALUE=DATE:20261202").has("SUMMARY:On duty").lacks("Quentin");
        let token = house.synced("alice", SHIFTS, "").is(207).token();
        platform("UPDATE shifts SET what = 'Bar, later' WHERE id = 1; DELETE FROM shifts WHERE id = 2");
        let told = house.synced("alice", SHIFTS, &token).is(207);
        assert_eq!((told.count("<D:getetag>"), told.count("404 Not Found")), (1, 1));
        // Its connection is cut, and made anew at the next request.
        platform("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()");
        assert_eq!(house.synced("alice", SHIFTS, &told.token()).is(207).hrefs().len(), 0);

        let token = told.token();
        is_away(&house.with(vec![kind("shifts", source(&|texts| texts.max_rows = 1))]), &token);
        let write = "INSERT INTO shifts (id) VALUES (77) RETURNING id, 0 AS start";
        is_away(&house.with(vec![kind("shifts", source(&|texts| texts.sql = write.to_owned()))]), &token);
        let slow = house.with(vec![kind("shifts", source(&|texts| {
            texts.sql = "SELECT 1 AS id, 0 AS start, pg_sleep(30)".to_owned();
            texts.timeout = Duration::from_millis(100);
        }))]);
        is_away(&slow, &token);
        platform("ALTER TABLE shifts RENAME TO elsewhere");
        is_away(&house, &token);
        platform("ALTER TABLE elsewhere RENAME TO shifts");
        assert_eq!(house.synced("alice", SHIFTS, &token).is(207).hrefs().len(), 0);
    }
}

/// A statement that takes about so long on this machine.
fn lasting(wanted: Duration) -> String {
    let database = rusqlite::Connection::open_in_memory().expect("a database");
    let mut steps: u64 = 50_000;
    loop {
        let count = format!(
            "SELECT COUNT(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {steps}) SELECT i FROM n)"
        );
        let began = Instant::now();
        let counted = database.query_row(&count, [], |row| row.get::<_, i64>(0));
        counted.expect("an answer");
        if began.elapsed() > wanted / 2 {
            return format!("SELECT 'x' || ({count}) AS id, 0 AS start WHERE :user <> ''");
        }
        steps *= 2;
    }
}

/// Who waits behind many others is told to come back: a slow source holds up nobody else's requests.
#[test]
fn nobody_waits_long_behind_others() {
    let house = House::sqlite();
    let patience = Duration::from_secs(1);
    let slow = house.query(|texts| {
        texts.sql = lasting(patience / 2);
        texts.timeout = patience;
    });
    let house = house.with(vec![kind("shifts", slow)]);
    let names: Vec<String> = (0..24).map(|number| format!("user{number}")).collect();
    let store = house.dav.calendars.store();
    for name in &names {
        let new = NewUser {
            name,
            display_name: name,
            addresses: &[],
            kind: UserKind::Individual,
            admin: false,
            password_hash: "x",
            now: 0,
        };
        let made = store.write(|tx| accounts::create(tx, &new));
        made.expect("the write succeeds").expect("the name is free");
    }
    let began = Instant::now();
    std::thread::scope(|scope| {
        for name in &names {
            let house = &house;
            scope.spawn(move || {
                let path = format!("/dav/calendars/{name}/shifts/");
                let said = house.get(name, &path);
                assert!([200, 503].contains(&said.status), "{}", said.body);
            });
        }
    });
    let took = began.elapsed();
    assert!(took < patience * 5, "{took:?}");
}
