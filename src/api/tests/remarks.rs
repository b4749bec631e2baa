//! Comments, reactions and items shown to friends, from outside (E-084 to E-089, E-146 to E-152).

use serde_json::json;

use super::world::{API, World};

/// A view of alice's and bob's, who are friends, and an item of alice's that friends see; the view and the item's id for
/// each of the two.
fn team() -> (World, String, String, String) {
    let world = World::new();
    world.befriend("alice", "bob");
    let layer = world
        .alice(
            &format!("POST {API}/layers"),
            r#"{"name":"Open","visibility":"FRIENDS"}"#,
        )
        .is(201)
        .json();
    let item = json!({
        "layerId": layer["id"], "title": "Picnic", "start": "2026-11-23T10:00:00Z", "end": "2026-11-23T11:00:00Z",
    });
    world
        .alice(&format!("POST {API}/items"), &item.to_string())
        .is(201);
    let one = world.team();
    world.invite_bob(&one);
    world.bob_accepts(&one);
    let range = format!("GET {one}/items?start=2026-11-01&end=2026-12-01");
    let id = |said: super::world::Said| {
        said.is(200).json()["items"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (own, seen) = (id(world.alice(&range, "")), id(world.bob(&range, ""))); // E-146
    (world, one, own, seen)
}

#[test]
fn members_comment_and_react() {
    let (world, one, own, seen) = team();
    let said = json!({"itemDate": "2026-11-23", "itemId": seen, "content": "I bring the salad"});
    let made = world
        .bob(&format!("POST {one}/comments"), &said.to_string())
        .is(201); // E-149
    let comment = made.json();
    assert_eq!(
        (&comment["userId"], &comment["itemId"]),
        (&json!("bob"), &json!(seen))
    );
    let day = format!("GET {one}/comments?date=2026-11-23");
    let listed = world.alice(&day, "").is(200).json(); // E-148
    assert_eq!(listed["items"][0]["content"], "I bring the salad");
    assert_eq!(
        listed["items"][0]["itemId"],
        json!(own),
        "each reads its own id of the item"
    );
    let of_item = format!("GET {one}/comments?itemId={own}");
    assert_eq!(
        world.alice(&of_item, "").is(200).json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let reaction = json!({"itemId": own, "emoji": ":tada:"}).to_string();
    let post = format!("POST {one}/reactions");
    let first = world.alice(&post, &reaction).is(201).json(); // E-151
    assert_eq!(first["emoji"], "🎉");
    assert_eq!(
        world.alice(&post, &reaction).is(200).json()["id"],
        first["id"]
    ); // E-089
    let seen_by_bob = world
        .bob(&format!("GET {one}/reactions?itemId={seen}"), "")
        .is(200)
        .json();
    assert_eq!(seen_by_bob["items"][0]["userId"], "alice");
    let id = first["id"].as_str().unwrap();
    world
        .bob(&format!("DELETE {one}/reactions/{id}"), "")
        .fails(403, "forbidden"); // E-152
    world
        .alice(&format!("DELETE {one}/reactions/{id}"), "")
        .is(204);
    let id = comment["id"].as_str().unwrap();
    world
        .alice(&format!("DELETE {one}/comments/{id}"), "")
        .is(204); // E-150: the view's owner
    world
        .bob(&format!("DELETE {one}/comments/{id}"), "")
        .fails(404, "not-found");
}

#[test]
fn what_cannot_be_said_is_refused() {
    let (world, one, _, seen) = team();
    for body in [
        json!({"itemDate": "2026-02-30", "content": "x"}),
        json!({"itemDate": "2026-11-23", "content": ""}),
    ] {
        world
            .bob(&format!("POST {one}/comments"), &body.to_string())
            .fails(422, "invalid-value");
    }
    let unknown = json!({"itemDate": "2026-11-23", "itemId": "x", "content": "x"}).to_string();
    world
        .bob(&format!("POST {one}/comments"), &unknown)
        .fails(404, "not-found");
    let word = json!({"itemId": seen, "emoji": "hello"}).to_string();
    world
        .bob(&format!("POST {one}/reactions"), &word)
        .fails(422, "invalid-value");
    world
        .bob(&format!("GET {one}/comments"), "")
        .fails(400, "malformed-request");
    let root = world.root.clone();
    world
        .json(&root, &format!("GET {one}/comments?date=2026-11-23"), "")
        .fails(404, "not-found");
}

/// Pages of comments follow each other.
#[test]
fn comments_come_in_pages() {
    let (world, one, ..) = team();
    for content in ["1", "2", "3"] {
        let said = json!({"itemDate": "2026-11-23", "content": content}).to_string();
        world.bob(&format!("POST {one}/comments"), &said).is(201);
    }
    let page = |cursor: &str| {
        let line = format!("GET {one}/comments?date=2026-11-23&limit=2{cursor}");
        world.alice(&line, "").is(200).json()
    };
    let first = page("");
    let next = first["nextCursor"].as_str().unwrap();
    let second = page(&format!("&cursor={next}"));
    assert_eq!(second["items"][0]["content"], "3");
    assert!(second["nextCursor"].is_null());
}

/// E-147.
#[test]
fn one_item_is_shown_to_a_friend() {
    let world = World::new();
    world.befriend("alice", "bob");
    let layer = world
        .alice(&format!("POST {API}/layers"), r#"{"name":"Secret"}"#)
        .is(201)
        .json();
    let mut ids = Vec::new();
    for title in ["One", "Two"] {
        let item = json!({
            "layerId": layer["id"], "title": title, "start": "2026-11-23T10:00:00Z", "end": "2026-11-23T11:00:00Z",
        });
        let made = world
            .alice(&format!("POST {API}/items"), &item.to_string())
            .is(201)
            .json();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let share = format!("{API}/items/{}/share", ids[0]);
    let shown = world
        .alice(&format!("POST {share}"), r#"{"userIds":["bob"]}"#)
        .is(200)
        .json();
    assert_eq!(shown["items"], json!([{"userId": "bob", "name": "Bob"}]));
    let range = format!("GET {API}/items?start=2026-11-01&end=2026-12-01");
    let seen = world.bob(&range, "").is(200);
    let titles: Vec<_> = seen.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["title"].clone())
        .collect();
    assert_eq!(titles, ["One"]);
    let theirs = seen.json()["items"][0]["id"].as_str().unwrap().to_owned();
    world
        .bob(&format!("DELETE {API}/items/{theirs}"), "")
        .fails(403, "forbidden");
    world
        .bob(
            &format!("POST {API}/items/{theirs}/share"),
            r#"{"userIds":["alice"]}"#,
        )
        .fails(403, "forbidden");
    world
        .alice(&format!("POST {share}"), r#"{"userIds":["root"]}"#)
        .fails(404, "not-found");
    world
        .alice(&format!("POST {share}"), r#"{"userIds":[]}"#)
        .fails(422, "invalid-value");
    world.alice(&format!("DELETE {share}/bob"), "").is(204);
    world
        .alice(&format!("DELETE {share}/bob"), "")
        .fails(404, "not-found");
    assert_eq!(world.bob(&range, "").is(200).json()["items"], json!([]));
}
