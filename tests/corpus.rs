//! Every file of the shared corpus through reading, checking, shaping and splitting: no panic, no hang, no difference
//! between the two readers; and for each file that is broken on purpose, whether it is refused or tolerated, and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use strata::ical::gate::{Reading, second_reading};
use strata::ical::shape::{Recurrence, Shape, Timezones, shape, text};
use strata::ical::{Object, Window, Zone, check, jcal, split};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus");
const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/ical/malformed.tsv");

fn corpus() -> PathBuf {
    let folder =
        std::env::var_os("STRATA_CORPUS").map_or_else(|| PathBuf::from(CORPUS), PathBuf::from);
    assert!(
        folder.join("INDEX.tsv").is_file(),
        "the corpus is missing: {} holds no INDEX.tsv",
        folder.display()
    );
    folder
}

/// Files of a folder and those below it, by their path.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path
            .extension()
            .is_none_or(|extension| extension != "tsv" && extension != "md" && extension != "jsonl")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> Bytes {
    std::fs::read(path).expect("a readable file").into()
}

/// One file the whole way. What must hold for any input is asserted here.
fn run(name: &str, bytes: &Bytes) -> Result<(), String> {
    let zone = Zone::named("Europe/Berlin").expect("a zone");
    for piece in split(bytes) {
        let Ok(piece) = piece else { continue };
        let object = Object::parse(piece.object.text())
            .unwrap_or_else(|error| panic!("{name}: a piece is no object: {error}"));
        shapes(name, &object, &zone);
        let _ = check(&object, &zone);
    }
    let object = Object::parse(bytes).map_err(|error| error.to_string())?;
    check(&object, &zone)
        .map(drop)
        .map_err(|invalid| invalid.to_string())
}

fn shapes(name: &str, object: &Object, zone: &Zone) {
    let window = Window {
        start: Some(1_700_000_000),
        end: Some(1_702_592_000),
    };
    for recurrence in [
        None,
        Some(Recurrence::Expand(window)),
        Some(Recurrence::Limit(window)),
    ] {
        let wanted = Shape {
            recurrence,
            limit_freebusy: Some(window),
            timezones: Timezones::All,
            ..Shape::default()
        };
        if let Ok(bytes) = shape(object, &wanted, zone, 5000) {
            let again = Object::parse(&bytes.into());
            assert!(
                again.is_ok(),
                "{name}: {recurrence:?} made what cannot be read: {again:?}"
            );
        }
    }
    let whole = shape(object, &Shape::default(), zone, 1).expect("whole");
    assert!(
        object.text().ends_with(&whole) || object.text().starts_with(&whole) || !whole.is_empty(),
        "{name}"
    );
    assert!(!text(object.text()).contains('\0'));
    serde_json::from_str::<serde_json::Value>(&jcal(object))
        .unwrap_or_else(|error| panic!("{name}: jCal: {error}"));
}

#[test]
fn the_two_readers_agree() {
    let folder = corpus();
    let (mut same, mut unreadable) = (0, Vec::new());
    for path in files(&folder)
        .iter()
        .filter(|path| !path.starts_with(folder.join("malformed")))
    {
        let Ok(object) = Object::parse(&read(path)) else {
            continue;
        };
        match second_reading(&object) {
            Reading::Same => same += 1,
            Reading::Unreadable => unreadable.push(path.display().to_string()),
            Reading::Different(how) => panic!("{}: {how}", path.display()),
        }
    }
    assert!(
        same > 2000 && unreadable.len() * 50 < same,
        "{same} the same, unreadable: {unreadable:#?}"
    );
}

#[test]
fn what_is_sound_is_read() {
    let folder = corpus();
    let mut refused = Vec::new();
    for path in files(&folder)
        .iter()
        .filter(|path| !path.starts_with(folder.join("malformed")))
    {
        let name = path
            .strip_prefix(&folder)
            .unwrap_or(path)
            .display()
            .to_string();
        let bytes = read(path);
        let _ = run(&name, &bytes);
        if let Err(error) = Object::parse(&bytes) {
            refused.push(format!("{name}: {error}"));
        }
    }
    refused.retain(|why| {
        !why.contains("a second VCALENDAR") && !NOT_ONE_OBJECT.contains(&why.as_str())
    });
    assert!(refused.is_empty(), "{refused:#?}");
}

/// Refused outside of malformed/, beside files of several VCALENDARs, which are for import.
const NOT_ONE_OBJECT: [&str; 4] = [
    // Components stand beside the VCALENDAR; import takes them.
    "libical/2445.ics: line 12: a calendar object is a VCALENDAR, but here a VEVENT begins",
    "libical/large.ics: line 11: a calendar object is a VCALENDAR, but here a VEVENT begins",
    // The quote that opens before the zone's name closes behind the time, so nothing says where the value begins.
    "node-ical/fixtures/ms_timezones.ics: line 152: no colon follows the parameters",
    // A remark of the server behind the calendar; import leaves it out.
    "python-icalendar/calendars/issue_350.ics: line 36: a property stands after the end of the calendar",
];

#[test]
fn what_is_broken_is_refused_or_tolerated_with_a_reason() {
    let folder = corpus();
    let mut found = BTreeMap::new();
    for path in files(&folder.join("malformed")) {
        let name = path
            .strip_prefix(&folder)
            .unwrap_or(&path)
            .display()
            .to_string();
        let verdict = match run(&name, &read(&path)) {
            Ok(()) => "tolerated".to_owned(),
            Err(reason) => format!("refused\t{}", reason.escape_debug()),
        };
        found.insert(name, verdict);
    }
    let expected = std::fs::read_to_string(FIXTURE).expect("fixtures/ical/malformed.tsv");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        return std::fs::write(FIXTURE, updated(&found, &expected)).expect("a writable fixture");
    }
    for line in expected.lines() {
        let (name, verdict) = line.split_once('\t').expect("name and verdict");
        let found = found.remove(name).unwrap_or_default();
        match verdict.strip_prefix("tolerated\t") {
            Some(why) => assert!(found == "tolerated" && !why.is_empty(), "{name}: {found}"),
            None => assert_eq!(found, verdict, "{name}"),
        }
    }
    assert!(found.is_empty(), "not in the fixture: {found:#?}");
}

/// Verdicts as they are now. Why something is tolerated is written by hand, and kept.
fn updated(found: &BTreeMap<String, String>, before: &str) -> String {
    found
        .iter()
        .fold(String::new(), |mut all, (name, verdict)| {
            let line = format!("{name}\t{verdict}");
            let kept = before
                .lines()
                .find(|kept| verdict == "tolerated" && kept.starts_with(&line));
            let _ = writeln!(all, "{}", kept.unwrap_or(&line));
            all
        })
}
