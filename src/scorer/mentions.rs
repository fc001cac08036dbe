//! Tagged spans -> candidate mentions.
//!
//! In go the target and holder spans of a reading and the caller's names; out come candidates sorted
//! by span, each with the words it covers and the roles it was found in. Ragged spans are repaired
//! to whole names: a span that cuts into a named entity takes all of it.

use crate::actors::{ActorType, Candidate, Registry};
use crate::document::{Document, Span};
use crate::reading::Reading;
use crate::tagging::Layer;
use std::ops::Range;

/// Confidence of a mention that the caller's names give and no tagger found.
const GIVEN: f64 = 1.0;

/// A candidate with its place and its roles.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) candidate: Candidate,
    pub(super) words: Range<usize>,
    pub(super) is_target: bool,
    pub(super) is_holder: bool,
}

/// All candidate mentions of a document, sorted by span, none twice.
pub(super) fn find(
    document: &Document,
    reading: &Reading,
    registry: Option<&Registry>,
) -> Vec<Found> {
    let given: Vec<Span> = registry
        .map(|registry| registry.find(document.text()))
        .unwrap_or_default()
        .into_iter()
        .map(|(span, _)| span)
        .collect();
    let mut all = Vec::new();
    for (sentence, words) in reading.words.iter().enumerate() {
        let Some(span) = reading.sentences.get(sentence) else {
            continue;
        };
        let mut local: Vec<Found> = Vec::new();
        let targets = reading.tagged(Layer::Target, sentence);
        for tagged in targets {
            add(
                &mut local,
                reading,
                sentence,
                tagged.words.clone(),
                tagged.confidence,
                true,
            );
        }
        for holder in reading.holders(sentence) {
            add(&mut local, reading, sentence, holder, 0.5, false);
        }
        let from = given.partition_point(|given| given.end() <= span.start());
        for given in given[from..]
            .iter()
            .take_while(|given| given.start() < span.end())
        {
            let range = words.words_in(*given);
            let known = local
                .iter()
                .any(|found| found.is_target && meet(&found.words, &range));
            if !known && !range.is_empty() {
                add(&mut local, reading, sentence, range, GIVEN, true);
            }
        }
        local.sort_by_key(|found| found.candidate.span);
        all.extend(local);
    }
    all
}

fn add(
    local: &mut Vec<Found>,
    reading: &Reading,
    sentence: usize,
    mut words: Range<usize>,
    confidence: f64,
    is_target: bool,
) {
    let entities = reading.tagged(Layer::Entity, sentence);
    // Only persons and bodies: a place or a people may be part of something else ("Iran-Saudi talks").
    for entity in entities.iter().filter(|entity| entity.kind < 2) {
        if meet(&entity.words, &words) {
            words = words.start.min(entity.words.start)..words.end.max(entity.words.end);
        }
    }
    // What the tagger takes the head for: the entity that ends the mention.
    let inside = entities
        .iter()
        .find(|entity| entity.words.start < words.end && words.end <= entity.words.end);
    let entity = inside.map(|entity| match entity.kind {
        0 => ActorType::Person,
        1 => ActorType::Organisation,
        2 => ActorType::Country,
        _ => ActorType::Group,
    });
    // What overlaps without nesting is one mention.
    while let Some(at) = local.iter().position(|found| {
        meet(&found.words, &words) && (found.words == words || !nested(&found.words, &words))
    }) {
        let other = local.swap_remove(at);
        let union = words.start.min(other.words.start)..words.end.max(other.words.end);
        let merged = Found {
            candidate: Candidate {
                span: reading.span(sentence, &union),
                sentence,
                entity: other.candidate.entity.or(entity),
                confidence: other.candidate.confidence.max(confidence),
            },
            words: union.clone(),
            is_target: other.is_target || is_target,
            is_holder: other.is_holder || !is_target,
        };
        if other.words == words || local.iter().all(|found| !meet(&found.words, &union)) {
            local.push(merged);
            return;
        }
        words = union;
    }
    local.push(Found {
        candidate: Candidate {
            span: reading.span(sentence, &words),
            sentence,
            entity,
            confidence,
        },
        words,
        is_target,
        is_holder: !is_target,
    });
}

fn meet(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

fn nested(a: &Range<usize>, b: &Range<usize>) -> bool {
    (a.start <= b.start && b.end <= a.end) || (b.start <= a.start && a.end <= b.end)
}
