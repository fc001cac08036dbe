//! What was found of a document -> its [`Analysis`].
//!
//! In go the identified document, its speakers and its instances; out come profiles with their
//! evidence, the mentions that mean somebody, and warnings. What a reader would question: the
//! narrator's instances are in the analysis and in no profile, since the narrator is no speaker.

use super::Identified;
use super::speakers::Speakers;
use crate::actors::MentionKind;
use crate::analysis::{Analysis, Mention, ModelIdentity, Voice, Warning};
use crate::instance::Instance;
use crate::profile::{Evidence, ProfileSums, StanceProfile};
use crate::stance::HolderKind;
use std::collections::BTreeMap;

/// Puts the analysis together.
pub(super) fn analysis(
    model: ModelIdentity,
    identified: Identified<'_>,
    mut speakers: Speakers<'_>,
    instances: Vec<Instance>,
) -> Analysis {
    let Identified {
        document,
        reading,
        found,
        clusters,
        voices,
    } = identified;
    let mut profiles: BTreeMap<(usize, usize), StanceProfile> = BTreeMap::new();
    for (number, instance) in instances.iter().enumerate() {
        let Some(speaker) = instance
            .speaker
            .filter(|_| instance.kind != HolderKind::Author)
        else {
            continue;
        };
        let profile = profiles
            .entry((speaker, instance.actor))
            .or_insert_with(|| StanceProfile {
                speaker,
                actor: instance.actor,
                sums: ProfileSums::default(),
                evidence: Vec::new(),
            });
        profile.sums.add(&instance.score);
        profile.evidence.push(Evidence {
            instance: number,
            sentence: instance.sentence,
            target: instance.target,
            holder: instance.holder,
            score: instance.score,
        });
    }
    let mut profiles: Vec<StanceProfile> = profiles.into_values().collect();
    profiles.sort_by_key(|p| (p.speaker, std::cmp::Reverse(p.sums.n()), p.actor));
    let mut mentions = Vec::new();
    let mut numbers = vec![None; found.len()];
    for (at, f) in found.iter().enumerate() {
        if let Some(actor) = clusters.actor_of(at) {
            numbers[at] = Some(mentions.len());
            if f.is_holder {
                speakers.add_mention(actor, f.candidate.span);
            }
            mentions.push(Mention {
                span: f.candidate.span,
                sentence: f.candidate.sentence,
                actor,
                kind: clusters
                    .mention_kind(at)
                    .unwrap_or(MentionKind::Description),
                confidence: f.candidate.confidence.clamp(0.0, 1.0),
                is_target: f.is_target,
            });
        }
    }
    let mut actors = clusters.actors().to_vec();
    for actor in &mut actors {
        actor.mentions = actor
            .mentions
            .iter()
            .filter_map(|&at| numbers[at])
            .collect();
    }
    let mut warnings: Vec<Warning> = reading
        .words
        .iter()
        .enumerate()
        .filter(|(_, words)| words.split)
        .map(|(sentence, _)| Warning::LongSentence { sentence })
        .collect();
    if actors.is_empty() {
        warnings.push(Warning::NoActors);
    }
    let unresolved = voices
        .iter()
        .enumerate()
        .filter(|(_, voice)| matches!(voice, Voice::Unknown(..)));
    warnings.extend(unresolved.map(|(attribution, _)| Warning::UnresolvedSpeaker { attribution }));
    Analysis {
        document_id: document.id().to_owned(),
        model,
        sentences: reading.sentences,
        words: reading
            .words
            .iter()
            .map(|words| words.words().to_vec())
            .collect(),
        attributions: reading.attributions,
        voices,
        speakers: speakers.all,
        actors,
        mentions,
        instances,
        profiles,
        warnings,
    }
}
