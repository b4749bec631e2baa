//! A server in memory with several people, asked over its protocol without sockets.
#![allow(dead_code, reason = "every test takes what it needs")]

use std::collections::BTreeMap;
use std::path::Path;

use strata::calendar::system::System;
use strata::calendar::{self, Calendars, Limits, ViewDraft};
use strata::dav::{Dav, Settings};
use strata::model::{Grantee, Included, Includes, Right, User};
use strata::privacy::Viewer;
use strata::store::accounts;
use strata::store::shares::{self, NewShare};
use strata::store::{self, Store, layers};

pub use crate::rooms::store::HASH;
pub use crate::said::{Said, prop};
use crate::xml::{self, Element};
use crate::{rooms, said};

pub const NOW: i64 = 1_780_000_000;

pub struct House {
    dav: Dav,
    people: BTreeMap<&'static str, (User, Viewer)>,
    /// Its folder goes with it.
    rooms: rooms::House,
}

impl Said {
    pub fn xml(&self) -> Element {
        xml::parse(&self.body).unwrap_or_else(|error| panic!("{error}\n{}", self.body))
    }
}

impl House {
    /// Nobody knows anybody yet, and nobody has a layer.
    pub fn of(names: &[&'static str], limits: Limits) -> Self {
        let rooms = rooms::House::of(names, limits);
        let account = |name: &&'static str| {
            let viewer = Viewer::User(rooms.device(name));
            (*name, (rooms.user(name), viewer))
        };
        Self {
            people: names.iter().map(account).collect(),
            dav: Dav {
                calendars: rooms.calendars.clone(),
                settings: Settings::default(),
            },
            rooms,
        }
    }

    /// The same with what a platform keeps.
    pub fn keeping(mut self, system: System) -> Self {
        self.rooms.calendars = self.rooms.calendars.clone().with_system(system);
        self.dav.calendars = self.rooms.calendars.clone();
        self
    }

    pub fn folder(&self) -> &Path {
        self.rooms.folder.path()
    }

    /// What the platform does to its own data.
    pub fn platform(&self, sql: &str) {
        let path = self.folder().join("platform.db");
        let file = rusqlite::Connection::open(path).unwrap();
        file.execute_batch(sql).unwrap();
    }

    pub fn calendars(&self) -> &Calendars {
        &self.dav.calendars
    }

    pub fn store(&self) -> &Store {
        self.dav.calendars.store()
    }

    /// What no protocol and no command does: as the platform would.
    pub fn sql(&self, sql: &str) {
        let path = self.rooms.folder.path().join("strata.db");
        let conn = rusqlite::Connection::open(path).unwrap();
        assert_eq!(conn.execute(sql, []).unwrap(), 1, "{sql}");
    }

    /// A view that an administrator makes of everybody in a group, and that another one looks at too.
    pub fn watch(&self, maker: &str, group: &str, other: &str) -> String {
        let draft = ViewDraft {
            name: "Watch".into(),
            groups: vec![group.to_owned()],
            ..ViewDraft::default()
        };
        let calendars = &self.dav.calendars;
        let made: calendar::Result<_> = calendars.write(&self.viewer(maker), |access| {
            let id = access.create_view(&draft)?;
            access.invite_to_view(id, other)?;
            Ok(id)
        });
        let id = made.unwrap();
        let joined: calendar::Result<()> =
            calendars.write(&self.viewer(other), |access| access.accept_view(id, None));
        joined.unwrap();
        format!("view-{}", id.0)
    }

    pub fn user(&self, name: &str) -> &User {
        &self.people[name].0
    }

    pub fn viewer(&self, name: &str) -> Viewer {
        match self.people.get(name) {
            Some((_, viewer)) => viewer.clone(),
            None => Viewer::Anyone,
        }
    }

    /// A name that is nobody's asks without one.
    pub fn ask(
        &self,
        who: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Said {
        said::ask(&self.dav, &self.viewer(who), (method, path), headers, body)
    }

    pub fn befriend(&self, one: &str, other: &str) {
        let (one, other) = (self.user(one), self.user(other));
        self.store()
            .write(|tx| strata::calendar::befriend(tx, one, other, NOW))
            .unwrap();
    }

    pub fn unfriend(&self, one: &str, other: &str) {
        let (one, other) = (self.user(one), self.user(other));
        self.store()
            .write(|tx| strata::calendar::unfriend(tx, one, other, NOW))
            .unwrap();
    }

    pub fn block(&self, one: &str, other: &str) {
        let (one, other) = (self.user(one), self.user(other));
        self.store()
            .write(|tx| strata::calendar::block(tx, one, other, NOW))
            .unwrap();
    }

    /// Puts somebody into a new group.
    pub fn company(&self, member: &str, group: &str) {
        let member = self.user(member).id;
        self.store()
            .write(|tx| {
                let group = accounts::create_group(tx, group, group)?.unwrap();
                accounts::add_member(tx, group.id, member)
            })
            .unwrap();
    }

    /// Lets somebody into a layer without asking them.
    pub fn share(&self, owner: &str, layer: &str, with: &str, right: Right) {
        self.grant(owner, layer, Grantee::User(self.user(with).id), right);
    }

    pub fn share_with_group(&self, owner: &str, layer: &str, with: &str, right: Right) {
        let found = self
            .store()
            .read(|tx| accounts::group_by_name(tx, with))
            .unwrap();
        self.grant(owner, layer, Grantee::Group(found.unwrap().id), right);
    }

    fn grant(&self, owner: &str, layer: &str, grantee: Grantee, right: Right) {
        let owner = self.user(owner).id;
        self.store()
            .write(|tx| {
                let layer = layers::find(tx, owner, layer)?.unwrap();
                layers::share(tx, layer.id)?;
                let new = NewShare {
                    owner,
                    layer: Some(layer.id),
                    grantee,
                    right,
                    invitation: None,
                    summary: None,
                    now: NOW,
                };
                shares::create(tx, &new)?;
                Ok::<_, store::Error>(())
            })
            .unwrap();
    }

    /// Invites somebody to a calendar, who accepts; where it stands in their home.
    pub fn invite(&self, owner: &str, calendar: &str, with: &str, right: &str) -> String {
        let body = format!(
            "<CS:share xmlns:D=\"DAV:\" xmlns:CS=\"http://calendarserver.org/ns/\"><CS:set>\
             <D:href>mailto:{with}@example.com</D:href><CS:{right}/></CS:set></CS:share>"
        );
        let xml = [("content-type", "application/xml")];
        self.ask(owner, "POST", calendar, &xml, &body).is(200);
        let (home, depth) = (format!("/dav/calendars/{with}/"), [("depth", "1")]);
        let told = format!("{home}notifications/");
        let listed = self
            .ask(with, "PROPFIND", &told, &depth, &prop("<D:getetag/>"))
            .is(207);
        let list = listed.xml();
        let mut hrefs = Vec::new();
        list.all("href", &mut hrefs);
        let invitation = self
            .ask(with, "GET", &hrefs.last().unwrap().text, &[], "")
            .is(200);
        let uid = invitation.xml().text_of("uid").unwrap();
        let body = format!(
            "<CS:invite-reply xmlns:D=\"DAV:\" xmlns:CS=\"http://calendarserver.org/ns/\">\
             <D:href>mailto:{with}@example.com</D:href><CS:invite-accepted/><CS:hosturl><D:href>{calendar}</D:href>\
             </CS:hosturl><CS:in-reply-to>{uid}</CS:in-reply-to></CS:invite-reply>"
        );
        let said = self.ask(with, "POST", &home, &xml, &body).is(200);
        said.xml().text_of("href").unwrap()
    }

    /// Takes a calendar back from somebody who was invited to it, or may have been.
    pub fn uninvite(&self, owner: &str, calendar: &str, with: &str) {
        let body = format!(
            "<CS:share xmlns:D=\"DAV:\" xmlns:CS=\"http://calendarserver.org/ns/\"><CS:remove>\
             <D:href>mailto:{with}@example.com</D:href></CS:remove></CS:share>"
        );
        let xml = [("content-type", "application/xml")];
        let said = self.ask(owner, "POST", calendar, &xml, &body);
        assert!(matches!(said.status, 200 | 207), "{}", said.body);
    }

    /// A view that one makes of everything, and that the others are invited to and take part in; its name in their homes.
    pub fn bring_together(&self, maker: &str, others: &[&str]) -> String {
        let everything = Included::NAMED.into_iter().filter(|it| !it.is_system());
        self.bring(maker, others, Includes::of(everything))
    }

    /// The same of some sorts alone.
    pub fn bring(&self, maker: &str, others: &[&str], includes: Includes) -> String {
        let includes = Some(includes);
        let draft = ViewDraft {
            name: "Team".into(),
            includes: includes.clone(),
            ..ViewDraft::default()
        };
        let calendars = &self.dav.calendars;
        let made: calendar::Result<_> = calendars.write(&self.viewer(maker), |access| {
            let id = access.create_view(&draft)?;
            for other in others {
                access.invite_to_view(id, other)?;
            }
            Ok(id)
        });
        let id = made.unwrap();
        for other in others {
            let joined: calendar::Result<()> = calendars.write(&self.viewer(other), |access| {
                access.accept_view(id, includes.as_ref())
            });
            joined.unwrap();
        }
        format!("view-{}", id.0)
    }

    pub fn unshare(&self, owner: &str, layer: &str) {
        let owner = self.user(owner).id;
        self.store()
            .write(|tx| {
                let layer = layers::find(tx, owner, layer)?.unwrap();
                for share in shares::of_layer(tx, layer.id)? {
                    shares::remove(tx, share.id)?;
                }
                Ok::<_, store::Error>(())
            })
            .unwrap();
    }

    /// Names and entity tags, as a listing has them now; `None`: there is no such collection.
    pub fn listing(&self, who: &str, collection: &str) -> Option<BTreeMap<String, String>> {
        let said = self.ask(
            who,
            "PROPFIND",
            collection,
            &[("depth", "1")],
            &prop("<D:getetag/>"),
        );
        if said.status == 404 {
            return None;
        }
        Some(members(&said.is(207).xml(), collection))
    }

    /// The ctag, when the collection is there.
    pub fn ctag(&self, who: &str, collection: &str) -> Option<String> {
        let said = self.ask(
            who,
            "PROPFIND",
            collection,
            &[("depth", "0")],
            &prop("<CS:getctag/>"),
        );
        (said.status == 207).then(|| said.xml().text_of("getctag").unwrap())
    }
}

/// What a multistatus says of the members of a collection, by name; an empty tag for one that is gone.
pub fn members(multistatus: &Element, collection: &str) -> BTreeMap<String, String> {
    let mut found = Vec::new();
    multistatus.all("response", &mut found);
    let mut members = BTreeMap::new();
    for response in found {
        let href = response.text_of("href").unwrap();
        let Some(name) = href
            .strip_prefix(collection)
            .filter(|name| !name.is_empty())
        else {
            continue;
        };
        let gone = response
            .child("status")
            .is_some_and(|status| status.text.contains("404"));
        let tag = response.text_of("getetag").filter(|_| !gone);
        members.insert(name.to_owned(), tag.unwrap_or_default());
    }
    members
}
