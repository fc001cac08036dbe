//! Document in, [`Analysis`] out: the one path that the command line, the server and the evaluation
//! call.
//!
//! A [`Scorer`] is immutable after loading and shared by all threads; each thread brings its own
//! [`Worker`]. What a reader would question: of several mentions of one holder and one actor in a
//! sentence only the surest becomes an instance. A sentence counts once for a pair, however often it
//! repeats the names.

mod mentions;
mod voices;

use crate::actors::{Clusters, Gazetteer, MentionKind, Registry};
use crate::analysis::{Analysis, Mention, Voice, Warning};
use crate::document::Document;
use crate::encoder::Worker;
use crate::error::Result;
use crate::instance::{Candidate, Context, Instance, Pair};
use crate::model::Model;
use crate::profile::{Evidence, ProfileSums, StanceProfile};
use crate::reading::{Keep, Reading};
use crate::segment::sentences;
use crate::stance::{Head, HolderKind, Stance};
use mentions::Found;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use voices::Speakers;

/// What the caller wants of an analysis.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The caller's actors; they come before the gazetteer.
    pub registry: Option<&'a Registry>,
    /// Leave out actors that are not in the registry.
    pub only_given: bool,
    /// Explain every instance.
    pub explain: bool,
}

/// Scores documents with one model.
#[derive(Debug)]
pub struct Scorer {
    model: Model,
}

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

/// The best instance of a holder toward an actor in a sentence, by speaker and actor.
type BestInstances = BTreeMap<(Option<usize>, usize), Instance>;

impl Scorer {
    /// A scorer of a loaded model.
    #[must_use]
    pub fn new(model: Model) -> Self {
        Self { model }
    }

    /// Its model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Analyses one document, its windows shared out to the workers.
    ///
    /// The result does not depend on the number of workers.
    ///
    /// # Errors
    ///
    /// Those of the encoder.
    pub fn analyze(
        &self,
        document: &Document,
        options: &Options<'_>,
        workers: &[Worker],
    ) -> Result<Analysis> {
        let taggers = &self.model.heads().taggers;
        let listed = mentions::listed(document, options.registry, options.only_given);
        let keep = if options.explain {
            Keep::All
        } else {
            Keep::Mentions(&listed)
        };
        let reading = Reading::new(
            document,
            sentences(document),
            self.model.encoder(),
            taggers,
            workers,
            keep,
        )?;
        let found = mentions::find(&reading, &listed);
        let candidates: Vec<_> = found.iter().map(|f| f.candidate).collect();
        let mut clusters = Clusters::build(
            document,
            &reading.sentences,
            &candidates,
            options.registry,
            Gazetteer::built_in(),
            options.only_given,
        );
        let mut speakers = Speakers::default();
        voices::resolve_pronouns(document, &reading, &found, &mut clusters);
        let voices = voices::voices(document, &reading, &found, &clusters, &mut speakers);
        voices::resolve_first_person(
            document,
            &reading,
            &found,
            &voices,
            &mut clusters,
            &mut speakers,
        );
        let instances = self.instances(
            document,
            &reading,
            &found,
            &clusters,
            &voices,
            &mut speakers,
            options,
        );
        Ok(self.finish(
            document, reading, &found, &clusters, voices, speakers, instances,
        ))
    }

    /// Analyses several documents, in order. With at least as many documents as workers every
    /// worker takes whole documents; with fewer, all share one document's windows.
    pub fn analyze_all(
        &self,
        documents: &[Document],
        options: &Options<'_>,
        workers: &[Worker],
    ) -> Vec<Result<Analysis>> {
        if workers.len() < 2 || documents.len() < workers.len() {
            return documents
                .iter()
                .map(|d| self.analyze(d, options, workers))
                .collect();
        }
        let next = AtomicUsize::new(0);
        let mut done: Vec<(usize, Result<Analysis>)> = std::thread::scope(|scope| {
            let run = |worker: &Worker| {
                let mut own = Vec::new();
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(document) = documents.get(i) else {
                        return own;
                    };
                    own.push((
                        i,
                        self.analyze(document, options, std::slice::from_ref(worker)),
                    ));
                }
            };
            let threads: Vec<_> = workers
                .iter()
                .map(|w| scope.spawn(move || run(w)))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_default())
                .collect()
        });
        done.sort_by_key(|&(i, _)| i);
        done.into_iter().map(|(_, analysis)| analysis).collect()
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the parts of one document's analysis"
    )]
    fn instances(
        &self,
        document: &Document,
        reading: &Reading,
        found: &[Found],
        clusters: &Clusters,
        voices: &[Voice],
        speakers: &mut Speakers,
        options: &Options<'_>,
    ) -> Vec<Instance> {
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
            let mut best = BestInstances::new();
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
                    self.consider(
                        &mut best,
                        &context,
                        t,
                        actor,
                        &candidate,
                        Some(speaker),
                        who == actor,
                        options,
                    );
                }
                let running = numbers.iter().rev().find_map(|&i| {
                    let attribution = &reading.attributions[i];
                    let runs =
                        attribution.covers(sentence, span) && !attribution.speaks_in(sentence);
                    match voices[i] {
                        Voice::Speaker(speaker) if runs => Some(speaker),
                        Voice::Speaker(_) | Voice::Unknown(..) => None,
                    }
                });
                if let Some(speaker) = turn.or(running) {
                    let same = speakers.all[speaker].actor == Some(actor);
                    let words = &found[target].words;
                    self.consider(
                        &mut best,
                        &context,
                        words,
                        actor,
                        &Candidate::Implicit,
                        Some(speaker),
                        same,
                        options,
                    );
                }
                if turn.is_none() {
                    self.consider(
                        &mut best,
                        &context,
                        &found[target].words,
                        actor,
                        &Candidate::Author,
                        None,
                        false,
                        options,
                    );
                }
            }
            all.extend(best.into_values());
        }
        all.sort_by_key(|instance| (instance.sentence, instance.target, instance.speaker));
        all
    }

    /// Scores a pair and keeps it if it is the surest of its speaker and actor in the sentence.
    #[allow(clippy::too_many_arguments, reason = "the parts of one instance")]
    fn consider(
        &self,
        best: &mut BestInstances,
        context: &Context<'_>,
        target: &Range<usize>,
        actor: usize,
        holder: &Candidate,
        speaker: Option<usize>,
        same_actor: bool,
        options: &Options<'_>,
    ) {
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
        if best
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
        best.insert(
            key,
            Instance {
                sentence: context.sentence,
                kind,
                speaker,
                actor,
                target: span,
                holder: features.holder.as_ref().map(|words| context.span(words)),
                quoted: crate::attribution::quotes::quote_around(context.quotes, span).is_some(),
                depth,
                score,
                explanation: options
                    .explain
                    .then(|| head.explain(context.words, &features)),
            },
        );
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the parts of one document's analysis"
    )]
    fn finish(
        &self,
        document: &Document,
        reading: Reading,
        found: &[Found],
        clusters: &Clusters,
        voices: Vec<Voice>,
        mut speakers: Speakers,
        instances: Vec<Instance>,
    ) -> Analysis {
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
                    for speaker in speakers.all.iter_mut().filter(|s| s.actor == Some(actor)) {
                        speaker.mentions.push(f.candidate.span);
                    }
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
        warnings
            .extend(unresolved.map(|(attribution, _)| Warning::UnresolvedSpeaker { attribution }));
        Analysis {
            document_id: document.id().to_owned(),
            model: self.model.identity(),
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
}
