//! Reports: one row each, read by REPORT and by `supported-report-set`.

mod calendar_multiget;
mod calendar_query;
mod expand_property;
pub mod filter;
mod free_busy;
mod principals;
mod search;
mod sync_collection;
mod trash_multiget;
pub mod window;

use super::error::Result;
use super::exchange::Exchange;
use super::name::{CALDAV, CALENDARSERVER, DAV, Name};
use super::resource::Kinds;
use super::xml::Element;
use crate::http::Reply;

pub struct Report {
    pub name: Name,
    pub on: Kinds,
    pub run: fn(&Exchange, &Element) -> Result<Reply>,
}

const fn report(
    namespace: &'static str,
    local: &'static str,
    on: Kinds,
    run: fn(&Exchange, &Element) -> Result<Reply>,
) -> Report {
    Report {
        name: Name::new(namespace, local),
        on,
        run,
    }
}

const CALENDARS: Kinds = Kinds::LAYER.and(Kinds::HOME);
const SYNCED: Kinds = CALENDARS.and(Kinds::NOTIFICATIONS);
const OBJECTS: Kinds = CALENDARS.and(Kinds::ITEM);
const GOTTEN: Kinds = OBJECTS.and(Kinds::TRASH).and(Kinds::DELETED_LAYER);
const SEARCHED: Kinds = Kinds::FOLDERS.and(Kinds::HOME).and(Kinds::PRINCIPAL);

pub static REPORTS: &[Report] = &[
    report(CALDAV, "calendar-query", OBJECTS, calendar_query::run),
    report(CALDAV, "calendar-multiget", GOTTEN, calendar_multiget::run),
    report(CALDAV, "free-busy-query", CALENDARS, free_busy::run),
    report(DAV, "sync-collection", SYNCED, sync_collection::run),
    report(DAV, "expand-property", Kinds::ALL, expand_property::run),
    report(
        DAV,
        "principal-property-search",
        SEARCHED,
        search::property_search,
    ),
    report(
        DAV,
        "principal-search-property-set",
        SEARCHED,
        search::property_set,
    ),
    report(
        CALENDARSERVER,
        "calendarserver-principal-search",
        SEARCHED,
        search::token_search,
    ),
    report(DAV, "principal-match", SEARCHED, principals::matching),
    report(
        DAV,
        "acl-principal-prop-set",
        Kinds::ALL,
        principals::of_acl,
    ),
];
