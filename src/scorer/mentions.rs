//! Tagged spans -> candidate mentions.
//!
//! In go the target and holder spans of a reading and the places of listed names; out come candidates
//! sorted by span, each with the words it covers and the roles it was found in. Ragged spans (`ragged`)
//! are repaired to whole names: a span that cuts into a named entity or a listed name takes all of it; spans that then
//! overlap are merged (`merging`). What a reader would question: a name of the gazetteer is a candidate target wherever it
//! stands, tagged or not, since the class none of the stance heads throws out those that nobody takes a stand on. Demonyms
//! and metonyms are not: they mostly say where something is from (measured in `docs/accuracy.md`).

mod merging;

use super::ragged::{clauses, hanging, led, trimmed, without_clause};
use crate::actors::gazetteer::FormKind;
use crate::actors::known::{Known, known_names};
use crate::actors::nouns::{head_of, singular};
use crate::actors::words::{Word, words};
use crate::actors::{ActorType, Candidate, Gazetteer, Registry};
use crate::document::{Document, Span};
use crate::reading::Reading;
use crate::tagging::{Layer, Tagged, meet};
use merging::{Local, union};
use std::ops::Range;

/// Nouns of things that are said to say or do something, as if they had opinions. A law, a letter or a report may
/// stand for who made it. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const THINGS: &[&str] = &[
    "ad", "advertisement", "agreement", "amendment", "article", "bill", "book", "e-mail", "email",
    "failure", "film", "finding", "headline", "investigation", "offer", "piece", "plan", "poll",
    "proposal", "statement", "survey", "tweet", "video",
];

/// Whether a holder is a thing: "the email", not "residents fighting the plan".
fn is_thing(surface: &str) -> bool {
    let words = words(surface);
    let from = words.iter().position(|word| !word.is_determiner());
    let core = from.and_then(|from| words.get(from..)).unwrap_or(&[]);
    let plain = |word: &Word| !word.is_determiner() && !word.text.ends_with("ing");
    let before = core
        .iter()
        .take_while(|word| THINGS.binary_search(&&*singular(word.text).0).is_err());
    head_of(core).is_some_and(|head| THINGS.binary_search(&&*singular(head.text).0).is_ok())
        && before.clone().all(plain)
        && before.count() <= 2
}

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
    for (sentence, words) in reading.words.iter().enumerate() {
        let entities = reading.tagged(Layer::Entity, sentence);
        let hanging = hanging(document, words.words());
        let clauses = clauses(document, words.words());
        let mut names = words.words_in_each(listed);
        names.retain(|name| !name.is_empty());
        let mended = |range: &Range<usize>| {
            let led = led(document, words.words(), entities, range)?;
            let whole = widened(&names, entities, &without_clause(&clauses, &led));
            Some(trimmed(&hanging, &whole))
        };
        let mut local = Local::new(sentence, words.words(), entities, &hanging);
        for tagged in reading.tagged(Layer::Target, sentence) {
            if let Some(target) = mended(&tagged.words) {
                local.add(target, tagged.confidence, true);
            }
        }
        for holder in reading.holders(sentence).iter().filter_map(mended) {
            if !is_thing(document.slice(reading.span(sentence, &holder))) {
                local.add(holder, 0.5, false);
            }
        }
        local.add_listed(names);
        local.found.sort_by_key(|found| found.candidate.span);
        all.extend(local.found);
    }
    all
}

/// Given targets as candidates, beside the holders that the taggers find; sorted by span.
pub(super) fn given(document: &Document, reading: &Reading, targets: &[Span]) -> Vec<Found> {
    let mut all = Vec::new();
    for (sentence, words) in reading.words.iter().enumerate() {
        let mut holders = reading.holders(sentence);
        holders.retain(|holder| !is_thing(document.slice(reading.span(sentence, holder))));
        let entities = reading.tagged(Layer::Entity, sentence);
        let found = |span: Span, words: Range<usize>, is_target: bool| Found {
            candidate: Candidate {
                span,
                sentence,
                entity: entity_of(entities, &words),
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
fn entity_of(entities: &[Tagged], words: &Range<usize>) -> Option<ActorType> {
    let next = entities.partition_point(|entity| entity.words.end < words.end);
    let inside = entities
        .get(next)
        .filter(|entity| entity.words.start < words.end)?;
    Some(type_of(inside))
}

/// What the tagger takes an entity for, since its kinds come as numbers.
pub(super) fn type_of(entity: &Tagged) -> ActorType {
    match entity.kind {
        0 => ActorType::Person,
        1 => ActorType::Organisation,
        2 => ActorType::Country,
        _ => ActorType::Group,
    }
}

/// The words of a span and of all persons and bodies that it cuts into, and of nothing else: a place or
/// a people may be part of something else ("Iran-Saudi talks").
fn whole(entities: &[Tagged], words: Range<usize>) -> Range<usize> {
    let first = entities.partition_point(|entity| entity.words.end <= words.start);
    let within = entities[first..].iter();
    let met = within.take_while(|entity| entity.words.start < words.end);
    met.filter(|entity| entity.kind < 2)
        .fold(words.clone(), |whole, entity| union(&whole, &entity.words))
}

/// The words of a span and of all listed names (sorted, without overlap) that it cuts into: "Islamic Republic" of
/// "Islamic Republic of Iran". But a person is not part of the "Ruiz campaign".
fn widened(names: &[Range<usize>], entities: &[Tagged], words: &Range<usize>) -> Range<usize> {
    if entity_of(entities, words) == Some(ActorType::Person) {
        return words.clone();
    }
    let first = names.partition_point(|name| name.end <= words.start);
    let end = names.partition_point(|name| name.start < words.end);
    let met = names.get(first..end).unwrap_or(&[]);
    let ends = [met.first(), met.last()].into_iter().flatten();
    ends.fold(words.clone(), |whole, name| union(&whole, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tagging::spans_of_steps as spans;

    #[test]
    fn things_are_told_from_persons() {
        assert!(THINGS.is_sorted());
        for thing in [
            "the email",
            "A new video",
            "his offer",
            "proposals",
            "the bill on taxes",
        ] {
            assert!(is_thing(thing), "{thing}");
        }
        for other in [
            "Bill",
            "residents fighting the plan",
            "the man behind the bill",
            "Ana Ruiz",
            "critics of the poll",
            "",
        ] {
            assert!(!is_thing(other), "{other}");
        }
    }

    #[test]
    fn a_part_of_a_listed_name_is_the_name() {
        let names = [2..4, 5..8];
        for (range, expected) in [
            (2..3, 2..4),
            (1..3, 1..4),
            (6..7, 5..8),
            (3..6, 2..8),
            (0..9, 0..9),
            (4..5, 4..5),
            (0..2, 0..2),
        ] {
            assert_eq!(widened(&names, &[], &range), expected);
        }
        let person = spans(&[(5, 1, 0)]);
        assert_eq!(widened(&names, &person, &(5..6)), 5..6);
    }
}
