//! ACL (RFC 3744 section 8.1): who may see a calendar, or all of a home. What cannot be kept just as it was said is
//! refused by its name.

use crate::calendar::{self, Access, MAX_RULES, Need, Origin, Refusal, Rule, Whom};
use crate::dav::acl::{self, Privileges};
use crate::dav::error::{
    ALLOWED_PRINCIPAL, Error, GRANT_ONLY, LIMITED_NUMBER_OF_ACES, NO_ACE_CONFLICT,
    NO_INHERITED_ACE_CONFLICT, NO_INVERT, NO_PROTECTED_ACE_CONFLICT, NOT_SUPPORTED_PRIVILEGE,
    RECOGNIZED_PRINCIPAL, Result,
};
use crate::dav::exchange::Exchange;
use crate::dav::name::{DAV, Name};
use crate::dav::path::{self, Reference, Target};
use crate::dav::resource::Found;
use crate::dav::xml::Element;
use crate::http::{Reply, StatusCode};
use crate::model::{Circle, Right, User};

static ACL: Name = Name::new(DAV, "acl");
static ACE: Name = Name::new(DAV, "ace");
static PRINCIPAL: Name = Name::new(DAV, "principal");
static INVERT: Name = Name::new(DAV, "invert");
static GRANT: Name = Name::new(DAV, "grant");
static DENY: Name = Name::new(DAV, "deny");
static PRIVILEGE: Name = Name::new(DAV, "privilege");
static PROTECTED: Name = Name::new(DAV, "protected");
static INHERITED: Name = Name::new(DAV, "inherited");
static HREF: Name = Name::new(DAV, "href");
static OWNER: Name = Name::new(DAV, "owner");

pub fn run(exchange: &Exchange) -> Result<Reply> {
    let root = exchange.xml()?.filter(|root| root.is(&ACL));
    let root =
        root.ok_or_else(|| Error::bad_request("the body is a DAV:acl (RFC 3744 section 8.1)"))?;
    let entries: Vec<Entry> = root
        .children(&ACE)
        .map(Entry::read)
        .collect::<Result<_>>()?;
    exchange.write(|access| {
        let guard = exchange.guard(access)?;
        let found = Found::at(&exchange.place.target, access, Need::Index)?;
        guard.check(&found)?;
        let ruled = acl::ruled(found.borrow()).ok_or(Refusal::NotFound)?;
        let needs = calendar::Privilege::WriteAcl;
        let rules = access
            .access_rules(ruled)?
            .ok_or(Refusal::Forbidden { needs })?;
        let request = Request {
            exchange,
            owner: ruled.owner(),
            rules: &rules,
        };
        request.check_number(entries.len())?;
        let wanted = request.wanted(access, &entries)?;
        Ok(access.set_access_rules(ruled, &wanted)?)
    })?;
    Ok(Reply::new(StatusCode::OK))
}

/// One `DAV:ace` (section 5.5).
struct Entry<'e> {
    principal: &'e Element,
    inverted: bool,
    grants: bool,
    privileges: Vec<&'e Name>,
    protected: bool,
    inherited: bool,
}

impl<'e> Entry<'e> {
    fn read(ace: &'e Element) -> Result<Self> {
        let malformed = || {
            Error::bad_request("an ace has one principal, and one grant or deny with privileges")
        };
        let one = |one: &'static Name, other: &'static Name| {
            let mut found = ace.elements().filter(|it| it.is(one) || it.is(other));
            match (found.next(), found.next()) {
                (Some(element), None) => Ok(element),
                _ => Err(malformed()),
            }
        };
        let whom = one(&PRINCIPAL, &INVERT)?;
        let rights = one(&GRANT, &DENY)?;
        let inverted = whom.is(&INVERT);
        let principal = match inverted {
            true => whom.child(&PRINCIPAL).ok_or_else(malformed)?,
            false => whom,
        };
        let privileges: Vec<_> = rights
            .children(&PRIVILEGE)
            .flat_map(Element::elements)
            .map(|element| &element.name)
            .collect();
        if privileges.is_empty() || principal.elements().count() != 1 {
            return Err(malformed());
        }
        Ok(Self {
            principal,
            inverted,
            grants: rights.is(&GRANT),
            privileges,
            protected: ace.child(&PROTECTED).is_some(),
            inherited: ace.child(&INHERITED).is_some(),
        })
    }

    fn privileges(&self) -> Result<Privileges> {
        self.privileges
            .iter()
            .try_fold(Privileges::default(), |all, name| {
                let one = Privileges::named(name).ok_or_else(|| {
                    let why = format!("this server does not know {}", name.local);
                    Error::unmet(NOT_SUPPORTED_PRIVILEGE, why)
                })?;
                Ok(all.and(one))
            })
    }
}

enum Principal {
    Owner,
    Other(Whom),
}

struct Request<'r> {
    exchange: &'r Exchange<'r>,
    owner: &'r User,
    /// What stands.
    rules: &'r [Rule],
}

impl Request<'_> {
    /// As many as the client can read of what it may not change, the owner's among them, and what it may: looked at before
    /// anybody is looked up (section 8.1.1).
    fn check_number(&self, entries: usize) -> Result<()> {
        let standing = self.rules.iter().filter(|it| it.origin != Origin::Own);
        too_many(entries > MAX_RULES + 1 + standing.count())
    }

    /// What is to stand of what is the owner's to change: one right for everybody who is named.
    fn wanted(&self, access: &mut Access, entries: &[Entry]) -> Result<Vec<(Whom, Right)>> {
        let mut granted: Vec<(Whom, Privileges)> = Vec::new();
        for entry in entries {
            if entry.inverted {
                let why = "a rule names those for whom it is";
                return Err(Error::unmet(NO_INVERT, why));
            }
            let privileges = entry.privileges()?;
            let who = self.principal(access, entry.principal)?;
            if let Some(who) = self.settable(entry, who, privileges)? {
                match granted.iter_mut().find(|(known, _)| *known == who) {
                    Some((_, all)) => *all = all.and(privileges),
                    None => granted.push((who, privileges)),
                }
            }
        }
        too_many(granted.len() > MAX_RULES)?;
        let right = |(who, privileges): (Whom, Privileges)| match privileges.right() {
            Some(right) => Ok((who, right)),
            None => Err(Error::unmet(
                NO_ACE_CONFLICT,
                "what can be granted is read-free-busy, read, or read and write",
            )),
        };
        granted.into_iter().map(right).collect()
    }

    /// What repeats a rule that stands and is not to be changed here is no conflict with it, and changes nothing.
    fn settable(&self, entry: &Entry, who: Principal, wanted: Privileges) -> Result<Option<Whom>> {
        let of = |origin: Origin| match &who {
            Principal::Owner => None,
            Principal::Other(who) => {
                let mut rules = self.rules.iter();
                rules.find(|rule| rule.who == *who && rule.origin == origin)
            }
        };
        let (protected, inherited) = (of(Origin::Protected), of(Origin::Inherited));
        let is_owner = matches!(who, Principal::Owner);
        let repeats = |rule: Option<&Rule>| {
            rule.is_some_and(|rule| wanted.are_within(Privileges::of(rule.right)))
        };
        let acts = matches!(&who, Principal::Other(Whom::Circle(Circle::Proxies { .. })));
        if !entry.grants {
            let (precondition, why) = if is_owner || protected.is_some() {
                (
                    NO_PROTECTED_ACE_CONFLICT,
                    "a protected rule grants what is to be denied",
                )
            } else if inherited.is_some() {
                (
                    NO_INHERITED_ACE_CONFLICT,
                    "a rule of the home grants what is to be denied",
                )
            } else {
                (GRANT_ONLY, "what is not granted is denied")
            };
            return Err(Error::unmet(precondition, why));
        }
        if entry.inherited || (acts && inherited.is_some()) {
            return match repeats(inherited) {
                true => Ok(None),
                false => Err(Error::unmet(
                    NO_INHERITED_ACE_CONFLICT,
                    "the rules of the home are changed there",
                )),
            };
        }
        if is_owner || entry.protected || (acts && protected.is_some()) {
            return match is_owner || repeats(protected) {
                true => Ok(None),
                false => Err(Error::unmet(
                    NO_PROTECTED_ACE_CONFLICT,
                    "a protected rule is not changed here",
                )),
            };
        }
        match who {
            Principal::Owner => Ok(None),
            Principal::Other(who) => Ok(Some(who)),
        }
    }

    /// Section 5.5.1. Whom the viewer may not know of is nobody.
    fn principal(&self, access: &mut Access, element: &Element) -> Result<Principal> {
        let not_allowed = || Error::unmet(ALLOWED_PRINCIPAL, "a calendar has no rule for these");
        let Some(inside) = element.elements().next() else {
            return Err(not_allowed());
        };
        if inside.is(&HREF) {
            return self.named(access, inside.text().trim());
        }
        match inside.name.local.as_ref() {
            _ if inside.name.namespace != DAV => Err(not_allowed()),
            "all" => Ok(Principal::Other(Whom::All)),
            "authenticated" => Ok(Principal::Other(Whom::Authenticated)),
            "property" if inside.child(&OWNER).is_some() => Ok(Principal::Owner),
            _ => Err(not_allowed()),
        }
    }

    fn named(&self, access: &mut Access, href: &str) -> Result<Principal> {
        let nobody = || Error::unmet(RECOGNIZED_PRINCIPAL, "there is no such principal");
        let target = match path::reference(href, self.exchange.request) {
            Reference::Here(path) => path::target(&path).map_err(|_| nobody())?,
            Reference::Elsewhere => return Err(nobody()),
        };
        let who = match target {
            Target::User(name) => access.principal(&name).map(Whom::User),
            Target::Group(name) => access.group(&name).map(Whom::Group),
            Target::Circle { owner, circle } if owner == self.owner.name => {
                Ok(Whom::Circle(circle))
            }
            _ => return Err(nobody()),
        };
        match who {
            Ok(Whom::User(user)) if user.id == self.owner.id => Ok(Principal::Owner),
            Ok(who) => Ok(Principal::Other(who)),
            Err(calendar::Error::Refused(Refusal::NotFound)) => Err(nobody()),
            Err(error) => Err(error.into()),
        }
    }
}

fn too_many(are: bool) -> Result<()> {
    match are {
        true => {
            let why = format!("a calendar has {MAX_RULES} rules at most");
            Err(Error::unmet(LIMITED_NUMBER_OF_ACES, why))
        }
        false => Ok(()),
    }
}
