//! POST to a calendar adds an item under a name of the server's choice (RFC 5995); what is XML is about sharing.

use super::{put, share};
use crate::dav::error::{Error, Result};
use crate::dav::exchange::{Exchange, parent};
use crate::dav::path::{self, Target};
use crate::dav::writer::Writer;
use crate::http::{HeaderValue, Reply, StatusCode, header};

pub fn run(exchange: &Exchange) -> Result<Reply> {
    let is_xml = exchange
        .request
        .header(header::CONTENT_TYPE)
        .is_some_and(|value| {
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase()
                .ends_with("xml")
        });
    let Target::Layer { owner, layer } = &exchange.place.target else {
        return share::run(exchange);
    };
    if is_xml {
        return share::run(exchange);
    }
    let draft =
        put::draft(exchange, owner, layer, None).map_err(|error| inside(exchange, error))?;
    let name = name()?;
    let written = exchange
        .write(|access| {
            let collection = parent(access, owner, layer)?;
            exchange
                .guard(access)?
                .check_collection(Some(&collection))?;
            Ok(access.put(&collection, &name, &draft, &|there| there.is_none())?)
        })
        .map_err(|error| inside(exchange, error))?;
    let mut href = Writer::default();
    href.raw(&exchange.place.href);
    path::encode(&mut href, &name);
    let reply = Reply::new(StatusCode::CREATED);
    let reply = match &written.tag {
        Some(tag) => put::tagged(reply, tag),
        None => reply,
    };
    Ok(match HeaderValue::from_str(href.as_str()) {
        Ok(location) => reply.with(header::LOCATION, location),
        Err(_) => reply,
    })
}

/// Refusals speak of members of the collection that was posted to.
fn inside(exchange: &Exchange, error: Error) -> Error {
    error.located(&exchange.place.href, &exchange.place.href)
}

fn name() -> Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| std::io::Error::other(error.to_string()))?;
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{hex}.ics"))
}
