//! REPORT (RFC 3253 section 3.6): the report that the body names.

use crate::dav::error::{Error, Result, SUPPORTED_REPORT};
use crate::dav::exchange::Exchange;
use crate::dav::report;
use crate::dav::resource::Kind;
use crate::dav::xml::{self, MAX_ELEMENTS};
use crate::http::Reply;

pub fn run(exchange: &Exchange) -> Result<Reply> {
    let body = &exchange.request.body;
    // A multiget is as long as the list of what it wants.
    let is_multiget = memchr::memmem::find(body, b"multiget").is_some();
    let at_most = MAX_ELEMENTS
        + if is_multiget {
            exchange.dav.settings.max_results
        } else {
            0
        };
    let root =
        xml::parse(body, at_most)?.ok_or_else(|| Error::bad_request("a REPORT has a body"))?;
    let kind = exchange.place.target.kind().unwrap_or(Kind::Item);
    let report = report::REPORTS
        .iter()
        .find(|report| report.name == root.name && report.on.has(kind));
    match report {
        Some(report) => (report.run)(exchange, &root),
        None => Err(Error::unmet(
            SUPPORTED_REPORT,
            "this resource has no such report",
        )),
    }
}
