//! The trash of a home: there for its owner, and for nobody else.

mod past;

use super::world::{DEPTH_0, DEPTH_1, Said, WORK, World, event, prop, report};
use crate::privacy::{Device, Viewer};

const TRASH: &str = "/dav/calendars/alice/trash/";
const HOME: &str = "/dav/calendars/alice/";

/// A world in which `a.ics` was deleted, and the path that it has in the trash.
fn world() -> (World, String) {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    world
        .alice("DELETE", &format!("{WORK}a.ics"), &[], "")
        .is(204);
    let listed = world
        .alice("PROPFIND", TRASH, &[DEPTH_1], &prop("<D:getetag/>"))
        .is(207)
        .body;
    let at = listed
        .find(&format!("{TRASH}1"))
        .expect("an item in the trash");
    let path = listed[at..].split('<').next().unwrap().to_owned();
    (world, path)
}

#[test]
fn what_was_deleted_stands_there_with_what_became_of_it() {
    let (world, path) = world();
    let asked = prop(
        "<D:resourcetype/><D:getetag/><D:getcontenttype/><D:getcontentlength/><S:deleted-at/><S:deleted-by/>\
         <S:former-location/><S:held-until/><D:current-user-privilege-set/><D:displayname/><D:sync-token/>",
    );
    let listed = world.alice("PROPFIND", TRASH, &[DEPTH_1], &asked).is(207);
    let listed = listed
        .has("<D:resourcetype><D:collection/></D:resourcetype>")
        .has("<S:former-location><D:href>/dav/calendars/alice/work/a.ics</D:href></S:former-location>")
        .has("<S:deleted-by><D:href>/dav/principals/users/alice/</D:href></S:deleted-by>")
        .has("component=VEVENT")
        .has("<D:privilege><D:unbind/></D:privilege>")
        .lacks("<D:privilege><D:bind/></D:privilege>")
        .lacks("<D:privilege><D:write");
    // Itself, the item, and the past of what stands.
    assert_eq!(listed.body.matches("<D:response>").count(), 3);
    let got = world
        .alice("GET", &path, &[], "")
        .is(200)
        .has("SUMMARY:Lunch");
    let tag = got.header("etag").to_owned();
    world
        .alice("GET", &path, &[("if-none-match", &tag)], "")
        .is(304);
    let multiget = report(
        "C:calendar-multiget",
        &format!(
            "<D:prop><D:getetag/><C:calendar-data/></D:prop><D:href>{path}</D:href><D:href>{TRASH}77.ics</D:href>\
             <D:href>{WORK}a.ics</D:href>"
        ),
    );
    let got = world
        .alice("REPORT", TRASH, &[], &multiget)
        .is(207)
        .has("SUMMARY:Lunch");
    assert_eq!(got.body.matches("404 Not Found").count(), 2);
    world.alice("GET", TRASH, &[], "").is(200);
    for name in [
        "01.ics",
        "+1.ics",
        "1",
        "-1.ics",
        "a.ics",
        "99999999999999999999.ics",
    ] {
        world
            .alice("GET", &format!("{TRASH}{name}"), &[], "")
            .is(404);
    }
}

#[test]
fn no_device_meets_it_that_did_not_ask() {
    let (world, path) = world();
    world
        .alice("PROPFIND", HOME, &[DEPTH_1], &prop("<D:resourcetype/>"))
        .is(207)
        .lacks("trash");
    let sync = report(
        "D:sync-collection",
        "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>",
    );
    world
        .alice("REPORT", HOME, &[], &sync)
        .is(207)
        .lacks("trash");
    world.alice("REPORT", TRASH, &[], &sync).is(403);
    let multiget = report(
        "C:calendar-multiget",
        &format!("<D:prop><D:getetag/></D:prop><D:href>{path}</D:href>"),
    );
    world
        .alice("REPORT", HOME, &[], &multiget)
        .is(207)
        .has("404 Not Found");
    world
        .alice("REPORT", WORK, &[], &multiget)
        .is(207)
        .has("404 Not Found");
}

#[test]
fn it_is_only_taken_out_of() {
    let (world, path) = world();
    let to = |place: &str| ("destination", place.to_owned());
    let inside = format!("{TRASH}new.ics");
    for path in [&inside, &path] {
        let refused = world.alice("PUT", path, &[], &event("9", "x")).is(403);
        refused.has("<D:need-privileges>").has("<D:bind/>");
    }
    world
        .alice(
            "PROPPATCH",
            &path,
            &[],
            "<D:propertyupdate xmlns:D=\"DAV:\"/>",
        )
        .is(403)
        .has("write-properties");
    world
        .alice("DELETE", TRASH, &[], "")
        .is(403)
        .has("<D:unbind/>");
    world
        .alice("POST", TRASH, &[], &event("9", "x"))
        .is(403)
        .has("<D:bind/>");
    world
        .alice("MKCALENDAR", TRASH, &[], "")
        .is(403)
        .has("resource-must-be-null");
    world.alice("MKCOL", TRASH, &[], "").is(405);
    world.put("b.ics", "2").is(201);
    for method in ["COPY", "MOVE"] {
        let into = to(&inside);
        world
            .alice(method, &format!("{WORK}b.ics"), &[(into.0, &into.1)], "")
            .is(403)
            .has("<D:bind/>")
            .has(TRASH);
    }
    // Out of it: a copy stays, what is moved does not.
    let back = to(&format!("{WORK}back.ics"));
    let back = [(back.0, back.1.as_str())];
    let stale = [back[0], ("if-match", "\"x\"")];
    world.alice("COPY", &path, &stale, "").is(412);
    world.alice("COPY", &path, &back, "").is(201);
    world.alice("GET", &path, &[], "").is(200);
    world
        .alice("MOVE", &path, &[back[0], ("overwrite", "F")], "")
        .is(412);
    let other = to(&format!("{WORK}other.ics"));
    let conflict = world
        .alice("MOVE", &path, &[(other.0, &other.1)], "")
        .is(409);
    conflict
        .has("no-uid-conflict")
        .has("/dav/calendars/alice/work/back.ics");
    world.alice("MOVE", &path, &back, "").is(204);
    world.alice("GET", &path, &[], "").is(404);
    world
        .alice("GET", &format!("{WORK}back.ics"), &[], "")
        .is(200)
        .has("SUMMARY:Lunch");
}

#[test]
fn what_is_deleted_there_is_gone() {
    let (world, path) = world();
    world
        .alice("DELETE", &path, &[("if-match", "\"x\"")], "")
        .is(412);
    let read_only = device(&world, |device| device.read_only = true);
    world
        .ask(&read_only, "DELETE", &path, &[], "")
        .is(403)
        .has("<D:unbind/>");
    world.ask(&read_only, "GET", &path, &[], "").is(200);
    world.alice("DELETE", &path, &[], "").is(204);
    world.alice("DELETE", &path, &[], "").is(404);
    world
        .alice("PROPFIND", TRASH, &[DEPTH_1], "")
        .is(207)
        .lacks(&path);
}

fn device(world: &World, change: impl FnOnce(&mut Device)) -> Viewer {
    let Viewer::User(mut device) = world.alice.clone() else {
        panic!("alice has an account")
    };
    change(&mut device);
    Viewer::User(device)
}

/// Everything that an answer says, but the path itself.
fn told(said: &Said, path: &str) -> (u16, String, String) {
    let headers = format!("{:?}", said.reply_headers);
    (
        said.status,
        headers.replace(path, "*"),
        said.body.replace(path, "*"),
    )
}

#[test]
fn to_everybody_else_it_never_was() {
    let (world, path) = world();
    let number = path.strip_prefix(TRASH).unwrap();
    let limited = device(&world, |device| device.layers = Some(Vec::new()));
    let sync = report(
        "D:sync-collection",
        "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>",
    );
    for viewer in [&world.bob, &limited, &Viewer::Anyone] {
        for (method, headers, body) in [
            ("OPTIONS", vec![], String::new()),
            ("GET", vec![], String::new()),
            ("HEAD", vec![], String::new()),
            ("PUT", vec![], event("9", "x")),
            ("POST", vec![], event("9", "x")),
            ("DELETE", vec![], String::new()),
            ("PROPFIND", vec![DEPTH_0], String::new()),
            ("PROPFIND", vec![DEPTH_1], String::new()),
            (
                "PROPPATCH",
                vec![],
                "<D:propertyupdate xmlns:D=\"DAV:\"/>".to_owned(),
            ),
            ("REPORT", vec![], sync.clone()),
            (
                "COPY",
                vec![("destination", "/dav/calendars/bob/x/y.ics")],
                String::new(),
            ),
            (
                "MOVE",
                vec![("destination", "/dav/calendars/bob/x/y.ics")],
                String::new(),
            ),
        ] {
            for name in [
                "",
                number,
                "L1",
                "L1/a.ics",
                "history",
                "history/work/a.ics/1.ics",
            ] {
                let (trash, never) = (format!("{TRASH}{name}"), format!("{HOME}never/{name}"));
                let here = world.ask(viewer, method, &trash, &headers, &body);
                let there = world.ask(viewer, method, &never, &headers, &body);
                assert_eq!(
                    told(&here, &trash),
                    told(&there, &never),
                    "{method} {trash} as {viewer:?}"
                );
            }
        }
        let into = |place: &str| {
            let to = format!("{HOME}{place}/x.ics");
            let said = world.ask(
                viewer,
                "COPY",
                &format!("{WORK}a.ics"),
                &[("destination", &to)],
                "",
            );
            told(&said, &to)
        };
        assert_eq!(into("trash"), into("never"));
    }
}

#[test]
fn the_only_calendar_for_events_stays() {
    let world = World::new();
    let mkcalendar = |name: &str, component: &str| {
        let body = format!(
            "<C:mkcalendar xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:set><D:prop>\
             <C:supported-calendar-component-set><C:comp name=\"{component}\"/></C:supported-calendar-component-set>\
             </D:prop></D:set></C:mkcalendar>"
        );
        world
            .alice("MKCALENDAR", &format!("{HOME}{name}/"), &[], &body)
            .is(201);
    };
    mkcalendar("tasks", "VTODO");
    let needed = "<C:default-calendar-needed/>";
    world.alice("DELETE", WORK, &[], "").is(403).has(needed);
    let over = ("destination", WORK);
    world
        .alice("MOVE", &format!("{HOME}tasks/"), &[over], "")
        .is(403)
        .has(needed);
    world
        .alice("COPY", &format!("{HOME}tasks/"), &[over], "")
        .is(403)
        .has(needed);
    mkcalendar("other", "VEVENT");
    world.put("a.ics", "1").is(201);
    // What is moved over it takes its place.
    world
        .alice("MOVE", &format!("{HOME}other/"), &[over], "")
        .is(204);
    world.alice("GET", &format!("{WORK}a.ics"), &[], "").is(404);
    world
        .alice("DELETE", &format!("{HOME}tasks/"), &[], "")
        .is(204);
    world.alice("DELETE", WORK, &[], "").is(403).has(needed);
}

#[test]
fn an_item_of_the_same_uid_is_put_anew() {
    let (world, path) = world();
    world.put("a.ics", "1").is(201);
    world.alice("GET", &path, &[], "").is(200);
    world
        .alice("DELETE", &format!("{WORK}a.ics"), &[], "")
        .is(204);
    world.put("b.ics", "1").is(201);
    let listed = world.alice("PROPFIND", TRASH, &[DEPTH_1], "").is(207);
    assert_eq!(listed.body.matches("<D:response>").count(), 4);
}
