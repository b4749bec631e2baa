//! PROPFIND (RFC 4918 section 9.1), Depth 0 and 1. A listing that were cut would not be true: only its bytes are limited.

use crate::calendar::{Access, Collection, Former, Home, Need, Scope, Trash};
use crate::dav::condition::Depth;
use crate::dav::error::{Error, FINITE_DEPTH, Result};
use crate::dav::exchange::Exchange;
use crate::dav::multistatus::{Href, Multistatus, escaped};
use crate::dav::name::{DAV, Name};
use crate::dav::path::circle_name;
use crate::dav::props::{Asker, Facts, Here, Question};
use crate::dav::resource::{Found, Kind, Kinds, Resource};
use crate::dav::sharing;
use crate::dav::trash::{HISTORY, Lying, Place, layer_name};
use crate::http::{Reply, Spool};
use crate::model::User;

static PROPFIND: Name = Name::new(DAV, "propfind");

pub fn run(exchange: &Exchange) -> Result<Reply> {
    let body = exchange.xml()?;
    if body.as_ref().is_some_and(|root| !root.is(&PROPFIND)) {
        return Err(Error::bad_request(
            "the body is a DAV:propfind (RFC 4918 section 14.20)",
        ));
    }
    let preferences = exchange.preferences();
    let question = Question::read(body.as_ref(), preferences.minimal, false)?;
    let kind = exchange.place.target.kind();
    let is_item = kind.is_some_and(|kind| Kinds::OBJECT.has(kind));
    // Without the header it is infinity (RFC 4918 section 9.1), which for an item is nothing more than 0.
    let depth = match Depth::read(exchange.request)?.unwrap_or(Depth::Infinity) {
        _ if is_item => Depth::Zero,
        Depth::Infinity => return Err(Error::unmet(FINITE_DEPTH, "Depth is 0 or 1")),
        finite => finite,
    };
    let noroot = preferences.depth_noroot && depth == Depth::One;
    let body = exchange.read(|access| {
        let found = Found::at(&exchange.place.target, access, question.item_need())?;
        let asker = question.asker(access, exchange.request)?;
        let out = Multistatus::open(Spool::new(exchange.dav.settings.max_reply))?;
        let mut listing = Listing {
            question: &question,
            asker: &asker,
            out,
            prefix: escaped(&exchange.place.href),
        };
        if !noroot {
            listing.tell(access, Href::Path(&exchange.place.href), found.borrow())?;
        }
        if depth == Depth::One {
            listing.members(access, &found)?;
        }
        Ok(listing.out.close(None)?.into_body()?)
    })?;
    Ok(exchange.multistatus(body, depth == Depth::One))
}

struct Listing<'l> {
    question: &'l Question,
    asker: &'l Asker<'l>,
    out: Multistatus<Spool>,
    prefix: String,
}

impl Listing<'_> {
    /// One resource that is not an item of a listing: what it needs is fetched for it.
    fn tell(&mut self, access: &mut Access, href: Href, resource: Resource) -> Result<()> {
        let facts = self.question.facts(access, resource)?;
        self.write(href, resource, &facts)
    }

    fn write(&mut self, href: Href, resource: Resource, facts: &Facts) -> Result<()> {
        let here = Here {
            resource,
            asker: self.asker,
            facts,
            data: None,
            zone: None,
        };
        self.out.response(href, |propstats| {
            self.question.answer(&here, propstats);
            Ok(())
        })
    }

    fn folder(&mut self, access: &mut Access, name: &str, resource: Resource) -> Result<()> {
        let prefix = self.prefix.clone();
        self.tell(access, Href::Folder(&prefix, name), resource)
    }

    fn members(&mut self, access: &mut Access, found: &Found) -> Result<()> {
        match found {
            Found::Layer(collection) => self.items(access, collection),
            Found::Home(home) => self.layers(access, home),
            Found::Folder(kind) => self.folders(access, *kind),
            Found::User(user) => self.circles(access, user),
            Found::Trash(trash, lying) => self.lying(access, trash, lying),
            Found::Notifications(owner, told) => {
                let prefix = self.prefix.clone();
                told.iter().try_for_each(|one| {
                    let href = Href::Member(&prefix, &sharing::name(one.notification.id));
                    self.tell(access, href, Resource::Notification(owner, one))
                })
            }
            Found::Circle(..) | Found::Group(_) | Found::Item(..) | Found::Notification(..) => {
                Ok(())
            }
        }
    }

    fn layers(&mut self, access: &mut Access, home: &Home) -> Result<()> {
        home.listed()
            .try_for_each(|it| self.folder(access, &it.layer.name, Resource::Layer(it)))
    }

    fn circles(&mut self, access: &mut Access, user: &User) -> Result<()> {
        let circles = access.circles_of(user)?;
        circles.into_iter().try_for_each(|circle| {
            let resource = Resource::Circle(user, circle);
            self.folder(access, circle_name(circle), resource)
        })
    }

    fn folders(&mut self, access: &mut Access, kind: Kind) -> Result<()> {
        let mut inside = |list: &mut Self, members: &[(&str, Kind)]| {
            members
                .iter()
                .try_for_each(|(name, kind)| list.folder(access, name, Resource::Folder(*kind)))
        };
        match kind {
            Kind::Root => inside(
                self,
                &[("principals", Kind::Principals), ("calendars", Kind::Homes)],
            ),
            Kind::Principals => inside(self, &[("users", Kind::Users), ("groups", Kind::Groups)]),
            Kind::Users => {
                let users = access.principals()?;
                users
                    .iter()
                    .try_for_each(|user| self.folder(access, &user.name, Resource::User(user)))
            }
            Kind::Groups => {
                let groups = access.groups()?;
                groups
                    .iter()
                    .try_for_each(|group| self.folder(access, &group.name, Resource::Group(group)))
            }
            // Of all homes, a viewer knows its own.
            Kind::Homes => {
                let me = access.me()?;
                let home = access.home(&me.name)?;
                self.folder(access, &me.name, Resource::Home(&home))
            }
            _ => Ok(()),
        }
    }

    /// What lies in the trash, or in a folder of it.
    fn lying(&mut self, access: &mut Access, trash: &Trash, lying: &Lying) -> Result<()> {
        let folder = |list: &mut Self, name: &str, inside: Lying| {
            let prefix = list.prefix.clone();
            let href = Href::Folder(&prefix, name);
            list.write(href, Resource::Trash(trash, &inside), &Facts::default())
        };
        match lying {
            Lying::Folder(Place::Whole) => {
                folder(self, HISTORY, Lying::Folder(Place::History))?;
                for layer in access.deleted_layers(trash)? {
                    folder(self, &layer_name(layer.id), Lying::Layer(layer))?;
                }
                self.former(trash, Lying::Item, |need, visit| {
                    access.each_deleted(trash, need, visit)
                })
            }
            Lying::Folder(Place::History) => trash.layers_with_past().try_for_each(|name| {
                folder(self, name, Lying::Folder(Place::HistoryOf(name.to_owned())))
            }),
            Lying::Folder(Place::HistoryOf(layer)) => {
                let items = access.items_with_past(trash, layer)?;
                items.into_iter().try_for_each(|name| {
                    let place = Place::Versions(layer.clone(), name.clone());
                    folder(self, &name, Lying::Folder(place))
                })
            }
            Lying::Folder(Place::Versions(layer, item)) => {
                self.former(trash, Lying::Former, |need, visit| {
                    access.each_past(trash, (layer, item), need, visit)
                })
            }
            Lying::Layer(layer) => self.former(trash, Lying::Former, |need, visit| {
                access.each_of_deleted_layer(trash, layer.id, need, visit)
            }),
            Lying::Folder(_) | Lying::Item(_) | Lying::Former(_) => Ok(()),
        }
    }

    fn former(
        &mut self,
        trash: &Trash,
        lying: impl Fn(Box<Former>) -> Lying,
        each: impl FnOnce(Need, &mut dyn FnMut(Former) -> Result<()>) -> Result<()>,
    ) -> Result<()> {
        let (facts, prefix) = (Facts::default(), std::mem::take(&mut self.prefix));
        each(self.question.item_need(), &mut |former| {
            let name = former.item.name().to_owned();
            let inside = lying(former.into());
            let href = Href::Member(&prefix, &name);
            self.write(href, Resource::Trash(trash, &inside), &facts)
        })
    }

    /// The hot path: nothing is looked up, fetched or escaped twice, and no item is kept.
    fn items(&mut self, access: &mut Access, collection: &Collection) -> Result<()> {
        let need = self.question.item_need();
        if self.question.asks_dead(Kind::Item) && access.items_have_dead_properties(collection)? {
            let mut names = Vec::new();
            access.each(collection, Scope::default(), Need::Index, &mut |item| {
                names.push(item.name().to_owned());
                Ok::<_, Error>(())
            })?;
            let prefix = self.prefix.clone();
            return names.iter().try_for_each(|name| {
                let item = access.get(collection, name, need)?;
                self.tell(
                    access,
                    Href::Member(&prefix, name),
                    Resource::Item(collection, &item),
                )
            });
        }
        let facts = Facts::default();
        let prefix = std::mem::take(&mut self.prefix);
        access.each(collection, Scope::default(), need, &mut |item| {
            self.write(
                Href::Member(&prefix, item.name()),
                Resource::Item(collection, &item),
                &facts,
            )
        })
    }
}
