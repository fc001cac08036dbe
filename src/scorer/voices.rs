//! Attributions -> their voices: who says it.
//!
//! In go the attributions of a document and its clusters, third persons resolved; out comes the
//! [`Voice`] of each: a speaker, or why there is none and who it may be. What a reader would
//! question: a quotation without a source that stands in nobody's turn is given to the only person
//! who holds anything in the sentence before it, unless the words speak against it.

use super::mentions::Found;
use super::passing::{owned, qualifies};
use super::speakers::Speakers;
use crate::actors::pronouns::resolve_third;
use crate::actors::{ActorType, Candidate, Clusters, MentionKind, Pronoun};
use crate::analysis::{Unresolved, Voice};
use crate::attribution::{Attribution, AttributionKind};
use crate::document::spans::Spans;
use crate::document::{Document, Span};
use crate::reading::Reading;
use std::collections::{BTreeMap, BTreeSet};

/// The holder mentions of every sentence, by their numbers in `found`.
pub(super) fn holders_by_sentence(found: &[Found], n_sentences: usize) -> Vec<Spans> {
    let mut all = vec![Vec::new(); n_sentences];
    for (at, f) in found.iter().enumerate().filter(|(_, f)| f.is_holder) {
        all[f.candidate.sentence].push((f.candidate.span, at));
    }
    all.into_iter().map(Spans::new).collect()
}

/// The holder mention that each of some sources means: not whose it is ("Maar's spokesman, Ana Ruiz", "Maar spokesman Ana
/// Ruiz"), and of the others a named person, else the first. Sources are asked for together, since thousands of
/// attributions may have the same.
fn holders_of_sources(
    document: &Document,
    sources: BTreeSet<(usize, Span)>,
    found: &[Found],
    clusters: &Clusters,
    sentences: &[Span],
) -> BTreeMap<(usize, Span), usize> {
    let holders = holders_by_sentence(found, sentences.len());
    let is_owner = |at: usize| {
        let Candidate { span, sentence, .. } = found[at].candidate;
        let behind = document.text().get(span.end()..);
        let owns = behind.and_then(owned).is_some();
        let named = clusters.mention_kind(at) == Some(MentionKind::Name);
        owns || (named && qualifies(document, sentences[sentence], span))
    };
    let is_person = |at: usize| {
        let actor = clusters
            .actor_of(at)
            .and_then(|actor| clusters.actors().get(actor));
        let person = actor.is_some_and(|actor| actor.kind == ActorType::Person);
        person && clusters.mention_kind(at) == Some(MentionKind::Name)
    };
    let meant = |(sentence, source): (usize, Span)| {
        let mut on: Vec<usize> = holders[sentence].on(source).collect();
        let span = |at: usize| found[at].candidate.span;
        on.sort_by_key(|&at| (span(at).start(), usize::MAX - span(at).end()));
        // A mention comes before those in it, which only say of whom it is: "a spokesman for Maar".
        let mut end = 0;
        on.retain(|&at| {
            let outer = span(at).end() > end;
            end = end.max(span(at).end());
            outer
        });
        let at = on
            .into_iter()
            .min_by_key(|&at| (is_owner(at), !is_person(at)))?;
        Some(((sentence, source), at))
    };
    sources.into_iter().filter_map(meant).collect()
}

/// Verbs behind somebody who is told something rather than says it.
const NOT_SPEAKING: &[&str] = &[
    "is", "are", "was", "were", "been", "heard", "hears", "saw", "faced",
];

/// The only person who holds anything in the sentence before a quotation without a source: "Ruiz disagreed. “No.”" But
/// not whom the quotation addresses.
fn introduced(
    document: &Document,
    reading: &Reading,
    found: &[Found],
    clusters: &Clusters,
    attribution: &Attribution,
) -> Option<usize> {
    let content = attribution.contents.first()?;
    let before = content.sentence.checked_sub(1)?;
    let end = reading.sentences[before].end();
    let between = document.text().get(end..content.span.start())?;
    let begins = !between.contains('\n') && !between.contains(char::is_alphanumeric);
    if attribution.kind != AttributionKind::Direct || !begins {
        return None;
    }
    let from = found.partition_point(|f| f.candidate.sentence < before);
    let local = found[from..].iter().enumerate();
    let mut holders = local
        .take_while(|(_, f)| f.candidate.sentence == before)
        .filter(|(_, f)| f.is_holder)
        .map(|(at, _)| clusters.actor_of(from + at));
    let only = holders.next()??;
    let alone = holders.all(|other| other == Some(only));
    let is_person = clusters.actors()[only].kind == ActorType::Person;
    let told = |f: &Found| {
        let rest = document.text().get(f.candidate.span.end()..end);
        let verb = rest.and_then(|rest| rest.split_whitespace().next());
        verb.is_some_and(|verb| NOT_SPEAKING.contains(&verb))
    };
    let here = found[from..].iter();
    let mut holders = here.take_while(|f| f.candidate.sentence == before);
    let told = holders.any(|f| f.is_holder && told(f));
    let words = document
        .slice(content.span)
        .split(|c: char| !c.is_alphabetic());
    let addressed = words
        .map(str::to_lowercase)
        .any(|word| word == "you" || word == "your");
    (alone && is_person && !told && !addressed).then_some(only)
}

/// The voice of every attribution.
pub(super) fn voices(
    document: &Document,
    reading: &Reading,
    found: &[Found],
    clusters: &Clusters,
    speakers: &mut Speakers<'_>,
) -> Vec<Voice> {
    let candidates: Vec<Candidate> = found.iter().map(|f| f.candidate).collect();
    let sources = reading.attributions.iter().filter_map(|a| a.source);
    let sentences = &reading.sentences;
    let meant = holders_of_sources(document, sources.collect(), found, clusters, sentences);
    let voice = |attribution: &Attribution, speakers: &mut Speakers<'_>| {
        let Some((sentence, source)) = attribution.source else {
            let first = attribution
                .contents
                .first()
                .map_or(0, |content| content.span.start());
            let turn = document
                .turn_at(first)
                .map(|turn| turn.speaker.as_str())
                .or(document.speaker());
            let introduced = || introduced(document, reading, found, clusters, attribution);
            return match (turn, turn.is_none().then(introduced).flatten()) {
                (Some(name), _) => Voice::Speaker(speakers.of_name(clusters, name)),
                (None, Some(actor)) => Voice::Speaker(speakers.of_actor(clusters, actor)),
                (None, None) => Voice::Unknown(Unresolved::NoSource, Vec::new()),
            };
        };
        let Some(&at) = meant.get(&(sentence, source)) else {
            return Voice::Unknown(Unresolved::NoCandidate, Vec::new());
        };
        match clusters.actor_of(at) {
            Some(actor) => Voice::Speaker(speakers.of_actor(clusters, actor)),
            None => match Pronoun::of(document.slice(candidates[at].span)) {
                Some(Pronoun::Third(pronoun)) => {
                    let ranked = resolve_third(pronoun, at, &candidates, clusters, |_| 1.0);
                    let reason = if ranked.is_empty() {
                        Unresolved::NoCandidate
                    } else {
                        Unresolved::Ambiguous
                    };
                    Voice::Unknown(
                        reason,
                        ranked.iter().map(|a| (a.actor, a.probability)).collect(),
                    )
                }
                Some(_) | None => {
                    match document
                        .turn_at(source.start())
                        .map(|turn| turn.speaker.as_str())
                        .or(document.speaker())
                    {
                        Some(name) => Voice::Speaker(speakers.of_name(clusters, name)),
                        None => Voice::Unknown(Unresolved::NoCandidate, Vec::new()),
                    }
                }
            },
        }
    };
    reading
        .attributions
        .iter()
        .map(|attribution| voice(attribution, speakers))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The holders on a source are those that asking all mentions finds.
        #[test]
        fn searching_finds_the_holders(
            mentions in proptest::collection::vec(
                (0usize..3, 0usize..30, 1usize..8, any::<bool>()), 0..40,
            ),
            sources in proptest::collection::btree_set((0usize..3, 0usize..30, 1usize..12), 0..20),
        ) {
            let mention = |(sentence, start, len, is_holder): (usize, usize, usize, bool)| Found {
                candidate: Candidate {
                    // Sentences of 40 bytes.
                    span: Span::raw(40 * sentence + start, 40 * sentence + start + len),
                    sentence,
                    entity: None,
                    confidence: 0.5,
                },
                words: start..start + len,
                is_target: !is_holder,
                is_holder,
            };
            let mut found: Vec<Found> = mentions.into_iter().map(mention).collect();
            found.sort_by_key(|f| f.candidate.span);
            let span = |start: usize, len: usize| Span::raw(start, start + len);
            let sources = sources.into_iter().map(|(s, at, len)| (s, span(40 * s + at, len)));
            let sources: BTreeSet<_> = sources.collect();
            let holders = holders_by_sentence(&found, 3);
            for (sentence, source) in sources {
                let is_on = |f: &Found| f.candidate.sentence == sentence && f.candidate.span.overlaps(source);
                let all = found.iter().enumerate().filter(|(_, f)| f.is_holder && is_on(f));
                let mut on: Vec<usize> = holders[sentence].on(source).collect();
                on.sort_unstable();
                prop_assert_eq!(on, all.map(|(at, _)| at).collect::<Vec<_>>());
            }
        }
    }
}
