//! A write that is acknowledged is in the very next answer, whichever way it is asked for and on whichever connection.

use crate::house::{CALENDAR, House};
use crate::mirror::{Mirror, listing, multistatus, responses};
use crate::stories::stories;
use crate::support::wire::Wire;
use crate::support::{Ask, event};

const TIMES: usize = 50;

stories! {
    /// PROPFIND, calendar-query, calendar-multiget, GET, sync and the ctag, each from a connection that did not write.
    fn an_acknowledged_write_is_in_the_next_answer(house: &House) {
        let (mut writer, mut reader) = (house.server.wire("alice"), house.server.wire("alice"));
        let mut mirror = Mirror::of(&mut reader, CALENDAR);
        for number in 0..TIMES {
            let uid = format!("seen-{}", number / 2);
            let name = format!("{uid}.ics");
            let target = format!("{CALENDAR}{name}");
            let (ctag, home) = (ctag(&mut reader, CALENDAR), ctag(&mut reader, "/dav/calendars/alice/"));
            let put = Ask::new("PUT", &target).icalendar(event(&uid, &format!("state {number}")));
            let answer = writer.ask_once(&put).expect("an answer");
            assert_eq!(answer.status, if number % 2 == 0 { 201 } else { 204 });
            let tag = answer.header("etag").expect("a tag").to_owned();
            assert_eq!(listing(&mut reader, CALENDAR).get(&name), Some(&tag));
            assert_eq!(found(&mut reader, &query(), &target), Some(tag.clone()));
            assert_eq!(found(&mut reader, &multiget(&target), &target), Some(tag.clone()));
            let news = mirror.sync(&mut reader, CALENDAR, None).expect("an answer");
            assert_eq!(news, [(name, Some(tag))].into());
            assert_ne!(ctag, self::ctag(&mut reader, CALENDAR));
            assert_ne!(home, self::ctag(&mut reader, "/dav/calendars/alice/"));
        }
    }

    /// So is a deletion, and an item that came and went between two syncs is at most reported as gone.
    fn an_acknowledged_deletion_is_in_the_next_answer(house: &House) {
        let (mut writer, mut reader) = (house.server.wire("alice"), house.server.wire("alice"));
        let target = format!("{CALENDAR}brief.ics");
        let mut mirror = Mirror::of(&mut reader, CALENDAR);
        for number in 0..TIMES {
            let put = Ask::new("PUT", &target).icalendar(event("brief", &format!("life {number}")));
            assert_eq!(writer.ask_once(&put).expect("an answer").status, 201);
            if number % 3 > 0 {
                mirror.sync(&mut reader, CALENDAR, None).expect("an answer");
            }
            let deleted = writer.ask_once(&Ask::new("DELETE", &target)).expect("an answer");
            assert_eq!(deleted.status, 204);
            assert_eq!(reader.ask(&Ask::new("GET", &target)).expect("an answer").status, 404);
            assert!(listing(&mut reader, CALENDAR).is_empty());
            assert_eq!(found(&mut reader, &query(), &target), None);
            mirror.sync(&mut reader, CALENDAR, None).expect("an answer");
            assert!(mirror.items.is_empty());
        }
    }
}

fn query() -> Ask {
    Ask::new("REPORT", CALENDAR).header("Depth", "1").xml(
        "<C:calendar-query><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\">\
         <C:comp-filter name=\"VEVENT\"><C:time-range start=\"20260601T000000Z\" end=\"20260602T000000Z\"/>\
         </C:comp-filter></C:comp-filter></C:filter></C:calendar-query>",
    )
}

fn multiget(target: &str) -> Ask {
    Ask::new("REPORT", CALENDAR).xml(&format!(
        "<C:calendar-multiget><D:prop><D:getetag/></D:prop><D:href>{target}</D:href></C:calendar-multiget>"
    ))
}

/// The tag that an answer gives for this resource.
fn found(wire: &mut Wire, ask: &Ask, target: &str) -> Option<String> {
    let root = multistatus(&wire.ask(ask).expect("an answer"));
    responses(&root)
        .find(|response| response.text_of("href").as_deref() == Some(target))
        .and_then(|response| response.text_of("getetag"))
}

fn ctag(wire: &mut Wire, collection: &str) -> String {
    let ask = Ask::new("PROPFIND", collection)
        .header("Depth", "0")
        .xml("<D:propfind><D:prop><CS:getctag/></D:prop></D:propfind>");
    let root = multistatus(&wire.ask(&ask).expect("an answer"));
    root.text_of("getctag").expect("a ctag")
}
