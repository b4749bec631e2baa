//! Files that other programs left us.

use bytes::Bytes;
use strata::ical::filter::CompFilter;
use strata::ical::recur::{Bounds, Budget, occurrences};
use strata::ical::{Object, TooMany, Window, Zone, busy};

use super::{assert_indexed, instant};

/// Every file that other programs left us: read, expanded, asked and turned into busy time, within the budget of work.
#[test]
fn the_corpus_goes_through() {
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/corpus"
    ))];
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let (mut read, mut shown, mut cut) = (0, 0, 0);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(object) = Object::parse(&Bytes::from(std::fs::read(&path).unwrap())) else {
                continue;
            };
            read += 1;
            for (from, to) in [
                ("20060101", "20060201"),
                ("20260101", "20270101"),
                ("20900101", "20900201"),
            ] {
                let window = Window {
                    start: Some(instant(from)),
                    end: Some(instant(to)),
                };
                let mut budget = Budget::default();
                match occurrences(
                    &object,
                    &Bounds {
                        window,
                        at_most: 10_000,
                    },
                    &berlin,
                    &mut budget,
                ) {
                    Ok(all) => {
                        shown += all.len();
                        assert_indexed(&object, &all, &berlin, &path);
                    }
                    Err(TooMany) => cut += 1,
                }
                let _ = busy::periods(&object, instant(from), instant(to), &berlin);
                for name in ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"] {
                    let alarms = CompFilter {
                        name: "VALARM".into(),
                        time_range: Some(window),
                        ..CompFilter::default()
                    };
                    let inner = CompFilter {
                        name: name.into(),
                        time_range: Some(window),
                        comps: vec![alarms],
                        ..CompFilter::default()
                    };
                    let filter = CompFilter {
                        name: "VCALENDAR".into(),
                        comps: vec![inner],
                        ..CompFilter::default()
                    };
                    let _ = filter.matches(&object, &berlin);
                }
            }
        }
    }
    assert!(
        read == 0 || (read > 2000 && shown > 1000 && cut < 10),
        "{read} {shown} {cut}"
    );
}
