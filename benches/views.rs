//! What a shared view of ten people costs who poll it, asked of the DAV room without a socket: `cargo bench --bench views`.

use std::time::{Duration, Instant};

use strata::calendar::{Access, Calendars, Draft, Error, Limits, ViewDraft};
use strata::dav::{Dav, Settings, handle};
use strata::http::{Body, HeaderMap, HeaderName, HeaderValue, Method, Origin, Request};
use strata::model::{Included, Includes, User, UserKind, Visibility};
use strata::privacy::{Device, Viewer};
use strata::store::accounts::{self, NewUser};
use strata::store::layers::{self, NewLayer};
use strata::store::{self, Store, Synchronous};

const MEMBERS: usize = 10;
const LAYERS: usize = 10;
const ITEMS: usize = 5_000;
const VIEW: &str = "/dav/calendars/user0/view-1/";

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&store::Settings {
        url: "sqlite:strata.db".into(),
        data: folder.path().to_owned(),
        synchronous: Synchronous::Normal,
        readers: 2,
        sync_horizon_days: 90,
    })
    .expect("a store");
    let dav = Dav {
        calendars: Calendars::new(store, Limits::default()),
        settings: Settings::default(),
    };
    let people: Vec<(User, Viewer)> = (0..MEMBERS).map(|number| account(&dav, number)).collect();
    let start = Instant::now();
    people.iter().for_each(|person| fill(&dav, person));
    gather(&dav, &people);
    println!(
        "{MEMBERS} members x {LAYERS} layers x {ITEMS} items: filled in {:?}",
        start.elapsed()
    );
    let viewer = &people[0].1;
    println!(
        "poll without a change: {:?}",
        median(301, || poll(&dav, viewer))
    );
    let home = "/dav/calendars/user0/";
    println!(
        "listing of the home: {:?}",
        median(101, || {
            let props = "<D:displayname/><CS:getctag/><D:sync-token/>";
            let reply = ask(&dav, viewer, "PROPFIND", home, "1", &propfind(props));
            assert!(reply.contains("view-1"));
        })
    );
    let mut token = token_of(&ask(
        &dav,
        viewer,
        "PROPFIND",
        VIEW,
        "0",
        &propfind("<D:sync-token/>"),
    ));
    let mut took = Vec::new();
    for round in 0..41 {
        let number = 1 + round % (MEMBERS - 1);
        let path = format!("/dav/calendars/user{number}/layer{}/0.ics", round % LAYERS);
        ask(
            &dav,
            &people[number].1,
            "PUT",
            &path,
            "0",
            &event(0, &format!("Round {round}")),
        );
        let start = Instant::now();
        let reply = ask(&dav, viewer, "REPORT", VIEW, "0", &sync(&token));
        took.push(start.elapsed());
        assert!(reply.contains(&format!("Round {round}")), "{reply}");
        token = token_of(&reply);
    }
    took.sort_unstable();
    println!(
        "one change in the next sync: {:?}, the slowest {:?}",
        took[took.len() / 2],
        took[took.len() - 1]
    );
    let unchanged = median(101, || {
        assert!(!ask(&dav, viewer, "REPORT", VIEW, "0", &sync(&token)).contains(".ics"))
    });
    println!(
        "sync without a change: {unchanged:?}; its token has {} bytes",
        token.len()
    );
    let month = median(9, || {
        let filter = "<C:calendar-query xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><D:getetag/></D:prop><C:filter>\
            <C:comp-filter name=\"VCALENDAR\"><C:comp-filter name=\"VEVENT\"><C:time-range start=\"20260606T000000Z\" end=\"20260607T000000Z\"/>\
            </C:comp-filter></C:comp-filter></C:filter></C:calendar-query>";
        ask(&dav, viewer, "REPORT", VIEW, "1", filter);
    });
    println!("a day of all of them: {month:?}");
}

fn account(dav: &Dav, number: usize) -> (User, Viewer) {
    let name = format!("user{number}");
    let new = NewUser {
        name: &name,
        display_name: &name,
        addresses: &[],
        kind: UserKind::Individual,
        admin: false,
        password_hash: "x",
        now: 0,
    };
    let made = dav.calendars.store().write(|tx| accounts::create(tx, &new));
    let user = made.expect("a store").expect("a new account");
    let viewer = Viewer::User(Device::of_account(user.id, user.epoch));
    (user, viewer)
}

fn fill(dav: &Dav, (user, viewer): &(User, Viewer)) {
    for layer in 0..LAYERS {
        let name = format!("layer{layer}");
        let new = NewLayer {
            visibility: Visibility::Public,
            ..NewLayer::named(user.id, &name, 1)
        };
        let made = dav.calendars.store().write(|tx| layers::create(tx, &new));
        made.expect("a store").expect("a new layer");
        act(dav, viewer, |access| {
            let collection = access.collection(&user.name, &name)?;
            for number in 0..ITEMS {
                let text = event(number, "Meeting").into();
                let draft = Draft::read(&text, &collection, access.limits())?;
                access.put(&collection, &format!("{number}.ics"), &draft, &|_| true)?;
            }
            Ok(())
        });
    }
}

fn gather(dav: &Dav, people: &[(User, Viewer)]) {
    let all = Includes::of(Included::NAMED);
    let draft = ViewDraft {
        name: "Team".to_owned(),
        includes: Some(all.clone()),
        ..ViewDraft::default()
    };
    let id = act(dav, &people[0].1, |access| access.create_view(&draft));
    for (user, viewer) in &people[1..] {
        act(dav, &people[0].1, |access| {
            access.invite_to_view(id, &user.name)
        });
        act(dav, viewer, |access| access.accept_view(id, Some(&all)));
    }
}

fn act<T>(dav: &Dav, viewer: &Viewer, work: impl Fn(&mut Access) -> Result<T, Error>) -> T {
    let done = dav.calendars.write(viewer, |access| work(access));
    done.expect("done")
}

fn event(number: usize, summary: &str) -> String {
    let description = "Bring the minutes of the last meeting and something to drink. ".repeat(10);
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Strata//Benchmark//EN\r\nBEGIN:VEVENT\r\nUID:event-{number}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:2026{:02}{:02}T100000Z\r\nDURATION:PT1H\r\nSUMMARY:{summary}\r\nX-STRATA-DETAILS-TO:EVERYONE\r\n\
         DESCRIPTION:{description}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        1 + number % 12,
        1 + number % 28
    )
}

fn poll(dav: &Dav, viewer: &Viewer) {
    let reply = ask(
        dav,
        viewer,
        "PROPFIND",
        VIEW,
        "0",
        &propfind("<CS:getctag/><D:sync-token/>"),
    );
    assert!(reply.contains("getctag"));
}

fn propfind(props: &str) -> String {
    format!(
        "<D:propfind xmlns:D=\"DAV:\" xmlns:CS=\"http://calendarserver.org/ns/\"><D:prop>{props}</D:prop></D:propfind>"
    )
}

fn sync(token: &str) -> String {
    format!(
        "<D:sync-collection xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:sync-token>{token}</D:sync-token>\
         <D:sync-level>1</D:sync-level><D:prop><D:getetag/><C:calendar-data/></D:prop></D:sync-collection>"
    )
}

fn token_of(reply: &str) -> String {
    let (_, after) = reply.rsplit_once("<D:sync-token>").expect("a token");
    after.split_once('<').expect("its end").0.to_owned()
}

fn ask(
    dav: &Dav,
    viewer: &Viewer,
    method: &str,
    path: &str,
    depth: &'static str,
    body: &str,
) -> String {
    let mut headers = HeaderMap::new();
    headers.insert(
        HeaderName::from_static("depth"),
        HeaderValue::from_static(depth),
    );
    let request = Request {
        id: "bench".into(),
        method: Method::from_bytes(method.as_bytes()).expect("a method"),
        path: path.into(),
        query: None,
        headers,
        body: body.to_owned().into(),
        origin: Origin {
            scheme: "http",
            authority: "cal.example.com".into(),
            base_path: String::new(),
        },
        client: [127, 0, 0, 1].into(),
    };
    let reply = handle(dav, viewer, &request);
    assert!(
        reply.status.is_success(),
        "{} {method} {path}",
        reply.status
    );
    match reply.body {
        Body::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => String::new(),
    }
}

fn median(rounds: usize, mut work: impl FnMut()) -> Duration {
    let mut took: Vec<_> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    took.sort_unstable();
    took[rounds / 2]
}
