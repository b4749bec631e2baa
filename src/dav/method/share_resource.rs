//! POST of XML in the words of draft-pot-webdav-resource-sharing: a sharer says who sees a calendar (section 4.3), and whoever is
//! invited answers the notification (section 4.7.1).

use super::share::{invitee, no_cache, words};
use crate::calendar::{self, Answer, Invitee, Refusal, ShareChange};
use crate::dav::error::{Error, LOCATION, RECOGNIZED_PRINCIPAL, Result};
use crate::dav::exchange::Exchange;
use crate::dav::name::{DAV, Name};
use crate::dav::path::{self, Hrefs, Reference, Target};
use crate::dav::resource::Found;
use crate::dav::resource_sharing::REQUEST_TYPE;
use crate::dav::sharing;
use crate::dav::xml::Element;
use crate::http::{HeaderValue, Reply, StatusCode, header};
use crate::model::Right;

pub static SHARE_RESOURCE: Name = Name::new(DAV, "share-resource");
pub static INVITE_REPLY: Name = Name::new(DAV, "invite-reply");
static SHAREE: Name = Name::new(DAV, "sharee");
static SHARE_ACCESS: Name = Name::new(DAV, "share-access");
static READ: Name = Name::new(DAV, "read");
static READ_WRITE: Name = Name::new(DAV, "read-write");
static NO_ACCESS: Name = Name::new(DAV, "no-access");
static COMMENT: Name = Name::new(DAV, "comment");
static ACCEPTED: Name = Name::new(DAV, "invite-accepted");
static DECLINED: Name = Name::new(DAV, "invite-declined");
static CREATE_IN: Name = Name::new(DAV, "create-in");
static HREF: Name = Name::new(DAV, "href");

/// Sharees that one request may name.
const MOST: usize = 1_000;

/// Sections 4.3 and 4.7.1: what is sent as another type is refused.
fn check_type(exchange: &Exchange) -> Result<()> {
    let sent = exchange.request.header(header::CONTENT_TYPE);
    let sent = sent.and_then(|value| value.split(';').next());
    if sent.is_some_and(|sent| sent.trim().eq_ignore_ascii_case(REQUEST_TYPE)) {
        return Ok(());
    }
    let why = format!("this is sent as {REQUEST_TYPE}");
    Err(Error::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, why))
}

/// 204 when everything was done, and else nothing is: clients take any status below 300 for all of it, Tasks.org among
/// them, and the draft has none for a part.
pub fn share(exchange: &Exchange, root: &Element, owner: &str, layer: &str) -> Result<Reply> {
    check_type(exchange)?;
    let wishes: Vec<(Option<Invitee>, ShareChange)> = root
        .children(&SHAREE)
        .map(|sharee| wish(exchange, sharee))
        .collect::<Result<_>>()?;
    if wishes.is_empty() || wishes.len() > MOST {
        let why = format!("DAV:share-resource holds 1 to {MOST} of DAV:sharee");
        return Err(Error::bad_request(why));
    }
    exchange.write(|access| {
        let collection = access.collection(owner, layer)?;
        exchange
            .guard(access)?
            .check_collection(Some(&collection))?;
        for (with, change) in &wishes {
            let done = match with {
                Some(with) => access.share(&collection, with, change),
                None => Err(Refusal::NotFound.into()),
            };
            match (done, change) {
                (Ok(()), _) => {}
                // Who is not shared with any more, is not.
                (Err(calendar::Error::Refused(Refusal::NotFound)), ShareChange::Remove)
                    if with.is_some() => {}
                (Err(calendar::Error::Refused(Refusal::NotFound)), _) => {
                    let why = "there is nobody of that name or address";
                    return Err(Error::unmet(RECOGNIZED_PRINCIPAL, why));
                }
                (Err(error), _) => return Err(error.into()),
            }
        }
        Ok(())
    })?;
    Ok(no_cache(Reply::new(StatusCode::NO_CONTENT)))
}

fn wish(exchange: &Exchange, sharee: &Element) -> Result<(Option<Invitee>, ShareChange)> {
    let href = sharee.child(&HREF).map(Element::text);
    let href = href.ok_or_else(|| Error::bad_request("a sharee has an href"))?;
    let access = sharee
        .child(&SHARE_ACCESS)
        .map(|access| access.elements().map(|it| &it.name).collect::<Vec<_>>());
    let change = match access.as_deref() {
        Some([one]) if **one == NO_ACCESS => ShareChange::Remove,
        Some([one]) if **one == READ => set(Right::Read, sharee)?,
        Some([one]) if **one == READ_WRITE => set(Right::ReadWrite, sharee)?,
        _ => {
            let why = "the share-access of a sharee is read, read-write or no-access";
            return Err(Error::bad_request(why));
        }
    };
    Ok((invitee(exchange, href.trim()), change))
}

fn set(right: Right, sharee: &Element) -> Result<ShareChange> {
    Ok(ShareChange::Set {
        right,
        summary: None,
        comment: words(sharee, &COMMENT)?,
    })
}

/// 201 with where it stands now, or 204.
pub fn answer(exchange: &Exchange, root: &Element, owner: &str, name: &str) -> Result<Reply> {
    check_type(exchange)?;
    let accepts = match (root.child(&ACCEPTED), root.child(&DECLINED)) {
        (Some(_), None) => true,
        (None, Some(_)) => false,
        _ => return Err(Error::bad_request("an invitation is accepted, or declined")),
    };
    let comment = words(root, &COMMENT)?;
    let accepted = exchange.write(|access| {
        let guard = exchange.guard(access)?;
        let (of, told) = access.notification(owner, sharing::numbered(name))?;
        guard.check(&Found::Notification(of.clone(), told.clone()))?;
        if !told.asks() {
            let why = "this notification asks for no answer";
            return Err(Error::plain(StatusCode::CONFLICT, why));
        }
        let home = access.home(owner)?;
        let words = Answer {
            summary: None,
            comment: comment.as_deref(),
        };
        let about = told.notification.about;
        if !accepts {
            access.decline_invitation(&home, about, words)?;
            return Ok(None);
        }
        check_place(exchange, root, owner)?;
        Ok(Some(access.accept_invitation(&home, about, words)?))
    })?;
    let Some(collection) = accepted else {
        return Ok(no_cache(Reply::new(StatusCode::NO_CONTENT)));
    };
    let origin = &exchange.request.origin;
    let path = Hrefs::new(origin).layer(&collection.owner.name, &collection.layer.name);
    let location = format!("{}://{}{path}", origin.scheme, origin.authority);
    let reply = no_cache(Reply::new(StatusCode::CREATED));
    Ok(match HeaderValue::from_str(&location) {
        Ok(location) => reply.with(header::LOCATION, location),
        Err(_) => reply,
    })
}

/// What is shared stands in the one home of who has been invited.
fn check_place(exchange: &Exchange, root: &Element, owner: &str) -> Result<()> {
    let href = root.child(&CREATE_IN).and_then(|it| it.child(&HREF));
    let href = href.ok_or_else(|| Error::bad_request("create-in says where it is to stand"))?;
    let target = match path::reference(&href.text(), exchange.request) {
        Reference::Here(path) => path::target(&path)?,
        Reference::Elsewhere => Target::Nowhere,
    };
    match target {
        Target::Home(home) if home == owner => Ok(()),
        _ => {
            let why = "calendars stand in the calendar home";
            Err(Error::unmet(LOCATION, why))
        }
    }
}
