//! What clients wait for, asked of the built binary over loopback, beside what bare hyper and bare SQLite do on the same
//! machine: `cargo bench --bench protocol`.

#[path = "bare/mod.rs"]
mod bare;
#[path = "../tests/support/mod.rs"]
mod support;

use std::cell::RefCell;
use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use support::process::{self, Server, strata};
use support::wire::Wire;
use support::{Answer, Ask, conversation};

const CONNECTIONS: usize = 16;
const SMALL: usize = 5_000;
const LARGE: usize = 50_000;
const HOME: &str = "/dav/calendars/alice/";

fn main() {
    let server = Server::start("");
    println!("start: {:?} until the first answer", start_up());
    println!(
        "resident: {} KiB when nothing has been asked",
        resident(&server)
    );
    puts(&server);
    for (name, count) in [("small", SMALL), ("large", LARGE)] {
        import(&server, name, count);
        collection(&server, name, count);
    }
    rates(&server);
    println!(
        "resident: {} KiB with {} items",
        resident(&server),
        SMALL + LARGE
    );
}

/// About a kilobyte, as events of real clients are.
fn event(number: usize) -> String {
    let description = "Bring the minutes of the last meeting and something to drink. ".repeat(10);
    let day = format!("2026{:02}{:02}T100000Z", 1 + number % 12, 1 + number % 28);
    let lines = [
        ("DTSTART", day.as_str()),
        ("DURATION", "PT1H"),
        ("SUMMARY", "Meeting"),
        ("DESCRIPTION", &description),
    ];
    conversation::object("VEVENT", &format!("event-{number}"), &lines).replace('\n', "\r\n")
}

fn start_up() -> Duration {
    let took = (0..5).map(|_| {
        let folder = tempfile::tempdir().expect("a folder");
        process::write_config(folder.path(), "");
        process::add_account(folder.path(), "alice");
        let start = Instant::now();
        let server = Server::start_in(folder.path(), "");
        let status = server
            .wire("nobody")
            .ask(&Ask::new("GET", "/healthz"))
            .expect("an answer")
            .status;
        assert_eq!(status, 200);
        start.elapsed()
    });
    took.min().expect("five starts")
}

fn puts(server: &Server) {
    let text = Bytes::from(event(0));
    let folder = tempfile::tempdir_in(&server.folder).expect("a folder");
    let bare = bare::puts(folder.path(), "FULL", CONNECTIONS, &text);
    make(server, "puts");
    let ours = rate(server.address, |thread, round| {
        let name = format!("{HOME}puts/{thread}-{round}.ics");
        Ask::new("PUT", &name).icalendar(event(thread * 1_000_000 + round))
    });
    println!(
        "PUT: {ours:.0}/s; bare SQLite, commits shared: {bare:.0}/s ({:.0} %)",
        100.0 * ours / bare
    );
}

fn import(server: &Server, name: &str, count: usize) {
    make(server, name);
    let file = server.folder.join(format!("{name}.ics"));
    let mut text =
        String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Strata//Benchmark//EN\r\n");
    for number in 0..count {
        let event = event(number);
        let from = event.find("BEGIN:VEVENT").expect("an event");
        let to = event.find("END:VCALENDAR").expect("an end");
        text.push_str(&event[from..to]);
    }
    fs::write(&file, text + "END:VCALENDAR\r\n").expect("a file");
    let mut command = strata(&server.folder);
    command.args(["import", "alice", name]).arg(&file);
    let start = Instant::now();
    let done = process::run(command, "");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    println!(
        "import of {count}: {:.0}/s",
        count as f64 / start.elapsed().as_secs_f64()
    );
}

fn collection(server: &Server, name: &str, count: usize) {
    let calendar = format!("{HOME}{name}/");
    let mut wire = server.wire("alice");
    let listing = Ask::new("PROPFIND", &calendar)
        .header("Depth", "1")
        .xml("<D:propfind><D:prop><D:getetag/></D:prop></D:propfind>");
    let took = median(9, || {
        assert_eq!(
            ask(&mut wire, &listing)
                .text()
                .matches("<D:getetag>")
                .count(),
            count
        )
    });
    println!("ETags of {count}: {took:?}");
    let first = median(3, || assert_eq!(first_sync(&mut wire, &calendar), count));
    println!("first sync of {count}, multiget of 50 at a time: {first:?}");
    let mut token = token(&ask(&mut wire, &sync(&calendar, "")));
    let mut took = Vec::new();
    for round in 0..9 {
        for number in 0..10 {
            let put = Ask::new("PUT", &format!("{calendar}{round}-{number}.ics"))
                .icalendar(event(90_000_000 + round * 10 + number));
            assert_eq!(wire.ask(&put).expect("an answer").status, 201);
        }
        let start = Instant::now();
        let answer = ask(&mut wire, &sync(&calendar, &token));
        took.push(start.elapsed());
        assert_eq!(answer.text().matches("<D:getetag>").count(), 10);
        token = self::token(&answer);
    }
    took.sort();
    println!(
        "sync after 10 changes in {count}: {:?}",
        took[took.len() / 2]
    );
}

/// What a client does that has just been given the account; how many items it got.
fn first_sync(wire: &mut Wire, calendar: &str) -> usize {
    let answer = ask(wire, &sync(calendar, "")).text();
    let hrefs: Vec<&str> = answer
        .split("<D:href>")
        .skip(1)
        .filter_map(|rest| rest.split_once("</D:href>"))
        .map(|(href, _)| href)
        .filter(|href| href.ends_with(".ics"))
        .collect();
    let mut got = 0;
    for some in hrefs.chunks(50) {
        let wanted: String = some
            .iter()
            .map(|href| format!("<D:href>{href}</D:href>"))
            .collect();
        let multiget = Ask::new("REPORT", calendar).xml(&format!(
            "<C:calendar-multiget><D:prop><D:getetag/><C:calendar-data/></D:prop>{wanted}</C:calendar-multiget>"
        ));
        got += ask(wire, &multiget).text().matches("END:VCALENDAR").count();
    }
    got
}

fn rates(server: &Server) {
    let hyper = bare::hyper();
    let bare = rate(hyper, |_, _| Ask::new("GET", "/"));
    println!("bare hyper: {bare:.0}/s");
    let listing = Ask::new("PROPFIND", &format!("{HOME}small/"))
        .header("Depth", "1")
        .xml("<D:propfind><D:prop><D:getetag/></D:prop></D:propfind>");
    let answer = ask(&mut server.wire("alice"), &listing).text();
    let hrefs: Vec<&str> = answer
        .split("<D:href>")
        .skip(2)
        .filter_map(|rest| rest.split_once('<'))
        .map(|(href, _)| href)
        .collect();
    let get = rate(server.address, |thread, round| {
        Ask::new("GET", hrefs[(thread * 7919 + round) % hrefs.len()])
    });
    println!(
        "GET: {get:.0}/s ({:.0} % of bare hyper)",
        100.0 * get / bare
    );
    for name in ["small", "large"] {
        let ask = Ask::new("PROPFIND", &format!("{HOME}{name}/"))
            .header("Depth", "0")
            .xml("<D:propfind><D:prop><CS:getctag/><D:sync-token/></D:prop></D:propfind>");
        let poll = rate(server.address, |_, _| ask.clone());
        println!(
            "poll, {name}: {poll:.0}/s ({:.0} % of bare hyper)",
            100.0 * poll / bare
        );
    }
}

/// Answers a second over sixteen connections.
fn rate(address: SocketAddr, ask: impl Fn(usize, usize) -> Ask + Sync) -> f64 {
    thread_local!(static WIRE: RefCell<Option<Wire>> = const { RefCell::new(None) });
    bare::rate_of(CONNECTIONS, |thread, round| {
        WIRE.with_borrow_mut(|wire| {
            let wire = wire.get_or_insert_with(|| Wire::new(address, Some(("alice", "alice"))));
            let status = wire.ask(&ask(thread, round)).expect("an answer").status;
            assert!((200..300).contains(&status), "{status}");
        });
    })
}

fn make(server: &Server, name: &str) {
    let made = server
        .wire("alice")
        .ask(&Ask::new("MKCALENDAR", &format!("{HOME}{name}/")));
    assert_eq!(made.expect("an answer").status, 201);
}

fn ask(wire: &mut Wire, ask: &Ask) -> Answer {
    let answer = wire.ask(ask).expect("an answer");
    assert_eq!(answer.status, 207, "{}", answer.text());
    answer
}

fn sync(calendar: &str, token: &str) -> Ask {
    Ask::new("REPORT", calendar).xml(&format!(
        "<D:sync-collection><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
    ))
}

fn token(answer: &Answer) -> String {
    let text = answer.text();
    let rest = text.rsplit_once("<D:sync-token>").expect("a token").1;
    rest.split_once('<').expect("its end").0.to_owned()
}

fn median(rounds: usize, mut work: impl FnMut()) -> Duration {
    let mut took: Vec<Duration> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    took.sort();
    took[rounds / 2]
}

/// KiB of memory that the server holds.
fn resident(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
