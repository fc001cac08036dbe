//! Tagged spans -> candidate mentions.
//!
//! In go the target and holder spans of a reading and the places of listed names; out come candidates
//! sorted by span, each with the words it covers and the roles it was found in. Ragged spans are
//! repaired to whole names: a span that cuts into a named entity takes all of it. What a reader would
//! question: a name of the gazetteer is a candidate target wherever it stands, tagged or not, since
//! the class none of the stance heads throws out those that nobody takes a stand on. Demonyms and
//! metonyms are not: they mostly say where something is from (measured in `docs/accuracy.md`).

use crate::actors::gazetteer::FormKind;
use crate::actors::known::{Known, known_names};
use crate::actors::{ActorType, Candidate, Gazetteer, Registry};
use crate::document::{Document, Span};
use crate::reading::Reading;
use crate::tagging::{Layer, meet};
use std::ops::Range;

/// Confidence of a mention that a list gives and no tagger found.
const LISTED: f64 = 1.0;

/// Words that no mention ends with.
const HANGING: [&str; 12] = [
    ",", "-", "and", "at", "by", "for", "from", "in", "of", "the", "to", "with",
];

/// A candidate with its place and its roles.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) candidate: Candidate,
    pub(super) words: Range<usize>,
    pub(super) is_target: bool,
    pub(super) is_holder: bool,
}

/// Where the caller's names stand and, unless `only_given`, those of the gazetteer; sorted, without
/// overlap.
pub(super) fn listed(
    document: &Document,
    registry: Option<&Registry>,
    only_given: bool,
) -> Vec<Span> {
    known_names(document.text(), registry, Gazetteer::built_in())
        .into_iter()
        .filter(|name| match name.who {
            Known::Caller(_) => true,
            Known::Gazetteer(_) => !only_given && name.form == FormKind::Name,
        })
        .map(|name| name.span)
        .collect()
}

/// All candidate mentions of a document, sorted by span, none twice; `listed` are the places of
/// listed names.
pub(super) fn find(document: &Document, reading: &Reading, listed: &[Span]) -> Vec<Found> {
    let mut all = Vec::new();
    let trim = |sentence: usize, range: &Range<usize>| trimmed(document, reading, sentence, range);
    for (sentence, words) in reading.words.iter().enumerate() {
        let mut local: Vec<Found> = Vec::new();
        let targets = reading.tagged(Layer::Target, sentence);
        for tagged in targets {
            add(
                &mut local,
                reading,
                sentence,
                trim(sentence, &tagged.words),
                tagged.confidence,
                true,
            );
        }
        for holder in reading.holders(sentence) {
            let holder = trim(sentence, &holder);
            add(&mut local, reading, sentence, holder, 0.5, false);
        }
        for range in words.words_in_each(listed) {
            let known = local
                .iter()
                .any(|found| found.is_target && meet(&found.words, &range));
            if !known && !range.is_empty() {
                add(&mut local, reading, sentence, range, LISTED, true);
            }
        }
        local.sort_by_key(|found| found.candidate.span);
        all.extend(local);
    }
    all
}

/// Given targets as candidates, beside the holders that the taggers find; sorted by span.
pub(super) fn given(reading: &Reading, targets: &[Span]) -> Vec<Found> {
    let mut all = Vec::new();
    for (sentence, words) in reading.words.iter().enumerate() {
        let holders = reading.holders(sentence);
        let found = |span: Span, words: Range<usize>, is_target: bool| Found {
            candidate: Candidate {
                span,
                sentence,
                entity: entity_of(reading, sentence, &words),
                confidence: 1.0,
            },
            is_target,
            is_holder: !is_target || holders.iter().any(|holder| meet(holder, &words)),
            words,
        };
        let whole = reading.sentences[sentence];
        let within = targets.iter().filter(|target| target.overlaps(whole));
        let local: Vec<Found> = within
            .map(|&target| found(target, words.words_in(target), true))
            .collect();
        let others = holders
            .iter()
            .filter(|holder| local.iter().all(|f| !meet(&f.words, holder)));
        all.extend(
            others.map(|holder| found(reading.span(sentence, holder), holder.clone(), false)),
        );
        all.extend(local);
    }
    all.sort_by_key(|found| found.candidate.span);
    all
}

/// What the tagger takes the head of a mention for: the entity that ends it.
fn entity_of(reading: &Reading, sentence: usize, words: &Range<usize>) -> Option<ActorType> {
    let mut entities = reading.tagged(Layer::Entity, sentence).iter();
    let inside =
        entities.find(|entity| entity.words.start < words.end && words.end <= entity.words.end)?;
    Some(match inside.kind {
        0 => ActorType::Person,
        1 => ActorType::Organisation,
        2 => ActorType::Country,
        _ => ActorType::Group,
    })
}

/// A tagged span without the prepositions and marks that it ends with; all of it if nothing is left.
fn trimmed(
    document: &Document,
    reading: &Reading,
    sentence: usize,
    range: &Range<usize>,
) -> Range<usize> {
    let words = reading.words[sentence].words();
    let hangs = |&i: &usize| {
        let word = words.get(i).map(|&word| document.slice(word));
        word.is_some_and(|word| HANGING.contains(&word))
    };
    let end = range
        .clone()
        .rev()
        .find(|i| !hangs(i))
        .map_or(range.end, |last| last + 1);
    range.start..end
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
    let entity = entity_of(reading, sentence, &words);
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

fn nested(a: &Range<usize>, b: &Range<usize>) -> bool {
    (a.start <= b.start && b.end <= a.end) || (b.start <= a.start && a.end <= b.end)
}
