//! Pairs of mentions -> the instances of a sentence.
//!
//! In go the mentions of holders and targets that may have a stance, each with its speaker and actor; out comes one
//! [`Instance`] for every speaker and actor of which a stance head says that they have one. What a reader would question: a
//! sentence counts once for a speaker and an actor, however often it repeats the names. Its instance stands at the surest
//! pair of mentions and has the mean of all of them, those in compounds ("Iran-Saudi talks") left out where there is a
//! plain one.

use crate::attribution::Places;
use crate::attribution::quotes::quote_around;
use crate::instance::{Candidate, Context, Instance, Pair};
use crate::model::Model;
use crate::scorer::passing::is_in_compound;
use crate::stance::{Explanation, Features, Head, HolderKind, Stance, StanceScore};
use std::collections::BTreeMap;
use std::ops::Range;

/// A holder's mention and a target's mention, scored.
struct Stand {
    kind: HolderKind,
    features: Features,
    score: StanceScore,
    same_actor: bool,
}

/// What the mentions of a sentence say of its speakers and actors.
pub(super) struct Stands<'a> {
    model: &'a Model,
    context: &'a Context<'a>,
    places: &'a Places,
    /// By speaker and actor.
    by_pair: BTreeMap<(Option<usize>, usize), Vec<Stand>>,
}

impl<'a> Stands<'a> {
    /// None yet.
    pub(super) fn new(model: &'a Model, context: &'a Context<'a>, places: &'a Places) -> Self {
        Self {
            model,
            context,
            places,
            by_pair: BTreeMap::new(),
        }
    }

    /// Scores a pair of mentions.
    pub(super) fn consider(
        &mut self,
        target: &Range<usize>,
        actor: usize,
        holder: &Candidate,
        speaker: Option<usize>,
        same_actor: bool,
    ) {
        let kind = holder.kind();
        let pair = Pair {
            target,
            holder,
            same_actor,
        };
        let features = self.context.features(self.places, pair);
        let head = self.model.stance(Head::from(kind));
        let score = head.score(self.context.words, &features);
        self.by_pair
            .entry((speaker, actor))
            .or_default()
            .push(Stand {
                kind,
                features,
                score,
                same_actor,
            });
    }

    /// One instance for every speaker and actor that have a stance.
    pub(super) fn instances(self, explain: bool) -> impl Iterator<Item = Instance> {
        let Self {
            model,
            context,
            places,
            by_pair,
        } = self;
        by_pair
            .into_iter()
            .filter_map(move |((speaker, actor), mut stands)| {
                stands.sort_by(|a, b| a.score.none.total_cmp(&b.score.none));
                let kind = stands.first()?.kind;
                stands.retain(|stand| stand.kind == kind);
                let in_compound = |stand: &Stand| {
                    is_in_compound(context.document, context.span(&stand.features.target))
                };
                if !stands.iter().all(in_compound) {
                    stands.retain(|stand| !in_compound(stand));
                }
                let surest = stands.first()?;
                let scores: Vec<StanceScore> = stands.iter().map(|stand| stand.score).collect();
                let score = StanceScore::mean(&scores);
                let max_none = model.heads().decision.max_none[kind as usize];
                // A holder's plain mention of itself is no stance.
                let plain = surest.same_actor && score.stance() == Stance::Neutral;
                if surest.score.none > max_none || plain {
                    return None;
                }
                let head = model.stance(Head::from(kind));
                let target = context.span(&surest.features.target);
                Some(Instance {
                    sentence: context.sentence,
                    kind,
                    speaker,
                    actor,
                    target,
                    holder: surest.features.holder.as_ref().map(|h| context.span(h)),
                    quoted: quote_around(context.quotes, target).is_some(),
                    depth: places.around(target).len(),
                    score,
                    explanation: explain.then(|| {
                        let each = stands.iter().map(|stand| {
                            let why = head.explain(context.words, &stand.features);
                            (stand.score.weight(), why)
                        });
                        Explanation::mean(each.collect())
                    }),
                })
            })
    }
}
