//! `calendar-multiget` (RFC 4791 section 7.9): the items that the client names, each answered with the href it was asked
//! by, in the order they were asked for.

use std::collections::{HashMap, HashSet};

use crate::calendar::{Access, Collection, Refusal};
use crate::dav::error::{Error, MATCHES, Result};
use crate::dav::exchange::{Exchange, found};
use crate::dav::multistatus::{Href, Multistatus};
use crate::dav::name::{DAV, Name};
use crate::dav::path::{self, Reference, Target};
use crate::dav::props::{Asker, Facts, Here, Question};
use crate::dav::report::trash_multiget;
use crate::dav::resource::{Found, Kind, Resource};
use crate::dav::xml::Element;
use crate::http::{Reply, Spool, StatusCode};
use crate::ical::Zone;

pub(super) static HREF: Name = Name::new(DAV, "href");

/// Hrefs of one item that are answered: bare and encoded. A small request must not make an answer of the same item many
/// times over.
const MAX_SPELLINGS: u32 = 2;

/// A layer that hrefs lead to, looked up once.
struct Shelf {
    owner: String,
    layer: String,
    /// `None`: there is no such layer for this viewer.
    there: Option<There>,
}

struct There {
    collection: Collection,
    zone: Option<Zone>,
    has_dead: bool,
}

pub fn run(exchange: &Exchange, root: &Element) -> Result<Reply> {
    let question = Question::read(Some(root), exchange.preferences().minimal, true)?;
    if root.children(&HREF).count() > exchange.dav.settings.max_results {
        return Err(Error::unmet(MATCHES, "more hrefs than one answer may hold"));
    }
    if let Target::Trash { .. } = exchange.place.target {
        return trash_multiget::run(exchange, root, &question);
    }
    let body = exchange.read(|access| {
        // The resource asked must be there, even when what it is asked for is not.
        Found::at(&exchange.place.target, access, crate::calendar::Need::Index)?;
        let asker = question.asker(access, exchange.request)?;
        let mut answer = Answer {
            question: &question,
            asker: &asker,
            out: Multistatus::open(Spool::new(exchange.dav.settings.max_reply))?,
            shelves: Vec::new(),
            of_home: exchange.place.target.kind() == Some(Kind::Home),
        };
        let mut answered = HashSet::new();
        let mut spellings: HashMap<Target, u32> = HashMap::new();
        for href in root.children(&HREF) {
            let href = href.text();
            let href = href.trim();
            if !answered.insert(href.to_owned()) {
                continue;
            }
            let target = within(exchange, href);
            if let Some(target) = &target {
                let spelt = spellings.entry(target.clone()).or_default();
                *spelt += 1;
                if *spelt > MAX_SPELLINGS {
                    continue;
                }
            }
            answer.tell(access, href, target)?;
        }
        Ok(answer.out.close(None)?.into_body()?)
    })?;
    Ok(exchange.multistatus(body, false))
}

struct Answer<'a> {
    question: &'a Question,
    asker: &'a Asker<'a>,
    out: Multistatus<Spool>,
    shelves: Vec<Shelf>,
    /// Is a whole home asked?
    of_home: bool,
}

impl Answer<'_> {
    fn tell(&mut self, access: &mut Access, href: &str, target: Option<Target>) -> Result<()> {
        let Some(Target::Item { owner, layer, name }) = target else {
            return Ok(self
                .out
                .status(Href::Path(href), StatusCode::NOT_FOUND, None)?);
        };
        let shelf = shelf(access, &mut self.shelves, self.question, owner, layer)?;
        let item = match shelf {
            Some(there) => {
                let got = access.get(&there.collection, &name, self.question.item_need());
                match found(got) {
                    // Of a home, one calendar that cannot be reached is that calendar's matter.
                    Err(error) if self.of_home && error.is_refusal(&Refusal::Unavailable) => {
                        let away = StatusCode::SERVICE_UNAVAILABLE;
                        return Ok(self.out.status(Href::Path(href), away, None)?);
                    }
                    got => got?.map(|it| (there, it)),
                }
            }
            None => None,
        };
        let Some((there, item)) = item else {
            return Ok(self
                .out
                .status(Href::Path(href), StatusCode::NOT_FOUND, None)?);
        };
        let resource = Resource::Item(&there.collection, &item);
        let facts = if there.has_dead {
            self.question.facts(access, resource)?
        } else {
            Facts::default()
        };
        let here = Here {
            resource,
            asker: self.asker,
            facts: &facts,
            data: self.question.data.as_ref(),
            zone: there.zone.as_ref(),
        };
        self.out.response(Href::Path(href), |propstats| {
            self.question.answer(&here, propstats);
            Ok(())
        })
    }
}

/// An item that the report's resource contains or is; hrefs that lead elsewhere are not there, nor is anything that a
/// query or a fragment belongs to.
fn within(exchange: &Exchange, href: &str) -> Option<Target> {
    if href.contains(['?', '#']) {
        return None;
    }
    let Reference::Here(path) = path::reference(href, exchange.request) else {
        return None;
    };
    let target = path::target(&path).ok()?;
    let Target::Item { owner, layer, .. } = &target else {
        return None;
    };
    let inside = match &exchange.place.target {
        Target::Layer {
            owner: own,
            layer: here,
        } => own == owner && here == layer,
        Target::Home(own) => own == owner,
        own => *own == target,
    };
    inside.then_some(target)
}

fn shelf<'s>(
    access: &mut Access,
    shelves: &'s mut Vec<Shelf>,
    question: &Question,
    owner: String,
    layer: String,
) -> Result<Option<&'s There>> {
    let at = match shelves
        .iter()
        .position(|shelf| shelf.layer == layer && shelf.owner == owner)
    {
        Some(at) => at,
        None => {
            let there = match found(access.collection(&owner, &layer))? {
                Some(collection) => Some(There {
                    zone: question.zone(&collection),
                    has_dead: question.asks_dead(Kind::Item)
                        && access.items_have_dead_properties(&collection)?,
                    collection,
                }),
                None => None,
            };
            shelves.push(Shelf {
                owner,
                layer,
                there,
            });
            shelves.len() - 1
        }
    };
    Ok(shelves.get(at).and_then(|shelf| shelf.there.as_ref()))
}
