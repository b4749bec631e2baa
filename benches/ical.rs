//! Reading iCalendar for the index, and the corpus file by file: `cargo bench --bench ical`; with a word behind `--`, only
//! the files whose path holds it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use strata::ical::busy;
use strata::ical::filter::CompFilter;
use strata::ical::recur::{Bounds, Budget, Rule, Series, occurrences};
use strata::ical::shape::{Recurrence, Shape, shape};
use strata::ical::{Object, Window, Zone, check, split};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus");

fn main() {
    let zone = Zone::named("Europe/Berlin").expect("a zone");
    let only = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    if only.is_none() {
        reading(&zone);
        recurrence();
    }
    let window = Window {
        start: Some(1_777_593_600),
        end: Some(1_780_272_000),
    };
    series_of_an_object(&zone, window);
    if Path::new(CORPUS).is_dir() {
        corpus(&zone, window, &only.unwrap_or_default());
    }
}

/// The shortest of some runs.
fn timed(mut work: impl FnMut()) -> Duration {
    (0..7)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

/// 5,000 objects of one event each, as clients write them.
fn reading(zone: &Zone) {
    let objects: Vec<Bytes> = (0..5000).map(|number| event(number).into()).collect();
    let bytes: usize = objects.iter().map(Bytes::len).sum();
    let rate = |took: Duration| bytes as f64 / took.as_secs_f64() / 1e6;
    let read = timed(|| {
        objects.iter().for_each(|text| {
            drop(std::hint::black_box(
                Object::parse(text).expect("an object"),
            ))
        });
    });
    println!(
        "read {bytes} bytes in 5000 objects: {read:?}, {:.0} MB/s",
        rate(read)
    );
    let parsed: Vec<Object> = objects
        .iter()
        .map(|text| Object::parse(text).expect("an object"))
        .collect();
    let checked = timed(|| {
        parsed
            .iter()
            .for_each(|object| drop(std::hint::black_box(check(object, zone).expect("valid"))));
    });
    println!(
        "check, both readers: {checked:?}, {:?} each",
        checked / 5000
    );
    let feed: Bytes = objects.concat().into();
    let whole = timed(|| assert_eq!(split(&feed).count(), 5000));
    println!("split a feed of 5000: {whole:?}, {:.0} MB/s", rate(whole));
}

/// One month in 2026 and one in 2090 of series from 1970 (those with COUNT from 2020).
fn recurrence() {
    for text in [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=DAILY;BYMONTH=1,2;BYDAY=MO,WE",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;INTERVAL=2",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=WEEKLY;COUNT=1000",
        "FREQ=MONTHLY;COUNT=1000",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=1000",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=1000",
        "FREQ=YEARLY;BYDAY=4TH;BYMONTH=11;COUNT=100",
        "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=1000",
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;COUNT=1000",
        "FREQ=YEARLY;BYMONTHDAY=29;BYMONTH=2;COUNT=100",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=30000",
        "FREQ=HOURLY;BYHOUR=9,10,11;COUNT=100000",
    ] {
        let rule = Rule::parse(text).expect("a rule");
        let begin = if text.contains("COUNT") {
            1_577_836_800
        } else {
            0
        };
        let mut took = Vec::new();
        for (from, to) in [
            (1_780_272_000, 1_782_864_000),
            (3_786_912_000, 3_789_504_000),
        ] {
            took.push(
                timed(|| {
                    for _ in 0..100 {
                        let series = Series::new(&rule, begin, false, None).expect("a series");
                        let mut budget = Budget::default();
                        let mut walk = series.within(from, to);
                        while let Ok(Some(moment)) = walk.next(&mut budget) {
                            std::hint::black_box(moment);
                        }
                    }
                }) / 100,
            );
        }
        println!("a month of {text}: {took:?}");
    }
}

fn event(number: u32) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Client//EN\r\nBEGIN:VEVENT\r\nUID:{number:08}-4a5e-4c4b-9b8e@example.com\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:202603{:02}T100000\r\nDTEND;TZID=Europe/Berlin:202603{:02}T113000\r\n\
         SUMMARY:Weekly meeting number {number}\\, with agenda\r\nLOCATION:Room 101\r\n\
         DESCRIPTION:A description that is as long as most of them are\\nwith a few line\r\n  ends and a fold or two\\, as clients write the\r\n m.\r\n\
         ORGANIZER;CN=\"Doe, Jane\":mailto:jane@example.com\r\nATTENDEE;PARTSTAT=ACCEPTED;CN=John:mailto:john@example.com\r\n\
         RRULE:FREQ=WEEKLY;COUNT=20\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:x\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        number % 28 + 1,
        number % 28 + 1
    )
}

/// The slowest files under 1 MB, the whole way.
fn corpus(zone: &Zone, window: Window, only: &str) {
    let mut files = Vec::new();
    list(Path::new(CORPUS), &mut files);
    files.retain(|path| path.to_string_lossy().contains(only));
    let mut times: Vec<(Duration, PathBuf)> = files
        .into_iter()
        .filter_map(|path| {
            let text = Bytes::from(std::fs::read(&path).ok()?);
            (text.len() < 1 << 20).then(|| (timed(|| all(&text, window, zone)), path))
        })
        .collect();
    times.sort();
    let slow = times
        .iter()
        .filter(|(time, _)| time.as_millis() >= 50)
        .count();
    println!(
        "{} files under 1 MB through read, check, query, expand and free-busy, {slow} of them in 50 ms or more; the slowest:",
        times.len()
    );
    for (time, path) in times.iter().rev().take(8) {
        println!(
            "  {time:?} {}",
            path.strip_prefix(CORPUS).unwrap_or(path).display()
        );
    }
}

fn all(text: &Bytes, window: Window, zone: &Zone) {
    for piece in split(text).flatten() {
        let object = piece.object;
        let _ = std::hint::black_box(check(&object, zone));
        let wanted = Shape {
            recurrence: Some(Recurrence::Expand(window)),
            ..Shape::default()
        };
        let _ = std::hint::black_box(shape(&object, &wanted, zone, 5000));
        for name in ["VEVENT", "VTODO"] {
            let comp = CompFilter {
                name: name.to_owned(),
                time_range: Some(window),
                ..CompFilter::default()
            };
            let filter = CompFilter {
                name: "VCALENDAR".to_owned(),
                comps: vec![comp],
                ..CompFilter::default()
            };
            let _ = std::hint::black_box(filter.matches(&object, zone));
        }
        if let (Some(start), Some(end)) = (window.start, window.end)
            && let Ok(periods) = busy::periods(&object, start, end, zone)
        {
            std::hint::black_box(busy::merge(periods, start, end));
        }
    }
}

/// A month of a daily series that began in 1970, from the object.
fn series_of_an_object(zone: &Zone, window: Window) {
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Berlin:19700101T100000\r\n\
        DURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let object = Object::parse(&Bytes::from_static(text.as_bytes())).expect("an object");
    let at_most = 100;
    let took = timed(|| {
        for _ in 0..100 {
            let found = occurrences(
                &object,
                &Bounds { window, at_most },
                zone,
                &mut Budget::default(),
            );
            assert_eq!(found.map(|found| found.len()), Ok(31));
        }
    });
    println!(
        "May 2026 of an event on every day since 1970: {:?}",
        took / 100
    );
}

fn list(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => list(&path, found),
            path => found.push(path),
        }
    }
}
