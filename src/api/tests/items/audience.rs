//! Who sees what of an item over JSON (E-110 to E-115, E-154): by the same rules as everywhere.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{ITEMS, LAYERS, World, all, text};
use crate::model::{Grantee, Right};
use crate::privacy::Viewer;
use crate::store::shares::{self, NewShare};
use crate::store::{self, accounts, layers};

impl World {
    pub fn befriend(&self, one: &str, other: &str) {
        let befriended = self.store.write(|tx| {
            let one = accounts::by_name(tx, one)?.unwrap();
            let other = accounts::by_name(tx, other)?.unwrap();
            crate::calendar::befriend(tx, &one, &other, 0)
        });
        assert!(befriended.unwrap());
    }

    /// Lets bob into alice's layer without asking him.
    fn share(&self, right: Right) {
        let shared = self.store.write(|tx| {
            let owner = accounts::by_name(tx, "alice")?.unwrap().id;
            let bob = accounts::by_name(tx, "bob")?.unwrap().id;
            let layer = layers::find(tx, owner, "work")?.unwrap();
            layers::share(tx, layer.id)?;
            let new = NewShare {
                owner,
                layer: Some(layer.id),
                grantee: Grantee::User(bob),
                right,
                invitation: None,
                summary: None,
                now: 0,
            };
            shares::create(tx, &new)?;
            Ok::<_, store::Error>(())
        });
        shared.unwrap();
    }

    fn of_alice(&self, viewer: &Viewer) -> Vec<Value> {
        let line = "GET /api/v1/calendar/user/alice?start=2026-07-01&end=2026-07-08";
        let page = self.json(viewer, line, "").is(200).json();
        page["items"].as_array().unwrap().clone()
    }
}

fn fill(world: &World) {
    for (title, details, busy) in [
        ("nobody", "NOBODY", "BUSY"),
        ("friends", "FRIENDS", "TENTATIVE"),
        ("everyone", "EVERYONE", "BUSY"),
        ("free", "NOBODY", "FREE"),
    ] {
        world.make(&format!(
            r#"{{"layerId":"work","title":"{title}","description":"secret {title}","date":"2026-07-01","startTime":"08:00",
            "location":"secret","showDetailsTo":"{details}","busyStatus":"{busy}","recurrenceRule":{{"frequency":"WEEKLY"}}}}"#
        ));
    }
}

// E-110 to E-112, E-115, E-154.
#[test]
fn friends_and_strangers_see_what_is_for_them() {
    let world = World::at_work();
    fill(&world);
    world
        .alice(
            &format!("PATCH {LAYERS}/work"),
            r#"{"visibility":"PUBLIC"}"#,
        )
        .is(200);
    let titles = |viewer: &Viewer| {
        let items = world.of_alice(viewer);
        let mut titles: Vec<String> = all(&items, "title")
            .iter()
            .map(|it| (*it).to_owned())
            .collect();
        titles.sort();
        titles
    };
    assert_eq!(
        titles(&world.alice),
        ["everyone", "free", "friends", "nobody"]
    );
    assert_eq!(titles(&world.bob), ["Busy", "Busy", "everyone"]); // E-110, E-111, E-112: the public
    world.befriend("alice", "bob");
    assert_eq!(titles(&world.bob), ["Busy", "everyone", "friends"]); // E-111: friends see the title
    // Everything that is shown can be asked for by its address, and nothing can be written.
    for item in world.of_alice(&world.bob) {
        let one = format!("{ITEMS}/{}", text(&item["id"]));
        assert_eq!(world.bob(&format!("GET {one}"), "").is(200).json(), item);
        assert_eq!(item["editable"], false);
        assert_eq!(item["userId"], "alice");
        world
            .bob(&format!("PATCH {one}"), r#"{"title":"x"}"#)
            .fails(403, "forbidden");
        world
            .bob(&format!("DELETE {one}"), "")
            .fails(403, "forbidden");
    }
}

/// An allow-list: of a redacted item these fields and no others, and no word of its owner's.
#[test]
fn redacted_items_tell_times_and_a_label() {
    let world = World::at_work();
    fill(&world);
    world
        .alice(
            &format!("PATCH {LAYERS}/work"),
            r#"{"visibility":"FRIENDS"}"#,
        )
        .is(200);
    world.befriend("alice", "bob");
    let items = world.of_alice(&world.bob);
    assert_eq!(items.len(), 3); // K-43: a friend sees what is for friends, not only what is public
    let redacted = items.iter().find(|item| item["redacted"] == true).unwrap();
    let fields: BTreeSet<&str> = redacted
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let allowed = [
        "id",
        "userId",
        "layerId",
        "title",
        "date",
        "startTime",
        "endTime",
        "start",
        "end",
        "timeZone",
        "isAllDay",
        "busyStatus",
        "layer",
        "editable",
        "redacted",
        "etag",
    ];
    assert_eq!(fields, allowed.into_iter().collect());
    assert_eq!(redacted["title"], "Busy");
    let said = redacted.to_string();
    assert!(
        !said.contains("secret") && !said.contains("nobody"),
        "{said}"
    );
    // What is for the owner alone is told to nobody else.
    let open = items
        .iter()
        .find(|item| item["title"] == "everyone")
        .unwrap();
    assert!(open["visibility"].is_null() && open["showDetailsTo"].is_null());
}

// E-113 to E-115: what a status takes up of one's time.
#[test]
fn each_status_takes_up_time_in_its_way() {
    let world = World::at_work();
    for (hour, busy) in [("08", "BUSY"), ("10", "TENTATIVE"), ("12", "FREE")] {
        world.make(&format!(
            r#"{{"layerId":"work","date":"2026-07-01","startTime":"{hour}:00","timeZone":"UTC","busyStatus":"{busy}"}}"#
        ));
    }
    let query = "<?xml version=\"1.0\"?><C:free-busy-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
        <C:time-range start=\"20260701T000000Z\" end=\"20260702T000000Z\"/></C:free-busy-query>";
    let headers = [("content-type", "application/xml"), ("depth", "1")];
    let line = "REPORT /dav/calendars/alice/work/";
    let told = world.dav(&world.alice, line, &headers, query).is(200).body;
    let lines: Vec<&str> = told
        .lines()
        .filter(|it| it.starts_with("FREEBUSY"))
        .collect();
    let of = |hour: &str| {
        let found = lines
            .iter()
            .find(|it| it.contains(&format!("20260701T{hour}0000Z/")));
        found.map(|line| line.contains("FBTYPE=BUSY-TENTATIVE"))
    };
    assert_eq!(of("08"), Some(false), "{told}"); // E-113
    assert_eq!(of("10"), Some(true), "{told}"); // E-114
    assert_eq!(of("12"), None, "{told}"); // E-115
}

// E-154: unknown and unrelated users look alike.
#[test]
fn who_shows_nothing_is_like_who_is_not_there() {
    let world = World::at_work();
    fill(&world);
    let ask = |who: &str| {
        let line = format!("GET /api/v1/calendar/user/{who}?start=2026-07-01&end=2026-07-08");
        world.bob(&line, "").fails(404, "not-found").body
    };
    assert_eq!(ask("alice"), ask("nobody"));
    // Nor can her layer or her item be reached by their addresses.
    let id = world.range("2026-07-01", "2026-07-02")[0]["id"].clone();
    let own = world
        .bob(&format!("GET {ITEMS}/{}", text(&id)), "")
        .fails(404, "not-found");
    let theirs = crate::api::items::test_address("alice", "work", "none.ics");
    let other = world
        .bob(&format!("GET {ITEMS}/{theirs}"), "")
        .fails(404, "not-found");
    assert_eq!(own.body, other.body);
}

/// Who may write in a layer edits series in it, and shows nobody more by that.
#[test]
fn delegates_cut_series_and_widen_nothing() {
    let world = World::at_work();
    let series = world.make(
        r#"{"layerId":"work","title":"a","date":"2026-07-01","startTime":"08:00","visibility":"FRIENDS","showDetailsTo":"NOBODY",
        "recurrenceRule":{"frequency":"DAILY"}}"#,
    );
    assert_eq!(series["visibility"], "FRIENDS");
    world.share(Right::ReadWrite);
    let items = world.of_alice(&world.bob);
    // Details are for nobody, delegates included.
    assert!(items.iter().all(|item| item["redacted"] == true));
    world
        .change(&series["id"], r#"{"showDetailsTo":"FRIENDS"}"#)
        .is(200);
    let items = world.of_alice(&world.bob);
    assert_eq!(items[0]["editable"], true);
    let line = format!("POST {ITEMS}/{}/series", text(&items[2]["id"]));
    let body = r#"{"scope":"this-and-future","changes":{"title":"b"}}"#;
    let rest = world.bob(&line, body).is(200).json();
    assert_eq!(rest["title"], "b");
    let after = world.range("2026-07-01", "2026-07-06");
    assert_eq!(all(&after, "title"), ["a", "a", "b", "b", "b"]);
    assert_eq!(all(&after, "visibility"), ["FRIENDS"; 5]);
    let wider = r#"{"visibility":"PUBLIC"}"#;
    let whole = text(&rest["id"]).split('~').next().unwrap();
    world
        .bob(&format!("PATCH {ITEMS}/{whole}"), wider)
        .fails(403, "forbidden");
    world
        .bob(&format!("DELETE {ITEMS}/{}", text(&rest["id"])), "")
        .is(204);
}

/// Who cuts a series may say who sees the rest of it, if it is theirs to say; whoever else cuts it opens nothing by that.
#[test]
fn the_rest_of_a_series_is_seen_by_whom_its_owner_says() {
    let world = World::at_work();
    let body = r#"{"layerId":"work","title":"a","date":"2026-07-01","startTime":"08:00","visibility":"FRIENDS",
        "recurrenceRule":{"frequency":"DAILY"}}"#;
    let cut = |id: &Value, at: &str, changes: &str| {
        let line = format!("POST {ITEMS}/{}/series", text(id));
        let edit = format!(
            r#"{{"scope":"this-and-future","recurrenceId":"{at}T060000Z","changes":{changes}}}"#
        );
        (line, edit)
    };
    let series = world.make(body);
    let words = r#"{"visibility":"PUBLIC","showDetailsTo":"NOBODY","itemType":"TIME_BLOCK"}"#;
    let (line, edit) = cut(&series["id"], "20260703", words);
    let rest = world.alice(&line, &edit).is(200).json();
    assert_eq!(rest["visibility"], "PUBLIC");
    assert_eq!(rest["showDetailsTo"], "NOBODY");
    assert_eq!(rest["itemType"], "TIME_BLOCK");
    let (line, edit) = cut(&rest["id"], "20260705", r#"{"visibility":null}"#);
    let line = line.replace("~20260703T060000Z", "");
    let rest = world.alice(&line, &edit).is(200).json();
    assert!(rest["visibility"].is_null());
    assert_eq!(rest["showDetailsTo"], "NOBODY");
    let seen = world.range("2026-07-01", "2026-07-07");
    let said = ["FRIENDS", "FRIENDS", "PUBLIC", "PUBLIC", "", ""];
    assert_eq!(all(&seen, "visibility"), said);
    // An occurrence that is private keeps all of its series private, and is not cut off by a delegate.
    for item in &seen {
        let whole = text(&item["id"]).split('~').next().unwrap().to_owned();
        world.alice(&format!("DELETE {ITEMS}/{whole}"), "");
    }
    let series = world.make(body);
    let one = format!("{ITEMS}/{}~20260702T060000Z", text(&series["id"]));
    world
        .alice(&format!("PATCH {one}"), r#"{"visibility":"PRIVATE"}"#)
        .is(200);
    world.share(Right::ReadWrite);
    let theirs = world.of_alice(&world.bob)[0]["id"].clone();
    let theirs = Value::from(text(&theirs).split('~').next().unwrap());
    for changes in [r#"{"title":"b"}"#, r#"{"visibility":"PUBLIC"}"#] {
        let (line, edit) = cut(&theirs, "20260704", changes);
        world.bob(&line, &edit).fails(403, "forbidden");
    }
    assert_eq!(world.names().len(), 1);
    let (line, edit) = cut(&series["id"], "20260704", r#"{"title":"b"}"#);
    world.alice(&line, &edit).is(200);
}
