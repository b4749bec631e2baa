//! An item's life over sync: whatever its owner does, what a viewer has put together from sync-collection alone is what a
//! fresh listing shows, and what they do not see changes nothing for them.

use std::collections::BTreeMap;

use strata::calendar::Limits;
use strata::model::Right;

use crate::house::{House, members, prop};

const LAYERS: [&str; 2] = ["work", "home"];
/// A friend at the layers and in their view of them, a delegate who reads and one who writes, a member of a group that was
/// let in, and nobody in particular.
const PLACES: [(&str, &str); 11] = [
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
const NAMES: usize = 8;

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
        let people = ["alice", "bob", "carol", "walt", "erin", "dan"];
        let house = House::of(&people, Limits::default());
        house.company("erin", "team");
        for layer in LAYERS {
            let path = format!("/dav/calendars/alice/{layer}/");
            house.ask("alice", "MKCALENDAR", &path, &[], "").is(201);
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
            let changes_rules = self.act(step);
            if let (Some(before), Some(now), false) =
                (before, self.look(viewer, path), changes_rules)
            {
                // What is not seen is no change, and what is seen is one.
                assert_eq!(
                    before.0 == now.0,
                    before.1 == now.1,
                    "{viewer} at {path}: {}",
                    self.past()
                );
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

    /// `true`: the rules have changed, or who the viewers are.
    fn act(&mut self, step: usize) -> bool {
        let layer = LAYERS[self.below(LAYERS.len())];
        let name = format!("{}.ics", self.below(NAMES));
        let path = format!("/dav/calendars/alice/{layer}/{name}");
        match self.below(20) {
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
                false
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
                false
            }
            11..=13 => {
                self.log.push(format!("DELETE {path}"));
                self.house.ask("alice", "DELETE", &path, &[], "");
                false
            }
            14 => {
                let to = LAYERS[self.below(LAYERS.len())];
                let to = format!("/dav/calendars/alice/{to}/{}.ics", self.below(NAMES));
                self.log.push(format!("MOVE {path} {to}"));
                self.house
                    .ask("alice", "MOVE", &path, &[("destination", &to)], "");
                false
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
                true
            }
            16 => {
                self.log.push("befriend bob".to_owned());
                self.house.befriend("alice", "bob");
                true
            }
            17 if self.below(3) == 0 => {
                self.log.push("unfriend bob".to_owned());
                self.house.unfriend("alice", "bob");
                true
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
                true
            }
            19 if self.below(3) == 0 => {
                self.log.push(format!("unshare {layer}"));
                self.house.unshare("alice", layer);
                true
            }
            _ => false,
        }
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
        let from = self.log.len().saturating_sub(40);
        self.log[from..].join("\n")
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as usize % bound
    }
}
