use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};

use super::handle;
use crate::http::{Body, HeaderMap, HeaderName, Method, Origin, Reply, Request};

fn ask(target: &str, headers: &[(&'static str, &str)]) -> Reply {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    handle(&Request {
        id: "1".to_owned(),
        method: Method::GET,
        path: format!("/tzdist{path}"),
        query: Some(query.to_owned()),
        headers: map,
        body: bytes::Bytes::new(),
        origin: Origin {
            scheme: "https",
            authority: "example.com".to_owned(),
            base_path: "/cal".to_owned(),
        },
        client: IpAddr::V4(Ipv4Addr::LOCALHOST),
    })
}

fn text(reply: Reply) -> String {
    match reply.body {
        Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn json_of(target: &str) -> Value {
    let reply = ask(target, &[]);
    assert_eq!(reply.status, 200, "{target}");
    assert_eq!(
        reply.headers["content-type"],
        "application/json; charset=utf-8"
    );
    serde_json::from_str(&text(reply)).unwrap()
}

#[test]
fn capabilities_name_only_what_is_there() {
    let told = json_of("/capabilities");
    assert_eq!(told["version"], 1);
    assert_eq!(
        told["info"]["formats"],
        json!(["text/calendar", "application/calendar+json"])
    );
    let actions = told["actions"].as_array().unwrap();
    let get = actions.iter().find(|it| it["name"] == "get").unwrap();
    assert_eq!(get["uri-template"], "/cal/tzdist/zones{/tzid}{?start,end}");
    let leaps = actions.iter().any(|it| it["name"] == "leapseconds");
    assert_eq!(ask("/leapseconds", &[]).status == 200, leaps);
}

#[test]
fn a_list_is_empty_for_who_has_it() {
    let whole = json_of("/zones");
    let zones = whole["timezones"].as_array().unwrap();
    assert!(zones.len() > 300);
    let berlin = zones.iter().find(|it| it["tzid"] == "Europe/Berlin");
    let tag = berlin.unwrap()["etag"].as_str().unwrap().to_owned();
    let reply = ask("/zones/Europe%2FBerlin", &[]);
    assert_eq!(reply.headers["etag"], format!("\"{tag}\""));
    let token = whole["synctoken"].as_str().unwrap();
    let since = json_of(&format!("/zones?changedsince={token}"));
    assert_eq!(since["timezones"], json!([]));
    assert_eq!(json_of("/zones?changedsince=other"), whole);
}

/// Sections 3.7, 5.3 and 5.5.
#[test]
fn old_names_are_aliases_and_lead_to_their_zone() {
    let listed = json_of("/zones");
    let zones = listed["timezones"].as_array().unwrap();
    let named = |name: &str| zones.iter().find(|it| it["tzid"] == name);
    assert_eq!(
        named("America/Los_Angeles").unwrap()["aliases"],
        json!(["US/Pacific"])
    );
    assert_eq!(
        named("Asia/Kolkata").unwrap()["aliases"],
        json!(["Asia/Calcutta"])
    );
    assert!(named("US/Pacific").is_none() && named("Asia/Calcutta").is_none());
    // Every name is told once.
    let mut names: Vec<&str> = Vec::new();
    for zone in zones {
        names.push(zone["tzid"].as_str().unwrap());
        let aliases = zone["aliases"].as_array().into_iter().flatten();
        names.extend(aliases.map(|alias| alias.as_str().unwrap()));
    }
    let told = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), told);
    assert_eq!(told, crate::ical::zone_names().count());
    let found = json_of("/zones?pattern=US/Pacific");
    assert_eq!(found["timezones"].as_array().unwrap().len(), 1);
    assert_eq!(found["timezones"][0]["tzid"], "America/Los_Angeles");
    // Asked for by an old name, the data carries it.
    let old = text(ask("/zones/US%2FPacific", &[]));
    assert!(old.contains("TZID:US/Pacific\r\n"), "{old}");
}

#[test]
fn zones_are_found_by_pattern() {
    let found = json_of("/zones?pattern=*new%20york");
    let names: Vec<_> = found["timezones"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 1);
    assert_eq!(names[0]["tzid"], "America/New_York");
}

#[test]
fn a_zone_in_two_formats_each_with_its_tag() {
    let plain = ask("/zones/America%2FNew_York", &[]);
    assert_eq!(
        plain.headers["content-type"],
        "text/calendar; charset=utf-8"
    );
    assert_eq!(plain.headers["vary"], "Accept");
    let tag = plain.headers["etag"].to_str().unwrap().to_owned();
    assert!(text(plain).contains("TZID:America/New_York\r\n"));
    let jcal = ask(
        "/zones/America/New_York",
        &[("accept", "application/calendar+json")],
    );
    assert_eq!(jcal.headers["content-type"], "application/calendar+json");
    assert_ne!(jcal.headers["etag"], tag.as_str());
    let jcal: Value = serde_json::from_str(&text(jcal)).unwrap();
    assert_eq!(jcal[2][0][0], "vtimezone");
    let again = ask("/zones/America%2FNew_York", &[("if-none-match", &tag)]);
    assert_eq!(again.status, 304);
}

/// The example of section 5.4.1.
#[test]
fn observances_of_the_example() {
    let told = json_of(
        "/zones/America%2FNew_York/observances?start=2008-01-01T00:00:00Z&end=2009-01-01T00:00:00Z",
    );
    let one = |name: &str, onset: &str, from: i64, to: i64| json!({ "name": name, "onset": onset, "utc-offset-from": from, "utc-offset-to": to });
    let expected = json!({
        "tzid": "America/New_York",
        "observances": [
            one("Standard", "2008-01-01T00:00:00Z", -18_000, -18_000),
            one("Daylight", "2008-03-09T07:00:00Z", -18_000, -14_400),
            one("Standard", "2008-11-02T06:00:00Z", -14_400, -18_000),
        ],
    });
    assert_eq!(told, expected);
}

#[test]
fn an_answer_that_ends_early_says_so() {
    let told = json_of(
        "/zones/Europe%2FBerlin/observances?start=1800-01-01T00:00:00Z&end=9000-01-01T00:00:00Z",
    );
    assert_eq!(told["observances"].as_array().unwrap().len(), 2_000);
    assert!(told["end"].as_str().unwrap() > "2900");
}

#[test]
fn refusals_by_name() {
    for (target, status, name) in [
        ("", 404, "invalid-action"),
        ("/", 404, "invalid-action"),
        ("/nothing", 404, "invalid-action"),
        ("/zones/America%2FPittsburgh", 404, "tzid-not-found"),
        ("/zones/..%2F..%2Fetc%2Fpasswd", 404, "tzid-not-found"),
        ("/zones/%ff", 404, "tzid-not-found"),
        ("/zones/observances", 404, "tzid-not-found"),
        (
            "/zones?changedsince=a&changedsince=b",
            400,
            "invalid-changedsince",
        ),
        ("/zones?pattern=a*b", 400, "invalid-pattern"),
        ("/zones?pattern=a&pattern=b", 400, "invalid-pattern"),
        ("/zones/UTC?start=yesterday", 400, "invalid-start"),
        ("/zones/UTC?start=2026-01-01", 400, "invalid-start"),
        (
            "/zones/UTC?start=-000001-01-01T00:00:00Z",
            400,
            "invalid-start",
        ),
        (
            "/zones/UTC?start=2026-01-01T00:00:00%2B01:00",
            400,
            "invalid-start",
        ),
        (
            "/zones/UTC?start=2026-01-01T00:00:00Z&end=2026-01-01T00:00:00Z",
            400,
            "invalid-end",
        ),
        ("/zones/UTC/observances", 400, "invalid-start"),
        (
            "/zones/UTC/observances?start=2026-01-01T00:00:00Z",
            400,
            "invalid-end",
        ),
    ] {
        let reply = ask(target, &[]);
        assert_eq!(reply.status, status, "{target}");
        assert_eq!(
            reply.headers["content-type"],
            "application/problem+json; charset=utf-8"
        );
        let told: Value = serde_json::from_str(&text(reply)).unwrap();
        assert_eq!(
            told["type"],
            format!("urn:ietf:params:tzdist:error:{name}"),
            "{target}"
        );
    }
    let reply = ask("/zones/UTC", &[("accept", "text/html")]);
    assert_eq!(reply.status, 406);
}
