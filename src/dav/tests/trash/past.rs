//! Deleted layers and earlier versions of items, as the owner's trash shows them and gives them back.

use super::{HOME, TRASH, device, told};
use crate::dav::tests::world::{DEPTH_0, DEPTH_1, Said, WORK, World, event, prop, report};
use crate::privacy::Viewer;

const HISTORY: &str = "/dav/calendars/alice/trash/history/";
const A: &str = "/dav/calendars/alice/work/a.ics";

/// A world in which `work` with two items was deleted, and the path that it has in the trash.
fn deleted() -> (World, String) {
    let world = World::new();
    world
        .alice("MKCALENDAR", &format!("{HOME}other/"), &[], "")
        .is(201);
    world.put("a.ics", "1").is(201);
    world.put("b.ics", "2").is(201);
    let dead = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><x xmlns=\"urn:x\">kept</x></D:prop></D:set></D:propertyupdate>";
    world.alice("PROPPATCH", A, &[], dead).is(207);
    world.alice("DELETE", WORK, &[], "").is(204);
    let path = member(&world, TRASH, "L");
    (world, format!("{path}/"))
}

/// The path of the first member of a collection whose name begins so.
fn member(world: &World, of: &str, begins: &str) -> String {
    let listed = list(world, of).body;
    let at = listed
        .find(&format!("<D:href>{of}{begins}"))
        .expect("a member");
    let path = listed[at + 8..].split('<').next().expect("an end");
    path.trim_end_matches('/').to_owned()
}

fn list(world: &World, of: &str) -> Said {
    let asked = prop(
        "<D:resourcetype/><D:displayname/><D:getetag/><S:deleted-at/><S:deleted-by/><S:former-location/><S:written-at/>\
         <S:written-by/><S:ended/><S:ended-at/><S:ended-by/><D:current-user-privilege-set/>",
    );
    world.alice("PROPFIND", of, &[DEPTH_1], &asked).is(207)
}

fn to(place: &str) -> (&str, &str) {
    ("destination", place)
}

#[test]
fn a_deleted_layer_lies_there_with_its_items() {
    let (world, layer) = deleted();
    list(&world, TRASH)
        .has(&format!("<D:href>{layer}</D:href>"))
        .has("<D:resourcetype><D:collection/></D:resourcetype>")
        .has("<D:displayname>work</D:displayname>")
        .has("<S:former-location><D:href>/dav/calendars/alice/work/</D:href></S:former-location>")
        .has("<S:deleted-by><D:href>/dav/principals/users/alice/</D:href></S:deleted-by>")
        .lacks("C:calendar/");
    let listed = list(&world, &layer)
        .has(&format!("<D:href>{layer}a.ics</D:href>"))
        .has(&format!("<D:href>{layer}b.ics</D:href>"))
        .has("<S:ended>deleted</S:ended>")
        .has("<S:written-by><D:href>/dav/principals/users/alice/</D:href></S:written-by>")
        .has("<S:former-location><D:href>/dav/calendars/alice/work/a.ics</D:href></S:former-location>")
        .lacks("<D:unbind/>")
        .lacks("<D:bind/>");
    assert_eq!(listed.body.matches("<D:response>").count(), 3);
    let unslashed = layer.trim_end_matches('/');
    let found = world.alice("PROPFIND", unslashed, &[DEPTH_1], "").is(207);
    assert_eq!(found.header("content-location"), layer);
    found.has(&format!("<D:href>{layer}a.ics</D:href>"));
    world
        .alice("GET", &format!("{layer}a.ics"), &[], "")
        .is(200)
        .has("SUMMARY:Lunch");
    world
        .alice("GET", &format!("{layer}c.ics"), &[], "")
        .is(404);
    world
        .alice("GET", &format!("{TRASH}L99/a.ics"), &[], "")
        .is(404);
    let multiget = report(
        "C:calendar-multiget",
        &format!(
            "<D:prop><C:calendar-data/></D:prop><D:href>{layer}b.ics</D:href><D:href>{layer}c.ics</D:href>"
        ),
    );
    for path in [TRASH, &layer] {
        let got = world.alice("REPORT", path, &[], &multiget).is(207);
        got.has("UID:2").has("404 Not Found").lacks("UID:1");
    }
}

#[test]
fn a_deleted_layer_comes_back_whole() {
    let (world, layer) = deleted();
    let back = format!("{HOME}back/");
    let read_only = device(&world, |device| device.read_only = true);
    for method in ["COPY", "MOVE"] {
        world
            .ask(&read_only, method, &layer, &[to(&back)], "")
            .is(403);
        let stale = [to(&back), ("if-match", "\"x\"")];
        world.alice(method, &layer, &stale, "").is(412);
        let over = format!("{HOME}other/");
        world
            .alice(method, &layer, &[to(&over), ("overwrite", "F")], "")
            .is(412);
        for place in [
            format!("{HOME}friend-x/"),
            "/dav/calendars/bob/x/".into(),
            format!("{HOME}other/x/"),
        ] {
            let refused = world.alice(method, &layer, &[to(&place)], "").is(403);
            refused.has("calendar-collection-location-ok");
        }
    }
    // A copy has the same items, and leaves the layer where it is.
    world.alice("COPY", &layer, &[to(&back)], "").is(201);
    world
        .alice("GET", &format!("{back}b.ics"), &[], "")
        .is(200)
        .has("UID:2");
    let dead = prop("<x xmlns=\"urn:x\"/>");
    world
        .alice("PROPFIND", &format!("{back}a.ics"), &[DEPTH_0], &dead)
        .is(207)
        .has("kept");
    world.alice("MOVE", &layer, &[to(WORK)], "").is(201);
    world.alice("GET", A, &[], "").is(200);
    world
        .alice("PROPFIND", A, &[DEPTH_0], &dead)
        .is(207)
        .has("kept");
    world.alice("PROPFIND", &layer, &[DEPTH_0], "").is(404);
    // What it is moved over takes its place in the trash.
    world.alice("DELETE", &back, &[], "").is(204);
    let second = format!("{}/", member(&world, TRASH, "L"));
    world.alice("MOVE", &second, &[to(WORK)], "").is(204);
    let third = format!("{}/", member(&world, TRASH, "L"));
    world
        .alice("DELETE", &third, &[("if-none-match", "*")], "")
        .is(412);
    world
        .ask(&read_only, "DELETE", &third, &[], "")
        .is(403)
        .has("<D:unbind/>");
    world.alice("DELETE", &third, &[], "").is(204);
    world.alice("GET", &third, &[], "").is(404);
}

#[test]
fn one_item_of_a_deleted_layer_is_copied_out() {
    let (world, layer) = deleted();
    let item = format!("{layer}a.ics");
    let into = format!("{HOME}other/a.ics");
    for (method, needed) in [
        ("MOVE", "<D:unbind/>"),
        ("DELETE", "<D:unbind/>"),
        ("PUT", "<D:bind/>"),
    ] {
        world
            .alice(method, &item, &[to(&into)], &event("9", "x"))
            .is(403)
            .has(needed);
    }
    world.alice("COPY", &item, &[to(&into)], "").is(201);
    world.alice("COPY", &item, &[to(&into)], "").is(204);
    world
        .alice("COPY", &item, &[to(&into), ("overwrite", "F")], "")
        .is(412);
    let other = format!("{HOME}other/c.ics");
    world
        .alice("COPY", &item, &[to(&other)], "")
        .is(409)
        .has("no-uid-conflict");
    world
        .alice("COPY", &item, &[to(&format!("{HOME}never/c.ics"))], "")
        .is(409);
    world
        .alice("COPY", &item, &[to(&format!("{HOME}a/b/c.ics"))], "")
        .is(409);
    world
        .alice("COPY", &item, &[to(&format!("{TRASH}x.ics"))], "")
        .is(403)
        .has("<D:bind/>");
    let tag = world
        .alice("GET", &into, &[], "")
        .is(200)
        .header("etag")
        .to_owned();
    assert_eq!(
        world.alice("GET", &item, &[], "").is(200).header("etag"),
        tag
    );
}

/// A world in which `a.ics` has said one, two and three.
fn written_over() -> World {
    let world = World::new();
    for words in ["one", "two", "three"] {
        world.alice("PUT", A, &[], &event("1", words));
    }
    world.put("b.ics", "2").is(201);
    world
}

#[test]
fn what_an_item_was_before_lies_in_the_history() {
    let world = written_over();
    list(&world, TRASH).has(&format!("<D:href>{HISTORY}</D:href>"));
    list(&world, HISTORY).has(&format!("<D:href>{HISTORY}work/</D:href>"));
    let items = list(&world, &format!("{HISTORY}work/"));
    items
        .has(&format!("<D:href>{HISTORY}work/a.ics/</D:href>"))
        .lacks("b.ics");
    let of = format!("{HISTORY}work/a.ics/");
    let versions = list(&world, &of)
        .has("<S:ended>overwritten</S:ended>")
        .has("<S:written-by><D:href>/dav/principals/users/alice/</D:href></S:written-by>")
        .has("<S:ended-by><D:href>/dav/principals/users/alice/</D:href></S:ended-by>")
        .has("<S:former-location><D:href>/dav/calendars/alice/work/a.ics</D:href></S:former-location>")
        .lacks("<D:unbind/>");
    assert_eq!(versions.body.matches("<D:response>").count(), 3);
    let latest = member(&world, &of, "2");
    world
        .alice("GET", &latest, &[], "")
        .is(200)
        .has("SUMMARY:two");
    world
        .alice("GET", &member(&world, &of, "1"), &[], "")
        .is(200)
        .has("SUMMARY:one");
    // Each is found with its own item alone.
    world
        .alice("GET", &latest.replace("a.ics", "b.ics"), &[], "")
        .is(404);
    for nowhere in [
        "never/",
        "work/never.ics/",
        "work/a.ics/9.ics",
        "work/a.ics/x",
        "work/a.ics/1.ics/x",
    ] {
        world
            .alice("PROPFIND", &format!("{HISTORY}{nowhere}"), &[DEPTH_0], "")
            .is(404);
    }
    let multiget = report(
        "C:calendar-multiget",
        &format!(
            "<D:prop><C:calendar-data/></D:prop><D:href>{latest}</D:href><D:href>{of}</D:href>"
        ),
    );
    let got = world.alice("REPORT", TRASH, &[], &multiget).is(207);
    got.has("SUMMARY:two").has("404 Not Found");
}

#[test]
fn an_earlier_version_is_copied_over_what_stands() {
    let world = written_over();
    let of = format!("{HISTORY}work/a.ics/");
    let first = member(&world, &of, "1");
    for method in ["MOVE", "DELETE"] {
        world
            .alice(method, &first, &[to(A)], "")
            .is(403)
            .has("<D:unbind/>");
    }
    world
        .alice("DELETE", &of, &[], "")
        .is(403)
        .has("<D:unbind/>");
    world.alice("COPY", &of, &[to(A)], "").is(405);
    world
        .alice("PUT", &format!("{of}9.ics"), &[], &event("1", "x"))
        .is(403)
        .has("<D:bind/>");
    world
        .alice("COPY", &first, &[to(A), ("overwrite", "F")], "")
        .is(412);
    world.alice("COPY", &first, &[to(A)], "").is(204);
    world.alice("GET", A, &[], "").is(200).has("SUMMARY:one");
    let versions = list(&world, &of);
    assert_eq!(versions.body.matches("<D:response>").count(), 4);
    // It is still known after the item has gone, and comes back in its place.
    world.alice("DELETE", A, &[], "").is(204);
    let second = member(&world, &of, "2");
    world.alice("COPY", &second, &[to(A)], "").is(201);
    world.alice("GET", A, &[], "").is(200).has("SUMMARY:two");
}

#[test]
fn who_wrote_is_told_by_device() {
    let world = World::new();
    let phone = device(&world, |device| {
        device.app_password = Some(world.app_password("Alice's phone"))
    });
    world.ask(&phone, "PUT", A, &[], &event("1", "one")).is(201);
    world.alice("PUT", A, &[], &event("1", "two")).is(204);
    let of = format!("{HISTORY}work/a.ics/");
    let phones = "<S:written-by><D:href>/dav/principals/users/alice/</D:href><S:device>Alice's phone</S:device></S:written-by>";
    list(&world, &of)
        .has(phones)
        .has("<S:ended-by><D:href>/dav/principals/users/alice/</D:href></S:ended-by>");
}

#[test]
fn no_sharee_and_no_friend_learns_of_the_past() {
    let (world, layer) = deleted();
    let limited = device(&world, |device| device.layers = Some(Vec::new()));
    for viewer in [&world.bob, &limited, &Viewer::Anyone] {
        for place in [
            "L1/",
            "L1/a.ics",
            "history/",
            "history/other/",
            "history/other/a.ics/",
        ] {
            for (method, body) in [
                ("PROPFIND", ""),
                ("GET", ""),
                ("DELETE", ""),
                ("OPTIONS", ""),
            ] {
                let (here, there) = (format!("{TRASH}{place}"), format!("{HOME}never/{place}"));
                let here = (world.ask(viewer, method, &here, &[DEPTH_0], body), here);
                let there = (world.ask(viewer, method, &there, &[DEPTH_0], body), there);
                assert_eq!(
                    told(&here.0, &here.1),
                    told(&there.0, &there.1),
                    "{method} {place}"
                );
            }
        }
        world.ask(viewer, "COPY", &layer, &[to("/dav/calendars/bob/x/")], "");
    }
    world
        .ask(
            &world.bob,
            "PROPFIND",
            "/dav/calendars/bob/x/",
            &[DEPTH_0],
            "",
        )
        .is(404);
}
