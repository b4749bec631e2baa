//! What a platform keeps, through every door: every combination of viewer, kind and record. No word of a sensitive record is told
//! to anybody, its owner included, and of the others what the table says.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use strata::calendar::system::{Kind, Origin, QueryTexts, RecordDraft, System};
use strata::calendar::{self, Limits, ViewDraft};
use strata::model::{
    Audience, Details, Included, Includes, RecordStatus, Right, Sorts, SystemKind, Terms, ViewId,
    Visibility,
};
use strata::privacy::Setting;

use crate::house::{House, Said};
use crate::model::{
    self, ACCOUNT, ANONYMOUS, FRIEND, OWNER, PROXIES, READER, Sight, VIEWERS, secret,
};
use crate::tour::{DATA, between, filter, text_match};

const LABEL: &str = "On duty";

const VISIBILITIES: [(&str, Visibility); 3] = [
    ("PRIVATE", Visibility::Private),
    ("FRIENDS", Visibility::Friends),
    ("PUBLIC", Visibility::Public),
];
const DETAILS: [(&str, Details); 3] = [
    ("NOBODY", Details::Nobody),
    ("FRIENDS", Details::Friends),
    ("EVERYONE", Details::Everyone),
];

/// What is said of one record.
#[derive(Clone, Copy, Debug)]
struct Case {
    number: usize,
    visibility: usize,
    details: usize,
    /// Does its kind take up time?
    busy: bool,
    status: RecordStatus,
    sensitive: bool,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for visibility in 0..3 {
        for details in 0..3 {
            for busy in [true, false] {
                for status in RecordStatus::ALL {
                    for sensitive in [true, false] {
                        cases.push(Case {
                            number: cases.len(),
                            visibility,
                            details,
                            busy,
                            status,
                            sensitive,
                        });
                    }
                }
            }
        }
    }
    cases
}

impl Case {
    fn kind(&self) -> SystemKind {
        let (visibility, details) = (VISIBILITIES[self.visibility].0, DETAILS[self.details].0);
        let name = format!(
            "{visibility}_{details}_{}",
            if self.busy { "busy" } else { "free" }
        );
        SystemKind::named(&name.to_lowercase()).unwrap()
    }

    fn layer(&self) -> String {
        format!("/dav/calendars/alice/{}/", self.kind().segment())
    }

    fn admits(&self, viewer: &str) -> bool {
        model::admits(VISIBILITIES[self.visibility].0, viewer)
    }

    fn blocks(&self) -> bool {
        self.busy && self.status != RecordStatus::Cancelled
    }

    /// What is told in detail: to who the owner is as well.
    fn told(&self) -> Sight {
        match (self.sensitive, self.status) {
            (false, _) => Sight::Whole,
            (true, RecordStatus::Cancelled) => Sight::Nothing,
            (true, _) => Sight::Generic,
        }
    }

    fn sight(&self, viewer: &str) -> Sight {
        if viewer == OWNER {
            return self.told();
        }
        if !self.admits(viewer) {
            return Sight::Nothing;
        }
        match (model::tells(DETAILS[self.details].0, viewer), self.blocks()) {
            (true, _) => self.told(),
            (false, true) => Sight::Busy,
            (false, false) => Sight::Nothing,
        }
    }

    fn published(&self, audience: Audience) -> Sight {
        match audience {
            Audience::Owner => self.told(),
            Audience::Friends => self.sight(FRIEND),
            Audience::Everyone => self.sight(ACCOUNT),
            Audience::Busy if self.blocks() => Sight::Busy,
            Audience::Busy => Sight::Nothing,
        }
    }

    fn minute(&self) -> usize {
        self.number * 7
    }

    fn start(&self) -> String {
        let minute = self.minute();
        format!("2026-03-01T{:02}:{:02}:00Z", minute / 60, minute % 60)
    }

    fn end(&self) -> String {
        let minute = self.minute() + 5;
        format!("2026-03-01T{:02}:{:02}:00Z", minute / 60, minute % 60)
    }

    fn word(&self, kind: char) -> String {
        secret(kind, self.number)
    }

    /// Every second kind is written by the platform, the others are read from its database.
    fn is_written(&self) -> bool {
        (self.number / 6).is_multiple_of(2)
    }

    fn draft(&self) -> RecordDraft {
        RecordDraft {
            id: self.word('U'),
            owner: Some(OWNER.to_owned()),
            start: self.start(),
            end: Some(self.end()),
            title: Some(self.word('S')),
            description: Some(self.word('D')),
            location: Some(self.word('L')),
            url: Some(format!("https://example.org/{}", self.word('H'))),
            status: self.status,
            sensitive: self.sensitive,
            ..RecordDraft::default()
        }
    }
}

struct Tour {
    house: House,
    cases: Vec<Case>,
    faults: Vec<String>,
    count: usize,
}

/// Somebody who asks somewhere for what stands there of some cases.
#[derive(Clone, Copy)]
struct Stand<'s> {
    viewer: &'static str,
    path: &'s str,
}

impl Tour {
    fn new() -> Self {
        let privacy = Setting {
            anonymous: true,
            label: model::LABEL.into(),
        };
        let limits = Limits {
            privacy,
            ..Limits::default()
        };
        let people: Vec<_> = VIEWERS[..5].iter().chain(&PROXIES).copied().collect();
        let house = House::of(&people, limits);
        let cases = cases();
        let mut kinds: BTreeMap<SystemKind, Kind> = BTreeMap::new();
        for case in &cases {
            let kind = || made(&house, case);
            kinds.entry(case.kind()).or_insert_with(kind);
        }
        house.platform("CREATE TABLE records (kind TEXT, id TEXT, who TEXT, start TEXT, finish TEXT, title TEXT, description TEXT,
                            location TEXT, url TEXT, status TEXT, sensitive INTEGER)");
        let house = house.keeping(System::new(kinds.into_values()));
        let tour = Self {
            house,
            cases,
            faults: Vec::new(),
            count: 0,
        };
        tour.furnish();
        tour
    }

    fn furnish(&self) {
        for case in &self.cases {
            if case.is_written() {
                let done: calendar::Result<bool> = self
                    .house
                    .calendars()
                    .write(&self.house.viewer(OWNER), |access| {
                        access.put_record(case.kind().as_str(), &case.draft())
                    });
                assert!(done.unwrap());
                continue;
            }
            let draft = case.draft();
            self.house.platform(&format!(
                "INSERT INTO records VALUES ('{}', '{}', 'alice', '{}', '{}', '{}', '{}', '{}', '{}', '{}', {})",
                case.kind().as_str(), draft.id, draft.start, draft.end.unwrap(), draft.title.unwrap(),
                draft.description.unwrap(), draft.location.unwrap(), draft.url.unwrap(), case.status.name(),
                u8::from(case.sensitive)
            ));
        }
        let house = &self.house;
        house
            .ask(
                OWNER,
                "PROPFIND",
                "/dav/calendars/alice/",
                &[("depth", "0")],
                "",
            )
            .is(207);
        house.befriend(OWNER, FRIEND);
        for case in self.cases.iter().step_by(6) {
            house.share(OWNER, &case.kind().segment(), READER, Right::Read);
        }
        let path = format!("/dav/principals/users/{OWNER}/calendar-proxy-read/");
        let body = format!(
            "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><D:group-member-set>\
             <D:href>/dav/principals/users/{}/</D:href></D:group-member-set></D:prop></D:set></D:propertyupdate>",
            PROXIES[0]
        );
        house.ask(OWNER, "PROPPATCH", &path, &[], &body).is(207);
        let kinds = self.cases.iter().map(|it| Included::Kind(it.kind()));
        let includes = Includes::of(kinds.chain(Included::NAMED));
        assert_eq!(house.bring(OWNER, &[FRIEND, ACCOUNT], includes), "view-1");
    }

    fn unless(&mut self, fine: bool, fault: impl FnOnce() -> String) {
        if !fine && self.faults.len() < 12 {
            self.faults.push(fault());
        }
    }

    /// No word of it is anywhere but where it is told whole.
    fn searched(&mut self, at: Stand, what: &str, said: &Said) {
        for text in [&format!("{:?}", said.headers), &said.body] {
            for (kind, number) in model::secrets(text) {
                let case = self.cases[number];
                let may_know = case.sight(at.viewer) == Sight::Whole && !case.sensitive;
                self.unless(may_know, || {
                    format!(
                        "{} at {} is told {} by {what}",
                        at.viewer,
                        at.path,
                        secret(kind, number)
                    )
                });
            }
        }
    }

    fn ask(&mut self, at: Stand, method: &str, path: &str, depth: &str, body: &str) -> Said {
        let said = self
            .house
            .ask(at.viewer, method, path, &[("depth", depth)], body);
        self.searched(at, &format!("{method} {body}"), &said);
        said
    }

    /// What is told of each, held against what is expected of some.
    fn held(
        &mut self,
        at: Stand,
        what: &str,
        told: &BTreeMap<usize, Sight>,
        some: &[Case],
        expected: impl Fn(&Case) -> Sight,
    ) {
        for case in some {
            let told = told.get(&case.number).copied().unwrap_or(Sight::Nothing);
            let expected = expected(case);
            self.unless(told == expected, || {
                format!(
                    "{} at {}, {what}: {told:?}, not {expected:?} of {case:?}",
                    at.viewer, at.path
                )
            });
            self.count += 1;
        }
        let strange = told
            .keys()
            .any(|number| some.iter().all(|case| case.number != *number));
        self.unless(!strange, || {
            format!("{} at {} is told of others by {what}", at.viewer, at.path)
        });
    }

    /// Through every door of WebDAV to a collection that shows these cases.
    fn visit(&mut self, at: Stand, some: &[Case]) {
        let seen = |case: &Case| case.sight(at.viewer);
        let body = query(&filter("VEVENT", ""));
        let said = self.ask(at, "REPORT", at.path, "1", &body).is(207);
        let base = sights(&said.body);
        self.held(at, "query", &base, some, seen);
        let range = "<C:time-range start=\"20260301T000000Z\" end=\"20260302T000000Z\"/>";
        let said = self
            .ask(at, "REPORT", at.path, "1", &query(&filter("VEVENT", range)))
            .is(207);
        self.held(at, "query of a range", &sights(&said.body), some, seen);
        let hrefs = hrefs(&said.body);

        let said = self
            .ask(at, "REPORT", at.path, "1", &multiget(&hrefs))
            .is(207);
        self.held(at, "multiget", &sights(&said.body), some, seen);
        let synced = self.ask(at, "REPORT", at.path, "0", &sync("")).is(207);
        self.held(at, "sync", &sights(&synced.body), some, seen);
        let said = self.ask(at, "GET", at.path, "0", "").is(200);
        self.held(at, "GET", &sights(&said.body), some, seen);
        for props in [
            "<D:allprop/>",
            "<D:propname/>",
            "<D:prop><D:getetag/><D:getcontentlength/></D:prop>",
        ] {
            let body = format!("<D:propfind xmlns:D=\"DAV:\">{props}</D:propfind>");
            let said = self.ask(at, "PROPFIND", at.path, "1", &body).is(207);
            let listed = said.body.matches(".ics</D:href>").count();
            self.unless(listed == base.len(), || {
                format!("{} at {} lists {listed}", at.viewer, at.path)
            });
        }
        for href in hrefs.iter().step_by(5) {
            let said = self.ask(at, "GET", href, "0", "").is(200);
            assert_eq!(sights(&said.body).len(), 1);
        }
        // A search is no oracle.
        for (property, word) in [
            ("SUMMARY", 'S'),
            ("DESCRIPTION", 'D'),
            ("LOCATION", 'L'),
            ("URL", 'H'),
            ("X-STRATA-RECORD", 'U'),
        ] {
            let search = query(&filter(
                "VEVENT",
                &text_match(property, &format!("zq{word}")),
            ));
            let said = self
                .house
                .ask(at.viewer, "REPORT", at.path, &[("depth", "1")], &search)
                .is(207);
            // Views say nothing of where something comes from.
            let told = property != "X-STRATA-RECORD"
                || at.path.starts_with("/dav/calendars/alice/") && !at.path.contains("view-");
            let whole = |case: &Case| match seen(case) {
                Sight::Whole if told => Sight::Whole,
                _ => Sight::Nothing,
            };
            self.held(at, "search", &sights(&said.body), some, whole);
        }
        let busy = "<C:free-busy-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
                    <C:time-range start=\"20260301T000000Z\" end=\"20260302T000000Z\"/></C:free-busy-query>";
        self.ask(at, "REPORT", at.path, "1", busy);
    }

    /// As one that never was, by every question.
    fn stand_before(&mut self, at: Stand) {
        let never = "/dav/calendars/alice/never-made/";
        for (method, body) in [
            ("GET", String::new()),
            ("PROPFIND", String::new()),
            ("REPORT", query(&filter("VEVENT", ""))),
            ("REPORT", sync("")),
        ] {
            let said = self.ask(at, method, at.path, "1", &body);
            let other = self
                .house
                .ask(at.viewer, method, never, &[("depth", "1")], &body);
            let same =
                said.status == other.status && said.body == other.body.replace(never, at.path);
            self.unless(same, || {
                format!("{} is told {} of {}", at.viewer, said.status, at.path)
            });
        }
    }

    /// Over JSON, by one address; `some` are all that it may show.
    fn told(&mut self, at: Stand) {
        let target = format!("{}limit=1000", at.path);
        let said = self.house.json(at.viewer, "GET", &target, "").is(200);
        self.searched(at, "JSON", &said);
        let page: Value = serde_json::from_str(&said.body).unwrap();
        assert!(page["unavailable"].is_null(), "{page}");
        let mut told = BTreeMap::new();
        for item in page["items"].as_array().unwrap() {
            told.insert(number_of(item), json_sight(item));
            if told.len() % 7 == 1 {
                let id = item["id"].as_str().unwrap();
                let one = self
                    .house
                    .json(at.viewer, "GET", &format!("items/{id}"), "")
                    .is(200);
                self.searched(at, "JSON of one", &one);
                let same = serde_json::from_str::<Value>(&one.body).unwrap() == *item;
                self.unless(same, || format!("{}: {item} {}", at.viewer, one.body));
                self.unless(item["editable"] == false, || {
                    format!("{}: {item}", at.viewer)
                });
                let patch = self.house.json(
                    at.viewer,
                    "PATCH",
                    &format!("items/{id}"),
                    r#"{"title":"x"}"#,
                );
                self.searched(at, "JSON PATCH", &patch);
                assert_eq!(patch.status, 403, "{}", patch.body);
            }
        }
        let all = self.cases.clone();
        self.held(at, "JSON", &told, &all, |case| case.sight(at.viewer));
    }
}

fn made(house: &House, case: &Case) -> Kind {
    let texts = QueryTexts {
        url: "sqlite:platform.db".to_owned(),
        sql: format!(
            "SELECT * FROM records WHERE who = :user AND kind = '{}'",
            case.kind().as_str()
        ),
        columns: vec![("end".to_owned(), "finish".to_owned())],
        by_address: false,
        zone: "UTC".to_owned(),
        timeout: std::time::Duration::from_secs(5),
        max_rows: 100,
    };
    Kind {
        kind: case.kind(),
        title: format!("A kind {}", case.kind().as_str()),
        color: "#1890ff".to_owned(),
        label: LABEL.into(),
        visibility: VISIBILITIES[case.visibility].1,
        details: DETAILS[case.details].1,
        remind: None,
        busy: case.busy,
        origin: match case.is_written() {
            true => Origin::Records,
            false => Origin::query(texts, house.folder()).unwrap(),
        },
    }
}

fn query(filter: &str) -> String {
    format!(
        "<C:calendar-query xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop>{DATA}</D:prop>{filter}</C:calendar-query>"
    )
}

fn sync(token: &str) -> String {
    format!(
        "<D:sync-collection xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:sync-token>{token}</D:sync-token>\
         <D:sync-level>1</D:sync-level><D:prop>{DATA}</D:prop></D:sync-collection>"
    )
}

fn multiget(hrefs: &[String]) -> String {
    let mut all = String::new();
    for href in hrefs {
        write!(all, "<D:href>{href}</D:href>").unwrap();
    }
    format!(
        "<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop>{DATA}</D:prop>{all}</C:calendar-multiget>"
    )
}

fn hrefs(multistatus: &str) -> Vec<String> {
    let parts = multistatus.split("<D:href>").skip(1);
    let href = |part: &str| part.split_once('<').map(|(href, _)| href.to_owned());
    parts
        .filter_map(href)
        .filter(|href| href.ends_with(".ics"))
        .collect()
}

/// What is told of each record whose event stands somewhere in a text.
fn sights(text: &str) -> BTreeMap<usize, Sight> {
    let text = text
        .replace("&#13;", "")
        .replace("\r\n ", "")
        .replace('\r', "");
    let mut found = BTreeMap::new();
    for event in text.split("BEGIN:VEVENT").skip(1) {
        let event = event.split("END:VEVENT").next().unwrap();
        let at = between(event, "\nDTSTART:20260301T", "00Z").unwrap();
        let minute: usize =
            at[..2].parse::<usize>().unwrap() * 60 + at[2..4].parse::<usize>().unwrap();
        let summary = between(event, "\nSUMMARY:", "\n").unwrap();
        assert!(
            found.insert(minute / 7, sight(summary)).is_none(),
            "{event}"
        );
    }
    found
}

/// In views a summary begins with a name.
fn sight(summary: &str) -> Sight {
    match summary.rsplit(": ").next() {
        Some("Busy") => Sight::Busy,
        Some(LABEL) => Sight::Generic,
        Some(word) if word.starts_with("zqS") => Sight::Whole,
        _ => panic!("{summary}"),
    }
}

fn json_sight(item: &Value) -> Sight {
    let seen = sight(item["title"].as_str().unwrap());
    if seen == Sight::Busy {
        assert_eq!(item["redacted"], true, "{item}");
    }
    seen
}

fn number_of(item: &Value) -> usize {
    let start: jiff::Timestamp = item["start"].as_str().unwrap().parse().unwrap();
    let first: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    usize::try_from((start.as_second() - first.as_second()) / 60).unwrap() / 7
}

/// A-21, A-22, K-09, E-026.
#[test]
fn every_combination_through_every_door() {
    let mut tour = Tour::new();
    let all = tour.cases.clone();
    // Each layer by itself, for everybody.
    let viewers = [OWNER, READER, FRIEND, ACCOUNT, ANONYMOUS, PROXIES[0]];
    for some in all.chunks(6) {
        let path = some[0].layer();
        for viewer in viewers {
            let at = Stand {
                viewer,
                path: &path,
            };
            match some[0].admits(viewer) {
                true => tour.visit(at, some),
                false => tour.stand_before(at),
            }
        }
    }
    // Where several come together.
    for (viewer, path) in [
        (FRIEND, "/dav/calendars/fred/friend-alice/"),
        (OWNER, "/dav/calendars/alice/view-1/"),
        (FRIEND, "/dav/calendars/fred/view-1/"),
        (ACCOUNT, "/dav/calendars/anna/view-1/"),
    ] {
        tour.visit(Stand { viewer, path }, &all);
    }
    // Over JSON.
    let range = "start=2026-02-28&end=2026-03-03&";
    let view = tour.house.calendars().handles().of(ViewId(1));
    for (viewer, path) in [
        (OWNER, format!("my?{range}")),
        (OWNER, format!("items?{range}")),
        (OWNER, "events?range=2026-02-28/2026-03-03&".to_owned()),
        (READER, format!("user/alice?{range}")),
        (FRIEND, format!("user/alice?{range}")),
        (FRIEND, format!("items?{range}layers=friend-alice&")),
        (FRIEND, format!("shared/{view}/items?{range}")),
        (ACCOUNT, format!("user/alice?{range}")),
        (ACCOUNT, format!("items?{range}layers=view-1&")),
    ] {
        tour.told(Stand {
            viewer,
            path: &path,
        });
    }
    let target = &format!(
        "shared/{view}/availability?start=2026-03-01&end=2026-03-02&dayStart=00:00&dayEnd=24:00"
    );
    for viewer in [OWNER, FRIEND, ACCOUNT] {
        let at = Stand {
            viewer,
            path: target,
        };
        let said = tour.house.json(viewer, "GET", target, "").is(200);
        assert!(!said.body.contains("zq"), "{}", said.body);
        tour.searched(at, "availability", &said);
    }
    // And by the links that go out.
    for audience in [
        Audience::Owner,
        Audience::Friends,
        Audience::Everyone,
        Audience::Busy,
    ] {
        let terms = Terms {
            label: "All".into(),
            audience,
            layers: None,
            sorts: Sorts::ALL,
            reach: None,
        };
        let export = tour.house.publish(&terms);
        let said = tour.house.fetch(&export, &[]).is(200);
        for (kind, number) in model::secrets(&said.body) {
            let case = tour.cases[number];
            let whole = case.published(audience) == Sight::Whole && !case.sensitive;
            tour.unless(whole, || {
                format!("{audience:?} are told {}", secret(kind, number))
            });
        }
        let at = Stand {
            viewer: OWNER,
            path: "a feed",
        };
        tour.held(
            at,
            &format!("{audience:?}"),
            &sights(&said.body),
            &all,
            |case| case.published(audience),
        );
    }
    assert!(tour.faults.is_empty(), "{}", tour.faults.join("\n\n"));
    println!("what a platform keeps: {} combinations", tour.count);
    assert!(tour.count > 10_000, "{}", tour.count);
}

/// An administrator who looks at a group sees of each kind what anybody may see, and is told no word more.
#[test]
fn a_role_based_view_shows_what_the_rules_let_through() {
    let mut tour = Tour::new();
    let all = tour.cases.clone();
    tour.house.company(OWNER, "staff");
    tour.house
        .sql("UPDATE users SET admin = 1 WHERE name = 'anna'");
    let draft = ViewDraft {
        name: "Staff".into(),
        includes: Some(Includes::of(all.iter().map(|it| Included::Kind(it.kind())))),
        groups: vec!["staff".to_owned()],
        ..ViewDraft::default()
    };
    let made: calendar::Result<_> = tour
        .house
        .calendars()
        .write(&tour.house.viewer(ACCOUNT), |access| {
            access.create_view(&draft)
        });
    let id = made.unwrap().0;
    let path = format!("/dav/calendars/anna/view-{id}/");
    tour.visit(
        Stand {
            viewer: ACCOUNT,
            path: &path,
        },
        &all,
    );
    let view = tour.house.calendars().handles().of(ViewId(id));
    let target = format!("shared/{view}/items?start=2026-02-28&end=2026-03-03&");
    tour.told(Stand {
        viewer: ACCOUNT,
        path: &target,
    });
    assert!(tour.faults.is_empty(), "{}", tour.faults.join("\n\n"));
}

/// An edit is a change for who sees the words that have changed, and of what is sensitive for nobody.
#[test]
fn an_edit_is_told_to_who_sees_it() {
    let mut tour = Tour::new();
    let all = tour.cases.clone();
    let places = [
        (OWNER, "/dav/calendars/alice/view-1/"),
        (FRIEND, "/dav/calendars/fred/friend-alice/"),
        (ACCOUNT, "/dav/calendars/anna/view-1/"),
    ];
    let tokens = places.map(|(viewer, path)| {
        let at = Stand { viewer, path };
        let said = tour.ask(at, "REPORT", path, "0", &sync("")).is(207);
        let token = said.body.rsplit_once("<D:sync-token>").unwrap().1;
        token.split_once('<').unwrap().0.to_owned()
    });
    tour.house
        .platform("UPDATE records SET title = title || ' again', description = 'other', url = ''");
    for ((viewer, path), token) in places.into_iter().zip(&tokens) {
        let at = Stand { viewer, path };
        let said = tour.ask(at, "REPORT", path, "0", &sync(token)).is(207);
        tour.held(
            at,
            "sync after an edit",
            &sights(&said.body),
            &all,
            |case| match !case.is_written() && case.sight(viewer) == Sight::Whole {
                true => Sight::Whole,
                false => Sight::Nothing,
            },
        );
        assert!(!said.body.contains("404 Not Found"), "{}", said.body);
    }
    assert!(tour.faults.is_empty(), "{}", tour.faults.join("\n\n"));
}
