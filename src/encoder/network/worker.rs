//! Where the network runs: a thread's own place, or one that many stand in line for.
//!
//! In goes a batch, out comes what running it at such a place gives. What a reader would question: every worker has a
//! thread pool of one thread and all share one network, because two such workers are faster than one pool of two
//! threads. The forward pass needs the pool as well, or the matrix kernels would share their work out to threads of
//! their own.

use crate::encoder::forward::Buffers;
use crate::encoder::turns::Ticket;
use crate::error::Result;
use rten::ThreadPool;
use std::sync::{Arc, Mutex};

/// A thread's place to run the network: its own, or one it waits for.
pub struct Worker {
    place: Place,
}

enum Place {
    Own(Arc<Seat>),
    Shared(Arc<Ticket>),
}

/// What running the network takes: a thread, and memory that is used again and again.
pub(in crate::encoder) struct Seat {
    pub(super) pool: Arc<ThreadPool>,
    pub(super) buffers: Mutex<Buffers>,
}

impl Seat {
    pub(in crate::encoder) fn new() -> Arc<Self> {
        Arc::new(Self {
            pool: Arc::new(ThreadPool::with_num_threads(1)),
            buffers: Mutex::default(),
        })
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

impl Default for Worker {
    fn default() -> Self {
        Self::new()
    }
}

impl Worker {
    /// A worker with a thread pool of one thread; create one a thread and keep it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            place: Place::Own(Seat::new()),
        }
    }

    /// A worker that stands in line for every batch of windows; it costs nothing to create.
    #[must_use]
    pub fn behind(ticket: Arc<Ticket>) -> Self {
        Self {
            place: Place::Shared(ticket),
        }
    }

    pub(super) fn run<T>(&self, batch: impl FnOnce(&Seat) -> T) -> Result<T> {
        match &self.place {
            Place::Own(seat) => Ok(batch(seat)),
            Place::Shared(ticket) => ticket.run(|seat| batch(seat)),
        }
    }
}
