//! `kill -9` in the middle of a thousand concurrent writes, again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rusqlite::Connection;

use crate::house::CALENDAR;
use crate::mirror::{Mirror, listing};
use crate::support::load::spread;
use crate::support::process::{self, Server};
use crate::support::{Ask, event};

const ROUNDS: usize = 20;
const WRITES: usize = 1000;
const CLIENTS: usize = 16;

/// What may stand under each name: the round whose text it is, or nothing. More than one where nobody was told.
type Ledger = BTreeMap<usize, BTreeSet<Option<usize>>>;

#[test]
fn nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    process::write_config(folder.path(), "");
    process::add_account(folder.path(), "alice");
    let mut ledger: Ledger = (0..WRITES).map(|n| (n, [None].into())).collect();
    let mut server = Server::start_in(folder.path(), "");
    let mut oldest = Mirror::of(&mut server.wire("alice"), CALENDAR);
    for round in 0..ROUNDS {
        let mut before = Mirror::of(&mut server.wire("alice"), CALENDAR);
        let mut watching = before.clone();
        let acknowledged = storm(&server, round, &mut ledger, &mut watching);
        server.kill();
        assert!(
            (1..WRITES).contains(&acknowledged),
            "the kill came in the middle: {acknowledged}"
        );
        assert_sound(&folder.path().join("data"));
        server.start_again("");
        let mut wire = server.wire("alice");
        settle(&server, &mut ledger);
        before.assert_true(&mut wire, CALENDAR);
        watching.assert_true(&mut wire, CALENDAR);
    }
    oldest.assert_true(&mut server.wire("alice"), CALENDAR);
}

/// Writes until the server is shot; answers how many writes were acknowledged.
fn storm(server: &Server, round: usize, ledger: &mut Ledger, watching: &mut Mirror) -> usize {
    let acknowledged = AtomicUsize::new(0);
    let shot_at = 20 + round * 45;
    let outcomes = thread::scope(|scope| {
        scope.spawn(|| {
            let mut wire = server.wire("alice");
            while watching.sync(&mut wire, CALENDAR, None).is_ok() {}
        });
        spread(CLIENTS, WRITES, |_, number| {
            let told = write(server, round, number);
            if told && acknowledged.fetch_add(1, Ordering::SeqCst) + 1 == shot_at {
                process::signal(server.pid(), "KILL");
            }
            (number, told)
        })
    });
    for (number, told) in outcomes {
        let states = ledger.get_mut(&number).expect("every number has a line");
        if told {
            states.clear();
        }
        states.insert((!deletes(round, number)).then_some(round));
    }
    acknowledged.into_inner()
}

fn deletes(round: usize, number: usize) -> bool {
    round % 3 == 2 && number.is_multiple_of(7)
}

/// A connection each, as sixteen devices have; whether the write was acknowledged.
fn write(server: &Server, round: usize, number: usize) -> bool {
    thread_local! {
        static WIRE: std::cell::RefCell<Option<(u32, crate::support::wire::Wire)>> = const { std::cell::RefCell::new(None) };
    }
    let name = format!("{CALENDAR}{number}.ics");
    let ask = if deletes(round, number) {
        Ask::new("DELETE", &name)
    } else {
        Ask::new("PUT", &name).icalendar(text(round, number))
    };
    WIRE.with_borrow_mut(|kept| {
        if kept.as_ref().is_none_or(|(pid, _)| *pid != server.pid()) {
            *kept = Some((server.pid(), server.wire("alice")));
        }
        let (_, wire) = kept.as_mut().expect("just made");
        match wire.ask_once(&ask) {
            Ok(answer) => {
                let fine = matches!(answer.status, 201 | 204)
                    || (answer.status == 404 && ask.method == "DELETE");
                assert!(fine, "{} {}", answer.status, answer.text());
                true
            }
            Err(_) => false,
        }
    })
}

fn text(round: usize, number: usize) -> String {
    event(&format!("item-{number}"), &format!("as of round {round}"))
}

/// Reads every item back, byte for byte, and writes down which of the possible states it is in.
fn settle(server: &Server, ledger: &mut Ledger) {
    let there = listing(&mut server.wire("alice"), CALENDAR);
    let numbers: Vec<usize> = ledger.keys().copied().collect();
    let found = spread(4, numbers.len(), |_, number| {
        let name = format!("{number}.ics");
        let answer = server
            .wire("alice")
            .ask(&Ask::new("GET", &format!("{CALENDAR}{name}")))
            .expect("an answer");
        assert_eq!(answer.status == 200, there.contains_key(&name), "{name}");
        assert_eq!(answer.header("etag"), there.get(&name).map(String::as_str));
        (number, (answer.status == 200).then(|| answer.text()))
    });
    for (number, found) in found {
        let states = ledger.get_mut(&number).expect("every number has a line");
        let state = states
            .iter()
            .find(|state| state.map(|round| text(round, number)) == found)
            .copied();
        let Some(state) = state else {
            panic!("item {number} may be one of {states:?}, and is {found:?}");
        };
        *states = [state].into();
    }
}

/// The files as the kill has left them, judged by SQLite itself on a copy.
pub fn assert_sound(data: &Path) {
    let copy = tempfile::tempdir().expect("a folder");
    for file in std::fs::read_dir(data).expect("a data folder") {
        let file = file.expect("a file");
        let name = file.file_name();
        let kept = name.to_string_lossy();
        if kept.starts_with("strata.db") && !kept.ends_with("-shm") {
            std::fs::copy(file.path(), copy.path().join(&name)).expect("a copy");
        }
    }
    assert_database_sound(&copy.path().join("strata.db"));
}

pub fn assert_database_sound(file: &Path) {
    let database = Connection::open(file).expect("a database");
    let verdict: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("a verdict");
    assert_eq!(verdict, "ok");
    let orphans: i64 = database
        .query_row("SELECT COUNT(*) FROM pragma_foreign_key_check", [], |row| {
            row.get(0)
        })
        .expect("a verdict");
    assert_eq!(orphans, 0);
}
