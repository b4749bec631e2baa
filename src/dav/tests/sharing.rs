//! Calendars shared by invitation (caldav-sharing): invited, accepted, changed, left, taken back; and what each is told.

use super::world::{DEPTH_0, DEPTH_1, Said, WORK, World, event, prop};
use crate::calendar::{Calendars, Limits, block};
use crate::privacy::Viewer;
use crate::store::accounts;

const XML: (&str, &str) = ("content-type", "application/xml; charset=utf-8");
const HOME: &str = "/dav/calendars/bob/";
const TOLD: &str = "/dav/calendars/bob/notifications/";

fn set(href: &str, right: &str) -> String {
    format!(
        "<CS:set><D:href>{href}</D:href><CS:common-name>Somebody</CS:common-name>\
         <CS:summary>Our work</CS:summary><CS:{right}/></CS:set>"
    )
}

fn remove(href: &str) -> String {
    format!("<CS:remove><D:href>{href}</D:href></CS:remove>")
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"))
        .1;
    rest.split_once(after).unwrap().0
}

impl World {
    fn share(&self, wishes: &str) -> Said {
        let body = format!(
            "<CS:share xmlns:D=\"DAV:\" xmlns:CS=\"http://calendarserver.org/ns/\">{wishes}</CS:share>"
        );
        self.alice("POST", WORK, &[XML], &body)
    }

    fn props(&self, viewer: &Viewer, path: &str, names: &str) -> Said {
        self.ask(viewer, "PROPFIND", path, &[DEPTH_0], &prop(names))
            .is(207)
    }

    /// The one notification of an account.
    fn told(&self, viewer: &Viewer, collection: &str) -> (String, Said) {
        let list = self.ask(
            viewer,
            "PROPFIND",
            collection,
            &[DEPTH_1],
            &prop("<CS:notificationtype/>"),
        );
        let href = list.body.split("<D:href>").nth(2).expect("a notification");
        let href = href.split_once('<').unwrap().0.to_owned();
        let said = self.ask(viewer, "GET", &href, &[], "").is(200);
        (href, said)
    }

    fn answer(&self, uid: &str, verdict: &str) -> Said {
        let body = format!(
            "<CS:invite-reply xmlns:D=\"DAV:\" xmlns:CS=\"http://calendarserver.org/ns/\"><D:href>mailto:bob@example.com</D:href>\
             <CS:invite-{verdict}/><CS:hosturl><D:href>{WORK}</D:href></CS:hosturl>\
             <CS:in-reply-to>{uid}</CS:in-reply-to></CS:invite-reply>"
        );
        self.ask(&self.bob, "POST", HOME, &[XML], &body)
    }

    fn invited(&self, right: &str) -> String {
        self.share(&set("mailto:bob@example.com", right)).is(200);
        let (_, said) = self.told(&self.bob, TOLD);
        between(&said.body, "<CS:uid>", "</CS:uid>").to_owned()
    }
}

#[test]
fn an_invitation_is_told_accepted_and_stands_in_the_sharees_home() {
    let world = World::new();
    world.put("one.ics", "one").is(201);
    world
        .props(
            &world.bob,
            "/dav/principals/users/bob/",
            "<CS:notification-URL/>",
        )
        .has(TOLD);
    let uid = world.invited("read");
    let (href, said) = world.told(&world.bob, TOLD);
    said.has("<CS:invite-noresponse/>")
        .has("<CS:access><CS:read/></CS:access>")
        .has("<CS:hosturl><D:href>/dav/calendars/alice/work/</D:href></CS:hosturl>")
        .has("<CS:common-name>Alice</CS:common-name>")
        .has("<CS:summary>Our work</CS:summary>")
        .has("<C:comp name=\"VEVENT\"/>");
    world
        .props(&world.bob, &href, "<CS:notificationtype/><D:getcontenttype/>")
        .has("<CS:notificationtype><CS:invite-notification shared-type=\"calendar\"/></CS:notificationtype>");
    // Nothing is open before it is accepted.
    world
        .ask(&world.bob, "PROPFIND", WORK, &[DEPTH_0], "")
        .is(404);
    let invite = "<CS:invite/><D:resourcetype/><CS:allowed-sharing-modes/>";
    world
        .props(&world.alice, WORK, invite)
        .has("<CS:invite-noresponse/>")
        .has("<CS:shared-owner/>")
        .has("<CS:can-be-shared/>");
    world
        .answer(&uid, "accepted")
        .is(200)
        .has("<CS:shared-as")
        .has("<D:href>/dav/calendars/bob/work/</D:href>");
    world
        .props(
            &world.bob,
            "/dav/calendars/bob/work/",
            &format!("{invite}<D:displayname/><D:owner/><CS:shared-url/>"),
        )
        .has("<CS:shared/>")
        .has("<D:displayname>Our work</D:displayname>")
        .has("<D:owner><D:href>/dav/principals/users/alice/</D:href></D:owner>")
        .has("<CS:shared-url><D:href>/dav/calendars/alice/work/</D:href></CS:shared-url>")
        .has("<CS:organizer><D:href>mailto:alice@example.com</D:href>")
        .lacks("can-be-shared");
    let item = "/dav/calendars/bob/work/one.ics";
    world
        .ask(&world.bob, "GET", item, &[], "")
        .is(200)
        .has("SUMMARY:Lunch");
    world
        .ask(&world.bob, "PUT", item, &[], &event("one", "Dinner"))
        .is(403);
    world
        .props(&world.alice, WORK, invite)
        .has("<CS:invite-accepted/>");
    // The sharer is told, and the invitation is no longer open.
    let (reply, said) = world.told(&world.alice, "/dav/calendars/alice/notifications/");
    said.has("<CS:invite-accepted/>")
        .has(&format!("<CS:in-reply-to>{uid}</CS:in-reply-to>"));
    world.alice("DELETE", &reply, &[], "").is(204);
    world.alice("GET", &reply, &[], "").is(404);
    world.ask(&world.bob, "GET", &href, &[], "").is(404);
    // Once more is no second calendar.
    world
        .answer(&uid, "accepted")
        .is(200)
        .has("/dav/calendars/bob/work/</D:href>");
}

#[test]
fn a_sharee_has_a_name_and_a_colour_of_their_own() {
    let world = World::new();
    let uid = world.invited("read");
    world.answer(&uid, "accepted").is(200);
    let patch = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:I=\"http://apple.com/ns/ical/\"><D:set><D:prop>\
                 <D:displayname>Alice's</D:displayname><I:calendar-color>#123456</I:calendar-color>\
                 <I:calendar-order>7</I:calendar-order></D:prop></D:set></D:propertyupdate>";
    let mine = "/dav/calendars/bob/work/";
    world
        .ask(&world.bob, "PROPPATCH", mine, &[], patch)
        .is(207)
        .lacks("403");
    let names = "<D:displayname/><I:calendar-color/><I:calendar-order/>";
    world
        .props(&world.bob, mine, names)
        .has("Alice's")
        .has("#123456")
        .has(">7<");
    world
        .props(&world.alice, WORK, names)
        .lacks("Alice's")
        .lacks("#123456");
}

#[test]
fn writers_write_and_readers_again_do_not() {
    let world = World::new();
    let uid = world.invited("read-write");
    world.answer(&uid, "accepted").is(200);
    let item = "/dav/calendars/bob/work/two.ics";
    world
        .ask(&world.bob, "PUT", item, &[], &event("two", "Ours"))
        .is(201);
    world
        .alice("GET", "/dav/calendars/alice/work/two.ics", &[], "")
        .is(200)
        .has("Ours");
    world
        .props(
            &world.bob,
            "/dav/calendars/bob/work/",
            "<D:current-user-privilege-set/>",
        )
        .has("<D:write/>")
        .lacks("acl/>");
    world
        .share(&set("/dav/principals/users/bob/", "read"))
        .is(200);
    let (_, said) = world.told(&world.bob, TOLD);
    said.has("<CS:invite-accepted/>").has("<CS:read/>");
    world
        .ask(&world.bob, "PUT", item, &[], &event("two", "Mine"))
        .is(403);
    // The same again is nothing new.
    let ctag = || world.props(&world.bob, TOLD, "<CS:getctag/>").body;
    let before = ctag();
    world
        .share(&set("/dav/principals/users/bob/", "read"))
        .is(200);
    assert_eq!(ctag(), before);
}

#[test]
fn leaving_is_declining_and_a_calendar_taken_back_is_gone() {
    let world = World::new();
    world.put("one.ics", "one").is(201);
    let uid = world.invited("read");
    world.answer(&uid, "accepted").is(200);
    let mine = "/dav/calendars/bob/work/";
    world.ask(&world.bob, "DELETE", mine, &[], "").is(204);
    world.ask(&world.bob, "GET", mine, &[], "").is(404);
    world.ask(&world.bob, "GET", WORK, &[], "").is(404);
    world
        .alice("GET", "/dav/calendars/alice/work/one.ics", &[], "")
        .is(200);
    world
        .props(&world.alice, WORK, "<CS:invite/>")
        .has("<CS:invite-declined/>");
    // Whoever has left is asked again.
    assert_eq!(world.invited("read"), uid);
    world.answer(&uid, "accepted").is(200);
    world.ask(&world.bob, "GET", mine, &[], "").is(200);
    world.share(&remove("mailto:bob@example.com")).is(200);
    world.ask(&world.bob, "GET", mine, &[], "").is(404);
    let (_, said) = world.told(&world.bob, TOLD);
    said.has("<CS:invite-deleted/>");
    world.answer(&uid, "accepted").is(404);
    world
        .props(&world.alice, WORK, "<CS:invite/><D:resourcetype/>")
        .lacks("CS:user")
        .lacks("shared-owner");
    world.share(&remove("mailto:bob@example.com")).is(200);
}

#[test]
fn declined_is_told_and_opens_nothing() {
    let world = World::new();
    let uid = world.invited("read");
    world.answer(&uid, "declined").is(200).lacks("shared-as");
    world.ask(&world.bob, "GET", WORK, &[], "").is(404);
    let (_, said) = world.told(&world.alice, "/dav/calendars/alice/notifications/");
    said.has("<CS:invite-declined/>")
        .has("<D:href>mailto:bob@example.com</D:href>");
    // A calendar that is deleted is taken back from all.
    world
        .alice("MKCALENDAR", "/dav/calendars/alice/other/", &[], "")
        .is(201);
    let uid = world.invited("read");
    world.answer(&uid, "accepted").is(200);
    world.alice("DELETE", WORK, &[], "").is(204);
    world
        .ask(&world.bob, "GET", "/dav/calendars/bob/work/", &[], "")
        .is(404);
    let (_, said) = world.told(&world.bob, TOLD);
    said.has("<CS:invite-deleted/>");
}

#[test]
fn a_name_that_is_taken_is_told_apart() {
    let world = World::new();
    world
        .ask(
            &world.bob,
            "MKCALENDAR",
            "/dav/calendars/bob/work/",
            &[],
            "",
        )
        .is(201);
    let uid = world.invited("read");
    world
        .answer(&uid, "accepted")
        .is(200)
        .has("/dav/calendars/bob/work-alice/");
}

#[test]
fn who_is_not_to_be_invited_keeps_nobody_from_it() {
    let world = World::new();
    let wishes = set("mailto:bob@example.com", "read") + &set("mailto:nobody@example.com", "read");
    let said = world.share(&wishes).is(207);
    assert!(
        said.body
            .contains("mailto:bob@example.com</D:href><D:status>HTTP/1.1 200 OK"),
        "{}",
        said.body
    );
    assert!(
        said.body
            .contains("mailto:nobody@example.com</D:href><D:status>HTTP/1.1 403 Forbidden"),
        "{}",
        said.body
    );
    world
        .props(&world.alice, WORK, "<CS:invite/>")
        .has("mailto:bob@example.com")
        .lacks("nobody");
    world
        .share(&set("mailto:alice@example.com", "read"))
        .is(207)
        .has("<D:allowed-principal/>");
    world
        .share(&set("/dav/principals/groups/x/", "read"))
        .is(207)
        .has("<D:recognized-principal/>");
    world.share("").is(400);
    world
        .share("<CS:set><D:href>mailto:bob@example.com</D:href></CS:set>")
        .is(400);
}

#[test]
fn what_is_told_is_for_nobody_else() {
    let world = World::new();
    let uid = world.invited("read");
    let (href, _) = world.told(&world.bob, TOLD);
    for (method, path) in [
        ("PROPFIND", TOLD),
        ("GET", &href),
        ("DELETE", &href),
        ("PROPFIND", &href),
    ] {
        world.alice(method, path, &[DEPTH_0], "").is(404);
    }
    let body = format!(
        "<CS:invite-reply xmlns:D=\"DAV:\" xmlns:CS=\"http://calendarserver.org/ns/\">\
         <CS:invite-accepted/><CS:in-reply-to>{uid}</CS:in-reply-to></CS:invite-reply>"
    );
    world.alice("POST", HOME, &[XML], &body).is(404);
    world
        .alice("POST", "/dav/calendars/alice/", &[XML], &body)
        .is(404);
    world.answer("share-9999", "accepted").is(404);
    world.answer("what?", "accepted").is(404);
    world.ask(&world.bob, "POST", WORK, &[XML], "<CS:share xmlns:D=\"DAV:\" xmlns:CS=\"http://calendarserver.org/ns/\"><CS:remove><D:href>mailto:x@y.z</D:href></CS:remove></CS:share>").is(404);
    // It is there all the same.
    world.ask(&world.bob, "GET", &href, &[], "").is(200);
    world.ask(&world.bob, "MKCALENDAR", TOLD, &[], "").is(403);
    world.ask(&world.bob, "DELETE", TOLD, &[], "").is(405);
}

#[test]
fn the_home_tells_what_comes_and_goes() {
    let world = World::new();
    let sync = |token: &str| {
        let body = format!(
            "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token>\
             <D:sync-level>1</D:sync-level><D:prop><D:resourcetype/></D:prop></D:sync-collection>"
        );
        world
            .ask(&world.bob, "REPORT", HOME, &[DEPTH_1], &body)
            .is(207)
    };
    let token = |said: &Said| between(&said.body, "<D:sync-token>", "</D:sync-token>").to_owned();
    let before = token(&sync(""));
    let uid = world.invited("read");
    assert_eq!(
        token(&sync(&before)),
        before,
        "an invitation is no calendar yet"
    );
    world.answer(&uid, "accepted").is(200);
    let after = sync(&before)
        .has("/dav/calendars/bob/work/</D:href>")
        .has("<CS:shared/>");
    let after = token(&after);
    world.share(&remove("mailto:bob@example.com")).is(200);
    sync(&after)
        .has("/dav/calendars/bob/work/</D:href><D:status>HTTP/1.1 404 Not Found")
        .lacks("<CS:shared/>");
}

#[test]
fn where_the_directory_is_closed_nobody_learns_who_is_there() {
    let mut world = World::new();
    let limits = Limits {
        directory: false,
        ..Limits::default()
    };
    world.dav.calendars = Calendars::new(world.dav.calendars.store().clone(), limits);
    let ask = |who: &str| {
        world
            .share(&set(&format!("mailto:{who}@example.com"), "read"))
            .is(207)
            .body
    };
    assert_eq!(ask("bob"), ask("joe").replace("joe", "bob"));
    world
        .props(&world.alice, WORK, "<CS:invite/><D:resourcetype/>")
        .lacks("bob")
        .lacks("shared-owner");
    world
        .ask(
            &world.bob,
            "PROPFIND",
            TOLD,
            &[DEPTH_1],
            &prop("<CS:notificationtype/>"),
        )
        .lacks("invite");
}

#[test]
fn a_block_ends_a_share_and_what_was_told_of_it() {
    let world = World::new();
    let uid = world.invited("read");
    world.answer(&uid, "accepted").is(200);
    world
        .share(&set("mailto:bob@example.com", "read-write"))
        .is(200);
    let store = world.dav.calendars.store();
    store
        .write(|tx| {
            let alice = accounts::by_name(tx, "alice")?.unwrap();
            let bob = accounts::by_name(tx, "bob")?.unwrap();
            block(tx, &alice, &bob, 0)
        })
        .unwrap();
    world
        .ask(&world.bob, "GET", "/dav/calendars/bob/work/", &[], "")
        .is(404);
    world
        .ask(
            &world.bob,
            "PROPFIND",
            TOLD,
            &[DEPTH_1],
            &prop("<CS:notificationtype/>"),
        )
        .is(207)
        .lacks("invite");
    world.answer(&uid, "accepted").is(404);
    world
        .share(&set("mailto:bob@example.com", "read"))
        .is(207)
        .has("<D:allowed-principal/>");
}
