//! `free-busy-query` (RFC 4791 section 7.10): when a calendar, or a whole home, is busy.

use std::time::{SystemTime, UNIX_EPOCH};

use super::window;
use crate::calendar::Refusal;
use crate::dav::error::{Error, Result};
use crate::dav::exchange::Exchange;
use crate::dav::name::{CALDAV, Name};
use crate::dav::path::Target;
use crate::dav::xml::Element;
use crate::http::{Reply, StatusCode};
use crate::ical::busy;

static TIME_RANGE: Name = Name::new(CALDAV, "time-range");

pub fn run(exchange: &Exchange, root: &Element) -> Result<Reply> {
    let range = root
        .child(&TIME_RANGE)
        .ok_or_else(|| Error::bad_request("free-busy-query has a time-range"))?;
    let window = window::closed(range)?;
    let (Some(start), Some(end)) = (window.start, window.end) else {
        return Err(Error::bad_request("both sides of the time range are given"));
    };
    let periods = exchange.read(|access| {
        Ok(match &exchange.place.target {
            Target::Layer { owner, layer } => access.layer_busy(owner, layer, start, end)?,
            Target::Home(owner) => access.home_busy(owner, start, end)?,
            _ => return Err(Refusal::NotFound.into()),
        })
    })?;
    let stamp = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs().cast_signed());
    let uid = format!("{}-{start}-{end}", exchange.request.id);
    let text = busy::to_icalendar(&periods, start, end, &uid, stamp);
    Ok(Reply::new(StatusCode::OK).content("text/calendar; charset=utf-8", text))
}
