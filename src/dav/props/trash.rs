//! Properties of our own: what became of what lies in the trash, and who wrote it.

use super::{Here, Property, Told};
use crate::calendar::{Ended, Who};
use crate::dav::name::STRATA;
use crate::dav::path::Target;
use crate::dav::resource::Kinds;
use crate::dav::trash::Lying;
use crate::dav::writer::Writer;
use crate::model::Instant;

const GONE: Kinds = Kinds::DELETED.and(Kinds::DELETED_LAYER);
const HELD: Kinds = GONE.and(Kinds::FORMER);
const WRITTEN: Kinds = Kinds::DELETED.and(Kinds::FORMER);

pub static PROPERTIES: &[Property] = &[
    Property::new(STRATA, "deleted-at", GONE, ended_at).in_allprop(),
    Property::new(STRATA, "deleted-by", GONE, ended_by).in_allprop(),
    Property::new(STRATA, "former-location", Kinds::IN_TRASH, former_location).in_allprop(),
    Property::new(STRATA, "held-until", HELD, held_until).in_allprop(),
    Property::new(STRATA, "written-at", WRITTEN, written_at).in_allprop(),
    Property::new(STRATA, "written-by", WRITTEN, written_by).in_allprop(),
    Property::new(STRATA, "ended", Kinds::FORMER, ended).in_allprop(),
    Property::new(STRATA, "ended-at", Kinds::FORMER, ended_at).in_allprop(),
    Property::new(STRATA, "ended-by", Kinds::FORMER, ended_by).in_allprop(),
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

/// The account, and the device by the label of its app password.
fn person(here: &Here, out: &mut Writer, who: Option<&Who>) -> Told {
    let Some(who) = who else {
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

fn ended_at(here: &Here, out: &mut Writer) -> Told {
    let at = match here.resource.lying() {
        Some(Lying::Layer(layer)) => Some(layer.at),
        Some(lying) => lying.former().map(|former| former.at),
        None => None,
    };
    moment(out, at)
}

fn ended_by(here: &Here, out: &mut Writer) -> Told {
    let who = match here.resource.lying() {
        Some(Lying::Layer(layer)) => layer.by.as_ref(),
        Some(lying) => lying.former().and_then(|former| former.by.as_ref()),
        None => None,
    };
    person(here, out, who)
}

/// Held back from being forgotten, because it went in a mass loss.
fn held_until(here: &Here, out: &mut Writer) -> Told {
    let until = match here.resource.lying() {
        Some(Lying::Layer(layer)) => layer.held_until,
        Some(lying) => lying.former().and_then(|former| former.held_until),
        None => None,
    };
    moment(out, until)
}

fn written_at(here: &Here, out: &mut Writer) -> Told {
    moment(out, here.resource.former().map(|it| it.item.modified()))
}

fn written_by(here: &Here, out: &mut Writer) -> Told {
    let writer = here.resource.former().and_then(|it| it.writer.as_ref());
    person(here, out, writer)
}

/// Why a version stands no longer.
fn ended(here: &Here, out: &mut Writer) -> Told {
    let word = here.resource.former().map(|it| match it.why {
        Ended::Overwritten => "overwritten",
        Ended::Deleted => "deleted",
        Ended::Moved => "moved",
        Ended::Taken => "taken",
        Ended::Occurrence => "occurrence",
    });
    Told::text(out, word)
}

fn former_location(here: &Here, out: &mut Writer) -> Told {
    let (Some(lying), Some(owner)) = (here.resource.lying(), here.resource.owner()) else {
        return Told::Missing;
    };
    let owner = owner.name.clone();
    let stood = match lying {
        Lying::Layer(layer) => Target::Layer {
            owner,
            layer: layer.name.clone(),
        },
        Lying::Item(former) | Lying::Former(former) => Target::Item {
            owner,
            layer: former.layer.clone(),
            name: former.name.clone(),
        },
        Lying::Folder(_) => return Told::Missing,
    };
    out.href(&here.asker.hrefs.of(&stood));
    Told::Found
}
