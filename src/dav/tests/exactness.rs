//! Answers that name the right thing: `Allow`, privileges, protected properties, what GET says and properties repeat.

use super::world::{DEPTH_0, WORK, World, event, prop, report};
use crate::privacy::{Device, Viewer};

fn update(inside: &str) -> String {
    format!(
        "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">{inside}</D:propertyupdate>"
    )
}

#[test]
fn an_href_with_a_query_names_nothing_and_an_item_is_not_told_over_and_over() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    let hrefs: String = ["a.ics?1", "a.ics?2", "a.ics#3", "a.ics"]
        .iter()
        .map(|name| format!("<D:href>{WORK}{name}</D:href>"))
        .collect();
    let ask = |hrefs: &str| {
        let body = format!("<D:prop><C:calendar-data/></D:prop>{hrefs}");
        let asked = report("C:calendar-multiget", &body);
        world.alice("REPORT", WORK, &[], &asked).is(207).body
    };
    let told = ask(&hrefs);
    assert_eq!(told.matches("BEGIN:VEVENT").count(), 1, "{told}");
    assert_eq!(told.matches("404 Not Found").count(), 3, "{told}");
    let spellings: String = [
        "a.ics", "%61.ics", "a%2Eics", "a.%69cs", "a.i%63s", "a.ic%73",
    ]
    .iter()
    .map(|name| format!("<D:href>{WORK}{name}</D:href>"))
    .collect();
    let told = ask(&spellings);
    assert_eq!(told.matches("BEGIN:VEVENT").count(), 2, "{told}");
}

#[test]
fn get_and_properties_say_the_same() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    for place in [WORK.to_owned(), format!("{WORK}a.ics")] {
        let got = world.alice("GET", &place, &[], "").is(200);
        let (tag, media_type) = (got.header("etag"), got.header("content-type"));
        world
            .alice(
                "PROPFIND",
                &place,
                &[DEPTH_0],
                &prop("<D:getetag/><D:getcontenttype/>"),
            )
            .is(207)
            .has(&format!("<D:getetag>{tag}</D:getetag>"))
            .has(&format!(
                "<D:getcontenttype>{media_type}</D:getcontenttype>"
            ));
    }
}

#[test]
fn a_principal_always_has_a_name() {
    let world = World::new();
    let principal = "/dav/principals/users/alice/";
    for inside in [
        "<D:remove><D:prop><D:displayname/></D:prop></D:remove>",
        "<D:set><D:prop><D:displayname> </D:displayname></D:prop></D:set>",
    ] {
        world
            .alice("PROPPATCH", principal, &[], &update(inside))
            .is(207);
        world
            .alice("PROPFIND", principal, &[DEPTH_0], &prop("<D:displayname/>"))
            .has("<D:displayname>alice</D:displayname>");
    }
}

#[test]
fn allow_lists_what_would_work() {
    let world = World::new();
    let refused = world.alice("MKCOL", WORK, &[], "").is(405);
    assert!(
        !refused.header("allow").contains("MK"),
        "{}",
        refused.header("allow")
    );
    let allow = |viewer: &Viewer, path: &str| {
        let answer = world.ask(viewer, "OPTIONS", path, &[], "").is(200);
        answer.header("allow").to_owned()
    };
    assert!(!allow(&world.alice, WORK).contains("MK"));
    let new = allow(&world.alice, "/dav/calendars/alice/new/");
    assert_eq!(new, "OPTIONS, MKCOL, MKCALENDAR");
    assert_eq!(
        allow(&world.alice, "/dav/calendars/alice/work/x.ics"),
        "OPTIONS, PUT"
    );
    for nowhere in [
        "/dav/calendars/bob/x/",
        "/dav/calendars/alice/no/x.ics",
        "/dav/x/",
    ] {
        assert_eq!(allow(&world.alice, nowhere), "OPTIONS", "{nowhere}");
    }
}

#[test]
fn protected_properties_are_protected_where_they_have_no_value() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    for name in [
        "D:lockdiscovery",
        "D:supportedlock",
        "D:group",
        "C:schedule-inbox-URL",
        "C:schedule-outbox-URL",
        "C:schedule-tag",
    ] {
        let inside = format!("<D:set><D:prop><{name}>x</{name}></D:prop></D:set>");
        for place in [
            WORK,
            "/dav/calendars/alice/work/a.ics",
            "/dav/principals/users/alice/",
        ] {
            world
                .alice("PROPPATCH", place, &[], &update(&inside))
                .is(207)
                .has("403 Forbidden")
                .has("<D:cannot-modify-protected-property/>");
        }
    }
}

#[test]
fn a_move_that_may_not_take_names_the_place_it_takes_from() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    world
        .alice("MKCALENDAR", "/dav/calendars/alice/office/", &[], "")
        .is(201);
    let Viewer::User(device) = &world.alice else {
        panic!("alice has an account");
    };
    let reader = Viewer::User(Device {
        read_only: true,
        ..device.clone()
    });
    let to = [("destination", "/dav/calendars/alice/office/b.ics")];
    let item = format!("{WORK}a.ics");
    world
        .ask(&reader, "MOVE", &item, &to, "")
        .is(403)
        .has("<D:href>/dav/calendars/alice/work/</D:href><D:privilege><D:unbind/>");
    world
        .ask(&reader, "COPY", &item, &to, "")
        .is(403)
        .has("<D:href>/dav/calendars/alice/office/</D:href><D:privilege><D:bind/>");
}

#[test]
fn too_many_dead_properties_fail_the_one_that_is_too_much() {
    let world = World::new();
    let many: String = (0..201)
        .map(|n| format!("<p{n} xmlns=\"urn:x\">1</p{n}>"))
        .collect();
    let all = format!("<D:set><D:prop>{many}</D:prop></D:set>");
    let told = world
        .alice("PROPPATCH", WORK, &[], &update(&all))
        .is(207)
        .body;
    let (failed, others) = told.split_once("507 Insufficient Storage").unwrap();
    assert!(
        failed.contains("<X:p200 xmlns:X=\"urn:x\"/>") || others.contains("p200"),
        "{told}"
    );
    assert!(told.contains("424 Failed Dependency"), "{told}");
    let large = format!(
        "<D:set><D:prop><a xmlns=\"urn:x\">1</a><b xmlns=\"urn:x\">{}</b></D:prop></D:set>",
        "x".repeat(2 << 20)
    );
    world
        .alice("PROPPATCH", WORK, &[], &update(&large))
        .is(207)
        .has("507 Insufficient Storage")
        .has("424 Failed Dependency");
    let made = |inside: &str| {
        format!(
            "<C:mkcalendar xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">{inside}</C:mkcalendar>"
        )
    };
    let new = "/dav/calendars/alice/new/";
    world
        .alice("MKCALENDAR", new, &[], &made(&all))
        .is(207)
        .has("507 Insufficient Storage");
    world.alice("GET", new, &[], "").is(404);
}

#[test]
fn a_name_that_is_too_long_is_too_long_wherever_it_is_sent() {
    let world = World::new();
    let name = "x".repeat(256);
    world
        .alice("PUT", &format!("{WORK}{name}"), &[], &event("1", "x"))
        .is(414);
    world
        .alice(
            "MKCALENDAR",
            &format!("/dav/calendars/alice/{name}/"),
            &[],
            "",
        )
        .is(414);
    world
        .alice(
            "PUT",
            &format!("{WORK}{}", &name[1..]),
            &[],
            &event("1", "x"),
        )
        .is(201);
}

#[test]
fn an_answer_never_names_another_host() {
    let world = World::new();
    world
        .alice("PROPFIND", "//dav//calendars/alice/", &[DEPTH_0], "")
        .is(207)
        .has("<D:href>/dav//calendars/alice/</D:href>");
}
