//! How layers stood when they were last looked at, in memory alone and of a bounded size: as long as a source says that nothing has
//! changed, it holds; and what has changed is found beside it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::shown::Shown;
use super::source::Version;
use crate::model::{LayerId, Live};

/// Bytes of all texts together.
const MOST_BYTES: usize = 64 << 20;

/// A statement may look at the clock, which no version tells of.
pub(super) const HOLDS: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(super) struct Kept {
    /// The layer's change number that stands for it.
    pub number: i64,
    pub shown: Arc<Shown>,
    /// What it takes here: nothing of what others share.
    pub bytes: usize,
    version: Version,
    since: Instant,
}

impl Kept {
    pub fn new(live: &Live, version: Version, (shown, is_common): (Arc<Shown>, bool)) -> Self {
        Self {
            number: live.number,
            bytes: if is_common { SHARED } else { shown.bytes },
            shown,
            version,
            since: Instant::now(),
        }
    }

    /// The state of the source that it was, as long as that says that all is as it was.
    pub fn version(&self) -> Option<&Version> {
        (self.since.elapsed() < HOLDS).then_some(&self.version)
    }

    pub fn live(&self) -> Arc<Live> {
        Arc::new(Live {
            number: self.number,
            items: self.shown.items.clone(),
        })
    }
}

/// What a layer takes that shows what all others show.
const SHARED: usize = 256;

#[derive(Default)]
pub(super) struct Cache(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    kept: HashMap<LayerId, Entry>,
    bytes: usize,
}

struct Entry {
    kept: Kept,
    used: Instant,
}

impl Cache {
    pub fn find(&self, layer: LayerId) -> Option<Kept> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = shelf.kept.get_mut(&layer)?;
        entry.used = Instant::now();
        Some(entry.kept.clone())
    }

    /// Those that were not asked for longest make room.
    pub fn keep(&self, layer: LayerId, kept: Kept) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.forget(layer);
        if kept.bytes > MOST_BYTES {
            return;
        }
        while shelf.bytes + kept.bytes > MOST_BYTES {
            let oldest = shelf.kept.iter().min_by_key(|(_, entry)| entry.used);
            let Some(oldest) = oldest.map(|(layer, _)| *layer) else {
                break;
            };
            shelf.forget(oldest);
        }
        shelf.bytes += kept.bytes;
        let used = Instant::now();
        shelf.kept.insert(layer, Entry { kept, used });
    }
}

impl Shelf {
    fn forget(&mut self, layer: LayerId) {
        if let Some(entry) = self.kept.remove(&layer) {
            self.bytes = self.bytes.saturating_sub(entry.kept.bytes);
        }
    }
}
