//! The probabilities of a stance: one number of them, the likeliest, and the mean of several.
//!
//! In go logits, or the scores of several instances; out comes a [`StanceScore`]. What a reader would question:
//! log-probabilities are averaged, not probabilities, so that the log-odds of the mean are the mean of the log-odds,
//! and explanations stay exact sums.

use super::{N_CLASSES, Stance};
use crate::linear::softmax;

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
    pub(super) fn of_logits(mut logits: [f64; N_CLASSES]) -> Self {
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
}
