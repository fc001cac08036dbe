//! What is in work and how fast it goes: the least time that more work will take.
//!
//! In go the sizes of documents as they begin and end, out comes a time, by which a request that cannot be
//! done before its deadline is refused at once. What a reader would question: the best speed seen is used,
//! not the usual one. A request is refused only when it surely is too late.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A guess at the bytes a second of one thread, before anything was measured; deliberately high.
const FIRST_GUESS: f64 = 1e6;

/// Texts below this many bytes say nothing of the encoder's speed.
const SHORTEST: usize = 1_024;

/// The work of this machine.
#[derive(Debug)]
pub(super) struct Pace(Mutex<Load>);

#[derive(Debug)]
struct Load {
    /// Documents in work, by size in bytes.
    sizes: BTreeMap<usize, usize>,
    /// Best speed seen, bytes a second of the whole machine; falls slowly, so that it follows a slower machine.
    rate: f64,
    /// Bytes of all documents that are done.
    done: u64,
}

impl Pace {
    pub(super) fn new(threads: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Load {
            sizes: BTreeMap::new(),
            rate: FIRST_GUESS * threads as f64,
            done: 0,
        })))
    }

    /// What a document of `bytes` takes at least: its own bytes and those of all documents in work that are
    /// no longer, as these go first.
    pub(super) fn least_time(&self, bytes: usize) -> Duration {
        let load = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before: usize = load.sizes.range(..=bytes).map(|(size, n)| size * n).sum();
        // Half of what is in work is done, on average.
        Duration::from_secs_f64((bytes as f64 + before as f64 / 2.0) / load.rate)
    }

    /// A document was refused as too late. If all are, none is measured: the speed must not stay too low.
    pub(super) fn doubt(&self) {
        let mut load = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        load.rate *= 1.05;
    }

    /// A document's work begins; it ends when what is returned is dropped, also by a panic.
    pub(super) fn begin(self: Arc<Self>, bytes: usize) -> AtWork {
        let mut load = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *load.sizes.entry(bytes).or_default() += 1;
        let done_before = load.done;
        drop(load);
        AtWork {
            pace: self,
            bytes,
            done_before,
            began: Instant::now(),
        }
    }

    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.0.lock().unwrap().sizes.is_empty()
    }
}

/// A document while its work runs.
pub(super) struct AtWork {
    pace: Arc<Pace>,
    bytes: usize,
    done_before: u64,
    began: Instant,
}

impl AtWork {
    /// The work is done: learns from all that was done while it lasted. Others that began before count whole,
    /// so that the speed is never taken to be lower than it is.
    pub(super) fn learn(&self) {
        if self.bytes >= SHORTEST {
            let mut load = self.pace.0.lock().unwrap_or_else(PoisonError::into_inner);
            load.done += self.bytes as u64;
            let done = (load.done - self.done_before) as f64;
            let rate = done / self.began.elapsed().as_secs_f64().max(1e-6);
            load.rate = rate.max(load.rate * 0.98);
        }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut load = self.pace.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = load.sizes.get_mut(&self.bytes) {
            *n -= 1;
            if *n == 0 {
                load.sizes.remove(&self.bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_that_of_the_shorter_ones_in_work() {
        let pace = Pace::new(1);
        assert_eq!(pace.least_time(1_000_000), Duration::from_secs(1));
        let shorter = Arc::clone(&pace).begin(400_000);
        let longer = Arc::clone(&pace).begin(2_000_000);
        assert_eq!(pace.least_time(1_000_000), Duration::from_millis(1_200));
        drop(shorter);
        assert_eq!(pace.least_time(1_000_000), Duration::from_secs(1));
        // Faster than the guess: from now on that is the speed.
        longer.learn();
        assert!(pace.least_time(1_000_000) < Duration::from_secs(1));
        drop(longer);
        assert!(pace.is_idle());
    }

    #[test]
    fn many_at_a_time_are_not_taken_for_slow_ones() {
        let pace = Pace::new(1);
        // Sixteen side by side, done together after 16 ms: a megabyte in each.
        let all: Vec<_> = (0..16)
            .map(|_| Arc::clone(&pace).begin(1_000_000))
            .collect();
        std::thread::sleep(Duration::from_millis(16));
        all.iter().for_each(AtWork::learn);
        let one = Duration::from_millis(16).as_secs_f64();
        drop(all);
        // Alone it would have taken a sixteenth.
        assert!(pace.least_time(1_000_000).as_secs_f64() < one / 2.0);
        let before = pace.least_time(1_000_000);
        pace.doubt();
        assert!(pace.least_time(1_000_000) < before);
    }
}
