//! Calendars as wholes: how they are made, and answers that would grow too large.

use super::world::{DEPTH_0, DEPTH_1, WORK, World, prop, report};
use crate::dav::Settings;

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
        .is(403)
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
    let odd = [("content-type", "xzy-foo/bar-512")];
    world
        .alice("MKCOL", &format!("{lists}inner/"), &odd, "afafafaf")
        .is(415);
    let bad = apple.replace("<displayname>Lists</displayname>", "<getetag>x</getetag>");
    world
        .alice("MKCALENDAR", "/dav/calendars/alice/half/", &[], &bad)
        .is(207)
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

/// RFC 4791 section 5.3.1.2.
#[test]
fn the_example_of_mkcalendar() {
    let world = World::new();
    let body = "<?xml version=\"1.0\" encoding=\"utf-8\" ?>
   <C:mkcalendar xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">
     <D:set>
       <D:prop>
         <D:displayname>Lisa's Events</D:displayname>
         <C:calendar-description xml:lang=\"en\">Calendar restricted to events.</C:calendar-description>
         <C:supported-calendar-component-set>
           <C:comp name=\"VEVENT\"/>
         </C:supported-calendar-component-set>
         <C:calendar-timezone><![CDATA[BEGIN:VCALENDAR
PRODID:-//Example Corp.//CalDAV Client//EN
VERSION:2.0
BEGIN:VTIMEZONE
TZID:US-Eastern
LAST-MODIFIED:19870101T000000Z
BEGIN:STANDARD
DTSTART:19671029T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:Eastern Standard Time (US &amp; Canada)
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19870405T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:Eastern Daylight Time (US &amp; Canada)
END:DAYLIGHT
END:VTIMEZONE
END:VCALENDAR
]]></C:calendar-timezone>
       </D:prop>
     </D:set>
   </C:mkcalendar>";
    let events = "/dav/calendars/alice/events/";
    world.alice("MKCALENDAR", events, &[], body).is(201);
    let get = |names: &str| {
        world
            .alice("PROPFIND", events, &[DEPTH_0], &prop(names))
            .is(207)
    };
    get("<C:calendar-description/><C:calendar-timezone/>")
        .has("xml:lang=\"en\">Calendar restricted to events.</C:calendar-description>")
        .has("TZID:US-Eastern");
    let all = world.alice("PROPFIND", events, &[DEPTH_0], "").is(207);
    all.lacks("calendar-description")
        .has("<D:displayname>Lisa's Events</D:displayname>");
    let again = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>\
        <C:calendar-description xmlns:C=\"urn:ietf:params:xml:ns:caldav\">Other</C:calendar-description></D:prop></D:set></D:propertyupdate>";
    world.alice("PROPPATCH", events, &[], again).is(207);
    get("<C:calendar-description/>").has("<C:calendar-description>Other</C:calendar-description>");
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
    let query = report(
        "C:calendar-query",
        "<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter>",
    );
    few.alice("REPORT", WORK, &[DEPTH_1], &query)
        .is(507)
        .has("<D:number-of-matches-within-limits/>");
}
