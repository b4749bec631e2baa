//! Conditions are heard wherever they are sent (RFC 9110 section 13.1, RFC 4918 section 10.4).

use super::world::{WORK, World, event};

const HOME: &str = "/dav/calendars/alice/";
const PRINCIPAL: &str = "/dav/principals/users/alice/";
const MEMO: &str = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><x xmlns=\"urn:x\">1</x></D:prop></D:set></D:propertyupdate>";

#[test]
fn a_calendar_has_one_state() {
    let world = World::new();
    let tag = world
        .alice("GET", WORK, &[], "")
        .is(200)
        .header("etag")
        .to_owned();
    let to = ("destination", "/dav/calendars/alice/office/");
    for condition in [
        ("if-none-match", "*"),
        ("if-none-match", tag.as_str()),
        ("if-match", "\"nope\""),
        ("if", "(<urn:bogus>)"),
    ] {
        world.alice("DELETE", WORK, &[condition], "").is(412);
        world.alice("MOVE", WORK, &[to, condition], "").is(412);
        world.alice("PROPPATCH", WORK, &[condition], MEMO).is(412);
        world
            .alice("POST", WORK, &[condition], &event("1", "x"))
            .is(412);
    }
    let listed = format!("([{tag}])");
    for condition in [
        ("if-match", "*"),
        ("if-match", tag.as_str()),
        ("if", listed.as_str()),
        ("if-none-match", "\"nope\""),
    ] {
        world.alice("HEAD", WORK, &[condition], "").is(200);
    }
    world
        .alice("PROPPATCH", WORK, &[("if", &listed)], MEMO)
        .is(207);
    world
        .alice("MKCALENDAR", "/dav/calendars/alice/other/", &[], "")
        .is(201);
    world
        .alice("DELETE", WORK, &[("if-match", "*")], "")
        .is(204);
}

#[test]
fn homes_and_principals_hear_conditions() {
    let world = World::new();
    for place in [HOME, PRINCIPAL] {
        for condition in [
            ("if", "(<urn:bogus>)"),
            ("if-match", "\"nope\""),
            ("if-none-match", "*"),
        ] {
            world.alice("PROPPATCH", place, &[condition], MEMO).is(412);
        }
        world
            .alice("PROPPATCH", place, &[("if-match", "*")], MEMO)
            .is(207);
    }
    world
        .alice("GET", HOME, &[("if-match", "\"nope\"")], "")
        .is(412);
}

#[test]
fn reading_knows_the_state_of_everything_that_if_names() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    let tag = world.put("b.ics", "2").is(201).header("etag").to_owned();
    let item = format!("{WORK}a.ics");
    let other = format!("<{WORK}b.ics> ([{tag}])");
    world.alice("GET", &item, &[("if", &other)], "").is(200);
    let other = format!("<{WORK}b.ics> ([\"nope\"])");
    world.alice("GET", &item, &[("if", &other)], "").is(412);
    let token = world
        .alice(
            "PROPFIND",
            WORK,
            &[("depth", "0")],
            &super::world::prop("<D:sync-token/>"),
        )
        .body;
    let token = token.split("<D:sync-token>").nth(1).unwrap();
    let token = token.split('<').next().unwrap();
    let own = format!("(<{token}>)");
    world.alice("GET", WORK, &[("if", &own)], "").is(200);
}

#[test]
fn what_is_no_list_stands_once() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    let item = format!("{WORK}a.ics");
    let to = "/dav/calendars/alice/work/b.ics";
    world
        .alice("PROPFIND", WORK, &[("depth", "0"), ("depth", "1")], "")
        .is(400);
    world
        .alice(
            "DELETE",
            &item,
            &[("if", "(Not <a:b>)"), ("if", "(Not <a:b>)")],
            "",
        )
        .is(400);
    let twice = [("destination", to), ("destination", to)];
    world.alice("MOVE", &item, &twice, "").is(400);
    let twice = [("destination", to), ("overwrite", "T"), ("overwrite", "F")];
    world.alice("MOVE", &item, &twice, "").is(400);
}

/// RFC 9110 section 13.2.2: a condition is heard before what cannot be done is told.
#[test]
fn a_stale_patch_of_what_is_protected_is_stale() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    let patch = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set></D:propertyupdate>";
    let path = "/dav/calendars/alice/work/a.ics";
    let stale = [("if-match", "\"other\"")];
    world.alice("PROPPATCH", path, &stale, patch).is(412);
    world
        .alice("PROPPATCH", path, &[], patch)
        .is(207)
        .has("403 Forbidden");
}
