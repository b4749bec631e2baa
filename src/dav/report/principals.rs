//! `principal-match` (RFC 3744 section 9.3) and `acl-principal-prop-set` (section 9.2).

use super::search::tell;
use crate::calendar::{Need, Privilege, Refusal, Rule, Whom};
use crate::dav::acl;
use crate::dav::error::{Error, Result};
use crate::dav::exchange::Exchange;
use crate::dav::multistatus::Multistatus;
use crate::dav::name::{DAV, Name};
use crate::dav::path::Target;
use crate::dav::props::Question;
use crate::dav::resource::{Found, Resource};
use crate::dav::xml::Element;
use crate::http::{Reply, Spool};
use crate::model::Circle;

static PROP: Name = Name::new(DAV, "prop");
static SELF: Name = Name::new(DAV, "self");
static PRINCIPAL_PROPERTY: Name = Name::new(DAV, "principal-property");
static OWNER: Name = Name::new(DAV, "owner");

fn question(exchange: &Exchange, root: &Element) -> Result<Question> {
    let elements = root.child(&PROP).into_iter().flat_map(Element::elements);
    Question::named(elements, exchange.preferences().minimal, false)
}

/// Which principals are the viewer (itself and its groups), or which calendars are the viewer's.
pub fn matching(exchange: &Exchange, root: &Element) -> Result<Reply> {
    let question = question(exchange, root)?;
    let is_self = root.child(&SELF).is_some();
    let is_owner = root
        .child(&PRINCIPAL_PROPERTY)
        .is_some_and(|it| it.child(&OWNER).is_some());
    if !is_self && root.child(&PRINCIPAL_PROPERTY).is_none() {
        return Err(Error::bad_request(
            "principal-match has self or principal-property",
        ));
    }
    let target = &exchange.place.target;
    let above = matches!(target, Target::Server | Target::Root);
    let body = exchange.read(|access| {
        Found::at(target, access, Need::Index)?;
        let me = access.me()?;
        let asker = question.asker(access, exchange.request)?;
        let mut out = Multistatus::open(Spool::new(exchange.dav.settings.max_reply))?;
        if is_self {
            if above || matches!(target, Target::Principals | Target::Users) {
                tell(access, &question, &asker, Resource::User(&me), &mut out)?;
                for write in [false, true] {
                    for owner in &access.acting_for(write)? {
                        let circle = Resource::Circle(owner, Circle::Proxies { write });
                        tell(access, &question, &asker, circle, &mut out)?;
                    }
                }
            }
            if above || matches!(target, Target::Principals | Target::Groups) {
                for group in &access.groups_of(&me)? {
                    tell(access, &question, &asker, Resource::Group(group), &mut out)?;
                }
            }
        } else if is_owner && (above || *target == Target::Homes || is_home_of(target, &me.name)) {
            let home = access.home(&me.name)?;
            if !is_home_of(target, &me.name) {
                tell(access, &question, &asker, Resource::Home(&home), &mut out)?;
            }
            // What was shared with the viewer stands in the home, and is its sharer's.
            let own = home.listed();
            for collection in own.filter(|it| it.sharer().id == me.id) {
                tell(
                    access,
                    &question,
                    &asker,
                    Resource::Layer(collection),
                    &mut out,
                )?;
            }
        }
        Ok(out.close(None)?.into_body()?)
    })?;
    Ok(exchange.multistatus(body, false))
}

fn is_home_of(target: &Target, name: &str) -> bool {
    matches!(target, Target::Home(owner) if owner == name)
}

/// The principals that a resource's access rules name, each once, as far as the viewer may read the rules and know of them.
pub fn of_acl(exchange: &Exchange, root: &Element) -> Result<Reply> {
    let question = question(exchange, root)?;
    let body = exchange.read(|access| {
        let found = Found::at(&exchange.place.target, access, Need::Index)?;
        let asker = question.asker(access, exchange.request)?;
        let rules = match acl::ruled(found.borrow()) {
            Some(ruled) => {
                let needs = Privilege::ReadAcl;
                let rules = access.access_rules(ruled)?;
                rules.ok_or(Refusal::Forbidden { needs })?
            }
            None => Vec::new(),
        };
        let mut out = Multistatus::open(Spool::new(exchange.dav.settings.max_reply))?;
        if let Some(owner) = found.borrow().owner() {
            match access.principal(&owner.name) {
                Ok(owner) => tell(access, &question, &asker, Resource::User(&owner), &mut out)?,
                Err(crate::calendar::Error::Refused(Refusal::NotFound)) => {}
                Err(error) => return Err(error.into()),
            }
            let mut told: Vec<&Whom> = Vec::new();
            for Rule { who, .. } in &rules {
                let resource = match who {
                    _ if told.contains(&who) => continue,
                    Whom::User(user) => Resource::User(user),
                    Whom::Group(group) => Resource::Group(group),
                    Whom::Circle(circle) => Resource::Circle(owner, *circle),
                    Whom::Authenticated | Whom::All => continue,
                };
                tell(access, &question, &asker, resource, &mut out)?;
                told.push(who);
            }
        }
        Ok(out.close(None)?.into_body()?)
    })?;
    Ok(exchange.multistatus(body, false))
}
