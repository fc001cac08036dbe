//! Holders and targets of every sentence -> instances.
//!
//! In goes an identified document; out come its [`Instance`]s: for each target the holders of its
//! sentence, whoever speaks it, and the narrator, as far as a stance head says that there is a stance (`stands`).
//! What a reader would question: the heads are not asked of every pair. Rules leave out mentions and sentences in which
//! nobody takes a stand (`passing`), and of a sentence's holders the nearest alone are considered.

mod stands;

use super::Identified;
use super::Options;
use super::mentions::Found;
use super::passing::{
    are_joined, is_called, is_denied, is_everybody, is_label, is_reporter, is_setting, is_shouted,
    owns_office, qualifies,
};
use super::speakers::Speakers;
use crate::actors::{ActorOrigin, ActorType, MentionKind, Pronoun};
use crate::analysis::Voice;
use crate::instance::{Candidate, Context, Instance};
use crate::model::Model;
use crate::tagging::{gap, meet};
use stands::Stands;
use std::ops::Range;

/// Most holders of a sentence that are considered for one target, the nearest first: a sentence of
/// thousands of names must not cost their square.
const MAX_HOLDERS: usize = 12;

fn nearest_holders(holders: &[usize], found: &[Found], target: usize) -> Vec<usize> {
    // Holders are in order of the text, so the nearest stand around the target.
    let at = holders.partition_point(|&holder| holder < target);
    let around = at.saturating_sub(MAX_HOLDERS)..(at + MAX_HOLDERS).min(holders.len());
    let mut near = holders[around].to_vec();
    near.sort_by_key(|&holder| gap(&found[holder].words, &found[target].words));
    near.truncate(MAX_HOLDERS);
    near
}

/// The instances of a document, in order of the text.
pub(super) fn instances(
    model: &Model,
    identified: &Identified<'_>,
    speakers: &mut Speakers<'_>,
    options: &Options<'_>,
) -> Vec<Instance> {
    let Identified {
        document,
        reading,
        found,
        clusters,
        voices,
    } = identified;
    let by_sentence = reading.attributions_by_sentence();
    let has_small = document.text().contains(char::is_lowercase);
    let is_scrap = |actor: usize| {
        let actor = &clusters.actors()[actor];
        has_small && actor.origin == ActorOrigin::Text && is_shouted(&actor.forms)
    };
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
        let named = |&i: &usize| clusters.mention_kind(i) == Some(MentionKind::Name);
        let mut names = local.clone().filter(named);
        let whole = reading.sentences[sentence];
        if is_label(document, whole)
            || names.any(|i| is_called(document, whole, found[i].candidate.span))
        {
            continue;
        }
        let takes_side = |&i: &usize| {
            let span = found[i].candidate.span;
            let of_office = named(&i)
                && (qualifies(document, whole, span) || owns_office(document, whole, span));
            !of_office
                && !is_reporter(document, whole, span)
                && !is_denied(document, whole, span)
                && !clusters.actor_of(i).is_some_and(&is_scrap)
        };
        let holders: Vec<usize> = holders.into_iter().filter(takes_side).collect();
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
        let mut stands = Stands::new(model, &context, reading.places(sentence));
        for target in local.filter(|&i| found[i].is_target) {
            let Some(actor) = clusters.actor_of(target) else {
                continue;
            };
            let span = found[target].candidate.span;
            if named(&target)
                && clusters.actors()[actor].kind != ActorType::Person
                && qualifies(document, whole, span)
            {
                continue;
            }
            let of_text = clusters.actors()[actor].origin == ActorOrigin::Text;
            if (of_text && is_everybody(document.slice(span))) || is_scrap(actor) {
                continue;
            }
            // A speech that mentions a place means whoever lives there; an article says where something happens.
            let kind = clusters.actors()[actor].kind;
            let setting =
                turn.is_none() && named(&target) && is_setting(document, whole, span, kind);
            // "we" is more than the one who says it.
            let we = Pronoun::of(document.slice(span)) == Some(Pronoun::First { plural: true });
            if we && clusters.actors()[actor].kind == ActorType::Person {
                continue;
            }
            let near = if setting {
                Vec::new()
            } else {
                nearest_holders(&holders, found, target)
            };
            for holder in near {
                let Some(who) = clusters.actor_of(holder) else {
                    continue;
                };
                let (h, t) = (&found[holder].words, &found[target].words);
                if holder == target || meet(h, t) {
                    continue;
                }
                // "Maar's counsel, Ana Ruiz, said": Maar says whose she is.
                let own = found[holder].candidate.span;
                if are_joined(document, own, span) {
                    continue;
                }
                let mut sources = reading.attributions_from(sentence, own);
                if sources.any(|said| {
                    said.source
                        .is_some_and(|(_, source)| source.contains(own) && source.contains(span))
                }) {
                    continue;
                }
                let speaker = speakers.of_actor(clusters, who);
                let candidate = Candidate::Named(h.clone());
                stands.consider(t, actor, &candidate, Some(speaker), who == actor);
            }
            let around = reading.attributions_around(sentence, span);
            let running = around.iter().rev().find_map(|&i| {
                let runs = !reading.attributions[i].speaks_in(sentence);
                match voices[i] {
                    Voice::Speaker(speaker) if runs => Some(speaker),
                    Voice::Speaker(_) | Voice::Unknown(..) => None,
                }
            });
            if let Some(speaker) = turn.or(running).filter(|_| !setting) {
                let same = speakers.all[speaker].actor == Some(actor);
                let words = &found[target].words;
                stands.consider(words, actor, &Candidate::Implicit, Some(speaker), same);
            }
            if turn.is_none() {
                stands.consider(&found[target].words, actor, &Candidate::Author, None, false);
            }
        }
        all.extend(stands.instances(options.explain));
    }
    all.retain(|instance| instance.score.none <= 1.0 - options.min_confidence);
    all.sort_by_key(|instance| (instance.sentence, instance.target, instance.speaker));
    all
}
