//! The protocol, from `handle` down to the database and back: examples of the RFCs and what clients send.

use super::world::{World, event};
use crate::dav::Settings;
use crate::privacy::Viewer;

const WORK: &str = "/dav/calendars/alice/work/";
const DEPTH_0: (&str, &str) = ("depth", "0");
const DEPTH_1: (&str, &str) = ("depth", "1");

fn prop(names: &str) -> String {
    format!(
        "<D:propfind xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:CS=\"http://calendarserver.org/ns/\" \
         xmlns:I=\"http://apple.com/ns/ical/\" xmlns:S=\"urn:strata:dav\"><D:prop>{names}</D:prop></D:propfind>"
    )
}

fn report(name: &str, inside: &str) -> String {
    format!(
        "<{name} xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" \
         xmlns:CS=\"http://calendarserver.org/ns/\">{inside}</{name}>"
    )
}

#[test]
fn nobody_learns_anything_but_what_the_server_can_do() {
    let world = World::new();
    for path in [
        "/",
        "/dav/",
        "/dav/calendars/alice/",
        "/dav/calendars/nobody/x/y.ics",
        "/dav/elsewhere",
    ] {
        let said = world
            .ask(&Viewer::Anyone, "PROPFIND", path, &[DEPTH_0], "")
            .is(401);
        assert!(said.header("dav").starts_with("1, "));
    }
    let options = world.ask(&Viewer::Anyone, "OPTIONS", WORK, &[], "").is(200);
    assert!(options.header("dav").contains("calendar-access"));
    assert_eq!(
        options.header("allow"),
        "OPTIONS, GET, HEAD, POST, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, MKCOL, MKCALENDAR, REPORT"
    );
}

#[test]
fn another_accounts_tree_is_not_there() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    let bob = |method: &str, path: &str| world.ask(&world.bob, method, path, &[DEPTH_0], "");
    for path in [
        "/dav/calendars/alice/",
        WORK,
        "/dav/calendars/alice/work/a.ics",
        "/dav/calendars/nobody/",
    ] {
        bob("PROPFIND", path).is(404);
    }
    bob("GET", "/dav/calendars/alice/work/a.ics").is(404);
    bob("DELETE", WORK).is(404);
    world
        .ask(
            &world.bob,
            "PUT",
            "/dav/calendars/alice/work/b.ics",
            &[],
            &event("2", "x"),
        )
        .is(409);
    let multiget = report(
        "C:calendar-multiget",
        "<D:prop><D:getetag/></D:prop><D:href>/dav/calendars/alice/work/a.ics</D:href>",
    );
    world
        .ask(&world.bob, "MKCALENDAR", "/dav/calendars/bob/own/", &[], "")
        .is(201);
    world
        .ask(
            &world.bob,
            "REPORT",
            "/dav/calendars/bob/own/",
            &[],
            &multiget,
        )
        .is(207)
        .has("404 Not Found")
        .lacks("getetag");
    let to = ("destination", "/dav/calendars/bob/own/a.ics");
    world
        .ask(
            &world.bob,
            "COPY",
            "/dav/calendars/alice/work/a.ics",
            &[to],
            "",
        )
        .is(404);
}

#[test]
fn discovery_leads_to_the_calendars() {
    let world = World::new();
    for path in [
        "/",
        "/dav/",
        "/dav/principals/",
        "/principals/",
        "/dav/calendars/",
    ] {
        world
            .alice("PROPFIND", path, &[DEPTH_0], &prop("<D:current-user-principal/><D:resourcetype/>"))
            .is(207)
            .has("<D:current-user-principal><D:href>/dav/principals/users/alice/</D:href></D:current-user-principal>")
            .has(&format!("<D:response><D:href>{path}</D:href>"));
    }
    world
        .alice(
            "PROPFIND",
            "/dav/principals/users/alice/",
            &[DEPTH_0],
            &prop("<C:calendar-home-set/><C:calendar-user-address-set/><D:resourcetype/><CS:email-address-set/>"),
        )
        .is(207)
        .has("<C:calendar-home-set><D:href>/dav/calendars/alice/</D:href></C:calendar-home-set>")
        .has("<D:href preferred=\"1\">mailto:alice@example.com</D:href>")
        .has("<D:collection/><D:principal/>")
        .has("<CS:email-address>alice@example.com</CS:email-address>")
        .lacks("404");
    world
        .alice(
            "PROPFIND",
            "/dav/calendars/alice",
            &[DEPTH_1],
            &prop("<D:resourcetype/><D:displayname/><CS:getctag/>"),
        )
        .is(207)
        .has("<D:href>/dav/calendars/alice/</D:href>")
        .has("<D:href>/dav/calendars/alice/work/</D:href>")
        .has("<D:collection/><C:calendar/>")
        .has("<CS:getctag>urn:strata:sync:");
}

#[test]
fn propfind_in_all_its_forms() {
    let world = World::new();
    let tag = world.put("a.ics", "1").is(201).header("etag").to_owned();
    let item = "/dav/calendars/alice/work/a.ics";
    world
        .alice("PROPFIND", item, &[DEPTH_0], "")
        .is(207)
        .has(&format!("<D:getetag>{tag}</D:getetag>"))
        .has("<D:getcontenttype>text/calendar;charset=utf-8;component=VEVENT</D:getcontenttype>")
        .has("<D:resourcetype/>")
        .lacks("calendar-data");
    let names = "<D:propfind xmlns:D=\"DAV:\"><D:propname/></D:propfind>";
    world
        .alice("PROPFIND", item, &[DEPTH_0], names)
        .is(207)
        .has("<D:getetag/>")
        .lacks("calendar-data")
        .lacks("404");
    let more = "<D:propfind xmlns:D=\"DAV:\"><D:allprop/><D:include><D:owner/><D:x/></D:include></D:propfind>";
    world
        .alice("PROPFIND", item, &[DEPTH_0], more)
        .is(207)
        .has("<D:owner><D:href>")
        .has("<D:prop><D:x/></D:prop>");
    let wanted = prop("<D:getetag/><C:calendar-data/><x xmlns=\"urn:x\"/>");
    world
        .alice("PROPFIND", item, &[DEPTH_0], &wanted)
        .is(207)
        .has("<D:prop><C:calendar-data/><X:x xmlns:X=\"urn:x\"/></D:prop><D:status>HTTP/1.1 404 Not Found");
    let brief = world
        .alice(
            "PROPFIND",
            item,
            &[DEPTH_0, ("prefer", "return=minimal")],
            &wanted,
        )
        .is(207)
        .lacks("404");
    assert_eq!(brief.header("preference-applied"), "return=minimal");
    let without = world
        .alice(
            "PROPFIND",
            WORK,
            &[DEPTH_1, ("prefer", "depth-noroot")],
            &prop("<D:getetag/>"),
        )
        .is(207);
    without
        .has("a.ics")
        .lacks("<D:href>/dav/calendars/alice/work/</D:href>");
    for depth in [&[("depth", "infinity")][..], &[]] {
        world
            .alice("PROPFIND", WORK, depth, "")
            .is(403)
            .has("<D:propfind-finite-depth/>");
    }
    world
        .alice("PROPFIND", WORK, &[DEPTH_0], "<!DOCTYPE x><x/>")
        .is(400);
}

#[test]
fn hrefs_are_answered_in_the_clients_form() {
    let world = World::new();
    world.put("a%40b%20c.ics", "1").is(201);
    world
        .alice(
            "PROPFIND",
            "/dav/calendars/%61lice/work/",
            &[DEPTH_1],
            &prop("<D:getetag/>"),
        )
        .is(207)
        .has("<D:href>/dav/calendars/%61lice/work/</D:href>")
        .has("<D:href>/dav/calendars/%61lice/work/a%40b%20c.ics</D:href>");
    let asked = [
        "/dav/calendars/alice/work/a@b%20c.ics",
        "http://cal.example.com/dav/calendars/alice/work/a%40b%20c.ics",
    ];
    let hrefs: String = asked
        .iter()
        .map(|href| format!("<D:href>{href}</D:href>"))
        .collect();
    let body = report(
        "C:calendar-multiget",
        &format!("<D:prop><D:getetag/></D:prop>{hrefs}"),
    );
    let said = world.alice("REPORT", WORK, &[], &body).is(207).lacks("404");
    said.has(asked[0]).has(asked[1]);
}

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
    assert_eq!(
        (head.body.as_str(), head.header("content-length")),
        ("", got.body.len().to_string().as_str())
    );
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
    world.alice("LOCK", WORK, &[], "").is(405);
    world.alice("BREW", WORK, &[], "").is(501);
}

#[test]
fn proppatch_is_all_or_nothing() {
    let world = World::new();
    let patch = |body: &str| {
        let body = format!(
            "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:I=\"http://apple.com/ns/ical/\">{body}</D:propertyupdate>"
        );
        world.alice("PROPPATCH", WORK, &[], &body)
    };
    let get = |names: &str| {
        world
            .alice("PROPFIND", WORK, &[DEPTH_0], &prop(names))
            .is(207)
    };
    patch("<D:set><D:prop><I:calendar-color symbolic-color=\"orange\">#FD8208FF</I:calendar-color><I:calendar-order>1</I:calendar-order></D:prop></D:set>")
        .is(207)
        .has("<D:prop><I:calendar-color/><I:calendar-order/></D:prop><D:status>HTTP/1.1 200 OK");
    get("<I:calendar-color/><I:calendar-order/>")
        .has("#FD8208FF")
        .has("<I:calendar-order>1</I:calendar-order>");
    patch("<D:set><D:prop><I:calendar-color>#000000</I:calendar-color><D:getetag>x</D:getetag></D:prop></D:set>")
        .is(207)
        .has("<D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status><D:error><D:cannot-modify-protected-property/>")
        .has("<D:prop><I:calendar-color/></D:prop><D:status>HTTP/1.1 424 Failed Dependency");
    get("<I:calendar-color/>").has("#FD8208FF");
    patch("<D:set><D:prop><m:memo xmlns:m=\"urn:m\" xml:lang=\"de\"><m:a b=\"1\">Grüße &amp; &lt;x&gt;</m:a></m:memo></D:prop></D:set>").is(207);
    get("<m:memo xmlns:m=\"urn:m\"/>")
        .has("<m:memo xmlns:m=\"urn:m\" xml:lang=\"de\"><m:a b=\"1\">Grüße &amp; &lt;x&gt;</m:a></m:memo>");
    patch(
        "<D:remove><D:prop><m:memo xmlns:m=\"urn:m\"/><never xmlns=\"urn:n\"/></D:prop></D:remove>",
    )
    .is(207)
    .has("200 OK");
    get("<m:memo xmlns:m=\"urn:m\"/>").has("404 Not Found");
}

#[test]
fn dead_properties_of_items_are_found_and_carried() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    world.put("b.ics", "2").is(201);
    let body = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><n xmlns=\"urn:n\">kept</n></D:prop></D:set></D:propertyupdate>";
    world
        .alice("PROPPATCH", &format!("{WORK}a.ics"), &[], body)
        .is(207);
    let n = prop("<n xmlns=\"urn:n\"/>");
    let listing = world.alice("PROPFIND", WORK, &[DEPTH_1], &n).is(207);
    assert_eq!(
        listing.body.matches("<n xmlns=\"urn:n\">kept</n>").count(),
        1
    );
    world
        .alice("MKCALENDAR", "/dav/calendars/alice/other/", &[], "")
        .is(201);
    let to = (
        "destination",
        "http://cal.example.com/dav/calendars/alice/other/c.ics",
    );
    world
        .alice("COPY", &format!("{WORK}a.ics"), &[to], "")
        .is(201);
    world
        .alice(
            "COPY",
            &format!("{WORK}a.ics"),
            &[to, ("overwrite", "F")],
            "",
        )
        .is(412);
    world
        .alice("COPY", &format!("{WORK}a.ics"), &[to], "")
        .is(204);
    world
        .alice(
            "PROPFIND",
            "/dav/calendars/alice/other/c.ics",
            &[DEPTH_0],
            &n,
        )
        .has("kept");
    let sync = report(
        "D:sync-collection",
        "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><n xmlns=\"urn:n\"/></D:prop>",
    );
    world.alice("REPORT", WORK, &[], &sync).is(207).has("kept");
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
fn calendars_are_made_whole_or_not_at_all() {
    let world = World::new();
    let apple = "<C:mkcalendar xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><set xmlns=\"DAV:\"><prop>\
        <displayname>Lists</displayname><resourcetype><collection/><C:calendar/></resourcetype>\
        <I:calendar-color xmlns:I=\"http://apple.com/ns/ical/\" symbolic-color=\"custom\">#0088FFFF</I:calendar-color>\
        <I:calendar-order xmlns:I=\"http://apple.com/ns/ical/\">7</I:calendar-order>\
        <C:supported-calendar-component-set><C:comp name=\"VTODO\"/></C:supported-calendar-component-set>\
        <C:calendar-timezone-id>Europe/Berlin</C:calendar-timezone-id>\
        <C:schedule-calendar-transp><C:opaque/></C:schedule-calendar-transp></prop></set></C:mkcalendar>";
    let lists = "/dav/calendars/alice/lists/";
    let made = world.alice("MKCALENDAR", lists, &[], apple).is(201);
    assert_eq!(
        (made.body.as_str(), made.header("cache-control")),
        ("", "no-cache")
    );
    world
        .alice(
            "PROPFIND",
            lists,
            &[DEPTH_0],
            &prop("<D:displayname/><C:supported-calendar-component-set/><C:calendar-timezone-id/>"),
        )
        .has("<D:displayname>Lists</D:displayname>")
        .has("<C:comp name=\"VTODO\"/></C:supported")
        .has("Europe/Berlin");
    world
        .alice("MKCALENDAR", lists, &[], "")
        .is(405)
        .has("<D:resource-must-be-null/>");
    world.alice("MKCOL", lists, &[], "").is(405);
    world
        .alice("MKCALENDAR", &format!("{lists}inner/"), &[], "")
        .is(403)
        .has("<C:calendar-collection-location-ok/>");
    world
        .alice("MKCALENDAR", "/dav/elsewhere/", &[], "")
        .is(403);
    world
        .alice("MKCOL", "/dav/elsewhere/deeper/", &[], "")
        .is(409);
    world
        .alice("MKCOL", "/dav/calendars/alice/x/", &[], "<what/>")
        .is(415);
    let bad = apple.replace("<displayname>Lists</displayname>", "<getetag>x</getetag>");
    world
        .alice("MKCALENDAR", "/dav/calendars/alice/half/", &[], &bad)
        .is(403)
        .has("<D:cannot-modify-protected-property/>");
    let book = "<D:mkcol xmlns:D=\"DAV:\"><D:set><D:prop><D:resourcetype><D:collection/><book xmlns=\"urn:b\"/></D:resourcetype>\
        <D:displayname>Half</D:displayname></D:prop></D:set></D:mkcol>";
    world
        .alice("MKCOL", "/dav/calendars/alice/half/", &[], book)
        .is(403)
        .has("<D:mkcol-response")
        .has("<D:prop><D:resourcetype/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status><D:error><D:valid-resourcetype/>")
        .has("424 Failed Dependency");
    world
        .alice("PROPFIND", "/dav/calendars/alice/half/", &[DEPTH_0], "")
        .is(404);
    world.alice("DELETE", lists, &[DEPTH_0], "").is(204);
    world.alice("PROPFIND", lists, &[DEPTH_0], "").is(404);
}

#[test]
fn a_client_stays_in_step() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    world.put("b.ics", "2").is(201);
    let sync = |path: &str, token: &str, more: &str, depth: (&str, &str)| {
        let inside = format!(
            "<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{more}<D:prop><D:getetag/><D:getcontenttype/></D:prop>"
        );
        world.alice(
            "REPORT",
            path,
            &[depth],
            &report("D:sync-collection", &inside),
        )
    };
    let token = |body: &str| {
        body.rsplit_once("<D:sync-token>")
            .unwrap()
            .1
            .split_once('<')
            .unwrap()
            .0
            .to_owned()
    };
    let all = sync(WORK, "", "", DEPTH_0)
        .is(207)
        .has("a.ics")
        .has("b.ics")
        .lacks("<D:href>/dav/calendars/alice/work/</D:href>");
    let at = token(&all.body);
    sync(WORK, &at, "", DEPTH_1).is(207).lacks("<D:response>");
    world
        .alice("DELETE", &format!("{WORK}a.ics"), &[], "")
        .is(204);
    let gone = sync(WORK, &at, "", DEPTH_1).is(207);
    let gone = gone.has("<D:href>/dav/calendars/alice/work/a.ics</D:href><D:status>HTTP/1.1 404 Not Found</D:status>").lacks("b.ics");
    assert_ne!(token(&gone.body), at);
    sync(WORK, "urn:other:1", "", DEPTH_0)
        .is(403)
        .has("<D:valid-sync-token/>");
    world.put("c.ics", "3").is(201);
    let first = sync(
        "/dav/calendars/%61lice/work",
        "",
        "<D:limit><D:nresults>1</D:nresults></D:limit>",
        DEPTH_0,
    )
    .is(207);
    let first = first.has("<D:href>/dav/calendars/%61lice/work/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status>\
        <D:error><D:number-of-matches-within-limits/></D:error>");
    let rest = sync(WORK, &token(&first.body), "", DEPTH_0)
        .is(207)
        .lacks("507");
    assert_eq!(
        first.body.matches("<D:getetag>").count() + rest.body.matches("<D:getetag>").count(),
        2
    );
    let home = "/dav/calendars/alice/";
    let before = token(&sync(home, "", "", DEPTH_1).is(207).has("/work/").body);
    world
        .alice("MKCALENDAR", "/dav/calendars/alice/new/", &[], "")
        .is(201);
    let after = sync(home, &before, "", DEPTH_1)
        .is(207)
        .has("<D:href>/dav/calendars/alice/new/</D:href>")
        .lacks("/work/");
    world
        .alice("DELETE", "/dav/calendars/alice/new/", &[], "")
        .is(204);
    sync(home, &token(&after.body), "", DEPTH_1)
        .is(207)
        .has("/new/</D:href><D:status>HTTP/1.1 404");
}

#[test]
fn queries_find_what_they_ask_for() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    let query = |filter: &str, data: &str| {
        let inside = format!(
            "<D:prop><D:getetag/>{data}</D:prop><C:filter><C:comp-filter name=\"VCALENDAR\">{filter}</C:comp-filter></C:filter>"
        );
        world.alice(
            "REPORT",
            WORK,
            &[DEPTH_1],
            &report("C:calendar-query", &inside),
        )
    };
    let range = |start: &str| {
        format!("<C:comp-filter name=\"VEVENT\"><C:time-range start=\"{start}\"/></C:comp-filter>")
    };
    query("", "").is(207).has("a.ics");
    query(&range("20260101T000000Z"), "<C:calendar-data/>")
        .is(207)
        .has("a.ics")
        .has("SUMMARY:Lunch&#13;\n");
    query(&range("20270101T000000Z"), "")
        .is(207)
        .lacks("<D:response>");
    query(&range("2027"), "").is(403).has("<C:valid-filter/>");
    query("<C:comp-filter name=\"VTODO\"/>", "")
        .is(207)
        .lacks("<D:response>");
    let text = |text: &str, more: &str| {
        format!(
            "<C:comp-filter name=\"VEVENT\"><C:prop-filter name=\"SUMMARY\"><C:text-match {more}>{text}</C:text-match></C:prop-filter></C:comp-filter>"
        )
    };
    query(&text("lunch", ""), "").is(207).has("a.ics");
    query(&text("lunch", "collation=\"i;octet\""), "")
        .is(207)
        .lacks("<D:response>");
    query(&text("lunch", "collation=\"i;x\""), "")
        .is(403)
        .has("<C:supported-collation/>");
    query("<C:strange/>", "")
        .is(403)
        .has("<C:supported-filter/>");
    query("", "<C:calendar-data content-type=\"text/x\"/>")
        .is(403)
        .has("<C:supported-calendar-data/>");
    query(&range("20260101T000000Z"), "<C:calendar-data><C:comp name=\"VCALENDAR\"><C:comp name=\"VEVENT\"><C:prop name=\"UID\"/></C:comp></C:comp></C:calendar-data>")
        .is(207)
        .has("UID:1")
        .lacks("SUMMARY");
    let busy = report(
        "C:free-busy-query",
        "<C:time-range start=\"20260601T000000Z\" end=\"20260602T000000Z\"/>",
    );
    world
        .alice("REPORT", WORK, &[DEPTH_1], &busy)
        .is(200)
        .has("20260601T100000Z");
    world
        .alice("REPORT", "/dav/calendars/alice/", &[DEPTH_1], &busy)
        .is(200)
        .has("20260601T100000Z");
    world
        .alice("REPORT", WORK, &[], &report("D:version-tree", ""))
        .is(403)
        .has("<D:supported-report/>");
}

#[test]
fn a_multiget_is_answered_in_place() {
    let world = World::new();
    world.put("a.ics", "1").is(201);
    let hrefs = [
        "/dav/calendars/alice/work/a.ics",
        "/dav/calendars/alice/work/no.ics",
        "/etc/passwd",
        "http://evil.example/a",
        "/dav/calendars/bob/x/y.ics",
        "/dav/../x",
    ];
    let list: String = hrefs
        .iter()
        .map(|href| format!("<D:href>{href}</D:href>"))
        .collect();
    let said = world
        .alice(
            "REPORT",
            WORK,
            &[],
            &report(
                "C:calendar-multiget",
                &format!("<D:prop><D:getetag/><C:calendar-data/></D:prop>{list}"),
            ),
        )
        .is(207);
    assert_eq!(said.body.matches("404 Not Found").count(), 5);
    let said = said.has("BEGIN:VCALENDAR&#13;\n");
    let places: Vec<_> = hrefs
        .iter()
        .map(|href| said.body.find(&format!("<D:href>{href}</D:href>")).unwrap())
        .collect();
    assert!(places.is_sorted());
    let few = World::with(Settings {
        max_results: 3,
        ..Settings::default()
    });
    few.alice(
        "REPORT",
        WORK,
        &[],
        &report("C:calendar-multiget", &format!("<D:prop/>{list}")),
    )
    .is(507);
}

#[test]
fn too_large_an_answer_is_507() {
    let world = World::with(Settings {
        max_reply: 2_000,
        ..Settings::default()
    });
    for number in 0..10 {
        world
            .put(&format!("{number}.ics"), &number.to_string())
            .is(201);
    }
    world
        .alice("PROPFIND", WORK, &[DEPTH_1], &prop("<D:getetag/>"))
        .is(507)
        .has("<D:number-of-matches-within-limits/>");
    let few = World::with(Settings {
        max_results: 3,
        ..Settings::default()
    });
    for number in 0..4 {
        few.put(&format!("{number}.ics"), &number.to_string())
            .is(201);
    }
    few.alice("PROPFIND", WORK, &[DEPTH_1], &prop("<D:getetag/>"))
        .is(507);
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
fn principals_are_searched_and_expanded() {
    let world = World::new();
    let search = |value: &str, kind: &str| {
        let inside = format!(
            "<D:property-search><D:prop><D:displayname/></D:prop><D:match {kind}>{value}</D:match></D:property-search>\
             <D:prop><C:calendar-user-address-set/></D:prop>"
        );
        world
            .alice(
                "REPORT",
                "/dav/principals/",
                &[DEPTH_0],
                &report("D:principal-property-search", &inside),
            )
            .is(207)
    };
    search("LIC", "")
        .has("mailto:alice@example.com")
        .lacks("bob");
    search("lic", "match-type=\"equals\"").lacks("<D:response>");
    world
        .alice(
            "REPORT",
            "/dav/principals/",
            &[],
            &report("D:principal-search-property-set", ""),
        )
        .is(200)
        .has("<D:displayname/>");
    let words = report(
        "CS:calendarserver-principal-search",
        "<CS:search-token>bo</CS:search-token><D:prop><D:displayname/></D:prop>",
    );
    world
        .alice("REPORT", "/dav/principals/", &[], &words)
        .is(207)
        .has("Bob")
        .lacks("Alice");
    let me = report(
        "D:principal-match",
        "<D:self/><D:prop><D:displayname/></D:prop>",
    );
    world
        .alice("REPORT", "/dav/principals/", &[], &me)
        .is(207)
        .has("Alice")
        .lacks("Bob");
    let owned = report(
        "D:acl-principal-prop-set",
        "<D:prop><D:displayname/></D:prop>",
    );
    world
        .alice("REPORT", WORK, &[], &owned)
        .is(207)
        .has("<D:href>/dav/principals/users/alice/</D:href>")
        .has("Alice");
    let expand = report(
        "D:expand-property",
        "<D:property name=\"owner\"><D:property name=\"displayname\"/></D:property><D:property name=\"getetag\"/>",
    );
    world
        .alice("REPORT", WORK, &[], &expand)
        .is(207)
        .has("<D:owner><D:response><D:href>/dav/principals/users/alice/</D:href><D:propstat><D:prop><D:displayname>Alice</D:displayname>")
        .has("<D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 404");
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
