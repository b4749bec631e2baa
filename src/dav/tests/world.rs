//! A whole store with alice and bob in it, and someone to ask.

use crate::calendar::{Calendars, Limits};
use crate::dav::{Dav, Settings, handle};
use crate::http::Reply;
use crate::model::AppPasswordId;
use crate::privacy::{Device, Viewer};
use crate::store::accounts::{self, NewAppPassword};
use crate::store::tests::Trial;

use super::{request, text, with};

pub struct World {
    pub dav: Dav,
    pub alice: Viewer,
    pub bob: Viewer,
    pub trial: Trial,
}

pub struct Said {
    pub status: u16,
    pub reply_headers: crate::http::HeaderMap,
    pub body: String,
}

impl Said {
    pub fn header(&self, name: &str) -> &str {
        self.reply_headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    #[track_caller]
    pub fn has(self, text: &str) -> Self {
        assert!(self.body.contains(text), "no {text} in\n{}", self.body);
        self
    }

    #[track_caller]
    pub fn lacks(self, text: &str) -> Self {
        assert!(!self.body.contains(text), "{text} in\n{}", self.body);
        self
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Self {
        let trial = Trial::new();
        let account = |name: &str| {
            let user = trial.account(name);
            Viewer::User(Device::of_account(user.id, user.epoch))
        };
        let (alice, bob) = (account("alice"), account("bob"));
        let calendars = Calendars::new(trial.store.clone(), Limits::default());
        let world = Self {
            dav: Dav {
                calendars,
                settings,
            },
            alice,
            bob,
            trial,
        };
        world
            .alice("MKCALENDAR", "/dav/calendars/alice/work/", &[], "")
            .is(201);
        world
    }

    pub fn ask(
        &self,
        viewer: &Viewer,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Said {
        let mut request = with(request(method, path), headers);
        request.body = body.to_owned().into();
        let reply: Reply = handle(&self.dav, viewer, &request);
        let (status, reply_headers) = (reply.status.as_u16(), reply.headers.clone());
        Said {
            status,
            reply_headers,
            body: text(reply),
        }
    }

    pub fn alice(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Said {
        self.ask(&self.alice, method, path, headers, body)
    }

    /// A device of alice's.
    pub fn app_password(&self, label: &str) -> AppPasswordId {
        let new = NewAppPassword {
            user: self.alice.user().unwrap(),
            label,
            secret_hash: label.as_bytes(),
            created: 0,
            expires: None,
            read_only: false,
            layers: None,
        };
        let store = self.dav.calendars.store();
        store
            .write(|tx| accounts::add_app_password(tx, &new))
            .unwrap()
    }

    /// What no door offers.
    pub fn sql(&self, sql: &str) {
        self.trial.sql(sql);
    }

    pub fn put(&self, name: &str, uid: &str) -> Said {
        self.alice(
            "PUT",
            &format!("/dav/calendars/alice/work/{name}"),
            &[],
            &event(uid, "Lunch"),
        )
    }
}

pub fn event(uid: &str, summary: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20260601T100000Z\r\nDURATION:PT1H\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

pub const WORK: &str = "/dav/calendars/alice/work/";
pub const DEPTH_0: (&str, &str) = ("depth", "0");
pub const DEPTH_1: (&str, &str) = ("depth", "1");

pub fn prop(names: &str) -> String {
    format!(
        "<D:propfind xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:CS=\"http://calendarserver.org/ns/\" \
         xmlns:I=\"http://apple.com/ns/ical/\" xmlns:S=\"urn:strata:dav\"><D:prop>{names}</D:prop></D:propfind>"
    )
}

pub fn report(name: &str, inside: &str) -> String {
    format!(
        "<{name} xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" \
         xmlns:CS=\"http://calendarserver.org/ns/\">{inside}</{name}>"
    )
}
