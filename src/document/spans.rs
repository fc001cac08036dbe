//! Many spans, to be searched.
//!
//! In go spans, each with a number; out come the numbers of those around a span, or of those on it.
//! What a reader would question: they are a tree and no sorted list. A speech without a full stop is
//! one sentence of thousands of spans, and one of them may be around all others.

use super::Span;
use std::ops::Range;

/// Any spans, each with a number, to be searched.
///
/// They are a tree: the middle one of a stretch is its root, and the stretches on either side are below it.
/// So one that is around all others does not make a search pass by all of them.
#[derive(Debug)]
pub(crate) struct Spans {
    /// Sorted by span, then by number.
    all: Vec<(Span, usize)>,
    /// For each span, the furthest end within the stretch that it is the root of.
    furthest: Vec<usize>,
}

impl Spans {
    pub(crate) fn new(mut all: Vec<(Span, usize)>) -> Self {
        all.sort_unstable();
        let n = all.len();
        let furthest = vec![0; n];
        let mut spans = Self { all, furthest };
        spans.measure(0..n);
        spans
    }

    /// The numbers of those that contain a span, in order, none twice.
    pub(crate) fn around(&self, span: Span) -> Vec<usize> {
        let around = self.reaching(span.start(), span.end());
        let mut numbers: Vec<usize> = around.map(|(_, number)| number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The numbers of those that share a byte with a span, in order of their spans.
    pub(crate) fn on(&self, span: Span) -> impl Iterator<Item = usize> {
        self.reaching(span.end().saturating_sub(1), span.start() + 1)
            .filter(move |(other, _)| other.overlaps(span))
            .map(|(_, number)| number)
    }

    /// Those that start at `start` or before it and end at `end` or behind it, in order. Each costs the
    /// logarithm of all.
    fn reaching(&self, start: usize, end: usize) -> impl Iterator<Item = (Span, usize)> {
        let next = move |from: usize| self.first(0..self.all.len(), from, end);
        std::iter::successors(next(0), move |at| next(at + 1))
            .map(|at| self.all[at])
            .take_while(move |(span, _)| span.start() <= start)
    }

    /// The first of a stretch, but not before `from`, that ends at `end` or behind it.
    fn first(&self, stretch: Range<usize>, from: usize, end: usize) -> Option<usize> {
        let root = middle(&stretch);
        if stretch.is_empty() || stretch.end <= from || self.furthest[root] < end {
            return None;
        }
        self.first(stretch.start..root, from, end)
            .or_else(|| (from <= root && end <= self.all[root].0.end()).then_some(root))
            .or_else(|| self.first(root + 1..stretch.end, from, end))
    }

    /// Fills in the furthest ends of a stretch, and gives that of all of it.
    fn measure(&mut self, stretch: Range<usize>) -> usize {
        if stretch.is_empty() {
            return 0;
        }
        let root = middle(&stretch);
        let before = self.measure(stretch.start..root);
        let behind = self.measure(root + 1..stretch.end);
        self.furthest[root] = self.all[root].0.end().max(before).max(behind);
        self.furthest[root]
    }
}

fn middle(stretch: &Range<usize>) -> usize {
    stretch.start + stretch.len() / 2
}

/// Any span of 60 bytes, mostly short, often empty or with an end in common with others; for tests.
#[cfg(test)]
pub(crate) fn any_span() -> impl proptest::strategy::Strategy<Value = Span> {
    use proptest::prelude::*;
    let len = prop_oneof![6 => 0usize..6, 1 => 0usize..40];
    (0usize..20, len).prop_map(|(start, len)| Span::raw(start, start + len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A search in the tree finds what asking all spans does, in the same order.
        #[test]
        fn searching_finds_as_asking_all_does(
            all in proptest::collection::vec((any_span(), 0usize..20), 0..40), asked in any_span(),
        ) {
            let spans = Spans::new(all.clone());
            let mut sorted = all;
            sorted.sort_unstable();
            let on = sorted.iter().filter(|(span, _)| span.overlaps(asked));
            let on: Vec<_> = on.map(|&(_, number)| number).collect();
            prop_assert_eq!(spans.on(asked).collect::<Vec<_>>(), on);
            let around = sorted.iter().filter(|(span, _)| span.contains(asked));
            let around: std::collections::BTreeSet<_> = around.map(|&(_, number)| number).collect();
            prop_assert_eq!(spans.around(asked), Vec::from_iter(around));
        }
    }

    #[test]
    fn a_sentence_of_thousands_of_spans_is_searched() {
        let word = |i: usize| Span::raw(2 * i, 2 * i + 1);
        let all = (0..20_000).map(|i| (word(i), i));
        // One is around all others.
        let spans = Spans::new(all.chain([(Span::raw(0, 40_000), 20_000)]).collect());
        for i in 0..20_000 {
            assert_eq!(spans.around(word(i)), [i, 20_000]);
            assert_eq!(spans.on(word(i)).count(), 2);
        }
    }
}
