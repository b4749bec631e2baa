//! Time zones by reference (RFC 7809), jCal (RFC 7265), calendar systems (RFC 7529).

use super::world::{DEPTH_0, WORK, World, prop, report};

const ITEM: &str = "/dav/calendars/alice/work/a.ics";
const HOME: &str = "/dav/calendars/alice/";
const REFERRED: (&str, &str) = ("caldav-timezones", "F");
const INCLUDED: (&str, &str) = ("caldav-timezones", "T");

fn event(tzid: &str, more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART;TZID={tzid}:20260601T100000\r\nDURATION:PT1H\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn world() -> World {
    let world = World::new();
    world
        .alice("PUT", ITEM, &[], &event("Europe/Berlin", ""))
        .is(201);
    world
}

fn data(attributes: &str) -> String {
    let prop = format!("<D:prop><D:getetag/><C:calendar-data{attributes}/></D:prop>");
    report(
        "C:calendar-multiget",
        &format!("{prop}<D:href>{ITEM}</D:href>"),
    )
}

#[test]
fn time_zones_are_sent_as_the_request_asks() {
    let world = world();
    let stored = event("Europe/Berlin", "");
    assert_eq!(world.alice("GET", ITEM, &[], "").is(200).body, stored);
    assert_eq!(world.alice("GET", ITEM, &[REFERRED], "").body, stored);
    let whole = world.alice("GET", ITEM, &[INCLUDED], "").is(200);
    assert!(whole.header("vary").contains("CalDAV-Timezones"));
    let whole = whole.has("BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n").body;
    // What came with its zone is kept with it, and given without it to who knows it.
    world.alice("PUT", ITEM, &[], &whole).is(204);
    assert_eq!(world.alice("GET", ITEM, &[], "").body, whole);
    assert_eq!(world.alice("GET", ITEM, &[REFERRED], "").body, stored);
    world.alice("GET", WORK, &[REFERRED], "").lacks("VTIMEZONE");
    for (name, inside) in [
        (
            "C:calendar-query",
            "<D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter>",
        ),
        (
            "D:sync-collection",
            "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><C:calendar-data/></D:prop>",
        ),
    ] {
        let ask = |header| {
            world.alice(
                "REPORT",
                WORK,
                &[header, ("depth", "1")],
                &report(name, inside),
            )
        };
        ask(REFERRED).is(207).has("UID:a").lacks("VTIMEZONE");
        ask(INCLUDED).is(207).has("BEGIN:VTIMEZONE");
    }
    let multiget = world.alice("REPORT", WORK, &[REFERRED], &data(""));
    assert!(multiget.header("vary").contains("CalDAV-Timezones"));
    multiget.is(207).has("UID:a").lacks("VTIMEZONE");
}

#[test]
fn a_zone_of_ones_own_is_always_sent() {
    let world = world();
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Our Own\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0030\r\n\
                TZOFFSETTO:+0030\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let own = event("Our Own", "").replace("BEGIN:VEVENT", &format!("{zone}BEGIN:VEVENT"));
    world.alice("PUT", ITEM, &[], &own).is(204);
    assert_eq!(world.alice("GET", ITEM, &[REFERRED], "").body, own);
}

#[test]
fn the_service_is_told_and_announced() {
    let world = world();
    let asked = prop("<C:timezone-service-set/><C:supported-rscale-set/>");
    for path in [HOME, WORK] {
        let said = world.alice("PROPFIND", path, &[DEPTH_0], &asked).is(207);
        assert!(said.header("dav").contains("calendar-no-timezone"));
        said.has("<C:timezone-service-set><D:href>/tzdist</D:href></C:timezone-service-set>")
            .has("<C:supported-rscale>GREGORIAN</C:supported-rscale>")
            .has("<C:supported-rscale>HEBREW</C:supported-rscale>");
    }
}

fn patch(inside: &str) -> String {
    format!(
        "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:set><D:prop>{inside}</D:prop></D:set></D:propertyupdate>"
    )
}

/// RFC 7809 section 3.1.5.
#[test]
fn name_and_rules_of_a_calendars_zone_go_together() {
    let world = world();
    let set = |inside: &str| world.alice("PROPPATCH", WORK, &[], &patch(inside)).is(207);
    let both = prop("<C:calendar-timezone/><C:calendar-timezone-id/>");
    let ask = || world.alice("PROPFIND", WORK, &[DEPTH_0], &both).is(207);
    set("<C:calendar-timezone-id>America/New_York</C:calendar-timezone-id>").has("200 OK");
    ask()
        .has("TZID:America/New_York")
        .has("<C:calendar-timezone-id>America/New_York</C:calendar-timezone-id>");
    let text = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:W. Europe Standard Time\nBEGIN:STANDARD\n\
                DTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR\n";
    set(&format!(
        "<C:calendar-timezone>{text}</C:calendar-timezone>"
    ))
    .has("200 OK");
    ask()
        .has("<C:calendar-timezone-id>W. Europe Standard Time</C:calendar-timezone-id>")
        .has("TZID:W. Europe Standard Time");
    set("<C:calendar-timezone-id>Mars/Olympus</C:calendar-timezone-id>").has("valid-timezone");
    ask().has("W. Europe Standard Time");
}

#[test]
fn items_as_jcal() {
    let world = world();
    let json = ("accept", "application/calendar+json");
    let said = world.alice("GET", ITEM, &[json], "").is(200);
    assert_eq!(said.header("content-type"), "application/calendar+json");
    let tag = said.header("etag").to_owned();
    assert!(said.body.starts_with("[\"vcalendar\","), "{}", said.body);
    assert!(!said.body.contains("vtimezone"), "{}", said.body);
    let plain = world.alice("GET", ITEM, &[("accept", "*/*")], "").is(200);
    assert_ne!(plain.header("etag"), tag);
    world
        .alice("GET", ITEM, &[json, ("if-none-match", &tag)], "")
        .is(304);
    world
        .alice("GET", ITEM, &[json, INCLUDED], "")
        .is(200)
        .has("vtimezone");
    let asked = data(" content-type=\"application/calendar+json\" version=\"2.0\"");
    world
        .alice("REPORT", WORK, &[], &asked)
        .is(207)
        .has("<C:calendar-data content-type=\"application/calendar+json\" version=\"2.0\">[\"vcalendar\"");
    let supported = prop("<C:supported-calendar-data/>");
    world
        .alice("PROPFIND", WORK, &[DEPTH_0], &supported)
        .has("content-type=\"application/calendar+json\"");
    let sent = world.alice(
        "PUT",
        ITEM,
        &[("content-type", "application/calendar+json")],
        &said.body,
    );
    sent.is(403).has("<C:supported-calendar-data/>");
}

#[test]
fn an_unknown_calendar_system_is_refused_by_name() {
    let world = world();
    let rule = |scale: &str| {
        event(
            "Europe/Berlin",
            &format!("RRULE:RSCALE={scale};FREQ=YEARLY\r\n"),
        )
    };
    world
        .alice("PUT", ITEM, &[], &rule("KLINGON"))
        .is(403)
        .has("<C:supported-rscale/>");
    world.alice("PUT", ITEM, &[], &rule("HEBREW")).is(204);
}
