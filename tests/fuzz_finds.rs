//! Replays the seeds of the fuzz targets and everything they ever found.

#[path = "support/fuzzed/mod.rs"]
mod fuzzed;

use std::path::{Path, PathBuf};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/fuzz");

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

#[test]
fn what_was_found_stays_found() {
    for (target, _) in fuzzed::TARGETS {
        let files = files(&Path::new(FOLDER).join(target));
        assert!(!files.is_empty(), "{target} has no seed");
        for path in files {
            let data = std::fs::read(&path).expect("a readable file");
            let replayed = std::panic::catch_unwind(|| fuzzed::run(target, &data));
            assert!(replayed.is_ok(), "{}", path.display());
        }
    }
}

/// Every folder is a target's: a find in a misnamed one would never be replayed.
#[test]
fn every_find_has_a_target() {
    for entry in std::fs::read_dir(FOLDER).expect("fixtures/fuzz") {
        let name = entry.expect("an entry").file_name();
        let known = fuzzed::TARGETS.iter().any(|(target, _)| name == *target);
        assert!(known, "{} is no target", name.display());
    }
}

/// Other fixtures are calendars too.
#[test]
fn fixtures_are_seeds() {
    let fixtures = Path::new(FOLDER).with_file_name("");
    let mut calendars = files(&fixtures);
    calendars.retain(|path| path.extension().is_some_and(|extension| extension == "ics"));
    assert!(!calendars.is_empty());
    for path in calendars {
        let data = std::fs::read(&path).expect("a readable file");
        for target in ["icalendar", "expand", "vtimezone", "mask", "dress"] {
            fuzzed::run(target, &data);
        }
    }
}
