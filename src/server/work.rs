//! Work that nobody waits for: claimed as there is room for it, done on blocking threads, and given time to end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::{Application, Work};

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Does what is due, so much at once, until `stopped` says so; then waits for what is being done.
pub async fn work(
    application: Arc<dyn Application>,
    at_once: usize,
    mut stopped: watch::Receiver<bool>,
) {
    let beginning = Arc::clone(&application);
    let _ = tokio::task::spawn_blocking(move || beginning.begin_work()).await;
    let places = Arc::new(Semaphore::new(at_once));
    // What has been claimed is done: it is looked for the end only where nothing is in hand.
    loop {
        let room = tokio::select! {
            room = room(&places) => room,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        if do_some(&application, room).await {
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stopped.wait_for(|stopped| *stopped) => break,
        }
    }
    application.end_work();
    let all = u32::try_from(at_once).unwrap_or(u32::MAX);
    let _ = places.acquire_many(all).await;
}

/// Every place that is free, at least one.
async fn room(places: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    let mut room = Arc::clone(places).acquire_owned().await.ok()?;
    let more = u32::try_from(places.available_permits()).unwrap_or(0);
    if let Ok(rest) = Arc::clone(places).try_acquire_many_owned(more) {
        room.merge(rest);
    }
    Some(room)
}

/// Claims as much as there is room for and sets it going; `false`: nothing is due.
async fn do_some(application: &Arc<dyn Application>, room: Option<OwnedSemaphorePermit>) -> bool {
    let Some(mut room) = room else { return false };
    let asked = Arc::clone(application);
    let places = room.num_permits();
    let claimed = tokio::task::spawn_blocking(move || asked.claim(places)).await;
    let claimed: Vec<Work> = claimed.unwrap_or_default();
    let found = !claimed.is_empty();
    for work in claimed {
        let place = room.split(1);
        tokio::task::spawn_blocking(move || {
            work();
            drop(place);
        });
    }
    found
}
