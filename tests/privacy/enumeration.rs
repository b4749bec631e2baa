//! Every combination of viewer, layer and item, through every door: what comes out is what the table says, and no byte of it
//! holds a secret of an item that is not shown in full.

use crate::model::{self, ACCOUNT, Door, FRIEND, OWNER, PROXIES, READER, Shape, Sight, VIEWERS};
use crate::tour::{
    CALENDAR, DATA, Findings, HOME, MOUNT, Stand, Tour, between, filter, text_match,
};

/// Where a friend finds what the owner lets through, from any layer.
const VIEW: &str = "/dav/calendars/fred/friend-alice/";

/// Where a friend, and somebody who is nothing to the owner, find what all three have brought together.
const TOGETHER: [&str; 2] = ["/dav/calendars/fred/view-1/", "/dav/calendars/anna/view-1/"];

/// And where somebody finds it whom the layer is shared with.
const AMONG: &str = "/dav/calendars/rita/view-1/";

/// Of so many items one is tried through the doors that take one at a time; another one for each viewer.
pub const STRIDE: usize = 37;

/// Items, and doors that all of them are seen through at once, for each viewer who is let in.
const ITEMS: usize = 2_080;
const DOORS: usize = 20;

#[test]
fn in_a_private_layer() {
    walk("private", 10, 438_992);
}

#[test]
fn in_a_layer_for_friends() {
    walk("friends", 8, 351_117);
}

#[test]
fn in_a_public_layer() {
    walk("public", 10, 439_535);
}

/// Who looks at it sees of what the system keeps what the rules let through, and of personal layers nothing.
#[test]
fn in_a_role_based_view() {
    let mut tour = Tour::of("friends", STRIDE);
    let (house, personal) = (&tour.house, "/dav/calendars/alice/personal/");
    house.sql(
        "UPDATE layers SET name = 'shifts', kind = 'system' WHERE name = 'calendar' AND owner = 1",
    );
    house.sql("UPDATE users SET admin = 1 WHERE name = 'anna'");
    house.company(OWNER, "staff");
    assert_eq!(house.watch(ACCOUNT, "staff", FRIEND), "view-2");
    house.ask(OWNER, "MKCALENDAR", personal, &[], "").is(201);
    let open = "X-STRATA-VISIBILITY:PUBLIC\r\nX-STRATA-DETAILS-TO:EVERYONE\r\nBEGIN:VALARM";
    let text = tour.cases[0].text().replace("BEGIN:VALARM", open);
    house
        .ask(OWNER, "PUT", &format!("{personal}p.ics"), &[], &text)
        .is(201);
    for (viewer, path) in [
        (ACCOUNT, "/dav/calendars/anna/view-2/"),
        (FRIEND, "/dav/calendars/fred/view-2/"),
    ] {
        let stand = Stand {
            viewer,
            path,
            door: Door::View,
        };
        tour.looked_at(stand);
    }
    assert!(tour.faults.is_empty(), "{}", tour.faults.join("\n\n"));
    println!("role-based view: {} combinations", tour.counts.0);
    assert_eq!(tour.counts.0, 2 * ITEMS * (DOORS - 1));
}

/// `stands`: how many of the viewers are let in; each place where they read it counts.
fn walk(layer: &'static str, stands: usize, combinations: usize) {
    let mut tour = Tour::of(layer, STRIDE);
    assert_eq!(tour.cases.len(), ITEMS);
    let places = VIEWERS.map(|viewer| Stand {
        viewer,
        path: CALENDAR,
        door: Door::Layer,
    });
    let view = Stand {
        viewer: FRIEND,
        path: VIEW,
        door: Door::View,
    };
    let mount = Stand {
        viewer: READER,
        path: MOUNT,
        door: Door::Layer,
    };
    let together = [(FRIEND, TOGETHER[0]), (ACCOUNT, TOGETHER[1])].map(|(viewer, path)| Stand {
        viewer,
        path,
        door: Door::View,
    });
    let mut others = vec![view, mount, together[0], together[1]];
    // Whom the owner lets in sees what they see however visible the layer is: once is enough.
    if layer == "private" {
        others.extend(PROXIES.map(|viewer| Stand {
            viewer,
            path: CALENDAR,
            door: Door::Layer,
        }));
        others.push(Stand {
            viewer: READER,
            path: AMONG,
            door: Door::View,
        });
    }
    for (number, stand) in places.into_iter().chain(others).enumerate() {
        if stand.door == Door::View || model::admits(layer, stand.viewer) {
            let base = tour.visit(stand);
            // Others for each, and none of those that have been edited.
            let from = number * 3 + 1;
            let from = from + usize::from(from.is_multiple_of(STRIDE));
            tour.one_by_one(stand, &base, from, STRIDE);
        } else {
            tour.stand_before(stand);
        }
    }
    assert!(tour.faults.is_empty(), "{}", tour.faults.join("\n\n"));
    let (together, singly) = tour.counts;
    println!("{layer} layer: {} combinations", together + singly);
    assert_eq!(together, stands * ITEMS * DOORS);
    assert_eq!(together + singly, combinations);
}

impl Tour {
    /// Through all doors that show many items at once.
    fn visit(&mut self, at: Stand) -> Findings {
        let base = self.looked_at(at);
        self.synchronised(at, &base);
        base
    }

    /// The same with nothing changed.
    fn looked_at(&mut self, at: Stand) -> Findings {
        let base = self.queried(at, &filter("", ""), DATA, &|_, _| true);
        self.listed(at, &base);
        self.streamed(at, &base);
        self.asked_about(at);
        self.asked_about_words(at);
        self.fetched(at, &base);
        self.busy(at);
        base
    }

    fn listed(&mut self, at: Stand, base: &Findings) {
        let named = crate::house::prop(
            "<D:getetag/><D:getcontentlength/><D:getlastmodified/><D:creationdate/><D:quota-used-bytes/>\
             <D:quota-available-bytes/><D:owner/><D:displayname/><D:resource-id/><D:acl/><D:sync-token/>\
             <C:calendar-description/><C:calendar-timezone/><CS:invite/><S:visibility/><S:layer-type/><S:kind/><S:enabled/>\
             <A:calendar-order xmlns:A=\"http://apple.com/ns/ical/\"/><Z:note xmlns:Z=\"urn:zq\"/>",
        );
        let all = "<D:propfind xmlns:D=\"DAV:\"><D:allprop/></D:propfind>";
        let names = "<D:propfind xmlns:D=\"DAV:\"><D:propname/></D:propfind>";
        for body in [named.as_str(), all, names] {
            let said = self.ask(at, "PROPFIND", at.path, &[("depth", "1")], body);
            let mut told = 0;
            for response in said.body.split("<D:response>").skip(1) {
                let href = between(response, "<D:href>", "</D:href>").unwrap();
                let name = href.strip_prefix(at.path).unwrap();
                let Some(finding) = base.values().find(|it| it.name == name) else {
                    self.unless(name.is_empty(), || format!("{at:?} lists {name}"));
                    continue;
                };
                told += 1;
                let value =
                    |name: &str| between(response, &format!("<D:{name}>"), &format!("</D:{name}>"));
                let is =
                    |name: &str, expected: &str| value(name).is_none_or(|value| value == expected);
                let agrees = is("getetag", &finding.tag)
                    && is("getcontentlength", &finding.text.len().to_string());
                self.unless(agrees, || format!("{at:?}: {response}\n{}", finding.text));
            }
            self.unless(told == base.len(), || {
                format!("{at:?} lists {told} of {}", base.len())
            });
            self.counts.0 += self.cases.len();
        }
    }

    fn streamed(&mut self, at: Stand, base: &Findings) {
        let said = self.ask(at, "GET", at.path, &[], "");
        let kept = said.header("cache-control") == "private, no-cache";
        self.unless(kept, || format!("{at:?}: {:?}", said.headers));
        for line in [
            "SUMMARY:Busy\r\n",
            "SUMMARY:Occupied\r\n",
            "SUMMARY;X-MOOD=",
        ] {
            let expected: usize = base.values().map(|it| it.text.matches(line).count()).sum();
            let told = said.body.matches(line).count();
            self.unless(told == expected, || {
                format!("{at:?} streams {told} of {expected} {line}")
            });
        }
        self.counts.0 += self.cases.len();
    }

    fn asked_about(&mut self, at: Stand) {
        let range = "<C:time-range start=\"20260301T000000Z\" end=\"20260501T000000Z\"/>";
        self.queried(at, &filter("VEVENT", range), DATA, &|case, _| {
            case.is_event()
        });
        for expansion in ["expand", "limit-recurrence-set", "limit-freebusy-set"] {
            let data = format!(
                "<D:getetag/><C:calendar-data><C:{expansion} start=\"20260301T000000Z\" end=\"20260501T000000Z\"/>\
                 </C:calendar-data>"
            );
            self.queried(at, &filter("VEVENT", range), &data, &|case, _| {
                case.is_event()
            });
        }
        let shape = |shape| move |case: &model::Case, _: Sight| case.shape == shape;
        self.queried(at, &filter("VTODO", ""), DATA, &shape(Shape::Task));
        self.queried(at, &filter("VJOURNAL", ""), DATA, &shape(Shape::Journal));
        // Alarms are the owner's own in a view.
        // A sharee reads no alarms of the owner's, unless they choose to.
        let alarms = at.door == Door::Layer && at.path != MOUNT;
        let alarm = format!(
            "<C:comp-filter name=\"VALARM\">{}</C:comp-filter>",
            range.replace("20260301T", "20260201T")
        );
        let own: Vec<bool> = (0..self.cases.len())
            .map(|number| self.has_own_alarm(at, number))
            .collect();
        self.queried(at, &filter("VEVENT", &alarm), DATA, &|case, sight| {
            case.is_event() && sight == Sight::Whole && (alarms || own[case.number])
        });
    }

    /// A search is no oracle.
    fn asked_about_words(&mut self, at: Stand) {
        let words = [
            ("SUMMARY", "zqS"),
            ("DESCRIPTION", "zqD"),
            ("LOCATION", "zqL"),
            ("X-MEETING-LINK", "zqX"),
            ("CATEGORIES", "zqG"),
            ("UID", "zqU"),
        ]
        .map(|(property, word)| text_match(property, word));
        let attendee = "<C:prop-filter name=\"ATTENDEE\"><C:param-filter name=\"CN\"><C:text-match>zqE</C:text-match>\
                        </C:param-filter></C:prop-filter>";
        let times = ["CREATED", "DTSTAMP"].map(|property| {
            format!(
                "<C:prop-filter name=\"{property}\"><C:time-range end=\"19900101T000000Z\"/></C:prop-filter>"
            )
        });
        // One of them is enough.
        let any = format!("{}{attendee}{}", words.concat(), times.concat());
        let any = filter("VEVENT", &any).replace("\"VEVENT\"", "\"VEVENT\" test=\"anyof\"");
        self.queried(at, &any, DATA, &|case, sight| {
            case.is_event() && sight == Sight::Whole
        });
        for (word, sight) in [("Busy", Sight::Busy), (model::LABEL, Sight::Generic)] {
            let filter = filter("VEVENT", &text_match("SUMMARY", word));
            self.queried(at, &filter, DATA, &|_, seen| seen == sight);
        }
        let undefined = "<C:prop-filter name=\"DESCRIPTION\"><C:is-not-defined/></C:prop-filter>";
        self.queried(at, &filter("VEVENT", undefined), DATA, &|case, sight| {
            case.is_event() && sight != Sight::Whole
        });
    }

    fn fetched(&mut self, at: Stand, base: &Findings) {
        let hrefs: String = base
            .values()
            .map(|it| format!("<D:href>{}{}</D:href>", at.path, it.name))
            .collect();
        let said = self.ask(at, "REPORT", at.path, &[], &multiget(&hrefs));
        let told = self.findings(at, &said.body);
        self.agree(at, "multiget", &told, base);
        // By the names that they really have, and by whole addresses; the names stand in the question.
        let real: String = self
            .cases
            .iter()
            .map(|case| {
                format!(
                    "<D:href>http://cal.example.com{}{}</D:href>",
                    at.path,
                    case.name()
                )
            })
            .collect();
        let said = self
            .house
            .ask(at.viewer, "REPORT", at.path, &[], &multiget(&real))
            .is(207);
        let responses: Vec<&str> = said.body.split("<D:response>").skip(1).collect();
        for (case, response) in self.cases.clone().iter().zip(&responses) {
            let whole = at.door == Door::Layer && self.sight(at, case.number) == Sight::Whole;
            let told = response.contains("HTTP/1.1 200")
                && response.contains(&model::secret('U', case.number));
            let fine = told == whole && (whole || response.contains("HTTP/1.1 404"));
            self.unless(fine, || format!("{at:?} gets {response}"));
        }
        self.counts.0 += self.cases.len();
    }

    fn synchronised(&mut self, at: Stand, base: &Findings) {
        let said = self.ask(at, "REPORT", at.path, &[], &sync(""));
        let told = self.findings(at, &said.body);
        self.agree(at, "sync-collection", &told, base);
        let token = said.body.rsplit_once("<D:sync-token>").unwrap().1;
        let token = token.split_once('<').unwrap().0.to_owned();
        self.edited(at, &token);
    }

    /// The owner writes words: a change for those who read them, and for nobody else.
    fn edited(&mut self, at: Stand, token: &str) {
        let some: Vec<_> = self.cases.iter().step_by(STRIDE).copied().collect();
        for case in &some {
            let words = format!("X-EDITED:{}{}\r\nSUMMARY;", at.viewer, at.path);
            let text = case.text().replacen("SUMMARY;", &words, 1);
            let path = format!("{CALENDAR}{}", case.name());
            self.house.ask(OWNER, "PUT", &path, &[], &text).is(204);
        }
        let said = self.ask(at, "REPORT", at.path, &[], &sync(token)).is(207);
        let told = self.findings(at, &said.body);
        let expected: Vec<usize> = some
            .iter()
            .map(|case| case.number)
            .filter(|number| self.sight(at, *number) == Sight::Whole)
            .collect();
        let same = told.keys().eq(expected.iter());
        self.unless(same && !said.body.contains("HTTP/1.1 404"), || {
            format!("{at:?} is told of {:?}, not {expected:?}", told.keys())
        });
        self.counts.1 += some.len();
    }

    fn agree(&mut self, at: Stand, door: &str, told: &Findings, base: &Findings) {
        let same = told.len() == base.len()
            && told.iter().all(|(number, it)| {
                base.get(number).is_some_and(|base| {
                    it.text == base.text && it.tag == base.tag && it.name == base.name
                })
            });
        self.unless(same, || format!("{at:?} is told otherwise by {door}"));
        self.counts.0 += self.cases.len();
    }

    fn busy(&mut self, at: Stand) {
        let body = "<C:free-busy-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
                    <C:time-range start=\"20260301T000000Z\" end=\"20260501T000000Z\"/></C:free-busy-query>";
        for path in [at.path, HOME] {
            let said = self.ask(at, "REPORT", path, &[("depth", "1")], body);
            let lines = said
                .body
                .lines()
                .filter(|line| line.starts_with("FREEBUSY"));
            let bare = lines
                .into_iter()
                .all(|line| !line.contains('X') && !line.contains("zq"));
            self.unless(bare, || format!("{at:?}: {}", said.body));
            // When somebody is busy is not for people without a name.
            let told = at.viewer == model::ANONYMOUS && path == HOME && said.status == 200;
            self.unless(!told, || format!("{at:?} is told busy times"));
        }
        self.counts.0 += self.cases.len();
    }

    /// A layer that the viewer may not know of is as one that never was.
    fn stand_before(&mut self, at: Stand) {
        for (method, headers, body) in crate::alike::questions(&self.cases[0].text()) {
            for name in ["", &self.cases[0].name()] {
                let (there, never) = (
                    format!("{CALENDAR}{name}"),
                    format!("{HOME}never-made/{name}"),
                );
                let headers: Vec<_> = headers
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                let difference = crate::alike::difference(
                    &self.house,
                    at.viewer,
                    method,
                    (&there, &never),
                    &headers,
                    &body,
                );
                self.unless(difference.is_none(), || format!("{at:?}: {difference:?}"));
                self.counts.1 += 1;
            }
        }
        let listing = crate::house::prop("<D:displayname/>");
        let home = self
            .house
            .ask(at.viewer, "PROPFIND", HOME, &[("depth", "1")], &listing);
        let told = home.status == 207 && home.body.contains("calendar/");
        self.unless(!told, || format!("{at:?} is told of the layer in its home"));
    }
}

fn sync(token: &str) -> String {
    format!(
        "<D:sync-collection xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:sync-token>{token}</D:sync-token>\
         <D:sync-level>1</D:sync-level><D:prop>{DATA}</D:prop></D:sync-collection>"
    )
}

fn multiget(hrefs: &str) -> String {
    format!(
        "<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop>{DATA}</D:prop>{hrefs}\
         </C:calendar-multiget>"
    )
}
