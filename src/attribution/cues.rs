//! Reporting verbs -> the sources and cues that the tagger passed over.
//!
//! In go a sentence's `voice` spans, the document's quotations and the verbs of speech of
//! `seeds/cues.tsv`; out come the spans with what any reader would add: a verb of speech beside a
//! quotation mark is a cue, and a pronoun right beside a cue is its source ("..., he added"). What a
//! reader would question: the list adds spans and never removes one, since the tagger has seen the
//! sentence and the list has not.

use super::quotes::quote_around;
use crate::document::{Document, Span};
use crate::encoder::WordVectors;
use crate::segment::reports_speech;
use crate::tagging::{CUE, SOURCE, Tagged};
use std::ops::Range;

/// Confidence of a span that the list adds.
const LISTED: f64 = 0.5;

/// How many words may stand between a quotation mark and its verb of speech.
const REACH: usize = 3;

/// Pronouns that can be the source of a cue.
const SUBJECTS: [&str; 5] = ["he", "i", "she", "they", "we"];

/// The spans of a sentence, in order, with the cues and sources that were passed over.
#[must_use]
pub fn complete(
    document: &Document,
    words: &WordVectors,
    voice: Vec<Tagged>,
    quotes: &[Span],
) -> Vec<Tagged> {
    let all = words.words();
    let mut voice = Voice::new(voice, all.len());
    for inside in words.words_in_each(quotes) {
        let before = inside.start.saturating_sub(REACH)..inside.start;
        let after = inside.end..(inside.end + REACH).min(all.len());
        let near = after.chain(before.rev());
        let verbs = near.filter(|&i| {
            quote_around(quotes, all[i]).is_none() && reports_speech(&lower(document, all[i]))
        });
        for i in verbs {
            // Beside a cue that is there already, the verb belongs to it or to something else.
            if !voice.has_cue(i.saturating_sub(REACH)..i + 1 + REACH) {
                voice.add(CUE, i);
            }
        }
    }
    let cues: Vec<Range<usize>> = voice
        .spans
        .iter()
        .filter(|span| span.kind == CUE)
        .map(|span| span.words.clone())
        .collect();
    for cue in cues {
        let subject = |&i: &usize| {
            all.get(i)
                .is_some_and(|&word| SUBJECTS.contains(&lower(document, word).as_str()))
        };
        // After its verb a pronoun mostly begins what is said ("said he would"), unless a clause ends.
        let ends = |i: usize| {
            all.get(i + 1)
                .is_none_or(|&word| [",", "."].contains(&document.slice(word)))
        };
        let before = cue.start.checked_sub(1).filter(subject);
        let pronoun = before.or_else(|| Some(cue.end).filter(subject).filter(|&i| ends(i)));
        if let Some(i) = pronoun {
            voice.add(SOURCE, i);
        }
    }
    voice.spans.sort_by_key(|span| span.words.start);
    voice.spans
}

fn lower(document: &Document, word: Span) -> String {
    document.slice(word).to_lowercase()
}

/// Spans that grow by single words.
struct Voice {
    spans: Vec<Tagged>,
    /// The kind of the span that holds a word, for each word: a look at the word, and not at all spans.
    kinds: Vec<Option<usize>>,
}

impl Voice {
    fn new(spans: Vec<Tagged>, n_words: usize) -> Self {
        let mut kinds = vec![None; n_words];
        for span in &spans {
            if let Some(held) = kinds.get_mut(span.words.clone()) {
                held.fill(Some(span.kind));
            }
        }
        Self { spans, kinds }
    }

    /// Whether a cue holds one of some words; they may reach beyond the last one.
    fn has_cue(&self, words: Range<usize>) -> bool {
        let end = words.end.min(self.kinds.len());
        self.kinds[words.start..end].contains(&Some(CUE))
    }

    /// Adds a word as a span of its own unless another span holds it.
    fn add(&mut self, kind: usize, word: usize) {
        if let Some(free @ None) = self.kinds.get_mut(word) {
            *free = Some(kind);
            self.spans.push(Tagged {
                kind,
                words: word..word + 1,
                confidence: LISTED,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tagging::meet;
    use proptest::prelude::*;

    proptest! {
        /// Looking at a word tells what asking all spans would.
        #[test]
        fn words_know_their_spans(
            steps in proptest::collection::vec((0usize..3, 1usize..4, 0usize..2), 0..20),
            added in proptest::collection::vec((0usize..60, 0usize..2), 0..40),
        ) {
            let mut asked: Vec<Tagged> = Vec::new();
            for (skip, len, kind) in steps {
                let start = asked.last().map_or(0, |span| span.words.end) + skip;
                let words = start..start + len;
                asked.push(Tagged { kind, words, confidence: 0.9 });
            }
            let n_words = asked.last().map_or(0, |span| span.words.end).max(60);
            let mut voice = Voice::new(asked.clone(), n_words);
            for (word, kind) in added {
                let reach = word.saturating_sub(REACH)..word + 1 + REACH;
                let mut cues = asked.iter().filter(|span| span.kind == CUE);
                prop_assert_eq!(
                    voice.has_cue(reach.clone()),
                    cues.any(|span| meet(&span.words, &reach))
                );
                let words = word..word + 1;
                if asked.iter().all(|span| !meet(&span.words, &words)) {
                    asked.push(Tagged { kind, words, confidence: LISTED });
                }
                voice.add(kind, word);
                prop_assert_eq!(&voice.spans, &asked);
            }
        }
    }
}
