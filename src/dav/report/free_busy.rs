//! `free-busy-query` (RFC 4791 section 7.10): when a calendar, or a whole home, is busy.

use std::time::{SystemTime, UNIX_EPOCH};

use super::window;
use crate::calendar::{Access, Collection, Need, Refusal, Scope};
use crate::dav::error::{Error, MATCHES, Result};
use crate::dav::exchange::Exchange;
use crate::dav::name::{CALDAV, Name};
use crate::dav::resource::Found;
use crate::dav::xml::Element;
use crate::http::{Reply, StatusCode};
use crate::ical::Object;
use crate::ical::busy::{self, Period};

static TIME_RANGE: Name = Name::new(CALDAV, "time-range");

pub fn run(exchange: &Exchange, root: &Element) -> Result<Reply> {
    let range = root
        .child(&TIME_RANGE)
        .ok_or_else(|| Error::bad_request("free-busy-query has a time-range"))?;
    let window = window::closed(range)?;
    let (Some(start), Some(end)) = (window.start, window.end) else {
        return Err(Error::bad_request("both sides of the time range are given"));
    };
    let at_most = exchange.dav.settings.max_results;
    let periods = exchange.read(|access| {
        let mut walk = Walk {
            start,
            end,
            at_most,
            periods: Vec::new(),
        };
        match Found::at(&exchange.place.target, access, Need::Index)? {
            Found::Layer(collection) => walk.layer(access, &collection)?,
            // A calendar that is transparent says nothing about its owner's time (RFC 6638 section 9.1).
            Found::Home(home) => {
                for collection in home.layers.iter().filter(|it| !it.layer.transparent) {
                    walk.layer(access, collection)?;
                }
            }
            _ => return Err(Refusal::NotFound.into()),
        }
        Ok(walk.periods)
    })?;
    let stamp = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs().cast_signed());
    let uid = format!("{}-{start}-{end}", exchange.request.id);
    let text = busy::to_icalendar(&busy::merge(periods, start, end), start, end, &uid, stamp);
    Ok(Reply::new(StatusCode::OK).content("text/calendar; charset=utf-8", text))
}

struct Walk {
    start: i64,
    end: i64,
    at_most: usize,
    periods: Vec<Period>,
}

impl Walk {
    /// An item that cannot be read is busy at no time; one that takes too much work fails the whole answer, for half a
    /// truth about someone's time is none.
    fn layer(&mut self, access: &mut Access, collection: &Collection) -> Result<()> {
        let zone = collection.zone();
        let scope = Scope {
            component: None,
            window: Some((self.start, self.end)),
        };
        access.each(collection, scope, Need::Text, &mut |item| {
            let Some(object) = item.text().and_then(|text| Object::parse(text).ok()) else {
                return Ok(());
            };
            let too_many =
                || Error::unmet(MATCHES, "more occurrences than this server will compute");
            self.periods.extend(
                busy::periods(&object, self.start, self.end, &zone).map_err(|_| too_many())?,
            );
            if self.periods.len() > self.at_most {
                let merged = busy::merge(std::mem::take(&mut self.periods), self.start, self.end);
                self.periods = merged;
                if self.periods.len() > self.at_most {
                    return Err(too_many());
                }
            }
            Ok(())
        })
    }
}
