//! Every row of the requirements that is built is cited by its id where something would fail if it were not true.

use std::fs;
use std::path::{Path, PathBuf};

const ROWS: &str = include_str!("../fixtures/requirements/rows.txt");

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push(path);
        }
    }
}

/// What of a file is a test.
fn tests_of(path: &Path) -> String {
    let known = ["rs", "txt", "py"].map(Some);
    if !known.contains(&path.extension().and_then(|it| it.to_str())) {
        return String::new();
    }
    let Ok(text) = fs::read_to_string(path) else {
        return String::new();
    };
    let named = |name: &str| path.components().any(|part| part.as_os_str() == name);
    if !named("src") || named("tests") || named("tests.rs") {
        return text;
    }
    let inside = text.split_once("#[cfg(test)]\nmod tests {");
    inside.map_or_else(String::new, |(_, tests)| tests.to_owned())
}

#[test]
fn every_row_is_cited() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in ["src", "tests", "fixtures/conversations"] {
        files(&root.join(folder), &mut all);
    }
    let text: String = all.iter().map(|path| tests_of(path)).collect();
    let cited = |id: &str| {
        text.match_indices(id).any(|(at, _)| {
            let behind = text[at + id.len()..].chars().next();
            !behind.is_some_and(|next| next.is_ascii_digit())
        })
    };
    let rows: Vec<&str> = ROWS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect();
    assert!(rows.len() > 100, "the list is {} long", rows.len());
    let missing: Vec<&&str> = rows.iter().filter(|id| !cited(id)).collect();
    assert!(missing.is_empty(), "cited in no test: {missing:?}");
}
