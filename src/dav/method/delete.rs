//! DELETE (RFC 4918 section 9.6) of an item, or of a calendar with everything in it, both
//! into the trash; of what is there, for good. Depth is not looked at: clients
//! send all of them.

use crate::calendar::Refusal;
use crate::dav::error::Result;
use crate::dav::exchange::Exchange;
use crate::dav::path::Target;
use crate::dav::resource::Found;
use crate::dav::sharing;
use crate::dav::trash::{Lying, Place};
use crate::http::{Reply, StatusCode};

pub fn run(exchange: &Exchange) -> Result<Reply> {
    exchange.write(|access| {
        let guard = exchange.guard(access)?;
        match &exchange.place.target {
            Target::Item { owner, layer, name } => {
                let collection = access.collection(owner, layer)?;
                Ok(access.delete(&collection, name, &|tag| guard.admits(tag))?)
            }
            Target::Layer { owner, layer } => {
                let collection = access.collection(owner, layer)?;
                guard.check_collection(Some(&collection))?;
                Ok(access.delete_layer(&collection)?)
            }
            Target::Trash {
                owner,
                place: Place::Item(name),
            } => {
                let trash = access.trash(owner)?;
                Ok(access.purge(&trash, name, &|tag| guard.admits(tag))?)
            }
            Target::Trash {
                owner,
                place: Place::Layer(number),
            } => {
                let trash = access.trash(owner)?;
                let layer = access.deleted_layer(&trash, *number)?;
                guard.check(&Found::Trash(trash.clone(), Lying::Layer(layer)))?;
                Ok(access.purge_layer(&trash, *number)?)
            }
            Target::Notification { owner, name } => {
                let (of, told) = access.notification(owner, sharing::numbered(name))?;
                let id = told.notification.id;
                guard.check(&Found::Notification(of.clone(), told))?;
                Ok(access.delete_notification(&of, id)?)
            }
            _ => Err(Refusal::NotFound.into()),
        }
    })?;
    Ok(Reply::new(StatusCode::NO_CONTENT))
}
