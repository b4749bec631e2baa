//! Several clients at the same item, the same name, the same calendar.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::house::{CALENDAR, House};
use crate::mirror::{Mirror, listing};
use crate::stories::stories;
use crate::support::wire::Wire;
use crate::support::{Answer, Ask, event};

const DUELS: usize = 1000;
const WRITERS: usize = 6;
const WRITES: usize = 150;

/// Both at once.
fn duel(wires: &mut [Wire; 2], asks: [Ask; 2]) -> [Answer; 2] {
    let [one, two] = wires;
    let [first, second] = asks;
    thread::scope(|scope| {
        let other = scope.spawn(move || two.ask_once(&second).expect("an answer"));
        let mine = one.ask_once(&first).expect("an answer");
        [mine, other.join().expect("a client")]
    })
}

/// The place of the one that won, after making sure that the other was told.
fn winner(answers: &[Answer; 2], wins: u16) -> usize {
    let statuses = [answers[0].status, answers[1].status];
    match statuses {
        [a, 412] if a == wins => 0,
        [412, b] if b == wins => 1,
        _ => panic!("{statuses:?}: exactly one wins"),
    }
}

stories! {
    /// Two devices edit the same state of an item: one wins, the other is told, and what stands is the winner's.
    fn of_two_edits_exactly_one_wins(house: &House) {
        let target = format!("{CALENDAR}duel.ics");
        let mut wires = [house.server.wire("alice"), house.server.wire("alice")];
        let first = Ask::new("PUT", &target).icalendar(event("duel", "first"));
        let mut tag = wires[0].ask(&first).expect("an answer").header("etag").expect("a tag").to_owned();
        for round in 0..DUELS {
            let edit = |client: usize| {
                let text = event("duel", &format!("round {round} by {client}"));
                Ask::new("PUT", &target).header("If-Match", &tag).icalendar(text)
            };
            let answers = duel(&mut wires, [edit(0), edit(1)]);
            let winner = winner(&answers, 204);
            let there = wires[1 - winner].ask(&Ask::new("GET", &target)).expect("an answer");
            assert_eq!(there.body, edit(winner).body);
            assert_eq!(there.header("etag"), answers[winner].header("etag"));
            tag = there.header("etag").expect("a tag").to_owned();
        }
    }

    /// Two devices create under the same name, or delete and edit.
    fn of_two_creations_exactly_one_wins(house: &House) {
        let mut wires = [house.server.wire("alice"), house.server.wire("alice")];
        for round in 0..DUELS / 10 {
            let target = format!("{CALENDAR}new-{round}.ics");
            let create = |client: usize| {
                Ask::new("PUT", &target).header("If-None-Match", "*").icalendar(event(&format!("new-{round}"), &format!("by {client}")))
            };
            let answers = duel(&mut wires, [create(0), create(1)]);
            let tag = answers[winner(&answers, 201)].header("etag").expect("a tag").to_owned();
            let edit = Ask::new("PUT", &target).header("If-Match", &tag).icalendar(event(&format!("new-{round}"), "edited"));
            let delete = Ask::new("DELETE", &target).header("If-Match", &tag);
            let answers = duel(&mut wires, [edit, delete]);
            let won = winner(&answers, 204);
            let there = wires[0].ask(&Ask::new("GET", &target)).expect("an answer").status;
            assert_eq!(there, if won == 0 { 200 } else { 404 });
        }
    }

    /// The same UID under two names: one of them, never both (RFC 4791 section 5.3.2.1).
    fn of_two_names_for_one_uid_exactly_one_is_taken(house: &House) {
        let mut wires = [house.server.wire("alice"), house.server.wire("alice")];
        for round in 0..DUELS / 10 {
            let create = |client: usize| {
                let target = format!("{CALENDAR}twin-{round}-{client}.ics");
                Ask::new("PUT", &target).icalendar(event(&format!("twin-{round}"), "twin"))
            };
            let mut statuses = duel(&mut wires, [create(0), create(1)]).map(|answer| answer.status);
            statuses.sort_unstable();
            assert!(statuses == [201, 403] || statuses == [201, 409], "{statuses:?}");
        }
        assert_eq!(listing(&mut wires[0], CALENDAR).len(), DUELS / 10);
    }

    /// Six devices write, two others follow by sync alone, one of them in small pages: they end with what there is.
    fn a_syncing_reader_misses_nothing(house: &House) {
        let done = AtomicBool::new(false);
        let follow = |limit: Option<usize>| {
            let mut wire = house.server.wire("alice");
            let mut mirror = Mirror::of(&mut wire, CALENDAR);
            let mut rounds = 0;
            while !done.load(Ordering::SeqCst) {
                mirror.sync(&mut wire, CALENDAR, limit).expect("an answer");
                rounds += 1;
            }
            // The last sync began after the last write was acknowledged.
            mirror.sync(&mut wire, CALENDAR, limit).expect("an answer");
            assert!(rounds > 5, "the reader was there meanwhile: {rounds} syncs");
            mirror
        };
        thread::scope(|scope| {
            let readers = [None, Some(7)].map(|limit| scope.spawn(move || follow(limit)));
            let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write_a_lot(house, writer))).collect();
            for writer in writers {
                writer.join().expect("a writer");
            }
            done.store(true, Ordering::SeqCst);
            let truth = listing(&mut house.server.wire("alice"), CALENDAR);
            assert!(truth.len() >= WRITERS * WRITES / 2);
            for reader in readers {
                assert_eq!(reader.join().expect("a reader").items, truth);
            }
        });
    }
}

/// Half of them items that nobody touches again, so that one that is missed stays missed; the rest in a place where all
/// writers meet, deletions among them.
fn write_a_lot(house: &House, writer: usize) {
    let mut wire = house.server.wire("alice");
    for number in 0..WRITES {
        let own = number % 2 == 0;
        let uid = if own {
            format!("own-{writer}-{number}")
        } else {
            format!("shared-{}", (number * 7 + writer) % 40)
        };
        let target = format!("{CALENDAR}{uid}.ics");
        let ask = if !own && number % 5 == 0 {
            Ask::new("DELETE", &target)
        } else {
            Ask::new("PUT", &target).icalendar(event(&uid, &format!("{writer} wrote {number}")))
        };
        let answer = wire.ask_once(&ask).expect("an answer");
        assert!(
            matches!(answer.status, 201 | 204 | 404),
            "{} {}",
            answer.status,
            answer.text()
        );
    }
}
