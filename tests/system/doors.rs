//! Every door reads what the platform shows, and none writes it.

use strata::model::*;

use crate::house::{House, SHIFTS, kind, multiget, query};
use crate::stories::stories;

stories! {
    #[doc = "E-011, E-189: the layers are there from the first request of any kind on, once each."]
    fn layers_come_on_first_access(house: &House) {
        let kinds = |house: &House| {
            let alice = house.user("alice").id;
            let store = house.dav.calendars.store();
            store.read(|tx| strata::store::layers::system_kinds(tx, alice)).expect("the store answers").len()
        };
        assert_eq!(kinds(house), 0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| house.listed("alice", "/dav/", "0", "<D:current-user-principal/>").is(207));
            }
        });
        assert_eq!(kinds(house), 1);
        let more = house.with(vec![kind("shifts", house.query(|_| {})), kind("public_events", house.query(|_| {}))]);
        more.get("alice", &format!("{SHIFTS}nothing.ics")).is(404);
        assert_eq!(kinds(&more), 2);
    }

    #[doc = "E-012..E-024: what a home tells of the layer."]
    fn a_home_lists_it(house: &House) {
        let props = "<D:displayname/><D:resourcetype/><I:calendar-color/><CS:getctag/><D:sync-token/>\
                     <C:supported-calendar-component-set/><D:current-user-privilege-set/><S:visibility/>\
                     <S:layer-type/><S:system-type/>";
        house.listed("alice", "/dav/calendars/alice/", "1", props).is(207).has(&format!("<D:href>{SHIFTS}</D:href>"));
        let said = house.listed("alice", SHIFTS, "0", props).is(207);
        let said = said.has("<D:displayname>My shifts</D:displayname>").has("#1890ff").has("<D:read/>");
        let said = said.has("<S:layer-type>SYSTEM</S:layer-type><S:system-type>SHIFTS</S:system-type>"); // E-015, E-016
        said.lacks("<D:write-content/>").lacks("<D:bind/>").lacks("name=\"VTODO\"");
        // Somebody else has nothing to do with it.
        house.listed("bob", SHIFTS, "0", props).is(404);
    }

    #[doc = "E-022, E-026: the rows are items of the calendar."]
    fn each_report_and_method_reads_it(house: &House) {
        let listed = house.listed("alice", SHIFTS, "1", "<D:getetag/><D:getcontentlength/>").is(207);
        let items: Vec<String> = listed.hrefs().into_iter().filter(|href| href.ends_with(".ics")).collect();
        assert_eq!(items.len(), 3, "{}", listed.body);
        let tags = listed.all_between("<D:getetag>", "</D:getetag>");
        let lengths = listed.all_between("<D:getcontentlength>", "</D:getcontentlength>");

        let mut whole = Vec::new();
        for href in &items {
            let said = house.get("alice", href).is(200);
            let head = house.ask("alice", "HEAD", href, &[], "").is(200);
            let tag = said.header("etag").replace('"', "&quot;");
            assert!(tags.iter().any(|it| it.replace('"', "&quot;") == tag), "{tag} is none of {tags:?}");
            assert!(lengths.contains(&said.body.len().to_string()), "{} is none of {lengths:?}", said.body.len());
            assert_eq!(head.header("etag"), said.header("etag"));
            let again = said.header("etag").to_owned();
            house.ask("alice", "GET", href, &[("if-none-match", &again)], "").is(304);
            whole.push(said.body);
        }
        let bar = whole.iter().find(|it| it.contains("SUMMARY:Bar shift")).expect("the bar shift");
        for line in [
            "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n",
            "DTSTART;TZID=Europe/Berlin:20261201T100000\r\n",
            "DTEND;TZID=Europe/Berlin:20261201T120000\r\n",
            "DTSTAMP:20261101T000000Z\r\n",
            "DESCRIPTION:Bring gloves\r\n",
            "LOCATION:Hall 3\r\n",
            "URL:https://example.org/shifts/1\r\n",
            "X-STRATA-RECORD:shifts/1\r\n",
        ] {
            assert!(bar.contains(line), "no {line} in\n{bar}");
        }
        let door = whole.iter().find(|it| it.contains("Door duty")).expect("the door duty");
        assert!(door.contains("DTSTART;VALUE=DATE:20261202\r\n") && door.contains("STATUS:TENTATIVE\r\n"), "{door}");

        let said = house.report("alice", SHIFTS, &multiget(&items)).is(207).has("Bar shift").has("Door duty");
        assert_eq!(said.count("<C:calendar-data>"), 3);
        let said = house.synced("alice", SHIFTS, "").is(207);
        assert_eq!(said.count("<D:getetag>"), 3);
        assert_eq!(house.get("alice", SHIFTS).is(200).count("BEGIN:VEVENT"), 3);
    }

    fn queries_find_it_by_time_and_by_word(house: &House) {
        let range = |start: &str, end: &str| {
            query(&format!("<C:comp-filter name=\"VEVENT\"><C:time-range start=\"{start}\" end=\"{end}\"/></C:comp-filter>"))
        };
        let found = |start, end| house.report("alice", SHIFTS, &range(start, end)).is(207).count("<C:calendar-data>");
        assert_eq!(found("20261201T000000Z", "20261202T000000Z"), 1);
        assert_eq!(found("20261201T110000Z", "20261202T000000Z"), 0);
        assert_eq!(found("20261202T100000Z", "20261202T110000Z"), 1);
        assert_eq!(found("20261203T120000Z", "20261204T000000Z"), 1);
        assert_eq!(found("20200101T000000Z", "20300101T000000Z"), 3);
        let todo = query("<C:comp-filter name=\"VTODO\"/>");
        assert_eq!(house.report("alice", SHIFTS, &todo).is(207).count("<D:href>"), 0);
        let word = |word: &str| {
            query(&format!("<C:comp-filter name=\"VEVENT\"><C:prop-filter name=\"SUMMARY\"><C:text-match>{word}</C:text-match>\
                            </C:prop-filter></C:comp-filter>"))
        };
        house.report("alice", SHIFTS, &word("bar")).is(207).has("Bar shift").lacks("Door duty");
        let wide = "<C:comp-filter name=\"VEVENT\"/>";
        assert_eq!(house.report("alice", SHIFTS, &query(wide)).is(207).count("<C:calendar-data>"), 3);
    }

    #[doc = "Every layer counts that is not transparent, this one too; and slots are what is left."]
    fn free_busy_counts_it(house: &House) {
        let body = "<C:free-busy-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
                    <C:time-range start=\"20261201T000000Z\" end=\"20261205T000000Z\"/></C:free-busy-query>";
        for path in [SHIFTS, "/dav/calendars/alice/"] {
            let said = house.report("alice", path, body).is(200);
            said.has("FREEBUSY:20261201T090000Z/").has("FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261202T000000Z/").lacks("Bar");
        }
        let mut kinds = vec![kind("shifts", house.query(|_| {}))];
        kinds[0].busy = false;
        // Whether a kind takes up time is set where its layer is made; a record of it says so itself.
        house.with(kinds).report("alice", SHIFTS, body).is(200).lacks("\nFREEBUSY");
        house.befriends("alice", "bob");
        let (start, hour) = (1_796_083_200, 3_600);
        let busy = house.does("bob", |access| access.home_busy("alice", start, start + 24 * hour)).expect("a friend may ask");
        let told: Vec<_> = busy.iter().map(|it| ((it.start - start) / hour, (it.end - start) / hour)).collect();
        assert_eq!(told, [(9, 11)]);
    }

    #[doc = "Whoever may know of the layer, who sees it in a friend view, and how much of it."]
    fn friends_see_what_its_visibility_allows(house: &House) {
        house.befriends("alice", "bob");
        let home = house.listed("bob", "/dav/calendars/bob/", "1", "<D:displayname/>").is(207);
        let view = home.hrefs().into_iter().find(|href| href.contains("friend-")).expect("a friend view");
        let events = |house: &House| house.get("bob", &view).is(200).count("BEGIN:VEVENT");
        assert_eq!(events(house), 0);
        house.get("bob", SHIFTS).is(404);
        let open = |visibility: &str| {
            let body = format!("<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>\
                                <S:visibility>{visibility}</S:visibility></D:prop></D:set></D:propertyupdate>");
            house.ask("alice", "PROPPATCH", SHIFTS, &[], &body).is(207).has("200 OK");
        };
        open("FRIENDS");
        assert_eq!(events(house), 3);
        let said = house.get("bob", &view).is(200).has("Bar shift").has("On duty");
        said.lacks("Quentin");
        let token = house.synced("bob", &view, "").is(207).token();
        house.platform_makes("UPDATE shifts SET what = 'Bar, and more' WHERE id = 1");
        let changed = house.synced("bob", &view, &token).is(207);
        assert_eq!(changed.count("<D:getetag>"), 1, "{}", changed.body);
        assert_eq!(house.synced("bob", SHIFTS, "").is(207).count("<D:getetag>"), 3);
        house.platform_makes("DELETE FROM shifts WHERE id = 1");
        let gone = house.synced("bob", &view, &changed.token()).is(207);
        assert_eq!((gone.count("404 Not Found"), gone.count("<D:getetag>")), (1, 0), "{}", gone.body);
        open("PRIVATE");
        assert_eq!(events(house), 0);
    }

    #[doc = "E-069, E-070, E-071, A-10: of those in the groups, the system's layers and nothing else, and nobody is told."]
    fn role_based_views_show_system_layers_alone(house: &House) {
        let store = house.dav.calendars.store();
        let made = store.write(|tx| {
            let group = strata::store::accounts::create_group(tx, "mentors", "Mentors")?.expect("the name is free");
            for name in ["alice", "bob"] {
                let user = strata::store::accounts::by_name(tx, name)?.expect("an account");
                strata::store::accounts::add_member(tx, group.id, user.id)?;
            }
            Ok::<_, strata::store::Error>(())
        });
        made.expect("the group is made");
        let mut kinds = vec![kind("shifts", house.query(|_| {})), kind("activities", house.query(|_| {}))];
        for kind in &mut kinds {
            kind.visibility = Visibility::Public;
            kind.details = Details::Everyone;
        }
        let open = house.with(kinds);
        open.ask("bob", "MKCALENDAR", "/dav/calendars/bob/own/", &[], "").is(201);
        let own = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:own\r\nDTSTAMP:20260101T000000Z\r\n\
                   DTSTART:20261201T100000Z\r\nSUMMARY:Dentist\r\nX-STRATA-VISIBILITY:PUBLIC\r\n\
                   X-STRATA-DETAILS-TO:EVERYONE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        open.ask("bob", "PUT", "/dav/calendars/bob/own/own.ics", &[], own).is(201);
        // alice has never looked: her layers come to be all the same.
        let draft = strata::calendar::ViewDraft {
            name: "Mentors".to_owned(),
            description: None,
            includes: None,
            groups: vec!["mentors".to_owned()],
        };
        let view = open.does("carol", |access| access.create_view(&draft)).expect("an administrator may");
        let said = open.get("carol", &format!("/dav/calendars/carol/view-{}/", view.0)).is(200);
        let said = said.has("alice: Bar shift").has("bob: Bobs own").lacks("Dentist").lacks("Quentin");
        // Activities are no sort that a view includes.
        assert_eq!(said.count("Bar shift"), 1, "{}", said.body);
        for name in ["alice", "bob"] {
            let user = open.user(name).id;
            let told = store.read(|tx| strata::store::notifications::of_user(tx, user));
            assert!(told.expect("the store answers").is_empty());
        }
    }

    #[doc = "A copy is the user's own, with what was seen."]
    fn copies_take_the_rendering(house: &House) {
        house.ask("alice", "MKCALENDAR", "/dav/calendars/alice/work/", &[], "").is(201);
        let listed = house.listed("alice", SHIFTS, "1", "<D:getetag/>").is(207);
        for (place, href) in listed.hrefs().iter().filter(|href| href.ends_with(".ics")).enumerate() {
            let target = format!("http://cal.example.com/dav/calendars/alice/work/{place}.ics");
            house.ask("alice", "COPY", href, &[("destination", &target)], "").is(201);
        }
        let said = house.get("alice", "/dav/calendars/alice/work/").is(200);
        said.has("Bar shift").has("SUMMARY:On duty").lacks("Quentin");
        let target = "http://cal.example.com/dav/calendars/alice/mine/";
        house.ask("alice", "COPY", SHIFTS, &[("destination", target), ("depth", "infinity")], "").is(201);
        assert_eq!(house.get("alice", "/dav/calendars/alice/mine/").is(200).count("BEGIN:VEVENT"), 3);
    }

    #[doc = "E-015: read-only for everybody, its owner too."]
    fn nothing_writes_it(house: &House) {
        let listed = house.listed("alice", SHIFTS, "1", "<D:getetag/>").is(207);
        let item = listed.hrefs().into_iter().find(|href| href.ends_with(".ics")).expect("an item");
        let text = house.get("alice", &item).is(200).body;
        let need = "<D:need-privileges>";
        let new = format!("{SHIFTS}new.ics");
        house.ask("alice", "PUT", &item, &[], &text.replace("SUMMARY:", "SUMMARY:My ")).is(403).has(need);
        house.ask("alice", "PUT", &item, &[], &text).is(403).has(need);
        house.ask("alice", "PUT", &new, &[], &text.replace("UID:", "UID:x")).is(403).has(need);
        house.ask("alice", "DELETE", &item, &[], "").is(403).has(need);
        house.ask("alice", "DELETE", SHIFTS, &[], "").is(403).has(need);
        let away = ("destination", "http://cal.example.com/dav/calendars/alice/work/x.ics");
        house.ask("alice", "MKCALENDAR", "/dav/calendars/alice/work/", &[], "").is(201);
        house.ask("alice", "MOVE", &item, &[away], "").is(403).has(need);
        let other = ("destination", "http://cal.example.com/dav/calendars/alice/other/");
        house.ask("alice", "MOVE", SHIFTS, &[other], "").is(403).has(need);
        house.ask("alice", "MKCALENDAR", SHIFTS, &[], "").is(403);
        let mark = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>\
                    <S:item-visibility>PUBLIC</S:item-visibility></D:prop></D:set></D:propertyupdate>";
        house.ask("alice", "PROPPATCH", &item, &[], mark).lacks("200 OK");
        // What is the user's own about it they may change: colour and name, and that a device does not ring.
        let paint = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:I=\"http://apple.com/ns/ical/\"><D:set><D:prop>\
                     <I:calendar-color>#00ff00</I:calendar-color><D:displayname>Dienste</D:displayname></D:prop></D:set>\
                     </D:propertyupdate>";
        house.ask("alice", "PROPPATCH", SHIFTS, &[], paint).is(207).has("200 OK");
        let said = house.listed("alice", SHIFTS, "0", "<D:displayname/>").is(207).has("Dienste");
        assert_eq!(said.status, 207);
        let after = house.listed("alice", SHIFTS, "1", "<D:getetag/>");
        let items = |said: &crate::house::Said| said.all_between(".ics</D:href>", "</D:response>");
        assert_eq!(items(&after), items(&listed));
    }
}
