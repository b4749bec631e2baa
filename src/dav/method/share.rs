//! POST of XML, as CalendarServer's sharing has it: a sharer says who sees a calendar (caldav-sharing section 5.3.2), and a
//! sharee answers in their own home (section 5.4.1). What is in the words of the newer draft, `share_resource` takes.

use super::share_resource;
use crate::calendar::{self, Access, Answer, Invitee, Refusal, ShareChange};
use crate::dav::error::{ALLOWED_PRINCIPAL, Error, RECOGNIZED_PRINCIPAL, Result};
use crate::dav::exchange::{Exchange, XML_TYPE};
use crate::dav::multistatus::{Href, Multistatus};
use crate::dav::name::{CALENDARSERVER, DAV, Name};
use crate::dav::path::{self, Hrefs, Reference, Target};
use crate::dav::sharing;
use crate::dav::writer::Writer;
use crate::dav::xml::Element;
use crate::http::{HeaderValue, Reply, StatusCode, header};
use crate::model::{About, Right};

static SHARE: Name = Name::new(CALENDARSERVER, "share");
static INVITE_REPLY: Name = Name::new(CALENDARSERVER, "invite-reply");
static SET: Name = Name::new(CALENDARSERVER, "set");
static REMOVE: Name = Name::new(CALENDARSERVER, "remove");
static READ: Name = Name::new(CALENDARSERVER, "read");
static READ_WRITE: Name = Name::new(CALENDARSERVER, "read-write");
static SUMMARY: Name = Name::new(CALENDARSERVER, "summary");
static ACCEPTED: Name = Name::new(CALENDARSERVER, "invite-accepted");
static DECLINED: Name = Name::new(CALENDARSERVER, "invite-declined");
static IN_REPLY_TO: Name = Name::new(CALENDARSERVER, "in-reply-to");
static HREF: Name = Name::new(DAV, "href");

/// Sharees that one request may name.
const MOST: usize = 1_000;

/// Characters of a summary, or a comment.
const WORDS_LENGTH: usize = 1_000;

pub fn run(exchange: &Exchange) -> Result<Reply> {
    let unknown = || {
        Error::plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a calendar takes text/calendar, CS:share and DAV:share-resource, a home CS:invite-reply, and a notification DAV:invite-reply",
        )
    };
    let root = exchange.xml()?.ok_or_else(unknown)?;
    match &exchange.place.target {
        Target::Layer { owner, layer } if root.is(&SHARE) => share(exchange, &root, owner, layer),
        Target::Layer { owner, layer } if root.is(&share_resource::SHARE_RESOURCE) => {
            share_resource::share(exchange, &root, owner, layer)
        }
        Target::Home(owner) if root.is(&INVITE_REPLY) => answer(exchange, &root, owner),
        Target::Notification { owner, name } if root.is(&share_resource::INVITE_REPLY) => {
            share_resource::answer(exchange, &root, owner, name)
        }
        _ => Err(unknown()),
    }
}

/// What is wanted of one sharee; `None` for an href that names nobody.
struct Wish {
    href: String,
    with: Option<Invitee>,
    change: ShareChange,
}

/// 200 when everything was done, and else 207 that says of each what was: one who is not to be invited keeps nobody else
/// from it.
fn share(exchange: &Exchange, root: &Element, owner: &str, layer: &str) -> Result<Reply> {
    let wishes: Vec<Wish> = root
        .elements()
        .filter(|element| element.is(&SET) || element.is(&REMOVE))
        .map(|element| wish(exchange, element))
        .collect::<Result<_>>()?;
    if wishes.is_empty() || wishes.len() > MOST {
        let why = format!("CS:share holds 1 to {MOST} of CS:set and CS:remove");
        return Err(Error::bad_request(why));
    }
    let refused = exchange.write(|access| {
        let collection = access.collection(owner, layer)?;
        exchange
            .guard(access)?
            .check_collection(Some(&collection))?;
        wishes
            .iter()
            .map(|wish| done(access, &collection, wish))
            .collect::<Result<Vec<_>>>()
    })?;
    if refused.iter().all(Option::is_none) {
        return Ok(no_cache(Reply::new(StatusCode::OK)));
    }
    let mut out = Multistatus::open(Vec::new())?;
    for (wish, refused) in wishes.iter().zip(&refused) {
        let status = match refused {
            Some(precondition) => precondition.status,
            None => StatusCode::OK,
        };
        out.status(Href::Path(&wish.href), status, *refused)?;
    }
    Ok(exchange.multistatus(out.close(None)?, false))
}

fn done(
    access: &mut Access,
    collection: &calendar::Collection,
    wish: &Wish,
) -> Result<Option<crate::dav::error::Precondition>> {
    let Some(with) = &wish.with else {
        return Ok(Some(RECOGNIZED_PRINCIPAL));
    };
    match access.share(collection, with, &wish.change) {
        Ok(()) => Ok(None),
        // Who is not shared with any more, is not.
        Err(calendar::Error::Refused(Refusal::NotFound)) => match wish.change {
            ShareChange::Remove => Ok(None),
            ShareChange::Set { .. } => Ok(Some(RECOGNIZED_PRINCIPAL)),
        },
        Err(calendar::Error::Refused(Refusal::NotAllowedPrincipal(_))) => {
            Ok(Some(ALLOWED_PRINCIPAL))
        }
        Err(error) => Err(error.into()),
    }
}

fn wish(exchange: &Exchange, element: &Element) -> Result<Wish> {
    let href = element
        .child(&HREF)
        .map(|href| href.text().trim().to_owned());
    let href = href.ok_or_else(|| Error::bad_request("a sharee has an href"))?;
    let change = if element.is(&REMOVE) {
        ShareChange::Remove
    } else {
        let right = match (element.child(&READ), element.child(&READ_WRITE)) {
            (Some(_), None) => Right::Read,
            (None, Some(_)) => Right::ReadWrite,
            _ => return Err(Error::bad_request("a sharee may read, or read-write")),
        };
        ShareChange::Set {
            right,
            summary: Some(words(element, &SUMMARY)?),
            comment: None,
        }
    };
    Ok(Wish {
        with: invitee(exchange, &href),
        href,
        change,
    })
}

/// What somebody wrote for others to read.
pub(super) fn words(element: &Element, name: &'static Name) -> Result<Option<String>> {
    let words = element.child(name).map(|it| it.text().trim().to_owned());
    let words = words.filter(|it| !it.is_empty());
    if words
        .as_ref()
        .is_some_and(|it| it.chars().count() > WORDS_LENGTH)
    {
        let why = format!("{} has at most {WORDS_LENGTH} characters", name.local);
        return Err(Error::bad_request(why));
    }
    Ok(words)
}

/// A principal, or a mail address.
pub(super) fn invitee(exchange: &Exchange, href: &str) -> Option<Invitee> {
    let scheme = href.get(..7).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("mailto:") {
        let address = percent_encoding::percent_decode_str(&href[7..]).decode_utf8();
        return Some(Invitee::Address(address.ok()?.trim().to_owned()));
    }
    let Reference::Here(path) = path::reference(href, exchange.request) else {
        return None;
    };
    match path::target(&path) {
        Ok(Target::User(name)) => Some(Invitee::Name(name)),
        _ => None,
    }
}

fn answer(exchange: &Exchange, root: &Element, owner: &str) -> Result<Reply> {
    let accepts = match (root.child(&ACCEPTED), root.child(&DECLINED)) {
        (Some(_), None) => true,
        (None, Some(_)) => false,
        _ => return Err(Error::bad_request("an invitation is accepted, or declined")),
    };
    let invitation: Option<About> = root
        .child(&IN_REPLY_TO)
        .and_then(|uid| sharing::about(&uid.text()));
    let summary = words(root, &SUMMARY)?;
    let accepted = exchange.write(|access| {
        let guard = exchange.guard(access)?;
        let home = access.home(owner)?;
        guard.check(&crate::dav::resource::Found::Home(home.clone()))?;
        let invitation = invitation.ok_or(Refusal::NotFound)?;
        let words = Answer {
            summary: summary.as_deref(),
            comment: None,
        };
        if accepts {
            Ok(Some(access.accept_invitation(&home, invitation, words)?))
        } else {
            access.decline_invitation(&home, invitation, words)?;
            Ok(None)
        }
    })?;
    let Some(collection) = accepted else {
        return Ok(no_cache(Reply::new(StatusCode::OK)));
    };
    let hrefs = Hrefs::new(&exchange.request.origin);
    let mut out = Writer::default();
    out.root("CS:shared-as");
    out.href(&hrefs.layer(&collection.owner.name, &collection.layer.name));
    out.raw("</CS:shared-as>\n");
    Ok(no_cache(
        Reply::new(StatusCode::OK).content(XML_TYPE, out.into_string()),
    ))
}

pub(super) fn no_cache(reply: Reply) -> Reply {
    reply.with(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))
}
