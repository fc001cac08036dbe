//! Holders and targets of every sentence -> instances.
//!
//! In goes an identified document; out come its [`Instance`]s: for each target the holders of its
//! sentence, whoever speaks it, and the narrator, as far as a stance head says that there is a stance.
//! What a reader would question: of several mentions of one holder and one actor in a sentence only
//! the surest becomes an instance. A sentence counts once for a pair, however often it repeats the
//! names.

use super::Identified;
use super::mentions::Found;
use super::voices::Speakers;
use crate::analysis::Voice;
use crate::attribution::quotes::quote_around;
use crate::instance::{Candidate, Context, Instance, Pair};
use crate::model::Model;
use crate::stance::{Head, Stance};
use std::collections::BTreeMap;
use std::ops::Range;

/// Most holders of a sentence that are considered for one target, the nearest first: a sentence of
/// thousands of names must not cost their square.
const MAX_HOLDERS: usize = 12;

fn nearest_holders(holders: &[usize], found: &[Found], target: usize) -> Vec<usize> {
    let gap = |&holder: &usize| {
        let (h, t) = (&found[holder].words, &found[target].words);
        h.start
            .saturating_sub(t.end)
            .max(t.start.saturating_sub(h.end))
    };
    // Holders are in order of the text, so the nearest stand around the target.
    let at = holders.partition_point(|&holder| holder < target);
    let around = at.saturating_sub(MAX_HOLDERS)..(at + MAX_HOLDERS).min(holders.len());
    let mut near = holders[around].to_vec();
    near.sort_by_key(gap);
    near.truncate(MAX_HOLDERS);
    near
}

/// The instances of a document, in order of the text.
pub(super) fn instances(
    model: &Model,
    identified: &Identified<'_>,
    speakers: &mut Speakers,
    explain: bool,
) -> Vec<Instance> {
    let Identified {
        document,
        reading,
        found,
        clusters,
        voices,
    } = identified;
    let by_sentence = reading.attributions_by_sentence();
    let mut all = Vec::new();
    let mut start = 0;
    while let Some(first) = found.get(start) {
        let sentence = first.candidate.sentence;
        let n = found[start..]
            .iter()
            .take_while(|f| f.candidate.sentence == sentence)
            .count();
        let local = start..start + n;
        start += n;
        let holders: Vec<usize> = local.clone().filter(|&i| found[i].is_holder).collect();
        let holder_words: Vec<Range<usize>> =
            holders.iter().map(|&i| found[i].words.clone()).collect();
        let numbers = &by_sentence[sentence];
        let attributions: Vec<_> = numbers.iter().map(|&i| &reading.attributions[i]).collect();
        let context = Context {
            document,
            sentence,
            words: &reading.words[sentence],
            holders: &holder_words,
            attributions: &attributions,
            quotes: &reading.quotes,
        };
        let name = document
            .turn_at(reading.sentences[sentence].start())
            .map(|turn| turn.speaker.as_str())
            .or(document.speaker());
        let turn = name.map(|name| speakers.of_name(clusters, name));
        let mut best = Best {
            model,
            context: &context,
            explain,
            instances: BTreeMap::new(),
        };
        for target in local.filter(|&i| found[i].is_target) {
            let Some(actor) = clusters.actor_of(target) else {
                continue;
            };
            let span = found[target].candidate.span;
            for holder in nearest_holders(&holders, found, target) {
                let Some(who) = clusters.actor_of(holder) else {
                    continue;
                };
                let (h, t) = (&found[holder].words, &found[target].words);
                if holder == target || (h.start < t.end && t.start < h.end) {
                    continue;
                }
                let speaker = speakers.of_actor(clusters, who);
                let candidate = Candidate::Named(h.clone());
                best.consider(t, actor, &candidate, Some(speaker), who == actor);
            }
            let running = numbers.iter().rev().find_map(|&i| {
                let attribution = &reading.attributions[i];
                let runs = attribution.covers(sentence, span) && !attribution.speaks_in(sentence);
                match voices[i] {
                    Voice::Speaker(speaker) if runs => Some(speaker),
                    Voice::Speaker(_) | Voice::Unknown(..) => None,
                }
            });
            if let Some(speaker) = turn.or(running) {
                let same = speakers.all[speaker].actor == Some(actor);
                let words = &found[target].words;
                best.consider(words, actor, &Candidate::Implicit, Some(speaker), same);
            }
            if turn.is_none() {
                best.consider(&found[target].words, actor, &Candidate::Author, None, false);
            }
        }
        all.extend(best.instances.into_values());
    }
    all.sort_by_key(|instance| (instance.sentence, instance.target, instance.speaker));
    all
}

/// The best instances of a sentence.
struct Best<'a> {
    model: &'a Model,
    context: &'a Context<'a>,
    explain: bool,
    /// By speaker and actor.
    instances: BTreeMap<(Option<usize>, usize), Instance>,
}

impl Best<'_> {
    /// Scores a pair and keeps it if it is the surest of its speaker and actor in the sentence.
    fn consider(
        &mut self,
        target: &Range<usize>,
        actor: usize,
        holder: &Candidate,
        speaker: Option<usize>,
        same_actor: bool,
    ) {
        let context = self.context;
        let kind = holder.kind();
        let features = context.features(Pair {
            target,
            holder,
            same_actor,
        });
        let head = self.model.stance(Head::from(kind));
        let score = head.score(context.words, &features);
        let max_none = self.model.heads().decision.max_none[kind as usize];
        // A holder's plain mention of itself is no stance.
        if score.none > max_none || (same_actor && score.stance() == Stance::Neutral) {
            return;
        }
        let key = (speaker, actor);
        if self
            .instances
            .get(&key)
            .is_some_and(|known| known.score.none <= score.none)
        {
            return;
        }
        let span = context.span(target);
        let depth = context
            .attributions
            .iter()
            .filter(|a| a.covers(context.sentence, span))
            .count();
        self.instances.insert(
            key,
            Instance {
                sentence: context.sentence,
                kind,
                speaker,
                actor,
                target: span,
                holder: features.holder.as_ref().map(|words| context.span(words)),
                quoted: quote_around(context.quotes, span).is_some(),
                depth,
                score,
                explanation: self.explain.then(|| head.explain(context.words, &features)),
            },
        );
    }
}
