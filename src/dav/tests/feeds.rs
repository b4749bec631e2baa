//! Calendars that are filled from elsewhere, as clients see them (E-015, E-016, E-054, E-057).

use super::world::{DEPTH_0, DEPTH_1, World, prop};
use crate::calendar::{self, NewFeed, NewSource};
use crate::model::Pause;
use crate::secret::Sealed;

const FEED: &str = "/dav/calendars/alice/holidays/";
const ALL: &str = "<D:resourcetype/><CS:source/><S:layer-type/><S:system-type/><S:last-status/><S:last-error/>\
                   <S:last-fetched/><S:last-succeeded/><S:next-fetch/><S:item-count/><S:refused-count/>";

fn subscribed() -> World {
    let world = World::new();
    let new = NewFeed {
        source: NewSource {
            digest: [1; 32],
            address: Sealed::from_bytes(b"sealed"),
            shown: "https://them.example/…/basic.ics".to_owned(),
        },
        name: Some("Holidays".to_owned()),
        color: None,
        pause: Pause::default(),
    };
    let made: calendar::Result<_> = world.dav.calendars.write(&world.alice, |access| {
        let home = access.home("alice")?;
        access.subscribe(&home, &new)
    });
    made.unwrap();
    world
}

#[test]
fn a_subscription_tells_its_owner_how_it_fares() {
    let world = subscribed();
    world
        .alice("PROPFIND", FEED, &[DEPTH_0], &prop(ALL))
        .is(207)
        .has("<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>")
        .has("<CS:source><D:href>https://them.example/%E2%80%A6/basic.ics</D:href></CS:source>")
        .has("<S:layer-type>EXTERNAL</S:layer-type>")
        .has("<S:last-status>PENDING</S:last-status>")
        .has("<S:item-count>0</S:item-count><S:refused-count>0</S:refused-count>")
        .has("<S:next-fetch>20")
        .has("<S:system-type/><S:last-error/><S:last-fetched/><S:last-succeeded/></D:prop><D:status>HTTP/1.1 404");
    world.sql("UPDATE feeds SET status = 'error', error = 'answers 500 & more', tried = 1795000000, refused = 2");
    world
        .alice("PROPFIND", "/dav/calendars/alice/", &[DEPTH_1], &prop(ALL))
        .is(207)
        .has("<S:last-status>ERROR</S:last-status><S:last-error>answers 500 &amp; more</S:last-error>")
        .has("<S:last-fetched>2026-11-18T11:06:40Z</S:last-fetched>")
        .has("<S:layer-type>USER</S:layer-type>")
        .has("<S:refused-count>2</S:refused-count>");
    // Asked for by its name alone, and not to be set.
    let all = "<D:propfind xmlns:D=\"DAV:\"><D:allprop/></D:propfind>";
    world
        .alice("PROPFIND", FEED, &[DEPTH_0], all)
        .is(207)
        .lacks("them.example")
        .lacks("last-status");
    let set = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:CS=\"http://calendarserver.org/ns/\"><D:set><D:prop>\
               <CS:source><D:href>http://elsewhere.example/</D:href></CS:source></D:prop></D:set></D:propertyupdate>";
    world
        .alice("PROPPATCH", FEED, &[], set)
        .is(207)
        .has("<D:cannot-modify-protected-property/>");
}

#[test]
fn where_a_subscription_comes_from_is_told_to_nobody_else() {
    let world = subscribed();
    world.sql("UPDATE layers SET visibility = 'public' WHERE name = 'holidays'");
    world
        .ask(&world.bob, "PROPFIND", FEED, &[DEPTH_0], &prop(ALL))
        .is(207)
        .has("<S:layer-type>EXTERNAL</S:layer-type>")
        .has("<CS:source/>")
        .lacks("them.example")
        .lacks("PENDING")
        .lacks("<S:item-count>");
    // What is filled by hand has none.
    world
        .alice(
            "PROPFIND",
            "/dav/calendars/alice/work/",
            &[DEPTH_0],
            &prop(ALL),
        )
        .is(207)
        .has("<S:layer-type>USER</S:layer-type>")
        .has("<CS:source/>");
}
