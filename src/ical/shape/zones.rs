//! VTIMEZONEs that an object refers to but does not hold (RFC 7809 section 3.1.3).

use std::collections::HashSet;

use super::super::component::Component;
use super::super::{Object, Zone};

/// Zones that are supplied to one object; a person's calendar holds two or three.
const MOST: usize = 50;

/// The known zones that are missing, by the name that the object calls them.
pub(super) fn missing(object: &Object) -> Vec<(String, Zone)> {
    let mut seen: HashSet<String> = object
        .components()
        .filter(|component| component.is("VTIMEZONE"))
        .filter_map(|zone| Some(zone.property("TZID")?.text().into_owned()))
        .collect();
    let mut missing = Vec::new();
    for component in object.components().filter(|it| !it.is("VTIMEZONE")) {
        collect(&component, &mut seen, &mut missing);
    }
    missing
}

/// As deep as the reader lets objects be.
fn collect(
    component: &Component<'_>,
    seen: &mut HashSet<String>,
    missing: &mut Vec<(String, Zone)>,
) {
    for property in component.properties() {
        let Some(tzid) = property.parameter("TZID") else {
            continue;
        };
        if missing.len() < MOST
            && !seen.contains(tzid.as_ref())
            && let Some(zone) = Zone::named(&tzid)
        {
            missing.push((tzid.clone().into_owned(), zone));
        }
        seen.insert(tzid.into_owned());
    }
    for child in component.children() {
        collect(&child, seen, missing);
    }
}
