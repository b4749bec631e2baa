//! What the platform changes is in the next sync, and nothing else ever is.

use std::collections::BTreeMap;

use strata::model::SystemKind;

use crate::house::{House, SHIFTS, kind, multiget};
use crate::stories::stories;

/// What a client has been told so far.
#[derive(Default)]
struct Client {
    token: String,
    tags: BTreeMap<String, String>,
}

impl Client {
    fn sync(&mut self, house: &House) {
        let said = house.synced("alice", SHIFTS, &self.token).is(207);
        for part in said.all_between("<D:response><D:href>", "</D:response>") {
            let (href, rest) = part.split_once("</D:href>").expect("a name");
            match rest.split_once("<D:getetag>") {
                Some((_, tag)) => self.tags.insert(
                    href.to_owned(),
                    tag.split("</").next().unwrap_or_default().to_owned(),
                ),
                None => self.tags.remove(href),
            };
        }
        self.token = said.token();
    }
}

fn ctag(house: &House) -> String {
    let said = house.listed("alice", SHIFTS, "0", "<CS:getctag/>").is(207);
    said.all_between("<CS:getctag>", "</CS:getctag>").remove(0)
}

stories! {
    #[doc = "E-026, K-15: an UPDATE, an INSERT and a DELETE in the platform's table are in the next sync, each as what it is."]
    fn changes_are_in_the_next_sync(house: &House) {
        let first = house.synced("alice", SHIFTS, "").is(207);
        assert_eq!(first.count("<D:getetag>"), 3);
        let (token, before) = (first.token(), ctag(house));
        let same = house.synced("alice", SHIFTS, &token).is(207);
        assert_eq!((same.hrefs().len(), same.token()), (0, token.clone()));
        assert_eq!(ctag(house), before);

        house.platform_makes("UPDATE shifts SET what = 'Bar shift, later', begins = '2026-12-01T10:00:00Z' WHERE id = 1");
        assert_ne!(ctag(house), before);
        let changed = house.synced("alice", SHIFTS, &token).is(207);
        assert_eq!((changed.count("<D:getetag>"), changed.count("404 Not Found")), (1, 0));
        let read = house.report("alice", SHIFTS, &multiget(&changed.hrefs())).is(207);
        read.has("Bar shift\\, later").has("20261201T110000");

        house.platform_makes("INSERT INTO shifts (id, who, begins, what) VALUES (9, 'alice', '2026-12-09T08:00:00Z', 'New');
                              DELETE FROM shifts WHERE id = 2;");
        let told = house.synced("alice", SHIFTS, &changed.token()).is(207);
        assert_eq!((told.count("<D:getetag>"), told.count("404 Not Found")), (1, 1), "{}", told.body);
        // From the beginning the same comes out.
        let all = house.synced("alice", SHIFTS, &first.token()).is(207);
        assert_eq!((all.count("<D:getetag>"), all.count("404 Not Found")), (2, 1), "{}", all.body);
        assert_eq!(all.token(), told.token());

        // What goes and comes back is there again, under its name.
        house.platform_makes("INSERT INTO shifts (id, who, begins, what) VALUES (2, 'alice', '2026-12-02', 'Door duty')");
        let back = house.synced("alice", SHIFTS, &told.token()).is(207);
        assert_eq!((back.count("<D:getetag>"), back.count("404 Not Found")), (1, 0));
        let gone = told.all_between("<D:response><D:href>", "</D:href><D:status>HTTP/1.1 404");
        assert!(gone.iter().any(|href| back.hrefs().iter().any(|it| href.ends_with(it))), "{gone:?}");
    }

    #[doc = "Rows that say the same in another order, or in columns that nobody reads, are no change."]
    fn what_changes_nothing_is_no_change(house: &House) {
        let first = house.synced("alice", SHIFTS, "").is(207);
        house.platform_makes("DELETE FROM shifts WHERE id = 1;
            INSERT INTO shifts VALUES (1, 'alice', '2026-12-01 10:00:00+01:00', '1796122800', 'Europe/Berlin', 'Bar shift',
                'Bring gloves', 'Hall 3', 'https://example.org/shifts/1', 'CONFIRMED', 0, '2026-11-01');
            UPDATE shifts SET what = 'Other' WHERE who = 'bob';");
        let same = house.synced("alice", SHIFTS, &first.token()).is(207);
        assert_eq!((same.hrefs().len(), same.token()), (0, first.token()), "{}", same.body);
    }

    #[doc = "A sensitive record whose words alone change has not changed."]
    fn a_hidden_edit_is_no_change(house: &House) {
        let first = house.synced("alice", SHIFTS, "").is(207);
        house.platform_makes("UPDATE shifts SET what = 'Call Quentin again', note = 'x', place = 'y', link = 'z' WHERE id = 3");
        assert_eq!(house.synced("alice", SHIFTS, &first.token()).is(207).hrefs().len(), 0);
        house.platform_makes("UPDATE shifts SET ends = '2026-12-03 20:00:00' WHERE id = 3");
        assert_eq!(house.synced("alice", SHIFTS, &first.token()).is(207).count("<D:getetag>"), 1);
    }

    #[doc = "Deterministic: another server on the same data, or the same one started anew, answers byte for byte the same."]
    fn bytes_and_tags_are_the_same_after_a_restart(house: &House) {
        let first = house.synced("alice", SHIFTS, "").is(207);
        let texts = |house: &House| house.report("alice", SHIFTS, &multiget(&first.hrefs())).is(207).body;
        let before = texts(house);
        let again = house.with(vec![kind("shifts", house.query(|_| {}))]);
        assert_eq!(texts(&again), before);
        let same = again.synced("alice", SHIFTS, &first.token()).is(207);
        assert_eq!((same.hrefs().len(), same.token()), (0, first.token()));
    }

    #[doc = "Many ask at once while the platform writes: what each is told adds up to what there is."]
    fn many_at_once(house: &House) {
        house.platform_makes("PRAGMA journal_mode = WAL");
        let known = std::thread::scope(|scope| {
            let readers: Vec<_> = (0..4).map(|_| scope.spawn(|| {
                let mut client = Client::default();
                (0..12).for_each(|_| client.sync(house));
                client
            })).collect();
            for number in 100..140 {
                house.platform_makes(&format!("INSERT INTO shifts (id, who, begins, what)
                    VALUES ({number}, 'alice', '2026-12-09T08:00:00Z', 'More {number}')"));
            }
            readers.into_iter().map(|reader| reader.join().expect("a reader")).collect::<Vec<_>>()
        });
        let mut new = Client::default();
        new.sync(house);
        assert_eq!(new.tags.len(), 43);
        for mut client in known {
            client.sync(house);
            assert_eq!(client.tags, new.tags);
        }
    }

    #[doc = "What is taken over from before is what would be made anew, whatever the platform has done meanwhile, and whoever saw it."]
    fn what_is_taken_over_is_what_would_be_made(house: &House) {
        house.platform_makes("WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 409)
            INSERT INTO shifts (id, who, begins, what, zone) SELECT i, 'alice', '2026-12-09T08:00:00', 'Row ' || i,
                CASE i % 3 WHEN 0 THEN 'Europe/Berlin' WHEN 1 THEN 'Nowhere/Middle' END FROM n");
        let mut client = Client::default();
        let steps = [
            "SELECT 1",
            "UPDATE shifts SET what = 'Once' WHERE id = 20",
            "UPDATE shifts SET what = 'Often, ' || what WHERE id % 7 = 0",
            "DELETE FROM shifts WHERE id % 5 = 0",
            "UPDATE shifts SET secret = 1 - secret WHERE id % 11 = 0",
            "UPDATE shifts SET id = 1000 - id WHERE id IN (21, 22, 23)",
            "UPDATE shifts SET ends = '2026-12-09T09:00:00' WHERE id > 10",
            "UPDATE shifts SET begins = 'never' WHERE id % 13 = 0",
            "UPDATE shifts SET begins = '2026-12-10', who = CASE id % 2 WHEN 0 THEN 'bob' ELSE who END WHERE id % 13 = 0",
            "DELETE FROM shifts WHERE id > 10",
            "INSERT INTO shifts (id, who, begins, what) VALUES (20, 'alice', '2026-12-09T08:00:00', 'Row 20')",
        ];
        for (number, step) in steps.into_iter().enumerate() {
            println!("{step}");
            house.platform_makes(step);
            let anew = house.with(vec![kind("shifts", house.query(|_| {}))]);
            // Now one of them, now the other is the first to see it.
            if number % 3 == 2 {
                anew.get("alice", SHIFTS).is(200);
            }
            client.sync(house);
            let mut other = Client::default();
            other.sync(&anew);
            assert_eq!((&client.tags, &client.token), (&other.tags, &other.token));
            let hrefs: Vec<String> = client.tags.keys().cloned().collect();
            let texts = |house: &House| house.report("alice", SHIFTS, &multiget(&hrefs)).is(207).body;
            assert_eq!(texts(house), texts(&anew));
        }
        assert_eq!(client.tags.len(), 4);
    }

    #[doc = "A statement that everybody is answered alike is one state for all, and each hears of its changes."]
    fn what_all_see_changes_for_all(house: &House) {
        let common = |texts: &mut strata::calendar::system::QueryTexts| {
            texts.sql = "SELECT id, begins AS start, what FROM shifts WHERE secret = 0 ORDER BY id".to_owned();
        };
        let house = house.with(vec![kind("public_events", house.query(common))]);
        let events = |who: &str| format!("/dav/calendars/{who}/public-events/");
        let mut tokens = BTreeMap::new();
        for who in ["alice", "bob", "carol"] {
            let said = house.synced(who, &events(who), "").is(207);
            assert_eq!(said.count("<D:getetag>"), 3);
            tokens.insert(who, said.token());
        }
        for change in ["UPDATE shifts SET what = 'Moved' WHERE id = 4", "DELETE FROM shifts WHERE id = 1"] {
            house.platform_makes(change);
            for (who, token) in &mut tokens {
                let said = house.synced(who, &events(who), token).is(207);
                assert_eq!(said.hrefs().iter().filter(|it| it.ends_with(".ics")).count(), 1, "{who}: {}", said.body);
                *token = said.token();
            }
        }
        let texts: Vec<_> = ["alice", "bob"].map(|who| house.get(who, &events(who)).is(200).all_between("BEGIN:VEVENT", "END:VEVENT")).into();
        assert_eq!((texts[0].len(), &texts[0]), (2, &texts[1]));
    }

    #[doc = "A kind that its user does not want goes from the home, and comes back as it was; so does one that is switched off."]
    fn kinds_are_chosen_and_switched(house: &House) {
        let token = house.synced("alice", SHIFTS, "").is(207).token();
        let home = |house: &House, token: &str| {
            let body = format!("<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token>\
                                <D:sync-level>1</D:sync-level><D:prop><D:displayname/></D:prop></D:sync-collection>");
            house.ask("alice", "REPORT", "/dav/calendars/alice/", &[], &body)
        };
        let start = home(house, "").is(207).has(SHIFTS);
        let shifts = SystemKind::named("shifts").expect("a kind");
        let wants = |wanted| house.does("alice", |access| access.choose_kind(&shifts, wanted));
        wants(false).expect("it is hers to say");
        wants(false).expect("twice too");
        let choices = house.does("alice", |access| access.kinds()).expect("they are told");
        assert!(!choices[0].wanted);
        house.listed("alice", SHIFTS, "0", "<D:displayname/>").is(404);
        house.listed("alice", "/dav/calendars/alice/", "1", "<D:displayname/>").is(207).lacks(SHIFTS);
        let gone = home(house, &start.token()).is(207).has(SHIFTS).has("404 Not Found");
        wants(true).expect("it is hers to say");
        home(house, &gone.token()).is(207).has(SHIFTS).lacks("404 Not Found");
        let same = house.synced("alice", SHIFTS, &token).is(207);
        assert_eq!(same.hrefs().len(), 0, "nothing is told of that did not change");

        let without = house.with(Vec::new());
        without.listed("alice", SHIFTS, "0", "<D:displayname/>").is(404);
        without.listed("alice", "/dav/calendars/alice/", "1", "<D:displayname/>").is(207).lacks(SHIFTS);
        let with = without.with(vec![kind("shifts", without.query(|_| {}))]);
        assert_eq!(with.synced("alice", SHIFTS, &token).is(207).hrefs().len(), 0);
        assert!(with.does("bob", |access| access.choose_kind(&SystemKind::named("other").expect("a kind"), false)).is_err());
    }

    #[doc = "Where a user has a calendar of that name already, it is theirs, and the platform's gets another."]
    fn a_name_that_is_taken_stays_taken(house: &House) {
        let bare = house.with(Vec::new());
        bare.ask("bob", "MKCALENDAR", "/dav/calendars/bob/shifts/", &[], "").is(201);
        let with = bare.with(vec![kind("shifts", bare.query(|_| {}))]);
        assert_eq!(with.get("bob", "/dav/calendars/bob/shifts/").is(200).count("BEGIN:VEVENT"), 0);
        assert_eq!(with.get("bob", "/dav/calendars/bob/shifts-2/").is(200).has("Bobs own").status, 200);
    }
}
