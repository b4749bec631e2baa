//! A whole store with alice and bob in it, an administrator, and what each asks.

use serde_json::Value;

use crate::api::{Api, handle};
use crate::auth;
use crate::calendar::system::{Kind, Origin, System};
use crate::calendar::{Calendars, Limits};
use crate::http::{Body, HeaderMap, HeaderName, HeaderValue, Method, Reply, Request};
use crate::model::{Details, HeldToken, Scope, Scopes, SystemKind, User, Visibility};
use crate::privacy::{Device, Viewer};
use crate::store::Store;
use crate::store::api_tokens::{self, NewApiToken};
use crate::store::tests::Trial;

/// Where the paths of the API begin.
pub const API: &str = "/api/v1/calendar";

pub struct World {
    pub api: Api,
    pub store: Store,
    pub alice: Viewer,
    pub bob: Viewer,
    pub root: Viewer,
    _trial: Trial,
}

pub struct Said {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Said {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// A problem of this code, in the form that every one has.
    #[track_caller]
    pub fn fails(self, status: u16, code: &str) -> Self {
        let said = self.is(status);
        assert_eq!(said.header("content-type"), "application/problem+json");
        let problem = said.json();
        assert_eq!(problem["code"], code, "{}", said.body);
        assert_eq!(problem["type"], format!("urn:strata:problem:{code}"));
        assert_eq!(problem["status"], status);
        said
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        let trial = Trial::new();
        let store = trial.store.clone();
        let viewer = |user: User| Viewer::User(Device::of_account(user.id, user.epoch));
        let (alice, bob) = (trial.account("alice"), trial.account("bob"));
        let root = trial.administrator("root");
        let (alice, bob, root) = (viewer(alice), viewer(bob), viewer(root));
        Self {
            api: Api::new(Calendars::new(store.clone(), limits)),
            store,
            alice,
            bob,
            root,
            _trial: trial,
        }
    }

    /// With kinds of a platform's records.
    pub fn with_kinds(kinds: &[(&str, &str)]) -> Self {
        let kind = |(name, title): &(&str, &str)| Kind {
            kind: SystemKind::named(name).unwrap(),
            title: (*title).to_owned(),
            color: "#1890ff".to_owned(),
            label: "On duty".into(),
            visibility: Visibility::Public,
            details: Details::Everyone,
            busy: true,
            remind: None,
            origin: Origin::Records,
        };
        let mut world = Self::new();
        let kinds: Vec<Kind> = kinds.iter().map(kind).collect();
        let calendars = world.api.calendars.clone();
        let calendars = calendars.with_system(System::new(kinds));
        calendars.switch_kinds().unwrap();
        world.api = Api::new(calendars);
        world
    }

    /// The viewer as a program that holds a token of theirs.
    pub fn token(&self, of: &Viewer, scopes: &[Scope]) -> Viewer {
        let Viewer::User(device) = of else {
            panic!("nobody has no tokens")
        };
        let scopes = Scopes::of(scopes.iter().copied());
        let (_, hash) = auth::new_token().unwrap();
        let new = NewApiToken {
            user: device.user,
            label: "a test",
            secret_hash: &hash,
            scopes,
            created: 0,
            expires: None,
            by_token: None,
            by_password: None,
        };
        let id = self.store.write(|tx| api_tokens::add(tx, &new)).unwrap();
        Viewer::User(Device::of_token(
            device.user,
            device.epoch,
            HeldToken { id, scopes },
        ))
    }

    pub fn ask(&self, viewer: &Viewer, line: &str, headers: &[(&str, &str)], body: &str) -> Said {
        let reply = handle(&self.api, viewer, &request(line, headers, body));
        said(reply)
    }

    /// A JSON body, or none.
    pub fn alice(&self, line: &str, body: &str) -> Said {
        self.json(&self.alice, line, body)
    }

    pub fn bob(&self, line: &str, body: &str) -> Said {
        self.json(&self.bob, line, body)
    }

    pub fn json(&self, viewer: &Viewer, line: &str, body: &str) -> Said {
        self.ask(viewer, line, &[("content-type", "application/json")], body)
    }
}

impl World {
    /// Makes a view of alice's called Team; its path.
    pub fn team(&self) -> String {
        let made = self.alice(&format!("POST {API}/shared"), r#"{"name":"Team"}"#);
        let view = made.is(201).json();
        format!("{API}/shared/{}", view["id"].as_str().unwrap())
    }

    pub fn invite_bob(&self, view: &str) {
        let bob = r#"{"userIds":["bob"]}"#;
        self.alice(&format!("POST {view}/invite"), bob).is(200);
    }

    pub fn bob_accepts(&self, view: &str) {
        let accepted = r#"{"status":"ACCEPTED"}"#;
        self.bob(&format!("PATCH {view}/respond"), accepted).is(200);
    }
}

/// `line` is the method and the target.
pub fn request(line: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    let headers = headers.iter().map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    });
    Request {
        id: "test".into(),
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        path: path.into(),
        query,
        headers: headers.collect(),
        body: body.to_owned().into(),
        origin: crate::http::Origin {
            scheme: "http",
            authority: "cal.example.com".into(),
            base_path: String::new(),
        },
        client: [127, 0, 0, 1].into(),
    }
}

pub fn said(reply: Reply) -> Said {
    let body = match reply.body {
        Body::Empty => String::new(),
        Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        Body::File(..) => panic!("the body has been spilled"),
    };
    Said {
        status: reply.status.as_u16(),
        headers: reply.headers,
        body,
    }
}
