//! Items: PUT, GET, DELETE, POST, COPY, MOVE, and what is refused by name.

use super::world::{DEPTH_0, WORK, World, event, prop};

#[test]
fn an_item_lives() {
    let world = World::new();
    let item = "/dav/calendars/alice/work/a.ics";
    let put = |headers: &[(&str, &str)], summary: &str| {
        world.alice("PUT", item, headers, &event("1", summary))
    };
    let first = put(&[("if-none-match", "*")], "Lunch")
        .is(201)
        .header("etag")
        .to_owned();
    put(&[("if-none-match", "*")], "Lunch").is(412);
    put(&[("if-match", "\"other\"")], "Lunch").is(412);
    let second = put(&[("if-match", &first)], "Late")
        .is(204)
        .header("etag")
        .to_owned();
    put(&[("if", &format!("([{first}])"))], "Lost").is(412);
    let got = world.alice("GET", item, &[], "").is(200);
    assert_eq!(got.body, event("1", "Late"));
    assert_eq!(got.header("etag"), second);
    let head = world.alice("HEAD", item, &[], "").is(200);
    // The server leaves the body out and tells its length.
    assert_eq!(head.body, got.body);
    world
        .alice("GET", item, &[("if-none-match", &second)], "")
        .is(304);
    world
        .alice(
            "GET",
            item,
            &[("if-modified-since", got.header("last-modified"))],
            "",
        )
        .is(304);
    let same = put(&[("prefer", "return=representation")], "Again").is(200);
    assert_eq!(same.body, event("1", "Again"));
    put(
        &[("if-match", "\"x\""), ("prefer", "return=representation")],
        "Lost",
    )
    .is(412)
    .has("SUMMARY:Again");
    world
        .alice("DELETE", item, &[("if-match", &first)], "")
        .is(412);
    world.alice("DELETE", item, &[], "").is(204);
    world.alice("DELETE", item, &[], "").is(404);
    put(&[("if-match", &second)], "Gone").is(412);
}

#[test]
fn what_is_no_calendar_object_is_refused_by_name() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    let put = |name: &str, body: &str| world.alice("PUT", &format!("{WORK}{name}"), &[], body);
    put("b.ics", &event("1", "x"))
        .is(409)
        .has("<C:no-uid-conflict><D:href>/dav/calendars/alice/work/a.ics</D:href>");
    put("b.ics", "hello")
        .is(403)
        .has("<C:valid-calendar-data/>");
    put(
        "b.ics",
        &event("2", "x").replace("VERSION:2.0\r\n", "VERSION:2.0\r\nMETHOD:REQUEST\r\n"),
    )
    .is(403)
    .has("<C:valid-calendar-object-resource/>");
    world
        .alice(
            "PUT",
            &format!("{WORK}b.ics"),
            &[("content-type", "text/vcard")],
            "x",
        )
        .is(403)
        .has("<C:supported-calendar-data/>");
    world
        .alice(
            "PUT",
            "/dav/calendars/alice/nosuch/b.ics",
            &[],
            &event("2", "x"),
        )
        .is(409);
    world
        .alice("PUT", &format!("{WORK}deep/b.ics"), &[], &event("2", "x"))
        .is(409);
    world
        .alice("PUT", &format!("{WORK}a%2Fb.ics"), &[], &event("2", "x"))
        .is(400);
    world.alice("PUT", WORK, &[], &event("2", "x")).is(405);
    world.alice("LOCK", WORK, &[], "").is(501);
    world.alice("BREW", WORK, &[], "").is(501);
}

#[test]
fn posting_adds_a_member() {
    let world = World::new();
    world
        .alice("PROPFIND", WORK, &[DEPTH_0], &prop("<D:add-member/>"))
        .has("<D:add-member><D:href>/dav/calendars/alice/work/</D:href>");
    let posted = world
        .alice(
            "POST",
            WORK,
            &[("content-type", "text/calendar")],
            &event("1", "x"),
        )
        .is(201);
    let place = posted.header("location");
    assert!(place.starts_with(WORK));
    world.alice("GET", place, &[], "").is(200);
    let again = world.alice("POST", WORK, &[], &event("1", "x")).is(409);
    again.has(&format!("<C:no-uid-conflict><D:href>{place}</D:href>"));
    world
        .alice("POST", WORK, &[("content-type", "application/xml")], "<x/>")
        .is(415);
}

#[test]
fn moves_and_their_refusals() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    let moves = |to: &str| world.alice("MOVE", &format!("{WORK}a.ics"), &[("destination", to)], "");
    moves("http://elsewhere.example/dav/calendars/alice/work/b.ics").is(502);
    moves("/dav/calendars/alice/work/%61.ics").is(403);
    moves("/dav/calendars/alice/nosuch/a.ics").is(409);
    moves("/dav/calendars/bob/own/a.ics").is(409);
    moves("/dav/calendars/alice/a.ics").is(403);
    moves("/dav/../x").is(400);
    world
        .alice("MOVE", &format!("{WORK}a.ics"), &[], "")
        .is(400);
    moves("/dav/calendars/alice/work/b.ics").is(201);
    world
        .alice(
            "MOVE",
            WORK,
            &[("destination", "/dav/calendars/alice/office/")],
            "",
        )
        .is(201);
    world
        .alice("GET", "/dav/calendars/alice/office/b.ics", &[], "")
        .is(200);
    world
        .alice(
            "COPY",
            "/dav/calendars/alice/office/",
            &[("destination", "/dav/calendars/alice/copy/")],
            "",
        )
        .is(201);
    world
        .alice("GET", "/dav/calendars/alice/copy/b.ics", &[], "")
        .is(200);
    world
        .alice(
            "MOVE",
            "/dav/calendars/alice/copy/",
            &[("destination", "/dav/calendars/alice/")],
            "",
        )
        .is(403);
}

#[test]
fn a_calendar_is_one_stream() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    world.put("b.ics", "2").is(201);
    let got = world
        .alice("GET", WORK, &[], "")
        .is(200)
        .has("UID:1\r\n")
        .has("UID:2\r\n");
    assert_eq!(got.body.matches("BEGIN:VCALENDAR").count(), 1);
    world
        .alice("GET", WORK, &[("if-none-match", got.header("etag"))], "")
        .is(304);
    world.alice("GET", "/dav/calendars/alice/", &[], "").is(200);
}
