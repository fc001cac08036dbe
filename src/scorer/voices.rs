//! Who is who: pronouns to actors, sources and turns to speakers.
//!
//! In go the candidates of a document and its attributions; out come clusters with their pronouns
//! resolved, and the speaker of every attribution and every sentence. Third persons are resolved
//! first, in order of the text, then the sources of attributions, and only then the first person,
//! which means the speaker of its quote or turn.

use super::mentions::Found;
use crate::actors::pronouns::{clear_winner, resolve_third};
use crate::actors::{Candidate, Clusters, Gender, Pronoun};
use crate::analysis::{Speaker, SpeakerKind, Unresolved, Voice};
use crate::attribution::quotes::quote_around;
use crate::document::Document;
use crate::reading::Reading;
use std::collections::BTreeMap;

/// How far a mention inside a quotation may be reached from outside, and the other way round.
const ACROSS_QUOTES: f64 = 0.4;

/// By how much one who holds an opinion or speaks is likelier to be another such one.
const SAME_ROLE: f64 = 1.5;

/// Speakers as they are found.
#[derive(Debug, Default)]
pub(super) struct Speakers {
    pub(super) all: Vec<Speaker>,
    by_actor: BTreeMap<usize, usize>,
    by_name: BTreeMap<String, usize>,
}

impl Speakers {
    /// The speaker that an actor is.
    pub(super) fn of_actor(&mut self, clusters: &Clusters, actor: usize) -> usize {
        if let Some(&known) = self.by_actor.get(&actor) {
            return known;
        }
        let who = &clusters.actors()[actor];
        self.all.push(Speaker {
            id: who.id.clone(),
            name: who.name.clone(),
            forms: who.forms.clone(),
            kind: SpeakerKind::from(who.kind),
            actor: Some(actor),
            mentions: Vec::new(),
            given: false,
        });
        self.by_actor.insert(actor, self.all.len() - 1);
        self.all.len() - 1
    }

    /// The speaker whom a turn or the caller names.
    pub(super) fn of_name(&mut self, clusters: &Clusters, name: &str) -> usize {
        if let Some(&known) = self.by_name.get(name) {
            return known;
        }
        let named = |forms: &[String]| forms.iter().any(|form| form.eq_ignore_ascii_case(name));
        let last = name.rsplit(' ').next().unwrap_or(name);
        let actors = clusters.actors();
        let actor = actors
            .iter()
            .position(|actor| named(&actor.forms) || actor.name.eq_ignore_ascii_case(name))
            .or_else(|| {
                let person = |actor: &crate::actors::Actor| {
                    actor.kind == crate::actors::ActorType::Person
                        && actor.name.rsplit(' ').next() == Some(last)
                };
                actors.iter().position(person)
            });
        let speaker = match actor {
            Some(actor) => {
                let speaker = self.of_actor(clusters, actor);
                if !named(&self.all[speaker].forms) {
                    self.all[speaker].forms.push(name.to_owned());
                }
                self.all[speaker].given = true;
                speaker
            }
            None => {
                let id: String = name
                    .to_lowercase()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join("-");
                self.all.push(Speaker {
                    id,
                    name: name.to_owned(),
                    forms: vec![name.to_owned()],
                    kind: SpeakerKind::Person,
                    actor: None,
                    mentions: Vec::new(),
                    given: true,
                });
                self.all.len() - 1
            }
        };
        self.by_name.insert(name.to_owned(), speaker);
        speaker
    }
}

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
                .then(|| speaker_around(reading, found, clusters, at))
                .flatten();
            let reach = |other: usize| {
                // Whoever is quoted says "I" of himself, not "he".
                if quoted_speaker.is_some() && clusters.actor_of(other) == quoted_speaker {
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

/// The actor whose words the mention `at` stands in, when its source is identified already.
fn speaker_around(
    reading: &Reading,
    found: &[Found],
    clusters: &Clusters,
    at: usize,
) -> Option<usize> {
    let Candidate { span, sentence, .. } = found.get(at)?.candidate;
    let numbers = reading.attributions_by_sentence().get(sentence)?;
    let mut attributions = numbers.iter().map(|&i| &reading.attributions[i]);
    let (source_in, source) = attributions.find(|a| a.covers(sentence, span))?.source?;
    let from = found.partition_point(|f| f.candidate.sentence < source_in);
    let holder = found[from..]
        .iter()
        .take_while(|f| f.candidate.sentence == source_in)
        .position(|f| f.is_holder && f.candidate.span.overlaps(source))?;
    clusters.actor_of(from + holder)
}

/// The voice of every attribution.
pub(super) fn voices(
    document: &Document,
    reading: &Reading,
    found: &[Found],
    clusters: &Clusters,
    speakers: &mut Speakers,
) -> Vec<Voice> {
    let candidates: Vec<Candidate> = found.iter().map(|f| f.candidate).collect();
    let voice = |attribution: &crate::attribution::Attribution, speakers: &mut Speakers| {
        let Some((sentence, source)) = attribution.source else {
            let first = attribution
                .contents
                .first()
                .map_or(0, |content| content.span.start());
            let turn = document
                .turn_at(first)
                .map(|turn| turn.speaker.as_str())
                .or(document.speaker());
            return match turn {
                Some(name) => Voice::Speaker(speakers.of_name(clusters, name)),
                None => Voice::Unknown(Unresolved::NoSource, Vec::new()),
            };
        };
        let meant = found.iter().enumerate().filter(|(_, f)| {
            f.candidate.sentence == sentence && f.is_holder && f.candidate.span.overlaps(source)
        });
        let Some((at, candidate)) = meant.max_by_key(|(_, f)| f.candidate.span.len()) else {
            return Voice::Unknown(Unresolved::NoCandidate, Vec::new());
        };
        match clusters.actor_of(at) {
            Some(actor) => Voice::Speaker(speakers.of_actor(clusters, actor)),
            None => match Pronoun::of(document.slice(candidate.candidate.span)) {
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
    speakers: &mut Speakers,
) {
    let by_sentence = reading.attributions_by_sentence();
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
        let covering = by_sentence[sentence]
            .iter()
            .rev()
            .find(|&&i| reading.attributions[i].covers(sentence, span));
        let speaker = match covering.and_then(|&i| voices.get(i)) {
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
