//! One request on its way through a method: who asks, for what, and under which conditions.

use super::Dav;
use super::condition::{Conditions, Preferences, State};
use super::error::{Error, Result};
use super::method::Method;
use super::path::{Place, Target};
use super::resource::{Found, layer_tag};
use super::sharing;
use super::xml::{self, Element, MAX_ELEMENTS};
use crate::calendar::{Access, Collection, Need, Refusal, told_token};
use crate::http::{EntityTag, HeaderName, HeaderValue, Reply, Request, StatusCode, header};
use crate::model::Instant;
use crate::privacy::Viewer;

pub const XML_TYPE: &str = "application/xml; charset=utf-8";
pub const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

pub struct Exchange<'x> {
    pub dav: &'x Dav,
    pub viewer: &'x Viewer,
    pub request: &'x Request,
    pub place: Place,
    pub method: &'static Method,
}

impl Exchange<'_> {
    pub fn preferences(&self) -> Preferences {
        Preferences::read(self.request)
    }

    /// The body as XML; `None`: there is none.
    pub fn xml(&self) -> Result<Option<Element>> {
        Ok(xml::parse(&self.request.body, MAX_ELEMENTS)?)
    }

    /// Reads in one snapshot, where `If` admits it: that header applies to every method (RFC 4918 section 10.4).
    pub fn read<T>(&self, mut work: impl FnMut(&mut Access) -> Result<T>) -> Result<T> {
        self.dav.calendars.read(self.viewer, |access| {
            if self.request.headers.contains_key("if") {
                let own = state(access, &self.place.target)?;
                self.guard(access)?.check_lists(&own)?;
            }
            work(access)
        })
    }

    /// Writes in one transaction.
    pub fn write<T>(&self, work: impl FnMut(&mut Access) -> Result<T>) -> Result<T> {
        self.dav.calendars.write(self.viewer, work)
    }

    /// What a target is to this viewer.
    pub fn known(&self, target: Target) -> Result<Target> {
        super::known(self.dav, self.viewer, target)
    }

    /// Names the resource that a refusal is about, when nobody nearer to it did.
    pub fn located(&self, error: Error) -> Error {
        error.located(self.place.parent(), &self.place.href)
    }

    pub fn multistatus(&self, body: impl Into<crate::http::Body>, noroot: bool) -> Reply {
        let reply = Reply::new(StatusCode::MULTI_STATUS).content(XML_TYPE, body);
        self.preferred(reply, noroot)
    }

    /// Says which preferences were heard, and that they matter (RFC 7240 section 2).
    pub fn preferred(&self, reply: Reply, noroot: bool) -> Reply {
        let reply = reply.with(
            header::VARY,
            HeaderValue::from_static("Brief, Prefer, CalDAV-Timezones"),
        );
        match self.preferences().applied(noroot) {
            Some(applied) => reply.with(PREFERENCE_APPLIED, HeaderValue::from_static(applied)),
            None => reply,
        }
    }

    /// What the request's headers ask of what stands at its target, with the state of everything else they name.
    pub fn guard(&self, access: &mut Access) -> Result<Guard> {
        let conditions = Conditions::read(self.request, &self.place.target)?;
        let mut others: Vec<(Target, State)> = Vec::new();
        for target in conditions.others() {
            if !others.iter().any(|(known, _)| known == target) {
                others.push((target.clone(), state(access, target)?));
            }
        }
        if conditions.asks_date()
            && let Target::Item { owner, layer, name } = &self.place.target
            && let Some(collection) = found(access.collection(owner, layer))?
            && let Some(item) = found(access.get(&collection, name, Need::Index))?
            && !conditions.admit_date(item.modified())
        {
            return Err(Refusal::Stale.into());
        }
        Ok(Guard { conditions, others })
    }
}

/// The conditions of a request, ready to be put to what stands at its target, under whatever lock that takes.
pub struct Guard {
    conditions: Conditions,
    others: Vec<(Target, State)>,
}

impl Guard {
    pub fn admits(&self, tag: Option<&EntityTag>) -> bool {
        self.admits_state(&State::tagged(tag.cloned()))
    }

    pub fn check(&self, found: &Found) -> Result<()> {
        self.check_state(&state_of(found))
    }

    pub fn check_collection(&self, collection: Option<&Collection>) -> Result<()> {
        self.check_state(&collection.map(layer_state).unwrap_or_default())
    }

    /// Of a request that reads. `true`: who asks has already what it would get (RFC 9110 section 13.2.2).
    pub fn check_reading(&self, own: &State, modified: Option<Instant>) -> Result<bool> {
        if !self.conditions.admit(own, &self.others) {
            return Err(Refusal::Stale.into());
        }
        Ok(self.conditions.has_already(own, modified))
    }

    /// What `If` alone asks.
    fn check_lists(&self, own: &State) -> Result<()> {
        match self.conditions.lists_hold(own, &self.others) {
            true => Ok(()),
            false => Err(Refusal::Stale.into()),
        }
    }

    fn check_state(&self, state: &State) -> Result<()> {
        if self.admits_state(state) {
            Ok(())
        } else {
            Err(Refusal::Stale.into())
        }
    }

    fn admits_state(&self, state: &State) -> bool {
        self.conditions.admit(state, &self.others) && self.conditions.admit_none(state)
    }
}

fn state(access: &mut Access, target: &Target) -> Result<State> {
    match Found::at(target, access, Need::Index) {
        Ok(found) => Ok(state_of(&found)),
        Err(error) if error.is_refusal(&Refusal::NotFound) => Ok(State::default()),
        Err(error) => Err(error),
    }
}

/// What conditions can ask of a resource: its tag as GET tells it, and its sync token (RFC 6578 section 5).
pub fn state_of(found: &Found) -> State {
    match found {
        Found::Item(_, item) => State::tagged(Some(EntityTag::strong(item.tag()))),
        Found::Trash(_, lying) => State {
            exists: true,
            tag: lying.former().map(|it| EntityTag::strong(it.item.tag())),
            token: None,
        },
        Found::Layer(collection) => layer_state(collection),
        Found::Home(home) => State {
            exists: true,
            tag: None,
            token: Some(home.token()),
        },
        Found::Notification(_, told) => State::tagged(Some(sharing::tag(told))),
        Found::Notifications(of, told) => State {
            exists: true,
            tag: None,
            token: Some(told_token(of, told)),
        },
        Found::Folder(_) | Found::User(_) | Found::Circle(..) | Found::Group(_) => State {
            exists: true,
            ..State::default()
        },
    }
}

fn layer_state(collection: &Collection) -> State {
    State {
        exists: true,
        tag: Some(layer_tag(collection)),
        token: Some(collection.token()),
    }
}

/// What is not there is `None`; every other failure stays one.
pub fn found<T>(result: crate::calendar::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(crate::calendar::Error::Refused(Refusal::NotFound)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// The collection that something is to be written into; when it is missing, that is a conflict (RFC 4918 section 9.7.1).
pub fn parent(access: &mut Access, owner: &str, layer: &str) -> Result<Collection> {
    found(access.collection(owner, layer))?.ok_or_else(|| Refusal::NoParent.into())
}
