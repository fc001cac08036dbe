//! The texts that came lately, so that a text that comes again is not scored again.
//!
//! In go records; out come the slots of their texts, new or of the same text before. What a reader would question: only
//! the latest are remembered, some megabytes of text, since their rows stand in memory. A text that comes again later is
//! scored again, and its rows are the same.

use super::items::Slot;
use crate::archive::records::Record;
use crate::archive::seen::{Key, key};
use lru::LruCache;
use std::sync::Arc;

/// Bytes of texts whose rows are kept for when they come again; and the longest of them, since long texts come twice
/// seldom and have many rows.
const REMEMBERED_BYTES: usize = 8 << 20;
const REMEMBERED_TEXT: usize = 1 << 16;

/// The slots of texts that came lately.
pub(super) struct Remembered {
    slots: LruCache<Key, (Slot, usize)>,
    n_bytes: usize,
}

impl Remembered {
    pub(super) fn new() -> Self {
        Self {
            slots: LruCache::unbounded(),
            n_bytes: 0,
        }
    }

    /// The slot of a record's text, and whether nobody fills it yet.
    pub(super) fn slot(&mut self, record: &Record) -> (Slot, bool) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let key = key(&[&record.text, &text(&record.title), &text(&record.speaker)]);
        if let Some((slot, _)) = self.slots.get(&key) {
            return (Arc::clone(slot), false);
        }
        let slot = Slot::default();
        if record.text.len() > REMEMBERED_TEXT {
            return (slot, true);
        }
        // With what the slot itself takes, or short texts would be remembered by the million.
        let n_bytes = record.text.len() + 512;
        self.n_bytes += n_bytes;
        self.slots.put(key, (Arc::clone(&slot), n_bytes));
        while self.n_bytes > REMEMBERED_BYTES
            && let Some((_, (_, n_bytes))) = self.slots.pop_lru()
        {
            self.n_bytes = self.n_bytes.saturating_sub(n_bytes);
        }
        (slot, true)
    }
}
