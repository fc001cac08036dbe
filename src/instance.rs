//! The join: which holders could take a stand on a target, and what is known of each pair.
//!
//! In go the mentions and attributions of one sentence; out come the candidate holders of a target
//! and the [`Features`] a stance head reads. Training and scoring both build their rows here, so
//! that a head is never asked about something it was not fitted on. What a reader would question:
//! candidates are generous (every holder of the sentence, the running speaker, the narrator), since
//! the class none of the stance heads decides whose stance it is. A speech without a full stop is one
//! sentence of thousands of holders and attributions: they are searched, and not asked one by one.

use crate::attribution::quotes::quote_around;
use crate::attribution::{Attribution, Places};
use crate::document::{Document, Span};
use crate::encoder::WordVectors;
use crate::stance::{Features, HolderKind, PLAIN, StanceScore};
use crate::tagging::gap;
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
            Some(words) => (
                pair.target.start < words.start,
                gap(words, pair.target).min(30) as f32 / 30.0,
                is_parted(words, pair.target, self.holders),
            ),
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
    use proptest::prelude::*;

    proptest! {
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
}
