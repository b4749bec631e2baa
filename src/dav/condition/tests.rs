//! The examples of RFC 4918 section 10.4, and what clients send instead of what they should.

use super::*;
use crate::dav::tests::{request, with};

const OWN: &str = "/dav/calendars/ann/work/a.ics";

fn read(headers: &[(&str, &str)]) -> Result<Conditions, Error> {
    let request = with(request("PUT", OWN), headers);
    Conditions::read(&request, &path::target(OWN).unwrap())
}

fn state(tag: Option<&str>) -> State {
    State::tagged(tag.map(EntityTag::strong))
}

fn holds(headers: &[(&str, &str)], tag: Option<&str>) -> bool {
    let conditions = read(headers).unwrap();
    let own = state(tag);
    conditions.admit(&own, &[]) && conditions.admit_none(&own)
}

#[test]
fn entity_tags_are_compared() {
    let cases = [
        ("if-match", "*", Some("x"), true),
        ("if-match", "*", None, false),
        ("if-match", "\"x\"", Some("x"), true),
        ("if-match", "\"x\"", Some("y"), false),
        ("if-match", "\"x\"", None, false),
        ("if-match", "\"a\", \"x\"", Some("x"), true),
        ("if-match", "\"a,x\"", Some("x"), false),
        ("if-match", "W/\"x\"", Some("x"), true),
        ("if-match", "\\\"x\\\"", Some("x"), true),
        ("if-match", "x", Some("x"), true),
        ("if-match", "\"\"", Some("x"), false),
        ("if-match", "", Some("x"), false),
        ("if-none-match", "*", Some("x"), false),
        ("if-none-match", "*", None, true),
        ("if-none-match", "\"x\"", Some("x"), false),
        ("if-none-match", "\"y\"", Some("x"), true),
        ("if-schedule-tag-match", "", Some("x"), true),
        ("if-schedule-tag-match", "\"s\"", Some("x"), false),
    ];
    for (name, value, tag, expected) in cases {
        assert_eq!(
            holds(&[(name, value)], tag),
            expected,
            "{name}: {value}, {tag:?}"
        );
    }
    assert!(read(&[("if-match", "\"x")]).is_err());
}

#[test]
fn the_if_header_of_rfc_4918() {
    let lock = "<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>";
    let cases = [
        // 10.4.6
        (format!("({lock} [\"I am an ETag\"]) ([\"I am another ETag\"])"), Some("I am another ETag"), true),
        (format!("({lock} [\"I am an ETag\"]) ([\"I am another ETag\"])"), Some("I am an ETag"), false),
        // 10.4.7
        (format!("(Not {lock} <urn:uuid:58f202ac-22cf-11d1-b12d-002035b29092>)"), Some("x"), false),
        // 10.4.8
        (format!("({lock}) (Not <DAV:no-lock>)"), Some("x"), true),
        // 10.4.9, on the resource itself
        (format!("<{OWN}> ({lock} [W/\"A weak ETag\"]) ([\"strong ETag\"])"), Some("strong ETag"), true),
        (format!("<{OWN}> ({lock} [W/\"A weak ETag\"]) ([\"strong ETag\"])"), Some("A weak ETag"), false),
        // 10.4.10: a lock on the collection
        (format!("<http://cal.example.com/dav/calendars/ann/work/> ({lock})"), Some("x"), false),
        // 10.4.11
        (format!("<{OWN}> ([\"4217\"])"), None, false),
        (format!("<{OWN}> (Not [\"4217\"])"), None, true),
        // another server's resource has no state of ours
        ("<http://elsewhere.example/x> ([\"x\"])".into(), Some("x"), false),
        ("<http://elsewhere.example/x> (not [\"x\"])".into(), Some("x"), true),
        (
            "<http://elsewhere.example/x> ([\"x\"]) <http://cal.example.com/dav/calendars/ann/work/%61.ics> ([\"x\"])"
                .into(),
            Some("x"),
            true,
        ),
    ];
    for (value, tag, expected) in cases {
        assert_eq!(holds(&[("if", &value)], tag), expected, "{value}, {tag:?}");
    }
}

#[test]
fn a_sync_token_is_a_state_token() {
    let conditions = read(&[("if", "</dav/calendars/ann/work/> (<urn:t:1>)")]).unwrap();
    let layer = conditions.others().next().unwrap().clone();
    let with = |token: &str| {
        let state = State {
            exists: true,
            tag: None,
            token: Some(token.into()),
        };
        conditions.admit(&state_of_nothing(), &[(layer.clone(), state)])
    };
    assert!(with("urn:t:1"));
    assert!(!with("urn:t:2"));
}

fn state_of_nothing() -> State {
    State::default()
}

#[test]
fn malformed_if_headers_are_refused() {
    let many = "(<a>)".repeat(257);
    let cases = [
        "",
        "x",
        "(",
        "()",
        "(<a)",
        "([\"a\")",
        "([\"a\"] ",
        "<a>",
        "<a> <b> (<c>)",
        "(<c>) <a> (<b>)",
        "(Not)",
        "(<a>) x",
        "<a> (<b>) <c>",
        &many,
    ];
    for value in cases {
        assert!(read(&[("if", value)]).is_err(), "{value}");
    }
}

#[test]
fn dates_are_second_to_tags() {
    let old = ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT");
    let conditions = read(&[old]).unwrap();
    assert!(conditions.has_already(&state(None), Some(784_111_777)));
    assert!(!conditions.has_already(&state(None), Some(784_111_778)));
    let both = read(&[old, ("if-none-match", "\"x\"")]).unwrap();
    assert!(!both.has_already(&state(Some("y")), Some(0)));
    let unmodified = read(&[("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT")]).unwrap();
    assert!(unmodified.admit_date(784_111_777) && !unmodified.admit_date(784_111_778));
    assert!(
        read(&[("if-unmodified-since", "yesterday")])
            .unwrap()
            .is_empty()
    );
}

#[test]
fn depth_and_overwrite() {
    let depth = |value: &str| Depth::read(&with(request("PROPFIND", "/"), &[("depth", value)]));
    assert_eq!(depth("0").unwrap(), Some(Depth::Zero));
    assert_eq!(depth(" 1 ").unwrap(), Some(Depth::One));
    assert_eq!(depth("Infinity").unwrap(), Some(Depth::Infinity));
    assert!(depth("2").is_err());
    assert_eq!(Depth::read(&request("PROPFIND", "/")).unwrap(), None);
    let put = |value: &str| overwrite(&with(request("COPY", "/"), &[("overwrite", value)]));
    assert!(put("T").unwrap() && !put("F").unwrap() && put("maybe").is_err());
}

#[test]
fn preferences() {
    let read = |headers: &[(&str, &str)]| Preferences::read(&with(request("PUT", "/"), headers));
    let minimal = read(&[("prefer", "respond-async, return=minimal; x=y")]);
    assert!(minimal.minimal && minimal.applied(false) == Some("return=minimal"));
    assert!(read(&[("prefer", "return-minimal")]).minimal);
    let brief = read(&[("brief", "T")]);
    assert!(brief.minimal && brief.applied(true).is_none());
    let both = read(&[("prefer", "return=representation, return=minimal")]);
    assert!(both.representation && !both.minimal);
    let noroot = read(&[("prefer", "depth-noroot"), ("prefer", "return=minimal")]);
    assert_eq!(noroot.applied(true), Some("return=minimal, depth-noroot"));
    assert_eq!(noroot.applied(false), Some("return=minimal"));
}
