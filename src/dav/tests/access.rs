//! Who may know what, and how clients find their way in.

use super::world::{DEPTH_0, DEPTH_1, WORK, World, event, prop, report};
use crate::calendar::{Calendars, Limits};
use crate::dav::Settings;
use crate::privacy::Viewer;

impl World {
    /// Alice shows a calendar to everybody.
    fn publishes(&self, calendar: &str) {
        let public = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>\
                      <S:visibility>public</S:visibility></D:prop></D:set></D:propertyupdate>";
        self.alice("PROPPATCH", calendar, &[], public).is(207);
    }
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
        "OPTIONS, GET, HEAD, POST, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, ACL, REPORT"
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
    // python-caldav writes the properties beside an empty prop, and asks for everybody without a condition.
    let named = "<D:property-search><D:prop><D:displayname/></D:prop><D:match>ali</D:match></D:property-search>";
    for (condition, found) in [(named, true), ("", false)] {
        let inside = format!("{condition}<D:prop/><D:displayname/>");
        let said = world
            .alice(
                "REPORT",
                "/dav/",
                &[DEPTH_0],
                &report("D:principal-property-search", &inside),
            )
            .is(207);
        if found {
            said.has("<D:displayname>Alice</D:displayname>");
        } else {
            said.lacks("<D:response>");
        }
    }
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
        "<D:property name=\"owner\"><D:property name=\"displayname\"/></D:property><D:property name=\"getlastmodified\"/>",
    );
    world
        .alice("REPORT", WORK, &[], &expand)
        .is(207)
        .has("<D:owner><D:response><D:href>/dav/principals/users/alice/</D:href><D:propstat><D:prop><D:displayname>Alice</D:displayname>")
        .has("<D:prop><D:getlastmodified/></D:prop><D:status>HTTP/1.1 404");
}

/// RFC 3744 section 9.3: what is below the resource that was asked, and the asker's.
#[test]
fn a_match_in_anothers_home_finds_nothing_of_ones_own() {
    let world = World::new();
    world
        .ask(&world.bob, "MKCALENDAR", "/dav/calendars/bob/own/", &[], "")
        .is(201);
    world.publishes(WORK);
    let owned = report(
        "D:principal-match",
        "<D:principal-property><D:owner/></D:principal-property><D:prop><D:displayname/></D:prop>",
    );
    let ask = |path: &str| world.ask(&world.bob, "REPORT", path, &[DEPTH_0], &owned);
    ask("/dav/calendars/bob/").is(207).has("/bob/own/");
    ask("/dav/calendars/alice/").is(207).lacks("<D:response>");
}

/// RFC 3253 section 3.8: a property that may not be read is answered so, not left out.
#[test]
fn an_expanded_property_tells_why_it_is_not_there() {
    let world = World::new();
    world.publishes(WORK);
    let expand = report(
        "D:expand-property",
        "<D:property name=\"acl\"><D:property name=\"displayname\"/></D:property>\
         <D:property name=\"owner\"><D:property name=\"displayname\"/></D:property>",
    );
    world
        .ask(&world.bob, "REPORT", WORK, &[DEPTH_0], &expand)
        .is(207)
        .has("<D:acl/></D:prop><D:status>HTTP/1.1 403 Forbidden")
        .has("Alice");
}

/// Who has no name follows no href to those who have one.
#[test]
fn what_may_not_be_followed_spoils_no_report() {
    let mut world = World::new();
    let mut limits = Limits::default();
    limits.privacy.anonymous = true;
    world.dav.calendars = Calendars::new(world.dav.calendars.store().clone(), limits);
    world.publishes(WORK);
    let expand = report(
        "D:expand-property",
        "<D:property name=\"owner\"><D:property name=\"displayname\"/></D:property>",
    );
    world
        .ask(&Viewer::Anyone, "REPORT", WORK, &[DEPTH_0], &expand)
        .is(207)
        .has("404 Not Found")
        .lacks("Alice");
}

#[test]
fn a_search_is_cut_where_an_answer_would_be_too_long() {
    let world = World::with(Settings {
        max_results: 1,
        ..Settings::default()
    });
    let search = |text: &str| {
        let inside = format!(
            "<D:property-search><D:prop><D:displayname/></D:prop><D:match>{text}</D:match></D:property-search>\
             <D:prop><D:displayname/></D:prop>"
        );
        let body = report("D:principal-property-search", &inside);
        world
            .alice("REPORT", "/dav/principals/", &[DEPTH_0], &body)
            .is(207)
    };
    search("b").has("Bob").lacks("number-of-matches");
    search("")
        .has("<D:number-of-matches-within-limits/>")
        .lacks("Bob");
}

/// What changes nothing that somebody sees moves nothing either: in what order things come would tell what was edited.
#[test]
fn a_hidden_edit_moves_nothing_in_any_listing() {
    let world = World::new();
    world.publishes(WORK);
    for name in ["a", "b", "c"] {
        world.put(&format!("{name}.ics"), name).is(201);
    }
    let query = report(
        "C:calendar-query",
        "<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\"><C:comp-filter name=\"VEVENT\"/>\
         </C:comp-filter></C:filter>",
    );
    let sync = report(
        "D:sync-collection",
        "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>",
    );
    let seen = || {
        let bob = |method: &str, body: &str| world.ask(&world.bob, method, WORK, &[DEPTH_1], body);
        [
            bob("PROPFIND", &prop("<D:getetag/>")).is(207).body,
            bob("REPORT", &query).is(207).body,
            bob("REPORT", &sync).is(207).body,
            bob("GET", "").is(200).body,
        ]
    };
    let before = seen();
    assert_eq!(before[0].matches(".ics</D:href>").count(), 3);
    let edited = event("a", "Something that nobody else reads");
    world
        .alice("PUT", &format!("{WORK}a.ics"), &[], &edited)
        .is(204);
    assert_eq!(before, seen());
}

#[test]
fn how_an_owner_has_arranged_calendars_is_told_to_nobody() {
    let world = World::new();
    let more = "/dav/calendars/alice/more/";
    world.alice("MKCALENDAR", more, &[], "").is(201);
    world.publishes(WORK);
    world.publishes(more);
    let listed = || {
        let home = "/dav/calendars/alice/";
        let asked = prop("<D:displayname/>");
        let seen = world.ask(&world.bob, "PROPFIND", home, &[DEPTH_1], &asked);
        seen.is(207).has("/more/").body
    };
    let before = listed();
    let first = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><I:calendar-order xmlns:I=\"http://apple.com/ns/ical/\">1\
                 </I:calendar-order></D:prop></D:set></D:propertyupdate>";
    world.alice("PROPPATCH", more, &[], first).is(207);
    assert_eq!(before, listed());
}
