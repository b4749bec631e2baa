//! What the machine itself allows: SQLite whose commits are shared, and hyper that answers from memory.
#![allow(dead_code, reason = "every benchmark takes what it needs")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rusqlite::{Connection, TransactionBehavior};
use tokio::net::TcpListener;

const ROUND: Duration = Duration::from_secs(3);

/// Answers every request with 1 KB, for as long as this process lives.
pub fn hyper() -> SocketAddr {
    let (tell, told) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            tell.send(listener.local_addr().expect("an address"))
                .expect("somebody waits");
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    continue;
                };
                let _ = stream.set_nodelay(true);
                tokio::spawn(
                    http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service_fn(one_kilobyte)),
                );
            }
        });
    });
    told.recv().expect("it listens")
}

async fn one_kilobyte(
    _: hyper::Request<hyper::body::Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(&[b'x'; 1024]))))
}

/// One thread that owns the connection, a channel, and one commit for all that wait: two rows and an index a write.
pub fn puts(folder: &Path, synchronous: &str, threads: usize, text: &Bytes) -> f64 {
    type Job = (String, mpsc::SyncSender<()>);
    let path = folder.join(format!("bare-{synchronous}-{threads}.db"));
    let mut conn = Connection::open(path).expect("a database");
    conn.pragma_update(None, "journal_mode", "WAL")
        .expect("WAL");
    conn.pragma_update(None, "synchronous", synchronous)
        .expect("synchronous");
    conn.execute_batch(
        "CREATE TABLE layers (id INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT;
         INSERT INTO layers VALUES (1, 0);
         CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, body BLOB NOT NULL) STRICT;",
    )
    .expect("tables");
    let (sender, receiver) = mpsc::sync_channel::<Job>(1024);
    let body = text.clone();
    let writer = thread::spawn(move || {
        while let Ok(first) = receiver.recv() {
            let transaction = conn
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .expect("a transaction");
            let mut replies = Vec::new();
            let mut next = Some(first);
            while let Some((name, reply)) = next {
                transaction
                    .prepare_cached("UPDATE layers SET number = number + 1 WHERE id = 1")
                    .and_then(|mut statement| statement.execute([]))
                    .expect("an update");
                transaction
                    .prepare_cached("INSERT INTO items (name, body) VALUES (?1, ?2)")
                    .and_then(|mut statement| statement.execute((name, body.as_ref())))
                    .expect("an insert");
                replies.push(reply);
                next = if replies.len() < 256 {
                    receiver.try_recv().ok()
                } else {
                    None
                };
            }
            transaction.commit().expect("a commit");
            for reply in replies {
                reply.send(()).expect("somebody waits");
            }
        }
    });
    let rate = rate_of(threads, |thread, round| {
        let (reply, answer) = mpsc::sync_channel(1);
        sender
            .send((format!("{thread}-{round}.ics"), reply))
            .expect("the writer runs");
        answer.recv().expect("the writer answers");
    });
    drop(sender);
    writer.join().expect("the writer ends");
    rate
}

/// How often a second `work(thread, round)` gets done by so many threads.
pub fn rate_of(threads: usize, work: impl Fn(usize, usize) + Sync) -> f64 {
    let start = Instant::now();
    let done: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let work = &work;
                scope.spawn(move || {
                    let mut round = 0;
                    while start.elapsed() < ROUND {
                        work(thread, round);
                        round += 1;
                    }
                    round
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no panic"))
            .sum()
    });
    done as f64 / start.elapsed().as_secs_f64()
}
