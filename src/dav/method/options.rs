//! OPTIONS (RFC 4918 section 9.1, RFC 9110 section 9.3.7): what works here for who asks; who has not signed in learns what
//! works on such a resource, and not whether there is one.

use crate::calendar::{Access, Need, Refusal};
use crate::dav::error::Result;
use crate::dav::exchange::Exchange;
use crate::dav::method::{allow, allow_new};
use crate::dav::path::Target;
use crate::dav::resource::{Found, Kind};
use crate::http::{HeaderValue, Reply, StatusCode, header};
use crate::privacy::Viewer;

/// 200, never 204: several clients take nothing else.
pub fn run(exchange: &Exchange) -> Result<Reply> {
    let target = &exchange.place.target;
    let methods = match target.kind() {
        Some(kind) if *exchange.viewer == Viewer::Anyone => allow(kind),
        None => allow_new(None),
        Some(kind) => exchange.read(|access| {
            Ok(if is_there(access, target)? {
                allow(kind)
            } else {
                allow_new(makeable(access, target)?)
            })
        })?,
    };
    let reply = Reply::new(StatusCode::OK);
    Ok(match HeaderValue::from_str(&methods) {
        Ok(methods) => reply.with(header::ALLOW, methods),
        Err(_) => reply,
    })
}

fn is_there(access: &mut Access, target: &Target) -> Result<bool> {
    match Found::at(target, access, Need::Index) {
        Ok(_) => Ok(true),
        Err(error) if error.is_refusal(&Refusal::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What can be made where nothing stands: a calendar in a home, an item in a calendar.
fn makeable(access: &mut Access, target: &Target) -> Result<Option<Kind>> {
    let parent = match target {
        Target::Layer { owner, .. } => Target::Home(owner.clone()),
        Target::Item { owner, layer, .. } => Target::Layer {
            owner: owner.clone(),
            layer: layer.clone(),
        },
        _ => return Ok(None),
    };
    let there = is_there(access, &parent)?;
    Ok(target.kind().filter(|_| there))
}
