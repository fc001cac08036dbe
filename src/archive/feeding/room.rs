//! Room for what is on its way from the thread that reads to the one that writes.
//!
//! In goes the size of every text that is read, and again when what comes of it is written; whoever reads waits until
//! there is room. It is bounded in documents and in bytes of text, since an analysis takes about a hundred times the
//! memory of its text. What a reader would question: a text that is longer than all the room is let in when nothing else
//! is there. It would wait for ever otherwise.

use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes of text on their way; a longer one goes alone.
const MOST_BYTES: usize = 4 << 20;

/// Documents on their way, a thread.
const MOST_DOCUMENTS: usize = 64;

/// What is on its way.
pub(in crate::archive) struct Room {
    held: Mutex<Held>,
    freed: Condvar,
    most_documents: usize,
}

#[derive(Default)]
struct Held {
    items: usize,
    bytes: usize,
    closed: bool,
}

impl Room {
    pub(in crate::archive) fn new(threads: usize) -> Self {
        Self {
            held: Mutex::default(),
            freed: Condvar::new(),
            most_documents: MOST_DOCUMENTS * threads.max(1),
        }
    }

    /// Waits for room; false when nobody wants anything any more.
    pub(super) fn enter(&self, bytes: usize) -> bool {
        // Counts are whole after every statement.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        while !held.closed
            && held.items > 0
            && (held.items >= self.most_documents || held.bytes + bytes > MOST_BYTES)
        {
            held = self
                .freed
                .wait(held)
                .unwrap_or_else(PoisonError::into_inner);
        }
        held.items += 1;
        held.bytes += bytes;
        !held.closed
    }

    /// Makes room again; how many are still on their way.
    pub(in crate::archive) fn leave(&self, bytes: usize) -> usize {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.items = held.items.saturating_sub(1);
        held.bytes = held.bytes.saturating_sub(bytes);
        self.freed.notify_all();
        held.items
    }

    /// Closes it when dropped, whatever happens: who waits for room that nobody makes would wait for ever.
    pub(in crate::archive) fn closing(&self) -> Closing<'_> {
        Closing(self)
    }

    /// Lets nobody in any more.
    fn close(&self) {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.freed.notify_all();
    }
}

/// Closes a room when dropped.
pub(in crate::archive) struct Closing<'a>(&'a Room);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
