//! What the store costs beside bare SQLite on the same machine: `cargo bench --bench store`.

#[path = "bare/mod.rs"]
mod bare;

use std::path::Path;
use std::time::{Duration, Instant};

use bare::rate_of;
use bytes::Bytes;
use strata::model::*;
use strata::store::changes;
use strata::store::items::{self, LayerWriter, Need, NewItem, Scope};
use strata::store::{Result, Settings, Store, Synchronous, accounts, layers};

const NOW: i64 = 1_800_000_000;
const SMALL: usize = 5_000;
const LARGE: usize = 50_000;

/// Nothing is indexed.
static UNKNOWN: Occurrences = Occurrences {
    known_from: 0,
    known_until: 0,
    rows: Vec::new(),
};

fn main() {
    // Cargo passes `--bench` and filters; this program knows neither.
    let folder = tempfile::tempdir().expect("a folder");
    let text = Bytes::from("DESCRIPTION:0123456789\r\n".repeat(45));
    println!("texts of {} bytes", text.len());
    if !std::env::args().any(|arg| arg == "puts") {
        reads(folder.path(), &text);
    }
    for (synchronous, name) in [(Synchronous::Full, "FULL"), (Synchronous::Normal, "NORMAL")] {
        for threads in [1, 8, 16, 64] {
            let bare = bare::puts(folder.path(), name, threads, &text);
            let ours = store_puts(folder.path(), synchronous, threads, &text);
            println!(
                "put {name:6} {threads:2} writers: bare {bare:7.0}/s  store {ours:7.0}/s  {:3.0} %",
                100.0 * ours / bare
            );
        }
    }
}

fn reads(folder: &Path, text: &Bytes) {
    let store = open(folder, "reads", Synchronous::Normal);
    let (small, user) = layer(&store, "small");
    let (large, _) = layer(&store, "large");
    for (layer, count) in [(small, SMALL), (large, LARGE)] {
        let start = Instant::now();
        fill(&store, layer, count, text);
        let rate = count as f64 / start.elapsed().as_secs_f64();
        println!("import of {count}: {rate:.0}/s");
    }
    for (layer, count) in [(small, SMALL), (large, LARGE)] {
        for need in [Need::Index, Need::Text] {
            let took = best(20, || list(&store, layer, need));
            println!("each of {count}, {need:?}: {took:?}");
        }
        let after = store
            .read(|tx| layers::by_id(tx, layer))
            .expect("a layer")
            .expect("a layer")
            .number
            - 10;
        let took = best(500, || sync(&store, layer, after));
        println!("since 10 changes ago of {count}: {took:?}");
    }
    let took = best(2000, || {
        let found = store.read(|tx| items::find(tx, large, "item-25000.ics", Need::Text));
        assert!(found.expect("the read succeeds").is_some());
    });
    println!("find with text: {took:?}");
    let took = best(2000, || {
        let standing = store.read(|tx| accounts::standing(tx, user, None, NOW));
        assert!(standing.expect("the read succeeds").is_some());
    });
    println!("standing: {took:?}");
    let took = best(20, || drop(open(folder, "reads", Synchronous::Full)));
    println!("open: {took:?}");
    println!("resident: {} KiB", resident());
}

fn list(store: &Store, layer: LayerId, need: Need) {
    let mut bytes = 0;
    let done: Result<()> = store.read(|tx| {
        items::each(tx, layer, Scope::default(), need, &mut |item| {
            bytes += item.name.len() + item.tag.len();
            Ok(())
        })
    });
    done.expect("the read succeeds");
    assert!(bytes > 0);
}

fn sync(store: &Store, layer: LayerId, after: i64) {
    let mut seen = 0;
    let done: Result<()> = store.read(|tx| {
        changes::since(tx, layer, after, false, 1000, Need::Index, &mut |_| {
            seen += 1;
            Ok(())
        })
    });
    done.expect("the read succeeds");
    assert_eq!(seen, 10);
}

fn best(rounds: usize, mut work: impl FnMut()) -> Duration {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn open(folder: &Path, name: &str, synchronous: Synchronous) -> Store {
    Store::open(&Settings {
        url: format!("sqlite:{name}.db"),
        data: folder.to_owned(),
        synchronous,
        readers: 4,
        sync_horizon_days: 365,
    })
    .expect("the store opens")
}

fn layer(store: &Store, name: &str) -> (LayerId, UserId) {
    let made: Result<_> = store.write(|tx| {
        let user = accounts::create(
            tx,
            &accounts::NewUser {
                name,
                display_name: name,
                addresses: &[],
                kind: UserKind::Individual,
                admin: false,
                password_hash: "",
                now: NOW,
            },
        )?
        .expect("the name is free");
        let layer = layers::create(tx, &layers::NewLayer::named(user.id, name, NOW))?
            .expect("the name is free");
        Ok((layer.id, user.id))
    });
    made.expect("the write succeeds")
}

fn new_item<'a>(name: &'a str, uid: &'a str, text: &'a Bytes) -> NewItem<'a> {
    NewItem {
        face: Face::default(),
        stirs: &[],
        name,
        uid,
        component: Component::Event,
        tag: "0123456789abcdef0123456789abcdef",
        text,
        span: Span {
            first: Some(NOW),
            last: Some(NOW + 3600),
        },
        occurrences: &UNKNOWN,
        now: NOW,
    }
}

fn fill(store: &Store, layer: LayerId, count: usize, text: &Bytes) {
    let done: Result<()> = store.write(|tx| {
        let mut writer = LayerWriter::open(tx, layer)?.expect("the layer stands");
        for number in 0..count {
            let (name, uid) = (
                format!("item-{number}.ics"),
                format!("uid-{number}@example.org"),
            );
            writer.put(&new_item(&name, &uid, text))?;
        }
        Ok(())
    });
    done.expect("the write succeeds");
}

/// What a PUT does: look, compare, write.
fn store_puts(folder: &Path, synchronous: Synchronous, threads: usize, text: &Bytes) -> f64 {
    let store = open(
        folder,
        &format!("puts-{synchronous:?}-{threads}"),
        synchronous,
    );
    let (layer, _) = layer(&store, "puts");
    let before = store.counters();
    let rate = rate_of(threads, |thread, round| {
        let (name, uid) = (
            format!("{thread}-{round}.ics"),
            format!("{thread}-{round}@example.org"),
        );
        let done: Result<()> = store.write(|tx| {
            let mut writer = LayerWriter::open(tx, layer)?.expect("the layer stands");
            if writer.find(&name)?.is_none() && writer.of_uid(&uid)?.is_empty() {
                writer.put(&new_item(&name, &uid, text))?;
            }
            Ok(())
        });
        done.expect("the write succeeds");
    });
    let after = store.counters();
    let together =
        (after.writes - before.writes) as f64 / (after.commits - before.commits).max(1) as f64;
    print!("({together:4.1} a commit) ");
    rate
}

/// KiB of this process in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
