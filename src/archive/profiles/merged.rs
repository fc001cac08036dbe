//! Sorted streams of profiles -> one, each pair once.
//!
//! What a reader would question: one profile of each stream is held and no more, since an archive can name more pairs
//! than memory holds. So a stream that is not sorted is an error, and not sorted here.

use super::{Pair, PairSums};
use crate::error::{Error, Result};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A sorted stream of profiles.
pub type Stream = Box<dyn Iterator<Item = Result<PairSums>>>;

/// Profiles of several sorted streams, each pair once, sorted.
pub struct Merged {
    streams: Vec<Stream>,
    /// The next profile of each stream that has one.
    heads: Vec<Option<PairSums>>,
    order: BinaryHeap<Reverse<(Pair, usize)>>,
}

impl Merged {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// Those of the streams.
    pub fn new(streams: Vec<Stream>) -> Result<Self> {
        let mut merged = Self {
            heads: streams.iter().map(|_| None).collect(),
            streams,
            order: BinaryHeap::new(),
        };
        (0..merged.streams.len()).try_for_each(|stream| merged.advance(stream))?;
        Ok(merged)
    }

    /// Reads the next profile of a stream.
    fn advance(&mut self, stream: usize) -> Result<()> {
        let (Some(from), Some(head)) = (self.streams.get_mut(stream), self.heads.get_mut(stream))
        else {
            return Ok(());
        };
        if let Some(next) = from.next().transpose()? {
            self.order.push(Reverse((next.pair.clone(), stream)));
            *head = Some(next);
        }
        Ok(())
    }

    /// The stream's next profile that is not yet merged.
    fn take(&mut self, stream: usize, pair: &Pair) -> Result<Option<PairSums>> {
        let taken = self.heads.get_mut(stream).and_then(Option::take);
        self.advance(stream)?;
        let head = self.heads.get(stream).and_then(Option::as_ref);
        if head.is_some_and(|head| head.pair < *pair) {
            return Err(Error::Invalid {
                field: "profiles".to_owned(),
                message: format!("are not sorted by speaker, actor and period after {pair:?}"),
            });
        }
        Ok(taken)
    }
}

impl Iterator for Merged {
    type Item = Result<PairSums>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut merged: Option<PairSums> = None;
        loop {
            let same = match (self.order.peek(), &merged) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(Reverse((pair, _))), Some(merged)) => *pair == merged.pair,
            };
            if !same {
                return merged.map(Ok);
            }
            let Reverse((pair, stream)) = self.order.pop()?;
            match (self.take(stream, &pair), &mut merged) {
                (Err(error), _) => return Some(Err(error)),
                (Ok(None), _) => {}
                (Ok(Some(one)), None) => merged = Some(one),
                (Ok(Some(one)), Some(merged)) => merged.merge(one),
            }
        }
    }
}
