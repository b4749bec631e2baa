//! Properties of our own: what became of an item that stands in the trash.

use super::{Here, Property, Told};
use crate::dav::name::STRATA;
use crate::dav::path::Target;
use crate::dav::resource::Kinds;
use crate::dav::writer::Writer;
use crate::model::Instant;

pub static PROPERTIES: &[Property] = &[
    Property::new(STRATA, "deleted-at", Kinds::DELETED, deleted_at).in_allprop(),
    Property::new(STRATA, "deleted-by", Kinds::DELETED, deleted_by).in_allprop(),
    Property::new(STRATA, "former-location", Kinds::DELETED, former_location).in_allprop(),
    Property::new(STRATA, "held-until", Kinds::DELETED, held_until).in_allprop(),
];

fn moment(out: &mut Writer, at: Option<Instant>) -> Told {
    let moment = at.and_then(|at| jiff::Timestamp::from_second(at).ok());
    match moment {
        Some(moment) => {
            out.number(moment);
            Told::Found
        }
        None => Told::Missing,
    }
}

fn deleted_at(here: &Here, out: &mut Writer) -> Told {
    moment(out, here.resource.deleted().map(|deleted| deleted.at))
}

/// Held back from being forgotten, because it went in a mass deletion.
fn held_until(here: &Here, out: &mut Writer) -> Told {
    moment(out, here.resource.deleted().and_then(|it| it.held_until))
}

/// The account, and the device by the label of its app password.
fn deleted_by(here: &Here, out: &mut Writer) -> Told {
    let Some(who) = here.resource.deleted().and_then(|it| it.by.as_ref()) else {
        return Told::Missing;
    };
    if let Some(account) = &who.account {
        out.href(&here.asker.hrefs.user(account));
    }
    if let Some(device) = &who.device {
        out.element("S:device", device);
    }
    Told::Found
}

fn former_location(here: &Here, out: &mut Writer) -> Told {
    let (Some(deleted), Some(owner)) = (here.resource.deleted(), here.resource.owner()) else {
        return Told::Missing;
    };
    out.href(&here.asker.hrefs.of(&Target::Item {
        owner: owner.name.clone(),
        layer: deleted.layer.clone(),
        name: deleted.name.clone(),
    }));
    Told::Found
}
