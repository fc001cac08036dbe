//! Reporting verbs -> the sources and cues that the tagger passed over.
//!
//! In go a sentence's `voice` spans, the document's quotations and the verbs of `seeds/cues.tsv`;
//! out come the spans with what any reader would add: a verb of speech beside a quotation mark is a
//! cue, and a pronoun right beside a cue is its source ("..., he added"). What a reader would
//! question: the list adds spans and never removes one, since the tagger has seen the sentence and
//! the list has not.

use super::quotes::quote_around;
use crate::document::{Document, Span};
use crate::encoder::WordVectors;
use crate::tagging::{CUE, SOURCE, Tagged, meet};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

/// Confidence of a span that the list adds.
const LISTED: f64 = 0.5;

/// How many words may stand between a quotation mark and its verb of speech.
const REACH: usize = 3;

/// Pronouns that can be the source of a cue.
const SUBJECTS: [&str; 5] = ["he", "i", "she", "they", "we"];

/// Single words that report speech, in lower case.
static SPEECH: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../seeds/cues.tsv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split('\t').skip(1);
            let forms = cells.next()?;
            (cells.nth(1)? == "speech").then_some(forms)
        })
        .flat_map(|forms| forms.split('|'))
        .filter(|form| !form.contains(' '))
        .collect()
});

/// The spans of a sentence, in order, with the cues and sources that were passed over.
#[must_use]
pub fn complete(
    document: &Document,
    words: &WordVectors,
    mut voice: Vec<Tagged>,
    quotes: &[Span],
) -> Vec<Tagged> {
    let all = words.words();
    for inside in words.words_in_each(quotes) {
        let before = inside.start.saturating_sub(REACH)..inside.start;
        let after = inside.end..(inside.end + REACH).min(all.len());
        let near = after.chain(before.rev());
        let verbs = near.filter(|&i| {
            quote_around(quotes, all[i]).is_none()
                && SPEECH.contains(lower(document, all[i]).as_str())
        });
        for i in verbs {
            // Beside a cue that is there already, the verb belongs to it or to something else.
            let reach = i.saturating_sub(REACH)..i + 1 + REACH;
            if !voice
                .iter()
                .any(|span| span.kind == CUE && meet(&span.words, &reach))
            {
                add(&mut voice, CUE, i);
            }
        }
    }
    let cues: Vec<Range<usize>> = voice
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
            add(&mut voice, SOURCE, i);
        }
    }
    voice.sort_by_key(|span| span.words.start);
    voice
}

fn lower(document: &Document, word: Span) -> String {
    document.slice(word).to_lowercase()
}

/// Adds a word as a span of its own unless another span holds it.
fn add(voice: &mut Vec<Tagged>, kind: usize, word: usize) {
    let words = word..word + 1;
    if voice.iter().all(|span| !meet(&span.words, &words)) {
        voice.push(Tagged {
            kind,
            words,
            confidence: LISTED,
        });
    }
}
