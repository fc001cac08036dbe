//! Features of an instance -> the probabilities of its stance.
//!
//! In go the mean vectors of target, holder and sentence and a few plain facts; out comes a
//! [`StanceScore`]. Each kind of holder has its own linear head with the classes none, favour,
//! neutral and against, where none means that this holder takes no stand on this target here. What a
//! reader would question: calibration is two temperatures and one shift of the class none a head,
//! fitted on documents the head was not fitted on. More freedom would fit the few calibration rows.

mod calibration;
mod explanation;

pub use calibration::{Calibration, calibrate};
pub use explanation::{Contribution, Explanation, Part};

use crate::encoder::WordVectors;
use crate::error::{Error, Result};
use crate::linear::{Linear, softmax};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The stance of a holder who takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stance {
    /// Approves, praises, supports, defends.
    Favour,
    /// Speaks of the target without judging it.
    Neutral,
    /// Criticises, blames, opposes, threatens.
    Against,
}

/// How the holder of an instance shows in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HolderKind {
    /// The sentence names or mentions the holder.
    Named,
    /// The holder speaks the sentence (a running quote, a turn) without being in it.
    Implicit,
    /// The narrator.
    Author,
}

/// Which linear head scores an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// [`HolderKind::Named`].
    Named,
    /// [`HolderKind::Implicit`].
    Implicit,
    /// [`HolderKind::Author`].
    Author,
    /// A sentence's sentiment toward a target, whoever voices it (NewsMTSC); never none.
    Sentence,
    /// One named entity of a sentence toward another, both given (DSE); never none.
    Directed,
}

impl Head {
    /// All heads, in the order of their files and tables.
    pub const ALL: [Head; 5] = [
        Head::Named,
        Head::Implicit,
        Head::Author,
        Head::Sentence,
        Head::Directed,
    ];

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Head::Named => "named",
            Head::Implicit => "implicit",
            Head::Author => "author",
            Head::Sentence => "sentence",
            Head::Directed => "directed",
        }
    }
}

impl From<HolderKind> for Head {
    fn from(kind: HolderKind) -> Self {
        match kind {
            HolderKind::Named => Head::Named,
            HolderKind::Implicit => Head::Implicit,
            HolderKind::Author => Head::Author,
        }
    }
}

/// Number of classes: none, favour, neutral, against, in this order.
pub const N_CLASSES: usize = 4;
/// Class of no stance.
pub const NONE: usize = 0;

impl Stance {
    /// All stances, in the order of their classes.
    pub const ALL: [Stance; 3] = [Stance::Favour, Stance::Neutral, Stance::Against];

    /// Its class in a head.
    #[must_use]
    pub fn class(self) -> usize {
        match self {
            Stance::Favour => 1,
            Stance::Neutral => 2,
            Stance::Against => 3,
        }
    }

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stance::Favour => "favour",
            Stance::Neutral => "neutral",
            Stance::Against => "against",
        }
    }
}

/// Probabilities of one instance; finite, and their sum is 1 within 1e-6.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StanceScore {
    /// The holder takes no stand on the target here.
    pub none: f64,
    /// Favour.
    pub favour: f64,
    /// Neutral.
    pub neutral: f64,
    /// Against.
    pub against: f64,
}

impl StanceScore {
    /// The softmax of logits, in the order of the classes.
    fn of_logits(mut logits: [f64; N_CLASSES]) -> Self {
        softmax(&mut logits);
        let [none, favour, neutral, against] = logits;
        Self {
            none,
            favour,
            neutral,
            against,
        }
    }

    /// What it weighs in a [`StanceScore::mean`]: P(a stance), and a little if there is none.
    #[must_use]
    pub fn weight(&self) -> f64 {
        (1.0 - self.none).max(1e-6)
    }

    /// The weighted geometric mean of several, normalised; no stance if there are none.
    ///
    /// Log-probabilities are averaged, not probabilities, so that the log-odds of the mean are the mean
    /// of the log-odds, and explanations stay exact sums.
    #[must_use]
    pub fn mean(scores: &[Self]) -> Self {
        let whole: f64 = scores.iter().map(Self::weight).sum();
        if scores.is_empty() {
            return Self::of_logits([0.0, f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY]);
        }
        let mut logs = [0.0; N_CLASSES];
        for score in scores {
            let p = [score.none, score.favour, score.neutral, score.against];
            for (log, p) in logs.iter_mut().zip(p) {
                *log += score.weight() / whole * p.max(f64::MIN_POSITIVE).ln();
            }
        }
        Self::of_logits(logs)
    }

    /// (favour - against) / (1 - none); -1 to 1, and 0 when there is no stance at all.
    #[must_use]
    pub fn score(&self) -> f64 {
        let some = self.favour + self.neutral + self.against;
        if some < 1e-9 {
            0.0
        } else {
            ((self.favour - self.against) / some).clamp(-1.0, 1.0)
        }
    }

    /// The likeliest stance, given that there is one; the first of equals.
    #[must_use]
    pub fn stance(&self) -> Stance {
        if self.favour >= self.neutral && self.favour >= self.against {
            Stance::Favour
        } else if self.neutral >= self.against {
            Stance::Neutral
        } else {
            Stance::Against
        }
    }

    /// Probability of a stance.
    #[must_use]
    pub fn of(&self, stance: Stance) -> f64 {
        match stance {
            Stance::Favour => self.favour,
            Stance::Neutral => self.neutral,
            Stance::Against => self.against,
        }
    }
}

/// The plain features, by name, in their order.
pub const PLAIN: [&str; 12] = [
    "negation before the target",
    "target in quotation marks",
    "target in what the holder says",
    "target in what somebody else says",
    "depth of nesting",
    "holder is a source",
    "target before holder",
    "distance of target and holder",
    "another holder between",
    "target is the holder",
    "holder is a pronoun",
    "target is a pronoun",
];

/// What a head reads of one instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Words of the target in its sentence.
    pub target: Range<usize>,
    /// Words of the holder, when the sentence mentions it.
    pub holder: Option<Range<usize>>,
    /// The plain features, each about 0 to 1.
    pub plain: [f32; PLAIN.len()],
}

impl Features {
    /// Only target and holder, as where nothing else is known.
    #[must_use]
    pub fn bare(target: Range<usize>, holder: Option<Range<usize>>) -> Self {
        Self {
            target,
            holder,
            plain: [0.0; PLAIN.len()],
        }
    }

    /// The row a head reads: mean target vector, mean holder vector (of the sentence where the
    /// holder is not in it), mean sentence vector, plain features.
    #[must_use]
    pub fn row(&self, sentence: &WordVectors) -> Vec<f32> {
        let all = sentence.sentence_mean();
        let mut row = sentence.mean(self.target.clone());
        match &self.holder {
            Some(holder) => row.extend(sentence.mean(holder.clone())),
            None => row.extend(all),
        }
        row.extend(all);
        row.extend(self.plain);
        row
    }
}

/// A calibrated stance classifier for one kind of holder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StanceHead {
    linear: Linear,
    calibration: Calibration,
}

impl StanceHead {
    /// A head from a fitted classifier and its calibration.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] when the classifier has not four classes.
    pub fn new(linear: Linear, calibration: Calibration) -> Result<Self> {
        if linear.n_classes() != N_CLASSES {
            return Err(Error::Model {
                message: format!(
                    "a stance head has {} classes, not {N_CLASSES}",
                    linear.n_classes()
                ),
            });
        }
        Ok(Self {
            linear,
            calibration,
        })
    }

    /// Whether it reads vectors of `width` numbers.
    #[must_use]
    pub fn fits(&self, width: usize) -> bool {
        self.linear.n_classes() == N_CLASSES && self.linear.n_features() == 3 * width + PLAIN.len()
    }

    /// Its classifier.
    #[must_use]
    pub fn linear(&self) -> &Linear {
        &self.linear
    }

    /// Its calibration.
    #[must_use]
    pub fn calibration(&self) -> Calibration {
        self.calibration
    }

    /// The same head with another calibration.
    #[must_use]
    pub fn with_calibration(mut self, calibration: Calibration) -> Self {
        self.calibration = calibration;
        self
    }

    /// Scores one instance of a sentence.
    #[must_use]
    pub fn score(&self, sentence: &WordVectors, features: &Features) -> StanceScore {
        self.probabilities(&self.logits(&features.row(sentence)))
    }

    /// Raw logits of a row of features.
    #[must_use]
    pub fn logits(&self, row: &[f32]) -> [f64; N_CLASSES] {
        let mut logits = [0.0; N_CLASSES];
        for (to, logit) in logits.iter_mut().zip(self.linear.logits(row)) {
            *to = f64::from(logit);
        }
        logits
    }

    /// Calibrated probabilities of raw logits.
    #[must_use]
    pub fn probabilities(&self, logits: &[f64; N_CLASSES]) -> StanceScore {
        StanceScore::of_logits(self.calibration.apply(logits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(none: f64, favour: f64, neutral: f64, against: f64) -> StanceScore {
        StanceScore {
            none,
            favour,
            neutral,
            against,
        }
    }

    #[test]
    fn score_leaves_out_none() {
        let cases = [
            (score(0.0, 1.0, 0.0, 0.0), 1.0, Stance::Favour),
            (score(0.5, 0.0, 0.0, 0.5), -1.0, Stance::Against),
            (score(0.8, 0.1, 0.1, 0.0), 0.5, Stance::Favour),
            (score(0.0, 0.25, 0.5, 0.25), 0.0, Stance::Neutral),
            (score(1.0, 0.0, 0.0, 0.0), 0.0, Stance::Favour),
        ];
        for (p, expected, stance) in cases {
            assert!((p.score() - expected).abs() < 1e-12, "{p:?}");
            assert_eq!(p.stance(), stance);
        }
    }

    #[test]
    fn mean_averages_log_odds_by_weight() {
        let (sure, unsure) = (score(0.0, 0.8, 0.1, 0.1), score(0.5, 0.1, 0.2, 0.2));
        let mean = StanceScore::mean(&[sure, unsure]);
        let log_odds = |s: &StanceScore| (s.favour / s.against).ln();
        let expected = (log_odds(&sure) + 0.5 * log_odds(&unsure)) / 1.5;
        assert!((log_odds(&mean) - expected).abs() < 1e-9, "{mean:?}");
        let sum = mean.none + mean.favour + mean.neutral + mean.against;
        assert!((sum - 1.0).abs() < 1e-9, "{mean:?}");
        let alone = StanceScore::mean(&[unsure]);
        assert!((alone.against - unsure.against).abs() < 1e-9, "{alone:?}");
        assert_eq!(StanceScore::mean(&[]).none, 1.0);
    }

    #[test]
    fn probabilities_sum_to_one_however_large_the_logits() {
        let linear = Linear::from_parts(4, vec![0.0; 4], vec![0.0; 4]).unwrap();
        let head = StanceHead::new(linear, Calibration::default()).unwrap();
        for logits in [
            [0.0; 4],
            [900.0, -900.0, 3.0, 5.0],
            [-1e6, -1e6, -1e6, -1e6],
        ] {
            let p = head.probabilities(&logits);
            let sum = p.none + p.favour + p.neutral + p.against;
            assert!((sum - 1.0).abs() < 1e-6, "{p:?}");
        }
    }
}
