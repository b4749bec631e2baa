//! PROPFIND and PROPPATCH, live and dead properties.

use super::world::{DEPTH_0, DEPTH_1, WORK, World, prop, report};

#[test]
fn propfind_in_all_its_forms() {
    let world = World::new();
    let tag = world.put("a.ics", "1").is(201).header("etag").to_owned();
    let item = "/dav/calendars/alice/work/a.ics";
    world
        .alice("PROPFIND", item, &[DEPTH_0], "")
        .is(207)
        .has(&format!("<D:getetag>{tag}</D:getetag>"))
        .has("<D:getcontenttype>text/calendar; charset=utf-8; component=VEVENT</D:getcontenttype>")
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

/// RFC 4918 section 9.2.2, and what section 9.1.3 asks of the answer.
#[test]
fn the_example_of_proppatch() {
    let world = World::new();
    let body = "<?xml version=\"1.0\" encoding=\"utf-8\" ?>
     <D:propertyupdate xmlns:D=\"DAV:\" xmlns:Z=\"http://ns.example.com/standards/z39.50/\">
       <D:set><D:prop>
         <Z:Authors><Z:Author>Jim Whitehead</Z:Author><Z:Author>Roy Fielding</Z:Author></Z:Authors>
       </D:prop></D:set>
       <D:remove><D:prop><Z:Copyright-Owner/></D:prop></D:remove>
     </D:propertyupdate>";
    world
        .alice("PROPPATCH", WORK, &[], body)
        .is(207)
        .has("<X:Authors xmlns:X=\"http://ns.example.com/standards/z39.50/\"/><X:Copyright-Owner");
    let names = "<D:propfind xmlns:D=\"DAV:\"><D:propname/></D:propfind>";
    world
        .alice("PROPFIND", WORK, &[DEPTH_0], names)
        .is(207)
        .has("<X:Authors xmlns:X=")
        .lacks("Roy");
    world
        .alice(
            "PROPFIND",
            WORK,
            &[DEPTH_0],
            "<D:propfind xmlns:D=\"DAV:\"><D:allprop/></D:propfind>",
        )
        .is(207)
        .has("<Z:Author>Jim Whitehead</Z:Author><Z:Author>Roy Fielding</Z:Author></Z:Authors>");
}
