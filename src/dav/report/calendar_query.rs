//! `calendar-query` (RFC 4791 section 7.8): the items that a filter lets through.

use super::filter;
use crate::calendar::{Access, Collection, Need};
use crate::dav::condition::Depth;
use crate::dav::error::{Error, MATCHES, Result, TIMEZONE, TIMEZONE_ID};
use crate::dav::exchange::Exchange;
use crate::dav::multistatus::{Href, Multistatus, escaped};
use crate::dav::name::{CALDAV, Name};
use crate::dav::props::{Asker, Facts, Here, Question};
use crate::dav::resource::{Found, Kind, Resource};
use crate::dav::xml::Element;
use crate::http::{Reply, Spool};
use crate::ical::filter::CompFilter;
use crate::ical::{Object, Zone};
use crate::privacy::VisibleItem;

static FILTER: Name = Name::new(CALDAV, "filter");
static ZONE: Name = Name::new(CALDAV, "timezone");
static ZONE_ID: Name = Name::new(CALDAV, "timezone-id");

pub fn run(exchange: &Exchange, root: &Element) -> Result<Reply> {
    let preferences = exchange.preferences();
    let question = Question::read(Some(root), preferences.minimal, true)?;
    let filter = root
        .child(&FILTER)
        .ok_or_else(|| Error::bad_request("calendar-query has a filter"))?;
    let filter = filter::read(filter)?;
    let zone = zone(root)?;
    let depth = Depth::read(exchange.request)?;
    let body = exchange.read(|access| {
        let asker = question.asker(access, exchange.request)?;
        let mut query = Query {
            question: &question,
            asker: &asker,
            filter: &filter,
            zone: zone.as_ref(),
            out: Multistatus::open(Spool::new(exchange.dav.settings.max_reply))?,
            left: exchange.dav.settings.max_results,
        };
        match Found::at(&exchange.place.target, access, Need::Text)? {
            Found::Item(collection, item) => {
                query.item(access, &exchange.place.href, &collection, &item)?
            }
            // Windows says 0 and means 1: on a calendar every depth is that of its items.
            Found::Layer(collection) => {
                query.layer(access, &escaped(&exchange.place.href), &collection)?
            }
            Found::Home(home) if depth == Some(Depth::Infinity) => {
                for collection in home.listed() {
                    let prefix = folder(&exchange.place.href, &collection.layer.name);
                    query.layer(access, &prefix, collection)?;
                }
            }
            _ => {}
        }
        Ok(query.out.close(None)?.into_body()?)
    })?;
    Ok(exchange.multistatus(body, false))
}

/// The href of a layer under its home's, escaped.
pub fn folder(home: &str, layer: &str) -> String {
    let mut out = crate::dav::writer::Writer::default();
    Href::Folder(&escaped(home), layer).write(&mut out);
    out.into_string()
}

/// What floating times mean, when the request says so (RFC 4791 section 9.8, RFC 7809 section 5.1).
fn zone(root: &Element) -> Result<Option<Zone>> {
    if let Some(id) = root.child(&ZONE_ID) {
        let zone = Zone::named(id.text().trim());
        return zone
            .map(Some)
            .ok_or_else(|| Error::unmet(TIMEZONE_ID, "this server does not know that time zone"));
    }
    let Some(text) = root.child(&ZONE).map(Element::text) else {
        return Ok(None);
    };
    Zone::from_icalendar(text.as_bytes())
        .map(Some)
        .map_err(|error| Error::unmet(TIMEZONE, error.to_string()))
}

struct Query<'q> {
    question: &'q Question,
    asker: &'q Asker<'q>,
    filter: &'q CompFilter,
    zone: Option<&'q Zone>,
    out: Multistatus<Spool>,
    left: usize,
}

impl Query<'_> {
    fn layer(&mut self, access: &mut Access, prefix: &str, collection: &Collection) -> Result<()> {
        let zone = self.zone.cloned().unwrap_or_else(|| collection.zone());
        let need = self.question.item_need();
        if self.question.asks_dead(Kind::Item) && access.items_have_dead_properties(collection)? {
            return self.layer_with_dead(access, prefix, collection, &zone);
        }
        let facts = Facts::default();
        access.query(collection, self.filter, self.zone, need, &mut |item| {
            let href = Href::Member(prefix, item.name());
            self.write(href, collection, &item, &facts, &zone)
        })
    }

    /// The rare case that items carry dead properties that are asked for: these cannot be read while walking.
    fn layer_with_dead(
        &mut self,
        access: &mut Access,
        prefix: &str,
        collection: &Collection,
        zone: &Zone,
    ) -> Result<()> {
        let mut names = Vec::new();
        access.query(
            collection,
            self.filter,
            self.zone,
            Need::Index,
            &mut |item| {
                names.push(item.name().to_owned());
                Ok::<_, Error>(())
            },
        )?;
        for name in names {
            let item = access.get(collection, &name, Need::Text)?;
            let facts = self
                .question
                .facts(access, Resource::Item(collection, &item))?;
            self.write(Href::Member(prefix, &name), collection, &item, &facts, zone)?;
        }
        Ok(())
    }

    fn item(
        &mut self,
        access: &mut Access,
        href: &str,
        collection: &Collection,
        item: &VisibleItem,
    ) -> Result<()> {
        let zone = self.zone.cloned().unwrap_or_else(|| collection.zone());
        if self.matches(item, &zone) {
            let facts = self
                .question
                .facts(access, Resource::Item(collection, item))?;
            self.write(Href::Path(href), collection, item, &facts, &zone)?;
        }
        Ok(())
    }

    /// An item that can no longer be read matches nothing; one that would take too much work to decide is shown, for a
    /// client that hears nothing of it would delete it.
    fn matches(&self, item: &VisibleItem, zone: &Zone) -> bool {
        let object = item.text().and_then(|text| Object::parse(text).ok());
        object.is_some_and(|object| self.filter.matches(&object, zone).unwrap_or(true))
    }

    fn write(
        &mut self,
        href: Href,
        collection: &Collection,
        item: &VisibleItem,
        facts: &Facts,
        zone: &Zone,
    ) -> Result<()> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| Error::unmet(MATCHES, "more items match than one answer may hold"))?;
        let here = Here {
            resource: Resource::Item(collection, item),
            asker: self.asker,
            facts,
            data: self.question.data.as_ref(),
            zone: Some(zone),
        };
        self.out.response(href, |propstats| {
            self.question.answer(&here, propstats);
            Ok(())
        })
    }
}
