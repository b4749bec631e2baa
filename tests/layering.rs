//! The walls of the house (ARCHITECTURE.md): which room may name which, how long a file may be, and what never stands
//! in the server's own code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms that it may name. `model*` is every noun except `Item`, the unredacted one.
const ROOMS: &[(&str, &[&str])] = &[
    ("ical", &[]),
    ("http", &[]),
    ("secret", &[]),
    ("config", &[]),
    ("model", &["ical"]),
    ("privacy", &["ical", "model"]),
    ("store", &["ical", "model", "secret"]),
    ("auth", &["http", "secret", "model", "privacy", "store"]),
    ("calendar", &["ical", "model", "privacy", "store"]),
    ("dav", &["ical", "http", "model*", "privacy", "calendar"]),
    ("tzdist", &["ical", "http"]),
    ("export", &["ical", "http", "model*", "privacy", "calendar"]),
    ("connect", &["ical", "http", "secret", "model*", "calendar"]),
    (
        "api",
        &["http", "model*", "privacy", "auth", "calendar", "connect"],
    ),
    (
        "web",
        &["http", "model*", "privacy", "auth", "calendar", "connect"],
    ),
    ("jobs", &["http", "model*", "store", "calendar", "connect"]),
    ("server", ANY),
    ("cli", ANY),
    ("main", ANY),
    ("lib", ANY),
];
const ANY: &[&str] = &["*"];

/// Single things that a room may name although their room is closed to it: each with its reason.
const DOORS: &[(&str, &str, &str)] = &[(
    "calendar",
    "http::EntityTag",
    "an entity tag is a value that every room compares, not a piece of a request",
)];

const LINES_AT_MOST: usize = 600;
/// Files that may be longer. It is empty, and it should stay so.
const LONGER: &[&str] = &[];

/// Ends the thread instead of answering.
const NEVER: &[&str] = &[
    ".unwrap()",
    ".expect(",
    "panic!(",
    "todo!(",
    "unimplemented!(",
    "unreachable!(",
    "dbg!(",
];

#[test]
fn rooms_name_only_the_rooms_below_them() {
    let mut broken = Vec::new();
    for file in sources() {
        let room = room_of(&file);
        let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            broken.push(format!(
                "{}: `{room}` is no room of the plan",
                file.display()
            ));
            continue;
        };
        if *may == ANY {
            continue;
        }
        for path in crate_paths(&own_code(&file)) {
            if let Some(wall) = wall(&room, may, &path) {
                broken.push(format!(
                    "{}: `{room}` names `crate::{path}`: {wall}",
                    file.display()
                ));
            }
        }
    }
    assert!(broken.is_empty(), "walls broken:\n{}", broken.join("\n"));
}

#[test]
fn files_stay_short() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|file| !LONGER.iter().any(|longer| file.ends_with(longer)))
        .map(|file| (read(&file).lines().count(), file))
        .filter(|(lines, _)| *lines > LINES_AT_MOST)
        .map(|(lines, file)| format!("{}: {lines} lines are two files", file.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_file_says_what_it_owns() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|file| !file.ends_with("tests.rs") && !read(file).starts_with("//!"))
        .map(|file| file.display().to_string())
        .collect();
    assert!(
        silent.is_empty(),
        "without a `//!` at its head:\n{}",
        silent.join("\n")
    );
}

#[test]
fn nothing_ends_the_thread() {
    let mut found = Vec::new();
    for file in sources() {
        let code = own_code(&file);
        for word in NEVER {
            for line in code.lines().filter(|line| line.contains(word)) {
                found.push(format!("{}: {}", file.display(), line.trim()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "{} places:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn main_is_thin() {
    let lines = read(&root().join("main.rs")).lines().count();
    assert!(lines < 60, "src/main.rs has {lines} lines");
}

/// Why `room` may not name `path`, if it may not.
fn wall(room: &str, may: &[&str], path: &str) -> Option<String> {
    let named = path.split("::").next().unwrap_or_default();
    let is_room = ROOMS.iter().any(|(name, _)| *name == named);
    if !is_room || named == room || may.contains(&named) {
        return None;
    }
    if DOORS
        .iter()
        .any(|(from, to, _)| *from == room && path.starts_with(to))
    {
        return None;
    }
    if may.contains(&format!("{named}*").as_str()) {
        let last = path.rsplit("::").next().unwrap_or_default();
        return match last {
            "Item" | "*" => Some("the unredacted item comes in here".to_owned()),
            _ => None,
        };
    }
    Some(format!(
        "it may name {}",
        if may.is_empty() {
            "nothing of ours".to_owned()
        } else {
            may.join(", ")
        }
    ))
}

/// Every path after `crate::`, groups spelled out: `crate::a::{b, c::d}` gives `a::b` and `a::c::d`.
fn crate_paths(code: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        spell_out("", &code[at + "crate::".len()..], &mut paths);
    }
    paths
}

/// Reads one path or group at the head of `rest`; gives what follows it.
fn spell_out<'r>(prefix: &str, rest: &'r str, paths: &mut BTreeSet<String>) -> &'r str {
    let rest = rest.trim_start();
    if let Some(mut inside) = rest.strip_prefix('{') {
        loop {
            inside = inside.trim_start().trim_start_matches(',').trim_start();
            if inside.is_empty() {
                return inside;
            }
            if let Some(after) = inside.strip_prefix('}') {
                return after;
            }
            let after = spell_out(prefix, inside, paths);
            inside = after.trim_start_matches(|c: char| c != ',' && c != '}');
        }
    }
    let end = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*'))
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(end.max(usize::from(end == 0 && !rest.is_empty())));
    let path = if prefix.is_empty() {
        word.to_owned()
    } else {
        format!("{prefix}::{word}")
    };
    match after.strip_prefix("::") {
        Some(deeper) => spell_out(&path, deeper, paths),
        None => {
            paths.insert(path);
            after
        }
    }
}

/// A file's code without comments, texts and test modules; lines stay where they were.
fn own_code(file: &Path) -> String {
    if file.ends_with("tests.rs") || file.components().any(|part| part.as_os_str() == "tests") {
        return String::new();
    }
    without_tests(&without_comments_and_texts(&read(file)))
}

fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        // What follows, up to its closing brace or semicolon, is compiled for tests alone.
        let mut depth = 0_i64;
        for line in lines.by_ref() {
            depth += line.matches('{').count() as i64 - line.matches('}').count() as i64;
            if depth <= 0 && (line.contains('}') || line.trim_end().ends_with(';')) {
                break;
            }
        }
    }
    kept
}

fn without_comments_and_texts(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_text(rest) {
            let close = format!("\"{}", "#".repeat(hashes));
            let open = hashes + 2;
            rest[open..]
                .find(&close)
                .map_or(rest.len(), |end| open + end + close.len())
        } else if c == '"' {
            text_length(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'{'") || rest.starts_with("'}'") {
            3
        } else if rest.starts_with("'\\\"'") {
            4
        } else {
            kept.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        kept.extend(rest[..skipped].chars().filter(|c| *c == '\n'));
        rest = &rest[skipped..];
    }
    kept
}

/// Number of `#` of a raw text that begins here.
fn raw_text(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// `src/dav/report/mod.rs` stands in the room `dav`.
fn room_of(file: &Path) -> String {
    let inside = file.strip_prefix(root()).expect("a file under src");
    let first = inside.components().next().expect("a name");
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder under src") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_scanner_sees_what_it_should() {
    let code = without_tests(&without_comments_and_texts(
        "use crate::{store::{items, layers::Layer}, http};\n// crate::dav\nlet a = \"crate::web\"; r#\"crate::api\"#;\n\
         pub(crate) fn f() -> crate::model::Item {}\n#[cfg(test)]\nmod tests {\n use crate::server;\n}\nuse crate::ical;\n",
    ));
    let seen: Vec<_> = crate_paths(&code).into_iter().collect();
    assert_eq!(
        seen,
        [
            "http",
            "ical",
            "model::Item",
            "store::items",
            "store::layers::Layer"
        ]
    );
    assert!(wall("dav", &["model*"], "model::Item").is_some());
    assert!(wall("dav", &["model*"], "model::Layer").is_none());
    assert!(wall("ical", &[], "http::Reply").is_some());
}
