//! Spans of a sentence that overlap -> one mention each.
//!
//! In go the spans of a sentence as they are found, tagged or listed; out come candidates of which any two nest or share no
//! word, none twice. What overlaps without nesting is one mention, with the roles of all. What a reader would question: the
//! candidates are indexed by where they begin and where they end, since a speech without a full stop is one sentence of
//! thousands of names.

use super::{Found, entity_of, whole};
use crate::actors::Candidate;
use crate::document::Span;
use crate::scorer::ragged::trimmed;
use crate::tagging::Tagged;
use std::collections::BTreeMap;
use std::ops::Range;

/// Confidence of a mention that a list gives and no tagger found.
const LISTED: f64 = 1.0;

/// The candidates of a sentence as they are found. Any two nest or share no word, and no two are the
/// same; so those that a span of words cuts into, or is, begin or end within it.
pub(super) struct Local<'a> {
    sentence: usize,
    words: &'a [Span],
    entities: &'a [Tagged],
    /// Whether each word is one that no mention ends with.
    hanging: &'a [bool],
    pub(super) found: Vec<Found>,
    /// Indices into `found` by first word and end.
    by_start: BTreeMap<(usize, usize), usize>,
    /// Indices into `found` by end and first word.
    by_end: BTreeMap<(usize, usize), usize>,
    depths: Depths,
}

impl<'a> Local<'a> {
    pub(super) fn new(
        sentence: usize,
        words: &'a [Span],
        entities: &'a [Tagged],
        hanging: &'a [bool],
    ) -> Self {
        Self {
            sentence,
            words,
            entities,
            hanging,
            found: Vec::new(),
            by_start: BTreeMap::new(),
            by_end: BTreeMap::new(),
            depths: Depths(vec![0; words.len()]),
        }
    }

    /// Adds listed names that share no word with a target.
    pub(super) fn add_listed(&mut self, names: Vec<Range<usize>>) {
        let mut targeted = vec![false; self.words.len()];
        for found in self.found.iter().filter(|found| found.is_target) {
            targeted[found.words.clone()].fill(true);
        }
        for name in names {
            if !name.is_empty() && !targeted[name.clone()].contains(&true) {
                let words = self.add(name, LISTED, true);
                targeted[words].fill(true);
            }
        }
    }

    /// Adds a span of words, and gives the words of the candidate that it became.
    pub(super) fn add(
        &mut self,
        words: Range<usize>,
        confidence: f64,
        is_target: bool,
    ) -> Range<usize> {
        let mut words = trimmed(self.hanging, &whole(self.entities, words));
        let entity = entity_of(self.entities, &words);
        // What overlaps without nesting is one mention.
        while let Some(at) = self.first_cut(&words) {
            let other = self.remove(at);
            let both = union(&words, &other.words);
            if other.words == words || !self.meets(&both) {
                return self.push(Found {
                    candidate: Candidate {
                        span: self.span(&both),
                        sentence: self.sentence,
                        entity: other.candidate.entity.or(entity),
                        confidence: other.candidate.confidence.max(confidence),
                    },
                    words: both,
                    is_target: other.is_target || is_target,
                    is_holder: other.is_holder || !is_target,
                });
            }
            words = both;
        }
        self.push(Found {
            candidate: Candidate {
                span: self.span(&words),
                sentence: self.sentence,
                entity,
                confidence,
            },
            words,
            is_target,
            is_holder: !is_target,
        })
    }

    fn span(&self, words: &Range<usize>) -> Span {
        self.words[words.start].cover(self.words[words.end - 1])
    }

    /// The first candidate that is these words, or overlaps them without nesting.
    fn first_cut(&self, words: &Range<usize>) -> Option<usize> {
        let begun = self.by_start.range((words.start, 0)..(words.end, 0));
        let ended = self.by_end.range((words.start + 1, 0)..(words.end + 1, 0));
        let cut = |at: &usize| {
            let other = &self.found[*at].words;
            other == words || !nested(other, words)
        };
        begun.chain(ended).map(|(_, &at)| at).filter(cut).min()
    }

    /// Whether a candidate shares a word with these words.
    fn meets(&self, words: &Range<usize>) -> bool {
        let mut begun = self.by_start.range((words.start, 0)..(words.end, 0));
        begun.next().is_some() || self.depths.of(words.start) > 0
    }

    fn push(&mut self, found: Found) -> Range<usize> {
        let words = found.words.clone();
        self.depths.add(&words, 1);
        self.found.push(found);
        self.index(self.found.len() - 1);
        words
    }

    /// Takes a candidate out; the last one gets its index.
    fn remove(&mut self, at: usize) -> Found {
        let gone = self.found.swap_remove(at);
        let Range { start, end } = gone.words;
        self.by_start.remove(&(start, end));
        self.by_end.remove(&(end, start));
        self.depths.add(&gone.words, -1);
        if at < self.found.len() {
            self.index(at);
        }
        gone
    }

    fn index(&mut self, at: usize) {
        let Range { start, end } = self.found[at].words;
        self.by_start.insert((start, end), at);
        self.by_end.insert((end, start), at);
    }
}

/// How many ranges hold each word: a Fenwick tree of where they begin and end, so that neither a long
/// range nor many cost more than the logarithm of the words.
struct Depths(Vec<i32>);

impl Depths {
    fn add(&mut self, words: &Range<usize>, by: i32) {
        for (mut at, by) in [(words.start, by), (words.end, -by)] {
            while let Some(sum) = self.0.get_mut(at) {
                *sum += by;
                at |= at + 1;
            }
        }
    }

    fn of(&self, word: usize) -> i32 {
        let mut depth = 0;
        let mut end = word + 1;
        while end > 0 {
            depth += self.0[end - 1];
            end &= end - 1;
        }
        depth
    }
}

fn nested(a: &Range<usize>, b: &Range<usize>) -> bool {
    (a.start <= b.start && b.end <= a.end) || (b.start <= a.start && a.end <= b.end)
}

/// The words of two ranges and those between.
pub(super) fn union(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    a.start.min(b.start)..a.end.max(b.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tagging::{meet, spans_of_steps as spans};
    use proptest::prelude::*;

    /// Words of one letter and the spaces between.
    fn letters(n: usize) -> Vec<Span> {
        (0..n).map(|i| Span::raw(2 * i, 2 * i + 1)).collect()
    }

    /// Adds a span by asking all entities and all candidates.
    fn add_by_asking_all(
        local: &mut Vec<Found>,
        all: &[Span],
        entities: &[Tagged],
        (mut words, confidence, is_target): (Range<usize>, f64, bool),
    ) {
        for entity in entities.iter().filter(|entity| entity.kind < 2) {
            if meet(&entity.words, &words) {
                words = union(&words, &entity.words);
            }
        }
        let mut within = entities.iter();
        let head = within.find(|e| e.words.start < words.end && words.end <= e.words.end);
        let found = |words: &Range<usize>| Found {
            candidate: Candidate {
                span: all[words.start].cover(all[words.end - 1]),
                sentence: 7,
                entity: head.and_then(|head| entity_of(std::slice::from_ref(head), &head.words)),
                confidence,
            },
            words: words.clone(),
            is_target,
            is_holder: !is_target,
        };
        while let Some(at) = local.iter().position(|found| {
            meet(&found.words, &words) && (found.words == words || !nested(&found.words, &words))
        }) {
            let other = local.swap_remove(at);
            let mut merged = found(&union(&words, &other.words));
            let (new, old) = (&mut merged.candidate, &other.candidate);
            new.entity = old.entity.or(new.entity);
            new.confidence = old.confidence.max(new.confidence);
            merged.is_target |= other.is_target;
            merged.is_holder |= other.is_holder;
            if other.words == words || local.iter().all(|f| !meet(&f.words, &merged.words)) {
                local.push(merged);
                return;
            }
            words = merged.words;
        }
        local.push(found(&words));
    }

    proptest! {
        /// Searching finds the same candidates, even in the same order, as asking all of them.
        #[test]
        fn searching_merges_as_asking_all_does(
            entities in proptest::collection::vec((0usize..4, 1usize..5, 0usize..4), 0..12),
            added in proptest::collection::vec((0usize..50, 1usize..9, any::<bool>()), 0..30),
            listed in proptest::collection::vec((0usize..6, 1usize..4, 0usize..1), 0..12),
        ) {
            let (words, entities) = (letters(100), spans(&entities));
            let mut local = Local::new(7, &words, &entities, &[]);
            let mut asked = Vec::new();
            for (i, &(start, len, is_target)) in added.iter().enumerate() {
                let (tagged, confidence) = (start..start + len, i as f64 / 30.0);
                local.add(tagged.clone(), confidence, is_target);
                add_by_asking_all(&mut asked, &words, &entities, (tagged, confidence, is_target));
                prop_assert_eq!(format!("{:?}", local.found), format!("{:?}", asked));
            }
            let names: Vec<_> = spans(&listed).into_iter().map(|span| span.words).collect();
            for name in names.clone() {
                if asked.iter().all(|found| !found.is_target || !meet(&found.words, &name)) {
                    add_by_asking_all(&mut asked, &words, &entities, (name, LISTED, true));
                }
            }
            local.add_listed(names);
            prop_assert_eq!(format!("{:?}", local.found), format!("{:?}", asked));
        }
    }

    #[test]
    fn a_whole_name_ends_with_no_hanging_word() {
        let (words, entities) = (letters(6), spans(&[(0, 4, 0)]));
        let hanging = [false, false, false, true, false, false];
        let mut local = Local::new(7, &words, &entities, &hanging);
        assert_eq!(local.add(1..2, 0.5, true), 0..3);
    }

    #[test]
    fn a_sentence_of_thousands_of_names_is_read() {
        let names = spans(&[(1, 1, 0)].repeat(10_000));
        let words = letters(20_000);
        let mut local = Local::new(0, &words, &names, &[]);
        local.add(0..20_000, 0.9, true);
        for name in &names {
            local.add(name.words.clone(), 0.5, false);
        }
        assert_eq!(local.found.len(), 10_001);
        assert!(local.found[1..].iter().all(|found| found.words.len() == 1));
    }
}
