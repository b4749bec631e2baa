//! `calendar-multiget` on the trash: deleted items, those of deleted layers, and versions, each by its name there.

use std::collections::HashSet;

use super::calendar_multiget::HREF;
use crate::calendar::{Access, Need, Refusal, Trash};
use crate::dav::error::{Error, Result};
use crate::dav::exchange::Exchange;
use crate::dav::multistatus::{Href, Multistatus};
use crate::dav::path::{self, Reference, Target};
use crate::dav::props::{Facts, Here, Question};
use crate::dav::resource::{Kinds, Resource};
use crate::dav::trash::{Lying, Place};
use crate::dav::xml::Element;
use crate::http::{Reply, Spool, StatusCode};

pub fn run(exchange: &Exchange, root: &Element, question: &Question) -> Result<Reply> {
    let Target::Trash { owner, .. } = &exchange.place.target else {
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
            let lying = match within(exchange, owner, href) {
                // Another spelling of what has been told makes no longer answer.
                Some(place) if !told.insert(place.clone()) => continue,
                Some(place) => lying(access, &trash, &place, question.item_need())?,
                None => None,
            };
            let Some(lying) = lying else {
                out.status(Href::Path(href), StatusCode::NOT_FOUND, None)?;
                continue;
            };
            let zone = question.data.as_ref().and(lying.former());
            let zone = zone.map(|former| trash.zone(former));
            let here = Here {
                resource: Resource::Trash(&trash, &lying),
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

/// The place that an href has in this trash, where an item can lie.
fn within(exchange: &Exchange, owner: &str, href: &str) -> Option<Place> {
    if href.contains(['?', '#']) {
        return None;
    }
    let Reference::Here(path) = path::reference(href, exchange.request) else {
        return None;
    };
    match path::target(&path).ok()?.in_trash() {
        Some((of, Target::Trash { place, .. }))
            if of == owner && Kinds::OBJECT.has(place.kind()) =>
        {
            Some(place)
        }
        _ => None,
    }
}

fn lying(access: &mut Access, trash: &Trash, place: &Place, need: Need) -> Result<Option<Lying>> {
    match Lying::at(access, trash, place, need) {
        Ok(lying) => Ok(Some(lying)),
        Err(error) if error.is_refusal(&Refusal::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
