//! Windows -> their vectors, by all workers at once.
//!
//! In go windows and workers, out come the vectors of every window, in order. Windows go through the network in
//! batches, nearly always of one, and those that are remembered do not go through it. What a reader would question: a
//! batch is no longer than the longest window. That fills the matrix kernels, and between two batches another document
//! has its turn.

use super::remembered::Vectors;
use super::windows::{MAX_PIECES, Window, batches};
use super::{Encoder, Worker};
use crate::error::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Word pieces of the windows that go through the network together. Packed windows fill it alone; the short rest of a
/// split sentence shares a batch.
const BATCH_PIECES: usize = MAX_PIECES;

impl Encoder {
    /// Runs every window, each worker taking the next batch that nobody has.
    pub(super) fn run(&self, windows: &[Window], workers: &[Worker]) -> Result<Vec<Vectors>> {
        let [first, ..] = workers else {
            return Err(Error::Internal {
                message: "no encoder worker".to_owned(),
            });
        };
        let batches: Vec<_> = batches(windows, BATCH_PIECES, |window| window.ids.len()).collect();
        if workers.len() == 1 || batches.len() < 2 {
            let vectors: Vec<_> = batches
                .into_iter()
                .map(|batch| self.run_batch(batch, first))
                .collect::<Result<_>>()?;
            return Ok(vectors.into_iter().flatten().collect());
        }
        let next = AtomicUsize::new(0);
        let mut done: Vec<(usize, Result<Vec<Vectors>>)> = std::thread::scope(|scope| {
            let run = |worker| {
                let mut own = Vec::new();
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&batch) = batches.get(i) else {
                        return own;
                    };
                    own.push((i, self.run_batch(batch, worker)));
                }
            };
            let threads: Vec<_> = workers
                .iter()
                .map(|w| scope.spawn(move || run(w)))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_default())
                .collect()
        });
        if done.len() != batches.len() {
            return Err(Error::Encoder {
                message: "a worker stopped".to_owned(),
            });
        }
        done.sort_by_key(|&(i, _)| i);
        let vectors: Vec<_> = done
            .into_iter()
            .map(|(_, vectors)| vectors)
            .collect::<Result<_>>()?;
        Ok(vectors.into_iter().flatten().collect())
    }

    /// Runs the windows of a batch that are not remembered.
    fn run_batch(&self, batch: &[Window], worker: &Worker) -> Result<Vec<Vectors>> {
        let mut vectors: Vec<Option<Vectors>> = batch
            .iter()
            .map(|window| self.remembered.get(&window.ids))
            .collect();
        let missing = batch.iter().zip(&vectors);
        let missing: Vec<&[u32]> = missing
            .filter(|(_, found)| found.is_none())
            .map(|(window, _)| window.ids.as_slice())
            .collect();
        let mut made = Vec::new();
        if !missing.is_empty() {
            made = self.network.vectors(&missing, worker)?;
        }
        let mut made = missing.into_iter().zip(made.into_iter().map(Arc::new));
        for place in vectors.iter_mut().filter(|place| place.is_none()) {
            *place = made.next().map(|(ids, vectors)| {
                self.remembered.put(ids, &vectors);
                vectors
            });
        }
        Ok(vectors.into_iter().flatten().collect())
    }
}
