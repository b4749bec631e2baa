//! `sync-collection` (RFC 6578): what changed since a token, in a calendar, of its calendars in a home, or of what an account is
//! told.

use crate::calendar::{
    Access, Change, Collection, Home, HomeChange, Synced, Told, ToldChange, told_since,
};
use crate::dav::error::{Error, MATCHES, Result, SYNC_TRAVERSAL};
use crate::dav::exchange::Exchange;
use crate::dav::multistatus::{Href, Multistatus, escaped};
use crate::dav::name::{DAV, Name};
use crate::dav::props::{Asker, Facts, Here, Question};
use crate::dav::resource::{Found, Kind, Resource};
use crate::dav::sharing;
use crate::dav::xml::Element;
use crate::http::{Reply, Spool, StatusCode};
use crate::ical::Zone;
use crate::model::User;

static TOKEN: Name = Name::new(DAV, "sync-token");
static LEVEL: Name = Name::new(DAV, "sync-level");
static LIMIT: Name = Name::new(DAV, "limit");
static RESULTS: Name = Name::new(DAV, "nresults");

pub fn run(exchange: &Exchange, root: &Element) -> Result<Reply> {
    let question = Question::read(Some(root), exchange.preferences().minimal, true)?;
    let token = root
        .child(&TOKEN)
        .map(|token| token.text().trim().to_owned())
        .filter(|token| !token.is_empty());
    let at_most = limit(root)?
        .unwrap_or(usize::MAX)
        .min(exchange.dav.settings.max_results);
    let infinite = level(root)?;
    // Depth says nothing here: RFC 6578 wants 0, Thunderbird and Apple send 1.
    let body = exchange.read(|access| {
        let asker = question.asker(access, exchange.request)?;
        let mut sync = Sync {
            question: &question,
            asker: &asker,
            out: Multistatus::open(Spool::new(exchange.dav.settings.max_reply))?,
            prefix: escaped(&exchange.place.href),
            token: token.as_deref(),
            at_most,
        };
        let synced = match Found::at(&exchange.place.target, access, crate::calendar::Need::Index)?
        {
            Found::Layer(collection) => sync.layer(access, &collection)?,
            Found::Home(_) if infinite => {
                return Err(Error::unmet(
                    SYNC_TRAVERSAL,
                    "a home is synchronised at level 1",
                ));
            }
            Found::Home(home) => sync.home(access, &home)?,
            Found::Notifications(of, told) => sync.told(&of, &told)?,
            _ => return Err(crate::calendar::Refusal::NotFound.into()),
        };
        if synced.truncated {
            // Written exactly as the request path: that is how clients know it (RFC 6578 section 3.6).
            sync.out.status(
                Href::Path(&exchange.place.href),
                StatusCode::INSUFFICIENT_STORAGE,
                Some(MATCHES),
            )?;
        }
        Ok(sync.out.close(Some(&synced.token))?.into_body()?)
    })?;
    Ok(exchange.multistatus(body, false))
}

/// Whether the level is infinite. Old clients leave it out (Mac OS X 10.7).
fn level(root: &Element) -> Result<bool> {
    match root
        .child(&LEVEL)
        .map(Element::text)
        .as_deref()
        .map(str::trim)
    {
        None | Some("1" | "") => Ok(false),
        Some("infinite") => Ok(true),
        Some(_) => Err(Error::bad_request(
            "sync-level is 1 or infinite (RFC 6578 section 6.3)",
        )),
    }
}

fn limit(root: &Element) -> Result<Option<usize>> {
    let Some(results) = root.child(&LIMIT).and_then(|limit| limit.child(&RESULTS)) else {
        return Ok(None);
    };
    match results.text().trim().parse() {
        // With no room for a single change nothing can ever be told (RFC 6578 section 3.7).
        Ok(0) => Err(Error::unmet(
            MATCHES,
            "at least one result has to be allowed",
        )),
        Ok(limit) => Ok(Some(limit)),
        Err(_) => Err(Error::bad_request(
            "nresults is a positive number (RFC 5323 section 5.17)",
        )),
    }
}

struct Sync<'s> {
    question: &'s Question,
    asker: &'s Asker<'s>,
    out: Multistatus<Spool>,
    prefix: String,
    token: Option<&'s str>,
    at_most: usize,
}

impl Sync<'_> {
    fn layer(&mut self, access: &mut Access, collection: &Collection) -> Result<Synced> {
        let need = self.question.item_need();
        let zone = self.question.zone(collection);
        if self.question.asks_dead(Kind::Item) && access.items_have_dead_properties(collection)? {
            // Dead properties cannot be read while walking.
            let mut changes = Vec::new();
            let synced =
                access.since(collection, self.token, self.at_most, need, &mut |change| {
                    changes.push(change);
                    Ok::<_, Error>(())
                })?;
            for change in &changes {
                let facts = match change {
                    Change::Written(item) => self
                        .question
                        .facts(access, Resource::Item(collection, item))?,
                    Change::Gone(_) => Facts::default(),
                };
                self.change(collection, change, &facts, zone.as_ref())?;
            }
            return Ok(synced);
        }
        let facts = Facts::default();
        access.since(collection, self.token, self.at_most, need, &mut |change| {
            self.change(collection, &change, &facts, zone.as_ref())
        })
    }

    fn change(
        &mut self,
        collection: &Collection,
        change: &Change,
        facts: &Facts,
        zone: Option<&Zone>,
    ) -> Result<()> {
        match change {
            Change::Written(item) => {
                let here = Here {
                    resource: Resource::Item(collection, item),
                    asker: self.asker,
                    facts,
                    data: self.question.data.as_ref(),
                    zone,
                };
                self.out
                    .response(Href::Member(&self.prefix, item.name()), |propstats| {
                        self.question.answer(&here, propstats);
                        Ok(())
                    })
            }
            Change::Gone(name) => Ok(self.out.status(
                Href::Member(&self.prefix, name),
                StatusCode::NOT_FOUND,
                None,
            )?),
        }
    }

    /// A notification never changes, and has nothing that would have to be fetched for it.
    fn told(&mut self, of: &User, told: &[Told]) -> Result<Synced> {
        let facts = Facts::default();
        told_since((of, told), self.token, self.at_most, &mut |change| {
            let name = match &change {
                ToldChange::Written(told) => sharing::name(told.notification.id),
                ToldChange::Gone(id) => sharing::name(*id),
            };
            let href = Href::Member(&self.prefix, &name);
            let ToldChange::Written(told) = &change else {
                return Ok(self.out.status(href, StatusCode::NOT_FOUND, None)?);
            };
            let here = Here {
                resource: Resource::Notification(of, told),
                asker: self.asker,
                facts: &facts,
                data: None,
                zone: None,
            };
            self.out.response(href, |propstats| {
                self.question.answer(&here, propstats);
                Ok::<_, Error>(())
            })
        })
    }

    fn home(&mut self, access: &mut Access, home: &Home) -> Result<Synced> {
        let mut changes = Vec::new();
        let synced = access.home_since(home, self.token, self.at_most, &mut |change| {
            changes.push(change);
            Ok::<_, Error>(())
        })?;
        for change in &changes {
            match change {
                HomeChange::Written(collection) => {
                    let resource = Resource::Layer(collection);
                    let facts = self.question.facts(access, resource)?;
                    let here = Here {
                        resource,
                        asker: self.asker,
                        facts: &facts,
                        data: None,
                        zone: None,
                    };
                    self.out.response(
                        Href::Folder(&self.prefix, &collection.layer.name),
                        |propstats| {
                            self.question.answer(&here, propstats);
                            Ok::<_, Error>(())
                        },
                    )?;
                }
                HomeChange::Gone(name) => {
                    self.out.status(
                        Href::Folder(&self.prefix, name),
                        StatusCode::NOT_FOUND,
                        None,
                    )?;
                }
            }
        }
        Ok(synced)
    }
}
