//! Words of stance -> holders and targets that no tagger found.
//!
//! In go the candidates of a document and its reading; out come the same candidates and a few more: who is told to do
//! something to somebody that is a stance in itself ("Maar praised Ruiz", "criticism from Maar") may be a holder, and the
//! pronoun that it is done to ("attacked him") a target. What a reader would question: they are only candidates, and the
//! stance heads still say whether there is a stance. Not all names are, since the heads have hardly seen such ones and
//! their class none does not throw out enough of them.

mod clauses;
mod lexicon;
mod nouns;
mod sentence;

use super::mentions::{Found, type_of};
use crate::actors::Candidate;
use crate::document::{Document, Span};
use crate::reading::Reading;
use crate::tagging::Layer;
use sentence::{OBJECTS, OWNERS, Role, Sentence, Who};
use std::collections::BTreeMap;
use std::ops::Range;

/// Confidence of a mention that no tagger found.
const TOLD: f64 = 0.5;

/// The listed names, and with them the pronouns that may become mentions here, so that a reading keeps their words;
/// sorted, without overlap, as the names are.
pub(super) fn with_objects(document: &Document, listed: &[Span]) -> Vec<Span> {
    let not_word = |c: char| !c.is_alphanumeric();
    let mut all = listed.to_vec();
    let mut at = 0;
    for piece in document.text().split_inclusive(not_word) {
        let word = piece.trim_end_matches(not_word);
        let is_any = |pronoun: &&str| word.eq_ignore_ascii_case(pronoun);
        if OBJECTS.iter().any(is_any) || OWNERS.iter().any(is_any) {
            let span = Span::raw(at, at + word.len());
            let next = listed.partition_point(|name| name.end() <= span.start());
            if listed.get(next).is_none_or(|name| !name.overlaps(span)) {
                all.push(span);
            }
        }
        at += piece.len();
    }
    all.sort();
    all
}

/// Makes candidates of those who are told to do something that is a stance, and of the pronouns it is done to; `found`
/// is sorted by span before and after.
pub(super) fn add(document: &Document, reading: &Reading, found: &mut Vec<Found>) {
    let mut new = Vec::new();
    let mut from = 0;
    for (sentence, words) in reading.words.iter().enumerate() {
        let behind = found.iter().skip(from);
        let n = behind
            .take_while(|f| f.candidate.sentence == sentence)
            .count();
        let Some(local) = found.get_mut(from..from + n) else {
            break;
        };
        from += n;
        let entities = reading.tagged(Layer::Entity, sentence);
        let covered = covered(local, words.len());
        let free = |range: &Range<usize>| {
            let inside = covered.get(range.clone());
            inside.is_some_and(|inside| !inside.contains(&true))
        };
        let unfound: Vec<_> = entities.iter().filter(|e| free(&e.words)).collect();
        let names = local.iter().map(|f| &f.words);
        let names = names.chain(unfound.iter().map(|e| &e.words)).cloned();
        let surfaces = words.words().iter().map(|&word| document.slice(word));
        let told = Sentence::new(surfaces, names.collect()).told();
        // By the words, since two verbs may be about the same pronoun.
        let mut added: BTreeMap<usize, Found> = BTreeMap::new();
        for (who, role) in told {
            let (range, entity) = match who {
                Who::Name(name) => {
                    if let Some(known) = local.get_mut(name) {
                        known.is_target |= role == Role::Target;
                        known.is_holder |= role == Role::Holder;
                        continue;
                    }
                    let Some(entity) = unfound.get(name - n) else {
                        continue;
                    };
                    (entity.words.clone(), Some(type_of(entity)))
                }
                Who::Pronoun(at) if free(&(at..at + 1)) => (at..at + 1, None),
                Who::Pronoun(_) => continue,
            };
            let mention = added.entry(range.start).or_insert_with(|| Found {
                candidate: Candidate {
                    span: reading.span(sentence, &range),
                    sentence,
                    entity,
                    confidence: TOLD,
                },
                words: range,
                is_target: false,
                is_holder: false,
            });
            mention.is_target |= role == Role::Target;
            mention.is_holder |= role == Role::Holder;
        }
        new.extend(added.into_values());
    }
    found.extend(new);
    found.sort_by_key(|f| f.candidate.span);
}

/// Whether a candidate holds each word.
fn covered(found: &[Found], n_words: usize) -> Vec<bool> {
    // Where candidates begin and end, so that many that nest cost no more than their number.
    let mut changes = vec![0_i32; n_words + 1];
    for f in found {
        if let Some(change) = changes.get_mut(f.words.start) {
            *change += 1;
        }
        if let Some(change) = changes.get_mut(f.words.end) {
            *change -= 1;
        }
    }
    let mut depth = 0;
    let held = changes.iter().take(n_words).map(|change| {
        depth += change;
        depth > 0
    });
    held.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pronouns_are_kept_beside_listed_names() {
        let text = "Maar praised him, and Him & Her; “them”";
        let document = Document::new("d", text).unwrap();
        let listed = [document.span(22, 31).unwrap()];
        assert_eq!(document.slice(listed[0]), "Him & Her");
        let kept = with_objects(&document, &listed);
        let kept: Vec<_> = kept.iter().map(|&span| document.slice(span)).collect();
        assert_eq!(kept, ["him", "Him & Her", "them"]);
    }

    #[test]
    fn words_of_candidates_are_covered() {
        let found = |words: Range<usize>| Found {
            candidate: Candidate {
                span: Span::raw(words.start, words.end),
                sentence: 0,
                entity: None,
                confidence: 0.5,
            },
            words,
            is_target: true,
            is_holder: false,
        };
        let held = covered(&[found(1..4), found(2..3), found(5..6)], 6);
        assert_eq!(held, [false, true, true, true, false, true]);
        assert!(covered(&[], 0).is_empty());
    }
}
