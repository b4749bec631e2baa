//! `calendar-multiget` on the trash: deleted items, each by its name there.

use std::collections::HashSet;

use super::calendar_multiget::HREF;
use crate::calendar::Refusal;
use crate::dav::error::{Error, Result};
use crate::dav::exchange::{Exchange, found};
use crate::dav::multistatus::{Href, Multistatus};
use crate::dav::path::{self, Reference, Target};
use crate::dav::props::{Facts, Here, Question};
use crate::dav::resource::Resource;
use crate::dav::xml::Element;
use crate::http::{Reply, Spool, StatusCode};

pub fn run(exchange: &Exchange, root: &Element, question: &Question) -> Result<Reply> {
    let Target::Trash(owner) = &exchange.place.target else {
        return Err(Refusal::NotFound.into());
    };
    let body = exchange.read(|access| {
        let trash = access.trash(owner)?;
        let asker = question.asker(access, exchange.request)?;
        let mut out = Multistatus::open(Spool::new(exchange.dav.settings.max_reply))?;
        let facts = Facts::default();
        let (mut answered, mut told) = (HashSet::new(), HashSet::new());
        for href in root.children(&HREF) {
            let href = href.text();
            let href = href.trim();
            if !answered.insert(href.to_owned()) {
                continue;
            }
            let deleted = match within(exchange, owner, href) {
                // Another spelling of what has been told makes no longer answer.
                Some(name) if !told.insert(name.clone()) => continue,
                Some(name) => found(access.deleted(&trash, &name, question.item_need()))?,
                None => None,
            };
            let Some(deleted) = deleted else {
                out.status(Href::Path(href), StatusCode::NOT_FOUND, None)?;
                continue;
            };
            let zone = question.data.as_ref().map(|_| trash.zone(&deleted));
            let here = Here {
                resource: Resource::Deleted(&trash, &deleted),
                asker: &asker,
                facts: &facts,
                data: question.data.as_ref(),
                zone: zone.as_ref(),
            };
            out.response(Href::Path(href), |propstats| {
                question.answer(&here, propstats);
                Ok::<_, Error>(())
            })?;
        }
        Ok(out.close(None)?.into_body()?)
    })?;
    Ok(exchange.multistatus(body, false))
}

/// The name that an href has in this trash.
fn within(exchange: &Exchange, owner: &str, href: &str) -> Option<String> {
    if href.contains(['?', '#']) {
        return None;
    }
    let Reference::Here(path) = path::reference(href, exchange.request) else {
        return None;
    };
    match path::target(&path).ok()?.in_trash() {
        Some((of, Target::Deleted { name, .. })) if of == owner => Some(name),
        _ => None,
    }
}
