//! The actions of RFC 7808 section 5, by their paths.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::catalogue::{Catalogue, PUBLISHER, tag};
use super::parameters::Parameters;
use super::pattern::Pattern;
use super::problem::Problem;
use super::{FOLDER, JSON, segments};
use crate::http::{
    EntityTag, HeaderValue, Reply, Request, StatusCode, has_already, header, negotiate,
};
use crate::ical::{Object, Window, Zone, jcal, leap_seconds, zone_data, zone_name};

const ICALENDAR: &str = "text/calendar";
const JCAL: &str = "application/calendar+json";
const FORMATS: [&str; 2] = [ICALENDAR, JCAL];

/// Observances in one answer; where there are more, the answer says how far it goes (section 5.4).
const MOST_OBSERVANCES: usize = 2_000;

type Answer = Result<Reply, Problem>;

pub fn answer(request: &Request) -> Answer {
    let segments: Vec<&str> = segments(&request.path).skip(1).collect();
    let parameters = Parameters::of(request);
    match segments.as_slice() {
        ["capabilities"] => Ok(json(capabilities(&request.origin.base_path))),
        ["leapseconds"] => leaps(),
        ["zones"] => zones(&parameters),
        // A proxy may have decoded the `%2F` of a name: then the name takes up several segments.
        ["zones", name @ .., "observances"] if !name.is_empty() => {
            expand(request, &zone(name)?, &parameters)
        }
        ["zones", name @ ..] => get(request, &zone(name)?, &parameters),
        _ => Err(Problem::Action),
    }
}

fn json(body: Value) -> Reply {
    Reply::new(StatusCode::OK).content(JSON, body.to_string())
}

/// Section 6.1. Only what is there is told: without a list of leap seconds there is no such action.
fn capabilities(base: &str) -> Value {
    let action = |name: &str, path: &str, parameters: &[(&str, bool)]| {
        let parameters: Vec<Value> = parameters
            .iter()
            .map(|(name, required)| json!({ "name": name, "required": required, "multi": false }))
            .collect();
        let template = format!("{base}{FOLDER}{path}");
        json!({ "name": name, "uri-template": template, "parameters": parameters })
    };
    let (start, end) = (("start", false), ("end", false));
    let mut actions = vec![
        action("capabilities", "/capabilities", &[]),
        action("list", "/zones{?changedsince}", &[("changedsince", false)]),
        action("get", "/zones{/tzid}{?start,end}", &[start, end]),
        action(
            "expand",
            "/zones{/tzid}/observances{?start,end}",
            &[("start", true), ("end", true)],
        ),
        action("find", "/zones{?pattern}", &[("pattern", true)]),
    ];
    if leap_seconds().is_some() {
        actions.push(action("leapseconds", "/leapseconds", &[]));
    }
    json!({
        "version": 1,
        "info": {
            "primary-source": format!("{PUBLISHER} {}", zone_data().version),
            "formats": FORMATS,
            "truncated": { "any": true, "untruncated": true },
        },
        "actions": actions,
    })
}

/// `list` (section 5.2), and with a pattern `find` (section 5.5).
fn zones(parameters: &Parameters) -> Answer {
    let catalogue = Catalogue::current;
    if let Some(pattern) = parameters.one("pattern", Problem::Pattern)? {
        let pattern = Pattern::read(pattern)?;
        return Ok(json(catalogue().find(&pattern)));
    }
    let changed_since = parameters.one("changedsince", Problem::ChangedSince)?;
    Ok(json(catalogue().list(changed_since)))
}

/// The zone that a path names, by its name as the data writes it.
fn zone(segments: &[&str]) -> Result<(String, Zone), Problem> {
    let path = segments.join("/");
    let decoded = percent_decode_str(&path).decode_utf8();
    let asked: Cow<'_, str> = decoded.map_err(|_| Problem::Unknown)?;
    let name = zone_name(&asked).ok_or(Problem::Unknown)?;
    let zone = Zone::named(&name).ok_or(Problem::Unknown)?;
    Ok((name, zone))
}

/// Section 5.3.
fn get(request: &Request, (name, zone): &(String, Zone), parameters: &Parameters) -> Answer {
    let (start, end) = parameters.range()?;
    let format = negotiate(&request.headers, &FORMATS).ok_or(Problem::Format)?;
    let text = zone.to_icalendar_within(name, Window { start, end });
    let tag = tag(text.as_bytes());
    let (tag, reply) = if format == JCAL {
        let object = Object::parse(&text.into()).map_err(|_| Problem::Format)?;
        let reply = Reply::new(StatusCode::OK).content(JCAL, jcal(&object));
        (format!("{tag}-json"), reply)
    } else {
        let reply = Reply::new(StatusCode::OK).content("text/calendar; charset=utf-8", text);
        (tag, reply)
    };
    let reply = conditional(request, &tag, reply);
    Ok(reply.with(header::VARY, HeaderValue::from_static("Accept")))
}

/// Section 5.4. The entity tag is that of the zone.
fn expand(request: &Request, (name, zone): &(String, Zone), parameters: &Parameters) -> Answer {
    let (start, end) = parameters.range()?;
    let (start, end) = (start.ok_or(Problem::Start)?, end.ok_or(Problem::End)?);
    let mut observances = zone.observances(start, end);
    let told: Vec<Value> = observances
        .by_ref()
        .take(MOST_OBSERVANCES)
        .map(|one| {
            json!({
                "name": if one.is_daylight { "Daylight" } else { "Standard" },
                "onset": date_time(one.onset),
                "utc-offset-from": one.from,
                "utc-offset-to": one.to,
            })
        })
        .collect();
    let mut body = json!({ "tzid": name, "observances": told });
    if let (Some(next), Some(body)) = (observances.next(), body.as_object_mut()) {
        body.insert("end".to_owned(), json!(date_time(next.onset)));
    }
    let whole = Window {
        start: None,
        end: None,
    };
    let tag = tag(zone.to_icalendar_within(name, whole).as_bytes());
    Ok(conditional(request, &tag, json(body)))
}

/// Section 5.6.
fn leaps() -> Answer {
    let list = leap_seconds().ok_or(Problem::Action)?;
    let offsets: Vec<Value> = list
        .offsets
        .iter()
        .map(|(onset, offset)| json!({ "utc-offset": offset, "onset": onset }))
        .collect();
    Ok(json(json!({
        "expires": list.expires,
        "publisher": "IERS",
        "version": list.version,
        "leapseconds": offsets,
    })))
}

/// The reply with its entity tag, or 304 to whoever has it (RFC 9110 section 13.1.2).
fn conditional(request: &Request, tag: &str, reply: Reply) -> Reply {
    let tag = EntityTag::strong(tag);
    let reply = if has_already(&request.headers, &tag) {
        Reply::new(StatusCode::NOT_MODIFIED)
    } else {
        reply
    };
    match HeaderValue::try_from(tag.to_string()) {
        Ok(tag) => reply.with(header::ETAG, tag),
        Err(_) => reply,
    }
}

/// As RFC 3339 writes it, in UTC.
pub fn date_time(instant: i64) -> String {
    jiff::Timestamp::from_second(instant)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_string()
}
