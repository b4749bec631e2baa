//! GET and HEAD: an item as it was stored, a calendar as one iCalendar stream, and a word for people who point a browser
//! at the rest.

use super::put::tagged;
use crate::calendar::{Need, Refusal, Scope, Told};
use crate::dav::condition::State;
use crate::dav::error::Result;
use crate::dav::exchange::{Exchange, Guard, XML_TYPE, state_of};
use crate::dav::path::Hrefs;
use crate::dav::props::data;
use crate::dav::resource::{Found, layer_tag};
use crate::dav::{resource_sharing, sharing};
use crate::http::{
    Body, EntityTag, HeaderValue, Reply, Spool, StatusCode, header, http_date, negotiate,
};
use crate::ical::{Heading, Merge, Object, jcal};
use crate::model::User;
use crate::privacy::VisibleItem;

const WORD: &str =
    "This is a CalDAV address. Give it to a calendar app, together with your name and password.\n";

pub fn run(exchange: &Exchange) -> Result<Reply> {
    let timezones = data::timezones(exchange.request);
    exchange.read(|access| {
        let found = Found::at(&exchange.place.target, access, Need::Text)?;
        let guard = exchange.guard(access)?;
        if let Some(item) = found.borrow().item() {
            return self::item(exchange, &guard, item);
        }
        if let Found::Notification(of, told) = &found {
            return notification(exchange, &guard, (of, told));
        }
        if let Some(reply) = conditional(&guard, &state_of(&found), None)? {
            return Ok(reply);
        }
        match &found {
            Found::Layer(collection) => {
                let tag = layer_tag(collection);
                let heading = Heading {
                    name: &collection.layer.display_name,
                    color: collection.layer.color.as_deref(),
                    ..Heading::default()
                };
                let spool = Spool::new(exchange.dav.settings.max_reply);
                let mut merge = Merge::open(spool, &heading)?;
                access.each(collection, Scope::default(), Need::Text, &mut |item| {
                    if let Some(text) = item.text() {
                        merge.add(&data::with_timezones(text, timezones))?;
                    }
                    Ok::<_, crate::dav::error::Error>(())
                })?;
                let reply =
                    Reply::new(StatusCode::OK).content(data::STREAM, merge.close()?.into_body()?);
                let vary = HeaderValue::from_static("CalDAV-Timezones");
                Ok(private(tagged(reply, &tag)).with(header::VARY, vary))
            }
            _ => Ok(private(
                Reply::new(StatusCode::OK).content("text/plain; charset=utf-8", WORD.to_owned()),
            )),
        }
    })
}

fn item(exchange: &Exchange, guard: &Guard, item: &VisibleItem) -> Result<Reply> {
    let as_json = negotiate(&exchange.request.headers, &data::MEDIA_TYPES) == Some(data::JCAL);
    let tag = if as_json {
        EntityTag::strong(format!("{}-json", item.tag()))
    } else {
        EntityTag::strong(item.tag())
    };
    let dated = |reply: Reply| {
        let reply = private(tagged(reply, &tag)).with(
            header::VARY,
            HeaderValue::from_static("Accept, CalDAV-Timezones"),
        );
        match HeaderValue::from_str(&http_date(item.modified())) {
            Ok(date) => reply.with(header::LAST_MODIFIED, date),
            Err(_) => reply,
        }
    };
    let state = State::tagged(Some(tag.clone()));
    if let Some(reply) = conditional(guard, &state, Some(item.modified()))? {
        return Ok(dated(reply));
    }
    let text = item.text().ok_or(Refusal::NotFound)?;
    let text = data::with_timezones(text, data::timezones(exchange.request));
    if as_json && let Ok(object) = Object::parse(&text) {
        return Ok(dated(
            Reply::new(StatusCode::OK).content(data::JCAL, jcal(&object)),
        ));
    }
    Ok(dated(Reply::new(StatusCode::OK).content(
        data::media_type(item.component()),
        Body::Bytes(text),
    )))
}

/// As CalendarServer has it, or as the newer drafts do for who asks for that by its type
/// (draft-pot-webdav-notifications appendix A).
fn notification(exchange: &Exchange, guard: &Guard, (of, told): (&User, &Told)) -> Result<Reply> {
    let newer = resource_sharing::NOTIFICATION_TYPE;
    let chosen = negotiate(&exchange.request.headers, &["application/xml", newer]);
    let is_newer = chosen == Some(newer);
    let tag = match is_newer {
        true => resource_sharing::tag(told),
        false => sharing::tag(told),
    };
    let dressed = |reply: Reply| {
        private(tagged(reply, &tag)).with(header::VARY, HeaderValue::from_static("Accept"))
    };
    if let Some(reply) = conditional(guard, &State::tagged(Some(tag.clone())), None)? {
        return Ok(dressed(reply));
    }
    let hrefs = Hrefs::new(&exchange.request.origin);
    let (media_type, document) = match is_newer {
        true => (newer, resource_sharing::document(of, told, &hrefs)),
        false => (XML_TYPE, sharing::document(of, told, &hrefs)),
    };
    Ok(dressed(
        Reply::new(StatusCode::OK).content(media_type, document),
    ))
}

/// 304 or 412, when the conditions say so (RFC 9110 section 13.2.2).
fn conditional(guard: &Guard, own: &State, modified: Option<i64>) -> Result<Option<Reply>> {
    if !guard.check_reading(own, modified)? {
        return Ok(None);
    }
    let reply = private(Reply::new(StatusCode::NOT_MODIFIED));
    Ok(Some(match &own.tag {
        Some(tag) => tagged(reply, tag),
        None => reply,
    }))
}

/// Nobody between the client and us may keep it for others.
fn private(reply: Reply) -> Reply {
    reply.with(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    )
}
