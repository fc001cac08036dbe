//! Who runs a window next, where many documents are read at once.
//!
//! A [`Turns`] has a few places to run the network, one a thread that may compute; a [`Ticket`] is one
//! document's right to stand in line for them. The next place goes to the document that has had the
//! fewest windows, so a short text never waits for a long one, and every fourth place to whoever waits
//! longest, so a long one ends. What a reader would question: a document stands in line anew for every
//! window. A full window takes some thirty milliseconds and a turn microseconds, and between two windows is where
//! the work of a caller who left can stop.

use super::network::Seat;
use crate::error::{Error, Result};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// One place in so many goes to whoever waits longest.
const OLDEST: u64 = 4;

/// Windows a ticket has had, then when it came: who is first in line.
type Place = (u64, u64);

/// The places to run the network, and the line for them.
pub struct Turns {
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    free: Vec<Arc<Seat>>,
    waiting: BTreeMap<Place, Arc<Condvar>>,
    /// Places in order of arrival; those that are not waiting any more are skipped.
    arrived: VecDeque<Place>,
    granted: BTreeMap<Place, Arc<Seat>>,
    n_arrivals: u64,
    n_turns: u64,
}

impl std::fmt::Debug for Turns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}

impl Turns {
    /// Room for `threads` windows at a time, at least 1.
    #[must_use]
    pub fn new(threads: usize) -> Arc<Self> {
        Arc::new(Self {
            line: Mutex::new(Line {
                free: (0..threads.max(1)).map(|_| Seat::new()).collect(),
                ..Line::default()
            }),
        })
    }

    /// A document's ticket.
    #[must_use]
    pub fn ticket(self: &Arc<Self>) -> Arc<Ticket> {
        Arc::new(Ticket {
            turns: Arc::clone(self),
            n_windows: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        })
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // The line is whole after every statement, so a panic elsewhere has not broken it.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, ticket: &Ticket) -> Result<Arc<Seat>> {
        let mut line = self.line();
        if ticket.is_stopped() {
            return Err(Error::Stopped);
        }
        let n_windows = ticket.n_windows.fetch_add(1, Ordering::Relaxed);
        if let Some(seat) = line.free.pop() {
            return Ok(seat);
        }
        line.n_arrivals += 1;
        let place = (n_windows, line.n_arrivals);
        let ready = Arc::new(Condvar::new());
        line.waiting.insert(place, Arc::clone(&ready));
        line.arrived.push_back(place);
        loop {
            line = ready.wait(line).unwrap_or_else(PoisonError::into_inner);
            if let Some(seat) = line.granted.remove(&place) {
                return Ok(seat);
            }
            if ticket.is_stopped() {
                line.waiting.remove(&place);
                return Err(Error::Stopped);
            }
        }
    }

    fn give_back(&self, seat: Arc<Seat>) {
        let mut line = self.line();
        line.n_turns += 1;
        let Line {
            waiting, arrived, ..
        } = &mut *line;
        while arrived
            .front()
            .is_some_and(|place| !waiting.contains_key(place))
        {
            arrived.pop_front();
        }
        let oldest = arrived.front().copied();
        let next = if line.n_turns.is_multiple_of(OLDEST) {
            oldest
        } else {
            line.waiting.first_key_value().map(|(&place, _)| place)
        };
        match next.and_then(|place| Some((place, line.waiting.remove(&place)?))) {
            Some((place, ready)) => {
                line.granted.insert(place, seat);
                ready.notify_one();
            }
            None => line.free.push(seat),
        }
    }
}

/// One document's right to run windows, until it is stopped.
pub struct Ticket {
    turns: Arc<Turns>,
    n_windows: AtomicU64,
    stopped: AtomicBool,
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let n_windows = self.n_windows.load(Ordering::Relaxed);
        f.debug_struct("Ticket")
            .field("n_windows", &n_windows)
            .field("stopped", &self.is_stopped())
            .finish_non_exhaustive()
    }
}

impl Ticket {
    /// Ends the document's work: the window that runs is finished, no other begins.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        let line = self.turns.line();
        line.waiting.values().for_each(|ready| ready.notify_one());
    }

    /// Whether [`stop`](Self::stop) was called.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Waits for a turn and runs `batch` at its place.
    pub(super) fn run<T>(&self, batch: impl FnOnce(&Seat) -> T) -> Result<T> {
        /// Gives the place back even when a window panics.
        struct Turn<'a>(&'a Turns, Option<Arc<Seat>>);
        impl Drop for Turn<'_> {
            fn drop(&mut self) {
                self.1
                    .take()
                    .into_iter()
                    .for_each(|seat| self.0.give_back(seat));
            }
        }
        let seat = self.turns.take(self)?;
        let _turn = Turn(&self.turns, Some(Arc::clone(&seat)));
        Ok(batch(&seat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn whoever_had_least_goes_first_and_the_oldest_in_between() {
        let turns = Turns::new(1);
        let first = turns.ticket();
        let (order, seen) = mpsc::channel();
        std::thread::scope(|scope| {
            let (started, go) = (mpsc::channel(), mpsc::channel());
            let (tell, wait) = (started.0, go.1);
            let holder = Arc::clone(&first);
            scope.spawn(move || {
                let held = holder.run(|_| {
                    tell.send(()).unwrap();
                    wait.recv().unwrap();
                });
                held.unwrap();
            });
            started.1.recv().unwrap();
            // Waiting tickets with 5, 3, 1 and 0 windows behind them, in this order of arrival.
            for n in [5, 3, 1, 0] {
                let ticket = turns.ticket();
                ticket.n_windows.store(n, Ordering::Relaxed);
                let order = order.clone();
                let before = turns.line().waiting.len();
                scope.spawn(move || ticket.run(|_| order.send(n).unwrap()).unwrap());
                while turns.line().waiting.len() == before {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            go.0.send(()).unwrap();
        });
        // The fourth place given back goes to the oldest of those that wait.
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), [0, 1, 3, 5]);
        let line = turns.line();
        assert!(line.free.len() == 1 && line.waiting.is_empty() && line.granted.is_empty());
    }

    #[test]
    fn a_stopped_ticket_leaves_the_line() {
        let turns = Turns::new(1);
        let (holder, waiter) = (turns.ticket(), turns.ticket());
        holder
            .run(|_| {
                std::thread::scope(|scope| {
                    let other = Arc::clone(&waiter);
                    let waits = scope.spawn(move || other.run(|_| ()));
                    while turns.line().waiting.is_empty() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    waiter.stop();
                    assert!(matches!(waits.join().unwrap(), Err(Error::Stopped)));
                });
            })
            .unwrap();
        assert!(matches!(waiter.run(|_| ()), Err(Error::Stopped)));
        assert!(turns.line().waiting.is_empty());
        assert!(holder.run(|_| ()).is_ok());
    }

    #[test]
    fn a_panic_gives_the_place_back() {
        let turns = Turns::new(1);
        let ticket = turns.ticket();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = ticket.run(|_| panic!("a window that panics"));
        }));
        assert!(panicked.is_err());
        assert!(ticket.run(|_| ()).is_ok());
    }
}
