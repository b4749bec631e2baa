//! `CALDAV:calendar-availability` and free-busy with VAVAILABILITY (RFC 7953).

use super::world::{DEPTH_0, World, prop, report};

const HOME: &str = "/dav/calendars/alice/";
const DAYS: &str = "/dav/calendars/alice/days/";

fn world() -> World {
    let world = World::new();
    let body = "<C:mkcalendar xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:set><D:prop><C:supported-calendar-component-set>\
                <C:comp name=\"VEVENT\"/><C:comp name=\"VAVAILABILITY\"/></C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>";
    world.alice("MKCALENDAR", DAYS, &[], body).is(201);
    world
}

fn calendar(inside: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{inside}END:VCALENDAR\n")
}

/// `from` and `to` are hours of a working week that began in October 2011.
fn availability(uid: &str, zone: &str, (from, to): (&str, &str), more: &str) -> String {
    calendar(&format!(
        "BEGIN:VAVAILABILITY\nUID:{uid}\nDTSTAMP:20111005T133225Z\n{more}BEGIN:AVAILABLE\nUID:{uid}-1\n\
         DTSTAMP:20111005T133225Z\nDTSTART;TZID={zone}:{from}\nDTEND;TZID={zone}:{to}\n\
         RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\nEND:AVAILABLE\nEND:VAVAILABILITY\n"
    ))
}

fn event(zone: &str, start: &str) -> String {
    calendar(&format!(
        "BEGIN:VEVENT\nUID:meeting\nDTSTAMP:20111113T044111Z\nDTSTART;TZID={zone}:{start}\nDURATION:PT2H\n\
         SUMMARY:Meeting\nEND:VEVENT\n"
    ))
}

fn set(text: &str) -> String {
    format!(
        "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:set><D:prop>\
         <C:calendar-availability>{text}</C:calendar-availability></D:prop></D:set></D:propertyupdate>"
    )
}

fn busy(world: &World, path: &str, start: &str, end: &str) -> Vec<String> {
    let range = format!("<C:time-range start=\"{start}\" end=\"{end}\"/>");
    let said = world.alice(
        "REPORT",
        path,
        &[("depth", "1")],
        &report("C:free-busy-query", &range),
    );
    let body = said.is(200).body;
    let lines = body.lines().filter(|line| line.starts_with("FREEBUSY"));
    lines.map(str::to_owned).collect()
}

const MONTREAL: &str = "America/Montreal";
const DENVER: &str = "America/Denver";

/// Section 5.1.1 and appendix A, on the Monday that the text means.
#[test]
fn simple_example() {
    let world = world();
    let own = availability(
        "a",
        MONTREAL,
        ("20111002T080000", "20111002T180000"),
        "DTSTART;TZID=America/Montreal:20111002T000000\n",
    );
    world
        .alice("PROPPATCH", HOME, &[], &set(&own))
        .is(207)
        .has("200 OK");
    let meeting = event(MONTREAL, "20111107T120000");
    world
        .alice("PUT", &format!("{DAYS}m.ics"), &[], &meeting)
        .is(201);
    let expected = [
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20111107T050000Z/PT8H",
        "FREEBUSY:20111107T170000Z/PT2H",
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20111107T230000Z/PT6H",
    ];
    for path in [HOME, DAYS] {
        assert_eq!(
            busy(&world, path, "20111107T050000Z", "20111108T050000Z"),
            expected,
            "{path}"
        );
    }
}

/// Section 5.1.2 and appendix B: what stands in the calendar with a priority overrides what the account says.
#[test]
fn further_example() {
    let world = world();
    let base = availability(
        "a",
        MONTREAL,
        ("20111002T080000", "20111002T180000"),
        "DTSTART;TZID=America/Montreal:20111002T000000\n",
    );
    world.alice("PROPPATCH", HOME, &[], &set(&base)).is(207);
    let week = availability(
        "b",
        DENVER,
        ("20111023T080000", "20111023T180000"),
        "DTSTART;TZID=America/Denver:20111023T000000\nDTEND;TZID=America/Denver:20111030T000000\nPRIORITY:1\n",
    );
    world
        .alice("PUT", &format!("{DAYS}week.ics"), &[], &week)
        .is(201);
    let lunch = event(DENVER, "20111024T120000");
    world
        .alice("PUT", &format!("{DAYS}m.ics"), &[], &lunch)
        .is(201);
    assert_eq!(
        busy(&world, HOME, "20111024T040000Z", "20111025T040000Z"),
        [
            "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20111024T040000Z/PT10H",
            "FREEBUSY:20111024T180000Z/PT2H",
            "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20111025T000000Z/PT4H",
        ]
    );
}

/// Section 7.2.4.
#[test]
fn a_live_property_of_the_home() {
    let world = world();
    let asked = prop("<C:calendar-availability/>");
    let ask = || world.alice("PROPFIND", HOME, &[DEPTH_0], &asked).is(207);
    assert!(ask().header("dav").contains("calendar-availability"));
    ask().has("404");
    let own = availability("a", MONTREAL, ("20111002T090000", "20111002T180000"), "");
    world
        .alice("PROPPATCH", HOME, &[], &set(&own))
        .is(207)
        .has("200 OK");
    ask().has(&own);
    let included = [DEPTH_0, ("caldav-timezones", "T")];
    world
        .alice("PROPFIND", HOME, &included, &asked)
        .has("TZID:America/Montreal");
    world
        .alice("PROPFIND", HOME, &[DEPTH_0], "")
        .is(207)
        .lacks("calendar-availability");
    for wrong in [
        "tomorrow",
        &calendar(""),
        &event(MONTREAL, "20111107T120000"),
        &own.replace(
            "END:VCALENDAR",
            "BEGIN:VEVENT\nUID:a\nDTSTART:20111107T120000Z\nEND:VEVENT\nEND:VCALENDAR",
        ),
        &own.replace("UID:a\n", ""),
    ] {
        world
            .alice("PROPPATCH", HOME, &[], &set(wrong))
            .is(207)
            .has("valid-calendar-data");
    }
    ask().has(&own);
    world.alice("PROPPATCH", HOME, &[], &set("")).is(207);
    ask().has("404");
    assert!(busy(&world, HOME, "20111107T050000Z", "20111108T050000Z").is_empty());
}
