//! Many clients at once.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `work(client, number)` for every number below `count`, spread over so many clients; gives what came of each.
pub fn spread<T: Send>(
    clients: usize,
    count: usize,
    work: impl Fn(usize, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let one = |client: usize| {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return done;
            }
            done.push(work(client, number));
        }
    };
    std::thread::scope(|scope| {
        let one = &one;
        let running: Vec<_> = (0..clients)
            .map(|client| scope.spawn(move || one(client)))
            .collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().expect("a client"))
            .collect()
    })
}
