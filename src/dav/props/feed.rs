//! What fills a calendar that is filled from elsewhere: its kind, and how a subscription fares (E-015, E-016, E-054, E-057).

use super::{Here, Needs, Property, Told};
use crate::dav::name::{CALENDARSERVER, STRATA};
use crate::dav::resource::Kinds;
use crate::dav::writer::Writer;
use crate::model::{Feed, Instant};

/// A row of what a subscription's owner alone is told; the names are those that the JSON API has, in the way of XML.
const fn of_feed(
    namespace: &'static str,
    local: &'static str,
    get: fn(&Here, &mut Writer) -> Told,
) -> Property {
    Property::new(namespace, local, Kinds::LAYER, get).needs(Needs::FEED)
}

pub static PROPERTIES: &[Property] = &[
    Property::new(STRATA, "layer-type", Kinds::LAYER, |here, out| {
        upper(out, kind(here))
    }),
    // The same in the words that programs outside rely on.
    Property::new(STRATA, "kind", Kinds::LAYER, |here, out| {
        Told::text(out, kind(here))
    }),
    Property::new(STRATA, "system-type", Kinds::LAYER, |here, out| {
        let kind = here
            .resource
            .layer()
            .and_then(|it| it.layer.system.as_ref());
        upper(out, kind.map(|kind| kind.as_str()))
    }),
    of_feed(CALENDARSERVER, "source", source),
    of_feed(STRATA, "last-status", |here, out| {
        upper(out, feed(here).map(|feed| feed.status.word()))
    }),
    of_feed(STRATA, "last-error", |here, out| {
        Told::text(out, feed(here).and_then(|feed| feed.error.as_deref()))
    }),
    of_feed(STRATA, "last-fetched", |here, out| {
        moment(out, feed(here).and_then(|feed| feed.tried))
    }),
    of_feed(STRATA, "last-succeeded", |here, out| {
        moment(out, feed(here).and_then(|feed| feed.succeeded))
    }),
    of_feed(STRATA, "next-fetch", |here, out| {
        moment(out, feed(here).and_then(|feed| feed.next))
    }),
    of_feed(STRATA, "item-count", |here, out| {
        number(out, feed(here).map(|feed| feed.items))
    }),
    of_feed(STRATA, "refused-count", |here, out| {
        number(out, feed(here).map(|feed| feed.refused))
    }),
];

fn kind(here: &Here) -> Option<&'static str> {
    here.resource.layer().map(|it| it.layer.kind.name())
}

fn feed<'h>(here: &'h Here) -> Option<&'h Feed> {
    here.facts.feed.as_deref()
}

/// The words of the JSON API: `EXTERNAL`, `PUBLIC_EVENTS`, `PENDING`.
fn upper(out: &mut Writer, word: Option<&str>) -> Told {
    Told::text(out, word.map(str::to_ascii_uppercase).as_deref())
}

/// Where a subscription comes from, without what may be secret in it. The calendar is a `C:calendar` all the same and no
/// `CS:subscribed`: Thunderbird offers no such ones, and DAVx⁵ would hand the address on to be fetched by the device.
fn source(here: &Here, out: &mut Writer) -> Told {
    let Some(feed) = feed(here) else {
        return Told::Missing;
    };
    out.href(&feed.shown.replace('…', "%E2%80%A6"));
    Told::Found
}

fn moment(out: &mut Writer, at: Option<Instant>) -> Told {
    match at.map(jiff::Timestamp::from_second) {
        Some(Ok(moment)) => {
            out.number(moment);
            Told::Found
        }
        Some(Err(_)) | None => Told::Missing,
    }
}

fn number(out: &mut Writer, count: Option<u64>) -> Told {
    match count {
        Some(count) => {
            out.number(count);
            Told::Found
        }
        None => Told::Missing,
    }
}
