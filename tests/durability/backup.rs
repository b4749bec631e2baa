//! `strata backup` while clients write: a copy of one moment, complete, and good to serve from.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::crash::assert_database_sound;
use crate::house::CALENDAR;
use crate::mirror::{Mirror, listing};
use crate::support::process::{self, Server, strata};
use crate::support::{Ask, event};

#[test]
fn a_backup_while_clients_write_is_one_moment() {
    let server = Server::start("");
    let done = AtomicBool::new(false);
    let acknowledged = Mutex::new(Vec::new());
    let mut mirror = Mirror::of(&mut server.wire("alice"), CALENDAR);
    let copy = server.folder.join("copy.db");
    let before = thread::scope(|scope| {
        for writer in 0..4 {
            let (server, done, acknowledged) = (&server, &done, &acknowledged);
            scope.spawn(move || {
                let mut wire = server.wire("alice");
                for number in 0.. {
                    if done.load(Ordering::SeqCst) {
                        return;
                    }
                    let uid = format!("backup-{writer}-{number:05}");
                    let put = Ask::new("PUT", &format!("{CALENDAR}{uid}.ics"))
                        .icalendar(event(&uid, "written meanwhile"));
                    assert_eq!(wire.ask_once(&put).expect("an answer").status, 201);
                    acknowledged.lock().expect("a list").push(uid);
                }
            });
        }
        while acknowledged.lock().expect("a list").len() < 100 {
            thread::yield_now();
        }
        mirror
            .sync(&mut server.wire("alice"), CALENDAR, None)
            .expect("an answer");
        let before = acknowledged.lock().expect("a list").clone();
        let mut backup = strata(&server.folder);
        backup.arg("backup").arg(&copy);
        let made = process::run(backup, "");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        // The writers were not held up for good.
        let so_far = acknowledged.lock().expect("a list").len();
        while acknowledged.lock().expect("a list").len() < so_far + 20 {
            thread::yield_now();
        }
        done.store(true, Ordering::SeqCst);
        before
    });
    assert_database_sound(&copy);

    let restored = tempfile::tempdir().expect("a folder");
    process::write_config(restored.path(), "");
    fs::copy(&copy, restored.path().join("data/strata.db")).expect("a copy");
    let restored = Server::start_in(restored.path(), "");
    let mut wire = restored.wire("alice");
    let there = listing(&mut wire, CALENDAR);
    for uid in &before {
        assert!(there.contains_key(&format!("{uid}.ics")), "{uid}");
    }
    // One moment: of what one writer wrote in a row, nothing is missing in between.
    for writer in 0..4 {
        let prefix = format!("backup-{writer}-");
        let numbers: Vec<&String> = there
            .keys()
            .filter(|name| name.starts_with(&prefix))
            .collect();
        let expected: Vec<String> = (0..numbers.len())
            .map(|n| format!("{prefix}{n:05}.ics"))
            .collect();
        assert!(
            numbers.into_iter().eq(expected.iter()),
            "of writer {writer}"
        );
    }
    // The copy is another history: who followed the original is told so, and starts anew.
    mirror.assert_refused(&mut wire, CALENDAR);
    Mirror::of(&mut wire, CALENDAR).assert_true(&mut wire, CALENDAR);
}
