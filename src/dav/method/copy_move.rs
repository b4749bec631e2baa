//! COPY and MOVE (RFC 4918 sections 9.8 and 9.9): of items within and between calendars, of calendars in their home.

use super::restore;
use crate::calendar::{self, Access, Collection, Privilege, Refusal, Transfer};
use crate::dav::condition::{Depth, destination, overwrite};
use crate::dav::error::{Error, LOCATION, Result};
use crate::dav::exchange::{Exchange, found, parent};
use crate::dav::path::{Hrefs, Target};
use crate::dav::trash::Place;
use crate::http::{Reply, StatusCode};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Copy,
    Move,
}

pub fn copy(exchange: &Exchange) -> Result<Reply> {
    run(exchange, Verb::Copy)
}

pub fn r#move(exchange: &Exchange) -> Result<Reply> {
    run(exchange, Verb::Move)
}

fn run(exchange: &Exchange, verb: Verb) -> Result<Reply> {
    let to = exchange.known(destination(exchange.request)?)?;
    let overwrite = overwrite(exchange.request)?;
    let depth = Depth::read(exchange.request)?;
    if to == exchange.place.target {
        return Err(Error::plain(
            StatusCode::FORBIDDEN,
            "source and destination are the same",
        ));
    }
    let created = match (&exchange.place.target, &to) {
        (Target::Item { .. }, Target::Item { .. }) => item(exchange, verb, &to, overwrite),
        (Target::Layer { .. }, Target::Layer { .. }) => {
            layer(exchange, verb, &to, overwrite, depth)
        }
        (_, Target::Trash { .. }) => Err(Refusal::Forbidden {
            needs: Privilege::Bind,
        }
        .into()),
        (Target::Trash { owner, place }, _) => restore::run(
            exchange,
            (owner, place),
            &to,
            restore::How {
                overwrite,
                moving: verb == Verb::Move,
            },
        ),
        (Target::Item { .. }, Target::Deep { .. } | Target::Nowhere) => {
            Err(Refusal::NoParent.into())
        }
        (Target::Layer { .. }, _) => Err(Error::unmet(
            LOCATION,
            "a calendar stands in a calendar home",
        )),
        _ => Err(Error::plain(
            StatusCode::FORBIDDEN,
            "an item stands in a calendar",
        )),
    };
    let hrefs = Hrefs::new(&exchange.request.origin);
    let created = created.map_err(|error| match &error {
        // What is taken, is taken from the source.
        Error::Calendar(calendar::Error::Refused(Refusal::Forbidden {
            needs: Privilege::Unbind | Privilege::Read,
        })) => exchange.located(error),
        _ => error.located(&collection_of(&hrefs, &to), &hrefs.of(&to)),
    })?;
    Ok(Reply::new(if created {
        StatusCode::CREATED
    } else {
        StatusCode::NO_CONTENT
    }))
}

/// The href of the collection that a target stands in.
fn collection_of(hrefs: &Hrefs, to: &Target) -> String {
    match to {
        Target::Item { owner, layer, .. } => hrefs.layer(owner, layer),
        Target::Layer { owner, .. } => hrefs.home(owner),
        Target::Trash { owner, .. } => hrefs.of(&Target::Trash {
            owner: owner.clone(),
            place: Place::Whole,
        }),
        other => hrefs.of(other),
    }
}

fn item(exchange: &Exchange, verb: Verb, to: &Target, overwrite: bool) -> Result<bool> {
    let Target::Item { owner, layer, name } = &exchange.place.target else {
        return Err(Refusal::NotFound.into());
    };
    let Target::Item {
        owner: to_owner,
        layer: to_layer,
        name: to_name,
    } = to
    else {
        return Err(Refusal::BadLocation.into());
    };
    let written = exchange.write(|access| {
        let guard = exchange.guard(access)?;
        let from = access.collection(owner, layer)?;
        let into = parent(access, to_owner, to_layer)?;
        let transfer = Transfer {
            from: &from,
            name,
            into: &into,
            new_name: to_name,
            overwrite,
            moving: verb == Verb::Move,
        };
        Ok(access.transfer(transfer, &|tag| guard.admits(tag))?)
    })?;
    Ok(written.created)
}

/// Depth 0 copies a calendar without its items; MOVE is always whole.
fn layer(
    exchange: &Exchange,
    verb: Verb,
    to: &Target,
    overwrite: bool,
    depth: Option<Depth>,
) -> Result<bool> {
    let Target::Layer { owner, layer } = &exchange.place.target else {
        return Err(Refusal::NotFound.into());
    };
    let Target::Layer {
        owner: to_owner,
        layer: to_layer,
    } = to
    else {
        return Err(Refusal::BadLocation.into());
    };
    if verb == Verb::Copy && depth == Some(Depth::One) {
        return Err(Error::bad_request(
            "COPY of a collection has Depth 0 or infinity",
        ));
    }
    exchange.write(|access| {
        let guard = exchange.guard(access)?;
        let from = access.collection(owner, layer)?;
        guard.check_collection(Some(&from))?;
        if found(access.home(to_owner))?.is_none() {
            return Err(Refusal::NoParent.into());
        }
        if to_owner != owner {
            return Err(Refusal::BadLocation.into());
        }
        let there = found(access.collection(to_owner, to_layer))?;
        let created = clear(access, there, overwrite)?;
        match verb {
            Verb::Copy => {
                access.copy_layer(&from, to_layer, depth != Some(Depth::Zero))?;
            }
            Verb::Move => access.rename_layer(&from, to_layer)?,
        }
        Ok(created)
    })
}

/// What stands at the destination goes first, where it may (RFC 4918 section 9.8.4). `true`: nothing stood there.
pub fn clear(access: &mut Access, there: Option<Collection>, overwrite: bool) -> Result<bool> {
    match there {
        None => Ok(true),
        Some(_) if !overwrite => Err(Refusal::Stale.into()),
        Some(there) => {
            access.delete_layer(&there)?;
            Ok(false)
        }
    }
}
