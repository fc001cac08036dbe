//! Features of an instance -> the probabilities of its stance.
//!
//! In go the mean vectors of target, holder and sentence and a few plain facts; out comes a
//! [`StanceScore`]. Each kind of holder has its own linear head with the classes none, favour,
//! neutral and against, where none means that this holder takes no stand on this target here. What a
//! reader would question: calibration is two temperatures and one shift of the class none a head,
//! fitted on documents the head was not fitted on. More freedom would fit the few calibration rows.

mod calibration;
mod explanation;
mod features;
mod score;

pub use calibration::{Calibration, calibrate};
pub use explanation::{Contribution, Explanation, Part};
pub use features::{Features, PLAIN};
pub use score::StanceScore;

use crate::encoder::WordVectors;
use crate::error::{Error, Result};
use crate::linear::Linear;
use serde::{Deserialize, Serialize};

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
