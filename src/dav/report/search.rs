//! Searches for principals: RFC 3744 sections 9.4 and 9.5, and CalendarServer's search by words.

use crate::calendar::Access;
use crate::dav::error::{Error, MATCHES, Result};
use crate::dav::exchange::{Exchange, XML_TYPE};
use crate::dav::multistatus::{Href, Multistatus, Propstats};
use crate::dav::name::{CALDAV, CALENDARSERVER, DAV, Name};
use crate::dav::path::Target;
use crate::dav::props::{Asker, Here, Question};
use crate::dav::resource::Resource;
use crate::dav::writer::{Tag, Writer};
use crate::dav::xml::Element;
use crate::http::{Reply, Spool, StatusCode};
use crate::model::{Group, User, UserKind};

static PROPERTY_SEARCH: Name = Name::new(DAV, "property-search");
static PROP: Name = Name::new(DAV, "prop");
static MATCH: Name = Name::new(DAV, "match");
static APPLY: Name = Name::new(DAV, "apply-to-principal-collection-set");
static SEARCH_TOKEN: Name = Name::new(CALENDARSERVER, "search-token");

/// Conditions or words of one search, and properties of one condition: each is put to every principal.
const MAX_CONDITIONS: usize = 16;

/// What can be searched, and what it is called.
static SEARCHABLE: &[(Name, &str)] = &[
    (Name::new(DAV, "displayname"), "Name"),
    (
        Name::new(CALDAV, "calendar-user-address-set"),
        "Calendar address",
    ),
    (
        Name::new(CALENDARSERVER, "email-address-set"),
        "Email address",
    ),
    (Name::new(CALDAV, "calendar-user-type"), "Kind"),
];

/// RFC 3744 section 9.5: 200, for it is no multistatus.
pub fn property_set(_: &Exchange, _: &Element) -> Result<Reply> {
    let mut out = Writer::default();
    out.root("D:principal-search-property-set");
    for (name, description) in SEARCHABLE {
        out.raw("<D:principal-search-property><D:prop>")
            .raw(&Tag::of(name).empty);
        out.raw("</D:prop><D:description xml:lang=\"en\">")
            .text(description);
        out.raw("</D:description></D:principal-search-property>");
    }
    out.raw("</D:principal-search-property-set>");
    Ok(Reply::new(StatusCode::OK).content(XML_TYPE, out.into_string()))
}

/// One of the conditions of `principal-property-search`.
struct Condition {
    questions: Vec<Question>,
    text: String,
    kind: Kind,
}

/// CalendarServer's match types; without one it is anywhere.
#[derive(Clone, Copy)]
enum Kind {
    Contains,
    Equals,
    StartsWith,
    EndsWith,
}

impl Kind {
    fn matches(self, value: &str, text: &str) -> bool {
        match self {
            Self::Contains => value.contains(text),
            Self::Equals => value == text,
            Self::StartsWith => value.starts_with(text),
            Self::EndsWith => value.ends_with(text),
        }
    }
}

/// RFC 3744 section 9.4. Without a condition, as python-caldav asks for everybody, nobody is listed.
pub fn property_search(exchange: &Exchange, root: &Element) -> Result<Reply> {
    let conditions = root
        .children(&PROPERTY_SEARCH)
        .map(condition)
        .collect::<Result<Vec<_>>>()?;
    if conditions.len() > MAX_CONDITIONS
        || conditions
            .iter()
            .any(|it| it.questions.len() > MAX_CONDITIONS)
    {
        return Err(Error::bad_request("the search has too many conditions"));
    }
    let any = root
        .attribute("test")
        .is_some_and(|test| test.trim() == "anyof");
    answer(exchange, root, |exchange, access, resource| {
        for condition in &conditions {
            let holds = holds(exchange, access, condition, resource)?;
            if holds == any {
                return Ok(any);
            }
        }
        Ok(!any && !conditions.is_empty())
    })
}

fn condition(element: &Element) -> Result<Condition> {
    let text = element
        .child(&MATCH)
        .ok_or_else(|| Error::bad_request("a property-search has a match"))?;
    let kind = match text.attribute("match-type").map(str::trim) {
        None | Some("contains") => Kind::Contains,
        Some("equals") => Kind::Equals,
        Some("starts-with") => Kind::StartsWith,
        Some("ends-with") => Kind::EndsWith,
        Some(_) => return Err(Error::bad_request("the match type is not known")),
    };
    let names = element.child(&PROP).map(|prop| {
        prop.elements()
            .map(|it| it.name.clone())
            .collect::<Vec<_>>()
    });
    let questions = names
        .unwrap_or_default()
        .into_iter()
        .map(|name| Question::of(name, true));
    Ok(Condition {
        questions: questions.collect::<Result<_>>()?,
        text: text.text().trim().to_lowercase(),
        kind,
    })
}

/// Every property of a condition has to match (RFC 3744 section 9.4), whatever its case.
fn holds(
    exchange: &Exchange,
    access: &mut Access,
    condition: &Condition,
    resource: Resource,
) -> Result<bool> {
    for question in &condition.questions {
        let asker = question.asker(access, exchange.request)?;
        let facts = question.facts(access, resource)?;
        let here = Here {
            resource,
            asker: &asker,
            facts: &facts,
            data: None,
            zone: None,
        };
        let mut answer = Propstats::default();
        question.answer(&here, &mut answer);
        if !texts(answer.found.as_str())
            .iter()
            .any(|text| condition.kind.matches(text, &condition.text))
        {
            return Ok(false);
        }
    }
    Ok(!condition.questions.is_empty())
}

/// The texts between the tags of a value that this server has written, in lower case.
fn texts(value: &str) -> Vec<String> {
    value
        .split('<')
        .filter_map(|piece| piece.split_once('>'))
        .map(|(_, text)| {
            quick_xml::escape::unescape(text)
                .unwrap_or_default()
                .trim()
                .to_lowercase()
        })
        .filter(|text| !text.is_empty())
        .collect()
}

/// `calendarserver-principal-search`: every word stands in the name, or begins an address.
pub fn token_search(exchange: &Exchange, root: &Element) -> Result<Reply> {
    let tokens: Vec<_> = root
        .children(&SEARCH_TOKEN)
        .map(|token| token.text().trim().to_lowercase())
        .collect();
    if tokens.iter().all(String::is_empty) {
        return Err(Error::bad_request("the search has a search-token"));
    }
    if tokens.len() > MAX_CONDITIONS {
        return Err(Error::bad_request("the search has too many words"));
    }
    let context = root.attribute("context").map(str::trim);
    answer(exchange, root, |_, _, resource| {
        let (name, addresses, kind) = match resource {
            Resource::User(user) => (
                &user.display_name,
                user.addresses.as_slice(),
                Some(user.kind),
            ),
            Resource::Group(group) => (&group.display_name, [].as_slice(), None),
            _ => return Ok(false),
        };
        let wanted = match context {
            Some("user") => kind == Some(UserKind::Individual),
            Some("group") => kind.is_none(),
            Some("resource") => kind == Some(UserKind::Resource),
            Some("location") => kind == Some(UserKind::Room),
            _ => true,
        };
        let name = name.to_lowercase();
        let begins = |token: &str| {
            addresses
                .iter()
                .any(|address| address.to_lowercase().starts_with(token))
        };
        Ok(wanted
            && tokens
                .iter()
                .all(|token| name.contains(token.as_str()) || begins(token)))
    })
}

/// All principals below the resource that pass, with the properties asked for.
fn answer(
    exchange: &Exchange,
    root: &Element,
    passes: impl Fn(&Exchange, &mut Access, Resource) -> Result<bool>,
) -> Result<Reply> {
    let question = Question::named(
        asked(root).into_iter(),
        exchange.preferences().minimal,
        false,
    )?;
    let most = exchange.dav.settings.max_results;
    let at_most = limit(root).map_or(most, |limit| limit.min(most));
    let body = exchange.read(|access| {
        let asker = question.asker(access, exchange.request)?;
        let mut out = Multistatus::open(Spool::new(exchange.dav.settings.max_reply))?;
        let (users, groups) = candidates(exchange, access, root)?;
        let resources = users
            .iter()
            .map(Resource::User)
            .chain(groups.iter().map(Resource::Group));
        let mut told = 0;
        for resource in resources {
            if !passes(exchange, access, resource)? {
                continue;
            }
            told += 1;
            if told > at_most {
                out.status(
                    Href::Path(&exchange.place.href),
                    StatusCode::INSUFFICIENT_STORAGE,
                    Some(MATCHES),
                )?;
                break;
            }
            tell(access, &question, &asker, resource, &mut out)?;
        }
        Ok(out.close(None)?.into_body()?)
    })?;
    Ok(exchange.multistatus(body, false))
}

/// The properties asked for. python-caldav writes them beside an empty `prop`.
fn asked(root: &Element) -> Vec<&Element> {
    let Some(prop) = root.child(&PROP) else {
        return Vec::new();
    };
    let inside: Vec<_> = prop.elements().collect();
    if inside.is_empty() {
        let beside = |it: &&Element| {
            ![&PROPERTY_SEARCH, &PROP, &APPLY]
                .iter()
                .any(|name| it.is(name))
        };
        return root.elements().filter(beside).collect();
    }
    inside
}

/// The client's own limit (RFC 5323 section 5.17, CalendarServer).
fn limit(root: &Element) -> Option<usize> {
    [DAV, CALENDARSERVER].iter().find_map(|namespace| {
        let limit = root.child(&Name::read(namespace, "limit"))?;
        limit
            .child(&Name::read(namespace, "nresults"))?
            .text()
            .trim()
            .parse()
            .ok()
    })
}

/// The principals that are members of the resource, at any depth.
fn candidates(
    exchange: &Exchange,
    access: &mut Access,
    root: &Element,
) -> Result<(Vec<User>, Vec<Group>)> {
    let target = &exchange.place.target;
    let everywhere = root.child(&APPLY).is_some();
    let (users, groups) = match target {
        _ if everywhere => (true, true),
        Target::Server | Target::Root | Target::Principals => (true, true),
        Target::Users => (true, false),
        Target::Groups => (false, true),
        _ => (false, false),
    };
    let users = if users {
        access.principals()?
    } else {
        Vec::new()
    };
    let groups = if groups { access.groups()? } else { Vec::new() };
    Ok((users, groups))
}

/// One principal in a multistatus, under its own href.
pub fn tell(
    access: &mut Access,
    question: &Question,
    asker: &Asker,
    resource: Resource,
    out: &mut Multistatus<Spool>,
) -> Result<()> {
    let href = match resource {
        Resource::User(user) => asker.hrefs.user(&user.name),
        Resource::Circle(owner, circle) => asker.hrefs.circle(&owner.name, circle),
        Resource::Group(group) => asker.hrefs.group(&group.name),
        Resource::Home(home) => asker.hrefs.home(&home.owner.name),
        Resource::Layer(collection) => asker
            .hrefs
            .layer(&collection.owner.name, &collection.layer.name),
        Resource::Item(..)
        | Resource::Trash(..)
        | Resource::Folder(_)
        | Resource::Notifications(..)
        | Resource::Notification(..) => return Ok(()),
    };
    let facts = question.facts(access, resource)?;
    let here = Here {
        resource,
        asker,
        facts: &facts,
        data: None,
        zone: None,
    };
    out.response(Href::Path(&href), |propstats| {
        question.answer(&here, propstats);
        Ok(())
    })
}
