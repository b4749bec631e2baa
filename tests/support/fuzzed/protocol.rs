//! What must hold of request bodies, of headers and of paths.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use strata::dav::condition::{Conditions, State};
use strata::dav::name::{CALDAV, Name};
use strata::dav::path::{BadPath, Hrefs, Place, Reference, Target, reference, target};
use strata::dav::xml::{Element, MAX_ELEMENTS, parse};
use strata::http::{EntityTag, HeaderMap, HeaderValue, Method, Origin, Request};
use strata::ical::filter::CompFilter;
use strata::ical::{Object, Zone};

/// Something of everything that a filter can ask for.
const CALENDAR: &str = include_str!("calendar.ics");

static FILTER: Name = Name::new(CALDAV, "filter");

/// A filter that is read is read the same from what is written of it, and matches only what its prefilter lets through.
pub fn filter(data: &[u8]) {
    let Ok(Some(root)) = parse(data, MAX_ELEMENTS) else {
        return;
    };
    let element = root.child(&FILTER).unwrap_or(&root);
    let Ok(filter) = strata::dav::filter::read(element) else {
        return;
    };
    let again = reread(element);
    let again = strata::dav::filter::read(&again).expect("a filter stays one");
    assert_eq!(filter, again);
    let zone = Zone::named("Europe/Berlin").expect("a zone");
    let object = Object::parse(&Bytes::from_static(CALENDAR.as_bytes())).expect("an object");
    if let (Ok(true), (Some(name), window)) = (filter.matches(&object, &zone), filter.prefilter()) {
        let comp = CompFilter {
            name: name.to_owned(),
            time_range: Some(window).filter(|window| window.start.or(window.end).is_some()),
            ..CompFilter::default()
        };
        let narrow = CompFilter {
            name: "VCALENDAR".to_owned(),
            comps: vec![comp],
            ..CompFilter::default()
        };
        assert_ne!(narrow.matches(&object, &zone), Ok(false), "{filter:?}");
    }
}

/// What is read can be written, and is then read the same.
pub fn xml(data: &[u8]) {
    if let Ok(Some(root)) = parse(data, 1000) {
        assert_eq!(outline(&root), outline(&reread(&root)));
    }
}

fn reread(element: &Element) -> Element {
    let written = element.to_xml();
    parse(written.as_bytes(), MAX_ELEMENTS)
        .unwrap_or_else(|error| panic!("{written}: {error}"))
        .expect("an element")
}

/// Names, attributes and texts.
fn outline(element: &Element) -> String {
    let mut out = format!("<{:?}", element.name);
    for attribute in &element.attributes {
        out += &format!(" {:?}={:?}", attribute.name, attribute.value);
    }
    out += &format!(">{:?}", element.text());
    for child in element.elements() {
        out += &outline(child);
    }
    out + ">"
}

fn request(path: &str, headers: HeaderMap) -> Request {
    Request {
        id: "1".to_owned(),
        method: Method::PUT,
        path: path.to_owned(),
        query: None,
        headers,
        body: Bytes::new(),
        origin: Origin {
            scheme: "http",
            authority: "localhost:5232".to_owned(),
            base_path: "/cal".to_owned(),
        },
        client: IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

/// Every header that makes a request conditional, each line of the input as one: a condition holds or does not.
pub fn if_header(data: &[u8]) {
    const NAMES: [&str; 5] = [
        "if",
        "if-match",
        "if-none-match",
        "destination",
        "if-modified-since",
    ];
    let mut headers = HeaderMap::new();
    for (name, line) in NAMES.iter().zip(data.split(|byte| *byte == b'\n')) {
        if let Ok(value) = HeaderValue::from_bytes(line)
            && !line.is_empty()
        {
            headers.insert(*name, value);
        }
    }
    let own = target("/dav/calendars/ann/work/a.ics").expect("a path");
    let request = request("/dav/calendars/ann/work/a.ics", headers);
    let _ = strata::dav::condition::destination(&request);
    let Ok(conditions) = Conditions::read(&request, &own) else {
        return;
    };
    let state = State {
        exists: true,
        tag: Some(EntityTag::strong("1")),
        token: Some("http://localhost/sync/1".to_owned()),
    };
    let others: Vec<_> = conditions
        .others()
        .map(|other| (other.clone(), state.clone()))
        .collect();
    assert!(others.len() <= 256);
    for (own, others) in [(&state, &others[..]), (&State::default(), &[][..])] {
        let _ = conditions.admit(own, others);
        let _ = conditions.admit_none(own);
        let _ = conditions.has_already(own, None);
    }
    if conditions.is_empty() {
        assert!(conditions.admit(&state, &[]));
    }
}

/// A path that names something is written so that it names the same.
pub fn path(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let request = request(text, HeaderMap::new());
    if let Ok(place) = Place::of(&request) {
        assert!(place.href.contains(text) && place.href.starts_with(place.parent()));
        named(&place.target, &request.origin);
    }
    let base = self::request("/dav/calendars/ann/work/a.ics", HeaderMap::new());
    if let Reference::Here(path) = reference(text, &base) {
        assert!(path.starts_with('/'), "{path}");
        if let Ok(target) = target(&path) {
            named(&target, &base.origin);
        }
    }
}

fn named(named: &Target, origin: &Origin) {
    if *named == Target::Nowhere {
        return;
    }
    let href = Hrefs::new(origin).of(named);
    let path = href.strip_prefix("/cal").expect("the base path");
    let again: Result<Target, BadPath> = target(path);
    assert_eq!(again.as_ref(), Ok(named), "{href}");
}
