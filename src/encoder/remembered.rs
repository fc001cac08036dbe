//! Vectors of windows that were run lately, for when they come again.
//!
//! In go the ids of a window, out come its vectors if they are still there. The same stretch of text stands in many
//! articles of an archive: wire stories, disclaimers, quoted statements. What a reader would question: two threads that
//! meet the same new window at once both run it. To wait for the other costs more than the few windows it saves.

use lru::LruCache;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The vectors of a window, row-major, a row a word piece.
pub(super) type Vectors = Arc<Vec<f32>>;

/// Windows and their vectors, within a number of bytes.
pub(super) struct Remembered {
    most_bytes: AtomicUsize,
    held: Mutex<Held>,
    hits: AtomicU64,
    misses: AtomicU64,
}

struct Held {
    windows: LruCache<Box<[u32]>, Vectors>,
    bytes: usize,
}

impl Held {
    /// Forgets the oldest windows until the rest is within the bytes.
    fn forget(&mut self, most_bytes: usize) {
        while self.bytes > most_bytes
            && let Some((ids, vectors)) = self.windows.pop_lru()
        {
            self.bytes = self.bytes.saturating_sub(bytes(&ids, &vectors));
        }
    }
}

fn bytes(ids: &[u32], vectors: &[f32]) -> usize {
    size_of_val(ids) + size_of_val(vectors)
}

impl Remembered {
    /// A memory of so many bytes; of 0 it remembers nothing.
    pub(super) fn new(most_bytes: usize) -> Self {
        Self {
            most_bytes: AtomicUsize::new(most_bytes),
            held: Mutex::new(Held {
                windows: LruCache::unbounded(),
                bytes: 0,
            }),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Changes the number of bytes.
    pub(super) fn resize(&self, most_bytes: usize) {
        self.most_bytes.store(most_bytes, Ordering::Relaxed);
        self.held().forget(most_bytes);
    }

    /// Windows that were there, and that were not.
    pub(super) fn counts(&self) -> [u64; 2] {
        [&self.hits, &self.misses].map(|count| count.load(Ordering::Relaxed))
    }

    /// The vectors of a window, if they are still there.
    pub(super) fn get(&self, ids: &[u32]) -> Option<Vectors> {
        if self.most_bytes.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let vectors = self.held().windows.get(ids).map(Arc::clone);
        let count = if vectors.is_some() {
            &self.hits
        } else {
            &self.misses
        };
        count.fetch_add(1, Ordering::Relaxed);
        vectors
    }

    /// Remembers the vectors of a window, and forgets the oldest ones when there are too many.
    pub(super) fn put(&self, ids: &[u32], vectors: &Vectors) {
        let most_bytes = self.most_bytes.load(Ordering::Relaxed);
        if most_bytes == 0 {
            return;
        }
        let mut held = self.held();
        let Held { windows, bytes: n } = &mut *held;
        *n += bytes(ids, vectors);
        if let Some(same) = windows.put(ids.into(), Arc::clone(vectors)) {
            *n = n.saturating_sub(bytes(ids, &same));
        }
        held.forget(most_bytes);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Whole after every statement, so a panic elsewhere has not broken it.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_windows_are_remembered_within_the_bytes() {
        let memory = Remembered::new(2 * 12);
        let vectors = |id: u32| {
            let found = memory.get(&[id]).unwrap_or_else(|| {
                let made = Arc::new(vec![id as f32; 2]);
                memory.put(&[id], &made);
                made
            });
            found[0]
        };
        assert_eq!(
            [1, 2, 1, 3, 1, 2].map(vectors),
            [1.0, 2.0, 1.0, 3.0, 1.0, 2.0]
        );
        // 2 had to go for 3.
        assert_eq!(memory.counts(), [2, 4]);
        assert_eq!(memory.held.lock().unwrap().bytes, 24);
        memory.resize(12);
        let bytes = memory.held.lock().unwrap().bytes;
        assert_eq!((bytes, memory.get(&[1])), (12, None));
        let none = Remembered::new(0);
        none.put(&[1], &Arc::new(vec![1.0]));
        assert_eq!(none.get(&[1]), None);
        assert_eq!(none.counts(), [0, 0]);
    }
}
