//! The join: which holders could take a stand on a target, and what is known of each pair.
//!
//! In go the mentions and attributions of one sentence; out come the candidate holders of a target
//! and the [`Features`] a stance head reads. Training and scoring both build their rows here, so
//! that a head is never asked about something it was not fitted on. What a reader would question:
//! candidates are generous (every holder of the sentence, the running speaker, the narrator), since
//! the class none of the stance heads decides whose stance it is. A speech without a full stop is one
//! sentence of thousands of holders and attributions: they are searched, and not asked one by one.

use crate::attribution::Attribution;
use crate::attribution::quotes::quote_around;
use crate::document::{Document, Span};
use crate::encoder::WordVectors;
use crate::stance::{Features, HolderKind, PLAIN, StanceScore};
use std::ops::Range;

/// Words that turn what follows them. Lower case, sorted.
const NEGATIONS: [&str; 14] = [
    "barely", "denied", "denies", "deny", "hardly", "neither", "never", "no", "nobody", "none",
    "nor", "not", "refused", "without",
];

/// How far before a target a negation counts, in words.
const NEGATION_REACH: usize = 8;

/// A holder as a candidate for a target.
#[derive(Debug, Clone, PartialEq)]
pub enum Candidate {
    /// A mention in the sentence, by its words.
    Named(Range<usize>),
    /// Whoever speaks the sentence without being in it.
    Implicit,
    /// The narrator.
    Author,
}

impl Candidate {
    /// The kind of holder.
    #[must_use]
    pub fn kind(&self) -> HolderKind {
        match self {
            Candidate::Named(_) => HolderKind::Named,
            Candidate::Implicit => HolderKind::Implicit,
            Candidate::Author => HolderKind::Author,
        }
    }
}

/// What is known of a sentence before its instances are scored.
#[derive(Debug)]
pub struct Context<'a> {
    /// The document.
    pub document: &'a Document,
    /// Number of the sentence.
    pub sentence: usize,
    /// Its words and their vectors.
    pub words: &'a WordVectors,
    /// The words of every holder mention in it, in order.
    pub holders: &'a [Range<usize>],
    /// The attributions that touch it.
    pub attributions: &'a [&'a Attribution],
    /// The quotations of the document, sorted.
    pub quotes: &'a [Span],
}

/// A pair of mentions and what else the features need to know of them.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// Words of the target.
    pub target: &'a Range<usize>,
    /// The candidate holder.
    pub holder: &'a Candidate,
    /// Whether target and holder are the same actor.
    pub same_actor: bool,
}

/// Where the attributions of a sentence stand in it. They are told by their index in the list that it is
/// made of.
#[derive(Debug)]
pub(crate) struct Places {
    contents: Spans,
    sources: Spans,
    /// Whether one has its source in another sentence, or has none.
    unheard: bool,
}

impl Places {
    pub(crate) fn new(sentence: usize, attributions: &[&Attribution]) -> Self {
        let (mut contents, mut sources) = (Vec::new(), Vec::new());
        for (at, attribution) in attributions.iter().enumerate() {
            // In order of the text; one quotation may have contents in thousands of sentences.
            let all = &attribution.contents;
            let first = all.partition_point(|content| content.sentence < sentence);
            let own = all[first..].iter().take_while(|c| c.sentence == sentence);
            contents.extend(own.map(|content| (content.span, at)));
            let source = attribution.source.filter(|&(s, _)| s == sentence);
            sources.extend(source.map(|(_, span)| (span, at)));
        }
        Self {
            contents: Spans::new(contents),
            unheard: sources.len() < attributions.len(),
            sources: Spans::new(sources),
        }
    }

    /// The attributions with a content around a span, in order.
    pub(crate) fn around(&self, span: Span) -> Vec<usize> {
        self.contents.around(span)
    }

    /// Whether an attribution has its source on a span.
    fn has_source_on(&self, span: Span) -> bool {
        self.sources.on(span).next().is_some()
    }
}

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

impl Context<'_> {
    /// The span of a range of words.
    #[must_use]
    pub fn span(&self, words: &Range<usize>) -> Span {
        let all = self.words.words();
        match (
            all.get(words.start),
            words.end.checked_sub(1).and_then(|last| all.get(last)),
        ) {
            (Some(first), Some(last)) if first.start() <= last.end() => first.cover(*last),
            _ => Span::raw(0, 0),
        }
    }

    /// What a stance head reads of a pair;
    /// `places` are those of the sentence's attributions, the same for all its pairs.
    pub(crate) fn features(&self, places: &Places, pair: Pair<'_>) -> Features {
        let target = self.span(pair.target);
        let holder = match pair.holder {
            Candidate::Named(words) => Some(words.clone()),
            Candidate::Implicit | Candidate::Author => None,
        };
        let source_is = |attribution: &Attribution| match (&holder, attribution.source) {
            (Some(words), Some((sentence, source))) => {
                sentence == self.sentence && self.span(words).overlaps(source)
            }
            (None, _) => {
                *pair.holder == Candidate::Implicit && !attribution.speaks_in(self.sentence)
            }
            (Some(_), None) => false,
        };
        let around = places.around(target);
        let is_own = |&&at: &&usize| source_is(self.attributions[at]);
        let (depth, n_own) = (around.len(), around.iter().filter(is_own).count());
        let is_source = match pair.holder {
            Candidate::Named(words) => places.has_source_on(self.span(words)),
            Candidate::Implicit => places.unheard,
            Candidate::Author => false,
        };
        let (before, distance, between) = match &holder {
            Some(words) => {
                let gap = words
                    .start
                    .saturating_sub(pair.target.end)
                    .max(pair.target.start.saturating_sub(words.end));
                (
                    pair.target.start < words.start,
                    gap.min(30) as f32 / 30.0,
                    is_parted(words, pair.target, self.holders),
                )
            }
            None => (false, 0.0, !self.holders.is_empty()),
        };
        let flag = |condition: bool| f32::from(u8::from(condition));
        let plain: [f32; PLAIN.len()] = [
            flag(self.negated(pair.target)),
            flag(quote_around(self.quotes, target).is_some()),
            flag(n_own > 0),
            flag(n_own < depth),
            depth.min(3) as f32 / 3.0,
            flag(is_source),
            flag(before),
            distance,
            flag(between),
            flag(pair.same_actor),
            flag(holder.as_ref().is_some_and(|words| self.is_pronoun(words))),
            flag(self.is_pronoun(pair.target)),
        ];
        Features {
            target: pair.target.clone(),
            holder,
            plain,
        }
    }

    /// Whether a negation stands shortly before the target.
    fn negated(&self, target: &Range<usize>) -> bool {
        let words = self.words.words();
        (target.start.saturating_sub(NEGATION_REACH)..target.start).any(|i| {
            let word = self.document.slice(words[i]).to_lowercase();
            // The tokenizer cuts "didn't" into "didn", "'" and "t".
            let clipped = word == "t" && i >= 2 && self.document.slice(words[i - 2]).ends_with('n');
            clipped || NEGATIONS.binary_search(&word.as_str()).is_ok()
        })
    }

    fn is_pronoun(&self, words: &Range<usize>) -> bool {
        crate::actors::Pronoun::of(self.document.slice(self.span(words))).is_some()
    }
}

/// Whether another holder stands between a holder and a target; `holders` are in order. Those that the
/// search passes by begin between and end behind: no more than nest in each other there.
fn is_parted(holder: &Range<usize>, target: &Range<usize>, holders: &[Range<usize>]) -> bool {
    let (low, high) = (holder.end.min(target.end), holder.start.max(target.start));
    let first = holders.partition_point(|other| other.start < low);
    let behind = holders[first..].iter();
    let mut near = behind.take_while(|other| other.start <= high);
    near.any(|other| other.end <= high && other != holder)
}

/// A holder, a target and a sentence, scored.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// Number of the sentence.
    pub sentence: usize,
    /// How the holder shows.
    pub kind: HolderKind,
    /// Number of the speaker in the analysis; none for the narrator.
    pub speaker: Option<usize>,
    /// Number of the actor in the analysis.
    pub actor: usize,
    /// The target's span.
    pub target: Span,
    /// The holder's span, when the sentence mentions it.
    pub holder: Option<Span>,
    /// Whether the target stands in quotation marks.
    pub quoted: bool,
    /// How many attributions hold the target.
    pub depth: usize,
    /// Its probabilities.
    pub score: StanceScore,
    /// Why, when it was asked for.
    pub explanation: Option<crate::stance::Explanation>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::{AttributionKind, Content};
    use proptest::prelude::*;

    /// Any span of 60 bytes, mostly short, often empty or with an end in common with others.
    fn span() -> impl Strategy<Value = Span> {
        let len = prop_oneof![6 => 0usize..6, 1 => 0usize..40];
        (0usize..20, len).prop_map(|(start, len)| Span::raw(start, start + len))
    }

    /// Attributions with sources and contents in three sentences, wherever they stand.
    fn attributions() -> impl Strategy<Value = Vec<Attribution>> {
        let content = (0usize..3, span());
        let contents = proptest::collection::vec(content, 1..5);
        let one = (proptest::option::of((0usize..3, span())), contents);
        let one = one.prop_map(|(source, mut contents)| {
            contents.sort_by_key(|&(sentence, _)| sentence);
            let content = |(sentence, span)| Content { sentence, span };
            Attribution {
                source,
                cue: None,
                contents: contents.into_iter().map(content).collect(),
                kind: AttributionKind::Indirect,
                confidence: 0.9,
            }
        });
        proptest::collection::vec(one, 0..12)
    }

    proptest! {
        /// A search in the tree finds what asking all spans does, in the same order.
        #[test]
        fn searching_finds_as_asking_all_does(
            all in proptest::collection::vec((span(), 0usize..20), 0..40), asked in span(),
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

        /// Places tell what asking every attribution would.
        #[test]
        fn places_are_those_of_all_attributions(all in attributions(), asked in span()) {
            let all: Vec<&Attribution> = all.iter().collect();
            for sentence in 0..3 {
                let places = Places::new(sentence, &all);
                let covering = (0..all.len()).filter(|&at| all[at].covers(sentence, asked));
                prop_assert_eq!(places.around(asked), covering.collect::<Vec<_>>());
                let on = |(s, source): (usize, Span)| s == sentence && asked.overlaps(source);
                let speaks = all.iter().any(|a| a.source.is_some_and(on));
                prop_assert_eq!(places.has_source_on(asked), speaks);
                prop_assert_eq!(places.unheard, all.iter().any(|a| !a.speaks_in(sentence)));
            }
        }

        /// Holders between are found as by asking all of them.
        #[test]
        fn holders_between_are_found(
            all in proptest::collection::btree_set((0usize..20, 1usize..8), 0..12),
            (start, len) in (0usize..20, 1usize..8),
        ) {
            let target = start..start + len;
            let holders: Vec<_> = all.iter().map(|&(start, len)| start..start + len).collect();
            for holder in &holders {
                let asked = holders.iter().any(|other| {
                    other.start >= holder.end.min(target.end)
                        && other.end <= holder.start.max(target.start)
                        && other != holder
                });
                prop_assert_eq!(is_parted(holder, &target, &holders), asked);
            }
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
