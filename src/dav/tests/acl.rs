//! Access rules (RFC 3744): the examples of section 8.1, what is stored, and what is refused.

use super::world::{DEPTH_0, DEPTH_1, Said, WORK, World, prop};
use crate::calendar::{Calendars, Limits, befriend};
use crate::privacy::Viewer;
use crate::store::accounts;

const HOME: &str = "/dav/calendars/alice/";
const READ: &str = "<D:privilege><D:read/></D:privilege>";
const WRITE: &str = "<D:privilege><D:write/></D:privilege>";
const FREE_BUSY: &str = "<D:privilege><C:read-free-busy/></D:privilege>";

fn href(path: &str) -> String {
    format!("<D:href>{path}</D:href>")
}

fn bob() -> String {
    href("/dav/principals/users/bob/")
}

fn friends() -> String {
    href("/dav/principals/users/alice/friends/")
}

fn ace(principal: &str, privileges: &str) -> String {
    format!("<D:ace><D:principal>{principal}</D:principal><D:grant>{privileges}</D:grant></D:ace>")
}

fn body(aces: &str) -> String {
    format!("<D:acl xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">{aces}</D:acl>")
}

impl World {
    fn acl(&self, path: &str, aces: &str) -> Said {
        self.alice("ACL", path, &[], &body(aces))
    }

    fn rules(&self, path: &str) -> Said {
        self.alice("PROPFIND", path, &[DEPTH_0], &prop("<D:acl/>"))
            .is(207)
    }

    fn may(&self, viewer: &Viewer, path: &str) -> Said {
        let asked = prop("<D:current-user-privilege-set/>");
        self.ask(viewer, "PROPFIND", path, &[DEPTH_0], &asked)
    }

    fn are_friends(&self) {
        self.dav
            .calendars
            .store()
            .write(|tx| {
                let alice = accounts::by_name(tx, "alice")?.unwrap();
                let bob = accounts::by_name(tx, "bob")?.unwrap();
                befriend(tx, &alice, &bob, 0)
            })
            .unwrap();
    }
}

/// Section 8.1.2: what the owner has by a protected rule is granted again; everyone is everyone who signs in.
#[test]
fn rules_are_set_as_in_the_example() {
    let world = World::new();
    let aces = [
        ace(
            &href("http://cal.example.com/dav/principals/users/bob"),
            &format!("{READ}{WRITE}"),
        ),
        ace(
            "<D:property><D:owner/></D:property>",
            "<D:privilege><D:read-acl/></D:privilege><D:privilege><D:write-acl/></D:privilege>",
        ),
        ace("<D:authenticated/>", READ),
    ];
    world.acl(WORK, &aces.concat()).is(200);
    world
        .rules(WORK)
        .has(&format!(
            "<D:ace><D:principal>{}</D:principal><D:grant>{READ}{WRITE}</D:grant></D:ace>",
            bob()
        ))
        .has(&format!(
            "<D:ace><D:principal><D:authenticated/></D:principal><D:grant>{READ}</D:grant></D:ace>"
        ));
    world
        .may(&world.bob, WORK)
        .is(207)
        .has("<D:write/>")
        .lacks("acl/>")
        .lacks("<D:all/>");
    // Nobody reads without signing in on this server.
    world
        .acl(WORK, &ace("<D:all/>", READ))
        .is(403)
        .has("<D:allowed-principal/>");
}

/// Section 8.1.3.
#[test]
fn a_protected_rule_is_not_contradicted() {
    let world = World::new();
    let deny = |whom: &str| {
        format!("<D:ace><D:principal>{whom}</D:principal><D:deny>{WRITE}</D:deny></D:ace>")
    };
    world
        .acl(WORK, &deny(&href("/dav/principals/users/alice/")))
        .is(403)
        .has("<D:no-protected-ace-conflict/>");
    // Section 8.1.4, with the privilege that the example means.
    world.acl(HOME, &ace(&bob(), READ)).is(200);
    world
        .acl(WORK, &deny(&bob()))
        .is(403)
        .has("<D:no-inherited-ace-conflict/>");
    world
        .acl(HOME, &deny(&bob()))
        .is(403)
        .has("<D:grant-only/>");
}

/// Section 8.1.5.
#[test]
fn an_ace_has_one_principal_and_one_verdict() {
    let world = World::new();
    let ace = format!(
        "<D:ace><D:principal>{}</D:principal><D:grant>{READ}</D:grant>\
         <D:principal>{}</D:principal><D:deny>{READ}</D:deny></D:ace>",
        friends(),
        bob()
    );
    world.acl(WORK, &ace).is(400);
    world
        .acl(
            WORK,
            &format!("<D:ace><D:principal>{}</D:principal></D:ace>", bob()),
        )
        .is(400);
    world.alice("ACL", WORK, &[], "").is(400);
}

#[test]
fn what_cannot_be_kept_is_refused_by_name() {
    let world = World::new();
    let stranger = href("/dav/principals/users/nobody/");
    let cases = [
        (ace(&stranger, READ), "recognized-principal"),
        (
            ace(&href("/dav/principals/users/bob/friends/"), READ),
            "recognized-principal",
        ),
        (
            ace(&href("mailto:bob@example.com"), READ),
            "recognized-principal",
        ),
        (
            ace(&href("http://elsewhere.example.org/x"), READ),
            "recognized-principal",
        ),
        (ace("<D:unauthenticated/>", READ), "allowed-principal"),
        (ace("<D:self/>", READ), "allowed-principal"),
        (
            ace("<X:authenticated xmlns:X=\"urn:x\"/>", READ),
            "allowed-principal",
        ),
        (
            ace("<D:property><D:group/></D:property>", READ),
            "allowed-principal",
        ),
        (ace(&bob(), WRITE), "no-ace-conflict"),
        (
            ace(&bob(), "<D:privilege><D:all/></D:privilege>"),
            "no-ace-conflict",
        ),
        (
            ace(&bob(), "<D:privilege><D:unlock/></D:privilege>"),
            "not-supported-privilege",
        ),
        (
            ace(&friends(), READ) + &ace("<D:authenticated/>", READ),
            "no-ace-conflict",
        ),
        (
            format!(
                "<D:ace><D:invert><D:principal>{}</D:principal></D:invert><D:grant>{READ}</D:grant></D:ace>",
                bob()
            ),
            "no-invert",
        ),
        (
            format!(
                "<D:ace><D:principal>{}</D:principal><D:grant>{READ}</D:grant><D:protected/></D:ace>",
                bob()
            ),
            "no-protected-ace-conflict",
        ),
        (
            format!(
                "<D:ace><D:principal>{}</D:principal><D:grant>{READ}</D:grant><D:inherited>{}</D:inherited></D:ace>",
                bob(),
                href(HOME)
            ),
            "no-inherited-ace-conflict",
        ),
    ];
    for (aces, element) in cases {
        world
            .acl(WORK, &(ace(&bob(), FREE_BUSY) + &aces))
            .is(403)
            .has(&format!("<D:{element}/>"));
    }
    // How many there are is looked at before who they are.
    let many = |count: usize| -> String {
        (0..count)
            .map(|n| ace(&href(&format!("/dav/principals/users/bob{n}/")), READ))
            .collect()
    };
    world
        .acl(WORK, &many(1_100))
        .is(403)
        .has("<D:limited-number-of-aces/>");
    world
        .acl(WORK, &many(1_000))
        .is(403)
        .has("<D:recognized-principal/>");
    // Nothing of all that was kept.
    world.rules(WORK).lacks("/bob/");
}

#[test]
fn rules_come_back_as_they_were_sent_and_send_back_what_they_are() {
    let world = World::new();
    world.are_friends();
    let sent = ace(&bob(), &format!("{READ}{WRITE}"))
        + &ace(&href("/dav/principals/users/alice/friends/"), READ)
        + &ace("<D:authenticated/>", FREE_BUSY);
    world.acl(WORK, &sent).is(200);
    let visibility = prop("<S:visibility/>");
    let friends_see = || world.alice("PROPFIND", WORK, &[DEPTH_0], &visibility);
    friends_see().has("<S:visibility>friends</S:visibility>");
    let told = world.rules(WORK).body;
    let inside = told
        .split_once("<D:acl>")
        .unwrap()
        .1
        .split_once("</D:acl>")
        .unwrap()
        .0;
    for ace in sent.split_inclusive("</D:ace>") {
        assert!(inside.contains(ace), "{ace} in {inside}");
    }
    // A client that sends back all that it read, protected and inherited ones too, changes nothing.
    world.acl(WORK, inside).is(200);
    assert_eq!(world.rules(WORK).body, told);
    world.acl(WORK, "").is(200);
    friends_see().has("<S:visibility>private</S:visibility>");
    world.may(&world.bob, WORK).is(404);
}

#[test]
fn one_privilege_an_ace_comes_to_the_same() {
    let world = World::new();
    let parts = [
        "<D:read/>",
        "<D:write-content/>",
        "<D:bind/>",
        "<D:unbind/>",
        "<D:write-properties/>",
    ];
    let aces: String = parts
        .iter()
        .map(|part| ace(&bob(), &format!("<D:privilege>{part}</D:privilege>")))
        .collect();
    world.acl(WORK, &aces).is(200);
    world
        .rules(WORK)
        .has(&ace(&bob(), &format!("{READ}{WRITE}")));
}

#[test]
fn a_home_opens_all_its_calendars() {
    let world = World::new();
    world
        .rules(HOME)
        .has(&ace(&friends(), FREE_BUSY))
        .has("calendar-proxy-write/");
    world.acl(HOME, &ace(&bob(), READ)).is(200);
    world
        .may(&world.bob, WORK)
        .is(207)
        .has("<D:read/>")
        .lacks("write");
    world.rules(WORK).has(&format!(
        "<D:ace><D:principal>{}</D:principal><D:grant>{READ}</D:grant><D:inherited>{}</D:inherited></D:ace>",
        bob(),
        href(HOME)
    ));
    // Nobody asked for free-busy of friends to stay.
    world.rules(HOME).lacks("friends/");
    world
        .alice("MKCALENDAR", "/dav/calendars/alice/later/", &[], "")
        .is(201);
    world.may(&world.bob, "/dav/calendars/alice/later/").is(207);
    world
        .acl(HOME, &ace("<D:authenticated/>", FREE_BUSY))
        .is(200);
    world.may(&world.bob, WORK).is(404);
    world
        .alice("PROPFIND", HOME, &[DEPTH_0], &prop("<S:free-busy-to/>"))
        .has("<S:free-busy-to>everyone</S:free-busy-to>");
    world.rules(HOME).has(&ace("<D:authenticated/>", FREE_BUSY));
}

#[test]
fn rules_are_the_owners_alone() {
    let world = World::new();
    let acl = body("");
    world.ask(&world.bob, "ACL", WORK, &[], &acl).is(404);
    world
        .ask(
            &world.bob,
            "ACL",
            "/dav/calendars/alice/nothing/",
            &[],
            &acl,
        )
        .is(404);
    world
        .acl(WORK, &ace(&bob(), &format!("{READ}{WRITE}")))
        .is(200);
    world
        .ask(&world.bob, "ACL", WORK, &[], &acl)
        .is(403)
        .has("<D:privilege><D:write-acl/></D:privilege>");
    world
        .ask(&world.bob, "PROPFIND", WORK, &[DEPTH_0], &prop("<D:acl/>"))
        .is(207)
        .has("403 Forbidden")
        .has("<D:need-privileges/>")
        .lacks("<D:ace>");
    let report = "<D:acl-principal-prop-set xmlns:D=\"DAV:\"><D:prop><D:displayname/></D:prop></D:acl-principal-prop-set>";
    world
        .ask(&world.bob, "REPORT", WORK, &[DEPTH_0], report)
        .is(403)
        .has("<D:read-acl/>");
    world
        .alice("REPORT", WORK, &[DEPTH_0], report)
        .is(207)
        .has("Bob")
        .has("Alice");
    // Who may write may call it what they like, but not show it to others.
    let named = |inside: &str| {
        format!(
            "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"urn:strata:dav\"><D:set><D:prop>{inside}</D:prop></D:set></D:propertyupdate>"
        )
    };
    let patch = |inside: &str| world.ask(&world.bob, "PROPPATCH", WORK, &[], &named(inside));
    patch("<D:displayname>Ours</D:displayname>").is(207);
    patch("<S:visibility>public</S:visibility>")
        .is(403)
        .has("<D:write-acl/>");
    world.ask(&world.bob, "DELETE", WORK, &[], "").is(403);
}

#[test]
fn a_right_that_falls_ends_the_sync() {
    let world = World::new();
    world.put("one.ics", "one").is(201);
    world.acl(WORK, &ace(&bob(), READ)).is(200);
    let sync = |token: &str| {
        let body = format!(
            "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>{token}</D:sync-token>\
             <D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
        );
        world.ask(&world.bob, "REPORT", WORK, &[DEPTH_1], &body)
    };
    let first = sync("").is(207).has("one.ics");
    let token = first.body.split_once("<D:sync-token>").unwrap().1;
    let token = token.split_once('<').unwrap().0;
    sync(token).is(207);
    // Another share is another right.
    world.acl(WORK, "").is(200);
    sync(token).is(404);
    world.acl(WORK, &ace(&bob(), READ)).is(200);
    sync(token).is(403).has("valid-sync-token");
    // More of the same is the same.
    let token = sync("").is(207).body;
    let token = token
        .split_once("<D:sync-token>")
        .unwrap()
        .1
        .split_once('<')
        .unwrap()
        .0;
    world
        .acl(WORK, &ace(&bob(), &format!("{READ}{WRITE}")))
        .is(200);
    sync(token).is(207);
}

/// Where the directory is closed, a rule for everybody is no way to find out who there is.
#[test]
fn a_rule_for_everybody_makes_nobody_known() {
    let mut world = World::new();
    let limits = Limits {
        directory: false,
        ..Limits::default()
    };
    world.dav.calendars = Calendars::new(world.dav.calendars.store().clone(), limits);
    world
        .acl(WORK, &ace("<D:authenticated/>", FREE_BUSY))
        .is(200);
    let look = |path: &str| world.alice("PROPFIND", path, &[DEPTH_0], "").is(404);
    look("/dav/principals/users/bob/");
    look("/dav/principals/users/nobody/");
    // Bob knows who has let him in.
    let alice = "/dav/principals/users/alice/";
    world
        .ask(&world.bob, "PROPFIND", alice, &[DEPTH_0], "")
        .is(207);
}
