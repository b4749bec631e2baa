//! An item's life over sync: whatever its owner does, what a viewer has put together from sync-collection alone is what a
//! fresh listing shows, and what they do not see changes nothing for them.

use std::collections::BTreeMap;

use strata::calendar::Limits;
use strata::model::{Included, Includes, Right};

use crate::house::{House, members, prop};

const LAYERS: [&str; 2] = ["work", "home"];
/// A friend at the layers and in their view of them, a delegate who reads and one who writes, a member of a group that was
/// let in, and nobody in particular; in their own homes those who were invited, one to read and one to write, with what they
/// keep of their own there; and a view that some of them and the owner bring together.
const PLACES: [(&str, &str); 22] = [
    ("mia", MOUNTS[0].1),
    ("rea", MOUNTS[1].1),
    ("alice", "/dav/calendars/alice/view-1/"),
    ("bob", "/dav/calendars/bob/view-1/"),
    ("carol", "/dav/calendars/carol/view-1/"),
    ("dan", "/dav/calendars/dan/view-1/"),
    ("bob", "/dav/calendars/bob/view-2/"),
    ("carol", SOME_OF_IT),
    ("alice", "/dav/calendars/alice/view-2/"),
    ("bob", "/dav/calendars/bob/view-3/"),
    ("dan", "/dav/calendars/dan/view-3/"),
    ("bob", "/dav/calendars/alice/work/"),
    ("bob", "/dav/calendars/alice/home/"),
    ("bob", "/dav/calendars/bob/friend-alice/"),
    ("carol", "/dav/calendars/alice/work/"),
    ("carol", "/dav/calendars/alice/home/"),
    ("walt", "/dav/calendars/alice/work/"),
    ("walt", "/dav/calendars/alice/home/"),
    ("erin", "/dav/calendars/alice/work/"),
    ("erin", "/dav/calendars/alice/home/"),
    ("dan", "/dav/calendars/alice/work/"),
    ("dan", "/dav/calendars/alice/home/"),
];
/// Whoever may read a layer is told of a change that they may read there, though a view of theirs leaves it out.
const SOME_OF_IT: &str = "/dav/calendars/carol/view-2/";
const MOUNTS: [(&str, &str, &str); 2] = [
    ("mia", "/dav/calendars/mia/work/", "read-write"),
    ("rea", "/dav/calendars/rea/work/", "read"),
];
const WORK: &str = "/dav/calendars/alice/work/";
const OWN: &str = "/dav/calendars/bob/own/";
const NAMES: usize = 8;
const ALARM: &str =
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:x\r\nEND:VALARM\r\n";

/// What an act changes, and so who is to notice.
#[derive(Clone, Copy, PartialEq)]
enum Changed {
    Items,
    /// What somebody keeps themselves: that it is written anew may be a change to them, though it looks the same in a view.
    Own(&'static str),
    /// Or who the viewers are.
    Rules,
}

/// 10,000 steps, dealt out to the cores.
#[test]
fn of_friends_delegates_and_strangers_1() {
    Life::new(1).live(2_500);
}

#[test]
fn of_friends_delegates_and_strangers_2() {
    Life::new(2).live(2_500);
}

#[test]
fn of_friends_delegates_and_strangers_3() {
    Life::new(3).live(2_500);
}

#[test]
fn of_friends_delegates_and_strangers_4() {
    Life::new(4).live(2_500);
}

/// What a client has: a token, and the names with their tags.
#[derive(Default)]
struct Mirror {
    token: Option<String>,
    items: BTreeMap<String, String>,
}

struct Life {
    house: House,
    random: u64,
    mirrors: BTreeMap<(&'static str, &'static str), Mirror>,
    log: Vec<String>,
}

impl Life {
    fn new(seed: u64) -> Self {
        let people = ["alice", "bob", "carol", "walt", "erin", "dan", "mia", "rea"];
        let house = House::of(&people, Limits::default());
        house.company("erin", "team");
        for layer in LAYERS {
            let path = format!("/dav/calendars/alice/{layer}/");
            house.ask("alice", "MKCALENDAR", &path, &[], "").is(201);
        }
        house.ask("bob", "MKCALENDAR", OWN, &[], "").is(201);
        let view = house.bring_together("alice", &["bob", "carol", "dan"]);
        assert_eq!(view, "view-1");
        for (number, sort) in [
            (2, Included::PersonalFriends),
            (3, Included::PersonalPublic),
        ] {
            let view = house.bring("alice", &["bob", "carol", "dan"], Includes::of([sort]));
            assert_eq!(view, format!("view-{number}"));
        }
        Self {
            house,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            mirrors: BTreeMap::new(),
            log: Vec::new(),
        }
    }

    fn live(mut self, steps: usize) {
        for step in 0..steps {
            let (viewer, path) = PLACES[self.below(PLACES.len())];
            let before = self.look(viewer, path);
            let changed = self.act(step);
            if let (Some(before), Some(now), true) =
                (before, self.look(viewer, path), changed != Changed::Rules)
            {
                // What is not seen is no change, and what is seen is one.
                let (same, still) = (before.0 == now.0, before.1 == now.1);
                let excused = changed == Changed::Own(viewer) || path == SOME_OF_IT;
                let fine = same == still || (same && excused);
                assert!(fine, "{viewer} at {path}: {same} {still}\n{}", self.past());
            }
            if self.below(3) == 0 {
                self.synchronise(viewer, path);
            }
        }
    }

    /// Names with their tags, and the ctag.
    fn look(&self, viewer: &str, path: &str) -> Option<(BTreeMap<String, String>, String)> {
        let listing = self.house.listing(viewer, path)?;
        Some((listing, self.house.ctag(viewer, path).unwrap()))
    }

    fn synchronise(&mut self, viewer: &'static str, path: &'static str) {
        let mut mirror = self.mirrors.remove(&(viewer, path)).unwrap_or_default();
        let limit = [0, 1, 3][self.below(3)];
        for _ in 0..200 {
            let token = mirror.token.clone().unwrap_or_default();
            let limits = match limit {
                0 => String::new(),
                some => format!("<D:limit><D:nresults>{some}</D:nresults></D:limit>"),
            };
            let body = format!(
                "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token>\
                 <D:sync-level>1</D:sync-level>{limits}<D:prop><D:getetag/></D:prop></D:sync-collection>"
            );
            let said = self.house.ask(viewer, "REPORT", path, &[], &body);
            match said.status {
                404 => {
                    assert_eq!(self.house.listing(viewer, path), None);
                    return;
                }
                403 => {
                    assert!(said.body.contains("valid-sync-token"), "{}", said.body);
                    mirror = Mirror::default();
                    continue;
                }
                207 => {}
                other => panic!("{other} {}", said.body),
            }
            let answer = said.xml();
            for (name, tag) in members(&answer, path) {
                if tag.is_empty() {
                    mirror.items.remove(&name);
                } else {
                    mirror.items.insert(name, tag);
                }
            }
            mirror.token = Some(
                answer
                    .child("multistatus")
                    .unwrap_or(&answer)
                    .text_of("sync-token")
                    .unwrap(),
            );
            if !said.body.contains("507") {
                break;
            }
        }
        let fresh = self.house.listing(viewer, path).unwrap();
        assert_eq!(mirror.items, fresh, "{viewer} at {path}: {}", self.past());
        self.mirrors.insert((viewer, path), mirror);
    }

    fn act(&mut self, step: usize) -> Changed {
        let layer = LAYERS[self.below(LAYERS.len())];
        let name = format!("{}.ics", self.below(NAMES));
        let path = format!("/dav/calendars/alice/{layer}/{name}");
        match self.below(25) {
            0 | 1 => {
                self.log.push(format!("walt writes {path}"));
                let event = self.event(&format!("{layer}-{name}"), step);
                let said = match self.below(3) {
                    0 => self.house.ask("walt", "DELETE", &path, &[], ""),
                    _ => self.house.ask("walt", "PUT", &path, &[], &event),
                };
                assert!(
                    matches!(said.status, 201 | 204 | 403 | 404 | 409),
                    "{} {}",
                    said.status,
                    said.body
                );
                Changed::Own("alice")
            }
            2..=10 => {
                let event = self.event(&format!("{layer}-{name}"), step);
                self.log.push(format!("PUT {path}\n{event}"));
                let said = self.house.ask("alice", "PUT", &path, &[], &event);
                assert!(
                    matches!(said.status, 201 | 204 | 409),
                    "{} {}",
                    said.status,
                    said.body
                );
                Changed::Own("alice")
            }
            11..=13 => {
                self.log.push(format!("DELETE {path}"));
                self.house.ask("alice", "DELETE", &path, &[], "");
                Changed::Own("alice")
            }
            14 => {
                let to = LAYERS[self.below(LAYERS.len())];
                let to = format!("/dav/calendars/alice/{to}/{}.ics", self.below(NAMES));
                self.log.push(format!("MOVE {path} {to}"));
                self.house
                    .ask("alice", "MOVE", &path, &[("destination", &to)], "");
                Changed::Own("alice")
            }
            15 => {
                let to = ["private", "friends", "public"][self.below(3)];
                self.log.push(format!("{layer} is {to}"));
                let body = prop("").replace("<D:prop></D:prop>", "").replace("propfind", "propertyupdate").replace(
                    "></D:propertyupdate>",
                    &format!("><D:set><D:prop><S:visibility>{to}</S:visibility></D:prop></D:set></D:propertyupdate>"),
                );
                let path = format!("/dav/calendars/alice/{layer}/");
                self.house
                    .ask("alice", "PROPPATCH", &path, &[], &body)
                    .is(207);
                Changed::Rules
            }
            16 => {
                self.log.push("befriend bob".to_owned());
                self.house.befriend("alice", "bob");
                Changed::Rules
            }
            17 if self.below(3) == 0 => {
                self.log.push("unfriend bob".to_owned());
                self.house.unfriend("alice", "bob");
                Changed::Rules
            }
            18 => {
                self.log.push(format!("share {layer}"));
                match self.below(3) {
                    0 => self.house.share("alice", layer, "carol", Right::Read),
                    1 => self.house.share("alice", layer, "walt", Right::ReadWrite),
                    _ => self
                        .house
                        .share_with_group("alice", layer, "team", Right::Read),
                }
                Changed::Rules
            }
            19 if self.below(3) == 0 => {
                self.log.push(format!("unshare {layer}"));
                if layer == "work" {
                    for (who, ..) in MOUNTS {
                        self.house.uninvite("alice", WORK, who);
                    }
                }
                self.house.unshare("alice", layer);
                Changed::Rules
            }
            20 => self.alarm(&path),
            21 => {
                let (who, mount, right) = MOUNTS[self.below(MOUNTS.len())];
                if self.house.listing(who, mount).is_none() {
                    self.log.push(format!("invite {who}"));
                    assert_eq!(self.house.invite("alice", WORK, who, right), mount);
                }
                Changed::Rules
            }
            22 => self.lay_over(step),
            23 => {
                let path = format!("{OWN}{name}");
                let event = self.event(&format!("work-{name}"), step);
                self.log.push(format!("bob writes {path}\n{event}"));
                match self.below(4) {
                    0 => self.house.ask("bob", "DELETE", &path, &[], ""),
                    _ => self.house.ask("bob", "PUT", &path, &[], &event),
                };
                Changed::Own("bob")
            }
            24 if self.below(3) == 0 => {
                let (who, mount, _) = MOUNTS[self.below(MOUNTS.len())];
                let choice = ["none", "owner", "own"][self.below(3)];
                self.log.push(format!("{who} wants alarms: {choice}"));
                let body = format!(
                    "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop><S:alarms>{choice}</S:alarms>\
                     </D:prop></D:set></D:propertyupdate>"
                );
                let said = self.house.ask(who, "PROPPATCH", mount, &[], &body);
                assert!(matches!(said.status, 207 | 404), "{}", said.body);
                assert!(!said.body.contains("HTTP/1.1 4"), "{}", said.body);
                Changed::Rules
            }
            _ => Changed::Items,
        }
    }

    /// The owner's alarm comes or goes, and nothing else: no change where alarms are not shown.
    fn alarm(&mut self, path: &str) -> Changed {
        let said = self.house.ask("alice", "GET", path, &[], "");
        if said.status == 200 {
            let text = match said.body.contains(ALARM) {
                true => said.body.replace(ALARM, ""),
                false => said
                    .body
                    .replace("END:VEVENT", &format!("{ALARM}END:VEVENT")),
            };
            self.log.push(format!("alarm of {path}"));
            self.house.ask("alice", "PUT", path, &[], &text).is(204);
        }
        Changed::Own("alice")
    }

    /// Somebody who was invited changes what is their own, or writes what they were let to write.
    fn lay_over(&mut self, step: usize) -> Changed {
        let (who, mount, _) = MOUNTS[self.below(MOUNTS.len())];
        let Some(listing) = self.house.listing(who, mount) else {
            return Changed::Items;
        };
        if who == "mia" && self.below(3) == 0 {
            let name = format!("{}.ics", self.below(NAMES));
            let event = self.event(&format!("work-{name}"), step);
            self.log.push(format!("mia writes {name}\n{event}"));
            self.house
                .ask(who, "PUT", &format!("{mount}{name}"), &[], &event);
            return Changed::Own("alice");
        }
        let Some(name) = listing.keys().nth(self.below(listing.len().max(1))) else {
            return Changed::Items;
        };
        let path = format!("{mount}{name}");
        let text = self.house.ask(who, "GET", &path, &[], "").is(200).body;
        let (add, drop) = match self.below(3) {
            0 => (ALARM, "\0"),
            1 => ("COLOR:red\r\n", "COLOR:blue\r\n"),
            _ => ("", ALARM),
        };
        let text = text
            .replace(drop, "")
            .replace("BEGIN:VEVENT\r\n", &format!("BEGIN:VEVENT\r\n{add}"));
        self.log.push(format!("{who} lays over {name}\n{text}"));
        let said = self.house.ask(who, "PUT", &path, &[], &text);
        assert!(
            matches!(said.status, 204 | 400 | 403),
            "{} {}",
            said.status,
            said.body
        );
        Changed::Items
    }

    fn event(&mut self, uid: &str, step: usize) -> String {
        let mut lines = vec![
            format!("DTSTAMP:20260101T{:06}Z", step % 60),
            format!("DTSTART:202606{:02}T100000Z", 1 + self.below(3)),
            format!("SUMMARY:secret {}", self.below(3)),
        ];
        let choices: [&[&str]; 6] = [
            &[
                "",
                "",
                "CLASS:PUBLIC",
                "CLASS:PRIVATE",
                "CLASS:CONFIDENTIAL",
            ],
            &[
                "",
                "",
                "X-STRATA-VISIBILITY:PRIVATE",
                "X-STRATA-VISIBILITY:FRIENDS",
                "X-STRATA-VISIBILITY:PUBLIC",
            ],
            &[
                "",
                "",
                "X-STRATA-DETAILS-TO:NOBODY",
                "X-STRATA-DETAILS-TO:EVERYONE",
            ],
            &[
                "",
                "",
                "",
                "TRANSP:TRANSPARENT",
                "STATUS:CANCELLED",
                "STATUS:TENTATIVE",
            ],
            &[
                "",
                "",
                "",
                "X-STRATA-SENSITIVE:TRUE",
                "X-STRATA-SENSITIVE:FALSE",
            ],
            &["", "", "X-STRATA-TYPE:TIME-BLOCK", "X-STRATA-TYPE:EVENT"],
        ];
        for choice in choices {
            let line = choice[self.below(choice.len())];
            if !line.is_empty() {
                lines.push(line.to_owned());
            }
        }
        let lines = lines.join("\r\n");
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n{lines}\r\nDURATION:PT1H\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    }

    fn past(&self) -> String {
        let from = self.log.len().saturating_sub(12);
        self.log[from..].join("\n")
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as usize % bound
    }
}
