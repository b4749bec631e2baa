//! How layers stood when they were last looked at, in memory alone and of a bounded size: as long as a source says that nothing has
//! changed, it holds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::source::Version;
use crate::model::{LayerId, Live};

/// Bytes of all texts together.
const MOST_BYTES: usize = 64 << 20;

/// A statement may look at the clock, which no version tells of.
pub(super) const HOLDS: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(super) struct Kept {
    pub live: Arc<Live>,
    pub version: Version,
}

#[derive(Default)]
pub(super) struct Cache(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    kept: HashMap<LayerId, Entry>,
    bytes: usize,
}

struct Entry {
    kept: Kept,
    bytes: usize,
    since: Instant,
    used: Instant,
}

impl Cache {
    pub fn find(&self, layer: LayerId) -> Option<Kept> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = shelf.kept.get_mut(&layer)?;
        if entry.since.elapsed() >= HOLDS {
            return None;
        }
        entry.used = Instant::now();
        Some(entry.kept.clone())
    }

    /// Those that were not asked for longest make room.
    pub fn keep(&self, layer: LayerId, kept: Kept) {
        let size = |name: &String, text: usize| name.len() + text + 128;
        let items = kept.live.items.iter();
        let bytes = items.map(|(name, item)| size(name, item.text.len())).sum();
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.forget(layer);
        if bytes > MOST_BYTES {
            return;
        }
        while shelf.bytes + bytes > MOST_BYTES {
            let oldest = shelf.kept.iter().min_by_key(|(_, entry)| entry.used);
            let Some(oldest) = oldest.map(|(layer, _)| *layer) else {
                break;
            };
            shelf.forget(oldest);
        }
        let now = Instant::now();
        let entry = Entry {
            kept,
            bytes,
            since: now,
            used: now,
        };
        shelf.bytes += bytes;
        shelf.kept.insert(layer, entry);
    }
}

impl Shelf {
    fn forget(&mut self, layer: LayerId) {
        if let Some(entry) = self.kept.remove(&layer) {
            self.bytes = self.bytes.saturating_sub(entry.bytes);
        }
    }
}
