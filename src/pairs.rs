//! Which pairs of a speaker and an actor a reader would list.
//!
//! In go an analysis and one of its profiles; out comes the probability that a reader of the whole document would
//! say of this speaker that it stands so toward this actor. Instances are judged one by one, and many that look
//! right come to nothing as a pair: an unnamed official on an unnamed group, one sentence of three holders. What a
//! reader would question: the head sees no word vectors, only plain facts of the pair. It is fitted on pairs of the
//! training documents, whose sentences the encoder has seen, so vectors would look better than they are.

use crate::actors::{Actor, ActorOrigin, ActorType, MentionKind};
use crate::analysis::{Analysis, Voice};
use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::linear::{Linear, softmax};
use crate::profile::StanceProfile;
use crate::stance::HolderKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Texts with fewer sentences are no whole documents: of their few pairs nearly every one is listed, so the head neither
/// learns from them nor judges them.
pub const MIN_SENTENCES: usize = 10;

/// The types whose flags stand among the facts, in this order.
const TYPES: [ActorType; 8] = [
    ActorType::Person,
    ActorType::Organisation,
    ActorType::Country,
    ActorType::Party,
    ActorType::ArmedGroup,
    ActorType::Group,
    ActorType::Location,
    ActorType::Other,
];

/// Plain facts of a pair.
const N_PLAIN: usize = 26 + 2 * TYPES.len();

/// Number of facts of a pair: the plain ones, and the same again where the speaker is given, by a turn or the
/// caller, and 0 where not. Given speakers are more often right, and their texts are of another sort.
pub const N_FACTS: usize = 2 * N_PLAIN + 1;

/// Distance of holder and target that counts as far, in bytes.
const FAR: f64 = 300.0;

/// A classifier of pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairHead {
    linear: Linear,
    /// Pairs that are less likely are not listed, those of mentioned and those of given speakers; 0 to 1.
    pub least: [f64; 2],
}

impl PairHead {
    /// A head from a fitted classifier of the classes not listed and listed.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] when the classifier does not fit [`N_FACTS`].
    pub fn new(linear: Linear, least: [f64; 2]) -> Result<Self> {
        let head = Self { linear, least };
        if head.fits() {
            Ok(head)
        } else {
            Err(Error::Model {
                message: format!("a head of pairs must read {N_FACTS} facts"),
            })
        }
    }

    /// Whether it reads [`N_FACTS`].
    #[must_use]
    pub fn fits(&self) -> bool {
        self.linear.n_classes() == 2
            && self.linear.n_features() == N_FACTS
            && self.least.iter().all(|least| (0.0..=1.0).contains(least))
    }

    /// Whether a reader would list a pair of these facts.
    #[must_use]
    pub fn lists(&self, facts: &[f32; N_FACTS]) -> bool {
        self.probability(facts) >= self.least[usize::from(is_given(facts))]
    }

    /// The probability that a reader lists a pair of these facts.
    #[must_use]
    pub fn probability(&self, facts: &[f32; N_FACTS]) -> f64 {
        let logits = self.linear.logits(facts);
        let mut p: Vec<f64> = logits.into_iter().map(f64::from).collect();
        softmax(&mut p);
        p[1]
    }
}

/// Whether these are facts of a speaker who is given.
#[must_use]
pub fn is_given(facts: &[f32; N_FACTS]) -> bool {
    facts[N_PLAIN] > 0.0
}

/// What is known of the pairs of an analysis.
#[derive(Debug)]
pub struct Pairs<'a> {
    analysis: &'a Analysis,
    /// Instances by sentence and actor.
    on: BTreeMap<(usize, usize), Vec<&'a Instance>>,
    /// For each speaker the confidence of its attributions.
    said: Vec<Vec<f64>>,
    /// For each actor its mentions by kind (name, pronoun, description) and the surest one's confidence.
    mentioned: Vec<([usize; 3], f64)>,
    /// For each actor how often the narrator speaks of it.
    narrated: Vec<usize>,
    /// For each speaker whether it is given.
    given: Vec<bool>,
}

impl<'a> Pairs<'a> {
    /// Looks at the whole analysis once.
    #[must_use]
    pub fn new(analysis: &'a Analysis) -> Self {
        let mut on: BTreeMap<(usize, usize), Vec<&Instance>> = BTreeMap::new();
        let mut narrated = vec![0; analysis.actors.len()];
        for instance in &analysis.instances {
            let key = (instance.sentence, instance.actor);
            on.entry(key).or_default().push(instance);
            if instance.speaker.is_none() {
                narrated[instance.actor] += 1;
            }
        }
        let mut said = vec![Vec::new(); analysis.speakers.len()];
        for (attribution, voice) in analysis.attributions.iter().zip(&analysis.voices) {
            if let Voice::Speaker(speaker) = voice {
                said[*speaker].push(attribution.confidence);
            }
        }
        let mut mentioned = vec![([0; 3], 0.0f64); analysis.actors.len()];
        for mention in &analysis.mentions {
            let (kinds, surest) = &mut mentioned[mention.actor];
            kinds[match mention.kind {
                MentionKind::Name => 0,
                MentionKind::Pronoun => 1,
                MentionKind::Description => 2,
            }] += 1;
            *surest = surest.max(mention.confidence);
        }
        Self {
            analysis,
            on,
            said,
            mentioned,
            narrated,
            given: analysis
                .speakers
                .iter()
                .map(|speaker| speaker.given)
                .collect(),
        }
    }

    /// The facts of a pair.
    #[must_use]
    pub fn facts(&self, profile: &StanceProfile) -> [f32; N_FACTS] {
        let analysis = self.analysis;
        let actor = &analysis.actors[profile.actor];
        let speaker = &analysis.speakers[profile.speaker];
        let same = speaker.actor.map(|actor| &analysis.actors[actor]);
        let evidence = profile.evidence.iter();
        let instances: Vec<&Instance> = evidence
            .filter_map(|evidence| analysis.instances.get(evidence.instance))
            .collect();
        let n = instances.len().max(1) as f64;
        let share = |holds: fn(&Instance) -> bool| {
            instances.iter().filter(|instance| holds(instance)).count() as f64 / n
        };
        let least = |values: &mut dyn Iterator<Item = f64>| values.fold(1.0, f64::min);
        let nones = || instances.iter().map(|instance| instance.score.none);
        let polar = instances.iter().map(|i| i.score.favour + i.score.against);
        let surest = instances
            .iter()
            .min_by(|a, b| a.score.none.total_cmp(&b.score.none));
        let gap = surest.and_then(|instance| {
            let holder = instance.holder?;
            Some(holder.start().abs_diff(instance.target.start()) as f64)
        });
        let rivals = || {
            let of = |instance: &&Instance| {
                let own = self.on.get(&(instance.sentence, instance.actor));
                own.map_or(&[][..], Vec::as_slice)
            };
            let others = instances.iter().flat_map(of).filter(|other| {
                other
                    .speaker
                    .is_some_and(|speaker| speaker != profile.speaker)
            });
            others.map(|other| other.score.none)
        };
        let (kinds, sure) = self.mentioned[profile.actor];
        let own = speaker.actor.map(|actor| self.mentioned[actor].0);
        let n_mentions = kinds.iter().sum::<usize>();
        let said = &self.said[profile.speaker];
        let flag = |holds: bool| f64::from(u8::from(holds));
        let listed = |actor: &Actor| actor.origin != ActorOrigin::Text;
        let words = |name: &str| name.split_whitespace().count() as f64 / 5.0;
        let score = profile.sums.score();
        let n_sentences = analysis.sentences.len();
        let first = instances.first().map_or(0, |instance| instance.sentence);
        let facts: [f64; 26] = [
            flag(own.is_none_or(|kinds| kinds[0] > 0)),
            flag(kinds[0] > 0 || listed(actor)),
            n.ln(),
            log_odds(least(&mut nones())),
            -nones()
                .map(|none| none.max(1e-3).ln())
                .sum::<f64>()
                .max(-8.0),
            score.abs(),
            score,
            polar.fold(0.0, f64::max),
            share(|instance| instance.kind == HolderKind::Implicit),
            flag(speaker.actor == Some(profile.actor)),
            (n_mentions.max(1) as f64).ln(),
            (1.0 + own.map_or(3, |kinds| kinds.iter().sum::<usize>()) as f64).ln(),
            flag(share(|instance| instance.quoted) > 0.0),
            sure,
            flag(same.is_some_and(listed)),
            flag(listed(actor)),
            kinds[1] as f64 / n_mentions.max(1) as f64,
            (1.0 + said.len() as f64).ln(),
            said.iter().copied().fold(0.0, f64::max),
            words(&actor.name),
            words(&speaker.name),
            first as f64 / n_sentences.max(1) as f64,
            (1.0 + n_sentences as f64).ln(),
            (1.0 + self.narrated[profile.actor] as f64).ln(),
            least(&mut rivals()),
            gap.map_or(0.0, |gap| (gap / FAR).min(1.0)),
        ];
        let given = own.is_none() || self.given[profile.speaker];
        let mut all = [0.0; N_FACTS];
        let types = TYPES.iter().map(|&kind| flag(actor.kind == kind));
        let own_types = TYPES
            .iter()
            .map(|&kind| flag(same.is_some_and(|same| same.kind == kind)));
        let facts = facts.into_iter().chain(types).chain(own_types);
        for (at, fact) in facts.enumerate() {
            all[at] = fact as f32;
            if given {
                all[N_PLAIN + 1 + at] = fact as f32;
            }
        }
        all[N_PLAIN] = f32::from(u8::from(given));
        all
    }
}

/// Log of the odds of a probability, within what a probability of 1e-4 gives.
fn log_odds(p: f64) -> f64 {
    (p.max(1e-4) / (1.0 - p).max(1e-4)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_must_fit() {
        let linear = |n: usize| Linear::from_parts(2, vec![0.0; 2 * n], vec![0.0; 2]).unwrap();
        assert!(PairHead::new(linear(N_FACTS - 1), [0.3; 2]).is_err());
        assert!(PairHead::new(linear(N_FACTS), [0.3, 1.5]).is_err());
        let head = PairHead::new(linear(N_FACTS), [0.6, 0.4]).unwrap();
        assert!((head.probability(&[1.0; N_FACTS]) - 0.5).abs() < 1e-9);
        // Facts of a given speaker have their own bound.
        assert!(head.lists(&[1.0; N_FACTS]) && !head.lists(&[0.0; N_FACTS]));
    }

    #[test]
    fn log_odds_are_bounded() {
        assert_eq!(log_odds(0.5), 0.0);
        assert!(log_odds(0.0) > -10.0 && log_odds(1.0) < 10.0);
    }
}
