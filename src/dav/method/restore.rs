//! COPY and MOVE out of the trash: what is copied stays there, what is moved does not.

use super::copy_move::clear;
use crate::calendar::{Need, Refusal};
use crate::dav::error::{Error, LOCATION, Result};
use crate::dav::exchange::{Exchange, found, parent};
use crate::dav::path::Target;
use crate::dav::resource::Found;
use crate::dav::trash::Place;
use crate::http::StatusCode;

#[derive(Clone, Copy)]
pub struct How {
    pub overwrite: bool,
    pub moving: bool,
}

/// Items come back into calendars, layers into the home. `true`: nothing stood at the destination.
pub fn run(
    exchange: &Exchange,
    (owner, place): (&str, &Place),
    to: &Target,
    how: How,
) -> Result<bool> {
    match (place, to) {
        (Place::Layer(number), Target::Layer { owner: into, layer }) if into == owner => {
            self::layer(exchange, (owner, *number), layer, how)
        }
        (Place::Layer(_), _) => Err(Error::unmet(
            LOCATION,
            "a calendar comes back into the home that it was deleted from",
        )),
        (
            _,
            Target::Item {
                owner: into,
                layer,
                name,
            },
        ) => item(exchange, (owner, place), (into, layer, name), how),
        (_, Target::Deep { .. } | Target::Nowhere) => Err(Refusal::NoParent.into()),
        _ => Err(Error::plain(
            StatusCode::FORBIDDEN,
            "an item stands in a calendar",
        )),
    }
}

fn item(
    exchange: &Exchange,
    (owner, place): (&str, &Place),
    (to_owner, to_layer, name): (&str, &str, &str),
    How { overwrite, moving }: How,
) -> Result<bool> {
    let written = exchange.write(|access| {
        let guard = exchange.guard(access)?;
        guard.check(&Found::at(&exchange.place.target, access, Need::Index)?)?;
        let trash = access.trash(owner)?;
        let into = parent(access, to_owner, to_layer)?;
        let to = (&into, name);
        Ok(match place {
            Place::Item(lost) => access.restore_to(&trash, lost, to, overwrite, moving)?,
            Place::OfLayer(number, item) => {
                access.copy_from_deleted_layer(&trash, *number, item, to, overwrite)?
            }
            Place::Version(layer, item, version) => {
                access.copy_past_version(&trash, (layer, item), version, to, overwrite)?
            }
            _ => return Err(Refusal::NotFound.into()),
        })
    })?;
    Ok(written.created)
}

/// What stands at the destination goes into the trash in its turn.
fn layer(
    exchange: &Exchange,
    (owner, number): (&str, i64),
    name: &str,
    How { overwrite, moving }: How,
) -> Result<bool> {
    exchange.write(|access| {
        let guard = exchange.guard(access)?;
        guard.check(&Found::at(&exchange.place.target, access, Need::Index)?)?;
        let trash = access.trash(owner)?;
        let there = found(access.collection(owner, name))?;
        let created = clear(access, there, overwrite)?;
        if moving {
            access.restore_layer(&trash, number, Some(name))?;
        } else {
            access.copy_deleted_layer(&trash, number, name)?;
        }
        Ok(created)
    })
}
