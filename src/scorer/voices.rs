//! Who is who: pronouns to actors, sources and turns to speakers.
//!
//! In go the candidates of a document and its attributions; out come clusters with their pronouns
//! resolved, and the speaker of every attribution and every sentence. Third persons are resolved
//! first, in order of the text, then the sources of attributions, and only then the first person,
//! which means the speaker of its quote or turn.

use super::mentions::Found;
use super::speakers::Speakers;
use crate::actors::pronouns::{clear_winner, resolve_third};
use crate::actors::{ActorType, Candidate, Clusters, Gender, Pronoun};
use crate::analysis::{Unresolved, Voice};
use crate::attribution::quotes::quote_around;
use crate::attribution::{Attribution, AttributionKind};
use crate::document::{Document, Span};
use crate::instance::Spans;
use crate::reading::Reading;
use std::collections::{BTreeMap, BTreeSet};

/// How far a mention inside a quotation may be reached from outside, and the other way round.
const ACROSS_QUOTES: f64 = 0.4;

/// By how much one who holds an opinion or speaks is likelier to be another such one.
const SAME_ROLE: f64 = 1.5;

/// Resolves third-person pronouns in order of the text.
pub(super) fn resolve_pronouns(
    document: &Document,
    reading: &Reading,
    found: &[Found],
    clusters: &mut Clusters,
) {
    let candidates: Vec<Candidate> = found.iter().map(|f| f.candidate).collect();
    let quoted: Vec<bool> = candidates
        .iter()
        .map(|candidate| quote_around(&reading.quotes, candidate.span).is_some())
        .collect();
    let holders = holders_by_sentence(found, reading.sentences.len());
    for at in 0..candidates.len() {
        if let Some(actor) = clusters.actor_of(at) {
            let after = document.text().get(candidates[at].span.end()..);
            if let Some(gender) = after.and_then(gender_of_idiom) {
                clusters.set_gender(actor, gender);
            }
            continue;
        }
        if let Some(Pronoun::Third(pronoun)) = Pronoun::of(document.slice(candidates[at].span)) {
            let quoted_speaker = quoted[at]
                .then(|| speaker_around(reading, &holders, clusters, candidates[at]))
                .flatten();
            let subject = subject_before(document, reading, found, clusters, at);
            let reach = |other: usize| {
                // Whoever is quoted says "I" of himself, not "he".
                let actor = clusters.actor_of(other);
                if actor.is_some() && (actor == quoted_speaker || actor == subject) {
                    return 0.0;
                }
                let quotes = if quoted[other] == quoted[at] {
                    1.0
                } else {
                    ACROSS_QUOTES
                };
                let roles = if found[at].is_holder && found[other].is_holder {
                    SAME_ROLE
                } else {
                    1.0
                };
                quotes * roles
            };
            let ranked = resolve_third(pronoun, at, &candidates, clusters, reach);
            if let Some(actor) = clear_winner(&ranked) {
                clusters.assign(at, actor, Some(pronoun));
            }
        }
    }
}

/// Words between a subject and its object that are looked at.
const WORDS_OF_VERB: usize = 3;

/// The actor that an object pronoun cannot mean, since the same clause has it as its subject: "Ruiz praised him".
///
/// Only the plainest form counts: a holder, one to three words, and "him" or "them", or "her" at the end of a clause; and
/// nothing that is said begins between them ("Ruiz says people praise him").
fn subject_before(
    document: &Document,
    reading: &Reading,
    found: &[Found],
    clusters: &Clusters,
    at: usize,
) -> Option<usize> {
    let pronoun = found.get(at)?.candidate;
    let text = document.text();
    let after = text.get(pronoun.span.end()..)?;
    let object = match document.slice(pronoun.span).to_ascii_lowercase().as_str() {
        "him" | "them" => true,
        "her" => after.trim_start().starts_with(['.', ',', ';', '!', '?']),
        _ => false,
    };
    let before = at.checked_sub(1)?;
    let subject = found.get(before)?;
    let own = subject.candidate;
    if !object || !subject.is_holder || own.sentence != pronoun.sentence {
        return None;
    }
    let around = reading.attributions_around(pronoun.sentence, pronoun.span);
    let parted = around.into_iter().any(|i| {
        let mut contents = reading.attributions[i].contents.iter();
        contents.any(|content| {
            content.span.contains(pronoun.span) && own.span.end() <= content.span.start()
        })
    });
    if parted {
        return None;
    }
    let verb = text.get(own.span.end()..pronoun.span.start())?;
    let plain = |c: char| c.is_alphabetic() || c == ' ';
    let n = verb.split_whitespace().count();
    // "friends of Ruiz praised him"
    let of = text.get(..own.span.start())?.trim_end().ends_with(" of");
    let fits = (1..=WORDS_OF_VERB).contains(&n) && verb.chars().all(plain) && !of;
    clusters.actor_of(before).filter(|_| fits)
}

/// The gender of whoever is named before `after`: "Ruiz, for her part, ...".
fn gender_of_idiom(after: &str) -> Option<Gender> {
    let idiom = after.strip_prefix(',')?.trim_start().strip_prefix("for ")?;
    if idiom.starts_with("his part") {
        Some(Gender::Male)
    } else if idiom.starts_with("her part") {
        Some(Gender::Female)
    } else {
        None
    }
}

/// The actor whose words a mention stands in, when its source is identified already.
fn speaker_around(
    reading: &Reading,
    holders: &[Spans],
    clusters: &Clusters,
    mention: Candidate,
) -> Option<usize> {
    let around = reading.attributions_around(mention.sentence, mention.span);
    let (sentence, source) = reading.attributions[*around.first()?].source?;
    clusters.actor_of(holders[sentence].on(source).next()?)
}

/// The holder mentions of every sentence, by their numbers in `found`.
fn holders_by_sentence(found: &[Found], n_sentences: usize) -> Vec<Spans> {
    let mut all = vec![Vec::new(); n_sentences];
    for (at, f) in found.iter().enumerate().filter(|(_, f)| f.is_holder) {
        all[f.candidate.sentence].push((f.candidate.span, at));
    }
    all.into_iter().map(Spans::new).collect()
}

/// The longest holder mention on each of some spans of sentences, the last of equals. Sources are asked
/// for together, since thousands of attributions may have the same.
fn longest_holders(
    sources: BTreeSet<(usize, Span)>,
    found: &[Found],
    n_sentences: usize,
) -> BTreeMap<(usize, Span), usize> {
    let holders = holders_by_sentence(found, n_sentences);
    let longest = |(sentence, source): (usize, Span)| {
        let on = holders[sentence].on(source);
        let at = on.max_by_key(|&at| found[at].candidate.span.len())?;
        Some(((sentence, source), at))
    };
    sources.into_iter().filter_map(longest).collect()
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
    let meant = longest_holders(sources.collect(), found, reading.sentences.len());
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

/// Lets the first person mean the speaker of its quote or turn.
pub(super) fn resolve_first_person(
    document: &Document,
    reading: &Reading,
    found: &[Found],
    voices: &[Voice],
    clusters: &mut Clusters,
    speakers: &mut Speakers<'_>,
) {
    for (at, mention) in found.iter().enumerate() {
        let span = mention.candidate.span;
        let first = matches!(
            Pronoun::of(document.slice(span)),
            Some(Pronoun::First { .. })
        );
        if !first || clusters.actor_of(at).is_some() {
            continue;
        }
        let sentence = mention.candidate.sentence;
        let around = reading.attributions_around(sentence, span);
        let speaker = match around.last().and_then(|&i| voices.get(i)) {
            Some(Voice::Speaker(speaker)) => Some(*speaker),
            Some(Voice::Unknown(..)) => None,
            None => {
                let name = document
                    .turn_at(span.start())
                    .map(|turn| turn.speaker.as_str())
                    .or(document.speaker());
                name.map(|name| speakers.of_name(clusters, name))
            }
        };
        if let Some(actor) = speaker.and_then(|speaker| speakers.all[speaker].actor) {
            clusters.assign(at, actor, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The holder on a source is the one that asking all mentions finds.
        #[test]
        fn searching_finds_the_longest_holders(
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
            let longest = longest_holders(sources.clone(), &found, 3);
            for (sentence, source) in sources {
                let is_on = |f: &Found| f.candidate.sentence == sentence && f.candidate.span.overlaps(source);
                let all = found.iter().enumerate().filter(|(_, f)| f.is_holder && is_on(f));
                let first = all.clone().next().map(|(at, _)| at);
                prop_assert_eq!(holders[sentence].on(source).next(), first);
                let asked = all.max_by_key(|(_, f)| f.candidate.span.len()).map(|(at, _)| at);
                prop_assert_eq!(longest.get(&(sentence, source)).copied(), asked);
            }
        }
    }
}
