//! What somebody who acts for an owner does to items is no word of the owner's on who may see them.

use super::world::{DEPTH_0, Said, WORK, World, event, prop};

const ONE: &str = "/dav/calendars/alice/work/one.ics";
const TWO: &str = "/dav/calendars/alice/work/two.ics";
const OPEN: &str = "/dav/calendars/alice/open/";

fn update(inside: &str) -> String {
    format!(
        "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:S=\"urn:strata:dav\">\
         <D:set><D:prop>{inside}</D:prop></D:set></D:propertyupdate>"
    )
}

impl World {
    /// Bob may read and write a calendar of Alice's.
    fn lets_bob_write(&self, calendar: &str) {
        let rule = "<D:acl xmlns:D=\"DAV:\"><D:ace><D:principal><D:href>/dav/principals/users/bob/</D:href></D:principal>\
                    <D:grant><D:privilege><D:read/></D:privilege><D:privilege><D:write/></D:privilege></D:grant></D:ace></D:acl>";
        self.alice("ACL", calendar, &[], rule).is(200);
    }

    /// An item that Alice has set to be private, beside its text.
    fn private_one(&self) {
        self.put("one.ics", "one").is(201);
        let private = update("<S:visibility>PRIVATE</S:visibility>");
        self.alice("PROPPATCH", ONE, &[], &private).is(207);
        self.lets_bob_write(WORK);
    }

    fn delegate(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Said {
        self.ask(&self.bob, method, path, headers, body)
    }

    fn visibility(&self, path: &str) -> Said {
        self.alice("PROPFIND", path, &[DEPTH_0], &prop("<S:visibility/>"))
            .is(207)
    }
}

const PRIVATE: &str = "<S:visibility>PRIVATE</S:visibility>";

#[test]
fn another_name_does_not_open_what_the_owner_has_closed() {
    let world = World::new();
    world.private_one();
    let note = update("<X:note xmlns:X=\"urn:x\">mine</X:note>");
    world.alice("PROPPATCH", ONE, &[], &note).is(207);
    world
        .delegate("MOVE", ONE, &[("destination", TWO)], "")
        .is(201);
    world.visibility(TWO).has(PRIVATE);
    let note = prop("<X:note xmlns:X=\"urn:x\"/>");
    world
        .alice("PROPFIND", TWO, &[DEPTH_0], &note)
        .has(">mine<");
    world
        .delegate("COPY", TWO, &[("destination", ONE)], "")
        .is(409);
    world.alice("MKCALENDAR", OPEN, &[], "").is(201);
    world.lets_bob_write(OPEN);
    let copy = format!("{OPEN}copy.ics");
    world
        .delegate("COPY", TWO, &[("destination", &copy)], "")
        .is(201);
    world.visibility(&copy).has(PRIVATE);
    // What stands in its place has its owner's word too.
    world
        .delegate("COPY", TWO, &[("destination", &copy)], "")
        .is(204);
    world.visibility(&copy).has(PRIVATE);
}

#[test]
fn what_is_deleted_and_written_anew_is_as_closed_as_before() {
    let world = World::new();
    world.private_one();
    world.delegate("DELETE", ONE, &[], "").is(204);
    world
        .delegate("PUT", TWO, &[], &event("one", "Again"))
        .is(201);
    world.visibility(TWO).has(PRIVATE);
    // Its owner may think otherwise.
    world.alice("DELETE", TWO, &[], "").is(204);
    world.put("one.ics", "one").is(201);
    world.visibility(ONE).lacks(PRIVATE);
}

#[test]
fn only_its_owner_takes_an_item_to_where_more_people_see_it() {
    let world = World::new();
    world.put("one.ics", "one").is(201);
    world.lets_bob_write(WORK);
    world.alice("MKCALENDAR", OPEN, &[], "").is(201);
    world.lets_bob_write(OPEN);
    let public = update("<S:visibility>public</S:visibility>");
    world.alice("PROPPATCH", OPEN, &[], &public).is(207);
    let there = format!("{OPEN}one.ics");
    let to = [("destination", there.as_str())];
    for method in ["MOVE", "COPY"] {
        world
            .delegate(method, ONE, &to, "")
            .is(403)
            .has("<D:write-properties/>");
    }
    world.alice("MOVE", ONE, &to, "").is(201);
    // Back it may go.
    world
        .delegate("MOVE", &there, &[("destination", ONE)], "")
        .is(201);
}

/// What another has said of who may see theirs is no word of who takes a copy.
#[test]
fn a_copy_has_no_word_of_the_owner() {
    let world = World::new();
    world.lets_bob_write(WORK);
    let open = event("one", "Lunch").replace("SUMMARY", "X-STRATA-VISIBILITY:PUBLIC\r\nSUMMARY");
    world.alice("PUT", ONE, &[], &open).is(201);
    world
        .delegate("MKCALENDAR", "/dav/calendars/bob/own/", &[], "")
        .is(201);
    let copy = "/dav/calendars/bob/own/copy.ics";
    world
        .delegate("COPY", ONE, &[("destination", copy)], "")
        .is(201);
    world
        .delegate("GET", copy, &[], "")
        .is(200)
        .has("SUMMARY:Lunch")
        .lacks("X-STRATA");
    world
        .delegate("PROPFIND", copy, &[DEPTH_0], &prop("<S:visibility/>"))
        .lacks("PUBLIC");
}

#[test]
fn what_clients_keep_on_a_calendar_is_its_owners() {
    let world = World::new();
    world.lets_bob_write(WORK);
    let patch = |inside: &str| world.delegate("PROPPATCH", WORK, &[], &update(inside));
    patch("<D:displayname xml:lang=\"de\">Arbeit</D:displayname>").is(207);
    patch("<X:note xmlns:X=\"urn:x\">his</X:note>")
        .is(403)
        .has("<D:write-properties/>");
    let alarm = "BEGIN:VALARM&#13;\nACTION:DISPLAY&#13;\nTRIGGER:-PT5M&#13;\nEND:VALARM&#13;\n";
    let alarms = |name: &str| format!("<C:{name}>{alarm}</C:{name}>");
    patch(&alarms("default-alarm-vevent-datetime")).is(403);
    // Nor on its items: what nobody could read back is not taken.
    world.put("one.ics", "one").is(201);
    let note = update("<X:note xmlns:X=\"urn:x\">his</X:note>");
    world
        .delegate("PROPPATCH", ONE, &[], &note)
        .is(403)
        .has("<D:write-properties/>");
    world
        .alice("PROPFIND", WORK, &[DEPTH_0], "")
        .has("xml:lang=\"de\">Arbeit<")
        .lacks("his")
        .lacks("VALARM");
}
