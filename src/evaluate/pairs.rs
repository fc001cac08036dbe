//! Gold and predicted (speaker, actor, stance) pairs of a document in, additive counts out.
//!
//! Gold pairs are strict (annotators agree) or optional (they do not: neither rewarded nor
//! punished), and only polar pairs, favour or against, make precision and recall: what is right
//! among them is decided in `polar`, how names match in `names`. Whether neutral is told from polar
//! is seen in [`PairScores::stances`], for pairs that were found at all.

use serde::Serialize;

use super::metrics::Confusion;
use named::NamedDocument;

mod file;
mod named;
mod names;
mod polar;
mod rows;
mod speakers;

pub use file::{PairsText, read_pairs};
pub use names::{Names, Titles};
pub use polar::{FalseAlarms, Misses, Outcome, PolarTally, Rung};
pub use rows::{Row, pairs_from_rows};
pub use speakers::SpeakerTally;

/// What a speaker shows toward an actor over a whole document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PairStance {
    /// In favour of the actor.
    Favour,
    /// Speaks of the actor without taking a side.
    Neutral,
    /// Against the actor.
    Against,
    /// Both sides, neither clearly more.
    Mixed,
}

impl PairStance {
    /// Whether this is one of the two polarities.
    pub fn is_polar(self) -> bool {
        matches!(self, Self::Favour | Self::Against)
    }
}

/// A labelled pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldPair {
    /// Name forms of the speaker.
    pub speaker: Vec<String>,
    /// Name forms of the actor.
    pub actor: Vec<String>,
    /// The stances that count as right.
    pub stances: Vec<PairStance>,
    /// Whether annotators agree; if not, the pair is optional.
    pub strict: bool,
}

/// A pair as the system sees it. A pair held back as insufficient is not predicted: leave it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictedPair {
    /// Name forms of the speaker.
    pub speaker: Vec<String>,
    /// Name forms of the actor.
    pub actor: Vec<String>,
    /// The stance of the whole document.
    pub stance: PairStance,
}

/// Everyone the system found in a document, in a pair or not; may be empty. Only the causes of
/// misses depend on it: speakers and actors of predicted pairs count as found in any case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Name forms of each speaker.
    pub speakers: Vec<Vec<String>>,
    /// Name forms of each actor.
    pub actors: Vec<Vec<String>>,
}

/// The counts of one document, or the sum of many: what the bootstrap draws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PairScores {
    /// Polar pairs, the polarity must be right.
    pub polar: PolarTally,
    /// Polar pairs, either polarity will do: who is partial to whom.
    pub unsigned: PolarTally,
    /// Stances of strict pairs that were predicted at all, by [`PairStance`] in its order. The
    /// first prediction of a pair counts, so give them in a fixed order.
    pub stances: Confusion,
    /// Who speaks.
    pub speakers: SpeakerTally,
}

impl PairScores {
    /// No documents.
    pub fn new() -> Self {
        Self {
            polar: PolarTally::default(),
            unsigned: PolarTally::default(),
            stances: Confusion::new(4),
            speakers: SpeakerTally::default(),
        }
    }

    /// Scores the pairs of one document.
    pub fn of_document(
        gold: &[GoldPair],
        predicted: &[PredictedPair],
        found: &Found,
        titles: &Titles,
    ) -> Self {
        let document = NamedDocument::new(gold, predicted, found, titles);
        Self {
            polar: PolarTally::of(&polar::outcomes(&document, |listed, predicted| {
                listed == predicted
            })),
            unsigned: PolarTally::of(&polar::outcomes(&document, |listed, predicted| {
                listed == predicted || (listed.is_polar() && predicted.is_polar())
            })),
            stances: stances(&document),
            speakers: SpeakerTally::of_document(&document),
        }
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.polar.merge(&other.polar);
        self.unsigned.merge(&other.unsigned);
        self.stances.merge(&other.stances);
        self.speakers.merge(&other.speakers);
    }

    /// Mean F1 of favour, neutral and against over the strict pairs that were predicted, 0..=1. A
    /// pair predicted as mixed is a miss of its class.
    pub fn stance_macro_f1(&self) -> f64 {
        let classes = [PairStance::Favour, PairStance::Neutral, PairStance::Against];
        self.stances
            .macro_f1(&classes.map(|stance| stance as usize))
    }
}

impl Default for PairScores {
    fn default() -> Self {
        Self::new()
    }
}

/// What became of every polar prediction of a document, and of every polar gold pair that it misses.
#[must_use]
pub fn outcomes(
    gold: &[GoldPair],
    predicted: &[PredictedPair],
    found: &Found,
    titles: &Titles,
) -> Vec<Outcome> {
    let document = NamedDocument::new(gold, predicted, found, titles);
    polar::outcomes(&document, |listed, predicted| listed == predicted)
}

/// For each prediction, whether a gold pair, strict or optional, has its names.
#[must_use]
pub fn matched(gold: &[GoldPair], predicted: &[PredictedPair], titles: &Titles) -> Vec<bool> {
    let document = NamedDocument::new(gold, predicted, &Found::default(), titles);
    let is_listed = |pair| document.gold.iter().any(|gold| gold.matches(pair));
    document.predicted.iter().map(is_listed).collect()
}

/// Stances of strict pairs that were predicted at all.
fn stances(document: &NamedDocument<'_>) -> Confusion {
    let mut stances = Confusion::new(4);
    for gold in document.gold.iter().filter(|gold| gold.pair.strict) {
        let Some(first) = document
            .predicted
            .iter()
            .find(|predicted| predicted.matches(gold))
        else {
            continue;
        };
        let predicted = first.pair.stance;
        let listed = &gold.pair.stances;
        let truth = if listed.contains(&predicted) {
            Some(&predicted)
        } else {
            listed.first()
        };
        // A wrong stance beside a listed `mixed` is ignored here as it is among the polar pairs.
        let ignored = listed.contains(&PairStance::Mixed) && truth != Some(&predicted);
        if let Some(&truth) = truth.filter(|_| !ignored) {
            stances.add(truth as usize, predicted as usize);
        }
    }
    stances
}

#[cfg(test)]
mod tests {
    use super::super::metrics::Counts;
    use super::PairStance::{Against, Favour, Mixed, Neutral};
    use super::*;

    /// Name forms parted by `|`.
    pub(super) fn forms(names: &str) -> Vec<String> {
        names.split('|').map(str::to_owned).collect()
    }

    pub(super) fn gold(
        speaker: &str,
        actor: &str,
        stances: &[PairStance],
        strict: bool,
    ) -> GoldPair {
        GoldPair {
            speaker: forms(speaker),
            actor: forms(actor),
            stances: stances.to_vec(),
            strict,
        }
    }

    pub(super) fn strict(speaker: &str, actor: &str, stance: PairStance) -> GoldPair {
        gold(speaker, actor, &[stance], true)
    }

    pub(super) fn optional(speaker: &str, actor: &str, stance: PairStance) -> GoldPair {
        gold(speaker, actor, &[stance], false)
    }

    pub(super) fn predicted(speaker: &str, actor: &str, stance: PairStance) -> PredictedPair {
        PredictedPair {
            speaker: forms(speaker),
            actor: forms(actor),
            stance,
        }
    }

    pub(super) fn score(gold: &[GoldPair], predicted: &[PredictedPair]) -> PairScores {
        PairScores::of_document(gold, predicted, &Found::default(), &Titles::default())
    }

    pub(super) fn counts(tp: u64, fp: u64, fn_: u64) -> Counts {
        Counts { tp, fp, fn_ }
    }

    #[test]
    fn stances_of_predicted_strict_pairs() {
        let gold = [
            strict("Vank", "Norland", Favour),
            strict("Vank", "Oru", Against),
            strict("Vank", "League", Neutral),
            strict("Vank", "Mayor", Neutral),
            strict("Vank", "Harbour", Favour),
            optional("Oru", "Harbour", Favour),
        ];
        let predicted = [
            predicted("Vank", "Norland", Favour),
            predicted("Vank", "Oru", Neutral),
            predicted("Vank", "Oru", Against), // the first counts
            predicted("Vank", "League", Neutral),
            predicted("Vank", "Mayor", Mixed),
            predicted("Oru", "Harbour", Against), // optional
        ];
        // Favour 1; neutral tp 1, fp 1 (Oru), fn 1 (Mayor): 1/2; against 0. Harbour was not
        // predicted.
        let scores = score(&gold, &predicted);
        assert_eq!(scores.stances.total(), 4);
        assert!((scores.stance_macro_f1() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn beside_mixed_a_wrong_stance_is_left_out_of_the_matrix() {
        let gold = [gold("Vank", "Oru", &[Favour, Mixed], true)];
        for (stance, n) in [(Against, 0), (Favour, 1)] {
            let scores = score(&gold, &[predicted("Vank", "Oru", stance)]);
            assert_eq!(scores.stances.total(), n, "{stance:?}");
        }
    }

    #[test]
    fn documents_add_up_and_never_match_across() {
        let pro = score(
            &[strict("Vank", "Oru", Favour)],
            &[predicted("Vank", "Oru", Favour)],
        );
        let missed = score(
            &[strict("Vank", "Oru", Favour)],
            &[predicted("Mayor", "Oru", Against)],
        );
        let mut sum = PairScores::new();
        sum.merge(&pro);
        sum.merge(&missed);
        assert_eq!(sum.polar.counts(), counts(1, 1, 1));
        assert_eq!(
            (
                sum.polar.misses.speaker_missed,
                sum.polar.false_alarms.speaker_unlisted
            ),
            (1, 1)
        );
        assert_eq!(
            (
                sum.stances.total(),
                sum.speakers.n_predicted,
                sum.speakers.n_predicted_listed
            ),
            (1, 2, 1)
        );
    }
}
