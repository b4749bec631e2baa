//! A source is away: over JSON all else is told, and what is missing; nobody is called free; and who may not know of a layer does
//! not learn that its source is away.

use std::fs;

use strata::calendar::system::{Kind, Origin};
use strata::calendar::{BusyKind, ViewDraft};
use strata::export;
use strata::model::{Audience, Included, Includes, Sorts, SystemKind, Terms, ViewId, Visibility};

use crate::house::{House, SHIFTS, kind, multiget};
use crate::said::request;
use crate::stories::stories;

const WORK: &str = "/dav/calendars/alice/work/";
const RANGE: &str = "start=2026-11-30&end=2026-12-10";

/// A source that is there until it is taken away, and one that stays.
fn kinds(house: &House, visibility: Visibility) -> Vec<Kind> {
    let mut shifts = kind("shifts", house.query(|_| {}));
    shifts.visibility = visibility;
    vec![shifts, kind("polls", Origin::Records)]
}

/// Alice has something of her own beside what the platform shows, and bob is her friend.
fn furnished(house: &House, visibility: Visibility) -> House {
    let house = house.with(kinds(house, visibility));
    house.ask("alice", "MKCALENDAR", WORK, &[], "").is(201);
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n\
                DTSTART:20261201T140000Z\r\nDTEND:20261201T150000Z\r\nSUMMARY:Mine\r\nX-STRATA-VISIBILITY:FRIENDS\r\n\
                END:VEVENT\r\nEND:VCALENDAR\r\n";
    house
        .ask("alice", "PUT", &format!("{WORK}a.ics"), &[], text)
        .is(201);
    house.befriends("alice", "bob");
    house.get("alice", SHIFTS).is(200);
    house
}

fn goes(house: &House) {
    fs::rename(house.platform_file(), house.data.path().join("aside.db")).expect("the file goes");
}

fn comes_back(house: &House) {
    fs::rename(house.data.path().join("aside.db"), house.platform_file())
        .expect("the file comes back");
}

/// A view of alice and bob; its number.
fn together(house: &House, includes: Includes) -> i64 {
    let draft = ViewDraft {
        name: "Team".into(),
        includes: Some(includes.clone()),
        ..ViewDraft::default()
    };
    let id = house.does("alice", |access| {
        let id = access.create_view(&draft)?;
        access.invite_to_view(id, "bob")?;
        Ok(id)
    });
    let id = id.expect("a view");
    house
        .does("bob", |access| access.accept_view(id, Some(&includes)))
        .expect("it is accepted");
    id.0
}

/// As the API calls it.
fn handle(house: &House, view: i64) -> String {
    house.dav.calendars.handles().of(ViewId(view))
}

/// No word of what is behind a source, in whatever is said of it.
fn tells_nothing_of_it(body: &str) {
    for word in [
        "platform.db",
        "sqlite",
        "SELECT",
        "no such",
        "unable to open",
        "/tmp",
    ] {
        assert!(!body.contains(word), "{word} in {body}");
    }
}

stories! {
    #[doc = "The merged agenda, by each of its addresses: everything else, and what is missing."]
    fn an_agenda_says_what_is_missing(house: &House) {
        let house = furnished(house, Visibility::Private);
        let whole = house.json("alice", "GET", &format!("items?{RANGE}"), "").is(200);
        assert_eq!((whole.titles().len(), whole.missing().len()), (4, 0));
        whole.lacks("unavailable");
        let id = |title: &str| {
            let value = house.json("alice", "GET", &format!("items?{RANGE}"), "").value();
            let items = value["items"].as_array().expect("items").clone();
            let item = items.into_iter().find(|it| it["title"] == title).expect("it is there");
            item["id"].as_str().expect("an id").to_owned()
        };
        let (shift, mine) = (id("Bar shift"), id("Mine"));
        goes(&house);
        for target in [format!("items?{RANGE}"), format!("my?{RANGE}"), "events?range=2026-11-30/2026-12-10".to_owned(),
                       format!("user/alice?{RANGE}"), format!("items?{RANGE}&layers=work&layers=shifts")] {
            let said = house.json("alice", "GET", &target, "").is(200);
            assert_eq!((said.titles(), said.missing()), (vec!["Mine".to_owned()], vec!["alice/shifts".to_owned()]), "{target}");
            said.has("\"My shifts\"");
        }
        let alone = house.json("alice", "GET", &format!("items?{RANGE}&layers=work"), "").is(200);
        assert_eq!((alone.titles().len(), alone.missing().len()), (1, 0));
        // One item of it is not there, and nobody says that it never was.
        let said = house.json("alice", "GET", &format!("items/{shift}"), "").is(503);
        assert_eq!(said.header("retry-after"), "30");
        assert_eq!(said.value()["code"], "source-unavailable", "{}", said.body);
        tells_nothing_of_it(&said.body);
        house.json("alice", "GET", &format!("items/{mine}"), "").is(200);
        comes_back(&house);
        let whole = house.json("alice", "GET", &format!("items?{RANGE}"), "").is(200);
        assert_eq!((whole.titles().len(), whole.missing().len()), (4, 0));
    }

    #[doc = "Pages go on, and each says it."]
    fn each_page_says_it(house: &House) {
        let house = furnished(house, Visibility::Private);
        for day in 2..6 {
            let body = format!("{{\"layerId\":\"work\",\"title\":\"T{day}\",\"start\":\"2026-12-0{day}T09:00:00Z\",\
                                \"end\":\"2026-12-0{day}T10:00:00Z\"}}");
            house.json("alice", "POST", "items", &body).is(201);
        }
        goes(&house);
        let (mut titles, mut cursor) = (Vec::new(), String::new());
        loop {
            let said = house.json("alice", "GET", &format!("items?{RANGE}&limit=2{cursor}"), "").is(200);
            assert_eq!(said.missing(), ["alice/shifts"]);
            titles.extend(said.titles());
            match said.value()["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(titles, ["Mine", "T2", "T3", "T4", "T5"]);
    }

    #[doc = "What a friend sees of it is missing in their view, by the view's name and no other; over DAV the view waits."]
    fn a_friend_is_told_of_what_they_see(house: &House) {
        let house = furnished(house, Visibility::Friends);
        let home = house.listed("bob", "/dav/calendars/bob/", "1", "<D:displayname/>").is(207);
        let view = home.hrefs().into_iter().find(|href| href.contains("friend-")).expect("a friend view");
        let synced = house.synced("bob", &view, "").is(207);
        let names: Vec<String> = synced.hrefs().into_iter().filter(|href| href.ends_with(".ics")).collect();
        let mine = names.iter().find(|href| house.get("bob", href).body.contains("SUMMARY:Mine")).expect("it is shown").clone();
        let shift = names.iter().find(|href| **href != mine).expect("a shift").clone();
        goes(&house);
        let said = house.json("bob", "GET", &format!("user/alice?{RANGE}"), "").is(200);
        assert_eq!((said.titles(), said.missing()), (vec!["Mine".to_owned()], vec!["bob/friend-alice".to_owned()]));
        tells_nothing_of_it(&said.lacks("hifts").body);
        // A list that is shorter would be a list of deletions.
        for said in [house.synced("bob", &view, &synced.token()), house.synced("bob", &view, ""),
                     house.listed("bob", &view, "1", "<D:getetag/>"), house.get("bob", &view)] {
            assert_eq!(said.status, 503, "{}", said.body);
            assert_eq!(said.header("retry-after"), "30");
            tells_nothing_of_it(&said.body);
        }
        // One item is there or not by itself.
        house.get("bob", &mine).is(200).has("SUMMARY:Mine");
        house.get("bob", &shift).is(503);
        house.get("bob", &format!("{view}nothing.ics")).is(404);
        house.json("bob", "GET", &format!("items?{RANGE}"), "").is(200);
    }

    #[doc = "Who does not see a layer is told the same by the same status, whether its source is there or not."]
    fn nobody_else_learns_of_it(house: &House) {
        let house = furnished(house, Visibility::Private);
        let team = together(&house, Includes::of(Included::NAMED));
        let home = house.listed("bob", "/dav/calendars/bob/", "1", "<D:displayname/>").is(207);
        let view = home.hrefs().into_iter().find(|href| href.contains("friend-")).expect("a friend view");
        let shared = home.hrefs().into_iter().find(|href| href.contains("view-")).expect("a shared view");
        let terms = Terms {
            label: "Friends".into(),
            audience: Audience::Friends,
            layers: None,
            sorts: Sorts::ALL,
            reach: None,
        };
        let link = house.does("alice", |access| access.add_export(&[7; 32], &terms)).expect("a link");
        let tokens = [&view, &shared].map(|path| house.synced("bob", path, "").is(207).token());
        let asked = || {
            // Her own shifts, of bob, are away too: they are asked for by name alone, so that only hers could tell.
            let feed = export::handle(&house.dav.calendars, strata::model::Link::Layers(link.id), &request("GET", "/feed/alice/x.ics"), 1 << 20);
            let mut said = vec![
                house.json("bob", "GET", &format!("user/alice?{RANGE}"), ""),
                house.json("bob", "GET", &format!("items?{RANGE}&layers=friend-alice"), ""),
                house.get("bob", &view),
                house.listed("bob", &view, "1", "<D:getetag/>"),
                house.synced("bob", &view, &tokens[0]),
                house.report("bob", &view, &multiget(&[format!("{view}x.ics")])),
                house.get("bob", SHIFTS),
                house.json("bob", "GET", &format!("items?{RANGE}&layers=shifts-alice"), ""),
            ];
            said.push(feed.into());
            said.into_iter().map(|it| (it.status, it.body)).collect::<Vec<_>>()
        };
        let before = asked();
        goes(&house);
        let after = asked();
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before, after);
        }
        assert!(before.iter().all(|(status, _)| [200, 207, 404].contains(status)), "{before:?}");
        // In the view of both, bob's own are missing, of which he knows.
        let said = house.json("bob", "GET", &format!("shared/{}/items?{RANGE}", handle(&house, team)), "").is(200);
        assert_eq!(said.missing(), [format!("bob/view-{team}")]);
        house.synced("bob", &shared, &tokens[1]).is(503);
    }

    #[doc = "E-123: who may be busy is not called free; who sees the layer is told why, and who does not only that there is no time."]
    fn nobody_is_called_free(house: &House) {
        for (visibility, missing) in [(Visibility::Friends, vec!["alice/shifts".to_owned()]), (Visibility::Private, Vec::new())] {
            let house = furnished_anew(house, visibility);
            let team = together(&house, Includes::of(Included::NAMED));
            let target = format!("shared/{}/availability?start=2026-12-01&end=2026-12-02&dayStart=00:00&dayEnd=24:00&timeZone=UTC",
                                 handle(&house, team));
            let there = house.json("bob", "GET", &target, "").is(200);
            assert!(!there.value()["free"].as_array().expect("slots").is_empty());
            there.lacks("unavailable\":");
            // Bob's own is another source, and stays.
            goes(&house);
            let said = house.json("bob", "GET", &target, "").is(200);
            let value = said.value();
            assert_eq!(value["free"], serde_json::json!([]), "{}", said.body);
            let told: Vec<_> = said.missing().into_iter().filter(|it| it.starts_with("alice/")).collect();
            assert_eq!(told, missing, "{}", said.body);
            let busy = value["busy"].as_array().expect("blocks");
            let unavailable = busy.iter().all(|block| {
                let people = block["people"].as_array().expect("people");
                people.iter().any(|it| it["userId"] == "alice" && (it["kind"] == "BUSY-UNAVAILABLE" || it["kind"] == "BUSY"))
            });
            assert!(unavailable, "{}", said.body);
            tells_nothing_of_it(&said.body);
            comes_back(&house);
        }
    }

    #[doc = "Over DAV: who sees the layer is told to come back, who does not that there is no time; and never that there is."]
    fn free_busy_over_dav(house: &House) {
        let body = "<C:free-busy-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
                    <C:time-range start=\"20261201T000000Z\" end=\"20261205T000000Z\"/></C:free-busy-query>";
        let home = "/dav/calendars/alice/";
        let house = furnished(house, Visibility::Private);
        goes(&house);
        house.report("alice", home, body).is(503);
        let said = house.report("bob", home, body).is(200);
        said.has("FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261201T000000Z/").lacks("hifts");
        let (start, end) = (1_796_083_200, 1_796_083_200 + 4 * 86_400);
        let told = house.does("bob", |access| access.home_busy("alice", start, end)).expect("a friend may ask");
        let unknown: Vec<_> = told.iter().filter(|it| it.kind == BusyKind::Unavailable).collect();
        assert_eq!(unknown.iter().map(|it| (it.start, it.end)).collect::<Vec<_>>(), [(start, end)]);
        // Of one calendar alone it is as it was.
        house.report("alice", WORK, body).is(200).has("FREEBUSY:20261201T140000Z/").lacks("UNAVAILABLE");
        house.report("alice", SHIFTS, body).is(503);
        let open = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>\
                    <S:visibility>FRIENDS</S:visibility></D:prop></D:set></D:propertyupdate>";
        house.ask("alice", "PROPPATCH", SHIFTS, &[], open).is(207);
        house.report("bob", home, body).is(503);
    }

    #[doc = "E-069, E-070: a role-based view over JSON says that it is not whole; over DAV it waits."]
    fn a_role_based_view_says_it(house: &House) {
        let house = furnished(house, Visibility::Public);
        let store = house.dav.calendars.store();
        let made = store.write(|tx| {
            let group = strata::store::accounts::create_group(tx, "crew", "Crew")?.expect("the name is free");
            let user = strata::store::accounts::by_name(tx, "alice")?.expect("an account");
            strata::store::accounts::add_member(tx, group.id, user.id)
        });
        made.expect("the group is made");
        let draft = ViewDraft { name: "Crew".to_owned(), groups: vec!["crew".to_owned()], ..ViewDraft::default() };
        let view = house.does("carol", |access| access.create_view(&draft)).expect("an administrator may").0;
        let target = format!("shared/{}/items?{RANGE}", handle(&house, view));
        assert_eq!(house.json("carol", "GET", &target, "").is(200).missing().len(), 0);
        goes(&house);
        assert_eq!(house.json("carol", "GET", &target, "").is(200).missing(), [format!("carol/view-{view}")]);
        house.get("carol", &format!("/dav/calendars/carol/view-{view}/")).is(503);
    }
}

/// The same house once more, with what is asked for here.
fn furnished_anew(house: &House, visibility: Visibility) -> House {
    if visibility == Visibility::Friends {
        return furnished(house, visibility);
    }
    let house = house.with(kinds(house, visibility));
    let close = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>\
                 <S:visibility>PRIVATE</S:visibility></D:prop></D:set></D:propertyupdate>";
    house.ask("alice", "PROPPATCH", SHIFTS, &[], close).is(207);
    let none = SystemKind::named("shifts").expect("a kind");
    house
        .does("bob", |access| access.choose_kind(&none, false))
        .expect("bob wants none");
    house
}
