//! Methods: one row each, read by the dispatcher, by `Allow` and by `supported-method-set`.

mod acl;
mod copy_move;
mod delete;
mod get;
mod make;
mod options;
mod post;
mod propfind;
mod proppatch;
mod put;
mod report;
mod restore;
mod share;
mod share_resource;

use super::Dav;
use super::error::{Error, Result};
use super::exchange::Exchange;
use super::path::Place;
use super::resource::{Kind, Kinds};
use crate::calendar::{Privilege, Refusal};
use crate::http::Reply;

/// What a method's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing; what comes is read and forgotten.
    Nothing,
    Xml,
    Item,
}

impl Takes {
    pub fn limit(self, dav: &Dav) -> u64 {
        match self {
            Self::Nothing => 64 << 10,
            Self::Xml => dav.settings.max_xml,
            Self::Item => dav.calendars.limits().max_resource_size,
        }
    }
}

pub struct Method {
    pub name: &'static str,
    pub on: Kinds,
    pub takes: Takes,
    /// It makes the collection that it names: it works where nothing stands, and answers for itself where it cannot.
    pub makes: bool,
    pub run: fn(&Exchange) -> Result<Reply>,
}

const STORED: Kinds = Kinds::ITEM.and(Kinds::LAYER);
/// The same and what can be taken out of the trash.
const TAKEN: Kinds = STORED.and(Kinds::DELETED).and(Kinds::DELETED_LAYER);
const PATCHED: Kinds = STORED.and(Kinds::HOME).and(Kinds::USER).and(Kinds::PROXIES);

const fn method(
    name: &'static str,
    on: Kinds,
    takes: Takes,
    run: fn(&Exchange) -> Result<Reply>,
) -> Method {
    Method {
        name,
        on,
        takes,
        makes: false,
        run,
    }
}

const fn maker(name: &'static str, run: fn(&Exchange) -> Result<Reply>) -> Method {
    Method {
        name,
        on: Kinds::NONE,
        takes: Takes::Xml,
        makes: true,
        run,
    }
}

pub static METHODS: &[Method] = &[
    method("OPTIONS", Kinds::ALL, Takes::Nothing, options::run),
    method("GET", Kinds::ALL, Takes::Nothing, get::run),
    method("HEAD", Kinds::ALL, Takes::Nothing, get::run),
    method("PUT", Kinds::ITEM, Takes::Item, put::run),
    method(
        "POST",
        Kinds::LAYER.and(Kinds::HOME).and(Kinds::NOTIFICATION),
        Takes::Item,
        post::run,
    ),
    method(
        "DELETE",
        TAKEN.and(Kinds::NOTIFICATION),
        Takes::Nothing,
        delete::run,
    ),
    method(
        "COPY",
        TAKEN.and(Kinds::FORMER),
        Takes::Xml,
        copy_move::copy,
    ),
    method("MOVE", TAKEN, Takes::Xml, copy_move::r#move),
    method("PROPFIND", Kinds::ALL, Takes::Xml, propfind::run),
    method("PROPPATCH", PATCHED, Takes::Xml, proppatch::run),
    maker("MKCOL", make::collection),
    maker("MKCALENDAR", make::calendar),
    method("ACL", Kinds::LAYER.and(Kinds::HOME), Takes::Xml, acl::run),
    method("REPORT", Kinds::ALL, Takes::Xml, report::run),
];

pub fn lookup(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// The value of `Allow` where something stands.
pub fn allow(kind: Kind) -> String {
    listed(|method| method.on.has(kind))
}

/// The same where nothing stands, but something of that kind can be made.
pub fn allow_new(kind: Option<Kind>) -> String {
    listed(|method| match kind {
        Some(Kind::Layer) => method.makes || method.name == "OPTIONS",
        Some(Kind::Item) => matches!(method.name, "OPTIONS" | "PUT"),
        _ => method.name == "OPTIONS",
    })
}

fn listed(is_allowed: impl Fn(&Method) -> bool) -> String {
    let allowed = METHODS.iter().filter(|method| is_allowed(method));
    let names: Vec<_> = allowed.map(|method| method.name).collect();
    names.join(", ")
}

/// Why a method that a kind of resource does not take is not done. Whoever writes where nothing can be written lacks the
/// privilege, as clients know from calendars that they only read.
pub fn refused(method: &Method, kind: Kind, place: &Place) -> Error {
    let needs = match method.name {
        _ if !Kinds::IN_TRASH.has(kind) => return not_allowed(kind),
        "PUT" | "POST" => Privilege::Bind,
        "PROPPATCH" => Privilege::WriteProperties,
        "DELETE" | "MOVE" => Privilege::Unbind,
        _ => return not_allowed(kind),
    };
    Error::from(Refusal::Forbidden { needs }).located(place.parent(), &place.href)
}

/// 405 with `Allow` (RFC 9110 section 15.5.6).
pub fn not_allowed(kind: Kind) -> Error {
    Error::NotAllowed { allow: allow(kind) }
}
