//! Accounts, their subscriptions, and a world that says what a test has it say; the clock moves when a test moves it.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use strata::calendar::{
    self, Access, Calendars, Draft, FeedLimits, Home, LayerPatch, Limits, NewFeed,
};
use strata::config::Config;
use strata::connect::{Address, Failure, Incoming, Net, Outgoing, Own, Sources};
use strata::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use strata::jobs::{Desk, Feeds, Hook, Jobs, Kind, Letters, Mailer, Reminders, Target};
use strata::model::*;
use strata::privacy::{Device, Viewer};
use strata::secret::Vault;
use strata::server::client::Client;
use strata::server::smtp::Smtp;
use strata::store::feeds::WORK;
use strata::store::items::{Need, Scope};
use strata::store::{Store, items, jobs, layers};

use crate::outside::runtime;
use crate::smtp::MailServer;
use crate::{postgres_server, support};

pub type Said = Result<Incoming, Failure>;

/// What each address says until it is told otherwise, and what was asked.
#[derive(Default)]
pub struct World {
    says: Mutex<HashMap<String, Said>>,
    asked: Mutex<Vec<Outgoing>>,
}

impl World {
    pub fn say(&self, url: &str, said: Said) {
        self.says.lock().unwrap().insert(url.to_owned(), said);
    }

    pub fn asked(&self) -> Vec<Outgoing> {
        self.asked.lock().unwrap().clone()
    }

    /// What was asked last, without its address.
    pub fn header(&self, name: &str) -> Option<String> {
        let asked = self.asked();
        let value = asked.last()?.headers.get(name)?.to_str().unwrap();
        Some(value.to_owned())
    }
}

struct Way(Arc<World>);

impl Net for Way {
    fn send(&self, request: &Outgoing) -> Said {
        self.0.asked.lock().unwrap().push(request.clone());
        let says = self.0.says.lock().unwrap();
        says.get(&request.to.whole())
            .cloned()
            .unwrap_or(Err(Failure::NoHost))
    }
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Said {
    let headers = headers.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    });
    Ok(Incoming {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::from_iter(headers),
        body: Bytes::copy_from_slice(body.as_bytes()),
    })
}

/// Settings with a mail server.
pub fn mail(url: &str) -> Config {
    let text = format!(
        "[server]\npublic_url = \"https://cal.example.org\"\n[mail]\nurl = \"{url}\"\n\
         from = \"Calendars <calendar@example.org>\"\ntimeout = 10\n"
    );
    Config::parse(&text).unwrap()
}

/// What `strata serve` would make of them, but for where items are found.
pub fn mailer(config: &Config) -> Mailer {
    let site = "https://cal.example.org".to_owned();
    let link = |owner: &str, layer: &str, item: &str| {
        format!("https://cal.example.org/dav/calendars/{owner}/{layer}/{item}")
    };
    Mailer {
        desk: Desk {
            from: "Calendars <calendar@example.org>".parse().unwrap(),
            site: Some((site, Box::new(link))),
        },
        post: Box::new(Smtp::new(config, Client::new(config)).unwrap()),
    }
}

pub struct House {
    pub store: Store,
    pub calendars: Calendars,
    pub sources: Sources,
    pub jobs: Jobs,
    pub world: Arc<World>,
    pub data: tempfile::TempDir,
    pub post: MailServer,
    runtime: tokio::runtime::Runtime,
    now: Cell<Instant>,
}

/// The operator's program that is called.
pub const HOOK: &str = "https://hooks.example.org/strata";

pub const QUOTA: u64 = 2 << 20;

impl House {
    pub fn sqlite() -> Self {
        Self::at("sqlite:strata.db".to_owned())
    }

    pub fn postgres() -> Self {
        Self::at(postgres_server::database())
    }

    fn at(url: String) -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = support::open(&url, data.path());
        let limits = Limits {
            quota_bytes: Some(QUOTA),
            feeds: FeedLimits {
                max_per_account: 3,
                ..FeedLimits::default()
            },
            ..Limits::default()
        };
        let calendars = Calendars::new(store.clone(), limits);
        let sources = Sources {
            vault: Vault::at(data.path().join("secret.key")),
            own: Own {
                origin: Some("https://cal.example.org".to_owned()),
                base_path: String::new(),
            },
        };
        let world = Arc::<World>::default();
        let feeds = Feeds {
            calendars: calendars.clone(),
            sources: sources.clone(),
            net: Box::new(Way(Arc::clone(&world))),
        };
        let reminders = Reminders {
            calendars: calendars.clone(),
        };
        let hook = Hook {
            calendars: calendars.clone(),
            to: Some(Target::new(
                Address::parse(HOOK).unwrap(),
                "a secret of the tests",
            )),
            net: Box::new(Way(Arc::clone(&world))),
        };
        let post = MailServer::start();
        let letters = Letters {
            calendars: calendars.clone(),
            by: Some(mailer(&mail(&format!("smtp://{}", post.address)))),
        };
        let kinds: Vec<Box<dyn Kind>> = vec![
            Box::new(feeds),
            Box::new(reminders),
            Box::new(hook),
            Box::new(letters),
        ];
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let house = Self {
            jobs: Jobs::new(store.clone(), kinds),
            now: Cell::new(now.as_secs() as i64 + 5),
            store,
            calendars,
            sources,
            world,
            data,
            post,
            runtime: runtime(),
        };
        for name in ["alice", "bob"] {
            support::account(&house.store, name, false);
        }
        house
    }

    pub fn runtime(&self) -> &tokio::runtime::Runtime {
        &self.runtime
    }

    pub fn user(&self, name: &str) -> User {
        support::user(&self.store, name)
    }

    pub fn now(&self) -> Instant {
        self.now.get()
    }

    pub fn viewer(&self, name: &str) -> Viewer {
        let user = self.user(name);
        Viewer::User(Device::of_account(user.id, user.epoch))
    }

    pub fn act<T>(
        &self,
        name: &str,
        mut act: impl FnMut(&mut Access, &Home) -> calendar::Result<T>,
    ) -> calendar::Result<T> {
        self.calendars.write(&self.viewer(name), |access| {
            let home = access.home(name)?;
            act(access, &home)
        })
    }

    /// An item in a calendar of somebody's own.
    pub fn put(&self, name: &str, item: &str, text: &str) {
        self.act(name, |access, home| {
            if !home.layers.iter().any(|it| it.layer.name == "own") {
                access.create_layer(home, "own", &LayerPatch::default())?;
            }
            let layer = access.collection(name, "own")?;
            let draft = Draft::read(&text.to_owned().into(), &layer, access.limits())?;
            access.put(&layer, item, &draft, &|_| true)
        })
        .unwrap();
    }

    pub fn delete(&self, name: &str, item: &str) {
        self.act(name, |access, _| {
            let layer = access.collection(name, "own")?;
            access.delete(&layer, item, &|_| true)
        })
        .unwrap();
    }

    pub fn new_feed(&self, url: &str) -> NewFeed {
        NewFeed {
            source: self.sources.sealed(url).unwrap(),
            name: None,
            color: None,
            pause: Pause::Hour,
        }
    }

    pub fn subscribe(&self, name: &str, url: &str) -> Feed {
        let new = self.new_feed(url);
        self.act(name, |access, home| access.subscribe(home, &new))
            .unwrap()
    }

    /// As its owner sees it now.
    pub fn look(&self, name: &str, feed: &Feed) -> Feed {
        self.act(name, |access, home| access.subscription(home, feed.id))
            .unwrap()
    }

    /// Lets time pass, and everything be done that is due by then; how many pieces of work it was.
    pub fn pass(&self, seconds: Instant) -> usize {
        self.now.set(self.now() + seconds);
        let _inside = self.runtime.enter();
        let mut done = 0;
        loop {
            let claimed = self.jobs.claim(3, self.now()).unwrap();
            if claimed.is_empty() {
                return done;
            }
            done += claimed.len();
            for job in claimed {
                self.jobs.run(&job, self.now());
            }
        }
    }

    /// Lets time pass until the source of a feed is due, and has it fetched.
    pub fn next_fetch(&self, feed: &Feed) -> Instant {
        let due = self.due(feed);
        let passed = due - self.now();
        self.pass(passed.max(0));
        passed
    }

    pub fn due(&self, feed: &Feed) -> Instant {
        let due = self.store.read(|tx| jobs::due(tx, WORK, feed.source.0));
        due.unwrap().unwrap()
    }

    /// Name, UID and tag of all that stands in its layer.
    pub fn items(&self, feed: &Feed) -> Vec<(String, String, String)> {
        let mut found = Vec::new();
        self.store
            .read(|tx| {
                found.clear();
                items::each(tx, feed.layer, Scope::default(), Need::Index, &mut |item| {
                    found.push((item.name, item.uid, item.tag));
                    Ok::<_, strata::store::Error>(())
                })
            })
            .unwrap();
        found.sort();
        found
    }

    /// The number of the last change to its layer.
    pub fn number(&self, feed: &Feed) -> i64 {
        let layer = self.store.read(|tx| layers::by_id(tx, feed.layer));
        layer.unwrap().unwrap().number
    }
}

pub fn event(uid: &str, summary: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260601T100000Z\r\nDURATION:PT1H\r\n\
         SUMMARY:{summary}\r\nEND:VEVENT\r\n"
    )
}

pub fn feed(head: &str, events: impl IntoIterator<Item = String>) -> String {
    let events: String = events.into_iter().collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//them//EN\r\n{head}{events}END:VCALENDAR\r\n"
    )
}

/// So many events, one like the other but for their names.
pub fn numbered(numbers: impl IntoIterator<Item = usize>) -> String {
    let events = numbers
        .into_iter()
        .map(|number| event(&format!("uid-{number}"), &format!("Event {number}")));
    feed("", events)
}

pub const URL: &str = "https://them.example/cal.ics";
