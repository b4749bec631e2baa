//! A store with accounts, a platform's database beside it, and somebody to ask. Each test of it is told on both engines.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use strata::calendar::system::{Kind, Origin, QueryTexts, System};
use strata::calendar::{Access, Calendars, Limits, Result};
use strata::dav::{Dav, Settings};
use strata::model::*;
use strata::privacy::{Device, Viewer};

pub use crate::said::{Said, prop};
use crate::{people, postgres_server, said};

pub struct House {
    pub dav: Dav,
    pub data: Arc<tempfile::TempDir>,
    pub url: String,
}

impl Said {
    pub fn count(&self, text: &str) -> usize {
        self.body.matches(text).count()
    }

    /// What stands between two texts, each time.
    pub fn all_between(&self, open: &str, close: &str) -> Vec<String> {
        let parts = self.body.split(open).skip(1);
        parts
            .filter_map(|part| Some(part.split_once(close)?.0.to_owned()))
            .collect()
    }

    pub fn token(&self) -> String {
        let tokens = self.all_between("<D:sync-token>", "</D:sync-token>");
        tokens.last().expect("a token").clone()
    }

    pub fn hrefs(&self) -> Vec<String> {
        self.all_between("<D:href>", "</D:href>")
    }
}

/// The table of a platform, and rows that every test starts from.
pub const SCHEMA: &str = "
    CREATE TABLE shifts (id INTEGER PRIMARY KEY, who TEXT, begins TEXT, ends TEXT, zone TEXT, what TEXT, note TEXT,
                         place TEXT, link TEXT, state TEXT, secret INTEGER NOT NULL DEFAULT 0, changed TEXT);
    INSERT INTO shifts VALUES
        (1, 'alice', '2026-12-01T09:00:00Z', '2026-12-01T11:00:00Z', 'Europe/Berlin', 'Bar shift', 'Bring gloves', 'Hall 3',
         'https://example.org/shifts/1', 'confirmed', 0, '2026-11-01T00:00:00Z'),
        (2, 'alice', '2026-12-02', NULL, NULL, 'Door duty', NULL, NULL, NULL, 'tentative', 0, NULL),
        (3, 'alice', '2026-12-03 18:00:00', '2026-12-03 19:00:00', NULL, 'Call Quentin', 'Quentin at Xanadu', 'Zanzibar',
         'https://example.org/ypsilanti', NULL, 1, NULL),
        (4, 'bob', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', NULL, 'Bobs own', NULL, NULL, NULL, NULL, 0, NULL);";

/// Words of the sensitive row.
pub const WORDS: [&str; 4] = ["Quentin", "Xanadu", "Zanzibar", "ypsilanti"];

pub const SQL: &str = "SELECT id, begins AS start, ends AS \"end\", zone, what, note AS description, place AS location, \
    link AS url, state AS status, secret AS sensitive, changed AS updated FROM shifts WHERE who = :user ORDER BY id";

pub fn kind(name: &str, origin: Origin) -> Kind {
    Kind {
        kind: SystemKind::named(name).expect("a name of a kind"),
        title: format!("My {name}"),
        color: "#1890ff".to_owned(),
        label: "On duty".into(),
        visibility: Visibility::Private,
        details: Details::Friends,
        busy: true,
        remind: None,
        origin,
    }
}

pub fn texts(url: &str) -> QueryTexts {
    QueryTexts {
        url: url.to_owned(),
        sql: SQL.to_owned(),
        columns: vec![("title".to_owned(), "what".to_owned())],
        by_address: false,
        zone: "UTC".to_owned(),
        timeout: Duration::from_secs(5),
        max_rows: 10_000,
    }
}

impl House {
    /// With `shifts` out of a platform's SQLite file.
    pub fn sqlite() -> Self {
        Self::at("sqlite:strata.db".to_owned())
    }

    pub fn postgres() -> Self {
        Self::at(postgres_server::database())
    }

    fn at(url: String) -> Self {
        let house = Self::bare(url);
        house.platform_makes(SCHEMA);
        let shifts = house.query(|_| {});
        house.with(vec![kind("shifts", shifts)])
    }

    fn bare(url: String) -> Self {
        let data = Arc::new(tempfile::tempdir().expect("a folder"));
        let store = people::open(&url, data.path());
        for (name, admin) in [("alice", false), ("bob", false), ("carol", true)] {
            people::account(&store, name, admin);
        }
        Self {
            dav: Dav {
                calendars: Calendars::new(store, Limits::default()),
                settings: Settings::default(),
            },
            data,
            url,
        }
    }

    /// The same server started anew with other kinds.
    pub fn with(&self, kinds: Vec<Kind>) -> Self {
        let store = self.dav.calendars.store().clone();
        let calendars = Calendars::new(store, Limits::default()).with_system(System::new(kinds));
        calendars.switch_kinds().expect("kinds are switched");
        Self {
            dav: Dav {
                calendars,
                settings: Settings::default(),
            },
            data: self.data.clone(),
            url: self.url.clone(),
        }
    }

    /// The platform's file, and a statement for it that a test changes.
    pub fn query(&self, change: impl FnOnce(&mut QueryTexts)) -> Origin {
        let mut texts = texts("sqlite:platform.db");
        change(&mut texts);
        Origin::query(texts, self.data.path()).expect("a good query")
    }

    pub fn platform_file(&self) -> PathBuf {
        self.data.path().join("platform.db")
    }

    /// What the platform does to its own data.
    pub fn platform_makes(&self, sql: &str) {
        let file = rusqlite::Connection::open(self.platform_file()).expect("the platform's file");
        file.execute_batch(sql).expect("the platform's statement");
    }

    pub fn user(&self, name: &str) -> User {
        people::user(self.dav.calendars.store(), name)
    }

    pub fn viewer(&self, name: &str) -> Viewer {
        let user = self.user(name);
        Viewer::User(Device::of_account(user.id, user.epoch))
    }

    pub fn does<T>(&self, who: &str, work: impl FnMut(&mut Access) -> Result<T>) -> Result<T> {
        self.dav.calendars.write(&self.viewer(who), work)
    }

    pub fn befriends(&self, one: &str, other: &str) {
        let (one, other) = (self.user(one), self.user(other));
        let store = self.dav.calendars.store();
        let done = store.write(|tx| strata::calendar::befriend(tx, &one, &other, 0));
        assert!(done.expect("the write succeeds"));
    }

    pub fn ask(
        &self,
        who: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Said {
        said::ask(&self.dav, &self.viewer(who), (method, path), headers, body)
    }

    pub fn get(&self, who: &str, path: &str) -> Said {
        self.ask(who, "GET", path, &[], "")
    }

    pub fn listed(&self, who: &str, path: &str, depth: &str, props: &str) -> Said {
        let body = prop(props);
        self.ask(who, "PROPFIND", path, &[("depth", depth)], &body)
    }

    pub fn report(&self, who: &str, path: &str, body: &str) -> Said {
        self.ask(who, "REPORT", path, &[("depth", "1")], body)
    }

    /// What changed since a token; an empty one: everything.
    pub fn synced(&self, who: &str, path: &str, token: &str) -> Said {
        let body = format!(
            "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>\
             <D:prop><D:getetag/></D:prop></D:sync-collection>"
        );
        self.ask(who, "REPORT", path, &[], &body)
    }
}

pub const SHIFTS: &str = "/dav/calendars/alice/shifts/";

pub fn multiget(hrefs: &[String]) -> String {
    let hrefs: String = hrefs
        .iter()
        .map(|href| format!("<D:href>{href}</D:href>"))
        .collect();
    format!(
        "<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><D:getetag/>\
         <C:calendar-data/></D:prop>{hrefs}</C:calendar-multiget>"
    )
}

pub fn query(filter: &str) -> String {
    format!(
        "<C:calendar-query xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><D:getetag/>\
         <C:calendar-data/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\">{filter}</C:comp-filter></C:filter>\
         </C:calendar-query>"
    )
}
