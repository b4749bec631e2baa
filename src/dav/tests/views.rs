//! What a friend lets through, in the home of who follows them.

mod shared;

use super::world::{DEPTH_0, DEPTH_1, World, prop, report};
use crate::calendar::{self, Calendars, Limits};
use crate::model::User;
use crate::store::accounts;

const VIEW: &str = "/dav/calendars/bob/friend-alice/";

impl World {
    fn account(&self, name: &str) -> User {
        let store = self.dav.calendars.store();
        store
            .read(|tx| accounts::by_name(tx, name))
            .unwrap()
            .unwrap()
    }

    /// Alice and Bob become friends.
    fn befriended() -> Self {
        let world = Self::new();
        let (alice, bob) = (world.account("alice"), world.account("bob"));
        let store = world.dav.calendars.store();
        store
            .write(|tx| calendar::befriend(tx, &alice, &bob, 1))
            .unwrap();
        world
    }

    fn bob(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> super::world::Said {
        self.ask(&self.bob, method, path, headers, body)
    }

    fn event(&self, name: &str, lines: &str) {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nX-WR-CALNAME:Layer of secrets\r\nBEGIN:VEVENT\r\nUID:{name}@alice\r\n\
             DTSTAMP:20260101T000000Z\r\nDTSTART:20260601T100000Z\r\nDURATION:PT1H\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let path = format!("/dav/calendars/alice/work/{name}.ics");
        let status = self.alice("PUT", &path, &[], &text).status;
        assert!(matches!(status, 201 | 204), "{status}");
    }

    /// What Bob's client hears since a token, and the next token.
    fn sync(&self, token: &str) -> (String, String) {
        let inside = format!(
            "<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/><C:calendar-data/></D:prop>"
        );
        let said = self.bob(
            "REPORT",
            VIEW,
            &[DEPTH_0],
            &report("D:sync-collection", &inside),
        );
        let body = said.is(207).body;
        let (before, after) = body.rsplit_once("<D:sync-token>").expect("a token");
        let (token, _) = after.split_once('<').expect("its end");
        (before.to_owned(), token.to_owned())
    }
}

fn hrefs(body: &str) -> Vec<String> {
    let parts = body.split("<D:href>").skip(1);
    let hrefs = parts.filter_map(|part| part.split_once('<').map(|(href, _)| href.to_owned()));
    hrefs.filter(|href| href.ends_with(".ics")).collect()
}

#[test]
fn a_friend_view_shows_what_the_friend_lets_through() {
    let world = World::befriended();
    world.event("secret", "SUMMARY:Planted\r\n");
    world.event(
        "open",
        "SUMMARY:Football\r\nX-STRATA-VISIBILITY:FRIENDS\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n",
    );
    world.event(
        "busy",
        "SUMMARY:Planted\r\nX-STRATA-VISIBILITY:FRIENDS\r\nX-STRATA-DETAILS-TO:NOBODY\r\n",
    );
    world.event("block", "SUMMARY:Planted\r\nX-STRATA-TYPE:TIME-BLOCK\r\n");
    let listed = world
        .bob("PROPFIND", VIEW, &[DEPTH_1], &prop("<D:getetag/>"))
        .is(207);
    let names = hrefs(&listed.body);
    assert_eq!(names.len(), 3, "{}", listed.body);
    let mut texts = Vec::new();
    for href in &names {
        let said = world.bob("GET", href, &[], "").is(200);
        assert!(listed.body.contains(said.header("etag")), "{}", listed.body);
        let length = world.bob("PROPFIND", href, &[DEPTH_0], &prop("<D:getcontentlength/>"));
        let told = length.body.contains(&format!(">{}<", said.body.len()));
        assert!(told, "{}", length.body);
        assert!(
            !said.body.contains("@alice") && !said.body.contains("X-STRATA"),
            "{}",
            said.body
        );
        assert!(
            !said.body.contains("VALARM") && !said.body.contains("secrets"),
            "{}",
            said.body
        );
        texts.push(said.body);
    }
    let summaries = |summary: &str| {
        let line = format!("SUMMARY:{summary}\r\n");
        texts.iter().filter(|text| text.contains(&line)).count()
    };
    assert_eq!((summaries("Football"), summaries("Busy")), (1, 2));
    world
        .bob(
            "PROPFIND",
            "/dav/calendars/bob/",
            &[DEPTH_1],
            &prop("<S:layer-type/><D:current-user-privilege-set/>"),
        )
        .is(207)
        .has(VIEW)
        .has(">VIEW<")
        .lacks("work");
    // The layer itself stays unknown.
    world
        .bob("PROPFIND", "/dav/calendars/alice/work/", &[DEPTH_0], "")
        .is(404);
}

#[test]
fn nothing_in_a_view_can_be_written() {
    let world = World::befriended();
    let text = super::world::event("new", "New");
    world
        .bob("PUT", &format!("{VIEW}new.ics"), &[], &text)
        .is(403)
        .has("need-privileges");
    world.event(
        "open",
        "SUMMARY:Football\r\nX-STRATA-VISIBILITY:FRIENDS\r\n",
    );
    let listed = world.bob("PROPFIND", VIEW, &[DEPTH_1], &prop("<D:getetag/>"));
    let href = hrefs(&listed.body).remove(0);
    world
        .bob("PUT", &href, &[], &text)
        .is(403)
        .has("need-privileges");
    world
        .bob("DELETE", &href, &[], "")
        .is(403)
        .has("need-privileges");
    world
        .bob("DELETE", &format!("{VIEW}open.ics"), &[], "")
        .is(404);
    world
        .bob("GET", &format!("{VIEW}open.ics"), &[], "")
        .is(404);
    let update = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><x xmlns=\"y\">1</x></D:prop></D:set></D:propertyupdate>";
    world
        .bob("PROPPATCH", &href, &[], update)
        .is(403)
        .has("need-privileges");
    world
        .bob("PROPPATCH", VIEW, &[], update)
        .is(207)
        .has("200 OK");
}

#[test]
fn a_view_syncs_what_appears_changes_and_vanishes() {
    let world = World::befriended();
    world.event("hidden", "SUMMARY:Planted\r\n");
    let (all, token) = world.sync("");
    assert!(hrefs(&all).is_empty(), "{all}");
    world.event("hidden", "SUMMARY:Planted again\r\n");
    let (same, unchanged) = world.sync(&token);
    assert!(
        hrefs(&same).is_empty() && unchanged == token,
        "a hidden edit is no change"
    );
    world.event("one", "SUMMARY:Football\r\nX-STRATA-VISIBILITY:FRIENDS\r\n");
    let (come, token) = world.sync(&token);
    // Neither is an edit of what a view leaves out.
    let alarm =
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n";
    world.event("one", &format!("SUMMARY:Football\r\n{alarm}"));
    let (same, unchanged) = world.sync(&token);
    assert!(hrefs(&same).is_empty() && unchanged == token, "{same}");
    // Neither is what a view leaves out.
    let alarm =
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n";
    world.event("one", &format!("SUMMARY:Football\r\n{alarm}"));
    let (same, unchanged) = world.sync(&token);
    assert!(hrefs(&same).is_empty() && unchanged == token, "{same}");
    assert!(
        come.contains("SUMMARY:Football") && hrefs(&come).len() == 1,
        "{come}"
    );
    let href = hrefs(&come).remove(0);
    world.event(
        "one",
        "SUMMARY:Planted\r\nX-STRATA-VISIBILITY:FRIENDS\r\nX-STRATA-DETAILS-TO:NOBODY\r\n",
    );
    let (masked, token) = world.sync(&token);
    assert!(
        masked.contains("SUMMARY:Busy") && hrefs(&masked) == [href.clone()],
        "{masked}"
    );
    world.event("one", "SUMMARY:Planted\r\nX-STRATA-VISIBILITY:PRIVATE\r\n");
    let (gone, token) = world.sync(&token);
    assert!(
        gone.contains("404") && hrefs(&gone) == [href] && !gone.contains("Planted"),
        "{gone}"
    );
    let (alice, bob) = (world.account("alice"), world.account("bob"));
    let store = world.dav.calendars.store();
    store
        .write(|tx| calendar::unfriend(tx, &alice, &bob, 2))
        .unwrap();
    world.bob("PROPFIND", VIEW, &[DEPTH_0], "").is(404);
    // Friends again, but nothing that was known before counts.
    store
        .write(|tx| calendar::befriend(tx, &alice, &bob, 3))
        .unwrap();
    let inside =
        format!("<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop/>");
    world
        .bob(
            "REPORT",
            VIEW,
            &[DEPTH_0],
            &report("D:sync-collection", &inside),
        )
        .is(403)
        .has("valid-sync-token");
}

#[test]
fn free_busy_of_a_view_tells_of_what_it_shows() {
    let world = World::befriended();
    world.event("secret", "SUMMARY:Planted\r\n");
    let query = report(
        "C:free-busy-query",
        "<C:time-range start=\"20260601T000000Z\" end=\"20260602T000000Z\"/>",
    );
    world
        .bob("REPORT", VIEW, &[DEPTH_1], &query)
        .is(200)
        .lacks("FREEBUSY:");
    world.event("block", "SUMMARY:Planted\r\nX-STRATA-TYPE:TIME-BLOCK\r\n");
    world
        .bob("REPORT", VIEW, &[DEPTH_1], &query)
        .is(200)
        .has("20260601T100000Z");
}

/// However many friends somebody has, there is room for calendars of their own.
#[test]
fn what_others_show_takes_no_room_from_ones_own() {
    let mut world = World::befriended();
    let limits = Limits {
        max_layers: 1,
        ..Limits::default()
    };
    world.dav.calendars = Calendars::new(world.dav.calendars.store().clone(), limits);
    world.bob("PROPFIND", VIEW, &[DEPTH_0], "").is(207);
    world
        .bob("MKCALENDAR", "/dav/calendars/bob/own/", &[], "")
        .is(201);
    world
        .bob("MKCALENDAR", "/dav/calendars/bob/more/", &[], "")
        .is(507);
}

/// What a view shows is opened by those whose it is: no property of the view says that it was.
#[test]
fn a_view_is_opened_to_nobody() {
    let world = World::befriended();
    let open = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>\
                <S:visibility>public</S:visibility></D:prop></D:set></D:propertyupdate>";
    world.bob("PROPPATCH", VIEW, &[], open).is(409);
}
