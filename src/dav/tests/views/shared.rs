//! What people bring together in a shared view.

use super::super::world::{DEPTH_0, DEPTH_1, World, prop, report};
use super::{VIEW, hrefs};
use crate::calendar::{self, Access, ViewDraft};
use crate::model::{Included, Includes, ViewId};
use crate::privacy::Viewer;
use crate::store::{accounts, layers};

const SHARED: &str = "view-1";

impl World {
    fn act<T>(
        &self,
        viewer: &Viewer,
        work: impl Fn(&mut Access) -> calendar::Result<T>,
    ) -> calendar::Result<T> {
        self.dav.calendars.write(viewer, |access| work(access))
    }

    /// Alice has made a view of personal layers and Bob is in it; both consent to all.
    fn in_a_view() -> Self {
        let world = Self::befriended();
        let all = Includes::of(Included::NAMED);
        let draft = ViewDraft {
            name: "Team".to_owned(),
            includes: Some(all.clone()),
            ..ViewDraft::default()
        };
        let id = world
            .act(&world.alice, |access| access.create_view(&draft))
            .unwrap();
        assert_eq!(id, ViewId(1));
        world
            .act(&world.alice, |access| access.invite_to_view(id, "bob"))
            .unwrap();
        world
            .bob("PROPFIND", "/dav/calendars/bob/view-1/", &[DEPTH_0], "")
            .is(404);
        world
            .act(&world.bob, |access| access.accept_view(id, Some(&all)))
            .unwrap();
        world
            .bob("MKCALENDAR", "/dav/calendars/bob/mine/", &[], "")
            .is(201);
        world
    }

    fn texts(&self, viewer: &Viewer, user: &str) -> Vec<String> {
        let view = format!("/dav/calendars/{user}/{SHARED}/");
        let listed = self
            .ask(viewer, "PROPFIND", &view, &[DEPTH_1], &prop("<D:getetag/>"))
            .is(207);
        let mut texts: Vec<_> = hrefs(&listed.body)
            .iter()
            .map(|href| {
                let said = self.ask(viewer, "GET", href, &[], "").is(200);
                assert!(listed.body.contains(said.header("etag")));
                said.body
            })
            .collect();
        texts.sort();
        texts
    }
}

fn line<'t>(text: &'t str, name: &str) -> &'t str {
    let found = text.split("\r\n").find_map(|line| line.strip_prefix(name));
    found.unwrap_or_default()
}

/// Two people's common meeting is two items: clients that find a UID twice in a collection keep one of them.
#[test]
fn a_shared_view_marks_what_is_whose() {
    let world = World::in_a_view();
    world.event(
        "meeting",
        "SUMMARY:Meeting\r\nX-STRATA-VISIBILITY:FRIENDS\r\n",
    );
    let own = super::super::world::event("meeting@alice", "Meeting");
    world
        .bob("PUT", "/dav/calendars/bob/mine/m.ics", &[], &own)
        .is(201);
    let texts = world.texts(&world.bob, "bob");
    let mut seen: Vec<_> = texts
        .iter()
        .map(|text| (line(text, "SUMMARY:"), line(text, "COLOR:")))
        .collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            ("Alice: Meeting", "dodgerblue"),
            ("Bob: Meeting", "limegreen")
        ]
    );
    let uids: Vec<_> = texts.iter().map(|text| line(text, "UID:")).collect();
    assert!(
        uids[0] != uids[1] && !uids.contains(&"meeting@alice"),
        "{uids:?}"
    );
    // Alice sees hers, and of Bob's private layer nothing.
    let texts = world.texts(&world.alice, "alice");
    let seen: Vec<_> = texts.iter().map(|text| line(text, "SUMMARY:")).collect();
    assert_eq!(seen, ["Alice: Meeting"]);
    world.event(
        "meeting",
        "SUMMARY:Planted\r\nX-STRATA-DETAILS-TO:NOBODY\r\n",
    );
    let texts = world.texts(&world.bob, "bob");
    assert!(
        texts
            .iter()
            .any(|text| line(text, "SUMMARY:") == "Alice: Busy"),
        "{texts:?}"
    );
    assert!(
        texts.iter().all(|text| !text.contains("Planted")),
        "{texts:?}"
    );
}

/// CVE-2024-37887: an override of a private series was shown in full.
#[test]
fn an_override_of_a_private_series_is_never_in_a_view() {
    let world = World::in_a_view();
    let series = |master: &str, change: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART:20260601T100000Z\r\nRRULE:FREQ=DAILY;COUNT=5\r\nSUMMARY:Planted\r\n{master}END:VEVENT\r\nBEGIN:VEVENT\r\nUID:s\r\n\
             DTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20260602T100000Z\r\nDTSTART:20260602T120000Z\r\nSUMMARY:Planted\r\n{change}\
             END:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    };
    let private = "X-STRATA-VISIBILITY:PRIVATE\r\n";
    let open = "X-STRATA-VISIBILITY:PUBLIC\r\nX-STRATA-DETAILS-TO:EVERYONE\r\n";
    for (master, change) in [
        (private, open),
        (open, private),
        ("CLASS:PRIVATE\r\n", open),
    ] {
        world.alice(
            "PUT",
            "/dav/calendars/alice/work/s.ics",
            &[],
            &series(master, change),
        );
        for view in [VIEW, "/dav/calendars/bob/view-1/"] {
            world
                .bob("REPORT", view, &[DEPTH_1], &report("C:calendar-query", "<D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter>"))
                .is(207)
                .lacks("Planted");
        }
        world
            .alice("DELETE", "/dav/calendars/alice/work/s.ics", &[], "")
            .is(204);
    }
}

#[test]
fn a_view_shows_what_is_included_and_consented_to() {
    let world = World::in_a_view();
    let view = ViewId(1);
    world.event("open", "SUMMARY:Open\r\nX-STRATA-VISIBILITY:PUBLIC\r\n");
    world.event("close", "SUMMARY:Close\r\nX-STRATA-VISIBILITY:FRIENDS\r\n");
    world.event("block", "SUMMARY:Planted\r\nX-STRATA-TYPE:TIME-BLOCK\r\n");
    let seen = || {
        let texts = world.texts(&world.bob, "bob");
        let mut seen: Vec<_> = texts
            .iter()
            .map(|text| line(text, "SUMMARY:").to_owned())
            .collect();
        seen.sort_unstable();
        seen
    };
    let consent = |sorts: &[Included]| {
        let sorts = Includes::of(sorts.iter().cloned());
        world
            .act(&world.alice, |access| access.set_view_consent(view, &sorts))
            .unwrap();
    };
    assert_eq!(seen(), ["Alice: Busy", "Alice: Close", "Alice: Open"]);
    consent(&[Included::PersonalPublic]);
    assert_eq!(seen(), ["Alice: Busy", "Alice: Open"]);
    consent(&[Included::PersonalFriends]);
    assert_eq!(seen(), ["Alice: Busy", "Alice: Close"]);
    consent(&[]);
    assert!(seen().is_empty());
}

#[test]
fn a_shared_view_syncs_joins_leaves_and_changes() {
    let world = World::in_a_view();
    let (view, path) = (ViewId(1), "/dav/calendars/bob/view-1/");
    let ask = |token: &str| {
        let inside = format!(
            "<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>"
        );
        world.bob(
            "REPORT",
            path,
            &[DEPTH_0],
            &report("D:sync-collection", &inside),
        )
    };
    let token_of = |body: &str| {
        let (_, after) = body.rsplit_once("<D:sync-token>").unwrap();
        after.split_once('<').unwrap().0.to_owned()
    };
    let first = ask("").is(207);
    // Of his own, too, and under the same name when it goes.
    world
        .bob(
            "PUT",
            "/dav/calendars/bob/mine/a.ics",
            &[],
            &super::super::world::event("a", "A"),
        )
        .is(201);
    let second = ask(&token_of(&first.body)).is(207);
    let name = hrefs(&second.body);
    assert_eq!(name.len(), 1, "{}", second.body);
    world
        .bob("GET", &name[0], &[], "")
        .is(200)
        .has("SUMMARY:Bob: A");
    world
        .bob("PROPFIND", &name[0], &[DEPTH_0], &prop("<D:getetag/>"))
        .is(207);
    world.bob("DELETE", &name[0], &[], "").is(403);
    world
        .bob("DELETE", "/dav/calendars/bob/mine/a.ics", &[], "")
        .is(204);
    let third = ask(&token_of(&second.body)).is(207);
    assert_eq!(hrefs(&third.body), name);
    assert!(third.body.contains("404"), "{}", third.body);
    world.bob("GET", &name[0], &[], "").is(404);
    let token = token_of(&third.body);
    assert!(hrefs(&ask(&token).is(207).body).is_empty());
    // A colour is part of what is shown.
    world
        .act(&world.bob, |access| {
            access.set_view_color(view, Some("#ff6348"))
        })
        .unwrap();
    ask(&token).is(403).has("valid-sync-token");
    let token = token_of(&ask("").is(207).body);
    world.event("x", "SUMMARY:X\r\nX-STRATA-VISIBILITY:FRIENDS\r\n");
    let fourth = ask(&token).is(207);
    assert_eq!(hrefs(&fourth.body).len(), 1, "{}", fourth.body);
    let store = world.dav.calendars.store();
    let (alice, bob) = (world.account("alice"), world.account("bob"));
    store
        .write(|tx| calendar::unfriend(tx, &alice, &bob, 2))
        .unwrap();
    ask(&token_of(&fourth.body)).is(403).has("valid-sync-token");
    assert!(hrefs(&ask("").is(207).body).is_empty());
}

#[test]
fn who_deletes_a_shared_view_leaves_it() {
    let world = World::in_a_view();
    let view = ViewId(1);
    world
        .alice("DELETE", "/dav/calendars/alice/view-1/", &[], "")
        .is(403)
        .has("need-privileges");
    world
        .bob("DELETE", "/dav/calendars/bob/view-1/", &[], "")
        .is(204);
    world
        .bob("PROPFIND", "/dav/calendars/bob/view-1/", &[DEPTH_0], "")
        .is(404);
    let members = world
        .act(&world.alice, |access| access.view_members(view))
        .unwrap();
    let states: Vec<_> = members
        .iter()
        .map(|(user, it, _)| (user.name.as_str(), it.state.word()))
        .collect();
    assert_eq!(states, [("alice", "accepted"), ("bob", "left")]);
    world
        .alice("DELETE", "/dav/calendars/alice/view-1/", &[], "")
        .is(204);
    assert!(world.act(&world.alice, |access| access.view(view)).is_err());
}

/// E-082: "index modulo length".
#[test]
fn the_eleventh_member_has_the_colour_of_the_first() {
    let world = World::in_a_view();
    let view = ViewId(1);
    for number in 3..=11 {
        let name = format!("member{number}");
        let user = world.trial.account(&name);
        let viewer = Viewer::User(crate::privacy::Device::of_account(user.id, user.epoch));
        world
            .act(&world.alice, |access| access.invite_to_view(view, &name))
            .unwrap();
        world
            .act(&viewer, |access| access.accept_view(view, None))
            .unwrap();
    }
    let members = world
        .act(&world.alice, |access| access.view_members(view))
        .unwrap();
    let colors: Vec<_> = members.iter().map(|(_, _, color)| color.as_str()).collect();
    assert_eq!(
        colors,
        [
            "#1890ff", "#52c41a", "#fa8c16", "#722ed1", "#eb2f96", "#13c2c2", "#faad14", "#f5222d",
            "#2f54eb", "#a0d911", "#1890ff"
        ]
    );
}

/// "Being an administrator opens no personal layer. A role-based view shows system layers alone."
#[test]
fn a_role_based_view_shows_what_the_system_keeps_and_no_more() {
    let world = World::befriended();
    let store = world.dav.calendars.store();
    let bob = world.account("bob");
    store
        .write(|tx| {
            let team = accounts::create_group(tx, "team", "Team")?.unwrap();
            accounts::add_member(tx, team.id, bob.id)
        })
        .unwrap();
    world.sql("UPDATE users SET admin = 1 WHERE name = 'alice'");
    let draft = ViewDraft {
        name: "Mentors".to_owned(),
        groups: vec!["team".to_owned()],
        ..ViewDraft::default()
    };
    assert!(
        world
            .act(&world.bob, |access| access.create_view(&draft))
            .is_err()
    );
    let personal = ViewDraft {
        includes: Some(Includes::usual()),
        ..draft.clone()
    };
    assert!(
        world
            .act(&world.alice, |access| access.create_view(&personal))
            .is_err()
    );
    world
        .act(&world.alice, |access| access.create_view(&draft))
        .unwrap();
    let new = |name: &str| layers::NewLayer {
        visibility: crate::model::Visibility::Public,
        ..layers::NewLayer::named(bob.id, name, 1)
    };
    store
        .write(|tx| layers::create(tx, &new("shifts")))
        .unwrap();
    let open = "X-STRATA-DETAILS-TO:EVERYONE\r\nEND:VEVENT";
    let text = super::super::world::event("s", "Shift").replace("END:VEVENT", open);
    world
        .bob("PUT", "/dav/calendars/bob/shifts/s.ics", &[], &text)
        .is(201);
    assert!(
        world.texts(&world.alice, "alice").is_empty(),
        "a personal layer of that name"
    );
    world.sql("UPDATE layers SET kind = 'system' WHERE name = 'shifts'");
    let texts = world.texts(&world.alice, "alice");
    let seen: Vec<_> = texts.iter().map(|text| line(text, "SUMMARY:")).collect();
    assert_eq!(seen, ["Bob: Shift"]);
    world
        .bob("PROPFIND", "/dav/calendars/bob/view-1/", &[DEPTH_0], "")
        .is(404);
}

#[test]
fn a_window_is_asked_of_every_layer_of_a_view() {
    let world = World::in_a_view();
    world.event("one", "SUMMARY:One\r\nX-STRATA-VISIBILITY:FRIENDS\r\n");
    let own = super::super::world::event("two", "Two");
    world
        .bob("PUT", "/dav/calendars/bob/mine/m.ics", &[], &own)
        .is(201);
    let query = |start: &str, end: &str| {
        let filter = format!(
            "<D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\"><C:comp-filter name=\"VEVENT\">\
             <C:time-range start=\"{start}\" end=\"{end}\"/></C:comp-filter></C:comp-filter></C:filter>"
        );
        world
            .bob(
                "REPORT",
                "/dav/calendars/bob/view-1/",
                &[DEPTH_1],
                &report("C:calendar-query", &filter),
            )
            .is(207)
    };
    query("20260601T000000Z", "20260602T000000Z")
        .has("Alice: One")
        .has("Bob: Two");
    query("20260701T000000Z", "20260702T000000Z")
        .lacks("One")
        .lacks("Two");
}
