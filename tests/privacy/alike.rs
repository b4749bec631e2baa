//! Two answers that may not be told apart: of what a viewer may not know of, and of what never was.

use crate::house::{House, Said};

type Question = (&'static str, Vec<(&'static str, String)>, String);

/// One of every method and every condition that could tell.
pub fn questions(item: &str) -> Vec<Question> {
    let own = |name: &str| {
        (
            "destination",
            format!("/dav/calendars/fred/calendar/{name}"),
        )
    };
    let named = crate::house::prop("<D:getetag/><D:displayname/><D:owner/><D:acl/>");
    let patch = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><Z:x xmlns:Z=\"urn:zq\">1</Z:x></D:prop></D:set>\
                 </D:propertyupdate>";
    let live = patch.replace(
        "<Z:x xmlns:Z=\"urn:zq\">1</Z:x>",
        "<D:getetag>1</D:getetag>",
    );
    let report = |name: &str, inside: &str| {
        format!(
            "<{name} xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop><D:getetag/></D:prop>{inside}</{name}>"
        )
    };
    let filter = "<C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter>";
    let range = "<C:time-range start=\"20260301T000000Z\" end=\"20260501T000000Z\"/>";
    let sync = "<D:sync-token/><D:sync-level>1</D:sync-level>";
    let one = |name: &'static str, value: &str| vec![(name, value.to_owned())];
    let mut all: Vec<Question> = vec![
        ("PROPFIND", one("depth", "0"), named.clone()),
        ("PROPFIND", one("depth", "1"), named),
        ("PROPFIND", vec![], String::new()),
        ("PROPPATCH", vec![], patch.to_owned()),
        ("PROPPATCH", vec![], live),
        ("REPORT", vec![], report("C:calendar-query", filter)),
        ("REPORT", vec![], report("C:calendar-multiget", "")),
        ("REPORT", vec![], report("C:free-busy-query", range)),
        ("REPORT", vec![], report("D:sync-collection", sync)),
        ("REPORT", vec![], report("D:acl-principal-prop-set", "")),
        (
            "REPORT",
            vec![],
            report(
                "D:expand-property",
                "<D:property name=\"owner\"><D:property name=\"displayname\"/></D:property>",
            ),
        ),
        ("COPY", vec![own("c.ics")], String::new()),
        ("MOVE", vec![own("m.ics")], String::new()),
        ("COPY", vec![own("")], String::new()),
        ("MOVE", vec![own("")], String::new()),
        ("PUT", one("if-none-match", "*"), item.to_owned()),
        ("PUT", one("if-match", "*"), item.to_owned()),
        ("PUT", vec![], item.to_owned()),
        ("PUT", vec![], "no calendar".to_owned()),
        ("POST", vec![], item.to_owned()),
        ("ACL", vec![], "<D:acl xmlns:D=\"DAV:\"/>".to_owned()),
        ("LOCK", vec![], String::new()),
        ("MKCALENDAR", vec![], String::new()),
        ("MKCOL", vec![], String::new()),
    ];
    for method in ["GET", "HEAD", "DELETE", "OPTIONS"] {
        all.push((method, vec![], String::new()));
        for condition in ["if-match", "if-none-match"] {
            all.push((method, one(condition, "*"), String::new()));
        }
        for date in ["if-modified-since", "if-unmodified-since"] {
            all.push((
                method,
                one(date, "Mon, 01 Jan 2029 00:00:00 GMT"),
                String::new(),
            ));
        }
        all.push((method, one("if", "(Not [\"x\"])"), String::new()));
    }
    all
}

/// How the answers differ, but for the paths that were asked for.
pub fn difference(
    house: &House,
    viewer: &str,
    method: &str,
    (hidden, never): (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> Option<String> {
    let ask = |path| house.ask(viewer, method, path, headers, body);
    let (one, other) = (plain(&ask(hidden), hidden), plain(&ask(never), never));
    (one != other)
        .then(|| format!("{method} {hidden} {headers:?}\n{one}\nwhat never was:\n{other}"))
}

/// An answer without the path that was asked for.
fn plain(said: &Said, path: &str) -> String {
    let mut headers: Vec<String> = said
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    let whole = format!("{}\n{}\n\n{}", said.status, headers.join("\n"), said.body);
    let folder = &path[..=path.trim_end_matches('/').rfind('/').unwrap()];
    whole.replace(path, "PATH").replace(folder, "FOLDER")
}
