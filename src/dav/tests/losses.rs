//! Mass losses, as their owner's devices are told of them (caldav-notifications section 5.1, draft-pot-webdav-notifications
//! section 5.1).

use super::world::{DEPTH_1, WORK, World, prop};
use crate::privacy::{Device, Viewer};

const TOLD: &str = "/dav/calendars/alice/notifications/";

/// A world in which a device has emptied most of alice's calendar; the href of what she is told of it.
fn emptied() -> (World, String) {
    let world = World::new();
    for number in 0..30 {
        let number = number.to_string();
        world.put(&format!("{number}.ics"), &number).is(201);
    }
    for number in 0..25 {
        let path = format!("{WORK}{number}.ics");
        world.alice("DELETE", &path, &[], "").is(204);
    }
    let types = prop("<CS:notificationtype/><D:notificationtype/>");
    let listed = world.alice("PROPFIND", TOLD, &[DEPTH_1], &types).is(207);
    let listed = listed
        .has("<CS:systemstatus type=\"high\"/>")
        .has("<D:systemstatus type=\"high\"/>");
    assert_eq!(listed.body.matches("systemstatus").count(), 2, "one, once");
    let hrefs = listed.body.split("<D:href>").skip(1);
    let mut hrefs = hrefs.filter_map(|it| Some(it.split_once("</D:href>")?.0.to_owned()));
    let href = hrefs
        .find(|it| it.ends_with(".xml"))
        .expect("a notification");
    (world, href)
}

#[test]
fn the_owner_is_told_and_where_it_waits() {
    let (world, href) = emptied();
    world
        .alice("GET", &href, &[], "")
        .is(200)
        .has("<CS:systemstatus type=\"high\"><D:href>/dav/calendars/alice/trash/</D:href><CS:description>")
        .has("20 of the 30 items of the layer work")
        .has("</CS:description></CS:systemstatus></CS:notification>");
    let newer = [("accept", "application/davnotification+xml")];
    world
        .alice("GET", &href, &newer, "")
        .is(200)
        .has("<D:systemstatus type=\"high\"><D:href>/dav/calendars/alice/trash/</D:href><D:description>")
        .has("</D:description></D:systemstatus></D:notification>");
    world.ask(&world.bob, "GET", &href, &[], "").is(404);
    world.alice("DELETE", &href, &[], "").is(204);
    world.alice("GET", &href, &[], "").is(404);
}

/// A device that may know of one calendar learns nothing of another.
#[test]
fn a_device_with_few_calendars_is_not_told() {
    let (world, href) = emptied();
    let Viewer::User(device) = &world.alice else {
        panic!("alice has signed in")
    };
    let narrow = Viewer::User(Device {
        layers: Some(Vec::new()),
        ..device.clone()
    });
    world.ask(&narrow, "GET", &href, &[], "").is(404);
}
