//! Where requests meet the processor: who is let in, who may start, and what stops.
//!
//! Work is admitted by number of documents and bytes, then waits for a lane (long texts have few, so
//! that their memory is bounded and short ones never queue behind them), then runs on a thread that
//! takes turns with the others window by window ([`Turns`]). What a reader would question: a document's
//! slots are given back when its work ends, not when its caller leaves; a caller who leaves stops the
//! work before its next window, so the difference is tens of milliseconds.

use super::Limits;
use super::pace::Pace;
use super::refusal::Refusal;
use crate::encoder::{Ticket, Turns, Worker};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Code;

/// Texts above this many bytes use the lanes for long ones: about 85 windows, three seconds of one thread.
pub(super) const LONG_BYTES: usize = 65_536;

/// Short texts in work at a time, a thread: enough to keep threads busy, little enough memory.
const SHORT_LANES: usize = 8;

/// Bytes are counted in units of this size, since a semaphore holds 2^29 permits on small machines.
const UNIT: usize = 1_024;

/// The compute threads and who may use them.
#[derive(Debug)]
pub(super) struct Engine {
    threads: usize,
    limits: Limits,
    turns: Arc<Turns>,
    documents: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    short: Arc<Semaphore>,
    long: Arc<Semaphore>,
    pace: Arc<Pace>,
}

/// A document that was let in.
#[derive(Debug)]
pub(super) struct Admitted {
    bytes: usize,
    _document: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
}

impl Admitted {
    /// The document is hardly work: it needs no lane for long ones and tells nothing of the speed.
    pub(super) fn lightly(mut self, light: bool) -> Self {
        if light {
            self.bytes = 0;
        }
        self
    }
}

/// Stops the work when the caller's future is dropped.
struct StopOnDrop(Arc<Ticket>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Engine {
    pub(super) fn new(threads: usize, limits: Limits) -> Self {
        let threads = threads.max(1);
        Self {
            threads,
            limits,
            turns: Turns::new(threads),
            documents: Arc::new(Semaphore::new(limits.max_documents)),
            bytes: Arc::new(Semaphore::new(units(limits.max_bytes) as usize)),
            short: Arc::new(Semaphore::new(threads * SHORT_LANES)),
            long: Arc::new(Semaphore::new(threads)),
            pace: Pace::new(threads),
        }
    }

    /// Threads the async runtime must keep for blocking work: one a lane.
    pub(super) fn lanes(threads: usize) -> usize {
        threads.max(1) * (SHORT_LANES + 1)
    }

    /// Lets a document in at once, or not at all.
    pub(super) fn admit(&self, bytes: usize) -> Result<Admitted, Refusal> {
        let documents = self.limits.max_documents;
        let document = Arc::clone(&self.documents)
            .try_acquire_owned()
            .map_err(|_| full(&format!("{documents} documents")))?;
        Ok(Admitted {
            bytes,
            _document: document,
            _bytes: self.hold(bytes)?,
        })
    }

    /// A document's share of the bytes in work, at once or not at all.
    fn hold(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
        Arc::clone(&self.bytes)
            .try_acquire_many_owned(self.units(bytes))
            .map_err(|_| full(&format!("{} bytes of text", self.limits.max_bytes)))
    }

    /// Lets a document of a stream in as soon as there is room: the stream waits, nobody is refused.
    pub(super) async fn admit_in_turn(&self, bytes: usize) -> Result<Admitted, Refusal> {
        let closed = |_| Refusal::stopping();
        let document = Arc::clone(&self.documents).acquire_owned().await;
        let document = document.map_err(closed)?;
        let held = Arc::clone(&self.bytes).acquire_many_owned(self.units(bytes));
        Ok(Admitted {
            bytes,
            _document: document,
            _bytes: held.await.map_err(closed)?,
        })
    }

    /// A text's share of the byte limit; one that alone is larger takes all of it.
    fn units(&self, bytes: usize) -> u32 {
        units(bytes).min(units(self.limits.max_bytes))
    }

    /// Runs `work` with this machine's workers, and gives what it gives. Dropping the future stops the
    /// work before its next window.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        admitted: Admitted,
        deadline: Option<Instant>,
        work: impl FnOnce(&[Worker]) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let queued = Instant::now();
        if let Some(deadline) = deadline {
            let needed = self.pace.least_time(admitted.bytes);
            if queued + needed > deadline {
                self.pace.doubt();
                let message = format!(
                    "the work needs {:.1} s at least, the deadline is in {:.1} s",
                    needed.as_secs_f64(),
                    deadline.saturating_duration_since(queued).as_secs_f64()
                );
                let refusal = Refusal::new(Code::DeadlineExceeded, "DEADLINE_TOO_SHORT", message);
                return Err(refusal);
            }
        }
        let limit = deadline.map(tokio::time::Instant::from_std);
        let lanes = if admitted.bytes > LONG_BYTES {
            &self.long
        } else {
            &self.short
        };
        let lane = within(limit, Arc::clone(lanes).acquire_owned()).await?;
        let lane = lane.map_err(|_| Refusal::internal())?;
        metrics::histogram!("stance_queue_seconds").record(queued.elapsed().as_secs_f64());

        let ticket = self.turns.ticket();
        let stop = StopOnDrop(Arc::clone(&ticket));
        let workers = self.threads;
        let pace = Arc::clone(&self.pace);
        let span = tracing::info_span!("work", bytes = admitted.bytes);
        let done = tokio::task::spawn_blocking(move || {
            let at_work = pace.begin(admitted.bytes);
            let workers: Vec<Worker> = (0..workers)
                .map(|_| Worker::behind(Arc::clone(&ticket)))
                .collect();
            let result = span.in_scope(|| work(&workers));
            if !ticket.is_stopped() {
                at_work.learn();
            }
            drop((admitted, lane));
            result
        });
        let result = within(limit, done).await;
        drop(stop);
        result?.map_err(|panicked| {
            tracing::error!(
                panic = panicked.is_panic(),
                "the work of a request ended early"
            );
            Refusal::internal()
        })
    }
}

fn full(what: &str) -> Refusal {
    let message = format!("the server has {what} in work, which is its limit");
    Refusal::overloaded(message)
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT))
        .unwrap_or(u32::MAX)
        .clamp(1, 1 << 28)
}

/// Waits no longer than `limit`.
async fn within<T>(
    limit: Option<tokio::time::Instant>,
    future: impl Future<Output = T>,
) -> Result<T, Refusal> {
    match limit {
        Some(limit) => tokio::time::timeout_at(limit, future)
            .await
            .map_err(|_| Refusal::too_late()),
        None => Ok(future.await),
    }
}

#[cfg(test)]
mod tests {
    use super::super::refusal::RETRY;
    use super::*;
    use std::time::Duration;

    fn engine() -> Engine {
        let limits = Limits {
            max_documents: 2,
            max_bytes: 10 * UNIT,
            ..Limits::default()
        };
        Engine::new(1, limits)
    }

    #[test]
    fn admission_ends_at_its_limits() {
        let engine = engine();
        let (first, second) = (engine.admit(UNIT), engine.admit(UNIT));
        let refused = engine.admit(1).unwrap_err();
        assert_eq!(refused.code, Code::ResourceExhausted);
        assert_eq!(
            refused.message,
            "the server has 2 documents in work, which is its limit"
        );
        assert_eq!(refused.retry_after, Some(RETRY));
        drop((first, second));
        let whole = engine.admit(10 * UNIT).unwrap();
        let refused = engine.admit(1).unwrap_err();
        assert!(
            refused.message.contains("10240 bytes"),
            "{}",
            refused.message
        );
        drop(whole);
        // Longer than the limit: alone it may run.
        assert!(engine.admit(11 * UNIT).is_ok());
    }

    #[tokio::test]
    async fn what_cannot_be_done_in_time_is_refused_at_once() {
        let engine = engine();
        let soon = Instant::now() + Duration::from_secs(1);
        let slow = engine.run(engine.admit(5_000_000).unwrap(), Some(soon), |_| ());
        let refused = slow.await.unwrap_err();
        assert_eq!(refused.reason, "DEADLINE_TOO_SHORT");
        let quick = engine.run(engine.admit(500).unwrap(), Some(soon), |_| 7);
        assert_eq!(quick.await, Ok(7));
    }

    #[tokio::test]
    async fn a_panic_is_internal_and_leaves_the_engine_whole() {
        let engine = engine();
        let work = engine.run(engine.admit(1).unwrap(), None, |_| -> u8 {
            panic!("injected")
        });
        assert_eq!(work.await.unwrap_err().code, Code::Internal);
        for _ in 0..3 {
            assert_eq!(
                engine.run(engine.admit(1).unwrap(), None, |_| 7).await,
                Ok(7)
            );
        }
        assert!(engine.pace.is_idle());
    }

    #[tokio::test]
    async fn who_leaves_stops_the_work() {
        let engine = engine();
        let (tell, told) = std::sync::mpsc::channel();
        let work = engine.run(engine.admit(1).unwrap(), None, move |_| {
            std::thread::sleep(Duration::from_millis(50));
            tell.send(()).unwrap();
        });
        assert!(
            tokio::time::timeout(Duration::from_millis(5), work)
                .await
                .is_err()
        );
        tokio::task::spawn_blocking(move || told.recv().unwrap())
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(engine.documents.available_permits(), 2);
        assert_eq!(engine.short.available_permits(), SHORT_LANES);
    }
}
