use super::*;
use crate::dav::tests::request;

fn item(name: &str) -> Target {
    Target::Item {
        owner: "ann".into(),
        layer: "work".into(),
        name: name.into(),
    }
}

#[test]
fn paths_are_decoded_once() {
    let cases = [
        ("/", Target::Server),
        ("", Target::Server),
        ("/dav", Target::Root),
        ("/dav/", Target::Root),
        ("/principals/", Target::Server),
        ("//dav//principals/", Target::Principals),
        (
            "/dav/principals/users/ann%40example.com/",
            Target::User("ann@example.com".into()),
        ),
        (
            "/dav/principals/users/ann/calendar-proxy-write/",
            Target::Circle {
                owner: "ann".into(),
                circle: Circle::Proxies { write: true },
            },
        ),
        ("/dav/principals/users/ann/foes", Target::Nowhere),
        (
            "/dav/principals/groups/Caf%C3%A9",
            Target::Group("Café".into()),
        ),
        ("/dav/calendars/ann/work/a%20b.ics", item("a b.ics")),
        ("/dav/calendars/ann/work/a%2520b.ics", item("a%20b.ics")),
        ("/dav/calendars/ann/work/a+b:c.ics/", item("a+b:c.ics")),
        ("/dav/calendars/ann/work/x/y", Target::Nowhere),
        ("/dav/elsewhere", Target::Nowhere),
        ("/a/b/c/d/e/f/g/h/i/j/k", Target::Nowhere),
        ("/dav/calendars/ann/work/%0d%0a%7f", item("\r\n\x7f")),
    ];
    for (path, expected) in cases {
        assert_eq!(target(path), Ok(expected), "{path}");
    }
}

#[test]
fn hostile_paths_are_refused() {
    let long = format!("/dav/calendars/{}", "x".repeat(256));
    let cases = [
        ("/dav/calendars/ann/a%2Fb", BadPath::Character),
        ("/dav/calendars/ann/a%00", BadPath::Character),
        ("/dav/calendars/../x", BadPath::Dots),
        ("/dav/calendars/%2e%2E/x", BadPath::Dots),
        ("/dav/./calendars", BadPath::Dots),
        ("/dav/calendars/%ff", BadPath::Encoding),
        ("/dav/calendars/%", BadPath::Encoding),
        ("/dav/calendars/%4", BadPath::Encoding),
        ("/dav/calendars/%zz", BadPath::Encoding),
        (long.as_str(), BadPath::TooLong),
    ];
    for (path, expected) in cases {
        assert_eq!(target(path), Err(expected), "{path}");
    }
}

#[test]
fn every_printable_character_comes_back() {
    let all: String = (' '..='~')
        .filter(|c| *c != '/')
        .chain("äß漢😀".chars())
        .collect();
    let href = Hrefs {
        base: "/cal".into(),
    }
    .of(&item(&all));
    assert_eq!(target(href.strip_prefix("/cal").unwrap()), Ok(item(&all)));
    let mut escaped = Writer::default();
    assert_eq!(escaped.text(&href).as_str(), href, "it needs no escape");
}

#[test]
fn the_clients_own_form_is_kept() {
    let mut asked = request("PROPFIND", "/dav/calendars/ann@x.org/Work%5f");
    asked.origin.base_path = "/cal".into();
    let place = Place::of(&asked).unwrap();
    assert_eq!(place.href, "/cal/dav/calendars/ann@x.org/Work%5f/");
    assert!(place.slash_added);
    assert_eq!(place.parent(), "/cal/dav/calendars/ann@x.org/");
    let doubled = Place::of(&request("GET", "//dav//calendars")).unwrap();
    assert_eq!(doubled.href, "/dav//calendars/");
    let item = Place::of(&request("GET", "/dav/calendars/a/b/c%41")).unwrap();
    assert_eq!(
        (item.href.as_str(), item.slash_added),
        ("/dav/calendars/a/b/c%41", false)
    );
    assert_eq!(item.parent(), "/dav/calendars/a/b/");
}

#[test]
fn references_are_ours_by_authority_and_base_path() {
    let mut asked = request("COPY", "/dav/calendars/a/b/c.ics");
    asked.origin.base_path = "/cal".into();
    asked.origin.authority = "Cal.example.com".into();
    let here = |path: &str| Reference::Here(path.to_owned());
    let cases = [
        ("/cal/dav/x", here("/dav/x")),
        ("http://cal.example.com/cal/dav/x?q#f", here("/dav/x")),
        ("https://cal.example.com:443/cal/dav/x", here("/dav/x")),
        ("https://cal.example.com/cal", here("/")),
        ("d.ics", here("/dav/calendars/a/b/d.ics")),
        ("a:b.ics", here("/dav/calendars/a/b/a:b.ics")),
        ("/dav/x", Reference::Elsewhere),
        ("/calx/dav", Reference::Elsewhere),
        ("http://cal.example.com:8080/cal/x", Reference::Elsewhere),
        ("http://user@cal.example.com/cal/x", Reference::Elsewhere),
        ("http://cal.example.com.evil/cal/x", Reference::Elsewhere),
        ("ftp://cal.example.com/cal/x", Reference::Elsewhere),
        ("http://", Reference::Elsewhere),
    ];
    for (text, expected) in cases {
        assert_eq!(reference(text, &asked), expected, "{text}");
    }
}

#[test]
fn the_host_that_the_request_names_is_ours_too() {
    let asked = request("COPY", "/dav/calendars/a/b/c.ics");
    let mut asked = crate::dav::tests::with(asked, &[("host", "10.0.0.1:5232")]);
    asked.origin.base_path = "/c@l".into();
    let here = Reference::Here("/dav/x".to_owned());
    for text in [
        "http://10.0.0.1:5232/c@l/dav/x",
        "http://cal.example.com/c%40l/dav/x",
        "/c%40l/dav/x",
        "//10.0.0.1:5232/c%40l/dav/x",
    ] {
        assert_eq!(reference(text, &asked), here, "{text}");
    }
    assert_eq!(reference("//c@l/dav/x", &asked), Reference::Elsewhere);
}
