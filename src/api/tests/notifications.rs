//! What accounts are told, from outside (E-116 to E-120).

use serde_json::{Value, json};

use super::world::{API, World};
use crate::model::Scope;
use crate::privacy::Viewer;

fn told(world: &World, viewer: &Viewer) -> Vec<Value> {
    let said = world.json(viewer, &format!("GET {API}/notifications"), "");
    said.is(200).json()["items"].as_array().unwrap().clone()
}

fn kinds(world: &World, viewer: &Viewer) -> Vec<String> {
    let told = told(world, viewer);
    told.iter()
        .map(|it| it["kind"].as_str().unwrap().to_owned())
        .collect()
}

/// A view of alice's that bob is invited to; its path.
fn invited() -> (World, String) {
    let world = World::new();
    world.befriend("alice", "bob");
    let one = world.team();
    world.invite_bob(&one);
    (world, one)
}

fn answer(world: &World, one: &str, status: &str) {
    let body = json!({"status": status}).to_string();
    let said = world.bob(&format!("PATCH {one}/respond"), &body);
    assert!(said.status < 300, "{}", said.body);
}

/// An item of a private layer of alice's.
fn item(world: &World, title: &str) -> String {
    let layers = world.alice(&format!("GET {API}/layers"), "").is(200).json();
    let mut layers = layers["items"].as_array().unwrap().iter();
    let known = layers.find(|it| it["name"] == "Secret").cloned();
    let layer = known.unwrap_or_else(|| {
        let made = world.alice(&format!("POST {API}/layers"), r#"{"name":"Secret"}"#);
        made.is(201).json()
    });
    let item = json!({
        "layerId": layer["id"], "title": title, "start": "2026-11-23T10:00:00Z", "end": "2026-11-23T11:00:00Z",
    });
    let made = world.alice(&format!("POST {API}/items"), &item.to_string());
    made.is(201).json()["id"].as_str().unwrap().to_owned()
}

fn show(world: &World, item: &str) -> String {
    let share = format!("{API}/items/{item}/share");
    world
        .alice(&format!("POST {share}"), r#"{"userIds":["bob"]}"#)
        .is(200);
    share
}

/// E-116, E-117.
#[test]
fn who_is_invited_is_told_and_so_is_who_has_invited() {
    let (world, one) = invited();
    let invite = &told(&world, &world.bob)[0];
    assert_eq!(invite["kind"], "SHARED_VIEW_INVITE");
    assert_eq!(invite["from"], json!({"userId": "alice", "name": "Alice"}));
    assert_eq!(invite["view"]["name"], "Team");
    assert_eq!(
        (&invite["isRead"], &invite["item"]),
        (&json!(false), &json!(null))
    );
    assert!(told(&world, &world.alice).is_empty());
    answer(&world, &one, "ACCEPTED");
    let accepted = &told(&world, &world.alice)[0];
    assert_eq!(accepted["kind"], "SHARED_VIEW_ACCEPTED");
    assert_eq!(accepted["from"]["userId"], "bob");
    assert_eq!(accepted["view"], invite["view"]);
    // Names are those of today.
    world
        .alice(&format!("PATCH {one}"), r#"{"name":"Crew"}"#)
        .is(200);
    assert_eq!(told(&world, &world.bob)[0]["view"]["name"], "Crew");
    world.alice(&format!("DELETE {one}"), "").is(204);
    assert!(told(&world, &world.bob).is_empty(), "it went with its view");
}

#[test]
fn an_invitation_that_was_declined_or_withdrawn_is_not_told_of() {
    let (world, one) = invited();
    answer(&world, &one, "DECLINED");
    assert!(told(&world, &world.bob).is_empty());
    assert!(told(&world, &world.alice).is_empty());
    let again = format!("POST {one}/invite");
    world.alice(&again, r#"{"userIds":["bob"]}"#).is(200);
    assert_eq!(told(&world, &world.bob).len(), 1, "one, however often");
}

/// E-118: as far as the receiver may see it when it is read.
#[test]
fn who_is_shown_an_item_is_told_its_title_and_date() {
    let world = World::new();
    world.befriend("alice", "bob");
    let one = item(&world, "Picnic");
    item(&world, "Other");
    let share = show(&world, &one);
    let found = told(&world, &world.bob);
    assert_eq!(found.len(), 1);
    let invite = &found[0];
    assert_eq!(invite["kind"], "CALENDAR_EVENT_INVITE");
    assert_eq!(invite["from"]["userId"], "alice");
    assert_eq!(invite["item"]["title"], "Picnic");
    assert_eq!(invite["item"]["time"]["date"], "2026-11-23");
    let theirs = invite["item"]["id"].as_str().unwrap();
    let seen = world.bob(&format!("GET {API}/items/{theirs}"), "").is(200);
    assert_eq!(seen.json()["title"], "Picnic", "it can be opened by its id");
    let rename = r#"{"title":"Barbecue"}"#;
    world
        .alice(&format!("PATCH {API}/items/{one}"), rename)
        .is(200);
    assert_eq!(told(&world, &world.bob)[0]["item"]["title"], "Barbecue");
    world.alice(&format!("DELETE {share}/bob"), "").is(204);
    assert!(
        told(&world, &world.bob).is_empty(),
        "taken back, title and all"
    );
    show(&world, &one);
    world
        .alice(&format!("DELETE {API}/items/{one}"), "")
        .is(204);
    assert!(told(&world, &world.bob).is_empty());
}

#[test]
fn nothing_is_told_of_somebody_who_has_blocked_the_reader() {
    let (world, _) = invited();
    let known = told(&world, &world.bob)[0].clone();
    world.alice(&format!("PUT {API}/blocked/bob"), "").is(204);
    assert!(told(&world, &world.bob).is_empty());
    let one = format!(
        "PATCH {API}/notifications/{}",
        known["id"].as_str().unwrap()
    );
    world
        .bob(&one, r#"{"isRead":true}"#)
        .fails(404, "not-found");
}

#[test]
fn a_kind_that_was_turned_off_is_not_told() {
    let world = World::new();
    world.befriend("alice", "bob");
    let preferences = format!("{API}/preferences");
    let quiet = r#"{"mutedNotifications":["CALENDAR_EVENT_INVITE"]}"#;
    let chosen = world
        .bob(&format!("PATCH {preferences}"), quiet)
        .is(200)
        .json();
    assert_eq!(
        chosen["mutedNotifications"],
        json!(["CALENDAR_EVENT_INVITE"])
    );
    let one = item(&world, "Picnic");
    let share = show(&world, &one);
    assert!(told(&world, &world.bob).is_empty());
    world
        .bob(
            &format!("PATCH {preferences}"),
            r#"{"mutedNotifications":["FAX"]}"#,
        )
        .fails(400, "malformed-request");
    world
        .bob(
            &format!("PATCH {preferences}"),
            r#"{"mutedNotifications":[]}"#,
        )
        .is(200);
    world.alice(&format!("DELETE {share}/bob"), "").is(204);
    show(&world, &one);
    assert_eq!(kinds(&world, &world.bob), ["CALENDAR_EVENT_INVITE"]);
}

/// E-120.
#[test]
fn views_of_groups_notify_nobody() {
    let world = World::new();
    world
        .store
        .write(|tx| {
            let group = crate::store::accounts::create_group(tx, "staff", "Staff")?;
            let bob = crate::store::accounts::by_name(tx, "bob")?.unwrap();
            crate::store::accounts::add_member(tx, group.unwrap().id, bob.id)
        })
        .unwrap();
    let admin = world.token(&world.root, &[Scope::Admin]);
    let view = r#"{"name":"Staff","autoIncludeRoles":["staff"]}"#;
    world
        .json(&admin, &format!("POST {API}/admin/shared"), view)
        .is(201);
    for viewer in [&world.alice, &world.bob, &world.root] {
        assert!(told(&world, viewer).is_empty());
    }
}

#[test]
fn what_was_read_is_noted() {
    let (world, _) = invited();
    let share = item(&world, "Picnic");
    show(&world, &share);
    let list = format!("GET {API}/notifications?unread=true");
    let unread = || {
        let said = world.bob(&list, "").is(200).json();
        said["items"].as_array().unwrap().len()
    };
    assert_eq!(unread(), 2);
    let newest = told(&world, &world.bob)[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = format!("PATCH {API}/notifications/{newest}");
    let read = world.bob(&one, r#"{"isRead":true}"#).is(200).json();
    assert_eq!(read["isRead"], true);
    assert_eq!((unread(), told(&world, &world.bob).len()), (1, 2));
    world.bob(&one, r#"{"isRead":false}"#).is(200);
    assert_eq!(unread(), 2);
    world
        .alice(&one, r#"{"isRead":true}"#)
        .fails(404, "not-found");
    let all = format!("POST {API}/notifications/read");
    let early = r#"{"until":"2020-01-01T00:00:00Z"}"#;
    assert_eq!(world.bob(&all, early).is(200).json()["count"], 0);
    world
        .bob(&all, r#"{"until":"soon"}"#)
        .fails(422, "invalid-value");
    assert_eq!(world.bob(&all, "{}").is(200).json()["count"], 2);
    assert_eq!(unread(), 0);
}

/// What is hidden is not there: not by a page that is short, not by a further one, not by a count.
#[test]
fn nothing_tells_of_what_is_hidden() {
    let world = World::new();
    world.befriend("alice", "bob");
    for title in ["1", "2", "3"] {
        let one = item(&world, title);
        show(&world, &one);
        if title != "2" {
            let hidden = r#"{"showDetailsTo":"NOBODY","busyStatus":"FREE"}"#;
            world
                .alice(&format!("PATCH {API}/items/{one}"), hidden)
                .is(200);
        }
    }
    let page = world
        .bob(&format!("GET {API}/notifications?limit=1"), "")
        .is(200)
        .json();
    assert_eq!(page["items"][0]["item"]["title"], "2");
    assert!(page["nextCursor"].is_null(), "{page}");
    let read = world.bob(&format!("POST {API}/notifications/read"), "{}");
    assert_eq!(read.is(200).json()["count"], 1);
}

#[test]
fn notifications_come_in_pages() {
    let world = World::new();
    world.befriend("alice", "bob");
    for title in ["1", "2", "3"] {
        let one = item(&world, title);
        show(&world, &one);
    }
    let page = |cursor: &str| {
        let line = format!("GET {API}/notifications?limit=2{cursor}");
        world.bob(&line, "").is(200).json()
    };
    let first = page("");
    let next = first["nextCursor"].as_str().unwrap();
    let second = page(&format!("&cursor={next}"));
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    let mut ids: Vec<_> = [first, second]
        .iter()
        .flat_map(|it| it["items"].as_array().unwrap().clone())
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}
