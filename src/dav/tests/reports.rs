//! Reports: sync, queries, free-busy, multiget.

use super::world::{DEPTH_0, DEPTH_1, WORK, World, report};
use crate::dav::Settings;

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
