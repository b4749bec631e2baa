//! PROPPATCH (RFC 4918 section 9.2): every instruction or none.

use crate::calendar::{self, Access, DeadPatch, Member, Need, Privilege, Property, Refusal};
use crate::dav::error::{Error, Precondition, Result};
use crate::dav::exchange::Exchange;
use crate::dav::multistatus::{Href, Multistatus, Propstats};
use crate::dav::name::{DAV, Name, STRATA};
use crate::dav::path::{self, Reference, Target};
use crate::dav::props::{self, Change, Keeps, Patch};
use crate::dav::resource::{Found, Kind};
use crate::dav::writer::Tag;
use crate::dav::xml::Element;
use crate::http::{Reply, StatusCode};
use crate::model::{Circle, User};

static UPDATE: Name = Name::new(DAV, "propertyupdate");
static SET: Name = Name::new(DAV, "set");
static REMOVE: Name = Name::new(DAV, "remove");
static PROP: Name = Name::new(DAV, "prop");
static ALARMS: Name = Name::new(STRATA, "alarms");

pub fn run(exchange: &Exchange) -> Result<Reply> {
    let root = exchange.xml()?.filter(|root| root.is(&UPDATE));
    let root = root.ok_or_else(|| {
        Error::bad_request("the body is a DAV:propertyupdate (RFC 4918 section 14.19)")
    })?;
    let kind = exchange.place.target.kind().unwrap_or(Kind::Item);
    let instructions = Instructions::read(&root, kind, false)?;
    if let Some(refused) = instructions.refused() {
        // Whether the resource is there, and as it was, is told before what cannot be done to it.
        exchange.read(|access| {
            let found = Found::at(&exchange.place.target, access, Need::Index)?;
            exchange.guard(access)?.check(&found)
        })?;
        return multistatus(exchange, refused);
    }
    let done = exchange.write(|access| {
        let guard = exchange.guard(access)?;
        let found = Found::at(&exchange.place.target, access, Need::Index)?;
        guard.check(&found)?;
        apply(exchange, access, &found, &instructions.patch)
    });
    if let Err(error) = done {
        let refused = instructions.refused_for(&error).ok_or(error)?;
        return multistatus(exchange, refused);
    }
    if exchange.preferences().minimal {
        return Ok(exchange.preferred(Reply::new(StatusCode::OK), false));
    }
    multistatus(exchange, instructions.accepted())
}

fn multistatus(exchange: &Exchange, propstats: Propstats) -> Result<Reply> {
    let mut out = Multistatus::open(Vec::new())?;
    out.response(Href::Path(&exchange.place.href), |answer| {
        answer.copy(&propstats);
        Ok::<_, Error>(())
    })?;
    Ok(exchange.multistatus(out.close(None)?, false))
}

fn apply(exchange: &Exchange, access: &mut Access, found: &Found, patch: &Patch) -> Result<()> {
    match found {
        Found::Layer(collection) => access.patch_layer(collection, &patch.layer)?,
        Found::User(user) => {
            if let Some(name) = &patch.display_name {
                // It is never empty (RFC 3744 section 4).
                let is_empty = name.trim().is_empty();
                access.set_display_name(user, if is_empty { &user.name } else { name })?;
            }
            dead(access, found, patch)?;
        }
        Found::Home(home) => {
            if let Some(text) = &patch.availability {
                access.set_availability(home, text.as_deref())?;
            }
            if let Some(to) = patch.free_busy_to {
                access.set_free_busy_to(home, to)?;
            }
            if let Some(hides) = patch.hide_disabled {
                access.set_hides_disabled(home, hides)?;
            }
            dead(access, found, patch)?;
        }
        Found::Item(collection, item) => {
            access.patch_kept(collection, item, &patch.kept)?;
            dead(access, found, patch)?;
        }
        Found::Circle(owner, circle) => proxies(exchange, access, (owner, *circle), patch)?,
        Found::Group(_)
        | Found::Folder(_)
        | Found::Trash(..)
        | Found::Notifications(..)
        | Found::Notification(..) => {
            dead(access, found, patch)?;
        }
    }
    Ok(())
}

/// Who acts for somebody is all there is to say about such a group.
fn proxies(
    exchange: &Exchange,
    access: &mut Access,
    (owner, circle): (&User, Circle),
    patch: &Patch,
) -> Result<()> {
    let (Circle::Proxies { write }, true) = (circle, patch.layer.dead.is_empty()) else {
        return Err(Refusal::Forbidden {
            needs: Privilege::WriteProperties,
        }
        .into());
    };
    let Some(members) = &patch.members else {
        return Ok(());
    };
    let members = members
        .iter()
        .map(|href| member(href, exchange))
        .collect::<Result<Vec<_>>>()?;
    Ok(access.set_proxies(owner, write, &members)?)
}

fn member(href: &str, exchange: &Exchange) -> Result<Member> {
    let target = match path::reference(href, exchange.request) {
        Reference::Here(path) => path::target(&path)?,
        Reference::Elsewhere => Target::Nowhere,
    };
    match target {
        Target::User(name) => Ok(Member::User(name)),
        Target::Group(name) => Ok(Member::Group(name)),
        _ => Err(Refusal::BadValue("a member is a user or a group of this server".into()).into()),
    }
}

fn dead(access: &mut Access, found: &Found, patch: &Patch) -> Result<()> {
    if let Some(bearer) = props::bearer(found.borrow()) {
        let kept = [patch.layer.languages.as_slice(), &patch.layer.dead].concat();
        access.patch_dead_properties(&bearer, &kept)?;
    }
    Ok(())
}

/// The instructions of a PROPPATCH, MKCOL or MKCALENDAR, in document order.
pub struct Instructions {
    names: Vec<Name>,
    refusals: Vec<(Name, StatusCode, Option<Precondition>)>,
    pub patch: Patch,
}

impl Instructions {
    pub fn read(root: &Element, kind: Kind, creating: bool) -> Result<Self> {
        let patch = Patch {
            creating,
            ..Patch::default()
        };
        let mut this = Self {
            names: Vec::new(),
            refusals: Vec::new(),
            patch,
        };
        for instruction in root.elements() {
            let sets = instruction.is(&SET);
            if !sets && (creating || !instruction.is(&REMOVE)) {
                continue;
            }
            for element in instruction.children(&PROP).flat_map(Element::elements) {
                this.take(element, kind, sets)?;
            }
        }
        Ok(this)
    }

    fn take(&mut self, element: &Element, kind: Kind, sets: bool) -> Result<()> {
        let result = match props::change(&element.name, kind) {
            Ok(Change::Live(set)) => {
                let result = set(&mut self.patch, sets.then_some(element));
                self.keep(element, sets);
                result
            }
            Ok(Change::Dead) => {
                self.patch.layer.dead.push(dead_patch(element, sets, None));
                Ok(())
            }
            Err(error) => Err(error),
        };
        if !self.names.contains(&element.name) {
            self.names.push(element.name.clone());
        }
        if let Err(error) = result {
            let (status, precondition) = error.status();
            self.refusals
                .push((element.name.clone(), status, precondition));
        }
        Ok(())
    }

    fn keep(&mut self, element: &Element, sets: bool) {
        let layer = &mut self.patch.layer;
        match props::lookup(&element.name).map(|property| property.keeps) {
            None | Some(Keeps::Nothing) => {}
            Some(Keeps::Language) => {
                let keeps = sets && element.language().is_some();
                layer.languages.push(dead_patch(element, keeps, None));
            }
            Some(Keeps::Element) => {
                let text = Some(element.text().into_owned());
                layer.dead.push(dead_patch(element, sets, text));
            }
        }
    }

    /// When one instruction fails, the others fail with it (RFC 4918 section 9.2.1).
    pub fn refused(&self) -> Option<Propstats> {
        if self.refusals.is_empty() {
            return None;
        }
        Some(self.failed(&self.refusals))
    }

    /// The same when the resource has no room for one of the properties, or cannot have it; `None`: it is about something
    /// else.
    pub fn refused_for(&self, error: &Error) -> Option<Propstats> {
        let Error::Calendar(calendar::Error::Refused(refusal)) = error else {
            return None;
        };
        let name = match refusal {
            Refusal::DeadPropertiesFull { namespace, name } => Name::read(namespace, name),
            Refusal::NotShared => ALARMS.clone(),
            _ => return None,
        };
        let (status, precondition) = error.status();
        Some(self.failed(&[(name, status, precondition)]))
    }

    fn failed(&self, refusals: &[(Name, StatusCode, Option<Precondition>)]) -> Propstats {
        let mut out = Propstats::default();
        for name in &self.names {
            let refusal = refusals.iter().find(|(refused, ..)| refused == name);
            let (status, precondition) = refusal.map_or(
                (StatusCode::FAILED_DEPENDENCY, None),
                |(_, status, element)| (*status, *element),
            );
            out.other(status, precondition).raw(&Tag::of(name).empty);
        }
        out
    }

    pub fn accepted(&self) -> Propstats {
        let mut out = Propstats::default();
        for name in &self.names {
            out.found.raw(&Tag::of(name).empty);
        }
        out
    }
}

/// `text`: what the server goes by itself.
fn dead_patch(element: &Element, sets: bool, text: Option<String>) -> DeadPatch {
    let (namespace, name) = (
        element.name.namespace.to_string(),
        element.name.local.to_string(),
    );
    if sets {
        DeadPatch::Set(Property {
            namespace,
            name,
            xml: element.to_xml(),
            text,
        })
    } else {
        DeadPatch::Remove { namespace, name }
    }
}
