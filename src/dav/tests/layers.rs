//! Layers that nobody writes to, calendars that are switched off, and what an owner says of an item.

use super::world::{DEPTH_0, DEPTH_1, WORK, World, event, prop, report};
use crate::model::LayerKind;

const HOME: &str = "/dav/calendars/alice/";

impl World {
    /// A layer of another kind, with one item: what fills such layers does not come over WebDAV.
    fn filled(&self, name: &str, kind: LayerKind) {
        let layer = format!("{HOME}{name}/");
        self.alice("MKCALENDAR", &layer, &[], "").is(201);
        let item = format!("{layer}one.ics");
        self.alice("PUT", &item, &[], &event("one", "Lunch"))
            .is(201);
        let database = self.trial.database();
        let changed = database.execute(
            "UPDATE layers SET kind = ?2 WHERE name = ?1",
            [name, kind.name()],
        );
        assert_eq!(changed.unwrap(), 1);
    }

    fn patch(&self, path: &str, inside: &str) -> super::world::Said {
        let body = format!(
            "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" \
             xmlns:I=\"http://apple.com/ns/ical/\" xmlns:S=\"urn:strata:dav\">{inside}</D:propertyupdate>"
        );
        self.alice("PROPPATCH", path, &[], &body)
    }

    fn set(&self, path: &str, prop: &str) -> super::world::Said {
        self.patch(path, &format!("<D:set><D:prop>{prop}</D:prop></D:set>"))
    }
}

const KINDS: [LayerKind; 3] = [LayerKind::System, LayerKind::External, LayerKind::View];

/// RFC 3744 sections 5.4 and 7.1.1.
#[test]
fn what_is_filled_from_elsewhere_takes_no_writes() {
    for kind in KINDS {
        let world = World::new();
        world.filled("news", kind);
        world.put("own.ics", "own").is(201);
        let (item, news) = (format!("{HOME}news/one.ics"), format!("{HOME}news/"));
        let needs = |said: super::world::Said| said.is(403).has("<D:need-privileges>");
        world.alice("GET", &item, &[], "").is(200).has("Lunch");
        needs(world.alice("PUT", &item, &[], &event("one", "Dinner")));
        needs(world.alice("PUT", &format!("{news}two.ics"), &[], &event("two", "x")));
        needs(world.alice("DELETE", &item, &[], ""));
        needs(world.alice(
            "MOVE",
            &item,
            &[("destination", &format!("{WORK}one.ics"))],
            "",
        ));
        let into = format!("{news}own.ics");
        let own = format!("{WORK}own.ics");
        needs(world.alice("COPY", &own, &[("destination", &into)], ""));
        needs(world.alice("MOVE", &own, &[("destination", &into)], ""));
        needs(world.set(&item, "<X xmlns=\"urn:x\">y</X>"));
        needs(world.set(&item, "<S:visibility>PUBLIC</S:visibility>"));
        needs(world.alice(
            "POST",
            &news,
            &[("content-type", "text/calendar")],
            &event("p", "x"),
        ));
        world
            .alice(
                "COPY",
                &item,
                &[("destination", &format!("{WORK}one.ics"))],
                "",
            )
            .is(201);
        world.alice("GET", &item, &[], "").is(200).has("Lunch");
        world.alice("GET", &own, &[], "").is(200);
    }
}

/// Thunderbird writes where it is told `write-properties` alone; macOS names, colours and orders what it can only read.
#[test]
fn a_layer_that_is_only_read_says_so_and_is_still_its_owners_to_colour() {
    for kind in KINDS {
        let world = World::new();
        world.filled("news", kind);
        let ask = prop("<D:current-user-privilege-set/>");
        for path in [format!("{HOME}news/"), format!("{HOME}news/one.ics")] {
            let said = world.alice("PROPFIND", &path, &[DEPTH_0], &ask);
            let said = said.is(207).has("<D:read/>");
            for privilege in [
                "write",
                "write-content",
                "write-properties",
                "bind",
                "unbind",
                "all",
            ] {
                assert!(
                    !said.body.contains(&format!("<D:{privilege}/>")),
                    "{privilege}: {}",
                    said.body
                );
            }
        }
        world
            .set(
                &format!("{HOME}news/"),
                "<D:displayname>Nieuws</D:displayname><I:calendar-color>#ff0000ff</I:calendar-color>\
                 <I:calendar-order>7</I:calendar-order><S:enabled>false</S:enabled>",
            )
            .is(207)
            .has("200 OK");
        let kind_is = format!(
            "<S:layer-type>{}</S:layer-type>",
            kind.name().to_uppercase()
        );
        let ask = prop("<D:displayname/><S:layer-type/>");
        let said = world.alice("PROPFIND", &format!("{HOME}news/"), &[DEPTH_0], &ask);
        said.is(207).has("Nieuws").has(&kind_is);
        let left = world.alice("DELETE", &format!("{HOME}news/"), &[], "");
        left.is(if kind == LayerKind::System { 403 } else { 204 });
    }
}

#[test]
fn who_hides_what_is_switched_off_finds_it_at_its_address_alone() {
    let world = World::new();
    world
        .alice("MKCALENDAR", &format!("{HOME}sport/"), &[], "")
        .is(201);
    let sync = |token: &str| {
        let inside = format!(
            "<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:displayname/></D:prop>"
        );
        let said = world.alice(
            "REPORT",
            HOME,
            &[DEPTH_0],
            &report("D:sync-collection", &inside),
        );
        said.is(207)
    };
    let token = |said: &super::world::Said| {
        let (_, rest) = said.body.split_once("<D:sync-token>").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let list = || {
        world
            .alice("PROPFIND", HOME, &[DEPTH_1], &prop("<D:displayname/>"))
            .is(207)
    };
    let all = token(&sync("").has("/sport/"));

    // Switched off is no more than a mark, until the account wants it out of the way.
    world
        .set(&format!("{HOME}sport/"), "<S:enabled>false</S:enabled>")
        .is(207);
    list().has("/sport/");
    let ask = prop("<S:hide-disabled/>");
    let hides = || world.alice("PROPFIND", HOME, &[DEPTH_0], &ask).is(207);
    hides().has(">false<");
    world
        .set(HOME, "<S:hide-disabled>true</S:hide-disabled>")
        .is(207)
        .has("200 OK");
    hides().has(">true<");
    world
        .set(HOME, "<S:hide-disabled>perhaps</S:hide-disabled>")
        .is(207)
        .has("409 Conflict");

    list().lacks("/sport/").has("/work/");
    let gone = sync(&all).has("/sport/").has("404 Not Found");
    let gone = token(&gone);
    sync(&gone).lacks("<D:response>");
    sync("").lacks("/sport/");
    world
        .alice("PUT", &format!("{HOME}sport/a.ics"), &[], &event("a", "x"))
        .is(201);
    world
        .alice("PROPFIND", &format!("{HOME}sport/"), &[DEPTH_1], "")
        .is(207)
        .has("a.ics");
    sync(&gone).lacks("<D:response>");

    world
        .set(&format!("{HOME}sport/"), "<S:enabled>true</S:enabled>")
        .is(207);
    sync(&gone).has("/sport/").has("200 OK");
    list().has("/sport/");
}

/// What the text loses in a client that does not know it stays with the resource.
#[test]
fn what_an_owner_says_of_an_item_is_a_property_too() {
    let world = World::new();
    world.put("a.ics", "a").is(201);
    let item = format!("{WORK}a.ics");
    let ask = prop("<S:visibility/><S:details-to/><S:type/><S:sensitive/>");
    let told = || world.alice("PROPFIND", &item, &[DEPTH_0], &ask).is(207);
    let nothing = "<D:prop><S:visibility/><S:details-to/><S:type/><S:sensitive/></D:prop>";
    told().has(nothing);
    let before = world
        .alice("GET", &item, &[], "")
        .is(200)
        .header("etag")
        .to_owned();
    world
        .set(
            &item,
            "<S:visibility>friends</S:visibility><S:details-to> nobody</S:details-to>\
             <S:type>Time-Block</S:type><S:sensitive>true</S:sensitive>",
        )
        .is(207)
        .has("200 OK");
    let all = "<S:visibility>FRIENDS</S:visibility><S:details-to>NOBODY</S:details-to>\
               <S:type>TIME-BLOCK</S:type><S:sensitive>TRUE</S:sensitive>";
    told().has(all);
    // The owner's item is the same; a client that knows nothing of it leaves it as it is.
    assert_eq!(world.alice("GET", &item, &[], "").header("etag"), before);
    world
        .alice("PUT", &item, &[], &event("a", "Dinner"))
        .is(204);
    told().has(all);
    // A text that says it sets it, even the same text a second time.
    let said = event("a", "Dinner").replace("SUMMARY", "X-STRATA-VISIBILITY:PRIVATE\r\nSUMMARY");
    world.alice("PUT", &item, &[], &said).is(204);
    told().has("<S:visibility>PRIVATE</S:visibility><S:details-to>NOBODY</S:details-to>");
    world
        .set(&item, "<S:visibility>PUBLIC</S:visibility>")
        .is(207);
    told().has("<S:visibility>PUBLIC</S:visibility>");
    world.alice("PUT", &item, &[], &said).is(204);
    told().has("<S:visibility>PRIVATE</S:visibility>");

    for wrong in [
        "visibility>all",
        "details-to>ME",
        "type>PARTY",
        "sensitive>1",
    ] {
        let name = wrong.split_once('>').unwrap().0;
        let said = world.set(&item, &format!("<S:{wrong}</S:{name}>"));
        said.is(207).has("409 Conflict");
    }
    let taken_back = "<D:remove><D:prop><S:visibility/><S:details-to/><S:type/><S:sensitive/></D:prop></D:remove>";
    world.patch(&item, taken_back).is(207).has("200 OK");
    told().has(nothing);
}
