//! Pronouns -> the actors they mean.
//!
//! In go the candidates of a document and its attributions; out come clusters with their pronouns
//! assigned. Third persons are resolved in order of the text, before anybody knows who speaks, and whom they cannot mean
//! is told in `constraints`; the first person means the speaker of its quote or turn, and waits for the voices. What a
//! reader would question: a quotation mark is no wall. Whoever is mentioned on its other side may be
//! meant, only less likely.

mod constraints;

use super::mentions::Found;
use super::speakers::Speakers;
use super::voices::holders_by_sentence;
use crate::actors::pronouns::{clear_winner, resolve_third};
use crate::actors::readings::is_relative;
use crate::actors::{ActorType, Candidate, Clusters, Gender, Pronoun};
use crate::analysis::Voice;
use crate::attribution::quotes::quote_around;
use crate::document::Document;
use crate::reading::Reading;
use constraints::{named_by, speaker_around, subject_before};

/// How far a mention inside a quotation may be reached from outside, and the other way round.
const ACROSS_QUOTES: f64 = 0.4;

/// How far whoever is named in what a pronoun is the source of may be reached from it.
const OWN_WORDS: f64 = 0.2;

/// By how much one who holds an opinion or speaks is likelier to be another such one.
const SAME_ROLE: f64 = 1.5;

/// By how much the only person who spoke in the sentence before is likelier to be the "he" that begins the next one, or that
/// speaks in it. Of 25 such pronouns of the labelled training articles that went to somebody else, 18 meant that person.
const SPOKE_BEFORE: f64 = 2.0;

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
    // The sentence whose only speaker was asked for last, since thousands of pronouns may follow one.
    let mut spoken: Option<(usize, Option<usize>)> = None;
    for at in 0..candidates.len() {
        if let Some(actor) = clusters.actor_of(at) {
            let after = document.text().get(candidates[at].span.end()..);
            if let Some(gender) = after.and_then(gender_of_idiom) {
                clusters.set_gender(actor, gender);
            }
            continue;
        }
        if let Some(actor) = antecedent_of_relative(document, &candidates, clusters, at) {
            clusters.assign(at, actor, None);
            continue;
        }
        if let Some(Pronoun::Third(pronoun)) = Pronoun::of(document.slice(candidates[at].span)) {
            let quoted_speaker = quoted[at]
                .then(|| speaker_around(reading, &holders, clusters, candidates[at]))
                .flatten();
            let subject = subject_before(document, reading, found, clusters, at);
            let told = named_by(reading, found, clusters, candidates[at]);
            let takes_up = pronoun.gender().is_some() && takes_up(reading, candidates[at]);
            let before = candidates[at].sentence.checked_sub(1);
            let spoke = before.filter(|_| takes_up).and_then(|before| {
                let known = spoken.filter(|&(sentence, _)| sentence == before);
                let speaker = known.map_or_else(
                    || only_speaker(reading, found, clusters, before),
                    |(_, speaker)| speaker,
                );
                spoken = Some((before, speaker));
                speaker
            });
            let reach = |other: usize| {
                // Whoever is quoted says "I" of himself, not "he".
                let actor = clusters.actor_of(other);
                if actor.is_some() && (actor == quoted_speaker || actor == subject) {
                    return 0.0;
                }
                // Nor his name.
                let named = if actor.is_some_and(|actor| told.contains(&actor)) {
                    OWN_WORDS
                } else {
                    1.0
                };
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
                let near = candidates[other].sentence + 1 == candidates[at].sentence;
                let voice = if near && actor.is_some() && actor == spoke {
                    SPOKE_BEFORE
                } else {
                    1.0
                };
                quotes * roles * named * voice
            };
            let ranked = resolve_third(pronoun, at, &candidates, clusters, reach);
            if let Some(actor) = clear_winner(&ranked) {
                clusters.assign(at, actor, Some(pronoun));
            }
        }
    }
}

/// Whom "who" and "which" mean: the mention right before them, a comma between or not.
fn antecedent_of_relative(
    document: &Document,
    candidates: &[Candidate],
    clusters: &Clusters,
    at: usize,
) -> Option<usize> {
    let own = candidates[at].span;
    let before = at.checked_sub(1)?;
    let between = document
        .text()
        .get(candidates[before].span.end()..own.start())?;
    let next = between.trim_matches([',', ' ', '—', '–']).is_empty();
    let relative = document.slice(own);
    let actor = clusters
        .actor_of(before)
        .filter(|_| next && is_relative(relative))?;
    let meant = &clusters.actors()[actor];
    let who = meant.plural
        || matches!(
            meant.kind,
            ActorType::Person | ActorType::Group | ActorType::Other
        );
    (who != relative.eq_ignore_ascii_case("which")).then_some(actor)
}

/// Whether a pronoun begins its sentence, or speaks in it: "“No,” he said".
fn takes_up(reading: &Reading, pronoun: Candidate) -> bool {
    let own = reading.sentences.get(pronoun.sentence);
    own.is_some_and(|own| own.start() == pronoun.span.start())
        || reading.places(pronoun.sentence).has_source_on(pronoun.span)
}

/// The only person who speaks in a sentence.
fn only_speaker(
    reading: &Reading,
    found: &[Found],
    clusters: &Clusters,
    sentence: usize,
) -> Option<usize> {
    let from = found.partition_point(|f| f.candidate.sentence < sentence);
    let places = reading.places(sentence);
    let local = found.get(from..)?.iter().enumerate();
    let mut speakers = local
        .take_while(|(_, f)| f.candidate.sentence == sentence)
        .filter(|(_, f)| f.is_holder && places.has_source_on(f.candidate.span))
        .filter_map(|(n, _)| clusters.actor_of(from + n))
        .filter(|&actor| clusters.actors()[actor].kind == ActorType::Person);
    let only = speakers.next()?;
    speakers.all(|other| other == only).then_some(only)
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
