//! Everything that other products and their test suites have written: by `strata import`, and as the body of a PUT.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use strata::ical;

use crate::mirror::listing;
use crate::support::Ask;
use crate::support::process::{self, Server, strata};

/// The corpus has more folders than a person has calendars.
const MANY: &str = "[limits]\nmax_layers = 5000\n";
const HOME: &str = "/dav/calendars/alice/";

/// Beside the repository, or where `STRATA_SHARED` says.
fn corpus() -> PathBuf {
    let shared = std::env::var_os("STRATA_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    shared.join("corpus")
}

/// Calendar files by the folder they stand in.
fn files() -> BTreeMap<PathBuf, Vec<PathBuf>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    let mut folders = vec![corpus()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("../shared/corpus is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if !matches!(
                path.extension().and_then(|it| it.to_str()),
                Some("md" | "tsv" | "jsonl")
            ) {
                found.entry(folder.clone()).or_default().push(path);
            }
        }
    }
    found.values_mut().for_each(|files| files.sort());
    assert!(found.values().map(Vec::len).sum::<usize>() > 2000);
    found
}

/// What `import` says at its end: created, updated, unchanged, kept, rejected.
fn counts(said: &str) -> BTreeMap<String, usize> {
    let words = said.trim().split(", ").filter_map(|part| {
        let mut words = part.split(' ');
        let number = words.next()?.parse().ok()?;
        Some((words.next()?.to_owned(), number))
    });
    words.collect()
}

#[test]
fn every_file_is_imported_or_refused_object_by_object() {
    let server = Server::start(MANY);
    let mut wire = server.wire("alice");
    let mut stored = 0;
    for (number, (folder, files)) in files().into_iter().enumerate() {
        let layer = format!("corpus-{number}");
        let made = wire.ask(&Ask::new("MKCALENDAR", &format!("{HOME}{layer}/")));
        assert_eq!(made.expect("an answer").status, 201);
        // Many files at once: what one of them does must not keep the others away.
        let mut import = strata(&server.folder);
        import.args(["import", "alice", &layer]).args(&files);
        let done = process::run(import, "");
        let said = String::from_utf8_lossy(&done.stdout);
        let complaints = String::from_utf8_lossy(&done.stderr);
        let rejections = complaints
            .lines()
            .filter(|line| line.starts_with("rejected: "))
            .count();
        let counts = counts(&said);
        let expected = if rejections > 0 { 1 } else { 0 };
        assert_eq!(
            done.status.code(),
            Some(expected),
            "{folder:?}: {said}{complaints}"
        );
        assert_eq!(
            counts.get("rejected"),
            Some(&rejections),
            "{folder:?}: {said}{complaints}"
        );

        let texts = pieces(&files);
        let objects: usize = counts.values().sum();
        assert_eq!(
            objects,
            texts.len(),
            "{folder:?}: every object is accounted for"
        );
        let there = listing(&mut wire, &format!("{HOME}{layer}/"));
        assert_eq!(counts.get("created"), Some(&there.len()));
        for name in there.keys() {
            let answer = wire
                .ask(&Ask::new("GET", &format!("{HOME}{layer}/{name}")))
                .expect("an answer");
            let as_given = texts.iter().flatten().any(|text| answer.body == text[..]);
            assert!(as_given, "{folder:?}: {name} is not what the file held");
            stored += 1;
        }
    }
    assert!(stored > 1000, "{stored}");
}

/// What the files hold, object by object; `None` for what is not one.
fn pieces(files: &[PathBuf]) -> Vec<Option<Bytes>> {
    let mut pieces = Vec::new();
    for file in files {
        let text = Bytes::from(fs::read(file).expect("a file"));
        pieces.extend(
            ical::split(&text).map(|piece| piece.ok().map(|piece| piece.object.text().clone())),
        );
    }
    pieces
}

/// A server must answer each with 201 and keep the bytes, or name the precondition; never crash, hang, or say 500.
#[test]
fn every_file_as_the_body_of_a_put() {
    let server = Server::start(MANY);
    let mut wire = server.wire("alice");
    let (mut kept, mut refused) = (0, BTreeMap::<String, usize>::new());
    for (number, (folder, files)) in files().into_iter().enumerate() {
        let calendar = format!("{HOME}put-{number}/");
        let made = wire
            .ask(&Ask::new("MKCALENDAR", &calendar))
            .expect("an answer");
        assert_eq!(made.status, 201);
        for (number, file) in files.iter().enumerate() {
            let body = fs::read(file).expect("a file");
            let target = format!("{calendar}{number}.ics");
            let answer = wire
                .ask_once(&Ask::new("PUT", &target).icalendar(body.clone()))
                .unwrap_or_else(|error| panic!("{file:?}: {error}\n{}", server.log()));
            let there = wire.ask(&Ask::new("GET", &target)).expect("an answer");
            match answer.status {
                201 => {
                    assert_eq!(there.body, body, "{file:?}");
                    kept += 1;
                }
                403 | 409 | 413 => {
                    assert_eq!(there.status, 404, "{file:?}");
                    *refused.entry(precondition(&answer.text())).or_default() += 1;
                }
                status => panic!("{folder:?} {file:?}: {status} {}", answer.text()),
            }
        }
    }
    assert!(kept > 1000, "{kept} kept, {refused:?}");
    assert!(!refused.contains_key(""), "{refused:?}");
}

/// The element in DAV:error (RFC 4918 section 16).
fn precondition(body: &str) -> String {
    crate::support::xml::parse(body)
        .ok()
        .filter(|error| error.name == "error")
        .and_then(|error| error.children.first().map(|child| child.name.clone()))
        .unwrap_or_default()
}
